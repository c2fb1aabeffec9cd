"""The secret can be rotated without signing anybody out, and every loop listens for itself."""

from client import Client, expect
from luot import Server

OLD, NEW = "an old secret of some forty characters ..", "a new secret of some forty characters ..."


def listening_sockets(port):
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return sum(1 for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A")


def test_what_the_previous_secret_signed_is_accepted_for_one_rotation(tmp_path, clip):
    data = tmp_path / "data"
    with Server(data, LUOT_SECRET=OLD) as server:
        client = Client(server.url).register()
        video = client.wait_until_done(client.upload(clip)["id"])
        assert not (data / "secret").exists(), "a given secret is not written down"
    with Server(data, server.port, LUOT_SECRET=NEW, LUOT_SECRET_PREVIOUS=OLD):
        expect(client.get("/me"), 200)
        assert client.get(video["hls_url"]).status_code == 200
        body = {"play_token": video["play_token"], "watched_ms": 1}
        expect(client.post(f"/videos/{video['id']}/view", body), 200)
        fresh = client.get(f"/videos/{video['id']}").json()
        assert fresh["hls_url"] != video["hls_url"], "new URLs are signed by the new key"
    with Server(data, server.port, LUOT_SECRET=NEW):
        expect(client.get("/me"), 401, "invalid_token")
        expect(client.get(video["hls_url"]), 403, "media_token_invalid")
        assert client.get(fresh["hls_url"]).status_code == 200


def test_every_loop_has_a_listener_of_its_own(tmp_path):
    with Server(tmp_path / "data", LUOT_LOOPS=3) as server:
        assert listening_sockets(server.port) == 3
