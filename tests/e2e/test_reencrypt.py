"""The end of access: a new version under a new data key, on the real stack."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from secingest_tui.paths import Home
from tests.e2e.conftest import Cli
from tests.e2e.sharing import MIB, People, Provider, ingest, shown


@pytest.mark.parametrize("size", [0, 5, 17 * MIB + 3])
def test_reencrypt(
    cli: Cli, home: Home, people: People, provider: Provider, size: int, tmp_path: Path
) -> None:
    data = os.urandom(size)
    key = ingest(cli, tmp_path, f"again/{size}", data, "--target", "local-de")
    cli("rewrap", key, "--recipient", "carol")
    before = provider.everything()
    done = cli.json("rewrap", key, "--recipient", "bob", "--reencrypt")
    assert (done["replaces"], done["recipients"]) == ("v1", ["bob"])
    assert done["receipt_id"]
    after = provider.everything()
    assert before.items() <= after.items(), "the older version is as it was"
    new = {name for name in after if name not in before}
    assert {""} <= {Path(name).suffix for name in new} <= {"", ".sig"}
    bob = ("--private-key", people.key("bob"))
    cli("restore", key, "-o", tmp_path / "out", *bob)
    assert (tmp_path / "out").read_bytes() == data
    for other in ((), ("--private-key", people.key("carol"))):
        said = cli("restore", key, "-o", tmp_path / "no", *other, code=1)
        assert "no wrapped key in this object is for" in said.stderr
    said = cli("restore", key, "-o", tmp_path / "no", "--object-version", "v1", *bob, code=1)
    assert "no wrapped key in this object is for" in said.stderr
    cli("restore", key, "-o", tmp_path / "old", "--object-version", "v1")
    assert (tmp_path / "old").read_bytes() == data
    record = cli.json("objects", "show", key, "--object-version", done["version"])
    assert [job["target"] for job in record["jobs"]] == ["local-de"]
    assert record["residency"] == shown(cli, key)["residency"]
    if size > 16:
        marker = data[MIB : MIB + 64]
        found = [p for p in home.root.rglob("*") if p.is_file() and marker in p.read_bytes()]
        assert found == [], "no plaintext on disk"


def test_recovery_recipients_are_kept(cli: Cli, people: People, tmp_path: Path) -> None:
    key = ingest(cli, tmp_path, "recovery", b"secret")
    config = cli.root / "config.toml"
    written = config.read_text()
    config.write_text(written + 'recovery_recipients = ["dave"]\n')
    try:
        done = cli.json("rewrap", key, "--recipient", "bob", "--reencrypt")
    finally:
        config.write_text(written)
    assert done["recipients"] == ["bob", "dave"]
    cli("restore", key, "-o", tmp_path / "out", "--private-key", people.key("dave"))


def test_nothing_is_sealed_from_an_altered_object(
    cli: Cli, people: People, provider: Provider, tmp_path: Path
) -> None:
    """The last frame is wrong: what was read before it never becomes an object, not even a shorter one."""
    key = ingest(cli, tmp_path, "torn", os.urandom(17 * MIB))
    whole = provider.read(key)
    assert whole is not None
    provider.put(key, "", whole[:-1] + bytes([whole[-1] ^ 1]))
    before = provider.everything()
    said = cli("rewrap", key, "--recipient", "bob", "--reencrypt", code=1)
    assert "frame 17 is not the one that was signed" in said.stderr
    assert provider.everything() == before
    assert [item["version"] for item in versions(cli, key)] == ["v1"]
    assert cli("outbox", "list", "--json").stdout == ""


def versions(cli: Cli, key: str) -> list[dict[str, Any]]:
    listed = cli("objects", "list", "--prefix", key, "--json").stdout
    return [json.loads(line) for line in listed.splitlines()]
