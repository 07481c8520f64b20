"""``secingest reconcile``: from policy to jobs."""

from __future__ import annotations

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option
from secingest_tui.cli.jobs import reader
from secingest_tui.cli.output import json_option, print_rows


@click.command()
@tenant_option
@click.option("--dry-run", is_flag=True, help="Only say which jobs it would make.")
@json_option
def reconcile(tenant: str | None, dry_run: bool, as_json: bool) -> int:
    """Make jobs for objects with fewer good copies than their policy asks for.

    The server does the same by itself every RECONCILE_SECONDS. Exit code 1: some object is short, and no job
    can be made for it.
    """
    from secingest_tui.services.replication.policy import reconcile as run

    with open_workspace() as workspace:
        found = run(reader(workspace, tenant), tenant, dry_run=dry_run)
        rows = [job.model_dump(mode="json") for job in found.jobs]
        lacking = [short.model_dump(mode="json") for short in found.shortfalls]
        print_rows(
            rows if not as_json else [*rows, *({"shortfall": True} | short for short in lacking)],
            as_json=as_json,
            empty="Every object has the copies that its policy asks for, or jobs for them."
            if not lacking else "No job to make.",
        )  # fmt: skip
        if not as_json:
            for short in found.shortfalls:
                has = f"has {short.have} of {short.wanted}"
                say(f"short: {short.object_key} {short.version} {has}: {short.reason}")
        made = "would be made" if dry_run else "made"
        say(f"{len(rows)} jobs {made}; {len(lacking)} objects stay short.")
        return 1 if lacking else 0
