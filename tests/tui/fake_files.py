"""The stand-in's part for plans, files and folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from secingest_tui.errors import SecingestError
from secingest_tui.models.transfer import (
    FileEntry,
    Folder,
    IngestPlan,
    IngestRequest,
    PlanItem,
    Problem,
    RestorePlan,
    Source,
)

if TYPE_CHECKING:
    from tests.tui.fake import FakeSession

    _Session = FakeSession
else:
    _Session = object


class FakeFiles(_Session):
    def plan_ingest(self, request: IngestRequest) -> IngestPlan:
        self._call("plan_ingest", request)
        path = Path(request.paths[0])
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        items = tuple(
            PlanItem(str(file), request.object_key or f"{request.prefix}{file.name}", file.stat().st_size)
            for file in files
        )
        problems = ()
        if request.object_key and any(row.key == request.object_key for row in self.object_rows):
            problems = (
                Problem(f"{request.object_key} has a version v1.", "Choose another version.", "version"),
            )
        notes = ("Not protected against quantum computers: customer42-k1 is RSA.",)
        return IngestPlan(items, len(items), sum(item.size for item in items), problems, notes, self.locked)

    def plan_restore(self, object_key: str, version: str) -> RestorePlan:
        self._call("plan_restore", object_key, version)
        return RestorePlan("/tmp/restored.bin", 12_582_912, (), self.locked, "customer42-sign")

    def browse(self, folder: str) -> Folder:
        self._call("browse", folder)
        path = Path(folder or "/")
        try:
            children = sorted(path.iterdir(), key=lambda child: (not child.is_dir(), child.name))
        except OSError as error:
            raise SecingestError(
                f"{path} cannot be read: {error.strerror}.", hint="Choose another folder."
            ) from error
        entries = tuple(
            FileEntry(
                child.name, str(child), child.is_dir(), None if child.is_dir() else child.stat().st_size
            )
            for child in children
        )
        return Folder(str(path), str(path.parent) if path.parent != path else None, entries)

    def source(self, path: str) -> Source:
        self._call("source", path)
        try:
            known = Path(path)
            if known.is_dir():
                return Source(True, is_folder=True)
            return Source(True, size=known.stat().st_size) if known.exists() else Source(False)
        except (OSError, ValueError) as error:
            return Source(False, problem=str(error))

    def complete_path(self, typed: str) -> str | None:
        self._call("complete_path", typed)
        folder, _, start = typed.rpartition("/")
        try:
            names = sorted(
                child.name for child in Path(folder or "/").iterdir() if child.name.startswith(start)
            )
        except (OSError, ValueError):
            return None
        return f"{folder}/{names[0]}" if names else None
