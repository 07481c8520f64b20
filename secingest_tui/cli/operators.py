"""``secingest operators``: named operators' keys; ``secingest access``: SigV4 credentials at the server."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.output import json_option, print_record, print_rows

_expires = click.option(
    "--expires", metavar="TIME", help="When it ends, as 2027-01-31 or 2027-01-31T12:00:00+01:00."
)


@click.group()
def operators() -> None:
    """Keys of named operators, so that the audit log says who did what.

    Whoever has ADMIN_API_KEY is the first operator, who makes and ends them. A key goes where ADMIN_API_KEY
    goes: into the environment, or into this profile by 'secingest credentials set server/admin'.
    """


@operators.command()
@click.argument("name")
@click.option("--label", metavar="TEXT", help="What it is for.")
@_expires
@json_option
def create(name: str, label: str | None, expires: str | None, as_json: bool) -> None:
    """Make a key for the operator NAME; it is shown once, here."""
    from backend_stub.contract.operators import OperatorRequest

    with open_workspace() as workspace:
        made = workspace.admin().create_operator(
            _checked(OperatorRequest, name=name, label=label, expires_at=_time(expires))
        )
        print_record(made.model_dump(mode="json"), as_json=as_json)
        say("This is the only time the key is shown.")


@operators.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List operators' keys, without the keys themselves."""
    with open_workspace() as workspace:
        rows = [item.model_dump(mode="json") for item in workspace.admin().operators()]
        print_rows(
            rows, as_json=as_json, empty="No named operators. Make one: secingest operators create NAME"
        )


def _operator_status(status: str, text: str) -> click.Command:
    @click.command(status_word(status), help=text)
    @click.argument("key_id")
    @json_option
    def change(key_id: str, as_json: bool) -> None:
        with open_workspace() as workspace:
            changed = workspace.admin().change_operator(key_id, {"status": status})
            print_record(changed.model_dump(mode="json"), as_json=as_json)

    return change


def status_word(status: str) -> str:
    return {"active": "enable", "disabled": "disable"}[status]


operators.add_command(_operator_status("disabled", "Refuse the key KEY_ID from now on."))
operators.add_command(_operator_status("active", "Accept the key KEY_ID again."))


@operators.command()
@click.argument("key_id")
@click.argument("time")
@json_option
def expire(key_id: str, time: str, as_json: bool) -> None:
    """Let the key KEY_ID end at TIME; 'never' takes the end away."""
    with open_workspace() as workspace:
        changed = workspace.admin().change_operator(key_id, {"expires_at": _json_time(time)})
        print_record(changed.model_dump(mode="json"), as_json=as_json)


@click.group()
def access() -> None:
    """SigV4 credentials of tenants, workers and auditors at the server (needs the operator's key)."""


@access.command("list")
@click.option("--tenant", metavar="T", help="Only this tenant's.")
@json_option
def list_access(tenant: str | None, as_json: bool) -> None:
    """List credentials, without their secrets."""
    with open_workspace() as workspace:
        rows = [item.model_dump(mode="json") for item in workspace.admin().credentials(tenant)]
        print_rows(rows, as_json=as_json, empty="No credentials. Make a tenant: secingest tenant create T")


@access.command()
@click.argument("tenant")
@click.option("--role", type=click.Choice(["tenant", "worker", "auditor"]), default="tenant",
              show_default=True, help="What it may do; see docs/server.md.")  # fmt: skip
@click.option(
    "--also", "tenants", multiple=True, metavar="T", help="A further tenant of a worker or auditor."
)
@click.option("--label", metavar="TEXT", help="What it is for.")
@_expires
@json_option
def grant(
    tenant: str, role: str, tenants: tuple[str, ...], label: str | None, expires: str | None, as_json: bool
) -> None:
    """Make a further credential for TENANT; its secret is shown once, here, and not kept."""
    from backend_stub.contract.credentials import CredentialRequest

    with open_workspace() as workspace:
        request = _checked(
            CredentialRequest,
            tenant_id=tenant,
            role=role,
            tenants=list(tenants),
            label=label,
            expires_at=_time(expires),
        )
        made = workspace.admin().create_credential(request)
        print_record(made.model_dump(mode="json"), as_json=as_json)
        say("This is the only time the secret is shown.")


@access.command()
@click.argument("access_key")
@click.option("--overlap-hours", type=click.FloatRange(0, 90 * 24), default=24.0, show_default=True,
              help="How long the one before goes on working.")  # fmt: skip
@_expires
@json_option
def rotate(access_key: str, overlap_hours: float, expires: str | None, as_json: bool) -> None:
    """Replace ACCESS_KEY by a new credential of the same tenant, role and scope.

    Both work during the overlap. Where the one before is a tenant's in this profile, the new one takes its
    place here.
    """
    from secingest_tui.services.tenants import rotate_access

    with open_workspace() as workspace:
        made, kept = rotate_access(
            workspace, access_key, overlap_seconds=round(overlap_hours * 3600), expires_at=_json_time(expires)
        )
        print_record(made.model_dump(mode="json"), as_json=as_json)
        say("This is the only time the secret is shown.")
        if kept:
            say(f"It is tenant {made.tenant_id}'s in this profile from now on.")


def _access_status(status: str, text: str) -> click.Command:
    @click.command(status_word(status), help=text)
    @click.argument("access_key")
    @json_option
    def change(access_key: str, as_json: bool) -> None:
        from backend_stub.contract.credentials import CredentialChange

        with open_workspace() as workspace:
            changed = workspace.admin().change_credential(
                access_key, _checked(CredentialChange, status=status)
            )
            print_record(changed.model_dump(mode="json"), as_json=as_json)

    return change


access.add_command(_access_status("disabled", "Refuse ACCESS_KEY from now on."))
access.add_command(_access_status("active", "Accept ACCESS_KEY again."))


@access.command("expire")
@click.argument("access_key")
@click.argument("time")
@json_option
def expire_access(access_key: str, time: str, as_json: bool) -> None:
    """Let ACCESS_KEY end at TIME; 'never' takes the end away."""
    from backend_stub.contract.credentials import CredentialChange

    with open_workspace() as workspace:
        ends = CredentialChange(expires_at=None if time == "never" else _time(time))
        changed = workspace.admin().change_credential(access_key, ends)
        print_record(changed.model_dump(mode="json"), as_json=as_json)


def _checked(model: Any, **fields: Any) -> Any:
    """The request, or a usage error naming the first field that does not fit."""
    from pydantic import ValidationError

    try:
        return model(**fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = ".".join(map(str, first["loc"])) or "request"
        raise click.UsageError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text} is no time: write 2027-01-31 or 2027-01-31T12:00:00+01:00.") from None
    return moment if moment.tzinfo is not None else moment.astimezone()


def _json_time(text: str | None) -> str | None:
    moment = None if text in (None, "never") else _time(text)
    return None if moment is None else moment.isoformat()
