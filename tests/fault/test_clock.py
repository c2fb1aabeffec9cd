"""A wall clock that is set back, or forward and back again: nobody is locked out, nothing stands still."""

import email.utils
import time

import pytest

from behind import MICROSECONDS, decode_id, eventually, sql
from client import Client, expect
from fake_clock import ClockedServer
from raw_http import Connection

HOUR, DAY = 3600, 86400


@pytest.fixture
def server(tmp_path):
    started = ClockedServer(tmp_path / "data")
    yield started
    started.kill()


def check_service(server, client, clip):
    """What depends on times: tokens, limits, writes, jobs, signed URLs."""
    answer = client.get("/me")
    expect(answer, 200)
    assert abs(email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp() - server.now()) < 10
    video = client.wait_until_done(client.upload(clip)["id"], timeout=60)
    assert video["status"] == "ready"
    assert client.get(video["hls_url"]).status_code == 200
    expect(client.post(f"/videos/{video['id']}/like"), 200)
    comment = expect(client.post(f"/videos/{video['id']}/comments", {"content": "x"}), 201)
    assert expect(client.get(f"/videos/{video['id']}/comments"), 200)["items"] == [comment]
    return video


def walk_feed(client):
    """Ids of the whole feed, page by page."""
    ids, cursor = [], None
    while True:
        params = {"kind": "new", "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = expect(client.get("/feed", params=params), 200)
        ids += [video["id"] for video in page["items"]]
        if not (cursor := page["next_cursor"]):
            return ids


def test_set_back_while_it_runs(server, clip):
    server.start()
    early = Client(server.url).register()
    made = [check_service(server, early, clip)]
    for back in (HOUR, DAY):
        server.set_clock(-back)
        made.append(check_service(server, early, clip))
        Client(server.url).register()
    ids = [video["id"] for video in made]
    assert ids == sorted(ids, reverse=True), "ids begin with their time; nothing hangs on their order"
    # So does the feed: it is by the time that the server had, and a walk through it is exact all the same.
    assert walk_feed(early) == ids
    # A refresh token, and the one that follows it.
    fresh = expect(early.post("/auth/refresh", {"refresh_token": early.refresh_token}), 200)
    expect(early.post("/auth/refresh", {"refresh_token": fresh["refresh_token"]}), 200)
    server.set_clock(0)
    check_service(server, Client(server.url).register(), clip)


def test_views_count_on(server, clip):
    """Of cards that were handed out before the clock was set back, too, and once in half an hour as ever."""
    server.start()
    owner = Client(server.url).register()
    video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
    viewer, later = Client(server.url).register(), Client(server.url).register()
    report = {"play_token": owner.get(f"/videos/{video}").json()["play_token"], "watched_ms": 3000}
    time.sleep(2)
    assert expect(viewer.post(f"/videos/{video}/view", report), 200)["counted"]
    server.set_clock(-DAY)
    assert expect(viewer.post(f"/videos/{video}/view", report), 200)["reason"] == "already_counted"
    assert expect(later.post(f"/videos/{video}/view", report), 200)["counted"]
    eventually(lambda: sql(server, "select view_count from videos") == [(2,)])


def test_limits_go_by_time_that_passes(server):
    """Set forward, a clock grants nothing; set back, it takes nothing."""
    server.settings["LUOT_RATE_LIMITS"] = "on"
    server.start()
    client = Client(server.url).register()
    login = {"email": "nobody@example.org", "password": "wrong password"}
    refused = eventually(lambda: [a for a in [client.post("/auth/login", login)] if a.status_code == 429])[0]
    for shift in (DAY, -DAY, 0):
        server.set_clock(shift)
        again = client.post("/auth/login", login)
        expect(again, 429, "rate_limited")
        assert int(again.headers["Retry-After"]) <= int(refused.headers["Retry-After"])
    server.set_clock(-HOUR)
    for _ in range(20):
        expect(client.get("/me"), 200)
    assert any(client.get("/feed").status_code == 429 for _ in range(1000))
    server.set_clock(-DAY)
    time.sleep(2)
    expect(client.get("/feed"), 200)


def test_deadlines_do_not_move(server):
    """An idle connection neither ends early nor stays for ever."""
    server.settings["LUOT_IDLE_TIMEOUT"] = 3
    server.start()
    with Connection(server.port) as connection:
        assert connection.exchange("GET", "/healthz").status == 200
        begun = time.monotonic()
        server.set_clock(DAY)
        assert connection.exchange("GET", "/healthz").status == 200
        server.set_clock(-DAY)
        assert connection.is_closed()
        assert 2 < time.monotonic() - begun < 10


def test_set_back_between_runs(server, clip):
    """The worker died with a lease, and a job waited for its next try, by a clock that was wrong."""
    server.start()
    client = Client(server.url).register()
    videos = [client.upload(clip)["id"] for _ in range(2)]
    for back in (HOUR, DAY):
        for video in videos:
            assert client.wait_until_done(video)["status"] == "ready"
        server.kill()
        now = int(server.now() * MICROSECONDS)
        waiting, leased = map(decode_id, videos)
        sql(server, "update videos set status = 'processing'")
        sql(server, "update jobs set state = 'queued', run_at = ? where video_id = ?", now + 10 * MICROSECONDS, waiting)
        sql(server, "update jobs set state = 'running', lease_token = 'x', lease_expires_at = ? where video_id = ?",
            now + 20 * MICROSECONDS, leased)  # fmt: skip
        server.set_clock(server.shift - back)
        server.start()
        for video in videos:
            assert client.wait_until_done(video, timeout=60)["status"] == "ready"


def test_a_refresh_token_used_twice_is_noticed_though_the_clock_was_set_back(server):
    server.start()
    client = Client(server.url).register()
    expect(client.post("/auth/refresh", {"refresh_token": client.refresh_token}), 200)
    server.set_clock(-HOUR)
    expect(client.post("/auth/refresh", {"refresh_token": client.refresh_token}), 401, "invalid_refresh_token")
