"""One probe from the first connection to the last deletion."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from secingest_tui.config import Backend
from secingest_tui.errors import SecingestError
from secingest_tui.paths import Home
from secingest_tui.services.providers.probe import journal
from secingest_tui.services.providers.probe.answers import (
    QUESTIONS,
    Answer,
    ProbeReport,
    Residue,
    Verdict,
    could_not_tell,
    no,
    unasked,
    yes,
)
from secingest_tui.services.providers.probe.buckets import check_object_lock, check_versioning
from secingest_tui.services.providers.probe.connection import check_connection, now
from secingest_tui.services.providers.probe.identity import (
    check_addressing,
    check_isolation,
    check_signature,
    check_strangers,
)
from secingest_tui.services.providers.probe.integrity import KINDS, check_checksum, check_trailer
from secingest_tui.services.providers.probe.journal import Made
from secingest_tui.services.providers.probe.multipart import check_multipart
from secingest_tui.services.providers.probe.objects import (
    check_conditional_put,
    check_metadata,
    check_objects,
    check_presigned,
    check_ranges,
)
from secingest_tui.services.providers.probe.workplace import Workplace, remove
from secingest_tui.storage import S3Settings
from secingest_tui.storage.asking import Asker, Reply


@dataclass(frozen=True, slots=True)
class Probe:
    """What to probe, as whom, and where to put what is found. Secrets are in the settings only."""

    home: Home
    backend: Backend
    settings: S3Settings
    tenant: str | None = None
    other: S3Settings | None = None
    other_tenant: str | None = None
    bucket: str | None = None
    """An existing bucket to work in, under a prefix; None: a bucket of its own."""
    embedded: bool = False
    allow: Callable[[str], None] = field(default=lambda bucket: None)
    """Let the identity make that bucket, where the provider wants that said first."""
    withdraw: Callable[[str], None] = field(default=lambda bucket: None)
    tell: Callable[[Answer], None] = field(default=lambda answer: None)
    """Told of each answer as it comes, in the probe's thread."""
    cancel: threading.Event = field(default_factory=threading.Event)


def run_probe(probe: Probe) -> ProbeReport:
    """Ask every question and clean up. Never raises for what the provider does or refuses.

    Raises what interrupts it (KeyboardInterrupt), after cleaning up.
    """
    begun, started = time.perf_counter(), now()
    answers: list[Answer] = []
    residue: list[Residue] = []
    made = Made.plan(probe.backend.id, probe.backend.endpoint, probe.tenant, probe.bucket)
    for answer in _asked(probe, made, residue):
        probe.tell(answer)
        answers.append(answer)
    order = list(QUESTIONS)
    return ProbeReport(
        backend=probe.backend.id,
        provider=probe.backend.provider,
        endpoint=probe.backend.endpoint,
        region=probe.backend.region,
        embedded=probe.embedded,
        tenant=probe.tenant,
        started_at=started,
        seconds=round(time.perf_counter() - begun, 2),
        complete=not probe.cancel.is_set(),
        answers=tuple(sorted(answers, key=lambda answer: order.index(answer.id))),
        residue=tuple(residue),
    )


def _asked(probe: Probe, made: Made, residue: list[Residue]) -> Iterator[Answer]:
    done: set[str] = set()
    reason = "not asked: the probe was cancelled"
    for answer in _until_cancelled(probe, _questions(probe, made, residue)):
        done.add(answer.id)
        if answer.verdict is not Verdict.YES and answer.id in ("reachable", "tls", "signature_v4"):
            reason = f"not asked: {answer.question} {answer.verdict.value}"
        if answer.verdict is not Verdict.YES and answer.id == "objects":
            reason = "not asked: no object can be stored with these credentials"
        yield answer
    yield from unasked(done, "not asked: the probe was cancelled" if probe.cancel.is_set() else reason)


def _until_cancelled(probe: Probe, answers: Iterable[Answer]) -> Iterator[Answer]:
    iterator = iter(answers)
    try:
        for answer in iterator:
            yield answer
            if probe.cancel.is_set():
                return
    finally:
        # Runs the cleaning-up of the generator also where nobody asks it for more.
        iterator.close()  # type: ignore[attr-defined]


def _questions(probe: Probe, made: Made, residue: list[Residue]) -> Iterator[Answer]:
    """Until one of the first answers makes the others pointless."""
    connection = check_connection(probe.settings)
    yield from connection
    known = {answer.id: answer.verdict for answer in connection}
    plain = (probe.settings.endpoint or "").startswith("http://") and "clock" in known
    if known.get("reachable") is Verdict.NO or (known.get("tls") is Verdict.NO and not plain):
        return
    asker = Asker(probe.settings)
    try:
        signature = check_signature(asker)
        if not connection or "reachable" not in known:
            yield _by_proxy("reachable", signature)
            yield _by_proxy("tls", signature)
        yield signature
        if signature.verdict is not Verdict.YES:
            return
        with journal.writing(probe.home, made) as entry:
            place = Workplace(made, asker, probe.allow)
            try:
                yield from _in_a_bucket(probe, place)
            finally:
                left = remove(made, place.asker, place.tried)
                residue.extend(left)
                if not left:
                    for bucket in made.buckets:
                        probe.withdraw(bucket)
                    entry.done()
    finally:
        asker.close()


def _by_proxy(question: str, signature: Answer) -> Answer:
    if signature.verdict is Verdict.COULD_NOT_TELL:
        return no(question, "no answer came through the proxy", signature.words)
    return yes(question, "through the proxy of the environment")


def _in_a_bucket(probe: Probe, place: Workplace) -> Iterator[Answer]:
    opened = place.open()
    yield _made_a_bucket(opened)
    if place.bucket is None:
        assert opened is not None
        yield from check_strangers(place.asker, place)
        yield could_not_tell(
            "objects",
            "no bucket could be made to try it in; name an existing one with --bucket B",
            opened.words,
        )
        return
    _work_style(place)
    yield from check_addressing(probe.settings, place.bucket)
    yield from check_strangers(place.asker, place)
    objects = check_objects(place)
    yield objects
    if objects.verdict is not Verdict.YES:
        return
    for kind in KINDS:
        yield check_checksum(place, kind)
    yield check_trailer(place)
    yield check_conditional_put(place)
    yield from check_multipart(place)
    yield check_ranges(place)
    yield check_metadata(place)
    yield from check_presigned(place)
    yield check_isolation(place, probe.other, probe.other_tenant)
    yield check_object_lock(place)
    yield check_versioning(place)


def _made_a_bucket(opened: Reply | None) -> Answer:
    if opened is None:
        return could_not_tell("make_buckets", "not tried: it works in the bucket that was named")
    if opened.ok:
        return yes("make_buckets")
    if opened.unanswered:
        return could_not_tell("make_buckets", "", opened.words)
    return no("make_buckets", "", opened.words)


def _work_style(place: Workplace) -> None:
    """Go on in the other addressing style where the configured one does not reach the bucket."""
    if place.asker.ask("head_bucket", Bucket=place.bucket).ok:
        return
    for style in ("path", "virtual"):
        other = Asker(replace(place.asker.settings, addressing=style))
        if other.ask("head_bucket", Bucket=place.bucket).ok:
            place.asker = other
            return
        other.close()


def clean_up(
    home: Home,
    settings_for: Callable[[Made], S3Settings],
    withdraw: Callable[[Made, str], None],
    backend_id: str | None = None,
) -> list[tuple[Made, list[Residue]]]:
    """Remove what crashed probes left, entry by entry; entries whose probe still runs are left alone.

    Where the credentials are gone the entry stays, and its residue says so.
    """
    done: list[tuple[Made, list[Residue]]] = []
    for path in journal.left_behind(home):
        with journal.taking_over(path) as entry:
            if entry is None or backend_id not in (None, entry.made.backend):
                continue
            made = entry.made
            try:
                asker = Asker(settings_for(made))
            except SecingestError as error:
                left = [Residue(bucket=name, reason=error.message) for name in made.buckets]
                if made.bucket is not None:
                    left.append(Residue(bucket=made.bucket, prefix=made.prefix, reason=error.message))
                done.append((made, left))
                continue
            left = remove(made, asker)
            asker.close()
            if not left:
                for bucket in made.buckets:
                    withdraw(made, bucket)
                entry.done()
            done.append((made, left))
    return done
