"""docs/restore-without-secingest.md on an object that lies at a provider, its S3 commands included."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from secingest_tui.crypto import standalone_reader
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.credentials import CredentialStore, backend_entry
from tests.e2e.conftest import Cli

PAGE = Path(__file__).parents[2] / "docs" / "restore-without-secingest.md"
BLOCK = re.compile(r"^```sh( s3)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_from_the_bucket_to_the_plaintext(
    cli: Cli, home: Home, stack: EmbeddedStack, tenant: str, tmp_path: Path
) -> None:
    source, passphrase, page = tmp_path / "source", tmp_path / "passphrase.txt", tmp_path / "page"
    source.write_bytes(os.urandom(3_000_000))
    passphrase.write_text("correct horse\n")
    page.mkdir()
    cli("keys", "new", "--key-id", "page", "--type", "rsa-3072", "--passphrase-file", passphrase)
    receipt = cli.json(
        "ingest", source, "--backend", "local-fi", "--as", "customer42/page.bin", "--object-version", "v1",
        "--recipient", "page",
    )  # fmt: skip
    bucket, _, key = receipt["backends"]["local-fi"]["url"].removeprefix("s3://").partition("/")
    shutil.copy(home.keys_dir / "page.pem", page / "key.pem")
    shutil.copy(home.keys_dir / "signer.pub.pem", page / "signer.pub.pem")
    shutil.copy(passphrase, page / "passphrase.txt")
    shutil.copy(standalone_reader.__file__, page / "standalone_reader.py")
    credential = CredentialStore(home.credentials_file, lambda: b"").get(backend_entry("local-fi", tenant))
    assert credential is not None
    environ = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": credential.access_key,
        "AWS_SECRET_ACCESS_KEY": credential.secret_key,
        "AWS_DEFAULT_REGION": "eu-north-1",
        "ENDPOINT": stack.s3_endpoint,
        "BUCKET": bucket,
        "OBJECT_KEY": "customer42/page.bin",
        "KEY": key,
    }
    ran = []
    for s3, text in BLOCK.findall(PAGE.read_text()):
        (page / "restored").unlink(missing_ok=True)
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", text],
            cwd=page, env=environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, text + done.stderr
        ran.append(bool(s3))
        if "-o restored" in text:
            assert (page / "restored").read_bytes() == source.read_bytes()
    assert ran[0]
    assert len(ran) == 5
