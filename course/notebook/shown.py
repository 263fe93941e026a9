"""A value that a notebook shows as HTML and a terminal as text (standard library only)."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

STYLESHEET = Path(__file__).with_name("report.css")


@dataclass(frozen=True, repr=False)
class Shown:
    """One thing to show, in both forms; `body` is HTML, with nothing unescaped of a learner's."""

    text: str
    body: str

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        style = STYLESHEET.read_text(encoding="utf-8")
        page = f'<style>{style}</style>\n<div class="course-report">\n{self.body}\n</div>'
        return {"text/plain": self.text, "text/html": page}


def line(words: str) -> Shown:
    """Return one line of words, to be shown alone."""
    return Shown(words, f"<p>{escape(words)}</p>")


def refusal(words: object) -> Shown:
    """Return the line that a command prints when it cannot do what you asked."""
    return line(f"course: {words}")
