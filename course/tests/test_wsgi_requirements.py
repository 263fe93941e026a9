"""Runs the table of WSGI's requirements on the wire: on threads, on the loop, and by the fast path.

`pytest -s course/tests/test_wsgi_requirements.py` ends with the counts by level.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stderr
from wsgiref.validate import validator

import pytest

from course.tests.test_http_fuzz_on_the_wire import looping
from course.tests.wsgi_requirements import LAST, ROWS, TEXT, Host, Row, parsed, sent, talk
from solutions.ch11_response import Response
from solutions.ch16_gateway import Application, WsgiServer, to_wsgi, wsgi_sessions
from solutions.ch19_speed import FastWsgiSession

held: Counter[str] = Counter()


@contextmanager
def on_threads(application: Application) -> Iterator[tuple[str, int]]:
    with WsgiServer(application, 4) as server:
        yield server.address


def on_a_loop(application: Application) -> AbstractContextManager[tuple[str, int]]:
    return looping(wsgi_sessions(application))


def on_a_fast_loop(application: Application) -> AbstractContextManager[tuple[str, int]]:
    return looping(wsgi_sessions(application, kind=FastWsgiSession))


@pytest.fixture(params=[on_threads, on_a_loop, on_a_fast_loop])
def host(request: pytest.FixtureRequest) -> Host:
    return request.param


@pytest.fixture(scope="module", autouse=True)
def counts() -> Iterator[None]:
    yield
    print("\n", *(f"{level} {count} " for level, count in sorted(held.items())))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.section}: {row.says}")
def test_requirement(host: Host, row: Row) -> None:
    row.check(host)
    held[row.level] += 1


def test_the_table_is_large() -> None:
    assert len(ROWS) >= 100
    assert len({(row.section, row.says) for row in ROWS}) == len(ROWS)


def lazily(_environ, start_response):
    start_response("200 OK", list(TEXT))
    yield b"a"
    yield b"b"


def reads(environ, start_response):
    content = environ["wsgi.input"].read(5)
    start_response("200 OK", [*TEXT, ("Content-Length", str(len(content)))])
    return [content]


def writes(_environ, start_response):
    start_response("200 OK", list(TEXT))(b"a")
    return [b"b"]


def handler(_request):
    return Response(iter([b"a", b"b"]), 200, list(TEXT), 2)


@pytest.mark.parametrize("application", [lazily, reads, writes, to_wsgi(handler)])
def test_the_validator_has_no_complaint(host, application):
    """wsgiref.validate looks at both sides of the call."""
    said = io.StringIO()
    with redirect_stderr(said), host(validator(application)) as address:
        for line in ("GET /a%20b?c", "POST /", "HEAD /"):
            data = talk(address, sent(line, "Content-Length: 5", content=b"hello") + LAST)
            answer = parsed(data, line.split(" ")[0])
            assert answer.line == "HTTP/1.1 200 OK"
    assert "AssertionError" not in said.getvalue()


def breaks():
    yield from ()
    raise LookupError("no such table")


@pytest.mark.parametrize(
    ("content", "status", "fields", "raised", "expected"),
    [
        (b"a", 200, [], ValueError("refused"), ValueError),
        (b"a", 200, [], KeyboardInterrupt(), KeyboardInterrupt),
        (b"a", 99, [], None, ValueError),
        (b"a", 200, [("Content-Length", "1")], None, ValueError),
        (b"a", 200, [("A", "b\r\nC: d")], None, ValueError),
        (None, 200, [], None, LookupError),
    ],
)
def test_what_cannot_be_sent_is_closed(content, status, fields, raised, expected):
    """to_wsgi() gives the server nothing that it could close, so it closes the content."""
    closed: list[bool] = []

    class Content:
        def __iter__(self):
            return iter([content]) if content else breaks()

        def close(self):
            closed.append(True)

    def start_response(*_head):
        if raised:
            raise raised

    application = to_wsgi(lambda _request: Response(Content(), status, fields))
    environ = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()}
    with pytest.raises(expected):
        application(environ, start_response)
    assert closed == [True]
