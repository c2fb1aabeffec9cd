"""Runs a command as on a kernel that lacks what is named: `old_kernel.py landlock,seccomp luot serve`.

A filter answers the system calls of both with ENOSYS. It cannot be taken off again, and is inherited."""

import ctypes
import os
import struct
import sys

CALLS = {"landlock": [444, 445, 446], "seccomp": [277 if os.uname().machine == "aarch64" else 317]}
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
ALLOW, ENOSYS = 0x7FFF0000, 0x00050000 | 38
PR_SET_SECCOMP, MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38


def install(parts):
    numbers = [number for part in parts for number in CALLS[part]]
    code = [(LOAD, 0, 0, 0)]
    for number in numbers:
        code += [(IF_EQUAL, 0, 1, number), (RETURN, 0, 0, ENOSYS)]
    code.append((RETURN, 0, 0, ALLOW))
    instructions = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
    program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, program):
        raise OSError(ctypes.get_errno(), "no filter")


if __name__ == "__main__":
    install(sys.argv[1].split(","))
    os.execv(sys.argv[2], sys.argv[2:])
