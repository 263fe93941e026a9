"""A diagram of states and of the steps between them, drawn from data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .drawing import CARD_WIDTH, Card, Picture

Place = tuple[int, int]  # column and row, from 0

_WIDTH, _HEIGHT = 170, 50  # of a state's box
_ROW = 122
_TOP = 46
_MARGIN = 20
_LINE = 14  # from one line of a label to the next


@dataclass(frozen=True)
class StateChange:
    """What leads from one state to another. A label may have several lines."""

    start: str
    end: str
    label: str


class StateDiagram(Picture):
    """States as boxes, and labelled arrows between them; make one with `state_diagram`."""

    def __init__(
        self,
        title: str,
        states: Mapping[str, tuple[Place, str]],
        steps: Sequence[StateChange],
        note: str,
    ) -> None:
        self.title = title
        self.states = states
        self.steps = steps
        self.note = note
        columns = 1 + max(column for (column, _row), _words in states.values())
        gap = (CARD_WIDTH - 2 * _MARGIN - columns * _WIDTH) / max(columns - 1, 1)
        self._pitch = _WIDTH + gap

    def about(self) -> str:
        """Return each step in words."""
        steps = "; ".join(f"{s.start}, {self._flat(s.label)}, {s.end}" for s in self.steps)
        return f"{self.title}. {steps}. {self.note}"

    def text(self) -> str:
        """Return each state, and below it the steps that lead on from it."""
        lines = [self.title]
        for name, (_place, words) in self.states.items():
            lines += ["", f"{name}   {words}".rstrip()]
            onward = [step for step in self.steps if step.start == name]
            lines += [f"    {self._flat(step.label)} ──▶ {step.end}" for step in onward]
        return "\n".join([*lines, "", self.note])

    def svg(self) -> str:
        """Return boxes and arrows."""
        rows = 1 + max(row for (_column, row), _words in self.states.values())
        height = _TOP + (rows - 1) * _ROW + _HEIGHT + 40
        card = Card(height, self.title, self.about())
        card.text(_MARGIN, 26, self.title, "ink bold prose")
        for name, (_place, words) in self.states.items():
            x, y = self._corner(name)
            card.rect(x, y, _WIDTH, _HEIGHT, "box")
            card.text(x + _WIDTH / 2, y + 21, name, "ink bold", "middle")
            card.text(x + _WIDTH / 2, y + 38, words, "soft prose small", "middle")
        for step in self.steps:
            self._draw_step(card, step)
        card.text(_MARGIN, height - 14, self.note, "soft prose small")
        return card.finish()

    def _draw_step(self, card: Card, step: StateChange) -> None:
        (x1, y1), (x2, y2) = self._corner(step.start), self._corner(step.end)
        label = step.label.split("\n")
        if x1 == x2:
            self._draw_down(card, x1 + _WIDTH / 2, y1, y2, label)
            return
        middle = y2 + _HEIGHT / 2
        to_the_right = x2 > x1
        end = x2 if to_the_right else x2 + _WIDTH
        start = x1 + _WIDTH if to_the_right else x1
        if y1 != y2:  # down or up first, then across
            start = x1 + _WIDTH / 2
            card.line(start, y1 + (_HEIGHT if y2 > y1 else 0), start, middle, "server")
        card.arrow(start, middle, end, middle, "server")
        self._write(card, (start + end) / 2, middle - 7 - _LINE * (len(label) - 1), label, "middle")

    def _draw_down(self, card: Card, x: float, y1: float, y2: float, label: list[str]) -> None:
        down = y2 > y1
        start, end = (y1 + _HEIGHT, y2) if down else (y1, y2 + _HEIGHT)
        card.arrow(x, start, x, end, "server")
        is_last = x + self._pitch > CARD_WIDTH
        y = (start + end) / 2 + 4 - _LINE * (len(label) - 1) / 2
        self._write(card, x - 8 if is_last else x + 8, y, label, "end" if is_last else "start")

    def _write(self, card: Card, x: float, y: float, lines: list[str], anchor: str) -> None:
        for number, line in enumerate(lines):
            card.text(x, y + _LINE * number, line, "ink prose small", anchor)

    def _corner(self, name: str) -> tuple[float, float]:
        (column, row), _words = self.states[name]
        return _MARGIN + column * self._pitch, _TOP + row * _ROW

    @staticmethod
    def _flat(label: str) -> str:
        return label.replace("\n", " ")


def state_diagram(
    title: str,
    states: Mapping[str, tuple[Place, str]],
    steps: Sequence[tuple[str, str, str]],
    note: str = "",
) -> StateDiagram:
    """Draw states and the steps between them.

        state_diagram(
            "A door",
            {"OPEN": ((0, 0), "one can walk in"), "SHUT": ((1, 0), "")},
            [("OPEN", "SHUT", "push"), ("SHUT", "OPEN", "pull")],
        )

    A state has a place (its column and row, from 0) and a few words. A step leads from one state to
    another, by what its label says; an arrow to another row and column goes to that row first.

    Raises ValueError if a step names a state that is not there.
    """
    for start, end, _label in steps:
        for name in (start, end):
            if name not in states:
                raise ValueError(f"a step names {name!r}, which is not one of the states")
    return StateDiagram(title, states, [StateChange(*step) for step in steps], note)
