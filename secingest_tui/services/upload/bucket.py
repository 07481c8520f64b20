"""Which bucket is the tenant's at a backend."""

from __future__ import annotations

from backend_stub.contract.namespace import namespace_bucket
from secingest_tui.errors import SecingestError
from secingest_tui.services.workspace import Workspace


def tenant_bucket(workspace: Workspace, tenant: str, backend_id: str, logical: str) -> str:
    """The tenant's bucket by the server's word, checked against the rule on this side."""
    backend = workspace.backend(backend_id)
    answer = workspace.tenant(tenant).namespace(
        customer=tenant, region=backend.region, logical=logical, backend=backend.id
    )
    expected = namespace_bucket(
        tenant,
        backend.region,
        logical,
        backend.id,
        backend.provider,
        answer.counter,
        length=len(answer.bucket.split("-")[1]) if answer.bucket.count("-") else 16,
    )
    if answer.bucket != expected:
        raise SecingestError(
            f"The server names bucket {answer.bucket} for this tenant, the rule gives {expected}.",
            hint="Check that region and provider of the backend are the same here and at the server.",
        )
    return answer.bucket
