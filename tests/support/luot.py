"""Starts the real server for tests: a data folder and a free port of its own, ended with its test."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("LUOT_BINARY", ROOT / "build/release/luot"))
PRODUCTION = os.environ.get("LUOT_TEST_STACK", "embedded") == "production"
ENGINES = {"LUOT_DATABASE_URL", "LUOT_STATE_URL", "LUOT_STORAGE_URL"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`luot serve` on the stack that is tested, or on the engines that `settings` name. These are of the environment,
    such as LUOT_WORKERS."""

    verb = "serve"

    def __init__(self, data_dir, port=None, **settings):
        self.data_dir = pathlib.Path(data_dir)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = self.data_dir.parent / f"{self.data_dir.name}.{self.port}.log"
        self.settings = settings
        self.place = None  # where it keeps its data, if not in its folder
        if PRODUCTION and not settings.keys() & ENGINES:
            from production import place_of  # needs what embedded servers do without

            self.place = place_of(self.data_dir)
        self.process = None
        self.binary = BINARY
        self.wrapper = []  # a command that becomes the server

    @property
    def secret(self):
        given = self.settings.get("LUOT_SECRET") or (self.place and self.place.secret)
        return given.encode() if given else (self.data_dir / "secret").read_bytes()

    def start(self):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}
        environment = kept | {
            "LUOT_LISTEN": f"127.0.0.1:{self.port}",
            "LUOT_DATA_DIR": str(self.data_dir),
            "LUOT_RATE_LIMITS": "off",
            **(self.place.settings if self.place else {}),
            **{name: str(value) for name, value in self.settings.items()},
        }
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, self.binary, self.verb], cwd=self.data_dir.parent, env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if self.is_ready():
                return self
            time.sleep(0.02)
        raise RuntimeError(f"luot did not start:\n{self.log()}")

    def is_ready(self):
        try:
            return requests.get(f"{self.url}/readyz", timeout=1).ok
        except requests.RequestException:
            return False

    def stop(self, signal_number=signal.SIGTERM, timeout=40):
        """Ends the server and returns its exit code."""
        if self.process is None or self.process.poll() is not None:
            return None if self.process is None else self.process.returncode
        self.process.send_signal(signal_number)
        return self.process.wait(timeout)

    def kill(self):
        return self.stop(signal.SIGKILL)

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
            raise
