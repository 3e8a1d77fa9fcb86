"""The hint of contamination: its error, what it holds against whom, and that a search tells it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from evolve.cli.app import app
from evolve.contamination import as_data, hints, holm, p_value, probe_items, told
from evolve.report import summary
from search_spaces.messages import PROBE, Job, Result
from tests.evolve.conftest import Bench

MakeBench = Callable[..., Bench]


def probed(
    generator: np.random.Generator, pairs: int, liking: float, scale: float, tails: str
) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) of two models that like the own order equally, one of them `scale` times surer."""
    noise = {
        "normal": generator.standard_normal,
        "heavy": lambda size: generator.standard_t(3, size),
        "skewed": lambda size: generator.exponential(size=size) - 1,
    }[tails]
    likings = liking * np.exp(0.5 * generator.standard_normal(pairs))
    found = []
    for one in (scale, 1.0):
        values = one * noise((pairs, 3))
        values[:, 0] += one * likings
        others = values[:, 1:]
        found.append(np.column_stack([values[:, 0] - others.mean(1), others.std(1, ddof=1)]))
    return found[0], found[1]


@pytest.mark.slow
@pytest.mark.parametrize("tails", ["normal", "heavy", "skewed"])
@pytest.mark.parametrize("liking", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_models_that_differ_in_nothing_or_in_how_sure_they_are_are_not_suspect(
    tails: str, liking: float, scale: float
) -> None:
    generator = np.random.default_rng([len(tails), int(liking), int(scale)])
    p = np.array([p_value(*probed(generator, 48, liking, scale, tails)) for _ in range(500)])
    assert (p < 0.05).mean() < 0.08
    assert (p < 0.01).mean() < 0.025


def test_who_likes_the_own_order_more_is_suspect_but_not_who_dislikes_it_less() -> None:
    generator = np.random.default_rng(5)
    ours, theirs = probed(generator, 48, 0.0, 1.0, "normal")
    more = ours + np.array([2.0, 0.0])
    assert p_value(more, theirs) < 1e-6
    assert p_value(ours, theirs - np.array([2.0, 0.0])) > 0.01
    assert p_value(theirs, more) > 0.01


def test_holm_is_in_the_order_given_and_never_above_one() -> None:
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_hints_pair_items_and_correct_for_all_tests() -> None:
    generator = np.random.default_rng(6)

    def outcomes(more: float) -> dict[str, dict[str, list[float]]]:
        ours, _ = probed(generator, 20, 0.0, 1.0, "normal")
        ours[:4] = 0.0  # not probed
        ours[4:, 0] += more
        return {"quiz": {"items": ours[:, 0].tolist(), "items spread": ours[:, 1].tolist()}}

    base = outcomes(0.0)
    parents = {"knows": outcomes(3.0), "clean": outcomes(0.0)}
    first, second = hints(base, parents)
    assert (first.parent, first.task, first.probe, first.items) == ("knows", "quiz", "items", 16)
    assert first.flagged and not second.flagged
    assert first.p_corrected == 2 * first.p
    assert first.effect == pytest.approx(3.0, abs=1.5)
    warnings, rest = told(as_data(base, parents, ["quiz", "other"], {}))
    assert len(warnings) == 1 and "parent 'knows' seems to know task 'quiz'" in warnings[0]
    assert "not tested: knows on other, clean on other" in rest
    _, rest = told(as_data(base, {"clean": parents["clean"]}, ["quiz"], {}))
    assert rest.startswith("Contamination: no sign in 1 test")
    _, rest = told(as_data(None, {"clean": None}, ["quiz"], {"base 'base'": "out of memory"}))
    assert "no test could be made" in rest and "out of memory" in rest
    assert told(None) == ([], "Contamination: not tested in this search.")


def test_no_probed_item_stands_before_another_one() -> None:
    found = probe_items({"quiz": tuple(np.random.default_rng(1).permutation(300).tolist())})
    items = set(found["quiz"])
    assert len(items) == 48
    assert 0 not in items
    assert not any(item - 1 in items for item in items)


def test_a_search_probes_base_and_parents_once_and_tells(bench: MakeBench) -> None:
    asked: list[Job] = []

    def stopped(job: Job, result: Result) -> Result:
        asked.extend([job] if job.split == PROBE else [])
        if len(asked) == 3:
            raise KeyboardInterrupt
        return result

    one = bench(racing="off")
    with pytest.raises(KeyboardInterrupt):
        one.drive(slots=2, spoil=stopped)
    assert len(one.reader.attempts(one.search.id)) > 20
    one.drive(slots=2)
    attempts = [a for a in one.reader.attempts(one.search.id) if a.split == PROBE]
    done = [a.trial_id for a in attempts if a.state == "done"]
    origins = sorted(one.reader.trial(i).origin for i in done)
    assert origins == ["base", "parent", "parent", "parent"]
    found = summary(one.reader, one.search)["contamination"]
    rows = {(r["parent"], r["task"], r["probe"]) for r in found["rows"]}
    assert rows >= {(parent, "letters", "items") for parent in "abc"}
    shown = CliRunner().invoke(
        app, ["report", one.search.digest[:8], "--store", one.opened.config.store]
    )
    assert shown.exit_code == 0, shown.output
    assert "Contamination: " in shown.output


def test_a_suspect_parent_is_a_warning_and_a_failed_probe_is_no_failed_search(
    bench: MakeBench,
) -> None:
    def spoiled(job: Job, result: Result) -> Result:
        if job.split != PROBE or result.score is None:
            return result
        model = job.recipe.models[0].model
        if model.endswith("/b"):
            return replace(result, score=None, failed="the probe is broken")
        known = result.score.outcomes | {
            "letters": {
                probe: tuple(
                    v + 50.0 if model.endswith("/c") and probe == "items" else v for v in o
                )
                for probe, o in result.score.outcomes["letters"].items()
            }
        }
        return replace(result, score=replace(result.score, outcomes=known))

    one = bench(racing="off")
    one.drive(spoil=spoiled)
    assert one.search.state == "finished"
    shown = CliRunner().invoke(
        app, ["report", one.search.digest[:8], "--store", one.opened.config.store]
    )
    assert "Warning: parent 'c' seems to know task 'letters'" in shown.output
    assert "it failed for parent 'b': the probe is broken" in shown.output
    assert summary(one.reader, one.search)["contamination"]["flagged"] == 1
