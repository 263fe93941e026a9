"""The layers around a handler, drawn from a trace: where a request goes in, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .drawing import CARD_WIDTH, Card, Picture, fitting

MAX_DEPTH = 5
_MARGIN, _TOP, _INSET, _RING, _CORE = 36, 44, 48, 28, 44
_NOTE = 26  # characters


class Passage(NamedTuple):
    """A step of a trace: a layer is entered, or it is left, with a note on what comes out."""

    name: str
    is_in: bool
    note: str = ""


class Onion(Picture):
    """The way of one request through layers; make one with `onion`."""

    def __init__(self, title: str, steps: Sequence[Passage]) -> None:
        self.title = title
        self.steps = tuple(steps)

    def about(self) -> str:
        """Return the steps in words."""
        words = [
            f"into {step.name}" if step.is_in else f"out of {step.name}{_said(step.note)}"
            for step in self.steps
        ]
        return f"{self.title}. A request goes {', '.join(words)}."

    def text(self) -> str:
        """Return a line for each step, indented by its depth."""
        lines, depth = [self.title], 0
        for step in self.steps:
            depth -= not step.is_in
            label = "  " * depth + ("→ " if step.is_in else "← ") + step.name
            lines.append(f"{label:24}{step.note}".rstrip())
            depth += step.is_in
        return "\n".join(lines)

    def svg(self) -> str:
        """Return a ring for each layer, and the request's way through them."""
        rings = len(self.steps) // 2
        bottom = _TOP + 2 * _RING * (rings - 1) + _CORE
        card = Card(bottom + 20, self.title, self.about())
        card.text(_MARGIN - 16, 28, self.title, "ink bold prose")
        for depth in range(rings):
            x, y = _MARGIN + _INSET * depth, _TOP + _RING * depth
            entered, left = self.steps[depth], self.steps[-depth - 1]
            card.rect(x, y, CARD_WIDTH - 2 * x, bottom - _RING * depth - y, "ring")
            card.text(x + 10, y + 18, entered.name, "server bold")
            card.text(CARD_WIDTH - x - 10, y + 18, fitting(left.note, _NOTE), "ink small", "end")
        y = _TOP + _RING * (rings - 1) + 33
        card.arrow(14, y, CARD_WIDTH / 2 - 6, y, "client")
        card.arrow(CARD_WIDTH / 2 + 6, y, CARD_WIDTH - 14, y, "client")
        return card.finish()


def _said(note: str) -> str:
    return f" with {note}" if note else ""


def onion(title: str, trace: Sequence[tuple[str, ...]]) -> Onion:
    """Draw the layers that a request has gone through, from the outermost to the innermost.

        trace = [("in", "log"), ("in", "page"), ("out", "page", "200"), ("out", "log", "200")]
        onion("GET /", trace)

    Each step is "in" or "out", a name, and perhaps a note on what comes out. A layer is left before
    the layer around it, and none is entered after one has been left.

    Raises ValueError for any other trace, and for more than MAX_DEPTH layers.
    """
    steps = [Passage(step[1], step[0] == "in", *step[2:]) for step in trace]
    half = len(steps) // 2
    entered = [step.name for step in steps[:half]]
    if [step.is_in for step in steps] != [True] * half + [False] * half:
        raise ValueError("a trace goes in, and then out")
    if [step.name for step in reversed(steps[half:])] != entered:
        raise ValueError(f"the layers {entered} are left in another order")
    if not 1 <= half <= MAX_DEPTH:
        raise ValueError(f"there is room for 1 to {MAX_DEPTH} layers, not for {half}")
    return Onion(title, steps)
