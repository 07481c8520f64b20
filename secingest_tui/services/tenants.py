"""Tenants: registered at the metadata server, and on the embedded stack minted at the provider too."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from backend_stub.contract.credentials import CredentialRequest, RotatedCredential
from backend_stub.contract.residency import normal_residency
from backend_stub.contract.tenants import Tenant, TenantRequest
from secingest_tui.config import IDENTIFIER
from secingest_tui.errors import UsageError
from secingest_tui.services.credentials import Credential, backend_entry, tenant_entry
from secingest_tui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class CreatedTenant:
    """The new tenant, and the one time its SigV4 secret is in anybody's hands."""

    tenant: Tenant
    access_key: str
    secret_key: str = field(repr=False)
    stored_sealed: bool


def create_tenant(
    workspace: Workspace, tenant_id: str, *, residency: str | None = None, replicas: int = 1
) -> CreatedTenant:
    """Register ``tenant_id`` with its policy and a SigV4 credential, which is kept in this profile.

    Doing it again for the same tenant changes the policy, and makes a credential only where this
    profile has none. On the embedded stack the tenant also gets S3 credentials of its own.
    """
    check_tenant_id(tenant_id)
    if not 1 <= replicas <= 16:
        raise UsageError("The number of copies is 1 to 16, the first included.", field="--replicas")
    request = TenantRequest(id=tenant_id, residency=check_residency(residency or "ANY"), replicas=replicas)
    if workspace.credentials.get(tenant_entry(tenant_id)) is not None:
        raise UsageError(
            f"Tenant {tenant_id} exists already, and its credential is in this profile.",
            hint=f"See: secingest tenant show {tenant_id}",
            field="TENANT",
        )
    admin = workspace.admin()
    tenant = admin.create_tenant(request)
    made = admin.create_credential(CredentialRequest(tenant_id=tenant_id, label="secingest tenant create"))
    assert made.secret_key is not None
    workspace.credentials.set(tenant_entry(tenant_id), Credential(made.access_key, made.secret_key))
    if workspace.embedded:
        provide_storage(workspace, tenant_id)
    return CreatedTenant(tenant, made.access_key, made.secret_key, workspace.credentials.sealed)


def rotate_access(
    workspace: Workspace, access_key: str, *, overlap_seconds: int, expires_at: str | None = None
) -> tuple[RotatedCredential, bool]:
    """A successor for a SigV4 credential; whether it took its place in this profile. Raises ServerRefused."""
    made = workspace.admin().rotate_credential(
        access_key, {"overlap_seconds": overlap_seconds, "expires_at": expires_at}
    )
    assert made.secret_key is not None
    name = tenant_entry(made.tenant_id)
    stored = workspace.credentials.get(name)
    kept = stored is not None and stored.access_key == access_key
    if kept:
        workspace.credentials.set(name, Credential(made.access_key, made.secret_key))
    return made, kept


def provide_storage(workspace: Workspace, tenant_id: str) -> None:
    """On the embedded stack: the tenant's own S3 credentials, which reach its own buckets alone."""
    access_key, secret_key = workspace.stack.mint_tenant(tenant_id)
    for backend in workspace.stack.backends:
        workspace.credentials.set(backend_entry(backend.id, tenant_id), Credential(access_key, secret_key))


def check_tenant_id(tenant_id: str) -> str:
    if not re.fullmatch(IDENTIFIER, tenant_id):
        raise UsageError(
            "A tenant id is 1 to 63 lower-case letters, digits or '-', as in customer42.", field="TENANT"
        )
    return tenant_id


def check_residency(residency: str) -> str:
    try:
        return normal_residency(residency)
    except ValueError as error:
        raise UsageError(
            f"Residency: {error}.", hint="For example FI, FI,SE or EU.", field="--residency"
        ) from None


def show_tenant(workspace: Workspace, tenant_id: str) -> dict[str, Any]:
    """A tenant's policy and credentials as plain data, never a secret. Raises UsageError if unknown."""
    stored = workspace.credentials.get(tenant_entry(tenant_id))
    if not workspace.has_admin:
        if stored is None:
            raise UsageError(
                f"Tenant {tenant_id} is not of this profile.",
                hint="See: secingest tenant list",
                field="TENANT",
            )
        return {"tenant": tenant_id, "access_key": stored.access_key, "credential_here": True}
    found = workspace.admin().tenant(tenant_id)
    if found is None:
        raise UsageError(
            f"There is no tenant {tenant_id}.",
            hint=f"See: secingest tenant list - or make it: secingest tenant create {tenant_id}",
            field="TENANT",
        )
    return found.model_dump(mode="json") | {
        "credential_here": stored is not None,
        "credentials": [
            item.model_dump(mode="json", include={"access_key", "role", "status", "label", "created_at"})
            for item in workspace.admin().credentials(tenant_id)
        ],
    }
