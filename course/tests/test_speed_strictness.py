"""The fast classes of *speed* accept, refuse and answer exactly what those of the chapters before do.

Many more streams: `nice -n 15 python -m course.tests.test_speed_strictness --count 1000000 --seed 1`.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import logging
import random
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from course.tests.test_http_fuzz import SMALL, cuts, limits, outcome, spoilt
from course.tests.test_http_fuzz_on_the_wire import stream
from solutions import ch09_request, ch11_response, ch19_speed
from solutions.ch02_four_tuple import Endpoint, FourTuple
from solutions.ch09_request import Request, RequestParser
from solutions.ch11_response import TEXT, Response
from solutions.ch12_connection import HttpConnection, HttpSession
from solutions.ch13_routing import Router
from solutions.ch16_gateway import Hosted
from solutions.ch19_speed import FastHttp, FastParser, FastRouter, FastSession, FastWsgiSession

COUNT = 1500
NOW = 1_800_000_000.5  # the time at which every response is made


# The suites of the earlier chapters


class Overlay:
    """The answers to a chapter, with a fast class in the place of a readable one."""

    def __init__(self, stem: str, name: str, fast: type) -> None:
        module = importlib.import_module(f"solutions.{stem}")
        self._module = module
        # Checks replace constants in the module where the class was written.
        self.__dict__[name] = type(name, (fast,), {"__module__": module.__name__, "__slots__": ()})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


FAST = (
    ("ch09_request", "RequestParser", FastParser),
    ("ch12_connection", "HttpConnection", FastHttp),
    ("ch12_connection", "HttpSession", FastSession),
    ("ch13_routing", "Router", FastRouter),
)


def promises() -> Iterator[Any]:
    """Yield each promise of an earlier chapter that is about a class which has a fast one."""
    for stem, name, fast in FAST:
        suite = importlib.import_module(f"tests.test_{stem}")
        source = inspect.getsource(suite)
        for check in vars(suite).values():
            if isinstance(check, FunctionType) and check.__name__.startswith("test_"):
                assert f"chapter.{name}" in source or name == "HttpSession"
                yield pytest.param(check, stem, name, fast, id=f"{fast.__name__}-{check.__name__}")


@pytest.mark.parametrize(("check", "stem", "name", "fast"), list(promises()))
def test_keeps_the_promises_of_the_readable_class(
    check: Callable[[Any], object], stem: str, name: str, fast: type
) -> None:
    with limits({}), quiet():
        check(Overlay(stem, name, fast))


@contextmanager
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


# Heads


@contextmanager
def small() -> Iterator[None]:
    """Make the limits small, also those that the fast path looks at."""
    with (
        limits(SMALL),
        mock.patch.multiple(ch19_speed, MAX_FIELDS=SMALL["MAX_FIELDS"], MAX_ORDINARY=50),
    ):
        yield


def fuzz_heads(count: int, seed: int) -> Counter[str]:
    """Parse so many spoilt heads by both parsers; return how often came what."""
    found: Counter[str] = Counter()
    chance = random.Random(seed)
    for _ in range(count):
        data = spoilt(chance)
        with small() if chance.random() < 0.3 else limits({}):
            readable = outcome([data])
            assert outcome([data], FastParser) == readable, data
            for pieces in cuts(chance, data):
                assert outcome(pieces, FastParser) == readable, pieces
        head, end, _rest = data.partition(b"\r\n\r\n")
        if end and ch19_speed.fast_request(head):
            found["ordinary"] += 1
        found.update(str(event[0]) for event in readable)
    return found


def test_same_requests_and_same_errors_for_every_head() -> None:
    found = fuzz_heads(COUNT, seed=19)
    assert set(found) >= {"ordinary", "taken", "unfinished", "400", "414", "431"}, found


ORDINARY = b"GET /a?b HTTP/1.1\r\nHost: h:80\r\nAccept: */*"


@pytest.mark.parametrize("octet", range(256))
def test_no_octet_makes_a_difference(octet: int) -> None:
    for at in range(len(ORDINARY) + 1):
        for head in (
            ORDINARY[:at] + bytes([octet]) + ORDINARY[at:],
            ORDINARY[:at] + bytes([octet]) + ORDINARY[at + 1 :],
        ):
            request = ch19_speed.fast_request(head)
            if request is not None:
                assert request == RequestParser().parse(bytearray(head + b"\r\n\r\n"))


NUMBERED = [f"x-{number}:" for number in range(100)]


@pytest.mark.parametrize(
    "lines",
    [
        ["CONNECT / HTTP/1.1", "Host: a"],
        ["CONNECT a:80 HTTP/1.1", "Host: a"],
        ["get / HTTP/1.1", "Host: a"],
        ["OPTIONS * HTTP/1.1", "Host: a"],
        ["GET http://b/ HTTP/1.1", "Host: a"],
        ["GET / HTTP/1.1"],
        ["GET / HTTP/1.1", "Host:"],
        ["GET / HTTP/1.0", "Host: a"],
        ["GET / HTTP/1.1", "Host: a", "x: a\rb\nc"],
        ["GET / HTTP/1.1", "Host: a", "x: a\nb\rc"],
        ["GET / HTTP/1.1\rX: a\nHost: a"],
        ["GET / HTTP/1.1", "Host: a", *NUMBERED[1:]],
        ["GET / HTTP/1.1", "Host: a", *NUMBERED],
        ["GET / HTTP/1.1", "Host: a", "x" * 5000 + ": y"],
        ["GET /" + "a" * 5000 + " HTTP/1.1", "Host: a"],
        ["GET /" + "a" * 9000 + " HTTP/1.1", "Host: a"],
    ],
    ids=lambda lines: f"{lines[0][:24]}, {len(lines)} lines",
)
def test_parsers_agree_on_what_is_rare(lines: list[str]) -> None:
    data = "\r\n".join([*lines, "", ""]).encode()
    assert outcome([data], FastParser) == outcome([data])


# Sessions


class Loop:
    """What a session sees of a loop: its timers are called by Conn.go_on()."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], object]] = []

    def call_later(self, _seconds: float, call: Callable[[], object]) -> None:
        self.calls.append(call)


class Conn:
    """What a session sees of a connection: it notes everything, and takes all at once."""

    def __init__(self, room: int) -> None:
        self.loop = Loop()
        self.sock = mock.MagicMock(spec=socket.socket)
        self.room = room  # octets that the peer takes each time that it is asked
        self.output = bytearray()
        self.sent = bytearray()
        self.events: list[str] = []
        self.paused = False
        self.is_open = True
        self.drained: Callable[[], object] | None = None
        self.session: Any = None

    @property
    def waiting(self) -> int:
        return len(self.output)

    def write(self, data: bytes) -> None:
        self.output += data
        self.take()

    def take(self) -> None:
        """Be a peer that reads."""
        self.sent += self.output[: self.room]
        del self.output[: self.room]

    def update(self) -> None:
        pass

    def when_drained(self, call: Callable[[], object]) -> None:
        self.drained = call

    def close(self) -> None:
        self.events.append("close")

    def go_on(self) -> None:
        """Do what the loop does until nothing is left to do."""
        while self.output or self.drained or self.loop.calls:
            while self.loop.calls:
                self.loop.calls.pop(0)()
            self.take()
            if self.drained and len(self.output) <= 65536:
                call, self.drained = self.drained, None
                call()


class Stream:
    """What an upgrade makes: it writes once, and takes the connection over."""

    def __init__(self, conn: Any) -> None:
        conn.write(b"from now on, no HTTP")

    def received(self, data: bytes) -> None:
        raise AssertionError(data)


def answers(request: Request) -> Any:
    """Answer in every way that there is, as the target and the method say."""
    kind = sum(request.target.encode()) % 22
    name = ("X-Target", request.target)
    content = request.content or request.target.encode()
    fields: Any = [TEXT, name]
    match kind:
        case 0:
            return Response(iter([content, b"", b"more"]), 200, fields)
        case 1:
            return Response([content, b"more"], 200, fields, length=len(content) + 4)
        case 2:
            return Response(b"", 204, fields)
        case 3:
            return Response(content, 205)
        case 4:
            return Response(content, 299, fields)
        case 5:
            return Response(content, 200, [("Date", "now")])
        case 6:
            return Response(content, 200, [("X", "a\r\nb")])
        case 7:
            raise RuntimeError(request.target)
        case 8:
            return None
        case 9:
            return Response(bytearray(content))  # type: ignore[arg-type]
        case 10:
            return Response(content, 101)
        case 11:
            return Response(content, 404, (["a", "b"],))  # type: ignore[arg-type]
        case 12:
            return Response(content, 200, fields, length=len(content))
        case 13:
            return Response(bytes(70_000), 200, fields)
        case 14:
            raise ch09_request.HttpError(400, "raised by a handler", "")
        case 15:
            return Response(b"", 200, fields, upgrade=Stream)
        case 16:
            return Response(content, 200, fields, length=len(content) + 1)
    return Response(content, 200 + 100 * (kind % 4), tuple(fields))


class Noting:
    """A handler that notes the requests. If it may close, each tenth response is the last one."""

    def __init__(self) -> None:
        self.called: list[Request] = []

    def __call__(self, request: Request) -> Any:
        self.called.append(request)
        return answers(request)


class Closing(Noting):
    """The same handler in a server that stops at some moment."""

    @property
    def is_closing(self) -> bool:
        return len(self.called) > 2


Said = tuple[Any, ...]


def spoken(kind: type[HttpSession], pieces: list[bytes], room: int, noting: Any = Noting) -> Said:
    """Return all that can be seen of a conversation: calls, octets, and how it ended."""
    handler = noting()
    return handler.called, *heard(kind, pieces, Conn(room), handler)


def heard(kind: type[HttpSession], pieces: list[bytes], conn: Any, handler: Any) -> Said:
    """Return all that can be seen on a connection."""
    sweep: Any = SimpleNamespace(add=lambda _session: None)
    session = conn.session = kind(conn, handler, sweep=sweep)
    for piece in pieces:
        try:
            conn.session.received(piece)
            conn.go_on()
        except Exception as error:
            conn.events.append(f"{type(error).__name__}: {error}")
            break
        if conn.events:
            break
    http = session.http
    state = (http.state, bytes(http.buffer)) if http else None
    if http and http.is_idle and not http.buffer:
        state = None
    return bytes(conn.sent), conn.events, conn.paused, state, session.deadline.is_head


def conversation(chance: random.Random) -> bytes:
    """Make what one client sends: many ordinary requests, and some of every other kind."""
    made = b""
    for _ in range(chance.choice((1, 1, 2, 4, 9))):
        if chance.random() < 0.3:
            made += stream(chance)
            continue
        method = chance.choice(("GET", "GET", "HEAD", "DELETE", "OPTIONS", "POST", "TRACE"))
        fields = [f"Host: {chance.choice(('a', 'a.test:80', '[::1]', ':80', 'a b'))}"]
        often = ("Connection: keep-alive", "Connection: close", "Accept: */*", "Cookie: a=b")
        fields += [field for field in often if chance.random() < 0.15]
        if chance.random() < 0.1:
            fields.append(
                chance.choice(("Cookie: c=d", "host: a", "Content-Length: 0", "Expect: x"))
            )
        made += f"{method} /{chance.randrange(10**6)} HTTP/1.1\r\n".encode()
        made += "\r\n".join([*fields, "", ""]).encode()
    return made


def fuzz_sessions(count: int, seed: int) -> Counter[str]:
    """Hold so many conversations with both sessions; return how often came what."""
    found: Counter[str] = Counter()
    chance = random.Random(seed)
    for _ in range(count):
        data = conversation(chance)
        room = chance.choice((1 << 30, 1 << 30, 5000))
        noting = chance.choice((Noting, Noting, Closing))
        for pieces in ([data], next(cuts(chance, data), [data])):
            readable = spoken(HttpSession, pieces, room, noting)
            assert spoken(FastSession, pieces, room, noting) == readable, pieces
        found.update(part[:3].decode() for part in readable[1].split(b"HTTP/1.1 ")[1:])
    return found


def test_same_calls_and_same_octets_for_every_stream() -> None:
    with quiet(), mock.patch.object(ch11_response.time, "time", return_value=NOW):
        found = fuzz_sessions(COUNT // 5, seed=7)
    assert set(found) >= {"200", "204", "205", "299", "400", "404", "500"}, found


# WSGI


class Blocks:
    """What an application returns, if it has to be closed."""

    def __init__(self, noted: list[Any], blocks: list[bytes]) -> None:
        self.noted = noted
        self.blocks = iter(blocks)

    def __iter__(self) -> Iterator[bytes]:
        return self.blocks

    def close(self) -> None:
        self.noted.append("closed")


class Site:
    """A WSGI application that answers in every way that there is, and notes what it sees."""

    def __init__(self) -> None:
        self.noted: list[Any] = []

    def __call__(self, environ: Any, start: Any) -> Any:
        kept = {name: value for name, value in environ.items() if name != "wsgi.input"}
        self.noted += [kept, environ["wsgi.input"].read()]
        path = environ["PATH_INFO"].encode()
        plain = [("Content-Type", "text/plain")]
        length = [*plain, ("Content-Length", str(len(path)))]
        match sum(path) % 19:
            case 0:
                start("200 OK", plain)(path)
                return [b"more"]
            case 1:
                start("200 OK", length)(path)
                return []
            case 2:
                start("200 OK", length)(path + b"too much")
            case 3:
                start("299 My own reason", plain)
                return [path]
            case 4:
                start("200 OK", [*plain, ("Date", "Fri, 15 Jan 2027 08:00:00 GMT")])
                return [path]
            case 5:
                start("204 No Content", [])
                return []
            case 6:
                start("200 OK", plain)
                return Blocks(self.noted, [path])
            case 7:
                start("200 OK", plain)
                return Blocks(self.noted, [b"", path, b"", b"more"])
            case 8:
                start("200 OK", [("Content-Length", "3")])
                return [path]
            case 9:
                raise RuntimeError("before the head")
            case 10:
                start("200 OK", plain)
                return self.fails(path)
            case 11:
                raise SystemExit
            case 12:
                start("200 OK", [*plain, ("Connection", "close")])
                return [path]
            case 13:
                start("200 OK", plain)
                return [bytes(70_000)]
            case 14:
                return [path]
        start("200 OK", length if sum(path) % 2 else plain)
        return [path]

    def fails(self, path: bytes) -> Iterator[bytes]:
        yield path
        raise RuntimeError("after the head")


NAME = FourTuple(Endpoint("127.0.0.1", 8000), Endpoint("127.0.0.1", 50000))


def hosted(kind: type[HttpSession], pieces: list[bytes], room: int) -> Said:
    """Return all that can be seen of a conversation with an application."""
    site, conn = Site(), Conn(room)
    handler = Hosted(site, NAME, conn.write, has_threads=False)
    return site.noted, *heard(kind, pieces, conn, handler)


@pytest.mark.parametrize("kind", [FastSession, FastWsgiSession])
def test_same_environ_and_same_octets_for_every_stream(kind: type[HttpSession]) -> None:
    chance = random.Random(16)
    found: Counter[str] = Counter()
    with quiet(), mock.patch.object(ch11_response.time, "time", return_value=NOW):
        for _ in range(COUNT // 5):
            data = conversation(chance)
            room = chance.choice((1 << 30, 1 << 30, 5000))
            for pieces in ([data], next(cuts(chance, data), [data])):
                readable = hosted(HttpSession, pieces, room)
                assert hosted(kind, pieces, room) == readable, pieces
            found.update(part[:3].decode() for part in readable[1].split(b"HTTP/1.1 ")[1:])
    assert set(found) >= {"200", "204", "299", "400", "500"}, found


def test_application_is_answered_without_the_readable_machine() -> None:
    conn = Conn(1 << 30)
    handler = Hosted(Site(), NAME, conn.write)
    with mock.patch.object(HttpConnection, "feed", side_effect=AssertionError):
        heard(FastWsgiSession, [b"GET /e HTTP/1.1\r\nHost: a\r\n\r\n" * 3], conn, handler)
    assert conn.sent.count(b"HTTP/1.1 200 OK\r\n") == 3


def test_requests_are_answered_only_while_the_peer_reads() -> None:
    called: Counter[str] = Counter()
    for kind in (HttpSession, FastSession):

        def handler(_request: Request, name: str = kind.__name__) -> Response:
            called[name] += 1
            return Response(bytes(30_000))

        conn: Any = Conn(0)
        sweep: Any = SimpleNamespace(add=lambda _session: None)
        session = conn.session = kind(conn, handler, sweep=sweep)
        session.received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 40)
        assert conn.waiting < 100_000
        assert conn.paused
    assert called["FastSession"] == called["HttpSession"] == 3


def test_failures_are_logged_alike(caplog: pytest.LogCaptureFixture) -> None:
    """The traceback of a handler that fails names the handler's own line."""
    stream = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(40))
    logs = []
    for session in (HttpSession, FastSession):
        caplog.clear()
        spoken(session, [stream], 1 << 30)
        logs.append([(entry.getMessage(), entry.exc_info[0]) for entry in caplog.records])  # type: ignore[index]
        assert "in answers" in caplog.text
    assert logs[0] == logs[1]
    assert logs[0]


# Routers


def test_routers_agree_on_every_path() -> None:
    chance = random.Random(3)
    pieces = ("a", "b", "{%s:int}", "{%s}", "", "1")
    for _ in range(150):
        routers: tuple[Router, Router] = (Router(), FastRouter())
        for _ in range(chance.randrange(1, 12)):
            made = [chance.choice(pieces[:4]) for _ in range(chance.randrange(1, 4))]
            made += [chance.choice(("", "{%s:path}", "a"))] if chance.random() < 0.4 else []
            names = iter("xyzw")
            pattern = "".join(
                "/" + (piece % next(names) if "%" in piece else piece) for piece in made
            )
            method = chance.choice(("GET", "HEAD", "POST"))
            outcomes = []
            for router in routers:
                try:
                    router.add(method, pattern, endpoint(f"{method} {pattern}"))
                    outcomes.append("added")
                except ValueError as error:
                    outcomes.append(str(error))
            assert outcomes[0] == outcomes[1]
        for _ in range(60):
            path = "/" + "/".join(
                chance.choice(("a", "b", "1", "07", "", "%61", "%", "c"))
                for _ in range(chance.randrange(1, 6))
            )
            target = chance.choice(("", "", "http://h")) + path + chance.choice(("", "?a=%62"))
            method = chance.choice(("GET", "HEAD", "POST", "OPTIONS", "BREW"))
            request = Request(method, target, (1, 1), ch09_request.Headers())
            assert routers[0](request) == routers[1](request), (method, target)


def endpoint(name: str) -> Callable[..., Response]:
    def answer(request: Request, **values: object) -> Response:
        return Response(f"{name} {request.target} {values}".encode())

    return answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Say the same to readable and fast classes.")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=19)
    options = parser.parse_args()
    print(dict(fuzz_heads(options.count, options.seed).most_common()))
    with quiet(), mock.patch.object(ch11_response.time, "time", return_value=NOW):
        print(dict(fuzz_sessions(options.count // 8, options.seed).most_common()))
