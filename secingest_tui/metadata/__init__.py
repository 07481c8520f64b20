"""The metadata server's client: SigV4 or operator key over httpx, one method a route.

The clients are loaded when they are first asked for: httpx, botocore and the models of the whole API are
most of the start of a command that may never speak to the server.
"""

import sys
from typing import TYPE_CHECKING, Any

from secingest_tui.metadata.errors import ServerRefused, ServerUnreachable

if TYPE_CHECKING:
    from secingest_tui.metadata.client import AdminClient, TenantClient

__all__ = ["AdminClient", "ServerRefused", "ServerUnreachable", "TenantClient"]

# httpx's own command line (with rich and pygments) is most of its import. A blocked module is one that is
# not installed, which httpx is prepared for.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from secingest_tui.metadata import client

    return getattr(client, name)
