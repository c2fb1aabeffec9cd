"""GET /videos/{id}/events: processing as it goes on, from any node, ended by whichever side has reason to."""

import os
import subprocess
import time

import pytest

import behind
from behind import eventually, sql
from client import Client, expect
from event_stream import EventStream
from luot import Server
from raw_http import Connection, request


@pytest.fixture(scope="module")
def idle_server(tmp_path_factory):
    """A node without workers: what is uploaded stays queued."""
    with Server(tmp_path_factory.mktemp("idle") / "data", LUOT_WORKERS=0) as server:
        yield server


@pytest.fixture(scope="module")
def queued(idle_server, clip):
    """An owner on that node, and a video of his that waits there."""
    owner = Client(idle_server.url).register()
    return owner, owner.upload(clip)["id"]


@pytest.fixture(scope="module", autouse=True)
def silent(queued):
    """A stream that the last test looks at: nothing happens on it."""
    owner, video = queued
    return EventStream(owner, f"/videos/{video}/events"), time.monotonic()


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """A minute that takes more than a moment to convert, and that players take as it is."""
    path = tmp_path_factory.mktemp("clips") / "long.mp4"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=640x480:rate=30:duration=40",
         "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "60", path],
        check=True,
    )  # fmt: skip
    return path


def raw_stream(server, owner, video, version="HTTP/1.1", method="GET"):
    connection = Connection(server.port)
    return connection.send(
        request(method, f"/videos/{video}/events", f"Authorization: Bearer {owner.token}", version=version)
    )


def test_a_video_is_followed_from_upload_to_ready(server, user, long_clip):
    ticket = user.begin_upload(os.path.getsize(long_clip))
    video = ticket["video"]["id"]
    stream = EventStream(user, f"/videos/{video}/events")
    nothing = {"stage": None, "progress": None, "queue_position": None, "failure": None}
    assert stream.wait_for("uploading").data == nothing | {"status": "uploading"}
    assert stream.answer.headers["Content-Type"] == "text/event-stream"
    assert stream.answer.headers["Cache-Control"] == "no-store" and stream.answer.headers["X-Accel-Buffering"] == "no"
    with open(long_clip, "rb") as file:
        expect(user.send(ticket["upload"], file), 200)
    expect(user.post(f"/videos/{video}/upload/complete"), 202)
    stream.wait_for("playable")
    assert user.get(f"/videos/{video}").json()["mp4_url"]
    names = [event.name for event in stream.end()]
    # A look each half second may miss what is short; what is seen is in its order.
    order = ["uploading", "queued", "probing", "transcoding", "playable", "transcoding", "ready"]
    percents = [event.data["progress"] for event in stream.events if event.name == "transcoding"]
    assert names[0] == "uploading" and names[-1] == "ready" and names.count("playable") == names.count("ready") == 1
    assert is_subsequence([name for i, name in enumerate(names) if i == 0 or names[i - 1] != name], order)
    assert len(percents) >= 2 and percents == sorted(set(percents))
    assert stream.text.startswith("retry: ")


def is_subsequence(part, whole):
    rest = iter(whole)
    return all(item in rest for item in part)


def test_a_file_that_is_no_video_fails_with_its_reason(server, user, tmp_path):
    (tmp_path / "text.mp4").write_bytes(b"Just words. " * 100)
    stream = EventStream(user, f"/videos/{user.upload(tmp_path / 'text.mp4')['id']}/events")
    last = stream.end()[-1]
    assert last.name == "failed" and last.data["status"] == "failed"
    assert last.data["failure"]["code"] and last.data["failure"]["detail"].endswith(".")


def test_what_is_over_is_told_at_once_and_the_connection_goes_on(server, ready_video):
    owner, video = ready_video
    with raw_stream(server, owner, video["id"]) as connection:
        for _ in range(2):
            answer = connection.receive("GET", f"/videos/{video['id']}/events")
            assert answer.status == 200 and b"event: ready\n" in answer.body
            connection.send(request("GET", f"/videos/{video['id']}/events", f"Authorization: Bearer {owner.token}"))
        assert connection.receive("GET", f"/videos/{video['id']}/events").status == 200
        assert connection.exchange("GET", "/healthz").status == 200


def test_http_1_0_ends_by_closing_and_head_has_no_body(server, ready_video):
    owner, video = ready_video
    with raw_stream(server, owner, video["id"], "HTTP/1.0") as connection:
        answer = connection.receive("GET", f"/videos/{video['id']}/events")
        assert "Transfer-Encoding" not in answer.headers and answer.headers["Connection"] == "close"
        text = answer.body + connection.input
        while piece := connection.socket.recv(65536):
            text += piece
        assert text.startswith(b"retry: ") and text.endswith(b"\n\n") and b"event: ready\n" in text
    with raw_stream(server, owner, video["id"], method="HEAD") as connection:
        assert connection.receive("HEAD", f"/videos/{video['id']}/events").headers["Content-Type"] == "text/event-stream"
        assert connection.exchange("GET", "/healthz").status == 200


def test_only_the_owner_follows(idle_server, queued, ready_video, server):
    owner, video = queued
    stranger = Client(idle_server.url).register()
    expect(stranger.get(f"/videos/{video}/events"), 404, "video_not_found")
    expect(Client(idle_server.url).get(f"/videos/{video}/events"), 401, "unauthenticated")
    visible = ready_video[1]["id"]
    expect(Client(server.url).register().get(f"/videos/{visible}/events"), 403, "forbidden")


def test_deleting_the_video_ends_the_stream(queued, clip):
    owner, _ = queued
    video = owner.upload(clip)["id"]
    stream = EventStream(owner, f"/videos/{video}/events")
    stream.wait_for("queued")
    expect(owner.delete(f"/videos/{video}"), 204)
    assert [event.name for event in stream.end(10)] == ["queued", "deleted"]


def test_the_place_in_the_queue_is_told(idle_server, clip):
    owner = Client(idle_server.url).register()
    first, second = (owner.upload(clip)["id"] for _ in range(2))
    stream = EventStream(owner, f"/videos/{second}/events")
    place = stream.wait_for("queued").data["queue_position"]
    assert place >= 1
    expect(owner.delete(f"/videos/{first}"), 204)
    eventually(lambda: stream.events[-1].data["queue_position"] == place - 1)
    assert set(stream.names) == {"queued"}


def test_what_another_node_does_is_told_here(idle_server, queued, clip):
    """The database is all that this node and the worker share."""
    owner, _ = queued
    video = owner.upload(clip)["id"]
    number = behind.decode_id(video)
    stream = EventStream(owner, f"/videos/{video}/events")
    stream.wait_for("queued")
    lease = time.time() * 1e6 + 30e6
    sql(idle_server, "update jobs set state = 'running', lease_token = 'x', lease_expires_at = ? where video_id = ?",
        int(lease), number)  # fmt: skip
    sql(idle_server, "update videos set stage = 'probing' where id = ?", number)
    stream.wait_for("probing")
    sql(idle_server, "update videos set stage = 'transcoding', progress = 41 where id = ?", number)
    assert stream.wait_for("transcoding").data["progress"] == 41
    # The worker dies: its lease ends, and what it was at counts no more.
    sql(idle_server, "update jobs set lease_expires_at = 1 where video_id = ?", number)
    eventually(lambda: stream.names[-1] == "queued")
    sql(idle_server, "update videos set status = 'failed', failure_code = 'a', failure_detail = 'B.' where id = ?", number)
    assert stream.end(10)[-1].data["failure"] == {"code": "a", "detail": "B."}
    assert stream.names == ["queued", "probing", "transcoding", "queued", "failed"]


@pytest.mark.parametrize("pipelined", [False, True])
def test_a_client_that_leaves_frees_its_place_at_once(idle_server, queued, pipelined):
    owner, video = queued
    with raw_stream(idle_server, owner, video) as connection:
        head = connection.receive_head()
        assert head.status == 200 and connection.receive_chunk()
        if pipelined:
            connection.send(request("GET", "/healthz"))
            time.sleep(0.6)
    named = f"id={head.headers['X-Request-Id']} "
    [line] = eventually(lambda: [line for line in idle_server.log().splitlines() if named in line], timeout=3)
    assert "status=200 sent=false" in line
    assert int(line.split("bytes=")[1].split()[0]) >= len("retry: 2000\n\nevent: queued\n")


def test_places_are_bounded_and_given_back(idle_server, queued, clip):
    owner = Client(idle_server.url).register()
    video = owner.upload(clip)["id"]
    streams = [raw_stream(idle_server, owner, video) for _ in range(10)]
    assert all(stream.receive_head().status == 200 for stream in streams)
    answer = owner.get(f"/videos/{video}/events")
    expect(answer, 503, "overloaded")
    assert int(answer.headers["Retry-After"]) > 0
    expect(queued[0].get(f"/videos/{queued[1]}/events", stream=True), 200)  # others have places of their own
    expect(owner.request("HEAD", f"/videos/{video}/events"), 503)
    streams.pop().close()

    def is_served():
        with raw_stream(idle_server, owner, video) as again:
            return again.receive_head().status == 200

    eventually(is_served)
    for stream in streams:
        stream.close()


def test_a_server_that_stops_ends_its_streams(tmp_path, clip):
    with Server(tmp_path / "data", LUOT_WORKERS=0) as server:
        owner = Client(server.url).register()
        streams = [EventStream(owner, f"/videos/{owner.upload(clip)['id']}/events") for _ in range(3)]
        for stream in streams:
            stream.wait_for("queued")
        unread = raw_stream(server, owner, streams[0].path.split("/")[2])
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 5
        assert [stream.end(1)[-1].name for stream in streams] == ["queued"] * 3  # ended properly, not broken off
        unread.close()


def test_silence_is_filled_with_comments(silent):
    """Last: its fifteen seconds have passed meanwhile, in part at least."""
    stream, since = silent
    eventually(lambda: ":" in stream.text.removeprefix("retry: 2000\n\n").split("\n\n", 1)[1], timeout=20)
    assert 14 < time.monotonic() - since and stream.names == ["queued"] and stream.ended_at is None
