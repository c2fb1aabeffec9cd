"""Redis behind TLS (rediss://): whose certificate is believed, and what is said where it is not."""

import os
import socket
import subprocess
import threading
import time

import pytest

import behind
from behind import eventually
from certificates import Authority
from client import Client, expect
from engines.redis import Redis
from load import (
    answered, check_comments, check_like_and_comment_counters, check_likes, check_view_counts, end_load, start_load,
    wait_for_sync,
)  # fmt: skip
from luot import BINARY, Server


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates") / "ours")


@pytest.fixture(scope="module")
def redis(tmp_path_factory, authority):
    """Its certificate is for localhost and 127.0.0.1."""
    certificate = authority.certificate("DNS:localhost", "IP:127.0.0.1")
    with Redis(tmp_path_factory.mktemp("engines") / "redis", certificate=certificate) as engine:
        yield engine


def doctor(tmp_path, url, **settings):
    """What it says of the shared state."""
    run = subprocess.run(
        [BINARY, "doctor"], capture_output=True, text=True, timeout=30, check=False,
        env={"PATH": os.environ["PATH"], "LUOT_DATA_DIR": str(tmp_path / "data"), "LUOT_STATE_URL": url, **settings},
    )  # fmt: skip
    [line] = [line for line in run.stdout.splitlines() if line[10:].startswith("shared state")]
    return line


def test_what_was_answered_is_stored_whatever_breaks(tmp_path, redis, authority, clip):
    url = f"rediss://localhost:{redis.tls_port}?ca={authority.file}"
    with Server(tmp_path / "data", LUOT_STATE_URL=url) as server:
        owner = Client(server.url).register()
        video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
        videos = [video, *behind.clone_videos(server, video, 4, lambda i: i + 1)]
        assert "redis cannot be used" not in server.log()
        workers = start_load(server, videos, refused=("unavailable",))
        time.sleep(1)
        redis.kill()
        time.sleep(0.3)
        redis.start()
        eventually(lambda: owner.post(f"/videos/{video}/like").status_code == 200, timeout=5)
        redis.command("client", "kill", "type", "normal", "skipme", "yes")
        time.sleep(1)
        end_load(workers)
        expect(owner.delete(f"/videos/{video}/like"), 200)
        wait_for_sync(server, redis.command)
        check_comments(server, workers)
        check_likes(server, workers)
        check_like_and_comment_counters(server)
        check_view_counts(server, workers)
        assert answered(workers) > 50, "a load, not a trickle"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_certificates_that_are_trusted(tmp_path, redis, authority, host):
    url = f"rediss://{host}:{redis.tls_port}"
    assert "answers, and loses nothing" in doctor(tmp_path, f"{url}/1?ca={authority.file}")
    assert "answers, and loses nothing" in doctor(tmp_path, url, SSL_CERT_FILE=str(authority.file)), "the system's store"


def test_passwords_open_it(tmp_path, redis, authority):
    redis.command("acl", "setuser", "luot", "on", ">s@cret", "~*", "+@all")
    place = f"localhost:{redis.tls_port}?ca={authority.file}"
    assert "answers" in doctor(tmp_path, f"rediss://luot:s%40cret@{place}")
    said = doctor(tmp_path, f"rediss://luot:wrong@{place}")
    assert "WRONGPASS" in said and ":wrong" not in said


def test_certificates_that_are_not_trusted(tmp_path, redis, authority):
    url = f"rediss://localhost:{redis.tls_port}"
    said = doctor(tmp_path, url)
    assert "BROKEN" in said and "certificate is not trusted" in said and "?ca=" in said
    stranger = Authority(tmp_path / "stranger")
    assert "certificate is not trusted" in doctor(tmp_path, f"{url}?ca={stranger.file}")
    with Server(tmp_path / "data", LUOT_STATE_URL=url) as server:  # as where it is down
        assert "certificate is not trusted" in server.log()
        assert expect(Client(server.url).get("/feed"), 200)["items"] == []


def test_certificates_for_another_name(tmp_path, authority):
    with Redis(tmp_path / "redis", certificate=authority.certificate("DNS:other.example")) as redis:
        for host in ("localhost", "127.0.0.1"):
            said = doctor(tmp_path, f"rediss://{host}:{redis.tls_port}?ca={authority.file}")
            assert "BROKEN" in said and f"certificate is for another name than {host}" in said


def test_a_file_of_certificates_that_is_none(tmp_path):
    (tmp_path / "empty.pem").write_text("")
    for name in ("empty.pem", "absent.pem"):
        url = f"rediss://:hush@localhost?ca={tmp_path / name}"
        assert name in doctor(tmp_path, url)
        run = subprocess.run(
            [BINARY, "serve"], capture_output=True, text=True, timeout=20, check=False,
            env={"PATH": os.environ["PATH"], "LUOT_LISTEN": "127.0.0.1:0", "LUOT_DATA_DIR": str(tmp_path / "data"),
                 "LUOT_STATE_URL": url},
        )  # fmt: skip
        assert run.returncode == 1 and name in run.stdout + run.stderr and "hush" not in run.stdout + run.stderr


def test_a_port_of_the_other_kind(tmp_path, redis, authority):
    said = doctor(tmp_path, f"rediss://localhost:{redis.port}?ca={authority.file}")
    assert "BROKEN" in said and "begins with redis://" in said
    assert "begins with rediss://" in doctor(tmp_path, f"redis://localhost:{redis.tls_port}")


@pytest.mark.parametrize(("reply", "said"), [
    (b"-ERR Protocol error\r\n", "does not speak TLS"),
    (b"", "closed the connection"),
    (None, "did not answer in time"),
], ids=["plain", "nothing", "silence"])  # fmt: skip
def test_whatever_answers_there(tmp_path, authority, reply, said):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept = []

        def answer():
            connection, _ = listener.accept()
            kept.append(connection)
            if reply is not None:
                connection.recv(4096)
                connection.sendall(reply)
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        assert said in doctor(tmp_path, f"rediss://127.0.0.1:{listener.getsockname()[1]}?ca={authority.file}")
