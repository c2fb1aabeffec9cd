"""The object store's own word of an upload begins its processing; nobody else's does, and nothing is believed that
cannot be seen in the store."""

import base64
import json
import sqlite3
import subprocess
from urllib.parse import quote, urlsplit

import pytest

import behind
from behind import sql
from client import Client, expect
from luot import BINARY, ROOT, Server
from raw_http import Connection

DATA = b"twelve bytes"
SAMPLES = ROOT / "tests/data/notifications"
SAMPLE_KEY = "uploads/0abcDEF1234/Zz9"


def printed(command, **environment):
    done = subprocess.run([BINARY, command], env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else done.stderr


@pytest.fixture
def token(server):
    return behind.encoded(behind.key(server, "storage events"))


@pytest.fixture
def told(anonymous, token):
    """Sends a notification as the store would."""

    def send(body, headers=None):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return anonymous.post("/storage/events", data=data, headers=headers or {"Authorization": f"Bearer {token}"})

    return send


def event(key, name="ObjectCreated:Put"):
    return {"Records": [{"eventName": name, "s3": {"bucket": {"name": "b"}, "object": {"key": key, "size": 1}}}]}


def key_of(ticket):
    return urlsplit(ticket["upload"]["url"]).path.removeprefix("/storage/")


def status_of(client, ticket):
    return client.get(f"/videos/{ticket['video']['id']}").json()["status"]


def jobs_of(server, ticket):
    return len(sql(server, "select id from jobs where video_id = ?", behind.decode_id(ticket["video"]["id"])))


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir() if SAMPLE_KEY[:7] in path.read_text()))
def test_the_store_s_word_begins_the_processing(server, user, told, sample):
    """As radosgw 16.2 was seen to send it, and as AWS and MinIO document it."""
    ticket = user.begin_upload(len(DATA))
    expect(user.send(ticket["upload"], DATA), 200)
    key = key_of(ticket)
    text = (SAMPLES / sample).read_text()
    body = text.replace(SAMPLE_KEY, key).replace(quote(SAMPLE_KEY, safe=""), quote(key, safe=""))
    assert body != text
    for _ in range(2):
        assert expect(told(body), 200) == {"created": 1}
    assert status_of(user, ticket) != "uploading" and jobs_of(server, ticket) == 1
    expect(user.post(f"/videos/{ticket['video']['id']}/upload/complete"), 202)
    assert jobs_of(server, ticket) == 1


def test_a_word_too_early_or_wrong_changes_nothing(server, user, told):
    ticket = user.begin_upload(len(DATA))
    key = key_of(ticket)
    assert expect(told(event(key)), 200) == {"created": 1}, "nothing is there yet"
    expect(user.send(ticket["upload"], DATA), 200)
    other = user.begin_upload(len(DATA))
    for wrong in (key + "x", key.upper(), key_of(other).rsplit("/", 1)[0] + "/" + key.rsplit("/", 1)[1], "uploads",
                  f"uploads/{ticket['video']['id']}", f"originals/{ticket['video']['id']}/x/source", "/", "//", "",
                  "uploads//x", "uploads/../" + key, "%00", "%zz", "x" * 100_000, "uploads/" + "é" * 11 + "/x"):  # fmt: skip
        expect(told(event(wrong)), 200)
    for name in ("ObjectRemoved:Delete", "s3:ReducedRedundancyLostObject", ""):
        assert expect(told(event(key, name)), 200) == {"created": 0}
    assert status_of(user, ticket) == status_of(user, other) == "uploading"
    expect(told(event(key)), 200)
    assert jobs_of(server, ticket) == 1 and jobs_of(server, other) == 0


def test_parts_are_put_together_by_complete_alone(tmp_path):
    with Server(tmp_path / "data", LUOT_MULTIPART_ABOVE=1) as server:
        user = Client(server.url).register()
        ticket = user.begin_upload(len(DATA))
        [part] = user.sign_parts(ticket["video"]["id"], [1])
        expect(user.send(part, DATA), 200)
        token = behind.encoded(behind.key(server, "storage events"))
        key = sql(server, "select object_key from uploads")[0][0]
        expect(user.post(f"/storage/events?token={token}", event(key), headers={"Authorization": ""}), 200)
        assert status_of(user, ticket) == "uploading"
        expect(user.post(f"/videos/{ticket['video']['id']}/upload/complete"), 202)
        expect(user.post(f"/storage/events?token={token}", event(key), headers={"Authorization": ""}), 200)
        assert jobs_of(server, ticket) == 1


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_only_the_store_is_heard(server, user, anonymous, told, token):
    body = json.dumps(event("uploads/x"))
    for headers in ({"Authorization": f"Bearer {token}"}, {"Authorization": f"bearer {token}"}, basic("luot", token),
                    basic("", token)):  # fmt: skip
        expect(told(body, headers), 200)
    expect(anonymous.post(f"/storage/events?token={token}", data=body), 200)
    for headers in ({"Authorization": f"Bearer {token[:-1]}"}, {"Authorization": f"Bearer {token}x"},
                    {"Authorization": f"Bearer {user.token}"}, {"Authorization": "Bearer "}, {"Authorization": token},
                    basic(token, ""), basic("a", "b"), {"Authorization": "Basic " + token}, {"Authorization": "Basic ~"},
                    {"X-Token": token}):  # fmt: skip
        answer = told(body, headers)
        expect(answer, 401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith("Basic "), "SNS sends its password when it is asked for it"
    for query in ("", "?token=", f"?token={token}x"):
        answer = expect(anonymous.post("/storage/events" + query, data=body), 401, "invalid_token")
    behind.eventually(lambda: answer["request_id"] in server.log())
    assert token not in server.log()


def test_subscriptions_are_for_the_operator(server, told):
    url = f"{server.url}/feed?confirm=a b\n"
    expect(told({"Type": "SubscriptionConfirmation", "SubscribeURL": url, "Message": "You have chosen ..."}), 200)
    line = behind.eventually(lambda: [line for line in server.log().splitlines() if "SNS waits" in line])[0]
    assert "confirm=a b" in line
    later = told({}).headers["X-Request-Id"]
    behind.eventually(lambda: later in server.log())  # then requests before it are there, too
    assert "path=/feed " not in server.log(), "nobody fetched it"


def test_garbage_is_refused(told):
    for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 60_000, {}, {"Records": {}}, {"Records": [1]},
                 {"Records": [{}] * 1001}, {"Type": "Notification", "Message": "x"}, {"Type": "Notification"},
                 {"detail-type": 7}):  # fmt: skip
        expect(told(body), 400, "malformed_notification")
    expect(told(bytes(512 * 1024 + 1)), 413, "body_too_large")
    assert expect(told({"Records": [{}] * 1000}), 200) == {"created": 0}


def test_a_chunked_body_is_bounded_too(server, token):
    with Connection(server.port) as connection:
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        lines = ("Transfer-Encoding: chunked", f"Authorization: Bearer {token}")
        answer = connection.exchange("POST", "/storage/events", *lines, body=9 * piece + b"0\r\n\r\n")
    assert (answer.status, answer.code) == (413, "body_too_large")


def test_the_store_is_asked_to_come_again(server, user, told):
    ticket = user.begin_upload(len(DATA))
    expect(user.send(ticket["upload"], DATA), 200)
    lock = sqlite3.connect(server.data_dir / "luot.db", isolation_level=None)
    lock.execute("begin immediate")
    try:
        answer = told(event(key_of(ticket)))
        expect(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    finally:
        lock.rollback()
        lock.close()
    expect(told(event(key_of(ticket))), 200)
    assert jobs_of(server, ticket) == 1


def test_the_url_that_is_printed(server, tmp_path):
    where = {"LUOT_DATA_DIR": str(server.data_dir), "LUOT_PUBLIC_URL": server.url}
    url = printed("events-url", **where)
    expect(Client(server.url).post(url, {"Records": []}), 200)
    assert "there is no secret yet" in printed("events-url", LUOT_DATA_DIR=str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_the_token_can_be_rotated(tmp_path):
    old, new = "an old secret of some forty characters ..", "a new secret of some forty characters ..."
    with Server(tmp_path / "data", LUOT_SECRET=new, LUOT_SECRET_PREVIOUS=old) as server:
        for secret, status in ((old, 200), (new, 200), (old + "x", 401)):
            url = printed("events-url", LUOT_SECRET=secret, LUOT_PUBLIC_URL=server.url)
            expect(Client(server.url).post(url, {"Records": []}), status)
