"""The promises of chapter 0: how many bytes a client sends."""

import socket

from course.checks import Attempt, Misconception, connected, holds, narrow, promise, same

ONE_RECV = Misconception(
    id="M03",
    belief="One recv() returns the message that one send() sent.",
    truth="TCP carries a stream of bytes. recv() returns at least one of them and at most as many as "
    "you allow: what has arrived so far.",
    authority="RFC 9293 §2.2, recv(2)",
    see="1. Bytes arrive in pieces",
)
READER_CLOSES = Misconception(
    id="X00",
    belief="A function that has read to the end should close the connection.",
    truth="The peer finished sending, but it can still read. The caller may want to answer, and "
    "opened the connection: closing it is up to the caller.",
    authority="RFC 9293 §3.6, shutdown(2)",
    see="3. The end of the stream is not the end of the connection",
)


@promise(
    task=1,
    usually=ONE_RECV,
    hints=(
        "How often does your code call recv()? How often may it have to?",
        "Put recv() into a loop, and add up the lengths. What does recv() return at the end?",
        "while piece := conn.recv(65536): total += len(piece). b'' is false, so the loop ends there.",
    ),
    replay="a, b = socket.socketpair(); a.sendall(b'seven'); a.sendall(b'teen'); "
    "a.shutdown(socket.SHUT_WR); print(count_bytes(b))",
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
    usually=READER_CLOSES,
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
