"""The unit and the container file of ``docs/deploy``: what they name exists, and does what they ask of it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNIT = DEPLOY / "secingest-worker@.service"
READ_BY_US = {"SECINGEST_HOME", "SECINGEST_PASSPHRASE_FILE"}


def help_of(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "secingest_tui", *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """As `systemd-analyze verify` sees it, with a program that is here."""
    program = Path(sys.executable).with_name("secingest")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/secingest/bin/secingest", str(program)))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    unit.write_text(unit.read_text() + "[Service]\nRestart=sometimes\n")
    broken = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert "restart specifier" in broken.stderr, "what is wrong would be seen"


def test_the_unit_asks_for_what_there_is() -> None:
    text = UNIT.read_text()
    [line] = re.findall(r"^ExecStart=/opt/secingest/bin/secingest (.*)$", text, re.MULTILINE)
    assert_known_options(line.split())
    assert set(re.findall(r"^Environment=(\w+)=", text, re.MULTILINE)) == READ_BY_US


def test_the_container_file_asks_for_what_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    for line in re.findall(r"^COPY (.*)$", text, re.MULTILINE):
        for name in shlex.split(line)[:-1]:
            assert (ROOT / name).exists(), name
    [entry], [command] = (re.findall(rf"^{word} (.*)$", text, re.MULTILINE) for word in ("ENTRYPOINT", "CMD"))
    assert json.loads(entry)[0] == "secingest"
    assert_known_options([*json.loads(entry)[1:], *json.loads(command)])
    assert set(re.findall(r"(SECINGEST_\w+)=", text)) == READ_BY_US
    # pip refuses a list with one distribution that has no hash, or one that is not pinned.
    locked = (ROOT / "requirements.lock").read_text().replace("\\\n", " ")
    pinned = [line for line in locked.splitlines() if line and not line.startswith(("#", " "))]
    assert pinned
    assert all("==" in line and "--hash=sha256:" in line for line in pinned)


def assert_known_options(words: list[str]) -> None:
    assert words[0] == "worker"
    known = help_of("worker")
    for option in (word for word in words if word.startswith("--")):
        assert option in known, option
