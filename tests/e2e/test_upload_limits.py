"""What uploads may take: of a user's day, and of the disk."""

import concurrent.futures
import contextlib
import io
import select
import shutil

import pytest

import behind
from behind import sql
from client import Client, expect
from luot import Server
from raw_http import Connection, request
from small_disk import small_disk

MIB = 1 << 20
DAY = 24 * 3600


def body(size=1, **fields):
    return {"title": "t", "filename": "f.mp4", "content_type": "video/mp4", "size": size} | fields


@pytest.fixture(scope="module")
def frugal(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("frugal") / "data", LUOT_MAX_UPLOADS_PER_DAY=5,
                LUOT_MAX_UPLOAD_BYTES_PER_DAY=1000, LUOT_MAX_UPLOAD_SIZE=2000,
                LUOT_MAX_VIDEO_SECONDS=7) as server:  # fmt: skip
        yield server


@pytest.fixture
def user(frugal):
    return Client(frugal.url).register()


def begin(client, size=1):
    return client.post("/videos/upload", body(size))


def age(server, client, hours):
    """Lets what the user began be older by some hours."""
    number = behind.decode_id(client.user["id"])
    moved = hours * 3600 * behind.MICROSECONDS
    sql(server, "update uploads_begun set begun_at = begun_at - ? where user_id = ?", moved, number)


def test_the_limits_of_a_file_are_told_before_it_is_sent(server, frugal):
    assert expect(Client(frugal.url).get("/videos/upload"), 200) == {"max_size": 1000, "max_seconds": 7}
    assert expect(Client(server.url).get("/videos/upload"), 200) == {"max_size": 4 << 30, "max_seconds": 600}


def test_uploads_of_a_day_are_counted_whatever_becomes_of_them(frugal, user):
    first, second, third = (expect(begin(user), 201)["video"]["id"] for _ in range(3))
    expect(user.delete(f"/videos/{first}/upload"), 204)
    expect(user.delete(f"/videos/{second}"), 204)
    sql(frugal, "update uploads set expires_at = 1, next_look_at = 1 where video_id = ?", behind.decode_id(third))
    for _ in range(2):
        expect(begin(user), 201)
    answer = begin(user)
    assert "5 uploads and 1000 bytes" in expect(answer, 429, "upload_quota_exceeded")["detail"]
    assert DAY - 60 < int(answer.headers["Retry-After"]) <= DAY
    expect(begin(Client(frugal.url).register()), 201)


def test_retry_after_is_when_enough_is_a_day_old(frugal, user):
    expect(begin(user, 600), 201)
    age(frugal, user, 10)
    expect(begin(user, 300), 201)
    age(frugal, user, 5)
    for size, hours in ((101, 9), (700, 9), (701, 19)):
        answer = begin(user, size)
        expect(answer, 429, "upload_quota_exceeded")
        assert hours * 3600 - 60 < int(answer.headers["Retry-After"]) <= hours * 3600
    expect(begin(user, 100), 201)
    age(frugal, user, 9)
    expect(begin(user, 600), 201)


def test_what_can_never_fit_is_too_large(user):
    expect(begin(user, 1001), 413, "upload_too_large")
    expect(begin(user, 1000), 201)


def test_the_last_place_is_given_once(frugal):
    for size, places in ((1, 5), (250, 4)):
        user = Client(frugal.url).register()
        clients = [Client(frugal.url, user.token) for _ in range(12)]
        for client in clients:
            client.get("/healthz")  # connected, so that they come together
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda client, size=size: begin(client, size).status_code, clients))
        assert sorted(answers) == [201] * places + [429] * (12 - places)
        number = behind.decode_id(user.user["id"])
        assert sql(frugal, "select count(*) from videos where user_id = ?", number) == [(places,)]


@pytest.mark.embedded_only("SQLite's plan; query_plans_test has those of PostgreSQL")
def test_the_count_is_served_by_an_index(frugal):
    query = "explain query plan select count(*), sum(size) from uploads_begun where user_id = 1 and begun_at > 1"
    [[*_, plan]] = sql(frugal, query)
    assert plan == "SEARCH uploads_begun USING PRIMARY KEY (user_id=? AND begun_at>?)"


def test_what_is_a_day_old_is_forgotten(tmp_path):
    server = Server(tmp_path / "data").start()
    try:
        user = Client(server.url).register()
        for hours in (25, 0):
            expect(begin(user), 201)
            age(server, user, hours)
        server.stop()
        server.start()
        behind.eventually(lambda: sql(server, "select count(*) from uploads_begun") == [(1,)])
    finally:
        server.kill()


def check_full(client, upload, data, size):
    """Uploads are refused, and all else goes on."""
    for answer in (begin(client, size), client.send(upload, data)):
        assert "no room" in expect(answer, 503, "storage_full")["detail"]
        assert int(answer.headers["Retry-After"]) > 0
    expect(client.get("/feed"), 200)
    expect(client.get("/me"), 200)
    Client(client.url).register()


@pytest.mark.embedded_only("a bucket has no mark")
def test_below_the_mark_uploads_wait_and_all_else_goes_on(tmp_path, clip):
    server = Server(tmp_path / "data", LUOT_MULTIPART_ABOVE=MIB).start()
    try:
        owner = Client(server.url).register()
        video = owner.wait_until_done(owner.upload(clip)["id"])
        single, parted = owner.begin_upload(8), owner.begin_upload(2 * MIB)["video"]["id"]
        [part] = owner.sign_parts(parted, [1])
        sent = owner.begin_upload(8)
        expect(owner.send(sent["upload"], b"12345678"), 200)
        server.stop()
        server.settings["LUOT_MIN_FREE_DISK"] = 1 << 60
        server.start()
        check_full(owner, single["upload"], b"12345678", 1)
        expect(owner.send(part, bytes(2 * MIB)), 503, "storage_full")
        expect(owner.get(f"/videos/{parted}/upload"), 200)
        expect(owner.sign_parts(parted, [1]) and owner.post(f"/videos/{video['id']}/like"), 200)
        assert owner.get(video["mp4_url"]).status_code == 200
        expect(owner.post(f"/videos/{sent['video']['id']}/upload/complete"), 202)
        expect(owner.delete(f"/videos/{parted}/upload"), 204)
        server.stop()
        server.settings["LUOT_MIN_FREE_DISK"] = 0
        server.start()
        expect(owner.send(single["upload"], b"12345678"), 200)
        expect(begin(owner), 201)
    finally:
        server.kill()


@pytest.mark.embedded_only("a bucket has no mark")
def test_a_small_disk_is_never_filled_beyond_the_mark(tmp_path):
    """60 MiB, of which 20 are to stay free. Where no disk can be mounted, the test above moves the mark instead."""
    with small_disk(tmp_path / "disk", 60) as disk, Server(
        tmp_path / "data", LUOT_STORAGE_URL=f"file:{disk.folder / 'media'}", LUOT_MIN_FREE_DISK=20 * MIB,
        LUOT_MULTIPART_ABOVE=16 * MIB, LUOT_WORKERS=0,
    ) as server:  # fmt: skip
        owner = Client(server.url).register()
        expect(begin(owner, 1 << 30), 503, "storage_full")
        expect(begin(owner, 21 * MIB), 503, "storage_full")  # its parts, and the whole beside them
        parted = owner.begin_upload(17 * MIB)["video"]["id"]
        tickets = [owner.begin_upload(15 * MIB) for _ in range(3)]
        owner.send_missing_parts(parted, io.BytesIO(bytes(17 * MIB)))
        expect(owner.post(f"/videos/{parted}/upload/complete"), 202)
        answers = [owner.send(ticket["upload"], bytes(15 * MIB)) for ticket in tickets]
        assert [a.status_code for a in answers] == [200, 503, 503]
        check_full(owner, tickets[2]["upload"], bytes(15 * MIB), 15 * MIB)
        expect(owner.delete(f"/videos/{parted}"), 204)
        expect(owner.send(tickets[2]["upload"], bytes(15 * MIB)), 200)
        expect(owner.post(f"/videos/{tickets[2]['video']['id']}/upload/complete"), 202)
        assert not list((disk.folder / "media/.incoming").iterdir())


@pytest.fixture
def tight(tmp_path):
    """(disk, a server): 60 MiB, of which 20 are to stay free."""
    with small_disk(tmp_path / "disk", 60) as disk, Server(
        tmp_path / "data", LUOT_STORAGE_URL=f"file:{disk.folder / 'media'}", LUOT_MIN_FREE_DISK=20 * MIB,
        LUOT_MULTIPART_ABOVE=16 * MIB, LUOT_WORKERS=0,
    ) as server:  # fmt: skip
        yield disk, server


@pytest.mark.embedded_only("a bucket has no mark")
def test_many_at_once_leave_the_mark(tight):
    """Eight files of which three fit: that nothing of the others has arrived yet makes no room."""
    disk, server = tight
    owner, size = Client(server.url).register(), 12 * MIB
    tickets = [owner.begin_upload(size)["upload"] for _ in range(8)]
    with contextlib.ExitStack() as stack:
        puts = [stack.enter_context(Connection(server.port)) for _ in tickets]
        for put, ticket in zip(puts, tickets, strict=True):
            target = ticket["url"].removeprefix(server.url)
            put.send(request("PUT", target, "Content-Type: video/mp4", f"Content-Length: {size}"))
        refused = behind.eventually(lambda: len(ready := answered(puts)) == 5 and ready)
        for put in refused:
            answer = put.receive()
            assert (answer.status, answer.code) == (503, "storage_full")
        for put in set(puts) - set(refused):
            assert put.send(bytes(size)).receive().status == 200
    assert shutil.disk_usage(disk.folder).free >= 20 * MIB


def answered(connections):
    ready = select.select([connection.socket for connection in connections], [], [], 0)[0]
    return [connection for connection in connections if connection.socket in ready]


@pytest.mark.embedded_only("a bucket has no mark")
def test_completing_waits_for_room(tight):
    """The whole of it needs room beside its parts, which another upload has taken meanwhile."""
    disk, server = tight
    owner = Client(server.url).register()
    parted = owner.begin_upload(17 * MIB)["video"]["id"]
    owner.send_missing_parts(parted, io.BytesIO(bytes(17 * MIB)))
    other = owner.begin_upload(15 * MIB)
    expect(owner.send(other["upload"], bytes(15 * MIB)), 200)
    answer = owner.post(f"/videos/{parted}/upload/complete")
    expect(answer, 503, "storage_full")
    assert int(answer.headers["Retry-After"]) > 0 and shutil.disk_usage(disk.folder).free >= 20 * MIB
    expect(owner.delete(f"/videos/{other['video']['id']}/upload"), 204)
    expect(owner.post(f"/videos/{parted}/upload/complete"), 202)
    assert not list((disk.folder / "media/.incoming").iterdir())
