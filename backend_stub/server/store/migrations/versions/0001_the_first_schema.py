"""The first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("tenant_id", NAME, nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_tenant_id_sequence"), "audit", ["tenant_id", "sequence"], unique=False)
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "backends",
        sa.Column("id", NAME, nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("addressing", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backends")),
    )
    op.create_table(
        "sealing",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("iterations", sa.Integer(), nullable=False),
        sa.Column("lanes", sa.Integer(), nullable=False),
        sa.Column("memory_kib", sa.Integer(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealing")),
    )
    op.create_table(
        "server_keys",
        sa.Column("key_id", NAME, nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sealed_private_key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_server_keys")),
    )
    op.create_table(
        "tenants",
        sa.Column("id", NAME, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("residency", sa.Text(), nullable=False),
        sa.Column("replicas", sa.Integer(), nullable=False),
        sa.Column("allowed_backends", sa.Text(), nullable=True),
        sa.Column("quota_objects", sa.BigInteger(), nullable=True),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=True),
        sa.Column("object_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
    )
    op.create_table(
        "credentials",
        sa.Column("access_key", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("tenants", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_credentials_tenant_id")),
        sa.PrimaryKeyConstraint("access_key", name=op.f("pk_credentials")),
    )
    op.create_index(op.f("ix_credentials_tenant_id"), "credentials", ["tenant_id"], unique=False)
    op.create_table(
        "namespaces",
        sa.Column("bucket", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("region", NAME, nullable=False),
        sa.Column("logical", NAME, nullable=False),
        sa.Column("backend", NAME, nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_namespaces_tenant_id")),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_namespaces")),
        sa.UniqueConstraint(
            "tenant_id",
            "region",
            "logical",
            "backend",
            name=op.f("uq_namespaces_tenant_id_region_logical_backend"),
        ),
    )
    op.create_table(
        "objects",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("object_key", NAME, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("receipt_id", NAME, nullable=False),
        sa.Column("submission", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("residency", NAME, nullable=False),
        sa.Column("key_id", NAME, nullable=False),
        sa.Column("key_alg", sa.Text(), nullable=False),
        sa.Column("replica_count", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("ciphertext_size", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_objects_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objects")),
        sa.UniqueConstraint("object_key", "version", name=op.f("uq_objects_object_key_version")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_objects_receipt_id")),
    )
    op.create_index(op.f("ix_objects_object_key_id"), "objects", ["object_key", "id"], unique=False)
    op.create_index(
        op.f("ix_objects_tenant_id_object_key_id"), "objects", ["tenant_id", "object_key", "id"], unique=False
    )
    op.create_table(
        "public_keys",
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("key_id", NAME, nullable=False),
        sa.Column("key_alg", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_public_keys_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "key_id", name=op.f("pk_public_keys")),
    )
    op.create_table(
        "snapshots",
        sa.Column("id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("backend", NAME, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("buckets", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("stored_entries", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("omitted_buckets", sa.BigInteger(), nullable=False),
        sa.Column("omitted_entries", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_snapshots_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
    )
    op.create_index(op.f("ix_snapshots_tenant_id_id"), "snapshots", ["tenant_id", "id"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", NAME, nullable=False),
        sa.Column("tenant_id", NAME, nullable=False),
        sa.Column("object_id", ROW_ID, nullable=False),
        sa.Column("object_key", NAME, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("target", NAME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_token_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("lease_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.Column("bytes_total", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["object_id"], ["objects.id"], name=op.f("fk_jobs_object_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_jobs_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_object_id"), "jobs", ["object_id"], unique=False)
    op.create_index("ix_jobs_ready", "jobs", ["state", "next_attempt_at", "id"], unique=False)
    op.create_index(op.f("ix_jobs_tenant_id_id"), "jobs", ["tenant_id", "id"], unique=False)
    op.create_index(
        "uq_jobs_active",
        "jobs",
        ["object_id", "target"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'leased', 'retrying', 'blocked')"),
        postgresql_where=sa.text("state IN ('queued', 'leased', 'retrying', 'blocked')"),
    )
    op.create_table(
        "replicas",
        sa.Column("object_id", ROW_ID, nullable=False),
        sa.Column("backend", NAME, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("verified_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["object_id"], ["objects.id"], name=op.f("fk_replicas_object_id")),
        sa.PrimaryKeyConstraint("object_id", "backend", name=op.f("pk_replicas")),
    )
    op.create_table(
        "snapshot_chunks",
        sa.Column("snapshot_id", NAME, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["snapshots.id"], name=op.f("fk_snapshot_chunks_snapshot_id")
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "number", name=op.f("pk_snapshot_chunks")),
    )
    op.create_table(
        "attempts",
        sa.Column("job_id", NAME, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_attempts_job_id")),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_attempts")),
    )
    op.bulk_insert(head, [{"id": 1, "count": 0, "head": "0" * 64}])


def downgrade() -> None:
    op.drop_table("attempts")
    op.drop_table("snapshot_chunks")
    op.drop_table("replicas")
    op.drop_index(
        "uq_jobs_active",
        table_name="jobs",
        sqlite_where=sa.text("state IN ('queued', 'leased', 'retrying', 'blocked')"),
        postgresql_where=sa.text("state IN ('queued', 'leased', 'retrying', 'blocked')"),
    )
    op.drop_index(op.f("ix_jobs_tenant_id_id"), table_name="jobs")
    op.drop_index("ix_jobs_ready", table_name="jobs")
    op.drop_index(op.f("ix_jobs_object_id"), table_name="jobs")
    op.drop_table("jobs")
    op.drop_index(op.f("ix_snapshots_tenant_id_id"), table_name="snapshots")
    op.drop_table("snapshots")
    op.drop_table("public_keys")
    op.drop_index(op.f("ix_objects_tenant_id_object_key_id"), table_name="objects")
    op.drop_index(op.f("ix_objects_object_key_id"), table_name="objects")
    op.drop_table("objects")
    op.drop_table("namespaces")
    op.drop_index(op.f("ix_credentials_tenant_id"), table_name="credentials")
    op.drop_table("credentials")
    op.drop_table("tenants")
    op.drop_table("server_keys")
    op.drop_table("sealing")
    op.drop_table("backends")
    op.drop_table("audit_head")
    op.drop_index(op.f("ix_audit_tenant_id_sequence"), table_name="audit")
    op.drop_table("audit")
