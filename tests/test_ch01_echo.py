"""The promises of echo: what two programs must do to exchange bytes."""

import errno
import os
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from selectors import DefaultSelector
from typing import Any
from unittest.mock import patch

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, broken, holds, refusal, same
from course.checks.peers import (
    closed,
    connected,
    free_port,
    listen_fails,
    listening,
    narrow,
    noting,
    queue_up,
    receive_all,
    receive_exactly,
    reset,
    running,
    simulates,
)
from course.checks.promises import linux_only, promise
from tests import beliefs, hints

RECEIVE = ("recv", "recv_into", "recvmsg", "recvmsg_into")
EVERY_BYTE = b"\n\0" + bytes(range(256)) + b"\n\0"


@promise(
    task=1,
    usually=beliefs.BOUND_IS_READY,
    hints=(
        "Connect to your listener, as the lesson does. What does the error say?",
        "After bind(), a socket has an address, but it does not listen yet. One call is missing.",
        "Call listener.listen(backlog) before you return the listener.",
    ),
)
def test_clients_can_connect_at_once(chapter: Attempt) -> None:
    """open_listener() returns a socket that listens: clients can connect to it."""
    with chapter.open_listener() as listener, socket.socket() as client:
        try:
            client.connect(listener.getsockname())
        except ConnectionRefusedError:
            broken(
                "A client tried to connect.",
                expected=Literally("a connection"),
                got=Literally("ConnectionRefusedError"),
            )


@promise(
    task=1,
    usually=beliefs.ANY_ADDRESS,
    hints=(
        "Which machine does the default value of `host` mean?",
        "bind() has one argument, a tuple: bind((host, port)).",
        'Leave the default as it is, host: str = "127.0.0.1", and call listener.bind((host, port)).',
    ),
)
def test_listener_stays_on_this_machine(chapter: Attempt) -> None:
    """open_listener() without arguments listens at 127.0.0.1, which only this machine can reach."""
    with chapter.open_listener() as listener:
        host = listener.getsockname()[0]
        same("open_listener() listens at the host:", expected="127.0.0.1", got=host)


@promise(
    task=1,
    usually=beliefs.CALLER_CHOOSES_THE_PORT,
    hints=(
        "Your caller asks for a port. Where does your code use this number?",
        "Give bind() the host and the port, as a tuple.",
        "listener.bind((host, port)), with the port that you were given.",
    ),
)
def test_listener_has_the_port_asked_for(chapter: Attempt) -> None:
    """open_listener() listens at the port that you ask for."""
    port = free_port()
    with chapter.open_listener(port=port) as listener:
        same(f"You asked for port {port}. The port is:", expected=port, got=_port(listener))


@linux_only
@promise(
    task=1,
    usually=beliefs.HOST_IS_DECORATION,
    hints=(
        "127.0.0.2 is another address of this machine. Where does your code use `host`?",
        "Give bind() the host and the port, as a tuple.",
        "listener.bind((host, port)), with the host that you were given.",
    ),
)
def test_listener_has_the_host_asked_for(chapter: Attempt) -> None:
    """open_listener() listens at the host that you ask for."""
    with chapter.open_listener("127.0.0.2") as listener:
        host = listener.getsockname()[0]
        same("You asked for the host 127.0.0.2. The host is:", expected="127.0.0.2", got=host)


@promise(
    task=1,
    usually=beliefs.FIXED_PORT,
    signs={OSError: beliefs.FIXED_PORT},
    hints=(
        "What does port 0 ask for, and who chooses then?",
        "Give `port` to bind() as it is. A number of your own works for one listener only.",
        "listener.bind((host, port)) is enough: for port 0, the kernel chooses a free one.",
    ),
)
def test_two_listeners_get_two_ports(chapter: Attempt) -> None:
    """With port 0, the kernel chooses a free port, so two listeners can be open at once."""
    with chapter.open_listener(port=0) as first, chapter.open_listener(port=0) as second:
        different = len({_port(first), _port(second)})
        same("Two listeners are open. Their different ports:", expected=2, got=different)
    with noting(socket.socket, "bind") as calls, chapter.open_listener():
        what = "You asked for port 0, any free one. The kernel was asked for:"
        asked = [address[1] for _sock, address in calls]
        holds(what, 0 in asked, expected=0, got=asked, usually=None)


@linux_only
@promise(
    task=1,
    usually=beliefs.BACKLOG_STAYS_HERE,
    hints=(
        "The queue belongs to the kernel. How does the kernel learn how long it may be?",
        "listen() has one argument, a number.",
        "listener.listen(backlog)",
    ),
)
def test_backlog_reaches_the_kernel(chapter: Attempt) -> None:
    """`backlog` limits how many clients may wait for accept(); Linux lets in one more."""
    for backlog in (1, 9, 0):
        with chapter.open_listener(backlog=backlog) as listener:
            queued = queue_up(listener.getsockname(), most=backlog + 5)
        what = f"The backlog is {backlog}. Clients that could connect:"
        same(what, expected=backlog + 1, got=queued)


@promise(
    task=1,
    usually=beliefs.TIMEOUT_TO_BE_SAFE,
    hints=(
        "How long may accept() wait, if nobody calls for an hour?",
        "A socket has no timeout unless somebody gives it one.",
        "Remove settimeout() and setblocking() from open_listener().",
    ),
)
def test_listener_has_no_timeout(chapter: Attempt) -> None:
    """The listener has no timeout: its accept() may wait for hours."""
    with chapter.open_listener() as listener:
        same("listener.gettimeout() returns:", expected=None, got=listener.gettimeout())


@promise(
    task=1,
    usually=beliefs.CALLER_CHOOSES_THE_PORT,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "Somebody listens at this port already. What does bind() do, and who should see it?",
        "bind() raises an OSError. Do not look for another port: your caller wants this one.",
        "Only listener.bind((host, port)), without any setsockopt(), and pass its OSError on.",
    ),
    hints_if={
        "leak": hints.CLOSE_THE_LISTENER,
        beliefs.CAUGHT_IS_DEALT_WITH: hints.RAISE_IT_AGAIN,
        beliefs.ADDRESS_IS_SHARED: (
            "bind() accepted a port that is in use. Which of your lines allowed that?",
            "With SO_REUSEPORT, the kernel lets several listeners have one port.",
            "Remove the setsockopt() with SO_REUSEPORT from open_listener().",
        ),
    },
)
def test_taken_port_is_an_error(chapter: Attempt) -> None:
    """If the port is in use, open_listener() raises an OSError, and no socket stays open."""
    with chapter.open_listener(port=free_port()) as first:
        try:
            second = chapter.open_listener(port=_port(first))
        except OSError as error:
            what = "The OSError has lost the number that tells what went wrong. Its errno:"
            holds(what, error.errno is not None, got=error.errno, usually=None)
            return
        with second or nullcontext():
            if second is None or second.fileno() == -1:
                got, usually = "no error", beliefs.CAUGHT_IS_DEALT_WITH
            elif _port(second) == _port(first):
                got, usually = "a listener at that port", beliefs.ADDRESS_IS_SHARED
            else:
                got, usually = "a listener at another port", beliefs.CALLER_CHOOSES_THE_PORT
            broken(
                "One listener is open. You asked for another one, at the same port.",
                expected=Literally("OSError"),
                got=Literally(got),
                usually=usually,
            )


@promise(
    task=1,
    usually=beliefs.HOST_IS_DECORATION,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "192.0.2.1 is not an address of this machine. Can you listen there?",
        "bind() raises an OSError for such a host. Does your caller see this error?",
        "Let the OSError of listener.bind((host, port)) reach the caller: `raise` it again.",
    ),
    hints_if={"leak": hints.CLOSE_THE_LISTENER},
)
def test_foreign_host_is_an_error(chapter: Attempt) -> None:
    """If the host is not this machine's, open_listener() raises an OSError, and leaves nothing open."""
    with refusal("You asked for the host 192.0.2.1, which is not this machine.", OSError):
        closed(chapter.open_listener(host="192.0.2.1"))


@promise(
    task=1,
    usually=beliefs.CAUGHT_IS_DEALT_WITH,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "Here, bind() succeeds and listen() raises an OSError. Does your caller see this error?",
        "A socket that does not listen is of no use to your caller.",
        "Let the OSError of listen() reach the caller: `raise` it again.",
    ),
    hints_if={
        "leak": (
            "Here, bind() succeeds and listen() raises an OSError. Which socket is open then?",
            "Is your listen() inside the `try:`, as bind() is?",
            "Put bind() and listen() into `try:`. In `except OSError:`, close the listener, then "
            "`raise`.",
        ),
    },
)
def test_failed_listen_is_an_error(chapter: Attempt) -> None:
    """If listen() fails, open_listener() raises the OSError, and no socket stays open."""
    with listen_fails(), refusal("Here, listen() fails. open_listener() raised:", OSError):
        closed(chapter.open_listener())


@promise(
    task=2,
    usually=beliefs.TEXT,
    signs={"spin": beliefs.TRY_AGAIN, UnicodeDecodeError: beliefs.TEXT},
    hints=(
        "Bytes come in, and bytes go out. What has to happen between the two?",
        "Nothing. The bytes ff fe are not text, but they have to go back as well.",
        "Send what recv() has returned, unchanged: conn.sendall(piece).",
    ),
    hints_if={"spin": hints.END_OF_STREAM},
)
def test_every_byte_comes_back(chapter: Attempt) -> None:
    """echo() sends back every byte unchanged, whether it is text or not."""
    with connected() as (client, server):
        client.sendall(EVERY_BYTE)
        client.shutdown(socket.SHUT_WR)
        chapter.echo(server)
        _finish_sending(server)
        got = receive_all(client)
    is_about_text = got[:128] == EVERY_BYTE[:128]  # up to where ASCII ends
    usually = beliefs.TEXT if is_about_text else None
    same("What came back:", sent=EVERY_BYTE, expected=EVERY_BYTE, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.USER_CLOSES,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=hints.NOT_YOURS_TO_CLOSE,
    hints_if={
        "finishes sending": (
            "Your caller wants to send one more byte after echo(). Why can it not?",
            "shutdown() ends the sending for everybody who uses this connection.",
            "Remove conn.shutdown() from echo().",
        ),
    },
)
def test_echo_leaves_the_connection_open(chapter: Attempt) -> None:
    """echo() leaves the connection open: it belongs to the caller."""
    with connected() as (client, server):
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        chapter.echo(server)
        _still_open(server)
        try:
            server.sendall(b"!")
        except OSError:
            what = "After echo(), nothing can be sent on the connection any more."
            broken(what, usually=None, clue="finishes sending")


@promise(
    task=2,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "How many times does your code call recv() here? Why does it stop then?",
        "recv() returns what has arrived so far. That can be less than you asked for.",
        "while piece := conn.recv(CHUNK): and in it, send the piece. Only b'' may end this loop.",
    ),
)
def test_pieces_of_any_size_come_back(chapter: Attempt) -> None:
    """echo() sends back every byte, even if they arrive in many pieces."""
    message = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
    with connected() as (client, server), narrow(server, 7) as slow:
        client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        chapter.echo(slow)
        _finish_sending(slow)
        got = receive_all(client)
    usually = beliefs.ONE_RECV if message.startswith(got) else None
    what = "Here, recv() and send() handle at most 7 bytes at a time. What came back:"
    same(what, sent=message, expected=message, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.SEND_TAKES_ALL,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "send() returns a number. What does it say, and does your code look at it?",
        "The kernel may accept only the first part of what you give to send(). And the rest?",
        "Use conn.sendall(piece): it calls send() until the kernel has everything.",
    ),
)
def test_slow_connection_loses_nothing(chapter: Attempt) -> None:
    """Nothing is lost when the kernel accepts only a few bytes at a time."""
    with connected() as (client, server), _sends_of_at_most(3):
        client.sendall(b"0123456789")
        client.shutdown(socket.SHUT_WR)
        chapter.echo(server)
        _finish_sending(server)
        got = receive_all(client)
    what = "Here, send() accepts at most 3 bytes at a time. What came back:"
    same(what, sent=b"0123456789", expected=b"0123456789", got=got)


@promise(
    task=2,
    usually=beliefs.ANSWER_AT_THE_END,
    signs={"hang": beliefs.ANSWER_AT_THE_END},
    hints=(
        "This client sends a word, and waits until it has come back. Then it sends the next one.",
        "When does your code send: after each recv(), or after the loop?",
        "Call conn.sendall(piece) inside the loop, right after the recv() that returned the piece.",
    ),
)
def test_each_piece_comes_back_at_once(chapter: Attempt) -> None:
    """echo() sends each piece back as soon as it has arrived."""
    with connected() as (client, server), running(chapter.echo, server):
        for word in (b"one", b"two", b"three"):
            client.sendall(word)
            same(
                "The word that came back:",
                sent=word,
                expected=word,
                got=receive_exactly(client, len(word)),
            )
        client.shutdown(socket.SHUT_WR)


@promise(
    task=2,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "What does the docstring say that echo() returns?",
        "One piece is not the whole stream. Add the lengths of all pieces.",
        "Start with total = 0. In the loop, total += len(piece). After the loop, return total.",
    ),
)
def test_echo_counts(chapter: Attempt) -> None:
    """echo() returns how many bytes went back."""
    sent = EVERY_BYTE * 10 + "né".encode()[1:] * 10
    with connected() as (client, server), narrow(server, 2) as slow:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        got = chapter.echo(slow)
        usually = beliefs.ONE_RECV if got == 2 else NOT_GIVEN if got is None else None
        what = "Here, recv() and send() handle at most 2 bytes at a time. echo() returned:"
        same(what, sent=sent, expected=len(sent), got=got, usually=usually)
    with connected() as (client, server):
        client.shutdown(socket.SHUT_WR)
        usually = NOT_GIVEN if (got := chapter.echo(server)) is None else None
        same("The client sent nothing. echo() returned:", expected=0, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.STREAM_HAS_A_LIMIT,
    signs={"silence": beliefs.STREAM_HAS_A_LIMIT},
    hints=(
        "This stream arrives in 130 pieces. After how many does your loop stop?",
        "A stream may be of any length. Only its end may end the loop.",
        "while piece := conn.recv(CHUNK): and no other condition.",
    ),
)
def test_long_stream_comes_back(chapter: Attempt) -> None:
    """echo() sends back everything, even if the stream is very long."""
    in_pieces = b"".join(b"%06d\n" % number for number in range(3700))
    in_few = bytes(range(256)) * 1024
    for stream, limit in ((in_pieces, 200), (in_few, 70_000)):
        with ExitStack() as stack:
            client, server = stack.enter_context(connected())
            slow = stack.enter_context(narrow(server, limit))
            call = stack.enter_context(running(chapter.echo, slow))
            stack.enter_context(running(client.sendall, stream))
            got = receive_exactly(client, len(stream))
            client.shutdown(socket.SHUT_WR)
            what = f"The client sent {len(stream):,} bytes. What came back:"
            same(what, expected=stream, got=got)
            same("echo() returned:", expected=len(stream), got=call.result(), usually=None)


@promise(
    task=2,
    usually=beliefs.TIMEOUT_TO_BE_SAFE,
    signs={TimeoutError: beliefs.TIMEOUT_TO_BE_SAFE, "silence": beliefs.TIMEOUT_TO_BE_SAFE},
    hints=(
        "This client pauses before it sends more. Does your code give up?",
        "A pause is not the end of the stream. Without a timeout, recv() waits.",
        "Remove settimeout() from echo().",
    ),
    hints_if={
        "timeout": (
            "Who has decided whether this connection has a timeout?",
            "Your caller. It may have a reason, and another thread may use the connection as well.",
            "Remove settimeout() and setblocking() from echo().",
        ),
    },
)
def test_echo_waits_for_a_slow_client(chapter: Attempt) -> None:
    """echo() waits for the client, even if it pauses, and leaves the connection's timeout alone."""
    with (
        connected() as (client, server),
        noting(socket.socket, "settimeout", "setblocking") as calls,
        _short_timeouts() as pause,
        running(chapter.echo, server) as call,
    ):
        for word in (b"one", b"two"):
            pause()
            client.sendall(word)
            same(
                "The word that came back:",
                sent=word,
                expected=word,
                got=receive_exactly(client, len(word)),
            )
        client.shutdown(socket.SHUT_WR)
        same("echo() returned:", expected=6, got=call.result(), usually=None)
        what = "The timeouts that echo() has given to the connection:"
        timeouts = [value for sock, value in calls if sock is server]
        same(what, expected=[], got=timeouts, usually=None, clue="timeout")


@promise(
    task=2,
    usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
    hints=(
        "This client resets its connection. What does recv() do then?",
        "recv() raises an OSError. Who should see it?",
        "Do not catch the OSError in echo(): pass it on to your caller.",
    ),
    hints_if={
        beliefs.USER_CLOSES: hints.NOT_YOURS_TO_CLOSE,
    },
)
def test_broken_connection_is_an_error(chapter: Attempt) -> None:
    """If the connection breaks while it receives, echo() raises the OSError, and closes nothing."""
    with connected() as (client, server):
        reset(client)
        with refusal("The client reset its connection. echo() raised:", OSError):
            chapter.echo(server)
        _still_open(server)


@promise(
    task=2,
    usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
    hints=(
        "Bytes arrive, but they cannot be sent back. What does sendall() do then?",
        "sendall() raises an OSError. Who should see it?",
        "Do not catch the OSError in echo(): pass it on to your caller.",
    ),
)
def test_broken_way_back_is_an_error(chapter: Attempt) -> None:
    """If the connection breaks while it sends, echo() raises the OSError."""
    with connected() as (client, server):
        server.shutdown(socket.SHUT_WR)  # from here on, sending raises BrokenPipeError
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        with refusal("Nothing can be sent on this connection. echo() raised:", OSError):
            chapter.echo(server)


@promise(
    task=3,
    usually=beliefs.LISTENER_TALKS,
    signs={
        "leak": beliefs.CLOSES_ITSELF,
        "silence": beliefs.CLOSES_ITSELF,
        OSError: beliefs.LISTENER_TALKS,
    },
    hints=(
        "accept() returns two things. Which of them can talk to the client?",
        "The first one is a new socket, connected to the client. Give this one to echo().",
        "conn, peer = listener.accept(), and then `return echo(conn)`, inside `with conn:`.",
    ),
    hints_if={beliefs.CLOSES_ITSELF: hints.CLOSE_CONN, "a pair": hints.ACCEPT_RETURNS_A_PAIR},
)
def test_one_client_is_served(chapter: Attempt) -> None:
    """serve_one() echoes to one client, closes the connection, and returns the number of bytes."""
    with listening() as listener, socket.create_connection(listener.getsockname()) as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        try:
            count = chapter.serve_one(listener)
        except (AttributeError, TypeError) as error:
            if "tuple" not in str(error):
                raise
            what = "accept() returns a pair. serve_one() used the pair as a socket, and raised:"
            in_with = "context manager" in str(error)
            if in_with:
                what = "accept() returns a pair. `with` cannot close a pair. serve_one() raised:"
            broken(
                what,
                got=Literally(f"{type(error).__name__}: {error}"),
                usually=None if in_with else beliefs.A_PAIR,
                clue="a pair",
            )
        got = receive_all(client)
        same("What came back:", sent=b"hello", expected=b"hello", got=got, usually=None)
        usually = NOT_GIVEN if count is None else None
        same("serve_one() returned:", expected=5, got=count, usually=usually)


@promise(
    task=3,
    usually=beliefs.SILENT_IS_NOBODY,
    signs={"hang": beliefs.SILENT_IS_NOBODY},
    hints=(
        "This client connects, sends nothing, and has finished. How many clients is that?",
        "Call accept() once. What echo() returns does not change that.",
        "No loop: accept(), then return echo(conn), inside `with conn:`.",
    ),
)
def test_silent_client_is_a_client(chapter: Attempt) -> None:
    """serve_one() returns 0 after a client that sends nothing, and accepts no other client."""
    with listening() as listener, socket.create_connection(listener.getsockname()) as client:
        client.shutdown(socket.SHUT_WR)
        count = chapter.serve_one(listener)
        same("What came back:", sent=b"", expected=b"", got=receive_all(client), usually=None)
        usually = NOT_GIVEN if count is None else None
        same(
            "The client sent nothing. serve_one() returned:", expected=0, got=count, usually=usually
        )


@promise(
    task=3,
    usually=beliefs.LISTENER_DONE,
    signs={"leak": beliefs.CLOSES_ITSELF, "silence": beliefs.CLOSES_ITSELF},
    hints=(
        "How many sockets does the server have while it serves a client? Which one can be closed?",
        "serve_one() is called once for each client, always with the same listener.",
        "Close conn, the socket that accept() has returned. Do not close the listener.",
    ),
)
def test_next_client_is_served_too(chapter: Attempt) -> None:
    """serve_one() leaves the listener open, so the next client can be served."""
    with listening() as listener:
        for word in (b"first", b"second", _lines(10_000)):
            with socket.create_connection(listener.getsockname()) as client:
                client.sendall(word)
                client.shutdown(socket.SHUT_WR)
                count = chapter.serve_one(listener)
                same("What came back:", sent=word, expected=word, got=receive_all(client))
                same("serve_one() returned:", expected=len(word), got=count, usually=None)
            _listener_still_open(listener)
        if sys.platform == "linux":
            room = queue_up(listener.getsockname(), most=5)
            what = "The backlog was 16. After serve_one(), 5 clients called. Connected were:"
            same(what, expected=5, got=room, usually=None)


@promise(
    task=3,
    usually=beliefs.TIMEOUT_TO_BE_SAFE,
    signs={TimeoutError: beliefs.TIMEOUT_TO_BE_SAFE, "silence": beliefs.TIMEOUT_TO_BE_SAFE},
    hints=(
        "This client pauses before it connects, and before it sends. Do you give up?",
        "Without a timeout, accept() and recv() wait.",
        "Remove settimeout() from serve_one().",
    ),
)
def test_slow_client_is_served(chapter: Attempt) -> None:
    """serve_one() waits for the client, even if it connects late and pauses before it sends."""
    with (
        listening() as listener,
        _short_timeouts() as pause,
        running(chapter.serve_one, listener) as call,
    ):
        pause()
        with socket.create_connection(listener.getsockname()) as client:
            pause()
            client.sendall(b"hello")
            client.shutdown(socket.SHUT_WR)
            same("What came back:", sent=b"hello", expected=b"hello", got=receive_all(client))
        same("serve_one() returned:", expected=5, got=call.result(), usually=None)
        got = listener.gettimeout()
        same("The listener's timeout, after serve_one():", expected=None, got=got, usually=None)


@promise(
    task=3,
    usually=beliefs.NEXT_LINE_RUNS,
    signs={"leak": beliefs.NEXT_LINE_RUNS},
    hints=(
        "This client resets its connection. What does your code do when echo() raises an error?",
        "A conn.close() below the call of echo() does not run when echo() raises an error.",
        "`with conn:` closes the connection in every case.",
    ),
    hints_if={
        beliefs.ERRORS_ARE_MINE_TO_HIDE: hints.PASS_THE_ERROR_ON,
        beliefs.LISTENER_DONE: (
            "Which socket has to be closed after an error, and which one serves the next client?",
            "Only conn is no longer needed. The listener belongs to your caller.",
            "Close conn alone: `with conn:`, and nothing that closes the listener.",
        ),
    },
)
def test_vanished_client_leaves_nothing_open(chapter: Attempt) -> None:
    """If the connection breaks, serve_one() raises the OSError, and closes the connection."""
    with listening() as listener:
        listener.settimeout(8)
        client = socket.create_connection(listener.getsockname())
        client.sendall(b"hello")
        reset(client)
        what = "The client reset its connection. serve_one() raised:"
        with refusal(what, OSError, usually=beliefs.ERRORS_ARE_MINE_TO_HIDE):
            chapter.serve_one(listener)
        _listener_still_open(listener)
        with socket.create_connection(listener.getsockname()) as client, _receiving_fails():
            client.sendall(b"hello")
            what = "Here, recv() fails with another OSError than a reset. serve_one() raised:"
            with refusal(what, OSError, usually=beliefs.ERRORS_ARE_MINE_TO_HIDE):
                chapter.serve_one(listener)
        same("The listener's timeout:", expected=8.0, got=listener.gettimeout(), usually=None)


@promise(
    task=4,
    usually=beliefs.SERVER_KNOWS,
    signs={"hang": beliefs.SERVER_KNOWS, OSError: beliefs.CLOSE_IS_ONE_WAY},
    hints=(
        "This server answers when the client has finished sending. How does it notice?",
        "One call says: I have finished sending, but I still receive.",
        "Call shutdown(socket.SHUT_WR) on your socket, after sendall() and before recv().",
    ),
    hints_if={
        beliefs.CLOSE_IS_ONE_WAY: (
            "Which call in ask() ends the connection, and can you still receive after it?",
            "There is a call that ends your sending only.",
            "Call shutdown(socket.SHUT_WR) there, and close the socket at the very end.",
        ),
        "type": (
            "Look at the type of the result. Is it what ask() promises?",
            "ask() returns bytes. A list of pieces has to be joined.",
            "return b''.join(pieces)",
        ),
        "answer": (
            "Your message arrived, and so did its end. What does your code do with the answer?",
            "The answer may be shorter or longer than the message. Only recv() says where it ends.",
            "A loop with recv(CHUNK) that ends at b'', as in echo(), and b''.join(pieces) after it.",
        ),
    },
)
def test_ask_says_that_it_has_finished(chapter: Attempt) -> None:
    """ask() says that its message is complete, and returns the answer that comes after that."""
    with listening() as listener, noting(socket.socket, "shutdown") as calls:
        for number, message in enumerate((b"Hello", b"Hello", b""), 1):
            with running(chapter.ask, listener.getsockname(), message) as call:
                conn, _ = listener.accept()
                with conn:
                    came = len(receive_all(conn))
                    conn.sendall(b"call %d: %d bytes came\n" % (number, came))
                answer = b"call %d: %d bytes came\n" % (number, len(message))
                got = call.result()
                what = "This is of the wrong type. ask() returned:"
                is_bytes = got is None or isinstance(got, bytes | bytearray)
                holds(what, is_bytes, got=got, usually=None, clue="type")
                what = f"The server's answer was {answer!r}. ask() returned:"
                usually = (
                    beliefs.CLOSE_IS_ONE_WAY
                    if any(how == socket.SHUT_RDWR for _sock, how in calls)
                    else None
                )
                clue = "" if usually else "answer"
                same(what, sent=message, expected=answer, got=got, usually=usually, clue=clue)


@linux_only
@promise(
    task=4,
    usually=beliefs.HOST_IS_DECORATION,
    signs={OSError: beliefs.HOST_IS_DECORATION, "hang": beliefs.HOST_IS_DECORATION},
    hints=(
        "127.0.0.2 is another address of this machine. Where does your code use the host?",
        "`address` is a tuple of a host and a port. Give it to connect() as it is.",
        "socket.create_connection(address), with the address that you were given.",
    ),
)
def test_ask_connects_to_the_address(chapter: Attempt) -> None:
    """ask() connects to the address that you name, the host as well as the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.2", 0))
        listener.listen()
        with running(chapter.ask, listener.getsockname(), b"Hello") as call:
            conn, _ = listener.accept()
            with conn:
                conn.sendall(receive_all(conn)[::-1])
            same("ask() returned:", sent=b"Hello", expected=b"olleH", got=call.result())


@promise(
    task=4,
    usually=beliefs.ONE_RECV,
    hints=(
        "The answer comes in many pieces. How many of them does your code receive?",
        "Receive until the end of the stream, as echo() does, and keep the pieces.",
        "In the loop, pieces.append(piece). After it, return b''.join(pieces).",
    ),
)
def test_ask_returns_the_whole_answer(chapter: Attempt) -> None:
    """ask() returns the complete answer, even if it arrives in many pieces."""
    message = b"all"
    answer = (
        b"\n" + bytes(46) + message + _lines(20_000)
    )  # what arrives first ends with the message
    with (
        listening() as listener,
        _pieces_of_at_most(50),
        running(chapter.ask, listener.getsockname(), message) as call,
    ):
        conn, _ = listener.accept()
        with conn:
            receive_all(conn)
            conn.sendall(answer)
        got = call.result()
        usually = beliefs.ONE_RECV if got and answer.startswith(got) else None
        what = f"The server answered with {len(answer):,} bytes. ask() returned:"
        same(what, expected=answer, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.SEND_TAKES_ALL,
    hints=(
        "send() returns a number. What does it say, and does your code look at it?",
        "The kernel may accept only the first part of what you give to send(). And the rest?",
        "Use conn.sendall(message): it calls send() until the kernel has everything.",
    ),
)
def test_ask_sends_the_whole_message(chapter: Attempt) -> None:
    """ask() sends the complete message, even if the kernel accepts only a few bytes at a time."""
    message = b"To whom it may concern: hello."
    with (
        listening() as listener,
        _sends_of_at_most(9),
        running(chapter.ask, listener.getsockname(), message) as call,
    ):
        conn, _ = listener.accept()
        with conn:
            got = receive_all(conn)
        call.result()
    what = "Here, send() accepts at most 9 bytes at a time. What arrived:"
    same(what, sent=message, expected=message, got=got)
    message = _lines(9000)[: 65536 + 1]
    with listening() as listener, running(chapter.ask, listener.getsockname(), message) as call:
        conn, _ = listener.accept()
        with conn:
            got = receive_all(conn)
        call.result()
    same("What arrived:", sent=message, expected=message, got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.TIMEOUT_TO_BE_SAFE,
    signs={TimeoutError: beliefs.TIMEOUT_TO_BE_SAFE, "silence": beliefs.TIMEOUT_TO_BE_SAFE},
    hints=(
        "This server thinks before it answers. Does your code give up?",
        "Without a timeout, recv() waits.",
        "Remove settimeout(), and the timeout of create_connection().",
    ),
)
def test_ask_waits_for_a_slow_server(chapter: Attempt) -> None:
    """ask() waits for the answer, even if the server pauses."""
    with (
        listening() as listener,
        _short_timeouts() as pause,
        running(chapter.ask, listener.getsockname(), b"Hello") as call,
    ):
        conn, _ = listener.accept()
        with conn:
            receive_all(conn)
            for piece in (b"one\n", b"two\n"):
                gave_up = pause()
                with suppress(OSError):  # ask() has left
                    conn.sendall(piece)
        usually = beliefs.TIMEOUT_TO_BE_SAFE if gave_up else beliefs.ONE_RECV
        got = call.result()
        same("ask() returned:", sent=b"Hello", expected=b"one\ntwo\n", got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
    signs={"leak": beliefs.NEXT_LINE_RUNS},
    hints=(
        "The server resets the connection in the middle of its answer. What does recv() do then?",
        "recv() raises an OSError. What you have received by then is not the answer.",
        "Do not catch the OSError in ask(): pass it on to your caller.",
    ),
    hints_if={
        "leak": (
            "An error ends your function here. What is still open?",
            "A conn.close() at the end of the function does not run when an error ends it.",
            "`with socket.create_connection(address) as conn:` closes it in every case.",
        ),
    },
)
def test_ask_half_an_answer_is_an_error(chapter: Attempt) -> None:
    """If the connection breaks during the answer, ask() raises the OSError and closes its socket."""
    with listening() as listener, running(chapter.ask, listener.getsockname(), b"all") as call:
        conn, _ = listener.accept()
        receive_all(conn)
        conn.sendall(b"half an ans")
        reset(conn)
        with refusal("The server reset the connection. ask() raised:", OSError):
            try:
                call.result()
            except ConnectionRefusedError as error:
                what = "The server reset the connection. It did not refuse it. ask() raised:"
                broken(what, got=Literally(f"{type(error).__name__}: {error}"), usually=None)


@promise(
    task=4,
    usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
    signs={"leak": beliefs.NEXT_LINE_RUNS},
    hints=(
        "The server resets the connection before your message is sent. What does sendall() do then?",
        "sendall() raises an OSError. Without your message, there cannot be an answer.",
        "Do not catch the OSError in ask(): pass it on to your caller.",
    ),
    hints_if={
        "leak": (
            "An error ends your function here. What is still open?",
            "A conn.close() at the end of the function does not run when an error ends it.",
            "`with socket.create_connection(address) as conn:` closes it in every case.",
        ),
    },
)
def test_ask_unsent_message_is_an_error(chapter: Attempt) -> None:
    """If it breaks before the message is sent, ask() raises the OSError and closes its socket."""

    def hang_up(sock: socket.socket) -> None:
        conn, _ = listener.accept()
        reset(conn)
        select.select([sock], [], [], 1.0)  # until the reset has arrived

    for moment, names in (
        ("message was sent", ("send", "sendall", "sendmsg")),
        ("client said that it had finished", ("shutdown",)),
    ):
        with listening() as listener, _before_the_first(names, hang_up):
            what = f"The server reset the connection before the {moment}. ask() raised:"
            with refusal(what, OSError):
                chapter.ask(listener.getsockname(), b"hello")


@promise(
    task=4,
    usually=beliefs.FAILED_IS_CLOSED,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "Nobody listens at this address. What does connect() do, and what is open at that moment?",
        "Pass the error on to your caller, but close your socket first.",
        "`with socket.create_connection(address) as conn:` leaves nothing open.",
    ),
    hints_if={beliefs.ERRORS_ARE_MINE_TO_HIDE: hints.PASS_THE_ERROR_ON},
)
def test_ask_nobody_is_an_error(chapter: Attempt) -> None:
    """If nobody listens, ask() raises ConnectionRefusedError, and no socket stays open."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        what = "Nobody listens at this address. ask() raised:"
        with refusal(what, ConnectionRefusedError, usually=beliefs.ERRORS_ARE_MINE_TO_HIDE):
            chapter.ask(silent.getsockname(), b"hello")


def _lines(count: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(count))


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def _finish_sending(conn: socket.socket) -> None:
    with suppress(OSError):  # another promise says that it has to be open
        conn.shutdown(socket.SHUT_WR)


def _still_open(conn: socket.socket) -> None:
    is_open = conn.fileno() != -1
    what = "echo() closed the connection, which belongs to its caller."
    holds(what, is_open, usually=beliefs.USER_CLOSES)


def _listener_still_open(listener: socket.socket) -> None:
    what = "The listener has been closed: nobody else can connect."
    holds(what, listener.fileno() != -1, usually=beliefs.LISTENER_DONE)


@contextmanager
def _short_timeouts() -> Iterator[Callable[[], bool]]:
    """Let no timeout last longer than 0.05 s.

    Gives a function that outlasts it, and returns whether there is one.
    """
    simulates("a peer that pauses for long: a timeout of any length passes after 0.05 s")
    seen = threading.Event()

    def shortened(real: Callable[..., Any]) -> Callable[..., Any]:
        def shorter(value: Any) -> Any:
            if not isinstance(value, int | float):
                return value
            seen.set()
            return min(value, 0.05)

        def call(*arguments: Any, **named: Any) -> Any:
            given = {name: shorter(value) for name, value in named.items()}
            return real(*map(shorter, arguments), **given)

        return call

    def pause() -> bool:
        if seen.wait(0.05):
            time.sleep(0.15)
        return seen.is_set()

    waits = ((socket.socket, "settimeout"), (select, "select"), (DefaultSelector, "select"))
    with ExitStack() as stack:
        for owner, name in waits:
            replacement = shortened(getattr(owner, name))
            stack.enter_context(patch.object(owner, name, replacement))
        yield pause


@contextmanager
def _receiving_fails() -> Iterator[None]:
    """Let recv() raise the error that it raises if a router reports that there is no way."""
    simulates("a network that breaks: recv() fails with EHOSTUNREACH")

    def recv(_sock: socket.socket, *_arguments: object) -> bytes:
        raise OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH))

    with ExitStack() as stack:
        for name in filter(partial(hasattr, socket.socket), RECEIVE):
            stack.enter_context(patch.object(socket.socket, name, recv))
        yield


@contextmanager
def _sends_of_at_most(limit: int) -> Iterator[None]:
    """Let send() take only the first `limit` bytes, as a kernel does whose buffers are full."""
    simulates(f"a slow and busy network: send() accepts at most {limit} bytes a call")
    real = socket.socket.send

    def send(sock: socket.socket, data: bytes, flags: int = 0) -> int:
        return real(sock, memoryview(data)[:limit], flags)

    with patch.object(socket.socket, "send", send):
        yield


@contextmanager
def _pieces_of_at_most(limit: int) -> Iterator[None]:
    """Let recv() return at most `limit` bytes, as if no more had arrived."""
    simulates(f"a slow and busy network: recv() returns at most {limit} bytes a call")
    real = socket.socket.recv

    def recv(sock: socket.socket, size: int, flags: int = 0) -> bytes:
        return real(sock, min(size, limit), flags)

    with patch.object(socket.socket, "recv", recv):
        yield


@contextmanager
def _before_the_first(
    names: tuple[str, ...], happens: Callable[[socket.socket], None]
) -> Iterator[None]:
    """Let something happen before the first call of one of these methods."""
    simulates("a slow client: the server acts first")
    waiting = [happens]

    def first(real: Callable[..., Any]) -> Callable[..., Any]:
        def send(sock: socket.socket, *arguments: Any) -> Any:
            if waiting:
                waiting.pop()(sock)
            return real(sock, *arguments)

        return send

    with ExitStack() as stack:
        for name in filter(partial(hasattr, socket.socket), names):
            replacement = first(getattr(socket.socket, name))
            stack.enter_context(patch.object(socket.socket, name, replacement))
        yield


TASKS = {1: "open_listener", 2: "echo", 3: "serve_one", 4: "ask"}
