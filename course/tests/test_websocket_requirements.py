"""What RFC 6455 and the chapter's given code promise, on the wire, on threads and on the loop."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest

from course.tests.test_http_fuzz_on_the_wire import on_a_loop, on_threads
from solutions import ch17_websocket as chapter
from solutions.ch09_request import Request
from solutions.ch11_response import Response
from solutions.ch17_websocket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT_FRAME,
    Closed,
    Echo,
    Frame,
    FrameDecoder,
    Hub,
    Peer,
    WebSocket,
    accept_key,
    chat_site,
    connect_websocket,
    encode_frame,
    event_stream,
    websocket,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x11\x22\x44\x88"
SERVERS = pytest.mark.parametrize("serving", [on_threads, on_a_loop])


def head(**changes: str | None) -> bytes:
    """Return the request of a handshake, with changes of its fields."""
    fields: dict[str, str | None] = {
        "Host": "a.test",
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    fields |= {name.replace("_", "-"): value for name, value in changes.items() if name != "line"}
    lines = [changes.get("line") or "GET / HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([*lines, "", ""]).encode()


def masked(opcode: int, payload: bytes = b"", fin: bool = True) -> bytes:
    """Return a client's frame."""
    return encode_frame(opcode, payload, fin=fin, mask=MASK)


@contextmanager
def upgraded(serving: Any, handler: Any, rest: bytes = b"") -> Iterator[socket.socket]:
    """Serve, and connect a plain socket that has sent the handshake together with other octets."""
    with serving(handler) as address, socket.create_connection(address, 10) as conn:
        conn.sendall(head() + rest)
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += conn.recv(1)
        assert answer.startswith(b"HTTP/1.1 101 ")
        yield conn


def received(conn: socket.socket, size: int) -> bytes:
    """Receive a number of octets, or what comes before the end."""
    data = b""
    while len(data) < size and (piece := conn.recv(size - len(data))):
        data += piece
    return data


def until_the_end(conn: socket.socket) -> bytes:
    """Receive until the server has finished."""
    data = b""
    while piece := conn.recv(65536):
        data += piece
    return data


def echo(request: Request) -> Response:
    """Echo messages."""
    return websocket(request, Echo)


HANDSHAKES = [
    ("as in the RFC", {}, 101),
    ("HEAD", {"line": "HEAD / HTTP/1.1"}, 426),
    ("POST", {"line": "POST / HTTP/1.1", "Content_Length": "0"}, 426),
    ("HTTP/1.0", {"line": "GET / HTTP/1.0"}, 426),
    ("no Upgrade", {"Upgrade": None}, 426),
    ("h2c", {"Upgrade": "h2c"}, 426),
    ("a list", {"Upgrade": "h2c, WebSocket", "Connection": "UPGRADE"}, 101),
    ("Connection: close", {"Connection": "close"}, 426),
    ("version 8", {"Sec_WebSocket_Version": "8"}, 426),
    ("no version", {"Sec_WebSocket_Version": None}, 426),
    ("no key", {"Sec_WebSocket_Key": None}, 400),
    ("15 octets", {"Sec_WebSocket_Key": "MTUgb2N0ZXRzIDE1IG8="}, 400),
    ("not base64", {"Sec_WebSocket_Key": "*" * 24}, 400),
    ("its own origin", {"Origin": "http://a.test"}, 101),
    ("another origin", {"Origin": "http://evil.example"}, 403),
    ("a longer origin", {"Origin": "http://a.test.evil.example"}, 403),
    ("null", {"Origin": "null"}, 403),
    ("17 octets", {"Sec_WebSocket_Key": "MTcgb2N0ZXRzIDE3IG9jdGU="}, 400),
    ("HTTP/1.0, of another origin", {"line": "GET / HTTP/1.0", "Origin": "null"}, 426),
    ("version 8, of another origin", {"Sec_WebSocket_Version": "8", "Origin": "null"}, 426),
    ("another origin, no key", {"Origin": "null", "Sec_WebSocket_Key": None}, 403),
    ("an extension", {"Sec_WebSocket_Extensions": "permessage-deflate"}, 101),
]


@SERVERS
def test_handshakes(serving: Any) -> None:
    with serving(echo) as address:
        for what, changes, status in HANDSHAKES:
            with socket.create_connection(address, 10) as conn:
                conn.sendall(head(**changes))  # type: ignore[arg-type]
                answer = b""
                while b"\r\n\r\n" not in answer:
                    answer += conn.recv(65536)
            lines = answer.split(b"\r\n\r\n")[0].decode().split("\r\n")
            assert lines[0].split(" ")[1] == str(status), what
            fields = [line.lower() for line in lines[1:]]
            if status == 101:
                assert f"Sec-WebSocket-Accept: {accept_key(KEY)}" in lines
                assert not [line for line in fields if line.startswith("sec-websocket-ext")], what
            if status in (101, 426):
                assert "upgrade: websocket" in fields, what
                assert "connection: upgrade" in fields, what
            if status == 426:
                assert "sec-websocket-version: 13" in fields, what


def test_the_client_s_first_choice_among_the_subprotocols_is_taken() -> None:
    def handler(request: Request) -> Response:
        return websocket(request, Echo, protocols=("a", "b"))

    for offered, chosen in (("x, b, a", "b"), ("a", "a"), ("x", None)):
        with on_a_loop(handler) as address, socket.create_connection(address, 10) as conn:
            conn.sendall(head(Sec_WebSocket_Protocol=offered))
            answer = conn.recv(65536).decode()
            line = f"Sec-WebSocket-Protocol: {chosen}\r\n"
            assert (line in answer) if chosen else ("sec-websocket-protocol" not in answer.lower())


LONG = masked(TEXT_FRAME, b"x" * 70000)
# What a client sends after the handshake, and what comes back until the end of the connection.
STREAMS = [
    ("text", masked(TEXT_FRAME, b"hi") + masked(CLOSE), b"\x81\x02hi\x88\x00"),
    ("binary", masked(BINARY, b"\xff") + masked(CLOSE), b"\x82\x01\xff\x88\x00"),
    ("empty", masked(TEXT_FRAME) + masked(CLOSE), b"\x81\x00\x88\x00"),
    ("long", LONG + masked(CLOSE), encode_frame(TEXT_FRAME, b"x" * 70000) + b"\x88\x00"),
    ("a ping", masked(PING, b"abc") + masked(CLOSE), b"\x8a\x03abc\x88\x00"),
    (
        "a ping inside a message, and an answer before it",
        masked(TEXT_FRAME, b"0")
        + masked(TEXT_FRAME, b"1", fin=False)
        + masked(PING, b"p")
        + masked(CONTINUATION, b"2")
        + masked(CLOSE, b"\x03\xe8bye"),
        b"\x81\x010\x8a\x01p\x81\x0212\x88\x02\x03\xe8",
    ),
    ("an unasked pong", masked(PONG, b"x") + masked(CLOSE), b"\x88\x00"),
    ("nothing after a close", masked(CLOSE) + masked(TEXT_FRAME, b"late"), b"\x88\x00"),
]
# What is refused: what the client sends, and the code that comes back.
REFUSED = [
    ("RSV1", b"\xc1\x80" + MASK, 1002),
    ("RSV3", b"\x91\x80" + MASK, 1002),
    ("opcode 3", b"\x83\x80" + MASK, 1002),
    ("opcode 11", b"\x8b\x80" + MASK, 1002),
    ("no mask", b"\x81\x02hi", 1002),
    ("a ping without FIN", b"\x09\x80" + MASK, 1002),
    ("a ping of 126", b"\x89\xfe\x00\x7e" + MASK, 1002),
    ("a long form for 5", b"\x81\xfe\x00\x05", 1002),
    ("a longer form for 65,535", b"\x81\xff" + struct.pack("!Q", 65535), 1002),
    ("the top bit", b"\x82\xff" + struct.pack("!Q", 1 << 63), 1002),
    ("a frame over the limit", b"\x82\xff" + struct.pack("!Q", (1 << 20) + 1), 1009),
    (
        "a message over the limit",
        masked(BINARY, bytes(1 << 20), fin=False) + b"\x80\x81" + MASK,
        1009,
    ),
    ("a continuation of nothing", masked(CONTINUATION, b"x"), 1002),
    ("a message inside another", masked(TEXT_FRAME, b"a", fin=False) + b"\x81\x85" + MASK, 1002),
    ("half a code", masked(CLOSE, b"\x03"), 1002),
    ("code 1005", masked(CLOSE, b"\x03\xed"), 1002),
    ("code 2999", masked(CLOSE, b"\x0b\xb7"), 1002),
    ("a reason that is not UTF-8", masked(CLOSE, b"\x03\xe8\xff"), 1007),
    ("text that is not UTF-8", masked(TEXT_FRAME, b"\xff"), 1007),
    ("half a letter at the end", masked(TEXT_FRAME, b"\xc3"), 1007),
    ("in the first of two frames", masked(TEXT_FRAME, b"\xff", fin=False), 1007),
    ("in a frame that is incomplete", masked(TEXT_FRAME, b"\xff" + b"x" * 999)[:20], 1007),
    ("a surrogate, at once", masked(TEXT_FRAME, b"\xed\xa0", fin=False), 1007),
]


@SERVERS
@pytest.mark.parametrize(
    ("stream", "back"), [row[1:] for row in STREAMS], ids=[row[0] for row in STREAMS]
)
def test_what_comes_back(serving: Any, stream: bytes, back: bytes) -> None:
    with upgraded(serving, echo, rest=stream) as conn:  # in the same octets as the handshake
        assert until_the_end(conn) == back


@SERVERS
def test_what_is_refused(serving: Any) -> None:
    for what, stream, code in REFUSED:
        with upgraded(serving, echo) as conn:
            conn.sendall(masked(TEXT_FRAME, b"ok") + stream)
            back = until_the_end(conn)
            assert back[:4] == b"\x81\x02ok", what
            assert (back[4], int.from_bytes(back[6:8])) == (0x88, code), what


@pytest.mark.parametrize("streams", [STREAMS, REFUSED], ids=["good", "bad"])
def test_every_cut_gives_the_same(streams: Any) -> None:
    for what, stream, _back in streams:
        if len(stream) > 1000:
            continue
        whole = answer_in_pieces([stream])
        assert answer_in_pieces([stream[i : i + 1] for i in range(len(stream))]) == whole, what
        for at in range(1, len(stream)):
            assert answer_in_pieces([stream[:at], stream[at:]]) == whole, (what, at)


def answer_in_pieces(pieces: list[bytes]) -> tuple[list[Any], bytes]:
    """Return the events of a WebSocket whose application echoes, and what it sends."""
    socket_, events, sent = WebSocket(), [], b""
    for piece in pieces:
        for event in socket_.events(piece):
            events.append(event if not isinstance(event, Closed) else event.code)
            if isinstance(event, str | bytes):
                socket_.send(event)
        sent += socket_.outgoing()
    return events, sent


def test_mutated_streams_give_the_same_at_every_cut() -> None:
    chance = random.Random(6455)
    streams = [stream for _what, stream, _ in (*STREAMS, *REFUSED) if len(stream) < 1000]
    for _ in range(400):
        stream = bytearray(b"".join(chance.choices(streams, k=2)))
        for _change in range(chance.randrange(4)):
            stream[chance.randrange(len(stream))] ^= 1 << chance.randrange(8)
        whole = answer_in_pieces([bytes(stream)])
        sizes = [chance.randrange(1, 9) for _ in stream]
        pieces, at = [], 0
        for size in sizes:
            pieces.append(bytes(stream[at : at + size]))
            at += size
        assert answer_in_pieces(pieces) == whole, stream.hex(" ")


def test_masking_is_the_same_in_a_loop() -> None:
    chance = random.Random(5)
    for size in (*range(12), 125, 1023, 1024, 1025, 1026, 1027, 70001):
        payload, mask = chance.randbytes(size), chance.randbytes(4)
        slow = bytes(octet ^ mask[i % 4] for i, octet in enumerate(payload))
        assert chapter.masked(payload, mask) == slow
        assert chapter.masked(bytearray(slow), mask) == payload


def test_frames_that_a_server_sends_have_no_mask() -> None:
    decoder = FrameDecoder(from_client=False)
    assert decoder.feed(b"\x81\x02hi\x89\x00") == [Frame(TEXT_FRAME, b"hi"), Frame(PING, b"")]


@pytest.mark.parametrize("from_client", [True, False])
def test_the_first_two_octets_are_checked(from_client: bool) -> None:
    for first in range(256):
        for second in range(256):
            opcode, length = first & 15, second & 127
            is_right = first & 0x70 == 0 and opcode in (0, 1, 2, 8, 9, 10)
            is_right = is_right and (second > 127) == from_client
            is_right = is_right and (opcode < 8 or (first > 127 and length < 126))
            try:
                chapter.check_start(bytes((first, second)), from_client)
                code = 0
            except chapter.WebSocketError as error:
                code = error.code
            assert code == (0 if is_right else 1002), (first, second)


def test_every_code_is_read_or_refused() -> None:
    assert chapter.read_close(b"") == Closed(1005, "")
    assert chapter.read_close(b"\x03\xe8" + "é".encode()) == Closed(1000, "é")
    sent = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
    for code in range(1 << 16):
        payload = struct.pack("!H", code)
        if code in sent:
            assert chapter.read_close(payload) == Closed(code, "")
        else:
            with pytest.raises(chapter.WebSocketError, match="1002"):
                chapter.read_close(payload)


class Speaking:
    """A member that speaks first, and closes when it is told to."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        peer.send("first")

    def received(self, message: str | bytes) -> None:
        if message == "fail":
            raise RuntimeError("a bug")
        self.peer.close(4000, "bye")
        self.peer.send("too late")

    def ended(self) -> None:
        self.peer.send("nobody is there")


@SERVERS
def test_the_server_speaks_first_and_closes_first(serving: Any) -> None:
    with upgraded(serving, lambda request: websocket(request, Speaking)) as conn:
        assert received(conn, 7) == b"\x81\x05first"
        conn.sendall(masked(TEXT_FRAME, b"end") + masked(TEXT_FRAME, b"more"))
        assert received(conn, 7) == b"\x88\x05\x0f\xa0bye"
        conn.sendall(masked(CLOSE, b"\x0f\xa0"))
        assert until_the_end(conn) == b""


@SERVERS
def test_a_member_that_fails_is_1011(serving: Any, caplog: pytest.LogCaptureFixture) -> None:
    with upgraded(serving, lambda request: websocket(request, Speaking)) as conn:
        conn.sendall(masked(TEXT_FRAME, b"fail"))
        assert received(conn, 11) == b"\x81\x05first\x88\x02\x03\xf3"
    assert "a member failed" in caplog.text


@SERVERS
def test_silent_clients_get_a_ping_and_must_answer(
    serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chapter, "PING_INTERVAL", 0.2)
    with upgraded(serving, echo) as conn:
        for _ in range(3):
            assert received(conn, 2) == b"\x89\x00"
            conn.sendall(masked(PONG))
        assert received(conn, 2) == b"\x89\x00"
        assert until_the_end(conn) in (b"", b"\x88\x02\x03\xe9")


@SERVERS
def test_a_client_that_does_not_answer_a_close_is_disconnected(
    serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chapter, "CLOSE_TIMEOUT", 0.3)
    with upgraded(serving, lambda request: websocket(request, Speaking)) as conn:
        conn.sendall(masked(TEXT_FRAME, b"end"))
        assert until_the_end(conn) == b"\x81\x05first\x88\x05\x0f\xa0bye"


@SERVERS
def test_a_slow_client_is_dropped_and_nobody_waits(serving: Any) -> None:
    hub, line = Hub(), "x" * 200_000

    class Listening(Echo):
        def __init__(self, peer: Peer) -> None:
            super().__init__(peer)
            hub.add(peer)

        def received(self, _message: str | bytes) -> None:
            hub.broadcast(line)

        def ended(self) -> None:
            hub.discard(self.peer)

    handler = partial(websocket, make_member=Listening)
    with serving(handler) as address, socket.create_connection(address, 10) as slow:
        slow.sendall(head())
        while b"\r\n\r\n" not in slow.recv(65536):
            pass
        with connect_websocket(address) as quick:
            count = 0
            while len(hub.everybody()) > 1 or not count:
                quick.send("go")
                assert quick.receive() == line
                count += 1
                assert count < 500
            quick.send("go")
            assert quick.receive() == line


@SERVERS
def test_a_client_that_only_sends_is_not_read(serving: Any) -> None:
    with upgraded(serving, echo) as conn:
        conn.settimeout(1)
        frames = masked(BINARY, bytes(60_000)) * 1000
        with pytest.raises(TimeoutError):
            conn.sendall(frames)


@SERVERS
def test_the_client_sends_and_receives_messages_of_several_megabytes(serving: Any) -> None:
    def handler(request: Request) -> Response:
        return websocket(request, Echo, limit=1 << 23)

    with serving(handler) as address, connect_websocket(address) as client:
        for message in ("é✓" * 1_000_000, bytes(range(256)) * 20_000, "", b"", "small"):
            client.send(message)
            assert client.receive() == message
        client.close(1000, "done")
        assert client.closed == Closed(1000, "")


@SERVERS
def test_a_client_that_takes_a_large_message_slowly_gets_all_of_it(
    serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chapter, "PING_INTERVAL", 0.3)
    monkeypatch.setattr(chapter, "CLOSE_TIMEOUT", 0.3)

    class Large(Echo):
        def __init__(self, peer: Peer) -> None:
            super().__init__(peer)
            peer.send(bytes(8_000_000))  # and ten octets of the head

    with upgraded(serving, lambda request: websocket(request, Large)) as conn:
        for _ in range(10):
            time.sleep(0.05)
            assert len(received(conn, 800_001)) == 800_001
        conn.sendall(masked(PING, b"p"))
        while (opcode := received(conn, 2)) == b"\x89\x00":
            pass  # a ping of the server
        assert opcode + received(conn, 1) == b"\x8a\x01p"


@SERVERS
def test_a_client_that_does_not_take_the_last_octets_is_disconnected(
    serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chapter, "CLOSE_TIMEOUT", 0.2)
    monkeypatch.setattr(chapter, "PING_INTERVAL", 0.5)
    has_ended = threading.Event()

    class Last(Echo):
        def __init__(self, peer: Peer) -> None:
            super().__init__(peer)
            peer.send(bytes(30_000_000))
            peer.close()

        def ended(self) -> None:
            has_ended.set()

    with upgraded(serving, lambda request: websocket(request, Last)) as conn:
        assert has_ended.wait(10)
        time.sleep(1)  # in which this client takes nothing
        size = 0
        with suppress(ConnectionResetError):
            while piece := conn.recv(1 << 20):
                size += len(piece)
        assert size < 30_000_000


@SERVERS
def test_the_client_is_refused(serving: Any) -> None:
    with serving(echo) as address:
        with pytest.raises(ConnectionError, match="403"):
            connect_websocket(address, "/", [("Origin", "http://evil.example")])
        with pytest.raises(ValueError, match="path"):
            connect_websocket(address, "/a b")


@SERVERS
def test_server_sent_events(serving: Any) -> None:
    class Two:
        def __init__(self, peer: Peer) -> None:
            peer.send("one\ntwo")
            peer.send("three")
            peer.close()

        def received(self, message: str | bytes) -> None:
            raise AssertionError(message)

        def ended(self) -> None:
            pass

    def handler(_request: Request) -> Response:
        return event_stream(Two)

    with serving(handler) as address, socket.create_connection(address, 10) as conn:
        conn.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer, _, content = until_the_end(conn).partition(b"\r\n\r\n")
    assert b"Content-Type: text/event-stream" in answer
    assert b"Connection: close" in answer
    assert content == b"data: one\ndata: two\n\ndata: three\n\n"


@SERVERS
def test_the_chat(serving: Any) -> None:
    room = chapter.Chat()
    with (
        serving(chat_site(room)) as address,
        connect_websocket(address, "/chat") as ada,
        connect_websocket(address, "/chat") as bob,
    ):
        for browser in (ada, bob):
            assert browser.receive() == "* In the chat: nobody yet. Your first line is your name."
        ada.send("ada")
        assert ada.receive() == bob.receive() == "* ada joined"
        bob.send("ada")
        assert bob.receive() == "* ada is taken"
        bob.send("bob\nada: no")
        assert bob.receive() == ada.receive() == "* bob ada: no joined"
        with socket.create_connection(address, 10) as watcher:
            watcher.sendall(b"GET /watch HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = b""
            while not answer.endswith(b"data: * In the chat: ada, bob ada: no.\n\n"):
                answer += watcher.recv(65536)
            ada.send("hello\x1b[2J")
            assert bob.receive() == ada.receive() == "ada: hello [2J"
            assert watcher.recv(65536) == b"data: ada: hello [2J\n\n"
        bob.close()
        assert ada.receive() == "* bob ada: no left"
