"""Names that somebody made to be more than names run nothing, fetch nothing and hide nothing."""

from pathlib import Path

import pytest

from evolve.store import Reader, open_engine
from tests.browser.driving import Tab
from tests.browser.serving import Served
from tests.browser.titles import PAGES
from tests.ui.test_names import nasty_url

__all__ = ["nasty_url"]


@pytest.fixture(scope="module")
def database(nasty_url: str) -> str:
    return nasty_url


def test_no_name_is_more_than_text(
    one: Tab, served: Served, database: str, screenshots: Path
) -> None:
    engine = open_engine(database, create=False)
    digests = [s.digest for s in Reader(engine).searches()]
    engine.dispose()
    one.go(served.page("searches"), "Searches")
    for digest in digests[:1] + digests[-1:]:
        for name, title in PAGES.items():
            one.go(served.page(name, search=digest), title)
            assert one.page.get_by_test_id("stAlertContentError").count() == 0, name
            assert one.page.locator("main img[src='x']").count() == 0, name
            assert one.page.locator("a[href*='javascript:'], a[href*='e.vil']").count() == 0, name
            assert one.page.locator("[onerror]").count() == 0, name
            if name in ("live", "recipe"):  # elsewhere names are cut, or in canvases
                assert "<img src=x onerror=alert(1)>" in one.text, name
            one.shoot(screenshots / f"hostile-{name}.png")
