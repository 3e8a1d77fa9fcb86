"""Every page opens without a complaint of the browser, in light and dark, narrow and wide;
pictures of all of them are kept.
"""

from pathlib import Path

import pytest

from tests.browser.driving import Tab
from tests.browser.serving import Served
from tests.browser.titles import PAGES

OF_ONE = ("live", "trials", "recipe", "verdict", "export")
# Width, height, dark; the last ones of the running search only, for time.
LOOKS = ((1280, 800, False), (1920, 1080, True), (1280, 800, True), (1920, 1080, False))


@pytest.mark.parametrize(("search", "looks"), [("reasoning", LOOKS), ("night", LOOKS[:2])])
def test_every_page_opens(
    one: Tab,
    served: Served,
    digests: dict[str, str],
    screenshots: Path,
    search: str,
    looks: tuple[tuple[int, int, bool], ...],
) -> None:
    one.go(served.page("live", search=digests[search]), "Live")
    for name, title in PAGES.items():
        one.to(title)
        for width, height, dark in looks:
            one.look(width, height, dark=dark)
            assert "error of its own" not in one.text, name
            assert one.page.get_by_test_id("stException").count() == 0, name
            assert one.too_wide_by <= 1, f"{name} scrolls sideways at {width}"
            theme = "dark" if dark else "light"
            one.shoot(screenshots / f"{name}-{search}-{theme}-{width}.png")
        one.look(1280, 800)
        if name in OF_ONE:
            assert digests[search] in one.page.url, name
