"""Which version of an object, and where its copies are: the server's word, held against our own receipts."""

from __future__ import annotations

from dataclasses import dataclass

from backend_stub.contract.locations import split_s3_url
from backend_stub.contract.objects import ObjectRecord
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.metadata import ServerRefused
from secingest_tui.services.receipts import ReceiptStore
from secingest_tui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy at a provider."""

    backend: str
    bucket: str
    key: str
    version_id: str | None


@dataclass(frozen=True, slots=True)
class Located:
    """The record of the version to restore, and its copies in the order to try them."""

    tenant: str
    record: ObjectRecord
    copies: tuple[Copy, ...]


def locate(
    workspace: Workspace, object_key: str, *, version: str | None = None, backend: str | None = None
) -> Located:
    """Find an object through the server. The tenant is the key's first segment.

    Without ``version`` the newest is taken, and refused where our own receipts know a newer one: a
    server that answers with an old version may be replaying it. Raises UsageError or SecingestError.
    """
    tenant = object_key.split("/", 1)[0]
    client = workspace.tenant(tenant)
    try:
        records = client.versions(object_key).versions
    except ServerRefused as error:
        if error.status == 404:
            raise UsageError(
                f"No object {object_key} is registered.",
                hint=f"See: secingest objects list --tenant {tenant}",
            ) from None
        raise
    if version is None:
        active = [record for record in records if record.state == "active"]
        if not active:
            raise UsageError(
                f"Every version of {object_key} was deleted.", hint="Name one with --object-version."
            )
        record = active[0]
        _refuse_rollback(workspace, record, {item.version for item in records})
    else:
        found = [record for record in records if record.version == version]
        if not found:
            known = ", ".join(record.version for record in records[:10])
            raise UsageError(
                f"{object_key} has no version {version}; it has: {known}.", field="--object-version"
            )
        record = found[0]
    return Located(tenant, record, copies_of(record, backend))


def _refuse_rollback(workspace: Workspace, record: ObjectRecord, listed: set[str]) -> None:
    newest = next(iter(ReceiptStore(workspace.home.receipts_dir).versions(record.object_key)), None)
    if newest is not None and newest["version"] not in listed:
        raise SecingestError(
            f"The server offers version {record.version} of {record.object_key}, and does not know version "
            f"{newest['version']}, for which there is a receipt here.",
            hint="Ask the server's operator; to restore the older one all the same, name it with "
            "--object-version.",
        )


def copies_of(record: ObjectRecord, backend: str | None = None) -> tuple[Copy, ...]:
    """Where a recorded version lies, or only its copy on ``backend``; UsageError where it has none there."""
    found = []
    for replica in record.replicas:
        bucket, key = split_s3_url(replica.url)
        found.append(Copy(replica.backend, bucket, key or record.object_key, replica.version_id))
    if backend is None:
        return tuple(found)
    chosen = tuple(copy for copy in found if copy.backend == backend)
    if not chosen:
        raise UsageError(
            f"{record.object_key} {record.version} has no copy on backend {backend}; it is on: "
            f"{', '.join(copy.backend for copy in found)}.",
            field="--backend",
        )
    return chosen
