"""The payload of ``POST /proxy/objects`` for an upload: pointers, wrapped key and policy, nothing more."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from backend_stub.contract.locations import s3_url
from secingest_tui.crypto.esdk import Header
from secingest_tui.crypto.signature import Sidecar
from secingest_tui.services.inspection import wrapped_key_alg, wrapped_key_id

if TYPE_CHECKING:
    from secingest_tui.services.upload.object import UploadJob
    from secingest_tui.services.upload.pipeline import Uploaded


def build_registration(
    job: UploadJob,
    *,
    key: str,
    uploaded: Uploaded,
    header: Header,
    sidecar: Sidecar,
    signer_id: str,
) -> dict[str, Any]:
    """The registration as JSON; what nobody decided is left to the tenant's policy."""
    location: dict[str, Any] = {"url": s3_url(job.bucket, key), "etag": uploaded.etag}
    if uploaded.version_id:
        location["version_id"] = uploaded.version_id
    return {
        "object_key": job.object_key,
        "version": job.version,
        "backends": {job.backend: location},
        "encrypted_key": base64.b64encode(header.encrypted_data_keys[0].ciphertext).decode(),
        "key_id": wrapped_key_id(header, 0),
        "key_alg": wrapped_key_alg(header.encrypted_data_keys[0]),
        "size": uploaded.size,
        "ciphertext_size": uploaded.ciphertext_size,
        "ciphertext_checksum": uploaded.checksum.to_record(),
        "header_sha256": header.sha256.hex(),
        "frame_length": header.frame_length,
        "signature": {
            "alg": "ed25519",
            "signer": signer_id,
            "signer_fingerprint": sidecar.signer,
            "value": base64.b64encode(sidecar.signature).decode(),
            "manifest_sha256": hashlib.sha256(sidecar.manifest.signing_bytes()).hexdigest(),
        },
    } | job.policy


def policy_fields(
    *, residency: str | None, replicas: int, targets: tuple[str, ...], logical: str
) -> dict[str, Any]:
    """Policy as the registration carries it; ``replicas`` counts the first copy too."""
    policy: dict[str, Any] = {"replica_count": replicas, "logical": logical}
    if residency:
        policy["residency"] = residency
    if targets:
        policy["targets"] = list(targets)
    return policy
