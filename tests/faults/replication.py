"""Seeded runs that break replication somewhere, let it recover by itself, and look at every job and copy.

    python -m tests.faults.replication --runs 100 --seed 1
    python -m tests.faults.replication --runs 20 --seed 1 --broken no-residency

Two homes with a real stack each: the first has the metadata server and the source store, the second the
target store, both stores behind proxies. Each run takes its victim and moment from its seed and prints them.
Afterwards every job is succeeded, dead with a true reason, or blocked; every succeeded replica is there and
right, frame by frame; nothing lies in a forbidden country. Exit code 1 where that does not hold, and with
``--broken`` where it always does. A full disk at the target needs the right to mount a tmpfs (root).
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from secingest_tui.errors import SecingestError
from tests.faults.replication_child import BROKEN
from tests.faults.replication_rig import FORBIDDEN, MIB, ReplicationRig
from tests.rigs.fault_proxy import Corrupt, Cut
from tests.rigs.waiting import wait_for

VICTIMS = (
    "worker", "worker", "server", "source", "target", "cut-source", "cut-target", "slow", "corrupt",
    "disk", "clock", "twins", "lease",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does. ``moment``: after how many bytes on the way to the target, or of a connection."""

    seed: int
    victim: str
    moment: int
    sizes: tuple[int, ...]
    later: bool
    """The clock jumps forward, not back."""

    @classmethod
    def of(cls, seed: int) -> Plan:
        dice = random.Random(seed)
        victim = VICTIMS[seed % len(VICTIMS)] if seed <= len(VICTIMS) else dice.choice(VICTIMS)
        large = dice.randrange(17 * MIB, 26 * MIB)
        sizes = (large, *(dice.randrange(1, 300_000) for _ in range(3)))
        reach = 8 * MIB if victim.startswith(("cut", "corrupt")) else large
        return cls(seed, victim, dice.randrange(2_000, reach), sizes, dice.random() < 0.5)


@dataclass(slots=True)
class Outcome:
    """How a run ended. ``struck``: the fault came while something was copied."""

    plan: Plan
    struck: bool = False
    states: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def line(self) -> str:
        verdict = "VIOLATION " + " | ".join(self.violations) if self.violations else "ok"
        notes = "; " + "; ".join(self.notes) if self.notes else ""
        struck = "" if self.struck else " (not reached)"
        return (
            f"seed {self.plan.seed:<5} {self.plan.victim:<10} at {self.plan.moment:>10,} B{struck}; "
            f"{' '.join(self.states)}{notes}; {self.seconds:.1f} s: {verdict}"
        )


class Run:
    """One run on a rig that is whole."""

    def __init__(self, rig: ReplicationRig, plan: Plan) -> None:
        self._rig = rig
        self._plan = plan
        self._outcome = Outcome(plan)

    def __call__(self) -> Outcome:
        begun = time.monotonic()
        try:
            self._rig.begin(self._plan.seed, self._plan.sizes)
            self._break()
            self._rig.heal()
            self._recover()
            self._look()
        except (AssertionError, SecingestError) as error:
            self._outcome.violations.append(f"{error}"[:2000])
        finally:
            self._rig.heal()
            self._rig.end()
        self._outcome.seconds = time.monotonic() - begun
        return self._outcome

    def _break(self) -> None:
        rig, plan = self._rig, self._plan
        if plan.victim in ("worker", "server", "source", "target", "lease", "disk", "clock", "twins"):
            rig.target.bandwidth = 20 * MIB
        if plan.victim == "cut-source":
            rig.source.break_down(Cut(plan.moment, reset=plan.later))
        if plan.victim == "cut-target":
            rig.target.break_up(Cut(plan.moment, reset=plan.later))
        if plan.victim == "corrupt":
            rig.source.break_down(Corrupt(plan.moment))
        if plan.victim == "slow":
            rig.source.latency, rig.target.bandwidth = 0.02, 6 * MIB
        names = ("twin", "twin") if plan.victim == "twins" else ("one",)
        for name in names:
            rig.start_worker(name)
        if plan.victim.startswith(("cut", "corrupt")):
            armed = rig.source if plan.victim != "cut-target" else rig.target
            rig.until(lambda: armed.struck)
            self._outcome.struck = bool(armed.struck)
            return
        self._outcome.struck = rig.until(lambda: rig.passed() >= plan.moment)
        if self._outcome.struck:
            self._strike()

    def _strike(self) -> None:
        rig, plan = self._rig, self._plan
        match plan.victim:
            case "worker" | "twins":
                rig.kill_worker()
                rig.start_worker("another")
            case "server":
                rig.kill(rig.here, "server")
            case "source":
                rig.kill(rig.here, "store")
            case "target":
                rig.kill(rig.there, "store")
            case "disk":
                if rig.fill_disk():
                    rig.until(rig.any_failure, seconds=15)
                else:
                    self._outcome.notes.append("no right to mount: the target was killed instead")
                    rig.kill(rig.there, "store")
            case "clock":
                rig.jump_clock(3600 if plan.later else -3600)
            case "lease":
                rig.freeze_worker()
                rig.start_worker("second")
                rig.until(rig.lease_was_lost, seconds=30)
                rig.thaw_worker()

    def _recover(self) -> None:
        """By itself; only the waiting between attempts is cut short, as a person does with retry."""
        rig = self._rig

        def over() -> bool:
            if not rig.workers:
                rig.start_worker("last")
            return rig.all_over()

        try:
            wait_for(over, "the end of every job", 300)
        except AssertionError:
            self._outcome.notes += [f"{job.state}: {job.reason}" for job in rig.jobs()]
            raise
        rig.stop_workers()

    def _look(self) -> None:
        rig, out = self._rig, self._outcome
        for job in rig.jobs():
            out.states.append(job.state)
            if job.target == FORBIDDEN:
                self._check(job.state == "blocked", f"a forbidden job is {job.state}")
            elif job.state == "dead":
                self._check(bool(job.reason), "a dead job without a reason")
                self._check(False, f"dead though everything works again: {job.reason}")
            else:
                self._check(job.state == "succeeded", f"a job is {job.state}: {job.reason}")
        out.violations += rig.wrong_replicas()
        out.violations += rig.forbidden_objects()
        self._check(not rig.unfinished(), f"unfinished uploads are left: {rig.unfinished()}")

    def _check(self, holds: bool, text: str) -> None:
        if not holds:
            self._outcome.violations.append(text)


def run_campaign(
    folder: Path,
    seeds: list[int],
    *,
    broken: str | None = None,
    tell: Callable[[str], None] = print,
    stop_early: bool = False,
) -> list[Outcome]:
    """Run every seed on one rig; with ``stop_early`` only up to the first violation."""
    outcomes = []
    with ReplicationRig(folder, broken=broken) as rig:
        for seed in seeds:
            outcome = Run(rig, Plan.of(seed))()
            outcomes.append(outcome)
            tell(outcome.line())
            if outcome.violations and stop_early:
                break
    return outcomes


def summary(outcomes: list[Outcome]) -> str:
    """Figures of a campaign, by victim."""
    lines = [f"{len(outcomes)} runs, {sum(bool(item.violations) for item in outcomes)} with violations, "
             f"{sum(item.struck for item in outcomes)} where the fault struck, "
             f"{sum(item.seconds for item in outcomes):.0f} s"]  # fmt: skip
    counted = Counter((item.plan.victim, bool(item.violations)) for item in outcomes)
    for victim in sorted(set(VICTIMS)):
        lines.append(f"  {victim:<10} {counted[victim, False]:>3} ok {counted[victim, True]:>3} violated")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first run; the next ones count up")
    parser.add_argument(
        "--broken", choices=sorted(BROKEN), help="run a worker broken on purpose: it must fail"
    )
    asked = parser.parse_args()
    # Ended early it takes its servers with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="secingest-replication-") as folder:
        outcomes = run_campaign(
            Path(folder),
            list(range(asked.seed, asked.seed + asked.runs)),
            broken=asked.broken,
            tell=lambda text: print(text, flush=True),
            stop_early=asked.broken is not None,
        )
    print(summary(outcomes))
    violated = any(outcome.violations for outcome in outcomes)
    if asked.broken is not None:
        print(f"the build {asked.broken} was {'found out' if violated else 'NOT found out'}")
        return 0 if violated else 1
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
