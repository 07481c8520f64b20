"""Is everything all right: what home and ``secingest status`` say, of a real stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from secingest_tui.models.overview import Level
from secingest_tui.paths import Home
from secingest_tui.services.overview import overview, stored
from secingest_tui.services.workspace import Workspace
from tests.e2e.conftest import Cli


def check(home: Home, name: str) -> tuple[Level, str, str]:
    with Workspace(home) as workspace:
        [found] = [one for one in overview(workspace).checks if one.id == name]
    return found.level, found.text, found.remedy


def test_the_last_drill_and_what_is_stored(cli: Cli, tenant: str, home: Home, tmp_path: Path) -> None:
    assert check(home, "drill") == (Level.NOTHING, "none yet: nothing is stored", "")
    receipts: list[dict[str, Any]] = []
    for name in ("a", "b"):
        path = tmp_path / name
        path.write_bytes(name.encode() * 5000)
        receipts.append(cli.json("ingest", path, "--backend", "local-fi", "--as", f"{tenant}/{name}"))
    level, said, remedy = check(home, "drill")
    assert (level, remedy) == (Level.NOTHING, "secingest drill --sample 10")
    assert "nothing stored was ever restored" in said
    with Workspace(home) as workspace:
        amounts = stored(workspace)
        [one] = amounts.by_backend
        assert (one.name, one.copies) == ("local-fi", 2)
        assert one.bytes == sum(receipt["ciphertext_size"] for receipt in receipts)
        assert [(two.name, two.copies) for two in amounts.by_country] == [("FI", 2)]

    cli("drill", "--sample", "5")
    level, said, _ = check(home, "drill")
    assert level is Level.FINE
    assert said.startswith(f"2 of 2 objects restored, of {tenant}, ")

    with Workspace(home) as workspace:
        bucket, _, key = receipts[0]["backends"]["local-fi"]["url"].removeprefix("s3://").partition("/")
        workspace.store("local-fi", tenant).delete(bucket, key)
    cli("drill", "--sample", "5", code=1)
    level, said, remedy = check(home, "drill")
    assert level is Level.BROKEN
    assert said.startswith(f"1 of 2 objects could not be restored, of {tenant}, ")
    assert f"{tenant}/a" in said
    assert "secingest drill list" in remedy
    rows = [json.loads(line) for line in cli("status", "--json", code=1).stdout.splitlines()]
    assert [row["state"] for row in rows if row["check"] == "Restore drill"] == ["broken"]
