"""Chapter 11. What does a response say about its end?

A response has a status line, field lines, an empty line and content. Its head says where the content
ends (RFC 9112 §6.3). An application says *what* to send. This chapter turns that into bytes, and
says where it ends.

Who calls whom:

    serialize ─┬─► check_sendable (given)
               ├─► frame ─► exactly, chunks
               └─► response_head ─► field_line

Run it by hand:  python3 -m chapters.ch11_response --port 8000
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch04_closing import abort, close_gracefully
from .ch06_threads import Server
from .ch09_request import Headers, HttpError, Request, RequestParser
from .grammar import FIELD_VALUE, is_token

REASONS = {status.value: status.phrase for status in HTTPStatus} | {413: "Content Too Large"}
OURS = {"connection", "content-length", "date", "transfer-encoding"}  # only the server writes these
CHUNK = 65536  # octets that a client has to take before its timeout
TEXT = ("Content-Type", "text/plain; charset=utf-8")
HTML = ("Content-Type", "text/html; charset=utf-8")


class Response(NamedTuple):
    """What an application answers.

        Response(b"hello")                        200, five octets of content
        Response(b"", 302, [("Location", "/")])   another status, and one field
        Response(pieces)                          content that comes in pieces of bytes
        Response(pieces, length=5)                the same; the pieces have five octets together

    `fields` are names and values, in the order in which they are sent. `upgrade` is for the chapter
    *connection*: it takes the connection over after a 101.
    """

    content: bytes | Iterable[bytes] = b""
    status: int = 200
    fields: Sequence[tuple[str, str]] = ()
    length: int | None = None
    upgrade: Callable[..., Any] | None = None


Handler = Callable[[Request], Response]


def field_line(name: str, value: str) -> bytes:
    r"""Return a field line: name, colon, space, value, CR LF, one octet for each character (latin-1).

        field_line("Server", "mine")   -> b"Server: mine\r\n"
        field_line("X-Name", "José")   -> b"X-Name: Jos\xe9\r\n"
        field_line("Allow", "")        -> b"Allow: \r\n"

    Raises ValueError:

        the name is not a token                                              (RFC 9110 §5.1)
        the value has a control character other than tab                     (RFC 9110 §5.5)
        the value has a character that latin-1 does not have, such as ✓

    The value may come from a client. A CR or LF in it would let that client write the rest of the head.
    A value that is allowed is sent unchanged, spaces included.
    """
    # TASK 1. is_token() tests the name. FIELD_VALUE holds the octets that a value may have.
    raise NotImplementedError("ch11 task 1: field_line")


def response_head(status: int, fields: Iterable[tuple[str, str]]) -> bytes:
    r"""Return the head of a response: status line, field lines, empty line (RFC 9112 §2.1, §4).

        response_head(404, [("A", "b"), ("A", "c")])
            -> b"HTTP/1.1 404 Not Found\r\nA: b\r\nA: c\r\n\r\n"

        response_head(299, [])
            -> b"HTTP/1.1 299 \r\n\r\n"

    The status line is version, space, status, space, reason. The version is always HTTP/1.1: it is the
    server's, not the client's (RFC 9110 §6.2). The reason is the one in REASONS. If there is none, the
    space before it remains. All fields are sent, in their order. `fields` is only read.

    Raises ValueError as field_line does.
    """
    # TASK 2. Each field is a line of its own.
    raise NotImplementedError("ch11 task 2: response_head")


def exactly(pieces: Iterable[bytes], length: int) -> Iterator[bytes]:
    """Yield the pieces unchanged, each as soon as it comes. Together they must have `length` octets.

        exactly([b"ab", b"cd"], 4)         yields b"ab", b"cd"
        exactly([b"ab", b"cd"], 3)         yields b"ab"; then ValueError: b"cd" is too much
        exactly([b"ab", b"cd"], 5)         yields b"ab", b"cd"; then ValueError: there is too little

    Raises ValueError before a piece that would take the sum over `length`. No part of that piece is
    yielded. An error that the pieces raise passes through.
    """
    # TASK 3. By now, Content-Length has been sent. Make sure that it is true.
    raise NotImplementedError("ch11 task 3: exactly")


def chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    r"""Yield each piece as a chunk, as soon as it comes, and then the last chunk (RFC 9112 §7.1).

    A chunk is the piece's length in hexadecimal, CR LF, the piece, CR LF. Empty pieces are left out:
    a chunk of length 0 is the last one. An error that the pieces raise passes through. Nothing
    is yielded after it, because the last chunk says that the content is complete (RFC 9112 §8).

        chunks([b"seventeen octets:", b"", b"ab"])
            yields b"11\r\nseventeen octets:\r\n", b"2\r\nab\r\n", b"0\r\n\r\n"
    """
    # TASK 4. The format %x writes a number in hexadecimal, also for bytes: b"%x" % 17 is b"11".
    raise NotImplementedError("ch11 task 4: chunks")


def frame(response: Response, request: Request) -> tuple[list[tuple[str, str]], Iterator[bytes]]:
    """Return the field that says where the content ends, and an iterator over the pieces to send.

    The field is a name and a value, both text, in a list. The list is empty if there is no field. The
    iterator may have no pieces: iter(()). The first row that fits decides (RFC 9112 §6.3):

        the response                    field                         pieces to send
        status 204 or 304               none                          none
        status 205                      Content-Length: 0             none
        `content` is bytes              Content-Length: its length    `content`, as one piece
        `length` is not None            Content-Length: `length`      exactly(content, length)
        pieces, for HTTP/1.1            Transfer-Encoding: chunked    chunks(content)
        pieces, for HTTP/1.0            none                          the pieces, as they are

    `request.version` is a tuple: (1, 1) or (1, 0). A response to HEAD has the same field as the
    response to GET, and no pieces (RFC 9110 §9.3.2). Nothing is taken from `content` here.
    """
    # TASK 5. Decide as if the method were GET. HEAD changes only the pieces.
    raise NotImplementedError("ch11 task 5: frame")


def serialize(response: Response, request: Request, persists: bool) -> Outgoing:
    """Return a response as bytes, piece by piece. The first piece begins with the head.

    These fields are sent, in this order:

        Date                       http_date() of now, an int of seconds    (RFC 9110 §6.6.1)
        response.fields
        Connection: close          if the connection does not persist       (RFC 9112 §9.6)
        Connection: keep-alive     if it persists and the request is HTTP/1.0 (RFC 9112 §9.3)
        what frame() returns

    Head and first piece are joined: content that is bytes needs one write. So the first piece is taken
    *here*. If the application fails before that piece, nothing has been sent yet, and there can still
    be another response.

    Raises what check_sendable, response_head and the content raise. Whatever the error is, even a
    KeyboardInterrupt, the content is closed first, with close_content(). If there is no error,
    Outgoing closes the content. `response.fields` is not changed.
    """
    # TASK 6. Outgoing(first, others, content) is given. next(pieces, b"") is b"" if there is no piece.
    raise NotImplementedError("ch11 task 6: serialize")


class Outgoing:
    """The bytes of a response, on their way out. The sender has to close it. It is given.

    The content is closed once: after the last piece, after an error, or by close(), if the client goes.
    """

    def __init__(self, first: bytes, others: Iterable[bytes], content: object) -> None:
        self.first = first
        self.others = others
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield self.first
            yield from self.others
        finally:
            self.close()

    def close(self) -> None:
        """Close the content. Nothing more is sent."""
        content, self.content, self.others = self.content, b"", ()
        close_content(content)


def close_content(content: object) -> None:
    """Call the content's close(), if it has one: generators and files do. It is given."""
    if hasattr(content, "close"):
        content.close()


def check_sendable(response: Response) -> None:
    """Refuse what an application must not answer. It is given.

    Raises ValueError:

        a status that is not final: below 200, or above 599                  (RFC 9110 §15)
        a field of OURS, in upper or lower case: only the server says how a response ends. But a 426
            has Upgrade, so it may say `Connection: upgrade`                 (RFC 9110 §7.8)
        a `length` below 0, or one that is not the length of content that is bytes

    Raises TypeError for content that is neither bytes nor pieces of bytes. It takes nothing
    from an iterator, so a wrong piece in one is noticed later.
    """
    content, length = response.content, response.length
    if not 200 <= response.status <= 599:
        raise ValueError(f"{response.status} is not the status of a final response")
    for name, value in response.fields:
        is_upgrade = response.status == 426 and (name, value) == ("Connection", "upgrade")
        if name.lower() in OURS and not is_upgrade:
            raise ValueError(f"only the server writes {name}")
    if length is not None and length < 0:
        raise ValueError(f"the length of the content cannot be {length}")
    if isinstance(content, bytes):
        if length not in (None, len(content)):
            raise ValueError(f"the content has {len(content)} octets, not {length}")
    elif isinstance(content, str):
        raise TypeError("content is bytes: text has to be encoded first")
    elif isinstance(content, bytearray | memoryview) or not isinstance(content, Iterable):
        raise TypeError(f"content is bytes, or pieces of bytes, not {type(content).__name__}")
    elif isinstance(content, list | tuple | dict | set):  # others give each piece only once
        for piece in content:
            if not isinstance(piece, bytes):
                raise TypeError(f"a piece of content is bytes, not {type(piece).__name__}")


@lru_cache(maxsize=1)
def http_date(seconds: int) -> str:
    """Return the value of Date for a time in seconds since 1970: text, in GMT (RFC 9110 §5.6.7).

    lru_cache keeps the last date, for the next call with the same number. It is given.
    """
    return formatdate(seconds, usegmt=True)


PAGE = """<!doctype html>
<title>My own server</title>
<h1>Schöne Grüße!</h1>
<p>This is a response of your own.
<p><a href="/count">Count to five</a> · <a href="/known">the same, of known length</a> ·
<a href="/nothing">204</a> · <a href="/fails">a failure before the first piece</a> ·
<a href="/breaks">a failure after it</a>
"""


def count(last: int, failure: str = "") -> Iterator[bytes]:
    """Yield the numbers up to `last`, one every half second. Then fail, perhaps."""
    for number in range(1, last + 1):
        time.sleep(0.5)
        yield b"%d\n" % number
    if failure:
        raise RuntimeError(failure)


def site(request: Request) -> Response:
    """Answer with a page, or with one of the responses that it links to."""
    pages = {
        "/": lambda: Response(PAGE.encode(), 200, [HTML]),
        "/count": lambda: Response(count(5), 200, [TEXT]),
        "/known": lambda: Response(count(5), 200, [TEXT], length=10),
        "/nothing": lambda: Response(status=204),
        "/fails": lambda: Response(count(0, "nothing has been sent yet"), 200, [TEXT]),
        "/breaks": lambda: Response(count(2, "two pieces have been sent"), 200, [TEXT]),
    }
    page = pages.get(request.target)
    return page() if page else Response(b"There is no such page.\n", 404, [TEXT])


def respond(conn: socket.socket, request: Request, handler: Handler) -> None:
    """Send the handler's response, or a 500 if the handler fails. The connection ends after it."""
    try:
        pieces = serialize(handler(request), request, persists=False)
    except Exception:
        logging.exception("a handler failed: %s %s", request.method, request.target)
        problem = Response(b"Internal Server Error\n", 500, [TEXT])
        pieces = serialize(problem, request, persists=False)
    try:
        for piece in pieces:
            for start in range(0, len(piece), CHUNK):  # sendall() has one timeout for all
                conn.sendall(piece[start : start + CHUNK])
    except Exception:
        logging.exception("a response broke off: %s %s", request.method, request.target)
        abort(conn)
    finally:
        close_content(pieces)


def serve(host: str, port: int) -> None:
    """Answer one request on each connection, until Ctrl-C."""

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        parser, buffer, request = RequestParser(), bytearray(), None
        try:
            while request is None and (data := conn.recv(65536)):
                buffer += data
                request = parser.parse(buffer)
        except HttpError as error:
            refusal = Response(f"{error}\n".encode(), error.status, [TEXT])
            request = Request("GET", "/", (1, 1), Headers())
            respond(conn, request, lambda _request: refusal)
        else:
            if request:
                respond(conn, request, site)
        close_gracefully(conn, 2.0)

    with Server(handle, 32, host, port) as server:
        announce(server.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server with responses of every kind."))
