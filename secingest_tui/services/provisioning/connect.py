"""Saying how users are made at a backend: tried by listing them, and only then kept."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from secingest_tui.config import parse
from secingest_tui.errors import UsageError
from secingest_tui.services.credentials import Credential, provisioner_entry
from secingest_tui.services.provisioning.settings import (
    NEEDS_KEY,
    ProvisionerSettings,
    make_provisioner,
    save_settings,
)
from secingest_tui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Connected:
    """What was seen: where users are made, in words, and how many there are."""

    place: str
    users: int


def way_in(kind: str, *, command: str = "", endpoint: str = "", region: str = "") -> ProvisionerSettings:
    """From words as a person types them; what is empty is the default. Raises UsageError."""
    given: dict[str, object] = {"kind": kind, "endpoint": endpoint.strip(), "region": region.strip()}
    if command.strip():
        try:
            given["command"] = shlex.split(command)
        except ValueError as error:
            raise UsageError(f"The command cannot be read: {error}.", field="--command") from None
    return parse(ProvisionerSettings, {name: value for name, value in given.items() if value}, "connect")


def connect(
    workspace: Workspace,
    backend_id: str,
    way: ProvisionerSettings,
    key: Credential | None,
    *,
    before_keeping: Callable[[], object] = lambda: None,
) -> Connected:
    """Try ``way`` with the operator's ``key``, and keep both. Raises what the provider says; then nothing is
    kept. ``before_keeping`` is called once it worked."""
    if way.kind in NEEDS_KEY and key is None:
        raise UsageError(
            f"The way in {way.kind} needs the operator's own key at the provider.",
            hint="Give its access key and secret.",
            field="--access-key",
        )
    with closing(make_provisioner(workspace, backend_id, way, key=key)) as provisioner:
        users = len(provisioner.users())
    before_keeping()
    if key is not None:
        workspace.credentials.set(provisioner_entry(backend_id), key)
    save_settings(workspace, backend_id, way)
    return Connected(provisioner.place, users)
