"""What the person at this profile may do: the server says so, the configuration may only take away."""

from __future__ import annotations

from contextlib import suppress

from secingest_tui.errors import SecingestError
from secingest_tui.models.session import Role
from secingest_tui.services.workspace import Workspace

_ORDER = [Role.OPERATOR, Role.TENANT, Role.AUDITOR]


class Roles:
    """One profile's role. What the server answered about a credential holds as long as this object."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._answers: dict[str, Role] = {}

    def current(self) -> Role:
        """The role of the credentials here, or the lesser one that the configuration asks for.

        Only a tenant's own credential changes anything, so every other one gives an auditor's screens. Asks
        the server about a credential it was not asked about yet; one that cannot be asked takes nothing away,
        since without the server nothing can be changed there either, and is asked about again next time.
        """
        wanted = self._workspace.config.screens.role
        return max(self._allowed(), Role(wanted) if wanted else Role.OPERATOR, key=_ORDER.index)

    def _allowed(self) -> Role:
        if self._workspace.has_admin:
            return Role.OPERATOR
        tenants = self._workspace.known_tenants()
        for tenant in tenants:
            if tenant not in self._answers:
                with suppress(SecingestError):
                    kind = self._workspace.tenant(tenant).identity().role
                    self._answers[tenant] = Role.TENANT if kind == "tenant" else Role.AUDITOR
        found = [self._answers.get(tenant, Role.TENANT) for tenant in tenants]
        return min(found, key=_ORDER.index, default=Role.TENANT)
