"""``secingest register``: what other software uploaded; one object, a file of pointers, or a snapshot."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.bundle import policy_options
from secingest_tui.cli.common import PersonsPath, open_workspace, say, tenant_option
from secingest_tui.cli.output import json_option, print_json, print_record

if TYPE_CHECKING:
    from secingest_tui.services.registering.batch import LineResult
    from secingest_tui.services.registering.lines import Line
    from secingest_tui.services.workspace import Workspace


@click.command()
@click.argument("object_key", required=False)
@click.option("--bundle", type=PersonsPath(path_type=Path, file_okay=False), metavar="DIR",
              help="Complete a bundle of secingest encrypt after its upload.")  # fmt: skip
@click.option("--batch", type=PersonsPath(path_type=Path, dir_okay=False), metavar="FILE",
              help="Register every line of FILE.jsonl or FILE.csv; see docs/registering.md.")  # fmt: skip
@click.option("--from-snapshot", "snapshot", metavar="ID",
              help="Register what a discovery snapshot saw and nobody registered.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Post nothing: print what would be posted.")
@tenant_option
@click.option("--backend", metavar="B", help="Where the object lies.")
@click.option(
    "--from", "location", metavar="s3://BUCKET/KEY", help="Where it lies there, if not under OBJECT_KEY."
)
@click.option("--bucket", help="The bucket it lies in; by the namespace rule if not given.")
@click.option("--from-bucket", is_flag=True, help="Read size, ETag and header there (this is the default).")
@click.option("--object-version", "version", metavar="V",
              help="What the object says of itself, else v1, by default.")  # fmt: skip
@policy_options
@json_option
def register(
    object_key: str | None,
    bundle: Path | None,
    batch: Path | None,
    snapshot: str | None,
    dry_run: bool,
    tenant: str | None,
    from_bucket: bool,
    as_json: bool,
    **fields: Any,
) -> int:
    """Register objects that other software uploaded: pointers only, read from the bucket.

    Size, ETag and header are read with the tenant's own provider credentials. With --batch or --from-snapshot
    every line gets an answer: recorded, present (registered before with more than the bucket tells), refused,
    invalid or failed. Running it again is safe, and does the rest.
    """
    if sum(one is not None for one in (object_key, bundle, batch, snapshot)) != 1:
        raise click.UsageError("Give one of: OBJECT_KEY, --bundle DIR, --batch FILE, --from-snapshot ID.")
    with open_workspace() as workspace:
        if batch is not None or snapshot is not None:
            lines = _lines(workspace, batch, snapshot, tenant, fields)
            return _dry_run(workspace, lines) if dry_run else _many(workspace, lines, as_json=as_json)
        if bundle is not None:
            from secingest_tui.services.bundle.register import register_bundle

            if dry_run:
                raise click.UsageError("--dry-run is not for --bundle: registration.json is what is posted.")
            return _show(register_bundle(workspace, bundle), as_json=as_json)
        return _one(workspace, str(object_key), fields, dry_run=dry_run, as_json=as_json)


def _one(
    workspace: Workspace, object_key: str, fields: dict[str, Any], *, dry_run: bool, as_json: bool
) -> int:
    from secingest_tui.services.registering.pointer import Pointer, PointerReader, register_pointer

    pointer = Pointer(
        **{**fields, "backend": workspace.backend_id(fields["backend"]), "object_key": object_key}
    )
    if dry_run:
        print_json(PointerReader(workspace).read(pointer))
        return 0
    return _show(register_pointer(workspace, pointer), as_json=as_json)


def _show(receipt: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        print_json(receipt)
    else:
        from secingest_tui.cli.ingest import RECEIPT_FIELDS

        print_record({name: receipt.get(name) for name in RECEIPT_FIELDS}, as_json=False)
    return 0


def _lines(
    workspace: Workspace, batch: Path | None, snapshot: str | None, tenant: str | None, fields: dict[str, Any]
) -> Iterable[Line]:
    """The lines of a file, or of what a snapshot saw; options of the command fill in what lines leave out."""
    if batch is not None:
        from secingest_tui.services.registering.lines import read_lines

        if fields["location"]:
            raise click.UsageError("--from names one object; in a batch each line has its own location.")
        given = {name: value for name, value in fields.items() if value}
        if tenant:
            given["tenant"] = tenant
        return read_lines(batch, given)
    from secingest_tui.services.registering.discovered import discovered_lines

    for option in ("backend", "location", "bucket", "version"):
        if fields[option]:
            raise click.UsageError("A snapshot says by itself where its objects lie, and they their version.")
    policy = {name: fields[name] for name in ("residency", "replicas", "targets", "logical")}
    return discovered_lines(workspace, workspace.tenant_id(tenant), str(snapshot), policy)


def _dry_run(workspace: Workspace, lines: Iterable[Line]) -> int:
    """Each line's payload, as it would be posted; nothing is."""
    from secingest_tui.errors import SecingestError
    from secingest_tui.services.registering.pointer import PointerReader

    reader, bad = PointerReader(workspace), 0
    for line in lines:
        try:
            if line.pointer is None:
                raise SecingestError(line.problem)
            print_json({"line": line.number, "payload": reader.read(line.pointer)})
        except SecingestError as error:
            bad += 1
            print_json({"line": line.number, "message": error.message, "hint": error.hint})
    return 1 if bad else 0


def _many(workspace: Workspace, lines: Iterable[Line], *, as_json: bool) -> int:
    from secingest_tui.services.registering.batch import register_batch

    with _counting() as count:

        def report(result: LineResult) -> None:
            count()
            if as_json:
                print_json(result.record())
            else:
                from secingest_tui.text import visible

                what = " ".join(filter(None, (result.object_key, result.version)))
                why = f": {result.message}" if result.message else ""
                click.echo(f"line {result.line}: {result.status} {visible(what)}{visible(why)}".rstrip())

        summary = register_batch(workspace, lines, report, jobs=2 * workspace.config.transfer.jobs)
    say(str(summary))
    if not summary.complete:
        say("  next: correct those lines and run the same command again; recorded ones stay as they are.")
    return 0 if summary.complete else 1


@contextmanager
def _counting() -> Iterator[Callable[[], None]]:
    """A count on the terminal while the report goes elsewhere; else the report is the progress."""
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if shown and done % 100 == 0:
            click.echo(f"\r{done} lines", nl=False, err=True)

    shown = sys.stderr.isatty() and not sys.stdout.isatty()
    yield count
    if shown and done >= 100:
        click.echo("\r", nl=False, err=True)
