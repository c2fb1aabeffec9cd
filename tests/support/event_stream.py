"""Reads server-sent events as they come, and holds what was read against the document."""

import threading
import time

from behind import eventually
from openapi_check import SPEC, events_of


class EventStream:
    """GET of `path` in a thread of its own. `client` is a signed-in Client."""

    def __init__(self, client, path):
        self.path = path
        self.answer = client.get(path, stream=True, timeout=40)
        self.text = ""
        self.ended_at = None  # by time.monotonic()
        self.fault = None
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        try:
            for piece in self.answer.raw.stream(65536, decode_content=False):
                self.text += piece.decode()
        except Exception as fault:
            self.fault = fault
        self.ended_at = time.monotonic()

    @property
    def events(self):
        return list(events_of(self.text))

    @property
    def names(self):
        return [event.name for event in self.events]

    def wait_for(self, name, timeout=60):
        """The first event of that name."""
        return eventually(lambda: next((event for event in self.events if event.name == name), None), timeout)

    def end(self, timeout=60):
        """Waits until the server ends the stream; returns its events. All of the answer is as documented."""
        self.reader.join(timeout)
        assert not self.reader.is_alive(), f"the stream goes on: {self.text[-300:]}"
        assert self.fault is None, self.fault
        SPEC.check("GET", self.path, self.answer.status_code, self.answer.headers, self.text.encode())
        return self.events
