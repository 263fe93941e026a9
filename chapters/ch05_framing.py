"""Chapter 5. Where does one message end?

TCP carries a stream of bytes. It has no messages: three sends may arrive in one recv(), and one send in
many. Two programs have to agree on where a message ends. This is their *framing*: a delimiter after
each message, or a length in front of each message.

Run it by hand:  python3 -m chapters.ch05_framing --port 8000
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
    raise NotImplementedError("ch05 task 1: take_message")


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
        raise NotImplementedError("ch05 task 2: ByteReader.__init__")

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
        raise NotImplementedError("ch05 task 2: ByteReader.read_until")

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
        raise NotImplementedError("ch05 task 3: ByteReader.read_line")

    def read_exactly(self, count: int) -> bytes:
        """Return the next `count` bytes: no more, and no fewer. `count` may be 0.

        If `count` bytes are in the buffer, recv() is not called.

        Raises Truncated if the stream ends before `count` bytes have arrived, even if none have.
        `partial` is what has arrived. The buffer is empty afterwards.
        """
        # TASK 4. recv(count) returns at most count bytes.
        raise NotImplementedError("ch05 task 4: ByteReader.read_exactly")


def encode_frame(payload: bytes) -> bytes:
    r"""Return the frame of a payload.

    A frame begins with the payload's length in four bytes, the highest byte first. The payload follows.

        b"hi"  -> b"\x00\x00\x00\x02hi"
        b""    -> b"\x00\x00\x00\x00"
    """
    # TASK 5. The module struct calls this format "!I".
    raise NotImplementedError("ch05 task 5: encode_frame")


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
    raise NotImplementedError("ch05 task 5: read_frame")


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
    raise NotImplementedError("ch05 task 6: take_frame")


class FrameDecoder:
    """The same frames without a connection: bytes in, complete payloads out.

    A decoder never waits. Therefore it works in every kind of server, and in a test without a network.
    """

    def __init__(self, limit: int = MAX_FRAME) -> None:
        # TASK 7. What must a decoder remember between two calls?
        raise NotImplementedError("ch05 task 7: FrameDecoder.__init__")

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
        raise NotImplementedError("ch05 task 7: FrameDecoder.feed")

    def finish(self) -> None:
        """Tell the decoder that the stream has ended.

        Raises Truncated if the stream ended inside a frame: inside its length or inside its payload.
        After TooLong, it raises Truncated as well. `partial` is what the decoder has kept of the frame.
        """
        # TASK 7. Is anything left?
        raise NotImplementedError("ch05 task 7: FrameDecoder.finish")


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
