"""Faults of system calls, made by strace: in a running server, or in a command that it starts."""

import collections
import contextlib
import re
import signal
import subprocess

from luot import BINARY


@contextlib.contextmanager
def injected(server, fault, path, trace):
    """Meanwhile system calls of the server on `path` fail: `fdatasync:error=EIO`, as strace(1) has it under `inject`.

    `trace` is a file to write the calls to. A fault that never happened would prove nothing, and is an error.
    """
    call = fault.split(":")[0]
    strace = subprocess.Popen(
        ["strace", "-f", "-o", trace, "-P", path, "-e", f"trace={call}", "-e", f"inject={fault}",
         "-p", str(server.process.pid)],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        while "attached" not in (line := strace.stderr.readline()):
            assert line, f"strace ended with {strace.wait(10)}"
        yield
    finally:
        strace.terminate()
        strace.communicate(timeout=20)
    assert "(INJECTED)" in trace.read_text(), f"{fault} did not happen"


def trace_calls(calls, trace, *arguments, **environment):
    """Runs `luot ...` to its end. Returns [(call, number)]: its first thread made `call` for the `number`-th time."""
    run(["strace", "-f", "-o", trace, "-e", f"trace={','.join(calls)}", BINARY, *arguments], environment, (0,))
    first_thread, numbers, made = None, collections.Counter(), []
    for line in trace.read_text().splitlines():
        if found := re.match(r"(\d+) +(\w+)\(", line):
            first_thread = first_thread or found[1]
            if found[1] == first_thread:
                numbers[found[2]] += 1
                made.append((found[2], numbers[found[2]]))
    return made


def kill_at(moment, trace, *arguments, **environment):
    """Runs `luot ...` and kills it at the moment (call, number). Returns whether it came to that."""
    call, number = moment
    injection = f"inject={call}:signal=KILL:when={number}"
    command = ["strace", "-f", "-o", trace, "-e", f"trace={call}", "-e", injection, BINARY, *arguments]
    return run(command, environment, (0, -signal.SIGKILL, 128 + signal.SIGKILL)) != 0


def run(command, environment, expected):
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode in expected, done.stderr.decode()
    return done.returncode
