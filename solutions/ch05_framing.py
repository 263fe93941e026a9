"""Chapter 5. Where does one message end?

TCP carries a stream of bytes and knows no messages: three sends may arrive in one recv, one send in
many. Where a message ends is an agreement between two programs, their *framing*: a delimiter after
it, or its length before it. The reader keeps what has arrived until a message is whole.

Run it by hand:  python3 -m solutions.ch05_framing --port 8000
"""

from __future__ import annotations

import socket
import struct

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch03_accept import Acceptor
from .ch04_closing import close_gracefully

CHUNK = 65536
LONGEST_LINE = 8192  # bytes
LONGEST_FRAME = 1 << 20  # bytes of payload
PATIENCE = 2.0  # seconds for a client to read why it is turned away


class FramingError(ValueError):
    """What the peer sent is no message."""


class Truncated(FramingError):
    """The stream ended inside a message; `partial` is what came of it.

    Whether a frame's length is part of it is not promised.
    """

    def __init__(self, partial: bytes) -> None:
        super().__init__(f"the stream ended after {len(partial)} bytes of a message")
        self.partial = partial


class TooLong(FramingError):
    """The peer's message is longer than the `limit`, in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a message is longer than {limit} bytes")
        self.limit = limit


class ByteReader:
    """Reads whole messages from a connection, in whatever pieces they arrive.

    What has arrived beyond a message is kept: it begins the next one. A reset and a timeout are no
    end of the stream: every method lets the OSError of recv() pass, and the timeout as it is.

    After TooLong the next message cannot be found any more: close the connection. After Truncated
    the reader is empty: what came is in `partial`.
    """

    def __init__(self, conn: socket.socket) -> None:
        # TASK 1. The connection, and a buffer that all methods share.
        self._conn = conn
        self._buffer = bytearray()

    def read_until(self, delimiter: bytes, limit: int = LONGEST_LINE) -> bytes:
        """Return the next bytes up to and with `delimiter`; b"" if the stream ends before any.

        `limit` is the most that may be returned, delimiter included. Nothing is read from the
        connection while a whole message is in the buffer.

        Raises TooLong as soon as `limit` bytes hold no delimiter, and Truncated if the stream ends
        inside a message.
        """
        # TASK 1. Search in all that has arrived, not in the last piece; keep what is left over.
        searched = 0
        while (found := self._buffer.find(delimiter, searched)) < 0:
            if len(self._buffer) >= limit:
                raise TooLong(limit)
            searched = max(0, len(self._buffer) - len(delimiter) + 1)
            if not self._receive():
                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
        end = found + len(delimiter)
        if end > limit:
            raise TooLong(limit)
        return self._take(end)

    def read_exactly(self, count: int) -> bytes:
        """Return the next `count` bytes: no more and no fewer.

        Nothing is read from the connection while so many are in the buffer.

        Raises Truncated if the stream ends before, even if nothing came.
        """
        # TASK 2. recv(count) gives up to count bytes.
        while len(self._buffer) < count:
            if not self._receive():
                raise Truncated(self._take(len(self._buffer)))
        return self._take(count)

    def read_line(self, limit: int = LONGEST_LINE) -> str | None:
        """Return the next line of UTF-8 text without its end, LF or CR LF; None after the last one.

        `limit` counts the line's bytes, its end included. Unlike in a file, a last line without its
        end is not whole: Truncated.

        Raises UnicodeDecodeError, with the line taken out of the stream, if it is no UTF-8, and
        whatever read_until raises.
        """
        # TASK 3. First the message, then its meaning: decode whole lines only.
        line = self.read_until(b"\n", limit)
        if not line:
            return None
        return line.removesuffix(b"\n").removesuffix(b"\r").decode()

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
    """Return a frame: the payload's length in four bytes, the highest first, then the payload."""
    # TASK 4. struct knows the format as "!I".
    return struct.pack("!I", len(payload)) + payload


def read_frame(reader: ByteReader, limit: int = LONGEST_FRAME) -> bytes | None:
    """Return the payload of the next frame, which may be empty; None if the stream ends before one.

    Raises TooLong if the frame announces more than `limit` bytes, before any of them is read, and
    Truncated if the stream ends inside the frame, its length included. After TooLong the next frame
    cannot be found any more: close the connection.
    """
    # TASK 4. The peer wrote the length: look at it before you believe it.
    try:
        (length,) = struct.unpack("!I", reader.read_exactly(4))
    except Truncated as cut:
        if cut.partial:
            raise
        return None
    if length > limit:
        raise TooLong(limit)
    return reader.read_exactly(length)


class FrameDecoder:
    """The same frames, without a connection: bytes in, whole payloads out.

    It never waits: whoever has bytes feeds them. So it works in a thread, in an event loop, and in
    a test that has no network at all.
    """

    def __init__(self, limit: int = LONGEST_FRAME) -> None:
        # TASK 5. What has to be remembered from one feed() to the next?
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes of the stream; return the payloads that they complete, in order.

        Raises TooLong as soon as the next frame announces more than the limit. Payloads before it
        are not lost: they are returned first, and the next call raises. So does every later one.
        """
        # TASK 5. As many frames as there are, and not one more.
        self._buffer += data
        payloads: list[bytes] = []
        while len(self._buffer) >= 4:
            (length,) = struct.unpack_from("!I", self._buffer)
            if length > self._limit:
                if payloads:
                    break
                raise TooLong(self._limit)
            end = 4 + length
            if len(self._buffer) < end:
                break
            payloads.append(bytes(self._buffer[4:end]))
            del self._buffer[:end]
        return payloads

    def finish(self) -> None:
        """Say that the stream has ended.

        Raises Truncated if it ended inside a frame, its length included.
        """
        # TASK 5. Is anything left?
        if self._buffer:
            raise Truncated(bytes(self._buffer))


def serve(host: str, port: int) -> None:
    """Number each client's lines for it, until Ctrl-C."""

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        reader = ByteReader(conn)
        number = 0
        try:
            while (line := reader.read_line()) is not None:
                number += 1
                conn.sendall(f"{number}: {line}\n".encode())
        except (FramingError, UnicodeDecodeError) as error:
            conn.sendall(f"This is no line: {error}.\n".encode())
            close_gracefully(conn, PATIENCE)

    with Acceptor(handle, host, port) as acceptor:
        announce(acceptor.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that numbers your lines."))
