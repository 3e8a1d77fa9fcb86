"""What the pages read, from a real database."""

from datetime import timedelta
from pathlib import Path

import pytest

from evolve.store import Reader, open_engine
from search_spaces.errors import ConfigError
from ui import queries, tables
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
    frame = tables.searches(queries.overviews(opened))
    assert frame["name"].tolist() == ["night", "reasoning-again", "reasoning"]
    assert frame["trials"].tolist() == ["14 of 40", "12 of 12", "30 of 30"]
    assert frame["state"].tolist() == ["▶ running", "✓ finished", "✓ finished"]
    assert frame["verdict"].tolist() == ["", "= no improvement", "▲ improvement"]
    assert frame["progress"].tolist() == pytest.approx([0.35, 1, 1])


def test_a_search_is_read_again_only_after_a_write(opened: Store) -> None:
    search = opened.reader.find("night")
    first = queries.whole(opened, search)
    assert queries.whole(opened, search) is first


def test_silence_is_counted_from_the_last_write(opened: Store) -> None:
    search = opened.reader.find("night")
    assert queries.silent_s(search, search.updated_at + timedelta(seconds=90)) == 90


def test_only_scored_merges_can_be_exported_the_best_first(opened: Store) -> None:
    trials = opened.reader.trials(opened.reader.find("night").id)
    found = queries.mergeable(trials)
    assert {t.origin for t in found} == {"plain", "one_scale", "optimizer"}
    assert [t.state for t in found[-2:]] == ["pruned", "pruned"]
    scores = [t.fitness for t in found if t.state == "done" and t.fitness is not None]
    assert len(scores) == len(found) - 2
    assert scores == sorted(scores, reverse=True)
    parent = next(t for t in trials if t.origin == "parent")
    assert parent in queries.mergeable(trials, parent.id)
    ended = opened.reader.trials(opened.reader.find("reasoning").id)
    assert "ablation" in {t.origin for t in ended}
    assert "ablation" not in {t.origin for t in queries.mergeable(ended)}


def test_the_report_holds_the_chosen_recipe_first_with_its_intervals(opened: Store) -> None:
    search = opened.reader.find("reasoning")
    frame = tables.report(queries.whole(opened, search).summary, search.goals)
    assert frame["what it is"].tolist()[0] == "chosen"
    assert set(frame["what it is"]) == {
        *["chosen", "base", "parent", "plain merge", "one tuned scale"]
    }
    assert frame["arithmetic acc"].str.match(r"0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]$").all()


def test_a_running_search_has_no_report_columns(opened: Store) -> None:
    search = opened.reader.find("night")
    frame = tables.report(queries.whole(opened, search).summary, search.goals)
    assert frame.columns.tolist() == ["model", "what it is", "search score"]


def test_failures_are_counted_by_reason(opened: Store) -> None:
    trials = opened.reader.trials(opened.reader.find("reasoning").id)
    assert tables.failures(trials) == [("the merged model gives NaN on item 17 of 'copying'", 2)]


def test_trials_say_why_they_failed_and_which_one_is_chosen(opened: Store) -> None:
    search = opened.reader.find("reasoning")
    whole = queries.whole(opened, search)
    frame = tables.trials(whole.trials, whole.means, search.goals, search.chosen_trial_id)
    assert frame["trial"].is_monotonic_decreasing
    assert (frame["origin"] == "chosen").sum() == 1
    failed = frame[frame["state"] == "✕ failed"]
    assert failed["why it failed"].str.contains("NaN").all()
    assert failed["search score"].isna().all()


def test_every_model_has_one_part_in_the_family(opened: Store) -> None:
    family = queries.family(opened)
    roles = [m.role for m in family.members.values()]
    assert roles.count("base") == 1
    assert roles.count("parent") == 2
    assert roles.count("exported") == 1
    assert roles.count("chosen") == 1
    assert set(family.members) == set(family.graph.nodes)


def test_a_trial_that_was_stopped_early_says_on_what_its_score_rests(opened: Store) -> None:
    search = opened.reader.find("night")
    whole = queries.whole(opened, search)
    frame = tables.trials(whole.trials, whole.means, search.goals, None)
    stopped = frame[frame["state"] == "◐ stopped early"]
    assert stopped["items"].tolist() == [24, 24]
    assert stopped["±"].tolist() == [0.0375, 0.0375]
    assert stopped["arithmetic acc"].tolist() == [0.5, 0.5]
    now = whole.summary["progress"]
    assert (now["trials"], now["pruned"], now["failed"]) == (13, 2, 1)
    assert (now["items_spent"], now["items_full"]) == (11 * 120 + 2 * 24, 13 * 120)
    pruned = {t.number for t in whole.trials if t.state == "pruned"}
    assert now["best"]["trial"] not in pruned
