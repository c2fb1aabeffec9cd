"""Holds what the server does against api/openapi.yaml: every answer that a test sees is checked and remembered."""

import collections
import datetime
import json
import pathlib
import re
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import requests
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "head", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"

formats = jsonschema.FormatChecker(formats=())


@formats.checks("uri", raises=ValueError)
def is_uri(value):
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


@formats.checks("date-time", raises=ValueError)
def is_date_time(value):
    return not isinstance(value, str) or bool(datetime.datetime.fromisoformat(value.replace("Z", "+00:00")))


Event = collections.namedtuple("Event", "name data")


def events_of(text):
    """The events of a text/event-stream, as the server writes them; a last one that is not whole is left out."""
    for block in text.split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        assert fields.keys() <= {"retry", "event", "data"}, block
        if "data" in fields:
            yield Event(fields["event"], json.loads(fields["data"]))


class Operation:
    """One method of one path, with every reference looked up."""

    def __init__(self, spec, method, path, item, body):
        self.method, self.path, self.id = method.upper(), path, body["operationId"]
        self.responses = {status: spec.look_up(response) for status, response in body["responses"].items()}
        self.parameters = [spec.look_up(p) for p in item.get("parameters", []) + body.get("parameters", [])]
        self.security = body.get("security", [])
        self.takes_rest = body.get("x-path-style") == "rest"
        segment = ".+" if self.takes_rest else "[^/]+"
        pattern = re.sub(r"\\{\w+\\}", segment, re.escape(path))
        self.pattern = re.compile(f"{pattern}|{item['x-also']}" if "x-also" in item else pattern)
        content = spec.look_up(body.get("requestBody", {})).get("content", {})
        self.json_body = content.get("application/json", {}).get("schema")

    def codes_of(self, status):
        return self.responses.get(str(status), {}).get("x-codes", [])

    def accepts_any_query(self):
        return any(p["in"] == "query" and p.get("explode") for p in self.parameters)

    def query_names(self):
        return {p["name"] for p in self.parameters if p["in"] == "query"}


class Spec:
    """The document, and what was seen of it: (operation id, status, code) with `code` None but for problems."""

    def __init__(self, path=ROOT / "api/openapi.yaml"):
        self.document = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        self.resolver = jsonschema.RefResolver("", self.document)
        self.validators = {}
        self.operations = [
            Operation(self, method, path, item, item[method])
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]
        # As in the server, a literal segment wins over a parameter.
        self.operations.sort(key=lambda o: (o.takes_rest, o.path.count("{")))
        self.generic = self.document["components"]["responses"]["Problem"]
        self.seen = set()

    def look_up(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def find(self, method, path):
        for operation in self.operations:
            if operation.method == method and operation.pattern.fullmatch(path):
                return operation
        return self.find("GET", path) if method == "HEAD" else None

    def documented(self):
        """Every (operation id, status, code) that the document names for the operation itself."""
        for operation in self.operations:
            for status in operation.responses:
                if status != "default":
                    for code in (operation.method != "HEAD" and operation.codes_of(status)) or [None]:
                        yield operation.id, int(status), code

    def validator(self, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator(
                schema, resolver=self.resolver, format_checker=formats
            )
        return self.validators[key]

    def schema_faults(self, schema, value):
        return [f"{fault.json_path}: {fault.message[:300]}" for fault in self.validator(schema).iter_errors(value)]

    def check(self, method, target, status, headers, body, sent=b""):
        """Raises AssertionError where the answer is not one that the document describes."""
        faults = list(self._faults(method, target, status, headers, body, sent))
        shown = body[:500] if isinstance(body, bytes) else body
        assert not faults, f"{method} {target[:200]} -> {status} is not as documented: {faults}\n{headers}\n{shown}"

    def _faults(self, method, target, status, headers, body, sent):
        yield from self._common_faults(method, status, headers, body)
        if status == 204 and method == "OPTIONS":
            if "Allow" not in headers:
                yield "OPTIONS without Allow"
            return
        operation = self.find(method, urlsplit(target).path)
        response, explicit = self.generic, False
        if operation:
            explicit = str(status) in operation.responses
            response = operation.responses[str(status)] if explicit else self.look_up(operation.responses["default"])
        if not explicit and status < 400:
            yield "this status is not documented"
            return
        yield from self._header_faults(response, headers)
        code = None
        if method != "HEAD":
            yield from self._body_faults(response, headers, body)
            if status >= 400:
                code = json.loads(body).get("code")
                yield from self._problem_faults(response, status, headers, json.loads(body))
        if operation:
            if explicit:
                self.seen.add((operation.id, status, code))
            yield from self._request_faults(operation, target, status, sent, body)

    def _common_faults(self, method, status, headers, body):
        if status == 500:
            yield "an internal error is always a fault"
        if not headers.get("X-Request-Id"):
            yield "no X-Request-Id"
        if headers.get("X-Content-Type-Options") != "nosniff":
            yield "no X-Content-Type-Options: nosniff"
        if (method == "HEAD" or status in (204, 304)) and body:
            yield "a body where none may be"
        if status == 405 and "Allow" not in headers:
            yield "405 without Allow"

    def _header_faults(self, response, headers):
        for name, header in response.get("headers", {}).items():
            header = self.look_up(header)
            if name not in headers:
                if header.get("required"):
                    yield f"no header {name}"
                continue
            value = int(headers[name]) if header["schema"]["type"] == "integer" else headers[name]
            yield from (f"header {name}: {fault}" for fault in self.schema_faults(header["schema"], value))

    def _body_faults(self, response, headers, body):
        content = response.get("content")
        if not content:
            if body:
                yield "a body that is not documented"
            return
        type_ = headers.get("Content-Type", "").split(";")[0]
        if type_ not in content and "*/*" not in content:
            yield f"content type {type_!r} is none of {list(content)}"
        schema = content.get(type_, {}).get("schema")
        if type_ == "text/event-stream":
            yield from self._event_faults(schema, body.decode())
        elif schema is not None:
            yield from self.schema_faults(schema, json.loads(body))

    def _event_faults(self, schema, text):
        """Of a stream as far as it was read."""
        for event in events_of(text):
            if event.name not in schema["x-events"]:
                yield f"event {event.name!r} is not documented"
            yield from (f"event {event.name}: {fault}" for fault in self.schema_faults(schema["x-event-data"], event.data))

    def _problem_faults(self, response, status, headers, problem):
        if problem.get("status") != status:
            yield "the problem tells another status"
        if problem.get("request_id") != headers.get("X-Request-Id"):
            yield "the problem tells another request id"
        if problem.get("code") not in response.get("x-codes", []) + self.generic["x-codes"]:
            yield f"code {problem.get('code')!r} is not documented here"

    def _request_faults(self, operation, target, status, sent, body):
        """What was accepted must be documented as acceptable, and what was refused as 422 must not be."""
        faults = []
        names = {name for name, _ in parse_qsl(urlsplit(target).query, keep_blank_values=True)}
        if not operation.accepts_any_query():
            faults += [f"query parameter {name}" for name in names - operation.query_names()]
        if operation.json_body is not None and isinstance(sent, (bytes, str)):
            try:
                faults += self.schema_faults(operation.json_body, json.loads(sent or b"{}"))
            except (ValueError, RecursionError):
                faults.append("the body is not JSON")
        if status < 300 and faults:
            yield f"the server accepts what the document does not: {faults}"
        if status == 422 and not faults and operation.json_body is not None:
            # Lengths after trimming, and tokens that only the server can judge, are beyond a schema.
            for error in json.loads(body)["errors"]:
                if error["code"] in ("unknown", "required", "wrong_type", "out_of_range"):
                    yield f"the server refuses what the document allows: {error}"


SPEC = Spec()


class CheckedSession(requests.Session):
    """A session of which every answer is as documented, or the test that asked fails."""

    stores = set()  # origins of object stores, whose answers are their own

    def send(self, request, **options):
        answer = super().send(request, **options)
        request = answer.request  # the last one, where a redirect was followed
        if not options.get("stream") and not request.url.startswith(tuple(self.stores)):
            url = urlsplit(request.url)
            target = url.path + ("?" + url.query if url.query else "")
            SPEC.check(
                request.method, target, answer.status_code, answer.headers, answer.content, request.body or b""
            )
        return answer
