"""The peer that bench/nestjs is: the plan's own stack, on engines that Luot has migrated and filled."""

import os
import pathlib
import subprocess
import time

import requests
from engines.engine import with_children
from luot import ROOT, free_port

PROGRAM = "bench/nestjs/dist/main.js"
YOUNG = "--max-semi-space-size=64"  # MiB; node's own 16 cost it a tenth of its time, in copying what requests hold


def build():
    subprocess.run(["make", "-s", "-C", ROOT, PROGRAM], check=True)


class NestJsServer:
    """`processes` of node behind one port."""

    def __init__(self, folder, processes, database_url, redis_url, secret):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = pathlib.Path(folder) / "nestjs.log"
        self.environment = {
            "PATH": os.environ["PATH"],
            "NODE_ENV": "production",
            "PORT": str(self.port),
            "PROCESSES": str(processes),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET": secret,
            "RATE_FACTOR": "1000",
            "ACCESS_LOG": str(self.log_path.with_name("nestjs.access.log")),
        }
        self.process = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                ["node", YOUNG, ROOT / PROGRAM], env=self.environment, cwd=self.log_path.parent, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.is_ready():
                return self
            time.sleep(0.05)
        raise RuntimeError(f"nestjs did not start:\n{self.log_path.read_text(errors='replace')}")

    def is_ready(self):
        try:
            return requests.get(f"{self.url}/readyz", timeout=1).ok
        except requests.RequestException:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def memory(self):
        pages = (pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1] for pid in with_children(self.process.pid))
        return sum(map(int, pages)) * 4096
