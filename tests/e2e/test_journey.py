"""The main job on real parts: in by our command line, out by ours, by stock tools, and by the reference."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateRawRsaKeyringInput, PaddingScheme
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.credentials import CredentialStore, backend_entry
from tests.e2e.conftest import KEY_ID, Cli

SIZE = 300 * 1024 * 1024
KEY = "customer42/reports/2024-Q4.bin"


@pytest.fixture(scope="module")
def plaintext(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plain") / "random.bin"
    with path.open("wb") as stream:
        for _ in range(SIZE // (4 * 1024 * 1024)):
            stream.write(os.urandom(4 * 1024 * 1024))
    return path


@pytest.fixture(scope="module")
def receipt(cli: Cli, tenant: str, plaintext: Path) -> dict[str, object]:
    return cli.json(
        "ingest", plaintext, "--tenant", tenant, "--backend", "local-fi", "--as", KEY,
        "--object-version", "v1", "--recipient", KEY_ID,
    )  # fmt: skip


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def test_the_receipt_says_everything_promised(receipt: dict[str, object]) -> None:
    promised = {
        "object_key", "version", "backend", "bucket", "etag", "size", "ciphertext_size",
        "ciphertext_checksum", "key_id", "key_alg", "encrypted_key", "residency", "replica_count", "jobs",
        "receipt_id", "recorded_at",
    }  # fmt: skip
    assert promised <= receipt.keys()
    assert (receipt["object_key"], receipt["version"], receipt["size"]) == (KEY, "v1", SIZE)
    assert receipt["warnings"] == []


def test_restore_gives_the_same_bytes(
    cli: Cli, receipt: dict[str, object], plaintext: Path, tmp_path: Path
) -> None:
    restored = tmp_path / "restored.bin"
    done = cli.json("restore", KEY, "-o", restored)
    assert digest(restored) == digest(plaintext)
    assert done["signed_by"]
    assert list(tmp_path.iterdir()) == [restored]


def test_a_plain_s3_client_and_the_private_key_are_enough(
    cli: Cli,
    home: Home,
    stack: EmbeddedStack,
    tenant: str,
    receipt: dict[str, object],
    plaintext: Path,
    tmp_path: Path,
) -> None:
    """aws cli fetches; our offline decrypt and the AWS Encryption SDK both give the plaintext."""
    ciphertext = tmp_path / "object"
    location = receipt["backends"]["local-fi"]["url"]  # type: ignore[index]
    credential = CredentialStore(home.credentials_file, lambda: b"").get(backend_entry("local-fi", tenant))
    assert credential is not None
    subprocess.run(
        [
            "/usr/bin/aws",
            "--endpoint-url",
            stack.s3_endpoint,
            "s3",
            "cp",
            "--no-progress",
            location,
            ciphertext,
        ],
        check=True,
        timeout=120,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "AWS_ACCESS_KEY_ID": credential.access_key,
            "AWS_SECRET_ACCESS_KEY": credential.secret_key,
            "AWS_DEFAULT_REGION": "eu-north-1",
        },
    )
    assert ciphertext.stat().st_size == receipt["ciphertext_size"]

    private = home.keys_dir / f"{KEY_ID}.pem"
    restored = tmp_path / "ours"
    said = cli(
        "decrypt", ciphertext, "-o", restored, "--private-key", private,
        "--expect", "tenant=customer42", "--expect", f"object-key={KEY}",
    )  # fmt: skip
    assert "origin not verified" in said.stderr
    assert digest(restored) == digest(plaintext)

    keyring = AwsCryptographicMaterialProviders(MaterialProvidersConfig()).create_raw_rsa_keyring(
        CreateRawRsaKeyringInput(
            key_namespace="secingest",
            key_name=KEY_ID,
            padding_scheme=PaddingScheme.OAEP_SHA256_MGF1,
            private_key=private.read_bytes(),
        )
    )
    client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    reference = hashlib.sha256()
    with ciphertext.open("rb") as source, client.stream(mode="d", source=source, keyring=keyring) as plain:
        while chunk := plain.read(1 << 20):
            reference.update(chunk)
    assert reference.hexdigest() == digest(plaintext)


def test_fetch_gives_the_ciphertext_and_its_signature(
    cli: Cli, home: Home, receipt: dict[str, object], plaintext: Path, tmp_path: Path
) -> None:
    ciphertext, restored = tmp_path / "object", tmp_path / "plain"
    fetched = cli.json("fetch", KEY, "-o", ciphertext)
    assert fetched["ciphertext_size"] == receipt["ciphertext_size"]
    done = cli.json(
        "decrypt", ciphertext, "-o", restored, "--private-key", home.keys_dir / f"{KEY_ID}.pem",
        "--signature", f"{ciphertext}.sig", "--signer", home.keys_dir / "signer.pub.pem",
        "--require-signature",
    )  # fmt: skip
    assert done["signer"]
    assert digest(restored) == digest(plaintext)


def test_inspect_needs_no_key(cli: Cli, receipt: dict[str, object], tmp_path: Path) -> None:
    import json

    ciphertext = tmp_path / "object"
    cli("fetch", KEY, "-o", ciphertext)
    shown = json.loads(cli("inspect", ciphertext).stdout)
    assert shown["suite"] == "0x0478"
    assert shown["recipients"] == [{"key_id": KEY_ID, "key_alg": "rsa-oaep", "wrapped_key_length": 384}]
    assert shown["encryption_context"]["object-key"] == KEY


def test_the_replica_restores_too(cli: Cli, tenant: str, tmp_path: Path) -> None:
    source = tmp_path / "small.txt"
    source.write_bytes(b"to be copied\n" * 1000)
    made = cli.json(
        "ingest", source, "--backend", "local-fi", "--as", "customer42/small.txt", "--object-version", "v1",
        "--target", "local-de",
    )  # fmt: skip
    assert [job["state"] for job in made["jobs"]] == ["queued"]
    cli("worker", "--once")
    shown = cli.json("objects", "show", "customer42/small.txt")
    assert {item["backend"]: item["verified_by"] for item in shown["replicas"]} == {
        "local-fi": None,
        "local-de": "signed-frames",
    }
    cli("restore", "customer42/small.txt", "-o", tmp_path / "out", "--backend", "local-de")
    assert (tmp_path / "out").read_bytes() == source.read_bytes()


def test_standard_streams(cli: Cli, tenant: str, tmp_path: Path) -> None:
    data = os.urandom(20 * 1024 * 1024 + 5)
    made = cli("ingest", "-", "--backend", "local-de", "--as", "customer42/dump.sql", "--json", stdin=data)
    assert f'"size": {len(data)}' in made.stdout
    cli("restore", "customer42/dump.sql", "-o", tmp_path / "dump.sql")
    assert (tmp_path / "dump.sql").read_bytes() == data


@pytest.mark.parametrize("kind", ["rsa-4096", "p256", "p384", "p521", "mlkem768-x25519"])
def test_every_kind_of_recipient(cli: Cli, tenant: str, kind: str, tmp_path: Path) -> None:
    source, key, out = tmp_path / "file", f"customer42/{kind}", tmp_path / "out"
    source.write_bytes(kind.encode())
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse\n")
    cli("keys", "new", "--key-id", kind, "--type", kind, "--passphrase-file", passphrase)
    cli("ingest", source, "--backend", "local-fi", "--as", key, "--recipient", kind)
    cli("restore", key, "-o", out, "--passphrase-file", passphrase)
    assert out.read_bytes() == source.read_bytes()


def test_a_folder_keeps_its_relative_names(cli: Cli, tenant: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    names = ["a.txt", "sub dir/b.txt", "sub dir/empty", "ünïcode/c\u202etxt"]
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name.endswith("empty") else name.encode())
    (folder / "link").symlink_to("a.txt")
    (folder / os.fsdecode(b"raw\xff")).write_bytes(b"raw")
    said = cli(
        "ingest", folder, "--backend", "local-fi", "--prefix", "customer42/in/", "--recipient", KEY_ID
    )  # fmt: skip
    assert "symbolic link" in said.stderr
    listed = cli("objects", "list", "--prefix", "customer42/in/", "--json").stdout.splitlines()
    import json

    assert {json.loads(line)["object_key"] for line in listed} == {
        *(f"customer42/in/{name}" for name in names),
        "customer42/in/raw%FF",
    }
    cli("restore", "customer42/in/sub dir/empty", "-o", tmp_path / "empty")
    assert (tmp_path / "empty").read_bytes() == b""
