"""The whole walkthrough by an operator who is logged in through a real sshd, 80x24, on the embedded stack."""

from __future__ import annotations

import json
import shutil

from secingest_tui.paths import Home
from tests.rigs import homes
from tests.rigs.sshd import sshd

PASSPHRASE = "correct horse battery"


def test_from_a_new_customer_to_a_restored_object_over_ssh() -> None:
    with sshd(forced=False) as account:
        try:
            with account.terminal(command=["exec python -m secingest_tui"]) as terminal:
                terminal.shows("All is ready")
                terminal.press("2")
                terminal.shows("registers the first one")
                terminal.press("o")
                terminal.shows("Onboard a tenant")
                terminal.does("acme")
                for _ in range(9):
                    terminal.does("\t")
                terminal.press("\r")
                terminal.shows("1 of 11 done")
                terminal.shows("Why: A data sheet")  # the first open step, once all were asked
                terminal.press("a")
                for what in ("backend local-fi", "metadata server"):
                    terminal.shows(what)
                    terminal.shows("New keys of acme")
                    terminal.does("\x1b")
                terminal.shows("New key")
                terminal.shows("acme-k1")
                for _ in range(3):
                    terminal.does("\t")
                terminal.does(PASSPHRASE)
                terminal.does("\t")
                terminal.does(PASSPHRASE)
                terminal.press("\r")
                terminal.shows("11 of 11 done")
                terminal.does("\x1b")
                terminal.shows("1 tenant")
                terminal.press("q")
                assert terminal.end() == 0
            said = account.run(command=["python -m secingest_tui onboard status acme --json"])
            steps = [json.loads(line) for line in said.stdout.splitlines()]
            assert [step["state"] for step in steps] == ["done"] * 11, said.stderr
            assert PASSPHRASE.encode() not in said.stdout + said.stderr
        finally:
            homes.clear(Home(account.folder / "home"))
            shutil.rmtree(account.folder / "home", ignore_errors=True)
