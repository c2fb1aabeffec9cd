"""Fills a database with a product's worth of rows, made from one video that went the real way."""

import random
import sqlite3
import subprocess

FIRST_ID = 1 << 32  # far below the ids that a server makes
MICROSECONDS = 1_000_000


class SqliteTables:
    """Times as the schema has them: integer microseconds."""

    def __init__(self, path):
        self.database = sqlite3.connect(path, timeout=30)

    def columns(self, table, but=()):
        return [row[1] for row in self.database.execute(f"pragma table_info({table})") if row[1] not in but]

    def select(self, statement):
        return self.database.execute(statement).fetchall()

    def insert(self, table, columns, rows):
        marks = ", ".join("?" * len(columns))
        with self.database:
            self.database.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)

    def analyze(self):
        with self.database:
            self.database.execute("analyze")


class PostgresTables:
    def __init__(self, url):
        self.url = url

    def _psql(self, *arguments, **options):
        command = ["psql", self.url, "-qX", "-v", "ON_ERROR_STOP=1", *arguments]
        return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout

    def columns(self, table, but=()):
        names = self._psql("-At", "-c", f"select column_name from information_schema.columns where table_name = '{table}' "
                           "and table_schema = current_schema() order by ordinal_position").split()  # fmt: skip
        return [name for name in names if name not in but]

    def select(self, statement):
        text = self._psql("-At", "-F", "\x1f", "-R", "\x1e", "-P", "null=\x1d", "-c", statement)
        records = text.rstrip("\n").split("\x1e") if text.strip() else []
        return [[None if cell == "\x1d" else cell for cell in record.split("\x1f")] for record in records]

    def insert(self, table, columns, rows):
        def line(row):
            return "\t".join(r"\N" if cell is None else str(cell).replace("\\", "\\\\").replace("\t", "\\t")
                             .replace("\n", "\\n") for cell in row)  # fmt: skip

        times = {name for name in columns if name.endswith("_at")}
        data = "".join(
            line(_moment(cell) if name in times else cell for name, cell in zip(columns, row)) + "\n" for row in rows
        )
        self._psql("-c", f"copy {table} ({', '.join(columns)}) from stdin", input=data)

    def analyze(self):
        self._psql("-c", "vacuum analyze")


def _moment(value):
    if isinstance(value, int):  # microseconds since 1970
        seconds, rest = divmod(value, MICROSECONDS)
        import datetime

        return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%dT%H:%M:%S}.{rest:06}+00"
    return value


def fill(tables, video_id, encode_id, decode_id, videos, comments, likes, now_us):
    """Copies the ready video `video_id` `videos` times; returns the copies' ids as the API tells them."""
    chance = random.Random(1)
    source = decode_id(video_id)
    kept = tables.columns("videos", but=("id", "created_at", "published_at", "playable_at", "hot_score", "title"))
    row = tables.select(f"select {', '.join(kept)} from videos where id = {source}")[0]
    file_columns = tables.columns("video_files", but=("id", "video_id"))
    files = tables.select(f"select {', '.join(file_columns)} from video_files where video_id = {source}")
    authors = list(range(FIRST_ID, FIRST_ID + 1000))
    tables.insert("users", ["id", "username", "email", "password_hash", "created_at"],
                  [(i, f"author{i}", f"author{i}@example.org", "none", now_us) for i in authors])  # fmt: skip
    ids = list(range(FIRST_ID, FIRST_ID + videos))

    def own(cells, number):
        text = encode_id(number)
        return [cell.replace(video_id, text) if isinstance(cell, str) else cell for cell in cells]

    def video(i, number):
        published = now_us - (videos - i) * 60 * MICROSECONDS  # one a minute
        cells = own(row, number)
        cells[kept.index("user_id")] = chance.choice(authors)
        return [number, f"Clip number {i}", published, published, published, chance.uniform(0, 100), *cells]

    tables.insert("videos", ["id", "title", "created_at", "published_at", "playable_at", "hot_score", *kept],
                  (video(i, number) for i, number in enumerate(ids)))  # fmt: skip
    tables.insert("video_files", ["video_id", *file_columns],
                  ([number, *own(cells, number)] for number in ids for cells in files))  # fmt: skip
    tables.insert("comments", ["id", "video_id", "user_id", "content", "created_at"],
                  ((FIRST_ID + i, ids[-1 - i % min(videos, 5000)], chance.choice(authors), f"Comment number {i}",
                    now_us - (comments - i) * MICROSECONDS) for i in range(comments)))  # fmt: skip
    pairs = {(chance.choice(authors), chance.choice(ids)) for _ in range(likes)}
    tables.insert("likes", ["user_id", "video_id", "created_at"], ((user, video, now_us) for user, video in pairs))
    tables.analyze()
    return [encode_id(number) for number in ids]
