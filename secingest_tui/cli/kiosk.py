"""``secingest --kiosk``: the screens and nothing else, for an account behind ``ForceCommand``."""

from __future__ import annotations

import os
import signal
import sys

KEPT_ENVIRONMENT = frozenset(
    {"HOME", "USER", "LOGNAME", "TERM", "COLORTERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "TZ"}
    | {"PATH", "SECINGEST_HOME", "SECINGEST_PROFILE", "SSH_TTY"}
)


def enter() -> None:
    """Shut this process in before anything of the person's is read; exits where there is no terminal.

    Signals that stop a job are ignored: there is no shell to come back from. What the account's environment
    says is dropped but for the terminal's own variables. Raises UsageError where the profile forbids it.
    """
    for stopping in (signal.SIGTSTP, signal.SIGQUIT, signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(stopping, signal.SIG_IGN)
    for name in set(os.environ) - KEPT_ENVIRONMENT:
        del os.environ[name]
    os.umask(0o077)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("secingest: this account opens the screens and nothing else; connect with: ssh -t\n")
        sys.exit(1)
    from secingest_tui.config import load_config
    from secingest_tui.confine import lock_down
    from secingest_tui.errors import UsageError
    from secingest_tui.files import private_dir
    from secingest_tui.paths import Home

    home = Home.locate().prepare()
    config = load_config(home)
    if not config.kiosk.folders:
        raise UsageError(
            f"{home.config_file}: kiosk.folders: names no folder to work in.",
            hint='Grant one: [kiosk] folders = ["/srv/incoming"]',
        )
    if config.server.url is None:
        raise UsageError(
            f"{home.config_file}: server.url: is not set.",
            hint="A kiosk needs a metadata server of its own: it starts no embedded stack.",
        )
    os.environ["TMPDIR"] = str(private_dir(home.root / "tmp"))
    lock_down(config.kiosk.folders, home.root)
    os.chdir(config.kiosk.folders[0])
