"""Pictures and sound come out right, whatever way the source says what it means."""

import pathlib
import subprocess
import sys

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
pytest.register_assert_rewrite("media_checks", "delivery_checks", "hls_rules", "playlists", "uploads_seen")

import odd_clips  # noqa: E402
from client import Client  # noqa: E402
from luot import Server  # noqa: E402
from media_probe import decode, packets_of  # noqa: E402
from ready_checks import READY_CHECKS, run_checks  # noqa: E402
from uploads_seen import watch  # noqa: E402

TOGETHER = 0.04  # seconds
# What a plain decode of the source shows is not what is wanted of these, so their own tests look at the picture.
LIKE_NOTHING = ("transparent.mov", "thin.mkv")


@pytest.fixture(scope="module")
def uploads(tmp_path_factory):
    """Each clip's upload, made when it is first asked for."""
    folder = tmp_path_factory.mktemp("odd")
    made = {}
    with Server(tmp_path_factory.mktemp("server") / "data", LUOT_WORKERS=1, LUOT_RATE_LIMITS="off") as server:
        client = Client(server.url).register()

        def upload(name):
            if name not in made:
                made[name] = watch(client, odd_clips.make(folder, name), content_type="application/octet-stream")
                assert made[name].video["status"] == "ready", made[name].video["failure"]
            return made[name]

        yield upload


def pixels(location, *arguments, size, seek="0"):
    """A frame as rows of (red, green, blue)."""
    width, height = size
    made = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-ss", seek, "-i", location, "-frames:v", "1", *arguments,
                           "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"], capture_output=True, check=True)  # fmt: skip
    assert len(made.stdout) == 3 * width * height
    triples = [tuple(made.stdout[i : i + 3]) for i in range(0, len(made.stdout), 3)]
    return [triples[row * width : (row + 1) * width] for row in range(height)]


def largest(upload):
    file = upload.video["files"][-1]
    return file["file_url"], (file["width"], file["height"])


def loudness(location):
    """The mean of its sound, in dB of full scale."""
    answer = subprocess.run(["ffmpeg", "-nostdin", "-hide_banner", "-i", location, "-map", "0:a", "-af", "volumedetect",
                             "-f", "null", "-"], capture_output=True, text=True, check=True)  # fmt: skip
    return float(answer.stderr.split("mean_volume:")[1].split()[0])


@pytest.mark.parametrize("name", odd_clips.CLIPS)
def test_clip(uploads, name):
    upload = uploads(name)
    skipped = ("check_upright",) if name in LIKE_NOTHING else ()
    problems = run_checks([check for check in READY_CHECKS if check.__name__ not in skipped], upload)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", [name for name, (_, facts) in odd_clips.CLIPS.items() if facts.get("sound")])
def test_picture_and_sound_stay_together(uploads, name):
    """From the start to the end, against the source's own times."""
    upload = uploads(name)
    source = decode(str(upload.clip.path))
    for url in upload.mp4_urls():
        made = decode(url)
        ends = [(track.end - whole.start) for whole, track in
                ((made, made.video), (made, made.audio), (source, source.video), (source, source.audio))]  # fmt: skip
        assert abs(made.video.start - made.audio.start) <= TOGETHER, url
        # A last packet of sound is whole, and an encoder primes itself: two packets of 21 ms.
        parted = (ends[0] - ends[1]) - (ends[2] - ends[3])
        assert abs(parted) <= TOGETHER, f"{url}: picture and sound part by {parted:+.3f} s"


@pytest.mark.parametrize("name", ["hlg_patches.mp4", "pq_patches.mp4"])
def test_hdr_keeps_its_colours(uploads, name):
    """What was graded as an ordinary picture looks like it again."""
    url, size = largest(uploads(name))
    rows = pixels(url, "-vf", "scale=in_color_matrix=bt709:in_range=tv", size=size)
    middle = rows[size[1] // 2]
    for i, wanted in enumerate(odd_clips.PATCHES):
        found = middle[round((i + 0.5) * size[0] / len(odd_clips.PATCHES))]
        assert all(abs(a - b) <= 16 for a, b in zip(found, wanted)), f"{wanted} became {found}"
        strength = [(max(c) - min(c)) / max(c) for c in (found, wanted)]
        assert abs(strength[0] - strength[1]) <= 0.08, f"{wanted} became {found}: too strong or too weak"
    stream = decode(url).video.stream
    tags = [stream.get(f"color_{part}") for part in ("transfer", "primaries", "space")]
    assert tags == ["bt709"] * 3, tags


def test_transparency_is_black(uploads):
    url, size = largest(uploads("transparent.mov"))
    rows = pixels(url, size=size)
    assert max(rows[5][5]) < 30, f"the transparent corner is {rows[5][5]}"
    assert min(rows[size[1] // 2][size[0] // 2]) > 220, "the opaque middle is white"


def test_a_mirrored_picture_is_turned(uploads):
    upload = uploads("mirrored.mp4")
    url, size = largest(upload)
    # Without the matrix: as it lies in the file.
    lying = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-noautorotate", "-i", upload.clip.path, "-frames:v", "1",
                            "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"], capture_output=True, check=True)  # fmt: skip
    made = pixels(url, size=size)
    source = [tuple(lying.stdout[i : i + 3]) for i in range(0, len(lying.stdout), 3)]
    middle = source[size[0] * 120 : size[0] * 121]
    far = sum(abs(a[1] - b[1]) for a, b in zip(made[120], middle))
    near = sum(abs(a[1] - b[1]) for a, b in zip(made[120], reversed(middle)))
    assert near * 4 < far, f"mirrored differs by {near}, unmirrored by {far}"


def test_the_middle_channel_is_heard(uploads):
    url, _ = largest(uploads("surround.mp4"))
    stream = decode(url).audio.stream
    assert stream["channels"] == 2
    assert loudness(url) > -40


def test_the_track_that_has_sound_is_taken(uploads):
    url, _ = largest(uploads("empty_track.mkv"))
    assert loudness(url) > -40


def test_mono_stays_mono(uploads):
    url, _ = largest(uploads("mono.mp4"))
    assert decode(url).audio.stream["channels"] == 1


def test_a_fast_picture_is_slower_on_the_smallest_rung(uploads):
    frames = {file["quality"]: len(decode(file["file_url"]).video.starts) for file in uploads("fast.mp4").video["files"]}
    assert frames == {"480p": 180, "240p": 90}


def test_a_fit_source_is_its_own_rung(uploads):
    """Nothing is lost and nothing spent where the source is what the ladder would make."""
    upload = uploads("phone.mp4")
    files = {file["quality"]: file["file_url"] for file in upload.video["files"]}
    assert list(files) == ["240p", "480p"]
    assert packets_of(files["480p"]) == packets_of(str(upload.clip.path))
    assert packets_of(files["240p"]) != packets_of(files["480p"])
    assert any(look["playable_at"] and look["status"] == "processing" for look in upload.looks), "published at once"


def test_a_long_source_is_seen_in_one_rung_first(uploads):
    """Which the ladder does not make again. Who is in the middle of it is not cut off when the ladder comes."""
    upload = uploads("long.mkv")
    early = [look for look in upload.looks if look["status"] == "processing" and look["files"]]
    assert early and all([file["quality"] for file in look["files"]] == ["480p"] for look in early)
    files = {file["quality"]: file["file_url"] for file in upload.video["files"]}
    assert list(files) == ["240p", "480p", "720p"]
    before = early[0]["files"][0]["file_url"]
    assert before != files["480p"], "what was published never changes"
    assert packets_of(before) == packets_of(files["480p"])


def test_the_times_of_its_way_are_told(uploads):
    looks = uploads("phone.mp4").looks
    video = looks[-1]
    assert video["created_at"] <= video["uploaded_at"] < video["playable_at"] < video["ready_at"]
    assert video["ready_at"] == video["published_at"]
    early = next(look for look in looks if look["playable_at"])
    assert early["playable_at"] == video["playable_at"], "playable is when it was playable first"
    assert early["ready_at"] is None or early["status"] == "ready"
    assert looks[0]["ready_at"] is None and looks[0]["uploaded_at"] == video["uploaded_at"]


def test_the_poster_shows_something(uploads):
    """Not the black start, and not what is out of focus."""
    upload = uploads("black_start.mp4")
    poster = requests.get(upload.video["thumbnail_url"], timeout=30).content
    sharp = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", "pipe:0", "-vf", "blurdetect,metadata=print:file=-",
                            "-f", "null", "-"], input=poster, capture_output=True, check=True).stdout.decode()  # fmt: skip
    blur = float(sharp.split("lavfi.blur=")[1].split()[0])
    source = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-ss", "1.5", "-i", upload.clip.path, "-frames:v", "1",
                             "-vf", "blurdetect,metadata=print:file=-", "-f", "null", "-"],
                            capture_output=True, check=True).stdout.decode()  # fmt: skip
    assert blur < 0.8 * float(source.split("lavfi.blur=")[1].split()[0]), blur
