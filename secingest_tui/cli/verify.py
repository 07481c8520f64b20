"""``secingest verify``: audit of replicas."""

from __future__ import annotations

import signal
import threading
from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option
from secingest_tui.cli.output import json_option, print_json


def _share(_context: click.Context, _option: click.Parameter, value: str) -> float:
    """``5%`` or ``0.05`` as 0.05."""
    try:
        share = float(value.rstrip("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise click.BadParameter("a share, as in 5% or 0.05")
    return share


@click.command()
@tenant_option
@click.option("--sample", default="5%", show_default=True, callback=_share, metavar="SHARE",
              help="Look at a random share of the objects.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Look at every object.")
@click.option("--deep", is_flag=True, help="Read every byte and check it, instead of asking the provider.")
@click.option("--prefix", metavar="KEY", help="Only objects whose key begins so.")
@click.option("--backend", metavar="B", help="Only replicas on this backend.")
@click.option("--no-repair", is_flag=True, help="Record what is found, make no jobs.")
@click.option("--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Replicas at once.")
@json_option
def verify(
    tenant: str | None,
    sample: float,
    everything: bool,
    deep: bool,
    prefix: str | None,
    backend: str | None,
    no_repair: bool,
    jobs: int,
    as_json: bool,
) -> int:
    """Check that replicas exist and match what was registered.

    What is missing or rotten is marked at the server, and a job is made to mend it from a good replica.
    A signed object is checked frame by frame against the uploader's list: no key is needed.
    Exit code 1: something is missing, rotten, or could not be looked at.
    """
    from secingest_tui.services.replication.verify import Found
    from secingest_tui.services.replication.verify import verify as run

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def found(one: Found) -> None:
        if as_json:
            print_json({"object_key": one.object_key, "version": one.version, "backend": one.backend,
                        "state": one.state, "verified_by": one.verified_by or None,
                        "problem": one.problem or None, "bytes_read": one.bytes_read})  # fmt: skip
        elif one.state != "ok":
            say(f"{one.state}: {one.object_key} {one.version} on {one.backend}: {one.problem}")

    with open_workspace() as workspace:
        report = run(
            workspace, workspace.tenant_id(tenant), share=1.0 if everything else sample, deep=deep,
            prefix=prefix, backend=backend, repair=not no_repair, jobs=jobs, stop=stop, on_found=found,
        )  # fmt: skip
        summary: dict[str, Any] = {
            **dict(report.counts.items()),
            "bytes_read": report.bytes_read, "repair_jobs": len(report.jobs),
        }  # fmt: skip
        if as_json:
            print_json({"summary": summary})
        else:
            counts = ", ".join(f"{number} {state}" for state, number in report.counts.items())
            say(f"{counts}; {len(report.jobs)} repair jobs made.")
            for short in report.shortfalls:
                say(f"not mended: {short.object_key} {short.version}: {short.reason}")
        return 0 if report.good else 1
