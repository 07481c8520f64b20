"""``secingest worker``: makes the replicas that were promised."""

from __future__ import annotations

import signal
import threading
from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option
from secingest_tui.cli.output import json_option, print_json


@click.command()
@tenant_option
@click.option("--once", is_flag=True, help="End when there is nothing to do.")
@click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Copies at once.")
@click.option("--backend", "--backends", "backends", multiple=True, metavar="B[,B]",
              help="Serve only these; all by default. Repeatable, or a list with commas.")  # fmt: skip
@click.option("--name", metavar="NAME", help="What this worker is called; host and process by default.")
@click.option("--lease-seconds", type=click.IntRange(3, 3600), default=60, show_default=True,
              help="How long a job stays with a worker that is not heard of.")  # fmt: skip
@json_option
def worker(
    tenant: str | None,
    once: bool,
    jobs: int,
    backends: tuple[str, ...],
    name: str | None,
    lease_seconds: int,
    as_json: bool,
) -> int:
    """Lease replication jobs, copy ciphertext between providers, verify it, complete.

    Runs until SIGTERM or Ctrl+C; copies under way then give their leases back, and a large one goes on
    where it was. Run as many processes on as many machines as you like. --tenant names the credential that
    signs (server/tenant/T): one made with "secingest replication worker-credential" may be for several
    tenants. --json prints an object for each thing that happens to a job.
    """
    from secingest_tui.services.replication.worker import Worker

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    served = tuple(part.strip() for each in backends for part in each.split(",") if part.strip())

    def event(kind: str, job: Any, text: str) -> None:
        if as_json:
            print_json({"event": kind, "job": job.id, "kind": job.kind, "object_key": job.object_key,
                        "version": job.version, "source": job.source, "target": job.target,
                        "text": text})  # fmt: skip
            return
        say(f"{kind}: {job.object_key} {job.version} {job.source} -> {job.target}: {text}")

    with open_workspace() as workspace:
        serving = Worker(
            workspace, workspace.tenant_id(tenant), backends=served, jobs=jobs, name=name,
            lease_seconds=lease_seconds, stop=stop, on_event=event,
        )  # fmt: skip
        say(f"worker {serving.name} serves: {', '.join(serving.backends) or 'no backend'}")
        counts = serving.run(once=once).counts
        given = f", {counts['released']} given back" if counts["released"] else ""
        say(f"{counts['succeeded']} copied, {counts['failed']} failed{given}.")
        return 1 if counts["failed"] and once else 0
