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

KIOSK_COMMANDS = ("status", "ingest", "objects", "restore", "receipt", "jobs", "outbox", "uploads", "keys")
_READING = frozenset({"status", "doctor", "inspect"})
_READING_IN = {
    name: frozenset({"list", "show", "verify"})
    for name in ("objects", "jobs", "audit", "receipt", "snapshot", "outbox", "uploads", "backends", "keys")
}
"""What read-only mode leaves, where a command has commands of its own."""


def run_plain(options: Options) -> int:
    """Read commands until ``quit`` or the end of the input. The exit code is the last command's."""
    from secingest_tui.cli.main import COMMANDS

    os.environ["SECINGEST_PLAIN"] = "1"  # progress as lines
    allowed = tuple(COMMANDS)
    if options.kiosk:
        allowed = tuple(name for name in KIOSK_COMMANDS if name in COMMANDS)
    if options.read_only:
        allowed = tuple(name for name in allowed if name in _READING or name in _READING_IN)
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
        code = _line(line, allowed, code, options.read_only)


def _read(word: str) -> str | None:
    if sys.stdin.isatty():
        sys.stdout.write(f"{word + ' ' if word else ''}secingest> ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line if line else None


def _line(line: str, allowed: tuple[str, ...], before: int, read_only: bool) -> int:
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
    if read_only and arguments[0] in _READING_IN and arguments[1:2] != ["--help"]:
        wanted = _READING_IN[arguments[0]]
        if not wanted & set(arguments[1:2]):
            click.echo(f"secingest: read-only mode; only {', '.join(sorted(wanted))}.", err=True)
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
