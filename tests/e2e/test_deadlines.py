"""Every wait for a client has an end: idle connections, slow bodies, readers that do not read."""

import time

import pytest

import behind
from behind import eventually
from client import Client, expect
from luot import Server
from raw_http import Connection, request


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    limits = {f"LUOT_{name}_TIMEOUT": 1 for name in ("IDLE", "BODY", "WRITE")}
    with Server(tmp_path_factory.mktemp("hasty") / "data", **limits) as server:
        yield server


def test_an_idle_connection_is_closed_without_a_word(hasty):
    with Connection(hasty.port) as connection:
        assert connection.exchange("GET", "/healthz").status == 200
        assert connection.is_closed()


def test_a_connection_that_was_quiet_goes_on(server):
    """Quiet for longer than the server waits with a buffer in its hands."""
    with Connection(server.port) as connection:
        for quiet in (0, 3, 0, 3):
            time.sleep(quiet)
            assert connection.exchange("GET", "/healthz").status == 200


def test_a_body_that_stalls_is_told_so(hasty):
    with Connection(hasty.port) as connection:
        connection.send(request("POST", "/auth/login", "Content-Type: application/json", "Content-Length: 100") + b'{"em')
        answer = connection.receive("POST", "/auth/login")
        assert (answer.status, answer.code) == (408, "request_timeout")
        assert answer.headers["Connection"] == "close" and connection.is_closed()


def test_an_upload_that_stalls_leaves_nothing(hasty):
    upload = Client(hasty.url).register().begin_upload(1000)["upload"]
    with Connection(hasty.port) as connection:
        path = upload["url"].removeprefix(hasty.url)
        connection.send(request("PUT", path, "Content-Type: video/mp4", "Content-Length: 1000") + b"half")
        assert connection.receive("PUT", path).status == 408
    eventually(lambda: not any((hasty.data_dir / "media/.incoming").iterdir()))


def test_a_reader_that_does_not_read_is_left(hasty):
    """A file larger than both sockets' buffers, of which only the head is read."""
    (hasty.data_dir / "media/videos/AAAAAAAAAAA/rA").mkdir(parents=True)
    with open(hasty.data_dir / "media/videos/AAAAAAAAAAA/rA/big.mp4", "wb") as file:
        file.truncate(64 << 20)
    prefix = "videos/AAAAAAAAAAA/rA/"
    with Connection(hasty.port) as connection:
        connection.send(request("GET", f"/{behind.media_token(hasty, prefix, 1 << 31)}/{prefix}big.mp4"))
        eventually(lambda: "big.mp4 status=200 sent=false" in hasty.log())
    expect(Client(hasty.url).get("/healthz"), 200)
