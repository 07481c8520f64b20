"""Encrypting a file to a file, beside age, openssl, gpg, rclone crypt, the AWS Encryption SDK, and cp.

    python tests/benchmarks/encrypt_file.py [--mib 1024] [--rounds 3]

Ours is the whole command ``secingest encrypt``: key wrapping, frames, signature and fsync included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.rig import (
    SECINGEST,
    Contender,
    as_installed,
    compare,
    quiet_machine,
    random_file,
    remove,
    workplace,
)

SDK = """
import sys
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateRawRsaKeyringInput, PaddingScheme
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import AlgorithmSuite
keyring = AwsCryptographicMaterialProviders(MaterialProvidersConfig()).create_raw_rsa_keyring(
    CreateRawRsaKeyringInput(key_namespace="secingest", key_name="k",
        padding_scheme=PaddingScheme.OAEP_SHA256_MGF1, public_key=open(sys.argv[3], "rb").read()))
client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
with open(sys.argv[1], "rb") as plain, open(sys.argv[2], "wb") as out:
    with client.stream(mode="e", source=plain, keyring=keyring, frame_length=1048576,
            algorithm=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY) as sealed:
        while chunk := sealed.read(8 << 20):
            out.write(chunk)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    quiet_machine()
    with workplace() as folder:
        source, out = random_file(folder / "plain", options.mib << 20), folder / "out"
        home = {"SECINGEST_HOME": str(folder / "home")} | as_installed(folder)
        prepare(folder, home)
        rclone = {
            "RCLONE_CONFIG_C_TYPE": "crypt",
            "RCLONE_CONFIG_C_REMOTE": str(out),
            "RCLONE_CONFIG_C_PASSWORD": obscured(),
        }
        wipe = remove(out)
        into = ("-o", str(out), "--tenant", "t", "--backend", "b", "--as", "t/x")
        ours = [*SECINGEST, "encrypt", str(source), *into]
        openssl = ["openssl", "enc", "-aes-256-ctr", "-pbkdf2", "-pass", "pass:x", "-in", str(source)]
        gpg = ["gpg", "--batch", "--yes", "--homedir", str(folder / "gpg"), "--pinentry-mode", "loopback"]
        gpg += ["--passphrase", "x", "--compress-algo", "none", "-o", str(out), "-c", str(source)]
        sdk = [sys.executable, "-c", SDK, str(source), str(out), str(folder / "home/keys/k.pub.pem")]
        recipient = (folder / "age.pub").read_text().strip() if (folder / "age.pub").exists() else ""
        age = ["age", "-r", recipient, "-o", str(out), str(source)]
        compare(
            f"encrypt {options.mib} MiB to a file",
            [
                Contender("secingest encrypt", lambda n: ours, home, before=wipe),
                Contender("cp (the floor)", lambda n: ["cp", str(source), str(out)], before=wipe),
                Contender("age -r", lambda n: age, needs="age", before=wipe),
                Contender(
                    "openssl enc -aes-256-ctr",
                    lambda n: [*openssl, "-out", str(out)],
                    needs="openssl",
                    before=wipe,
                ),
                Contender("gpg --symmetric", lambda n: gpg, needs="gpg", before=wipe),
                Contender(
                    "rclone copy to crypt",
                    lambda n: ["rclone", "copy", "-q", str(source), "c:"],
                    rclone,
                    needs="rclone",
                    before=wipe,
                ),
                Contender("aws-encryption-sdk", lambda n: sdk, before=wipe),
            ],
            options.rounds,
        )


def prepare(folder: Path, home: dict[str, str]) -> None:
    """A profile with one key and one backend, which nothing is sent to; keys for the others."""
    import os

    environ = {**os.environ, **home}
    (folder / "home").mkdir(mode=0o700)
    (folder / "gpg").mkdir(mode=0o700)
    (folder / "home" / "config.toml").write_text('[server]\nurl = "http://127.0.0.1:1"\n')
    backends = folder / "home" / "backends"
    backends.mkdir()
    (backends / "b.toml").write_text('id = "b"\nendpoint = "http://127.0.0.1:1"\ncountry = "FI"\n')
    new = [*SECINGEST, "keys", "new", "--key-id", "k", "--type", "rsa-3072", "--no-passphrase"]
    subprocess.run(new, env=environ, check=True, capture_output=True)
    try:
        subprocess.run(["age-keygen", "-o", folder / "age.key"], check=True, capture_output=True)
        public = subprocess.run(
            ["age-keygen", "-y", folder / "age.key"], check=True, capture_output=True, text=True
        )
        (folder / "age.pub").write_text(public.stdout)
    except FileNotFoundError:
        return


def obscured() -> str:
    try:
        done = subprocess.run(["rclone", "obscure", "password"], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()


if __name__ == "__main__":
    main()
