"""Explains a broken promise: what happened, with the bytes and the lines of the learner's code."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from itertools import groupby

from course.checks.answers import MissingName, Unreadable
from course.checks.blocks import Block, Code, Values, Words
from course.checks.compare import compare, show
from course.checks.errors import NOBODY_ANSWERS, Postponed, explained, plain
from course.checks.expect import NOT_GIVEN, Broken, Given, Raised
from course.checks.leaks import Leak
from course.checks.runner import Finding
from course.checks.watchdog import Owns, Place, places_on
from course.model.chapters import Chapter, shown

VALUES = 58  # columns for a value beside its label
MAX_LINES = 4  # of the learner's on the way to where it happened


def explain(chapter: Chapter, finding: Finding, owns: Owns) -> Iterator[Block]:
    """Yield what happened in a check whose promise is not kept."""
    error = finding.error
    if isinstance(error, Unreadable):
        yield from _unreadable(error)
        return
    if isinstance(error, Broken):
        yield from _broken(error)
    elif isinstance(error, MissingName):
        yield Words(f"{shown(error.file)} has no name {error.name!r}. Did you rename or delete it?")
        yield Words(f"`python3 -m course reset {chapter.slug}` brings the starter back.")
    elif error is not None:
        yield from _raised(error, owns)
    if finding.stuck is not None:
        yield from _stuck(finding)
    for leak in dict.fromkeys(finding.leaks):
        yield from _leaked(leak)
    for death in finding.deaths:
        if not getattr(death.error, "called_by_check", False):
            yield Words(f"Your thread {death.thread!r} died of an error that nobody caught.")
        yield from _raised(death.error, owns)


def cause(finding: Finding, owns: Owns) -> str:
    """Return what tells one fault from another: the learner's line and the error, or the one line."""
    if finding.deaths:
        error: BaseException | None = finding.deaths[0].error
    else:
        error = None if isinstance(finding.error, Broken) else finding.error
    if error and (places := places_on(error.__traceback__, owns)):
        return f"{_at(places[-1])}: {type(error).__name__}"
    if finding.stuck:
        return f"{_at(finding.stuck[0].place)}: does not finish"
    if finding.leaks and (place := finding.leaks[0].place):
        return f"{_at(place)}: {finding.leaks[0].what}"
    return one_line(finding)


def _at(place: Place) -> str:
    return f"{shown(place.file)}, line {place.line}"


def one_line(finding: Finding) -> str:
    """Return what happened in one line."""
    error = finding.error
    if finding.deaths:
        death = finding.deaths[0]
        return f"the thread {death.thread!r} died: {explained(death.error)}"
    if finding.stuck is not None:
        where = finding.stuck[0] if finding.stuck else None
        if where is None:
            return "your code has returned, but the other side still waits"
        return f"line {where.place.line}: {where.why}"
    if finding.leaks:
        return finding.leaks[0].what
    if isinstance(error, Broken) and error.compares:
        expected, got, _ = compare(error.expected, error.got, 36)
        if error.what.endswith(":"):
            return f"{error.what} {got}, not {expected}"
        return f"{error.what} Expected: {expected}. Got: {got}"
    if isinstance(error, Broken):
        return error.what if error.got is NOT_GIVEN else f"{error.what} ({show(error.got, 40)})"
    if isinstance(error, Unreadable):
        return f"{_where(error)}: {error}"
    if error is None or isinstance(error, MissingName | Postponed):
        return str(error or "kept")
    return explained(error)[:200]


def _broken(error: Broken) -> Iterator[Block]:
    yield Words(error.what)
    source = "given" if isinstance(error.sent, Given) else "sent"
    rows = [] if error.sent is NOT_GIVEN else [(source, show(error.sent, VALUES), "")]
    if error.compares:
        expected, got, caret = compare(error.expected, error.got, VALUES)
        if isinstance(error.got, Raised):
            got = plain(error.got)  # its end may say what is wrong
        rows += [("expected", expected, ""), ("got", got, "")]
        rows += [("", caret, "red")] if caret else []
    elif error.got is not NOT_GIVEN:
        rows.append(("got", show(error.got, VALUES), ""))
    if rows:
        yield Values(tuple(rows))
    if error.lacks_return:
        yield Words("")
        yield Words("A function without `return` returns None. Is one missing?")


def _raised(error: BaseException, owns: Owns) -> Iterator[Block]:
    places = places_on(error.__traceback__, owns)
    message = explained(error)
    if message == NOBODY_ANSWERS:
        yield Words(f"{message}.")
        yield from _code(places[-1:])
    elif places:
        yield Words(f"Your code raised {plain(f'{type(error).__name__}: {error}')}")
        yield from _code(places)
    elif "NoneType" in message:
        yield Words(
            "Your code returned None where something else is promised. Is a `return` missing?"
        )
        yield Words(f"(The check ended with {message})", "dim")
    elif isinstance(error, OSError) and error.errno == errno.EBADF:
        yield Words(
            "Your code returned a socket that is closed. Did you close it, or did a `with`?"
        )
        yield Words(f"(The check ended with {message})", "dim")
    else:
        yield Words(f"The check could not continue with what your code returned: {message}")


def _stuck(finding: Finding) -> Iterator[Block]:
    if not finding.stuck:
        yield Words(
            "None of your code is running: it has finished, or was never started. But the other "
            "side still waits, for bytes or for the end of the stream."
        )
    stuck, late = finding.stuck or [], "Your code did not finish in time."
    if len(stuck) == 1:
        yield Words(f"{late} It was here:")
    elif stuck:
        yield Words(f"{late} It was in {len(stuck)} threads:")
    for found in stuck:
        if len(stuck) > 1:
            who = (
                "The check's thread" if found.thread == "check" else f"The thread {found.thread!r}"
            )
            yield from (Words(""), Words(f"{who} is here:"))
        yield from _code(found.path)
        yield Words(f"{found.why[:1].upper()}{found.why[1:]}.", "red")


def _leaked(leak: Leak) -> Iterator[Block]:
    where = " It is at this line:" if leak.is_thread else " It was opened here:"
    yield Words(f"{leak.what[:1].upper()}{leak.what[1:]}.{where if leak.place else ''}")
    yield from _code([leak.place] if leak.place else [])


def _code(places: Sequence[Place]) -> Iterator[Block]:
    for file, lines in groupby(places[-MAX_LINES:], key=lambda place: place.file):
        yield Code(shown(file), tuple((place.line, place.code) for place in lines))


def _where(error: Unreadable) -> str:
    return shown(error.file) + (f", line {error.line}" if error.line else "")


def _unreadable(error: Unreadable) -> Iterator[Block]:
    yield Words(f"{_where(error)}: {error.summary}", "bold")
    if code := error.code.strip():
        indent = len(error.code) - len(error.code.lstrip())
        caret = " " * max(0, (error.column or 0) - 1 - indent) + "^"
        yield Values((("", code, ""), *([("", caret, "red")] if error.column else [])))
    yield Words("")
    yield Words(
        "Python must be able to read the file before any promise of this chapter can be checked."
    )
