"""Plain mode in an account that is shut in: no option of its commands takes a path outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from secingest_tui import confine
from secingest_tui.cli.common import KeyOrPem, PersonsPath
from secingest_tui.cli.main import cli
from secingest_tui.cli.plain import KIOSK_COMMANDS

PATHLIKE = ("FILE", "PATH", "DIR", "PEM")


def parameters(command: click.Command, name: str) -> Iterator[tuple[str, click.Parameter]]:
    """Every parameter of a command and of those below it."""
    for parameter in command.params:
        yield f"{name} {parameter.opts[-1]}", parameter
    if isinstance(command, click.Group):
        for below in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), below)
            assert found is not None
            yield from parameters(found, f"{name} {below}")


def taking_paths() -> dict[str, click.Parameter]:
    found = {}
    for name in KIOSK_COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        for title, parameter in parameters(command, name):
            shown = parameter.metavar or ""
            if isinstance(parameter.type, click.Path | click.File) or any(word in shown for word in PATHLIKE):
                found[title] = parameter
    return found


PARAMETERS = taking_paths()


def test_there_are_some_and_each_is_checked() -> None:
    assert {"ingest paths", "restore --output", "keys new --out", "ingest --recipient"} <= set(PARAMETERS)
    for title, parameter in PARAMETERS.items():
        assert isinstance(parameter.type, PersonsPath | KeyOrPem), f"{title} takes a path without a check"


@pytest.fixture
def granted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An account with one folder, a file of its own outside, and links to it."""
    folder = tmp_path / "granted"
    folder.mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "plans.pem").write_bytes(b"secret")
    (folder / "link.pem").symlink_to(tmp_path / "secret" / "plans.pem")
    (folder / "folder").symlink_to(tmp_path / "secret")
    monkeypatch.setattr(confine, "_granted", (folder.resolve(),))
    return folder


@pytest.mark.parametrize("title", PARAMETERS)
def test_no_way_out(title: str, granted: Path) -> None:
    parameter = PARAMETERS[title]
    context = click.Context(click.Command("test"))
    outside = [
        "/etc/passwd.pem", "~/x.pem", str(granted / "../secret/plans.pem"), str(granted / "link.pem"),
        str(granted / "folder/plans.pem"), str(granted / "folder/new.pem"), str(granted.parent / "new.pem"),
        "../new.pem",
    ]  # fmt: skip
    for value in outside:
        with pytest.raises(click.BadParameter, match="is outside the folders of this account"):
            parameter.type.convert(value, parameter, context)
    assert str(parameter.type.convert(str(granted / "fine.pem"), parameter, context)).endswith("fine.pem")


def test_outside_an_account_that_is_shut_in_every_path_goes(tmp_path: Path) -> None:
    assert PersonsPath().convert("/etc/passwd", None, None) == "/etc/passwd"
    assert KeyOrPem().convert("acme-k1", None, None) == "acme-k1"
