"""From a pointer to an object in a bucket to the payload that registers it, read with own credentials."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from backend_stub.contract.locations import s3_url, split_s3_url
from backend_stub.contract.objects import ObjectRegistration
from secingest_tui.crypto.errors import FormatError
from secingest_tui.crypto.esdk import Header
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.ingest.registration import policy_fields
from secingest_tui.services.inspection import wrapped_key_alg, wrapped_key_id
from secingest_tui.services.outbox import Outbox
from secingest_tui.services.restore.beside import Source
from secingest_tui.services.restore.opened import read_header
from secingest_tui.services.restore.signature import read_sidecar
from secingest_tui.services.upload.bucket import tenant_bucket
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import ObjectHead

DEFAULT_VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where an object lies and under which policy it is registered.

    ``location`` is ``s3://bucket/key``; without it the key is ``object_key``, in ``bucket`` or the tenant's
    bucket by the namespace rule. ``object_key`` and ``version`` that are absent are what the object says of
    itself (its encryption context), then the key in the bucket and ``v1``. ``replicas`` counts every copy.
    """

    backend: str
    object_key: str | None = None
    tenant: str | None = None
    version: str | None = None
    location: str | None = None
    bucket: str | None = None
    residency: str | None = None
    replicas: int | None = None
    targets: tuple[str, ...] = ()
    logical: str = "data"

    @property
    def owner(self) -> str:
        """The tenant whose object it is. Raises UsageError."""
        owner = self.tenant or (self.object_key or "").split("/", 1)[0]
        if not owner:
            raise UsageError("Neither the tenant nor the object's key is given.", field="object_key")
        return owner


class PointerReader:
    """Reads many pointers; may be used by many threads at once. Buckets are asked for once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._buckets: dict[tuple[str, str, str], str] = {}

    def read(self, pointer: Pointer) -> dict[str, Any]:
        """The registration of what lies there: size, ETag, header, signature; never payload.

        Raises UsageError where it is no object of the format or a field does not fit, SecingestError where
        the object says something else of itself, StorageError.
        """
        tenant = pointer.owner
        bucket, key = self._place(pointer, tenant)
        source = Source(self._workspace.store(pointer.backend, tenant), bucket, key)
        head = source.store.head(bucket, key)
        try:
            header, _ = read_header(source)
        except FormatError as error:
            raise UsageError(
                f"s3://{bucket}/{key} is not encrypted in the format secingest reads: {error.message}.",
                hint="Only client-side encrypted objects are registered; see docs/object-format.md.",
            ) from None
        registration = _from_header(header, head, pointer, bucket, key)
        registration |= policy_fields(
            residency=pointer.residency,
            replicas=pointer.replicas or 1 + len(pointer.targets),
            targets=pointer.targets,
            logical=pointer.logical,
        )
        sidecar = read_sidecar(source, head.metadata)
        if sidecar is not None:
            registration["signature"] = {
                "alg": "ed25519",
                "signer": self._workspace.config.encryption.signer,
                "signer_fingerprint": sidecar.signer,
                "value": base64.b64encode(sidecar.signature).decode(),
                "manifest_sha256": hashlib.sha256(sidecar.manifest.signing_bytes()).hexdigest(),
            }
        return check_registration(registration, tenant)

    def _place(self, pointer: Pointer, tenant: str) -> tuple[str, str]:
        if pointer.location:
            bucket, key = split_s3_url(pointer.location)
        else:
            bucket, key = pointer.bucket or self._bucket(tenant, pointer.backend, pointer.logical), ""
        key = key or pointer.object_key or ""
        if not key:
            raise UsageError(
                "Which object in the bucket is not said.",
                hint="Give its object_key, or a location s3://BUCKET/KEY.",
                field="object_key",
            )
        return bucket, key

    def _bucket(self, tenant: str, backend: str, logical: str) -> str:
        asked = (tenant, backend, logical)
        if asked not in self._buckets:
            self._buckets[asked] = tenant_bucket(self._workspace, tenant, backend, logical)
        return self._buckets[asked]


def register_pointer(workspace: Workspace, pointer: Pointer) -> dict[str, Any]:
    """Read one and register it through the outbox; the receipt as the server sent it."""
    registration = PointerReader(workspace).read(pointer)
    outbox = Outbox(workspace)
    return outbox.register(outbox.put(pointer.owner, registration))


def check_registration(registration: dict[str, Any], tenant: str) -> dict[str, Any]:
    """The same, if the server's contract accepts it. Raises UsageError naming every field at fault."""
    try:
        ObjectRegistration.model_validate(registration)
    except ValidationError as error:
        found = [(".".join(map(str, one["loc"])) or "payload", one["msg"]) for one in error.errors()]
        raise UsageError(
            "; ".join(f"{name}: {text.removeprefix('Value error, ')}" for name, text in found[:5]),
            hint="Correct these fields; docs/server.md describes them.",
            field=found[0][0],
        ) from None
    if registration["object_key"].split("/", 1)[0] != tenant:
        raise UsageError(
            f"The object key {registration['object_key']} does not begin with {tenant}/.",
            hint="Name it with object_key: the tenant's id is its first segment.",
            field="object_key",
        )
    return registration


def _from_header(header: Header, head: ObjectHead, pointer: Pointer, bucket: str, key: str) -> dict[str, Any]:
    said = header.context
    object_key = pointer.object_key or said.get("object-key") or key
    version = pointer.version or said.get("version") or DEFAULT_VERSION
    for name, expected in (("object-key", object_key), ("version", version)):
        if name in said and said[name] != expected:
            raise SecingestError(
                f"The object says of itself that its {name} is {said[name]!r}, not {expected!r}.",
                hint="Register it under what it says.",
            )
    wrapped = header.encrypted_data_keys[0]
    location: dict[str, Any] = {"url": s3_url(bucket, "" if key == object_key else key), "etag": head.etag}
    if head.version_id:
        location["version_id"] = head.version_id
    registration: dict[str, Any] = {
        "object_key": object_key,
        "version": version,
        "backends": {pointer.backend: location},
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
