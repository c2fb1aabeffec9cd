"""Real engines for tests, each in a folder and on a loopback port of its own, ended with the test run that started them.

    with Postgres(tmp_path / "postgres") as postgres, Link(postgres) as link:
        with Server(data_dir, LUOT_DATABASE_URL=link.through(postgres.new_database())): ...
"""

from engines.ceph import Ceph
from engines.link import Link
from engines.postgres import Postgres
from engines.redis import Redis

__all__ = ["Ceph", "Link", "Postgres", "Redis"]
