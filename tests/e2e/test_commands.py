"""The smaller commands: keys, backends, objects, jobs, AWS profiles."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.credentials import CredentialStore, backend_entry, tenant_entry
from tests.e2e.conftest import SECINGEST, Cli


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "file.txt"
    path.write_bytes(b"contents\n" * 500)
    return path


def test_a_private_key_is_protected_and_private(cli: Cli, tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery\n")
    made = cli.json(
        "keys", "new", "--key-id", "k-out", "--type", "p384", "--out", tmp_path / "safe",
        "--passphrase-file", passphrase,
    )  # fmt: skip
    private = Path(made["private_key"])
    assert private == tmp_path / "safe" / "k-out.pem"
    assert private.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert Path(made["public_key"]).read_text().startswith("-----BEGIN PUBLIC KEY-----")
    listed = {
        row["key_id"]: row for row in map(json.loads, cli("keys", "list", "--json").stdout.splitlines())
    }
    assert listed["k-out"]["private"] == "not here"
    opened = subprocess.run(
        ["openssl", "pkey", "-in", private, "-passin", f"file:{passphrase}", "-noout"], check=False
    )
    assert opened.returncode == 0


def test_a_key_is_never_replaced(cli: Cli) -> None:
    cli("keys", "new", "--key-id", "once", "--type", "p256", "--no-passphrase")
    before = (cli.root / "keys" / "once.pem").read_bytes()
    said = cli("keys", "new", "--key-id", "once", "--type", "p256", "--no-passphrase", code=1)
    assert "exists already" in said.stderr
    assert (cli.root / "keys" / "once.pem").read_bytes() == before


def test_a_missing_backup_is_warned_of(cli: Cli) -> None:
    said = cli("keys", "new", "--key-id", "warned", "--type", "p256", "--no-passphrase")
    assert "NOT protected by a passphrase" in said.stderr
    assert "no recovery recipient" in said.stderr


def test_passwd(cli: Cli, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("the old one\n")
    new.write_text("the new one\n")
    cli("keys", "new", "--key-id", "turned", "--type", "p256", "--passphrase-file", old)
    change = ("keys", "passwd", "turned", "--new-passphrase-file", new, "--passphrase-file")
    cli(*change, new, code=1)
    cli(*change, old)
    cli("keys", "passwd", "turned", "--passphrase-file", new, "--no-passphrase")
    shown = cli.json("keys", "show", "turned")
    assert shown["private"] == "UNPROTECTED"
    assert shown["public_pem"].startswith("-----BEGIN PUBLIC KEY-----")


def test_backends_come_and_go(cli: Cli, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush-hush\n")
    added = cli.json(
        "backends", "add", "ceph-eu1", "--endpoint", "https://s3.example.net", "--country", "FI",
        "--provider", "spacetime", "--access-key", "AKEXAMPLE", "--secret-key-file", secret,
    )  # fmt: skip
    assert added["credentials"] is True
    shown = cli("backends", "show", "ceph-eu1")
    assert "https://s3.example.net" in shown.stdout
    assert "hush-hush" not in shown.stdout + (cli.root / "backends" / "ceph-eu1.toml").read_text()
    wrong = cli("backends", "add", "ceph-eu2", "--endpoint", "https://a:b@s3.example.net/x", code=2)
    assert "endpoint" in wrong.stderr
    assert not (cli.root / "backends" / "ceph-eu2.toml").exists()
    cli("backends", "remove", "ceph-eu1", "--yes")
    cli("backends", "show", "ceph-eu1", code=2)
    assert "backend/ceph-eu1" not in cli("credentials", "list").stdout


def test_a_wrong_configuration_names_every_problem(cli: Cli, tenant: str) -> None:
    path = cli.root / "config.toml"
    good = path.read_text()
    path.write_text('[server]\nurl = "http://example.net"\n[transfer]\njobs = 0\nspeed = 3\n')
    try:
        said = cli("keys", "list", code=2)
    finally:
        path.write_text(good)
    for field in ("server.url", "transfer.jobs", "transfer.speed"):
        assert field in said.stderr


def test_objects_are_listed_shown_and_deleted(cli: Cli, tenant: str, source: Path, tmp_path: Path) -> None:
    for version in ("v1", "v2"):
        cli(
            "ingest", source, "--backend", "local-fi", "--as", "customer42/doc", "--object-version", version
        )  # fmt: skip
    listed = [
        json.loads(line)
        for line in cli("objects", "list", "--prefix", "customer42/doc", "--json").stdout.splitlines()
    ]
    assert [item["version"] for item in listed] == ["v2", "v1"]
    assert cli.json("objects", "show", "customer42/doc")["version"] == "v2"
    cli("objects", "delete", "customer42/doc", "--object-version", "v2", "--yes")
    assert cli.json("objects", "show", "customer42/doc")["version"] == "v1"
    cli("objects", "delete", "customer42/doc", "--yes")
    gone = cli("restore", "customer42/doc", "-o", tmp_path / "out", code=2)
    assert "deleted" in gone.stderr


def test_jobs_are_shown_and_cancelled(cli: Cli, tenant: str, source: Path) -> None:
    made = cli.json(
        "ingest", source, "--backend", "local-fi", "--as", "customer42/job", "--target", "local-de"
    )
    job = made["jobs"][0]["id"]
    assert cli.json("jobs", "show", job)["state"] == "queued"
    assert cli.json("jobs", "cancel", job)["state"] == "cancelled"
    assert cli.json("jobs", "retry", job)["state"] == "queued"
    cli("worker", "--once")
    assert cli.json("jobs", "show", job)["state"] == "succeeded"


def test_credentials_from_an_aws_profile(
    cli: Cli, home: Home, stack: EmbeddedStack, tenant: str, source: Path, tmp_path: Path
) -> None:
    """Provider and tenant credentials both come from ``credential_process``; none is stored."""
    cli("ingest", source, "--backend", "local-fi", "--as", f"{tenant}/makes-the-bucket")
    store = CredentialStore(home.credentials_file, lambda: b"")
    profiles = {"provider": backend_entry("local-fi", tenant), "server": tenant_entry(tenant)}
    config = tmp_path / "aws-config"
    for profile, entry in profiles.items():
        credential = store.get(entry)
        assert credential is not None
        answer = tmp_path / f"{profile}.json"
        answer.write_text(
            json.dumps(
                {"Version": 1, "AccessKeyId": credential.access_key, "SecretAccessKey": credential.secret_key}
            )
        )
        with config.open("a") as stream:
            stream.write(f"[profile {profile}]\ncredential_process = cat {answer}\n")
    other = Cli(tmp_path / "home")
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "config.toml").write_text(
        f'[server]\nurl = "{stack.server_url}"\n[tenants.{tenant}]\naws_profile = "server"\n'
    )
    environ = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    other("keys", "new", "--key-id", "k", "--type", "p256", "--no-passphrase")
    other(
        "backends", "add", "local-fi", "--endpoint", stack.s3_endpoint, "--region", "eu-north-1", "--country",
        "FI", "--provider", "seaweedfs", "--addressing", "path", "--aws-profile", "provider", **environ,
    )  # fmt: skip
    other("ingest", source, "--backend", "local-fi", "--as", f"{tenant}/by-profile", **environ)
    other("restore", f"{tenant}/by-profile", "-o", tmp_path / "out", **environ)
    assert (tmp_path / "out").read_bytes() == source.read_bytes()
    assert not any("server/" in name or "backend/" in name for name in _names(tmp_path / "home"))


def _names(root: Path) -> list[str]:
    return CredentialStore(root / "credentials.json", lambda: b"").names()


def test_decrypt_needs_no_home(cli: Cli, home: Home, tenant: str, source: Path, tmp_path: Path) -> None:
    cli("ingest", source, "--backend", "local-fi", "--as", "customer42/offline")
    cli("fetch", "customer42/offline", "-o", tmp_path / "ciphertext")
    nowhere = tmp_path / "nowhere"
    done = subprocess.run(
        [
            *SECINGEST,
            "decrypt",
            "ciphertext",
            "-o",
            "-",
            "--private-key",
            home.keys_dir / "customer42-k1.pem",
        ],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "SECINGEST_HOME": str(nowhere)},
    )
    assert done.stdout == source.read_bytes()
    assert not nowhere.exists()


def test_a_defect_is_one_line_and_a_file(tmp_path: Path) -> None:
    """No traceback on screen, whatever happens; what helps to mend it is kept."""
    script = (
        "from secingest_tui.cli import main, screens\n"
        "screens.open_screens = lambda options, **modes: {}['a value that is private']\n"
        "main.main([])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "defect of secingest: KeyError" in done.stderr
    kept = next(tmp_path.glob("secingest-defect-*.txt"))
    assert "open_screens" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_the_command_line_is_quick(tmp_path: Path) -> None:
    """``--help`` loads no library that only a command needs."""
    script = (
        "import sys; from secingest_tui.cli.main import cli; cli.main(['--help'], standalone_mode=False); "
        "heavy = {'boto3', 'textual', 'pydantic', 'httpx', 'cryptography', 'rich'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120, stdout=subprocess.DEVNULL)
