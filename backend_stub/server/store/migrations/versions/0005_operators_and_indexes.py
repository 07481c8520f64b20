"""Named operators' keys; indexes for the filters of lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
DELETED = sa.text("state = 'deleted'")


def upgrade() -> None:
    op.create_table(
        "operator_keys",
        sa.Column("key_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("key_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_operator_keys")),
    )
    for table, columns in (
        ("objects", ["residency", "object_key", "id"]),
        ("objects", ["key_id", "object_key", "id"]),
        ("objects", ["recorded_at"]),
        ("replicas", ["backend", "object_id"]),
        ("audit", ["subject", "sequence"]),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    op.create_index(
        "ix_objects_deleted",
        "objects",
        ["object_key", "id"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
