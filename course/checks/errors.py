"""An error of the learner's code in the course's words, the same wherever it is shown."""

from __future__ import annotations

LONGEST_MESSAGE = 400  # characters
NOBODY_ANSWERS = "input() does not work in a check, because nobody is there to answer"
ENDS_PYTHON = (
    "the code ends Python ({}). A call that starts the program belongs below "
    '`if __name__ == "__main__":`'
)


class Postponed(Exception):
    """A promise was not checked, because another of its task did not finish."""


def explained(error: BaseException) -> str:
    """Return an error as `ValueError: what it says`, or in plain words where those help more."""
    message = plain(f"{type(error).__name__}: {error}")
    if "reading from stdin" in message or message.startswith("EOFError: EOF when reading a line"):
        return NOBODY_ANSWERS
    ends_python = isinstance(error, SystemExit) and "os._exit" not in message
    return ENDS_PYTHON.format(message) if ends_python else message


def visible(text: str) -> str:
    """Return a text whose control characters and unusual spaces are written as Python writes them."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def plain(message: str) -> str:
    """Return a message without control characters, cut to what fits into a report."""
    clean = visible(message)
    return clean if len(clean) <= LONGEST_MESSAGE else f"{clean[:LONGEST_MESSAGE]}…"
