"""Recording object versions: policy first, then records, jobs and signed receipts, all in one transaction.

A repeat of the same payload gets the stored receipt; another payload for a version is refused. Items are
checked one by one (`planning`), then everything that was accepted is written in a few statements.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, text

from backend_stub.contract.objects import ObjectRegistration
from backend_stub.contract.problems import FieldError

from ..audit import Event, append
from ..auth.known import confirm
from ..auth.principal import Principal
from ..problems import ProblemError, conflict
from ..services import Services
from ..store.database import database_now
from ..store.schema import objects, replicas
from .jobs import insert_lanes, write_jobs
from .planning import Outcome, Planned, Planner

Key = tuple[str, str]
# One parameter each, however many items: a condition for each pair costs more than all the rest, and SQLite
# reads a whole index for `(a, b) IN (VALUES ...)`.
_MANY_SQLITE = text(
    "SELECT o.object_key, o.version, o.submission, o.receipt "
    "FROM json_each(:pairs) AS wanted CROSS JOIN objects o "
    "ON o.object_key = json_extract(wanted.value, '$[0]') AND o.version = json_extract(wanted.value, '$[1]')"
)
_MANY_POSTGRESQL = text(
    "SELECT o.object_key, o.version, o.submission, o.receipt "
    "FROM unnest(CAST(:keys AS text[]), CAST(:versions AS text[])) AS wanted(key, version) "
    "JOIN objects o ON o.object_key = wanted.key AND o.version = wanted.version"
)


def register_confirmed(
    connection: Connection, services: Services, principal: Principal, items: list[ObjectRegistration]
) -> list[Outcome | ProblemError]:
    """As `register`, for a caller whose credential was only remembered: each item is refused (403) where it
    was shut out meanwhile. Not raised, since that would undo what others have in the same transaction.
    """
    if (refused := confirm(connection, principal)) is not None:
        return [refused for _ in items]
    return register(connection, services, principal, items)


def register(
    connection: Connection, services: Services, principal: Principal, items: list[ObjectRegistration]
) -> list[Outcome | ProblemError]:
    """Record each item on its own; an answer for each, in order. The audit head is locked last, once."""
    found = _recorded(connection, items)
    planner = Planner(connection, services, principal, database_now(connection))
    plans: dict[Key, Planned] = {}
    answers: list[Outcome | ProblemError] = []
    for item in items:
        key = (item.object_key, item.version)
        try:
            tenant = planner.tenant_of(item)
            if key in found:
                check_same(item, ObjectRegistration.model_validate_json(found[key]["submission"]))
                answers.append(Outcome(200, found[key]["receipt"]))
            elif key in plans:
                # Twice in one batch: the receipt is written at the end, for both.
                check_same(item, plans[key].item)
                again = Outcome(200, "")
                plans[key].outcomes.append(again)
                answers.append(again)
            else:
                plans[key] = planner.plan(item, tenant)
                answers.append(plans[key].outcomes[0])
        except ProblemError as error:
            answers.append(error)
    planner.count_usage()
    _write(connection, services, principal, list(plans.values()))
    return answers


def _recorded(connection: Connection, items: list[ObjectRegistration]) -> dict[Key, RowMapping]:
    """What is recorded of these versions."""
    keys, versions = [item.object_key for item in items], [item.version for item in items]
    if len(items) == 1:
        columns = (objects.c.object_key, objects.c.version, objects.c.submission, objects.c.receipt)
        one = (objects.c.object_key == keys[0], objects.c.version == versions[0])
        rows = connection.execute(select(*columns).where(*one))
    elif connection.dialect.name == "sqlite":
        pairs = json.dumps(list(zip(keys, versions, strict=True)))
        rows = connection.execute(_MANY_SQLITE, {"pairs": pairs})
    else:
        rows = connection.execute(_MANY_POSTGRESQL, {"keys": keys, "versions": versions})
    return {(row["object_key"], row["version"]): row for row in rows.mappings()}


def check_same(item: ObjectRegistration, before: ObjectRegistration) -> None:
    """Raises ProblemError 409 naming the fields in which a submission differs from the recorded one."""
    names = [name for name in ObjectRegistration.model_fields if getattr(before, name) != getattr(item, name)]
    if names:
        raise conflict(
            "version-differs",
            f"This version is recorded with another {', '.join(names)}. A version never changes.",
            [
                FieldError(field=name, message="differs from what is recorded", fix="register a new version")
                for name in names
            ],
        )


def _write(connection: Connection, services: Services, principal: Principal, plans: list[Planned]) -> None:
    if not plans:
        return
    jobs = [job for plan in plans for job in plan.jobs]
    # Before the head is locked, since another transaction that wants the head may have made the same lanes.
    insert_lanes(connection, jobs)
    heads = append(connection, principal.actor, [_event(plan) for plan in plans])
    # The records after it, and once: a receipt states its audit entry, whose place is known with the head.
    for plan, head in zip(plans, heads, strict=True):
        receipt = plan.receipt | {"audit": head.model_dump(mode="json")}
        plan.row["receipt"] = services.signer.signed_receipt(receipt)
        for outcome in plan.outcomes:
            outcome.receipt = plan.row["receipt"]
    for plan, object_id in zip(plans, _insert(connection, [plan.row for plan in plans]), strict=True):
        for row in (*plan.copies, *plan.jobs):
            row["object_id"] = object_id
    connection.execute(insert(replicas), [copy for plan in plans for copy in plan.copies])
    write_jobs(connection, jobs)


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> list[int]:
    """Write rows of `objects`; their ids, in order."""
    if connection.dialect.name == "sqlite" and len(rows) > 1:
        # Nobody else writes meanwhile, so the next ids are known. Asked for with RETURNING, many rows become
        # one statement that is put together anew each time, and takes a fifth of a batch's time.
        newest = connection.execute(select(func.max(objects.c.id))).scalar_one() or 0
        ids = list(range(newest + 1, newest + 1 + len(rows)))
        numbered = [row | {"id": which} for row, which in zip(rows, ids, strict=True)]
        connection.execute(insert(objects), numbered)
        return ids
    many = insert(objects).returning(objects.c.id, sort_by_parameter_order=True)
    return list(connection.execute(many, rows).scalars())


def _event(plan: Planned) -> Event:
    return Event(
        "object.register",
        plan.item.object_key,
        plan.row["tenant_id"],
        {
            "version": plan.item.version,
            "receipt_id": plan.row["receipt_id"],
            "payload_sha256": plan.receipt["payload_sha256"],
            "backends": list(plan.item.backends),
            "targets": plan.item.targets,
        },
    )
