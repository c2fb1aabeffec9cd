"""What ffmpeg and ffprobe say of a file or URL: streams, tags, decoded frames, likeness of two pictures."""

import dataclasses
import functools
import json
import re
import statistics
import subprocess

FRAME_FIELDS = "stream_index,media_type,key_frame,pts_time,best_effort_timestamp_time,pkt_duration_time,nb_samples"


def run(arguments, timeout=240):
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=timeout)


def packets_of(location, kind="v"):
    """A digest of each packet of its picture ("v") or sound ("a"), in order, whatever the container."""
    bare = ["-bsf:v", "h264_mp4toannexb"] if kind == "v" else []
    told = run(["ffmpeg", "-nostdin", "-v", "error", "-i", location, "-map", f"0:{kind}:0", "-c", "copy", *bare, "-f",
                "framehash", "-"])  # fmt: skip
    return [line.split(",")[-1].strip() for line in told.stdout.splitlines() if line and not line.startswith("#")]


def places_of(path):
    """[(place in the file, "video" or "audio", start in seconds)] of each packet."""
    told = run(["ffprobe", "-v", "error", "-of", "json", "-show_entries", "packet=codec_type,pts_time,pos", path])
    return [(int(packet["pos"]), packet["codec_type"], float(packet["pts_time"])) for packet in json.loads(told.stdout)["packets"]]


@dataclasses.dataclass
class Track:
    """A stream whose frames were all decoded. Times are seconds as the container tells them."""

    stream: dict
    starts: list  # of each frame, ascending
    keys: list  # starts of the key frames
    end: float  # of the last frame

    @property
    def start(self):
        return self.starts[0]

    @property
    def longest_gap(self):
        """Between the starts of two frames, or of the last one and the end."""
        return max(b - a for a, b in zip(self.starts, self.starts[1:] + [self.end]))


@dataclasses.dataclass
class Decoded:
    streams: list
    format_tags: dict
    video: Track | None
    audio: Track | None
    errors: list  # lines that the decoder wrote

    @property
    def start(self):
        return min(track.start for track in (self.video, self.audio) if track)

    @property
    def span(self):
        """From the first frame to the end of the last one, over picture and sound."""
        return max(track.end for track in (self.video, self.audio) if track) - self.start

    def all_tags(self):
        merged = [self.format_tags, *(stream.get("tags", {}) for stream in self.streams)]
        return [(name.lower(), value) for tags in merged for name, value in tags.items()]


def is_moving_picture(stream):
    """Cover art is a video stream too, by ffprobe's words."""
    return stream.get("codec_type") == "video" and not stream.get("disposition", {}).get("attached_pic")


def has_sound(stream):
    return stream.get("codec_type") == "audio" and int(stream.get("channels") or 0) > 0


def known_time(frame):
    told = frame.get("pts_time") or frame.get("best_effort_timestamp_time")
    return None if told is None else float(told)


def told_duration(frame, stream):
    if frame.get("nb_samples") and stream.get("sample_rate"):
        return int(frame["nb_samples"]) / int(stream["sample_rate"])
    return float(frame.get("pkt_duration_time") or 0)


def usual_gap(starts):
    return statistics.median(b - a for a, b in zip(starts, starts[1:])) if len(starts) > 1 else 0.04


def timed(stream, frames):
    """([(start, end, frame)] in the order of the starts, whether the ends were told). A packet of several frames
    tells only the first one's time: the others follow it without a gap."""
    usual = usual_gap(sorted(time for frame in frames if (time := known_time(frame)) is not None))
    durations = [told_duration(frame, stream) for frame in frames]
    # Some containers tell no durations, or those of a tick of their clock.
    told = statistics.median(durations) >= usual / 2 or "nb_samples" in frames[0]
    found, end = [], 0.0
    for frame, duration in zip(frames, durations):
        time = known_time(frame)
        start = end if time is None else time
        end = start + (duration if told and duration else usual)
        found.append((start, end, frame))
    return sorted(found, key=lambda one: one[0]), told


def track_of(stream, frames):
    own = [frame for frame in frames if frame["stream_index"] == stream["index"]]
    if not own:
        return None
    found, told = timed(stream, own)
    starts = [start for start, _, _ in found]
    end = max(end for _, end, _ in found)
    if not told and "duration" in stream:  # the track's length says how long the last frame stays
        stated = float(stream["start_time"]) + float(stream["duration"])
        end = stated if stated > starts[-1] else end
    return Track(stream, starts, [start for start, _, frame in found if frame.get("key_frame")], end)


@functools.lru_cache(maxsize=64)
def decode(location):
    """Decodes the first moving picture and the first sound that is not empty of a file or URL from end to end."""
    answer = run(["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_frames",
                  "-show_entries", f"frame={FRAME_FIELDS}", location])  # fmt: skip
    found = json.loads(answer.stdout or "{}")
    streams = found.get("streams", [])
    frames = [frame for frame in found.get("frames", []) if frame.get("media_type") in ("video", "audio")]
    video = next((stream for stream in streams if is_moving_picture(stream)), None)
    heard = {frame["stream_index"] for frame in frames}
    audio = next((stream for stream in streams if has_sound(stream) and stream["index"] in heard), None)
    return Decoded(
        streams,
        found.get("format", {}).get("tags", {}),
        video and track_of(video, frames),
        audio and track_of(audio, frames),
        answer.stderr.splitlines(),
    )


def play(url):
    """Plays all streams of a URL to nowhere, as a player would. The lines that it complained with."""
    # Each picture as it comes, on a clock fine enough for it: ffmpeg's default re-times pictures for the null muxer
    # and then complains of the times that it made itself.
    answer = run(["ffmpeg", "-nostdin", "-v", "error", "-i", url, "-map", "0", "-fps_mode", "passthrough",
                  "-enc_time_base:v", "1:90000", "-f", "null", "-"])  # fmt: skip
    lines = answer.stderr.splitlines()
    return lines if answer.returncode == 0 else [*lines, f"exit code {answer.returncode}"]


def picture_size(path):
    answer = run(["ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "stream=codec_name,width,height", path])
    codec, width, height = answer.stdout.strip().split(",")[:3]
    return codec, int(width), int(height)


def likeness(source, rendition, width, height, turn="null", prepare="null"):
    """Structural similarity (1 is equal) of a rendition with ffmpeg's own upright decode of its source.

    `turn` is a filter on the source's upright picture (to see that a wrong turn would be noticed), `prepare` one on
    its decoded frames.
    """
    # A few pictures a second from both, by time: frame numbers do not match where the source's rate varies.
    sample = "setpts=PTS-STARTPTS,fps=4"
    graph = (
        f"[0:v:0]{sample},scale={width}:{height},format=yuv420p,setsar=1[made];"
        f"[1:v:0]{prepare},{sample},scale={width}:{height}:flags=bicubic,{turn},format=yuv420p,setsar=1[meant];"
        "[made][meant]ssim=shortest=1"
    )
    answer = run(["ffmpeg", "-nostdin", "-v", "info", "-i", rendition, "-i", source, "-filter_complex", graph,
                  "-an", "-f", "null", "-"])  # fmt: skip
    measured = re.search(r"SSIM Y:([\d.]+)", answer.stderr)
    assert measured, f"no likeness could be measured: {answer.stderr[-400:]}"
    return float(measured[1])
