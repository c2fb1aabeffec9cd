"""HTTP over a bare socket, for what a proper client library would not send."""

import json
import socket

from requests.structures import CaseInsensitiveDict

from openapi_check import SPEC


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json()["code"]


def request(method, target, *header_lines, body=b"", host="localhost", version="HTTP/1.1"):
    """The bytes of a request. `host` None leaves the Host header out; a body gets its Content-Length."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += header_lines
    if body and not any(line.lower().startswith("transfer-encoding") for line in header_lines):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Connection:
    def __init__(self, port, timeout=15):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.input = b""

    def send(self, data):
        self.socket.sendall(data)
        return self

    def receive(self, method=None, target=None, sent=b""):
        """The next answer, interim ones (1xx) included. With `target` it is checked against the document."""
        head = self.receive_head()
        status, headers = head.status, head.headers
        length = 0 if method == "HEAD" or status < 200 else int(headers.get("Content-Length", 0))
        chunked = method != "HEAD" and headers.get("Transfer-Encoding") == "chunked"
        body = b"".join(iter(self.receive_chunk, b"")) if chunked else self._take(length)
        if target is not None:
            SPEC.check(method, target, status, headers, body, sent)
        return Answer(status, headers, body)

    def receive_head(self):
        """The next answer's status and headers; its body stays to be read."""
        while b"\r\n\r\n" not in self.input:
            self._read()
        head, self.input = self.input.split(b"\r\n\r\n", 1)
        status_line, *lines = head.decode("latin-1").split("\r\n")
        return Answer(int(status_line.split()[1]), CaseInsensitiveDict(line.split(": ", 1) for line in lines), b"")

    def receive_chunk(self):
        """The next piece of a chunked body; empty at its end."""
        while b"\r\n" not in self.input:
            self._read()
        size, self.input = self.input.split(b"\r\n", 1)
        return self._take(int(size, 16) + 2)[:-2]

    def _take(self, length):
        while len(self.input) < length:
            self._read()
        taken, self.input = self.input[:length], self.input[length:]
        return taken

    def _read(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError(f"the server closed the connection after {self.input[:200]!r}")
        self.input += piece

    def exchange(self, method, target, *header_lines, body=b"", **options):
        self.send(request(method, target, *header_lines, body=body, **options))
        return self.receive(method, target, body)

    def is_closed(self):
        """Waits for the server's end of the connection; anything else that comes is an error."""
        piece = self.socket.recv(65536)
        assert not piece, f"unexpected bytes: {piece[:200]!r}"
        return True

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class NarrowConnection(Connection):
    """Takes little into its own socket, so that the server soon waits for its reader."""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(15)
        self.socket.connect(("127.0.0.1", port))
        self.input = b""
