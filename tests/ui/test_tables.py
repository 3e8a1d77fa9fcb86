"""Searches without a budget, and fronts, as tables."""

from ui import tables

FRONT = {
    "objectives": ["average", "depth", "size"],
    "rows": [
        {"name": "trial 3", "average": 0.5, "scores": [0.5, -12.0, -2.5e6], "chosen": True},
        {"name": "trial 9", "average": 0.4, "scores": [0.4, -10.0, -2e6], "chosen": False},
    ],
}


def test_a_search_without_a_budget_has_no_part_done() -> None:
    endless = {"trials": 7, "failed": 1, "budget": None}
    assert (tables.trials_of(endless), tables.part_done(endless)) == ("8", None)
    limited = {"trials": 7, "failed": 1, "budget": 16}
    assert (tables.trials_of(limited), tables.part_done(limited)) == ("8 of 16", 0.5)


def test_depth_and_size_of_a_front_are_layers_and_millions() -> None:
    frame = tables.front(FRONT)
    assert frame["point"].tolist() == ["trial 3", "trial 9"]
    assert frame["chosen"].tolist() == ["chosen", ""]
    assert frame["depth (layers) ↓"].tolist() == [12.0, 10.0]
    assert frame["size (M parameters) ↓"].tolist() == [2.5, 2.0]
