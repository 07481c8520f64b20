"""Profiles, imports, and plain mode: as processes, with homes of their own."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest

from secingest_tui import confine
from secingest_tui.cli import plain
from secingest_tui.errors import UsageError
from secingest_tui.models.options import Options
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore
from secingest_tui.services.workspace import Workspace
from tests.e2e.conftest import Cli
from tests.rigs import homes

RCLONE = """\
[offsite]
type = s3
provider = Wasabi
access_key_id = AKIDEXAMPLE
secret_access_key = very%secret
region = eu-central-1
endpoint = s3.eu-central-1.wasabisys.com
force_path_style = true

[photos]
type = drive
"""


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "home")


def rows(text: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in text.splitlines()]


def test_profiles_are_apart(cli: Cli) -> None:
    cli("profiles", "new", "work", "--server", "https://metadata.example.org", "--environment", "production")
    listed = rows(cli("profiles", "list", "--json").stdout)
    assert [(row["name"], row["server"], row["environment"]) for row in listed] == [
        ("(none)", "embedded", ""), ("work", "https://metadata.example.org", "production"),
    ]  # fmt: skip
    cli("--profile", "work", "keys", "new", "--key-id", "k", "--type", "p256", "--no-passphrase")
    assert (cli.root / "profiles" / "work" / "keys" / "k.pem").exists()
    assert not (cli.root / "keys").exists()
    assert stat.S_IMODE((cli.root / "profiles" / "work").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["../other", "a/b", "", "UPPER", "x" * 64])
def test_a_profile_is_never_a_path(cli: Cli, name: str) -> None:
    cli("profiles", "new", name, code=2)
    assert not (cli.root.parent / "other").exists()


def test_a_bad_setting_names_itself_and_nothing_is_written(cli: Cli) -> None:
    said = cli("profiles", "new", "work", "--server", "http://example.org", code=2)
    assert "server.url: must use https://" in said.stderr
    assert not (cli.root / "profiles").exists()
    cli("profiles", "new", "work")
    cli("profiles", "new", "work", code=2)


def test_an_aws_profile_is_referred_to_and_never_copied(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(
        '[profile "My Store"]\nregion = eu-north-1\nendpoint_url = https://s3.example.net\n'
    )
    (tmp_path / "credentials").write_text(
        "[My Store]\naws_access_key_id = AK\naws_secret_access_key = hush-hush\n"
    )
    environ = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }
    assert "My Store" in cli("import", "aws", "--list", **environ).stdout
    made = cli.json("import", "aws", "My Store", "--country", "FI", **environ)
    assert made["id"] == "my-store"
    assert made["endpoint"] == "https://s3.example.net"
    assert made["aws_profile"] == "My Store"
    assert not any(b"hush-hush" in path.read_bytes() for path in cli.root.rglob("*.*") if path.is_file())
    cli("import", "aws", "My Store", code=2, **environ)
    cli("import", "aws", "Nobody", code=2, **environ)
    homes.clear(Home(cli.root))


def test_an_rclone_remote_brings_its_secret_into_the_credentials(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "rclone.conf"
    path.write_text(RCLONE)
    assert [
        row["remote"] for row in rows(cli("import", "rclone", "--config", path, "--list", "--json").stdout)
    ] == ["offsite"]
    done = cli("import", "rclone", "offsite", "--config", path, "--country", "DE", "--json")
    assert "very%secret" not in done.stdout + done.stderr
    made = json.loads(done.stdout)
    assert (made["endpoint"], made["addressing"]) == ("https://s3.eu-central-1.wasabisys.com", "path")
    kept = CredentialStore(cli.root / "credentials.json", lambda: b"").get("backend/offsite")
    assert kept is not None
    assert kept.secret_key == "very%secret"
    homes.clear(Home(cli.root))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RCLONE_ENCRYPT_V0:\nAAAA", "is encrypted"),
        ("no ini", "is no rclone configuration"),
        ("[a]\ntype = s3\nsecret_access_key hush\n", "see line 3"),
        ("[a]\ntype = s3\n", "has no access_key_id"),
        ("[b]\ntype = s3\n", "has no S3 remote 'a'"),
        (
            "[a]\ntype = s3\nendpoint = ftp://x\naccess_key_id = a\nsecret_access_key = b\n",
            "endpoint: must be",
        ),
    ],
)
def test_a_bad_rclone_file_says_why(cli: Cli, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "rclone.conf"
    path.write_text(text)
    told = cli("import", "rclone", "a", "--config", path, code=2).stderr
    assert said in told
    assert "hush" not in told
    assert not (cli.root / "backends").exists()


def test_plain_mode_does_what_the_commands_do(cli: Cli) -> None:
    script = "tenant create acme --residency FI\nkeys list\nnonsense\ntenant list --json\nquit\n"
    done = cli("--plain", "--environment", "production", stdin=script.encode())
    assert "plain mode, PRODUCTION" in done.stdout
    assert '"acme"' in done.stdout
    assert "is no command here" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    homes.clear(Home(cli.root))


def test_an_auditor_reads_only_in_plain_mode_too(cli: Cli) -> None:
    """The one who connects chooses TERM; what the operator configured still holds."""
    cli.root.mkdir(exist_ok=True)
    (cli.root / "config.toml").write_text('[screens]\nrole = "auditor"\n')
    done = cli(stdin=b"keys new --key-id k --no-passphrase\nkeys list\n", TERM="dumb")
    assert "read-only mode; only" in done.stderr
    assert not (cli.root / "keys").exists()


def test_a_shut_in_account_never_acts_as_the_operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the key of an embedded stack, the environment, or a stored one."""
    monkeypatch.setenv("ADMIN_API_KEY", "an-operators-key")
    home = Home(tmp_path / "home").prepare()
    CredentialStore(home.credentials_file, lambda: b"").set("server/admin", Credential("operator", "its key"))
    with Workspace(home) as workspace:
        assert workspace.has_admin
        monkeypatch.setattr(confine, "_granted", (tmp_path,))
        assert not workspace.has_admin
        with pytest.raises(UsageError, match="operator's key"):
            workspace._admin_key()


def test_a_dumb_terminal_gets_plain_mode_and_read_only_holds_there(cli: Cli) -> None:
    script = b"objects delete acme/x --yes\nkeys new --key-id k\ntenant create acme\nkeys list\n"
    done = cli("--read-only", stdin=script, TERM="dumb")
    assert done.stderr.count("read-only mode; only") == 3
    assert not (cli.root / "keys" / "k.pem").exists()
    homes.clear(Home(cli.root))


def test_read_only_plain_mode_reads_everything_and_changes_nothing(cli: Cli) -> None:
    cli("tenant", "create", "acme", "--residency", "FI")
    cli("config", "set", "tenant", "acme")
    reading = [
        "tenant list", "providers list", "config list", "profiles list", "credentials list", "operators list",
        "snapshot list", "replication health", "drill list", "access list", "outbox list",
        "uploads list", "jobs totals", "audit list", "backends list", "stack status", "onboard list",
    ]  # fmt: skip
    refused = [
        "snapshot take --backend local-fi", "snapshot delete x --yes", "drill --sample 5",
        "config set tenant b",
        "verify --all", "reconcile", "replication pause local-fi", "audit --help delete",
        "tenant create other",
        "providers probe local-fi", "credentials remove x",
    ]  # fmt: skip
    before = cli("audit", "list", "--json").stdout
    done = cli("--plain", "--read-only", stdin="\n".join([*reading, *refused]).encode(), code=2)
    assert "Ended with" not in done.stdout, done.stdout + done.stderr
    said = done.stderr
    assert said.count("read-only mode; only") + said.count("is no command here") == len(refused) - 1, said
    assert cli("audit", "list", "--json").stdout == before
    homes.clear(Home(cli.root))


def test_a_shut_in_account_has_the_tenants_commands_and_not_the_operators(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = "tenant list\nconfig list\naudit list\nsnapshot delete x\nsnapshot ls --help\n"
    lines = io.StringIO(typed + "audit verify --help\nhelp\n")
    monkeypatch.setattr("sys.stdin", lines)
    ran: list[list[str]] = []
    monkeypatch.setattr(plain, "_run", ran.append)
    plain.run_plain(Options(kiosk=True))
    said = capsys.readouterr()
    assert said.err.count("is no command here") == 2
    assert said.err.count("this account; only") == 2
    for name in ("snapshot", "register", "fetch", "verify", "uploads", "outbox", "receipt"):
        assert f"{name}: " in said.out
    assert ran == [["status"], ["snapshot", "ls", "--help"], ["audit", "verify", "--help"]]
