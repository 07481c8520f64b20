"""The catalogue of S3 providers: researched claims, each with its source and date; unknown is never "no"."""

from secingest_tui.services.providers.catalogue import Claim, Provider, Region, load_catalogue

__all__ = ["Claim", "Provider", "Region", "load_catalogue"]
