"""``secingest objects erase`` under an object lock of a real Ceph gateway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.storage import S3Store
from tests.e2e.conftest import Cli

from .conftest import Provider


def test_nothing_is_removed_while_anything_is_held(
    stack: EmbeddedStack, ceph: Provider, tmp_path: Path
) -> None:
    """A locked copy at one provider keeps the copy at the other too, until the hold is lifted."""
    cli = Cli(Path(stack.status()["home"]))
    cli("keys", "new", "--key-id", "held-k1", "--type", "p256", "--no-passphrase")
    cli("tenant", "create", "held", "--residency", "EU")
    cli(
        "backends", "add", "ceph", "--endpoint", ceph.alice.endpoint, "--region", "default",
        "--country", "DE", "--addressing", "path", "--provider", "ceph",
    )  # fmt: skip
    secret = tmp_path / "secret"
    secret.write_text(str(ceph.alice.secret_key))
    access = str(ceph.alice.access_key)
    cli("credentials", "set", "backend/ceph", "--access-key", access, "--secret-key-file", secret)
    source = tmp_path / "source"
    source.write_bytes(b"evidence" * 1000)
    key = "held/evidence"
    plan = ("--tenant", "held", "--recipient", "held-k1", "--as", key, "--object-version")
    first = cli.json("ingest", source, "--backend", "ceph", *plan, "v0")
    store = S3Store(ceph.alice)
    locked = first["bucket"]
    store.delete(locked, first["backends"]["ceph"]["url"].removeprefix(f"s3://{locked}/"))
    for info in list(store.list_objects(locked)):
        store.delete(locked, info.key)
    store._client.delete_bucket(Bucket=locked)
    store._client.create_bucket(Bucket=locked, ObjectLockEnabledForBucket=True)
    receipt = cli.json("ingest", source, "--backend", "ceph", *plan, "v1", "--target", "local-fi")
    cli("worker", "--once", "--backend", "ceph", "--backend", "local-fi", "--tenant", "held")
    stored = receipt["backends"]["ceph"]["url"].removeprefix(f"s3://{locked}/")
    until = datetime.now(UTC) + timedelta(days=30)
    store._client.put_object_retention(
        Bucket=locked, Key=stored, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until}
    )
    said = cli("objects", "erase", key, "--object-version", "v1", "--yes", code=1)
    assert "governance retention until" in said.stderr
    assert "nothing was removed" in said.stderr
    record = cli.json("objects", "show", key, "--object-version", "v1")
    assert (record["state"], record["erased_at"]) == ("active", None)
    cli("restore", key, "-o", tmp_path / "out", "--backend", "local-fi", "--private-key",
        cli.root / "keys" / "held-k1.pem")  # fmt: skip
    store._client.put_object_retention(
        Bucket=locked,
        Key=stored,
        Retention={"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(seconds=1)},
        BypassGovernanceRetention=True,
    )
    store._client.put_object_legal_hold(Bucket=locked, Key=stored, LegalHold={"Status": "ON"})
    said = cli("objects", "erase", key, "--object-version", "v1", "--yes", code=1)
    assert "a legal hold" in said.stderr
    store._client.put_object_legal_hold(Bucket=locked, Key=stored, LegalHold={"Status": "OFF"})
    cli("objects", "erase", key, "--object-version", "v1", "--yes")
    assert list(store.list_objects(locked, versions=True)) == []
    assert cli.json("objects", "proof", key)["version"] == "v1"
