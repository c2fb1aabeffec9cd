"""Files that are damaged by chance or made to do harm, through the real server and the real ffmpeg: each video ends ready
and sound, or failed with a verdict on the file; nothing crashes, hangs or stays behind, and nothing outside is touched.

LUOT_MUTATION_SECONDS sets for how long (20), LUOT_MUTATION_SEED which files (1), LUOT_TEST_CORPUS of what."""

import os
import pathlib
import subprocess
import time

import pytest

import clips
import mutations
from behind import eventually
from canary import Canary, Listener
from client import Client
from luot import Server
from media_probe import decode, packets_of
from processes import tools_below

CORPUS = os.environ.get("LUOT_TEST_CORPUS")
SECONDS = float(os.environ.get("LUOT_MUTATION_SECONDS", "20"))
SEED = int(os.environ.get("LUOT_MUTATION_SEED", "1"))
LARGEST = 300_000  # bytes of a file, so that many can be tried
LONGEST = 240  # seconds until a verdict, on a machine that has other work, too
# Ours are "internal", "worker_died" and "too_slow": no file of this size may cause them.
VERDICTS = {"not_a_video", "no_video_track", "undecodable", "too_long", "picture_too_large", "too_large_converted"}


def sources(folder):
    if CORPUS:
        files = [clip.path for clip in clips.read_manifest(pathlib.Path(CORPUS))]
        return [path for path in files if 8 < path.stat().st_size <= LARGEST and not path.name.startswith("attack_")]
    for make, name in ((clips.make_gif, "a.gif"), (clips.make_webm, "a.webm"), (clips.make_phone_clip, "a.mov"),
                       (clips.make_anamorphic_clip, "a.mp4"), (clips.make_hdr_clip, "b.mp4")):  # fmt: skip
        make(folder / name)
    return sorted(folder.iterdir())


@pytest.fixture
def outside(tmp_path):
    """(canary, listener): what no file may reach."""
    clips.make_canary(tmp_path / "canary.ts")
    canary, listener = Canary(tmp_path / "canary.ts"), Listener()
    yield canary, listener
    listener.close()


def hostile_texts(canary, listener):
    url = f"http://127.0.0.1:{listener.port}/canary.ts"
    return [clips.HLS.format(target=url), clips.HLS.format(target=f"file://{canary.path}"),
            f"ffconcat version 1.0\nfile '{canary.path}'\n", f"#EXTM3U\n#EXTINF:1,\nconcat:{canary.path}|{url}\n",
            clips.SDP.format(port=listener.port), f"file://{canary.path}\0", f"{url}\0"]  # fmt: skip


def is_copied(location, source, kind):
    made = set(packets_of(location, kind))
    return 2 * len(made & set(packets_of(source, kind))) > len(made)


def check_sound(video, source):
    """Whatever the source was: what is published is a ladder that any player takes."""
    assert video["files"] and video["duration"] > 0
    for file in video["files"]:
        found = decode(file["file_url"])
        # A track that was good for players is copied, with what is damaged in its packets: it may glitch. Nothing that
        # was encoded may.
        faults = [error for error in found.errors if not any(
            error.startswith(decoder) and is_copied(file["file_url"], source, kind)
            for decoder, kind in (("[aac @", "a"), ("[h264 @", "v")))]  # fmt: skip
        assert not faults, f"{file['quality']}: {faults[:3]}"
        stream = found.video.stream
        assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
        assert (stream["width"], stream["height"]) == (file["width"], file["height"])


class Trial:
    def __init__(self, client, number, what, data, folder):
        self.what = what
        self.client = client
        self.path = folder / f"{number}.bin"
        self.path.write_bytes(data)
        self.video = client.upload(self.path, title=what[:100])["id"]

    def verdict(self):
        video = self.client.wait_until_done(self.video, timeout=LONGEST)
        if video["status"] == "ready":
            check_sound(video, self.path)
            self.path.unlink()
            return "ready"
        assert video["failure"]["code"] in VERDICTS, video["failure"]
        self.path.unlink()
        return video["failure"]["code"]


def run_trials(server, mutator, folder):
    """{verdict: count}. Two are always under way, as there are two workers."""
    counts, waiting, number = {}, [], 0
    end = time.monotonic() + SECONDS
    while waiting or time.monotonic() < end:
        if time.monotonic() < end and len(waiting) < 3:
            if number % 90 == 0:  # a user may begin a hundred uploads a day
                client = Client(server.url).register()
            waiting.append(Trial(client, number, *mutator.make(), folder))
            number += 1
            continue
        trial = waiting.pop(0)
        try:
            verdict = trial.verdict()
        except (AssertionError, subprocess.TimeoutExpired) as fault:
            raise AssertionError(f"seed {SEED}, {trial.what}, kept as {trial.path}: {fault}") from fault
        counts[verdict] = counts.get(verdict, 0) + 1
    return counts


def test_mutated_files(tmp_path, outside, tell):
    canary, listener = outside
    for name in ("sources", "trials"):
        (tmp_path / name).mkdir()
    mutator = mutations.Mutator(sources(tmp_path / "sources"), hostile_texts(canary, listener), SEED)
    sees_reads = canary.can_tell()
    with Server(tmp_path / "data", LUOT_WORKERS=2) as server:
        counts = run_trials(server, mutator, tmp_path / "trials")
        eventually(lambda: not tools_below(server.data_dir / "scratch"), timeout=10)
        eventually(lambda: not os.listdir(server.data_dir / "scratch"), timeout=10)
        assert server.process.poll() is None and server.is_ready()
        log = server.log()
    assert "level=error" not in log and "status=500" not in log, log[-2000:]
    assert listener.requests == [], f"seed {SEED}: the network was reached"
    assert not (sees_reads and canary.was_read()), f"seed {SEED}: a file of the server was read"
    assert sum(counts.values()) > 0
    tell(f"{sum(counts.values())} mutated files (seed {SEED}): {counts}")
