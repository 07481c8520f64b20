"""A stack on this machine, and an account that reaches it only through sshd."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from secingest_tui.config import save_backend
from secingest_tui.crypto.keyfile import KeyType
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.ingest.plan import IngestRequest
from secingest_tui.services.ingest.run import Ingest
from secingest_tui.services.tenants import create_tenant
from secingest_tui.services.workspace import Workspace
from tests.rigs import homes
from tests.rigs.sshd import Account, sshd

TENANT, KEY_ID = "acme", "acme-k1"


@dataclass(frozen=True)
class Site:
    """The operator's side, and the account that a tenant was given."""

    workspace: Workspace
    account: Account

    @property
    def granted(self) -> Path:
        return self.account.folder / "granted"

    @property
    def profile(self) -> Path:
        return self.account.folder / "home" / "profiles" / self.account.name

    def configure(self, role: str | None = None) -> None:
        """Write the account's configuration; whatever it kept is kept."""
        url = self.workspace.server_url
        screens = f'[screens]\nrole = "{role}"\n' if role else ""
        text = f'tenant = "{TENANT}"\n[server]\nurl = "{url}"\n[kiosk]\nfolders = ["{self.granted}"]\n'
        text += (
            f'[transfer]\njobs = 1\npart_size = {5 << 20}\n[encryption]\nrecipients = ["{KEY_ID}"]\n{screens}'
        )
        (self.profile / "config.toml").write_text(text)
        self.account.own(self.account.folder / "home")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A tenant with a key and a bucket, and the account with the tenant's secrets alone."""
    home = Home(tmp_path_factory.mktemp("site") / "home")
    with Workspace(home) as workspace, EmbeddedStack.join(home), sshd() as account:
        create_tenant(workspace, TENANT, residency="FI")
        workspace.keyring.create(KEY_ID, KeyType.P256, None, signer_id="signer")
        first = tmp_path_factory.mktemp("first") / "first.txt"
        first.write_bytes(b"the first object\n")
        # The first upload makes the bucket; a remote tenant's is made by its operator.
        Ingest(
            workspace,
            IngestRequest(paths=(str(first),), tenant=TENANT, backend="local-fi", recipients=(KEY_ID,),
                          object_key=f"{TENANT}/first.txt", version="v1"),
        ).run()  # fmt: skip
        made = Site(workspace, account)
        made.profile.mkdir(parents=True)
        shutil.copytree(home.keys_dir, made.profile / "keys")
        shutil.copy(home.credentials_file, made.profile / "credentials.json")
        save_backend(Home(made.profile), workspace.backends()["local-fi"])
        made.profile.chmod(0o700)
        made.configure()
        yield made
    homes.clear(home)
