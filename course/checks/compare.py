"""Shows two values so that their first difference is seen: CR and LF visible, a caret below it."""

from __future__ import annotations

from course.checks.expect import Literally

LEAD = 16  # octets or characters shown before the first difference


def show(value: object, width: int) -> str:
    """Return a value as Python writes it, cut to `width` columns, with its length if it was cut."""
    if isinstance(value, Literally):
        return str(value)
    text = repr(value)
    if len(text) <= width:
        return text
    note = f"… ({len(value):,} bytes)" if isinstance(value, bytes) else "…"
    return text[: width - len(note)] + note


def compare(expected: object, got: object, width: int) -> tuple[str, str, str]:
    """Return lines for expected, got and the caret ('' where a caret would say nothing)."""
    if type(expected) is not type(got) or not isinstance(expected, bytes | str):
        return show(expected, width), show(got, width), ""
    assert isinstance(got, bytes | str)
    at = first_difference(expected, got)
    start = max(0, at - LEAD)
    column = len(_piece(got, start, at))
    caret = (
        " " * column + f"^ {_unit(got)} {at}: {_what(expected, at)} expected, {_what(got, at)} came"
    )
    return _window(expected, start, width), _window(got, start, width), caret


def first_difference(expected: bytes | str, got: bytes | str) -> int:
    """Return the first index at which two values differ, counted from 0."""
    pairs = enumerate(zip(expected, got, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(expected), len(got)))


def _unit(value: bytes | str) -> str:
    return "byte" if isinstance(value, bytes) else "character"


def _what(value: bytes | str, at: int) -> str:
    return repr(value[at : at + 1]) if at < len(value) else "the end"


def _piece(value: bytes | str, start: int, end: int) -> str:
    """Return the opening quote and the text up to `end`, as `_window` draws them."""
    lead = "…" if start else ""
    return lead + repr(value[start:end])[:-1]


def _window(value: bytes | str, start: int, width: int) -> str:
    lead = "…" if start else ""
    text = lead + repr(value[start:])
    return text if len(text) <= width else f"{text[: width - 16]}… ({len(value):,} in all)"
