"""Chapter 6. How does one server serve many clients?

A server that serves one client after another is stopped by the first client that says nothing. With a
thread for each client, a silent client holds up nobody.

Threads cost memory and time, so a server limits their number. Data that threads share needs a lock, and
a lock is held for a few lines only.

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

MAX_WAITING = 1_048_576  # bytes: 1 MiB
CLOSE_TIMEOUT = 1.0  # seconds
MEMBER_TIMEOUT = 600.0  # seconds
RETRY_AFTER = 1.0  # seconds


def serve_in_thread(conn: socket.socket, handle: Handler) -> threading.Thread:
    """Start a new thread that serves one client. Return the thread at once, while it is running.

    The thread is a daemon. It calls your function `serve_client(conn, handle)` from the chapter
    accept, which also closes `conn`.
    """
    # TASK 1. Give Thread a function and its arguments, and let the new thread make the call.
    thread = threading.Thread(target=serve_client, args=(conn, handle), daemon=True)
    thread.start()
    return thread


class Pool:
    """A fixed number of daemon threads that do jobs. A job is a function without arguments.

    `__init__` is complete. Each of the threads runs `work`, which takes jobs from the queue `jobs`.
    """

    def __init__(self, size: int) -> None:
        self.jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.free = threading.Semaphore(size)  # counts the free threads, from task 3 on
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(size)]
        for thread in self.threads:
            thread.start()

    def work(self) -> None:
        """Take jobs from `jobs` and do them, until None comes. Each thread of the pool runs this.

            a job                       -> call it, once; then take the next
            a job raises an Exception   -> logging.exception() logs its traceback; then take the next
            None                        -> return

        What a job returns does not matter.
        """
        # TASK 2. A loop that takes a job, and calls it. An error ends the job, not the loop.
        while (job := self.jobs.get()) is not None:
            try:
                job()
            except Exception:
                logging.exception("a job failed")
            finally:
                self.free.release()

    def close(self) -> None:
        """Return when every job has been done and every thread has ended, however long it takes.

        Nobody puts a job into `jobs` after close() has been called.
        """
        # TASK 2. Tell the threads to end. Then wait for them.
        for _thread in self.threads:
            self.jobs.put(None)
        for thread in self.threads:
            thread.join()

    def submit(self, job: Job) -> None:
        """Hand a job to a free thread, and return: do not wait until the job is done.

            a thread is free        -> put the job into `jobs`
            all threads are busy    -> sleep until one is free, however long it takes; then put it

        A thread is free again as soon as its job has ended, with an error or without. No job waits
        in `jobs` for a thread.
        """
        # TASK 3. Here a thread stops being free. It becomes free again in `work`, so go back there.
        self.free.acquire()
        self.jobs.put(job)


class Server:
    """Accepts clients in one thread, and serves up to `workers` of them at the same time.

    This class is complete. `with Server(handle) as server:` starts it, and stops it at the end.

    While all workers are busy, one more client is accepted. It waits for the first worker that is
    free. All other clients wait in the kernel's queue.
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
        self.lock = threading.Lock()  # for `connections` and `stopping`
        self.connections: set[socket.socket] = set()
        self.stopping = threading.Event()

    def run(self) -> None:
        """Accept clients and hand them to the pool, until stop() wakes this thread."""
        while (conn := self.accept()) is not None:
            with self.lock:
                if self.stopping.is_set():
                    conn.close()
                    return
                self.connections.add(conn)
            self.pool.submit(partial(self.serve, conn))

    def accept(self) -> socket.socket | None:
        """Return the next client's connection, or None if the server is stopping.

        If the kernel has no socket left (accept(2), EMFILE), try again after cannot_accept().
        """
        while not self.stopping.is_set():
            try:
                return accept_next(self.listener, self.wake)
            except OSError:
                self.cannot_accept()
        return None

    def cannot_accept(self) -> None:
        """Log why no client can be accepted, and wait: a client may have left by then."""
        logging.exception("no client can be accepted")
        self.stopping.wait(RETRY_AFTER)

    def serve(self, conn: socket.socket) -> None:
        """Serve one client. Afterwards, forget its connection."""
        try:
            serve_client(conn, self.handle)
        finally:
            with self.lock:
                self.connections.discard(conn)

    def stop(self) -> None:
        """Stop listening, and return when all handlers have ended. A second call does nothing.

        Each connection is shut down for reading. To its handler, the client seems to have finished
        sending: recv() returns what has arrived already, and then b"". If a client does not read, the
        handler that sends to it ends when its timeout has passed. A handler must not call stop().
        """
        with self.lock:
            if self.stopping.is_set():
                return
            self.stopping.set()
            for conn in self.connections:
                with suppress(OSError):
                    conn.shutdown(socket.SHUT_RD)
        self.waker.send(b"!")
        if self.thread.ident is not None:  # the thread has been started
            self.thread.join()
        self.pool.close()
        for sock in (self.listener, self.waker, self.wake):
            sock.close()

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Room:
    """The members of a chat. Any thread may call any method at any time. `__init__` is complete."""

    def __init__(self) -> None:
        self.members: dict[str, Deliver] = {}  # by name
        self.lock = threading.Lock()  # for the members

    def join(self, name: str, deliver: Deliver) -> bool:
        """Add a member. To send the member a line, the room calls `deliver(line)`.

            the name is free    -> True
            the name is taken   -> False, and nothing changes

        If two threads join with the same name at the same time, one of them gets it.
        """
        # TASK 4. Check whether the name is free, and add the member.
        with self.lock:
            if name in self.members:
                return False
            self.members[name] = deliver
            return True

    def leave(self, name: str) -> None:
        """Remove a member. Do nothing if nobody has this name."""
        # TASK 4. Two threads may call this at the same time, with the same name.
        with self.lock:
            self.members.pop(name, None)

    def broadcast(self, line: str) -> None:
        """Call `deliver(line)` once for everybody who is a member now, the sender included.

        It returns when all these calls have returned. Meanwhile, any thread can join, leave and
        broadcast. `deliver` itself can do the same. A member who leaves during the delivery may or may
        not get the line. `deliver` never raises an error.
        """
        # TASK 4. Call the function of everybody who is a member at this moment.
        with self.lock:
            everybody = list(self.members.values())
        for deliver in everybody:
            deliver(line)


class Outbox:
    """Lines that wait to be sent to one client, and a daemon thread that sends them.

    `__init__` and `cut_off` are complete. The thread runs `send_all`. An outbox never closes `conn`.
    The owner of `conn` does that, after close().
    """

    def __init__(self, conn: socket.socket, limit: int = MAX_WAITING) -> None:
        self.conn = conn
        self.limit = limit
        self.waiting = bytearray()  # what `send_all` has not taken yet
        self.closing = False
        self.changed = threading.Condition()  # the lock for `waiting` and `closing`
        self.thread = threading.Thread(target=self.send_all, daemon=True)
        self.thread.start()

    def cut_off(self) -> None:
        """Shut the connection down, in both directions. A sendall() or recv() that waits on it ends."""
        with suppress(OSError):
            self.conn.shutdown(socket.SHUT_RDWR)

    def send_all(self) -> None:
        """Send what is in `waiting`, as soon as it is there. The outbox's thread runs this.

            `waiting` is not empty              -> take all of it out of `waiting`; then send it
            `waiting` is empty                  -> sleep until notify() is called
            `waiting` is empty, and `closing`   -> return
            sending raises an OSError           -> cut the client off, and return

        While sendall() runs, this thread does not hold the Condition.
        """
        # TASK 5. Take inside the `with`, send outside.
        try:
            while True:
                with self.changed:
                    self.changed.wait_for(lambda: self.waiting or self.closing)
                    taken, self.waiting = self.waiting, bytearray()
                if not taken:
                    return
                self.conn.sendall(taken)
        except OSError:
            self.cut_off()

    def put(self, line: str) -> None:
        """Add a line and its LF to `waiting`, as UTF-8, and return at once.

            `waiting` has fewer than `limit` bytes  -> the line is added, however long it is
            `waiting` has `limit` bytes or more     -> the line is dropped, and the client is cut off

        For example, "hé" adds four bytes, because é takes two. What `send_all` has taken does not
        count. put() raises nothing, even if the client has gone or the outbox is closed.
        """
        # TASK 6. Inside one `with`, check how much waits, add the line, and notify.
        with self.changed:
            if len(self.waiting) < self.limit:
                self.waiting += f"{line}\n".encode()
                self.changed.notify()
                return
        self.cut_off()

    def close(self, seconds: float = CLOSE_TIMEOUT) -> None:
        """Let the thread send what is in `waiting`, and return when the thread has ended.

            the thread ends within `seconds`    -> the connection stays as it is
            the thread does not                 -> cut the client off, and wait for the thread again

        A second call changes nothing.
        """
        # TASK 6. Set `closing`, and notify. Then wait for the thread, outside the `with`.
        with self.changed:
            self.closing = True
            self.changed.notify()
        self.thread.join(seconds)
        if self.thread.is_alive():
            self.cut_off()
            self.thread.join()


def chat(conn: socket.socket, room: Room) -> None:
    """Serve one member of a chat, and close its connection. This function is complete.

    The first line is the member's name. If it is empty, or if there is none, the connection is closed.
    Half a line, a line that is too long, or bytes that are not UTF-8 end the conversation.

    Raises OSError if the connection breaks or times out.
    """
    reader, outbox = ByteReader(conn), Outbox(conn)
    try:
        if name := reader.read_line():
            talk(name, reader, outbox, room)
    except ValueError:
        logging.info("a member sent something that is not a line")
    finally:
        outbox.close()
        close_gracefully(conn, CLOSE_TIMEOUT)


def talk(name: str, reader: ByteReader, outbox: Outbox, room: Room) -> None:
    """Let a client join the room, speak, and leave. The client has already sent its name, such as ada.

        the name ada is taken         -> this client alone gets `* ada is taken`; return
        the name ada is free          -> everybody gets `* ada joined`, ada included
        a line, such as hello         -> everybody gets `ada: hello`
        an empty line                 -> everybody gets `ada: `
        the lines end                 -> ada leaves the room; then the others get `* ada left`
        read_line() raises an error   -> the same; then the error goes on to the caller

    Keep every space of a name and of a line.
    """
    # TASK 7. Join. `try` to speak. `finally` leave.
    if not room.join(name, outbox.put):
        outbox.put(f"* {name} is taken")
        return
    try:
        room.broadcast(f"* {name} joined")
        while (line := reader.read_line()) is not None:
            room.broadcast(f"{name}: {line}")
    finally:
        room.leave(name)
        room.broadcast(f"* {name} left")


def serve(host: str, port: int) -> None:
    """Run a chat for up to 200 members, until Ctrl-C."""
    room = Room()

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        conn.settimeout(MEMBER_TIMEOUT)
        chat(conn, room)

    with Server(handle, 200, host, port) as server:
        announce(server.address)
        wait_for_ctrl_c(several=True)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A chat: your first line is your name."))
