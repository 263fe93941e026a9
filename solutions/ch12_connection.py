"""Chapter 12. When may this connection be used again?

If a request and its response both end where they say, the next request can follow on the same
connection (RFC 9112 §9.3). `HttpConnection` keeps count of that: bytes in, requests out; responses in,
bytes out. It knows no sockets, so threads and loops can use it alike.

Run it by hand:  python3 -m solutions.ch12_connection --port 8000
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import ClassVar
from weakref import WeakKeyDictionary

from course.by_hand import announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple
from .ch04_closing import abort, close_gracefully
from .ch06_threads import Server
from .ch07_event_loop import EventLoop
from .ch08_back_pressure import Connection
from .ch09_request import Headers, HttpError, Request, RequestParser
from .ch10_body import (
    LARGEST_CONTENT,
    ChunkedDecoder,
    LengthDecoder,
    body_framing,
    expects_continue,
)
from .ch11_response import TEXT, Handler, Response, serialize

CHUNK = 65536
PATIENCE = 2.0  # seconds for which a client may still send after the last response
IDLE = 15.0  # seconds for which a client may be silent, or take nothing


def check_answerable(request: Request) -> None:
    """Refuse what no server can answer on a connection like this: TCP, as it comes, for http URIs.

    Raises HttpError: 501 for CONNECT, which asks for a tunnel instead of a response (RFC 9110
    §9.3.6); 421 for an https URI, as the connection is not secured (§7.4); 400 for a path where Host
    is empty, for every http URI has a host (§4.2.1).
    """
    if request.method == "CONNECT":
        raise HttpError(501, "no tunnels here", "RFC 9110 §9.3.6")
    host = request.headers.get("host")
    if not request.target.startswith("/"):
        if request.target[:6].lower() == "https:":
            raise HttpError(421, "this connection is not secured", "RFC 9110 §7.4", request.target)
    elif host is not None and not host.partition(":")[0]:
        raise HttpError(400, "an http URI has a host", "RFC 9110 §4.2.1", host)


def is_persistent(request: Request) -> bool:
    """Tell whether the client wants to use the connection again (RFC 9112 §9.3).

    Connection is a list of tokens without case. In HTTP/1.1 the answer is yes, unless `close` is
    among them; in HTTP/1.0 it is no, unless `keep-alive` is, and `close` is not.
    """
    # TASK 1. Look at tokens, not at the whole value.
    connection = request.headers.get("connection")
    if connection is None:
        return request.version >= (1, 1)
    tokens = {token.strip(" \t").lower() for token in connection.split(",")}
    return "close" not in tokens and (request.version >= (1, 1) or "keep-alive" in tokens)


class State(Enum):
    """What an HttpConnection waits for."""

    HEAD = "the head of a request"
    CONTENT = "the content of a request"
    RESPONSE = "the response to a request"
    CLOSED = "nothing: the connection is to be closed"


class HttpConnection:
    """The server's side of one HTTP/1 connection, without the connection (RFC 9112 §9).

    `feed` takes bytes and gives requests; `respond` takes a response and gives bytes. One request is
    answered before the next one is looked at, so responses go out in the order of the requests.
    `state` says what comes next.
    """

    def __init__(self, limit: int = LARGEST_CONTENT) -> None:
        self.state = State.HEAD
        self._limit = limit  # for content, in octets
        self._parser = RequestParser()
        self._request: Request | None = None  # from the end of its head until it is answered
        self._decoder: LengthDecoder | ChunkedDecoder = LengthDecoder(0)
        self._content: list[bytes] = []  # what the decoder has given
        self._rest = b""  # what stands behind the request
        self._owes_continue = False

    def feed(self, data: bytes) -> Request | None:
        """Take the next bytes; return a request if it is whole now, content included, else None.

        After the response, `feed(b"")` gives the next request if it has come already. While a
        response is awaited the bytes are kept; when the connection is to be closed, dropped.

        Raises HttpError if the request has to be refused: what check_answerable raises, and the
        parsers and decoders of chapters 9 and 10, in any order if there are several reasons. The
        connection is to be closed then, after `refuse`.
        """
        # TASK 2. Head, content, and what is left is the next request's.
        try:
            if self.state is State.HEAD:
                return self._feed_head(self._rest + data)
            if self.state is State.CONTENT:
                return self._feed_content(data)
        except HttpError:
            self.state = State.CLOSED
            raise
        if self.state is State.RESPONSE:
            self._rest += data
        return None

    # Not in the starter.
    def _feed_head(self, data: bytes) -> Request | None:
        if not data:
            return None
        self._rest = b""
        request = self._request = self._parser.feed(data)
        if request is None:
            return None
        check_answerable(request)
        waits = expects_continue(request)
        framing = body_framing(request, self._limit)
        if framing == 0:
            self._rest, self.state = self._parser.rest, State.RESPONSE
            return request
        if framing == "chunked":
            self._decoder = ChunkedDecoder(self._limit)
        else:
            self._decoder = LengthDecoder(framing)
        self._content = []
        self._owes_continue = waits
        self.state = State.CONTENT
        return self._feed_content(self._parser.rest)

    # Not in the starter.
    def _feed_content(self, data: bytes) -> Request | None:
        if data:
            self._owes_continue = False
        self._content.append(self._decoder.feed(data))
        if not self._decoder.done:
            return None
        assert self._request is not None
        self._rest, self.state = self._decoder.rest, State.RESPONSE
        return self._request._replace(content=b"".join(self._content))

    def interim(self) -> bytes:
        """Return what has to be sent before the client sends its content: 100 Continue, or b"".

        It is due once, if the client waits for it, there is to be content, no octet behind the head
        has come, and nothing was refused (RFC 9110 §10.1.1).
        """
        # TASK 2. Whoever asks, sends.
        if not self._owes_continue:
            return b""
        self._owes_continue = False
        return b"HTTP/1.1 100 Continue\r\n\r\n"

    def respond(self, response: Response) -> Iterable[bytes]:
        """Return the bytes of the response to the request that `feed` gave last.

        The connection is to be closed afterwards if the client wants that, or if only its end can end
        the response: then Connection says so. (Pieces for HTTP/1.0 with keep-alive, for a HEAD or in a
        204: either is right, as no content has to be ended.) The state changes in this call, not when
        the bytes are taken.

        Raises what serialize raises for a response that cannot be sent: another can take its place.
        Raises RuntimeError if no request waits for one.
        """
        # TASK 3. And then: the next request, or the end?
        request = self._request
        if request is None or self.state is not State.RESPONSE:
            raise RuntimeError("no request waits for a response")
        ends_itself = isinstance(response.content, bytes) or request.version >= (1, 1)
        persists = ends_itself and is_persistent(request)
        pieces = serialize(response, request, persists)
        self._request = None
        self.state = State.HEAD if persists else State.CLOSED
        return pieces

    def refuse(self, error: HttpError) -> bytes:
        """Return the bytes of the response to a request that `feed` refused.

        Its status is the error's, its content the error as text, and Connection says close. Also here
        HEAD gets no content: if no head was understood, the parser knows how it began.
        """
        is_head = self._parser.begun.startswith(b"HEAD ")
        request = self._request or Request("HEAD" if is_head else "GET", "/", (1, 1), Headers())
        response = Response(f"{error}\n".encode(), error.status, [TEXT])
        return b"".join(serialize(response, request, persists=False))


def answer(http: HttpConnection, handler: Handler, request: Request) -> Iterable[bytes]:
    """Return the bytes of the application's response.

    If the application raises, or its response cannot be sent, the error is logged, with its
    traceback, by `logging.exception`, and the response is a 500. It does not say what went wrong.
    """
    # TASK 4. Neither a bug nor a response that cannot be sent ends the server.
    try:
        return http.respond(handler(request))
    except Exception:
        logging.exception("an application failed: %s %s", request.method, request.target)
        return http.respond(Response(b"Internal Server Error\n", 500, [TEXT]))


def replies(http: HttpConnection, handler: Handler, data: bytes) -> Iterator[Iterable[bytes]]:
    """Yield what goes back for bytes that have come, one response after the other.

    There is one for each request that is whole now. 100 Continue may follow, or the response to a
    request that is refused. Each has to be sent before the next one is asked for: the application
    must not have done the second request if the first response breaks off.
    """
    # TASK 4. Feed, answer, feed again. Only what feed() refuses is answered by refuse().
    try:
        request = http.feed(data)
        while request:
            yield answer(http, handler, request)
            request = http.feed(b"")
        if interim := http.interim():
            yield [interim]
    except HttpError as error:
        yield [http.refuse(error)]


def serve_http(conn: socket.socket, handler: Handler) -> None:
    """Serve the requests of one connection, one after the other, and close it gracefully.

    It ends when the client has finished (in the middle of a request, too), does not want to go on, is
    silent for IDLE seconds, or is refused. Read the global IDLE inside the function, not as a default
    argument: a check makes it shorter. TCP_NODELAY is set, so that no piece of a stream is held back
    until the one before is acknowledged (tcp(7)). Its level is socket.IPPROTO_TCP: it is TCP's
    option, not the socket's.

    Raises OSError if the connection breaks, or the client takes nothing for IDLE seconds, and what a
    stream of the application raises. The connection is reset then, by chapter 4's `abort`: a client
    must not take the part for the whole, and in HTTP/1.0 the end of the connection ends the response.
    """
    # TASK 4. Receive, and send what goes back, piece by piece, until there is nothing to wait for.
    http = HttpConnection()
    try:
        conn.settimeout(IDLE)
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while http.state is not State.CLOSED and (data := receive(conn)):
            for pieces in replies(http, handler, data):
                for piece in pieces:
                    send(conn, piece)
    except Exception:
        abort(conn)
        raise
    close_gracefully(conn, PATIENCE)


def receive(conn: socket.socket) -> bytes:
    """Return the next bytes: b"" if the client has finished, or is silent until the timeout."""
    try:
        return conn.recv(CHUNK)
    except TimeoutError:
        return b""


def send(conn: socket.socket, data: bytes) -> None:
    """Send all of it, as long as the client goes on taking some.

    The timeout bounds each wait for room. That of sendall() bounds the whole call: a client that
    reads steadily, but slowly, would be cut off in the middle.
    """
    unsent = memoryview(data)
    while unsent:
        unsent = unsent[conn.send(unsent) :]


class HttpSession:
    """The same HttpConnection on chapter 7's event loop. There is nothing to write here.

    What is answered in one round of the loop, on all its connections, is sent at the end of the
    round: a client that waits for many answers is woken up once, and not by each of them.

    A response that comes piece by piece is collected first; chapter 16 sends it as the client reads.
    """

    rounds: ClassVar[WeakKeyDictionary[EventLoop, list[HttpSession]]] = WeakKeyDictionary()

    def __init__(self, conn: Connection, handler: Handler) -> None:
        self.conn = conn
        self.handler = handler
        self.http = HttpConnection()
        self._output: list[bytes] = []
        self._round = self.rounds.setdefault(conn.loop, [])  # the sessions that have output

    def received(self, data: bytes) -> None:
        """Answer every request that is whole, in one write."""
        try:
            for pieces in replies(self.http, self.handler, data):
                self._output += pieces
        except Exception:
            self.send_output()
            raise
        if self._output:
            if not self._round:
                self.conn.loop.call_later(0, self.end_round)
            self._round.append(self)

    def end_round(self) -> None:
        """Send what this round of the loop has answered, on all its connections."""
        sessions, self._round[:] = self._round[:], []
        for session in sessions:
            session.send_output()

    def send_output(self) -> None:
        """Send what was answered on this connection, and close it if that was the last."""
        self.conn.write(b"".join(self._output))
        self._output.clear()
        if self.http.state is State.CLOSED:
            self.conn.close()

    def ended(self) -> None:
        """Nothing remains to be done: the connection closes itself."""


def hello(request: Request) -> Response:
    """Answer every request with a greeting."""
    content = f"Hello! You asked for {request.target} and sent {len(request.content)} octets.\n"
    return Response(content.encode(), 200, [TEXT])


def serve(host: str, port: int) -> None:
    """Greet every client over HTTP, until Ctrl-C."""

    def handle(conn: socket.socket, _name: FourTuple) -> None:
        serve_http(conn, hello)

    with Server(handle, 32, host, port) as server:
        announce(server.address)
        wait_for_ctrl_c()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "An HTTP server that greets you."))
