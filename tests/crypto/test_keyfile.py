"""Key pairs on disk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from secingest_tui.crypto import pem
from secingest_tui.crypto.errors import KeyFileError, WrongPassphraseError
from secingest_tui.crypto.keyfile import (
    KeyPaths,
    KeyType,
    change_passphrase,
    generate,
    read_public,
    write_pair,
)

from .objects import pair


@pytest.mark.parametrize("kind", list(KeyType))
@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_a_pair(kind: KeyType, passphrase: bytes | None, tmp_path: Path) -> None:
    key = pair(kind).key
    paths = write_pair(tmp_path / "keys", "k1", key, passphrase)
    assert paths == KeyPaths(tmp_path / "keys" / "k1.pem", tmp_path / "keys" / "k1.pub.pem")
    assert stat.S_IMODE(paths.private.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.private.parent.stat().st_mode) == 0o700
    info = read_public(paths.public)
    assert info.type is kind
    assert info.fingerprint == pem.fingerprint(key.public_key())
    loaded = pem.load_private(paths.private.read_bytes(), passphrase)
    assert pem.fingerprint(loaded.public_key()) == info.fingerprint


def test_every_pair_is_new() -> None:
    kinds = [kind for kind in KeyType if kind is not KeyType.RSA_4096] * 2
    prints = [pem.fingerprint(generate(kind).public_key()) for kind in kinds]
    assert len(set(prints)) == len(prints)


def test_nothing_is_ever_replaced(tmp_path: Path) -> None:
    paths = write_pair(tmp_path, "k1", pair(KeyType.P256).key, b"x")
    before = paths.private.read_bytes(), paths.public.read_bytes()
    with pytest.raises(KeyFileError, match="exists"):
        write_pair(tmp_path, "k1", pair(KeyType.P384).key, b"x")
    assert (paths.private.read_bytes(), paths.public.read_bytes()) == before
    paths.private.unlink()
    with pytest.raises(KeyFileError, match="exists"):
        write_pair(tmp_path, "k1", pair(KeyType.P384).key, b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k1.pub.pem"]
    assert paths.public.read_bytes() == before[1]


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    write_pair(tmp_path, "k1", pair(KeyType.P256).key, None)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize("key_id", ["../k", "a/b", "", ".k"])
def test_a_key_id_that_leaves_the_directory(key_id: str, tmp_path: Path) -> None:
    with pytest.raises(KeyFileError):
        write_pair(tmp_path, key_id, pair(KeyType.P256).key, None)
    assert not list(tmp_path.iterdir())


def test_another_passphrase(tmp_path: Path) -> None:
    key = pair(KeyType.MLKEM768_X25519).key
    path = write_pair(tmp_path, "k1", key, b"old").private
    before = path.read_bytes()
    with pytest.raises(WrongPassphraseError):
        change_passphrase(path, b"wrong", b"new")
    assert path.read_bytes() == before
    for old, new in ((b"old", b"new"), (b"new", None), (None, b"last")):
        change_passphrase(path, old, new)
        assert pem.is_protected(path.read_bytes()) == (new is not None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert pem.fingerprint(pem.load_private(path.read_bytes(), b"last").public_key()) == pem.fingerprint(
        key.public_key()
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k1.pem", "k1.pub.pem"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot be read"):
        read_public(tmp_path / "missing.pem")
    with pytest.raises(KeyFileError, match="cannot be read"):
        read_public(tmp_path)
    (tmp_path / "noise").write_bytes(bytes(10))
    with pytest.raises(KeyFileError, match="PEM"):
        read_public(tmp_path / "noise")


def test_kinds_that_are_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "k.pub.pem"
    for key, why in (
        (rsa.generate_private_key(65537, 2048), "rsa-2048"),
        (ec.generate_private_key(ec.SECP256K1()), "secp256k1"),
    ):
        path.write_bytes(pem.encode_public(key.public_key()))
        with pytest.raises(KeyFileError, match=why):
            read_public(path)
