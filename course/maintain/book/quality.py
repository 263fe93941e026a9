"""Whether the website of the book is fit to be published: every check over every page."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from course.maintain.book import stored
from course.maintain.book.faults import Fault, in_lines
from course.maintain.book.in_browser import Violation, inspect_all
from course.model.chapters import Chapter

CHECKERS = ("axe_playwright_python", "playwright")  # modules of requirements-book.txt, for this
LARGEST = 5  # pages whose size is reported


@dataclass(frozen=True)
class Quality:
    """What was found on a website: faults, what axe-core says without refusing it, and figures."""

    faults: Sequence[Fault]
    violations: Sequence[Violation]
    octets: dict[str, int]
    links: dict[str, int]
    seconds: float

    def lines(self) -> Iterator[str]:
        """Yield what there is to say, the faults last."""
        largest = sorted(self.octets.items(), key=lambda item: -item[1])[:LARGEST]
        impacts = Counter(each.impact for each in self.violations)
        found = ", ".join(f"{count} {impact}" for impact, count in sorted(impacts.items()))
        yield f"{len(self.octets)} pages checked in {self.seconds:.0f} s"
        yield "links: " + ", ".join(f"{count:,} {kind}" for kind, count in self.links.items())
        yield "largest, with all that they load: " + ", ".join(
            f"{page} {octets / 1000:.0f} kB" for page, octets in largest
        )
        yield f"axe-core, light and dark: {found or 'nothing found'}"
        yield from in_lines(each.as_fault() for each in self.violations)
        yield from in_lines(each for each in self.faults if each.check != "axe")


def check(
    site: Path, course: Sequence[Chapter], tell: Callable[[str], object] = lambda _: None
) -> Quality:
    """Check a website. `tell` hears which page is looked at. Raises CourseError without a browser."""
    began = time.monotonic()
    pages = stored.read_pages(site)
    faults = stored.check(site, pages, course)
    found = list(inspect_all(site, list(pages), tell))
    return Quality(
        [*faults, *(fault for each in found for fault in each.faults)],
        [violation for each in found for violation in each.violations],
        {each.page: each.octets for each in found},
        stored.counts(pages),
        time.monotonic() - began,
    )
