"""The commands of docs/restore-without-secingest.md, run as they stand there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from secingest_tui.crypto import pem, standalone_reader
from secingest_tui.crypto.esdk import object_context
from secingest_tui.crypto.keyfile import KeyType

from .objects import Pair, pair, pattern, seal, sign, signer

pytestmark = pytest.mark.oracle

PAGE = Path(__file__).parents[2] / "docs" / "restore-without-secingest.md"
BLOCK = re.compile(r"^```(\w+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLAINTEXT = pattern(3 * 1024 * 1024 + 17)


def folder_as_the_page_has_it(folder: Path, kind: KeyType) -> None:
    alice = Pair(kind, "customer42-k1", pair(kind).key)
    about = object_context(
        tenant="customer42", object_key="customer42/report.pdf", version="v1", key_ids=[alice.key_id]
    )
    sealed = seal(PLAINTEXT, [alice], frame_length=1024 * 1024, about=about)
    (folder / "object.enc").write_bytes(sealed)
    (folder / "object.enc.sig").write_bytes(sign(sealed).encode())
    (folder / "key.pem").write_bytes(pem.encode_private(alice.key, b"correct horse"))
    (folder / "passphrase.txt").write_bytes(b"correct horse\n")
    (folder / "signer.pub.pem").write_bytes(signer().public.to_pem())
    shutil.copy(standalone_reader.__file__, folder / "standalone_reader.py")


@pytest.mark.parametrize(
    ("kind", "tag", "least"),
    [(KeyType.RSA_3072, "rsa", 7), (KeyType.P256, "ec", 6), (KeyType.MLKEM768_X25519, "hpke", 4)],
)
def test_every_command_of_the_page(kind: KeyType, tag: str, least: int, tmp_path: Path) -> None:
    folder_as_the_page_has_it(tmp_path, kind)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = 0
    for language, words, text in BLOCK.findall(PAGE.read_text()):
        if language == "python":
            (tmp_path / words).write_text(text)
            continue
        assert language == "sh"
        if words and tag not in words.split():
            continue
        (tmp_path / "restored").unlink(missing_ok=True)
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", text],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stderr}"
        if " restored" in text:
            assert (tmp_path / "restored").read_bytes() == PLAINTEXT
        if "kdf" in text:
            assert "this is the data key" in done.stdout
        ran += 1
    assert ran >= least
