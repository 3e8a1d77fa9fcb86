"""What commands say of cost: while a search runs, in its tables, and in a plan."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from evolve.cli.before_limits import refuse_too_little, with_price
from evolve.cli.plan_tables import print_plan
from evolve.cli.planning import plan
from evolve.cli.searches import open_search
from evolve.cli.tables import make_console, searches_table
from evolve.cli.telling import closing, cost_words, progress_lines
from evolve.cli.watching import describe
from evolve.pricing import money
from evolve.progress import Progress
from evolve.report import progress, summary
from evolve.store import Reader, open_engine
from search_spaces.errors import ConfigError
from tests.evolve.conftest import QUICK, Bench

MakeBench = Callable[..., Bench]


def shown(*things: object) -> str:
    """As it is printed elsewhere than on a terminal."""
    console = make_console()
    with console.capture() as captured:
        for thing in things:
            console.print(thing)
    return captured.get()


@given(st.floats(0, 1e7))
def test_money_is_never_nothing_where_there_is_some(usd: float) -> None:
    text = money(usd)
    assert "$" in text
    if usd >= 1e-4:
        value = float(text.replace("$", "").replace(",", ""))
        assert value == pytest.approx(usd, rel=0.06, abs=0.005 if usd >= 0.995 else 0)


def test_a_live_line_says_spent_projected_and_per_trial() -> None:
    now = Progress(
        "search", 10, 40, elapsed_s=600.0, workers=2, worker_s=1800.0, price=4.0, closing_s=300.0
    )
    # 30 trials at one a minute and 5 minutes of closing, with 2 workers: 70 minutes of workers.
    assert describe(now).endswith("$2.00 spent, about $6.67 in all, $0.20 per trial")
    assert "$" not in describe(replace(now, price=None))
    assert describe(replace(now, phase="report")).endswith("  $2.00 spent")
    assert describe(replace(now, total=None)).endswith("$2.00 spent, $0.20 per trial")
    timed = replace(now, total=None, limit_s=900.0)  # 15 minutes, with 2 workers
    assert describe(timed).endswith("$2.00 spent, about $4.00 in all, $0.20 per trial")


@pytest.fixture(scope="module")
def driven(family: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A search of 4 trials that has ended, with a price."""
    import yaml

    folder = tmp_path_factory.mktemp("priced")
    data: dict[str, Any] = {
        "name": "priced",
        "base": str(family / "base"),
        "parents": {name: str(family / name) for name in ("a", "b")},
        "dtype": "float32",
        "space": {"method": "task_arithmetic"},
        "optimizer": "random",
        "tasks": [{"name": "letters"}],
        "task_folders": [str(family / "tasks")],
        "budget": {"trials": 4},
        "workers": {"count": 3, "usd_per_hour": 1000.0},
        "store": f"sqlite:///{folder}/evolve.db",
    }
    file = folder / "search.yaml"
    file.write_text(yaml.safe_dump(data | QUICK))
    one = Bench(file)
    one.drive(slots=3)
    yield one
    one.engine.dispose()


def test_a_finished_search_says_what_it_cost(driven: Bench) -> None:
    search, found = driven.search, summary(driven.reader, driven.search)
    now = found["progress"]
    assert now["usd_spent"] == pytest.approx(search.worker_s / 3600 * 1000, abs=1e-3)
    assert now["usd_projected"] == now["usd_spent"]
    assert now["usd_per_trial"] == pytest.approx(now["usd_spent"] / 4, rel=1e-2)
    assert (now["usd_left"], now["usd_per_hour"]) == (0, 1000)
    lines = closing(found)
    assert any(line.startswith(f"Cost: {money(now['usd_spent'])} spent (") for line in lines)
    assert money(now["usd_spent"]) in shown(searches_table([found]))


def test_a_search_that_goes_on_says_what_is_to_come(driven: Bench) -> None:
    tally = driven.reader.tally(driven.search.id)
    left = replace(
        driven.search,
        state="running",
        active_s=100.0,
        worker_s=300.0,
        config=driven.search.config | {"budget": {"trials": 8}},
    )
    now = progress(left, tally, closing_s=50.0)
    assert now["seconds_left"] == 100 + 50  # four of eight trials took 100 s
    assert now["usd_left"] == pytest.approx(3 * 150 / 3600 * 1000, abs=1e-3)
    assert now["usd_projected"] == pytest.approx(3 * 250 / 3600 * 1000, abs=1e-3)
    assert cost_words(now)[1] == f"about {money(now['usd_projected'])} in all"
    timed = left.config | {"budget": {"trials": None, "usd": 100.0}}
    now = progress(replace(left, config=timed), tally, closing_s=50.0)
    assert now["usd_projected"] == pytest.approx(100.0, abs=0.01)
    whole = {"search": {"name": "x", "digest": "0" * 32, "state": "running"}, "verdict": None}
    assert "about $100.00 in all" in shown(progress_lines(whole | {"progress": now}))


def test_without_a_price_nothing_is_said(driven: Bench) -> None:
    found = summary(
        driven.reader, replace(driven.search, config=driven.search.config | {"workers": {}})
    )
    assert {v for k, v in found["progress"].items() if k.startswith("usd")} == {None}
    assert not [line for line in closing(found) if "Cost" in line]
    assert "cost" not in shown(searches_table([found]))


def test_a_plan_forecasts_from_an_earlier_search_of_the_store(
    driven: Bench, tmp_path: Path
) -> None:
    text = driven.opened.path.read_text()
    file = tmp_path / "next.yaml"
    file.write_text(text.replace("seed: 0", "").replace("trials: 4", "trials: 40") + "seed: 9\n")
    found = plan(open_search(file))
    forecast = found["forecast"]
    assert forecast["from"]["name"] == "priced"
    assert forecast["usd_per_trial"] == pytest.approx(forecast["trial_s"] / 3.6, rel=0.05)
    assert forecast["total_s"] > 40 / 3 * forecast["trial_s"]
    assert forecast["usd"] == pytest.approx(forecast["total_s"] * 3 / 3.6, rel=0.05)
    assert json.loads(json.dumps(found))["usd_per_hour"] == 3000.0
    console = Console(width=200)
    with console.capture() as captured:
        print_plan(console, found)
    assert "as measured in search 'priced'" in captured.get()
    file.write_text(file.read_text().replace(str(tmp_path), "").replace("float32", "bfloat16"))
    assert plan(open_search(file))["forecast"] is None  # other weights, other speed


def test_a_limit_that_is_surely_too_small_is_refused_before_the_start(
    driven: Bench, tmp_path: Path
) -> None:
    file = tmp_path / "next.yaml"
    file.write_text(driven.opened.path.read_text() + "seed: 9\n")
    opened = open_search(file)
    for limits in ((1e-6, None), (None, 1e-6)):
        with pytest.raises(ConfigError, match="as search 'priced'"):
            refuse_too_little(opened, driven.reader, *limits)
    refuse_too_little(opened, driven.reader, 10.0, 1e6)
    refuse_too_little(driven.opened, driven.reader, 1e-6, None)  # which has trials, and goes on


def test_dollars_need_a_price(
    search_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKY_RUNTIME_DIR", os.devnull)
    opened = open_search(search_file())
    assert with_price(opened, None) == (opened, [])
    with pytest.raises(ConfigError, match=r"--max-usd: .*not known; set workers.usd_per_hour"):
        with_price(opened, 5.0)
    opened = open_search(search_file(workers={"gpu": "H100"}))
    assert "keeps no catalogue" in with_price(opened, None)[1][0]


def test_no_store_is_no_forecast(search_file: Callable[..., Path], tmp_path: Path) -> None:
    opened = open_search(search_file(store=f"sqlite:///{tmp_path}/none.db"))
    found = plan(opened)
    assert (found["forecast"], found["price"]["usd_per_hour"]) == (None, None)
    assert not (tmp_path / "none.db").exists()
    assert Reader(open_engine(f"sqlite:///{tmp_path}/none.db")).searches() == []
