"""The steps of a check, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StepKind = Literal["call", "raised", "pending", "note", "passed", "failed"]


@dataclass
class Step:
    """One call, and what came of it.

    - `line` is the learner's line that made it, in `file`; 0 means that the check made it.
    - `thread` is the name of the learner's thread, `times` how often this came in a row.
    - A "note" and what "passed" are sentences about the check. "failed" is where the check ended.
    """

    kind: StepKind
    call: str
    came: str = ""
    file: str = ""
    line: int = 0
    thread: str = ""
    times: int = 1
