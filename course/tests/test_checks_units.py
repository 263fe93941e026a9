"""The parts of the checks' engine: comparing, expecting, watching, noticing leaks, running."""

import importlib.util
import linecache
import socket
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from course.checks import runner as runner_module
from course.checks.answers import MissingName, Unreadable
from course.checks.compare import compare, first_difference, show
from course.checks.expect import (
    Broken,
    Given,
    Literally,
    Raised,
    Waits,
    broken,
    described,
    holds,
    refusal,
    same,
)
from course.checks.explanation import explain
from course.checks.notation import written
from course.checks.peers import connected, listening, narrow, receive_all, reset, running
from course.checks.promises import Misconception, promise, sentence
from course.checks.runner import Finding, Runner
from course.checks.watchdog import Stopped, find_stuck, set_free
from course.model.chapters import find

WIDTH = 58
LONG_DEADLINE = 20  # s, of which a check that ends at once uses next to nothing
SHORT_DEADLINE = 0.3  # s, for a check that never ends


# --- compare() ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "got", "at", "wanted", "came"),
    [
        (b"hello", b"Hello", 0, "b'h'", "b'H'"),
        (b"one two three", b"one tWo three", 5, "b'w'", "b'W'"),
        (b"hello", b"hellO", 4, "b'o'", "b'O'"),
        (b"ab", b"abc", 2, "the end", "b'c'"),
        (b"abc", b"ab", 2, "b'c'", "the end"),
        (b"", b"x", 0, "the end", "b'x'"),
        (b"A", b"a", 0, "b'A'", "b'a'"),
        (b"\r\n\r\nab", b"\r\n\r\naB", 5, "b'b'", "b'B'"),
        (b"a\r\nb", b"a\nb", 1, "b'\\r'", "b'\\n'"),
    ],
)
def test_the_caret_stands_below_the_first_difference(expected, got, at, wanted, came):
    assert first_difference(expected, got) == at
    above, below, caret = compare(expected, got, WIDTH)
    column = caret.index("^")
    assert column == len(repr(got[:at])) - 1
    assert above[:column] == below[:column]
    assert above[column:] != below[column:]
    words = caret[column:]
    assert f" {at}:" in words
    assert words.index(wanted) < words.index(came)


def test_cr_and_lf_are_visible():
    expected, got, _ = compare(b"a\r\n\r\n", b"a\n\n", WIDTH)
    assert expected == r"b'a\r\n\r\n'"
    assert got == r"b'a\n\n'"


@pytest.mark.parametrize("at", [0, 10, 500, 8_990])
def test_long_values_are_windowed_around_the_difference(at):
    expected = bytes(65 + i % 26 for i in range(9_000))
    got = expected[:at] + b"!" + expected[at + 1 :]
    above, below, caret = compare(expected, got, WIDTH)
    column = caret.index("^")
    assert max(len(above), len(below)) <= WIDTH
    assert above[column] == chr(expected[at])
    assert below[column] == "!"


def test_values_of_other_types_are_shown_without_a_caret():
    for expected, got in ((b"5", "5"), (5, 6), (None, b""), ([1], [2]), ([b"a"], [b"b"])):
        assert compare(expected, got, WIDTH) == (repr(expected), repr(got), "")


def test_a_long_value_is_cut_with_its_length():
    text = show(b"x" * 1234, 40)
    assert len(text) == 40
    assert "1,234" in text
    assert show(Literally("two ports"), 40) == "two ports"


def test_a_tab_and_an_unusual_space_can_be_seen_in_what_was_given():
    assert show(Given("b = 2\t;"), WIDTH) == r"b = 2\t;"
    assert show(Given("Ã\xa0; b"), WIDTH) == r"Ã\xa0; b"
    assert show(Given("first\nsecond"), WIDTH) == "first\nsecond"


def test_an_error_that_was_raised_is_shown_to_its_end():
    raised = Raised(f"TypeError: HttpError.__init__() missing {'one ' * 20}argument: 'section'")
    error = Broken("f() returned:", expected=b"one", got=raised)
    _, values = explain(find("echo"), Finding(error), lambda _: False)
    assert {label: text for label, text, _ in values.rows} == {
        "expected": "b'one'",
        "got": raised,
    }


def test_a_long_description_of_an_object_is_cut_in_a_replay():
    class Many:
        def __repr__(self) -> str:
            return "item " * 200

    text = written(Many(), lambda _: "", 900)
    assert text.startswith("item item")
    assert len(text) < 300
    assert text.endswith("…")


# --- same(), holds(), refusal(), described() ----------------------------------------------------

OTHER = Misconception("M99", "belief", "truth", "authority", "lesson", "see")


def test_same_lets_equal_values_pass():
    for value in (b"x", "x", 1, True, None, [1], {"a": 1}):
        same("It came:", expected=value, got=value)


@pytest.mark.parametrize(
    ("expected", "got"), [(b"x", b"y"), (b"x", bytearray(b"x")), (1, True), (1, 1.0), ("1", 1)]
)
def test_same_refuses_other_values_and_other_types(expected, got):
    with pytest.raises(Broken) as caught:
        same("It came:", expected=expected, got=got, sent=b"sent", usually=OTHER)
    error = caught.value
    assert (error.what, error.sent, error.usually) == ("It came:", b"sent", OTHER)
    assert (error.expected, error.got) == (expected, got)
    assert error.compares


def test_holds_and_broken():
    holds("It is so.", [0])
    with pytest.raises(Broken) as caught:
        holds("It is so.", [], sent=b"s")
    assert not caught.value.compares
    with pytest.raises(Broken, match="It is not"):
        broken("It is not so.")


def test_refusal_requires_one_of_the_errors():
    with refusal("It is refused.", ValueError, OSError):
        raise ConnectionResetError
    with pytest.raises(Broken) as caught, refusal("It is refused.", ValueError, OSError):
        pass
    assert "ValueError" in str(caught.value.expected)
    assert "OSError" in str(caught.value.expected)
    with pytest.raises(KeyError), refusal("It is refused.", ValueError, OSError):
        raise KeyError


def test_described_returns_the_value_or_the_error_as_text():
    assert described(lambda: b"x") == b"x"
    told = described(lambda: 1 / 0)
    assert isinstance(told, Literally)
    assert "ZeroDivisionError" in told


def test_an_error_that_is_returned_is_no_belief_of_the_promise():
    with pytest.raises(Broken) as caught:
        same("f() returned:", expected=Literally("ValueError"), got=ValueError("bad"), clue="other")
    assert caught.value.what.startswith("Your code returned an error. An error has to be raised.")
    assert (caught.value.usually, caught.value.clue) == (None, "")


def test_an_error_was_raised_and_not_returned():
    waits = Waits("recv() waits forever")
    found = (described(lambda: 1 / 0), "raised"), (3, "returned"), (waits, "did not return")
    for got, what in found:
        with pytest.raises(Broken) as caught:
            same("f() returned:", expected=None, got=got)
        assert str(caught.value) == f"f() {what}:"


@pytest.mark.parametrize(
    "error",
    [
        NotImplementedError("ch01 task 1: f"),
        MissingName(Path("x.py"), "f"),
        Unreadable(Path("x.py"), "why"),
    ],
)
def test_described_lets_an_absent_answer_pass_through(error):
    def absent():
        raise error

    with pytest.raises(type(error)) as caught:
        described(absent)
    assert caught.value is error


# --- promises -----------------------------------------------------------------------------------

BY_SIGN = {
    sign: Misconception(name, "belief", "truth", "authority", "lesson", "see")
    for sign, name in (
        (OSError, "os"),
        (ConnectionResetError, "reset"),
        ("hang", "hang"),
        ("spin", "spin"),
        ("leak", "leak"),
    )
}


@promise(task=2, usually=OTHER, signs=BY_SIGN, hints=("a", "b", "c"))
def signed(_chapter):
    """One promise,
    on two lines.

    And more, which is not part of it.
    """


@pytest.mark.parametrize(
    ("sign", "id"),
    [
        (ConnectionResetError, "reset"),
        (BrokenPipeError, "os"),
        (TimeoutError, "os"),
        ("hang", "hang"),
        ("spin", "spin"),
        ("leak", "leak"),
    ],
)
def test_a_sign_points_to_its_misconception(sign, id):  # noqa: A002
    assert signed.promise.reason(sign).id == id


def test_an_error_that_is_no_sign_points_to_no_misconception():
    assert signed.promise.reason(ValueError) is None


def test_what_is_no_sign_points_to_no_misconception():
    plain = promise(task=1, usually=OTHER, hints=("a", "b", "c"))(lambda _chapter: None).promise
    signs = ("hang", "silence", "spin", "leak")
    assert [plain.reason(sign) for sign in signs] == [None] * 4


def test_a_promise_has_three_hints_and_a_sentence():
    assert sentence(signed) == "One promise, on two lines."
    with pytest.raises(ValueError, match="unpack"):
        promise(task=1, usually=OTHER, hints=("a", "b"))


# --- code of a learner's ------------------------------------------------------------------------

LEARNER = """\
import socket
import threading
import time

kept = []


def receive(conn, about_to):
    about_to.set()
    return conn.recv(1)  # BLOCKED: receive


def receive_after(event, conn):
    event.wait()
    return conn.recv(1)


def accept(listener, about_to):
    about_to.set()
    return listener.accept()  # BLOCKED: accept


def wait(event, about_to):
    about_to.set()
    event.wait()  # BLOCKED: wait


def spin(goes, about_to):
    about_to.set()
    data, tries = b"", 7
    while goes:
        pass  # SPINS
    return data, tries


def spin_in_a_call(goes, about_to):
    about_to.set()
    while goes:
        add_up()  # CALLS


def add_up():
    return sum(range(1000))


def count(goes, about_to):
    about_to.set()
    return sum(iter(lambda: len(goes), 0))


def leave_open():
    kept.append(socket.socket())  # LEFT OPEN


def drop():
    socket.socket()  # DROPPED


def leave_running(event):
    threading.Thread(target=hold, args=(event,), name="mine", daemon=True).start()


def hold(event):
    event.wait()  # LEFT RUNNING


def close_soon():
    sock = socket.socket()
    threading.Timer(0.2, sock.close).start()


def close_itself():
    with socket.socket():
        pass


def fail(*_):
    raise ZeroDivisionError("mine")  # RAISES


def fail_in_a_thread():
    thread = threading.Thread(target=fail, name="mine", daemon=True)
    thread.start()
    return thread


def unwritten(*_):
    raise NotImplementedError("ch01 task 2: echo")
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("answers") / "answers_of_a_learner.py"
    path.write_text(LEARNER, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def code(file):
    """Import the learner's code."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    linecache.checkcache(str(file))


@pytest.fixture(scope="module")
def owns(file):
    return lambda filename: filename == str(file)


def line_of(mark):
    (number,) = [i for i, text in enumerate(LEARNER.splitlines(), 1) if f"# {mark}" in text]
    return number


@contextmanager
def started(function, *arguments):
    """Run a function in a thread; the block begins when it says that it is about to wait."""
    about_to = threading.Event()

    def body():
        with suppress(Stopped, OSError):
            function(*arguments, about_to)

    thread = threading.Thread(target=body, daemon=True, name="watched")
    thread.start()
    about_to.wait()
    yield thread
    thread.join()


# --- the watchdog -------------------------------------------------------------------------------


def test_a_thread_in_recv_stands_there(code, owns):
    with connected() as (client, server), started(code.receive, server) as thread:
        (found,) = find_stuck([thread], owns)
        client.sendall(b"!")
    assert (found.place.line, found.thread, found.spinning) == (
        line_of("BLOCKED: receive"),
        "watched",
        False,
    )
    assert found.place.code == "return conn.recv(1)  # BLOCKED: receive"
    assert "bytes" in found.why


def test_a_thread_in_accept_stands_there(code, owns):
    with listening() as listener, started(code.accept, listener) as thread:
        (found,) = find_stuck([thread], owns)
        socket.create_connection(listener.getsockname()).close()
    assert (found.place.line, found.spinning) == (line_of("BLOCKED: accept"), False)
    assert "client" in found.why


def test_a_thread_in_event_wait_stands_in_its_own_line(code, owns):
    event = threading.Event()
    with started(code.wait, event) as thread:
        (found,) = find_stuck([thread], owns)
        event.set()
    assert (found.place.line, found.spinning) == (line_of("BLOCKED: wait"), False)
    assert "event" in found.why


def test_code_that_computes_at_the_deadline_is_named_with_its_loop_and_values(code, owns):
    goes = [True]
    with started(code.spin, goes) as thread:
        (found,) = find_stuck([thread], owns)
        goes.clear()
    assert found.spinning
    assert found.place.line in (line_of("SPINS") - 1, line_of("SPINS"))
    for part in (line_of("SPINS") - 1, line_of("SPINS"), "data = b''", "tries = 7"):
        assert str(part) in found.why


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("spin", "the loop in lines {} to {} was"),
        ("spin_in_a_call", "the loop in lines {} to {} was"),
        ("count", "this line was"),
    ],
)
def test_whether_what_computes_would_end_is_left_open(code, owns, name, what):
    goes = [True]
    with started(getattr(code, name), goes) as thread:
        (found,) = find_stuck([thread], owns)
        goes.clear()
    last = line_of("SPINS" if name == "spin" else "CALLS")
    assert found.why.startswith(what.format(last - 1, last))
    assert found.why.endswith("it never ends, or it is too slow")
    assert "forever" not in found.why


def test_a_spinning_thread_is_set_free(code):
    with started(code.spin, [True]) as thread:
        set_free([thread])
        thread.join(LONG_DEADLINE)
        assert not thread.is_alive()


def test_a_thread_without_the_learners_frames_is_not_found(code, owns):
    event = threading.Event()
    thread = threading.Thread(target=event.wait, daemon=True)
    thread.start()
    never_started = threading.Thread(target=code.fail)
    assert find_stuck([thread, never_started], owns) == []
    event.set()
    thread.join()


# --- the runner ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shared_runner(owns):
    return Runner(owns)  # its audit hook stays for as long as the process: one is enough


@pytest.fixture
def run(shared_runner, monkeypatch):
    """Return the runner's `run`; nothing stays behind after a test."""
    monkeypatch.setattr(shared_runner, "_deadline", LONG_DEADLINE)
    threads, hook = set(threading.enumerate()), threading.excepthook
    yield shared_runner.run
    assert set(threading.enumerate()) <= threads
    assert threading.excepthook is hook


@pytest.fixture
def impatient(monkeypatch):
    """Wait less for what never comes: threads that close what they hold."""
    monkeypatch.setattr("course.checks.runner.GRACE_AFTER_A_CHECK", 0.2)


@pytest.fixture
def hurried_run(run, shared_runner, monkeypatch):
    monkeypatch.setattr(shared_runner, "_deadline", SHORT_DEADLINE)
    return run


def test_a_check_that_ends_is_clean(run, code):
    finding = run(code.close_itself)
    assert finding.clean
    assert (finding.error, finding.stuck, finding.leaks, finding.deaths) == (None, None, [], [])


def test_an_error_of_the_check_is_found(run, code):
    finding = run(code.fail)
    assert isinstance(finding.error, ZeroDivisionError)
    assert not finding.clean


@pytest.mark.usefixtures("impatient")
def test_a_socket_left_open_is_a_leak_and_is_closed(run, code):
    finding = run(code.leave_open)
    (leak,) = finding.leaks
    assert (leak.place.line, leak.place.code) == (
        line_of("LEFT OPEN"),
        "kept.append(socket.socket())  # LEFT OPEN",
    )
    assert code.kept.pop().fileno() == -1


def test_leaves_open_is_no_leak_but_is_closed_all_the_same(run, code):
    assert run(code.leave_open, leaves_open=True).clean
    assert code.kept.pop().fileno() == -1


def test_a_socket_dropped_without_close_is_a_leak(run, code):
    (leak,) = run(code.drop).leaks
    assert leak.place.line == line_of("DROPPED")


@pytest.mark.usefixtures("impatient")
def test_a_thread_left_running_is_a_leak_with_its_name_and_line(run, code, monkeypatch):
    event = threading.Event()  # set as soon as the thread has been found: nothing else ends it
    monkeypatch.setattr(runner_module, "set_free", lambda _threads: event.set())
    (leak,) = run(lambda: code.leave_running(event)).leaks
    assert "mine" in leak.what
    assert leak.place.line == line_of("LEFT RUNNING")


def test_what_a_thread_closes_in_time_is_no_leak(run, code):
    assert run(code.close_soon).clean


def test_a_socket_of_the_checks_own_is_no_leak_of_the_learners(run):
    opened = []
    assert run(lambda: opened.append(socket.socket())).clean
    assert opened.pop().fileno() == -1


def test_at_the_deadline_the_blocked_line_is_found_and_freed(hurried_run, code):
    def check():
        with connected() as (_client, server):
            code.receive(server, threading.Event())

    finding = hurried_run(check)
    (stuck,) = finding.stuck
    assert (stuck.place.line, stuck.spinning) == (line_of("BLOCKED: receive"), False)
    assert finding.error is None


def test_at_the_deadline_a_loop_is_found_and_freed(hurried_run, code):
    (stuck,) = hurried_run(lambda: code.spin([True], threading.Event())).stuck
    assert stuck.spinning
    assert stuck.place.line in (line_of("SPINS") - 1, line_of("SPINS"))


def test_a_check_that_waits_by_itself_has_no_line_of_the_learners(hurried_run):
    def check():
        with connected() as (client, _server):
            client.recv(1)

    assert hurried_run(check).stuck == []


def test_after_a_hang_the_next_deadline_is_shorter(hurried_run, shared_runner, code):
    hurried_run(lambda: code.spin([True], threading.Event()))
    assert shared_runner._deadline == runner_module.DEADLINE_AFTER_A_HANG
    assert runner_module.DEADLINE_AFTER_A_HANG < runner_module.DEADLINE


def test_the_death_of_a_thread_is_found_though_the_check_goes_on_well(run, code):
    finding = run(lambda: code.fail_in_a_thread().join())
    (death,) = finding.deaths
    assert (death.thread, str(death.error)) == ("mine", "mine")
    assert isinstance(death.error, ZeroDivisionError)
    assert finding.error is None


def test_a_check_that_waits_for_a_dead_thread_ends_soon(run, code):
    def check():
        with connected() as (client, _server):
            code.fail_in_a_thread()
            client.recv(1)

    began = time.monotonic()
    finding = run(check)
    assert time.monotonic() - began < LONG_DEADLINE / 3
    assert [type(death.error) for death in finding.deaths] == [ZeroDivisionError]
    assert finding.stuck is None


def test_the_error_of_a_running_call_is_the_checks_when_it_is_delivered(run, code):
    def check():
        with running(code.fail):
            pass

    finding = run(check)
    assert isinstance(finding.error, ZeroDivisionError)
    assert finding.deaths == []


def test_the_error_of_a_running_call_that_was_expected_is_none_at_all(run, code):
    def check():
        with refusal("It fails.", ZeroDivisionError), running(code.fail):
            pass

    assert run(check).clean


def test_what_a_failed_check_closes_under_a_call_is_no_death(run, code):
    closed = threading.Event()

    def check():
        try:
            with connected() as (_client, server), running(code.receive_after, closed, server):
                raise Broken("it came back wrong")
        finally:
            closed.set()
            for thread in threading.enumerate():
                if thread.name == "receive_after":
                    thread.join(LONG_DEADLINE)

    finding = run(check)
    assert isinstance(finding.error, Broken)
    assert finding.deaths == []


def test_the_error_of_a_running_call_that_is_not_delivered_is_a_death(run, code):
    def check():
        with running(code.fail):
            raise Broken("the other side got nothing")

    finding = run(check)
    assert isinstance(finding.error, Broken)
    assert [type(death.error) for death in finding.deaths] == [ZeroDivisionError]


def test_an_unwritten_task_in_a_thread_ends_the_check_at_once(run, code):
    def check():
        with connected() as (client, server), running(code.unwritten, server):
            client.recv(1)

    began = time.monotonic()
    finding = run(check)
    assert time.monotonic() - began < LONG_DEADLINE / 3
    assert [type(death.error) for death in finding.deaths] == [NotImplementedError]
    assert finding.stuck is None


def test_a_running_call_returns_its_result(run):
    results = []

    def check():
        with running(divmod, 7, 2) as call:
            results.append(call.result())

    assert run(check).clean
    assert results == [(3, 1)]


class Restless:
    """Opens sockets and starts threads until it is over, as a server does while it is ended."""

    def __init__(self):
        self.over = threading.Event()

    def work(self):
        while not self.over.is_set():
            socket.socket()
            threading.Thread(target=time.sleep, args=[0.001], daemon=True).start()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tidying_up_while_threads_start_threads_and_open_sockets_goes_well(shared_runner):
    for _ in range(5):  # a thread that is stopped in Thread.start() may stay: nothing is said of it
        restless = Restless()

        def check(work=restless.work):
            for _ in range(3):
                threading.Thread(target=work, daemon=True).start()
            raise ValueError("the check fails meanwhile")

        assert isinstance(shared_runner.run(check).error, ValueError)
        restless.over.set()


# --- peers --------------------------------------------------------------------------------------


def test_a_narrow_socket_moves_a_few_octets_a_call():
    with connected() as (client, server), narrow(server, 3) as slow:
        slow.settimeout(LONG_DEADLINE)
        assert server.fileno() == -1
        client.sendall(b"hello")
        assert (slow.recv(100), slow.recv(1), slow.recv(100)) == (b"hel", b"l", b"o")
        assert slow.send(b"world") == 3
        assert slow.send(b"ld") == 2
        slow.sendall(b"0123456789")
        slow.shutdown(socket.SHUT_WR)
        assert receive_all(client) == b"world0123456789"


def test_reset_is_seen_as_a_reset():
    with connected() as (client, server):
        server.settimeout(LONG_DEADLINE)
        reset(client)
        assert client.fileno() == -1
        with pytest.raises(ConnectionResetError):
            server.recv(1)


def test_the_words_go_below_a_caret_that_leaves_them_no_room():
    sent = b"\r\n" * 60000
    expected, got, caret = compare(sent + b"\x00", sent + b"\xff", 58)
    assert expected != got
    assert all(len(line) <= 58 for line in caret.splitlines())
    assert caret.splitlines()[1].startswith("byte 120000")


def test_the_first_difference_is_in_sight_however_wide_the_bytes_before_it_are():
    expected, got, caret = compare(b"\0" * 30 + b"a", b"\0" * 30 + b"b", 58)
    assert expected.endswith("a'")
    assert got.endswith("b'")
    assert got[caret.index("^")] == "b"
