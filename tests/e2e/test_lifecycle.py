"""Starting, stopping and dying: nothing that was acknowledged is lost, and nothing is left lying about."""

import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
from urllib.parse import urlsplit

import pytest

from behind import eventually, sql
from client import Client, expect
from luot import BINARY, Server, free_port
from raw_http import Connection, request


@pytest.fixture
def own_server(tmp_path):
    """A server of the test's own, which the test ends; if it does not get there, it ends here."""
    started = Server(tmp_path / "data").start()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """Takes the encoder several seconds, though it is small: noise does not compress."""
    path = tmp_path_factory.mktemp("clips") / "noise.mp4"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=854x480:rate=30:duration=12",
         "-vf", "noise=alls=40:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "35",
         "-pix_fmt", "yuv420p", path],
        check=True,
    )  # fmt: skip
    return path


def children_of(pid):
    """Process ids of ffmpeg below `pid`."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = entry.read_text().rsplit(")", 1)
        except OSError:
            continue  # it ended meanwhile
        if int(rest.split()[1]) == pid and name.endswith("(ffmpeg"):
            found.append(int(entry.parent.name))
    return found


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def scratch(server):
    return os.listdir(server.data_dir / "scratch")


def begin_transcoding(server, clip):
    """(client, video id, ffmpeg's process ids), once the encoder runs (and not the look at its version at the start)."""
    client = Client(server.url).register()
    video = client.upload(clip)["id"]
    return client, video, eventually(lambda: scratch(server) and children_of(server.process.pid), timeout=20)


def start_anew(server):
    """Another process on the same folder and port, as after an update: to be entered."""
    return Server(server.data_dir, server.port, **server.settings)


def check_finished(server, client, video):
    assert client.wait_until_done(video, timeout=90)["status"] == "ready"
    eventually(lambda: not scratch(server))
    assert sql(server, "select state from jobs") == [("done",)]


@pytest.mark.embedded_only("the bytes pass through the server")
def test_a_put_in_flight_is_finished(own_server):
    client = Client(own_server.url).register()
    size = 1 << 20
    ticket = client.begin_upload(size)
    url = urlsplit(ticket["upload"]["url"])
    target = f"{url.path}?{url.query}"
    with Connection(own_server.port) as connection, Connection(own_server.port) as idle:
        assert idle.exchange("GET", "/healthz").status == 200
        connection.send(request("PUT", target, "Content-Type: video/mp4", f"Content-Length: {size}"))
        connection.send(bytes(size // 2))
        eventually(lambda: os.listdir(own_server.data_dir / "media/.incoming"))
        ended = {}
        stopper = threading.Thread(target=lambda: ended.update(code=own_server.stop()))
        stopper.start()
        idle.socket.settimeout(2)
        assert idle.is_closed()  # at once, while the upload goes on

        def refused():
            with socket.socket() as late:
                return late.connect_ex(("127.0.0.1", own_server.port)) != 0

        eventually(refused)
        connection.send(bytes(size // 2))
        answer = connection.receive("PUT", target)
        assert answer.status == 200 and answer.headers["Connection"] == "close" and connection.is_closed()
        stopper.join(10)
    assert ended == {"code": 0}
    with start_anew(own_server):
        video = ticket["video"]["id"]
        assert expect(client.get(f"/videos/{video}/upload"), 200)["received"] == [{"number": 1, "size": size}]


def test_idle_connections_end_at_once(own_server):
    connections = [Connection(own_server.port) for _ in range(10)]
    for connection in connections[5:]:
        assert connection.exchange("GET", "/healthz").status == 200
    started = time.monotonic()
    assert own_server.stop() == 0
    assert time.monotonic() - started < 3
    assert all(connection.is_closed() for connection in connections)


def test_a_signal_right_after_the_first_answer_ends_it_in_order(tmp_path):
    for i in range(3):
        server = Server(tmp_path / f"data{i}").start()
        assert server.stop() == 0
        assert "stopped" in server.log()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_transcoding_is_put_back_and_resumed(own_server, long_clip, number):
    client, video, encoders = begin_transcoding(own_server, long_clip)
    started = time.monotonic()
    assert own_server.stop(number) == 0
    assert time.monotonic() - started < 5
    eventually(lambda: not any(is_running(pid) for pid in encoders))
    assert not scratch(own_server)
    [(state, attempts)] = sql(own_server, "select state, attempts from jobs")
    assert (state, attempts) == ("queued", 0)
    if number == signal.SIGTERM:
        with start_anew(own_server) as again:
            check_finished(again, client, video)


@pytest.mark.embedded_only("the local folder; test_upload_crashes kills beside a bucket")
def test_a_killed_server_leaves_nothing_undone(own_server, long_clip):
    client, video, encoders = begin_transcoding(own_server, long_clip)
    with Connection(own_server.port) as connection:  # half an upload, too
        ticket = client.begin_upload(1 << 20)
        url = urlsplit(ticket["upload"]["url"])
        head = request("PUT", f"{url.path}?{url.query}", "Content-Type: video/mp4", f"Content-Length: {1 << 20}")
        connection.send(head + bytes(1 << 19))
        eventually(lambda: os.listdir(own_server.data_dir / "media/.incoming"))
        own_server.kill()
    # The encoder dies with its parent: two of them on one video would be a waste.
    eventually(lambda: not any(is_running(pid) for pid in encoders))
    with start_anew(own_server) as again:
        assert os.listdir(own_server.data_dir / "media/.incoming") == []
        check_finished(again, client, video)
        [(attempts,)] = sql(again, "select attempts from jobs")
        assert attempts == 2
        assert Client(own_server.url).get(client.get(f"/videos/{video}").json()["hls_url"]).status_code == 200


def run_to_its_end(**settings):
    environment = {name: os.environ[name] for name in ("PATH",)} | {k: str(v) for k, v in settings.items()}
    return subprocess.run([BINARY, "serve"], env=environment, capture_output=True, text=True, timeout=10, check=False)


def check_refusal(outcome, *words):
    """One sentence for the operator, no stack, no abort."""
    assert outcome.returncode == 1
    last = outcome.stderr.strip().splitlines()[-1]
    assert last.startswith("luot: ") and all(word in last for word in words), outcome.stderr


def test_a_second_server_on_the_same_folder_is_refused(server):
    outcome = run_to_its_end(LUOT_DATA_DIR=server.data_dir, LUOT_LISTEN=f"127.0.0.1:{free_port()}")
    check_refusal(outcome, "another luot", str(server.data_dir))
    assert Client(server.url).get("/readyz").status_code == 200


def test_a_second_server_on_the_same_port_is_refused(server, tmp_path):
    outcome = run_to_its_end(LUOT_DATA_DIR=tmp_path / "data", LUOT_LISTEN=f"127.0.0.1:{server.port}")
    check_refusal(outcome, str(server.port), "LUOT_LISTEN")


def test_a_secret_that_others_may_read_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/secret").write_text("0" * 64)
    (tmp_path / "data/secret").chmod(0o644)
    check_refusal(run_to_its_end(LUOT_DATA_DIR=tmp_path / "data"), "secret", "chmod 600")


@pytest.mark.parametrize(("name", "value"), [
    ("LUOT_LISTEN", "nowhere"), ("LUOT_WORKERS", "many"), ("LUOT_DATABASE_URL", "postgres://x"),
    ("LUOT_PUBLIC_URL", "luot.example"), ("LUOT_LOG_LEVEL", "loud"), ("LUOT_SECRET", "short"),
])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(tmp_path, name, value):
    check_refusal(run_to_its_end(LUOT_DATA_DIR=tmp_path / "data", **{name: value}))


def test_accounts_and_tokens_survive_a_restart(own_server):
    client = Client(own_server.url).register()
    assert own_server.stop() == 0
    with start_anew(own_server):
        assert expect(client.get("/me"), 200) == client.user
        expect(client.post("/auth/refresh", {"refresh_token": client.refresh_token}), 200)
