"""Backends: S3 services that data lies on. The server knows where they are, never how to get in."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, StringConstraints

from .base import Answer, Submission, Timestamp
from .ids import BackendId, Label, has_control
from .residency import Country


def check_endpoint(value: str) -> str:
    """An http(s) URL of host and port only; nothing of the input is in the error's text.

    Raises ValueError for user info, query, fragment or a path.
    """
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise ValueError("not a URL") from error
    if has_control(value) or " " in value or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an endpoint is https://host or https://host:port")
    if parts.username is not None or parts.password is not None or "@" in value:
        raise ValueError("user info is not accepted in an endpoint: the server holds no provider credentials")
    if "?" in value or "#" in value or parts.path not in ("", "/") or port == 0:
        raise ValueError("an endpoint has no path, query or fragment")
    return value.removesuffix("/")


Endpoint = Annotated[str, StringConstraints(max_length=500), AfterValidator(check_endpoint)]


class BackendRequest(Submission):
    """A backend. `provider` is the provider's slug (it names the bucket's suffix), as `spacetime`."""

    id: BackendId
    provider: Label | None = None
    region: Label
    country: Country | None = None
    endpoint: Endpoint
    addressing: Literal["path", "virtual", "auto"] = "auto"


class Backend(Answer):
    id: BackendId
    provider: str | None = None
    region: str
    country: Country | None = None
    endpoint: str
    addressing: Literal["path", "virtual", "auto"]
    created_at: Timestamp
    updated_at: Timestamp


class BackendPage(Answer):
    items: list[Backend]
    next: str | None = None


class NamespaceAnswer(Answer):
    """The bucket of a tenant on a backend, and whether the mapping is recorded already."""

    customer: str
    region: str
    logical: str
    backend: str
    bucket: str
    counter: int
    recorded: bool
