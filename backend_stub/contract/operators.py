"""Named operator keys: ADMIN_API_KEY is the first operator's and makes them, so that the audit says who."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from .base import Answer, Submission, Timestamp
from .credentials import ChangedStatus, CredentialStatus
from .ids import Line

OperatorName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$")]


class OperatorRequest(Submission):
    """A new operator, or a new key for one there is: the key is generated and answered once."""

    name: OperatorName
    label: Line | None = None
    expires_at: Timestamp | None = None


class OperatorKey(Answer):
    """A key without itself. `key_id` is the part of it that may be known."""

    key_id: str
    name: str
    label: str | None = None
    status: CredentialStatus
    created_at: Timestamp
    created_by: str
    expires_at: Timestamp | None = None


class NewOperatorKey(OperatorKey):
    """The answer to a creation; `key` goes into `X-Admin-Key`, and is never shown again."""

    key: str = Field(repr=False)


class OperatorChange(Submission):
    """Disable, enable, or set the end. Absent fields stay; `expires_at: null` removes the end."""

    status: ChangedStatus | None = None
    expires_at: Timestamp | None = None


class OperatorPage(Answer):
    items: list[OperatorKey]
    next: str | None = None
