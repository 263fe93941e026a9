"""Shows two values so that their first difference is seen: CR and LF visible, a caret below it."""

from __future__ import annotations

from course.checks.errors import visible
from course.checks.expect import Literally, Raised

LEAD = 16  # columns shown before the first difference


def show(value: object, width: int) -> str:
    """Return a value in its short form, cut to `width` columns; of bytes it says how many."""
    note = f"… ({len(value):,} bytes)" if isinstance(value, bytes) else "…"
    return _cut(brief(value), width, note)


def brief(value: object) -> str:
    """Return a value as Python writes it, but a named tuple without most of its field names.

    A host and a port are written as people do: `Entry(192.0.2.1:80, None, 'LISTEN', 0)`.
    """
    if isinstance(value, Literally):
        return visible(value)
    if isinstance(value, list):
        return f"[{', '.join(brief(item) for item in value)}]"
    fields = getattr(type(value), "_fields", None)
    if not isinstance(value, tuple) or fields is None:
        return repr(value)
    if fields == ("host", "port") and isinstance(value[0], str) and isinstance(value[1], int):
        return f"{value[0]}:{value[1]}"
    items = [
        f"{name}={item}" if isinstance(item, bool) else brief(item)
        for name, item in zip(fields, value, strict=True)
    ]
    return f"{type(value).__name__}({', '.join(items)})"


def compare(expected: object, got: object, width: int) -> tuple[str, str, str]:
    """Return lines for expected, got and the caret ('' where a caret would say nothing)."""
    if isinstance(expected, bytes) and isinstance(got, bytes):
        return _compare_bytes(expected, got, width)
    texts = brief(expected), brief(got)
    if texts[0] == texts[1]:  # alike to people, not to Python
        texts = repr(expected), repr(got)
    is_cut = max(map(len, texts)) > width and not isinstance(got, Raised)
    start = max(0, first_difference(*texts) - LEAD) if is_cut else 0
    lead = "…" if start else ""
    expected_text, got_text = (_cut(lead + text[start:], width) for text in texts)
    return expected_text, got_text, ""


def first_difference(expected: bytes | str, got: bytes | str) -> int:
    """Return the first index at which two values differ, counted from 0."""
    pairs = enumerate(zip(expected, got, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(expected), len(got)))


def _compare_bytes(expected: bytes, got: bytes, width: int) -> tuple[str, str, str]:
    at = first_difference(expected, got)
    start = at
    while start > 0 and len(repr(got[start - 1 : at])) <= LEAD + 3:
        start -= 1
    lead = "…" if start else ""
    column = len(lead) + len(repr(got[start:at])) - 1
    words = f"byte {at}: {_at(expected, at)} expected, {_at(got, at)} came"
    caret = f"{' ' * column}^ {words}"
    if len(caret) > width:
        caret = f"{' ' * column}^\n{words}"
    windows = [
        _cut(lead + repr(value[start:]), width, f"… ({len(value):,} in all)")
        for value in (expected, got)
    ]
    return windows[0], windows[1], caret


def _at(value: bytes, at: int) -> str:
    return repr(value[at : at + 1]) if at < len(value) else "the end"


def _cut(text: str, width: int, note: str = "…") -> str:
    return text if len(text) <= width else text[: width - len(note)] + note
