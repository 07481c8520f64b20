"""Plain mode: a line in, lines out, for screen readers, logs and terminals without a cursor.

Every operation is the command of the same name, on the same services; nothing is ever redrawn.
"""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from secingest_tui.models.options import Options

KIOSK_COMMANDS = (
    "status", "ingest", "register", "objects", "restore", "fetch", "verify", "receipt", "audit", "snapshot",
    "jobs", "reconcile", "outbox", "uploads", "keys",
)  # fmt: skip
_KIOSK_IN = {
    "audit": frozenset({"verify"}),
    "snapshot": frozenset(
        {"list", "show", "ls", "find", "take", "compare", "reconcile", "verify", "export", "report", "hold"}
        | {"release"}
    ),
}
"""What an account that is shut in has of a command's own commands, where that is not all of them."""
_READING = frozenset({"status", "doctor", "inspect", "man", "completion"})
_READING_IN = {
    "access": frozenset({"list"}),
    "audit": frozenset({"list", "verify", "export"}),
    "backends": frozenset({"list", "show"}),
    "config": frozenset({"list"}),
    "credentials": frozenset({"list"}),
    "drill": frozenset({"list"}),
    "jobs": frozenset({"list", "show", "causes", "totals"}),
    "keys": frozenset({"list", "show"}),
    "objects": frozenset({"list", "show", "compliance", "proof"}),
    "onboard": frozenset({"list"}),
    "operators": frozenset({"list"}),
    "outbox": frozenset({"list"}),
    "profiles": frozenset({"list"}),
    "providers": frozenset({"list", "show", "compare", "discover", "probes"}),
    "provision": frozenset({"list", "show"}),
    "receipt": frozenset({"verify"}),
    "replication": frozenset({"health"}),
    "server": frozenset({"verify-audit"}),
    "snapshot": frozenset(
        {"list", "show", "ls", "find", "compare", "reconcile", "verify", "export", "report"}
    ),
    "stack": frozenset({"status"}),
    "tenant": frozenset({"list", "show"}),
    "uploads": frozenset({"list"}),
}
"""What read-only mode leaves, where a command has commands of its own: none changes a server, a provider or
this profile. Exports and reports are new files where the person says."""


def run_plain(options: Options) -> int:
    """Read commands until ``quit`` or the end of the input. The exit code is the last command's."""
    from secingest_tui.cli.main import COMMANDS

    os.environ["SECINGEST_PLAIN"] = "1"  # progress as lines
    allowed = tuple(COMMANDS)
    if options.kiosk:
        allowed = tuple(name for name in KIOSK_COMMANDS if name in COMMANDS)
    if options.read_only:
        allowed = tuple(name for name in allowed if name in _READING or name in _READING_IN)
    limits = [("this account", _KIOSK_IN)] if options.kiosk else []
    limits += [("read-only mode", _READING_IN)] if options.read_only else []
    word = (options.environment or options.profile).upper()
    said = ["secingest, plain mode", *([word] if word else []), *(["read-only"] if options.read_only else [])]
    click.echo(", ".join(said) + ".")
    click.echo("Type a command, such as: status. help lists them, quit leaves.")
    _run(["status"])
    code = 0
    while True:
        line = _read(word)
        if line is None or line.strip() in {"quit", "exit", "q"}:
            return code
        code = _line(line, allowed, code, limits)


def _read(word: str) -> str | None:
    if sys.stdin.isatty():
        sys.stdout.write(f"{word + ' ' if word else ''}secingest> ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line if line else None


def _line(
    line: str, allowed: tuple[str, ...], before: int, limits: list[tuple[str, dict[str, frozenset[str]]]]
) -> int:
    try:
        arguments = shlex.split(line, comments=True)
    except ValueError as error:
        click.echo(f"secingest: {error}.", err=True)
        return 2
    if not arguments:
        return before
    if arguments[0] in {"help", "?"}:
        from secingest_tui.cli.main import COMMANDS

        for name in sorted(allowed):
            click.echo(f"{name}: {COMMANDS[name][1]}")
        click.echo("COMMAND --help says how a command is used.")
        return before
    if arguments[0] not in allowed:
        click.echo(f"secingest: {arguments[0]!r} is no command here; help lists them.", err=True)
        return 2
    for why, within in limits:
        wanted = within.get(arguments[0])
        if wanted is not None and not (wanted | {"--help"}) & set(arguments[1:2]):
            click.echo(f"secingest: {why}; only {', '.join(sorted(wanted))}.", err=True)
            return 2
    code = _run(arguments)
    if code:
        click.echo(f"Ended with {code}.")
    return code


def _run(arguments: list[str]) -> int:
    from secingest_tui.cli.main import main

    try:
        main(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0
