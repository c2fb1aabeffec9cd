"""A server whose wall clock tests can set. Its steady clock, and that of its children, stays true."""

import glob
import time

from luot import Server

[LIBRARY] = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")


class ClockedServer(Server):
    def __init__(self, data_dir, **settings):
        super().__init__(
            data_dir,
            LD_PRELOAD=LIBRARY,
            DONT_FAKE_MONOTONIC=1,
            FAKETIME_NO_CACHE=1,
            FAKETIME_TIMESTAMP_FILE=data_dir.parent / "faketime",
            **settings,
        )
        self.shift = 0
        self.set_clock(0)

    def set_clock(self, seconds):
        """`seconds` from the true time on."""
        self.shift = seconds
        written = self.settings["FAKETIME_TIMESTAMP_FILE"].with_suffix(".new")
        written.write_text(f"{seconds:+d}\n")
        written.rename(self.settings["FAKETIME_TIMESTAMP_FILE"])

    def now(self):
        return time.time() + self.shift
