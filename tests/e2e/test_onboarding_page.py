"""The commands of docs/onboarding.md, run as they stand there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from tests.e2e.test_readme import run

PAGE = Path(__file__).parents[2] / "docs" / "onboarding.md"


def commands(name: str) -> str:
    """The indented block after ``<!-- test: NAME -->``."""
    block = re.search(rf"<!-- test: {name} -->\n((?:(?:    .*)?\n)+)", PAGE.read_text())
    assert block is not None, name
    return "set -eu\n" + re.sub("^    ", "", block.group(1), flags=re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


def test_the_commands_of_the_page(home: Home, stack: EmbeddedStack, folder: Path) -> None:
    run(commands("onboard-plan"), home, folder)
    report = json.loads((folder / "report.json").read_text())
    assert report["complete"]
    assert (folder / "report.md").read_text().count("[x]") == len(report["steps"]) == 11
    run(commands("onboard-join"), home, folder)
    assert (folder / "back.txt").read_text() == "hello\n"
    run(commands("onboard-provision"), home, folder)


def test_the_page_names_every_step() -> None:
    from secingest_tui.services.onboarding.checklist import STEPS

    assert re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), flags=re.MULTILINE)[:11] == [
        step.id for step in STEPS
    ]
