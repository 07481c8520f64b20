"""Settings: from the environment and a `.env` file, checked at once, every problem named at once.

The environment wins over the file. Values never appear in a message, an exception or a repr.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from backend_stub.contract import namespace, snapshots

MIN_ADMIN_KEY = 8
MIN_PASSPHRASE = 8
DEFAULT_RATE_LIMIT = 500
DEFAULT_RECONCILE_SECONDS = 300
DEFAULT_DATABASE_URL = "sqlite:///secingest-server.sqlite"


class SettingsError(Exception):
    """Settings are missing or not valid. `problems` has one line each, naming the setting."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """What the server runs with; lengths and counts as named, secrets hidden from repr."""

    admin_api_key: str = field(repr=False)
    passphrase: str = field(repr=False)
    database_url: str = field(repr=False)
    # Requests a second for one tenant in one process; 0 is no limit.
    rate_limit: int = 0
    namespace_policy: Literal["record", "enforce"] = "record"
    namespace_length: int = namespace.DEFAULT_LENGTH
    # How often policy is reconciled; 0 is never.
    reconcile_seconds: int = DEFAULT_RECONCILE_SECONDS
    max_snapshot_buckets: int = snapshots.MAX_SNAPSHOT_BUCKETS
    max_snapshot_files: int = snapshots.MAX_SNAPSHOT_FILES
    max_files_per_bucket: int = snapshots.MAX_FILES_PER_BUCKET
    # Of each tenant; 0 is no limit.
    max_snapshot_count: int = snapshots.MAX_SNAPSHOT_COUNT
    max_snapshot_age_days: int = snapshots.MAX_SNAPSHOT_AGE_DAYS
    max_snapshot_bytes: int = snapshots.MAX_SNAPSHOT_BYTES


def read_env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines; blank lines, `#` comments, `export` and matching quotes are understood.

    An absent file is empty. Raises SettingsError naming the lines that are none of these.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: cannot be read as UTF-8 text"]) from error
    values: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = re.fullmatch(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)", stripped)
        if match is None:
            problems.append(f"{path} line {number}: not NAME=value")
            continue
        name, value = match.groups()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        values[name] = value
    if problems:
        raise SettingsError(problems)
    return values


def read_values(environment: Mapping[str, str], env_file: Path, problems: list[str]) -> dict[str, str]:
    """Every name and value, the environment over the file; what is wrong with the file goes to `problems`."""
    try:
        return {**read_env_file(env_file), **environment}
    except SettingsError as error:
        problems.extend(error.problems)
        return dict(environment)


def load_settings(environment: Mapping[str, str], env_file: Path, database_url: str | None) -> Settings:
    """The settings of this process. `database_url` is the command line's and wins.

    Raises SettingsError with every problem there is, never only the first.
    """
    problems: list[str] = []
    values = read_values(environment, env_file, problems)

    def secret(name: str, least: int, use: str) -> str:
        value = values.get(name, "")
        if not value:
            problems.append(f"{name} is not set: {use}")
        elif len(value) < least:
            problems.append(f"{name} is too short: at least {least} characters")
        return value

    def number(name: str, default: int, least: int, most: int) -> int:
        text = values.get(name, "")
        if not text:
            return default
        if not re.fullmatch(r"[0-9]{1,18}", text) or not least <= int(text) <= most:
            problems.append(f"{name} must be a whole number from {least} to {most}")
            return default
        return int(text)

    admin_api_key = secret("ADMIN_API_KEY", MIN_ADMIN_KEY, "the operator's key, sent as X-Admin-Key")
    passphrase = secret("TENANT_SECRET_PASSPHRASE", MIN_PASSPHRASE, "it seals the tenants' secrets")
    policy = values.get("NAMESPACE_POLICY", "") or "record"
    if policy not in ("record", "enforce"):
        problems.append("NAMESPACE_POLICY must be record or enforce")
    settings = Settings(
        admin_api_key=admin_api_key,
        passphrase=passphrase,
        database_url=_database_url(database_url, values.get("DATABASE_URL", ""), problems),
        rate_limit=number("RATE_LIMIT", DEFAULT_RATE_LIMIT, 0, 1_000_000),
        namespace_policy="enforce" if policy == "enforce" else "record",
        namespace_length=number(
            "NAMESPACE_HASH_LENGTH", namespace.DEFAULT_LENGTH, namespace.MIN_LENGTH, namespace.MAX_LENGTH
        ),
        reconcile_seconds=number("RECONCILE_SECONDS", DEFAULT_RECONCILE_SECONDS, 0, 86_400),
        max_snapshot_buckets=number("MAX_SNAPSHOT_BUCKETS", snapshots.MAX_SNAPSHOT_BUCKETS, 1, 1_000_000),
        max_snapshot_files=number("MAX_SNAPSHOT_FILES", snapshots.MAX_SNAPSHOT_FILES, 1, 10_000_000),
        max_files_per_bucket=number("MAX_FILES_PER_BUCKET", snapshots.MAX_FILES_PER_BUCKET, 1, 10_000_000),
        max_snapshot_count=number("MAX_SNAPSHOT_COUNT", snapshots.MAX_SNAPSHOT_COUNT, 0, 1_000_000),
        max_snapshot_age_days=number("MAX_SNAPSHOT_AGE_DAYS", snapshots.MAX_SNAPSHOT_AGE_DAYS, 0, 36_500),
        max_snapshot_bytes=number("MAX_SNAPSHOT_BYTES", snapshots.MAX_SNAPSHOT_BYTES, 0, 2**50),
    )
    if problems:
        raise SettingsError(problems)
    return settings


def _database_url(from_command_line: str | None, from_environment: str, problems: list[str]) -> str:
    text = from_command_line or from_environment or DEFAULT_DATABASE_URL
    name = "--database-url" if from_command_line else "DATABASE_URL"
    try:
        url = make_url(text)
    except ArgumentError:
        problems.append(f"{name} must be sqlite:///FILE or postgresql://USER@HOST/NAME")
        return ""
    if from_command_line and url.password is not None:
        # Anybody on the machine can read a command line.
        problems.append("--database-url must not hold a password: set DATABASE_URL or PGPASSFILE instead")
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        url = url.set(drivername="postgresql+psycopg")
    elif url.drivername != "sqlite" or not url.database or url.database == ":memory:":
        problems.append(f"{name} must be sqlite:///FILE or postgresql://USER@HOST/NAME")
    return url.render_as_string(hide_password=False)
