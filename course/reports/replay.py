"""Replays a promise: the very same check, with each call that it and the learner's code make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from course.checks.blocks import Words
from course.checks.promises import Promise
from course.checks.steps import Step
from course.checks.suites import promises_of, unusable
from course.checks.verdict import Verdict
from course.model.chapters import Chapter, find_task, shown
from course.model.errors import UsageError
from course.model.progress import EXIT_TO_DO, Kind
from course.reports.outline import Element, Frame, Line, Piece, body, frame, line, title
from course.reports.report import Report, require_folder, trouble_of
from course.running.hosts import Host
from course.running.orders import (
    Begun,
    Ended,
    Finished,
    Judged,
    Order,
    Refused,
    Replayed,
    Skipped,
)

MARGIN = 10  # columns for who makes a call
WIDTH = 68  # columns for the call
MAX_LINES = 10  # of one call
HEAD, TAIL, LEAST = 8, 28, 10  # lines of the first and of the last steps, if there are more
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

    Returns the exit status and what there is to show. Raises UsageError for an unknown task or
    promise, and CourseError if the suite itself cannot be run.
    """
    require_folder(chapter, chapter.workbench)
    promises = _promises(chapter, task, promise)
    verdicts: dict[str, Verdict] = {}
    replayed: Replayed | None = None
    is_finished, at = False, ""
    for news in host.run(Order(chapter.stem, replays=tuple(promises))):
        match news:
            case Begun(sentence=at):
                pass
            case Judged(verdict):
                verdicts[verdict.test] = verdict
            case Replayed():
                replayed = news
            case Skipped(test, reason) if promises.keys() == {test}:
                return 0, [line(f"This promise is not checked here: it {reason}.")]
            case Refused(why):
                raise unusable(chapter.suite, why)
            case Finished():
                is_finished = True
            case Ended() if not is_finished:
                trouble = trouble_of(news)
                report = Report(chapter, chapter.workbench, (), {}, 0.0, trouble=trouble, at=at)
                return 1, [*body(report)]
    if replayed is None:
        found = [verdicts[test] for test in promises if test in verdicts]
        return _nothing_broken(chapter, task, found)
    verdict = verdicts[replayed.test]
    status = {Kind.KEPT: 0, Kind.TO_DO: EXIT_TO_DO}.get(verdict.kind, 1)
    return status, [*_replayed(chapter, verdict, replayed)]


def _promises(chapter: Chapter, task: str | None, name: str | None) -> dict[str, Promise]:
    """Return the promises that are meant, by the names of their tests."""
    promises = {test: made for test, (made, _) in promises_of(chapter).items()}
    if task is not None:
        number = find_task(task, chapter)
        promises = {test: made for test, made in promises.items() if made.task == number}
    if not promises:
        raise unusable(chapter.suite, "it has no promise here")
    if name is None:
        return promises
    for test, made in promises.items():
        if name.removeprefix("test_") == test.removeprefix("test_"):
            return {test: made}
    listing = ", ".join(test.removeprefix("test_") for test in promises)
    raise UsageError(f"task {task} has no promise {name!r}. Its promises are: {listing}.")


def _nothing_broken(
    chapter: Chapter, task: str | None, verdicts: list[Verdict]
) -> tuple[int, list[Element]]:
    where = f"task {task}" if task else f"chapter {chapter.number}"
    waiting = [verdict for verdict in verdicts if verdict.kind is Kind.TO_DO]
    kept = [verdict for verdict in verdicts if verdict.kind is Kind.KEPT]
    if waiting:
        count = f"{len(kept)} promises are kept, {len(waiting)} are to do"
        return EXIT_TO_DO, [line(f"Nothing is broken in {where}: {count}.", "yellow")]
    first = kept[0]
    name = first.test.removeprefix("test_")
    command = f"python3 -m course replay {chapter.slug} {first.task} {name}"
    return 0, [
        line(f"Every promise of {where} is kept. To see how one of them is checked:", "green"),
        line(command),
    ]


def _replayed(chapter: Chapter, verdict: Verdict, found: Replayed) -> Iterator[Element]:
    if verdict.kind is Kind.NOT_CHECKED:
        yield frame(chapter, verdict)
        return
    yield line(f"Replay · {title(chapter, verdict.task)}", "bold", gap=True)
    yield line(f"{'line N':{MARGIN}}of {shown(chapter.workbench)}", "dim")
    yield line(f"{'check':{MARGIN}}{verdict.test}, in {shown(chapter.suite)}", "dim")
    yield line("")
    yield from _shortened(chapter, found)
    if verdict.kind is Kind.BROKEN:
        heading = (Words(verdict.sentence, "bold"), Words(""))
        yield Frame(f"Broken promise · {title(chapter, verdict.task)}", (*heading, *verdict.blocks))
    elif verdict.kind is Kind.TO_DO:
        yield line(verdict.line, "yellow", gap=True)
    else:
        yield line(f"✓ {verdict.sentence}", "green", gap=True)


def _shortened(chapter: Chapter, found: Replayed) -> Iterator[Line]:
    """Yield the lines of the steps; of too many, the first and the last.

    The last begin after a value that was as promised, where there is one.
    """
    threads = {step.thread for step in found.steps if step.line}
    drawn = [[*_step(chapter, step, named=len(threads) > 1)] for step in found.steps]
    if found.dropped == 0 and sum(map(len, drawn)) <= HEAD + TAIL:
        yield from (each for lines in drawn for each in lines)
        return
    head, tail = _within(drawn, HEAD), len(drawn) - _within(drawn[::-1], TAIL)
    least = len(drawn) - _within(drawn[::-1], LEAST)
    passed = [at + 1 for at in range(tail, least) if found.steps[at].kind == "passed"]
    tail = max(head, *passed[-1:], tail)
    left_out = tail - head + found.dropped
    yield from (each for lines in drawn[:head] for each in lines)
    yield line(f"{'':{MARGIN}}… {left_out:,} more steps …", "dim")
    yield from (each for lines in drawn[tail:] for each in lines)


def _within(drawn: Sequence[Sequence[Line]], limit: int) -> int:
    """Return how many of the first steps fit into `limit` lines, at least one."""
    count, used = 0, 0
    while count < len(drawn) and (used := used + len(drawn[count])) <= limit:
        count += 1
    return max(1, count)


def _step(chapter: Chapter, step: Step, *, named: bool) -> Iterator[Line]:
    """Yield a step: who made the call, the call, and what came of it."""
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
    came += f"   ({step.times:,} times)" if step.times > 1 else ""
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
