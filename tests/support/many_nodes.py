"""Three servers and two workers on real engines, which die and are cut off while others use them."""

import concurrent.futures
import contextlib
import random
import threading
import time

from engines import Ceph, Link, Postgres, Redis
from engines.engine import free_port
from luot import Server
from s3_store import Bucket

SECRET = "0123456789abcdef0123456789abcdef"
NODES = 3
WORKERS = 2
CUT = 10  # seconds
BACK_WITHIN = 5  # seconds after an engine is back


class Worker(Server):
    """`luot worker`: it listens to nobody, so its log tells when it began."""

    verb = "worker"

    def start(self):
        self.told = len(self.log())
        return super().start()

    def is_ready(self):
        return "worker started" in self.log()[self.told :]


class Installation:
    """All processes of one installation. Servers reach each engine by a cable of its own; clients reach S3 without."""

    def __init__(self, folder):
        self.closing = contextlib.ExitStack()
        with contextlib.ExitStack() as begun:
            self.engines = {
                "postgres": begun.enter_context(Postgres(folder / "postgres")),
                "redis": begun.enter_context(Redis(folder / "redis")),
                "s3": begun.enter_context(Ceph(folder / "ceph")),
            }
            self.cables = {name: begun.enter_context(Link(engine)) for name, engine in self.engines.items()}
            self.database = self.engines["postgres"].new_database()
            self.bucket = Bucket(self.engines["s3"], self.cables["s3"])
            settings = {
                "LUOT_DATABASE_URL": self.cables["postgres"].through(self.database),
                "LUOT_STATE_URL": self.cables["redis"].url,
                "LUOT_SECRET": SECRET,
                "LUOT_RATE_LIMITS": "x1000",
                "LUOT_MAX_UPLOADS_PER_DAY": 1_000_000,
                **self.bucket.settings,
            }
            self.nodes = [
                Server(folder / f"node{i}", free_port(), LUOT_WORKERS=0, LUOT_LOOPS=1, **settings) for i in range(NODES)
            ]
            self.workers = [Worker(folder / f"worker{i}", LUOT_WORKERS=1, **settings) for i in range(WORKERS)]
            for process in self.processes:
                process.is_out = False  # what is still starting gets no requests: its /readyz tells the load balancer
                begun.callback(process.kill)
            with concurrent.futures.ThreadPoolExecutor() as threads:  # all migrate at once
                list(threads.map(lambda process: process.start(), self.processes))
            self.closing = begun.pop_all()

    @property
    def processes(self):
        return self.nodes + self.workers

    def sql(self, statement):
        """Its rows, as lists of texts."""
        return [line.split("|") for line in self.engines["postgres"].sql(statement, self.database).splitlines()]

    def number(self, statement):
        return int(self.sql(statement)[0][0])

    def restart_nodes(self):
        """Sweepers look when they start, and every half minute."""
        for node in self.nodes:
            assert node.stop() == 0, node.log()[-2000:]
            node.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing.close()


class Reaper(threading.Thread):
    """Kills servers and workers at random, one after the other, and starts them again as a supervisor would."""

    def __init__(self, installation):
        super().__init__(daemon=True)
        self.installation = installation
        self.stopping = threading.Event()
        self.killed = 0
        self.surprise = None

    def run(self):
        try:
            while not self.stopping.wait(random.uniform(2, 6)):
                self.kill(random.choice(self.installation.processes))
        except Exception as error:
            self.surprise = error

    def kill(self, process):
        began = time.monotonic()
        process.kill()
        process.is_out = True
        self.stopping.wait(random.uniform(0, 1))
        while True:  # what it needs may be away: then it ends, or waits
            try:
                process.start()
                break
            except RuntimeError:
                process.kill()
                assert time.monotonic() - began < 60, process.log()[-2000:]
                time.sleep(0.5)
        process.is_out = False
        self.killed += 1

    def end(self):
        self.stopping.set()
        self.join(90)
        assert not self.is_alive() and self.surprise is None, self.surprise


class Outage:
    """While `with` lasts: `engine` is away from `began` until `ended`."""

    def __init__(self, engine):
        self.engine = engine

    def __enter__(self):
        self.began = time.monotonic()
        return self

    def __exit__(self, *_):
        self.ended = time.monotonic()


def all_outages(installation, seconds):
    """Each engine restarted once and cut off once, in any order; again and again while there is time."""
    outages, until = [], time.monotonic() + seconds
    while not outages or time.monotonic() < until:
        faults = [(engine, way) for engine in installation.engines for way in ("restarted", "cut")]
        random.shuffle(faults)
        for engine, way in faults:
            time.sleep(BACK_WITHIN + 2)  # some requests must be seen after the recovery
            with Outage(engine) as outage:
                if way == "cut":
                    installation.cables[engine].cut()
                    time.sleep(CUT)
                    installation.cables[engine].restore()
                else:
                    random.choice((installation.engines[engine].kill, installation.engines[engine].stop))()
                    installation.engines[engine].start()
            outages.append(outage)
    time.sleep(BACK_WITHIN + 2)
    return outages
