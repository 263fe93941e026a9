"""Checks of the website in Chromium: axe-core, light and dark, narrow screens, no JavaScript."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

from course.maintain.book.faults import Fault
from course.model.errors import CourseError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, JSHandle, Locator, Page

Scheme = Literal["light", "dark"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
WIDE, NARROW = 1280, 390  # pixels
HEIGHT = 900
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
MAX_OCTETS = 500_000  # of a lesson, with all that it loads
MIN_CONTRAST = 4.5
MAX_HTML = 80  # characters of an element in a report
PATIENCE = 10_000  # ms for what a click should do at once: a busy machine is slow
REFUSED = ("serious", "critical")
SEARCH = "search.html"
# Parts of the theme's pages: what opens the menu, the links in it, and the way on.
MENU, IN_MENU, AHEAD = "label[for=__navigation]:visible", ".sidebar-tree a", "a.next-page"
CODE = ".highlight pre span"  # the coloured words of code
IS_SWITCH, MAX_TABS = "document.activeElement.id === '__navigation'", 5
FOLDED = "article details:not(details details) > summary"
IS_OPEN = "summary => summary.parentElement.open"
SCRIPT = Path(__file__).with_name("in_browser.js")


@dataclass(frozen=True)
class Violation:
    """A rule of axe-core that elements of a page break: how much that matters, and the first one."""

    page: str
    scheme: str
    rule: str
    impact: str
    advice: str
    elements: int
    first: str

    def as_fault(self) -> Fault:
        """Return the same as a fault of the page."""
        what = f"{self.rule} ({self.impact}, {self.scheme}): {self.advice}: {self.first}"
        return Fault(self.page, "axe", what)


@dataclass(frozen=True)
class Inspection:
    """What a browser found on a page. `octets` is the size of the page with all that it loads."""

    page: str
    octets: int
    violations: Sequence[Violation]
    faults: Sequence[Fault]


def inspect_all(
    site: Path, pages: Sequence[str], tell: Callable[[str], object] = lambda _: None
) -> Iterator[Inspection]:
    """Inspect each page, with JavaScript and without. `tell` hears which one.

    Raises CourseError if there is no browser.
    """
    with _served(site) as address, _browser() as browser:
        scripted = browser.new_context(reduced_motion="reduce")  # what moves is measured at its end
        bare = browser.new_context(java_script_enabled=False)
        for page in pages:
            tell(page)
            inspector = _Inspector(site, address, page)
            text = inspector.with_scripts(scripted)
            inspector.without_scripts(bare, text)
            yield inspector.result()


class _Inspector:
    def __init__(self, site: Path, address: str, page: str) -> None:
        self._site = site
        self._address = address
        self._page = page
        self._octets = 0
        self._violations: list[Violation] = []
        self._faults: list[Fault] = []

    def result(self) -> Inspection:
        return Inspection(self._page, self._octets, self._violations, self._faults)

    def with_scripts(self, context: BrowserContext) -> str:
        """Look at the page as most readers see it, and return its text."""
        loaded: list[str] = []
        errors: list[str] = []
        with context.new_page() as browser:
            browser.on("request", lambda request: loaded.append(request.url))
            browser.on("requestfailed", lambda request: errors.append(f"{request.url} failed"))
            browser.on("pageerror", lambda error: errors.append(str(error)))
            look = self._open(browser, WIDE)
            self._measure(loaded)
            text = str(_ask(look, "text"))
            _ask(look, "open")
            for what in _ask(look, "nameless"):
                self._fault("pictures", f"no alternative text: {what}")
            self._look_at_colours(browser, look)
            self._make_narrow(browser, look, "")
        for error in dict.fromkeys(errors):
            self._fault("scripts", error.replace(self._address, ""))
        return text

    def without_scripts(self, context: BrowserContext, text: str) -> None:
        """Look at the page with JavaScript switched off, on a small screen in the end."""
        with context.new_page() as browser:
            look = self._open(browser, WIDE)
            if self._page == SEARCH:
                if "JavaScript" not in browser.inner_text("body"):
                    self._fault("no scripts", "the search does not say that it needs JavaScript")
            elif _ask(look, "text") != text:
                self._fault("no scripts", "the text is not the same without JavaScript")
            folded = browser.locator(FOLDED).first
            is_folded = folded.count() > 0
            if is_folded and not (_clicked(folded) and folded.evaluate(IS_OPEN)):
                self._fault("no scripts", "what is folded does not open")
            self._make_narrow(browser, look, "without JavaScript, ")
            label, link = browser.locator(MENU).first, browser.locator(IN_MENU).first
            if not (label.count() and _clicked(label) and _followed(link)):
                self._fault("no scripts", "the menu does not open, or leads nowhere")
            self._open(browser, NARROW)
            if not _opened_by_keyboard(browser, link):
                self._fault("keyboard", "the menu does not open")
            self._open(browser, NARROW)
            way = browser.locator(AHEAD).first
            if way.count() and not _followed(way):
                self._fault("no scripts", "the link to the next page does not lead to it")

    def _look_at_colours(self, browser: Page, look: JSHandle) -> None:
        colours: dict[str, Any] = {}
        for scheme in SCHEMES:
            browser.emulate_media(color_scheme=scheme)
            colours[scheme] = _ask(look, "colours")
            self._run_axe(browser, scheme)
            for what in _ask(look, "faint", MIN_CONTRAST, CODE):
                self._fault("pictures", f"{what} ({scheme})")
        for chosen, system in zip(SCHEMES, reversed(SCHEMES), strict=True):
            browser.emulate_media(color_scheme=system)
            browser.evaluate("theme => document.body.dataset.theme = theme", chosen)
            found = zip(colours[chosen], _ask(look, "colours"), strict=True)
            if other := next((f"{was}; {now}" for was, now in found if was != now), ""):
                self._fault("theme", f"{chosen} by choice differs from {chosen} by system: {other}")
        browser.emulate_media(media="print")
        for what in _ask(look, "on_paper", MIN_CONTRAST):
            self._fault("paper", what)
        browser.emulate_media(media="screen")

    def _make_narrow(self, browser: Page, look: JSHandle, how: str) -> None:
        browser.set_viewport_size({"width": NARROW, "height": HEIGHT})
        if what := _ask(look, "too_wide"):
            self._fault("narrow", f"{how}at {NARROW} pixels the page is {what}")

    def _open(self, browser: Page, width: int) -> JSHandle:
        browser.set_viewport_size({"width": width, "height": HEIGHT})
        browser.emulate_media(color_scheme="light")
        browser.goto(f"{self._address}/{self._page}", wait_until="load")
        look = browser.evaluate_handle(SCRIPT.read_text("utf-8"))
        _ask(look, "still")
        return look

    def _measure(self, loaded: Sequence[str]) -> None:
        for url in dict.fromkeys(loaded):
            if url.startswith(("data:", "blob:")):
                continue
            if not url.startswith(f"{self._address}/"):
                self._fault("hosts", f"{url} is loaded from elsewhere")
                continue
            file = self._site / unquote(urlsplit(url).path).lstrip("/")
            self._octets += file.stat().st_size if file.is_file() else 0
        if self._octets > MAX_OCTETS:
            self._fault("size", f"{self._octets / 1000:.0f} kB with all that it loads")

    def _run_axe(self, browser: Page, scheme: Scheme) -> None:
        from axe_playwright_python.sync_playwright import Axe

        axe = Axe().run(browser, context={"exclude": [[CODE]]})
        for found in axe.response["violations"]:
            nodes = found["nodes"]
            reasons = [each for kind in ("any", "all", "none") for each in nodes[0][kind]]
            violation = Violation(
                self._page,
                scheme,
                found["id"],
                found["impact"],
                found["help"],
                len(nodes),
                f"{nodes[0]['html'][:MAX_HTML]} {reasons[0]['message']}",
            )
            self._violations.append(violation)
            if violation.impact in REFUSED:
                self._faults.append(violation.as_fault())

    def _fault(self, check: str, what: str) -> None:
        self._faults.append(Fault(self._page, check, what))


def _ask(look: JSHandle, question: str, *arguments: object) -> Any:
    """Ask a page one of the questions in in_browser.js."""
    return look.evaluate(f"(look, given) => look.{question}(...given)", list(arguments))


def _clicked(element: Locator) -> bool:
    """Click as a reader does. Returns whether that can be done."""
    from playwright.sync_api import Error

    try:
        element.click(timeout=PATIENCE)
    except Error:
        return False
    return True


def _followed(link: Locator) -> bool:
    """Click on a link. Returns whether that leads to its page."""
    target = link.evaluate("link => link.href")
    return _clicked(link) and bool(link.page.url == target)


def _opened_by_keyboard(browser: Page, link: Locator) -> bool:
    """Go to the switch of the menu with Tab, and press it. Returns whether the menu is there."""
    for _ in range(MAX_TABS):
        browser.keyboard.press("Tab")
        if browser.evaluate(IS_SWITCH):
            browser.keyboard.press("Space")
            return _clicked(link)
    return False


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: what is missing is reported as a link."""


@contextmanager
def _served(site: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def find_browser() -> str | None:
    """Return the program of a browser that these checks can drive, None if it is not in PATH."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import Error, sync_playwright

    program = find_browser()
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(
                executable_path=program,
                channel=None if program else "chrome",  # where macOS and Windows install it
                args=[OFFLINE],
            )
        except Error as error:
            why = error.message.splitlines()[0]
            raise CourseError(f"the checks need Chromium or Chrome: {why}") from None
        try:
            yield browser
        finally:
            browser.close()
