"""Chapter 5. Where does one message end?

TCP carries a stream of bytes. It has no messages: three sends may arrive in one recv(), and one send in
many. Two programs have to agree on where a message ends. This is their *framing*: a delimiter after
each message, or a length in front of each message.

Run it by hand:  python3 -m solutions.ch05_framing --port 8000
"""

from __future__ import annotations

import socket
import struct

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch03_accept import Acceptor
from .ch04_closing import close_gracefully

CHUNK = 65536  # bytes
MAX_LINE = 8192  # bytes, the end of the line included
MAX_FRAME = 1 << 20  # bytes of payload
CLOSE_TIMEOUT = 2.0  # seconds that a client has to read why it is refused


class FramingError(ValueError):
    """What the peer sent is not a message."""


class Truncated(FramingError):
    """The stream ended inside a message. `partial` is the part of the message that had arrived."""

    def __init__(self, partial: bytes) -> None:
        super().__init__(f"the stream ended inside a message (bytes received: {len(partial)})")
        self.partial = partial


class TooLong(FramingError):
    """The peer's message is longer than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a message is longer than {limit} bytes")
        self.limit = limit


def take_message(buffer: bytearray, delimiter: bytes) -> bytes | None:
    r"""Take the first message out of `buffer`: everything up to and including `delimiter`.

        buffer             delimiter  result      the buffer afterwards
        b"one\r\ntwo\r\n"  b"\r\n"    b"one\r\n"  b"two\r\n"
        b"one\r"           b"\r\n"    None        b"one\r"
        b""                b"\r\n"    None        b""

    None means that no message is complete yet. The buffer is then unchanged.
    """
    # TASK 1. Find the delimiter; take what ends there out of the buffer; leave the rest in it.
    found = buffer.find(delimiter)
    if found < 0:
        return None
    end = found + len(delimiter)
    message = bytes(buffer[:end])
    del buffer[:end]
    return message


class ByteReader:
    """Reads complete messages from a connection, in whatever pieces they arrive.

    All methods share one buffer. Bytes that arrive after the end of a message stay there, and begin the
    next message.

    A reset and a timeout are not the end of the stream: every method lets the OSError of recv() pass.
    No method changes the connection's timeout. If recv() raises TimeoutError, what has arrived stays in
    the buffer, and the next call continues from there.

    After TooLong, nobody knows where the next message begins, and the caller closes the connection.
    After Truncated, the buffer is empty.
    """

    def __init__(self, conn: socket.socket) -> None:
        # TASK 2. The connection, and a buffer of its own.
        self._conn = conn
        self._buffer = bytearray()

    def read_until(self, delimiter: bytes, limit: int = MAX_LINE) -> bytes:
        """Return the next message: everything up to and including `delimiter`.

            a complete message is in the buffer   -> this message; recv() is not called
            the stream ends between two messages  -> b""

        `limit` is the largest number of bytes that a message may have, its delimiter included.

        Errors:
            TooLong    as soon as `limit` bytes have arrived and no message is complete: with one more
                       byte, it would be too long. Also if a complete message has more than `limit`
                       bytes
            Truncated  if the stream ends inside a message. `partial` is the part that had arrived. The
                       buffer is empty afterwards
        """
        # TASK 2. Until a message is complete: receive one more piece, and keep it.
        while (message := take_message(self._buffer, delimiter)) is None:
            if len(self._buffer) >= limit:
                raise TooLong(limit)
            if not self._receive():
                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
        if len(message) > limit:
            raise TooLong(limit)
        return message

    def read_line(self, limit: int = MAX_LINE) -> str | None:
        r"""Return the next line, decoded as UTF-8, without its end. After the last line, return None.

            b"caf\xc3\xa9\n"  -> "café"
            b"a\r\n"          -> "a"     (a line ends with LF, or with one CR and LF)
            b"a\r\r\n"        -> "a\r"   (everything else belongs to the line)
            b" a \n"          -> " a "
            b"\n"             -> ""

        `limit` is the largest number of bytes (not characters) that a line may have, its end included.

        Errors:
            UnicodeDecodeError  if the line is not valid UTF-8 (RFC 3629 §3). The next call returns the
                                next line
            TooLong             as in read_until()
            Truncated           as in read_until(): the last line, if it has no LF
        """
        # TASK 3. First the complete line, then its text.
        line = self.read_until(b"\n", limit)
        if not line:
            return None
        return line.removesuffix(b"\n").removesuffix(b"\r").decode()

    def read_exactly(self, count: int) -> bytes:
        """Return the next `count` bytes: no more, and no fewer. `count` may be 0.

        If `count` bytes are in the buffer, recv() is not called.

        Raises Truncated if the stream ends before `count` bytes have arrived, even if none have.
        `partial` is what has arrived. The buffer is empty afterwards.
        """
        # TASK 4. recv(count) returns at most count bytes.
        while len(self._buffer) < count:
            if not self._receive():
                raise Truncated(self._take(len(self._buffer)))
        return self._take(count)

    # Not in the starter.
    def _receive(self) -> bool:
        piece = self._conn.recv(CHUNK)
        self._buffer += piece
        return bool(piece)

    # Not in the starter.
    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def encode_frame(payload: bytes) -> bytes:
    r"""Return the frame of a payload.

    A frame begins with the payload's length in four bytes, the highest byte first. The payload follows.

        b"hi"  -> b"\x00\x00\x00\x02hi"
        b""    -> b"\x00\x00\x00\x00"
    """
    # TASK 5. The module struct calls this format "!I".
    return struct.pack("!I", len(payload)) + payload


def read_frame(reader: ByteReader, limit: int = MAX_FRAME) -> bytes | None:
    """Return the payload of the next frame. It may be empty.

        the stream ends between two frames  -> None

    Errors:
        TooLong    if the length says more than `limit` bytes, before any byte of the payload is read
        Truncated  if the stream ends inside the frame: in its length, or before its payload is complete

    The OSError of recv() passes. After a timeout, the caller closes the connection: the length may have
    left the buffer already, so the next call could not find the frame again.
    """
    # TASK 5. The peer wrote the length. Compare it with the limit before you use it.
    try:
        (length,) = struct.unpack("!I", reader.read_exactly(4))
    except Truncated as cut:
        if cut.partial:
            raise
        return None
    if length > limit:
        raise TooLong(limit)
    return reader.read_exactly(length)


def take_frame(buffer: bytearray, limit: int = MAX_FRAME) -> bytes | None:
    r"""Take the first frame out of `buffer`, and return its payload.

        buffer                         result  the buffer afterwards
        b"\x00\x00\x00\x02hi\x00\x00"  b"hi"   b"\x00\x00"
        b"\x00\x00\x00\x02h"           None    b"\x00\x00\x00\x02h"
        b"\x00\x00"                    None    b"\x00\x00"

    None means that no frame is complete yet. The buffer is then unchanged.

    Raises TooLong as soon as the four bytes of a length say more than `limit`. The buffer is unchanged
    in this case as well.
    """
    # TASK 6. Is the length there? Is it allowed? Is the payload there?
    if len(buffer) < 4:
        return None
    (length,) = struct.unpack_from("!I", buffer)
    if length > limit:
        raise TooLong(limit)
    end = 4 + length
    if len(buffer) < end:
        return None
    payload = bytes(buffer[4:end])
    del buffer[:end]
    return payload


class FrameDecoder:
    """The same frames without a connection: bytes in, complete payloads out.

    A decoder never waits. Therefore it works in every kind of server, and in a test without a network.
    """

    def __init__(self, limit: int = MAX_FRAME) -> None:
        # TASK 7. What must a decoder remember between two calls?
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        r"""Take the next bytes of the stream, and return the payloads that they complete, in order.

        The result never depends on how the stream is cut. Frames of b"hi" and b"":

            feed(b"\x00\x00")                -> []
            feed(b"\x00\x02hi\x00\x00\x00")  -> [b"hi"]
            feed(b"\x00")                    -> [b""]

        Raises TooLong as soon as the next frame's length says more than the limit.

            payloads before that frame  -> they are returned first, and the next call raises TooLong
            every later call            -> raises TooLong again, and keeps nothing of `data`
        """
        # TASK 7. As many frames as are complete, and not one more.
        self._buffer += data
        payloads: list[bytes] = []
        try:
            while (payload := take_frame(self._buffer, self._limit)) is not None:
                payloads.append(payload)
        except TooLong:
            del self._buffer[4:]
            if not payloads:
                raise
        return payloads

    def finish(self) -> None:
        """Tell the decoder that the stream has ended.

        Raises Truncated if the stream ended inside a frame: inside its length or inside its payload.
        After TooLong, it raises Truncated as well. `partial` is what the decoder has kept of the frame.
        """
        # TASK 7. Is anything left?
        if self._buffer:
            raise Truncated(bytes(self._buffer))


def serve(host: str, port: int) -> None:
    """Number each client's lines, until Ctrl-C."""

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        reader = ByteReader(conn)
        number = 0
        try:
            while (line := reader.read_line()) is not None:
                number += 1
                conn.sendall(f"{number}: {line}\n".encode())
        except (FramingError, UnicodeDecodeError) as error:
            conn.sendall(f"This is not a line: {error}.\n".encode())
            close_gracefully(conn, CLOSE_TIMEOUT)

    with Acceptor(handle, host, port) as acceptor:
        announce(acceptor.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that numbers your lines."))
