"""Where the uploader's signature of a small object lies, what happens where it is lost, and who notices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend_stub.contract.locations import split_s3_url
from secingest_tui.paths import Home
from secingest_tui.services.restore.signature import METADATA
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Store
from tests.e2e.conftest import KEY_ID, TENANT, Cli


@dataclass
class Stored:
    """One small object that was ingested: as the provider has it."""

    name: str
    source: Path
    store: S3Store
    bucket: str
    key: str
    body: bytes = field(repr=False)
    metadata: dict[str, str] = field(repr=False)

    @property
    def object_key(self) -> str:
        return f"{TENANT}/{self.name}"

    def keys(self) -> list[str]:
        """What lies under the version's prefix, without that prefix's attempt."""
        return [info.key.removeprefix(self.key) for info in self.store.list_objects(self.bucket, self.key)]


class Maker:
    def __init__(self, cli: Cli, workspace: Workspace, folder: Path) -> None:
        self._cli, self._workspace, self._folder = cli, workspace, folder

    def __call__(self, name: str, *options: str, size: int = 5000) -> Stored:
        source = self._folder / "source"
        source.write_bytes(os.urandom(size))
        self._cli("ingest", source, "--backend", "local-fi", "--as", f"{TENANT}/{name}", *options)
        return self.at(name, "local-fi", source)

    def at(self, name: str, backend: str, source: Path) -> Stored:
        records = self._workspace.tenant(TENANT).versions(f"{TENANT}/{name}").versions
        [replica] = [found for found in records[0].replicas if found.backend == backend]
        bucket, key = split_s3_url(replica.url)
        store = self._workspace.store(backend, TENANT)
        head, body = store.fetch(bucket, key, 100 * 1024 * 1024)
        assert body is not None
        return Stored(name, source, store, bucket, key, body, dict(head.metadata))


@pytest.fixture
def make(cli: Cli, home: Home, tenant: str, tmp_path: Path) -> Iterator[Maker]:
    with Workspace(home) as workspace:
        yield Maker(cli, workspace, tmp_path)


def test_one_request_and_it_is_there_everywhere(cli: Cli, make: Maker, home: Home, tmp_path: Path) -> None:
    made = make("one.bin", "--target", "local-de")
    assert made.keys() == [""]
    assert set(made.metadata) == {METADATA}
    cli("worker", "--once")
    replica = make.at("one.bin", "local-de", made.source)
    assert (replica.keys(), replica.metadata, replica.body) == ([""], made.metadata, made.body)
    for number, backend in enumerate(("local-fi", "local-de")):
        out = tmp_path / f"out{number}"
        told = cli.json("restore", made.object_key, "-o", out, "--backend", backend)
        assert out.read_bytes() == made.source.read_bytes()
        assert told["signed_by"]
    cli("fetch", made.object_key, "-o", tmp_path / "sealed")
    cli(
        "decrypt", tmp_path / "sealed", "-o", tmp_path / "plain", "--signature", tmp_path / "sealed.sig",
        "--signer", home.keys_dir / "signer.pub.pem", "--private-key", home.keys_dir / f"{KEY_ID}.pem",
    )  # fmt: skip
    assert (tmp_path / "plain").read_bytes() == made.source.read_bytes()
    cli("recover", "--backend", "local-de", "-o", tmp_path / "recovered")
    assert (tmp_path / "recovered" / "one.bin").read_bytes() == made.source.read_bytes()


def test_a_long_name_leaves_no_room(cli: Cli, make: Maker, tmp_path: Path) -> None:
    made = make("/".join(["é" * 100] * 4))
    assert made.keys() == ["", ".sig"]
    assert made.metadata == {}
    cli("restore", made.object_key, "-o", tmp_path / "out")


def test_beside_by_configuration(cli: Cli, make: Maker, tmp_path: Path) -> None:
    cli("config", "set", "encryption.signatures", "beside")
    try:
        made = make("beside.bin")
    finally:
        cli("config", "unset", "encryption.signatures")
    assert made.keys() == ["", ".sig"]
    assert made.metadata == {}
    cli("restore", made.object_key, "-o", tmp_path / "out")


def test_lost_with_the_metadata(cli: Cli, make: Maker, tmp_path: Path) -> None:
    """As after a copy by software that keeps objects only."""
    made = make("lost.bin", "--target", "local-de")
    cli("worker", "--once")
    made.store.put(made.bucket, made.key, made.body)
    told = cli("restore", made.object_key, "-o", tmp_path / "out", "--backend", "local-fi")
    assert (tmp_path / "out").read_bytes() == made.source.read_bytes()
    assert "lost its signature" in told.stderr
    alone = cli("recover", "--backend", "local-fi", "-o", tmp_path / "recovered", code=1)
    assert "no uploader's signature" in alone.stderr
    assert not (tmp_path / "recovered" / "lost.bin").exists()
    found = cli("verify", "--all", "--prefix", made.object_key, code=1)
    assert "no uploader's signature" in found.stdout + found.stderr
    cli("worker", "--once")
    assert made.keys() == ["", ".sig"]
    cli("verify", "--all", "--prefix", made.object_key)
    cli("recover", "--backend", "local-fi", "-o", tmp_path / "again")
    assert (tmp_path / "again" / "lost.bin").read_bytes() == made.source.read_bytes()


def test_the_record_vouches_for_nothing_else(cli: Cli, make: Maker, tmp_path: Path) -> None:
    """Metadata lost and a frame altered: the recorded signature is about the frames as they were."""
    made = make("altered.bin")
    altered = bytearray(made.body)
    altered[-1] ^= 1
    made.store.put(made.bucket, made.key, bytes(altered))
    said = cli("restore", made.object_key, "-o", tmp_path / "out", code=1)
    assert "not about what lies there" in said.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["AAAA", "no base64", "e30K"])
def test_metadata_that_is_no_signature(text: str, cli: Cli, make: Maker, tmp_path: Path) -> None:
    made = make("noise.bin")
    made.store.put(made.bucket, made.key, made.body, metadata={METADATA: text})
    for command in (
        ("restore", made.object_key, "-o", tmp_path / "out"),
        ("verify", "--all", "--prefix", made.object_key),
    ):
        said = cli(*command, code=1)
        assert "signature" in said.stdout + said.stderr
    assert not (tmp_path / "out").exists()


def test_another_objects_signature(cli: Cli, make: Maker, tmp_path: Path) -> None:
    other, made = make("other.bin"), make("mine.bin")
    made.store.put(made.bucket, made.key, made.body, metadata=other.metadata)
    said = cli("restore", made.object_key, "-o", tmp_path / "out", code=1)
    assert "another object" in said.stderr
    assert not (tmp_path / "out").exists()
    found = cli("verify", "--all", "--prefix", made.object_key, code=1)
    assert "for another object" in found.stdout + found.stderr
