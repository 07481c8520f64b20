"""What an erasure has found so far, kept until its proof is recorded.

What was removed before a crash is no longer there to be listed, and belongs into the proof all the same.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from secingest_tui.files import private_dir, write_atomic
from secingest_tui.paths import Home


class ErasureJournal:
    """One file a version; empty where nothing was begun."""

    def __init__(self, home: Home, object_key: str, version: str) -> None:
        name = hashlib.sha256(json.dumps([object_key, version]).encode()).hexdigest()[:32]
        self._path = Path(home.root / "erasures" / f"{name}.journal")
        self._places: dict[str, list[dict[str, Any]]] = {}
        if self._path.exists():
            self._places = json.loads(self._path.read_bytes())

    def add(self, backend: str, bucket: str, found: list[dict[str, Any]]) -> None:
        """Durably, before the first of them is removed."""
        known = self._places.setdefault(f"{backend} {bucket}", [])
        known += [item for item in found if item not in known]
        private_dir(self._path.parent)
        write_atomic(self._path, json.dumps(self._places).encode())

    def removed(self, backend: str, bucket: str) -> list[dict[str, Any]]:
        """Everything that was found there, in this run or one before it."""
        return self._places.get(f"{backend} {bucket}", [])

    def done(self) -> None:
        """The proof is recorded."""
        self._path.unlink(missing_ok=True)
