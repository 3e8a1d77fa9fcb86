"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "models",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(32), nullable=False, unique=True),
        sa.Column("fingerprint", sa.String(32), index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("recipe", sa.Text),
        sa.Column("created_at", _TIME, nullable=False),
    )
    op.create_table(
        "lineage",
        sa.Column("child_id", sa.Integer, sa.ForeignKey("models.id"), primary_key=True),
        sa.Column(
            "parent_id", sa.Integer, sa.ForeignKey("models.id"), primary_key=True, index=True
        ),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("weight", sa.Float),
    )
    op.create_table(
        "searches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("digest", sa.String(32), nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False, index=True),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("genes", sa.JSON, nullable=False),
        sa.Column("goals", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("holder", sa.String(200)),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("active_s", sa.Float, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME),
        sa.Column("chosen_trial_id", sa.Integer),
        sa.Column("verdict", sa.JSON),
    )
    op.create_table(
        "splits",
        sa.Column("search_id", sa.Integer, sa.ForeignKey("searches.id"), primary_key=True),
        sa.Column("split", sa.String(16), primary_key=True),
        sa.Column("task", sa.String(200), primary_key=True),
        sa.Column("items", sa.JSON, nullable=False),
    )
    op.create_table(
        "trials",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("search_id", sa.Integer, sa.ForeignKey("searches.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("point", sa.JSON),
        sa.Column("genome", sa.JSON),
        sa.Column("recipe", sa.Text, nullable=False),
        sa.Column("model_id", sa.Integer, sa.ForeignKey("models.id"), nullable=False, index=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("fitness", sa.Float),
        sa.Column("reason", sa.Text),
        sa.Column("asked", sa.Integer),
        sa.Column("told", sa.Integer),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME),
        sa.UniqueConstraint("search_id", "number"),
    )
    op.create_index("ix_trials_search_state", "trials", ["search_id", "state"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("trial_id", sa.Integer, sa.ForeignKey("trials.id"), nullable=False, index=True),
        sa.Column("split", sa.String(16), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME),
        sa.Column("merge_s", sa.Float),
        sa.Column("score_s", sa.Float),
        sa.Column("tokens", sa.Integer),
    )
    op.create_table(
        "outcomes",
        sa.Column("trial_id", sa.Integer, sa.ForeignKey("trials.id"), primary_key=True),
        sa.Column("split", sa.String(16), primary_key=True),
        sa.Column("task", sa.String(200), primary_key=True),
        sa.Column("metric", sa.String(64), primary_key=True),
        sa.Column("mean", sa.Float, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for table in ("outcomes", "attempts", "trials", "splits", "searches", "lineage", "models"):
        op.drop_table(table)
