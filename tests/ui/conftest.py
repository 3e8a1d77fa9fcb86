"""A real database, filled through the Ledger as a driver does, with outcomes that hang together.

Searches: `reasoning` (finished), `reasoning-again` (finished; a parent is the exported merge of
the first one) and `night` (running, with a failed trial, two that were stopped early and one that
is being scored).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit import config

from evolve.ablations import Scored, gains, plan
from evolve.config import SearchConfig, search_digest
from evolve.fitness import Goal, fitness
from evolve.report import references
from evolve.selection import judge, overfit
from evolve.store import Ledger, NewTrial, Reader, TrialRow, open_engine
from evolve.store.texts import pack
from evolve.store.writing import record_export
from search_spaces.messages import ItemText, Result, Score
from search_spaces.parameters import ParameterSpace, build_space
from search_spaces.recipe import Recipe, stored_recipe
from search_spaces.references import alone, one_scales, plain_merges
from search_spaces.resolve import mean_weights
from ui import states

BASE = "/models/small-base"
MATHS, CODE = "/models/small-maths", "/models/small-code"
EXPORTED = "/models/reasoning-merged"
TASKS = ("arithmetic", "copying")
ITEMS = {"search": 60, "validation": 60, "report": 200}
# How much better than the base a model is on each task, and the weight at which a merge gets all
# of that: unequal, so that no single scale for all parents reaches it.
SKILLS = {
    BASE: (0.0, 0.0),
    MATHS: (0.34, 0.02),
    CODE: (0.03, 0.3),
    EXPORTED: (0.3, 0.26),
}
PEAKS = {MATHS: 1.0, CODE: 0.45, EXPORTED: 0.5}
OOM = "out of memory on cuda:0: 1.2 GiB asked, 0.4 GiB free"


def quality(recipe: Recipe) -> tuple[float, ...]:
    """Expected accuracy per task: the nearer a weight to its peak, the more skill comes over."""
    weights = mean_weights(recipe)
    if len(weights) == 1 and recipe.merge_method == "linear":
        return tuple(0.4 + s for s in SKILLS[next(iter(weights))])
    total = sum(weights.values()) if recipe.merge_method == "linear" else 1.0
    found = np.full(len(TASKS), 0.4)
    for model, weight in weights.items():
        part = weight / total
        found += np.array(SKILLS[model]) * (1 - (part - PEAKS[model]) ** 2 / 0.3)
    found -= 0.05 * max(0.0, sum(weights.values()) / total - 1.6)
    return tuple(np.clip(found, 0.05, 0.95).tolist())


def texts_of(task: str) -> dict[int, ItemText]:
    """What the items of a task say; every tenth has no choices."""
    found = {}
    for n in range(max(ITEMS.values())):
        right, choices = str(3 * n), (str(3 * n), str(3 * n + 1), str(2 * n))
        asked = f"Question {n} of {task}:\nwhat is {n} + {2 * n}?\nAnswer:"
        found[n] = ItemText(asked, () if n % 10 == 9 else choices, right)
    return found


@dataclass
class Filled:
    """A search that is being filled, as a driver would."""

    ledger: Ledger
    config: SearchConfig
    space: ParameterSpace
    goals: tuple[Goal, ...]
    ids: dict[str, int]
    fingerprints: dict[str, str]
    rng: np.random.Generator
    outcomes: dict[tuple[int, str], dict[str, dict[str, tuple[float, ...]]]] = field(
        default_factory=dict
    )

    def add(self, origin: str, name: str, recipe: Recipe, **more: Any) -> int:
        new = NewTrial(
            origin=origin,
            name=name,
            recipe=recipe.to_json(),
            recipe_digest=recipe.digest(self.fingerprints),
            base_id=self.ids[BASE],
            parents={self.ids[m]: w for m, w in mean_weights(recipe).items()},
            **more,
        )
        return self.ledger.add_trial(new).id

    def stop(self, trial_id: int, recipe: Recipe, items: int) -> None:
        """Scored on the first `items` search items of each task only, by racing."""
        attempt = self.ledger.start_attempt(trial_id, "search")
        found = {
            task: {"acc": tuple(np.repeat([1.0, 0.0], items)[::2].tolist())} for task in TASKS
        }
        mask = tuple(i < items for i in range(ITEMS["search"]))
        self.ledger.finish_attempt(
            Result(attempt, "w0", Score(found, 0.2, 0.4, 2_000)),
            trial_id=trial_id,
            split="search",
            fitness=sum(quality(recipe)) / 2,
            error=0.0375,
            pruned=True,
            seen=dict.fromkeys(TASKS, mask),
            tell=True,
            spent_s=0.7,
        )

    def score(self, trial_id: int, recipe: Recipe, split: str = "search") -> float:
        luck = {t: np.random.default_rng([3, i, ITEMS[split]]) for i, t in enumerate(TASKS)}
        found = {}
        for task, expected in zip(TASKS, quality(recipe), strict=True):
            hard = luck[task].random(ITEMS[split])
            noise = self.rng.normal(0, 0.12, ITEMS[split])
            found[task] = {"acc": tuple((hard + noise < expected).astype(float).tolist())}
        self.outcomes[trial_id, split] = found
        attempt = self.ledger.start_attempt(trial_id, split)
        value = fitness(self.goals, found)
        self.ledger.finish_attempt(
            Result(attempt, "w0", Score(found, 0.2, 1.9, 12_000)),
            trial_id=trial_id,
            split=split,
            fitness=value,
            tell=split == "search",
            spent_s=2.1,
        )
        return value

    def fail(self, trial_id: int, reason: str) -> None:
        attempt = self.ledger.start_attempt(trial_id, "search")
        self.ledger.finish_attempt(
            Result(attempt, "w1", failed=reason),
            trial_id=trial_id,
            split="search",
            fitness=None,
            tell=True,
            spent_s=0.7,
        )

    def references(self) -> dict[int, Recipe]:
        parents, dtype = self.config.parents, self.config.dtype
        wanted = [("base", "base", alone(BASE, dtype))]
        wanted += [("parent", n, alone(ref, dtype)) for n, ref in parents.items()]
        wanted += [("plain", n, r) for n, r in plain_merges(BASE, parents, dtype).items()]
        wanted += [
            ("one_scale", f"one scale {scale:g}", r)
            for scale, r in one_scales(BASE, parents, dtype).items()
        ]
        found = {self.add(*one): one[2] for one in wanted}
        for trial_id, recipe in found.items():
            self.score(trial_id, recipe)
        return found

    def ask(self, count: int, first: int) -> dict[int, Recipe]:
        """Trials that close in on good weights, as an optimizer does."""
        found = {}
        named = {name: PEAKS[ref] for name, ref in self.config.parents.items()}
        genes = self.space.space.genes
        centre = self.space.space.encode({g.name: named[g.name.split(".")[1]] for g in genes})
        for index in range(count):
            spread = 0.32 * (1 - index / max(2, count)) + 0.03
            point = np.clip(self.rng.normal(centre, spread), 0, 1)
            genome = self.space.space.decode(point)
            recipe = self.space.recipe(genome)
            name = f"trial {first + index}"
            trial_id = self.add("optimizer", name, recipe, point=point.tolist(), genome=genome)
            found[trial_id] = recipe
        return found


def start(
    engine: Any, name: str, parents: dict[str, str], trials: int, seed: int, groups: int = 2
) -> Filled:
    config = SearchConfig.model_validate(
        {
            "name": name,
            "base": BASE,
            "parents": parents,
            "space": {"layer_groups": groups},
            "tasks": [{"name": t} for t in TASKS],
            "splits": ITEMS,
            "budget": {"trials": trials},
            "seed": seed,
        }
    )
    fingerprints = {m: f"{i + 1:x}" * 32 for i, m in enumerate(SKILLS)}
    space = build_space(config.space, BASE, parents, layers=8, dtype="bfloat16", seed=seed)
    goals = tuple(Goal(t.name, "acc", t.weight) for t in config.tasks)
    ledger = Ledger.open(
        engine,
        digest=search_digest(config, fingerprints, {t: "0" for t in TASKS}),
        name=name,
        config=config.model_dump(mode="json"),
        genes=[{"name": g.name, "low": g.low, "high": g.high} for g in space.space.genes],
        goals=[asdict(goal) for goal in goals],
        holder="laptop:4242",
    )
    ids = {}
    for model in (BASE, *parents.values()):
        kind = "base" if model == BASE else "parent"
        known = next((n for n, ref in parents.items() if ref == model), model.split("/")[-1])
        ids[model] = ledger.add_model(
            kind=kind, name=known, digest=fingerprints[model], reference=model
        )
    ledger.set_splits({s: {t: tuple(range(n)) for t in TASKS} for s, n in ITEMS.items()})
    ledger.set_texts({t: pack(texts_of(t)) for t in TASKS})
    return Filled(ledger, config, space, goals, ids, fingerprints, np.random.default_rng(seed))


def finish(
    filled: Filled, reader: Reader, held: dict[int, Recipe], mine: dict[int, Recipe]
) -> int:
    """Finalists, the chosen trial and the verdict; gives the chosen trial's id."""
    scored = {t: filled.score(t, r) for t, r in mine.items()}
    best = sorted(scored, key=lambda t: -scored[t])[:4]
    values = {t: filled.score(t, mine[t], "validation") for t in best}
    chosen = max(best, key=lambda t: values[t])
    filled.ledger.flush()
    kept = references(reader.trials(filled.ledger.search_id))
    filled.ledger.choose(chosen)
    attribute(filled, reader.trial(chosen))
    for trial_id in [chosen, *(t.id for t in kept)]:
        filled.score(trial_id, (mine | held)[trial_id], "report")

    def of(origin: str) -> dict[str, Any]:
        return {t.name: filled.outcomes[t.id, "report"] for t in kept if t.origin == origin}

    verdict = judge(
        filled.goals,
        filled.outcomes[chosen, "report"],
        parents=of("parent"),
        plain=of("plain"),
        one_scale=next(iter(of("one_scale").items())),
        name=reader.trial(chosen).name,
        seed=filled.config.seed,
        overfitting=overfit(
            filled.goals,
            search=filled.outcomes[chosen, "search"],
            score=None,
            error=None,
            report=filled.outcomes[chosen, "report"],
            best=max(scored.values()),
            seed=filled.config.seed,
        ),
    )
    filled.ledger.finish(asdict(verdict))
    return chosen


def attribute(filled: Filled, chosen: TrialRow) -> None:
    """The chosen trial without each parent and gene, on validation items."""
    winner = stored_recipe(chosen.recipe).digest(filled.fingerprints)
    found = plan(filled.space, chosen.genome or {}, filled.fingerprints, 5)
    scored = {winner: Scored(chosen.number, filled.outcomes[chosen.id, "validation"])}
    for ablation in found:
        if ablation.recipe is not None and ablation.digest not in scored:
            trial = filled.add("ablation", ablation.title, ablation.recipe)
            filled.score(trial, ablation.recipe, "validation")
            answers = filled.outcomes[trial, "validation"]
            scored[str(ablation.digest)] = Scored(trial, answers)
    rows = gains(found, scored, scored[winner].outcomes or {}, filled.goals, filled.config.seed)
    filled.ledger.attribute({"rows": rows})


def fill(url: str) -> None:
    """Makes the three searches."""
    engine = open_engine(url)
    reader = Reader(engine)
    first = start(engine, "reasoning", {"maths": MATHS, "code": CODE}, 30, seed=1)
    held = first.references()
    mine = first.ask(28, len(held))
    late = first.ask(2, len(held) + 28)
    for trial_id in late:
        first.fail(trial_id, "the merged model gives NaN on item 17 of 'copying'")
    chosen = finish(first, reader, held, mine)
    record_export(engine, reader.trial(chosen).model_id, "4" * 32, EXPORTED, "reasoning-merged")

    second = start(engine, "reasoning-again", {"merged": EXPORTED, "code": CODE}, 12, seed=2)
    held = second.references()
    finish(second, reader, held, second.ask(12, len(held)))

    third = start(engine, "night", {"maths": MATHS, "code": CODE}, 40, seed=3)
    held = third.references()
    mine = third.ask(15, len(held))
    for index, (trial_id, recipe) in enumerate(mine.items()):
        if index == 6:
            third.fail(trial_id, OOM)
        elif index in (4, 9):
            third.stop(trial_id, recipe, 12)
        elif index < 14:
            third.score(trial_id, recipe)
        else:
            third.ledger.start_attempt(trial_id, "search")
    third.ledger.flush()
    for one in (first, second, third):
        one.ledger.close()
    engine.dispose()


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As ui/.streamlit/config.toml says where Streamlit is started on app.py."""
    monkeypatch.delenv("EVOLVE_UI_ALLOW", raising=False)
    before = config.get_option("server.address")
    config.set_option("server.address", "127.0.0.1")
    yield
    config.set_option("server.address", before)


@pytest.fixture(autouse=True)
def unbroken() -> Iterator[None]:
    """No page meets an error of its own."""
    states.broken.clear()
    yield
    assert list(states.broken) == []


@pytest.fixture(scope="session")
def filled_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that tests only read."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'evolve.db'}"
    fill(url)
    return url


@pytest.fixture
def reader(filled_url: str) -> Iterator[Reader]:
    engine = open_engine(filled_url, create=False)
    yield Reader(engine)
    engine.dispose()


@pytest.fixture
def store(filled_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The pages' environment: the filled database."""
    monkeypatch.setenv("EVOLVE_STORE", filled_url)
    yield filled_url
    st.cache_resource.clear()


@pytest.fixture
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The pages' environment: a database without a search."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    open_engine(url).dispose()
    monkeypatch.setenv("EVOLVE_STORE", url)
    yield url
    st.cache_resource.clear()
