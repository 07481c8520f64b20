"""A data key wrapped for further recipients: nothing of the object is written, least of all its header."""

from __future__ import annotations

from collections.abc import Sequence

from secingest_tui.crypto.esdk.header import EncryptedDataKey, Header
from secingest_tui.crypto.esdk.opener import verified_data_key
from secingest_tui.crypto.keysidecar import FurtherKey
from secingest_tui.crypto.recipients.base import PrivateKey, Recipient


def wrap_further(
    header: Header,
    private_key: PrivateKey,
    recipients: Sequence[Recipient],
    *,
    extra_keys: Sequence[EncryptedDataKey] = (),
) -> tuple[FurtherKey, ...]:
    """The data key of the object with ``header``, wrapped for each of ``recipients``.

    It is unwrapped with ``private_key`` (from the header's keys, then ``extra_keys``), held to
    the header's commitment and tag, and lives only as long as this call. Raises
    :class:`NoMatchingKeyError`, :class:`UnwrapError`, :class:`CommitmentError` or
    :class:`TamperedError`.
    """
    data_key, _ = verified_data_key(header, private_key, extra_keys)
    return tuple(
        FurtherKey(
            recipient.key_id,
            recipient.key_alg,
            recipient.fingerprint,
            recipient.wrap(data_key, header.context),
        )
        for recipient in recipients
    )
