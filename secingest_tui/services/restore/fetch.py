"""Fetch the ciphertext as it lies at the provider, checked against the registered checksum."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from secingest_tui.crypto.errors import FormatError, TamperedError
from secingest_tui.crypto.signature import KeySidecar
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.files import write_atomic
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.restore.beside import (
    KEYS_SUFFIX,
    SIDECAR_SUFFIX,
    Source,
    from_record,
    read_key_sidecar,
)
from secingest_tui.services.restore.locate import Copy, Located, locate
from secingest_tui.services.restore.run import check_output
from secingest_tui.services.restore.signature import read_sidecar
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import CiphertextChecksum, ObjectHead

BUFFER = 4 * 1024 * 1024


def fetch(
    workspace: Workspace,
    object_key: str,
    output: str,
    *,
    version: str | None,
    backend: str | None,
    force: bool,
    progress: TransferProgress,
    stdout: BinaryIO,
) -> dict[str, Any]:
    """Write the ciphertext of ``object_key`` to ``output``; what lies beside it to ``output``.sig and .keys.

    Copies are tried in turn. Raises UsageError, StorageError, TamperedError; no half-written file stays.
    """
    check_output(output, force=force)
    located = locate(workspace, object_key, version=version, backend=backend)
    last: SecingestError | None = None
    for copy in located.copies:
        source = Source(workspace.store(copy.backend, located.tenant), copy.bucket, copy.key, copy.version_id)
        try:
            if output == "-":
                _pour(source, located, stdout, progress)
                return {}
            return _to_file(source, located, copy, Path(output), progress)
        except UsageError:
            raise
        except SecingestError as error:
            last = error
    raise last or SecingestError(f"{object_key} has no copies.")


def _to_file(
    source: Source, located: Located, copy: Copy, path: Path, progress: TransferProgress
) -> dict[str, Any]:
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(6)}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            head = _pour(source, located, stream, progress)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}; nothing was left.", field="-o") from None
    finally:
        temporary.unlink(missing_ok=True)
    sidecar = read_sidecar(source, head.metadata)
    signature = path.with_name(path.name + SIDECAR_SUFFIX)
    if sidecar is not None:
        write_atomic(signature, sidecar.encode())
    keys = _newest_keys(source, located)
    wrapped = path.with_name(path.name + KEYS_SUFFIX)
    if keys is not None:
        write_atomic(wrapped, keys.encode())
    return {
        "object_key": located.record.object_key,
        "version": located.record.version,
        "backend": copy.backend,
        "location": f"s3://{copy.bucket}/{copy.key}",
        "ciphertext_size": head.size,
        "output": str(path),
        "signature": str(signature) if sidecar else None,
        "wrapped_keys": str(wrapped) if keys else None,
    }


def _newest_keys(source: Source, located: Located) -> KeySidecar | None:
    """The newest list of further wrapped keys, of the copy or of the record; neither is verified here.

    What is no such list is left out: whoever decrypts needs one only for a key given access later.
    """
    found = []
    with suppress(FormatError):
        if (beside := read_key_sidecar(source)) is not None:
            found.append(beside)
    with suppress(FormatError):
        if located.record.further_keys is not None:
            found.append(from_record(located.record.further_keys))
    return max(found, key=lambda keys: keys.revision, default=None)


def _pour(source: Source, located: Located, sink: BinaryIO, progress: TransferProgress) -> ObjectHead:
    registered = located.record.registration.ciphertext_checksum
    expected = CiphertextChecksum.from_record(registered.model_dump()) if registered else None
    meter = expected.meter() if expected else None
    buffer = memoryview(bytearray(BUFFER))
    with source.store.get(source.bucket, source.key, version_id=source.version_id) as reader:
        progress.start("fetch", bytes_total=reader.length, items_total=1)
        while count := reader.readinto(buffer):
            if meter is not None:
                meter.update(buffer[:count])
            sink.write(buffer[:count])
            progress.add_bytes(count)
    if meter is not None and meter.result() != expected:
        raise TamperedError(
            "the ciphertext is not the registered one: its checksum differs",
            hint="Fetch it from another copy with --backend.",
        )
    return reader.head
