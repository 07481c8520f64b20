"""What an ingest would do, before it does anything: files, object keys, sizes, problems."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePath

from secingest_tui.confine import check
from secingest_tui.errors import UsageError
from secingest_tui.services.ingest.names import check_object_key, key_for_file


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """What a person asked for. ``paths`` are files and folders; ``-`` alone is standard input."""

    paths: tuple[str, ...]
    tenant: str
    backend: str
    recipients: tuple[str, ...] = ()
    """Key ids or public PEM files; empty means the configured ones, or the only one here."""
    object_key: str | None = None
    prefix: str | None = None
    version: str | None = None
    residency: str | None = None
    replicas: int | None = None
    targets: tuple[str, ...] = ()
    logical: str = "data"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    follow_symlinks: bool = False
    if_absent: bool = False
    jobs: int | None = None
    """Parts or small files under way at once; as configured by default."""
    bandwidth_limit: int | None = None
    """Bytes a second over all of them."""


@dataclass(frozen=True, slots=True)
class IngestItem:
    """One file to become one object; ``size`` in bytes, None for a stream."""

    source: str
    object_key: str
    size: int | None


@dataclass(slots=True)
class IngestPlan:
    """Everything that will be ingested and everything that will not, with the reason."""

    items: list[IngestItem] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """(path, reason): left out on purpose, such as symbolic links."""
    problems: list[tuple[str, str]] = field(default_factory=list)
    """(path, reason): asked for, and cannot be done."""

    @property
    def total_bytes(self) -> int:
        return sum(item.size or 0 for item in self.items)


def plan_ingest(request: IngestRequest) -> IngestPlan:
    """Walk the paths of ``request``. Raises UsageError where the request contradicts itself."""
    plan = IngestPlan()
    if request.object_key and request.prefix:
        raise UsageError("--as and --prefix exclude each other.", hint="Give one of them.", field="--as")
    if request.prefix is not None:
        check_object_key(f"{request.prefix.rstrip('/')}/x", request.tenant)
    if "-" in request.paths:
        if request.paths != ("-",) or not request.object_key:
            raise UsageError(
                "Standard input (-) is ingested alone and needs its object key.",
                hint=f"For example: pg_dump db | secingest ingest - --as {request.tenant}/db.sql",
                field="--as",
            )
        plan.items.append(IngestItem("-", check_object_key(request.object_key, request.tenant), None))
        return plan
    for name in request.paths:
        _add(plan, request, Path(name))
    if request.object_key and len(plan.items) > 1:
        raise UsageError(
            "--as names one object, and there are several files.", hint="Use --prefix.", field="--as"
        )
    seen: dict[str, str] = {}
    for item in plan.items:
        if item.object_key in seen:
            raise UsageError(
                f"{item.source} and {seen[item.object_key]} would both become {item.object_key}.",
                hint="Ingest them with different prefixes.",
                field="--prefix",
            )
        seen[item.object_key] = item.source
    return plan


def _add(plan: IngestPlan, request: IngestRequest, path: Path) -> None:
    try:
        status = check(path).stat()
    except UsageError as error:
        plan.problems.append((str(path), error.message))
        return
    except OSError as error:
        plan.problems.append((str(path), f"cannot be read: {error.strerror}"))
        return
    if not stat.S_ISDIR(status.st_mode):
        _add_file(plan, request, path, PurePath(path.name))
        return
    if request.object_key:
        raise UsageError(f"{path} is a folder; --as names one object.", hint="Use --prefix.", field="--as")
    for entry, relative in _walk(plan, path, PurePath(), request.follow_symlinks, set()):
        if _wanted(str(relative), request):
            _add_file(plan, request, entry, relative)


def _wanted(name: str, request: IngestRequest) -> bool:
    if request.include and not any(fnmatch(name, pattern) for pattern in request.include):
        return False
    return not any(fnmatch(name, pattern) for pattern in request.exclude)


def _walk(
    plan: IngestPlan, folder: Path, relative: PurePath, follow: bool, inside: set[tuple[int, int]]
) -> Iterator[tuple[Path, PurePath]]:
    """Every file below ``folder`` in byte order; a loop of followed links is reported, not walked."""
    try:
        identity = (folder.stat().st_dev, folder.stat().st_ino)
        if identity in inside:
            plan.skipped.append((str(folder), "symbolic link loop"))
            return
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        plan.problems.append((str(folder), f"cannot be read: {error.strerror}"))
        return
    for entry in listed:
        path, name = Path(entry.path), relative / entry.name
        if entry.is_symlink() and not follow:
            plan.skipped.append((entry.path, "symbolic link (use --follow-symlinks to ingest its target)"))
        elif entry.is_dir(follow_symlinks=follow):
            yield from _walk(plan, path, name, follow, inside | {identity})
        elif entry.is_file(follow_symlinks=follow):
            yield path, name
        else:
            plan.skipped.append((entry.path, "no regular file"))


def _add_file(plan: IngestPlan, request: IngestRequest, path: Path, relative: PurePath) -> None:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            plan.problems.append((str(path), "is no regular file"))
            return
        if not os.access(path, os.R_OK):
            plan.problems.append((str(path), "cannot be read: Permission denied"))
            return
        key = (
            check_object_key(request.object_key, request.tenant)
            if request.object_key
            else key_for_file(relative, request.prefix or "", request.tenant)
        )
    except OSError as error:
        plan.problems.append((str(path), f"cannot be read: {error.strerror}"))
        return
    except UsageError as error:
        if request.object_key:
            raise
        plan.problems.append((str(path), error.message))
        return
    plan.items.append(IngestItem(str(path), key, status.st_size))
