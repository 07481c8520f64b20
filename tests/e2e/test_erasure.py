"""Erasure on the real stack: everything is gone at the providers, or nothing is claimed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from backend_stub.contract.jobs import LeaseRequest
from secingest_tui.crypto.signature import SignerKey
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.erasure.run import Incomplete, erase
from secingest_tui.services.workspace import Workspace
from tests.e2e.conftest import Cli
from tests.e2e.sharing import Provider, ingest, profile, shown


def signer(workspace: Workspace) -> SignerKey:
    return workspace.keyring.signer(workspace.config.encryption.signer)


def of(provider: Provider, key: str) -> list[str]:
    return [name for name in provider.everything() if key in name]


def test_everything_goes_and_the_proof_says_so(
    cli: Cli, provider: Provider, people: object, tmp_path: Path
) -> None:
    """Copy, signature, further keys, replica, and an attempt that was never registered."""
    key = ingest(cli, tmp_path, "erased", b"secret" * 1000, "--target", "local-de")
    other = ingest(cli, tmp_path, "erased-not", b"stays")
    cli("worker", "--once", "--backend", "local-fi", "--backend", "local-de")
    cli("rewrap", key, "--recipient", "bob")
    bucket, stored = provider.place(key, "local-fi")
    attempt = stored.rpartition("/")[0] + "/0123456789abcdef"
    with Workspace(Home(cli.root)) as workspace:
        store = workspace.store("local-fi", "customer42")
        store.put(bucket, attempt, b"an attempt that failed")
        store.create_multipart(bucket, attempt)
        for backend in ("local-fi", "local-de"):
            there, name = provider.place(key, backend)
            workspace.store(backend, "customer42").put(there, name + ".sig", b"as beside a large object")
    assert len(of(provider, key + "/")) == 7
    cli("objects", "erase", key, code=2, stdin=b"customer42/wrong\n")
    assert len(of(provider, key + "/")) == 7
    done = cli.json("objects", "erase", key, "--yes")
    assert of(provider, key + "/") == []
    assert of(provider, other) != []
    with Workspace(Home(cli.root)) as workspace:
        assert not list(workspace.store("local-fi", "customer42").list_multiparts(bucket, stored[:20]))
    removed = {
        (place["backend"], item["kind"]) for place in done["proof"]["places"] for item in place["removed"]
    }
    assert removed == {
        (backend, kind)
        for backend in ("local-fi", "local-de")
        for kind in ("ciphertext", "signature", "keys")
    } | {("local-fi", "unfinished-upload")}
    assert shown(cli, key)["erased_at"] is not None
    verified = cli.json("objects", "proof", key)
    assert verified == done
    [row] = cli("objects", "list", "--state", "erased", "--json").stdout.splitlines()
    assert json.loads(row)["state"] == "erased"
    said = cli("restore", key, "-o", tmp_path / "out", code=2)
    assert "deleted" in said.stderr
    again = cli("objects", "erase", key, "--yes")
    assert "erased before" in again.stderr


def test_a_proof_that_was_changed_is_none(cli: Cli, tenant: str, tmp_path: Path) -> None:
    key = ingest(cli, tmp_path, "proofs", b"1")
    answer = cli.json("objects", "erase", key, "--yes")
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(answer))
    cli("objects", "proof", "--file", path)
    for change in ({"version": "v2"}, {"proof": answer["proof"] | {"erased_at": "2020-01-01T00:00:00Z"}}):
        path.write_text(json.dumps(answer | change))
        said = cli("objects", "proof", "--file", path, code=1)
        assert "changed" in said.stderr


def test_an_unreachable_provider_leaves_no_proof(
    cli: Cli, stack: EmbeddedStack, provider: Provider, tmp_path: Path
) -> None:
    """The same command finishes it, and the proof names what the first run had removed."""
    key = ingest(cli, tmp_path, "partly", b"secret", "--target", "local-de")
    cli("worker", "--once", "--backend", "local-fi", "--backend", "local-de")
    cut = profile(cli, stack, tmp_path / "cut", private=True, DE="http://127.0.0.1:1")
    said = cut("objects", "erase", key, "--yes", code=1)
    assert "nothing listens" in said.stderr
    assert len(of(provider, key + "/")) == 2, "nothing goes before everything was looked at"
    assert shown(cli, key)["state"] == "active"
    cli("objects", "erase", key, "--yes")
    assert of(provider, key + "/") == []


def test_a_copy_that_was_begun_is_erased_too(
    cli: Cli, home: Home, tmp_path: Path, provider: Provider
) -> None:
    """A worker holds the job when the object is erased: what it wrote meanwhile goes with the rest."""
    key = ingest(cli, tmp_path, "begun", b"secret", "--target", "local-de")
    with Workspace(home) as workspace:
        client = workspace.tenant("customer42")
        [lease] = client.lease(LeaseRequest(worker="w", backends=["local-fi", "local-de"]))
        bucket = lease.object.target_bucket
        _, stored = provider.place(key, "local-fi")
        workspace.ensure_bucket("local-de", "customer42", bucket)
        workspace.store("local-de", "customer42").put(bucket, stored, b"half a copy")
        said: list[str] = []
        [done] = erase(
            workspace, key, None, lambda: signer(workspace), say=said.append, settle=timedelta(seconds=1)
        )
    assert any("waiting" in line for line in said)
    assert {place["backend"] for place in done.answer["proof"]["places"]} == {"local-fi", "local-de"}
    assert of(provider, key + "/") == []


def test_what_stays_is_said_and_the_next_run_proves_all(
    cli: Cli, home: Home, tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One removal fails in the middle: no proof; the second run's proof has what both removed."""
    from secingest_tui.services.erasure.place import Place
    from secingest_tui.storage import SlowDown

    key = ingest(cli, tmp_path, "stays", b"secret" * 1_500_000)
    real = Place.remove

    def once(self: Place, item: object) -> None:
        if str(getattr(item, "key", "")).endswith(".sig"):
            raise SlowDown("busy")
        real(self, item)  # type: ignore[arg-type]

    with Workspace(home) as workspace:
        with monkeypatch.context() as patch:
            patch.setattr(Place, "remove", once)
            with pytest.raises(Incomplete):
                erase(workspace, key, "v1", lambda: signer(workspace))
        assert len(of(provider, key + "/")) == 1
        assert workspace.tenant("customer42").erasures(object_key=key) == []
        [done] = erase(workspace, key, "v1", lambda: signer(workspace))
    kinds = [item["kind"] for place in done.answer["proof"]["places"] for item in place["removed"]]
    assert sorted(kinds) == ["ciphertext", "signature"]
