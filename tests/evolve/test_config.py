"""The search file: what is refused and how, what fixes a search."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evolve.cli.telling import next_steps
from evolve.config import read_search, search_digest
from search_spaces.errors import ConfigError

WriteFile = Callable[..., Path]


def test_defaults_are_complete_and_paths_absolute(search_file: WriteFile, tmp_path: Path) -> None:
    config = read_search(
        search_file(
            base="./models/base", parents=["./models/x", "../y+lora"], store=None, optimizer=None
        )
    )
    assert config.base == str(tmp_path / "models/base")
    assert config.parents == {
        "x": str(tmp_path / "models/x"),
        "lora": f"{tmp_path.parent / 'y'}+{tmp_path / 'lora'}",
    }
    assert config.store == f"sqlite:///{tmp_path}/evolve.db"
    assert config.optimizer.name == "auto"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bugdet": 3}, "unknown key 'bugdet'; did you mean 'budget'"),
        ({"budget": {"trails": 3}}, "unknown key 'budget.trails'; did you mean 'trials'"),
        ({"tasks": [{"name": "x", "wieght": 2}]}, "did you mean 'weight'"),
        ({"base": None}, "'base' is missing"),
        ({"tasks": []}, "tasks: "),
        ({"tasks": [{"name": "x"}, {"name": "x"}]}, "listed twice"),
        ({"budget": {"trials": 0}}, "budget.trials"),
        ({"splits": {"search": "many"}}, "splits.search"),
        ({"optimizer": {"name": "adam"}}, "optimizer.name"),
        ({"parents": ["a/x", "b/x"]}, "give them names"),
        ({"parents": {"a": "x", "b": "x"}}, "listed twice"),
        ({"parents": {"a": "x", "b": "./x/"}}, "listed twice"),
        ({"name": "../evil"}, "name: "),
        ({"space": {"method": "tiess"}}, "did you mean 'ties'"),
        ({"dtype": "int4"}, "dtype: expected 'float32', "),
        ({"objectives": ["tasks"], "choose": "kne"}, "choose: expected 'average' or 'knee', "),
        (
            {"objectives": ["tasks"], "choose": {"x": -1}},
            "choose.x: expected a number greater than 0, found -1",
        ),
        ({"objectives": ["tasks"], "choose": {}}, "choose: expected a weight of one"),
        (
            {"space": {"kind": "dataflow", "scale": {"low": 0.5, "high": 2, "start": 1.5}}},
            "space.scale: the search begins at the home parent",
        ),
    ],
)
def test_what_is_wrong_is_named(
    search_file: WriteFile, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_search(search_file(**change))
    assert message in str(caught.value)
    assert "search.yaml" in str(caught.value)


def test_one_mistake_is_told_once(search_file: WriteFile) -> None:
    for change in ({"tasks": [{"name": "x", "wieght": 2}]}, {"choose": "kne"}):
        with pytest.raises(ConfigError) as caught:
            read_search(search_file(**change))
        assert len(str(caught.value).splitlines()) == 1


def test_files_that_are_no_search_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_search(tmp_path / "none.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(ConfigError, match="expected a mapping"):
        read_search(tmp_path / "list.yaml")
    (tmp_path / "broken.yaml").write_text("a: [")
    with pytest.raises(ConfigError, match="not valid YAML"):
        read_search(tmp_path / "broken.yaml")


def test_the_digest_is_of_what_decides_the_result(search_file: WriteFile) -> None:
    def digest(prints: str = "", **changes: Any) -> str:
        config = read_search(search_file(**changes))
        models = [config.base, *config.parents.values()]
        fingerprints = {m: prints + m.rsplit("/", 1)[-1] for m in models}
        return search_digest(config, fingerprints, {"letters": "1", "words": "2"})

    same = digest()
    assert (
        digest(name="other")
        == digest(workers={"count": 4})
        == digest(store="sqlite:///x.db")
        == same
    )
    assert digest(prints="changed ") != same
    turned = {n: config_of(search_file).parents[n] for n in ("c", "b", "a")}
    assert digest(parents=turned) != same  # genes and roles follow the order of parents
    for change in (
        {"seed": 4},
        {"budget": {"trials": 9}},
        {"optimizer": {"name": "tpe"}},
        {"dtype": "bfloat16"},
        {"racing": False},
        {"racing": "paired"},
        {"racing": {"blocks": 4}},
        {"items": "rotate"},
        {"normalize": "parents"},
        {"finalists": 4},
    ):
        assert digest(**change) != same


def test_a_password_in_a_store_url_is_never_shown(tmp_path: Path, search_file: WriteFile) -> None:
    from evolve.store import open_engine

    with pytest.raises(ConfigError) as caught:
        open_engine("postgresql+psycopg://me:secret@127.0.0.1:1/db?connect_timeout=2")
    assert "secret" not in str(caught.value)
    config = read_search(search_file(store="postgresql+psycopg://me:secret@127.0.0.1:1/db"))
    assert "secret" not in str(config.shown())
    assert "secret" not in str(
        next_steps({"verdict": {}, "search": {"digest": "d"}}, config.store, None)
    )
    with pytest.raises(ConfigError, match="no database at"):
        open_engine(f"sqlite:///{tmp_path}/none.db", create=False)
    with pytest.raises(ConfigError, match="not a database URL"):
        open_engine("nonsense")


def config_of(search_file: WriteFile) -> Any:
    return read_search(search_file())
