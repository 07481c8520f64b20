"""Is everything all right, and what needs me: each question asked and answered by itself.

A server that is away makes one check fail, never the whole overview.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from secingest_tui.errors import SecingestError
from secingest_tui.models.overview import Amount, Check, Level, Overview, Stored
from secingest_tui.services.outbox import Outbox
from secingest_tui.services.workspace import Workspace
from secingest_tui.text import count, duration
from secingest_tui.trust import is_loopback, trust

if TYPE_CHECKING:
    from backend_stub.contract.jobs import JobState
    from secingest_tui.config import Backend
    from secingest_tui.metadata import AdminClient, TenantClient

EXPIRES_SOON = timedelta(days=14)
DRILL_AFTER = timedelta(days=90)
"""How old the last restore drill may be before home asks for another."""
BACKEND_TIMEOUT = 4.0
JOB_STATES: tuple[JobState, ...] = ("queued", "leased", "retrying", "blocked", "dead")
_ORDER = list(Level)


def overview(workspace: Workspace) -> Overview:
    """Ask everything; what needs somebody comes first. Raises nothing that a person could mend."""
    checks: list[Check] = []
    jobs: tuple[tuple[str, int], ...] = ()
    try:
        reader = workspace.reader()
        begin = time.monotonic()
        if reader is not None:
            reader.server_key()
    except SecingestError as error:
        remedy = error.hint or "secingest doctor"
        checks.append(Check("server", "Metadata server", Level.BROKEN, error.message, remedy))
    else:
        took = (time.monotonic() - begin) * 1000
        said = f"{workspace.server_url} answered in {took:.0f} ms" if reader else workspace.server_url
        checks.append(Check("server", "Metadata server", Level.FINE, said))
        if reader is not None:
            jobs = _counted(reader)
            checks += _safely("jobs", "Replication", "replication", lambda: _jobs(jobs))
            checks += _safely("snapshots", "Snapshots", "snapshots", lambda: _snapshots(reader))
            checks += _safely("drill", "Restore drill", "", lambda: _drill(reader))
        if workspace.has_admin:
            checks += _safely("credentials", "Credentials", "provisioning", lambda: _credentials(workspace))
    checks += _safely("backends", "Object stores", "discovery", lambda: _backends(workspace))
    checks += _safely("keys", "Keys", "provisioning", lambda: _keys(workspace))
    checks += _safely("outbox", "Outbox", "home", lambda: _outbox(workspace))
    checks += _safely("uploads", "Unfinished uploads", "upload", lambda: _uploads(workspace))
    return Overview(tuple(sorted(checks, key=lambda check: _ORDER.index(check.level))), jobs)


def stored(workspace: Workspace) -> Stored:
    """Where every recorded copy lies, counted by the server. Raises ServerUnreachable or ServerRefused."""
    reader = workspace.reader()
    if reader is None:
        return Stored((), ())
    by_backend: dict[str, list[int]] = {}
    by_country: dict[str, list[int]] = {}
    for one in reader.stored().items:
        for totals, name in ((by_backend, one.backend), (by_country, one.country or "unknown")):
            total = totals.setdefault(name, [0, 0])
            total[0] += one.copies
            total[1] += one.bytes
    return Stored(_amounts(by_country), _amounts(by_backend))


def _amounts(totals: dict[str, list[int]]) -> tuple[Amount, ...]:
    made = [Amount(name, objects, size) for name, (objects, size) in totals.items()]
    return tuple(sorted(made, key=lambda amount: (-amount.bytes, amount.name)))


def _safely(check_id: str, title: str, area: str, ask: Callable[[], Iterable[Check]]) -> Iterator[Check]:
    try:
        yield from ask()
    except SecingestError as error:
        yield Check(check_id, title, Level.BROKEN, error.message, error.hint or "secingest doctor", area)


def _counted(reader: AdminClient | TenantClient) -> tuple[tuple[str, int], ...]:
    """Jobs by state."""
    try:
        counts = reader.job_totals().counts
    except SecingestError:
        return ()
    return tuple((state, counts.get(state, 0)) for state in JOB_STATES)


def _jobs(jobs: tuple[tuple[str, int], ...]) -> Iterator[Check]:
    numbers = dict(jobs)
    failing = [f"{numbers[state]} {state}" for state in ("dead", "blocked") if numbers.get(state)]
    moving = [f"{numbers[state]} {state}" for state in ("queued", "leased", "retrying") if numbers.get(state)]
    said = ", ".join(failing + moving) or "nothing waits to be copied"
    if failing:
        yield Check(
            "jobs",
            "Replication",
            Level.BROKEN,
            said,
            "Look at the reason, then retry or cancel",
            "replication",
        )
    elif numbers.get("retrying"):
        yield Check(
            "jobs", "Replication", Level.ATTENTION, said, "It is tried again by itself; see why it failed",
            "replication",
        )  # fmt: skip
    else:
        yield Check("jobs", "Replication", Level.FINE, said, area="replication")


def _snapshots(reader: AdminClient | TenantClient) -> Iterator[Check]:
    newest = next(iter(reader.snapshots(limit=1).items), None)
    if newest is None:
        yield Check(
            "snapshots", "Snapshots", Level.NOTHING, "none yet", "Take one of an object store", "snapshots"
        )
    else:
        age = duration((datetime.now(UTC) - newest.taken_at).total_seconds())
        yield Check(
            "snapshots",
            "Snapshots",
            Level.FINE,
            f"the newest is of {newest.backend}, {age} ago",
            area="snapshots",
        )


def _drill(reader: AdminClient | TenantClient) -> Iterator[Check]:
    last = next(iter(reader.drills(limit=1).items), None)
    again = "secingest drill --sample 10"
    if last is None:
        stored = bool(reader.objects(limit=1).items)
        said = "none yet: nothing stored was ever restored" if stored else "none yet: nothing is stored"
        yield Check("drill", "Restore drill", Level.NOTHING, said, again if stored else "")
        return
    result, old = last.result, datetime.now(UTC) - last.recorded_at
    when = f"of {last.tenant_id}, {duration(old.total_seconds())} ago"
    failed = result.sample - result.verified
    if failed:
        first = f": {result.failures[0].object_key}" if result.failures else ""
        said = f"{failed} of {count(result.sample, 'object')} could not be restored, {when}{first}"
        yield Check(
            "drill", "Restore drill", Level.BROKEN, said, "See why, then drill again: secingest drill list"
        )
    else:
        said = f"{result.verified} of {count(result.sample, 'object')} restored, {when}"
        late = old > DRILL_AFTER
        yield Check(
            "drill", "Restore drill", Level.ATTENTION if late else Level.FINE, said, again if late else ""
        )


def _credentials(workspace: Workspace) -> Iterator[Check]:
    now = datetime.now(UTC)
    held = workspace.admin().credentials()
    ends = sorted(
        (item.expires_at, item) for item in held if item.status == "active" and item.expires_at is not None
    ) if held else []  # fmt: skip
    expired = [item for item in held if item.status == "expired"]
    soon = [(at, item) for at, item in ends if at - now < EXPIRES_SOON]
    for at, item in soon[:5]:
        left = duration((at - now).total_seconds())
        yield Check(
            f"credential/{item.access_key}", "Credential", Level.ATTENTION,
            f"{item.access_key} of {item.tenant_id} expires in {left}", "Make a new one and hand it over",
            "provisioning",
        )  # fmt: skip
    if expired:
        names = ", ".join(item.access_key for item in expired[:3]) + (" …" if len(expired) > 3 else "")
        yield Check(
            "credentials", "Credentials", Level.ATTENTION,
            f"{count(len(expired), 'credential')} expired: {names}",
            "Make new ones, or disable them", "provisioning",
        )  # fmt: skip
    elif not held:
        yield Check(
            "credentials", "Tenants", Level.NOTHING, "none yet", "Register the first one", "provisioning"
        )
    elif not soon:
        yield Check(
            "credentials", "Credentials", Level.FINE, f"{count(len(held), 'credential')}, none expires soon",
            area="provisioning",
        )  # fmt: skip


def _keys(workspace: Workspace) -> Iterator[Check]:
    keys = workspace.keyring.stored() if workspace.home.keys_dir.is_dir() else []
    receiving = [key for key in keys if key.info.type.value != "ed25519"]
    if not receiving:
        yield Check("keys", "Keys", Level.NOTHING, "none to encrypt for yet", "Make one", "provisioning")
    elif not workspace.config.encryption.recovery_recipients:
        said = (
            f"{count(len(receiving), 'key')} to encrypt for, no recovery recipient: a lost key is lost data"
        )
        yield Check("keys", "Keys", Level.FINE, said, area="provisioning")
    else:
        yield Check(
            "keys", "Keys", Level.FINE, f"{count(len(receiving), 'key')} to encrypt for", area="provisioning"
        )


def _outbox(workspace: Workspace) -> Iterator[Check]:
    waiting = Outbox(workspace).entries()
    refused = [entry for entry in waiting if entry.refused]
    if refused:
        yield Check(
            "outbox", "Outbox", Level.BROKEN,
            f"{count(len(refused), 'registration')} refused by the server: {refused[0].error or 'no reason'}",
            "Mend the cause and register again, or discard: secingest outbox list", "home",
        )  # fmt: skip
    elif waiting:
        age = duration((datetime.now(UTC) - datetime.fromisoformat(waiting[0].queued_at)).total_seconds())
        yield Check(
            "outbox", "Outbox", Level.ATTENTION,
            f"{count(len(waiting), 'registration')} not acknowledged yet, the oldest for {age}",
            "Register now, or wait: it is tried again at each start", "home",
        )  # fmt: skip
    else:
        yield Check("outbox", "Outbox", Level.FINE, "empty: everything uploaded is registered", area="home")


def _uploads(workspace: Workspace) -> Iterator[Check]:
    from secingest_tui.services.upload.unfinished import unfinished_uploads

    unreadable: list[SecingestError] = []
    found = [item for item in unfinished_uploads(workspace, unreadable=unreadable) if not item.running]
    for error in unreadable:
        yield Check("uploads", "Unfinished uploads", Level.BROKEN, error.message, error.hint or "", "upload")
    if found:
        yield Check(
            "uploads", "Unfinished uploads", Level.ATTENTION,
            f"{count(len(found), 'upload')} interrupted, the first is {found[0].object_key}",
            "F12 on the Upload screen, or: secingest uploads resume", "upload",
        )  # fmt: skip


def _backends(workspace: Workspace) -> Iterator[Check]:
    backends = list(workspace.backends().values())
    if not backends:
        yield Check(
            "backends",
            "Object stores",
            Level.NOTHING,
            "none yet",
            "secingest backends add --help",
            "discovery",
        )
        return
    with ThreadPoolExecutor(max_workers=min(16, len(backends))) as pool:
        answers = list(pool.map(_reach, backends))
    fine = [f"{backend.id} ({backend.country or '??'}, {ms:.0f} ms)"
            for backend, ms in zip(backends, answers, strict=True) if isinstance(ms, float)]  # fmt: skip
    for backend, answer in zip(backends, answers, strict=True):
        if isinstance(answer, str):
            yield Check(
                f"backend/{backend.id}", "Object store", Level.BROKEN, f"{backend.id} {answer}",
                f"Check {backend.endpoint} and the network; uploads elsewhere go on", "discovery",
            )  # fmt: skip
    if fine:
        said = (
            f"{count(len(fine), 'store')} {'answers' if len(fine) == 1 else 'answer'}: {', '.join(fine[:4])}"
        )
        yield Check(
            "backends", "Object stores", Level.FINE, said + (" …" if len(fine) > 4 else ""), area="discovery"
        )


def _reach(backend: Backend) -> float | str:
    """Milliseconds to any answer of the endpoint, or what went wrong in words. No credential is sent."""
    import httpx

    begin, url = time.monotonic(), backend.endpoint
    try:
        verify = trust(url, backend.ca_file)
        httpx.get(url, timeout=BACKEND_TIMEOUT, verify=verify, trust_env=not is_loopback(url))
    except httpx.TimeoutException:
        return f"did not answer within {BACKEND_TIMEOUT:.0f} s"
    except (httpx.TransportError, OSError) as error:
        return f"cannot be reached: {error or type(error).__name__}"
    return (time.monotonic() - begin) * 1000
