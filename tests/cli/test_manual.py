"""Completion and the manual page come from the commands' own definitions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from secingest_tui.cli.main import COMMANDS
from tests.e2e.conftest import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "home")


def test_the_manual_page_names_every_command_and_option(cli: Cli) -> None:
    page = cli("man").stdout
    assert page.startswith(".TH SECINGEST 1")
    for name in COMMANDS:
        assert f'.SS "secingest {name}'.replace("-", "\\-") in page, name
    for option in ("\\-\\-profile", "\\-\\-kiosk", "\\-\\-bandwidth\\-limit"):
        assert option in page
    assert "in\\-browser" not in page
    for line in page.splitlines():
        assert not line.startswith(("'",)), line
        if line.startswith("."):
            assert line.split()[0] in {".TH", ".SH", ".SS", ".B", ".TP", ".PP", ".nf", ".fi"}, line


def complete(words: str, home: Path) -> list[str]:
    """What bash would offer for the last word."""
    environ = {
        **os.environ, "_SECINGEST_COMPLETE": "bash_complete", "COMP_WORDS": words,
        "SECINGEST_HOME": str(home), "COMP_CWORD": str(len(words.split(" ")) - 1),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "secingest_tui"], env=environ, capture_output=True, text=True, check=True
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_completion_offers_commands_options_and_profiles(cli: Cli) -> None:
    (cli.root / "profiles" / "work").mkdir(parents=True)
    assert set(complete("secingest ", cli.root)) == set(COMMANDS)
    assert complete("secingest rest", cli.root) == ["restore"]
    assert "--tenant" in complete("secingest ingest --te", cli.root)
    assert "list" in complete("secingest keys ", cli.root)
    assert complete("secingest --profile w", cli.root) == ["work"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(cli: Cli, shell: str) -> None:
    assert "_SECINGEST_COMPLETE" in cli("completion", shell).stdout


def test_bash_itself_completes(cli: Cli, tmp_path: Path) -> None:
    script = tmp_path / "completion"
    script.write_text(cli("completion", "bash").stdout)
    (tmp_path / "secingest").write_text(f'#!/bin/sh\nexec {sys.executable} -m secingest_tui "$@"\n')
    (tmp_path / "secingest").chmod(0o755)
    code = f". {script}; COMP_WORDS=(secingest out); COMP_CWORD=1; _secingest_completion secingest; "
    code += 'echo "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["bash", "-c", code], env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["outbox"]
