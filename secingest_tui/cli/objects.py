"""``secingest objects``: what is registered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from secingest_tui.cli.common import PersonsPath, open_workspace, say, signers_option, tenant_option
from secingest_tui.cli.output import json_option, print_json, print_record, print_rows


def _moment(_context: click.Context, _parameter: click.Parameter, typed: str | None) -> str | None:
    """ISO 8601 as the server takes it."""
    from datetime import UTC, datetime

    if typed is None:
        return None
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise click.BadParameter("a date or a time is needed, as 2026-01-31 or 2026-01-31T08:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()


@click.group()
def objects() -> None:
    """Registered objects: pointers and policies at the metadata server."""


@objects.command("list")
@tenant_option
@click.option("--prefix", metavar="P", help="Only keys that begin with P.")
@click.option("--backend", metavar="B", help="Only objects with a copy there.")
@click.option("--residency", metavar="FI")
@click.option("--key-id", metavar="ID", help="Only objects encrypted for this key.")
@click.option("--state", type=click.Choice(["active", "deleted", "erased", "all"]), default="active",
              show_default=True, help="deleted: a tombstone; erased: proven to be gone.")  # fmt: skip
@click.option(
    "--recorded-from",
    metavar="TIME",
    callback=_moment,
    help="Only those recorded since; UTC unless it says otherwise: 2026-01-31 or 2026-01-31T08:00+01:00.",
)
@click.option("--recorded-before", metavar="TIME", callback=_moment, help="Only those recorded before.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True)
@json_option
def list_(tenant: str | None, limit: int, as_json: bool, **query: Any) -> None:
    """List objects in the order of their keys, the newest version first."""
    from itertools import islice

    with open_workspace() as workspace:
        client = workspace.tenant(workspace.tenant_id(tenant))
        found = list(islice(client.all_objects(**query), limit + 1))
        rows = [
            {
                "object_key": item.object_key,
                "version": item.version,
                "state": "erased" if item.erased_at else item.state,
                "size": item.size,
                "backends": item.backends,
                "copies": f"{item.copies}/{item.replica_count}",
                "residency": item.residency,
                "key_id": item.key_id,
                "recorded_at": item.recorded_at.isoformat(timespec="seconds"),
            }
            for item in found[:limit]
        ]
        print_rows(rows, as_json=as_json, empty="No objects. Register one: secingest ingest --help")
        if len(found) > limit:
            say(f"{limit} shown, there are more: raise --limit, or narrow with --prefix.")


@objects.command()
@tenant_option
@click.option("--prefix", metavar="P", help="Only keys that begin with P.")
@click.option("--backend", metavar="B", help="Only copies there.")
@click.option("--differs", is_flag=True, help="Only copies that lie elsewhere, or on no registered backend.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True)
@json_option
def compliance(
    tenant: str | None, prefix: str | None, backend: str | None, differs: bool, limit: int, as_json: bool
) -> None:
    """Compare the bucket of each copy with the one that the namespace rule gives.

    Exit status 1 where one of those shown differs.
    """
    from itertools import islice

    from backend_stub.contract.objects import CompliancePage

    with open_workspace() as workspace:
        client = workspace.tenant(workspace.tenant_id(tenant))
        wanted = {"prefix": prefix, "backend": backend, "differs": "true" if differs else None}
        found = list(islice(client.every(CompliancePage, "/proxy/namespace/compliance", **wanted), limit + 1))
        rows = [
            {
                "object_key": item.object_key,
                "version": item.version,
                "backend": item.backend,
                "status": _status(matches=item.matches, registered=item.registered),
                "expected": item.expected,
                "actual": item.actual,
            }
            for item in found[:limit]
        ]
        empty = "Every copy lies in the bucket that the rule gives." if differs else "No objects."
        print_rows(rows, as_json=as_json, empty=empty)
        if len(found) > limit:
            say(f"{limit} shown, there are more: raise --limit, or narrow with --prefix.")
        if any(row["status"] != "complies" for row in rows):
            raise click.exceptions.Exit(1)


def _status(*, matches: bool, registered: bool) -> str:
    if not registered:
        return "unknown-backend"
    return "complies" if matches else "differs"


@objects.command()
@click.argument("object_key")
@click.option("--object-version", "version", metavar="V", help="The newest one by default.")
@json_option
def show(object_key: str, version: str | None, as_json: bool) -> None:
    """Show one object: its record, replicas, jobs and policy."""
    from secingest_tui.services.restore.locate import locate

    with open_workspace() as workspace:
        record = locate(workspace, object_key, version=version).record.model_dump(mode="json")
        if not as_json:
            record |= {f"registered {name}": value for name, value in record.pop("registration").items()}
        print_record(record, as_json=as_json)


@objects.command()
@click.argument("object_key")
@click.option("--object-version", "version", metavar="V", help="The newest one by default.")
@click.option("--residency", metavar="FI", help="Narrower than it is: countries, EU or EEA.")
@click.option("--replicas", type=click.IntRange(1, 16), help="Copies it should have, the first included.")
@json_option
def policy(
    object_key: str, version: str | None, residency: str | None, replicas: int | None, as_json: bool
) -> None:
    """Change the policy of one version of OBJECT_KEY.

    A residency can only be narrowed, and only to where every copy lies already; copies are never fewer than
    the tenant's policy asks for. The server makes missing copies by itself. The receipt stays as it is.
    """
    from backend_stub.contract.objects import ObjectPolicy, PolicyChange
    from secingest_tui.services.tenants import check_residency

    if residency is None and replicas is None:
        raise click.UsageError("Give --residency, --replicas, or both.")
    if residency is not None:
        check_residency(residency)
    with open_workspace() as workspace:
        client = workspace.tenant(object_key.split("/", 1)[0])
        found = client.versions(object_key, version=version).versions[0]
        change = PolicyChange(
            object_key=object_key,
            version=found.version,
            before=ObjectPolicy(residency=found.residency, replica_count=found.replica_count),
            residency=residency,
            replica_count=replicas,
        )
        done = client.change_policy(change)
        print_record(done.model_dump(mode="json"), as_json=as_json)


@objects.command()
@click.argument("object_key")
@click.option("--object-version", "version", metavar="V", help="Only this version; all of them by default.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def delete(object_key: str, version: str | None, yes: bool, as_json: bool) -> None:
    """Mark OBJECT_KEY as deleted at the server: a tombstone; the ciphertext stays at the provider."""
    if not yes:
        click.confirm(f"Mark {object_key} {version or '(every version)'} as deleted?", abort=True)
    with open_workspace() as workspace:
        done = workspace.tenant(object_key.split("/", 1)[0]).delete(object_key, version)
        print_record(done.model_dump(mode="json"), as_json=as_json)
        say("A tombstone: the ciphertext is still at the provider. Remove it: secingest objects erase")


@objects.command()
@click.argument("object_key")
@click.option("--object-version", "version", metavar="V", help="Only this version; all of them by default.")
@click.option("--yes", is_flag=True, help="Do not ask for the object's key to be typed.")
@click.option(
    "--signer-passphrase-file",
    type=PersonsPath(path_type=Path, dir_okay=False),
    help="Passphrase of the signing key, where this profile does not keep it.",
)
@json_option
def erase(
    object_key: str, version: str | None, yes: bool, signer_passphrase_file: Path | None, as_json: bool
) -> None:
    """Remove OBJECT_KEY at every provider, for good, and record a signed proof of it.

    Ciphertext, signature and further keys go, every version of them that the provider kept, other attempts
    at the same upload, and what workers copied or began to copy; with your own provider credentials. Then
    everything is listed again, and the proof is signed with your signing key and recorded at the server.

    Nothing is removed where a provider holds any of it (object lock: retention or legal hold). After an
    interruption or an unreachable provider run the same command again. Receipts and the audit log stay.
    """
    from secingest_tui.services.erasure.run import erase as run
    from secingest_tui.services.passphrase import from_file_or_terminal

    if not yes:
        what = f"{object_key} {version or '(every version)'}"
        typed = click.prompt(
            f"This removes {what} everywhere. It cannot be undone.\nType the object's key to go on", err=True
        )
        if typed != object_key:
            raise click.UsageError("That is not the object's key: nothing was removed.")
    with open_workspace() as workspace:
        signer = workspace.config.encryption.signer
        ask = from_file_or_terminal(signer_passphrase_file, f"Passphrase of signer {signer}")
        done = run(workspace, object_key, version, lambda: workspace.keyring.signer(signer, ask), say=say)
        for one in done:
            if as_json:
                print_json(one.answer)
                continue
            places = one.answer["proof"]["places"]
            print_record(
                {
                    "object_key": one.object_key,
                    "version": one.version,
                    "erased_at": one.answer["proof"]["erased_at"],
                    "places": [f"{place['backend']}: {place['bucket']}" for place in places],
                    "removed": sum(len(place["removed"]) for place in places),
                },
                as_json=False,
            )
            if one.before:
                say("It was erased before; nothing is there now.")
            for key in one.found_again:
                say(f"warning: {key} had come back since, and was removed again.")


@objects.command()
@click.argument("object_key", required=False)
@click.option("--object-version", "version", metavar="V", help="Only this version.")
@click.option("--file", "path", type=PersonsPath(path_type=Path, dir_okay=False), metavar="FILE",
              help="A proof from a file, as 'objects erase --json' prints it.")  # fmt: skip
@click.option("--server-key", type=PersonsPath(path_type=Path, dir_okay=False), metavar="PEM",
              help="The server's public key; the one first seen for this server by default.")  # fmt: skip
@signers_option
@json_option
def proof(
    object_key: str | None,
    version: str | None,
    path: Path | None,
    server_key: Path | None,
    signers: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show the proofs that versions of OBJECT_KEY were erased, with both signatures checked."""
    from secingest_tui.services.erasure.proof import load, verify_proof
    from secingest_tui.services.proof import pinned_server_key

    if (object_key is None) == (path is None):
        raise click.UsageError("Give an OBJECT_KEY, or --file FILE.")
    with open_workspace() as workspace:
        if path is not None:
            answers = [load(path)]
        else:
            client = workspace.tenant(str(object_key).split("/", 1)[0])
            answers = client.erasures(object_key=object_key, version=version)
        _, public = pinned_server_key(workspace, server_key)
        trusted = workspace.trusted_signers(signers)
        for answer in answers:
            verify_proof(answer, trusted, public)
            if as_json:
                print_json(answer)
        if not as_json:
            rows = [
                {
                    "object_key": answer["object_key"],
                    "version": answer["version"],
                    "erased_at": answer["proof"]["erased_at"],
                    "backends": [place["backend"] for place in answer["proof"]["places"]],
                    "signatures": "valid",
                }
                for answer in answers
            ]
            print_rows(rows, as_json=False, empty="Nothing of this object is proven to be erased.")
