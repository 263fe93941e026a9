"""What the checks notice of descriptors that are left open, and what they must not take for that."""

import importlib.util
import logging
import os
import selectors
import socket
import sys

import pytest

from course.checks.descriptors import open_descriptors
from course.checks.runner import Runner

pytestmark = pytest.mark.skipif(not open_descriptors(), reason="this system does not tell")
LEARNER = """\
import asyncio
import os
import random
import select
import selectors
import socket
import ssl
import subprocess
import sys
import tempfile

kept = []


def dropped_selector():
    selectors.DefaultSelector().get_map()  # OPENED: dropped_selector


def kept_selector():
    kept.append(selectors.DefaultSelector())  # OPENED: kept_selector


def selector_of_one_kind():
    kept.append(selectors.SelectSelector())


def kept_file(path):
    kept.append(open(path))  # OPENED: kept_file


def kept_descriptor(path):
    kept.append(os.open(path, os.O_RDONLY))  # OPENED: kept_descriptor


def half_a_pipe():
    reading, writing = os.pipe()
    kept.append(writing)
    os.close(reading)


def whole_pipe():
    kept.append(os.pipe())


def bare_epoll():
    kept.append(select.epoll())


def detached():
    kept.append(socket.socket().detach())


def duplicate():
    with socket.socketpair()[0] as sock:
        kept.append(os.dup(sock.fileno()))


def half_a_pair(end):
    pair = list(socket.socketpair())
    kept.append(pair.pop(end))
    pair.pop().close()


def a_pair_and_a_socket():
    kept.append(socket.socketpair())
    kept.append(socket.socket())


def tidy(path):
    with selectors.DefaultSelector() as selector, open(path) as file, tempfile.TemporaryFile():
        selector.get_map(), file.read()
    for descriptor in os.pipe():
        os.close(descriptor)
    first, second = socket.socketpair()
    os.close(first.detach())
    second.close()


def borrows():
    os.urandom(8), random.SystemRandom().random()
    ssl.create_default_context()
    socket.getaddrinfo("localhost", 80)
    subprocess.run([sys.executable, "-c", ""], capture_output=True)
    asyncio.run(asyncio.sleep(0))
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    file = tmp_path_factory.mktemp("answers") / "answers_that_open.py"
    file.write_text(LEARNER, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def runner(code):
    return Runner(lambda filename: filename == code.__file__)


@pytest.fixture
def leaks(runner, code, monkeypatch):
    """Return a function that runs a check and says what it has left open; then close that."""
    monkeypatch.setattr("course.checks.runner.GRACE_AFTER_A_CHECK", 0.05)
    before = open_descriptors()
    yield lambda check: runner.run(check).leaks
    code.kept.clear()
    for number in open_descriptors().keys() - before.keys():
        try:
            os.close(number)
        except OSError:
            continue


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "a file"
    file.touch()
    return str(file)


def line_of(name):
    (number,) = [n for n, text in enumerate(LEARNER.splitlines(), 1) if f"# OPENED: {name}" in text]
    return number


@pytest.mark.parametrize("name", ["dropped_selector", "kept_selector"])
def test_a_selector_is_named_with_the_line_that_made_it(leaks, code, name):
    (leak,) = leaks(getattr(code, name))
    kind = selectors.DefaultSelector.__name__.removesuffix("Selector").lower()
    assert leak.what == f"a selector ({kind}) was left open"
    assert leak.place.line == line_of(name)


@pytest.mark.parametrize("name", ["kept_file", "kept_descriptor"])
def test_a_file_is_named_with_the_line_that_opened_it(leaks, code, name, path):
    (leak,) = leaks(lambda: getattr(code, name)(path))
    assert leak.what == f"the file {path} was left open"
    assert leak.place.line == line_of(name)


def test_one_end_of_a_pipe_is_told_from_the_other(leaks, code):
    assert [leak.what for leak in leaks(code.half_a_pipe)] == [
        "the writing end of a pipe was left open"
    ]
    ends = {leak.what.split()[1] for leak in leaks(code.whole_pipe)}
    assert ends == {"reading", "writing"}


def test_one_socket_of_a_pair_is_told_from_the_other(leaks, code):
    for end, name in enumerate(("first", "second")):
        (leak,) = leaks(lambda end=end: code.half_a_pair(end))
        assert leak.what == f"the {name} socket of a pair was left open"
    assert [leak.what for leak in leaks(code.a_pair_and_a_socket)] == [
        "the first socket of a pair was left open",
        "the second socket of a pair was left open",
        "a socket was left open",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")
def test_an_epoll_object_without_a_selector_is_named(leaks, code):
    (leak,) = leaks(code.bare_epoll)
    assert "eventpoll" in leak.what


@pytest.mark.parametrize("name", ["detached", "duplicate"])
def test_a_socket_that_no_object_holds_is_noticed(leaks, code, name):
    assert "a socket's descriptor was left open" in [
        leak.what for leak in leaks(getattr(code, name))
    ]


def test_what_an_earlier_check_left_open_is_not_told_again(leaks, code):
    assert leaks(code.whole_pipe)
    assert leaks(lambda: None) == []


@pytest.mark.parametrize("name", ["borrows", "selector_of_one_kind"])
def test_what_libraries_open_is_no_leak(leaks, code, name):
    assert leaks(getattr(code, name)) == []


def test_what_is_closed_is_no_leak(leaks, code, path):
    assert leaks(lambda: code.tidy(path)) == []


def test_what_the_check_itself_opens_is_no_leak(leaks, path):
    kept = []

    def check():
        kept.append(logging.FileHandler(path))
        kept.append(selectors.DefaultSelector())
        kept.append(socket.socket())

    assert leaks(check) == []
    kept[0].close()
