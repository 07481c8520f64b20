"""Steps 6 to 11: the tenant's key, the first object, its record, its copy, a snapshot, and the way back."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from backend_stub.contract.drills import DrillResult
from backend_stub.contract.locations import split_s3_url
from backend_stub.contract.objects import ObjectRecord
from secingest_tui.crypto.keyfile import KeyType, read
from secingest_tui.crypto.recipients import PrivateKey, load_private_key
from secingest_tui.crypto.signature import SignerPublicKey
from secingest_tui.errors import SecingestError
from secingest_tui.metadata import ServerRefused
from secingest_tui.services.credentials import tenant_entry
from secingest_tui.services.ingest.plan import IngestRequest
from secingest_tui.services.ingest.run import Ingest
from secingest_tui.services.joining import publish_keys
from secingest_tui.services.keyring import StoredKey
from secingest_tui.services.onboarding.context import Context
from secingest_tui.services.onboarding.step import Facts, NotNeeded, NotYet, Waits
from secingest_tui.services.outbox import Outbox
from secingest_tui.services.proof import pinned_server_key, verify_receipt
from secingest_tui.services.receipts import ReceiptStore
from secingest_tui.services.replication.worker import Worker
from secingest_tui.services.restore.beside import Source
from secingest_tui.services.restore.opened import read_header
from secingest_tui.services.restore.run import restore
from secingest_tui.services.snapshots import take_snapshot
from secingest_tui.text import size


def do_key(context: Context) -> None:
    plan = context.plan
    if plan.key.held == "tenant":
        check_key(context)
        return
    keyring = context.workspace.keyring
    if not any(key.key_id == plan.key_id for key in keyring.stored()):
        signer = context.workspace.config.encryption.signer
        keyring.create(plan.key_id, KeyType(plan.key.type), context.key_passphrase(), signer_id=signer)
    publish_keys(context.workspace, context.tenant, plan.key_id)


def check_key(context: Context) -> Facts:
    """The server has the public half, and it is the half of the key that is meant."""
    if context.workspace.credentials.get(tenant_entry(context.tenant)) is None:
        raise NotYet("The tenant is not registered yet.")
    listed = context.workspace.tenant(context.tenant).keys()
    recorded = [key for key in listed if key.purpose == "recipient"]
    if context.plan.key.held == "tenant":
        if not recorded:
            raise Waits(
                "The tenant has to join: the key is made on the tenant's machine.",
                hint="secingest tenant join FILE",
            )
        return tuple((key.key_id, f"{key.key_alg}, SHA-256 {key.fingerprint[:16]}…") for key in recorded)
    own = next((key for key in context.workspace.keyring.stored() if key.key_id == context.plan.key_id), None)
    if own is None:
        raise NotYet(f"There is no key {context.plan.key_id} in this keyring yet.")
    if not any(key.fingerprint == own.info.fingerprint for key in recorded):
        raise NotYet(f"The server does not have the public half of {own.key_id} yet.")
    protected = "protected by a passphrase" if own.protected else "NOT protected by a passphrase"
    return (
        (own.key_id, f"{own.info.type.value}, SHA-256 {own.info.fingerprint[:16]}…"),
        ("private half", protected if own.private else "not here"),
    )


def do_upload(context: Context) -> None:
    plan = context.plan
    if plan.key.held == "tenant":
        _take_up_first_object(context)
        return
    with _sample(context) as file:
        context.tell("encrypting and uploading")
        request = IngestRequest(
            paths=(str(file),),
            tenant=context.tenant,
            backend=plan.backend,
            recipients=(plan.key_id,),
            object_key=f"{context.tenant}/onboarding/{file.name}",
            targets=plan.targets,
        )
        done = Ingest(context.workspace, request, cancel=context.cancel).run()
        if done.failed:
            raise done.failed[0][1]
        told = done.receipts[0] if done.receipts else done.queued[0].registration
        context.leave(
            "upload",
            object_key=told["object_key"],
            version=told["version"],
            url=told["backends"][plan.backend]["url"],
            etag=told["backends"][plan.backend]["etag"],
            ciphertext=str(told["ciphertext_size"]),
            sha256=_digest(file),
            size=str(file.stat().st_size),
        )


def check_upload(context: Context) -> Facts:
    """What lies at the provider now: the object of that size, sealed for the tenant's key."""
    left = _uploaded(context)
    bucket, key = split_s3_url(left["url"])
    store = context.workspace.store(context.plan.backend, context.tenant)
    header, head = read_header(Source(store, bucket, key or left["object_key"]))
    if head.size != int(left["ciphertext"]) or head.etag != left["etag"]:
        raise SecingestError("The object at the provider is another one now.", hint="Upload again.")
    if header.context.get("tenant") != context.tenant:
        raise SecingestError("The object at the provider is not this tenant's.", hint="Upload again.")
    return (
        ("object", f"{left['object_key']} {left['version']}"),
        ("at", f"{context.plan.backend}, {left['url']}"),
        ("ciphertext", size(head.size)),
        ("opens with", header.context.get("key-id", "?")),
    )


def do_registration(context: Context) -> None:
    _uploaded(context)
    flushed = Outbox(context.workspace).flush()
    if flushed.refused or flushed.waiting:
        entry = (flushed.refused or flushed.waiting)[0]
        raise SecingestError(entry.error or "The server did not answer.", hint="secingest outbox list")


def check_registration(context: Context) -> Facts:
    """The server has the version, and signed that it has."""
    record = _record(context)
    receipt = ReceiptStore(context.workspace.home.receipts_dir).get(record.object_key, record.version)
    facts = [("recorded", f"{record.recorded_at:%Y-%m-%d %H:%M:%SZ}, residency {record.residency}")]
    if receipt is not None:
        key_id, pem = pinned_server_key(context.workspace)
        verify_receipt(receipt, pem)
        facts.append(("receipt", f"{receipt['receipt_id']}, signature verified ({key_id})"))
    elif context.plan.key.held == "here":
        raise SecingestError("The receipt is not in this profile any more.", hint="Upload again.")
    return tuple(facts)


def do_replica(context: Context) -> None:
    _needs_replica(context)
    context.tell("copying")
    report = Worker(context.workspace, context.tenant, stop=context.cancel).run(once=True)
    if report.failed:
        raise SecingestError(report.failed[0][1], hint="See: secingest jobs list")


def check_replica(context: Context) -> Facts:
    """Each copy as the server has it, and as it lies at its provider now."""
    _needs_replica(context)
    record = _record(context)
    facts = []
    for name in context.plan.targets:
        copy = next((item for item in record.replicas if item.backend == name), None)
        if copy is None or copy.verified_at is None:
            raise NotYet(f"There is no verified copy at {name} yet.")
        bucket, key = split_s3_url(copy.url)
        head = context.workspace.store(name, context.tenant).head(bucket, key or record.object_key)
        if head.size != record.registration.ciphertext_size or head.etag != copy.etag:
            raise SecingestError(f"The copy at {name} is another object now.", hint="Do this step again.")
        facts.append((name, f"{copy.url}, verified by {copy.verified_by}"))
    return tuple(facts)


def do_snapshot(context: Context) -> None:
    record = _record(context)
    taken = []
    for copy in record.replicas:
        context.tell(f"listing {copy.backend}")
        made = take_snapshot(
            context.workspace, context.tenant, copy.backend, buckets=[split_s3_url(copy.url)[0]],
            label="onboarding", cancel=context.cancel,
        )  # fmt: skip
        taken.append(made.id)
    context.leave("snapshot", ids=",".join(taken))


def check_snapshot(context: Context) -> Facts:
    """The server has a snapshot that shows each copy, as it is recorded."""
    record, left = _record(context), context.left("snapshot")
    if left is None:
        raise NotYet("No snapshot was taken yet.")
    facts = []
    reader = context.workspace.tenant(context.tenant)
    for snapshot_id in left.facts["ids"].split(","):
        head = reader.snapshot(snapshot_id, limit=1)
        copy = next((item for item in record.replicas if item.backend == head.backend), None)
        if copy is None:
            raise NotYet(f"The snapshot {snapshot_id} is of a backend that has no copy.")
        key = split_s3_url(copy.url)[1] or record.object_key
        page = reader.snapshot(snapshot_id, prefix=key, limit=10)
        if not any(entry.name == key and entry.etag == copy.etag for entry in page.items):
            raise NotYet(f"The snapshot of {head.backend} does not show the object as it is now.")
        facts.append((head.backend, f"snapshot {snapshot_id}, {head.entries} entries"))
    missing = {item.backend for item in record.replicas} - {name for name, _ in facts}
    if missing:
        raise NotYet(f"There is no snapshot of {', '.join(sorted(missing))} yet.")
    return tuple(facts)


def do_drill(context: Context) -> None:
    """Restore the copy that is farthest from us into a throw-away folder, and compare."""
    record, left = _record(context), _uploaded(context)
    openers = _openers(context, record)
    if not openers:
        raise _tenant_restores(record)
    backend = context.plan.targets[-1] if context.plan.targets else context.plan.backend
    started = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="secingest-drill-") as folder:
        output = Path(folder) / "restored"
        context.tell(f"restoring from {backend}")
        done = restore(
            context.workspace,
            record.object_key,
            str(output),
            version=record.version,
            backend=backend,
            keys=lambda _ids: _opened(context, openers),
            signers=[*context.workspace.trusted_signers(), *_recorded_signers(context)],
            cancel=context.cancel,
        )
        digest, length = _digest(output), output.stat().st_size
    if left.get("sha256") not in (None, digest):
        raise SecingestError(
            "What was restored is not what was uploaded.",
            hint="Do not go on; keep both copies and report it.",
        )
    drill = context.workspace.tenant(context.tenant).add_drill(
        DrillResult(
            started_at=started,
            ended_at=datetime.now(UTC),
            sample=1,
            verified=1,
            bytes=length,
            backends={backend: 1},
            object_key=record.object_key,
            version=record.version,
        )
    )
    # Only what the server does not keep; whether there was a drill is asked there.
    context.leave(
        "drill", sequence=str(drill.sequence), sha256=digest, signed_by=done.signed_by or "unsigned"
    )


def check_drill(context: Context) -> Facts:
    """The server's audit chain has a drill of this very version, and the copy it came from lies unchanged.

    Who made it is the same: where the tenant holds the key, it is the tenant's ``secingest drill``.
    """
    record = _record(context)
    drills = context.workspace.tenant(context.tenant).all_drills()
    wanted = (record.object_key, record.version)
    drill = next((item for item in drills if (item.result.object_key, item.result.version) == wanted), None)
    if drill is None:
        if not _openers(context, record):
            raise _tenant_restores(record)
        raise NotYet("The server has no restore drill of this object yet.")
    if drill.result.verified != drill.result.sample or not drill.result.sample:
        raise SecingestError(
            f"The last drill of {record.object_key} failed.", hint="See: secingest drill list"
        )
    facts = []
    for backend in drill.result.backends:
        copy = next((item for item in record.replicas if item.backend == backend), None)
        if copy is None:
            raise SecingestError("The copy that was restored is not recorded any more.", hint="Drill again.")
        bucket, key = split_s3_url(copy.url)
        store = context.workspace.store(copy.backend, context.tenant)
        if store.head(bucket, key or record.object_key).etag != copy.etag:
            raise SecingestError("The copy that was restored has changed since.", hint="Drill again.")
        facts.append(("restored from", copy.backend))
    left = context.left("drill")
    if left is not None and left.facts.get("sequence") == str(drill.sequence):
        facts += [
            ("SHA-256", f"{left.facts['sha256']}, as it was uploaded"),
            ("signed by", left.facts["signed_by"][:16] + "…"),
        ]
    return (
        *facts,
        ("verified", size(drill.result.bytes)),
        ("recorded", f"audit entry {drill.sequence}, {drill.recorded_at:%Y-%m-%d %H:%M:%SZ}"),
    )


def _openers(context: Context, record: ObjectRecord) -> list[StoredKey]:
    """The private keys here that this object was sealed for, by the header at the provider."""
    bucket, key = split_s3_url(record.replicas[0].url)
    store = context.workspace.store(record.replicas[0].backend, context.tenant)
    header, _ = read_header(Source(store, bucket, key or record.object_key))
    ids = header.context.get("key-id", "").split(",")
    stored = context.workspace.keyring.stored()
    return [found for found in stored if found.private is not None and found.key_id in ids]


def _opened(context: Context, openers: list[StoredKey]) -> Iterator[PrivateKey]:
    for found in openers:
        assert found.private is not None
        passphrase = context.unlock_key(found) if found.protected else None
        yield load_private_key(read(found.private), passphrase, found.key_id)


def _recorded_signers(context: Context) -> list[SignerPublicKey]:
    """Where the tenant uploads, its signers are known by what it recorded at the server."""
    if context.plan.key.held == "here":
        return []
    recorded = context.workspace.tenant(context.tenant).keys()
    return [SignerPublicKey.load(key.public_key.encode()) for key in recorded if key.purpose == "signer"]


def _tenant_restores(record: ObjectRecord) -> Waits:
    return Waits(
        "The private key is with the tenant, who has to restore it.",
        hint=f"On the tenant's machine: secingest drill --object {record.object_key} "
        f"--object-version {record.version}",
    )


def _take_up_first_object(context: Context) -> None:
    """The tenant uploads from its own machine: the first object that is recorded is the one."""
    page = context.workspace.tenant(context.tenant).objects(limit=1)
    if not page.items:
        raise Waits(
            "The tenant has to upload the first object.",
            hint=f"On the tenant's machine: secingest ingest FILE --backend {context.plan.backend} "
            f"--prefix {context.tenant}",
        )
    record = context.workspace.tenant(context.tenant).object(page.items[0].object_key, page.items[0].version)
    place = record.registration.backends.get(context.plan.backend)
    if place is None:
        raise SecingestError(
            f"{record.object_key} does not lie on {context.plan.backend}.", hint="Upload it there."
        )
    context.leave(
        "upload",
        object_key=record.object_key,
        version=record.version,
        url=place.url,
        etag=place.etag,
        ciphertext=str(record.registration.ciphertext_size),
    )


def _uploaded(context: Context) -> dict[str, str]:
    left = context.left("upload")
    if left is None:
        raise NotYet("Nothing was uploaded yet.")
    return left.facts


def _record(context: Context) -> ObjectRecord:
    left = _uploaded(context)
    try:
        record = context.workspace.tenant(context.tenant).object(left["object_key"], left["version"])
    except ServerRefused as error:
        if error.status == 404:
            raise NotYet(f"The server has no record of {left['object_key']} yet.") from None
        raise
    if record.state != "active":
        raise SecingestError(f"{record.object_key} was deleted since.", hint="Upload again.")
    return record


def _needs_replica(context: Context) -> None:
    if not context.plan.targets:
        raise NotNeeded("The plan names no second backend.")


@contextmanager
def _sample(context: Context) -> Iterator[Path]:
    """The planned file, else a few lines made for it."""
    if context.plan.sample is not None:
        yield context.plan.sample
        return
    with tempfile.TemporaryDirectory(prefix="secingest-onboarding-") as folder:
        path = Path(folder) / "first-object.txt"
        path.write_text(
            f"The first object of {context.tenant}, made by its onboarding at {datetime.now(UTC):%Y-%m-%d}.\n"
            "Whoever reads this holds the private key.\n"
        )
        yield path


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
