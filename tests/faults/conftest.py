"""The search that nothing happened to."""

from pathlib import Path

import pytest

from tests.faults.driving import run, story, write


@pytest.fixture(scope="session")
def twin(family: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The story of the search that nothing happened to."""
    folder = tmp_path_factory.mktemp("twin")
    file = write(family, folder, f"sqlite:///{folder}/evolve.db")
    code, said = run(file)
    assert code == 0, said
    return story(f"sqlite:///{folder}/evolve.db")
