"""What viewers do: walk the feed, watch, be counted, like, comment; and what they may not see."""

import concurrent.futures
import random
import time
from urllib.parse import urlsplit

import pytest

import behind
from behind import MICROSECONDS, eventually, sql
from client import Client, expect, field_errors
from luot import Server

CARDS = 45
FIRST_PAGE_AGE = 1.1  # seconds, at most, for those who are not signed in


@pytest.fixture(scope="module")
def shelf(server, ready_video):
    """Ids of videos newest first, many of them published in the same microsecond."""
    now = int(time.time()) * MICROSECONDS
    ids = behind.clone_videos(server, ready_video[1]["id"], CARDS, lambda i: now - (i // 3) * MICROSECONDS)
    time.sleep(FIRST_PAGE_AGE)
    return [video for _, video in sorted(((-(i // 3), ids[i]) for i in range(CARDS)), reverse=True)]


@pytest.fixture
def video(server, ready_video):
    """A public video of its own, with nothing on its counters."""
    [copy] = behind.clone_videos(server, ready_video[1]["id"], 1, lambda _: MICROSECONDS)
    sql(server, "update videos set view_count = 0, like_count = 0, comment_count = 0 where id = ?",
        behind.decode_id(copy))  # fmt: skip
    # Playable needs files: rows are enough, nobody fetches them.
    source = ready_video[1]["id"]
    sql(server, "insert into video_files (video_id, quality, file_url, width, height, bitrate) select ?, quality, "
                "replace(file_url, ?, ?), width, height, bitrate from video_files where video_id = ?",
        behind.decode_id(copy), source, copy, behind.decode_id(source))  # fmt: skip
    return copy


def walk(client, path, **query):
    """All items of a list by following its cursor, page by page."""
    pages = []
    while not pages or query["cursor"]:
        page = expect(client.get(path, params=query), 200)
        assert len(page["items"]) <= query.get("limit", 20)
        pages.append(page["items"])
        query["cursor"] = page["next_cursor"]
    return pages


def is_newest_first(cards):
    times = [card["published_at"] for card in cards]
    return times == sorted(times, reverse=True)


@pytest.mark.parametrize("limit", [1, 7, 20, 50])
def test_a_walk_through_the_feed_sees_each_video_once(anonymous, shelf, limit):
    pages = walk(anonymous, "/feed", kind="new", limit=limit)
    cards = [card for page in pages for card in page]
    seen = [card["id"] for card in cards]
    assert len(seen) == len(set(seen)) and is_newest_first(cards)
    assert [video for video in seen if video in shelf] == shelf
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("kind", ["mixed", "new", "hot"])
def test_a_walk_is_not_disturbed_by_what_is_published_meanwhile(server, anonymous, ready_video, shelf, kind):
    first = expect(anonymous.get(f"/feed?kind={kind}&limit=10"), 200)
    behind.clone_videos(server, ready_video[1]["id"], 2, lambda _: int(time.time()) * MICROSECONDS + MICROSECONDS)
    rest = [card for page in walk(anonymous, "/feed", kind=kind, limit=10, cursor=first["next_cursor"]) for card in page]
    seen = [card["id"] for card in first["items"] + rest]
    assert len(seen) == len(set(seen)) and set(shelf) <= set(seen)


def pages_of(client, kind, limit=50):
    return [card["id"] for page in walk(client, "/feed", kind=kind, limit=limit) for card in page]


def test_what_people_like_is_hot(server, user, anonymous, ready_video):
    now = int(time.time()) * MICROSECONDS
    videos = behind.clone_videos(server, ready_video[1]["id"], 4, lambda i: now - i * 3600 * MICROSECONDS)
    hottest = sql(server, "select max(hot_score) from videos")[0][0]
    for video in videos:
        sql(server, "update videos set hot_score = ?1, hot_floor = ?1 where id = ?2", hottest, behind.decode_id(video))
    others = [Client(server.url).register() for _ in range(3)]
    for liker in (user, *others):
        expect(liker.post(f"/videos/{videos[2]}/like"), 200)
    for liker in others:
        expect(liker.post(f"/videos/{videos[1]}/like"), 200)
    expect(user.post(f"/videos/{videos[3]}/comments", {"content": "x"}), 201)
    wanted = [videos[2], videos[1], videos[3]]  # 20, 15 and 10 beside what they had
    eventually(lambda: pages_of(anonymous, "hot")[:3] == wanted)
    # Two hot ones to one new, each once.
    newest = [video for video in pages_of(anonymous, "new") if video not in wanted[:2]][0]
    eventually(lambda: pages_of(anonymous, "mixed")[:4] == [*wanted[:2], newest, wanted[2]])
    assert sorted(pages_of(anonymous, "mixed")) == sorted(pages_of(anonymous, "new"))
    # What was liked can be unliked, and then it is as if nothing had been.
    before = sql(server, "select hot_score from videos where id = ?", behind.decode_id(videos[0]))
    for method in ("POST", "DELETE"):
        expect(user.request(method, f"/videos/{videos[0]}/like"), 200)
    comment = expect(user.post(f"/videos/{videos[0]}/comments", {"content": "x"}), 201)["id"]
    expect(user.delete(f"/videos/{videos[0]}/comments/{comment}"), 204)
    assert sql(server, "select hot_score from videos where id = ?", behind.decode_id(videos[0])) == [
        (pytest.approx(before[0][0], abs=1e-6),)
    ]


@pytest.mark.parametrize("kind", ["mixed", "new", "hot"])
def test_what_a_user_has_not_seen_comes_first(server, user, anonymous, shelf, kind):
    everything = eventually(lambda: len(pages_of(anonymous, kind)) >= CARDS and pages_of(anonymous, kind))
    watched = everything[:5]
    for video in watched:
        assert view(user, video, 3000, aged(server, video))["counted"]
    number = behind.decode_id(user.user["id"])
    eventually(lambda: sql(server, "select count(*) from seen where user_id = ?", number) == [(5,)])
    time.sleep(FIRST_PAGE_AGE)
    order = pages_of(user, kind, limit=7)
    assert set(order[-5:]) == set(watched) and len(order) == len(set(order)) == len(everything)
    # Who has seen all of it gets it again: a feed is never empty.
    sql(server, "insert into seen select ?, id, 0 from videos where true on conflict do nothing", number)
    assert set(pages_of(user, kind)) == set(everything)


def test_a_walk_whose_head_is_gone_says_so(server, anonymous, shelf):
    at = {"head": 12345, "next": 3}
    for kind in ("mixed", "hot"):
        cursor = behind.feed_cursor(server, kind, "-", **at)
        expect(anonymous.get("/feed", params={"kind": kind, "cursor": cursor}), 410, "cursor_expired")
    cursor = behind.feed_cursor(server, "hot", "-", **at)
    expect(anonymous.get("/feed", params={"kind": "new", "cursor": cursor}), 400, "invalid_cursor")


def test_cards_are_what_get_video_shows(anonymous, user, ready_video):
    for client in (anonymous, user):
        [card] = [c for page in walk(client, "/feed") for c in page if c["id"] == ready_video[1]["id"]]
        alone = expect(client.get(f"/videos/{card['id']}"), 200)
        moving = {"play_token", "view_count"}
        assert {k: v for k, v in card.items() if k not in moving} == {k: v for k, v in alone.items() if k not in moving}


@pytest.mark.parametrize(("limit", "code"), [("0", "out_of_range"), ("51", "out_of_range"), ("-1", "out_of_range"),
                                             ("9" * 30, "out_of_range"), ("x", "wrong_type"), ("", "wrong_type"),
                                             ("1.5", "wrong_type")])  # fmt: skip
def test_limits_have_bounds(anonymous, ready_video, limit, code):
    owner, video = ready_video
    for path in ("/feed", f"/users/{owner.user['username']}/videos", f"/videos/{video['id']}/comments"):
        assert field_errors(anonymous.get(path, params={"limit": limit})) == {"limit": code}


def test_cursors_belong_to_their_list_and_viewer(anonymous, user, ready_video, shelf):
    owner, video = ready_video
    videos = f"/users/{owner.user['username']}/videos"
    cursor = expect(anonymous.get("/feed?limit=1"), 200)["next_cursor"]
    expect(anonymous.get("/feed", params={"cursor": cursor}), 200)
    for client, path in ((user, "/feed"), (anonymous, videos), (anonymous, f"/videos/{video['id']}/comments")):
        expect(client.get(path, params={"cursor": cursor}), 400, "invalid_cursor")
    for i in random.Random(1).sample(range(len(cursor)), 5):
        forged = cursor[:i] + ("A" if cursor[i] != "A" else "B") + cursor[i + 1 :]
        expect(anonymous.get("/feed", params={"cursor": forged}), 400, "invalid_cursor")
    mine = expect(anonymous.get(videos, params={"limit": 1}), 200)["next_cursor"]
    expect(owner.get(videos, params={"cursor": mine}), 400, "invalid_cursor")


def test_visibility(server, anonymous, user, ready_video):
    owner, source = ready_video
    copies = behind.clone_videos(server, source["id"], 4, lambda i: int(time.time()) * MICROSECONDS)
    public, unlisted, private, failed = copies
    for copy, change in {
        unlisted: "visibility = 'unlisted'", private: "visibility = 'private'",
        failed: "status = 'failed', failure_code = 'x', failure_detail = 'X.', rev = null, video_url = null, "
                "thumbnail_url = null, preview_url = null, playable_at = null, published_at = null",
    }.items():  # fmt: skip
        sql(server, f"update videos set {change} where id = ?", behind.decode_id(copy))
    videos = f"/users/{owner.user['username']}/videos"
    time.sleep(FIRST_PAGE_AGE)
    for client in (anonymous, user):
        for path in ("/feed", videos):
            assert {c["id"] for page in walk(client, path) for c in page} & set(copies) == {public}
        expect(client.get(f"/videos/{unlisted}"), 200)
        expect(client.get(f"/videos/{unlisted}/comments"), 200)
        for hidden in (private, failed):
            expect(client.get(f"/videos/{hidden}"), 404, "video_not_found")
            expect(client.get(f"/videos/{hidden}/comments"), 404, "video_not_found")
            view = {"play_token": source["play_token"], "watched_ms": 3000}
            expect(client.post(f"/videos/{hidden}/view", view), 404, "video_not_found")
    expect(user.post(f"/videos/{private}/like"), 404, "video_not_found")
    expect(user.post(f"/videos/{private}/comments", {"content": "x"}), 404, "video_not_found")
    assert {c["id"] for page in walk(owner, videos) for c in page} >= set(copies)
    assert expect(owner.get(f"/videos/{private}"), 200)["visibility"] == "private"


def view(client, video, watched_ms, token):
    return expect(client.post(f"/videos/{video}/view", {"play_token": token, "watched_ms": watched_ms}), 200)


def aged(server, video, seconds=60):
    return behind.play_token(server, video, int(time.time()) - seconds)


def test_a_view_needs_time_and_watching(server, user, video):
    card = expect(user.get(f"/videos/{video}"), 200)
    fresh, half = card["play_token"], int(card["duration"] * 500)
    early = view(user, video, half, fresh)
    assert (early["counted"], early["reason"], early["view_count"]) == (False, "too_soon", 0)
    assert 0 < early["retry_after_ms"] <= half
    little = view(user, video, half - 1, aged(server, video))
    assert (little["counted"], little["reason"], little["view_count"]) == (False, "watched_too_little", 0)
    # What the server said to wait is enough, and nothing that was refused counts as a view.
    time.sleep(early["retry_after_ms"] / 1000)
    assert view(user, video, half, fresh)["counted"]
    settle(server, video, views=1)


def settle(server, video, **counts):
    """Waits until the counters, which lag, are as told."""
    names = {"starts": "start_count", "views": "view_count", "completions": "completion_count", "ms": "watched_ms"}
    columns = ", ".join(names[name] for name in counts)
    wanted = [tuple(counts.values())]
    eventually(lambda: sql(server, f"select {columns} from videos where id = ?", behind.decode_id(video)) == wanted)


def test_a_view_counts_once_in_half_an_hour(server, user, anonymous, video):
    token = aged(server, video)
    assert view(user, video, 3000, token)["counted"]
    settle(server, video, views=1)
    for play in (token, aged(server, video, 90)):
        again = view(user, video, 3000, play)
        assert again == {"counted": False, "reason": "already_counted", "view_count": 1}
    assert view(Client(server.url).register(), video, 3000, token)["counted"]
    assert view(anonymous, video, 3000, token)["counted"]
    assert not view(Client(server.url), video, 3000, token)["counted"]  # the same address
    settle(server, video, views=3)
    assert expect(anonymous.get(f"/videos/{video}"), 200)["view_count"] == 3


@pytest.mark.embedded_only("Redis keeps the window; test_redis_faults ends it there")
def test_the_window_ends_and_outlives_a_restart(tmp_path, clip):
    with Server(tmp_path / "data") as server:
        user = Client(server.url).register()
        video = user.wait_until_done(user.upload(clip)["id"])["id"]
        token = aged(server, video, 3000)
        assert view(user, video, 3000, token)["counted"]
        server.kill()
        server.start()
        assert view(user, video, 3000, token)["reason"] == "already_counted"
        settle(server, video, views=1, starts=1, ms=3000)
        server.stop()
        sql(server, "update view_log set created_at = created_at - ?", 1801 * MICROSECONDS)
        server.start()
        assert view(user, video, 3000, token)["counted"]
        settle(server, video, views=2)


def test_starts_views_completions_and_time_are_kept_apart(server, user, video):
    token = aged(server, video)
    duration = int(expect(user.get(f"/videos/{video}"), 200)["duration"] * 1000)
    for watched, counted in ((100, False), (200, False), (duration // 2, True), (duration // 2, False),
                             (duration, False), (3 * duration, False)):  # fmt: skip
        assert view(user, video, watched, token)["counted"] is counted
    settle(server, video, starts=1, views=1, completions=1, ms=3 * duration)
    glance = Client(server.url).register()
    view(glance, video, 10, token)
    settle(server, video, starts=2, views=1, completions=1, ms=3 * duration + 10)
    # Nobody has watched for longer than the token is old.
    liar = Client(server.url).register()
    view(liar, video, 86_400_000, aged(server, video, 10))
    eventually(lambda: sql(server, "select start_count from videos where id = ?", behind.decode_id(video)) == [(3,)])
    [(ms,)] = sql(server, "select watched_ms from videos where id = ?", behind.decode_id(video))
    assert ms - 3 * duration - 10 < 14_000


def test_viewers_who_are_not_signed_in_count_apart(server, anonymous, video):
    token = aged(server, video)
    first, second = (expect(anonymous.post("/viewers"), 201)["viewer_token"] for _ in range(2))

    def watch(headers):
        report = {"play_token": token, "watched_ms": 3000}
        return expect(Client(server.url).post(f"/videos/{video}/view", report, headers=headers), 200)["counted"]

    assert watch({"Luot-Viewer": first}) and not watch({"Luot-Viewer": first})
    assert watch({"Luot-Viewer": second}) and not watch({"Cookie": f"a=b; luot_viewer={second}"})
    cookie = anonymous.post("/viewers", headers={"Luot-Session": "cookie"})
    assert expect(cookie, 201) == {"viewer_token": None}
    assert "HttpOnly; SameSite=Strict" in cookie.headers["Set-Cookie"]
    assert watch({"Cookie": cookie.headers["Set-Cookie"].split(";")[0]})
    # A made-up identity is none: what is left is the address.
    assert watch({"Luot-Viewer": "A" * 43}) and not watch({"Luot-Viewer": "B" * 43}) and not watch({})
    settle(server, video, views=4)


def test_a_network_counts_so_many_views_of_a_video(tmp_path, clip):
    with Server(tmp_path / "data", LUOT_RATE_LIMITS="on") as server:
        owner = Client(server.url).register()
        video = owner.wait_until_done(owner.upload(clip)["id"])["id"]
        token = aged(server, video)
        viewers = [expect(owner.post("/viewers"), 201)["viewer_token"] for _ in range(53)]
        results = [
            expect(Client(server.url).post(f"/videos/{video}/view", {"play_token": token, "watched_ms": 3000},
                                           headers={"Luot-Viewer": viewer}), 200)
            for viewer in viewers
        ]  # fmt: skip
        assert [result["counted"] for result in results] == [True] * 50 + [False] * 3
        assert results[-1]["reason"] == "network_limit"
        settle(server, video, views=50, starts=53, completions=50)


def test_concurrent_views_of_one_viewer_count_once(server, user, video):
    token = aged(server, video)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda _: view(Client(server.url, user.token), video, 3000, token), range(16)))
    assert sum(result["counted"] for result in results) == 1
    settle(server, video, views=1, ms=3000)


def test_play_tokens_belong_to_a_video_and_expire(server, user, video, ready_video):
    tokens = {
        ready_video[1]["play_token"]: "invalid", "forged": "invalid", aged(server, video)[:-1] + "_": "invalid",
        aged(server, video, 12 * 3600 + 60): "expired",
    }  # fmt: skip
    for token, code in tokens.items():
        answer = user.post(f"/videos/{video}/view", {"play_token": token, "watched_ms": 3000})
        assert field_errors(answer) == {"play_token": code}


def test_likes_are_idempotent(user, anonymous, video):
    for method, liked in (("DELETE", False), ("POST", True), ("POST", True), ("DELETE", False), ("POST", True)):
        assert expect(user.request(method, f"/videos/{video}/like"), 200) == {"liked": liked, "like_count": int(liked)}
    assert expect(user.get(f"/videos/{video}"), 200)["liked"] is True
    # What others see may lag.
    eventually(lambda: expect(anonymous.get(f"/videos/{video}"), 200)["like_count"] == 1)
    assert expect(anonymous.get(f"/videos/{video}"), 200)["liked"] is False


def test_counts_are_exact_under_concurrent_togglers(server, video):
    """32 users like and unlike at random, all at once: what stays is what each one did last."""
    clients = [Client(server.url).register() for _ in range(32)]

    def toggle(i):
        dice = random.Random(i)
        for liked in [dice.random() < 0.5 for _ in range(15)]:
            result = expect(clients[i].request("POST" if liked else "DELETE", f"/videos/{video}/like"), 200)
            assert result["liked"] is liked and 0 <= result["like_count"] <= 32
        return liked

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        ends = list(pool.map(toggle, range(32)))
    cards = [expect(client.get(f"/videos/{video}"), 200) for client in clients]
    assert [card["liked"] for card in cards] == ends
    assert {card["like_count"] for card in cards} == {sum(ends)}
    stored = "select count(*), (select like_count from videos where id = ?1) from likes where video_id = ?1"
    eventually(lambda: sql(server, stored, behind.decode_id(video)) == [(sum(ends), sum(ends))])


def test_comments_are_paged_newest_first(user, anonymous, video):
    path = f"/videos/{video}/comments"
    made = [expect(user.post(path, {"content": f"  {i}\n"}), 201) for i in range(12)]
    assert all(comment["author"] == {k: user.user[k] for k in ("id", "username")} for comment in made)
    assert [comment["content"] for comment in made] == [str(i) for i in range(12)]
    seen = [comment for page in walk(anonymous, path, limit=5) for comment in page]
    assert seen == made[::-1]
    assert expect(anonymous.get(f"/videos/{video}"), 200)["comment_count"] == 12


def test_who_may_delete_a_comment(server, ready_video, video):
    owner, source = ready_video
    author, stranger = Client(server.url).register(), Client(server.url).register()
    path = f"/videos/{video}/comments"
    comments = [f"{path}/{expect(author.post(path, {'content': 'x'}), 201)['id']}" for _ in range(2)]
    expect(stranger.delete(comments[0]), 403, "forbidden")
    # The right comment under another video is not there, even for those who might delete it.
    elsewhere = comments[0].replace(video, source["id"])
    expect(owner.delete(elsewhere), 404, "comment_not_found")
    expect(author.delete(comments[0]), 204)
    expect(owner.delete(comments[1]), 204)
    for client, comment in ((author, comments[0]), (owner, comments[1])):
        expect(client.delete(comment), 404, "comment_not_found")
    assert expect(author.get(path), 200)["items"] == []
    assert expect(author.get(f"/videos/{video}"), 200)["comment_count"] == 0


def test_all_urls_of_a_card_are_signed_for_its_own_folder(server, ready_video):
    card = ready_video[1]
    urls = [card["hls_url"], card["mp4_url"], card["thumbnail_url"], *card["preview"].values()]
    urls += [file["file_url"] for file in card["files"]]
    folders = {urlsplit(url).path.rsplit("/", 1)[0] for url in urls}
    assert len(folders) == 1 and all(url.startswith(server.url) for url in urls)
