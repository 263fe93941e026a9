"""Octets as they are: their positions, their values and, where there is one, their character."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from .drawing import CARD_WIDTH, CHARACTER_WIDTH, Card, Picture

OCTETS_A_LINE = 16
MAX_LINES = 32
_LINE_HEIGHT = 19
_NEWLINES = {0x0D: "\N{SYMBOL FOR CARRIAGE RETURN}", 0x0A: "\N{SYMBOL FOR LINE FEED}"}
_NEWLINE_NAMES = {0x0D: "CR", 0x0A: "LF"}  # many fonts of browsers lack the symbols


class _Kind(Enum):
    """What an octet is, in words."""

    PRINTED = "a character"
    NEWLINE = "an end of line"
    ZERO = "a zero"
    OTHER = "not a character of ASCII"
    LENGTH = "a length"


_STYLES = {
    _Kind.PRINTED: "ink",
    _Kind.NEWLINE: "newline bold",
    _Kind.ZERO: "zero",
    _Kind.OTHER: "other italic",
    _Kind.LENGTH: "length bold",
}
_SAMPLES = {_Kind.LENGTH: "05", _Kind.ZERO: "00", _Kind.OTHER: "ff"}


class HexView(Picture):
    """A hex view of `data`; make one with `hexview`."""

    def __init__(self, data: bytes, caption: str, lengths: Iterable[range]) -> None:
        self.data = bytes(data)
        self.caption = caption
        self.lengths = tuple(each for each in lengths if each)
        shown = self.data[: OCTETS_A_LINE * MAX_LINES]
        offsets = range(0, len(shown), OCTETS_A_LINE)
        self._rows = [(offset, shown[offset : offset + OCTETS_A_LINE]) for offset in offsets]
        hidden = len(self.data) - len(shown)
        more = f"… {hidden:,} more octet{'s' * (hidden > 1)}" if hidden else ""
        self._rest = more if shown else "(no octets)"

    def about(self) -> str:
        """Return the caption and the number of octets."""
        named = f"{self.caption}: " if self.caption else ""
        return f"Hex view: {named}{len(self.data):,} octets, sixteen a line."

    def text(self) -> str:
        """Return a line for each 16 octets: decimal offset, hex with lengths in [], and characters."""
        lines = [self._line(offset, row) for offset, row in self._rows]
        return "\n".join(filter(None, [self.caption, *lines, self._rest]))

    def svg(self) -> str:
        """Return the same as a card, in colours; lengths are underlined."""
        legend = self._legend()
        lines = bool(self.caption) + len(self._rows) + bool(self._rest) + 1.4 * bool(legend)
        card = Card(30 + lines * _LINE_HEIGHT, self.caption or "Hex view", self.about())
        baseline = 26.0
        if self.caption:
            card.text(20, baseline, self.caption, "ink prose bold")
            baseline += _LINE_HEIGHT + 4
        for offset, row in self._rows:
            self._draw_row(card, baseline, offset, row)
            baseline += _LINE_HEIGHT
        if self._rest:
            card.text(20, baseline, self._rest, "soft prose")
            baseline += _LINE_HEIGHT
        left, baseline = 90.0, baseline + 0.4 * _LINE_HEIGHT
        for kind in legend:
            card.text(left, baseline, _SAMPLES[kind], _STYLES[kind])
            if kind is _Kind.LENGTH:
                card.line(left - 2, baseline + 4, left + 16, baseline + 4, _STYLES[kind])
            card.text(left + 26, baseline, kind.value, "soft prose small")
            left += 26 + len(kind.value) * 6 + 24
        return card.finish()

    def _kind(self, position: int) -> _Kind:
        octet = self.data[position]
        if any(position in each for each in self.lengths):
            return _Kind.LENGTH
        if octet in _NEWLINES:
            return _Kind.NEWLINE
        if octet == 0:
            return _Kind.ZERO
        return _Kind.PRINTED if 0x20 <= octet < 0x7F else _Kind.OTHER

    def _legend(self) -> list[_Kind]:
        """Return the kinds of octets that need a word."""
        shown = {self._kind(at) for at in range(sum(len(row) for _, row in self._rows))}
        return [kind for kind in (_Kind.LENGTH, _Kind.ZERO, _Kind.OTHER) if kind in shown]

    def _line(self, offset: int, row: bytes) -> str:
        halves = f"{row[: OCTETS_A_LINE // 2].hex(' ')}  {row[OCTETS_A_LINE // 2 :].hex(' ')}"
        line = list(f"{offset:>6}  {halves:<48}  {self._characters(offset, row)}")
        for each in self.lengths:
            for place, sign in ((each.start, "["), (each.stop - 1, "]")):
                column = place - offset
                if 0 <= column < len(row):
                    cell = 8 + 3 * column + (column >= OCTETS_A_LINE // 2)
                    at = cell - 1 if sign == "[" else cell + 2
                    line[at] = "|" if line[at] in "[]" else sign
        return "".join(line)

    def _characters(self, offset: int, row: bytes) -> str:
        return "".join(self._character(at) for at in range(offset, offset + len(row)))

    def _character(self, position: int) -> str:
        octet = self.data[position]
        if 0x20 <= octet < 0x7F:
            return chr(octet)
        is_newline = self._kind(position) is _Kind.NEWLINE  # and not part of a length
        return _NEWLINES[octet] if is_newline else "\N{MIDDLE DOT}"

    def _draw_row(self, card: Card, baseline: float, offset: int, row: bytes) -> None:
        card.text(20 + 6 * CHARACTER_WIDTH, baseline, str(offset), "soft", "end")
        for column, octet in enumerate(row):
            kind = self._kind(offset + column)
            card.text(_left(column), baseline, f"{octet:02x}", _STYLES[kind])
            left = CARD_WIDTH - 210 + column * 12
            if kind is _Kind.NEWLINE:
                name = _NEWLINE_NAMES[octet]
                card.text(left, baseline - 1, name, "newline bold tiny", "middle")
            else:
                character = self._character(offset + column)
                card.text(left, baseline, character, _STYLES[kind], "middle")
        for each in self.lengths:
            first, last = max(each.start - offset, 0), min(each.stop - offset, len(row)) - 1
            if first <= last:
                y = baseline + 4
                card.line(_left(first) - 2, y, _left(last) + 16, y, _STYLES[_Kind.LENGTH])


def hexview(data: bytes, caption: str = "", lengths: Iterable[range] = ()) -> HexView:
    """Show octets: decimal offset, hex, and text with CR and LF as ␍ and ␊.

    `lengths` says which octets tell how long something is: `[range(0, 4)]` for the first four. They
    are underlined, and in brackets where there is only text.

    Any other octet that is not a printing ASCII character is shown as a middle dot. After 512
    octets the view says how many more there are.
    """
    return HexView(data, caption, lengths)


def _left(column: int) -> float:
    return 90 + column * 26 + (CHARACTER_WIDTH if column >= OCTETS_A_LINE // 2 else 0)
