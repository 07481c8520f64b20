"""The journal by itself: whole or not there, locked to one process, gone without a trace."""

from __future__ import annotations

import os
import resource
from dataclasses import replace
from pathlib import Path

import pytest

from secingest_tui.errors import SecingestError
from secingest_tui.services.upload.journal import (
    SentPart,
    UploadJournal,
    UploadStart,
    clear_leftovers,
    read_journal,
)

START = UploadStart(
    tenant="t", object_key="t/x", version="v1", backend="b", bucket="bucket", key="t/x/v1/0", upload_id="u",
    source="/x", source_identity={"size": 1}, frame_length=4096, part_size=5 << 20, started_at="2024",
    policy={}, header=b"header", data_key=b"the data key",
)  # fmt: skip


def test_what_is_announced_is_read_back(tmp_path: Path) -> None:
    journal = UploadJournal.create(tmp_path, "a", START)
    journal.sealed(1, b"digests")
    journal.sent(1, SentPart("etag", "sum", 7))
    journal.close()
    state = read_journal(tmp_path / "a.journal")
    assert (state.start, state.digests) == (START, {1: b"digests"})
    assert state.sent == {1: SentPart("etag", "sum", 7)}


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    journal = UploadJournal.create(tmp_path, "a", START)
    journal.sealed(1, b"digests")
    journal.close()
    path = tmp_path / "a.journal"
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"record": "sealed", "part": 2, "dig')
    again, state = UploadJournal.reopen(path)
    assert list(state.digests) == [1]
    again.sealed(3, b"more")
    again.close()
    assert sorted(read_journal(path).digests) == [1, 3]


def test_nothing_is_announced_on_a_full_disk_and_the_journal_stays_readable(tmp_path: Path) -> None:
    """As ENOSPC in the middle of a line: the file may not grow past a limit."""
    journal = UploadJournal.create(tmp_path, "a", START)
    journal.sealed(1, b"digests")
    path = tmp_path / "a.journal"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(SecingestError, match="cannot be written"):
            journal.sealed(2, b"too much for what is left")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    journal.sealed(3, b"after somebody made room")
    journal.close()
    assert sorted(read_journal(path).digests) == [1, 3]


def test_one_process_at_a_time(tmp_path: Path) -> None:
    journal = UploadJournal.create(tmp_path, "a", START)
    with pytest.raises(SecingestError, match="Another process"):
        UploadJournal.reopen(tmp_path / "a.journal")
    journal.close()
    UploadJournal.reopen(tmp_path / "a.journal")[0].close()


def test_wiped_is_gone_and_nobody_can_take_it_up_meanwhile(tmp_path: Path) -> None:
    journal = UploadJournal.create(tmp_path, "a", START)
    path, other = tmp_path / "a.journal", tmp_path / "other-name"
    os.link(path, other)  # what is left of the contents, seen after the name is gone
    journal.wipe()
    assert not path.exists()
    assert set(other.read_bytes()) == {0}
    with pytest.raises(SecingestError, match="just ended"):
        UploadJournal.reopen(path)


def test_leftovers_of_a_crash_are_cleared_and_living_ones_are_not(tmp_path: Path) -> None:
    """A wiped journal whose name stayed, one that was being made; beside one that is being made now."""
    (tmp_path / "wiped.journal").write_bytes(b"\0" * 500)
    (tmp_path / ".begun.new").write_bytes(b'{"record": "start", "data_key"')
    kept = UploadJournal.create(tmp_path, "kept", replace(START, version="v2"))
    clear_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.journal"]
    kept.wipe()
    assert list(tmp_path.iterdir()) == []
