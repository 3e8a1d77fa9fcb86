"""What the pages say where there is nothing, or nothing any more."""

import os
from pathlib import Path

from playwright.sync_api import Browser

from evolve.store import open_engine
from tests.browser.driving import tab
from tests.browser.serving import pages
from tests.browser.titles import PAGES
from tests.ui.conftest import fill


def test_from_no_database_to_one_and_back(
    browser: Browser, screenshots: Path, tmp_path: Path
) -> None:
    """One server and one tab: the database is missing, then empty, then filled, then away."""
    file, home = tmp_path / "evolve.db", tmp_path / "home"
    url = f"sqlite:///{file}"
    home.mkdir()
    with pages(url, home) as served, tab(browser) as one:
        one.go(served.page("searches"))
        assert "No searches to show yet" in one.text
        assert str(file) in one.text
        one.shoot(screenshots / "state-missing.png")

        open_engine(url).dispose()
        one.page.get_by_role("button", name="Look again").click()
        one.page.get_by_text("holds no search yet").wait_for()
        one.usable("Searches")
        for name, title in PAGES.items():
            if name != "searches":
                one.to(title)
            assert one.page.get_by_test_id("stAlertContentError").count() == 0, name
            one.shoot(screenshots / f"state-empty-{name}.png")

        fill(url)
        one.to("Live")
        one.page.get_by_text("Score by trial").wait_for()

        for leaf in tmp_path.glob("evolve.db*"):
            os.rename(leaf, tmp_path / f"away-{leaf.name}")
        one.page.get_by_text("no database").or_(one.page.get_by_text("cannot be read")).or_(
            one.page.get_by_text("No searches to show yet")
        ).first.wait_for()
        one.shoot(screenshots / "state-away.png")
        for leaf in tmp_path.glob("away-*"):
            os.rename(leaf, tmp_path / leaf.name.removeprefix("away-"))
        one.go(served.page("live"), "Live")
        one.page.get_by_text("Score by trial").wait_for()
        one.check()
        assert "Traceback" not in served.said
