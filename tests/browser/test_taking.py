"""What is taken from the pages: a recipe by copying, by downloading and by writing it to a folder;
and a search file that is brought to them.
"""

from pathlib import Path

import pytest
import yaml

from evolve.export import RECIPE_FILE
from evolve.store import Reader, TrialRow, open_engine
from search_spaces.recipe import as_yaml
from tests.browser.driving import Tab
from tests.browser.serving import Served

BROKEN = """\
name: mine
base: /models/none
parents: {a: /models/a}
tasks: [{nmae: letters}]
"""


@pytest.fixture(scope="module")
def chosen(database: str, digests: dict[str, str]) -> TrialRow:
    """The trial that `reasoning` chose."""
    engine = open_engine(database, create=False)
    reader = Reader(engine)
    found = reader.trial(reader.find(digests["reasoning"]).chosen_trial_id or 0)
    engine.dispose()
    return found


def test_the_recipe_is_copied(
    one: Tab, served: Served, digests: dict[str, str], chosen: TrialRow
) -> None:
    one.go(served.page("recipe", search=digests["reasoning"]), "Recipe")
    code = one.page.get_by_test_id("stCode").filter(has_text="merge_method").first
    code.scroll_into_view_if_needed()
    code.hover()
    code.get_by_role("button", name="Copy").click()
    copied = one.page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == as_yaml(chosen.recipe).strip()


def test_the_recipe_is_downloaded_and_written(
    one: Tab, served: Served, digests: dict[str, str], chosen: TrialRow, tmp_path: Path
) -> None:
    page = one.page
    one.go(served.page("export", search=digests["reasoning"]), "Export")
    assert "None" not in one.text.split()  # what Streamlit writes of an expression on its own
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as mergekit YAML").click()
    assert Path(download.value.path()).read_text() == as_yaml(chosen.recipe)
    assert download.value.suggested_filename == f"reasoning-trial-{chosen.number}.yml"

    page.get_by_label("What", exact=True).click()
    page.get_by_role("option", name="Recipe and model card").click()
    command = page.get_by_test_id("stCode").filter(has_text="--recipes-only")
    command.wait_for()
    one.still()
    page.get_by_label("Folder", exact=True).fill(str(tmp_path / "taken"))
    page.get_by_label("Folder", exact=True).press("Enter")
    command.filter(has_text=str(tmp_path / "taken")).wait_for()
    page.get_by_role("button", name="Write it").click()
    page.get_by_test_id("stAlertContentSuccess").filter(has_text="taken").wait_for()
    written = yaml.safe_load((tmp_path / "taken" / RECIPE_FILE).read_text())
    assert written == yaml.safe_load(as_yaml(chosen.recipe))
    assert "base_model" in (tmp_path / "taken" / "README.md").read_text()


def test_what_is_wrong_with_a_search_file_is_named(one: Tab, served: Served) -> None:
    one.go(served.page("new"), "New search")
    one.page.get_by_role("textbox", name="Search file").fill(BROKEN)
    one.page.get_by_role("textbox", name="Search file").press("Control+Enter")
    one.page.get_by_role("button", name="Check", exact=True).click()
    one.page.get_by_text("nmae").filter(visible=True).last.wait_for()
    one.still()
    assert "tasks" in one.text
    assert one.page.get_by_role("button", name="Start", exact=True).is_disabled()
