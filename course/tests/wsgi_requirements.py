"""What PEP 3333 requires of a server, one row each, as an application and a client see it.

A row says how strongly (`level`) and in which section of the PEP (`section`) something is required, in
a sentence. Its function gets a `Host`: `with host(application) as address:` serves an application. It
raises AssertionError if the requirement is not met. DEFINED is what the PEP, or RFC 3875 to which it
refers, states without a keyword.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from http.client import HTTPResponse
from typing import Any, NamedTuple

Address = tuple[str, int]
Application = Callable[..., Any]
Host = Callable[[Application], AbstractContextManager[Address]]
PATIENCE = 5.0  # s
TEXT = [("Content-Type", "text/plain")]


class Row(NamedTuple):
    """A requirement."""

    level: str
    section: str
    says: str
    check: Callable[[Host], None]


ROWS: list[Row] = []
M, S, D = "MUST", "SHOULD", "DEFINED"


def row(level: str, section: str, says: str) -> Callable[[Callable[[Host], None]], None]:
    def add(check: Callable[[Host], None]) -> None:
        ROWS.append(Row(level, section, says, check))

    return add


class Answer(NamedTuple):
    """A response, and what follows it on the connection."""

    line: str
    fields: list[tuple[str, str]]
    content: bytes
    rest: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]


class Replay:
    """A socket that has received all there is."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)

    def makefile(self, _mode: str) -> io.BytesIO:
        return self.file


def sent(line: str = "GET /", *fields: str, content: bytes = b"", version: str = "1.1") -> bytes:
    lines = [f"{line} HTTP/{version}", "Host: a.test", *fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


LAST = sent("GET /last", "Connection: close")


def talk(address: Address, data: bytes) -> bytes:
    """Send all of it, finish, and return all that comes back. A reset ends it."""
    got = bytearray()
    with socket.create_connection(address, timeout=PATIENCE) as client:
        client.sendall(data)
        with suppress(ConnectionError):
            while piece := client.recv(65536):
                got += piece
    return bytes(got)


def parsed(data: bytes, method: str = "GET") -> Answer:
    """Take the first response off some bytes. Raises http.client's errors if it is not complete."""
    stream = Replay(data)
    response = HTTPResponse(stream, method=method)  # type: ignore[arg-type]
    # HTTPResponse closes its file, and then nothing is known of what follows.
    stream.file.close = lambda: None  # type: ignore[method-assign]
    response.begin()
    content = response.read()
    line = data.split(b"\r\n")[0].decode("latin-1")
    return Answer(line, response.getheaders(), content, stream.file.read())


def ask(host: Host, application: Application, *arguments: str, **options: Any) -> Answer:
    """Send one request, and another one that closes; return the response to the first."""
    data = sent(*arguments, **options)
    method = arguments[0].split(" ")[0] if arguments else "GET"
    with host(application) as address:
        return parsed(talk(address, data + LAST), method)


def environ_of(host: Host, *arguments: str, **options: Any) -> dict[str, Any]:
    """Return a copy of the environ that a request becomes, with its content as "content"."""
    seen: list[dict[str, Any]] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ | {"content": environ["wsgi.input"].read(), "type": type(environ)})
        start_response("200 OK", list(TEXT))
        return [b"ok"]

    ask(host, application, *arguments, **options)
    return seen[0]


def answers(*blocks: Any, status: str = "200 OK", fields: Any = None) -> Application:
    """Return an application that answers with these blocks, in a list."""

    def application(_environ: Any, start_response: Any) -> Any:
        start_response(status, list(TEXT) if fields is None else fields)
        return list(blocks)

    return application


def refused(host: Host, application: Application) -> None:
    """Require that the client gets a 500, and the server lives."""
    answer = ask(host, application)
    assert answer.line.startswith("HTTP/1.1 500 "), answer
    assert b"Traceback" not in answer.content
    assert answer.rest.startswith(b"HTTP/1.1 500 "), "the next request has an answer"


class Closing:
    """An iterable that counts calls of close()."""

    def __init__(self, blocks: Any, error: BaseException | None = None) -> None:
        self.blocks = blocks
        self.error = error
        self.closed = threading.Event()
        self.count = 0

    def __iter__(self) -> Iterator[Any]:
        yield from self.blocks
        if self.error:
            raise self.error

    def close(self) -> None:
        self.count += 1
        self.closed.set()

    def __call__(self, _environ: Any, start_response: Any) -> Closing:
        start_response("200 OK", list(TEXT))
        return self

    def is_closed_once(self) -> bool:
        return self.closed.wait(PATIENCE) and self.count == 1


# environ


@row(M, "Specification Details", "The environ is a dict, not a subclass")
def _(host: Host) -> None:
    assert environ_of(host)["type"] is dict


@row(M, "Specification Details", "An application may change its environ; the next one is new")
def _(host: Host) -> None:
    sizes: list[int] = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        sizes.append(len(environ))
        environ.clear()
        environ["mine"] = 1
        start_response("200 OK", list(TEXT))
        return [b""]

    with host(application) as address:
        talk(address, sent() + sent() + LAST)
    assert sizes[0] == sizes[1] > 15


@row(M, "Specification Details", "Both arguments are given by position")
def _(host: Host) -> None:
    def application(one: Any, two: Any, /) -> list[bytes]:
        two("200 OK", list(TEXT))
        return [one["REQUEST_METHOD"].encode()]

    assert ask(host, application).content == b"GET"


@row(M, "environ Variables", "What has to be there is there, and is a str")
def _(host: Host) -> None:
    environ = environ_of(host, "POST /", "Content-Length: 2", content=b"ab")
    for name in ("REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"):
        assert type(environ[name]) is str
        assert environ[name]
    for name in ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_LENGTH", "REMOTE_ADDR"):
        assert type(environ[name]) is str
    assert environ["SERVER_PORT"].isdigit()
    assert environ["REMOTE_ADDR"] == "127.0.0.1"


@row(M, "environ Variables", "wsgi.version is the tuple (1, 0)")
def _(host: Host) -> None:
    assert environ_of(host)["wsgi.version"] == (1, 0)


@row(M, "environ Variables", "wsgi.url_scheme is http, and there is no HTTPS")
def _(host: Host) -> None:
    environ = environ_of(host)
    assert environ["wsgi.url_scheme"] == "http"
    assert "HTTPS" not in environ


@row(M, "environ Variables", "multithread, multiprocess and run_once are there")
def _(host: Host) -> None:
    environ = environ_of(host)
    assert not environ["wsgi.run_once"]
    assert not environ["wsgi.multiprocess"]
    assert environ["wsgi.multithread"] in (True, False)


@row(M, "Unicode Issues", "Text has no character above U+00FF")
def _(host: Host) -> None:
    environ = environ_of(host, "GET /%E2%9C%93?%E2", "X-Name: \xe2\x9c\x93")
    for value in environ.values():
        if isinstance(value, str):
            value.encode("latin-1")
    assert environ["HTTP_X_NAME"] == "\xe2\x9c\x93"


for target, path, query in (
    ("/", "/", ""),
    ("/a/b?c=d", "/a/b", "c=d"),
    ("/a%20b%2Fc?d=%20%2F+", "/a b/c", "d=%20%2F+"),
    ("/%C3%A5", "/\xc3\xa5", ""),
    ("/%2525", "/%25", ""),
    ("//a//b", "//a//b", ""),
    ("/a?b?c", "/a", "b?c"),
    ("/a%3Fb", "/a?b", ""),
    ("/a;b+c", "/a;b+c", ""),
    ("http://h.test:81/a?b", "/a", "b"),
    ("http://h.test", "/", ""),
):

    @row(D, "environ Variables", f"The target {target} becomes PATH_INFO and QUERY_STRING")
    def _(host: Host, target: str = target, path: str = path, query: str = query) -> None:
        environ = environ_of(host, f"GET {target}")
        assert (environ["SCRIPT_NAME"] + environ["PATH_INFO"], environ["QUERY_STRING"]) == (
            path,
            query,
        )


@row(D, "environ Variables", "OPTIONS * has no path")
def _(host: Host) -> None:
    environ = environ_of(host, "OPTIONS *")
    assert (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("OPTIONS", "")


@row(D, "URL Reconstruction", "The host of an absolute target counts, not Host")
def _(host: Host) -> None:
    assert environ_of(host, "GET http://h.test:81/")["HTTP_HOST"] == "h.test:81"


@row(M, "environ Variables", "SERVER_PROTOCOL is the client's version")
def _(host: Host) -> None:
    assert environ_of(host)["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ_of(host, version="1.0")["SERVER_PROTOCOL"] == "HTTP/1.0"


@row(D, "environ Variables", "Fields become HTTP_ variables; there are no others")
def _(host: Host) -> None:
    environ = environ_of(host, "GET /", "X-One: a", "x-TWO:b")
    names = {name for name in environ if name.startswith("HTTP_")}
    assert names == {"HTTP_HOST", "HTTP_X_ONE", "HTTP_X_TWO"}
    assert (environ["HTTP_X_ONE"], environ["HTTP_X_TWO"]) == ("a", "b")


@row(D, "environ Variables", "Repeated fields are joined; cookies by semicolons")
def _(host: Host) -> None:
    environ = environ_of(host, "GET /", "X-A: 1", "Cookie: a=1", "x-a: 2", "cookie: b=2")
    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1, 2", "a=1; b=2")


@row(D, "environ Variables", "A name with an underscore does not pass for one with a hyphen")
def _(host: Host) -> None:
    environ = environ_of(host, "GET /", "X_User: root", "X-User: guest", "X_Other: a")
    assert environ["HTTP_X_USER"] == "guest"
    assert "HTTP_X_OTHER" not in environ


@row(D, "environ Variables", "Proxy does not become HTTP_PROXY (CVE-2016-5385)")
def _(host: Host) -> None:
    assert "HTTP_PROXY" not in environ_of(host, "GET /", "Proxy: http://evil.test/")


@row(D, "environ Variables", "Type and length of the content have no HTTP_ before them")
def _(host: Host) -> None:
    environ = environ_of(host, "POST /", "Content-Type: a/b", "Content-Length: 2", content=b"ab")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("a/b", "2")
    assert not {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"} & environ.keys()


@row(M, "Other HTTP Features", "Content in chunks is decoded, and can be read")
def _(host: Host) -> None:
    chunks = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    environ = environ_of(host, "POST /", "Transfer-Encoding: chunked", content=chunks)
    assert environ["content"] == b"abcde"
    assert environ.get("CONTENT_LENGTH") == "5" or environ.get("wsgi.input_terminated")
    assert "HTTP_TRANSFER_ENCODING" not in environ


@row(S, "Input and Error Streams", "Reading ends where the content ends")
def _(host: Host) -> None:
    environ = environ_of(host, "POST /", "Content-Length: 2", content=b"ab")
    assert environ["content"] == b"ab", "the next request on the connection is not read"
    assert environ_of(host)["content"] == b""


@row(M, "Input and Error Streams", "read(), readline(), readlines() and iteration work")
def _(host: Host) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        stream = environ["wsgi.input"]
        got = [
            stream.read(0),
            stream.read(3),
            stream.readline(),
            stream.readline(2),
            next(iter(stream)),
        ]
        got += [
            stream.readlines(),
            stream.read(5),
            stream.read(),
            stream.readline(),
            stream.readlines(),
        ]
        start_response("200 OK", list(TEXT))
        return [repr(got).encode()]

    content = b"abcde\nfghij\nk\nl"
    answer = ask(host, application, "POST /", f"Content-Length: {len(content)}", content=content)
    assert (
        answer.content
        == repr([b"", b"abc", b"de\n", b"fg", b"hij\n", [b"k\n", b"l"], b"", b"", b"", []]).encode()
    )


@row(M, "Input and Error Streams", "wsgi.errors takes text, any text")
def _(host: Host) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        errors = environ["wsgi.errors"]
        errors.write("✓\n")
        errors.writelines(["a\n", "b\n"])
        errors.flush()
        start_response("200 OK", list(TEXT))
        return [b"ok"]

    assert ask(host, application).content == b"ok"


@row(M, "HTTP 1.1 Expect/Continue", "A client that expects 100 gets it, and then the response")
def _(host: Host) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", list(TEXT))
        return [environ["wsgi.input"].read(2)]

    with (
        host(application) as address,
        socket.create_connection(address, timeout=PATIENCE) as client,
    ):
        client.sendall(sent("POST /", "Content-Length: 2", "Expect: 100-continue"))
        assert client.recv(65536).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"ab")
        assert client.recv(65536).endswith(b"ab")


# start_response()


@row(M, "The start_response() Callable", "Status, reason and fields are sent as they are, in order")
def _(host: Host) -> None:
    fields = [("X-A", "1"), ("Set-Cookie", "a=1"), ("x-a", "j\xe9"), ("Set-Cookie", "b=2")]
    answer = ask(host, answers(b"x", status="299 Oh, well", fields=[*fields]))
    assert answer.line == "HTTP/1.1 299 Oh, well"
    assert [field for field in answer.fields if field in fields] == fields


@row(M, "The start_response() Callable", "There is one Date, the application's if it has one")
def _(host: Host) -> None:
    date = "Sun, 06 Nov 1994 08:49:37 GMT"
    assert ask(host, answers(b"x", fields=[("date", date)])).all("Date") == [date]
    assert len(ask(host, answers(b"x")).all("Date")) == 1


@row(M, "The start_response() Callable", "It returns write()")
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> list[bytes]:
        return [str(callable(start_response("200 OK", list(TEXT)))).encode()]

    assert ask(host, application).content == b"True"


@row(M, "The start_response() Callable", "The head waits for a block that is not empty")
def _(host: Host) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", list(TEXT))
        yield b""
        asked.set()
        go_on.wait(PATIENCE)
        yield b"x"

    with (
        host(application) as address,
        socket.create_connection(address, timeout=PATIENCE) as client,
    ):
        client.sendall(LAST)
        assert asked.wait(PATIENCE)
        client.settimeout(0.05)
        try:
            got = client.recv(1)
        except TimeoutError:
            got = b""
        go_on.set()
        assert got == b""


@row(
    M, "The start_response() Callable", "exc_info before the head is out replaces status and fields"
)
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("X-Old", "1"), ("Content-Length", "1")])
        yield b""
        try:
            raise LookupError
        except LookupError:
            start_response("503 Later", [("X-New", "2")], sys.exc_info())
        yield b"sorry"

    answer = ask(host, application)
    assert (answer.line, answer.content) == ("HTTP/1.1 503 Later", b"sorry")
    assert (answer.all("X-Old"), answer.all("X-New")) == ([], ["2"])


@row(M, "The start_response() Callable", "exc_info after the head is out raises that exception")
def _(host: Host) -> None:
    raised: list[BaseException] = []
    error = LookupError("mine")

    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", list(TEXT))
        yield b"first"
        try:
            raise error
        except LookupError:
            try:
                start_response("500 Oh no", [], sys.exc_info())
            except BaseException as again:
                raised.append(again)
                raise
        yield b"second"

    with host(application) as address:
        data = talk(address, sent() + LAST)
    assert raised == [error]
    assert b"first" in data
    assert b"second" not in data
    assert data.count(b"HTTP/1.1") == 1
    assert not data.endswith(b"0\r\n\r\n"), "the client must not take it for complete"


@row(M, "The start_response() Callable", "A second call without exc_info is an error")
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", list(TEXT))
        start_response("404 Not Found", list(TEXT))
        return [b"x"]

    refused(host, application)


@row(M, "The start_response() Callable", "A call after one that was refused needs exc_info")
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> list[bytes]:
        with suppress(Exception):
            start_response("200 OK", [("A", "b\r\nC: d")])
        start_response("200 OK", list(TEXT))
        return [b"x"]

    refused(host, application)


WRONG = (
    ("a status that is a number", 200, []),
    ("a status without a reason", "200", []),
    ("a status with CR LF", "200 OK\r\nX: y", []),
    ("a status with a line end at its end", "200 OK\n", []),
    ("a status that is not final", "100 Continue", []),
    ("a status beyond latin-1", "200 ✓", []),
    ("fields in a tuple", "200 OK", ()),
    ("a field that is a list", "200 OK", [["A", "b"]]),
    ("a name with a space", "200 OK", [("A b", "c")]),
    ("a name with a colon", "200 OK", [("A:", "c")]),
    ("a name that is bytes", "200 OK", [(b"A", "c")]),
    ("a value with CR LF", "200 OK", [("A", "b\r\nC: d")]),
    ("a value with LF at its end", "200 OK", [("A", "b\n")]),
    ("a value with NUL", "200 OK", [("A", "b\0")]),
    ("a value that is a number", "200 OK", [("A", 1)]),
    ("a value beyond latin-1", "200 OK", [("A", "✓")]),
    ("a Content-Length that is not a number", "200 OK", [("Content-Length", "many")]),
    ("two lengths", "200 OK", [("Content-Length", "1"), ("Content-Length", "2")]),
)

for what, status, fields in WRONG:

    @row(M, "The start_response() Callable", f"It refuses {what}, at once")
    def _(host: Host, status: Any = status, fields: Any = fields) -> None:
        after: list[int] = []

        def application(_environ: Any, start_response: Any) -> list[bytes]:
            start_response(status, fields)
            after.append(1)
            return [b"x"]

        refused(host, application)
        assert after == [], "the error is raised while the application is running"


for name in (
    "Connection",
    "keep-alive",
    "Proxy-Authenticate",
    "PROXY-AUTHORIZATION",
    "TE",
    "Trailers",
    "Transfer-Encoding",
    "Upgrade",
):

    @row(S, "Other HTTP Features", f"The hop-by-hop field {name} is an error")
    def _(host: Host, name: str = name) -> None:
        refused(host, answers(b"x", fields=[(name, "close")]))


# Content-Length


def two(host: Host, application: Application) -> bytes:
    """Send two requests at once, and return what comes back."""
    with host(application) as address:
        return talk(address, sent() + LAST)


@row(S, "Handling the Content-Length Header", "Too little: nothing follows, and it looks broken")
def _(host: Host) -> None:
    data = two(host, answers(b"abc", fields=[("Content-Length", "5")]))
    assert data.count(b"HTTP/1.1") == 1
    assert data.endswith(b"\r\n\r\nabc")


for blocks in ((b"hello, you",), (b"hello", b", you"), (b"hel", b"lo, you", b"!")):

    @row(S, "Handling the Content-Length Header", f"Too much in {len(blocks)} blocks: it is cut")
    def _(host: Host, blocks: tuple[bytes, ...] = blocks) -> None:
        data = two(host, answers(*blocks, fields=[("Content-Length", "5")]))
        assert data.count(b"HTTP/1.1") == 1, "nothing follows"
        assert data.endswith(b"\r\n\r\nhello")


@row(S, "Handling the Content-Length Header", "write() raises an error beyond it")
def _(host: Host) -> None:
    raised: list[BaseException] = []

    def application(_environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [("Content-Length", "5")])
        write(b"hel")
        try:
            write(b"lo, you")
        except Exception as error:
            raised.append(error)
        return []

    data = two(host, application)
    assert len(raised) == 1
    assert data.count(b"HTTP/1.1") == 1
    assert data.endswith(b"\r\n\r\nhello")


@row(
    D, "Handling the Content-Length Header", "The right length is sent once; the connection goes on"
)
def _(host: Host) -> None:
    answer = ask(host, answers(b"hel", b"lo", fields=[("content-length", "5")]))
    assert (answer.all("Content-Length"), answer.content) == (["5"], b"hello")
    assert answer.rest.startswith(b"HTTP/1.1 200 ")


@row(D, "Handling the Content-Length Header", "One block has a length, even without the field")
def _(host: Host) -> None:
    assert ask(host, answers(b"hello")).all("Content-Length") == ["5"]
    assert ask(host, answers()).all("Content-Length") == ["0"]


@row(D, "Handling the Content-Length Header", "A list of one block, and write(), is longer than it")
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", list(TEXT))(b"hel")
        return [b"lo"]

    assert ask(host, application).content == b"hello"


@row(D, "Handling the Content-Length Header", "Blocks of unknown length: chunks for HTTP/1.1")
def _(host: Host) -> None:
    answer = ask(host, answers(b"hel", b"", b"lo"))
    assert (answer.all("Transfer-Encoding"), answer.content) == (["chunked"], b"hello")
    assert answer.rest.startswith(b"HTTP/1.1 200 ")


@row(
    D, "Handling the Content-Length Header", "Blocks of unknown length: the end of an HTTP/1.0 one"
)
def _(host: Host) -> None:
    answer = ask(host, answers(b"hel", b"lo"), "GET /", "Connection: keep-alive", version="1.0")
    assert (answer.all("Transfer-Encoding"), answer.content, answer.rest) == ([], b"hello", b"")


for method, status, fields in (
    ("HEAD", "200 OK", [("Content-Length", "5")]),
    ("HEAD", "200 OK", []),
    ("HEAD", "404 Not Found", list(TEXT)),
    ("GET", "204 No Content", []),
    ("GET", "304 Not Modified", [("Content-Length", "5")]),
):

    @row(D, "Other HTTP Features", f"{method}, {status}, {fields}: no content is sent")
    def _(host: Host, method: str = method, status: str = status, fields: Any = fields) -> None:
        for blocks in ((b"hello",), (b"hel", b"lo"), ()):
            answer = ask(host, answers(*blocks, status=status, fields=[*fields]), f"{method} /")
            assert answer.line == f"HTTP/1.1 {status}"
            assert answer.rest.startswith(b"HTTP/1.1 ")


@row(S, "Handling the Content-Length Header", "When enough has been sent, it stops iterating")
def _(host: Host) -> None:
    asked: list[int] = []

    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "5")])
        yield b"hel"
        yield b"lo"
        asked.append(1)
        raise LookupError

    data = two(host, application)
    assert data.count(b"\r\n\r\nhello") == 2
    assert asked == []


@row(D, "Error Handling", "What was announced arrives, although the application fails beyond it")
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [("Content-Length", "3000000")])
        write(b"a" * 3_000_000)
        write(b"b")
        return []

    data = two(host, application)
    assert data.endswith(b"a" * 3_000_000)


@row(D, "The write() Callable", "write() does not overtake the response before it")
def _(host: Host) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", list(TEXT))
        if environ["PATH_INFO"] == "/last":
            write(b"second")
            return []
        return [b"first"]

    answer = ask(host, application)
    assert answer.content == b"first"
    assert b"second" in answer.rest


# Blocks


@row(M, "Buffering and Streaming", "A block is at the client before the next one is made")
def _(host: Host) -> None:
    arrived = threading.Event()

    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", list(TEXT))
        yield b"first"
        yield b"then " + str(arrived.wait(PATIENCE)).encode()

    streams(host, application, arrived)


@row(M, "Buffering and Streaming", "The same, if the length is known, and for a list that waits")
def _(host: Host) -> None:
    arrived = threading.Event()

    class Blocks:
        def __len__(self) -> int:
            return 2

        def __iter__(self) -> Iterator[bytes]:
            yield b"first"
            yield b"then " + str(arrived.wait(PATIENCE)).encode()

    def application(_environ: Any, start_response: Any) -> Blocks:
        start_response("200 OK", [("Content-Length", "14")])
        return Blocks()

    streams(host, application, arrived)


@row(M, "The write() Callable", "What write() is given is at the client before it goes on")
def _(host: Host) -> None:
    arrived = threading.Event()

    def application(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", list(TEXT))(b"first")
        return [b"then " + str(arrived.wait(PATIENCE)).encode()]

    streams(host, application, arrived)


def streams(host: Host, application: Application, arrived: threading.Event) -> None:
    with (
        host(application) as address,
        socket.create_connection(address, timeout=PATIENCE) as client,
    ):
        client.sendall(LAST)
        data = b""
        while b"first" not in data and (piece := client.recv(65536)):
            data += piece
        arrived.set()
        while piece := client.recv(65536):
            data += piece
    assert parsed(data).content == b"firstthen True"


@row(M, "The write() Callable", "write() comes before the blocks, and may be given much")
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", list(TEXT))
        for _ in range(3):
            write(b"a" * 1_000_000)
        write(b"")
        return [b"b"]

    assert ask(host, application).content == b"a" * 3_000_000 + b"b"


@row(D, "The write() Callable", "write() of one request cannot answer another one")
def _(host: Host) -> None:
    kept: list[Any] = []

    def application(_environ: Any, start_response: Any) -> list[bytes]:
        for write in kept:
            with suppress(Exception):
                write(b"evil")
        kept.append(start_response("200 OK", [("Content-Length", "4")]))
        return [b"good"]

    data = two(host, application)
    assert data.count(b"good") == 2
    assert b"evil" not in data


@row(M, "The write() Callable", "Text is refused")
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", list(TEXT))("text")
        return []

    refused(host, application)


@row(M, "Specification Details", "start_response() may be called in the first step")
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        yield b""
        start_response("201 Created", [("X-A", "b")])
        yield b"made"

    answer = ask(host, application)
    assert (answer.line, answer.all("X-A")) == ("HTTP/1.1 201 Created", ["b"])
    assert answer.content == b"made"


@row(M, "Specification Details", "No block at all: the head is sent at the end")
def _(host: Host) -> None:
    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        yield b""
        start_response("202 Accepted", list(TEXT))

    answer = ask(host, application)
    assert (answer.line, answer.content) == ("HTTP/1.1 202 Accepted", b"")


@row(M, "Specification Details", "Without start_response(), there is a 500")
def _(host: Host) -> None:
    refused(host, lambda _environ, _start: [b"x"])
    refused(host, lambda _environ, _start: [])


for wrong in (["text"], [bytearray(b"a")], [None], [1], "text", b"bytes", None, 5):

    @row(M, "Unicode Issues", f"An application that returns {wrong!r} is refused")
    def _(host: Host, wrong: Any = wrong) -> None:
        def application(_environ: Any, start_response: Any) -> Any:
            start_response("200 OK", list(TEXT))
            return wrong

        refused(host, application)


@row(M, "Unicode Issues", "Text in a later block breaks the response")
def _(host: Host) -> None:
    data = two(host, answers(b"first", "second"))
    assert data.count(b"HTTP/1.1") == 1
    assert b"first" in data
    assert b"second" not in data
    assert not data.endswith(b"0\r\n\r\n")


@row(M, "Specification Details", "Only len(), iteration and close() of the iterable are used")
def _(host: Host) -> None:
    used: set[str] = set()

    class Watched:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"a", b"b"])

        def __getattr__(self, name: str) -> Any:
            used.add(name)
            raise AttributeError(name)

    def application(_environ: Any, start_response: Any) -> Watched:
        start_response("200 OK", list(TEXT))
        return Watched()

    assert ask(host, application).content == b"ab"
    assert used <= {"close"}


@row(M, "Specification Details", "close() is called once at the end, and after HEAD")
def _(host: Host) -> None:
    for line in ("GET /", "HEAD /"):
        blocks = Closing([b"a", b"b"])
        with host(blocks) as address:
            talk(address, sent(line, "Connection: close"))
            assert blocks.is_closed_once()


@row(M, "Specification Details", "close() comes after the last block has been sent")
def _(host: Host) -> None:
    closing, arrived = threading.Event(), threading.Event()

    class Blocks:
        def __iter__(self) -> Iterator[bytes]:
            yield b"last"

        def close(self) -> None:
            if arrived.wait(PATIENCE):
                closing.set()

    def application(_environ: Any, start_response: Any) -> Blocks:
        start_response("200 OK", [("Content-Length", "4")])
        return Blocks()

    with (
        host(application) as address,
        socket.create_connection(address, timeout=PATIENCE) as client,
    ):
        client.sendall(LAST)
        data = b""
        while not data.endswith(b"last") and (piece := client.recv(65536)):
            data += piece
        arrived.set()
        assert closing.wait(PATIENCE)


for says, blocks, error in (
    ("the first block fails", [], LookupError()),
    ("a later block fails", [b"a"], LookupError()),
    ("a block is text", ["text"], None),
    ("a later block is text", [b"a", "text"], None),
    ("the application wants to exit", [b"a"], SystemExit(1)),
    ("the application wants to exit at once", [], SystemExit(1)),
    ("the application raises KeyboardInterrupt", [], KeyboardInterrupt()),
):

    @row(M, "Specification Details", f"close() is called once if {says}; the server lives")
    def _(host: Host, blocks: Any = blocks, error: Any = error) -> None:
        applications = iter([Closing(blocks, error), Closing([b"alive"])])
        first, second = applications
        queue = iter([first, second])
        with host(lambda *both: next(queue)(*both)) as address:
            talk(address, LAST)
            assert first.is_closed_once()
            assert b"alive" in talk(address, LAST)


@row(M, "Specification Details", "close() is called if start_response() never was")
def _(host: Host) -> None:
    blocks = Closing([b"a"])
    with host(lambda _environ, _start: blocks) as address:
        assert b" 500 " in talk(address, LAST)
        assert blocks.is_closed_once()


@row(M, "Specification Details", "close() is called soon if the client has gone")
def _(host: Host) -> None:
    def forever() -> Iterator[bytes]:
        while True:
            yield b"a" * 10_000

    blocks = Closing(forever())
    with host(blocks) as address:
        with socket.create_connection(address, timeout=PATIENCE) as client:
            client.sendall(LAST)
            assert client.recv(1000)
        assert blocks.is_closed_once()


@row(D, "Specification Details", "An error in close() harms nobody")
def _(host: Host) -> None:
    class Blocks(Closing):
        def close(self) -> None:
            raise LookupError

    assert b"alive" in two(host, Blocks([b"alive"]))


# Errors, and several clients


@row(
    S, "Error Handling", "An application that fails gives a 500; the connection and the server live"
)
def _(host: Host) -> None:
    def application(_environ: Any, _start_response: Any) -> Any:
        raise LookupError("a secret")

    refused(host, application)


@row(S, "Error Handling", "An error after the first block breaks the response")
def _(host: Host) -> None:
    data = two(host, Closing([b"first"], LookupError()))
    assert data.count(b"HTTP/1.1") == 1
    assert b"first" in data
    assert not data.endswith(b"0\r\n\r\n")


@row(D, "Specification Details", "Requests that are pipelined are answered one after the other")
def _(host: Host) -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", list(TEXT))
        return [environ["PATH_INFO"].encode()]

    with host(application) as address:
        data = talk(address, b"".join(sent(f"GET /{number}") for number in range(5)) + LAST)
    got = []
    while data:
        answer = parsed(data)
        got.append(answer.content)
        data = answer.rest
    assert got == [b"/0", b"/1", b"/2", b"/3", b"/4", b"/last"]


@row(M, "Specification Details", "Classes, instances and functions are applications")
def _(host: Host) -> None:
    class Class:
        def __init__(self, _environ: Any, start_response: Any) -> None:
            start_response("200 OK", list(TEXT))

        def __iter__(self) -> Iterator[bytes]:
            yield b"class"

    class Instance:
        def __call__(self, _environ: Any, start_response: Any) -> list[bytes]:
            start_response("200 OK", list(TEXT))
            return [b"instance"]

    assert ask(host, Class).content == b"class"
    assert ask(host, Instance()).content == b"instance"
