"""What a report says, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from course.checks.blocks import Values, Words
from course.checks.verdict import Verdict
from course.model.chapters import Chapter, shown
from course.model.progress import EXIT_TO_DO, Kind, Progress, is_borrowed
from course.reports.elements import Element, Frame, Line, Piece, TaskLines, line
from course.reports.finish import finish
from course.reports.report import Report, in_words

MAX_PRINTED = 12  # lines
SAME_FAULT = "the same fault"
MARKS = {
    Kind.KEPT: ("✓", "green"),
    Kind.TO_DO: ("·", "yellow"),
    Kind.BROKEN: ("✗", "red"),
    Kind.NOT_CHECKED: ("?", "yellow"),
}


def outline(report: Report, *, in_lesson: bool = False) -> Iterator[Element]:
    """Yield everything that there is to say about a report; `in_lesson`, where its reader is."""
    yield line(f"Chapter {report.chapter.number} · {report.chapter.question}", "bold", gap=True)
    yield line(shown(report.file), "dim")
    yield line("")
    yield from body(report, in_lesson=in_lesson)


def body(report: Report, *, in_lesson: bool = False) -> Iterator[Element]:
    """Yield the same without the heading, for a screen that names the chapter already."""
    chapter, first = report.chapter, report.first_broken
    if report.trouble:
        yield _unfinished(report)
        return
    if report.tick and in_lesson:
        yield _folded(report)
    elif not (first and first.kind is Kind.NOT_CHECKED):
        for task, verdicts in report.tasks():
            yield _task(report, task, verdicts)
    if first:
        yield frame(chapter, first)
        yield from _printed(first.printed)
    for slug in report.comes_first:
        yield line(f"{slug} comes first. Write it, or use its reference:", "yellow", gap=True)
        yield line(f"python3 -m course borrow {slug}", "yellow")
    for reason in sorted(set(report.skipped.values())):
        yield line(f"Skipped: {reason}.", "dim")
    if report.tick and in_lesson:
        yield line("Go on with the lesson.")
    elif report.tick:
        yield Line(((report.tick, "green"), _took(report)), gap=True)
        yield line(_next_after(report))
    elif report.task and report.status == EXIT_TO_DO:
        if not report.comes_first:
            yield line(_what_to_write(report, in_lesson=in_lesson))
    else:
        yield from _sum(report)


def frame(chapter: Chapter, verdict: Verdict, *, is_first: bool = True) -> Frame:
    """Return the full report of a promise that is not kept; `is_first` says of its task."""
    if verdict.kind is Kind.NOT_CHECKED:
        blocks = verdict.blocks or (Words(verdict.line),)
        what = "cannot be read" if verdict.blocks else "could not be checked completely"
        return Frame(f"Chapter {chapter.number} {what}", blocks)
    named = "" if is_first else f" {verdict.test.removeprefix('test_')}"
    rows = [
        ("Try it", f"python3 -m course replay {chapter.slug} {verdict.task}{named}", ""),
        ("Hint", f"python3 -m course hint {chapter.slug}", ""),
    ]
    if reason := verdict.reason:
        rows = [
            ("You may think", reason.belief, ""),
            ("In fact", f"{reason.truth.removesuffix('.')} ({reason.authority}).", "bold"),
            ("Seen in", reason.place, ""),
            *rows,
        ]
    heading = (Words(verdict.sentence, "bold"), Words(""))
    where = f"Broken promise · {title(chapter, verdict.task)}"
    return Frame(where, (*heading, *verdict.blocks, Values(tuple(rows))))


def title(chapter: Chapter, task: int) -> str:
    """Name a task in a heading, with all its functions. A class is named once: `Pool.work, close`."""
    names: list[str] = []
    owners: set[str] = set()
    for name in chapter.functions_of(task):
        owner, _, method = name.rpartition(".")
        names.append(method if owner in owners else name)
        owners |= {owner} - {""}
    return f"chapter {chapter.number}, task {task}: {', '.join(names)}"


def _unfinished(report: Report) -> Frame:
    what, why = report.trouble or ("", "")
    at = f"It stopped at this promise: {report.at}" if report.at else "No promise had begun."
    in_full = (Words(what, "bold"), Words(at), Words(""), Words(why))
    heading = f"Chapter {report.chapter.number} could not be checked completely"
    return Frame(heading, in_full if why else (Words(what),))


def _printed(text: str) -> Iterator[Line]:
    """Show the last lines that the learner's code printed, which are often how they debug it."""
    if lines := text.strip().splitlines():
        yield line("Your code printed:", "cyan", gap=True)
        yield from (line(f"  {each}") for each in lines[-MAX_PRINTED:])


def _task(report: Report, number: int, verdicts: list[Verdict]) -> Element:
    """Return a task and its promises; without them if all are to do, or kept while others are not."""
    heading = (report.chapter.task_title(number), "cyan")
    kinds = {verdict.kind for verdict in verdicts}
    if kinds == {Kind.TO_DO}:
        count = f"{len(verdicts)} promise{'s' if len(verdicts) > 1 else ''}"
        return Line((heading, (f"   {_waiting(report, verdicts[0])}: {count}", "yellow")))
    if kinds == {Kind.KEPT} and report.status:
        return Line((heading, (f"   ✓ {len(verdicts)} kept", "green")))
    if len(verdicts) > 1 and all(
        _known_fault(report, verdict) == SAME_FAULT for verdict in verdicts
    ):
        return Line((heading, (f"   ✗ {len(verdicts)} broken by the same fault", "red")))
    return TaskLines(Line((heading,)), _rows(report, verdicts))


def _folded(report: Report) -> TaskLines:
    """Return a task that is done as its green line, to be unfolded."""
    return TaskLines(line(report.tick, "green"), _rows(report, report.verdicts))


def _rows(report: Report, verdicts: Iterable[Verdict]) -> tuple[tuple[Piece, Piece], ...]:
    """Return a row for each promise. Several in a row that share a reason share a line for it."""
    rows: list[tuple[Piece, Piece]] = []
    for (kind, why), alike in groupby(verdicts, lambda each: (each.kind, _why(report, each))):
        mark, style = MARKS[kind]
        together = list(alike)
        is_brief = len(together) == 1 and why.startswith(SAME_FAULT)
        for verdict in together:
            sentence = f"{verdict.sentence} ({why})" if is_brief else verdict.sentence
            rows.append(((mark, style), (sentence, style if style == "red" else "")))
        if why and not is_brief:
            words = f"these {len(together)}: {why}" if len(together) > 1 else why
            rows.append((("", ""), (words, "dim")))
    return tuple(rows)


def _why(report: Report, verdict: Verdict) -> str:
    """Say in a line why a promise is not kept, unless the report shows it in full."""
    if verdict.kind is Kind.KEPT or verdict is report.first_broken:
        return ""
    first = report.first_broken
    is_alike = first and verdict.reason and verdict.reason == first.reason
    line = f"{verdict.line} (perhaps {SAME_FAULT})" if is_alike else verdict.line
    return _known_fault(report, verdict) or line


def _known_fault(report: Report, verdict: Verdict) -> str:
    """Say that a promise is broken by the fault of another, which comes first; '' if it is not."""
    first = report.first_like(verdict) if verdict.cause else verdict
    if first is verdict:
        return ""
    shown = report.first_broken
    if shown is None or first is shown:
        return SAME_FAULT
    before = report.verdicts[: report.verdicts.index(verdict)]
    others = {each.cause for each in before if each.kind is Kind.BROKEN} - {shown.cause}
    is_clear = others == {verdict.cause} or before[-1].cause == verdict.cause
    return f"{SAME_FAULT} as above" if is_clear else f"{SAME_FAULT} as above: {first.line}"


def _waiting(report: Report, verdict: Verdict) -> str:
    missing = verdict.missing
    if missing is None or missing.chapter != report.chapter.number:
        return verdict.line
    own = missing.task == verdict.task
    return "to do" if own else f"waits for task {missing.task}, {missing.name}"


def _sum(report: Report) -> Iterator[Element]:
    chapter, waiting = report.chapter, report.of(Kind.TO_DO)
    is_done = report.status == 0 and report.file == chapter.workbench
    what = "it is the reference" if is_borrowed(chapter) else f"chapter {chapter.number} is done"
    done = [(f" · {what}", "green")] if is_done else []
    yield Line(((report.sum, "bold"), *done, _took(report)), gap=True)
    if is_done:
        yield finish(chapter)
    elif waiting and not (report.first_broken or report.comes_first):
        yield line(f"Next: {_named(chapter, waiting[0].task)}.")
    if report.builds_on:
        used, verb = in_words(report.builds_on), "has" if len(report.builds_on) == 1 else "have"
        words = f"This chapter uses {used}, which {verb} not passed a check yet."
        yield line(f"{words} The fault may be there.", "yellow")


def _took(report: Report) -> Piece:
    return f"   {report.seconds:.1f} s", "dim"


def _named(chapter: Chapter, task: int) -> str:
    return f"task {task}, {', '.join(chapter.functions_of(task))}"


def _what_to_write(report: Report, *, in_lesson: bool) -> str:
    """Say what to write for a task that is to do, or which other task comes first."""
    missing = next(verdict.missing for verdict in report.of(Kind.TO_DO))
    if missing and missing.task != report.task:
        return f"Task {missing.task}, {missing.name}, comes first."
    again = ", save it, and run this cell again" if in_lesson else ""
    return f"Write it in {shown(report.file)}{again}."


def _next_after(report: Report) -> str:
    """Say what comes after a task that is done: the first that is not, or the whole chapter."""
    chapter, record = report.chapter, Progress(report.chapter.root).of(report.chapter)
    left = [task for task in chapter.task_numbers if not record.is_complete(task)]
    if left:
        return f"Next: {_named(chapter, left[0])}."
    return f"Next: the whole chapter, python3 -m course check {chapter.slug}"
