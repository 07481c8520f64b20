"""Backends from what is set up already: AWS profiles and rclone remotes.

An AWS profile is referred to, never copied: its credentials (``credential_process`` included) are asked for
at each use. A remote of rclone holds its secret in its own file, so the secret is copied.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secingest_tui.config import Backend, parse
from secingest_tui.errors import UsageError
from secingest_tui.services.credentials import Credential


@dataclass(frozen=True, slots=True)
class Importable:
    """Something that can become a backend. ``credential`` is set only where it has to be copied."""

    name: str
    backend: Backend
    credential: Credential | None = None


def aws_profiles() -> list[str]:
    """The names of the profiles in ``~/.aws`` (or where ``AWS_CONFIG_FILE`` points)."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        return sorted(Session().available_profiles)
    except BotoCoreError as error:
        raise UsageError(f"The AWS configuration cannot be read: {error}", field="PROFILE") from None


def from_aws(profile: str, *, backend_id: str | None = None, endpoint: str | None = None) -> Importable:
    """A backend that takes its credentials from ``profile``. Raises UsageError."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    if profile not in aws_profiles():
        raise UsageError(
            f"There is no AWS profile {profile!r}.", hint="See: secingest import aws --list", field="PROFILE"
        )
    try:
        session = Session(profile=profile)
        settings: Mapping[str, Any] = session.get_scoped_config()
        region = session.get_config_variable("region") or "us-east-1"
    except BotoCoreError as error:
        raise UsageError(f"The AWS profile {profile} cannot be read: {error}", field="PROFILE") from None
    service = settings.get("s3")
    own = service.get("endpoint_url") if isinstance(service, dict) else None
    address = endpoint or own or settings.get("endpoint_url") or f"https://s3.{region}.amazonaws.com"
    amazon = ".amazonaws.com" in address
    fields = {
        "id": backend_id or identifier(profile),
        "provider": "aws" if amazon else "s3",
        "region": region,
        "endpoint": address,
        "aws_profile": profile,
    }
    return Importable(profile, parse(Backend, fields, f"AWS profile {profile}"))


def rclone_config(environ: Mapping[str, str] = os.environ) -> Path:
    """Where rclone keeps its configuration (https://rclone.org/docs/, "Configuration")."""
    if named := environ.get("RCLONE_CONFIG"):
        return Path(named)
    base = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "rclone" / "rclone.conf"


def rclone_remotes(path: Path) -> dict[str, Mapping[str, str]]:
    """The remotes of type ``s3`` by name. Raises UsageError where the file cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"There is no rclone configuration {path}.", hint="Name it with --config.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", field="--config") from None
    if "RCLONE_ENCRYPT_V0:" in text:
        raise UsageError(
            f"{path} is encrypted.", hint="Write it out first: rclone config show REMOTE > remote.conf",
            field="--config",
        )  # fmt: skip
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        # Its own words quote the line, which may hold the secret.
        wrong = getattr(error, "errors", None)
        line = wrong[0][0] if wrong else getattr(error, "lineno", "?")
        raise UsageError(f"{path} is no rclone configuration: see line {line}.", field="--config") from None
    return {name: parser[name] for name in parser.sections() if parser[name].get("type") == "s3"}


def from_rclone(path: Path, remote: str, *, backend_id: str | None = None) -> Importable:
    """A backend, and the credential to keep for it. Raises UsageError."""
    remotes = rclone_remotes(path)
    if remote not in remotes:
        raise UsageError(
            f"{path} has no S3 remote {remote!r}; it has: {', '.join(remotes) or 'none'}.", field="REMOTE"
        )
    found = remotes[remote]
    region = found.get("region") or "us-east-1"
    endpoint = found.get("endpoint") or f"https://s3.{region}.amazonaws.com"
    if "://" not in endpoint:
        endpoint = "https://" + endpoint
    from_environment = found.get("env_auth", "").lower() == "true"
    fields = {"id": backend_id or identifier(remote), "region": region, "endpoint": endpoint,
              "provider": identifier(found.get("provider") or "s3")}  # fmt: skip
    if "force_path_style" in found:
        fields["addressing"] = "path" if found["force_path_style"].lower() == "true" else "virtual"
    if from_environment and found.get("profile"):
        fields["aws_profile"] = found["profile"]
    backend = parse(Backend, fields, f"rclone remote {remote}")
    access, secret = found.get("access_key_id"), found.get("secret_access_key")
    if from_environment:
        return Importable(remote, backend)
    if not access or not secret:
        raise UsageError(
            f"The rclone remote {remote} has no access_key_id and secret_access_key.",
            hint="Add the backend by hand: secingest backends add --help",
            field="REMOTE",
        )
    return Importable(remote, backend, Credential(access, secret))


def identifier(name: str) -> str:
    """A backend's id from any name: ``My Profile`` becomes ``my-profile``."""
    made = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:32].strip("-")
    if not made:
        raise UsageError(f"{name!r} gives no id.", hint="Choose one with --id.", field="--id")
    return made
