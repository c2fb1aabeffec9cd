#!/usr/bin/env python3
"""Writes the seeds that a person cannot type: signed tokens and MP4 boxes. Run it after a change of either's format.

The keys are those of the targets: "current", and "previous" before it. 1800000000 is a second in 2027.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import struct
import urllib.parse

SEEDS = pathlib.Path(__file__).parent / "seeds"
NOW = 1_800_000_000
VIDEO = "0abcDEF1234"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def write(name, *lines):
    file = SEEDS / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(key, message):
    return hmac.new(key.encode(), message, hashlib.sha256).digest()


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def access_token(key, expires):
    kid = sign(key, b"kid")[:4].hex()
    claims = {"sub": VIDEO, "name": "lan", "iat": expires - 900, "exp": expires}
    head = base64url(compact({"alg": "HS256", "typ": "JWT", "kid": kid}).encode()) + "."
    text = head + base64url(compact(claims).encode())
    return text + "." + base64url(sign(key, text.encode()))


def access_tokens():
    claims = compact({"sub": VIDEO, "name": "Lướt", "exp": NOW + 900})
    write("access_tokens/good", access_token("current", NOW + 900), str(NOW), claims)
    write("access_tokens/previous_key", access_token("previous", NOW + 900), str(NOW), '{"sub":1,"name":[],"exp":"x"}')
    write("access_tokens/expired", access_token("current", NOW), str(NOW), compact({"sub": VIDEO, "exp": -1}))
    none = base64url(b'{"alg":"none","typ":"JWT"}') + "." + base64url(claims.encode()) + "."
    write("access_tokens/algorithm_none", none, str(NOW), "[" * 40)


def media_token(key, prefix, expiry):
    return base64url(struct.pack(">I", expiry) + sign(key, f"{prefix}\n{expiry}".encode()))


def play_token(key, video, issued):
    number = 0
    for digit in video:
        number = number * 62 + ALPHABET.index(digit)
    head = struct.pack(">IQ", issued, number)
    return base64url(head + sign(key, head)[:16])


def playback_tokens():
    prefix = f"videos/{VIDEO}/0123456789A/"
    token = media_token("current", prefix, NOW + 60)
    write("playback_tokens/media", token, prefix + "master.m3u8", str(NOW), b"\0\0\0\0\0\1")
    write("playback_tokens/media_previous_key", media_token("previous", prefix, NOW + 60), prefix + "a", str(NOW))
    write("playback_tokens/media_expired", token, prefix + "a", str(NOW + 60))
    write("playback_tokens/media_climbing", token, prefix + "../../b/c/d", str(NOW))
    write("playback_tokens/play", play_token("current", VIDEO, NOW), VIDEO, str(NOW), b"\x01")
    write("playback_tokens/play_previous_key", play_token("previous", VIDEO, NOW), VIDEO, str(NOW))


def cursors():
    def seal(key, context, position):
        return base64url(sign(key, context + b"\0" + position)[:16] + position)

    keyset = struct.pack("<qq", NOW * 1_000_000, 77)
    write("cursors/keyset", "feed|new", seal("current", b"feed|new", keyset), str(NOW), "77")
    write("cursors/previous_key", "feed|new", seal("previous", b"feed|new", keyset), "-1", "9223372036854775807")
    write("cursors/empty_position", "comments|x", seal("current", b"comments|x", b""), "")
    write("cursors/of_another_list", "feed|hot", seal("current", b"feed|new", keyset), b"\0\0\0\0\1\0\0")


def heads():
    def head(name, pieces, *lines):
        write(f"head_scan/{name}", pieces, "\r\n".join(lines).encode())

    head("good", "5", "GET / HTTP/1.1", "Host: a b ", "", "a body\n after it")
    head("cut_off_after_a_return", "1", "GET / HTTP/1.1", "Host: a\r")
    head("bare_feed", "37", "GET / HTTP/1.1\nHost: a", "", "")
    head("feed_alone", "1", "GET / HTTP/1.1", "\n")
    head("folded", "21", "GET / HTTP/1.1", "A: b", "\tc", "", "")
    head("folded_at_the_limit", "9", "A" * 199, " b", "", "")
    head("too_long", "F", "A" * 150, "B" * 47, "c", "", "")
    head("longest", "F", "A" * 150, "B" * 46, "", "")
    head("too_many_lines", "12", *"abcdefgh", "", "")
    head("most_lines", "12", *"abcdefg", "", "")


def upload_urls():
    def query(key, kind, size, expires, part=None):
        method = "PART\n{}\n{}".format(*part) if part else "PUT"
        signature = base64url(sign("current", f"{method}\n{key}\n{kind}\n{size}\n{expires}".encode()))
        kind = urllib.parse.quote(kind, safe="")
        place = "&upload={}&part={}".format(*part) if part else ""
        return f"expires={expires}&size={size}&type={kind}{place}&signature={signature}"

    key = f"uploads/{VIDEO}/source"
    good = query(key, "video/mp4", 1000, NOW + 3600)
    write("upload_urls/good", key, good, b"\0\0\0\0\0\0\0\0\1")
    write("upload_urls/expired", key, query(key, "video/mp4", 1000, NOW))
    write("upload_urls/type_with_line_feed", key, query(key, "a\n5", 1000, NOW + 1))
    write("upload_urls/climbing", "../secret", query("../secret", "video/mp4", 1, NOW + 3600))
    write("upload_urls/doubled_and_escaped", key, good.replace("size=1000", "size=%31000&size=2"))
    part = query(key, "video/mp4", 1000, NOW + 3600, ("0123", 7))
    write("upload_urls/part", key, part, b"\0\0\0\0\0\0\0\0\1")
    write("upload_urls/part_twice", key, part.replace("&part=7", "&part=8&part=7"))
    write("upload_urls/part_without_upload", key, query(key, "video/mp4", 1000, NOW + 3600) + "&part=7")
    # Line feeds in a type, with which a whole object's text reads like that of a part.
    spliced = query("0123", f"7\n{key}\nvideo/mp4", 1000, NOW + 3600)
    write("upload_urls/whole_like_a_part", key, spliced)
    write("upload_urls/huge_numbers", key, "expires=9223372036854775807&size=18446744073709551616&signature=")


def box(kind, *parts):
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + kind.encode() + content


def full(kind, flags, *numbers):
    return box(kind, struct.pack(f">I{len(numbers)}I", flags, *numbers))


def avc1():
    head = bytes(24) + struct.pack(">HH", 320, 180) + bytes(50)
    return box("avc1", head, box("avcC", b"\1\x64\x00\x1f\xff\xe0\0"))


def mp4a():
    descriptors = b"\3\x19\0\1\0" + b"\4\x11\x40\x15" + bytes(11) + b"\5\2\x12\x10" + b"\6\1\2"
    return box("mp4a", bytes(28), box("esds", bytes(4), descriptors))


def track(number, timescale, handler, entry, edits=b""):
    description = box("stsd", struct.pack(">II", 0, 1), entry)
    media = box("mdia", full("mdhd", 0, 0, 0, timescale, 0), box("hdlr", bytes(8), handler, bytes(12)),
                box("minf", box("stbl", description)))  # fmt: skip
    return box("trak", full("tkhd", 7, 0, 0, number), edits, media)


def movie(*tracks):
    extends = box("mvex", full("trex", 0, 1, 1, 1000, 0, 0), full("trex", 0, 2, 1, 1024, 0, 0))
    return box("ftyp", b"iso5\0\0\2\0iso6mp41") + box("moov", *tracks, extends)


def fragment(*runs):
    """`runs`: (track, decode time, trun box)."""
    parts = [box("traf", full("tfhd", 0x20000, number), full("tfdt", 0, time), run) for number, time, run in runs]
    return box("moof", full("mfhd", 0, 1), *parts)


def mp4_boxes():
    video = track(1, 1000, b"vide", avc1())
    sound = track(2, 44100, b"soun", mp4a())
    both = movie(video, sound)
    plain = full("trun", 0x1, 2, 0)  # two samples of default duration
    sized = full("trun", 0xF01, 2, 0, 1000, 10, 0, 40, 1000, 10, 0, 0)
    data = box("mdat", b"picture and sound")
    first = fragment((1, 0, sized), (2, 0, plain)) + data
    second = fragment((1, 2000, sized), (2, 88200, plain)) + data
    write("mp4_boxes/two_fragments", both + first + second)
    write("mp4_boxes/sound_beyond_the_picture", both + first + fragment((2, 88200, plain)) + data)
    edits = box("edts", full("elst", 0, 2, 5, 0xFFFFFFFF, 0x10000, 0, 40, 0x10000))
    write("mp4_boxes/edit_list", movie(track(1, 1000, b"vide", avc1(), edits)) + fragment((1, 0, sized)) + data)
    write("mp4_boxes/no_sound", movie(video) + fragment((1, 0, plain)) + data)
    write("mp4_boxes/found_free_box_between", both + first + fragment((1, 2000, sized)) + box("free", bytes(20)) + data)
    write("mp4_boxes/wide_sizes", both + first + struct.pack(">I4sQ", 1, b"mdat", 20) + bytes(4))
    write("mp4_boxes/size_zero_to_the_end", both + first[: -len(data)] + struct.pack(">I4s", 0, b"mdat") + bytes(9))
    write("mp4_boxes/size_beyond_the_end", both + first[: -len(data)] + struct.pack(">I4s", 1000, b"mdat"))
    write("mp4_boxes/box_smaller_than_its_head", both + first + struct.pack(">I4s", 7, b"free"))
    write("mp4_boxes/found_second_moov", both + first + both + second)
    write("mp4_boxes/found_backwards_in_time", both + second + first)
    write("mp4_boxes/found_two_pictures", movie(video, track(2, 3, b"vide", avc1())) + first + second)
    write("mp4_boxes/picture_without_samples", both + fragment((1, 0, full("trun", 0, 0))) + first)
    endless = full("trun", 0, 1_000_000) * 120
    write("mp4_boxes/found_samples_that_cost_no_byte", movie(video) + fragment((1, 1 << 31, endless)) + data)
    nested = b"minf".join(struct.pack(">I", 8 * n) for n in range(200, 0, -1)) + b"minf"
    write("mp4_boxes/nested_deeply", movie(box("trak", full("tkhd", 7, 0, 0, 1), box("mdia", nested))) + first)


def viewers():
    def token(key):
        return base64url(bytes(range(16)) + sign(key, bytes(range(16)))[:16])

    write("viewers/good", token("current"), "a=b; luot_viewer=c;luot_viewer=d")
    write("viewers/previous_key", token("previous"), "xluot_viewer=c; luot_viewer2=d")
    write("viewers/another_key", token("other"), ";;=; luot_viewer")


def walks():
    def position(version, phase, *numbers):
        return struct.pack(">BqqBIqq", version, *numbers[:2], phase, *numbers[2:])

    newest = (1 << 63) - 1
    write("walks/beginning", position(1, 0, 0, 0, 0, newest, newest))
    write("walks/seen", position(1, 1, 1 << 60, 77, 1000, 1_700_000_000_000_000, -5))
    write("walks/over", position(1, 2, 0, 0, 0, newest, newest))
    write("walks/newer_version", position(2, 0, 0, 0, 0, newest, newest))
    write("walks/cut_off", position(1, 0, 0, 0, 0, newest, newest)[:-1])


for make in (access_tokens, playback_tokens, cursors, heads, upload_urls, mp4_boxes, viewers, walks):
    make()
