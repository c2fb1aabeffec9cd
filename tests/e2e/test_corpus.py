"""Real files and hostile ones, from the upload to each byte that is served.

The files are those of the folder that LUOT_TEST_CORPUS names, with a manifest.tsv that says what each is. Without it
the tests make clips and attack files of their own.
"""

import mimetypes
import os
import pathlib
import sys

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
pytest.register_assert_rewrite("media_checks", "delivery_checks", "hls_rules", "playlists", "uploads_seen")

import clips  # noqa: E402
import media_checks as media  # noqa: E402
from canary import Canary, Listener, targets_of  # noqa: E402
from client import Client  # noqa: E402
from luot import PRODUCTION, Server  # noqa: E402
from ready_checks import READY_CHECKS, run_checks  # noqa: E402
from uploads_seen import watch  # noqa: E402

CORPUS = os.environ.get("LUOT_TEST_CORPUS")

def corpus_clips():
    return {clip.name: clip for clip in clips.read_manifest(pathlib.Path(CORPUS))} if CORPUS else {}


# What the production stack does with files is what the embedded one does: a few show it, of phones, browsers and attackers.
PRODUCTION_NAMES = (
    "iphone6_portrait_rot90_gps.mov", "pixel_hlg10_hevc_0.3s.mp4", "chrome_mediarecorder_noduration.webm",
    "screenrec_terminal_31s.gif", "bad_moov_missing.mp4", "attack_hls_file_canary.mp4",
)  # fmt: skip
NAMES = list(corpus_clips()) or clips.OWN_NAMES
if PRODUCTION:
    NAMES = [name for name in NAMES if name in PRODUCTION_NAMES] or NAMES[:6]


class Bench:
    """One server for all files, and what hostile ones point to."""

    def __init__(self, server, folder):
        self.client = Client(server.url).register()
        self.folder = folder
        self.known = corpus_clips()
        self.uploads = []
        if CORPUS:
            attacks = [clip.path for clip in self.known.values() if clip.name.startswith("attack_")]
            path, port = targets_of(attacks)
            self.canary = Canary(path, pathlib.Path(CORPUS) / "canary" / "canary.ts")
            self.listener = Listener(port)
        else:
            print("LUOT_TEST_CORPUS is not set: the tests make clips and attack files of their own")
            clips.make_canary(folder / "canary.ts")
            self.canary = Canary(folder / "canary.ts")
            self.listener = Listener()
        self.sees_reads = self.canary.can_tell()

    def clip(self, name):
        return self.known.get(name) or clips.make_own(self.folder, name, self.canary.path, self.listener.port)

    def upload(self, clip):
        content_type = mimetypes.guess_type(clip.name)[0] or ""
        if not content_type.startswith("video/") and content_type != "image/gif":
            content_type = "application/octet-stream"
        upload = watch(self.client, clip, content_type=content_type)
        self.uploads.append(upload)
        return upload

    def close(self):
        self.listener.close()
        self.canary.remove()


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    # One worker: the files are uploaded one after the other, and the machine may be small. No limits: they all come
    # from one address within minutes.
    settings = {"LUOT_WORKERS": 1, "LUOT_RATE_LIMITS": "off"}
    with Server(tmp_path_factory.mktemp("corpus") / "data", **settings) as server:
        opened = Bench(server, tmp_path_factory.mktemp("files"))
        yield opened
        opened.close()


@pytest.mark.parametrize("name", NAMES)
def test_file(bench, name):
    clip = bench.clip(name)
    if clip.path.stat().st_size == 0:
        check_empty_is_refused(bench.client, clip)
        return
    upload = bench.upload(clip)
    if not clip.accepted:
        media.check_failure(upload)
        return
    assert upload.video["status"] == "ready", upload.video["failure"]
    problems = run_checks(READY_CHECKS, upload)
    assert not problems, "\n".join(problems)


def check_empty_is_refused(client, clip):
    """A file without bytes needs no upload to be refused."""
    answer = client.post(
        "/videos/upload", {"title": clip.name, "filename": clip.name, "content_type": "video/mp4", "size": 0}
    )
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["size"], answer.text


def test_hostile_files_reached_nothing(bench):
    attacks = [upload for upload in bench.uploads if upload.clip.name.startswith("attack_")]
    if not attacks:
        pytest.skip("no attack file was uploaded in this run")
    assert [upload.clip.name for upload in attacks if upload.video["status"] != "failed"] == []
    assert bench.listener.requests == [], "a playlist was followed over the network"
    if bench.sees_reads:
        assert not bench.canary.was_read(), "a playlist was followed to a file of the server"


def test_no_url_that_was_shown_is_gone_at_the_end(bench):
    """Later revisions of a video must not take away what a player may still be reading."""
    urls = [url for upload in bench.uploads if upload.clip.accepted for url in upload.file_urls()]
    if not urls:
        pytest.skip("no video was uploaded in this run")
    ask = requests.get if PRODUCTION else requests.head  # the URL of a bucket is signed for GET
    gone = {url: status for url in urls if (status := ask(url, timeout=30).status_code) != 200}
    assert not gone
