"""Damaged and hostile variants of media files: what transfer errors, broken cameras and attackers make of them."""

import random

EXTREMES = (0, 1, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
BOXES = (b"moov", b"trak", b"stbl", b"stsd", b"stts", b"stsz", b"stsc", b"stco", b"ctts", b"elst", b"tkhd", b"mdhd",
         b"mvhd", b"mdat", b"ftyp", b"avcC", b"esds", b"hvcC", b"colr", b"pasp", b"meta", b"udta")  # fmt: skip


class Mutator:
    """The same files from the same seed. `hostile` are texts that point to what nobody may reach."""

    def __init__(self, files, hostile, seed):
        self.files = [(path.name, path.read_bytes()) for path in files]
        self.hostile = [text.encode() for text in hostile]
        self.random = random.Random(seed)
        self.ways = [self.flip, self.overwrite, self.cut_off, self.cut_out, self.repeat, self.splice, self.box_size,
                     self.box_name, self.box_number, self.insert_text, self.put_in_front]  # fmt: skip

    def make(self):
        """(what was done to which file, its bytes)."""
        name, content = self.random.choice(self.files)
        data = bytearray(content)
        done = []
        for _ in range(self.random.choice((1, 1, 2, 4))):
            way = self.random.choice(self.ways)
            data = bytearray(way(data) or data)
            done.append(way.__name__)
        return f"{name}: {' '.join(done)}", bytes(data) or b"\0"

    def place(self, data):
        """Half of the time where a file keeps what it says of itself: near its ends."""
        near = min(len(data), 4096)
        return self.random.choice((self.random.randrange(len(data)), self.random.randrange(near),
                                   len(data) - 1 - self.random.randrange(near)))  # fmt: skip

    def flip(self, data):
        for _ in range(self.random.choice((1, 10, 200))):
            data[self.place(data)] ^= 1 << self.random.randrange(8)

    def overwrite(self, data):
        place = self.place(data)
        data[place : place + 32] = self.random.randbytes(min(32, len(data) - place))

    def cut_off(self, data):
        return data[: self.random.randrange(1, len(data) + 1)]

    def cut_out(self, data):
        place = self.place(data)
        del data[place : place + self.random.choice((1, 4, 1000, 20000))]

    def repeat(self, data):
        place = self.place(data)
        data[place:place] = data[place : place + 1000] * self.random.choice((1, 5))

    def splice(self, data):
        _, other = self.random.choice(self.files)
        return data[: self.place(data) + 1] + other[self.random.randrange(len(other)) :]

    def find_box(self, data):
        places = [place for box in BOXES if (place := data.find(box, 4)) >= 4]
        return self.random.choice(places) if places else self.random.randrange(4, max(5, len(data)))

    def box_size(self, data):
        place = self.find_box(data) - 4
        data[place : place + 4] = self.random.choice(EXTREMES).to_bytes(4, "big")

    def box_name(self, data):
        place = self.find_box(data)
        data[place : place + 4] = self.random.choice(BOXES)

    def box_number(self, data):
        """One of the numbers that a box begins with: counts, lengths, sides, rates."""
        place = self.find_box(data) + 4 + 4 * self.random.randrange(24)
        data[place : place + 4] = self.random.choice(EXTREMES).to_bytes(4, "big")

    def insert_text(self, data):
        place = self.place(data)
        data[place:place] = self.random.choice(self.hostile)

    def put_in_front(self, data):
        return bytearray(self.random.choice(self.hostile)) + data
