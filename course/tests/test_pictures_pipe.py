"""A film of two sockets: calls in order, what the kernel holds, who is stuck; alike on every run."""

import io
import re
import socket
import sys
import threading
import xml.etree.ElementTree as ElementTree
from contextlib import contextmanager, suppress

import pytest

from course.pictures import pipe, record
from course.pictures.film import Level

MUCH = 50_000_000  # bytes: more than the buffers of any kernel


@contextmanager
def connection():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as conn,
    ):
        yield client, conn


def echo(conn):
    while piece := conn.recv(65536):
        conn.sendall(piece)


def echo_until_the_end(conn):
    with suppress(OSError):  # the client closes with bytes unread
        echo(conn)


def calls(film):
    """Return what each moment says, from the first call on."""
    said = []
    for moment in film.moments[1:]:
        words = f"{', '.join(moment.calls)} {moment.outcome}".strip()
        said.append(words or f"stuck: {moment.stuck}")
    return said


def received(film, name):
    """Return what this socket's receive buffer holds at each moment, in words."""
    place = film.names.index(name)
    return [
        side.receive.words if (side := moment.sides[place]).receive else "closed"
        for moment in film.moments
    ]


def hello():
    with connection() as (client, conn):
        with pipe(client=client, conn=conn) as film:
            client.sendall(b"hello")
            conn.sendall(conn.recv(1024))
            client.recv(1024)
        return film


def hello_to_a_thread():
    with connection() as (client, conn):
        with pipe(client=client, conn=conn) as film:
            thread = threading.Thread(target=echo, args=[conn])
            thread.start()
            for word in (b"hello", b"bye"):
                client.sendall(word)
                client.recv(1024)
            client.shutdown(socket.SHUT_WR)
            thread.join()
        return film


def deadlock(send_buffer=None):
    with connection() as (client, conn):
        client.settimeout(0.7)  # a sender's kernel tries again after 0.2 seconds, and after 0.4
        if send_buffer:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        with pipe(client=client, conn=conn) as film:
            thread = threading.Thread(target=echo_until_the_end, args=[conn])
            thread.start()
            with pytest.raises(TimeoutError):
                client.sendall(bytes(MUCH))
        client.close()
        thread.join()
        return film


def too_much():
    with connection() as (client, conn):
        client.settimeout(0.2)
        with pipe(client=client, conn=conn) as film:
            with pytest.raises(TimeoutError):
                client.sendall(bytes(MUCH))
            conn.recv(10)
        return film


FILMS = {each.__name__: each for each in (hello, hello_to_a_thread, deadlock, too_much)}


def test_a_call_is_a_moment_and_bytes_are_in_a_buffer_until_somebody_reads_them():
    film = hello()
    assert calls(film) == [
        "client.sendall(b'hello')",
        "conn.recv(1024) → b'hello'",
        "conn.sendall(b'hello')",
        "client.recv(1024) → b'hello'",
    ]
    assert received(film, "conn") == ["", "b'hello'", "", "", ""]
    assert received(film, "client") == ["", "", "", "b'hello'", ""]


def test_the_calls_of_another_thread_come_between():
    assert calls(hello_to_a_thread()) == [
        "client.sendall(b'hello')",
        "conn.recv(65536) → b'hello'",
        "conn.sendall(b'hello')",
        "client.recv(1024) → b'hello'",
        "client.sendall(b'bye')",
        "conn.recv(65536) → b'bye'",
        "conn.sendall(b'bye')",
        "client.recv(1024) → b'bye'",
        "client.shutdown(SHUT_WR)",
        "conn.recv(65536) → b''",
    ]


def test_the_other_end_is_given_time_to_answer():
    with connection() as (client, conn):
        with pipe(client=client, conn=conn) as film:
            thread = threading.Thread(target=echo_until_the_end, args=[conn])
            thread.start()
            client.sendall(b"one")
            client.sendall(b"two")
        client.close()
        thread.join()
    assert calls(film) == [
        "client.sendall(b'one')",
        "conn.recv(65536) → b'one'",
        "conn.sendall(b'one')",
        "client.sendall(b'two')",
        "conn.recv(65536) → b'two'",
        "conn.sendall(b'two')",
    ]


def test_bytes_are_counted_as_long_as_the_program_alone_decides_the_number():
    with connection() as (client, conn), pipe(client=client, conn=conn) as film:
        client.sendall(bytes(50_000))
        for _ in range(3):
            conn.recv(20_000)
    assert received(film, "conn") == ["", "50,000 bytes", "30,000 bytes", "10,000 bytes", ""]


@pytest.mark.parametrize("send_buffer", [None, 4096])
def test_both_are_stuck_when_a_client_sends_everything_before_it_reads(send_buffer):
    film = deadlock(send_buffer)
    assert calls(film) == [
        f"client.sendall({MUCH:,} bytes) has not returned yet",
        "conn.recv(65536) → some bytes",
        "conn.sendall(some bytes)",
        "conn.recv(65536), conn.sendall(some bytes) again and again",
        "stuck: ('client', 'conn')",
        f"client.sendall({MUCH:,} bytes) ✗ TimeoutError",
    ]
    stuck = film.moments[5]
    assert {buffer.level for side in stuck.sides for buffer in (side.send, side.receive)} == {
        Level.FULL
    }
    assert "Each waits for the other to read." in film.text()
    assert "Each waits for the other to read." in film.svg()
    client, conn = film.moments[6].sides
    assert (client.waits_in, conn.waits_in) == ("", "sendall(some bytes)")


def test_a_sender_is_stuck_while_nobody_reads():
    film = too_much()
    assert film.moments[2].stuck == ("client",)
    assert "client.sendall() waits: its send buffer is full." in film.text()
    assert film.moments[2].sides[1].receive.level is Level.FULL


def test_buffers_are_full_until_the_receiver_has_emptied_them():
    with connection() as (client, conn), pipe(client=client, conn=conn) as film:
        thread = threading.Thread(target=client.sendall, args=[bytes(MUCH)])
        thread.start()
        thread.join(1)
        left = MUCH
        while left:
            left -= len(conn.recv(65536))
        thread.join()
    *_, after_sending, first, last = film.moments
    assert calls(film)[-3:] == [
        f"client.sendall({MUCH:,} bytes)",
        "conn.recv(65536) → some bytes",
        "conn.recv(65536) again and again",
    ]
    for moment, words in ((after_sending, "full"), (first, "full"), (last, "")):
        assert moment.sides[1].receive.words == words


def test_who_is_stuck_when_the_block_ends_is_seen():
    with connection() as (client, conn):
        with pipe(client=client, conn=conn) as film:
            thread = threading.Thread(target=client.sendall, args=[bytes(MUCH)])
            thread.start()
        left = MUCH
        while left:
            left -= len(conn.recv(1_000_000))
        thread.join()
    assert calls(film)[-1] == "stuck: ('client',)"


def test_two_that_wait_for_bytes_are_stuck():
    with connection() as (client, conn):
        client.settimeout(0.2)
        with pipe(client=client, conn=conn) as film:
            thread = threading.Thread(target=conn.recv, args=[10])
            thread.start()
            with pytest.raises(TimeoutError):
                client.recv(10)
            client.sendall(b"x")
            thread.join()
    assert calls(film)[:2] == ["stuck: ('client', 'conn')", "client.recv(10) ✗ TimeoutError"]
    assert "Each waits for the other to send." in film.text()


def test_a_call_that_outlasts_the_film_goes_on():
    with connection() as (client, conn):
        results = []
        with pipe(client=client, conn=conn):
            thread = threading.Thread(target=lambda: results.append(conn.recv(10)))
            thread.start()
            client.settimeout(0.01)
            with pytest.raises(TimeoutError):
                client.recv(1)
        client.sendall(b"late")
        thread.join()
    assert results == [b"late"]


def test_the_end_of_the_stream_waits_behind_the_bytes():
    with connection() as (client, conn), pipe(client=client, conn=conn) as film:
        client.sendall(b"bye")
        client.shutdown(socket.SHUT_WR)
        conn.recv(10)
        conn.recv(10)
    assert received(film, "conn") == ["", "b'bye'", "b'bye', end", "end of stream", ""]


def test_a_close_in_turn_is_an_end_and_no_reset():
    with connection() as (client, conn), pipe(client=client, conn=conn) as film:
        client.shutdown(socket.SHUT_WR)
        conn.recv(10)
        conn.close()
        client.recv(10)
    assert received(film, "client") == ["", "", "", "end of stream", ""]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a reset beforehand")
def test_a_reset_is_seen_before_the_program_hears_of_it():
    with connection() as (client, conn), pipe(client=client, conn=conn) as film:
        client.sendall(b"not read")
        conn.close()
        with pytest.raises(ConnectionResetError):
            client.recv(10)
    assert received(film, "client") == ["", "", "reset", ""]
    assert received(film, "conn")[2:] == ["closed", "closed"]


def test_calls_that_repeat_are_told_once():
    with connection() as (client, conn), pipe(client=client, conn=conn) as film:
        for _ in range(20):
            client.sendall(b"tick")
    assert calls(film) == ["client.sendall(b'tick')", "client.sendall(b'tick') 19 more times"]
    assert received(film, "conn")[-1] == "80 bytes"


def test_a_socket_that_does_not_wait_is_not_made_to():
    with connection() as (client, conn):
        client.setblocking(False)
        with pipe(client=client, conn=conn) as film, pytest.raises(BlockingIOError):
            client.recv(10)
    assert calls(film) == ["client.recv(10) ✗ BlockingIOError"]


def test_files_made_of_the_sockets_are_filmed():
    with connection() as (client, conn):
        one, other = client.makefile("rwb"), conn.makefile("rb")
        with pipe(client=client, conn=conn) as film:
            one.write(b"hello\n")
            one.flush()
            assert other.readline() == b"hello\n"
        one.close()
        other.close()
    size = io.DEFAULT_BUFFER_SIZE  # 8192 up to Python 3.13
    assert calls(film) == [
        "client.send(b'hello\\n') → 6",
        f"conn.recv_into({size}) → b'hello\\n'",
    ]


def test_sockets_are_sockets_during_a_film_and_after_it():
    with connection() as (client, conn):
        before = repr(client)
        with suppress(ZeroDivisionError), pipe(client=client, conn=conn):
            assert isinstance(client, socket.socket)
            assert repr(client) == before
            raise ZeroDivisionError
        assert isinstance(client, socket.socket)
        assert repr(client) == before
        client.sendall(b"x")
        assert conn.recv(1) == b"x"


def test_the_same_sockets_can_be_filmed_again_while_a_thread_is_still_in_a_call():
    with connection() as (client, conn):
        with pipe(client=client, conn=conn) as first:
            thread = threading.Thread(target=echo_until_the_end, args=[conn])
            thread.start()
            client.sendall(b"one")
            client.recv(10)
        with pipe(client=client, conn=conn) as second:
            client.sendall(b"two")
            client.recv(10)
            client.shutdown(socket.SHUT_WR)
        thread.join()
    assert calls(first)[-1] == "client.recv(10) → b'one'"
    assert calls(second)[0] == "client.sendall(b'two')"
    assert calls(second)[-1] == "conn.recv(65536) → b''"


def test_a_recv_that_waits_for_all_of_its_bytes_gets_them():
    with connection() as (client, conn), pipe(client=client, conn=conn) as film:
        thread = threading.Thread(target=lambda: [client.sendall(b"hel"), client.sendall(b"lo")])
        thread.start()
        assert conn.recv(5, socket.MSG_WAITALL) == b"hello"
        thread.join()
    assert "conn.recv(5) → b'hello'" in calls(film)


def test_only_the_two_ends_of_one_connection_are_filmed():
    with connection() as (client, conn), connection() as (stranger, _):
        for ends in ({"client": client}, {"client": client, "conn": stranger}, {}):
            with pytest.raises(ValueError, match="two ends of one TCP"), pipe(**ends):
                pass
        with (
            pipe(client=client, conn=conn),
            pytest.raises(RuntimeError, match="already"),
            pipe(client=client, conn=conn),
        ):
            pass


def test_what_is_recorded_is_not_filmed_as_well():
    with (
        record(),
        connection() as (client, conn),
        pytest.raises(RuntimeError, match="already"),
        pipe(client=client, conn=conn),
    ):
        pass


@pytest.mark.parametrize("make", FILMS.values(), ids=FILMS)
def test_a_film_is_the_same_on_every_run(make):
    first, second = make(), make()
    assert (first.text(), first.svg()) == (second.text(), second.svg())


@pytest.mark.parametrize("make", FILMS.values(), ids=FILMS)
def test_without_motion_or_styles_one_moment_is_on_the_stage(make):
    root = ElementTree.fromstring(make().svg())
    scenes = [g for g in root if g.get("class") == "moment" and len(g) > 1]
    assert [scene.get("opacity") for scene in scenes].count("1") == 1


@pytest.mark.parametrize("make", FILMS.values(), ids=FILMS)
def test_it_moves_by_styles_alone_and_not_where_motion_is_not_wanted(make):
    svg = make().svg()
    assert "<script" not in svg
    still = svg.partition("(prefers-reduced-motion:reduce){")[2].partition("}}")[0]
    assert "*{animation:none!important}" in still
    assert "rect.clock{display:none" in still
    # Chromium stops an image for good in which nothing moves, so the clock always does.
    clock = re.search(r'class="clock"[^>]*style="animation:(\w+) ([\d.]+)s linear infinite"', svg)
    assert re.search(
        rf"@keyframes {clock[1]}{{0%{{[^}}]*scaleX\(0\)}}100%{{[^}}]*scaleX\(1\)}}}}", svg
    )
