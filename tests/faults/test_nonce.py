"""No frame is ever sent with two contents under one message key: proved by what was on the wire.

The client is killed with parts half sent, its file changes, the upload is resumed and the command run again.
The proxy has recorded every byte the client sent; ``tests/faults/wire.py`` reads them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults import wire
from tests.faults.changes import CHANGES
from tests.faults.rig import BACKEND, FRAME_LENGTH, MIB, PART_SIZE, TENANT, Rig, hide_change
from tests.rigs.waiting import wait_for

pytestmark = pytest.mark.fault
SIZE = 8 * PART_SIZE + 1_234_567


def killed_mid_part(rig: Rig, source: Path, object_key: str, *more: str | Path) -> tuple[str | Path, ...]:
    """Run an ingest and kill it with one part acknowledged and others half sent; the command it was."""
    command = ("ingest", source, "--backend", BACKEND, "--as", object_key, *more)
    rig.proxy.bandwidth = 10 * MIB
    others = set(rig.journals())
    client = rig.start(*command)
    assert rig.until(
        client, lambda: any(b'"sent"' in path.read_bytes() for path in set(rig.journals()) - others)
    )
    rig.proxy.bandwidth = MIB / 2  # a part is then still on its way when the kill arrives late
    assert rig.until(client, rig.mid_part)
    client.kill()
    client.wait()
    rig.proxy.bandwidth = None
    bodies = wire.object_bodies(rig.streams())
    assert [body.number for body in cut_parts(bodies)], "a part was cut off in the middle"
    return command


def cut_parts(bodies: list[wire.Request]) -> list[wire.Sealing]:
    """The last frames of parts of which only the beginning was sent."""
    return [
        list(wire.sealings(body, FRAME_LENGTH))[-1]
        for body in bodies
        if body.part is not None and not body.whole and body.body
    ]


def scenario(
    rig: Rig, source: Path, object_key: str, change: str, *, hidden: bool, rerun_only: bool = False
) -> list[str]:
    """Kill, change, resume, run again; the violations on the wire."""
    source.write_bytes(os.urandom(SIZE))
    command = killed_mid_part(rig, source, object_key)
    (journal,) = rig.journals()
    CHANGES[change](source)
    if hidden:
        hide_change(journal, source)
    before = rig.passed()
    if not rerun_only:
        rig.run("uploads", "resume", code=None)
    if not rig.versions(object_key):
        rig.run(*command)
    assert rig.passed() > before, "something was sent after the change"
    return rig.violations()


@pytest.mark.parametrize("hidden", [False, True], ids=["shown", "hidden"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_is_never_sealed_again_under_its_key(
    rig: Rig, tmp_path: Path, change: str, hidden: bool
) -> None:
    """``hidden``: the file system does not show the change, so only the frames' digests can."""
    source, object_key = tmp_path / "source", f"{TENANT}/{change}-{hidden}"
    assert scenario(rig, source, object_key, change, hidden=hidden) == []
    assert len(rig.versions(object_key)) == 1
    assert rig.restored(object_key).read_bytes() == source.read_bytes()
    assert rig.upload_files() == []
    assert rig.multiparts() == []


@pytest.mark.parametrize("hidden", [False, True], ids=["shown", "hidden"])
def test_nor_by_the_same_command_run_again(rig: Rig, tmp_path: Path, hidden: bool) -> None:
    source, object_key = tmp_path / "source", f"{TENANT}/again-{hidden}"
    assert scenario(rig, source, object_key, "in-place", hidden=hidden, rerun_only=True) == []
    assert rig.restored(object_key).read_bytes() == source.read_bytes()
    assert (rig.upload_files(), rig.multiparts()) == ([], [])


def test_an_unchanged_file_sends_the_same_frames_again(rig: Rig, tmp_path: Path) -> None:
    """The proof has something to compare: parts cut off by the kill are sent again, byte by byte the same."""
    source, object_key = tmp_path / "source", f"{TENANT}/same"
    source.write_bytes(os.urandom(SIZE))
    killed_mid_part(rig, source, object_key)
    cut = cut_parts(wire.object_bodies(rig.streams()))
    rig.run("uploads", "resume")
    bodies = wire.object_bodies(rig.streams())
    whole = [item for body in bodies if body.whole for item in wire.sealings(body, FRAME_LENGTH)]
    sent = {(item.path, item.number): item.data for item in whole}
    assert all(sent[item.path, item.number].startswith(item.data) for item in cut)
    assert rig.violations() == []
    assert rig.restored(object_key).read_bytes() == source.read_bytes()


@pytest.mark.parametrize(("broken", "hidden"), [("no-compare", False), ("no-journal", True)])
def test_the_proof_finds_a_broken_build(tmp_path: Path, broken: str, hidden: bool) -> None:
    """Where nothing is compared, or nothing announced, the same scenario is a violation."""
    with Rig(tmp_path, broken=broken) as rig:
        found = scenario(rig, tmp_path / "source", f"{TENANT}/x", "in-place", hidden=hidden)
        assert found
        assert all("two contents under one key" in text for text in found)


def test_the_reader_of_the_wire_sees_a_single_bit(rig: Rig, tmp_path: Path) -> None:
    """Flipped in any recorded frame, against the same frame sent whole."""
    source = tmp_path / "source"
    source.write_bytes(os.urandom(PART_SIZE + MIB))
    rig.run("ingest", source, "--backend", BACKEND, "--as", f"{TENANT}/bit")
    wait_for(lambda: rig.proxy.idle, "the end of the connections")
    # On whichever connection, before or after whatever else went over it.
    sent = [(stream, request) for stream in rig.streams() for request in wire.object_bodies([stream])]
    ((stream, part),) = [(stream, request) for stream, request in sent if request.part == 2]
    body = part.body
    altered = bytearray(stream)
    altered[stream.index(body) + len(body) - 1] ^= 1  # other requests may follow on the connection
    assert wire.violations([stream, stream], frame_length=FRAME_LENGTH) == []
    assert (
        wire.violations([stream, stream[: stream.index(body) + len(body) // 2]], frame_length=FRAME_LENGTH)
        == []
    )
    assert len(wire.violations([stream, bytes(altered)], frame_length=FRAME_LENGTH)) == 1
