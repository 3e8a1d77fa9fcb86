"""The tables. `evolve/store/migrations` makes them; a test holds both to the same columns."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData()

# 64 bits; SQLite's INTEGER has these, and only a column of that very type is its row number.
_BIG = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """A time, in UTC wherever it comes from: SQLite gives it back without its zone, PostgreSQL in
    the zone that the server or the user is set to.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # NUL, and halves of UTF-16 pairs


class Words(TypeDecorator[str]):
    """Text that others wrote, as errors are: what no database takes becomes U+FFFD, and what is
    longer than `length` is cut.
    """

    impl = Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.impl = Text() if length is None else String(length)  # type: ignore[assignment]
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else _UNSTORABLE.sub("\ufffd", value)[: self.length]


# Parents, bases and candidates. digest: fingerprint of a checkpoint, or digest of a recipe over
# the fingerprints of its parents. fingerprint: of the checkpoint on disk, once there is one.
models = Table(
    "models",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("digest", String(32), nullable=False, unique=True),
    Column("fingerprint", String(32), index=True),
    Column("kind", String(16), nullable=False),  # base, parent, candidate, imported
    Column("name", String(200), nullable=False),
    Column("reference", Words()),  # folder, or base+adapter
    Column("recipe", Text),  # of candidates before schema 0004; since then their trials have it
    Column("license", Words(100)),  # as its model card names it
    Column("created_at", Moment, nullable=False),
)

# An edge per model that went into another, with its mean weight over the model, null where there
# is none. role: base, parent; of imported models also finetune, adapter, quantized, merge.
lineage = Table(
    "lineage",
    metadata,
    Column("child_id", ForeignKey("models.id"), primary_key=True),
    Column("parent_id", ForeignKey("models.id"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),  # base, parent
    Column("weight", Float),
)

searches = Table(
    "searches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(32), nullable=False, unique=True),
    Column("name", String(200), nullable=False, index=True),
    Column("config", JSON, nullable=False),
    Column("genes", JSON, nullable=False),
    Column("goals", JSON, nullable=False),
    Column("state", String(16), nullable=False),  # running, stopped, failed, finished
    Column("epoch", Integer, nullable=False),  # fences drivers: only the newest one writes
    Column("holder", String(200)),  # host:pid of the driver
    Column("wish", String(16)),  # pause, stop: what somebody asked of its driver
    Column("lease_until", Moment),  # until when the holder is believed alive
    Column("writes", Integer, nullable=False, server_default=text("0")),  # transactions of drivers
    Column("workers", Integer),  # how many it began with
    Column("sequence", Integer, nullable=False),  # counts asks and tells, for replay
    Column("active_s", Float, nullable=False),  # time that drivers spent on it
    Column("worker_s", Float, nullable=False, server_default=text("0")),  # and their workers
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("chosen_trial_id", _BIG),  # set once, before report items are scored
    Column("chosen_at", Moment),
    Column("verdict", JSON),
    Column("attribution", JSON),  # what each parent and each gene gave the chosen recipe
    Column("learned", JSON),  # steps of gradient descent on the weights
)

splits = Table(
    "splits",
    metadata,
    Column("search_id", ForeignKey("searches.id"), primary_key=True),
    Column("split", String(16), primary_key=True),
    Column("task", String(200), primary_key=True),
    Column("items", JSON, nullable=False),  # item numbers, in the order of the outcomes
)

# What the items of a task say, for people to read; see texts.py.
texts = Table(
    "texts",
    metadata,
    Column("search_id", ForeignKey("searches.id"), primary_key=True),
    Column("task", String(200), primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)

# origin: optimizer, mean (the optimizer's centre), ablation (the chosen recipe without one thing),
# start (a starting point), or a reference: base, parent, plain, one_scale.
# asked and told: positions in the search's sequence of asks and tells, null where there was none.
trials = Table(
    "trials",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("search_id", ForeignKey("searches.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("origin", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    Column("point", JSON),  # in the unit cube, exact floats
    Column("genome", JSON),  # natural values
    Column("recipe", Text, nullable=False),
    Column("model_id", ForeignKey("models.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),  # asked, done, pruned (stopped early), failed
    Column("fitness", Float),  # on search items
    Column("error", Float),  # standard error of fitness where it is an estimate, else null
    Column("objectives", JSON),  # what is maximized where that is more than fitness
    Column("items", Integer),  # search items that were scored
    Column("reason", Words()),
    Column("asked", Integer),
    Column("told", Integer),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    UniqueConstraint("search_id", "number"),
)
# Of a large search, its counts and this much of each trial are read from an index alone.
BRIEF = ("number", "origin", "state", "fitness", "error", "items", "model_id", "finished_at")
_INDEXED = ("origin", "state", "number", "fitness", "error", "items", "model_id", "finished_at")
Index("ix_trials_brief", trials.c.search_id, *(trials.c[name] for name in _INDEXED))

attempts = Table(
    "attempts",
    metadata,
    Column("id", _BIG, primary_key=True),
    Column("trial_id", ForeignKey("trials.id"), nullable=False, index=True),
    Column("split", String(16), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("worker", Words(64)),
    Column("state", String(16), nullable=False),  # running, done, failed, lost
    Column("reason", Words()),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("merge_s", Float),
    Column("score_s", Float),
    Column("tokens", Integer),
)

# One row per trial, split, task and metric; `packed` holds the values of the items that were seen,
# `mean` is theirs, see packing.py.
outcomes = Table(
    "outcomes",
    metadata,
    Column("trial_id", ForeignKey("trials.id"), primary_key=True),
    Column("split", String(16), primary_key=True),
    Column("task", String(200), primary_key=True),
    Column("metric", String(200), primary_key=True),
    Column("mean", Float, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    Column("seen", LargeBinary),  # a bit per item of the split, null: all of them
)
