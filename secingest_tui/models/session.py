"""Who is working, where, and what they should know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What the person at the screen may do."""

    OPERATOR = "operator"
    TENANT = "tenant"
    AUDITOR = "auditor"


class Stack(StrEnum):
    """Where the servers are."""

    EMBEDDED = "embedded"
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that wants attention, and what to do about it."""

    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """The status line and the head of the home screen."""

    server: str
    tenant: str | None
    role: Role
    stack: Stack
    outbox_count: int = 0
    """Registrations the server has not acknowledged yet."""
    warnings: tuple[Notice, ...] = ()
    environment: str = ""
    """The profile's own word for this installation, such as ``production``."""
