"""Who makes a call: a line of the learner's, the check, or neither; and how it is written there."""

from __future__ import annotations

import ast
import linecache
import re
import sys
from collections.abc import Iterator
from enum import Enum
from functools import cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from course.checks.notation import NameOf
from course.checks.watchdog import Owns


class Whose(Enum):
    """Whose code a frame runs; TOOL is what a check is helped by."""

    ANSWER = "answer"
    SUITE = "suite"
    TOOL = "tool"


class Callers:
    """Looks at stacks. `owns` recognises the answers, `suites` is the folder of the suites.

    The stack of the check itself is that of the thread `check`, as soon as that is known.
    """

    def __init__(self, owns: Owns, suites: Path, recorder: str) -> None:
        self._owns = owns
        self._suites = suites
        self._tool = Path(__file__).parents[1]
        self._sides: dict[str, Whose | None] = {recorder: None}
        self.check: int | None = None

    def side(self, frame: FrameType) -> Whose | None:
        """Tell whose code a frame runs; None for a library's."""
        filename = frame.f_code.co_filename
        try:
            return self._sides[filename]
        except KeyError:
            return self._sides.setdefault(filename, self._side(filename))

    def _side(self, filename: str) -> Whose | None:
        if self._owns(filename):
            return Whose.ANSWER
        path = Path(filename)
        if path.is_relative_to(self._suites):
            return Whose.SUITE
        is_tool = path.is_relative_to(self._tool) or path.parent.name == "asyncio"
        return Whose.TOOL if is_tool else None

    def caller(self, frame: FrameType | None) -> tuple[Whose | None, FrameType | None]:
        """Return the innermost frame that is not a library's, and its side."""
        while frame is not None:
            if side := self.side(frame):
                return side, frame
            frame = frame.f_back
        return None, None

    def name_in_check(self, value: object) -> str:
        """Return the variable of the check that holds this very object, or ''."""
        frame = sys._current_frames().get(self.check or 0)
        stack = [frame for frame in _outwards(frame) if self.side(frame) is Whose.SUITE]
        for frame in reversed(stack):
            for name, held in list(frame.f_locals.items()):
                if held is value:
                    return name
        return ""

    def name_at(self, frame: FrameType) -> NameOf:
        """Return what names a value: the check if it can, or else the code that runs `frame`."""

        def name_of(value: object) -> str:
            return self.name_in_check(value) or _name_in(self.caller(frame)[1], value)

        return name_of


def receiver(frame: FrameType, method: str, owner: object) -> str:
    """Return how a frame names the `owner` of a method that it calls, or ''.

    A `with` names it without a call: then it is a variable of the frame.
    """
    if named := _receiver(frame.f_code, frame.f_lasti, method):
        return named.removeprefix("chapter.")
    return next((name for name, value in list(frame.f_locals.items()) if value is owner), "")


def target(frame: FrameType, helper: str) -> str:
    """Return what `with helper(…) as NAME` names in the line that a frame is at, with the `as`."""
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    found = re.search(rf"\b{helper}\(.*?\)( as (\(.*?\)|\w+))", line)
    return found[1] if found else ""


def _name_in(frame: FrameType | None, value: object) -> str:
    variables = dict(frame.f_locals) if frame else {}
    attributes = getattr(variables.get("self"), "__dict__", {})
    names = {f"self.{name}": held for name, held in attributes.items()} | variables
    return next((name for name, held in names.items() if held is value), "")


@cache
def _receiver(code: CodeType, instruction: int, method: str) -> str:
    position = next(islice(code.co_positions(), instruction // 2, None), None)
    try:
        node = ast.parse(_source(code.co_filename, position), mode="eval").body
    except (SyntaxError, ValueError, TypeError, IndexError):
        return ""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name == method:
            return ast.unparse(owner)
        case ast.Name() | ast.Attribute():
            return ast.unparse(node)
    return ""


def _source(filename: str, position: Any) -> str:
    """Return the source of an expression; its columns count bytes of UTF-8."""
    first, last, start, end = position
    lines = [line.encode() for line in linecache.getlines(filename)[first - 1 : last]]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode()


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
