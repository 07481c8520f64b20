"""A tenant as a whole: at a real RGW and SeaweedFS and the real metadata server."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient

from secingest_tui.crypto.keyfile import KeyType
from secingest_tui.errors import UsageError
from secingest_tui.metadata import AdminClient, ServerRefused
from secingest_tui.services.credentials import Credential, CredentialStore, tenant_entry
from secingest_tui.services.ingest.plan import IngestRequest
from secingest_tui.services.ingest.run import Ingest
from secingest_tui.services.provisioning.base import ProvisioningError, Quota, UserExists
from secingest_tui.services.provisioning.mint import Minting
from secingest_tui.services.provisioning.radosgw_admin import RadosgwAdmin
from secingest_tui.services.provisioning.record import TenantPolicy, load_record
from secingest_tui.services.provisioning.tenants import HalfDone, TenantProvisioning, at_each
from secingest_tui.services.replication.worker import Worker
from secingest_tui.services.restore.run import restore
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Settings
from tests.provisioning.conftest import key_of, script, use
from tests.rigs.rgw import RadosGateway

BOTH = ("ceph", "local-fi")


@pytest.fixture
def tenant(request: pytest.FixtureRequest) -> str:
    return request.node.name.removeprefix("test_").replace("_", "-")[:30].strip("-")


@pytest.fixture
def provisioning(workspace: Workspace, ceph: str, tenant: str) -> TenantProvisioning:
    return TenantProvisioning(workspace, tenant)


def at_ceph(workspace: Workspace, key: Credential) -> S3Settings:
    return replace(workspace.store_settings("ceph", None, key=key), attempts=1)


def test_a_tenant_at_two_providers_and_the_server(
    workspace: Workspace, provisioning: TenantProvisioning, tenant: str, gateway: RadosGateway
) -> None:
    policy = TenantPolicy(residency="FI,SE", replicas=2, allowed_backends=BOTH)
    minted, registered = provisioning.provision(BOTH, policy, quota=Quota(bytes=1 << 30))
    assert registered is not None
    assert [item.new for item in minted] == [True, True]
    assert use(at_ceph(workspace, key_of(workspace, "ceph", tenant)), "tenant-made-this") == "works"
    own = workspace.tenant(tenant).own_policy(tenant)
    assert (own.residency, own.replicas, own.allowed_backends) == ("FI,SE", 2, list(BOTH))
    assert gateway.admin("user", "info", f"--uid=tenant-{tenant}")["user_quota"]["max_size"] == 1 << 30
    # IAM has no quotas: that is said, and the server's quota is what holds.
    assert minted[0].unlimited == ""
    assert "limits no bytes" in minted[1].unlimited
    assert "metadata server" in minted[1].unlimited

    again, same = provisioning.provision(BOTH, policy)
    assert [item.new for item in again] == [False, False]
    assert [item.access_key for item in again] == [item.access_key for item in minted]
    assert same is not None
    assert (same.new, same.access_key) == (False, registered.access_key)


def test_the_server_never_sees_the_provider_s_secret(
    workspace: Workspace, provisioning: TenantProvisioning, tenant: str
) -> None:
    minted, registered = provisioning.provision(BOTH, None)
    assert registered is not None
    kept = [path for path in (workspace.home.stack_dir / "server").rglob("*") if path.is_file()]
    assert any(registered.access_key.encode() in path.read_bytes() for path in kept)
    secrets = [item.secret_key for item in minted] + [registered.secret_key]
    for path in kept:
        data = path.read_bytes()
        assert not any(secret.encode() in data for secret in secrets), path
    record = (workspace.home.root / "tenants" / f"{tenant}.json").read_text()
    assert not any(secret in record for secret in secrets)
    assert {item.secret_key for item in minted}.isdisjoint({registered.secret_key})


def test_registration_fails_and_is_gone_on_with(
    workspace: Workspace, provisioning: TenantProvisioning, tenant: str
) -> None:
    workspace.stack.stop_server()
    try:
        with pytest.raises(HalfDone) as caught:
            provisioning.provision(["ceph"], None)
    finally:
        workspace.stack.start_server()
    assert any(f"ceph: user tenant-{tenant} with keys" in line for line in caught.value.exists)
    assert f"secingest provision remove {tenant}" in str(caught.value.hint)
    first = key_of(workspace, "ceph", tenant)
    minted, registered = provisioning.provision(["ceph"], None)
    assert registered is not None
    assert minted[0].access_key == first.access_key
    assert workspace.tenant(tenant).own_policy(tenant).id == tenant


def test_registration_fails_and_is_rolled_back(
    workspace: Workspace, provisioning: TenantProvisioning, tenant: str, gateway: RadosGateway
) -> None:
    workspace.stack.stop_server()
    try:
        with pytest.raises(HalfDone):
            provisioning.provision(["ceph"], None)
    finally:
        workspace.stack.start_server()
    key = key_of(workspace, "ceph", tenant)
    provisioning.roll_back()
    assert f"tenant-{tenant}" not in gateway.admin("user", "list")
    assert use(at_ceph(workspace, key), "rolled-back") == "InvalidAccessKeyId"
    assert provisioning.exists() == []
    assert not [name for name in workspace.credentials.names() if tenant in name]


def test_cut_off_before_the_key_was_kept(
    workspace: Workspace, provisioning: TenantProvisioning, tenant: str, monkeypatch: pytest.MonkeyPatch,
    gateway: RadosGateway,
) -> None:  # fmt: skip
    """The user is there with a key whose secret nobody has: that key goes, a new one comes."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(CredentialStore, "set", die)
        with pytest.raises(KeyboardInterrupt):
            provisioning.provision(["ceph"], None)
    lost = gateway.admin("user", "info", f"--uid=tenant-{tenant}")["keys"][0]
    provisioning.provision(["ceph"], None)
    key = key_of(workspace, "ceph", tenant)
    assert use(at_ceph(workspace, key), "found-again") == "works"
    gone = Credential(lost["access_key"], lost["secret_key"])
    assert use(at_ceph(workspace, gone), "found-again") == "InvalidAccessKeyId"


def test_a_user_of_somebody_else(
    workspace: Workspace, provisioning: TenantProvisioning, tenant: str, gateway: RadosGateway
) -> None:
    theirs = gateway.user(f"tenant-{tenant}")
    with pytest.raises(UserExists, match="did not make it"):
        provisioning.provision(["ceph"], None)
    assert load_record(workspace.home, tenant).minted == {}
    minted, _ = provisioning.provision(["ceph"], None, adopt=True)
    assert use(at_ceph(workspace, key_of(workspace, "ceph", tenant)), "adopted") == "works"
    provisioning.roll_back()
    left = gateway.admin("user", "info", f"--uid=tenant-{tenant}")["keys"]
    assert [key["access_key"] for key in left] == [theirs.access_key]
    assert minted[0].access_key != theirs.access_key


def test_rotated_with_overlap(workspace: Workspace, provisioning: TenantProvisioning, tenant: str) -> None:
    provisioning.provision(["ceph"], None)
    old = key_of(workspace, "ceph", tenant)
    with provisioning.at("ceph") as minting:
        made = minting.rotate()
        assert made.still_valid == (old.access_key,)
        new = key_of(workspace, "ceph", tenant)
        assert new.access_key == made.access_key
        assert use(at_ceph(workspace, old), "rotating") == "works"
        assert use(at_ceph(workspace, new), "rotating") == "works"
        with pytest.raises(UsageError, match="valid keys already"):
            minting.rotate()
        with pytest.raises(UsageError, match="works with"):
            minting.revoke(new.access_key)
        minting.revoke(old.access_key)
    assert use(at_ceph(workspace, old), "rotating") == "InvalidAccessKeyId"
    assert use(at_ceph(workspace, new), "rotating") == "works"


def test_one_store_behind_two_backends_has_one_user(
    workspace: Workspace, provisioning: TenantProvisioning, tenant: str
) -> None:
    provisioning.provision(["local-fi", "local-de"], None)
    assert key_of(workspace, "local-fi", tenant) == key_of(workspace, "local-de", tenant)
    with provisioning.at("local-fi") as minting:
        minting.rotate()
    assert key_of(workspace, "local-fi", tenant) == key_of(workspace, "local-de", tenant)


def test_suspended_everywhere(workspace: Workspace, provisioning: TenantProvisioning, tenant: str) -> None:
    provisioning.provision(["ceph"], None)
    key = key_of(workspace, "ceph", tenant)
    assert use(at_ceph(workspace, key), "suspending") == "works"
    at_each(provisioning, provisioning.backends(), lambda minting: minting.suspend())
    provisioning.set_server_credential("disabled")
    assert use(at_ceph(workspace, key), "suspending") == "UserSuspended"
    with pytest.raises(ServerRefused):
        workspace.tenant(tenant).own_policy(tenant)
    at_each(provisioning, provisioning.backends(), lambda minting: minting.resume())
    provisioning.set_server_credential("active")
    assert use(at_ceph(workspace, key), "suspending") == "works"
    assert workspace.tenant(tenant).own_policy(tenant).id == tenant


def test_outside_the_residency_nothing_is_made(
    workspace: Workspace, provisioning: TenantProvisioning, tenant: str, gateway: RadosGateway
) -> None:
    with pytest.raises(UsageError, match="outside the residency"):
        provisioning.provision(["local-fi", "ceph"], TenantPolicy(residency="FI"))
    assert provisioning.exists() == []
    assert f"tenant-{tenant}" not in gateway.admin("user", "list")


def test_what_a_change_of_policy_does_not_name_stays(
    workspace: Workspace, provisioning: TenantProvisioning, tenant: str
) -> None:
    provisioning.provision(["ceph"], TenantPolicy(residency="SE", replicas=1))
    provisioning.provision(["ceph"], TenantPolicy(replicas=3))
    own = workspace.tenant(tenant).own_policy(tenant)
    assert (own.residency, own.replicas) == ("SE", 3)
    with pytest.raises(UsageError, match="outside the residency SE"):
        provisioning.provision(["local-fi"], None)


def test_a_dry_run_makes_nothing(workspace: Workspace, ceph: str, tenant: str) -> None:
    dry = TenantProvisioning(workspace, tenant, dry_run=True)
    dry.provision(BOTH, TenantPolicy(residency="FI,SE"), quota=Quota(objects=5))
    assert any("user create --uid=tenant-" in line for line in dry.planned)
    assert any(line.startswith("iam:PutUserPolicy") for line in dry.planned)
    assert any(line.startswith("POST /proxy/credentials") for line in dry.planned)
    assert TenantProvisioning(workspace, tenant).exists() == []
    assert workspace.credentials.get(tenant_entry(tenant)) is None


def test_what_a_dry_run_shows_is_what_is_sent(
    workspace: Workspace, ceph: str, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands, API operations and requests, in their order, seen where they leave the program."""
    policy = TenantPolicy(residency="FI,SE", replicas=2, recovery_recipients=())
    dry = TenantProvisioning(workspace, tenant, dry_run=True)
    dry.provision(BOTH, policy, quota=Quota(objects=5))
    sent: list[str] = []
    run, call, operation = subprocess.run, AdminClient.call, BaseClient._make_api_call

    def running(argv: list[str], **options: Any) -> Any:
        if argv[0] == "radosgw-admin" and not {"info", "list"} & set(argv):
            sent.append(shlex.join(argv))
        return run(argv, **options)

    def calling(self: AdminClient, method: str, path: str, **options: Any) -> Any:
        if method != "GET":
            body = dict(options["body"])
            for made in ("access_key", "secret_key"):
                body |= {made: "(made here)"} if made in body else {}
            sent.append(f"{method} {path} {json.dumps(body, separators=(',', ':'))}")
        return call(self, method, path, **options)

    def operating(self: Any, name: str, values: dict[str, str]) -> Any:
        if self.meta.service_model.service_name == "iam" and not name.startswith(("Get", "List")):
            sent.append(f"iam:{name} " + " ".join(f"{key}={value}" for key, value in values.items()))
        return operation(self, name, values)

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", running)
        patch.setattr(AdminClient, "call", calling)
        patch.setattr(BaseClient, "_make_api_call", operating)
        TenantProvisioning(workspace, tenant).provision(BOTH, policy, quota=Quota(objects=5))
    assert dry.planned == sent
    assert len(sent) == 8
    again = TenantProvisioning(workspace, tenant, dry_run=True)
    again.provision(BOTH, policy)
    assert not [line for line in again.planned if "/proxy/" in line or "user create" in line]


def test_a_radosgw_admin_that_only_says_yes_is_found_out(
    workspace: Workspace, ceph: str, tenant: str, tmp_path: Path
) -> None:
    user = {
        "user_id": f"tenant-{tenant}", "suspended": 0,
        "keys": [{"access_key": "YESYESYESYESYESYES12", "secret_key": "yes" * 13}],
    }  # fmt: skip
    yes = script(
        tmp_path, "radosgw-admin", f"[ \"$1 $2\" = 'user info' ] && exit 22\necho '{json.dumps(user)}'"
    )
    with pytest.raises(ProvisioningError, match="does not work"):
        Minting(workspace, tenant, "ceph", RadosgwAdmin([yes])).mint()


@pytest.fixture
def keys(workspace: Workspace) -> tuple[str, str]:
    stored = {key.key_id for key in workspace.keyring.stored()}
    for key_id in ("t-k1", "recovery-k1"):
        if key_id not in stored:
            workspace.keyring.create(key_id, KeyType.P256, None, signer_id="signer")
    return "t-k1", "recovery-k1"


@pytest.mark.parametrize(("source", "target"), [("ceph", "local-fi"), ("local-fi", "ceph")])
def test_ingest_replicate_restore(
    workspace: Workspace, ceph: str, tmp_path: Path, keys: tuple[str, str], source: str, target: str
) -> None:
    """From one provider to the other and back out of each, also with the recovery key alone."""
    tenant = f"both-{source}"
    provisioning = TenantProvisioning(workspace, tenant)
    policy = TenantPolicy(
        residency="FI,SE", replicas=2, allowed_backends=BOTH, recovery_recipients=(keys[1],)
    )
    provisioning.provision(BOTH, policy)
    file = tmp_path / "report"
    file.write_bytes(os.urandom(3 << 20))
    request = IngestRequest(
        paths=(str(file),), tenant=tenant, backend=source, object_key=f"{tenant}/report", version="v1",
        recipients=(keys[0],), targets=(target,),
    )  # fmt: skip
    assert Ingest(workspace, request).run().complete
    report = Worker(workspace, tenant).run(once=True)
    assert len(report.succeeded) == 1, report.failed
    for backend in BOTH:
        for key_id in keys:
            out = tmp_path / f"{backend}-{key_id}"
            restore(
                workspace, f"{tenant}/report", str(out), backend=backend, signers=workspace.trusted_signers(),
                keys=lambda _, only=key_id: (  # type: ignore[misc]
                    key for key in workspace.keyring.openers([only], lambda key: b"") if key.key_id == only
                ),
            )  # fmt: skip
            assert out.read_bytes() == file.read_bytes()
