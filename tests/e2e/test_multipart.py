"""Uploads in parts: from a real video above 64 MiB to whatever clients, crashes and clocks can do in between."""

import concurrent.futures
import datetime
import hashlib
import os
import pathlib
import random
import re
import struct
import time
from urllib.parse import urlsplit

import pytest

import behind
import stored
from behind import eventually, sql
from client import Client, expect, field_errors
from luot import Server
from raw_http import Connection, request

MIB = 1 << 20
PART = 8 * MIB
SIZE = 2 * PART + 5  # three parts, the last of five bytes


@pytest.fixture(scope="module")
def parted(tmp_path_factory):
    """Everything above a byte goes in parts; nothing is transcoded, since what is uploaded here is no video."""
    with Server(tmp_path_factory.mktemp("parted") / "data", LUOT_MULTIPART_ABOVE=1, LUOT_WORKERS=0,
                LUOT_MAX_UPLOADS_PER_DAY=10000) as server:  # fmt: skip
        yield server


@pytest.fixture
def user(parted):
    return Client(parted.url).register()


@pytest.fixture(scope="module")
def data():
    return random.Random(1).randbytes(SIZE)


@pytest.fixture
def video(user):
    return user.begin_upload(SIZE)["video"]["id"]


def piece(data, number):
    return data[(number - 1) * PART : number * PART]


def send(client, video, data, *numbers):
    for part in client.sign_parts(video, numbers):
        assert re.fullmatch(r'"[^"]+"', expect_sent(client, part, piece(data, part["number"])).headers["ETag"])


def expect_sent(client, part, data):
    answer = client.send(part, data)
    assert answer.status_code == 200, answer.text
    return answer


def state(client, video):
    return expect(client.get(f"/videos/{video}/upload"), 200)


def received(client, video):
    return [part["number"] for part in state(client, video)["received"]]


def complete(client, video):
    return client.post(f"/videos/{video}/upload/complete", {})


def original(server, video):
    [[key]] = sql(server, "select payload from jobs where video_id = ?", behind.decode_id(video))
    return stored.read(server, key)


def is_closed(server, answer):
    """A part that came late was refused: by Luot, or by the bucket, which knows no such upload."""
    if not server.place:
        expect(answer, 409, "upload_closed")
    return server.place is None or answer.status_code == 404


def one(server, column, video):
    return sql(server, f"select {column} from uploads where video_id = ?", behind.decode_id(video))[0][0]


def update(server, video, change):
    sql(server, f"update uploads set {change} where video_id = ?", behind.decode_id(video))


def seconds_until(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() - time.time()


def large_video(clip, path, size):
    """The clip with a box behind it that players skip."""
    padding = size - clip.stat().st_size
    path.write_bytes(clip.read_bytes() + struct.pack(">I4s", padding, b"free") + random.randbytes(padding - 8))
    return path


def test_a_real_video_above_64_mib(server, clip, tmp_path):
    """On the shared server, with its defaults."""
    owner = Client(server.url).register()
    assert owner.begin_upload(64 * MIB)["upload"]["kind"] == "single"
    path = large_video(clip, tmp_path / "large.mp4", 64 * MIB + 1)
    video = owner.upload(path)
    assert video["status"] == "processing"
    ready = owner.wait_until_done(video["id"])
    assert ready["status"] == "ready" and owner.get(ready["mp4_url"]).status_code == 200
    told = state(owner, video["id"])
    assert (told["kind"], told["status"], told["part_count"]) == ("multipart", "completed", 9)
    assert sum(part["size"] for part in told["received"]) == 64 * MIB + 1
    assert hashlib.sha256(original(server, video["id"])).digest() == hashlib.sha256(path.read_bytes()).digest()
    assert not stored.half_made(server, video["id"])


def test_the_ticket_tells_how_to_cut(user):
    ticket = user.begin_upload(SIZE)["upload"]
    assert (ticket["kind"], ticket["part_size"], ticket["part_count"]) == ("multipart", PART, 3)
    assert 24 * 3600 - 60 < seconds_until(ticket["expires_at"]) <= 24 * 3600
    assert set(ticket) == {"kind", "part_size", "part_count", "expires_at"}


def test_parts_in_any_order_and_at_once(parted, user, video, data):
    assert state(user, video) == {
        "kind": "multipart", "status": "open", "part_size": PART, "part_count": 3, "received": [],
    }  # fmt: skip
    expect(complete(user, video), 409, "upload_incomplete")
    send(user, video, data, 3)
    assert state(user, video)["received"] == [{"number": 3, "size": 5}]
    assert "2 of 3 parts are missing" in expect(complete(user, video), 409, "upload_incomplete")["detail"]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda number: send(Client(parted.url, user.token), video, data, number), (2, 1)))
    assert received(user, video) == [1, 2, 3]
    assert expect(complete(user, video), 202)["video"]["status"] == "processing"
    assert original(parted, video) == data
    assert not stored.half_made(parted, video)
    assert expect(complete(user, video), 202)["video"]["id"] == video
    assert sql(parted, "select count(*) from jobs where video_id = ?", behind.decode_id(video)) == [(1,)]


def test_the_last_of_two_equal_numbers_counts(parted, user, video, data):
    [part] = user.sign_parts(video, [2])
    for content in (bytes(PART), piece(data, 2)):
        expect_sent(user, part, content)
    send(user, video, data, 1, 3)
    expect(complete(user, video), 202)
    assert original(parted, video) == data


def test_an_upload_is_resumed_by_another_client_of_a_restarted_server(tmp_path, data):
    server = Server(tmp_path / "data", LUOT_MULTIPART_ABOVE=1, LUOT_WORKERS=0).start()
    try:
        user = Client(server.url).register()
        video = user.begin_upload(SIZE)["video"]["id"]
        send(user, video, data, 2)
        old = user.sign_parts(video, [1])[0]
        server.kill()
        server.start()
        again = Client(server.url, user.token)
        assert state(again, video)["received"] == [{"number": 2, "size": PART}]
        expect_sent(again, old, piece(data, 1))
        path = tmp_path / "file"
        path.write_bytes(data)
        with open(path, "rb") as file:
            again.send_missing_parts(video, file)
        expect(complete(again, video), 202)
        assert original(server, video) == data
    finally:
        server.kill()


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
def test_part_urls_live_an_hour_and_never_beyond_the_upload(parted, user, video):
    part = user.sign_parts(video, [1])[0]
    assert 3600 - 60 < seconds_until(part["expires_at"]) <= 3600
    assert part["headers"] == {"Content-Type": "video/mp4"}
    update(parted, video, f"expires_at = {int(time.time() + 60) * behind.MICROSECONDS}")
    part = user.sign_parts(video, [1])[0]
    assert seconds_until(part["expires_at"]) <= 60
    assert int(re.search(r"expires=(\d+)", part["url"])[1]) - time.time() <= 60


def test_a_hundred_parts_a_call(user):
    video = user.begin_upload(150 * PART)["video"]["id"]
    numbers = random.sample(range(1, 151), 100)
    assert [part["number"] for part in user.sign_parts(video, numbers)] == numbers


@pytest.mark.parametrize(("parts", "code"), [
    ([], "too_short"), (list(range(1, 102)), "too_long"), ([0], "out_of_range"), ([10001], "out_of_range"),
    ([1, 1], "invalid"), ([4], "invalid"), ([1, 4], "invalid"), (["1"], "wrong_type"), (1, "wrong_type"),
    (None, "wrong_type"), ([1.5], "wrong_type"), ([-(1 << 63)], "out_of_range"), ([(1 << 64) - 1], "out_of_range"),
])  # fmt: skip
def test_numbers_that_the_upload_does_not_have(user, video, parts, code):
    assert field_errors(user.post(f"/videos/{video}/upload/parts", {"parts": parts})) == {"parts": code}
    assert field_errors(user.post(f"/videos/{video}/upload/parts", {})) == {"parts": "required"}


def test_strangers_get_no_part(parted, video):
    stranger = Client(parted.url).register()
    expect(stranger.post(f"/videos/{video}/upload/parts", {"parts": [1]}), 404, "video_not_found")


def put_raw(server, part, *header_lines, body=b"", url=None):
    target = urlsplit(url or part["url"])
    with Connection(server.port) as connection:
        return connection.exchange("PUT", f"{target.path}?{target.query}", *header_lines, body=body)


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
def test_size_and_type_of_a_part_are_signed(parted, user, video, data):
    [part] = user.sign_parts(video, [3])
    for lines, body, status, code in (
        (["Content-Type: video/mp4"], b"1234", 400, "size_mismatch"),
        (["Content-Type: video/mp4"], b"123456", 413, "body_too_large"),
        (["Content-Type: video/mp4", "Transfer-Encoding: chunked"], b"5\r\n12345\r\n0\r\n\r\n", 411, "length_required"),
        (["Content-Type: text/html"], b"12345", 415, "unsupported_media_type"),
        ([], b"12345", 415, "unsupported_media_type"),
    ):
        answer = put_raw(parted, part, *lines, body=body)
        assert (answer.status, answer.code) == (status, code)
    assert received(user, video) == []


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
@pytest.mark.parametrize(("old", "new"), [
    ("part=3", "part=1"), ("part=3", "part=-3"), ("part=3", "part="), ("&part=3", ""),
    ("upload=", "upload=A"), ("upload=", "upload=../"), ("size=5", "size=6"), ("expires=1", "expires=2"),
    ("signature=", "signature=A"), ("/originals/", "/uploads/"), ("type=video", "type=audio"),
    ("part=3", "part=99999999999999999999"), ("&upload=", "&x="),
])  # fmt: skip
def test_a_changed_part_url_is_refused(parted, user, video, old, new):
    [part] = user.sign_parts(video, [3])
    assert old in part["url"]
    answer = put_raw(parted, part, "Content-Type: video/mp4", body=b"12345", url=part["url"].replace(old, new, 1))
    assert (answer.status, answer.code) == (403, "upload_url_invalid")
    assert received(user, video) == [] and not list((parted.data_dir / "media/.incoming").iterdir())


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
def test_a_part_url_is_none_for_the_whole(parted, user, video):
    """Nobody can write the object itself, also by taking the part out of a URL."""
    [part] = user.sign_parts(video, [3])
    bare = re.sub(r"&upload=\w+&part=\d+", "", part["url"])
    assert put_raw(parted, part, "Content-Type: video/mp4", body=b"12345", url=bare).status == 403


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
def test_an_expired_part_url_is_refused(parted, user, video):
    [part] = user.sign_parts(video, [3])
    key, store_id = one(parted, "object_key", video), one(parted, "store_id", video)
    for seconds, status in ((-1, 403), (60, 200)):
        url = behind.upload_url(parted, key, "video/mp4", 5, int(time.time()) + seconds, part=(store_id, 3))
        assert user.send(part | {"url": url}, b"12345").status_code == status


@pytest.mark.embedded_only("the bytes pass through the server")
def test_a_half_received_part_leaves_nothing(parted, user, video):
    [part] = user.sign_parts(video, [1])
    target = urlsplit(part["url"])
    incoming = parted.data_dir / "media/.incoming"
    with Connection(parted.port) as connection:
        head = request("PUT", f"{target.path}?{target.query}", "Content-Type: video/mp4", f"Content-Length: {PART}")
        connection.send(head + bytes(MIB))
        eventually(lambda: list(incoming.iterdir()))
    eventually(lambda: not list(incoming.iterdir()))
    assert received(user, video) == []


def test_a_part_after_complete_changes_nothing(parted, user, video, data):
    send(user, video, data, 1, 2, 3)
    [part] = user.sign_parts(video, [1])
    expect(complete(user, video), 202)
    assert is_closed(parted, user.send(part, bytes(PART)))
    expect(user.post(f"/videos/{video}/upload/parts", {"parts": [1]}), 409, "upload_closed")
    assert original(parted, video) == data
    assert len(state(user, video)["received"]) == 3 and not stored.half_made(parted, video)


def test_parts_that_come_while_it_is_completed_are_in_it_or_refused(parted, user, data):
    """Each late part is of one byte's value: the original has it whole where the PUT was answered, or not at all."""
    for _ in range(5):
        video = user.begin_upload(SIZE)["video"]["id"]
        send(user, video, data, 1, 2, 3)
        part = user.sign_parts(video, [2])[0]
        clients = [Client(parted.url, user.token) for _ in range(3)]  # two PUTs of a URL at once are taken
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            puts = [pool.submit(client.send, part, bytes([i]) * PART) for i, client in enumerate(clients[1:])]
            done = pool.submit(complete, clients[0], video)
        expect(done.result(), 202)
        kept = original(parted, video)
        possible = [piece(data, 2)] + [bytes([i]) * PART for i, put in enumerate(puts) if put.result().status_code == 200]
        assert all(put.result().status_code == 200 or is_closed(parted, put.result()) for put in puts)
        assert kept[PART : 2 * PART] in possible
        assert kept[:PART] == piece(data, 1) and kept[2 * PART :] == piece(data, 3)
        assert not stored.half_made(parted, video)


def test_concurrent_completes_make_one_original(parted, user, data):
    for _ in range(5):
        video = user.begin_upload(SIZE)["video"]["id"]
        send(user, video, data, 1, 2, 3)
        clients = [Client(parted.url, user.token) for _ in range(8)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda client, video=video: complete(client, video), clients))
        assert [a.status_code for a in answers] == [202] * 8, [a.text for a in answers if a.status_code != 202]
        assert original(parted, video) == data
        assert len(stored.keys(parted, f"originals/{video}/")) == 1
        assert not stored.half_made(parted, video)
        assert doomed(parted, video) == []


def test_concurrent_first_calls_agree_on_one_upload(parted, user, data):
    for _ in range(5):
        video = user.begin_upload(SIZE)["video"]["id"]
        clients = [Client(parted.url, user.token) for _ in range(3)]
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda pair, video=video: send(pair[1], video, data, pair[0]), enumerate(clients, 1)))
        assert received(user, video) == [1, 2, 3]
        assert len(stored.half_made(parted, video)) == 1
        expect(complete(user, video), 202)


def doomed(server, video):
    return sql(server, "select due_at from doomed_objects where prefix like ?", f"originals/{video}/%")


def test_an_aborted_upload_leaves_no_part(parted, user, video, data):
    send(user, video, data, 1, 3)
    [part] = user.sign_parts(video, [2])
    expect(user.delete(f"/videos/{video}/upload"), 204)
    assert not stored.half_made(parted, video)
    assert is_closed(parted, user.send(part, piece(data, 2)))
    expect(user.get(f"/videos/{video}/upload"), 404, "video_not_found")
    expect(user.post(f"/videos/{video}/upload/parts", {"parts": [1]}), 404, "video_not_found")
    assert not stored.half_made(parted, video)
    [[due]] = doomed(parted, video)
    assert due > time.time() * behind.MICROSECONDS, "reaped once more when its URLs are dead"


def test_a_deleted_video_takes_its_parts_along(parted, user, video, data):
    send(user, video, data, 1)
    expect(user.delete(f"/videos/{video}"), 204)
    assert not stored.half_made(parted, video)


def test_a_video_that_is_deleted_while_it_is_completed_leaves_nothing_for_ever(parted, user, data):
    for _ in range(5):
        video = user.begin_upload(SIZE)["video"]["id"]
        send(user, video, data, 1, 2, 3)
        clients = [Client(parted.url, user.token) for _ in range(2)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            done = pool.submit(complete, clients[0], video)
            time.sleep(random.uniform(0, 0.02))
            expect(clients[1].delete(f"/videos/{video}"), 204)
        assert done.result().status_code in (202, 404)
        assert doomed(parted, video) or not stored.keys(parted, f"originals/{video}/")
        assert not stored.half_made(parted, video)


def test_an_expired_upload_is_closed(parted, user, video, data):
    send(user, video, data, 1)
    update(parted, video, "expires_at = 1")
    assert state(user, video)["status"] == "expired"
    expect(complete(user, video), 410, "upload_expired")
    expect(user.post(f"/videos/{video}/upload/parts", {"parts": [1]}), 410, "upload_expired")
    # Unless all of it arrived in time.
    update(parted, video, f"expires_at = {1 << 60}")
    send(user, video, data, 2, 3)
    update(parted, video, "expires_at = 1")
    expect(complete(user, video), 202)


def test_the_sweeper_completes_the_silent_and_reaps_the_expired(parted, user, data):
    silent, late, absent, waiting = (user.begin_upload(SIZE)["video"]["id"] for _ in range(4))
    for video in (silent, late):
        send(user, video, data, 1, 2, 3)
    send(user, absent, data, 1, 2)
    send(user, waiting, data, 1)
    update(parted, late, "next_look_at = 1, expires_at = 1")
    update(parted, absent, "next_look_at = 1, expires_at = 1")
    update(parted, waiting, "next_look_at = 1")
    update(parted, silent, "next_look_at = 1")
    for video in (silent, late):
        eventually(lambda video=video: state(user, video)["status"] == "completed", timeout=40)
        eventually(lambda video=video: sql(parted, "select id from jobs where video_id = ?", behind.decode_id(video)))
        assert original(parted, video) == data
    eventually(lambda: user.get(f"/videos/{absent}").status_code == 404)
    eventually(lambda: not stored.half_made(parted, absent))
    assert received(user, waiting) == [1] and state(user, waiting)["status"] == "open"


def peak_memory(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def test_parts_are_put_together_in_constant_memory(parted, user):
    size = 256 * MIB
    video = user.begin_upload(size)["video"]["id"]
    before = peak_memory(parted.process)
    for part in user.sign_parts(video, range(1, 33)):
        expect_sent(user, part, os.urandom(64) * (PART // 64))
    expect(complete(user, video), 202)
    assert peak_memory(parted.process) - before < 32 * MIB
    assert len(original(parted, video)) == size
    expect(user.delete(f"/videos/{video}"), 204)
