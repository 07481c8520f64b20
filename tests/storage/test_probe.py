"""The probe at real providers: its answers are what plain boto3 sees, and nothing stays behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from secingest_tui.services.providers.probe import QUESTIONS, ProbeReport, Verdict
from tests.storage.conftest import Provider
from tests.storage.probing import probe
from tests.storage.witness import Witness, buckets_of, client


class ProbeContract:
    """Collected in subclasses only."""

    @pytest.fixture(scope="class")
    def report(self, provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> ProbeReport:
        folder = tmp_path_factory.mktemp("probe")
        before = buckets_of(provider.alice)
        report = probe(provider, folder)
        assert buckets_of(provider.alice) == before
        assert list((folder / "home" / "probes" / "made").iterdir()) == []
        return report

    def test_every_question_has_its_answer(self, report: ProbeReport) -> None:
        assert [answer.id for answer in report.answers] == list(QUESTIONS)
        unsure = [answer for answer in report.answers if answer.verdict is Verdict.COULD_NOT_TELL]
        assert unsure == []
        assert report.complete
        assert report.problems == ()
        assert report.residue == ()

    def test_the_answers_are_what_boto3_sees(self, provider: Provider, report: ProbeReport) -> None:
        names = ("t-witness", "t-witness-lock", "t-witness-made")
        for name in names:
            provider.allow("alice", name)
        s3 = client(provider.alice)
        s3.create_bucket(Bucket=names[0])
        s3.create_bucket(Bucket=names[1], ObjectLockEnabledForBucket=True)
        seen = Witness(provider.alice, provider.bob, *names).see()
        assert {*seen, "latency"} == set(QUESTIONS)
        assert {question: report.says(question, Verdict.YES) for question in seen} == seen
        latency = report.get("latency")
        assert latency is not None
        assert latency.value["seconds"] > 0
        assert (latency.verdict is Verdict.YES) == (latency.value["seconds"] < 0.5)

    def test_refusals_are_in_the_providers_own_words(self, report: ProbeReport) -> None:
        isolation = report.get("tenant_isolation")
        assert isolation is not None
        assert isolation.words.startswith("403 AccessDenied")
        conditional = report.get("conditional_put")
        assert conditional is not None
        assert conditional.words.startswith("412 PreconditionFailed")
        assert conditional.value == {"winners": 1}


class TestSeaweedFS(ProbeContract):
    @pytest.fixture(scope="class")
    def provider(self, seaweed: Provider) -> Provider:
        return seaweed

    def test_what_is_known_of_it(self, report: ProbeReport) -> None:
        assert report.says("conditional_complete", Verdict.YES)
        assert report.says("checksum_crc64nvme", Verdict.YES)
        assert report.says("checksum_trailer", Verdict.YES)


class TestCeph(ProbeContract):
    @pytest.fixture(scope="class")
    def provider(self, ceph: Provider) -> Provider:
        return ceph

    def test_what_is_known_of_it(self, report: ProbeReport) -> None:
        """RGW 16.2: see the table in tests/rigs and docs/providers.md."""
        assert report.says("conditional_complete", Verdict.NO)
        assert report.says("checksum_crc64nvme", Verdict.NO)
        assert report.says("checksum_md5", Verdict.YES)
        assert report.says("checksum_trailer", Verdict.NO)
        metadata = report.get("user_metadata")
        assert metadata is not None
        assert 4096 <= metadata.value["bytes"] < 30_000


def test_a_bucket_of_yours_is_worked_in_and_left_as_it_was(ceph: Provider, tmp_path: Path) -> None:
    s3 = client(ceph.alice)
    s3.create_bucket(Bucket="t-yours")
    s3.put_object(Bucket="t-yours", Key="precious", Body=b"keep me")
    report = probe(ceph, tmp_path, bucket="t-yours", other=None)
    assert report.problems == ()
    assert report.residue == ()
    assert report.says("make_buckets", Verdict.COULD_NOT_TELL)
    assert report.says("versioning", Verdict.COULD_NOT_TELL)
    assert report.says("tenant_isolation", Verdict.COULD_NOT_TELL)
    assert report.says("multipart", Verdict.YES)
    assert "Status" not in s3.get_bucket_versioning(Bucket="t-yours")
    listed = s3.list_object_versions(Bucket="t-yours")
    assert [entry["Key"] for entry in listed["Versions"]] == ["precious"]
    assert s3.list_multipart_uploads(Bucket="t-yours").get("Uploads", []) == []
