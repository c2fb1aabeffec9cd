"""kill -9 while videos are uploaded and transcoded: each ends ready or failed, with one revision, and nothing is left.

LUOT_FAULT_ROUNDS sets how many times the server is killed (3)."""

import collections
import os
import random
import subprocess
import threading
import time

import pytest
import requests

import stored
from behind import decode_id, eventually, sql
from client import Client
from luot import Server
from processes import tools_below

ROUNDS = int(os.environ.get("LUOT_FAULT_ROUNDS", "3"))
UPLOADERS = 3


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory):
    """Two rungs, and players take it as it is: so it is published twice."""
    path = tmp_path_factory.mktemp("clips") / "short.mp4"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=480x360:rate=25:duration=1.5",
         "-f", "lavfi", "-i", "sine=duration=1.5", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
         "-c:a", "aac", path],
        check=True,
    )  # fmt: skip
    return path


class Uploader(threading.Thread):
    """Uploads a few videos until the server is gone; keeps those whose `complete` was answered."""

    def __init__(self, client, clip):
        super().__init__(daemon=True)
        self.client, self.clip = client, clip
        self.completed = []
        self.surprise = None

    def run(self):
        try:
            for _ in range(3):
                self.completed.append(self.client.upload(self.clip)["id"])
                time.sleep(random.uniform(0, 1))
        except requests.RequestException:
            pass
        except AssertionError as error:
            self.surprise = error


def kill_amid(server, clip):
    """Returns the videos whose uploads were told to be complete."""
    uploaders = [Uploader(Client(server.url, session=requests.Session()).register(), clip) for _ in range(UPLOADERS)]
    for uploader in uploaders:
        uploader.start()
    eventually(lambda: tools_below(server.data_dir / "scratch"), timeout=30)
    time.sleep(random.uniform(0, 2))
    server.kill()
    for uploader in uploaders:
        uploader.join(20)
        assert not uploader.is_alive() and uploader.surprise is None
    eventually(lambda: not tools_below(server.data_dir / "scratch"))
    return [video for uploader in uploaders for video in uploader.completed]


def check_nothing_is_left(server):
    """Every object is of a published revision, or its removal is planned."""
    assert not os.listdir(server.data_dir / "scratch")
    kept = [row[0] for row in sql(server, "select prefix from doomed_objects")]
    for video, rev, playlist in sql(server, "select id, rev, video_url from videos where rev is not null"):
        kept.append(playlist.removesuffix("master.m3u8"))
        assert f"/{rev}/" in playlist and sql(server, "select 1 from doomed_objects where ? like prefix || '%'",
                                              playlist) == [], video  # fmt: skip
    stray = [name for name in stored.keys(server, "") if not name.startswith(tuple(kept))]
    assert not stray


def check_plays(client, video):
    """The one revision that the database names is there, whole."""
    seen = client.get(f"/videos/{video}").json()
    assert seen["status"] == "ready" and [file["quality"] for file in seen["files"]] == ["240p", "480p"]
    playlist = client.get(seen["hls_url"])
    assert playlist.status_code == 200
    for file in seen["files"]:
        assert f"{file['quality']}.m3u8" in playlist.text
        assert client.get(file["file_url"]).status_code == 200


def test_kill_9_while_videos_are_transcoded(tmp_path, short_clip, tell):
    server = Server(tmp_path / "data", LUOT_WORKERS=2).start()
    completed = []
    try:
        interrupted = 0
        for _ in range(ROUNDS):
            completed += kill_amid(server, short_clip)
            interrupted += sql(server, "select count(*) from jobs where state = 'running'")[0][0]
            # Leases end at once, not after twenty seconds. A job whose worker dies five times is given up, since the
            # file may be what kills it; here we do.
            sql(server, "update jobs set lease_expires_at = 1, attempts = 1 where state = 'running'")
            server.start()
        unfinished = "select 1 from jobs where state in ('queued', 'running')"
        eventually(lambda: not sql(server, unfinished), timeout=60 + 20 * ROUNDS)
        eventually(lambda: not tools_below(server.data_dir / "scratch"))
        states = collections.Counter(row[0] for row in sql(server, "select status from videos"))
        assert set(states) <= {"ready", "failed", "uploading"}, "whose upload was cut off may go on"
        known = {video for [video] in sql(server, "select id from videos")}
        assert {decode_id(video) for video in completed} <= known
        for video in completed:
            check_plays(Client(server.url), video)
        check_nothing_is_left(server)
        assert interrupted > 0
        tell(f"{ROUNDS} x kill -9 amid {interrupted} transcodings: of {len(completed)} videos {dict(states)}")
    finally:
        server.kill()
