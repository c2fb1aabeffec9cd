"""The system calls of a running server, by strace: in which order it syncs, tells and renames."""

import re
import subprocess

import behind
from client import Client


class Trace:
    """The system calls of a server that promise or tell something, in their order."""

    CALLS = "trace=fdatasync,fsync,rename,copy_file_range,recvmsg,recvfrom,sendmsg,sendto"

    def __init__(self, server, path, calls=CALLS):
        self.path = path
        self.strace = subprocess.Popen(
            ["strace", "-f", "-q", "-s", "200", "-e", calls, "-o", path, "-p", str(server.process.pid)],
            stderr=subprocess.DEVNULL,
        )
        client = Client(server.url)
        behind.eventually(lambda: client.get("/healthz") and path.exists() and "GET /healthz" in path.read_text())

    def end(self):
        self.strace.terminate()
        self.strace.wait(10)
        return self.path.read_text().splitlines()


def calls_between(lines, request, answer):
    """The lines from a request's arrival to its answer. `request` is a pattern."""
    begin = next(i for i, line in enumerate(lines) if re.search(request, line))
    end = next(i for i, line in enumerate(lines) if i > begin and answer in line)
    return lines[begin:end]


def has(lines, pattern):
    return any(re.search(pattern, line) for line in lines)
