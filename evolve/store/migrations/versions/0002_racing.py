"""Trials that were stopped early, outcomes of some of a split's items, when a trial was chosen,
what each parent and each gene gave it, and metrics with long names.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SPLITS = sa.table(
    "splits", sa.column("search_id"), sa.column("split"), sa.column("items", sa.JSON)
)
_TRIALS = sa.table(
    "trials",
    sa.column("search_id"),
    sa.column("state"),
    sa.column("fitness"),
    sa.column("error"),
    sa.column("items"),
)
_OUTCOMES = sa.table("outcomes", sa.column("seen"), sa.column("metric"))
_SHORT, _LONG = 64, 200


def upgrade() -> None:
    """Until now, what was scored was scored on all search items."""
    _metric(_SHORT, _LONG)
    op.add_column("outcomes", sa.Column("seen", sa.LargeBinary))
    op.add_column("searches", sa.Column("chosen_at", sa.DateTime(timezone=True)))
    op.add_column("searches", sa.Column("attribution", sa.JSON))
    op.add_column("trials", sa.Column("error", sa.Float))
    op.add_column("trials", sa.Column("items", sa.Integer))
    connection = op.get_bind()
    rows = connection.execute(sa.select(_SPLITS).where(_SPLITS.c.split == "search")).all()
    counts: dict[int, int] = {}
    for row in rows:
        counts[row.search_id] = counts.get(row.search_id, 0) + len(row.items)
    for search_id, count in counts.items():
        connection.execute(
            sa.update(_TRIALS)
            .where(_TRIALS.c.search_id == search_id, _TRIALS.c.fitness.is_not(None))
            .values(items=count)
        )


def downgrade() -> None:
    """A trial that was stopped early keeps its estimate. What the older schema cannot hold is
    lost: outcomes of some of the items only, and of metrics with long names.
    """
    long = sa.func.length(_OUTCOMES.c.metric) > _SHORT
    op.execute(sa.delete(_OUTCOMES).where(_OUTCOMES.c.seen.is_not(None) | long))
    op.execute(sa.update(_TRIALS).where(_TRIALS.c.state == "pruned").values(state="done"))
    op.drop_column("trials", "items")
    op.drop_column("trials", "error")
    op.drop_column("searches", "attribution")
    op.drop_column("searches", "chosen_at")
    op.drop_column("outcomes", "seen")
    _metric(_LONG, _SHORT)


def _metric(old: int, new: int) -> None:
    """SQLite changes a column's type by copying the table."""
    with op.batch_alter_table("outcomes") as batch:
        batch.alter_column(
            "metric",
            existing_type=sa.String(old),
            type_=sa.String(new),
            existing_nullable=False,
        )
