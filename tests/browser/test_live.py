"""Live: what a driver writes is on the page without a reload, and nothing else moves."""

import re

from evolve.store import open_engine
from tests.browser.driving import Tab
from tests.browser.serving import Served
from tests.ui.large import reopened, steadily


def counted(one: Tab) -> int:
    """Trials so far, of the first figure of the page."""
    found = re.search(r"Trials\s+([\d,]+)( of|\n)", one.text)
    assert found, one.text
    return int(found.group(1).replace(",", ""))


def test_new_trials_appear_where_the_reader_is(
    one: Tab, served: Served, digests: dict[str, str], database: str
) -> None:
    page = one.page
    one.go(served.page("live", search=digests["night"]), "Live")
    before = counted(one)
    page.evaluate("window.never_reloaded = true")
    drawn = _points(one)
    page.get_by_test_id("stMain").evaluate("(main) => main.scrollTo(0, 300)")
    one.still()
    scrolled = page.get_by_test_id("stMain").evaluate("(main) => main.scrollTop")

    engine = open_engine(database)
    filled = reopened(engine, "night")
    trials = steadily(filled)
    for _ in range(8):
        next(trials)
    page.wait_for_function(
        "(before) => Number(/Trials\\s+(\\d+)/.exec(document.body.innerText)[1]) >= before + 8",
        arg=before,
    )
    one.still()
    filled.ledger.close()
    engine.dispose()

    assert counted(one) == before + 8
    assert page.evaluate("window.never_reloaded")
    assert page.get_by_test_id("stMain").evaluate("(main) => main.scrollTop") == scrolled > 0
    assert _points(one) == drawn + 8


def _points(one: Tab) -> int:
    """How many trials the first chart has, by what the browser has drawn of them."""
    found: int = one.page.evaluate(
        """() => document.querySelector(".js-plotly-plot").calcdata
            .filter((points) => points[0].trace.mode === "markers")
            .reduce((count, points) => count + points.filter((p) => p.x !== false).length, 0)"""
    )
    return found
