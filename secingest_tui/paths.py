"""Where everything of one installation lies."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from secingest_tui.errors import UsageError
from secingest_tui.files import private_dir

PROFILE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def expanded(typed: str) -> Path:
    """What a person typed, with ``~`` and ``~name`` followed; a name that nobody has stays as it is.

    ``Path.expanduser`` raises RuntimeError for it.
    """
    return Path(os.path.expanduser(typed))  # noqa: PTH111


@dataclass(frozen=True, slots=True)
class Home:
    """The state folder: ``SECINGEST_HOME``, else the platform's user data folder.

    ``SECINGEST_PROFILE`` (the option ``--profile``) names one of several homes in it, each with a
    configuration, secrets and servers of its own; without it the folder itself is the only one.
    """

    root: Path

    @classmethod
    def locate(cls, environ: Mapping[str, str] = os.environ) -> Home:
        base = cls.base(environ)
        profile = environ.get("SECINGEST_PROFILE")
        return base.profile(profile) if profile else base

    @classmethod
    def base(cls, environ: Mapping[str, str] = os.environ) -> Home:
        """The home without a profile's name."""
        named = environ.get("SECINGEST_HOME")
        if named:
            return cls(Path(named).expanduser().absolute())
        from platformdirs import user_data_path

        return cls(user_data_path("secingest", appauthor=False))

    def profile(self, name: str) -> Home:
        """The home of a profile. Raises UsageError for a name that is none."""
        if not PROFILE.fullmatch(name):
            raise UsageError(
                f"{name!r} is no name of a profile.",
                hint="Use lower-case letters, digits and hyphens, 63 at most.",
                field="--profile",
            )
        return Home(self.root / "profiles" / name)

    def profiles(self) -> list[str]:
        """The names of the profiles in this home."""
        folder = self.root / "profiles"
        found = folder.iterdir() if folder.is_dir() else ()
        return sorted(path.name for path in found if path.is_dir() and PROFILE.fullmatch(path.name))

    def prepare(self) -> Home:
        """Make the folder if it is missing; only its owner may enter it."""
        private_dir(self.root)
        return self

    @property
    def config_file(self) -> Path:
        return self.root / "config.toml"

    @property
    def credentials_file(self) -> Path:
        return self.root / "credentials.json"

    @property
    def keys_dir(self) -> Path:
        return self.root / "keys"

    @property
    def stack_dir(self) -> Path:
        """The embedded stack: its secrets, databases and object store."""
        return self.root / "stack"

    @property
    def copies_dir(self) -> Path:
        """Journals of part-done replication copies."""
        return self.root / "copies"

    @property
    def uploads_dir(self) -> Path:
        """Journals of uploads under way."""
        return self.root / "uploads"

    @property
    def outbox_dir(self) -> Path:
        """Registrations that the metadata server has not acknowledged yet."""
        return self.root / "outbox"

    @property
    def receipts_dir(self) -> Path:
        return self.root / "receipts"

    @property
    def probes_dir(self) -> Path:
        """What probes of providers found, and what they are making there."""
        return self.root / "probes"

    @property
    def log_dir(self) -> Path:
        return self.root / "log"
