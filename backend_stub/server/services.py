"""What every request needs, made once at start."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import HMAC
from typing import Any

from sqlalchemy import Connection

from .auth.known import KnownCredentials
from .receipts import ReceiptSigner
from .registry.snapshot_retention import expire_all
from .registry.stored import StoredCounter
from .seal import Sealer
from .settings import Settings
from .store.database import Database
from .store.grouping import GroupCommit
from .store.migrate import migrate
from .web.metrics import RequestCounts
from .web.ratelimit import RateLimit


@dataclass
class Streams:
    """How many event streams are open; touched by the event loop only."""

    active: int = 0


@dataclass(frozen=True)
class Services:
    settings: Settings
    database: Database
    # For what many send at once: waiting requests share a transaction.
    grouped: GroupCommit
    sealer: Sealer
    signer: ReceiptSigner
    # Opened when an access key is unknown, so that the answer takes as long as for a known one.
    nobody: bytes = field(repr=False)
    nobodys_key: HMAC = field(
        default_factory=lambda: hmac.new(secrets.token_bytes(32), digestmod="sha256"), repr=False
    )
    known: KnownCredentials = field(default_factory=KnownCredentials, repr=False)
    requests: RequestCounts = field(default_factory=RequestCounts)
    rate_limit: RateLimit = field(default_factory=lambda: RateLimit(0))
    streams: Streams = field(default_factory=Streams)
    stored: StoredCounter = field(default_factory=StoredCounter)
    # Set when the process is asked to end: streams of events end then.
    stopping: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def open(cls, settings: Settings) -> Services:
        """Open the database, bring its schema up to date, unwrap its keys.

        Raises seal.WrongPassphraseError, store.migrate.NewerSchemaError, or the database's own error.
        """
        database = Database(settings.database_url)
        migrate(database)

        def keys(connection: Connection) -> tuple[Sealer, ReceiptSigner]:
            sealer = Sealer.open(connection, settings.passphrase)
            return sealer, ReceiptSigner.open(connection, sealer)

        sealer, signer = database.write(keys)
        expire_all(database, settings)
        nobody = sealer.seal(secrets.token_urlsafe(30).encode(), *_about("", ""))
        limit = RateLimit(settings.rate_limit)
        return cls(settings, database, GroupCommit(database), sealer, signer, nobody, rate_limit=limit)

    def close(self) -> None:
        """End the writer's thread and close the database."""
        self.grouped.close()
        self.database.close()

    def seal_secret(self, tenant_id: str, access_key: str, secret: str) -> bytes:
        """A credential's secret as its row holds it."""
        return self.sealer.seal(secret.encode(), *_about(tenant_id, access_key))

    def unseal_secret(self, row: Mapping[str, Any] | None) -> str:
        """The secret of a credential's row, or nobody's for None. Raises cryptography's InvalidTag."""
        if row is None:
            return self.sealer.unseal(self.nobody, *_about("", "")).decode()
        about = _about(row["tenant_id"], row["access_key"])
        return self.sealer.unseal(row["sealed_secret"], *about).decode()


def _about(tenant_id: str, access_key: str) -> tuple[str, str, str]:
    return ("credential", tenant_id, access_key)
