"""What chapters give to learners, and what no promise is about: it has to hold out as well."""

import errno
import socket
import threading

from solutions.ch07_event_loop import READ, EventLoop, accept_on


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
