"""The way of a search through a tree: which node it looks at, step by step, and where it goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from .drawing import Card, Picture

MAX_STEPS = 10
_LABELS = 24  # where the labels begin, in the card
_STEPS = 296  # where the steps begin
_STEP, _ROW, _TOP = 44, 30, 70
_BOX = 34, 22
_TEXT_LABELS = 32  # characters
_ROOT = "(the root)"
_LEGEND = "✗ leads nowhere: back   ✓ the route"


class TreeWalk(Picture):
    """A tree, and the steps of a search through it; make one with `tree_walk`."""

    def __init__(
        self, title: str, tree: Mapping[str, str], visits: Sequence[str], *, is_found: bool
    ) -> None:
        self.title = title
        self.tree = dict(tree)
        self.visits = tuple(visits)
        self.is_found = is_found

    def about(self) -> str:
        """Return the steps in words."""
        steps = [
            f"{number}. {visit or _ROOT}{_WORDS[self._mark(number)]}"
            for number, visit in enumerate(self.visits, 1)
        ]
        return f"{self.title}. Steps: {'; '.join(steps)}."

    def text(self) -> str:
        """Return a line for each node, and a column for each step."""
        numbers = range(1, len(self.visits) + 1)
        lines = [self.title, " " * _TEXT_LABELS + "".join(f"{n:4}" for n in numbers)]
        for place, note in self.tree.items():
            label = f"{'  ' * _depth(place)}{_label(place)}  {note}"
            marks = (f"{self._mark(n) if self.visits[n - 1] == place else '':>4}" for n in numbers)
            lines.append(f"{label:{_TEXT_LABELS}}{''.join(marks)}".rstrip())
        return "\n".join([*lines, _LEGEND])

    def svg(self) -> str:
        """Return the tree on the left, and the steps from left to right."""
        height = _TOP + _ROW * len(self.tree) + 22
        card = Card(height, self.title, self.about())
        card.text(_LABELS, 28, self.title, "ink bold prose")
        rows = {place: _TOP + _ROW * row for row, place in enumerate(self.tree)}
        for place, note in self.tree.items():
            y = rows[place] + 4
            card.text(_LABELS + 18 * _depth(place), y, _label(place), "ink")
            card.text(_STEPS - 40, y, note, "soft prose small", "end")
        for number, (before, after) in enumerate(pairwise(self.visits), 1):
            style = "error dashed" if self._mark(number) == "✗" else "server"
            x = _STEPS + _STEP * (number - 1) + _BOX[0] / 2
            card.line(x, rows[before], x + _STEP - _BOX[0], rows[after], style)
        for number, visit in enumerate(self.visits, 1):
            mark = self._mark(number)
            x, y = _STEPS + _STEP * (number - 1), rows[visit]
            card.rect(x - _BOX[0] / 2, y - _BOX[1] / 2, *_BOX, "box")
            words = f"{number}" if mark == "●" else f"{number} {mark}"
            style = "error bold" if mark == "✗" else "server bold"
            card.text(x, y + 4, words, style, "middle")
        card.text(_LABELS, height - 12, _LEGEND, "soft prose small")
        return card.finish()

    def _mark(self, number: int) -> str:
        """Return what comes of a step: it goes on below, or it leads nowhere, or it is the route."""
        if number == len(self.visits):
            return "✓" if self.is_found else "✗"
        return "●" if _parent(self.visits[number]) == self.visits[number - 1] else "✗"


_WORDS = {"●": "", "✗": ", leads nowhere", "✓": ", the route"}


def tree_walk(
    title: str, tree: Mapping[str, str], visits: Sequence[str], *, is_found: bool
) -> TreeWalk:
    """Draw a tree, and the way of a search through it.

        tree = {"": "", "/a": "", "/a/b": "GET", "/{x}": "", "/{x}/c": "GET"}
        tree_walk("The search for /a/c", tree, ["", "/a", "/{x}", "/{x}/c"], is_found=True)

    A node is named by its path: the root is "", and each path but the root's comes after its parent's.
    The value is a note beside it. `visits` are the nodes that the search looks at, one after another.

    Raises ValueError for a visit that is not in the tree, for a node without its parent before it, and
    for more than MAX_STEPS visits.
    """
    seen: set[str] = set()
    for place in tree:
        if place and _parent(place) not in seen:
            raise ValueError(f"{place!r} comes before its parent, {_parent(place)!r}")
        seen.add(place)
    for visit in visits:
        if visit not in seen:
            raise ValueError(f"{visit!r} is not in the tree")
    if len(visits) > MAX_STEPS:
        raise ValueError(f"there is room for {MAX_STEPS} visits, not for {len(visits)}")
    return TreeWalk(title, tree, visits, is_found=is_found)


def _parent(place: str) -> str | None:
    return place.rpartition("/")[0] if place else None


def _depth(place: str) -> int:
    return place.count("/")


def _label(place: str) -> str:
    return f"/{place.rpartition('/')[2]}" if place else _ROOT
