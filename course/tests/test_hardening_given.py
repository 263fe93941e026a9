"""The servers of the chapter hardening, which are given: on threads, on the loop, and under TLS."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from course.model.chapters import ROOT
from solutions import ch08_back_pressure, ch12_connection
from solutions.ch02_four_tuple import FourTuple, four_tuple
from solutions.ch07_event_loop import EventLoop
from solutions.ch08_back_pressure import Connection, serve_on
from solutions.ch09_request import Headers, Request
from solutions.ch11_response import Response
from solutions.ch12_connection import Handler, HttpServer, HttpSession, Sweep, send
from solutions.ch16_gateway import Hosted, send_on
from solutions.ch18_hardening import (
    MAX_REFUSED,
    Bounds,
    HardLoop,
    HardServer,
    allowed_host,
    client_address,
    flood,
    is_served,
    shut_down,
    site,
    slow_head,
    slow_reader,
)
from solutions.tls import (
    PLAIN_HTTP,
    TlsSocket,
    make_certificate,
    receive_to_the_end,
    server_context,
)

KINDS = (HardServer, HardLoop)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="uses what only Linux has")
OTHER = "127.0.0.1" if sys.platform == "darwin" else "127.0.0.2"
DEADLINE = 10.0
GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
MUCH = b"0123456789abcdef" * 400_000
Kind = Any


def much(_request: Request) -> Response:
    """Answer with a few megabytes."""
    return Response(MUCH)


def echo(request: Request) -> Response:
    """Answer with the content."""
    return Response(request.content)


def connect(server: Any, source: str = "127.0.0.1") -> socket.socket:
    """Connect to a server."""
    return socket.create_connection(server.address, DEADLINE, (source, 0))


def receive_all(conn: socket.socket) -> bytes:
    """Read up to the end."""
    return b"".join(iter(lambda: conn.recv(1 << 16), b""))


def receive_all_of(conn: socket.socket, count: int) -> bytes:
    """Read more octets than `count`."""
    received = bytearray()
    while len(received) <= count:
        received += conn.recv(1 << 20)
    return bytes(received)


def ask(server: Any, message: bytes = LAST % b"/", source: str = "127.0.0.1") -> bytes:
    """Send a request, and return all that comes."""
    with connect(server, source) as client:
        client.sendall(message)
        return receive_all(client)


def eventually(truth: Callable[[], object], seconds: float = DEADLINE) -> bool:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not truth():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


@contextmanager
def of_connection(kind: str, handler: Handler = much) -> Iterator[tuple[str, int]]:
    """Serve a handler on a server of the chapter connection; give its address."""
    if kind == "threads":
        with HttpServer(handler) as server:
            yield server.address
        return
    with EventLoop() as loop, socket.create_server(("127.0.0.1", 0)) as listener:
        sweep = Sweep(loop)
        serve_on(loop, listener, lambda conn: HttpSession(conn, handler, sweep=sweep))
        thread = threading.Thread(target=loop.run)
        thread.start()
        yield listener.getsockname()
        loop.stop()
        thread.join()


def octets_of_a_reader(address: tuple[str, int], pause: float) -> int:
    """Read all, 64 KiB after each pause. Return how many octets came."""
    count = 0
    with socket.create_connection(address, DEADLINE) as client, suppress(ConnectionError):
        client.sendall(LAST % b"/")
        while data := client.recv(1 << 16):
            count += len(data)
            time.sleep(pause)
    return count


@LINUX
@pytest.mark.parametrize("kind", ["threads", "loop"])
def test_a_slow_but_steady_reader_gets_everything(kind: str) -> None:
    """The kernel calls a socket writable when a third of megabytes is free: that took too long."""
    came = 0
    for _ in range(3):  # a busy machine may make the client pause
        with (
            mock.patch.multiple(
                ch12_connection, KEEP_ALIVE_TIMEOUT=0.3, IDLE_TIMEOUT=0.3, SWEEP_INTERVAL=0.05
            ),
            of_connection(kind) as address,
        ):
            came = came or octets_of_a_reader(address, 0.02)
        if came > len(MUCH):
            break
        came = 0
    assert came > len(MUCH)


@LINUX
@pytest.mark.parametrize("kind", KINDS)
def test_the_floor_decides_between_slow_and_too_slow(kind: Kind) -> None:
    """A reader above the floor is served to the end, one below it is cut off."""
    with (
        mock.patch.object(ch12_connection, "SWEEP_INTERVAL", 0.05),
        kind(much, bounds=Bounds(rate=500_000, grace=0.5)) as server,
    ):
        above = octets_of_a_reader(server.address, 0.01)
        below = octets_of_a_reader(server.address, 0.5)
        assert eventually(lambda: server.gate.total == 0)
    assert (above > len(MUCH), below < len(MUCH)) == (True, True)


def test_a_loop_keeps_little_for_a_client_that_does_not_read() -> None:
    """Of a large response in one piece, a connection holds a part at a time, not a copy."""
    with HardLoop(much) as server, connect(server) as client:
        client.sendall(GET % b"/")
        assert eventually(lambda: [conn for conn in server.connections if conn.waiting])
        time.sleep(0.1)
        kept = max(conn.waiting for conn in server.connections)
        assert len(receive_all_of(client, len(MUCH))) > len(MUCH)
    assert kept <= 4 * 65536


@pytest.mark.parametrize("kind", KINDS)
def test_slow_content_is_cut_off_by_rate_and_by_time(kind: Kind) -> None:
    """A client that drips its content ends at the floor; one above the floor at the time for all."""
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
    for bounds, piece in (
        (Bounds(rate=1000, grace=0.3), b"x"),
        (Bounds(rate=10, grace=5, content=0.3), b"x" * 1000),
    ):
        with (
            mock.patch.object(ch12_connection, "SWEEP_INTERVAL", 0.05),
            kind(echo, bounds=bounds) as server,
            connect(server) as client,
        ):
            start = time.monotonic()
            client.sendall(head)
            with suppress(OSError):
                while time.monotonic() < start + DEADLINE:
                    client.sendall(piece)
                    time.sleep(0.02)
            lasted = time.monotonic() - start
            assert eventually(lambda server=server: server.gate.total == 0)
        assert lasted < DEADLINE / 2


@pytest.mark.parametrize("kind", KINDS)
def test_content_above_the_floor_arrives(kind: Kind) -> None:
    """A client that is slow, but not too slow, gets its answer."""
    with kind(echo, bounds=Bounds(rate=1000, grace=1)) as server, connect(server) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40000\r\n\r\n")
        for _ in range(40):
            client.sendall(b"y" * 1000)
            time.sleep(0.01)
        assert b"Content-Length: 40000" in client.recv(1 << 16)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has only one loopback address")
@pytest.mark.parametrize("kind", KINDS)
def test_one_address_cannot_take_all_places(kind: Kind) -> None:
    """A flood is refused with 503 beyond its share, and somebody else is served."""
    with kind(site(), bounds=Bounds(per_address=5)) as server:
        assert not flood(server.address, 2.0, 40, OTHER)
        assert eventually(lambda: OTHER not in server.gate.inside)
        with ExitStack() as held:
            for _ in range(5):
                held.enter_context(connect(server, OTHER))
            assert eventually(lambda: server.gate.inside.get(OTHER) == 5)
            refused = ask(server, b"", OTHER)
            served = ask(server)
    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 1\r\n" in refused
    assert served.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("kind", KINDS)
def test_total_is_bounded_and_leaves_room_to_refuse(kind: Kind) -> None:
    """When the total is reached, clients of any address read a 503, however many come."""
    with kind(site(), bounds=Bounds(connections=3)) as server, ExitStack() as held:
        for _ in range(3):
            held.enter_context(connect(server))
        assert eventually(lambda: server.gate.total == 3)
        answers = [ask(server, b"") for _ in range(3 * MAX_REFUSED)]
    assert {answer[:12] for answer in answers} == {b"HTTP/1.1 503"}


@LINUX
@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_connections_leave_nothing_behind(kind: Kind) -> None:
    """After a thousand clients, served or gone, the process has as many descriptors as before."""

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    with kind(site()) as server:
        ask(server)
        before = descriptors()
        for number in range(1000):
            with connect(server) as client:
                if number % 3:
                    client.sendall(GET % b"/")
                if number % 3 == 2:
                    client.recv(100)
        assert ask(server).startswith(b"HTTP/1.1 200 ")  # so all before it have been accepted
        assert eventually(lambda: not server.gate.total and not server.connections)
        assert eventually(lambda: descriptors() <= before)
        assert server.gate.inside == {}


EMFILE = """
import logging, resource, socket, sys, threading, time
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
logging.disable()
from solutions import ch18_hardening as hardening
kind = getattr(hardening, sys.argv[1])
hardening.room = lambda bounds: 1000
server = kind(hardening.site(), bounds=hardening.Bounds(per_address=1000), **eval(sys.argv[2]))
server.thread.start()
print(server.address.port, flush=True)
sys.stdin.readline()
print(time.process_time(), flush=True)
sys.stdin.readline()
print(time.process_time(), flush=True)
sys.stdin.readline()
"""


@LINUX
@pytest.mark.parametrize(
    ("kind", "options"), [("HardServer", "dict(workers=64)"), ("HardLoop", "{}")]
)
def test_without_descriptors_it_does_not_spin(kind: str, options: str) -> None:
    """At 64 descriptors, clients beyond them are refused, and waiting costs no processor time."""
    process = subprocess.Popen(
        [sys.executable, "-c", EMFILE, kind, options],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout

    def processor_time() -> float:
        print(file=process.stdin, flush=True)
        return float(process.stdout.readline())  # type: ignore[union-attr]

    try:
        address = ("127.0.0.1", int(process.stdout.readline()))
        with ExitStack() as held:
            clients = []
            for _ in range(90):
                clients.append(held.enter_context(socket.create_connection(address, DEADLINE)))
                clients[-1].sendall(b"GET / HTTP/1.1\r\nX: ")
            time.sleep(0.3)
            begin = processor_time()
            time.sleep(1.0)
            used = processor_time() - begin
            refused = 0
            for client in clients:
                client.setblocking(False)
                with suppress(BlockingIOError):
                    with suppress(ConnectionError):
                        client.recv(100)
                    refused += 1
        served = eventually(lambda: is_served(address, 1.0))
    finally:
        process.kill()
        process.communicate()
    assert used < 0.25
    assert refused >= 20
    assert served


def test_loop_client_that_has_taken_its_response_slowly_is_idle() -> None:
    """From then on it has KEEP_ALIVE_TIMEOUT, not the time of one that is still reading."""
    request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n" + b"z" * 60_000
    with (
        mock.patch.object(ch12_connection, "KEEP_ALIVE_TIMEOUT", 0.1),
        mock.patch.object(ch12_connection, "SWEEP_INTERVAL", 0.05),
        mock.patch.object(ch12_connection, "MAX_UNSENT", 4096),
        of_connection("loop", echo) as address,
        socket.socket() as client,
    ):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(DEADLINE)
        client.connect(address)
        client.sendall(request)
        time.sleep(0.2)  # the kernel cannot take all of the response
        assert receive_all(client).endswith(b"z" * 60_000)


@mock.patch.multiple(ch12_connection, SWEEP_INTERVAL=0.05, LINGER_TIMEOUT=0.2)
@pytest.mark.parametrize("kind", KINDS)
def test_shut_down_loses_nothing(kind: Kind) -> None:
    """A download, a queue and an idle client: the first two are served, the third is dismissed."""
    server = kind(much)
    server.thread.start()
    with ExitStack() as opened:
        idle, download = (
            opened.enter_context(connect(server)),
            opened.enter_context(connect(server)),
        )
        idle.sendall(GET % b"/")
        received = 0
        while received <= len(MUCH):
            received += len(idle.recv(1 << 20))
        download.sendall(GET % b"/")
        got = len(download.recv(1000))
        queued = [opened.enter_context(connect(server)) for _ in range(5)]
        for client in queued:
            client.sendall(GET % b"/")
        cut: list[int] = []
        stopping = threading.Thread(target=lambda: cut.append(shut_down(server, DEADLINE)))
        stopping.start()
        assert idle.recv(10) == b""
        got += len(receive_all(download))
        answers = [receive_all(client) for client in queued]
        stopping.join()
        with pytest.raises(OSError):  # noqa: PT011
            connect(server)
    server.stop()
    assert cut == [0]
    assert got > len(MUCH)
    assert all(answer.endswith(MUCH) for answer in answers)
    assert sum(b"\r\nConnection: close\r\n" in answer[:300] for answer in answers) >= 1


@pytest.mark.parametrize("kind", KINDS)
def test_shut_down_cuts_off_at_its_deadline(kind: Kind) -> None:
    """A client that does not read is reset at the deadline: it does not take a part for the whole."""
    server = kind(much)
    server.thread.start()
    with connect(server) as client:
        client.sendall(LAST % b"/")
        client.recv(1000)
        start = time.monotonic()
        assert shut_down(server, 0.3) == 1
        assert 0.2 < time.monotonic() - start < DEADLINE / 2
        server.stop()
        with pytest.raises(ConnectionError):
            receive_all(client)


@pytest.mark.parametrize("kind", KINDS)
def test_own_attacks_fail_on_own_server(kind: Kind) -> None:
    """Slow heads and slow readers do not succeed."""
    with (
        mock.patch.multiple(ch12_connection, HEAD_TIMEOUT=0.3, SWEEP_INTERVAL=0.05),
        kind(site(), bounds=Bounds(rate=1000, grace=0.4)) as server,
    ):
        assert not slow_head(server.address, 1.5)
        assert not slow_reader(server.address, 1.5)


@pytest.mark.parametrize("kind", KINDS)
def test_log_has_one_line_for_each_request(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    """A target that decodes to line breaks and escapes is logged as one line."""
    with caplog.at_level(logging.INFO, logger="access"), kind(site()) as server:
        ask(server, LAST % b"/x%22%20404%0A127.0.0.1%20%22GET%20/%1B[2K")
    lines = [record.getMessage() for record in caplog.records if record.name == "access"]
    assert lines == [r'127.0.0.1 "GET /x\" 404\n127.0.0.1 \"GET /\x1b[2K" 404']


class WsgiOnThreads(HardServer):
    """A HardServer that hosts the WSGI application `handler`."""

    def handler_for(self, conn: socket.socket, name: FourTuple) -> Handler:
        """Return the application, for this client."""
        application: Any = self.handler
        return Hosted(application, name, partial(send, conn))


class WsgiOnLoop(HardLoop):
    """A HardLoop that hosts the WSGI application `handler`."""

    def handler_for(self, conn: Connection) -> Handler:
        """Return the application, for this client."""
        application: Any = self.handler
        name = four_tuple(conn.sock)
        return Hosted(application, name, partial(send_on, conn), has_threads=False)


@pytest.mark.parametrize("kind", [WsgiOnThreads, WsgiOnLoop])
def test_wsgi_application_sends_while_it_runs(kind: Kind, caplog: pytest.LogCaptureFixture) -> None:
    """What an application gives to write() arrives before it returns; the log has each status."""
    has_arrived = threading.Event()

    def application(environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/fails":
            raise ValueError
        if environ["PATH_INFO"] != "/":
            start_response("404 Not Found", [("Content-Length", "5")])
            return [b"never"]
        write = start_response("202 Accepted", [("Content-Length", "11")])
        write(environ["REMOTE_ADDR"].encode())
        return [b"ok" if has_arrived.wait(DEADLINE) else b"no"]

    bounds = Bounds(hosts=("localhost",))
    with (
        caplog.at_level(logging.INFO, logger="access"),
        kind(application, bounds=bounds) as server,
        connect(server) as client,
    ):
        client.sendall(GET % b"/")
        received = b""
        while not received.endswith(b"127.0.0.1"):
            received += client.recv(1000)
        has_arrived.set()
        assert client.recv(10) == b"ok"
        client.sendall(LAST.replace(b"localhost", b"evil.example") % b"/other")
        assert receive_all(client).startswith(b"HTTP/1.1 421 ")
        assert ask(server, LAST % b"/none").endswith(b"\r\n\r\nnever")
        assert ask(server, LAST % b"/fails").startswith(b"HTTP/1.1 500 ")
        server.is_closing = True
        assert b"\r\nConnection: close\r\n" in ask(server, GET % b"/")
    lines = [record.getMessage() for record in caplog.records if record.name == "access"]
    assert [line[-3:] for line in lines] == ["202", "421", "404", "500", "202"]


def test_client_that_comes_as_the_server_stops_leaves_the_gate() -> None:
    """The gate has let it in, and then the server has stopped: nobody is inside."""
    is_inside = threading.Event()

    class Slow(HardServer):
        def let_in(self, conn: socket.socket) -> Any:
            guarded = super().let_in(conn)
            is_inside.set()
            self.stopping.wait(DEADLINE)
            return guarded

    with Slow(site()) as server, connect(server):
        assert is_inside.wait(DEADLINE)
        assert server.gate.total == 1
        server.stop()
    assert (server.gate.total, server.gate.inside) == (0, {})


@pytest.mark.parametrize("kind", KINDS)
def test_only_allowed_hosts_are_answered(kind: Kind) -> None:
    """Another Host than the server's is 421, as in DNS rebinding."""
    with kind(site(), bounds=Bounds(hosts=("localhost",))) as server:
        good = ask(server, b"GET / HTTP/1.1\r\nHost: LOCALHOST:80\r\nConnection: close\r\n\r\n")
        evil = ask(server, b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert (good[:12], evil[:12]) == (b"HTTP/1.1 200", b"HTTP/1.1 421")


@pytest.mark.parametrize(
    ("fields", "proxies", "field", "address"),
    [
        ([], 0, "X-Forwarded-For", "192.0.2.1"),
        ([("X-Forwarded-For", "198.51.100.9")], 0, "X-Forwarded-For", "192.0.2.1"),
        ([("X-Forwarded-For", "198.51.100.9")], 1, "X-Forwarded-For", "198.51.100.9"),
        ([("X-Forwarded-For", "203.0.113.5, 198.51.100.9")], 1, "X-Forwarded-For", "198.51.100.9"),
        ([("X-Forwarded-For", "203.0.113.5, 198.51.100.9")], 2, "X-Forwarded-For", "203.0.113.5"),
        ([("X-Forwarded-For", "203.0.113.5")], 2, "X-Forwarded-For", "203.0.113.5"),
        (
            [("X-Forwarded-For", "203.0.113.5"), ("x-forwarded-for", "198.51.100.9")],
            1,
            "X-Forwarded-For",
            "198.51.100.9",
        ),
        ([("X-Forwarded-For", "198.51.100.9:4711")], 1, "X-Forwarded-For", "198.51.100.9"),
        ([("X-Forwarded-For", "2001:db8::1")], 1, "X-Forwarded-For", "2001:db8::1"),
        ([("X-Forwarded-For", "unknown")], 1, "X-Forwarded-For", "192.0.2.1"),
        ([("X-Forwarded-For", "a\x1b[2K")], 1, "X-Forwarded-For", "192.0.2.1"),
        ([("X-Forwarded-For", "")], 1, "X-Forwarded-For", "192.0.2.1"),
        ([("Forwarded", "for=203.0.113.5")], 1, "X-Forwarded-For", "192.0.2.1"),
        ([("Forwarded", "for=203.0.113.5")], 1, "Forwarded", "203.0.113.5"),
        (
            [("Forwarded", 'for=203.0.113.5, for="[2001:db8::1]:4711";proto=http')],
            1,
            "Forwarded",
            "2001:db8::1",
        ),
        ([("Forwarded", "proto=https;For=198.51.100.9")], 1, "Forwarded", "198.51.100.9"),
        ([("Forwarded", "for=_hidden")], 1, "Forwarded", "192.0.2.1"),
        ([("Forwarded", "proto=https")], 1, "Forwarded", "192.0.2.1"),
    ],
)
def test_client_is_counted_from_the_right(
    fields: list[tuple[str, str]], proxies: int, field: str, address: str
) -> None:
    assert client_address("192.0.2.1", Headers(fields), proxies, field) == address


@pytest.mark.parametrize(
    ("target", "host", "allowed"),
    [
        ("/", "shop.example", True),
        ("/", "SHOP.example:8000", True),
        ("/", "shop.example.", True),
        ("/", "[::1]:80", True),
        ("/", "evil.example", False),
        ("/", "shop.example.evil.example", False),
        ("/", "", False),
        ("/", None, False),
        ("http://evil.example/", "shop.example", False),
        ("http://shop.example?a", "evil.example", True),
    ],
)
def test_hosts_are_compared_without_ports(target: str, host: str | None, allowed: bool) -> None:
    headers = Headers([] if host is None else [("Host", host)])
    request = Request("GET", target, (1, 1), headers)
    assert allowed_host(request, ("shop.example", "[::1]")) is allowed
    assert allowed_host(request, ())


# TLS


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the context of a server, and of a client that trusts it."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"), "localhost", "a.test")
    return server_context(certificate, key), ssl.create_default_context(cafile=str(certificate))


def secured(server: Any, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Connect to a server over TLS."""
    return context.wrap_socket(
        connect(server), server_hostname="a.test", suppress_ragged_eofs=False
    )


@pytest.mark.parametrize("kind", KINDS)
def test_tls_carries_much_in_both_directions(kind: Kind, contexts: Any) -> None:
    """Content of many records arrives whole, and so does the response; then TLS ends cleanly."""
    for_server, for_client = contexts
    content = MUCH[:900_000]
    with kind(echo, context=for_server) as server, secured(server, for_client) as client:
        head = b"POST / HTTP/1.1\r\nHost: a.test\r\n%bContent-Length: %d\r\n\r\n"
        client.sendall(head % (b"", len(content)))
        for start in range(0, len(content), 7001):
            client.sendall(content[start : start + 7001])
        client.sendall(head % (b"Connection: close\r\n", 3) + b"end")
        came, is_complete = receive_to_the_end(client)
    assert is_complete
    assert came.count(b"HTTP/1.1 200 OK") == 2
    assert content in came
    assert came.endswith(b"\r\n\r\nend")


@pytest.mark.parametrize("kind", KINDS)
def test_tls_request_in_one_record_with_others_is_not_forgotten(kind: Kind, contexts: Any) -> None:
    """What OpenSSL keeps decrypted is answered, although select() says nothing of it."""
    for_server, for_client = contexts
    with (
        mock.patch.object(ch08_back_pressure, "CHUNK", 100),
        mock.patch.object(ch12_connection, "CHUNK", 100),
        kind(echo, context=for_server) as server,
        secured(server, for_client) as client,
    ):
        request = b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5000\r\n\r\n" + b"z" * 5000
        client.sendall(request * 3)
        came = 0
        while came < 15_000:
            came += client.recv(1 << 16).count(b"z")
    assert came == 15_000


def test_tls_socket_of_two_threads_is_used_by_one_at_a_time(contexts: Any) -> None:
    """One thread receives while another sends: OpenSSL has one of them inside, and all arrives."""
    for_server, for_client = contexts
    inside: set[str] = set()
    meetings: list[str] = []

    def watched(name: str) -> Callable[..., Any]:
        call = getattr(ssl.SSLSocket, name)

        def watch(conn: ssl.SSLSocket, *arguments: Any) -> Any:
            if not isinstance(conn, TlsSocket):
                return call(conn, *arguments)
            meetings.extend(inside)
            inside.add(name)
            try:
                time.sleep(0.001)  # the other could come in now
                return call(conn, *arguments)
            finally:
                inside.discard(name)

        return watch

    def send_records(conn: socket.socket) -> None:
        for _ in range(50):
            conn.sendall(b"w" * 100)

    def receive_records(conn: socket.socket) -> int:
        count = 0
        while count < 5000 and (data := conn.recv(100)):
            count += len(data)
        return count

    near, far = socket.socketpair()
    near.settimeout(DEADLINE)
    far.settimeout(DEADLINE)
    with (
        for_server.wrap_socket(near, server_side=True, do_handshake_on_connect=False) as server,
        ThreadPoolExecutor() as pool,
    ):
        shaken = pool.submit(server.do_handshake)
        with for_client.wrap_socket(far, server_hostname="a.test") as client:
            shaken.result()
            with (
                mock.patch.object(ssl.SSLSocket, "send", watched("send")),
                mock.patch.object(ssl.SSLSocket, "recv", watched("recv")),
            ):
                received = pool.submit(receive_records, server)
                sent = pool.submit(send_records, server)
                send_records(client)
                assert receive_records(client) == received.result() == 5000
                sent.result()
    assert not meetings


@pytest.mark.parametrize("kind", KINDS)
def test_plain_http_on_the_port_of_tls_is_answered(kind: Kind, contexts: Any) -> None:
    """A client that speaks http:// reads a 400 in plain text."""
    with kind(echo, context=contexts[0]) as server:
        assert ask(server) == PLAIN_HTTP
        assert eventually(lambda: server.gate.total == 0)


@pytest.mark.parametrize("kind", KINDS)
def test_slow_handshake_and_slow_reader_of_tls_are_cut_off(kind: Kind, contexts: Any) -> None:
    """A client that does not shake hands ends at the grace; a slow reader reads no clean end."""
    for_server, for_client = contexts
    with (
        mock.patch.object(ch12_connection, "SWEEP_INTERVAL", 0.05),
        kind(much, context=for_server, bounds=Bounds(rate=1e6, grace=0.4)) as server,
    ):
        with connect(server) as silent, suppress(ConnectionError):
            assert silent.recv(10) == b""
        with secured(server, for_client) as client:
            client.sendall(LAST % b"/")
            time.sleep(1.5)
            came, is_complete = receive_to_the_end(client)
        assert eventually(lambda: server.gate.total == 0)
    assert not is_complete
    assert len(came) < len(MUCH)


@pytest.mark.parametrize("kind", KINDS)
def test_tls_that_is_cut_is_told_from_tls_that_ends(kind: Kind, contexts: Any) -> None:
    """A handler that fails in the middle ends the connection without close_notify."""

    def breaks(_request: Request) -> Response:
        def pieces() -> Iterator[bytes]:
            yield b"some"
            raise RuntimeError("in the middle")

        return Response(pieces(), length=100)

    for_server, for_client = contexts
    logging.disable()
    try:
        with kind(breaks, context=for_server) as server, secured(server, for_client) as client:
            client.sendall(LAST % b"/")
            came, is_complete = receive_to_the_end(client)
    finally:
        logging.disable(logging.NOTSET)
    assert (is_complete, came.endswith(b"some")) in {(False, True), (False, False)}


@mock.patch.multiple(ch12_connection, SWEEP_INTERVAL=0.05, LINGER_TIMEOUT=0.2)
@pytest.mark.parametrize("kind", KINDS)
def test_shut_down_under_tls(kind: Kind, contexts: Any) -> None:
    """A download under TLS is served to its end, and the end is said in TLS."""
    for_server, for_client = contexts
    server = kind(much, context=for_server)
    server.thread.start()
    with secured(server, for_client) as client:
        client.sendall(LAST % b"/")
        first = client.recv(1000)
        cut: list[int] = []
        stopping = threading.Thread(target=lambda: cut.append(shut_down(server, DEADLINE)))
        stopping.start()
        came, is_complete = receive_to_the_end(client)
        stopping.join()
    server.stop()
    assert cut == [0]
    assert is_complete
    assert (first + came).endswith(MUCH)


def test_without_openssl_there_is_one_clear_line(tmp_path: Path) -> None:
    with (
        mock.patch.object(shutil, "which", return_value=None),
        pytest.raises(RuntimeError, match="openssl is not installed here"),
    ):
        make_certificate(tmp_path, "localhost")
