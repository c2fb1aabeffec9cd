"""What must hold for the URLs, playlists and pictures of a published video. Each check takes an Upload."""

import math
import tempfile
from urllib.parse import urlsplit

from media_probe import decode, picture_size, places_of
from openapi_check import CheckedSession
from playlists import average_rate, peak_rate, read_cues
from uploads_seen import MP4, TYPES, suffix

FIRST_SEGMENT = 2.0  # seconds
SEGMENT = 4.0
LONG_ENOUGH = FIRST_SEGMENT + SEGMENT + 1
SHARE = 0.01  # of a bandwidth that was computed in another way
SOUND = 0.033  # seconds: a packet of 1024 samples at 32 kHz


def check_urls(upload):
    """Each URL that was ever shown is there, as what it is, and harmless when opened in a browser."""
    for url in upload.file_urls():
        answer = upload.fetch(url)
        headers = answer.headers
        kind = TYPES[suffix(url)]
        assert headers["Content-Type"] == kind, f"{url}: {headers['Content-Type']}"
        if kind == MP4:
            check_ranges(upload, url)
        if answer.url.startswith(tuple(CheckedSession.stores)):
            continue  # a bucket has an origin of its own
        assert headers.get("X-Content-Type-Options") == "nosniff", url
        assert headers.get("Content-Security-Policy") == "sandbox", url
        assert headers.get("Referrer-Policy") == "no-referrer", url


def file_of(url):
    """What tells a file's URLs from those of others: the URL itself; before a bucket videos/ID/REV/FILE, for there playlists
    name the bucket, and cards the server."""
    return "/".join(urlsplit(url).path.split("/")[-4:]) if CheckedSession.stores else url


def check_ranges(upload, url):
    whole = upload.fetch(url).content
    size = len(whole)
    for wanted, start, end in (("0-99", 0, 100), (f"{size - 5}-", size - 5, size), ("-7", size - 7, size)):
        answer = upload.session.get(url, headers={"Range": f"bytes={wanted}"}, timeout=30)
        assert answer.status_code == 206, f"{url}: {answer.status_code} for bytes {wanted}"
        assert answer.content == whole[start:end], f"{url}: wrong bytes for {wanted}"
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}", answer.headers["Content-Range"]
    answer = upload.session.get(url, headers={"Range": f"bytes={size}-"}, timeout=30)
    assert answer.status_code == 416, f"{url}: {answer.status_code} for bytes beyond its end"


def check_segments(upload):
    """The byte ranges of a playlist cover its file without a hole, in segments of the promised lengths."""
    for url in upload.media_playlist_urls():
        media = upload.media(url)
        assert media.ended and media.segments, f"{url}: no end or no segments"
        assert {segment.url for segment in media.segments} == {media.map_url}, f"{url}: several files"
        size = len(upload.fetch(media.map_url).content)
        place = media.map_length
        for segment in media.segments:
            assert segment.offset == place and segment.length > 0, f"{url}: {segment} should start at {place}"
            place += segment.length
            assert round(segment.duration) <= media.target, f"{url}: {segment} is above target {media.target}"
        assert place <= size, f"{url}: ranges up to {place} of a file of {size}"
        whole = upload.fetch(media.map_url).content
        assert whole[4:8] == b"ftyp" and whole[place - size or size :][4:8] in (b"", b"mfra"), f"{url}: bytes left out"
        check_segment_starts(url, media, whole, decode(media.map_url).video)


def check_segment_starts(url, media, whole, video):
    for segment in media.segments:
        assert whole[segment.offset + 4 : segment.offset + 8] == b"moof", f"{url}: {segment} is no fragment"
    # A segment begins with a key frame: the decoder's key frames have to be where the playlist's sums say.
    start = video.start
    for segment in media.segments:
        nearest = min(abs(key - start) for key in video.keys)
        assert nearest <= video.longest_gap + 0.02, f"{url}: {nearest:.3f} s between a segment and a key frame"
        start += segment.duration


def check_segment_lengths(upload):
    """2 s first, so that playing starts soon; then 4 s. The early remux keeps its source's key frames, so only the
    ladder's are checked."""
    for variant in upload.final_master():
        media = upload.media(variant.url)
        video = decode(media.map_url).video
        if media.duration < LONG_ENOUGH:
            continue
        # The line of the grid is crossed by the first frame after it.
        slack = video.longest_gap + 0.05
        lengths = [segment.duration for segment in media.segments]
        assert abs(lengths[0] - FIRST_SEGMENT) <= slack, f"{variant.url}: a first segment of {lengths[0]} s"
        wrong = [length for length in lengths[1:-1] if abs(length - SEGMENT) > slack]
        assert not wrong, f"{variant.url}: segments of {wrong} s"
        assert lengths[-1] <= SEGMENT + slack, f"{variant.url}: a last segment of {lengths[-1]} s"


def check_segments_are_aligned(upload):
    """Segment by segment, the rungs begin at the same time of the video, so that players can change between them."""
    starts = {}
    for variant in upload.final_master():
        media = upload.media(variant.url)
        starts[variant.url] = [sum(segment.duration for segment in media.segments[:i]) for i in range(len(media.segments))]
    first = next(iter(starts.values()))
    for url, own in starts.items():
        assert len(own) == len(first), f"{url}: {len(own)} segments against {len(first)}"
        apart = max(abs(a - b) for a, b in zip(own, first))
        assert apart <= 0.001, f"{url}: segments begin up to {apart:.4f} s apart"


def check_segments_have_their_sound(upload):
    """What is heard with a segment's pictures is in it: sound that belongs to the one before would be missing there. But
    where the sound ends long before the picture, its encoder gives its last packets when the source ends."""
    for variant in upload.final_master():
        media = upload.media(variant.url)
        with saved(upload, media.map_url) as file:
            packets = places_of(file.name)
        last_sound = max((start for _, kind, start in packets if kind == "audio"), default=0)
        for segment in media.segments[1:]:
            inside = [(kind, start) for place, kind, start in packets if 0 <= place - segment.offset < segment.length]
            sounds = [start for kind, start in inside if kind == "audio"]
            shown = min(start for kind, start in inside if kind == "video")
            if last_sound < shown:
                continue
            assert not sounds or min(sounds) > shown - SOUND, f"{variant.url}: sound of {min(sounds)} in {segment}, from {shown}"


def check_bandwidths(upload):
    """The master playlist tells what players choose by, and its numbers are those of the files."""
    files = {file_of(file["file_url"]): file for file in upload.video["files"]}
    assert file_of(upload.video["mp4_url"]) in files, "mp4_url is none of the files"
    for variant in upload.final_master():
        media = upload.media(variant.url)
        average, peak = variant.number("AVERAGE-BANDWIDTH"), variant.number("BANDWIDTH")
        measured = (average_rate(media), peak_rate(media))
        assert math.isclose(average, measured[0], rel_tol=SHARE), f"{variant.url}: {average}, measured {measured}"
        assert math.isclose(peak, measured[1], rel_tol=SHARE), f"{variant.url}: {peak}, measured {measured}"
        file = files[file_of(media.map_url)]
        assert file["bitrate"] == average, f"{variant.url}: {file}"
        video = decode(media.map_url).video
        rate = len(video.starts) / (video.end - video.start)
        assert abs(variant.number("FRAME-RATE") - rate) <= max(0.05 * rate, 0.1), f"{variant.url}: {rate}"
        assert variant.attributes["CODECS"].startswith("avc1."), variant.attributes["CODECS"]


def saved(upload, url):
    """Image URLs as files, for tools that read only those."""
    file = tempfile.NamedTemporaryFile(suffix=suffix(url))
    file.write(upload.fetch(url).content)
    file.flush()
    return file


def check_poster(upload):
    url = upload.video["thumbnail_url"]
    assert url, "a ready video without a poster"
    with saved(upload, url) as file:
        codec, width, height = picture_size(file.name)
    assert codec == "mjpeg", codec
    shape = upload.video["width"] / upload.video["height"]
    assert abs(width / height / shape - 1) <= 0.02, f"a poster of {width}x{height} for {shape:.3f}"


def check_preview(upload):
    """The cues cover the video without a hole, and each points to a tile inside the picture."""
    preview = upload.video["preview"]
    assert preview, "a ready video without a preview"
    with saved(upload, preview["image_url"]) as file:
        codec, width, height = picture_size(file.name)
    assert codec == "mjpeg", codec
    cues = read_cues(upload.text(preview["vtt_url"]), preview["vtt_url"])
    assert cues and cues[0].start == 0, "no cue for the beginning"
    assert all(abs(a.end - b.start) < 0.002 for a, b in zip(cues, cues[1:])), "a hole between two cues"
    assert abs(cues[-1].end - upload.video["duration"]) <= 0.1, f"{cues[-1]} and {upload.video['duration']} s"
    for cue in cues:
        x, y, tile_width, tile_height = cue.box
        assert file_of(cue.url) == file_of(preview["image_url"]), cue
        assert x + tile_width <= width and y + tile_height <= height, f"{cue} lies outside of {width}x{height}"
    assert len({cue.box for cue in cues}) == len(cues), "two cues share a tile"
