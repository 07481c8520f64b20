"""The checklist without a screen: unattended by a plan, resumed, redone, and never ticked by itself."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from secingest_tui.errors import UsageError
from secingest_tui.services.onboarding.checklist import STEPS, Onboarding, open_state
from secingest_tui.services.onboarding.context import Context
from secingest_tui.services.onboarding.plan import OnboardingPlan, load_plan, make_plan
from secingest_tui.services.onboarding.step import StepState
from secingest_tui.services.provisioning.iam import Iam
from secingest_tui.services.provisioning.tenants import HalfDone, TenantProvisioning
from secingest_tui.services.workspace import Workspace
from tests.e2e.conftest import Cli
from tests.provisioning.conftest import key_of
from tests.rigs.rgw import RadosGateway

PLAN = """
tenant = "{tenant}"
backend = "ceph"
targets = ["local-fi"]
[policy]
residency = "FI,SE"
replicas = 2
allowed_backends = ["ceph", "local-fi"]
quotas = {{ bytes = 1073741824 }}
[key]
type = "p256"
passphrase_file = "passphrase"
[handover]
file = "handed"
"""


@pytest.fixture(scope="module")
def operator(workspace: Workspace, ceph: str) -> Cli:
    return Cli(workspace.home.root)


def plan_file(folder: Path, tenant: str) -> Path:
    (folder / "passphrase").write_text("correct horse battery\n")
    (folder / "plan.toml").write_text(PLAN.format(tenant=tenant))
    return folder / "plan.toml"


def onboarding(workspace: Workspace, plan: OnboardingPlan) -> Onboarding:
    def nobody(*_: object) -> bytes:
        raise AssertionError("nobody is asked")

    context = Context(
        workspace, open_state(workspace, plan.tenant, plan), paste=nobody, new_passphrase=nobody,  # type: ignore[arg-type]
        unlock=nobody,
    )  # fmt: skip
    return Onboarding(context)


def test_unattended_from_rgw_to_seaweedfs(operator: Cli, workspace: Workspace, tmp_path: Path) -> None:
    said = operator("onboard", "--plan", plan_file(tmp_path, "by-plan"), "--json")
    steps = [json.loads(line) for line in said.stdout.splitlines()]
    assert [step["step"] for step in steps] == [step.id for step in STEPS]
    assert {step["state"] for step in steps} == {"done"}
    assert steps[-1]["facts"]["restored from"] == "local-fi"
    again = operator("onboard", "--plan", tmp_path / "plan.toml", "--json")
    facts = [json.loads(line)["facts"] for line in again.stdout.splitlines()]
    assert facts[6:] == [step["facts"] for step in steps[6:]]  # nothing was uploaded or restored again
    assert stat.S_IMODE((tmp_path / "handed").stat().st_mode) == 0o600

    report = operator("onboard", "report", "by-plan")
    as_json = operator.json("onboard", "report", "by-plan")
    assert as_json["complete"]
    assert report.stdout.count("[x]") == len(STEPS)
    handed = json.loads((tmp_path / "handed").read_bytes())
    secrets = [handed["server"]["key"]["secret_key"]]
    secrets += [backend["key"]["secret_key"] for backend in handed["backends"]]
    secrets.append("correct horse")
    kept = (operator.root / "onboarding" / "by-plan.state.json").read_text()
    for text in (said.stdout, said.stderr, report.stdout, json.dumps(as_json), kept):
        assert not any(secret in text for secret in secrets)
    assert len(set(secrets)) == 4

    joined = Cli(tmp_path / "tenant")
    arguments = (
        "tenant",
        "join",
        tmp_path / "handed",
        "--type",
        "p256",
        "--key-id",
        "own",
        "--no-passphrase",
    )
    assert joined.json(*arguments, "--yes")["tenant"] == "by-plan"


def test_it_stops_where_it_cannot_go_on_and_goes_on_later(
    operator: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    plan = plan_file(tmp_path, "resumed")
    workspace.stack.stop_server()
    try:
        said = operator("onboard", "--plan", plan, "--json", code=1)
    finally:
        workspace.stack.start_server()
    assert "cannot be reached" in said.stdout + said.stderr
    (tmp_path / "passphrase").unlink()
    said = operator("onboard", "--plan", plan, "--json", code=2)
    done = [json.loads(line)["step"] for line in said.stdout.splitlines()]
    assert done[-1] == "handover"
    assert "passphrase" in said.stderr
    plan_file(tmp_path, "resumed")
    operator("onboard", "--plan", plan)
    operator("onboard", "status", "resumed")


def test_no_step_is_ticked_by_what_was_noted(
    workspace: Workspace, ceph: str, gateway: RadosGateway, tmp_path: Path
) -> None:
    """Everything is undone behind its back; each tick goes."""
    onboard = onboarding(workspace, load_plan(plan_file(tmp_path, "undone")))
    assert all(found.state is StepState.DONE for found in onboard.run())

    key = key_of(workspace, "ceph", "undone")
    gateway.admin("user", "suspend", "--uid=tenant-undone")
    assert onboard.check("mint").state is StepState.FAILED
    assert onboard.check("upload").state is StepState.FAILED
    gateway.admin("user", "enable", "--uid=tenant-undone")
    assert onboard.check("mint").state is StepState.DONE

    TenantProvisioning(workspace, "undone").set_server_credential("disabled")
    assert onboard.check("register").state is StepState.FAILED
    assert onboard.check("registration").state is StepState.FAILED
    TenantProvisioning(workspace, "undone").set_server_credential("active")
    assert onboard.check("register").state is StepState.DONE

    left = onboard.context.left("upload")
    assert left is not None
    for backend, step in (("local-fi", "replica"), ("ceph", "upload")):
        copy = next(
            item
            for item in workspace.tenant("undone").object(
                left.facts["object_key"], left.facts["version"]
            ).replicas
            if item.backend == backend
        )  # fmt: skip
        bucket, _, name = copy.url.removeprefix("s3://").partition("/")
        workspace.store(backend, "undone").delete(bucket, name)
        assert onboard.check(step).state is StepState.FAILED
    assert onboard.check("drill").state is StepState.FAILED

    (tmp_path / "handed").write_text((tmp_path / "handed").read_text().replace(key.access_key, "A" * 20))
    assert onboard.check("handover").state is StepState.FAILED
    with pytest.raises(UsageError, match="not touched"):
        onboard.do("handover")
    (tmp_path / "handed").unlink()
    assert onboard.do("handover").state is StepState.DONE


def test_half_of_a_tenant_is_shown_and_taken_back(
    workspace: Workspace, ceph: str, gateway: RadosGateway
) -> None:
    """The second provider refuses, since somebody else has that user there."""
    theirs = Iam(workspace.stack.operator).create("tenant-halved", "somebody else's")
    onboard = onboarding(workspace, make_plan("halved", "ceph", targets=("local-fi",)))
    with pytest.raises(HalfDone) as caught:
        onboard.do("mint")
    assert any("ceph: user tenant-halved" in line for line in caught.value.exists)
    assert "provision remove halved" in str(caught.value.hint)
    onboard.context.provisioning().roll_back()
    assert "tenant-halved" not in gateway.admin("user", "list")
    found = Iam(workspace.stack.operator).find("tenant-halved")
    assert found is not None
    assert found.access_keys == (theirs.access_key,)


def test_the_probe_s_own_user_is_gone(workspace: Workspace, ceph: str, gateway: RadosGateway) -> None:
    onboard = onboarding(workspace, make_plan("probing", "ceph", key={"type": "p256", "unprotected": True}))
    assert onboard.check("probe").state in {StepState.OPEN, StepState.DONE}
    assert onboard.do("probe").state is StepState.DONE
    assert "tenant-onboarding-probe" not in gateway.admin("user", "list")
    assert not [name for name in gateway.admin("bucket", "list") if "probe" in name]


def test_without_a_second_backend_no_replica_is_asked_for(workspace: Workspace) -> None:
    onboard = onboarding(
        workspace, make_plan("single", "local-fi", key={"type": "p256", "unprotected": True})
    )
    states = {found.step.id: found.state for found in onboard.run()}
    assert len(states) == len(STEPS)
    assert states.pop("replica") is StepState.NOT_NEEDED
    assert set(states.values()) == {StepState.DONE}


def test_where_the_tenant_holds_the_key(operator: Cli, workspace: Workspace, tmp_path: Path) -> None:
    """The operator waits for the tenant, who joins and uploads; then the operator's checks see it."""
    plan = make_plan(
        "own-key", "local-fi", targets=("local-de",), key={"held": "tenant"},
        handover={"file": tmp_path / "handed"},
    )  # fmt: skip
    onboard = onboarding(workspace, plan)
    waits = onboard.run()[-1]
    assert (waits.step.id, waits.state) == ("key", StepState.WAITS)
    assert "tenant join" in waits.remedy
    tenant = Cli(tmp_path / "home")
    tenant("tenant", "join", tmp_path / "handed", "--type", "p256", "--no-passphrase", "--yes")
    waits = onboard.run()[-1]
    assert (waits.step.id, waits.state) == ("upload", StepState.WAITS)
    (tmp_path / "file").write_bytes(b"hello\n" * 1000)
    tenant(
        "ingest", tmp_path / "file", "--backend", "local-fi", "--as", "own-key/file", "--target", "local-de"
    )
    found = {item.step.id: item for item in onboard.run()}
    for step in ("key", "upload", "registration", "replica", "snapshot"):
        assert found[step].state is StepState.DONE, found[step]
    assert found["drill"].state is StepState.WAITS
    assert "secingest drill --object own-key/file" in found["drill"].remedy
    tenant("drill", "--object", "own-key/file", "--backend", "local-de")
    drilled = onboard.check("drill")  # what the tenant restored on its own machine, as the server has it
    assert drilled.state is StepState.DONE, drilled
    assert dict(drilled.facts)["restored from"] == "local-de"


def test_a_drill_is_ticked_by_the_server_s_audit_chain_alone(workspace: Workspace) -> None:
    onboard = onboarding(
        workspace, make_plan("drilled", "local-fi", key={"type": "p256", "unprotected": True})
    )
    for step in STEPS[:-1]:
        assert onboard.do(step.id).state.settled, step.id
    onboard.context.leave("drill", sequence="1", sha256="ab" * 32, signed_by="somebody")
    assert onboard.check("drill").state is StepState.OPEN
    done = onboard.do("drill")
    assert done.state is StepState.DONE
    assert "SHA-256" in dict(done.facts)
    onboard.context.state.evidence.pop("drill")
    again = onboard.check("drill")
    assert again.state is StepState.DONE
    assert dict(again.facts)["recorded"] == dict(done.facts)["recorded"]

    client = workspace.tenant("drilled")
    [drill] = client.all_drills()
    assert drill.result.object_key == "drilled/onboarding/first-object.txt"
    client.add_drill(drill.result.model_copy(update={"verified": 0}))
    assert onboard.check("drill").state is StepState.FAILED


def test_new_keys_are_shown_once_where_they_are_asked_for(operator: Cli, tmp_path: Path) -> None:
    plan = plan_file(tmp_path, "shown-once")
    said = operator("onboard", "--plan", plan, "--json", "--show-secrets")
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    shown = {row["new_key_for"]: row["secret_key"] for row in rows if "new_key_for" in row}
    assert list(shown) == ["backend ceph", "backend local-fi", "metadata server"]
    handed = json.loads((tmp_path / "handed").read_bytes())
    held = {f"backend {item['settings']['id']}": item["key"]["secret_key"] for item in handed["backends"]}
    assert shown == held | {"metadata server": handed["server"]["key"]["secret_key"]}
    again = operator("onboard", "--plan", plan, "--json", "--show-secrets")
    assert not any(secret in again.stdout + again.stderr for secret in shown.values())


def test_a_portal_s_keys_are_pasted_and_taken_back(
    operator: Cli, workspace: Workspace, gateway: RadosGateway, tmp_path: Path
) -> None:
    """The portal's part is played by the operator of RGW."""
    endpoint = operator.json("backends", "show", "ceph")["endpoint"]
    operator("backends", "add", "portal-se", "--endpoint", endpoint, "--country", "SE", "--addressing",
             "path", "--checksums", "md5")  # fmt: skip
    operator("provision", "connect", "portal-se", "--with", "portal")
    theirs = gateway.user("made-by-hand")
    (tmp_path / "secret").write_text(theirs.secret_key + "\n")
    (tmp_path / "plan.toml").write_text(
        'tenant = "by-hand"\nbackend = "portal-se"\n[policy]\nresidency = "SE"\n'
        '[key]\ntype = "p256"\nunprotected = true\n[pasted.portal-se]\n'
        f'access_key = "{theirs.access_key}"\nsecret_key_file = "secret"\n'
    )
    said = operator("onboard", "--plan", tmp_path / "plan.toml", "--json", "--show-secrets")
    assert theirs.secret_key not in said.stdout + said.stderr  # the person who pasted it has it
    operator("onboard", "status", "by-hand")

    planned = operator("provision", "remove", "by-hand", "--dry-run")
    assert f"by hand: remove the key {theirs.access_key}" in planned.stdout
    taken = operator("onboard", "rollback", "by-hand", "--yes")
    assert f"key {theirs.access_key} forgotten here" in taken.stdout
    assert "remove it in the portal of portal-se" in " ".join(taken.stdout.split())
    assert "backend/portal-se/tenant/by-hand" not in operator("credentials", "list").stdout
    assert "portal-se: user" not in operator("provision", "show", "by-hand").stdout
    found = gateway.admin("user", "info", "--uid=made-by-hand")["keys"]  # nobody but the portal removes it
    assert [key["access_key"] for key in found] == [theirs.access_key]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ('backend = "local-fi"', "tenant"),
        ('tenant = "a"\nbackend = "b"\ntargets = ["b"]', "targets"),
        ('tenant = "A B"\nbackend = "b"', "tenant"),
        ('tenant = "a"\nbackend = "b"\ncolour = "red"', "colour"),
        ('tenant = "a"\nbackend = "b"\n[policy]\nreplicas = 0', "policy.replicas"),
        ('tenant = "a"\nbackend = "b"\n[key]\nsecret = "x"', "key.secret"),
        ('tenant = "a"\nbackend = "nowhere"', "nowhere"),
        ("tenant = ", "TOML"),
    ],
)
def test_a_wrong_plan_is_refused_by_field(operator: Cli, tmp_path: Path, change: str, field: str) -> None:
    (tmp_path / "plan.toml").write_text(change)
    said = operator("onboard", "--plan", tmp_path / "plan.toml", code=2)
    assert field in said.stderr
    assert not (operator.root / "onboarding" / "a.state.json").exists()
