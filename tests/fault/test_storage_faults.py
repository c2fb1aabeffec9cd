"""An S3 server that dies, hangs, comes back, or is cut off while bytes are on their way."""

import os
import random
import re
import subprocess
import threading
import time
from urllib.parse import urlsplit

import pytest

from behind import eventually, sql
from client import Client, expect
from engines import Ceph, Link
from luot import Server
from s3_store import Bucket

ROUNDS = int(os.environ.get("LUOT_FAULT_ROUNDS", "3"))
PATIENCE = 20  # seconds until whoever asks is told that the store cannot be used


@pytest.fixture(scope="module")
def ceph(tmp_path_factory):
    with Ceph(tmp_path_factory.mktemp("engines") / "ceph") as engine:
        yield engine


@pytest.fixture(scope="module")
def link(ceph):
    with Link(ceph) as cable:
        yield cable


@pytest.fixture
def bucket(ceph, link):
    return Bucket(ceph, link)


@pytest.fixture
def server(bucket, tmp_path):
    with Server(tmp_path / "data", **bucket.settings) as running:
        yield running


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """Takes a while to send, to fetch and to encode: noise does not compress."""
    path = tmp_path_factory.mktemp("clips") / "noise.mp4"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=6",
         "-vf", "noise=alls=80:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12",
         "-pix_fmt", "yuv420p", path],
        check=True,
    )  # fmt: skip
    return path


def sent(client, clip):
    """An upload whose bytes are in the store: its video's id."""
    ticket = client.begin_upload(os.path.getsize(clip))
    assert client.send(ticket["upload"], clip.read_bytes()).status_code == 200
    return ticket["video"]["id"]


def complete(client, video):
    return client.post(f"/videos/{video}/upload/complete", {}, timeout=PATIENCE)


def check_the_rest_goes_on(client, ready):
    """What needs no store is answered at once, signing among it."""
    started = time.monotonic()
    assert expect(client.get("/feed"), 200)["items"]
    expect(client.post(f"/videos/{ready['id']}/like"), 200)
    assert client.get(ready["mp4_url"], allow_redirects=False).status_code == 302
    assert client.begin_upload(1000)["upload"]["url"]
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(("hurt", "heal"), [
    (lambda ceph, link: ceph.kill(), lambda ceph, link: ceph.start()),
    (lambda ceph, link: ceph.pause(), lambda ceph, link: ceph.resume()),
    (lambda ceph, link: link.cut(), lambda ceph, link: link.restore()),
], ids=["killed", "hanging", "cut_off"])  # fmt: skip
def test_a_store_that_is_gone(ceph, link, server, clip, tell, hurt, heal):
    client = Client(server.url).register()
    ready = client.wait_until_done(client.upload(clip)["id"])
    video = sent(client, clip)
    hurt(ceph, link)
    try:
        refused = {}
        started = time.monotonic()
        waiting = threading.Thread(target=lambda: refused.update(answer=complete(client, video)))
        waiting.start()
        check_the_rest_goes_on(Client(server.url, client.token), ready)
        waiting.join()
        took = time.monotonic() - started
        expect(refused["answer"], 503, "unavailable")
        assert int(refused["answer"].headers["Retry-After"]) >= 1
        playlist = re.sub(r"/[^/]*$", "/none.m3u8", ready["hls_url"])
        expect(client.get(playlist, timeout=PATIENCE), 503, "unavailable")
    finally:
        heal(ceph, link)
    started = time.monotonic()
    eventually(lambda: complete(client, video).status_code == 202, timeout=10)
    back = time.monotonic() - started
    assert back < 5
    assert client.wait_until_done(video)["status"] == "ready"
    tell(f"a store that is gone: refused after {took:.1f} s, back after {back:.1f} s")


def test_a_store_that_dies_while_a_video_is_made(ceph, bucket, server, long_clip, tell):
    client = Client(server.url).register()
    chance = random.Random(7)
    for _ in range(ROUNDS):
        video = client.upload(long_clip)["id"]
        deaths = 0
        for _ in range(2):
            time.sleep(chance.uniform(0, 2))
            if client.get(f"/videos/{video}").json()["status"] != "processing":
                break
            ceph.kill()
            deaths += 1
            time.sleep(chance.uniform(0, 2))
            ceph.start()
        sql(server, "update jobs set run_at = 1 where state = 'queued'")  # the pause before another look is over
        assert client.wait_until_done(video, timeout=120)["status"] == "ready"
        tell(f"a store that dies while a video is made: {deaths} deaths")
    check_nothing_is_left(server, bucket, client)


def check_nothing_is_left(server, bucket, client):
    """Below each video there is its one revision, once what is doomed is removed; and all that it names is there."""
    sql(server, "update doomed_objects set due_at = 1")
    eventually(lambda: not sql(server, "select 1 from doomed_objects"), timeout=60)
    expected = set()
    for item in client.get("/feed?kind=new&limit=50").json()["items"]:
        prefix = "/".join(urlsplit(item["hls_url"]).path.split("/")[2:5])
        expected.add(prefix)
        names = {key[len(prefix) + 1 :] for key in bucket.keys(prefix + "/")}
        assert {"master.m3u8", "poster.jpg", "preview.vtt", "preview.jpg"} < names, names
    assert {"/".join(key.split("/")[:3]) for key in bucket.keys()} == expected
    assert bucket.uploads() == []


def test_connections_that_break_again_and_again(link, bucket, server, long_clip, tell):
    """Resets while the original is fetched and the renditions are sent; the clients' own connections hold."""
    client = Client(server.url).register()
    over = threading.Event()
    resets = 0

    def reset_often():
        nonlocal resets
        while not over.wait(0.15):
            link.reset()
            resets += 1

    breaker = threading.Thread(target=reset_often)
    breaker.start()
    try:
        video = client.upload(long_clip)["id"]
        assert client.wait_until_done(video, timeout=120)["status"] == "ready"
    finally:
        over.set()
        breaker.join()
    [original] = bucket.keys(f"originals/{video}/")
    assert bucket.read(original) == long_clip.read_bytes()
    [(attempts,)] = sql(server, "select attempts from jobs")
    tell(f"connections that break: {resets} resets, {attempts} attempts")


def test_a_server_that_is_stopped_does_not_wait_for_a_store_that_hangs(ceph, bucket, tmp_path, clip):
    with Server(tmp_path / "other", **bucket.settings) as server:
        client = Client(server.url).register()
        video = sent(client, clip)
        ceph.pause()
        try:
            waiting = threading.Thread(target=complete, args=(client, video))
            waiting.start()
            time.sleep(0.5)
            started = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - started < PATIENCE  # what a client waits for is waited for, not more
            waiting.join()
        finally:
            ceph.resume()
