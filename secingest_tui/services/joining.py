"""The tenant's side of a hand-over: a profile, the tenant's own key, and a connection that was tried.

Nothing that is there is replaced: a home that belongs to another tenant or server is refused. Repeating it
goes on where it stopped.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import tomli_w

from backend_stub.contract.keys import KeyRequest
from secingest_tui.config import Backend, load_config, save_backend
from secingest_tui.crypto.keyfile import KeyType, describe, read
from secingest_tui.crypto.pem import load_public
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.paths import Home
from secingest_tui.services.credentials import backend_entry, tenant_entry
from secingest_tui.services.passphrase import profile_passphrase
from secingest_tui.services.provisioning.handover import HandedBackend, Handover
from secingest_tui.services.provisioning.record import load_record, save_record
from secingest_tui.services.upload.bucket import tenant_bucket
from secingest_tui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried: what, whether it works, and in which words."""

    what: str
    works: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The profile that came to be."""

    home: Path
    tenant: str
    server: str
    key_id: str
    fingerprint: str
    tried: tuple[Tried, ...]

    @property
    def works(self) -> bool:
        return all(item.works for item in self.tried)


def recovery_fingerprints(handover: Handover) -> dict[str, str]:
    """Who else can open what the tenant uploads: fingerprint by key id. Raises KeyFileError."""
    return {
        key_id: describe(load_public(public.encode())).fingerprint
        for key_id, public in handover.recovery.items()
    }


def join(
    home: Home,
    handover: Handover,
    *,
    key_id: str,
    key_type: KeyType,
    key_passphrase: Callable[[], bytes | None],
    no_passphrase: bool,
) -> Joined:
    """Set up ``home`` for the tenant. ``key_passphrase`` is asked only where the key has to be made.

    ``no_passphrase`` leaves the credential file unsealed. Raises UsageError where the home is another's.
    """
    recovery_fingerprints(handover)
    _claim(home.prepare(), handover, key_id)
    with Workspace(home) as workspace:
        if not no_passphrase and not workspace.credentials.sealed:
            workspace.credentials.seal(profile_passphrase(new=True))
        _take(workspace, handover)
        if not any(key.key_id == key_id for key in workspace.keyring.stored()):
            signer = workspace.config.encryption.signer
            workspace.keyring.create(key_id, key_type, key_passphrase(), signer_id=signer)
    # Opened anew: it has backends and credentials now that it had not.
    with Workspace(home) as workspace:
        tried = [_try("metadata server", lambda: _server(workspace, handover.tenant))]
        if tried[0].works:
            tried.append(_try("public keys", lambda: publish_keys(workspace, handover.tenant, key_id)))
            tried += [
                _try(f"backend {item.settings.id}", partial(_backend, workspace, handover.tenant, item))
                for item in handover.backends
            ]
        found = workspace.keyring.find(key_id)
        return Joined(
            home.root, handover.tenant, handover.server.url, key_id, found.info.fingerprint, tuple(tried)
        )


def publish_keys(workspace: Workspace, tenant: str, key_id: str) -> str:
    """Record the tenant's public keys, its own and its signer's, at the server; repeats change nothing."""
    client = workspace.tenant(tenant)
    signer = workspace.config.encryption.signer
    recorded = client.keys()
    known = {key.fingerprint for key in recorded}
    published = []
    for key in workspace.keyring.stored():
        if key.key_id not in (key_id, signer):
            continue
        # Every machine of the tenant has a signer of its own, and all of them call it the same.
        name = f"{signer}-{key.info.fingerprint[:8]}" if key.key_id == signer else key_id
        published.append(name)
        if key.info.fingerprint not in known:
            client.add_key(
                KeyRequest(
                    key_id=name,
                    public_key=read(key.public).decode(),
                    key_alg=key.info.type.value,
                    purpose="signer" if key.key_id == signer else "recipient",
                )
            )
    return ", ".join(published)


def _claim(home: Home, handover: Handover, key_id: str) -> None:
    """Write the configuration, or see that the one that is there says the same."""
    server = handover.server
    if home.config_file.exists():
        config = load_config(home)
        if config.server.url != server.url or config.tenant not in (None, handover.tenant):
            raise UsageError(
                f"{home.config_file} is of another profile: server {config.server.url or 'embedded'}, tenant "
                f"{config.tenant or 'any'}; nothing was changed.",
                hint="Give the tenant a home of its own: SECINGEST_HOME=FOLDER secingest tenant join FILE",
                field="SECINGEST_HOME",
            )
        return
    if home.stack_dir.exists():
        raise UsageError(
            f"{home.root} holds an embedded installation; nothing was changed.",
            hint="Give the tenant a home of its own: SECINGEST_HOME=FOLDER secingest tenant join FILE",
            field="SECINGEST_HOME",
        )
    settings: dict[str, object] = {"url": server.url}
    if server.ca_pem is not None:
        _write_ca(_ca_file(home, "server"), server.ca_pem)
        settings["ca_file"] = str(_ca_file(home, "server"))
    document = {
        "tenant": handover.tenant,
        "server": settings,
        "encryption": {"recipients": [key_id]},
    }
    write_atomic(home.config_file, tomli_w.dumps(document).encode(), exclusive=True)
    try:
        load_config(home)
    except UsageError:
        home.config_file.unlink()
        raise


def _take(workspace: Workspace, handover: Handover) -> None:
    """Credentials, backends, recovery keys and policy into the profile."""
    home, store = workspace.home, workspace.credentials
    known = workspace.backends()
    for item in handover.backends:
        _same_place(known.get(item.settings.id), item.settings)
    for key_id, public in handover.recovery.items():
        workspace.keyring.add_public(key_id, public.encode())
    store.set(tenant_entry(handover.tenant), handover.server.key.credential)
    for item in handover.backends:
        # What is there already, with what the tenant set itself, stays.
        backend = known.get(item.settings.id, item.settings)
        ours = _ca_file(home, f"backend-{backend.id}")
        if item.ca_pem is not None and backend.ca_file in (None, ours):
            _write_ca(ours, item.ca_pem)
            backend = backend.model_copy(update={"ca_file": ours})
        if known.get(backend.id) != backend:
            save_backend(home, backend)
        store.set(backend_entry(backend.id, handover.tenant), item.key.credential)
    record = load_record(home, handover.tenant)
    record.policy = handover.policy
    save_record(home, record)


def _same_place(known: Backend | None, handed: Backend) -> None:
    """Raise UsageError where a backend of that name is here, and is another one."""
    if known is None:
        return
    for name in ("endpoint", "region", "country"):
        here, there = getattr(known, name), getattr(handed, name)
        if here != there:
            raise UsageError(
                f"Backend {known.id} is in this profile already, with the {name} {here}; the hand-over says "
                f"{there}. Nothing was changed.",
                hint=f"If it moved: secingest backends remove {known.id}, then join again.",
                field=name,
            )


def _ca_file(home: Home, name: str) -> Path:
    return home.root / "ca" / f"{name}.pem"


def _write_ca(path: Path, pem: str) -> None:
    private_dir(path.parent)
    write_atomic(path, pem.encode())


def _try(what: str, call: Callable[[], str]) -> Tried:
    try:
        return Tried(what, True, call())
    except SecingestError as error:
        return Tried(what, False, f"{error.message} {error.hint or ''}".strip())


def _server(workspace: Workspace, tenant: str) -> str:
    policy = workspace.tenant(tenant).own_policy(tenant)
    return f"signed in as {policy.id}, residency {policy.residency}, {policy.replicas} copies"


def _backend(workspace: Workspace, tenant: str, item: HandedBackend) -> str:
    """Store, read and remove a few bytes in the tenant's own bucket."""
    backend_id = item.settings.id
    bucket = tenant_bucket(workspace, tenant, backend_id, "data")
    workspace.ensure_bucket(backend_id, tenant, bucket)
    store = workspace.store(backend_id, tenant)
    key, body = f".secingest-join-{secrets.token_hex(8)}", secrets.token_bytes(64)
    store.put(bucket, key, body)
    try:
        with store.get(bucket, key) as reader:
            same = reader.readall() == body
    finally:
        store.delete(bucket, key)
    if not same:
        raise SecingestError("What was read is not what was stored.", hint="Do not use this backend.")
    return f"stored, read and removed a test object in {bucket}"
