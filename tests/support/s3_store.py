"""A bucket on the S3 server that the tests were given, and what Luot needs to know of it."""

import datetime
import os
import uuid
from unittest import mock
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.client
import botocore.credentials

from openapi_check import CheckedSession

REGION = "us-east-1"


class Bucket:
    """A bucket of its own at `endpoint`. Leaving it removes it with all that is in it."""

    def __init__(self, endpoint=None, access_key=None, secret_key=None):
        self.endpoint = endpoint or os.environ["LUOT_TEST_S3_ENDPOINT"]
        self.access_key = access_key or os.environ["AWS_ACCESS_KEY_ID"]
        self.secret_key = secret_key or os.environ["AWS_SECRET_ACCESS_KEY"]
        self.name = f"luot-{uuid.uuid4().hex[:12]}"
        self.s3 = boto3.client(
            "s3", endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=botocore.client.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 5}),
        )  # fmt: skip

    @property
    def settings(self):
        """The environment of a server that keeps its videos here."""
        return {
            "LUOT_STORAGE_URL": f"s3://{self.name}?endpoint={self.endpoint}&region={REGION}",
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }

    def keys(self, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def uploads(self, prefix=""):
        """The keys of uploads in parts that are not complete."""
        return [item["Key"] for item in self.s3.list_multipart_uploads(Bucket=self.name, Prefix=prefix).get("Uploads", [])]

    def read(self, key):
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()

    def __enter__(self):
        self.s3.create_bucket(Bucket=self.name)
        CheckedSession.stores.add(self.endpoint)  # its answers are not ours
        return self

    def __exit__(self, *_):
        for item in self.s3.list_multipart_uploads(Bucket=self.name).get("Uploads", []):
            self.s3.abort_multipart_upload(Bucket=self.name, Key=item["Key"], UploadId=item["UploadId"])
        for key in self.keys():
            self.s3.delete_object(Bucket=self.name, Key=key)
        self.s3.delete_bucket(Bucket=self.name)

    def presigned(self, method, url, headers):
        """The URL that botocore makes for the same moment and life as `url`."""
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        signed = dict(query)
        own = urlencode([pair for pair in query if not pair[0].startswith("X-Amz-")])
        plain = f"{parts.scheme}://{parts.netloc}{parts.path}" + (f"?{own}" if own else "")
        credentials = botocore.credentials.Credentials(self.access_key, self.secret_key)
        signer = botocore.auth.S3SigV4QueryAuth(credentials, "s3", REGION, expires=int(signed["X-Amz-Expires"]))
        request = botocore.awsrequest.AWSRequest(method=method, url=plain, headers=headers)
        moment = datetime.datetime.strptime(signed["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        with mock.patch("botocore.auth.datetime") as clock:
            clock.datetime.utcnow.return_value = moment
            signer.add_auth(request)
        return request.url
