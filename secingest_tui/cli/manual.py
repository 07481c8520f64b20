"""``secingest man``: the manual page, made of the commands' own definitions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

_EXIT = ((0, "Done."), (1, "It failed; what happened and the next step stand on standard error."),
         (2, "Wrong usage or configuration; nothing was done."), (130, "Interrupted."))  # fmt: skip
_ENVIRONMENT = (
    ("SECINGEST_HOME", "Where configuration, keys, journals and receipts lie."),
    ("SECINGEST_PROFILE", "The profile to work with; as --profile."),
    ("SECINGEST_PASSPHRASE_FILE", "A file whose first line opens the profile's credentials."),
    ("ADMIN_API_KEY", "The operator's key of the metadata server."),
    ("NO_COLOR", "No colour at all, wherever it is set."),
)


@click.command()
def man() -> None:
    """Print the manual page: secingest man > ~/.local/share/man/man1/secingest.1"""
    from secingest_tui.cli.main import cli

    click.echo("\n".join(page(cli)))


def page(cli: click.Group) -> Iterator[str]:
    """The page in the language of man(7), line by line."""
    from secingest_tui import __version__

    yield f'.TH SECINGEST 1 "" "secingest {__version__}" "User Commands"'
    yield from (".SH NAME", "secingest \\- put data into S3 storage that nobody else can read")
    yield from (".SH SYNOPSIS", ".B secingest", "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR [\\fIARGS\\fR]...]")
    context = click.Context(cli, info_name="secingest")
    yield from (".SH DESCRIPTION", *_paragraphs(cli.help or ""), ".PP", _plain(cli.epilog or ""))
    yield from (".SH OPTIONS", *_options(cli, context))
    yield ".SH COMMANDS"
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None and not command.hidden:
            yield from _command(command, click.Context(command, info_name=name, parent=context))
    yield ".SH EXIT STATUS"
    for code, meaning in _EXIT:
        yield from (".TP", f".B {code}", _plain(meaning))
    yield ".SH ENVIRONMENT"
    for name, meaning in _ENVIRONMENT:
        yield from (".TP", f".B {name}", _plain(meaning))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (f'.SS "{_plain(context.command_path)} {_plain(usage)}"', *_paragraphs(command.help or ""))
    yield from _options(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from _command(child, click.Context(child, info_name=name, parent=context))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            yield from (".TP", f".B {_plain(record[0])}", _plain(record[1]))


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(filter(None, (part.strip() for part in text.split("\n\n")))):
        if number:
            yield ".PP"
        kept = paragraph.startswith("\b")
        lines = [line.strip() for line in paragraph.removeprefix("\b").strip("\n").splitlines()]
        yield from (".nf", *map(_plain, lines), ".fi") if kept else [_plain(" ".join(lines))]


def _plain(text: str) -> str:
    """``text`` with what man(7) would read as a request or an escape made literal."""
    text = re.sub(r"\s+", " ", text).strip().replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return "\\&" + text if text[:1] in {".", "'"} else text
