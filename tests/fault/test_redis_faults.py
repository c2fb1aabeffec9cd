"""Redis that is down, hangs, comes back, was emptied, may evict: what waits for it, what goes on, and what is stored.

LUOT_FAULT_ROUNDS sets how many times the server is killed (3)."""

import os
import random
import re
import subprocess
import time

import pytest

import behind
from behind import eventually, sql
from client import Client, expect
from engines.redis import Redis
from load import (
    answered, check_comments, check_like_and_comment_counters, check_likes, check_view_counts, end_load, start_load,
    unanswered, wait_for_sync,
)  # fmt: skip
from luot import BINARY, Server
from metrics import metrics_of
from traces import Trace, calls_between
from witness import Witness

ROUNDS = int(os.environ.get("LUOT_FAULT_ROUNDS", "3"))
BACK = 5  # seconds, at most, after Redis is


@pytest.fixture
def redis(tmp_path):
    with Redis(tmp_path / "redis") as engine:
        yield engine


@pytest.fixture
def server(tmp_path, redis):
    with Server(tmp_path / "data", LUOT_STATE_URL=redis.url, LUOT_RATE_LIMITS="x1000") as running:
        yield running


@pytest.fixture
def owner(server):
    return Client(server.url).register()


@pytest.fixture
def video(owner, clip):
    return owner.wait_until_done(owner.upload(clip)["id"])["id"]


def report(server, client, video, issued=None):
    token = behind.play_token(server, video, issued or int(time.time()) - 60)
    return client.post(f"/videos/{video}/view", {"play_token": token, "watched_ms": 9000})


def check_all(server, redis, workers):
    wait_for_sync(server, redis.command)
    check_comments(server, workers)
    check_likes(server, workers)
    check_like_and_comment_counters(server)
    check_view_counts(server, workers)


def test_a_redis_that_is_down_hinders_views_and_likes_only(server, redis, owner, video):
    expect(owner.post(f"/videos/{video}/like"), 200)
    assert expect(report(server, owner, video), 200)["counted"]
    redis.kill()
    for answer in (owner.post(f"/videos/{video}/like"), owner.delete(f"/videos/{video}/like"), report(server, owner, video)):
        expect(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
    began = time.monotonic()
    for client in (owner, Client(server.url)):
        expect(client.get("/feed"), 200)
        expect(client.get(f"/videos/{video}"), 200)
        expect(client.get(f"/videos/{video}/comments"), 200)
    expect(owner.post(f"/videos/{video}/comments", {"content": "x"}), 201)
    other = Client(server.url).register()
    expect(other.post("/auth/login", {"email": other.user["username"] + "@example.org", "password": "correct horse"}), 200)
    other.begin_upload(10)
    assert time.monotonic() - began < 5, "nothing waits for it"
    limits = other.post(f"/videos/{video}/comments", {"content": "y"}).headers
    assert int(limits["RateLimit-Remaining"]) < int(limits["RateLimit-Limit"]), "limits go on in this node"
    told = metrics_of(owner, "state")
    assert told["connections_lost_total"] >= 1 and told["connections_failed_total"] >= 1
    redis.start()
    eventually(lambda: owner.delete(f"/videos/{video}/like").status_code == 200, timeout=BACK)
    eventually(lambda: report(server, other, video).status_code == 200, timeout=BACK)
    wait_for_sync(server, redis.command)
    counts = "select view_count, like_count from videos where id = ?"
    assert sql(server, counts, behind.decode_id(video)) == [(2, 0)]
    assert metrics_of(owner, "state")["connections"] >= 1


def test_a_redis_that_hangs_is_let_go(server, redis, owner, video):
    """It accepts connections and answers nothing; the rest goes on, and what it was told meanwhile counts once."""
    workers = start_load(server, [video], refused=("unavailable",))
    time.sleep(0.5)
    with Witness(server):
        redis.pause()
        began = time.monotonic()
        assert expect(owner.get(f"/videos/{video}"), 200) and time.monotonic() - began < 1.5
        expect(owner.post(f"/videos/{video}/like"), 503, "unavailable")
        assert time.monotonic() - began < 5
        time.sleep(max(0, 3 - (time.monotonic() - began)))
        redis.resume()
    eventually(lambda: owner.post(f"/videos/{video}/like").status_code == 200, timeout=BACK)
    time.sleep(0.5)
    end_load(workers)
    check_all(server, redis, workers)


def test_a_node_starts_without_redis(tmp_path, redis, clip):
    redis.stop()
    with Server(tmp_path / "data", LUOT_STATE_URL=redis.url) as server:
        assert "redis cannot be used" in server.log()
        owner = Client(server.url).register()
        video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
        expect(owner.post(f"/videos/{video}/like"), 503, "unavailable")
        redis.start()
        eventually(lambda: owner.post(f"/videos/{video}/like").status_code == 200, timeout=BACK)
        # What it finds then is judged as at the start.
        redis.command("config", "set", "maxmemory", "100mb")
        redis.command("config", "set", "maxmemory-policy", "allkeys-lru")
        redis.command("client", "kill", "type", "normal", "skipme", "yes")
        eventually(lambda: owner.delete(f"/videos/{video}/like").status_code == 503, timeout=BACK)
        assert "maxmemory-policy noeviction" in server.log(), "how to mend it"
        redis.command("config", "set", "maxmemory-policy", "noeviction")
        eventually(lambda: owner.delete(f"/videos/{video}/like").status_code == 200, timeout=BACK)


def serve(tmp_path, **settings):
    """The exit code of a server that is to refuse, and what it says."""
    done = subprocess.run(
        [BINARY, "serve"], capture_output=True, text=True, timeout=20,
        env={"PATH": os.environ["PATH"], "LUOT_LISTEN": "127.0.0.1:0", "LUOT_DATA_DIR": str(tmp_path / "data"), **settings},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_what_may_be_evicted_is_refused(tmp_path, redis):
    redis.command("config", "set", "maxmemory", "100mb")
    redis.command("config", "set", "maxmemory-policy", "volatile-lru")
    code, said = serve(tmp_path, LUOT_STATE_URL=redis.url)
    assert code == 1 and "volatile-lru" in said and "CONFIG SET maxmemory-policy noeviction" in said


@pytest.mark.parametrize("url", ["rediss://", "redis://", "redis://a:99999", "redis://:hush@a?ca=b", "redis://hush@a", "redis:a"])
def test_urls_that_are_none_are_refused_and_not_told(tmp_path, url):
    code, said = serve(tmp_path, LUOT_STATE_URL=url)
    assert code == 1 and "state_url" in said and "hush" not in said


def test_passwords_open_it(tmp_path, redis, clip):
    redis.command("acl", "setuser", "luot", "on", ">s@cret", "~*", "+@all")
    redis.command("config", "set", "requirepass", "other")
    right = redis.url.replace("redis://", "redis://luot:s%40cret@") + "/3"
    with Server(tmp_path / "data", LUOT_STATE_URL=right) as server:
        assert "redis cannot be used" not in server.log()
        assert "s@cret" not in server.log() and "s%40cret" not in server.log()
    with Server(tmp_path / "data", LUOT_STATE_URL=redis.url) as server:
        assert re.search("redis cannot be used.*NOAUTH", server.log())


def test_the_database_does_not_get_ahead_of_redis_disk(tmp_path, clip):
    with Redis(tmp_path / "redis", appendfsync="everysec") as redis:
        with Server(tmp_path / "data", LUOT_STATE_URL=redis.url) as server:
            assert "everysec" in server.log(), "what a crash may cost is said"
            owner = Client(server.url).register()
            video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
            expect(owner.post(f"/videos/{video}/like"), 200)
            expect(report(server, owner, video), 200)
            counts = "select view_count, like_count from videos"
            began = time.monotonic()
            while time.monotonic() - began < 4:
                assert sql(server, counts) == [(0, 0)]
                assert expect(owner.get(f"/videos/{video}"), 200)["like_count"] == 1, "its own user sees it at once"
                time.sleep(0.2)
            eventually(lambda: sql(server, counts) == [(1, 1)])


def test_a_redis_that_was_emptied_begins_from_the_database(server, redis, owner, video):
    others = [Client(server.url).register() for _ in range(3)]
    for client in others:
        expect(client.post(f"/videos/{video}/like"), 200)
        assert expect(report(server, client, video), 200)["counted"]
    wait_for_sync(server, redis.command)
    for _ in range(2):
        redis.flush()
        # What the database has is known; what was told once may count again, since nobody remembers it.
        assert expect(others[0].post(f"/videos/{video}/like"), 200) == {"liked": True, "like_count": 3}
        assert expect(others[1].delete(f"/videos/{video}/like"), 200) == {"liked": False, "like_count": 2}
        wait_for_sync(server, redis.command)
        eventually(lambda: sql(server, "select like_count from videos") == [(2,)])
        assert expect(others[1].post(f"/videos/{video}/like"), 200) == {"liked": True, "like_count": 3}
        wait_for_sync(server, redis.command)
    eventually(lambda: sql(server, "select like_count, view_count from videos") == [(3, 3)])


def test_a_view_counts_once_in_half_an_hour_whoever_restarts(server, redis, owner, video):
    issued = int(time.time()) - 3000
    assert expect(report(server, owner, video, issued), 200)["counted"]
    server.kill()
    redis.kill()
    redis.start()
    server.start()
    assert expect(report(server, owner, video, issued), 200)["reason"] == "already_counted"
    [key] = redis.command("--scan", "--pattern", "watch:*").split()
    since, rest = redis.command("get", key).split(" ", 1)
    redis.command("set", key, f"{int(since) - 1801} {rest}", "keepttl")
    assert expect(report(server, owner, video, issued), 200)["counted"]
    wait_for_sync(server, redis.command)
    counts = "select view_count, start_count, watched_ms from videos"
    assert sql(server, counts) == [(2, 2, 9000)], "milliseconds of one play token count once"


def test_kill_9_of_server_and_redis_loses_nothing_that_was_answered(tmp_path, redis, clip, tell):
    server = Server(tmp_path / "data", LUOT_STATE_URL=redis.url).start()
    owner = Client(server.url).register()
    video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
    videos = [video, *behind.clone_videos(server, video, 4, lambda i: i + 1)]
    everybody = []
    try:
        for round_ in range(ROUNDS):
            workers = start_load(server, videos, refused=("unavailable",))
            time.sleep(random.uniform(0.3, 1.5))
            if round_ % 2:
                redis.kill()
                time.sleep(0.3)
                redis.start()
                time.sleep(random.uniform(0.2, 1.5))
            server.kill()
            end_load(workers)
            everybody += workers
            server.start()
            check_all(server, redis, everybody)
        assert answered(everybody) > ROUNDS * 50, "a load, not a trickle"
        tell(f"{ROUNDS} x kill -9 beside Redis: {answered(everybody)} answers, {unanswered(everybody)} requests without")
    finally:
        server.kill()


def test_answers_come_after_what_redis_answered(server, owner, video, tmp_path):
    trace = Trace(server, tmp_path / "trace")
    expect(owner.post(f"/videos/{video}/like"), 200)
    expect(report(server, owner, video), 200)
    lines = trace.end()
    for what in ("like", "view"):
        calls = calls_between(lines, f"POST /videos/{video}/{what} HTTP", "HTTP/1.1 200 OK")
        asked = next(i for i, line in enumerate(calls) if "EVALSHA" in line and video in line)
        replies = [line for line in calls[asked + 1 :] if re.search(r'(recvmsg|recvfrom|read)\(.*"[*:]\d', line)]
        assert replies, f"Redis answered before {what} was"
