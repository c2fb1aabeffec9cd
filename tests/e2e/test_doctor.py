"""luot doctor: what it says, and that it says it where something is wrong."""

import os
import subprocess

import pytest
import requests

from behind import eventually
from engines import Ceph
from fake_clock import LIBRARY
from luot import BINARY, Server
from s3_store import Bucket


@pytest.fixture(scope="module")
def ceph(tmp_path_factory):
    with Ceph(tmp_path_factory.mktemp("engines") / "ceph") as engine:
        yield engine


@pytest.fixture
def bucket(ceph):
    return Bucket(ceph)


class Report:
    """What the doctor printed: (verdict, check, text) a finding, and the advice below it."""

    def __init__(self, run):
        self.code, self.text, self.errors = run.returncode, run.stdout, run.stderr
        lines = [line for line in run.stdout.splitlines() if line.strip()]
        self.findings = [(line[2:9].strip(), line[10:23].strip(), line[24:]) for line in lines[:-1] if "->" not in line[:27]]

    def of(self, verdict):
        return [f"{check}: {text}" for kind, check, text in self.findings if kind == verdict]


def doctor(folder, *flags, **settings):
    environment = {"PATH": os.environ["PATH"], "LUOT_DATA_DIR": str(folder / "data")} | settings
    run = subprocess.run(
        [BINARY, "doctor", *flags], cwd=folder, env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    return Report(run)


def test_an_empty_folder_is_well(tmp_path):
    report = doctor(tmp_path)
    assert report.code == 0 and not report.of("BROKEN") and "Nothing is broken" in report.text, report.text
    assert {check for _, check, _ in report.findings} == {"settings", "database", "shared state", "storage", "transcoder"}
    assert not (tmp_path / "data/luot.db").exists(), "looking must not make a database"


def test_a_running_server_is_well_and_goes_on(server):
    report = doctor(server.data_dir.parent, LUOT_DATA_DIR=str(server.data_dir))
    assert report.code == 0, report.text
    assert any("answers, with schema" in text for text in report.of("ok")), report.text
    assert requests.get(f"{server.url}/readyz", timeout=5).status_code == 200


def test_what_is_wrong_with_the_embedded_engines_is_said(tmp_path):
    (tmp_path / "broken.db").write_text("this is no database, whatever its name says" * 100)
    report = doctor(
        tmp_path, LUOT_DATABASE_URL=f"sqlite:{tmp_path}/broken.db", LUOT_MIN_FREE_DISK=str(1 << 59),
        LUOT_LISTEN="0.0.0.0:8080", PATH=str(tmp_path),
    )  # fmt: skip
    assert report.code == 1
    wrong = report.of("BROKEN")
    assert [text.split(":")[0] for text in wrong] == ["settings", "database", "storage", "transcoder"], report.text
    assert "LUOT_PUBLIC_URL" in report.text and "LUOT_MIN_FREE_DISK" in report.text and "ffmpeg" in report.text


def test_a_new_bucket_is_mended(tmp_path, bucket):
    report = doctor(tmp_path, **bucket.settings)
    assert report.code == 1
    assert len(report.of("BROKEN")) == 1 and "CORS" in report.of("BROKEN")[0], report.text
    assert any("unfinished" in text or "lifecycle" in text for text in report.of("look")), report.text
    report = doctor(tmp_path, "--fix", **bucket.settings)
    assert report.code == 0 and len(report.of("fixed")) == 2, report.text
    report = doctor(tmp_path, **bucket.settings)
    assert report.code == 0 and not report.of("look") and not report.of("fixed"), report.text
    assert bucket.keys() == [] and bucket.uploads() == [], "its probes are gone"
    [rule] = bucket.s3.get_bucket_lifecycle_configuration(Bucket=bucket.name)["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2} and "Expiration" not in rule


def test_a_browser_may_upload_after_the_fix(tmp_path, bucket):
    """The preflight that a browser sends from each page, with what it wants to see."""
    settings = bucket.settings | {"LUOT_PUBLIC_URL": "https://luot.example", "LUOT_CORS_ORIGINS": "https://app.example"}
    assert doctor(tmp_path, "--fix", **settings).code == 0
    for origin in ("https://luot.example", "https://app.example"):
        for method in ("PUT", "GET", "HEAD"):
            answer = requests.options(
                f"{bucket.endpoint}/{bucket.name}/uploads/x", timeout=10,
                headers={"Origin": origin, "Access-Control-Request-Method": method,
                         "Access-Control-Request-Headers": "content-type"},
            )  # fmt: skip
            assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] in (origin, "*")
    answer = requests.options(
        f"{bucket.endpoint}/{bucket.name}/uploads/x", timeout=10,
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "PUT"},
    )  # fmt: skip
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_rules_of_others_are_kept(tmp_path, bucket):
    others = {"Rules": [{"ID": "logs", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 9}}]}
    bucket.s3.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration=others)
    cors = {"CORSRules": [{"ID": "other", "AllowedMethods": ["GET"], "AllowedOrigins": ["https://other.example"]}]}
    bucket.s3.put_bucket_cors(Bucket=bucket.name, CORSConfiguration=cors)
    for _ in range(2):
        assert doctor(tmp_path, "--fix", **bucket.settings).code == 0
    rules = bucket.s3.get_bucket_lifecycle_configuration(Bucket=bucket.name)["Rules"]
    assert sorted(rule["ID"] for rule in rules) == ["logs", "luot-unfinished-uploads"]
    origins = [rule["AllowedOrigins"] for rule in bucket.s3.get_bucket_cors(Bucket=bucket.name)["CORSRules"]]
    assert len(origins) == 2 and ["https://other.example"] in origins


def test_rules_that_would_remove_videos_are_named(tmp_path, bucket):
    doctor(tmp_path, "--fix", **bucket.settings)
    rule = {"ID": "cheap", "Filter": {"Prefix": ""}, "Status": "Enabled", "Expiration": {"Days": 30}}
    bucket.s3.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration={"Rules": [rule]})
    report = doctor(tmp_path, **bucket.settings)
    assert report.code == 1 and any('"cheap"' in text for text in report.of("BROKEN")), report.text


@pytest.mark.parametrize("acl", ["public-read", "public-read-write"])
def test_a_public_bucket_is_named(tmp_path, bucket, acl):
    doctor(tmp_path, "--fix", **bucket.settings)
    bucket.s3.put_bucket_acl(Bucket=bucket.name, ACL=acl)
    report = doctor(tmp_path, **bucket.settings)
    wrong = report.of("BROKEN")
    assert report.code == 1 and any("anybody can list" in text for text in wrong), report.text
    assert any("anybody can write" in text for text in wrong) == (acl == "public-read-write"), report.text


@pytest.mark.parametrize(("change", "words"), [
    ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "AWS_SECRET_ACCESS_KEY is not that of"),
    ({"AWS_ACCESS_KEY_ID": "nobody"}, "does not know AWS_ACCESS_KEY_ID"),
    ({"AWS_ACCESS_KEY_ID": ""}, "set AWS_ACCESS_KEY_ID"),
    ({"LUOT_STORAGE_URL": "s3://none?endpoint={endpoint}"}, "there is no bucket none"),
    ({"LUOT_STORAGE_URL": "s3://none?endpoint=http://127.0.0.1:1"}, "check endpoint"),
    ({"LUOT_STORAGE_URL": "s3://none?colour=red"}, 'no option "colour"'),
])  # fmt: skip
def test_what_is_wrong_with_a_bucket_is_said(tmp_path, bucket, change, words):
    change = {name: value.format(endpoint=bucket.endpoint) for name, value in change.items()}
    report = doctor(tmp_path, **bucket.settings | change)
    assert report.code == 1 and words in report.text, report.text
    assert len(report.of("BROKEN")) == 1


def test_an_address_that_only_clients_reach_is_no_fault(tmp_path, bucket):
    settings = bucket.settings | {"LUOT_STORAGE_URL": bucket.url + "&public_endpoint=http://127.0.0.1:1"}
    report = doctor(tmp_path, **settings)
    assert report.code == 0 and any("does not answer from here" in text for text in report.of("look")), report.text


def test_a_wrong_clock_is_named(tmp_path, bucket):
    clock = bucket.settings | {"LD_PRELOAD": LIBRARY, "DONT_FAKE_MONOTONIC": "1"}
    report = doctor(tmp_path, FAKETIME="+20m", **clock)
    assert report.code == 1 and "NTP" in report.text and "differ by more than 15 minutes" in report.text, report.text
    report = doctor(tmp_path, FAKETIME="-2m", **clock)
    assert any("differs from this machine's by" in text for text in report.of("look")), report.text


def test_a_server_starts_on_what_the_doctor_calls_well(tmp_path, bucket):
    doctor(tmp_path, "--fix", **bucket.settings)
    with Server(tmp_path / "data", **bucket.settings) as server:
        assert eventually(lambda: requests.get(f"{server.url}/readyz", timeout=5).status_code == 200)
