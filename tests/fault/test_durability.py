"""What was answered is on the disk: seen in the system calls, and after kill -9 in the middle of a load.

LUOT_FAULT_ROUNDS sets how many times the server is killed (3)."""

import os
import random
import time

import pytest

import behind
from behind import sql
from client import Client, expect
from load import (
    answered, check_comments, check_like_and_comment_counters, check_likes, end_load, start_load, unanswered,
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


def test_writes_are_synced_before_they_are_answered(own_server, clip, tmp_path):
    owner = Client(own_server.url).register()
    video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
    token = behind.play_token(own_server, video, int(time.time()) - 60)
    trace = Trace(own_server, tmp_path / "trace")
    expect(owner.post(f"/videos/{video}/like"), 200)
    expect(owner.delete(f"/videos/{video}/like"), 200)
    expect(owner.post(f"/videos/{video}/comments", {"content": "x"}), 201)
    assert expect(owner.post(f"/videos/{video}/view", {"play_token": token, "watched_ms": 9000}), 200)["counted"]
    expect(owner.post("/auth/refresh", {"refresh_token": owner.refresh_token}), 200)
    lines = trace.end()
    assert not has(calls_between(lines, "GET /healthz", "HTTP/1.1 200"), "fdatasync"), "a read syncs nothing"
    for request, answer in (
        (f"POST /videos/{video}/like", "200 OK"),
        (f"DELETE /videos/{video}/like", "200 OK"),
        (f"POST /videos/{video}/comments", "201 Created"),
        (f"POST /videos/{video}/view", "200 OK"),
        ("POST /auth/refresh", "200 OK"),
    ):
        assert has(calls_between(lines, request, f"HTTP/1.1 {answer}"), r"fdatasync\(.*= 0|fdatasync resumed"), request


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


def check_views(server, workers):
    for worker in workers:
        viewer = "u" + worker.client.user["id"]
        rows = sql(server, "select video_id, sum(views) from view_log where viewer = ? group by video_id", viewer)
        assert all(views <= 1 for _, views in rows), "once in a window, before and after the crash"
        stored = {video for video, views in rows if views}
        counted = {video for action, video, _, answer in worker.done if action == "view" and answer and answer["counted"]}
        unanswered = {video for action, video, _, answer in worker.done if action == "view" and not answer}
        assert {*map(behind.decode_id, counted)} <= stored <= {*map(behind.decode_id, counted | unanswered)}


def check_counters(server, videos):
    """All that the rows say. Those of views follow the log within a second or two."""
    behind.eventually(lambda: sql(server, "select last_seq = (select max(seq) from view_log) from view_sync") == [(1,)])
    for video in map(behind.decode_id, videos):
        counted = sql(
            server,
            "select view_count, start_count, completion_count, watched_ms, like_count, comment_count from videos "
            "where id = ?",
            video,
        )
        rows = sql(
            server,
            "select coalesce(sum(views), 0), coalesce(sum(starts), 0), coalesce(sum(completions), 0), "
            "coalesce(sum(watched_ms), 0), (select count(*) from likes where video_id = ?1), "
            "(select count(*) from comments where video_id = ?1) from view_log where video_id = ?1",
            video,
        )
        assert counted == rows


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
            check_comments(server, everybody)
            check_likes(server, everybody)
            check_like_and_comment_counters(server)
            check_views(server, workers)
            check_counters(server, videos)
        assert answered(everybody) > ROUNDS * 50, "a load, not a trickle"
        tell(f"{ROUNDS} x kill -9 under load: {answered(everybody)} answers, {unanswered(everybody)} requests without")
    finally:
        server.kill()
