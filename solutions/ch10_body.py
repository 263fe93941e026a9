"""Chapter 10. Where does the body end?

A request's head says how its content is framed: by a length, in chunks, or that there is none (RFC
9112 §6.3). Two programs that read this differently see different requests in the same bytes: an
attacker lives there. So a framing that can be read in two ways is refused, and the connection ends.

Run it by hand:  python3 -m solutions.ch10_body --port 8000
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Literal

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch04_closing import close_gracefully
from .ch06_threads import Server
from .ch09_request import Headers, HttpError, Request, RequestParser, parse_field_line, split_head

CHUNK = 65536
LARGEST_CONTENT = 1 << 20  # octets
MOST_DIGITS = 18  # of a length
LARGEST_OVERHEAD = 16384  # octets of chunk extensions and trailers in one content
LONGEST_SIZE = 18  # octets of a size line without extensions: 16 digits, CR LF. While a line has no
# end yet, allow it so many more: digits and a CR do not count as overhead
PATIENCE = 2.0  # seconds that a refused client has to take the answer, and again to finish sending

TOKEN_PATTERN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
# A size line, RFC 9112 §7.1 and §7.1.1; a quoted string is that of RFC 9110 §5.6.4. In one it lets
# control characters through: chapter 9's split_head() refuses them first, in every line.
CHUNK_LINE = re.compile(
    rf"([0-9A-Fa-f]{{1,16}})(?:[ \t]*;[ \t]*{TOKEN_PATTERN}"
    rf'(?:[ \t]*=[ \t]*(?:{TOKEN_PATTERN}|"(?:[^"\\]|\\.)*"))?)*'
)

Framing = int | Literal["chunked"]


def content_length(headers: Headers) -> int | None:
    """Return what Content-Length says, in octets; None if it is not there (RFC 9110 §8.6).

    Raises HttpError(400) for anything but ASCII digits, for more than MOST_DIGITS of them, and if the
    field is repeated, even with the same value (§8.6 leaves that to you).
    """
    # TASK 1. int() takes far more than 1*DIGIT: a sign, blanks, underscores, other scripts' digits.
    value = headers.get("content-length")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise HttpError(400, "Content-Length is a number in digits, once", "RFC 9110 §8.6", value)
    if len(value) > MOST_DIGITS:
        raise HttpError(400, "no content is that long", "RFC 9110 §8.6", value)
    return int(value)


def body_framing(request: Request, limit: int = LARGEST_CONTENT) -> Framing:
    """Return how many octets of content follow the head, or "chunked" (RFC 9112 §6.3).

    The method does not matter. Transfer-Encoding is a list of codings, in any case; empty members
    of it do not count (RFC 9110 §5.6.1.2).

    Raises HttpError, after which the connection is of no use any more: 400 for Content-Length and
    Transfer-Encoding together, whatever they say, for Transfer-Encoding in HTTP/1.0 (both §6.1), for
    codings whose last is not chunked, or that hold chunked twice, and for an empty list of them; 501
    for another coding before chunked (§6.1). Without Transfer-Encoding: 413 for a length of more than
    `limit`, and what content_length raises.
    """
    # TASK 2. The ladder, from its first rung: what must be refused, what wins, what remains.
    transfer_encoding = request.headers.get("transfer-encoding")
    if transfer_encoding is None:
        length = content_length(request.headers) or 0
        if length > limit:
            raise _too_large(limit)
        return length
    if "content-length" in request.headers:
        raise _ambiguous("it excludes Content-Length", transfer_encoding)
    if request.version < (1, 1):
        raise _ambiguous("HTTP/1.0 knows no Transfer-Encoding", transfer_encoding)
    codings = _members(transfer_encoding)
    if codings[-1:] != ["chunked"] or codings.count("chunked") > 1:
        raise _ambiguous("chunked has to be the last coding, and once", transfer_encoding)
    if len(codings) > 1:
        raise HttpError(501, "no coding but chunked is known", "RFC 9112 §6.1", transfer_encoding)
    return "chunked"


def expects_continue(request: Request) -> bool:
    """Tell whether the client waits for `100 Continue` before it sends the content.

    Expect is a list without case, too, and may be repeated. Empty members do not count, so an empty
    field is False. HTTP/1.0 knows no such wait, whatever the field says (RFC 9110 §10.1.1).

    Raises HttpError(417) for any other expectation.
    """
    # TASK 3. The field's value has no case.
    expect = request.headers.get("expect")
    if expect is None or request.version < (1, 1):
        return False
    expectations = set(_members(expect))
    if expectations - {"100-continue"}:
        raise HttpError(417, "no such expectation can be met", "RFC 9110 §10.1.1", expect)
    return bool(expectations)


class LengthDecoder:
    """Takes content of a known length, in octets, out of a stream.

    When it is `done`, `rest` holds what was fed behind the content: it is not the decoder's. Until
    then `rest` is empty. Nobody feeds it after a feed() that has left it `done`.
    """

    def __init__(self, length: int) -> None:
        # TASK 4. How much is still to come?
        self.rest = b""
        self._missing = length

    @property
    def done(self) -> bool:
        """Whether the content is whole."""
        # TASK 4. Content of length 0 is whole from the beginning.
        return self._missing == 0

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the stream; return those that are content."""
        # TASK 4. Not one octet of the next request is content of this one.
        content = data[: self._missing]
        self.rest = data[len(content) :]
        self._missing -= len(content)
        return content


class ChunkedDecoder:
    """Takes chunked content out of a stream (RFC 9112 §7.1).

    When it is `done`, `rest` holds what was fed behind the content, and `trailers`, which is a
    Headers, the fields behind the last chunk: they stay apart from the head's (§7.1.2). Until
    then `rest` is empty. Nobody feeds it when it is `done`.
    """

    def __init__(self, limit: int = LARGEST_CONTENT) -> None:
        # TASK 5. What comes next in the coding, and what has come of it so far?
        self.rest = b""
        self.trailers = Headers()
        self._done = False
        self._trailers: list[tuple[str, str]] = []
        self._limit = limit
        self._length = 0
        self._overhead = 0
        self._missing = 0  # octets of the chunk that has begun
        self._buffer = bytearray()
        self._next: Callable[[list[bytes]], bool] = self._read_size

    @property
    def done(self) -> bool:
        """Whether the content is whole, trailers and the empty line included."""
        # TASK 5. `done` is a property: keep the fact in an attribute of another name.
        return self._done

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the stream; return those that are content. Then look at `done`.

        Chunk extensions are ignored, but have to be well formed (§7.1.1). The outcome does not depend
        on how the bytes were cut into pieces. Four times as many take about four times as long.

        Raises HttpError: 400 for what is no chunk size (1 to 16 hexadecimal digits; 000 is a size of
        0), for data or a line that does not end with CR LF (after an LF alone at once), and for what
        is no trailer field; 413 for a size with which the content would be longer than `limit`,
        before its data comes; 400 for extensions and trailers of more than LARGEST_OVERHEAD octets in
        all, also while a line has no end yet, and so before a 413 for the same line. What stands
        behind a size's digits counts there, and all of a trailer's line, but no CR LF.
        """
        # TASK 5. A size, that many octets, CR LF; and again. A size of 0: trailers, an empty line.
        self._buffer += data
        content: list[bytes] = []
        while not self.done and self._next(content):
            pass
        if self.done:
            self.rest = bytes(self._buffer)
        return b"".join(content)

    # Not in the starter.
    def _read_size(self, _content: list[bytes]) -> bool:
        line = self._take_line()
        if line is None:
            return False
        match = CHUNK_LINE.fullmatch(line)
        if match is None:
            raise HttpError(400, "this is no chunk size", "RFC 9112 §7.1", line)
        self._count_overhead(len(line) - len(match[1]))
        self._missing = int(match[1], 16)
        self._length += self._missing
        if self._length > self._limit:
            raise _too_large(self._limit)
        self._next = self._read_data if self._missing else self._read_trailers
        return True

    # Not in the starter.
    def _read_data(self, content: list[bytes]) -> bool:
        piece = bytes(self._buffer[: self._missing])
        del self._buffer[: len(piece)]
        self._missing -= len(piece)
        content.append(piece)
        self._next = self._read_data if self._missing else self._read_line_end
        return not self._missing

    # Not in the starter.
    def _read_line_end(self, _content: list[bytes]) -> bool:
        if not b"\r\n".startswith(bytes(self._buffer[:2])):
            raise HttpError(400, "a chunk's data is longer than its size", "RFC 9112 §7.1")
        if len(self._buffer) < 2:
            return False
        del self._buffer[:2]
        self._next = self._read_size
        return True

    # Not in the starter.
    def _read_trailers(self, _content: list[bytes]) -> bool:
        line = self._take_line()
        if line:
            self._count_overhead(len(line))
            self._trailers.append(parse_field_line(line))
        elif line == "":
            self.trailers = Headers(self._trailers)
            self._done = True
        return line is not None

    # Not in the starter.
    def _take_line(self) -> str | None:
        end = self._buffer.find(b"\n") + 1
        if not end:
            self._count_overhead(0, len(self._buffer) - LONGEST_SIZE)
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        return split_head(line.removesuffix(b"\r\n"))[0]

    # Not in the starter.
    def _count_overhead(self, octets: int, pending: int = 0) -> None:
        self._overhead += octets
        if self._overhead + pending > LARGEST_OVERHEAD:
            raise HttpError(400, "there is too much beside the content", "RFC 9112 §7.1.1")


def refuse(conn: socket.socket, error: HttpError, seconds: float = PATIENCE) -> None:
    """Answer a request with an error, `str(error)` as text in UTF-8; close so that it arrives.

    The client may be in the middle of sending: closing at once would reset the connection, and it
    would never read why (chapter 4). So half-close and drain, for `seconds` at most (RFC 9112 §9.6).
    Before that it has `seconds` to take the answer: one that never reads leaves no room for it.
    It does not know the method, so HEAD gets the text as well, against RFC 9110 §9.3.2: chapter 11
    mends that.

    Raises OSError if the client has gone, or does not take the answer in time; the connection is
    closed in any case.
    """
    # TASK 6. A status line, Content-Length, Connection: close, and the error as text. The words of the
    # status are HTTPStatus(n).phrase; before Python 3.13 those of 413 are older ones, which is no harm.
    content = f"{error}\n".encode()
    head = (
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\n"
        "Connection: close\r\n\r\n"
    )
    with conn:
        conn.settimeout(seconds)  # sendall() counts it from its beginning
        conn.sendall(head.encode() + content)
        close_gracefully(conn, seconds)


# Not in the starter.
def _members(field: str) -> list[str]:
    """Return the members of a field that is a list, in lower case (RFC 9110 §5.6.1)."""
    return [stripped for member in field.lower().split(",") if (stripped := member.strip(" \t"))]


# Not in the starter.
def _ambiguous(reason: str, field: str) -> HttpError:
    return HttpError(400, reason, "RFC 9112 §6.1", field)


# Not in the starter.
def _too_large(limit: int) -> HttpError:
    return HttpError(413, f"the content is longer than {limit} octets", "RFC 9110 §15.5.14")


def serve(host: str, port: int) -> None:
    """Tell each client the length of its content, or why it is refused, until Ctrl-C."""

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        try:
            text = f"Your content has {len(read_content(conn))} octets.\n"
        except HttpError as error:
            refuse(conn, error)
            return
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        conn.sendall((head + text).encode())
        close_gracefully(conn, PATIENCE)

    def read_content(conn: socket.socket) -> bytes:
        parser = RequestParser()
        while (request := parser.feed(receive(conn))) is None:
            pass
        framing = body_framing(request)
        decoder = ChunkedDecoder() if framing == "chunked" else LengthDecoder(framing)
        content = decoder.feed(parser.rest)
        if expects_continue(request) and not parser.rest:
            conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while not decoder.done:
            content += decoder.feed(receive(conn))
        return content

    def receive(conn: socket.socket) -> bytes:
        if piece := conn.recv(CHUNK):
            return piece
        raise HttpError(400, "the request ends too early", "RFC 9112 §8")

    with Server(handle, 32, host, port) as server:
        announce(server.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that measures what you send."))
