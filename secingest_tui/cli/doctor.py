"""``secingest doctor``: is everything there that is needed?"""

from __future__ import annotations

import click

from secingest_tui.cli.common import open_workspace
from secingest_tui.cli.output import json_option, print_rows


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Check every prerequisite and say how to get what is missing. Exit code 1 where something fails."""
    from secingest_tui.services.doctor import examine

    with open_workspace() as workspace:
        checks = list(examine(workspace))
    rows = [
        {"check": item.name, "verdict": item.verdict, "detail": item.detail, "remedy": item.remedy}
        for item in checks
    ]
    print_rows(rows, as_json=as_json, empty="Nothing was checked.")
    return 0 if all(item.fine for item in checks) else 1
