"""What was answered is on the disk: seen in the system calls, and after kill -9 in the middle of a load.

LUOT_FAULT_ROUNDS sets how many times the server is killed (3)."""

import os
import random
import re
import threading
import time

import pytest

import behind
from behind import sql
from client import Client, expect
from load import (
    answered, check_comments, check_counters, check_like_and_comment_counters, check_likes, check_view_counts,
    check_views, end_load, start_load, unanswered, wait_for_sync,
)  # fmt: skip
from luot import Server
from traces import Trace, calls_between, has

ROUNDS = int(os.environ.get("LUOT_FAULT_ROUNDS", "3"))
VIDEOS = 5


@pytest.fixture
def own_server(tmp_path):
    server = Server(tmp_path / "data").start()
    yield server
    server.kill()


@pytest.mark.embedded_only("the calls of SQLite; PostgreSQL and Redis write for themselves")
def test_writes_are_synced_before_they_are_answered(own_server, clip, tmp_path):
    owner = Client(own_server.url).register()
    video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
    token = behind.play_token(own_server, video, int(time.time()) - 60)
    trace = Trace(own_server, tmp_path / "trace")
    expect(owner.post(f"/videos/{video}/like"), 200)
    expect(owner.delete(f"/videos/{video}/like"), 200)
    comment = expect(owner.post(f"/videos/{video}/comments", {"content": "x"}), 201)["id"]
    expect(owner.delete(f"/videos/{video}/comments/{comment}"), 204)
    assert expect(owner.post(f"/videos/{video}/view", {"play_token": token, "watched_ms": 9000}), 200)["counted"]
    expect(owner.post("/auth/refresh", {"refresh_token": owner.refresh_token}), 200)
    Client(own_server.url).register()
    other = owner.begin_upload(1)["video"]["id"]
    expect(owner.delete(f"/videos/{other}/upload"), 204)
    expect(owner.request("PATCH", f"/videos/{video}", json={"visibility": "private"}), 200)
    expect(owner.delete(f"/videos/{video}"), 204)
    lines = trace.end()
    assert not has(calls_between(lines, "GET /healthz", "HTTP/1.1 200"), "fdatasync"), "a read syncs nothing"
    for request, answer in (
        (f"POST /videos/{video}/like", "200 OK"),
        (f"DELETE /videos/{video}/like", "200 OK"),
        (f"POST /videos/{video}/comments", "201 Created"),
        (f"DELETE /videos/{video}/comments/{comment}", "204 No"),
        (f"POST /videos/{video}/view", "200 OK"),
        ("POST /auth/refresh", "200 OK"),
        ("POST /auth/register", "201 Created"),
        ("POST /videos/upload", "201 Created"),
        (f"DELETE /videos/{other}/upload", "204 No"),
        (f"PATCH /videos/{video}", "200 OK"),
        (f"DELETE /videos/{video}", "204 No"),
    ):
        calls = calls_between(lines, f"{request} HTTP", f"HTTP/1.1 {answer}")
        assert has(calls, r"fdatasync\(.*= 0|fdatasync resumed"), request


@pytest.mark.embedded_only("the calls of SQLite; PostgreSQL and Redis write for themselves")
def test_under_load_each_answer_comes_after_a_sync_of_what_was_written_for_it(own_server, clip, tmp_path, tell):
    """Of each like under load: after it came, frames are written, a sync begins after that, and ends before the answer."""
    owner = Client(own_server.url).register()
    video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
    clients = [Client(own_server.url).register() for _ in range(24)]
    trace = Trace(own_server, tmp_path / "trace", Trace.CALLS + ",pwrite64")
    threads = [threading.Thread(target=like_and_unlike, args=(client, video)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    proofs = follow_likes(trace.end())
    assert proofs == len(clients) * 10
    tell(f"{proofs} likes, each synced before its answer")


def like_and_unlike(client, video):
    for _ in range(5):
        expect(client.post(f"/videos/{video}/like"), 200)
        expect(client.delete(f"/videos/{video}/like"), 200)


def follow_likes(lines):
    """How many likes were answered, each after a sync that began when frames were written since the like came."""
    came, written, synced = {}, set(), set()  # connection -> its like, by number; likes that have come so far
    receiving = {}  # thread -> connection
    calls = {}  # thread -> whether it syncs or writes, and for which likes
    proofs = number = 0
    for line in lines:
        thread, call = line.split(None, 1)
        if found := re.match(r"recv\w+\((\d+), ", call):
            receiving[thread] = found[1]
        if re.match(r"(recv|<... recv).*/like HTTP", call):
            number += 1
            came[receiving[thread]] = number
        elif found := re.match(r"send\w+\((\d+), .*HTTP/1.1 200 OK.*like_count", call):
            assert came.pop(found[1]) in synced, line
            proofs += 1
        elif call.startswith("pwrite64("):
            calls[thread] = False, set(came.values())
        elif call.startswith("fdatasync("):
            calls[thread] = True, set(written)
        if re.match(r"(<... )?(pwrite64|fdatasync)[ (].* = \d+$", call):
            sync, likes = calls.pop(thread)
            (synced if sync else written).update(likes)
    return proofs


@pytest.mark.embedded_only("the calls of the local folder; a bucket writes for itself")
def test_files_and_folders_are_synced_before_they_are_recorded(own_server, clip, tmp_path):
    owner = Client(own_server.url).register()
    trace = Trace(own_server, tmp_path / "trace")
    video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
    lines = trace.end()
    put = calls_between(lines, f"PUT /storage/uploads/{video}", "HTTP/1.1 200 OK")
    synced = next(i for i, line in enumerate(put) if "fdatasync" in line)
    renamed = next(i for i, line in enumerate(put) if "rename(" in line)
    assert synced < renamed and has(put[renamed:], r"fsync\(.*= 0|fsync resumed")
    complete = calls_between(lines, f"POST /videos/{video}/upload/complete", "HTTP/1.1 202")
    renamed = next(i for i, line in enumerate(complete) if "originals" in line)
    assert has(complete[renamed:], r" fsync") and has(complete[renamed:], r"fdatasync")
    playlist = next(i for i, line in enumerate(lines) if "rename(" in line and "master.m3u8" in line)
    assert "fsync" in lines[playlist - 1] or "fsync" in lines[playlist - 2], "the file before its name"
    after = [i for i, line in enumerate(lines) if i > playlist and " fsync" in line]
    assert after and has(lines[after[0]:], "fdatasync"), "the folder before the database"


def test_kill_9_under_load_loses_nothing_that_was_answered(tmp_path, clip, tell):
    server = Server(tmp_path / "data").start()
    owner = Client(server.url).register()
    original = owner.wait_until_done(owner.upload(clip)["id"])["id"]
    videos = [original, *behind.clone_videos(server, original, VIDEOS - 1, lambda i: i + 1)]
    everybody = []
    try:
        for _ in range(ROUNDS):
            workers = start_load(server, videos)
            time.sleep(random.uniform(0.3, 1.5))
            server.kill()
            end_load(workers)
            everybody += workers
            server.start()
            # Also what was answered before earlier deaths.
            if server.place:
                wait_for_sync(server, server.place.ask_redis)
            check_comments(server, everybody)
            check_likes(server, everybody)
            check_like_and_comment_counters(server)
            if server.place:
                check_view_counts(server, everybody)
            else:
                check_views(server, everybody)
                check_counters(server, videos)
        assert answered(everybody) > ROUNDS * 50, "a load, not a trickle"
        tell(f"{ROUNDS} x kill -9 under load: {answered(everybody)} answers, {unanswered(everybody)} requests without")
    finally:
        server.kill()
