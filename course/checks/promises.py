"""What a promise is: a sentence in the learner's language, its task, its hints, and why it breaks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

Sign = type[BaseException] | Literal["hang", "silence", "spin", "leak"]
Hints = tuple[str, str, str]
Check = TypeVar("Check", bound=Callable[..., Any])


@dataclass(frozen=True)
class Misconception:
    """Something that learners believe, and what is true instead.

    `belief` and `truth` are sentences; `authority` names the document and section; `lesson` is the
    slug of the chapter that shows it, and `see` the heading there.
    """

    id: str
    belief: str
    truth: str
    authority: str
    lesson: str
    see: str

    @property
    def place(self) -> str:
        """Where the truth is shown, as a report says it."""
        return f"lesson {self.lesson}, “{self.see}”"


Clue = Sign | Misconception | str  # a str: what a check itself says of its failure


@dataclass(frozen=True)
class Promise:
    """What a check knows besides its code.

    - `usually` is the misconception that a wrong value comes from.
    - `signs` names another one for a certain error, or for code that at the deadline waits
      ("hang"), computes ("spin"), or has ended while the other side waits ("silence"), or that leaves
      something open ("leak").
    - `hints_if` has other hints for a failure with a certain sign, misconception or clue.
    - `leaves_open` is for checks that end before the task that closes things is written: the engine
      then closes them itself.
    """

    task: int
    hints: Hints
    usually: Misconception
    signs: Mapping[Sign, Misconception] = field(default_factory=dict)
    hints_if: Mapping[Clue, Hints] = field(default_factory=dict)
    leaves_open: bool = False

    def reason(self, sign: Sign) -> Misconception | None:
        """Return the misconception that `sign` points to, or None."""
        if isinstance(sign, type):
            return next((self.signs[kind] for kind in sign.__mro__ if kind in self.signs), None)
        return self.signs.get(sign)

    def clue(self, clues: Sequence[str]) -> str:
        """Return the first of a failure's clues for which there are hints of its own, or ''."""
        own = {name_of(clue) for clue in self.hints_if}
        return next((clue for clue in clues if clue in own), "")

    def hints_for(self, clue: str) -> Hints:
        """Return the hints for a clue, or for none."""
        return {name_of(each): hints for each, hints in self.hints_if.items()}.get(clue, self.hints)


def name_of(clue: Clue) -> str:
    """Return a clue as it is stored: a misconception's id, an error's name, or the text itself."""
    if isinstance(clue, Misconception):
        return clue.id
    return clue.__name__ if isinstance(clue, type) else clue


def promise(
    *,
    task: int,
    hints: Sequence[str],
    usually: Misconception,
    signs: Mapping[Sign, Misconception] | None = None,
    hints_if: Mapping[Clue, Sequence[str]] | None = None,
    leaves_open: bool = False,
) -> Callable[[Check], Check]:
    """Mark a test as a promise of `task`. The test's docstring is the promise itself.

    There are three `hints`: a nudge, a direction, all but the answer. So are those in `hints_if`.
    """
    others = {clue: _three(found) for clue, found in (hints_if or {}).items()}
    made = Promise(task, _three(hints), usually, signs or {}, others, leaves_open)

    def mark(check: Check) -> Check:
        check.__dict__["promise"] = made
        return check

    return mark


def _three(hints: Sequence[str]) -> Hints:
    first, second, third = hints
    return first, second, third


def linux_only(check: Check) -> Check:
    """Mark a test that shows what the Linux kernel does: on other systems it is skipped."""
    check.__dict__["linux_only"] = True
    return check


def sentence(check: object) -> str:
    """Return the promise itself: the first paragraph of the check's docstring, on one line."""
    return " ".join((inspect.getdoc(check) or "").partition("\n\n")[0].split())
