"""One home with two real stores: its own embedded SeaweedFS, and a Ceph gateway in another country.

``stores`` gives their ids; the embedded one counts twice (local-fi, local-de), so that copies within one
endpoint and between two are both here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore, backend_entry
from secingest_tui.services.workspace import Workspace
from tests.e2e.conftest import Cli
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.rgw import RadosGateway

TENANT = "customer42"


@dataclass
class Site:
    """A home with a tenant, and what looks into its stores as the tenant does."""

    home: Home
    cli: Cli
    workspace: Workspace
    folder: Path
    proxy: FaultProxy
    """In front of the Ceph gateway."""

    def ingest(self, name: str, data: bytes, *arguments: str, backend: str = "local-fi") -> dict[str, Any]:
        """One object; its receipt."""
        path = self.folder / name
        path.write_bytes(data)
        return self.cli.json("ingest", path, "--backend", backend, "--as", f"{TENANT}/{name}", *arguments)

    def work(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        """A worker until there is nothing to do; what happened."""
        done = self.cli("worker", "--once", "--json", *arguments, code=code)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def replicas(self, receipt: dict[str, Any]) -> dict[str, Any]:
        record = self.workspace.tenant(TENANT).object(receipt["object_key"], receipt["version"])
        return {replica.backend: replica for replica in record.replicas}

    def jobs(self, receipt: dict[str, Any]) -> list[Any]:
        return self.workspace.tenant(TENANT).jobs(object_key=receipt["object_key"]).items


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadosGateway]:
    with RadosGateway(tmp_path_factory.mktemp("ceph")) as running:
        yield running


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, gateway: RadosGateway) -> Iterator[Site]:
    os.environ["SECINGEST_LINGER"] = "0.1"
    folder = tmp_path_factory.mktemp("site")
    home = Home(folder / "home").prepare()
    cli = Cli(home.root)
    with EmbeddedStack.join(home):
        cli("keys", "new", "--key-id", "k1", "--type", "p256", "--no-passphrase")
        (home.root / "config.toml").write_text(
            f'tenant = "{TENANT}"\n[encryption]\nrecipients = ["k1"]\nframe_length = 262144\n'
        )
        cli("tenant", "create", TENANT, "--residency", "FI,DE,FR")
        user = gateway.user("customer")
        CredentialStore(home.credentials_file, lambda: b"").set(
            backend_entry("ceph-fr", TENANT), Credential(user.access_key, user.secret_key)
        )
        with FaultProxy(gateway.port) as proxy:
            cli("backends", "add", "ceph-fr", "--endpoint", proxy.endpoint, "--country", "FR",
                "--region", "default", "--checksums", "md5")  # fmt: skip
            with Workspace(home) as workspace:
                yield Site(home, cli, workspace, folder, proxy)
