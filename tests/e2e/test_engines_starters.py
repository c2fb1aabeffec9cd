"""The engines of the tests themselves: they keep what they acknowledged, hang when told, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time

import pytest

from behind import eventually
from engines import Link, Postgres, Redis
from luot import ROOT


def is_running(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False


def test_postgres_keeps_what_it_committed(tmp_path):
    with Postgres(tmp_path / "postgres") as postgres:
        database = postgres.new_database()
        postgres.sql("create table kept (n int)", database)
        postgres.sql("insert into kept values (7)", database)
        port = postgres.port
        postgres.kill()
        with pytest.raises(RuntimeError):
            postgres.sql("select 1", database)
        postgres.start()
        assert postgres.port == port and postgres.sql("select n from kept", database) == "7"
        postgres.restart()
        assert postgres.sql("show fsync") == "on"
    assert not (tmp_path / "postgres").exists()


def test_redis_keeps_what_it_acknowledged(tmp_path):
    with Redis(tmp_path / "redis") as redis:
        redis.command("set", "name", "kept")
        redis.kill()
        redis.start()
        assert redis.command("get", "name") == "kept"
        redis.flush()
        assert redis.command("get", "name") == ""
        redis.pause()
        assert not redis.is_ready()
        redis.resume()
        assert redis.is_ready()


def answer(connection):
    connection.sendall(b"PING\r\n")
    return connection.recv(100)


def test_a_link_hangs_resets_and_comes_back(tmp_path):
    with Redis(tmp_path / "redis") as redis, Link(redis) as link:
        assert link.url == f"redis://127.0.0.1:{link.port}"
        with socket.create_connection(("127.0.0.1", link.port), timeout=5) as connection:
            assert answer(connection) == b"+PONG\r\n"
            link.cut()
            connection.settimeout(0.3)
            with pytest.raises(TimeoutError):
                answer(connection)
            link.restore()
            connection.settimeout(5)
            assert connection.recv(100) == b"+PONG\r\n", "late, but whole"
            link.reset()
            with pytest.raises(ConnectionResetError):
                answer(connection)
        with socket.create_connection(("127.0.0.1", link.port), timeout=5) as connection:
            assert answer(connection) == b"+PONG\r\n"


def test_a_link_loses_no_byte_of_a_large_answer(tmp_path):
    with Redis(tmp_path / "redis") as redis, Link(redis) as link:
        redis.command("setrange", "large", 30_000_000, "end")
        with socket.create_connection(("127.0.0.1", link.port), timeout=20) as connection:
            connection.sendall(b"GET large\r\n")
            time.sleep(0.3)  # the link's own buffers fill up meanwhile
            received = connection.makefile("rb").read(len(b"$30000003\r\n") + 30_000_003)
            assert received.startswith(b"$30000003\r\n") and received.endswith(b"\0end")


def test_engines_end_with_a_test_run_that_is_killed(tmp_path):
    run = tmp_path / "run.py"
    run.write_text(textwrap.dedent(f"""
        import sys, threading, time
        sys.path.insert(0, {str(ROOT / "tests/support")!r})
        from engines import Link, Postgres, Redis
        started = [Postgres({str(tmp_path / "postgres")!r}), Redis({str(tmp_path / "redis")!r})]
        for engine in started:
            thread = threading.Thread(target=engine.start)
            thread.start()
            thread.join()
        started.append(Link(started[1]).start())
        print(*(engine.process.pid for engine in started), flush=True)
        time.sleep(60)
    """))
    with subprocess.Popen([sys.executable, "-B", run], stdout=subprocess.PIPE, text=True) as process:
        engines = [int(pid) for pid in process.stdout.readline().split()]
        assert len(engines) == 3
        time.sleep(0.2)
        assert all(map(is_running, engines)), "they outlive the thread that started them"
        process.send_signal(signal.SIGKILL)
    eventually(lambda: not any(map(is_running, engines)))
