"""Profiles: several homes in one, each with its own configuration, secrets and servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tomli_w

from secingest_tui.config import Config, load_config, parse
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.files import write_atomic
from secingest_tui.paths import Home


@dataclass(frozen=True, slots=True)
class Profile:
    """What tells one from another."""

    name: str
    """Empty for the home itself."""
    server: str
    tenant: str
    environment: str
    problem: str = ""


def list_profiles(base: Home) -> list[Profile]:
    """The home itself, then its profiles by name. A configuration that cannot be read is said, not hidden."""
    return [_look(base, "")] + [_look(base.profile(name), name) for name in base.profiles()]


def _look(home: Home, name: str) -> Profile:
    try:
        config = load_config(home)
    except SecingestError as error:
        return Profile(name, "?", "?", "", error.message)
    server = config.server.url or "embedded"
    return Profile(name, server, config.tenant or "", config.screens.environment)


def new_profile(base: Home, name: str, fields: dict[str, Any]) -> Home:
    """Make a profile with this configuration. Raises UsageError for a bad name, field or an existing one."""
    home = base.profile(name)
    if home.config_file.exists():
        raise UsageError(f"There is a profile {name} already.", hint="secingest profiles list", field="NAME")
    parse(Config, fields, f"profile {name}")
    home.prepare()
    write_atomic(home.config_file, tomli_w.dumps(fields).encode(), exclusive=True)
    return home
