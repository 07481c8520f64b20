"""Snapshots in content-addressed, compressed chunks

Earlier snapshots are taken over: see snapshot_conversion.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend_stub.server.store.migrations.snapshot_conversion import move_blobs, record

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "snapshot_blobs",
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("sha256", NAME, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_snapshot_blobs_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "sha256", name=op.f("pk_snapshot_blobs")),
    )
    connection = op.get_bind()
    ids = [row.id for row in connection.execute(sa.text("SELECT id FROM snapshots ORDER BY id"))]
    moved = [move_blobs(connection, snapshot_id) for snapshot_id in ids]
    op.drop_table("snapshot_chunks")
    op.drop_table("snapshots")
    op.create_table(
        "snapshots",
        sa.Column("id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("backend", NAME, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("versions", sa.Boolean(), nullable=False),
        sa.Column("all_buckets", sa.Boolean(), nullable=False),
        sa.Column("buckets", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("stored_entries", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("omitted_buckets", sa.BigInteger(), nullable=False),
        sa.Column("omitted_entries", sa.BigInteger(), nullable=False),
        sa.Column("receipts", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=True),
        sa.Column("stored_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", NAME, nullable=False),
        sa.Column("audit_sequence", sa.BigInteger(), nullable=False),
        sa.Column("hold", sa.Boolean(), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_snapshots_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
    )
    op.create_index(op.f("ix_snapshots_tenant_id_id"), "snapshots", ["tenant_id", "id"])
    op.create_table(
        "snapshot_parts",
        sa.Column("snapshot_id", NAME, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("sha256", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["snapshots.id"], name=op.f("fk_snapshot_parts_snapshot_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "sha256"],
            ["snapshot_blobs.tenant_id", "snapshot_blobs.sha256"],
            name=op.f("fk_snapshot_parts_tenant_id"),
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "number", name=op.f("pk_snapshot_parts")),
    )
    op.create_index(op.f("ix_snapshot_parts_tenant_id_sha256"), "snapshot_parts", ["tenant_id", "sha256"])
    op.create_index(op.f("ix_replicas_url"), "replicas", ["url"], postgresql_using="hash")
    for snapshot in moved:
        record(connection, snapshot)
