"""The family tree: a model is found by a click and by its name, and told about beside the tree."""

import re
from typing import Any

from tests.browser.driving import Tab
from tests.browser.serving import Served

# Where on the screen is the point with this text?
POINT = """(text) => {
    const plot = document.querySelector(".js-plotly-plot"), spot = plot.getBoundingClientRect();
    for (const points of plot.calcdata) {
        const trace = points[0].trace;
        const at = [].concat(trace.text ?? []).findIndex((found) => found.startsWith(text));
        if (at < 0 || !trace.customdata) continue;
        const { xaxis, yaxis } = plot._fullLayout;
        return { x: spot.x + xaxis._offset + xaxis.l2p(points[at].x),
                 y: spot.y + yaxis._offset + yaxis.l2p(points[at].y) };
    }
    return null;
}"""


def told(one: Tab, words: str) -> None:
    """Waits until this is said beside the tree."""
    one.page.get_by_text(words, exact=True).first.wait_for()
    one.still()


def click(one: Tab, text: str) -> None:
    one.page.locator(".js-plotly-plot").first.scroll_into_view_if_needed()
    one.still()
    point: dict[str, Any] = one.page.evaluate(POINT, text)
    one.page.mouse.move(point["x"] - 3, point["y"])
    one.page.mouse.click(point["x"], point["y"])


def test_a_click_on_a_model_tells_about_it(one: Tab, served: Served) -> None:
    one.go(served.page("tree"), "Family tree")
    assert "/models/small-maths" not in one.text
    click(one, "maths")
    told(one, "/models/small-maths")
    click(one, "reasoning-merged")
    told(one, "/models/reasoning-merged")
    assert "/models/small-maths" not in one.text


def test_a_model_is_found_by_its_name_and_kept_in_the_address(one: Tab, served: Served) -> None:
    page = one.page
    one.go(served.page("tree"), "Family tree")
    page.get_by_label("Find a model").fill("reasoning-merged")
    page.get_by_label("Find a model").press("Enter")
    page.get_by_text(re.compile("models? found")).wait_for()
    one.still()
    page.get_by_test_id("stSelectbox").filter(has_text="found").locator("input").click()
    page.get_by_role("option").first.click()
    told(one, "/models/reasoning-merged")
    one.go(page.url, "Family tree")
    told(one, "/models/reasoning-merged")
