"""The chat holds out with many members, on our threads and on our event loop."""

import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial

import psutil
import pytest

from course.checks.peers import reset
from solutions import ch06_threads, ch07_event_loop, ch08_back_pressure
from solutions.ch02_four_tuple import Endpoint
from solutions.ch04_closing import open_listener

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="counts descriptors, as Unix does")

SURVIVORS, VANISHING, DEAF = 175, 20, 5
GROUP, SAID_AT_ONCE, LENGTH = 25, 2, 800  # members who talk at a time; their lines; characters
LIMIT = 48_000  # bytes that may wait for a member: more than a group says, far less than all say
SENDING, DEAF_EAR = 16_384, 4096  # bytes of the kernel's buffers: the server's, a deaf member's
PATIENCE = 20.0  # s for everything; it takes one or two

ChatServer = Callable[[ch06_threads.Room], AbstractContextManager[Endpoint]]


@contextmanager
def on_threads(room: ch06_threads.Room) -> Iterator[Endpoint]:
    server = ch06_threads.Server(lambda conn, _name: ch06_threads.chat(conn, room), workers=200)
    server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENDING)
    with server:
        yield server.address


@contextmanager
def on_a_loop(room: ch06_threads.Room) -> Iterator[Endpoint]:
    with ch07_event_loop.EventLoop() as loop, open_listener() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENDING)
        make_session = partial(ch08_back_pressure.ChatSession, room=room)
        ch08_back_pressure.serve_on(loop, listener, make_session)
        thread = threading.Thread(target=loop.run)
        thread.start()
        try:
            yield Endpoint(*listener.getsockname())
        finally:
            loop.stop()
            thread.join()


both_servers = pytest.mark.parametrize("serving", [on_threads, on_a_loop])


class Member:
    def __init__(self, address: Endpoint, name: str) -> None:
        self.name = name
        self.sock = socket.socket()
        if name.startswith("deaf"):
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DEAF_EAR)
        self.sock.connect(address)
        self.sock.sendall(f"{name}\n".encode())
        self.lines: list[str] = []
        self.said = 0  # lines that do not say who comes and goes
        self.at_the_end = False
        self._begun = b""

    def receive(self) -> None:
        piece = self.sock.recv(65536)
        self.at_the_end = not piece
        *lines, self._begun = (self._begun + piece).split(b"\n")
        self.lines += [line.decode() for line in lines]
        self.said += sum(not line.startswith(b"* ") for line in lines)


def read(members: list[Member], until: Callable[[Member], bool]) -> None:
    """Read from all members until each has what it waits for."""
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        for member in members:
            if not until(member):
                selector.register(member.sock, selectors.EVENT_READ, member)
        while selector.get_map():
            ready = selector.select(max(0, deadline - time.monotonic()))
            assert ready, f"{len(selector.get_map())} members wait for lines that do not come"
            for key, _events in ready:
                key.data.receive()
                if until(key.data):
                    selector.unregister(key.fileobj)
                else:
                    assert not key.data.at_the_end, f"{key.data.name} was cut off"


def descriptors() -> int:
    return psutil.Process().num_fds()


@both_servers
def test_the_rest_get_every_line(serving: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ch06_threads, "Outbox", partial(ch06_threads.Outbox, limit=LIMIT))
    monkeypatch.setattr(ch08_back_pressure, "MAX_WAITING", LIMIT)
    before, threads_before = descriptors(), threading.active_count()
    room = ch06_threads.Room()

    with ExitStack() as stack, serving(room) as address:

        def join(kind: str, count: int) -> list[Member]:
            members = [Member(address, f"{kind}{number}") for number in range(count)]
            for member in members:
                stack.callback(member.sock.close)
            return members

        [first] = join("first", 1)
        read([first], lambda member: "* first0 joined" in member.lines)
        survivors = [first, *join("survivor", SURVIVORS - 1)]
        vanishing, deaf = join("vanishing", VANISHING), join("deaf", DEAF)
        joined = SURVIVORS + VANISHING + DEAF
        read([first], lambda member: len(member.lines) == joined)

        for number, member in enumerate(vanishing):
            member.sock.sendall(b"half a li")
            if number % 2:
                reset(member.sock)
            else:
                member.sock.shutdown(socket.SHUT_WR)

        talk = {
            member.name: [f"{member.name}: {n} ".ljust(LENGTH, ".") for n in range(SAID_AT_ONCE)]
            for member in survivors
        }
        for start in range(0, SURVIVORS, GROUP):
            group = survivors[start : start + GROUP]
            for member in group:
                words = [line.partition(": ")[2] for line in talk[member.name]]
                member.sock.sendall("".join(f"{line}\n" for line in words).encode())
            so_far = SAID_AT_ONCE * (start + len(group))
            read(survivors, lambda member, so_far=so_far: member.said == so_far)

        gone = {f"* {member.name} left" for member in vanishing + deaf}
        read(survivors, lambda member: gone <= set(member.lines))
        for member in deaf:
            assert cut_short(member.sock) < SURVIVORS * SAID_AT_ONCE * LENGTH

        for member in survivors:
            member.sock.shutdown(socket.SHUT_WR)
        read(survivors, lambda member: member.at_the_end)

    for member in survivors:
        heard: dict[str, list[str]] = {name: [] for name in talk}
        for line in member.lines:
            if not line.startswith("* "):
                heard[line.partition(":")[0]].append(line)
        assert heard == talk, member.name
    assert all(room.join(member.name, print) for member in survivors + vanishing + deaf)
    assert threading.active_count() == threads_before
    assert descriptors() == before


def cut_short(sock: socket.socket) -> int:
    """Return how many bytes come before the end of the stream, or before it breaks."""
    sock.settimeout(PATIENCE)
    count = 0
    try:
        while piece := sock.recv(65536):
            count += len(piece)
    except ConnectionError:
        pass
    return count


@both_servers
def test_a_thousand_come_and_go(serving: ChatServer) -> None:
    room = ch06_threads.Room()
    with serving(room) as address:
        with socket.create_connection(address) as first:
            first.sendall(b"\n")
            assert first.recv(1) == b""  # all that the server needs is open now
            before = descriptors() + threading.active_count()
        for number in range(1000):
            if number % 10:
                client = socket.create_connection(address)
            else:
                client = Member(address, f"member{number}").sock
            if number % 3:
                reset(client)
            client.close()
        deadline = time.monotonic() + PATIENCE
        while descriptors() + threading.active_count() > before:
            assert time.monotonic() < deadline, (before, descriptors(), threading.enumerate())
            time.sleep(0.01)
    assert all(room.join(f"member{number}", print) for number in range(1000))
