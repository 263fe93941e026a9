"""For the lessons: a chapter's report, the board, and guesses, in the cell of a notebook.

`check("echo")` shows what `python3 -m course check echo` prints, and `check("echo", task=1)` what it
prints for task 1. `board()` shows what `status` prints. Your code runs in a process of its own:
whatever happens there, the notebook goes on.

`guess(id)` asks a question before the lesson shows the answer, `guesses("echo")` shows at the end
what you guessed and what happened, and `recall("accept")` asks again what you guessed wrong before.
"""

from __future__ import annotations

import sys
from contextlib import closing
from functools import partial

from course.checks.peers import wait_for_bytes
from course.model.errors import CourseError
from course.setup import venv

__all__ = ["board", "check", "guess", "guesses", "recall", "wait_for_bytes"]


def check(chapter: int | str | None = None, task: int | str | None = None) -> object:
    """Check a chapter (without one: the current), or one of its tasks; return the report to show.

    The check ends when it gives no sign of life, or when you interrupt the cell.
    """
    if missing := venv.missing(venv.LEARNERS, sys.path):
        print(
            f"The checks need {', '.join(missing)}, which the Python of this notebook does not "
            "have. Open the lesson with `python3 -m course lab`, or choose the kernel in .venv."
        )
        return None
    from course.model.chapters import find, find_task
    from course.model.progress import Progress
    from course.reports import html
    from course.reports.board import chapter_at_hand
    from course.reports.outline import body, outline
    from course.reports.report import collect
    from course.running.hosts import Host
    from course.running.orders import Order

    try:
        wanted = chapter_at_hand() if chapter is None else find(str(chapter))
        only = None if task is None else find_task(str(task), wanted)
        with closing(Host()) as host:
            news = host.run(Order(wanted.stem, task=only))
            report = collect(wanted, wanted.workbench, news, task=only)
        report.note(Progress(wanted.root))
        return html.shown((outline if only is None else body)(report, in_lesson=True))
    except (CourseError, OSError) as error:  # OSError: no process could be started
        return html.words(f"course: {error}")
    except KeyboardInterrupt:
        return html.words("Stopped. The check did not finish.")


def board() -> object:
    """Return the board of `python3 -m course status`, as a picture."""
    from course.reports import html
    from course.reports.board_picture import BoardPicture

    try:
        return BoardPicture()
    except CourseError as error:
        return html.words(f"course: {error}")


def guess(id: str, choice: int | None = None) -> object:  # noqa: A002
    """Ask a question of a lesson, or commit the choice with this number. The first guess stays."""
    from course.model.guesses import Guesses, find_question
    from course.reports import guesses as forms
    from course.reports.guess_buttons import asked

    try:
        question = find_question(id)
        number = None if choice is None else question.number(choice)
    except CourseError as error:
        return forms.one_line(f"course: {error}")

    def commit(number: int) -> tuple[int, str]:
        counts = memory.commit(question, number)
        return counts, forms.noted(memory, is_first=counts == number)

    memory = Guesses()
    made = memory.first(question)
    if number is not None:
        return forms.answered(question, forms.GUESS, *commit(number))
    if made is not None:
        return forms.answered(question, forms.GUESS, made, forms.noted(memory))
    return asked(question, forms.GUESS, commit)


def guesses(chapter: int | str) -> object:
    """Show what you guessed in a lesson, what happened, and where to read again."""
    from course.model.chapters import find
    from course.model.guesses import Guesses, questions_of
    from course.reports import guesses as forms

    try:
        found = find(str(chapter))
        questions = questions_of(found)
    except CourseError as error:
        return forms.one_line(f"course: {error}")
    if not questions:
        return forms.one_line(f"The lesson {found.slug} asks for no guesses.")
    return forms.table(questions, Guesses())


def recall(name: int | str, choice: int | None = None) -> object:
    """Ask again what you last got wrong in the lessons before a chapter.

    Where there are no buttons, `recall(id, 2)` answers one of these questions.
    """
    from course.model.chapters import find
    from course.model.guesses import Guesses, Question, find_question, to_repeat
    from course.reports import guesses as forms
    from course.reports.guess_buttons import asked

    def answer(question: Question, number: int) -> tuple[int, str]:
        memory = Guesses()
        memory.answer_again(question, number)
        return number, forms.verdict(memory, question, number)

    try:
        if choice is not None:
            question = find_question(name)
            taken = answer(question, question.number(choice))
            return forms.answered(question, forms.RECALL, *taken)
        wrong = to_repeat(find(str(name)))
    except CourseError as error:
        return forms.one_line(f"course: {error}")
    return forms.InTurn(
        [asked(question, forms.RECALL, partial(answer, question)) for question in wrong]
        or [forms.one_line("Nothing to repeat from earlier lessons.")]
    )
