"""AWS Signature Version 4, the verifier's side; pure functions over the request as it came on the wire.

Source: AWS General Reference / IAM User Guide, "Create a signed AWS API request" and, for the query form,
Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters". The path is canonical as it came
(service s3: never normalised, never encoded again); the query is decoded, encoded again and sorted.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_plus

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
TERMINATOR = "aws4_request"
SERVICE = "s3"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
CLOCK_SKEW = timedelta(minutes=5)
MAX_EXPIRES = 900  # seconds; S3 itself allows seven days, far more than a page of metadata needs
# Two of any of these could mean one thing to the verifier and another to a proxy before it.
SINGLE_HEADERS = frozenset(
    (
        "authorization",
        "host",
        "x-admin-key",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
        "content-length",
        "content-type",
        "transfer-encoding",
    )
)
_QUERY_NAMES = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)
_HEX64 = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z")


class MalformedError(Exception):
    """The signature cannot be read or breaks a rule; the text says which and how to mend it."""


@dataclass(frozen=True)
class WireRequest:
    """A request as it came: `path` undecoded, `query` undecoded without '?', header names in lower case."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True)
class Signature:
    """What the caller claims: who signed what, when. `expires` (seconds) belongs to the query form."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str
    timestamp: str
    expires: int | None

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{TERMINATOR}"


def parse_query(query: str) -> list[tuple[str, str]]:
    """Name and value pairs, decoded as the application will decode them ('+' is a blank there too)."""
    if not query:
        return []
    pairs = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((unquote_plus(name), unquote_plus(value)))
    return pairs


def find_signature(request: WireRequest) -> Signature | None:
    """The request's signature in either form; None where it has none. Raises MalformedError."""
    names = [name for name, _ in request.headers]
    if len(set(names)) != len(names):
        for name in SINGLE_HEADERS:
            if names.count(name) > 1:
                raise MalformedError(f"the header {name} came more than once: send it once")
    authorization = request.header("authorization")
    in_query = [pair for pair in parse_query(request.query) if pair[0].lower().startswith("x-amz-")]
    if authorization is None:
        return _from_query(request, in_query) if in_query else None
    if in_query:
        raise MalformedError("sign either by the Authorization header or by the query, not by both")
    return _from_header(request, authorization)


def _from_header(request: WireRequest, authorization: str) -> Signature:
    scheme, _, rest = authorization.partition(" ")
    if scheme != ALGORITHM:
        raise MalformedError(f"the Authorization header must begin with {ALGORITHM}")
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name in fields:
            raise MalformedError(
                "the Authorization header is not Credential=..., SignedHeaders=..., Signature=..."
            )
        fields[name] = value
    if set(fields) != {"Credential", "SignedHeaders", "Signature"}:
        raise MalformedError(
            "the Authorization header needs Credential, SignedHeaders and Signature, no more"
        )
    timestamp = request.header("x-amz-date")
    if timestamp is None:
        raise MalformedError("the header x-amz-date is missing")
    return _signature(
        request, fields["Credential"], fields["SignedHeaders"], fields["Signature"], timestamp, None
    )


def _from_query(request: WireRequest, pairs: list[tuple[str, str]]) -> Signature:
    if request.method not in ("GET", "HEAD"):
        raise MalformedError("a signature in the query is accepted for GET and HEAD only: sign by header")
    fields = dict(pairs)
    if len(fields) != len(pairs) or sorted(fields) != sorted(_QUERY_NAMES):
        raise MalformedError(f"a signature in the query has exactly {', '.join(_QUERY_NAMES)}")
    if fields["X-Amz-Algorithm"] != ALGORITHM:
        raise MalformedError(f"X-Amz-Algorithm must be {ALGORITHM}")
    expires = fields["X-Amz-Expires"]
    if not re.fullmatch(r"[0-9]{1,6}", expires) or not 1 <= int(expires) <= MAX_EXPIRES:
        raise MalformedError(f"X-Amz-Expires must be 1 to {MAX_EXPIRES} seconds")
    return _signature(
        request,
        fields["X-Amz-Credential"],
        fields["X-Amz-SignedHeaders"],
        fields["X-Amz-Signature"],
        fields["X-Amz-Date"],
        int(expires),
    )


def _signature(
    request: WireRequest, credential: str, signed: str, value: str, timestamp: str, expires: int | None
) -> Signature:
    parts = credential.split("/")
    if len(parts) != 5 or not all(parts) or parts[4] != TERMINATOR:
        raise MalformedError(f"the credential must be ACCESS_KEY/DATE/REGION/{SERVICE}/{TERMINATOR}")
    access_key, date, region, service, _ = parts
    if service != SERVICE:
        raise MalformedError(f"the signature's service must be {SERVICE}")
    if not _DATE.fullmatch(timestamp) or timestamp[:8] != date:
        raise MalformedError("the date must be YYYYMMDDTHHMMSSZ and its day the credential's")
    if not _HEX64.fullmatch(value):
        raise MalformedError("the signature must be 64 lower-case hexadecimal digits")
    names = tuple(signed.split(";"))
    if list(names) != sorted(set(names)) or any(name != name.lower() or not name for name in names):
        raise MalformedError("SignedHeaders must be lower-case names, sorted, each once")
    present = {name for name, _ in request.headers}
    required = {"host"} | {name for name in present if name.startswith("x-amz-")}
    if missing := required - set(names):
        raise MalformedError(f"SignedHeaders lacks {', '.join(sorted(missing))}")
    if absent := set(names) - present:
        raise MalformedError(f"signed but not sent: {', '.join(sorted(absent))[:200]}")
    return Signature(access_key, date, region, service, names, value, timestamp, expires)


def check_time(signature: Signature, now: datetime) -> None:
    """Raises MalformedError where the signature is older or newer than it may be."""
    text = signature.timestamp
    parts = (text[:4], text[4:6], text[6:8], text[9:11], text[11:13], text[13:15])
    try:
        signed = datetime(*map(int, parts), tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError as error:
        raise MalformedError("the date is not a date") from error
    latest = signed + (CLOCK_SKEW if signature.expires is None else timedelta(seconds=signature.expires))
    if not signed - CLOCK_SKEW <= now <= latest:
        raise MalformedError(
            f"the signature's time {signature.timestamp} is too far from the server's "
            f"{now.strftime('%Y%m%dT%H%M%SZ')}: set the clock, or sign again"
        )


def payload_hash(request: WireRequest, signature: Signature, body: bytes) -> str:
    """The payload hash that goes into the canonical request. Raises MalformedError.

    What `x-amz-content-sha256` claims must be true of the body; unsigned bodies are for reading only.
    """
    if signature.expires is not None:
        if body:
            raise MalformedError("a request signed in the query has no body")
        return UNSIGNED
    actual = hashlib.sha256(body).hexdigest()
    claimed = request.header("x-amz-content-sha256")
    if claimed is None:
        return actual
    if claimed == UNSIGNED and request.method in ("GET", "HEAD") and not body:
        return UNSIGNED
    if not _HEX64.fullmatch(claimed):
        raise MalformedError(
            "x-amz-content-sha256 must be the SHA-256 of the body: unsigned bodies are refused"
        )
    if not hmac.compare_digest(claimed, actual):
        raise MalformedError("x-amz-content-sha256 differs from the SHA-256 of the body that arrived")
    return claimed


def canonical_query(query: str) -> str:
    """Decoded, encoded again (RFC 3986 unreserved characters stay) and sorted, without the signature."""
    pairs = [
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_query(query)
        if name != "X-Amz-Signature"
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def canonical_request(request: WireRequest, signature: Signature, payload: str) -> str:
    """The canonical request of the specification."""
    lines = [request.method, request.path or "/", canonical_query(request.query)]
    headers: dict[str, str] = {}
    for name, value in request.headers:
        text = " ".join(value.split())
        headers[name] = f"{headers[name]},{text}" if name in headers else text
    lines += [f"{name}:{headers[name]}" for name in signature.signed_headers]
    return "\n".join([*lines, "", ";".join(signature.signed_headers), payload])


def string_to_sign(signature: Signature, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join([ALGORITHM, signature.timestamp, signature.scope, digest])


def signing_key(secret: str, signature: Signature) -> hmac.HMAC:
    """The key for a day, region and service, ready to sign; whoever signs works on a copy."""
    key = f"AWS4{secret}".encode()
    for part in (signature.date, signature.region, signature.service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, digestmod="sha256")


def sign(key: hmac.HMAC, signature: Signature, canonical: str) -> str:
    """The signature that a signing key gives: 64 hexadecimal digits."""
    signing = key.copy()
    signing.update(string_to_sign(signature, canonical).encode())
    return signing.hexdigest()


def matches(key: hmac.HMAC, signature: Signature, canonical: str) -> bool:
    """Whether the signature was made with this signing key; constant time in the signature."""
    return hmac.compare_digest(sign(key, signature, canonical), signature.value)


def verify(secret: str, request: WireRequest, signature: Signature, payload: str) -> bool:
    """Whether the caller knows `secret`."""
    canonical = canonical_request(request, signature, payload)
    return matches(signing_key(secret, signature), signature, canonical)
