"""The README's table of guarantees, one test a row, on the real stack."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import StorageError
from tests.e2e.conftest import KEY_ID, Cli

MARKER = b"the patient's name is confidential-7f3a " * 40


def holds(folder: Path, needle: bytes) -> list[Path]:
    """Files below ``folder`` that contain ``needle``."""
    return [path for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


@pytest.fixture(scope="module")
def ingested(cli: Cli, tenant: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    source = tmp_path_factory.mktemp("source") / "record.txt"
    source.write_bytes(MARKER)
    return cli.json(
        "ingest", source, "--backend", "local-fi", "--as", "customer42/record.txt", "--object-version", "v1",
        "--target", "local-de",
    )  # fmt: skip


def test_data_privacy(home: Home, cli: Cli, ingested: dict[str, object]) -> None:
    """Neither the store nor the server's files hold plaintext, nor any file of the home."""
    cli("worker", "--once")
    cli("snapshot", "take", "--backend", "local-fi")
    key = str(ingested["object_key"]).encode()
    assert holds(home.stack_dir, key), "the search must be able to find what is stored"
    assert holds(home.root, MARKER[:40]) == []


def test_credential_isolation(home: Home, cli: Cli, ingested: dict[str, object]) -> None:
    """The server's files hold no provider secret, no private key, and no tenant's secret in clear."""
    entries = json.loads(home.credentials_file.read_bytes())["entries"]
    secrets = [entry["secret_key"].encode() for entry in entries.values()]
    secrets.append((home.keys_dir / f"{KEY_ID}.pem").read_bytes().splitlines()[1])
    server = home.stack_dir / "server"
    assert holds(server, b"customer42/record.txt"), "the search must look at the server's database"
    for secret in secrets:
        assert holds(server, secret) == []
        assert holds(home.log_dir, secret) == []


def test_tenant_separation(home: Home, cli: Cli, ingested: dict[str, object]) -> None:
    """Another tenant reaches neither the record at the server nor the ciphertext at the provider."""
    cli("tenant", "create", "intruder")
    with Workspace(home) as workspace:
        url = ingested["backends"]["local-fi"]["url"]  # type: ignore[index]
        bucket, _, key = url.removeprefix("s3://").partition("/")
        with pytest.raises(StorageError, match="AccessDenied"):
            workspace.store("local-fi", "intruder").get(bucket, key)
        assert list(workspace.tenant("intruder").all_objects()) == []
        with pytest.raises(Exception, match="404"):
            workspace.tenant("intruder").versions("customer42/record.txt")


def test_disaster_recovery(
    home: Home, cli: Cli, stack: EmbeddedStack, ingested: dict[str, object], tmp_path: Path
) -> None:
    """With the metadata server gone, provider and private key are enough."""
    fetched = tmp_path / "ciphertext"
    cli("fetch", "customer42/record.txt", "-o", fetched)
    stack.stop_server()
    try:
        cli("decrypt", fetched, "-o", tmp_path / "out", "--private-key", home.keys_dir / f"{KEY_ID}.pem")
    finally:
        stack.start_server()
    assert (tmp_path / "out").read_bytes() == MARKER


def test_compliance(cli: Cli, ingested: dict[str, object], tmp_path: Path) -> None:
    """A copy outside the residency is refused before a byte is sent, by the client and by the server."""
    source = tmp_path / "file"
    source.write_bytes(b"x")
    asked = ("--as", "customer42/fi", "--residency", "FI")
    primary = cli("ingest", source, "--backend", "local-de", *asked, code=2)
    assert "outside the residency FI" in primary.stderr
    target = cli("ingest", source, "--backend", "local-fi", *asked, "--target", "local-de", code=2)
    assert "outside the residency FI" in target.stderr
    assert cli("objects", "list", "--prefix", "customer42/fi", "--json").stdout == ""


def test_zero_trust(home: Home, cli: Cli, tenant: str, tmp_path: Path) -> None:
    """A provider that swaps, alters or replays objects is found out, and nothing is released."""
    for name in ("a", "b"):
        source = tmp_path / name
        source.write_bytes(os.urandom(100))
        cli("ingest", source, "--backend", "local-fi", "--as", f"customer42/{name}", "--object-version", "v1")
    with Workspace(home) as workspace:
        places = {}
        for name in ("a", "b"):
            record = workspace.tenant("customer42").object(f"customer42/{name}", "v1")
            bucket, _, key = record.replicas[0].url.removeprefix("s3://").partition("/")
            places[name] = (bucket, key)
        store = workspace.store("local-fi", "customer42")

        def read(bucket: str, key: str) -> tuple[bytes, Mapping[str, str]]:
            with store.get(bucket, key) as reader:
                return reader.readall(), reader.head.metadata

        (original, signed), (other, signed_other) = read(*places["a"]), read(*places["b"])
        flipped = original[:-1] + bytes([original[-1] ^ 1])
        out = tmp_path / "out"
        for forged in (other, flipped, original[:-1], original + b"\0"):
            store.put(*places["a"], forged, metadata=signed)
            said = cli("restore", "customer42/a", "-o", out, code=1)
            assert "next:" in said.stderr
            assert not out.exists()
        store.put(*places["a"], original, metadata=signed_other)
        cli("restore", "customer42/a", "-o", out, code=1)
        assert not out.exists()
        store.put(*places["a"], original)
        folder = tmp_path / "recovered"
        unsigned = cli("recover", "--backend", "local-fi", "-o", folder, code=1)
        assert "no uploader's signature" in unsigned.stderr
        assert not (folder / "a").exists()
        cli("recover", "--backend", "local-fi", "-o", folder, "--allow-unsigned", "--force")
        assert (folder / "a").read_bytes() == (tmp_path / "a").read_bytes()
