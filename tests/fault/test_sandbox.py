"""The encoder's sandbox around the real server: as whoever starts it, on kernels that lack parts of it, and with an
encoder that is not what it seems. What a confined program can do is in sandbox_test."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pytest

from behind import eventually, sql
from client import Client
from luot import BINARY, Server
from processes import tools_below

OLD_KERNEL = [sys.executable, str(pathlib.Path(__file__).parents[1] / "support/old_kernel.py")]


def check_transcodes(server, clip):
    client = Client(server.url).register()
    assert client.wait_until_done(client.upload(clip)["id"])["status"] == "ready"


@pytest.mark.parametrize("lacks", ["landlock", "seccomp", "landlock,seccomp"])
def test_on_a_kernel_that_lacks_a_part(tmp_path, clip, lacks):
    server = Server(tmp_path / "data")
    server.wrapper = [*OLD_KERNEL, lacks]
    with server:
        check_transcodes(server, clip)
        warnings = [line for line in server.log().splitlines() if "weak sandbox" in line]
    assert len(warnings) == 1 and all(part in warnings[0].lower() for part in lacks.split(","))
    told = subprocess.run([*server.wrapper, BINARY, "doctor"], cwd=tmp_path, capture_output=True, text=True, timeout=60,
                          env={"PATH": os.environ["PATH"], "LUOT_DATA_DIR": str(tmp_path / "data")})  # fmt: skip
    look = [line for line in told.stdout.splitlines() if line.strip().startswith("look")]
    assert told.returncode == 0 and len(look) == len(lacks.split(",")), told.stdout


def test_a_whole_sandbox_is_not_warned_of(tmp_path, clip):
    with Server(tmp_path / "data") as server:
        check_transcodes(server, clip)
        assert "weak sandbox" not in server.log()


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root is tested by every other test")
def test_as_a_user_without_rights(clip):
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        shutil.copy(BINARY, home / "luot")
        data = home / "data"
        data.mkdir()
        for path in (home, data, home / "luot"):
            os.chown(path, 65534, 65534)
        server = Server(data)
        server.wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "--"]
        server.binary = home / "luot"
        with server:
            check_transcodes(server, clip)
            assert "weak sandbox" not in server.log()


def test_an_encoder_that_writes_without_end(tmp_path, clip):
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "ffprobe").symlink_to(shutil.which("ffprobe"))
    (tools / "ffmpeg").write_text('#!/bin/sh\nfor a; do out=$a; done\nexec yes >"${out##*file:}"\n')
    (tools / "ffmpeg").chmod(0o755)
    with Server(tmp_path / "data", PATH=tools) as server:
        client = Client(server.url).register()
        video = client.wait_until_done(client.upload(clip)["id"])
        assert (video["status"], video["failure"]["code"]) == ("failed", "too_large_converted")
        assert sql(server, "select attempts from jobs") == [(1,)]
        eventually(lambda: not os.listdir(server.data_dir / "scratch"))


def test_an_encoder_that_starts_others_leaves_none(tmp_path, clip):
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "ffprobe").symlink_to(shutil.which("ffprobe"))
    tried = "try:\n    os.fork() or os.execv('/bin/sleep', ['sleep', '300'])\nexcept OSError as error:\n    print(error)\n"
    (tools / "ffmpeg").write_text(
        f"#!/usr/bin/python3 -IS\nimport os, sys, time\n{tried}    print('refused', file=sys.stderr)\ntime.sleep(300)\n"
    )
    (tools / "ffmpeg").chmod(0o755)
    server = Server(tmp_path / "data", PATH=tools).start()
    try:
        Client(server.url).register().upload(clip)
        eventually(lambda: "python3" in tools_below(server.data_dir / "scratch").values()
                   or "ffmpeg" in tools_below(server.data_dir / "scratch").values(), timeout=30)  # fmt: skip
        assert "sleep" not in tools_below(server.data_dir / "scratch").values()
    finally:
        server.kill()
    eventually(lambda: not tools_below(server.data_dir / "scratch"))
