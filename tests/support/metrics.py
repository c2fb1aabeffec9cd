"""What a server's /metrics tell of the engines behind it."""

import collections
import re


def metrics_of(client, engine):
    """{"connections", "in_flight", ...}: over all roles."""
    found = collections.Counter()
    for name, value in re.findall(rf'^luot_engine_(\w+){{engine="{engine}",.*}} (\S+)$', client.get("/metrics").text, re.MULTILINE):
        found[name] += float(value)
    return found
