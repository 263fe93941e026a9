"""A question with buttons: one click, or Enter, commits an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from course.model.guesses import Question
from course.reports.guesses import (
    Form,
    Page,
    answered,
    asked_html,
    choice_html,
    open_question,
    plain,
    status_html,
    stylesheet,
)
from course.setup.in_browser import WIDGET_VIEW, has_widgets, is_jupyter

# Keeps the number of a choice. Returns the number that counts, and the line to be shown for it.
Take = Callable[[int], tuple[int, str]]


def asked(question: Question, form: Form, take: Take) -> object:
    """Return a question with buttons where somebody can click them, else as text."""
    page = open_question(question, form)
    return _WithButtons(question, form, take, page) if has_widgets() else page


class _WithButtons:
    """A question that can be answered once.

    A saved notebook does not keep the buttons. So JupyterLab gets the question without them as well,
    which the style sheet hides as long as the buttons are there.
    """

    def __init__(self, question: Question, form: Form, take: Take, page: Page) -> None:
        import ipywidgets as widgets

        self._question, self._form, self._take, self._page = question, form, take, page
        self._display_id = uuid4().hex
        self._is_answered = False
        self._buttons = [
            widgets.Button(description=f"{number}. {plain(text)}")
            for number, text in enumerate(question.choices, start=1)
        ]
        self._labels = [widgets.HTML(_label(text, None)) for text in question.choices]
        self._status = widgets.HTML(status_html(_how_to()))
        heading = widgets.HTML(stylesheet() + asked_html(question, form))
        rows = [widgets.HBox(row) for row in zip(self._buttons, self._labels, strict=True)]
        self._box = widgets.VBox([heading, *rows, self._status])
        self._box.add_class("course-guess")
        for number, (row, button) in enumerate(zip(rows, self._buttons, strict=True), start=1):
            row.add_class("course-guess-row")
            button.on_click(lambda _button, number=number: self._choose(number))

    def __repr__(self) -> str:
        return self._page.text

    def _ipython_display_(self) -> None:
        from IPython.display import display

        model = {"version_major": 2, "version_minor": 0, "model_id": self._box.model_id}
        bundle: dict[str, Any] = {WIDGET_VIEW: model}
        if is_jupyter():
            saved = answered(self._question, self._form, None, "Run this cell to answer.")
            display(self._saved(saved), raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]
        else:
            bundle |= self._page.forms()
        display(bundle, raw=True)  # type: ignore[no-untyped-call]

    def _saved(self, page: Page) -> dict[str, str]:
        html = f'<div class="course-guess-saved">\n{page.html()}\n</div>'
        return {"text/plain": page.text, "text/html": html}

    def _choose(self, number: int) -> None:
        if self._is_answered:
            return
        self._is_answered = True
        number, status = self._take(number)
        for place, text in enumerate(self._question.choices, start=1):
            button, label = self._buttons[place - 1], self._labels[place - 1]
            if place == number:  # it stays enabled: a button that is disabled loses the focus
                button.description += f" ({self._form.noun})"
                label.value = _label(text, self._form)
            else:
                button.disabled = True
        self._status.value = status_html(status)
        if is_jupyter():
            from IPython.display import update_display

            saved = answered(self._question, self._form, number, status)
            update_display(self._saved(saved), raw=True, display_id=self._display_id)  # type: ignore[no-untyped-call]


def _how_to() -> str:
    return "One click commits it." + " By keyboard: Shift+Tab, then Enter." * is_jupyter()


def _label(text: str, chosen: Form | None) -> str:
    """Return a choice to be looked at: screen readers read the button above it."""
    return f'<div aria-hidden="true">{choice_html(text, chosen, "div")}</div>'
