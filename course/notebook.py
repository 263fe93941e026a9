"""For the lessons: a chapter's report and the board, in the cell of a notebook.

`check("echo")` shows what `python3 -m course check echo` prints, `board()` what `status` prints. Your
code runs in a process of its own: whatever happens there, the notebook goes on.
"""

from __future__ import annotations

import sys
from contextlib import closing

from course.checks.peers import wait_for_octets as wait_for_bytes
from course.model.errors import CourseError
from course.setup import venv

__all__ = ["board", "check", "wait_for_bytes"]


def check(chapter: int | str | None = None) -> object:
    """Check a chapter (without one: the current), and return the report to be shown.

    The check ends when it gives no sign of life, or when you interrupt the cell.
    """
    if missing := venv.missing(venv.LEARNERS, sys.path):
        print(
            f"The checks need {', '.join(missing)}, which the Python of this notebook does not "
            "have. Open the lesson with `python3 -m course lab`, or choose the kernel in .venv."
        )
        return None
    from course.model.chapters import find
    from course.model.progress import Progress
    from course.reports import html
    from course.reports.board import chapter_at_hand
    from course.reports.outline import outline
    from course.reports.report import collect
    from course.running.hosts import Host
    from course.running.orders import Order

    try:
        wanted = chapter_at_hand() if chapter is None else find(str(chapter))
        with closing(Host()) as host:
            report = collect(wanted, wanted.workbench, host.run(Order(wanted.stem)))
        report.note(Progress(wanted.root))
        return html.shown(outline(report))
    except (CourseError, OSError) as error:  # OSError: no process could be started
        return html.words(f"course: {error}")
    except KeyboardInterrupt:
        return html.words("Stopped. The check of this chapter did not finish.")


def board() -> object:
    """Return the board of `python3 -m course status`, as a picture."""
    from course.reports import html
    from course.reports.board_picture import BoardPicture

    try:
        return BoardPicture()
    except CourseError as error:
        return html.words(f"course: {error}")
