"""What chapter body gives to learners: lines, the count of overhead, refuse(), and its server."""

import socket
import threading
from contextlib import suppress

import pytest

from course.checks.peers import connected, receive_all, reset, running
from solutions import ch10_body
from solutions.ch09_request import HttpError
from solutions.ch10_body import MAX_OVERHEAD, MAX_SIZE, Chunks, refuse, take_line

UPLOAD = 30 << 20  # octets: more than the buffers between two ends ever hold


@pytest.mark.parametrize(
    ("buffer", "line", "rest"),
    [
        (b"", None, b""),
        (b"abc\r", None, b"abc\r"),
        (b"abc\r\n", "abc", b""),
        (b"\r\nabc", "", b"abc"),
        (b"abcde\r\nx", "abcde", b"x"),
        (b"\xe9\r\n", "\xe9", b""),
    ],
)
def test_line_is_taken_when_it_is_complete(buffer, line, rest):
    kept = bytearray(buffer)
    assert take_line(kept, 5) == line
    assert kept == rest


@pytest.mark.parametrize(
    "line", [b"abcdef\r\n", b"\n", b"ab\n", b"a\rb\r\n", b"a\x00b\r\n", b"abcdefg"]
)
def test_line_is_refused_at_every_cut(line):
    def in_two_pieces(at):
        buffer = bytearray(line[:at])
        assert take_line(buffer, 5) is None
        buffer += line[at:]
        return take_line(buffer, 5)

    for at in range(len(line) if line != b"abcdefg" else 1):
        with pytest.raises(HttpError) as refused:
            in_two_pieces(at)
        assert refused.value.status == 400


def test_size_line_may_have_the_digits_and_the_overhead_that_is_left():
    chunks = Chunks(100)
    chunks.count_overhead(1000)
    longest = MAX_SIZE + MAX_OVERHEAD - 1000
    buffer = bytearray(b"x" * longest + b"\r")
    assert chunks.take_size_line(buffer) is None
    buffer += b"\n"
    assert chunks.take_size_line(buffer) == "x" * longest
    assert buffer == b""
    with pytest.raises(HttpError) as refused:
        chunks.take_size_line(bytearray(b"x" * (longest + 2)))
    assert refused.value.status == 400


def test_overhead_is_counted_to_the_octet():
    chunks = Chunks(100)
    chunks.count_overhead(MAX_OVERHEAD - 5)
    chunks.count_overhead(5)
    with pytest.raises(HttpError) as refused:
        chunks.count_overhead(1)
    assert refused.value.status == 400


def test_answer_says_why():
    error = HttpError(413, "the café is full ✓", "RFC 9110 §15.5.14", "x: y")
    with connected() as (client, conn), running(refuse, conn, error):
        client.shutdown(socket.SHUT_WR)
        head, _, content = receive_all(client).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 413 ")
        assert f"Content-Length: {len(content)}".encode() in head
        assert b"Connection: close" in head
        assert content.decode() == f"{error}\n"
    assert conn.fileno() == -1


def test_client_that_sends_first_still_reads_why():
    def send_first(client):
        client.sendall(bytes(UPLOAD))
        return receive_all(client)[:12]

    error = HttpError(413, "too long", "RFC 9110 §15.5.14")
    with connected() as (client, conn), running(send_first, client) as sending:
        refuse(conn, error)
        assert sending.result() == b"HTTP/1.1 413"


def test_connection_is_closed_whatever_the_client_does(monkeypatch):
    monkeypatch.setattr(ch10_body, "REFUSAL_TIMEOUT", 0.05)
    error = HttpError(400, "no", "RFC 9112 §6.1")
    with connected() as (_silent, conn):
        refuse(conn, error)
        assert conn.fileno() == -1
    with connected() as (client, conn):
        reset(client)
        with suppress(OSError):
            conn.recv(1)  # the reset has come
        with pytest.raises(OSError):  # noqa: PT011
            refuse(conn, error)
        assert conn.fileno() == -1
    with connected() as (_never_reads, conn):
        conn.settimeout(0.05)
        with pytest.raises(TimeoutError):
            conn.sendall(bytes(UPLOAD))
        with pytest.raises(OSError):  # noqa: PT011
            refuse(conn, error)
        assert conn.fileno() == -1


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", b"5 octets"),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyou\r\n0\r\n\r\n",
            b"3 octets",
        ),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"0 octets"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", b"400: the request ends"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (
            b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
            b"100 Continue",
        ),
    ],
)
def test_server_measures_content(monkeypatch, request_, answer):
    addresses, stop = [], threading.Event()
    started = threading.Event()

    def announce(address):
        addresses.append(address)
        started.set()

    monkeypatch.setattr(ch10_body, "announce", announce)
    monkeypatch.setattr(ch10_body, "wait_for_ctrl_c", stop.wait)
    with running(ch10_body.serve, "127.0.0.1", 0):
        try:
            assert started.wait(10)
            with socket.create_connection(addresses[0][:2]) as client:
                client.sendall(request_)
                client.shutdown(socket.SHUT_WR)
                assert answer in receive_all(client)
        finally:
            stop.set()


CHUNKS = b"5\r\nhello\r\n00c;a=b\r\n\r\n0\r\n\r\n5\r\n\r\n\r\n1\r\nx\r\n0;a\r\n"
DATA = b"hello\r\n0\r\n\r\n5\r\n\r\nx"


def data_of(pieces, limit=1000):
    """Return the data that Chunks returns for each of these pieces, itself, and the buffer."""
    chunks, buffer, found = Chunks(limit), bytearray(), []
    for piece in pieces:
        buffer += piece
        found.append(chunks.decode(buffer))
    return found, chunks, buffer


def test_chunks_are_the_same_however_they_are_cut():
    ways = [[CHUNKS], [bytes([octet]) for octet in CHUNKS]]
    ways += [[CHUNKS[:at], CHUNKS[at:]] for at in range(1, len(CHUNKS))]
    for rest in (b"", b"\r\n", b"X: 1\r\n\r\nGET / ", CHUNKS):
        for *before, last in ways:
            found, chunks, buffer = data_of([*before, last + rest])
            assert b"".join(found) == DATA
            assert chunks.done
            assert buffer == rest
            assert chunks.decode(buffer) == b""
            assert buffer == rest


def test_data_of_chunks_is_returned_as_soon_as_it_is_there():
    for stream, data, rest in (
        (b"5\r\nhello\r\n1", b"hello", b"1"),
        (b"5\r\nhello\r\n1\r", b"hello", b"1\r"),
        (b"5\r\nhello\r", b"hello", b"\r"),
        (b"5\r\nhello\r\n5\r\nyo", b"helloyo", b""),
        (b"5;a=b", b"", b"5;a=b"),
    ):
        found, chunks, buffer = data_of([stream])
        assert (found, buffer) == ([data], rest)
        assert not chunks.done
        assert chunks.decode(buffer) == b""
        assert buffer == rest


@pytest.mark.parametrize(
    "stream",
    [
        b"5\nhello\r\n0\r\n",
        b"5\n",
        b"5\r\nhello\n",
        b"5\r\nhello!\r\n0\r\n",
        b"5\r\nhelloXX0\r\n",
        b"5\r\nhell\r\n0\r\n",
        b"5\rhello\r\n0\r\n",
        b" 5\r\nhello\r\n0\r\n",
        b"\r\n5\r\nhello\r\n0\r\n",
        b"5\r\nhello\r\n\r\n0\r\n",
        b"5;a=" + b"x" * (MAX_SIZE + MAX_OVERHEAD),
        b"5;a=" + b"x" * 9000 + b"\r\nhello\r\n0;a=" + b"x" * 9000,
    ],
)
def test_bad_chunks_are_refused_at_every_cut(stream):
    for pieces in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
        with pytest.raises(HttpError) as refused:
            data_of(pieces)
        assert refused.value.status == 400
