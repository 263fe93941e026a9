"""A film as SVG."""

from __future__ import annotations

from collections.abc import Sequence

from .drawing import Card
from .film import Moment
from .pipe_text import draw as as_text


def draw(names: Sequence[str], moments: Sequence[Moment]) -> str:
    lines = as_text(names, moments).splitlines()
    card = Card(40 + 16 * len(lines), "Film", "")
    for number, line in enumerate(lines):
        card.text(20, 26 + 16 * number, line, "ink")
    return card.finish()
