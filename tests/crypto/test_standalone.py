"""The single-file reader, as a customer runs it: a copy of the file, in an empty folder, by itself."""

from __future__ import annotations

import argparse
import ast
import json
import random
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from secingest_tui.crypto import pem, standalone_reader
from secingest_tui.crypto.esdk import Sealer, parse_header
from secingest_tui.crypto.keyfile import KeyType, write_pair
from secingest_tui.crypto.rewrap import wrap_further
from secingest_tui.crypto.signature import FurtherKey, KeySidecar, Sidecar, SignerKey

from . import sdk
from .objects import EXPECT, RECIPIENT_TYPES, Pair, context, pair, pattern, seal, sign, signer

PLAINTEXT = pattern(5 * 64 + 10)
STRIDE = 96


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "signer.pem").write_bytes(signer().public.to_pem())
    (tmp_path / "passphrase").write_bytes(b"two words\n")
    return tmp_path


def alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a copy of the reader in isolated mode, where nothing of the project can be imported."""
    reader = folder / "standalone_reader.py"
    shutil.copy(standalone_reader.__file__, reader)
    return subprocess.run(
        [sys.executable, "-I", str(reader), *arguments], cwd=folder, capture_output=True, check=False
    )


def within(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    """The same in this process, for the many cases."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["standalone_reader.py", *arguments])
    return standalone_reader.main()


def key_of(owner: Pair, folder: Path, passphrase: bytes | None = None) -> None:
    (folder / "key.pem").write_bytes(pem.encode_private(owner.key, passphrase))


def test_it_imports_nothing_but_python_and_cryptography() -> None:
    tree = ast.parse(Path(standalone_reader.__file__).read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    roots = {name.split(".")[0] for name in names}
    assert roots - sys.stdlib_module_names - {"__future__"} == {"cryptography"}


@pytest.mark.parametrize("kind", RECIPIENT_TYPES)
def test_our_objects(kind: KeyType, folder: Path) -> None:
    alice = pair(kind)
    paths = write_pair(folder, "k1", alice.key, b"two words")
    sealed = seal(PLAINTEXT, [alice])
    (folder / "object").write_bytes(sealed)
    (folder / "object.sig").write_bytes(sign(sealed).encode())
    expect = [argument for item in EXPECT.items() for argument in ("--expect", "=".join(item))]
    done = alone(
        folder,
        *("object", "-o", "plain", "--private-key", paths.private.name, "--passphrase-file", "passphrase"),
        *("--signature", "object.sig", "--signer", "signer.pem"),
        *expect,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "plain").read_bytes() == PLAINTEXT
    assert stat.S_IMODE((folder / "plain").stat().st_mode) == 0o600
    assert b"origin verified" in done.stderr


@pytest.mark.oracle
@pytest.mark.parametrize("kind", sdk.SDK_TYPES)
def test_the_sdks_objects(kind: KeyType, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = pair(kind)
    key_of(alice, folder)
    for size in (0, 128, 300):
        sealed = sdk.encrypt(pattern(size), alice, context=context([alice]), frame_length=128)
        (folder / "object").write_bytes(sealed)
        assert within(monkeypatch, folder, "object", "-o", "plain", "--private-key", "key.pem") == 0
        assert (folder / "plain").read_bytes() == pattern(size)


def test_to_standard_output_and_inspect(folder: Path) -> None:
    alice = pair(KeyType.P256)
    key_of(alice, folder)
    sealed = seal(PLAINTEXT, [alice])
    (folder / "object").write_bytes(sealed)
    done = alone(folder, "object", "-o", "-", "--private-key", "key.pem")
    assert (done.returncode, done.stdout) == (0, PLAINTEXT)
    assert b"origin not verified" in done.stderr
    shown = json.loads(alone(folder, "object", "--inspect").stdout)
    assert shown["context"] == context([alice])
    assert shown["frame_length"] == 64
    assert shown["header_length"] == parse_header(sealed).length


def test_a_wrapped_key_added_later(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = pair(KeyType.P256), pair(KeyType.RSA_3072)
    sealed = seal(PLAINTEXT, [alice])
    header = parse_header(sealed)
    extra = bob.recipient.wrap(alice.private.unwrap(header), header.context)
    (folder / "object").write_bytes(sealed)
    (folder / "extra").write_bytes(extra.serialise())
    key_of(bob, folder)
    command = ("object", "-o", "plain", "--private-key", "key.pem")
    assert within(monkeypatch, folder, *command) == 1
    assert within(monkeypatch, folder, *command, "--wrapped-key", "extra") == 0
    assert (folder / "plain").read_bytes() == PLAINTEXT


@pytest.mark.parametrize("kind", RECIPIENT_TYPES)
def test_the_keys_sidecar(
    kind: KeyType, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alice, bob, header_of = pair(KeyType.P256), pair(kind, "bob"), parse_header
    sealed, other = seal(PLAINTEXT, [alice]), seal(PLAINTEXT, [alice])
    key_of(bob, folder)

    def keys(of: bytes, by: SignerKey | None = None) -> bytes:
        wrapped = wrap_further(header_of(of), alice.private, [bob.recipient])
        return KeySidecar.sign(header_of(of), 1, wrapped, by or signer()).encode()

    good = keys(sealed)
    # Wrapped by hand with the right data key's place taken by another object's: signed all the same.
    wrong = bob.recipient.wrap(alice.private.unwrap(header_of(other)), header_of(sealed).context)
    wrong_key = FurtherKey(bob.key_id, "x", bob.recipient.fingerprint, wrong)
    lists = {
        "good": good,
        "mallory": keys(sealed, signer("mallory")),
        "other": keys(other),
        "committed": KeySidecar.sign(header_of(sealed), 1, [wrong_key], signer()).encode(),
        "altered": good.replace(b'"revision":1', b'"revision":2'),
        "noise": b"{}\n",
        "list": b"[]\n",
        "nothing": good.replace(b'"keys":[{', b'"keys":[],"x":[{'),
        "format": good.replace(b"secingest-keys-1", b"secingest-keys-2"),
    }
    (folder / "object").write_bytes(sealed)
    (folder / "sig").write_bytes(sign(sealed).encode())
    (folder / "mallory.pem").write_bytes(signer("mallory").public.to_pem())
    for name, data in lists.items():
        (folder / name).write_bytes(data)
    command = ("object", "-o", "plain", "--private-key", "key.pem")
    signed = (*command, "--signature", "sig", "--signer", "signer.pem")
    for arguments in (
        (*command, "--wrapped-keys", "good"),
        (*command, "--wrapped-keys", "mallory"),
        (*signed, "--wrapped-keys", "good"),
        (*signed, "--signer", "mallory.pem", "--wrapped-keys", "mallory"),
    ):
        assert within(monkeypatch, folder, *arguments) == 0, capsys.readouterr().err
        assert (folder / "plain").read_bytes() == PLAINTEXT
        (folder / "plain").unlink()
    for arguments, why in (
        (signed, "no wrapped key"),
        ((*signed, "--wrapped-keys", "mallory"), "not by this signer"),
        ((*signed, "--wrapped-keys", "altered"), "not by this signer"),
        ((*command, "--wrapped-keys", "other"), "another object"),
        ((*command, "--wrapped-keys", "committed"), "not the one this object was sealed with"),
        ((*command, "--wrapped-keys", "noise"), "malformed"),
        ((*command, "--wrapped-keys", "list"), "malformed"),
        ((*command, "--wrapped-keys", "nothing"), "malformed"),
        ((*command, "--wrapped-keys", "format"), "malformed"),
    ):
        capsys.readouterr()
        assert within(monkeypatch, folder, *arguments) == 1, arguments
        assert why in capsys.readouterr().err
        assert not list(folder.glob("plain*"))


BODY_CHANGES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "cut": lambda head, body: head + body[: 2 * STRIDE],
    "header only": lambda head, body: head,
    "inside the header": lambda head, body: head[:-1],
    "last byte": lambda head, body: head + body[:-1],
    "appended": lambda head, body: head + body + b"\0",
    "twice": lambda head, body: head + body + head + body,
    "swapped": lambda head, body: head + body[STRIDE : 2 * STRIDE] + body[:STRIDE] + body[2 * STRIDE :],
    "repeated": lambda head, body: head + body[:STRIDE] + body,
    "left out": lambda head, body: head + body[:STRIDE] + body[2 * STRIDE :],
    "suite": lambda head, body: head[:1] + b"\x05\x78" + head[3:] + body,
    "version": lambda head, body: b"\x01" + head[1:] + body,
    "tag": lambda head, body: head[:-1] + bytes([head[-1] ^ 1]) + body,
    "commitment": lambda head, body: head[:-17] + bytes([head[-17] ^ 1]) + head[-16:] + body,
}


@pytest.mark.parametrize("name", BODY_CHANGES)
@pytest.mark.parametrize("kind", [KeyType.RSA_3072, KeyType.P256])
def test_changed_objects(
    name: str,
    kind: KeyType,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    alice = pair(kind)
    key_of(alice, folder)
    sealed = seal(PLAINTEXT, [alice])
    start = parse_header(sealed).length
    (folder / "object").write_bytes(BODY_CHANGES[name](sealed[:start], sealed[start:]))
    assert within(monkeypatch, folder, "object", "-o", "plain", "--private-key", "key.pem") == 1
    assert capsys.readouterr().err.startswith("refused: ")
    assert not list(folder.glob("plain*"))


def test_any_changed_byte(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = pair(KeyType.P256)
    key_of(alice, folder)
    sealed = seal(PLAINTEXT, [alice])
    noise = random.Random(5)
    for position in range(0, len(sealed), 3):
        damaged = bytearray(sealed)
        damaged[position] ^= 1 << noise.randrange(8)
        (folder / "object").write_bytes(damaged)
        assert within(monkeypatch, folder, "object", "-o", "plain", "--private-key", "key.pem") == 1
        assert not list(folder.glob("plain*"))


def test_wrong_keys_contexts_and_signatures(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alice = pair(KeyType.P256)
    key_of(alice, folder, b"two words")
    sealed, other = seal(PLAINTEXT, [alice]), seal(PLAINTEXT, [alice])
    (folder / "object").write_bytes(sealed)
    (folder / "sig").write_bytes(sign(sealed).encode())
    (folder / "other.sig").write_bytes(sign(other).encode())
    (folder / "mallory.sig").write_bytes(sign(sealed, signer("mallory")).encode())
    damaged = bytearray(sign(sealed).encode())
    damaged[-1] ^= 1
    (folder / "damaged.sig").write_bytes(damaged)
    (folder / "noise.sig").write_bytes(b"{}\n")
    (folder / "wrong").write_bytes(b"wrong")
    (folder / "mallory.pem").write_bytes(pem.encode_private(pair(KeyType.P256, "mallory").key, None))
    good = ("object", "-o", "plain", "--private-key", "key.pem", "--passphrase-file", "passphrase")
    signed = (*good, "--signer", "signer.pem", "--signature")
    assert within(monkeypatch, folder, *signed, "sig") == 0
    (folder / "plain").unlink()
    for arguments, why in (
        ((*good[:-1], "wrong"), "passphrase"),
        ((*good, "--expect", "version=v2"), "version"),
        ((*good, "--expect", "nothing=x"), "nothing"),
        (("object", "-o", "plain", "--private-key", "mallory.pem"), "no wrapped key"),
        ((*signed, "other.sig"), "another object"),
        ((*signed, "mallory.sig"), "not by this signer"),
        ((*signed, "damaged.sig"), "another object"),
        ((*signed, "noise.sig"), "malformed"),
        ((*signed, "missing.sig"), "missing.sig"),
        (("missing", *good[1:]), "missing"),
    ):
        capsys.readouterr()
        assert within(monkeypatch, folder, *arguments) == 1, arguments
        assert why in capsys.readouterr().err
        assert not list(folder.glob("plain*"))


def test_a_changed_wrapped_key_beside_the_object(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, bob = pair(KeyType.RSA_3072), pair(KeyType.P384)
    sealed = seal(PLAINTEXT, [alice])
    header = parse_header(sealed)
    extra = bob.recipient.wrap(alice.private.unwrap(header), header.context).serialise()
    (folder / "object").write_bytes(sealed)
    key_of(bob, folder)
    command = ("object", "-o", "plain", "--private-key", "key.pem", "--wrapped-key", "extra")
    for at in range(0, len(extra), 5):
        (folder / "extra").write_bytes(extra[:at] + bytes([extra[at] ^ 1]) + extra[at + 1 :])
        assert within(monkeypatch, folder, *command) == 1
    # The key of another object opens, and is not the one that this object commits to.
    other = parse_header(seal(PLAINTEXT, [alice]))
    extra = bob.recipient.wrap(alice.private.unwrap(other), header.context).serialise()
    (folder / "extra").write_bytes(extra)
    with pytest.raises(standalone_reader.Refused, match="not the one this object was sealed with"):
        standalone_reader.read_object(
            arguments_of(monkeypatch, folder, *command), (folder / "object").open("rb")
        )


def arguments_of(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> argparse.Namespace:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["standalone_reader.py", *arguments])
    return standalone_reader.arguments()


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant": "other"},
        {"object_key": "other"},
        {"version": "v2"},
        {"frame_length": 65},
        {"ciphertext_length": 1111},
    ],
)
def test_a_signed_statement_that_the_object_contradicts(
    changes: dict[str, object], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed by the right person, and yet not about this object."""
    alice = pair(KeyType.P256)
    key_of(alice, folder)
    sealed = seal(PLAINTEXT, [alice])
    sidecar = sign(sealed)
    manifest = replace(sidecar.manifest, **changes)  # type: ignore[arg-type]
    (folder / "object").write_bytes(sealed)
    (folder / "sig").write_bytes(Sidecar.sign(manifest, sidecar.frame_digests, signer()).encode())
    command = (
        "object",
        "-o",
        "plain",
        "--private-key",
        "key.pem",
        "--signature",
        "sig",
        "--signer",
        "signer.pem",
    )
    assert within(monkeypatch, folder, *command) == 1
    assert not list(folder.glob("plain*"))


def test_a_frame_that_another_recipient_forged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = pair(KeyType.P256)
    key_of(alice, folder)
    sealed = seal(PLAINTEXT, [alice])
    header = parse_header(sealed)
    forger = Sealer.resume(alice.private.unwrap(header), header.message_id, header.raw)
    forged = bytearray(len(sealed) - header.length)
    forger.seal(1, bytes(len(PLAINTEXT)), forged, final=True)
    (folder / "object").write_bytes(header.raw + forged)
    (folder / "sig").write_bytes(sign(sealed).encode())
    command = ("object", "-o", "plain", "--private-key", "key.pem")
    assert within(monkeypatch, folder, *command, "--signature", "sig", "--signer", "signer.pem") == 1
    assert not list(folder.glob("plain*"))


def test_usage(folder: Path) -> None:
    for arguments in (
        (),
        ("object",),
        ("object", "-o", "x"),
        ("object", "-o", "x", "--private-key", "k", "--signer", "s"),
    ):
        assert alone(folder, *arguments).returncode == 2
