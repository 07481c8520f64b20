"""The shipped catalogue keeps its own rules, and a search never takes unknown for no."""

from __future__ import annotations

import json
from importlib.resources import files
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend_stub.contract.residency import COUNTRIES, GROUPS
from secingest_tui.claims import CERTIFICATIONS, FEATURES, Claim, OwnProvider, Provider
from secingest_tui.config import Config, parse
from secingest_tui.errors import UsageError
from secingest_tui.models.discovery import SORT_KEYS, Wanted
from secingest_tui.services.providers.catalogue import catalogue_of, find, load_catalogue
from secingest_tui.services.providers.probe import Answer, ProbeReport, Verdict
from secingest_tui.services.providers.probe.compare import compared, provider_of
from secingest_tui.services.providers.search import countries_of, search, side_by_side

RAW = json.loads(files("secingest_tui.services.providers").joinpath("catalogue.json").read_text())


def test_the_shipped_catalogue_keeps_its_rules() -> None:
    shipped = load_catalogue()
    assert len(shipped) == len(RAW) >= 30
    assert len({provider.id for provider in shipped}) == len(shipped)
    for provider in shipped:
        assert set(provider.features) == set(FEATURES), provider.id
        assert set(provider.certifications) == set(CERTIFICATIONS), provider.id
        claims = [provider.jurisdiction, *provider.features.values(), *provider.certifications.values()]
        for claim in claims:
            if claim.value is None:
                # Nothing was found: there is nothing to be the source of.
                assert claim.source_date is None or claim.source, provider.id
            else:
                assert claim.source, provider.id
                assert claim.source_kind in ("vendor", "third_party"), provider.id
                assert claim.dated != "undated", provider.id
                assert claim.checked, provider.id
                # Nobody has read a source before it was written.
                assert claim.checked >= (claim.source_date or ""), provider.id
        assert provider.jurisdiction.value is None or provider.jurisdiction.value in COUNTRIES
        assert len({region.id for region in provider.regions}) == len(provider.regions), provider.id
        for region in provider.regions:
            assert region.country is None or region.country in COUNTRIES, (provider.id, region.id)
            assert region.source, (provider.id, region.id)
            assert region.checked, (provider.id, region.id)
            assert region.checked >= (region.source_date or ""), (provider.id, region.id)
            if region.endpoint is not None:
                assert urlsplit(region.endpoint).scheme == "https", (provider.id, region.id)


@pytest.mark.parametrize(
    "change",
    [
        {"source": None},
        {"source_kind": None},
        {"source_date": "yesterday"},
        {"value": "perhaps"},
        {"surprise": 1},
    ],
)
def test_a_claim_without_its_source_is_refused(change: dict[str, object]) -> None:
    good = {
        "value": True,
        "source": "https://example.org",
        "source_date": "2026-01-01",
        "source_kind": "vendor",
    }
    Claim[bool].model_validate(good)
    with pytest.raises(ValueError, match=r"source|value|surprise|pattern|valid"):
        Claim[bool].model_validate(good | change)


TRUTHS = {True: "yes", False: "no", None: "unknown"}


@settings(max_examples=60, deadline=None)
@given(
    features=st.lists(st.sampled_from(FEATURES), unique=True, max_size=3),
    certifications=st.lists(st.sampled_from(CERTIFICATIONS), unique=True, max_size=2),
    jurisdiction=st.sampled_from([None, "EU", "EEA", "DE"]),
    sort=st.sampled_from(SORT_KEYS),
)
def test_a_search_keeps_yes_no_and_unknown_apart(
    features: list[str], certifications: list[str], jurisdiction: str | None, sort: object
) -> None:
    """Against a plain reading of the file itself."""
    wanted = Wanted(features=tuple(features), certifications=tuple(certifications), jurisdiction=jurisdiction)
    found = search(load_catalogue(), wanted, sort)  # type: ignore[arg-type]
    expected: dict[str, set[str]] = {"yes": set(), "no": set(), "unknown": set()}
    for entry in RAW:
        said = [entry["features"][name]["value"] for name in features]
        said += [entry["certifications"][name]["value"] for name in certifications]
        if jurisdiction:
            seat = entry["jurisdiction"]["value"]
            allowed = GROUPS[jurisdiction].countries if jurisdiction in GROUPS else {jurisdiction}
            said.append(None if seat is None else seat in allowed)
        verdict = "no" if False in said else "unknown" if None in said else "yes"
        expected[verdict].add(entry["id"])
    assert {provider.id for provider in found.matching} == expected["yes"]
    assert {provider.id for provider in found.perhaps} == expected["unknown"]


def test_a_country_is_only_ruled_out_where_all_regions_are_known() -> None:
    finnish = search(load_catalogue(), Wanted(countries=("FI",)))
    assert all("FI" in countries_of(provider) for provider in finnish.matching)
    perhaps = {provider.id for provider in finnish.perhaps}
    assert {"ceph-rgw", "seaweedfs"} <= perhaps
    assert "upcloud" in {provider.id for provider in finnish.matching}


def config(text: str) -> Config:
    import tomllib

    return parse(Config, tomllib.loads(text), "config.toml")


OWN = """
[providers.our-ceph]
name = "Our Ceph"
kind = "self_hosted"
jurisdiction = { value = "FI", source = "our register", source_date = 2026-01-15 }
notes = ["In the basement."]
[[providers.our-ceph.regions]]
id = "basement"
country = "FI"
endpoint = "https://ceph.example.org"
[providers.our-ceph.features]
object_lock = { value = true, source = "our own probe" }
[providers.our-ceph.certifications]
tisax = { value = true, source = "certificate 4711", source_date = 2025-06-01 }

[providers.hetzner.features]
object_lock = { value = false, source = "our contract", source_date = 2026-02-01 }
s3_versioning = {}
[[providers.hetzner.regions]]
id = "{region}"
city = "corrected"
"""


def test_a_person_adds_and_overrides() -> None:
    before = find(load_catalogue(), "hetzner")
    catalogue = catalogue_of(config(OWN.replace("{region}", before.regions[0].id)))
    assert len(catalogue) == len(load_catalogue()) + 1
    own = find(catalogue, "our-ceph")
    assert own.jurisdiction.value == "FI"
    assert own.jurisdiction.source_date == "2026-01-15"
    assert own.features["object_lock"].source_kind == "own"
    after = find(catalogue, "hetzner")
    assert after.features["object_lock"].value is False
    assert after.features["s3_versioning"].value is None
    assert after.features["multipart"] == before.features["multipart"]
    assert after.regions[0].city == "corrected"
    assert after.regions[0].source == "your configuration"
    assert (after.regions[0].source_date, after.regions[0].checked) == (None, None)
    assert after.regions[0].dated == "undated"
    assert after.regions[1] == before.regions[1]
    assert after.regions[0].country == before.regions[0].country
    assert after.regions[0].endpoint == before.regions[0].endpoint
    assert len(after.regions) == len(before.regions)
    found = search(catalogue, Wanted(certifications=("tisax",)))
    assert [provider.id for provider in found.matching] == ["our-ceph"]
    assert find(load_catalogue(), "hetzner") == before


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[providers.x]\nname = "X"', ["providers.x.kind"]),
        ("[providers.x.features]", ["providers.x.name", "providers.x.kind"]),
        (
            '[providers.hetzner.features]\nobject_lok = { value = true, source = "s" }',
            ["providers.hetzner.features", "object_lok", "object_lock"],
        ),
        ("[providers.hetzner.features]\nobject_lock = { value = true }", ["object_lock", "source"]),
        ('[providers.hetzner]\njurisdiction = { value = "Germany", source = "s" }', ["jurisdiction.value"]),
        ('[[providers.hetzner.regions]]\nid = "x"\nendpoint = "ftp://x"', ["regions.0.endpoint", "https://"]),
        ('[[providers.hetzner.regions]]\ncountry = "DE"', ["regions.0.id"]),
        ("[providers.hetzner]\nprice = 3", ["providers.hetzner.price", "unknown key"]),
        ('[providers."NO SUCH"]\nname = "x"', ["providers"]),
    ],
)
def test_a_wrong_addition_names_its_place(text: str, named: list[str]) -> None:
    with pytest.raises(UsageError) as raised:
        catalogue_of(config(text))
    for word in named:
        assert word in raised.value.message
    assert raised.value.hint


def test_an_unknown_provider_is_answered_with_what_is_alike() -> None:
    with pytest.raises(UsageError, match="did you mean hetzner"):
        find(load_catalogue(), "hetznr")


def test_side_by_side_has_every_statement_once() -> None:
    pair = [find(load_catalogue(), name) for name in ("hetzner", "minio")]
    lines = side_by_side(pair)
    assert len({(line.group, line.name) for line in lines}) == len(lines)
    assert {line.name for line in lines} >= {*FEATURES, *CERTIFICATIONS, "jurisdiction", "countries"}
    by_name = {line.name: line for line in lines}
    assert by_name["jurisdiction"].cells["minio"].value is None
    assert by_name["jurisdiction"].differs


def report(endpoint: str, **verdicts: Verdict) -> ProbeReport:
    answers = tuple(Answer(id=question, verdict=verdict) for question, verdict in verdicts.items())
    return ProbeReport.model_validate(
        {
            "backend": "b", "provider": "s3", "endpoint": endpoint, "region": "r", "complete": True,
            "started_at": "2026-11-24T12:00:00Z", "seconds": 1, "answers": answers,
        }
    )  # fmt: skip


def test_a_probe_is_compared_with_what_the_catalogue_claims() -> None:
    hetzner = find(load_catalogue(), "hetzner")
    endpoint = str(hetzner.regions[0].endpoint)
    assert provider_of(load_catalogue(), "s3", endpoint) == hetzner
    assert provider_of(load_catalogue(), "ceph", "http://127.0.0.1:1") == find(load_catalogue(), "ceph-rgw")
    assert provider_of(load_catalogue(), "s3", "http://127.0.0.1:1") is None
    claimed = hetzner.features["object_lock"].value
    found = report(
        endpoint, object_lock=Verdict.NO if claimed else Verdict.YES, multipart=Verdict.COULD_NOT_TELL
    )
    rows = {row["feature"]: row for row in compared(load_catalogue(), found)}
    assert rows["object_lock"]["agrees"] is False
    assert rows["object_lock"]["source"] == hetzner.features["object_lock"].source
    assert rows["multipart"]["agrees"] is None
    assert rows["multipart"]["probe"] == "unknown"


def test_own_providers_are_providers() -> None:
    """What a person writes has no field that the catalogue lacks."""
    assert set(OwnProvider.model_fields) < set(Provider.model_fields)
