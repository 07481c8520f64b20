"""``secingest providers probe`` and ``probes``: what an endpoint really does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.output import json_option, print_json, print_rows

if TYPE_CHECKING:
    from secingest_tui.services.providers.probe import Answer, ProbeReport
    from secingest_tui.services.workspace import Workspace


@click.command()
@click.argument("backend_id", metavar="BACKEND", required=False)
@click.option("--tenant", metavar="T", help="Probe with this tenant's own provider credentials.")
@click.option("--operator", is_flag=True,
              help="Probe with the key by which users are made there (provision connect).")  # fmt: skip
@click.option("--other-tenant", metavar="T", help="See that this tenant's credentials are refused.")
@click.option("--bucket", metavar="B", help="Work under a prefix of this bucket, not in an own one.")
@click.option("--ca-file", type=click.Path(path_type=Path, dir_okay=False),
              help="Trust this authority (PEM) now; to keep it: backends add --ca-file.")  # fmt: skip
@click.option("--cleanup", is_flag=True, help="Only remove what crashed probes left behind, anywhere.")
@json_option
def probe(backend_id: str | None, cleanup: bool, as_json: bool, **options: Any) -> int:
    """Find out what BACKEND really does, and use it so from now on.

    Everything it makes is temporary and removed again, also what a crashed probe left. Answers are yes, no
    or could-not-tell, with the provider's own words. Exit code 1 where something stands in the way of
    using the backend, or something could not be removed.
    """
    if cleanup:
        return _clean(backend_id, as_json=as_json)
    if backend_id is None:
        raise click.UsageError("Name a BACKEND (or give --cleanup).")
    from secingest_tui.services.providers.probe.compare import differences
    from secingest_tui.services.providers.probe.service import probe_backend

    with open_workspace() as workspace:
        report = probe_backend(workspace, backend_id, tell=_tell(as_json=as_json), **options)
        compared = differences(workspace, report)
        if as_json:
            print_json({"report": report.model_dump(mode="json", exclude={"answers"}), "catalogue": compared})
        else:
            for row in compared:
                claim = f"{row['provider']}: {row['feature']} {row['catalogue']}"
                say(f"catalogue differs: {claim} ({row['source']}), the probe found {row['probe']}")
            _say_settings(workspace, report)
        return _verdict(report)


def _tell(*, as_json: bool) -> Any:
    def tell(answer: Answer) -> None:
        if as_json:
            print_json({"question": answer.id, **answer.model_dump(mode="json", exclude={"id"})})
            return
        from secingest_tui.text import visible

        click.echo(f"{answer.verdict.value:<15} {visible(answer.question)}")
        if answer.line:
            click.echo(f"{'':<15} {visible(answer.line)}")

    return tell


def _say_settings(workspace: Workspace, report: ProbeReport) -> None:
    how = workspace.transfer_settings(workspace.backend(report.backend))
    for name in how.origins:
        value = getattr(how, name)
        shown = {True: "yes", False: "no"}.get(value, value)
        say(f"transfers use {name.replace('_', ' ')}: {shown} ({how.origin(name)})")


def _verdict(report: ProbeReport) -> int:
    for left in report.residue:
        say(f"could not be removed: s3://{left.bucket}/{left.prefix}: {left.reason}")
    if report.residue:
        say("next: secingest providers probe --cleanup")
    if not report.complete:
        say("The probe was cancelled; nothing of it is used.")
        return 130
    if report.problems:
        first = report.problems[0]
        say(f"This backend can't be used so: {first.question} {first.verdict.value}: {first.line}")
        return 1
    return 1 if report.residue else 0


def _clean(backend_id: str | None, *, as_json: bool) -> int:
    from secingest_tui.services.providers.probe.service import clean_up_left_behind

    with open_workspace() as workspace:
        done = clean_up_left_behind(workspace, backend_id)
    rows = [
        {
            "backend": made.backend,
            "tenant": made.tenant,
            "removed": not left,
            "what": [*made.buckets, *([f"{made.bucket}/{made.prefix}"] if made.bucket else [])],
            "reason": "; ".join(item.reason for item in left) or None,
        }
        for made, left in done
    ]
    print_rows(rows, as_json=as_json, empty="Nothing was left behind.")
    return 1 if any(left for _, left in done) else 0


@click.command()
@click.argument("backend_id", metavar="BACKEND", required=False)
@json_option
def probes(backend_id: str | None, as_json: bool) -> None:
    """Kept results of probes, the newest first; with --json every answer."""
    from secingest_tui.services.providers.probe.results import reports

    with open_workspace() as workspace:
        found = reports(workspace.home, backend_id)
    if as_json:
        for report in found:
            print_json(report)
        return
    rows = [
        {
            "probed_at": report.started_at.isoformat(timespec="seconds"),
            "backend": report.backend,
            "endpoint": report.endpoint,
            "yes": sum(answer.verdict.value == "yes" for answer in report.answers),
            "no": [answer.id for answer in report.answers if answer.verdict.value == "no"],
            "unknown": sum(answer.verdict.value == "could-not-tell" for answer in report.answers),
            "usable": report.complete and not report.problems,
        }
        for report in found
    ]
    print_rows(rows, as_json=False, empty="Nothing was probed yet: secingest providers probe BACKEND")
