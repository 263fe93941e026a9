"""The board as a card: each chapter with its tasks' marks and its state, and what is next."""

from __future__ import annotations

from course import TITLE
from course.pictures.drawing import CARD_WIDTH, Card, Picture
from course.reports.board import BROKEN, DONE, Row, board, next_step, table
from course.reports.terminal import as_text

_TOP = 62
_ROW_HEIGHT = 42
_MARK_WIDTH = 16
_MARKS_LEFT = 500
_COLOURS = {DONE: "server", BROKEN: "error"}


class BoardPicture(Picture):
    """The board as it was when this was made."""

    def __init__(self) -> None:
        self._rows = board()
        self._next = next_step(self._rows)
        done = sum(row.is_done for row in self._rows)
        self._sum = f"{done} of {len(self._rows)} chapters done"

    def about(self) -> str:
        """Return how many chapters are done, and what is next."""
        return f"The board: {self._sum}. Next: {self._next}"

    def text(self) -> str:
        """Return the board as `status` prints it, its sum, and what is next."""
        return f"{TITLE} · {self._sum}\n\n{as_text([table(self._rows)])}\n{self._next}"

    def svg(self) -> str:
        """Return the same as a card."""
        height = _TOP + _ROW_HEIGHT * len(self._rows) + 46
        card = Card(height, "The board", self.about())
        card.text(24, 32, TITLE, "ink prose bold")
        card.text(CARD_WIDTH - 24, 32, self._sum, "soft prose", "end")
        card.line(24, 46, CARD_WIDTH - 24, 46, "soft thin")
        for place, row in enumerate(self._rows):
            _draw(card, _TOP + 12 + place * _ROW_HEIGHT, row)
        card.line(24, height - 44, CARD_WIDTH - 24, height - 44, "soft thin")
        card.text(24, height - 18, f"Next: {self._next}", "ink prose")
        return card.finish()


def _draw(card: Card, baseline: float, row: Row) -> None:
    weight = " bold" if row.is_current else ""
    card.text(44, baseline, str(row.chapter.number), f"client{weight}", "end")
    card.text(60, baseline, row.chapter.slug, f"ink{weight}")
    card.text(60, baseline + 17, row.chapter.question, "soft prose")
    for place, mark in enumerate(row.marks):
        left = _MARKS_LEFT + place * _MARK_WIDTH
        card.text(left, baseline, mark.sign, _COLOURS.get(mark, "soft bold"), "middle")
    colour = "server" if row.is_done else "ink" if weight else "soft"
    card.text(CARD_WIDTH - 24, baseline, row.state, f"{colour} prose{weight}", "end")
