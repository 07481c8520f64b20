"""Secrets at rest: sealed under a passphrase, 0600, never half-written."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.credentials import Credential, CredentialStore
from tests.e2e.conftest import Cli


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    return CredentialStore(tmp_path / "credentials.json", lambda: b"the passphrase")


def test_sealed_secrets_are_not_in_the_file(store: CredentialStore, tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    store.set("server/tenant/t", Credential("AK", "very-secret"))
    assert b"very-secret" in path.read_bytes()
    store.seal(b"the passphrase")
    assert b"very-secret" not in path.read_bytes()
    store.set("backend/b", Credential("AK2", "other-secret"))
    assert b"other-secret" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = CredentialStore(path, lambda: b"the passphrase")
    assert again.get("server/tenant/t") == Credential("AK", "very-secret")
    assert again.names() == ["backend/b", "server/tenant/t"]


def test_a_wrong_passphrase_opens_nothing_and_changes_nothing(store: CredentialStore, tmp_path: Path) -> None:
    store.set("backend/b", Credential("AK", "very-secret"))
    store.seal(b"the passphrase")
    before = (tmp_path / "credentials.json").read_bytes()
    wrong = CredentialStore(tmp_path / "credentials.json", lambda: b"wrong")
    with pytest.raises(UsageError, match="Wrong passphrase"):
        wrong.set("backend/c", Credential("AK", "x"))
    assert (tmp_path / "credentials.json").read_bytes() == before


def test_a_flipped_bit_is_noticed(store: CredentialStore, tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    store.set("backend/b", Credential("AK", "very-secret"))
    store.seal(b"the passphrase")
    document = json.loads(path.read_bytes())
    sealed = document["sealed"]["ciphertext"]
    document["sealed"]["ciphertext"] = ("B" if sealed[0] == "A" else "A") + sealed[1:]
    path.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="altered"):
        CredentialStore(path, lambda: b"the passphrase").get("backend/b")


def test_a_file_others_can_read_is_refused(store: CredentialStore, tmp_path: Path) -> None:
    store.set("backend/b", Credential("AK", "very-secret"))
    (tmp_path / "credentials.json").chmod(0o644)
    with pytest.raises(SecingestError, match="can be read by others"):
        store.get("backend/b")


def test_no_repr_shows_a_secret() -> None:
    assert "very-secret" not in repr(Credential("AK", "very-secret"))


def test_commands_seal_and_unseal(cli: Cli, tenant: str, tmp_path: Path) -> None:
    """With a sealed profile every command works by the passphrase file, and none without."""
    passphrase, wrong = tmp_path / "passphrase", tmp_path / "wrong"
    passphrase.write_text("open sesame\n")
    wrong.write_text("open barley\n")
    cli("credentials", "seal", "--passphrase-file", passphrase)
    try:
        refused = cli("objects", "list", code=2)
        assert "SECINGEST_PASSPHRASE_FILE" in refused.stderr
        refused = cli("objects", "list", code=2, SECINGEST_PASSPHRASE_FILE=str(wrong))
        assert "Wrong passphrase" in refused.stderr
        cli("objects", "list", SECINGEST_PASSPHRASE_FILE=str(passphrase))
    finally:
        cli("credentials", "unseal", "--no-passphrase", SECINGEST_PASSPHRASE_FILE=str(passphrase))
    cli("objects", "list")
