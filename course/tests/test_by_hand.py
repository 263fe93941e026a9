"""Every chapter's program, run by hand: it listens, answers, and stops on Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from course.model.chapters import ROOT, Chapter, chapters
from course.model.starters import given, starter

STEMS = [chapter.stem for chapter in chapters()]
LISTENING = re.compile(r"Listening on (?:http://)?127\.0\.0\.1:(\d+)")
SPEAKS_FIRST = {"ch02_four_tuple"}  # and resets a client that sends what it does not read
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
PATIENCE = 10  # s for what takes a tenth of one
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to one process")


def command(package, stem, *arguments):
    return [sys.executable, "-m", f"{package}.{stem}", *arguments]


def environment():
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def run(package, stem, *arguments, folder=ROOT):
    return subprocess.run(
        command(package, stem, *arguments),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def heed_sigint():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def serving(stem):
    """Start a solution's program on a free port; give the process and the port it announced."""
    process = subprocess.Popen(
        command("solutions", stem, "--port", "0"),
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_sigint,
    )
    try:
        announced = LISTENING.match(process.stdout.readline())
        assert announced, process.communicate(timeout=PATIENCE)
        yield process, int(announced[1])
    finally:
        process.kill()
        process.communicate()


def ask(port, message):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


@POSIX
@pytest.mark.parametrize("stem", STEMS)
def test_a_solution_announces_answers_and_stops_on_ctrl_c(stem):
    with serving(stem) as (process, port):
        message = b"" if stem in SPEAKS_FIRST else REQUEST
        assert all(ask(port, message) for _ in range(2))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "Traceback" not in out + err
    assert err == ""


@POSIX
@pytest.mark.parametrize("stem", STEMS)
def test_a_solution_stops_on_ctrl_c_before_anybody_came(stem):
    with serving(stem) as (process, _port):
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize("stem", STEMS)
def test_a_port_in_use_is_one_line(stem):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = run("solutions", stem, "--port", port)
    assert done.returncode not in (0, None)
    assert len(done.stderr.splitlines()) == 1
    assert port in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("port", ["70000", "-1", "http", "٨٠", ""])
def test_what_is_no_port_is_refused(port):
    done = run("solutions", STEMS[0], f"--port={port}")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert ascii(port)[1:-1] in ascii(done.stderr.splitlines()[-1]).replace("\\\\", "\\")
    assert done.stdout == ""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """Make a folder with the pristine starters in it."""
    root = tmp_path_factory.mktemp("learner")
    (root / "chapters").mkdir()
    (root / "chapters" / "__init__.py").touch()
    for stem in STEMS:
        text = starter(Chapter(stem))
        (root / "chapters" / f"{stem}.py").write_text(text, encoding="utf-8")
    for file, text in given().items():
        (root / "chapters" / file.name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("stem", STEMS)
def test_an_unwritten_starter_says_in_one_line_what_is_missing(stem, pristine):
    done = run("chapters", stem, "--port", "0", folder=pristine)
    assert done.returncode not in (0, None)
    assert len(done.stderr.splitlines()) == 1
    assert re.search(r"ch\d\d task \d+: \w+", done.stderr)
    assert done.stdout == ""
