"""The drawing of states: what the kernel says about both ends, call by call."""

import socket
import sys

import pytest

from course.checks.peers import reset
from course.pictures import states


@pytest.fixture
def ends():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        conn, _ = listener.accept()
    with client, conn:
        yield client, conn


@pytest.mark.skipif(sys.platform != "linux", reason="shows the states that Linux lists")
def test_a_conversation_shows_both_ends_after_each_call(ends):
    client, conn = ends
    with states(client=client, conn=conn) as drawing:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        conn.recv(100)
        conn.recv(100)
        conn.close()
        client.close()
    assert drawing.text().splitlines()[2:-1] == [
        "ESTABLISHED                                      ESTABLISHED",
        "│               client.sendall(b'hello')         │",
        "FIN-WAIT-2      client.shutdown(SHUT_WR) ─────▶  CLOSE-WAIT",
        "│                     conn.recv(100) → b'hello'  │",
        "│                          conn.recv(100) → b''  │",
        "TIME-WAIT       ◀───────────────── conn.close()  (no row)",
        "│               client.close()",
    ]
    assert drawing.about() == (
        "The states of the two ends of a connection. client: ESTABLISHED, then FIN-WAIT-2, then "
        "TIME-WAIT; conn: ESTABLISHED, then CLOSE-WAIT, then (no row)."
    )


@pytest.mark.skipif(sys.platform != "linux", reason="shows the states that Linux lists")
def test_a_reset_leaves_no_row_and_an_error_has_its_name(ends):
    client, conn = ends
    with states(client=client, conn=conn) as drawing:
        reset(conn)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert [step.states for step in drawing.steps[1:]] == [("(no row)", "(no row)")] * 2
    assert drawing.steps[-1].call == "client.recv(1) → ConnectionResetError"


def test_nothing_is_noted_after_the_block(ends):
    client, conn = ends
    with states(client=client, conn=conn) as drawing:
        client.sendall(b"in")
    client.sendall(b"out")
    assert [step.call for step in drawing.steps] == ["", "client.sendall(b'in')"]


def test_only_the_two_ends_of_one_connection_can_be_drawn(ends):
    client, conn = ends
    with socket.socket() as unconnected:
        for other in (client, unconnected):
            with pytest.raises(ValueError, match="connected to each other"):
                states(client=client, conn=other).__enter__()
    with (
        states(client=client, conn=conn),
        pytest.raises(RuntimeError, match="already being recorded"),
        states(client=client, conn=conn),
    ):
        pass
