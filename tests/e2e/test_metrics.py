"""What Prometheus sees, and who sees it."""

import re

from behind import eventually
from client import Client, expect
from luot import PRODUCTION, Server
from metrics import metrics_of


def samples(client):
    """{name{labels}: value}"""
    text = client.get("/metrics").text
    found = re.findall(r"^(\w+(?:\{.*\})?) ([0-9.e+-]+|NaN)$", text, re.MULTILINE)
    assert found and len(found) == len([line for line in text.splitlines() if line and not line.startswith("#")])
    return {name: float(value) for name, value in found}


def of(values, name, **labels):
    return sum(v for k, v in values.items() if k.startswith(name + "{") and all(f'{a}="{b}"' in k for a, b in labels.items()))


def test_requests_are_counted_by_route_and_status(server, anonymous, user):
    route = {"route": "/users/{username}", "method": "GET"}
    before = samples(anonymous)
    expect(anonymous.get(f"/users/{user.user['username']}"), 200)
    expect(anonymous.get("/users/nobody.here"), 404)
    expect(anonymous.get("/users/nobody.there"), 404)
    expect(anonymous.get("/nothing"), 404)
    after = samples(anonymous)

    def grown(name, **labels):
        return of(after, name, **labels) - of(before, name, **labels)

    assert grown("luot_http_requests_total", status="2xx", **route) == 1
    assert grown("luot_http_requests_total", status="4xx", **route) == 2
    assert grown("luot_http_request_duration_seconds_count", **route) == 3
    assert grown("luot_http_requests_total", route="none", status="4xx") == 1
    assert 1 << 20 < after["process_resident_memory_bytes"] < 1 << 30
    assert after["process_open_fds"] > 5 and after["process_cpu_seconds_total"] > 0
    assert after["luot_http_connections"] >= 1
    assert after['luot_jobs{state="queued"}'] == 0
    eventually(lambda: of(samples(anonymous), "luot_loop_lag_seconds_count") > 0)


def test_connections_to_engines_are_shown(anonymous, user):
    values = samples(anonymous)
    for role in ("read", "write"):
        assert of(values, "luot_engine_connections", engine="database", role=role) >= 1
    eventually(lambda: metrics_of(anonymous, "database")["in_flight"] == 0)
    told = metrics_of(anonymous, "database")
    assert told["waiting"] == told["connections_lost_total"] == told["connections_failed_total"] == 0
    assert (metrics_of(anonymous, "state")["connections"] >= 1) == PRODUCTION


def test_metrics_are_for_named_networks(tmp_path):
    with Server(tmp_path / "data", LUOT_METRICS_NETWORKS="10.0.0.0/8", LUOT_TRUSTED_PROXIES="127.0.0.1") as server:
        client = Client(server.url)
        expect(client.get("/metrics"), 404, "not_found")
        expect(client.get("/metrics", headers={"X-Forwarded-For": "10.1.2.3"}), 200)
        expect(client.get("/metrics", headers={"X-Forwarded-For": "11.1.2.3"}), 404, "not_found")


def test_a_proxy_on_this_machine_does_not_open_them(server, anonymous):
    """One that the server was not told of: all that it sees is that the request comes from here."""
    expect(anonymous.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}), 404, "not_found")
    expect(anonymous.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}), 404, "not_found")
    expect(anonymous.get("/metrics"), 200)
