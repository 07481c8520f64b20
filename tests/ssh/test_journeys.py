"""A tenant's and an auditor's day, and an operator's, in a real terminal over a real sshd; and a cut line."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend_stub.contract.credentials import CredentialRequest
from backend_stub.contract.snapshots import Snapshot
from secingest_tui.crypto.esdk import parse_header
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore, tenant_entry
from secingest_tui.services.snapshots import take_snapshot
from secingest_tui.services.upload.journal import read_journal
from tests.rigs import homes
from tests.rigs.sshd import sshd
from tests.rigs.waiting import wait_for
from tests.ssh.conftest import TENANT, Site
from tests.tui.terminal import Terminal

BIG = 160 << 20
PASSPHRASE = "correct horse battery"


def upload(site: Site, terminal: Terminal, path: Path) -> None:
    """From home to the question before an upload."""
    terminal.shows("Metadata server")
    terminal.press("3")
    terminal.shows("File or folder")
    terminal.does(str(path))
    terminal.shows(f"{TENANT}/{path.name}")
    terminal.does("\x1b[20~")  # F9
    terminal.shows("Ready to upload 1 file")


def copy_in(site: Site, name: str, size: int) -> Path:
    path = site.granted / name
    with path.open("wb") as stream:
        for _ in range(max(1, size >> 20)):
            stream.write(secrets.token_bytes(min(size, 1 << 20)))
    site.account.own(path)
    return path


def test_a_tenant_uploads_and_restores(site: Site) -> None:
    path, back = copy_in(site, "report.pdf", 3 << 20), site.granted / "back.pdf"
    with site.account.terminal() as terminal:
        upload(site, terminal, path)
        terminal.press("\r")
        terminal.shows("receipt_id")
        terminal.press("o")
        terminal.shows("Into file")
        terminal.does("\x15")
        terminal.does(str(back))
        terminal.shows("a new file")
        terminal.press("\r")
        terminal.until(lambda: back.exists() and "done" in terminal.text, "the restored file")
        assert back.read_bytes() == path.read_bytes()
        for _ in range(2):
            terminal.does("\x1b")
        terminal.does("\x1b")
        terminal.press("4")
        terminal.shows("acme/report.pdf")
        terminal.press("q")
        assert terminal.end() == 0
    page = site.workspace.admin().objects(tenant=TENANT)
    assert f"{TENANT}/report.pdf" in {item.object_key for item in page.items}


def test_a_restore_into_the_profile_itself_is_refused(site: Site) -> None:
    planted = site.profile / "backends" / "planted.toml"
    with site.account.terminal(columns=160) as terminal:
        terminal.shows("Metadata server")
        terminal.press("4")
        terminal.shows("acme/first.txt")
        terminal.press("o")
        terminal.shows("Into file")
        terminal.does("\x15")
        terminal.does(str(planted))
        terminal.shows("is outside the folders")
        terminal.press("\r")
        terminal.quiet()
    assert not planted.exists()


@pytest.fixture
def as_auditor(site: Site) -> Iterator[Snapshot]:
    """The account holds an auditor's credential alone, under a configuration that says operator."""
    admin, kept = site.workspace.admin(), site.profile / "credentials.json"
    taken = take_snapshot(site.workspace, TENANT, "local-fi", label="for the auditor")
    made = admin.create_credential(CredentialRequest(tenant_id=TENANT, role="auditor"))
    before = kept.read_bytes()
    kept.unlink()
    secret = Credential(made.access_key, str(made.secret_key))
    CredentialStore(kept, lambda: b"").set(tenant_entry(TENANT), secret)
    site.configure(role="operator")
    yield taken
    kept.write_bytes(before)
    site.configure()


def test_an_auditor_browses_and_is_offered_nothing_that_changes(site: Site, as_auditor: Snapshot) -> None:
    """The role is the credential's: the server says so, whatever the configuration says."""
    with site.account.terminal() as terminal:
        terminal.shows("role auditor")
        assert "Upload" not in terminal.text.splitlines()[0]
        terminal.press("4")
        terminal.shows("acme/first.txt")
        assert "o restore" not in terminal.text
        terminal.press("\r")
        terminal.shows("Metadata › Objects")
        terminal.does("\x1b")
        terminal.press("3")
        terminal.press("6")
        terminal.shows("Snapshots")
        terminal.shows("local-fi")
        assert "n take one" not in terminal.text
        assert "h hold" not in terminal.text
        terminal.press("h")
        terminal.press("n")
        terminal.press("v")
        terminal.shows("Intact: every byte of")
        bucket = site.workspace.tenant(TENANT).snapshot(as_auditor.id, limit=1).bucket_list[0].name
        [record] = site.workspace.tenant(TENANT).versions(f"{TENANT}/first.txt").versions
        ciphertext = record.replicas[0].url.rpartition("/")[2]
        for wanted in (bucket, f"{TENANT}/", "first.txt/", "v1/", ciphertext):
            terminal.press("\r")
            terminal.shows(wanted)
        terminal.press("\r")
        terminal.shows("registered")
        terminal.shows("acme-k1")
        terminal.does("\x1b")
        terminal.press("q")
        assert terminal.end() == 0
    [kept] = [item for item in site.workspace.tenant(TENANT).snapshots().items if item.id == as_auditor.id]
    assert not kept.hold


def test_a_cut_connection_loses_no_work(site: Site) -> None:
    path = copy_in(site, "big.bin", BIG)
    journals = Home(site.profile).uploads_dir

    def sent() -> int:
        found = list(journals.glob("*.journal"))
        return len(read_journal(found[0]).sent) if found else 0

    with site.account.terminal() as terminal:
        upload(site, terminal, path)
        terminal.press("\r")
        terminal.until(lambda: sent() >= 3, "parts that arrived")
        for process in site.account.connections():
            os.kill(process, signal.SIGKILL)
        wait_for(lambda: not _screens(site), "the end of the screens")
    kept = sent()
    assert kept >= 3
    message = parse_header(read_journal(next(journals.glob("*.journal"))).start.header).message_id
    with site.account.terminal() as terminal:
        terminal.shows("1 upload interrupted")
        upload(site, terminal, path)
        terminal.press("\r")
        terminal.shows("receipt_id")
        terminal.press("q")
    record = site.workspace.admin().versions(f"{TENANT}/big.bin").versions[0]
    # The same message goes on: what had arrived was not sent again.
    assert record.registration.backends["local-fi"].url.endswith(message.hex()[:16])
    assert not list(journals.glob("*.journal"))


def _screens(site: Site) -> list[str]:
    """Processes of the account that are the application."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and folder.stat().st_uid == site.account.uid:
                line = (folder / "cmdline").read_bytes()
                if b"secingest_tui" in line and b"--kiosk" in line:
                    found.append(folder.name)
        except OSError:
            continue
    return found


def test_an_operator_onboards_a_tenant_over_ssh() -> None:
    """``ssh host secingest``, an account with a shell: from a name to a restore drill, step by step."""
    with sshd(forced=False) as account:
        home = Home(account.folder / "home")
        try:
            with account.terminal(command=["exec python -m secingest_tui"]) as terminal:
                terminal.shows("All is ready")
                terminal.press("2")
                terminal.shows("registers the first one")
                terminal.press("o")
                terminal.shows("Onboard a tenant")
                terminal.does("acme")
                for _ in range(3):
                    terminal.does("\t")
                terminal.does("FI,DE")
                for _ in range(6):
                    terminal.does("\t")
                terminal.press("\r")
                terminal.shows("1 of 11 done")
                terminal.until(lambda: terminal.text.count("○ open") == 10, "every step looked at")
                terminal.shows("a go on")
                terminal.press("a")
                for what in ("backend local-fi", "metadata server"):
                    terminal.until(lambda what=what: re.search(f"Keys for +{what}", terminal.text), what)  # type: ignore[misc]
                    terminal.shows("••••")
                    terminal.does("\x1b")
                terminal.shows("acme-k1")
                for _ in range(3):
                    terminal.does("\t")
                terminal.does(PASSPHRASE)
                terminal.does("\t")
                terminal.does(PASSPHRASE)
                terminal.press("\r")
                terminal.shows("11 of 11 done")
                terminal.shows("Every step is done")
                terminal.does("\x1b")
                terminal.shows("1 tenant")
                terminal.press("q")
                assert terminal.end() == 0
            assert PASSPHRASE.encode() not in terminal.raw
            evidence = json.loads((home.root / "onboarding/acme.state.json").read_bytes())["evidence"]
            assert evidence["drill"]["at"]
            listed = account.run(command=["python -m secingest_tui tenant list --json"])
            assert b'"acme"' in listed.stdout
            asked = account.run(command=["python -m secingest_tui onboard status acme --json"])
            assert [json.loads(line)["state"] for line in asked.stdout.splitlines()] == ["done"] * 11
        finally:
            homes.clear(home)
            shutil.rmtree(home.root, ignore_errors=True)
