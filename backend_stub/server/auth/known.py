"""Credentials that signed rightly a moment ago: their rows and signing keys, so that the next request need
not read, unseal and derive them again.

A row may have changed since, here or in another process. Whoever is let in by what is known has to be
confirmed: in the transaction that does the work, or by a fresh look before any other answer.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import HMAC
from typing import Any

from sqlalchemy import Connection, select

from ..problems import ProblemError
from ..store.database import database_now
from ..store.schema import credentials
from .principal import Kind, Principal
from .sigv4 import Signature

_REMEMBERED = 10_000


@dataclass(frozen=True)
class Known:
    """A credential's row as it was read, and the signing key of a day and region."""

    row: Mapping[str, Any] = field(repr=False)
    signing_key: HMAC = field(repr=False)
    tenants: frozenset[str]

    def principal(self, request_id: str) -> Principal:
        """The caller, not confirmed."""
        kind: Kind = self.row["role"]
        return Principal(
            kind,
            self.row["access_key"],
            self.tenants,
            request_id,
            self.row["tenant_id"],
            unconfirmed=self.row,
        )


class KnownCredentials:
    """The last so many. Used from the event loop only, so it needs no lock."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str, str], Known] = OrderedDict()

    def find(self, signature: Signature) -> Known | None:
        name = (signature.access_key, signature.date, signature.region)
        found = self._known.get(name)
        if found is not None:
            self._known.move_to_end(name)
        return found

    def keep(self, signature: Signature, row: Mapping[str, Any], signing_key: HMAC) -> None:
        """Only after the signature was verified: nobody else fills the memory."""
        name = (signature.access_key, signature.date, signature.region)
        self._known[name] = Known(row, signing_key, tenants_of(row))
        self._known.move_to_end(name)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def tenants_of(row: Mapping[str, Any]) -> frozenset[str]:
    """The tenants that a credential sees."""
    return frozenset([row["tenant_id"], *json.loads(row["tenants"])])


def inactive(row: Mapping[str, Any], now: int) -> bool:
    """Whether a credential is disabled or expired; `now` in microseconds by the database's clock."""
    return row["status"] != "active" or (row["expires_at"] is not None and row["expires_at"] <= now)


def refusal() -> ProblemError:
    return ProblemError(403, "credential-inactive", "Refused", "This credential is disabled or expired.")


def confirm(connection: Connection, principal: Principal) -> ProblemError | None:
    """Why a caller who was let in by what is known may not go on, by the row as it is now."""
    before = principal.unconfirmed
    if before is None:
        return None
    found = select(credentials).where(credentials.c.access_key == principal.name)
    row = connection.execute(found).mappings().one_or_none()
    if row is None or inactive({**row}, database_now(connection)):
        return refusal()
    if any(row[name] != before[name] for name in ("role", "tenants", "tenant_id", "sealed_secret")):
        return ProblemError(
            403, "signature-refused", "Refused", "This credential was changed just now: send it again."
        )
    return None
