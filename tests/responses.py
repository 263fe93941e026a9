"""Responses as a client reads them: what the suites of *response* and *connection* share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, broken, described, holds
from course.checks.promises import Misconception
from tests import beliefs


class Answer(NamedTuple):
    """A response as a client reads it. Names are in lower case."""

    status: int
    fields: list[tuple[str, str]]
    content: bytes

    def all(self, name: str) -> list[str]:
        """Return the value of each line of that name."""
        return [value for other, value in self.fields if other == name]

    @property
    def closes(self) -> bool:
        """Whether Connection says close."""
        options = ",".join(self.all("connection")).lower().split(",")
        return "close" in [option.strip() for option in options]


class Short(Exception):
    """What has come so far is not a complete response."""

    def __str__(self) -> str:
        return "what came is not a complete response"


def cut(data: bytes, end: bytes = b"\r\n") -> tuple[bytes, bytes]:
    """Return what comes before and after `end`."""
    before, found, after = data.partition(end)
    if not found:
        raise Short
    return before, after


def read_answer(data: bytes, method: str = "GET") -> tuple[Answer, bytes | None]:
    """Read a response as RFC 9112 §6.3 says; return it and what follows it.

    None means that it ends with the connection. Raises Short if it is not complete.
    """
    head, rest = cut(data, b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    version, _, status = status_line.partition(" ")
    digits, space, _reason = status.partition(" ")
    is_status = version == "HTTP/1.1" and len(digits) == 3 and digits.isdigit() and space
    holds("This is not a status line:", is_status, got=status_line)
    fields = []
    for line in lines:
        name, colon, value = line.partition(":")
        holds("This is not a field line:", colon and name.strip() == name, got=line)
        holds("A line in the head ends with LF alone.", "\n" not in line, got=line)
        fields.append((name.lower(), value.strip(" \t")))
    answer = Answer(int(digits), fields, b"")
    lengths, codings = answer.all("content-length"), answer.all("transfer-encoding")
    holds("Two fields say where the content ends.", len(lengths + codings) < 2, got=head)
    if method == "HEAD" or answer.status in (100, 204, 304):
        return answer, rest
    if codings:
        content, rest = read_chunks(rest)
        return answer._replace(content=content), rest
    if not lengths:
        return answer._replace(content=rest), None
    if len(rest) < int(lengths[0]):
        raise Short
    return answer._replace(content=rest[: int(lengths[0])]), rest[int(lengths[0]) :]


def read_chunks(data: bytes) -> tuple[bytes, bytes]:
    """Return the content of chunks, and what follows them."""
    content = b""
    while True:
        line, rest = cut(data)
        size = described(partial(int, line, 16))
        if not isinstance(size, int):
            broken("A chunk's size has to be here:", got=data, usually=beliefs.SIZE_LINE)
        if len(rest) < size + 2:
            raise Short
        end = rest[size : size + 2]
        holds(
            "After this many octets of a chunk, CR LF has to follow:",
            end == b"\r\n",
            sent=size,
            got=rest,
            usually=beliefs.SIZE_LINE,
        )
        content += rest[:size]
        data = rest[size + 2 :]
        if not size:
            return content, data


def whole(
    data: bytes,
    method: str = "GET",
    *,
    sent: object = NOT_GIVEN,
    usually: Misconception | None = None,
) -> Answer:
    """Read bytes that have to be one complete response."""
    reason = usually or beliefs.NO_LENGTH_NEEDED
    try:
        answer, rest = read_answer(data, method)
    except Short:
        broken("This is not a complete response:", sent=sent, got=data, usually=reason)
    if rest is None and not answer.closes:
        why = beliefs.NO_LENGTH_NEEDED
        broken("Nothing says where this response ends:", sent=sent, got=data, usually=why)
    if rest:
        broken("After the end of the response comes:", sent=sent, got=rest, usually=reason)
    return answer


def request_of(
    chapter: Attempt,
    *fields: tuple[str, str],
    method: str = "GET",
    version: tuple[int, int] = (1, 1),
) -> Any:
    """Return a request as a parser gives it."""
    return chapter.Request(method, "/", version, chapter.Headers([("host", "a.test"), *fields]))


def error_of(call: Callable[[], object]) -> Any:
    """Return the error that a call raises, or None."""
    try:
        call()
    except NotImplementedError:
        raise
    except Exception as error:
        return error
    return None
