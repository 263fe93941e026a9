"""The promises of chapter 0: how many bytes a client sends."""

import socket

from course.checks.answers import Attempt
from course.checks.expect import holds, same
from course.checks.peers import connected, narrow
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
