"""A line that waits for a lock: the report says who holds it."""

import importlib.util
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from course.checks.blocks import Words
from course.checks.explanation import explain
from course.checks.runner import Finding
from course.checks.watchdog import Place, Stuck, find_stuck
from course.model.chapters import find

PATIENCE = 5.0  # s

LOCKING = """
import threading


def takes(lock, go):
    with lock:
        go.wait()  # HOLDS


def waits(lock):
    with lock:  # WAITS
        pass


def acquires(lock):
    lock.acquire()  # ACQUIRES
    lock.release()


def takes_twice(lock):
    with lock:  # OUTER
        with lock:  # INNER
            pass


class Box:
    def __init__(self, lock):
        self._changed = threading.Condition(lock)

    def get(self):
        with self._changed:
            self._changed.wait()  # RELEASED

    def put(self):
        with self._changed:  # PUTS
            self._changed.notify()
"""


@contextmanager
def started(function, *arguments):
    """Run a function in a thread, which has to end when the block does."""

    def body():
        with suppress(RuntimeError):  # it releases what the test has released
            function(*arguments)

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    yield thread
    thread.join(PATIENCE)
    assert not thread.is_alive()


def until(truth):
    end = time.monotonic() + PATIENCE
    while not truth():
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.fixture
def locking(tmp_path):
    file = tmp_path / "locking.py"
    file.write_text(LOCKING, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("locking", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lines = LOCKING.splitlines()
    module.line = lambda mark: next(n for n, line in enumerate(lines, 1) if line.endswith(mark))
    module.owns = lambda name: name == str(file)
    return module


@pytest.mark.parametrize(("function", "mark"), [("waits", "WAITS"), ("acquires", "ACQUIRES")])
def test_who_waits_for_a_lock_that_another_thread_holds_says_where_it_was_taken(
    locking, function, mark
):
    lock, go = threading.Lock(), threading.Event()
    with started(locking.takes, lock, go) as holder:
        until(lock.locked)
        with started(getattr(locking, function), lock) as waiter:
            found = {
                stuck.place.line: stuck for stuck in find_stuck([holder, waiter], locking.owns)
            }
            go.set()
    taken = locking.line("with lock:")
    why = found[locking.line(f"# {mark}")].why
    assert why == f"waiting for a lock that another thread has held since line {taken}"
    assert "event" in found[locking.line("# HOLDS")].why


def test_who_waits_for_a_lock_of_its_own_is_told_so(locking):
    lock = threading.Lock()
    with started(locking.takes_twice, lock) as thread:
        (found,) = find_stuck([thread], locking.owns)
        lock.release()  # so that the thread goes on; its own release is an error, which ends it
    own = locking.line("# OUTER")
    assert found.place.line == locking.line("# INNER")
    assert found.why == f"waiting for a lock that this thread itself has held since line {own}"


def test_a_lock_that_no_line_holds_is_one_that_nobody_releases(locking):
    lock = threading.Lock()
    lock.acquire()
    with started(locking.waits, lock) as thread:
        (found,) = find_stuck([thread], locking.owns)
        lock.release()
    assert found.why == "waiting for a lock that nobody releases"


def test_a_condition_that_is_waited_for_does_not_hold_its_lock(locking):
    lock = threading.Lock()
    box = locking.Box(lock)
    with started(box.get) as getter:
        until(lambda: box._changed._waiters)
        lock.acquire()
        with started(box.put) as putter:
            found = {
                stuck.place.line: stuck for stuck in find_stuck([getter, putter], locking.owns)
            }
            lock.release()
    assert found[locking.line("# PUTS")].why == "waiting for a lock that nobody releases"


def test_the_stacks_of_several_threads_are_told_apart(locking):
    file = Path(locking.__file__)
    waits, puts = (Place(file, locking.line(mark)) for mark in ("# WAITS", "# PUTS"))
    stuck = [
        Stuck((waits,), "check", "waiting for one thing"),
        Stuck((puts,), "putter", "for another"),
    ]
    blocks = list(explain(find("threads"), Finding(stuck=stuck), locking.owns))
    words = " ".join(block.text for block in blocks if isinstance(block, Words)).split("  ")
    assert words == [
        "Your code did not finish in time. It was in 2 threads:",
        "The check's thread is here: Waiting for one thing.",
        "The thread 'putter' is here: For another.",
    ]
    (one, *_rest) = explain(find("threads"), Finding(stuck=stuck[:1]), locking.owns)
    assert one == Words("Your code did not finish in time. It was here:")
