"""Receipts and the audit chain, checked on this side: nothing the server says is taken on trust."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from backend_stub.contract.audit import AuditEntry, chain_hash
from backend_stub.contract.objects import receipt_bytes
from secingest_tui.config import load_config
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.files import write_atomic
from secingest_tui.metadata import AdminClient, TenantClient
from secingest_tui.paths import Home
from secingest_tui.services.workspace import Workspace


class ReceiptInvalid(SecingestError):
    """The receipt was not signed by that server, or was changed since."""


def pinned_server_key(workspace: Workspace, named: Path | None = None) -> tuple[str, bytes]:
    """Id and PEM of the key that signs receipts: a named file, else the one first seen for this server.

    A server that later shows another key is refused: it may be another server.
    """
    if named is not None:
        return "", _read(named)
    path = _pin(workspace.home, workspace.server_url if not workspace.embedded else "embedded")
    shown = (
        workspace.admin() if workspace.has_admin else workspace.tenant(workspace.tenant_id(None))
    ).server_key()
    pem = shown.public_key.encode()
    if path.exists():
        if path.read_bytes() != pem:
            raise ReceiptInvalid(
                "The server shows another receipt key than the one first seen.",
                hint=f"Ask its operator; if the change is right, remove {path}.",
            )
    else:
        write_atomic(path, pem)
    return shown.key_id, pem


def known_server_key(named: Path | None = None) -> bytes:
    """PEM of the key that signs, without asking any server: a named file, else the one seen before.

    Raises UsageError where none was seen.
    """
    if named is not None:
        return _read(named)
    home = Home.locate()
    url = load_config(home).server.url
    path = _pin(home, url or "embedded")
    if not path.exists():
        raise UsageError(
            "This profile has not seen the server's key.",
            hint="Give it with --server-key KEY.pem, from a source you trust (GET /server/key shows it).",
            field="--server-key",
        )
    return path.read_bytes()


def server_key_of(pem: bytes) -> Ed25519PublicKey:
    """The key that signs receipts, reports and proofs. Raises UsageError."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError("The server's key is no Ed25519 key (PEM).", field="--server-key")
    return key


def verify_receipt(receipt: dict[str, Any], public_pem: bytes) -> None:
    """Raise ReceiptInvalid unless ``receipt``, as the server sent it, is signed by that key."""
    key = server_key_of(public_pem)
    try:
        signature = base64.b64decode(receipt["signature"]["value"], validate=True)
        key.verify(signature, receipt_bytes(receipt))
    except (InvalidSignature, KeyError, TypeError, ValueError):
        raise ReceiptInvalid(
            "The receipt is not signed by this server, or was changed since.",
            hint="Fetch it again from the server, or ask the server's operator.",
        ) from None


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """How far the chain holds; ``broken_at`` is the first entry that does not fit."""

    count: int
    head: str
    broken_at: int | None = None
    reason: str = ""


def audit_entries(admin: AdminClient | TenantClient) -> Iterator[AuditEntry]:
    """Every entry of the audit log, the oldest first."""
    cursor: str | None = None
    while True:
        page = admin.audit(cursor=cursor, limit=500)
        yield from page.items
        if page.next is None:
            return
        cursor = page.next


def check_chain(entries: Iterator[AuditEntry]) -> ChainCheck:
    """Recompute the chain from the entries themselves, without asking the server whether it is whole."""
    previous, count = "0" * 64, 0
    for entry in entries:
        if entry.sequence != count + 1:
            return ChainCheck(count, previous, entry.sequence, "entries are missing before it")
        if entry.previous != previous:
            return ChainCheck(count, previous, entry.sequence, "it does not follow the entry before it")
        if chain_hash(entry) != entry.hash:
            return ChainCheck(count, previous, entry.sequence, "it was changed")
        previous, count = entry.hash, entry.sequence
    return ChainCheck(count, previous)


def _pin(home: Home, server: str) -> Path:
    name = hashlib.sha256(server.encode()).hexdigest()[:16]
    return home.root / f"server-{name}.pub.pem"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", field="--server-key") from None


def load_receipt(path: Path) -> dict[str, Any]:
    """A receipt from a file (``secingest ingest --json`` prints it). Raises UsageError."""
    try:
        receipt = json.loads(_read(path))
    except ValueError:
        raise UsageError(f"{path} is no receipt: not JSON.") from None
    if not isinstance(receipt, dict) or "receipt_id" not in receipt:
        raise UsageError(f"{path} is no receipt.")
    return receipt
