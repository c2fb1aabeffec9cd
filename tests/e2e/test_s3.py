"""The server with its videos on a real S3 server and no CDN: clients and the store exchange bytes by themselves."""

import os
import re
import subprocess
from urllib.parse import urljoin, urlsplit

import pytest
import requests

import playlists
from behind import eventually
from client import Client, expect
from engines import Ceph
from luot import Server
from s3_store import Bucket

MIB = 1 << 20
MOST_OF_AN_ANSWER = 256 * 1024  # of playlists, cues and JSON; the clip below is several times that


@pytest.fixture(scope="module")
def ceph(tmp_path_factory):
    with Ceph(tmp_path_factory.mktemp("engines") / "ceph") as engine:
        yield engine


@pytest.fixture(scope="module")
def bucket(ceph):
    return Bucket(ceph)


@pytest.fixture(scope="module")
def server(bucket, tmp_path_factory):
    with Server(tmp_path_factory.mktemp("s3") / "data", LUOT_MULTIPART_ABOVE=20 * MIB, **bucket.settings) as running:
        yield running
        assert running.stop() == 0, running.log()[-2000:]


@pytest.fixture(scope="module")
def big_clip(tmp_path_factory):
    """Above the limit of one PUT in this server: noise does not compress."""
    path = tmp_path_factory.mktemp("clips") / "big.mp4"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=426x240:rate=25:duration=4",
         "-f", "lavfi", "-i", "sine=duration=4", "-vf", "noise=alls=100:allf=t", "-c:v", "libx264",
         "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p", "-c:a", "aac", path],
        check=True,
    )  # fmt: skip
    assert path.stat().st_size > 20 * MIB
    return path


@pytest.fixture(scope="module")
def watched(server, clip):
    """A ready video: (its owner, video)."""
    owner = Client(server.url).register()
    return owner, owner.wait_until_done(owner.upload(clip)["id"])


def sent_bytes(server):
    """What the process has written to its sockets and files so far."""
    text = open(f"/proc/{server.process.pid}/io").read()
    return int(re.search(r"wchar: (\d+)", text).group(1))


def shown_urls(video):
    return [video["hls_url"], video["mp4_url"], video["thumbnail_url"], *video["preview"].values(),
            *(file["file_url"] for file in video["files"])]  # fmt: skip


def test_one_put_goes_straight_to_the_store(server, bucket, user, clip):
    data = clip.read_bytes()
    ticket = user.begin_upload(len(data))
    url = ticket["upload"]["url"]
    assert url.startswith(f"{bucket.endpoint}/{bucket.name}/uploads/{ticket['video']['id']}/")
    headers = {"Content-Type": "video/mp4", "Content-Length": str(len(data))}
    assert url == bucket.presigned("PUT", url, headers)
    for wrong in (data[:-1], data + b"x"):
        assert requests.put(url, data=wrong, headers=ticket["upload"]["headers"], timeout=30).status_code == 403
    assert requests.put(url, data=data, headers={"Content-Type": "text/html"}, timeout=30).status_code == 403
    assert user.send(ticket["upload"], data).status_code == 200
    expect(user.post(f"/videos/{ticket['video']['id']}/upload/complete", {}), 202)
    assert user.wait_until_done(ticket["video"]["id"])["status"] == "ready"


def test_what_is_sent_after_complete_changes_nothing(server, bucket, user, clip):
    data = clip.read_bytes()
    ticket = user.begin_upload(len(data))
    assert user.send(ticket["upload"], data).status_code == 200
    expect(user.post(f"/videos/{ticket['video']['id']}/upload/complete", {}), 202)
    assert user.send(ticket["upload"], bytes(len(data))).status_code == 200  # the URL has not expired
    [original] = bucket.keys(f"originals/{ticket['video']['id']}/")
    assert bucket.read(original) == data
    assert user.wait_until_done(ticket["video"]["id"])["status"] == "ready"


def test_parts_go_straight_to_the_store_and_resume(server, bucket, user, big_clip):
    size = big_clip.stat().st_size
    ticket = user.begin_upload(size)
    video = ticket["video"]["id"]
    assert ticket["upload"]["kind"] == "multipart"
    part_size, count = ticket["upload"]["part_size"], ticket["upload"]["part_count"]
    data = big_clip.read_bytes()
    [second] = user.sign_parts(video, [2])
    headers = {"Content-Type": "video/mp4", "Content-Length": str(part_size)}
    assert second["url"] == bucket.presigned("PUT", second["url"], headers)
    assert user.send(second, data[part_size : 2 * part_size - 1]).status_code == 403
    assert user.send(second, data[part_size : 2 * part_size]).status_code == 200
    state = expect(user.get(f"/videos/{video}/upload"), 200)
    assert state["received"] == [{"number": 2, "size": part_size}]
    expect(user.post(f"/videos/{video}/upload/complete", {}), 409, "upload_incomplete")
    before = sent_bytes(server)
    with open(big_clip, "rb") as file:
        user.send_missing_parts(video, file)
    for _ in range(2):
        expect(user.post(f"/videos/{video}/upload/complete", {}), 202)
    assert sent_bytes(server) - before < MOST_OF_AN_ANSWER, "bytes of the upload passed through the server"
    [original] = bucket.keys(f"originals/{video}/")
    assert bucket.read(original) == data and count > 2
    assert user.send(second, bytes(part_size)).status_code == 404  # a part that comes late finds nothing
    assert user.wait_until_done(video)["status"] == "ready"
    assert bucket.uploads() == []


def test_an_aborted_upload_leaves_nothing(bucket, user):
    ticket = user.begin_upload(24 * MIB)
    video = ticket["video"]["id"]
    [first] = user.sign_parts(video, [1])
    user.send(first, bytes(ticket["upload"]["part_size"]))
    assert len(bucket.uploads(f"originals/{video}/")) == 1
    assert user.delete(f"/videos/{video}/upload").status_code == 204
    assert bucket.uploads(f"originals/{video}/") == [] and bucket.keys(f"originals/{video}/") == []


def test_the_store_is_not_public(bucket, watched):
    for key in bucket.keys(f"videos/{watched[1]['id']}/"):
        assert requests.get(f"{bucket.endpoint}/{bucket.name}/{key}", timeout=10).status_code == 403


def test_what_the_worker_writes_is_typed_and_kept_by_caches(bucket, watched):
    keys = bucket.keys(f"videos/{watched[1]['id']}/")
    types = {".mp4": "video/mp4", ".m3u8": "application/vnd.apple.mpegurl", ".jpg": "image/jpeg", ".vtt": "text/vtt"}
    assert {os.path.splitext(key)[1] for key in keys} == set(types)
    for key in keys:
        head = bucket.s3.head_object(Bucket=bucket.name, Key=key)
        assert head["ContentType"] == types[os.path.splitext(key)[1]], key
        assert head["CacheControl"] == "public, max-age=31536000, immutable", key


def test_playlists_hold_urls_of_the_store(bucket, watched, anonymous):
    master = anonymous.get(watched[1]["hls_url"])
    assert master.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    for variant in playlists.read_master(master.text, watched[1]["hls_url"]):
        assert urlsplit(variant.url).netloc == urlsplit(watched[1]["hls_url"]).netloc  # playlists stay here
        answer = anonymous.get(variant.url)
        media = playlists.read_media(answer.text, variant.url)
        assert {segment.url for segment in media.segments} == {media.map_url}
        assert media.map_url == bucket.presigned("GET", media.map_url, {})
        assert "X-Amz-Expires=21600&" in media.map_url
        fetched = requests.get(media.map_url, headers={"Range": f"bytes=0-{media.map_length - 1}"}, timeout=10)
        assert fetched.status_code == 206 and fetched.content[4:8] == b"ftyp"
        assert anonymous.get(variant.url).text == answer.text  # the same for all viewers of the window
        max_age = int(re.fullmatch(r"public, max-age=(\d+)", answer.headers["Cache-Control"]).group(1))
        assert 0 < max_age <= 3 * 3600


def test_playlists_answer_as_files_do(watched, anonymous):
    url = urljoin(watched[1]["hls_url"], "240p.m3u8")
    whole = anonymous.get(url)
    assert anonymous.get(url, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    part = anonymous.get(url, headers={"Range": "bytes=1-6"})
    assert part.status_code == 206 and part.content == whole.content[1:7]
    head = anonymous.request("HEAD", url)
    assert head.headers["Content-Length"] == str(len(whole.content)) and head.headers["ETag"] == whole.headers["ETag"]
    assert anonymous.get(url, headers={"Range": "bytes=999999-"}).status_code == 416
    assert anonymous.get(urljoin(url, "none.m3u8")).status_code == 404
    assert anonymous.get(url.replace("/videos/", "x/videos/")).status_code == 403


def test_bytes_are_a_redirect(bucket, watched, anonymous):
    video = watched[1]
    for url in (video["mp4_url"], video["thumbnail_url"], video["preview"]["image_url"]):
        for method in ("GET", "HEAD"):
            answer = anonymous.request(method, url, allow_redirects=False)
            assert answer.status_code == 302 and not answer.content
            assert answer.headers["Location"] == bucket.presigned(method, answer.headers["Location"], {})
            followed = anonymous.request(method, url)
            assert followed.status_code == 200 and followed.url.startswith(bucket.endpoint)
    ranged = anonymous.get(video["mp4_url"], headers={"Range": "bytes=4-7"})
    assert ranged.status_code == 206 and ranged.content == b"ftyp"
    assert anonymous.get(video["preview"]["vtt_url"]).text.startswith("WEBVTT\n")


def test_it_plays_without_a_media_byte_through_the_server(server, watched):
    """A player reads the whole video by its playlists, and once more as one file."""
    video = watched[1]
    before = sent_bytes(server)
    for url in (video["hls_url"], video["mp4_url"]):
        run = subprocess.run(
            ["ffmpeg", "-loglevel", "error", "-i", url, "-f", "null", "-progress", "-", "-"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        frames = int(re.findall(r"frame=(\d+)", run.stdout)[-1])
        assert frames == pytest.approx(video["duration"] * 25, abs=2) and not run.stderr
    assert sent_bytes(server) - before < MOST_OF_AN_ANSWER


def test_the_page_may_use_the_store(server, bucket, anonymous):
    policy = anonymous.get("/").headers["Content-Security-Policy"]
    for directive in ("img-src", "media-src", "connect-src"):
        [sources] = [part for part in policy.split("; ") if part.startswith(directive + " ")]
        assert bucket.endpoint in sources.split(), policy


def test_there_is_no_storage_of_its_own(anonymous):
    expect(anonymous.put("/storage/uploads/x", data=b"x"), 405, "method_not_allowed")


def test_a_video_that_is_taken_back_is_keyed_anew(server, bucket, anonymous, clip):
    owner = Client(server.url).register()
    video = owner.wait_until_done(owner.upload(clip)["id"])
    revision = urlsplit(video["hls_url"]).path.split("/")[4]
    old = bucket.keys(f"videos/{video['id']}/{revision}/")
    private = expect(owner.request("PATCH", f"/videos/{video['id']}", json={"visibility": "private"}), 200)
    assert bucket.keys(f"videos/{video['id']}/{revision}/") == []
    new = bucket.keys("/".join(urlsplit(private["hls_url"]).path.split("/")[2:5]) + "/")
    assert [key.split("/")[3] for key in new] == [key.split("/")[3] for key in old]
    head = bucket.s3.head_object(Bucket=bucket.name, Key=next(key for key in new if key.endswith(".mp4")))
    assert (head["ContentType"], head["CacheControl"]) == ("video/mp4", "public, max-age=31536000, immutable")
    for url in shown_urls(private):
        assert anonymous.get(url).status_code == 200
    for url in shown_urls(video):
        eventually(lambda url=url: anonymous.get(url).status_code == 404, timeout=15)


def test_deleting_a_video_removes_its_objects(server, bucket, clip):
    owner = Client(server.url).register()
    video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
    assert bucket.keys(f"videos/{video}/") and bucket.keys(f"originals/{video}/")
    assert owner.delete(f"/videos/{video}").status_code == 204
    for kind in ("videos", "originals", "uploads"):
        assert bucket.keys(f"{kind}/{video}/") == []


def test_a_prefix_keeps_two_servers_of_a_bucket_apart(bucket, tmp_path, clip):
    settings = bucket.settings
    settings["LUOT_STORAGE_URL"] += "&prefix=second/one"
    with Server(tmp_path / "data", **settings) as second:
        owner = Client(second.url).register()
        video = owner.wait_until_done(owner.upload(clip)["id"])
        assert bucket.keys(f"second/one/videos/{video['id']}/")
        assert owner.get(video["mp4_url"]).status_code == 200
        owner.delete(f"/videos/{video['id']}")
        assert bucket.keys("second/") == []
