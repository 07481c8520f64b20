"""Probing a backend of this home: for the command, the screen and the onboarding."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from secingest_tui.errors import UsageError
from secingest_tui.services.credentials import Credential
from secingest_tui.services.providers.probe import results
from secingest_tui.services.providers.probe.answers import Answer, ProbeReport, Residue
from secingest_tui.services.providers.probe.journal import Made
from secingest_tui.services.providers.probe.run import Probe, clean_up, run_probe
from secingest_tui.services.provisioning.settings import has_operator_key, operator_key
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Settings


def probe_backend(
    workspace: Workspace,
    backend_id: str,
    *,
    tenant: str | None = None,
    other_tenant: str | None = None,
    bucket: str | None = None,
    ca_file: Path | None = None,
    key: Credential | None = None,
    operator: bool = False,
    tell: Callable[[Answer], None] = lambda answer: None,
    cancel: threading.Event | None = None,
) -> ProbeReport:
    """Find out what a backend really does, keep the report, and use it from now on.

    With the credentials of ``tenant``, or those of the profile where there are any, or of the only tenant
    that has some, or the ``operator``'s key by which users are made there; those of ``other_tenant`` see
    whether they are refused. Works in a temporary bucket, or under a temporary prefix
    of ``bucket``; both are removed again, also what an earlier probe left here. ``ca_file`` is trusted for
    this probe only. ``key`` is used instead of any kept credential. ``tell`` hears each answer as it comes,
    in the caller's thread; ``cancel`` ends the probe after the current question, and the report is then not
    ``complete``.

    Raises UsageError for an unknown backend, missing credentials or a bad ``ca_file``; nothing for what
    the provider says: ``report.problems`` holds what stands in the way.
    """
    backend = workspace.backend(backend_id)
    if operator and tenant is not None:
        raise UsageError("Either --tenant or --operator.", field="--operator")
    if operator or (key is None and tenant is None and _nobody_else(workspace, backend_id)):
        key = key or operator_key(workspace, backend_id)
        if key is None:
            raise UsageError(
                f"The operator's key for backend {backend_id} is not in this profile.",
                hint=f"Connect it: secingest provision connect {backend_id} --with KIND --access-key AK",
                field="--operator",
            )
    if key is None:
        tenant = probing_tenant(workspace, backend_id, tenant)
    settings = _settings(workspace, backend_id, tenant, ca_file, key)
    other = _settings(workspace, backend_id, other_tenant, ca_file) if other_tenant else None
    if other_tenant is not None and other_tenant == tenant:
        raise UsageError(
            f"{other_tenant} is the tenant that probes.", hint="Name another one.", field="--other-tenant"
        )
    clean_up_left_behind(workspace, backend_id, key)
    embedded = workspace.is_embedded(backend_id)
    report = run_probe(
        Probe(
            home=workspace.home,
            backend=backend,
            settings=settings,
            tenant=tenant,
            other=other,
            other_tenant=other_tenant,
            bucket=bucket,
            embedded=embedded,
            allow=lambda name: _allow(workspace, embedded, tenant, name),
            withdraw=lambda name: _withdraw(workspace, embedded, tenant, name),
            tell=tell,
            cancel=cancel or threading.Event(),
        )
    )
    results.keep(workspace.home, report)
    workspace.forget_stores(backend_id)
    return report


def _nobody_else(workspace: Workspace, backend_id: str) -> bool:
    """Whether the operator's key is the only one here for this backend."""
    own = workspace.has_own_credentials(backend_id) or workspace.credential_holders(backend_id)
    return not own and has_operator_key(workspace, backend_id)


def probing_tenant(workspace: Workspace, backend_id: str, tenant: str | None) -> str | None:
    """The tenant whose provider credentials are used: the one named; None for the profile's own; else the
    only one that has some here. Raises UsageError where none or several have."""
    if tenant is not None or workspace.has_own_credentials(backend_id):
        return tenant
    holders = workspace.credential_holders(backend_id)
    if len(holders) == 1:
        return holders[0]
    if workspace.config.tenant in holders:
        return workspace.config.tenant
    raise UsageError(
        f"There are no provider credentials for backend {backend_id}."
        if not holders
        else f"Several tenants have credentials for backend {backend_id}: {', '.join(holders)}.",
        hint="Give --tenant T." if holders else f"Store them: secingest credentials set backend/{backend_id}",
        field="--tenant",
    )


def clean_up_left_behind(
    workspace: Workspace, backend_id: str | None = None, key: Credential | None = None
) -> list[tuple[Made, list[Residue]]]:
    """Remove what crashed probes left at ``backend_id`` (None: anywhere); what stayed, with the reason.

    ``key`` is used for what a probe without a tenant left; else the profile's own, else the operator's.
    """

    def settings_for(made: Made) -> S3Settings:
        given = key if made.tenant is None and made.backend == backend_id else None
        if given is None and made.tenant is None and not workspace.has_own_credentials(made.backend):
            given = operator_key(workspace, made.backend)
        settings = _settings(workspace, made.backend, made.tenant, None, given)
        if workspace.is_embedded(made.backend) or settings.endpoint == made.endpoint:
            return settings
        # The backend was pointed elsewhere since; what was made lies at the old place.
        return replace(settings, endpoint=made.endpoint)

    return clean_up(
        workspace.home,
        settings_for,
        lambda made, name: _withdraw(workspace, workspace.is_embedded(made.backend), made.tenant, name),
        backend_id,
    )


def _settings(
    workspace: Workspace,
    backend_id: str,
    tenant: str | None,
    ca_file: Path | None,
    key: Credential | None = None,
) -> S3Settings:
    settings = workspace.store_settings(backend_id, tenant, key=key)
    if ca_file is None:
        return settings
    try:
        ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:
        what = "holds no certificate" if isinstance(error, ssl.SSLError) else "cannot be read"
        raise UsageError(
            f"The certificate file {ca_file} {what}.",
            hint="Name a PEM file with the certificate of the provider's authority.",
            field="--ca-file",
        ) from None
    return replace(settings, ca_file=ca_file)


def _allow(workspace: Workspace, embedded: bool, tenant: str | None, bucket: str) -> None:
    if embedded and tenant is not None:
        workspace.stack.grant_bucket(tenant, bucket)


def _withdraw(workspace: Workspace, embedded: bool, tenant: str | None, bucket: str) -> None:
    if embedded and tenant is not None:
        workspace.stack.withdraw_bucket(tenant, bucket)
