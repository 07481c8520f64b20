"""What lies beside an object at a provider: where, and the further wrapped keys among it.

``KEY.sig`` is the uploader's signature (read by ``signature.py``), ``KEY.keys`` the keys sidecar.
"""

from __future__ import annotations

import base64
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend_stub.contract import recipients as contract
from secingest_tui.crypto.errors import CryptoError, LimitError
from secingest_tui.crypto.esdk import EncryptedDataKey, Header
from secingest_tui.crypto.keysidecar import MAX_LENGTH
from secingest_tui.crypto.signature import FurtherKey, KeySidecar, SignerPublicKey
from secingest_tui.errors import SecingestError
from secingest_tui.storage import NoSuchKey

if TYPE_CHECKING:
    from secingest_tui.storage import S3Store

SIDECAR_SUFFIX = ".sig"
KEYS_SUFFIX = ".keys"


@dataclass(frozen=True, slots=True)
class Source:
    """A ciphertext at a provider."""

    store: S3Store
    bucket: str
    key: str
    version_id: str | None = None


def is_sidecar(key: str, others: Container[str]) -> bool:
    """Whether ``key`` lies beside one of ``others`` and is no object itself.

    The name alone does not say it: other software may have uploaded an object whose name ends so.
    """
    return any(
        key.endswith(suffix) and key.removesuffix(suffix) in others
        for suffix in (SIDECAR_SUFFIX, KEYS_SUFFIX)
    )


def read_key_sidecar(source: Source) -> KeySidecar | None:
    """The further wrapped keys beside a copy, unverified; None where there are none.

    Raises FormatError or LimitError for what is no keys sidecar, and StorageError.
    """
    try:
        _, data = source.store.fetch(source.bucket, source.key + KEYS_SUFFIX, MAX_LENGTH)
    except NoSuchKey:
        return None
    if data is None:
        raise LimitError(f"the keys sidecar is longer than {MAX_LENGTH} bytes")
    return KeySidecar.parse(data)


def from_record(recorded: contract.FurtherKeys) -> KeySidecar:
    """The keys sidecar that the server's record states, unverified. Raises FormatError, LimitError."""
    return KeySidecar(
        tenant=recorded.tenant_id,
        object_key=recorded.object_key,
        version=recorded.version,
        header_sha256=bytes.fromhex(recorded.header_sha256),
        revision=recorded.revision,
        keys=tuple(
            FurtherKey(
                key.key_id,
                key.key_alg,
                key.fingerprint,
                EncryptedDataKey.parse(base64.b64decode(key.wrapped)),
            )
            for key in recorded.wrapped_keys
        ),
        signer=recorded.signature.signer_fingerprint,
        signature=base64.b64decode(recorded.signature.value),
    )


def to_submission(sidecar: KeySidecar) -> contract.RecipientsSubmission:
    """The list as the server records it."""
    return contract.RecipientsSubmission(
        object_key=sidecar.object_key,
        version=sidecar.version,
        header_sha256=sidecar.header_sha256.hex(),
        revision=sidecar.revision,
        wrapped_keys=[
            contract.FurtherKey(
                key_id=key.key_id,
                key_alg=key.key_alg,
                fingerprint=key.fingerprint,
                wrapped=base64.b64encode(key.wrapped.serialise()).decode(),
            )
            for key in sidecar.keys
        ],
        signature=contract.KeysSignature(
            signer_fingerprint=sidecar.signer, value=base64.b64encode(sidecar.signature).decode()
        ),
    )


class KeysBeside:
    """The further wrapped keys of one copy, by its keys sidecar and by the server's record.

    Fetched only when the header's own keys did not open, so that whoever they are for pays no
    request. Either source alone is enough; what one of them says is used only once its signature
    is a trusted signer's. ``notes`` says, once fetched, where they differ; ``refused`` why
    one could not be used.
    """

    def __init__(
        self,
        source: Source,
        header: Header,
        signers: Sequence[SignerPublicKey],
        recorded: contract.FurtherKeys | None,
    ) -> None:
        self._source = source
        self._header = header
        self._signers = signers
        self._recorded = recorded
        self._keys: tuple[EncryptedDataKey, ...] | None = None
        self.refused: SecingestError | None = None
        self.notes: tuple[str, ...] = ()

    def keys(self) -> tuple[EncryptedDataKey, ...]:
        """Every further wrapped key, those of the newest list first. Fetches once."""
        if self._keys is None:
            beside, recorded = self._fetch(), self._stated()
            lists = [found for found in (recorded, beside) if found is not None]
            lists.sort(key=lambda found: -found.revision)
            self._keys = tuple(dict.fromkeys(key for found in lists for key in found.wrapped_keys))
            if recorded is not None and (beside is None or beside.revision < recorded.revision):
                has = "no further keys" if beside is None else f"revision {beside.revision} of them"
                if self.refused is not None:
                    has = f"further keys that cannot be used ({self.refused.message})"
                self.notes = (
                    f"the copy in bucket {self._source.bucket} has {has}, the server's record has revision "
                    f"{recorded.revision}: 'secingest rewrap' again brings it there",
                )
        return self._keys

    def _fetch(self) -> KeySidecar | None:
        try:
            found = read_key_sidecar(self._source)
            if found is not None:
                found.verify(self._signers, self._header)
        except SecingestError as error:
            self.refused = error
            return None
        return found

    def _stated(self) -> KeySidecar | None:
        if self._recorded is None:
            return None
        try:
            found = from_record(self._recorded)
            found.verify(self._signers, self._header)
        except CryptoError as error:
            self.refused = self.refused or error
            return None
        return found
