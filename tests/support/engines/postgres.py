"""PostgreSQL 15: durable as in production, a superuser `luot` without a password on loopback."""

import contextlib
import itertools
import os
import pathlib
import pwd
import signal
import subprocess
import tempfile

from engines.engine import Engine, spawn

TEMPLATES = pathlib.Path(__file__).resolve().parents[3] / "build/engines"


def programs():
    """The folder of `postgres` and `initdb`, which Debian keeps off the PATH."""
    debian = pathlib.Path("/usr/lib/postgresql/15/bin")
    if debian.is_dir():
        return debian
    told = subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True)
    return pathlib.Path(told.stdout.strip())


def identity():
    """PostgreSQL refuses to run as root. As `postgres` it must still reach the test's folder below root's own."""
    if os.getuid() != 0:
        return []
    return ["--reuid=postgres", "--regid=postgres", "--clear-groups",
            "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]  # fmt: skip


def template():
    """An empty cluster, made once in a checkout: copying it takes a tenth of the time that initdb takes."""
    made = TEMPLATES / f"postgres-{os.getuid()}"
    if made.exists():
        return made
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TEMPLATES) as folder:
        cluster = pathlib.Path(folder) / "cluster"
        cluster.mkdir()
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(cluster, user.pw_uid, user.pw_gid)
        options = ["--no-sync", "--username=luot", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        command = ["setpriv", *identity(), "--", programs() / "initdb", *options, "-D", cluster]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        try:
            cluster.rename(made)
        except OSError:
            pass  # another test run was quicker
    return made


class Postgres(Engine):
    """`settings` are of postgresql.conf, such as log_statement="all"."""

    stop_signal = signal.SIGINT  # ends its clients' sessions instead of waiting for them

    def __init__(self, folder, **settings):
        super().__init__(folder)
        # Its shared memory as files in the folder: nothing stays behind when it is killed.
        self.settings = {"max_connections": 200, "dynamic_shared_memory_type": "mmap"} | settings
        self._names = itertools.count(1)

    @property
    def url(self):
        return self.database_url("postgres")

    def database_url(self, name):
        return f"postgres://luot@127.0.0.1:{self.port}/{name}"

    def new_database(self):
        """The URL of an empty database."""
        name = f"test_{os.getpid()}_{next(self._names)}"
        self.sql(f"create database {name}")
        return self.database_url(name)

    def sql(self, statement, url=None):
        """What psql says: a line a row, columns parted by `|`."""
        command = [programs() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, url or self.url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    @contextlib.contextmanager
    def session(self, url):
        """A function that runs statements without rows, one after the other in one session."""
        command = [programs() / "psql", "-XAtq", url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as psql:

            def run(statement):
                psql.stdin.write(f"{statement};\n\\echo done\n")
                psql.stdin.flush()
                assert psql.stdout.readline() == "done\n"

            yield run

    def is_ready(self):
        command = [programs() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _prepare(self):
        if not self.folder.exists():
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["cp", "-a", "--reflink=auto", template(), self.folder], check=True)

    def _launch(self):
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": self.port} | self.settings
        options = itertools.chain(*(("-c", f"{name}={value}") for name, value in settings.items()))
        command = [programs() / "postgres", "-D", self.folder, *options]
        return spawn(command, self.log_path, death_signal="QUIT", identity=identity(), cwd=self.folder)
