"""Prints the environment of a server on the production stack, as JSON: a database, a Redis database and a bucket of its
own on the engines that CTest's fixture has started (LUOT_TEST_ENGINES)."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))

from production import Place, engines  # noqa: E402

print(json.dumps(Place(*engines()).settings))
