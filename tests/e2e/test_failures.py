"""Everything that goes wrong is said clearly, and nothing is lost."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from tests.e2e.conftest import Cli
from tests.rigs.waiting import wait_for


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "file.txt"
    path.write_bytes(b"contents\n" * 500)
    return path


def ingest(cli: Cli, source: Path | str, key: str, *more: str | Path, code: int) -> str:
    done = cli("ingest", source, "--backend", "local-fi", "--as", key, *more, code=code)
    assert done.stdout == ""
    return done.stderr


def test_missing_file(cli: Cli, tenant: str, tmp_path: Path) -> None:
    said = ingest(cli, tmp_path / "nothing-here", "customer42/x", code=1)
    assert "nothing-here" in said
    assert "No such file" in said


def test_unreadable_file(home: Home, cli: Cli, tenant: str, source: Path) -> None:
    """As an account that may not read it; root reads everything, so root steps down first."""
    source.chmod(0)
    if os.geteuid() != 0:
        said = ingest(cli, source, "customer42/x", code=1)
    else:
        script = (
            "import os, sys\n"
            "from secingest_tui.services.ingest.plan import IngestRequest, plan_ingest\n"
            "os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)\n"
            "request = IngestRequest((sys.argv[1],), 'customer42', 'b', object_key='customer42/x')\n"
            "plan = plan_ingest(request)\n"
            "print(plan.items, plan.problems)"
        )
        source.parent.chmod(0o755)
        for folder in source.parents:
            if folder.stat().st_uid == 0 and folder.name.startswith(("pytest", "test")):
                folder.chmod(0o755)
        import sys

        done = subprocess.run(
            [sys.executable, "-c", script, str(source)],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        said = done.stdout
        assert said.startswith("[] ")
    assert "Permission denied" in said


def test_wrong_tenant_prefix(cli: Cli, tenant: str, source: Path) -> None:
    said = ingest(cli, source, "somebody-else/x", code=2)
    assert "does not belong to tenant customer42" in said
    assert "next: Use a key such as customer42/" in said


def test_unknown_backend(cli: Cli, tenant: str, source: Path) -> None:
    done = cli("ingest", source, "--backend", "nowhere", "--as", "customer42/x", code=2)
    assert "no backend nowhere; known are: local-fi, local-de" in done.stderr


def test_unknown_recipient(cli: Cli, tenant: str, source: Path) -> None:
    assert "no key nobody" in ingest(cli, source, "customer42/x", "--recipient", "nobody", code=2)


def test_backend_outside_the_residency(cli: Cli, tenant: str, source: Path) -> None:
    said = ingest(cli, source, "customer42/x", "--residency", "DE", code=2)
    assert "local-fi is in FI, outside the residency DE" in said


def test_a_version_is_written_once(cli: Cli, tenant: str, source: Path) -> None:
    cli("ingest", source, "--backend", "local-fi", "--as", "customer42/once", "--object-version", "v1")
    said = ingest(cli, source, "customer42/once", "--object-version", "v1", code=1)
    assert "has a version v1 already" in said


def test_wrong_passphrase_leaves_no_file(cli: Cli, tenant: str, source: Path, tmp_path: Path) -> None:
    good, bad, out = tmp_path / "good", tmp_path / "bad", tmp_path / "out"
    good.write_text("right\n")
    bad.write_text("wrong\n")
    cli("keys", "new", "--key-id", "locked", "--type", "p256", "--passphrase-file", good)
    cli("ingest", source, "--backend", "local-fi", "--as", "customer42/locked", "--recipient", "locked")
    done = cli("restore", "customer42/locked", "-o", out, "--passphrase-file", bad, code=1)
    assert "passphrase" in done.stderr
    assert not out.exists()
    cli("restore", "customer42/locked", "-o", out, "--passphrase-file", good)
    assert out.read_bytes() == source.read_bytes()


def test_restore_never_overwrites_unasked(cli: Cli, tenant: str, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "precious"
    out.write_text("mine")
    cli("ingest", source, "--backend", "local-fi", "--as", "customer42/over")
    done = cli("restore", "customer42/over", "-o", out, code=2)
    assert "exists already; it was not touched" in done.stderr
    assert out.read_text() == "mine"


def test_server_down_after_the_upload(cli: Cli, stack: EmbeddedStack, tenant: str, tmp_path: Path) -> None:
    """The upload stays, its registration waits in the outbox, and flush completes it."""
    uploading = cli.start("ingest", "-", "--backend", "local-fi", "--as", "customer42/late", "--json")
    assert uploading.stdin is not None
    uploading.stdin.write(os.urandom(9 * 1024 * 1024))  # more than one part: the upload has begun
    uploading.stdin.flush()
    stack.stop_server()
    try:
        out, err = uploading.communicate(b"the end", timeout=60)
        assert uploading.returncode == 1, err
        assert out == b""
        assert b"uploaded, not registered yet: customer42/late" in err
        assert b"secingest outbox flush" in err
        assert b"Traceback" not in err
    finally:
        stack.start_server()
    waiting = json.loads(cli("outbox", "list", "--json").stdout)
    assert waiting["object_key"] == "customer42/late"
    flushed = cli("outbox", "flush", "--json")
    assert json.loads(flushed.stdout)["object_key"] == "customer42/late"
    assert cli("outbox", "list", "--json").stdout == ""
    cli("restore", "customer42/late", "-o", tmp_path / "out")
    assert (tmp_path / "out").stat().st_size == 9 * 1024 * 1024 + 7


def test_many_small_files_are_registered_in_batches(cli: Cli, tenant: str, tmp_path: Path) -> None:
    """Each has its own answer: one that was there already fails alone, the others have receipts."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(230):
        (folder / f"f{number:03}").write_bytes(b"%d" % number)
    once = ("--backend", "local-fi", "--object-version", "v1")
    cli("ingest", folder / "f007", *once, "--as", "customer42/many/f007")
    done = cli("ingest", folder, *once, "--prefix", "customer42/many/", "--json", code=1)
    receipts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({item["object_key"] for item in receipts}) == 229
    assert done.stderr.count("failed:") == 1
    assert "f007" in done.stderr
    assert list((cli.root / "outbox").iterdir()) == []
    for item in receipts[:3]:
        path = tmp_path / "receipt.json"
        path.write_text(json.dumps(item))
        cli("receipt", "verify", path)


def test_a_batch_whose_server_is_gone_waits(
    cli: Cli, stack: EmbeddedStack, tenant: str, tmp_path: Path
) -> None:
    folder = tmp_path / "waiting"
    folder.mkdir()
    for number in range(2):
        (folder / f"f{number}").write_bytes(os.urandom(1000))
    os.mkfifo(folder / "pipe")  # never read: it is no regular file
    from secingest_tui.services.ingest.plan import IngestRequest
    from secingest_tui.services.ingest.run import Ingest
    from secingest_tui.services.workspace import Workspace

    with Workspace(Home(cli.root)) as workspace:
        request = IngestRequest(
            paths=(str(folder),), tenant=tenant, backend="local-fi", prefix=f"{tenant}/waiting/"
        )
        ingest = Ingest(workspace, request)
        register = ingest._outbox.register_many

        def stopped(entries: object) -> object:
            stack.stop_server()
            return register(entries)  # type: ignore[arg-type]

        ingest._outbox.register_many = stopped  # type: ignore[assignment, method-assign]
        try:
            result = ingest.run()
        finally:
            stack.start_server()
    assert len(result.queued) == 2
    assert [reason for _, reason in result.skipped] == ["no regular file"]
    flushed = cli("outbox", "flush", "--json")
    assert len(flushed.stdout.splitlines()) == 2


def test_the_next_ingest_empties_the_outbox(
    cli: Cli, stack: EmbeddedStack, tenant: str, source: Path
) -> None:
    uploading = cli.start("ingest", "-", "--backend", "local-fi", "--as", "customer42/later")
    assert uploading.stdin is not None
    uploading.stdin.write(os.urandom(9 * 1024 * 1024))
    uploading.stdin.flush()
    stack.stop_server()
    try:
        uploading.communicate(b"", timeout=60)
    finally:
        stack.start_server()
    entry = next((cli.root / "outbox").glob("*.json"))
    waiting = json.loads(entry.read_bytes())
    entry.write_text(json.dumps(waiting | {"next_attempt_at": None}))  # its time has come
    done = cli("ingest", source, "--backend", "local-fi", "--as", "customer42/other")
    assert "registered from the outbox: customer42/later" in done.stderr


@pytest.fixture
def dead_endpoint() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_object_store_down(cli: Cli, tenant: str, source: Path, dead_endpoint: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not-a-real-secret\n")
    cli(
        "backends", "add", "gone", "--endpoint", dead_endpoint, "--country", "FI", "--access-key", "AKIA",
        "--secret-key-file", secret,
    )  # fmt: skip
    done = cli("ingest", source, "--backend", "gone", "--as", "customer42/gone", code=1)
    assert dead_endpoint in done.stderr
    assert "next:" in done.stderr
    assert "not-a-real-secret" not in done.stderr
    assert source.exists()
    assert cli("outbox", "list", "--json").stdout == ""
    cli("backends", "remove", "gone", "--yes")


def test_killed_upload_is_resumed(cli: Cli, tenant: str, tmp_path: Path) -> None:
    """kill -9 with parts under way; resuming sends what is missing and registers."""
    big, out = tmp_path / "big", tmp_path / "out"
    big.write_bytes(os.urandom(200 * 1024 * 1024))
    uploading = cli.start(
        "ingest", big, "--backend", "local-fi", "--as", "customer42/killed", "--bandwidth-limit", "40MiB"
    )

    def sent() -> bool:
        return any(b'"sent"' in path.read_bytes() for path in (cli.root / "uploads").glob("*.journal"))

    wait_for(sent, "a part to be acknowledged")
    uploading.kill()
    uploading.communicate()
    listed = cli.json("uploads", "list")
    assert listed["object_key"] == "customer42/killed"
    assert listed["sent"] != "100%"
    cli("uploads", "resume")
    assert list((cli.root / "uploads").iterdir()) == []
    assert "No interrupted uploads." in cli("uploads", "resume").stderr
    cli("restore", "customer42/killed", "-o", out)
    assert out.read_bytes() == big.read_bytes()


def test_resuming_another_file_sends_nothing(
    cli: Cli, stack: EmbeddedStack, tenant: str, tmp_path: Path
) -> None:
    """Same name, same size, other contents: never sealed under the same key and sent."""
    big = tmp_path / "big"
    big.write_bytes(os.urandom(200 * 1024 * 1024))
    uploading = cli.start(
        "ingest", big, "--backend", "local-fi", "--as", "customer42/changed", "--bandwidth-limit", "40MiB"
    )
    wait_for(
        lambda: any(b'"sent"' in path.read_bytes() for path in (cli.root / "uploads").glob("*.journal")),
        "a part to be acknowledged",
    )
    uploading.kill()
    uploading.communicate()
    with big.open("r+b") as stream:
        stream.write(b"changed")
    done = cli("uploads", "resume", code=1)
    assert "changed since its upload began" in done.stderr
    assert list((cli.root / "uploads").iterdir()) == []


def test_secrets_are_in_no_output(cli: Cli, tenant: str) -> None:
    """What lists and shows never prints a secret; the tenant's own was shown once, at creation."""
    stored = json.loads((cli.root / "credentials.json").read_bytes())["entries"]
    secrets = {entry["secret_key"] for entry in stored.values()}
    for command in (
        ("credentials", "list"), ("backends", "list", "--json"), ("backends", "show", "local-fi"),
        ("tenant", "list", "--json"), ("tenant", "show", tenant), ("doctor", "--json"), ("stack", "status"),
    ):  # fmt: skip
        done = subprocess.run(
            [*_argv(cli, *command)], capture_output=True, text=True, env=cli.environ, timeout=60, check=False
        )
        assert not any(secret in done.stdout + done.stderr for secret in secrets), command
    for path in (cli.root / "log").iterdir():
        assert not any(secret in path.read_text(errors="replace") for secret in secrets), path


def _argv(cli: Cli, *command: str) -> list[str]:
    from tests.e2e.conftest import SECINGEST

    return [*SECINGEST, *command]
