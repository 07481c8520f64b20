"""``secingest providers``: the catalogue, and what is really there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.discover import discover
from secingest_tui.cli.output import json_option, print_json, print_record, print_rows
from secingest_tui.cli.probe import probe, probes
from secingest_tui.models.discovery import SORT_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from secingest_tui.claims import Claim, Provider

UNKNOWN = "unknown"


@click.group()
def providers() -> None:
    """S3 providers: what is known about them, and what an endpoint really does.

    Every statement of the catalogue has a source and a date. Unknown is never "no".
    """


providers.add_command(probe)
providers.add_command(probes)
providers.add_command(discover)


@providers.command("list")
@click.option("--country", "countries", multiple=True, metavar="FI", help="With a region there; repeatable.")
@click.option("--residency", metavar="EU", help="With a region it allows: FI,DE or EU or EEA.")
@click.option("--jurisdiction", metavar="EU", help="The company sits there: a country, a list, EU or EEA.")
@click.option("--certification", "certifications", multiple=True, metavar="iso27001", help="Repeatable.")
@click.option("--feature", "features", multiple=True, metavar="object_lock", help="Repeatable.")
@click.option("--kind", type=click.Choice(["hosted", "self-hosted"]))
@click.option("--text", default="", metavar="WORD", help="Part of the name.")
@click.option("--or-unknown", is_flag=True, help="Also those of which something asked for is unknown.")
@click.option("--sort", type=click.Choice(SORT_KEYS), default="name", show_default=True)
@json_option
def list_(
    countries: tuple[str, ...], kind: str | None, or_unknown: bool, sort: Any, as_json: bool, **asked: Any
) -> None:
    """List the providers for which everything asked for is known to hold."""
    from secingest_tui.models.discovery import Wanted
    from secingest_tui.services.providers.catalogue import catalogue_of
    from secingest_tui.services.providers.search import search

    with open_workspace() as workspace:
        catalogue = catalogue_of(workspace.config)
    _check_names(catalogue, asked["certifications"], asked["features"])
    wanted = Wanted(
        countries=tuple(_country(country) for country in countries),
        kind=kind.replace("-", "_") if kind else None,
        **asked,
    )
    try:
        found = search(catalogue, wanted, sort)
    except ValueError as error:
        raise click.UsageError(f"--residency or --jurisdiction: {error}.") from None
    rows = [_row(provider, "yes") for provider in found.matching]
    if or_unknown:
        rows += [_row(provider, UNKNOWN) for provider in found.perhaps]
    if not as_json:
        narrowed = bool(found.perhaps)
        rows = [_shown(row, with_match=or_unknown and narrowed) for row in rows]
    print_rows(rows, as_json=as_json, empty="No provider is known to have all of that.")
    if found.perhaps and not or_unknown and not as_json:
        say(f"Of {len(found.perhaps)} more something asked for is unknown: see them with --or-unknown.")


def _check_names(catalogue: tuple[Provider, ...], certifications: Any, features: Any) -> None:
    from secingest_tui.claims import FEATURES
    from secingest_tui.services.providers.search import certifications_known

    known_certifications = certifications_known(catalogue)
    for option, given, known in (
        ("--certification", certifications, known_certifications),
        ("--feature", features, FEATURES),
    ):
        for name in given:
            if name not in known:
                raise click.UsageError(f"{option}: there is no {name!r}; known are: {', '.join(known)}.")


def _country(value: str) -> str:
    from backend_stub.contract.residency import check_country

    try:
        return check_country(value)
    except ValueError as error:
        raise click.UsageError(f"--country: {error}.") from None


def _row(provider: Provider, match: str) -> dict[str, Any]:
    from secingest_tui.services.providers.search import countries_of

    return {
        "id": provider.id,
        "name": provider.name,
        "kind": provider.kind.replace("_", "-"),
        "jurisdiction": provider.jurisdiction.value,
        "countries": countries_of(provider),
        "regions": len(provider.regions),
        "certifications": {name: claim.value for name, claim in provider.certifications.items()},
        "features": {name: claim.value for name, claim in provider.features.items()},
        "match": match,
    }


def _shown(row: dict[str, Any], *, with_match: bool) -> dict[str, Any]:
    """A row for people: what is unknown is called so."""
    certified = [name for name, value in row["certifications"].items() if value]
    shown = {
        "id": row["id"],
        "name": row["name"],
        "law": row["jurisdiction"] or UNKNOWN,
        "countries": ",".join(row["countries"]) or ("yours" if row["kind"] == "self-hosted" else UNKNOWN),
        "certified": ",".join(certified) or UNKNOWN,
        "features": f"{sum(value is True for value in row['features'].values())} of {len(row['features'])}",
    }
    return shown | ({"match": row["match"]} if with_match else {})


@providers.command()
@click.argument("provider_id", metavar="PROVIDER")
@json_option
def show(provider_id: str, as_json: bool) -> None:
    """Show everything known of PROVIDER, with every source and its date."""
    from secingest_tui.services.providers.catalogue import catalogue_of, find

    with open_workspace() as workspace:
        provider = find(catalogue_of(workspace.config), provider_id)
    if as_json:
        print_json(provider)
        return
    print_record(
        {
            "id": provider.id,
            "name": provider.name,
            "kind": provider.kind.replace("_", "-"),
            "jurisdiction": _said(provider.jurisdiction),
        },
        as_json=False,
    )
    for title, claims in (("FEATURES", provider.features), ("CERTIFICATIONS", provider.certifications)):
        click.echo(f"\n{title}")
        _print_claims(claims)
    click.echo("\nREGIONS")
    rows = [
        {
            "region": region.id,
            "country": region.country or UNKNOWN,
            "city": region.city,
            "endpoint": region.endpoint or region.endpoint_template or UNKNOWN,
            "source": _source(region.source, region.dated),
        }
        for region in provider.regions
    ]
    if rows:
        print_rows(rows, as_json=False, empty="")
    else:
        click.echo("none are known" if provider.kind == "hosted" else "where you run it")
    for note in provider.notes:
        click.echo("\nnote: " + _visible(note))


@providers.command()
@click.argument("provider_ids", metavar="PROVIDER...", nargs=-1, required=True)
@click.option("--differences", is_flag=True, help="Only the lines that differ.")
@click.option("--sources", is_flag=True, help="With the source and date of every statement.")
@json_option
def compare(provider_ids: tuple[str, ...], differences: bool, sources: bool, as_json: bool) -> None:
    """Lay providers side by side, a line a statement."""
    from secingest_tui.services.providers.catalogue import catalogue_of, find
    from secingest_tui.services.providers.search import side_by_side

    wanted = tuple(dict.fromkeys(provider_ids))
    if len(wanted) < 2:
        raise click.UsageError("Name at least two providers.")
    with open_workspace() as workspace:
        catalogue = catalogue_of(workspace.config)
    lines = side_by_side([find(catalogue, provider_id) for provider_id in wanted])
    lines = [line for line in lines if line.differs or not differences]
    if as_json:
        for line in lines:
            cells = {
                name: {
                    "value": cell.value,
                    "source": cell.source,
                    "source_date": cell.source_date,
                    "checked": cell.checked,
                }
                for name, cell in line.cells.items()
            }
            print_json(
                {"group": line.group, "statement": line.name, "differs": line.differs, "providers": cells}
            )
        return
    rows = [
        {"statement": line.name, **{name: cell.value or UNKNOWN for name, cell in line.cells.items()}}
        for line in lines
    ]
    print_rows(rows, as_json=False, empty="They do not differ in anything known.")
    if sources:
        for line in lines:
            for name, cell in line.cells.items():
                if cell.source:
                    click.echo(f"{line.name}, {name}: {_source(_visible(cell.source), cell.dated)}")


def _print_claims(claims: Mapping[str, Claim[bool]]) -> None:
    rows = [
        {
            "what": name,
            "value": UNKNOWN if claim.value is None else "yes" if claim.value else "no",
            "source": _source(claim.source, claim.dated),
        }
        for name, claim in claims.items()
    ]
    print_rows(rows, as_json=False, empty="Nothing is known.")


def _said(claim: Claim[str]) -> str:
    if claim.value is None:
        return UNKNOWN
    return f"{claim.value} ({_source(claim.source, claim.dated)})"


def _source(source: str | None, dated: str) -> str | None:
    return f"{source} ({dated})" if source else None


def _visible(text: str) -> str:
    from secingest_tui.text import visible

    return visible(text)
