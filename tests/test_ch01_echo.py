"""The promises of chapter 1: what two programs must do to exchange bytes."""

import socket

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, broken, holds, refusal, same
from course.checks.peers import connected, listening, narrow, queue_up, receive_all, reset, running
from course.checks.promises import linux_only, promise
from tests import beliefs

EVERY_BYTE = bytes(range(256))


@promise(
    task=1,
    usually=beliefs.BOUND_IS_READY,
    hints=(
        "Try it: connect to your listener. What does the error say?",
        "A socket with an address is not a listener yet. One more call is needed after bind().",
        "Call listener.listen(backlog) before you return the listener.",
    ),
)
def test_clients_can_connect_at_once(chapter: Attempt) -> None:
    """As soon as open_listener() has returned, a client can connect."""
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
        "Three calls: one makes the socket, one gives it its address, one lets it listen.",
        "bind() takes one argument, a tuple of host and port: bind((host, port)).",
        "listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM), then listener.bind((host, "
        "port)), then listener.listen(backlog), and return it.",
    ),
)
def test_listener_stays_on_this_machine(chapter: Attempt) -> None:
    """Unless you ask for another host, only this machine can reach the listener."""
    with chapter.open_listener() as listener:
        host = listener.getsockname()[0]
        same("The listener's host, when none is given:", expected="127.0.0.1", got=host)


@promise(
    task=1,
    usually=beliefs.FIXED_PORT,
    signs={OSError: beliefs.FIXED_PORT},
    hints=(
        "What does the caller ask for with port 0, and who decides then?",
        "Hand `port` to bind() as it is: a number of your own works for one server only.",
        "listener.bind((host, port)) is all: for port 0 the kernel picks a free port, and "
        "getsockname() tells which.",
    ),
)
def test_two_listeners_get_two_ports(chapter: Attempt) -> None:
    """With port 0, the kernel picks a free port, so two servers can run side by side."""
    with chapter.open_listener(port=0) as first, chapter.open_listener(port=0) as second:
        ports = {first.getsockname()[1], second.getsockname()[1]}
        holds(
            "Both listeners have a port:",
            0 not in ports,
            expected=Literally("two ports"),
            got=ports,
        )
        same("How many different ports two listeners have:", expected=2, got=len(ports))


@promise(
    task=1,
    usually=beliefs.FIXED_PORT,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "What should happen when somebody else listens at that address already?",
        "bind() raises OSError then. Let the caller see it, but look at what you have opened before.",
        "Put bind() and listen() into try; in `except OSError:` close the listener and `raise`.",
    ),
)
def test_taken_port_is_an_error(chapter: Attempt) -> None:
    """A port that is taken is an OSError, and no socket is left open."""
    with listening() as other, refusal("You asked for a port that is taken.", OSError):
        chapter.open_listener(port=other.getsockname()[1]).close()


@promise(
    task=1,
    usually=beliefs.HOST_IS_DECORATION,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "192.0.2.1 is an address of some other machine. Can you listen there?",
        "bind() knows which addresses are this machine's. Does it get to see `host`?",
        "listener.bind((host, port)), with the host that was asked for.",
    ),
)
def test_foreign_host_is_an_error(chapter: Attempt) -> None:
    """A host that is not this machine's is an OSError."""
    with refusal("You asked to listen on 192.0.2.1, another machine's address.", OSError):
        chapter.open_listener(host="192.0.2.1").close()


@linux_only
@promise(
    task=1,
    usually=beliefs.BACKLOG_STAYS_HERE,
    hints=(
        "How many clients may wait in the kernel's queue? Who tells the kernel?",
        "listen() takes a number.",
        "listener.listen(backlog)",
    ),
)
def test_backlog_reaches_the_kernel(chapter: Attempt) -> None:
    """The kernel queues as many clients as `backlog` says (on Linux one more), and no more."""
    with chapter.open_listener(backlog=1) as listener:
        queued = queue_up(listener.getsockname(), most=6)
    same("Clients that could connect with a backlog of 1:", expected=2, got=queued)


@promise(
    task=2,
    usually=beliefs.TEXT,
    signs={"spin": beliefs.TRY_AGAIN, UnicodeDecodeError: beliefs.TEXT},
    hints=(
        "What comes in is bytes, what goes out is bytes. What has to happen in between?",
        "Nothing: do not decode. The bytes ff fe are a message like any other.",
        "Send the very object that recv() returned: conn.sendall(piece).",
    ),
)
def test_every_byte_comes_back(chapter: Attempt) -> None:
    """Every byte comes back unchanged, whether it is text or not."""
    with connected() as (client, server):
        client.sendall(EVERY_BYTE)
        client.shutdown(socket.SHUT_WR)
        chapter.echo(server)
        is_open = server.fileno() != -1
        holds("echo() closed a connection that it did not open.", is_open, usually=None)
        server.shutdown(socket.SHUT_WR)
        got = receive_all(client)
    is_about_text = got[:128] == EVERY_BYTE[:128]  # up to where ASCII ends
    usually = beliefs.TEXT if is_about_text else None
    same("What came back:", sent=EVERY_BYTE, expected=EVERY_BYTE, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "How many times does your code receive? How many times may it have to?",
        "Put recv() and the sending into a loop. What ends it?",
        "while piece := conn.recv(65536): send the piece back. b'' is false, so the loop ends there.",
    ),
)
def test_pieces_of_any_size_come_back(chapter: Attempt) -> None:
    """However the network cuts the stream into pieces, all of it comes back."""
    message = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"
    with connected() as (client, server), narrow(server, 7) as slow:
        client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        chapter.echo(slow)
        slow.shutdown(socket.SHUT_WR)
        got = receive_all(client)
    usually = beliefs.ONE_RECV if message.startswith(got) else None
    what = "recv() and send() moved at most 7 bytes a call here. What came back:"
    same(what, sent=message, expected=message, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.SEND_TAKES_ALL,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "Look at what send() returns. Does your code look at it?",
        "The kernel may take only the first part of what you hand to send(). What about the rest?",
        "Use conn.sendall(piece): it calls send() until everything is taken.",
    ),
)
def test_slow_connection_loses_nothing(chapter: Attempt) -> None:
    """Nothing is lost when the kernel takes only a few bytes at a time."""

    class Reluctant(socket.socket):
        def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]
            return super().send(memoryview(data)[:3], flags)

    with connected() as (client, server), Reluctant(fileno=server.detach()) as slow:
        client.sendall(b"0123456789")
        client.shutdown(socket.SHUT_WR)
        chapter.echo(slow)
        slow.shutdown(socket.SHUT_WR)
        got = receive_all(client)
    what = "send() took at most 3 bytes a call here. What came back:"
    same(what, sent=b"0123456789", expected=b"0123456789", got=got)


@promise(
    task=2,
    usually=beliefs.ANSWER_AT_THE_END,
    signs={"hang": beliefs.ANSWER_AT_THE_END},
    hints=(
        "The client of this check sends one word, waits for it to come back, then sends the next.",
        "When do you send: after each recv(), or after the loop?",
        "Inside the loop: conn.sendall(piece), right after the recv() that brought the piece.",
    ),
)
def test_each_piece_comes_back_at_once(chapter: Attempt) -> None:
    """Each piece comes back at once: a client may wait for it before it sends more."""
    with connected() as (client, server), running(chapter.echo, server):
        for word in (b"one", b"two", b"three"):
            client.sendall(word)
            same("The word came back:", sent=word, expected=word, got=client.recv(100))
        client.shutdown(socket.SHUT_WR)


@promise(
    task=2,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "What does the docstring say that echo() returns?",
        "One recv() is not the whole stream: add up the pieces.",
        "Start with total = 0, add len(piece) in the loop, return total after it.",
    ),
)
def test_echo_counts_and_leaves_open(chapter: Attempt) -> None:
    """echo() returns how many bytes it sent back, and leaves the connection open."""
    with connected() as (client, server), narrow(server, 400) as slow:
        client.sendall(b"x" * 1000)
        client.shutdown(socket.SHUT_WR)
        got = chapter.echo(slow)
        usually = beliefs.ONE_RECV if got in range(1, 1000) else NOT_GIVEN if got is None else None
        same("echo() returned:", sent=b"x" * 1000, expected=1000, got=got, usually=usually)
        is_open = slow.fileno() != -1
        holds("echo() closed a connection that it did not open.", is_open, usually=None)


@promise(
    task=2,
    usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
    hints=(
        "This client resets its connection. What does recv() do then?",
        "It raises an OSError. Does your code catch it?",
        "Remove the try: echo() promises to raise it.",
    ),
)
def test_broken_connection_is_an_error(chapter: Attempt) -> None:
    """When the connection breaks, echo() raises the OSError: this was no end of the stream."""
    with connected() as (client, server):
        reset(client)
        with refusal("The client reset its connection.", OSError):
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
        "conn, peer = listener.accept(): give conn to echo(). Who closes conn afterwards?",
        "`with conn:` around `return echo(conn)` closes the connection whatever happens.",
    ),
)
def test_one_client_is_served(chapter: Attempt) -> None:
    """serve_one() echoes to one client, closes its connection, and returns the count."""
    with listening() as listener, socket.create_connection(listener.getsockname()) as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        count = chapter.serve_one(listener)
        same("What came back:", sent=b"hello", expected=b"hello", got=receive_all(client))
        same(
            "serve_one() returned:",
            expected=5,
            got=count,
            usually=NOT_GIVEN if count is None else None,
        )


@promise(
    task=3,
    usually=beliefs.LISTENER_DONE,
    signs={"leak": beliefs.CLOSES_ITSELF, "silence": beliefs.CLOSES_ITSELF},
    hints=(
        "How many sockets are open while a client is served? Which of them is done afterwards?",
        "serve_one() is called once for each client, with the same listener.",
        "Close conn, the socket that accept() returned. Do not touch the listener.",
    ),
)
def test_next_client_is_served_too(chapter: Attempt) -> None:
    """The listener stays open, so the next client can be served."""
    with listening() as listener:
        for word in (b"first", b"second", b"third"):
            with socket.create_connection(listener.getsockname()) as client:
                client.sendall(word)
                client.shutdown(socket.SHUT_WR)
                chapter.serve_one(listener)
                same("What came back:", sent=word, expected=word, got=receive_all(client))
            holds(
                "After one client the listener is closed: nobody else can connect.",
                listener.fileno() != -1,
            )


@promise(
    task=3,
    usually=beliefs.CLOSES_ITSELF,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "This client vanishes in the middle. What does your code do when echo() raises?",
        "A close() that stands after echo() is not reached when echo() raises.",
        "`with conn:` closes the connection on the way out, with or without an error.",
    ),
)
def test_vanished_client_leaves_nothing_open(chapter: Attempt) -> None:
    """When a client vanishes in the middle, you raise the OSError and close the connection."""
    with listening() as listener:
        client = socket.create_connection(listener.getsockname())
        client.sendall(b"hello")
        reset(client)
        with refusal(
            "The client vanished in the middle.", OSError, usually=beliefs.ERRORS_ARE_MINE_TO_HIDE
        ):
            chapter.serve_one(listener)
        holds(
            "The listener is closed, too.", listener.fileno() != -1, usually=beliefs.LISTENER_DONE
        )


@promise(
    task=4,
    usually=beliefs.SERVER_KNOWS,
    signs={"hang": beliefs.SERVER_KNOWS, OSError: beliefs.CLOSE_IS_ONE_WAY},
    hints=(
        "This server answers only when the client has finished sending. How does it know?",
        "There is a call that says: I have finished sending, but I still read.",
        "conn.shutdown(socket.SHUT_WR), after sendall() and before you read.",
    ),
)
def test_ask_says_that_it_has_finished(chapter: Attempt) -> None:
    """ask() says that its message is complete, and still reads the answer."""
    with listening() as listener, running(chapter.ask, listener.getsockname(), b"Hello") as call:
        conn, _ = listener.accept()
        with conn:
            message = receive_all(conn)
            conn.sendall(message[::-1])
        same("ask() returned:", sent=b"Hello", expected=b"olleH", got=call.result())


@promise(
    task=4,
    usually=beliefs.ONE_RECV,
    hints=(
        "The answer comes in many pieces. How many of them does ask() return?",
        "Receive until the stream ends, as in echo(), and keep the pieces.",
        "Collect the pieces in a list in the loop, and return b''.join(pieces).",
    ),
)
def test_ask_returns_the_whole_answer(chapter: Attempt) -> None:
    """ask() returns the whole answer, however many pieces it comes in."""
    answer = b"".join(b"line %d\n" % number for number in range(20000))
    with listening() as listener, running(chapter.ask, listener.getsockname(), b"all") as call:
        conn, _ = listener.accept()
        with conn:
            receive_all(conn)
            conn.sendall(answer)
        what = f"The server answered {len(answer):,} bytes. ask() returned:"
        same(what, expected=answer, got=call.result())


@promise(
    task=4,
    usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
    hints=(
        "The server breaks the connection in the middle of its answer. What does recv() do then?",
        "It raises an OSError: what you have by then is not the answer.",
        "Remove the try around the loop that receives.",
    ),
)
def test_ask_half_an_answer_is_an_error(chapter: Attempt) -> None:
    """When the connection breaks in the middle of the answer, ask() raises the OSError."""
    with listening() as listener, running(chapter.ask, listener.getsockname(), b"all") as call:
        conn, _ = listener.accept()
        receive_all(conn)
        conn.sendall(b"half an ans")
        reset(conn)
        with refusal("The server reset the connection.", OSError):
            call.result()


@promise(
    task=4,
    usually=beliefs.FAILED_IS_CLOSED,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "Nobody listens at this address. What does connect() do, and what is open by then?",
        "Let the error pass to the caller, but close your socket first.",
        "`with socket.create_connection(address) as conn:` closes it in every case.",
    ),
)
def test_ask_nobody_is_an_error(chapter: Attempt) -> None:
    """When nobody listens, ask() raises ConnectionRefusedError and leaves nothing open."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        with refusal("Nobody listens at this address.", ConnectionRefusedError):
            chapter.ask(silent.getsockname(), b"hello")
