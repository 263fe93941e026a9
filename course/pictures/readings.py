"""One stream, and what each of its readers takes for the first message in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .drawing import CARD_WIDTH, CHARACTER_WIDTH, TEXT_WIDTH, Card, Picture, fitting

MAX_READERS = 3
FIRST, NEXT = "this request", "the next one"
_ROW, _TOP, _COLUMN = 22, 64, 130
_SIGNS = {0x0D: r"\r", 0x0A: r"\n", 0x09: r"\t"}
_STYLES = (
    ".course-picture rect.client{fill:#0969da;fill-opacity:.22;stroke:none}"
    ".course-picture rect.error{fill:#cf222e;fill-opacity:.08;stroke:none}"
    "@media (prefers-color-scheme:dark){"
    ".course-picture rect.client{fill:#388bfd;fill-opacity:.4}"
    ".course-picture rect.error{fill:#f85149;fill-opacity:.3}}"
)


@dataclass(frozen=True)
class ReadLine:
    """A line of the stream, or a part of one; and for which readers it is in the first message."""

    octets: str
    is_first: tuple[bool, ...]


class Readings(Picture):
    """A stream in lines; beside them, where the first message ends for each reader."""

    def __init__(self, stream: bytes, ends: Mapping[str, int]) -> None:
        self.ends = dict(ends)
        self.length = len(stream)
        self.rows = tuple(_rows(stream, tuple(ends.values())))

    def about(self) -> str:
        """Return after how many octets each reader ends the first message."""
        ways = [f"for {name} it ends after {end}" for name, end in self.ends.items()]
        return f"The first message in these {self.length} octets: {', '.join(ways)}."

    def text(self) -> str:
        """Return a line for each row, with a column for each reader."""
        width = TEXT_WIDTH - 16 * len(self.ends)
        lines = [f"{'':{width}}" + "".join(f"{name:<16}" for name in self.ends)]
        for row in self.rows:
            words = "".join(f"{FIRST if first else NEXT:<16}" for first in row.is_first)
            lines.append(f"{fitting(row.octets, width - 2):{width}}{words}")
        return "\n".join(line.rstrip() for line in lines)

    def svg(self) -> str:
        """Return the same as a card."""
        height = _TOP + _ROW * len(self.rows) + 14
        card = Card(height, "One stream, and its readers", self.about(), _STYLES)
        card.text(24, 28, "The same octets", "ink prose bold")
        left = CARD_WIDTH - 16 - _COLUMN * len(self.ends)
        for place, name in enumerate(self.ends):
            card.text(left + _COLUMN * (place + 0.5) - 4, 28, name, "ink bold", "middle")
        for number, row in enumerate(self.rows):
            y = _TOP + _ROW * number
            card.text(24, y, fitting(row.octets, int((left - 34) / CHARACTER_WIDTH)), "ink")
            for place, first in enumerate(row.is_first):
                x = left + _COLUMN * place
                card.rect(x, y - 15, _COLUMN - 8, _ROW, "client" if first else "error")
                words, style = (FIRST, "client small") if first else (NEXT, "error bold small")
                card.text(x + _COLUMN / 2 - 4, y, words, style, "middle")
        return card.finish()


def readings(stream: bytes, ends: Mapping[str, int]) -> Readings:
    r"""Show a stream, and for each reader where the first message in it ends.

        readings(b"5\r\nhello\r\n", {"front": 10, "back": 3})

    Raises ValueError for no reader or more than three, and for an end outside the stream.
    """
    if not 1 <= len(ends) <= MAX_READERS:
        raise ValueError(f"readings() shows 1 to {MAX_READERS} readers, not {len(ends)}")
    for name, end in ends.items():
        if not 0 <= end <= len(stream):
            raise ValueError(f"for {name} it ends after {end} octets; the stream has {len(stream)}")
    return Readings(stream, ends)


def _rows(stream: bytes, ends: Sequence[int]) -> list[ReadLine]:
    """Cut a stream after each line feed and at each end."""
    cuts = {at + 1 for at, octet in enumerate(stream) if octet == 0x0A}
    places = sorted({0, len(stream), *cuts, *ends})
    return [
        ReadLine(_shown(stream[start:end]), tuple(start < last for last in ends))
        for start, end in pairwise(places)
    ]


def _shown(octets: bytes) -> str:
    return "".join(
        _SIGNS.get(octet, chr(octet) if 0x20 <= octet < 0x7F else "·") for octet in octets
    )
