"""The rows that a session begins with."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from secingest_tui.models.directory import CredentialView, Fact, KeyView, ProviderView, RegionView, TenantView
from secingest_tui.models.records import JobRow, JobState, ObjectRow, SnapshotEntry, SnapshotRow
from tests.tui.fake_data import NOW

if TYPE_CHECKING:
    from tests.tui.fake import FakeSession

    _Session = FakeSession
else:
    _Session = object


class FakeRows(_Session):
    def _fill(self, names: tuple[str, ...]) -> None:
        credential = CredentialView("AKCUSTOMER42EXAMPLE", NOW - timedelta(days=9))
        self.tenant_rows = [
            TenantView("customer42", "FI", 1, NOW - timedelta(days=9), (credential,)),
            TenantView(
                "acme",
                None,
                2,
                NOW - timedelta(days=2),
                (replace(credential, access_key="AKACMEEXAMPLE0001"),),
            ),
        ]
        print_of = hashlib.sha256
        self.key_rows = [
            KeyView("customer42-k1", "rsa-3072", print_of(b"1").hexdigest(), True, NOW - timedelta(days=9)),
            KeyView("customer42-sign", "ed25519", print_of(b"2").hexdigest(), True, NOW - timedelta(days=9)),
            KeyView("recovery", "p384", print_of(b"3").hexdigest(), False, NOW - timedelta(days=8)),
        ]
        keys = [f"customer42/{name}" for name in names] or [
            f"customer42/reports/2024-{month:02}.pdf" for month in range(1, 13)
        ] + [f"acme/scans/{number:04}.tiff" for number in range(28)]
        self.object_rows = [
            ObjectRow(
                key, "v1", 1000 * (index + 3) ** 3, ("embedded-a", "embedded-b")[: 1 + index % 2], "FI",
                1 + index % 2, 2 if index % 5 == 3 else 1 + index % 2, "customer42-k1",
                NOW - timedelta(hours=index),
            )
            for index, key in enumerate(sorted(keys))
        ]  # fmt: skip
        states, failed = list(JobState), {JobState.DEAD, JobState.RETRYING}
        self.job_rows = [
            JobRow(
                f"job-{index:03}", key, "v1", "embedded-a", "embedded-b",
                states[index % len(states)], index % 4,
                NOW - timedelta(minutes=index), NOW + timedelta(minutes=5),
                f"503 SlowDown {key}" if states[index % len(states)] in failed else "",
                1 << 20, (1 << 19) if states[index % len(states)] is JobState.LEASED else 0,
                "slow-down" if states[index % len(states)] in failed else "",
            )
            for index, key in enumerate(keys)
        ]  # fmt: skip
        self.entry_rows = [
            SnapshotEntry(
                "s3gw-a1b2c3d4e5f60718-embedded", key, 4096 + index, "9b2cf535f27731c974343645a3985328", NOW
            )
            for index, key in enumerate(keys)
        ]
        self.snapshot_rows = [
            SnapshotRow(
                "snap-2",
                "embedded-a",
                NOW - timedelta(hours=1),
                2,
                len(keys),
                41_000_000,
                tenant="customer42",
                sha256="5e" * 32,
            ),
            SnapshotRow(
                "snap-1",
                "embedded-b",
                NOW - timedelta(days=1),
                200,
                50_000,
                99_000_000_000,
                truncated=True,
                tenant="customer42",
                sha256="7a" * 32,
            ),
        ]
        names_of = names or ("Example Cloud", "Nordic Objects")
        self.provider_rows = [
            ProviderView(
                f"provider-{index}", name, "hosted", ("DE", None)[index % 2], ("US", None)[index % 2],
                (RegionView("eu-1", "DE", "https://s3.eu-1.example.org"), RegionView("eu-2", None)),
                (Fact("object lock", "COMPLIANCE only", "vendor", "2026-05-11"), Fact("versioning", None)),
                (
                    Fact("ISO 27001", "yes", "vendor page", "2026-02-01", "company-wide") if index % 2 == 0
                    else Fact("ISO 27001", None),
                    Fact("C5", None),
                ),
            )
            for index, name in enumerate(names_of)
        ]  # fmt: skip
