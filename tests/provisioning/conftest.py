"""One home with real parts: the embedded server and SeaweedFS, and a Ceph RGW beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from secingest_tui.config import Backend, save_backend
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential
from secingest_tui.services.provisioning.settings import ProvisionerSettings, save_settings
from secingest_tui.services.workspace import Workspace, describe
from secingest_tui.storage import S3Settings, S3Store, StorageError
from tests.rigs.rgw import RadosGateway


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadosGateway]:
    with RadosGateway(tmp_path_factory.mktemp("ceph")) as running:
        yield running


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The operator's, on the embedded stack."""
    os.environ["SECINGEST_LINGER"] = "0.1"
    with Workspace(Home(tmp_path_factory.mktemp("operator") / "home")) as opened:
        _ = opened.stack
        yield opened


@pytest.fixture(scope="module")
def ceph(workspace: Workspace, gateway: RadosGateway) -> str:
    """RGW as the backend ``ceph`` of that home, provisioned by ``radosgw-admin``."""
    backend = Backend(
        id="ceph", provider="ceph", region="default", country="SE", endpoint=gateway.endpoint,
        addressing="path", checksums="md5",
    )  # fmt: skip
    save_backend(workspace.home, backend)
    workspace.admin().add_backend(describe(backend))
    save_settings(workspace, "ceph", ProvisionerSettings(kind="radosgw-admin", command=command_of(gateway)))
    return "ceph"


def command_of(gateway: RadosGateway) -> tuple[str, ...]:
    return ("radosgw-admin", "-c", str(gateway.config))


def use(settings: S3Settings, bucket: str) -> str:
    """What a key is good for, by really storing and reading an object: "works", or the provider's code."""
    with closing(S3Store(settings)) as store:
        try:
            store.ensure_bucket(bucket)
            store.put(bucket, "proof", b"proof")
            with store.get(bucket, "proof") as reader:
                assert reader.readall() == b"proof"
            store.delete(bucket, "proof")
        except StorageError as error:
            return error.code or type(error).__name__
    return "works"


def script(folder: Path, name: str, body: str) -> str:
    """A program of the test's own."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return str(path)


def key_of(workspace: Workspace, backend: str, tenant: str) -> Credential:
    found = workspace.credentials.get(f"backend/{backend}/tenant/{tenant}")
    assert found is not None
    return found
