"""What a worker can serve: tenants, backends, and buckets that are the tenants' own."""

from __future__ import annotations

import threading
import time

from backend_stub.contract.jobs import LeasedObject
from backend_stub.contract.namespace import namespace_bucket
from secingest_tui.config import Backend
from secingest_tui.crypto.signature import SignerPublicKey
from secingest_tui.services.replication.failures import Blocked
from secingest_tui.services.workspace import Workspace

OWNED_SECONDS = 300.0
CONFIGURATION_SECONDS = 5.0


class Serving:
    """By the credentials of this profile. Safe to use from many threads."""

    def __init__(self, workspace: Workspace, tenant: str, backends: tuple[str, ...]) -> None:
        self._workspace = workspace
        known = workspace.backends()
        served = backends or tuple(known)
        for name in served:
            workspace.backend(name)  # UsageError for one that is not configured
        tenants = {tenant, *workspace.known_tenants(), *workspace.config.tenants}
        found = {
            name: [one for one in served if workspace.has_store_credentials(one, name)]
            for name in sorted(tenants)
        }
        self.by_tenant = {name: able for name, able in found.items() if able}
        self.backends = sorted({name for able in self.by_tenant.values() for name in able})
        self._owned: dict[tuple[str, str, str], float] = {}
        self._read_at = float("-inf")
        self._known: dict[str, Backend] = known
        self._signers: list[SignerPublicKey] = []
        self._lock = threading.Lock()

    def backend(self, backend_id: str) -> Backend:
        """As configured now, or a few seconds ago: small objects come by the hundred a second."""
        self._refresh()
        return self._known.get(backend_id) or self._workspace.backend(backend_id)

    def signers(self) -> list[SignerPublicKey]:
        """The uploaders whose signatures count, as ``backend``."""
        self._refresh()
        return self._signers

    def _refresh(self) -> None:
        with self._lock:
            if time.monotonic() - self._read_at < CONFIGURATION_SECONDS:
                return
            self._known = self._workspace.backends()
            self._signers = self._workspace.trusted_signers()
            self._read_at = time.monotonic()

    def own_bucket(self, backend: str, tenant: str, bucket: str) -> None:
        """See that the bucket is there and the tenant's own, every few minutes. Raises StorageError."""
        key = (backend, tenant, bucket)
        with self._lock:
            if time.monotonic() - self._owned.get(key, float("-inf")) < OWNED_SECONDS:
                return
            # Held meanwhile: jobs that begin together need not make the same bucket at once.
            self._workspace.ensure_bucket(backend, tenant, bucket)
            self._owned[key] = time.monotonic()


def check_bucket(tenant: str, backend: Backend, wanted: LeasedObject) -> None:
    """Hold the bucket that the server names against the rule for this tenant. Raises Blocked."""
    bucket = wanted.target_bucket
    digits = len(bucket.split("-")[1]) if bucket.count("-") else 0
    expected = namespace_bucket(
        tenant, backend.region, wanted.logical, backend.id, backend.provider, wanted.target_counter,
        length=min(32, max(8, digits)),
    )  # fmt: skip
    if bucket != expected:
        raise Blocked(
            f"The server names bucket {bucket} at {backend.id} for {tenant}, the rule gives {expected}.",
            hint="Check that region and provider of the backend are the same here and at the server.",
        )
