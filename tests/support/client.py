"""A client of the API as an app would be one."""

import itertools
import os
import time

from openapi_check import CheckedSession

_numbers = itertools.count(1)


class Client:
    """Speaks to `url`, signed in where `token` is set. Answers are requests.Response: tests look at the status."""

    def __init__(self, url, token=None, session=None):
        self.url = url
        self.token = token
        self.user = None
        self.refresh_token = None
        self.session = session or CheckedSession()  # all answers are as documented

    def request(self, method, path, **options):
        headers = dict(options.pop("headers", None) or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        url = path if path.startswith("http") else self.url + path
        return self.session.request(method, url, headers=headers, timeout=options.pop("timeout", 30), **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.request("POST", path, json=json, **options)

    def put(self, path, **options):
        return self.request("PUT", path, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def register(self, username=None):
        """Makes an account and signs in with it."""
        name = username or f"user{os.getpid()}_{next(_numbers)}"
        answer = self.post(
            "/auth/register", {"username": name, "email": f"{name}@example.org", "password": "correct horse"}
        )
        assert answer.status_code == 201, answer.text
        body = answer.json()
        self.token, self.refresh_token, self.user = body["access_token"], body["refresh_token"], body["user"]
        return self

    def begin_upload(self, size, title="A clip", **fields):
        """POST /videos/upload: {video, upload}."""
        body = {"title": title, "filename": "clip.mp4", "content_type": "video/mp4", "size": size} | fields
        answer = self.post("/videos/upload", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def send(self, upload, data):
        """The PUT of `data` (bytes or a file) to the signed URL: no access token goes along."""
        return self.session.request(upload["method"], upload["url"], headers=upload["headers"], data=data, timeout=120)

    def sign_parts(self, video_id, numbers):
        """POST /videos/{id}/upload/parts: the signed parts."""
        answer = self.post(f"/videos/{video_id}/upload/parts", {"parts": list(numbers)})
        assert answer.status_code == 200, answer.text
        return answer.json()["parts"]

    def send_missing_parts(self, video_id, file):
        """Sends what the server says it lacks of an upload in parts: all of it, or what is left to resume."""
        state = self.get(f"/videos/{video_id}/upload").json()
        received = {part["number"] for part in state["received"]}
        missing = [number for number in range(1, state["part_count"] + 1) if number not in received]
        for start in range(0, len(missing), 100):
            for part in self.sign_parts(video_id, missing[start : start + 100]):
                file.seek((part["number"] - 1) * state["part_size"])
                answer = self.send(part, file.read(state["part_size"]))
                assert answer.status_code == 200, answer.text

    def upload(self, path, **fields):
        """The whole upload of a file, up to `complete`. Returns the plain video."""
        ticket = self.begin_upload(os.path.getsize(path), **fields)
        with open(path, "rb") as file:
            if ticket["upload"]["kind"] == "multipart":
                self.send_missing_parts(ticket["video"]["id"], file)
            else:
                answer = self.send(ticket["upload"], file)
                assert answer.status_code == 200, answer.text
        answer = self.post(f"/videos/{ticket['video']['id']}/upload/complete", {})
        assert answer.status_code == 202, answer.text
        return answer.json()["video"]

    def wait_until_done(self, video_id, timeout=180, on_look=None):
        """Polls until the video is ready or failed and returns it. `on_look` gets each state that was seen."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            video = self.get(f"/videos/{video_id}").json()
            if on_look:
                on_look(video)
            if video["status"] in ("ready", "failed"):
                return video
            time.sleep(0.05)
        raise AssertionError(f"video {video_id} is neither ready nor failed after {timeout} s: {video}")


def expect(answer, status, code=None):
    """Asserts the status and, for a problem, its code; returns the JSON of the answer, where it has any."""
    assert answer.status_code == status, f"{answer.status_code} instead of {status}: {answer.text[:500]}"
    body = answer.json() if "json" in answer.headers.get("Content-Type", "") and answer.content else None
    if code is not None:
        assert body["code"] == code, body
    return body


def field_errors(answer):
    """{field: code} of a 422."""
    return {error["field"]: error["code"] for error in expect(answer, 422, "invalid_fields")["errors"]}
