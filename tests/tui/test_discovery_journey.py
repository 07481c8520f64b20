"""Discovery in a real terminal (tmux, 80x24) on the real embedded stack: probe, look, walk in, record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.test_journey import Tmux


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"SECINGEST_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8", "TERM": "tmux-256color"}


@pytest.fixture
def terminal(tmp_path: Path, environ: dict[str, str]) -> Iterator[Tmux]:
    for name in ("acme", "neighbour"):
        run(environ, "tenant", "create", name, "--residency", "FI")
    (tmp_path / "report.pdf").write_bytes(b"a report\n" * 100)
    run(environ, "keys", "new", "--key-id", "k", "--type", "p256", "--no-passphrase")
    run(
        environ, "ingest", str(tmp_path / "report.pdf"), "--tenant", "acme", "--backend", "local-fi",
        "--recipient", "k", "--as", "acme/report.pdf",
    )  # fmt: skip
    tmux = Tmux(tmp_path, environ)
    yield tmux
    tmux.close()


def run(environ: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "secingest_tui", *arguments],
        env={**os.environ, **environ}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_backend_is_probed_entered_and_recorded(terminal: Tmux, environ: dict[str, str]) -> None:
    terminal.shows("Home", "Discovery")
    terminal.press("1")
    terminal.shows("local-fi", "○ never", "p probe", "l next list")
    terminal.press("p")
    terminal.shows("Probe as", "acme", "Refuses", "neighbour", "Bucket", "CA file")
    terminal.press("Enter")
    terminal.shows("Probe local-fi", "Every question was asked", "23 of 23 questions")
    kept = [json.loads(line) for line in run(environ, "providers", "probes", "--json").splitlines()]
    answers = {answer["id"]: answer["verdict"] for answer in kept[0]["answers"]}
    assert kept[0]["tenant"] == "acme"
    assert answers["tenant_isolation"] == "yes"
    assert answers["conditional_complete"] == "yes"
    terminal.press("Escape")
    terminal.shows("local-fi", "✓ 20")
    terminal.press("b")
    terminal.shows("See with whose credentials?")
    terminal.types("acme", "acme")
    terminal.press("Enter")
    terminal.shows("Buckets", "s3gw-", "n snapshot")
    terminal.press("Enter")
    terminal.shows("acme/report.pdf")
    terminal.press("n")
    terminal.shows("Recorded: 1 object at local-fi")
    snapshots = run(environ, "snapshot", "list", "--tenant", "acme", "--json").splitlines()
    assert json.loads(snapshots[0])["entries"] == 1
    terminal.press("Escape")
    terminal.shows("Buckets")
    terminal.press("Escape")
    terminal.shows("Backends", "p probe")
    terminal.press("l")
    terminal.shows("Provider catalogue", " providers", "f narrow", "c compare")
    terminal.press("f")
    terminal.shows("Providers with")
    terminal.types("object lock", "object lock")
    terminal.press("Enter")
    terminal.shows("object lock", "more unknown")
    terminal.press("l")
    terminal.shows("Probes", "✓ yes")
    terminal.press("q")
    terminal.shows("ended with 0")
