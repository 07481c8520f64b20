"""Where everything of one installation lies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from secingest_tui.files import private_dir


@dataclass(frozen=True, slots=True)
class Home:
    """The state folder: ``SECINGEST_HOME``, else the platform's user data folder."""

    root: Path

    @classmethod
    def locate(cls, environ: Mapping[str, str] = os.environ) -> Home:
        named = environ.get("SECINGEST_HOME")
        if named:
            return cls(Path(named).expanduser().absolute())
        from platformdirs import user_data_path

        return cls(user_data_path("secingest", appauthor=False))

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
