"""The raw RSA and ECDH vectors of AWS's material providers library, through our writer and reader.

The library publishes keys and encrypt-then-decrypt descriptions, no finished messages (the data file says
from which commit, and under which licence): each is carried out here with one side ours and the other theirs.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from aws_cryptographic_material_providers.mpl import models
from aws_encryption_sdk.identifiers import AlgorithmSuite
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

from secingest_tui.crypto import pem
from secingest_tui.crypto.errors import CryptoError
from secingest_tui.crypto.keyfile import KeyType

from . import sdk
from .objects import EXPECT, Pair, context, pattern, seal, unseal

pytestmark = pytest.mark.oracle

DATA: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "material_providers_raw.json").read_text(encoding="utf-8")
)
CURVES = {"ecc-256": KeyType.P256, "ecc-384": KeyType.P384, "ecc-521": KeyType.P521}
PLAINTEXT = pattern(1000)


def rsa_pair() -> Pair:
    private = DATA["keys"]["rsa-4096-private"]
    return Pair(KeyType.RSA_4096, private["key-id"], load_pem_private_key(private["material"].encode(), None))  # type: ignore[arg-type]


def ecdh_pair(name: str, party: str) -> Pair:
    entry = DATA["keys"][name]
    key = load_pem_private_key(entry[f"{party}-material"].encode(), None)
    stated = load_der_public_key(base64.b64decode(entry[f"{party}-material-public-key"]))
    assert pem.spki(key.public_key()) == pem.spki(stated)  # type: ignore[arg-type]
    return Pair(CURVES[entry["key-id"]], entry["key-id"], key)  # type: ignore[arg-type]


def static_keyring(pair: Pair, other: Pair) -> object:
    """Theirs, between two keys that both have."""
    return sdk._providers.create_raw_ecdh_keyring(
        models.CreateRawEcdhKeyringInput(
            curve_spec=sdk.CURVES[pair.type],
            key_agreement_scheme=models.RawEcdhStaticConfigurationsRawPrivateKeyToStaticPublicKey(
                models.RawPrivateKeyToStaticPublicKeyInput(
                    sender_static_private_key=pem.encode_private(pair.key, None),
                    recipient_public_key=pem.spki(other.key.public_key()),
                )
            ),
        )
    )


@pytest.mark.parametrize("test", DATA["rsa_tests"].values(), ids=lambda test: test["description"].split()[-1])
def test_raw_rsa(test: dict[str, Any]) -> None:
    """Suite 0x0478 both ways; the signed suite is refused, and says so."""
    assert test["type"] == "positive-keyring"
    pair = rsa_pair()
    public = DATA["keys"][test["encryptKeyDescription"]["key"]]["material"]
    assert pem.encode_public(pair.key.public_key()).decode().split() == public.split()
    if test["algorithmSuiteId"] == "0478":
        theirs = sdk.encrypt(PLAINTEXT, pair, context=context([pair]), frame_length=128)
        assert unseal(theirs, pair, expect=EXPECT)[0] == PLAINTEXT
        assert sdk.decrypt(seal(PLAINTEXT, [pair]), pair, EXPECT) == PLAINTEXT
        return
    signed = AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
    theirs = sdk.encrypt(PLAINTEXT, pair, context=context([pair]), frame_length=128, suite=signed)
    with pytest.raises(CryptoError, match="suite"):
        unseal(theirs, pair)


@pytest.mark.parametrize(
    "test", DATA["ecdh_tests"], ids=lambda test: f"{test['key']}-{test['encrypt']}-{test['decrypt']}"
)
def test_raw_ecdh(test: dict[str, str]) -> None:
    """Their ephemeral and static senders to our reader; our writer to their discovery."""
    recipient = ecdh_pair(test["key"], "recipient")
    if test["encrypt"] == "ephemeral":
        theirs = sdk.encrypt(PLAINTEXT, recipient, context=context([recipient]), frame_length=128)
        assert sdk.decrypt(seal(PLAINTEXT, [recipient]), recipient, EXPECT) == PLAINTEXT
    else:
        sender = ecdh_pair(test["key"], "sender")
        theirs, _ = sdk._strict.encrypt(
            source=PLAINTEXT,
            keyring=static_keyring(sender, recipient),
            encryption_context=context([recipient]),
            algorithm=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
            frame_length=128,
        )
        if test["decrypt"] == "static":
            opened, _ = sdk._strict.decrypt(source=theirs, keyring=static_keyring(recipient, sender))
            assert opened == PLAINTEXT
    assert unseal(theirs, recipient, expect=EXPECT)[0] == PLAINTEXT
