"""Register what somebody else's software uploaded, having looked at what lies in the bucket."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from backend_stub.contract.locations import s3_url, split_s3_url
from secingest_tui.crypto.errors import FormatError, TamperedError
from secingest_tui.crypto.esdk import Header
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.bundle.make import CIPHERTEXT, load_bundle
from secingest_tui.services.ingest.registration import policy_fields
from secingest_tui.services.inspection import wrapped_key_alg, wrapped_key_id
from secingest_tui.services.outbox import Outbox
from secingest_tui.services.restore.opened import SIDECAR_SUFFIX, Source, read_header, read_sidecar
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
    sidecar = read_sidecar(source)
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


def register_from_bucket(
    workspace: Workspace,
    object_key: str,
    backend_id: str,
    *,
    version: str,
    location: str | None,
    bucket: str | None,
    residency: str | None,
    replicas: int | None,
    targets: tuple[str, ...],
    logical: str,
) -> dict[str, Any]:
    """Register an object that some tool uploaded, from what lies in the bucket: size, ETag, header.

    ``location`` is ``s3://bucket/key``; without it the key is ``object_key`` in the tenant's bucket. Only
    pointers are posted. Raises UsageError where it is no object of the format.
    """
    tenant = object_key.split("/", 1)[0]
    backend = workspace.backend(backend_id)
    if location:
        bucket, key = split_s3_url(location)
        key = key or object_key
    else:
        key = object_key
        bucket = bucket or workspace.tenant(tenant).namespace(
            customer=tenant, region=backend.region, logical=logical, backend=backend.id
        ).bucket  # fmt: skip
    source = Source(workspace.store(backend_id, tenant), bucket, key)
    head = source.store.head(bucket, key)
    try:
        header, _, _ = read_header(source)
    except FormatError as error:
        raise UsageError(
            f"s3://{bucket}/{key} is not encrypted in the format secingest reads: {error.message}.",
            hint="Only client-side encrypted objects are registered; see docs/object-format.md.",
        ) from None
    registration = _from_header(header, head, object_key, version, backend_id, bucket, key)
    registration |= policy_fields(
        residency=residency, replicas=replicas or 1 + len(targets), targets=targets, logical=logical
    )
    sidecar = read_sidecar(source)
    if sidecar is not None:
        registration["signature"] = {
            "alg": "ed25519",
            "signer": workspace.config.encryption.signer,
            "signer_fingerprint": sidecar.signer,
            "value": base64.b64encode(sidecar.signature).decode(),
            "manifest_sha256": hashlib.sha256(sidecar.manifest.signing_bytes()).hexdigest(),
        }
    outbox = Outbox(workspace)
    return outbox.register(outbox.put(tenant, registration))


def _from_header(
    header: Header, head: ObjectHead, object_key: str, version: str, backend: str, bucket: str, key: str
) -> dict[str, Any]:
    context = header.context
    for name, expected in (("object-key", object_key), ("version", version)):
        if name in context and context[name] != expected:
            raise SecingestError(
                f"The object says of itself that its {name} is {context[name]!r}, not {expected!r}.",
                hint="Register it under what it says.",
            )
    wrapped = header.encrypted_data_keys[0]
    location: dict[str, Any] = {"url": s3_url(bucket, "" if key == object_key else key), "etag": head.etag}
    if head.version_id:
        location["version_id"] = head.version_id
    registration: dict[str, Any] = {
        "object_key": object_key,
        "version": version,
        "backends": {backend: location},
        "encrypted_key": base64.b64encode(wrapped.ciphertext).decode(),
        "key_id": wrapped_key_id(header, 0) or "unknown",
        "key_alg": wrapped_key_alg(wrapped),
        "ciphertext_size": head.size,
        "header_sha256": header.sha256.hex(),
        "frame_length": header.frame_length,
    }
    if head.checksum is not None:
        registration["ciphertext_checksum"] = head.checksum.to_record()
    return registration
