"""Steps 1 to 5: the provider, its probe, the tenant's keys there, its place at the server, the hand-over."""

from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path

from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.credentials import Credential, backend_entry, tenant_entry
from secingest_tui.services.onboarding.context import Context
from secingest_tui.services.onboarding.step import Facts, NotYet
from secingest_tui.services.provisioning.handover import (
    Handover,
    is_sealed,
    make_handover,
    read_handover,
    sealed_for,
    sha256_of,
    write_handover,
)
from secingest_tui.services.provisioning.settings import (
    load_settings,
    open_provisioner,
    operator_settings,
)
from secingest_tui.services.provisioning.tenants import tenant_request
from secingest_tui.services.workspace import describe

PROBE_USER = "tenant-onboarding-probe"
"""A user that only lives while a provider without an operator's S3 key is probed."""


def do_provider(context: Context) -> None:
    """Tell the server about backends that it does not know yet."""
    known = {item.id: item for item in context.workspace.admin().backends()}
    for name in context.plan.backends:
        backend = context.workspace.backend(name)
        if name not in known or known[name].endpoint != backend.endpoint:
            context.workspace.admin().add_backend(describe(backend))


def check_provider(context: Context) -> Facts:
    """Every backend lies within the policy, is known to the server, and lets its users be listed."""
    context.provisioning().check_policy(context.plan.backends, context.plan.policy)
    known = {item.id: item for item in context.workspace.admin().backends()}
    facts = []
    for name in context.plan.backends:
        backend = context.workspace.backend(name)
        with closing(open_provisioner(context.workspace, name)) as provisioner:
            users = len(provisioner.users())
        if name not in known or known[name].endpoint != backend.endpoint:
            raise NotYet(f"The server does not know backend {name} at {backend.endpoint} yet.")
        facts.append(
            (name, f"{backend.country or '?'}, {backend.endpoint}, users by {provisioner.place} ({users})")
        )
    return tuple(facts)


def do_probe(context: Context) -> None:
    from secingest_tui.services.providers.probe.service import probe_backend

    for name in context.plan.backends:
        context.tell(f"probing {name}")
        tenant, key, remove = _probing_key(context, name)
        try:
            report = probe_backend(
                context.workspace, name, tenant=tenant, key=key, cancel=context.cancel,
                tell=lambda answer: context.say(f"{answer.id}: {answer.verdict.value}"),
            )  # fmt: skip
        finally:
            if remove:
                with closing(open_provisioner(context.workspace, name)) as provisioner:
                    provisioner.remove(PROBE_USER)
        if report.problems:
            problem = report.problems[0]
            raise SecingestError(
                f"{name}: {problem.id}: {problem.verdict.value}. {problem.detail} {problem.words}".strip(),
                hint=f"See everything: secingest providers probes --backend {name}",
            )


def check_probe(context: Context) -> Facts:
    """The kept report, and that the endpoint answers now as it did then."""
    from secingest_tui.services.providers.probe.answers import Verdict
    from secingest_tui.services.providers.probe.connection import check_connection
    from secingest_tui.services.providers.probe.results import latest

    facts = []
    for name in context.plan.backends:
        backend = context.workspace.backend(name)
        embedded = context.workspace.is_embedded(name)
        report = latest(context.workspace.home, name, None if embedded else backend.endpoint)
        if report is None:
            raise NotYet(f"Backend {name} was not probed yet, or not to the end.")
        nobody = Credential("nobody", "nobody")  # nothing is signed: only the connection is tried
        for answer in check_connection(context.workspace.store_settings(name, None, key=nobody)):
            if answer.id in ("reachable", "clock") and answer.verdict is Verdict.NO:
                raise SecingestError(f"{name}: {answer.id}: {answer.detail}", hint="Probe it again.")
        count = dict.fromkeys(Verdict, 0)
        for answer in report.answers:
            count[answer.verdict] += 1
        counted = ", ".join(f"{number} {verdict.value}" for verdict, number in count.items())
        facts.append((name, f"{report.started_at:%Y-%m-%d %H:%MZ}: {counted}"))
    return tuple(facts)


def _probing_key(context: Context, name: str) -> tuple[str | None, Credential | None, bool]:
    """(tenant, key, whether a user was made for it): the tenant's where it has one, else the operator's."""
    workspace = context.workspace
    if workspace.credentials.get(backend_entry(name, context.tenant)) is not None:
        return context.tenant, None, False
    if workspace.has_own_credentials(name):
        return None, None, False
    settings = load_settings(workspace, name)
    if settings.kind == "portal":
        raise UsageError(
            f"Backend {name} has no operator's key, and its users are made by hand.",
            hint="Do the next step first: the tenant's own key then probes.",
        )
    if settings.kind == "radosgw-admin":
        with closing(open_provisioner(workspace, name)) as provisioner:
            found = provisioner.find(PROBE_USER)
            key = (
                provisioner.create(PROBE_USER, "secingest probe, temporary")
                if found is None
                else provisioner.add_key(PROBE_USER)
            )
        return None, key, True
    operator = operator_settings(workspace, name, settings)
    return None, Credential(operator.access_key or "", operator.secret_key or ""), False


def do_mint(context: Context) -> None:
    for name in context.plan.backends:
        context.tell(f"minting at {name}")
        with context.provisioning(name).at(name) as minting:
            minting.mint(adopt=context.plan.adopt, quota=context.plan.quota)


def check_mint(context: Context) -> Facts:
    facts = []
    for name in context.plan.backends:
        held = context.workspace.credentials.get(backend_entry(name, context.tenant))
        if held is None:
            raise NotYet(f"There is no key of {context.tenant} for {name} in this profile yet.")
        with context.provisioning().at(name) as minting:
            found = minting.find()
            if found is None or held.access_key not in found.access_keys:
                raise SecingestError(
                    f"{name} does not know the key {held.access_key} any more.", hint="Do this step again."
                )
            minting.try_key(held)
            unlimited = minting.unlimited(context.plan.quota)
        limit = f", at most {found.quota.bytes} bytes" if found.quota.bytes is not None else ""
        facts.append((name, f"user {found.name}, key {held.access_key} works{limit}"))
        if unlimited:
            facts.append((f"{name} quota", unlimited))
    return tuple(facts)


def do_register(context: Context) -> None:
    context.provisioning().register(context.plan.policy)


def check_register(context: Context) -> Facts:
    held = context.workspace.credentials.get(tenant_entry(context.tenant))
    if held is None:
        raise NotYet("The tenant has no SigV4 credential in this profile yet.")
    wanted = tenant_request(context.tenant, context.plan.policy)
    listed = {item.access_key: item for item in context.workspace.admin().credentials(context.tenant)}
    if held.access_key not in listed:
        raise NotYet(f"The server does not know the credential {held.access_key} yet.")
    if listed[held.access_key].status != "active":
        raise SecingestError(
            f"The credential {held.access_key} is {listed[held.access_key].status}.",
            hint=f"Make it active again: secingest provision resume {context.tenant}",
        )
    # Asked with the tenant's own signature: it works, and this is what the server holds the tenant to.
    own = context.workspace.tenant(context.tenant).own_policy(context.tenant)
    allowed = own.allowed_backends
    if (own.residency, own.replicas, own.quotas, sorted(allowed) if allowed is not None else None) != (
        wanted.residency, wanted.replicas, wanted.quotas,
        sorted(wanted.allowed_backends) if wanted.allowed_backends is not None else None,
    ):  # fmt: skip
        raise NotYet("The tenant's policy at the server is not the planned one yet.")
    return (
        ("policy", f"residency {own.residency}, {own.replicas} copies"),
        ("backends", ", ".join(allowed) if allowed is not None else "any"),
        ("credential", f"{held.access_key}, signs and is accepted"),
    )


def handover_file(context: Context) -> Path:
    """Where the hand-over goes: as planned, else into the home."""
    planned = context.plan.handover.file
    return planned or context.workspace.home.root / "handover" / f"{context.tenant}.handover"


def do_handover(context: Context) -> None:
    path = handover_file(context)
    recipient = None
    if context.plan.handover.seal_for is not None:
        recipient = context.workspace.keyring.recipient(context.plan.handover.seal_for)
    if context.plan.handover.file is None:
        from secingest_tui.files import private_dir

        private_dir(path.parent)
    left = context.left("handover")
    # Only a file that this step wrote itself is written again.
    ours = left is not None and path.exists() and left.facts["sha256"] == sha256_of(path)
    made = make_handover(context.workspace, context.tenant)
    write_handover(made, path, recipient, force=ours)
    context.leave("handover", file=str(path), sha256=sha256_of(path), keys=_keys(made))


def check_handover(context: Context) -> Facts:
    """The file holds what works now; after it was taken away, what it held still has to be in force."""
    left = context.left("handover")
    if left is None:
        raise NotYet("Nothing was handed over yet.")
    path = Path(left.facts["file"])
    now = make_handover(context.workspace, context.tenant)
    if not set(left.facts.get("keys", "").split()) <= set(_keys(now).split()):
        raise SecingestError(
            "What was handed over is not in force any more.",
            hint="Do this step again, and hand the new file over.",
        )
    if not path.exists():
        return (
            ("file", f"{path} is gone: taken by the tenant, or removed"),
            ("sha256", left.facts["sha256"]),
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SecingestError(f"{path} can be read by others.", hint=f"chmod 600 '{path}', or do this again.")
    if is_sealed(path):
        tenant, key_id = sealed_for(path)
        digest = sha256_of(path)
        if tenant != context.tenant or left.facts["sha256"] != digest:
            raise SecingestError(f"{path} is not what was written.", hint="Do this step again.")
        return (("file", str(path)), ("sealed for", key_id), ("SHA-256", digest))
    written = read_handover(path, [])
    if (written.server, written.backends) != (now.server, now.backends):
        raise SecingestError(
            f"{path} holds credentials or addresses that are not in force any more.",
            hint="Do this step again, and hand the new file over.",
        )
    return (
        ("file", f"{path}, 0600, in clear"),
        ("holds", _held(len(written.backends))),
        ("SHA-256", sha256_of(path)),
    )


def _keys(handed: Handover) -> str:
    """The access keys in it, by place; no secret."""
    places = [f"server={handed.server.key.access_key}"]
    places += [f"{item.settings.id}={item.key.access_key}" for item in handed.backends]
    return " ".join(places)


def _held(backends: int) -> str:
    return f"the SigV4 credential and keys for {backends} backend" + ("s" if backends != 1 else "")
