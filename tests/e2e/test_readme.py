"""The commands of the README, run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home

README = Path(__file__).parents[2] / "README.md"


def commands(name: str) -> str:
    """The indented block after ``<!-- test: NAME -->``."""
    block = re.search(rf"<!-- test: {name} -->\n((?:    .+\n)+)", README.read_text())
    assert block is not None, name
    return "set -eu\n" + re.sub("^    ", "", block.group(1), flags=re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readme")
    (path / "report.pdf").write_bytes(b"a report\n" * 1000)
    return path


def run(script: str, home: Home, folder: Path) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(folder),
            "SECINGEST_HOME": str(home.root),
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_commands_of_the_readme(home: Home, stack: EmbeddedStack, folder: Path) -> None:
    run(commands("readme-job"), home, folder)
    assert (folder / "restored.pdf").read_bytes() == (folder / "report.pdf").read_bytes()
    run(commands("readme-more"), home, folder)
    assert (folder / "plain.pdf").read_bytes() == (folder / "report.pdf").read_bytes()


def test_every_command_has_help() -> None:
    import click

    from secingest_tui.cli.main import cli

    def walk(command: click.Command, name: str) -> list[str]:
        found = [name]
        if isinstance(command, click.Group):
            context = click.Context(command)
            for child in command.list_commands(context):
                inner = command.get_command(context, child)
                assert inner is not None
                found += walk(inner, f"{name} {child}")
        context = click.Context(command, info_name=name)
        text = command.get_help(context)
        assert command.help, name
        assert "--help" in text
        return found

    assert len(walk(cli, "secingest")) > 40


def test_every_named_test_and_page_exists() -> None:
    text = README.read_text()
    here = README.parent
    for name in re.findall(r"`(test_\w+)`", text):
        assert f"def {name}(" in (here / "tests/e2e/test_guarantees.py").read_text(), name
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (here / target).exists(), target
