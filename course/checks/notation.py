"""Writes values and errors as short Python, for the steps of a replay."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import partial
from selectors import BaseSelector
from types import FunctionType, MethodType
from unicodedata import east_asian_width

from course.checks.errors import explained
from course.checks.expect import Literally

MAX_DEPTH = 6  # of lists in lists
MAX_ERROR = 120  # characters
MAX_REPR = 240  # characters of what only its own repr() describes
MAX_START = 34  # characters that are left of a text that is too long
RealSocket = socket.SocketType  # nothing takes the place of its methods

NameOf = Callable[[object], str]


def written(value: object, name_of: NameOf, limit: int, depth: int = 0) -> str:
    """Return a value as Python writes it, shortened to about `limit` characters.

    What cannot be written that way has the name that `name_of` knows, or a word that describes it.
    """

    def items(values: Iterable[object]) -> str:
        return _joined((written(each, name_of, limit, depth + 1) for each in values), limit)

    if depth > MAX_DEPTH:
        return "…"
    match value:
        case Enum():
            kind = type(value)
            return f"{'socket' if kind.__module__ == 'socket' else kind.__name__}.{value.name}"
        case Literally():
            return str(value)
        case bytes() | bytearray() | str():
            return _literal(value, limit)
        case tuple() if hasattr(value, "_fields"):
            return f"{type(value).__name__}({items(value)})"
        case tuple():
            return f"({items(value)}{',' * (len(value) == 1)})"
        case list():
            return f"[{items(value)}]"
        case dict() if type(value) is dict:
            pairs = (
                f"{_literal(str(key), limit)}: {written(each, name_of, limit, depth + 1)}"
                for key, each in value.items()
            )
            return f"{{{_joined(pairs, limit)}}}"
        case int() | float() | None:
            return repr(value)
        case FunctionType() | MethodType():
            return value.__name__
        case partial():
            return f"partial({items((value.func, *value.args))})"
    return name_of(value) or _by_itself(value, limit)


def raised(error: BaseException) -> str:
    """Return an error in one line: the first of its message."""
    text = explained(error).partition("\n")[0]
    if isinstance(error, OSError) and error.errno:
        text = f"{type(error).__name__}: {os.strerror(error.errno)}"
    return text if len(text) <= MAX_ERROR else f"{text[:MAX_ERROR]}…"


def described(sock: RealSocket) -> str:
    """Return what kind of socket this is."""
    try:
        if RealSocket.getsockopt(sock, socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return "<listener>"
        RealSocket.getpeername(sock)
    except OSError:
        return "<socket>"
    return "<connection>"


def constant(value: object, *prefixes: str) -> str:
    """Return a number by the name that it has in the module `socket`."""
    names = [name for name in dir(socket) if name.startswith(prefixes)]
    found = [name for name in names if getattr(socket, name) == value]
    return f"socket.{min(found, key=len)}" if found else repr(value)


def _literal(value: bytes | bytearray | str, limit: int) -> str:
    text = repr(value[:limit])
    if len(value) <= limit and len(text) <= limit:
        return text
    quote = text[-1]
    text = text[: min(limit, MAX_START)]
    wide = sum(east_asian_width(each) in "WF" for each in text)  # each of these fills two columns
    text = text[: len(text) - wide // 2]
    kept = re.sub(r"\\(x[0-9a-f]?)?$", "", text)
    unit = "characters" if isinstance(value, str) else "bytes"
    return f"{kept}…{quote} ({len(value):,} {unit})"


def _joined(parts: Iterator[str], limit: int) -> str:
    found: list[str] = []
    for part in parts:
        if sum(map(len, found)) > limit:
            return ", ".join([*found, "…"])
        found.append(part)
    return ", ".join(found)


def _by_itself(value: object, limit: int) -> str:
    if isinstance(value, RealSocket):
        return described(value)
    if isinstance(value, BaseSelector):
        return "selector"
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    text, limit = re.sub(r" at 0x[0-9a-f]+", "", text), min(limit, MAX_REPR)
    return text if len(text) <= limit else f"{text[:limit]}…"
