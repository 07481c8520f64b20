"""Tenants at the providers, as the Provisioning screen sees them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from secingest_tui.embedded.tenants import user_name
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.models.naming import parse_bytes
from secingest_tui.models.provisioning import (
    ConnectRequest,
    ProviderAction,
    ProviderChange,
    ProviderUserView,
    SecretView,
)
from secingest_tui.services.credentials import Credential, backend_entry
from secingest_tui.services.provisioning import settings as way
from secingest_tui.services.provisioning.base import ProviderUser, Quota
from secingest_tui.services.provisioning.connect import connect, way_in
from secingest_tui.services.provisioning.mint import Minted, Minting
from secingest_tui.services.provisioning.record import recorded
from secingest_tui.services.provisioning.tenants import TenantProvisioning
from secingest_tui.services.workspace import Workspace

_PREFIX = "tenant-"


class ProvisioningSession:
    """Satisfies ``screens.onboarding.ports.ProvisioningService``."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._unshown: set[str] = set()
        """Credentials that were made before something failed: shown when it was gone on with."""

    def kinds(self) -> list[tuple[str, str]]:
        return list(way.KINDS.items())

    def connect(self, request: ConnectRequest) -> str:
        chosen = way_in(
            request.kind, command=request.command, endpoint=request.endpoint, region=request.region
        )
        key = Credential(request.access_key, request.secret_key) if request.access_key else None
        seen = connect(self._workspace, request.backend, chosen, key)
        return f"{request.backend}: {seen.place} answers, {seen.users} users"

    def users(self) -> list[ProviderUserView]:
        names = {user_name(tenant): tenant for tenant in recorded(self._workspace.home)}
        names |= {user_name(tenant): tenant for tenant in self._workspace.known_tenants()}
        rows: list[ProviderUserView] = []
        for backend_id in self._workspace.backends():
            if way.connected(self._workspace, backend_id):
                rows += self._users_at(backend_id, names)
        return rows

    def _users_at(self, backend_id: str, names: dict[str, str]) -> list[ProviderUserView]:
        try:
            with closing(way.open_provisioner(self._workspace, backend_id)) as provisioner:
                listed = [name for name in provisioner.users() if name in names or name.startswith(_PREFIX)]
                found = [user for user in map(provisioner.find, listed) if user is not None]
        except SecingestError as error:
            return [ProviderUserView(backend_id, "", problem=error.message, remedy=error.hint or "")]
        rows = []
        for user in found:
            tenant = names.get(user.name, user.name.removeprefix(_PREFIX))
            held = self._workspace.credentials.get(backend_entry(backend_id, tenant))
            rows.append(
                ProviderUserView(
                    backend_id, tenant, user.name, user.access_keys, held.access_key if held else "",
                    user.suspended, user.quota.bytes, user.quota.objects, limits=provisioner.has_quota,
                )
            )  # fmt: skip
        return rows

    def by_hand(self, backend: str) -> bool:
        return way.by_hand(self._workspace, backend)

    def foreign(self, change: ProviderChange) -> str:
        return self._name_of(change, Minting.foreign)

    def unfinished(self, change: ProviderChange) -> str:
        return self._name_of(change, Minting.unfinished)

    def _name_of(self, change: ProviderChange, ask: Callable[[Minting], ProviderUser | None]) -> str:
        with TenantProvisioning(self._workspace, change.tenant).at(change.backend) as minting:
            found = ask(minting)
        return found.name if found is not None else ""

    def plan(self, change: ProviderChange) -> tuple[str, ...]:
        provisioning = TenantProvisioning(self._workspace, change.tenant, dry_run=True)
        with provisioning.at(change.backend) as minting:
            _act(minting, change)
        return tuple(provisioning.planned)

    def act(self, change: ProviderChange) -> tuple[SecretView, ...]:
        key = Credential(*change.pasted) if change.pasted else None
        paste = None if key is None else (lambda _user: key)
        provisioning = TenantProvisioning(self._workspace, change.tenant, paste=paste)
        entry = backend_entry(change.backend, change.tenant)
        before = self._workspace.credentials.get(entry)
        try:
            with provisioning.at(change.backend) as minting:
                made = _act(minting, change)
        except SecingestError:
            if self._workspace.credentials.get(entry) not in (None, before, key):
                self._unshown.add(entry)
            raise
        shown = entry in self._unshown
        self._unshown.discard(entry)
        if made is None or not (made.new or shown):
            return ()
        return (SecretView(f"backend {made.backend}", made.access_key, made.secret_key),)


def _act(minting: Minting, change: ProviderChange) -> Minted | None:
    match change.action:
        case ProviderAction.MINT:
            return minting.mint(adopt=change.adopt)
        case ProviderAction.ROTATE:
            return minting.rotate()
        case ProviderAction.REVOKE:
            minting.revoke(change.value)
        case ProviderAction.SUSPEND:
            minting.suspend()
        case ProviderAction.RESUME:
            minting.resume()
        case ProviderAction.QUOTA:
            minting.set_quota(typed_quota(change.value))
        case ProviderAction.REMOVE:
            minting.remove()
    return None


def typed_quota(text: str) -> Quota:
    """A size as a person types it; nothing is no limit. Raises UsageError."""
    if not text.strip():
        return Quota()
    size = parse_bytes(text)
    if size is None or "/" in text:
        raise UsageError(f"{text!r} is no size: bytes, as in 500GiB or 2TB.", field="quota")
    return Quota(bytes=size)
