"""PostgreSQL that hangs, dies or cannot be trusted: 503 at once for those who need it, back within seconds, and nothing
that was answered is lost."""

import collections
import concurrent.futures
import errno
import os
import random
import socket
import subprocess
import threading
import time

import pytest

import behind
from client import Client
from engines import Link, Postgres
from injection import kill_at, trace_calls
from luot import BINARY, ROOT, Server
from metrics import metrics_of

ROUNDS = int(os.environ.get("LUOT_FAULT_ROUNDS", "3"))
SECRET = "0123456789abcdef0123456789abcdef"
BACK_WITHIN = 5  # seconds
MIGRATIONS = sorted((ROOT / "migrations/postgres").glob("*.sql"))


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with Postgres(tmp_path_factory.mktemp("postgres") / "postgres") as running:
        yield running


@pytest.fixture
def link(postgres):
    with Link(postgres) as cable:
        yield cable


@pytest.fixture
def server(postgres, link, tmp_path):
    url = postgres.new_database()
    with Server(tmp_path / "data", LUOT_DATABASE_URL=link.through(url), LUOT_SECRET=SECRET, LUOT_WORKERS=0) as running:
        running.database = url
        yield running
        assert running.stop() == 0, running.log()[-2000:]


def took(ask):
    began = time.monotonic()
    answer = ask()
    return answer.status_code, time.monotonic() - began


def wait_until_back(client):
    began = time.monotonic()
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() - began < BACK_WITHIN
        time.sleep(0.05)


def check_outage(client):
    """After the first seconds, in which nobody can know, nobody waits; and what needs no database goes on."""
    status, seconds = took(lambda: client.get("/readyz"))
    assert status == 503 and seconds < 7
    client.get("/readyz")
    for _ in range(5):
        status, seconds = took(lambda: client.get("/readyz"))
        assert status == 503 and seconds < 1
        assert client.get("/healthz").status_code == 200


def test_a_server_that_hangs(postgres, server):
    client = Client(server.url)
    for _ in range(2):
        postgres.pause()
        try:
            check_outage(client)
        finally:
            postgres.resume()
        wait_until_back(client)


def test_a_cable_that_is_cut(link, server):
    client = Client(server.url)
    link.cut()
    try:
        check_outage(client)
        behind.eventually(lambda: metrics_of(client, "database")["connections_failed_total"] >= 1)
    finally:
        link.restore()
    wait_until_back(client)
    assert metrics_of(client, "database")["connections"] >= 1


def test_a_node_that_cannot_start_takes_no_connection(postgres, link, tmp_path):
    """Nobody waits for it: a load balancer sees at once that it is not there."""
    starting = Server(tmp_path / "data", LUOT_DATABASE_URL=link.through(postgres.new_database()), LUOT_SECRET=SECRET)
    link.cut()
    try:
        with pytest.raises(RuntimeError), concurrent.futures.ThreadPoolExecutor(1) as pool:
            started = pool.submit(starting.start)
            looks = 0
            while not started.done():
                with socket.socket() as probe:
                    assert probe.connect_ex(("127.0.0.1", starting.port)) == errno.ECONNREFUSED
                looks += 1
                time.sleep(0.02)
            assert looks > 10
            started.result()
        link.restore()
        with starting:  # as whatever looks after it would start it again
            assert starting.is_ready()
    finally:
        link.restore()
        starting.kill()


class Commenters:
    """Post until they are told to stop; count what was answered, and what was not."""

    def __init__(self, server, video, count=8):
        self.over = threading.Event()
        self.answered, self.unknown, self.odd = set(), 0, []
        author = Client(server.url).register()
        self.threads = [
            threading.Thread(target=self._post, args=(Client(server.url, author.token), video)) for _ in range(count)
        ]
        for thread in self.threads:
            thread.start()

    def _post(self, client, video):
        while not self.over.is_set():
            answer = client.post(f"/videos/{video}/comments", {"content": "nice"})
            if answer.status_code == 201:
                self.answered.add(answer.json()["id"])
            elif answer.status_code == 503 and "Retry-After" in answer.headers:
                self.unknown += 1
                time.sleep(0.02)
            else:
                self.odd.append(answer.text)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_server_that_ends_amid_units(postgres, server, tell, end):
    client = Client(server.url).register()
    owner = behind.decode_id(client.user["id"])
    postgres.sql(
        "insert into videos (id, user_id, title, description, visibility, status, rev, created_at, playable_at, "
        f"published_at) values (1, {owner}, 't', 'd', 'public', 'ready', 'r', now(), now(), now())", server.database)
    video = "00000000001"
    commenters = Commenters(server, video)
    for _ in range(ROUNDS):
        time.sleep(0.5)
        getattr(postgres, end)()
        time.sleep(0.2)
        postgres.start()
        wait_until_back(client)
    time.sleep(0.5)
    commenters.stop()
    assert not commenters.odd
    assert metrics_of(client, "database")["connections_lost_total"] >= ROUNDS
    ids = set(map(int, postgres.sql("select id from comments", server.database).split()))
    answered = set(map(behind.decode_id, commenters.answered))
    assert answered <= ids and len(ids) <= len(answered) + commenters.unknown
    assert int(postgres.sql("select comment_count from videos", server.database)) == len(ids)
    tell(f"{ROUNDS} times {end} of PostgreSQL: {len(answered)} comments answered, {len(ids)} stored, "
         f"{commenters.unknown} without an answer")


def migrate(url):
    environment = {"PATH": os.environ["PATH"], "LUOT_DATABASE_URL": url}
    return subprocess.run([BINARY, "migrate"], env=environment, capture_output=True, text=True, check=False)


def test_ten_migrate_at_once(postgres):
    url = postgres.new_database()
    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        done = list(threads.map(migrate, [url] * 10))
    assert [run.returncode for run in done] == [0] * 10
    assert sorted(run.stdout.splitlines()[-1] for run in done)[:9] == ["0 migrations applied"] * 9


def schema(postgres, url):
    """(how many migrations it says to have, all that they make)."""
    asked = ("select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns",
             "select tablename, indexdef from pg_indexes", "select conrelid::regclass, conname, pg_get_constraintdef(oid) "
             "from pg_constraint")  # fmt: skip
    place = {0: "table_schema", 1: "schemaname", 2: "connamespace::regnamespace::text"}
    told = [sorted(postgres.sql(f"{query} where {place[i]} = 'public'", url).split("\n")) for i, query in enumerate(asked)]
    if postgres.sql("select to_regclass('schema_migrations') is null", url) == "t":
        return 0, told
    return int(postgres.sql("select count(*) from schema_migrations", url)), told


def test_a_killed_migration_is_as_if_it_had_not_begun_or_done(postgres, tmp_path, tell):
    expected, whole = {}, postgres.new_database()
    settings = {"PATH": os.environ["PATH"]}
    calls = trace_calls(("sendto",), tmp_path / "trace", "migrate", LUOT_DATABASE_URL=whole, **settings)
    reference = postgres.new_database()
    postgres.sql("create table schema_migrations (number bigint primary key, name text not null, "
                 "applied_at timestamptz not null)", reference)  # fmt: skip
    for number, file in enumerate(MIGRATIONS, 1):
        expected[number - 1] = schema(postgres, reference)[1]
        postgres.sql(f"{file.read_text()}; insert into schema_migrations values ({number}, '', now())", reference)
    assert schema(postgres, whole) == (len(MIGRATIONS), schema(postgres, reference)[1])
    expected[len(MIGRATIONS)] = schema(postgres, whole)[1]
    found = collections.Counter()
    for moment in random.sample(calls, min(2 * ROUNDS, len(calls))):
        url = postgres.new_database()
        assert kill_at(moment, tmp_path / "trace", "migrate", LUOT_DATABASE_URL=url, **settings), moment
        others = f"select 1 from pg_stat_activity where datname = '{url.rpartition('/')[2]}' and application_name = 'luot'"
        behind.eventually(lambda: not postgres.sql(others))
        number, told = schema(postgres, url)
        assert told == expected[number] or (number, told) == (0, [[""]] * 3), f"killed at {moment}: between two"
        found[number] += 1
        assert migrate(url).returncode == 0
        assert schema(postgres, url) == schema(postgres, whole), f"killed at {moment}"
    tell(f"migration of PostgreSQL killed at {found.total()} of its {len(calls)} calls; found {dict(found)}")


def test_transport_is_as_the_url_wants_it(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=db.example",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    with Postgres(tmp_path / "postgres") as postgres:
        plain = migrate(postgres.new_database() + "?sslmode=require")
        assert plain.returncode != 0 and "SSL" in plain.stderr
        postgres.stop()
        for name in ("key.pem", "cert.pem"):
            inside = postgres.folder / name
            inside.write_bytes((tmp_path / name).read_bytes())
            inside.chmod(0o600)
            os.chown(inside, postgres.folder.stat().st_uid, postgres.folder.stat().st_gid)
        postgres.settings |= {"ssl": "on", "ssl_cert_file": "cert.pem", "ssl_key_file": "key.pem"}
        postgres.start()
        url = postgres.new_database()
        assert migrate(url + "?sslmode=require").returncode == 0
        assert migrate(f"{url}?sslmode=verify-full&sslrootcert={tmp_path / 'cert.pem'}").returncode == 0
        stranger = migrate(f"{url}?sslmode=verify-full&sslrootcert={os.devnull}".replace("luot@", "luot:hunter2@"))
        assert stranger.returncode != 0 and "hunter2" not in stranger.stdout + stranger.stderr
        settings = {"LUOT_DATABASE_URL": url + "?sslmode=require", "LUOT_SECRET": SECRET, "LUOT_WORKERS": 0}
        with Server(tmp_path / "data", **settings) as server:
            Client(server.url).register()
            kinds = postgres.sql("select distinct ssl from pg_stat_ssl s join pg_stat_activity a using (pid) "
                                 "where a.application_name = 'luot'")
            assert kinds == "t"
