"""Rate limits: by user or address, apart for each class of route, told in headers, and generous to people."""

import json

import pytest

import behind
from client import Client, expect
from luot import Server
from openapi_check import SPEC
from raw_http import Connection

LIMITED = [o for o in SPEC.operations if ("429" in o.responses)]
# Of each class, the operation to exhaust it with, and its burst.
BURSTS = {"getMe": 300, "logout": 60, "createUpload": 20, "reportView": 60, "likeVideo": 60, "createComment": 20}
BODIES = {"logout": {"refresh_token": "x"}, "reportView": {"play_token": "x", "watched_ms": 1},
          "createComment": {"content": "x"}, "signUploadParts": {"parts": [1]},
          "createUpload": {"title": "t", "filename": "f", "content_type": "video/mp4", "size": 1}}  # fmt: skip


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("limited") / "data", LUOT_RATE_LIMITS="on",
                LUOT_TRUSTED_PROXIES="127.0.0.0/8") as server:  # fmt: skip
        yield server


def from_address(client, method, path, address, json=None):
    return client.request(method, path, json=json, headers={"X-Forwarded-For": address})


def send(client, operation, video):
    path = operation.path.replace("{id}", video).replace("{username}", "nobody.here").replace("{comment_id}", video)
    return client.request(operation.method, path, json=BODIES.get(operation.id))


def exhaust(action, burst):
    """Repeats `action` until it is refused; returns the answers."""
    answers = []
    while len(answers) <= 2 * burst:
        answers.append(action())
        if answers[-1].status_code == 429:
            return answers
    raise AssertionError(f"no limit after {len(answers)} requests")


def test_every_class_has_its_own_limit_and_all_its_routes_share_it(limited):
    user = Client(limited.url).register()
    by_id = {operation.id: operation for operation in LIMITED}
    # `logout` needs no sign-in: no viewer is looked at, and the address is what counts.
    for name, burst in BURSTS.items():
        answers = exhaust(lambda name=name: send(user, by_id[name], "AAAAAAAAAAA"), burst)
        assert len(answers) > burst, "a burst is allowed"
        refused = answers[-1]
        assert expect(refused, 429, "rate_limited")["detail"]
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["RateLimit-Limit"] == str(burst) and refused.headers["RateLimit-Remaining"] == "0"
        assert answers[0].headers["RateLimit-Remaining"] == str(burst - 1)
    credentials = {"email": "a@example.org", "password": "x"}
    exhaust(lambda: user.post("/auth/login", credentials), 10)
    exhaust(lambda: user.post("/auth/register", {"username": "a"}), 10)
    for operation in LIMITED:
        expect(exhaust(lambda o=operation: send(user, o, "AAAAAAAAAAA"), 300)[-1], 429, "rate_limited")
    expect(Client(limited.url).get("/healthz"), 200)
    other = Client(limited.url)
    expect(from_address(other, "GET", "/feed", "203.0.113.50"), 200)


def test_addresses_count_apart_and_ipv6_by_household(limited):
    client = Client(limited.url)
    body = {"email": "b@example.org", "password": "x"}
    exhaust(lambda: from_address(client, "POST", "/auth/login", "2001:db8:1:2::1", body), 10)
    assert from_address(client, "POST", "/auth/login", "2001:db8:1:2:ffff::9", body).status_code == 429
    assert from_address(client, "POST", "/auth/login", "2001:db8:1:3::1", body).status_code == 401
    assert from_address(client, "POST", "/auth/login", "6.6.6.6, 2001:db8:1:2::1", body).status_code == 429


def test_a_proxy_that_adds_a_line_of_its_own_is_believed_and_not_the_client(limited):
    """HAProxy does so. The client's own line comes first."""
    body = json.dumps({"email": "e@example.org", "password": "x"}).encode()

    def login(number):
        with Connection(limited.port) as connection:
            return connection.exchange(
                "POST", "/auth/login", "Content-Type: application/json", f"X-Forwarded-For: 192.0.2.{number}",
                "X-Forwarded-For: 203.0.113.77", body=body,
            )  # fmt: skip

    statuses = [login(number).status for number in range(12)]
    assert statuses[:10] == [401] * 10 and statuses[10:] == [429] * 2


def test_strangers_cannot_choose_their_address(server, tmp_path):
    with Server(tmp_path / "data", LUOT_RATE_LIMITS="on") as untrusting:
        client = Client(untrusting.url)
        numbers = iter(range(1000))
        body = {"email": "c@example.org", "password": "x"}
        exhaust(lambda: from_address(client, "POST", "/auth/login", f"203.0.113.{next(numbers)}", body), 10)


def test_a_factor_scales_all_limits(tmp_path):
    with Server(tmp_path / "data", LUOT_RATE_LIMITS="x1000") as server:
        answer = Client(server.url).post("/auth/login", {"email": "d@example.org", "password": "x"})
        assert answer.headers["RateLimit-Limit"] == "10000"


def test_without_limits_nothing_is_told(anonymous):
    assert "RateLimit-Limit" not in anonymous.get("/feed").headers
    assert behind.eventually(lambda: anonymous.get("/feed").status_code == 200)
