"""``secingest replication``: what holds leases back, and how backends do."""

from __future__ import annotations

from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option
from secingest_tui.cli.jobs import reader
from secingest_tui.cli.output import json_option, print_record, print_rows


@click.group()
def replication() -> None:
    """Replication as a whole: health of backends, pauses, limits, circuit breakers."""


@replication.command()
@tenant_option
@json_option
def health(tenant: str | None, as_json: bool) -> None:
    """Show every backend: breaker, pause, limits, jobs under way and waiting, copies, failures."""
    with open_workspace() as workspace:
        rows = [item.model_dump(mode="json") for item in reader(workspace, tenant).backend_health()]
        if not as_json:
            shown = ("backend", "breaker", "paused", "leased", "waiting", "max_concurrent",
                     "max_bytes_per_second", "copied_objects", "failures", "last_error")  # fmt: skip
            rows = [{name: row[name] for name in shown} for row in rows]
        print_rows(rows, as_json=as_json, empty="No backends yet. Add one: secingest backends add B")


@replication.command()
@click.option("--backend", metavar="B", help="Pause this backend, for every tenant (operators).")
@tenant_option
@click.option("--reason", metavar="TEXT", help="Why, for whoever looks.")
@json_option
def pause(backend: str | None, tenant: str | None, reason: str | None, as_json: bool) -> None:
    """Lease no job of a backend or of a tenant; copies under way end as they would."""
    _set(backend, tenant, as_json, paused=True, reason=reason)


@replication.command()
@click.option("--backend", metavar="B", help="Resume this backend (operators).")
@tenant_option
@json_option
def resume(backend: str | None, tenant: str | None, as_json: bool) -> None:
    """Go on with a paused backend or tenant."""
    _set(backend, tenant, as_json, paused=False, reason=None)


@replication.command()
@click.argument("backend")
@click.option("--concurrent", metavar="N", help="Most copies at once, from or to it; none: no limit.")
@click.option("--bandwidth", metavar="RATE", help="Together, as 10MiB a second; none: no limit.")
@json_option
def limit(backend: str, concurrent: str | None, bandwidth: str | None, as_json: bool) -> None:
    """Limit how many copies, and how fast, go from or to BACKEND at once, over all workers (operators)."""
    from secingest_tui.services.upload.limit import parse_rate

    change: dict[str, Any] = {}
    if concurrent is not None:
        if concurrent != "none" and not (concurrent.isdigit() and 1 <= int(concurrent) <= 10_000):
            raise click.UsageError("--concurrent is a number from 1 to 10000, or none.")
        change["max_concurrent"] = None if concurrent == "none" else int(concurrent)
    if bandwidth is not None:
        change["max_bytes_per_second"] = None if bandwidth == "none" else parse_rate(bandwidth)
    if not change:
        raise click.UsageError("Give --concurrent, --bandwidth or both.")
    with open_workspace() as workspace:
        found = workspace.admin().control_backend(backend, **change)
        print_record(found.model_dump(mode="json"), as_json=as_json)


@replication.command("close-breaker")
@click.argument("backend")
@json_option
def close_breaker(backend: str, as_json: bool) -> None:
    """Try BACKEND again now, without waiting for its circuit breaker (operators)."""
    with open_workspace() as workspace:
        found = workspace.admin().control_backend(backend, reset=True)
        print_record(found.model_dump(mode="json"), as_json=as_json)


@replication.command()
@click.argument("tenant", metavar="TENANT")
@click.argument("policy", type=click.Choice(["keep", "replicate"]))
@json_option
def tombstones(tenant: str, policy: str, as_json: bool) -> None:
    """Say what becomes of the copies of TENANT's deleted objects (operators).

    keep: they stay at the providers. replicate: workers remove them; in a versioned bucket a delete marker is
    set, and versions under object lock stay. A worker does so only where its own configuration says it too:
    tombstones = "replicate" under [tenants.TENANT] of its config.toml.
    """
    from backend_stub.contract.tenants import TenantRequest
    from secingest_tui.errors import UsageError

    with open_workspace() as workspace:
        admin = workspace.admin()
        found = admin.tenant(tenant)
        if found is None:
            raise UsageError(
                f"There is no tenant {tenant}.", hint="See: secingest tenant list", field="TENANT"
            )
        fields = found.model_dump(include=set(TenantRequest.model_fields)) | {"tombstones": policy}
        changed = admin.create_tenant(TenantRequest.model_validate(fields))
        print_record(changed.model_dump(mode="json"), as_json=as_json)
        own = workspace.config.tenants.get(tenant)
        if policy == "replicate" and (own is None or own.tombstones != policy):
            say(f'Workers remove copies only with tombstones = "replicate" under [tenants.{tenant}] of their')
            say("own config.toml; this profile's does not say so.")


@replication.command("worker-credential")
@click.argument("tenants", nargs=-1, required=True, metavar="TENANT...")
@click.option("--label", metavar="TEXT", help="What it is for, as in worker-site-a.")
@json_option
def worker_credential(tenants: tuple[str, ...], label: str | None, as_json: bool) -> None:
    """Make a worker's credential for one TENANT or several (operators); its secret is shown once, here.

    It reads, and leases and ends jobs of these tenants, and nothing else. On the worker's machine, store it
    as server/tenant/T with T the first TENANT.
    """
    from backend_stub.contract.credentials import CredentialRequest

    with open_workspace() as workspace:
        request = CredentialRequest(
            tenant_id=tenants[0], role="worker", tenants=list(tenants[1:]), label=label
        )
        made = workspace.admin().create_credential(request)
        print_record(
            {
                "tenants": list(tenants),
                "role": "worker",
                "access_key": made.access_key,
                "secret_key": made.secret_key,
                "server": workspace.server_url,
            },
            as_json=as_json,
        )
        say("This is the only time the secret is shown. On the worker's machine:")
        say(f"secingest credentials set server/tenant/{tenants[0]} --access-key {made.access_key}")


def _set(backend: str | None, tenant: str | None, as_json: bool, *, paused: bool, reason: str | None) -> None:
    if (backend is None) == (tenant is None):
        raise click.UsageError("Give --backend or --tenant, one of the two.")
    with open_workspace() as workspace:
        if backend is not None:
            change: dict[str, Any] = {"paused": paused} | ({"reason": reason} if reason else {})
            found: Any = workspace.admin().control_backend(backend, **change)
        else:
            assert tenant is not None
            found = reader(workspace, tenant).control_tenant(tenant, paused=paused, reason=reason)
        print_record(found.model_dump(mode="json"), as_json=as_json)
        say("Copies under way end as they would." if paused else "Resumed.")
