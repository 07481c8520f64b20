"""Bundles uploaded by the real AWS CLI and s3cmd, and objects that other software encrypted."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateRawRsaKeyringInput, PaddingScheme
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import AlgorithmSuite

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore, backend_entry
from tests.e2e.conftest import KEY_ID, Cli

Upload = Callable[[Path, str], None]


@pytest.fixture(scope="module")
def provider(home: Home, tenant: str) -> Credential:
    found = CredentialStore(home.credentials_file, lambda: b"").get(backend_entry("local-fi", tenant))
    assert found is not None
    return found


@pytest.fixture
def aws(provider: Credential, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": provider.access_key,
        "AWS_SECRET_ACCESS_KEY": provider.secret_key,
        "AWS_DEFAULT_REGION": "eu-north-1",
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "file.bin"
    path.write_bytes(os.urandom(11 * 1024 * 1024))
    return path


@pytest.fixture(scope="module", autouse=True)
def bucket(cli: Cli, stack: EmbeddedStack, tenant: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The tenant's bucket exists: an ordinary ingest made it."""
    path = tmp_path_factory.mktemp("first") / "first"
    path.write_bytes(b"1")
    cli("ingest", path, "--backend", "local-fi", "--as", "customer42/first")


def bundle_of(cli: Cli, source: Path, folder: Path, key: str) -> dict[str, str]:
    made = cli.json(
        "encrypt", source, "-o", folder, "--backend", "local-fi", "--as", key, "--object-version", "v1"
    )
    assert {path.name for path in folder.iterdir()} == {
        "ciphertext", "ciphertext.sig", "wrapped-data-key.bin", "registration.json", "upload.sh",
    }  # fmt: skip
    return made


def test_uploaded_by_the_aws_cli(cli: Cli, aws: dict[str, str], source: Path, tmp_path: Path) -> None:
    """Its own script: multipart by the AWS CLI, so that the ETag is not ours to foresee."""
    folder = tmp_path / "bundle"
    bundle_of(cli, source, folder, "customer42/bundled/aws")
    early = cli("register", "--bundle", folder, code=2)
    assert "upload.sh" in early.stderr
    subprocess.run([folder / "upload.sh"], check=True, env=aws, timeout=60, stdout=subprocess.DEVNULL)
    receipt = cli.json("register", "--bundle", folder)
    assert receipt["warnings"] == []
    assert cli.json("register", "--bundle", folder)["receipt_id"] == receipt["receipt_id"]
    cli("restore", "customer42/bundled/aws", "-o", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == source.read_bytes()


def test_uploaded_by_s3cmd(
    cli: Cli, stack: EmbeddedStack, provider: Credential, source: Path, tmp_path: Path
) -> None:
    folder, config = tmp_path / "bundle", tmp_path / "s3cfg"
    made = bundle_of(cli, source, folder, "customer42/bundled/s3cmd")
    host = stack.s3_endpoint.removeprefix("http://")
    config.write_text(
        f"[default]\naccess_key = {provider.access_key}\nsecret_key = {provider.secret_key}\n"
        f"host_base = {host}\nhost_bucket = {host}\nuse_https = False\nsignature_v2 = False\n"
    )
    for name in ("ciphertext", "ciphertext.sig"):
        target = made["upload_to"] + name.removeprefix("ciphertext")
        subprocess.run(
            ["/usr/bin/s3cmd", "-c", config, "-q", "put", folder / name, target], check=True, timeout=60
        )
    cli("register", "--bundle", folder)
    cli("restore", "customer42/bundled/s3cmd", "-o", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == source.read_bytes()


def test_the_wrapped_key_is_that_of_the_registration(
    cli: Cli, home: Home, source: Path, tmp_path: Path
) -> None:
    """OpenSSL alone unwraps it with the private key."""
    folder = tmp_path / "bundle"
    bundle_of(cli, source, folder, "customer42/bundled/openssl")
    unwrapped = subprocess.run(
        [
            "openssl", "pkeyutl", "-decrypt", "-inkey", home.keys_dir / f"{KEY_ID}.pem",
            "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256",
            "-pkeyopt", "rsa_mgf1_md:sha256", "-in", folder / "wrapped-data-key.bin",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    assert len(unwrapped.stdout) == 32


def test_something_else_in_the_bucket_is_not_registered(
    cli: Cli, aws: dict[str, str], stack: EmbeddedStack, source: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "bundle"
    made = bundle_of(cli, source, folder, "customer42/bundled/swapped")
    subprocess.run([folder / "upload.sh"], check=True, env=aws, timeout=60, stdout=subprocess.DEVNULL)
    wrong = tmp_path / "wrong"
    data = bytearray((folder / "ciphertext").read_bytes())
    data[-1] ^= 1
    wrong.write_bytes(data)
    subprocess.run(
        ["/usr/bin/aws", "--endpoint-url", stack.s3_endpoint, "s3", "cp", wrong, made["upload_to"]],
        check=True,
        env=aws,
        timeout=60,
        stdout=subprocess.DEVNULL,
    )
    said = cli("register", "--bundle", folder, code=1)
    assert "not the bundle's ciphertext" in said.stderr
    assert cli("objects", "list", "--prefix", "customer42/bundled/swapped", "--json").stdout == ""


def test_a_failed_bundle_leaves_nothing(cli: Cli, tmp_path: Path) -> None:
    cli(
        "encrypt", tmp_path / "nothing", "-o", tmp_path / "bundle", "--backend", "local-fi",
        "--as", "customer42/x", code=2,
    )  # fmt: skip
    assert not (tmp_path / "bundle").exists()


def test_an_object_of_the_reference_implementation(
    cli: Cli, home: Home, stack: EmbeddedStack, aws: dict[str, str], source: Path, tmp_path: Path
) -> None:
    """Encrypted by the AWS Encryption SDK, uploaded by the AWS CLI, registered and restored by us."""
    keyring = AwsCryptographicMaterialProviders(MaterialProvidersConfig()).create_raw_rsa_keyring(
        CreateRawRsaKeyringInput(
            key_namespace="secingest",
            key_name=KEY_ID,
            padding_scheme=PaddingScheme.OAEP_SHA256_MGF1,
            public_key=(home.keys_dir / f"{KEY_ID}.pub.pem").read_bytes(),
        )
    )
    client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    key = "customer42/theirs/file.bin"
    sealed, _ = client.encrypt(
        source=source.read_bytes(),
        keyring=keyring,
        algorithm=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
        encryption_context={"tenant": "customer42", "object-key": key, "version": "v1"},
    )
    (tmp_path / "sealed").write_bytes(sealed)
    with_bucket = cli.json("objects", "show", "customer42/first")["replicas"][0]["url"].split("/")[2]
    subprocess.run(
        ["/usr/bin/aws", "--endpoint-url", stack.s3_endpoint, "s3", "cp", tmp_path / "sealed",
         f"s3://{with_bucket}/{key}"],
        check=True, env=aws, timeout=60, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    receipt = cli.json("register", key, "--backend", "local-fi", "--from-bucket")
    assert receipt["key_id"] == KEY_ID
    assert json.dumps(receipt["warnings"]) == "[]"
    refused = cli("restore", key, "-o", tmp_path / "out", code=1)
    assert "no uploader's signature" in refused.stderr
    cli("restore", key, "-o", tmp_path / "out", "--allow-unsigned")
    assert (tmp_path / "out").read_bytes() == source.read_bytes()


def test_plaintext_in_a_bucket_is_not_registered(
    cli: Cli, stack: EmbeddedStack, aws: dict[str, str], source: Path
) -> None:
    bucket = cli.json("objects", "show", "customer42/first")["replicas"][0]["url"].split("/")[2]
    subprocess.run(
        ["/usr/bin/aws", "--endpoint-url", stack.s3_endpoint, "s3", "cp", source, f"s3://{bucket}/customer42/plain"],
        check=True, env=aws, timeout=60, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    said = cli("register", "customer42/plain", "--backend", "local-fi", code=2)
    assert "not encrypted" in said.stderr
