"""Structured logs: one JSON object a line on standard error.

Only named fields are written: no bodies, no query strings, no header values, no exception texts.
"""

from __future__ import annotations

import json
import sys
import threading
import traceback
from datetime import UTC, datetime
from typing import Any

_lock = threading.Lock()


def log(event: str, level: str = "info", **fields: str | int | float | bool | None) -> None:
    """Write one line. Values are plain data chosen by the caller; a broken standard error is ignored."""
    line: dict[str, Any] = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level}
    line |= {"event": event, **{name: value for name, value in fields.items() if value is not None}}
    with _lock:
        try:
            sys.stderr.write(json.dumps(line) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            # Whoever read the log is gone; serving goes on.
            return


def where(error: BaseException) -> str:
    """Type and place of an exception. Its text may quote input or a statement's values: not included."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places}"
