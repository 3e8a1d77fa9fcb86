"""A model folder is whole or not there, whatever was there before."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evolve.cli.merging import merge_file
from search_spaces.errors import ConfigError, EvolveError
from search_spaces.references import soup
from workers.parents import open_parent
from workers.whole_folder import check_room, foreign, scratch_folder, whole_folder


def quiet(done: int, total: int) -> None:
    """For a writer that reports."""


def recipe_file(family: Path, file: Path, *names: str) -> Path:
    file.write_text(soup([str(family / name) for name in names], "float32").to_yaml())
    return file


def contents(folder: Path) -> dict[str, bytes]:
    files = (f for f in folder.rglob("*") if f.is_file())
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in files}


@pytest.fixture
def export(family: Path, tmp_path: Path) -> Path:
    """An export of a merge of a and b."""
    merge_file(recipe_file(family, tmp_path / "ab.yml", "a", "b"), tmp_path / "out", quiet)
    return tmp_path / "out"


def test_an_older_export_is_whole_until_the_new_one_is(
    family: Path, tmp_path: Path, export: Path
) -> None:
    before = contents(export)
    other = recipe_file(family, tmp_path / "bc.yml", "b", "c")
    with pytest.raises(ConfigError, match=r"exists and is not empty; .* --replace"):
        merge_file(other, export, quiet)
    seen: list[bool] = []
    merge_file(other, export, lambda *_: seen.append(contents(export) == before), replace=True)
    assert all(seen) and len(seen) > 10
    merge_file(other, tmp_path / "new", quiet, replace=True)
    after, new = contents(export), contents(tmp_path / "new")
    assert after.keys() == new.keys()
    for name in after.keys() - {"README.md"}:  # which says what the folder is called
        assert after[name] == new[name]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ab.yml", "bc.yml", "new", "out"]


def test_only_exports_are_replaced(family: Path, tmp_path: Path, export: Path) -> None:
    for name, why in (
        ("notes.docx", "holds 'notes.docx', which no export writes"),
        ("data/x.json", "holds 'data/x.json', which no export writes"),
    ):
        file = export / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("mine")
        with pytest.raises(ConfigError, match=why), whole_folder(export, replace=True):
            pytest.fail("it was begun")
        assert file.read_text() == "mine"
        shutil.rmtree(file.parent) if "/" in name else file.unlink()
    for place in (family / "a", tmp_path):
        with pytest.raises(ConfigError, match=r"holds none of mergekit_config\.yml"):
            merge_file(tmp_path / "ab.yml", place, quiet, replace=True)
    with pytest.raises(ConfigError, match="is a file"):
        merge_file(tmp_path / "ab.yml", tmp_path / "ab.yml", quiet, replace=True)
    own = recipe_file(tmp_path, tmp_path / "own.yml", "out", "out")
    before = contents(export)
    with pytest.raises(ConfigError, match="of the recipe lies there"):
        merge_file(own, export, quiet, replace=True)
    assert contents(export) == before


def test_names_that_an_export_has() -> None:
    model = ["mergekit_config.yml", "config.json", "model.safetensors", "README.md"]
    assert foreign(model) is None
    assert foreign([*model, "additional_chat_templates/rag.jinja"]) is None
    assert foreign(["front.json", *(f"trial-3/{name}" for name in model)]) is None
    assert "none of" in str(foreign(["config.json", "model.safetensors"]))
    assert "which no export writes" in str(foreign([*model, "trial-3/data.csv"]))


def test_a_link_names_what_is_new(export: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(export)
    with whole_folder(link, replace=True) as partial:
        (partial / "config.json").write_text("{}")
    assert link.is_symlink() and contents(export) == {"config.json": b"{}"}


def test_what_fails_leaves_nothing(tmp_path: Path, export: Path) -> None:
    before = contents(export)
    for error in (KeyboardInterrupt, ValueError):
        with pytest.raises(error), whole_folder(export, replace=True) as partial:
            (partial / "config.json").write_text("{}")
            raise error
    with pytest.raises(KeyboardInterrupt), scratch_folder(tmp_path / "way") as scratch:
        (scratch / "config.json").write_text("{}")
        raise KeyboardInterrupt
    assert contents(export) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ab.yml", "out"]


def test_two_writers_do_not_touch_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with pytest.raises(ConfigError, match="exists and is not empty"), whole_folder(folder) as slow:
        (slow / "slow").touch()
        with whole_folder(folder) as fast:
            (fast / "fast").touch()
        assert (slow / "slow").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"] and (folder / "fast").exists()


def test_what_is_no_leftover_stays(tmp_path: Path) -> None:
    for name in (".out.backup", ".outer.partial-x", ".out.partial"):
        (tmp_path / name).mkdir()
    with whole_folder(tmp_path / "out") as partial:
        (partial / "config.json").touch()
    assert len(list(tmp_path.iterdir())) == 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> None:
    """Takes all that is free on a disk."""
    with (place / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            return


def test_a_model_that_does_not_fit_is_refused_before_it_is_written(
    small_disk: Path, make_model: Callable[..., Path], tmp_path: Path
) -> None:
    make_model(tmp_path / "large", 0, intermediate_size=6000)
    folder = small_disk / "out"
    began: list[int] = []
    with pytest.raises(EvolveError, match=r"the model needs 4.\d+ MB, and 4.\d+ MB are free"):
        merge_file(
            recipe_file(tmp_path, tmp_path / "r.yml", "large"), folder, lambda *_: began.append(1)
        )
    assert began == [] and list(small_disk.iterdir()) == []
    with pytest.raises(EvolveError, match=r"needs 9.00 GB"):
        check_room(small_disk, 9_000_000_000)


def test_a_disk_that_becomes_full_leaves_the_older_export_whole(
    small_disk: Path, family: Path, tmp_path: Path
) -> None:
    folder = small_disk / "out"
    merge_file(recipe_file(family, tmp_path / "ab.yml", "a", "b"), folder, quiet)
    before = contents(folder)
    other = recipe_file(family, tmp_path / "bc.yml", "b", "c")
    for place in (folder, small_disk / "new"):
        with pytest.raises(EvolveError, match=r"the disk became full after .* free some") as said:
            merge_file(other, place, lambda *_: fill(small_disk), replace=True)
        assert len(str(said.value).splitlines()) == 1 and said.value.exit_code == 1
        (small_disk / "filler").unlink()
        assert [p.name for p in small_disk.iterdir()] == ["out"] and contents(folder) == before
    fill(small_disk)
    with pytest.raises(EvolveError, match=r"the model needs .* 0.00 MB are free"):
        merge_file(other, folder, quiet, replace=True)
    (small_disk / "filler").unlink()
    merge_file(other, folder, quiet, replace=True)
    assert open_parent(str(folder)).fingerprint and contents(folder) != before
