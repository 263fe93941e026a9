"""The Server that is given in the chapter threads: errors of accept(), silent clients, its end."""

import errno
import socket
import threading
import time
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from course.checks.peers import logged_errors, receive_all
from solutions import ch06_threads
from solutions.ch06_threads import Server

PATIENCE = 5.0  # seconds


def echo_back(conn: socket.socket, _name: object) -> None:
    while piece := conn.recv(65536):
        conn.sendall(piece)


def client_of(server: Server) -> socket.socket:
    return socket.create_connection(server.address, timeout=PATIENCE)


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


class Failing(socket.socket):
    """A listener whose accept() raises some errors first."""

    errors: list[int]

    def accept(self) -> tuple[socket.socket, object]:
        if self.errors:
            number = self.errors.pop(0)
            raise OSError(number, "played by the test")
        return super().accept()


@pytest.mark.parametrize("number", [errno.ECONNABORTED, errno.EMFILE, errno.ENFILE])
def test_an_error_of_accept_does_not_end_the_server(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ch06_threads, "RETRY_AFTER", 0.01)
    server = Server(echo_back)
    server.listener = listener = Failing(fileno=server.listener.detach())
    listener.errors = [number] * 3
    with logged_errors() as logged, server, client_of(server) as client:
        client.sendall(b"still there?")
        assert client.recv(100) == b"still there?"
    assert logged == ([] if number == errno.ECONNABORTED else ["OSError"] * 3)


def test_it_stops_at_once_while_no_socket_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ch06_threads, "RETRY_AFTER", 600.0)
    server, failed = Server(echo_back), SimpleQueue[bool]()

    def accept_next(_listener: object, _wake: object) -> None:
        failed.put(True)
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(ch06_threads, "accept_next", accept_next)
    with logged_errors() as logged, server:
        failed.get(timeout=PATIENCE)
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE
    assert logged == ["OSError"]


def test_silent_clients_cost_a_worker_each() -> None:
    with (
        Server(echo_back, workers=3) as server,
        client_of(server),
        client_of(server) as silent,
        client_of(server) as client,
        client_of(server) as beyond,
        client_of(server) as further,
    ):
        beyond.sendall(b"I wait")
        further.sendall(b"so do I")
        client.sendall(b"hi")
        assert client.recv(9) == b"hi"
        client.close()
        assert beyond.recv(9) == b"I wait"
        silent.close()
        assert further.recv(9) == b"so do I"


def test_it_stops_though_clients_are_silent_and_each_is_answered() -> None:
    begun = SimpleQueue[object]()

    def handle(conn: socket.socket, name: object) -> None:
        begun.put(name)
        conn.sendall(b"goodbye" if conn.recv(100) == b"" else b"?")

    with (
        Server(handle, workers=2) as server,
        client_of(server) as first,
        client_of(server) as second,
        client_of(server),
        client_of(server),
    ):
        begun.get(timeout=PATIENCE)
        begun.get(timeout=PATIENCE)
        server.stop()
        assert receive_all(first) == receive_all(second) == b"goodbye"
        with pytest.raises(ConnectionError):
            client_of(server)
        server.stop()


def test_it_can_be_stopped_before_it_starts() -> None:
    server = Server(echo_back)
    server.stop()
    assert server.listener.fileno() == -1
