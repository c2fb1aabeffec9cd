"""Reads HLS playlists (RFC 8216) and WebVTT cues the way a strict player would."""

import dataclasses
import re
from urllib.parse import urljoin

ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')


@dataclasses.dataclass
class Variant:
    url: str
    attributes: dict

    @property
    def size(self):
        width, height = self.attributes["RESOLUTION"].split("x")
        return int(width), int(height)

    def number(self, name):
        return float(self.attributes[name])


@dataclasses.dataclass
class Segment:
    url: str
    offset: int
    length: int
    duration: float


@dataclasses.dataclass
class Media:
    target: int
    map_url: str
    map_length: int
    segments: list
    ended: bool

    @property
    def duration(self):
        return sum(segment.duration for segment in self.segments)


def attributes_of(line):
    return {name: value.strip('"') for name, value in ATTRIBUTE.findall(line.split(":", 1)[1])}


def lines_of(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert lines and lines[0] == "#EXTM3U", f"not a playlist: {text[:80]!r}"
    return lines


def read_master(text, url):
    variants, waiting = [], None
    for line in lines_of(text):
        if line.startswith("#EXT-X-STREAM-INF:"):
            waiting = attributes_of(line)
        elif not line.startswith("#"):
            assert waiting is not None, f"a URI without EXT-X-STREAM-INF: {line}"
            variants.append(Variant(urljoin(url, line), waiting))
            waiting = None
    return variants


def byte_range(text):
    length, offset = text.split("@")
    return int(length), int(offset)


def read_media(text, url):
    media = Media(0, "", 0, [], False)
    duration, place = None, None
    for line in lines_of(text):
        if line.startswith("#EXT-X-TARGETDURATION:"):
            media.target = int(line.split(":")[1])
        elif line.startswith("#EXT-X-MAP:"):
            attributes = attributes_of(line)
            media.map_url = urljoin(url, attributes["URI"])
            media.map_length, start = byte_range(attributes["BYTERANGE"])
            assert start == 0, f"the header does not begin the file: {line}"
        elif line.startswith("#EXTINF:"):
            duration = float(line.split(":")[1].split(",")[0])
        elif line.startswith("#EXT-X-BYTERANGE:"):
            place = byte_range(line.split(":")[1])
        elif line == "#EXT-X-ENDLIST":
            media.ended = True
        elif not line.startswith("#"):
            assert duration is not None and place is not None, f"a segment without EXTINF or BYTERANGE: {line}"
            media.segments.append(Segment(urljoin(url, line), place[1], place[0], duration))
            duration = place = None
    return media


def peak_rate(media):
    """RFC 8216 section 4.1: the largest bit rate of consecutive segments of 0.5 to 1.5 target durations in all."""
    rates = []
    for first in range(len(media.segments)):
        for last in range(first, len(media.segments)):
            part = media.segments[first : last + 1]
            seconds = sum(segment.duration for segment in part)
            if 0.5 * media.target <= seconds <= 1.5 * media.target:
                rates.append(8 * sum(segment.length for segment in part) / seconds)
    # A video shorter than half a target duration has no such run; its whole is all there is.
    return max([*rates, average_rate(media)])


def average_rate(media):
    return 8 * sum(segment.length for segment in media.segments) / media.duration


@dataclasses.dataclass
class Cue:
    start: float
    end: float
    url: str
    box: tuple  # x, y, width, height


def cue_seconds(text):
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def read_cues(text, url):
    assert text.startswith("WEBVTT\n"), f"not WebVTT: {text[:40]!r}"
    cues = []
    for block in text.split("\n\n")[1:]:
        if not block.strip():
            continue
        times, target = block.strip().splitlines()
        start, end = times.split(" --> ")
        image, box = target.split("#xywh=")
        cues.append(Cue(cue_seconds(start), cue_seconds(end), urljoin(url, image), tuple(map(int, box.split(",")))))
    return cues
