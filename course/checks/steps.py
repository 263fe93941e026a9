"""The steps of a check, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StepKind = Literal["call", "raised", "pending", "note", "passed", "failed"]


@dataclass
class ReplayStep:
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

    def repeats(self, other: ReplayStep) -> bool:
        """Whether this is the same call again."""
        return (
            self.call == other.call
            and (self.came, self.kind, self.line) == (other.came, other.kind, other.line)
            and (self.file, self.thread) == (other.file, other.thread)
        )
