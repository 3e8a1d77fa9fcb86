"""A tab on the pages: waits until a page is usable, and keeps all that went wrong in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, Response

READY = Path(__file__).with_name("ready.js")
PATIENCE_MS = 40_000
# What Streamlit itself does on every page, whatever is on it.
HARMLESS = (
    # Opened at the address of a page, it looks for its server below that address first.
    r"answer 404: http://127\.0\.0\.1:\d+/\w+/_stcore/(health|host-config)",
    r"console error: Failed to load resource: .* 404 .*/\w+/_stcore/(health|host-config)\)",
)
_MAIN = "document.querySelector('[data-testid=\"stMain\"]')"


@dataclass
class Tab:
    """A page in a browser context of its own. problems: errors and warnings of its console, errors
    of its scripts, requests that failed or that left this machine.
    """

    page: Page
    problems: list[str] = field(default_factory=list)

    def go(self, url: str, title: str | None = None) -> float:
        """Opens an address; milliseconds from navigation until the page is usable."""
        self.page.goto(url, wait_until="commit")
        return self.usable(title)

    def to(self, title: str, heading: str | None = None) -> float:
        """Opens another page by the navigation; milliseconds from the click until it is usable."""
        link = self.page.get_by_test_id("stTopNavLink").filter(has_text=title).first
        link.click()
        ended = self.usable(heading or title)
        return ended - float(self.page.evaluate("evolve.log.clicks.at(-1)"))

    def usable(self, title: str | None = None) -> float:
        """Waits until the page is usable, and gives when it was, in ms of its own clock."""
        script = """(title) => Promise.race([evolve.usable(title), new Promise((_, no) =>
            setTimeout(() => no(new Error("still waiting for: " + evolve.why)), %d))])"""
        return float(self.page.evaluate(script % PATIENCE_MS, title))

    @property
    def text(self) -> str:
        """All that can be read on the page now, but for what is in canvases."""
        return str(self.page.evaluate("document.body.innerText"))

    @property
    def too_wide_by(self) -> int:
        """Pixels that the page scrolls sideways."""
        return int(self.page.evaluate(f"({_MAIN}).scrollWidth - ({_MAIN}).clientWidth"))

    def look(self, width: int, height: int, *, dark: bool = False) -> None:
        """Changes the window and what its owner's system prefers; waits for the page to follow."""
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.set_viewport_size({"width": width, "height": height})
        self.still()

    def still(self, for_ms: int = 250) -> None:
        """Waits until the page is usable and has not changed for so long; 9 s at most, for a live
        page never rests.
        """
        self.page.evaluate("(ms) => evolve.still(ms, 9000)", for_ms)

    def shoot(self, file: Path) -> None:
        """A picture of the whole page: the window is made as tall as what is on it, for Streamlit
        scrolls a container, not the document.
        """
        size = self.page.viewport_size or {"width": 1280, "height": 800}
        tall = min(6000, int(self.page.evaluate(f"({_MAIN}).scrollHeight")))
        if tall > size["height"]:
            self.page.set_viewport_size({"width": size["width"], "height": tall})
            self.still(100)
        self.page.screenshot(path=file, animations="disabled")
        self.page.set_viewport_size(size)

    def check(self) -> None:
        """Raises: AssertionError for any problem so far."""
        assert not self.problems, "\n".join(self.problems)


@contextmanager
def tab(
    browser: Browser, *, width: int = 1280, height: int = 800, dark: bool = False
) -> Iterator[Tab]:
    """A fresh context: no cookies, nothing cached."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        permissions=["clipboard-read", "clipboard-write"],
        timezone_id="Europe/Berlin",
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(path=READY)
    made = Tab(context.new_page())
    _watch(made)
    try:
        yield made
    finally:
        context.close()


def _watch(made: Tab) -> None:
    page = made.page

    def note(problem: str) -> None:
        if not any(re.fullmatch(known, problem) for known in HARMLESS):
            made.problems.append(problem)

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            note(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def asked(url: str) -> None:
        place = urlsplit(url)
        if place.scheme not in ("data", "blob", "about") and place.hostname != "127.0.0.1":
            note(f"asked for {url}")

    def failed(request: Request) -> None:
        # What a page that is left had asked for is given up by the browser.
        if request.failure != "net::ERR_ABORTED":
            note(f"request failed: {request.url}: {request.failure}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            note(f"answer {response.status}: {response.url}")

    def spoke(dialog: Dialog) -> None:
        note(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("console", said)
    page.on("pageerror", lambda error: note(f"page error: {error}"))
    page.on("request", lambda request: asked(request.url))
    page.on("requestfailed", failed)
    page.on("response", answered)
    page.on("websocket", lambda socket: asked(socket.url))
    page.on("dialog", spoke)
