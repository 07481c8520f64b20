"""The command line as a person runs it: a process, a home of its own, a real stack."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.workspace import Workspace

if TYPE_CHECKING:
    from tests.e2e.sharing import People, Provider

SECINGEST = (sys.executable, "-m", "secingest_tui")
TENANT = "customer42"
KEY_ID = "customer42-k1"


@dataclass(frozen=True)
class Cli:
    """Runs ``secingest`` for one home and looks at what a caller sees: exit code, output, errors."""

    root: Path

    @property
    def environ(self) -> dict[str, str]:
        return {**os.environ, "SECINGEST_HOME": str(self.root), "COLUMNS": "200"}

    def __call__(
        self, *arguments: str | Path, code: int = 0, stdin: bytes | None = None, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end and check the exit code; a traceback is never an answer."""
        done = subprocess.run(
            [*SECINGEST, *map(str, arguments)],
            input=stdin if stdin is not None else b"",
            capture_output=True,
            env=self.environ | environ,
            timeout=120,
            check=False,
        )
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        assert "Traceback" not in err, err
        assert done.returncode == code, f"exit code {done.returncode}, wanted {code}\n{out}\n{err}"
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def json(self, *arguments: str | Path, **environ: str) -> dict[str, Any]:
        """The one JSON object that a command prints."""
        answer: dict[str, Any] = json.loads(self(*arguments, "--json", **environ).stdout)
        return answer

    def start(self, *arguments: str | Path, **environ: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*SECINGEST, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environ | environ,
            # A shell that runs the tests in the background has its children ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home") / "secingest").prepare()


@pytest.fixture(scope="module")
def stack(home: Home) -> Iterator[EmbeddedStack]:
    """The home's embedded stack, held for the whole module so that commands share it."""
    with EmbeddedStack.join(home) as joined:
        yield joined


@pytest.fixture(scope="module")
def cli(home: Home, stack: EmbeddedStack) -> Cli:
    return Cli(home.root)


@pytest.fixture(scope="module")
def tenant(cli: Cli) -> str:
    """A tenant in Finland and Germany with an RSA key, which is the configured recipient."""
    cli("keys", "new", "--key-id", KEY_ID, "--type", "rsa-3072", "--no-passphrase")
    (cli.root / "config.toml").write_text(f'tenant = "{TENANT}"\n[encryption]\nrecipients = ["{KEY_ID}"]\n')
    cli("tenant", "create", TENANT, "--residency", "FI,DE")
    return TENANT


@pytest.fixture(scope="module")
def people(cli: Cli, tenant: str, tmp_path_factory: pytest.TempPathFactory) -> People:
    from tests.e2e.sharing import People

    folder = tmp_path_factory.mktemp("people")
    for name, kind in (
        ("bob", "p256"),
        ("carol", "rsa-3072"),
        ("dave", "p384"),
        ("quinn", "mlkem768-x25519"),
    ):
        cli("keys", "new", "--key-id", name, "--type", kind, "--no-passphrase", "--out", folder)
    return People(folder)


@pytest.fixture(scope="module")
def provider(home: Home, stack: EmbeddedStack, tenant: str) -> Iterator[Provider]:
    from tests.e2e.sharing import Provider

    with Workspace(home) as workspace:
        yield Provider(workspace)
