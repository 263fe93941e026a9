"""What *speed* gives to learners: fewer writes, a date a second, processes, nginx in front of them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from unittest import mock

import psutil
import pytest

from course.model.chapters import ROOT
from solutions import ch19_speed
from solutions.ch04_closing import open_listener
from solutions.ch07_event_loop import EventLoop
from solutions.ch08_back_pressure import Connection
from solutions.ch09_request import Headers, HttpError, Request, RequestParser
from solutions.ch11_response import Response, field_line, http_date
from solutions.ch13_routing import Router
from solutions.ch19_speed import (
    BROWSER,
    FIELD_LINES,
    HOSTS,
    MAX_REMEMBERED,
    REQUEST,
    Asker,
    DateLine,
    FastParser,
    FastRouter,
    FastSession,
    answer_ordinary,
    balancer,
    compare,
    fast_reply,
    hello,
    load,
    profile,
    summarise,
    tally,
)

DEADLINE = 10.0  # s for what takes a tenth of a second
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork()")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# Fewer calls


def test_sixteen_requests_are_answered_by_one_call() -> None:
    called: list[Request] = []

    def handler(request: Request) -> Response:
        called.append(request)
        return hello(request)

    replies, rest, same = answer_ordinary(REQUEST * 16, handler)
    assert len(called) == 16
    assert replies.count(b"HTTP/1.1 200 OK\r\n") == 16
    assert (rest, same) == (b"", handler)


def test_what_is_not_ordinary_is_left_with_its_outcome() -> None:
    odd = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    replies, rest, handler = answer_ordinary(REQUEST + odd + REQUEST, hello)
    assert replies.count(b"HTTP/1.1 ") == 1
    assert (rest, handler) == (odd + REQUEST, hello)

    failure = RuntimeError("once")
    calls: list[Request] = []

    def fails(request: Request) -> Response:
        calls.append(request)
        raise failure

    _replies, rest, handler = answer_ordinary(REQUEST, fails)
    assert rest == REQUEST
    request = RequestParser().parse(bytearray(REQUEST))
    assert request
    with pytest.raises(RuntimeError) as caught:
        handler(request)
    assert caught.value is failure
    assert len(calls) == 1
    with pytest.raises(RuntimeError):
        handler(request)
    assert len(calls) == 2


def test_date_is_made_once_a_second() -> None:
    times = [1_800_000_000.0 + number / 10 for number in range(25)]
    line = DateLine()
    with (
        mock.patch.object(ch19_speed, "http_date", wraps=http_date) as made,
        mock.patch.object(time, "time", side_effect=times),
    ):
        lines = {line.now() for _ in times}
    assert made.call_count == 3
    assert len(lines) == 3
    assert b"Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n" in lines


def test_lines_of_a_response_are_checked_once() -> None:
    response = Response(b"hello", 200, [("X-Once", "and never again")])
    with mock.patch.object(ch19_speed, "field_line", wraps=field_line) as checked:
        replies = {fast_reply(response, "GET") for _ in range(5)}
    assert checked.call_count == 1
    assert len(replies) <= 2  # a second may have passed
    assert fast_reply(Response(b"", 200, [("X", "a\r\nb")]), "GET") is None
    assert fast_reply(Response(b"", 200, [("Date", "now")]), "GET") is None


def test_nothing_that_is_remembered_grows() -> None:
    for number in range(2 * MAX_REMEMBERED + 10):
        fast_reply(Response(b"", 200, [("X-Number", str(number))]), "GET")
        ch19_speed.fast_request(b"GET / HTTP/1.1\r\nHost: a%d" % number)
    assert len(FIELD_LINES) <= MAX_REMEMBERED
    assert len(HOSTS) <= MAX_REMEMBERED
    before = dict(FIELD_LINES)
    fast_reply(Response(b"", 200, [("X", "y" * 5000)]), "GET")
    assert before == FIELD_LINES
    for host in ("a b", "", ":80", "a" * 2000):
        ch19_speed.fast_request(b"GET / HTTP/1.1\r\nHost: " + host.encode())
    assert all(0 < len(host) <= 256 for host in HOSTS)
    router = FastRouter()
    router.add("GET", "/{rest:path}", hello)
    for length in range(1, 50):
        router.find("GET", ["a"] * length)
    assert len(router.of_length) == 2


def test_fast_parser_takes_ordinary_heads_itself() -> None:
    parser = FastParser()
    with mock.patch.object(RequestParser, "parse", side_effect=AssertionError):
        buffer = bytearray(BROWSER + REQUEST + b"GET /b")
        first, second = parser.parse(buffer), parser.parse(buffer)
    assert first
    assert second
    assert (len(first.headers), len(second.headers), bytes(buffer)) == (10, 1, b"GET /b")
    assert first.headers.get_all("DNT") == ["1"]
    assert "accept" in first.headers
    assert next(iter(first.headers)) == ("host", "127.0.0.1:8000")
    with pytest.raises(HttpError):
        FastParser().parse(bytearray(b"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n"))


def test_static_path_does_not_walk_down_the_tree() -> None:
    router = FastRouter()
    router.add("GET", "/a/b", hello)
    router.add("GET", "/{name}/b", lambda request, **_values: hello(request))
    with mock.patch.object(Router, "find", side_effect=AssertionError):
        request = Request("GET", "/a/b?c", (1, 1), Headers())
        assert router(request).status == 200
        assert router(request._replace(target="/x/b", method="HEAD")).status == 200


def test_replies_of_a_round_go_out_together() -> None:
    happened: list[str] = []

    class Noting(Connection):
        def write(self, data: bytes) -> None:
            happened.append("sent")
            super().write(data)

    def handler(request: Request) -> Response:
        happened.append("asked")
        return hello(request)

    with (
        EventLoop() as loop,
        ExitStack() as stack,
        mock.patch.object(ch19_speed, "MAX_HELD", 3),
    ):
        clients = []
        for _ in range(5):
            client, server = map(stack.enter_context, socket.socketpair())
            client.settimeout(DEADLINE)
            client.sendall(REQUEST * 2)
            Noting(loop, server, lambda conn: FastSession(conn, handler))
            clients.append(client)
        loop.call_later(0, loop.stop)
        loop.run()
        assert happened == [*6 * ["asked"], *3 * ["sent"], *4 * ["asked"], *2 * ["sent"]]
        assert all(client.recv(65536).count(b"HTTP/1.1 200 OK") == 2 for client in clients)
    assert not ch19_speed.HELD


# Measuring


def test_profile_sees_what_is_called() -> None:
    def work() -> None:
        deadline = time.thread_time() + 0.3
        while time.thread_time() < deadline:
            sum(range(1000))

    stacks = profile(work)
    assert stacks
    assert all("work" in stack[0] for stack in stacks)
    costs = tally(stacks)
    assert "work" in costs[0].name
    assert costs[0].total == len(stacks)
    assert profile(lambda: time.sleep(0.2)) == [] or len(profile(lambda: time.sleep(0.2))) < 10
    assert len(profile(lambda: time.sleep(0.3), waiting=True)) > 10
    assert signal.getsignal(signal.SIGPROF) == signal.SIG_DFL


def test_compare_finds_the_faster_one() -> None:
    ratio = compare(lambda: sum(range(20_000)), lambda: sum(range(1000)), rounds=3)
    assert ratio.lowest <= ratio.median <= ratio.highest
    assert ratio.highest > 2


def test_load_counts_every_request(tmp_path: Path) -> None:
    with serving(tmp_path, 1) as (ports, _process):
        groups = load(("127.0.0.1", ports[0]), REQUEST, rate=200, seconds=0.5, clients=4)
    summary = summarise(groups)
    assert [len(group) for group in groups] == [25] * 4
    assert (summary.requests, summary.failures) == (100, 0)


# Processes

WORKERS = """
import sys
from solutions.ch19_speed import Prefork, reuseport_listener, serve_until, site
ports = [int(port) for port in sys.argv[1:]]
def work(number, alive):
    serve_until(alive, reuseport_listener("127.0.0.1", ports[number]), site(number))
Prefork(work, len(ports)).run()
"""


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses now."""
    with ExitStack() as stack:
        return [
            stack.enter_context(closing(open_listener())).getsockname()[1] for _ in range(count)
        ]


def accepts(port: int) -> bool:
    """Tell whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), DEADLINE).close()
    except OSError:
        return False
    return True


@contextmanager
def serving(folder: Path, count: int, *ports: int) -> Iterator[tuple[list[int], psutil.Process]]:
    """Run so many workers, each with a port of its own, unless `ports` are given."""
    chosen = list(ports) or free_ports(count)
    log = (folder / "workers.log").open("wb")
    command = [sys.executable, "-c", WORKERS, *map(str, chosen)]
    with log, subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) as process:
        try:
            for port in chosen:
                until(lambda port=port: accepts(port))  # type: ignore[misc]
            yield chosen, psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(DEADLINE)


def asked(port: int) -> bytes:
    """Return which worker answers on a new connection."""
    with closing(Asker(("127.0.0.1", port), REQUEST.replace(b"/articles", b"/"))) as client:
        return client.ask().rpartition(b"\r\n\r\n")[2]


@needs_fork
def test_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with serving(tmp_path, 2) as (ports, parent):
        assert [asked(port) for port in ports] == [b"worker 0\n", b"worker 1\n"]
        before = {child.pid for child in parent.children()}
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len({child.pid for child in parent.children()} - before) == 1)
        until(lambda: accepts(ports[0]) and accepts(ports[1]))
        assert [asked(port) for port in ports] == [b"worker 0\n", b"worker 1\n"]
        assert "signal 9" in (tmp_path / "workers.log").read_text()


@needs_fork
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent(tmp_path: Path, sign: signal.Signals) -> None:
    with serving(tmp_path, 2) as (_ports, parent):
        workers = parent.children()
        os.kill(parent.pid, sign)
        _gone, alive = psutil.wait_procs(workers, DEADLINE)
        assert not alive


INTERRUPTED = """
import os, signal
from solutions.ch19_speed import Prefork
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGTERM))
Prefork(lambda _number, alive: alive.recv(1), 2).run()
"""


@needs_fork
def test_signal_during_a_fork_is_not_lost() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(DEADLINE)
        finally:
            process.kill()


@needs_fork
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares connections by a hash")
def test_two_workers_share_one_port(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    with serving(tmp_path, 2, port, port):
        counts: Counter[bytes] = Counter()
        until(lambda: counts.update([asked(port)]) or len(counts) == 2)
        counts = Counter(asked(port) for _ in range(100))
    assert min(counts[b"worker 0\n"], counts[b"worker 1\n"]) > 15, counts


@needs_fork
@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
def test_worker_is_killed_behind_nginx_and_no_request_is_lost(tmp_path: Path) -> None:
    assert NGINX
    front = free_ports(1)[0]
    with serving(tmp_path, 3) as (ports, parent):
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(balancer([("127.0.0.1", port) for port in ports], front))
        log = (tmp_path / "nginx.log").open("wb")
        command = [NGINX, "-p", str(tmp_path), "-c", str(configuration)]
        with log, subprocess.Popen(command, stdout=log, stderr=log) as nginx:
            try:
                until(lambda: accepts(front))
                answers: list[bytes] = []
                with closing(
                    Asker(("127.0.0.1", front), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                ) as client:
                    for number in range(400):
                        answers.append(client.ask())
                        if number in (100, 200, 300):
                            os.kill(max(parent.children(), key=lambda p: p.create_time()).pid, 9)
            finally:
                nginx.terminate()
                nginx.wait(DEADLINE)
    statuses = Counter(answer[:15] for answer in answers)
    assert statuses == {b"HTTP/1.1 200 OK": 400}
    workers = Counter(answer.rpartition(b"\r\n\r\n")[2] for answer in answers)
    assert len(workers) == 3
