"""An index that has all that totals of what is stored are made of: rows of objects are kilobytes wide"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_objects_stored", "objects", ["tenant_id", "state", "id", "ciphertext_size", "size"])
