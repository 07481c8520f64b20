"""From a request to a principal, or to the problem that says why not."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from ..problems import ProblemError
from ..registry import operators
from ..services import Services
from ..store.database import database_now
from ..store.schema import credentials
from . import sigv4
from .known import inactive, refusal, tenants_of
from .principal import Asked, Principal

# Signed like every x-amz-* header.
REQUEST_ID = "x-amz-meta-request-id"
_HINT = (
    "Check access key and secret. Sign the path as sent and the query sorted and percent-encoded "
    "(curl 7.88 signs a query as it is typed)."
)


def wire_request(request: Request) -> sigv4.WireRequest:
    """The request as it came on the wire: raw path, raw query, every header line."""
    headers = [
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.scope["headers"]
    ]
    raw_path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return sigv4.WireRequest(request.method, raw_path.decode("latin-1"), query.decode("latin-1"), headers)


async def authenticate(
    request: Request, services: Services, request_id: str, *, fresh: bool = True
) -> Principal:
    """The caller. Raises ProblemError: 401 without credentials, 403 with wrong ones, 400 with unreadable.

    With `fresh` false it may be one whose credential is remembered: see `known`.
    """
    wire = wire_request(request)
    try:
        signature = sigv4.find_signature(wire)
    except sigv4.MalformedError as error:
        raise _malformed(error) from None
    admin_key = wire.header("x-admin-key")
    if admin_key is not None:
        if signature is not None:
            raise _malformed("send either X-Admin-Key or a signature, not both")
        return await _operator(admin_key, services, request_id)
    if signature is None:
        raise ProblemError(
            401,
            "unauthenticated",
            "Not signed",
            "Sign the request with AWS Signature Version 4 (service s3), or send X-Admin-Key as an operator.",
            headers={"WWW-Authenticate": sigv4.ALGORITHM},
        )
    try:
        sigv4.check_time(signature, datetime.now(UTC))
        # The body is read only for somebody whose signature can be right.
        payload = sigv4.payload_hash(wire, signature, await request.body())
    except sigv4.MalformedError as error:
        raise _refused(str(error)) from None
    canonical = sigv4.canonical_request(wire, signature, payload)
    if not fresh:
        known = services.known.find(signature)
        # Also against nobody's key, so that a refusal takes as long for a key that is known.
        key = known.signing_key if known else services.nobodys_key
        if sigv4.matches(key, signature, canonical) and known:
            return known.principal(request_id)
    row, now = await _lookup(services, signature.access_key)
    try:
        secret = services.unseal_secret(row)
    except InvalidTag:
        # A row that was moved or altered is no credential; it must not work, nor answer differently.
        row, secret = None, services.unseal_secret(None)
    key = sigv4.signing_key(secret, signature)
    if not sigv4.matches(key, signature, canonical) or row is None:
        raise _refused(f"The signature does not match. {_HINT}")
    if inactive(row, now):
        raise refusal()
    if not fresh:
        services.known.keep(signature, row, key)
    asked = Asked(signature.value, wire.header(REQUEST_ID), _digest(wire, payload))
    return Principal(row["role"], row["access_key"], tenants_of(row), request_id, row["tenant_id"], asked)


def _digest(wire: sigv4.WireRequest, payload: str) -> str:
    return hashlib.sha256("\n".join((wire.method, wire.path, wire.query, payload)).encode()).hexdigest()


async def _operator(admin_key: str, services: Services, request_id: str) -> Principal:
    # Digests have one length whatever was sent, so the comparison tells nothing about the key's.
    given = hashlib.sha256(admin_key.encode("latin-1")).digest()
    if hmac.compare_digest(given, hashlib.sha256(services.settings.admin_api_key.encode()).digest()):
        return Principal("operator", "admin", None, request_id, first_operator=True)
    row = None
    if (key_id := operators.key_id_of(admin_key)) is not None:
        row = await run_in_threadpool(operators.find_by_key, services.database, key_id, given)
    if row is None:
        raise _refused("The X-Admin-Key is not right.")
    if row.status != "active":
        raise ProblemError(403, "credential-inactive", "Refused", "This key is disabled or expired.")
    return Principal("operator", row.name, None, request_id)


async def _lookup(services: Services, access_key: str) -> tuple[dict[str, Any] | None, int]:
    # A reader of SQLite (WAL) waits for nobody; one row by its key costs less than a hop to a thread.
    if services.database.is_sqlite:
        return _find(services, access_key)
    return await run_in_threadpool(_find, services, access_key)


def _find(services: Services, access_key: str) -> tuple[dict[str, Any] | None, int]:
    with services.database.read() as connection:
        found = connection.execute(select(credentials).where(credentials.c.access_key == access_key))
        row = found.mappings().one_or_none()
        return (dict(row) if row is not None else None), database_now(connection)


def _malformed(error: sigv4.MalformedError | str) -> ProblemError:
    return ProblemError(400, "malformed-signature", "Signature not readable", f"{error}.")


def _refused(detail: str) -> ProblemError:
    return ProblemError(403, "signature-refused", "Refused", detail)
