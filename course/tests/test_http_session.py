"""The server of *connection* on threads and on the loop: its bounds in time and memory, and its hooks.

Each hook is used as later chapters will use it: an upgrade, TLS, a stream that is sent as it is read.
"""

from __future__ import annotations

import logging
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from course.tests.test_http_fuzz_on_the_wire import on_a_fast_loop, on_a_loop, on_threads
from solutions import ch12_connection
from solutions.ch07_event_loop import EventLoop
from solutions.ch08_back_pressure import HIGH_WATER, Connection
from solutions.ch09_request import Request
from solutions.ch11_response import Handler, Response
from solutions.ch12_connection import (
    HttpConnection,
    HttpServer,
    HttpSession,
    State,
    Sweep,
    serve_http,
)

GET = b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADE = b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
BIG = bytes(5 << 20)
DEADLINE = 10.0  # s for what takes a hundredth of it
Serving = Callable[[Handler], AbstractContextManager[tuple[str, int]]]


@pytest.fixture(params=[on_threads, on_a_loop, on_a_fast_loop])
def serving(request: pytest.FixtureRequest) -> Serving:
    return request.param


def target(request: Request) -> Response:
    """Answer with the target."""
    return Response(request.target.encode())


def receive_all(sock: socket.socket) -> bytes:
    """Receive until the server has finished."""
    sock.settimeout(DEADLINE)
    return b"".join(iter(lambda: sock.recv(65536), b""))


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Stream:
    """Pieces that say how many of them have been taken, and whether they were closed."""

    def __init__(self, count: int, size: int = 65536) -> None:
        self.count = count
        self.piece = bytes(size)
        self.taken = 0
        self.closed = threading.Event()

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> bytes:
        if self.taken == self.count:
            raise StopIteration
        self.taken += 1
        return self.piece

    def close(self) -> None:
        self.closed.set()


class Noting(Connection):
    """Notes what is written."""

    written: list[bytes]

    def write(self, data: bytes) -> None:
        self.written.append(data)
        super().write(data)


class Clients:
    """Clients of one loop, which is run by the test, a round at a time."""

    def __init__(self, loop: EventLoop) -> None:
        self.loop = loop
        self.written: list[bytes] = []
        self.conns: list[Connection] = []
        self._sockets: list[socket.socket] = []

    def send(self, data: bytes, handler: Handler) -> socket.socket:
        """Connect, and send something before the loop runs."""
        client, server = socket.socketpair()
        client.settimeout(DEADLINE)
        client.sendall(data)
        conn = Noting(self.loop, server, lambda conn: HttpSession(conn, handler))
        conn.written = self.written
        self.conns.append(conn)
        self._sockets += [client, server]
        return client

    def serve(self, rounds: int = 1) -> None:
        """Run the loop for some rounds."""
        if rounds:
            self.loop.call_later(0, lambda: self.serve(rounds - 1))
        else:
            self.loop.call_later(0, self.loop.stop)
        if not self.loop._stopped and rounds and not self._running:
            self._running = True
            self.loop.run()
            self._running = self.loop._stopped = False

    _running = False

    def close(self) -> None:
        """Close what was opened."""
        for sock in self._sockets:
            sock.close()


@pytest.fixture
def clients() -> Iterator[Clients]:
    with EventLoop() as loop:
        clients = Clients(loop)
        yield clients
        clients.close()


def test_requests_of_one_piece_are_answered_in_one_write(clients: Clients) -> None:
    client = clients.send(GET % b"/1" + GET % b"/2", target)
    clients.serve(2)
    assert len(clients.written) == 1
    assert client.recv(65536).count(b"HTTP/1.1 200 OK\r\n") == 2


def test_nothing_is_written_before_a_request_is_complete(clients: Clients) -> None:
    clients.send(b"GET / HT", target)
    clients.serve(2)
    assert clients.written == []


def test_the_last_response_is_sent_and_then_the_connection_ends(clients: Clients) -> None:
    client = clients.send(b"GET / HTTP/1.0\r\n\r\n", target)
    clients.serve(2)
    assert receive_all(client).endswith(b"\r\n\r\n/")


def test_client_that_leaves_after_the_last_response_is_noticed(clients: Clients) -> None:
    """It is, although nothing was read from it while the response was under way."""
    client = clients.send(
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        lambda _request: Response(iter([bytes(70_000), b"the end"])),
    )
    clients.serve(3)
    assert receive_all(client).endswith(b"the end\r\n0\r\n\r\n")
    client.close()
    clients.serve(3)
    assert not clients.conns[0].is_open


def test_what_was_answered_before_a_stream_fails_is_sent(
    clients: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(request: Request) -> Response:
        return Response(broken()) if request.target == "/2" else target(request)

    def broken() -> Iterator[bytes]:
        yield b"begun"
        yield b"going on"
        raise ZeroDivisionError

    client = clients.send(GET % b"/1" + GET % b"/2", handler)
    other = clients.send(GET % b"/3", handler)
    with caplog.at_level(logging.CRITICAL, logger="root"):
        clients.serve(2)
    came = receive_all(client)
    assert b"\r\n\r\n/1HTTP/1.1 200 OK\r\n" in came
    assert not came.endswith(b"0\r\n\r\n")
    assert other.recv(65536).endswith(b"\r\n\r\n/3")


def test_broken_stream_is_a_reset(serving: Serving) -> None:
    def broken() -> Iterator[bytes]:
        yield b"begun"
        yield b"going on"
        raise ZeroDivisionError

    with (
        serving(lambda _request: Response(broken())) as address,
        closing(socket.create_connection(address)) as client,
    ):
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            receive_all(client)


def test_requests_are_answered_only_while_the_client_reads(clients: Clients) -> None:
    called = []

    def handler(request: Request) -> Response:
        called.append(request.target)
        return Response(BIG)

    client = clients.send(GET % b"/big" * 40, handler)
    clients.serve(20)
    assert called == ["/big"]
    assert clients.conns[0].waiting < len(BIG) + 1000
    assert clients.conns[0].paused
    reader = threading.Thread(target=lambda: [client.recv(1 << 20) for _ in range(200)])
    reader.start()
    while len(called) < 3:
        clients.serve(1)
    client.shutdown(socket.SHUT_RDWR)
    reader.join()


def test_many_small_requests_do_not_hold_a_round_up(clients: Clients) -> None:
    clients.send(GET % b"/" * 1800, target)
    clients.serve(2)
    assert HIGH_WATER < len(clients.written[0]) < HIGH_WATER + 1000


def test_stream_goes_out_as_the_client_reads(clients: Clients) -> None:
    stream = Stream(1000)
    client = clients.send(GET % b"/", lambda _request: Response(stream))
    clients.serve(20)
    assert stream.taken < 20  # as many as two kernels hold, and HIGH_WATER
    assert clients.conns[0].waiting <= 3 * HIGH_WATER
    before = stream.taken
    client.recv(1 << 20)
    clients.serve(5)
    assert stream.taken > before
    client.close()
    clients.serve(5)
    assert stream.closed.is_set()


def test_pieces_of_known_length_keep_the_connection(serving: Serving) -> None:
    def handler(_request: Request) -> Response:
        return Response(Stream(2, 5), length=10)

    with serving(handler) as address, closing(socket.create_connection(address)) as client:
        client.sendall(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2)
        client.shutdown(socket.SHUT_WR)
        came = receive_all(client)
    assert came.count(b"Content-Length: 10\r\n") == 2
    assert b"chunked" not in came


def test_stream_is_closed_when_the_client_goes(serving: Serving) -> None:
    stream = Stream(100_000)
    with serving(lambda _request: Response(stream)) as address:
        client = socket.create_connection(address)
        client.sendall(GET % b"/")
        client.recv(1)
        client.close()
        assert stream.closed.wait(DEADLINE)
    assert stream.taken < 1000


def test_idle_client_makes_room_for_the_next() -> None:
    with HttpServer(target, workers=4) as server:
        idle: list[socket.socket] = []
        for number in range(4):
            client = socket.create_connection(server.address, timeout=DEADLINE)
            idle.append(client)
            client.sendall(GET % b"/%d" % number)
            assert client.recv(65536).endswith(b"/%d" % number)
            until(lambda: len(server.idle.conns) == len(idle))
        began = time.monotonic()
        with closing(socket.create_connection(server.address)) as client:
            client.settimeout(DEADLINE)
            client.sendall(GET % b"/next")
            assert client.recv(65536).endswith(b"/next")
        assert time.monotonic() - began < 1
        assert idle[0].recv(1) == b""  # it has been silent for longest
        idle[1].sendall(GET % b"/again")
        assert idle[1].recv(65536).endswith(b"/again")
        for client in idle:
            client.close()


def test_next_idle_client_makes_room_when_none_was() -> None:
    has_begun, may_answer = threading.Event(), threading.Event()

    def handler(request: Request) -> Response:
        has_begun.set()
        may_answer.wait(DEADLINE)
        return target(request)

    with HttpServer(handler, workers=1) as server:
        busy = socket.create_connection(server.address, timeout=DEADLINE)
        busy.sendall(GET % b"/")
        assert has_begun.wait(DEADLINE)
        late = socket.create_connection(server.address, timeout=DEADLINE)
        with busy, late:
            late.sendall(GET % b"/")
            until(lambda: server.idle.one_has_to_go)
            may_answer.set()
            assert busy.recv(65536).endswith(b"/")
            assert busy.recv(1) == b""
            assert late.recv(65536).endswith(b"/")


@pytest.mark.parametrize("data", [b"", b"GET / HT", GET % b"/"], ids=["silent", "half", "after"])
def test_silent_client_is_disconnected(serving: Serving, data: bytes) -> None:
    with (
        mock.patch.multiple(ch12_connection, KEEP_ALIVE_TIMEOUT=0.1, HEAD_TIMEOUT=0.1),
        serving(target) as address,
        closing(socket.create_connection(address)) as client,
    ):
        client.sendall(data)
        began = time.monotonic()
        receive_all(client)
        assert time.monotonic() - began < ch12_connection.LINGER_TIMEOUT


def test_head_has_a_total_time(serving: Serving) -> None:
    """One octet at a time would renew any timeout that starts again with each."""
    with (
        mock.patch.multiple(ch12_connection, KEEP_ALIVE_TIMEOUT=1.0, HEAD_TIMEOUT=0.3),
        serving(target) as address,
        closing(socket.create_connection(address)) as client,
    ):
        client.settimeout(0.05)
        began = time.monotonic()
        with suppress(ConnectionError):
            for at in range(200):
                client.sendall(b"GET /%s" % (b"a" * 200)[at : at + 1])
                with suppress(TimeoutError):
                    if client.recv(1) == b"":
                        break
        assert 0.2 < time.monotonic() - began < 2


def test_client_that_takes_nothing_is_disconnected(serving: Serving) -> None:
    stream = Stream(100_000)
    with (
        mock.patch.multiple(ch12_connection, KEEP_ALIVE_TIMEOUT=0.1, IDLE_TIMEOUT=0.2),
        serving(lambda _request: Response(stream)) as address,
        closing(socket.create_connection(address)) as client,
    ):
        client.sendall(GET % b"/")
        assert stream.closed.wait(DEADLINE)


def test_client_may_take_nothing_for_longer_than_between_requests(serving: Serving) -> None:
    with (
        mock.patch.multiple(ch12_connection, KEEP_ALIVE_TIMEOUT=0.1, IDLE_TIMEOUT=DEADLINE),
        serving(lambda _request: Response(BIG)) as address,
        closing(socket.create_connection(address)) as client,
    ):
        client.sendall(LAST)
        time.sleep(1.3)  # a sweep has looked as well
        assert len(receive_all(client)) > len(BIG)


def test_timeout_of_a_thread_is_not_set_for_each_request() -> None:
    """Each time is a system call, in which another thread may take over."""
    calls = []

    class Counting(socket.socket):
        def settimeout(self, value: float | None) -> None:
            calls.append(value)
            super().settimeout(value)

    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        closing(socket.create_connection(listener.getsockname())) as client,
    ):
        conn = Counting(fileno=listener.accept()[0].detach())
        thread = threading.Thread(target=serve_http, args=(conn, target))
        thread.start()
        for _ in range(10):
            client.sendall(GET % b"/")
            client.recv(65536)
        assert calls == [ch12_connection.KEEP_ALIVE_TIMEOUT]
        client.shutdown(socket.SHUT_WR)
        receive_all(client)
        thread.join(DEADLINE)


def test_sweep_ends_with_its_last_session() -> None:
    client, server = socket.socketpair()
    with mock.patch.object(ch12_connection, "SWEEP_INTERVAL", 0.01), EventLoop() as loop:
        sweep = Sweep(loop)
        conn = Connection(loop, server, lambda conn: HttpSession(conn, target, sweep=sweep))
        loop.call_later(0.05, lambda: kept.extend(sweep.sessions))
        loop.call_later(0.05, client.close)
        loop.call_later(0.2, loop.stop)
        kept: list[HttpSession] = []
        loop.run()
        assert kept == [conn.session]
        assert sweep.sessions == []
        assert loop._timers == []


def test_idle_client_of_the_loop_has_no_machine() -> None:
    pieces = (GET % b"/one", b"GET /tw", b"o HTTP/1.1\r\nHost: a\r\n\r\n\r\n", GET % b"/three")
    machines = []
    for number in range(len(pieces) + 1):
        client, server = socket.socketpair()
        with closing(client), EventLoop() as loop:
            conn = Connection(loop, server, lambda conn: HttpSession(conn, target))
            client.sendall(b"".join(pieces[:number]))
            loop.call_later(0.05, loop.stop)
            loop.run()
            machines.append(conn.session.http is not None)
            conn.abort()
    assert machines == [False, False, True, True, False]  # an empty line: a head may follow


def test_slow_reader_gets_it_all_on_the_loop() -> None:
    with (
        mock.patch.multiple(ch12_connection, KEEP_ALIVE_TIMEOUT=0.1, IDLE_TIMEOUT=0.2),
        on_a_loop(lambda _request: Response(BIG)) as address,
        closing(socket.socket()) as client,
    ):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 17)
        client.settimeout(DEADLINE)
        client.connect(address)
        client.sendall(GET % b"/")
        came = 0
        while came < len(BIG):
            piece = client.recv(1 << 17)
            assert piece
            came += len(piece)
            time.sleep(0.01)


class EchoAfterwards:
    """A session of another protocol."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def received(self, data: bytes) -> None:
        self.conn.write(data)

    def ended(self) -> None:
        pass


def echo_afterwards(conn: socket.socket, data: bytes) -> None:
    """Speak another protocol, on a thread."""
    while data:
        conn.sendall(data)
        data = conn.recv(65536)


@pytest.mark.parametrize(
    ("serving", "upgrade"),
    [(on_threads, echo_afterwards), (on_a_loop, EchoAfterwards)],
    ids=["threads", "loop"],
)
def test_connection_is_handed_over_with_what_follows(serving: Serving, upgrade: Any) -> None:
    def handler(request: Request) -> Response:
        if request.target == "/chat":
            return Response(status=101, fields=[("Upgrade", "echo")], upgrade=upgrade)
        return target(request)

    with serving(handler) as address, closing(socket.create_connection(address)) as client:
        client.settimeout(DEADLINE)
        client.sendall(GET % b"/before" + UPGRADE + b"GET \0 first")
        came = b""
        while not came.endswith(b"first"):
            came += client.recv(65536)
        head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"
        assert came.endswith(b"/before" + head + b"GET \0 first")
        for text in (b"second", b"GET / HTTP/1.1\r\n\r\n"):
            client.sendall(text)
            assert client.recv(65536) == text
        client.shutdown(socket.SHUT_WR)
        assert client.recv(65536) == b""


@pytest.mark.parametrize(
    "request_head",
    [
        GET % b"/chat",
        UPGRADE.replace(b"1.1", b"1.0"),
        UPGRADE.replace(b"Upgrade: echo\r\n", b""),
        UPGRADE.replace(b"Connection: Upgrade\r\n", b""),
    ],
)
def test_upgrade_that_was_not_asked_for_is_a_500(
    request_head: bytes,
) -> None:
    http = HttpConnection()
    request = http.feed(request_head)
    assert request

    def handler(_request: Request) -> Response:
        return Response(status=101, fields=[("Upgrade", "echo")], upgrade=echo_afterwards)

    (head,) = ch12_connection.answer(http, handler, request)
    assert head.startswith(b"HTTP/1.1 500 ")
    assert http.state in (State.HEAD, State.CLOSED)


@pytest.mark.parametrize(
    ("secured", "target_of_it", "status"),
    [
        (False, b"http://a/", 200),
        (False, b"https://a/", 421),
        (False, b"ftp://a/", 421),
        (True, b"https://a/", 200),
        (True, b"HTTPS://a/", 200),
        (True, b"http://a/", 421),
        (True, b"/", 200),
    ],
)
def test_scheme_is_that_of_the_connection(secured: bool, target_of_it: bytes, status: int) -> None:
    http = HttpConnection(secured=secured)
    came = b"".join(
        piece
        for pieces in ch12_connection.replies(http, target, GET % target_of_it)
        for piece in pieces
    )
    assert came.startswith(b"HTTP/1.1 %d " % status)


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the contexts of a server with a certificate of its own, and of a client that knows it."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder: Path = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=a.test", "-addext", "subjectAltName=DNS:a.test"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


@contextmanager
def secured_client(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], handler: Handler
) -> Iterator[ssl.SSLSocket]:
    """Serve one client over TLS, by a thread."""
    for_server, for_client = contexts
    failed = []

    def serve() -> None:
        try:
            with for_server.wrap_socket(server, server_side=True) as conn:
                serve_http(conn, handler, secured=True)
        except Exception as error:
            failed.append(error)

    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname(), timeout=DEADLINE)
    server, _peer = listener.accept()
    listener.close()
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with for_client.wrap_socket(
            client, server_hostname="a.test", suppress_ragged_eofs=False
        ) as sock:
            yield sock
    finally:
        thread.join(DEADLINE)
    assert not failed


def test_secured_connection_is_served_and_closed_cleanly(contexts: Any) -> None:
    with secured_client(contexts, target) as client:
        client.sendall(GET % b"/1")
        assert client.recv(65536).endswith(b"/1")
        client.sendall(GET % b"https://a/2" + LAST)
        came = receive_all(client)  # an end without close_notify would raise SSLEOFError
        assert came.endswith(b"/last")
        assert b"https://a/2" in came


def test_secured_client_that_is_refused_while_it_sends_reads_why(contexts: Any) -> None:
    with secured_client(contexts, target) as client:
        client.sendall(
            b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n" + bytes(3 << 20)
        )
        assert receive_all(client).startswith(b"HTTP/1.1 413 ")


def test_secured_client_may_be_silent(contexts: Any) -> None:
    with (
        mock.patch.object(ch12_connection, "KEEP_ALIVE_TIMEOUT", 0.2),
        secured_client(contexts, target) as client,
    ):
        client.sendall(GET % b"/1")
        assert receive_all(client).endswith(b"/1")
