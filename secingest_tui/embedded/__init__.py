"""The embedded stack: SeaweedFS and the metadata server on loopback, shared by every terminal of one home."""

from __future__ import annotations

from secingest_tui.embedded.errors import EmbeddedError
from secingest_tui.embedded.stack import BACKENDS, EmbeddedBackend, EmbeddedStack
from secingest_tui.embedded.tenants import TenantKey

__all__ = ["BACKENDS", "EmbeddedBackend", "EmbeddedError", "EmbeddedStack", "TenantKey"]
