"""``secingest restore`` and ``secingest fetch``."""

from __future__ import annotations

import re
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.common import (
    PersonsPath,
    open_workspace,
    opening_keys,
    passphrase_file_option,
    private_key_option,
    progress_bar,
    say,
    signers_option,
    tenant_option,
    unsigned_option,
)
from secingest_tui.cli.output import json_option, print_json, print_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from secingest_tui.services.restore.many import ManyRestored
    from secingest_tui.services.workspace import Workspace

_output = click.option(
    "-o",
    "--output",
    required=True,
    type=PersonsPath(),
    metavar="FILE",
    help="Where to write; - is standard output.",
)
_version = click.option("--object-version", "version", metavar="V", help="The newest one by default.")
_backend = click.option(
    "--backend", metavar="B", help="Only from this backend; all copies are tried by default."
)
_force = click.option("--force", is_flag=True, help="Replace FILE if it exists.")


_SPAN = re.compile(r"(\d+)-(\d*)")


def _span(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> tuple[int, int | None] | None:
    if text is None:
        return None
    match = _SPAN.fullmatch(text)
    if match is None or (match[2] and int(match[2]) < int(match[1])):
        raise click.BadParameter("write FIRST-LAST or FIRST-, counted from 0, as in 0-1023")
    return int(match[1]), int(match[2]) if match[2] else None


@click.command()
@click.argument("object_key", required=False)
@_output
@click.option("--prefix", metavar="P", help="Every object whose key begins with P, into the folder FILE.")
@click.option(
    "--range", "span", metavar="FIRST-LAST", callback=_span, help="Only these bytes, both included."
)
@_version
@_backend
@private_key_option
@passphrase_file_option
@signers_option
@unsigned_option
@_force
@json_option
def restore(
    object_key: str | None,
    output: str,
    prefix: str | None,
    span: tuple[int, int | None] | None,
    version: str | None,
    backend: str | None,
    private_key: Path | None,
    passphrase_file: Path | None,
    signers: tuple[str, ...],
    allow_unsigned: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Find OBJECT_KEY through the server, fetch it, verify it, decrypt it."""
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.restore.many import restore_prefix
    from secingest_tui.services.restore.run import restore as run

    if (object_key is None) == (prefix is None):
        raise click.UsageError("Give an OBJECT_KEY, or --prefix P for many.")
    if prefix is not None:
        if span or version or backend or output == "-":
            raise click.UsageError(
                "--prefix restores newest versions, whole, into a folder: give -o DIR with it."
            )
        openers = _Openers(private_key, passphrase_file, signers, allow_unsigned)
        wanted = prefix
        return _many(
            openers,
            as_json,
            lambda workspace, rest: restore_prefix(workspace, wanted, Path(output), force=force, **rest),
        )
    assert object_key is not None
    with open_workspace() as workspace:
        progress = TransferProgress()
        with progress_bar(progress, quiet=as_json):
            done = run(
                workspace,
                object_key,
                output,
                version=version,
                backend=backend,
                keys=lambda key_ids: opening_keys(workspace, key_ids, private_key, passphrase_file),
                signers=workspace.trusted_signers(signers),
                require_signature=not allow_unsigned,
                force=force,
                span=span,
                progress=progress,
                stdout=sys.stdout.buffer,
            )
        for copy in done.tried:
            say(f"warning: another copy was not usable: {copy}")
        for note in done.notes:
            say(f"warning: {note}")
        if done.signed_by is None:
            say("warning: origin not verified: the object has no signature.")
        record: dict[str, Any] = {
            "object_key": done.object_key,
            "version": done.version,
            "backend": done.backend,
            "size": done.size,
            "output": done.output,
            "signed_by": done.signed_by,
        }
        if output != "-":
            print_record(record, as_json=as_json)
    return 0


@click.command()
@tenant_option
@click.option("--backend", required=True, metavar="B", help="The provider to recover from.")
@click.option(
    "-o", "--output", required=True, type=PersonsPath(), metavar="DIR", help="Folder to restore into."
)
@click.option("--bucket", help="The tenant's bucket there; by the namespace rule if not given.")
@click.option("--all-versions", is_flag=True, help="Every version, as OBJECT_KEY/VERSION; else the newest.")
@private_key_option
@passphrase_file_option
@signers_option
@unsigned_option
@_force
@json_option
def recover(
    tenant: str | None,
    backend: str,
    output: str,
    bucket: str | None,
    all_versions: bool,
    private_key: Path | None,
    passphrase_file: Path | None,
    signers: tuple[str, ...],
    allow_unsigned: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Restore everything of a tenant from one provider, without the metadata server.

    Nobody but the server knows what should be there: an object that the provider lost, or replaced by
    an older version of itself, is not noticed.
    """
    from secingest_tui.services.restore.many import recover as run

    openers = _Openers(private_key, passphrase_file, signers, allow_unsigned)
    return _many(
        openers,
        as_json,
        lambda workspace, rest: run(
            workspace, workspace.tenant_id(tenant), backend, Path(output), bucket=bucket,
            all_versions=all_versions, force=force, **rest,
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Openers:
    """The options that say which keys open objects and whose signatures count."""

    private_key: Path | None
    passphrase_file: Path | None
    signers: tuple[str, ...]
    allow_unsigned: bool


def _many(
    openers: _Openers, as_json: bool, restore_all: Callable[[Workspace, dict[str, Any]], ManyRestored]
) -> int:
    """Run ``restore_all`` with what both commands give it, and report every object."""
    from secingest_tui.services.ingest.progress import TransferProgress

    def done(object_key: str, version: str, path: str) -> None:
        if as_json:
            print_json({"object_key": object_key, "version": version, "output": path})
        else:
            say(f"restored: {object_key} {version} -> {path}")

    with open_workspace() as workspace:
        progress = TransferProgress()
        with progress_bar(progress, quiet=as_json):
            result = restore_all(
                workspace,
                {
                    "keys": lambda key_ids: opening_keys(
                        workspace, key_ids, openers.private_key, openers.passphrase_file
                    ),
                    "signers": workspace.trusted_signers(openers.signers),
                    "require_signature": not openers.allow_unsigned,
                    "progress": progress,
                    "cancel": threading.Event(),
                    "done": done,
                },
            )
        for note in result.notes:
            say(f"warning: {note}")
        for name, error in result.failed:
            say(f"failed: {name}: {error.message}")
            if error.hint:
                say(f"  next: {error.hint}")
        say(f"{len(result.restored)} restored, {len(result.failed)} failed.")
        return 1 if result.failed else 0


@click.command()
@click.argument("object_key")
@_output
@_version
@_backend
@_force
@json_option
def fetch(
    object_key: str, output: str, version: str | None, backend: str | None, force: bool, as_json: bool
) -> None:
    """Fetch OBJECT_KEY's ciphertext as it lies at the provider; nothing is decrypted.

    The uploader's signature lies beside it and is written to FILE.sig; wrapped keys for who got access
    later go to FILE.keys.
    """
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.restore.fetch import fetch as run

    with open_workspace() as workspace:
        progress = TransferProgress()
        with progress_bar(progress, quiet=as_json):
            done = run(
                workspace, object_key, output, version=version, backend=backend, force=force,
                progress=progress, stdout=sys.stdout.buffer,
            )  # fmt: skip
        if output != "-":
            print_record(done, as_json=as_json)
