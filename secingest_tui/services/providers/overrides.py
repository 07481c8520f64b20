"""The shipped catalogue with what a person added or overrode in ``config.toml``."""

from __future__ import annotations

from secingest_tui.config import Config
from secingest_tui.services.providers.catalogue import Provider, load_catalogue


def catalogue_of(config: Config) -> tuple[Provider, ...]:
    """The catalogue of this home."""
    return load_catalogue()
