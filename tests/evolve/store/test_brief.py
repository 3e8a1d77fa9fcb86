"""What is read of many trials without their recipes is what the trials themselves say."""

import random
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from evolve.store import Ledger, Reader, TrialRow
from search_spaces.messages import Result, Score
from tests.evolve.store.drivers import SCORE, add_trial, end, open_ledger, score
from ui import columns


@pytest.fixture
def filled(engine: Engine) -> Ledger:
    """Trials of several origins that ended in every way, some of them not at all."""
    ledger = open_ledger(engine)
    for number in range(9):
        origin = "plain" if number < 2 else "ablation" if number == 8 else "optimizer"
        trial = add_trial(ledger, f"{number:x}" * 32, origin, name="", genome={"w": number})
        if number in (3, 4, 8):
            attempt = ledger.start_attempt(trial.id, "search")
            reason = "x" if number == 4 else None
            if number == 8:
                score(ledger, trial, "validation", fitness=None)
            elif reason:
                end(ledger, trial, "search", Result(attempt, "w", failed=reason))
        elif number != 7:
            more = {"pruned": True, "error": 0.1} if number == 5 else {}
            score(ledger, trial, "search", fitness=0.5 + (number % 3) / 10, **more)
    ledger.flush()
    return ledger


def test_the_tally_counts_the_optimizers_trials(filled: Ledger, engine: Engine) -> None:
    reader = Reader(engine)
    trials = reader.trials(filled.search_id)
    mine = [t for t in trials if t.origin == "optimizer"]
    scored = [t for t in mine if t.scored]
    found = reader.tally(filled.search_id)
    assert found.scored == len(scored) == 3
    assert (found.pruned, found.failed, found.asked) == (1, 1, 2)
    assert found.items == sum(t.items or 0 for t in scored)
    assert found.of_one == max(t.items or 0 for t in trials)
    assert found.best == (2, 0.7)
    assert columns.read(reader, filled.search_id).tally == found


def test_brief_rows_say_what_the_trials_say(filled: Ledger, engine: Engine) -> None:
    reader = Reader(engine)
    trials = reader.trials(filled.search_id)
    rows = reader.brief(filled.search_id)
    assert [r[:7] for r in rows] == [
        (t.number, t.origin, t.state, t.fitness, t.error, t.items, t.model_id) for t in trials
    ]
    for row, trial in zip(rows, trials, strict=True):
        ended = None if trial.finished_at is None else trial.finished_at.timestamp()
        assert row[7] == (None if ended is None else pytest.approx(float(ended), abs=0.002))
    assert reader.brief(filled.search_id, 5, [1, 3]) == [
        r for r in rows if r[0] in (1, 3, 6, 7, 8)
    ]


def test_columns_that_follow_a_search_are_those_that_are_read_anew(
    filled: Ledger, engine: Engine
) -> None:
    reader, rng = Reader(engine), random.Random(1)
    seen = columns.read(reader, filled.search_id)
    waiting: list[TrialRow] = [
        t for t in reader.trials(filled.search_id) if t.state == "asked" and t.origin != "ablation"
    ]
    for turn in range(12):
        waiting += [add_trial(filled, f"{turn:02}{n:x}" * 8) for n in range(rng.randrange(3))]
        rng.shuffle(waiting)
        for _ in range(min(len(waiting), rng.randrange(3))):
            score(filled, waiting.pop(), "search", fitness=rng.random())
        filled.flush()
        seen = columns.read(reader, filled.search_id, seen)
        anew = columns.read(reader, filled.search_id)
        for name in columns.Columns.__dataclass_fields__:
            assert getattr(seen, name).tobytes() == getattr(anew, name).tobytes(), name
    assert columns.read(reader, filled.search_id, seen).tally == reader.tally(filled.search_id)


def test_some_trials_are_read_without_recipe_and_genome(filled: Ledger, engine: Engine) -> None:
    reader = Reader(engine)
    trials = reader.trials(filled.search_id)
    bare = [replace(t, recipe="", genome=None, point=None) for t in trials]
    assert reader.numbered_all(filled.search_id, [6, 2, 99]) == [bare[2], bare[6]]
    assert reader.numbered(filled.search_id, 6) == trials[6]
    assert reader.numbered(filled.search_id, 99) is None
    assert reader.genomes(filled.search_id, [6, 2, 99]) == {2: {"w": 2}, 6: {"w": 6}}
    assert reader.others(filled.search_id) == [t for t in trials if t.origin != "optimizer"]
    means = reader.means(filled.search_id, "search")
    ids = [t.id for t in trials if t.number in (2, 5)]
    assert reader.means_of(ids, "search") == {i: means[i] for i in ids}


def test_attempts_and_reasons_and_the_pace(filled: Ledger, engine: Engine) -> None:
    reader = Reader(engine)
    every = reader.attempts(filled.search_id)
    numbers = {t.id: t.number for t in reader.trials(filled.search_id)}
    latest = [a for a in every if numbers[a.trial_id] > 8 - 4]
    assert sorted(reader.last_attempts(filled.search_id, 4), key=lambda a: a.id) == latest
    assert reader.reasons(filled.search_id) == [("x", 1)]
    done = [a for a in every if a.state == "done" and a.split == "search"]
    count, merge_s, score_s, items = reader.pace(filled.search_id)
    assert count == len(done)
    assert merge_s == pytest.approx(sum(a.merge_s or 0 for a in done))
    assert score_s == pytest.approx(sum(a.score_s or 0 for a in done))
    assert items == 5 * len(done)
    other = [a for a in every if a.split != "search"]
    spent = sum((a.merge_s or 0) + (a.score_s or 0) for a in other)
    assert reader.closing_s(filled.search_id) == pytest.approx(spent) != 0


def test_only_trials_with_several_objectives_are_read_for_a_front(engine: Engine) -> None:
    ledger = open_ledger(engine)
    one, two = add_trial(ledger), add_trial(ledger, "e" * 32)
    for trial, objectives in ((one, None), (two, [0.5, -3.0])):
        attempt = ledger.start_attempt(trial.id, "search")
        result = Result(attempt, "w", Score(SCORE.outcomes, 0.1, 0.2, 3))
        end(ledger, trial, "search", result, fitness=0.5, objectives=objectives)
    ledger.flush()
    (found,) = Reader(engine).with_objectives(ledger.search_id)
    assert (found.number, found.objectives) == (1, [0.5, -3.0])
