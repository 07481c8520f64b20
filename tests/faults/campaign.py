"""Seeded runs that break an ingest somewhere, recover as a person would, and look at what is left.

    python -m tests.faults.campaign --runs 50 --seed 1
    python -m tests.faults.campaign --runs 50 --seed 1 --broken no-compare

Each run takes its file, victim and moment from its seed and prints them. After recovery the object restores
identically, is registered exactly once, and nothing is left unfinished here or at the provider; and on the
wire no frame was ever sent with two contents under one key. Exit code 1 where that does not hold, and with
``--broken`` where it always does.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from secingest_tui.services.upload.journal import read_journal
from tests.faults import wire
from tests.faults.changes import CHANGES
from tests.faults.child import BROKEN, cut_power
from tests.faults.rig import BACKEND, MIB, PART_SIZE, TENANT, Rig, hide_change
from tests.rigs.fault_proxy import Corrupt, Cut, Fault

KINDS = ("small", "border", "parts", "parts", "stream")
VICTIMS = ("client", "client", "power", "power", "store", "server", "cut", "reset", "delay", "corrupt")
SLOW = 25 * MIB
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does. ``size``: bytes of plaintext; ``moment``: after how many bytes from the client.

    Of a fault in a connection the moment counts in that connection; with ``back``, bytes to the client.
    """

    seed: int
    kind: str
    size: int
    victim: str
    moment: int
    back: bool
    change: str | None
    hidden: bool
    rerun: bool
    version: str | None

    @classmethod
    def of(cls, seed: int) -> Plan:
        dice = random.Random(seed)
        kind, victim = dice.choice(KINDS), dice.choice(VICTIMS)
        size = {
            "small": dice.randrange(300_000),
            "border": dice.choice((1, 2)) * PART_SIZE + dice.choice((-1, 0, 1)),
            "parts": dice.randrange(3 * PART_SIZE, 8 * PART_SIZE),
            "stream": dice.randrange(5 * PART_SIZE),
        }[kind]
        back = victim in ("cut", "reset", "corrupt") and dice.random() < 0.3
        whole = size + 4_000
        if victim in ("cut", "reset", "corrupt"):
            # Counted on each connection; a large file goes over four at once.
            moment = (
                dice.randrange(6_000) if back else dice.randrange(whole // 4 if size > PART_SIZE else whole)
            )
        else:
            moment = dice.randrange(whole)
        killed = victim in ("client", "power") and kind != "stream"
        return cls(
            seed, kind, size, victim, moment, back,
            change=dice.choice(sorted(CHANGES)) if killed and dice.random() < 0.6 else None,
            hidden=dice.random() < 0.6,
            rerun=dice.random() < 0.5,
            version="v1" if dice.random() < 0.3 else None,
        )  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """How a run ended. ``codes``: of the first command and of each that recovered; ``struck``: it broke."""

    plan: Plan
    struck: bool = False
    codes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def line(self) -> str:
        plan = self.plan
        how = "hidden " if plan.hidden else ""
        verdict = "VIOLATION " + " | ".join(self.violations) if self.violations else "ok"
        return (
            f"seed {plan.seed:<5} {plan.kind:<6} {plan.size:>9,} B  {plan.victim:<7} at "
            f"{'back ' if plan.back else ''}{plan.moment:,} B{'' if self.struck else ' (not reached)'}"
            f"{f', {how}change {plan.change}' if plan.change else ''}; "
            f"{' '.join(self.codes)}{'; ' + '; '.join(self.notes) if self.notes else ''}; "
            f"{self.seconds:.1f} s: {verdict}"
        )


class Run:
    """One run on a rig that is whole."""

    def __init__(self, rig: Rig, plan: Plan) -> None:
        self._rig = rig
        self._plan = plan
        self._key = f"{TENANT}/run/{plan.seed}"
        self._source = rig.folder / "source"
        self._log = rig.folder / "syncs"
        self._outcome = Outcome(plan)

    def __call__(self) -> Outcome:
        begun = time.monotonic()
        rig = self._rig
        rig.forget()
        self._log.unlink(missing_ok=True)
        self._source.write_bytes(random.Random(self._plan.seed).randbytes(self._plan.size))
        try:
            self._break()
            rig.heal()
            self._announced()
            self._change()
            self._recover()
            self._look()
        except (AssertionError, subprocess.TimeoutExpired) as error:
            self._outcome.violations.append(f"{type(error).__name__}: {error}"[:2000])
        finally:
            rig.heal()
            rig.settle()
            rig.clean()
        self._outcome.seconds = time.monotonic() - begun
        return self._outcome

    # Breaking

    def _ingest(self) -> list[str | Path]:
        stream = self._plan.kind == "stream"
        version = ["--object-version", self._plan.version] if self._plan.version else []
        return ["ingest", "-" if stream else self._source, "--backend", BACKEND, "--as", self._key, *version]

    def _stdin(self) -> Path | None:
        return self._source if self._plan.kind == "stream" else None

    def _break(self) -> None:
        rig, plan = self._rig, self._plan
        if plan.victim in ("client", "power", "store", "server"):
            rig.proxy.bandwidth = SLOW
        if plan.victim == "store":
            rig.spare_store()
        faults: dict[str, Fault] = {
            "cut": Cut(plan.moment), "reset": Cut(plan.moment, reset=True), "corrupt": Corrupt(plan.moment),
        }  # fmt: skip
        fault = faults.get(plan.victim)
        if fault is not None:
            (rig.proxy.break_down if plan.back else rig.proxy.break_up)(fault)
        log = self._log if plan.victim == "power" else None
        client = rig.start(*self._ingest(), stdin=self._stdin(), sync_log=log)
        if fault is None:
            self._outcome.struck = rig.until(client, lambda: rig.passed() >= plan.moment)
            if self._outcome.struck:
                self._strike(client)
        else:
            rig.until(client, lambda: rig.proxy.struck)
        self._ended(client)
        if fault is not None:
            self._outcome.struck = bool(rig.proxy.struck)
        if plan.victim == "power" and self._outcome.struck:
            rig.settle()
            home = rig.home
            lost = cut_power(self._log, home.uploads_dir, home.outbox_dir)
            if lost:
                self._outcome.notes.append(f"lost {len(lost)} unsynced")

    def _strike(self, client: subprocess.Popen[bytes]) -> None:
        rig = self._rig
        match self._plan.victim:
            case "client" | "power":
                client.kill()
            case "store":
                rig.kill_store()
            case "server":
                rig.stack.stop_server()
            case "delay":
                rig.proxy.latency = 0.02

    def _ended(self, client: subprocess.Popen[bytes]) -> None:
        code, out, said = self._rig.ended(client)
        self._outcome.codes.append(f"ingest {code}")
        if code == -9:
            return
        assert code in (0, 1), f"exit code {code}: {said}"
        if code == 0:
            assert "receipt-" in out, f"exit code 0 without a receipt: {out}"
        else:
            assert "next:" in said or "secingest " in said, f"no next step in: {said}"

    def _announced(self) -> None:
        """After a kill in the middle: every part of which a byte was sent is in the journal."""
        rig, plan = self._rig, self._plan
        killed = plan.victim in ("client", "power") and self._outcome.struck
        if not killed or plan.kind == "stream" or not rig.multiparts():
            return
        journals = rig.journals()
        known = set(read_journal(journals[0]).digests) if journals else set()
        bodies = wire.object_bodies(rig.streams())
        unknown = sorted({part for body in bodies if body.body and (part := body.part)} - known)
        self._check(not unknown, f"sent before the journal had them: parts {unknown}")

    # Recovering

    def _change(self) -> None:
        plan, journals = self._plan, self._rig.journals()
        if plan.change is None or not journals:
            return
        CHANGES[plan.change](self._source)
        self._outcome.notes.append("changed")
        if plan.hidden:
            hide_change(journals[0], self._source)

    def _unfinished(self) -> bool:
        return bool(self._rig.upload_files() or self._rig.outbox())

    def _recover(self) -> None:
        """As a person would: resume and flush, or the same command again, until it is registered."""
        rig = self._rig
        for _ in range(ROUNDS):
            if not self._plan.rerun or self._plan.kind == "stream":
                if rig.upload_files():
                    self._do("uploads", "resume")
                if rig.outbox():
                    self._do("outbox", "flush")
            if self._unfinished() or not rig.versions(self._key):
                self._do(*self._ingest(), stdin=self._stdin())
            if rig.versions(self._key) and not self._unfinished():
                break
        if rig.multiparts():
            self._outcome.notes.append(f"{len(rig.multiparts())} abandoned")
            self._do("uploads", "abandoned", "--backend", BACKEND, "--abort", "--older-than", "0", "--yes")

    def _do(self, *arguments: str | Path, stdin: Path | None = None) -> None:
        code, _, said = self._rig.run(*arguments, code=None, stdin=stdin)
        resumed = " resuming" if "resuming:" in said else ""
        self._outcome.codes.append(
            f"{' '.join(map(str, arguments[: 2 if arguments[0] != 'ingest' else 1]))}{resumed} {code}"
        )

    # Looking

    def _look(self) -> None:
        rig, check = self._rig, self._check
        found = rig.versions(self._key)
        self._outcome.violations += rig.violations()
        check(len(found) == 1, f"registered {len(found)} times")
        check(not rig.upload_files(), "a journal is left")
        check(not rig.outbox(), "an outbox entry is left")
        check(not rig.multiparts(), "an unfinished multipart upload is left")
        if found:
            same = rig.restored(self._key).read_bytes() == self._source.read_bytes()
            check(same, "the restored object is not the file")
        objects = [
            item for item in rig.store.list_objects(rig.bucket, f"{self._key}/") if item.key[-4:] != ".sig"
        ]
        if len(objects) > 1:
            self._outcome.notes.append(f"{len(objects) - 1} unregistered copies")

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
    with Rig(folder, broken=broken) as rig:
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
             f"{sum(item.codes[:1] == ['ingest 0'] for item in outcomes)} unharmed, "
             f"{sum(item.seconds for item in outcomes):.0f} s"]  # fmt: skip
    counted = Counter((item.plan.victim, bool(item.violations)) for item in outcomes)
    for victim in sorted(set(VICTIMS)):
        lines.append(f"  {victim:<8} {counted[victim, False]:>3} ok {counted[victim, True]:>3} violated")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first run; the next ones count up")
    parser.add_argument(
        "--broken", choices=sorted(BROKEN), help="run a build broken on purpose: it must fail"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="secingest-campaign-") as folder:
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
