"""What an onboarding is to come to: ``secingest onboard --plan FILE.toml``, or what the screen asked.

tenant = "customer42"
backend = "ceph-fi"
targets = ["ceph-se"]

[policy]
residency = "FI,SE"
replicas = 2
recovery_recipients = ["recovery-k1"]
quotas = { bytes = 1099511627776 }

[key]
type = "rsa-4096"
passphrase_file = "customer42.passphrase"

[handover]
file = "customer42.handover"
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend_stub.contract.tenants import Quotas
from secingest_tui.config import Identifier, parse
from secingest_tui.errors import UsageError
from secingest_tui.services.provisioning.base import Quota
from secingest_tui.services.provisioning.record import TenantPolicy

RecipientKind = Literal["rsa-3072", "rsa-4096", "p256", "p384", "p521", "mlkem768-x25519"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyPlan(_Strict):
    """The tenant's key. ``held``: made here for the tenant, or by the tenant, who joins and publishes it."""

    held: Literal["here", "tenant"] = "here"
    id: str | None = None
    type: RecipientKind = "rsa-4096"
    passphrase_file: Path | None = None
    unprotected: bool = False
    """The private key gets no passphrase: somebody said so."""


class HandoverPlan(_Strict):
    """Where the hand-over file goes, and for whose key it is sealed; plain (0600) for nobody's."""

    file: Path | None = None
    seal_for: str | None = None


class PastedKey(_Strict):
    """What a provider's portal gave for the tenant."""

    access_key: Annotated[str, Field(min_length=1)]
    secret_key_file: Path


class OnboardingPlan(_Strict):
    """Everything that is decided beforehand; paths are relative to the plan's folder."""

    tenant: Identifier
    backend: Identifier
    targets: tuple[Identifier, ...] = ()
    policy: TenantPolicy = TenantPolicy()
    key: KeyPlan = KeyPlan()
    handover: HandoverPlan = HandoverPlan()
    sample: Path | None = None
    """The first file to upload; a few lines of text made for it where none is named."""
    adopt: bool = False
    pasted: dict[Identifier, PastedKey] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _places(self) -> OnboardingPlan:
        if self.backend in self.targets or len(set(self.targets)) != len(self.targets):
            raise ValueError("targets: each backend once, and not the first one again")
        if self.policy.replicas < len(self.backends):
            raise ValueError("policy.replicas: fewer than the backends that are named")
        return self

    @property
    def backends(self) -> tuple[str, ...]:
        return (self.backend, *self.targets)

    @property
    def key_id(self) -> str:
        return self.key.id or f"{self.tenant}-k1"

    @property
    def quota(self) -> Quota:
        return Quota(self.policy.quotas.bytes, self.policy.quotas.objects)


def load_plan(path: Path) -> OnboardingPlan:
    """Read a plan. Raises UsageError naming every problem."""
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", field="--plan") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: not valid TOML: {error}", hint="Correct the file and try again.", field="--plan"
        ) from None
    return _absolute(parse(OnboardingPlan, data, str(path)), path.absolute().parent)


def make_plan(
    tenant: str,
    backend: str,
    *,
    targets: tuple[str, ...] = (),
    residency: str = "ANY",
    quota: Quota | None = None,
    recovery: tuple[str, ...] = (),
    **more: Any,
) -> OnboardingPlan:
    """A plan from a form's fields. Raises UsageError naming every problem."""
    policy = {
        "residency": residency,
        "replicas": 1 + len(targets),
        "allowed_backends": [backend, *targets],
        "quotas": Quotas(objects=quota.objects, bytes=quota.bytes) if quota else Quotas(),
        "recovery_recipients": recovery,
    }
    data = {"tenant": tenant, "backend": backend, "targets": targets, "policy": policy, **more}
    return parse(OnboardingPlan, data, "plan")


def _absolute(plan: OnboardingPlan, folder: Path) -> OnboardingPlan:
    def at(path: Path | None) -> Path | None:
        return folder / path.expanduser() if path is not None else None

    pasted = {
        name: key.model_copy(update={"secret_key_file": at(key.secret_key_file)})
        for name, key in plan.pasted.items()
    }
    return plan.model_copy(
        update={
            "key": plan.key.model_copy(update={"passphrase_file": at(plan.key.passphrase_file)}),
            "handover": plan.handover.model_copy(update={"file": at(plan.handover.file)}),
            "sample": at(plan.sample),
            "pasted": pasted,
        }
    )
