"""Snapshots: what is at a provider, listed with the customer's credentials, sanitised, kept at the server."""

from secingest_tui.services.snapshots.capture import Capture, take_snapshot

__all__ = ["Capture", "take_snapshot"]
