"""Where a provider is, who we are there, and what it can do."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from secingest_tui.errors import SecingestError

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session

Addressing = Literal["path", "virtual", "auto"]
WireChecksum = Literal["crc64nvme", "crc32c", "md5", "none"]


class S3SettingsError(SecingestError):
    """Settings that no client can be made from."""


@dataclass(frozen=True, slots=True)
class S3Settings:
    """One provider and one identity there.

    ``endpoint`` is a URL, or None for AWS itself in ``region``. Credentials are ``access_key`` and
    ``secret_key`` (and ``session_token``), or an AWS ``profile``, which covers ``credential_process``.
    ``addressing``: "auto" is virtual-hosted at AWS and path style anywhere else, since a gateway seldom
    has the wildcard name and certificate. ``checksums`` is what the provider verifies on the wire
    (``storage/checksum.py`` says who does what); ``ca_file`` verifies a private certificate authority;
    verification is never off. ``connections`` is the most that are open at once; time-outs are in
    seconds; ``attempts`` counts the first one (where it is more than one, a small body may have one more,
    see ``storage/direct.py``).
    """

    endpoint: str | None
    region: str = "us-east-1"
    addressing: Addressing = "auto"
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    profile: str | None = None
    ca_file: Path | None = None
    checksums: WireChecksum = "crc64nvme"
    connections: int = 16
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    attempts: int = 4
    conditional_put: bool = False
    """The provider was seen to honour If-None-Match on PutObject, so uploads send it."""
    conditional_complete: bool = False
    """The same on CompleteMultipartUpload."""

    def __post_init__(self) -> None:
        """Raises S3SettingsError, naming the field."""
        if self.endpoint is not None:
            parts = urlsplit(self.endpoint)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise S3SettingsError(
                    "the endpoint is not an http:// or https:// URL",
                    hint="write it as https://s3.example.net or http://127.0.0.1:8333",
                    field="endpoint",
                )
            if parts.username or parts.password or parts.query or parts.fragment:
                raise S3SettingsError(
                    "the endpoint carries more than scheme, host, port and path",
                    hint="credentials belong into access_key and secret_key, or a profile",
                    field="endpoint",
                )
        if (self.access_key is None) != (self.secret_key is None):
            raise S3SettingsError(
                "an access key needs its secret key, and the other way round",
                hint="give both, or name an AWS profile",
                field="secret_key",
            )
        if self.access_key is not None and self.profile is not None:
            raise S3SettingsError(
                "credentials and a profile were both given", hint="give one", field="profile"
            )
        if self.ca_file is not None and not self.ca_file.is_file():
            raise S3SettingsError(
                f"the certificate file {self.ca_file} cannot be read",
                hint="ca_file names a PEM file with the provider's certificate authority",
                field="ca_file",
            )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(text for text in (self.secret_key, self.session_token) if text)

    @property
    def place(self) -> str:
        """The provider in words, for messages."""
        return self.endpoint or f"AWS S3 in {self.region}"

    @property
    def is_aws(self) -> bool:
        host = urlsplit(self.endpoint).hostname if self.endpoint else None
        return self.endpoint is None or bool(host and host.endswith((".amazonaws.com", ".amazonaws.com.cn")))

    @property
    def loopback(self) -> bool:
        host = (urlsplit(self.endpoint).hostname if self.endpoint else None) or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def signs_payload(self) -> bool:
        """Whether each body's SHA-256 goes into its signature.

        Over TLS, and within this machine, nobody on the way can change a body, and a checksum guards
        against accidents; SHA-256 would only cost a third of the throughput. Over plain http to another
        machine it is what keeps a body from being exchanged under a valid signature.
        """
        return not self.loopback and self.endpoint is not None and self.endpoint.startswith("http://")


def make_client(settings: S3Settings, service: Literal["s3", "iam"] = "s3") -> Any:
    """A boto3 client (safe to share between threads). Raises S3SettingsError, and WrongCredentials
    where the profile's credential_process fails.

    With explicit credentials nothing of the environment is read (AWS_* variables, ~/.aws): a stray
    AWS_PROFILE or a checksum setting there must not change what is sent, or to whom.
    """
    import boto3
    import botocore.session
    from botocore.exceptions import BotoCoreError, CredentialRetrievalError

    from secingest_tui.storage.body import send_slices
    from secingest_tui.storage.faults import credentials_failed

    explicit = settings.access_key is not None
    session = _isolated_session() if explicit else botocore.session.Session(profile=settings.profile)
    session.register_component("data_loader", _models())
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_timestamp)
    try:
        client = boto3.Session(botocore_session=session).client(
            service,
            region_name=settings.region,
            endpoint_url=settings.endpoint,
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            aws_session_token=settings.session_token,
            verify=str(settings.ca_file) if settings.ca_file else True,
            config=_config(settings, service),
        )
    except (CredentialRetrievalError, OSError):
        # botocore asks a credential_process for credentials as soon as there is a client.
        raise credentials_failed(settings) from None
    except BotoCoreError as error:
        raise S3SettingsError(
            f"no S3 client for {settings.place}: {type(error).__name__}",
            hint="check the profile's name, the region and the endpoint",
            field="profile" if settings.profile else "endpoint",
        ) from None
    client.meta.events.register("before-send.s3.PutObject", send_slices)
    client.meta.events.register("before-send.s3.UploadPart", send_slices)
    return client


@cache
def _models() -> Any:
    """botocore's descriptions of the services, parsed once: a tenth of a second for every further client."""
    from botocore.loaders import create_loader

    return create_loader()


def _timestamp(value: Any) -> datetime:
    """botocore's own parser takes three quarters of the time of a listing; ISO 8601 needs none of it."""
    from botocore.utils import parse_timestamp

    try:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        parsed: datetime = parse_timestamp(value)
        return parsed


def _isolated_session() -> Session:
    import botocore.session

    nowhere = (None, None, os.devnull, None)
    unset = (None, None, None, None)
    return botocore.session.Session(
        session_vars={
            "profile": unset,
            "config_file": nowhere,
            "credentials_file": nowhere,
            "ca_bundle": unset,
        }
    )


def virtual_hosted(settings: S3Settings) -> bool:
    """Whether the bucket is part of the host name."""
    if settings.addressing != "auto":
        return settings.addressing == "virtual"
    return settings.is_aws


def _config(settings: S3Settings, service: str) -> Config:
    from botocore.config import Config

    return Config(
        signature_version="s3v4" if service == "s3" else "v4",
        s3={
            "addressing_style": "virtual" if virtual_hosted(settings) else "path",
            "payload_signing_enabled": settings.signs_payload,
        },
        # An unasked-for checksum goes as a trailer in chunked encoding, which older gateways refuse with 411.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": settings.attempts},
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        max_pool_connections=settings.connections,
        tcp_keepalive=True,
        # A proxy of the environment is for the outside; it could not reach this machine's loopback.
        proxies={} if settings.loopback else None,
    )
