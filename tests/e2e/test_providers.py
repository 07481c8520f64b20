"""``secingest providers`` as a person types it, on the embedded stack."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.embedded.certificates import ensure_certificates
from secingest_tui.paths import Home
from secingest_tui.services.credentials import CredentialStore, backend_entry
from secingest_tui.services.providers.probe import QUESTIONS
from tests.e2e.conftest import Cli
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.waiting import wait_for
from tests.storage.witness import buckets_of, client


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def other(cli: Cli, tenant: str) -> str:
    cli("tenant", "create", "neighbour", "--residency", "FI")
    return "neighbour"


@pytest.fixture(scope="module")
def probed(cli: Cli, tenant: str, other: str) -> list[dict[str, Any]]:
    """A probe of the embedded store: an object an answer, and the report."""
    return lines(
        cli(
            "providers", "probe", "local-fi", "--tenant", tenant, "--other-tenant", other, "--json"
        ).stdout
    )  # fmt: skip


def test_the_catalogue_is_listed_shown_and_compared(cli: Cli) -> None:
    listed = lines(
        cli("providers", "list", "--country", "fi", "--certification", "iso27001", "--json").stdout
    )
    assert {"hetzner", "upcloud"} <= {row["id"] for row in listed}
    assert all(row["certifications"]["iso27001"] is True for row in listed)
    unknown = lines(cli("providers", "list", "--feature", "object_lock", "--or-unknown", "--json").stdout)
    assert {row["match"] for row in unknown} == {"yes", "unknown"}
    assert all(row["features"]["object_lock"] is None for row in unknown if row["match"] == "unknown")
    said = cli("providers", "list", "--residency", "EU", "--feature", "object_lock")
    assert "--or-unknown" in said.stderr
    shown = cli("providers", "show", "minio").stdout
    assert "jurisdiction  unknown" in shown
    assert "github:" in shown
    both = cli("providers", "compare", "hetzner", "ovhcloud", "--differences", "--sources").stdout
    assert "bucket_policy" in both
    assert "multipart " not in both
    compared = lines(cli("providers", "compare", "hetzner", "ovhcloud", "--json").stdout)
    policy = next(line for line in compared if line["statement"] == "bucket_policy")
    assert policy["differs"]
    assert policy["providers"]["ovhcloud"]["value"] == "no"
    assert policy["providers"]["ovhcloud"]["source_date"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list", "--feature", "objectlock"), "known are"),
        (("list", "--certification", "iso9999"), "iso27001"),
        (("list", "--country", "Finland"), "--country"),
        (("list", "--residency", "XX"), "--residency"),
        (("show", "hetznr"), "did you mean hetzner"),
        (("compare", "hetzner"), "at least two"),
        (("probe",), "BACKEND"),
        (("probe", "no-such"), "There is no backend no-such"),
        (("probe", "local-fi", "--tenant", "stranger"), "no provider credentials"),
        (("probe", "local-fi", "--ca-file", "/nonexistent.pem"), "cannot be read"),
        (("probe", "local-fi", "--ca-file", __file__), "holds no certificate"),
        (("discover", "local-fi", "--prefix", "x"), "--bucket"),
    ],
)
def test_wrong_usage_is_named(cli: Cli, tenant: str, arguments: tuple[str, ...], words: str) -> None:
    said = cli("providers", *arguments, code=2)
    assert words in said.stderr
    assert "next:" in said.stderr


def test_own_providers_come_from_the_configuration(cli: Cli, tenant: str) -> None:
    path = cli.root / "config.toml"
    good = path.read_text()
    own = '\n[providers.our-ceph]\nname = "Our \\u001b[31mCeph"\nkind = "self_hosted"\n'
    path.write_text(good + own)
    try:
        listed = cli("providers", "list", "--text", "our").stdout
        path.write_text(good + '\n[providers.our-ceph]\nname = "Our Ceph"\nkin = "hosted"\n')
        said = cli("providers", "list", code=2)
    finally:
        path.write_text(good)
    assert "our-ceph" in listed
    assert "\x1b" not in listed
    assert "providers.our-ceph.kin: unknown key" in said.stderr


def test_a_probe_answers_everything_and_leaves_nothing(
    probed: list[dict[str, Any]], stack: EmbeddedStack
) -> None:
    *answers, last = probed
    assert {answer["question"] for answer in answers} == set(QUESTIONS)
    isolation = next(answer for answer in answers if answer["question"] == "tenant_isolation")
    assert isolation["verdict"] == "yes"
    assert isolation["words"].startswith("403 AccessDenied")
    assert last["report"]["complete"]
    assert last["report"]["residue"] == []
    assert not any(name.startswith("secingest-probe") for name in buckets_of(stack.operator))


def test_a_probe_is_kept_and_used(cli: Cli, home: Home, tenant: str, probed: list[dict[str, Any]]) -> None:
    kept = lines(cli("providers", "probes", "local-fi", "--json").stdout)
    assert kept[0]["started_at"] == probed[-1]["report"]["started_at"]
    assert {answer["id"] for answer in kept[0]["answers"]} == set(QUESTIONS)
    assert "local-fi" in cli("providers", "probes").stdout
    shown = cli.json("backends", "show", "local-fi")
    assert shown["checksums"] == "crc64nvme"
    assert shown["origins"]["checksums"].startswith("probe of 20")
    assert shown["conditional_complete"] is True
    credential = CredentialStore(home.credentials_file, lambda: b"").get(backend_entry("local-fi", tenant))
    assert credential is not None
    for file in (cli.root / "probes").rglob("*.json"):
        assert credential.secret_key not in file.read_text()
    assert all(file.stat().st_mode & 0o077 == 0 for file in (cli.root / "probes").rglob("*.json"))


def test_another_certificate_is_refused_until_its_authority_is_named(
    cli: Cli, stack: EmbeddedStack, tenant: str, tmp_path: Path
) -> None:
    """By option for once, or in the backend's settings; there is no option to look away."""
    ensure_certificates(tmp_path)
    (tmp_path / "secret").write_text(stack.s3_secret_key + "\n")
    port = int(stack.s3_endpoint.rpartition(":")[2])
    keys = ("--access-key", stack.s3_access_key, "--secret-key-file", tmp_path / "secret")
    with FaultProxy(port, tls=(tmp_path / "node.crt", tmp_path / "node.key")) as proxy:
        add = ("backends", "add", "behind-tls", "--endpoint", proxy.endpoint, *keys, "--no-passphrase")
        cli(*add)
        try:
            refused = cli("providers", "probe", "behind-tls", code=1)
            assert "--ca-file FILE" in refused.stderr
            assert proxy.requests() == []
            trusted = cli("providers", "probe", "behind-tls", "--ca-file", tmp_path / "ca.crt")
            assert "TLSv1.3" in trusted.stdout
            cli("providers", "probe", "behind-tls", code=1)
            cli(*add, "--ca-file", tmp_path / "ca.crt", "--checksums", "md5")
            cli("providers", "probe", "behind-tls")
            shown = cli.json("backends", "show", "behind-tls")
            # The probe found better, and the person had said what they want.
            assert (shown["checksums"], shown["origins"]["checksums"]) == ("md5", "set by you")
            assert shown["addressing"] == "path"
            assert shown["origins"]["addressing"].startswith("probe of")
        finally:
            cli("backends", "remove", "behind-tls", "--yes")


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_probe_that_is_ended_leaves_nothing(
    cli: Cli, stack: EmbeddedStack, tenant: str, tmp_path: Path, ending: signal.Signals
) -> None:
    (tmp_path / "secret").write_text(stack.s3_secret_key + "\n")
    port = int(stack.s3_endpoint.rpartition(":")[2])
    with FaultProxy(port) as proxy:
        cli(
            "backends", "add", "slow", "--endpoint", proxy.endpoint, "--no-passphrase",
            "--access-key", stack.s3_access_key, "--secret-key-file", tmp_path / "secret",
        )  # fmt: skip
        try:
            with proxy.holding(b"partNumber=1") as uploading:
                probing = cli.start("providers", "probe", "slow")
                wait_for(uploading.is_set, "the multipart upload")
                probing.send_signal(ending)
                if ending is signal.SIGKILL:
                    probing.wait()
            _, said = probing.communicate(timeout=60)
            left = {name for name in buckets_of(stack.operator) if name.startswith("secingest-probe")}
            if ending is signal.SIGKILL:
                assert left
                [row] = lines(cli("providers", "probe", "--cleanup", "--json").stdout)
                assert row["removed"]
                assert set(row["what"]) >= left
            else:
                assert probing.returncode == 130
                assert b"Interrupted" in said
            assert not any(name.startswith("secingest-probe") for name in buckets_of(stack.operator))
            assert "Nothing was left behind" in cli("providers", "probe", "--cleanup").stderr
        finally:
            cli("backends", "remove", "slow", "--yes")


def test_a_tenant_discovers_what_it_has_and_a_snapshot_captures_it(
    cli: Cli, stack: EmbeddedStack, tenant: str, other: str, tmp_path: Path
) -> None:
    for name, size in (("one", 1000), ("two", 2000)):
        (tmp_path / name).write_bytes(bytes(size))
        cli("ingest", tmp_path / name, "--backend", "local-de", "--as", f"{tenant}/discover/{name}")
    [bucket] = lines(cli("providers", "discover", "local-de", "--tenant", tenant, "--json").stdout)
    listed = lines(
        cli(
            "providers", "discover", "local-de", "--tenant", tenant, "--bucket", bucket["bucket"], "--json"
        ).stdout
    )
    s3 = client(stack.operator)
    seen = {item["Key"]: item["Size"] for item in s3.list_objects_v2(Bucket=bucket["bucket"])["Contents"]}
    assert {item["key"]: item["size"] for item in listed} == seen
    assert bucket["objects"] == len(seen)
    assert bucket["bytes"] == sum(seen.values())
    said = cli("providers", "discover", "local-de", "--tenant", other)
    assert bucket["bucket"] not in said.stdout
    assert "no bucket" in said.stderr
    cli("snapshot", "take", "--backend", "local-de", "--tenant", tenant, "--bucket", bucket["bucket"])
    snapshot = lines(cli("snapshot", "list", "--tenant", tenant, "--json").stdout)[0]
    assert (snapshot["entries"], snapshot["bytes"]) == (bucket["objects"], bucket["bytes"])


def test_versions_are_discovered(cli: Cli, stack: EmbeddedStack, tenant: str) -> None:
    bucket = "t-versions-discovered"
    stack.grant_bucket(tenant, bucket)
    s3 = client(stack.operator)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second!"):
        s3.put_object(Bucket=bucket, Key="twice", Body=body)
    s3.put_object(Bucket=bucket, Key="gone", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="gone")
    where = ("providers", "discover", "local-fi", "--tenant", tenant, "--bucket", bucket)
    assert [row["key"] for row in lines(cli(*where, "--json").stdout)] == ["twice"]
    states = sorted((row["key"], row["state"]) for row in lines(cli(*where, "--versions", "--json").stdout))
    assert states == [("gone", "deleted"), ("gone", "older"), ("twice", "latest"), ("twice", "older")]
