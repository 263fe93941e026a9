"""The benchmark: right figures, right servers, nothing left running, and one line when it cannot."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from xml.etree import ElementTree

import psutil
import pytest
from rich.console import Console

from bench import command, echo, load, machine, measuring, plot, report, servers
from bench.measuring import BULK, CPU_MANY, MEMORY, TRIPS_MANY, TRIPS_ONE, Sample, Settings
from bench.subjects import Subject
from course.cli import main
from course.model.errors import CourseError, UsageError
from solutions.ch06_threads import Server

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")
NAMES = [subject.name for subject in echo.SUBJECTS]
FIGURES = {
    TRIPS_ONE: {"mine": [Sample(30, 0.5), Sample(10, 0.5), Sample(20, 0.5)], "theirs": [Sample(8)]},
    BULK: {"mine": [Sample(7.0, 0.97), Sample(5.0, 0.95)], "theirs": [Sample(3.0), Sample(1.0)]},
    MEMORY: {},
}


def answer_wrongly(_package, _capacity, announce):
    with Server(lambda conn, _name: conn.sendall(conn.recv(64).upper()), workers=1) as server:
        announce(server.address.port)
        server.thread.join()


def die(_package, _capacity, _announce):
    raise RuntimeError("out of\ncoffee")


def need_a_task(_package, _capacity, announce):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        announce(listener.getsockname()[1])
        with listener.accept()[0]:
            raise NotImplementedError("ch07 task 1: EventLoop.watch")


def is_alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def as_report(samples=FIGURES, yardstick="theirs"):
    return report.Report(yardstick, report.compare(samples, yardstick), ("On a & b.", "Today."))


@contextmanager
def served(handle):
    with Server(handle, workers=4) as server:
        yield server.address.port


@contextmanager
def asking(handle, count=1):
    with served(handle) as port, load.connected(port, count) as socks:
        yield socks


def echo_back(conn, _name):
    while piece := conn.recv(load.CHUNK):
        conn.sendall(piece)


def after_one_echo(then):
    """Return a handler that is right once, so that a client connects, and then wrong."""

    def handle(conn, _name):
        conn.sendall(conn.recv(64))
        then(conn, conn.recv(load.CHUNK))

    return handle


def shown(result, width=80):
    console = Console(width=width, markup=False, highlight=False)
    with console.capture() as capture:
        report.show(result, console)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_medians_ratios_and_spread():
    trips, bulk = report.compare(FIGURES, "theirs")
    mine, theirs = trips.rows
    assert (mine.median, mine.low, mine.high, mine.ratio) == (20, 10, 30, 2.5)
    assert (theirs.median, theirs.ratio, theirs.share) == (8, 1, None)
    assert [row.ratio for row in bulk.rows] == [3, 1]
    assert [row.is_narrow for row in (mine, *bulk.rows)] == [False, True, False]


@pytest.mark.parametrize("theirs", [{}, {"theirs": [Sample(0.0)]}, {"theirs": [Sample(-1.0)]}])
def test_without_a_yardstick_there_is_no_ratio(theirs):
    (comparison,) = report.compare({MEMORY: {"mine": [Sample(1.0)]} | theirs}, "theirs")
    assert comparison.rows[0].ratio is None
    assert report.ratio(comparison.rows[0]) == report.DASH


@pytest.mark.parametrize("columns", [80, 200])
def test_the_table_fits_80_columns_and_says_where_the_load_generator_was_the_limit(columns):
    big = [Sample(123456.0, 0.99), Sample(234567.0, 1.01)]
    lines = shown(as_report({TRIPS_MANY: dict.fromkeys(NAMES, big)}, echo.YARDSTICK), columns)
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert all(name in text for name in NAMES)
    assert f"123,456{report.DASH}234,567" in text
    assert "100%*" in text
    assert "* the load generator used more than 90 %" in text
    assert not any("90 %" in line for line in shown(as_report({CPU_MANY: FIGURES[TRIPS_ONE]})))


@pytest.mark.parametrize(("rounds", "warns"), [((10, 14), False), ((10, 25, 20), True)])
def test_rounds_that_differ_widely_are_not_taken_for_the_servers_own(rounds, warns):
    lines = shown(as_report({TRIPS_ONE: {"mine": [Sample(value, 0.5) for value in rounds]}}))
    assert any("differ by up to 2.5 times" in line for line in lines) is warns


def test_the_plot_is_well_formed_and_has_every_subject():
    samples = {measure: {name: [Sample(5.0), Sample(9.0)] for name in NAMES} for measure in FIGURES}
    svg = plot.draw(as_report(samples, echo.YARDSTICK), "Echo <servers>")
    words = [element.text for element in ElementTree.fromstring(svg).iter() if element.text]
    assert all(words.count(name) == len(samples) for name in NAMES)
    assert {"Echo <servers>", "On a & b.", "Today.", BULK.title} <= set(words)
    assert "prefers-color-scheme:dark" in svg


def test_the_plot_stands_figures_below_zero():
    ElementTree.fromstring(plot.draw(as_report({MEMORY: {"theirs": [Sample(-0.1)]}}), "Memory"))


def test_json_has_every_round():
    whole = json.loads(report.to_json(as_report()))
    assert [measure["measure"] for measure in whole["measures"]] == ["trips_1", "bulk"]
    assert whole["measures"][0]["subjects"][0]["rounds"] == [30, 10, 20]


def test_the_machine_has_no_name_and_no_paths():
    line = machine.describe()
    assert socket.gethostname() not in line
    assert "/" not in line


def test_each_server_is_measured_and_ended():
    settings = Settings(rounds=1, seconds=0.05, idle=100, package="solutions")
    samples = measuring.measure(echo.SUBJECTS, settings, lambda _line: None)
    assert psutil.Process().children() == []
    assert list(samples[TRIPS_ONE]) == list(samples[BULK]) == NAMES
    assert list(samples[TRIPS_MANY]) == list(samples[MEMORY]) == NAMES[1:]
    for measure in (TRIPS_ONE, TRIPS_MANY, BULK):
        assert all(taken[0].value > 0 for taken in samples[measure].values())
    assert samples[MEMORY]["chapter 6, threads"][0].value > 1


def test_selectors_serve_where_there_is_no_epoll(monkeypatch):
    monkeypatch.delattr(select, "epoll", raising=False)
    with asking(echo_back, 3) as socks:
        assert load.round_trips(socks, 0.02).count > 0


def test_an_answer_in_pieces_is_an_answer():
    def handle(conn, _name):
        while piece := conn.recv(64):
            conn.sendall(piece[:10])
            time.sleep(0.001)
            conn.sendall(piece[10:])

    with asking(handle) as socks:
        assert load.round_trips(socks, 0.02).count > 0


@pytest.mark.parametrize(
    ("then", "says", "patience"),
    [
        (lambda conn, said: conn.sendall(said.swapcase()), "others came back", 5.0),
        (lambda conn, said: conn.sendall(said + said), "64 bytes were sent, 128 came back", 5.0),
        (lambda conn, said: [conn.sendall(said[:63]), conn.recv(1)], "63 of 64 bytes", 0.1),
        (lambda conn, _said: conn.recv(1), "silent: 0 of 64", 0.1),
        (lambda _conn, _said: None, "closed the connection", 5.0),
    ],
)
def test_a_wrong_echo_is_an_error_and_not_a_fast_one(monkeypatch, then, says, patience):
    with asking(after_one_echo(then)) as socks:
        monkeypatch.setattr(load, "PATIENCE", patience)
        with pytest.raises(load.ServerFault, match=says):
            load.round_trips(socks, 1.0)


def test_an_old_answer_that_comes_again_is_noticed():
    def handle(conn, _name):
        first = conn.recv(64)
        conn.sendall(first)
        while conn.recv(64):
            conn.sendall(first)

    with asking(handle) as socks, pytest.raises(load.ServerFault, match="wrongly"):
        load.round_trips(socks, 1.0)


def test_bulk_bytes_that_do_not_come_back_are_missed(monkeypatch):
    monkeypatch.setattr(load, "PATIENCE", 0.05)

    def handle(conn, _name):
        conn.sendall(conn.recv(64))
        left = load.CHUNK + 1000
        while piece := conn.recv(load.CHUNK):
            conn.sendall(piece[:left])
            left -= len(piece[:left])

    with asking(handle) as (sock,), pytest.raises(load.ServerFault, match="fell silent"):
        load.bulk(sock, 0.02)


@pytest.mark.parametrize(
    ("serve", "says"),
    [
        (answer_wrongly, "subject: it answered wrongly: 64 bytes were sent, others came back"),
        (die, "subject: it did not start. Its last words: coffee"),
        (need_a_task, "it needs what you have not written yet: ch07 task 1: EventLoop.watch."),
    ],
)
def test_a_server_that_fails_is_named_in_one_line(monkeypatch, serve, says):
    monkeypatch.setattr(servers, "ENDING", 0.2)
    settings = Settings(1, 0.05, 100, "solutions")
    with pytest.raises(CourseError) as failure:
        measuring.measure([Subject("subject", serve)], settings, lambda _line: None)
    assert says in str(failure.value)
    assert "\n" not in str(failure.value)
    assert psutil.Process().children() == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--rounds", "0"], "at least 1 round"),
        (["--seconds", "nan"], "at least 0.01"),
        (["--connections", "3"], "at least 100"),
        (["--svg", "{here}"], "cannot be written"),
        (["--svg", "{here}/plot.svg", "--json", "{here}/file/figures.json"], "cannot be written"),
    ],
)
def test_bad_options_are_one_line(tmp_path, options, says):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match=says) as failure:
        main(["bench", *(option.format(here=tmp_path) for option in options)])
    assert failure.value.status == (2 if isinstance(failure.value, UsageError) else 1)
    assert "\n" not in str(failure.value)
    assert os.listdir(tmp_path) == ["file"]


@POSIX
@pytest.mark.parametrize(("hard", "room"), [(150, None), (1000, 900), (10**6, 5000)])
def test_open_files_are_raised_as_far_as_they_may_be(monkeypatch, hard, room):
    import resource

    limits = [(60, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limit: limits.append(limit))
    if room is None:
        with pytest.raises(CourseError, match="no room"), machine.room_for(5000, least=100):
            pass
    else:
        with machine.room_for(5000, least=100) as given:
            assert given == room
            assert limits[-1] == (room + machine.SPARE, hard)
    assert limits[-1] == (60, hard)


def test_the_whole_command_writes_its_files(monkeypatch, tmp_path, capsys):
    samples = {TRIPS_ONE: {name: [Sample(5.0, 0.5)] for name in NAMES}}
    monkeypatch.setattr(measuring, "measure", lambda *_: samples)
    files = [tmp_path / "new" / "plot.svg", tmp_path / "figures.json"]
    assert main(["bench", "--quick", "--svg", str(files[0]), "--json", str(files[1])]) == 0
    said = capsys.readouterr().out
    assert "chapter 7, event loop" in said
    assert "2 rounds of 0.3 s" in said
    assert max(map(len, said.replace(str(tmp_path), "").splitlines())) <= 80
    assert ElementTree.parse(files[0])
    assert len(json.loads(files[1].read_text(encoding="utf-8"))["measures"]) == 1


@POSIX
@pytest.mark.parametrize(("number", "status"), [("SIGINT", 130), ("SIGKILL", -9)])
def test_however_it_is_stopped_no_server_is_left(tmp_path, number, status):
    options = ["bench", "--seconds", "10", "--svg", str(tmp_path / "plot.svg")]
    with subprocess.Popen(
        [sys.executable, "-m", "course", *options],
        cwd=command.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 10
        while not (left := psutil.Process(process.pid).children()):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(getattr(signal, number))
        _, said = process.communicate(timeout=10)
    assert process.returncode == status
    assert "Traceback" not in said
    while any(is_alive(server) for server in left):
        assert time.monotonic() < deadline
        time.sleep(0.005)
