"""A file and a listener that nobody may touch: what a hostile upload points to."""

import http.server
import os
import pathlib
import re
import shutil
import threading


class Listener:
    """Notes each request that reaches it on 127.0.0.1."""

    def __init__(self, port=0):
        self.requests = requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                requests.append(f"{self.command} {self.path}")
                self.send_error(404)

            do_HEAD = do_POST = do_PUT = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Canary:
    """A real video where an attack file points to, and a way to see whether anybody read it."""

    def __init__(self, path, original=None):
        self.path = pathlib.Path(path)
        self.made_folder = not self.path.parent.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if original:
            shutil.copyfile(original, self.path)
        self.arm()

    def arm(self):
        # Even a relatime mount notes the first read after the access time was older than the change.
        os.utime(self.path, (0, self.path.stat().st_mtime))

    def was_read(self):
        return self.path.stat().st_atime != 0

    def can_tell(self):
        """Whether this file system notes reads at all: reads the file, sees, and arms the canary again."""
        self.path.read_bytes()
        told = self.was_read()
        self.arm()
        return told

    def remove(self):
        self.path.unlink(missing_ok=True)
        if self.made_folder:
            shutil.rmtree(self.path.parent, ignore_errors=True)


def targets_of(attack_files):
    """Where attack files point to: (path of the canary video or None, port on this host or None)."""
    text = "\n".join(path.read_text(errors="replace") for path in attack_files)
    path = re.search(r"(?:file://)?(/[^\s']*canary[^\s']*)", text)
    port = re.search(r"http://127\.0\.0\.1:(\d+)/", text)
    return path and path[1], port and int(port[1])
