"""Public keys are recorded, private ones refused in every dress."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from backend_stub.server.problems import ProblemError
from backend_stub.server.registry.pem import check_public_key
from secingest_tui.crypto.keyfile import KeyType, generate, write_pair

from .support import Server

FORMATS: list[tuple[str, PrivateFormat, KeySerializationEncryption]] = [
    ("pkcs8", PrivateFormat.PKCS8, NoEncryption()),
    ("pkcs8-encrypted", PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase")),
    ("traditional", PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    ("openssh", PrivateFormat.OpenSSH, NoEncryption()),
]


def test_public_keys(server: Server, tenant: str, p256_pem: str) -> None:
    client = server.client(tenant)
    signer = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = signer.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    body = {"key_id": "signer", "key_alg": "ed25519", "public_key": pem, "purpose": "signer"}
    first = client.post("/proxy/keys", body)
    assert (first.status, client.post("/proxy/keys", body).status) == (201, 200)
    assert first.json["public_key"] == pem
    other = client.post("/proxy/keys", {**body, "public_key": p256_pem})
    assert (other.status, other.code) == (409, "key-differs")
    assert client.post("/proxy/keys", {**body, "key_id": "other", "public_key": "x"}).status == 422
    for number in range(3):
        assert client.post("/proxy/keys", {**body, "key_id": f"k{number}"}).status == 201
    page = client.get("/proxy/keys", limit=2).json
    rest = client.get("/proxy/keys", limit=2, cursor=page["next"]).json
    assert [key["key_id"] for key in page["items"] + rest["items"]] == ["k0", "k1", "k2", "signer"]
    assert rest["next"] is None


@pytest.mark.parametrize(("name", "form", "encryption"), FORMATS, ids=[name for name, _, _ in FORMATS])
@pytest.mark.parametrize("label", ["as it is", "PUBLIC KEY"])
def test_private_keys_leave_no_trace(
    server: Server,
    tenant: str,
    name: str,
    form: PrivateFormat,
    encryption: KeySerializationEncryption,
    label: str,
) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, form, encryption).decode()
    secret_line = pem.splitlines()[2]
    if label != "as it is":
        pem = re.sub(r"(BEGIN|END) .*?-----", rf"\1 {label}-----", pem)
    client = server.client(tenant)
    answer = client.post("/proxy/keys", {"key_id": "k", "key_alg": "ecdh-p256", "public_key": pem})
    assert answer.status == 422
    assert answer.code == "private-key" or (name == "openssh" and label != "as it is")
    assert secret_line not in answer.body.decode()
    assert not any(secret_line in line for line in server.log)
    for file in server.folder.iterdir():
        assert secret_line.encode() not in file.read_bytes()


def test_fingerprint_is_of_the_der() -> None:
    import hashlib

    public = rsa.generate_private_key(65537, 2048).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    assert check_public_key(pem.replace("\n", "\r\n")) == (pem, hashlib.sha256(der).hexdigest())


@given(
    st.text()
    | st.binary().map(lambda der: "-----BEGIN PUBLIC KEY-----\n" + der.hex() + "\n-----END PUBLIC KEY-----")
)
def test_arbitrary_text_is_refused_with_a_problem(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        check_public_key(text)
    assert caught.value.status_code == 422


@pytest.mark.parametrize("key_type", [kind for kind in KeyType if kind is not KeyType.RSA_4096])
@pytest.mark.parametrize("passphrase", [None, b"a passphrase"])
def test_every_key_pair_that_our_client_writes(
    tmp_path: Path, key_type: KeyType, passphrase: bytes | None
) -> None:
    paths = write_pair(tmp_path, "k", generate(key_type), passphrase)
    pem, _ = check_public_key(paths.public.read_text())
    assert pem == paths.public.read_text()
    with pytest.raises(ProblemError) as caught:
        check_public_key(paths.private.read_text())
    assert caught.value.code == "private-key"
