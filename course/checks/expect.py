"""What a check says when a promise is broken: what was sent, expected and got."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
from typing import NoReturn, TypedDict, Unpack

from course.checks.answers import MissingName, Unreadable
from course.checks.promises import Misconception


class NotGiven:
    """Means that a check gives no value: None is a value that code can return."""


NOT_GIVEN = NotGiven()
Reason = Misconception | None | NotGiven


@dataclass(eq=False)
class Broken(AssertionError):
    """A promise that was not kept. The report is drawn from these fields.

    `usually` is the misconception that it comes from. It is None if there is none, and the promise's
    own unless the check says otherwise. `clue` tells this failure from others of the same promise,
    where `hints_if` has hints for it.
    """

    what: str
    _: KW_ONLY
    sent: object = NOT_GIVEN
    expected: object = NOT_GIVEN
    got: object = NOT_GIVEN
    usually: Reason = NOT_GIVEN
    clue: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.got, Raised):
            self.what = re.sub(r"\breturned:$", "raised:", self.what)
        elif isinstance(self.got, Waits):
            self.what = re.sub(r"\breturned:$", "did not return:", self.what)
        elif isinstance(self.got, Exception) and isinstance(self.expected, Literally):
            self.what = f"Your code returned an error. An error has to be raised. {self.what}"
            self.usually, self.clue = None, ""

    def __str__(self) -> str:
        return self.what

    @property
    def compares(self) -> bool:
        """Whether the report shows an expected value beside the actual one."""
        return self.expected is not NOT_GIVEN and self.got is not NOT_GIVEN

    @property
    def lacks_return(self) -> bool:
        """Whether the value is None where another was expected: usually a `return` is missing."""
        unexplained = isinstance(self.usually, NotGiven)
        return unexplained and self.got is None and self.expected is not None


class Details(TypedDict, total=False):
    """The fields of Broken that a check may leave out."""

    sent: object
    expected: object
    got: object
    usually: Reason
    clue: str


def broken(what: str, **details: Unpack[Details]) -> NoReturn:
    """Say that the promise is broken; raises Broken."""
    raise Broken(what, **details)


def same(
    what: str,
    *,
    expected: object,
    got: object,
    sent: object = NOT_GIVEN,
    usually: Reason = NOT_GIVEN,
    clue: str = "",
) -> None:
    """Require that `got` equals `expected`, type included for bytes, str, int and bool."""
    alike = got == expected and (
        type(got) is type(expected) or not isinstance(expected, bytes | str | int)
    )
    if not alike:
        raise Broken(what, sent=sent, expected=expected, got=got, usually=usually, clue=clue)


def holds(what: str, truth: object, **details: Unpack[Details]) -> None:
    """Require that `truth` is true."""
    if not truth:
        raise Broken(what, **details)


@contextmanager
def refusal(what: str, *kinds: type[BaseException], usually: Reason = NOT_GIVEN) -> Iterator[None]:
    """Require that the block raises one of `kinds`; any other error passes through."""
    try:
        yield
    except kinds:
        return
    names = " or ".join(kind.__name__ for kind in kinds)
    raise Broken(what, expected=Literally(names), got=Literally("no error"), usually=usually)


class Literally(str):
    """Text that a report prints unchanged, not as a Python literal."""

    __slots__ = ()


class Raised(Literally):
    """An error as text. A report says "raised" before it, not "returned"."""

    __slots__ = ()


class Waits(Literally):
    """What a call waits for, as text. A report says "did not return" before it, not "returned"."""

    __slots__ = ()


class Given(Literally):
    """What a function was given that nobody sent. A report calls it "given", not "sent"."""

    __slots__ = ()


def described(call: Callable[[], object]) -> object:
    """Return what `call` returns, or the error that it raises as text, for a report's `got`.

    What says that the answer is not there at all passes through.
    """
    try:
        return call()
    except (NotImplementedError, MissingName, Unreadable):
        raise
    except Exception as error:
        return Raised(f"{type(error).__name__}: {error}")
