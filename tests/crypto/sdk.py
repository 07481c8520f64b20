"""The independent implementation: aws-encryption-sdk with the material providers library."""

from __future__ import annotations

from collections.abc import Mapping

import aws_encryption_sdk
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    CreateMultiKeyringInput,
    CreateRawEcdhKeyringInput,
    CreateRawRsaKeyringInput,
    EphemeralPrivateKeyToStaticPublicKeyInput,
    PaddingScheme,
    PublicKeyDiscoveryInput,
    RawEcdhStaticConfigurationsEphemeralPrivateKeyToStaticPublicKey,
    RawEcdhStaticConfigurationsPublicKeyDiscovery,
)
from aws_cryptography_primitives.smithygenerated.aws_cryptography_primitives.models import ECDHCurveSpec
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.identifiers import AlgorithmSuite

from secingest_tui.crypto import pem
from secingest_tui.crypto.keyfile import KeyType

from .objects import Pair

CURVES = {
    KeyType.P256: ECDHCurveSpec.ECC_NIST_P256,
    KeyType.P384: ECDHCurveSpec.ECC_NIST_P384,
    KeyType.P521: ECDHCurveSpec.ECC_NIST_P521,
}
SDK_TYPES = [KeyType.RSA_3072, KeyType.RSA_4096, *CURVES]

_providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
_strict = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
)
_loose = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
)


def _keyring(pair: Pair, *, private: bool) -> object:
    if pair.type in CURVES:
        if private:
            scheme: object = RawEcdhStaticConfigurationsPublicKeyDiscovery(
                PublicKeyDiscoveryInput(recipient_static_private_key=pem.encode_private(pair.key, None))
            )
        else:
            scheme = RawEcdhStaticConfigurationsEphemeralPrivateKeyToStaticPublicKey(
                EphemeralPrivateKeyToStaticPublicKeyInput(
                    recipient_public_key=pem.spki(pair.key.public_key())
                )
            )
        return _providers.create_raw_ecdh_keyring(
            CreateRawEcdhKeyringInput(curve_spec=CURVES[pair.type], key_agreement_scheme=scheme)
        )
    key = (
        {"private_key": pem.encode_private(pair.key, None)}
        if private
        else {"public_key": pem.encode_public(pair.key.public_key())}
    )
    return _providers.create_raw_rsa_keyring(
        CreateRawRsaKeyringInput(
            key_namespace="secingest",
            key_name=pair.key_id,
            padding_scheme=PaddingScheme.OAEP_SHA256_MGF1,
            **key,
        )
    )


def decrypt(sealed: bytes, pair: Pair, context: Mapping[str, str] | None = None) -> bytes:
    plaintext, _ = _strict.decrypt(
        source=sealed, keyring=_keyring(pair, private=True), encryption_context=dict(context or {})
    )
    return plaintext


def encrypt(
    plaintext: bytes,
    *pairs: Pair,
    context: Mapping[str, str],
    frame_length: int,
    suite: AlgorithmSuite = AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
) -> bytes:
    rings = [_keyring(each, private=False) for each in pairs]
    ring = rings[0]
    if len(rings) > 1:
        ring = _providers.create_multi_keyring(
            CreateMultiKeyringInput(generator=rings[0], child_keyrings=rings[1:])
        )
    client = _strict if suite.is_committing() else _loose
    sealed, _ = client.encrypt(
        source=plaintext,
        keyring=ring,
        encryption_context=dict(context),
        algorithm=suite,
        frame_length=frame_length,
    )
    return sealed
