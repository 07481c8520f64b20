"""Receipts kept on this side: proof of registration, and the memory that pins versions on restore."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from secingest_tui.files import private_dir, write_atomic


class ReceiptStore:
    """One folder an object key (its SHA-256, so that no key is ever a path), one file a version."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, receipt: dict[str, Any], *, sync: bool = True) -> Path:
        """Keep a receipt as the server sent it, on one line; durably, unless ``sync`` is off."""
        folder = private_dir(self._of(receipt["object_key"]))
        path = folder / f"{hashlib.sha256(receipt['version'].encode()).hexdigest()[:32]}.json"
        write_atomic(path, json.dumps(receipt, ensure_ascii=False).encode(), sync=sync)
        return path

    def get(self, object_key: str, version: str) -> dict[str, Any] | None:
        return next((item for item in self.versions(object_key) if item["version"] == version), None)

    def versions(self, object_key: str) -> list[dict[str, Any]]:
        """Every receipt of an object, the newest first."""
        folder = self._of(object_key)
        found = [json.loads(path.read_bytes()) for path in folder.glob("*.json")] if folder.is_dir() else []
        return sorted(found, key=lambda item: str(item["recorded_at"]), reverse=True)

    def _of(self, object_key: str) -> Path:
        return self._folder / hashlib.sha256(object_key.encode()).hexdigest()[:32]
