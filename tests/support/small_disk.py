"""A file system of a few MiB that can be filled up and made read-only. Needs root."""

import contextlib
import os
import subprocess

import pytest


class SmallDisk:
    def __init__(self, folder):
        self.folder = folder
        self.filler = folder / "filler"

    def fill(self, leave=0):
        """Leaves only so many bytes."""
        with open(self.filler, "ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))
        if leave:
            os.truncate(self.filler, self.filler.stat().st_size - leave)

    def free(self):
        self.filler.unlink()

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True)


@contextlib.contextmanager
def small_disk(folder, mebibytes):
    folder.mkdir(parents=True)
    options = f"size={mebibytes}m,mode=700"
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "luot-test", folder], stderr=subprocess.DEVNULL, check=False
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("may not mount a file system here")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", folder], check=True)
