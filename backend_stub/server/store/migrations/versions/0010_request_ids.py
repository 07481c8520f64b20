"""Answers by the id that the sender of a change gave it, with a digest of what was asked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # As both databases spell it. What was kept by signature is found by it still.
    op.execute("ALTER TABLE answers RENAME COLUMN signature TO request")
    op.add_column("answers", sa.Column("digest", sa.String(), nullable=True))
