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
    _zoom(one)
    zoomed = _range(one)
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
    assert _range(one) == zoomed


def _zoom(one: Tab) -> None:
    """Into the middle of the first chart."""
    box = one.page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 3
    one.page.mouse.move(x, y)
    one.page.mouse.down()
    one.page.mouse.move(x + box["width"] / 3, y + box["height"] / 3, steps=4)
    one.page.mouse.up()
    one.still()


def _range(one: Tab) -> list[float]:
    """Of the first chart's axis of trials."""
    found: list[float] = one.page.evaluate(
        "document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range.map(Number)"
    )
    return found
