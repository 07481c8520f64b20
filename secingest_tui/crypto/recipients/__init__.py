"""Whom an object is sealed for, and who can open it: RSA, ECDH and HPKE keys and their wrapped keys."""

from secingest_tui.crypto.recipients.base import PrivateKey, Recipient, check_key_id
from secingest_tui.crypto.recipients.loading import load_private_key, load_recipient

__all__ = ["PrivateKey", "Recipient", "check_key_id", "load_private_key", "load_recipient"]
