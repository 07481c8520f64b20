"""How much is stored where."""

from __future__ import annotations

from backend_stub.contract.ids import TenantId
from backend_stub.contract.stored import StoredTotals

from ..web.route import Anybody, CurrentServices
from .common import guarded_router

router = guarded_router("objects")


@router.get("/proxy/stored")
def get_stored(caller: Anybody, services: CurrentServices, tenant: TenantId | None = None) -> StoredTotals:
    """Copies and bytes by backend and country; counted whole, and kept for a while where that takes long."""
    return services.stored.totals(services.database, caller, tenant)
