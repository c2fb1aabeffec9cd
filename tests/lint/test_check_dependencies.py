"""The dependency checker sees what it is there to see."""

import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHECKER = ROOT / "scripts/check_dependencies.py"


def run(src):
    done = subprocess.run([sys.executable, CHECKER, src], capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.fixture
def house(tmp_path):
    """A copy of src/ to plant things in."""
    return pathlib.Path(shutil.copytree(ROOT / "src", tmp_path / "src"))


def plant(house, file, include):
    path = house / file
    path.write_text(f"#include {include}\n" + (path.read_text() if path.exists() else ""))


def test_the_house_is_in_order():
    code, output = run(ROOT / "src")
    assert code == 0, output


@pytest.mark.parametrize(
    ("file", "include", "complaint"),
    [
        ("base/time.hpp", '"http/server.hpp"', "base may not include http"),
        ("http/router.hpp", '"ports/clock.hpp"', "http may not include ports"),
        ("ports/clock.hpp", '"http/router.hpp"', "ports may not include http"),
        ("features/videos/videos.cpp", '"adapters/sqlite/sqlite_database.hpp"', "may not include adapters/sqlite"),
        ("features/videos/videos.cpp", '"http/router.hpp"', "features/videos may not include http"),
        ("features/videos/videos.cpp", '"features/jobs/jobs.hpp"', "only rooms of lower levels"),
        ("features/users/users.cpp", '"features/feed/feed.hpp"', "only rooms of lower levels"),
        ("features/feed/feed.cpp", '"features/videos/videos_store.hpp"', "private to its room"),
        ("features/newroom/newroom.hpp", '"base/time.hpp"', "has no level"),
        ("adapters/sqlite/sqlite_writer.cpp", '"adapters/ffmpeg/probe.hpp"', "may not include adapters/ffmpeg"),
        ("adapters/ffmpeg/probe.cpp", '"app/config.hpp"', "may not include app"),
        ("features/feed/feed.cpp", "<sqlite3.h>", "adapters/sqlite/ only"),
        ("http/server.cpp", "<boost/beast/http/read.hpp>", "http/session.cpp only"),
    ],
)
def test_a_planted_violation_is_caught(house, file, include, complaint):
    (house / file).parent.mkdir(exist_ok=True)
    plant(house, file, include)
    code, output = run(house)
    assert code == 1
    assert any(line.startswith(file) and complaint in line for line in output.splitlines()), output


def test_a_planted_cycle_is_caught(house):
    plant(house, "base/time.hpp", '"base/ids.hpp"')
    code, output = run(house)
    assert code == 1
    assert "a cycle of files: base/" in output and "base/time.hpp -> base/ids.hpp" in output, output


def test_an_empty_house_is_no_house_in_order(tmp_path):
    assert run(tmp_path)[0] == 1
