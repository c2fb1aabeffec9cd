"""Whose video is next, on a server with one worker. What holds in general is in fair_queue_test."""

import time

import odd_clips
from behind import eventually, sql
from client import Client
from luot import Server
from media_probe import packets_of
from processes import encoder


def order_of_ends(client, videos):
    """The videos in the order in which they were seen to end."""
    order = []
    deadline = time.monotonic() + 180
    while len(order) < len(videos) and time.monotonic() < deadline:
        for video in videos:
            if video not in order and client.get(f"/videos/{video}").json()["status"] in ("ready", "failed"):
                order.append(video)
    return order


def upload_and_work(folder, clip, counts):
    """(server, [a user's videos]): uploaded, user after user, before the worker begins."""
    with Server(folder / "data", LUOT_WORKERS=0) as idle:
        clients = [Client(idle.url).register() for _ in counts]
        videos = [[client.upload(clip)["id"] for _ in range(count)] for client, count in zip(clients, counts)]
    return Server(idle.data_dir, idle.port, LUOT_WORKERS=1), clients, videos


def test_who_uploads_one_video_does_not_wait_for_who_uploads_many(tmp_path, clip):
    server, clients, (many, [one]) = upload_and_work(tmp_path, clip, (8, 1))
    with server:
        order = order_of_ends(clients[0], [*many, one])
    assert len(order) == 9 and order.index(one) <= 2, order


def test_all_are_playable_before_any_is_made_whole(tmp_path, clip):
    server, [client], [videos] = upload_and_work(tmp_path, clip, (4,))
    with server:
        assert len(order_of_ends(client, videos)) == 4
        [[last_playable]] = sql(server, "select max(playable_at) from videos")
        [[first_whole]] = sql(server, "select min(finished_at) from jobs")
        assert last_playable < first_whole
        assert server.log().count("transcoding gives way") == 4, "the last one to the rest of those before it"
        assert sql(server, "select distinct state, attempts from jobs") == [("done", 1)]


def test_a_source_that_is_a_rung_is_copied_in_its_later_turn_too(tmp_path):
    clip = odd_clips.make(tmp_path, "phone.mp4").path
    server, [client], [videos] = upload_and_work(tmp_path, clip, (2,))
    with server:
        assert len(order_of_ends(client, videos)) == 2
        assert "transcoding gives way" in server.log()
        for video in videos:
            files = {file["quality"]: file["file_url"] for file in client.get(f"/videos/{video}").json()["files"]}
            assert packets_of(files["480p"]) == packets_of(clip)


def test_a_quick_rung_is_not_made_again_in_its_later_turn(tmp_path, clip):
    with Server(tmp_path / "data", LUOT_WORKERS=1) as server:
        client = Client(server.url).register()
        video = client.upload(odd_clips.make(tmp_path, "long.mkv").path)["id"]
        eventually(lambda: encoder(server))
        client.upload(clip)
        looks = []
        client.wait_until_done(video, on_look=looks.append)
        assert "transcoding gives way" in server.log()
        early = next(look for look in looks if look["files"])["files"]
        assert [file["quality"] for file in early] == ["480p"]
        files = {file["quality"]: file["file_url"] for file in looks[-1]["files"]}
        assert list(files) == ["240p", "480p", "720p"]
        assert packets_of(files["480p"]) == packets_of(early[0]["file_url"])
