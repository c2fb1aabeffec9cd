"""What owners do with their videos: edit them, take them back, delete them; and that nothing is left behind."""

import time

import behind
import stored
from behind import eventually, sql
from client import Client, expect

HOUR = 3600 * behind.MICROSECONDS


def edit(client, video, **fields):
    return client.request("PATCH", f"/videos/{video}", json=fields)


def fresh_video(server, clip):
    owner = Client(server.url).register()
    return owner, owner.wait_until_done(owner.upload(clip)["id"])


def urls_of(video):
    shown = [video["hls_url"], video["mp4_url"], video["thumbnail_url"], *video["preview"].values()]
    return shown + [file["file_url"] for file in video["files"]]


def expect_gone(server, anonymous, url):
    """At once; before a bucket, where a node knows playlists for ten seconds (docs/decisions/0018), soon."""
    if server.place:
        eventually(lambda: anonymous.get(url).status_code == 404, timeout=15)
    assert anonymous.get(url).status_code == 404


def files_of(server, kind, video):
    return sorted(stored.keys(server, f"{kind}/{video}/"))


def doomed(server, prefix):
    rows = sql(server, "select due_at from doomed_objects where prefix like ?", f"{prefix}%")
    return [row[0] for row in rows]


def sweep_now(server, prefix):
    """What is doomed for later is due at once; the sweeper comes by every half minute."""
    sql(server, "update doomed_objects set due_at = 1 where prefix like ?", f"{prefix}%")


def test_an_edit_changes_what_it_names(server, clip):
    owner, video = fresh_video(server, clip)
    changed = expect(edit(owner, video["id"], title="  New title  "), 200)
    assert changed == video | {"title": "New title", "play_token": changed["play_token"]}
    changed = expect(edit(owner, video["id"], description="Mô tả", visibility="unlisted"), 200)
    assert (changed["title"], changed["description"], changed["visibility"]) == ("New title", "Mô tả", "unlisted")
    assert changed["hls_url"] == video["hls_url"]
    for bad in ({"title": ""}, {"title": "x" * 151}, {"visibility": "secret"}, {"title": None}):
        expect(edit(owner, video["id"], **bad), 422, "invalid_fields")


def test_a_video_that_is_taken_back_shows_nothing_under_its_old_urls(server, anonymous, clip):
    owner, video = fresh_video(server, clip)
    private = expect(edit(owner, video["id"], visibility="private"), 200)
    expect(anonymous.get(f"/videos/{video['id']}"), 404, "video_not_found")
    for url in urls_of(video):
        expect_gone(server, anonymous, url)
    for url in urls_of(private):
        assert anonymous.get(url).status_code == 200
    assert [f["quality"] for f in private["files"]] == [f["quality"] for f in video["files"]]
    again = expect(edit(owner, video["id"], visibility="private", title="Mine"), 200)
    assert again["hls_url"] == private["hls_url"], "it was private already"
    back = expect(edit(owner, video["id"], visibility="public"), 200)
    assert back["hls_url"] == private["hls_url"]
    expect(anonymous.get(f"/videos/{video['id']}"), 200)


def test_a_video_that_is_taken_back_shows_nothing_of_what_was_replaced_before(server, anonymous, clip):
    """The first quality, which lives on behind its own URLs when the ladder has come."""
    owner, video = fresh_video(server, clip)
    replaced = sql(server, "select prefix from doomed_objects where prefix like ?", f"videos/{video['id']}/%")
    [prefix] = [prefix for [prefix] in replaced]
    token = behind.media_token(server, prefix, int(time.time()) + 3600)
    url = f"{server.url}/{token}/{prefix}master.m3u8"
    assert anonymous.get(url).status_code == 200
    expect(edit(owner, video["id"], visibility="private"), 200)
    expect_gone(server, anonymous, url)
    assert files_of(server, "videos", f"{video['id']}/{prefix.split('/')[2]}") == []


def test_a_deleted_video_is_gone_with_all_it_had(server, anonymous, clip):
    owner, video = fresh_video(server, clip)
    expect(owner.post(f"/videos/{video['id']}/like"), 200)
    expect(owner.post(f"/videos/{video['id']}/comments", {"content": "Mine"}), 201)
    expect(owner.delete(f"/videos/{video['id']}"), 204)
    for path in ("", "/comments", "/upload"):
        expect(owner.get(f"/videos/{video['id']}{path}"), 404, "video_not_found")
    expect(owner.delete(f"/videos/{video['id']}"), 404, "video_not_found")
    for url in urls_of(video):
        expect_gone(server, anonymous, url)
    for kind in ("videos", "originals", "uploads"):
        assert files_of(server, kind, video["id"]) == []
    number = behind.decode_id(video["id"])
    for table in ("likes", "comments", "jobs", "video_files", "uploads"):
        assert sql(server, f"select count(*) from {table} where video_id = ?", number) == [(0,)]


def test_a_video_may_be_deleted_while_it_is_processed(server, anonymous, clip):
    owner = Client(server.url).register()
    video = owner.upload(clip)["id"]
    eventually(lambda: owner.get(f"/videos/{video}").json()["progress"] is not None)
    expect(owner.delete(f"/videos/{video}"), 204)
    scratch = server.data_dir / "scratch"
    eventually(lambda: not any(scratch.iterdir()), timeout=20)
    assert sql(server, "select count(*) from jobs where video_id = ?", behind.decode_id(video)) == [(0,)]
    other = owner.wait_until_done(owner.upload(clip)["id"])
    assert other["status"] == "ready", "the worker goes on"


def test_everything_that_nobody_needs_is_doomed(server, clip):
    owner, video = fresh_video(server, clip)
    now = int(time.time()) * behind.MICROSECONDS
    [upload] = doomed(server, f"uploads/{video['id']}/")
    assert 6 * HOUR < upload - now < 8 * HOUR, "after its URL has expired"
    [original] = doomed(server, f"originals/{video['id']}/")
    assert 6 * 24 * HOUR < original - now < 7 * 24 * HOUR + HOUR
    current = video["hls_url"].split("/")[-2]
    assert doomed(server, f"videos/{video['id']}/{current}/") == []
    for due in doomed(server, f"videos/{video['id']}/"):
        assert due - now > 6 * HOUR, "the first quality's URLs live on"


def test_the_original_of_a_failed_video_goes_too(server, tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("not a video")
    owner = Client(server.url).register()
    video = owner.wait_until_done(owner.upload(text)["id"])
    assert video["status"] == "failed"
    assert len(doomed(server, f"originals/{video['id']}/")) == 1


def test_the_sweeper_removes_what_is_due_and_nothing_else(server, clip):
    owner, video = fresh_video(server, clip)
    kept = files_of(server, "videos", video["id"])
    assert files_of(server, "originals", video["id"])
    sweep_now(server, f"originals/{video['id']}/")
    eventually(lambda: not files_of(server, "originals", video["id"]), timeout=40)
    assert files_of(server, "videos", video["id"]) == kept
    eventually(lambda: doomed(server, f"originals/{video['id']}/") == [])


def test_an_upload_without_a_word_is_found_and_one_that_never_came_is_forgotten(server, clip):
    owner = Client(server.url).register()
    silent = owner.begin_upload(clip.stat().st_size)
    expect(owner.send(silent["upload"], clip.read_bytes()), 200)
    absent = owner.begin_upload(1000)["video"]["id"]
    sql(server, "update uploads set next_look_at = 1 where video_id = ?", behind.decode_id(silent["video"]["id"]))
    sql(server, "update uploads set next_look_at = 1, expires_at = 1 where video_id = ?", behind.decode_id(absent))
    eventually(lambda: owner.get(f"/videos/{silent['video']['id']}").json()["status"] == "ready", timeout=60)
    expect(owner.get(f"/videos/{absent}"), 404, "video_not_found")
