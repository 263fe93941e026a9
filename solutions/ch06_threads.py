"""Chapter 6. How does one server serve many clients?

A server that serves one client after the other is stopped by the first that says nothing. Give each
client a thread, and it harms nobody else. But threads are not free, so their number needs a bound;
and what they share needs a lock, held for as short a time as can be.

Run it by hand:  python3 -m solutions.ch06_threads --port 8000
"""

from __future__ import annotations

import logging
import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import Endpoint, FourTuple
from .ch03_accept import Handler, accept_next, serve_client
from .ch04_closing import close_gracefully, open_listener
from .ch05_framing import ByteReader

Job = Callable[[], object]
Deliver = Callable[[str], object]

LAST_WORDS = 1.0  # seconds for what waits to be sent when a member leaves
LONGEST_OUTBOX = 1 << 20  # bytes
SILENCE = 600.0  # seconds for which a member may listen without a word


def serve_in_thread(conn: socket.socket, handle: Handler) -> threading.Thread:
    """Serve one client in a thread of its own, as chapter 3's `serve_client` does; return at once.

    The thread is a daemon: a client who stays does not keep the program from ending.

    Returns the thread, which is running.
    """
    # TASK 1. A thread is given a function and its arguments; it makes the call itself.
    thread = threading.Thread(target=serve_client, args=(conn, handle), daemon=True)
    thread.start()
    return thread


class Pool:
    """A fixed number of daemon threads that do jobs, each job in one of them.

    It does not grow, and no job ever waits in it for a free thread: whoever has one while all are
    busy, waits.
    """

    def __init__(self, size: int) -> None:
        # TASK 2. Start `size` daemon threads, which take jobs until there are no more.
        self._free = threading.Semaphore(size)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        """Hand a job over. While all threads are busy, wait: this is how the pool pushes back.

        An error in a job is logged, with its traceback, by `logging.exception`; the thread goes on
        to the next job.
        """
        # TASK 2. Wait until a thread is free, then give it the job.
        self._free.acquire()
        self._jobs.put(job)

    def close(self) -> None:
        """Return when every job that was handed over is done and the threads have ended.

        Nobody calls submit() afterwards.
        """
        # TASK 2. Tell each thread that no more jobs come, and wait for it.
        for _thread in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    # Not in the starter.
    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                logging.exception("a job failed")
            finally:
                self._free.release()


class Server:
    """Accepts clients in a thread of its own and serves up to `workers` of them at the same time.

    While all workers are busy, one more client is accepted and waits for the first of them; the
    rest wait in the kernel's queue. As a context manager a server starts on entry and stops on
    exit. There is nothing to write here.
    """

    def __init__(
        self,
        handle: Handler,
        workers: int = 32,
        host: str = "127.0.0.1",
        port: int = 0,
        backlog: int = 128,
    ) -> None:
        self.handle = handle
        self.listener = open_listener(host, port, backlog)
        self.address = Endpoint(*self.listener.getsockname())
        self.waker, self.wake = socket.socketpair()
        self.pool = Pool(workers)
        self.thread = threading.Thread(target=self.run, name="acceptor", daemon=True)
        self.lock = threading.Lock()  # for the two names below
        self.connections: set[socket.socket] = set()
        self.stopping = False

    def run(self) -> None:
        """Accept clients and hand them to the pool, until stop() wakes the thread up."""
        while (conn := accept_next(self.listener, self.wake)) is not None:
            with self.lock:
                if self.stopping:
                    conn.close()
                    return
                self.connections.add(conn)
            self.pool.submit(partial(self.serve, conn))

    def serve(self, conn: socket.socket) -> None:
        """Serve one client; stop() can reach it meanwhile."""
        try:
            serve_client(conn, self.handle)
        finally:
            with self.lock:
                self.connections.discard(conn)

    def stop(self) -> None:
        """Stop listening, and return when all handlers have ended. A second call does nothing.

        Whoever is being served reads the end of its stream, as if the client had finished, and may
        answer what came before. A handler that sends to a client who does not read ends after
        chapter 3's CLIENT_TIMEOUT at the latest. Not to be called by a handler.
        """
        with self.lock:
            if self.stopping:
                return
            self.stopping = True
            for conn in self.connections:
                with suppress(OSError):
                    conn.shutdown(socket.SHUT_RD)
        self.waker.send(b"!")
        if self.thread.ident is not None:
            self.thread.join()
        self.pool.close()
        for sock in (self.listener, self.waker, self.wake):
            sock.close()

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Outbox:
    """Lines that wait to be sent to one client, and a daemon thread that sends them.

    Each line goes out as UTF-8 with LF at its end. The connection itself is closed by whoever
    opened it, after close().
    """

    def __init__(self, conn: socket.socket, limit: int = LONGEST_OUTBOX) -> None:
        # TASK 3. What the threads share, and the one Condition that guards it.
        self._conn = conn
        self._limit = limit
        self._waiting = bytearray()
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._send_all, daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        """Add a line to send. It never waits, whatever the client does.

        A client for whom `limit` bytes wait already (the new line not counted; those that are just
        being sent counted or not, as you like) is too slow: it gets no more, and is cut off by
        `shutdown(SHUT_RDWR)`, so that whoever reads from it notices. It is cut off, too, if sending
        fails. Nothing is raised, whether the client has gone or the outbox is closed.
        """
        # TASK 3. Either there is room, or the client is cut off.
        with self._changed:
            if len(self._waiting) < self._limit:
                self._waiting += f"{line}\n".encode()
                self._changed.notify()
                return
        self._cut_off()

    def close(self, seconds: float = LAST_WORDS) -> None:
        """Send what still waits, for `seconds` at most, then cut off; return with the thread ended.

        If all was sent in time, the connection stays as it is.
        """
        # TASK 3. The thread has to learn that no more lines come, and may be blocked in sending.
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._cut_off()
            self._thread.join()

    # Not in the starter.
    def _send_all(self) -> None:
        try:
            while waiting := self._take():
                self._conn.sendall(waiting)
        except OSError:
            self._cut_off()

    # Not in the starter.
    def _take(self) -> bytes:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            taken = bytes(self._waiting)
            self._waiting.clear()
            return taken

    # Not in the starter.
    def _cut_off(self) -> None:
        with suppress(OSError):
            self._conn.shutdown(socket.SHUT_RDWR)


class Room:
    """Who is here, and how to reach them. Any thread may call any method at any time.

    The lock is held only while the members are looked at or changed, never while a line is
    delivered: that is other people's code.
    """

    def __init__(self) -> None:
        # TASK 4. The members, by name, and a lock for them.
        self._members: dict[str, Deliver] = {}
        self._lock = threading.Lock()

    def join(self, name: str, deliver: Deliver) -> bool:
        """Add a member, whose lines go to `deliver(line)`, which raises nothing.

        Returns False, and changes nothing, if the name is taken.
        """
        # TASK 4. To look and then to add are two steps; nobody may come between them.
        with self._lock:
            if name in self._members:
                return False
            self._members[name] = deliver
            return True

    def leave(self, name: str) -> None:
        """Take a member out; nothing happens if there is none of that name."""
        # TASK 4. Any thread may be going through the members at this moment.
        with self._lock:
            self._members.pop(name, None)

    def broadcast(self, line: str) -> None:
        """Deliver a line to everybody who is here at this moment, the sender included.

        `deliver` may call any method of the room, too. Whoever leaves meanwhile may still hear it.
        """
        # TASK 4. Copy under the lock, deliver without it.
        with self._lock:
            everybody = list(self._members.values())
        for deliver in everybody:
            deliver(line)


def chat(conn: socket.socket, room: Room) -> None:
    """Serve one member of a chat, from the first line to the last.

    The first line is the member's name. Everybody, the member too, reads `* ada joined`, then
    `ada: hello` for each line, even an empty one. In the end, however it comes, the others read
    `* ada left`, and the name is free by then. An empty name is the end; a name that is taken gets
    the answer `* ada is taken` and the end. A line that is no UTF-8, too long, or cut off in the
    middle is told to nobody: it is the end of this member, also if it is the first. The connection
    is closed gracefully, within LAST_WORDS.

    Raises OSError if the connection breaks or times out: the member leaves first.
    """
    # TASK 5. Join, read lines and broadcast them; leave on every way out.
    reader, outbox = ByteReader(conn), Outbox(conn)
    try:
        name = reader.read_line()
        if name and room.join(name, outbox.put):
            try:
                room.broadcast(f"* {name} joined")
                while (line := reader.read_line()) is not None:
                    room.broadcast(f"{name}: {line}")
            finally:
                room.leave(name)
                room.broadcast(f"* {name} left")
        elif name:
            outbox.put(f"* {name} is taken")
    except ValueError:
        logging.info("a member sent what is no line")
    finally:
        outbox.close()
        close_gracefully(conn, LAST_WORDS)


def serve(host: str, port: int) -> None:
    """Run a chat for up to 200 members, until Ctrl-C."""
    room = Room()

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        conn.settimeout(SILENCE)
        chat(conn, room)

    with Server(handle, 200, host, port) as server:
        announce(server.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A chat: your first line is your name."))
