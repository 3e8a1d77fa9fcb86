"""The command as a user runs it: real processes, a real Ray, a real database, killed for real."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors.torch import load_file
from typer.testing import CliRunner

from evolve.cli.app import app
from evolve.store import Reader, open_engine
from search_spaces.errors import ConfigError
from search_spaces.recipe import parse_recipe

WriteFile = Callable[..., Path]
HERE = {
    **os.environ,
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "PYTHONWARNINGS": "ignore",
}


def evolve(
    *arguments: object, check: bool = True, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    found = subprocess.run(
        [sys.executable, "-m", "evolve", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=HERE,
        cwd=cwd,
        timeout=300,
        check=False,
    )
    assert not check or found.returncode == 0, found.stderr
    return found


def here(*arguments: object) -> str:
    """What `evolve` prints, in this process, which saves seconds. Raises what it raises."""
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(app, words, catch_exceptions=False).stdout


def planned(file: Path, *more: str) -> str:
    return here("plan", file, *more)


def as_json(*arguments: object) -> Any:
    return json.loads(evolve(*arguments, "--json").stdout)


def shape(value: Any) -> Any:
    """The keys of a JSON value, lists by their first element; what is null fits anything."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else "value"


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    script = (
        "import sys; from evolve.cli.app import app; from typer.testing import CliRunner; "
        "result = CliRunner().invoke(app, ['--help']); assert 'report' in result.output; "
        "heavy = {'torch', 'ray', 'transformers', 'lm_eval', 'optuna', 'sqlalchemy', 'streamlit'} "
        "& set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=HERE)


def test_plan_shows_every_default(search_file: WriteFile) -> None:
    found = as_json("plan", search_file())
    assert [g["name"] for g in found["genes"]] == ["weight.a", "weight.b", "weight.c"]
    assert found["items"]["report"] == {"letters": 18, "words": 18}
    assert (found["dimension"], found["population"], found["trials"]) == (3, 7, 8)
    assert found["config"]["optimizer"]["sigma"] == pytest.approx(1 / 6)
    assert found["racing"] == {"method": "irt", "blocks": 12, "error": 0.05, "items": "fixed"}
    assert (found["optimizer"], found["why"], found["remarks"]) == ("cma", None, [])
    assert found["starts"] == {"model stock": 1, "greedy soup": 2, "earlier winners": 5}
    text = planned(search_file())
    for word in (
        "weight.a",
        "population 7",
        "36 (letters 18, words 18)",
        "GiB per worker",
        "irt, 12 blocks of search items",
        "batch_tokens",
        "up to 33 on search items (17 references + up to 8 starts + 8 trials)",
    ):
        assert word in text


def test_plan_says_why_and_what_holds_only_under_a_choice(search_file: WriteFile) -> None:
    file = search_file(
        space={"kind": "dataflow"},
        optimizer="auto",
        objectives=["average", "depth"],
        choose="knee",
        budget={"trials": None, "usd": 2},
        workers={"count": 2, "usd_per_hour": 0.5},
    )
    text = planned(file)
    for word in (
        "nsga2, NSGA-II",
        "chosen by auto",
        "2 objectives: NSGA-II breeds their Pareto front",
        "average, depth; the knee of the front",
        "each objective wants its own score",
        "run.s* = run",
        "Genes (40)",
        "after $2 spent",
        "$1.00 per hour (2 x $0.50); it ends at $2.00 at the latest",
        "merged models of up to 8 layers",
        "trials without a limit",
    ):
        assert word in text, word
    found = json.loads(planned(file, "--json"))
    assert found["genes"][1]["when"] == {"gene": "run.s0", "is": ["run"]}
    assert (found["optimizer"], found["trials"], found["usd_per_hour"]) == ("nsga2", None, 1.0)
    assert found["objectives"] == ["average", "depth"]


def test_plan_of_a_mergekit_evolve_file_says_what_is_added(family: Path, tmp_path: Path) -> None:
    data = {
        "genome": {
            "models": [str(family / n) for n in ("a", "b")],
            "merge_method": "linear",
            "layer_granularity": 2,
        },
        "tasks": [{"name": "letters"}],
        "task_folders": [str(family / "tasks")],
        "splits": {"search": 12, "validation": 10, "report": 18},
        "apply_chat_template": False,
        "base": str(family / "base"),
    }
    file = tmp_path / "genome.yaml"
    file.write_text(yaml.safe_dump(data))
    remarks = json.loads(planned(file, "--json"))["remarks"]
    text = planned(file)
    assert len(remarks) > 3
    assert all(f"- {remark}" in text for remark in remarks)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bugdet": {}}, "did you mean 'budget'"),
        ({"parents": ["/none/x"]}, "no folder /none/x"),
        ({"tasks": [{"name": "leters"}], "task_folders": []}, "unknown task 'leters'"),
        ({"splits": {"search": 50}}, "different items; search 50"),
        ({"space": {"layer_groups": 9}}, "9 groups, but the model has 4 layers"),
        ({"store": "mysql://x"}, ""),
    ],
)
def test_plan_finds_what_is_wrong_and_exits_2(
    search_file: WriteFile, change: dict[str, Any], message: str
) -> None:
    command = "plan" if message else "run"
    found = evolve(command, search_file(**change), check=False)
    assert found.returncode == 2, found.stderr
    assert message in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"kind": "dataflw"}, "expected one of parameters, dataflow, genome"),
        ({"kind": "dataflow", "repeat": 2}, "did you mean 'repeats'"),
        ({"layer_group": 2}, "did you mean 'layer_groups'"),
        ([1], "space: expected a mapping"),
    ],
)
def test_a_wrong_space_is_told_with_what_would_do(
    search_file: WriteFile, space: object, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        here("plan", search_file(space=space))


def test_several_problems_are_told_together(search_file: WriteFile) -> None:
    found = evolve(
        "plan", search_file(parents=["/none/x", "/none/y"], space={"layer_groups": 9}), check=False
    )
    assert found.returncode == 2
    assert len(found.stderr.strip().splitlines()) == 3


@pytest.fixture(scope="module")
def finished(family: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search that ran to its end with two workers on a real local Ray; returns its file."""
    folder = tmp_path_factory.mktemp("finished")
    data = {
        "name": "finished",
        "base": str(family / "base"),
        "parents": {n: str(family / n) for n in ("a", "b", "c")},
        "dtype": "float32",
        "space": {"method": "dare_ties", "layer_groups": 2},
        "tasks": [{"name": "letters"}, {"name": "words", "weight": 2.0}],
        "task_folders": [str(family / "tasks")],
        "splits": {"search": 12, "validation": 10, "report": 18},
        "budget": {"trials": 10},
        "finalists": 2,
        "workers": {"count": 2},
    }
    file = folder / "search.yaml"
    file.write_text(yaml.safe_dump(data))
    output = evolve("run", file).stdout
    for word in (
        "trial 10/10",
        "best",
        "references",
        "validation",
        "report",
        "one scale",
        "evolve export",
    ):
        assert word in output
    return file


def test_a_finished_search_says_so_and_changes_nothing(finished: Path) -> None:
    database = finished.parent / "evolve.db"

    def content() -> list[Any]:
        with sqlite3.connect(database) as connection:
            tables = ("searches", "trials", "attempts", "outcomes", "models", "lineage")
            return [connection.execute(f"SELECT * FROM {t}").fetchall() for t in tables]

    before = content()
    started = time.monotonic()
    assert "is finished; nothing to do" in evolve("run", finished).stdout
    assert time.monotonic() - started < 15
    assert content() == before


def test_what_the_items_say_is_kept_with_the_search(finished: Path) -> None:
    engine = open_engine(f"sqlite:///{finished.parent}/evolve.db")
    reader = Reader(engine)
    search = reader.find("finished")
    for items in reader.splits(search.id).values():
        for task in ("letters", "words"):
            found = reader.texts(search.id, task, items.get(task, ()))
            assert len(found) == len(items.get(task, ()))
            assert all(text.prompt for text in found.values())
    engine.dispose()


def test_the_table_again_by_file_name_and_digest(finished: Path) -> None:
    store = f"sqlite:///{finished.parent}/evolve.db"
    by_file = as_json("report", finished)
    assert as_json("report", "finished", "--store", store) == by_file
    assert as_json("show", by_file["search"]["digest"][:6], "--store", store) == by_file
    assert as_json("list", "--store", store)["searches"] == [by_file]
    assert as_json("run", finished) == by_file
    text = evolve("report", finished).stdout
    assert by_file["verdict"]["sentence"] in text.replace("\n", " ")
    assert evolve("report", "nothing", "--store", store, check=False).returncode == 2


def test_an_export_is_what_was_scored_and_a_parent_of_the_next_search(
    finished: Path, family: Path, tmp_path: Path
) -> None:
    chosen = as_json("report", finished)["chosen"]
    recipe = parse_recipe(chosen["recipe"])
    written = as_json("export", finished, "--to", tmp_path / "best")
    assert written["trial"] == chosen["trial"]
    assert {
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "README.md",
        "mergekit_config.yml",
    } <= set(written["files"])
    again = evolve("merge", tmp_path / "best" / "mergekit_config.yml", "--to", tmp_path / "again")
    assert str(tmp_path / "again") in again.stdout
    first, second = (load_file(tmp_path / n / "model.safetensors") for n in ("best", "again"))
    assert all((first[n] == second[n]).all() for n in first)
    card = (tmp_path / "best" / "README.md").read_text()
    front = yaml.safe_load(card.split("---")[1])
    assert front["base_model"] == [Path(model).name for model in recipe.references()]
    assert "merge" in front["tags"]
    for word in ("report items", "seed 0", f"merge_method: {recipe.merge_method}", "one scale"):
        assert word in card
    assert evolve("export", finished, "--to", tmp_path / "best", check=False).returncode == 2
    assert (
        evolve("export", finished, "--trial", 999, "--to", tmp_path / "no", check=False).returncode
        == 2
    )

    data = yaml.safe_load(finished.read_text())
    other = next(name for name in "cb" if name != chosen["name"])
    data |= {
        "name": "second",
        "parents": {"best": str(tmp_path / "best"), other: str(family / other)},
        "space": {"method": "task_arithmetic"},
        "store": f"sqlite:///{finished.parent}/evolve.db",
        "budget": {"trials": 4},
    }
    (tmp_path / "second.yaml").write_text(yaml.safe_dump(data))
    rows = {r["name"]: r for r in as_json("run", tmp_path / "second.yaml")["rows"]}
    scored = {r["name"]: r for r in as_json("report", finished)["rows"] if r["role"] == "chosen"}
    (first_row,) = scored.values()
    assert rows["best"]["tasks"] == first_row["tasks"]  # what is exported is what was scored

    from evolve.lineage import family_tree, generations

    engine = open_engine(data["store"])
    reader = Reader(engine)
    depth = generations(family_tree(reader.models(), reader.edges()))
    engine.dispose()
    assert set(depth.values()) == ({0, 1} if chosen["name"] in "abc" else {0, 1, 2})


Start = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `evolve run FILE --json`; what still runs at the end of the test is killed."""
    processes: list[subprocess.Popen[str]] = []

    def run(file: Path) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "evolve", "run", str(file), "--json"]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=HERE,
            start_new_session=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def rows(database: Path, query: str) -> list[Any]:
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return []


def wait_for(database: Path, query: str, least: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 120
    while not rows(database, query) or rows(database, query)[0][0] < least:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_search_without_end_is_stopped_finished_and_exported_as_a_front(
    search_file: WriteFile, tmp_path: Path, start: Start
) -> None:
    file = search_file(
        optimizer="pool", budget={"trials": None}, space={"layer_groups": 2}, ablations=0
    )
    with pytest.raises(ConfigError, match="no scored trial to choose from yet"):
        here("run", file, "--finish")
    process = start(file)
    done = "SELECT count(*) FROM trials WHERE origin = 'optimizer' AND state = 'done'"
    wait_for(tmp_path / "evolve.db", done, 6, process)
    process.terminate()  # as a job scheduler does; Ctrl-C comes to the same
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 33
    assert f"`evolve run {file} --finish` chooses" in errors
    assert "the same command goes on" in errors
    ran = evolve("run", file, "--finish", "--json")
    assert "no more trials are asked: --finish was given" in ran.stderr
    found = json.loads(ran.stdout)
    assert found["search"]["state"] == "finished"
    assert (found["progress"]["budget"], found["progress"]["usd_spent"]) == (None, None)
    assert found["starts"]["references"] == 17
    assert found["front"]["objectives"] == ["letters", "words"]

    assert "Pareto front, on search items" in here("report", file)
    folder = tmp_path / "front"
    command = ("export", file, "--front", "--recipes-only", "--to", folder, "--json")
    points = json.loads(here(*command))["points"]
    assert [p["trial"] for p in points] == [r["trial"] for r in found["front"]["rows"]]
    assert json.loads((folder / "front.json").read_text())["points"][0]["scores"] == dict(
        zip(found["front"]["objectives"], found["front"]["rows"][0]["scores"], strict=True)
    )
    for point in points:
        parse_recipe((Path(point["folder"]) / "mergekit_config.yml").read_text())
        assert "of the Pareto front" in (Path(point["folder"]) / "README.md").read_text()
    with pytest.raises(ConfigError, match="not empty"):
        here(*command)
