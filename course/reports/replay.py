"""Replays a promise: the very same check, with each call that it and the learner's code make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill, shorten

from course.checks.blocks import Words
from course.checks.steps import ReplayStep
from course.checks.verdict import Verdict
from course.model.chapters import Chapter, find_task, shown
from course.model.errors import CourseError, UsageError
from course.model.progress import EXIT_TO_DO, Kind
from course.reports.elements import Element, Frame, Line, Piece, line
from course.reports.outline import body, frame, title
from course.reports.report import Report, collect
from course.reports.terminal import as_text
from course.running.hosts import Host
from course.running.orders import Judged, News, Order, Replayed

MARGIN = 10  # columns for who makes a call
WIDTH = 68  # columns for the call
MAX_LINES = 14  # of one call
HEAD = 8  # lines of the first steps, if there are too many
LEAST = 10  # lines of the last ones, however long the rest is
MAX_HEIGHT = 50  # lines of steps, and of what came of them
STYLES = {"raised": "red", "pending": "yellow", "note": "yellow", "passed": "green"}
LITERAL = r"""b?'(?:\\.|[^'\\])*'|b?"(?:\\.|[^"\\])*\""""
WORD = re.compile(rf"""(?:(?:{LITERAL})(?: \([\d,]+ \w+\))?|\S)+""")
SHORT_GROUP = re.compile(r"[\[({][^\[\](){}]{,40}[\])}]")
GLUE = "\0"  # in the place of a space at which a line does not break
ESCAPE = r"\\x..|\\.|."


def replay(
    chapter: Chapter, task: str | None, promise: str | None, host: Host
) -> tuple[int, list[Element]]:
    """Replay the first promise of a task that is not kept, or the one that is named.

    It is checked first as always, then once more with its steps recorded, which takes longer.
    Returns the exit status and what there is to show. Raises UsageError for an unknown task or
    promise, and CourseError if the suite itself cannot be run.
    """
    number = None if task is None else find_task(task, chapter)
    report = collect(
        chapter, chapter.workbench, host.run(Order(chapter.stem, task=number)), task=number
    )
    if report.trouble:
        return 1, [*body(report)]
    first = report.first_broken if promise is None else _named(promise, report)
    if first is None:
        return _nothing_broken(report)
    if first.kind is Kind.NOT_CHECKED:
        return 1, [frame(chapter, first)]
    again = host.run(Order(chapter.stem, task=first.task, recorded=first.test))
    return _status(first), [*_replayed(chapter, first, [*again])]


def _named(promise: str, report: Report) -> Verdict:
    """Return the verdict on a test, which is named with or without its `test_`."""
    known = {verdict.test.removeprefix("test_"): verdict for verdict in report.verdicts}
    name = promise.removeprefix("test_")
    if f"test_{name}" in report.skipped:
        raise CourseError(f"{promise} is not checked here: it {report.skipped[f'test_{name}']}.")
    if name not in known:
        raise UsageError(f"there is no promise {promise!r} here. There are: {', '.join(known)}.")
    return known[name]


def _status(verdict: Verdict) -> int:
    return {Kind.KEPT: 0, Kind.TO_DO: EXIT_TO_DO}.get(verdict.kind, 1)


def _nothing_broken(report: Report) -> tuple[int, list[Element]]:
    chapter, waiting, kept = report.chapter, report.of(Kind.TO_DO), report.of(Kind.KEPT)
    where = f"task {report.task}" if report.task else f"chapter {chapter.number}"
    if waiting or not kept:
        counts = (
            f"{len(kept)} kept, {len(waiting)} to do, {len(report.skipped)} not for this system"
        )
        status = EXIT_TO_DO if waiting else 0
        return status, [line(f"No promise of {where} is broken: {counts}.", "yellow")]
    first = kept[0]
    name = first.test.removeprefix("test_")
    return 0, [
        line(f"Every promise of {where} is kept. To see how one of them is checked:", "green"),
        line(f"python3 -m course replay {chapter.slug} {first.task} {name}"),
    ]


def _replayed(chapter: Chapter, verdict: Verdict, again: list[News]) -> Iterator[Element]:
    heading = title(chapter, verdict.task)
    judged = [piece.verdict for piece in again if isinstance(piece, Judged)]
    ends_alike = bool(judged) and (judged[-1].kind, judged[-1].hangs) == (
        verdict.kind,
        verdict.hangs,
    )
    found = judged[-1] if ends_alike else verdict  # ports and the like are those of the steps
    kept = fill(f"✓ {verdict.sentence}", WIDTH, subsequent_indent="   ")
    end: Element = line(kept, "green", gap=True)
    if verdict.kind is Kind.BROKEN:
        opening = (Words(verdict.sentence, "bold"), Words(""))
        end = Frame(f"Broken promise · {heading}", (*opening, *found.blocks))
    elif verdict.kind is Kind.TO_DO:
        end = line(found.line, "yellow", gap=True)
    recorded = next((piece for piece in again if isinstance(piece, Replayed)), Replayed((), 0))
    height = len(as_text([end]).splitlines())
    steps = [*_shortened(chapter, recorded, max(LEAST, MAX_HEIGHT - height))]
    yield line(f"Replay · {heading}", "bold", gap=True)
    if any(each.pieces[0][0].startswith("line ") for each in steps):
        yield line(f"{'line …':{MARGIN}}of {shown(chapter.workbench)}", "dim")
    yield line(f"{'check':{MARGIN}}{verdict.test}, in {shown(chapter.suite)}", "dim")
    yield line("")
    yield from steps
    if not ends_alike:
        came = judged[-1].line if judged else "it did not finish"
        words = f"While its steps were recorded, the check ended otherwise: {shorten(came, WIDTH)}"
        yield line(fill(words, WIDTH, subsequent_indent=" "), "yellow")
    yield end
    if recorded.steps and not any(step.line for step in recorded.steps):
        command = f'python3 -i -c "from chapters.{chapter.stem} import *"'
        yield line(f"To make a call yourself: {command}", "dim")


def _shortened(chapter: Chapter, found: Replayed, height: int) -> Iterator[Line]:
    """Yield the lines of the steps; if they are more than `height`, the first and the last.

    The last begin after a value that was right, where there is one.
    """
    threads = {step.thread for step in found.steps if step.line}
    counts = _counts(found.steps)
    drawn = [
        [*_step(chapter, step, count, named=len(threads) > 1)]
        for step, count in zip(found.steps, counts, strict=True)
    ]
    if found.dropped == 0 and sum(map(len, drawn)) <= height:
        yield from (each for lines in drawn for each in lines)
        return
    head = _within(drawn, HEAD)
    tail, least = (len(drawn) - _within(drawn[::-1], size) for size in (height - HEAD - 1, LEAST))
    passed = [at + 1 for at in range(tail, least) if found.steps[at].kind == "passed"]
    tail = max(head, *passed[-1:], tail)
    yield from (each for lines in drawn[:head] for each in lines)
    yield line(f"{'':{MARGIN}}… {tail - head + found.dropped:,} more steps …", "dim")
    yield from (each for lines in drawn[tail:] for each in lines)


def _within(drawn: Sequence[Sequence[Line]], limit: int) -> int:
    """Return how many of the first steps fit into `limit` lines, at least one."""
    count, used = 0, 0
    while count < len(drawn) and (used := used + len(drawn[count])) <= limit:
        count += 1
    return max(1, count)


def _counts(steps: Sequence[ReplayStep]) -> Iterator[str]:
    """Yield for each step how often it came, or at the last of several how often they came."""
    turn = 0
    for step in steps:
        turn = turn + 1 if step.times > 1 else 0
        if turn == step.in_turn:
            who = "" if turn == 1 else f"these {turn} steps "
            yield f"({who}{step.times:,} times in a row)"
            turn = 0
        else:
            yield ""


def _step(chapter: Chapter, step: ReplayStep, count: str, *, named: bool) -> Iterator[Line]:
    """Yield a step: who made the call, the call, what came of it, and how often."""
    where, style = "check", STYLES.get(step.kind, "")
    if step.line:
        file = Path(step.file)
        own = file == chapter.workbench
        where = f"line {step.line}" if own else f"{file.stem[:4]}:{step.line}"
    came = {"pending": "has not returned", "raised": f"raised {step.came}"}.get(
        step.kind, step.came
    )
    arrow = " " if step.kind == "passed" else " → "
    came = f"{arrow}{came}" if came else ""
    came += f"   {count}" if count else ""
    came += f"   · {step.thread}" if named and step.thread else ""
    call = f"✓ {step.call.partition(chr(10))[0]}" if step.kind == "passed" else step.call
    call_style = style if step.kind in ("note", "passed") else ""
    rows: list[list[Piece]] = [[(each, call_style)] for each in _cut(wrapped(call, WIDTH))]
    if len(rows[-1][0][0]) + len(came) <= WIDTH:
        rows[-1].append((came, style))
    else:
        rows += [[(f"  {each}", style)] for each in _cut(wrapped(came, WIDTH - 2))]
    for number, pieces in enumerate(rows):
        margin = f"{'' if number else where:{MARGIN}}"
        yield Line(((margin, "" if step.line else "cyan"), *pieces))


def _cut(lines: list[str]) -> list[str]:
    return lines if len(lines) <= MAX_LINES else [*lines[: MAX_LINES - 1], "…"]


def wrapped(text: str, width: int) -> list[str]:
    """Break Python into lines, at spaces where there are some outside of literals.

    A literal that is longer than a line becomes several, which Python joins again.
    """
    lines = [""]
    whole = SHORT_GROUP.sub(lambda group: group[0].replace(" ", GLUE), text)
    for match in WORD.finditer(whole):
        for part in _split(match[0].replace(GLUE, " "), width):
            if lines[-1] and len(lines[-1]) + 1 + len(part) > width:
                lines.append("")
            lines[-1] += f" {part}" if lines[-1] else part
    return lines


def _split(word: str, width: int) -> Iterator[str]:
    """Yield a word in parts that fit into a line."""
    while len(word) > width:
        at = width - 1
        inside = next((m for m in re.finditer(LITERAL, word) if m.start() < at < m.end() - 1), None)
        if inside is None:
            yield word[:at]
            word = word[at:]
            continue
        opening = inside[0][: 2 if inside[0].startswith("b") else 1]
        ends = [m.end() for m in re.finditer(ESCAPE, inside[0][len(opening) :])]
        room = at - inside.start() - len(opening)
        at = inside.start() + len(opening) + max((end for end in ends if end <= room), default=1)
        yield word[:at] + opening[-1]
        word = opening + word[at:]
    yield word
