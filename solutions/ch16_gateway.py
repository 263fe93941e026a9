"""Chapter 16. How do my server and someone else's framework agree?

They agree on one call, WSGI (PEP 3333): the server calls `application(environ, start_response)`, and
sends the blocks of bytes that the application returns. `environ` is a dictionary that describes the
request. By calling `start_response`, the application says how the head of its response begins.

This chapter writes both sides: the server's, so that your sockets host Flask, and the application's, so
that somebody else's server runs what you wrote for yours.

Who calls whom:

    Hosted (given)  ─┬─► build_environ ─► field_variables, split_target (given)
                     └─► run_wsgi ─► the application ─► Started.start_response
    to_wsgi (given) ─► blocks_of ─► frame (chapter *response*)

Run it by hand:

    python3 -m solutions.ch16_gateway --port 8000 [--loop]              Flask on your server
    python3 -m solutions.ch16_gateway --port 8000 --app module:name     any WSGI application
    python3 -m solutions.ch16_gateway --port 8000 --on waitress         your guest book on waitress
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import re
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping, Sized
from functools import lru_cache, partial
from importlib.util import find_spec
from io import BytesIO
from itertools import chain
from secrets import token_bytes
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from course.by_hand import CannotRun, announce, by_hand, wait_for_ctrl_c

from .ch02_four_tuple import FourTuple, four_tuple
from .ch04_closing import open_listener
from .ch07_event_loop import WRITE, EventLoop
from .ch08_back_pressure import Connection, serve_on
from .ch09_request import FIELD_NAMES, Headers, HttpError, Request
from .ch10_body import MAX_CONTENT
from .ch11_response import (
    OURS,
    REASONS,
    Handler,
    Outgoing,
    Response,
    check_sendable,
    close_content,
    field_line,
    frame,
)
from .ch12_connection import (
    IDLE_TIMEOUT,
    HttpConnection,
    HttpServer,
    HttpSession,
    State,
    Sweep,
    hello,
    send,
    serve_http,
)
from .ch13_routing import SCHEME_AND_AUTHORITY, SUB_DELIMS, plain
from .ch14_framework import Signer, guest_book
from .grammar import host_in

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

# Only a server writes these: they are about one connection (PEP 3333, "Other HTTP Features").
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
}
# These fields have variables of their own, or are about chunks, which the server has decoded.
ABOUT_CONTENT = {"content-type", "content-length", "transfer-encoding"}
# PEP 3333: three digits, a space, a reason; no control character. 1xx is not the end of an exchange.
STATUS = re.compile(r"[2-5][0-9]{2} [\x20-\x7e\x80-\xff]*")
VALUE = re.compile(r"[\x20-\x7e\x80-\xff]*")  # PEP 3333 forbids tabs as well
IN_PATHS = f"/{SUB_DELIMS}"  # quote() leaves these as they are


def field_variables(headers: Headers) -> dict[str, str]:
    """Return the variables that the fields of a request become (RFC 3875 §4.1.18).

    X-Name: a                        → {"HTTP_X_NAME": "a"}
    x-name: a and X-Name: b          → {"HTTP_X_NAME": "a, b"}
    Cookie: a=1 and Cookie: b=2      → {"HTTP_COOKIE": "a=1; b=2"}
    X_Name: a                        → {}     an underscore could pass for a hyphen
    Content-Length: 5                → {}     as for every field of ABOUT_CONTENT
    """
    # TASK 1. get_all(name) ignores case, and returns every value of the name.
    variables = {}
    for name, _value in headers:
        if "_" in name or name.lower() in ABOUT_CONTENT:
            continue
        separator = "; " if name.lower() == "cookie" else ", "
        variables[f"HTTP_{name.upper().replace('-', '_')}"] = separator.join(headers.get_all(name))
    return variables


def split_target(target: str) -> tuple[str | None, str, str]:
    """Return the host that a target names, or None, its path, and its query, as sent. This is given.

    "/a%2Fb?c?d"       → (None, "/a%2Fb", "c?d")
    "http://h:80/a"    → ("h:80", "/a", "")
    "http://h?a"       → ("h", "/", "a")
    "*"                → (None, "", "")
    """
    host = host_in(target)
    if host:
        target = target.partition("://")[2].removeprefix(host)
    path, _, query = target.partition("?")
    return host, "" if path == "*" else path or "/", query


def copied_variables(request: Request, name: FourTuple, secured: bool) -> Environ:
    """Return the variables that are only copied, from the request or the connection. This is given."""
    variables = {
        "REQUEST_METHOD": request.method,
        "REQUEST_URI": request.target,  # not in PEP 3333: the target as it was sent
        "SERVER_PROTOCOL": "HTTP/1.1" if request.version == (1, 1) else "HTTP/1.0",
        "SCRIPT_NAME": "",  # where the application is: at the top
        "SERVER_NAME": name.local.host,
        "SERVER_PORT": str(name.local.port),
        "REMOTE_ADDR": name.remote.host,
        "REMOTE_PORT": str(name.remote.port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if secured else "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,  # not in PEP 3333: reading ends where the content ends
    }
    if secured:
        variables["HTTPS"] = "on"
    if "content-type" in request.headers:
        variables["CONTENT_TYPE"] = ", ".join(request.headers.get_all("content-type"))
    return variables


def build_environ(request: Request, name: FourTuple, secured: bool = False) -> Environ:
    """Return the environ of a request: a new dictionary each time.

    It has what copied_variables() and field_variables() return, and:

        PATH_INFO         the path, with a character for each octet: `%C3%A5` → 'Ã¥'
        QUERY_STRING      the query, as sent
        HTTP_HOST         the target's host, if it has one; else the field Host, if there is one
        CONTENT_LENGTH    how many octets the content has, as text, if there is a field
                          Content-Length or Transfer-Encoding
        wsgi.input        a BytesIO with the content, even if empty
    """
    # TASK 2. request.content is bytes. unquote_to_bytes("/%41") is b"/A".
    # With "latin-1", decode() makes each octet a character.
    environ = copied_variables(request, name, secured) | field_variables(request.headers)
    host, path, environ["QUERY_STRING"] = split_target(request.target)
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    if host:
        environ["HTTP_HOST"] = host
    if "content-length" in request.headers or "transfer-encoding" in request.headers:
        environ["CONTENT_LENGTH"] = str(len(request.content))
    environ["wsgi.input"] = BytesIO(request.content)
    return environ


def check_head(status: object, fields: object) -> None:
    """Refuse a status or fields that PEP 3333 does not allow. This is given.

    Raises TypeError:
        the status is not a str, or the fields are not a list of tuples of two str

    Raises ValueError:
        the status is not three digits, a space and a reason, or it is not final
        a name is not a token, or a value has a control character, or one beyond latin-1
        a field is in HOP_BY_HOP, in upper or lower case: only the server writes it
    """
    if type(status) is not str or type(fields) is not list:
        raise TypeError("start_response() takes a str and a list")
    if not STATUS.fullmatch(status):
        raise ValueError(f"a status is three digits, a space and a reason; this is not: {status!r}")
    for field in fields:
        if type(field) is not tuple or len(field) != 2:
            raise TypeError(f"a field is a tuple of two str, not {field!r}")
        name, value = field
        if type(name) is not str or type(value) is not str:
            raise TypeError(f"a field is a tuple of two str, not {field!r}")
        if not VALUE.fullmatch(value):
            raise ValueError(f"the value of {name} cannot be sent: {value!r}")
        if not FIELD_NAMES[name]:
            raise ValueError(f"this is not the name of a field: {name!r}")
        if name.lower() in HOP_BY_HOP:
            raise ValueError(f"only the server writes {name}")


def length_of(fields: Iterable[tuple[str, str]]) -> int | None:
    """Return the number in Content-Length, or None if there is no such field. This is given.

    Raises ValueError if it is not a number, or if there are several that differ.
    """
    values = {value for name, value in fields if name.lower() == "content-length"}
    if not values:
        return None
    value = values.pop()
    if values or not (value.isascii() and value.isdigit()):
        raise ValueError("Content-Length is one number")
    return int(value)


def checked(block: object) -> bytes:
    """Return a block, if it is bytes. Raises TypeError. This is given."""
    if type(block) is not bytes:
        raise TypeError(f"a block is bytes, not {type(block).__name__}")
    return block


class Started:
    """What an application has said about its response so far. You write start_response().

    `status` and `fields` are the head, as the application gave it; `status` is "" if there is none.
    `is_out` says whether the server has begun to send it. `blocks` holds what was given to write().
    """

    def __init__(self) -> None:
        self.status = ""
        self.fields: list[tuple[str, str]] = []
        self.length: int | None = None  # the number in Content-Length
        self.was_called = False
        self.is_out = False
        self.blocks: deque[bytes] = deque()

    def start_response(
        self, status: str, fields: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Keep the head of the response, and return `self.write`. The application calls this.

            the first call                  → keep the head: `status`, `fields` and `length`
            a later one, without exc_info   → RuntimeError
            with exc_info, and `is_out`     → raise exc_info[1]
            with exc_info, otherwise        → keep this head instead of the old one

        If check_head(status, fields) or length_of(fields) raises an error, no head is kept: `status`
        is "". It still counts as a call.
        """
        # TASK 3. First decide whether the call is allowed. Forget the old head. Then check, then keep.
        if exc_info and self.is_out:
            raise exc_info[1].with_traceback(exc_info[2])
        if self.was_called and not exc_info:
            raise RuntimeError("start_response() was called again, without exc_info")
        self.was_called, self.status = True, ""
        check_head(status, fields)
        self.length = length_of(fields)
        self.status, self.fields = status, list(fields)
        return self.write

    def write(self, block: bytes) -> None:
        """Take a block of the content: it precedes those that are returned. This is given."""
        self.blocks.append(checked(block))

    def response(self, first: bytes, others: Iterable[bytes], blocks: Iterable[bytes]) -> Response:
        """Return the response: the head is out from now on. This is given.

        Its content is what write() was given, then `first`, then `others`, which are taken one by one
        as they are sent. `blocks` is what the application returned: its close() is called at the end.

        The length is the one in Content-Length, or that of the only block. The server writes Date.

        Raises RuntimeError if no head was kept.
        """
        length = self.length
        if not self.blocks and isinstance(blocks, Sized) and len(blocks) <= 1:
            length = len(first) if length is None else length
            if length == len(first) and not hasattr(blocks, "close"):
                return self.head(first, length)
        return self.head(Blocks(chain(self.blocks, (first,), others), blocks), length)

    def head(self, content: bytes | Iterable[bytes], length: int | None) -> Response:
        """Return a response with the head that was kept: it is out from now on."""
        if not self.status:
            raise RuntimeError("the application has not called start_response(), or it was refused")
        self.is_out = True
        fields = [field for field in self.fields if field[0].lower() not in OURS]
        return Response(content, int(self.status[:3]), fields, length)


class Blocks:
    """The content of a response: the blocks of an application, and its close(). This is given."""

    def __init__(self, pieces: Iterable[bytes], blocks: Iterable[bytes]) -> None:
        self.pieces = pieces
        self.blocks = blocks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    def close(self) -> None:
        """Close what the application has returned, if it can be closed. An error is logged."""
        try:
            close_content(self.blocks)
        except Exception:
            logging.exception("the close() of an application failed")


def run_wsgi(application: Application, environ: Environ, started: Started) -> Response:
    """Return the response of an application, as soon as its head is certain.

    1. Call application(environ, started.start_response), which returns `blocks`.
    2. Take blocks until one is not empty, or none is left.
    3. Return started.response(first, others, blocks): `first` is that block, or b""; `others` is an
       iterator over the blocks that follow.

    Every block passes through checked() when it is taken.
    If step 2 or 3 raises an error, even KeyboardInterrupt, call close_content(blocks), and raise the
    error again.
    """
    # TASK 4. map(checked, blocks) checks each block when it is taken.
    blocks = application(environ, started.start_response)
    try:
        others = map(checked, blocks)
        first = next(filter(None, others), b"")
        return started.response(first, others, blocks)
    except BaseException:
        close_content(blocks)
        raise


def request_of(environ: Environ) -> Request:
    """Return the request that an environ describes, as far as it can be known. This is given.

    The way back from build_environ() is not exact: whether a slash was `%2F` is lost, and the names of
    fields come in lower case. The target is what follows SCRIPT_NAME, the place where somebody has put
    the application.

    Raises HttpError 413 if there is more content than MAX_CONTENT, and 400 if it is not complete.
    """
    fields = [("content-type", environ["CONTENT_TYPE"])] if environ.get("CONTENT_TYPE") else []
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            fields.append((key[5:].replace("_", "-").lower(), value))
    content = read_input(environ)
    if environ.get("CONTENT_LENGTH"):
        fields.append(("content-length", str(len(content))))
    target = origin_form(quote(environ.get("PATH_INFO", "").encode("latin-1"), safe=IN_PATHS))
    if query := environ.get("QUERY_STRING"):
        target += f"?{query}"
    version = (1, 0) if environ.get("SERVER_PROTOCOL") == "HTTP/1.0" else (1, 1)
    return Request(environ["REQUEST_METHOD"], target, version, Headers(fields), content)


def origin_form(path: str) -> str:
    """Return a path that begins with a slash, or `*`. Some servers pass on absolute targets."""
    if not path.startswith("/") and (match := SCHEME_AND_AUTHORITY.match(path)):
        path = path[match.end() :]
    return path if path.startswith("/") or path == "*" else f"/{path}"


def read_input(environ: Environ) -> bytes:
    """Return the content: CONTENT_LENGTH octets, or all if the server says that reading ends there."""
    if environ.get("CONTENT_LENGTH"):
        length = int(environ["CONTENT_LENGTH"])
    else:
        length = MAX_CONTENT + 1 if environ.get("wsgi.input_terminated") else 0
    content = bytearray()
    if length <= MAX_CONTENT + 1:
        while len(content) < length:
            piece = environ["wsgi.input"].read(length - len(content))
            if not piece:
                break
            content += piece
    if max(len(content), length if environ.get("CONTENT_LENGTH") else 0) > MAX_CONTENT:
        raise HttpError(413, "there is too much content", "RFC 9110 §15.5.14")
    if environ.get("CONTENT_LENGTH") and len(content) < length:
        raise HttpError(400, "the content is not complete", "RFC 9112 §8")
    return bytes(content)


def ask(handler: Handler, environ: Environ) -> tuple[Request, Response]:
    """Return the request that an environ describes, and the handler's response to it. This is given.

    Raises what portable() raises.
    """
    try:
        request = request_of(environ)
    except HttpError as error:
        refused = Request(environ["REQUEST_METHOD"], "/", (1, 1), Headers())
        return refused, plain(error.status, str(error))
    return request, portable(handler(request))


def portable(response: Response) -> Response:
    """Return a response that any server can send, without hop-by-hop fields. This is given.

    A server need not look at what an application gives it. If this response cannot be sent, its content
    is closed. Raises what check_sendable() and check_head() raise, and ValueError for an upgrade.
    """
    try:
        check_sendable(response)
        if response.upgrade:
            raise ValueError("another server cannot hand over its connection")
        fields = [field for field in response.fields if field[0].lower() not in HOP_BY_HOP]
        check_head(f"{response.status} ", fields)
        return response._replace(fields=fields)
    except BaseException:
        close_content(response.content)
        raise


def blocks_of(
    request: Request, response: Response, start_response: StartResponse
) -> Iterable[bytes]:
    """Call start_response, and return the blocks of a response to a request.

    1. Call frame(response, request), with (1, 0) as the request's version. It returns a list of fields,
       and an iterator over the pieces.
    2. Take the first piece, or b"" if there is none.
    3. Call start_response with a status such as "404 Not Found" ("299 " if REASONS has none), and a
       list: the response's fields, then frame()'s.
    4. Return Outgoing(first, pieces, response.content).
    """
    # TASK 5. request._replace(version=(1, 0)) is the same request, with another version.
    fields, pieces = frame(response, request._replace(version=(1, 0)))
    first = next(pieces, b"")
    status = f"{response.status} {REASONS.get(response.status, '')}"
    start_response(status, [*response.fields, *fields])
    return Outgoing(first, pieces, response.content)


def to_wsgi(handler: Handler) -> Application:
    """Return an application, for any WSGI server, that answers as the handler does. This is given.

    If a response cannot be sent, its content is closed here: the server has nothing to close.
    """

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request, response = ask(handler, environ)
        try:
            return blocks_of(request, response, start_response)
        except BaseException:
            close_content(response.content)
            raise

    return application


# The server's side, on a connection. It is given.


class Live(Started):
    """What an application says about its response, and the way of its blocks to the client.

    It is the content of the response, and yields the blocks as they come. What write() is given goes
    out at once, while the application is running. What is more than Content-Length says is not sent.

    If the response breaks off, the connection ends. The client can tell, because the length that was
    announced is missing, or the last chunk. A client of HTTP/1.0 may know neither: then an error is
    raised, and makes a reset, which may take away what the kernel has not delivered yet.
    """

    is_live = True  # each block has to go out before the next one is asked for

    def __init__(self, http: HttpConnection, send_now: Callable[[bytes], object]) -> None:
        super().__init__()
        self.http = http
        self.send_now = send_now
        self.sending: Iterator[bytes] | None = None  # from the first block that write() is given
        self.limit: int | None = None  # octets
        self.was_cut = False  # there was more
        self.has_returned = False  # the application, with its blocks
        self.shows_its_end = False  # by a length, or by the last chunk
        self.rest: Iterable[bytes] | None = None  # the content that the application has returned

    def write(self, block: bytes) -> None:
        """Send a block. Raises what the connection raises, and ValueError if it is too much.

        Raises RuntimeError if the application has returned: it may be another request's turn.
        """
        if self.has_returned:
            raise RuntimeError("write() was called after the application has returned")
        super().write(block)
        if not block:
            return
        if self.sending is None:
            self.sending = iter(self.begin(self.head(b"", self.length), None))
        self.send_now(next(self.sending, b""))
        if self.was_cut:
            raise ValueError("there is more content than Content-Length says")

    def answer(self, response: Response) -> Outgoing:
        """Return what is still to be sent, now that the application has returned."""
        self.has_returned = True
        content = response.content
        if isinstance(content, bytes):
            has_head_only = self.http.request and self.http.request.method == "HEAD"
            if self.sending is None and (content or not has_head_only):
                return self.begin(response, content)
            content = [content]
        if self.sending is None:
            return self.begin(response, content)
        self.rest = content
        return Outgoing(b"", self.sending, self)

    def begin(self, response: Response, rest: bytes | Iterable[bytes] | None) -> Outgoing:
        """Begin the response. The application's own reason and Date replace those of the server."""
        assert self.http.request
        self.limit = response.length
        self.shows_its_end = self.limit is not None or self.http.request.version >= (1, 1)
        if not isinstance(rest, bytes):
            self.rest = rest
            response = response._replace(content=self)
        pieces = self.http.respond(response)
        assert isinstance(pieces, Outgoing)
        if self.was_cut:
            self.http.state = State.CLOSED
        dates = [field for field in self.fields if field[0].lower() == "date"]
        if dates or self.status[4:] != REASONS.get(response.status):
            _line, date, others = pieces.first.split(b"\r\n", 2)
            line = f"HTTP/1.1 {self.status}".encode("latin-1")
            date = field_line(*dates[-1])[:-2] if dates else date
            pieces.first = b"\r\n".join((line, date, others))
        if not isinstance(rest, bytes):
            pieces.others = self.until_it_breaks(pieces.others)
        return pieces

    def until_it_breaks(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces. After an error, the connection ends."""
        try:
            yield from pieces
        except Exception:
            if not self.shows_its_end:
                raise
            self.break_off()

    def break_off(self) -> None:
        """Log the error, and let the connection end after what has been sent."""
        logging.exception("a response broke off")
        self.http.state = State.CLOSED

    def __iter__(self) -> Iterator[bytes]:
        left = self.limit
        for block in self.every_block():
            if left is not None and len(block) > left:
                logging.error("an application has more content than its Content-Length says")
                self.was_cut, self.http.state = True, State.CLOSED
                yield block[:left]
                return
            left = None if left is None else left - len(block)
            yield block
            if left == 0 and self.has_returned and not self.is_all_there:
                return  # nothing more is needed, so nothing more is asked for

    @property
    def is_all_there(self) -> bool:
        """Whether the blocks are in a list: then it costs nothing to look for more."""
        return isinstance(self.rest, Blocks) and isinstance(self.rest.blocks, list | tuple)

    def every_block(self) -> Iterator[bytes]:
        """Yield what write() was given, as it comes; then what the application has returned."""
        while self.rest is None:
            yield self.blocks.popleft()  # nobody asks before write() has put one there
        rest = iter(self.rest)
        while (block := trapped(next, rest, None)) is not None:
            yield block

    def close(self) -> None:
        """Close what the application has returned."""
        rest, self.rest = self.rest, ()
        close_content(rest)


def trapped(call: Callable[..., Any], *arguments: object) -> Any:
    """Return what an application's code returns. If it wants to exit, that is an error like any other.

    Otherwise one application could end the loop, or a thread of the pool. Only the main thread gets a
    real Ctrl-C.
    """
    try:
        return call(*arguments)
    except (SystemExit, GeneratorExit, KeyboardInterrupt) as error:
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and isinstance(error, KeyboardInterrupt):
            raise
        raise RuntimeError(f"an application has raised {type(error).__name__}") from error


class Hosted:
    """A WSGI application as the handler of one connection, whose name is a 4-tuple.

    `send_now(data)` sends bytes on that connection, and returns when the kernel has taken them.
    """

    __slots__ = ("application", "has_threads", "name", "send_now")

    def __init__(
        self,
        application: Application,
        name: FourTuple,
        send_now: Callable[[bytes], object],
        has_threads: bool = True,
    ) -> None:
        self.application = application
        self.name = name
        self.send_now = send_now
        self.has_threads = has_threads

    def __call__(self, request: Request) -> Response:
        """Return the response, as any handler does. What write() was given is in its content."""
        return run_wsgi(self.application, self.environ(request), Started())

    def environ(self, request: Request, secured: bool = False) -> Environ:
        """Return the environ of a request on this connection."""
        environ = build_environ(request, self.name, secured)
        environ["wsgi.multithread"] = self.has_threads
        environ.pop("HTTP_PROXY", None)  # some libraries take it for a setting (CVE-2016-5385)
        return environ

    def answer_on(self, http: HttpConnection, request: Request) -> Outgoing:
        """Return the bytes of the response, block by block. Some may have been sent already."""
        live = Live(http, self.send_now)
        environ = self.environ(request, http.secured)
        try:
            response = trapped(run_wsgi, self.application, environ, live)
        except Exception:
            if not live.sending or not live.shows_its_end:
                raise
            live.break_off()
            return Outgoing(b"", (), b"")
        return live.answer(response)


class WsgiServer(HttpServer):
    """A server on threads that hosts a WSGI application."""

    def __init__(
        self,
        application: Application,
        workers: int = 32,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(hello, workers, host, port)

        def handle(conn: socket.socket, name: FourTuple) -> None:
            serve_http(conn, Hosted(application, name, partial(send, conn)), self.idle)

        self.handle = handle


def send_on(conn: Connection, data: bytes) -> None:
    """Send data on a loop's connection, and wait until the kernel has taken it, or the client is gone.

    Everybody waits with it: an application is running on the loop's thread.
    """
    conn.write(data)
    with selectors.DefaultSelector() as selector:
        if conn.waiting:
            selector.register(conn.sock, WRITE)
        while conn.waiting and conn.is_open:
            if selector.select(IDLE_TIMEOUT):
                conn.on_ready(WRITE)
            else:
                conn.abort()
    if not conn.is_open:
        raise ConnectionError("the client is gone")


def wsgi_sessions(
    application: Application, sweep: Sweep | None = None, kind: type[HttpSession] = HttpSession
) -> Callable[[Connection], HttpSession]:
    """Return what makes a session on the loop that hosts an application.

    The application runs on the loop's thread. While it is running, nobody else is served: only
    applications that never wait belong here.
    """

    def make_session(conn: Connection) -> HttpSession:
        name = four_tuple(conn.sock)
        hosted = Hosted(application, name, partial(send_on, conn), has_threads=False)
        return kind(conn, hosted, sweep=sweep)

    return make_session


def serve_wsgi(application: Application, host: str, port: int, on_loop: bool) -> None:
    """Host a WSGI application on threads, or on an event loop, until Ctrl-C."""
    if not on_loop:
        with WsgiServer(application, 32, host, port) as server:
            announce(server.address)
            wait_for_ctrl_c(several=True)
        return
    with EventLoop() as loop, open_listener(host, port) as listener:
        serve_on(loop, listener, wsgi_sessions(application, Sweep(loop)))
        announce(listener.getsockname())
        loop.run()


# ASGI, the same agreement for servers that are asynchronous. It is given.

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


def to_asgi(handler: Handler) -> AsgiApplication:
    """Return an application, for any ASGI server, that answers as the handler does.

    The handler runs on a thread of asyncio's pool, so that it may wait.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
        elif scope["type"] == "http":
            await respond_to(handler, scope, receive, send)
        else:  # a server that gets no error believes that it was understood
            raise ValueError(f"this application does not speak {scope['type']}")

    return application


async def live(receive: Receive, send: Send) -> None:
    """Say that nothing has to be done when the server starts, and when it stops."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def respond_to(handler: Handler, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request."""
    try:
        content = await read_body(receive)
    except HttpError as error:
        request, response = request_in(scope, b""), plain(error.status, str(error))
    else:
        if content is None:  # the client is gone
            return
        request = request_in(scope, content)
        response = portable(await asyncio.to_thread(handler, request))
    try:
        framing, pieces = frame(response, request._replace(version=(1, 0)))
        first = await asyncio.to_thread(next, pieces, b"")
        fields = [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in [*response.fields, *framing]
        ]
        await send({"type": "http.response.start", "status": response.status, "headers": fields})
        body = {"type": "http.response.body", "body": first}
        if isinstance(response.content, bytes):
            await send(body)
        else:
            await send(body | {"more_body": True})
            await send_pieces(pieces, receive, send)
    finally:
        await asyncio.to_thread(close_content, response.content)


async def read_body(receive: Receive) -> bytes | None:
    """Return the content of a request, or None if the client has gone. Raises HttpError 413."""
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        content += message.get("body", b"")
        if len(content) > MAX_CONTENT:
            raise HttpError(413, "there is too much content", "RFC 9110 §15.5.14")
        if not message.get("more_body", False):
            return bytes(content)


def request_in(scope: Scope, content: bytes) -> Request:
    """Return the request that a scope describes. Its path is decoded; raw_path may be missing."""
    raw = scope.get("raw_path")
    path = raw.decode("ascii") if raw else quote(scope["path"], safe=IN_PATHS)
    path, root = origin_form(path.partition("?")[0]), quote(scope.get("root_path") or "")
    if path == root or path.startswith(f"{root}/"):
        path = path.removeprefix(root)
    query = scope.get("query_string", b"").decode("latin-1")
    target = path if path.startswith("/") or path == "*" else f"/{path}"
    headers = Headers(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    )
    version = (1, 0) if scope.get("http_version") == "1.0" else (1, 1)
    return Request(
        scope["method"], f"{target}?{query}" if query else target, version, headers, content
    )


async def send_pieces(pieces: Iterator[bytes], receive: Receive, send: Send) -> None:
    """Send content piece by piece, as long as the client is there.

    After the content of the request, receive() waits, until there is an http.disconnect.
    """
    gone = asyncio.ensure_future(receive())
    step: asyncio.Future[bytes | None] | None = None
    try:
        while not gone.done():
            step = asyncio.ensure_future(asyncio.to_thread(next, pieces, None))
            piece = await asyncio.shield(step)
            if piece is None:
                await send({"type": "http.response.body", "body": b""})
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()
        if step and not step.done():  # we are cancelled, but a thread cannot be
            await asyncio.wait([step])


# What can be run by hand. It is given.


@lru_cache
def guests() -> Handler:
    """Return the guest book of the chapter *framework*."""
    return guest_book(Signer(token_bytes(32)))


def wsgi(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the guest book, on any WSGI server: `waitress-serve …:wsgi`."""
    return to_wsgi(guests())(environ, start_response)


async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the guest book, on any ASGI server: `uvicorn …:asgi`."""
    await to_asgi(guests())(scope, receive, send)


def flask_site() -> Application:
    """Return a small Flask application."""
    from flask import Flask, redirect, request, stream_with_context

    site = Flask("site")
    site.add_url_rule("/", "home", lambda: FLASK_PAGE)

    @site.post("/upload")
    def upload() -> str:
        file = request.files["file"]
        return f"{file.filename}: {len(file.read())} octets\n"

    @site.get("/count")
    def count() -> Any:
        def numbers() -> Iterator[str]:
            for number in range(1, 6):
                time.sleep(0.5)
                yield f"{number}\n"

        return stream_with_context(numbers()), {"Content-Type": "text/plain"}

    @site.get("/old")
    def old() -> Any:
        return redirect("/")

    @site.get("/environ")
    def show() -> Any:
        lines = [f"{key:24} {value!r}\n" for key, value in sorted(request.environ.items())]
        return "".join(lines), {"Content-Type": "text/plain; charset=utf-8"}

    @site.get("/broken")
    def broken() -> str:
        raise RuntimeError("this page has a bug")

    return site


FLASK_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Flask on my sockets</title>
<style>
  body { max-width: 46rem; margin: 0 auto; padding: 3rem 1.5rem; line-height: 1.5;
    font-family: system-ui, sans-serif; color: #1f2937; background: #f8fafc; }
  h1 { margin: 0 0 .5rem; font-size: 2.2rem; letter-spacing: -.02em; }
  a { color: #0f766e; }
</style>
<h1>Flask on my sockets</h1>
<p>Flask made this page. Your own server accepted the connection, read the request, called Flask, and
sent what Flask returned.
<p><a href="/environ">The environ of a request</a> · <a href="/count">a stream</a> ·
<a href="/old">a redirect</a> · <a href="/broken">an error</a>
<form method="post" action="/upload" enctype="multipart/form-data">
  <input type="file" name="file" required> <button>Send to Flask</button>
</form>
"""

# How other servers are started, each with the guest book.
COMMANDS = {
    "waitress": "waitress --host={host} --port={port} {module}:wsgi",
    "gunicorn": "gunicorn --bind={host}:{port} {module}:wsgi",
    "granian": "granian --interface=asgi --host={host} --port={port} {module}:asgi",
    "uvicorn": "uvicorn --host={host} --port={port} {module}:asgi",
    "hypercorn": "hypercorn --bind={host}:{port} {module}:asgi",
}


def application_named(name: str) -> Application:
    """Return the application that is called `module:name`. Raises CannotRun."""
    module, _, attribute = name.partition(":")
    try:
        application = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name and module.split(".")[0] != error.name.split(".")[0]:
            raise CannotRun(not_installed(error.name.split(".")[0])) from None
        raise CannotRun(f"There is no module {error.name} here.") from None
    except (AttributeError, ValueError):
        raise CannotRun(f"There is no application {name}: write module:name.") from None
    if not callable(application):
        raise CannotRun(f"{name} cannot be called, so it is not an application.")
    return application  # type: ignore[no-any-return]


def not_installed(name: str) -> str:
    """Say what to do about a package that is not there."""
    return f"{name} is not installed. python3 -m pip install {name}"


def serve_elsewhere(server: str, host: str, port: int) -> None:
    """Serve the guest book on another server, until Ctrl-C. Raises CannotRun."""
    if server not in COMMANDS:
        raise CannotRun(f"{server} is not one of {', '.join(COMMANDS)}.")
    if find_spec(server) is None:
        raise CannotRun(not_installed(server))
    assert __spec__
    command = COMMANDS[server].format(host=host, port=port, module=__spec__.name)
    subprocess.run([sys.executable, "-m", *command.split()], check=False)


def serve(host: str, port: int, on_loop: bool, app: str = "", on: str = "") -> None:
    """Host an application, or the guest book on another server, until Ctrl-C."""
    if on:
        serve_elsewhere(on, host, port)
    elif app:
        serve_wsgi(application_named(app), host, port, on_loop)
    elif find_spec("flask") is None:
        raise CannotRun(not_installed("flask"))
    else:
        serve_wsgi(flask_site(), host, port, on_loop)


if __name__ == "__main__":
    raise SystemExit(
        by_hand(
            serve,
            "A server that hosts WSGI applications.",
            loop=True,
            texts={
                "app": "the application to host, as module:name; without it, a Flask site",
                "on": f"serve the guest book on another server: {', '.join(COMMANDS)}",
            },
        )
    )
