"""64 clients that mix every write for a while, against any build (`make asan` and `make tsan` run this, too): no answer is
a fault, nothing deadlocks, and at the end every count is exact.

LUOT_CONCURRENCY_SECONDS sets for how long (8)."""

import collections
import os
import random
import threading
import time

import requests

import behind
from behind import sql
from client import Client
from load import wait_for_sync
from luot import Server

CLIENTS = 64
VIDEOS = 6
SECONDS = float(os.environ.get("LUOT_CONCURRENCY_SECONDS", "8"))


class Person(threading.Thread):
    """Acts at random until told to stop, and keeps what came of it."""

    def __init__(self, server, videos, tokens, until):
        super().__init__(daemon=True)
        self.server, self.videos, self.tokens, self.until = server, videos, tokens, until
        self.random = random.Random()
        self.client = Client(server.url, session=requests.Session())
        self.likes = {}
        self.comments = collections.Counter()
        self.kept_comments = []
        self.views = collections.Counter()
        self.own = {}  # title of each video that is still there
        self.done = collections.Counter()
        self.fault = None

    def run(self):
        try:
            self.client.register()
            while time.monotonic() < self.until:
                action = self.random.choice(
                    (self.like, self.like, self.comment, self.comment, self.uncomment, self.view, self.refresh,
                     self.begin, self.edit, self.drop, self.read, self.visit, self.log_in, self.send)
                )  # fmt: skip
                action()
                self.done[action.__name__] += 1
        except Exception as fault:  # noqa: BLE001: told by the test's thread
            self.fault = fault

    def ask(self, method, path, *statuses, **options):
        answer = self.client.request(method, path, timeout=60, **options)
        assert answer.status_code in statuses, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def like(self):
        video, liked = self.random.choice(self.videos), self.random.random() < 0.6
        answer = self.ask("POST" if liked else "DELETE", f"/videos/{video}/like", 200)
        assert answer["liked"] is liked and 0 <= answer["like_count"] <= CLIENTS
        self.likes[video] = liked

    def comment(self):
        video = self.random.choice(self.videos)
        answer = self.ask("POST", f"/videos/{video}/comments", 201, json={"content": f"Hay quá! {time.monotonic()}"})
        self.kept_comments.append((video, answer["id"]))
        self.comments[video] += 1

    def uncomment(self):
        if self.kept_comments:
            video, comment = self.kept_comments.pop(self.random.randrange(len(self.kept_comments)))
            self.ask("DELETE", f"/videos/{video}/comments/{comment}", 204)
            self.comments[video] -= 1

    def view(self):
        video = self.random.choice(self.videos)
        report = {"play_token": self.tokens[video], "watched_ms": self.random.choice((100, 3000, 60_000))}
        self.views[video] += self.ask("POST", f"/videos/{video}/view", 200, json=report)["counted"]

    def visit(self):
        """Somebody who is not signed in, with an identity of the moment."""
        token = self.ask("POST", "/viewers", 201, json={})["viewer_token"]
        video = self.random.choice(self.videos)
        report = {"play_token": self.tokens[video], "watched_ms": 3000}
        anonymous = Client(self.server.url, session=self.client.session)
        answer = anonymous.post(f"/videos/{video}/view", report, headers={"Luot-Viewer": token})
        assert answer.status_code == 200 and answer.json()["counted"], answer.text
        self.views[video] += 1

    def refresh(self):
        body = self.ask("POST", "/auth/refresh", 200, json={"refresh_token": self.client.refresh_token})
        self.client.token, self.client.refresh_token = body["access_token"], body["refresh_token"]

    def begin(self):
        title = f"Mine {time.monotonic()}"
        body = {"title": title, "filename": "a.mp4", "content_type": "video/mp4", "size": 4}
        ticket = self.ask("POST", "/videos/upload", 201, json=body)
        if self.random.random() < 0.5:
            upload = ticket["upload"]
            sent = self.client.session.put(upload["url"], data=b"1234", headers=upload["headers"], timeout=60)
            assert sent.status_code == 200, sent.text
        self.own[ticket["video"]["id"]] = title

    def log_in(self):
        """Another session of the same user, which ends again."""
        body = {"email": self.client.user["email"], "password": "correct horse"}
        session = self.ask("POST", "/auth/login", 200, 503, json=body)  # password hashing is bounded
        if "refresh_token" in session:
            self.ask("POST", "/auth/logout", 204, json={"refresh_token": session["refresh_token"]})

    def send(self):
        """A file in parts, completed; it is no video, and will fail as one."""
        body = {"title": f"Sent {time.monotonic()}", "filename": "a.mp4", "content_type": "video/mp4", "size": 3000}
        ticket = self.ask("POST", "/videos/upload", 201, json=body)
        path = f"/videos/{ticket['video']['id']}"
        parts = self.ask("POST", f"{path}/upload/parts", 200, json={"parts": [1]})["parts"]
        for part in parts:
            sent = self.client.session.put(part["url"], data=bytes(3000), headers=part["headers"], timeout=60)
            assert sent.status_code == 200, sent.text
        self.ask("POST", f"{path}/upload/complete", 202, json={})
        self.own[ticket["video"]["id"]] = body["title"]

    def edit(self):
        if self.own:
            video = self.random.choice(list(self.own))
            title = f"Edited {time.monotonic()}"
            self.ask("PATCH", f"/videos/{video}", 200, json={"title": title, "visibility": "private"})
            self.own[video] = title

    def drop(self):
        if self.own:
            video = self.random.choice(list(self.own))
            if self.random.random() < 0.3:
                self.ask("DELETE", f"/videos/{video}/upload", 204, 409)  # it may be completed
            self.ask("DELETE", f"/videos/{video}", 204, 404)
            del self.own[video]

    def read(self):
        kind = self.random.choice(("mixed", "new", "hot"))
        assert self.ask("GET", f"/feed?kind={kind}&limit=5", 200)["items"]
        self.ask("GET", f"/videos/{self.random.choice(self.videos)}/comments?limit=3", 200)


def wait_for_counts(server):
    if server.place:
        return wait_for_sync(server, server.place.ask_redis)
    last = "select last_seq = (select coalesce(max(seq), 0) from view_log) from view_sync"
    behind.eventually(lambda: sql(server, last) == [(1,)], timeout=60)


def check(server, videos, people):
    wait_for_counts(server)
    for video in videos:
        stored = sql(server, "select like_count, comment_count, view_count from videos where id = ?",
                     behind.decode_id(video))  # fmt: skip
        likes = sum(person.likes.get(video, False) for person in people)
        comments = sum(person.comments[video] for person in people)
        views = sum(person.views[video] for person in people)
        assert stored == [(likes, comments, views)], video
        listed, cursor = [], None
        while cursor or not listed:
            page = Client(server.url).get(f"/videos/{video}/comments", params={"limit": 50, "cursor": cursor}).json()
            listed += [comment["id"] for comment in page["items"]] or [None]
            cursor = page["next_cursor"]
        kept = {comment for person in people for where, comment in person.kept_comments if where == video}
        assert set(listed) - {None} == kept
    for person in people:
        mine = sql(server, "select id, title from videos where user_id = ?", behind.decode_id(person.client.user["id"]))
        assert {behind.encode_id(video): title for video, title in mine} == person.own


def test_64_clients_that_mix_every_write(tmp_path, clip):
    server = Server(tmp_path / "data", LUOT_MAX_UPLOADS_PER_DAY=100_000, LUOT_MIN_FREE_DISK=0,
                    LUOT_MULTIPART_ABOVE=1000).start()  # fmt: skip
    try:
        owner = Client(server.url).register()
        original = owner.wait_until_done(owner.upload(clip)["id"])["id"]
        videos = [original, *behind.clone_videos(server, original, VIDEOS - 1, lambda i: i + 1)]
        issued = int(time.time()) - 60
        tokens = {video: behind.play_token(server, video, issued) for video in videos}
        people = [Person(server, videos, tokens, time.monotonic() + SECONDS) for _ in range(CLIENTS)]
        for person in people:
            person.start()
        for person in people:
            person.join(SECONDS + 120)
            assert not person.is_alive(), "a client hangs"
        assert [person.fault for person in people if person.fault] == []
        check(server, videos, people)
        done = sum((person.done for person in people), collections.Counter())
        print(f"{sum(done.values())} actions of {len(people)} clients: {dict(done)}")
        assert all(done[name] > 0 for name in ("like", "comment", "view", "begin", "edit", "drop", "refresh", "log_in", "send"))
    finally:
        code = server.stop()
    assert code == 0 and "Sanitizer" not in server.log(), server.log()[-5000:]
