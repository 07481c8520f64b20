"""From the operator's home to the tenant's, by the file that is handed over: the commands themselves."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from secingest_tui.embedded.certificates import ensure_certificates
from secingest_tui.paths import Home
from secingest_tui.services.workspace import Workspace
from tests.e2e.conftest import Cli
from tests.rigs.rgw import RadosGateway

TENANT = "customer42"


@pytest.fixture(scope="module")
def operator(workspace: Workspace, ceph: str) -> Cli:
    return Cli(workspace.home.root)


@pytest.fixture(scope="module")
def secrets(operator: Cli) -> list[str]:
    """Every secret of the tenant, as they were shown once."""
    said = operator(
        "provision", "create", TENANT, "--backend", "ceph", "--backend", "local-fi", "--residency", "FI,SE",
        "--replicas", "2", "--quota-bytes", "1GiB", "--json",
    )  # fmt: skip
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    assert [row["for"] for row in rows] == ["backend ceph", "backend local-fi", "metadata server"]
    return [row["secret_key"] for row in rows]


@pytest.fixture(scope="module")
def plain(operator: Cli, secrets: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("handed") / "customer42.handover"
    said = operator("provision", "handover", TENANT, "-o", file)
    assert "in clear" in said.stderr
    assert not any(secret in said.stdout + said.stderr for secret in secrets)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return file


def test_secrets_are_shown_once(operator: Cli, secrets: list[str]) -> None:
    again = operator("provision", "create", TENANT, "--backend", "ceph", "--backend", "local-fi", "--json")
    shown = operator("provision", "show", TENANT, "--json")
    listed = operator("provision", "list", "--backend", "ceph", "--json")
    for said in (again, shown, listed):
        assert TENANT in said.stdout + said.stderr
        assert not any(secret in said.stdout + said.stderr for secret in secrets)
    row = next(
        row for row in map(json.loads, listed.stdout.splitlines()) if row["user"] == f"tenant-{TENANT}"
    )
    assert row["max_bytes"] == 1 << 30


def test_a_tenant_joins_uploads_and_restores(
    operator: Cli, plain: Path, secrets: list[str], tmp_path: Path
) -> None:
    joined = Cli(tmp_path / "home")
    arguments = ("tenant", "join", plain, "--type", "p256", "--no-passphrase", "--yes")
    made = joined.json(*arguments)
    assert all(text.startswith("works") for text in made["tried"].values()), made
    assert set(made["tried"]) == {"metadata server", "public keys", "backend ceph", "backend local-fi"}
    assert joined.json(*arguments)["fingerprint"] == made["fingerprint"]  # again: nothing is replaced
    file = tmp_path / "report"
    file.write_bytes(os.urandom(300_000))
    joined("ingest", file, "--backend", "ceph", "--as", f"{TENANT}/report", "--target", "local-fi")
    joined("worker", "--once")
    joined("restore", f"{TENANT}/report", "-o", tmp_path / "back", "--backend", "local-fi")
    assert (tmp_path / "back").read_bytes() == file.read_bytes()
    for path in (tmp_path / "home").rglob("*"):
        assert not path.is_file() or stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or ".pub." in path.name
    with Workspace(Home(tmp_path / "home")) as workspace:
        known = workspace.tenant(TENANT).keys()
    assert [(key.key_id, key.fingerprint) for key in known if key.purpose == "recipient"] == [
        (f"{TENANT}-k1", made["fingerprint"])
    ]
    assert len([key for key in known if key.purpose == "signer"]) == 1


def test_sealed_for_the_tenant_s_key(operator: Cli, plain: Path, secrets: list[str], tmp_path: Path) -> None:
    joined = Cli(tmp_path / "home")
    public = joined.json("keys", "new", "--key-id", "mine", "--type", "rsa-3072", "--no-passphrase")[
        "public_key"
    ]
    file = tmp_path / "sealed"
    said = operator.json("provision", "handover", TENANT, "-o", file, "--for", public)
    assert said["sealed_for"]
    data = file.read_bytes()
    assert not any(secret.encode() in data for secret in secrets)
    # Any reader of the object format opens it: here the product's own offline decryption.
    joined("decrypt", file, "-o", tmp_path / "opened", "--private-key", tmp_path / "home/keys/mine.pem")
    assert json.loads((tmp_path / "opened").read_bytes())["tenant"] == TENANT
    made = joined.json("tenant", "join", file, "--key-id", "mine", "--no-passphrase", "--yes")
    assert made["key_id"] == "mine"
    stranger = Cli(tmp_path / "stranger")
    stranger("keys", "new", "--key-id", "other", "--type", "rsa-3072", "--no-passphrase")
    refused = stranger("tenant", "join", file, "--no-passphrase", "--yes", code=1)
    assert not any(secret in refused.stderr for secret in secrets)


def test_a_home_of_somebody_else_is_refused(operator: Cli, plain: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in operator.root.iterdir())
    said = operator("tenant", "join", plain, "--no-passphrase", "--yes", code=2)
    assert "home of its own" in said.stderr
    assert sorted(path.name for path in operator.root.iterdir()) == before
    other = Cli(tmp_path / "home")
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "config.toml").write_text('[server]\nurl = "https://server.example.net"\n')
    assert "nothing was changed" in other("tenant", "join", plain, "--yes", code=2).stderr


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"format": "secingest-handover/2"}',
        b'{"format": "secingest-handover/1"}',
        b"\0" * 99,
    ],
)
def test_what_is_no_handover_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    file.chmod(0o600)
    joined = Cli(tmp_path / "home")
    done = joined.start("tenant", "join", file, "--no-passphrase", "--yes")
    _, err = done.communicate(b"", timeout=60)
    assert done.returncode in (1, 2)
    assert b"Traceback" not in err
    assert b"defect" not in err
    assert not (tmp_path / "home" / "config.toml").exists()


def test_a_plain_file_that_others_can_read_is_refused(plain: Path, tmp_path: Path) -> None:
    open_file = tmp_path / "open"
    open_file.write_bytes(plain.read_bytes())
    open_file.chmod(0o644)
    assert "chmod 600" in Cli(tmp_path / "home")("tenant", "join", open_file, "--yes", code=2).stderr


def test_wrong_keys_in_the_file_are_told(plain: Path, tmp_path: Path) -> None:
    handed = json.loads(plain.read_bytes())
    handed["backends"][0]["key"]["secret_key"] = "x" * 40
    file = tmp_path / "wrong"
    file.touch(0o600)
    file.write_text(json.dumps(handed))
    said = Cli(tmp_path / "home")(
        "tenant", "join", file, "--key-id", "second", "--type", "p256", "--no-passphrase", "--yes", "--json",
        code=1,
    )  # fmt: skip
    tried = json.loads(said.stdout)["tried"]
    assert tried["metadata server"].startswith("works")
    failing = [what for what, text in tried.items() if text.startswith("FAILS")]
    assert len(failing) == 1
    assert failing[0].startswith("backend ")


def handed(folder: Path, document: dict[str, Any]) -> Path:
    file = folder / "handed"
    file.touch(0o600)
    file.write_text(json.dumps(document))
    return file


JOIN = ("--type", "p256", "--no-passphrase", "--yes", "--key-id")


def test_the_file_is_compared_by_its_digest(operator: Cli, plain: Path, tmp_path: Path) -> None:
    told = hashlib.sha256(plain.read_bytes()).hexdigest()
    joined = Cli(tmp_path / "home")
    refused = joined("tenant", "join", plain, *JOIN, "compared", "--sha256", "0" * 64, code=2)
    assert told in refused.stderr
    assert not (tmp_path / "home" / "config.toml").exists()
    joined("tenant", "join", plain, *JOIN, "compared", "--sha256", told.upper())


def test_a_backend_that_is_there_is_not_replaced(plain: Path, tmp_path: Path) -> None:
    joined = Cli(tmp_path / "home")
    joined("tenant", "join", plain, *JOIN, "kept")
    document = json.loads(plain.read_bytes())
    name = document["backends"][0]["settings"]["id"]
    settings = tmp_path / "home" / "backends" / f"{name}.toml"
    before, secrets_before = settings.read_bytes(), (tmp_path / "home" / "credentials.json").read_bytes()
    document["backends"][0]["settings"]["endpoint"] = "https://elsewhere.example.org"
    document["backends"][0]["key"]["secret_key"] = "x" * 40
    said = joined("tenant", "join", handed(tmp_path, document), *JOIN, "kept", code=2)
    assert f"Backend {name} is in this profile already" in said.stderr
    assert f"backends remove {name}" in said.stderr
    assert settings.read_bytes() == before
    assert (tmp_path / "home" / "credentials.json").read_bytes() == secrets_before


def test_a_backend_named_server_has_a_certificate_of_its_own(plain: Path, tmp_path: Path) -> None:
    authorities = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        ensure_certificates(tmp_path / name)
        authorities.append((tmp_path / name / "ca.crt").read_text())
    document = json.loads(plain.read_bytes())
    document["server"] |= {"ca_pem": authorities[0], "url": "https://127.0.0.1:9"}
    document["backends"][0]["settings"]["id"] = "server"
    document["backends"][0]["ca_pem"] = authorities[1]
    Cli(tmp_path / "home")("tenant", "join", handed(tmp_path, document), *JOIN, "kept", code=1)
    kept = {path.name: path.read_text() for path in (tmp_path / "home" / "ca").iterdir()}
    assert kept == {"server.pem": authorities[0], "backend-server.pem": authorities[1]}


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"", "no PEM"), (b"hello", "no certificate"), (b"\xff", "no PEM")],
)
def test_a_bad_certificate_file_is_named(
    operator: Cli, secrets: list[str], tmp_path: Path, content: bytes | None, said: str
) -> None:
    settings = operator.root / "backends" / "ceph.toml"
    before = settings.read_text()
    authority = tmp_path / "authority.pem"
    if content is not None:
        authority.write_bytes(content)
    settings.write_text(before + f'ca_file = "{authority}"\n')
    try:
        refused = operator("provision", "handover", TENANT, "-o", tmp_path / "file", code=2)
    finally:
        settings.write_text(before)
    assert f"{authority} of backend ceph" in " ".join(refused.stderr.split())
    assert said in refused.stderr
    assert not (tmp_path / "file").exists()


def test_connect_tries_before_it_keeps(operator: Cli, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("no-such-secret-at-all\n")
    said = operator(
        "provision", "connect", "ceph", "--with", "admin-ops", "--access-key", "NOSUCHKEY",
        "--secret-key-file", secret, code=1,
    )  # fmt: skip
    assert "InvalidAccessKeyId" in said.stderr
    assert "no-such-secret" not in said.stderr
    assert "provisioner/ceph" not in operator("credentials", "list").stdout
    assert "radosgw-admin" in (operator.root / "provisioning" / "ceph.toml").read_text()
    missing = operator(
        "provision", "connect", "ceph", "--with", "radosgw-admin", "--command", "nowhere-admin", code=1
    )
    assert "no program nowhere-admin" in missing.stderr


def test_pasted_from_the_portal(operator: Cli, gateway: RadosGateway, tmp_path: Path) -> None:
    """The portal's part is played by the operator of RGW; the pasted pair has to work."""
    endpoint = operator.json("backends", "show", "ceph")["endpoint"]
    operator("backends", "add", "by-hand", "--endpoint", endpoint, "--country", "SE", "--addressing", "path",
             "--checksums", "md5")  # fmt: skip
    operator("provision", "connect", "by-hand", "--with", "portal")
    secret = tmp_path / "secret"
    create = ("provision", "create", "pasted", "--backend", "by-hand", "--secret-key-file", secret)
    secret.write_text("wrong-secret\n")
    assert "does not work" in operator(*create, "--access-key", "NOSUCHKEY", code=1).stderr
    theirs = gateway.user("made-in-the-portal")
    secret.write_text(theirs.secret_key + "\n")
    said = operator(*create, "--access-key", theirs.access_key)
    assert theirs.access_key in said.stdout
    by_hand = operator("provision", "suspend", "pasted", "--backend", "by-hand", code=2)
    assert "no way in for programs" in by_hand.stderr
