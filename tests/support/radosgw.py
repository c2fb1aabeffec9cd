"""A real S3 server: Ceph's radosgw over one OSD in memory, on loopback ports and in a folder of its own."""

import os
import pathlib
import subprocess
import time
import uuid

import boto3
import requests

from luot import free_port

CONF = """[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]
keyring = {folder}/keyring
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
osd pool default pg num = 4
osd crush chooseleaf type = 0
run dir = {folder}
pid file = {folder}/$name.pid
log file = {folder}/$name.log
admin socket = {folder}/$name.asok
mon data = {folder}/mon
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
mon data avail warn = 1
mon data avail crit = 1
[osd]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw thread pool size = 64
"""

KEYS = {
    "mon.": ("mon", "allow *"),
    "client.admin": ("mon", "allow *", "osd", "allow *", "mgr", "allow *"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *"),
    "client.rgw": ("mon", "allow rw", "osd", "allow rwx"),
}


class Ceph:
    access_key = "luot-test"
    secret_key = "luot-test-secret"
    region = "default"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes = []

    def run(self, *command):
        environment = os.environ | {"CEPH_CONF": str(self.folder / "ceph.conf")}
        subprocess.run(command, env=environment, check=True, timeout=60, capture_output=True)

    def spawn(self, *command):
        """In the foreground, so that it ends with us."""
        environment = os.environ | {"CEPH_CONF": str(self.folder / "ceph.conf")}
        with open(self.folder / f"{command[0]}.out", "ab") as log:
            self.processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    def start(self):
        (self.folder / "mon").mkdir(parents=True)
        (self.folder / "osd").mkdir()
        fsid, v2, v1 = str(uuid.uuid4()), free_port(), free_port()
        conf = CONF.format(folder=self.folder, fsid=fsid, v1=v1, v2=v2, port=self.port)
        (self.folder / "ceph.conf").write_text(conf)
        keyring, monmap = self.folder / "keyring", self.folder / "monmap"
        for name, caps in KEYS.items():
            made = ("--create-keyring",) if name == "mon." else ()
            pairs = [part for i in range(0, len(caps), 2) for part in ("--cap", *caps[i : i + 2])]
            self.run("ceph-authtool", *made, keyring, "--gen-key", "-n", name, *pairs)
        addresses = f"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]"
        self.run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", addresses, monmap)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self.spawn("ceph-mon", "-f", "-i", "a")
        self.run("ceph", "auth", "import", "-i", keyring)
        self.run("ceph", "osd", "create")
        self.run("ceph-osd", "-i", "0", "--mkfs")
        self.spawn("ceph-osd", "-f", "-i", "0")
        self.spawn("radosgw", "-f", "-n", "client.rgw")
        self.wait_until_it_answers()
        self.run("radosgw-admin", "user", "create", "--uid=luot", "--display-name=luot",
                 f"--access-key={self.access_key}", f"--secret-key={self.secret_key}")  # fmt: skip
        return self

    def wait_until_it_answers(self):
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                if requests.get(self.url, timeout=5).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.2)
        raise RuntimeError("radosgw does not answer")

    def stop(self):
        for process in reversed(self.processes):
            process.kill()  # nothing in it outlives its memory
            process.wait(20)

    def client(self):
        return boto3.client(
            "s3", endpoint_url=self.url, region_name=self.region,
            aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key,
        )  # fmt: skip

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()
