"""Copies between real stores: SeaweedFS to SeaweedFS, Ceph RGW to SeaweedFS and back."""

from __future__ import annotations

import json
import random
import signal
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from backend_stub.contract.locations import split_s3_url
from secingest_tui.config import load_backends, save_backend
from secingest_tui.services.credentials import Credential, CredentialStore, backend_entry
from secingest_tui.storage import NoSuchKey, S3Store, StorageError
from secingest_tui.storage.holds import Hold
from tests.faults import wire
from tests.replication.conftest import TENANT, Site
from tests.rigs.rgw import RadosGateway
from tests.rigs.waiting import wait_for

MIB = 1024 * 1024
SMALL = b"a few bytes for two places"


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def body(site: Site, replica: Any) -> bytes:
    bucket, key = split_s3_url(replica.url)
    with site.workspace.store(replica.backend, TENANT).get(bucket, key) as reader:
        return reader.readall()


@pytest.mark.parametrize(
    ("source", "target"),
    [("local-fi", "local-de"), ("local-fi", "ceph-fr"), ("ceph-fr", "local-de")],
)
@pytest.mark.parametrize("size", [26, 20 * MIB + 7])
def test_between_every_two_stores(site: Site, source: str, target: str, size: int) -> None:
    data = noise(size)
    name = f"{source}-{target}-{size}"
    receipt = site.ingest(name, data, "--target", target, backend=source)
    happened = site.work()
    assert [(one["event"], one["text"]) for one in happened if one["event"] != "leased"] == [
        ("succeeded", "signed-frames")
    ]
    found = site.replicas(receipt)
    assert found[target].verified_by == "signed-frames"
    assert sha256(body(site, found[target])).digest() == sha256(body(site, found[source])).digest()
    restored = site.folder / "restored"
    restored.unlink(missing_ok=True)
    site.cli("restore", f"{TENANT}/{name}", "--backend", target, "-o", restored)
    assert restored.read_bytes() == data


def test_a_large_copy_goes_on_where_it_was(site: Site) -> None:
    """SIGTERM in the middle: the lease goes back, what arrived stays, and is not sent again."""
    receipt = site.ingest("resumed", noise(48 * MIB), "--target", "ceph-fr")
    site.cli("replication", "limit", "ceph-fr", "--bandwidth", "8MiB")
    worker = site.cli.start("worker", "--json", "--jobs", "1")
    journals = site.home.copies_dir
    wait_for(
        lambda: any(path.read_text().count('"part"') >= 2 for path in journals.glob("*.copy"))
        or worker.poll() is not None, "two parts to arrive", 60,
    )  # fmt: skip
    worker.send_signal(signal.SIGTERM)
    out, err = worker.communicate(timeout=60)
    assert worker.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["event"] == "released", (out, err)
    [job] = site.jobs(receipt)
    assert (job.state, job.attempts) == ("queued", 0)
    [journal] = journals.glob("*.copy")
    arrived = journal.read_text().count('"record": "part"')
    site.cli("replication", "limit", "ceph-fr", "--bandwidth", "none")
    site.proxy.connections.clear()
    site.work()
    requests = [request for each in site.proxy.connections for request in wire.requests(bytes(each.up))]
    sent = [request.part for request in requests if request.method == "PUT" and request.part is not None]
    assert len(sent) == 6 - arrived
    assert not list(journals.glob("*.copy"))
    assert site.replicas(receipt)["ceph-fr"].verified_by == "signed-frames"


def test_a_repeated_copy_takes_over_what_is_there(site: Site) -> None:
    """As after a crash between the copy and its report."""
    receipt = site.ingest("again", noise(9 * MIB), "--target", "ceph-fr")
    site.work()
    site.workspace.tenant(TENANT)
    with_gap = site.replicas(receipt)["ceph-fr"]
    site.cli("objects", "show", receipt["object_key"])
    bucket, key = split_s3_url(with_gap.url)
    store = site.workspace.store("ceph-fr", TENANT)
    before = store.head(bucket, key)
    mark(site, receipt, "ceph-fr", "missing")
    assert site.jobs(receipt)[0].state == "queued"
    site.work()
    after = store.head(bucket, key)
    assert (after.etag, after.size) == (before.etag, before.size)
    assert site.replicas(receipt)["ceph-fr"].state == "ok"


def mark(site: Site, receipt: dict[str, Any], backend: str, state: str) -> None:
    from backend_stub.contract.replication import ReplicaCheck, ReplicaChecks

    check = {"object_key": receipt["object_key"], "version": receipt["version"], "backend": backend}
    checks = ReplicaChecks(items=[ReplicaCheck.model_validate({**check, "state": state})])
    assert site.workspace.tenant(TENANT).record_checks(checks).recorded == 1


def test_the_workers_own_country_counts_before_the_first_byte(site: Site) -> None:
    """The server believes in France; the worker's configuration says something else."""
    receipt = site.ingest("forbidden", SMALL, "--target", "ceph-fr")
    honest = load_backends(site.home)["ceph-fr"]
    save_backend(site.home, honest.model_copy(update={"country": "US"}))
    site.proxy.connections.clear()
    try:
        site.work(code=1)
    finally:
        save_backend(site.home, honest)
    [job] = site.jobs(receipt)
    assert (job.state, job.cause) == ("blocked", "residency")
    assert "is in US by this worker's configuration" in job.reason
    assert site.proxy.requests() == []
    site.cli("jobs", "cancel", job.id)


def test_a_residency_of_the_workers_own(site: Site) -> None:
    receipt = site.ingest("narrow", SMALL, "--target", "local-de")
    config = site.home.root / "config.toml"
    before = config.read_text()
    config.write_text(f'{before}[tenants.{TENANT}]\nresidency = "FI"\n')
    try:
        site.work(code=1)
    finally:
        config.write_text(before)
    [job] = site.jobs(receipt)
    assert job.state == "blocked"
    assert "this worker's own residency" in job.reason
    site.cli("jobs", "cancel", job.id)


def test_what_other_software_uploaded(site: Site) -> None:
    """Without any signature: by size and SHA-256, and refused where that differs."""
    store = site.workspace.store("local-fi", TENANT)
    client = site.workspace.tenant(TENANT)
    receipt = site.ingest("tiny", SMALL)
    data = noise(17 * MIB)
    for name, good in (("right", True), ("wrong", False)):
        key = f"{TENANT}/plain-{name}"
        put = store.put(receipt["bucket"], key, data, metadata={"color": "green"})
        digest = sha256(data if good else data + b"x").digest()
        import base64

        client.register(
            {
                "object_key": key, "version": "v1", "encrypted_key": "AAAA", "key_id": "k1",
                "key_alg": "ecdh-p256", "replica_count": 2, "targets": ["ceph-fr"],
                "backends": {"local-fi": {"url": f"s3://{receipt['bucket']}", "etag": put.etag}},
                "ciphertext_size": len(data),
                "ciphertext_checksum": {
                    "algorithm": "SHA256", "type": "FULL_OBJECT", "value": base64.b64encode(digest).decode(),
                },
            }
        )  # fmt: skip
    site.work(code=1)
    right = client.object(f"{TENANT}/plain-right", "v1")
    [_, copy] = right.replicas
    assert copy.verified_by == "checksum"
    bucket, key = split_s3_url(copy.url)
    ceph = site.workspace.store("ceph-fr", TENANT)
    assert ceph.head(bucket, key).metadata == {"color": "green"}
    [job] = client.jobs(object_key=f"{TENANT}/plain-wrong").items
    assert (job.state, job.cause) == ("dead", "source-tampered")
    assert client.object(f"{TENANT}/plain-wrong", "v1").replicas[0].state == "rot"
    with pytest.raises(NoSuchKey):
        ceph.head(bucket, f"{TENANT}/plain-wrong")
    assert not [one for one in ceph.list_multiparts(bucket) if "plain" in one.key]


def test_a_damaged_source_is_left_for_a_good_one(site: Site) -> None:
    receipt = site.ingest("rotten", noise(3 * MIB), "--target", "local-de")
    site.work()
    damage(site, site.replicas(receipt)["local-fi"])
    site.workspace.tenant(TENANT).add_job(_request(receipt, "ceph-fr"))
    happened = [one["event"] for one in site.work(code=1)]
    assert happened == ["leased", "failed", "leased", "succeeded"]
    assert {name: one.state for name, one in site.replicas(receipt).items()} == {
        "local-fi": "rot", "local-de": "ok", "ceph-fr": "ok",
    }  # fmt: skip


def _request(receipt: dict[str, Any], target: str) -> Any:
    from backend_stub.contract.jobs import JobRequest

    return JobRequest(object_key=receipt["object_key"], version=receipt["version"], target=target)


def damage(site: Site, replica: Any) -> None:
    """One bit, somewhere in the middle."""
    bucket, key = split_s3_url(replica.url)
    data = bytearray(body(site, replica))
    data[len(data) // 2] ^= 1
    site.workspace.store(replica.backend, TENANT).put(bucket, key, data)


def test_verify_finds_and_mends(site: Site) -> None:
    rotten = site.ingest("audit-rotten", noise(2 * MIB), "--target", "ceph-fr")
    missing = site.ingest("audit-missing", SMALL, "--target", "ceph-fr")
    site.work()
    damage(site, site.replicas(rotten)["ceph-fr"])
    bucket, key = split_s3_url(site.replicas(missing)["ceph-fr"].url)
    site.workspace.store("ceph-fr", TENANT).delete(bucket, key)
    only = ("--all", "--prefix", f"{TENANT}/audit-")
    done = site.cli("verify", *only, "--deep", "--json", code=1)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    summary = lines.pop()["summary"]
    assert (summary["ok"], summary["rot"], summary["missing"], summary["repair_jobs"]) == (2, 1, 1, 2)
    bad = {(one["object_key"].rpartition("-")[2], one["state"]) for one in lines if one["state"] != "ok"}
    assert bad == {("rotten", "rot"), ("missing", "missing")}
    site.work()
    site.cli("verify", *only, "--deep")
    site.cli("verify", *only, "--sample", "100%")
    assert site.cli("verify", "--sample", "nothing", code=2).stderr
    assert {one.state for one in site.replicas(rotten).values()} == {"ok"}


def test_a_provider_that_is_away_is_neither_rot_nor_missing(site: Site) -> None:
    receipt = site.ingest("away-one", SMALL, "--target", "ceph-fr")
    site.work()
    honest = load_backends(site.home)["ceph-fr"]
    save_backend(site.home, honest.model_copy(update={"endpoint": "http://127.0.0.1:9"}))
    try:
        done = site.cli("verify", "--all", "--prefix", f"{TENANT}/away-", code=1)
    finally:
        save_backend(site.home, honest)
    assert "unknown: " in done.stderr
    assert {one.state for one in site.replicas(receipt).values()} == {"ok"}


def deleted(site: Site, receipt: dict[str, Any], code: int = 0) -> list[dict[str, Any]]:
    """Delete an object where both sides let tombstones travel; what the worker did."""
    config = site.home.root / "config.toml"
    before = config.read_text()
    assert site.cli.json("replication", "tombstones", TENANT, "replicate")["tombstones"] == "replicate"
    try:
        if code == 0:
            config.write_text(f'{before}[tenants.{TENANT}]\ntombstones = "replicate"\n')
        site.workspace.tenant(TENANT).delete(receipt["object_key"], None)
        happened = site.work(code=code)
    finally:
        config.write_text(before)
        site.cli("replication", "tombstones", TENANT, "keep")
    assert {one["kind"] for one in happened} == {"delete"}
    return happened


def test_a_tombstone_travels(site: Site) -> None:
    receipt = site.ingest("deleted", noise(9 * MIB), "--target", "ceph-fr")
    site.work()
    before = site.replicas(receipt)
    deleted(site, receipt)
    for replica in before.values():
        bucket, key = split_s3_url(replica.url)
        store = site.workspace.store(replica.backend, TENANT)
        assert list(store.list_objects(bucket, key)) == []
    assert {one.state for one in site.replicas(receipt).values()} == {"deleted"}


def test_a_worker_removes_nothing_on_the_servers_word_alone(site: Site) -> None:
    """A server that was broken into can order removals; this side's configuration has to want them too."""
    receipt = site.ingest("kept", SMALL, "--target", "ceph-fr")
    site.work()
    deleted(site, receipt, code=1)
    jobs = [job for job in site.jobs(receipt) if job.kind == "delete"]
    assert {(job.state, job.cause) for job in jobs} == {("blocked", "removal-not-allowed")}
    assert all('tombstones = "replicate"' in job.reason for job in jobs)
    for replica in site.replicas(receipt).values():
        assert body(site, replica)
    for job in jobs:
        site.cli("jobs", "cancel", job.id)


@pytest.fixture
def second(site: Site, gateway: RadosGateway) -> str:
    """A further backend with object lock: the same gateway, met under another name."""
    user = gateway.user("second-customer")
    store = CredentialStore(site.home.credentials_file, lambda: b"")
    store.set(backend_entry("ceph-de", TENANT), Credential(user.access_key, user.secret_key))
    site.cli("backends", "add", "ceph-de", "--endpoint", gateway.endpoint, "--country", "DE",
             "--region", "default", "--checksums", "md5")  # fmt: skip
    return "ceph-de"


def test_holds_travel_with_a_version(site: Site, second: str) -> None:
    """Object lock at both: the copy is held as the source is, a repeat makes no second version, and neither
    a tombstone nor a delete of the version removes it."""
    source, target = "ceph-fr", second
    client = site.workspace.tenant(TENANT)
    logical = f"locked-{source}"
    places: dict[str, tuple[S3Store, str]] = {}
    for backend in (source, target):
        known = site.workspace.backend(backend)
        bucket = client.namespace(
            customer=TENANT, region=known.region, logical=logical, backend=backend
        ).bucket
        store = site.workspace.store(backend, TENANT)
        store._client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        places[backend] = store, bucket
    receipt = site.ingest(f"held-{source}", SMALL, "--target", target, "--logical", logical, backend=source)
    original = site.replicas(receipt)[source]
    assert original.version_id
    store, bucket = places[source]
    _, key = split_s3_url(original.url)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    store.keep(bucket, key, Hold(until, "GOVERNANCE", legal=True), version_id=original.version_id)
    assert site.work()[-1]["event"] == "succeeded"
    copy = site.replicas(receipt)[target]
    assert copy.version_id
    there, bucket = places[target]
    assert there.hold(bucket, key, version_id=copy.version_id) == Hold(until, "GOVERNANCE", legal=True)
    mark(site, receipt, target, "missing")
    site.work()
    deleted(site, receipt)
    found = [one for one in there.list_objects(bucket, key, versions=True) if one.key == key]
    assert [(one.version_id, one.deleted) for one in found if not one.deleted] == [(copy.version_id, False)]
    assert [one.latest for one in found if one.deleted] == [True]
    with pytest.raises(StorageError):
        there.delete(bucket, key, version_id=copy.version_id)


def test_a_worker_of_several_tenants(site: Site) -> None:
    site.cli("tenant", "create", "other42")
    made = site.cli.json("replication", "worker-credential", TENANT, "other42", "--label", "site-a")
    assert made["tenants"] == [TENANT, "other42"]
    receipt = site.ingest("by-worker", SMALL, "--target", "local-de")
    secret = site.folder / "secret"
    secret.write_text(made["secret_key"])
    secret.chmod(0o600)
    credentials = site.home.credentials_file.read_bytes()
    name = f"server/tenant/{TENANT}"
    try:
        site.cli("credentials", "set", name, "--access-key", made["access_key"], "--secret-key-file", secret)
        site.work("--name", "site-a")
    finally:
        site.home.credentials_file.write_bytes(credentials)
    [job] = site.jobs(receipt)
    history = site.workspace.tenant(TENANT).job(job.id).history
    assert history[0].worker.startswith("site-a (")
