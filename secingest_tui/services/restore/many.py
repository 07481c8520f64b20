"""Restoring more than one: everything under a prefix, or everything of a tenant from a provider alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backend_stub.contract.namespace import DEFAULT_LOGICAL, namespace_bucket
from secingest_tui.crypto.recipients import PrivateKey
from secingest_tui.crypto.signature import SignerPublicKey
from secingest_tui.errors import Cancelled, SecingestError, UsageError
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.restore.beside import Source, is_sidecar
from secingest_tui.services.restore.opened import open_object, read_header
from secingest_tui.services.restore.run import Replayed, restore, write_plaintext
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import ObjectInfo

Keys = Callable[[list[str]], Iterable[PrivateKey]]


@dataclass(slots=True)
class ManyRestored:
    """What became of every object: (object key, version, path) or (name, reason)."""

    restored: list[tuple[str, str, str]] = field(default_factory=list)
    failed: list[tuple[str, SecingestError]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What should be known about the keys that objects were opened with."""


def place(folder: Path, name: str) -> Path:
    """Where ``name`` goes below ``folder``; a name that would lead outside is refused (UsageError)."""
    parts = name.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise UsageError(f"{name!r} cannot be a file's name.", hint="Restore it alone, with -o FILE.")
    path = folder.joinpath(*parts)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{path} lies outside {folder}: a symbolic link leads there.", field="-o")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def restore_prefix(
    workspace: Workspace,
    prefix: str,
    folder: Path,
    *,
    keys: Keys,
    signers: list[SignerPublicKey],
    require_signature: bool,
    force: bool,
    progress: TransferProgress,
    cancel: threading.Event,
    done: Callable[[str, str, str], None],
) -> ManyRestored:
    """The newest version of every object whose key begins with ``prefix``, below ``folder``.

    Names keep what follows the prefix's last ``/``. One that fails does not stop the others.
    """
    tenant = prefix.split("/", 1)[0]
    base = prefix.rpartition("/")[0]
    found = list(_newest(workspace, tenant, prefix))
    if not found:
        raise UsageError(f"No object's key begins with {prefix}.", hint="See: secingest objects list")
    progress.start("fetch+decrypt", items_total=len(found))
    result = ManyRestored()
    opened = Replayed(keys([]))
    for object_key, version in found:

        def one(object_key: str = object_key, version: str = version) -> tuple[str, str, str]:
            path = str(place(folder, object_key[len(base) :].lstrip("/")))
            restored = restore(
                workspace, object_key, path, version=version, keys=lambda _: opened, signers=signers,
                require_signature=require_signature, force=force, cancel=cancel,
            )  # fmt: skip
            result.notes += [f"{object_key}: {note}" for note in restored.notes]
            return object_key, version, path

        _attempt(result, object_key, one, done)
        progress.add_item()
    return result


def _attempt(
    result: ManyRestored,
    name: str,
    one: Callable[[], tuple[str, str, str] | None],
    done: Callable[[str, str, str], None],
) -> None:
    """Restore one and note what became of it; None from ``one`` is an object that is left out."""
    try:
        restored = one()
    except Cancelled:
        raise
    except SecingestError as error:
        result.failed.append((name, error))
    except OSError as error:
        result.failed.append((name, UsageError(f"Cannot write: {error.strerror}")))
    else:
        if restored is not None:
            result.restored.append(restored)
            done(*restored)


def _newest(workspace: Workspace, tenant: str, prefix: str) -> Iterator[tuple[str, str]]:
    last = None
    for item in workspace.tenant(tenant).all_objects(prefix=prefix):
        if item.state == "active" and item.object_key != last:
            last = item.object_key
            yield item.object_key, item.version


def recover(
    workspace: Workspace,
    tenant: str,
    backend_id: str,
    folder: Path,
    *,
    bucket: str | None,
    all_versions: bool,
    keys: Keys,
    signers: list[SignerPublicKey],
    require_signature: bool,
    force: bool,
    progress: TransferProgress,
    cancel: threading.Event,
    done: Callable[[str, str, str], None],
) -> ManyRestored:
    """Everything of ``tenant`` that lies at one provider, without the metadata server.

    The bucket follows from the namespace rule unless it is named. What an object is (tenant, key,
    version) is read from its authenticated header, never from its name. Without the server nobody can
    say whether an object is missing or an older version of itself: of several versions the one the
    provider took last is restored, or all of them.
    """
    store = workspace.store(backend_id, tenant)
    backend = workspace.backend(backend_id)
    name = bucket or namespace_bucket(tenant, backend.region, DEFAULT_LOGICAL, backend.id, backend.provider)
    found = list(store.list_objects(name, f"{tenant}/"))
    names = {info.key for info in found}
    listed = [info for info in found if not is_sidecar(info.key, names)]
    if not listed:
        raise UsageError(
            f"There is nothing of {tenant} in bucket {name} at {backend_id}.",
            hint="Name the bucket with --bucket if it was made by another rule.",
        )
    progress.start("fetch+decrypt", items_total=len(listed))
    result = ManyRestored()
    opened = Replayed(keys([]))
    seen: set[str] = set()
    for info in sorted(listed, key=_newest_first):
        if cancel.is_set():
            raise Cancelled("Cancelled; what was restored stays.")

        def one(key: str = info.key) -> tuple[str, str, str] | None:
            source = Source(store, name, key)
            header, _ = read_header(source)
            context = header.context
            object_key, version = context.get("object-key", ""), context.get("version", "")
            if object_key in seen and not all_versions:
                return None
            whole = open_object(
                source,
                opened,
                expect={"tenant": tenant, "object-key": object_key, "version": version},
                signers=signers,
                require_signature=require_signature,
            )
            inside = object_key.removeprefix(f"{tenant}/")
            path = place(folder, f"{inside}/{version}" if all_versions else inside)
            if path.exists() and not force:
                raise UsageError(f"{path} exists already; it was not touched.", hint="Use --force.")
            write_plaintext(whole, path, workspace.config.transfer.jobs, progress, cancel)
            seen.add(object_key)
            return object_key, version, str(path)

        _attempt(result, info.key, one, done)
        progress.add_item()
    return result


def _newest_first(info: ObjectInfo) -> float:
    return -info.last_modified.timestamp() if info.last_modified else 0.0
