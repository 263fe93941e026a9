"""The promises of chapter 18: how many bytes a client sends."""

import socket

from course.checks.answers import Attempt
from course.checks.expect import holds, same
from course.checks.peers import connected, listening, narrow, receive_all
from course.checks.promises import promise
from tests import beliefs


@promise(
    task=1,
    usually=beliefs.ONE_RECV,
    hints=(
        "How often does your code call recv()? How often may it have to?",
        "Put recv() into a loop, and add up the lengths. What does recv() return at the end?",
        "while piece := conn.recv(65536): total += len(piece). b'' is false, so the loop ends there.",
    ),
)
def test_counts_every_byte(chapter: Attempt) -> None:
    """count_bytes() counts every byte, in however many pieces they arrive."""
    message = b"one, two, three, four"
    with connected() as (client, server), narrow(server, 7) as slow:
        client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        got = chapter.count_bytes(slow)
    same("recv() returned at most 7 bytes a call. The count:", sent=message, expected=21, got=got)


@promise(
    task=1,
    usually=beliefs.EOF_IS_GONE,
    hints=(
        "Who opened the connection, and who still needs it when your function returns?",
        "The client has finished sending, but it waits for an answer.",
        "Neither close the connection nor use it in `with`: return the number.",
    ),
)
def test_leaves_the_connection_open(chapter: Attempt) -> None:
    """When count_bytes() returns, the connection is still open, and the caller can answer."""
    with connected() as (client, server):
        client.sendall(b"three")
        client.shutdown(socket.SHUT_WR)
        chapter.count_bytes(server)
        holds("count_bytes() closed the connection.", server.fileno() != -1)


@promise(
    task=2,
    usually=beliefs.TEXT,
    signs={TypeError: beliefs.TEXT},
    hints=(
        "What do sockets carry, and what is a number?",
        "Make a text of the number, and bytes of the text.",
        'conn.sendall(f"{count} bytes\\n".encode())',
    ),
)
def test_sends_the_number_back(chapter: Attempt) -> None:
    """answer() sends the number of bytes back, as a line such as b'5 bytes'."""
    with connected() as (client, server):
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        chapter.answer(server)
        server.shutdown(socket.SHUT_WR)
        got = receive_all(client)
    same("What came back:", sent=b"hello", expected=b"5 bytes\n", got=got)


@promise(
    task=3,
    usually=beliefs.LISTENER_TALKS,
    signs={OSError: beliefs.LISTENER_TALKS},
    hints=(
        "accept() returns two things. Which of them can talk to the client?",
        "conn, peer = listener.accept(). Give conn to answer(). Who closes conn after that?",
        "Put answer(conn) into `with conn:`. It closes conn in every case.",
    ),
)
def test_serves_one_client(chapter: Attempt) -> None:
    """serve_one() answers one client and closes its connection."""
    with listening() as listener, socket.create_connection(listener.getsockname()) as client:
        client.sendall(b"three")
        client.shutdown(socket.SHUT_WR)
        chapter.serve_one(listener)
        got = receive_all(client)
    same("What came back:", sent=b"three", expected=b"5 bytes\n", got=got)


TASKS = {1: "count_bytes"}
