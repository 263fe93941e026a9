"""The benchmark: right figures, nothing left running, and one line when it cannot go on."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import pytest

from bench import http, load, measuring, report, servers
from bench.measuring import MEMORY, ROUND_TRIPS, Measurement
from course.model.chapters import ROOT
from course.model.errors import CourseError

NAMES = ["chapter 6, threads", "chapter 8, event loop", "asyncio streams", "asyncio Protocol"]
TRIPS, *_ = ROUND_TRIPS
SHORT = ("--rounds", "1", "--seconds", "0.02", "--connections", "100")


def command(*options):
    return [sys.executable, "-m", "bench", *options]


def bench(root, *options):
    return subprocess.run(command(*options), cwd=root, capture_output=True, text=True, timeout=60)


@pytest.fixture
def answers(tmp_path, monkeypatch):
    """A copy of what the servers need; its chapters are the solutions, to be spoilt."""
    for name in ("bench", "course", "solutions"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    shutil.copytree(tmp_path / "solutions", tmp_path / "chapters")
    monkeypatch.setattr(servers, "ROOT", tmp_path)
    monkeypatch.setattr(servers, "LAST_WORDS_TIMEOUT", 0.2)
    return tmp_path / "chapters"


def spoil(file, right, wrong):
    text = file.read_text("utf-8")
    assert text.count(right) == 1
    file.write_text(text.replace(right, wrong), encoding="utf-8")


def test_each_server_is_measured_and_the_report_fits(tmp_path):
    file = tmp_path / "figures.json"
    done = bench(ROOT, *SHORT, "--json", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert str(ROOT) not in done.stdout + file.read_text("utf-8")
    assert socket.gethostname() not in done.stdout
    measurements = json.loads(file.read_text("utf-8"))["measurements"]
    assert list(measurements) == [*ROUND_TRIPS, MEMORY]
    for by_server in measurements.values():
        assert list(by_server) == NAMES
        assert all(len(samples) == 1 for samples in by_server.values())
    assert all(sample["value"] > 0 for sample in measurements[TRIPS]["asyncio streams"])
    assert all(sample["value"] > 10_000 for sample in measurements[MEMORY]["chapter 6, threads"])


OURS = {
    "connection, threads",
    "connection, loop",
    "speed",
    "speed, 301 routes",
    "gateway, threads",
    "gateway, loop",
    "speed, WSGI",
    "websocket, threads",
    "websocket, loop",
}


def test_http_servers_are_measured_beside_what_is_installed(tmp_path):
    file = tmp_path / "figures.json"
    done = bench(ROOT, "http", *SHORT, "--json", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(len(line) for line in lines if "left out" not in line) <= 80
    assert str(ROOT) not in done.stdout + file.read_text("utf-8")
    measurements = json.loads(file.read_text("utf-8"))["measurements"]
    measured = {name for by_server in measurements.values() for name in by_server}
    assert measured >= OURS | {"http.server"}
    left_out = {line.split(":")[0] for line in lines if "left out" in line}
    assert measured | left_out == set(http.SERVERS)
    assert not measured & left_out
    for quantity, by_server in measurements.items():
        assert quantity == MEMORY or all(samples[0]["value"] > 0 for samples in by_server.values())


def test_peer_that_cannot_be_run_is_left_out(monkeypatch, capsys):
    servers = {
        "broken": http.Contestant("web", http.peer("no-such-command"), command="sh"),
        "absent": http.Contestant("web", http.peer("no-such-command"), command="no-such-command"),
    }
    monkeypatch.setattr(http, "SERVERS", servers)
    assert not any(measuring.measure_http(1, 0.01, 100, "solutions", None).values())
    said = capsys.readouterr().out
    assert "absent: not installed, so left out\n" in said
    assert "broken: it did not start; its last words: " in said
    assert "; left out\n" in said


GREETING = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!"


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (GREETING + b"!", "wrong answer"),
        (GREETING.replace(b"200", b"500"), "wrong answer"),
        (GREETING.replace(b"world!", b"worms!"), "wrong answer"),
        (GREETING[:-1], "51 bytes came back, then no more"),
    ],
)
def test_a_wrong_response_is_an_error(second, says):
    def serve():
        with listener.accept()[0] as conn:
            for answer in (GREETING, second):
                conn.recv(65536)
                conn.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        with (
            pytest.raises(load.ServerFault, match=says),
            load.talking(listener.getsockname()[1], 1, http.PLAIN) as (socks, length),
        ):
            load.exchanges(socks, http.PLAIN, length, 1.0)
        thread.join()


def greet(name):
    with servers.running(name, "chapters", None, 2.0, 1) as (port, _), load.connected(port, 1):
        pass


def test_medians_spread_ratios_and_where_the_load_generator_was_the_limit():
    yardstick = [Measurement(1_000_000.0, 12.3, 0.5)]
    mine = [Measurement(value * 1e6, cost, 0.97) for value, cost in ((2, 5), (1.5, 9), (4, 7))]
    lines = "\n".join(report.lines({TRIPS: {"mine": mine, "asyncio streams": yardstick}}))
    assert "mine                  2,000,000 1,500,000 4,000,000   2.00      7.0    97%*" in lines
    assert "asyncio streams       1,000,000 1,000,000 1,000,000   1.00     12.3    50%\n" in lines


def test_no_ratio_to_a_yardstick_that_is_not_above_zero():
    lines = list(report.lines({MEMORY: {"asyncio streams": [Measurement(-40.0)]}}))
    assert "asyncio streams             -40       -40       -40      -" in lines


@contextmanager
def one_client(handle):
    """Serve one client with `handle`, after the greeting, and be that client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with listener.accept()[0] as conn:
                conn.sendall(conn.recv(64))
                handle(conn)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with load.connected(listener.getsockname()[1], 1) as socks:
                yield socks
        finally:
            thread.join()


def in_pieces(conn):
    while piece := conn.recv(64):
        conn.sendall(piece[:10])
        time.sleep(0.001)
        conn.sendall(piece[10:])


def the_first_again(conn):
    first = conn.recv(64)
    conn.sendall(first)
    while conn.recv(64):
        conn.sendall(first)


def test_an_answer_in_pieces_is_an_answer():
    with one_client(in_pieces) as socks:
        assert load.round_trips(socks, 64, 0.02) > 1


@pytest.mark.parametrize(
    ("handle", "says"),
    [
        (lambda conn: conn.sendall(conn.recv(64)[::-1]), "64 bytes sent, 64 came back"),
        (lambda conn: conn.sendall(conn.recv(64) * 2), "64 bytes sent, 128 came back"),
        (lambda conn: conn.sendall(conn.recv(64)[:63]), "63 of 64 bytes came back, then no more"),
        (lambda conn: conn.recv(64), "0 of 64 bytes came back, then no more"),
        (the_first_again, "64 bytes sent, 64 came back"),
    ],
)
def test_a_wrong_echo_is_an_error_and_not_a_fast_one(handle, says):
    with one_client(handle) as socks, pytest.raises(load.ServerFault, match=says):
        load.round_trips(socks, 64, 1.0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("conn.sendall(piece.upper())", "wrong answer: 6 bytes sent, 6 came back"),
        ("pass", "it hung for more than 2 s"),
        (
            'raise NotImplementedError("ch01 task 2: echo")',
            "this is not written yet: ch01 task 2: echo",
        ),
        ("os._exit(1)", "0 of 6 bytes came back, then no more; its last words: no coffee"),
    ],
)
def test_a_server_that_fails_is_named_in_one_line(answers, wrong, says):
    spoil(answers / "ch01_echo.py", "conn.sendall(piece)", wrong)
    spoil(answers / "ch01_echo.py", "\nimport socket\n", "\nimport socket, sys, os\n")
    spoil(answers / "ch01_echo.py", "total = 0", 'total = 0; print("no coffee", file=sys.stderr)')
    with pytest.raises(CourseError) as failure:
        greet(NAMES[0])
    assert str(failure.value).startswith(f"chapter 6, threads: {says}")
    assert "\n" not in str(failure.value)
    assert psutil.Process().children() == []


def test_a_chapter_that_is_not_written_yet_is_one_line(answers):
    (answers / "ch06_threads.py").write_text(
        'raise NotImplementedError("ch06 task 2: Pool.__init__")\n', encoding="utf-8"
    )
    done = bench(answers.parent, *SHORT, "--chapters")
    assert done.returncode == 1
    assert done.stderr == (
        "bench: chapter 6, threads: this is not written yet: ch06 task 2: Pool.__init__\n"
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--rounds", "0"], "at least 1 round"),
        (["--seconds", "nan"], "0.01 seconds"),
        (["--connections", "3"], "100 connections"),
        (["--json", "{here}"], "a file in a folder that exists"),
        (["--json", "{here}/nowhere/figures.json"], "a file in a folder that exists"),
    ],
)
def test_bad_options_are_one_line(tmp_path, options, says):
    done = bench(ROOT, *(option.format(here=tmp_path) for option in options))
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX limit")
def test_too_many_connections_are_refused_before_the_measuring():
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    done = bench(ROOT, "--connections", str(hard))
    assert done.returncode == 1
    assert done.stderr == f"bench: --connections {hard}: give at most {hard - 100} here.\n"
    assert done.stdout == ""


def is_serving(server):
    return any(conn.status == psutil.CONN_ESTABLISHED for conn in server.net_connections("tcp"))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("what", ["echo", "http"])
@pytest.mark.parametrize(("number", "status"), [("SIGINT", 130), ("SIGKILL", -9)])
def test_however_it_is_stopped_no_server_is_left(what, number, status):
    with subprocess.Popen(
        command(what, "--seconds", "10"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 20
        while not any(map(is_serving, psutil.Process(process.pid).children(recursive=True))):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        left = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(getattr(signal, number))
        _, said = process.communicate(timeout=20)
    assert process.returncode == status
    assert b"Traceback" not in said
    _, alive = psutil.wait_procs(left, timeout=20)
    assert alive == []
