"""Runs the table of HTTP's requirements on the wire: against the reference on threads, and on the loop.

`pytest -s course/tests/test_http_requirements.py` ends with the counts by level, and with what is
known not to hold.
"""

import contextlib
import logging
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from unittest import mock

import pytest

from course.tests.http_requirements import GET, ROWS, Row
from solutions.ch04_closing import open_listener
from solutions.ch06_threads import Server
from solutions.ch07_event_loop import EventLoop
from solutions.ch08_back_pressure import serve_on
from solutions.ch09_request import Request
from solutions.ch11_response import TEXT, Response
from solutions.ch12_connection import HttpSession, serve_http
from solutions.ch13_routing import Router
from solutions.ch19_speed import FastSession

PATIENCE = 5.0  # s for an answer; a sound one takes a thousandth of it
IMF_FIXDATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d\d:\d\d:\d\d GMT"
)
METHOD = re.compile(rb"(GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|BREW) \S+ HTTP/1")
held: Counter[tuple[str, str]] = Counter()


class Site:
    """The application that the rows speak of. It counts how often it is called."""

    def __init__(self) -> None:
        self.calls = 0
        self.router = Router()
        for method, path, page in (
            ("GET", "/", lambda _request: Response(b"hello", 200, [TEXT])),
            ("POST", "/echo", lambda request: Response(request.content, 200, [TEXT])),
            ("PUT", "/echo", lambda request: Response(request.content, 200, [TEXT])),
            ("GET", "/fields", self.fields),
            ("GET", "/host", self.host),
            ("GET", "/pieces", lambda _request: Response(iter([b"one", b"", b"two"]))),
            ("GET", "/pieces/{n:int}", lambda _request, n: Response(iter([b"one", b"two"]), n)),
            ("GET", "/status/{n:int}", lambda _request, n: Response(b"content", n)),
            ("GET", "/cookies", lambda _request: Response(fields=self.cookies)),
            ("GET", "/folder/", lambda _request: Response()),
            ("GET", "/bug", lambda _request: 1 / 0),
            ("GET", "/split", lambda _request: Response(fields=[("A", "b\r\nSet-Cookie: c=d")])),
            ("GET", "/fold", lambda _request: Response(fields=[("A", "b\r\n c")])),
        ):
            self.router.add(method, path, page, name=f"{method} {path}")

    cookies = (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))

    def fields(self, request: Request) -> Response:
        """Answer with the names of the fields."""
        return Response(" ".join(name for name, _value in request.headers).encode())

    def host(self, request: Request) -> Response:
        """Answer with the host that was asked for."""
        return Response((request.headers.get("host") or "").encode())

    def __call__(self, request: Request) -> Response:
        self.calls += 1
        return self.router(request)


class Service(NamedTuple):
    """A site that is being served."""

    site: Site
    address: tuple[str, int]


@contextlib.contextmanager
def on_threads(site: Site) -> Iterator[tuple[str, int]]:
    with Server(lambda conn, _name: serve_http(conn, site), workers=4) as server:
        yield server.address


@contextlib.contextmanager
def on_the_loop(site: Site) -> Iterator[tuple[str, int]]:
    with EventLoop() as loop, open_listener() as listener:
        serve_on(loop, listener, lambda conn: HttpSession(conn, site))
        thread = threading.Thread(target=loop.run)
        thread.start()
        yield listener.getsockname()
        loop.stop()
        thread.join()


@contextlib.contextmanager
def on_the_fast_loop(site: Site) -> Iterator[tuple[str, int]]:
    with mock.patch.dict(globals(), HttpSession=FastSession), on_the_loop(site) as address:
        yield address


@pytest.fixture(
    scope="module",
    params=[on_threads, on_the_loop, on_the_fast_loop],
    ids=["threads", "loop", "fast"],
)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    site = Site()
    logging.disable(logging.CRITICAL)  # /bug is meant
    with request.param(site) as address:
        yield Service(site, address)
    logging.disable(logging.NOTSET)


class Answer(NamedTuple):
    """A response as a client reads it."""

    line: str
    status: int
    fields: list[tuple[str, str]]
    content: bytes

    def values(self, name: str) -> list[str]:
        return [value for other, value in self.fields if other.lower() == name.lower()]


class Client:
    """Reads responses by the ladder of RFC 9112 §6.3, strictly."""

    def __init__(self, sock: socket.socket, methods: list[str]) -> None:
        self._sock = sock
        self._methods = methods
        self._received = b""

    def read_answer(self) -> Answer:
        head = self._read_until(b"\r\n\r\n")
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", head), f"no clean head: {head!r}"
        line, *lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [^\r\n]*", line)
        assert match, f"no status line: {line!r}"
        fields = [tuple(one.split(": ", 1)) for one in lines]
        assert all(len(field) == 2 and field[0].strip() == field[0] for field in fields), lines
        answer = Answer(line, int(match[1]), fields, b"")
        if answer.status < 200:
            return answer
        method = self._methods.pop(0) if self._methods else "GET"
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        return answer._replace(content=self._read_content(answer))

    def read_rest(self) -> bytes:
        while piece := self._sock.recv(65536):
            self._received += piece
        rest, self._received = self._received, b""
        return rest

    def _read_content(self, answer: Answer) -> bytes:
        lengths, codings = answer.values("Content-Length"), answer.values("Transfer-Encoding")
        assert len(lengths + codings) <= 1, f"two framings: {answer}"
        if lengths:
            return self._read(int(lengths[0]))
        if not codings:
            assert "close" in answer.values("Connection"), f"no framing: {answer}"
            return self.read_rest()
        assert codings == ["chunked"]
        content = b""
        while size := int(self._read_until(b"\r\n"), 16):
            content += self._read(size)
            assert self._read(2) == b"\r\n"
        assert self._read(2) == b"\r\n"
        return content

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._received:
            self._receive()
        before, _, self._received = self._received.partition(end)
        return before

    def _read(self, count: int) -> bytes:
        while len(self._received) < count:
            self._receive()
        data, self._received = self._received[:count], self._received[count:]
        return data

    def _receive(self) -> None:
        piece = self._sock.recv(65536)
        assert piece, f"the connection ended: {self._received!r}"
        self._received += piece


def converse(row: Row, service: Service) -> None:
    """Play the client of one row, and require what it says."""
    pieces = row.sent if isinstance(row.sent, tuple) else (row.sent,)
    methods = METHOD.findall(b"".join(pieces))
    calls = service.site.calls
    with socket.create_connection(service.address, timeout=PATIENCE) as sock:
        client = Client(sock, [method.decode() for method in methods])
        answer = None
        for piece, expected in zip(pieces, row.answers.split(" | "), strict=True):
            sock.sendall(piece)
            for statuses in filter(None, expected.split(", ")):
                answer = client.read_answer()
                allowed = statuses.split(" or ")
                assert str(answer.status) in allowed, f"{answer.line!r}, not {statuses}"
        if row.then == "stays":
            sock.sendall(GET)
            assert client.read_answer().content == b"hello"
        elif row.then == "closes":
            assert client.read_rest() == b""
        elif row.then == "ends":
            sock.shutdown(socket.SHUT_WR)
            assert client.read_rest() == b""
    for what in row.also:
        if what == "not applied":
            assert service.site.calls == calls
        else:
            assert answer
            assert holds(what, answer), f"{what!r} does not hold: {answer}"


def holds(what: str, answer: Answer) -> bool:
    """Tell whether something is true of a response, in the words of the table."""
    name, colon, value = what.partition(": ")
    if what in ("no content", "some content"):
        return bool(answer.content) == (what == "some content")
    if what == "Date in the preferred format":
        return all(map(IMF_FIXDATE.fullmatch, answer.values("Date"))) and "Date" in str(answer)
    if not colon:
        return bool(answer.values(what.removeprefix("no "))) != what.startswith("no ")
    if name == "content":
        return answer.content == value.encode("latin-1")
    if name == "line":
        return answer.line == value
    return " & ".join(answer.values(name)) == value


@pytest.mark.parametrize("row", [row for row in ROWS if not row.because], ids=lambda row: row.says)
def test_required_by_http(row: Row, service: Service) -> None:
    converse(row, service)
    held[row.level, row.says] += 1


@pytest.mark.parametrize("row", [row for row in ROWS if row.because], ids=lambda row: row.says)
def test_what_is_known_not_to_hold_is_still_so(row: Row, service: Service) -> None:
    """When it is fixed, move the row to the others."""
    with pytest.raises(AssertionError):
        converse(row, service)


def test_counts_by_level() -> None:
    """Print how much of each level holds in both servers, if all of them were run."""
    rows = Counter(row.level for row in ROWS)
    kept = Counter(level for (level, _says), servers in held.items() if servers == 2)
    print("\n" + ", ".join(f"{level} {kept[level]}/{rows[level]}" for level in rows))
    for row in ROWS:
        if row.because:
            print(f"not held: {row.level}, {row.section}: {row.says} {row.because}")
