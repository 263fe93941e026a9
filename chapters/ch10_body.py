"""Chapter 10. Where does the body end?

A request's head says how its content is framed: by a length, in chunks, or that there is none (RFC
9112 §6.3). Two programs that read this differently see different requests in the same bytes: an
attacker lives there. So a framing that can be read in two ways is refused, and the connection ends.

Run it by hand:  python3 -m chapters.ch10_body --port 8000
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
    raise NotImplementedError("ch10 task 1: content_length")


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
    raise NotImplementedError("ch10 task 2: body_framing")


def expects_continue(request: Request) -> bool:
    """Tell whether the client waits for `100 Continue` before it sends the content.

    Expect is a list without case, too, and may be repeated. Empty members do not count, so an empty
    field is False. HTTP/1.0 knows no such wait, whatever the field says (RFC 9110 §10.1.1).

    Raises HttpError(417) for any other expectation.
    """
    # TASK 3. The field's value has no case.
    raise NotImplementedError("ch10 task 3: expects_continue")


class LengthDecoder:
    """Takes content of a known length, in octets, out of a stream.

    When it is `done`, `rest` holds what was fed behind the content: it is not the decoder's. Until
    then `rest` is empty. Nobody feeds it after a feed() that has left it `done`.
    """

    def __init__(self, length: int) -> None:
        # TASK 4. How much is still to come?
        raise NotImplementedError("ch10 task 4: LengthDecoder.__init__")

    @property
    def done(self) -> bool:
        """Whether the content is whole."""
        # TASK 4. Content of length 0 is whole from the beginning.
        raise NotImplementedError("ch10 task 4: LengthDecoder.done")

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the stream; return those that are content."""
        # TASK 4. Not one octet of the next request is content of this one.
        raise NotImplementedError("ch10 task 4: LengthDecoder.feed")


class ChunkedDecoder:
    """Takes chunked content out of a stream (RFC 9112 §7.1).

    When it is `done`, `rest` holds what was fed behind the content, and `trailers`, which is a
    Headers, the fields behind the last chunk: they stay apart from the head's (§7.1.2). Until
    then `rest` is empty. Nobody feeds it when it is `done`.
    """

    def __init__(self, limit: int = LARGEST_CONTENT) -> None:
        # TASK 5. What comes next in the coding, and what has come of it so far?
        raise NotImplementedError("ch10 task 5: ChunkedDecoder.__init__")

    @property
    def done(self) -> bool:
        """Whether the content is whole, trailers and the empty line included."""
        # TASK 5. `done` is a property: keep the fact in an attribute of another name.
        raise NotImplementedError("ch10 task 5: ChunkedDecoder.done")

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
        raise NotImplementedError("ch10 task 5: ChunkedDecoder.feed")


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
    raise NotImplementedError("ch10 task 6: refuse")


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
