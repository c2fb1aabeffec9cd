"""A migration that is killed leaves the database as it was, or migrated: never between, and with every row.

The process is killed at one of its own system calls, which makes moments of those that are too short to hit by chance.
LUOT_FAULT_ROUNDS sets how many moments are taken (3)."""

import os
import random
import re
import shutil
import sqlite3
import subprocess

import pytest

from behind import encode_id
from client import Client, expect
from injection import kill_at, trace_calls
from luot import BINARY, ROOT, Server

ROUNDS = int(os.environ.get("LUOT_FAULT_ROUNDS", "3"))
CALLS = ("pwrite64", "fdatasync", "fsync", "ftruncate", "unlink")
MIGRATIONS = sorted((ROOT / "migrations/sqlite").glob("*.sql"))
ROWS = 3000

# Rows of the first version, that those of every later version are made from.
FILL = """
with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows})
  insert into users select i, 'user' || i, 'u' || i || '@example.org', 'x', i from n;
insert into videos (id, user_id, title, description, visibility, status, rev, view_count, like_count,
  comment_count, created_at, playable_at, published_at)
  select id, id, 'title ' || id, 'about', 'public', 'ready', 'r1', 1, 1, 1, id, id, id from users;
insert into views select id, id, 'u' || id, 9000, id from users;
insert into likes select id, id, id from users;
insert into comments select id, id, id, 'comment ' || id, id from users;
insert into refresh_tokens select 'hash ' || id, id, id, id, 1, null from users;
insert into jobs (id, kind, video_id, payload, state, run_at, created_at)
  select id, 'transcode', id, 'originals/' || id, 'done', id, id from videos;
create table schema_migrations (number integer primary key, name text not null, applied_at integer not null);
insert into schema_migrations values (1, '0001_init.sql', 1);
"""


def make_first_version(folder):
    folder.mkdir()
    connection = sqlite3.connect(folder / "luot.db")
    connection.execute("pragma journal_mode = wal")
    connection.executescript("begin;" + MIGRATIONS[0].read_text() + FILL.format(rows=ROWS) + "commit;")
    connection.close()


def make_nothing(folder):
    folder.mkdir()


def dump(folder):
    """Schema and rows, without the times of the migrations. SQLite recovers here as it would for the server."""
    connection = sqlite3.connect(folder / "luot.db")
    try:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert not connection.execute("pragma foreign_key_check").fetchall()
        lines = list(connection.iterdump())
    finally:
        connection.close()
    return [re.sub(r"(INSERT INTO \"schema_migrations\".*),\d+\);", r"\1);", line) for line in lines]


def settings(folder):
    return {"PATH": os.environ["PATH"], "LUOT_DATA_DIR": str(folder)}


def migrate(folder):
    subprocess.run([BINARY, "migrate"], env=settings(folder), check=True, capture_output=True)


@pytest.mark.parametrize("make", [make_nothing, make_first_version])
def test_a_killed_migration_is_as_if_it_had_not_begun_or_done(tmp_path, make, tell):
    make(tmp_path / "before")
    shutil.copytree(tmp_path / "before", tmp_path / "after")
    moments = trace_calls(CALLS, tmp_path / "trace", "migrate", **settings(tmp_path / "after"))
    before, after = dump(tmp_path / "before"), dump(tmp_path / "after")
    assert sum(1 for line in after if line.startswith('INSERT INTO "schema_migrations"')) == len(MIGRATIONS)
    seen = {"before": 0, "after": 0}
    for moment in random.sample(moments, min(ROUNDS * 4, len(moments))):
        folder = tmp_path / "killed"
        shutil.copytree(tmp_path / "before", folder)
        assert kill_at(moment, tmp_path / "trace", "migrate", **settings(folder)), moment
        shutil.copytree(folder, tmp_path / "seen")  # for a look changes what it looks at
        state = dump(tmp_path / "seen")
        assert state in (before, after), f"killed at {moment}: neither old nor new"
        seen["after" if state == after else "before"] += 1
        migrate(folder)
        assert dump(folder) == after, f"killed at {moment}"
        shutil.rmtree(folder)
        shutil.rmtree(tmp_path / "seen")
    with Server(tmp_path / "after") as server:
        client = Client(server.url).register()
        if make is make_first_version:
            [comment] = expect(client.get(f"/videos/{encode_id(1)}/comments"), 200)["items"]
            assert comment["content"] == "comment 1"
    tell(f"{make.__name__}: migration killed at {sum(seen.values())} of its {len(moments)} calls; found {seen}")
