"""Redis 7 with an append-only file: what it acknowledged is there after a kill, with appendfsync always."""

import socket
import subprocess

from engines.engine import Engine, free_port, spawn


class Redis(Engine):
    """With `certificate`, (file, key), it also speaks TLS, on `tls_port`."""

    def __init__(self, folder, appendfsync="always", maxmemory_policy="noeviction", certificate=None):
        super().__init__(folder)
        self.appendfsync = appendfsync
        self.maxmemory_policy = maxmemory_policy
        self.certificate = certificate
        self.tls_port = free_port() if certificate else 0

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def new_database(self):
        """The URL of an empty database. Number 1 keeps count of them, number 0 is that of `url`."""
        return f"{self.url}/{int(self.command('-n', 1, 'incr', 'databases')) + 1}"

    def command(self, *words):
        """What redis-cli says to one command."""
        told = subprocess.run(
            ["redis-cli", "-e", "-p", str(self.port), *map(str, words)], capture_output=True, text=True, check=True
        )
        return told.stdout.strip()

    def flush(self):
        self.command("flushall")

    def is_ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(100).startswith(b"+PONG")  # not while it still loads its file
        except OSError:
            return False

    def _prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)

    def _launch(self):
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.folder,
            "save": "",
            "databases": 4096,
            "appendonly": "yes",
            "appendfsync": self.appendfsync,
            "maxmemory-policy": self.maxmemory_policy,
        }
        if self.certificate:
            settings |= {
                "tls-port": self.tls_port,
                "tls-cert-file": self.certificate[0],
                "tls-key-file": self.certificate[1],
                "tls-auth-clients": "no",
            }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return spawn(["redis-server", *options], self.log_path)
