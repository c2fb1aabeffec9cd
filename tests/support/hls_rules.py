"""The rules of RFC 8216 for playlists as we write them, checked line by line on what was served.

Apart from playlists.py, which reads them as a player does: a reader forgives, a validator does not.
"""

import re
from urllib.parse import urlsplit

from luot import PRODUCTION

ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
DECIMAL = re.compile(r"\d+")
MEDIA_TAGS = ("#EXTM3U", "#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-PLAYLIST-TYPE",
              "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-MAP", "#EXTINF", "#EXT-X-BYTERANGE", "#EXT-X-ENDLIST")  # fmt: skip
MASTER_TAGS = ("#EXTM3U", "#EXT-X-VERSION", "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-STREAM-INF")
LEAST_VERSION = 6  # section 7: EXT-X-MAP in a playlist that has pictures


def lines_of(text):
    """Section 4.1: UTF-8 without a byte order mark or control characters, lines end in LF or CR LF."""
    assert not text.startswith("\ufeff"), "a byte order mark"
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", text), "control characters"
    lines = text.splitlines()
    assert lines and lines[0] == "#EXTM3U", "section 4.3.1.1: the first line is EXTM3U"
    return lines


def tag_of(line):
    return line.partition(":")[0]


def attributes_of(line):
    """Section 4.2: names once each, values quoted or not, nothing else."""
    text = line.partition(":")[2]
    pairs, end = [], 0
    for match in ATTRIBUTE.finditer(text):
        assert match.start() == end, f"not an attribute list: {line}"
        pairs.append(match.groups())
        end = match.end()
    assert end == len(text) and text, f"not an attribute list: {line}"
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"an attribute twice: {line}"
    return dict(pairs)


def check_tags(lines, known):
    tags = [tag_of(line) for line in lines if line.startswith("#EXT")]
    assert set(tags) <= set(known), f"tags that do not belong here: {set(tags) - set(known)}"
    repeated = ("#EXTINF", "#EXT-X-BYTERANGE", "#EXT-X-STREAM-INF")
    twice = [tag for tag in known if tag not in repeated and tags.count(tag) > 1]
    assert not twice, f"tags that may be there once: {twice}"
    assert "#EXT-X-INDEPENDENT-SEGMENTS" in tags, "segments are independent, and players should know"
    version = next(line for line in lines if tag_of(line) == "#EXT-X-VERSION").partition(":")[2]
    assert DECIMAL.fullmatch(version) and int(version) >= LEAST_VERSION, f"version {version}"


def check_beneath(line):
    """A URI that stays beneath the token of its playlist's own URL; from S3 without a CDN, one that S3 checks itself."""
    parts = urlsplit(line)
    if PRODUCTION:
        assert parts.netloc and "X-Amz-Signature=" in parts.query, line
        return
    assert not parts.scheme and not parts.netloc and not line.startswith("/") and ".." not in line, line


def check_master(text):
    """Section 4.3.4, and Apple's authoring rules for what players choose by."""
    lines = lines_of(text)
    check_tags(lines, MASTER_TAGS)
    variants = 0
    for line, after in zip(lines, [*lines[1:], ""]):
        if tag_of(line) != "#EXT-X-STREAM-INF":
            continue
        variants += 1
        assert after and not after.startswith("#"), f"section 4.3.4.2: a URI follows {line}"
        given = attributes_of(line)
        for name in ("BANDWIDTH", "AVERAGE-BANDWIDTH"):
            assert DECIMAL.fullmatch(given[name]) and int(given[name]) > 0, f"{name} of {line}"
        assert int(given["AVERAGE-BANDWIDTH"]) <= int(given["BANDWIDTH"]), line
        assert re.fullmatch(r"[1-9]\d*x[1-9]\d*", given["RESOLUTION"]), line
        assert re.fullmatch(r"\d+\.\d{3}", given["FRAME-RATE"]) and float(given["FRAME-RATE"]) > 0, line
        assert re.fullmatch(r'"avc1\.[0-9a-f]{6}(,mp4a\.40\.2)?"', given["CODECS"]), line
    assert variants, "section 4.3.4.2: a master playlist has variants"
    assert len([line for line in lines if line and not line.startswith("#")]) == variants, "URIs of no variant"


def check_media(text):
    """Section 4.3.2 and 4.3.3."""
    lines = lines_of(text)
    check_tags(lines, MEDIA_TAGS)
    one = {tag_of(line): line.partition(":")[2] for line in lines}
    assert DECIMAL.fullmatch(one["#EXT-X-TARGETDURATION"]), "section 4.3.3.1: a decimal integer"
    target = int(one["#EXT-X-TARGETDURATION"])
    assert one["#EXT-X-PLAYLIST-TYPE"] == "VOD" and lines[-1] == "#EXT-X-ENDLIST", "section 4.3.3.5: it never changes"
    section = attributes_of(next(line for line in lines if tag_of(line) == "#EXT-X-MAP"))
    assert re.fullmatch(r'"\d+@0"', section["BYTERANGE"]), section
    first_segment = min(i for i, line in enumerate(lines) if tag_of(line) == "#EXTINF")
    assert all(tag_of(line) not in ("#EXT-X-TARGETDURATION", "#EXT-X-MAP") for line in lines[first_segment:])
    segments = "\n".join(lines[first_segment:-1]) + "\n"
    segment = r"#EXTINF:(\d+(?:\.\d+)?),\n#EXT-X-BYTERANGE:[1-9]\d*@\d+\n([^#\n]+)\n"
    assert re.fullmatch(f"({segment})+", segments), "section 4.3.2: each segment has its length, range and URI"
    for duration, uri in re.findall(segment, segments):
        assert round(float(duration)) <= target, f"section 4.3.3.1: {duration} is above target {target}"
        check_beneath(uri)


def check_rules(upload):
    masters = {look["hls_url"] for look in upload.looks if look["hls_url"]}
    for url in masters:
        check_master(upload.text(url))
    for url in upload.media_playlist_urls():
        check_media(upload.text(url))
