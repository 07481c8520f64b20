"""How backends, providers, probes, buckets and objects are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from secingest_tui.models.directory import BackendView, Fact, ProviderView
from secingest_tui.models.discovery import AnswerView, BucketFound, ObjectFound, ProbeRow
from secingest_tui.text import cell, size, when
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.table import Column, Row

UNKNOWN = "unknown"

BACKEND_COLUMNS = (
    Column("Backend", 14, 1), Column("Country", 7), Column("Probed", 17), Column("Credentials", 11),
    Column("Endpoint", 20, 2), Column("Region", 10, 1),
)  # fmt: skip
PROVIDER_COLUMNS = (
    Column("Provider", 26, 2), Column("Law", 9, 1), Column("Kind", 11), Column("Regions", 8, 2),
    Column("Certificates", 15, 3),
)  # fmt: skip
PROBE_COLUMNS = (
    Column("Probed", 17), Column("Backend", 14, 1), Column("Usable", 9), Column("Yes", 3, right=True),
    Column("No", 3, right=True), Column("?", 3, right=True), Column("What it does not do", 20, 3),
)  # fmt: skip
BUCKET_COLUMNS = (
    Column("Bucket", 32, 2, tail=True), Column("Objects", 9, right=True), Column("Size", 10, right=True),
    Column("Older", 7, right=True), Column("Newest", 10),
)  # fmt: skip
OBJECT_COLUMNS = (
    Column("Key", 30, 2, tail=True), Column("Size", 10, right=True), Column("Changed", 17),
    Column("State", 8),
)  # fmt: skip

_VERDICTS = {"yes": ("✓", "green"), "no": ("✗", "red"), "could-not-tell": ("?", "dim")}


@dataclass(frozen=True, slots=True)
class Known:
    """A backend with its newest probe and how transfers are made."""

    backend: BackendView
    probe: ProbeRow | None
    settings: tuple[tuple[str, str], ...] = ()
    operator: bool = False
    """Whether the operator's key at the provider is here."""


def backend_row(known: Known) -> Row:
    backend = known.backend
    return Row(
        backend.id,
        (
            cell(backend.id, "bold"),
            cell(backend.country or UNKNOWN),
            _probed(known.probe),
            cell("✓ present", "green") if backend.has_credentials else cell("○ none", "yellow"),
            cell(backend.endpoint, "dim"),
            cell(backend.region),
        ),
    )


def _probed(probe: ProbeRow | None) -> Text:
    if probe is None:
        return cell("○ never", "yellow")
    moment = when(probe.started_at, short=True)[:10]
    return cell("✓ " + moment, "green") if probe.usable else cell("✗ " + moment, "red")


def backend_facts(known: Known) -> Sequence[Item]:
    backend = known.backend
    have = "present in this installation; never shown"
    items = [
        Item("backend", backend.id),
        Item("provider", backend.provider),
        Item("region", backend.region),
        Item("country", backend.country or "unknown: treated as outside of every country"),
        Item("endpoint", backend.endpoint),
        Item("credentials", have if backend.has_credentials else "none: add with secingest backends add"),
        Item("How transfers are made", "by you, by the last probe, or by default", heading=True),
        *(Item(name, value) for name, value in known.settings),
    ]
    if known.probe is None:
        return [*items, Item("Last probe", "never: p finds out what it really does", heading=True)]
    return [*items, *_answers(known.probe)]


def provider_row(provider: ProviderView) -> Row:
    countries = sorted({region.country for region in provider.regions if region.country})
    known = [fact.label for fact in provider.certifications if fact.value == "yes"]
    return Row(
        provider.id,
        (
            cell(provider.name, "bold"),
            cell(law(provider)),
            cell(provider.kind),
            cell(", ".join(countries) or ("yours" if provider.kind == "self-hosted" else UNKNOWN)),
            cell(", ".join(known) or UNKNOWN, "" if known else "dim"),
        ),
    )


def law(provider: ProviderView) -> str:
    """Where it sits, and its parent where that is elsewhere; nothing known is said as such."""
    where = provider.jurisdiction or UNKNOWN
    return where + " (" + provider.parent + ")" if provider.parent and provider.parent != where else where


def provider_facts(provider: ProviderView) -> Sequence[Item]:
    items = [
        Item("provider", provider.name),
        Item("id", provider.id),
        Item("kind", provider.kind),
        Item("jurisdiction", provider.jurisdiction or UNKNOWN),
        Item("parent company", provider.parent or UNKNOWN),
        *(Item("note", note) for note in provider.notes),
        Item("Certificates", "as found on the date; each holds for its scope only", heading=True),
        *(_fact(fact) for fact in provider.certifications),
        Item("Features", "unknown is not no", heading=True),
        *(_fact(fact) for fact in provider.features),
        Item("Regions", "" if provider.regions else "none are known", heading=True),
    ]
    for region in provider.regions:
        items.append(
            Item(region.id, (region.country or UNKNOWN) + "  " + (region.endpoint or "endpoint unknown"))
        )
    return items


def _fact(fact: Fact) -> Item:
    if fact.value is None:
        return Item(fact.label, UNKNOWN, style="dim")
    where = " · ".join(part for part in (fact.scope, fact.source, fact.date) if part)
    return Item(fact.label, fact.value + ("  (" + where + ")" if where else ""))


def probe_row(probe: ProbeRow) -> Row:
    lacks = [answer.id.replace("_", " ") for answer in probe.answers if answer.verdict == "no"]
    state = (
        ("✓ yes", "green") if probe.usable else ("✗ no", "red") if probe.complete else ("■ stopped", "yellow")
    )
    return Row(
        probe.id,
        (
            cell(when(probe.started_at, short=True), "bold"),
            cell(probe.backend),
            cell(*state),
            cell(str(probe.count("yes")), right=True),
            cell(str(probe.count("no")), right=True),
            cell(str(probe.count("could-not-tell")), right=True),
            cell(", ".join(lacks) or "-", "dim"),
        ),
        probe.backend + ", " + when(probe.started_at),
    )


def probe_facts(probe: ProbeRow) -> Sequence[Item]:
    return [
        Item("backend", probe.backend),
        Item("endpoint", probe.endpoint),
        Item("credentials of", probe.tenant or "this profile"),
        *_answers(probe),
    ]


def _answers(probe: ProbeRow) -> list[Item]:
    items = [Item("Answers", "of " + when(probe.started_at), heading=True)]
    items += [_answer(answer) for answer in probe.answers]
    if probe.against:
        items.append(Item("Catalogue differs", "its word, and what was found", heading=True))
        items += [Item(feature.replace("_", " "), text) for feature, text in probe.against]
    if probe.residue:
        items.append(Item("Could not be removed", "next: secingest providers probe --cleanup", heading=True))
        items += [Item("left behind", text) for text in probe.residue]
    return items


def _answer(answer: AnswerView) -> Item:
    mark, style = _VERDICTS.get(answer.verdict, ("?", "dim"))
    words = 'the provider said "' + answer.words + '"' if answer.words else ""
    told = "; ".join(part for part in (answer.detail, words) if part)
    verdict = answer.verdict.replace("-", " ")
    return Item(
        mark + " " + answer.id.replace("_", " "), verdict + (": " + told if told else ""), style=style
    )


def bucket_row(bucket: BucketFound) -> Row:
    if bucket.problem:
        failed = (cell("✗ failed", "red"), cell("?", right=True), cell("?", right=True), cell(""))
        return Row(bucket.name, (cell(bucket.name, "bold"), *failed))
    return Row(
        bucket.name,
        (
            cell(bucket.name, "bold"),
            cell(format(bucket.objects, ","), right=True),
            cell(size(bucket.bytes), right=True),
            cell(format(bucket.versions + bucket.delete_markers, ","), right=True),
            cell(when(bucket.newest, short=True)[:10], "dim"),
        ),
    )


def bucket_facts(bucket: BucketFound) -> Sequence[Item]:
    if bucket.problem:
        return (
            Item("bucket", bucket.name),
            Item("not counted", bucket.problem, style="red"),
            Item("next step", bucket.hint),
        )
    return (
        Item("bucket", bucket.name),
        Item("objects", format(bucket.objects, ",")),
        Item("size", size(bucket.bytes) + "  (" + format(bucket.bytes, ",") + " bytes)"),
        Item("older versions", format(bucket.versions, ",") + ", " + size(bucket.version_bytes)),
        Item("delete markers", format(bucket.delete_markers, ",")),
        Item("newest", when(bucket.newest)),
    )


def object_row(found: ObjectFound) -> Row:
    styles = {"latest": "green", "older": "dim", "deleted": "yellow"}
    return Row(
        found.key + "\x00" + (found.version_id or ""),
        (
            cell(found.key, "bold"),
            cell(size(found.size), right=True),
            cell(when(found.modified_at, short=True), "dim"),
            cell(found.state, styles.get(found.state, "")),
        ),
        found.key,
    )


def object_facts(found: ObjectFound) -> Sequence[Item]:
    return (
        Item("key", found.key),
        Item("size", size(found.size) + "  (" + format(found.size, ",") + " bytes)"),
        Item("changed", when(found.modified_at)),
        Item("etag", found.etag),
        Item("version", found.version_id or "not versioned"),
        Item("state", found.state),
    )
