"""The metadata server as the embedded stack runs it: a process of its own, on SQLite, on loopback."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import secingest_tui
from secingest_tui.embedded.ports import LOOPBACK
from secingest_tui.embedded.secrets import StackSecrets

READY = "/readyz"


def server_command(ports: Mapping[str, int], database: str) -> list[str]:
    """The command line, to be run in ``paths.server``, where the file ``database`` lies."""
    return [
        *python_module("backend_stub"),
        "--host",
        LOOPBACK,
        "--port",
        str(ports["server"]),
        "--database-url",
        f"sqlite:///{database}",
    ]


def server_environment(stack: StackSecrets) -> dict[str, str]:
    """The user's environment without any provider credentials, and with the server's two secrets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SECINGEST_"))}
    return module_environment(kept) | {
        "ADMIN_API_KEY": stack.admin_key,
        "TENANT_SECRET_PASSPHRASE": stack.passphrase,
    }


def python_module(name: str) -> list[str]:
    """This interpreter on one of our modules; ``-P`` keeps the working directory out of its path."""
    return [sys.executable, "-P", "-m", name]


def module_environment(base: Mapping[str, str]) -> dict[str, str]:
    """``base`` with this very installation importable, also where it runs from a checkout."""
    here = str(Path(secingest_tui.__file__).resolve().parent.parent)
    others = [part for part in base.get("PYTHONPATH", "").split(os.pathsep) if part and part != here]
    return {**base, "PYTHONPATH": os.pathsep.join([here, *others])}
