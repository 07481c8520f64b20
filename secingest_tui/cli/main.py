"""The ``secingest`` command: its groups, loaded lazily, and how every failure ends."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from secingest_tui import __version__
from secingest_tui.errors import SecingestError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {
    "access": ("operators", "SigV4 credentials at the server: list, grant, rotate, disable, expire."),
    "audit": ("proof", "The server's audit log and audit reports: list, export, verify."),
    "backends": ("backends", "Configured S3 providers: list, show, add, remove."),
    "completion": ("completion", "Completion script for bash, zsh or fish."),
    "config": ("config", "The settings of this profile: list, set, unset."),
    "credentials": ("credentials", "Secrets of this profile: list, set, remove, seal, unseal."),
    "decrypt": ("decrypt", "Decrypt a ciphertext file offline, with a private key alone."),
    "demo": ("demo", "Tell the whole story on a throw-away stack with real parts."),
    "doctor": ("doctor", "Check every prerequisite and say how to get what is missing."),
    "drill": ("drill", "Restore random objects from random copies, and record the result."),
    "encrypt": ("bundle", "Encrypt into a bundle, for an upload by other software."),
    "fetch": ("restore", "Fetch an object's ciphertext as it lies at the provider."),
    "import": ("imports", "Make backends of AWS profiles and rclone remotes."),
    "ingest": ("ingest", "Encrypt, upload and register files, folders or a stream."),
    "inspect": ("decrypt", "Show the header of a ciphertext file, without any key."),
    "jobs": ("jobs", "Replication jobs: list, show, steer one or many, dead letters."),
    "keys": ("keys", "Encryption and signing keys: new, list, show, passwd."),
    "man": ("manual", "The manual page."),
    "objects": ("objects", "Registered objects: list, show, delete, erase, proof."),
    "onboard": ("onboard", "A new tenant, step by step, each step proved; or unattended by a plan."),
    "operators": ("operators", "Named operators' keys: create, list, disable, expire."),
    "outbox": ("outbox", "Registrations not acknowledged yet: list, flush."),
    "providers": ("providers", "S3 providers: list, show, compare; probe, discover a backend."),
    "profiles": ("profiles", "Several installations in one account: list, new."),
    "provision": ("provision", "Tenants at the providers: users, keys, quotas, hand-over."),
    "receipt": ("proof", "Receipts: verify the server's signature."),
    "recover": ("restore", "Restore everything of a tenant from a provider alone."),
    "reconcile": ("reconcile", "Make the replication jobs that the policy asks for."),
    "register": ("register", "Register what other software uploaded: one object, or thousands."),
    "replication": ("replication", "Replication: health of backends, pauses, limits, breakers."),
    "restore": ("restore", "Find, fetch, verify and decrypt an object."),
    "rewrap": ("rewrap", "Give further keys access to an object, or seal it again for new ones."),
    "serve": ("serve", "Run the metadata server alone."),
    "server": ("server", "Look after a metadata server's database: backup, restore, passphrase."),
    "snapshot": ("snapshots", "Sanitised snapshots of what is at a provider: take, browse, compare, report."),
    "stack": ("stack", "The embedded stack: status, run."),
    "status": ("status", "Is everything all right, and what needs me?"),
    "tenant": ("tenants", "Tenants and their credentials: create, list, show."),
    "uploads": ("uploads", "Unfinished uploads: list, resume, abort, abandoned."),
    "verify": ("verify", "Check that replicas exist and match; repair what does not."),
    "web": ("web", "The screens in a browser on this machine."),
    "worker": ("worker", "Copy replicas: lease jobs, copy ciphertext, verify."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is called or completed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"secingest_tui.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name if cmd_name != "import" else "import_")
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """As click's, without importing every command for its help."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        from click.shell_completion import CompletionItem

        names = sorted(name for name in COMMANDS if name.startswith(incomplete))
        return [CompletionItem(name, help=COMMANDS[name][1]) for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in sorted(COMMANDS)])


def _profile_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from secingest_tui.cli.completion import profile_names

    return profile_names(ctx, parameter, incomplete)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Without a command, the full-screen application opens. State: SECINGEST_HOME.",
)
@click.version_option(__version__, prog_name="secingest")
@click.option(
    "--profile",
    metavar="NAME",
    shell_complete=_profile_names,
    help="Profile to work with; see: secingest profiles.",
)
@click.option("--theme", metavar="NAME", help="Theme of the screens; by the terminal if not given.")
@click.option("--read-only", is_flag=True, help="Screens that change nothing.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal, for selecting text.")
@click.option("--environment", metavar="WORD", help="Word of the banner, such as production.")
@click.option("--start", metavar="SCREEN", help="Screen to open first, such as metadata.")
@click.option(
    "--plain", is_flag=True, help="Lines and questions instead of screens: for screen readers and logs."
)
@click.option("--in-browser", is_flag=True, hidden=True)
@click.option("--kiosk", is_flag=True, help="The screens and nothing else, for accounts behind ForceCommand.")
@click.pass_context
def cli(
    ctx: click.Context,
    profile: str | None,
    theme: str | None,
    read_only: bool,
    no_mouse: bool,
    environment: str | None,
    start: str | None,
    plain: bool,
    in_browser: bool,
    kiosk: bool,
) -> None:
    """Put data into S3 storage that nobody else can read.

    Files are encrypted on this machine, go straight to the provider, and only pointers are
    registered with the metadata server.
    """
    if profile is not None:
        os.environ["SECINGEST_PROFILE"] = profile  # for children too
    given: dict[str, Any] = {"theme": theme, "environment": environment, "start": start}
    given |= {"read_only": read_only or None, "mouse": False if no_mouse else None}
    options = {name: value for name, value in given.items() if value is not None}
    if ctx.invoked_subcommand is None:
        from secingest_tui.cli.screens import open_screens

        sys.exit(open_screens(options, plain=plain, kiosk=kiosk, browser=in_browser))
    if options or plain or kiosk:
        raise click.UsageError("Options before a command are for the screens, which open without a command.")


def main(argv: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 wrong usage, 1 failure, 130 interrupted."""
    # What is imported lives as long as the process: looking through it for garbage is a tenth of the start.
    gc.set_threshold(50_000, 20, 50)
    # Looking for plugins reads the metadata of every installed distribution; we have none, and want none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        result: Any = cli.main(args=argv, prog_name="secingest", standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.UsageError as error:
        _report_usage(error)
        sys.exit(2)
    except click.ClickException as error:
        _report(error.format_message(), None)
        sys.exit(1)
    except SecingestError as error:
        _report(error.message, error.hint)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        _report("Interrupted.", None)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - a defect ends in one line too; the rest is in a file
        _report(f"This is a defect of secingest: {type(error).__name__}.", f"Please report {_crash_file()}")
        sys.exit(1)
    sys.exit(result if isinstance(result, int) else 0)


def _crash_file() -> str:
    """Keep the traceback, without the values of variables, where only this user reads it."""
    import tempfile
    import traceback

    descriptor, path = tempfile.mkstemp(prefix="secingest-defect-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
        traceback.print_exc(file=stream)
    return path


def _report(message: str, hint: str | None) -> None:
    from secingest_tui.text import visible

    for line in message.splitlines() or [""]:
        click.echo(f"secingest: {visible(line)}", err=True)
    if hint:
        click.echo(f"  next: {visible(hint)}", err=True)


def _report_usage(error: click.UsageError) -> None:
    _report(error.format_message(), None)
    if error.ctx is not None:
        click.echo(f"  next: {error.ctx.command_path} --help", err=True)
