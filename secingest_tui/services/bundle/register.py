"""Complete a bundle after somebody else's software uploaded it, having looked at what lies in the bucket."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from backend_stub.contract.locations import split_s3_url
from secingest_tui.crypto.errors import TamperedError
from secingest_tui.errors import UsageError
from secingest_tui.services.bundle.make import CIPHERTEXT, load_bundle
from secingest_tui.services.outbox import Outbox
from secingest_tui.services.restore.beside import SIDECAR_SUFFIX, Source
from secingest_tui.services.restore.signature import read_sidecar
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import CiphertextChecksum, NoSuchKey, ObjectHead

BUFFER = 4 * 1024 * 1024


def register_bundle(workspace: Workspace, folder: Path) -> dict[str, Any]:
    """Check that the bundle's ciphertext and signature lie where they have to, then register it.

    Raises UsageError where nothing lies there, TamperedError where something else does.
    """
    registration = load_bundle(folder)
    tenant = registration["object_key"].split("/", 1)[0]
    backend, location = next(iter(registration["backends"].items()))
    bucket, key = split_s3_url(location["url"])
    store = workspace.store(backend, tenant)
    source = Source(store, bucket, key)
    try:
        head = store.head(bucket, key)
    except NoSuchKey:
        raise UsageError(
            f"Nothing lies at s3://{bucket}/{key} on {backend} yet.",
            hint=f"Upload {folder / CIPHERTEXT} there first; {folder / 'upload.sh'} does it.",
        ) from None
    _check_contents(source, head, registration)
    sidecar = read_sidecar(source, head.metadata)
    if sidecar is None:
        raise UsageError(
            f"The signature is not beside it: s3://{bucket}/{key}{SIDECAR_SUFFIX}",
            hint=f"Upload {folder / (CIPHERTEXT + SIDECAR_SUFFIX)} there.",
        )
    if (
        hashlib.sha256(sidecar.manifest.signing_bytes()).hexdigest()
        != registration["signature"]["manifest_sha256"]
    ):
        raise TamperedError("the signature in the bucket is not the bundle's", hint="Upload it again.")
    location["etag"] = head.etag
    if head.version_id:
        location["version_id"] = head.version_id
    outbox = Outbox(workspace)
    return outbox.register(outbox.put(tenant, registration))


def _check_contents(source: Source, head: ObjectHead, registration: dict[str, Any]) -> None:
    """What lies there has to be the ciphertext: by the provider's checksum if it has one, else by reading."""
    if head.size != registration["ciphertext_size"]:
        raise TamperedError(
            f"{head.size:,} bytes lie there, the bundle's ciphertext has {registration['ciphertext_size']:,}",
            hint="Upload it again.",
        )
    expected = CiphertextChecksum.from_record(registration["ciphertext_checksum"])
    if head.checksum == expected:
        return
    meter = expected.meter()
    buffer = memoryview(bytearray(BUFFER))
    with source.store.get(source.bucket, source.key) as reader:
        while count := reader.readinto(buffer):
            meter.update(buffer[:count])
    if meter.result() != expected:
        raise TamperedError("what lies there is not the bundle's ciphertext", hint="Upload it again.")
