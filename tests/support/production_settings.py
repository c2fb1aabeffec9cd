"""Prints, as JSON, the settings of a server on the production stack: a database, a Redis database and a bucket of its own
on the engines of LUOT_TEST_ENGINES. For tests that are not Python."""

import json

from production import Place, engines

if __name__ == "__main__":
    print(json.dumps(Place(*engines()).settings))
