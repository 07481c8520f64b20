"""The worker in a child process, broken on purpose: ``python -m tests.faults.replication_child MODE ...``.

``no-residency`` asks neither country nor bucket, ``no-check`` takes every byte for right, ``early`` reports
a large copy before its last part is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from secingest_tui.crypto.signature import Sidecar
from secingest_tui.services.replication import sending, worker
from secingest_tui.services.replication.ciphertext import Ciphertext
from secingest_tui.storage import PutResult


def no_residency() -> None:
    worker.Worker._check_policy = lambda self, lease: None  # type: ignore[method-assign]


def no_check() -> None:
    Sidecar.require_frames = lambda self, first, digests: None  # type: ignore[method-assign]
    Ciphertext.require_checksum = lambda self, parts: None  # type: ignore[method-assign]


def early() -> None:
    def hasty(copy: Ciphertext, target: Any, progress: Any, jobs: int) -> PutResult:
        return PutResult("0" * 32, copy.size, None, None, True)

    sending.put_parts = hasty
    from secingest_tui.services.replication import copy as copy_module

    setattr(copy_module, "put_parts", hasty)  # noqa: B010 - mypy: the module exports no such name


BROKEN: dict[str, Callable[[], None]] = {"no-residency": no_residency, "no-check": no_check, "early": early}


def main(arguments: list[str]) -> None:
    mode, *rest = arguments
    BROKEN[mode]()
    from secingest_tui.cli.main import main as secingest

    secingest(rest)


if __name__ == "__main__":
    main(sys.argv[1:])
