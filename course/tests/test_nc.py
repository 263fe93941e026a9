"""`python3 -m course.nc`: what stands in for `nc` sends, prints and ends."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from course.model.chapters import ROOT

PATIENCE = 10  # seconds for what takes a tenth of one


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        yield listener


@contextmanager
def calling(port):
    process = subprocess.Popen(
        [sys.executable, "-m", "course.nc", "127.0.0.1", str(port)],
        cwd=ROOT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


def accepted(listener):
    conn, _peer = listener.accept()
    conn.settimeout(PATIENCE)
    return conn


def test_sends_what_is_typed_and_prints_what_comes_back(listener):
    with calling(listener.getsockname()[1]) as process, accepted(listener) as conn:
        for line in (b"hello\n", b"caf\xc3\xa9\n"):
            process.stdin.write(line)
            process.stdin.flush()
            assert conn.recv(100) == line
            conn.sendall(b"you said " + line)
            assert process.stdout.readline() == b"you said " + line


def test_passes_on_the_end_of_what_is_typed(listener):
    with calling(listener.getsockname()[1]) as process, accepted(listener) as conn:
        process.stdin.close()
        assert conn.recv(100) == b""
        conn.sendall(b"goodbye\n")
        conn.close()
        assert process.stdout.read() == b"goodbye\n"
        assert process.wait(PATIENCE) == 0


def test_ends_when_the_server_closes_though_the_terminal_is_open(listener):
    with calling(listener.getsockname()[1]) as process:
        accepted(listener).close()
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read() == b""


def test_ctrl_c_ends_it_without_a_traceback(listener):
    with calling(listener.getsockname()[1]) as process, accepted(listener) as conn:
        process.stdin.write(b"x\n")
        process.stdin.flush()
        assert conn.recv(100) == b"x\n"  # it runs
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read() == b""


def test_a_server_that_is_not_there_is_one_line(listener):
    port = listener.getsockname()[1]
    listener.close()
    with calling(port) as process:
        assert process.wait(PATIENCE) == 1
        assert process.stderr.read() == f"127.0.0.1 port {port}: Connection refused.\n".encode()


def test_a_reset_is_one_line(listener):
    port = listener.getsockname()[1]
    with calling(port) as process, accepted(listener) as conn:
        process.stdin.write(b"not read\n")
        process.stdin.flush()
        conn.recv(1)
        conn.close()
        assert process.wait(PATIENCE) == 1
        assert (
            process.stderr.read() == f"127.0.0.1 port {port}: Connection reset by peer.\n".encode()
        )
