"""The HTTP servers that are measured. `python -m bench.http NAME …` runs one of them.

Those of the chapters run here. Peers are commands, and run as they are installed.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any, NamedTuple

from bench.echo import HOST, main
from bench.hello import HELLO, wsgi
from bench.load import Talk
from course.model.chapters import ROOT

FOLDER = ROOT / "build" / "bench"  # for nginx
START_TIMEOUT = 10.0  # seconds, for a peer
ROUTES = 300

GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
BROWSER = (
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    b"Accept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nDNT: 1\r\n"
    b"Connection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\n"
    b"Sec-Fetch-Mode: navigate\r\n"
)
UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
END = b"\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
TEXT = bytes(range(32, 96))  # 64 octets. A mask of zeros leaves them as they are
FRAME, FRAME_BACK = b"\x81\xc0" + bytes(4) + TEXT, b"\x81\x40" + TEXT

PLAIN = Talk(GET + END, GET + END, OK, HELLO)
TALKS = {  # what is said, by the kind of server
    "web": {
        "GET with Host alone": PLAIN,
        "GET with a browser's ten fields": Talk(GET + END, GET + BROWSER + END, OK, HELLO),
        "16 such as the first at once": Talk(GET + END, 16 * (GET + END), OK, HELLO, answers=16),
    },
    "wsgi": {"GET, answered by a WSGI application": PLAIN},
    "echo": {
        "WebSocket, 64 octets and back": Talk(
            GET + UPGRADE + END, FRAME, FRAME_BACK, FRAME_BACK, length=len(FRAME_BACK)
        )
    },
}

Start = Callable[[str, int], Iterator[int]]


class Contestant(NamedTuple):
    """A server: what kind it is, what starts it, and the command or the package that it needs."""

    kind: str
    start: Start
    command: str = ""
    package: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether what it needs is not installed."""
        has_command = not self.command or command_named(self.command)
        return not has_command or bool(self.package and find_spec(self.package) is None)


def command_named(name: str) -> str | None:
    """Return where a command is: beside this Python, on the PATH, or where nginx often is."""
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin"]
    return shutil.which(name, path=os.pathsep.join(folders))


# The chapters' servers


def hello_of(package: str) -> Callable[[Any], Any]:
    """Return a handler that answers every request alike."""
    chapter = import_module(f"{package}.ch11_response")
    fields = [chapter.TEXT]
    return lambda _request: chapter.Response(HELLO, 200, fields)


def router_of(package: str) -> Callable[[Any], Any]:
    """Return a router with many routes, of which one is the greeting."""
    router: Callable[[Any], Any] = import_module(f"{package}.ch19_speed").FastRouter()
    add = router.add  # type: ignore[attr-defined]
    add("GET", "/", hello_of(package))
    for number in range(ROUTES):
        add("GET", f"/{number}/{{id:int}}", lambda request, **_values: hello_of(package)(request))
    return router


@contextmanager
def looping(package: str) -> Iterator[tuple[Any, socket.socket]]:
    """Give an event loop and a listener."""
    chapter = import_module(f"{package}.ch08_back_pressure")
    with chapter.EventLoop() as loop, chapter.open_listener(HOST, 0, 1024) as listener:
        yield loop, listener


def on_threads(package: str, capacity: int, handler: Any = None) -> Iterator[int]:
    """Serve with a thread for each client."""
    chapter = import_module(f"{package}.ch12_connection")
    with chapter.HttpServer(handler or hello_of(package), capacity) as server:
        yield server.address.port
        threading.Event().wait()


def on_the_loop(package: str, _capacity: int, handler: Any = None) -> Iterator[int]:
    """Serve on the event loop, by the readable code."""
    chapter = import_module(f"{package}.ch12_connection")
    handler = handler or hello_of(package)
    with looping(package) as (loop, listener):
        sweep = chapter.Sweep(loop)
        chapter.serve_on(
            loop, listener, lambda conn: chapter.HttpSession(conn, handler, sweep=sweep)
        )
        yield listener.getsockname()[1]
        loop.run()


def fast(package: str, _capacity: int, handler: Any = None) -> Iterator[int]:
    """Serve on the event loop, by the fast path."""
    with looping(package) as (loop, listener):
        chapter = import_module(f"{package}.ch19_speed")
        chapter.serve_fast(loop, listener, handler or hello_of(package))
        yield listener.getsockname()[1]
        loop.run()


def fast_with_router(package: str, capacity: int) -> Iterator[int]:
    """Serve by the fast path, with a router of many routes."""
    return fast(package, capacity, router_of(package))


def wsgi_on_threads(package: str, capacity: int) -> Iterator[int]:
    """Host a WSGI application on threads."""
    with import_module(f"{package}.ch16_gateway").WsgiServer(wsgi, capacity) as server:
        yield server.address.port
        threading.Event().wait()


def wsgi_on_the_loop(package: str, _capacity: int) -> Iterator[int]:
    """Host a WSGI application on the event loop."""
    chapter = import_module(f"{package}.ch16_gateway")
    with looping(package) as (loop, listener):
        chapter.serve_on(loop, listener, chapter.wsgi_sessions(wsgi, chapter.Sweep(loop)))
        yield listener.getsockname()[1]
        loop.run()


def wsgi_fast(package: str, _capacity: int) -> Iterator[int]:
    """Host a WSGI application on the event loop, by the fast path."""
    with looping(package) as (loop, listener):
        import_module(f"{package}.ch19_speed").serve_fast_wsgi(loop, listener, wsgi)
        yield listener.getsockname()[1]
        loop.run()


def echo_on_threads(package: str, capacity: int) -> Iterator[int]:
    """Echo WebSocket messages on threads."""
    return on_threads(package, capacity, import_module(f"{package}.ch17_websocket").echo)


def echo_on_the_loop(package: str, capacity: int) -> Iterator[int]:
    """Echo WebSocket messages on the event loop."""
    return on_the_loop(package, capacity, import_module(f"{package}.ch17_websocket").echo)


# Peers


def standard(_package: str, _capacity: int) -> Iterator[int]:
    """Serve with the standard library, which makes each response one write here."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Greeter(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536

        def do_GET(self) -> None:
            """Greet."""
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(HELLO)))
            self.end_headers()
            self.wfile.write(HELLO)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Greeter) as server:
        yield server.server_port
        server.serve_forever()


def websockets(_package: str, _capacity: int) -> Iterator[int]:
    """Echo with the package websockets."""
    import asyncio

    serve = import_module("websockets.asyncio.server").serve

    async def echo(conn: Any) -> None:
        async for message in conn:
            await conn.send(message)

    async def start() -> Any:
        return await serve(echo, HOST, 0, compression=None)

    with asyncio.Runner() as runner:
        server = runner.run(start())
        yield server.sockets[0].getsockname()[1]
        runner.run(server.serve_forever())


def peer(words: str) -> Start:
    """Return what runs a command. `{port}` in it is a free port, `{folder}` a folder."""

    def start(_package: str, _capacity: int) -> Iterator[int]:
        with closing(socket.create_server((HOST, 0))) as free:
            port = free.getsockname()[1]
        FOLDER.mkdir(parents=True, exist_ok=True)
        (FOLDER / "nginx.conf").write_text(NGINX % port, encoding="utf-8")
        name, *options = words.format(port=port, folder=FOLDER).split()
        command = [str(command_named(name)), *options]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        try:
            process = Popen(command, env=environment, cwd=FOLDER, stdout=DEVNULL, stderr=DEVNULL)
        except OSError as error:
            sys.exit(f"{name} cannot be run: {error.strerror}")
        with process:
            deadline = time.monotonic() + START_TIMEOUT
            while not accepts(port) and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            if accepts(port):
                yield port
                process.wait()

    return start


def accepts(port: int) -> bool:
    """Tell whether somebody listens there."""
    try:
        socket.create_connection((HOST, port)).close()
    except OSError:
        return False
    return True


NGINX = """daemon off; worker_processes 1; pid nginx.pid; error_log stderr error;
events { worker_connections 16384; }
http {
    access_log off; keepalive_requests 1000000000; types {} default_type text/plain;
    client_body_temp_path b; proxy_temp_path p;
    fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
    server { listen 127.0.0.1:%d; location / { return 200 "Hello, world!"; } }
}
"""
QUIET = "--no-access-log --log-level error"
UVICORN = f"uvicorn --port {{port}} --lifespan off {QUIET}"

SERVERS = {
    "nginx": Contestant("web", peer("nginx -p {folder} -c {folder}/nginx.conf"), "nginx"),
    "http.server": Contestant("web", standard),
    "connection, threads": Contestant("web", on_threads),
    "connection, loop": Contestant("web", on_the_loop),
    "speed": Contestant("web", fast),
    "speed, 301 routes": Contestant("web", fast_with_router),
    "uvicorn": Contestant("web", peer(f"{UVICORN} bench.hello:asgi"), "uvicorn"),
    "gateway, threads": Contestant("wsgi", wsgi_on_threads),
    "gateway, loop": Contestant("wsgi", wsgi_on_the_loop),
    "speed, WSGI": Contestant("wsgi", wsgi_fast),
    "granian": Contestant(
        "wsgi",
        peer(f"granian --interface wsgi --port {{port}} {QUIET} bench.hello:wsgi"),
        "granian",
    ),
    "gunicorn": Contestant(
        "wsgi",
        peer(
            "gunicorn -b 127.0.0.1:{port} -k gthread --threads 32 --keep-alive 60 bench.hello:wsgi"
        ),
        "gunicorn",
    ),
    "waitress": Contestant(
        "wsgi",
        peer("waitress-serve --host 127.0.0.1 --port {port} bench.hello:wsgi"),
        "waitress-serve",
    ),
    "uvicorn, WSGI": Contestant(
        "wsgi", peer(f"{UVICORN} --interface wsgi bench.hello:wsgi"), "uvicorn"
    ),
    "websocket, threads": Contestant("echo", echo_on_threads),
    "websocket, loop": Contestant("echo", echo_on_the_loop),
    "websockets": Contestant("echo", websockets, package="websockets"),
}


if __name__ == "__main__":
    main({name: server.start for name, server in SERVERS.items()}, *sys.argv[1:])
