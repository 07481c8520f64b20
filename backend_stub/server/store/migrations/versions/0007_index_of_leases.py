"""An index of the leases under way, by when they run out"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    leased = sa.text("state = 'leased'")
    op.create_index(
        "ix_jobs_leased",
        "jobs",
        ["state", "lease_expires_at"],
        sqlite_where=leased,
        postgresql_where=leased,
    )
