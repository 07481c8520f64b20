"""The commands of docs/providers.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.providers.probe import QUESTIONS
from tests.e2e.test_readme import run

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
BLOCKS = re.findall(r"<!-- test: ([\w-]+) -->\n((?:    .+\n)+)", PAGE.read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


def test_the_commands_of_the_page(home: Home, stack: EmbeddedStack, folder: Path) -> None:
    assert [name for name, _ in BLOCKS] == [
        "providers-catalogue", "providers-own", "providers-probe", "providers-cleanup", "providers-discover",
    ]  # fmt: skip
    for _, block in BLOCKS:
        run("set -eu\n" + re.sub("^    ", "", block, flags=re.MULTILINE), home, folder)


def test_the_page_counts_the_questions() -> None:
    assert f"the {len(QUESTIONS)} questions" in PAGE.read_text()
