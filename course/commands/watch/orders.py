"""What a child process does: carry one order out, tell what comes of it, and end."""

from __future__ import annotations

import gc
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil
import pytest
from rich.console import Console, RenderableType

from course.checks.promises import sentence
from course.commands import check, solution
from course.commands import hint as hints
from course.model import workbench
from course.model.chapters import Chapter, find
from course.model.errors import CourseError
from course.model.progress import Kind, Progress, digest

LONGEST_SILENCE = 10.0  # s between two news; the engine gives one promise 2.5 s, and grace
ALONE = 60  # s after which a child ends whose screen has gone
WITHIN_ONE_SAVE = 1.0  # s: Python tells compiled files apart by whole seconds


@dataclass(frozen=True)
class Order:
    """What to do (a name in `VERBS`), with which chapter, for a pane of so many columns."""

    verb: str
    stem: str
    width: int = 80


@dataclass(frozen=True)
class Begun:
    """The check of one promise has begun: the `number`th of `total`, counted from 1."""

    number: int
    total: int
    sentence: str


@dataclass(frozen=True)
class Checked:
    """A chapter has been checked: what to show, and the sum in words.

    `kinds` maps each promise's test to its outcome.
    """

    parts: list[RenderableType]
    summary: str
    kinds: dict[str, Kind]
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether every promise is kept."""
        return set(self.kinds.values()) <= {Kind.KEPT}


@dataclass(frozen=True)
class Said:
    """A command has been run; what it printed, with its colours as escape sequences."""

    text: str


@dataclass(frozen=True)
class Refused:
    """The order could not be carried out; the line says why, and what to do."""

    line: str


News = Begun | Checked | Said | Refused
Tell = Callable[[News], None]


class Pipe(Protocol):
    """The end of a connection that brings an order and takes the news of it."""

    def recv(self) -> Order:
        """Return the order."""

    def send(self, news: News, /) -> None:
        """Take a piece of news."""


def serve(pipe: Pipe) -> None:
    """Wait for an order, carry it out, and end this process with all its threads."""
    gc.freeze()  # or pytest, which collects garbage at its end, looks at all that it has imported
    _stand_alone()
    with suppress(EOFError, OSError):  # the screen has gone
        order: Order = pipe.recv()
        try:
            VERBS[order.verb](order, pipe.send)
        except CourseError as error:
            pipe.send(Refused(str(error)))
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
            pipe.send(Refused(f"{order.verb} did not work: {words[:300]}"))
    os._exit(0)


def _stand_alone() -> None:
    """Leave the screen's terminal and process group, and take a bounded share of the memory."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if sys.platform != "win32":
        import resource

        os.setsid()
        limit = psutil.virtual_memory().total // 2
        with suppress(OSError, ValueError):  # not every system has this limit
            resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _check(order: Order, tell: Tell) -> None:
    chapter = find(order.stem)
    _forget_bytecode(chapter.workbench.parent)
    before = digest(chapter)
    began = time.perf_counter()
    suite = check.run_suite(chapter, solutions=False, observers=[_Reporter(tell)])
    seconds = time.perf_counter() - began
    progress = Progress(chapter.root)
    if digest(chapter) == before:  # else these verdicts are not about the file as it is now
        progress.note(chapter, *check.outcomes(suite.verdicts))
    tell(
        Checked(
            parts=[
                *check.story(chapter, suite, seconds),
                *check.foundations(chapter, suite.verdicts, progress),
            ],
            summary=check.counted(suite.verdicts),
            kinds={verdict.test: verdict.kind for verdict in suite.verdicts},
            seconds=seconds,
        )
    )


def _forget_bytecode(folder: Path) -> None:
    """Delete what Python has compiled in the second of a save: it may be of the save before."""
    for source in folder.glob("*.py"):
        compiled = Path(importlib.util.cache_from_source(str(source)))
        with suppress(OSError):
            if compiled.stat().st_mtime < source.stat().st_mtime + WITHIN_ONE_SAVE:
                compiled.unlink()


class _Reporter:
    """A pytest plugin that tells when the check of a promise begins."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._begun = 0

    def pytest_runtest_protocol(self, item: pytest.Function) -> None:
        """Tell which promise is next; and end by yourself, should nobody be left to end you."""
        if sys.platform != "win32":
            signal.alarm(ALONE)
        self._begun += 1
        total = len(item.session.items)
        self._tell(Begun(self._begun, total, sentence(item.function)))


def _command(run: Callable[[Chapter, Console], int]) -> Callable[[Order, Tell], None]:
    """Make an order of a command of the tool, which prints."""

    def carry_out(order: Order, tell: Tell) -> None:
        console = Console(
            width=order.width,
            force_terminal=False,  # nothing asks or pages
            color_system="standard",
            highlight=False,
            markup=False,
        )
        with console.capture() as captured:
            run(find(order.stem), console)
        tell(Said(captured.get().strip("\n")))

    return carry_out


VERBS: dict[str, Callable[[Order, Tell], None]] = {
    "check": _check,
    "hint": _command(hints.hint),
    "reset": _command(workbench.reset),
    "solution": _command(solution.solution),
}
