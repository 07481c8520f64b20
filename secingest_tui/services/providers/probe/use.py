"""From what a probe found to how a backend is used; what the person set stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from secingest_tui.config import Addressing, Backend, WireChecksum
from secingest_tui.services.providers.probe.answers import ProbeReport, Verdict

_CHECKSUMS: tuple[WireChecksum, ...] = ("crc64nvme", "crc32c", "md5")
"""The strongest first."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it comes from: ``you``, ``probe`` or ``default``."""

    value: str | bool
    origin: str


@dataclass(frozen=True, slots=True)
class TransferSettings:
    """How transfers to a backend are made."""

    addressing: Addressing
    checksums: WireChecksum
    conditional_put: bool
    """Send If-None-Match with PutObject: the provider honours it."""
    conditional_complete: bool
    origins: dict[str, str]
    probed_at: datetime | None = None

    def origin(self, name: str) -> str:
        """For people: ``set by you``, ``probe of 2026-11-24``, ``default``."""
        origin = self.origins[name]
        if origin == "probe" and self.probed_at is not None:
            return f"probe of {self.probed_at.date().isoformat()}"
        return {"you": "set by you", "default": "default"}.get(origin, origin)


def transfer_settings(backend: Backend, report: ProbeReport | None) -> TransferSettings:
    """The person's settings first, then what the probe found, then the defaults.

    A could-not-tell changes nothing. A provider that was seen to verify no checksum at all gets none: a
    header that is accepted and ignored proves nothing.
    """
    values: dict[str, str | bool] = {}
    origins: dict[str, str] = {}
    found = {
        "addressing": _addressing(report),
        "checksums": _checksums(report),
        "conditional_put": _honoured(report, "conditional_put"),
        "conditional_complete": _honoured(report, "conditional_complete"),
    }
    for name, value in found.items():
        if name in backend.model_fields_set and getattr(backend, name) is not None:
            values[name], origins[name] = getattr(backend, name), "you"
        elif value is not None:
            values[name], origins[name] = value, "probe"
        else:
            values[name], origins[name] = getattr(backend, name) or False, "default"
    return TransferSettings(
        **values,  # type: ignore[arg-type]
        origins=origins,
        probed_at=report.started_at if report else None,
    )


def _addressing(report: ProbeReport | None) -> Addressing | None:
    if report is None:
        return None
    path, virtual = (report.says(f"addressing_{style}", Verdict.YES) for style in ("path", "virtual"))
    if path == virtual:
        return None
    return "path" if path else "virtual"


def _checksums(report: ProbeReport | None) -> WireChecksum | None:
    if report is None:
        return None
    for kind in _CHECKSUMS:
        if report.says(f"checksum_{kind}", Verdict.YES):
            return kind
    seen_none = all(report.says(f"checksum_{kind}", Verdict.NO) for kind in _CHECKSUMS)
    return "none" if seen_none else None


def _honoured(report: ProbeReport | None, question: str) -> bool | None:
    if report is None or report.says(question, Verdict.COULD_NOT_TELL):
        return None
    return report.says(question, Verdict.YES)
