"""SigV4 credentials of tenants, workers and auditors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, ConfigDict, Field, StringConstraints

from .base import Answer, Submission, Timestamp
from .ids import AccessKey, Line, TenantId, check_text

Role = Literal["tenant", "worker", "auditor"]
CredentialStatus = Literal["active", "disabled", "expired"]
ChangedStatus = Literal["active", "disabled"]
MIN_SECRET = 8

SecretKey = Annotated[
    str,
    StringConstraints(min_length=MIN_SECRET, max_length=128),
    AfterValidator(check_text),
]


class CredentialRequest(Submission):
    """A new credential. Keys that are absent are generated; a tenant that does not exist yet is created.

    `tenants` names further tenants of a worker or auditor. `customer_id` is accepted for `tenant_id`.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    tenant_id: Annotated[TenantId, Field(validation_alias=AliasChoices("tenant_id", "customer_id"))]
    access_key: AccessKey | None = None
    secret_key: SecretKey | None = Field(default=None, repr=False)
    role: Role = "tenant"
    tenants: list[TenantId] = Field(default_factory=list, max_length=1000)
    label: Line | None = None
    expires_at: Timestamp | None = None


class Credential(Answer):
    """A credential without its secret."""

    access_key: AccessKey
    tenant_id: TenantId
    role: Role
    tenants: list[TenantId]
    label: str | None = None
    status: CredentialStatus
    created_at: Timestamp
    expires_at: Timestamp | None = None


class NewCredential(Credential):
    """The answer to a creation: `secret_key` is there only if the server generated it, and only now."""

    secret_key: str | None = Field(default=None, repr=False)


class CredentialChange(Submission):
    """Disable, enable, or set the end. Absent fields stay; `expires_at: null` removes the end."""

    status: ChangedStatus | None = None
    expires_at: Timestamp | None = None


MAX_OVERLAP_SECONDS = 90 * 24 * 3600


class CredentialRotation(Submission):
    """A successor for a credential, which goes on working for `overlap_seconds` (0: not at all)."""

    overlap_seconds: Annotated[int, Field(ge=0, le=MAX_OVERLAP_SECONDS)] = 24 * 3600
    access_key: AccessKey | None = None
    secret_key: SecretKey | None = Field(default=None, repr=False)
    expires_at: Timestamp | None = None


class RotatedCredential(NewCredential):
    """The successor, and until when the one before still works."""

    replaces: AccessKey
    replaced_expires_at: Timestamp


class CredentialPage(Answer):
    items: list[Credential]
    next: str | None = None
