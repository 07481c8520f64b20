"""Parts of an object, many objects, and a tenant's whole data without the server."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secingest_tui.embedded import EmbeddedStack
from tests.e2e.conftest import SECINGEST, Cli
from tests.rigs.waiting import wait_for

MIB = 1024 * 1024
SIZE = 17 * MIB + 321


@pytest.fixture(scope="module")
def content() -> bytes:
    return os.urandom(SIZE)


@pytest.fixture(scope="module")
def big(cli: Cli, tenant: str, content: bytes, tmp_path_factory: pytest.TempPathFactory) -> str:
    source = tmp_path_factory.mktemp("big") / "big.bin"
    source.write_bytes(content)
    cli("ingest", source, "--backend", "local-fi", "--as", "customer42/range/big.bin")
    return "customer42/range/big.bin"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (0, 0), (0, 99), (MIB - 1, MIB), (8 * MIB, 16 * MIB - 1), (SIZE - 1, SIZE - 1), (16 * MIB + 5, None),
        # Large enough for direct writes, on a block's border and beside it.
        (0, None), (4096, None), (4097, None),
    ],
)  # fmt: skip
def test_a_range_gives_exactly_its_bytes(
    cli: Cli, big: str, content: bytes, first: int, last: int | None, tmp_path: Path
) -> None:
    out = tmp_path / "part"
    span = f"{first}-{'' if last is None else last}"
    done = cli.json("restore", big, "--range", span, "-o", out)
    assert out.read_bytes() == content[first : None if last is None else last + 1]
    assert done["size"] == out.stat().st_size


def test_a_range_to_standard_output(cli: Cli, big: str, content: bytes) -> None:
    import subprocess

    done = subprocess.run(
        [*SECINGEST, "restore", big, "--range", "1048570-2097160", "-o", "-"],
        capture_output=True,
        check=True,
        timeout=60,
        env=cli.environ,
    )
    assert done.stdout == content[1048570:2097161]


@pytest.mark.parametrize("span", ["5-2", "-5", "x", "1-2-3", ""])
def test_a_senseless_range_is_wrong_usage(cli: Cli, big: str, span: str, tmp_path: Path) -> None:
    cli("restore", big, "--range", span, "-o", tmp_path / "out", code=2)
    assert not (tmp_path / "out").exists()


def test_a_range_outside_the_object(cli: Cli, big: str, tmp_path: Path) -> None:
    said = cli("restore", big, "--range", f"{SIZE}-", "-o", tmp_path / "out", code=2)
    assert f"{SIZE:,} bytes" in said.stderr


@pytest.fixture(scope="module")
def family(cli: Cli, tenant: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Objects below one prefix, one of them in two versions."""
    folder = tmp_path_factory.mktemp("family")
    wanted = {"a.txt": b"first", "sub/b.txt": b"second", "sub/deep/c": b""}
    for name, data in wanted.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    cli("ingest", folder, "--backend", "local-de", "--prefix", "customer42/family/", "--object-version", "v1")
    (folder / "a.txt").write_bytes(b"newer")
    # The provider's clock, by which recover tells the newest without a server, has whole seconds.
    before = int(time.time())
    wait_for(lambda: int(time.time()) > before, "another second")
    cli(
        "ingest", folder / "a.txt", "--backend", "local-de", "--as", "customer42/family/a.txt",
        "--object-version", "v2",
    )  # fmt: skip
    return wanted | {"a.txt": b"newer"}


def read_all(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_prefix_restores_the_newest_versions(cli: Cli, family: dict[str, bytes], tmp_path: Path) -> None:
    cli("restore", "--prefix", "customer42/family/", "-o", tmp_path / "out")
    assert read_all(tmp_path / "out") == family
    again = cli("restore", "--prefix", "customer42/family/", "-o", tmp_path / "out", code=1)
    assert "exists already" in again.stderr


def test_a_link_does_not_lead_outside(cli: Cli, family: dict[str, bytes], tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    out.mkdir()
    outside.mkdir()
    (out / "sub").symlink_to(outside)
    said = cli("restore", "--prefix", "customer42/family/", "-o", out, code=1)
    assert "lies outside" in said.stderr
    assert list(outside.iterdir()) == []


def test_recover_needs_no_server(
    cli: Cli, stack: EmbeddedStack, family: dict[str, bytes], tmp_path: Path
) -> None:
    # A profile of the provider and the keys alone, whose server does not answer.
    root = tmp_path / "rescue"
    root.mkdir(mode=0o700)
    (root / "keys").mkdir(mode=0o700)
    for path in (cli.root / "keys").iterdir():
        (root / "keys" / path.name).write_bytes(path.read_bytes())
        (root / "keys" / path.name).chmod(0o600)
    (root / "config.toml").write_text('tenant = "customer42"\n[server]\nurl = "http://127.0.0.1:1"\n')
    stored = json.loads((cli.root / "credentials.json").read_bytes())
    (root / "credentials.json").write_text(json.dumps(stored))
    (root / "credentials.json").chmod(0o600)
    rescue = Cli(root)
    rescue(
        "backends", "add", "local-de", "--endpoint", stack.s3_endpoint, "--region", "eu-central-1",
        "--country", "DE", "--provider", "seaweedfs", "--addressing", "path",
    )  # fmt: skip
    rescue("recover", "--backend", "local-de", "-o", tmp_path / "out")
    found = read_all(tmp_path / "out")
    assert {name.removeprefix("family/"): data for name, data in found.items() if "family" in name} == family
    rescue("recover", "--backend", "local-de", "-o", tmp_path / "all", "--all-versions")
    assert (tmp_path / "all" / "family" / "a.txt" / "v1").read_bytes() == b"first"
    assert (tmp_path / "all" / "family" / "a.txt" / "v2").read_bytes() == b"newer"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=40))
def test_no_name_leads_outside_the_folder(name: str, tmp_path: Path) -> None:
    from secingest_tui.errors import UsageError
    from secingest_tui.services.restore.many import place

    folder = tmp_path / "here"
    folder.mkdir(exist_ok=True)
    try:
        path = place(folder, name)
    except (UsageError, OSError, UnicodeEncodeError):
        return
    assert path.resolve().is_relative_to(folder.resolve())
    assert path != folder
