"""A probe's answers beside the catalogue's claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from secingest_tui.claims import Provider
from secingest_tui.services.providers.catalogue import catalogue_of
from secingest_tui.services.providers.probe.answers import ProbeReport, Verdict
from secingest_tui.services.workspace import Workspace

FEATURES: Final = {
    "s3_versioning": "versioning",
    "object_lock": "object_lock",
    "conditional_writes": "conditional_put",
    "presigned_urls": "presigned_urls",
    "multipart": "multipart",
}
"""The catalogue's features that a probe asks about, and its question."""


def compared(catalogue: Sequence[Provider], report: ProbeReport) -> list[dict[str, Any]]:
    """A row a feature: what the probe found, what the catalogue says, and whether they agree.

    ``agrees`` is None where one of the two does not know. Empty where the provider is not in the catalogue.
    """
    provider = provider_of(catalogue, report.provider, report.endpoint)
    if provider is None:
        return []
    rows: list[dict[str, Any]] = []
    for feature, question in FEATURES.items():
        claim, answer = provider.features.get(feature), report.get(question)
        claimed = None if claim is None else claim.value
        found = None
        if answer is not None and answer.verdict is not Verdict.COULD_NOT_TELL:
            found = answer.verdict is Verdict.YES
        rows.append(
            {
                "feature": feature,
                "probe": _word(found),
                "catalogue": _word(claimed),
                "agrees": None if claimed is None or found is None else claimed == found,
                "provider": provider.id,
                "source": claim.source if claim else None,
                "source_date": claim.source_date if claim else None,
            }
        )
    return rows


def differences(workspace: Workspace, report: ProbeReport) -> list[dict[str, Any]]:
    """The rows of ``compared`` where probe and catalogue contradict each other."""
    return [row for row in compared(catalogue_of(workspace.config), report) if row["agrees"] is False]


def provider_of(catalogue: Sequence[Provider], slug: str, endpoint: str) -> Provider | None:
    """The catalogue's entry of a backend: by its provider's slug, else by the endpoint's host."""
    host = urlsplit(endpoint).hostname
    for provider in catalogue:
        if provider.id == slug or provider.id.split("-")[0] == slug:
            return provider
    for provider in catalogue:
        if any(urlsplit(region.endpoint or "").hostname == host for region in provider.regions):
            return provider
    return None


def _word(value: bool | None) -> str:
    return "unknown" if value is None else "yes" if value else "no"
