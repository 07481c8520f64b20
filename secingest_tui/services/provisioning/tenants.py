"""A tenant as a whole: users at its providers, policy and SigV4 credential at the metadata server.

Two secrets that know nothing of each other: the provider's, which the metadata server never sees, and the
SigV4 credential, which the provider never sees. Every step reads before it changes, so running it again goes
on where it stopped.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel

from backend_stub.contract import credentials
from backend_stub.contract.credentials import CredentialChange, CredentialRequest, NewCredential
from backend_stub.contract.residency import residency_allows
from backend_stub.contract.tenants import Tenant, TenantRequest
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.metadata import ServerRefused, ServerUnreachable
from secingest_tui.metadata.requests import (
    ServerRequest,
    credential_change,
    credential_creation,
    tenant_creation,
)
from secingest_tui.services.credentials import Credential, tenant_entry
from secingest_tui.services.provisioning.base import Quota
from secingest_tui.services.provisioning.mint import Minted, Minting
from secingest_tui.services.provisioning.portal import Paste
from secingest_tui.services.provisioning.record import (
    TenantPolicy,
    load_record,
    remove_record,
    save_record,
)
from secingest_tui.services.provisioning.settings import open_provisioner
from secingest_tui.services.tenants import check_tenant_id
from secingest_tui.services.workspace import Workspace

Model = TypeVar("Model", bound=BaseModel)
_ALPHABET = string.ascii_uppercase + string.digits


class HalfDone(SecingestError):
    """It failed after something was made. ``exists`` says what, one line each."""

    def __init__(self, cause: SecingestError, exists: Sequence[str], tenant: str) -> None:
        made = "".join(f"\n  exists: {line}" for line in exists)
        super().__init__(
            f"{cause.message}{made}",
            hint=(f"{cause.hint} " if cause.hint else "")
            + f"Then run it again to go on, or take it back: secingest provision remove {tenant}",
            field=cause.field,
        )
        self.cause = cause
        self.exists = tuple(exists)


@dataclass(frozen=True, slots=True)
class Registered:
    """The tenant at the metadata server. ``secret_key`` is shown only where it is ``new``."""

    tenant: Tenant
    access_key: str
    secret_key: str = field(repr=False)
    new: bool = True


class TenantProvisioning:
    """Everything an operator does for one tenant; ``dry_run`` collects ``planned`` and changes nothing."""

    def __init__(
        self, workspace: Workspace, tenant: str, *, paste: Paste | None = None, dry_run: bool = False
    ) -> None:
        self._workspace = workspace
        self.tenant = check_tenant_id(tenant)
        self._paste, self._dry_run = paste, dry_run
        self.planned: list[str] = []

    @contextmanager
    def at(self, backend_id: str) -> Iterator[Minting]:
        """The tenant at one backend. Raises UsageError where nobody said how users are made there."""
        provisioner = open_provisioner(self._workspace, backend_id, paste=self._paste, dry_run=self._dry_run)
        with closing(provisioner):
            yield Minting(self._workspace, self.tenant, backend_id, provisioner)
            self.planned += provisioner.planned

    def provision(
        self,
        backends: Sequence[str],
        policy: TenantPolicy | None,
        *,
        adopt: bool = False,
        quota: Quota | None = None,
        register: bool = True,
    ) -> tuple[list[Minted], Registered | None]:
        """Mint at every backend, then register. Raises HalfDone where it stops after something was made.

        What ``policy`` does not name stays as the server has it.
        """
        with suppress(ServerUnreachable):  # registering will say so, and what exists by then
            policy = self._merged(policy)
        self.check_policy(backends, policy)
        minted: list[Minted] = []
        try:
            for backend_id in backends:
                with self.at(backend_id) as minting:
                    minted.append(minting.mint(adopt=adopt, quota=quota))
            return minted, self.register(policy) if register else None
        except SecingestError as error:
            exists = [] if self._dry_run else self.exists()
            if not exists:
                raise
            raise HalfDone(error, exists, self.tenant) from None

    def check_policy(self, backends: Sequence[str], policy: TenantPolicy | None) -> None:
        """Raise UsageError where a backend lies outside the policy: before anything is made."""
        if policy is None:
            return
        for backend_id in backends:
            backend = self._workspace.backend(backend_id)
            if not residency_allows(policy.residency, backend.country):
                raise UsageError(
                    f"Backend {backend_id} is in {backend.country or 'an unknown country'}, outside the "
                    f"residency {policy.residency}.",
                    hint="Choose a backend within the residency, see: secingest backends list",
                    field="--backend",
                )
            if policy.allowed_backends is not None and backend_id not in policy.allowed_backends:
                raise UsageError(
                    f"Backend {backend_id} is not among the allowed ones: "
                    f"{', '.join(policy.allowed_backends)}.",
                    field="--allowed-backend",
                )
        for key_id in policy.recovery_recipients:
            self._workspace.keyring.recipient(key_id)

    def register(self, policy: TenantPolicy | None) -> Registered:
        """Policy and SigV4 credential at the metadata server; the credential is kept here first.

        ``policy`` replaces the one that is there; None leaves it. Raises ServerRefused, ServerUnreachable.
        """
        admin = self._workspace.admin()
        tenant = admin.tenant(self.tenant)
        if policy is not None or tenant is None:
            policy = policy or TenantPolicy()
            wanted = tenant_request(self.tenant, policy, name=tenant.name if tenant else None)
            if tenant is None or wanted != TenantRequest(
                **tenant.model_dump(include=wanted.model_fields_set)
            ):
                tenant = self._change(Tenant, tenant_creation(wanted)) or _unsaved(wanted)
            if not self._dry_run:
                record = load_record(self._workspace.home, self.tenant)
                record.policy = policy
                save_record(self._workspace.home, record)
        kept = self._workspace.credentials.get(tenant_entry(self.tenant))
        held = kept or _new_credential()
        if kept is None and not self._dry_run:
            self._workspace.credentials.set(tenant_entry(self.tenant), held)
            self._workspace.forget(self.tenant)
        new = held.access_key not in {item.access_key for item in admin.credentials(self.tenant)}
        if new:
            request = CredentialRequest(
                tenant_id=self.tenant,
                access_key=held.access_key,
                secret_key=held.secret_key,
                label="secingest provision",
            )
            made_here = () if kept is not None else (held.access_key,)
            self._change(NewCredential, credential_creation(request), made_here)
        if not self._dry_run:
            record = load_record(self._workspace.home, self.tenant)
            record.sigv4_access_key = held.access_key
            save_record(self._workspace.home, record)
            self._workspace.tenant(self.tenant).own_policy(self.tenant)  # signed: it works, or says why not
        return Registered(tenant, held.access_key, held.secret_key, new)

    def _change(
        self, model: type[Model], request: ServerRequest, made_here: Sequence[str] = ()
    ) -> Model | None:
        """Send the request; with ``dry_run`` write that very request down instead, and answer None."""
        if self._dry_run:
            self.planned.append(request.shown(made_here))
            return None
        return self._workspace.admin().change(model, request)

    def _merged(self, policy: TenantPolicy | None) -> TenantPolicy | None:
        """``policy`` with what it does not name taken from what the server and this side have."""
        tenant = self._workspace.admin().tenant(self.tenant)
        if tenant is None:
            return policy
        kept = load_record(self._workspace.home, self.tenant).policy
        allowed = tenant.allowed_backends
        known = TenantPolicy(
            residency=tenant.residency,
            replicas=tenant.replicas,
            allowed_backends=tuple(allowed) if allowed is not None else None,
            quotas=tenant.quotas,
            recovery_recipients=kept.recovery_recipients if kept is not None else (),
        )
        if policy is None:
            return known
        return known.model_copy(update={name: getattr(policy, name) for name in policy.model_fields_set})

    def set_server_credential(self, status: str) -> str:
        """Make this profile's SigV4 credential of the tenant "active" or "disabled"; says what was done."""
        held = self._workspace.credentials.get(tenant_entry(self.tenant))
        if held is None:
            return "server: no credential of this tenant is in this profile"
        change = CredentialChange(status="active" if status == "active" else "disabled")
        self._change(credentials.Credential, credential_change(held.access_key, change))
        return f"server: SigV4 credential {held.access_key} {status}"

    def backends(self) -> list[str]:
        """Where this profile made or adopted a user of the tenant."""
        return sorted(load_record(self._workspace.home, self.tenant).minted)

    def exists(self) -> list[str]:
        """What there is now, by the providers and the server themselves."""
        lines = []
        for backend_id in self.backends():
            lines += self._look(backend_id)
        try:
            admin = self._workspace.admin()
            if admin.tenant(self.tenant) is not None:
                lines.append(f"server: tenant {self.tenant}")
                lines += [
                    f"server: SigV4 credential {item.access_key}, {item.status}"
                    for item in admin.credentials(self.tenant)
                ]
        except SecingestError as error:
            lines.append(f"server: cannot be asked: {error.message}")
        return lines

    def roll_back(self) -> list[str]:
        """Take back users, keys and the credential; says what. The tenant's name stays at the server.

        Raises HalfDone where a provider refuses, for one because the user still owns buckets.
        """
        done: list[str] = []
        failed: SecingestError | None = None
        for backend_id in self.backends():
            try:
                with self.at(backend_id) as minting:
                    done.append(minting.remove())
            except SecingestError as error:
                failed = failed or error
        try:
            done.append(self._remove_registration())
        except SecingestError as error:
            failed = failed or error
        if failed is not None:
            raise HalfDone(failed, self.exists(), self.tenant)
        if not self._dry_run:
            remove_record(self._workspace.home, self.tenant)
        return done

    def _remove_registration(self) -> str:
        try:
            said = self.set_server_credential("disabled")
        except ServerRefused as error:
            if error.status != 404:
                raise
            said = "server: the SigV4 credential was never registered"
        if not self._dry_run:
            self._workspace.credentials.remove(tenant_entry(self.tenant))
            self._workspace.forget(self.tenant)
        return said

    def _look(self, backend_id: str) -> list[str]:
        try:
            with self.at(backend_id) as minting:
                found = minting.find()
        except SecingestError as error:
            return [f"{backend_id}: cannot be asked: {error.message}"]
        if found is None:
            return []
        state = ", suspended" if found.suspended else ""
        return [f"{backend_id}: user {found.name} with keys {', '.join(found.access_keys) or 'none'}{state}"]


def tenant_request(tenant: str, policy: TenantPolicy, *, name: str | None = None) -> TenantRequest:
    """The part of the policy that the metadata server enforces; ``name`` is the tenant's for people."""
    allowed = list(policy.allowed_backends) if policy.allowed_backends is not None else None
    return TenantRequest(
        id=tenant,
        name=name,
        residency=policy.residency,
        replicas=policy.replicas,
        allowed_backends=allowed,
        quotas=policy.quotas,
    )


def _unsaved(request: TenantRequest) -> Tenant:
    now = datetime.now(UTC)
    return Tenant(**request.model_dump(), created_at=now, updated_at=now)


def _new_credential() -> Credential:
    """As the server itself would make one; made here, so that a lost answer loses nothing."""
    return Credential("SI" + "".join(secrets.choice(_ALPHABET) for _ in range(18)), secrets.token_urlsafe(30))


Act = Callable[[Minting], object]


def at_each(provisioning: TenantProvisioning, backends: Sequence[str], act: Act) -> list[str]:
    """Do the same at several backends; those that could not are in one HalfDone at the end."""
    done: list[str] = []
    failed: SecingestError | None = None
    for backend_id in backends:
        try:
            with provisioning.at(backend_id) as minting:
                act(minting)
            done.append(backend_id)
        except SecingestError as error:
            failed = failed or error
    if failed is not None and done:
        raise HalfDone(failed, [f"done at {name}" for name in done], provisioning.tenant)
    if failed is not None:
        raise failed
    return done
