"""The way into the terminal application; the command line imports this only when it opens the screens."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from secingest_tui.actions import AREAS, keymap_problems
from secingest_tui.errors import UsageError
from secingest_tui.models.options import THEME_NAMES, Options

if TYPE_CHECKING:
    from secingest_tui.screens.ports import SessionFactory

# Textual imports the class that TEXTUAL_DRIVER names, presses the keys of TEXTUAL_PRESS, writes
# screenshots and logs where it is told: none of that may come from whoever set the environment.
_SCRUBBED = ("TEXTUAL_DRIVER", "TEXTUAL_PRESS", "TEXTUAL_SCREENSHOT", "TEXTUAL_LOG", "TEXTUAL_DEVTOOLS")
WEB_DRIVER = "textual.drivers.web_driver:WebDriver"


def scrub(environ: MutableMapping[str, str], *, web: bool = False) -> None:
    """Take out of ``environ`` what makes Textual run code, log or record; call before importing it.

    ``web`` keeps the one literal driver that a child started by ``secingest web`` needs.
    """
    for name in list(environ):
        dangerous = name == "TEXTUAL" or name.startswith(_SCRUBBED)
        if dangerous and not (web and name == "TEXTUAL_DRIVER" and environ[name] == WEB_DRIVER):
            del environ[name]


def check(options: Options) -> None:
    """Raise ``UsageError`` naming every problem of the keymap, the theme and the first screen."""
    problems = keymap_problems(options.keymap)
    if options.theme is not None and options.theme not in THEME_NAMES:
        problems.append(f"theme: there is no {options.theme!r}, only {', '.join(THEME_NAMES)}")
    if options.start not in AREAS:
        problems.append(f"start: there is no screen {options.start!r}, only {', '.join(AREAS)}")
    if problems:
        raise UsageError("\n".join(problems), hint="Change them in the configuration.", field="keymap")


def run(session_factory: SessionFactory, options: Options | None = None, *, web: bool = False) -> int:
    """Open the application and return the exit code. Needs a terminal.

    The session is opened in the background after the first frame and closed on the way out.
    Raises ``UsageError`` with everything that is wrong in ``options``, before anything is opened,
    and whatever a defect of the application raised.
    """
    options = options or Options()
    check(options)
    scrub(os.environ, web=web)
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    from secingest_tui.app import SecingestApp
    from secingest_tui.widgets.driver import TolerantDriver

    # In a browser the bytes come from our own child's parent, and the web driver stays.
    driver = None if web else TolerantDriver
    app = SecingestApp(session_factory, options, driver_class=driver)
    try:
        app.run(mouse=options.mouse)
    finally:
        if app.session_or_none is not None:
            app.session_or_none.close()
    if app.defect is not None:
        raise app.defect
    return app.return_code or 0
