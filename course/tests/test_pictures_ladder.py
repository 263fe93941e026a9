"""A ladder shows what sockets really did, in causal order, on every run alike."""

import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

from course.pictures import record
from course.pictures.arrangement import Event

LOOPBACK = ("127.0.0.1", 0)


@contextmanager
def connection():
    """Record both ends of one connection: yield the ladder, the client and the server."""
    with (
        record() as ladder,
        socket.create_server(LOOPBACK) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as server,
    ):
        yield ladder, client, server


def steps(ladder, *lanes):
    """Return the events as short lines, of these lanes or of all."""
    return [
        f"{e.lane}: {e.text}" for e in ladder.arrangement.events if not lanes or e.lane in lanes
    ]


def event(ladder, lane, call, number=0):
    return [e for e in ladder.arrangement.events if (e.lane, e.call) == (lane, call)][number]


def arrows(ladder, kind):
    """Return the arrows of one kind as pairs of events."""
    arrangement = ladder.arrangement
    events = arrangement.events
    return [(events[a.start], events[a.stop]) for a in arrangement.arrows if a.kind == kind]


def without_ports(text):
    return re.sub(r"127\.0\.0\.\d+:\d{4,5}", "PORT", text)


def serve_upper(listener, clients=1):
    for _ in range(clients):
        conn, _ = listener.accept()
        with conn:
            while data := conn.recv(1024):
                conn.sendall(data.upper())


def threaded_echo():
    with record() as ladder, socket.create_server(LOOPBACK) as listener:
        server = threading.Thread(target=serve_upper, args=(listener,))
        server.start()
        with socket.create_connection(listener.getsockname()) as client:
            client.sendall(b"hello")
            client.recv(1024)
            client.shutdown(socket.SHUT_WR)
            client.recv(1024)
        server.join()
    return ladder


ECHO = """\
             client                             conn               listener
               PORT                             PORT  PORT
  → PORT                             → PORT
                                                                   │ bind()
                                                                   │ listen()
        connect() ├───────────────────────────────────────────────▶│
                  │                             │◀─── new socket ──┤ accept()
        sendall() ├───────── b'hello' ─────────▶│ recv(1024)       │
       recv(1024) │◀───────── b'HELLO' ─────────┤ sendall()        │
shutdown(SHUT_WR) ├╌╌╌╌ end of stream: b'' ╌╌╌╌▶│ recv(1024)       │
       recv(1024) │◀╌╌╌╌ end of stream: b'' ╌╌╌╌┤ close()          │
          close() │                                                │
                                                                   │ close()

Calls, not packets: each cause is above its effect.
Arrows start where bytes were sent and end where they were received."""


def test_an_echo_reads_as_a_conversation():
    lines = without_ports(threaded_echo().text()).splitlines()
    expected = ECHO.splitlines()
    assert lines[0] == expected[0]
    assert [re.sub(" +", " ", line) for line in lines[1:3]] == [
        re.sub(" +", " ", line) for line in expected[1:3]
    ]
    assert lines[3:] == expected[3:]


def test_fifty_threaded_runs_draw_the_same_picture():
    ladders = [threaded_echo() for _ in range(50)]
    assert len({without_ports(ladder.text()) for ladder in ladders}) == 1
    assert len({without_ports(ladder.svg()) for ladder in ladders}) == 1
    assert len({ladder.arrangement.events for ladder in ladders}) == 1


def test_fifty_runs_of_racing_clients_draw_the_same_picture():
    def ask(address):
        with socket.create_connection(address) as client:
            client.sendall(b"hello")
            client.recv(1024)

    def serve(conn):
        with conn:
            conn.sendall(conn.recv(1024))
            conn.recv(1024)

    def race():
        with record() as ladder, socket.create_server(LOOPBACK) as listener:
            threads = [threading.Thread(target=ask, args=(listener.getsockname(),)) for _ in "123"]
            for thread in threads:
                thread.start()
            for _ in "123":
                threads.append(threading.Thread(target=serve, args=(listener.accept()[0],)))
                threads[-1].start()
            for thread in threads:
                thread.join()
        return ladder

    ladders = [race() for _ in range(50)]
    assert len({without_ports(ladder.text()) for ladder in ladders}) == 1
    assert [lane.name for lane in ladders[0].arrangement.lanes if lane.role == "server"] == [
        "conn",
        "conn 2",
        "conn 3",
    ]


def test_a_server_that_is_slow_to_be_scheduled_changes_nothing():
    """The order in which calls returned differs here from run to run; the picture must not."""
    fast = without_ports(threaded_echo().text())
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        assert {without_ports(threaded_echo().text()) for _ in range(20)} == {fast}
    finally:
        sys.setswitchinterval(interval)


def test_one_thread_can_play_both_ends():
    with connection() as (ladder, client, server):
        client.sendall(b"x")
        server.recv(5)
        client.close()
    assert steps(ladder) == [
        "listener: bind()",
        "listener: listen()",
        "client: connect()",
        "listener: accept()",
        "client: sendall()",
        "server: recv(5)",
        "client: close()",
        "server: close()",
        "listener: close()",
    ]


def test_each_lane_is_headed_by_its_own_four_tuple():
    with record() as ladder, socket.create_server(LOOPBACK) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(listener.getsockname()) as client, listener.accept()[0]:
            here, there = f"127.0.0.1:{port}", f"127.0.0.1:{client.getsockname()[1]}"
    lanes = {lane.name: (lane.local, lane.remote, lane.peer) for lane in ladder.arrangement.lanes}
    assert lanes == {
        "listener": (here, "", ""),
        "client": (there, here, "conn"),
        "conn": (here, there, "client"),
    }
    assert f"{there} → {here}" in ladder.svg()
    assert f"{here} → {there}" in ladder.svg()


def test_sends_that_one_recv_takes_together_stay_separate_calls():
    with connection() as (ladder, client, server):
        for word in (b"one", b"two", b"three"):
            client.send(word)
        server.recv(1024, socket.MSG_PEEK)
        server.recv(1024)
    assert [e.data for e in ladder.arrangement.events if e.call == "send"] == [
        b"one",
        b"two",
        b"three",
    ]
    assert [e.data for e in ladder.arrangement.events if e.call == "recv"] == [b"onetwothree"] * 2
    assert "recv(1024, PEEK)" in ladder.text()
    assert re.search(r"send\(\) → 5 │──▶ b'three' +│", ladder.text())
    assert re.search(r"│ +b'onetwothree' ──▶│ recv\(1024\)", ladder.text())
    taken = [(send.data, recv.argument) for send, recv in arrows(ladder, "bytes")]
    assert taken == [(b"one", "1024"), (b"two", "1024"), (b"three", "1024")], "a peek takes nothing"


def test_a_send_that_several_recvs_take_apart_is_joined_by_offsets():
    def read(conn):
        conn.recv(2)
        conn.recv(3)

    def run():
        with connection() as (ladder, client, server):
            reader = threading.Thread(target=read, args=(server,))
            reader.start()
            client.sendall(b"hello")
            reader.join()
        return ladder

    for _ in range(20):
        ladder = run()
        assert steps(ladder)[4:7] == ["client: sendall()", "server: recv(2)", "server: recv(3)"]
        assert [recv.data for _, recv in arrows(ladder, "bytes")] == [b"he", b"llo"]


def test_a_recv_that_took_less_or_from_several_sends_says_what_it_took():
    with connection() as (ladder, client, server):
        server.sendall(b"aa")
        client.recv(1)
        server.sendall(b"aa")
        client.recv(2)
        client.sendall(b"hello")
        server.recv(2)
    text = ladder.text()
    assert re.search(r"recv\(1\) │◀── b'a' ", text)
    assert re.search(r"recv\(2\) │◀── b'aa' ", text)
    assert re.search(r"b'he' ──▶│ recv\(2\)", text)
    assert [(a.data, b.data) for a, b in arrows(ladder, "bytes")].count((b"aa", b"aa")) == 2


def test_threads_that_share_a_socket_follow_its_connect_and_precede_its_close():
    for _ in range(20):
        with record() as ladder, socket.create_server(LOOPBACK) as listener:
            client = socket.create_connection(listener.getsockname())
            writer = threading.Thread(target=client.sendall, args=(b"x",))
            writer.start()
            writer.join()
            client.close()
        assert steps(ladder, "client") == [
            "client: connect()",
            "client: sendall()",
            "client: close()",
        ]


def test_an_accepted_socket_has_the_number_of_its_client():
    with (
        record() as ladder,
        socket.create_server(LOOPBACK) as first,
        socket.create_server(LOOPBACK) as second,
        socket.create_connection(first.getsockname()),
        socket.create_connection(second.getsockname()),
        second.accept()[0],
    ):
        pass
    assert [
        (lane.name, lane.peer) for lane in ladder.arrangement.lanes if lane.role == "server"
    ] == [("conn 2", "client 2")]


def test_a_reset_is_drawn_by_name_after_the_close_that_caused_it():
    def read(conn, outcomes):
        try:
            while conn.recv(1):
                pass
        except OSError as error:
            outcomes.append(type(error).__name__)

    outcomes = []
    with connection() as (ladder, client, server):
        client.sendall(b"unread")
        server.recv(1)
        reader = threading.Thread(target=read, args=(client, outcomes))
        reader.start()
        server.close()  # with octets unread: the kernel sends RST, not FIN
        reader.join()
    assert outcomes == ["ConnectionResetError"]
    assert event(ladder, "client", "recv").error == "ConnectionResetError"
    order = steps(ladder)
    assert order.index("server: close()") < order.index("client: recv(1)")
    assert "✗ ConnectionResetError" in ladder.text()
    assert "✗ ConnectionResetError" in ladder.svg()


def test_calls_that_found_nothing_are_drawn_as_errors():
    with record() as ladder, socket.create_server(LOOPBACK) as listener:
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
        with socket.create_connection(listener.getsockname()) as client:
            client.settimeout(0.001)
            with pytest.raises(TimeoutError):
                client.recv(10)
    assert event(ladder, "listener", "accept").error == "BlockingIOError"
    assert event(ladder, "client", "recv").error == "TimeoutError"
    assert "setblocking" not in ladder.text()


def test_a_recv_that_waited_in_vain_comes_before_the_send_that_it_missed():
    def answer(conn, tried):
        conn.sendall(conn.recv(10))
        conn.setblocking(False)
        with pytest.raises(BlockingIOError):
            conn.recv(10)
        tried.set()

    tried = threading.Event()
    with connection() as (ladder, client, server):
        thread = threading.Thread(target=answer, args=(server, tried))
        thread.start()
        client.sendall(b"ping")
        client.recv(10)
        tried.wait(5)
        client.sendall(b"too late")
        thread.join()
    assert steps(ladder)[4:10] == [
        "client: sendall()",
        "server: recv(10)",
        "server: sendall()",
        "client: recv(10)",
        "server: recv(10)",
        "client: sendall()",
    ]


def test_where_causes_leave_a_choice_the_same_thread_goes_on():
    with record() as ladder, socket.create_server(LOOPBACK) as listener:
        server = threading.Thread(target=serve_upper, args=(listener,))
        server.start()
        with socket.create_connection(listener.getsockname()) as client:
            client.sendall(b"hello")
            client.shutdown(socket.SHUT_WR)
            server.join()
    assert steps(ladder)[4:8] == [
        "client: sendall()",
        "conn: recv(1024)",
        "conn: sendall()",
        "client: shutdown(SHUT_WR)",
    ]


def test_refusals_keep_their_name_and_claim_no_address():
    with socket.create_server(LOOPBACK) as listener:
        address = listener.getsockname()
    with record() as ladder:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        with socket.socket() as sock:
            number = sock.connect_ex(address)
    assert event(ladder, "client", "connect").error == "ConnectionRefusedError"
    assert number != 0
    assert event(ladder, "sock", "connect_ex").note.endswith("ECONNREFUSED")
    assert [lane.remote for lane in ladder.arrangement.lanes] == ["", ""]
    assert "0.0.0.0" not in ladder.text()


def test_other_os_errors_tell_their_number_by_name():
    with (
        socket.create_server(LOOPBACK) as taken,
        record() as ladder,
        socket.socket() as sock,
        pytest.raises(OSError, match=r"in use|permitted|access"),
    ):
        sock.bind(taken.getsockname())
    assert event(ladder, "sock", "bind").error in ("OSError", "PermissionError")
    if sys.platform == "linux":
        assert event(ladder, "sock", "bind").outcome == "✗ OSError EADDRINUSE"


def test_a_socket_kept_open_by_makefile_ends_its_stream_only_with_the_file():
    with connection() as (ladder, client, server):
        file = server.makefile("rwb")
        client.sendall(b"line\n")
        file.readline()
        server.close()
        client.settimeout(0.001)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(5)
        file.close()
        client.recv(1)
    assert event(ladder, "server", "recv_into").data == b"line\n"
    assert event(ladder, "server", "close").note == "kept open by makefile()"
    assert event(ladder, "server", "close", 1).note == ""
    assert [recv.data for _, recv in arrows(ladder, "end")] == [b""]
    lane = next(lane for lane in ladder.arrangement.lanes if lane.name == "server")
    assert ladder.arrangement.events[lane.last] == event(ladder, "server", "close", 1)


def test_recv_of_zero_octets_is_not_the_end_of_the_stream():
    with connection() as (ladder, client, _):
        client.recv(0)
    assert event(ladder, "client", "recv").data is None
    assert "end of stream" not in ladder.text()


def test_a_partial_send_records_what_the_kernel_took():
    with connection() as (ladder, client, _):
        client.setblocking(False)
        taken = client.send(bytes(50_000_000))
    assert 0 < taken < 50_000_000
    assert len(event(ladder, "client", "send").data) == taken
    assert event(ladder, "client", "send").text == f"send() → {taken}"


def test_wrong_types_fail_as_they_always_do():
    with connection() as (ladder, client, _):
        with pytest.raises(TypeError, match=r"^a bytes-like object is required"):
            client.sendall("hello")
        with pytest.raises(TypeError):
            client.recv("many")
    assert event(ladder, "client", "sendall").error == "TypeError"


def test_a_recording_changes_nothing_that_a_program_can_see():
    real = socket.socket
    before = real()
    with before, record(), socket.socket() as sock:
        assert type(sock) is socket.socket
        assert socket.socket is not real
        assert isinstance(sock, real)
        assert isinstance(before, socket.socket)
        assert not isinstance("text", socket.socket)
        assert repr(sock).startswith("<socket.socket fd=")
        with sock.dup() as twin:
            assert twin.family == sock.family
    assert socket.socket is real
    assert before.fileno() == -1


def test_the_real_class_returns_after_an_exception():
    real = socket.socket
    with pytest.raises(ZeroDivisionError), record():
        raise ZeroDivisionError
    assert socket.socket is real
    with record():
        pass


def test_one_recording_at_a_time():
    refused = []

    def also():
        try:
            with record():
                pass
        except RuntimeError as error:
            refused.append(str(error))

    with record():
        also()
        thread = threading.Thread(target=also)
        thread.start()
        thread.join()
    assert len(refused) == 2
    assert all("already recording" in text for text in refused)


def test_nothing_is_recorded_after_the_block_or_from_sockets_before_it():
    with socket.create_server(LOOPBACK) as listener:
        with record() as ladder:
            client = socket.create_connection(listener.getsockname())
        count = len(ladder.arrangement.events)
        with client:
            client.sendall(b"unseen")
    assert steps(ladder) == ["client: connect()"]
    assert count == len(ladder.arrangement.events) == 1


def test_other_kinds_of_sockets_are_left_out():
    with record() as ladder, socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(LOOPBACK)
    assert ladder.arrangement.events == ()
    assert ladder.text().startswith("(no calls recorded)")


def test_a_client_in_another_process_leaves_a_server_with_arrows_to_nowhere():
    program = (
        "import socket, sys\n"
        "with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as sock:\n"
        "    sock.sendall(b'from afar')\n"
        "    sock.recv(1024)\n"
    )
    with record() as ladder, socket.create_server(LOOPBACK) as listener:
        port = str(listener.getsockname()[1])
        with subprocess.Popen([sys.executable, "-c", program, port]) as process:
            server, _ = listener.accept()
            with server:
                server.recv(1024)
                server.sendall(b"welcome")
                server.recv(1024)
            process.wait(10)
    assert [lane.name for lane in ladder.arrangement.lanes] == ["listener", "server"]
    assert re.search(r"b'from afar' ──▶│ recv\(1024\)", ladder.text())
    assert re.search(r"b'welcome' ◀──│ sendall\(\)", ladder.text())
    assert ladder.svg().count('<polygon class="server"') == 2


def test_two_clients_are_two_pairs_and_the_text_becomes_a_list():
    with record() as ladder, socket.create_server(LOOPBACK) as listener:
        address = listener.getsockname()
        with socket.create_connection(address) as alice, socket.create_connection(address) as bob:
            first, second = listener.accept()[0], listener.accept()[0]
            with first, second:
                bob.sendall(b"I am bob")
                second.recv(1024)
                alice.sendall(b"I am alice")
                first.recv(1024)
    assert {lane.name: lane.peer for lane in ladder.arrangement.lanes} == {
        "listener": "",
        "alice": "first",
        "bob": "second",
        "first": "alice",
        "second": "bob",
    }
    assert "bob         sendall()           b'I am bob' ──▶ second" in ladder.text()
    assert "first       recv(1024)          b'I am alice' ◀── alice" in ladder.text()
    assert re.findall(r'text-anchor="(\w+)">accept\(\)', ladder.svg()) == ["start", "end"]
    headings = re.findall(r'bold" x="([\d.]+)"[^>]*>(\w+(?: 2)?)<', ladder.svg())
    assert [name for _, name in sorted(headings, key=lambda heading: float(heading[0]))] == [
        "alice",
        "first",
        "listener",
        "second",
        "bob",
    ]


def test_a_socket_has_the_name_of_its_variable_if_the_block_can_see_it():
    def accept_one(listener):
        conn, _ = listener.accept()
        conn.close()

    with ExitStack() as stack:
        ladder = stack.enter_context(record())
        door = stack.enter_context(socket.create_server(LOOPBACK))
        _first = None
        for _ in range(2):
            _latest = guest = stack.enter_context(socket.create_connection(door.getsockname()))
            accept_one(door)
            _first = _first or _latest
    assert {lane.name: lane.role for lane in ladder.arrangement.lanes} == {
        "door": "listener",
        "client": "client",
        "conn": "server",
        "guest": "client",
        "conn 2": "server",
    }
    assert guest.fileno() == -1


def test_a_long_recording_is_arranged_quickly():
    with connection() as (ladder, client, server):
        for _ in range(500):
            client.sendall(b"x")
            server.recv(1)
    started = time.perf_counter()
    ladder.text()
    assert time.perf_counter() - started < 5


def test_events_are_values():
    one = Event("client", "recv", "10", b"x")
    assert one == Event("client", "recv", "10", b"x")
    assert one.is_receive
    with pytest.raises(AttributeError):
        one.lane = "server"
