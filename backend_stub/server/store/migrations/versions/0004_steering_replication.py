"""Steering replication: lanes, controls, states of replicas, kinds and causes of jobs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
WAITING = sa.text("state IN ('queued', 'retrying') AND paused_at IS NULL")


def upgrade() -> None:
    op.add_column(
        "tenants", sa.Column("tombstones", sa.Text(), server_default=sa.text("'keep'"), nullable=False)
    )
    op.add_column("replicas", sa.Column("state", sa.Text(), server_default=sa.text("'ok'"), nullable=False))
    op.add_column("replicas", sa.Column("checked_at", sa.BigInteger()))
    op.add_column("replicas", sa.Column("problem", sa.Text()))
    op.add_column("jobs", sa.Column("kind", sa.Text(), server_default=sa.text("'copy'"), nullable=False))
    op.add_column("jobs", sa.Column("cause", sa.Text()))
    op.add_column("jobs", sa.Column("paused_at", sa.BigInteger()))
    op.drop_index("ix_jobs_ready", table_name="jobs")
    op.create_index("ix_jobs_state", "jobs", ["state", "id"])
    op.create_index("ix_jobs_updated", "jobs", ["updated_at", "id"])
    op.create_index(
        "ix_jobs_lane",
        "jobs",
        ["tenant_id", "source", "target", sa.text("priority DESC"), "next_attempt_at", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_table(
        "lanes",
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("target", NAME, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_lanes_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "source", "target", name=op.f("pk_lanes")),
    )
    op.execute("INSERT INTO lanes SELECT DISTINCT tenant_id, source, target FROM jobs")
    op.create_table(
        "backend_controls",
        sa.Column("backend", NAME, nullable=False),
        sa.Column("paused_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("max_concurrent", sa.Integer()),
        sa.Column("max_bytes_per_second", sa.BigInteger()),
        sa.Column("failures_in_row", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("trips", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("broken_until", sa.BigInteger()),
        sa.Column("copied_objects", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("copied_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("last_failure_at", sa.BigInteger()),
        sa.Column("last_success_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("backend", name=op.f("pk_backend_controls")),
    )
    op.create_table(
        "tenant_controls",
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("paused_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_tenant_controls_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_controls")),
    )
    op.create_table(
        "schedules",
        sa.Column("name", NAME, nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_schedules")),
    )
