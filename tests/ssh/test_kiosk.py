"""What an account behind ForceCommand can get at, tried by an unprivileged user over a real sshd."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rigs.sshd import ROOT, sshd
from tests.rigs.waiting import wait_for
from tests.ssh.conftest import Site
from tests.tui.terminal import Terminal

SECRET = b"nobody but the owner\n"


@pytest.fixture
def secret(site: Site) -> Path:
    """A file that the account could read, were it not shut in."""
    path = site.account.folder / "secret" / "plans.txt"
    path.write_bytes(SECRET)
    site.account.own(path.parent)
    return path


def on_upload(site: Site, terminal: Terminal) -> None:
    terminal.shows("Metadata server")
    terminal.press("3")
    terminal.shows("File or folder")


def type_path(terminal: Terminal, path: object) -> None:
    terminal.does("\x15")  # by itself: in a burst, keys that edit may come after those that type
    terminal.shows("choose a file or a folder")
    terminal.press(str(path))
    terminal.shows(str(path)[-12:])


def test_without_being_shut_in_the_same_account_gets_a_shell_and_files(tmp_path: Path) -> None:
    """So that the refusals below prove something."""
    with sshd(forced=False) as account:
        assert account.run(command=["echo $((40 + 2))"]).stdout == b"42\n"
        source = tmp_path / "in"
        source.write_bytes(b"x")
        argv = ["/usr/bin/scp", *account.options(), "-P", str(account.port), str(source)]
        subprocess.run(
            [*argv, f"{account.name}@127.0.0.1:{account.folder}/granted/in"], check=True, timeout=60
        )


@pytest.mark.parametrize("command", [["/bin/sh"], ["sh", "-c", "id"], ["bash", "-i"], ["cat", "/etc/passwd"]])
def test_no_command_runs(site: Site, command: list[str]) -> None:
    done = site.account.run(command=command, stdin=b"id\n")
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"this account opens the screens and nothing else" in done.stderr


def test_a_shell_asked_for_with_a_terminal_is_the_screens(site: Site) -> None:
    with site.account.terminal(command=["/bin/sh"]) as terminal:
        terminal.shows("Metadata server")
        terminal.press("q")
        assert terminal.end() == 0


@pytest.mark.parametrize("protocol", ["-O", "-s"])
def test_no_scp_in_either_direction(site: Site, secret: Path, tmp_path: Path, protocol: str) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(b"x")
    there = f"{site.account.name}@127.0.0.1:"
    argv = ["/usr/bin/scp", protocol, *site.account.options(), "-P", str(site.account.port)]
    for pair in ([str(source), f"{there}{site.granted}/in"], [f"{there}{secret}", str(target)]):
        done = subprocess.run([*argv, *pair], capture_output=True, timeout=60, check=False)
        assert done.returncode != 0
    assert not (site.granted / "in").exists()
    assert not target.exists()


def test_no_sftp(site: Site, secret: Path, tmp_path: Path) -> None:
    batch = tmp_path / "batch"
    batch.write_text(f"get {secret} {tmp_path}/out\nput {batch} {site.granted}/in\n")
    argv = ["/usr/bin/sftp", "-b", str(batch), *site.account.options(), "-P", str(site.account.port)]
    done = subprocess.run(
        [*argv, f"{site.account.name}@127.0.0.1"], capture_output=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert not (tmp_path / "out").exists()
    assert not (site.granted / "in").exists()


def test_no_port_forwarding(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as behind, socket.create_server(("127.0.0.1", 0)) as free:
        target, local = behind.getsockname()[1], free.getsockname()[1]
        free.close()
        argv = site.account.ssh("-N", "-L", f"127.0.0.1:{local}:127.0.0.1:{target}")
        client = subprocess.Popen([*argv, f"{site.account.name}@127.0.0.1"], stderr=subprocess.PIPE)
        try:
            wait_for(lambda: _listens(local), "the client listening")
            with socket.create_connection(("127.0.0.1", local), timeout=60) as through:
                through.settimeout(60)
                assert through.recv(1) == b""
            behind.settimeout(0.2)
            with pytest.raises(TimeoutError):
                behind.accept()
        finally:
            client.terminate()
            client.wait(60)
        remote = site.account.run("-N", "-o", "ExitOnForwardFailure=yes", "-R", f"0:127.0.0.1:{target}")
        assert remote.returncode != 0


def _listens(port: int) -> bool:
    listed = subprocess.run(["ss", "-ltnH", f"sport = :{port}"], capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return bool(listed.stdout.strip())
    return f":{port:04X} " in Path("/proc/net/tcp").read_text()


def test_no_editor_whatever_the_environment_says(site: Site, tmp_path: Path) -> None:
    mark = site.account.folder / "granted" / "mark"
    script = site.account.folder / "editor"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    setting = [f"SetEnv=EDITOR={script} VISUAL={script} PAGER={script} LC_EDITOR={script}"]
    with site.account.terminal("-o", *setting) as terminal:
        on_upload(site, terminal)
        for keys in ("\x1b", "\x05", "\x18\x05", "e", "v", ":", "edit", "\r", "\x1b", "!", "\x1b"):
            terminal.does(keys)
        terminal.press("q")
        terminal.end()
    assert not mark.exists()


def test_it_cannot_be_suspended_and_keeps_answering(site: Site) -> None:
    with site.account.terminal() as terminal:
        terminal.shows("Metadata server")
        for keys in ("\x1a", "\x1a", "\x1c"):
            terminal.does(keys)
        terminal.press("5")
        terminal.shows("Jobs")
        terminal.press("q")
        assert terminal.end() == 0


def test_paths_outside_lead_nowhere(site: Site, secret: Path) -> None:
    (site.granted / "link").unlink(missing_ok=True)
    (site.granted / "link").symlink_to(secret)
    (site.granted / "folder").unlink(missing_ok=True)
    (site.granted / "folder").symlink_to(secret.parent)
    (site.granted / "keys").unlink(missing_ok=True)
    (site.granted / "keys").symlink_to(site.profile / "keys")
    with site.account.terminal(columns=160) as terminal:
        on_upload(site, terminal)
        for path in (
            secret, "/etc/passwd", site.granted / "../secret/plans.txt", site.granted / "link",
            site.granted / "folder/plans.txt", site.granted / "keys", site.profile / "credentials.json",
            "/proc/self/environ", "~/profiles",
        ):  # fmt: skip
            type_path(terminal, path)
            terminal.shows("is outside the folders of this account")
            terminal.press("\x15")
            terminal.until(lambda: "is outside" not in terminal.text)
        # Neither does the list of files lead out of the folder.
        type_path(terminal, f"{site.granted}/")
        terminal.press("\x1b[19~")
        terminal.shows("link")
        for keys in ("\x1b[D", "\x7f", "\x1b"):
            terminal.does(keys)
        assert SECRET not in terminal.raw


def test_paths_outside_lead_nowhere_in_plain_mode_either(site: Site, secret: Path) -> None:
    (site.granted / "plain-link").unlink(missing_ok=True)
    (site.granted / "plain-link").symlink_to(secret)
    refused = (
        f"ingest {secret} --backend local-fi --as acme/x",
        f"ingest {site.granted}/../secret/plans.txt --backend local-fi --as acme/x",
        f"ingest {site.granted}/plain-link --backend local-fi --as acme/x",
        f"ingest {site.granted} --recipient /etc/ssl/x.pem --backend local-fi --prefix acme/x",
        f"restore acme/first.txt -o {site.account.folder}/secret/out",
        f"restore acme/first.txt -o {site.granted}/x --private-key {secret}",
        f"restore acme/first.txt -o {site.granted}/x --passphrase-file {secret}",
        f"restore acme/first.txt -o {site.granted}/x --signer {secret}",
        f"keys new --key-id k9 --no-passphrase --out {site.account.folder}/secret",
    )
    with site.account.terminal(columns=200, rows=50, term="dumb") as terminal:
        terminal.shows("secingest>")
        for number, line in enumerate(refused, start=1):
            terminal.press(line + "\r")
            terminal.until(lambda number=number: terminal.raw.count(b"Ended with 2.") == number, line)  # type: ignore[misc]
        for line in ("credentials list", "serve", "!sh", "config set server.url http://127.0.0.1:1"):
            before = terminal.raw.count(b"is no command here")
            terminal.press(line + "\r")
            terminal.until(lambda before=before: terminal.raw.count(b"is no command here") > before, line)  # type: ignore[misc]
        assert terminal.raw.count(b"is outside the folders of this account") == len(refused)
        assert SECRET not in terminal.raw
        terminal.press("quit\r")
        terminal.end()
    assert [path.name for path in secret.parent.iterdir()] == [secret.name]


def test_the_kernel_holds_where_the_program_would_not(site: Site, secret: Path) -> None:
    """The wall behind the wall: code that runs in the process gets no shell and no file either."""
    code = f"""
import os, sys
from pathlib import Path
from secingest_tui.confine import lock_down
state, granted = Path({str(site.account.folder / "home")!r}), Path({str(site.granted)!r})
lock_down([granted], state)
def refused(what, call):
    try:
        call()
    except PermissionError:
        print("refused", what)
    else:
        print("ALLOWED", what)
refused("shell", lambda: os.execv("/bin/sh", ["sh"]))
refused("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {{}}))
refused("secret", lambda: open({str(secret)!r}))
refused("link", lambda: open(granted / "link"))
refused("dots", lambda: open(granted / "../secret/plans.txt"))
refused("list", lambda: os.listdir("/etc"))
refused("write", lambda: open("/tmp/escaped", "w"))
refused("symlink", lambda: os.symlink("/etc/passwd", granted / "made"))
refused("rename", lambda: os.rename({str(secret)!r}, granted / "stolen"))
refused("signal", lambda: os.kill(os.getppid(), 0))
(granted / "fine").write_text("fine")
print("wrote", (granted / "fine").read_text())
import ssl, json, threading; threading.Thread(target=print, args=("thread",)).start()
"""
    (site.granted / "link").unlink(missing_ok=True)
    (site.granted / "link").symlink_to(secret)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, cwd="/",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "ALLOWED" not in done.stdout, done.stdout
    assert done.stdout.count("refused") >= 9
    assert "wrote fine" in done.stdout


def test_a_kiosk_that_is_not_prepared_says_what_is_missing(site: Site) -> None:
    config = site.profile / "config.toml"
    for text, said in (
        ("", "kiosk.folders: names no folder"),
        (f'[kiosk]\nfolders = ["{site.granted}"]\n', "server.url: is not set"),
        ('[kiosk]\nfolders = ["relative"]\n', "must be whole paths"),
        (
            f'[server]\nurl = "http://127.0.0.1:1"\n[kiosk]\nfolders = ["{site.account.folder}"]\n',
            "own state",
        ),
    ):
        config.write_text(text)
        try:
            with site.account.terminal(columns=160) as terminal:
                terminal.shows(said)
                assert terminal.end() != 0
        finally:
            site.configure()
