"""``secingest onboard``: the onboarding checklist without the screens."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.common import key_passphrase, open_workspace, passphrase_file_option, say
from secingest_tui.cli.output import json_option, print_json, print_record, print_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secingest_tui.services.credentials import Credential
    from secingest_tui.services.onboarding.checklist import Onboarding
    from secingest_tui.services.onboarding.plan import OnboardingPlan
    from secingest_tui.services.onboarding.step import Checked

tenant_argument = click.argument("tenant_id", metavar="TENANT")
plan_option = click.option(
    "--plan", "plan_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.toml",
    help="What the onboarding is to come to.",
)  # fmt: skip

show_secrets_option = click.option(
    "--show-secrets/--no-show-secrets", default=None,
    help="Show new keys once; on a terminal that is done unless told otherwise.",
)  # fmt: skip


@click.group(invoke_without_command=True)
@plan_option
@passphrase_file_option
@click.option("--no-passphrase", is_flag=True, help="Keep credentials unsealed (0600) if none is sealed yet.")
@show_secrets_option
@json_option
@click.pass_context
def onboard(
    ctx: click.Context,
    plan_file: Path | None,
    passphrase_file: Path | None,
    no_passphrase: bool,
    show_secrets: bool | None,
    as_json: bool,
) -> int:
    """Onboard a tenant by a plan: every step is done for real and then checked.

    Running it again goes on where it stopped; what is done is found by asking provider and server.
    docs/onboarding.md shows a plan. On the screens: Provisioning, then o.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    if plan_file is None:
        raise click.UsageError("Give --plan FILE.toml, or a command: list, status, step, report, rollback.")
    from secingest_tui.services.onboarding.plan import load_plan

    plan = load_plan(plan_file)
    secrets = _Secrets(show_secrets, as_json)
    with _opened(plan.tenant, plan, passphrase_file, no_passphrase, secrets) as onboarding:
        found = onboarding.run(lambda step: _tell(step, as_json))
        complete = len(found) == len(onboarding.steps()) and all(step.state.settled for step in found)
        if complete:
            say(f"Complete. The report: secingest onboard report {plan.tenant}")
        else:
            say(f"Stopped at: {found[-1].step.title}. Run it again to go on, or take it back: "
                f"secingest onboard rollback {plan.tenant}")  # fmt: skip
        return 0 if complete else 1


@onboard.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the tenants whose onboarding was begun."""
    from secingest_tui.paths import Home
    from secingest_tui.services.onboarding.state import begun

    rows = [{"tenant": name} for name in begun(Home.locate().prepare())]
    print_rows(rows, as_json=as_json, empty="None was begun. Begin one: secingest onboard --plan FILE.toml")


@onboard.command()
@tenant_argument
@json_option
def status(tenant_id: str, as_json: bool) -> int:
    """Check every step of TENANT's onboarding now; exit code 1 while any is not done."""
    with _opened(tenant_id) as onboarding:
        found = onboarding.check_all(lambda step: _tell(step, as_json))
        return 0 if all(step.state.settled for step in found) else 1


@onboard.command()
@tenant_argument
@click.argument("step_id", metavar="STEP")
@passphrase_file_option
@show_secrets_option
@json_option
def step(
    tenant_id: str, step_id: str, passphrase_file: Path | None, show_secrets: bool | None, as_json: bool
) -> int:
    """Do one STEP of TENANT's onboarding (again), and check it."""
    secrets = _Secrets(show_secrets, as_json)
    with _opened(tenant_id, passphrase_file=passphrase_file, secrets=secrets) as onboarding:
        found = onboarding.do(step_id)
        _tell(found, as_json)
        return 0 if found.state.settled else 1


@onboard.command()
@tenant_argument
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write it there; standard output if not given.")  # fmt: skip
@json_option
def report(tenant_id: str, output: Path | None, as_json: bool) -> int:
    """Check every step of TENANT's onboarding and report it: Markdown, or JSON. It holds no secret."""
    from secingest_tui.services.onboarding.report import markdown, write_report
    from secingest_tui.services.onboarding.report import report as make_report

    with _opened(tenant_id) as onboarding:
        made = make_report(onboarding.context.state, onboarding.check_all())
    text = json.dumps(made, indent=1) + "\n" if as_json else markdown(made)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_report(text, output)
        say(f"Written to {output}.")
    return 0 if made["complete"] else 1


@onboard.command()
@tenant_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def rollback(tenant_id: str, yes: bool, as_json: bool) -> None:
    """Take back what was made for TENANT: users, keys, credential. Never its data."""
    with _opened(tenant_id) as onboarding:
        provisioning = onboarding.context.provisioning()
        for line in provisioning.exists():
            say(f"exists: {line}")
        if not yes:
            click.confirm(f"Take back what was made for {tenant_id}?", abort=True)
        rows = [{"done": line} for line in provisioning.roll_back()]
        print_rows(rows, as_json=as_json, empty="There was nothing to take back.")


@contextmanager
def _opened(
    tenant_id: str,
    plan: OnboardingPlan | None = None,
    passphrase_file: Path | None = None,
    no_passphrase: bool = False,
    secrets: _Secrets | None = None,
) -> Iterator[Onboarding]:
    from secingest_tui.services.onboarding.checklist import Onboarding, open_state
    from secingest_tui.services.onboarding.context import Context
    from secingest_tui.services.passphrase import ask_on_terminal, read_passphrase_file

    def new_passphrase(key_id: str) -> bytes | None:
        if passphrase_file is not None:
            return read_passphrase_file(passphrase_file)
        option = "[key] passphrase_file in the plan, or [key] unprotected = true"
        return ask_on_terminal(f"Passphrase for the new key {key_id}", confirm=True, option=option)

    with open_workspace() as workspace:
        if plan is not None:
            workspace.choose_sealing(no_passphrase=no_passphrase)
        yield Onboarding(
            Context(
                workspace,
                open_state(workspace, tenant_id, plan),
                paste=_paste,
                new_passphrase=new_passphrase,
                unlock=key_passphrase(passphrase_file),
                show=secrets.show if secrets is not None else lambda what, key: None,
            )
        )


class _Secrets:
    """New keys, shown this once: on a terminal, or where they were asked for. A log is no place for them."""

    def __init__(self, wanted: bool | None, as_json: bool) -> None:
        self._wanted = sys.stdout.isatty() if wanted is None else wanted
        self._as_json = as_json

    def show(self, what: str, key: Credential) -> None:
        if not self._wanted:
            say(f"A new key for {what}: {key.access_key}. It is kept in this profile and goes into the "
                "hand-over file; --show-secrets shows such a secret once.")  # fmt: skip
            return
        record = {"new_key_for": what, "access_key": key.access_key, "secret_key": key.secret_key}
        print_record(record, as_json=self._as_json)
        if not self._as_json:
            click.echo()
        say("This is the only time this secret is shown. It is kept in this profile.")


def _paste(user: str) -> Credential:
    from secingest_tui.services.credentials import Credential
    from secingest_tui.services.passphrase import ask_on_terminal

    option = "[pasted.BACKEND] access_key and secret_key_file in the plan"
    secret = ask_on_terminal(f"Secret key of {user}, from the provider's portal", option=option)
    return Credential(click.prompt(f"Access key of {user}"), secret.decode())


def _tell(found: Checked, as_json: bool) -> None:
    record: dict[str, Any] = {
        "step": found.step.id,
        "state": found.state.value,
        **({"problem": found.problem} if found.problem else {}),
        **({"next": found.remedy} if found.remedy else {}),
    }
    if as_json:
        print_json({**record, "facts": dict(found.facts)})
    else:
        print_record(record | dict(found.facts), as_json=False)
        click.echo()
