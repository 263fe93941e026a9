"""Octets as they are: their positions, their values and, where there is one, their character."""

from __future__ import annotations

from .drawing import CARD_WIDTH, CHARACTER_WIDTH, Card, Picture

OCTETS_A_LINE = 16
MAX_LINES = 32
_LINE_HEIGHT = 19
_NEWLINES = {0x0D: "\N{SYMBOL FOR CARRIAGE RETURN}", 0x0A: "\N{SYMBOL FOR LINE FEED}"}
_NEWLINE_NAMES = {0x0D: "CR", 0x0A: "LF"}  # many fonts of browsers lack the symbols


class HexView(Picture):
    """A hex view of `data`; make one with `hexview`."""

    def __init__(self, data: bytes, caption: str) -> None:
        self.data = bytes(data)
        self.caption = caption
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
        """Return a line for each 16 octets: decimal offset, hex, and characters."""
        lines = [_line(offset, row) for offset, row in self._rows]
        return "\n".join(filter(None, [self.caption, *lines, self._rest]))

    def svg(self) -> str:
        """Return the same as a card, with CR and LF coloured."""
        lines = bool(self.caption) + len(self._rows) + bool(self._rest)
        card = Card(30 + lines * _LINE_HEIGHT, self.caption or "Hex view", self.about())
        baseline = 26.0
        if self.caption:
            card.text(20, baseline, self.caption, "ink prose bold")
            baseline += _LINE_HEIGHT + 4
        for offset, row in self._rows:
            _draw_row(card, baseline, offset, row)
            baseline += _LINE_HEIGHT
        if self._rest:
            card.text(20, baseline, self._rest, "soft prose")
        return card.finish()


def hexview(data: bytes, caption: str = "") -> HexView:
    """Show octets: decimal offset, hex, and text with CR and LF as ␍ and ␊.

    Any other octet that is not a printing ASCII character is shown as a middle dot. After 512
    octets the view says how many more there are.
    """
    return HexView(data, caption)


def _line(offset: int, row: bytes) -> str:
    halves = f"{row[: OCTETS_A_LINE // 2].hex(' ')}  {row[OCTETS_A_LINE // 2 :].hex(' ')}"
    return f"{offset:>6}  {halves:<48}  {''.join(map(_character, row))}"


def _character(octet: int) -> str:
    if 0x20 <= octet < 0x7F:
        return chr(octet)
    return _NEWLINES.get(octet, "\N{MIDDLE DOT}")


def _draw_row(card: Card, baseline: float, offset: int, row: bytes) -> None:
    card.text(20 + 6 * CHARACTER_WIDTH, baseline, str(offset), "soft", "end")
    for column, octet in enumerate(row):
        style = "ink" if 0x20 <= octet < 0x7F else "soft"
        style = "newline bold" if octet in _NEWLINES else style
        gap = CHARACTER_WIDTH if column >= OCTETS_A_LINE // 2 else 0.0
        card.text(90 + column * 26 + gap, baseline, f"{octet:02x}", style)
        left = CARD_WIDTH - 210 + column * 12
        if octet in _NEWLINE_NAMES:
            card.text(left, baseline - 1, _NEWLINE_NAMES[octet], "newline bold tiny", "middle")
        else:
            card.text(left, baseline, _character(octet), style, "middle")
