"""The metadata server's client: SigV4 or operator key over httpx, one method a route."""

from secingest_tui.metadata.client import AdminClient, ServerRefused, ServerUnreachable, TenantClient

__all__ = ["AdminClient", "ServerRefused", "ServerUnreachable", "TenantClient"]
