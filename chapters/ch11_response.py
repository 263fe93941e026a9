"""Chapter 11. What does a response say about its end?

A response says where it ends, as a request does (RFC 9112 §6.3).

Run it by hand:  python3 -m chapters.ch11_response --port 8000
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from itertools import chain
from typing import Any, NamedTuple

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch04_closing import close_gracefully
from .ch06_threads import Server
from .ch09_request import FIELD_NAMES, FIELD_VALUE, Request, RequestParser

NO_CONTENT = {204, 304}  # RFC 9110 §15.3.5, §15.4.5
REASONS = {status.value: status.phrase for status in HTTPStatus} | {413: "Content Too Large"}
OURS = {"connection", "content-length", "date", "transfer-encoding"}  # no application writes these
TEXT = ("Content-Type", "text/plain; charset=utf-8")


class Response(NamedTuple):
    """What an application answers. Its content is bytes, or pieces of bytes that come one by one.

    `fields` are name and value, in the order in which they are sent.
    """

    content: bytes | Iterable[bytes] = b""
    status: int = 200
    fields: Sequence[tuple[str, str]] = ()
    length: int | None = None
    upgrade: Callable[..., Any] | None = None


Handler = Callable[[Request], Response]


def check_sendable(response: Response) -> None:
    """Refuse what an application must not answer: how a response ends is for the server to say.

    Raises ValueError for a status that is not final (200 to 599), and for a field of OURS in any
    case; TypeError for content that is neither bytes nor pieces of bytes, as far as that can be seen
    without taking a piece. Names and values are left to response_head.
    """
    content, status, fields, _length, _upgrade = response
    if not 200 <= status <= 599:
        raise ValueError(f"{status} is not the status of a final response")
    for name, _value in fields:
        if name.lower() in OURS:
            raise ValueError(f"{name} is the server's to write")
    if isinstance(content, bytes):
        return
    if isinstance(content, str):
        raise TypeError("content is bytes: text has to be encoded first")
    if isinstance(content, bytearray | memoryview) or not isinstance(content, Iterable):
        raise TypeError(f"content is bytes, or pieces of bytes, not {type(content).__name__}")
    if isinstance(content, list | tuple | dict | set):  # others give each piece only once
        for piece in content:
            if not isinstance(piece, bytes):
                raise TypeError(f"a piece of content is bytes, not {type(piece).__name__}")


def response_head(status: int, fields: Iterable[tuple[str, str]]) -> bytes:
    """Return status line and field lines, each with its CR LF, and the empty line (RFC 9112 §4).

    The version is always HTTP/1.1: it is the server's, not the client's (RFC 9110 §6.2). The reason
    phrase is the one in REASONS, or empty; the space before it is always there. A field line is name,
    colon, space, value, in latin-1.

    Raises ValueError for a name that is no token, and for a value that is no latin-1 or holds control
    characters, but for tab: whoever could put a CR LF there could write a response of their own.
    """
    # TASK 1. Check what you were given, not what you hope for.
    raise NotImplementedError("ch11 task 1: response_head")


def serialize(response: Response, request: Request, persists: bool) -> Iterable[bytes]:
    """Return a response as bytes to send: in one piece if its content is bytes.

    Framing (RFC 9112 §6.3): content that is bytes gets Content-Length; pieces are sent as chunks, one
    for each that is not empty, or for HTTP/1.0 as they are, up to the end of the connection. (Whoever
    passes `persists` sees to that: pieces for HTTP/1.0 never persist.) An answer to HEAD has the
    fields that GET would have, and no content (RFC 9110 §9.3.2). Nor have 204, 205 and 304 any,
    whatever is given; 204 and 304 have no framing either, 205 has Content-Length 0.

    Date is added (§6.6.1), and Connection: `close` whenever the connection does not persist,
    `keep-alive` if it does in HTTP/1.0; else there is no Connection.

    Raises what check_sendable and response_head raise: in this call, before any byte is sent.
    """
    # TASK 2. First the fields, then: is there content, and how does it end?
    raise NotImplementedError("ch11 task 2: serialize")


@lru_cache(maxsize=1)
def http_date(seconds: int) -> str:
    """Return a time, in seconds since 1970, as a Date field has it (RFC 9110 §5.6.7)."""
    return formatdate(seconds, usegmt=True)


def serve(host: str, port: int) -> None:
    """Answer every client with the same greeting, until Ctrl-C."""

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        parser = RequestParser()
        request = None
        while request is None and (piece := conn.recv(65536)):
            request = parser.feed(piece)
        if request:
            for piece in serialize(Response(b"Hello!\n", 200, [TEXT]), request, persists=False):
                conn.sendall(piece)
        close_gracefully(conn, 2.0)

    with Server(handle, 32, host, port) as server:
        announce(server.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that greets you."))
