"""The sources that lessons and beliefs name: RFCs, PEPs, other standards, man pages, documentation.

What they are called, and where they are, is in `sources.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

NAMES = Path(__file__).with_name("sources.toml")
RFCS, MAN_PAGES = "https://www.rfc-editor.org/rfc/rfc", "https://man7.org/linux/man-pages/man"
CODE = re.compile(r"^```.*?^```|`[^`]*`", re.MULTILINE | re.DOTALL)
SOURCE = re.compile(
    r"(?P<RFC>RFC \d+)|(?P<PAGE>\b[A-Za-z_][\w.-]*\([1-8][a-z]{0,4}\))"
    r"|(?P<TITLED>PEP \d+|Python (?:library|language) reference|Python glossary|Python tutorial"
    r"|SQLite documentation|URL Standard|HTML Standard)"
)
SECTION = re.compile(r"(?:, rule \d+)?[,;]? ?(?P<sign>§|Appendix )([A-Z\d]+(?:\.\d+)*)")
ENTRY = re.compile(r"[,:] (“[^”]+”|[A-Za-z_]\w+)(?=[;)]|$)")
TITLE = re.compile(r", ((?:(?!\. )[^;()|]|\([^()]*\))+)(?=[;)]|$)")


@dataclass(frozen=True)
class Authority:
    """A place in a source. `kind` is RFC, PAGE, or TITLED if its places have titles, not numbers.

    A place is a section's number (`3.6.1`, `B.1`), an entry of a man page (`EPIPE`), or a title. It
    may be empty.
    """

    kind: str
    name: str
    place: str = ""

    @property
    def address(self) -> str:
        """Where it is on the web, '' if `sources.toml` does not know it."""
        if self.kind == "PAGE":
            name, section = self.name.rstrip(")").split("(")
            return (
                _known(self.name).get("address") or f"{MAN_PAGES}{section[0]}/{name}.{section}.html"
            )
        if self.kind == "RFC":
            part = "appendix" if self.place[:1].isalpha() else "section"
            return f"{RFCS}{self.name[4:]}" + (f"#{part}-{self.place}" if self.place else "")
        known = _known(self.name)
        place = known["places"].get(self.place) if self.place else ""
        return "" if place is None else known["address"] + place

    @property
    def title(self) -> str:
        """What the place is called, '' if `sources.toml` does not know it."""
        if self.kind == "PAGE":
            return self.place
        known = _known(self.name)
        if not self.place:
            return str(known["title"])
        return str(known["places"].get(self.place, "")) if self.kind == "RFC" else self.place


@dataclass(frozen=True)
class Mention:
    """A source, and where the text names it."""

    source: Authority
    start: int
    end: int


def sources(prose: str) -> Iterator[Authority]:
    """Yield the sources that a Markdown text names, in order."""
    text = CODE.sub(lambda code: "…" if "(" in code[0] else code[0], prose)  # `recv(4)`
    text = re.sub(r"^> ?|[`*\"“”]", "", text, flags=re.MULTILINE)
    for mention in mentions(" ".join(text.split())):
        yield mention.source


def mentions(text: str) -> Iterator[Mention]:
    """Yield the sources that a plain text names, in order, such as the authority of a belief."""
    for match in SOURCE.finditer(text):
        kind, name = str(match.lastgroup), match[0]
        start, end = match.span()
        if kind == "RFC":
            if not (section := SECTION.match(text, end)):
                yield Mention(Authority(kind, name), start, end)
            while section:
                yield Mention(Authority(kind, name, section[2]), start, section.end())
                if section := SECTION.match(text, section.end()):
                    start = section.start("sign")
        else:
            place = (ENTRY if kind == "PAGE" else TITLE).match(text, end)
            source = Authority(kind, name, place[1].strip("“”") if place else "")
            yield Mention(source, start, place.end() if place else end)


def known_names() -> set[tuple[str, str]]:
    """Return the names and places that `sources.toml` knows."""
    return {
        (name, place)
        for name, table in _all_known().items()
        for place in ("", *table.get("places", ()))
    }


@cache
def _all_known() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(NAMES.read_text(encoding="utf-8"))


def _known(name: str) -> Mapping[str, Any]:
    return {"title": "", "address": "", "places": {}, **_all_known().get(name, {})}
