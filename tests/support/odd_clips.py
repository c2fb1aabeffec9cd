"""Clips of the kinds that phones, browsers and editors make and that converters get wrong, each made here by ffmpeg."""

import math
import struct
import subprocess

from clips import H264, Clip, ffmpeg, picture, sound

SECONDS = 3
PATCH = 64  # pixels, square
REFERENCE_WHITE = 203  # nits, ITU-R BT.2408
# As sRGB: grey, bright grey, skin, red, green, blue, sky, yellow.
PATCHES = ((118, 118, 118), (190, 190, 190), (200, 150, 120), (190, 40, 40), (60, 150, 60), (40, 60, 180),
           (110, 160, 200), (190, 170, 50))  # fmt: skip
TO_BT2020 = ((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956))  # ITU-R BT.2087
LUMA_2020 = (0.2627, 0.6780, 0.0593)


def light_of(colour):
    """Of an sRGB colour on a screen whose white has 203 nits, in BT.2020 primaries."""
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in (c / 255 for c in colour)]
    return [sum(m * v * REFERENCE_WHITE for m, v in zip(row, linear)) for row in TO_BT2020]


def hlg(nits):
    """ITU-R BT.2100: the inverse of the system gamma of a 1000 nit screen, by luminance, then the camera's curve."""
    luminance = sum(k * v for k, v in zip(LUMA_2020, nits)) / 1000
    scene = [v / 1000 * luminance ** (1 / 1.2 - 1) for v in nits]
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return [math.sqrt(3 * v) if v <= 1 / 12 else a * math.log(12 * v - b) + c for v in scene]


def pq(nits):
    """SMPTE ST 2084."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    powers = [(v / 10_000) ** m1 for v in nits]
    return [((c1 + c2 * p) / (1 + c3 * p)) ** m2 for p in powers]


def ten_bits(signal):
    red, green, blue = signal
    luma = sum(k * v for k, v in zip(LUMA_2020, signal))
    chroma = ((blue - luma) / 1.8814, (red - luma) / 1.4746)
    return [round((219 * luma + 16) * 4), *(round((224 * c + 128) * 4) for c in chroma)]


def make_patches(path, curve, name):
    signals = [ten_bits(curve(light_of(colour))) for colour in PATCHES]
    planes = [b"".join(struct.pack("<H", signal[i]) * PATCH for signal in signals) * PATCH for i in range(3)]
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv444p10le", "-s",
                    f"{PATCH * len(PATCHES)}x{PATCH}", "-r", "25", "-i", "pipe:0", "-pix_fmt", "yuv420p10le", "-c:v",
                    "libx264", "-qp", "4", "-color_primaries", "bt2020", "-color_trc", name, "-colorspace", "bt2020nc",
                    path], input=b"".join(planes) * 10, check=True)  # fmt: skip


def make_hlg_patches(path):
    make_patches(path, hlg, "arib-std-b67")


def make_pq_patches(path):
    make_patches(path, pq, "smpte2084")


def make_transparent(path):
    """White below, but all of it transparent except a square in the middle."""
    ffmpeg("-f", "lavfi", "-i", f"color=white:size=320x240:rate=10:duration={SECONDS},format=yuva444p10le,"
           "geq=lum='lum(X,Y)':cb=512:cr=512:a='1023*between(X,120,200)*between(Y,80,160)'",
           "-c:v", "prores_ks", "-pix_fmt", "yuva444p10le", path)  # fmt: skip


def make_mono(path):
    ffmpeg(*picture("426x240", SECONDS), *sound(SECONDS), *H264, "-c:a", "aac", "-ac", "1", path)


def make_surround(path):
    """Speech is in the middle channel only: a down-mix that takes left and right alone is silent."""
    ffmpeg(*picture("426x240", SECONDS), "-f", "lavfi", "-i", f"sine=frequency=440:duration={SECONDS}", "-filter_complex",
           "[1:a]pan=5.1|FC=c0[a]", "-map", "0:v", "-map", "[a]", *H264, "-c:a", "ac3", path)  # fmt: skip


def make_empty_track(path):
    """Two tracks of sound: nothing was recorded in the first."""
    ffmpeg(*picture("426x240", SECONDS), *sound(SECONDS), *sound(SECONDS), "-map", "0:v", "-map", "1:a", "-map", "2:a",
           *H264, "-c:a", "aac", "-bsf:a:0", "noise=drop=1", path)  # fmt: skip


def make_trimmed(path):
    """As phones trim: nothing is coded anew, an edit list says where to begin amid a group of pictures."""
    whole = path.with_name("whole.mp4")
    ffmpeg(*picture("640x360", 5), *sound(5), *H264, "-g", "50", "-c:a", "aac", whole)
    ffmpeg("-ss", "1.3", "-i", whole, "-c", "copy", path)
    whole.unlink()


def make_late_picture(path):
    ffmpeg(*sound(SECONDS), "-itsoffset", "0.4", *picture("426x240", SECONDS), "-map", "1:v", "-map", "0:a", *H264,
           "-fps_mode", "passthrough", "-c:a", "aac", path)  # fmt: skip


def make_no_duration(path):
    """As browsers record: the length is not known when the header is written."""
    made = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *picture("426x240", SECONDS), *sound(SECONDS), "-c:v",
                           "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-f", "webm", "-live", "1", "pipe:1"],
                          capture_output=True, check=True)  # fmt: skip
    path.write_bytes(made.stdout)


def make_mirrored(path):
    """A selfie: the matrix of its track turns left to right."""
    ffmpeg("-f", "lavfi", "-i", f"testsrc=size=426x240:rate=25:duration={SECONDS}", *H264, path)
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    assert struct.unpack_from(">i", data, matrix)[0] == 0x10000, "not the matrix that was looked for"
    struct.pack_into(">i", data, matrix, -0x10000)
    struct.pack_into(">i", data, matrix + 24, 426 * 0x10000)
    path.write_bytes(data)


def make_interlaced(path):
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=426x240:rate=50:duration={SECONDS}", "-vf", "tinterlace=interleave_top",
           *H264, "-flags", "+ildct+ilme", "-x264opts", "tff=1", path)  # fmt: skip


def make_fast(path):
    ffmpeg(*picture("640x480", SECONDS, 60), *sound(SECONDS), *H264, "-c:a", "aac", path)


def make_phone(path):
    """What a phone writes that was told to be small: it can be a rung as it is. Key frames come each second."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=480x854:rate=30:duration=9", *sound(9), "-c:v", "libx264", "-preset",
           "veryfast", "-pix_fmt", "yuv420p", "-profile:v", "high", "-b:v", "900k", "-maxrate", "1200k", "-bufsize",
           "1200k", "-g", "30", "-keyint_min", "30", "-sc_threshold", "0", "-c:a", "aac", "-b:a", "96k", "-ac", "2",
           path)  # fmt: skip


def make_long(path):
    """Of a size and length that look like much work, though there is hardly anything in it."""
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=320x180:rate=30:duration=45,scale=1280:720:flags=neighbor", "-c:v", "mpeg4",
           "-q:v", "8", "-g", "60", path)  # fmt: skip


def make_black_start(path):
    """The first second is black, the next is blurred, then it can be seen."""
    ffmpeg(*picture("426x240", 4), "-vf", "drawbox=t=fill:c=black:enable='lt(t,1)',gblur=sigma=8:enable='lt(t,2)'",
           *H264, path)  # fmt: skip


def make_thin(path):
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=1500x4:rate=10:duration={SECONDS},format=yuv444p,crop=1500:3",
           "-c:v", "ffv1", path)  # fmt: skip


CLIPS = {  # name: how it is made, and what is known of it
    "hlg_patches.mp4": (make_hlg_patches, dict(size=(PATCH * len(PATCHES), PATCH), hdr=True)),
    "pq_patches.mp4": (make_pq_patches, dict(size=(PATCH * len(PATCHES), PATCH), hdr=True)),
    "transparent.mov": (make_transparent, dict(size=(320, 240))),
    "mono.mp4": (make_mono, dict(size=(426, 240), sound=True)),
    "surround.mp4": (make_surround, dict(size=(426, 240), sound=True)),
    "empty_track.mkv": (make_empty_track, dict(size=(426, 240), sound=True)),
    "trimmed.mp4": (make_trimmed, dict(size=(640, 360), sound=True)),
    "late_picture.mp4": (make_late_picture, dict(size=(426, 240), sound=True)),
    "no_duration.webm": (make_no_duration, dict(size=(426, 240), sound=True)),
    "mirrored.mp4": (make_mirrored, dict(size=(426, 240))),
    "interlaced.mp4": (make_interlaced, dict(size=(426, 240), interlaced=True)),
    "fast.mp4": (make_fast, dict(size=(640, 480), sound=True)),
    "phone.mp4": (make_phone, dict(size=(480, 854), sound=True)),
    "long.mkv": (make_long, dict(size=(1280, 720))),
    "black_start.mp4": (make_black_start, dict(size=(426, 240))),
    "thin.mkv": (make_thin, dict(size=(1500, 3))),
}


def make(folder, name):
    path = folder / name
    how, facts = CLIPS[name]
    how(path)
    return Clip(path, True, **facts)
