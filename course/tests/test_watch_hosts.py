"""What `watch` needs of a host: an order can be stopped at any moment, and the next one works."""

import threading
from contextlib import closing

import pytest

from course.model.chapters import chapters
from course.running.hosts import Host
from course.running.orders import Begun, Cause, Ended, Finished, Order

ORDER = Order(chapters()[0].stem, "solutions")
PATIENCE = 30  # s


@pytest.fixture
def host():
    with closing(Host()) as made:
        yield made


def test_a_stop_that_comes_when_the_suite_has_just_ended_spoils_nothing(host):
    news = host.run(ORDER)
    while not isinstance(next(news), Finished):
        pass
    process = host._process
    while host._lines.empty():  # the host has ended the order; nobody here has heard of it yet
        threading.Event().wait(0.01)
    host.stop()
    assert isinstance(next(news), Ended)
    again = list(host.run(ORDER))
    assert (again[-1], isinstance(again[-2], Finished)) == (Ended(Cause.ITSELF), True)
    assert host._process is process


def test_a_stop_ends_the_order_and_the_next_one_is_carried_out(host):
    news = host.run(ORDER)
    assert isinstance(next(news), Begun)
    host.stop()
    assert list(news)[-1].how is Cause.STOPPED
    assert list(host.run(ORDER))[-1] == Ended(Cause.ITSELF)


@pytest.mark.parametrize("begin", [lambda _host: None, lambda host: list(host.run(ORDER))])
def test_a_host_that_was_closed_carries_nothing_out(host, begin):
    begin(host)
    host.close()
    found = []
    thread = threading.Thread(target=lambda: found.extend(host.run(ORDER)), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert found == [Ended(Cause.STOPPED)]
