"""Faults of system calls, made by strace: in a running server, or in a command that it starts."""

import contextlib
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


def killed_at(calls, number, trace, *arguments, **environment):
    """Runs `luot ...` until it makes the `number`-th of its `calls` ("pwrite64,fdatasync"), and kills it there.

    Returns whether it was killed: it may end before.
    """
    done = subprocess.run(
        ["strace", "-f", "-o", trace, "-e", f"trace={calls}", "-e", f"inject={calls}:signal=KILL:when={number}",
         BINARY, *arguments],
        env=environment, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode in (0, -9, 137), done.stderr.decode()
    return done.returncode != 0
