"""What this side knows of a tenant it provisioned: its policy, and what was begun at which provider.

``tenants/TENANT.json``, without a secret. A user is noted before it is made, so that a run that was cut off
is told from a user that somebody else made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend_stub.contract.residency import Residency
from backend_stub.contract.tenants import Quotas
from secingest_tui.config import IDENTIFIER, Identifier, parse
from secingest_tui.errors import SecingestError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.paths import Home


class TenantPolicy(BaseModel):
    """``replicas`` counts all copies; ``recovery_recipients`` are key ids that every upload is sealed for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    residency: Residency = "ANY"
    replicas: Annotated[int, Field(ge=1, le=16)] = 1
    allowed_backends: tuple[Identifier, ...] | None = None
    quotas: Quotas = Quotas()
    recovery_recipients: tuple[str, ...] = ()


class MintedUser(BaseModel):
    """A user at one backend. ``ours``: made by us, so that it may be removed again."""

    model_config = ConfigDict(extra="forbid")

    user: str
    state: Literal["making", "made"]
    ours: bool
    access_key: str | None = None


class TenantRecord(BaseModel):
    """Everything begun for one tenant."""

    model_config = ConfigDict(extra="forbid")

    tenant: Annotated[str, Field(pattern=IDENTIFIER)]
    policy: TenantPolicy | None = None
    minted: dict[str, MintedUser] = Field(default_factory=dict)
    sigv4_access_key: str | None = None


def load_record(home: Home, tenant: str) -> TenantRecord:
    """The tenant's record, an empty one where nothing was begun. Raises SecingestError."""
    path = _file(home, tenant)
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return TenantRecord(tenant=tenant)
    except ValueError:
        raise SecingestError(
            f"{path} cannot be read.", hint="Restore it from a backup, or move it away and adopt the users."
        ) from None
    return parse(TenantRecord, data, str(path))


def save_record(home: Home, record: TenantRecord) -> None:
    private_dir(_file(home, record.tenant).parent)
    write_atomic(_file(home, record.tenant), record.model_dump_json(indent=1).encode())


def recorded(home: Home) -> list[str]:
    """The tenants of which there is a record, by name."""
    return sorted(path.stem for path in (home.root / "tenants").glob("*.json"))


def remove_record(home: Home, tenant: str) -> None:
    _file(home, tenant).unlink(missing_ok=True)


def _file(home: Home, tenant: str) -> Path:
    return home.root / "tenants" / f"{tenant}.json"
