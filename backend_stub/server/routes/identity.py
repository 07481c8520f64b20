"""Who am I: what a credential is good for."""

from __future__ import annotations

from backend_stub.contract.identity import Identity

from ..web.route import Anybody
from .common import guarded_router

router = guarded_router("identity")


@router.get("/proxy/identity")
async def get_identity(caller: Anybody) -> Identity:
    """The role of the credential that signed this, and the tenants it sees."""
    return Identity(
        role=caller.kind,
        name=caller.name,
        tenant_id=caller.own_tenant or None,
        tenants=None if caller.tenants is None else sorted(caller.tenants),
    )
