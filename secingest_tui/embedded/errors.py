"""What can go wrong with the embedded stack."""

from __future__ import annotations

from secingest_tui.errors import SecingestError


class EmbeddedError(SecingestError):
    """The embedded stack does not start, or has stopped. ``hint`` names the log to read."""
