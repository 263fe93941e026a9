"""The grades as a table in the terminal, and as CSV, JSON or Markdown in a file."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Sequence

from rich.table import Table
from rich.text import Text

from course import TITLE
from course.commands.grade.grade import Grade, Status
from course.reports.files import cell

STYLES = {Status.WHOLE: "green", Status.PARTLY: "yellow", Status.TO_DO: "dim"}
FORMULA = ("=", "+", "-", "@")  # with which a spreadsheet would begin to compute


def table(grades: Sequence[Grade]) -> Table:
    """Return one row for each chapter of each submission; notes stand below their row."""
    rows = Table(box=None, padding=(0, 2, 0, 0), header_style="cyan")
    rows.add_column("submission", overflow="fold", ratio=1)
    rows.add_column("ch", justify="right")
    rows.add_column("kept", justify="right", no_wrap=True)
    rows.add_column("by task", no_wrap=True)
    rows.add_column("", no_wrap=True)
    rows.add_column("s", justify="right", no_wrap=True)
    for grade in grades:
        rows.add_row(
            Text(grade.submission),
            str(grade.chapter.number),
            f"{grade.kept()}/{len(grade.of())}",
            Text(" ".join(f"{kept}/{total}" for kept, total in grade.by_task.values()), "dim"),
            Text(grade.status.value, STYLES.get(grade.status, "red")),
            f"{grade.seconds:.1f}",
        )
    return rows


def notes(grades: Sequence[Grade]) -> list[Text]:
    """Return a line for each grade that needs a word."""
    return [
        Text.assemble((f"{grade.submission}, chapter {grade.chapter.number}: ", "cyan"), grade.note)
        for grade in grades
        if grade.note
    ]


def summary(grades: Sequence[Grade]) -> str:
    """Say how many there are of each status."""
    counts = Counter(grade.status for grade in grades)
    return " · ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])


def as_csv(grades: Sequence[Grade]) -> str:
    """Return a row for each chapter of each submission, for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = ("submission", "chapter", "slug", "status", "kept", "promises")
    writer.writerow([*heads, "tasks_whole", "tasks", "seconds", "note"])
    for grade in grades:
        whole = sum(kept == total for kept, total in grade.by_task.values())
        figures = [grade.kept(), len(grade.of()), whole, len(grade.by_task), grade.seconds]
        names = [grade.submission, grade.chapter.number, grade.chapter.slug, grade.status.value]
        writer.writerow([_inert(field) for field in [*names, *figures, grade.note]])
    return out.getvalue()


def _inert(field: object) -> object:
    """Keep a spreadsheet from computing what a learner wrote."""
    return f"'{field}" if isinstance(field, str) and field.startswith(FORMULA) else field


def as_json(grades: Sequence[Grade]) -> str:
    """Return everything that is known; docs/teaching.md describes the fields."""
    found = [
        {
            "submission": grade.submission,
            "chapter": grade.chapter.number,
            "slug": grade.chapter.slug,
            "status": grade.status.value,
            "kept": grade.kept(),
            "promises": len(grade.of()),
            "tasks": [
                {"task": task, "kept": kept, "promises": total}
                for task, (kept, total) in grade.by_task.items()
            ],
            "verdicts": [
                {
                    "test": test,
                    "task": task,
                    "kind": grade.kinds.get(test, "no verdict"),
                    "line": grade.lines.get(test, ""),
                }
                for test, task in grade.tasks.items()
            ],
            "seconds": grade.seconds,
            "note": grade.note,
        }
        for grade in grades
    ]
    return json.dumps({"course": TITLE, "grades": found}, indent=1, ensure_ascii=False) + "\n"


def as_markdown(grades: Sequence[Grade]) -> str:
    """Return a table for a web page."""
    lines = [
        "| submission | chapter | kept | by task | | s | |",
        "|---|---|---|---|---|---|---|",
    ]
    for grade in grades:
        by_task = " ".join(f"{kept}/{total}" for kept, total in grade.by_task.values())
        lines.append(
            f"| {cell(grade.submission)} | {grade.chapter.number} "
            f"| {grade.kept()} of {len(grade.of())} | {by_task} | {grade.status.value} "
            f"| {grade.seconds:.1f} | {cell(grade.note)} |"
        )
    return "\n".join([*lines, "", summary(grades), ""])


FORMS: dict[str, Callable[[Sequence[Grade]], str]] = {
    ".csv": as_csv,
    ".json": as_json,
    ".md": as_markdown,
}
