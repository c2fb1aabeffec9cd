"""A media folder or a scratch folder that cannot be written, and an encoder that dies: uploads and videos wait, and
nothing else does."""

import contextlib
import os
import signal
import subprocess

import pytest

from behind import eventually, sql
from client import Client, expect
from injection import injected
from luot import Server
from processes import encoder, tools_below
from raw_http import Connection, request
from small_disk import small_disk


@pytest.fixture
def on_small_disk(tmp_path):
    """(disk, server): whose media folder is the disk."""
    with small_disk(tmp_path / "disk", 8) as disk:
        with Server(tmp_path / "data", LUOT_STORAGE_URL=f"file:{disk.folder}", LUOT_MIN_FREE_DISK=0) as server:
            yield disk, server


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """Seconds of work for the encoder."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=720x1280:rate=30:duration=12"]
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", *source, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", path],
        check=True,
    )
    return path


def send(client, clip):
    """(video id, the answer to the PUT)."""
    ticket = client.begin_upload(os.path.getsize(clip))
    return ticket["video"]["id"], client.send(ticket["upload"], clip.read_bytes())


def complete(client, video):
    return client.post(f"/videos/{video}/upload/complete", {})


def check_refused(answer, code):
    expect(answer, 503, code)
    assert int(answer.headers["Retry-After"]) >= 1


def check_the_rest_goes_on(client, video):
    """What needs no writing of media: also watching."""
    assert expect(client.get("/feed"), 200)["items"]
    expect(client.post(f"/videos/{video}/like"), 200)
    seen = expect(client.get(f"/videos/{video}"), 200)
    assert client.get(seen["hls_url"]).status_code == 200
    assert client.get(seen["mp4_url"]).status_code == 200


def check_an_upload_works(client, clip):
    video, answer = send(client, clip)
    expect(answer, 200)
    expect(complete(client, video), 202)
    assert client.wait_until_done(video)["status"] == "ready"


def hurry(server):
    """The pause before another look at a job is over."""
    sql(server, "update jobs set run_at = 1 where state = 'queued'")


@pytest.mark.embedded_only("the faults of a local folder; test_storage_faults has those of a bucket")
@pytest.mark.parametrize(("hurt", "heal", "code"), [
    (lambda disk: disk.fill(), lambda disk: disk.free(), "storage_full"),
    (lambda disk: disk.remount("ro"), lambda disk: disk.remount("rw"), "unavailable"),
], ids=["full", "read_only"])  # fmt: skip
def test_a_media_folder_that_cannot_be_written(on_small_disk, clip, hurt, heal, code):
    disk, server = on_small_disk
    client = Client(server.url).register()
    ready = client.wait_until_done(client.upload(clip)["id"])["id"]
    sent, answer = send(client, clip)
    expect(answer, 200)
    late = client.begin_upload(os.path.getsize(clip))
    hurt(disk)
    check_refused(client.send(late["upload"], clip.read_bytes()), code)
    if code == "unavailable":  # on a full disk a second link may still fit
        check_refused(complete(client, sent), code)
    check_the_rest_goes_on(client, ready)
    heal(disk)
    assert not os.listdir(disk.folder / ".incoming")
    expect(complete(client, sent), 202)
    assert client.wait_until_done(sent)["status"] == "ready"
    check_an_upload_works(client, clip)


@pytest.mark.embedded_only("the faults of a local folder; test_storage_faults has those of a bucket")
def test_a_video_waits_for_room_to_be_published(on_small_disk, clip):
    disk, server = on_small_disk
    client = Client(server.url).register()
    sent, answer = send(client, clip)
    expect(answer, 200)
    disk.fill()
    # The original is a link. What is made of it lies in another file system, and must be copied.
    expect(complete(client, sent), 202)
    eventually(lambda: "transcoding waits" in server.log(), timeout=30)
    seen = expect(client.get(f"/videos/{sent}"), 200)
    assert seen["status"] == "processing" and seen["hls_url"] is None
    assert sql(server, "select attempts from jobs") == [(0,)]
    disk.free()
    hurry(server)
    assert client.wait_until_done(sent)["status"] == "ready"
    assert not os.listdir(disk.folder / ".incoming")


@pytest.mark.embedded_only("the faults of a local folder; test_storage_faults has those of a bucket")
def test_a_folder_that_is_not_synced_is_no_upload(on_small_disk, clip, tmp_path):
    disk, server = on_small_disk
    client = Client(server.url).register()
    check_an_upload_works(client, clip)
    with injected(server, "fsync:error=EIO", disk.folder / "uploads", tmp_path / "trace"):
        _, answer = send(client, clip)
        check_refused(answer, "unavailable")
    assert not os.listdir(disk.folder / ".incoming")
    check_an_upload_works(client, clip)


@pytest.mark.parametrize(("hurt", "heal"), [
    (lambda disk, clip: disk.fill(), lambda disk: disk.free()),
    # The original fits, what is made of it does not: it is ffmpeg that is told.
    (lambda disk, clip: disk.fill(leave=clip.stat().st_size + (16 << 10)), lambda disk: disk.free()),
    (lambda disk, clip: disk.remount("ro"), lambda disk: disk.remount("rw")),
], ids=["full", "full_amid_encoding", "read_only"])  # fmt: skip
def test_a_video_waits_for_the_scratch_folder(tmp_path, clip, hurt, heal):
    with small_disk(tmp_path / "data/scratch", 8) as disk:
        with Server(tmp_path / "data") as server:
            client = Client(server.url).register()
            hurt(disk, clip)
            video = client.upload(clip)["id"]
            eventually(lambda: "transcoding waits" in server.log(), timeout=30)
            assert client.get(f"/videos/{video}").json()["status"] == "processing"
            assert sql(server, "select attempts from jobs") == [(0,)]
            heal(disk)
            assert not os.listdir(disk.folder)
            hurry(server)
            assert client.wait_until_done(video)["status"] == "ready"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_an_encoder_that_is_killed_is_started_again(tmp_path, clip, tell, number):
    with Server(tmp_path / "data") as server:
        client = Client(server.url).register()
        video = client.upload(clip)["id"]
        os.kill(eventually(lambda: encoder(server)), number)
        assert client.wait_until_done(video)["status"] == "ready"
        [(state, attempts)] = sql(server, "select state, attempts from jobs")
        assert state == "done", "no verdict: what was published early would be ready all the same"
        # Where it had just come to its end, there was nothing to try again.
        assert attempts == (2 if "transcoding failed, will be tried again" in server.log() else 1)
        eventually(lambda: not os.listdir(server.data_dir / "scratch"))
        assert not tools_below(server.data_dir / "scratch")


def test_a_stop_that_reaches_the_encoder_too_is_no_verdict_on_the_video(tmp_path, long_clip):
    """As where a service manager signals all processes of a unit, while a request is still in flight."""
    server = Server(tmp_path / "data").start()
    try:
        client = Client(server.url).register()
        video = client.upload(long_clip)["id"]
        eventually(lambda: client.get(f"/videos/{video}").json()["progress"], timeout=30)  # of the ladder
        with Connection(server.port) as sending:
            head = ("Content-Type: application/json", "Content-Length: 1000", f"Authorization: Bearer {client.token}")
            sending.send(request("POST", f"/videos/{video}/comments", *head) + b"{")
            signalled = eventually(lambda: encoder(server))
            server.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(ProcessLookupError):  # the server was faster
                os.kill(signalled, signal.SIGTERM)
            eventually(lambda: sql(server, "select state from jobs") == [("queued",)])
            assert server.process.poll() is None, "the request is still in flight"
        assert server.process.wait(40) == 0
        hurry(server)
        server.start()
        assert client.wait_until_done(video)["status"] == "ready"
        assert sql(server, "select state from jobs") == [("done",)]
    finally:
        server.kill()
