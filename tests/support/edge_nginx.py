"""The nginx of deploy/edge/nginx as it is shipped, in a folder and on ports of its own; and a proxy before the store that
counts what nginx asks of it."""

import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time

import requests

from luot import BINARY, ROOT, free_port

SHIPPED = ROOT / "deploy/edge/nginx"
MODULE = "/usr/lib/nginx/modules/ngx_http_js_module.so"


class Nginx:
    """`origin` is what goes into origin.json; `keys` are what `luot edge-keys` prints."""

    def __init__(self, folder, keys, origin, api_port, origin_port, environment=None):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.signer_port = free_port()
        self.keys, self.origin = keys, origin
        self.replaced = {
            "listen 80;": f"listen 127.0.0.1:{self.port};",
            "127.0.0.1:8080": f"127.0.0.1:{api_port}",
            "127.0.0.1:8079": f"127.0.0.1:{self.signer_port}",
            "127.0.0.1:7480": f"127.0.0.1:{origin_port}",
            "/etc/nginx/luot/": f"{self.folder}/",
            "/var/cache/nginx/luot": f"{self.folder}/cache",
            "/var/log/nginx/luot.log": f"{self.folder}/access.log",
        }
        self.environment = environment or {}
        self.process = None

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(SHIPPED / "luot.js", self.folder)
        (self.folder / "keys.json").write_text(self.keys)
        (self.folder / "origin.json").write_text(json.dumps(self.origin))
        site = (SHIPPED / "luot.conf").read_text()
        for shipped, mine in self.replaced.items():
            assert shipped in site, f"{shipped} is no longer in luot.conf"
            site = site.replace(shipped, mine)
        (self.folder / "luot.conf").write_text(site)
        temporary = "\n".join(
            f"  {kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        kept = "".join(f"env {name};\n" for name in self.environment)
        user = "user root;\n" if os.geteuid() == 0 else ""  # who else may not enter the test's folder
        (self.folder / "nginx.conf").write_text(
            f"{user}{kept}load_module {MODULE};\nworker_processes 2;\npid {self.folder}/pid;\n"
            f"error_log {self.folder}/error.log;\nevents {{}}\nhttp {{\n{temporary}\n  include luot.conf;\n}}\n"
        )

    def start(self):
        self.write()
        self.process = subprocess.Popen(
            ["nginx", "-c", self.folder / "nginx.conf", "-g", "daemon off;"],
            env=os.environ | self.environment, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                requests.get(self.url, timeout=5)
                return self
            except requests.RequestException:
                time.sleep(0.02)
        raise RuntimeError(f"nginx did not start:\n{self.errors()}")

    def reload(self):
        """Takes new keys in. The workers before it end when they have nothing left to do."""
        self.write()
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def errors(self):
        file = self.folder / "error.log"
        return file.read_text() if file.exists() else ""

    def log(self):
        return (self.folder / "access.log").read_text()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def edge_keys(**environment):
    return subprocess.run([BINARY, "edge-keys"], env=environment, capture_output=True, text=True, check=True).stdout


class CountingProxy:
    """Passes requests on to `port`, byte for byte, and keeps them in `requests`: (method, target, range)."""

    def __init__(self, port):
        self.requests = seen = []
        self.faults = faults = []  # a status to answer with instead, each once

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                seen.append((self.command, self.path, self.headers.get("Range")))
                if faults:
                    return self.answer(faults.pop(0), [], b"<Error>the store's own words</Error>")
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    connection.putheader(name, value)
                connection.endheaders()
                answer = connection.getresponse()
                self.answer(answer.status, answer.getheaders(), answer.read())
                connection.close()

            def answer(self, status, headers, body):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # nginx ends connections when it has what it wants
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self):
        """What came since the last look."""
        taken = self.requests[:]
        del self.requests[: len(taken)]
        return taken

    def close(self):
        self.server.shutdown()
        self.server.server_close()
