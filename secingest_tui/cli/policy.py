"""Options of a tenant's policy and quota, as several commands take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from secingest_tui.services.provisioning.base import Quota
    from secingest_tui.services.provisioning.record import TenantPolicy

_POLICY = (
    click.option("--residency", metavar="FI", help="Where data may lie: a country, a list, EU, EEA or ANY."),
    click.option("--replicas", type=click.IntRange(1, 16), help="Copies, the first included."),
    click.option("--allowed-backend", "allowed_backends", multiple=True, metavar="B",
                 help="Only these may hold the tenant's data; repeatable."),
    click.option("--recovery-recipient", "recovery_recipients", multiple=True, metavar="KEY_ID",
                 help="What is uploaded for the tenant is sealed for this key too; repeatable."),
)  # fmt: skip
_QUOTA = (
    click.option("--quota-bytes", metavar="SIZE", help="Most ciphertext in all, as 500GiB."),
    click.option("--quota-objects", type=click.IntRange(0), metavar="N", help="Most objects in all."),
)


def policy_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --residency, --replicas, --allowed-backend, --recovery-recipient."""
    for option in reversed(_POLICY):
        command = option(command)
    return command


def quota_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --quota-bytes and --quota-objects."""
    for option in reversed(_QUOTA):
        command = option(command)
    return command


def quota_from(given: Mapping[str, Any]) -> Quota:
    """The quota that was asked for. Raises UsageError."""
    from secingest_tui.errors import UsageError
    from secingest_tui.models.naming import parse_bytes
    from secingest_tui.services.provisioning.base import Quota

    size = None
    if given["quota_bytes"] is not None:
        size = parse_bytes(given["quota_bytes"])
        if size is None or "/" in given["quota_bytes"]:
            raise UsageError(
                f"{given['quota_bytes']!r} is no size: bytes, as in 500GiB or 2TB.", field="--quota-bytes"
            )
    return Quota(size, given["quota_objects"])


def policy_from(given: Mapping[str, Any], quota: Quota) -> TenantPolicy | None:
    """The policy that was asked for; None where nothing of it was. Raises UsageError."""
    from backend_stub.contract.tenants import Quotas
    from secingest_tui.config import parse
    from secingest_tui.services.provisioning.record import TenantPolicy
    from secingest_tui.services.tenants import check_residency

    names = ("residency", "replicas", "allowed_backends", "recovery_recipients")
    asked: dict[str, Any] = {name: given[name] for name in names if given[name]}
    if not asked and not quota:
        return None
    if "residency" in asked:
        check_residency(asked["residency"])
    if quota:
        asked["quotas"] = Quotas(objects=quota.objects, bytes=quota.bytes)
    return parse(TenantPolicy, asked, "policy")
