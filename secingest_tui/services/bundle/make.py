"""The upload bundle: ciphertext, signature, wrapped data key and the registration, in one folder.

| file | is |
|---|---|
| ``ciphertext`` | the object, as it has to lie at the provider |
| ``ciphertext.sig`` | the uploader's signature, to be uploaded beside it under the same key and ``.sig`` |
| ``wrapped-data-key.bin`` | the wrapped data key alone, as in the registration's ``encrypted_key`` |
| ``registration.json`` | the payload of ``POST /proxy/objects``; the ETag is filled in after the upload |
| ``upload.sh`` | the two uploads as commands of the AWS CLI |
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend_stub.contract.namespace import namespace_bucket
from secingest_tui.config import Backend
from secingest_tui.crypto.esdk import Sealer, object_context
from secingest_tui.crypto.esdk.frames import REGULAR_OVERHEAD
from secingest_tui.crypto.recipients import Recipient
from secingest_tui.crypto.signature import FrameDigestList, Manifest, Sidecar, SignerKey
from secingest_tui.errors import Cancelled, UsageError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.services.ingest.names import check_object_key, check_version
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.ingest.registration import build_registration, policy_fields
from secingest_tui.services.restore.beside import SIDECAR_SUFFIX
from secingest_tui.services.upload.object import UploadJob
from secingest_tui.services.upload.pipeline import PartSealer, Uploaded
from secingest_tui.services.upload.schedule import Part, plan_parts
from secingest_tui.services.upload.source import FileSource
from secingest_tui.storage import CiphertextChecksum, PartChecksum

CIPHERTEXT, WRAPPED_KEY, REGISTRATION = "ciphertext", "wrapped-data-key.bin", "registration.json"
PENDING_ETAG = "filled-in-after-the-upload"
PIECE = 2 * 1024 * 1024
"""Bytes of plaintext a thread seals before it writes them; larger ones leave the processor's cache."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk: where its ciphertext has to go, and the registration but for the ETag."""

    folder: Path
    bucket: str
    key: str
    endpoint: str
    registration: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BundleRequest:
    """What to encrypt, as which object, for which backend."""

    source: Path
    folder: Path
    tenant: str
    object_key: str
    version: str
    backend: Backend
    residency: str | None
    replicas: int | None
    targets: tuple[str, ...]
    logical: str


def make_bundle(
    request: BundleRequest,
    recipients: Sequence[Recipient],
    signer: SignerKey,
    *,
    frame_length: int,
    jobs: int,
    progress: TransferProgress | None = None,
    cancel: threading.Event | None = None,
) -> Bundle:
    """Encrypt ``request.source`` into ``request.folder``, which must not hold a bundle yet.

    Needs no server and no network. Raises UsageError, SourceChanged; after a failure no bundle is left.
    """
    check_object_key(request.object_key, request.tenant)
    check_version(request.version)
    progress, cancel = progress or TransferProgress(), cancel or threading.Event()
    if request.folder.exists() and any(request.folder.iterdir()):
        raise UsageError(f"{request.folder} is not empty.", hint="Name a new folder.", field="-o")
    source = FileSource(request.source)
    made = not request.folder.exists()
    private_dir(request.folder)
    try:
        return _make(request, source, recipients, signer, frame_length, jobs, progress, cancel)
    except BaseException:
        for path in request.folder.iterdir():
            path.unlink()
        if made:
            request.folder.rmdir()
        raise
    finally:
        source.close()


def _make(
    request: BundleRequest,
    source: FileSource,
    recipients: Sequence[Recipient],
    signer: SignerKey,
    frame_length: int,
    jobs: int,
    progress: TransferProgress,
    cancel: threading.Event,
) -> Bundle:
    context = object_context(
        tenant=request.tenant,
        object_key=request.object_key,
        version=request.version,
        key_ids=[recipient.key_id for recipient in recipients],
    )
    sealer = Sealer(recipients, context, frame_length=frame_length)
    path = request.folder / CIPHERTEXT
    progress.start("encrypt", bytes_total=sealer.ciphertext_length(source.size), items_total=1)
    uploaded = _seal_file(source, sealer, path, jobs, progress, cancel)
    digests = uploaded.digests.concatenated()
    manifest = Manifest.for_object(
        sealer.parsed_header, uploaded.ciphertext_size, hashlib.sha256(digests).digest()
    )
    sidecar = Sidecar.sign(manifest, digests, signer)
    backend = request.backend
    bucket = namespace_bucket(request.tenant, backend.region, request.logical, backend.id, backend.provider)
    key = f"{request.object_key}/{request.version}/{sealer.message_id.hex()[:16]}"
    job = UploadJob(
        tenant=request.tenant,
        object_key=request.object_key,
        version=request.version,
        backend=backend.id,
        bucket=bucket,
        source=str(request.source),
        policy=policy_fields(
            residency=request.residency,
            replicas=request.replicas or 1 + len(request.targets),
            targets=request.targets,
            logical=request.logical,
        ),
    )
    registration = build_registration(
        job, key=key, uploaded=uploaded, header=sealer.parsed_header, sidecar=sidecar,
        signer_id=signer.key_id,
    )  # fmt: skip
    write_atomic(path.with_name(CIPHERTEXT + SIDECAR_SUFFIX), sidecar.encode())
    write_atomic(request.folder / WRAPPED_KEY, base64.b64decode(registration["encrypted_key"]))
    write_atomic(request.folder / "upload.sh", _upload_script(backend, bucket, key).encode(), mode=0o700)
    write_atomic(request.folder / REGISTRATION, json.dumps(registration, indent=1).encode())
    progress.add_item()
    return Bundle(request.folder, bucket, key, backend.endpoint, registration)


def _seal_file(
    source: FileSource,
    sealer: Sealer,
    path: Path,
    jobs: int,
    progress: TransferProgress,
    cancel: threading.Event,
) -> Uploaded:
    """Seal on up to ``jobs`` threads, each part straight to its place in the file."""
    jobs = min(jobs, len(os.sched_getaffinity(0)))  # nothing waits for a network here
    parts = plan_parts(source.size, frame_length=sealer.frame_length, part_size=PIECE)
    part_sealer = PartSealer(sealer)
    remaining, lock, failed = iter(parts), threading.Lock(), threading.Event()
    listed, sums = FrameDigestList(), dict[int, PartChecksum]()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def work() -> None:
        frame = memoryview(bytearray(sealer.frame_length))
        buffer = memoryview(bytearray(part_sealer.room(parts[0].length)))

        def read(offset: int, length: int) -> memoryview:
            view = frame[:length]
            source.read_into(offset, view)
            return view

        while not failed.is_set():
            if cancel.is_set():
                raise Cancelled("Cancelled; no bundle was left.")
            with lock:
                part = next(remaining, None)
            if part is None:
                return
            sealed = part_sealer.seal(part, read, buffer)
            with lock:
                listed.add(part.first_frame, sealed.digests)
                sums[part.number] = sealed.checksum
            _write_at(descriptor, sealed.body, _offset(sealer, part))
            progress.add_bytes(len(sealed.body))

    try:
        with ThreadPoolExecutor(jobs, thread_name_prefix="seal") as pool:
            futures = [pool.submit(work) for _ in range(min(jobs, len(parts)))]
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            if any(future.exception() for future in done):
                failed.set()
        for future in futures:
            future.result()
    finally:
        # Not synced: what a crash leaves of it is found out at registration, which checks the contents.
        os.close(descriptor)
    source.check_unchanged()
    whole = CiphertextChecksum.combine(sums[part.number] for part in parts)
    return Uploaded(PENDING_ETAG, None, whole, source.size, sum(item.size for item in sums.values()), listed)


def _offset(sealer: Sealer, part: Part) -> int:
    """Where a part begins in the object: the first one with the header."""
    if part.number == 1:
        return 0
    return len(sealer.header) + (part.first_frame - 1) * (sealer.frame_length + REGULAR_OVERHEAD)


def _write_at(descriptor: int, body: memoryview, offset: int) -> None:
    done = 0
    while done < len(body):
        done += os.pwrite(descriptor, body[done:], offset + done)


def _upload_script(backend: Backend, bucket: str, key: str) -> str:
    target, endpoint = shlex.quote(f"s3://{bucket}/{key}"), shlex.quote(backend.endpoint)
    signature = shlex.quote(f"s3://{bucket}/{key}{SIDECAR_SUFFIX}")
    return (
        "#!/bin/sh\n# Uploads this bundle with the AWS CLI; credentials come from its own configuration.\n"
        'set -eu\ncd "$(dirname "$0")"\n'
        f"aws --endpoint-url {endpoint} s3 cp {CIPHERTEXT} {target}\n"
        f"aws --endpoint-url {endpoint} s3 cp {CIPHERTEXT}{SIDECAR_SUFFIX} {signature}\n"
    )


def load_bundle(folder: Path) -> dict[str, Any]:
    """The registration of a bundle. Raises UsageError where the folder holds none."""
    try:
        registration = json.loads((folder / REGISTRATION).read_bytes())
        if not isinstance(registration, dict) or not registration.get("backends"):
            raise ValueError
    except OSError as error:
        raise UsageError(f"{folder} is no bundle: {error.strerror}.", field="--bundle") from None
    except ValueError:
        raise UsageError(f"{folder / REGISTRATION} is no registration.", field="--bundle") from None
    return registration
