"""The whole story, told with real parts on a throw-away stack; ends by comparing SHA-256."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

from backend_stub.contract.locations import split_s3_url
from secingest_tui.crypto.keyfile import KeyType
from secingest_tui.crypto.recipients import load_private_key
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.metadata import ServerUnreachable
from secingest_tui.paths import Home
from secingest_tui.services.ingest.plan import IngestRequest
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.ingest.run import Ingest
from secingest_tui.services.replication.worker import Worker
from secingest_tui.services.restore.beside import Source
from secingest_tui.services.restore.opened import open_object
from secingest_tui.services.restore.run import write_plaintext
from secingest_tui.services.snapshots import take_snapshot
from secingest_tui.services.tenants import create_tenant
from secingest_tui.services.workspace import Workspace

TENANT, KEY_ID = "customer42", "customer42-k1"


class _Teller:
    """Prints one line a step, with the time it took."""

    def __init__(self, echo: Callable[[str], None]) -> None:
        self._echo = echo
        self._started = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[list[str]]:
        """A step; what is appended to the list it yields becomes the line's detail."""
        begun, detail = time.monotonic(), list[str]()
        yield detail
        seconds = time.monotonic() - begun
        self._echo(f"{seconds:7.2f} s  {title:<34} {'; '.join(detail)}".rstrip())

    def total(self) -> float:
        return time.monotonic() - self._started


def run_demo(file: Path | None, keep: Path | None, echo: Callable[[str], None]) -> bool:
    """Tell the story about ``file`` (our own README where None is given). True only if all of it held.

    ``keep`` is a folder for the home and the restored file; without it, nothing stays. Raises
    UsageError for a file that cannot be read and SecingestError where a step fails.
    """
    if file is not None and not file.is_file():
        raise UsageError(f"There is no file {file}.", hint="Name a file to tell the story with.")
    folder = keep or Path(tempfile.mkdtemp(prefix="secingest-demo-"))
    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise UsageError(f"{keep} is not empty.", hint="Choose another folder.", field="--keep")
        keep.mkdir(parents=True, exist_ok=True)
    try:
        if file is None:
            file = folder / "README.md"
            file.write_text(_own_readme(), encoding="utf-8")
        return _tell(file, folder, _Teller(echo), echo)
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _tell(file: Path, folder: Path, teller: _Teller, echo: Callable[[str], None]) -> bool:
    before = _sha256(file)
    echo(f"File: {file.name}, {file.stat().st_size:,} bytes, SHA-256 {before}")
    with Workspace(Home(folder / "home")) as workspace:
        with teller.step("start the embedded stack") as detail:
            stack = workspace.stack
            detail.append(f"server {stack.server_url}, S3 {stack.s3_endpoint}, both on loopback")
        with teller.step("make keys") as detail:
            made = workspace.keyring.create(KEY_ID, KeyType.RSA_3072, None, signer_id="signer")
            detail.append(f"{KEY_ID} ({made.info.type.value}) and the Ed25519 signer, in this folder only")
        with teller.step("create the tenant") as detail:
            tenant = create_tenant(workspace, TENANT, residency="FI,DE", replicas=2)
            detail.append(f"{TENANT}, residency {tenant.tenant.residency}, SigV4 key {tenant.access_key}")
        receipt = _ingest(workspace, file, teller)
        with teller.step("replicate") as detail:
            report = Worker(workspace, TENANT).run(once=True)
            if not report.succeeded:
                raise SecingestError(f"No replica came to exist: {report.failed}")
            detail.append("to local-de, every frame checked against the signed list, without a key")
        with teller.step("take a snapshot") as detail:
            taken = take_snapshot(workspace, TENANT, "local-de", buckets=[_replica(workspace, receipt)[0]])
            detail.append(f"{taken.entries} objects seen at local-de, recorded for auditors")
        bucket, key = _replica(workspace, receipt)
        _stop_server(workspace, teller)
        restored = folder / f"restored-{file.name}"
        with teller.step("restore from the replica") as detail:
            _restore(workspace, made.paths.private, bucket, key, receipt, restored)
            detail.append("with the private key alone; signature and every frame verified")
    after = _sha256(restored)
    same = before == after
    echo(f"Restored: {restored.name}, SHA-256 {after}")
    echo(f"{'Identical' if same else 'DIFFERENT'}; the whole story took {teller.total():.1f} s.")
    return same


def _ingest(workspace: Workspace, file: Path, teller: _Teller) -> dict[str, Any]:
    with teller.step("encrypt, upload, register") as detail:
        request = IngestRequest(
            paths=(str(file),),
            tenant=TENANT,
            backend="local-fi",
            object_key=f"{TENANT}/demo/{file.name}",
            version="v1",
            recipients=(KEY_ID,),
            targets=("local-de",),
        )
        result = Ingest(workspace, request).run()
        if not result.complete:
            raise result.failed[0][1] if result.failed else SecingestError("The upload was not registered.")
        receipt = result.receipts[0]
        detail.append(f"{receipt['ciphertext_size']:,} bytes of ciphertext to bucket {receipt['bucket']}")
        detail.append(f"receipt {receipt['receipt_id']}")
    return receipt


def _replica(workspace: Workspace, receipt: dict[str, Any]) -> tuple[str, str]:
    """Bucket and key of the copy on the second backend, as the record has them."""
    record = workspace.tenant(TENANT).object(receipt["object_key"], receipt["version"])
    copy = next((item for item in record.replicas if item.backend == "local-de"), None)
    if copy is None or copy.verified_at is None:
        raise SecingestError("The record has no verified replica on local-de.")
    return split_s3_url(copy.url)


def _stop_server(workspace: Workspace, teller: _Teller) -> None:
    with teller.step("stop the metadata server") as detail:
        workspace.stack.stop_server()
        try:
            workspace.tenant(TENANT).objects(limit=1)
        except ServerUnreachable:
            detail.append("gone: from here on, nothing of ours is needed")
        else:
            raise SecingestError("The metadata server still answers.")


def _restore(
    workspace: Workspace, private: Path, bucket: str, key: str, receipt: dict[str, Any], output: Path
) -> None:
    opened = open_object(
        Source(workspace.store("local-de", TENANT), bucket, key),
        [load_private_key(private.read_bytes(), None, KEY_ID)],
        expect={"tenant": TENANT, "object-key": receipt["object_key"], "version": receipt["version"]},
        signers=workspace.trusted_signers(),
        require_signature=True,
    )
    write_plaintext(opened, output, workspace.config.transfer.jobs, TransferProgress(), threading.Event())


def _own_readme() -> str:
    """The README as the package carries it (core metadata, field Description)."""
    description = metadata("secingest").json.get("description") or "secingest\n"
    return description if isinstance(description, str) else "\n".join(description)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
