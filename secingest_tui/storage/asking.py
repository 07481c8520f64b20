"""Asking a provider something and keeping its answer, whatever it is: for probes, which want refusals too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import botocore.exceptions as boto

from secingest_tui.storage.errors import StorageError
from secingest_tui.storage.faults import providers_words, translate
from secingest_tui.storage.settings import S3Settings, make_client

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
_BODY_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """How one request ended. ``status`` is HTTP's; None: no answer came, and ``error`` says why.

    ``words`` are the provider's own, one printable line without secrets: ``412 PreconditionFailed: ...``.
    """

    status: int | None
    code: str = ""
    words: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b""
    error: StorageError | None = None

    @property
    def ok(self) -> bool:
        return self.status is not None and self.status < 300

    @property
    def refused(self) -> bool:
        """The provider said no to who asks (401, 403), not to what is asked."""
        return self.status in (401, 403)

    @property
    def unanswered(self) -> bool:
        """Nothing can be concluded: no answer, or one that blames the moment (busy, failed inside)."""
        return self.status is None or self.status in (429, 500, 502, 503, 504)


class Asker:
    """One identity that asks one thing at a time and never raises for what the provider says.

    No checksums but the given ones, no waiting for minutes, and a single retry.
    """

    def __init__(self, settings: S3Settings) -> None:
        """Opens no connection. Raises S3SettingsError, WrongCredentials as ``make_client``."""
        self.settings = replace(
            settings,
            checksums="none",
            attempts=2,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
        )
        self._client = make_client(self.settings)

    def __repr__(self) -> str:
        return f"Asker({self.settings.place})"

    def close(self) -> None:
        self._client.close()

    def ask(self, operation: str, **parameters: Any) -> Reply:
        """One S3 operation by botocore's name, such as ``put_object``."""
        try:
            answer = getattr(self._client, operation)(**parameters)
            meta = answer.get("ResponseMetadata", {})
            body = answer["Body"].read() if operation == "get_object" else b""
            status = int(meta.get("HTTPStatusCode", 200))
            return Reply(status, answer=answer, body=body)
        except boto.ClientError as error:
            details = error.response
            return Reply(
                int(details.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)) or None,
                str(details.get("Error", {}).get("Code", "")),
                providers_words(error, self.settings),
                error=translate(error, self.settings, operation),
            )
        except Exception as error:  # noqa: BLE001 - "no answer" is an answer here; translate() knows them all
            told = translate(error, self.settings, operation)
            return Reply(None, words=told.message, error=told)

    def presigned(self, operation: str, expires: int, **parameters: Any) -> str:
        """A signed URL; keep it secret."""
        return str(self._client.generate_presigned_url(operation, Params=parameters, ExpiresIn=expires))

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """A request as it stands, unsigned, over the same trust and proxies as every other."""
        from botocore.awsrequest import AWSRequest

        request = AWSRequest(method=method, url=url, headers=dict(headers or {}), data=body or None)
        try:
            answer = self._session.send(request.prepare())
            status = int(answer.status_code)
            content = answer.content[:_BODY_LIMIT]
        except Exception as error:  # noqa: BLE001 - as above
            told = translate(error, self.settings, method)
            return Reply(None, words=told.message, error=told)
        code, said = _error_of(content) if status >= 300 else ("", "")
        words = providers_words_of(status, code, said, self.settings) if status >= 300 else ""
        return Reply(status, code, words, body=content)

    def put_with_trailer(self, bucket: str, key: str, body: bytes, name: str, value: str) -> Reply:
        """PutObject in ``aws-chunked`` with the checksum after the body, as current SDKs send it.

        Format: Amazon S3 API Reference, "Signature calculations ... including trailing headers (chunked
        upload)", with ``STREAMING-UNSIGNED-PAYLOAD-TRAILER``.
        """
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        header = f"x-amz-checksum-{name}"
        framed = f"{len(body):x}\r\n".encode() + body + f"\r\n0\r\n{header}:{value}\r\n\r\n".encode()
        headers = {
            "Content-Encoding": "aws-chunked",
            "X-Amz-Trailer": header,
            "X-Amz-Decoded-Content-Length": str(len(body)),
            "Content-Length": str(len(framed)),
        }
        # The address of the object, in the style this client uses.
        url = self.presigned("put_object", 60, Bucket=bucket, Key=key).partition("?")[0]
        request = AWSRequest(method="PUT", url=url, headers=headers, data=framed)
        request.context["checksum"] = {"request_algorithm": {"in": "trailer", "algorithm": name}}
        keys = self._client._request_signer._credentials.get_frozen_credentials()
        signer = S3SigV4Auth(
            Credentials(keys.access_key, keys.secret_key, keys.token), "s3", self.settings.region
        )
        signer.add_auth(request)
        return self.send("PUT", url, headers=dict(request.headers.items()), body=framed)

    @cached_property
    def _session(self) -> Any:
        from botocore.httpsession import URLLib3Session
        from botocore.utils import get_environ_proxies

        place = self.settings.endpoint or f"https://s3.{self.settings.region}.amazonaws.com"
        return URLLib3Session(
            verify=str(self.settings.ca_file) if self.settings.ca_file else True,
            proxies={} if self.settings.loopback else get_environ_proxies(place),
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )


def _error_of(body: bytes) -> tuple[str, str]:
    """Code and message of an S3 error document; nothing where it is something else."""
    import re

    text = body.decode("utf-8", "replace")
    code = re.search(r"<Code>([A-Za-z0-9.]{1,64})</Code>", text)
    message = re.search(r"<Message>([^<]{0,400})</Message>", text)
    return (code.group(1) if code else ""), (message.group(1) if message else "")


def providers_words_of(status: int, code: str, message: str, settings: S3Settings) -> str:
    """``STATUS CODE: MESSAGE`` of an answer that botocore did not read."""
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return providers_words(boto.ClientError(response, "raw"), settings)
