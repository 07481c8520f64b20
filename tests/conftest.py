"""What every test may rely on: no state of the person who runs the suite is ever read or written."""

from __future__ import annotations

import os

import pytest

PRIVATE = (
    "SECINGEST_", "AWS_", "ADMIN_API_KEY", "TENANT_SECRET_PASSPHRASE", "TEXTUAL_DRIVER", "NO_COLOR", "TERM",
    "COLORTERM", "DATABASE_URL", "RECONCILE_SECONDS", "RATE_LIMIT", "NAMESPACE_", "MAX_SNAPSHOT_",
    "MAX_FILES_",
)  # fmt: skip


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside() -> None:
    """A variable of the caller's shell must not decide whether a test passes."""
    for name in list(os.environ):
        if name.startswith(PRIVATE):
            del os.environ[name]
