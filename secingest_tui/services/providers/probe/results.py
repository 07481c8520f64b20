"""What probes found, kept: ``probes/BACKEND/TIME.json``, a file a probe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from pydantic import ValidationError

from secingest_tui.files import private_dir, write_atomic
from secingest_tui.paths import Home
from secingest_tui.services.providers.probe.answers import ProbeReport

KEPT = 20
"""Reports kept of each backend; older ones go."""


def keep(home: Home, report: ProbeReport) -> None:
    """Write the report down. It holds no secret."""
    folder = private_dir(home.probes_dir / report.backend)
    stamp = report.started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    write_atomic(folder / f"{stamp}.json", report.model_dump_json(indent=1).encode())
    for old in sorted(folder.glob("*.json"))[:-KEPT]:
        old.unlink(missing_ok=True)


def reports(home: Home, backend_id: str | None = None) -> list[ProbeReport]:
    """The kept reports, the newest first; a file that is none of ours is left out."""
    folders = [home.probes_dir / backend_id] if backend_id else sorted(home.probes_dir.glob("*"))
    found = [report for folder in folders if folder.name != "made" for report in _newest_first(folder)]
    return sorted(found, key=lambda report: report.started_at, reverse=True)


def _newest_first(folder: Path) -> Iterator[ProbeReport]:
    """A folder's reports, each read when it is asked for: a file is named by the time in UTC."""
    for path in sorted(folder.glob("*.json"), reverse=True):
        try:
            yield ProbeReport.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            continue


def latest(home: Home, backend_id: str, endpoint: str | None) -> ProbeReport | None:
    """The newest report that found out something about this endpoint; ``None`` for any endpoint."""
    for report in _newest_first(home.probes_dir / backend_id):
        same = endpoint is None or report.endpoint == endpoint
        if same and report.complete and not report.problems:
            return report
    return None
