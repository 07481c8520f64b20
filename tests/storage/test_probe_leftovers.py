"""Whatever ends a probe, nothing of it stays at the provider; after SIGKILL the next one sees to that."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from secingest_tui.paths import Home
from secingest_tui.services.providers.probe import Answer, Verdict
from secingest_tui.services.providers.probe.journal import Made, left_behind, writing
from secingest_tui.services.providers.probe.run import clean_up
from secingest_tui.storage import S3Settings
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.rgw import RadosGateway
from tests.rigs.waiting import wait_for
from tests.storage.conftest import Provider
from tests.storage.probing import probe
from tests.storage.witness import buckets_of, client

MOMENTS = ("make_buckets", "checksum_trailer", "multipart", "object_lock")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_cancelled_probe_leaves_nothing(ceph: Provider, tmp_path: Path, moment: str) -> None:
    before, cancel = buckets_of(ceph.alice), threading.Event()

    def tell(answer: Answer) -> None:
        if answer.id == moment:
            assert buckets_of(ceph.alice) != before
            cancel.set()

    report = probe(ceph, tmp_path, tell=tell, cancel=cancel)
    assert buckets_of(ceph.alice) == before
    assert not report.complete
    assert report.residue == ()
    versioning = report.get("versioning")
    assert versioning is not None
    assert versioning.verdict is Verdict.COULD_NOT_TELL
    assert "cancelled" in versioning.detail
    assert left_behind(Home(tmp_path / "home")) == []


def test_an_interrupted_probe_leaves_nothing(ceph: Provider, tmp_path: Path) -> None:
    before = buckets_of(ceph.alice)

    def tell(answer: Answer) -> None:
        if answer.id == "multipart":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        probe(ceph, tmp_path, tell=tell)
    assert buckets_of(ceph.alice) == before
    assert left_behind(Home(tmp_path / "home")) == []


@contextmanager
def killed_probe(settings: S3Settings, home: Home) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.probe_child"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert child.stdin is not None
        shown = {name: getattr(settings, name) for name in ("endpoint", "region", "access_key", "secret_key")}
        child.stdin.write(json.dumps({"home": str(home.root), "settings": shown}) + "\n")
        child.stdin.flush()
        yield child
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("request_line", [b"?uploads", b"partNumber=", b"legal-hold", b"?versioning"])
def test_a_killed_probe_is_cleaned_up_by_the_next(
    ceph: Provider, gateway: RadosGateway, tmp_path: Path, request_line: bytes
) -> None:
    """Killed with an open multipart upload, an object under legal hold, or versions in the bucket."""
    home = Home(tmp_path / "home")
    before = buckets_of(ceph.alice)
    with FaultProxy(gateway.port) as proxy:
        settings = replace(ceph.alice, endpoint=proxy.endpoint)
        with proxy.holding(request_line) as asking, killed_probe(settings, home) as child:
            wait_for(asking.is_set, f"a request with {request_line!r}")
            # Another probe's cleaning leaves the running one alone.
            assert clean_up(home, lambda made: settings, lambda made, name: None) == []
            child.kill()
            child.wait()
        left = buckets_of(ceph.alice) - before
        assert left
        assert len(left_behind(home)) == 1
        done = clean_up(home, lambda made: settings, lambda made, name: None)
    assert [(made.endpoint, residue) for made, residue in done] == [(settings.endpoint, [])]
    assert left <= set(done[0][0].buckets)
    assert buckets_of(ceph.alice) == before
    assert left_behind(home) == []


def test_what_cannot_be_removed_is_said_and_tried_again(ceph: Provider, tmp_path: Path) -> None:
    home = Home(tmp_path).prepare()
    made = Made.plan("probed", ceph.alice.endpoint or "", None, None)
    client(ceph.alice).create_bucket(Bucket=made.buckets[0])
    with writing(home, made):
        pass
    [(_, residue)] = clean_up(home, lambda made: ceph.bob, lambda made, name: None)
    assert residue[0].bucket == made.buckets[0]
    assert residue[0].reason.startswith("403 AccessDenied")
    assert len(left_behind(home)) == 1
    [(_, residue)] = clean_up(home, lambda made: ceph.alice, lambda made, name: None)
    assert residue == []
    assert made.buckets[0] not in buckets_of(ceph.alice)


@pytest.mark.parametrize(
    "change",
    [{"buckets": ["my-own-bucket"]}, {"bucket": "my-own-bucket", "prefix": "reports/"}, {"extra": 1}],
)
def test_a_journal_that_names_something_else_is_never_followed(
    ceph: Provider, tmp_path: Path, change: dict[str, object]
) -> None:
    """A cleanup deletes whole buckets: only those that a probe can have made."""
    s3 = client(ceph.alice)
    s3.create_bucket(Bucket="my-own-bucket")
    s3.put_object(Bucket="my-own-bucket", Key="reports/1", Body=b"precious")
    home = Home(tmp_path).prepare()
    with writing(home, Made.plan("probed", ceph.alice.endpoint or "", None, None)) as entry:
        pass
    entry.path.write_text(json.dumps(json.loads(entry.path.read_text()) | change))
    assert clean_up(home, lambda made: ceph.alice, lambda made, name: None) == []
    assert s3.get_object(Bucket="my-own-bucket", Key="reports/1")["Body"].read() == b"precious"
