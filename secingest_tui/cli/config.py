"""``secingest config``: the settings of this profile."""

from __future__ import annotations

import click

from secingest_tui.cli.common import say
from secingest_tui.cli.output import json_option, print_rows


@click.group()
def config() -> None:
    """The configuration file: what can be set, what is set, and setting it with comments kept."""


@config.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List every setting with its value."""
    from secingest_tui.paths import Home
    from secingest_tui.services.settings import settings

    rows = [
        {"name": item.name, "value": item.value, "default": item.default, "own": item.own, "help": item.help}
        for item in settings(Home.locate())
    ]
    print_rows(rows, as_json=as_json, empty="There is nothing to set.")


@config.command("set")
@click.argument("name")
@click.argument("value")
def set_(name: str, value: str) -> None:
    """Set NAME to VALUE, checked with everything else in the file before anything is written."""
    _save(name, value)


@config.command()
@click.argument("name")
def unset(name: str) -> None:
    """Take NAME out of the file, so that its default holds."""
    _save(name, "")


def _save(name: str, value: str) -> None:
    from secingest_tui.paths import Home
    from secingest_tui.services.settings import save_setting

    saved = save_setting(Home.locate().prepare(), name, value)
    say(f"Written: {saved.path}")
    if saved.comments_lost:
        say(f"note: the file had to be written anew without its comments; as it was: {saved.path}.before")
