"""Users of many servers, who keep what they were answered, and when: None where it may have been done or not."""

import collections
import itertools
import random
import threading
import time

import requests
import urllib3

from behind import eventually

# What each request cannot do without.
NEEDS = {
    "health": set(),
    "feed": {"postgres"},
    "video": {"postgres"},
    "comments": {"postgres"},
    "comment": {"postgres"},
    "login": {"postgres"},
    "like": {"postgres", "redis"},
    "unlike": {"postgres", "redis"},
    "view": {"postgres", "redis"},
    "begin": {"postgres"},
    "put": {"s3"},
    "complete": {"postgres", "s3"},
}
ACTIONS = ("like", "like", "unlike", "comment", "view", "view", "view", "feed", "video", "comments", "health")
WATCHED = 2.0  # seconds since a card was shown: more than half of the clip

Request = collections.namedtuple("Request", "kind node began ended status detail")
_names = itertools.count(1)


class Actor(threading.Thread):
    """One user. Asks a server at random, and another one where that does not listen, as behind a load balancer."""

    def __init__(self, nodes):
        super().__init__(daemon=True)
        self.nodes = nodes
        self.session = requests.Session()
        self.headers = {}
        self.requests = []
        self.surprise = None
        self.stopping = threading.Event()
        name = f"many{next(_names)}"
        self.account = {"email": f"{name}@example.org", "password": "correct horse"}
        self.id = self.ask("register", "POST", "/auth/register", {"username": name} | self.account)["user"]["id"]
        self.log_in()

    def run(self):
        try:
            while not self.stopping.is_set():
                self.act()
        except Exception as error:
            self.surprise = error

    def log_in(self):
        told = self.ask("login", "POST", "/auth/login", self.account)
        if told:
            self.headers = {"Authorization": f"Bearer {told['access_token']}"}

    def ask(self, kind, method, path, json=None):
        """The body of a success, None where there is no answer or a 503. Anything else should not be."""
        began = time.monotonic()
        for number in random.sample(range(len(self.nodes)), len(self.nodes)):
            if self.nodes[number].is_out:
                continue
            url = self.nodes[number].url + path
            try:
                answer = self.session.request(method, url, json=json, headers=self.headers, timeout=60)
            except requests.RequestException as error:
                if never_sent(error):
                    continue
                self.note(kind, number, began, None, repr(error))
                return None
            return self.judge(kind, number, began, answer)
        raise AssertionError("no server listens")

    def judge(self, kind, number, began, answer):
        self.note(kind, number, began, answer.status_code, "" if answer.ok else answer.text)
        if answer.ok:
            return answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
        assert answer.status_code == 503 and "Retry-After" in answer.headers, f"{kind}: {answer.status_code} {answer.text}"
        return None

    def note(self, kind, number, began, status, detail):
        self.requests.append(Request(kind, number, began, time.monotonic(), status, detail))


def never_sent(error):
    """Nobody listened: it cannot have been done."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(cause, urllib3.exceptions.NewConnectionError)


class Viewer(Actor):
    """Watches, likes and comments on what feeds show."""

    def __init__(self, nodes):
        super().__init__(nodes)
        self.done = []  # (kind, video, content, answer or None)
        self.shown = {}  # video: (when, its play token)
        self.numbers = itertools.count(1)

    def act(self):
        time.sleep(random.uniform(0.02, 0.08))
        if random.random() < 0.003:
            self.log_in()
        seen = [video for video, (when, _) in self.shown.items() if when < time.monotonic() - WATCHED]
        if not seen:
            self.read_feed()
            return
        kind, video = random.choice(ACTIONS), random.choice(seen)
        if kind in ("like", "unlike"):
            answer = self.ask(kind, "POST" if kind == "like" else "DELETE", f"/videos/{video}/like")
            self.done.append((kind, video, None, answer))
        elif kind == "comment":
            content = f"{self.id} {next(self.numbers)}"
            answer = self.ask(kind, "POST", f"/videos/{video}/comments", {"content": content})
            self.done.append((kind, video, content, answer))
        elif kind == "view":
            report = {"play_token": self.shown[video][1], "watched_ms": 3000}
            self.done.append((kind, video, None, self.ask(kind, "POST", f"/videos/{video}/view", report)))
        elif kind == "feed":
            self.read_feed()
        else:
            path = {"video": f"/videos/{video}", "comments": f"/videos/{video}/comments", "health": "/healthz"}[kind]
            self.ask(kind, "GET", path)

    def read_feed(self):
        page = self.ask("feed", "GET", "/feed")
        for card in page["items"] if page else ():
            self.shown.setdefault(card["id"], (time.monotonic(), card["play_token"]))


class Uploader(Actor):
    """Uploads one clip again and again. What was sent whole is stored whole, whoever dies."""

    def __init__(self, nodes, clip, pause=4):
        super().__init__(nodes)
        self.data = clip.read_bytes()
        self.pause = pause
        self.titles = []  # of all that it asked for
        self.begun, self.sent, self.completed = set(), set(), set()

    def act(self):
        self.upload()
        self.stopping.wait(random.uniform(0, self.pause))

    def upload(self):
        self.titles.append(f"{self.id} {len(self.titles)}")
        described = {"title": self.titles[-1], "filename": "clip.mp4", "content_type": "video/mp4", "size": len(self.data)}
        ticket = self.ask("begin", "POST", "/videos/upload", described)
        if not ticket:
            return
        video = ticket["video"]["id"]
        self.begun.add(video)
        if not self.retry(lambda: self.put(ticket["upload"])):
            return
        self.sent.add(video)
        if self.retry(lambda: self.ask("complete", "POST", f"/videos/{video}/upload/complete", {})):
            self.completed.add(video)

    def wait_until_ready(self, video):
        eventually(lambda: self.ask("video", "GET", f"/videos/{video}")["status"] == "ready", timeout=60)

    def retry(self, attempt):
        """As an app would, for some time; then it is the sweeper's."""
        for _ in range(5):
            if attempt() is not None:
                return True
            time.sleep(1)
        return False

    def put(self, upload):
        began = time.monotonic()
        try:
            answer = self.session.put(upload["url"], data=self.data, headers=upload["headers"], timeout=60)
        except requests.RequestException as error:
            self.note("put", None, began, None, repr(error))
            return None
        self.note("put", None, began, answer.status_code, "" if answer.ok else answer.text)
        return {} if answer.ok else None


def end_load(actors):
    """Lets each finish what it is at."""
    for actor in actors:
        actor.stopping.set()
    for actor in actors:
        actor.join(120)
        assert not actor.is_alive()
        if actor.surprise:
            raise actor.surprise
