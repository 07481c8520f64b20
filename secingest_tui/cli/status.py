"""``secingest status``: is everything all right, and what needs me?"""

from __future__ import annotations

import click

from secingest_tui.cli.common import open_workspace
from secingest_tui.cli.output import json_option, print_rows


@click.command()
@json_option
def status(as_json: bool) -> int:
    """Say what needs attention: servers, stores, outbox, jobs, credentials. Exit code 1 if any does."""
    from secingest_tui.services.overview import overview

    with open_workspace() as workspace:
        found = overview(workspace)
    rows = [
        {"state": check.level.value, "check": check.title, "detail": check.text, "next": check.remedy}
        for check in found.checks
    ]
    print_rows(rows, as_json=as_json, empty="Nothing was checked.")
    return 1 if found.needing else 0
