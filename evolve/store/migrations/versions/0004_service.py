"""Numbers of 64 bits for trials, attempts and models, and a lease on each search: until when its
driver is believed alive, how often it wrote, with how many workers and for how long they lived;
and an index from which trials are counted without being read.

SQLite's integers have 64 bits as they are, so only PostgreSQL changes types.
"""

import sqlalchemy as sa
from alembic import op

from search_spaces.errors import StopError

revision = "0004"
down_revision = "0003"

_WIDER = (
    ("models", "id"),
    ("lineage", "child_id"),
    ("lineage", "parent_id"),
    ("trials", "id"),
    ("trials", "model_id"),
    ("attempts", "id"),
    ("attempts", "trial_id"),
    ("outcomes", "trial_id"),
    ("searches", "chosen_trial_id"),
)
_COUNTED = ("models", "trials", "attempts")  # their ids come from a sequence unless given
_COUNTS = "ix_trials_search_origin_state"
_LARGEST = 2**31 - 1


def upgrade() -> None:
    """Of older searches it is not known how many workers they had; they had one at least."""
    zero = sa.text("0")
    op.add_column("searches", sa.Column("writes", sa.Integer, nullable=False, server_default=zero))
    op.add_column("searches", sa.Column("worker_s", sa.Float, nullable=False, server_default=zero))
    op.execute("UPDATE searches SET worker_s = active_s")
    op.add_column("searches", sa.Column("lease_until", sa.DateTime(timezone=True)))
    op.add_column("searches", sa.Column("workers", sa.Integer))
    op.drop_index("ix_trials_search_state", "trials")
    op.create_index(_COUNTS, "trials", ["search_id", "origin", "state"])
    if op.get_bind().dialect.name == "postgresql":
        _retype("BIGINT")


def downgrade() -> None:
    """Raises: StopError on PostgreSQL where an id needs more than 32 bits; nothing is changed."""
    if op.get_bind().dialect.name == "postgresql":
        _refuse_large()
        _retype("INTEGER")
    op.drop_index(_COUNTS, "trials")
    op.create_index("ix_trials_search_state", "trials", ["search_id", "state"])
    for column in ("workers", "lease_until", "worker_s", "writes"):
        op.drop_column("searches", column)


def _retype(word: str) -> None:
    """One statement per table, so that PostgreSQL rewrites each of them once."""
    for table in dict.fromkeys(table for table, _ in _WIDER):
        changes = ", ".join(
            f"ALTER COLUMN {column} TYPE {word}" for t, column in _WIDER if t == table
        )
        op.execute(f"ALTER TABLE {table} {changes}")
    for table in _COUNTED:
        op.execute(f"ALTER SEQUENCE {table}_id_seq AS {word}")


def _refuse_large() -> None:
    for table, column in _WIDER:
        largest = op.get_bind().scalar(
            sa.select(sa.func.max(sa.column(column))).select_from(sa.table(table))
        )
        if largest is not None and largest > _LARGEST:
            raise StopError(
                f"store: {table}.{column} holds {largest}, and schema 0003 has room up to "
                f"{_LARGEST}; the database stays at schema 0004, go back to a backup made before"
            )
