"""An operator's changes at the metadata server as requests: a dry run shows exactly what would be sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from backend_stub.contract.credentials import CredentialChange, CredentialRequest
from backend_stub.contract.tenants import TenantRequest


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """One change; ``body`` may hold a secret."""

    method: str
    path: str
    body: dict[str, Any] = field(repr=False)

    def shown(self, made_here: Iterable[str] = ()) -> str:
        """Method, path and body; the secret, and each of ``made_here``, is not shown."""
        hidden = [*made_here, *(value for name, value in self.body.items() if name == "secret_key")]
        body = {name: "(made here)" if value in hidden else value for name, value in self.body.items()}
        return f"{self.method} {self.path} {json.dumps(body, separators=(',', ':'))}"


def tenant_creation(request: TenantRequest) -> ServerRequest:
    # What the request does not name is left as it is: an unset default must not reset it.
    body = request.model_dump(mode="json", exclude_none=True, exclude_unset=True)
    return ServerRequest("POST", "/proxy/tenants", body)


def credential_creation(request: CredentialRequest) -> ServerRequest:
    body = request.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return ServerRequest("POST", "/proxy/credentials", body)


def credential_change(access_key: str, change: CredentialChange) -> ServerRequest:
    body = change.model_dump(mode="json", exclude_unset=True)
    return ServerRequest("PATCH", f"/proxy/credentials/{quote(access_key, safe='')}", body)
