"""A revision that another took the place of: who watches it is not cut off, and after its last URL it is gone."""

import base64
import datetime
import math
import re
import struct
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

import odd_clips
import stored
from behind import MICROSECONDS, decode_id, eventually, sql
from client import Client, expect
from fake_clock import ClockedServer
from luot import Server
from uploads_seen import watch

WINDOW = 3 * 3600  # seconds; URLs end with the window after their own
EARLY = re.compile(r"videos/[^/]+/[^/]+/")


@pytest.fixture(scope="module")
def phone_clip(tmp_path_factory):
    """Is published as it is, and then as a ladder."""
    return odd_clips.make(tmp_path_factory.mktemp("clips"), "phone.mp4")


def prefix_of(url):
    return EARLY.search(url)[0]


def expiry_of(url):
    token = urlsplit(url).path.split("/")[1]
    return struct.unpack_from(">I", base64.urlsafe_b64decode(token))[0]


def first_look(upload):
    """The video as it was shown before the ladder."""
    return next(look for look in upload.looks if look["status"] == "processing" and look["hls_url"])


def due_of(server, prefix):
    [(due,)] = sql(server, "select due_at from doomed_objects where prefix = ?", prefix)
    return due / MICROSECONDS


def restart_at(server, moment):
    """kill -9, and up again at that time. Returns when the sweeper has been by."""
    server.kill()
    server.set_clock(round(moment - time.time()))
    latest = round((server.now() - 1) * MICROSECONDS)
    sql(server, "insert into doomed_objects (prefix, due_at, sweeping) values ('uploads/marker/', ?, 0)", latest)
    server.start()
    eventually(lambda: not sql(server, "select 1 from doomed_objects where prefix = 'uploads/marker/'"))


def statuses(urls):
    return {requests.get(url, headers={"Range": "bytes=0-99"}, timeout=30).status_code for url in urls}


@pytest.mark.embedded_only("a bucket's clock cannot be set")
def test_it_lives_until_its_last_url_has_expired(tmp_path, phone_clip):
    server = ClockedServer(tmp_path / "data", LUOT_WORKERS=1)
    server.set_clock(math.ceil(WINDOW - time.time() % WINDOW))  # the beginning of a window: its URLs live longest
    try:
        server.start()
        client = Client(server.url).register()
        upload = watch(client, phone_clip)
        early = first_look(upload)
        prefix = prefix_of(early["hls_url"])
        assert prefix != prefix_of(upload.video["hls_url"])
        watched = [early["hls_url"], *(variant.url for variant in upload.master(early["hls_url"])), early["mp4_url"]]
        assert expiry_of(early["hls_url"]) > server.now() + 2 * WINDOW - 120

        restart_at(server, expiry_of(early["hls_url"]) - 30)
        assert statuses(watched) <= {200, 206}, "who watches it goes on to the last moment"
        restart_at(server, expiry_of(early["hls_url"]) + 30)
        assert statuses(watched) == {403}

        media = server.data_dir / "media"
        (media / stored.keys(server, prefix)[0]).unlink()  # a removal that kill -9 cut off is taken up again
        sql(server, "update doomed_objects set sweeping = 1 where prefix = ?", prefix)
        restart_at(server, due_of(server, prefix) + 30)
        assert stored.keys(server, prefix) == []
        assert sql(server, "select 1 from doomed_objects where prefix = ?", prefix) == []
        now = expect(requests.get(f"{server.url}/videos/{upload.video['id']}", timeout=30), 200)
        assert statuses([now["hls_url"], now["thumbnail_url"], *(file["file_url"] for file in now["files"])]) <= {200, 206}
    finally:
        server.kill()


def end_of_presigned(url):
    query = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
    signed = datetime.datetime.strptime(query["X-Amz-Date"] + "+0000", "%Y%m%dT%H%M%SZ%z").timestamp()
    return signed + int(query["X-Amz-Expires"])


def test_no_url_that_was_signed_for_it_lives_longer(server, phone_clip):
    """A bucket's URLs, too: a playlist that is read in the last moment of its own URL names files for a window more."""
    upload = watch(Client(server.url).register(), phone_clip)
    early = first_look(upload)
    replaced = datetime.datetime.fromisoformat(upload.video["ready_at"].replace("Z", "+00:00")).timestamp()
    longest = 2 * WINDOW
    if server.place:
        [variant] = upload.master(early["hls_url"])
        read = upload.session.get(variant.url, timeout=30)
        seen = datetime.datetime.strptime(read.headers["Date"], "%a, %d %b %Y %H:%M:%S %Z")
        seen = seen.replace(tzinfo=datetime.timezone.utc).timestamp()
        ends = {end_of_presigned(segment.url) for segment in upload.media(variant.url).segments}
        assert max(ends) <= (seen // WINDOW + 2) * WINDOW
        longest += WINDOW
    assert due_of(server, prefix_of(early["hls_url"])) > replaced + longest


def test_taken_back_while_the_ladder_is_made(tmp_path, phone_clip):
    """What was shown before is gone, the ladder comes all the same, and nothing else is left."""
    with Server(tmp_path / "data", LUOT_WORKERS=1) as server:
        client = Client(server.url).register()
        video = client.upload(phone_clip.path)["id"]
        early = eventually(lambda: [v for v in [client.get(f"/videos/{video}").json()] if v["hls_url"]], timeout=60)[0]
        expect(client.request("PATCH", f"/videos/{video}", json={"visibility": "private"}), 200)
        eventually(lambda: not stored.keys(server, prefix_of(early["hls_url"])))
        ready = client.wait_until_done(video)
        assert ready["status"] == "ready" and len(ready["files"]) == 2
        assert statuses([ready["hls_url"], ready["mp4_url"]]) <= {200, 206}
        # The copy that was private when the ladder took its place lives on as any other that was replaced.
        revisions = {prefix_of(key) for key in stored.keys(server, f"videos/{video}/")}
        doomed = {prefix for [prefix] in sql(server, "select prefix from doomed_objects where prefix like 'videos/%'")}
        assert prefix_of(ready["hls_url"]) in revisions and revisions <= {prefix_of(ready["hls_url"]), *doomed}
        assert sql(server, "select state from jobs where video_id = ?", decode_id(video)) == [("done",)]
