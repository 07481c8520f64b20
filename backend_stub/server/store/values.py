"""How values lie in the tables: times, identifiers, JSON."""

from __future__ import annotations

import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from backend_stub.contract.objects import canonical_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def maybe_time(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def new_id(kind: str) -> str:
    """`kind-` and 30 hexadecimal digits: time first, so that ids sort by age, then 64 random bits."""
    return f"{kind}-{time.time_ns() // 1000:014x}{secrets.token_hex(8)}"


def dump(value: Any) -> str:
    """Canonical JSON text."""
    return canonical_json(value).decode()


def load(text: str) -> Any:
    return json.loads(text)
