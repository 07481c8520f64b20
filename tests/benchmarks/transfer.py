"""Uploads and restores against the embedded SeaweedFS, beside the AWS CLI and rclone (plain and crypt).

    python tests/benchmarks/transfer.py [--mib 1024] [--files 1000] [--rounds 3] [--only WHAT]

WHAT is upload, small, restore or memory; memory is not part of a run without --only.

Ours encrypts, signs, verifies and registers; the plaintext peers only send. All go to the same store.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore, backend_entry
from tests.benchmarks.encrypt_file import obscured
from tests.benchmarks.rig import (
    SECINGEST,
    Contender,
    as_installed,
    compare,
    environment,
    quiet_machine,
    random_file,
    remove,
    workplace,
)

TENANT = "bench"


class Bench:
    """A stack with one tenant, and how each contender reaches it."""

    def __init__(self, folder: Path, stack: EmbeddedStack, home: Home) -> None:
        self.folder = folder
        self.home = {"SECINGEST_HOME": str(home.root)} | as_installed(folder)
        environ = {**os.environ, **self.home}
        for command in (
            ["keys", "new", "--key-id", "k", "--type", "rsa-3072", "--no-passphrase"],
            ["tenant", "create", TENANT],
        ):
            subprocess.run([*SECINGEST, *command], env=environ, check=True, capture_output=True)
        first = random_file(folder / "first", 10)
        run = [*SECINGEST, "ingest", str(first), "--backend", "local-fi", "--as", f"{TENANT}/first"]
        subprocess.run(run, env=environ, check=True, capture_output=True)
        found = CredentialStore(home.credentials_file, lambda: b"").get(backend_entry("local-fi", TENANT))
        assert found is not None
        credential: Credential = found
        self.bucket = next(iter(stack_buckets(stack, credential)))
        self.aws = {
            "AWS_ACCESS_KEY_ID": credential.access_key,
            "AWS_SECRET_ACCESS_KEY": credential.secret_key,
            "AWS_DEFAULT_REGION": "eu-north-1",
            "AWS_CONFIG_FILE": os.devnull,
        }
        self.endpoint = stack.s3_endpoint
        self.rclone = {
            "RCLONE_CONFIG_S_TYPE": "s3",
            "RCLONE_CONFIG_S_PROVIDER": "Other",
            "RCLONE_CONFIG_S_ACCESS_KEY_ID": credential.access_key,
            "RCLONE_CONFIG_S_SECRET_ACCESS_KEY": credential.secret_key,
            "RCLONE_CONFIG_S_ENDPOINT": stack.s3_endpoint,
            "RCLONE_CONFIG_S_FORCE_PATH_STYLE": "true",
            "RCLONE_CONFIG_C_TYPE": "crypt",
            "RCLONE_CONFIG_C_REMOTE": f"S:{self.bucket}/{TENANT}/crypt",
            "RCLONE_CONFIG_C_PASSWORD": obscured(),
        }

    def ingest(self, path: Path, *more: str) -> list[str]:
        return [*SECINGEST, "ingest", str(path), "--backend", "local-fi", "--json", *more]

    def copy(self, *arguments: str) -> list[str]:
        return ["rclone", "-q", "--s3-no-check-bucket", *arguments]

    def aws_cp(self, *arguments: str) -> list[str]:
        return ["/usr/bin/aws", "--endpoint-url", self.endpoint, "s3", "cp", "--quiet", *arguments]

    def upload(self, source: Path, rounds: int, title: str) -> None:
        plain = f"{self.bucket}/{TENANT}"
        compare(
            title,
            [
                Contender(
                    "secingest ingest", lambda n: self.ingest(source, "--as", f"{TENANT}/up{n}"), self.home
                ),
                Contender(
                    "aws s3 cp, plaintext",
                    lambda n: self.aws_cp(str(source), f"s3://{plain}/aws{n}"),
                    self.aws,
                    needs="/usr/bin/aws",
                ),
                Contender(
                    "rclone copy, plaintext",
                    lambda n: self.copy("copyto", str(source), f"S:{plain}/rclone{n}"),
                    self.rclone,
                    needs="rclone",
                ),
                Contender(
                    "rclone copy through crypt",
                    lambda n: self.copy("copyto", str(source), f"C:crypt{n}"),
                    self.rclone,
                    needs="rclone",
                ),
            ],
            rounds,
        )

    def small(self, folder: Path, rounds: int, title: str) -> None:
        compare(
            title,
            [
                Contender(
                    "secingest ingest DIR",
                    lambda n: self.ingest(folder, "--prefix", f"{TENANT}/small{n}/"),
                    self.home,
                ),
                Contender(
                    "rclone copy through crypt",
                    lambda n: self.copy("copy", str(folder), f"C:small{n}"),
                    self.rclone,
                    needs="rclone",
                ),
                Contender(
                    "aws s3 cp --recursive, plaintext",
                    lambda n: self.aws_cp(
                        "--recursive", str(folder), f"s3://{self.bucket}/{TENANT}/smallaws{n}"
                    ),
                    self.aws,
                    needs="/usr/bin/aws",
                ),
            ],
            rounds,
        )

    def restore(self, source: Path, rounds: int, title: str) -> None:
        out = self.folder / "restored"
        environ = {**os.environ, **self.home}
        run = self.ingest(source, "--as", f"{TENANT}/restore")
        subprocess.run(run, env=environ, check=True, capture_output=True)
        plain = f"S:{self.bucket}/{TENANT}/plain"
        put = self.copy("copyto", str(source), plain)
        subprocess.run(put, env=environment() | self.rclone, check=True)
        compare(
            title,
            [
                Contender(
                    "secingest restore",
                    lambda n: [*SECINGEST, "restore", f"{TENANT}/restore", "-o", str(out)],
                    self.home,
                    before=remove(out),
                ),
                Contender(
                    "rclone copy, plaintext",
                    lambda n: self.copy("copyto", plain, str(out)),
                    self.rclone,
                    needs="rclone",
                    before=remove(out),
                ),
            ],
            rounds,
        )


def stack_buckets(stack: EmbeddedStack, credential: Credential) -> list[str]:
    from secingest_tui.storage import S3Settings, S3Store

    store = S3Store(
        S3Settings(
            stack.s3_endpoint,
            "eu-north-1",
            "path",
            access_key=credential.access_key,
            secret_key=credential.secret_key,
        )
    )
    return store.list_buckets()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["upload", "small", "restore", "memory"])
    options = parser.parse_args()
    quiet_machine()
    with workplace() as folder:
        home = Home(folder / "home").prepare()
        with EmbeddedStack.join(home) as stack:
            bench = Bench(folder, stack, home)
            source = random_file(folder / "plain", options.mib << 20)
            if options.only in {None, "upload"}:
                bench.upload(source, options.rounds, f"upload {options.mib} MiB")
            if options.only in {None, "small"}:
                many = folder / "many"
                many.mkdir()
                for number in range(options.files):
                    random_file(many / f"{number:05}", 64 * 1024)
                bench.small(many, options.rounds, f"{options.files} files of 64 KiB")
            if options.only in {None, "restore"}:
                bench.restore(source, options.rounds, f"restore {options.mib} MiB")
            if options.only == "memory":
                large = random_file(folder / "large", 8 * options.mib << 20)
                bench.upload(large, 1, f"upload {8 * options.mib} MiB (peak memory)")


if __name__ == "__main__":
    main()
