"""Draws a broken promise for the terminal: what happened, why it usually does, what to do next."""

from __future__ import annotations

import ast
import errno
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from course.checks.answers import MissingName, Unreadable
from course.checks.compare import compare, show
from course.checks.expect import UNSAID, Broken
from course.checks.verdict import Verdict
from course.checks.watchdog import Owns, Place, places_on
from course.model.chapters import shown
from course.model.progress import Kind

WIDTH = 80
VALUES = 58  # columns for a value beside its label
MOST_LINES = 4  # of the learner's on the way to where it happened
LONGEST_MESSAGE = 400  # characters


def report(verdict: Verdict, owns: Owns) -> RenderableType:
    """Return the full report of a promise that is not kept."""
    if verdict.kind is Kind.NOT_CHECKED:
        return _unreadable(verdict)
    parts: list[RenderableType] = [Text(verdict.sentence, style="bold"), ""]
    parts += _happened(verdict, owns)
    parts += ["", *_misconception(verdict)]
    title = f"broken promise · chapter {verdict.chapter.number}, task {verdict.promise.task}"
    return Panel(Group(*parts), title=title, title_align="left", border_style="red", width=WIDTH)


def by_hand(verdict: Verdict) -> str:
    """Return how to see the situation by hand, to be printed unbroken, or ''."""
    if not verdict.promise.replay or verdict.kind is not Kind.BROKEN:
        return ""
    code = f"from chapters.{verdict.chapter.stem} import *; {verdict.promise.replay}"
    if sys.platform != "win32":  # cmd.exe knows no line that goes on
        code = "\n".join(_packed(code, WIDTH - len('python3 -c "')))
    return f'One case to try by hand:\n\npython3 -c "{code}"'


def _packed(code: str, width: int) -> Iterator[str]:
    """Put as many statements on a line as it can hold: so they can be copied from any screen."""
    line = ""
    for statement in ast.parse(code).body:
        text = ast.get_source_segment(code, statement) or ""
        is_compound = hasattr(statement, "body")
        if line and (is_compound or len(line) + 2 + len(text) > width):
            yield line
            line = ""
        line = f"{line}; {text}" if line else text
        if is_compound:
            yield line
            line = ""
    if line:
        yield line


def one_line(verdict: Verdict) -> Text:
    """Return the short form: the promise and what happened to it."""
    return Text(f"{verdict.sentence}\n  {verdict.line}")


def as_text(renderable: RenderableType, width: int = WIDTH, *, color: bool = False) -> str:
    """Draw something for a terminal `width` columns wide (or for none, without colour)."""
    console = Console(
        width=width, force_terminal=color, no_color=not color, highlight=False, markup=False
    )
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def _happened(verdict: Verdict, owns: Owns) -> Iterator[RenderableType]:
    finding, error = verdict.finding, verdict.finding.error
    if isinstance(error, Broken):
        yield from _broken(error)
    elif isinstance(error, MissingName):
        yield Text(f"{shown(error.file)} has no name {error.name!r}. Did you rename or delete it?")
        yield Text(f"`python3 -m course reset {verdict.chapter.number}` brings the starter back.")
    elif error is not None:
        yield from _raised(error, owns)
    if finding.stuck is not None:
        yield from _stuck(verdict)
    for leak in dict.fromkeys(finding.leaks):
        where = " It stands here:" if leak.is_thread else " It was opened here:"
        yield Text(f"{leak.what[:1].upper()}{leak.what[1:]}.{where if leak.place else ''}")
        yield from _code([leak.place] if leak.place else [])
    for death in finding.deaths:
        if not getattr(death.error, "called_by_check", False):
            yield Text(f"Your thread {death.thread!r} died of an error that nobody caught.")
        yield from _raised(death.error, owns)


def _broken(error: Broken) -> Iterator[RenderableType]:
    yield Text(error.what)
    table = _grid()
    if error.sent is not UNSAID:
        table.add_row("sent", show(error.sent, VALUES))
    if error.compares:
        expected, got, caret = compare(error.expected, error.got, VALUES)
        table.add_row("expected", expected)
        table.add_row("got", got)
        if caret:
            table.add_row("", Text(caret, style="red"))
    elif error.got is not UNSAID:
        table.add_row("got", show(error.got, VALUES))
    if table.row_count:
        yield Padding(table, (1, 0, 0, 0))
    if error.lacks_return:
        yield Text("\nNone is what a function returns that has no `return`. Is one missing?")


def _raised(error: BaseException, owns: Owns) -> Iterator[RenderableType]:
    places = places_on(error.__traceback__, owns)
    message = plain(f"{type(error).__name__}: {error}")
    if "reading from stdin" in message:
        yield Text("input() does not work in a check: nobody is there to answer.")
        yield from _code(places[-1:])
    elif places:
        yield Text(f"Your code raised {message}")
        yield from _code(places)
    elif "NoneType" in message:
        yield Text("Your code gave None where something else is promised. Is a `return` missing?")
        yield Text(f"(The check ended with {message})", style="dim")
    elif isinstance(error, OSError) and error.errno == errno.EBADF:
        yield Text("Your code gave a socket that is closed already. Does a `with` close it?")
        yield Text(f"(The check ended with {message})", style="dim")
    else:
        yield Text(f"The check could not go on with what your code gave it: {message}")


def _stuck(verdict: Verdict) -> Iterator[RenderableType]:
    stuck = verdict.finding.stuck or []
    if not stuck:
        yield Text(
            "Nothing of your code is running: it has come to its end, or was never started. But "
            "the other side still waits, for bytes or for the end of the stream."
        )
    for found in stuck:
        yield Text("Your code did not come to an end. When the time was up, it stood here:")
        yield from _code(found.path)
        yield Text(f"{found.why[:1].upper()}{found.why[1:]}.", style="red")


def _code(places: Sequence[Place]) -> Iterator[RenderableType]:
    """Yield the learner's lines, from the outermost call to the innermost."""
    for file, lines in groupby(places[-MOST_LINES:], key=lambda place: place.file):
        yield Text(f"  {shown(file)}", style="dim")
        table = _grid()
        for place in lines:
            table.add_row(f"  line {place.line}", place.code)
        yield table


def plain(message: str) -> str:
    """Return a message without control characters, cut to what fits into a report."""
    clean = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in message)
    return clean if len(clean) <= LONGEST_MESSAGE else f"{clean[:LONGEST_MESSAGE]}…"


def _misconception(verdict: Verdict) -> Iterator[RenderableType]:
    table = _grid()
    if reason := verdict.reason:
        table.add_row("You may think", reason.belief)
        table.add_row("In fact", Text(f"{reason.truth} [{reason.authority}]", style="bold"))
        table.add_row("Seen in", f"lesson {verdict.chapter.number}, “{reason.see}”")
        table.add_row("", "")
    table.add_row("Hint", f"python3 -m course hint {verdict.chapter.number}")
    yield table


def _unreadable(verdict: Verdict) -> RenderableType:
    error = verdict.finding.error
    assert isinstance(error, Unreadable)
    where = shown(error.file) + (f", line {error.line}" if error.line else "")
    parts: list[RenderableType] = [Text(f"{where}: {error.summary}", style="bold")]
    if code := error.code.strip():
        parts += ["", Text(f"  {code}")]
        if error.column:
            indent = len(error.code) - len(error.code.lstrip())
            parts.append(Text(" " * max(2, error.column + 1 - indent) + "^", style="red"))
    parts += [
        "",
        Text("No promise of this chapter can be checked before Python can read the file."),
    ]
    title = f"chapter {verdict.chapter.number} cannot be read"
    return Panel(Group(*parts), title=title, title_align="left", border_style="red", width=WIDTH)


def _grid() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True, min_width=13)
    table.add_column(overflow="fold")
    return table
