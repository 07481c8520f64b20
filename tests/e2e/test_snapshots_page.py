"""The commands of docs/snapshots.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

from secingest_tui.paths import Home
from tests.e2e.conftest import Cli
from tests.e2e.test_readme import run

PAGE = Path(__file__).parents[2] / "docs" / "snapshots.md"


def test_the_commands_of_the_page(cli: Cli, tenant: str, home: Home, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(b"a report\n" * 1000)
    blocks = re.findall(r"<!-- test: (\S+) -->\n((?:    .+\n)+)", PAGE.read_text())
    assert len(blocks) == 5
    for _, block in blocks:
        run("set -eu\n" + re.sub("^    ", "", block, flags=re.MULTILINE), home, tmp_path)
    assert (tmp_path / "report.html").read_bytes().startswith(b"<!doctype html>")
    assert (tmp_path / "entries.csv").read_text().startswith("bucket,name,")
