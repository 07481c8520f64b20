"""The credential file: SigV4 and provider secrets, 0600, sealed under the profile's passphrase.

Layout (JSON): ``{"format": 1, "sealed": {...}}`` or ``{"format": 1, "entries": {...}}``. Sealed
entries are AES-256-GCM over the JSON of the entries; the key comes from the passphrase by
Argon2id (RFC 9106, second recommended option: 64 MiB, 3 passes, 4 lanes).
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.files import write_atomic

_ASSOCIATED = b"secingest credentials v1"


@dataclass(frozen=True, slots=True)
class Credential:
    """An access key and its secret; ``secret_key`` never shows in a repr."""

    access_key: str
    secret_key: str = field(repr=False)

    @property
    def masked(self) -> str:
        """Enough of the access key to recognise it by."""
        return f"{self.access_key[:4]}…{self.access_key[-4:]}" if len(self.access_key) > 12 else "…"


def tenant_entry(tenant: str) -> str:
    """Name of the tenant's SigV4 credential at the metadata server."""
    return f"server/tenant/{tenant}"


def backend_entry(backend: str, tenant: str | None = None) -> str:
    """Name of a provider credential, of one tenant or shared by all of this profile."""
    return f"backend/{backend}/tenant/{tenant}" if tenant else f"backend/{backend}"


def provisioner_entry(backend: str) -> str:
    """Name of the operator's own key at a provider, which makes users there."""
    return f"provisioner/{backend}"


def from_aws_profile(profile: str) -> Credential:
    """The credential that an AWS profile gives, by ``credential_process`` where it names one.

    Raises UsageError where there is no such profile, or it gives nothing.
    """
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        found = Session(profile=profile).get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise UsageError(
            f"The AWS profile {profile} gives no credentials: {error}",
            hint="See: aws configure list-profiles",
        ) from None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise UsageError(f"The AWS profile {profile} gives no credentials.", hint="Check ~/.aws/config.")
    return Credential(frozen.access_key, frozen.secret_key)


ADMIN_ENTRY = "server/admin"
_NAME = re.compile(
    r"server/admin|server/tenant/[^/]+|backend/[^/]+|backend/[^/]+/tenant/[^/]+|signer/[^/]+"
    r"|provisioner/[^/]+"
)


def check_entry_name(name: str) -> str:
    """``name`` if it is one that something looks up; UsageError with the forms otherwise."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no credential that secingest looks up.",
            hint="Use server/admin, server/tenant/T, backend/B, backend/B/tenant/T or provisioner/B.",
            field="NAME",
        )
    return name


class CredentialStore:
    """Reads and writes the credential file; ``passphrase`` is asked only when it is needed."""

    def __init__(self, path: Path, passphrase: Callable[[], bytes]) -> None:
        self._path = path
        self._passphrase = passphrase
        self._opened: bytes | None = None

    def __repr__(self) -> str:
        return f"CredentialStore({str(self._path)!r})"

    @property
    def exists(self) -> bool:
        return self._path.exists()

    @property
    def sealed(self) -> bool:
        return self.exists and "sealed" in self._document()

    def get(self, name: str) -> Credential | None:
        entry = self._entries().get(name)
        return Credential(entry["access_key"], entry["secret_key"]) if entry else None

    def names(self) -> list[str]:
        return sorted(self._entries())

    def set(self, name: str, credential: Credential) -> None:
        with self._changing() as entries:
            entries[name] = {"access_key": credential.access_key, "secret_key": credential.secret_key}

    def remove(self, name: str) -> bool:
        """Forget one entry; tells whether it was there."""
        with self._changing() as entries:
            return entries.pop(name, None) is not None

    def seal(self, new_passphrase: bytes) -> None:
        """Seal (again) under ``new_passphrase``; the old one has been asked for where there was one."""
        with self._locked():
            entries = self._entries()
            self._opened = new_passphrase
            self._write(entries, sealed=True)

    def unseal(self) -> None:
        """Keep the entries unsealed from now on (the file stays 0600)."""
        with self._locked():
            self._write(self._entries(), sealed=False)

    def _document(self) -> dict[str, Any]:
        try:
            document = json.loads(self._path.read_bytes())
            if document["format"] != 1:
                raise KeyError
        except FileNotFoundError:
            return {"format": 1, "entries": {}}
        except (ValueError, KeyError, TypeError):
            raise SecingestError(
                f"{self._path} is not a credential file of this version.",
                hint="Restore it from a backup, or move it away and register the credentials again.",
            ) from None
        if self._path.stat().st_mode & 0o077:
            raise SecingestError(
                f"{self._path} can be read by others.", hint=f"Run: chmod 600 '{self._path}', then try again."
            )
        return dict(document)

    def _entries(self) -> dict[str, dict[str, str]]:
        document = self._document()
        if "sealed" not in document:
            return dict(document["entries"])
        sealed = document["sealed"]
        for attempt in (self._opened, None):
            passphrase = attempt if attempt is not None else self._passphrase()
            key = _derive(passphrase, base64.b64decode(sealed["salt"]))
            try:
                plain = AESGCM(key).decrypt(
                    base64.b64decode(sealed["nonce"]), base64.b64decode(sealed["ciphertext"]), _ASSOCIATED
                )
            except InvalidTag:
                if attempt is not None:
                    continue  # another process changed the passphrase meanwhile: ask
                raise UsageError(
                    "Wrong passphrase for this profile's credentials (or the file was altered).",
                    hint="Try again; the file was not changed.",
                    field="passphrase",
                ) from None
            self._opened = passphrase
            return dict(json.loads(plain))
        raise AssertionError("unreachable")

    def _write(self, entries: dict[str, dict[str, str]], *, sealed: bool) -> None:
        document: dict[str, Any] = {"format": 1}
        if sealed:
            assert self._opened is not None
            salt, nonce = os.urandom(16), os.urandom(12)
            ciphertext = AESGCM(_derive(self._opened, salt)).encrypt(
                nonce, json.dumps(entries).encode(), _ASSOCIATED
            )
            document["sealed"] = {
                "kdf": "argon2id",
                **{
                    name: base64.b64encode(value).decode()
                    for name, value in (("salt", salt), ("nonce", nonce), ("ciphertext", ciphertext))
                },
            }
        else:
            document["entries"] = entries
        write_atomic(self._path, json.dumps(document, indent=1).encode())

    @contextmanager
    def _changing(self) -> Iterator[dict[str, dict[str, str]]]:
        with self._locked():
            entries = self._entries()
            yield entries
            self._write(entries, sealed=self.sealed)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Two terminals may change the file at once; neither may lose the other's entry."""
        import fcntl

        descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _derive(passphrase: bytes, salt: bytes) -> bytes:
    return Argon2id(salt=salt, length=32, iterations=3, lanes=4, memory_cost=64 * 1024).derive(passphrase)
