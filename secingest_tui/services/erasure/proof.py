"""Proofs of erasure: made and signed here, and checked here, both signatures of them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature

from backend_stub.contract.erasure import erasure_answer_bytes, erasure_bytes
from secingest_tui.crypto.errors import SignatureInvalidError
from secingest_tui.crypto.signature import SignerKey, SignerPublicKey
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.paths import Home
from secingest_tui.services.proof import server_key_of


class ProofInvalid(SecingestError):
    """A proof of erasure was not signed by whom it says, or was changed since."""


@dataclass(frozen=True, slots=True)
class _Statement:
    fields: Mapping[str, Any]

    def signing_bytes(self) -> bytes:
        return erasure_bytes(self.fields)


def sign_proof(fields: Mapping[str, Any], signer: SignerKey) -> dict[str, Any]:
    """The statement with the signature of whoever erased."""
    value = base64.b64encode(signer.sign(_Statement(fields))).decode()
    return {
        **fields,
        "signature": {
            "alg": "ed25519",
            "signer": signer.key_id,
            "signer_fingerprint": signer.fingerprint,
            "public_key": signer.public.to_pem().decode(),
            "value": value,
        },
    }


def verify_proof(answer: Mapping[str, Any], signers: Sequence[SignerPublicKey], server_pem: bytes) -> None:
    """Raise ProofInvalid unless a trusted signer signed the proof, and that server its record.

    ``answer`` as the server sent it, or as it was kept here.
    """
    key = server_key_of(server_pem)
    try:
        proof, stated = answer["proof"], answer["proof"]["signature"]
        signer = next((one for one in signers if one.fingerprint == stated["signer_fingerprint"]), None)
        if signer is None:
            raise ProofInvalid(
                "The proof is signed by somebody who is not trusted here.",
                hint="Ask the tenant for the signer's public key, and name it with --signer.",
            )
        signer.verify(_Statement(proof), base64.b64decode(stated["value"], validate=True))
        value = base64.b64decode(answer["signature"]["value"], validate=True)
        key.verify(value, erasure_answer_bytes(answer))
    except SignatureInvalidError:
        raise ProofInvalid("The proof was changed after it was signed.") from None
    except InvalidSignature:
        raise ProofInvalid(
            "The record of the proof is not signed by this server, or was changed since.",
            hint="Fetch it again from the server, or ask the server's operator.",
        ) from None
    except (KeyError, TypeError, ValueError):
        raise ProofInvalid("This is no proof of erasure.") from None


def keep(home: Home, answer: Mapping[str, Any]) -> Path:
    """Keep a recorded proof on this side too, as the server sent it."""
    path = _path(home, answer["object_key"], answer["version"])
    private_dir(path.parent)
    write_atomic(path, json.dumps(answer, indent=1, ensure_ascii=False).encode())
    return path


def load(path: Path) -> dict[str, Any]:
    """A proof from a file. Raises UsageError."""
    try:
        answer = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.") from None
    except ValueError:
        raise UsageError(f"{path} is no proof of erasure: not JSON.") from None
    if not isinstance(answer, dict) or "proof" not in answer:
        raise UsageError(f"{path} is no proof of erasure.")
    return answer


def _path(home: Home, object_key: str, version: str) -> Path:
    name = hashlib.sha256(json.dumps([object_key, version]).encode()).hexdigest()[:32]
    return home.root / "erasures" / f"{name}.json"
