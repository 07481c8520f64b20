"""``secingest worker``: makes the replicas that were promised."""

from __future__ import annotations

import signal
import threading
from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option


@click.command()
@tenant_option
@click.option("--once", is_flag=True, help="End when there is nothing to do.")
@click.option("--backend", "backends", multiple=True, metavar="B", help="Serve only these; all by default.")
def worker(tenant: str | None, once: bool, backends: tuple[str, ...]) -> int:
    """Lease replication jobs, copy ciphertext between providers, verify it, complete.

    Runs until SIGTERM or Ctrl+C; a copy under way then gives its lease back.
    """
    from secingest_tui.services.replication.worker import Worker

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def event(kind: str, job: Any, text: str) -> None:
        say(f"{kind}: {job.object_key} {job.version} {job.source} -> {job.target}: {text}")

    with open_workspace() as workspace:
        serving = Worker(workspace, workspace.tenant_id(tenant), backends=backends, stop=stop, on_event=event)
        say(f"worker {serving.name} serves: {', '.join(serving.backends) or 'no backend'}")
        report = serving.run(once=once)
        say(f"{len(report.succeeded)} copied, {len(report.failed)} failed.")
        return 1 if report.failed and once else 0
