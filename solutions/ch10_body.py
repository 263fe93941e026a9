"""Chapter 10. Where does the body end?

A request's head says how its content is framed: by a length, in chunks, or that there is none (RFC
9112 §6.3). Two programs that read this differently see different requests in the same bytes, and an
attacker can use that. So a framing that can be read in two ways is refused, and the connection ends.

All bytes that have been received, and not been used yet, are in one `bytearray`: the buffer. A decoder
takes its own bytes off the front (`del buffer[:n]`). What follows stays there for whoever reads next.

Run it by hand:  python3 -m solutions.ch10_body --port 8000
"""

from __future__ import annotations

import socket
from enum import Enum
from http import HTTPStatus
from typing import Literal

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch04_closing import close_gracefully
from .ch06_threads import Server
from .ch09_request import Headers, HttpError, Request, RequestParser, parse_field_line, split_head
from .grammar import CHUNK_LINE, list_members

CHUNK = 65536  # octets that one recv() takes at most
MAX_CONTENT = 1 << 20  # octets
MAX_DIGITS = 18  # of a length, zeros in front not counted
MAX_SIZE = 16  # digits of a chunk's size
MAX_OVERHEAD = 16384  # octets of chunk extensions and trailer fields in one content
REFUSAL_TIMEOUT = 2.0  # seconds that a refused client has to take the answer, and again to finish

Framing = int | Literal["chunked"]


class LengthDecoder:
    """Takes content of a known length off the front of a buffer.

    With `decoder = LengthDecoder(5)`:

        buffer          decoder.decode(buffer)   buffer then   decoder.done
        b"hel"          b"hel"                   b""           False
        b"loGET / "     b"lo"                    b"GET / "     True
    """

    def __init__(self, length: int) -> None:
        # TASK 1. How many octets are still to come?
        self._missing = length

    @property
    def done(self) -> bool:
        """Whether all of the content has been taken. Content of length 0 is done from the beginning."""
        # TASK 1. `done` is a property: it is worked out each time that somebody asks.
        return self._missing == 0

    def decode(self, buffer: bytearray) -> bytes:
        """Take the octets of the content off the front of `buffer`, and return them.

        Not one octet that follows the content is taken: it belongs to the next request.
        """
        # TASK 1. The caller looks into the same buffer: change it, do not make a new one.
        content = bytes(buffer[: self._missing])
        del buffer[: len(content)]
        self._missing -= len(content)
        return content


def content_length(headers: Headers) -> int | None:
    """Return what Content-Length says, in octets; None if the field is missing (RFC 9110 §8.6).

        Content-Length: 5                       5
        Content-Length: 000000000000000000005   5: zeros in front are digits, and change nothing

    Raises HttpError:
        400 (RFC 9110 §8.6): the value is anything but ASCII digits, or has none.
        400 (RFC 9110 §8.6): the field is repeated, even with the same value. `headers.get()` joins
            the values: "5, 5".
        413 (RFC 9110 §15.5.14): more than MAX_DIGITS digits, zeros in front not counted.
    """
    # TASK 2. int() takes far more than digits: a sign, blanks, underscores, other scripts' digits.
    value = headers.get("content-length")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise HttpError(400, "Content-Length is a number in digits, once", "RFC 9110 §8.6", value)
    digits = value.lstrip("0")
    if len(digits) > MAX_DIGITS:
        raise HttpError(413, "nobody takes content that long", "RFC 9110 §15.5.14", value)
    return int(digits or "0")


def too_large(limit: int) -> HttpError:
    """Return the HttpError for content of more than `limit` octets. Given."""
    return HttpError(413, f"the content is longer than {limit} octets", "RFC 9110 §15.5.14")


def take_line(buffer: bytearray, limit: int) -> str | None:
    """Take a line off the front of a buffer; return it without its CR LF. Given.

    Returns None, and takes nothing, while the line has no end yet. An empty line is ''.

    Raises HttpError(400) for a line of more than `limit` octets (CR LF not counted), even while it
    has no end; and for a control character, a lone CR or a lone LF in it (RFC 9112 §2.2).
    """
    end = buffer.find(b"\n", 0, limit + 2)
    if end == -1:
        if len(buffer) < limit + 2:
            return None
        raise HttpError(400, f"no CR LF after {limit} octets", "RFC 9112 §7.1")
    line = bytes(buffer[: end + 1]).removesuffix(b"\r\n")
    del buffer[: end + 1]
    return split_head(line)[0]


class Next(Enum):
    """What comes next in chunked content."""

    SIZE = "a size line"
    DATA = "data"
    DATA_END = "the CR LF after data"


class Chunks:
    r"""Takes chunks off the front of a buffer, up to the last chunk's size line (RFC 9112 §7.1).

    `done` is true once that line, whose size is 0, has been taken. What follows it is not taken.

        buffer                 Chunks(limit=100).decode(buffer)   buffer then
        b"5\r\nhel"            b"hel"                             b""
        b"5\r\nhello\r\n1"     b"hello"                           b"1"
        b"0\r\nX-Sum: 1\r\n"   b""                                b"X-Sum: 1\r\n"
    """

    def __init__(self, limit: int) -> None:
        self.done = False
        self.next = Next.SIZE
        self.data = LengthDecoder(0)  # for the data of this chunk
        self.limit = limit  # octets of content that all sizes together may announce
        self.length = 0  # octets that they have announced
        self.overhead = 0  # octets of extensions that have come

    def begin_chunk(self, line: str) -> None:
        """Read a chunk's size line, which comes without its CR LF.

        The size is hexadecimal, 1 to MAX_SIZE digits. Extensions may follow. They are ignored, but
        have to be well formed (RFC 9112 §7.1.1). All that follows the digits is overhead:

            line          size   octets of overhead
            "5"           5      0
            "C;pad=xx"    12     7
            "000"         0      0

        Afterwards `data` is a decoder for that many octets, and `next` is DATA. After a size of 0
        `done` is true, and `next` does not matter any more.

        Raises HttpError:
            400 (RFC 9112 §7.1): any other line.
            400 (RFC 9112 §7.1.1): more than MAX_OVERHEAD octets of overhead, in all lines together.
            413 (RFC 9110 §15.5.14): the sizes together are more than `limit`: too_large(limit).
        """
        # TASK 3. grammar.py has the grammar of this line: CHUNK_LINE. Its group 1 is the size.
        match = CHUNK_LINE.fullmatch(line)
        if match is None:
            raise HttpError(400, "this is not a chunk's size line", "RFC 9112 §7.1", line)
        size = int(match[1], 16)
        self.overhead += len(line) - len(match[1])
        if self.overhead > MAX_OVERHEAD:
            raise HttpError(400, "too much beside the content", "RFC 9112 §7.1.1")
        self.length += size
        if self.length > self.limit:
            raise too_large(self.limit)
        self.data = LengthDecoder(size)
        self.next = Next.DATA
        self.done = size == 0

    def decode(self, buffer: bytearray) -> bytes:
        """Take what belongs to the chunks off the front of `buffer`, and return the data in it.

        A line that has no end yet stays in `buffer`. How the bytes were cut changes neither the data
        nor the error. Four times as many octets take about four times as long.

        Raises HttpError:
            What begin_chunk and take_line raise. A size line may have MAX_SIZE digits, plus the
            overhead that is left. A longer one is refused even before it has an end.
            400 (RFC 9112 §7.1): something else than CR LF follows the data.
        """
        # TASK 4. A size line, data, CR LF; and again. Stop where `buffer` has too little for a step.
        content = bytearray()
        while not self.done:
            if self.next is Next.SIZE:
                line = take_line(buffer, MAX_SIZE + MAX_OVERHEAD - self.overhead)
                if line is None:
                    break
                self.begin_chunk(line)
            elif self.next is Next.DATA:
                content += self.data.decode(buffer)
                if not self.data.done:
                    break
                self.next = Next.DATA_END
            elif take_line(buffer, 0) is None:
                break
            else:
                self.next = Next.SIZE
        return bytes(content)


class ChunkedDecoder:
    """Takes chunked content off the front of a buffer: chunks, trailer fields, an empty line.

    `done` is true after the empty line. Then `trailers` holds the trailer fields. They stay apart from
    the head's (RFC 9112 §7.1.2).
    """

    def __init__(self, limit: int = MAX_CONTENT) -> None:
        self.done = False
        self.trailers = Headers()
        self.chunks = Chunks(limit)
        self.fields: list[tuple[str, str]] = []  # trailer fields that have come

    def decode(self, buffer: bytearray) -> bytes:
        r"""Take the octets of the content off the front of `buffer`, and return the data in them.

        A trailer field is overhead as well: the whole line, without its CR LF. One count holds for
        extensions and trailer fields. An example:

            b"5;a=b\r\nhello\r\n"   ";a=b"       4 octets
            b"0\r\n"                            0
            b"X-Sum: 15\r\n"        "X-Sum: 15"   9
            b"\r\n"                             0, together 13 of MAX_OVERHEAD

        Raises HttpError:
            What Chunks.decode raises.
            400: what parse_field_line raises for a trailer field.
            400 (RFC 9112 §7.1): more than MAX_OVERHEAD octets of overhead, even while a line has no
                end.
        """
        # TASK 5. The chunks first. When they are done: trailer fields, up to an empty line.
        content = self.chunks.decode(buffer)
        while self.chunks.done and not self.done:
            line = take_line(buffer, MAX_OVERHEAD - self.chunks.overhead)
            if line is None:
                break
            if line == "":
                self.trailers = Headers(self.fields)
                self.done = True
            else:
                self.chunks.overhead += len(line)
                self.fields.append(parse_field_line(line))
        return content


def body_framing(request: Request, limit: int = MAX_CONTENT) -> Framing:
    """Return how many octets of content follow the head, or "chunked" (RFC 9112 §6.3).

    The method does not matter. The first line that fits counts:

        Content-Length and Transfer-Encoding, whatever they say   HttpError 400 (RFC 9112 §6.1)
        Transfer-Encoding in HTTP/1.0                             HttpError 400 (§6.1)
        Transfer-Encoding that lists no coding                    HttpError 400 (§6.1)
        ... whose last coding is not chunked                      HttpError 400 (§6.3)
        ... that lists chunked twice                              HttpError 400 (§6.1)
        ... that lists another coding before chunked              HttpError 501 (§6.1)
        Transfer-Encoding: chunked                                "chunked"
        Content-Length that content_length refuses                its HttpError
        Content-Length of more than `limit`                       HttpError 413: too_large(limit)
        Content-Length                                            its value
        neither field                                             0

    Transfer-Encoding is a list of codings, which are case-insensitive. Empty members do not count
    (RFC 9110 §5.6.1.2). After any HttpError the connection cannot be used any more.
    """
    # TASK 6. list_members() from grammar.py takes a field's list apart.
    if (transfer_encoding := request.headers.get("transfer-encoding")) is None:
        if (length := content_length(request.headers) or 0) > limit:
            raise too_large(limit)
        return length
    if "content-length" in request.headers:
        raise HttpError(400, "Content-Length beside Transfer-Encoding", "RFC 9112 §6.1")
    if request.version < (1, 1):
        raise HttpError(400, "Transfer-Encoding in HTTP/1.0", "RFC 9112 §6.1")
    codings = list_members(transfer_encoding.lower())
    if codings[-1:] != ["chunked"] or codings.count("chunked") > 1:
        raise HttpError(400, "chunked has to be last, and once", "RFC 9112 §6.3", transfer_encoding)
    if len(codings) > 1:
        raise HttpError(501, "only chunked is known here", "RFC 9112 §6.1", transfer_encoding)
    return "chunked"


def expects_continue(request: Request) -> bool:
    """Tell whether the client waits for `100 Continue` before it sends the content.

        Expect: 100-Continue          True: case-insensitive
        Expect: 100-continue, ,       True: a list, whose empty members do not count
        Expect:                       False
        no such field                 False
        HTTP/1.0, whatever it says    False (RFC 9110 §10.1.1)

    Raises HttpError(417) for any other expectation (RFC 9110 §10.1.1).
    """
    # TASK 7. A list again. It may come in several lines: headers.get() joins them.
    expect = request.headers.get("expect")
    if expect is None or request.version < (1, 1):
        return False
    expectations = set(list_members(expect.lower()))
    if expectations - {"100-continue"}:
        raise HttpError(417, "nobody here can meet that", "RFC 9110 §10.1.1", expect)
    return bool(expectations)


def refuse(conn: socket.socket, error: HttpError) -> None:
    """Answer with an error and its text in UTF-8, and close so that it arrives (RFC 9112 §9.6).

    Raises OSError if the client has gone, or does not take the answer within REFUSAL_TIMEOUT. The
    connection is closed in any case.
    """
    content = f"{error}\n".encode()
    head = (
        f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\n"
        "Connection: close\r\n\r\n"
    )
    with conn:
        conn.settimeout(REFUSAL_TIMEOUT)
        conn.sendall(head.encode() + content)
        close_gracefully(conn, REFUSAL_TIMEOUT)


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
        close_gracefully(conn, REFUSAL_TIMEOUT)

    def read_content(conn: socket.socket) -> bytes:
        buffer, parser = bytearray(), RequestParser()
        while (request := parser.parse(buffer)) is None:
            buffer += receive(conn)
        framing = body_framing(request)
        decoder = ChunkedDecoder() if framing == "chunked" else LengthDecoder(framing)
        if expects_continue(request) and not buffer:
            conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        content = bytearray(decoder.decode(buffer))
        while not decoder.done:
            buffer += receive(conn)
            content += decoder.decode(buffer)
        return bytes(content)

    def receive(conn: socket.socket) -> bytes:
        piece = conn.recv(CHUNK)
        print(f"{len(piece)} octets have come", flush=True)
        if not piece:
            raise HttpError(400, "the request ends too early", "RFC 9112 §8")
        return piece

    with Server(handle, 32, host, port) as server:
        announce(server.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that measures what you send."))
