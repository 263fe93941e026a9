"""The grades as a table in the terminal, and as CSV, JSON or Markdown in a file."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.table import Table
from rich.text import Text

from course import TITLE
from course.checks.errors import plain
from course.commands.grade.grade import Grade, Status
from course.reports.files import cell

STYLES = {Status.COMPLETE: "green", Status.PARTLY: "yellow", Status.TO_DO: "dim"}
FORMULA = ("=", "+", "-", "@", "\t")  # with which a spreadsheet would begin to compute
NOT_READ = "not read"
MAX_NAMED = 5  # files of one submission in the terminal


@dataclass(frozen=True)
class Results:
    """What was found, before any form.

    - `not_read`: each file that was not read: whose it is, its name, and the reason;
    - `ignored`: how many caches and files of the course itself there are;
    - `names`: the submissions, also those that were not graded in time;
    - `about_roster`: who is missing, unknown or there several times: a name, and what;
    - `shard`: the part of the class, such as 1/3, '' for all.
    """

    grades: Sequence[Grade]
    not_read: Sequence[tuple[str, str, str]]
    ignored: int
    names: Sequence[str]
    about_roster: Sequence[tuple[str, str]] = ()
    shard: str = ""


def printable(text: str) -> str:
    """Return a text on one line, without characters that control a terminal or have no encoding."""
    return plain(text).replace("\n", "\\n")


def table(grades: Sequence[Grade]) -> Table:
    """Return one row for each chapter of each submission."""
    rows = Table(box=None, padding=(0, 2, 0, 0), header_style="cyan")
    rows.add_column("submission", overflow="fold", ratio=1)
    rows.add_column("ch", justify="right")
    rows.add_column("kept", justify="right", no_wrap=True)
    rows.add_column("by task", no_wrap=True)
    rows.add_column("", no_wrap=True)
    rows.add_column("s", justify="right", no_wrap=True)
    for grade in grades:
        rows.add_row(
            Text(printable(grade.submission)),
            str(grade.chapter.number),
            f"{grade.kept()}/{len(grade.of())}",
            Text(" ".join(f"{kept}/{total}" for kept, total in grade.by_task.values()), "dim"),
            Text(grade.status.value, STYLES.get(grade.status, "red")),
            f"{grade.seconds:.1f}",
        )
    return rows


def notes(results: Results) -> Iterator[Text]:
    """Yield a line for each grade that needs a word, and for the files that were not read."""
    for grade in results.grades:
        if grade.remarks:
            yield _line(f"{grade.submission}, chapter {grade.chapter.number}", grade.remarks)
    for name, what in results.about_roster:
        yield _line(name, what)
    for owner, found in groupby(results.not_read, key=lambda each: each[0]):
        files = [f"{file} ({why})" for _, file, why in found]
        more = f", and {len(files) - MAX_NAMED} more" if len(files) > MAX_NAMED else ""
        words = ", ".join(files[:MAX_NAMED]) + more
        yield _line(f"{owner}, not read" if owner else "Not read", words)
    if results.ignored:
        yield _line("Left out", f"{results.ignored:,} caches and files of the course itself")


def _line(heading: str, words: str) -> Text:
    return Text.assemble((f"{printable(heading)}: ", "cyan"), printable(words))


def summary(grades: Sequence[Grade]) -> str:
    """Say how many there are of each status."""
    counts = Counter(grade.status for grade in grades)
    return " · ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])


def as_csv(results: Results) -> str:
    """Return a row for each chapter of each submission, and one for each file that was not read."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = ("submission", "chapter", "slug", "status", "kept", "promises")
    writer.writerow([*heads, "tasks_complete", "tasks", "seconds", "note"])
    for grade in results.grades:
        complete = sum(kept == total for kept, total in grade.by_task.values())
        figures = [grade.kept(), len(grade.of()), complete, len(grade.by_task), grade.seconds]
        names = [grade.submission, grade.chapter.number, grade.chapter.slug, grade.status.value]
        writer.writerow(map(inert, [*names, *figures, grade.remarks]))
    for name, what in results.about_roster:
        status, _, more = what.partition(": ")
        writer.writerow(map(inert, [name, "", "", status, *[""] * 5, more]))
    for owner, file, why in results.not_read:
        writer.writerow(map(inert, [owner, "", "", NOT_READ, *[""] * 5, f"{file}: {why}"]))
    return out.getvalue()


def inert(field: object) -> object:
    """Keep a spreadsheet from computing what a learner wrote."""
    if not isinstance(field, str):
        return field
    text = printable(field)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_json(results: Results) -> str:
    """Return everything that is known; docs/teaching.md describes the fields."""
    found = [
        {
            "submission": printable(grade.submission),
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
                    "line": printable(grade.lines.get(test, "")),
                }
                for test, task in grade.tasks.items()
            ],
            "seconds": grade.seconds,
            "note": printable(grade.note),
            "same_as": [printable(name) for name in grade.same_as],
        }
        for grade in results.grades
    ]
    left = [
        {"submission": printable(owner), "file": printable(file), "reason": why}
        for owner, file, why in results.not_read
    ]
    roster = [
        {"name": printable(name), "what": printable(what)} for name, what in results.about_roster
    ]
    document: dict[str, object] = {
        "course": TITLE,
        "shard": results.shard,
        "grades": found,
        "not_read": left,
    }
    document |= {"left_out": results.ignored, "roster": roster}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def as_markdown(results: Results) -> str:
    """Return a table for a web page."""
    lines = [
        "| submission | chapter | kept | by task | | s | |",
        "|---|---|---|---|---|---|---|",
    ]
    for grade in results.grades:
        by_task = " ".join(f"{kept}/{total}" for kept, total in grade.by_task.values())
        lines.append(
            f"| {_cell(grade.submission)} | {grade.chapter.number} "
            f"| {grade.kept()} of {len(grade.of())} | {by_task} | {grade.status.value} "
            f"| {grade.seconds:.1f} | {_cell(grade.remarks)} |"
        )
    lines += ["", summary(results.grades), ""]
    lines += [f"- {_cell(f'{name}: {what}')}" for name, what in results.about_roster]
    for owner, file, why in results.not_read:
        lines.append(f"- {NOT_READ}: {_cell(f'{owner} {file}: {why}')}")
    return "\n".join([*lines, ""])


def _cell(text: str) -> str:
    return cell(printable(text))


def feedback(grades: Sequence[Grade]) -> str:
    """Return what a learner should read: each chapter's figures, and its report. Names nobody else."""
    parts = []
    for grade in grades:
        figures = f"{grade.kept()} of {len(grade.of())} promises kept"
        heading = f"{grade.chapter.slug}: {figures} ({grade.status.value})"
        lines = grade.feedback.splitlines() or [grade.note]
        names = [f"{name} is your {handed_in}" for name, handed_in in grade.renamed.items()]
        lines = [*names, *lines] if grade.feedback else lines
        parts.append("\n".join([heading, *(printable(line).rstrip() for line in lines)]).rstrip())
    return f"\n\n{'=' * 80}\n\n".join(parts) + "\n"


FORMS: dict[str, Callable[[Results], str]] = {
    ".csv": as_csv,
    ".json": as_json,
    ".md": as_markdown,
}
