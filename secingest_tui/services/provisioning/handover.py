"""What an operator hands to a tenant: one file, 0600, or sealed for the tenant's key in our object format.

It holds the tenant's secrets, so it goes from person to person and never to the metadata server. The sealed
form is an ordinary object (docs/object-format.md), so any tool that reads one opens it; its context says
which tenant it is for.
"""

from __future__ import annotations

import hashlib
import io
import json
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from secingest_tui.config import IDENTIFIER, Backend, parse
from secingest_tui.crypto.errors import CryptoError
from secingest_tui.crypto.esdk import Sealer, object_context
from secingest_tui.crypto.esdk.stream import decrypt_file
from secingest_tui.crypto.keyfile import read
from secingest_tui.crypto.recipients import PrivateKey, Recipient
from secingest_tui.errors import UsageError
from secingest_tui.files import write_atomic
from secingest_tui.paths import expanded
from secingest_tui.services.credentials import Credential, backend_entry, tenant_entry
from secingest_tui.services.provisioning.record import TenantPolicy, load_record
from secingest_tui.services.workspace import Workspace

MAX_FILE = 1024 * 1024
MAX_CA = 100_000
_VERSION = "v1"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class HandedKey(_Part):
    access_key: Annotated[str, Field(min_length=1, max_length=200)]
    secret_key: Annotated[str, Field(min_length=1, max_length=500, repr=False)]

    @property
    def credential(self) -> Credential:
        return Credential(self.access_key, self.secret_key)


class HandedServer(_Part):
    """The metadata server; ``ca_pem`` where its authority is a private one."""

    url: Annotated[str, Field(max_length=500)]
    ca_pem: Annotated[str, Field(max_length=MAX_CA)] | None = None
    key: HandedKey


class HandedBackend(_Part):
    """A backend's settings without ``ca_file``, and the tenant's own key there."""

    settings: Backend
    ca_pem: Annotated[str, Field(max_length=MAX_CA)] | None = None
    key: HandedKey


class Handover(_Part):
    """Everything a tenant needs to start. ``recovery``: public PEM by key id."""

    format: Literal["secingest-handover/1"] = "secingest-handover/1"
    tenant: Annotated[str, Field(pattern=IDENTIFIER)]
    made_at: datetime
    server: HandedServer
    backends: Annotated[tuple[HandedBackend, ...], Field(max_length=100)]
    policy: TenantPolicy
    recovery: dict[str, Annotated[str, Field(max_length=20_000)]] = Field(default_factory=dict)


def make_handover(workspace: Workspace, tenant: str) -> Handover:
    """From this profile. Raises UsageError where the tenant has no credentials here."""
    held = workspace.credentials.get(tenant_entry(tenant))
    if held is None:
        raise UsageError(
            f"The SigV4 credential of tenant {tenant} is not in this profile.",
            hint=f"Make it: secingest provision create {tenant} --backend B",
            field="TENANT",
        )
    known = workspace.admin().tenant(tenant)
    policy = load_record(workspace.home, tenant).policy or TenantPolicy()
    if known is not None:
        allowed = known.allowed_backends
        policy = TenantPolicy(
            residency=known.residency, replicas=known.replicas, quotas=known.quotas,
            allowed_backends=tuple(allowed) if allowed is not None else None,
            recovery_recipients=policy.recovery_recipients,
        )  # fmt: skip
    backends = []
    for backend in workspace.backends().values():
        key = workspace.credentials.get(backend_entry(backend.id, tenant))
        if key is not None:
            backends.append(
                HandedBackend(
                    settings=backend.model_copy(update={"ca_file": None, "aws_profile": None}),
                    ca_pem=_pem(backend.ca_file, f"backend {backend.id}"),
                    key=HandedKey(access_key=key.access_key, secret_key=key.secret_key),
                )
            )
    recovery = {
        workspace.keyring.recipient(name).key_id: _public_pem(workspace, name)
        for name in workspace.recovery_recipients(tenant)
    }
    return Handover(
        tenant=tenant,
        made_at=datetime.now(UTC),
        server=HandedServer(
            url=workspace.server_url,
            ca_pem=_pem(workspace.config.server.ca_file, "the metadata server"),
            key=HandedKey(access_key=held.access_key, secret_key=held.secret_key),
        ),
        backends=tuple(backends),
        policy=policy.model_copy(update={"recovery_recipients": tuple(recovery)}),
        recovery=recovery,
    )


def write_handover(
    handover: Handover, path: Path, recipient: Recipient | None, *, force: bool = False
) -> None:
    """Write it whole or not at all (0600), sealed for ``recipient`` where there is one. Raises UsageError."""
    data = handover.model_dump_json(indent=1).encode()
    if recipient is not None:
        data = _seal(data, handover.tenant, recipient)
    try:
        write_atomic(path, data, exclusive=not force)
    except FileExistsError:
        raise UsageError(
            f"{path} exists already; it was not touched.",
            hint="Name another file, or remove this one first.",
            field="-o",
        ) from None
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}.", field="-o") from None


def sha256_of(path: Path) -> str:
    """What the tenant compares by another way: whoever knows its public key could have made a sealed file."""
    return hashlib.sha256(_read(path)).hexdigest()


def is_sealed(path: Path) -> bool:
    """Whether the file is the sealed form. Raises UsageError where it cannot be read."""
    return not _read(path).lstrip().startswith(b"{")


def read_handover(path: Path, keys: list[PrivateKey], *, sha256: str | None = None) -> Handover:
    """Open a file of either form. Raises UsageError for what is no hand-over, CryptoError for a wrong key.

    ``sha256``: of the file that was agreed to; another one that took its place meanwhile is refused.
    """
    data = _read(path)
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise UsageError(f"{path} was exchanged while it was read; nothing was changed.", field="FILE")
    if not data.lstrip().startswith(b"{"):
        data = _open(data, keys)
    elif path.stat().st_mode & 0o077:
        raise UsageError(
            f"{path} can be read by others.", hint=f"Run: chmod 600 '{path}', then try again.", field="FILE"
        )
    try:
        document: Any = json.loads(data)
    except ValueError:
        raise _no_handover(path) from None
    if not isinstance(document, dict) or document.get("format") != "secingest-handover/1":
        raise _no_handover(path)
    return parse(Handover, document, str(path))


def sealed_for(path: Path) -> tuple[str, str]:
    """(tenant, key id) that a sealed file says it is for. Raises CryptoError, UsageError."""
    from secingest_tui.crypto.esdk.stream import read_header

    context = read_header(io.BytesIO(_read(path))).context
    return context.get("tenant", ""), context.get("key-id", "")


def _seal(data: bytes, tenant: str, recipient: Recipient) -> bytes:
    context = object_context(
        tenant=tenant, object_key=_object_key(tenant), version=_VERSION, key_ids=[recipient.key_id]
    )
    sealer = Sealer([recipient], context)
    sealed = bytearray(sealer.ciphertext_length(len(data)) - len(sealer.header))
    sealer.seal(1, data, sealed, final=True)
    return sealer.header + bytes(sealed)


def _open(data: bytes, keys: list[PrivateKey]) -> bytes:
    failed: CryptoError | None = None
    for key in keys:
        sink = io.BytesIO()
        try:
            decrypt_file(io.BytesIO(data), key, sink)
        except CryptoError as error:
            failed = error
        else:
            return sink.getvalue()
    if failed is not None:
        raise failed
    raise UsageError(
        "The file is sealed, and no private key is here to open it.",
        hint="Give the one it was sealed for: --private-key PEM",
        field="--private-key",
    )


def _object_key(tenant: str) -> str:
    return f"{tenant}/handover"


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise _no_handover(path)
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", field="FILE") from None


def _no_handover(path: Path) -> UsageError:
    return UsageError(
        f"{path} is no hand-over file.",
        hint="Your operator makes one: secingest provision handover TENANT -o FILE",
        field="FILE",
    )


def _pem(path: Path | None, whose: str) -> str | None:
    """The authority's certificate, which is handed over too. Raises UsageError where it is none."""
    if path is None:
        return None
    try:
        pem = path.read_text(encoding="ascii")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except ssl.SSLError:
        problem = "holds no certificate"
    except ValueError:  # not ASCII, or empty
        problem = "is no PEM file"
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    else:
        if len(pem) <= MAX_CA:
            return pem
        problem = f"is larger than {MAX_CA} bytes"
    raise UsageError(
        f"The certificate file {path} of {whose} {problem}; nothing was written.",
        hint="Correct ca_file to a PEM file with the certificate of the authority.",
        field="ca_file",
    )


def _public_pem(workspace: Workspace, name: str) -> str:
    path = expanded(name) if "/" in name or name.endswith(".pem") else workspace.keyring.find(name).public
    return read(path).decode()
