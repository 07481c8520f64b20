"""The embedded stack: SeaweedFS and the metadata server on loopback, shared by every terminal of one home.

Names are loaded when first used: the supervisor needs no S3 client, and lives long.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from secingest_tui.embedded.backends import BACKENDS, EmbeddedBackend, TenantKey
    from secingest_tui.embedded.errors import EmbeddedError
    from secingest_tui.embedded.stack import EmbeddedStack

__all__ = ["BACKENDS", "EmbeddedBackend", "EmbeddedError", "EmbeddedStack", "TenantKey"]

_MODULES = {"EmbeddedError": "errors", "EmbeddedStack": "stack"}

# Hidden from type checkers, to whom it would make any name exist.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'backends')}"), name)
