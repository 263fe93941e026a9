"""Chapter 17. How can the server speak first?

In HTTP, a server only answers. A WebSocket begins as an HTTP request; then both sides may send messages
at any time (RFC 6455). Like HttpConnection, the class WebSocket uses no sockets: threads, event loops
and clients share it.

What calls what:

    websocket (an endpoint) ──► handshake ─► asks_for_websocket, may_connect, accept_key
    LoopPeer ────────┐
    ThreadPeer ──────┼─► WebSocket.events ─┬─► FrameDecoder.feed ─► check_start, read_length
    WebSocketClient ─┘                     └─► take_data, answer_to

Run it by hand:  python3 -m chapters.ch17_websocket --port 8000 [--loop]
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from encodings.utf_8 import IncrementalDecoder
from enum import Enum
from functools import partial
from hashlib import sha1
from secrets import token_bytes
from time import monotonic
from typing import NamedTuple, Protocol

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch04_closing import close_gracefully, open_listener
from .ch05_framing import take_message
from .ch06_threads import MEMBER_TIMEOUT, Room, Server, chat
from .ch07_event_loop import EventLoop
from .ch08_back_pressure import HIGH_WATER, MAX_WAITING, ChatSession, Connection, serve_on
from .ch09_request import MAX_HEAD, Headers, Request
from .ch11_response import Response, field_line
from .ch12_connection import (
    CHUNK,
    LINGER_TIMEOUT,
    HttpServer,
    HttpSession,
    Sweep,
    send_at_once,
)
from .ch13_routing import Router, page, plain
from .grammar import is_request_target, list_members

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3: the same for every WebSocket
MAX_MESSAGE = 1 << 20  # octets of a message, and of each frame
PING_INTERVAL = 20.0  # seconds without a sign of life until a ping is sent, and then for the answer
CLOSE_TIMEOUT = 5.0  # seconds for the answer to a Close frame

# RFC 6455 §5.2: opcodes. Those from 8 on are of control frames.
CONTINUATION, TEXT_FRAME, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
OPCODES = {CONTINUATION, TEXT_FRAME, BINARY, CLOSE, PING, PONG}

# RFC 6455 §7.4: the codes that may be in a Close frame.
CLOSE_CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
GOING_AWAY, PROTOCOL_ERROR, NO_CODE, NO_CLOSE, BAD_DATA, TOO_BIG, INTERNAL_ERROR = (
    *(1001, 1002, 1005, 1006, 1007, 1009, 1011),
)

# What a response says if the client has not asked for this protocol in this version.
UPGRADE_NEEDED = (
    ("Upgrade", "websocket"),
    ("Connection", "upgrade"),
    ("Sec-WebSocket-Version", "13"),
)


class WebSocketError(ValueError):
    """The peer breaks a rule: the code to close with, the reason, and the section of RFC 6455."""

    def __init__(self, code: int, reason: str, section: str) -> None:
        super().__init__(code, reason, section)
        self.code = code
        self.reason = reason
        self.section = section

    def __str__(self) -> str:
        return f"{self.code}: {self.reason} (RFC 6455 §{self.section})"


def accept_key(key: str) -> str:
    """Return the value of Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2).

        accept_key("dGhlIHNhbXBsZSBub25jZQ==")  → "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    It is base64 of the SHA-1 digest of this text: the key, as it was sent, followed by GUID.
    """
    # TASK 1. sha1(octets).digest() returns octets, and so does b64encode(octets).
    raise NotImplementedError("ch17 task 1: accept_key")


def from_base64(text: str) -> bytes:
    """Return the octets that a text in base64 stands for; b"" if it is not base64. It is given."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


def asks_for_websocket(headers: Headers) -> bool:
    """Return whether a request asks for a WebSocket (RFC 6455 §4.2.1).

        Connection: Upgrade                Upgrade: websocket         → True
        Connection: keep-alive, UPGRADE    Upgrade: h2c, WebSocket    → True
        Connection: keep-alive             Upgrade: websocket         → False
        Connection: Upgrade                (no Upgrade)               → False

    Both fields are lists of tokens, and case does not matter. list_members() takes a list apart.
    `headers.get()` returns None if there is no such field.
    """
    # TASK 2. Put both lists in lower case. Look for a member, not for a part of the text.
    raise NotImplementedError("ch17 task 2: asks_for_websocket")


def may_connect(headers: Headers, origins: Sequence[str]) -> bool:
    """Return whether the page that sends these fields may connect (RFC 6455 §10.2).

        Host: a.example    (no Origin)                  → True
        Host: a.example    Origin: http://a.example     → True
        Host: a.example    Origin: a member of origins  → True
        Host: a.example    any other Origin             → False

    The complete Origin is compared.
    """
    # TASK 2. Your own origin is http:// and the value of Host.
    raise NotImplementedError("ch17 task 2: may_connect")


def handshake(
    request: Request, take_over: Callable[..., object], origins: Sequence[str] = ()
) -> Response:
    """Return the response to a request for a WebSocket. The first rule that is broken decides.

    In a response, the server writes `Connection: upgrade` itself. This is given.
    """
    headers = request.headers
    is_http = request.method == "GET" and request.version >= (1, 1)
    is_13 = headers.get("sec-websocket-version") == "13"
    if not is_http or not asks_for_websocket(headers) or not is_13:
        return plain(426, "This address speaks WebSocket, version 13.", *UPGRADE_NEEDED)
    if not may_connect(headers, origins):
        return plain(403, "Pages of this origin may not connect.")
    key = headers.get("sec-websocket-key") or ""
    if len(from_base64(key)) != 16:
        return plain(400, "Sec-WebSocket-Key has 16 octets, in base64.")
    fields = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept_key(key))]
    return Response(b"", 101, fields, upgrade=take_over)


def encode_frame(
    opcode: int, payload: bytes, *, fin: bool = True, mask: bytes | None = None
) -> bytes:
    r"""Return a frame (RFC 6455 §5.2).

        encode_frame(1, b"hi")                   → b"\x81\x02hi"
        encode_frame(1, b"hi", fin=False)        → b"\x01\x02hi"
        encode_frame(9, b"")                     → b"\x89\x00"
        encode_frame(2, 126 octets)              → b"\x82\x7e\x00\x7e", and the octets
        encode_frame(2, 65,536 octets)           → b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", and …
        encode_frame(1, b"hi", mask=b"\1\2\3\4") → b"\x81\x82\x01\x02\x03\x04ik"

    A length has the shortest of its three forms. With a mask, the second octet has its top bit set.
    The mask follows the length, and then comes masked(payload, mask).
    """
    # TASK 3. struct.pack("!H", n) writes a number in two octets, and "!Q" in eight.
    raise NotImplementedError("ch17 task 3: encode_frame")


# For each octet of a mask, what becomes of each octet of a payload.
TABLES = [bytes(octet ^ key for octet in range(256)) for key in range(256)]


def masked(payload: bytes | bytearray, mask: bytes) -> bytes:
    r"""Return a payload, masked or unmasked (RFC 6455 §5.3). It is given.

        masked(b"hi", b"\1\2\3\4")  → b"ik"
        masked(b"ik", b"\1\2\3\4")  → b"hi"
        masked(b"hi", b"")          → b"hi"

    Octet i is combined with octet i % 4 of the mask, by XOR. A loop over the octets is slow: this
    combines two large numbers, or, from 1 KiB on, looks up every fourth octet in a table.
    """
    size = len(payload)
    if not mask:
        return bytes(payload)
    if size < 1024:
        keys = (mask * (size // 4 + 1))[:size]
        number = int.from_bytes(payload, "little") ^ int.from_bytes(keys, "little")
        return number.to_bytes(size, "little")
    result = bytearray(size)
    for place in range(4):
        result[place::4] = payload[place::4].translate(TABLES[mask[place]])
    return bytes(result)


class Frame(NamedTuple):
    """What one side sends at once: a message, a part of a message, or a control frame."""

    opcode: int
    payload: bytes
    fin: bool = True  # it is the last of its message


def check_start(buffer: bytes | bytearray, from_client: bool) -> None:
    """Check what is known of a frame's head: two octets or more (RFC 6455 §5.1, §5.2, §5.5).

    Raises WebSocketError 1002. This is given.
    """
    first, second = buffer[0], buffer[1]
    opcode, length = first & 0x0F, second & 0x7F
    if first & 0x70 or opcode not in OPCODES:
        raise WebSocketError(PROTOCOL_ERROR, "reserved bits or an unknown opcode", "5.2")
    if second >> 7 != from_client:
        raise WebSocketError(
            PROTOCOL_ERROR, "a client masks its frames, and a server does not", "5.1"
        )
    if opcode >= CLOSE and (first < 0x80 or length > 125):
        raise WebSocketError(PROTOCOL_ERROR, "a control frame is in pieces, or is too long", "5.5")
    if length == 127 and buffer[2:3] >= b"\x80":
        raise WebSocketError(PROTOCOL_ERROR, "the top bit of a length is set", "5.2")


# For 126 and 127 in the second octet: where the length ends, and the smallest number that needs it.
LENGTHS = {126: (4, 126), 127: (10, 65536)}


def read_length(buffer: bytes | bytearray, limit: int) -> tuple[int, int] | None:
    r"""Return the length of a payload, and the place after the length; None if it is incomplete.

        read_length(b"\x81\x05hello", 999)       → (5, 2)
        read_length(b"\x82\x7e\x01\x00…", 999)   → (256, 4)
        read_length(b"\x82\x7e\x01", 999)        → None

    The buffer has two octets or more. The top bit of the second octet is not part of the length.

    Raises WebSocketError as soon as the length is complete. The first row that fits decides:

        1002   the form is not the shortest, such as 7e 00 05 for 5              (§5.2)
        1009   the length is more than `limit`                                   (§7.4.1)
    """
    # TASK 4. Is it a long form? Is it complete? Is it allowed?
    raise NotImplementedError("ch17 task 4: read_length")


class FrameDecoder:
    """Octets in, complete frames out, wherever the stream is cut. This class is given."""

    __slots__ = ("ahead", "buffer", "from_client", "limit")

    def __init__(self, from_client: bool = True, limit: int = MAX_MESSAGE) -> None:
        self.from_client = from_client
        self.limit = limit
        self.buffer = bytearray()  # what has arrived, and has not been taken yet
        self.ahead = 0  # octets of an incomplete payload that begun() has returned already

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next octets; return the frames that they complete.

        It works like feed() in *framing*. If a frame breaks a rule, the frames before it are
        returned first; the next call raises WebSocketError, and so does every later call.
        """
        self.buffer += data
        frames: list[Frame] = []
        try:
            while self.buffer and (frame := self.take_frame()):
                frames.append(frame)
        except WebSocketError:
            del self.buffer[14:]  # no head is longer
            if not frames:
                raise
        if frames:
            self.ahead = 0
        return frames

    def take_frame(self) -> Frame | None:
        """Take the first frame off the front of `buffer`, and return it; None if it is incomplete."""
        buffer = self.buffer
        if (head := self.read_head()) is None or len(buffer) < head[2]:
            return None
        mask, start, end = head
        first, payload = buffer[0], masked(buffer[start:end], mask)
        del buffer[:end]
        return Frame(first & 0x0F, payload, first >= 0x80)

    def read_head(self) -> tuple[bytes, int, int] | None:
        """Return the mask of the first frame, and where in `buffer` its payload starts and ends."""
        buffer = self.buffer
        if len(buffer) < 2:
            return None
        check_start(buffer, self.from_client)
        if (found := read_length(buffer, self.limit)) is None:
            return None
        length, end = found
        start = end + 4 if self.from_client else end
        if len(buffer) < start:
            return None
        return bytes(buffer[end:start]), start, start + length

    def begun(self, mask: bytes, start: int) -> bytes:
        """Return the next octets of the first frame's payload, which is not complete yet."""
        turn = self.ahead % 4
        piece = self.buffer[start + self.ahead :]
        self.ahead += len(piece)
        return masked(piece, mask[turn:] + mask[:turn])


class Closed(NamedTuple):
    """The last event of a WebSocket: why it was closed, as the peer or this side has said."""

    code: int
    reason: str = ""


def read_close(payload: bytes) -> Closed:
    r"""Return the code and the reason in the payload of a Close frame (RFC 6455 §5.5.1). It is given.

        read_close(b"\x03\xe8bye")  → Closed(1000, "bye")
        read_close(b"")             → Closed(1005, "")       no code: 1005 stands for that

    Raises WebSocketError 1002 for half a code, and for a code that is not in CLOSE_CODES. Raises
    UnicodeDecodeError for a reason that is not UTF-8.
    """
    if not payload:
        return Closed(NO_CODE)
    code = int.from_bytes(payload[:2])  # half a code is a number below 256
    if code not in CLOSE_CODES:
        raise WebSocketError(PROTOCOL_ERROR, f"a Close frame never has the code {code}", "7.4")
    return Closed(code, payload[2:].decode())


def answer_to(frame: Frame) -> Frame | None:
    r"""Return the frame that answers a control frame; None if nothing does (RFC 6455 §5.5).

        Frame(PING, b"abc")             → Frame(PONG, b"abc")         the same payload
        Frame(PONG, b"abc")             → None
        Frame(CLOSE, b"\x03\xe8bye")    → Frame(CLOSE, b"\x03\xe8")   the same code, no reason
        Frame(CLOSE, b"")               → Frame(CLOSE, b"")           no code, no code

    read_close() has checked a Close frame before this is called.
    """
    # TASK 5. Three opcodes, three answers.
    raise NotImplementedError("ch17 task 5: answer_to")


Message = str | bytes  # what is sent as text, and what is sent as binary
Event = Message | Closed


class Phase(Enum):
    """How far a WebSocket has come."""

    OPEN = "both sides may send messages"
    CLOSING = "this side has sent a Close frame, and waits for the peer's"
    CLOSED = "nothing more will be sent or received"


class WebSocket:
    """One side of a WebSocket, without the socket: octets in, events out (RFC 6455 §5.4, §5.5).

        events(data)       octets in; one event after another: messages, and finally a Closed
        send(message)      a message in: str is text, bytes is binary
        ping(), close()    a control frame
        outgoing()         the octets to send, for all of these

    You write take_data(). The rest is given.
    """

    __slots__ = (
        "decoder",
        "is_client",
        "kind",
        "limit",
        "look",
        "out",
        "parts",
        "phase",
        "utf8",
    )
    answers_pings = True

    def __init__(self, is_client: bool = False, limit: int = MAX_MESSAGE) -> None:
        self.is_client = is_client  # then this side masks its frames, and the peer does not
        self.limit = limit
        self.decoder = FrameDecoder(not is_client, limit)
        self.phase = Phase.OPEN
        self.out: list[bytes] = []  # frames that outgoing() has not returned yet
        self.kind = 0  # TEXT_FRAME or BINARY, while a message is incomplete
        self.parts = bytearray()  # the payloads of its frames
        self.utf8 = TextDecoder()  # knows the text so far
        self.look: TextDecoder | None = None  # the same, for an incomplete frame

    def write(self, opcode: int, payload: bytes) -> None:
        """Add a frame to what is to be sent. After a Close frame, nothing is added. This is given."""
        if self.phase is Phase.OPEN:
            mask = token_bytes(4) if self.is_client else None  # a new one each time (§5.3)
            self.out.append(encode_frame(opcode, payload, mask=mask))

    def take_data(self, frame: Frame) -> Message | None:
        """Add a frame to its message; return the message if the frame has `fin`, else None.

            TEXT_FRAME "he", then CONTINUATION "llo" with fin    → None, then "hello"
            BINARY with fin                                      → its payload, in octets

        `kind` is the opcode of the message that has begun, or 0. `parts` has its octets.
        finished() returns them as a message, and resets both. Any frame may be empty.

        Raises WebSocketError(1002, "…", "5.4") for a continuation of nothing, and for a new message
        inside another. Raises UnicodeDecodeError for the first frame after which the text cannot
        be UTF-8: `utf8.decode(octets, final)` raises it. A character may be split between two frames.
        """
        # TASK 6. Is it the right frame? Then keep it, check it, and finish.
        raise NotImplementedError("ch17 task 6: WebSocket.take_data")

    def finished(self) -> Message:
        """Return what is in `parts` as a message. Another message may begin. This is given."""
        message, kind = bytes(self.parts), self.kind
        self.kind = 0
        self.parts.clear()
        return message.decode() if kind == TEXT_FRAME else message

    def take_control(self, frame: Frame) -> Closed | None:
        """Answer a control frame. After a Close frame, nothing more is sent or received."""
        closed = read_close(frame.payload) if frame.opcode == CLOSE else None
        if answer := answer_to(frame):
            self.write(answer.opcode, answer.payload)
        if closed:
            self.phase = Phase.CLOSED
        return closed

    def receive(self, data: bytes) -> list[Event]:
        """Take the next octets; return the events that they complete."""
        return list(self.events(data))

    def events(self, data: bytes) -> Iterator[Event]:
        """Take the next octets; yield the messages that they complete, and Closed at the end.

        Ask for all events. What you send before you ask for the next event goes out before the answer
        to the next frame. If the peer breaks a rule, it gets a Close frame with the code, and the last
        event is a Closed with that code. In the phase CLOSED, `data` is dropped.
        """
        decoder = self.decoder
        try:
            while self.phase is not Phase.CLOSED and (frames := decoder.feed(data)):
                data = b""
                self.look = None
                for frame in frames:
                    if (event := self.take(frame)) is not None:
                        yield event
                    if event.__class__ is Closed:
                        return
                if not decoder.buffer:
                    return
            if self.phase is not Phase.CLOSED:
                self.look_ahead()
        except UnicodeDecodeError:
            yield self.fail(BAD_DATA, "text is not UTF-8")
        except WebSocketError as error:
            yield self.fail(error.code, error.reason)

    def take(self, frame: Frame) -> Event | None:
        """Take a frame. While this side waits for a Close frame, messages are dropped."""
        if frame.opcode >= CLOSE:
            return self.take_control(frame)
        if frame.opcode == CONTINUATION:
            self.check_size(len(frame.payload))
        message = self.take_data(frame)
        return message if self.phase is Phase.OPEN else None

    def check_size(self, size: int) -> None:
        """Refuse the next part of a message if it has too many octets."""
        if len(self.parts) + size > self.limit:
            raise WebSocketError(TOO_BIG, f"a message is longer than {self.limit} octets", "7.4.1")

    def look_ahead(self) -> None:
        """Look at a frame that is not complete yet, so that an error is noticed at once."""
        if not (head := self.decoder.read_head()):
            return
        mask, start, end = head
        opcode = self.decoder.buffer[0] & 0x0F
        if opcode >= CLOSE:
            return
        if (opcode == CONTINUATION) != (self.kind != 0):
            raise WebSocketError(PROTOCOL_ERROR, "a frame is not the next of its message", "5.4")
        self.check_size(end - start)
        if TEXT_FRAME in (opcode, self.kind):
            if self.look is None:
                self.look = TextDecoder()
                self.look.setstate(self.utf8.getstate())
            self.look.decode(self.decoder.begun(mask, start))

    def fail(self, code: int, reason: str) -> Closed:
        """Close without waiting for the peer's answer (RFC 6455 §7.1.7)."""
        self.close(code, reason)
        self.phase = Phase.CLOSED
        return Closed(code, reason)

    def send(self, message: Message) -> None:
        """Send a message: str as text, bytes as binary. Once this side has closed, it is dropped."""
        if isinstance(message, str):
            self.write(TEXT_FRAME, message.encode())
        else:
            self.write(BINARY, message)

    def ping(self, payload: bytes = b"") -> None:
        """Send a ping of at most 125 octets. The peer has to answer with a pong."""
        self.write(PING, payload[:125])

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Send a Close frame, once. Raises ValueError for a code that may not be sent.

        A reason has at most 123 octets: one that is longer is cut, between two characters.
        """
        if code not in CLOSE_CODES:
            raise ValueError(f"a Close frame never has the code {code}")
        text = reason.encode()[:123].decode(errors="ignore").encode()
        self.write(CLOSE, struct.pack("!H", code) + text)
        if self.phase is Phase.OPEN:
            self.phase = Phase.CLOSING

    def outgoing(self) -> bytes:
        """Return the octets to send. Each is returned once."""
        data = self.out[0] if len(self.out) == 1 else b"".join(self.out)
        self.out.clear()
        return data


class TextDecoder(IncrementalDecoder):
    """Decodes UTF-8 piece by piece, and raises UnicodeDecodeError as early as possible.

    Python's own decoder waits for the third octet of a surrogate, ED A0 80, to refuse it.
    """

    def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]
        """Return the characters that are complete now."""
        if final and not self.buffer:
            return data.decode()  # all of a text, in one frame
        text: str = super().decode(data, final)
        if self.buffer[:1] == b"\xed" and self.buffer[1:] >= b"\xa0":
            raise UnicodeDecodeError("utf-8", self.buffer, 0, 2, "surrogates are not allowed")
        return text


class EventStream:
    """Server-sent events: the smaller sibling. Only the server speaks, in a response without an end.

    It has the methods of a WebSocket, so that the same servers can use it (HTML Standard, §9.2).
    """

    answers_pings = False

    def __init__(self) -> None:
        self.phase = Phase.OPEN
        self.out: list[bytes] = []

    def events(self, _data: bytes) -> Iterator[Event]:
        """Drop what the client sends."""
        return iter(())

    def send(self, message: Message) -> None:
        """Send a message of text. Each of its lines begins with data:."""
        text = message if isinstance(message, str) else message.decode(errors="replace")
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.write("".join(f"data: {line}\n" for line in lines))

    def ping(self) -> None:
        """Send a comment, so that nobody between the two cuts a connection that seems idle."""
        self.write(":\n")

    def write(self, event: str) -> None:
        """Add an event, and the empty line that ends it."""
        if self.phase is Phase.OPEN:
            self.out.append(f"{event}\n".encode())

    def close(self, _code: int = 1000, _reason: str = "") -> None:
        """End the response."""
        self.phase = Phase.CLOSED

    def outgoing(self) -> bytes:
        """Return the octets to send. Each is returned once."""
        data, self.out = b"".join(self.out), []
        return data


# What follows is given: the peers of a server with an event loop, and of one with threads.


class Peer(Protocol):
    """A client, as an application sees it. On the event loop, call these in the loop's thread."""

    def send(self, message: Message) -> None:
        """Send a message, without waiting. A client that takes too little is disconnected."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin the closing handshake. The member's ended() follows."""


class Member(Protocol):
    """What an application does with one client: a Session that receives messages."""

    def received(self, message: Message) -> None:
        """A message has arrived."""

    def ended(self) -> None:
        """Nothing more will come. This is called once, however the WebSocket ended."""


MakeMember = Callable[[Peer], Member]
Speaker = WebSocket | EventStream  # what a peer speaks


def websocket(
    request: Request,
    make_member: MakeMember,
    origins: Sequence[str] = (),
    limit: int = MAX_MESSAGE,
    protocols: Sequence[str] = (),
) -> Response:
    """Return the response of an endpoint that speaks WebSocket, on threads and on the loop.

    `make_member(peer)` is called when the WebSocket is open, and may send at once. `protocols` are the
    subprotocols that this application knows. The client's first choice among them is taken.
    """
    response = handshake(
        request, taking_over(make_member, partial(WebSocket, limit=limit)), origins
    )
    offered = list_members(request.headers.get("sec-websocket-protocol") or "")
    chosen = next((name for name in offered if name in protocols), None)
    if chosen and response.status == 101:
        fields = [*response.fields, ("Sec-WebSocket-Protocol", chosen)]
        response = response._replace(fields=fields)
    return response


def event_stream(make_member: MakeMember) -> Response:
    """Return the response of an endpoint for server-sent events. It ends when a side closes it."""
    fields = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")]
    return Response(b"", 200, fields, upgrade=taking_over(make_member, EventStream))


def taking_over(
    make_member: MakeMember, make_speaker: Callable[[], Speaker]
) -> Callable[..., LoopPeer | None]:
    """Return what takes a connection over: the loop's Connection, or a socket and what it has sent."""

    def take_over(conn: socket.socket | Connection, rest: bytes = b"") -> LoopPeer | None:
        if isinstance(conn, Connection):
            return LoopPeer(conn, make_member, make_speaker())
        ThreadPeer(conn, make_speaker()).run(make_member, rest)
        return None

    return take_over


def tell(peer: LoopPeer | ThreadPeer, event: Event) -> None:
    """Give a peer's member a message. If it fails, the error is logged, and the client gets 1011."""
    try:
        if event.__class__ is not Closed:
            peer.member.received(event)  # type: ignore[arg-type]
    except Exception:
        logging.exception("a member failed")
        peer.close(INTERNAL_ERROR)


def welcome(peer: LoopPeer | ThreadPeer, make_member: MakeMember) -> None:
    """Make a peer's member. If that fails, the error is logged, and the client gets 1011."""
    try:
        peer.member = make_member(peer)
    except Exception:
        logging.exception("a member could not be made")
        peer.close(INTERNAL_ERROR)


class Nobody:
    """The member of a peer that has none: it does nothing."""

    def received(self, message: Message) -> None:
        """Do nothing."""

    def ended(self) -> None:
        """Do nothing."""


class LoopPeer:
    """A client on an event loop, and the Session of its Connection.

    What it is sent in received() goes out together. At other times, a client for which more than
    MAX_WAITING octets wait is disconnected instead.
    """

    __slots__ = (
        "conn",
        "has_ended",
        "is_batch",
        "is_heard",
        "member",
        "speaker",
        "timer",
        "waiting",
    )

    def __init__(self, conn: Connection, make_member: MakeMember, speaker: Speaker) -> None:
        self.conn = conn
        self.speaker = speaker
        self.is_batch = True  # received() is running, or this
        self.is_heard = False  # something has arrived since the last look
        self.waiting = 0  # octets that the client had not taken at the last look
        self.has_ended = False
        self.timer = conn.loop.call_later(PING_INTERVAL, self.look)
        self.member: Member = Nobody()
        welcome(self, make_member)
        self.is_batch = False
        self.flush()

    def received(self, data: bytes) -> None:
        """Take what one recv() returned: perhaps many frames. One send() answers all of them."""
        self.is_heard = self.is_batch = True
        for event in self.speaker.events(data):
            tell(self, event)
        self.is_batch = False
        self.flush()

    def flush(self) -> None:
        """Send what is to be sent. If the WebSocket is closed, end the connection."""
        if data := self.speaker.outgoing():
            self.conn.write(data)
        if self.speaker.phase is Phase.CLOSED:
            self.ended()

    def send(self, message: Message) -> None:
        """Send a message."""
        self.speaker.send(message)
        if self.is_batch:
            return
        if self.conn.waiting > MAX_WAITING:
            self.conn.abort()
        else:
            self.flush()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin the closing handshake. The client has CLOSE_TIMEOUT seconds to answer."""
        if self.speaker.phase is not Phase.OPEN:
            return
        self.speaker.close(code, reason)
        self.timer.cancel()
        self.timer = self.conn.loop.call_later(CLOSE_TIMEOUT, self.ended)
        if not self.is_batch:
            self.flush()

    def look(self) -> None:
        """Every PING_INTERVAL: has something arrived, or been taken? If not, send a ping."""
        is_alive = self.shows_life()
        if not is_alive:
            self.speaker.ping()
            self.flush()
        then = self.look if is_alive or not self.speaker.answers_pings else self.expect_life
        self.timer = self.conn.loop.call_later(PING_INTERVAL, then)

    def expect_life(self) -> None:
        """Disconnect a client that has not answered a ping."""
        if self.shows_life():
            self.timer = self.conn.loop.call_later(PING_INTERVAL, self.look)
        else:
            self.conn.abort()

    def shows_life(self) -> bool:
        """Tell whether something has arrived, or was taken, since the last call."""
        is_alive = self.is_heard or self.conn.waiting < self.waiting
        self.is_heard, self.waiting = False, self.conn.waiting
        return is_alive

    def ended(self) -> None:
        """Tell the member, once, and close the connection: it is the server that ends TCP (§7.1.1)."""
        if not self.has_ended:
            self.has_ended = True
            self.timer.cancel()
            self.speaker.phase = Phase.CLOSED
            self.member.ended()
            self.conn.close()
            self.expect_progress(-1)

    def expect_progress(self, before: int) -> None:
        """Disconnect a client that has taken nothing of the last octets in CLOSE_TIMEOUT."""
        waiting = self.conn.waiting
        if waiting == before:
            self.conn.abort()
        elif waiting:
            self.conn.loop.call_later(CLOSE_TIMEOUT, partial(self.expect_progress, waiting))


class ThreadPeer:
    """A client of a server with threads: one thread receives, another sends what any thread wants.

    While more than HIGH_WATER octets wait for the client, nothing is received from it. If more than
    MAX_WAITING octets wait, and another thread wants to send more, the client is cut off.
    """

    def __init__(self, conn: socket.socket, speaker: Speaker) -> None:
        self.conn = conn
        self.speaker = speaker
        self.waiting = bytearray()  # what the sending thread has not taken yet
        self.unsent = 0  # octets that it has taken, and the kernel has not
        self.sent = 0  # octets that the kernel has taken
        self.is_over = False  # nothing more will be received
        self.is_cut = False  # nothing more can be sent
        self.close_by: float | None = None  # until when the client has to answer a Close frame
        self.changed = threading.Condition(threading.RLock())  # the lock for all of these
        self.receiver = threading.get_ident()
        self.sender = threading.Thread(target=self.send_all, daemon=True)
        self.member: Member = Nobody()

    def run(self, make_member: MakeMember, rest: bytes) -> None:
        """Serve the client until the end. `rest` has arrived together with the request."""
        self.conn.settimeout(PING_INTERVAL)
        self.sender.start()
        try:
            welcome(self, make_member)
            self.handle(rest)
            while self.speaker.phase is not Phase.CLOSED and (data := self.receive()):
                self.handle(data)
                del data  # while the client is silent, nothing of its last message is kept
        finally:
            try:
                self.member.ended()
            finally:
                self.end()

    def handle(self, data: bytes) -> None:
        """Tell the member what these octets bring. Others may send meanwhile."""
        events = self.speaker.events(data)
        while (event := self.next_event(events)) is not None:
            tell(self, event)

    def next_event(self, events: Iterator[Event]) -> Event | None:
        """Return the next event, and let the other thread send what answers it."""
        with self.changed:
            event = next(events, None)
            self.flush()
        return event

    def receive(self) -> bytes | None:
        """Return the next octets, or None if there will be no more."""
        has_asked = False
        while True:
            with self.changed:
                if not self.wait_for_room():
                    return None
                sent, is_taking = self.sent, self.unsent > 0
            try:
                return self.conn.recv(CHUNK) or None
            except TimeoutError:
                if is_taking and self.sent != sent:
                    continue  # nothing arrives, but the client takes what is sent
                if has_asked:
                    return None
                with self.changed:
                    self.speaker.ping()
                    has_asked = self.speaker.answers_pings
                    self.flush()
            except OSError:
                return None

    def wait_for_room(self) -> bool:
        """Wait for room, as long as the client takes something in every PING_INTERVAL."""
        while not self.has_room():
            if not self.changed.wait_for(partial(self.takes_more_than, self.sent), PING_INTERVAL):
                return False
        return True

    def takes_more_than(self, sent: int) -> bool:
        """Tell whether the kernel has taken more octets for the client than these, or never will."""
        return self.is_cut or self.sent > sent

    def has_room(self) -> bool:
        """Tell whether little enough waits for the client to receive more from it, or its end."""
        return self.is_cut or len(self.waiting) + self.unsent <= HIGH_WATER

    def send_all(self) -> None:
        """Send what waits, as soon as it is there. The sending thread runs this."""
        with suppress(OSError):
            while self.send_some():
                pass
        with self.changed:
            self.is_cut = not self.is_over
            self.changed.notify_all()
        if self.is_cut:
            self.cut_off()

    def send_some(self) -> bool:
        """Send what waits now, and tell the other threads. Return False if there will be no more."""
        unsent = memoryview(self.take())
        if not unsent:
            return False
        while unsent:
            count = self.conn.send(unsent)
            unsent = unsent[count:]
            with self.changed:
                self.unsent = len(unsent)
                self.sent += count
                self.changed.notify_all()
        return True

    def take(self) -> bytearray:
        """Take what waits. Return nothing at the end: it is over, or the answer does not come."""
        with self.changed:
            while not self.waiting and not self.is_over:
                left = None if self.close_by is None else self.close_by - monotonic()
                if left is not None and left <= 0:
                    break
                self.changed.wait(left)
            taken, self.waiting = self.waiting, bytearray()
            self.unsent = len(taken)
            return taken

    def flush(self) -> None:
        """Let the sending thread have what is to be sent."""
        is_receiver = threading.get_ident() == self.receiver
        with self.changed:
            if not is_receiver and len(self.waiting) + self.unsent > MAX_WAITING:
                self.cut_off()
            elif (data := self.speaker.outgoing()) and not self.is_cut:
                self.waiting += data
                self.changed.notify_all()

    def send(self, message: Message) -> None:
        """Send a message. Any thread may call this."""
        with self.changed:
            self.speaker.send(message)
            self.flush()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Begin the closing handshake. The client has CLOSE_TIMEOUT seconds to answer."""
        with self.changed:
            if self.speaker.phase is Phase.OPEN:
                self.speaker.close(code, reason)
                self.close_by = monotonic() + CLOSE_TIMEOUT
                self.flush()
                self.changed.notify_all()

    def cut_off(self) -> None:
        """Shut the connection down. A send() or recv() that waits on it ends."""
        with suppress(OSError):
            self.conn.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Let what waits be sent, as long as the client takes some, and end the connection."""
        with self.changed:
            self.speaker.close(GOING_AWAY)
            self.is_over = True
            self.flush()
            self.changed.notify_all()
        while self.sender.is_alive():
            sent = self.sent
            self.sender.join(CLOSE_TIMEOUT)
            if self.sent == sent:
                self.cut_off()
        close_gracefully(self.conn, LINGER_TIMEOUT)


class Hub:
    """Peers that get the same messages. Any thread may call any method."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.peers: set[Peer] = set()

    def add(self, peer: Peer) -> None:
        """Send this peer whatever is broadcast from now on."""
        with self.lock:
            self.peers.add(peer)

    def discard(self, peer: Peer) -> None:
        """Send it nothing more."""
        with self.lock:
            self.peers.discard(peer)

    def everybody(self) -> list[Peer]:
        """Return the peers of this moment."""
        with self.lock:
            return list(self.peers)

    def broadcast(self, message: Message) -> None:
        """Send a message to all peers. No peer is waited for."""
        for peer in self.everybody():
            peer.send(message)

    def close(self, code: int = GOING_AWAY) -> None:
        """Say goodbye to all peers."""
        for peer in self.everybody():
            peer.close(code)


# A client, for scripts and tests. It is given.


def connect_websocket(
    address: tuple[str, int],
    path: str = "/",
    fields: Sequence[tuple[str, str]] = (),
    *,
    timeout: float | None = 10.0,
    limit: int = 64 * MAX_MESSAGE,
) -> WebSocketClient:
    """Connect to a server, ask for a WebSocket, and return it. `fields` are sent as well.

    `timeout` is in seconds, and also holds for receive(). `limit` is for a message, in octets.

    Raises ConnectionError if the server refuses, OSError if the connection breaks, and ValueError if
    the path or a field cannot be sent.
    """
    if not is_request_target("GET", path):
        raise ValueError(f"this cannot be sent as a path: {path!r}")
    host, port = address
    key = b64encode(token_bytes(16)).decode()
    request = [
        ("Host", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"),
        *(("Upgrade", "websocket"), ("Connection", "Upgrade")),
        *(("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key)),
        *fields,
    ]
    lines = b"".join(field_line(name, value) for name, value in request)
    conn = socket.create_connection(address, timeout)
    try:
        send_at_once(conn)
        conn.sendall(f"GET {path} HTTP/1.1\r\n".encode() + lines + b"\r\n")
        buffer = bytearray()  # afterwards, what came together with the answer
        check_answer(final_head(conn, buffer, timeout), key, Headers(fields))
        conn.settimeout(timeout)
        return WebSocketClient(conn, limit, bytes(buffer))
    except BaseException:
        conn.close()
        raise


def final_head(conn: socket.socket, buffer: bytearray, timeout: float | None) -> str:
    """Receive the head of an answer, and return it. Heads like 103 may precede it (RFC 9110 §15.2)."""
    deadline = None if timeout is None else monotonic() + timeout
    while True:
        while (head := take_message(buffer, b"\r\n\r\n")) is None:
            if deadline is not None:
                conn.settimeout(max(0.001, deadline - monotonic()))
            if len(buffer) > MAX_HEAD or not (data := conn.recv(CHUNK)):
                raise ConnectionError("the server's answer has no head")
            buffer += data
        text = head.decode("latin-1")
        if not text.startswith("HTTP/1.1 1") or text.startswith("HTTP/1.1 101"):
            return text


def check_answer(head: str, key: str, asked: Headers) -> None:
    """Raise ConnectionError unless this is the head of the right 101 (RFC 6455 §4.1)."""
    status_line, *lines = head.split("\r\n")
    parts = (line.partition(":") for line in lines)
    headers = Headers((name, value.strip(" \t")) for name, _colon, value in parts)
    if status_line.split(" ")[:2] != ["HTTP/1.1", "101"]:
        raise ConnectionError(f"the server refuses: {status_line}")
    protocol = headers.get("sec-websocket-protocol")
    offered = list_members(asked.get("sec-websocket-protocol") or "")
    if (
        (headers.get("upgrade") or "").lower() != "websocket"
        or "upgrade" not in list_members((headers.get("connection") or "").lower())
        or headers.get("sec-websocket-accept") != accept_key(key)
        or "sec-websocket-extensions" in headers
        or (protocol is not None and protocol not in offered)
    ):
        raise ConnectionError("the server's 101 does not answer this request")


class WebSocketClient:
    """A client's WebSocket on a blocking socket: connect_websocket() makes it.

    `with connect_websocket(address, "/chat") as client:` closes it at the end of the block. Pings are
    answered in receive().
    """

    def __init__(self, conn: socket.socket, limit: int, rest: bytes = b"") -> None:
        self.conn = conn
        self.speaker = WebSocket(is_client=True, limit=limit)
        self.events = self.speaker.events(rest)  # those that receive() has not asked for yet
        self.closed: Closed | None = None  # how the WebSocket ended

    def send(self, message: Message) -> None:
        """Send a message: str as text, bytes as binary."""
        self.speaker.send(message)
        self.flush()

    def receive(self) -> Message | None:
        """Return the next message; None if there will be no more: `closed` says why.

        Raises TimeoutError if nothing arrives in time. Then it can be called again.
        """
        while self.closed is None:
            if (event := self.next_event()) is None:
                self.take(self.conn.recv(CHUNK))
            elif not isinstance(event, Closed):
                return event
        return None

    def next_event(self) -> Event | None:
        """Return the next event of what has arrived, and send what answers it."""
        event = next(self.events, None)
        self.flush()
        if isinstance(event, Closed):
            self.closed = event
        return event

    def take(self, data: bytes) -> None:
        """Take what recv() has returned."""
        if data:
            self.events = self.speaker.events(data)
        else:
            self.closed = Closed(NO_CLOSE)

    def flush(self) -> None:
        """Send what is to be sent."""
        if data := self.speaker.outgoing():
            self.conn.sendall(data)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Send a Close frame, wait for the answer, and then for the server to end the connection.

        Messages that arrive meanwhile are dropped. All this takes CLOSE_TIMEOUT seconds at most.
        """
        deadline = monotonic() + CLOSE_TIMEOUT
        with self.conn, suppress(OSError):
            self.speaker.close(code, reason)
            self.flush()
            while (left := deadline - monotonic()) > 0:
                while self.next_event() is not None:
                    pass
                self.conn.settimeout(left)
                if not (data := self.conn.recv(CHUNK)):
                    break
                self.events = self.speaker.events(data)
        self.closed = self.closed or Closed(NO_CLOSE)

    def __enter__(self) -> WebSocketClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# Two applications: an echo, and the chat of the chapter *threads*, with browsers in it.


class Echo:
    """Sends each message back."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    def received(self, message: Message) -> None:
        """Send it back, as what it was: text or binary."""
        self.peer.send(message)

    def ended(self) -> None:
        """Do nothing."""


def echo(request: Request) -> Response:
    """Answer every request with a WebSocket that sends back what it receives."""
    return websocket(request, Echo, limit=16 * MAX_MESSAGE)


class Chat(Room):
    """A room for browsers and for nc. Browsers are in the hub, and hear everything from the beginning.

    The others are members of the Room, as in the chapters *threads* and *back_pressure*.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hub = Hub()

    def broadcast(self, line: str) -> None:
        """Send a line to everybody."""
        super().broadcast(line)
        self.hub.broadcast(line)

    def greeting(self) -> str:
        """Return a line that says who is here."""
        with self.lock:
            return f"* In the chat: {', '.join(sorted(self.members)) or 'nobody yet'}."


class Browser:
    """Somebody in the chat, with a browser. Their first message is their name."""

    def __init__(self, peer: Peer, room: Chat) -> None:
        self.peer = peer
        self.room = room
        self.name = ""  # empty if they have not joined yet
        room.hub.add(peer)
        peer.send(f"{room.greeting()} Your first line is your name.")

    def received(self, message: Message) -> None:
        """Join with the first message as the name, and send every other message to everybody."""
        line = one_line(message)
        if self.name:
            self.room.broadcast(f"{self.name}: {line}")
        elif not line:
            self.peer.send("* a name cannot be empty")
        elif not self.room.join(line, lambda _line: None):  # the hub delivers
            self.peer.send(f"* {line} is taken")
        else:
            self.name = line
            self.room.broadcast(f"* {line} joined")

    def ended(self) -> None:
        """Leave."""
        self.room.hub.discard(self.peer)
        if self.name:
            self.room.leave(self.name)
            self.room.broadcast(f"* {self.name} left")


class Watcher:
    """Somebody who only reads along, with server-sent events: curl, or EventSource in a browser."""

    def __init__(self, peer: Peer, room: Chat) -> None:
        self.peer = peer
        self.room = room
        room.hub.add(peer)
        peer.send(room.greeting())

    def received(self, message: Message) -> None:
        """Do nothing: watchers cannot speak."""

    def ended(self) -> None:
        """Leave."""
        self.room.hub.discard(self.peer)


def one_line(message: Message) -> str:
    """Return a message as one line: nobody may write two, or control characters, to a terminal."""
    text = message if isinstance(message, str) else message.decode(errors="replace")
    return "".join(letter if letter.isprintable() else " " for letter in text[:1000]).strip()


CHAT = """<p>Everybody who is here reads what you write, in a browser or in a terminal.
<pre id="lines" style="height: 16rem; overflow-y: auto; white-space: pre-wrap"></pre>
<form id="form"><input id="line" size="50" autofocus autocomplete="off"
  placeholder="Your name, then your messages">
<button>Send</button></form>
<script>
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/chat")
  const show = (text) => {
    lines.textContent += text + "\\n"
    lines.scrollTop = lines.scrollHeight
  }
  socket.onmessage = (event) => show(event.data)
  socket.onclose = (event) => show(`* disconnected: ${event.code} ${event.reason}`)
  form.onsubmit = (event) => {
    event.preventDefault()
    socket.send(line.value)
    line.value = ""
  }
</script>"""


def chat_site(room: Chat, origins: Sequence[str] = ()) -> Router:
    """Return the site of a chat: a page, the WebSocket that it opens, and a stream to read along.

    `origins` are those of its pages, if they are not http:// and the Host: a page that came over TLS
    has https://.
    """
    browser, watcher = partial(Browser, room=room), partial(Watcher, room=room)
    site = Router()
    site.add("GET", "/", lambda _request: page("A chat", CHAT))
    site.add("GET", "/chat", lambda request: websocket(request, browser, origins))
    site.add("GET", "/watch", lambda _request: event_stream(watcher))
    site.add("GET", "/echo", echo)
    return site


def serve(host: str, port: int, on_loop: bool) -> None:
    """Run one chat for browsers, on `port`, and for nc, on the next one, until Ctrl-C."""
    room = Chat()
    site = chat_site(room)
    nc_port = port and port + 1
    if on_loop:
        with (
            EventLoop() as loop,
            open_listener(host, port) as listener,
            open_listener(host, nc_port) as for_nc,
        ):
            sweep = Sweep(loop)
            serve_on(loop, listener, lambda conn: HttpSession(conn, site, sweep=sweep))
            serve_on(loop, for_nc, lambda conn: ChatSession(conn, room))
            announce_both(listener.getsockname(), for_nc.getsockname())
            try:
                loop.run()
            finally:
                room.hub.close()
        return

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        conn.settimeout(MEMBER_TIMEOUT)
        chat(conn, room)

    # A client that stays takes one of the threads. If all are taken, the next client waits.
    with HttpServer(site, 200, host, port) as server, Server(handle, 200, host, nc_port) as other:
        announce_both(server.address, other.address)
        try:
            wait_for_ctrl_c(several=True)
        finally:
            room.hub.close()


def announce_both(address: tuple[str, int], for_nc: tuple[str, int]) -> None:
    """Print the address for browsers, and what to type for nc."""
    announce(address)
    print(f"In a terminal:  nc {for_nc[0]} {for_nc[1]}", flush=True)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A chat for browsers and nc, over WebSocket.", loop=True))
