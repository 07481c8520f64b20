"""A handful of the replication campaign's seeds, and that it finds out workers broken on purpose.

All of it: ``python -m tests.faults.replication --runs 104 --seed 1``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.replication import VICTIMS, Plan, run_campaign, summary

pytestmark = pytest.mark.fault

# A worker and the target killed, damage on the way, a lease that expires in mid-copy. The others are the
# campaign's.
SEEDS = [1, 4, 8, 12]


def test_a_handful_of_seeds(tmp_path: Path) -> None:
    outcomes = run_campaign(tmp_path, SEEDS)
    assert not [outcome.line() for outcome in outcomes if outcome.violations], summary(outcomes)
    assert [outcome.plan.victim for outcome in outcomes] == ["worker", "target", "corrupt", "lease"]
    assert all(outcome.struck for outcome in outcomes), "every one of these faults strikes"


@pytest.mark.parametrize(
    ("broken", "seed", "found"),
    [
        ("no-residency", 7, "lies in a forbidden country"),
        ("no-check", 8, "is rot"),
        ("early", 7, "is missing"),
    ],
)
def test_a_broken_worker_is_found_out(tmp_path: Path, broken: str, seed: int, found: str) -> None:
    (outcome,) = run_campaign(tmp_path, [seed], broken=broken)
    assert any(found in text for text in outcome.violations), outcome.line()


def test_a_seed_always_means_the_same() -> None:
    assert [Plan.of(seed) for seed in range(100)] == [Plan.of(seed) for seed in range(100)]
    assert {Plan.of(seed).victim for seed in range(1, 14)} == set(VICTIMS)
