"""Does anybody answer, how fast, behind which certificate, and what is the time? Nothing secret is sent."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from secingest_tui.services.providers.probe.answers import Answer, could_not_tell, no, yes
from secingest_tui.storage import S3Settings
from secingest_tui.storage.faults import translate

SECONDS = 10.0
ROUND_TRIPS = 5
SLOW_SECONDS = 0.5
SKEW_SECONDS = 300.0
"""S3 refuses at 15 minutes, this project's metadata server at 5."""


def now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the endpoint's socket is."""

    host: str
    port: int
    tls: bool

    @classmethod
    def of(cls, settings: S3Settings) -> Place:
        parts = urlsplit(settings.endpoint or f"https://s3.{settings.region}.amazonaws.com")
        tls = parts.scheme == "https"
        return cls(parts.hostname or "", parts.port or (443 if tls else 80), tls)


def check_connection(settings: S3Settings) -> list[Answer]:
    """Answers to ``reachable``, ``latency``, ``tls`` and ``clock``, as far as they could be asked."""
    place = Place.of(settings)
    if proxy := _proxy(settings):
        return [could_not_tell("latency", f"the way there leads through the proxy {proxy}")]
    begun = time.perf_counter()
    try:
        with socket.create_connection((place.host, place.port), SECONDS):
            connected = time.perf_counter() - begun
    except OSError as error:
        return [no("reachable", _reason(error, settings))]
    try:
        answers = _converse(settings, place, connected)
    except ssl.SSLError as error:
        return [
            yes("reachable", f"connected in {connected * 1000:.0f} ms"),
            _tls_refused(settings, place, error),
        ]
    except (OSError, http.client.HTTPException) as error:
        if not place.tls and (speaks := _certificate(place)) is not None:
            return [yes("reachable", "something listens there"), _plain_to_tls(speaks)]
        return [
            no("reachable", f"something listens there and does not speak HTTP: {_reason(error, settings)}")
        ]
    return answers


def _converse(settings: S3Settings, place: Place, connected: float) -> list[Answer]:
    """A few unsigned requests on one connection."""
    connection = _connection(settings, place)
    times, skews = [], []
    certificate: Answer | None = None
    status = 0
    try:
        for _ in range(ROUND_TRIPS):
            before, begun = now(), time.perf_counter()
            connection.request("GET", "/", headers={"User-Agent": "secingest-probe"})
            if certificate is None:
                certificate = _tls_verified(connection.sock) if place.tls else None
            answer = connection.getresponse()
            answer.read(64 * 1024)
            elapsed = time.perf_counter() - begun
            status = answer.status
            times.append(elapsed)
            if (date := _date(answer.getheader("Date"))) is not None:
                skews.append((before - date).total_seconds() + elapsed / 2)
    finally:
        connection.close()
    if status == 400 and not place.tls and (speaks := _certificate(place)) is not None:
        return [yes("reachable", "something listens there"), _plain_to_tls(speaks)]
    # The first request pays for connecting (and TLS); the others show the round trip.
    trip = statistics.median(times[1:])
    answers = [
        yes("reachable", f"connected in {connected * 1000:.0f} ms", seconds=round(connected, 4)),
        (yes if trip < SLOW_SECONDS else no)(
            "latency",
            f"{trip * 1000:.1f} ms for a request, the middle of {len(times) - 1}",
            seconds=round(trip, 4),
        ),
    ]
    answers.append(certificate or no("tls", _plain(settings), plain=True))
    answers.append(_clock(skews))
    return answers


def _plain(settings: S3Settings) -> str:
    where = (
        "on this machine only" if settings.loopback else "who is on the way reads names, sizes and metadata"
    )
    return f"the endpoint is plain HTTP: {where}"


def _connection(settings: S3Settings, place: Place) -> http.client.HTTPConnection:
    if not place.tls:
        return http.client.HTTPConnection(place.host, place.port, timeout=SECONDS)
    return http.client.HTTPSConnection(place.host, place.port, timeout=SECONDS, context=_trust(settings))


def _trust(settings: S3Settings) -> ssl.SSLContext:
    """The authorities that transfers trust too."""
    from botocore.httpsession import get_cert_path

    return ssl.create_default_context(
        cafile=str(settings.ca_file) if settings.ca_file else get_cert_path(True)
    )


def _clock(skews: list[float]) -> Answer:
    if not skews:
        return could_not_tell("clock", "its answers carry no readable Date")
    # A Date has whole seconds and was cut, not rounded: half a second is the best guess.
    skew = statistics.median(skews) - 0.5
    if abs(skew) <= 1.5:
        return yes("clock", "the clocks agree to a second", seconds=round(skew, 1))
    ahead = "ahead of" if skew > 0 else "behind"
    detail = f"this machine's clock is {abs(skew):.0f} s {ahead} the provider's"
    if abs(skew) <= SKEW_SECONDS:
        return yes("clock", detail, seconds=round(skew, 1))
    return no(
        "clock", f"{detail}; set the clock (NTP): signatures are refused until then", seconds=round(skew, 1)
    )


def _date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


# TLS


def _tls_verified(sock: Any) -> Answer:
    found = _describe(sock.getpeercert(binary_form=True) or b"")
    left = found["days_left"]
    detail = f"{sock.version()}, issued by {found['issuer']}, valid for {left} more days"
    return yes("tls", detail, protocol=sock.version(), **found)


def _tls_refused(settings: S3Settings, place: Place, error: ssl.SSLError) -> Answer:
    found = _certificate(place)
    if found is None:
        return no(
            "tls",
            "the port speaks no TLS: either the endpoint is http:// (for loopback), or the port is wrong",
            words=_words(error),
        )
    whose = (
        f"its certificate is for {found['subject']}, issued by {found['issuer']}, SHA-256 {found['sha256']}"
    )
    if settings.ca_file is not None:
        fix = "it is not of the authority in ca_file; ask the provider which authority signs it"
    elif found["subject"] == found["issuer"] or "self-signed" in _words(error):
        fix = (
            "it is self-signed or of a private authority: get the authority's PEM file from the provider, "
            "compare, and trust exactly that with --ca-file FILE"
        )
    else:
        fix = (
            "nothing was sent; check the host name, or trust the provider's own authority with --ca-file FILE"
        )
    return no("tls", f"{whose}; {fix}", words=_words(error), **found)


def _plain_to_tls(found: dict[str, Any]) -> Answer:
    return no(
        "tls",
        f"the endpoint says http://, and the port speaks TLS (certificate for {found['subject']}): "
        "write https://. Nothing was sent in clear",
        **found,
    )


def _words(error: ssl.SSLError) -> str:
    reason = getattr(error, "verify_message", None) or getattr(error, "reason", None) or ""
    return reason if isinstance(reason, str) and reason.isprintable() else ""


def _certificate(place: Place) -> dict[str, Any] | None:
    """What the certificate there says of itself, unverified: to be shown, never to be trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((place.host, place.port), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=place.host) as sock,
        ):
            return _describe(sock.getpeercert(binary_form=True) or b"")
    except OSError:
        return None


def _describe(der: bytes) -> dict[str, Any]:
    from cryptography import x509

    certificate = x509.load_der_x509_certificate(der)
    until = certificate.not_valid_after_utc
    return {
        "subject": _name(certificate.subject.rfc4514_string()),
        "issuer": _name(certificate.issuer.rfc4514_string()),
        "not_after": until.isoformat(),
        "days_left": (until - now()).days,
        "sha256": hashlib.sha256(der).hexdigest(),
    }


def _name(text: str) -> str:
    return "".join(character for character in text if character.isprintable())[:120] or "nobody"


def _reason(error: BaseException, settings: S3Settings) -> str:
    from botocore.exceptions import EndpointConnectionError

    wrapped = error
    if isinstance(error, OSError):
        wrapped = EndpointConnectionError(endpoint_url=settings.place, error=error)
    told = translate(wrapped, settings, "connect")
    _, _, reason = told.message.rpartition(": ")
    return f"{reason}; {told.hint}"


def _proxy(settings: S3Settings) -> str | None:
    from botocore.utils import get_environ_proxies

    if settings.loopback:
        return None
    place = settings.place if settings.endpoint else "https://s3.amazonaws.com"
    proxy: str | None = get_environ_proxies(place).get(urlsplit(place).scheme)
    return proxy.rpartition("@")[2] if proxy else None
