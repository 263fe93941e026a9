"""Chapter 12. When may this connection be used again?

If a request and its response both end where they say, the next request can follow on the same
connection (RFC 9112 §9.3). `HttpConnection` decides that: bytes in, requests out; responses in, bytes
out. It uses no sockets, so that threads and event loops can share it.

Who calls whom, on threads and on the loop:

    serve_http ─┐
                ├─► outgoing ─► replies ─► feed ─► take_head, take_content
    HttpSession ┘                  │
                                   └─► answer ─► respond ─► serialize (chapter *response*)

Run it by hand:  python3 -m chapters.ch12_connection --port 8000
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from enum import Enum
from time import monotonic
from typing import Any

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch04_closing import abort, close_gracefully, open_listener
from .ch06_threads import Server
from .ch07_event_loop import EventLoop
from .ch08_back_pressure import HIGH_WATER, Connection, serve_on
from .ch09_request import Headers, HttpError, Request, RequestParser
from .ch10_body import (
    MAX_CONTENT,
    ChunkedDecoder,
    LengthDecoder,
    body_framing,
    expects_continue,
)
from .ch11_response import TEXT, Handler, Outgoing, Response, response_head, serialize
from .grammar import list_members

CHUNK = 65536  # octets that one recv() may return
KEEP_ALIVE_TIMEOUT = 5.0  # seconds until the first octet of a request
HEAD_TIMEOUT = 10.0  # seconds for all of a head, from its first octet
IDLE_TIMEOUT = 15.0  # seconds in which nothing of the content arrives, or nothing is taken
SWEEP_INTERVAL = 1.0  # seconds between two looks of a loop at all its deadlines
LINGER_TIMEOUT = 2.0  # seconds in which a client may still send, after the last response


def check_answerable(request: Request, secured: bool = False) -> None:
    """Refuse what this server cannot answer on a connection like this. This function is complete.

    `secured` says that the connection is encrypted by TLS: then it is for https, otherwise for http.

    Raises HttpError:

        501    CONNECT: it asks for a tunnel (RFC 9110 §9.3.6)
        421    a target with another scheme: https://a.test/ on a connection for http (§7.4)
        400    HTTP/1.1, a path as target, and an empty Host: every http URI has a host (§4.2.1)
    """
    if request.method == "CONNECT":
        raise HttpError(501, "no tunnels here", "RFC 9110 §9.3.6")
    target, host = request.target, request.headers.get("host")
    if not target.startswith("/"):
        scheme, colon, _rest = target.partition("://")
        if colon and scheme.lower() != ("https" if secured else "http"):
            raise HttpError(421, "another scheme than this connection's", "RFC 9110 §7.4", target)
    elif host is not None and not host.partition(":")[0] and request.version >= (1, 1):
        raise HttpError(400, "an http URI has a host", "RFC 9110 §4.2.1", host)


def is_persistent(request: Request) -> bool:
    """Tell whether the client wants to use the connection again (RFC 9112 §9.3).

        HTTP/1.1                                     -> True
        HTTP/1.1, Connection: close                  -> False
        HTTP/1.1, Connection: Upgrade, Close         -> False
        HTTP/1.1, Connection: closed                 -> True
        HTTP/1.0                                     -> False
        HTTP/1.0, Connection: close                  -> False
        HTTP/1.0, Connection: keep-alive             -> True
        HTTP/1.0, Connection: keep-alive, close      -> False

    Connection is a list of tokens, separated by commas. They are case-insensitive, and may have spaces
    and tabs around them: list_members() takes the list apart. Two lines of the field are one list:
    `headers.get()` joins them. If there is no such field, it returns None.
    """
    # TASK 1. Look at the tokens, not at the whole value.
    raise NotImplementedError("ch12 task 1: is_persistent")


class State(Enum):
    """What an HttpConnection waits for."""

    HEAD = "the head of a request"
    CONTENT = "the content of a request"
    RESPONSE = "the response to a request"
    CLOSED = "nothing: the connection has to be closed"
    UPGRADED = "nothing: the connection speaks another protocol from now on"


class HttpConnection:
    """The server's side of one HTTP/1 connection, without the socket (RFC 9112 §9).

        feed(data)         bytes in, a request out
        interim()          what has to be sent before the client sends its content
        respond(response)  a response in, bytes out
        refuse(error)      the bytes of the response to a request that feed() refused

    One request is answered before the next one is looked at, so responses go out in the order of the
    requests. `state` says what comes next. `buffer` holds what has arrived and belongs to no request
    yet: parser and decoders take what they need from its front.

    `__init__`, `goes_on`, `switch` and `refuse` are complete.
    """

    __slots__ = (  # saves memory. An attribute of your own needs its name here
        "buffer",
        "content",
        "decoder",
        "limit",
        "owes_continue",
        "parser",
        "request",
        "secured",
        "state",
        "upgrade",
    )

    def __init__(self, limit: int = MAX_CONTENT, secured: bool = False) -> None:
        self.state = State.HEAD
        self.buffer = bytearray()  # what has arrived, and has not been taken yet
        self.limit = limit  # for the content of one request, in octets
        self.secured = secured
        self.parser = RequestParser()
        self.request: Request | None = None  # from the end of its head until it has been answered
        self.decoder: LengthDecoder | ChunkedDecoder  # for its content: take_head() makes one
        self.content: list[bytes] = []  # what the decoder has returned so far
        self.owes_continue = False  # the client waits, and has not been told to go on
        self.upgrade: Callable[..., Any] | None = None  # what takes the connection over

    @property
    def goes_on(self) -> bool:
        """Whether more bytes of the client are of use."""
        return self.state not in (State.CLOSED, State.UPGRADED)

    def take_head(self) -> None:
        """Take the head of the next request off the front of `buffer`, if it is complete.

            the head is not complete  -> parse() returns None, and so do you
            it is complete            -> `request` is the request; `decoder` is a new one, for its
                                         content; `content` is empty; `owes_continue` is what
                                         expects_continue() says; `state` is CONTENT

        body_framing() says which decoder. A request without content gets LengthDecoder(0), which is
        done from the beginning. Pass `limit` on to body_framing() and ChunkedDecoder(), and `secured`
        to check_answerable().

        Raises the HttpError of parse(), check_answerable(), expects_continue() or body_framing(). As
        soon as the head is complete, `request` is set: refuse() needs its method.
        """
        # TASK 2. parse() takes the head off the buffer; what follows it stays there.
        raise NotImplementedError("ch12 task 2: HttpConnection.take_head")

    def take_content(self) -> Request | None:
        """Take content off the front of `buffer`; return the request if its content is complete.

            the decoder is not done  -> keep what decode() returned; return None
            it is done               -> `state` is RESPONSE; return `request` with its content

        `request.with_content(…)` is the request with this content. What follows the content stays in
        `buffer`. Raises the HttpError of decode().
        """
        # TASK 3. decode() takes what it can off the buffer, and `done` says whether that was all.
        raise NotImplementedError("ch12 task 3: HttpConnection.take_content")

    def feed(self, data: bytes) -> Request | None:
        """Take the next bytes; return a request if it is complete now, content included, else None.

            state HEAD      -> take_head(); if that made it CONTENT, take_content() as well
            state CONTENT   -> take_content()
            state RESPONSE  -> keep `data` in `buffer`, and return None: a response comes first
            UPGRADED        -> the same
            CLOSED          -> drop `data`, and return None

        After a response, `feed(b"")` returns the next request if it has arrived already.

        Raises HttpError if the request has to be refused. Then `state` is CLOSED: if a head is wrong,
        nobody knows where the next request would begin, and this server ends after every refusal.
        """
        # TASK 3. Add `data` to the buffer. Then do what the state says.
        raise NotImplementedError("ch12 task 3: HttpConnection.feed")

    def interim(self) -> bytes:
        """Return what has to be sent before the client sends its content: 100 Continue, or b"".

            `state` is CONTENT, `owes_continue` is set, and no content has arrived:
                `buffer` is empty, and so is every piece in `content`         -> 100 Continue
            everything else                                                  -> b""
            a second call for the same request                               -> b""

        `content` may hold b"": that is what decode() returns while no content has arrived.

        100 Continue is a response without fields: `HTTP/1.1 100 Continue`, CR LF, CR LF
        (RFC 9110 §10.1.1, §15.2.1).
        """
        # TASK 4. Send it once.
        raise NotImplementedError("ch12 task 4: HttpConnection.interim")

    def respond(self, response: Response) -> Iterable[bytes]:
        """Return the bytes of the response to the request that feed() returned last.

            the connection persists      -> serialize(…, persists=True);  `state` is HEAD
            it does not                  -> serialize(…, persists=False); `state` is CLOSED
            the status is 101            -> return switch(response), which sets `state`
            serialize() raises an error  -> nothing changes: another response can take its place
            `state` is not RESPONSE      -> RuntimeError

        The connection persists if is_persistent() says so, and if something other than its end shows
        where the response ends. In HTTP/1.1 something always does. In HTTP/1.0 there are no chunks, so
        nothing does if `content` is not bytes and `response.length` is None.

        Once the response is serialized, `request` is None: it has been answered. `state` changes in
        this call, not when the bytes are taken.
        """
        # TASK 5. Serialize first. Only then is the request answered.
        raise NotImplementedError("ch12 task 5: HttpConnection.respond")

    def switch(self, response: Response) -> Iterable[bytes]:
        """Return the head of a 101 response: from here on, another protocol is spoken (RFC 9110 §7.8).

        `state` is UPGRADED, `upgrade` is the response's, and `buffer` holds what follows the request.
        Connection says upgrade; the response's own fields have to name the protocol, in Upgrade.

        Raises ValueError if the response has no `upgrade` or names no protocol, and if the client has
        not asked for it: in HTTP/1.1, with Connection: upgrade and the field Upgrade.
        """
        assert self.request
        headers = self.request.headers
        connection = headers.get("connection") or ""
        tokens = {token.lower() for token in list_members(connection)}
        has_asked = self.request.version >= (1, 1) and "upgrade" in tokens and "upgrade" in headers
        names = {name.lower() for name, _value in response.fields}
        if not (has_asked and response.upgrade and "upgrade" in names) or "connection" in names:
            raise ValueError("101 is for a client that has asked for an upgrade")
        head = response_head(101, [("Connection", "upgrade"), *response.fields])
        self.request = None
        self.upgrade = response.upgrade
        self.state = State.UPGRADED
        return [head]

    def refuse(self, error: HttpError) -> bytes:
        """Return the bytes of the response to a request that feed() refused.

        Its status is the error's, its content the error as text, and Connection says close. A HEAD
        gets no content. If the head was refused, it is still at the front of `buffer`.
        """
        method = "HEAD" if self.buffer.startswith(b"HEAD ") else "GET"
        request = self.request or Request(method, "/", (1, 1), Headers())
        response = Response(f"{error}\n".encode(), error.status, [TEXT])
        return b"".join(serialize(response, request, persists=False))


def answer(http: HttpConnection, handler: Handler, request: Request) -> Iterable[bytes]:
    """Return the bytes of the handler's response.

        handler(request) returns a response that can be sent  -> http.respond(response)
        handler() or respond() raises an Exception            -> log it; respond with a 500

    `logging.exception` logs the error with its traceback. The client reads only that something went
    wrong: the content of the 500 is `Internal Server Error`, with or without a newline.
    Its fields are yours to choose.
    """
    # TASK 6. One `try` around the handler and respond().
    raise NotImplementedError("ch12 task 6: answer")


def replies(http: HttpConnection, handler: Handler, data: bytes) -> Iterator[Iterable[bytes]]:
    """Yield what goes back for bytes that have arrived, one response after the other.

        one request is complete               -> its response
        two are                               -> the first response; when the next is asked for, the
                                                 second request is fed, answered, and yielded
        a later feed() returns a third, …     -> the same again
        feed() returns None                   -> [what interim() returns], unless that is b""; the end
        any feed() raises HttpError           -> [what refuse() returns]; the end

    Each response is yielded as answer() returns it: do not take its pieces. The handler must not see
    the second request before the first response has been sent: if that breaks off, the client cannot
    know that the second request was done.
    """
    # TASK 6. Feed `data`, answer, then feed b"". Only errors of feed() are answered by refuse().
    raise NotImplementedError("ch12 task 6: replies")


def serve_http(
    conn: socket.socket, handler: Handler, idle: Idle | None = None, secured: bool = False
) -> None:
    """Serve the requests of one connection, one after the other, and finish it.

    Make an `HttpConnection(secured=secured)`, and a `Receiver(conn, http, idle or Idle())`. Set
    TCP_NODELAY (tcp(7)): no piece of a stream waits until the one before is acknowledged. It is an
    option of TCP, so its level is socket.IPPROTO_TCP. Then:

        receive() returns bytes       -> send each piece of outgoing(http, handler, bytes) with send()
        `http.goes_on` is False       -> receive nothing more; finish(conn, http)
        receive() returns b""         -> finish(conn, http), even in the middle of a request
        an error is raised, by the
            connection or a stream    -> abort(conn), and raise it again

    `closing()` closes the generator that outgoing() returns, also when send() raises an error: with
    it, the handler's stream is closed. abort() is a reset: a client must not take a part for the
    whole.
    """
    # TASK 7. Receive, and send what goes back, piece by piece, as long as the connection goes on.
    raise NotImplementedError("ch12 task 7: serve_http")


def outgoing(
    http: HttpConnection, handler: Handler, data: bytes, *, is_bytes: bool = False
) -> Generator[Any, None, None]:
    """Yield all that goes back for bytes that have arrived, piece by piece. It is given.

    Closing this generator closes the response that is under way: `yield from` sees to that.

    Content that has a method `send_to(conn)`, as files have, is itself the last piece, after a first
    one that is bytes. send() calls the method, which sends what has not been taken yet, and nothing if
    nothing has been taken: then the response has no content. With `is_bytes`, or under TLS, every
    piece is bytes.
    """
    for pieces in replies(http, handler, data):
        sends_itself = isinstance(pieces, Outgoing) and hasattr(pieces.content, "send_to")
        if is_bytes or http.secured or not sends_itself:
            yield from pieces
            continue
        assert isinstance(pieces, Outgoing)
        with closing(pieces):
            yield pieces.first
            yield pieces.content


def send(conn: socket.socket, data: Any) -> None:
    """Send all of it, as long as the client goes on taking some. It is given.

    `data` is bytes, or what sends itself with send_to().

    The timeout is for each wait. That of sendall() is for the whole call: a client that reads
    steadily, but slowly, would be cut off in the middle. It is changed only for a client that does not
    take the data before the timeout of receive() is over: settimeout() is a system call.
    """
    if hasattr(data, "send_to"):
        data.send_to(conn)
        return
    unsent = memoryview(data)
    while unsent:
        try:
            unsent = unsent[conn.send(unsent) :]
        except TimeoutError:
            if conn.gettimeout() == IDLE_TIMEOUT:
                raise
            conn.settimeout(IDLE_TIMEOUT)


class Deadline:
    """Until when a client may take its time. It is given, and so is what follows.

    until the first octet of a request   -> KEEP_ALIVE_TIMEOUT
    the head of a request has begun      -> HEAD_TIMEOUT in all, however often octets arrive
    content, or a response under way     -> IDLE_TIMEOUT since the last octet, in or out
    """

    __slots__ = ("at", "is_head")

    def __init__(self) -> None:
        self.at = monotonic() + KEEP_ALIVE_TIMEOUT
        self.is_head = False

    def renew(self, http: HttpConnection, is_sending: bool = False) -> float:
        """Octets have gone in or out. Return the seconds that are left now."""
        now = monotonic()
        was_head, self.is_head = self.is_head, False
        if is_sending or http.state is not State.HEAD:
            seconds = IDLE_TIMEOUT
        elif not http.buffer:
            seconds = KEEP_ALIVE_TIMEOUT
        else:
            self.is_head = True
            seconds = self.at - now if was_head else HEAD_TIMEOUT
        self.at = now + seconds
        return seconds


class Idle:
    """The connections of a server that wait for a request, in the order in which they began to wait.

    When all threads are busy, and a client waits for one of them, the first connection here has to go.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.conns: dict[socket.socket, None] = {}  # a dict keeps the order
        self.one_has_to_go = False

    def add(self, conn: socket.socket) -> None:
        """Note that this connection waits for a request now."""
        with self.lock:
            self.conns[conn] = None
            self.let_one_go()

    def discard(self, conn: socket.socket) -> None:
        """Note that this connection waits no more."""
        with self.lock:
            self.conns.pop(conn, None)

    def make_room(self, is_needed: bool) -> None:
        """Let one connection go: now, or as soon as one waits."""
        with self.lock:
            self.one_has_to_go = is_needed
            self.let_one_go()

    def let_one_go(self) -> None:
        """Wake the thread of the first connection: its recv() returns b"". The lock is held."""
        if self.one_has_to_go and self.conns:
            self.one_has_to_go = False
            conn = next(iter(self.conns))
            del self.conns[conn]
            with suppress(OSError):
                socket.socket.shutdown(conn, socket.SHUT_RD)  # an SSLSocket's would end TLS here


class Receiver:
    """Receives from one client, for a thread, and knows how long it may wait."""

    def __init__(self, conn: socket.socket, http: HttpConnection, idle: Idle) -> None:
        self.conn = conn
        self.http = http
        self.idle = idle
        self.deadline = Deadline()

    def receive(self) -> bytes:
        """Return the next bytes, or b"": the client has finished, its time is up, or it has to go."""
        seconds = self.deadline.renew(self.http)
        if seconds <= 0:
            return b""
        if seconds != self.conn.gettimeout():  # most often it is the same as before
            self.conn.settimeout(seconds)
        if self.http.state is State.HEAD and not self.http.buffer:
            self.idle.add(self.conn)
        try:
            return self.conn.recv(CHUNK)
        except TimeoutError:
            return b""
        finally:
            self.idle.discard(self.conn)


def finish(conn: socket.socket, http: HttpConnection) -> None:
    """Take the last step on a thread's connection.

        it was upgraded                   -> hand it over, with the bytes that follow the request
        the server has said close         -> close gracefully: the client may be sending still
        the client has finished, or was
            silent for too long           -> the same, but do not wait for anything

    TLS has an end of its own, before the half-close: unwrap() sends it (RFC 8446 §6.1).
    """
    if http.state is State.UPGRADED:
        assert http.upgrade
        conn.settimeout(IDLE_TIMEOUT)
        with conn:
            http.upgrade(conn, bytes(http.buffer))
        return
    seconds = LINGER_TIMEOUT if http.state is State.CLOSED else 0.0
    if hasattr(conn, "unwrap"):
        conn.settimeout(seconds)
        with suppress(OSError):
            conn.unwrap()
    close_gracefully(conn, seconds)


class HttpServer(Server):
    """The Server of the chapter *threads*, for HTTP: an idle client makes room for one that waits."""

    def __init__(
        self, handler: Handler, workers: int = 32, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.idle = Idle()

        def handle(conn: socket.socket, _name: FourTuple) -> None:
            serve_http(conn, handler, self.idle)

        super().__init__(handle, workers, host, port)

    def accept(self) -> socket.socket | None:
        """Return the next client's connection. If all threads are busy, it needs one of them."""
        conn = super().accept()
        if conn is not None:
            has_room = self.pool.free.acquire(blocking=False)
            if has_room:
                self.pool.free.release()
            self.idle.make_room(not has_room)
        return conn


class Sweep:
    """Looks at the deadlines of all sessions of a server on a loop, every SWEEP_INTERVAL seconds.

    So a client may have a second more. A timer for each connection would be exact, and need memory.
    """

    def __init__(self, loop: EventLoop) -> None:
        self.loop = loop
        self.sessions: list[HttpSession] = []

    def add(self, session: HttpSession) -> None:
        """Look at this session as well, from now on."""
        if not self.sessions:
            self.loop.call_later(SWEEP_INTERVAL, self.look)
        self.sessions.append(session)

    def look(self) -> None:
        """Disconnect the clients whose time is up. Look again, as long as there are sessions."""
        now = monotonic()
        self.sessions = [session for session in self.sessions if session.goes_on(now)]
        if self.sessions:
            self.loop.call_later(SWEEP_INTERVAL, self.look)


class HttpSession:
    """The same HttpConnection on the event loop, as a session of the chapter *back_pressure*.

    Nothing is read from the client while a response is under way, and a response goes out as the
    client takes it: at most HIGH_WATER octets and one piece in a round of the loop.
    """

    __slots__ = ("conn", "deadline", "handler", "http", "pieces", "waiting")

    def __init__(
        self,
        conn: Connection,
        handler: Handler,
        secured: bool = False,
        sweep: Sweep | None = None,
    ) -> None:
        self.conn = conn
        self.handler = handler
        self.http = HttpConnection(secured=secured)
        self.pieces: Generator[bytes, None, None] | None = None  # what is to be sent
        self.waiting = 0  # octets that the client had not taken when the deadline was renewed
        self.deadline = Deadline()
        (sweep or Sweep(conn.loop)).add(self)
        with suppress(OSError):
            conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def received(self, data: bytes) -> None:
        """Begin to answer the requests that are complete now."""
        self.pieces = outgoing(self.http, self.handler, data, is_bytes=True)
        self.go_on()

    def go_on(self) -> None:
        """Send some more: all of it, or more than HIGH_WATER octets. The rest follows when drained."""
        if self.pieces is None:
            return
        batch, size = [], 0
        try:
            for piece in self.pieces:
                batch.append(piece)
                size += len(piece)
                if size > HIGH_WATER:
                    break
            else:
                self.pieces = None
        except Exception:
            self.pieces = None
            self.conn.write(b"".join(batch))
            abort(self.conn.sock.dup())  # sets SO_LINGER: the connection's own close() is a reset
            raise
        if batch:
            self.conn.write(b"".join(batch))
        self.waiting = self.conn.waiting
        self.deadline.renew(self.http, is_sending=self.pieces is not None or self.waiting > 0)
        if self.pieces is not None:
            self.pause(True)
            self.conn.when_drained(self.go_on)
        elif self.http.state is State.CLOSED:
            self.conn.close()
        elif self.http.state is State.UPGRADED:
            self.hand_over()
        else:
            self.pause(False)

    def pause(self, paused: bool) -> None:
        """Read nothing from the client for now, or go on reading."""
        if self.conn.paused != paused:
            self.conn.paused = paused
            self.conn.update()

    def hand_over(self) -> None:
        """Make the session of the other protocol, and give it the bytes that follow the request."""
        assert self.http.upgrade
        self.conn.session = self.http.upgrade(self.conn)
        self.pause(False)
        if self.http.buffer:
            self.conn.session.received(bytes(self.http.buffer))

    def goes_on(self, now: float) -> bool:
        """Disconnect a client whose time is up. Return whether to look at this session again."""
        if not self.conn.is_open or self.http.state is State.UPGRADED:
            return False
        if self.conn.waiting < self.waiting:  # it has taken some
            self.waiting = self.conn.waiting
            self.deadline.renew(self.http, is_sending=True)
        elif self.deadline.at <= now:
            self.conn.abort()
        return self.conn.is_open

    def ended(self) -> None:
        """Nothing more will come. If the connection is closed, nothing more can be sent either."""
        if not self.conn.is_open and self.pieces is not None:
            self.pieces.close()


def serve_site(handler: Handler, host: str, port: int, on_loop: bool) -> None:
    """Serve HTTP on threads, or on an event loop, until Ctrl-C."""
    if not on_loop:
        with HttpServer(handler, 32, host, port) as server:
            announce(server.address)
            wait_for_ctrl_c(several=True)
        return
    with EventLoop() as loop, open_listener(host, port) as listener:
        sweep = Sweep(loop)
        serve_on(loop, listener, lambda conn: HttpSession(conn, handler, sweep=sweep))
        announce(listener.getsockname())
        loop.run()


def hello(request: Request) -> Response:
    """Answer every request with a greeting."""
    content = f"Hello! You asked for {request.target} and sent {len(request.content)} octets.\n"
    return Response(content.encode(), 200, [TEXT])


def serve(host: str, port: int, on_loop: bool) -> None:
    """Greet every client over HTTP, until Ctrl-C."""
    serve_site(hello, host, port, on_loop)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "An HTTP server that greets you.", loop=True))
