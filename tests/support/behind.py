"""Reaches behind the API of a running server: into its database, to move times, and to its keys, to sign what it
would not."""

import base64
import contextlib
import hashlib
import hmac
import json
import re
import sqlite3
import struct
import time
from urllib.parse import quote

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MICROSECONDS = 1_000_000


def encode_id(number):
    text = ""
    for _ in range(11):
        number, digit = divmod(number, 62)
        text = ALPHABET[digit] + text
    return text


def decode_id(text):
    number = 0
    for character in text:
        number = number * 62 + ALPHABET.index(character)
    return number


def sql(server, statement, *values):
    """Runs one statement, which both engines understand, in a transaction of its own; returns its rows."""
    if server.place:
        return server.place.sql(filled(statement, values))
    connection = sqlite3.connect(server.data_dir / "luot.db", timeout=10)
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def filled(statement, values):
    """The statement with its values in place of ? or ?1."""
    rest = iter(values)
    return re.sub(r"\?(\d?)", lambda found: literal(values[int(found[1]) - 1] if found[1] else next(rest)), statement)


def literal(value):
    if value is None:
        return "null"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


@contextlib.contextmanager
def locked(server):
    """The database can be read and not written."""
    if server.place:
        with server.place.locked():
            yield
        return
    lock = sqlite3.connect(server.data_dir / "luot.db", isolation_level=None)
    lock.execute("begin immediate")
    try:
        yield
    finally:
        lock.rollback()
        lock.close()


def columns_of(server, table):
    if server.place:
        return [name for [name] in sql(server, "select column_name from information_schema.columns where table_name = ?", table)]
    return [row[1] for row in sql(server, f"pragma table_info({table})")]


def clone_videos(server, video_id, count, published_at):
    """Puts `count` copies of a ready video into the database, `published_at(i)` microseconds; returns their ids."""
    kept = [name for name in columns_of(server, "videos") if name not in ("id", "published_at", "created_at")]
    source, ids = decode_id(video_id), []
    first = sql(server, "select max(id) from videos")[0][0] + 1
    for i in range(count):
        sql(
            server,
            f"insert into videos (id, published_at, created_at, {', '.join(kept)}) "
            f"select ?, ?, ?, {', '.join(kept)} from videos where id = ?",
            first + i, published_at(i), published_at(i), source,
        )  # fmt: skip
        ids.append(encode_id(first + i))
    return ids


def key(server, purpose):
    """HKDF with SHA-256, as the server derives it from its secret."""
    pseudorandom = hmac.digest(bytes(32), server.secret, hashlib.sha256)
    return hmac.digest(pseudorandom, purpose.encode() + b"\x01", hashlib.sha256)


def mac(server, purpose, message):
    return hmac.digest(key(server, purpose), message, hashlib.sha256)


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def token_of(key_, prefix, expiry):
    """A playback token by that key."""
    return encoded(struct.pack(">I", expiry) + hmac.digest(key_, f"{prefix}\n{expiry}".encode(), hashlib.sha256))


def media_token(server, prefix, expiry):
    return token_of(key(server, "media"), prefix, expiry)


def play_token(server, video_id, issued):
    head = struct.pack(">IQ", issued, decode_id(video_id))
    return encoded(head + mac(server, "play token", head)[:16])


def upload_url(server, key_, content_type, size, expires, part=None):
    """`part`: (the store's id of the upload, number)."""
    head = f"PART\n{part[0]}\n{part[1]}" if part else "PUT"
    text = f"{head}\n{key_}\n{content_type}\n{size}\n{expires}"
    signature = encoded(mac(server, "upload", text.encode()))
    query = f"expires={expires}&size={size}&type={quote(content_type, safe='')}"
    query += f"&upload={part[0]}&part={part[1]}" if part else ""
    return f"{server.url}/storage/{key_}?{query}&signature={signature}"


def feed_cursor(server, kind, viewer, **changes):
    """A cursor at the beginning of a walk by `viewer` (an id, or "-"), or elsewhere by `changes`."""
    at = {"head": 0, "snapshot": 0, "phase": 0, "next": 0, "time": (1 << 63) - 1, "id": (1 << 63) - 1} | changes
    position = struct.pack(">BqqBIqq", 1, *(at[name] for name in ("head", "snapshot", "phase", "next", "time", "id")))
    signed = f"feed|{kind}|{viewer}".encode() + b"\0" + position
    return encoded(mac(server, "cursor", signed)[:16] + position)


def access_token(server, token, **claims):
    """`token` with some of its claims replaced, and signed again."""
    header, payload, _ = token.split(".")
    changed = json.loads(decoded(payload)) | claims
    text = f"{header}.{encoded(json.dumps(changed).encode())}"
    return f"{text}.{encoded(mac(server, 'jwt', text.encode()))}"


def eventually(condition, timeout=10):
    """Polls until `condition()` is truthy, and returns that."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not come true within {timeout} s")
