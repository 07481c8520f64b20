"""The secrets of one embedded stack: made once, kept in a file only its owner can read."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field

from secingest_tui.embedded.errors import EmbeddedError
from secingest_tui.embedded.layout import StackPaths
from secingest_tui.files import write_atomic


@dataclass(frozen=True, slots=True)
class StackSecrets:
    """Everything the stack's parts prove themselves with.

    ``admin_key`` and ``passphrase`` are the metadata server's; ``s3_access_key`` and ``s3_secret_key`` are
    the operator's identity at the store.
    """

    admin_key: str = field(repr=False)
    passphrase: str = field(repr=False)
    s3_access_key: str
    s3_secret_key: str = field(repr=False)

    @classmethod
    def make(cls) -> StackSecrets:
        return cls(
            admin_key=secrets.token_urlsafe(32),
            passphrase=secrets.token_urlsafe(32),
            s3_access_key="OP" + secrets.token_hex(9).upper(),
            s3_secret_key=secrets.token_urlsafe(30),
        )

    @classmethod
    def load(cls, paths: StackPaths) -> StackSecrets:
        """Raises EmbeddedError where the file is missing or damaged."""
        try:
            return cls(**json.loads(paths.secrets.read_bytes()))
        except (OSError, ValueError, TypeError):
            raise EmbeddedError(
                f"the embedded stack's secrets in {paths.secrets} cannot be read",
                hint="restore the file from a backup; without it the metadata server's records stay sealed",
                field="SECINGEST_HOME",
            ) from None

    @classmethod
    def load_or_make(cls, paths: StackPaths) -> StackSecrets:
        """For the supervisor, which alone may make them. Raises EmbeddedError as ``load``.

        Not beside data of an earlier start: new secrets would open nothing of it, and hide that it is there.
        """
        if not paths.secrets.exists() and not paths.database.exists():
            made = json.dumps(asdict(cls.make())).encode()
            write_atomic(paths.secrets, made, exclusive=True)
        return cls.load(paths)
