"""A handful of the campaign's seeds, and that it finds out builds that are broken on purpose.

All of it: ``python -m tests.faults.campaign --runs 50 --seed 1``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.campaign import Plan, run_campaign, summary

pytestmark = pytest.mark.fault

# A client killed, one whose power is cut, the store killed, the server stopped, damage, a cut.
SEEDS = [18, 7, 4, 8, 1, 21]


def test_a_handful_of_seeds(tmp_path: Path) -> None:
    outcomes = run_campaign(tmp_path, SEEDS)
    assert not [outcome.line() for outcome in outcomes if outcome.violations], summary(outcomes)
    assert all(outcome.struck for outcome in outcomes), "every one of these faults strikes"
    assert {outcome.plan.victim for outcome in outcomes} == {
        "client", "power", "store", "server", "corrupt", "cut",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ("no-compare", "two contents under one key"),
        ("no-journal", "sent before the journal had them"),
        ("no-fsync", "sent before the journal had them"),
    ],
)
def test_a_broken_build_is_found_out(tmp_path: Path, broken: str, found: str) -> None:
    """By the seed that cuts the power in the middle of many parts and changes the file unseen."""
    (outcome,) = run_campaign(tmp_path, [7], broken=broken)
    assert any(found in text for text in outcome.violations), outcome.line()


def test_a_seed_always_means_the_same() -> None:
    assert [Plan.of(seed) for seed in range(50)] == [Plan.of(seed) for seed in range(50)]
    assert len({(plan.kind, plan.victim) for plan in map(Plan.of, range(1, 51))}) > 15
