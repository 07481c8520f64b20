"""What plain boto3 sees of a provider, with none of our code: the other witness to a probe's answers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import socket
import ssl
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
from awscrt import checksums
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from secingest_tui.storage import S3Settings

BODY, OTHER = b"what is sent", b"something else"


def client(settings: S3Settings, *, style: str = "path") -> Any:
    return boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": style},
            request_checksum_calculation="when_required",
            retries={"total_max_attempts": 2},
        ),
    )


def buckets_of(settings: S3Settings) -> set[str]:
    """Every bucket this identity sees."""
    return {bucket["Name"] for bucket in client(settings).list_buckets()["Buckets"]}


def uploads_in(settings: S3Settings, bucket: str) -> list[str]:
    """The keys of unfinished multipart uploads."""
    return [item["Key"] for item in client(settings).list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


class Witness:
    """One identity in one bucket that is there already; ``locked`` was made with object lock."""

    def __init__(self, mine: S3Settings, theirs: S3Settings, bucket: str, locked: str, further: str) -> None:
        self._s3, self._other = client(mine), client(theirs)
        self._bucket, self._locked = bucket, locked
        self._mine, self._further = mine, further

    def see(self) -> dict[str, bool]:
        """Every question of the probe, answered by boto3 and an HTTP client; how fast depends on the day."""
        return {
            "reachable": self._answers(),
            "tls": self._speaks_tls(),
            "addressing_virtual": self._virtual(),
            "make_buckets": self._makes_a_bucket(),
            "checksum_trailer": (self._trailer(BODY), self._trailer(OTHER)) == (True, False),
            "clock": self._clock(),
            "signature_v4": self._answers(),
            "addressing_path": self._answers(),
            "refuses_strangers": self._refuses_strangers(),
            "objects": self._objects(),
            "multipart": self._multipart(),
            "checksum_crc64nvme": self._verifies(ChecksumCRC64NVME=_big(checksums.crc64nvme(OTHER), 8)),
            "checksum_crc32c": self._verifies(ChecksumCRC32C=_big(checksums.crc32c(OTHER), 4)),
            "checksum_md5": self._verifies(
                ContentMD5=base64.b64encode(hashlib.md5(OTHER, usedforsecurity=False).digest()).decode()
            ),
            "conditional_put": self._keeps_the_first(),
            "conditional_complete": self._keeps_the_first_on_completion(),
            "range_reads": self._range(),
            "user_metadata": self._metadata(),
            "presigned_urls": self._presigned(),
            "versioning": self._versions(),
            "object_lock": self._holds(),
            "tenant_isolation": self._refuses_the_other(),
        }

    def _put(self, key: str, body: bytes = BODY, **extra: Any) -> Any:
        return self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, **extra)

    def _read(self, key: str, **extra: Any) -> bytes:
        return bytes(self._s3.get_object(Bucket=self._bucket, Key=key, **extra)["Body"].read())

    def _answers(self) -> bool:
        """Path style and SigV4 are what the client was made with."""
        return self._bucket in {bucket["Name"] for bucket in self._s3.list_buckets()["Buckets"]}

    def _speaks_tls(self) -> bool:
        parts = urlsplit(str(self._mine.endpoint))
        try:
            with socket.create_connection((str(parts.hostname), int(parts.port or 443)), 30) as plain:
                ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname).close()
        except ssl.SSLError:
            return False
        return True

    def _virtual(self) -> bool:
        """Whether boto3 itself can put the bucket before the host, and finds it there."""
        s3 = client(self._mine, style="virtual")
        url = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": self._bucket}, ExpiresIn=60)
        before = str(urlsplit(url).hostname).startswith(self._bucket + ".")
        return before and httpx.get(url).status_code == 200

    def _makes_a_bucket(self) -> bool:
        try:
            self._s3.create_bucket(Bucket=self._further)
        except ClientError:
            return False
        return self._further in buckets_of(self._mine)

    def _trailer(self, checked: bytes) -> bool:
        """An aws-chunked body with the CRC32C of ``checked`` after it, signed by botocore's own signer."""
        name, value = "x-amz-checksum-crc32c", _big(checksums.crc32c(checked), 4)
        body = b"%x\r\n%s\r\n0\r\n%s:%s\r\n\r\n" % (len(BODY), BODY, name.encode(), value.encode())
        headers = {
            "content-encoding": "aws-chunked",
            "x-amz-decoded-content-length": str(len(BODY)),
            "x-amz-trailer": name,
        }
        request = AWSRequest("PUT", f"{self._mine.endpoint}/{self._bucket}/trailer", headers, body)
        request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
        keys = Credentials(str(self._mine.access_key), str(self._mine.secret_key))
        S3SigV4Auth(keys, "s3", self._mine.region).add_auth(request)
        answer = httpx.put(str(request.url), content=body, headers=dict(request.headers.items()))
        return answer.is_success and self._read("trailer") == BODY

    def _clock(self) -> bool:
        said = self._s3.list_buckets()["ResponseMetadata"]["HTTPHeaders"]["date"]
        return abs((datetime.now(UTC) - parsedate_to_datetime(said)).total_seconds()) < 300

    def _refuses_strangers(self) -> bool:
        unsigned = f"{self._mine.endpoint}/{self._bucket}?list-type=2"
        try:
            client(replace(self._mine, secret_key="not the secret")).list_objects_v2(Bucket=self._bucket)
        except ClientError as error:
            wrong = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return (wrong, httpx.get(unsigned).status_code) == (403, 403)
        return False

    def _objects(self) -> bool:
        self._put("object")
        listed = self._s3.list_objects_v2(Bucket=self._bucket, Prefix="object")["KeyCount"]
        read = self._read("object")
        self._s3.delete_object(Bucket=self._bucket, Key="object")
        left = self._s3.list_objects_v2(Bucket=self._bucket, Prefix="object")["KeyCount"]
        return (listed, read, left) == (1, BODY, 0)

    def _multipart(self) -> bool:
        where = {"Bucket": self._bucket, "Key": "parts"}
        upload = self._s3.create_multipart_upload(**where)["UploadId"]
        bodies = {1: bytes(5 * 1024 * 1024), 2: BODY}
        parts = [
            {
                "PartNumber": number,
                "ETag": self._s3.upload_part(UploadId=upload, PartNumber=number, Body=body, **where)["ETag"],
            }
            for number, body in bodies.items()
        ]
        self._s3.complete_multipart_upload(UploadId=upload, MultipartUpload={"Parts": parts}, **where)
        return self._read("parts") == b"".join(bodies.values())

    def _verifies(self, **wrong: str) -> bool:
        try:
            self._put("wrong", **wrong)
        except ClientError as error:
            return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 400)
        return False

    def _keeps_the_first(self) -> bool:
        self._put("first")
        with suppress(ClientError):
            self._put("first", OTHER, IfNoneMatch="*")
        return self._read("first") == BODY

    def _keeps_the_first_on_completion(self) -> bool:
        where = {"Bucket": self._bucket, "Key": "completed"}
        self._put("completed")
        upload = self._s3.create_multipart_upload(**where)["UploadId"]
        part = self._s3.upload_part(UploadId=upload, PartNumber=1, Body=OTHER, **where)
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        with suppress(ClientError):
            self._s3.complete_multipart_upload(
                UploadId=upload, MultipartUpload=parts, IfNoneMatch="*", **where
            )
        with suppress(ClientError):
            self._s3.abort_multipart_upload(UploadId=upload, **where)
        return self._read("completed") == BODY

    def _range(self) -> bool:
        self._put("range")
        return self._read("range", Range="bytes=2-5") == BODY[2:6]

    def _metadata(self) -> bool:
        sent = {f"name{number}": "v" * 507 for number in range(4)}
        try:
            self._put("metadata", Metadata=sent)
        except ClientError:
            return False
        return bool(self._s3.head_object(Bucket=self._bucket, Key="metadata")["Metadata"] == sent)

    def _presigned(self) -> bool:
        self._put("presigned")
        url = self._s3.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": "presigned"}, ExpiresIn=60
        )
        return httpx.get(url).content == BODY and httpx.get(url.partition("?")[0]).status_code == 403

    def _versions(self) -> bool:
        self._s3.put_bucket_versioning(Bucket=self._bucket, VersioningConfiguration={"Status": "Enabled"})
        first = self._put("versioned")["VersionId"]
        self._put("versioned", OTHER)
        return self._read("versioned", VersionId=first) == BODY

    def _holds(self) -> bool:
        version = self._s3.put_object(Bucket=self._locked, Key="held", Body=BODY)["VersionId"]
        where = {"Bucket": self._locked, "Key": "held", "VersionId": version}
        self._s3.put_object_legal_hold(LegalHold={"Status": "ON"}, **where)
        try:
            self._s3.delete_object(**where)
        except ClientError:
            return True
        return False

    def _refuses_the_other(self) -> bool:
        self._put("mine")
        for call in (self._other.get_object, self._other.delete_object):
            try:
                call(Bucket=self._bucket, Key="mine")
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                    return False
            else:
                return False
        return self._read("mine") == BODY


def _big(value: int, size: int) -> str:
    return binascii.b2a_base64(value.to_bytes(size, "big"), newline=False).decode()
