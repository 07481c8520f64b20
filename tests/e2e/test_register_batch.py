"""Thousands of pointers from a file, or from a snapshot: an answer for each, and a safe second run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.errors import UsageError
from secingest_tui.paths import Home
from secingest_tui.services.registering.lines import read_lines
from secingest_tui.services.workspace import Workspace
from tests.e2e.conftest import Cli
from tests.e2e.sharing import ingest

PATH = "customer42/batch"


@pytest.fixture(scope="module")
def uploaded(cli: Cli, home: Home, stack: EmbeddedStack, tenant: str, tmp_path_factory: Any) -> list[str]:
    """Real ciphertexts under their own keys, as other software would have uploaded them: not registered."""
    folder = tmp_path_factory.mktemp("uploaded")
    ingest(cli, folder, "batch-first", b"makes the bucket")
    source = folder / "source"
    keys = []
    with Workspace(home) as workspace:
        store = workspace.store("local-fi", tenant)
        bucket = workspace.tenant(tenant).object(f"{tenant}/batch-first", "v1").replicas[0].url.split("/")[2]
        for number in range(3):
            key = f"{PATH}/{number}"
            source.write_bytes(b"payload %d" % number)
            cli(
                "encrypt", source, "-o", folder / str(number), "--backend", "local-fi", "--as", key,
                "--object-version", "v1",
            )  # fmt: skip
            store.put(bucket, key, (folder / str(number) / "ciphertext").read_bytes())
            store.put(bucket, key + ".sig", (folder / str(number) / "ciphertext.sig").read_bytes())
            keys.append(key)
        store.put(bucket, f"{PATH}/plain", b"this is no ciphertext")
    return keys


def report(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_file_of_pointers(cli: Cli, uploaded: list[str], tmp_path: Path) -> None:
    """Every line has its answer, a bad one stops no other, and the second run changes nothing."""
    path = tmp_path / "pointers.jsonl"
    lines: list[Any] = [{"object_key": key, "replicas": 1} for key in uploaded]
    lines[1:1] = [{"object_key": "../x"}, "no object", {"object_key": f"{PATH}/absent"}]
    lines += [{"object_key": f"{PATH}/plain"}, {"object_key": uploaded[0], "unknown": 1}]
    path.write_text("".join(json.dumps(line) + "\n\n" for line in lines))
    payloads = report(cli("register", "--batch", path, "--backend", "local-fi", "--dry-run", code=1))
    assert payloads[0]["payload"]["object_key"] == uploaded[0]
    assert cli("objects", "list", "--prefix", PATH + "/", "--json").stdout == ""
    done = cli("register", "--batch", path, "--backend", "local-fi", "--json", code=1)
    found = report(done)
    assert [one["status"] for one in found] == [
        "recorded", "invalid", "invalid", "failed", "recorded", "recorded", "failed", "invalid",
    ]  # fmt: skip
    assert [one["line"] for one in found] == [1, 3, 5, 7, 9, 11, 13, 15]
    assert "not encrypted" in found[6]["message"]
    assert "unknown" in found[7]["message"]
    assert "3 recorded" in done.stderr
    again = report(cli("register", "--batch", path, "--backend", "local-fi", "--json", code=1))
    assert again == found, "the same receipts"
    cli("restore", uploaded[2], "-o", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"payload 2"


def test_csv_and_what_the_uploader_registered(cli: Cli, uploaded: list[str], tmp_path: Path) -> None:
    key = ingest(cli, tmp_path, "batch-known", b"known")
    record = cli.json("objects", "show", key)
    path = tmp_path / "pointers.csv"
    path.write_text(
        "object_key,backend,location,version,targets\r\n"
        f"{key},local-fi,{record['replicas'][0]['url']},v1,\r\n"
        f"{uploaded[0]},local-fi,,v1,\r\n"
        f"{uploaded[0]},local-fi,,v1,local-de\r\n"
        "too,few\r\n"
    )
    found = report(cli("register", "--batch", path, "--json", code=1))
    assert [one["status"] for one in found] == ["present", "recorded", "present", "invalid"]
    shown = cli("register", "--batch", path, code=1).stdout
    assert "line 2: present customer42/batch-known v1" in shown


def test_a_snapshot_becomes_registrations(cli: Cli, uploaded: list[str], tmp_path: Path) -> None:
    """What lies there and nobody registered; not what is registered, and no sidecar."""
    snapshot = cli.json("snapshot", "take", "--tenant", "customer42", "--backend", "local-fi")["id"]
    found = report(cli("register", "--from-snapshot", snapshot, "--json", code=1))
    assert "customer42/batch-first" not in {one.get("object_key") for one in found}
    assert [one["status"] for one in found if one.get("message")] == ["failed"], "the plaintext, and only it"
    after = {json.loads(line)["object_key"] for line in cli("objects", "list", "--json").stdout.splitlines()}
    assert after >= set(uploaded)
    assert not any(key.endswith(".sig") for key in after)
    cli("register", "--from-snapshot", "snp-nothing", code=1)


def test_a_killed_run_is_run_again(
    cli: Cli, uploaded: list[str], stack: EmbeddedStack, tmp_path: Path
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps({"object_key": key}) + "\n" for key in uploaded * 200))
    running = cli.start("register", "--batch", path, "--backend", "local-fi", "--json")
    assert running.stdout is not None
    assert running.stdout.readline()
    running.kill()
    running.communicate()
    found = report(cli("register", "--batch", path, "--backend", "local-fi", "--json"))
    assert len(found) == 600
    assert {one["status"] for one in found} == {"recorded"}


def test_what_is_wrong_with_a_whole_file(cli: Cli, tmp_path: Path) -> None:
    for name, content in (
        ("a.txt", b""), ("b.csv", b"object_key,size\nx,1\n"), ("c.csv", b""), ("d.jsonl", b"\xff\xfe"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        cli("register", "--batch", tmp_path / name, "--backend", "local-fi", code=2)
    cli("register", "--batch", tmp_path / "absent.csv", code=2)
    cli("register", code=2)


@settings(max_examples=60, deadline=None)
@given(content=st.text(max_size=300), ending=st.sampled_from([".jsonl", ".csv"]))
def test_any_text_is_lines_or_one_error(tmp_path_factory: Any, content: str, ending: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    try:
        for line in read_lines(path, {"backend": "local-fi"}):
            assert (line.pointer is None) == bool(line.problem)
    except UsageError:
        pass
