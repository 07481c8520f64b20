"""What goes wrong between us and the metadata server."""

from __future__ import annotations

from secingest_tui.errors import SecingestError


class ServerUnreachable(SecingestError):
    """No answer from the metadata server: what was meant for it has to be kept and sent again."""


class ServerRefused(SecingestError):
    """The metadata server answered, and said no. ``status`` is the HTTP status."""

    def __init__(self, message: str, *, status: int, hint: str | None = None, code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in {408, 425, 429} or self.status >= 500
