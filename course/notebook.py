"""For the lessons: a chapter's report and the board, in the cell of a notebook.

`check("echo")` shows what `python3 -m course check echo` prints, and `check("echo", task=1)` what it
prints for task 1. `board()` shows what `status` prints. Your code runs in a process of its own:
whatever happens there, the notebook goes on.
"""

from __future__ import annotations

import sys
from contextlib import closing

from course.model.errors import CourseError
from course.setup import venv


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
