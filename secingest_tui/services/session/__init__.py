"""One person's work with one server, as the screens see it: the services behind plain view models."""

from secingest_tui.services.session.session import ScreenSession, open_session

__all__ = ["ScreenSession", "open_session"]
