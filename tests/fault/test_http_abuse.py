"""Clients that mean no good: each shape has its documented answer, others are served all the while, and what was taken
of memory and descriptors comes back.

LUOT_FAULT_ROUNDS makes the random ones longer (3)."""

import contextlib
import os
import random
import resource
import select
import socket
import time

import pytest

import behind
from behind import eventually
from client import Client, expect
from injection import injected
from luot import Server
from raw_http import Connection, NarrowConnection, request
from witness import Witness, descriptors, memory

ROUNDS = int(os.environ.get("LUOT_FAULT_ROUNDS", "3"))
MIB = 1 << 20
JSON = "Content-Type: application/json"
LOGIN = b'{"email": "nobody@example.org", "password": "wrong"}'
HEAD = b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Smuggled: 1\r\n\r\n"


@pytest.fixture(scope="module", autouse=True)
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A server whose patience can be waited for, warmed up."""
    limits = {f"LUOT_{name}_TIMEOUT": 2 for name in ("HEADER", "BODY", "WRITE")}
    with Server(tmp_path_factory.mktemp("hasty") / "data", LUOT_WORKERS=0, **limits) as server:
        with Connection(server.port) as connection:
            for _ in range(200):
                assert connection.exchange("GET", "/feed").status == 200
        yield server
        assert server.stop() == 0


@pytest.fixture
def recovering(hasty):
    """Others are served all the while, and afterwards nothing is left of what the test took."""
    before, files = memory(hasty), descriptors(hasty)
    with Witness(hasty):
        yield hasty
    eventually(lambda: descriptors(hasty) <= files + 4)
    eventually(lambda: memory(hasty) < before + 24 * MIB)


def answered(connections):
    poll = select.poll()
    for connection in connections:
        poll.register(connection.socket, select.POLLIN)
    return poll.poll(0)


def opened(server, count):
    stack = contextlib.ExitStack()
    return stack, [stack.enter_context(Connection(server.port)) for _ in range(count)]


# What two servers could read differently, or what no server should take. All are refused with 400 and the end.
SMUGGLED = {
    "length, then chunks": HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks, then length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    "unknown coding, then length": HEAD + b"Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "length, then unknown coding": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: xchunked\r\n\r\n{}" + HIDDEN,
    "unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + HIDDEN,
    "identity": HEAD + b"Transfer-Encoding: identity\r\n\r\n" + HIDDEN,
    "chunks inside identity": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a coding that is not decoded": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunked twice": HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two coding lines": HEAD + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two coding lines, turned": HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "quoted coding": HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n' + HIDDEN,
    "coding with a parameter": HEAD + b"Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n" + HIDDEN,
    "empty coding": HEAD + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n" + HIDDEN,
    "vertical tab before the coding": HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks in HTTP/1.0": b"POST /auth/login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 7\r\n\r\n{}" + HIDDEN,
    "two equal lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "a list of lengths": HEAD + b"Content-Length: 2, 2\r\n\r\n{}" + HIDDEN,
    "signed length": HEAD + b"Content-Length: +2\r\n\r\n{}" + HIDDEN,
    "hexadecimal length": HEAD + b"Content-Length: 0x2\r\n\r\n{}" + HIDDEN,
    "length beyond 64 bits": HEAD + b"Content-Length: 18446744073709551618\r\n\r\n{}" + HIDDEN,
    "empty length": HEAD + b"Content-Length:\r\n\r\n" + HIDDEN,
    "length with a space": HEAD + b"Content-Length: 2 2\r\n\r\n{}" + HIDDEN,
    "space before the colon": HEAD + b"Content-Length : 2\r\n\r\n{}" + HIDDEN,
    "tab before the colon": HEAD + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "space before the name": b"POST / HTTP/1.1\r\n Host: a\r\n\r\n",
    "no name": HEAD + b": x\r\n\r\n",
    "no colon": HEAD + b"Content-Length\r\n\r\n",
    "folded value": HEAD + b"X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}",
    "folded coding": HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "folded length": HEAD + b"Content-Length: 2\r\n\t2\r\n\r\n{}",
    "bare LF after the request line": b"GET /healthz HTTP/1.1\nHost: a\r\n\r\n",
    "bare LF after a field": b"GET /healthz HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    "bare LFs at the end": b"GET /healthz HTTP/1.1\r\nHost: a\n\n",
    "bare LF as the empty line": b"GET /healthz HTTP/1.1\r\nHost: a\r\n\n",
    "bare CR in a value": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\rContent-Length: 9\r\n\r\n",
    "NUL in a value": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n",
    "NUL in a name": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n",
    "NUL in the target": b"GET /healthz\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "control character in a value": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
    "DEL in a value": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n",
    "tab in the request line": b"GET\t/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "two spaces in the request line": b"GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "space in the target": b"GET /health z HTTP/1.1\r\nHost: a\r\n\r\n",
    "two hosts in HTTP/1.0": b"GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
    "HTTP/1.2": b"GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n",
    "lower-case version": b"GET /healthz http/1.1\r\nHost: a\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(100)),
}  # fmt: skip

CHUNKS = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN_CHUNKS = {
    "size beyond 64 bits": b"FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
    "size that wraps to 2": b"10000000000000002\r\n{}\r\n0\r\n\r\n",
    "negative size": b"-2\r\n{}\r\n0\r\n\r\n",
    "size with a prefix": b"0x2\r\n{}\r\n0\r\n\r\n",
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "size and a space": b"2 \r\n{}\r\n0\r\n\r\n",
    "bare LF after the size": b"2\n{}\r\n0\r\n\r\n",
    "bare LF in an extension": b"2;a\n{}\r\n0\r\n\r\n",
    "extension without a name": b"2;\r\n{}\r\n0\r\n\r\n",
    "no end of the chunk": b"2\r\n{}0\r\n\r\n",
    "more than the size": b"2\r\n{}}\r\n0\r\n\r\n",
    "trailer that is no field": b"2\r\n{}\r\n0\r\nno field\r\n\r\n",
    "length in the trailer": b"2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n",
    "endless extension": b"2;" + b"a" * 200_000,
    "endless trailer": b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 40_000,
}


def refused(server, data, target="/auth/login"):
    """The answer to `data`, after which nothing more comes: the rest is taken for no request."""
    with Connection(server.port) as connection:
        with contextlib.suppress(OSError):
            connection.send(data)
        answer = connection.receive("POST", target)
        assert answer.headers["Connection"] == "close"
        assert connection.input == b"" and connection.is_closed()
        return answer


@pytest.mark.parametrize("name", SMUGGLED)
def test_what_others_read_differently_is_refused(hasty, name):
    answer = refused(hasty, SMUGGLED[name])
    assert (answer.status, answer.code) == (400, "malformed_request")


@pytest.mark.parametrize("name", BROKEN_CHUNKS)
def test_broken_chunks_are_refused(hasty, name):
    answer = refused(hasty, CHUNKS + BROKEN_CHUNKS[name])
    assert (answer.status, answer.code) == (400, "malformed_request")


@pytest.mark.parametrize("name", SMUGGLED)
def test_it_is_refused_byte_by_byte_as_well(hasty, name):
    head = SMUGGLED[name].partition(b"\r\n\r\n")
    with Connection(hasty.port) as connection:
        with contextlib.suppress(OSError):
            for byte in head[0] + head[1]:
                connection.send(bytes([byte]))
        assert connection.receive("POST", "/auth/login").status == 400


def test_what_is_unusual_but_right_is_taken(hasty):
    for coding in (b"Transfer-Encoding: chunked", b"transfer-encoding:CHUNKED", b"TRANSFER-ENCODING: \t Chunked \t "):
        for body in (b"2\r\n{}\r\n0\r\n\r\n", b'2;a;b=c ; d="e;f"\r\n{}\r\n00;g\r\nX: y\r\n\r\n', b"0002\r\n{}\r\n0\r\n\r\n"):
            with Connection(hasty.port) as connection:
                connection.send(HEAD + coding + b"\r\n\r\n" + body)
                assert connection.receive("POST", "/auth/login", b"{}").status == 422
                assert connection.exchange("GET", "/healthz").status == 200


def test_as_many_fields_as_are_allowed(hasty):
    with Connection(hasty.port) as connection:
        fields = [f"X-{i}: a" for i in range(199)]  # and Host
        assert connection.exchange("GET", "/healthz", *fields).status == 200
        assert connection.exchange("GET", "/healthz", *fields, "X: a").status == 431


HUGE = {
    "one field": [b"X-Large: " + b"a" * 50_000],
    "many fields": [b"X-%d: a" % i for i in range(1000)],
    "tiny fields": [b"a:"] * 5000,
    "a field without end": [b"X: " + b"a" * 1_000_000],
    "a name without end": [b"X" * 1_000_000],
}


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("piece", [1 << 20, 600])
def test_huge_heads_are_cut_off(recovering, name, piece):
    """Also where each piece is small: what is read of a head counts in all."""
    data = b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"\r\n".join(HUGE[name]) + b"\r\n\r\n"
    with Connection(recovering.port) as connection:
        with contextlib.suppress(OSError):
            for start in range(0, len(data), piece):
                connection.send(data[start : start + piece])
                if piece < 1000:
                    time.sleep(0.001)
        answer = connection.receive("GET", "/healthz")
        assert (answer.status, answer.code) == (431, "headers_too_large")


def test_slow_heads_are_told_off(recovering):
    """Slowloris: a line now and then, on many connections."""
    stack, slow = opened(recovering, 300)
    with stack:
        for connection in slow:
            connection.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
        since = time.monotonic()
        while time.monotonic() - since < 1.5:
            for connection in slow:
                connection.send(b"X: y\r\n")
            time.sleep(0.3)
        for connection in slow:
            answer = connection.receive("GET", "/healthz")
            assert (answer.status, answer.code) == (408, "request_timeout")
        assert time.monotonic() - since < 10


def test_slow_bodies_are_told_off(recovering):
    """A byte now and then is more than nothing, and less than the least speed."""
    stack, slow = opened(recovering, 300)
    with stack:
        for connection in slow:
            connection.send(HEAD + b"Content-Length: 60000\r\n\r\n")
        since = time.monotonic()
        answered = set()
        while len(answered) < len(slow) and time.monotonic() - since < 15:
            ready = select.select([c.socket for c in slow if c not in answered], [], [], 0.3)[0]
            answered |= {connection for connection in slow if connection.socket in ready}
            for connection in set(slow) - answered:
                with contextlib.suppress(OSError):
                    connection.send(b" ")
        for connection in slow:
            answer = connection.receive("POST", "/auth/login")
            assert (answer.status, answer.code) == (408, "request_timeout")


def test_uploads_have_a_least_speed(recovering):
    """Eight KiB a second are too few, however regularly they come; 64 are not."""
    owner = Client(recovering.url).register()
    targets = [owner.begin_upload(MIB)["upload"]["url"].removeprefix(recovering.url) for _ in range(2)]
    stack, puts = opened(recovering, 2)
    with stack:
        for put, target in zip(puts, targets, strict=True):
            put.send(request("PUT", target, "Content-Type: video/mp4", f"Content-Length: {MIB}"))
        slow, fast = puts
        until = time.monotonic() + 8
        while not answered([slow]) and time.monotonic() < until:
            slow.send(bytes(4096))
            fast.send(bytes(32768))
            time.sleep(0.5)
        answer = slow.receive("PUT", targets[0])
        assert (answer.status, answer.code) == (408, "request_timeout")
        assert not answered([fast])


def test_pipelined_floods_wait_for_their_reader(recovering):
    """Thousands of requests in one write, of which no answer is read: the server stops reading, and leaves in time."""
    before = memory(recovering)
    stack, flooding = opened(recovering, 8)
    flood = request("GET", "/openapi.yaml") * 5000
    with stack:
        for connection in flooding:
            connection.socket.setblocking(False)
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            for connection in flooding:
                with contextlib.suppress(OSError):
                    connection.socket.send(flood)
            time.sleep(0.05)
            assert memory(recovering) < before + 48 * MIB
        log = recovering.log
        eventually(lambda: log().count("path=/openapi.yaml status=200 sent=false") >= len(flooding))


def test_pipelined_floods_that_are_read_are_answered(recovering):
    with Connection(recovering.port) as connection:
        connection.send(request("GET", "/healthz") * 3000)
        assert [connection.receive().status for _ in range(3000)] == [200] * 3000


def test_answers_that_nobody_reads_end(recovering, record_property):
    """Files larger than both sockets' buffers, many at once; of each only the head is read."""
    folder = recovering.data_dir / "media/videos/AAAAAAAAAAA/rA"
    folder.mkdir(parents=True)
    with open(folder / "big.mp4", "wb") as file:
        file.truncate(64 * MIB)
    prefix = "videos/AAAAAAAAAAA/rA/"
    target = f"/{behind.media_token(recovering, prefix, 1 << 31)}/{prefix}big.mp4"
    before = most = memory(recovering)
    with contextlib.ExitStack() as stack:
        unread = [stack.enter_context(NarrowConnection(recovering.port)) for _ in range(2000)]
        for number, connection in enumerate(unread):
            connection.send(request("GET", target))
            if number % 50 == 0:
                time.sleep(0.02)  # what they send to is the same machine
        since, broken_off = time.monotonic(), 0
        while broken_off < len(unread) and time.monotonic() - since < 30:
            most = max(most, memory(recovering))
            broken_off = recovering.log().count("big.mp4 status=200 sent=false")
            time.sleep(0.05)
        assert broken_off == len(unread)
    record_property("bytes_an_unread_answer", round((most - before) / len(unread)))
    print(f"{(most - before) / len(unread):.0f} bytes an unread answer")
    assert most - before < len(unread) * 64 * 1024


def test_one_url_takes_few_places(recovering):
    """More slow PUTs of one file than uploads are taken in all: two of them are, and another's upload goes on."""
    greedy, other = (Client(recovering.url).register() for _ in range(2))
    target = greedy.begin_upload(MIB)["upload"]["url"].removeprefix(recovering.url)
    head = request("PUT", target, "Content-Type: video/mp4", f"Content-Length: {MIB}")
    stack, slow = opened(recovering, 300)
    with stack:
        for connection in slow:
            connection.send(head + b"x")
        expect(other.send(other.begin_upload(MIB)["upload"], bytes(MIB)), 200)
        answers = [connection.receive("PUT", target) for connection in slow]
        taken = [answer for answer in answers if answer.status == 408]
        assert 2 <= len(taken) <= 8, "two at once, until their time is over"
        for answer in answers:
            if answer not in taken:
                assert (answer.status, answer.code) == (503, "overloaded") and int(answer.headers["Retry-After"]) > 0


def test_one_upload_takes_few_places(recovering):
    """Many parts at once: each of them has its place while there are few."""
    owner = Client(recovering.url).register()
    video = owner.begin_upload(65 * 5 * MIB)["video"]["id"]
    targets = [part["url"].removeprefix(recovering.url) for part in owner.sign_parts(video, range(1, 31))]
    size = owner.get(f"/videos/{video}/upload").json()["part_size"]
    stack, slow = opened(recovering, len(targets))
    with stack:
        for connection, target in zip(slow, targets, strict=True):
            head = request("PUT", target, "Content-Type: video/mp4", f"Content-Length: {size}")
            connection.send(head + b"x")
        answers = [connection.receive("PUT", target) for connection, target in zip(slow, targets, strict=True)]
    statuses = [answer.status for answer in answers]
    assert 16 <= statuses.count(408) <= 30 - 8 and statuses.count(408) + statuses.count(503) == 30


def test_deadlines_hold_while_no_file_can_be_opened(hasty, tmp_path):
    """Also when thousands have just left, whose memory is to be given back by the threads that are stuck."""
    prefix = "videos/AAAAAAAAAAA/rB/"
    file = hasty.data_dir / "media" / prefix / "stuck.mp4"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    target = f"/{behind.media_token(hasty, prefix, 1 << 31)}/{prefix}stuck.mp4"
    stack, idle = opened(hasty, 3000)
    with stack, contextlib.ExitStack() as stuck:
        assert idle[-1].exchange("GET", "/healthz").status == 200
        time.sleep(0.6)  # they have been counted
        with injected(hasty, "openat:error=EIO:delay_enter=8000000", file, tmp_path / "trace"):
            waiting = [stuck.enter_context(Connection(hasty.port, 30)).send(request("GET", target)) for _ in range(64)]
            time.sleep(0.5)
            stack.close()
            time.sleep(1.5)  # they have been missed
            since, slow = time.monotonic(), [stuck.enter_context(Connection(hasty.port)) for _ in range(8)]
            for connection in slow:
                connection.send(b"GET /healthz HTTP/1.1\r\n")
            assert [connection.receive("GET", "/healthz").status for connection in slow] == [408] * len(slow)
            assert time.monotonic() - since < 4.5
            assert answered(waiting) == [], "no file could be opened all the while"
            assert waiting[0].receive("GET", target).status == 503


def test_bodies_that_break_off_anywhere(recovering):
    """Leaves, politely or by reset, at a random byte of uploads and JSON, in plain and chunked form."""
    dice = random.Random(11)
    owner = Client(recovering.url).register()
    size = 300_000
    tickets = [owner.begin_upload(size)["upload"] for _ in range(4)]
    puts = [request("PUT", t["url"].removeprefix(recovering.url), "Content-Type: video/mp4", body=b"x" * size)
            for t in tickets]  # fmt: skip
    chunked = CHUNKS + b"".join(b"1;e=1\r\n%c\r\n" % byte for byte in LOGIN) + b"0\r\nX: y\r\n\r\n"
    whole = [*puts, request("POST", "/auth/login", JSON, body=LOGIN), chunked]
    for _ in range(100 * ROUNDS):
        data = dice.choice(whole)
        with Connection(recovering.port) as connection:
            connection.send(data[: dice.randrange(1, len(data))])
            if dice.random() < 0.5:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    eventually(lambda: not any((recovering.data_dir / "media/.incoming").iterdir()))
    expect(owner.send(tickets[0], b"x" * size), 200)


def test_ten_thousand_idle_connections(tmp_path, many_descriptors, record_property):
    count = min(10_000, many_descriptors - 1000)
    large = request("GET", "/healthz", "X-Large: " + "a" * 20_000)
    with Server(tmp_path / "data", LUOT_WORKERS=0, LUOT_MAX_CONNECTIONS=count + 100) as server:
        with Connection(server.port) as connection:
            for _ in range(200):
                assert connection.exchange("GET", "/feed").status == 200
        start = memory(server)
        with contextlib.ExitStack() as stack, Witness(server):
            idle = [stack.enter_context(Connection(server.port)) for _ in range(count)]
            for connection in idle:  # each has been of use before, and sent as large a head as may be
                connection.send(large)
                assert connection.receive().status == 200
            each = (memory(server) - start) / count
            record_property("bytes_a_connection", round(each))
            print(f"{each:.0f} bytes a connection")
            assert each < 16 * 1024
            assert all(connection.exchange("GET", "/healthz").status == 200 for connection in idle[:: count // 100])
        eventually(lambda: descriptors(server) < 200)
        eventually(lambda: memory(server) < start + 32 * MIB)
        assert server.stop() == 0
