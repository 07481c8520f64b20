"""What opens without a command: the screens, plain mode, or the screens of an account that is shut in."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from secingest_tui.models.options import Options
    from secingest_tui.screens.ports import Report, Session


def open_screens(
    flags: dict[str, Any], *, plain: bool = False, kiosk: bool = False, browser: bool = False
) -> int:
    """Open them, or say in one line why not. ``flags`` win over the configuration's ``[screens]``.

    ``browser``: this process was started by ``secingest web``, and speaks to a browser by pipes.
    """
    if kiosk:
        from secingest_tui.cli import kiosk as kiosk_mode

        kiosk_mode.enter()
    if plain or (os.environ.get("TERM") == "dumb" and not browser):
        from secingest_tui.cli.plain import run_plain

        return run_plain(configured(flags, kiosk=kiosk, plain=True))
    if not browser and not (sys.stdin.isatty() and sys.stdout.isatty()):
        click.echo(
            "secingest: the screens need a terminal; without one, try --plain, `make demo` or --help.",
            err=True,
        )
        return 1
    from secingest_tui.services.passphrase import unlock_profile
    from secingest_tui.tui import check, run  # scrubs the environment before Textual is imported

    options = configured(flags, kiosk=kiosk)
    check(options)
    passphrase = unlock_profile()

    def factory(report: Report) -> Session:
        # Imported behind the first frame: the services need three times as long as the screens.
        from secingest_tui.services.session import open_session

        return open_session(report, passphrase=passphrase)

    return run(factory, options, web=browser)


def configured(flags: dict[str, Any], *, kiosk: bool = False, plain: bool = False) -> Options:
    """The options of the screens: the configuration's, and over them the command line's."""
    from secingest_tui.config import load_config
    from secingest_tui.models.options import Options
    from secingest_tui.paths import Home

    screens = load_config(Home.locate()).screens
    chosen = screens.model_dump(exclude={"role"}) | flags
    if plain and not chosen.get("read_only") and _is_auditor():
        chosen["read_only"] = True  # commands know no roles
    return Options(**chosen, profile=os.environ.get("SECINGEST_PROFILE", ""), kiosk=kiosk)


def _is_auditor() -> bool:
    """By the configuration, or by what the server says of the credential."""
    from secingest_tui.models.session import Role
    from secingest_tui.services.roles import Roles
    from secingest_tui.services.workspace import Workspace

    with Workspace() as workspace:
        return Roles(workspace).current() is Role.AUDITOR
