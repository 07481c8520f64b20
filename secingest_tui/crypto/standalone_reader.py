#!/usr/bin/env python3
"""Decrypts one object that secingest or the AWS Encryption SDK sealed. Nothing else is needed.

Keep this file beside the data. It needs Python 3.11 or newer and the package "cryptography"
(any version for RSA and elliptic curves, 48 or newer for MLKEM768-X25519 keys)::

    python standalone_reader.py OBJECT -o FILE --private-key KEY.pem
    python standalone_reader.py OBJECT --inspect

The bytes it reads are AWS Encryption SDK message format version 2, algorithm suite 0x0478, framed;
the numbers in the comments are explained in docs/object-format.md of secingest. It accepts nothing
else, verifies everything before it writes it, and leaves no file behind where anything is wrong.
"""

from __future__ import annotations

import argparse
import base64
import getpass
import hashlib
import hmac
import io
import json
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

MAX_FRAME = 64 * 1024 * 1024


class Refused(Exception):
    """The object, the key or the signature is not what it has to be."""


def refuse(why: str) -> NoReturn:
    raise Refused(why)


# ---- the header: version 1, suite 2, message id 32, context, wrapped keys, type 1, frame length 4,
# ---- commitment 32, tag 16; every variable field after its length in two bytes, big-endian


class Taker:
    """Reads exact numbers of bytes and remembers them."""

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.raw = source, b""

    def take(self, count: int) -> bytes:
        data = self.source.read(count)
        if len(data) != count:
            refuse("the object ends inside its header")
        self.raw += data
        return data

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def field(self) -> bytes:
        return self.take(self.number(2))


def read_header(source: BinaryIO) -> dict[str, Any]:
    taker = Taker(source)
    if taker.take(3) != b"\x02\x04\x78":
        refuse("not an AWS Encryption SDK message, version 2, suite 0x0478")
    header: dict[str, Any] = {"message_id": taker.take(32), "context_bytes": taker.field()}
    header["context"] = read_context(header["context_bytes"])
    count = taker.number(2)
    if not 1 <= count <= 16:
        refuse(f"{count} wrapped keys")
    header["keys"] = [(taker.field(), taker.field(), taker.field()) for _ in range(count)]
    if taker.number(1) != 2:
        refuse("the body is not framed")
    header["frame_length"] = taker.number(4)
    if not 1 <= header["frame_length"] <= MAX_FRAME:
        refuse(f"frame length {header['frame_length']}")
    header["commitment"] = taker.take(32)
    header["body"] = taker.raw
    header["tag"] = taker.take(16)
    header["raw"] = taker.raw
    return header


def read_context(data: bytes) -> dict[str, str]:
    """count 2, then key and value, each after its length; keys sorted, none twice."""
    pieces, position = [], 2
    while position < len(data):
        length = int.from_bytes(data[position : position + 2], "big")
        pieces.append(data[position + 2 : position + 2 + length])
        position += 2 + length
    keys = pieces[::2]
    right = position == len(data) and len(pieces) == 2 * int.from_bytes(data[:2], "big")
    if data and not (right and pieces and keys == sorted(set(keys))):
        refuse("the encryption context is malformed")
    return {key.decode(): value.decode() for key, value in zip(keys, pieces[1::2], strict=True)}


# ---- the private key: PKCS#8 in PEM; MLKEM768-X25519 is not known to load_pem_private_key


def der(data: bytes) -> list[tuple[int, bytes]]:
    """The (tag, content) pairs of one level of DER."""
    found = []
    while data:
        tag, length, start = data[0], data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start], "big")
        found.append((tag, data[start : start + length]))
        data = data[start + length :]
    return found


XWING_OID = bytes.fromhex("2b0601040183e62d81c87a")  # 1.3.6.1.4.1.62253.25722
SCRYPT_OID = bytes.fromhex("2b06010401da47040b")  # 1.3.6.1.4.1.11591.4.11


def load_private_key(pem: bytes, passphrase_file: Path | None) -> Any:
    passphrase = None
    if b"ENCRYPTED" in pem:
        if passphrase_file:
            passphrase = passphrase_file.read_bytes().partition(b"\n")[0].rstrip(b"\r")
        else:
            passphrase = getpass.getpass("Passphrase: ").encode()
    try:
        seed = xwing_seed(pem, passphrase)
        return seed if seed else load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError, IndexError):
        refuse("the private key cannot be read: wrong passphrase, damaged, or of another kind")


def xwing_seed(pem: bytes, passphrase: bytes | None) -> bytes | None:
    """The 32-byte seed of an MLKEM768-X25519 key (draft-connolly-cfrg-xwing-kem), else None."""
    lines = [line for line in pem.splitlines() if not line.startswith(b"-----")]
    (_, info), *_ = der(base64.b64decode(b"".join(lines)))
    if passphrase is not None:
        # PBES2 (RFC 8018): algorithm { pbes2, { { scrypt, { salt, N, r, p } }, { aes-256-cbc, iv } } }, data
        (_, algorithm), (_, sealed) = der(info)
        (_, kdf), (_, cipher) = der(der(algorithm)[1][1])
        if der(kdf)[0][1] != SCRYPT_OID:
            return None
        salt, *costs = (value for _, value in der(der(kdf)[1][1]))
        n, r, p = (int.from_bytes(value, "big") for value in costs[:3])
        key = hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=2**28, dklen=32)
        decryptor = Cipher(algorithms.AES256(key), modes.CBC(der(cipher)[1][1])).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        if not 1 <= padded[-1] <= 16:
            raise ValueError
        info = der(padded[: -padded[-1]])[0][1]
    parts = der(info)  # version, { algorithm }, key
    return parts[2][1] if der(parts[1][1])[0][1] == XWING_OID else None


# ---- the wrapped keys: (provider id, provider info, ciphertext)


def unwrap(header: dict[str, Any], keys: list[tuple[bytes, bytes, bytes]], private: Any) -> bytes:
    """The data key that opens with ``private`` and that the header commits to."""
    for provider, info, sealed in keys:
        try:
            data_key = unwrap_one(provider, info, sealed, header["context_bytes"], private)
        except (ValueError, InvalidTag):
            continue
        if data_key is None:
            continue
        commitment = HKDF(SHA512(), 32, header["message_id"], b"COMMITKEY").derive(data_key)
        if not hmac.compare_digest(commitment, header["commitment"]):
            refuse("the wrapped key is not the one this object was sealed with")
        return data_key
    refuse("no wrapped key in this object opens with this private key")


def unwrap_one(provider: bytes, info: bytes, sealed: bytes, context: bytes, private: Any) -> bytes | None:
    if isinstance(private, rsa.RSAPrivateKey) and provider == b"secingest":
        return private.decrypt(sealed, padding.OAEP(padding.MGF1(SHA256()), SHA256(), None))
    if isinstance(private, ec.EllipticCurvePrivateKey) and provider == b"raw-ecdh":
        return unwrap_ecdh(info, sealed, context, private)
    if isinstance(private, bytes) and provider == b"hpke":
        from cryptography.hazmat.primitives import hpke
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        expanded = hashlib.shake_256(private).digest(96)
        key = hpke.MLKEM768X25519PrivateKey(
            MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
            X25519PrivateKey.from_private_bytes(expanded[64:]),
        )
        suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
        return suite.decrypt(sealed, key, b"esdk-hpke-v1" + context)
    return None


def unwrap_ecdh(
    info: bytes, sealed: bytes, context: bytes, private: ec.EllipticCurvePrivateKey
) -> bytes | None:
    """info: 01, length 4, own point, length 4, ephemeral point; sealed: salt 32, commitment 32, key 48."""
    own = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    size = len(own).to_bytes(4, "big")
    if info[: 5 + len(own)] != b"\x01" + size + own or info[5 + len(own) : 9 + len(own)] != size:
        return None
    sender = info[9 + len(own) :]
    curve = {256: b"p256", 384: b"p384", 521: b"p521"}[private.curve.key_size]
    fixed = b"\0".join((b"ecdh-key-derivation", curve, b"HMAC_SHA384", sender + own, b"\x01", context))
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(private.curve, sender))
    # SP 800-108, counter mode, HMAC-SHA-384, 512 bits
    data = fixed + b"\0" + sealed[:32] + (512).to_bytes(4, "big")
    derived = b"".join(hmac.digest(shared, n.to_bytes(4, "big") + data, "sha384") for n in (1, 2))[:64]
    if not hmac.compare_digest(derived[:32], sealed[32:64]):
        return None
    return AESGCM(derived[32:]).decrypt(bytes(12), sealed[64:], fixed)


# ---- the signature: a line of JSON, then the SHA-256 of every frame


def require_signer(signer_pems: list[bytes], fields: tuple[bytes, ...], signature: bytes) -> None:
    """Ed25519 by one of the signers over the fields, each after its length in four bytes."""
    statement = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    for pem in signer_pems:
        signer = load_pem_public_key(pem)
        if not isinstance(signer, ed25519.Ed25519PublicKey):
            refuse("the signer's key is not Ed25519")
        try:
            return signer.verify(signature, statement)
        except InvalidSignature:
            continue
    refuse("the signature is not by this signer")


def verify_signature(
    data: bytes, signer_pems: list[bytes], header: dict[str, Any]
) -> tuple[list[bytes], dict[str, Any]]:
    line, _, digests = data.partition(b"\n")
    try:
        signed = json.loads(line)
        names = [signed[name].encode() for name in ("tenant", "object_key", "version")]
        numbers = [
            signed[n].to_bytes(8, "big") for n in ("frame_length", "plaintext_length", "ciphertext_length")
        ]
        header_hash, list_hash = (bytes.fromhex(signed[name]) for name in ("header_sha256", "frames_sha256"))
        signature = base64.b64decode(signed["signature"], validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        refuse("the signature file is malformed")
    fields = (b"secingest object signature 1", *names, header_hash, *numbers, list_hash)
    require_signer(signer_pems, fields, signature)
    context = [header["context"].get(name, "").encode() for name in ("tenant", "object-key", "version")]
    if (
        hashlib.sha256(header["raw"]).digest() != header_hash
        or hashlib.sha256(digests).digest() != list_hash
        or context != names
        or signed["frame_length"] != header["frame_length"]
    ):
        refuse("the signature is about another object")
    return [digests[at : at + 32] for at in range(0, len(digests), 32)], signed


# ---- the keys sidecar: a line of JSON with wrapped keys for who got access later


def further_keys(
    data: bytes, signer_pems: list[bytes], header: dict[str, Any]
) -> list[tuple[bytes, bytes, bytes]]:
    """Its wrapped keys. Whoever signed it, the commitment in the header holds each to the data key."""
    try:
        listed = json.loads(data)
        names = [listed[name].encode() for name in ("tenant", "object_key", "version")]
        header_hash = bytes.fromhex(listed["header_sha256"])
        numbers = [number.to_bytes(8, "big") for number in (listed["revision"], len(listed["keys"]))]
        fields, wrapped = [b"secingest further keys 1", *names, header_hash, *numbers], []
        for key in listed["keys"]:
            wrapped.append(base64.b64decode(key["wrapped"], validate=True))
            fields += [key["key_id"].encode(), key["key_alg"].encode(), bytes.fromhex(key["fingerprint"])]
            fields.append(wrapped[-1])
        signature = base64.b64decode(listed["signature"], validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        refuse("the keys sidecar is malformed")
    if listed.get("format") != "secingest-keys-1" or not 1 <= len(wrapped) <= 64:
        refuse("the keys sidecar is malformed")
    if header_hash != hashlib.sha256(header["raw"]).digest():
        refuse("the keys sidecar is about another object")
    if signer_pems:
        require_signer(signer_pems, tuple(fields), signature)
    return [read_wrapped_key(io.BytesIO(key)) for key in wrapped]


def read_wrapped_key(source: BinaryIO) -> tuple[bytes, bytes, bytes]:
    taker = Taker(source)
    return taker.field(), taker.field(), taker.field()


# ---- the body: frames


def decrypt(
    source: BinaryIO, header: dict[str, Any], data_key: bytes, sink: BinaryIO, digests: list[bytes] | None
) -> int:
    """Write the plaintext, frame by frame, each after it was verified; return its length."""
    message_id, size = header["message_id"], header["frame_length"]
    aead = AESGCM(HKDF(SHA512(), 32, message_id, b"\x04\x78DERIVEKEY").derive(data_key))
    try:
        aead.decrypt(bytes(12), header["tag"], header["body"])
    except InvalidTag:
        refuse("the header was changed")
    number, total, final = 0, 0, False
    while not final:
        number += 1
        start = source.read(4)
        final = start == b"\xff\xff\xff\xff"
        head = start + source.read(20 if final else 12)
        expected = number.to_bytes(4, "big") + number.to_bytes(12, "big")
        if (head[4:20] if final else head) != expected:
            refuse(f"the object ends without its final frame, or frame {number} is not where it belongs")
        length = int.from_bytes(head[20:], "big") if final else size
        if length > size:
            refuse("the final frame is longer than a frame")
        sealed = source.read(length + 16)
        if digests is not None and digests[number - 1 : number] != [hashlib.sha256(head + sealed).digest()]:
            refuse(f"frame {number} is not the one that was signed")
        kind = b"AWSKMSEncryptionClient Final Frame" if final else b"AWSKMSEncryptionClient Frame"
        aad = message_id + kind + number.to_bytes(4, "big") + length.to_bytes(8, "big")
        try:
            sink.write(aead.decrypt(expected[4:], sealed, aad))
        except InvalidTag:
            refuse(f"frame {number} was changed, or the object ends inside it")
        total += length
    if source.read(1):
        refuse("bytes follow the final frame")
    if digests is not None and number != len(digests):
        refuse("frames are missing")
    return total


# ---- the command


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Decrypt an object sealed by secingest.")
    parser.add_argument("object", type=Path)
    parser.add_argument("-o", "--output", help="where the plaintext goes; - is standard output")
    parser.add_argument("--private-key", type=Path, help="PEM file (PKCS#8)")
    parser.add_argument("--passphrase-file", type=Path, help="its first line opens the private key")
    parser.add_argument(
        "--expect", action="append", default=[], metavar="KEY=VALUE", help="what the context must say"
    )
    parser.add_argument("--signature", type=Path, help="the sidecar object that lies beside the object")
    parser.add_argument(
        "--signer", type=Path, action="append", default=[], help="PEM file of a trusted Ed25519 public key"
    )
    parser.add_argument("--wrapped-keys", type=Path, help="the keys sidecar that lies beside the object")
    parser.add_argument(
        "--wrapped-key", type=Path, action="append", default=[], help="one bare wrapped key added later"
    )
    parser.add_argument("--inspect", action="store_true", help="show the header and stop")
    options = parser.parse_args()
    if not options.inspect and not (options.output and options.private_key):
        parser.error("--output and --private-key are needed")
    if bool(options.signature) != bool(options.signer):
        parser.error("--signature and --signer belong together")
    return options


def inspect(header: dict[str, Any]) -> None:
    """The header as JSON. Nothing in it is verified: that takes the private key."""
    keys = [
        {
            "provider": p.decode(),
            "info": i.decode("ascii", "replace"),
            "ciphertext": base64.b64encode(c).decode(),
        }
        for p, i, c in header["keys"]
    ]
    shown = {
        "suite": "0x0478",
        "message_id": header["message_id"].hex(),
        "context": header["context"],
        "wrapped_keys": keys,
        "frame_length": header["frame_length"],
        "commitment": header["commitment"].hex(),
        "header_length": len(header["raw"]),
    }
    sys.stdout.write(json.dumps(shown, indent=2) + "\n")


def read_object(options: argparse.Namespace, source: BinaryIO) -> None:
    header = read_header(source)
    if options.inspect:
        return inspect(header)
    digests, origin = None, "origin not verified"
    signers = [path.read_bytes() for path in options.signer]
    if options.signature:
        digests, signed = verify_signature(options.signature.read_bytes(), signers, header)
        if options.object.stat().st_size != signed["ciphertext_length"]:
            refuse("the object has another length than the signed one")
        origin = "origin verified"
    extra = [read_wrapped_key(io.BytesIO(path.read_bytes())) for path in options.wrapped_key]
    if options.wrapped_keys:
        extra += further_keys(options.wrapped_keys.read_bytes(), signers, header)
    private = load_private_key(options.private_key.read_bytes(), options.passphrase_file)
    data_key = unwrap(header, header["keys"] + extra, private)
    for pair in options.expect:
        name, _, value = pair.partition("=")
        if header["context"].get(name) != value:
            refuse(f"the context says {name}={header['context'].get(name)!r}, not {value!r}")
    if options.output == "-":
        total = decrypt(source, header, data_key, sys.stdout.buffer, digests)
        sys.stdout.buffer.flush()
    else:
        total = decrypt_to_file(source, header, data_key, Path(options.output), digests)
    sys.stderr.write(f"{total} bytes, every frame verified, {origin}\n")
    return None


def decrypt_to_file(
    source: BinaryIO, header: dict[str, Any], data_key: bytes, path: Path, digests: list[bytes] | None
) -> int:
    """Into a file beside the target, which gets its name only once everything was verified."""
    temporary = path.with_name(path.name + ".part")
    try:
        temporary.touch(0o600, exist_ok=False)
        with temporary.open("wb") as sink:
            total = decrypt(source, header, data_key, sink, digests)
            sink.flush()
            os.fsync(sink.fileno())
        temporary.replace(path)
    except FileExistsError:
        refuse(f"{temporary} is in the way")
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return total


def main() -> int:
    options = arguments()
    try:
        with options.object.open("rb") as source:
            read_object(options, source)
    except (Refused, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"refused: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
