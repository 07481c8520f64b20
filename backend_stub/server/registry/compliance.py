"""Where copies lie beside where the namespace rule puts them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from backend_stub.contract.locations import split_s3_url
from backend_stub.contract.objects import CompliancePage, ComplianceRow, ObjectRegistration

from ..auth.principal import Principal
from ..services import Services
from ..store.schema import objects, replicas
from . import policy
from .listing import Filter, list_objects


def compliance(
    connection: Connection,
    services: Services,
    principal: Principal,
    wanted: Filter,
    differs: bool,
    limit: int,
    cursor: str | None,
) -> CompliancePage:
    """The copies of a page of objects; with `differs` only those that lie elsewhere, or nowhere known."""
    page = list_objects(connection, principal, wanted, limit, cursor)
    places = policy.Places(connection, services.settings)
    rows = []
    for item in page.items:
        one = (objects.c.object_key == item.object_key, objects.c.version == item.version)
        found = select(replicas.c.backend, replicas.c.url, objects.c.submission, objects.c.tenant_id)
        joined = found.join(objects, objects.c.id == replicas.c.object_id).where(*one)
        for copy in connection.execute(joined.order_by(replicas.c.position)):
            if wanted.backend not in (None, copy.backend):
                continue
            logical = ObjectRegistration.model_validate_json(copy.submission).logical
            where = places.of(copy.tenant_id, logical, copy.backend)
            check = where.check(split_s3_url(copy.url)[0])
            if not differs or not (check.matches and check.registered):
                rows.append(
                    ComplianceRow(
                        **check.model_dump(),
                        object_key=item.object_key,
                        version=item.version,
                        backend=copy.backend,
                    )
                )
    return CompliancePage(items=rows, next=page.next)
