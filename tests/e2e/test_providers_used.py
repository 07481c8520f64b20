"""What a probe found decides what goes over the wire: a real ingest to a real Ceph RGW, before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Cli
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.rgw import RadosGateway


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadosGateway]:
    with RadosGateway(tmp_path_factory.mktemp("ceph")) as running:
        yield running


def heads(proxy: FaultProxy) -> list[str]:
    """Method, path and headers of every request, in lower case."""
    found: list[str] = []
    for connection in list(proxy.connections):
        text = bytes(connection.up).decode("latin-1")
        found += re.findall(r"(?:PUT|POST) /\S* HTTP/1\.1\r\n(?:[!-~]+: [^\r\n]*\r\n)+", text)
    return [head.lower() for head in found]


def test_a_probe_changes_how_an_ingest_is_sent(
    cli: Cli, gateway: RadosGateway, tenant: str, tmp_path: Path
) -> None:
    user = gateway.user("acme")
    (tmp_path / "secret").write_text(user.secret_key + "\n")
    (tmp_path / "small").write_bytes(b"small" * 1000)
    (tmp_path / "large").write_bytes(bytes(9 << 20))

    def ingest(name: str, version: str) -> list[str]:
        with FaultProxy(gateway.port) as proxy:
            add = ("backends", "add", "ceph", "--endpoint", proxy.endpoint, "--region", "default")
            keys = ("--access-key", user.access_key, "--secret-key-file", tmp_path / "secret")
            cli(*add, "--provider", "ceph", "--country", "FI", *keys, "--tenant", tenant)
            if version == "after":
                cli("providers", "probe", "ceph", "--tenant", tenant)
                proxy.connections.clear()
            cli(
                "ingest", tmp_path / name, "--tenant", tenant, "--backend", "ceph",
                "--as", f"{tenant}/{name}", "--object-version", version,
            )  # fmt: skip
            return [head for head in heads(proxy) if f"/{name}/{version}/" in head and ".sig" not in head]

    [put] = ingest("small", "before")
    assert "x-amz-checksum-crc64nvme" in put
    assert "if-none-match" not in put
    [put] = ingest("small", "after")
    assert "content-md5" in put
    assert "crc64nvme" not in put
    assert "if-none-match: *" in put
    requests = ingest("large", "after")
    parts = [head for head in requests if "partnumber=" in head]
    assert len(parts) == 2
    assert all("content-md5" in head for head in parts)
    [completion] = [head for head in requests if head.startswith("post") and "uploadid=" in head]
    # The probe saw that this gateway ignores it here.
    assert "if-none-match" not in completion
    shown = cli.json("backends", "show", "ceph")
    assert shown["conditional_put"] is True
    assert shown["conditional_complete"] is False
