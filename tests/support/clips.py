"""The files that are uploaded, and what is known of each: a corpus with a manifest, or clips made here."""

import csv
import dataclasses
import pathlib
import subprocess


@dataclasses.dataclass
class Clip:
    """A file to upload. The fields say what a correct pipeline finds in it."""

    path: pathlib.Path
    accepted: bool
    size: tuple | None = None  # upright, in square pixels
    sound: bool = False
    rotation: int = 0
    interlaced: bool = False
    variable: bool = False  # frames come at uneven times
    hdr: bool = False
    gps: bool = False
    frames: int | None = None  # that a decoder gets out of it

    @property
    def name(self):
        return self.path.name


HDR_TRANSFERS = ("arib-std-b67", "smpte2084")


def size_of(text):
    width, separator, height = text.partition("x")
    return (int(width), int(height)) if separator else None


def read_manifest(folder):
    """The clips of a corpus: a folder of files with a manifest.tsv."""
    with open(folder / "manifest.tsv", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Clip(
            folder / row["file"],
            {"accepted": True, "rejected": False}[row["expected"]],
            size_of(row["display_wxh"]),
            sound=row["audio"] not in ("", "none"),
            rotation=int(row["rotation"] or 0),
            interlaced=row["interlaced"] in ("tt", "bb", "tb", "bt"),
            variable=row["vfr"].strip().lower() in ("yes", "true", "1", "vfr"),
            hdr=any(transfer in row["color"] for transfer in HDR_TRANSFERS),
            gps="GPS" in row["special"],
            frames=int(row["frames_decoded"] or 0) or None,
        )
        for row in rows
    ]


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True)


def picture(size, seconds, rate=25):
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}")


def sound(seconds):
    return ("-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}")


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def make_phone_clip(path):
    """Held upright: the pictures lie on their side and a matrix says so; the place and the phone are in its tags."""
    lying = path.with_name("lying.mov")
    ffmpeg(*picture("640x360", 3, 30), *sound(3), *H264, "-c:a", "aac", lying)
    ffmpeg("-i", lying, "-c", "copy", "-metadata:s:v", "rotate=90", "-movflags", "use_metadata_tags",
           "-metadata", "com.apple.quicktime.location.ISO6709=+51.5007-000.1246+011.0/",
           "-metadata", "com.apple.quicktime.make=Acme", "-metadata", "com.apple.quicktime.model=Pocket 3",
           "-metadata", "creation_time=2024-05-06T07:08:09Z", path)  # fmt: skip
    lying.unlink()


def make_hdr_clip(path):
    ffmpeg(*picture("640x360", 1), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le",
           "-color_trc", "arib-std-b67", "-color_primaries", "bt2020", "-colorspace", "bt2020nc", path)  # fmt: skip


def make_late_sound_clip(path):
    """Sound that begins half a second after the picture and ends after it."""
    ffmpeg(*picture("426x240", 3), "-itsoffset", "0.5", *sound(3), *H264, "-c:a", "aac", path)


def make_vfr_clip(path):
    """Frames on no grid at all, as phones write them when they are busy: the first one stays for two seconds."""
    times = "setpts='(N*0.113+0.031*mod(N,3)+gte(N,1)*1.9)/TB'"
    ffmpeg(*picture("640x480", 2.4), *sound(8.6), "-vf", f"settb=1/90000,{times}", "-fps_mode", "passthrough",
           "-enc_time_base:v", "1:90000", *H264, "-bf", "0", "-c:a", "aac", path)  # fmt: skip


def make_gif(path):
    """A pause amid it, and a last picture that stays for 0.6 s."""
    ffmpeg(*picture("321x241", 3, 10), "-vf", "select='not(between(n,11,24))'", "-fps_mode", "vfr",
           "-final_delay", "60", path)  # fmt: skip


def make_webm(path):
    ffmpeg(*picture("481x361", 3), *sound(3), "-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M",
           "-c:a", "libopus", path)  # fmt: skip


def make_anamorphic_clip(path):
    ffmpeg(*picture("360x288", 2), *H264, "-vf", "setsar=16/15", path)


def make_long_clip(path):
    ffmpeg(*picture("1280x720", 12, 30), *sound(12), *H264, "-c:a", "aac", path)


def make_broken_off_clip(path):
    """An upload that was interrupted: the index at the end of the file is missing."""
    make_phone_clip(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])


def make_sound_only(path):
    ffmpeg(*sound(2), "-c:a", "aac", path)


GOOD = {  # name: how it is made, and what is known of it
    "phone_upright_gps.mov": (make_phone_clip, dict(size=(360, 640), sound=True, rotation=-90, gps=True, frames=90)),
    "late_sound.mp4": (make_late_sound_clip, dict(size=(426, 240), sound=True, frames=75)),
    "variable_rate.mp4": (make_vfr_clip, dict(size=(640, 480), sound=True, frames=60)),
    "odd_size_pauses.gif": (make_gif, dict(size=(321, 241), frames=16)),
    "odd_size.webm": (make_webm, dict(size=(481, 361), sound=True, frames=75)),
    "anamorphic_silent.mp4": (make_anamorphic_clip, dict(size=(384, 288), frames=50)),
    "hlg_10bit.mp4": (make_hdr_clip, dict(size=(640, 360), hdr=True, frames=25)),
    "long_720p.mp4": (make_long_clip, dict(size=(1280, 720), sound=True, frames=360)),
}

HLS = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n{target}\n#EXT-X-ENDLIST\n"
SDP = (
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
)


BAD = {  # name: its text, or how it is made
    "bad_text.mp4": "This is no video.\n",
    "bad_empty.mp4": "",
    "bad_broken_off.mov": make_broken_off_clip,
    "bad_sound_only.mp4": make_sound_only,
    "attack_hls_file.mp4": HLS.format(target="file://{canary}"),
    "attack_hls_http.mp4": HLS.format(target="http://127.0.0.1:{port}/canary.ts"),
    "attack_ffconcat_file.mov": "ffconcat version 1.0\nfile '{canary}'\n",
    "attack_sdp.mp4": SDP,
}
OWN_NAMES = [*GOOD, *BAD]


def make_own(folder, name, canary, port):
    """Makes one of the clips; attack files point to the file `canary` and to a listener on `port`."""
    path = folder / name
    if name in GOOD:
        make, known = GOOD[name]
        make(path)
        return Clip(path, True, **known)
    recipe = BAD[name]
    if callable(recipe):
        recipe(path)
    else:
        path.write_text(recipe.format(canary=canary, port=port))
    return Clip(path, False, sound=recipe is make_sound_only)


def make_canary(path):
    ffmpeg(*picture("320x240", 1), *H264, "-f", "mpegts", path)
