"""What anybody may ask: is the server up, and which key signs its receipts."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from backend_stub.contract.base import Answer
from backend_stub.contract.keys import ServerKey

from ..store.database import check_connection
from ..web.route import CurrentServices

router = APIRouter(tags=["public"])


class Health(Answer):
    status: Literal["ok"] = "ok"


@router.get("/healthz")
async def healthz() -> Health:
    """The process answers."""
    return Health()


@router.get("/readyz")
def readyz(services: CurrentServices) -> Health:
    """The database answers too."""
    check_connection(services.database.engine)
    return Health()


@router.get("/server/key")
async def server_key(services: CurrentServices) -> ServerKey:
    """The public key that verifies receipts."""
    return services.signer.public()
