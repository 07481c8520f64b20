"""A probe with something wrong: the answer names it, nothing secret was sent, nothing stays behind."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from secingest_tui.embedded.certificates import ensure_certificates
from secingest_tui.services.providers.probe import Answer, ProbeReport, Verdict
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.rgw import RadosGateway
from tests.storage.conftest import Provider
from tests.storage.probing import probe
from tests.storage.witness import buckets_of, client

PROVIDERS = ("seaweed", "ceph")


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def tls(ceph: Provider, gateway: RadosGateway, tmp_path: Path) -> Iterator[FaultProxy]:
    """The gateway behind TLS, with a certificate of an authority of our own."""
    ensure_certificates(tmp_path)
    with FaultProxy(gateway.port, tls=(tmp_path / "node.crt", tmp_path / "node.key")) as proxy:
        yield proxy


def said(report: ProbeReport, question: str, verdict: Verdict) -> Answer:
    answer = report.get(question)
    assert answer is not None
    assert answer.verdict is verdict, answer
    return answer


def assert_not_asked(report: ProbeReport, *questions: str) -> None:
    for question in questions:
        assert said(report, question, Verdict.COULD_NOT_TELL).detail.startswith("not asked"), question


def test_nothing_listens_there(ceph: Provider, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
        report = probe(ceph, tmp_path, settings=replace(ceph.alice, endpoint=endpoint))
    answer = said(report, "reachable", Verdict.NO)
    assert "nothing listens there" in answer.detail
    assert "check the endpoint's port" in answer.detail
    assert report.problems[0] == answer
    assert_not_asked(report, "tls", "clock", "signature_v4", "objects", "versioning")


def test_something_else_listens_there(ceph: Provider, tmp_path: Path) -> None:
    """A server that hangs up is no S3, whatever port it has."""
    with FaultProxy(_closed_port()) as proxy:
        report = probe(ceph, tmp_path, settings=replace(ceph.alice, endpoint=proxy.endpoint))
    assert "does not speak HTTP" in said(report, "reachable", Verdict.NO).detail
    assert_not_asked(report, "signature_v4", "objects")


def test_plain_http_to_a_tls_port(ceph: Provider, tls: FaultProxy, tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{tls.port}"
    report = probe(ceph, tmp_path, settings=replace(ceph.alice, endpoint=endpoint))
    answer = said(report, "tls", Verdict.NO)
    assert "write https://" in answer.detail
    assert report.problems[0] == answer
    assert_not_asked(report, "signature_v4", "objects")
    assert tls.requests() == []


def test_tls_to_a_plain_port(provider: Provider, tmp_path: Path) -> None:
    endpoint = (provider.alice.endpoint or "").replace("http://", "https://")
    report = probe(provider, tmp_path, settings=replace(provider.alice, endpoint=endpoint))
    assert "speaks no TLS" in said(report, "tls", Verdict.NO).detail
    assert_not_asked(report, "signature_v4", "objects")


def test_a_certificate_of_a_private_authority(ceph: Provider, tls: FaultProxy, tmp_path: Path) -> None:
    """Refused until its authority is named; there is no way to leave the check out."""
    settings = replace(ceph.alice, endpoint=tls.endpoint)
    report = probe(ceph, tmp_path / "refused", settings=settings)
    answer = said(report, "tls", Verdict.NO)
    assert "--ca-file FILE" in answer.detail
    assert len(answer.value["sha256"]) == 64
    assert answer.value["sha256"] in answer.detail
    assert_not_asked(report, "signature_v4", "objects")
    assert tls.requests() == []

    trusting = replace(settings, ca_file=tmp_path / "ca.crt")
    other = replace(ceph.bob, endpoint=tls.endpoint, ca_file=tmp_path / "ca.crt")
    report = probe(ceph, tmp_path / "trusted", settings=trusting, other=other)
    assert report.problems == ()
    assert said(report, "tls", Verdict.YES).value["days_left"] > 0
    # What SDKs send by default over TLS: this gateway does not take it.
    said(report, "checksum_trailer", Verdict.NO)
    said(report, "presigned_urls", Verdict.YES)
    said(report, "tenant_isolation", Verdict.YES)


def test_a_certificate_of_another_authority(ceph: Provider, tls: FaultProxy, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    ensure_certificates(tmp_path / "theirs")
    settings = replace(ceph.alice, endpoint=tls.endpoint, ca_file=tmp_path / "theirs" / "ca.crt")
    report = probe(ceph, tmp_path, settings=settings)
    assert "not of the authority in ca_file" in said(report, "tls", Verdict.NO).detail
    assert_not_asked(report, "signature_v4", "objects")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret_key": "not-the-secret-not-the-secret"}, "SignatureDoesNotMatch"),
        ({"access_key": "AKNOBODYKNOWSTHIS"}, "InvalidAccessKeyId"),
    ],
)
def test_wrong_keys(provider: Provider, tmp_path: Path, wrong: dict[str, Any], code: str) -> None:
    before = buckets_of(provider.alice)
    report = probe(provider, tmp_path, settings=replace(provider.alice, **wrong))
    answer = said(report, "signature_v4", Verdict.NO)
    assert code in answer.words
    assert report.problems == (answer, *report.problems[1:])
    assert_not_asked(report, "objects", "make_buckets")
    assert "not-the-secret" not in report.model_dump_json()
    assert buckets_of(provider.alice) == before


def test_keys_that_may_only_read(ceph: Provider, gateway: RadosGateway, tmp_path: Path) -> None:
    user = gateway.user("reader")
    mine = replace(ceph.alice, access_key=user.access_key, secret_key=user.secret_key)
    client(mine).create_bucket(Bucket="t-readers")
    gateway.admin("user", "modify", "--uid=reader", "--op-mask=read")
    report = probe(ceph, tmp_path / "own", settings=mine)
    said(report, "signature_v4", Verdict.YES)
    assert "403 AccessDenied" in said(report, "make_buckets", Verdict.NO).words
    assert "--bucket B" in said(report, "objects", Verdict.COULD_NOT_TELL).detail
    assert_not_asked(report, "conditional_put", "versioning")
    assert report.residue == ()

    report = probe(ceph, tmp_path / "named", settings=mine, bucket="t-readers")
    answer = said(report, "objects", Verdict.NO)
    assert "may not write here" in answer.detail
    assert "403 AccessDenied" in answer.words
    assert answer in report.problems
    assert report.residue == ()


def test_keys_that_may_make_no_bucket(seaweed: Provider, tmp_path: Path) -> None:
    report = probe(seaweed, tmp_path, allow=lambda bucket: None)
    assert "403 AccessDenied" in said(report, "make_buckets", Verdict.NO).words
    said(report, "objects", Verdict.COULD_NOT_TELL)
    assert report.residue == ()


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_off_by_an_hour(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """This machine's clock, as the probe and both of botocore's signers see it."""
    off = datetime.timedelta(hours=hours)

    def aware() -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + off

    def naive(*_: Any, **__: Any) -> datetime.datetime:
        return aware().replace(tzinfo=None)

    monkeypatch.setattr("secingest_tui.services.providers.probe.connection.now", aware)
    monkeypatch.setattr("botocore.crt.auth.get_current_datetime", naive)
    monkeypatch.setattr("botocore.auth.get_current_datetime", naive)
    report = probe(provider, tmp_path)
    answer = said(report, "clock", Verdict.NO)
    assert answer.value["seconds"] == pytest.approx(3600 * hours, abs=3)
    assert ("ahead of" if hours > 0 else "behind") in answer.detail
    assert "NTP" in answer.detail
    assert "RequestTimeTooSkewed" in said(report, "signature_v4", Verdict.NO).words
    assert report.problems[0] == answer
    assert_not_asked(report, "objects")


def _closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
