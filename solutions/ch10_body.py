"""Chapter 10. Where does the body end?

A request's head says where its content ends: after a number of octets, after the last chunk, or at
once, if there is no content (RFC 9112 §6.3). If two programs read the head differently, they see
different requests in the same bytes, and an attacker can use that. So you refuse a request whose end
can be read in two ways, and close the connection.

The connection has one `bytearray`, the buffer. It holds the bytes that have been received and not yet
used. A decoder removes its own bytes from the front (`del buffer[:n]`). The bytes after them stay in
the buffer, for the next reader.

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
MAX_DIGITS = 18  # of a length
MAX_SIZE = 16  # digits of a chunk's size
MAX_OVERHEAD = 16384  # octets of chunk extensions and trailer fields in one content
REFUSAL_TIMEOUT = 2.0  # seconds for a refused client to take the answer, and as many to finish

Framing = int | Literal["chunked"]  # a number of octets, or this text


class LengthDecoder:
    """Takes content of a known length off the front of a buffer.

    With `decoder = LengthDecoder(5)`:

        buffer          decoder.decode(buffer)   buffer then   decoder.done
        b"hel"          b"hel"                   b""           False
        b"loGET / "     b"lo"                    b"GET / "     True
        b"GET / "       b""                      b"GET / "     True
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
        """Take all octets of the content that are in `buffer` off its front, and return them.

        Octets that follow the content stay in `buffer`: they belong to the next request. When `done`
        is true, decode() returns b"" and takes nothing.
        """
        # TASK 1. The caller uses the same buffer: change it, do not make a new one.
        content = bytes(buffer[: self._missing])
        del buffer[: len(content)]
        self._missing -= len(content)
        return content


def content_length(headers: Headers) -> int | None:
    """Return what Content-Length says, in octets; None if the field is missing (RFC 9110 §8.6).

        Content-Length: 5      5
        Content-Length: 0005   5

    Raises HttpError. The first of these that applies decides:
        400 (RFC 9110 §8.6): the field is repeated, even with the same value. `headers.get()` joins
            the values: "5, 5".
        400 (RFC 9110 §8.6): the value is empty, or has a character that is not one of 0 to 9.
        413 (RFC 9110 §15.5.14): the value has more than MAX_DIGITS digits.
    """
    # TASK 2. Look at the characters before you call int(), which accepts more than 0 to 9.
    value = headers.get("content-length")
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise HttpError(400, "Content-Length is a number in digits, once", "RFC 9110 §8.6", value)
    if len(value) > MAX_DIGITS:
        raise HttpError(413, "this length has too many digits", "RFC 9110 §15.5.14", value)
    return int(value)


def too_large(limit: int) -> HttpError:
    """Return the HttpError for content of more than `limit` octets. Given."""
    return HttpError(413, f"the content is longer than {limit} octets", "RFC 9110 §15.5.14")


def take_line(buffer: bytearray, limit: int) -> str | None:
    """Take a line off the front of a buffer; return it without its CR LF. Given.

    While the line has no end yet, it returns None and takes nothing. For an empty line it returns ''.

    Raises HttpError(400):
        The line has more than `limit` octets (CR LF not counted), even if it has no end yet.
        The line has a control character, a lone CR or a lone LF in it (RFC 9112 §2.2).
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

    `done` is true once that line, whose size is 0, has been taken. The octets after it stay in the
    buffer.

        buffer                 Chunks(limit=100).decode(buffer)   buffer then
        b"5\r\nhel"            b"hel"                             b""
        b"5\r\nhello\r\n1"     b"hello"                           b"1"
        b"0\r\nX-Sum: 1\r\n"   b""                                b"X-Sum: 1\r\n"
    """

    def __init__(self, limit: int) -> None:
        self.done = False
        self.next = Next.SIZE
        self.data = LengthDecoder(0)  # for the data of this chunk
        self.limit = limit  # the most that all sizes together may announce
        self.length = 0  # what the sizes have announced so far
        self.overhead = 0  # octets of extensions and trailer fields so far

    def take_size_line(self, buffer: bytearray) -> str | None:
        """Take a size line off the front of a buffer, as take_line() does. Given.

        Its limit is MAX_SIZE digits, plus the overhead that is left.
        """
        return take_line(buffer, MAX_SIZE + MAX_OVERHEAD - self.overhead)

    def count_overhead(self, octets: int) -> None:
        """Add so many octets to `overhead`. Given.

        Raises HttpError(400) if that makes more than MAX_OVERHEAD (RFC 9112 §7.1.1).
        """
        self.overhead += octets
        if self.overhead > MAX_OVERHEAD:
            raise HttpError(400, "too many extensions or trailer fields", "RFC 9112 §7.1.1")

    def begin_chunk(self, line: str) -> None:
        """Read a chunk's size line, given without its CR LF.

        The size is 1 to MAX_SIZE hexadecimal digits. Well-formed extensions may follow (RFC 9112
        §7.1.1). Ignore what they say, but count them: everything after the digits is overhead, also
        after a size of 0.

            line          size   octets of overhead
            "5"           5      0
            "C;pad=xx"    12     7
            "000"         0      0
            "0;a=b"       0      4

        After a size of 0, `done` is true. After any other size, `next` is DATA, and `data` is a
        decoder for that many octets.

        Raises HttpError (if a line breaks two of these rules, either error is right):
            400 (RFC 9112 §7.1): the line is not a well-formed size line.
            400 (RFC 9112 §7.1.1): what count_overhead raises.
            413 (RFC 9110 §15.5.14): all sizes together are more than `limit`: too_large(limit).
        """
        # TASK 3. The grammar of this line is in grammar.py: CHUNK_LINE. Its group 1 is the size.
        match = CHUNK_LINE.fullmatch(line)
        if match is None:
            raise HttpError(400, "this is not a chunk's size line", "RFC 9112 §7.1", line)
        size = int(match[1], 16)
        self.count_overhead(len(line) - len(match[1]))
        self.length += size
        if self.length > self.limit:
            raise too_large(self.limit)
        self.data = LengthDecoder(size)
        self.next = Next.DATA
        self.done = size == 0

    def decode(self, buffer: bytearray) -> bytes:
        """Take the chunks off the front of `buffer`, and return their data. Given.

        Data is returned as soon as it is in `buffer`, not only when its chunk is complete. A line that
        has no end yet stays in `buffer`. When `done` is true, decode() returns b"" and takes nothing.

        The bytes may arrive cut anywhere: the data, and the error, are the same for every cut.

        Raises HttpError:
            400, 413: what take_size_line and begin_chunk raise.
            400 (RFC 9112 §7.1): the data is not followed by CR LF.
        """
        content = bytearray()
        while not self.done:
            if self.next is Next.SIZE:
                line = self.take_size_line(buffer)
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

    After the empty line, `done` is true, and `trailers` holds the trailer fields. They are kept apart
    from the fields of the head (RFC 9112 §7.1.2).
    """

    def __init__(self, limit: int = MAX_CONTENT) -> None:
        self.done = False
        self.trailers = Headers()
        self.chunks = Chunks(limit)
        self.fields: list[tuple[str, str]] = []  # trailer fields that have come

    def decode(self, buffer: bytearray) -> bytes:
        r"""Take the chunked content off the front of `buffer`, and return its data.

        Data is returned as soon as it is in `buffer`, not only at the end. Octets that follow the empty
        line stay in `buffer`. When `done` is true, decode() returns b"" and takes nothing.

        A trailer field is overhead as well: its whole line, without the CR LF. begin_chunk() counts the
        extensions; count each trailer field with self.chunks.count_overhead(). These lines come one
        after the other:

            line                     its overhead       self.chunks.overhead
            b"5;a=b\r\nhello\r\n"    4, for ";a=b"      4
            b"0\r\n"                 0                  4
            b"X-Sum: 15\r\n"         9                  13
            b"\r\n"                  0                  13

        Raises HttpError:
            400, 413: what Chunks.decode raises.
            400 (RFC 9112 §7.1.2): what parse_field_line raises for a trailer field.
            400 (RFC 9112 §7.1.2): a line would make more than MAX_OVERHEAD octets of overhead, even
                if it has no end yet.
        """
        # TASK 4. The chunks first. When they are done: trailer fields, up to an empty line.
        content = self.chunks.decode(buffer)
        while self.chunks.done and not self.done:
            line = take_line(buffer, MAX_OVERHEAD - self.chunks.overhead)
            if line is None:
                break
            if line == "":
                self.trailers = Headers(self.fields)
                self.done = True
            else:
                self.chunks.count_overhead(len(line))
                self.fields.append(parse_field_line(line))
        return content


def body_framing(request: Request, limit: int = MAX_CONTENT) -> Framing:
    """Return how many octets of content follow the head, or "chunked" (RFC 9112 §6.3).

    The method does not matter. Go through these cases in order. The first that fits decides:

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

    Transfer-Encoding is a list of codings. Their names are case-insensitive, and empty members do not
    count (RFC 9110 §5.6.1.2). The caller answers an HttpError and closes the connection.
    """
    # TASK 5. list_members() from grammar.py takes a field's list apart.
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

        Expect: 100-Continue                  True: the names are case-insensitive
        Expect: 100-continue, ,               True: empty members do not count
        Expect: 100-continue, 100-continue    True
        Expect:                               False
        no such field                         False
        HTTP/1.0, whatever Expect says        False (RFC 9110 §10.1.1)

    Raises HttpError(417) if the list has any other member (RFC 9110 §10.1.1).
    """
    # TASK 6. A list again. It may come in several lines: headers.get() joins them.
    expect = request.headers.get("expect")
    if expect is None or request.version < (1, 1):
        return False
    expectations = set(list_members(expect.lower()))
    if expectations - {"100-continue"}:
        raise HttpError(417, "this server knows only 100-continue", "RFC 9110 §10.1.1", expect)
    return bool(expectations)


def refuse(conn: socket.socket, error: HttpError) -> None:
    """Answer with an error and its text in UTF-8, and close gracefully (RFC 9112 §9.6).

    Raises OSError if the client has disconnected, or does not take the answer within REFUSAL_TIMEOUT.
    The connection is closed in any case.
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
    """Tell each client how long its content is, or why it was refused. Runs until Ctrl-C."""

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
