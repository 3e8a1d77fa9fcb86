"""What the pages need: an index from which they read trials without reading recipes, the wishes of
people for a search that runs, licences of models, and the texts of items.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_BRIEF, _COUNTS = "ix_trials_brief", "ix_trials_search_origin_state"
_COLUMNS = (
    "search_id",
    "origin",
    "state",
    "number",
    "fitness",
    "error",
    "items",
    "model_id",
    "finished_at",
)


def upgrade() -> None:
    """Of older models no licence is known, and of older searches no texts."""
    op.add_column("models", sa.Column("license", sa.String(100)))
    op.add_column("searches", sa.Column("wish", sa.String(16)))
    op.drop_index(_COUNTS, "trials")
    op.create_index(_BRIEF, "trials", list(_COLUMNS))
    op.create_table(
        "texts",
        sa.Column("search_id", sa.Integer, sa.ForeignKey("searches.id"), primary_key=True),
        sa.Column("task", sa.String(200), primary_key=True),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Loses licences, texts, and wishes that no driver has met yet."""
    op.drop_table("texts")
    op.drop_index(_BRIEF, "trials")
    op.create_index(_COUNTS, "trials", ["search_id", "origin", "state"])
    op.drop_column("searches", "wish")
    op.drop_column("models", "license")
