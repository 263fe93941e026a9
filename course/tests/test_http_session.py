"""The connection of *response* on our event loop: what a round answers goes out at its end."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator

import pytest

from solutions.ch07_event_loop import EventLoop
from solutions.ch08_back_pressure import Connection
from solutions.ch09_request import Request
from solutions.ch11_response import Handler, Response
from solutions.ch12_connection import HttpSession

GET = b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n"


class Clients:
    """Clients of one loop, which is run by the test."""

    def __init__(self, loop: EventLoop) -> None:
        self.events: list[str] = []
        self._loop = loop
        self._sockets: list[socket.socket] = []

    def send(self, data: bytes, handler: Handler) -> socket.socket:
        """Connect, and send something before the loop runs."""
        client, server = socket.socketpair()
        client.settimeout(2)
        client.sendall(data)
        conn = Connection(self._loop, server, lambda conn: HttpSession(conn, handler))
        write = conn.write

        def noted(data: bytes) -> None:
            self.events.append("write")
            write(data)

        conn.write = noted  # type: ignore[method-assign]
        self._sockets += [client, server]
        return client

    def app(self, request: Request) -> Response:
        """Answer a request, and note that."""
        self.events.append(request.target)
        return Response(request.target.encode())

    def serve(self) -> None:
        """Run the loop for one round of the sockets and one of its calls."""
        self._loop.call_later(0, lambda: self._loop.call_later(0, self._loop.stop))
        self._loop.run()

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


def test_a_round_is_answered_before_anything_is_sent(clients: Clients) -> None:
    one = clients.send(GET % b"/1", clients.app)
    two = clients.send(GET % b"/2" + GET % b"/3", clients.app)
    clients.serve()
    assert sorted(clients.events[:3]) == ["/1", "/2", "/3"]
    assert clients.events[3:] == ["write", "write"]
    assert one.recv(65536).endswith(b"\r\n\r\n/1")
    assert two.recv(65536).count(b"HTTP/1.1 200 OK\r\n") == 2


def test_nothing_is_written_before_a_request_is_whole(clients: Clients) -> None:
    clients.send(b"GET / HT", clients.app)
    clients.serve()
    assert clients.events == []


def test_the_last_response_is_sent_and_then_the_connection_ends(clients: Clients) -> None:
    client = clients.send(b"GET / HTTP/1.0\r\n\r\n", clients.app)
    clients.serve()
    assert client.recv(65536).endswith(b"\r\n\r\n/")
    assert client.recv(65536) == b""


def test_what_was_answered_before_a_stream_fails_is_sent(
    clients: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    def app(request: Request) -> Response:
        return Response(broken()) if request.target == "/2" else clients.app(request)

    def broken() -> Iterator[bytes]:
        yield b"begun"
        raise ZeroDivisionError

    client = clients.send(GET % b"/1" + GET % b"/2", app)
    other = clients.send(GET % b"/3", clients.app)
    with caplog.at_level(logging.CRITICAL, logger="root"):
        clients.serve()
    came = client.recv(65536)
    assert b"\r\n\r\n/1HTTP/1.1 200 OK\r\n" in came
    assert not came.endswith(b"0\r\n\r\n")
    assert client.recv(65536) == b""
    assert other.recv(65536).endswith(b"\r\n\r\n/3")
