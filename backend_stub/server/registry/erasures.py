"""Proofs of erasure: checked against what was recorded of the version, kept for good, countersigned."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import Connection, RowMapping, insert, select

from backend_stub.contract.erasure import ErasureProof, erasure_answer_bytes, erasure_bytes
from backend_stub.contract.locations import split_s3_url
from backend_stub.contract.objects import ObjectRegistration

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import conflict, invalid, not_found
from ..services import Services
from ..store.database import database_now
from ..store.schema import erasures, objects, replicas
from ..store.values import dump, from_micros
from .pem import check_public_key


def put_erasure(
    connection: Connection, services: Services, principal: Principal, proof: ErasureProof
) -> tuple[str, bool]:
    """Record a proof; the countersigned answer's text, and whether it is new.

    Raises ProblemError 404; 409 where the version is not tombstoned or another proof is recorded; 422 where
    the proof leaves out a copy that is recorded, or is not signed by the key it shows.
    """
    row = _locked(connection, principal, proof)
    stated = proof.model_dump(mode="json", exclude_none=True)
    text = dump(stated)
    before = connection.execute(select(erasures).where(erasures.c.object_id == row["id"])).mappings().first()
    if before is not None:
        if before["proof"] == text:
            answer: str = before["answer"]
            return answer, False
        raise conflict("erased", "Another proof of erasure is recorded for this version; it stays.")
    if row["state"] != "deleted":
        raise conflict("not-deleted", "Mark the version as deleted first: then nothing more is copied of it.")
    _check_signature(proof)
    _check_places(connection, row, proof)
    now = database_now(connection)
    fields = {
        "tenant_id": row["tenant_id"],
        "object_key": proof.object_key,
        "version": proof.version,
        "receipt_id": row["receipt_id"],
        "proof": stated,
        "recorded_at": from_micros(now).isoformat().replace("+00:00", "Z"),
        "recorded_by": principal.actor.name,
    }
    [head] = append(connection, principal.actor, [_event(row, proof, text)])
    answer = dump(
        services.signer.sign({**fields, "audit": head.model_dump(mode="json")}, erasure_answer_bytes)
    )
    connection.execute(
        insert(erasures).values(
            object_id=row["id"], tenant_id=row["tenant_id"], proof=text, answer=answer, recorded_at=now
        )
    )
    return answer, True


def erased_at(connection: Connection, object_ids: Iterable[int]) -> dict[int, int]:
    """When each of these versions was proven to be erased, in microseconds since 1970."""
    query = select(erasures.c.object_id, erasures.c.recorded_at)
    rows = connection.execute(query.where(erasures.c.object_id.in_(list(object_ids))))
    return {row.object_id: row.recorded_at for row in rows}


def list_erasures(
    connection: Connection,
    principal: Principal,
    tenant: str | None,
    object_key: str | None,
    version: str | None,
    after: int,
    limit: int,
) -> list[tuple[int, str]]:
    """Answers' texts behind the object id `after`, the oldest object first, each with its object id."""
    query = select(erasures.c.object_id, erasures.c.answer).where(erasures.c.object_id > after)
    if principal.tenants is not None:
        query = query.where(erasures.c.tenant_id.in_(principal.tenants))
    if tenant is not None:
        query = query.where(erasures.c.tenant_id == tenant)
    if object_key is not None or version is not None:
        query = query.join(objects, objects.c.id == erasures.c.object_id)
        if object_key is not None:
            query = query.where(objects.c.object_key == object_key)
        if version is not None:
            query = query.where(objects.c.version == version)
    rows = connection.execute(query.order_by(erasures.c.object_id).limit(limit)).all()
    return [(row.object_id, row.answer) for row in rows]


def _locked(connection: Connection, principal: Principal, proof: ErasureProof) -> RowMapping:
    query = select(objects).where(
        objects.c.object_key == proof.object_key, objects.c.version == proof.version
    )
    row = connection.execute(query.with_for_update()).mappings().one_or_none()
    if row is None or not principal.sees(row["tenant_id"]):
        raise not_found("object")
    if proof.receipt_id != row["receipt_id"]:
        raise invalid("receipt_id", "is not that of the recorded version", "send the record's own")
    registered = ObjectRegistration.model_validate_json(row["submission"]).header_sha256
    if proof.header_sha256 != registered:
        raise invalid("header_sha256", "is not that of the recorded version", "send the record's own")
    return row


def _check_signature(proof: ErasureProof) -> None:
    """By the key that the proof shows. Whose key that is, whoever reads the proof has to know."""
    pem, fingerprint = check_public_key(proof.signature.public_key)
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey) or fingerprint != proof.signature.signer_fingerprint:
        raise invalid(
            "signature.public_key", "is not the Ed25519 key of that fingerprint", "send the signer's own"
        )
    try:
        key.verify(base64.b64decode(proof.signature.value), signed_bytes(proof))
    except InvalidSignature:
        raise invalid("signature.value", "does not fit the statement", "sign exactly what you send") from None


def signed_bytes(proof: ErasureProof) -> bytes:
    """What the signature of a proof covers: absent fields are left out, as clients send them."""
    return erasure_bytes(proof.model_dump(mode="json", exclude_none=True))


def _check_places(connection: Connection, row: RowMapping, proof: ErasureProof) -> None:
    stated = {(place.backend, place.bucket, place.key) for place in proof.places}
    copies = select(replicas.c.backend, replicas.c.url).where(replicas.c.object_id == row["id"])
    for copy in connection.execute(copies.order_by(replicas.c.position)):
        bucket, key = split_s3_url(copy.url)
        if (copy.backend, bucket, key or row["object_key"]) not in stated:
            raise invalid(
                "places",
                f"the copy on {copy.backend} is not among them",
                "erase every recorded copy; one that is left out is no erasure",
            )


def _event(row: RowMapping, proof: ErasureProof, text: str) -> Event:
    return Event(
        "object.erase",
        proof.object_key,
        row["tenant_id"],
        {
            "version": proof.version,
            "receipt_id": row["receipt_id"],
            "places": [[place.backend, place.bucket, len(place.removed)] for place in proof.places],
            "signer_fingerprint": proof.signature.signer_fingerprint,
            "proof_sha256": hashlib.sha256(text.encode()).hexdigest(),
        },
    )
