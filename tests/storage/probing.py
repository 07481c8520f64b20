"""A probe of one of the rigs' providers, in a home of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from secingest_tui.config import Backend
from secingest_tui.paths import Home
from secingest_tui.services.providers.probe.answers import ProbeReport
from secingest_tui.services.providers.probe.run import Probe, run_probe
from secingest_tui.storage import S3Settings
from tests.storage.conftest import Provider


def make_probe(provider: Provider, folder: Path, **changes: Any) -> Probe:
    """Alice probes, and Bob's credentials are the other tenant's; ``changes`` are of ``Probe``."""
    settings: S3Settings = changes.pop("settings", provider.alice)
    home = Home(folder / "home").prepare()
    backend = Backend(id="probed", endpoint=settings.endpoint or "", region=settings.region)
    fields: dict[str, Any] = {
        "home": home,
        "backend": backend,
        "settings": replace(settings, checksums="none"),
        "other": provider.bob,
        "other_tenant": "bob",
        "allow": lambda bucket: provider.allow("alice", bucket),
    }
    return Probe(**fields | changes)


def probe(provider: Provider, folder: Path, **changes: Any) -> ProbeReport:
    return run_probe(make_probe(provider, folder, **changes))
