"""The cable between the server and an engine: a proxy in a process of its own that a test can cut or reset."""

import contextlib
import pathlib
import select
import socket
import struct
import subprocess
import sys

CHUNK = 1 << 16


class Link:
    """In front of `engine`, on a port of its own, until close()."""

    def __init__(self, engine):
        self.engine = engine
        self.process = None

    def start(self):
        from engines.engine import free_port, spawn

        self.port = free_port()
        command = [sys.executable, "-B", pathlib.Path(__file__).resolve(), self.port, self.engine.port]
        self.process = spawn(command, self.engine.log_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._answer()
        return self

    @property
    def url(self):
        return self.through(self.engine.url)

    def through(self, url):
        """`url` of the engine as it is reached through this link."""
        return url.replace(f"127.0.0.1:{self.engine.port}", f"127.0.0.1:{self.port}")

    def cut(self):
        """Nothing comes through any more, and nobody is told."""
        self._tell("cut")

    def reset(self):
        """Every connection ends with a reset, once; new ones are welcome."""
        self._tell("reset")

    def restore(self):
        """What was underway comes through late, as after a real cut."""
        self._tell("restore")

    def close(self):
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def _tell(self, word):
        self.process.stdin.write(f"{word}\n".encode())
        self.process.stdin.flush()
        self._answer()

    def _answer(self):
        if not self.process.stdout.readline():
            raise RuntimeError(f"the link ended:\n{self.engine.log()}")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()


class Half:
    """One direction of one connection: what `source` sends goes to `target`."""

    def __init__(self, source):
        self.source = source
        self.target = None
        self.other = None
        self.waiting = b""  # for `target`, which is full
        self.ended = False

    def fileno(self):
        return self.source.fileno()


class Proxy:
    """One thread, one epoll. `halves` are known by the descriptor that they read from."""

    def __init__(self, port, engine_port):
        self.engine = ("127.0.0.1", engine_port)
        self.halves = {}
        self.epoll = select.epoll()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.listener.setblocking(False)
        self.is_cut = False
        self.epoll.register(sys.stdin.fileno(), select.EPOLLIN)
        self.epoll.register(self.listener, select.EPOLLIN)

    def run(self):
        print("ready", flush=True)
        while True:
            told = dict(self.epoll.poll())
            if sys.stdin.fileno() in told:
                if not self.obey(sys.stdin.readline().strip()):
                    return
                continue  # what else was told may hold no more
            for descriptor, events in told.items():
                if descriptor in self.halves:
                    self.move(self.halves[descriptor], events)
            if self.listener.fileno() in told:  # last: a new connection may get the number of one that just ended
                self.accept()

    def obey(self, word):
        if word == "cut" and not self.is_cut:
            self.is_cut = True
            for each in (self.listener, *self.halves.values()):
                self.epoll.unregister(each.fileno())
        elif word == "restore" and self.is_cut:
            self.is_cut = False
            self.epoll.register(self.listener, select.EPOLLIN)
            for half in self.halves.values():
                self.epoll.register(half.fileno(), self.wanted(half))
        elif word == "reset":
            while self.halves:
                self.drop(next(iter(self.halves.values())))
        print(word, flush=True)
        return word != ""

    def accept(self):
        try:
            client, _ = self.listener.accept()
        except OSError:
            return  # it left before we came
        try:
            server = socket.create_connection(self.engine, timeout=5)
        except OSError:
            abort(client)
            return
        pair = Half(client), Half(server)
        for half, other in (pair, pair[::-1]):
            half.source.setblocking(False)
            half.source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            half.other, half.target = other, other.source
            self.halves[half.fileno()] = half
            self.epoll.register(half.fileno(), select.EPOLLIN)

    def move(self, half, events):
        if events & select.EPOLLERR:
            self.drop(half)
            return
        try:
            if events & select.EPOLLOUT:
                self.send(half.other, b"")
            if events & (select.EPOLLIN | select.EPOLLHUP) and not half.ended and not half.waiting:
                data = half.source.recv(CHUNK)
                half.ended = not data
                self.send(half, data)
        except BlockingIOError:
            pass
        except OSError:
            self.drop(half)
            return
        if half.ended and half.other.ended and not half.waiting and not half.other.waiting:
            self.drop(half, politely=True)

    def send(self, half, data):
        """To the target as much as it takes; an end of the source becomes one there when all before it is through."""
        was = bool(half.waiting)
        half.waiting += data
        if half.waiting:
            with contextlib.suppress(BlockingIOError):
                half.waiting = half.waiting[half.target.send(half.waiting) :]
        if half.ended and not half.waiting:
            with contextlib.suppress(OSError):
                half.target.shutdown(socket.SHUT_WR)
        if was or half.waiting or half.ended:
            for each in (half, half.other):
                self.epoll.modify(each.fileno(), self.wanted(each))

    @staticmethod
    def wanted(half):
        """Of the socket that `half` reads from: its bytes unless the target is full, and room for the other's."""
        reading = 0 if half.waiting or half.ended else select.EPOLLIN
        return reading | (select.EPOLLOUT if half.other.waiting else 0)

    def drop(self, half, politely=False):
        for each in (half, half.other):
            self.halves.pop(each.fileno(), None)
            if not self.is_cut:
                self.epoll.unregister(each.fileno())
            each.source.close() if politely else abort(each.source)


def abort(connection):
    """Ends it by a reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


if __name__ == "__main__":
    Proxy(int(sys.argv[1]), int(sys.argv[2])).run()
