"""What is read of a search that may have very many trials: counts, sums, a few columns of all, or
some trials whole.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Select, Text, cast, func, select

from evolve.store.ids import row_id
from evolve.store.querying import Found, Queries, columns
from evolve.store.rows import OTHERS, AttemptRow, Tally, TrialRow
from evolve.store.tables import BRIEF, attempts, outcomes, trials
from search_spaces.messages import Split

_FAILING = ("optimizer", *(o for o in OTHERS if o != "ablation"))
_LEFT_OUT: dict[str, Any] = {"point": None, "genome": None, "recipe": ""}
_KEPT = [trials.c[f.name] for f in fields(TrialRow) if f.name not in _LEFT_OUT]


class Glances(Queries):
    """Queries that read no recipe of a trial that nobody asked for."""

    def others(self, search_id: int) -> list[TrialRow]:
        """Trials that are not the optimizer's, by number: references, starts, ablations, means."""
        mine = (trials.c.search_id == search_id) & trials.c.origin.in_(OTHERS)
        # Ordered here: asked for it, SQLite walks all trials by number instead of by origin.
        found = [TrialRow(*r) for r in self._rows(columns(trials, TrialRow).where(mine))]
        return sorted(found, key=lambda t: t.number)

    def with_objectives(self, search_id: int) -> list[TrialRow]:
        """Trials scored in full that have several objectives, without recipe and genome."""
        query = (
            select(*_KEPT)
            .where(trials.c.search_id == search_id, trials.c.state == "done")
            .where(trials.c.objectives.is_not(None))
            .order_by(trials.c.number)
        )
        rows = [TrialRow(**_LEFT_OUT, **row._asdict()) for row in self._rows(query)]
        return [row for row in rows if row.objectives is not None]  # JSON has a null of its own

    def brief(
        self, search_id: int, after: int = -1, also: Sequence[int] = ()
    ) -> list[tuple[Any, ...]]:
        """The columns `BRIEF` of trials with a number above `after`, and of those numbered in
        `also` (at most a few hundred), by number: from an index, without recipes. finished_at
        comes as seconds since 1970.
        """
        mine = trials.c.search_id == search_id
        *names, moment = BRIEF
        wanted = select(*(trials.c[name] for name in names), self._seconds(trials.c[moment]))
        new = wanted.where(mine)
        found = self._bare(new if after < 0 else new.where(trials.c.number > after))
        if also:
            near = trials.c.number.between(min(also), max(also))  # by the index on numbers
            found += self._bare(wanted.where(mine, near, trials.c.number.in_(also)))
        return sorted(found)

    def genomes(self, search_id: int, numbers: Sequence[int]) -> dict[int, dict[str, float | str]]:
        """number -> genome, of those of the numbered trials that have one."""
        mine = select(trials.c.number, trials.c.genome).where(trials.c.search_id == search_id)
        rows = self._some(mine, trials.c.number, numbers)
        return {number: genome for number, genome in rows if genome}

    def genome_texts(
        self,
        search_id: int,
        take: Callable[[Iterable[tuple[int, str | None]]], Found],
        after: int = -1,
        numbers: Sequence[int] | None = None,
    ) -> Found:
        """What `take` makes of (number, genome as JSON text) of trials with a number above
        `after`, by number; of those in `numbers` only, if given (at most 900).
        """
        mine = (trials.c.search_id == search_id) & (trials.c.number > after)
        query = select(trials.c.number, cast(trials.c.genome, Text)).where(mine)
        if numbers is not None:
            query = query.where(trials.c.number.in_(numbers))
        return self._each(query.order_by(trials.c.number), take)

    def numbered_all(self, search_id: int, numbers: Sequence[int]) -> list[TrialRow]:
        """Trials by their numbers, without recipe and genome, by number."""
        mine = select(*_KEPT).where(trials.c.search_id == search_id)
        rows = self._some(mine, trials.c.number, numbers)
        found = [TrialRow(**_LEFT_OUT, **row._asdict()) for row in rows]
        return sorted(found, key=lambda t: t.number)

    def means_of(
        self, trial_ids: Sequence[int], split: Split
    ) -> dict[int, dict[tuple[str, str], float]]:
        """As `means`, of some trials only."""
        query = select(
            outcomes.c.trial_id, outcomes.c.task, outcomes.c.metric, outcomes.c.mean
        ).where(outcomes.c.split == split)
        found: dict[int, dict[tuple[str, str], float]] = {}
        for trial_id, task, metric, mean in self._some(query, outcomes.c.trial_id, trial_ids):
            found.setdefault(trial_id, {})[task, metric] = mean
        return found

    def reasons(self, search_id: int, most: int = 20) -> list[tuple[str, int]]:
        """(reason, number of trials) of failed trials but ablations, the most frequent first."""
        count = func.count().label("trials")
        query = (
            select(trials.c.reason, count)
            .where(trials.c.search_id == search_id, trials.c.state == "failed")
            .where(trials.c.origin.in_(_FAILING))
            .group_by(trials.c.reason)
            .order_by(count.desc(), trials.c.reason)
            .limit(most)
        )
        return [(reason or "no reason was recorded", n) for reason, n in self._rows(query)]

    def tally(self, search_id: int) -> Tally:
        """Without reading the trials."""
        mine = trials.c.search_id == search_id
        optimizers = mine & (trials.c.origin == "optimizer")
        has = trials.c.fitness.is_not(None)
        by_state = select(
            trials.c.state,
            has.label("has"),
            func.count().label("count"),
            func.sum(trials.c["items"]),
        )
        found = {
            (row[0], bool(row[1])): (row[2], row[3] or 0)
            for row in self._rows(by_state.where(optimizers).group_by(trials.c.state, has))
        }
        best = (
            select(trials.c.number, trials.c.fitness)
            .where(optimizers & has & (trials.c.state == "done"))
            .order_by(trials.c.fitness.desc(), trials.c.number)
            .limit(1)
        )
        top = self._rows(best)
        of_one = self._rows(select(func.max(trials.c["items"])).where(mine))[0][0]
        done, pruned = (found.get((state, True), (0, 0)) for state in ("done", "pruned"))
        return Tally(
            scored=done[0] + pruned[0],
            pruned=pruned[0],
            failed=sum(n for (state, _), (n, _) in found.items() if state == "failed"),
            asked=sum(n for (state, _), (n, _) in found.items() if state == "asked"),
            items=int(done[1] + pruned[1]),
            of_one=of_one or 0,
            best=(top[0][0], top[0][1]) if top else None,
        )

    def attempts_of(self, trial_ids: Sequence[int]) -> list[AttemptRow]:
        """The attempts of some trials, in the order they were started."""
        rows = self._some(columns(attempts, AttemptRow), attempts.c.trial_id, trial_ids)
        return sorted((AttemptRow(*r) for r in rows), key=lambda a: (a.started_at, a.id))

    def last_attempts(self, search_id: int, last: int = 1000) -> list[AttemptRow]:
        """The attempts of the last so many trials, in the order they were started."""
        newest = select(func.max(trials.c.number)).where(trials.c.search_id == search_id)
        query = (
            columns(attempts, AttemptRow)
            .join(trials, trials.c.id == attempts.c.trial_id)
            .where(trials.c.search_id == search_id)
            .where(trials.c.number > newest.scalar_subquery() - last)
            .order_by(attempts.c.started_at, attempts.c.id)
        )
        return [AttemptRow(*r) for r in self._rows(query)]

    def newest_attempts(self, search_id: int, most: int = 200) -> list[AttemptRow]:
        """The attempts that were started last, of whatever trials, in the order they were started:
        those on validation and report items are of old trials.
        """
        mine = attempts.c.id.between(row_id(search_id, 0), row_id(search_id + 1, 0) - 1)
        query = columns(attempts, AttemptRow).where(mine).order_by(attempts.c.id.desc())
        rows = self._rows(query.limit(most))
        if not rows:  # of a time when ids did not tell their search
            return self.last_attempts(search_id, most)
        return [AttemptRow(*r) for r in reversed(rows)]

    def numbers_of(self, trial_ids: Collection[int]) -> dict[int, int]:
        """trial id -> number."""
        query = select(trials.c.id, trials.c.number)
        return {row.id: row.number for row in self._some(query, trials.c.id, trial_ids)}

    def probes(self, search_id: int, split: Split) -> list[AttemptRow]:
        """The attempts on one split, in the order they were started."""
        query = (
            columns(attempts, AttemptRow)
            .join(trials, trials.c.id == attempts.c.trial_id)
            .where(trials.c.search_id == search_id, trials.c.origin.in_(OTHERS))
            .where(attempts.c.split == split)
            .order_by(attempts.c.id)
        )
        return [AttemptRow(*r) for r in self._rows(query)]

    def pace(self, search_id: int, last: int = 1000) -> tuple[int, float, float, int]:
        """(attempts on search items that gave a score, their merge_s, score_s and search items,
        summed), of the last so many trials.
        """
        newest = select(func.max(trials.c.number)).where(trials.c.search_id == search_id)
        sums: list[Any] = [
            func.count(),
            func.sum(attempts.c.merge_s),
            func.sum(attempts.c.score_s),
            func.sum(trials.c["items"]),
        ]
        query: Select[Any] = (
            select(*sums)
            .join(trials, trials.c.id == attempts.c.trial_id)
            .where(
                trials.c.search_id == search_id,
                trials.c.number > newest.scalar_subquery() - last,
                trials.c["items"] > 0,
                attempts.c.state == "done",
                attempts.c.split == "search",
            )
        )
        count, merge_s, score_s, items = self._rows(query)[0]
        return count, merge_s or 0.0, score_s or 0.0, items or 0

    def closing_s(self, search_id: int, last: int = 5000) -> float:
        """Seconds of workers on what is not search items, so far: these are the last attempts of a
        search, and no more than the last so many are looked at.
        """
        mine = attempts.c.id.between(row_id(search_id, 0), row_id(search_id + 1, 0) - 1)
        newest = select(func.max(attempts.c.id)).where(mine).scalar_subquery()
        query = select(func.sum(attempts.c.merge_s + attempts.c.score_s)).where(
            mine, attempts.c.id > newest - last, attempts.c.split != "search"
        )
        return float(self._rows(query)[0][0] or 0.0)
