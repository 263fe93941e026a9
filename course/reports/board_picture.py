"""The board as a card: each chapter with its tasks' marks and its standing, and what is next."""

from __future__ import annotations

from course import TITLE
from course.model.chapters import Chapter, chapters
from course.model.progress import Progress
from course.pictures.drawing import CARD_WIDTH, Card, Picture
from course.reports.board import BROKEN, DONE, current_chapter, in_a_line, marks, standing, table
from course.reports.terminal import plain

_TOP = 62
_ROW_HEIGHT = 42
_MARK_WIDTH = 16
_MARKS_LEFT = 500
_COLOURS = {DONE: "server", BROKEN: "error"}


class BoardPicture(Picture):
    """The board as it was when this was made."""

    def __init__(self) -> None:
        self._course = chapters()
        self._progress = Progress(self._course[0].root)
        self._current = current_chapter(self._course, self._progress)
        self._next = in_a_line(self._current, self._progress)
        done = sum(map(self._progress.is_done, self._course))
        self._sum = f"{done} of {len(self._course)} chapters done"

    def text(self) -> str:
        """Return the board as `status` prints it, its sum, and what is next."""
        rows = plain(table(self._course, self._progress))
        return f"{TITLE} · {self._sum}\n\n{rows}\n{self._next}"

    def svg(self) -> str:
        """Return the same as a card."""
        words = [f"{c.number} {c.slug}: {standing(c, self._progress)}" for c in self._course]
        height = _TOP + _ROW_HEIGHT * len(self._course) + 46
        card = Card(height, f"The board: {self._sum}", "\n".join([*words, f"Next: {self._next}"]))
        card.text(24, 32, TITLE, "ink prose bold")
        card.text(CARD_WIDTH - 24, 32, self._sum, "soft prose", "end")
        card.line(24, 46, CARD_WIDTH - 24, 46, "soft thin")
        for row, chapter in enumerate(self._course):
            self._draw(card, _TOP + 12 + row * _ROW_HEIGHT, chapter)
        card.line(24, height - 44, CARD_WIDTH - 24, height - 44, "soft thin")
        card.text(24, height - 18, f"Next: {self._next}", "ink prose")
        return card.finish()

    def _draw(self, card: Card, baseline: float, chapter: Chapter) -> None:
        weight = " bold" if chapter == self._current else ""
        card.text(44, baseline, str(chapter.number), f"client{weight}", "end")
        card.text(60, baseline, chapter.slug, f"ink{weight}")
        card.text(60, baseline + 17, chapter.question, "soft prose")
        for place, mark in enumerate(marks(chapter, self._progress).plain.split()):
            left = _MARKS_LEFT + place * _MARK_WIDTH
            card.text(left, baseline, mark, _COLOURS.get(mark, "soft bold"), "middle")
        words = standing(chapter, self._progress)
        colour = "server" if self._progress.is_done(chapter) else "ink" if weight else "soft"
        card.text(CARD_WIDTH - 24, baseline, words, f"{colour} prose{weight}", "end")
