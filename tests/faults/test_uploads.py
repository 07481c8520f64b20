"""Unfinished, abandoned and bridled uploads: what the commands do about them, on the real stack."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from secingest_tui.errors import UsageError
from secingest_tui.services.upload.limit import BandwidthLimit, parse_rate
from tests.faults import wire
from tests.faults.rig import BACKEND, MIB, PART_SIZE, TENANT, Rig
from tests.faults.test_nonce import killed_mid_part
from tests.rigs.fault_proxy import Corrupt

pytestmark = pytest.mark.fault


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(os.urandom(8 * PART_SIZE + 1_234_567))
    return path


def acknowledged(journal: Path) -> set[int]:
    records = [json.loads(line) for line in journal.read_bytes().splitlines() if line.endswith(b"}")]
    return {record["part"] for record in records if record["record"] == "sent"}


def is_journal(data: bytes) -> bool:
    """Whether it is whole: a wipe, or a line, may be half done."""
    try:
        return data.endswith(b"\n") and all(json.loads(line) for line in data.splitlines())
    except ValueError:
        return False


def whole_parts(rig: Rig) -> list[int | None]:
    return [body.part for body in wire.object_bodies(rig.streams()) if body.whole]


def is_object(rig: Rig, object_key: str, source: Path) -> None:
    """Registered once, identical, and nothing left."""
    assert len(rig.versions(object_key)) == 1
    assert rig.restored(object_key).read_bytes() == source.read_bytes()
    assert (rig.upload_files(), rig.outbox(), rig.multiparts()) == ([], [], [])


# The same command again


def test_the_same_command_goes_on_and_sends_no_finished_part_again(rig: Rig, source: Path) -> None:
    object_key = f"{TENANT}/goes-on"
    command = killed_mid_part(rig, source, object_key)
    (journal,) = rig.journals()
    done, version = acknowledged(journal), json.loads(journal.read_bytes().splitlines()[0])["version"]
    said = rig.run(*command)[2]
    assert f"resuming: {object_key} {version}" in said
    assert rig.versions(object_key) == [version]
    parts = whole_parts(rig)
    assert all(parts.count(number) == 1 for number in done)
    is_object(rig, object_key, source)


@pytest.mark.parametrize(
    "other", [("--object-version", "v2"), ("--residency", "FI"), ("--recipient", "k2")], ids=lambda it: it[0]
)
def test_a_command_that_wants_something_else_begins_anew(
    rig: Rig, source: Path, other: tuple[str, str]
) -> None:
    """Gone on with, it would not have the version, policy or recipients that were asked for."""
    if not (rig.home.keys_dir / "k2.pem").exists():
        rig.run("keys", "new", "--key-id", "k2", "--type", "p256", "--no-passphrase")
    object_key = f"{TENANT}/anew{other[0]}"
    command = killed_mid_part(rig, source, object_key)
    kept = rig.journals()
    assert "resuming" not in rig.run(*command, *other)[2]
    assert rig.journals() == kept
    assert len(rig.versions(object_key)) == 1


def test_parts_are_cut_as_they_were_when_the_configuration_changed_meanwhile(rig: Rig, source: Path) -> None:
    object_key = f"{TENANT}/recut"
    killed_mid_part(rig, source, object_key)
    config = rig.home.root / "config.toml"
    before = config.read_text()
    config.write_text(before.replace(f"part_size = {PART_SIZE}", f"part_size = {7 * MIB}"))
    try:
        rig.run("uploads", "resume")
    finally:
        config.write_text(before)
    assert rig.violations() == []
    is_object(rig, object_key, source)


def test_the_recipient_of_an_unfinished_upload_need_not_be_in_the_keyring(
    rig: Rig, source: Path, tmp_path: Path
) -> None:
    """Sealed for a public PEM file: the header in the journal says all that a resume needs."""
    rig.run("keys", "new", "--key-id", "k3", "--type", "p256", "--no-passphrase")
    elsewhere = tmp_path / "k3.pub.pem"
    for path in list(rig.home.keys_dir.glob("k3.*")):
        path.rename(tmp_path / path.name)
    assert elsewhere.exists()
    object_key = f"{TENANT}/pem"
    killed_mid_part(rig, source, object_key, "--recipient", elsewhere)
    rig.run("uploads", "resume")
    assert len(rig.versions(object_key)) == 1


# Ended at awkward moments


def test_killed_when_the_object_was_complete(rig: Rig, source: Path) -> None:
    """Between the completion and the registration: found complete, not sent again, registered once."""
    object_key = f"{TENANT}/complete"
    with rig.proxy.holding(b".sig HTTP/1.1") as signing:
        client = rig.start("ingest", source, "--backend", BACKEND, "--as", object_key)
        assert rig.until(client, signing.is_set)
        client.kill()
        client.wait()
    assert rig.multiparts() == []
    sent = whole_parts(rig)
    rig.run("uploads", "resume")
    assert whole_parts(rig) == sent
    is_object(rig, object_key, source)


def test_killed_between_the_outbox_and_the_end_of_the_journal(rig: Rig, source: Path) -> None:
    """The journal is put back as it was at its end: its upload waits in the outbox already."""
    object_key = f"{TENANT}/outbox-and-journal"
    command = ("ingest", source, "--backend", BACKEND, "--as", object_key)
    rig.proxy.bandwidth = 4 * MIB  # the server is to be down before the upload ends
    client = rig.start(*command)
    assert rig.until(client, rig.journals)
    (path,) = rig.journals()
    held = path.open("rb")  # what the journal says is read before its last byte is overwritten
    rig.stack.stop_server()
    rig.proxy.bandwidth = None
    last = b""
    while client.poll() is None:
        held.seek(0)
        last = now if is_journal(now := held.read()) else last
    held.close()
    rig.heal()
    assert len(rig.outbox()) == 1
    path.write_bytes(last)
    assert len(acknowledged(path)) == 9, "all parts"
    sent = whole_parts(rig)
    moved = source.rename(source.with_name("moved"))  # not needed any more: all of it is at the provider
    rig.run("uploads", "resume")
    assert whole_parts(rig) == sent
    is_object(rig, object_key, moved)


def test_uploaded_before_and_not_registered(rig: Rig, tmp_path: Path) -> None:
    """A small file whose registration waits is registered by the same command, not uploaded again."""
    source, object_key = tmp_path / "small", f"{TENANT}/waits"
    source.write_bytes(b"small")
    command = ("ingest", source, "--backend", BACKEND, "--as", object_key)
    with rig.proxy.holding(b"waits/") as uploading:
        client = rig.start(*command)
        assert rig.until(client, uploading.is_set)
        rig.stack.stop_server()
    code, _, said = rig.ended(client)
    assert (code, "not registered yet" in said) == (1, True)
    rig.heal()
    said = rig.run(*command)[2]
    assert f"uploaded before, registering: {object_key}" in said
    assert len(whole_parts(rig)) == 1
    is_object(rig, object_key, source)


def test_a_provider_that_has_the_upload_no_more(rig: Rig, source: Path) -> None:
    """As a lifecycle rule aborts it: said, its journal removed; the same command uploads it anew."""
    object_key = f"{TENANT}/gone"
    command = killed_mid_part(rig, source, object_key)
    for upload in list(rig.store.list_multiparts(rig.bucket)):
        rig.store.abort(rig.bucket, upload.key, upload.upload_id)
    assert "no longer has the unfinished upload" in rig.run("uploads", "resume", code=1)[2]
    assert rig.upload_files() == []
    rig.run(*command)
    is_object(rig, object_key, source)


def test_a_journal_that_cannot_be_read_hides_no_other(rig: Rig, source: Path) -> None:
    killed_mid_part(rig, source, f"{TENANT}/seen")
    (rig.home.uploads_dir / "bad.journal").write_text("no JSON\n")
    _, out, said = rig.run("uploads", "list", code=1)
    assert f"{TENANT}/seen" in out
    assert "bad.journal cannot be read" in said
    assert "bad.journal cannot be read" in rig.run("uploads", "resume", code=1)[2]
    (rig.home.uploads_dir / "bad.journal").unlink()


def test_a_part_damaged_on_its_way_is_sent_again(rig: Rig, source: Path) -> None:
    rig.proxy.break_up(Corrupt(PART_SIZE // 2))
    rig.run("ingest", source, "--backend", BACKEND, "--as", f"{TENANT}/damaged")
    assert rig.proxy.struck
    assert rig.violations() == []
    is_object(rig, f"{TENANT}/damaged", source)


# Abandoned


def test_abandoned_uploads_are_listed_and_aborted_when_asked(rig: Rig, source: Path) -> None:
    """A killed stream leaves one; an unfinished upload that has a journal is none."""
    killed_mid_part(rig, source, f"{TENANT}/kept")
    rig.forget()
    rig.proxy.bandwidth = 10 * MIB
    client = rig.start("ingest", "-", "--backend", BACKEND, "--as", f"{TENANT}/stream", stdin=source)
    assert rig.until(client, rig.mid_part)
    client.kill()
    client.wait()
    rig.proxy.bandwidth = None
    look = ("uploads", "abandoned", "--backend", BACKEND)
    assert len(rig.multiparts()) == 2
    found = rig.json(*look)
    assert found["key"].startswith(f"{TENANT}/stream/")
    assert found["age_hours"] == 0.0
    assert "left alone, younger than 24 hours: 1" in rig.run(*look, "--abort", "--yes")[2]
    assert len(rig.multiparts()) == 2
    assert f"aborted: {TENANT}/stream/" in rig.run(*look, "--abort", "--older-than", "0", "--yes")[2]
    (kept,) = rig.multiparts()
    assert kept.startswith(f"{TENANT}/kept/")
    rig.run("uploads", "resume")
    assert "No abandoned uploads" in rig.run(*look)[2]


# Bridled


def test_bandwidth_limit(rig: Rig, source: Path) -> None:
    """Over four threads together, measured between two moments of the same upload."""
    rate = 4 * MIB
    client = rig.start(
        "ingest", source, "--backend", BACKEND, "--as", f"{TENANT}/slow", "--bandwidth-limit", "4MiB"
    )

    def when(seen: int) -> tuple[float, int]:
        assert rig.until(client, lambda: rig.passed() >= seen)
        return time.monotonic(), rig.passed()

    begun, first = when(4 * MIB)
    ended, last = when(16 * MIB)
    client.kill()
    client.wait()
    assert 0.25 * rate < (last - first) / (ended - begun) < 1.5 * rate


@pytest.mark.parametrize("jobs", [1, 6])
def test_jobs(rig: Rig, source: Path, jobs: int) -> None:
    """That many parts are on their way at once, and never more."""
    rig.proxy.bandwidth = 4 * MIB
    most = 0

    def under_way() -> int:
        nonlocal most
        states = [wire.under_way(each.up) for each in list(rig.proxy.connections)]
        now = sum(length > MIB and 0 < sent < length for sent, length in states)
        most = max(most, now)
        return now

    client = rig.start("ingest", source, "--backend", BACKEND, "--as", f"{TENANT}/jobs", "--jobs", str(jobs))
    assert rig.until(client, lambda: under_way() == jobs)
    seen = rig.passed()
    assert rig.until(client, lambda: under_way() > jobs or rig.passed() > seen + 12 * MIB)
    client.kill()
    client.wait()
    assert most == jobs


@pytest.mark.parametrize(
    ("text", "rate"),
    [("10MiB", 10 * MIB), ("2.5MB", 2_500_000), ("500000", 500_000), ("1 gib/s", 1 << 30), ("64k", 0)],
)
def test_rates(text: str, rate: int) -> None:
    """64k are 64,000 bytes, less than what is taken at least."""
    if rate:
        assert parse_rate(text) == rate
        return
    with pytest.raises(UsageError, match="at least 64KiB"):
        parse_rate(text)


@pytest.mark.parametrize("text", ["", "fast", "-1MiB", "10MiBit", "0"])
def test_no_rates(text: str) -> None:
    with pytest.raises(UsageError):
        parse_rate(text)


def test_a_cancel_does_not_wait_for_the_limit() -> None:
    cancel = threading.Event()
    cancel.set()
    begun = time.monotonic()
    BandwidthLimit(1024).sent(100 * MIB, cancel)
    assert time.monotonic() - begun < 60
