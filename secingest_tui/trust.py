"""Whom a connection trusts, and whether it may go through a proxy."""

from __future__ import annotations

import ssl
from pathlib import Path


def is_loopback(url: str) -> bool:
    """Plain HTTP to this machine: no certificate is asked for, and no proxy is between."""
    return url.startswith(("http://127.", "http://localhost", "http://[::1]"))


def trust(url: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    """httpx's ``verify`` for ``url``: the authorities of ``ca_file``, or the public ones.

    Raises OSError where ``ca_file`` cannot be read or holds no certificate.
    """
    if is_loopback(url):
        # Trusts nobody, and is not asked: the list of authorities takes 20 ms and 3 MiB to read.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
