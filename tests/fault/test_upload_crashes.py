"""Uploads in parts and kill -9: what was answered is in the store, every upload resumes and is whole, nothing is left.

LUOT_FAULT_ROUNDS sets how many times the server is killed (3)."""

import io
import os
import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import behind
import stored
from behind import eventually, sql
from client import Client, expect
from injection import injected
from luot import Server
from traces import Trace, calls_between, has

ROUNDS = int(os.environ.get("LUOT_FAULT_ROUNDS", "3"))
UPLOADERS = 4
MIB = 1 << 20
PART = 8 * MIB
PARTS = 4
SIZE = (PARTS - 1) * PART + 12345


@pytest.fixture
def server(tmp_path):
    """Everything goes in parts; nothing is transcoded, since what is uploaded here is no video."""
    server = Server(tmp_path / "data", LUOT_MULTIPART_ABOVE=1, LUOT_WORKERS=0, LUOT_MAX_UPLOADS_PER_DAY=100000,
                    LUOT_MAX_UPLOAD_BYTES_PER_DAY=1 << 50, LUOT_MIN_FREE_DISK=0).start()  # fmt: skip
    yield server
    server.kill()


def piece(data, number):
    return data[(number - 1) * PART : number * PART]


def state(client, video):
    return expect(client.get(f"/videos/{video}/upload"), 200)


def original(server, video):
    rows = sql(server, "select payload from jobs where video_id = ?", behind.decode_id(video))
    assert len(rows) == 1, f"one job for {video}, not {rows}"
    return stored.read(server, rows[0][0])


class Uploader(threading.Thread):
    """Uploads one file after the other, parts in any order, and remembers what was answered."""

    def __init__(self, server, token, contents):
        super().__init__(daemon=True)
        self.client = Client(server.url, token, requests.Session())
        self.contents = contents
        self.fault = None
        self.begun = {}  # video: the numbers of the parts that were answered
        self.completed = set()

    def run(self):
        try:
            while True:
                self.upload_one()
        except requests.RequestException:
            pass  # the server is gone
        except Exception as fault:
            self.fault = fault

    def upload_one(self):
        video = self.client.begin_upload(SIZE)["video"]["id"]
        self.begun[video] = set()
        for number in random.sample(range(1, PARTS + 1), PARTS):
            [part] = self.client.sign_parts(video, [number])
            expect(self.client.send(part, piece(self.contents, number)), 200)
            self.begun[video].add(number)
        expect(self.client.post(f"/videos/{video}/upload/complete"), 202)
        self.completed.add(video)


def run_and_kill(server, clients, contents):
    uploaders = [Uploader(server, client.token, contents) for client in clients]
    for uploader in uploaders:
        uploader.start()
    time.sleep(random.uniform(0.2, 1.5))
    server.kill()
    for uploader in uploaders:
        uploader.join(30)
        assert not uploader.is_alive()
        assert uploader.fault is None, f"a wrong answer before the server died: {uploader.fault!r}"
    return uploaders


def resume(server, client, uploader, contents):
    """From what the server tells alone; returns how many uploads there were."""
    for video, answered in uploader.begun.items():
        told = state(client, video)
        assert {part["number"] for part in told["received"]} >= answered
        assert all(part["size"] == len(piece(contents, part["number"])) for part in told["received"])
        assert told["status"] == "completed" or video not in uploader.completed
        if told["status"] == "open":
            client.send_missing_parts(video, io.BytesIO(contents))
        assert expect(client.post(f"/videos/{video}/upload/complete"), 202)["video"]["status"] == "processing"
        assert original(server, video) == contents
    return len(uploader.begun)


def begun_unheard(server, uploaders):
    """Uploads that were recorded, but whose answer no client got."""
    heard = {behind.decode_id(video) for uploader in uploaders for video in uploader.begun}
    return [number for [number] in sql(server, "select video_id from uploads") if number not in heard]


def end_what_nobody_heard_of(server, uploaders):
    """Their time is over; the sweeper comes by when the server starts."""
    unheard = begun_unheard(server, uploaders)
    for number in unheard:
        sql(server, "update uploads set expires_at = 1, next_look_at = 1 where video_id = ? and status = 'open'", number)
    if unheard:
        server.stop()
        server.start()
    eventually(lambda: not begun_unheard(server, uploaders))


def test_uploads_go_on_after_kill_9(server):
    contents = random.randbytes(SIZE)
    clients = [Client(server.url).register() for _ in range(UPLOADERS)]
    count = 0
    for _ in range(ROUNDS):
        uploaders = run_and_kill(server, clients, contents)
        server.start()
        for client, uploader in zip(clients, uploaders, strict=True):
            again = Client(server.url, client.token)  # the answers are checked against the document again
            count += resume(server, again, uploader, contents)
        end_what_nobody_heard_of(server, uploaders)
        eventually(lambda: not stored.half_made(server))
        remove_all(server)
    assert count >= ROUNDS * UPLOADERS, "a load, not a trickle"


def remove_all(server):
    """Makes room for the next round, behind the server's back."""
    for [key] in sql(server, "select payload from jobs"):
        stored.remove(server, key)
    sql(server, "delete from jobs")
    sql(server, "delete from uploads")


def test_kill_9_while_the_parts_are_put_together(server, record_property):
    """Killed at moments spread over the whole of `complete`, as long as one takes here, until enough of the kills have
    hit it at its work."""
    contents = random.randbytes(SIZE)
    client = Client(server.url).register()
    took, kills, hits = time_of_complete(client, contents), 0, 0
    while kills < ROUNDS or hits < max(1, ROUNDS // 3):
        assert kills < 10 * ROUNDS, f"only {hits} of {kills} kills hit"
        video = client.begin_upload(SIZE)["video"]["id"]
        client.send_missing_parts(video, io.BytesIO(contents))
        quiet = Client(server.url, client.token, requests.Session())
        quiet.get("/healthz")  # connected
        sent = threading.Event()
        completing = threading.Thread(target=complete_until_it_dies, args=(quiet, video, sent), daemon=True)
        completing.start()
        sent.wait()
        time.sleep(took * (kills % ROUNDS + random.random()) / ROUNDS)
        server.kill()
        kills += 1
        completing.join(30)
        assert not completing.is_alive()
        hits += is_half_done(server, video)
        server.start()
        assert len(state(client, video)["received"]) == PARTS, "nothing that was answered is lost"
        expect(client.post(f"/videos/{video}/upload/complete"), 202)
        assert original(server, video) == contents
        eventually(lambda: not stored.half_made(server))
        assert sql(server, "select prefix from doomed_objects where prefix like ?", f"originals/{video}/%") == []

    record_property("hits", hits)
    print(f"{hits} of {kills} kills hit a call at its work; one takes {1000 * took:.0f} ms")


def is_half_done(server, video):
    """Whether the parts are put together and the database does not know, or they are locked away and not all removed."""
    if server.place:
        is_open = sql(server, "select 1 from uploads where video_id = ? and status = 'open'", behind.decode_id(video))
        return bool(is_open and stored.keys(server, f"originals/{video}/"))
    return any(path.name.endswith("~sealed") for path in stored.half_made(server))


def time_of_complete(client, contents):
    """Seconds: the shortest of three."""
    times = []
    for _ in range(3):
        video = client.begin_upload(SIZE)["video"]["id"]
        client.send_missing_parts(video, io.BytesIO(contents))
        began = time.monotonic()
        expect(client.post(f"/videos/{video}/upload/complete"), 202)
        times.append(time.monotonic() - began)
    return min(times)


def complete_until_it_dies(client, video, sent):
    sent.set()
    try:
        client.post(f"/videos/{video}/upload/complete")
    except requests.RequestException:
        pass


@pytest.mark.embedded_only("the calls of the local folder; a bucket writes for itself")
def test_parts_and_the_whole_are_synced_before_they_are_told(server, tmp_path):
    contents = random.randbytes(SIZE)
    client = Client(server.url).register()
    video = client.begin_upload(SIZE)["video"]["id"]
    trace = Trace(server, tmp_path / "trace")
    client.send_missing_parts(video, io.BytesIO(contents))
    expect(client.post(f"/videos/{video}/upload/complete"), 202)
    lines = trace.end()
    for number in range(1, PARTS + 1):
        put = calls_between(lines, rf"PUT /storage/originals/{video}/\S+&part={number}&", "HTTP/1.1 200 OK")
        synced = next(i for i, line in enumerate(put) if "fdatasync" in line)
        renamed = next(i for i, line in enumerate(put) if "rename(" in line and f'/{number}"' in line)
        assert synced < renamed and has(put[renamed:], r" fsync\(.*= 0|fsync resumed"), "file, name, folder"
    complete = calls_between(lines, f"POST /videos/{video}/upload/complete", "HTTP/1.1 202")
    copied = max(i for i, line in enumerate(complete) if "copy_file_range" in line)
    renamed = next(i for i, line in enumerate(complete) if "rename(" in line and '/source"' in line)
    assert has(complete[copied:renamed], r" fdatasync\(.*= 0|fdatasync resumed"), "the file before its name"
    folder = next(i for i, line in enumerate(complete) if i > renamed and re.search(r" fsync\(.*= 0|fsync resumed", line))
    assert has(complete[folder:], "fdatasync"), "the folder before the database"


@pytest.mark.embedded_only("the local folder puts them together; a bucket does so itself")
@pytest.mark.parametrize("error", ["EXDEV", "EINVAL", "ENOSYS", "EOPNOTSUPP"])
def test_parts_are_put_together_where_files_do_not_copy_themselves(server, tmp_path, error):
    contents = random.randbytes(SIZE)
    client = Client(server.url).register()
    video = client.begin_upload(SIZE)["video"]["id"]
    client.send_missing_parts(video, io.BytesIO(contents))
    [folder] = (server.data_dir / "media/.parts").iterdir()
    second = folder.with_name(folder.name + "~sealed") / "2"
    with injected(server, f"copy_file_range:error={error}", second, tmp_path / "trace"):
        expect(client.post(f"/videos/{video}/upload/complete"), 202)
    assert original(server, video) == contents


@pytest.mark.embedded_only("the local folder puts them together; a bucket does so itself")
@pytest.mark.skipif(ROUNDS <= 3, reason="it takes half a minute")
def test_who_waits_for_another_call_of_complete_is_told_in_time(server, tmp_path):
    contents = random.randbytes(SIZE)
    client = Client(server.url).register()
    video = client.begin_upload(SIZE)["video"]["id"]
    client.send_missing_parts(video, io.BytesIO(contents))
    [folder] = (server.data_dir / "media/.parts").iterdir()
    second = folder.with_name(folder.name + "~sealed") / "2"
    slow = "copy_file_range:error=EXDEV:delay_enter=28000000"
    with injected(server, slow, second, tmp_path / "trace"), ThreadPoolExecutor(1) as pool:
        first = Client(server.url, client.token)
        done = pool.submit(first.post, f"/videos/{video}/upload/complete", timeout=60)
        eventually(folder.with_name(second.parent.name).exists)
        began = time.monotonic()
        answer = client.post(f"/videos/{video}/upload/complete")
        expect(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0 and 15 < time.monotonic() - began < 27
        expect(done.result(), 202)
    expect(client.post(f"/videos/{video}/upload/complete"), 202)
    assert original(server, video) == contents
