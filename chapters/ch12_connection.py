"""Chapter 12. When may this connection be used again?

If a request and its response both end where they say, the next request can follow on the same
connection (RFC 9112 §9.3). `HttpConnection` decides that: bytes in, requests out; responses in, bytes
out. It uses no sockets, so that threads and event loops can share it.

Who calls whom, on threads and on the loop:

    serve_http ─┐
                ├─► outgoing ─► replies ─► feed ─► take_head, take_content
    HttpSession ┘                  │
                                   └─► answer ─► the handler
                                              └► respond ─► serialize (chapter *response*)

Run it by hand:  python3 -m chapters.ch12_connection --port 8000
"""

from __future__ import annotations

import logging
import socket
import threading
import time
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
from .ch11_response import (
    TEXT,
    Handler,
    Outgoing,
    Response,
    check_sendable,
    http_date,
    response_head,
    serialize,
)
from .grammar import list_members

CHUNK = 65536  # octets that one recv() may return
KEEP_ALIVE_TIMEOUT = 5.0  # seconds until the first octet of a request
HEAD_TIMEOUT = 10.0  # seconds for all of a head, from its first octet
IDLE_TIMEOUT = 15.0  # seconds in which nothing of the content arrives, or nothing is taken
SWEEP_INTERVAL = 1.0  # seconds between two looks of a loop at all its deadlines
MAX_UNSENT = 131072  # octets that the kernel keeps and cannot send yet: the client has no room
LINGER_TIMEOUT = 2.0  # seconds in which a client may still send, after the last response


def check_answerable(request: Request, secured: bool = False) -> None:
    """Refuse what this server cannot answer on a connection like this. It is given.

    `secured` says that the connection is encrypted by TLS: then it is for https, otherwise for http.

    Raises HttpError:

        501    CONNECT: it asks for a tunnel to another server (RFC 9110 §9.3.6)
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

    Connection is a list of tokens. They are case-insensitive. list_members(value) takes the list apart.
    If the field has two lines, `headers.get()` joins them into one list. If there is no such field,
    `headers.get()` returns None. `request.version` is a tuple: (1, 1) or (1, 0).
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
        respond(response)  a response in, bytes out
        refuse(error)      the bytes of the response to a request that feed() has refused
        interim()          100 Continue, if the client waits for it before it sends its content

    The machine gives one request at a time, and the next only after a response. So responses go out in
    the order of the requests. `state` says what comes next. `buffer` holds what has arrived and has not
    been taken yet: take_head() and the decoder take what they need from its front.

    You write take_content(), feed() and respond(). The rest is given.
    """

    __slots__ = (  # saves memory. If you add an attribute, add its name here
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
        self.parser: RequestParser | None = None  # while a head arrives
        self.request: Request | None = None  # from the end of its head until it has been answered
        self.decoder: LengthDecoder | ChunkedDecoder  # for its content: take_head() makes one
        self.content: list[bytes]  # its content so far: take_head() makes the list
        self.owes_continue = False  # the client waits, and has not been told to go on
        self.upgrade: Callable[..., Any] | None = None  # what takes the connection over

    @property
    def goes_on(self) -> bool:
        """Whether more bytes of the client are of use."""
        return self.state not in (State.CLOSED, State.UPGRADED)

    @property
    def is_idle(self) -> bool:
        """Whether no request has begun to arrive: it is as it was at first."""
        return self.state is State.HEAD and self.parser is None

    def take_head(self) -> None:
        """Take the head of the next request off the front of `buffer`, if it is complete. It is given.

            the head is not complete  -> nothing changes
            it is complete            -> `request` is the request; `decoder` is for its content;
                                         `content` is empty; `state` is CONTENT

        A request without content gets LengthDecoder(0), which is done from the beginning. Raises
        HttpError if the request has to be refused.
        """
        if not self.buffer:
            return
        self.parser = self.parser or RequestParser()
        request = self.parser.parse(self.buffer)
        if request is None:
            return
        self.parser = None
        self.request = request  # before anything can refuse it: refuse() needs its method
        check_answerable(request, self.secured)
        self.owes_continue = expects_continue(request)
        framing = body_framing(request, self.limit)
        if framing == "chunked":
            self.decoder = ChunkedDecoder(self.limit)
        else:
            self.decoder = LengthDecoder(framing)
        self.content = []
        self.state = State.CONTENT

    def take_content(self) -> Request | None:
        """Take content off the front of `buffer`; return the request when its content is complete.

            the content is not complete  -> keep what has come, and return None
            it is complete               -> `state` is RESPONSE; return the request with its content

        `decoder.decode(buffer)` takes what it can off the front of the buffer, and returns it as bytes,
        which may be b"". After this call, `decoder.done` says whether the content is complete. What
        follows the content stays in the buffer.

        Keep the pieces in the list `content`. `request.with_content(data)` returns a new request, with
        the bytes `data`. The attribute `request` keeps the request until it has been answered. Raises
        the HttpError of decode().
        """
        # TASK 2. First decode(), then `done`. A request without content takes the same way.
        raise NotImplementedError("ch12 task 2: HttpConnection.take_content")

    def feed(self, data: bytes) -> Request | None:
        """Take the next bytes; return a request if one is complete now, else None.

        If `state` is CLOSED, drop `data`. Otherwise add it to the end of `buffer`. Then:

            state HEAD      -> take_head(). If that makes the state CONTENT, go on with the next row
            state CONTENT   -> return what take_content() returns
            other states    -> return None. In RESPONSE, the next request has to wait for the response

        So `feed(b"")`, after a response, returns the next request if it has arrived already.

        If take_head() or take_content() raises HttpError, the request is refused. Set `state` to
        CLOSED, and raise the same error. Change nothing else: refuse() looks at `request` and `buffer`.
        """
        # TASK 3. Two ifs, one after the other, do what the rows say. A `try` is around them.
        raise NotImplementedError("ch12 task 3: HttpConnection.feed")

    def interim(self) -> bytes:
        """Return what has to be sent before the client sends its content. It is given.

        That is 100 Continue, once, if the client waits for it, and b"" in every other case
        (RFC 9110 §10.1.1). A client from which content has arrived does not wait.
        """
        if self.state is not State.CONTENT or not self.owes_continue:
            return b""
        self.owes_continue = False
        has_come = self.buffer or any(self.content)
        return b"" if has_come else b"HTTP/1.1 100 Continue\r\n\r\n"

    def respond(self, response: Response) -> Iterable[bytes]:
        """Return the bytes of the response to the request that feed() returned last.

            `state` is not RESPONSE      -> RuntimeError
            serialize() raises an error  -> nothing changes: another response can take its place
            the connection persists      -> `state` is HEAD
            it does not persist          -> `state` is CLOSED

        serialize(response, request, persists) returns the bytes: an iterable of pieces. Once it has
        returned, the request has been answered: set `request` to None, and `state` as above. Do this
        in the call itself, not when the pieces are taken.

        The connection persists if is_persistent() says so. One kind of response is an exception: pieces
        of unknown length, to an HTTP/1.0 client. HTTP/1.0 has no chunks, so the connection ends after
        them. The length is known if `content` is bytes, or if `response.length` is not None.
        """
        # TASK 4. Serialize first. Only then is the request answered.
        raise NotImplementedError("ch12 task 4: HttpConnection.respond")

    def make_last(self) -> None:
        """Let the connection end after the next response, as if the client had asked for it."""
        assert self.request
        headers = Headers([*self.request.headers, ("Connection", "close")])
        self.request = self.request._replace(headers=headers)

    def switch(self, response: Response) -> Iterable[bytes]:
        """Return the head of a 101 response. Another protocol follows it (RFC 9110 §7.8). It is given.

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
        return self.hand_over(head, response)

    def stream(self, response: Response) -> Iterable[bytes]:
        """Return the head of a response whose content never ends by itself. It is given.

        `upgrade` writes the content, and the end of the connection is its end (RFC 9112 §6.3).
        """
        check_sendable(response)
        date = ("Date", http_date(int(time.time())))
        fields = [date, *response.fields, ("Connection", "close")]
        return self.hand_over(response_head(response.status, fields), response)

    def hand_over(self, head: bytes, response: Response) -> Iterable[bytes]:
        """Let `upgrade` take the connection over, after the head. It is given."""
        self.request = None
        self.upgrade = response.upgrade
        self.state = State.UPGRADED
        return [head]

    def refuse(self, error: HttpError) -> bytes:
        """Return the bytes of the response to a request that feed() has refused. It is given.

        Its status is the error's, its content the error as text, and Connection says close. A HEAD
        gets no content. If the head was refused, it is still at the front of `buffer`.
        """
        method = "HEAD" if self.buffer.startswith(b"HEAD ") else "GET"
        request = self.request or Request(method, "/", (1, 1), Headers())
        response = Response(f"{error}\n".encode(), error.status, [TEXT])
        return b"".join(serialize(response, request, persists=False))


def answer(http: HttpConnection, handler: Handler, request: Request) -> Iterable[bytes]:
    """Return the bytes of the handler's response, whatever the handler does. It is given.

    If the handler fails, or if its response cannot be sent, the error is logged with its traceback. The
    client gets a 500, and reads only that something went wrong (RFC 9110 §15.6.1).

    A handler can have an attribute `is_closing`. While it is True, each response is the last one of its
    connection.

    A handler that has a method `answer_on(http, request)` returns these bytes itself, and may have sent
    some before. If it fails after that, its error passes through. The chapter *gateway* needs this.
    """
    try:
        if hasattr(handler, "answer_on"):
            pieces: Iterable[bytes] = handler.answer_on(http, request)
            return pieces
        response = handler(request)
        if getattr(handler, "is_closing", False):
            http.make_last()
        if response.status == 101:
            return http.switch(response)
        if response.upgrade and request.method == "GET":
            return http.stream(response)
        return http.respond(response)
    except Exception:
        if http.request is None:  # a response has begun
            raise
        logging.exception("a handler failed: %s %s", request.method, request.target)
        return http.respond(Response(b"Internal Server Error\n", 500, [TEXT]))


def replies(http: HttpConnection, handler: Handler, data: bytes) -> Iterator[Iterable[bytes]]:
    """Yield what goes back for bytes that have arrived. Each reply is an iterable of pieces.

        feed(data) returns a request   -> yield answer(http, handler, request); then feed(b"")
        feed(b"") returns a request    -> the same again, and so on
        feed() returns None            -> yield [what interim() returns], unless that is b""; the end
        feed() raises HttpError        -> yield [what refuse(error) returns]; the end

    The caller sends each reply before it asks for the next one. So yield what answer() returns, and
    leave its pieces to the caller.

    Call feed(b"") only when the caller asks for the next reply. If a response breaks off, the handler
    must not have seen the next request: the client could not know that it was done.
    """
    # TASK 5. Both calls of feed() can raise HttpError.
    raise NotImplementedError("ch12 task 5: replies")


def serve_http(
    conn: socket.socket, handler: Handler, idle: Idle | None = None, secured: bool = False
) -> None:
    """Serve the requests of one connection, one after the other, and end the connection.

    Make an `HttpConnection(secured=secured)` and a `Receiver(conn, http, idle or Idle())`. Then:

        receive() returns bytes    -> send_each(conn, outgoing(http, handler, the bytes)), and go on
        `http.goes_on` is False    -> receive nothing more; finish(conn, http)
        receive() returns b""      -> finish(conn, http)
        receive() or send_each()
            raises an error        -> abort(conn), and raise the same error again

    receive() returns b"" if the client has finished, or if it has been silent for too long. In the
    middle of a request, this is not an error.

    An error comes from the connection, or from a handler's content in the middle of a response. abort()
    is a reset: a client must not take a part for the whole.
    """
    # TASK 6. Receive, and send what goes back, as long as the connection goes on.
    raise NotImplementedError("ch12 task 6: serve_http")


def outgoing(
    http: HttpConnection, handler: Handler, data: bytes, *, is_bytes: bool = False
) -> Generator[Any, None, None]:
    """Yield all that goes back for bytes that have arrived, piece by piece. It is given."""
    return in_pieces(replies(http, handler, data), http, handler, is_bytes)


def in_pieces(
    answers: Iterable[Iterable[bytes]], http: HttpConnection, handler: Handler, is_bytes: bool
) -> Generator[Any, None, None]:
    """Yield the pieces of answers, one by one. It is given.

    `yield from pieces` yields every piece of `pieces`. If this generator is closed, it closes them.

    Content that has a method `send_to(conn)`, as files have, is itself the last piece, after a first
    one that is bytes. send() calls the method, which sends what has not been taken yet, and nothing if
    nothing has been taken: then the response has no content. With `is_bytes`, or under TLS, every
    piece is bytes.

    If content has `is_live`, an empty piece follows each of its pieces: what is there has to go out
    before the next piece is asked for, because that may take a while. An empty piece also precedes the
    next request, if its handler may send something itself (see answer).
    """
    for pieces in answers:
        content = pieces.content if isinstance(pieces, Outgoing) else None
        sends_itself = hasattr(content, "send_to") and not is_bytes and not http.secured
        if not sends_itself and not hasattr(content, "is_live"):
            yield from pieces
        else:
            assert isinstance(pieces, Outgoing)
            with closing(pieces):
                if sends_itself:
                    yield pieces.first
                    yield content
                else:
                    for piece in pieces:
                        yield piece
                        yield b""
        if http.buffer and hasattr(handler, "answer_on"):
            yield b""


def in_chunks(pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Yield the pieces, each cut into parts of at most CHUNK octets; empty pieces too. It is given.

    A connection of the loop keeps a copy of what the client has not taken yet. So that the copy stays
    small, it gets little at a time.
    """
    with closing(pieces):
        for piece in pieces:
            for start in range(0, len(piece) or 1, CHUNK):
                yield piece[start : start + CHUNK]


def send_each(conn: socket.socket, pieces: Generator[Any, None, None]) -> None:
    """Send each piece as soon as it is there. It is given.

    closing() closes the generator on every way out, and with it the handler's content, which may hold
    an open file.
    """
    with closing(pieces):
        for piece in pieces:
            send(conn, piece)


def send(conn: socket.socket, data: Any) -> None:
    """Send all of it, as long as the client goes on taking some. It is given.

    `data` is bytes, or what sends itself with send_to().

    It is a loop for a reason: see part 6 of the lesson. The timeout of receive() is replaced only if it
    is over before the client has taken anything: settimeout() is a system call.
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


class TimeLimit:
    """Until when a client may take its time. It is given, and so is what follows.

    until the first octet of a request   -> KEEP_ALIVE_TIMEOUT
    the head of a request has begun      -> HEAD_TIMEOUT in all, however often octets arrive
    content, or a response under way     -> IDLE_TIMEOUT since the last octet, in or out
    """

    __slots__ = ("at", "is_head")

    def __init__(self) -> None:
        self.at = monotonic() + KEEP_ALIVE_TIMEOUT
        self.is_head = False

    def renew(self, http: HttpConnection | None, is_sending: bool = False) -> float:
        """Octets have gone in or out. Return the seconds that are left now.

        An idle client of the loop has no HttpConnection: `http` is None.
        """
        now = monotonic()
        was_head, self.is_head = self.is_head, False
        if is_sending or (http and http.state is not State.HEAD):
            seconds = IDLE_TIMEOUT
        elif not http or not http.buffer:
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

    def time_limit(self, _conn: socket.socket) -> TimeLimit:
        """Return how long the client of a new connection may take its time."""
        return TimeLimit()

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
        self.deadline = idle.time_limit(conn)
        send_at_once(conn)
        report_progress(conn)

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


def send_at_once(conn: socket.socket) -> None:
    """Let no small piece wait until the one before it is acknowledged (RFC 9293 §3.7.4, tcp(7))."""
    with suppress(OSError):  # the connection is broken: recv() will tell
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def report_progress(conn: socket.socket) -> None:
    """Let the kernel take at most MAX_UNSENT octets that it cannot send yet (tcp(7) on Linux, macOS).

    Without this, it takes megabytes, and takes more only when a third of them is gone. To the server, a
    client that reads slowly but steadily would then seem to take nothing for many seconds.
    """
    with suppress(AttributeError, OSError):  # Windows has no such option
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MAX_UNSENT)


def finish(conn: socket.socket, http: HttpConnection) -> None:
    """Take the last step on a thread's connection.

        it was upgraded                   -> hand it over, with the bytes that follow the request
        the server has said close         -> close gracefully: the client may still be sending
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
            self.make_room()
        return conn

    def make_room(self) -> None:
        """Let an idle client go if all threads are busy."""
        has_room = self.pool.free.acquire(blocking=False)
        if has_room:
            self.pool.free.release()
        self.idle.make_room(not has_room)


class Sweep:
    """Looks at the deadlines of all sessions of a server on a loop, every SWEEP_INTERVAL seconds.

    So a client may have a second more. A timer for each connection would be exact, and need memory.
    """

    def __init__(self, loop: EventLoop) -> None:
        self.loop = loop
        self.sessions: list[HttpSession] = []
        self.due = 0.0  # when the next look is due

    def add(self, session: HttpSession) -> None:
        """Look at this session as well, from now on."""
        self.sessions.append(session)
        if len(self.sessions) == 1:
            self.look_later()

    def look(self) -> None:
        """Disconnect the clients whose time is up. Look again, as long as there are sessions.

        If a handler has held up the loop, what clients have sent meanwhile is read first.
        """
        now = monotonic()
        if now < self.due + SWEEP_INTERVAL:
            self.sessions = [session for session in self.sessions if session.goes_on(now)]
        if self.sessions:
            self.look_later()

    def look_later(self) -> None:
        """Look after SWEEP_INTERVAL."""
        self.due = monotonic() + SWEEP_INTERVAL
        self.loop.call_later(SWEEP_INTERVAL, self.look)


class HttpSession:
    """The same HttpConnection on the event loop, as a session of the chapter *back_pressure*.

    Nothing is read from the client while a response is under way, and a response goes out as the
    client takes it: at most HIGH_WATER octets and one piece in a round of the loop.
    """

    __slots__ = ("conn", "deadline", "handler", "http", "pieces", "secured", "waiting")

    def __init__(
        self,
        conn: Connection,
        handler: Handler,
        secured: bool = False,
        sweep: Sweep | None = None,
    ) -> None:
        self.conn = conn
        self.handler = handler
        self.secured = secured
        self.http: HttpConnection | None = None  # an idle client has none: that saves memory
        self.pieces: Generator[bytes, None, None] | None = None  # what is to be sent
        self.waiting = 0  # octets that the client had not taken when the deadline was renewed
        self.deadline = TimeLimit()
        (sweep or Sweep(conn.loop)).add(self)
        send_at_once(conn.sock)
        report_progress(conn.sock)

    def received(self, data: bytes) -> None:
        """Begin to answer the requests that are complete now."""
        if self.http is None:
            self.http = HttpConnection(secured=self.secured)
        self.pieces = in_chunks(outgoing(self.http, self.handler, data, is_bytes=True))
        self.go_on()

    def go_on(self) -> None:
        """Send some more: all of it, or more than HIGH_WATER octets, or what precedes an empty piece.

        The rest follows when that has been drained.
        """
        if self.pieces is None or self.http is None:
            return
        batch, size = [], 0
        try:
            for piece in self.pieces:
                batch.append(piece)
                size += len(piece)
                if size > HIGH_WATER or not piece:
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
            return
        self.pause(False)
        if self.http.state is State.CLOSED:
            self.conn.close()
        elif self.http.state is State.UPGRADED:
            self.hand_over(self.http)
        elif self.http.is_idle:
            self.http = None

    def pause(self, paused: bool) -> None:
        """Read nothing from the client for now, or go on reading."""
        if self.conn.paused != paused:
            self.conn.paused = paused
            self.conn.update()

    def hand_over(self, http: HttpConnection) -> None:
        """Make the session of the other protocol, and give it the bytes that follow the request."""
        assert http.upgrade
        self.conn.session = http.upgrade(self.conn)
        if http.buffer:
            self.conn.session.received(bytes(http.buffer))

    def goes_on(self, now: float) -> bool:
        """Disconnect a client whose time is up. Return whether to look at this session again."""
        is_upgraded = self.http is not None and self.http.state is State.UPGRADED
        if not self.conn.is_open or is_upgraded:
            return False
        if self.conn.waiting < self.waiting:  # it has taken some
            self.waiting = self.conn.waiting
            self.deadline.renew(self.http, is_sending=self.waiting > 0)
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
