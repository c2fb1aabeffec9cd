"""What must hold for a video that was uploaded, made ready and published. Each check takes an Upload."""

import math
import re

from media_probe import decode, likeness, play
from uploads_seen import LADDER_HEIGHTS

KEY_GRID = 2.0  # seconds
DURATION_BOUND = 0.1  # seconds
LEAST_LIKENESS = 0.80
FLAT_LIKENESS = 0.99  # of a picture with itself upside down: there is nothing on it
ISO6709 = re.compile(rb"[+-]\d{2}\.\d{3,}[+-]\d{3}\.\d{3,}")
CAMERA_TAGS = ("location", "make", "model", "creation_time", "creationdate", "gps", "software")


SMALLEST_RATE = 30  # frames a second on the smallest rung, 60 on the others


def even(number):
    return round(number / 2) * 2


def expected_ladder(size):
    """[(quality, short side, long side)], smallest first, by the rule: the ladder heights below the short side, and
    on top the short side itself, at most the highest of them, made even and named after the next height up."""
    short, long = min(size), max(size)
    top = min(short, LADDER_HEIGHTS[-1]) // 2 * 2
    heights = [height for height in LADDER_HEIGHTS if height < top] + [top]
    name = {height: next(f"{h}p" for h in LADDER_HEIGHTS if height <= h) for height in heights}
    return [(name[height], height, even(long * height / short)) for height in heights]


def check_ladder(upload):
    """The rungs are those of the rule, upright, and the same in the card, the master playlist and the files."""
    source = upload.clip.size
    card = {file["quality"]: (file["width"], file["height"]) for file in upload.video["files"]}
    ladder = expected_ladder(source)
    assert list(card) == [quality for quality, _, _ in ladder], f"rungs {card}, expected {ladder} of {source}"
    for quality, short, long in ladder:
        made = card[quality]
        assert min(made) == short, f"{quality} is {made}, its short side should be {short}"
        # Two pixels: a source with oblong pixels or an odd side has no exact even size.
        assert abs(max(made) - long) <= 2, f"{quality} is {made}, its long side should be {long}"
        assert made[0] % 2 == 0 and made[1] % 2 == 0, f"{quality} is {made}: not even"
        assert source[0] == source[1] or (made[0] < made[1]) == (source[0] < source[1]), f"{quality} {made} lies wrong"
        assert max(made) <= max(source) + 1, f"{quality} {made} is larger than its source {source}"
    largest = upload.video["files"][-1]
    assert (upload.video["width"], upload.video["height"]) == (largest["width"], largest["height"])
    listed = [variant.size for variant in upload.final_master()]
    assert listed == list(card.values()), f"master playlist says {listed}, the card {card}"
    for file in upload.video["files"]:
        stream = decode(file["file_url"]).video.stream
        assert (stream["width"], stream["height"]) == card[file["quality"]], f"{file['quality']}: {stream}"


def check_decodes(upload):
    """Each file and each playlist ever shown plays to its end without a word from the decoder."""
    for url in upload.mp4_urls():
        found = decode(url)
        assert not found.errors, f"{url}: {found.errors[:3]}"
        kinds = [stream["codec_type"] for stream in found.streams]
        assert kinds.count("video") == 1 and len(kinds) == 1 + kinds.count("audio"), f"{url}: streams {kinds}"
        stream = found.video.stream
        form = (stream["codec_name"], stream["pix_fmt"], stream.get("sample_aspect_ratio", "1:1"))
        assert form == ("h264", "yuv420p", "1:1"), f"{url}: {form}"
    for url in upload.media_playlist_urls():
        complaints = play(url)
        assert not complaints, f"{url}: {complaints[:3]}"


def check_frames(upload):
    """No picture is lost or invented: each rung has the source's frames, up to 60 a second, the smallest up to 30."""
    source = decode(str(upload.clip.path))
    frames = len(source.video.starts)
    if upload.clip.frames:
        assert abs(frames - upload.clip.frames) <= 1, f"{frames} decoded here, {upload.clip.frames} in the manifest"
    seconds = source.video.end - source.video.start
    for file in upload.video["files"]:
        made = len(decode(file["file_url"]).video.starts)
        most = SMALLEST_RATE if file["quality"] == "240p" else 60
        # A rung that is too slow for all frames has every second one, or third: no picture stays longer than another.
        wanted = frames / max(1, math.ceil(frames / seconds / most - 0.02))
        # One in twenty, and one: encoders may merge frames that share a time. Where distances vary, so does what is
        # too near to its neighbour.
        share = 0.95 if frames <= wanted or not upload.clip.variable else 0.75
        assert wanted * share - 1 <= made <= frames + 1, f"{file['quality']}: {made} frames of {frames}"
        assert made <= (most + 1) * seconds + 2, f"{file['quality']}: {made} frames in {seconds} s"


def check_upright(upload):
    """The rotation is in the pictures, none is left in the file, and the pictures are the source's."""
    clip, source = upload.clip, str(upload.clip.path)
    for url in upload.mp4_urls():
        for stream in decode(url).streams:
            kinds = [data.get("side_data_type") for data in stream.get("side_data_list", [])]
            assert "Display Matrix" not in kinds and "rotate" not in stream.get("tags", {}), f"{url}: still turned"
    file = upload.video["files"][0]
    width, height = file["width"], file["height"]
    prepare = "bwdif=mode=send_frame" if clip.interlaced else "null"
    alike = likeness(source, file["file_url"], width, height, prepare=prepare)
    # ffmpeg's plain decode of an HDR source is not tone-mapped, so its levels differ from the rung's: there only the
    # comparison with the wrong turn says something.
    if not clip.hdr:
        assert alike >= LEAST_LIKENESS, f"likeness with the source's upright picture is {alike}"
    if clip.rotation or clip.hdr:
        over = likeness(source, file["file_url"], width, height, turn="hflip,vflip", prepare=prepare)
        # A black picture looks the same either way, and so shows nothing.
        clearer = over - 0.001 if over > FLAT_LIKENESS else over + 0.01
        assert alike > clearer, f"likeness is {alike} upright and {over} upside down"


def check_key_frames(upload):
    """Key frames lie on a grid of 2 s and at the same times in all rungs, so that players can change rungs there. A
    rung that is its source, remuxed, may have more of them, but not fewer."""
    rungs = {file["quality"]: decode(file["file_url"]).video for file in upload.video["files"]}
    fewest = min(rungs.values(), key=lambda video: len(video.keys))
    for quality, video in rungs.items():
        apart = max(min(abs(key - other) for other in video.keys) for key in fewest.keys)
        assert apart <= 0.001, f"{quality}: key frames up to {apart:.4f} s apart"
        frame = video.longest_gap
        gaps = [b - a for a, b in zip(video.keys, video.keys[1:] + [video.end])]
        assert max(gaps) <= KEY_GRID + frame + 0.001, f"{quality}: {max(gaps):.3f} s without a key frame"
    # A key frame is the first frame at or after a line of the grid, so within a frame of it; the first one is
    # the first picture, whenever that comes.
    frame = fewest.longest_gap
    off = [key for key in fewest.keys[1:] if (key + 0.001) % KEY_GRID > frame + 0.002]
    assert not off, f"key frames off the grid of {KEY_GRID} s: {off}"


def check_duration(upload):
    """The card, each rung and its playlist last as long as what a decoder gets out of the source."""
    source = decode(str(upload.clip.path))
    for look in upload.looks:
        if look["duration"] is not None:
            difference = look["duration"] - source.span
            assert abs(difference) <= DURATION_BOUND, f"{look['status']}: duration {difference:+.3f} s off"
    for url in upload.mp4_urls():
        made = decode(url)
        assert abs(made.span - source.span) <= DURATION_BOUND, f"{url}: {made.span:.3f} s, source {source.span:.3f} s"
        check_track_times(url, "picture", made, made.video, source, source.video)
        if made.audio and source.audio:
            check_track_times(url, "sound", made, made.audio, source, source.audio)
    for url in upload.media_playlist_urls():
        # EXTINF tells how long the pictures of a segment last, so the sum is the picture's span, not the sound's.
        media = upload.media(url)
        picture = decode(media.map_url).video
        difference = media.duration - (picture.end - picture.start)
        assert abs(difference) <= DURATION_BOUND, f"{url}: EXTINF sums to {difference:+.3f} s more than the picture"


def check_track_times(url, kind, made, made_track, source, source_track):
    """Sound and picture are where they are in the source, counted from its first frame: lips stay in sync."""
    start = (made_track.start - made.start) - (source_track.start - source.start)
    end = (made_track.end - made.start) - (source_track.end - source.start)
    # Earlier is right for a track that begins late: silence fills it up, or the first picture stays.
    assert start <= DURATION_BOUND, f"{url}: the {kind} starts {start:+.3f} s off"
    assert start >= -DURATION_BOUND or made_track.start - made.start <= DURATION_BOUND, f"{url}: {kind} {start:+.3f} s"
    assert abs(end) <= DURATION_BOUND, f"{url}: the {kind} ends {end:+.3f} s off"


def check_tracks_begin_together(upload):
    """Sound and picture both begin when the file does. An edit list can say "later", but players that feed fragments
    to a browser's media source skip an empty edit, and then the lips are off by it."""
    for url in upload.mp4_urls():
        made = decode(url)
        for kind, track in (("picture", made.video), ("sound", made.audio)):
            late = track.start - made.start if track else 0
            assert late <= DURATION_BOUND, f"{url}: the {kind} begins {late:.3f} s into the file"


def check_sound(upload):
    """Sound is there if, and only if, the source has some that can be decoded."""
    source = decode(str(upload.clip.path))
    assert bool(source.audio) == upload.clip.sound, "the manifest and this ffmpeg disagree about the sound"
    for url in upload.mp4_urls():
        made = decode(url)
        assert bool(made.audio) == upload.clip.sound, f"{url}: sound {bool(made.audio)}"
        if made.audio:
            codec, channels = made.audio.stream["codec_name"], made.audio.stream["channels"]
            assert codec == "aac" and channels <= 2, f"{url}: {codec}, {channels} channels"
    for variant in upload.final_master():
        assert ("mp4a.40.2" in variant.attributes["CODECS"]) == upload.clip.sound, variant.attributes["CODECS"]


def check_privacy(upload):
    """Nothing tells where and by what the source was taken, in tags or anywhere in the bytes."""
    places = set(ISO6709.findall(upload.clip.path.read_bytes()))
    assert places or not upload.clip.gps, "no place was found in a source that should have one: a blind check"
    secrets = [value for name, value in decode(str(upload.clip.path)).all_tags()
               if len(value) >= 6 and name.startswith("com.") and any(tag in name for tag in CAMERA_TAGS)]  # fmt: skip
    for url in upload.mp4_urls():
        found = [tag for tag in decode(url).all_tags() if any(part in tag[0] for part in CAMERA_TAGS)]
        assert not found, f"{url}: {found}"
    for url in upload.file_urls():
        body = upload.fetch(url).content
        assert not ISO6709.search(body), f"{url} holds a place"
        told = [secret for secret in [*(p.decode() for p in places), *secrets] if secret.encode() in body]
        assert not told, f"{url} holds {told}"
        assert b"Exif\0" not in body, f"{url} holds Exif data"


def check_failure(upload):
    """A refused file ends as failed, with a sentence that a person understands, and nothing to watch."""
    video = upload.video
    assert video["status"] == "failed", f"status {video['status']}: a hostile or broken file was taken"
    assert set(video["failure"]) == {"code", "detail"}, video["failure"]
    code, detail = video["failure"]["code"], video["failure"]["detail"]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code), code
    assert re.fullmatch(r"[A-Z][^\n]{18,198}[.]", detail), f"not a sentence: {detail!r}"
    jargon = r"ff(mpeg|probe|concat)|moov|demux|codec|errno|exit|signal|stderr|0x|[/\\\[\]{}<>@]"
    assert not re.search(jargon, detail, re.IGNORECASE), f"not for a person: {detail!r}"
    assert code not in ("internal", "worker_died"), f"the file is at fault, not the server: {video['failure']}"
    if upload.clip.sound:
        assert "sound" in detail, f"a file that only has sound should be told so: {detail!r}"
    for look in upload.looks:
        shown = [name for name in ("hls_url", "mp4_url", "thumbnail_url", "preview", "play_token") if look[name]]
        assert not shown and not look["files"], f"{look['status']} shows {shown} {look['files']}"
