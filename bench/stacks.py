"""The stacks that are measured: what runs, and how it is filled."""

import pathlib
import subprocess
import time

import requests
from behind import decode_id, encode_id
from client import Client
from luot import Server
from seed import PostgresTables, SqliteTables, fill

USERS = 200
COMMENTS = 500_000
LIKES = 1_000_000
SECRET = "s" * 40


def _clip(path):
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=720x1280:rate=25:duration=6",
         "-f", "lavfi", "-i", "sine=duration=6", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
         "-c:a", "aac", path],
        check=True,
    )  # fmt: skip
    return path


def _client(url):
    return Client(url, session=requests.Session())


class Stack:
    """A server of one process on its engines."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.server = None

    def start(self):
        self.server = Server(self.folder / "data", LUOT_RATE_LIMITS="x1000", LUOT_TRUSTED_PROXIES="127.0.0.1",
                             **self.start_engines()).start()

    def fill(self, videos):
        """Returns the ids of the videos."""
        owner = _client(self.url).register()
        video = owner.wait_until_done(owner.upload(_clip(self.folder / "clip.mp4"))["id"])
        ids = fill(self.tables(), video["id"], encode_id, decode_id, videos, COMMENTS, LIKES, time.time_ns() // 1000)
        self.server.stop()  # the heads are made anew, and no cache knows what was there before
        self.server = self.measured_server()
        self.server.start()
        return ids

    def sign_up(self):
        """Returns a client that is not signed in, and the access tokens of new users, which are good for 15 minutes."""
        return _client(self.url), [_client(self.url).register(f"viewer{i}").token for i in range(USERS)]

    def measured_server(self):
        return self.server

    @property
    def url(self):
        return self.server.url

    def memory(self):
        pages = pathlib.Path(f"/proc/{self.server.process.pid}/statm").read_text().split()[1]
        return int(pages) * 4096

    def stop(self):
        if self.server:
            self.server.stop()
        self.stop_engines()


class Embedded(Stack):
    def start_engines(self):
        return {}

    def stop_engines(self):
        pass

    def tables(self):
        return SqliteTables(self.folder / "data" / "luot.db")


class Production(Stack):
    """PostgreSQL and Redis with `appendfsync everysec`; the videos' bytes lie in a local folder, which no request of the
    rows touches."""

    def start_engines(self):
        from engines import Postgres, Redis

        self.postgres = Postgres(self.folder / "postgres")
        self.redis = Redis(self.folder / "redis", appendfsync="everysec")
        self.postgres.start()
        self.redis.start()
        self.database_url = self.postgres.new_database()
        return {"LUOT_DATABASE_URL": self.database_url, "LUOT_STATE_URL": self.redis.url, "LUOT_SECRET": SECRET}

    def stop_engines(self):
        for engine in (self.redis, self.postgres):
            engine.stop()

    def tables(self):
        return PostgresTables(self.database_url)


class NestJs(Production):
    """A tuned build of what the plan named (bench/nestjs), which takes Luot's place once the engines are filled."""

    processes = 1

    def __init__(self, folder):
        from nestjs_server import build

        build()
        super().__init__(folder)

    def measured_server(self):
        from nestjs_server import NestJsServer

        return NestJsServer(self.folder, self.processes, self.database_url, self.redis.url, SECRET)

    def memory(self):
        return self.server.memory()


class NestJsTwice(NestJs):
    processes = 2


STACKS = {"embedded": Embedded, "production": Production, "nestjs": NestJs, "nestjs2": NestJsTwice}
LUOT = ("embedded", "production")
PEERS = ("nestjs", "nestjs2")
