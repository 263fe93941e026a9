"""One application of Flask, and one of Django, on several servers: the same responses everywhere.

Flask and waitress are in requirements.txt. Django, gunicorn, uvicorn, hypercorn and granian are used if
they are installed: `pip install django gunicorn uvicorn hypercorn granian`.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import os
import re
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from course.tests.test_wsgi_requirements import lazily, on_a_loop, on_threads, reads
from solutions.ch11_response import Response
from solutions.ch13_routing import Router, plain
from solutions.ch16_gateway import to_asgi, to_wsgi

ROOT = Path(__file__).resolve().parents[2]
Address = tuple[str, int]
FORM = "application/x-www-form-urlencoded"
PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nhello\r\n--x--\r\n"
)
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


def needs(*names: str) -> pytest.MarkDecorator:
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def flask_application() -> Any:
    from flask import Flask, abort, redirect, request, session

    site = Flask("site")
    site.secret_key = "not a secret"

    @site.route("/form", methods=["GET", "POST"])
    def form() -> Any:
        return {"form": request.form.to_dict(flat=False), "query": request.args.to_dict(flat=False)}

    @site.post("/upload")
    def upload() -> Any:
        file = request.files["file"]
        return f"{file.filename} {file.read().decode()}"

    @site.post("/raw")
    def raw() -> Any:
        return request.get_data()

    @site.get("/stream")
    def stream() -> Any:
        return (f"{number}\n" for number in range(5)), {"Content-Type": "text/plain"}

    @site.get("/go")
    def go() -> Any:
        return redirect("/form?a=b")

    @site.get("/broken")
    def broken() -> Any:
        raise LookupError("a bug")

    @site.get("/teapot")
    def teapot() -> Any:
        abort(418)

    @site.get("/count")
    def count() -> Any:
        session["count"] = session.get("count", 0) + 1
        return str(session["count"])

    @site.get("/path/<path:name>")
    def path(name: str) -> Any:
        return f"{name} {request.path} {request.full_path} {request.headers.get('X-Name')}"

    @site.get("/nothing")
    def nothing() -> Any:
        return "", 204

    return site


def django_application() -> Any:
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
    from django.urls import path

    def form(request: Any) -> Any:
        return JsonResponse({"form": dict(request.POST), "query": dict(request.GET)})

    def upload(request: Any) -> Any:
        file = request.FILES["file"]
        return HttpResponse(f"{file.name} {file.read().decode()}")

    def broken(_request: Any) -> Any:
        raise LookupError("a bug")

    if not settings.configured:
        settings.configure(
            DEBUG=False, ALLOWED_HOSTS=["*"], SECRET_KEY="x", ROOT_URLCONF=__name__, MIDDLEWARE=[]
        )
    urlpatterns[:] = [
        path("form", form),
        path("upload", upload),
        path("raw", lambda request: HttpResponse(request.body)),
        path("stream", lambda _request: StreamingHttpResponse(f"{n}\n" for n in range(5))),
        path("go", lambda _request: HttpResponseRedirect("/form?a=b")),
        path("broken", broken),
        path("teapot", lambda _request: HttpResponse("I'm a teapot", status=418)),
        path("path/<path:name>", lambda request, name: HttpResponse(f"{name} {request.path}")),
        path("nothing", lambda _request: HttpResponse(status=204)),
    ]
    return get_wsgi_application()


urlpatterns: list[Any] = []  # Django looks for this name

EXCHANGES: tuple[tuple[str, str, Any, dict[str, str]], ...] = (
    ("GET", "/form?a=1&a=%C3%A5+b", None, {}),
    ("POST", "/form?q=1", b"a=1&b=%26&a=2", {"Content-Type": FORM}),
    ("POST", "/form", b"", {"Content-Type": FORM}),
    ("POST", "/upload", PARTS, MULTIPART),
    ("POST", "/upload", iter([PARTS[:40], PARTS[40:]]), MULTIPART),  # in chunks
    ("POST", "/raw", b"\x00\xff" * 50_000, {}),
    ("GET", "/stream", None, {}),
    ("HEAD", "/stream", None, {}),
    ("GET", "/go", None, {}),
    ("GET", "/broken", None, {}),
    ("GET", "/teapot", None, {}),
    ("GET", "/path/%C3%A5%20b%2Fc?d=%20", None, {"X-Name": "j"}),
    ("GET", "/nothing", None, {}),
    ("HEAD", "/form", None, {}),
    ("DELETE", "/form", None, {}),
    ("GET", "/missing", None, {}),
    ("OPTIONS", "/form", None, {}),
)
FIELDS = ("content-type", "location", "allow", "set-cookie", "vary")


def fields_of(answer: HTTPResponse) -> list[tuple[str, list[str]]]:
    """Return the fields that have to be the same. The order in Allow is that of a set."""
    fields = [(name.lower(), value) for name, value in answer.getheaders()]
    return sorted((name, sorted(value.split(", "))) for name, value in fields if name in FIELDS)


def exchanged(address: Address) -> list[Any]:
    """Return what a server answers: status, reason, some fields, and content."""
    host = f"{address[0]}:{address[1]}"
    connection = HTTPConnection(*address[:2], timeout=10)
    got: list[Any] = []
    for method, target, content, fields in EXCHANGES:
        body = iter([PARTS[:40], PARTS[40:]]) if isinstance(content, Iterator) else content
        chunked = isinstance(content, Iterator)
        connection.request(method, target, body, fields, encode_chunked=chunked)
        answer = connection.getresponse()
        text = answer.read()
        kept = fields_of(answer)
        got.append(
            (method, target, answer.status, answer.reason, kept, text.replace(host.encode(), b""))
        )
    connection.close()
    return got


@contextmanager
def on_waitress(application: Any) -> Iterator[Address]:
    from waitress.server import create_server

    server = create_server(application, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.socket.getsockname()
    finally:
        server.trigger.pull_trigger(server.close)  # in its own thread
        thread.join()
        server.task_dispatcher.shutdown()


@contextmanager
def on_command(*command: str, port: int) -> Iterator[Address]:
    """Run a server in a process of its own, until it is ready; then until the end of the block."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            deadline = time.monotonic() + 30
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert process.poll() is None, f"{command[0]} has ended"
                    assert time.monotonic() < deadline, f"{command[0]} does not listen"
                    time.sleep(0.05)
            yield "127.0.0.1", port
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def flask_here(environ: Any, start_response: Any) -> Any:
    """The application, for a server in another process."""
    return _made(flask_application)(environ, start_response)


def django_here(environ: Any, start_response: Any) -> Any:
    return _made(django_application)(environ, start_response)


def _made(make: Callable[[], Any], made: dict[Any, Any] = {}) -> Any:  # noqa: B006
    if make not in made:
        made[make] = make()
    return made[make]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("host", [on_threads, on_a_loop])
@pytest.mark.parametrize(
    "make",
    [flask_application, pytest.param(django_application, marks=needs("django"))],
)
def test_the_same_as_on_waitress(make: Any, host: Any) -> None:
    application = _made(make)
    with on_waitress(application) as address:
        expected = exchanged(address)
    with host(application) as address:
        got = exchanged(address)
    assert got == expected
    assert {status for _method, _target, status, *_ in got} >= {200, 204, 302, 404, 418, 500}


@pytest.mark.parametrize("host", [on_threads, on_a_loop])
def test_lint_has_no_complaint(host: Any) -> None:
    """Werkzeug's middleware looks at both sides of the call. It came with Flask."""
    from werkzeug.middleware.lint import LintMiddleware

    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        for application in (lazily, reads, own_wsgi):
            with host(LintMiddleware(application)) as address:
                for method, content in (("GET", None), ("POST", b"hello"), ("HEAD", None)):
                    connection = HTTPConnection(*address[:2], timeout=10)
                    connection.request(method, "/stream?a=%20", content)
                    assert connection.getresponse().status in (200, 405)
                    connection.close()
    assert [str(each.message) for each in complaints] == []


@needs("gunicorn")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (flask_application, "flask_here"),
        pytest.param(django_application, "django_here", marks=needs("django")),
    ],
)
def test_the_same_as_on_gunicorn(make: Any, name: str) -> None:
    port = free_port()
    command = ("gunicorn", f"--bind=127.0.0.1:{port}", f"course.tests.test_gateway_peers:{name}")
    with on_command(*command, port=port) as address:
        expected = exchanged(address)
    with on_threads(_made(make)) as address:
        got = exchanged(address)
    # Django reads no content in chunks from gunicorn, which gives it no CONTENT_LENGTH.
    differ = [one[1] for one, other in zip(got, expected, strict=True) if one != other]
    assert differ == ([] if make is flask_application else ["/upload"])


# The framework of the course, on the servers of other people


def own_handler() -> Any:
    router = Router()

    def shout(request: Any) -> Any:
        return plain(200, request.content.decode().upper())

    def stream(_request: Any) -> Any:
        return Response((b"%d\n" % number for number in range(5)), 200, [("Content-Type", "a/b")])

    def broken(_request: Any) -> Any:
        raise LookupError("a bug")

    def fails(_request: Any) -> Any:
        return Response(1 / 0 for _ in "x")  # type: ignore[arg-type]

    router.add("POST", "/raw", shout)
    router.add("GET", "/stream", stream)
    router.add("GET", "/broken", broken)
    router.add("GET", "/fails", fails)
    router.add("GET", "/path/{name}", lambda request, name: plain(200, f"{name} {request.target}"))
    router.add("GET", "/evil", lambda _request: Response(b"", 200, [("X", "a\r\nY: b")]))
    return router


OWN = (
    ("POST", "/raw", b"hello"),
    ("GET", "/stream", None),
    ("HEAD", "/stream", None),
    ("GET", "/path/%C3%A5%20b?d=%20", None),
    ("GET", "/missing", None),
    ("DELETE", "/raw", None),
    ("GET", "/broken", None),
    ("GET", "/fails", None),
    ("GET", "/evil", None),
)


def own_answers(address: Address) -> list[Any]:
    """Return what a server answers. What a server says about a 500 is its own affair."""
    got = []
    for method, target, content in OWN:
        connection = HTTPConnection(*address[:2], timeout=10)
        connection.request(method, target, content)
        answer = connection.getresponse()
        text = answer.read()
        kept = fields_of(answer)
        got.append(
            (answer.status, [], b"") if answer.status == 500 else (answer.status, kept, text)
        )
        connection.close()
    return got


EXPECTED = [200, 200, 200, 200, 404, 405, 500, 500, 500]


def own_wsgi(environ: Any, start_response: Any) -> Any:
    return to_wsgi(_made(own_handler))(environ, start_response)


async def own_asgi(scope: Any, receive: Any, send: Any) -> None:
    await to_asgi(_made(own_handler))(scope, receive, send)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("host", [on_waitress, on_threads, on_a_loop])
def test_own_application_on_wsgi_servers(host: Any) -> None:
    with host(own_wsgi) as address:
        got = own_answers(address)
    assert [status for status, _fields, _text in got] == EXPECTED
    assert got[0][2] == b"HELLO\n"
    assert got[1][2] == b"0\n1\n2\n3\n4\n"
    assert got[3][2].decode() == "å b /path/%C3%A5%20b?d=%20\n"


@pytest.mark.parametrize(
    ("variables", "status"),
    [
        ({"CONTENT_LENGTH": "5"}, 200),
        ({"CONTENT_LENGTH": "9"}, 400),
        ({"CONTENT_LENGTH": str(1 << 21)}, 413),
        ({"wsgi.input_terminated": True}, 200),
    ],
)
def test_content_of_a_wsgi_server(variables: dict[str, Any], status: int) -> None:
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/raw", "wsgi.input": io.BytesIO(b"hello")}
    said: list[str] = []
    blocks = own_wsgi(environ | variables, lambda line, _fields: said.append(line))
    assert said[0][:3] == str(status)
    assert status != 200 or b"".join(blocks) == b"HELLO\n"


@pytest.mark.parametrize(
    ("server", "arguments"),
    [
        pytest.param("uvicorn", ("--port={port}",), marks=needs("uvicorn")),
        pytest.param("hypercorn", ("--bind=127.0.0.1:{port}",), marks=needs("hypercorn")),
        pytest.param("granian", ("--interface=asgi", "--port={port}"), marks=needs("granian")),
    ],
)
def test_own_application_on_asgi_servers(server: str, arguments: tuple[str, ...]) -> None:
    with on_waitress(own_wsgi) as address:
        expected = own_answers(address)
    port = free_port()
    filled = [argument.format(port=port) for argument in arguments]
    target = "course.tests.test_gateway_peers:own_asgi"
    with on_command(server, *filled, target, port=port) as address:
        assert own_answers(address) == expected


def asgi(scope: dict[str, Any], *messages: dict[str, Any], handler: Any = None) -> list[Any]:
    """Call an ASGI application with these messages; return what it sends."""
    sent: list[Any] = []
    queue = list(messages)

    async def receive() -> Any:
        if not queue:
            await asyncio.sleep(60)
        return queue.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(asyncio.wait_for(to_asgi(handler or own_handler())(scope, receive, send), 10))
    return sent


def scope_for(target: str, **more: Any) -> dict[str, Any]:
    path, _, query = target.partition("?")
    base = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
    return base | {"headers": [(b"host", b"a")], "http_version": "1.1"} | more


BODY = {"type": "http.request"}


def test_asgi_lifespan() -> None:
    start, stop = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
    kinds = [message["type"] for message in asgi({"type": "lifespan"}, start, stop)]
    assert kinds == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_asgi_unknown_scope() -> None:
    with pytest.raises(ValueError, match="does not speak websocket"):
        asgi({"type": "websocket"})


@pytest.mark.parametrize(
    ("scope", "target"),
    [
        (scope_for("/a b?c=%20"), "/a%20b?c=%20"),
        (scope_for("/å", raw_path=b"/%C3%A5"), "/%C3%A5"),
        (scope_for("/a/b", raw_path=b"/a%2Fb?c"), "/a%2Fb"),
        (scope_for("http://h.test/a"), "/a"),
        (scope_for("/app/a", root_path="/app"), "/a"),
        (scope_for("/apple", root_path="/app"), "/apple"),
        (scope_for("/app", root_path="/app"), "/"),
        (scope_for(""), "/"),
    ],
)
def test_asgi_target(scope: dict[str, Any], target: str) -> None:
    sent = asgi(scope, BODY, handler=lambda request: plain(200, request.target))
    assert sent[-1]["body"].decode() == f"{target}\n"


def test_asgi_body_in_pieces_and_fields_in_lower_case() -> None:
    pieces = [BODY | {"body": b"he", "more_body": True}, BODY | {"body": b"llo"}]
    sent = asgi(scope_for("/raw", method="POST"), *pieces)
    assert (b"content-length", b"6") in sent[0]["headers"]
    assert all(name == name.lower() for name, _value in sent[0]["headers"])
    assert sent[1]["body"] == b"HELLO\n"
    assert asgi(scope_for("/"), {"type": "http.disconnect"}) == []


def test_asgi_too_much_content() -> None:
    sent = asgi(scope_for("/raw", method="POST"), BODY | {"body": b"a" * (1 << 21)})
    assert sent[0]["status"] == 413


def test_asgi_stops_when_the_client_goes() -> None:
    closed: list[int] = []

    def forever() -> Iterator[bytes]:
        try:
            while True:
                time.sleep(0.001)
                yield b"a"
        finally:
            closed.append(1)

    handler = lambda _request: Response(forever())  # noqa: E731
    sent = asgi(scope_for("/"), BODY, {"type": "http.disconnect"}, handler=handler)
    assert closed == [1]
    assert all(message.get("more_body", True) for message in sent)


# By hand


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("--on", "nginx"),
            r"nginx is not one of waitress, gunicorn, granian, uvicorn, hypercorn\.\n",
        ),
        (("--app", "nosuch:application"), r"There is no module nosuch here\.\n"),
        (("--app", "json:nosuch"), r"There is no application json:nosuch: write module:name\.\n"),
        (("--app", "json"), r"There is no application json: write module:name\.\n"),
        (
            ("--app", "json:__name__"),
            r"json:__name__ cannot be called, so it is not an application\.\n",
        ),
        pytest.param(
            ("--on", "gunicorn"),
            r"gunicorn is not installed\. python3 -m pip install gunicorn\n",
            marks=pytest.mark.skipif(
                importlib.util.find_spec("gunicorn") is not None, reason="gunicorn is installed"
            ),
        ),
    ],
)
def test_one_line_says_why_it_cannot_run(arguments: tuple[str, ...], says: str) -> None:
    command = [sys.executable, "-m", "solutions.ch16_gateway", "--port", "0", *arguments]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(says, ended.stderr)
