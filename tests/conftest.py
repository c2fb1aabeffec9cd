import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "support"))

from client import Client  # noqa: E402
from luot import PRODUCTION, Server  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "embedded_only(reason): has nothing to test on the production stack")


def pytest_collection_modifyitems(items):
    for item in items:
        if PRODUCTION and (mark := item.get_closest_marker("embedded_only")):
            item.add_marker(pytest.mark.skip(reason=f"embedded only: {mark.args[0]}"))


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("luot") / "data") as running:
        yield running
        assert running.stop() == 0, running.log()[-2000:]


@pytest.fixture
def anonymous(server):
    return Client(server.url)


@pytest.fixture
def user(server):
    """A new account, signed in."""
    return Client(server.url).register()


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """Three seconds of moving picture with sound, 426x240."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=426x240:rate=25:duration=3",
         "-f", "lavfi", "-i", "sine=duration=3", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p",
         "-c:a", "aac", path],
        check=True,
    )  # fmt: skip
    return path


@pytest.fixture(scope="session")
def ready_video(server, clip):
    """A public video that is ready, as its owner sees it, and the owner's client: (client, video)."""
    owner = Client(server.url).register()
    return owner, owner.wait_until_done(owner.upload(clip)["id"])
