"""The configuration: ``config.toml`` and one file a backend, both read strictly.

Unknown keys are errors, and every problem is reported at once, each with its place and
the fix. Files that this program writes itself (``backends/ID.toml``) are kept apart from
the file a person writes, so no comment of theirs is ever lost.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from secingest_tui.claims import OwnProvider
from secingest_tui.errors import UsageError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.paths import Home

MIB = 1024 * 1024
IDENTIFIER = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


Addressing = Literal["path", "virtual", "auto"]
WireChecksum = Literal["crc64nvme", "crc32c", "md5", "none"]

T = TypeVar("T", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ServerConfig(_Strict):
    """Which metadata server; without ``url`` the embedded stack is used."""

    url: str | None = None
    """Its address; the embedded stack where it is not set."""
    ca_file: Path | None = None
    """Trust this certificate authority (PEM) instead of the system's."""

    @field_validator("url")
    @classmethod
    def _plain_url(cls, value: str | None) -> str | None:
        from urllib.parse import urlsplit

        if value is None:
            return None
        parts = urlsplit(value)
        loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an https:// address")
        if parts.scheme == "http" and not loopback:
            raise ValueError("must use https:// (plain http is for loopback only)")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must not hold a user, password, query or fragment")
        return value.rstrip("/")


class EncryptionConfig(_Strict):
    frame_length: int = Field(default=MIB, ge=4096, le=64 * MIB)
    """Bytes of plaintext in a frame: the unit that is sealed, verified and fetched."""
    recipients: tuple[str, ...] = ()
    """Key ids or public PEM files to encrypt for where none is named."""
    recovery_recipients: tuple[str, ...] = ()
    """Key ids or public PEM files that can open whatever is uploaded from here."""
    signer: str = "signer"
    """Key id of the Ed25519 key that signs uploads."""
    trusted_signers: tuple[str, ...] = ()
    """Key ids or public PEM files accepted on restore besides our own signer."""
    signatures: Literal["metadata", "beside"] = "metadata"
    """Where a small object's signature goes; "beside" where software that drops metadata copies it."""


class TransferConfig(_Strict):
    jobs: int = Field(default=4, ge=1, le=64)
    """Parts (or small objects) under way at once."""
    part_size: int = Field(default=8 * MIB, ge=5 * MIB, le=1024 * MIB)
    """Smallest part of a multipart upload; grows where an object needs more than 10,000 parts."""


class SnapshotConfig(_Strict):
    after_ingest: bool = False
    """Take a snapshot of the bucket after every ingest, with the run's receipts and failures."""


class TenantConfig(_Strict):
    aws_profile: str | None = None
    """Take the tenant's SigV4 credential for the metadata server from this AWS profile."""
    residency: str | None = None
    """Where a worker of this profile may copy the tenant's data at all, whatever the server says."""
    tombstones: Literal["keep", "replicate"] = "keep"
    """Whether a worker of this profile removes copies of deleted versions where the server asks for it."""

    @field_validator("residency")
    @classmethod
    def _known_residency(cls, value: str | None) -> str | None:
        from backend_stub.contract.residency import normal_residency

        return None if value is None else normal_residency(value)


class Backend(_Strict):
    """One S3 provider as this side knows it. Credentials are never in here.

    Of ``addressing``, ``checksums`` and the ``conditional_`` fields only what a person set counts as set
    (``model_fields_set``): the rest follows from the backend's probe, and without one is as here.
    """

    id: Identifier
    provider: str = Field(default="s3", pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    country: Country | None = None
    endpoint: str
    addressing: Addressing = "auto"
    ca_file: Path | None = None
    checksums: WireChecksum = "crc64nvme"
    conditional_put: bool | None = None
    """Send If-None-Match with PutObject."""
    conditional_complete: bool | None = None
    """Send If-None-Match with CompleteMultipartUpload."""
    aws_profile: str | None = None
    """Take credentials from this AWS profile (``credential_process`` included)."""

    @field_validator("endpoint")
    @classmethod
    def _plain_endpoint(cls, value: str) -> str:
        from urllib.parse import urlsplit

        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http:// or https:// address")
        if parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"):
            raise ValueError("must be scheme, host and port only: no user, path, query or fragment")
        return value.rstrip("/")


class ScreensConfig(_Strict):
    """How the terminal application looks and opens; a flag of the command line wins."""

    theme: (
        Literal["secingest-dark", "secingest-light", "secingest-contrast", "ansi-dark", "ansi-light"] | None
    ) = None
    """Chosen by the terminal where it is not set."""
    start: Literal["home", "discovery", "provisioning", "upload", "metadata", "replication", "snapshots"] = (
        "home"
    )
    """The screen to open first."""
    environment: str = Field(default="", max_length=24)
    """A word for the banner, such as production."""
    read_only: bool = False
    """Refuse whatever changes something."""
    mouse: bool = True
    """Off leaves the mouse to the terminal, for selecting text."""
    role: Literal["operator", "tenant", "auditor"] | None = None
    """Show the screens of a lesser role than the credentials allow."""
    keymap: dict[str, str] = Field(default_factory=dict)
    """Action to key, as the keys screen names them."""


class KioskConfig(_Strict):
    """What an account that is shut in by ``--kiosk`` may reach."""

    folders: tuple[Path, ...] = ()
    """The only folders to upload from and restore into."""

    @field_validator("folders")
    @classmethod
    def _whole_paths(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        for folder in value:
            if not folder.is_absolute() or folder == Path("/"):
                raise ValueError("must be whole paths such as /srv/incoming, and not /")
        return value


class Config(_Strict):
    server: ServerConfig = ServerConfig()
    encryption: EncryptionConfig = EncryptionConfig()
    transfer: TransferConfig = TransferConfig()
    screens: ScreensConfig = ScreensConfig()
    kiosk: KioskConfig = KioskConfig()
    snapshots: SnapshotConfig = SnapshotConfig()
    tenants: dict[Identifier, TenantConfig] = Field(default_factory=dict)
    providers: dict[Identifier, OwnProvider] = Field(default_factory=dict)
    """Providers of one's own, and corrections to the shipped catalogue."""
    tenant: Identifier | None = None
    """The tenant that commands work for where ``--tenant`` is not given."""


def load_config(home: Home) -> Config:
    """Read ``config.toml``; an absent file is the default. Raises UsageError naming every problem."""
    return _read(home.config_file, Config) if home.config_file.exists() else Config()


def load_backends(home: Home) -> dict[str, Backend]:
    """Every configured backend by id, in the order of their names."""
    folder = home.root / "backends"
    found = (_read(path, Backend) for path in sorted(folder.glob("*.toml"))) if folder.is_dir() else ()
    return {backend.id: backend for backend in found}


def save_backend(home: Home, backend: Backend) -> None:
    """Write one backend's file, replacing an earlier one of the same id."""
    folder = private_dir(home.root / "backends")
    data = backend.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    write_atomic(folder / f"{backend.id}.toml", tomli_w.dumps(data).encode())


def remove_backend(home: Home, backend_id: str) -> None:
    (home.root / "backends" / f"{backend_id}.toml").unlink()


def parse(model: type[T], data: object, origin: str) -> T:
    """Validate ``data``; every problem becomes one line of a UsageError naming ``origin`` and field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise UsageError(
            "\n".join(describe_problems(error, origin)), hint="Correct the named fields and try again."
        ) from None


def describe_problems(error: ValidationError, origin: str) -> list[str]:
    """One line a problem, without the offending value (it may be a secret)."""
    return [
        f"{origin}: {'.'.join(str(part) for part in item['loc']) or 'document'}: {_plain(item['msg'])}"
        for item in error.errors(include_input=False, include_url=False)
    ]


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Extra inputs are not permitted", "unknown key")


def _read(path: Path, model: type[T]) -> T:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}", hint="Correct the file and try again.") from None
    return parse(model, data, str(path))
