"""Several objectives of a trial, and what gradient descent learnt before the search."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("searches", sa.Column("learned", sa.JSON))
    op.add_column("trials", sa.Column("objectives", sa.JSON))


def downgrade() -> None:
    """Searches with several objectives cannot go on under the older schema."""
    op.drop_column("trials", "objectives")
    op.drop_column("searches", "learned")
