"""The steps of a check, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StepKind = Literal["call", "raised", "pending", "note", "passed", "failed"]


@dataclass
class ReplayStep:
    """One call, and what came of it.

    - `line` is the learner's line that made it, in `file`; 0 means that the check made it.
    - `thread` is the name of the learner's thread.
    - `times`: how often this came in a row. If several steps took turns, each has their number,
      `in_turn`, and `times` counts the rounds.
    - A "note" and what "passed" are sentences about the check. "failed" is where the check ended.
    """

    kind: StepKind
    call: str
    came: str = ""
    file: str = ""
    line: int = 0
    thread: str = ""
    times: int = 1
    in_turn: int = 1

    def repeats(self, other: ReplayStep, in_turn: int = 1) -> bool:
        """Whether this is the same call again, in a round of so many."""
        return (
            (self.times == 1 or self.in_turn == in_turn)
            and (other.times == 1 or other.in_turn == in_turn)
            and self.call == other.call
            and (self.came, self.kind, self.line) == (other.came, other.kind, other.line)
            and (self.file, self.thread) == (other.file, other.thread)
        )
