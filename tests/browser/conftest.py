"""One browser and one server of pages per file of tests, and a fresh tab per test.

EVOLVE_REQUIRE_BROWSER=1 makes a missing browser an error. EVOLVE_SCREENSHOTS names the folder for
pictures; else `screenshots` beside this file.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from evolve.store import Reader, open_engine
from tests.browser import chromium
from tests.browser.driving import Tab, tab
from tests.browser.serving import Served, pages
from tests.ui.conftest import fill


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with chromium.browser() as opened:
            yield opened
    except chromium.Missing as missing:
        if os.environ.get("EVOLVE_REQUIRE_BROWSER") == "1":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the three searches of tests/ui; tests of the same file may write to it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'evolve.db'}"
    fill(url)
    return url


@pytest.fixture(scope="module")
def digests(database: str) -> dict[str, str]:
    """Name of a search -> its digest."""
    engine = open_engine(database, create=False)
    found = {search.name: search.digest for search in Reader(engine).searches()}
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def served(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pages(database, tmp_path_factory.mktemp("home")) as found:
        yield found
        assert "Traceback" not in found.said, found.said


@pytest.fixture
def one(browser: Browser, screenshots: Path, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A fresh tab; the test fails on whatever went wrong in it. A failed one leaves a picture."""
    with tab(browser) as made:
        failed = request.session.testsfailed
        yield made
        if made.problems or request.session.testsfailed > failed:
            made.page.screenshot(path=screenshots / f"failed-{request.node.name}.png")
        made.check()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """The folder for pictures of pages."""
    named = os.environ.get("EVOLVE_SCREENSHOTS")
    folder = Path(named) if named else Path(__file__).with_name("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
