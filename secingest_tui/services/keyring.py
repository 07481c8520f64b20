"""The keys of this home: recipients by id or file, private keys, and the signer of uploads.

The signer's private key is protected by a random passphrase of its own, kept in the profile's
credential store. So an unattended ingest needs the profile's secrets, and never the passphrase
of a decryption key.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from secingest_tui.crypto import pem
from secingest_tui.crypto.errors import KeyFileError, PassphraseRequiredError
from secingest_tui.crypto.keyfile import (
    KeyInfo,
    KeyPaths,
    KeyType,
    change_passphrase,
    describe,
    generate,
    read,
    read_public,
    write_pair,
)
from secingest_tui.crypto.recipients import (
    PrivateKey,
    Recipient,
    check_key_id,
    load_private_key,
    load_recipient,
)
from secingest_tui.crypto.signature import SignerKey, SignerPublicKey
from secingest_tui.errors import UsageError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.paths import expanded
from secingest_tui.services.credentials import Credential, CredentialStore

PUBLIC_SUFFIX = ".pub.pem"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key of the keyring; ``private`` is None where only the public half is here."""

    key_id: str
    info: KeyInfo
    public: Path
    private: Path | None
    created_at: datetime
    protected: bool | None
    """Whether the private key needs a passphrase; None without one here."""


@dataclass(frozen=True, slots=True)
class NewKeys:
    """What ``Keyring.create`` made; ``signer`` only with the first key."""

    key_id: str
    info: KeyInfo
    paths: KeyPaths
    signer: KeyPaths | None


class Keyring:
    """``ID.pem`` (0600) and ``ID.pub.pem`` in one folder."""

    def __init__(self, folder: Path, credentials: CredentialStore) -> None:
        self._folder = folder
        self._credentials = credentials

    def stored(self) -> list[StoredKey]:
        """Every key whose public half is here, the newest first."""
        if not self._folder.is_dir():
            return []
        found = [
            self.find(path.name.removesuffix(PUBLIC_SUFFIX))
            for path in self._folder.glob(f"*{PUBLIC_SUFFIX}")
        ]
        return sorted(found, key=lambda key: (key.created_at, key.key_id), reverse=True)

    def find(self, key_id: str) -> StoredKey:
        """One key. Raises UsageError where it is not here."""
        paths = KeyPaths.of(self._folder, key_id)
        if not paths.public.exists():
            raise UsageError(
                f"There is no key {key_id} in {self._folder}.",
                hint="See: secingest keys list - or make it: secingest keys new --key-id ID --type rsa-4096",
                field="--key-id",
            )
        private = paths.private if paths.private.exists() else None
        return StoredKey(
            key_id,
            read_public(paths.public),
            paths.public,
            private,
            datetime.fromtimestamp(paths.public.stat().st_mtime, UTC),
            pem.is_protected(read(private)) if private else None,
        )

    def create(
        self,
        key_id: str,
        key_type: KeyType,
        passphrase: bytes | None,
        *,
        signer_id: str,
        out: Path | None = None,
    ) -> NewKeys:
        """Make a key pair (and, with the first encryption key, the signer of uploads).

        With ``out`` the pair is written there and only its public half is kept here as well. Raises
        KeyFileError where a key of that id exists; nothing is ever replaced.
        """
        here = KeyPaths.of(self._folder, key_id)
        if here.public.exists() or here.private.exists():
            raise KeyFileError(
                f"A key {key_id} exists already in {self._folder}; it was not touched.",
                hint="Choose another --key-id: a replaced key makes older objects unreadable.",
                field="--key-id",
            )
        private = generate(key_type)
        paths = write_pair(out or self._folder, key_id, private, passphrase)
        if out is not None:
            private_dir(self._folder)
            write_atomic(here.public, read(paths.public), mode=0o644, exclusive=True)
        signer = None
        if not key_type.signs and not KeyPaths.of(self._folder, signer_id).public.exists():
            signer = self.create_signer(signer_id)
        return NewKeys(key_id, read_public(paths.public), paths, signer)

    def add_public(self, key_id: str, public_pem: bytes) -> None:
        """Keep somebody else's public key. Raises KeyFileError where another key has that id already."""
        path = KeyPaths.of(self._folder, key_id).public
        info = describe(pem.load_public(public_pem))
        if not path.exists():
            private_dir(self._folder)
            write_atomic(path, public_pem, mode=0o644, exclusive=True)
        elif read_public(path).fingerprint != info.fingerprint:
            raise KeyFileError(
                f"Another key {key_id} exists already in {self._folder}; it was not touched.",
                hint="Ask whose key this is, and under which id it should be known.",
                field="--key-id",
            )

    def create_signer(self, signer_id: str) -> KeyPaths:
        """Make the Ed25519 key that signs uploads, its passphrase kept in the credential store."""
        passphrase = secrets.token_urlsafe(32)
        self._credentials.set(_signer_entry(signer_id), Credential(signer_id, passphrase))
        key = generate(KeyType.ED25519)
        return write_pair(self._folder, signer_id, key, passphrase.encode(), random_passphrase=True)

    def change_passphrase(self, key_id: str, old: Callable[[], bytes], new: bytes | None) -> None:
        key = self.find(key_id)
        if key.private is None:
            raise UsageError(f"The private key of {key_id} is not here.", field="--key-id")
        change_passphrase(key.private, old() if key.protected else None, new)
        self._credentials.remove(_signer_entry(key_id))

    def recipient(self, name: str) -> Recipient:
        """The recipient for a key id, or for the public PEM file that ``name`` is the path of."""
        if "/" in name or name.endswith(".pem"):
            path = expanded(name)
            key_id = path.name.removesuffix(".pem").removesuffix(".pub")
            return load_recipient(read(path), check_key_id(key_id))
        return load_recipient(read(self.find(name).public), name)

    def recipients(
        self, names: Sequence[str], recovery: Sequence[str], default: Sequence[str] = ()
    ) -> list[Recipient]:
        """Whom to seal for: the named ones, else ``default``, else the only key; and the recovery ones.

        Raises UsageError where nobody was named and there is not exactly one key to mean.
        """
        chosen = [self.recipient(name) for name in names or default or [self._only_encryption_key()]]
        known = {recipient.fingerprint for recipient in chosen}
        for name in recovery:
            extra = self.recipient(name)
            if extra.fingerprint not in known:
                known.add(extra.fingerprint)
                chosen.append(extra)
        return chosen

    def encryption_keys(self) -> list[str]:
        """Ids of the keys that can be sealed for, the newest first."""
        return [key.key_id for key in self.stored() if not key.info.type.signs]

    def _only_encryption_key(self) -> str:
        keys = self.encryption_keys()
        if len(keys) == 1:
            return keys[0]
        if not keys:
            raise UsageError(
                "There is no encryption key yet.",
                hint="Make one: secingest keys new --key-id ID --type rsa-4096",
                field="--recipient",
            )
        raise UsageError(
            f"No recipient was named, and there are several keys: {', '.join(keys)}.",
            hint="Give --recipient KEY_ID, or set [encryption] recipients in config.toml.",
            field="--recipient",
        )

    def openers(
        self, key_ids: Sequence[str], passphrase: Callable[[StoredKey], bytes]
    ) -> Iterator[PrivateKey]:
        """The private keys that may open an object registered for ``key_ids``: those, then the others here.

        ``passphrase`` is asked for a protected key, and only when it is its turn. Raises UsageError where
        no private key is here at all.
        """
        keys = [key for key in self.stored() if key.private is not None and not key.info.type.signs]
        if not keys:
            raise UsageError(
                "No private key is here."
                if not key_ids
                else f"No private key is here for {', '.join(key_ids)}.",
                hint="Put the private key into the keyring, or name it: --private-key PEM",
                field="--private-key",
            )
        for key in sorted(keys, key=lambda key: key.key_id not in key_ids):
            assert key.private is not None
            secret = passphrase(key) if key.protected else None
            yield load_private_key(read(key.private), secret, key.key_id)

    def signer(self, signer_id: str, passphrase: Callable[[], bytes] | None = None) -> SignerKey:
        """The key that signs uploads; made now if this home has none."""
        paths = KeyPaths.of(self._folder, signer_id)
        if not paths.private.exists():
            if paths.public.exists():
                raise UsageError(
                    f"The private half of the signer {signer_id} is not in {self._folder}.",
                    hint="Put it there, or name another one as [encryption] signer.",
                )
            self.create_signer(signer_id)
        data = read(paths.private)
        stored = self._credentials.get(_signer_entry(signer_id))
        try:
            return SignerKey.load(data, stored.secret_key.encode() if stored else None, signer_id)
        except PassphraseRequiredError:
            if passphrase is None:
                raise
            return SignerKey.load(data, passphrase(), signer_id)

    def trusted_signers(self, names: Sequence[str], own: str) -> list[SignerPublicKey]:
        """The uploaders accepted on restore: our own signer, and the named ids or public PEM files."""
        trusted = []
        for name in dict.fromkeys([own, *names]):
            if "/" in name or name.endswith(".pem"):
                trusted.append(SignerPublicKey.load(read(expanded(name))))
            elif KeyPaths.of(self._folder, name).public.exists():
                trusted.append(SignerPublicKey.load(read(KeyPaths.of(self._folder, name).public)))
            elif name != own:
                self.find(name)
        return trusted


def _signer_entry(signer_id: str) -> str:
    return f"signer/{signer_id}"
