"""Ceph's radosgw, a real S3 server, over one monitor and one OSD that keeps everything in memory.

kill(), pause() and restart() are the radosgw's alone: the objects stay as long as the OSD runs, until close().
"""

import os
import subprocess
import urllib.error
import urllib.request
import uuid

from engines.engine import Engine, free_port, spawn

CONFIGURATION = """
[global]
fsid = {fsid}
mon host = v2:127.0.0.1:{monitor_port}
ms bind msgr1 = false
keyring = {folder}/keyring
run dir = {folder}/run
pid file =
log file = {folder}/$name.log
admin socket = {folder}/run/$name.asok
mon data = {folder}/monitor
mon allow pool size one = true
mon data avail warn = 1
mon data avail crit = 1
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd crush chooseleaf type = 0
public addr = 127.0.0.1
cluster addr = 127.0.0.1
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw thread pool size = 64
"""

CAPABILITIES = {
    "mon.": {"mon": "allow *"},
    "client.admin": {"mon": "allow *", "osd": "allow *", "mgr": "allow *"},
    "osd.0": {"mon": "allow profile osd", "osd": "allow *"},
    "client.rgw": {"mon": "allow rw", "osd": "allow rwx"},
}


class Ceph(Engine):
    access_key = "luot-test"
    secret_key = "luot-test-secret"
    region = "default"

    def __init__(self, folder):
        super().__init__(folder)
        self.store = []  # the monitor and the OSD

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self):
        return self.url

    def environment(self):
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}

    def client(self):
        """boto3's, for whatever a test asks of the store itself."""
        import boto3  # takes a third of a second, and not every test needs it

        return boto3.client("s3", endpoint_url=self.endpoint, region_name=self.region,
                            aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key)  # fmt: skip

    def make_bucket(self, name):
        self.client().create_bucket(Bucket=name)

    def storage_url(self, bucket):
        return f"s3://{bucket}?endpoint={self.endpoint}&region={self.region}&style=path"

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.endpoint, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def close(self):
        self.kill()  # all is in memory: there is nothing to put in order
        for process in reversed(self.store):
            process.kill()
            process.wait()
        self.store.clear()
        super().close()

    def _prepare(self):
        if self.store:
            return
        self._configure()
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", self.folder / "monmap", "--keyring", self.folder / "keyring")
        self.store.append(self._spawn("ceph-mon", "-f", "-i", "a"))
        self._run("ceph", "osd", "new", self._identity, "0")
        self._run("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", self._identity)
        self.store.append(self._spawn("ceph-osd", "-f", "-i", "0"))
        self._run("radosgw-admin", "user", "create", "--uid=luot", "--display-name=luot",
                  f"--access-key={self.access_key}", f"--secret-key={self.secret_key}")  # fmt: skip

    def _configure(self):
        for name in ("monitor", "osd", "run"):
            (self.folder / name).mkdir(parents=True)
        self._identity = str(uuid.uuid4())
        monitor_port = free_port()
        (self.folder / "ceph.conf").write_text(
            CONFIGURATION.format(fsid=self._identity, folder=self.folder, port=self.port, monitor_port=monitor_port)
        )
        self._run("monmaptool", "--create", "--fsid", self._identity, "--addv", "a", f"[v2:127.0.0.1:{monitor_port}]",
                  self.folder / "monmap")  # fmt: skip
        create = ["--create-keyring"]
        for name, allowed in CAPABILITIES.items():
            caps = [word for service, what in allowed.items() for word in ("--cap", service, what)]
            self._run("ceph-authtool", self.folder / "keyring", *create, "--gen-key", "-n", name, *caps)
            create = []

    def _environment(self):
        return {"PATH": os.environ["PATH"], "CEPH_CONF": str(self.folder / "ceph.conf")}

    def _run(self, *command):
        with open(self.log_path, "ab") as log:
            subprocess.run(list(map(str, command)), env=self._environment(), stdout=log, stderr=log, check=True, timeout=60)

    def _spawn(self, *command):
        return spawn(command, self.log_path, env=self._environment(), cwd=self.folder)

    def _launch(self):
        return self._spawn("radosgw", "-f", "-n", "client.rgw")
