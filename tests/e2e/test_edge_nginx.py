"""nginx as the edge, with the configuration that is shipped, before a real S3 server and Luot's API: who may fetch what,
what comes, and what the store is asked for."""

import concurrent.futures
import http.client
import json
import subprocess
import time
from types import SimpleNamespace
from urllib.parse import urlsplit

import boto3
import pytest
import requests

import behind
import delivery_checks
from behind import eventually
from client import Client, expect
from clips import Clip
from edge_nginx import CountingProxy, Nginx, edge_keys
from engines import Ceph
from event_stream import EventStream
from fake_clock import LIBRARY
from luot import BINARY, ROOT, Server, free_port
from media_probe import decode, play
from openapi_check import CheckedSession
from uploads_seen import Upload

SECRET = "the secret of a server and its edge, long enough"
FORMER = "the secret before it, which some URLs are still signed by"
BUCKET = "luot"
SHARED = json.loads((ROOT / "tests/data/token-vectors.json").read_text())
SLICE = 1 << 20
REV = "videos/AbCdEf12345/r9/"
MOVIE = bytes(i * 7919 % 251 for i in range(2 * SLICE + 500_000))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Ceph(tmp_path_factory.mktemp("ceph")) as running:
        running.make_bucket(BUCKET)
        yield running


@pytest.fixture(scope="module")
def origin(store):
    proxy = CountingProxy(store.port)
    yield proxy
    proxy.close()


def origin_settings(store):
    return {
        "host": f"127.0.0.1:{store.port}", "path": f"/{BUCKET}", "region": store.region,
        "access_key_id": store.access_key, "secret_access_key": store.secret_key,
    }  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory, store, origin, clip):
    """A server whose media lie in the bucket, too, where nginx alone finds them."""
    folder = tmp_path_factory.mktemp("edge")
    port = free_port()
    keys = edge_keys(LUOT_SECRET=SECRET, LUOT_SECRET_PREVIOUS=FORMER)
    with Nginx(folder / "nginx", keys, origin_settings(store), port, origin.port) as nginx:
        settings = {"LUOT_SECRET": SECRET, "LUOT_PUBLIC_URL": nginx.url, "LUOT_EDGE_URL": nginx.url,
                    "LUOT_TRUSTED_PROXIES": "127.0.0.1", "LUOT_STORAGE_URL": store.storage_url(BUCKET),
                    **store.environment()}  # fmt: skip
        CheckedSession.stores.add(store.endpoint)  # its answers are not ours
        with Server(folder / "data", port, **settings) as server:
            owner = Client(nginx.url).register()
            video = owner.wait_until_done(owner.upload(clip)["id"])
            s3 = store.client()
            s3.put_object(Bucket=BUCKET, Key=f"{REV}720p.mp4", Body=MOVIE)
            yield SimpleNamespace(nginx=nginx, origin=origin, server=server, owner=owner, video=video, s3=s3,
                                  key=bytes.fromhex(json.loads(keys)[0]), former=bytes.fromhex(json.loads(keys)[1]),
                                  clip=clip)  # fmt: skip


def token(key, expiry, prefix=REV):
    return behind.token_of(key, prefix, expiry)


@pytest.fixture
def get(world):
    """Asks for a file of the movie's revision, with a token that is good for `seconds`."""

    def ask(file="720p.mp4", seconds=600, method="GET", key=None, signed=None, **headers):
        signed = signed or token(key or world.key, int(time.time()) + seconds)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, f"{world.nginx.url}/{signed}/{REV}{file}", headers=names, timeout=30)

    return ask


def test_a_video_plays_through_it(world):
    upload = Upload(Clip(world.clip, True, (426, 240), sound=True), [world.video])
    assert all(url.startswith(world.nginx.url) for url in upload.file_urls())
    delivery_checks.check_urls(upload)
    delivery_checks.check_segments(upload)
    for url in (world.video["hls_url"], world.video["mp4_url"]):
        assert play(url) == []
        assert len(decode(url).video.starts) == 75 and decode(url).audio


def test_the_store_is_asked_once_for_all_viewers(world, get):
    world.origin.take()
    whole = get(seconds=600)
    assert whole.status_code == 200 and whole.content == MOVIE
    asked = world.origin.take()
    assert [method for method, *_ in asked] == ["GET"] * 3 and len({piece for *_, piece in asked}) == 3
    assert get(seconds=10800).content == MOVIE, "of another window"
    assert get(seconds=3600, key=world.former).content == MOVIE, "by the previous key"
    for first, last in ((0, 0), (SLICE - 1, SLICE), (1_500_000, 2_200_000), (len(MOVIE) - 1, len(MOVIE) - 1)):
        piece = get(Range=f"bytes={first}-{last}")
        assert piece.status_code == 206 and piece.content == MOVIE[first : last + 1]
        assert piece.headers["Content-Range"] == f"bytes {first}-{last}/{len(MOVIE)}"
    assert get(Range="bytes=-7").content == MOVIE[-7:]
    assert get(method="HEAD").headers["Content-Length"] == str(len(MOVIE))
    assert world.origin.take() == []


def test_viewers_who_come_together_share_one_request(world, get):
    world.s3.put_object(Bucket=BUCKET, Key=f"{REV}480p.mp4", Body=MOVIE[:SLICE])
    world.origin.take()
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda seconds: get("480p.mp4", seconds), range(600, 612)))
    assert all(answer.content == MOVIE[:SLICE] for answer in answers)
    assert len(world.origin.take()) <= 3, "who waits too long goes himself"


def test_who_has_no_good_token_gets_nothing(world, get):
    assert get().status_code == 200
    now = int(time.time())
    good = token(world.key, now + 600)
    world.origin.take()
    for signed in (
        token(world.key, now), token(world.key, now - 3600), token(b"another key", now + 600),
        token(world.key, now + 600, "videos/AbCdEf12345/r8/"), token(world.key, now + 600, "videos/AbCdEf12346/r9/"),
        good[:-1] + ("A" if good[-1] != "A" else "B"), "A" * 48,
    ):  # fmt: skip
        for method in ("GET", "HEAD"):
            assert get(signed=signed, method=method).status_code == 403
        answer = get(signed=signed)
        assert answer.json()["code"] == "media_token_invalid" and answer.headers["Cache-Control"] == "no-store"
    assert world.origin.take() == [], "also of what is cached"


@pytest.mark.parametrize("vector", SHARED["vectors"], ids=lambda vector: vector["name"])
def test_the_shared_vectors(vector_nginx, vector):
    """At each vector's own time, and to the letter: most clients tidy paths up."""
    nginx, set_clock = vector_nginx
    set_clock(vector["now"] + 0.5)
    connection = http.client.HTTPConnection("127.0.0.1", nginx.port, timeout=10)
    connection.request("GET", vector["path"])
    status = connection.getresponse().status
    connection.close()
    # What is accepted gets as far as the store, which may not like the time; but its 403 is no viewer's.
    assert (status == 403) == (vector["expected"] == 403), status


@pytest.fixture(scope="module")
def vector_nginx(tmp_path_factory, store, world):
    folder = tmp_path_factory.mktemp("clocked")
    stamp = folder / "faketime"

    def set_clock(now):
        stamp.with_suffix(".new").write_text(f"{now - time.time():+.2f}\n")
        stamp.with_suffix(".new").rename(stamp)

    set_clock(time.time())
    clock = {"LD_PRELOAD": LIBRARY, "DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1",
             "FAKETIME_TIMESTAMP_FILE": str(stamp)}  # fmt: skip
    keys = json.dumps(["ab" * 32, SHARED["key_hex"]])
    with Nginx(folder / "nginx", keys, origin_settings(store), world.server.port, store.port, clock) as nginx:
        yield nginx, set_clock


def test_what_is_asked_in_a_way_of_its_own(world, get):
    etag = get().headers["ETag"]
    assert get(If_None_Match=etag).status_code == 304
    assert get(If_Range='"another"', Range="bytes=0-9").content == MOVIE
    assert get(If_Range=etag, Range="bytes=0-9").content == MOVIE[:10]
    for several in ("bytes=0-1,5-6", "lines=0-1", "bytes=9-1"):
        assert get(Range=several).status_code in (200, 416)
    for beyond in (len(MOVIE), 99 * SLICE):
        answer = get(Range=f"bytes={beyond}-")
        assert answer.status_code == 416 and answer.json()["code"] == "range_not_satisfiable"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert get(Range=f"bytes={len(MOVIE)}-").headers["Content-Range"] == f"bytes */{len(MOVIE)}"
    answer = get(method="POST")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


def test_pages_of_any_origin_may_play(get):
    preflight = get(method="OPTIONS", Origin="https://app.example", Access_Control_Request_Headers="range")
    assert preflight.status_code == 204
    assert "Range" in preflight.headers["Access-Control-Allow-Headers"]
    answer = get(Origin="https://app.example", Range="bytes=0-9")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Range" in answer.headers["Access-Control-Expose-Headers"]
    assert get(signed="A" * 48, Origin="https://app.example").headers["Access-Control-Allow-Origin"] == "*"


def test_nothing_of_the_store_shows(world, get):
    for file, fault, status in (("none.mp4", None, 404), ("1.mp4", 403, 503), ("2.mp4", 400, 503), ("3.mp4", 500, 503)):
        if fault:
            world.origin.faults.append(fault)
        answer = get(file)
        assert answer.status_code == status and answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == status and "<" not in answer.text
        assert (answer.headers.get("Retry-After") == "1") == (status == 503)
    for answer in (get(), get("none.mp4")):
        assert not [name for name in answer.headers if name.lower().startswith(("x-amz", "x-rgw"))]
        assert answer.headers["Server"] == "nginx"


def test_what_is_cached_outlives_the_store(world, get):
    assert get().content == MOVIE
    world.origin.faults += [500] * 4
    assert get(seconds=1234).content == MOVIE
    world.origin.faults.clear()


def test_tokens_stay_out_of_the_log(world, get):
    signed = token(world.key, int(time.time()) + 777)
    assert get(signed=signed).status_code == 200
    requests.get(f"{world.nginx.url}/storage/uploads/x?signature=a_secret", timeout=10)
    log = eventually(lambda: "/storage/uploads/x" in world.nginx.log() and world.nginx.log())
    assert f"/-/{REV}720p.mp4" in log
    assert signed not in log and "a_secret" not in log


def test_the_bucket_stays_private(store, world):
    anonymous = requests.get(f"{store.url}/{BUCKET}/{REV}720p.mp4", timeout=10)
    assert anonymous.status_code == 403
    world.origin.take()
    for given in ({}, {"Luot-Pass": ""}, {"Luot-Pass": "00" * 32}, {"Luot-Pass": "no number"}):
        signed = f"http://127.0.0.1:{world.nginx.signer_port}/{REV}720p.mp4"
        assert requests.get(signed, headers=given, timeout=10).status_code == 403, "whoever else is on that machine"
    assert world.origin.take() == []


def test_the_api_sees_who_asks(world):
    requests.get(f"{world.nginx.url}/feed", headers={"X-Forwarded-For": "192.0.2.7"}, timeout=10)
    eventually(lambda: "client=192.0.2.7" in world.server.log())
    expect(world.owner.get("/me"), 200)
    assert requests.get(world.nginx.url, timeout=10).headers["Content-Type"].startswith("text/html")
    assert urlsplit(world.video["hls_url"]).netloc == urlsplit(world.nginx.url).netloc


def test_the_store_itself_tells_of_an_upload(world, store):
    """A notification of a real radosgw, through nginx, does what `complete` would."""
    printed = subprocess.run(
        [BINARY, "events-url"], env={"LUOT_SECRET": SECRET, "LUOT_PUBLIC_URL": world.nginx.url},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    topics = boto3.client("sns", endpoint_url=store.url, region_name=store.region, aws_access_key_id=store.access_key,
                          aws_secret_access_key=store.secret_key)  # fmt: skip
    topic = topics.create_topic(Name="luot", Attributes={"push-endpoint": printed.stdout.strip()})["TopicArn"]
    created = {"Id": "luot", "TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
    world.s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"TopicConfigurations": [created]}
    )
    data = world.clip.read_bytes()
    ticket = world.owner.begin_upload(len(data))
    expect(world.owner.send(ticket["upload"], data), 200)
    assert world.owner.wait_until_done(ticket["video"]["id"])["status"] == "ready"
    log = eventually(lambda: "POST /storage/events" in world.nginx.log() and world.nginx.log())
    assert "token=" not in log


def test_events_come_when_they_happen(world):
    data = world.clip.read_bytes()
    ticket = world.owner.begin_upload(len(data))
    stream = EventStream(world.owner, f"/videos/{ticket['video']['id']}/events")
    stream.wait_for("uploading")
    assert stream.ended_at is None
    expect(world.owner.send(ticket["upload"], data), 200)
    expect(world.owner.post(f"/videos/{ticket['video']['id']}/upload/complete"), 202)
    assert stream.end()[-1].name == "ready"


def test_keys_are_rotated_by_a_reload(tmp_path, store, world):
    def fetched(nginx, key):
        url = f"{nginx.url}/{token(key, int(time.time()) + 600)}/{REV}720p.mp4"
        return requests.get(url, headers={"Range": "bytes=0-9"}, timeout=10).status_code

    old, new = bytes(32), bytes([1] * 32)
    with Nginx(tmp_path / "nginx", json.dumps([old.hex()]), origin_settings(store), free_port(), store.port) as nginx:
        assert (fetched(nginx, old), fetched(nginx, new)) == (206, 403)
        nginx.keys = json.dumps([new.hex(), old.hex()])
        nginx.reload()
        eventually(lambda: fetched(nginx, new) == 206)
        assert fetched(nginx, old) == 206
