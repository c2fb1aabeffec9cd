"""Real files and hostile ones, from the upload to each byte that is served.

The files are those of the folder that LUOT_TEST_CORPUS names, with a manifest.tsv that says what each is. Without it
the tests make clips and attack files of their own.
"""

import mimetypes
import os
import pathlib
import sys
import tempfile

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
pytest.register_assert_rewrite("media_checks", "delivery_checks", "playlists", "uploads_seen")

import clips  # noqa: E402
import delivery_checks as delivery  # noqa: E402
import media_checks as media  # noqa: E402
from canary import Canary, Listener, targets_of  # noqa: E402
from client import Client  # noqa: E402
from luot import Server  # noqa: E402
from uploads_seen import watch  # noqa: E402

CORPUS = os.environ.get("LUOT_TEST_CORPUS")

READY_CHECKS = (
    media.check_ladder,
    media.check_decodes,
    media.check_frames,
    media.check_upright,
    media.check_key_frames,
    media.check_duration,
    media.check_sound,
    media.check_privacy,
    delivery.check_urls,
    delivery.check_segments,
    delivery.check_segment_lengths,
    delivery.check_bandwidths,
    delivery.check_poster,
    delivery.check_preview,
)
