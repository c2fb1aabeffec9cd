"""api/openapi.yaml and the running server tell the same. One way, every answer that any test sees is checked by
openapi_check; the other way, this file sees to it that each documented answer of each operation exists."""

import re
import subprocess
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

import behind
from client import Client, expect
from luot import BINARY, PRODUCTION
from openapi_check import ROOT, SPEC, events_of
from raw_http import Connection

NOBODY = "AAAAAAAAAAA"  # well formed, and the id of nothing

# (status, code) that no test can bring about from outside.
UNREACHABLE = {
    (429, "rate_limited"): "the shared server has no limits; test_limits sees it of every operation that names it",
    (503, "storage_full"): "needs a full disk",
    (503, "overloaded"): "needs thousands of requests at once; test_auth sees it where the queue is short",
}
UNREACHABLE_OF = {
    ("completeUpload", 503, "unavailable"): "as createUpload, which takes five seconds to see",
    ("receiveStorageEvents", 503, "unavailable"): "as createUpload; test_storage_events sees it",
    ("getVideoEvents", 503, "unavailable"): "SQLite reads on while it cannot write",
    ("getMedia", 302, None): "needs a store that viewers reach by themselves; test_s3 sees it",
    ("headMedia", 302, None): "as getMedia",
    ("getMetrics", 404, "not_found"): "test_metrics asks from another network",
    ("getReadiness", 503, "unavailable"): "SQLite reads on while it cannot write",
    ("putObject", 503, "unavailable"): "needs a folder that cannot be written; tests/fault sees it",
}

NOT_IN_PRODUCTION = {"putObject"}  # a bucket takes its uploads itself

JSON_OPERATIONS = [o for o in SPEC.operations if o.json_body is not None]


def ids(operations):
    return {"argvalues": operations, "ids": [o.id for o in operations]}


@pytest.fixture(scope="module")
def world(server, ready_video):
    owner, video = ready_video
    comment = expect(owner.post(f"/videos/{video['id']}/comments", {"content": "Hello"}), 201)
    token, _, _, rev, file = urlsplit(video["mp4_url"]).path.strip("/").split("/")
    return SimpleNamespace(
        server=server, owner=owner, anonymous=Client(server.url), stranger=Client(server.url).register(),
        video=video["id"], names={
            "id": video["id"], "username": owner.user["username"], "comment_id": comment["id"], "token": token,
            "rev": rev, "file": file, "key": "uploads/x",
        },
    )  # fmt: skip


def target(operation, world, **names):
    return re.sub(r"{(\w+)}", lambda match: (world.names | names)[match[1]], operation.path)


def statuses(operation, code):
    """The status that the document gives `code` at this operation."""
    return next(int(status) for status in operation.responses if code in operation.codes_of(status))


def names_code(code):
    return [o for o in SPEC.operations if o.method != "HEAD" and any(code in o.codes_of(s) for s in o.responses)]


def test_every_path_is_a_route_and_every_route_a_path():
    printed = subprocess.run([BINARY, "routes"], capture_output=True, text=True, check=True).stdout
    routes = {tuple(line.split()) for line in printed.splitlines()}
    media = ("GET", "/{token}/{path...}")
    assert media in routes
    routes = {(method, path.replace("...}", "}")) for method, path in routes - {media}}
    routes.add(("GET", "/{token}/videos/{id}/{rev}/{file}"))
    assert routes == {(o.method, o.path) for o in SPEC.operations if o.method != "HEAD"}


def test_the_document_is_whole(world):
    answer = world.anonymous.get("/openapi.yaml")
    assert answer.content == (ROOT / "api/openapi.yaml").read_bytes(), "the server was built from another document"
    references = re.findall(r"\$ref: '([^']+)'", answer.text)
    assert all(SPEC.look_up({"$ref": reference}) for reference in references)
    names = [operation.id for operation in SPEC.operations]
    assert len(names) == len(set(names))
    unused = [
        f"{kind}/{name}"
        for kind in ("schemas", "responses", "parameters", "headers")
        for name in SPEC.document["components"][kind]
        if f"#/components/{kind}/{name}" not in references
    ]
    assert unused == []


@pytest.mark.parametrize("operation", **ids(JSON_OPERATIONS))
def test_bodies_are_read_strictly(world, operation):
    def send(data, content_type="application/json"):
        headers = {"Content-Type": content_type}
        return world.owner.request(operation.method, target(operation, world), data=data, headers=headers)

    expect(send("{"), 400, "malformed_json")
    expect(send("[]"), 400, "malformed_json")
    expect(send("{}", "text/plain"), 415, "unsupported_media_type")
    errors = expect(send('{"surplus": 1}'), 422, "invalid_fields")["errors"]
    assert ("surplus", "unknown") in [(e["field"], e["code"]) for e in errors]
    expect(send(b" " * 65537), 413, "body_too_large")


@pytest.mark.parametrize("operation", **ids(names_code("invalid_fields")))
def test_unknown_query_parameters_are_refused(world, operation):
    answer = world.owner.request(operation.method, target(operation, world) + "?surplus=1")
    errors = expect(answer, 422, "invalid_fields")["errors"]
    assert ("surplus", "unknown") in [(e["field"], e["code"]) for e in errors]


@pytest.mark.parametrize("operation", **ids(names_code("malformed_request")))
def test_malformed_requests_are_refused(world, operation):
    with Connection(world.server.port) as connection:
        answer = connection.exchange(operation.method, target(operation, world), host=None)
    assert (answer.status, answer.code) == (400, "malformed_request")


@pytest.mark.parametrize("operation", **ids([o for o in SPEC.operations if {"bearerAuth": []} in o.security]))
def test_access_tokens_are_checked(world, operation):
    path = target(operation, world)
    for scheme in ("Bearer forged", "Basic dTpw", "Bearer "):
        answer = world.anonymous.request(operation.method, path, headers={"Authorization": scheme})
        expect(answer, 401, "invalid_token")
    if {} not in operation.security:
        expect(world.anonymous.request(operation.method, path), 401, "unauthenticated")


@pytest.mark.parametrize("operation", **ids(names_code("video_not_found")))
@pytest.mark.parametrize("unknown", [NOBODY, "short", "~~~~~~~~~~~", "%C6%B0", "zzzzzzzzzzz"])
def test_unknown_videos_are_not_found(world, operation, unknown):
    bodies = {"reportView": {"play_token": "x", "watched_ms": 1}, "createComment": {"content": "x"},
              "signUploadParts": {"parts": [1]}}  # fmt: skip
    answer = world.owner.request(operation.method, target(operation, world, id=unknown), json=bodies.get(operation.id))
    expect(answer, 404, "video_not_found")


@pytest.mark.parametrize("operation", **ids(names_code("invalid_cursor")))
@pytest.mark.parametrize("cursor", ["", "AAAA", "%2e%2e", "~", "A" * 300])
def test_forged_cursors_are_refused(world, operation, cursor):
    expect(world.owner.get(f"{target(operation, world)}?cursor={cursor}"), 400, "invalid_cursor")


def test_accounts(world):
    me = world.owner.user
    fresh = {"username": "spec.reader", "email": "Spec.Reader@example.org", "password": "correct horse"}
    session = expect(world.anonymous.post("/auth/register", fresh), 201)
    expect(world.anonymous.post("/auth/register", fresh | {"email": "x@example.org"}), 409, "username_taken")
    expect(world.anonymous.post("/auth/register", fresh | {"username": "spec.writer"}), 409, "email_taken")
    credentials = {"email": fresh["email"], "password": fresh["password"]}
    expect(world.anonymous.post("/auth/login", credentials), 200)
    expect(world.anonymous.post("/auth/login", credentials | {"password": "wrong"}), 401, "invalid_credentials")
    session = expect(world.anonymous.post("/auth/refresh", {"refresh_token": session["refresh_token"]}), 200)
    expect(world.anonymous.post("/auth/refresh", {"refresh_token": "forged"}), 401, "invalid_refresh_token")
    for path in ("/auth/refresh", "/auth/logout"):
        by_cookie = {"Cookie": f"luot_refresh={session['refresh_token']}"}
        expect(world.anonymous.post(path, {}, headers=by_cookie), 403, "session_header_required")
        expect(world.anonymous.post(path, {}), 401, "invalid_refresh_token")
    expect(world.anonymous.post("/auth/logout", {"refresh_token": session["refresh_token"]}), 204)
    assert expect(world.owner.get("/me"), 200) == me
    profile = expect(world.anonymous.get(f"/users/{me['username']}"), 200)
    assert profile == {name: value for name, value in me.items() if name != "email"}
    for path in ("/users/nobody.here", "/users/nobody.here/videos"):
        expect(world.anonymous.get(path), 404, "user_not_found")
    assert expect(world.owner.get(f"/users/{me['username']}/videos"), 200)["items"]


def test_watching(world):
    assert expect(world.anonymous.get("/feed"), 200)["items"]
    gone = behind.feed_cursor(world.server, "hot", "-", head=1)
    expect(world.anonymous.get(f"/feed?kind=hot&cursor={gone}"), 410, "cursor_expired")
    assert expect(world.anonymous.post("/viewers"), 201)["viewer_token"]
    token = expect(world.anonymous.get(f"/videos/{world.video}"), 200)["play_token"]
    expect(world.anonymous.post(f"/videos/{world.video}/view", {"play_token": token, "watched_ms": 1}), 200)
    expect(world.owner.post(f"/videos/{world.video}/like"), 200)
    expect(world.owner.delete(f"/videos/{world.video}/like"), 200)
    comments = f"/videos/{world.video}/comments"
    assert expect(world.anonymous.get(comments), 200)["items"]
    mine = f"{comments}/{expect(world.owner.post(comments, {'content': 'Mine'}), 201)['id']}"
    expect(world.stranger.delete(mine), 403, "forbidden")
    expect(world.owner.delete(mine), 204)
    expect(world.owner.delete(mine), 404, "comment_not_found")


def test_following(world):
    answer = world.owner.get(f"/videos/{world.video}/events")
    assert [event.name for event in events_of(answer.text)] == ["ready"]
    expect(world.stranger.get(f"/videos/{world.video}/events"), 403, "forbidden")


def test_owning(world):
    video = world.owner.begin_upload(1)["video"]["id"]
    assert expect(world.owner.request("PATCH", f"/videos/{video}", json={"title": "New"}), 200)["title"] == "New"
    for method in ("PATCH", "DELETE"):
        expect(world.stranger.request(method, f"/videos/{world.video}"), 403, "forbidden")
    expect(world.owner.delete(f"/videos/{video}"), 204)


def test_uploads(world):
    data, owner = b"12345678", world.owner
    expect(owner.post("/videos/upload", upload_body(size=1 << 50)), 413, "upload_too_large")
    expect(owner.post("/videos/upload", upload_body(content_type="text/plain")), 415, "unsupported_media_type")
    ticket = owner.begin_upload(len(data), title="spec upload")
    path = f"/videos/{ticket['video']['id']}/upload"
    expect(owner.get(path), 200)
    expect(owner.post(f"{path}/complete"), 409, "upload_incomplete")
    expect(owner.send(ticket["upload"], data), 200)
    behind.sql(world.server, "update uploads set size = 9 where video_id = ?", behind.decode_id(ticket["video"]["id"]))
    expect(owner.post(f"{path}/complete"), 409, "upload_size_mismatch")
    behind.sql(world.server, "update uploads set expires_at = 1 where size = 9")
    expect(owner.post(f"{path}/complete"), 410, "upload_expired")
    behind.sql(world.server, "update uploads set size = 8 where size = 9")
    expect(owner.post(f"{path}/complete"), 202)
    expect(owner.delete(path), 409, "upload_closed")
    expect(owner.delete(f"/videos/{owner.begin_upload(1)['video']['id']}/upload"), 204)
    for method, end in (("GET", ""), ("DELETE", ""), ("POST", "/complete")):
        expect(world.stranger.request(method, f"/videos/{world.video}/upload{end}"), 403, "forbidden")


def test_uploads_in_parts(world):
    owner, mib = world.owner, 1 << 20
    ticket = owner.begin_upload(65 * mib)
    path = f"/videos/{ticket['video']['id']}/upload"
    assert ticket["upload"]["kind"] == "multipart"
    [part] = owner.sign_parts(ticket["video"]["id"], [9])
    expect(owner.send(part, bytes(mib)), 200)
    expect(owner.get(path), 200)
    expect(owner.post(f"{path}/complete"), 409, "upload_incomplete")
    number = behind.decode_id(ticket["video"]["id"])
    for change, status, code in (
        ("expires_at = 1", 410, "upload_expired"),
        (f"expires_at = {1 << 60}, status = 'completed'", 409, "upload_closed"),
        ("status = 'open'", 200, None),
    ):
        behind.sql(world.server, f"update uploads set {change} where video_id = ?", number)
        expect(owner.post(f"{path}/parts", {"parts": [1]}), status, code)
    expect(owner.delete(path), 204)
    late = owner.send(part, bytes(mib))
    assert late.status_code == 404 if world.server.place else expect(late, 409, "upload_closed")
    single = owner.begin_upload(1)["video"]["id"]
    expect(owner.post(f"/videos/{single}/upload/parts", {"parts": [1]}), 409, "upload_not_multipart")
    expect(world.stranger.post(f"/videos/{world.video}/upload/parts", {"parts": [1]}), 403, "forbidden")


def test_the_quota_of_a_day(world):
    user = Client(world.server.url).register()
    for _ in range(2):
        expect(user.post("/videos/upload", upload_body()), 201)
    behind.sql(world.server, "update uploads_begun set size = ? where user_id = ?", 64 << 30, behind.decode_id(user.user["id"]))
    answer = user.post("/videos/upload", upload_body())
    expect(answer, 429, "upload_quota_exceeded")
    assert 24 * 3600 - 60 < int(answer.headers["Retry-After"]) <= 24 * 3600


def upload_body(**fields):
    return {"title": "t", "filename": "f.mp4", "content_type": "video/mp4", "size": 1} | fields


@pytest.mark.embedded_only("a bucket has no such route")
def test_signed_uploads(world):
    upload = world.owner.begin_upload(8)["upload"]
    url = urlsplit(upload["url"])
    put = f"{url.path}?{url.query}"
    for length, body, status, code in (
        ("Content-Length: 7", b"", 400, "size_mismatch"),
        ("Content-Length: 9", b"", 413, "body_too_large"),
        ("Transfer-Encoding: chunked", b"8\r\n12345678\r\n0\r\n\r\n", 411, "length_required"),
    ):
        with Connection(world.server.port) as connection:
            answer = connection.exchange("PUT", put, "Content-Type: video/mp4", length, body=body)
        assert (answer.status, answer.code) == (status, code)
    wrong = upload | {"headers": {"Content-Type": "text/plain"}}
    expect(world.owner.send(wrong, b"12345678"), 415, "unsupported_media_type")
    expect(world.owner.send(upload | {"url": upload["url"] + "A"}, b"12345678"), 403, "upload_url_invalid")
    expect(world.owner.send(upload, b"12345678"), 200)


def test_media(world):
    path = target(SPEC.find("GET", "/t/videos/i/r/f"), world)
    if PRODUCTION:  # without a CDN, playlists are what is answered here
        expect_media(world, path, 302, {})
        path = path.replace(world.names["file"], "master.m3u8")
    etag = expect_media(world, path, 200, {})["ETag"]
    expect_media(world, path, 206, {"Range": "bytes=0-9"})
    expect_media(world, path, 304, {"If-None-Match": etag})
    expect_media(world, path, 416, {"Range": "bytes=999999999-"})
    none = "none.m3u8" if PRODUCTION else "none.mp4"
    expect_media(world, f"{path.rpartition('/')[0]}/{none}", 404, {})
    expect_media(world, path.replace(world.names["rev"], "rAAAAAAAAAAA"), 403, {})


def test_storage_events(world):
    path = "/storage/events?token=" + behind.encoded(behind.key(world.server, "storage events"))
    expect(world.anonymous.post(path, {"Records": []}), 200)
    expect(world.anonymous.post(path, {"Records": 1}), 400, "malformed_notification")
    expect(world.anonymous.post(path, data=bytes(600_000)), 413, "body_too_large")
    expect(world.anonymous.post("/storage/events", {"Records": []}), 401, "invalid_token")


def expect_media(world, path, status, headers):
    answer = world.anonymous.get(path, headers=headers, allow_redirects=False)
    assert answer.status_code == status
    if "Range" not in headers:
        assert world.anonymous.request("HEAD", path, headers=headers, allow_redirects=False).status_code == status
    return answer.headers


def test_service(world):
    for path in ("/healthz", "/readyz", "/metrics", "/videos/upload"):
        expect(world.anonymous.get(path), 200)
    asset = re.search(r"/assets/[\w.-]+", world.anonymous.get("/").text)[0]
    for path in ("/", "/u/somebody", "/docs", "/openapi.yaml", asset):
        answer = world.anonymous.get(path)
        assert answer.status_code == 200
        assert world.anonymous.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    expect(world.anonymous.get("/assets/none.js"), 404, "not_found")
    assert world.anonymous.get("/v/00000000000").status_code == 200


def test_a_database_that_cannot_be_written_is_unavailable(world):
    with behind.locked(world.server):
        answer = world.owner.post("/videos/upload", upload_body())
        expect(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        expect(world.anonymous.get("/feed"), 200)
    expect(world.owner.post("/videos/upload", upload_body()), 201)


def test_every_documented_answer_was_seen():
    """Last, for it is the sum of the tests above."""
    unreachable = {
        (operation, status, code)
        for operation, status, code in SPEC.documented()
        if (status, code) in UNREACHABLE
        or (operation, status, code) in UNREACHABLE_OF
        or (PRODUCTION and operation in NOT_IN_PRODUCTION)
    }
    assert set(SPEC.documented()) - SPEC.seen - unreachable == set()
