"""What every kind of recipient and private key has in common."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from secingest_tui.crypto.errors import KeyFileError, NoMatchingKeyError, UnwrapError, shown
from secingest_tui.crypto.esdk.header import EncryptedDataKey, Header
from secingest_tui.crypto.esdk.wire import DATA_KEY_LENGTH

# The key namespace (provider id) of raw keyrings; the key name is the key id.
KEY_NAMESPACE = "secingest"

_KEY_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


def check_key_id(key_id: str) -> str:
    """``key_id`` if it is 1 to 64 of ``A-Z a-z 0-9 . _ -`` without a leading dot; else :class:`KeyFileError`.

    Such an id is safe as a file name and unambiguous in a header.
    """
    if not _KEY_ID.fullmatch(key_id):
        raise KeyFileError(
            f"{shown(key_id)} is not a key id",
            hint="Use 1 to 64 letters, digits, dots, underscores and hyphens; the first is not a dot.",
            field="key_id",
        )
    return key_id


class Recipient(ABC):
    """A public key that a data key can be wrapped for."""

    key_alg: str
    post_quantum: bool = False

    def __init__(self, key_id: str, fingerprint: str) -> None:
        self.key_id = check_key_id(key_id)
        self.fingerprint = fingerprint

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key_id={self.key_id!r}, fingerprint={self.fingerprint[:16]!r})"

    @abstractmethod
    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> EncryptedDataKey:
        """The 32-byte ``data_key`` so that only the private key opens it.

        ECDH and HPKE bind it to ``context`` as well; RSA-OAEP as published does not.
        """


class PrivateKey(ABC):
    """A private key that opens wrapped keys. ``key_id`` is None where the file does not say whose it is."""

    key_alg: str

    def __init__(self, key_id: str | None, fingerprint: str) -> None:
        self.key_id = None if key_id is None else check_key_id(key_id)
        self.fingerprint = fingerprint

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key_id={self.key_id!r}, fingerprint={self.fingerprint[:16]!r})"

    def unwrap(self, header: Header, extra_keys: Sequence[EncryptedDataKey] = ()) -> bytes:
        """The 32-byte data key from the first wrapped key that is meant for this key and opens.

        The caller must check the commitment. Raises :class:`NoMatchingKeyError` where none is
        meant for this key, :class:`UnwrapError` where one is and does not open.
        """
        meant = [key for key in (*header.encrypted_data_keys, *extra_keys) if self._is_for_me(key)]
        for key in meant:
            data_key = self._open(key, header.context)
            if data_key is not None and len(data_key) == DATA_KEY_LENGTH:
                return data_key
        who = shown(self.key_id) if self.key_id else "given"
        if meant:
            raise UnwrapError(
                f"the wrapped key for {self.key_alg} key {who} does not open with it",
                hint="The header was changed, or this is another key under the same id.",
            )
        raise NoMatchingKeyError(
            f"no wrapped key in this object is for the {self.key_alg} key {who}; it is for {_owners(header)}",
            hint="Use the private key of one of these recipients.",
        )

    @abstractmethod
    def _is_for_me(self, key: EncryptedDataKey) -> bool:
        """Whether a wrapped key says that it is meant for this private key."""

    @abstractmethod
    def _open(self, key: EncryptedDataKey, context: Mapping[str, str]) -> bytes | None:
        """The wrapped bytes, or None where they do not open."""


def _owners(header: Header) -> str:
    """The recipients a header names, in words safe to show."""
    names = []
    for index, key in enumerate(header.encrypted_data_keys):
        name = header.key_id(index) or key.provider_info.decode("ascii", "replace")
        names.append(f"{shown(name, 40)} ({shown(key.provider_id, 20)})")
    return ", ".join(names)
