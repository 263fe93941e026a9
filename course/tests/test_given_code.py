"""What chapters give to learners, and what no promise is about: it has to hold out as well."""

import errno
import socket
import threading
import time

import pytest

from course.checks.peers import reset
from solutions.ch06_threads import Room
from solutions.ch07_event_loop import READ, EventLoop, accept_on
from solutions.ch08_back_pressure import (
    HIGH_WATER,
    MAX_WAITING,
    ChatSession,
    Connection,
    LineDecoder,
    serve_on,
)


class Refusing(socket.socket):
    """A listener whose accept() raises once what it raises when a client has given up."""

    error = errno.ECONNABORTED

    def accept(self):
        if self.error:
            number, self.error = self.error, 0
            raise OSError(number, "Software caused connection abort")
        return super().accept()


def test_stop_never_waits():
    with EventLoop() as loop:
        for _ in range(100_000):  # a pair of sockets holds far fewer bytes
            loop.stop()
        loop.run()


def test_calls_from_threads_never_wait():
    calls = []
    with EventLoop() as loop:
        for number in range(2000):
            loop.call_from_thread(lambda number=number: calls.append(number))
        loop.call_from_thread(loop.stop)
        loop.run()
    assert calls == [*range(2000)]


def test_client_that_has_given_up_does_not_end_the_server():
    with Refusing() as listener, EventLoop() as loop:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        welcomed = []

        def welcome(conn):
            welcomed.append(conn.getpeername())
            loop.watch(conn, READ, print)  # close() closes what is watched
            loop.stop()

        accept_on(loop, listener, welcome)
        with socket.create_connection(listener.getsockname()) as client:
            loop.run()
            assert welcomed == [client.getsockname()]
    assert threading.active_count() == 1


def test_server_without_sockets_to_give_logs_it_and_waits(monkeypatch, caplog):
    monkeypatch.setattr("solutions.ch07_event_loop.RETRY_AFTER", 0.02)
    with Refusing() as listener, EventLoop() as loop:
        listener.error = errno.EMFILE
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        welcomed = []

        def welcome(conn):
            welcomed.append(conn.getpeername())
            conn.close()
            loop.stop()

        accept_on(loop, listener, welcome)
        with socket.create_connection(listener.getsockname()) as client:
            loop.run()
            assert welcomed == [client.getsockname()]
    assert [record.message for record in caplog.records] == ["no client can be accepted"]


class Member:
    """Stands for a Connection, as its session sees it: it notes what it is asked to do."""

    def __init__(self, room):
        self.waiting = 0
        self.wrote = b""
        self.calls = []
        self.session = ChatSession(self, room)

    def write(self, data):
        if not self.calls:
            self.wrote += data

    def close(self):
        self.calls.append("close")

    def abort(self):
        self.calls.append("abort")

    def hear(self, *pieces):
        for piece in pieces:
            if not self.calls:
                self.session.received(piece)
        return self


TEXT = "ada\nhéllo ✓\r\n\n  bye \n".encode()
TOO_LONG = b"x" * LineDecoder().limit


@pytest.mark.parametrize("pieces", [[TEXT], [bytes([octet]) for octet in TEXT]], ids=len)
def test_members_read_each_line(pieces):
    room = Room()
    bob, ada = Member(room).hear(b"bob\n"), Member(room).hear(*pieces)
    said = "* ada joined\nada: héllo ✓\nada: \nada:   bye \n"
    assert ada.wrote.decode() == said
    ada.session.ended()
    assert bob.wrote.decode() == f"* bob joined\n{said}* ada left\n"


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (b"bob\nada\nhello\n", "* bob is taken\n"),
        (b"\nada\nhello\n", ""),
        (b"ada\n\xff\xfe\nhello\n", "* ada joined\n"),
        (b"ada\n" + TOO_LONG + b"\nhello\n", "* ada joined\n"),
        (b"ada\n" + TOO_LONG, "* ada joined\n"),
    ],
    ids=["a name that is taken", "no name", "not UTF-8", "too long", "too long, without an end"],
)
def test_member_that_errs_leaves(lines, answer):
    room = Room()
    bob, ada = Member(room).hear(b"bob\n"), Member(room).hear(lines)
    ada.session.ended()
    joined = "* ada joined\n* ada left\n" if "ada joined" in answer else ""
    assert (ada.wrote.decode(), ada.calls) == (answer, ["close"])
    assert bob.wrote.decode() == f"* bob joined\n{joined}"


def test_member_that_does_not_read_is_disconnected():
    room = Room()
    ada, bob = Member(room).hear(b"ada\n"), Member(room).hear(b"bob\n")
    ada.waiting = MAX_WAITING
    bob.hear(b"one\n")
    assert (ada.calls, ada.wrote[-9:]) == ([], b"bob: one\n")
    ada.waiting = MAX_WAITING + 1
    bob.hear(b"two\n")
    assert (ada.calls, ada.wrote[-9:]) == (["abort"], b"bob: one\n")
    ada.session.ended()
    assert bob.wrote.endswith(b"bob: two\n* ada left\n")


def test_member_that_vanishes_leaves_its_name_free():
    room = Room()
    with socket.create_server(("127.0.0.1", 0)) as listener, EventLoop() as loop:
        serve_on(loop, listener, lambda conn: ChatSession(conn, room))
        thread = threading.Thread(target=loop.run)
        thread.start()
        try:
            with (
                socket.create_connection(listener.getsockname(), timeout=5) as dan,
                socket.create_connection(listener.getsockname(), timeout=5) as carol,
            ):
                dan.sendall(b"dan\n")
                lines = dan.makefile("rb")
                assert next(lines) == b"* dan joined\n"
                carol.sendall(b"carol\nhello\nhalf a li")
                assert [next(lines) for _ in range(2)] == [b"* carol joined\n", b"carol: hello\n"]
                reset(carol)
                assert next(lines) == b"* carol left\n"
                with socket.create_connection(listener.getsockname()) as another:
                    another.sendall(b"carol\n")
                    assert next(lines) == b"* carol joined\n"
                lines.close()
        finally:
            loop.stop()
            thread.join()


class Streaming:
    """A session that sends pieces as fast as its peer reads, and reads nothing meanwhile.

    It begins when `go` has come, or else at the end of what comes.
    """

    def __init__(self, conn, pieces=()):
        self.conn = conn
        self.pieces = iter(pieces)
        self.heard = b""
        self.heard_meanwhile = b""
        self.most_waiting = 0

    def received(self, data):
        self.heard += data
        if self.heard == b"go":
            self.conn.paused = True
            self.conn.update()
            self.go_on()

    def ended(self):
        if self.heard != b"gomore":
            self.go_on()

    def go_on(self):
        while self.conn.waiting <= HIGH_WATER:
            piece = next(self.pieces, None)
            if piece is None:
                self.heard_meanwhile = self.heard
                self.conn.paused = False
                self.conn.update()  # a peer that has finished stays connected, for "end"
                self.conn.write(b"end")
                return
            self.conn.write(piece)
            self.most_waiting = max(self.most_waiting, self.conn.waiting)
        self.conn.when_drained(self.go_on)


@pytest.fixture
def wire():
    with (
        EventLoop() as loop,
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as server,
    ):
        for sock in (client, server):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        loop.call_later(10, loop.stop)  # a test that fails has an end as well
        yield loop, client, server


def read_slowly(loop, client, got):
    """Read 20,000 bytes in each round of the loop, until `end` has come; then stop the loop."""

    def read(_ready):
        got.extend(client.recv(20_000))
        if got.endswith(b"end"):
            loop.call_later(0, lambda: loop.call_later(0, loop.stop))

    loop.watch(client, READ, read)


PIECES = [bytes([number]) * 50_000 for number in range(200)]


def test_session_streams_as_fast_as_its_peer_reads(wire):
    loop, client, server = wire
    conn = Connection(loop, server, lambda conn: Streaming(conn, PIECES))
    got = bytearray()

    def more():
        client.sendall(b"more")
        read_slowly(loop, client, got)

    client.sendall(b"go")
    loop.call_later(0.05, more)
    loop.run()
    assert got == b"".join(PIECES) + b"end"
    assert HIGH_WATER < conn.session.most_waiting <= HIGH_WATER + len(PIECES[0])
    assert conn.session.heard_meanwhile == b"go"
    assert conn.session.heard == b"gomore"
    assert conn.is_open


def test_session_streams_to_a_peer_that_has_finished(wire):
    loop, client, server = wire
    conn = Connection(loop, server, lambda conn: Streaming(conn, PIECES))
    got = bytearray()
    client.shutdown(socket.SHUT_WR)
    loop.call_later(0.05, lambda: read_slowly(loop, client, got))
    loop.run()
    assert got == b"".join(PIECES) + b"end"
    assert HIGH_WATER < conn.session.most_waiting <= HIGH_WATER + len(PIECES[0])
    assert not conn.is_open


def test_drained_call_comes_later_and_once(wire):
    loop, _client, server = wire
    conn = Connection(loop, server, Streaming)
    calls = []

    def again():
        calls.append("two")
        conn.when_drained(lambda: calls.append("three"))
        calls.append("asked")

    conn.when_drained(lambda: calls.append("one"))  # replaced
    conn.when_drained(again)
    assert calls == []
    loop.call_later(0.05, loop.stop)
    loop.run()
    assert calls == ["two", "asked", "three"]


def test_drained_call_waits_for_what_was_written_in_between(wire):
    loop, client, server = wire
    conn = Connection(loop, server, Streaming)
    waiting = []
    conn.when_drained(lambda: waiting.append(conn.waiting))
    while conn.waiting <= HIGH_WATER:
        conn.write(bytes(50_000))
    loop.call_later(0.05, lambda: waiting.append("read"))
    loop.call_later(0.05, lambda: read_slowly(loop, client, bytearray()))
    loop.call_later(0.2, loop.stop)
    loop.run()
    assert waiting[0] == "read"
    assert waiting[1] <= HIGH_WATER


@pytest.mark.parametrize("end", ["close", "abort"])
def test_drained_call_is_forgotten_at_the_end(wire, end):
    loop, _client, server = wire
    conn = Connection(loop, server, Streaming)
    calls = []
    conn.when_drained(lambda: calls.append("asked before"))
    getattr(conn, end)()
    conn.when_drained(lambda: calls.append("asked after"))
    loop.call_later(0.05, loop.stop)
    loop.run()
    assert calls == []


def test_error_in_a_drained_call_ends_the_connection(wire, caplog):
    loop, _client, server = wire
    conn = Connection(loop, server, Streaming)
    conn.when_drained(lambda: 1 // 0)
    loop.call_later(0.05, loop.stop)
    loop.run()
    assert [record.message for record in caplog.records] == ["a session failed"]
    assert not conn.is_open
    assert conn.has_ended


def test_paused_connection_with_nothing_to_send_does_not_wake_the_loop(wire):
    loop, client, server = wire
    conn = Connection(loop, server, Streaming)
    conn.paused = True
    conn.update()
    client.sendall(b"go")
    reset(client)
    before = time.thread_time()
    loop.call_later(0.2, loop.stop)
    loop.run()
    assert time.thread_time() - before < 0.1
    assert conn.session.heard == b""
