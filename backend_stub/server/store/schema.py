"""The tables, for SQLite and PostgreSQL alike.

Times are whole microseconds since 1970 UTC; JSON is canonical text, so that both databases keep it byte
for byte. Object keys compare by bytes on both (SQLite does, PostgreSQL by COLLATE "C"), which keyset
paging and prefix ranges rely on.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Name = String().with_variant(String(collation="C"), "postgresql")
Micros = BigInteger()
# SQLite gives row ids only to a column that is INTEGER PRIMARY KEY.
RowId = BigInteger().with_variant(Integer(), "sqlite")

# One row: how the key-encryption key is wrapped under the passphrase.
sealing = Table(
    "sealing",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    Column("iterations", Integer, nullable=False),
    Column("lanes", Integer, nullable=False),
    Column("memory_kib", Integer, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
)

server_keys = Table(
    "server_keys",
    metadata,
    Column("key_id", Name, primary_key=True),
    Column("public_key", Text, nullable=False),
    Column("sealed_private_key", LargeBinary, nullable=False),
    Column("created_at", Micros, nullable=False),
)

tenants = Table(
    "tenants",
    metadata,
    Column("id", Name, primary_key=True),
    Column("name", Text),
    Column("residency", Text, nullable=False),
    Column("replicas", Integer, nullable=False),
    Column("allowed_backends", Text),
    # What becomes of the copies of a deleted version: "keep" or "replicate" (the tombstone).
    Column("tombstones", Text, nullable=False, server_default=text("'keep'")),
    Column("quota_objects", BigInteger),
    Column("quota_bytes", BigInteger),
    Column("object_count", BigInteger, nullable=False, server_default=text("0")),
    Column("byte_count", BigInteger, nullable=False, server_default=text("0")),
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
)

credentials = Table(
    "credentials",
    metadata,
    Column("access_key", Name, primary_key=True),
    Column("tenant_id", Name, ForeignKey("tenants.id"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("tenants", Text, nullable=False),
    Column("label", Text),
    Column("status", Text, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("expires_at", Micros),
)

# Keys are random and long, so their SHA-256 is enough to know them by, and tells nothing about them.
operator_keys = Table(
    "operator_keys",
    metadata,
    Column("key_id", Name, primary_key=True),
    Column("name", Name, nullable=False),
    Column("label", Text),
    Column("key_sha256", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Micros),
)

backends = Table(
    "backends",
    metadata,
    Column("id", Name, primary_key=True),
    Column("provider", Text),
    Column("region", Text, nullable=False),
    Column("country", Text),
    Column("endpoint", Text, nullable=False),
    Column("addressing", Text, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
)

public_keys = Table(
    "public_keys",
    metadata,
    Column("tenant_id", Name, ForeignKey("tenants.id"), primary_key=True),
    Column("key_id", Name, primary_key=True),
    Column("key_alg", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("created_at", Micros, nullable=False),
)

namespaces = Table(
    "namespaces",
    metadata,
    Column("bucket", Name, primary_key=True),
    Column("tenant_id", Name, ForeignKey("tenants.id"), nullable=False),
    Column("region", Name, nullable=False),
    Column("logical", Name, nullable=False),
    Column("backend", Name, nullable=False),
    Column("counter", Integer, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    UniqueConstraint("tenant_id", "region", "logical", "backend"),
)

DELETED = text("state = 'deleted'")

objects = Table(
    "objects",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("tenant_id", Name, ForeignKey("tenants.id"), nullable=False),
    Column("object_key", Name, nullable=False),
    Column("version", Name, nullable=False),
    Column("state", Text, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("deleted_at", Micros),
    Column("recorded_by", Text, nullable=False),
    Column("receipt_id", Name, nullable=False, unique=True),
    Column("submission", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("residency", Name, nullable=False),
    Column("key_id", Name, nullable=False),
    Column("key_alg", Text, nullable=False),
    Column("replica_count", Integer, nullable=False),
    Column("size", BigInteger),
    Column("ciphertext_size", BigInteger),
    UniqueConstraint("object_key", "version"),
    Index(None, "tenant_id", "object_key", "id"),
    Index(None, "object_key", "id"),
    # Without the tenant: a tenant's keys are one range of object keys.
    Index(None, "residency", "object_key", "id"),
    Index(None, "key_id", "object_key", "id"),
    Index(None, "recorded_at"),
    # All that totals of what is stored are made of: the rows themselves are kilobytes wide.
    Index("ix_objects_stored", "tenant_id", "state", "id", "ciphertext_size", "size"),
    Index("ix_objects_deleted", "object_key", "id", sqlite_where=DELETED, postgresql_where=DELETED),
)

replicas = Table(
    "replicas",
    metadata,
    Column("object_id", RowId, ForeignKey("objects.id"), primary_key=True),
    Column("backend", Name, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("url", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("version_id", Text),
    Column("country", Text),
    Column("source", Text, nullable=False),
    Column("verified_at", Micros),
    Column("verified_by", Text),
    Index(None, "backend", "object_id"),
    Column("state", Text, nullable=False, server_default=text("'ok'")),
    Column("checked_at", Micros),
    Column("problem", Text),
    # A URL can be longer than a B-tree of PostgreSQL takes.
    Index(None, "url", postgresql_using="hash"),
)

# Every list of further wrapped keys that was recorded; the greatest revision is the one in force.
further_keys = Table(
    "further_keys",
    metadata,
    Column("object_id", RowId, ForeignKey("objects.id"), primary_key=True, autoincrement=False),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("submission", Text, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("recorded_by", Text, nullable=False),
)

# A proof that nothing of a version is left at a provider; the tombstone itself is the object's state.
erasures = Table(
    "erasures",
    metadata,
    Column("object_id", RowId, ForeignKey("objects.id"), primary_key=True, autoincrement=False),
    Column("tenant_id", Name, ForeignKey("tenants.id"), nullable=False),
    Column("proof", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Index(None, "tenant_id", "object_id"),
)

ACTIVE = text("state IN ('queued', 'leased', 'retrying', 'blocked')")
WAITING = text("state IN ('queued', 'retrying') AND paused_at IS NULL")
LEASED = text("state = 'leased'")

jobs = Table(
    "jobs",
    metadata,
    Column("id", Name, primary_key=True),
    Column("tenant_id", Name, ForeignKey("tenants.id"), nullable=False),
    Column("object_id", RowId, ForeignKey("objects.id"), nullable=False, index=True),
    Column("object_key", Name, nullable=False),
    Column("version", Name, nullable=False),
    Column("source", Name, nullable=False),
    Column("target", Name, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
    Column("next_attempt_at", Micros),
    Column("worker", Text),
    Column("lease_token_sha256", LargeBinary),
    Column("lease_expires_at", Micros),
    Column("bytes_done", BigInteger, nullable=False),
    Column("bytes_total", BigInteger),
    Column("reason", Text),
    Column("kind", Text, nullable=False, server_default=text("'copy'")),
    Column("cause", Text),
    Column("paused_at", Micros),
    # One active job per object version and target.
    Index("uq_jobs_active", "object_id", "target", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    Index("ix_jobs_state", "state", "id"),
    Index("ix_jobs_updated", "updated_at", "id"),
    # Leases that run out are looked for at every lease, however many are held.
    Index("ix_jobs_leased", "state", "lease_expires_at", sqlite_where=LEASED, postgresql_where=LEASED),
    Index(None, "tenant_id", "id"),
)
# The order in which the jobs of a lane are leased: a lease reads its first rows, however many wait.
Index(
    "ix_jobs_lane",
    jobs.c.tenant_id,
    jobs.c.source,
    jobs.c.target,
    jobs.c.priority.desc(),
    jobs.c.next_attempt_at,
    jobs.c.id,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)

# Every (tenant, source, target) that jobs were ever made for: few, while jobs are many.
lanes = Table(
    "lanes",
    metadata,
    Column("tenant_id", Name, ForeignKey("tenants.id"), primary_key=True),
    Column("source", Name, primary_key=True),
    Column("target", Name, primary_key=True),
)

# What an operator set for a backend, its circuit breaker, and what was copied to it.
backend_controls = Table(
    "backend_controls",
    metadata,
    Column("backend", Name, primary_key=True),
    Column("paused_at", Micros),
    Column("reason", Text),
    Column("max_concurrent", Integer),
    Column("max_bytes_per_second", BigInteger),
    Column("failures_in_row", Integer, nullable=False, server_default=text("0")),
    # How often the breaker opened since the last success; 0 is closed.
    Column("trips", Integer, nullable=False, server_default=text("0")),
    Column("broken_until", Micros),
    Column("copied_objects", BigInteger, nullable=False, server_default=text("0")),
    Column("copied_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("failures", BigInteger, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("last_failure_at", Micros),
    Column("last_success_at", Micros),
)

tenant_controls = Table(
    "tenant_controls",
    metadata,
    Column("tenant_id", Name, ForeignKey("tenants.id"), primary_key=True),
    Column("paused_at", Micros),
    Column("reason", Text),
)

# What signed changes were answered, written with the change: a repeat gets the same and changes nothing.
answers = Table(
    "answers",
    metadata,
    Column("access_key", Name, primary_key=True),
    # `id:` and the id that its sender gave it, or its signature.
    Column("request", Name, primary_key=True),
    # SHA-256 (hex) of what it asked for; an id is not for two requests.
    Column("digest", String),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Micros, nullable=False, index=True),
)

# When what the server does by itself is next due; whichever process is first takes it.
schedules = Table(
    "schedules",
    metadata,
    Column("name", Name, primary_key=True),
    Column("next_at", Micros, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("job_id", Name, ForeignKey("jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("worker", Text, nullable=False),
    Column("started_at", Micros, nullable=False),
    Column("ended_at", Micros),
    Column("outcome", Text, nullable=False),
    Column("error", Text),
    Column("bytes_done", BigInteger, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", Name, primary_key=True),
    Column("tenant_id", Name, ForeignKey("tenants.id"), nullable=False),
    Column("backend", Name, nullable=False),
    Column("endpoint", Text),
    Column("label", Text),
    Column("taken_at", Micros, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("versions", Boolean, nullable=False),
    Column("all_buckets", Boolean, nullable=False),
    Column("buckets", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("stored_entries", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("omitted_buckets", BigInteger, nullable=False),
    Column("omitted_entries", BigInteger, nullable=False),
    Column("receipts", BigInteger),
    Column("failures", BigInteger),
    Column("stored_bytes", BigInteger, nullable=False),
    Column("sha256", Name, nullable=False),
    # Of the audit chain's entry about it, which repeats what stands here.
    Column("audit_sequence", BigInteger, nullable=False),
    Column("hold", Boolean, nullable=False),
    Column("hold_reason", Text),
    Index(None, "tenant_id", "id"),
)

# Manifests and chunks by the SHA-256 of their uncompressed bytes: what two snapshots share is kept once.
# By tenant, so that nobody can find out by a hash what another tenant has.
snapshot_blobs = Table(
    "snapshot_blobs",
    metadata,
    Column("tenant_id", Name, ForeignKey("tenants.id"), primary_key=True),
    Column("sha256", Name, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    # The manifest's line about a chunk; null for a manifest.
    Column("about", Text),
    Column("touched_at", Micros, nullable=False),
)

# What a snapshot consists of: part 0 is its manifest. A blob that no part names is removed.
snapshot_parts = Table(
    "snapshot_parts",
    metadata,
    Column("snapshot_id", Name, ForeignKey("snapshots.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("tenant_id", Name, nullable=False),
    Column("sha256", Name, nullable=False),
    ForeignKeyConstraint(["tenant_id", "sha256"], ["snapshot_blobs.tenant_id", "snapshot_blobs.sha256"]),
    Index(None, "tenant_id", "sha256"),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Micros, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("tenant_id", Name),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("request_id", Text),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "tenant_id", "sequence"),
    Index(None, "subject", "sequence"),
)

# One row, locked last in every transaction that writes: it orders the writers of the chain.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("head", Text, nullable=False),
)
