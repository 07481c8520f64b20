"""Everything one person works with: home, configuration, secrets, servers and stores, opened when needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from secingest_tui.config import Backend, Config, load_backends, load_config
from secingest_tui.errors import ClosedError, UsageError
from secingest_tui.paths import Home
from secingest_tui.services.credentials import (
    ADMIN_ENTRY,
    Credential,
    CredentialStore,
    backend_entry,
    from_aws_profile,
    tenant_entry,
)
from secingest_tui.services.passphrase import profile_passphrase

if TYPE_CHECKING:  # imported when needed: listing keys loads neither an S3 client nor an HTTP client
    from backend_stub.contract.backends import BackendRequest
    from secingest_tui.crypto.signature import SignerPublicKey
    from secingest_tui.embedded import EmbeddedStack
    from secingest_tui.metadata import AdminClient, TenantClient
    from secingest_tui.services.keyring import Keyring
    from secingest_tui.services.providers.probe.use import TransferSettings
    from secingest_tui.storage import S3Settings, S3Store


class Workspace:
    """One home, with or without a remote server. Use it as a context manager.

    Nothing is started or asked before it is needed: listing keys starts no server. Safe to use from
    several threads; one that comes late to a workspace that was closed gets a ClosedError and opens nothing.
    """

    def __init__(
        self, home: Home | None = None, *, passphrase: Callable[[], bytes] = profile_passphrase
    ) -> None:
        self.home = (home or Home.locate()).prepare()
        self.config: Config = load_config(self.home)
        self.credentials = CredentialStore(self.home.credentials_file, passphrase)
        self._opening = threading.RLock()
        self._closed = False
        self._stack: EmbeddedStack | None = None
        self._stores: dict[tuple[str, str | None], S3Store] = {}
        self._clients: dict[str, TenantClient] = {}
        self._admin: AdminClient | None = None

    @cached_property
    def keyring(self) -> Keyring:
        """The keys of this home."""
        # Brings all of the cryptography along, which a home that has no key yet does not wait for.
        from secingest_tui.services.keyring import Keyring

        return Keyring(self.home.keys_dir, self.credentials)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections, and of the embedded stack (which ends when nobody holds it)."""
        self._closed = True
        with self._opening:
            for client in (*self._clients.values(), *([self._admin] if self._admin else [])):
                client.close()
            self._clients.clear()
            self._admin = None
            if self._stack is not None:
                self._stack.close()
                self._stack = None

    @contextmanager
    def _open(self) -> Iterator[None]:
        """One thread at a time opens what all share."""
        with self._opening:
            if self._closed:
                raise ClosedError("This session was closed.", hint="Open secingest again.")
            yield

    @property
    def embedded(self) -> bool:
        return self.config.server.url is None

    @property
    def stack(self) -> EmbeddedStack:
        """The embedded stack, started (or joined) on first use."""
        with self._open():
            if self._stack is None:
                from secingest_tui.embedded import EmbeddedStack
                from secingest_tui.metadata import AdminClient

                self._stack = EmbeddedStack.join(self.home)
                with AdminClient(self._stack.server_url, self._stack.admin_key) as admin:
                    known = {backend.id: backend for backend in admin.backends()}
                    for own in self._embedded_backends().values():
                        if own.id not in known or known[own.id].endpoint != own.endpoint:
                            admin.add_backend(describe(own))
            return self._stack

    @property
    def server_url(self) -> str:
        return self.config.server.url or self.stack.server_url

    @property
    def has_admin(self) -> bool:
        """Whether this profile may act as the operator; an account that is shut in never may."""
        return not self._confined and (
            self.embedded or bool(os.environ.get("ADMIN_API_KEY")) or ADMIN_ENTRY in self.credentials.names()
        )

    @property
    def _confined(self) -> bool:
        from secingest_tui import confine

        return confine.folders() is not None

    def admin(self) -> AdminClient:
        """The operator's client. Raises UsageError where this profile has no operator key."""
        with self._open():
            if self._admin is None:
                from secingest_tui.metadata import AdminClient

                ca_file = self.config.server.ca_file
                self._admin = AdminClient(self.server_url, self._admin_key(), ca_file=ca_file)
            return self._admin

    def _admin_key(self) -> str:
        if not self._confined:
            if self.embedded:
                return self.stack.admin_key
            if key := os.environ.get("ADMIN_API_KEY"):
                return key
            if credential := self.credentials.get(ADMIN_ENTRY):
                return credential.secret_key
        raise UsageError(
            "This needs the operator's key, and this profile has none.",
            hint="Set ADMIN_API_KEY, or store it: secingest credentials set server/admin",
            field="ADMIN_API_KEY",
        )

    def reader(self, tenant: str | None = None) -> AdminClient | TenantClient | None:
        """The operator's client where there is one, else the tenant's; None where there is no tenant yet."""
        if self.has_admin:
            return self.admin()
        known = self.known_tenants()
        if tenant is None and not known:
            return None
        return self.tenant(tenant or self.config.tenant or known[0])

    def tenant_id(self, named: str | None) -> str:
        """The tenant to work for: the one named, else the configured one, else the only one known here."""
        if named or self.config.tenant:
            return named or str(self.config.tenant)
        known = self.known_tenants()
        if len(known) == 1:
            return known[0]
        raise UsageError(
            "No tenant was named, and "
            + ("there is none yet." if not known else f"there are several: {', '.join(known)}."),
            hint="Give --tenant T, or make one: secingest tenant create T",
            field="--tenant",
        )

    def known_tenants(self) -> list[str]:
        """Tenants whose SigV4 credential this profile has, by name."""
        prefix = tenant_entry("")
        stored = {name.removeprefix(prefix) for name in self.credentials.names() if name.startswith(prefix)}
        profiles = {name for name, item in self.config.tenants.items() if item.aws_profile}
        return sorted(stored | profiles)

    def tenant(self, tenant: str) -> TenantClient:
        """The client that signs as ``tenant``. Raises UsageError where its credential is not here."""
        with self._open():
            if tenant not in self._clients:
                self._clients[tenant] = self._new_client(tenant)
            return self._clients[tenant]

    def _new_client(self, tenant: str) -> TenantClient:
        credential = self._tenant_credential(tenant)
        if credential is None:
            raise UsageError(
                f"There is no SigV4 credential of tenant {tenant} in this profile.",
                hint=f"Make the tenant: secingest tenant create {tenant} - or store what your "
                f"operator gave you: secingest credentials set {tenant_entry(tenant)}",
                field="--tenant",
            )
        from secingest_tui.metadata import TenantClient

        return TenantClient(self.server_url, credential, ca_file=self.config.server.ca_file)

    def _tenant_credential(self, tenant: str) -> Credential | None:
        configured = self.config.tenants.get(tenant)
        if configured is not None and configured.aws_profile:
            return from_aws_profile(configured.aws_profile)
        return self.credentials.get(tenant_entry(tenant))

    def backends(self) -> dict[str, Backend]:
        """Every backend of this profile by id: the embedded ones first, then the configured."""
        embedded = self._embedded_backends() if self.embedded and self.stack else {}
        return embedded | load_backends(self.home)

    def backend(self, backend_id: str) -> Backend:
        """One backend. Raises UsageError naming the known ones."""
        known = self.backends()
        if backend_id not in known:
            raise UsageError(
                f"There is no backend {backend_id}; known are: {', '.join(known) or 'none'}.",
                hint="See: secingest backends list - or add it: secingest backends add --help",
                field="--backend",
            )
        return known[backend_id]

    def backend_id(self, named: str | None) -> str:
        """The backend to use: the one named, else the only one of this profile."""
        if named:
            return named
        known = list(self.backends())
        if len(known) == 1:
            return known[0]
        raise UsageError(
            f"No backend was named; known are: {', '.join(known) or 'none'}.",
            hint="Give --backend B.",
            field="--backend",
        )

    def store(self, backend_id: str, tenant: str | None) -> S3Store:
        """The S3 store of a backend with the tenant's own provider credentials."""
        with self._open():
            if (backend_id, tenant) not in self._stores:
                from secingest_tui.storage import S3Store

                self._stores[backend_id, tenant] = S3Store(self.store_settings(backend_id, tenant))
            return self._stores[backend_id, tenant]

    def store_settings(
        self, backend_id: str, tenant: str | None, *, key: Credential | None = None
    ) -> S3Settings:
        """How that store is reached: what the person set, then what the last probe found, then defaults.

        ``key`` is used instead of the credential that is kept.
        """
        from secingest_tui.storage import S3Settings

        backend = self.backend(backend_id)
        profile = backend.aws_profile if key is None else None
        credential = key or (None if profile else self._provider_credential(backend_id, tenant))
        how = self.transfer_settings(backend)
        return S3Settings(
            endpoint=backend.endpoint,
            region=backend.region,
            addressing=how.addressing,
            access_key=credential.access_key if credential else None,
            secret_key=credential.secret_key if credential else None,
            profile=profile,
            ca_file=backend.ca_file,
            checksums=how.checksums,
            conditional_put=how.conditional_put,
            conditional_complete=how.conditional_complete,
            connections=max(10, 2 * self.config.transfer.jobs),
        )

    def transfer_settings(self, backend: Backend) -> TransferSettings:
        """Addressing, checksum and conditions for a backend, each with where it comes from."""
        from secingest_tui.services.providers.probe.results import latest
        from secingest_tui.services.providers.probe.use import transfer_settings

        endpoint = None if self.is_embedded(backend.id) else backend.endpoint
        return transfer_settings(backend, latest(self.home, backend.id, endpoint))

    def forget_stores(self, backend_id: str) -> None:
        """Make the stores of a backend anew when they are next asked for: its settings have changed."""
        for key in [key for key in self._stores if key[0] == backend_id]:
            del self._stores[key]

    def is_embedded(self, backend_id: str) -> bool:
        """Whether a backend is one of the embedded store."""
        return self.embedded and any(own.id == backend_id for own in self.stack.backends)

    def forget(self, tenant: str) -> None:
        """Open the tenant's stores and client anew: its credentials have changed."""
        for key in [key for key in self._stores if key[1] == tenant]:
            self._stores.pop(key).close()
        if (client := self._clients.pop(tenant, None)) is not None:
            client.close()

    def ensure_bucket(self, backend_id: str, tenant: str, bucket: str) -> None:
        """See that the bucket is there and the tenant's own; on the embedded store, grant it first."""
        store = self.store(backend_id, tenant)
        if self.is_embedded(backend_id) and not _lets_in(store, bucket):
            self.stack.grant_bucket(tenant, bucket)
        store.ensure_bucket(bucket)

    def choose_sealing(self, *, no_passphrase: bool) -> None:
        """Before a first secret is written: seal the credential file, unless told otherwise.

        The embedded stack's own secrets lie unsealed beside it, so nothing is asked there.
        """
        if self.credentials.exists or self.embedded or no_passphrase:
            return
        self.credentials.seal(profile_passphrase(new=True))

    def has_store_credentials(self, backend_id: str, tenant: str | None = None) -> bool:
        backend = self.backends()[backend_id]
        names = set(self.credentials.names())
        return (
            bool(backend.aws_profile)
            or not names.isdisjoint({backend_entry(backend_id, tenant), backend_entry(backend_id)})
            or (tenant is None and any(name.startswith(backend_entry(backend_id)) for name in names))
        )

    def has_own_credentials(self, backend_id: str) -> bool:
        """Whether the profile itself, and not only one of its tenants, has credentials for the backend."""
        backend = self.backend(backend_id)
        return bool(backend.aws_profile) or backend_entry(backend_id) in self.credentials.names()

    def credential_holders(self, backend_id: str) -> list[str]:
        """The tenants whose own provider credentials for the backend are here."""
        prefix = backend_entry(backend_id, "\0").removesuffix("\0")
        return [name.removeprefix(prefix) for name in self.credentials.names() if name.startswith(prefix)]

    def recovery_recipients(self, tenant: str) -> list[str]:
        """Whom uploads of this tenant are sealed for as well: by this profile, and by its policy."""
        from secingest_tui.services.provisioning.record import load_record

        policy = load_record(self.home, tenant).policy
        own = policy.recovery_recipients if policy is not None else ()
        return list(dict.fromkeys([*self.config.encryption.recovery_recipients, *own]))

    def trusted_signers(self, extra: Sequence[str] = ()) -> list[SignerPublicKey]:
        """The uploaders whose signatures count: our own, the configured ones, and ``extra`` ids or files."""
        encryption = self.config.encryption
        return self.keyring.trusted_signers([*encryption.trusted_signers, *extra], encryption.signer)

    def _provider_credential(self, backend_id: str, tenant: str | None) -> Credential:
        for name in ([backend_entry(backend_id, tenant)] if tenant else []) + [backend_entry(backend_id)]:
            if credential := self.credentials.get(name):
                return credential
        raise UsageError(
            f"There are no provider credentials for backend {backend_id}"
            + (f" and tenant {tenant}." if tenant else "."),
            hint=f"Store them: secingest credentials set {backend_entry(backend_id, tenant)}",
            field="--backend",
        )

    def _embedded_backends(self) -> dict[str, Backend]:
        assert self._stack is not None
        return {
            own.id: Backend(
                id=own.id,
                provider=own.provider,
                region=own.region,
                country=own.country,
                endpoint=self._stack.s3_endpoint,
                addressing="path",
            )
            for own in self._stack.backends
        }


def _lets_in(store: S3Store, bucket: str) -> bool:
    """Whether the bucket is there and may be used; then it was granted before."""
    from secingest_tui.storage import AccessRefused

    try:
        return store.bucket_exists(bucket)
    except AccessRefused:
        return False


def describe(backend: Backend) -> BackendRequest:
    """What the metadata server may know of a backend: never credentials."""
    from backend_stub.contract.backends import BackendRequest

    return BackendRequest(
        id=backend.id,
        provider=backend.provider,
        region=backend.region,
        country=backend.country,
        endpoint=backend.endpoint,
        addressing=backend.addressing,
    )
