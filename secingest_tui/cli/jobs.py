"""``secingest jobs``: replication jobs."""

from __future__ import annotations

from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option
from secingest_tui.cli.output import json_option, print_record, print_rows


@click.group()
def jobs() -> None:
    """Replication jobs at the metadata server."""


@jobs.command("list")
@tenant_option
@click.option("--state", type=click.Choice(
    ["queued", "leased", "retrying", "succeeded", "dead", "cancelled", "blocked"]))  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 1000), default=200, show_default=True)
@json_option
def list_(tenant: str | None, state: str | None, limit: int, as_json: bool) -> None:
    """List jobs, the newest first."""
    with open_workspace() as workspace:
        page = workspace.tenant(workspace.tenant_id(tenant)).jobs(state=state, limit=limit)
        rows = [
            {
                "id": job.id,
                "state": job.state,
                "object_key": job.object_key,
                "version": job.version,
                "source": job.source,
                "target": job.target,
                "attempts": f"{job.attempts}/{job.max_attempts}",
                "reason": job.reason,
            }
            for job in page.items
        ]
        print_rows(rows, as_json=as_json, empty="No jobs. They come from --target and from replica policy.")
        if page.next:
            say(f"{limit} shown, there are more.")


@jobs.command()
@click.argument("job_id")
@tenant_option
@json_option
def show(job_id: str, tenant: str | None, as_json: bool) -> None:
    """Show one job and every attempt."""
    _print(job_id, tenant, as_json, "job")


@jobs.command()
@click.argument("job_id")
@tenant_option
@json_option
def retry(job_id: str, tenant: str | None, as_json: bool) -> None:
    """Let a job run again now."""
    _print(job_id, tenant, as_json, "retry_job")


@jobs.command()
@click.argument("job_id")
@tenant_option
@json_option
def cancel(job_id: str, tenant: str | None, as_json: bool) -> None:
    """Cancel a job; a copy under way stops at its next report."""
    _print(job_id, tenant, as_json, "cancel_job")


def _print(job_id: str, tenant: str | None, as_json: bool, call: str) -> None:
    with open_workspace() as workspace:
        client: Any = workspace.tenant(workspace.tenant_id(tenant))
        print_record(getattr(client, call)(job_id).model_dump(mode="json"), as_json=as_json)
