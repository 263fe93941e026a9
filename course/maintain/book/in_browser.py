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
    from playwright.sync_api import Browser, JSHandle, Page

Scheme = Literal["light", "dark"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
WIDE, NARROW = 1280, 390  # pixels
HEIGHT = 900
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
MAX_OCTETS = 500_000  # of a lesson, with all that it loads
MIN_CONTRAST = 4.5
REFUSED = ("serious", "critical")
SEARCH = "search.html"
# Parts of the theme's pages: what opens the menu, the links in it, and the way on.
MENU, IN_MENU, AHEAD = "label[for=__navigation]", ".sidebar-tree a", "a.next-page"
CODE = ".highlight pre span"  # the coloured words of code
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
class Visit:
    """What a browser found on a page. `octets` is the size of the page with all that it loads."""

    page: str
    octets: int
    violations: Sequence[Violation]
    faults: Sequence[Fault]


def visit_all(
    site: Path, pages: Sequence[str], tell: Callable[[str], object] = lambda _: None
) -> Iterator[Visit]:
    """Visit each page, with JavaScript and without. `tell` hears which one.

    Raises CourseError if there is no browser.
    """
    with _served(site) as address, _browser() as browser:
        with (
            browser.new_context() as scripted,
            browser.new_context(java_script_enabled=False) as bare,
        ):
            one, other = scripted.new_page(), bare.new_page()
            for page in pages:
                tell(page)
                visitor = _Visitor(site, address, page)
                text = visitor.with_scripts(one)
                visitor.without_scripts(other, text)
                yield visitor.result()


class _Visitor:
    def __init__(self, site: Path, address: str, page: str) -> None:
        self._site = site
        self._address = address
        self._page = page
        self._octets = 0
        self._violations: list[Violation] = []
        self._faults: list[Fault] = []

    def result(self) -> Visit:
        return Visit(self._page, self._octets, self._violations, self._faults)

    def with_scripts(self, browser: Page) -> str:
        """Look at the page as most readers see it, and return its text."""
        loaded: list[str] = []
        errors: list[str] = []
        browser.on("request", listen := lambda request: loaded.append(request.url))
        browser.on("pageerror", fail := lambda error: errors.append(str(error)))
        browser.on("requestfailed", miss := lambda request: errors.append(f"{request.url} failed"))
        look = self._open(browser, WIDE)
        for event, listener in (("request", listen), ("pageerror", fail), ("requestfailed", miss)):
            browser.remove_listener(event, listener)  # type: ignore[call-overload]
        self._measure(loaded)
        for error in dict.fromkeys(errors):
            self._fault("scripts", error.replace(self._address, ""))
        text = str(_ask(look, "text"))
        _ask(look, "still")
        _ask(look, "open")
        for what in _ask(look, "nameless"):
            self._fault("pictures", f"no alternative text: {what}")
        colours = {}
        for scheme in SCHEMES:
            browser.emulate_media(color_scheme=scheme)
            colours[scheme] = _ask(look, "colours")
            self._run_axe(browser, scheme)
            for what in _ask(look, "faint", MIN_CONTRAST, CODE):
                self._fault("pictures", f"{what} ({scheme})")
        for chosen, system in (("light", "dark"), ("dark", "light")):
            browser.emulate_media(color_scheme=system)  # type: ignore[arg-type]
            browser.evaluate("theme => document.body.dataset.theme = theme", chosen)
            found = zip(colours[chosen], _ask(look, "colours"), strict=True)
            if other := next((f"{was}; {now}" for was, now in found if was != now), ""):
                self._fault("theme", f"{chosen} by choice differs from {chosen} by system: {other}")
        browser.set_viewport_size({"width": NARROW, "height": HEIGHT})
        if what := _ask(look, "too_wide"):
            self._fault("narrow", f"at {NARROW} pixels the page is {what}")
        return text

    def without_scripts(self, browser: Page, text: str) -> None:
        """Look at the page with JavaScript switched off, on a small screen in the end."""
        look = self._open(browser, WIDE)
        if self._page == SEARCH:
            if "JavaScript" not in browser.inner_text("body"):
                self._fault("no scripts", "the search does not say that it needs JavaScript")
        elif _ask(look, "text") != text:
            self._fault("no scripts", "the text is not the same without JavaScript")
        folded = browser.locator("article details:not(details details)").first
        if folded.count():
            folded.locator("summary").first.click()
            if not folded.evaluate("element => element.open"):
                self._fault("no scripts", "what is folded does not open")
        browser.set_viewport_size({"width": NARROW, "height": HEIGHT})
        if what := _ask(look, "too_wide"):
            self._fault("narrow", f"without JavaScript, at {NARROW} pixels, the page is {what}")
        if browser.locator(MENU).first.is_visible():
            browser.locator(MENU).first.click()
        if not browser.locator(IN_MENU).first.is_visible():
            self._fault("no scripts", "the menu does not open")
        self._open(browser, NARROW)
        way = browser.locator(AHEAD).first
        if way.count():
            ahead = way.evaluate("link => link.href")
            way.click()
            if browser.url != ahead or not browser.locator("h1").first.is_visible():
                self._fault("no scripts", f"the link to the next page does not lead to {ahead}")

    def _open(self, browser: Page, width: int) -> JSHandle:
        browser.set_viewport_size({"width": width, "height": HEIGHT})
        browser.emulate_media(color_scheme="light")
        browser.goto(f"{self._address}/{self._page}", wait_until="load")
        return browser.evaluate_handle(SCRIPT.read_text("utf-8"))

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
            violation = Violation(
                self._page,
                scheme,
                found["id"],
                found["impact"],
                found["help"],
                len(nodes),
                nodes[0]["html"][:100],
            )
            self._violations.append(violation)
            if violation.impact in REFUSED:
                self._faults.append(violation.as_fault())

    def _fault(self, check: str, what: str) -> None:
        self._faults.append(Fault(self._page, check, what))


def _ask(look: JSHandle, question: str, *arguments: object) -> Any:
    """Ask a page one of the questions in in_browser.js."""
    return look.evaluate(f"(look, given) => look.{question}(...given)", list(arguments))


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


@contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import Error, sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(
                executable_path=program,
                channel=None if program else "chrome",  # where macOS and Windows install it
                args=[OFFLINE],
            )
        except Error as error:
            raise CourseError(
                f"Chromium or Chrome is needed: {error.message.splitlines()[0]}"
            ) from None
        try:
            yield browser
        finally:
            browser.close()
