"""The production stack under the tests' servers, with LUOT_TEST_STACK=production: PostgreSQL, Redis and Ceph's S3.

They are those that CTest's fixture `engines` has started (LUOT_TEST_ENGINES), or else this test run's own.
"""

import atexit
import contextlib
import datetime
import functools
import json
import os
import pathlib
import re
import secrets
import shutil
import tempfile

from engines.shared import reached, started
from s3_store import Bucket

# Tests write and read times as SQLite has them: in microseconds since 1970. In a schema that the server never sees, but
# for the casts, which are of whole databases.
TIMES = """
create schema behind;
create function behind.moment(bigint) returns timestamptz language sql immutable
  as 'select timestamptz ''epoch'' + $1 * interval ''1 microsecond''';
create function behind.moment(integer) returns timestamptz language sql immutable as 'select behind.moment($1::bigint)';
create function behind.earlier(timestamptz, bigint) returns timestamptz language sql immutable
  as 'select $1 - $2 * interval ''1 microsecond''';
create cast (bigint as timestamptz) with function behind.moment(bigint) as assignment;
create cast (integer as timestamptz) with function behind.moment(integer) as assignment;
create operator behind.- (leftarg = timestamptz, rightarg = bigint, function = behind.earlier);
"""
EPOCH = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)


@functools.cache
def engines():
    """(Postgres, Redis, Ceph), made when the first server wants them."""
    if folder := os.environ.get("LUOT_TEST_ENGINES"):
        return reached(pathlib.Path(folder))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="luot-engines-"))
    own = started(folder)

    def end():
        for engine in own:
            engine.close()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return own


@functools.cache
def place_of(data_dir):
    """The place of the servers with that data folder: those that come later find what earlier ones left."""
    return Place(*engines())


class Place:
    """A database, a Redis database and a bucket of its own."""

    def __init__(self, postgres, redis, ceph):
        self.postgres = postgres
        self.redis = redis
        self.database = postgres.new_database()
        self.state = redis.new_database()
        self.bucket = Bucket(ceph)
        self.secret = secrets.token_hex(32)
        postgres.sql(TIMES, self.database)

    @property
    def settings(self):
        """The environment of a server that keeps its data here."""
        urls = {"LUOT_DATABASE_URL": self.database, "LUOT_STATE_URL": self.state, "LUOT_SECRET": self.secret}
        return urls | self.bucket.settings

    def sql(self, statement):
        """Runs one statement; returns its rows, where it is a query."""
        is_query = statement.startswith("select")
        asked = f"select row_to_json(r) from ({statement}) r" if is_query else statement
        told = self.postgres.sql(f"set search_path = public, behind; {asked}", self.database)
        return [self._row(line) for line in told.split("\n")] if told else []

    @contextlib.contextmanager
    def locked(self):
        """Its tables can be read and not written."""
        with self.postgres.session(self.database) as session:
            session("begin; lock table users, videos, uploads, uploads_begun, jobs in exclusive mode")
            yield

    def ask_redis(self, *words):
        return self.redis.command("-n", self.state.rpartition("/")[2], *words)

    @staticmethod
    def _row(line):
        return tuple(in_microseconds(value) for _, value in json.loads(line, object_pairs_hook=list))


def in_microseconds(value):
    """A time as SQLite has it; anything else as it is."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+[+-]\d\d:\d\d", value):
        return value
    seconds, _, rest = value.partition(".")
    digits, zone = re.fullmatch(r"(\d*)([+-].*)", rest).groups() if rest else ("", "")
    moment = datetime.datetime.fromisoformat(f"{seconds}.{digits.ljust(6, '0')}{zone}" if rest else seconds)
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)
