"""Decrypting a ciphertext file with a private key alone: no configuration, server or network."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from secingest_tui.crypto.esdk.stream import decrypt_file
from secingest_tui.crypto.keyfile import read
from secingest_tui.crypto.recipients import PrivateKey, load_private_key
from secingest_tui.crypto.signature import KeySidecar, Sidecar, SignerPublicKey
from secingest_tui.errors import UsageError
from secingest_tui.files import sync_dir
from secingest_tui.services.passphrase import from_file_or_terminal
from secingest_tui.services.restore.run import check_output


@dataclass(frozen=True, slots=True)
class DecryptedFile:
    """What came out: plaintext ``size`` in bytes, the verified context, the signer if one was checked."""

    output: str
    size: int
    context: dict[str, str]
    signer: str | None


def load_key_file(path: Path, passphrase_file: Path | None, key_id: str | None = None) -> PrivateKey:
    """A private key from its PEM file; its passphrase is asked only where it is protected."""
    from secingest_tui.crypto.pem import is_protected

    data = read(path)
    passphrase = None
    if is_protected(data):
        passphrase = from_file_or_terminal(passphrase_file, f"Passphrase of {path}")()
    return load_private_key(data, passphrase, key_id)


def decrypt_ciphertext(
    ciphertext: Path,
    output: str,
    private_key: PrivateKey,
    *,
    expect: Mapping[str, str],
    signature: Path | None,
    signers: Sequence[Path],
    wrapped_keys: Path | None,
    require_signature: bool,
    force: bool,
    stdout: BinaryIO,
) -> DecryptedFile:
    """Verify and decrypt ``ciphertext`` into ``output`` (``-`` is ``stdout``).

    ``wrapped_keys`` is the keys sidecar beside the object, for a key that was given access later. Where
    ``signers`` are given, signature and keys sidecar each have to be by one of them.
    A file is written beside its target and renamed only when the whole object was verified. Raises
    UsageError for files that cannot be used and CryptoError for what is wrong with the object.
    """
    check_output(output, force=force)
    if signature is not None and not signers:
        raise UsageError("--signature needs --signer: the public key to check it by.", field="--signer")
    if require_signature and signature is None:
        raise UsageError("--require-signature needs --signature FILE and --signer PEM.", field="--signature")
    try:
        source = ciphertext.open("rb")
    except OSError as error:
        raise UsageError(f"Cannot read {ciphertext}: {error.strerror}.") from None
    with source:
        trusted = [SignerPublicKey.load(read(path)) for path in signers]
        sidecar = Sidecar.parse(read_whole(signature)) if signature else None
        keys = KeySidecar.parse(read_whole(wrapped_keys)) if wrapped_keys else None
        # Where the signature names none of them, the first says that it is by somebody else.
        named = sidecar.signer if sidecar else None
        public = next((key for key in trusted if key.fingerprint == named), trusted[0] if trusted else None)

        def run(sink: BinaryIO) -> DecryptedFile:
            done = decrypt_file(
                source, private_key, sink, expect=expect, sidecar=sidecar, signer=public, further=keys,
                key_signers=trusted,
            )  # fmt: skip
            return DecryptedFile(output, done.plaintext_length, done.header.context, done.signer)

        if output == "-":
            return run(stdout)
        return _into_file(Path(output), run)


def _into_file(path: Path, run: Callable[[BinaryIO], DecryptedFile]) -> DecryptedFile:
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(6)}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            done = run(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        sync_dir(path.parent)
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}; nothing was left.", field="-o") from None
    finally:
        temporary.unlink(missing_ok=True)
    return done


def read_whole(path: Path) -> bytes:
    """The bytes of a file; UsageError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.") from None
