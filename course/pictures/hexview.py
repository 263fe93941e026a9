"""Octets as they are: their positions, their values and, where there is one, their character."""

from __future__ import annotations

from .drawing import CARD_WIDTH, CHARACTER_WIDTH, Card, Picture

OCTETS_A_LINE = 16
MOST_LINES = 32
_LINE_HEIGHT = 19
_NEWLINES = {0x0D: "\N{SYMBOL FOR CARRIAGE RETURN}", 0x0A: "\N{SYMBOL FOR LINE FEED}"}
_NEWLINE_NAMES = {0x0D: "CR", 0x0A: "LF"}  # many fonts of browsers lack the symbols


class HexView(Picture):
    """A hex view of `data`; make one with `hexview`."""

    def __init__(self, data: bytes, caption: str) -> None:
        self.data = bytes(data)
        self.caption = caption
        self._shown = self.data[: OCTETS_A_LINE * MOST_LINES]

    def text(self) -> str:
        """Return a line for each 16 octets: decimal offset, hex, and characters."""
        lines = [
            f"{offset:>6}  {_hex(row):<48}  {_characters(row)}" for offset, row in self._rows()
        ]
        return "\n".join([*self._heading(), *lines, *self._rest()])

    def svg(self) -> str:
        """Return the same as a card, with CR and LF coloured."""
        caption, rest = self._heading(), self._rest()
        lines = len(caption) + len(self._rows()) + len(rest)
        card = Card(30 + lines * _LINE_HEIGHT, self.caption or "Hex view", _description(self.data))
        baseline = 26.0
        for line in caption:
            card.text(20, baseline, line, "ink prose bold")
            baseline += _LINE_HEIGHT + 4
        for offset, row in self._rows():
            _draw_row(card, baseline, offset, row)
            baseline += _LINE_HEIGHT
        for line in rest:
            card.text(20, baseline, line, "soft prose")
        return card.finish()

    def _rows(self) -> list[tuple[int, bytes]]:
        offsets = range(0, len(self._shown), OCTETS_A_LINE)
        return [(offset, self._shown[offset : offset + OCTETS_A_LINE]) for offset in offsets]

    def _heading(self) -> list[str]:
        return [self.caption] if self.caption else []

    def _rest(self) -> list[str]:
        if not self.data:
            return ["(no octets)"]
        hidden = len(self.data) - len(self._shown)
        return [f"… {hidden:,} more octet{'s' * (hidden > 1)}"] if hidden else []


def hexview(data: bytes, caption: str = "") -> HexView:
    """Show octets: decimal offset, hex, and text with CR and LF as ␍ and ␊.

    Any other octet that is not a printing ASCII character is shown as a middle dot. After 512
    octets the view says how many more there are.
    """
    return HexView(data, caption)


def _hex(row: bytes) -> str:
    halves = (row[: OCTETS_A_LINE // 2].hex(" "), row[OCTETS_A_LINE // 2 :].hex(" "))
    return "  ".join(half for half in halves if half)


def _character(octet: int) -> str:
    if 0x20 <= octet < 0x7F:
        return chr(octet)
    return _NEWLINES.get(octet, "\N{MIDDLE DOT}")


def _characters(row: bytes) -> str:
    return "".join(_character(octet) for octet in row)


def _style(octet: int) -> str:
    if octet in _NEWLINES:
        return "newline bold"
    return "ink" if 0x20 <= octet < 0x7F else "soft"


def _draw_row(card: Card, baseline: float, offset: int, row: bytes) -> None:
    card.text(20 + 6 * CHARACTER_WIDTH, baseline, str(offset), "soft", "end")
    for column, octet in enumerate(row):
        gap = CHARACTER_WIDTH if column >= OCTETS_A_LINE // 2 else 0.0
        card.text(90 + column * 26 + gap, baseline, f"{octet:02x}", _style(octet))
        left = CARD_WIDTH - 210 + column * 12
        if octet in _NEWLINE_NAMES:
            card.text(left, baseline - 1, _NEWLINE_NAMES[octet], "newline bold tiny", "middle")
        else:
            card.text(left, baseline, _character(octet), _style(octet), "middle")


def _description(data: bytes) -> str:
    return f"{len(data):,} octets, sixteen a line: offset, hexadecimal, characters."
