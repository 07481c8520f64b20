"""``secingest jobs``: replication jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option
from secingest_tui.cli.output import json_option, print_record, print_rows

if TYPE_CHECKING:
    from backend_stub.contract.jobs import Job
    from secingest_tui.metadata import AdminClient, TenantClient
    from secingest_tui.services.workspace import Workspace

STATES = ["queued", "leased", "retrying", "succeeded", "dead", "cancelled", "blocked"]
state_option = click.option("--state", type=click.Choice(STATES))
backend_option = click.option("--backend", metavar="B", help="Jobs from or to this backend.")
search_option = click.option("--search", metavar="TEXT", help="Jobs whose object key contains this.")
cause_option = click.option("--cause", metavar="CODE", help="Jobs that failed so: see jobs causes.")


@click.group()
def jobs() -> None:
    """Replication jobs at the metadata server."""


@jobs.command("list")
@tenant_option
@state_option
@backend_option
@search_option
@cause_option
@click.option("--paused", is_flag=True, help="Only paused ones.")
@click.option("--sort", type=click.Choice(["newest", "oldest", "changed", "priority"]),
              default="newest", show_default=True)  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 1000), default=200, show_default=True)
@json_option
def list_(
    tenant: str | None,
    state: str | None,
    backend: str | None,
    search: str | None,
    cause: str | None,
    paused: bool,
    sort: str,
    limit: int,
    as_json: bool,
) -> None:
    """List jobs, the newest first."""
    with open_workspace() as workspace:
        page = reader(workspace, tenant).jobs(
            tenant=tenant, state=state, backend=backend, search=search, cause=cause,
            paused="true" if paused else None, sort=sort, limit=limit,
        )  # fmt: skip
        rows = [_row(job) for job in page.items]
        print_rows(rows, as_json=as_json, empty="No jobs. They come from --target and from replica policy.")
        if page.next:
            say(f"{limit} shown, there are more.")


def _row(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": f"{job.state}, paused" if job.paused_at else job.state,
        "kind": job.kind,
        "object_key": job.object_key,
        "version": job.version,
        "source": job.source,
        "target": job.target,
        "priority": job.priority,
        "attempts": f"{job.attempts}/{job.max_attempts}",
        "cause": job.cause,
        "reason": job.reason,
    }


def reader(workspace: Workspace, tenant: str | None) -> AdminClient | TenantClient:
    """The operator's view where this profile has it, else the tenant's."""
    return workspace.admin() if workspace.has_admin else workspace.tenant(workspace.tenant_id(tenant))


@jobs.command()
@tenant_option
@click.option("--state", type=click.Choice(["dead", "blocked", "retrying"]), help="Only these.")
@json_option
def causes(tenant: str | None, state: str | None, as_json: bool) -> None:
    """Dead letters and other failures, grouped by cause and target, the largest group first."""
    with open_workspace() as workspace:
        groups = reader(workspace, tenant).job_causes(tenant=tenant, state=state)
        print_rows(
            [group.model_dump(mode="json") for group in groups],
            as_json=as_json,
            empty="No job has failed.",
        )


@jobs.command()
@tenant_option
@json_option
def totals(tenant: str | None, as_json: bool) -> None:
    """Jobs by state, the age of the oldest that waits, and what was copied so far."""
    with open_workspace() as workspace:
        found = reader(workspace, tenant).job_totals(tenant)
        print_record(found.model_dump(mode="json"), as_json=as_json)


@jobs.command()
@click.argument("job_id")
@tenant_option
@json_option
def show(job_id: str, tenant: str | None, as_json: bool) -> None:
    """Show one job and every attempt."""
    with open_workspace() as workspace:
        found = reader(workspace, tenant).job(job_id).model_dump(mode="json")
        if as_json:
            print_record(found, as_json=True)
            return
        history = found.pop("history")
        print_record(found, as_json=False)
        print_rows(history, as_json=False, empty="No worker has had it yet.")


def _steering(name: str, text: str) -> click.Command:
    """A command that does one thing to the jobs named, or to all that match."""

    @click.argument("job_ids", nargs=-1, metavar="[JOB_ID]...")
    @tenant_option
    @state_option
    @backend_option
    @search_option
    @cause_option
    @click.option("--all", "everything", is_flag=True, help="All jobs that match the options.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @json_option
    def command(**given: Any) -> int:
        return _steer(name, None, given)

    command.__doc__ = text
    return click.command(name)(command)


for _name, _text in {
    "retry": "Let jobs run again now, with all their attempts.",
    "cancel": "Cancel jobs; a copy under way stops at its next report.",
    "pause": "Keep jobs from every worker until they are resumed.",
    "resume": "Let paused jobs run again.",
}.items():
    jobs.add_command(_steering(_name, _text))


@jobs.command()
@click.argument("priority", type=click.IntRange(-100, 100))
@click.argument("job_ids", nargs=-1, metavar="[JOB_ID]...")
@tenant_option
@state_option
@backend_option
@search_option
@cause_option
@click.option("--all", "everything", is_flag=True, help="All jobs that match the options.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def prioritise(priority: int, **given: Any) -> int:
    """Set the PRIORITY of jobs, -100 to 100: the greatest is copied first."""
    return _steer("prioritise", priority, given)


def _steer(action: str, priority: int | None, given: dict[str, Any]) -> int:
    from backend_stub.contract.jobs import JobFilter
    from secingest_tui.services.replication.steering import change_all, change_named

    if bool(given["job_ids"]) == given["everything"]:
        raise click.UsageError("Name jobs by their ids, or all that match with --all.")
    with open_workspace() as workspace:
        client = reader(workspace, given["tenant"])
        if given["everything"]:
            wanted = JobFilter(
                **{name: given[name] for name in ("tenant", "state", "backend", "search", "cause")}
            )
            if not given["yes"]:
                conditions = wanted.model_dump(exclude_none=True).items()
                named = ", ".join(f"{key} {value}" for key, value in conditions) or "every one"
                click.confirm(f"{action.capitalize()} all jobs ({named})?", abort=True)
            done = change_all(client, action, wanted, priority=priority)
        elif len(given["job_ids"]) == 1 and priority is None:
            job = getattr(client, f"{action}_job")(given["job_ids"][0])
            print_record(job.model_dump(mode="json"), as_json=given["as_json"])
            return 0
        else:
            done = change_named(client, action, list(given["job_ids"]), priority=priority)
        told = {"action": action, "changed": done.changed, "skipped": done.skipped}
        print_record(told, as_json=given["as_json"])
        return 0 if done.changed or not given["job_ids"] else 1
