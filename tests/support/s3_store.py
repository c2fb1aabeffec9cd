"""A bucket on Ceph's S3, what Luot needs to know of it, and what an independent client (boto3) says of it."""

import datetime
import uuid
from unittest import mock
from urllib.parse import parse_qsl, urlencode, urlsplit

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from openapi_check import CheckedSession


class Bucket:
    """A bucket of its own in `ceph`, with which it ends. Servers reach it by `link`, where there is one."""

    def __init__(self, ceph, link=None):
        self.ceph = ceph
        self.endpoint = ceph.endpoint
        self.name = f"luot-{uuid.uuid4().hex[:12]}"
        self.s3 = ceph.client()
        self.url = ceph.storage_url(self.name)
        if link:
            self.url = link.through(self.url) + f"&public_endpoint={self.endpoint}"
        ceph.make_bucket(self.name)
        CheckedSession.stores.add(self.endpoint)  # its answers are not ours

    @property
    def settings(self):
        """The environment of a server that keeps its videos here."""
        return {"LUOT_STORAGE_URL": self.url, **self.ceph.environment()}

    def keys(self, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def uploads(self, prefix=""):
        """The keys of uploads in parts that are not complete."""
        return [item["Key"] for item in self.s3.list_multipart_uploads(Bucket=self.name, Prefix=prefix).get("Uploads", [])]

    def read(self, key):
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()

    def remove(self, key):
        self.s3.delete_object(Bucket=self.name, Key=key)

    def presigned(self, method, url, headers):
        """The URL that botocore makes for the same moment and life as `url`."""
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        signed = dict(query)
        own = urlencode([pair for pair in query if not pair[0].startswith("X-Amz-")])
        plain = f"{parts.scheme}://{parts.netloc}{parts.path}" + (f"?{own}" if own else "")
        credentials = botocore.credentials.Credentials(self.ceph.access_key, self.ceph.secret_key)
        signer = botocore.auth.S3SigV4QueryAuth(credentials, "s3", self.ceph.region, expires=int(signed["X-Amz-Expires"]))
        request = botocore.awsrequest.AWSRequest(method=method, url=plain, headers=headers)
        moment = datetime.datetime.strptime(signed["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        with mock.patch("botocore.auth.datetime") as clock:
            clock.datetime.utcnow.return_value = moment
            signer.add_auth(request)
        return request.url
