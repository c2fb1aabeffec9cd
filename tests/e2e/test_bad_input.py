"""Input that is wrong gets its own 4xx problem, or a failed video with a reason that a person understands."""

import json
import time

import pytest

import behind
import stored
from client import Client, expect, field_errors
from openapi_check import SPEC
from raw_http import Connection

JSON_OPERATIONS = [o for o in SPEC.operations if o.json_body is not None]
GOOD = {
    "signUploadParts": {"parts": [1]},
    "register": {"username": "bad.input", "email": "bad@example.org", "password": "correct horse"},
    "login": {"email": "bad@example.org", "password": "correct horse"},
    "refresh": {"refresh_token": "x"},
    "logout": {"refresh_token": "x"},
    "createUpload": {"title": "t", "description": "d", "filename": "f.mp4", "content_type": "video/mp4", "size": 1,
                     "visibility": "public"},
    "completeUpload": {},
    "createViewer": {},
    "editVideo": {"title": "A clip", "description": "d", "visibility": "public"},
    "reportView": {"play_token": "x", "watched_ms": 1},
    "createComment": {"content": "x"},
}  # fmt: skip
FIELDS = [
    pytest.param(operation, name, SPEC.look_up(schema), id=f"{operation.id}-{name}")
    for operation in JSON_OPERATIONS
    for name, schema in SPEC.look_up(operation.json_body).get("properties", {}).items()
]
TEXTS = [p for p in FIELDS if p.values[2].get("type") == "string" and "x-max-characters" in p.values[2]]
WRONG_TYPES = [None, True, 1, 1.5, "text", [], {}]


@pytest.fixture
def send(user, ready_video):
    """Sends a body to an operation: as JSON, or as it is where it is bytes."""

    def post(operation, body):
        path = operation.path.replace("{id}", ready_video[1]["id"])
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        client = ready_video[0] if operation.id == "editVideo" else user
        return client.request(operation.method, path, data=data, headers={"Content-Type": "application/json"})

    return post


def test_every_operation_with_a_body_is_covered():
    assert GOOD.keys() == {operation.id for operation in JSON_OPERATIONS}


@pytest.mark.parametrize("body", [
    b"{", b"}", b"[]", b'"text"', b"null", b"1", b"nonsense", b'{"content": "x"', b'{"content": "x"}}',
    b'{"content": "x",}', b"{'content': 'x'}", b'{"content": "\xff"}', b'{"content": "\xc3"}',
    b'{"content": "\xed\xa0\x80"}', b'{"content": "\xc0\x80"}', b'{"content": "\\ud800"}', b'{"content": "\\u12"}',
    b'{"content": "a\nb"}', b'{"content": NaN}', b"\xef\xbb\xbf{}", b"{\x00}", b'{"content":' + b"[" * 5000,
], ids=lambda body: repr(body[:20]))  # fmt: skip
def test_malformed_json(send, body):
    expect(send(SPEC.find("POST", "/videos/x/comments"), body), 400, "malformed_json")


@pytest.mark.parametrize("name", ["surplus", "Content", "", "__proto__", "x" * 5000, "\u0000", "Lướt"])
def test_unknown_fields(send, name):
    answer = send(SPEC.find("POST", "/videos/x/comments"), {"content": "x", name: 1})
    assert list(field_errors(answer).values()) == ["unknown"]


@pytest.mark.parametrize(("operation", "name", "schema"), FIELDS)
def test_wrong_types(send, operation, name, schema):
    right = {"integer": (int,), "array": (list,)}.get(schema.get("type"), (str,))
    for value in WRONG_TYPES:
        if type(value) not in right:
            assert field_errors(send(operation, GOOD[operation.id] | {name: value})) == {name: "wrong_type"}


@pytest.mark.parametrize(("operation", "name", "schema"), FIELDS)
def test_missing_fields(send, operation, name, schema):
    body = {key: value for key, value in GOOD[operation.id].items() if key != name}
    answer = send(operation, body)
    if name in SPEC.look_up(operation.json_body).get("required", []):
        assert field_errors(answer) == {name: "required"}
    elif name == "refresh_token":  # a cookie might have been there in its place
        expect(answer, 401, "invalid_refresh_token")
    else:
        assert answer.status_code in (200, 201)


@pytest.mark.parametrize(("operation", "name", "schema"), TEXTS)
def test_texts_have_a_longest_and_a_shortest(send, operation, name, schema):
    longest = schema["x-max-characters"]
    too_long = send(operation, GOOD[operation.id] | {name: "x" * (longest + 1)})
    assert (name, "too_long") in [(e["field"], e["code"]) for e in expect(too_long, 422, "invalid_fields")["errors"]]
    fitting = send(operation, GOOD[operation.id] | {name: "x" * longest})
    assert fitting.status_code != 422 or field_errors(fitting).get(name) != "too_long"
    if schema.get("minLength"):
        assert field_errors(send(operation, GOOD[operation.id] | {name: ""}))[name] in ("too_short", "invalid")


@pytest.mark.parametrize(("operation", "name", "schema"), TEXTS)
def test_texts_have_no_nul(send, operation, name, schema):
    assert field_errors(send(operation, GOOD[operation.id] | {name: "correct\u0000horse"}))[name] == "invalid"


def test_characters_are_counted_as_people_do(send):
    comment = SPEC.find("POST", "/videos/x/comments")
    family, flag, accented = "👩‍👩‍👧‍👦", "🇻🇳", "ư\u0323"
    for character in (family, flag, accented):
        content = character * 1000
        assert expect(send(comment, {"content": content}), 201)["content"] == content
        assert field_errors(send(comment, {"content": content + character})) == {"content": "too_long"}
    # A letter under a thousand accents is one character, but bytes have an end, too.
    assert field_errors(send(comment, {"content": "x" + "\u0301" * 20000})) == {"content": "too_long"}


@pytest.mark.parametrize("blank", [" ", "\t\n ", "\u00a0", "\u3000\u2003"])
def test_white_space_is_no_text(send, blank):
    assert field_errors(send(SPEC.find("POST", "/videos/x/comments"), {"content": blank})) == {"content": "too_short"}
    body = GOOD["createUpload"] | {"title": blank}
    assert field_errors(send(SPEC.find("POST", "/videos/upload"), body)) == {"title": "too_short"}


@pytest.mark.parametrize("size", [0, -1, -(2**63), 2**63, 2**64, 10**30])
def test_absurd_sizes(send, size):
    body = GOOD["createUpload"] | {"size": size}
    code = "wrong_type" if size >= 2**64 else "out_of_range"  # no integer of 64 bits
    assert field_errors(send(SPEC.find("POST", "/videos/upload"), body))["size"] == code


@pytest.mark.parametrize("watched", [-1, 86400001, 2**63])
def test_absurd_watch_times(send, watched):
    body = {"play_token": "x", "watched_ms": watched}
    assert field_errors(send(SPEC.find("POST", "/videos/x/view"), body))["watched_ms"] == "out_of_range"


def test_all_wrong_fields_are_told_at_once(send):
    answer = send(SPEC.find("POST", "/videos/upload"), {"title": 1, "size": "big", "visibility": "secret", "more": 1})
    assert field_errors(answer) == {
        "title": "wrong_type", "size": "wrong_type", "visibility": "invalid", "more": "unknown",
        "filename": "required", "content_type": "required",
    }  # fmt: skip
    assert all(error["detail"].endswith(".") for error in answer.json()["errors"])


@pytest.mark.parametrize("content_type", ["text/plain", "video", "video/", "image/png", "video/mp4\r\nX: 1", "video/ư",
                                          "application/x-mpegurl", "video/mp4; a=b"])  # fmt: skip
def test_types_that_are_no_video(send, content_type):
    body = GOOD["createUpload"] | {"content_type": content_type}
    expect(send(SPEC.find("POST", "/videos/upload"), body), 415, "unsupported_media_type")


@pytest.mark.parametrize("query", ["limit=%zz", "limit=%", "%ff=1", "cursor=%00", "cursor=%c3", "limit=%e0%80%80"])
def test_queries_that_cannot_be_decoded(server, query):
    with Connection(server.port) as connection:
        answer = connection.exchange("GET", f"/feed?{query}")
    assert (answer.status, answer.code) == (400, "malformed_request")


@pytest.mark.parametrize(("query", "errors"), [
    ("limit=5&limit=6", {"limit": "invalid"}), ("kind=best", {"kind": "invalid"}), ("kind=", {"kind": "invalid"}),
    ("Limit=5", {"Limit": "unknown"}), ("page=2&offset=3", {"page": "unknown", "offset": "unknown"}),
])  # fmt: skip
def test_queries_that_are_not_understood(anonymous, query, errors):
    assert field_errors(anonymous.get(f"/feed?{query}")) == errors


@pytest.mark.parametrize("path", [
    "/nothing", "/videos", "/videos/", "//", "/feed/", "/%66eed", "/users/", "/users//videos", "/auth",
    "/assets/../index.html", "/docs/../feed", "/assets/%2e%2e%2findex.html",
])  # fmt: skip
def test_paths_that_are_not_there(server, path):
    with Connection(server.port) as connection:
        answer = connection.exchange("GET", path)
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize("name", ["%00", "%ff", "..", "%2e%2e%2f", "a" * 5000, "nobody%20here"])
def test_user_names_that_nobody_has(server, name):
    with Connection(server.port) as connection:
        assert connection.exchange("GET", f"/users/{name}").status == 404


def media_folder(server, video):
    """The path of a video's media, and the folder that a token of it names."""
    path = video["hls_url"].removeprefix(server.url)
    return path.rsplit("/", 1)[0], path.split("/", 2)[1]


TRAVERSALS = [
    "{folder}/../../../originals/{id}/source", "{folder}/%2e%2e/%2e%2e/%2e%2e/originals/{id}/source",
    "{folder}/%2E%2E%2F%2E%2E%2F%2E%2E%2Foriginals%2F{id}%2Fsource", "{folder}/..%2f..%2f..%2foriginals/{id}/source",
    "{folder}/....//....//luot.db", "{folder}/..%c0%af..%c0%afluot.db", "{folder}/..\\..\\luot.db", "{folder}/..",
    "{folder}/.", "{folder}/", "{folder}//master.m3u8", "{folder}/./master.m3u8", "{folder}/%00",
    "{folder}/.incoming/x",
    "{folder}/master.m3u8%00.jpg", "{folder}/master.m3u8/", "{folder}/%6daster.m3u8", "{folder}/master.m3u8/..",
    "/{token}/originals/{id}/source", "/{token}/uploads/{id}/x", "/{token}/../luot.db", "/{token}/%2e%2e/luot.db",
    "/{token}/secret", "/{token}//etc/passwd", "/{token}/videos/{id}/../../luot.db", "/{token}/videos/{id}",
]  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSALS)
def test_a_media_token_opens_only_its_own_folder(server, ready_video, path):
    folder, token = media_folder(server, ready_video[1])
    target = path.format(folder=folder, token=token, id=ready_video[1]["id"])
    with Connection(server.port) as connection:
        answer = connection.exchange("GET", target)
    assert answer.status in (403, 404) and answer.code in ("media_token_invalid", "media_not_found", "not_found")


def test_originals_are_never_reachable(server, anonymous, ready_video):
    """Not even with a token that only the server's own key could make for them."""
    video = ready_video[1]["id"]
    [original] = stored.keys(server, f"originals/{video}/")
    soon = int(time.time()) + 3600
    for prefix in (f"originals/{video}/", original.rpartition("/")[0] + "/", f"videos/{video}/", "originals/", ""):
        token = behind.media_token(server, prefix, soon)
        expect(anonymous.get(f"/{token}/{original}"), 403, "media_token_invalid")


def test_media_tokens_are_checked(server, anonymous, ready_video):
    folder, token = media_folder(server, ready_video[1])
    prefix = folder.split("/", 2)[2] + "/"
    now = int(time.time())
    other_video = prefix.replace(ready_video[1]["id"], "AAAAAAAAAAA")
    for forged in (
        behind.media_token(server, prefix, now - 1), behind.media_token(server, other_video, now + 60),
        behind.media_token(server, prefix.rstrip("/"), now + 60), token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[:-1], token + "A", token[:6] + "AA" + token[8:], "A" * 48, "%00" * 16,
    ):  # fmt: skip
        assert anonymous.get(f"/{forged}/{prefix}master.m3u8").status_code in (403, 404)
    assert anonymous.get(f"/{behind.media_token(server, prefix, now + 60)}/{prefix}master.m3u8").status_code == 200


@pytest.mark.parametrize(
    "data", [b"just a text", b"\0" * 4096, b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"],
    ids=["text", "zeros", "playlist"],
)  # fmt: skip
def test_a_file_that_is_no_video_fails_with_a_reason(user, data, tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_bytes(data)
    video = user.wait_until_done(user.upload(path)["id"], timeout=30)
    assert video["status"] == "failed" and video["failure"]["code"] == "not_a_video"
    reason = video["failure"]["detail"]
    assert reason[0].isupper() and reason.endswith(".") and len(reason.split()) > 3
    assert not any(word in reason.lower() for word in ("ffmpeg", "ffprobe", "exit", "/", "errno"))
    expect(Client(user.url).get(f"/videos/{video['id']}"), 404, "video_not_found")
