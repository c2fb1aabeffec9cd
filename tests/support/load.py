"""Users who write at random and keep what they were answered, to compare it with what is stored."""

import collections
import random
import threading
import time

import requests

import behind
from behind import sql
from client import Client

WORKERS = 6


class Worker(threading.Thread):
    """One user who acts at random and keeps what was answered: None where it may have been done or not.

    `refused` are the codes of 503 that are borne; anything else but success ends the worker and is told in `surprise`.
    A second thread watches for the same user, so that reports of one watch meet.
    """

    def __init__(self, server, videos, tokens, refused=()):
        super().__init__(daemon=True)
        self.client = Client(server.url, session=requests.Session()).register()
        self.videos, self.tokens, self.refused = videos, tokens, refused
        self.done = []
        self.surprise = None
        self.stopping = False
        self.random = random.Random()

    def run(self):
        twin = threading.Thread(target=self.go_on, args=(self.again(), ("view",)), daemon=True)
        twin.start()
        self.go_on(self.client, ("like", "unlike", "comment", "view"))
        twin.join()

    def again(self):
        """A client of the same user."""
        client = Client(self.client.url, self.client.token, requests.Session())
        client.user = self.client.user
        return client

    def go_on(self, client, actions):
        number = 0
        while not self.stopping:
            number += 1
            action, video = self.random.choice(actions), self.random.choice(self.videos)
            content = f"{client.user['id']} {number}"
            try:
                answer = self.act(client, action, video, content)
            except requests.RequestException:
                self.done.append((action, video, content, None))
                return
            good = answer.status_code in (200, 201)
            if not good and not (answer.status_code == 503 and answer.json()["code"] in self.refused):
                self.surprise = f"{action}: {answer.status_code} {answer.text}"
                return
            self.done.append((action, video, content, answer.json() if good else None))

    def act(self, client, action, video, content):
        if action == "like":
            return client.post(f"/videos/{video}/like")
        if action == "unlike":
            return client.delete(f"/videos/{video}/like")
        if action == "comment":
            return client.post(f"/videos/{video}/comments", {"content": content})
        return client.post(f"/videos/{video}/view", {"play_token": self.tokens[video], "watched_ms": 9000})


def start_load(server, videos, refused=()):
    issued = int(time.time()) - 60
    tokens = {video: behind.play_token(server, video, issued) for video in videos}
    workers = [Worker(server, videos, tokens, refused) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    return workers


def end_load(workers):
    """Lets each finish what it is at."""
    for worker in workers:
        worker.stopping = True
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive()
        assert worker.surprise is None


def answered(workers):
    return sum(1 for worker in workers for *_, answer in worker.done if answer)


def unanswered(workers):
    return sum(1 for worker in workers for *_, answer in worker.done if not answer)


def check_comments(server, workers):
    stored = {row[0]: behind.encode_id(row[1]) for row in sql(server, "select content, id from comments")}
    for worker in workers:
        mine = {content for content in stored if content.startswith(worker.client.user["id"] + " ")}
        sent = {content: answer for action, _, content, answer in worker.done if action == "comment"}
        told = {content: answer["id"] for content, answer in sent.items() if answer}
        assert told.keys() <= mine <= sent.keys()
        assert all(stored[content] == id_ for content, id_ in told.items())


def check_likes(server, workers):
    stored = set(sql(server, "select user_id, video_id from likes"))
    for worker in workers:
        last = collections.defaultdict(lambda: {False})
        for action, video, _, answer in worker.done:
            if action in ("like", "unlike"):
                state = {action == "like"}
                last[video] = state if answer else last[video] | state
                assert not answer or answer["liked"] == (action == "like")
        for video in worker.videos:
            pair = (behind.decode_id(worker.client.user["id"]), behind.decode_id(video))
            assert (pair in stored) in last[video]


def check_like_and_comment_counters(server):
    """Also that a file is whole."""
    assert server.place or sql(server, "pragma integrity_check") == [("ok",)]
    assert not sql(
        server,
        "select id from videos where like_count <> (select count(*) from likes where video_id = videos.id) "
        "or comment_count <> (select count(*) from comments where video_id = videos.id)",
    )


def check_views(server, workers):
    for worker in workers:
        viewer = "u" + worker.client.user["id"]
        rows = sql(server, "select video_id, sum(views) from view_log where viewer = ? group by video_id", viewer)
        assert all(views <= 1 for _, views in rows), "once in a window, whatever happened in between"
        stored = {video for video, views in rows if views}
        told = [(video, answer) for action, video, _, answer in worker.done if action == "view"]
        counted = {video for video, answer in told if answer and answer["counted"]}
        # Somebody else's answer says that a view counts: then it does, too.
        counts = counted | {video for video, answer in told if answer and answer.get("reason") == "already_counted"}
        maybe = {video for video, answer in told if not answer}
        assert {*map(behind.decode_id, counts)} <= stored <= {*map(behind.decode_id, counted | maybe)}


def check_counters(server, videos):
    """All that the rows say. Those of views follow the log within a second or two."""
    behind.eventually(lambda: sql(server, "select last_seq = (select max(seq) from view_log) from view_sync") == [(1,)])
    for video in map(behind.decode_id, videos):
        counted = sql(
            server,
            "select view_count, start_count, completion_count, watched_ms, like_count, comment_count from videos "
            "where id = ?",
            video,
        )
        rows = sql(
            server,
            "select coalesce(sum(views), 0), coalesce(sum(starts), 0), coalesce(sum(completions), 0), "
            "coalesce(sum(watched_ms), 0), (select count(*) from likes where video_id = ?1), "
            "(select count(*) from comments where video_id = ?1) from view_log where video_id = ?1",
            video,
        )
        assert counted == rows


def wait_for_sync(server, ask_redis):
    """Until the database has all that Redis kept for it."""

    def is_synced():
        waiting = ask_redis("exists", "views:pending"), ask_redis("zcard", "views:batches")
        log = ask_redis("xrevrange", "likes:log", "+", "-", "count", "1").split()
        [(last,)] = sql(server, "select last from sync_offset")
        return waiting == ("0", "0") and (not log or log[0] == last)

    behind.eventually(is_synced, timeout=20)


def check_view_counts(server, workers):
    """Of each video: answered <= stored <= answered + unanswered, and once for each viewer."""
    for video in workers[0].videos:
        least = most = 0
        for worker in workers:
            told = [answer for action, of, _, answer in worker.done if action == "view" and of == video]
            sure = any(answer and (answer["counted"] or answer.get("reason") == "already_counted") for answer in told)
            least += sure
            most += sure or None in told
        number = behind.decode_id(video)
        [(views, starts, milliseconds)] = sql(
            server, "select view_count, start_count, watched_ms from videos where id = ?", number
        )
        assert least <= views <= most
        assert starts == views and milliseconds == 9000 * views
        [(seen,)] = sql(server, "select count(*) from seen where video_id = ?", number)
        assert seen == views
