"""Signed uploads: what they accept, what they leave behind, and what completes them."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import time
from urllib.parse import urlsplit

import pytest

import behind
import stored
from behind import eventually, sql
from client import Client, expect
from luot import Server
from raw_http import Connection, request

DATA = b"twelve bytes"
GIB = 1 << 30


@pytest.fixture
def ticket(user):
    return user.begin_upload(len(DATA))


def target_of(upload):
    url = urlsplit(upload["url"])
    return f"{url.path}?{url.query}"


def path_of(ticket):
    return f"/videos/{ticket['video']['id']}/upload"


def objects(server, ticket):
    """What lies in the store under the keys that this upload's URLs write to."""
    return stored.keys(server, f"uploads/{ticket['video']['id']}/")


def original(server, ticket):
    """The copy that the job works on; calls of `complete` that were not first may have left others."""
    key = behind.sql(server, "select payload from jobs where video_id = ?", behind.decode_id(ticket["video"]["id"]))[0][0]
    return stored.read(server, key)


def incoming(server):
    """What is being received; a bucket does that by itself."""
    return [] if server.place else os.listdir(server.data_dir / "media/.incoming")


def put_raw(server, upload, *header_lines, body=b""):
    with Connection(server.port) as connection:
        return connection.exchange("PUT", target_of(upload), *header_lines, body=body)


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
def test_the_url_speaks_for_the_object(server, user, ticket):
    upload = ticket["upload"]
    assert (upload["kind"], upload["method"]) == ("single", "PUT")
    assert upload["url"].startswith(server.url)
    assert upload["headers"] == {"Content-Type": "video/mp4"}
    assert ticket["video"]["status"] == "uploading" and ticket["video"]["author"]["id"] == user.user["id"]
    life = int(re.search(r"expires=(\d+)", upload["url"])[1]) - time.time()
    assert 6 * 3600 - 60 < life <= 6 * 3600


def test_what_is_received_is_told(user, ticket):
    state = {"kind": "single", "status": "open", "part_size": None, "part_count": None, "received": []}
    assert expect(user.get(path_of(ticket)), 200) == state
    assert re.fullmatch(r'"[^"]+"', user.send(ticket["upload"], DATA).headers["ETag"])
    state["received"] = [{"number": 1, "size": len(DATA)}]
    assert expect(user.get(path_of(ticket)), 200) == state
    expect(user.post(f"{path_of(ticket)}/complete", {}), 202)
    assert expect(user.get(path_of(ticket)), 200) == state | {"status": "completed"}


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
@pytest.mark.parametrize("change", [-1, 1])
def test_another_length_is_refused(server, ticket, change):
    body = DATA[:change] if change < 0 else DATA + b"!"
    answer = put_raw(server, ticket["upload"], "Content-Type: video/mp4", body=body)
    assert (answer.status, answer.code) == ((400, "size_mismatch") if change < 0 else (413, "body_too_large"))
    assert not objects(server, ticket) and not incoming(server)


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
def test_a_length_is_needed(server, ticket):
    for line in ("Transfer-Encoding: chunked", "X-Nothing: 1"):
        body = b"c\r\n" + DATA + b"\r\n0\r\n\r\n" if "chunked" in line else b""
        answer = put_raw(server, ticket["upload"], "Content-Type: video/mp4", line, body=body)
        assert (answer.status, answer.code) == (411, "length_required")
    assert not objects(server, ticket)


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
def test_another_type_is_refused(server, ticket):
    for line in ("Content-Type: text/html", "Content-Type: video/webm", "X-Nothing: 1"):
        answer = put_raw(server, ticket["upload"], line, body=DATA)
        assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert not objects(server, ticket)


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
@pytest.mark.parametrize(
    ("old", "new"),
    [("size=12", "size=13"), ("type=video", "type=audio"), ("expires=1", "expires=2"), ("signature=", "signature=A"),
     ("signature=", "unsigned="), ("/uploads/", "/originals/"), ("/uploads/", "/uploads/../originals/"),
     ("/uploads/", "/uploads/%2e%2e/originals/"), ("/uploads/", "//uploads/"), ("?", "%00?"), ("?", "/?"),
     ("&size=12", ""), ("size=12", "size=-12"), ("size=12", "size=13&size=12"), ("expires=", "expires=%zz")],
)  # fmt: skip
def test_a_changed_url_is_refused(server, user, ticket, old, new):
    target = target_of(ticket["upload"])
    assert old in target
    changed = ticket["upload"] | {"url": f"http://x{target.replace(old, new)}"}
    answer = put_raw(server, changed, "Content-Type: video/mp4", body=DATA)
    assert (answer.status, answer.code) == (403, "upload_url_invalid")
    assert not objects(server, ticket) and not incoming(server)


@pytest.mark.embedded_only("the store's own URLs; test_s3 tries those of a bucket")
def test_an_expired_url_is_refused(server, user, ticket):
    key = urlsplit(ticket["upload"]["url"]).path.removeprefix("/storage/")
    for seconds, status in ((-1, 403), (60, 200)):
        url = behind.upload_url(server, key, "video/mp4", len(DATA), int(time.time()) + seconds)
        assert user.send(ticket["upload"] | {"url": url}, DATA).status_code == status


def test_the_last_put_before_complete_counts(server, user, ticket):
    for data in (b"-" * len(DATA), DATA):
        expect(user.send(ticket["upload"], data), 200)
    assert [stored.read(server, key) for key in objects(server, ticket)] == [DATA]


def test_a_put_after_complete_changes_nothing(server, user, ticket):
    expect(user.send(ticket["upload"], DATA), 200)
    expect(user.post(f"{path_of(ticket)}/complete"), 202)
    user.send(ticket["upload"], b"-" * len(DATA))
    expect(user.post(f"{path_of(ticket)}/complete"), 202)
    assert original(server, ticket) == DATA


def jobs_of(server, ticket):
    return sql(server, "select id from jobs where video_id = ?", behind.decode_id(ticket["video"]["id"]))


def test_complete_before_the_put(server, user, ticket):
    expect(user.post(f"{path_of(ticket)}/complete"), 409, "upload_incomplete")
    assert expect(user.get(path_of(ticket)), 200)["status"] == "open" and not jobs_of(server, ticket)


def test_complete_may_be_repeated(server, user, ticket):
    expect(user.send(ticket["upload"], DATA), 200)
    for _ in range(2):
        assert expect(user.post(f"{path_of(ticket)}/complete"), 202)["video"]["id"] == ticket["video"]["id"]
    assert len(jobs_of(server, ticket)) == 1


def test_concurrent_completes_make_one_job(server, user):
    for _ in range(25):  # the race is short
        ticket = user.begin_upload(len(DATA))
        expect(user.send(ticket["upload"], DATA), 200)
        clients = [Client(server.url, user.token) for _ in range(8)]
        for client in clients:
            client.get("/healthz")  # connected, so that they come together
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda client: client.post(f"{path_of(ticket)}/complete"), clients))
        assert [a.status_code for a in answers] == [202] * 8, [a.text for a in answers if a.status_code != 202]
        assert len(jobs_of(server, ticket)) == 1
        assert not objects(server, ticket) and not incoming(server)


def test_an_expired_upload(server, user, ticket):
    """What arrived in time counts; what did not is over."""
    for sent in (False, True):
        if sent:
            expect(user.send(ticket["upload"], DATA), 200)
        sql(server, "update uploads set expires_at = 1 where video_id = ?", behind.decode_id(ticket["video"]["id"]))
        assert expect(user.get(path_of(ticket)), 200)["status"] == "expired"
        answer = user.post(f"{path_of(ticket)}/complete")
        if sent:
            expect(answer, 202)
        else:
            expect(answer, 410, "upload_expired")
    assert len(jobs_of(server, ticket)) == 1


def test_an_aborted_upload_is_gone(server, user, ticket):
    expect(user.send(ticket["upload"], DATA), 200)
    expect(user.delete(path_of(ticket)), 204)
    for answer in (
        user.get(path_of(ticket)), user.delete(path_of(ticket)), user.post(f"{path_of(ticket)}/complete"),
        user.get(f"/videos/{ticket['video']['id']}"),
    ):  # fmt: skip
        expect(answer, 404, "video_not_found")
    assert not objects(server, ticket)


def test_abort_after_complete(user, ticket):
    expect(user.send(ticket["upload"], DATA), 200)
    expect(user.post(f"{path_of(ticket)}/complete"), 202)
    expect(user.delete(path_of(ticket)), 409, "upload_closed")


def test_strangers_see_no_upload(server, ready_video, ticket):
    stranger = Client(server.url).register()
    for method, end in (("GET", ""), ("DELETE", ""), ("POST", "/complete")):
        expect(stranger.request(method, path_of(ticket) + end), 404, "video_not_found")
        expect(stranger.request(method, f"/videos/{ready_video[1]['id']}/upload{end}"), 403, "forbidden")


@pytest.mark.embedded_only("the bytes pass through the server")
def test_a_half_received_body_leaves_nothing(server, user):
    ticket = user.begin_upload(1 << 20)
    with Connection(server.port) as connection:
        head = request("PUT", target_of(ticket["upload"]), "Content-Type: video/mp4", f"Content-Length: {1 << 20}")
        connection.send(head + bytes(1 << 19))
        eventually(lambda: incoming(server))
    eventually(lambda: not incoming(server))
    assert not objects(server, ticket)
    assert expect(user.get(path_of(ticket)), 200)["received"] == []


def peak_memory(process):
    """The most that the process ever had in memory, in bytes."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


@pytest.fixture
def unparted(tmp_path):
    with Server(tmp_path / "data", LUOT_MULTIPART_ABOVE=4 * GIB) as server:
        yield server


@pytest.mark.embedded_only("the bytes pass through the server")
def test_two_gibibytes_in_constant_memory(unparted):
    server, user = unparted, Client(unparted.url).register()
    free = shutil.disk_usage(server.data_dir).free
    if free < 6 * GIB:
        pytest.skip(f"needs 6 GiB of disk, {free / GIB:.1f} GiB are free")
    ticket = user.begin_upload(2 * GIB)
    before = peak_memory(server.process)
    zeros = memoryview(bytes(1 << 20))
    try:
        with Connection(server.port, timeout=120) as connection:
            target = target_of(ticket["upload"])
            connection.send(request("PUT", target, "Content-Type: video/mp4", f"Content-Length: {2 * GIB}"))
            for _ in range(2048):
                connection.send(zeros)
            assert connection.receive("PUT", target).status == 200
        assert peak_memory(server.process) - before < 32 << 20
        assert [(server.data_dir / "media" / key).stat().st_size for key in objects(server, ticket)] == [2 * GIB]
    finally:
        user.delete(path_of(ticket))
    assert not objects(server, ticket)
