"""The server's own manners: HTTP/1.1 over bare sockets, limits, ranges, CORS, the web pages, the log."""

import random
import re
import time

import pytest

from behind import eventually
from client import Client, expect
from luot import Server
from raw_http import Connection, request

JSON = "Content-Type: application/json"
LOGIN = b'{"email": "nobody@example.org", "password": "wrong"}'


@pytest.fixture
def connection(server):
    with Connection(server.port) as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def waiting(server):
    """Two connections that the last test looks at: one stalls in its header, one says nothing at all."""
    with Connection(server.port) as stalled, Connection(server.port) as silent:
        stalled.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        yield stalled, silent, time.monotonic()


@pytest.fixture(scope="module")
def media(ready_video, server):
    """The path of a rendition, and its bytes."""
    path = ready_video[1]["mp4_url"].removeprefix(server.url)
    return path, Client(server.url).get(path).content


def test_keep_alive(connection):
    for path, status in (("/healthz", 200), ("/nothing", 404), ("/feed?limit=0", 422), ("/docs", 200)) * 5:
        assert connection.exchange("GET", path).status == status
    answer = connection.exchange("GET", "/healthz", "Connection: close")
    assert answer.headers["Connection"] == "close" and connection.is_closed()


@pytest.mark.parametrize("line", ["X-Nothing: 1", "Connection: keep-alive"])
def test_http_1_0(connection, line):
    keeps = "keep-alive" in line
    answer = connection.exchange("GET", "/healthz", line, version="HTTP/1.0", host=None)
    assert answer.headers["Connection"] == ("keep-alive" if keeps else "close")
    if keeps:
        assert connection.exchange("GET", "/healthz", version="HTTP/1.0", host=None).status == 200
    assert connection.is_closed()


def test_fifty_pipelined_requests_are_answered_in_order(connection):
    kinds = [("GET", "/healthz", b"", 200), ("GET", "/nothing", b"", 404), ("DELETE", "/feed", b"", 405),
             ("POST", "/auth/login", LOGIN, 401), ("POST", "/auth/login", b"{", 400), ("HEAD", "/docs", b"", 200),
             ("GET", "/openapi.yaml", b"", 200)]  # fmt: skip
    chosen = random.Random(3).choices(kinds, k=50)
    connection.send(b"".join(request(method, path, JSON, body=body) for method, path, body, _ in chosen))
    answers = [connection.receive(method, path, body) for method, path, body, _ in chosen]
    assert [answer.status for answer in answers] == [status for *_, status in chosen]
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 50


BIG_TARGET = "/feed?cursor=" + "a" * 9000
BROKEN = {
    "large header": (request("GET", "/healthz", "X-Large: " + "a" * 25000), 431, "headers_too_large"),
    "many headers": (request("GET", "/healthz", *[f"X-{i}: {'a' * 90}" for i in range(300)]), 431, "headers_too_large"),
    "long target": (request("GET", BIG_TARGET), 414, "uri_too_long"),
    "no host": (request("GET", "/healthz", host=None), 400, "malformed_request"),
    "two hosts": (request("GET", "/healthz", "Host: other"), 400, "malformed_request"),
    "garbage": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "malformed_request"),
    "words": (b"hello there\r\n\r\n", 400, "malformed_request"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed_request"),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400, "malformed_request"),
    "no path": (request("GET", "healthz"), 400, "malformed_request"),
    "asterisk": (request("GET", "*"), 400, "malformed_request"),
    "authority": (request("CONNECT", "localhost:80"), 400, "malformed_request"),
    "fragment": (request("GET", "/healthz#top"), 400, "malformed_request"),
    "NUL in a header": (b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\0c\r\n\r\n", 400, "malformed_request"),
    "two lengths": (request("POST", "/auth/login", JSON, "Content-Length: 1", body=b"{}"), 400, "malformed_request"),
    "negative length": (request("POST", "/auth/login", JSON, "Content-Length: -1"), 400, "malformed_request"),
    "length and chunks": (
        request("POST", "/auth/login", JSON, "Content-Length: 2", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        400, "malformed_request"),
    "announced too much": (
        request("POST", "/auth/login", JSON, "Content-Length: 10000000"), 413, "body_too_large"),
    "chunked too much": (
        request("POST", "/auth/login", JSON, "Transfer-Encoding: chunked", body=b"10001\r\n" + b" " * 65537 + b"\r\n"),
        413, "body_too_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_served_gets_a_problem_and_the_end(connection, name):
    data, status, code = BROKEN[name]
    answer = connection.send(data).receive("GET", "/healthz" if status != 413 else "/auth/login")
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["Connection"] == "close"
    connection.socket.settimeout(3)
    assert connection.is_closed()


def test_absolute_targets(connection):
    for target in ("http://localhost/healthz", "http://other.example:1234/healthz", "https://localhost/healthz?"):
        connection.send(request("GET", target))
        assert connection.receive("GET", "/healthz").status == 200


def test_expect_100_continue(connection):
    head = request("POST", "/auth/login", JSON, "Expect: 100-continue", f"Content-Length: {len(LOGIN)}")
    assert connection.send(head).receive().status == 100
    assert connection.send(LOGIN).receive("POST", "/auth/login", LOGIN).status == 401
    # What is refused by its head alone is refused without asking for the body.
    head = request("POST", "/videos/upload", JSON, "Expect: 100-continue", "Content-Length: 100")
    assert connection.send(head).receive("POST", "/videos/upload").status == 401


def test_chunked_bodies(connection):
    chunks = b"".join(b"%x;extension=1\r\n%c\r\n" % (1, byte) for byte in LOGIN) + b"0\r\nX-Trailer: 1\r\n\r\n"
    for _ in range(2):
        connection.send(request("POST", "/auth/login", JSON, "Transfer-Encoding: chunked", body=chunks))
        assert connection.receive("POST", "/auth/login", LOGIN).status == 401


def test_bytes_that_trickle_in(connection):
    for byte in request("POST", "/auth/login", JSON, body=LOGIN):
        connection.send(bytes([byte]))
    assert connection.receive("POST", "/auth/login", LOGIN).status == 401


@pytest.mark.parametrize("size", [10, 200_000])
def test_a_body_that_nobody_reads(connection, size):
    answer = connection.send(request("POST", "/nothing/here/at/all", body=b"x" * size)).receive("POST", "/nothing")
    assert answer.status in (404, 405) and answer.headers["Connection"] == "close" and connection.is_closed()


def test_head_has_no_body(connection, media):
    for path in ("/", "/docs", "/feed", "/healthz", "/nothing", media[0]):
        get, head = connection.exchange("GET", path), connection.exchange("HEAD", path)
        assert head.status == get.status and head.headers["Content-Type"] == get.headers["Content-Type"]
        if path != "/nothing":
            assert head.headers["Content-Length"] == get.headers["Content-Length"]
        assert connection.exchange("GET", "/healthz").status == 200  # nothing stands in the way of the next answer


@pytest.mark.parametrize(("path", "allow"), [
    ("/feed", "GET, HEAD, OPTIONS"), ("/videos/AAAAAAAAAAA/like", "DELETE, POST, OPTIONS"),
    ("/videos/AAAAAAAAAAA/comments", "GET, HEAD, POST, OPTIONS"), ("/storage/x", "PUT, OPTIONS"),
])  # fmt: skip
def test_options_and_other_methods(connection, path, allow):
    answer = connection.exchange("OPTIONS", path)
    assert (answer.status, answer.headers["Allow"]) == (204, allow)
    assert not any(name.startswith("Access-Control") for name in answer.headers)
    refused = connection.exchange("PATCH", path)
    assert (refused.status, refused.code, refused.headers["Allow"]) == (405, "method_not_allowed", allow)


def test_cors_by_configuration(tmp_path):
    ours, other = {"Origin": "https://app.example"}, {"Origin": "https://evil.example"}
    with Server(tmp_path / "data", LUOT_CORS_ORIGINS="https://app.example, https://two.example") as server:
        client = Client(server.url)
        for answer in (client.get("/feed", headers=ours), client.get("/me", headers=ours),
                       client.request("OPTIONS", "/feed", headers=ours)):  # fmt: skip
            assert answer.headers["Access-Control-Allow-Origin"] == ours["Origin"]
            assert "Origin" in answer.headers["Vary"]
        assert "GET" in answer.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        for headers in (other, {}):
            assert "Access-Control-Allow-Origin" not in client.get("/feed", headers=headers).headers


def test_ranges(anonymous, media):
    path, data = media
    size = len(data)
    for text, first, last in (("0-0", 0, 0), ("5-", 5, size - 1), ("-7", size - 7, size - 1),
                              ("0-99999999999999999999999", 0, size - 1), (f"-{size * 9}", 0, size - 1)):  # fmt: skip
        answer = anonymous.get(path, headers={"Range": f"bytes={text}"})
        assert answer.status_code == 206 and answer.content == data[first : last + 1]
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
    for text in (f"bytes={size}-", "bytes=-0", "bytes=99999999999999999999999-"):
        answer = anonymous.get(path, headers={"Range": text})
        expect(answer, 416, "range_not_satisfiable")
        assert answer.headers["Content-Range"] == f"bytes */{size}"
    for text in ("bytes=5-2", "bytes=a-b", "bytes=", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=0x0-5", "0-5"):
        answer = anonymous.get(path, headers={"Range": text})
        assert answer.status_code == 200 and answer.content == data


def test_conditional_requests(anonymous, media):
    path, data = media
    etag = anonymous.get(path).headers["ETag"]
    for known, status in ((etag, 304), (f'"x", W/{etag}', 304), ("*", 304), ('"x"', 200)):
        assert anonymous.get(path, headers={"If-None-Match": known}).status_code == status
    for condition, status in ((etag, 206), ('"x"', 200), (f"W/{etag}", 200)):
        answer = anonymous.get(path, headers={"Range": "bytes=0-9", "If-Range": condition})
        assert answer.status_code == status and data.startswith(answer.content)


def test_media_cannot_do_harm(anonymous, ready_video):
    video = ready_video[1]
    types = {video["hls_url"]: "application/vnd.apple.mpegurl", video["mp4_url"]: "video/mp4",
             video["thumbnail_url"]: "image/jpeg", video["preview"]["vtt_url"]: "text/vtt; charset=utf-8"}  # fmt: skip
    for url, content_type in types.items():
        headers = anonymous.get(url).headers
        assert headers["Content-Type"] == content_type and headers["Content-Security-Policy"] == "sandbox"
        assert headers["Referrer-Policy"] == "no-referrer"
        life = int(re.fullmatch(r"public, max-age=(\d+), immutable", headers["Cache-Control"])[1])
        assert 3 * 3600 <= life <= 6 * 3600


def test_pages_work_offline_and_run_only_their_own_scripts(anonymous):
    assets = set()
    for path in ("/", "/docs"):
        page = anonymous.get(path, headers={"Accept-Encoding": "identity"})
        policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'self'" and "unsafe" not in policy.get("script-src", "")
        assert page.headers["Cache-Control"] == "no-cache"
        references = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
        assert references and all(reference.startswith(("/", "#")) for reference in references), references
        assert not re.search(r"<script(?![^>]*\bsrc=)", page.text) and not re.search(r"\son\w+=", page.text)
        assets |= {reference for reference in references if reference.startswith("/assets/")}
    for asset in assets:
        plain = anonymous.get(asset, headers={"Accept-Encoding": "identity"})
        zipped = anonymous.get(asset, headers={"Accept-Encoding": "gzip"})
        assert "immutable" in plain.headers["Cache-Control"] and "Content-Encoding" not in plain.headers
        assert zipped.headers["Content-Encoding"] == "gzip" and zipped.content == plain.content
        assert int(zipped.headers["Content-Length"]) < len(plain.content)
        assert zipped.headers["Vary"] == "Accept-Encoding"
        loaded = re.findall(r"(?:import\(|import |from|src=|fetch\(|url\()[\"'`]?(https?://[^\"'`)]+)", plain.text)
        assert loaded == []
    assert len(assets) >= 4


def test_each_request_is_logged_once_and_without_secrets(server, user, media):
    ticket = user.begin_upload(4)
    answers = [user.send(ticket["upload"], b"1234"), user.get(media[0]), user.get("/me"), user.get("/nothing"),
               user.get("/feed?cursor=forgedcursor"), user.post("/auth/refresh", {"refresh_token": user.refresh_token}),
               user.get(f"/{'A' * 48}/videos/a/b/c")]  # fmt: skip
    for answer in answers:
        named = rf".* request id={answer.headers['X-Request-Id']} .*"
        [line] = eventually(lambda: re.findall(named, server.log()))
        told = f" method={answer.request.method} path=\\S+ status={answer.status_code} sent=true bytes=\\d+ ms="
        assert re.search(told, line)
    log = server.log()
    token, signature = media[0].split("/")[1], re.search(r"signature=([\w-]+)", ticket["upload"]["url"])[1]
    successor = answers[5].json()["refresh_token"]
    for secret in (token, signature, user.token, user.refresh_token, successor, "correct horse", "forgedcursor",
                   (server.data_dir / "secret").read_text()):  # fmt: skip
        assert secret not in log


def test_connections_are_bounded(tmp_path):
    with Server(tmp_path / "data", LUOT_MAX_CONNECTIONS=8) as server:
        kept = [Connection(server.port) for _ in range(8)]
        assert all(connection.exchange("GET", "/healthz").status == 200 for connection in kept)
        with Connection(server.port) as ninth:
            answer = ninth.receive("GET", "/healthz")
            assert (answer.status, answer.code, answer.headers["Connection"]) == (503, "overloaded", "close")
            assert int(answer.headers["Retry-After"]) > 0 and ninth.is_closed()
        kept.pop().close()

        def is_served():
            with Connection(server.port) as again:
                return again.exchange("GET", "/healthz").status == 200

        eventually(is_served)


def test_a_header_that_does_not_come_times_out(waiting):
    """Last: its ten seconds have passed meanwhile, in part at least."""
    stalled, silent, since = waiting
    answer = stalled.receive("GET", "/healthz")
    assert (answer.status, answer.code) == (408, "request_timeout")
    assert 9.5 < time.monotonic() - since and stalled.is_closed()
    # Between requests a client may take its time.
    assert silent.exchange("GET", "/healthz").status == 200
