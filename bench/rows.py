"""The rows of the table in docs/benchmarks.md: what is asked of a server, as files of requests for wrk."""

import itertools
import json
import random

ROWS = ("feed, first page", "feed, further pages", "one video", "view", "like", "comments", "comment post", "mix")

# Of a hundred requests of the mix; the rest are first pages.
MIX = {"feed, further pages": 15, "one video": 20, "view": 15, "like": 8, "comments": 5, "comment post": 2}


def _line(method, path, header="", body=None):
    return f"{method}\t{path}\t{header}\t{json.dumps(body, separators=(',', ':')) if body is not None else ''}\n"


def _further_pages(client):
    """The pages after the first, as twenty walks of 25 pages find them."""
    lines = []
    for walk in range(20):
        cursor = client.get(f"/feed?kind={('mixed', 'new')[walk % 2]}").json()["next_cursor"]
        for _ in range(25):
            lines.append(_line("GET", f"/feed?kind={('mixed', 'new')[walk % 2]}&cursor={cursor}"))
            cursor = client.get(f"/feed?kind={('mixed', 'new')[walk % 2]}&cursor={cursor}").json()["next_cursor"]
    return lines


def _views(client, ids):
    """Each viewer, at an address of his own, sees each of these videos once: every request counts."""
    watched = [(video, client.get(f"/videos/{video}").json()["play_token"]) for video in ids[:500]]
    viewers = [client.post("/viewers").json()["viewer_token"] for _ in range(1000)]
    return [
        _line("POST", f"/videos/{video}/view",
              f"Luot-Viewer: {viewer} | X-Forwarded-For: 10.0.{number // 250}.{number % 250 + 1}",
              {"play_token": token, "watched_ms": 5000})
        for (number, viewer), (video, token) in itertools.product(enumerate(viewers), watched)
    ]


def _likes(tokens, ids):
    """Each request changes something: all like, then all take it back."""
    pairs = [(token, video) for video in ids[:500] for token in tokens]
    random.Random(2).shuffle(pairs)
    return [
        _line(method, f"/videos/{video}/like", f"Authorization: Bearer {token}")
        for method in ("POST", "DELETE")
        for token, video in pairs
    ]


def _comment_posts(tokens, ids):
    return [
        _line("POST", f"/videos/{video}/comments", f"Authorization: Bearer {token}", {"content": f"Said by number {i}"})
        for i, token in enumerate(tokens)
        for video in ids[:100]
    ]


def _mixed(rows):
    chance = random.Random(3)
    names = [name for name, share in MIX.items() for _ in range(share)]
    names += ["feed, first page"] * (100 - len(names))
    sources = {name: itertools.cycle(chance.sample(rows[name], len(rows[name]))) for name in set(names)}
    lines = []
    for _ in range(2000):
        chance.shuffle(names)
        lines += [next(sources[name]) for name in names]
    return lines


def write_requests(folder, client, tokens, ids):
    """A file a row, in `folder`: {row: path}. `ids`: newest last; `tokens`: of users who have liked none of these."""
    newest = ids[::-1]
    rows = {
        "feed, first page": [_line("GET", "/feed")],
        "feed, further pages": _further_pages(client),
        "one video": [_line("GET", f"/videos/{video}") for video in random.Random(4).sample(ids, 5000)],
        "view": _views(client, newest),
        "like": _likes(tokens, newest),
        "comments": [_line("GET", f"/videos/{video}/comments") for video in newest[:5000]],
        "comment post": _comment_posts(tokens, newest),
    }
    rows["mix"] = _mixed(rows)
    files = {}
    for name in ROWS:
        files[name] = folder / (name.replace(", ", "_").replace(" ", "_") + ".requests")
        files[name].write_text("".join(rows[name]))
    return files
