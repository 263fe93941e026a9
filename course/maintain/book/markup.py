"""What is in the HTML of a page: its ids, where it leads, what it loads, and its lines of code."""

from __future__ import annotations

import re
from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]

LINKS = {("a", "href"), ("area", "href"), ("form", "action"), ("use", "href")}
LOADS = {"src", "srcset", "poster", "data", "background"}
LOADING = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "manifest", "preconnect"}
IN_CSS = re.compile(r"""(?:url\(\s*|@import\s+)(['"]?)([^'")\s]+)\1""")


class Markup(HTMLParser):
    """A page that was read.

    - `ids`: every id, as often as it is there;
    - `links`: where a reader can go from here, and the pages that the head names;
    - `loads`: what a browser fetches by itself;
    - `code`: the lines in blocks of code and between words, without spaces around them.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self._code: list[str] = []
        self._depth = 0  # of elements that hold code
        self._in_style = False
        self.feed(text)
        self.close()
        self.code = {line.strip() for line in "".join(self._code).splitlines()} - {""}

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Note what an element names."""
        found = {name: value or "" for name, value in attrs}
        self.ids += [found["id"]] if "id" in found else []
        self._depth += tag in ("pre", "code")
        self._in_style = tag == "style"
        self.loads += loaded_by_css(found.get("style", ""))
        for name, value in found.items():
            if (tag, name) in LINKS:
                self.links.append(value)
            elif name == "srcset":
                self.loads += [part.split()[0] for part in value.split(",") if part.strip()]
            elif name in LOADS or (tag == "image" and name.endswith("href")):
                self.loads.append(value)
        if tag == "link" and "href" in found:
            relations = set(found.get("rel", "").lower().split())
            target = self.loads if relations & LOADING else self.links
            target += [] if "canonical" in relations else [found["href"]]

    def handle_endtag(self, tag: str) -> None:
        """End a block of code with its line."""
        self._in_style = False
        if tag in ("pre", "code"):
            self._depth -= 1
            self._code.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep code, and read style sheets."""
        if self._in_style:
            self.loads += loaded_by_css(data)
        if self._depth:
            self._code.append(data)


def loaded_by_css(text: str) -> list[str]:
    """Return what a style sheet loads."""
    return [match[2] for match in IN_CSS.finditer(text)]
