"""Access to objects, as its tests need it: other people's keys, what is at the providers, other machines."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import NoSuchKey
from tests.e2e.conftest import Cli

MIB = 1024 * 1024


@dataclass(frozen=True)
class People:
    """Private keys that are not in the profile's keyring; the public halves are."""

    folder: Path

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.pem"


class Provider:
    """What lies at the providers, as the tenant's own credentials see it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def place(self, object_key: str, backend: str, version: str = "v1") -> tuple[str, str]:
        record = self._workspace.tenant("customer42").object(object_key, version)
        [url] = [replica.url for replica in record.replicas if replica.backend == backend]
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return bucket, key

    def read(self, object_key: str, suffix: str = "", backend: str = "local-fi") -> bytes | None:
        bucket, key = self.place(object_key, backend)
        try:
            with self._workspace.store(backend, "customer42").get(bucket, key + suffix) as reader:
                return reader.readall()
        except NoSuchKey:
            return None

    def put(self, object_key: str, suffix: str, data: bytes, backend: str = "local-fi") -> None:
        bucket, key = self.place(object_key, backend)
        self._workspace.store(backend, "customer42").put(bucket, key + suffix, data)

    def delete(self, object_key: str, suffix: str, backend: str = "local-fi") -> None:
        bucket, key = self.place(object_key, backend)
        self._workspace.store(backend, "customer42").delete(bucket, key + suffix)

    def everything(self) -> dict[str, tuple[str, int]]:
        found = {}
        for backend in ("local-fi", "local-de"):
            store = self._workspace.store(backend, "customer42")
            for bucket in store.list_buckets():
                for info in store.list_objects(bucket):
                    found[f"{bucket}/{info.key}"] = (info.etag, info.size)
        return found


def ingest(cli: Cli, folder: Path, name: str, data: bytes, *more: str) -> str:
    source = folder / "source"
    source.write_bytes(data)
    key = f"customer42/{name}"
    cli("ingest", source, "--backend", "local-fi", "--as", key, "--object-version", "v1", *more)
    return key


def shown(cli: Cli, key: str) -> dict[str, Any]:
    return dict(cli.json("objects", "show", key, "--object-version", "v1"))


def profile(cli: Cli, stack: EmbeddedStack, root: Path, *, private: bool, **endpoints: str) -> Cli:
    """Another machine of the same tenant: a remote server and remote providers, the same credentials."""
    (root / "keys").mkdir(mode=0o700, parents=True)
    root.chmod(0o700)
    for path in (cli.root / "keys").iterdir():
        if private or path.name.endswith(".pub.pem"):
            shutil.copy(path, root / "keys" / path.name)
    shutil.copy(cli.root / "credentials.json", root / "credentials.json")
    (root / "config.toml").write_text(f'tenant = "customer42"\n[server]\nurl = "{stack.server_url}"\n')
    made = Cli(root)
    for backend, country in (("local-fi", "FI"), ("local-de", "DE")):
        known = stack.backend(backend)
        made(
            "backends", "add", backend, "--endpoint", endpoints.get(country, stack.s3_endpoint),
            "--region", known.region, "--country", country, "--provider", known.provider,
            "--addressing", "path",
        )  # fmt: skip
    return made
