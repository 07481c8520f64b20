"""The server's signing key: receipts are signed with it, so that a tenant can prove a registration."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, insert, select

from backend_stub.contract.keys import ServerKey
from backend_stub.contract.objects import RECEIPT_DOMAIN, canonical_json, receipt_bytes, server_key_id

from .seal import Sealer
from .store.database import database_now
from .store.schema import server_keys


class ReceiptSigner:
    """Ed25519 (RFC 8032) over the bytes that the contract says for each kind of statement."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        public = key.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_id = server_key_id(der)
        self.public_pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @classmethod
    def open(cls, connection: Connection, sealer: Sealer) -> ReceiptSigner:
        """The database's signing key, made at the first start; needs a write transaction."""
        newest = select(server_keys).order_by(server_keys.c.created_at.desc()).limit(1)
        row = connection.execute(newest).mappings().one_or_none()
        if row is not None:
            raw = sealer.unseal(row["sealed_private_key"], "server key", row["key_id"])
            return cls(Ed25519PrivateKey.from_private_bytes(raw))
        signer = cls(Ed25519PrivateKey.generate())
        connection.execute(
            insert(server_keys).values(
                key_id=signer.key_id,
                public_key=signer.public_pem,
                sealed_private_key=sealer.seal(signer._key.private_bytes_raw(), "server key", signer.key_id),
                created_at=database_now(connection),
            )
        )
        return signer

    def public(self) -> ServerKey:
        return ServerKey(key_id=self.key_id, public_key=self.public_pem)

    def sign(
        self, statement: Mapping[str, Any], signed: Callable[[Mapping[str, Any]], bytes] = receipt_bytes
    ) -> dict[str, Any]:
        """The statement (decoded JSON, without `signature`) with its signature over `signed` of it."""
        value = base64.b64encode(self._key.sign(signed(statement))).decode()
        return {**statement, "signature": {"alg": "ed25519", "key_id": self.key_id, "value": value}}

    def signed_receipt(self, receipt: Mapping[str, Any]) -> str:
        """The canonical JSON text of `sign(receipt)`. Many are made at once, so it is written only once."""
        before = canonical_json({name: receipt[name] for name in receipt if name < "signature"})
        after = canonical_json({name: receipt[name] for name in receipt if name > "signature"})
        both = before[:-1] + b"," + after[1:]
        value = base64.b64encode(self._key.sign(RECEIPT_DOMAIN + both)).decode()
        signature = canonical_json({"alg": "ed25519", "key_id": self.key_id, "value": value})
        return (before[:-1] + b',"signature":' + signature + b"," + after[1:]).decode()
