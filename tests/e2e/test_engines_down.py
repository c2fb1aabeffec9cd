"""A tool or an engine that is missing delays what needs it, and nothing else; and operators get clear words."""

import os
import shutil
import subprocess

import pytest

import behind
from behind import eventually, sql
from client import Client, expect
from luot import BINARY, Server, free_port
from raw_http import Connection, request


def luot(*arguments, **environment):
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=20,
                          env={"PATH": os.environ["PATH"], **environment})  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_video_waits_for_a_missing_transcoder(tmp_path, clip):
    tools = tmp_path / "bin"
    tools.mkdir()
    with Server(tmp_path / "data", PATH=tools) as server:
        client = Client(server.url).register()
        video = client.upload(clip)["id"]
        eventually(lambda: "transcoding waits" in server.log())
        assert "MISSING" in server.log(), "the greeting says so"
        assert client.get(f"/videos/{video}").json()["status"] == "processing"
        assert sql(server, "select state, attempts from jobs") == [("queued", 0)]
        for tool in ("ffmpeg", "ffprobe"):
            (tools / tool).symlink_to(shutil.which(tool))
        assert client.wait_until_done(video)["status"] == "ready"


def test_a_file_that_always_takes_too_much_memory_fails_in_the_end(tmp_path, clip):
    """A tool that only ever says what ffmpeg says then: its tries are counted, and the last is the last."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "ffprobe").symlink_to(shutil.which("ffprobe"))
    (tools / "ffmpeg").write_text("#!/bin/sh\necho 'x264 [error]: malloc of size 3582272 failed' >&2\nexit 1\n")
    (tools / "ffmpeg").chmod(0o755)
    with Server(tmp_path / "data", PATH=tools) as server:
        client = Client(server.url).register()
        video = client.upload(clip)["id"]
        for attempt in range(1, 5):
            queued = [("queued", attempt)]
            eventually(lambda wanted=queued: sql(server, "select state, attempts from jobs") == wanted)
            sql(server, "update jobs set run_at = 1")  # not the pause between tries, which grows
        video = client.wait_until_done(video)
        assert (video["status"], video["failure"]["code"]) == ("failed", "internal")


def test_a_decoder_that_says_try_again_is_not_short_of_memory(tmp_path, clip):
    """What ffmpeg says of a damaged AV1 file: a verdict on the file, at the first try."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "ffprobe").symlink_to(shutil.which("ffprobe"))
    words = "Error while decoding stream #0:0: Resource temporarily unavailable"
    (tools / "ffmpeg").write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 69\n")
    (tools / "ffmpeg").chmod(0o755)
    with Server(tmp_path / "data", PATH=tools) as server:
        client = Client(server.url).register()
        video = client.wait_until_done(client.upload(clip)["id"])
        assert (video["status"], video["failure"]["code"]) == ("failed", "undecodable")
        assert sql(server, "select attempts from jobs") == [(1,)]



def test_a_relative_data_folder_is_as_good_as_any(tmp_path, clip):
    """The default is one: `data`, where the server was started."""
    with Server(tmp_path / "data", LUOT_DATA_DIR="data") as server:
        client = Client(server.url).register()
        assert client.wait_until_done(client.upload(clip)["id"])["status"] == "ready"

def test_a_malformed_chunk_is_told_so(server):
    with Connection(server.port) as connection:
        connection.send(request("POST", "/auth/login", "Content-Type: application/json", "Transfer-Encoding: chunked"))
        connection.send(b"ZZZ\r\n{}\r\n0\r\n\r\n")
        answer = connection.receive("POST", "/auth/login")
    assert (answer.status, answer.code) == (400, "malformed_request")


def test_a_client_that_leaves_is_no_timeout(server):
    with Connection(server.port) as connection:
        connection.send(request("POST", "/auth/login", "Content-Type: application/json", "Content-Length: 99") + b"{")
    eventually(lambda: "path=/auth/login status=499 sent=false" in server.log())


def test_many_open_uploads_take_little_memory(server):
    """Two hundred connections that have sent a byte each."""
    keys = [f"uploads/AAAAAAAAAAA/{i}" for i in range(200)]
    urls = [behind.upload_url(server, key, "video/mp4", 1 << 26, 1 << 33) for key in keys]
    heads = [request("PUT", url.removeprefix(server.url), "Content-Type: video/mp4", f"Content-Length: {1 << 26}")
             for url in urls]  # fmt: skip
    before = memory(server)
    connections = [Connection(server.port).send(head + b"x") for head in heads]
    eventually(lambda: len(os.listdir(server.data_dir / "media/.incoming")) == 200)
    assert memory(server) - before < 48 << 20
    for connection in connections:
        connection.close()
    eventually(lambda: not os.listdir(server.data_dir / "media/.incoming"))


def memory(server):
    with open(f"/proc/{server.process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_what_the_server_writes_is_its_owners_alone(server):
    for path in [server.data_dir, *server.data_dir.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_an_existing_folder_keeps_its_mode(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "scratch").mkdir()
    (folder / "scratch/notes.txt").write_text("somebody's")
    with Server(folder):
        assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / "scratch/notes.txt").read_text() == "somebody's"


def test_expired_refresh_tokens_are_forgotten(tmp_path):
    with Server(tmp_path / "data") as server:
        Client(server.url).register()
        sql(server, "update refresh_tokens set expires_at = 1")
    with Server(tmp_path / "data") as server:
        eventually(lambda: sql(server, "select count(*) from refresh_tokens") == [(0,)])


def test_help_lists_every_setting():
    code, output, _ = luot("serve", "--help")
    assert code == 0
    for setting in ("--listen", "--data-dir", "--storage-url", "--rate-limits", "--trusted-proxies"):
        assert setting in output


@pytest.mark.parametrize(("setting", "value", "words"), [
    ("LUOT_LISTEN", "9138", "give an IP address and a port"),
    ("LUOT_WORKERS", "many", "workers must be a number"),
    ("LUOT_RATE_LIMITS", "sometimes", "rate_limits must be on, off"),
    ("LUOT_TRUSTED_PROXIES", "example.org", "is not an address or a network"),
    ("LUOT_DATABASE_URL", "mysql://x", "database_url must begin with"),
    ("LUOT_SECRET", "short", "at least 32 characters"),
])  # fmt: skip
def test_a_wrong_setting_is_refused_before_anything_is_made(tmp_path, setting, value, words):
    data = tmp_path / "data"
    code, _, errors = luot("serve", **{"LUOT_DATA_DIR": str(data), setting: value})
    assert code == 1 and words in errors and errors.startswith("luot: ")
    assert not data.exists()


def test_localhost_is_an_address(tmp_path):
    port = free_port()
    with Server(tmp_path / "data", port, LUOT_LISTEN=f"localhost:{port}") as server:
        expect(Client(server.url).get("/healthz"), 200)
