"""Chapter 18. How will it be attacked?

Anything that a peer can make grow needs three bounds: on one unit, on the total, and on the time.
Earlier chapters have bounded most units. Here you attack your own servers, and then bound the time and
the total. The server stops without losing a request, and no client can forge a line of its log.

What uses what:

    slow_head, slow_reader (given)   Deadline
    flood                            is_served (given)
    HardServer, HardLoop (given)     Gate
    Pace (given)                     TimeLimit (chapter *connection*), RateFloor, Deadline
    shut_down                        Deadline
    Visitor (given)                  client_address, allowed_host (given), log_line

Run it by hand:  python3 -m solutions.ch18_hardening --port 8000 [--loop]
"""

from __future__ import annotations

import logging
import os
import re
import selectors
import signal
import socket
import ssl
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack, suppress
from functools import partial, wraps
from ipaddress import ip_address
from itertools import repeat
from time import monotonic
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Protocol, TypeVar
from urllib.parse import unquote

from course.by_hand import CannotRun, announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import Endpoint, FourTuple
from .ch03_accept import CLIENT_TIMEOUT, accept_now
from .ch04_closing import End, abort, close_gracefully, open_listener, receive_within
from .ch06_threads import Pool, Server
from .ch07_event_loop import READ, RETRY_AFTER, WRITE, EventLoop
from .ch08_back_pressure import Connection
from .ch09_request import Headers, Request
from .ch11_response import Handler, Outgoing, Response
from .ch12_connection import (
    HttpConnection,
    HttpServer,
    HttpSession,
    Idle,
    State,
    Sweep,
    TimeLimit,
    serve_http,
    serve_site,
)
from .ch13_routing import Router, page, plain
from .grammar import list_members
from .tls import PLAIN_HTTP, TlsSocket, is_plain_http

MAX_LOGGED = 200  # characters of a path that a log line keeps
MAX_REFUSED = 16  # refused clients that may still be reading why
REFUSAL_TIMEOUT = 0.5  # seconds that a refused client has to read why
SHUTDOWN_TIMEOUT = 10.0  # seconds that clients still have when the server stops
LAST_WORDS = 0.1  # seconds that a client has for one more request while the server stops
RESERVED = 32  # descriptors that are not for clients
ROUND = 64  # clients that a loop accepts before it serves the others again

BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
    b"Content-Length: 0\r\n\r\n"
)

Answer = TypeVar("Answer")


class Bounds(NamedTuple):
    """How much of a server its clients may use, each of them and all together."""

    connections: int = 1000  # open at the same time
    per_address: int = 50  # open at the same time from one address
    rate: float = 500.0  # octets per second: a slower client is disconnected
    grace: float = 20.0  # seconds for which a client may be slower
    content: float = 300.0  # seconds for all of a request's content
    hosts: tuple[str, ...] = ()  # which the Host field may name; () allows every host
    proxies: int = 0  # trusted proxies between the clients and this server
    proxy_field: str = "X-Forwarded-For"  # the field that they write, or "Forwarded"


class TooSlow(OSError):
    """A client has been too slow for too long."""


class Deadline:
    """The moment that is `seconds` from now, by a clock. `__init__` is complete."""

    def __init__(self, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self.at = clock() + seconds

    @property
    def left(self) -> float:
        """How many seconds are left until that moment. Afterwards it is 0.0, never less.

        Deadline(10).left    → 10.0 at once, 7.5 after 2.5 seconds, 0.0 after 10 seconds or more
        """
        # TASK 1. self.clock() is the time now.
        return max(0.0, self.at - self.clock())


class RateFloor:
    """How slow a peer may be: `rate` octets per second, after `grace` seconds. `__init__` is complete.

    `left` is the peer's account, in seconds. It starts full, with `grace` seconds.
    """

    __slots__ = ("grace", "left", "rate")

    def __init__(self, rate: float, grace: float) -> None:
        self.rate = rate
        self.grace = grace
        self.left = grace

    def moved(self, octets: int, seconds: float) -> None:
        """Note that the server has waited for the peer for `seconds`, and then `octets` moved.

            the wait           → takes `seconds` from `left`
            nothing is left    → `left` is 0.0; raise TooSlow. It stays 0.0, so every later call
                                 raises TooSlow as well
            something is left  → each octet puts 1 / rate seconds back, up to `grace`

        RateFloor(500, 20), and moved(1000, 5):    20 - 5 + 2 = 17 are left
        """
        # TASK 1. First take, then look, then put back.
        self.left = max(0.0, self.left - seconds)
        if not self.left:
            raise TooSlow(f"less than {self.rate} octets per second")
        self.left = min(self.grace, self.left + octets / self.rate)


def fails_on_error(attack: Callable[[Endpoint, float], bool]) -> Callable[[Endpoint, float], bool]:
    """Make an attack return False where it would raise an OSError. This decorator is given.

    A server that defends itself may reset the connection, or refuse it.
    """

    @wraps(attack)
    def attempt(address: Endpoint, seconds: float) -> bool:
        try:
            return attack(address, seconds)
        except OSError:
            return False

    return attempt


@fails_on_error
def slow_head(address: Endpoint, seconds: float) -> bool:
    r"""Attack a server with a head that never ends. Return True if it still waits after `seconds`.

    Send HEAD_BEGINS. Then, until `seconds` are over, send b"x" and wait with
    receive_within(conn, `seconds` / 20), again and again:

        nothing happens until `seconds` are over                 → True     the server is weak
        the server answers, or finishes or breaks the connection → False    at once
    """
    # TASK 2. receive_within(), from the chapter *closing*, returns End.OPEN if nothing happens.
    deadline = Deadline(seconds)
    with socket.create_connection(address) as conn:
        conn.sendall(HEAD_BEGINS)
        while deadline.left:
            conn.sendall(b"x")
            if receive_within(conn, seconds / 20) is not End.OPEN:
                return False
    return True


def flood(address: Endpoint, seconds: float, count: int, source: str = "127.0.0.2") -> bool:
    """Attack a server with many connections. Return True if nobody else is served any more.

    Open `count` connections from the address `source`. Send HEAD_BEGINS on each, and keep it open.
    Then ask is_served(address, seconds): True → return False; False → return True. Whatever happens,
    close all the connections.

    An OSError ends one connection only: go on with the next. Each connection has a timeout of
    `seconds` / `count`, to connect and to send.
    """
    # TASK 3. socket.create_connection(address, seconds / count, (source, 0)) connects from `source`.
    with ExitStack() as opened:
        for _ in range(count):
            with suppress(OSError):
                conn = socket.create_connection(address, seconds / count, (source, 0))
                opened.enter_context(conn).sendall(HEAD_BEGINS)
        return not is_served(address, seconds)


class Gate:
    """Counts the connections of a server: all of them, and those of each address.

    `__init__` and leave() are complete. Several threads call the methods at the same time.
    """

    def __init__(self, connections: int, per_address: int) -> None:
        self.connections = connections  # how many may be inside
        self.per_address = per_address  # how many of one address may be inside
        self.inside: dict[str, int] = {}  # an address → its connections that are inside
        self.total = 0  # all connections that are inside
        self.lock = threading.Lock()  # for `inside` and `total`

    def enter(self, address: str) -> bool:
        """Let a connection from this address in, if there is room. Return whether it is inside.

            `connections` are inside                   → False; `total` and `inside` do not change
            `per_address` of this address are inside   → False; the same
            otherwise                                  → True; count it in `total` and in `inside`

        With Gate(3, 2), the addresses a, a, a, b, c get True, True, False, True, False.
        """
        # TASK 4. Hold the lock from the first look to the last change.
        with self.lock:
            count = self.inside.get(address, 0)
            if self.total >= self.connections or count >= self.per_address:
                return False
            self.inside[address] = count + 1
            self.total += 1
            return True

    def leave(self, address: str) -> None:
        """Stop counting a connection that was let in and has ended.

        An address with no connection left is removed from `inside`. Otherwise `inside` would grow
        with every new address.
        """
        with self.lock:
            self.total -= 1
            self.inside[address] -= 1
            if not self.inside[address]:
                del self.inside[address]


class Stoppable(Protocol):
    """What shut_down() needs of a server: anything with these names will do (typing.Protocol).

    Any thread may call the methods.
    """

    is_closing: bool  # while it is True, every response says Connection: close
    listener: socket.socket

    @property
    def connections(self) -> Collection[Any]:
        """The connections that are open now: a collection that other threads change."""

    def pause(self) -> None:
        """Stop the server's own thread from accepting. The listener stays open."""

    def admit(self, conn: socket.socket) -> None:
        """Serve this client, like those that the server has accepted itself."""

    def dismiss_idle(self) -> None:
        """Close the connections that wait for a request."""

    def wait(self, seconds: float) -> None:
        """Sleep until a connection has ended, or for `seconds`."""

    def cut(self, conn: Any) -> None:
        """Close a connection at once, even in the middle of a response."""


def shut_down(server: Stoppable, seconds: float) -> int:
    """Stop a server, and lose no client that has connected. Return how many had to be cut off.

    1. Set `is_closing` to True, for good. Then call pause().
    2. Serve the queue: accept_now(listener) returns the next client, or None. Pass it to admit().
       If accept_now() raises an OSError, such as EMFILE, go on with step 3.
    3. Close the listener. Then call dismiss_idle().
    4. Call wait() until no `connections` are left.
    5. Call cut() with each connection that is left, and count them.

    A Deadline of `seconds` begins at once. It limits steps 2 and 4. Take the other steps in any case.
    """
    # TASK 5. accept_now() is yours, from the chapter *accept*. Make a list of the connections to cut.
    deadline = Deadline(seconds)
    server.is_closing = True
    server.pause()
    with suppress(OSError):
        while deadline.left and (conn := accept_now(server.listener)):
            server.admit(conn)
    server.listener.close()
    server.dismiss_idle()
    while deadline.left and server.connections:
        server.wait(deadline.left)
    late = list(server.connections)
    for conn in late:
        server.cut(conn)
    return len(late)


def log_line(address: str, method: str, path: str, status: int) -> str:
    r"""Return one line about a request, as text without a line end. `path` has been decoded.

        log_line("192.0.2.1", "GET", "/a b", 200)   → '192.0.2.1 "GET /a b" 200'

    Keep the first MAX_LOGGED characters of the path. If there are more, `...` follows them. Escape the
    characters that you keep:

        printable ASCII, except " and \       stays as it is
        \                                     → \\
        "                                     → \"
        CR, LF, ESC, é, U+2028, all others    → \r, \n, \x1b, \xe9, \u2028

    `path.encode("unicode_escape")` does all of this, except for the quotes.
    """
    # TASK 6. Shorten first: an escape must not be cut in the middle. The dots come last.
    more = "..." if len(path) > MAX_LOGGED else ""
    safe = path[:MAX_LOGGED].encode("unicode_escape").decode().replace('"', '\\"')
    return f'{address} "{method} {safe}{more}" {status}'


# What the attacks need. It is given.

HEAD_BEGINS = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "
MUCH = "/much"  # where a server has much to send


def ask_for_much(address: Endpoint) -> socket.socket:
    """Connect with a small receive buffer, and ask for MUCH. recv() waits for at most 5 seconds."""
    conn = socket.socket()
    try:
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        conn.settimeout(5.0)
        conn.connect(address)
        conn.sendall(f"GET {MUCH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    except OSError:
        conn.close()
        raise
    return conn


def arrives(conn: socket.socket, begun: bytes) -> bool:
    """Read a response to its end, at full speed. Tell whether it is a 200, and complete."""
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    received = bytearray(begun)
    while (end := received.find(b"\r\n\r\n")) < 0 and (data := conn.recv(65536)):
        received += data
    length = re.search(rb"\r\nContent-Length: ([0-9]+)", received[: end + 2])
    if end < 0 or length is None or not received.startswith(b"HTTP/1.1 200"):
        return False
    missing = end + 4 + int(length[1]) - len(received)
    while missing > 0 and (data := conn.recv(65536)):
        missing -= len(data)
    return missing <= 0


@fails_on_error
def slow_reader(address: Endpoint, seconds: float) -> bool:
    """Attack a server by reading slowly. Return True if the whole response arrives all the same.

    Until `seconds` are over, receive one octet and pause for `seconds` / 20, again and again. Then
    read the rest at full speed.
    """
    deadline, begun = Deadline(seconds), b""
    with ask_for_much(address) as conn:
        while deadline.left:
            begun += conn.recv(1)
            time.sleep(seconds / 20)
        return arrives(conn, begun)


def is_served(address: Endpoint, seconds: float) -> bool:
    """Ask for `/` as an honest client. Tell whether the answer is a 200, within `seconds`."""
    deadline = Deadline(seconds)
    with suppress(OSError), socket.create_connection(address, seconds) as conn:
        conn.settimeout(max(0.001, deadline.left))
        conn.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return conn.recv(65536).startswith(b"HTTP/1.1 200")
    return False


# Who the client is, and which host it asks for. It is given.


def client_address(
    peer: str, headers: Headers, proxies: int, field: str = "X-Forwarded-For"
) -> str:
    """Return the address of a client that reaches the server through `proxies` proxies of yours.

        peer 192.0.2.1, 0 proxies                                  → 192.0.2.1
        1 proxy, X-Forwarded-For: 198.51.100.9                     → 198.51.100.9
        1 proxy, X-Forwarded-For: 203.0.113.5, 198.51.100.9        → 198.51.100.9
        2 proxies, the same                                        → 203.0.113.5
        1 proxy, Forwarded: for="[2001:db8::1]:4711";proto=http    → 2001:db8::1    (RFC 7239 §4)
        no such field, or no address in it                         → the peer

    Each proxy adds the address of its own peer at the right. The client can have written anything that
    is further left. `field` names the field that your proxies write; the other is ignored, because a
    client can send it.
    """
    value = headers.get(field)
    if not proxies or value is None:
        return peer
    added = list_members(value)
    if not added:
        return peer
    text = added[-min(proxies, len(added))]
    if field.lower() == "forwarded":
        found = re.search(r'(?:^|;)\s*for="?([^";,]+)"?', text, re.IGNORECASE)
        text = found[1] if found else ""
    bracketed = re.fullmatch(r"\[([^]]*)\](?::[0-9]+)?|([0-9.]+):[0-9]+", text)
    if bracketed:
        text = bracketed[1] or bracketed[2]
    try:
        return str(ip_address(text))
    except ValueError:
        return peer


def allowed_host(request: Request, hosts: Collection[str]) -> bool:
    """Tell whether a request is for one of these hosts. Ports do not matter; () allows every host.

    A page of evil.example can make a browser ask this server, if that name suddenly leads to its
    address (DNS rebinding). The Host field still says evil.example. If the target is in absolute form,
    its host counts (RFC 9112 §3.2.2).
    """
    if not hosts:
        return True
    authority = request.headers.get("host") or ""
    if not request.target.startswith("/"):
        authority = request.target.partition("://")[2].partition("/")[0].partition("?")[0]
    host = re.sub(r":[0-9]*$", "", authority).lower().removesuffix(".")
    return host in hosts


class Visitor:
    """The Handler for one client of a server: it checks the host, and logs each request."""

    __slots__ = ("handler", "pace", "peer", "server")

    def __init__(
        self, server: HardServer | HardLoop, handler: Handler, peer: str, pace: Pace
    ) -> None:
        self.server = server
        self.handler: Any = handler
        self.peer = peer
        self.pace = pace

    @property
    def is_closing(self) -> bool:
        """Whether the server stops: then each response is the last one of its connection."""
        return self.server.is_closing

    def is_for_us(self, request: Request) -> bool:
        """Note that a head has been received. Tell whether it is for one of the server's hosts."""
        self.pace.has_asked = True
        return allowed_host(request, self.server.bounds.hosts)

    def __call__(self, request: Request) -> Response:
        """Return the response of the handler, or a 421."""
        status = 500
        try:
            if self.is_for_us(request):
                response: Response = self.handler(request)
            else:
                response = plain(421, "This server does not answer for that host")
            status = response.status
            return response
        finally:
            self.log(request, status)

    def log(self, request: Request, status: int) -> None:
        """Log a request, and the status of its response."""
        bounds = self.server.bounds
        address = client_address(self.peer, request.headers, bounds.proxies, bounds.proxy_field)
        path = unquote(request.target)
        logging.getLogger("access").info(log_line(address, request.method, path, status))


class LiveVisitor(Visitor):
    """A Visitor for a handler that answers on the connection itself, as in the chapter *gateway*."""

    __slots__ = ()

    def answer_on(self, http: HttpConnection, request: Request) -> Iterable[bytes]:
        """Return what is still to be sent of the handler's response, or of a 421."""
        if self.is_closing:
            http.make_last()
        if not self.is_for_us(request):
            return http.respond(self(request))
        status = 500
        try:
            pieces: Outgoing = self.handler.answer_on(http, request)
            # The head is in `first`, or has been sent: then the content knows its status.
            head = pieces.first[9:12] or getattr(pieces.content, "status", "500")[:3]
            status = int(head)
            return pieces
        finally:
            self.log(request, status)


def visitor(server: HardServer | HardLoop, handler: Handler, peer: str, pace: Pace) -> Visitor:
    """Return a Visitor, which can answer on the connection itself if the handler can."""
    kind = LiveVisitor if hasattr(handler, "answer_on") else Visitor
    return kind(server, handler, peer, pace)


# The time of one client. It is given.


class Pace(TimeLimit):
    """A TimeLimit that also knows how slowly octets may move.

    until the first octet, and for the head   → the same as in TimeLimit
    the same, after a response, while the
        server stops                          → LAST_WORDS: a request may be on its way
    content                                   → `incoming`, and a Deadline for all of it
    a response                                → `outgoing`
    """

    __slots__ = ("has_asked", "incoming", "outgoing", "server", "total")

    def __init__(self, server: HardServer | HardLoop) -> None:
        super().__init__()
        self.server = server
        self.has_asked = False  # a head has been received
        self.incoming: RateFloor | None = None  # while content arrives
        self.outgoing: RateFloor | None = None  # from the first wait for this client on
        self.total: Deadline

    def renew(self, http: HttpConnection | None, is_sending: bool = False) -> float:
        """Octets have gone in or out. Return the seconds that are left now."""
        seconds = super().renew(http, is_sending)
        if is_sending:
            seconds = self.floor().left
        elif http and http.state is State.CONTENT:
            if self.incoming is None:
                bounds = self.server.bounds
                self.incoming = RateFloor(bounds.rate, bounds.grace)
                self.total = Deadline(bounds.content)
            seconds = min(self.incoming.left, self.total.left)
        else:
            self.incoming = None
            if not (self.server.is_closing and self.has_asked):
                return seconds
            seconds = min(seconds, LAST_WORDS)
        self.at = monotonic() + seconds
        return seconds

    def floor(self) -> RateFloor:
        """Return what bounds the sending to this client."""
        if self.outgoing is None:
            bounds = self.server.bounds
            self.outgoing = RateFloor(bounds.rate, bounds.grace)
        return self.outgoing

    def received(self, octets: int, seconds: float) -> None:
        """Octets of content have arrived after a wait. Raises TooSlow."""
        if self.incoming is not None:
            self.incoming.moved(octets, seconds)


class Guard(socket.socket):
    """A thread's connection that notices how slowly its client reads and writes.

    Without a `pace`, it is an ordinary socket. On a loop, the session has the pace.
    """

    host = ""
    pace: Pace | None = None

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive, and count what has arrived."""
        start = monotonic()
        data = super().recv(size, flags)
        if self.pace:
            self.pace.received(len(data), monotonic() - start)
        return data

    def send(self, data: Any, flags: int = 0) -> int:
        """Send some of the data, in the time that is left to the client. Raises TooSlow."""
        if not self.pace:
            return super().send(data, flags)
        floor = self.pace.floor()
        if self.gettimeout() != floor.left:
            self.settimeout(floor.left)
        start = monotonic()
        try:
            sent = super().send(data, flags)
        except TimeoutError:
            sent = 0
        floor.moved(sent, monotonic() - start)
        return sent

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send a part of a file, as send() does. The kernel copies it (sendfile(2))."""
        has_sendfile = hasattr(os, "sendfile") and not isinstance(self, ssl.SSLSocket)
        if count is None or not self.pace or not has_sendfile:
            return super().sendfile(file, offset, count)
        floor, left = self.pace.floor(), count
        with selectors.DefaultSelector() as selector:
            selector.register(self, WRITE)
            while left:
                start = monotonic()
                selector.select(floor.left)
                sent = 0
                with suppress(BlockingIOError):
                    sent = os.sendfile(self.fileno(), file.fileno(), offset, min(left, 1 << 20))
                    if not sent:
                        break  # the file has become shorter
                floor.moved(sent, monotonic() - start)
                offset, left = offset + sent, left - sent
        return count - left


class GuardedTls(Guard, TlsSocket):  # type: ignore[misc]
    """The same under TLS."""


class PacedIdle(Idle):
    """The idle connections of a server on threads, and the time that its clients may take."""

    def time_limit(self, conn: socket.socket) -> TimeLimit:
        """Return the Pace of this connection."""
        return conn.pace if isinstance(conn, Guard) and conn.pace else TimeLimit()

    def dismiss_all(self) -> None:
        """Let every connection that waits for a request go."""
        with self.lock:
            for conn in self.conns:
                with suppress(OSError):
                    socket.socket.shutdown(conn, socket.SHUT_RD)


# When there is no room. It is given.


class Spare:
    """A descriptor that is kept until there is no other (accept(2), EMFILE).

    While a client waits, select() goes on reporting the listener. A loop that cannot accept the client,
    and tries again at once, keeps a processor busy for nothing. With the spare descriptor, the client
    is accepted, refused and closed.
    """

    def __init__(self) -> None:
        self.file: BinaryIO | None = None
        self.take_back()

    def refuse_one(self, listener: socket.socket) -> bool:
        """Accept one client, and refuse it. Tell whether there was one."""
        self.close()
        try:
            conn = accept_now(listener)
            if conn is None:
                return False
            with conn:
                conn.setblocking(False)
                conn.send(BUSY)
            return True
        except OSError:
            return False
        finally:
            self.take_back()

    def take_back(self) -> None:
        """Open it again. If somebody else has taken it, there is no spare until the next call."""
        with suppress(OSError):
            self.file = open(os.devnull, "rb")  # noqa: SIM115

    def close(self) -> None:
        """Free the descriptor."""
        if self.file is not None:
            self.file.close()
            self.file = None


def room(bounds: Bounds) -> int:
    """Return how many clients can be inside, so that descriptors are left to refuse the next one."""
    try:
        import resource
    except ImportError:  # Windows
        return bounds.connections
    most, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(bounds.connections, most - RESERVED))


class HardServer(HttpServer):
    """The server on threads, with bounds. It is Stoppable. It is given.

    One address gets at most half of the threads. With `context`, it speaks TLS. A subclass can have a
    handler for each client: see handler_for().
    """

    def __init__(
        self,
        handler: Handler,
        workers: int = 32,
        host: str = "127.0.0.1",
        port: int = 0,
        bounds: Bounds | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(handler, workers, host, port)
        self.handler = handler
        self.bounds = bounds or Bounds()
        self.context = context
        if context:
            context.sslsocket_class = GuardedTls
        self.gate = Gate(room(self.bounds), min(self.bounds.per_address, max(1, workers // 2)))
        self.idle: PacedIdle = PacedIdle()
        self.handle = self.serve_visitor
        self.is_closing = False
        self.changed = threading.Condition()
        self.refusals = Pool(1)
        self.spare = Spare()

    def handler_for(self, _conn: socket.socket, _name: FourTuple) -> Handler:
        """Return the handler for one client. Here, it is the same for everybody."""
        return self.handler

    def accept(self) -> socket.socket | None:
        """Return the next client that the gate lets in. Refuse the others."""
        while (conn := Server.accept(self)) is not None:
            if (guarded := self.let_in(conn)) is not None:
                self.make_room()
                return guarded
        return None

    def let_in(self, conn: socket.socket) -> Guard | None:
        """Return the connection, guarded, if the gate lets it in; else refuse it."""
        try:
            host = conn.getpeername()[0]
        except OSError:  # it has gone
            conn.close()
            return None
        if not self.gate.enter(host):
            self.refuse(conn)
            return None
        guarded: Guard
        try:
            if self.context:
                wrapped = self.context.wrap_socket(
                    conn,
                    server_side=True,
                    do_handshake_on_connect=False,
                    suppress_ragged_eofs=False,
                )
                assert isinstance(wrapped, GuardedTls)
                guarded = wrapped
            else:
                guarded = Guard(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=conn.detach())
        except OSError:
            conn.close()
            self.gate.leave(host)
            return None
        guarded.settimeout(CLIENT_TIMEOUT)
        guarded.host, guarded.pace = host, Pace(self)
        return guarded

    def refuse(self, conn: socket.socket) -> None:
        """Say 503, and close: gracefully, if not too many are being refused."""
        with suppress(OSError):
            conn.setblocking(False)
            if not self.context:
                conn.send(BUSY)
        if self.refusals.jobs.qsize() >= MAX_REFUSED:
            conn.close()
        else:
            self.refusals.jobs.put(partial(close_gracefully, conn, REFUSAL_TIMEOUT))

    def cannot_accept(self) -> None:
        """Refuse one client with the spare descriptor. If that fails, wait."""
        if not self.spare.refuse_one(self.listener):
            super().cannot_accept()

    def serve_visitor(self, conn: socket.socket, name: FourTuple) -> None:
        """Serve one client: first the handshake, if there is one, then its requests."""
        if isinstance(conn, GuardedTls) and not self.shake_hands(conn):
            return
        assert isinstance(conn, Guard)
        assert conn.pace
        handler = visitor(self, self.handler_for(conn, name), name.remote.host, conn.pace)
        serve_http(conn, handler, self.idle, bool(self.context))

    def shake_hands(self, conn: GuardedTls) -> bool:
        """Take part in the handshake of TLS. A client that speaks plain HTTP gets a plain 400."""
        conn.settimeout(self.bounds.grace)
        try:
            conn.do_handshake()
        except OSError as error:
            if is_plain_http(error):
                plain = socket.socket(fileno=conn.detach())
                plain.settimeout(REFUSAL_TIMEOUT)
                plain.sendall(PLAIN_HTTP)
                close_gracefully(plain, REFUSAL_TIMEOUT)
            return False
        return True

    def serve(self, conn: socket.socket) -> None:
        """Serve one client. Afterwards, there is room for another."""
        assert isinstance(conn, Guard)
        try:
            super().serve(conn)
        finally:
            self.gate.leave(conn.host)
            with self.changed:
                self.changed.notify_all()

    def pause(self) -> None:
        """End the acceptor's thread. If it is waiting for a free thread, its client waits in `jobs`."""
        self.waker.send(b"!")
        self.pool.free.release()
        self.thread.join()

    def admit(self, conn: socket.socket) -> None:
        """Serve this client as soon as a thread is free."""
        if (guarded := self.let_in(conn)) is not None:
            with self.lock:
                self.connections.add(guarded)
            self.pool.jobs.put(partial(self.serve, guarded))

    def dismiss_idle(self) -> None:
        """Close the connections that wait for a request."""
        self.idle.dismiss_all()

    def wait(self, seconds: float) -> None:
        """Sleep until a connection has ended, or for `seconds`."""
        with self.changed:
            if self.connections:
                self.changed.wait(seconds)

    def cut(self, conn: socket.socket) -> None:
        """Reset the connection. Its thread notices at its next send() or recv()."""
        with suppress(OSError):
            abort(socket.socket(fileno=socket.dup(conn.fileno())))  # sets SO_LINGER
            socket.socket.shutdown(conn, socket.SHUT_RDWR)

    def stop(self) -> None:
        """Stop at once, as every Server does."""
        super().stop()
        if self.refusals.threads[0].is_alive():
            self.refusals.close()
        for address in list(self.gate.inside):  # it was let in, but the server had stopped
            self.gate.leave(address)
        self.spare.close()


# The same on an event loop. It is given.


class HardConnection(Connection):
    """A Connection that counts what it has sent, and says when it is closed."""

    def __init__(self, loop: EventLoop, sock: socket.socket, server: HardLoop, host: str) -> None:
        self.server = server
        self.host = host
        self.written = 0
        server.connections.add(self)
        super().__init__(loop, sock, partial(HardSession, server=server))

    @property
    def taken(self) -> int:
        """How many octets the kernel has taken for this client."""
        return self.written - self.waiting

    def write(self, data: bytes) -> None:
        """Send data, without waiting."""
        self.written += len(data)
        super().write(data)

    def abort(self) -> None:
        """Close at once. Every connection ends here."""
        if self.is_open:
            super().abort()
            self.server.left(self)

    def reset(self) -> None:
        """Close at once, and let the kernel drop what it keeps for this client."""
        if self.is_open:
            with suppress(OSError):
                abort(self.sock.dup())  # sets SO_LINGER
            self.abort()


class HardSession(HttpSession):
    """An HttpSession that disconnects a client which is too slow."""

    __slots__ = ("looked", "since", "taken")

    conn: HardConnection
    deadline: Pace

    def __init__(self, conn: Connection, server: HardLoop) -> None:
        assert isinstance(conn, HardConnection)
        pace = Pace(server)
        handler = visitor(server, server.handler_for(conn), conn.host, pace)
        super().__init__(conn, handler, bool(server.context), server.sweep)
        self.deadline = pace
        self.looked = self.since = monotonic()
        self.taken = 0

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a request of which nothing has arrived."""
        return self.http is None and not self.conn.waiting

    def received(self, data: bytes) -> None:
        """Count what has arrived, and begin to answer. Raises TooSlow."""
        now = monotonic()
        self.deadline.received(len(data), now - self.since)
        super().received(data)
        self.since = monotonic()

    def goes_on(self, now: float) -> bool:
        """Count what the client has taken. Disconnect it if it is too slow, or if its time is up."""
        seconds, self.looked = now - self.looked, now
        octets, self.taken = self.conn.taken - self.taken, self.conn.taken
        if self.conn.is_open and self.conn.waiting and self.pieces_are_ours:
            floor = self.deadline.floor()
            try:
                floor.moved(octets, seconds)
            except TooSlow:
                self.conn.reset()
                return False
            self.deadline.at = now + floor.left
        return super().goes_on(now)

    @property
    def pieces_are_ours(self) -> bool:
        """Whether what is sent is HTTP: another protocol has rules of its own."""
        return self.http is None or self.http.state is not State.UPGRADED


class Handshake:
    """The handshake of TLS on an event loop. Then `done(conn)` is called, or `failed(conn)`."""

    def __init__(
        self,
        loop: EventLoop,
        conn: TlsSocket,
        seconds: float,
        done: Callable[[TlsSocket], object],
        failed: Callable[[TlsSocket, OSError], object],
    ) -> None:
        self.loop = loop
        self.conn = conn
        self.done = done
        self.failed = failed
        self.timer = loop.call_later(seconds, lambda: self.end(TooSlow("no handshake")))
        loop.watch(conn, READ, self.go_on)

    def go_on(self, _ready: int) -> None:
        """Take the next step."""
        try:
            self.conn.do_handshake()
        except ssl.SSLWantReadError:
            self.loop.watch(self.conn, READ, self.go_on)
        except ssl.SSLWantWriteError:
            self.loop.watch(self.conn, WRITE, self.go_on)
        except OSError as error:
            self.end(error)
        else:
            self.end(None)

    def end(self, error: OSError | None) -> None:
        """Hand the connection over."""
        self.timer.cancel()
        self.loop.forget(self.conn)
        if error:
            self.failed(self.conn, error)
        else:
            self.done(self.conn)


class HardLoop:
    """The server on an event loop, with bounds. It is Stoppable. The loop has its own thread.

    A subclass can have a handler for each client: see handler_for().
    """

    def __init__(
        self,
        handler: Handler,
        host: str = "127.0.0.1",
        port: int = 0,
        bounds: Bounds | None = None,
        context: ssl.SSLContext | None = None,
        backlog: int = 1024,
    ) -> None:
        self.handler = handler
        self.bounds = bounds or Bounds()
        self.context = context
        self.gate = Gate(room(self.bounds), self.bounds.per_address)
        self.listener = open_listener(host, port, backlog)
        self.address = Endpoint(*self.listener.getsockname())
        self.loop = EventLoop()
        self.sweep = Sweep(self.loop)
        self.is_closing = False
        self.connections: set[Any] = set()
        self.changed = threading.Condition()
        self.refused: deque[socket.socket] = deque()
        self.spare = Spare()
        self.thread = threading.Thread(target=self.loop.run, name="loop", daemon=True)
        self.loop.watch(self.listener, READ, self.accept)

    def handler_for(self, _conn: Connection) -> Handler:
        """Return the handler for one client. Here, it is the same for everybody."""
        return self.handler

    def accept(self, _ready: int = 0) -> None:
        """Accept at most ROUND clients. If there is no descriptor for one, pause."""
        for _ in range(ROUND):
            try:
                conn = accept_now(self.listener)
            except OSError:
                if not self.spare.refuse_one(self.listener):
                    logging.exception("no client can be accepted")
                    self.loop.forget(self.listener)
                    self.loop.call_later(RETRY_AFTER, self.go_on_accepting)
                return
            if conn is None:
                return
            self.welcome(conn)

    def go_on_accepting(self) -> None:
        """Watch the listener again, unless it has been closed."""
        if self.listener.fileno() != -1 and not self.is_closing:
            self.loop.watch(self.listener, READ, self.accept)

    def welcome(self, conn: socket.socket) -> None:
        """Serve this client if the gate lets it in; else refuse it."""
        conn.setblocking(False)
        try:
            host = conn.getpeername()[0]
        except OSError:  # it has gone
            conn.close()
            return
        if not self.gate.enter(host):
            self.refuse(conn, b"" if self.context else BUSY)
            return
        if self.context is None:
            HardConnection(self.loop, conn, self, host)
            return
        secured = self.context.wrap_socket(
            conn, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=False
        )
        assert isinstance(secured, TlsSocket)
        self.connections.add(secured)

        def done(shaken: TlsSocket) -> None:
            self.connections.discard(shaken)
            HardConnection(self.loop, shaken, self, host)

        def failed(shaken: TlsSocket, error: OSError) -> None:
            self.connections.discard(shaken)
            self.gate.leave(host)
            raw = socket.socket(fileno=shaken.detach())
            self.refuse(raw, PLAIN_HTTP if is_plain_http(error) else b"")

        Handshake(self.loop, secured, self.bounds.grace, done, failed)

    def refuse(self, conn: socket.socket, why: bytes) -> None:
        """Say why, and close: after a while, if not too many are being refused."""
        with suppress(OSError):
            conn.setblocking(False)
            conn.send(why)
            conn.shutdown(socket.SHUT_WR)
        if not self.refused:
            self.loop.call_later(REFUSAL_TIMEOUT, self.close_refused)
        self.refused.append(conn)
        if len(self.refused) > MAX_REFUSED:
            self.refused.popleft().close()

    def close_refused(self) -> None:
        """Close the connections of the clients that were refused a while ago."""
        while self.refused:
            self.refused.popleft().close()

    def left(self, conn: HardConnection) -> None:
        """A connection has been closed. There is room for another."""
        self.connections.discard(conn)
        self.gate.leave(conn.host)
        with self.changed:
            self.changed.notify_all()

    def call(self, function: Callable[[], Answer]) -> None:
        """Call a function in the loop's thread, and wait until it has returned."""
        called = threading.Event()

        def now() -> None:
            try:
                function()
            finally:
                called.set()

        self.loop.call_from_thread(now)
        called.wait()

    def pause(self) -> None:
        """Stop accepting."""
        self.call(lambda: self.loop.forget(self.listener))

    def admit(self, conn: socket.socket) -> None:
        """Serve this client."""
        self.call(lambda: self.welcome(conn))

    def dismiss_idle(self) -> None:
        """Close the connections that wait for a request."""

        def dismiss() -> None:
            for conn in list(self.connections):
                session = getattr(conn, "session", None)  # there is none before the handshake
                if isinstance(session, HardSession) and session.is_idle:
                    conn.close()

        self.call(dismiss)

    def wait(self, seconds: float) -> None:
        """Sleep until a connection has ended, or for `seconds`."""
        with self.changed:
            if self.connections:
                self.changed.wait(seconds)

    def cut(self, conn: Any) -> None:
        """Reset the connection."""
        self.call(conn.reset if isinstance(conn, HardConnection) else conn.close)

    def stop(self) -> None:
        """Stop at once, and close everything."""
        self.loop.stop()
        if self.thread.ident is not None:
            self.thread.join()
        self.loop.close()
        self.close_refused()
        self.listener.close()
        self.spare.close()

    def __enter__(self) -> HardLoop:
        self.thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()


def site() -> Router:
    """Return a site with something to attack: a greeting, a slow page, and a big one."""
    router = Router()
    piece, count = b"0123456789abcdef" * 4000, 500

    def much(_request: Request) -> Response:
        # In pieces: as bytes, each response would be a copy of 32 MB, for as long as its client wants.
        return Response(repeat(piece, count), length=len(piece) * count)

    def hello(request: Request) -> Response:
        return page("Hello", f"<p>You have sent {len(request.content)} octets.")

    router.add("GET", "/", hello)
    router.add("POST", "/", hello)
    router.add("GET", MUCH, much)
    return router


def siege(address: Endpoint, seconds: float = 5.0, heads: int = 60) -> list[float]:
    """Hold `heads` heads open from 127.0.0.2, and ask as an honest client. Return its waiting times.

    The honest client wants to ask every 20 milliseconds, and counts from that moment. A request without
    an answer counts as `seconds`.
    """
    times: list[float] = []
    with ExitStack() as held:
        for _ in range(heads):
            with suppress(OSError):
                conn = socket.create_connection(address, seconds, ("127.0.0.2", 0))
                held.enter_context(conn).sendall(HEAD_BEGINS)
        deadline, start = Deadline(seconds), monotonic()
        while deadline.left:
            wanted = start + len(times) * 0.02
            time.sleep(max(0.0, wanted - monotonic()))
            is_served(address, seconds)
            times.append(monotonic() - wanted)
    return times


def attack_by_hand(name: str, address: Endpoint) -> None:
    """Attack the server at this address, and say how it went."""
    if not is_served(address, 5.0):
        raise CannotRun(f"nobody serves at {address.host}:{address.port}")
    if name == "siege":
        times = sorted(siege(address))
        slowest = times[min(len(times) - 1, len(times) * 99 // 100)]
        print(f"Honest requests: {len(times)}. 99 % took {slowest * 1000:,.0f} ms or less.")
        return
    attacks: dict[str, tuple[str, Callable[[], bool]]] = {
        "slow_head": ("12 seconds", partial(slow_head, address, 12.0)),
        "slow_reader": ("30 seconds", partial(slow_reader, address, 30.0)),
        "flood": ("60 connections", partial(flood, address, 2.0, 60)),
    }
    if name not in attacks:
        raise CannotRun(f"{name!r} is not an attack: use {', '.join(attacks)} or siege")
    size, attack = attacks[name]
    print(f"{name}, {size}: the server is {'weak' if attack() else 'strong'}.")


def serve(host: str, port: int, on_loop: bool, bounds: str = "", attack: str = "") -> None:
    """Serve a site with bounds until Ctrl-C. Then shut the server down gracefully.

    With `bounds="no"`, serve the same site on the servers of the chapter *connection*. With `attack`,
    attack the server at this address.
    """
    if attack:
        attack_by_hand(attack, Endpoint(host, port))
        return
    if bounds not in ("", "no"):
        raise CannotRun("--bounds can only be no")
    if bounds:
        serve_site(site(), host, port, on_loop)
        return
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    own = Bounds(hosts=("localhost", "127.0.0.1", "[::1]", host.lower()))
    server = (
        HardLoop(site(), host, port, own) if on_loop else HardServer(site(), 32, host, port, own)
    )
    server.thread.start()
    announce(server.address)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wait_for_ctrl_c(several=True)
    late = shut_down(server, SHUTDOWN_TIMEOUT)
    if late:
        print(f"Cut off after {SHUTDOWN_TIMEOUT:.0f} seconds: {late}.")
    else:
        server.stop()


if __name__ == "__main__":
    raise SystemExit(
        by_hand(
            serve,
            "A site that expects to be attacked.",
            loop=True,
            texts={
                "bounds": "no: serve the same site on the servers of the chapter connection",
                "attack": "attack what listens there: slow_head, slow_reader, flood or siege",
            },
        )
    )
