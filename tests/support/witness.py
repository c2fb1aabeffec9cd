"""Another client than the one that misbehaves, and what its server costs meanwhile."""

import pathlib
import threading
import time

from raw_http import Connection


class Witness:
    """Asks for /feed now and then from the begin of a `with` block to its end, on connections old and new. Afterwards
    every answer was 200 and came within `slowest` seconds."""

    def __init__(self, server, slowest=2.0, pause=0.05):
        self.server, self.slowest, self.pause = server, slowest, pause
        self.times, self.fault = [], None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            with Connection(self.server.port) as kept:
                while True:
                    self._ask(kept)
                    with Connection(self.server.port) as fresh:
                        self._ask(fresh)
                    if self.over.wait(self.pause):
                        return
        except Exception as fault:
            self.fault = fault

    def _ask(self, connection):
        began = time.monotonic()
        assert connection.exchange("GET", "/feed").status == 200
        self.times.append(time.monotonic() - began)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.over.set()
        self.thread.join()
        if kind is None:
            assert self.fault is None, f"another client was not served: {self.fault!r}"
            assert max(self.times) < self.slowest, f"another client waited {max(self.times):.2f} s"


def memory(server):
    """Resident bytes of the server's process."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def descriptors(server):
    return len(list(pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()))
