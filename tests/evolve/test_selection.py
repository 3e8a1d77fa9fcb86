"""The verdict of whole searches: in which unit, held against what, and how it is told."""

from collections.abc import Callable
from io import StringIO

import pytest

from evolve.cli.tables import gains_table, make_console, report_table
from evolve.cli.telling import closing
from evolve.fitness import fitness
from evolve.report import summary
from search_spaces.messages import Job, Result
from tests.evolve.conftest import Bench
from tests.evolve.test_dispatch import scored_as
from tests.evolve.test_driver import counted_once, story

MakeBench = Callable[..., Bench]


def test_tasks_count_in_their_parents_range_also_in_a_search_that_was_stopped(
    bench: MakeBench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("range")
    twin = bench(normalize="parents", store=f"sqlite:///{folder}/twin.db")
    twin.drive()
    broken = bench(normalize="parents", store=f"sqlite:///{folder}/broken.db")
    for die_after in (3, 12, 2, 5, 3, 9, 8):
        with pytest.raises(KeyboardInterrupt):
            broken.drive(die_after=die_after)
    broken.drive()
    counted_once(broken)
    assert story(broken) == story(twin)
    search = broken.search
    assert search.goals == twin.search.goals
    assert search.verdict == twin.search.verdict
    assert search.verdict["unit"] == "parents' range"
    trials = broken.reader.trials(search.id)
    ends = {}
    for trial in trials:
        found = broken.reader.outcomes(trial.id, "search")
        if trial.state == "done" and found is not None:
            assert trial.fitness == pytest.approx(fitness(search.goals, found))
            if trial.origin in ("base", "parent"):
                ends[trial.id] = [fitness([goal], found) for goal in search.goals]
    assert [min(task) for task in zip(*ends.values(), strict=True)] == pytest.approx([0, 0])
    assert all(max(task) <= 1 + 1e-9 for task in zip(*ends.values(), strict=True))
    for trial in trials:
        if trial.state == "pruned":
            assert -3 < trial.fitness < 3
    shown = summary(broken.reader, search)
    assert shown["search"]["unit"] == "parents' range"
    first = next(r for r in shown["rows"] if r["role"] == "base")
    assert 0 <= first["tasks"]["letters"]["mean"] <= 1  # in its own metric
    table = make_console(StringIO())
    table.print(report_table(shown))
    assert "of the parents' range" in table.file.getvalue().replace("\n", " ")


def test_an_optimizers_mean_that_is_chosen_has_a_search_score_too(bench: MakeBench) -> None:
    tried: set[str] = set()

    def spoil(job: Job, result: Result) -> Result:
        if job.split == "search":
            tried.add(job.recipe.digest())
        best = job.split == "validation" and job.recipe.digest() not in tried
        return scored_as(result, 1.0) if best else result

    one = bench()
    one.drive(spoil=spoil)
    chosen = one.reader.trial(one.search.chosen_trial_id)
    assert chosen.origin == "mean"
    assert chosen.fitness is not None
    found = one.search.verdict["overfitting"]
    assert found["search"] == pytest.approx(chosen.fitness)
    assert found["gap"]["mean"] == pytest.approx(found["search"] - found["report"])
    assert found["report"] == pytest.approx(one.search.verdict["score"]["mean"])
    assert found["best"] is None or found["best"] <= 1


def test_gains_are_told_per_task_and_older_verdicts_still_shown(bench: MakeBench) -> None:
    one = bench()
    one.drive()
    found = summary(one.reader, one.search)
    verdict = found["verdict"]
    assert verdict["corrected_for"] in (6, 7)  # without itself, where a reference was chosen
    assert set(verdict["tasks"]) == {"letters", "words"}
    table = make_console(StringIO())
    gains = gains_table(found)
    assert gains is not None
    table.print(gains)
    text = table.file.getvalue()
    assert all(word in text for word in ("over the best parent", "letters", "weighted average"))
    assert any("Overfitting: " in line for line in closing(found))
    for key in ("tasks", "corrected_for", "unit", "overfitting"):
        del verdict[key]
    del found["search"]["unit"]
    assert gains_table(found) is None
    assert not any("Overfitting" in line for line in closing(found))
    assert closing(found)[0]
    make_console(StringIO()).print(report_table(found))
