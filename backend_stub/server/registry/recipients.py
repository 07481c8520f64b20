"""Lists of further wrapped keys: every revision is kept, the greatest is the one in force."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, insert, select

from backend_stub.contract.objects import ObjectRegistration
from backend_stub.contract.problems import FieldError
from backend_stub.contract.recipients import FurtherKeys, RecipientsSubmission

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import ProblemError, conflict, invalid, not_found
from ..store.database import database_now
from ..store.schema import further_keys, objects
from ..store.values import dump, from_micros


def put_recipients(
    connection: Connection, principal: Principal, item: RecipientsSubmission
) -> tuple[FurtherKeys, bool]:
    """Record a list, or find it recorded (False). Raises ProblemError 404, 409, 422.

    The server has no key to check the signature by: whoever reads the list does, and the commitment in
    the object's header holds every wrapped key to the object's data key.
    """
    row = _locked(connection, principal, item)
    text = dump(item.model_dump(mode="json"))
    same = select(further_keys).where(
        further_keys.c.object_id == row["id"], further_keys.c.revision == item.revision
    )
    before = connection.execute(same).mappings().one_or_none()
    if before is not None:
        if before["submission"] != text:
            raise _not_the_next(item, "is recorded with another list")
        return _answer(row, before), False
    newest = _newest(connection, row["id"])
    if newest is not None and newest["revision"] > item.revision:
        raise _not_the_next(item, f"is older than the recorded {newest['revision']}")
    values = {
        "object_id": row["id"],
        "revision": item.revision,
        "submission": text,
        "recorded_at": database_now(connection),
        "recorded_by": principal.actor.name,
    }
    connection.execute(insert(further_keys).values(values))
    append(connection, principal.actor, [_event(row, item)])
    stored = connection.execute(same).mappings().one()
    return _answer(row, stored), True


def recorded_keys(connection: Connection, row: RowMapping) -> FurtherKeys | None:
    """The list in force for a row of `objects`."""
    newest = _newest(connection, row["id"])
    return None if newest is None else _answer(row, newest)


def _locked(connection: Connection, principal: Principal, item: RecipientsSubmission) -> RowMapping:
    """The version's row, held until the transaction ends: two writers agree on what the newest list is."""
    query = select(objects).where(objects.c.object_key == item.object_key, objects.c.version == item.version)
    row = connection.execute(query.with_for_update()).mappings().one_or_none()
    if row is None or not principal.sees(row["tenant_id"]):
        raise not_found("object")
    if row["state"] == "deleted":
        raise conflict("deleted", "The version was deleted: nobody is given access to it.")
    registered = ObjectRegistration.model_validate_json(row["submission"]).header_sha256
    if registered not in (None, item.header_sha256):
        raise invalid("header_sha256", "is not that of the recorded object", "send the object's own header's")
    return row


def _newest(connection: Connection, object_id: int) -> RowMapping | None:
    query = select(further_keys).where(further_keys.c.object_id == object_id)
    newest = connection.execute(query.order_by(further_keys.c.revision.desc()).limit(1))
    return newest.mappings().one_or_none()


def _not_the_next(item: RecipientsSubmission, why: str) -> ProblemError:
    error = FieldError(
        field="revision", message=why, fix="read the record, and send the list under the next revision"
    )
    return conflict("revision-differs", f"Revision {item.revision} {why}.", [error])


def _answer(row: RowMapping, stored: RowMapping) -> FurtherKeys:
    item = RecipientsSubmission.model_validate_json(stored["submission"])
    return FurtherKeys(
        tenant_id=row["tenant_id"],
        object_key=item.object_key,
        version=item.version,
        header_sha256=item.header_sha256,
        revision=item.revision,
        wrapped_keys=item.wrapped_keys,
        signature=item.signature,
        recorded_at=from_micros(stored["recorded_at"]),
        recorded_by=stored["recorded_by"],
    )


def _event(row: RowMapping, item: RecipientsSubmission) -> Event:
    return Event(
        "object.recipients",
        item.object_key,
        row["tenant_id"],
        {
            "version": item.version,
            "revision": item.revision,
            "recipients": [[key.key_id, key.fingerprint] for key in item.wrapped_keys],
            "signer_fingerprint": item.signature.signer_fingerprint,
        },
    )
