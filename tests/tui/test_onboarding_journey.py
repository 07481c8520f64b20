"""The walkthrough in a real terminal (tmux, 80x24) on the real embedded stack, by keys alone."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.test_journey import Tmux

PASSPHRASE = "correct horse battery"


def environ(folder: Path) -> dict[str, str]:
    return {"SECINGEST_HOME": str(folder / "home"), "LC_ALL": "C.UTF-8", "TERM": "tmux-256color"}


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[list[Tmux]]:
    opened: list[Tmux] = []
    yield opened
    for tmux in opened:
        tmux.close()


def start(terminals: list[Tmux], tmp_path: Path) -> Tmux:
    folder = tmp_path / f"tmux{len(terminals)}"
    folder.mkdir()
    tmux = Tmux(folder, environ(tmp_path))
    terminals.append(tmux)
    tmux.shows("2 Provisioning", "quit")
    tmux.press("F3")
    tmux.shows("At providers", "onboard")
    return tmux


def test_from_a_new_customer_to_a_restored_object(terminals: list[Tmux], tmp_path: Path) -> None:
    terminal = start(terminals, tmp_path)
    terminal.press("o")
    terminal.shows("Onboard a tenant", "local-fi", "Second copy", "local-de")
    terminal.types("acme", "acme")
    terminal.press("Tab", "Tab", "Tab")
    terminal.types("FI", "Residency      FI")
    terminal.shows("✗ local-de is in DE")
    terminal.types(",DE", "Residency      FI,DE")
    terminal.press("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Enter")
    terminal.shows("› Onboarding", "1 of 11 done", "Why: A data sheet", "not probed yet")

    terminal.press("a")  # nothing is ticked by a key: each step is done for real, and read again
    for what in ("backend local-fi", "metadata server"):
        terminal.until(lambda shown, what=what: re.search(f"Keys for +{what}", shown) is not None, what)  # type: ignore[misc]
        terminal.shows("New keys of acme", "••••••••••••")
        terminal.press("Escape")
    terminal.shows("New key", "acme-k1")
    terminal.press("Tab", "Tab", "Tab")
    terminal.types(PASSPHRASE, "•" * len(PASSPHRASE))
    terminal.press("Tab")
    terminal.types(PASSPHRASE, "•" * len(PASSPHRASE))
    terminal.press("Enter")
    terminal.shows("11 of 11 done", "11 Restore drill", "Every step is done")
    terminal.press("Enter")
    terminal.shows("Onboarding › Restore drill", "restored from", "local-de", "SHA-256")
    terminal.press("Escape")
    terminal.shows("11 of 11 done")
    terminal.press("p")
    terminal.shows("# Onboarding of acme", "complete.")
    terminal.press("Escape")
    terminal.shows("11 of 11 done")
    terminal.press("Escape")
    terminal.shows("1 tenant")
    terminal.press("l", "l")
    terminal.shows("✓ active", "local-fi", "local-de", "Quota")
    terminal.press("q")
    terminal.shows("ended with 0")

    terminal = start(terminals, tmp_path)  # later: everything is found again, and can be done again
    terminal.press("o")
    terminal.shows("a new tenant", "acme")
    terminal.press("Down", "Enter")
    terminal.shows("11 of 11 done")
    terminal.press("Down", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "Down", "Down")
    terminal.shows("Why: A backup that was never restored", "a go on")
    before = drilled_at(tmp_path)
    terminal.press("e")
    terminal.shows("Unlock a private key", "acme-k1")
    terminal.types(PASSPHRASE, "•" * len(PASSPHRASE))
    terminal.press("Enter")
    terminal.until(lambda shown: drilled_at(tmp_path) != before, "the drill again")
    terminal.until(lambda shown: "restoring" not in shown and "11 of 11 done" in shown, "its check")
    terminal.press("b")
    terminal.shows("Roll back", "acme", "Type its name")
    terminal.press("Escape")
    terminal.shows("11 of 11 done")

    report = json.loads((tmp_path / "home/onboarding/acme-report.json").read_bytes())
    assert report["complete"]
    assert [step["state"] for step in report["steps"]] == ["done"] * 11
    handed = tmp_path / "home/handover/acme.handover"
    assert stat.S_IMODE(handed.stat().st_mode) == 0o600
    secrets = [handed_key["secret_key"] for handed_key in keys_of(json.loads(handed.read_bytes()))]
    for path in (tmp_path / "home/onboarding").iterdir():
        assert not any(secret in path.read_text() for secret in (*secrets, PASSPHRASE)), path
    done = subprocess.run(
        [sys.executable, "-m", "secingest_tui", "onboard", "status", "acme", "--json"],
        env={**os.environ, **environ(tmp_path)}, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert [json.loads(line)["state"] for line in done.stdout.splitlines()] == ["done"] * 11


def run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "secingest_tui", *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_tenant_makes_its_own_key_and_all_is_taken_back(terminals: list[Tmux], tmp_path: Path) -> None:
    """The operator waits for the tenant twice; at the end the users are gone from the provider."""
    terminal = start(terminals, tmp_path)
    terminal.press("o")
    terminal.shows("Onboard a tenant", "local-fi", "local-de")
    terminal.types("acme", "acme")
    terminal.press("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Enter")
    terminal.shows("Who makes the tenant's key", "by the tenant")
    terminal.press("Down", "Enter")
    terminal.shows("by the tenant", "Hand-over")
    terminal.press("Tab", "Tab", "Enter")
    terminal.shows("› Onboarding", "Why: A data sheet", "not probed yet")
    terminal.press("a")
    for what in ("backend local-fi", "metadata server"):
        terminal.until(lambda shown, what=what: re.search(f"Keys for +{what}", shown) is not None, what)  # type: ignore[misc]
        terminal.press("Escape")
    terminal.shows("5 of 11 done", "The tenant has to join", "secingest tenant join")

    handed = tmp_path / "home/handover/acme.handover"
    tenant = {**environ(tmp_path), "SECINGEST_HOME": str(tmp_path / "tenant")}
    run(tenant, "tenant", "join", str(handed), "--type", "p256", "--no-passphrase", "--yes")
    (tmp_path / "first").write_bytes(b"the tenant's own\n")
    run(
        tenant, "ingest", str(tmp_path / "first"), "--backend", "local-fi", "--as", "acme/first",
        "--target", "local-de",
    )  # fmt: skip
    terminal.press("a")
    terminal.shows("10 of 11 done", "◷ waits", "secingest drill --object")
    run(tenant, "drill", "--object", "acme/first", "--backend", "local-de")
    terminal.press("r")
    terminal.shows("11 of 11 done")

    assert "tenant-acme" in run(environ(tmp_path), "provision", "list", "--backend", "local-fi")
    terminal.press("b")
    terminal.shows("Roll back", "Type its name")
    terminal.types("acme", "│  acme")
    terminal.press("Tab", "Tab", "Enter")
    terminal.until(lambda shown: re.search(r"3 Mint keys there +○ open", shown) is not None, "the roll-back")
    terminal.until(lambda shown: "asking" not in shown, "the check after it")
    assert "tenant-acme" not in run(environ(tmp_path), "provision", "list", "--backend", "local-fi")
    terminal.press("Escape")
    terminal.shows("o onboard")  # Esc and q at once would be Alt+q
    terminal.press("q")
    terminal.shows("ended with 0")


def test_a_provider_without_a_way_in_is_connected_and_its_key_pasted(
    terminals: list[Tmux], tmp_path: Path
) -> None:
    """The portal's part is played by another tenant's key of the embedded store."""
    environment = environ(tmp_path)
    made = run(environment, "provision", "create", "donor", "--backend", "local-fi", "--json").splitlines()
    key = json.loads(made[0])
    terminal = start(terminals, tmp_path)
    endpoint = json.loads(run(environment, "backends", "show", "local-fi", "--json"))["endpoint"]
    run(
        environment, "backends", "add", "by-hand", "--endpoint", endpoint, "--country", "FI",
        "--addressing", "path",
    )  # fmt: skip
    terminal.press("w")
    terminal.shows("How are users made at this backend?")
    terminal.press("Enter")
    terminal.shows("local-de", "by-hand")
    terminal.types("by-hand", "│  by-hand")
    terminal.press("Enter")
    terminal.until(lambda shown: re.search(r"Backend +by-hand", shown) is not None, "the backend")
    terminal.press("Enter")
    terminal.shows("radosgw-admin")
    terminal.types("portal", "│  portal")
    terminal.press("Enter")
    terminal.until(lambda shown: re.search(r"Way in +portal", shown) is not None, "the way in")
    terminal.press("Enter")
    terminal.shows("by-hand: the portal of by-hand answers")

    terminal.press("o")
    terminal.shows("Onboard a tenant")
    terminal.types("acme", "acme")
    terminal.press("Tab", "Enter")
    terminal.shows("Where the first copy lies")
    terminal.types("by-hand", "│  by-hand")
    terminal.press("Enter")
    terminal.until(lambda shown: re.search(r"Provider +by-hand", shown) is not None, "the provider")
    terminal.press("Enter")
    terminal.shows("Where the second copy lies")
    terminal.types("no replica", "│  no replica")
    terminal.press("Enter")
    terminal.until(lambda shown: re.search(r"Second copy +none", shown) is not None, "no second copy")
    terminal.press("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Enter")
    terminal.shows("› Onboarding", "Why: A user of its own")  # the first open step, once all were asked
    terminal.press("a")
    terminal.shows("Paste what the provider's portal gave you", "at by-hand")
    terminal.types(key["access_key"], key["access_key"])
    terminal.press("Tab")
    terminal.types(key["secret_key"], "•" * 20)
    terminal.press("Enter")
    # A key that may make no bucket is found out by the probe, which comes after the key here.
    terminal.until(lambda shown: re.search(r"2 Mint keys there +✓ done", shown) is not None, "the mint")
    terminal.shows("Probe it failed", "by-hand:")
    assert key["secret_key"] not in terminal.text
    listed = run(environment, "credentials", "list")
    assert "backend/by-hand/tenant/acme" in listed
    terminal.press("Escape")
    terminal.shows("o onboard")  # Esc and q at once would be Alt+q
    terminal.press("q")
    terminal.shows("ended with 0")


def drilled_at(folder: Path) -> str:
    state = json.loads((folder / "home/onboarding/acme.state.json").read_bytes())
    return str(state["evidence"]["drill"]["at"])


def keys_of(handed: dict[str, dict[str, dict[str, str]]]) -> list[dict[str, str]]:
    backends: list[dict[str, dict[str, str]]] = handed["backends"]  # type: ignore[assignment]
    return [handed["server"]["key"], *(item["key"] for item in backends)]


def test_a_user_s_life_at_a_provider(terminals: list[Tmux], tmp_path: Path) -> None:
    """Mint, rotate, revoke, suspend, resume: the exact request is shown before each."""
    subprocess.run(
        [sys.executable, "-m", "secingest_tui", "provision", "create", "acme", "--backend", "local-fi"],
        env={**os.environ, **environ(tmp_path)}, capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    terminal = start(terminals, tmp_path)
    terminal.press("l", "l")
    terminal.shows("✓ active", "1 key ")
    terminal.press("a")
    terminal.shows("Rotate acme at local-fi", "iam:CreateAccessKey UserName=tenant-acme", "Keep as it is")
    terminal.press("Tab", "Enter")
    terminal.shows("New keys of acme", "••••••••••••")
    terminal.press("Escape")
    terminal.shows("2 keys")
    terminal.press("v")
    terminal.shows("Revoke which key", "not used here")
    terminal.press("Enter")
    terminal.shows("iam:DeleteAccessKey")
    terminal.press("Tab", "Enter")
    terminal.shows("1 key ")
    terminal.press("s")
    terminal.shows("Status=Inactive")
    terminal.press("Tab", "Enter")
    terminal.shows("■ suspended")
    terminal.press("s")
    terminal.shows("Status=Active")
    terminal.press("Tab", "Enter")
    terminal.shows("✓ active")
    terminal.press("u")
    terminal.shows("Quota at the provider")
    terminal.press("Enter")
    terminal.shows("has no quotas", "at the metadata server")
    terminal.press("x")
    terminal.shows("Remove acme at local-fi", "iam:DeleteUser UserName=tenant-acme", "Type its name")
    terminal.types("acme", "│  acme")
    terminal.press("Tab", "Tab", "Enter")
    terminal.shows("No tenant has a user")
    terminal.press("w")
    terminal.shows("How are users made at this backend?", "Way in")
    terminal.press("Escape")
    terminal.until(lambda shown: "Way in" not in shown, "the list again")
    terminal.press("q")
    terminal.shows("ended with 0")
