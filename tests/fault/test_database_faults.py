"""A database that cannot write, sync or read: a clear 503 for those who need it, and nothing that was answered lost."""

import os
import sqlite3
import subprocess
import time

import pytest

import behind
from behind import sql
from client import Client, expect
from injection import injected
from load import (
    answered, check_comments, check_counters, check_like_and_comment_counters, check_likes, check_views, end_load,
    start_load, unanswered,
)  # fmt: skip
from luot import BINARY, Server
from small_disk import small_disk

SECONDS = min(5, int(os.environ.get("LUOT_FAULT_ROUNDS", "3")) / 3)  # under each fault


@pytest.fixture(scope="module")
def published(tmp_path_factory, clip):
    """(server, owner, video): of this module, to be hurt and healed."""
    server = Server(tmp_path_factory.mktemp("faults") / "data").start()
    try:
        owner = Client(server.url).register()
        yield server, owner, owner.wait_until_done(owner.upload(clip)["id"])["id"]
    finally:
        server.kill()


def log_of(server):
    return server.data_dir / "luot.db-wal"


def check_refused(answer, code):
    expect(answer, 503, code)
    assert int(answer.headers["Retry-After"]) >= 1


def check_reads(client, video):
    expect(client.get(f"/videos/{video}"), 200)
    assert expect(client.get("/feed"), 200)["items"]
    expect(client.get(f"/videos/{video}/comments"), 200)
    expect(client.get("/healthz"), 200)
    expect(client.get("/readyz"), 200)


def check_writes(client, video):
    expect(client.post(f"/videos/{video}/like"), 200)
    expect(client.delete(f"/videos/{video}/like"), 200)
    expect(client.post(f"/videos/{video}/comments", {"content": "x"}), 201)


@pytest.mark.parametrize(("call", "error", "code"), [
    ("fdatasync", "EIO", "unavailable"), ("pwrite64", "ENOSPC", "storage_full"),
    ("pwrite64", "EIO", "unavailable"), ("pwrite64", "EROFS", "unavailable"),
])  # fmt: skip
def test_while_nothing_can_be_written_reads_go_on(published, tmp_path, call, error, code):
    server, owner, video = published
    with injected(server, f"{call}:error={error}", log_of(server), tmp_path / "trace"):
        for _ in range(3):
            check_refused(owner.post(f"/videos/{video}/comments", {"content": f"{call} {error}"}), code)
            check_reads(owner, video)
        check_refused(owner.post("/videos/upload", {"title": "t", "filename": "f", "content_type": "video/mp4",
                                                    "size": 1}), code)  # fmt: skip
    check_writes(owner, video)
    if call == "pwrite64":  # what was written, but not synced, may be there later
        assert not sql(server, "select 1 from comments where content = ?", f"{call} {error}")


@pytest.mark.parametrize("fault", [
    "fdatasync:error=EIO:when=4+7", "pwrite64:error=ENOSPC:when=7+31", "pwrite64:error=EIO:when=7+31",
])  # fmt: skip
def test_faults_amid_a_load_lose_nothing_that_was_answered(published, tmp_path, tell, fault):
    """Again and again for one call: those that share its commit are refused, the next commit is as any."""
    server, _, video = published
    workers = start_load(server, [video], refused=("unavailable", "storage_full"))
    with injected(server, fault, log_of(server), tmp_path / "trace"):
        time.sleep(SECONDS)
    end_load(workers)
    assert answered(workers) and unanswered(workers)
    for _ in range(2):
        check_comments(server, workers)
        check_likes(server, workers)
        check_like_and_comment_counters(server)
        check_views(server, workers)
        check_counters(server, [video])
        server.kill()  # and what the log holds is no less
        server.start()
    tell(f"{fault}: {answered(workers)} answers, {unanswered(workers)} refused")


def test_a_full_disk(tmp_path, clip, tell):
    """A real one: the database's own file system."""
    with small_disk(tmp_path / "disk", 12) as disk:
        server = Server(disk.folder / "data", LUOT_STORAGE_URL=f"file:{tmp_path / 'media'}")
        server.log_path = tmp_path / "log"
        with server:
            owner = Client(server.url).register()
            video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
            disk.fill()
            stored = 0
            # The log's file has some room left from before.
            while (answer := owner.post(f"/videos/{video}/comments", {"content": "x" * 1000})).status_code == 201:
                stored += 1
            check_refused(answer, "storage_full")
            check_reads(owner, video)
            disk.free()
            check_writes(owner, video)
            assert sql(server, "select comment_count from videos") == [(stored + 1,)]
            check_like_and_comment_counters(server)
    tell(f"full disk after {stored} comments")


def test_what_cannot_be_read_is_told_and_passes(published, tmp_path):
    server, owner, video = published
    check_writes(owner, video)  # so that readers must look into the log
    with injected(server, "pread64:error=EIO", log_of(server), tmp_path / "trace"):
        check_refused(owner.get(f"/videos/{video}"), "unavailable")
        check_refused(owner.get(f"/videos/{video}/comments"), "unavailable")
        expect(owner.get("/healthz"), 200)
    check_reads(owner, video)
    check_writes(owner, video)


def test_another_process_that_writes_for_long(published):
    server, owner, video = published
    other = sqlite3.connect(server.data_dir / "luot.db", isolation_level=None)
    other.execute("begin immediate")
    try:
        check_refused(owner.post(f"/videos/{video}/like"), "unavailable")
        check_reads(owner, video)
    finally:
        other.close()
    check_writes(owner, video)


def test_what_a_crash_left_in_the_log_is_on_the_disk_before_it_is_believed(published, tmp_path):
    """A commit that was written, not synced, when the process died would else be told as done, and lost after all."""
    server, owner, video = published
    check_writes(owner, video)
    server.kill()
    try:
        assert log_of(server).stat().st_size > 0
        trace = tmp_path / "trace"
        subprocess.run(["strace", "-f", "-y", "-o", trace, "-e", "trace=pwrite64,fdatasync", BINARY, "migrate"],
                       env={"PATH": os.environ["PATH"], "LUOT_DATA_DIR": str(server.data_dir)}, check=True,
                       capture_output=True)  # fmt: skip
        calls = [line.split(None, 1)[1] for line in trace.read_text().splitlines() if "luot.db-wal>" in line]
        assert calls[0].startswith("pwrite64(") and any(call.startswith("fdatasync(") for call in calls), calls
    finally:
        server.start()
    check_writes(owner, video)


def refusal(data, **settings):
    """The last line of a server that does not start."""
    done = subprocess.run([BINARY, "serve"], capture_output=True, text=True, timeout=20, check=False,
                          env={"PATH": os.environ["PATH"], "LUOT_DATA_DIR": str(data), **settings})  # fmt: skip
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


def test_a_read_only_folder_is_refused_at_the_start(tmp_path):
    with small_disk(tmp_path / "disk", 12) as disk:
        server = Server(disk.folder / "data")
        server.log_path = tmp_path / "log"
        with server:
            Client(server.url).register()
        disk.remount("ro")
        assert refusal(server.data_dir) == f"luot: cannot write to {server.data_dir}: Read-only file system"
        elsewhere = refusal(tmp_path / "data", LUOT_STORAGE_URL=f"file:{disk.folder / 'data/media'}")
        assert elsewhere == f"luot: cannot write to {disk.folder / 'data/media'}: Read-only file system"
        elsewhere = refusal(tmp_path / "data", LUOT_DATABASE_URL=f"sqlite:{server.data_dir / 'luot.db'}")
        assert elsewhere == f"luot: cannot write to {server.data_dir}: Read-only file system"
        disk.remount("rw")
        with server:
            expect(Client(server.url).get("/readyz"), 200)


def test_a_full_disk_is_refused_at_the_start(tmp_path):
    with small_disk(tmp_path / "disk", 1) as disk:
        disk.fill()
        assert refusal(disk.folder / "data") == "luot: cannot start; see the log above. The disk is full."
        disk.free()
        server = Server(disk.folder / "data")
        server.log_path = tmp_path / "log"
        with server:
            expect(Client(server.url).get("/readyz"), 200)


def test_a_locked_or_foreign_database_is_refused_at_the_start(tmp_path):
    data = tmp_path / "data"
    with Server(data):
        pass
    other = sqlite3.connect(data / "luot.db", isolation_level=None)
    other.execute("begin immediate")
    assert refusal(data) == f"luot: cannot use the database {data / 'luot.db'}: database is locked"
    other.close()
    (tmp_path / "notes.db").write_text("This is no database. " * 100)
    words = refusal(data, LUOT_DATABASE_URL=f"sqlite:{tmp_path / 'notes.db'}")
    assert words == f"luot: cannot use the database {tmp_path / 'notes.db'}: file is not a database"
