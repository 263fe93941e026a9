"""A question with its choices, and what became of the guesses, for a notebook and for a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from course.model.guesses import Guesses, Question

STYLESHEET = Path(__file__).with_name("guesses.css")
WIDTH = 80


class Form(NamedTuple):
    """The function that asks, and the word for an answer to it."""

    call: str
    noun: str


GUESS = Form("guess", "your guess")
RECALL = Form("recall", "your answer")


@dataclass(frozen=True, repr=False)
class Page:
    """Something that a notebook shows as HTML and a terminal as text."""

    text: str
    body: str
    has_style: bool = True

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        return self.forms()

    def forms(self) -> dict[str, str]:
        """Return both forms, by their types."""
        return {"text/plain": self.text, "text/html": self.html()}

    def html(self) -> str:
        """Return the whole element, with its style if it needs any."""
        style = f"{stylesheet()}\n" if self.has_style else ""
        return f'{style}<div class="course-guess">\n{self.body}\n</div>'


def stylesheet() -> str:
    """Return what all of these elements look like."""
    return f"<style>{STYLESHEET.read_text(encoding='utf-8')}</style>"


def one_line(text: str) -> Page:
    """Return one line of words."""
    return Page(text, f"<p>{marked_up(text)}</p>", has_style=False)


@dataclass(frozen=True, repr=False)
class InTurn:
    """Several things, one below the other."""

    parts: Sequence[object]

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.parts))

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(*self.parts)  # type: ignore[no-untyped-call]


def open_question(question: Question, form: Form) -> Page:
    """Return a question with its choices, and the call that commits one."""
    commit = f'{form.call}("{question.id}", NUMBER)'
    how = f"To commit {form.noun}, put its number in this call: "
    items = "\n".join(f"<li>{marked_up(text)}</li>" for text in question.choices)
    return Page(
        "\n".join([_asked(question, form), *_numbered(question), f"{how}{commit}"]),
        f"{asked_html(question, form)}\n<ol>\n{items}\n</ol>\n"
        f"<p>{how}<code>{escape(commit)}</code></p>",
        has_style=False,
    )


def answered(question: Question, form: Form, number: int | None, status: str) -> Page:
    """Return a question with the choice that was taken, if one was, and a line below it."""
    items = "\n".join(
        choice_html(text, form if place == number else None)
        for place, text in enumerate(question.choices, start=1)
    )
    return Page(
        "\n".join([_asked(question, form), *_numbered(question, number), *_wrapped("", status)]),
        f"{asked_html(question, form)}\n<ul class='choices'>\n{items}\n</ul>\n{status_html(status)}",
    )


def choice_html(text: str, chosen: Form | None, tag: str = "li") -> str:
    """Return one choice, with a mark if it was taken that does not depend on colour."""
    sign = "◉" if chosen else "○"
    look = f"choice{' chosen' if chosen else ''}"
    yours = f'<span class="yours">{chosen.noun}</span>' if chosen else ""
    return (
        f'<{tag} class="{look}"><span class="sign" aria-hidden="true">{sign}</span>'
        f'<span class="words">{marked_up(text)}</span>{yours}</{tag}>'
    )


def status_html(status: str) -> str:
    """Return the line below a question, which screen readers speak when it changes."""
    return f'<p class="status" role="status">{marked_up(status)}</p>'


def noted(memory: Guesses, is_first: bool = True) -> str:
    """Return what `guess` says to a guess that was made: nothing about whether it is right."""
    start = "Noted." if is_first else "Your first guess stays."
    return _with_fault(f"{start} Run the next cell.", memory)


def verdict(memory: Guesses, question: Question, number: int) -> str:
    """Return what `recall` says to an answer: whether it is right this time, and why."""
    if number == question.answer:
        return _with_fault(f"✓ Right this time. {question.because}", memory)
    where = f'Read again: {question.chapter.slug}, "{question.see}".'
    return _with_fault(f"✗ Not this time. {what_happened(question)} {where}", memory)


def _with_fault(text: str, memory: Guesses) -> str:
    return f"{text} {memory.fault}".rstrip()


def what_happened(question: Question) -> str:
    """Return the answer, and why it is the answer."""
    answer = question.choices[question.answer - 1]
    stop = "" if answer.endswith((".", "!", "?")) else "."
    return f"{answer}{stop} {question.because}"


def table(questions: Sequence[Question], guesses: Guesses) -> Page:
    """Return what was guessed in a lesson, what happened, and where to read again."""
    numbers = [guesses.first(question) for question in questions]
    rows = list(zip(questions, numbers, strict=True))
    summary = sum_of(
        len(rows),
        sum(number is not None for number in numbers),
        sum(number == question.answer for question, number in rows),
    )
    faults = [guesses.fault] if guesses.fault else []
    header = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Question", "You guessed", "What happened", "Read again")
    )
    body = "\n".join(_row_html(question, number) for question, number in rows)
    return Page(
        "\n\n".join([summary, *(_row_text(*row) for row in rows), *faults]),
        f"<p>{summary}</p>\n<table>\n<thead><tr>{header}</tr></thead>\n<tbody>\n{body}\n"
        f"</tbody>\n</table>{''.join(f'<p>{marked_up(fault)}</p>' for fault in faults)}",
    )


def sum_of(asked: int, guessed: int, right: int) -> str:
    """Return the sentence above the table."""
    if not guessed:
        return "You made no guess in this lesson. One click before each demonstration is enough."
    if right == guessed:
        said = "Your guess was right." if right == 1 else f"All your {right} guesses were right."
    else:
        verb = "was" if right == 1 else "were"
        count = (
            "Your guess was not" if guessed == 1 else f"{right} of your {guessed} guesses {verb}"
        )
        said = f"{count} right. Surprises are what you remember best."
    if missing := asked - guessed:
        said += f" {missing} question{' has' if missing == 1 else 's have'} no guess."
    return said


def _row_html(question: Question, number: int | None) -> str:
    is_wrong = number not in (None, question.answer)
    cells = [
        marked_up(what_happened(question)),
        marked_up(question.see) if is_wrong else "",
    ]
    guess = "no guess"
    if number is not None:
        sign, means = ("✗", "not so") if is_wrong else ("✓", "as it happened")
        look = "wrong" if is_wrong else "right"
        guess = (
            f'<span class="{look}" role="img" aria-label="{means}:">{sign}</span> '
            f"{marked_up(question.choices[number - 1])}"
        )
    return (
        f'<tr><th scope="row">{marked_up(question.question)}</th>'
        f"{''.join(f'<td>{cell}</td>' for cell in [guess, *cells])}</tr>"
    )


def _row_text(question: Question, number: int | None) -> str:
    sign = "·" if number is None else "✓" if number == question.answer else "✗"
    guess = "no guess" if number is None else question.choices[number - 1]
    lines = [
        *_wrapped(f"{sign} ", question.question),
        *_wrapped("  you guessed    ", guess),
        *_wrapped("  what happened  ", what_happened(question)),
    ]
    if sign == "✗":
        lines += _wrapped("  read again     ", question.see)
    return "\n".join(lines)


def _asked(question: Question, form: Form) -> str:
    return "\n".join(_wrapped(f"{form.noun.capitalize()} · ", question.question, indent=0))


def asked_html(question: Question, form: Form) -> str:
    """Return the question itself."""
    return f"<p><strong>{form.noun.capitalize()}</strong> · {marked_up(question.question)}</p>"


def _numbered(question: Question, chosen: int | None = None) -> list[str]:
    return [
        line
        for number, text in enumerate(question.choices, start=1)
        for line in _wrapped(f"{'▸' if number == chosen else ' '} {number}  ", text)
    ]


def _wrapped(start: str, text: str, indent: int | None = None) -> list[str]:
    below = " " * (len(start) if indent is None else indent)
    return wrap(text, WIDTH, initial_indent=start, subsequent_indent=below)


def marked_up(text: str) -> str:
    """Return a text as HTML, with what is in backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def plain(text: str) -> str:
    """Return a text without its backticks."""
    return text.replace("`", "")
