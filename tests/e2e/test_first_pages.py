"""First pages of the feed, which the system sends from a file in memory, to readers who take their time."""

import json
import time

import pytest

from behind import eventually
from client import Client
from luot import Server
from raw_http import Connection, NarrowConnection, request

DESCRIPTION = "Lướt sóng ở Nha Trang. " * 80


@pytest.fixture(scope="module")
def shown(tmp_path_factory, clip):
    """A server whose first page is far larger than what a socket takes at once."""
    with Server(tmp_path_factory.mktemp("shown") / "data", LUOT_WRITE_TIMEOUT=2) as server:
        owner = Client(server.url).register()
        uploads = [owner.upload(clip, title=f"Number {i}", description=DESCRIPTION)["id"] for i in range(6)]
        for video in uploads:
            owner.wait_until_done(video)
        eventually(lambda: len(owner.get("/feed?kind=new").json()["items"]) == len(uploads))
        time.sleep(1)  # then no first page is older
        yield server


def test_each_of_many_answers_is_whole(shown):
    with NarrowConnection(shown.port) as connection:
        connection.send(request("GET", "/feed?kind=new") * 60)
        time.sleep(0.5)  # the server waits for its reader by now
        for _ in range(60):
            answer = connection.receive("GET", "/feed?kind=new")
            assert answer.status == 200 and len(answer.body) > 12_000
            items = answer.json()["items"]
            assert [item["title"] for item in items] == [f"Number {i}" for i in (5, 4, 3, 2, 1, 0)]
            assert all(item["description"] == DESCRIPTION.strip() for item in items)


def test_head_tells_the_length(shown):
    with Connection(shown.port) as connection:
        head = connection.exchange("HEAD", "/feed?kind=new")
        page = connection.exchange("GET", "/feed?kind=new")
        assert int(head.headers["Content-Length"]) == len(page.body) and json.loads(page.body)


def test_who_does_not_read_is_left(shown):
    with NarrowConnection(shown.port) as connection:
        connection.send(request("GET", "/feed?kind=hot") * 400)
        eventually(lambda: "path=/feed status=200 sent=false" in shown.log())
    with Connection(shown.port) as connection:
        assert connection.exchange("GET", "/feed").status == 200
