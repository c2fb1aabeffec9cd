"""What every engine has in common: processes that cannot outlive the test run, their port, their folder, their signals."""

import concurrent.futures
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

# Linux ends a process whose PR_SET_PDEATHSIG is set together with the *thread* that started it: this one stays to the end.
_spawner = concurrent.futures.ThreadPoolExecutor(1, "engines")


def free_port():
    """Below the ports that the system gives to clients: nobody takes it while an engine that keeps it is down."""
    ephemeral = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(1000):
        port = random.randrange(10_000, max(ephemeral, 20_000))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port")


def spawn(command, log, death_signal="KILL", identity=(), **options):
    """Starts `command` in a session of its own, to end with this test run however that ends. `identity`: for setpriv."""
    with open(log, "ab") as output:
        started = ["setpriv", f"--pdeathsig={death_signal}", *identity, *map(str, command)]
        options = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output, "start_new_session": True} | options
        return _spawner.submit(subprocess.Popen, started, **options).result()


def with_children(pid):
    """`pid` and its children, which may have sessions of their own, as those of PostgreSQL do."""
    found = [pid]
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if int((process / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(process.name))
        except OSError:
            continue  # it ended meanwhile
    return found


def has_ended(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


class Engine:
    """A process that serves on `port`. Its data stay from start to start, until close()."""

    stop_signal = signal.SIGTERM
    start_timeout = 60

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).absolute()
        self.port = free_port()
        self.log_path = self.folder.parent / f"{self.folder.name}.log"
        self.process = None
        self.paused = False

    def start(self):
        if self.is_running():
            return self
        self._prepare()
        self.process = self._launch()
        self.wait_until(self.is_ready)
        return self

    def stop(self):
        """In good order; what hangs is killed."""
        if not self.is_running():
            return
        self.resume()
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """As a power cut would, children included."""
        if not self.is_running():
            return
        os.kill(self.process.pid, signal.SIGSTOP)  # no further children
        killed = self._signal_all(signal.SIGKILL)
        self.process.wait()
        while not all(map(has_ended, killed)):  # PostgreSQL does not start beside children of its last life
            time.sleep(0.01)
        self.paused = False

    def restart(self):
        self.stop()
        return self.start()

    def pause(self):
        """It hangs: the system goes on accepting its connections, and nobody answers."""
        os.kill(self.process.pid, signal.SIGSTOP)
        self._signal_all(signal.SIGSTOP)
        self.paused = True

    def resume(self):
        if self.paused:
            self._signal_all(signal.SIGCONT)
            self.paused = False

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def wait_until(self, condition):
        deadline = time.monotonic() + self.start_timeout
        while not condition():
            if not self.is_running() or time.monotonic() > deadline:
                raise RuntimeError(f"{type(self).__name__} did not start:\n{self.log()}")
            time.sleep(0.02)

    def log(self):
        return self.log_path.read_text(errors="replace")[-8000:] if self.log_path.exists() else ""

    def _signal_all(self, number):
        pids = with_children(self.process.pid)
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        return pids

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()
