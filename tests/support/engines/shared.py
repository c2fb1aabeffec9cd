"""One PostgreSQL, Redis and Ceph for many tests: a keeper in the background holds them, and ends with the test run.

Where they are, the files of the folder say: postgres_url, redis_url, s3_endpoint, s3_access_key, s3_secret_key.
"""

import argparse
import concurrent.futures
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

from engines import Ceph, Postgres, Redis

COMMAND = pathlib.Path(__file__).resolve().parents[3] / "scripts/test_engines"


def start(folder, parent):
    """Returns when all are ready. With `parent`, they end at the latest when that process does."""
    stop(folder)  # what an aborted run left
    folder.mkdir(parents=True)
    with open(folder / "keeper.log", "ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-B", COMMAND, "keep", folder, *([f"--parent={parent}"] if parent else [])],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    while not (folder / "ready").exists():
        if keeper.poll() is not None:
            raise SystemExit(f"test_engines: they did not start:\n{(folder / 'keeper.log').read_text(errors='replace')}")
        time.sleep(0.05)
    print(f"test_engines: ready, LUOT_TEST_ENGINES={folder}")


def stop(folder):
    keeper = keeper_of(folder)
    if keeper is not None:
        os.kill(keeper, signal.SIGTERM)
        while keeper_of(folder) is not None:
            time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


def keeper_of(folder):
    """The process that holds the engines of `folder`; a number in a file may be somebody else's by now."""
    try:
        pid = int((folder / "keeper.pid").read_text())
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return pid if b"keep" in words and os.fsencode(folder) in words else None
    except (OSError, ValueError):
        return None


def keep(folder, parent):
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    (folder / "keeper.pid").write_text(str(os.getpid()))
    watched = [os.pidfd_open(parent)] if parent else []
    engines = made(folder)
    try:
        start_all(engines)
        tell_where(folder, *engines)
        while not ended.wait(0.5) and not select.select(watched, [], [], 0)[0]:
            pass
    finally:
        for engine in engines:
            engine.close()
        (folder / "ready").unlink(missing_ok=True)


def made(folder):
    return Postgres(folder / "postgres"), Redis(folder / "redis"), Ceph(folder / "ceph")


def start_all(engines):
    with concurrent.futures.ThreadPoolExecutor() as threads:
        list(threads.map(lambda engine: engine.start(), engines))


def started(folder):
    """Engines of the caller's own, who closes them."""
    engines = made(folder)
    try:
        start_all(engines)
    except BaseException:
        for engine in engines:
            engine.close()
        raise
    return engines


def reached(folder):
    """The engines of a keeper: to be asked, not to be started or ended."""
    engines = made(folder)
    for engine, name in zip(engines, ("postgres_url", "redis_url", "s3_endpoint")):
        engine.port = urlsplit((folder / name).read_text()).port
    return engines


def tell_where(folder, postgres, redis, ceph):
    told = {
        "postgres_url": postgres.url,
        "redis_url": redis.url,
        "s3_endpoint": ceph.endpoint,
        "s3_access_key": ceph.access_key,
        "s3_secret_key": ceph.secret_key,
        "ready": "",
    }
    for name, value in told.items():
        (folder / name).write_text(value)


def main():
    parser = argparse.ArgumentParser(prog="test_engines", description=__doc__)
    parser.add_argument("verb", choices=["start", "stop", "keep"])
    parser.add_argument("folder", type=lambda text: pathlib.Path(text).absolute())
    parser.add_argument("--with-parent", action="store_true", help="end them when the process that called this ends")
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.verb == "start":
        start(given.folder, os.getppid() if given.with_parent else None)
    elif given.verb == "stop":
        stop(given.folder)
    else:
        keep(given.folder, given.parent)
