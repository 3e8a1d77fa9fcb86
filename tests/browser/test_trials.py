"""Trials: one filter for the table and all charts, by state and by brushing."""

import re

from tests.browser.driving import Tab
from tests.browser.serving import Served


def counted(one: Tab) -> int:
    """Of how many trials the table is."""
    found = re.search(r"([\d,]+) trials\. Click a line", one.text)
    assert found, one.text
    return int(found.group(1).replace(",", ""))


def pick(one: Tab, label: str) -> None:
    one.page.get_by_test_id("stButtonGroup").get_by_role("radio", name=label).click()
    one.still()


def test_a_state_and_a_brushed_range_filter_the_table(
    one: Tab, served: Served, digests: dict[str, str]
) -> None:
    page = one.page
    one.go(served.page("trials", search=digests["night"]), "Trials")
    everything = counted(one)
    assert everything == 15
    pick(one, "Scored")
    assert counted(one) == 11
    pick(one, "All")

    # The upper half of the score: dragged on the last axis with the mouse.
    axis = page.get_by_test_id("parallel-axis").last
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    assert box is not None
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    page.get_by_test_id("parallel-brush").wait_for()
    page.wait_for_function("() => /Only/.test(document.body.innerText)")
    one.still()
    inside = int(page.locator(".parallel").get_attribute("data-inside") or -1)
    assert 0 < counted(one) == inside < everything
    table = page.get_by_test_id("stDataFrame").locator("[aria-rowcount]").first
    assert int(table.get_attribute("aria-rowcount") or -1) == inside + 1  # with its head

    page.get_by_test_id("stButton").filter(has_text="score").get_by_role("button").click()
    page.get_by_test_id("parallel-brush").wait_for(state="detached")
    one.still()
    assert counted(one) == everything


def test_every_part_of_the_page_opens(one: Tab, served: Served, digests: dict[str, str]) -> None:
    one.go(served.page("trials", search=digests["reasoning"]), "Trials")
    parts = one.page.get_by_test_id("stButtonGroup").last.get_by_role("radio").all_inner_texts()
    assert len(parts) >= 5
    for part in parts:
        pick(one, part)
        assert one.page.get_by_test_id("stAlertContentError").count() == 0, part


def test_a_click_on_a_line_opens_its_recipe(
    one: Tab, served: Served, digests: dict[str, str]
) -> None:
    one.go(served.page("trials", search=digests["reasoning"]), "Trials")
    table = one.page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    one.still()
    box = table.bounding_box()
    assert box is not None
    one.page.mouse.click(box["x"] + 120, box["y"] + 36 + 18)  # the first line, below the head
    one.page.wait_for_url("**/recipe?**")
    one.usable("Recipe")
    assert "chosen" in one.text
