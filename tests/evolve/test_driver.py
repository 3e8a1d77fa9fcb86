"""The loop: what it does in what order, and that it goes on from wherever it was stopped."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from evolve.halving import deal, field_sizes
from evolve.report import summary
from search_spaces.errors import StopError
from search_spaces.messages import Job, Result, Score
from tests.evolve.conftest import Bench, LocalPool

MakeBench = Callable[..., Bench]


def story(bench: Bench) -> list[tuple[object, ...]]:
    """All trials by number: origin, point, recipe, what they are worth and every outcome."""
    return [
        (
            *(t.origin, t.point, t.recipe, t.state, t.fitness, t.error, t.items),
            *(repr(bench.reader.outcomes(t.id, s)) for s in bench.splits),
        )
        for t in bench.reader.trials(bench.search.id)
    ]


def counted_once(bench: Bench) -> None:
    """Every trial has one attempt that counts per split (on validation items there are several;
    there, the store refuses an item that comes twice), and every tell its own place.
    """
    trials = bench.optimizer_trials()
    assert [t.number - trials[0].number for t in trials] == list(
        range(bench.opened.config.budget.trials)
    )
    attempts = bench.reader.attempts(bench.search.id)
    counting = [(a.trial_id, a.split) for a in attempts if a.state in ("done", "failed")]
    counting = [(trial_id, split) for trial_id, split in counting if split != "validation"]
    assert len(set(counting)) == len(counting)
    assert not [a for a in attempts if a.state == "running"]
    events = [e for t in trials for e in (t.asked, t.told)]
    assert sorted(e or 0 for e in events) == list(range(1, 2 * len(trials) + 1))


def test_a_search_runs_to_a_verdict_on_items_it_never_saw(bench: MakeBench) -> None:
    one = bench()
    one.drive(slots=2)
    counted_once(one)
    search = one.search
    assert search.state == "finished"
    origins = [t.origin for t in one.reader.trials(search.id)]
    assert origins.count("optimizer") == 8
    assert (origins.count("base"), origins.count("parent"), origins.count("plain")) == (1, 3, 3)
    before = ["base", *["parent"] * 3, *["plain"] * 3, *["one_scale"] * 10, *["start"] * 3]
    assert origins[:20] == before
    found = summary(one.reader, search)
    roles = ["base", *["parent"] * 3, *["plain"] * 3, "one_scale"]
    chosen = one.reader.trial(search.chosen_trial_id)
    if chosen.origin in roles:
        roles.remove(chosen.origin)
    assert [r["role"] for r in found["rows"]] == [*roles, "chosen"]
    assert all(r["average"]["items"] == 36 for r in found["rows"])
    assert found["verdict"]["sentence"]
    report = {t.id for t in one.reader.trials(search.id) if one.reader.outcomes(t.id, "report")}
    assert report == {
        t.id
        for t in one.reader.trials(search.id)
        if t.number in {r["trial"] for r in found["rows"]}
    }


def test_the_chosen_trial_is_the_best_of_those_that_saw_all_validation_items(
    bench: MakeBench,
) -> None:
    one = bench()
    one.drive()
    trials = {t.id: t for t in one.reader.trials(one.search.id)}
    field = [i for i, t in trials.items() if t.origin != "ablation"]
    found = {i: one.reader.outcomes(i, "validation") for i in field}
    seen = {
        i: sum(v == v for task in o.values() for v in next(iter(task.values())))
        for i, o in found.items()
        if o is not None
    }
    last = [i for i, count in seen.items() if count == 20]
    assert len(last) == 2
    assert one.search.chosen_trial_id in last
    means = one.reader.means(one.search.id, "validation")

    def fitness(trial_id: int) -> float:
        return (means[trial_id]["letters", "acc"] + 2 * means[trial_id]["words", "acc_norm"]) / 3

    assert fitness(one.search.chosen_trial_id) == max(map(fitness, last))
    rounds = deal(one.splits["validation"], len(seen))
    for size, known in zip(field_sizes(len(seen)), rounds, strict=True):
        assert sum(count >= sum(known.values()) for count in seen.values()) == size
    origins = [trials[i].origin for i in seen]
    assert (origins.count("parent"), origins.count("plain"), origins.count("mean")) == (3, 3, 1)
    estimates = sorted(one.optimizer_trials(), key=lambda t: (-t.fitness, t.number))
    assert {t.model_id for t in estimates[:3]} <= {trials[i].model_id for i in seen}


@pytest.mark.parametrize("racing", ["off", "paired"])
def test_a_trial_that_met_a_part_of_the_items_may_win(bench: MakeBench, racing: str) -> None:
    one = bench(items="rotate", racing=racing, budget={"trials": 30}, seed=0)
    one.drive()
    chosen = next(
        t for t in one.reader.trials(one.search.id) if t.id == one.search.chosen_trial_id
    )
    assert (chosen.origin, one.search.state) == ("optimizer", "finished")
    assert chosen.error is not None
    assert one.search.verdict["overfitting"]["search"] == pytest.approx(chosen.fitness)


def test_no_worker_waits_for_a_generation(bench: MakeBench) -> None:
    one = bench(budget={"trials": 20})
    assert one.drive(slots=5, seed=3).most_at_once == 5
    counted_once(one)


def test_every_worker_count_and_order_of_completion_ends_with_all_trials(bench: MakeBench) -> None:
    for seed in (1, 2):
        one = bench(seed=seed, name=f"s{seed}")
        one.drive(slots=3, seed=seed)
        counted_once(one)


@pytest.mark.parametrize(
    ("optimizer", "racing", "items"),
    [
        ("cma", "irt", "fixed"),
        ("cma", "paired", "fixed"),
        ("tpe", "irt", "rotate"),
        ("tpe", "off", "fixed"),
        ("random", "off", "rotate"),
    ],
)
def test_a_search_stopped_anywhere_ends_as_one_that_was_not(
    bench: MakeBench,
    optimizer: str,
    racing: str,
    items: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp(optimizer)
    same = {"optimizer": {"name": optimizer}, "racing": racing, "items": items}
    twin = bench(**same, store=f"sqlite:///{folder}/twin.db")
    twin.drive()
    broken = bench(**same, store=f"sqlite:///{folder}/broken.db")
    stops = 0
    for die_after in (0, 5, 13, 2, 1, 3, 1, 4, 2, 9, 14, 5, 11, 3, 25, 7, 13, 4):
        try:
            broken.drive(die_after=die_after)
            break
        except KeyboardInterrupt:
            stops += 1
    else:
        broken.drive()
    assert stops >= 8
    counted_once(broken)
    assert story(broken) == story(twin)
    assert broken.search.chosen_trial_id == twin.search.chosen_trial_id
    assert broken.search.verdict == twin.search.verdict


def test_a_lost_attempt_is_tried_again_and_counts_once(bench: MakeBench) -> None:
    lost: set[tuple[str, str]] = set()

    def lose_first(job: Job, result: Result) -> Result:
        key = (job.recipe.digest(), job.split)
        if key in lost:
            return result
        lost.add(key)
        return replace(result, score=None, lost="the worker died")

    one = bench()
    one.drive(slots=2, spoil=lose_first)
    counted_once(one)
    assert sum(a.state == "lost" for a in one.reader.attempts(one.search.id)) == len(lost)


def test_failures_have_reasons_and_never_reach_the_optimizer_as_scores(bench: MakeBench) -> None:
    calls = 0

    def spoil(job: Job, result: Result) -> Result:
        nonlocal calls
        if job.split != "search" or result.score is None:
            return result
        calls += 1
        if calls == 23:
            return replace(result, score=None, failed="merged tensor 'x' has NaN or Inf")
        if calls == 24:
            nan = {
                t: {m: tuple(float("nan") for _ in v) for m, v in ms.items()}
                for t, ms in result.score.outcomes.items()
            }
            return replace(result, score=Score(nan, 0, 0, 0))
        if calls >= 26 and calls <= 28:
            return replace(result, score=None, lost="gone")
        return result

    one = bench()
    one.drive(spoil=spoil)
    counted_once(one)
    failed = [t for t in one.optimizer_trials() if t.state == "failed"]
    assert [t.fitness for t in failed] == [None] * 3
    assert "NaN or Inf" in failed[0].reason
    assert "nan" in failed[1].reason
    assert "lost 3 times: gone" in failed[2].reason
    assert one.search.state == "finished"


def test_a_search_without_any_success_says_why(bench: MakeBench) -> None:
    one = bench()
    calls = 0

    def spoil(job: Job, result: Result) -> Result:
        nonlocal calls
        calls += 1
        return result if calls <= 20 else replace(result, score=None, failed="out of memory")

    with pytest.raises(
        StopError, match="none of the trials could be scored; the reasons: out of memory"
    ):
        one.drive(spoil=spoil)


def test_a_reference_that_cannot_be_scored_stops_the_search(bench: MakeBench) -> None:
    with pytest.raises(StopError, match="reference 'base' cannot be scored: broken"):
        bench().drive(spoil=lambda job, result: replace(result, score=None, failed="broken"))


def test_another_optimizer_than_the_stored_one_is_noticed(bench: MakeBench) -> None:
    one = bench()
    with pytest.raises(KeyboardInterrupt):
        one.drive(die_after=25)
    config = one.opened.config.model_copy(update={"seed": 99})
    one.opened = replace(one.opened, config=config)
    with pytest.raises(StopError, match="asks for another point than it did at trial 20"):
        one.drive()


def test_a_driver_that_was_overtaken_writes_nothing_more(bench: MakeBench) -> None:
    one = bench()
    old = one.ledger()
    one.ledger()
    with pytest.raises(StopError, match="taken over"):
        one.drive(ledger=old)
    assert one.reader.trials(one.search.id) == []


def test_hours_are_a_budget_too(bench: MakeBench) -> None:
    one = bench(budget={"trials": 50, "hours": 1e-9})
    with pytest.raises(StopError, match="no time for a single trial: 1e-09 hours are over"):
        one.drive()
    assert one.optimizer_trials() == []


def test_lineage_holds_parents_and_weights_of_every_candidate(bench: MakeBench) -> None:
    one = bench()
    one.drive()
    edges = one.reader.edges()
    names = {m.id: m.name for m in one.reader.models()}
    for trial in one.optimizer_trials():
        mine = {names[p]: (role, w) for c, p, role, w in edges if c == trial.model_id}
        assert mine.pop("base") == ("base", None)
        expected = {f"weight.{n}": w for n, (_, w) in mine.items()}
        assert expected == pytest.approx(trial.genome)


def test_a_search_waits_while_no_worker_is_there(bench: MakeBench) -> None:
    """All workers being replaced at once must not end the search as if its budget were spent."""
    one = bench()
    absent = iter([False] * 40 + [True, True, True] * 20)

    class Flickering(LocalPool):
        @property
        def free(self) -> int:
            return 0 if next(absent, False) else super().free

    one.pool_class = Flickering
    one.drive()
    counted_once(one)
