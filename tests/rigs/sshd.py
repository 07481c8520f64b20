"""A real sshd on loopback with one unprivileged account, shut in as docs/kiosk.md says.

As root, the account exists in a mount namespace of the sshd alone: nothing is added to this machine. Without
root, sshd runs as the account that runs the tests, and lets that one in.
"""

from __future__ import annotations

import os
import pwd
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rigs.waiting import wait_for
from tests.tui.terminal import Terminal

ROOT = Path(__file__).parents[2]
NUMBER = 40123
SSHD = "/usr/sbin/sshd"


@dataclass(frozen=True)
class Account:
    """How to log in, and where the account may write."""

    name: str
    port: int
    folder: Path
    """Everything of it: ``home`` (the state), ``granted``, ``secret`` (its own, but not granted)."""
    identity: Path
    sshd: int

    @property
    def uid(self) -> int:
        return NUMBER if os.geteuid() == 0 else os.geteuid()

    def options(self) -> list[str]:
        return [
            "-F", "none", "-i", str(self.identity), "-o", f"UserKnownHostsFile={self.folder}/known",
            "-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR",
            "-o", "ConnectTimeout=10",
        ]  # fmt: skip

    def ssh(self, *more: str) -> list[str]:
        return ["/usr/bin/ssh", "-p", str(self.port), *self.options(), *more]

    def run(
        self, *more: str, command: Sequence[str] = (), stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        argv = [*self.ssh(*more), f"{self.name}@127.0.0.1", *command]
        return subprocess.run(argv, input=stdin, capture_output=True, timeout=60, check=False)

    def terminal(
        self,
        *more: str,
        command: Sequence[str] = (),
        columns: int = 80,
        rows: int = 24,
        term: str = "xterm-256color",
    ) -> Terminal:
        """A person at a terminal."""
        environ = {
            "TERM": term,
            "LC_ALL": "C.UTF-8",
            "PATH": os.environ["PATH"],
            "EDITOR": "/bin/sh",
        }
        argv = [*self.ssh("-tt", *more), f"{self.name}@127.0.0.1", *command]
        return Terminal(argv, columns=columns, rows=rows, environ=environ)

    def own(self, *paths: Path) -> None:
        """Give files and folders to the account."""
        if os.geteuid() == 0:
            for path in paths:
                for one in [path, *path.rglob("*")] if path.is_dir() else [path]:
                    os.lchown(one, NUMBER, NUMBER)

    def connections(self) -> list[int]:
        """The processes of sshd that serve connections: of each the monitor and the one with the terminal."""
        found, parents = [], [self.sshd]
        while parents:
            parent = str(parents.pop())
            listed = subprocess.run(["pgrep", "-P", parent], capture_output=True, text=True, check=False)
            for child in map(int, listed.stdout.split()):
                if Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"sshd"):
                    found.append(child)
                    parents.append(child)
        return found


def snippet() -> str:
    """The block of the documentation."""
    text = (ROOT / "docs" / "kiosk.md").read_text()
    block = re.search(r"<!-- test: kiosk-sshd -->\n((?:    .+\n)+)", text)
    assert block is not None
    return re.sub("^    ", "", block.group(1), flags=re.MULTILINE)


@contextmanager
def sshd(*, forced: bool = True) -> Iterator[Account]:
    """Run sshd until the block ends; ``forced`` shuts the account in, else it gets its shell."""
    root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="secingest-sshd-"))
    folder.chmod(0o755)
    name = "tenant-acme" if root else pwd.getpwuid(os.geteuid()).pw_name
    try:
        for key in ("host", "person"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key],
                check=True,
                capture_output=True,
            )
        (folder / "authorized").write_bytes((folder / "person.pub").read_bytes())
        for made in ("home", "granted", "secret"):
            (folder / made).mkdir(mode=0o700)
        port = _free_port()
        (folder / "sshd_config").write_text(_config(folder, port, name, forced))
        command = [SSHD, "-D", "-e", "-f", str(folder / "sshd_config")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(_apart(folder, name, command) if root else command, stderr=log)
        account = Account(name, port, folder, folder / "person", process.pid)
        account.own(folder / "home", folder / "granted", folder / "secret")
        try:
            wait_for(lambda: _answers(port) or process.poll() is not None, "sshd answering")
            assert process.poll() is None, (folder / "log").read_text()
            yield account
        finally:
            process.terminate()
            process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _config(folder: Path, port: int, name: str, forced: bool) -> str:
    program = f"{sys.executable} -m secingest_tui"
    block = snippet().replace("tenant-*", name).replace("/opt/secingest/bin/secingest", program)
    if not forced:
        block = f"Match User {name}\n    PermitTTY yes\n"
    return f"""
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
UsePAM no
StrictModes no
AuthorizedKeysFile {folder}/authorized
PasswordAuthentication no
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
{block}
    SetEnv SECINGEST_HOME={folder}/home PYTHONPATH={ROOT} PATH={Path(sys.executable).parent}:/usr/bin:/bin
"""


def _apart(folder: Path, name: str, command: list[str]) -> list[str]:
    """The command in a mount namespace with one account more, that can reach this Python and this code."""
    for file, line in (
        ("passwd", f"{name}:x:{NUMBER}:{NUMBER}::{folder}/home:/bin/sh"),
        ("shadow", f"{name}:*:19000:0:99999:7:::"),
        ("group", f"{name}:x:{NUMBER}:"),
    ):
        (folder / file).write_text(Path("/etc", file).read_text() + line + "\n")
        (folder / file).chmod(0o600 if file == "shadow" else 0o644)
    script = [
        "set -e",
        *(f"mount --bind {folder}/{file} /etc/{file}" for file in ("passwd", "shadow", "group")),
    ]
    needed = dict.fromkeys(str(Path(path)) for path in (sys.base_prefix, sys.prefix, ROOT))
    closed = dict.fromkeys(filter(None, map(_closed, needed)))
    stage = folder / "stage"
    inside = [path for path in needed if _closed(path)]
    for number, path in enumerate(inside):
        (stage / str(number)).mkdir(parents=True)
        script.append(f"mount --bind {shlex.quote(path)} {stage}/{number}")
    script += [f"mount -t tmpfs -o mode=755 none {shlex.quote(path)}" for path in closed]
    for number, path in enumerate(inside):
        script.append(f"mkdir -p {shlex.quote(path)}; mount --bind {stage}/{number} {shlex.quote(path)}")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    script.append("exec " + shlex.join(command))
    return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", "\n".join(script)]


def _closed(path: str) -> str | None:
    """The topmost folder on the way to ``path`` that others may not enter."""
    for folder in reversed([Path(path), *Path(path).parents]):
        if not folder.stat().st_mode & 0o001:
            return str(folder)
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
