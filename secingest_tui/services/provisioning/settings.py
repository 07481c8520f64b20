"""Which way in a backend has: ``provisioning/BACKEND.toml``, written by the program, without a secret.

The operator's key at the provider is the credential ``provisioner/BACKEND`` of this profile.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field

from secingest_tui.config import parse
from secingest_tui.errors import UsageError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.services.credentials import Credential, provisioner_entry
from secingest_tui.services.provisioning.base import Provisioner
from secingest_tui.services.provisioning.portal import Paste, Portal
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage.settings import S3Settings

Kind = Literal["radosgw-admin", "admin-ops", "iam", "minio", "portal"]
KINDS: dict[Kind, str] = {
    "radosgw-admin": "Ceph by its command, here or through ssh or a container",
    "admin-ops": "Ceph RGW by its Admin Operations API",
    "iam": "an AWS-compatible IAM API: SeaweedFS, AWS, RGW where it has it",
    "minio": "MinIO by its admin API",
    "portal": "by hand: paste what the provider's portal gave you",
}
NEEDS_KEY: frozenset[Kind] = frozenset({"admin-ops", "iam", "minio"})


class ProvisionerSettings(BaseModel):
    """``command`` is for radosgw-admin; ``endpoint`` and ``region`` where they differ from the backend's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    command: tuple[str, ...] = Field(default=("radosgw-admin",), min_length=1)
    endpoint: str | None = Field(default=None, pattern=r"^https?://[^/@?#\s]+$")
    region: str | None = None


def load_settings(workspace: Workspace, backend_id: str) -> ProvisionerSettings:
    """How the backend is provisioned. Raises UsageError where nobody said."""
    path = _file(workspace, backend_id)
    if not path.exists():
        if _embedded(workspace, backend_id):
            return ProvisionerSettings(kind="iam")
        raise UsageError(
            f"Nobody said how users are made at backend {backend_id}.",
            hint=f"Say it: secingest provision connect {backend_id} --with KIND (portal: by hand)",
            field="--backend",
        )
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}", hint="Connect the backend again.") from None
    return parse(ProvisionerSettings, data, str(path))


def connected(workspace: Workspace, backend_id: str) -> bool:
    """Whether the backend has a way in."""
    return _embedded(workspace, backend_id) or _file(workspace, backend_id).exists()


def by_hand(workspace: Workspace, backend_id: str) -> bool:
    """Whether its keys come from a portal, so that a person has to paste them."""
    return connected(workspace, backend_id) and load_settings(workspace, backend_id).kind == "portal"


def save_settings(workspace: Workspace, backend_id: str, settings: ProvisionerSettings) -> None:
    """Write it, replacing what was said before."""
    private_dir(_file(workspace, backend_id).parent)
    data = settings.model_dump(mode="json", exclude_none=True)
    write_atomic(_file(workspace, backend_id), tomli_w.dumps(data).encode())


def open_provisioner(
    workspace: Workspace, backend_id: str, *, paste: Paste | None = None, dry_run: bool = False
) -> Provisioner:
    """The way in of a backend; nothing is asked before it is used. Raises UsageError."""
    return make_provisioner(
        workspace, backend_id, load_settings(workspace, backend_id), paste=paste, dry_run=dry_run
    )


def make_provisioner(
    workspace: Workspace,
    backend_id: str,
    settings: ProvisionerSettings,
    *,
    key: Credential | None = None,
    paste: Paste | None = None,
    dry_run: bool = False,
) -> Provisioner:
    """As ``open_provisioner`` with ``settings`` (and the operator's ``key``) that are not saved yet."""
    backend = workspace.backend(backend_id)
    if settings.kind == "radosgw-admin":
        from secingest_tui.services.provisioning.radosgw_admin import RadosgwAdmin

        return RadosgwAdmin(settings.command, dry_run=dry_run)
    if settings.kind == "portal":
        return Portal(
            backend.id, paste or _nobody_to_ask, lambda: _pasted(workspace, backend_id), dry_run=dry_run
        )
    operator = operator_settings(workspace, backend_id, settings, key)
    if settings.kind == "iam":
        from secingest_tui.services.provisioning.iam import Iam

        return Iam(operator, dry_run=dry_run)
    if settings.kind == "minio":
        from secingest_tui.services.provisioning.minio import Minio

        return Minio(operator, dry_run=dry_run)
    from secingest_tui.services.provisioning.admin_ops import AdminOps

    return AdminOps(
        operator.endpoint or "",
        Credential(operator.access_key or "", operator.secret_key or ""),
        ca_file=operator.ca_file,
        dry_run=dry_run,
    )


def has_operator_key(workspace: Workspace, backend_id: str) -> bool:
    """Whether ``operator_key`` has one; no secret is read."""
    return _embedded(workspace, backend_id) or provisioner_entry(backend_id) in workspace.credentials.names()


def operator_key(workspace: Workspace, backend_id: str) -> Credential | None:
    """The operator's own key at the provider: the embedded store's, or the one it was connected with."""
    if _embedded(workspace, backend_id):
        operator = workspace.stack.operator
        return Credential(operator.access_key or "", operator.secret_key or "")
    return workspace.credentials.get(provisioner_entry(backend_id))


def operator_settings(
    workspace: Workspace, backend_id: str, settings: ProvisionerSettings, key: Credential | None = None
) -> S3Settings:
    """The operator's own identity at the provider. Raises UsageError where this profile has none."""
    if _embedded(workspace, backend_id) and key is None:
        return workspace.stack.operator
    backend = workspace.backend(backend_id)
    key = key or workspace.credentials.get(provisioner_entry(backend_id))
    if key is None:
        raise UsageError(
            f"The operator's key for backend {backend_id} is not in this profile.",
            hint=f"Connect again: secingest provision connect {backend_id} --with {settings.kind}",
            field="--access-key",
        )
    return S3Settings(
        settings.endpoint or backend.endpoint,
        settings.region or backend.region,
        backend.addressing,
        key.access_key,
        key.secret_key,
        ca_file=backend.ca_file,
        checksums=backend.checksums,
    )


def _pasted(workspace: Workspace, backend_id: str) -> list[tuple[str, str]]:
    from secingest_tui.embedded.tenants import user_name

    prefix = f"backend/{backend_id}/tenant/"
    held = []
    for name in workspace.credentials.names():
        credential = workspace.credentials.get(name) if name.startswith(prefix) else None
        if credential is not None:
            held.append((user_name(name.removeprefix(prefix)), credential.access_key))
    return held


def _nobody_to_ask(user: str) -> Credential:
    raise UsageError(
        "This backend's keys come from its provider's portal, and nobody can be asked here.",
        hint="Give --access-key AK --secret-key-file FILE with what the portal showed.",
        field="--access-key",
    )


def _embedded(workspace: Workspace, backend_id: str) -> bool:
    return workspace.embedded and any(own.id == backend_id for own in workspace.stack.backends)


def _file(workspace: Workspace, backend_id: str) -> Path:
    return workspace.home.root / "provisioning" / f"{workspace.backend(backend_id).id}.toml"
