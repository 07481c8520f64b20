"""Objects and keys made once, long ago as far as this test is concerned: they must open for ever."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

from secingest_tui.crypto import pem
from secingest_tui.crypto.esdk import decrypt_file, parse_header
from secingest_tui.crypto.recipients import PrivateKey, load_private_key
from secingest_tui.crypto.signature import Sidecar, SignerPublicKey

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden.json").read_text())
PLAINTEXT = base64.b64decode(GOLDEN["plaintext"])


def private(key_id: str) -> PrivateKey:
    return load_private_key(GOLDEN["keys"][key_id].encode(), GOLDEN["passphrase"].encode(), key_id)


@pytest.mark.parametrize("key_id", GOLDEN["keys"])
def test_our_object(key_id: str) -> None:
    sealed = base64.b64decode(GOLDEN["secingest"]["object"])
    sidecar = Sidecar.parse(base64.b64decode(GOLDEN["secingest"]["sidecar"]))
    sink = io.BytesIO()
    report = decrypt_file(
        io.BytesIO(sealed),
        private(key_id),
        sink,
        expect=GOLDEN["context"],
        sidecar=sidecar,
        signer=SignerPublicKey.load(GOLDEN["signer"].encode()),
        registered_length=len(sealed),
    )
    assert sink.getvalue() == PLAINTEXT
    assert report.header.context == GOLDEN["context"]
    assert [report.header.key_id(index) for index in range(len(GOLDEN["keys"]))] == list(GOLDEN["keys"])


@pytest.mark.parametrize("key_id", GOLDEN["aws-encryption-sdk"])
def test_the_sdks_object(key_id: str) -> None:
    sealed = base64.b64decode(GOLDEN["aws-encryption-sdk"][key_id])
    sink = io.BytesIO()
    decrypt_file(io.BytesIO(sealed), private(key_id), sink, expect=GOLDEN["context"])
    assert sink.getvalue() == PLAINTEXT
    assert parse_header(sealed).frame_length == 128


@pytest.mark.parametrize("key_id", GOLDEN["keys"])
def test_key_files(key_id: str) -> None:
    data = GOLDEN["keys"][key_id].encode()
    assert pem.is_protected(data)
    assert private(key_id).fingerprint == pem.fingerprint(pem.load_private(data, b"golden").public_key())
