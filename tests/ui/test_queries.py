"""What the pages read, from a real database."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from evolve.store import Reader, open_engine
from search_spaces.errors import ConfigError
from ui import queries
from ui.queries import Store


@pytest.fixture
def opened(filled_url: str, reader: Reader) -> Store:
    return Store(filled_url, None, reader)


def test_no_database_is_an_error_and_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "none.db"
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{file}")
    with pytest.raises(ConfigError, match="no database at"):
        queries.open_store()
    assert not file.exists()


def test_a_database_that_was_replaced_is_opened_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "evolve.db"
    monkeypatch.setenv("EVOLVE_STORE", f"sqlite:///{file}")
    open_engine(f"sqlite:///{file}").dispose()
    first = queries.open_store()
    assert queries.open_store().identity == first.identity
    file.rename(tmp_path / "old.db")
    open_engine(f"sqlite:///{file}").dispose()
    assert queries.open_store().identity != first.identity


def test_a_password_is_never_shown() -> None:
    assert "secret" not in queries.shown_url("postgresql+psycopg://me:secret@host/name")


def test_overviews_are_newest_first_and_count_the_optimizers_trials(opened: Store) -> None:
    found = queries.overviews(opened)
    assert [o.search.name for o in found] == ["night", "reasoning-again", "reasoning"]
    counted = [(o.progress["trials"], o.progress["failed"], o.progress["pruned"]) for o in found]
    assert counted == [(13, 1, 2), (12, 0, 0), (28, 2, 0)]


def test_a_search_is_read_again_only_after_a_write(opened: Store) -> None:
    search = opened.reader.find("night")
    first = queries.known(opened, search)
    assert queries.known(opened, search) is first
    written = replace(search, updated_at=search.updated_at + timedelta(seconds=1))
    again = queries.known(opened, written)
    assert again is not first
    assert again.trials.number.tolist() == first.trials.number.tolist()


def test_new_units_have_every_trial_read_again(filled_url: str, tmp_path: Path) -> None:
    file = tmp_path / "evolve.db"
    shutil.copy(filled_url.removeprefix("sqlite:///"), file)
    engine = open_engine(f"sqlite:///{file}")
    store = Store(f"sqlite:///{file}", None, Reader(engine))
    search = store.reader.find("night")
    before = queries.known(store, search)
    with engine.begin() as connection:
        connection.execute(text("update trials set fitness = fitness / 2"))
    later = replace(search, updated_at=search.updated_at + timedelta(seconds=1))
    assert np.array_equal(queries.known(store, later).trials.fitness, before.trials.fitness, True)
    goals = tuple(replace(g, weight=2 * g.weight) for g in search.goals)
    halved = queries.known(store, replace(later, goals=goals)).trials.fitness
    assert np.array_equal(halved, before.trials.fitness / 2, True)
    engine.dispose()


def test_silence_is_counted_from_the_last_write(opened: Store) -> None:
    search = opened.reader.find("night")
    assert queries.silent_s(search, search.updated_at + timedelta(seconds=90)) == 90


def test_a_page_shows_the_chosen_trial_or_the_best_so_far_or_the_one_asked_for(
    opened: Store,
) -> None:
    ended, night = (queries.known(opened, opened.reader.find(n)) for n in ("reasoning", "night"))
    chosen = queries.trial_to_show(opened, ended)
    assert chosen is not None
    assert chosen.id == ended.search.chosen_trial_id
    best = queries.trial_to_show(opened, night)
    assert best is not None
    done = [t for t in opened.reader.trials(night.search.id) if t.state == "done"]
    assert best.fitness == max(t.fitness or 0 for t in done if t.origin == "optimizer")
    asked = queries.trial_to_show(opened, night, 2)
    assert asked is not None
    assert asked.number == 2
    assert queries.trial_to_show(opened, night, 9999) is None
