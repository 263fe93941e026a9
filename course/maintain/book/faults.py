"""What is wrong with a page of the book, as data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_PAGES = 3  # that a line names


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong on one page. `check` is the promise that it breaks."""

    page: str
    check: str
    what: str


def in_lines(faults: Iterable[Fault]) -> Iterator[str]:
    """Yield a line for each thing that is wrong, with the pages where it is."""
    pages: dict[tuple[str, str], list[str]] = defaultdict(list)
    for fault in faults:
        pages[fault.check, fault.what].append(fault.page)
    for (check, what), found in sorted(pages.items()):
        names = sorted(set(found))
        more = f" and {len(names) - MAX_PAGES} more" if len(names) > MAX_PAGES else ""
        yield f"{check}: {what} ({', '.join(names[:MAX_PAGES])}{more})"
