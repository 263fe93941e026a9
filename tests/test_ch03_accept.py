"""The promises of chapter 3: what accept() hands back, and who shook hands."""

import socket
import threading

from course.checks.answers import Attempt
from course.checks.expect import Literally, broken, described, holds, refusal, same
from course.checks.peers import (
    connected,
    listening,
    logged_errors,
    queue_up,
    receive_all,
    reset,
    running,
)
from course.checks.promises import linux_only, promise
from tests import beliefs


def echo_back(conn: socket.socket, _name: object) -> None:
    """Handle a client: send everything back."""
    while piece := conn.recv(65536):
        conn.sendall(piece)


def ask(address: tuple[str, int], message: bytes) -> object:
    """Return what a server answers, or the error as text."""

    def conversation() -> bytes:
        with socket.create_connection(address) as client:
            client.sendall(message)
            client.shutdown(socket.SHUT_WR)
            return receive_all(client)

    return described(conversation)


@promise(
    task=1,
    usually=beliefs.LISTENER_TALKS,
    hints=(
        "accept() returns a pair. Which half of it is the client's connection?",
        "Wait until one of the two sockets can be read; if it is the listener, accept().",
        "selector.register(listener, selectors.EVENT_READ), the same for wake, then "
        "selector.select(), then conn, _peer = listener.accept().",
    ),
)
def test_next_client_gets_its_own_socket(chapter: Attempt) -> None:
    """You get a new socket, on the listener's own port, connected to that client."""
    with (
        listening() as listener,
        connected() as (_waker, wake),
        socket.create_connection(listener.getsockname()) as client,
    ):
        conn = chapter.accept_next(listener, wake)
        holds("accept_next() returned no connection.", isinstance(conn, socket.socket), got=conn)
        with conn:
            holds("It returned the listener itself.", conn is not listener)
            same("Its own end:", expected=listener.getsockname(), got=conn.getsockname())
            same("Its remote end:", expected=client.getsockname(), got=conn.getpeername())


@promise(
    task=1,
    usually=beliefs.LISTENER_IS_ENOUGH,
    signs={"hang": beliefs.LISTENER_IS_ENOUGH},
    hints=(
        "While accept() waits, can your code notice anything else?",
        "Do not wait in accept(). Wait for both sockets at once with a selector, then look which "
        "one is ready.",
        "ready = {key.fileobj for key, _ in selector.select()}; if wake in ready: return None.",
    ),
)
def test_wait_ends_when_woken(chapter: Attempt) -> None:
    """A byte on `wake` ends the wait: None, whether a client has come or not."""
    with listening() as listener, connected() as (waker, wake):
        with running(chapter.accept_next, listener, wake) as call:
            waker.sendall(b"!")
            same("accept_next() returned:", expected=None, got=call.result())
        with socket.create_connection(listener.getsockname()):
            waker.sendall(b"!")
            conn = chapter.accept_next(listener, wake)
            if isinstance(conn, socket.socket):
                conn.close()
            same(
                "With a client and a wake-up at once, it returned:",
                expected=None,
                got=conn,
                usually=beliefs.WAKE_COMES_FIRST,
            )


@promise(
    task=1,
    usually=beliefs.TIMEOUT_IS_INHERITED,
    hints=(
        "Ask the new socket: conn.gettimeout(). What does None mean there?",
        "Set the timeout on the connection, after accept(), not on the listener.",
        "conn.settimeout(CLIENT_TIMEOUT)",
    ),
)
def test_client_has_a_timeout(chapter: Attempt) -> None:
    """A call on the connection blocks for CLIENT_TIMEOUT seconds at most."""
    with (
        listening() as listener,
        connected() as (_waker, wake),
        socket.create_connection(listener.getsockname()),
        chapter.accept_next(listener, wake) as conn,
    ):
        timeout, usually = conn.gettimeout(), beliefs.TIMEOUT_IS_INHERITED
        same("Its timeout:", expected=chapter.CLIENT_TIMEOUT, got=timeout, usually=usually)


@promise(
    task=2,
    usually=beliefs.LISTENER_TALKS,
    signs={"leak": beliefs.CLOSES_ITSELF, "silence": beliefs.CLOSES_ITSELF},
    hints=(
        "The handler wants two things: the connection, and its name from chapter 2.",
        "handle(conn, four_tuple(conn)); afterwards the connection is yours to close.",
        "with conn: handle(conn, four_tuple(conn)); after it, return True.",
    ),
)
def test_handler_gets_connection_and_name(chapter: Attempt) -> None:
    """The handler gets the connection and its 4-tuple; then the connection is closed."""
    seen: list[object] = []
    with connected() as (client, server):

        def handle(conn: socket.socket, name: object) -> None:
            seen.append(name)
            conn.sendall(b"welcome")

        served = chapter.serve_client(server, handle)
        same("What the client received:", expected=b"welcome", got=receive_all(client))
        local = chapter.Endpoint(*client.getpeername())
        remote = chapter.Endpoint(*client.getsockname())
        same("The name:", expected=[chapter.FourTuple(local, remote)], got=seen)
        same("serve_client() returned:", expected=True, got=served)


@promise(
    task=2,
    usually=beliefs.CLIENT_IS_THERE,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "This client resets its connection before you look. Which of your lines can raise?",
        "Even asking for the name raises then: there is no peer any more.",
        "Put four_tuple() into the try as well: try: handle(conn, four_tuple(conn)) "
        "except OSError: return False.",
    ),
)
def test_client_may_be_gone_already(chapter: Attempt) -> None:
    """A client that has gone before it is served is no error; its connection is closed."""
    with connected() as (client, server):
        reset(client)
        served = described(lambda: chapter.serve_client(server, echo_back))
        same("serve_client() returned:", expected=False, got=served)
        holds("The connection is still open.", server.fileno() == -1, usually=beliefs.CLOSES_ITSELF)


@promise(
    task=2,
    usually=beliefs.NOTHING_GOES_WRONG,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "Two kinds of things go wrong in a handler: the client goes away, or the handler has a bug.",
        "Catch OSError: the client has gone. Catch Exception after it: that is a bug, log it.",
        "except OSError: return False; except Exception: logging.exception('a handler failed'); "
        "return False",
    ),
)
def test_error_ends_one_client_only(chapter: Attempt) -> None:
    """Whatever goes wrong in a handler is the end of this client and of nobody else's."""
    with logged_errors() as logged:
        for error in (ConnectionResetError("gone"), TimeoutError("silent"), KeyError("a bug")):
            with connected() as (_client, server):

                def fail(*_arguments: object, error: Exception = error) -> None:
                    raise error

                sent = Literally(f"a handler that raises {error!r}")
                served = described(lambda: chapter.serve_client(server, fail))
                same("serve_client() returned:", sent=sent, expected=False, got=served)
                is_open = server.fileno() != -1
                holds(
                    "The connection is open.", not is_open, sent=sent, usually=beliefs.CLOSES_ITSELF
                )
    same(
        "Tracebacks in the log (a bug is logged, a client that goes is not):",
        expected=["KeyError"],
        got=logged,
    )


@promise(
    task=3,
    usually=beliefs.ADDRESS_IS_ASKED_FOR,
    leaves_open=True,
    hints=(
        "Port 0 was asked for. Which port is it now, and who knows?",
        "Ask the listener: getsockname().",
        "return Endpoint(*self._listener.getsockname())",
    ),
)
def test_address_is_where_it_listens(chapter: Attempt) -> None:
    """`address` is where clients really connect to, with the port that the kernel chose."""
    addresses = [chapter.Acceptor(echo_back).address for _ in range(2)]
    for address in addresses:
        is_endpoint = isinstance(address, chapter.Endpoint)
        holds("The address has to be an Endpoint:", is_endpoint, got=address, usually=None)
        same("Its host:", expected="127.0.0.1", got=address.host)
        holds("Its port is the 0 that was asked for.", address.port != 0, got=address.port)
    holds("Two acceptors have one address.", addresses[0] != addresses[1], got=addresses[0])


@promise(
    task=3,
    usually=beliefs.ACCEPT_SHAKES_HANDS,
    leaves_open=True,
    hints=(
        "When does a client need a listener: at start(), or before?",
        "Open the listener in __init__ and keep it, so that the other methods find it.",
        "In __init__: self._listener = open_listener(host, port, backlog), and "
        "self._waker, self._wake = socket.socketpair(); keep handle as well.",
    ),
)
def test_clients_connect_before_start(chapter: Attempt) -> None:
    """Clients connect, and send, before start(): the kernel shakes hands."""
    acceptor = chapter.Acceptor(echo_back)
    with socket.socket() as client:
        try:
            client.connect(acceptor.address)
        except ConnectionRefusedError:
            broken(
                "A client connects before start().",
                expected=Literally("a connection"),
                got=Literally("ConnectionRefusedError"),
            )
        client.sendall(b"early")


@promise(
    task=3,
    usually=beliefs.HOST_IS_DECORATION,
    signs={"leak": beliefs.OPENED_IS_MINE},
    hints=(
        "The caller asks for a host and a port. Where do they have to go?",
        "open_listener() raises OSError if it cannot have them. What have you opened before it?",
        "open_listener(host, port, backlog), before socket.socketpair().",
    ),
)
def test_taken_address_is_an_error(chapter: Attempt) -> None:
    """A port that is taken, or a foreign host, is an OSError, and nothing is left open."""
    with listening() as other, refusal("You asked for a port that is taken.", OSError):
        chapter.Acceptor(echo_back, port=other.getsockname()[1])
    with refusal("You asked to listen on 192.0.2.1, another machine's address.", OSError):
        chapter.Acceptor(echo_back, host="192.0.2.1")


@linux_only
@promise(
    task=3,
    usually=beliefs.BACKLOG_STAYS_HERE,
    leaves_open=True,
    hints=(
        "Who has to know the backlog: your class, or the kernel?",
        "open_listener() of chapter 1 takes it.",
        "open_listener(host, port, backlog)",
    ),
)
def test_backlog_reaches_the_kernel(chapter: Attempt) -> None:
    """The kernel queues as many clients as `backlog` says (on Linux one more), and no more."""
    acceptor = chapter.Acceptor(echo_back, backlog=2)
    queued = queue_up(acceptor.address, most=8)
    same("Clients that could connect with a backlog of 2:", expected=3, got=queued)


@promise(
    task=4,
    usually=beliefs.ONE_ACCEPT,
    signs={
        "silence": beliefs.ONE_ACCEPT,
        "hang": beliefs.START_SERVES,
        ValueError: beliefs.LISTENER_DONE,
        OSError: beliefs.LISTENER_DONE,
    },
    leaves_open=True,
    hints=(
        "How often does your thread accept?",
        "A loop: accept_next(), serve_client(), and again, until accept_next() returns None.",
        "while (conn := accept_next(self._listener, self._wake)) is not None: "
        "serve_client(conn, self._handle)",
    ),
)
def test_serves_one_after_the_other(chapter: Attempt) -> None:
    """start() returns at once; one client after the other is served on its own connection."""
    acceptor = chapter.Acceptor(echo_back)
    acceptor.start()
    for word in (b"first", b"second", b"third"):
        got = ask(acceptor.address, word)
        usually = beliefs.LISTENER_DONE if isinstance(got, Literally) else beliefs.ONE_ACCEPT
        same("What came back:", sent=word, expected=word, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.BACKLOG_IS_CLIENTS,
    signs={"silence": beliefs.BACKLOG_IS_CLIENTS},
    leaves_open=True,
    hints=(
        "This acceptor has a backlog of 1 and serves twelve clients, one at a time. What ends it?",
        "The backlog is the kernel's business: do not count clients.",
        "Loop until accept_next() returns None.",
    ),
)
def test_backlog_does_not_limit_clients(chapter: Attempt) -> None:
    """Far more clients than `backlog` are served in the end."""
    acceptor = chapter.Acceptor(echo_back, backlog=1)
    acceptor.start()
    for number in range(12):
        word = b"client %d" % number
        same("What came back:", sent=word, expected=word, got=ask(acceptor.address, word))


@promise(
    task=4,
    usually=beliefs.NOTHING_GOES_WRONG,
    signs={"silence": beliefs.NOTHING_GOES_WRONG},
    leaves_open=True,
    hints=(
        "One client resets its connection. Does your thread still run afterwards?",
        "serve_client() survives it: let it do the work, and look at no error yourself.",
        "In the loop: serve_client(conn, self._handle), and nothing between accept and this.",
    ),
)
def test_rude_client_harms_nobody(chapter: Attempt) -> None:
    """After a client that vanishes in the middle, the next one is served."""
    acceptor = chapter.Acceptor(echo_back)
    acceptor.start()
    rude = socket.create_connection(acceptor.address)
    rude.sendall(b"hello")
    reset(rude)
    got = ask(acceptor.address, b"hi")
    same("What came back to the next client:", sent=b"hi", expected=b"hi", got=got)


@promise(
    task=5,
    usually=beliefs.LISTENER_IS_ENOUGH,
    signs={
        "hang": beliefs.LISTENER_IS_ENOUGH,
        "leak": beliefs.OPENED_IS_MINE,
        ValueError: beliefs.LISTENER_IS_ENOUGH,
        OSError: beliefs.LISTENER_IS_ENOUGH,
    },
    hints=(
        "The thread waits for a client or for a wake-up. Which of the two can you cause?",
        "Send a byte to the waker first, then join the thread, then close what is open.",
        "self._waker.send(b'!'); self._thread.join(); close the listener and both ends of the pair.",
    ),
)
def test_stops_while_it_waits(chapter: Attempt) -> None:
    """stop() works while the thread waits for a client; then nobody can connect any more."""
    acceptor = chapter.Acceptor(echo_back)
    acceptor.start()
    address = acceptor.address
    same("What came back:", sent=b"hi", expected=b"hi", got=ask(address, b"hi"))
    acceptor.stop()
    with refusal("A client came after stop().", ConnectionError), socket.create_connection(address):
        pass


@promise(
    task=5,
    usually=beliefs.CLOSES_CLIENTS,
    signs={OSError: beliefs.CLOSES_CLIENTS},
    hints=(
        "stop() is called while a client is being served. What does this client see?",
        "Wait for the thread to end before you close anything.",
        "join() comes before close().",
    ),
)
def test_served_client_is_served_to_its_end(chapter: Attempt) -> None:
    """The client being served when stop() is called is served to its end; the queue is not."""
    begun, served = threading.Event(), []

    def handle(conn: socket.socket, name: object) -> None:
        begun.set()
        served.append(name)
        conn.sendall(b"you said: " + conn.recv(100))

    acceptor = chapter.Acceptor(handle)
    acceptor.start()
    with (
        socket.create_connection(acceptor.address) as client,
        socket.create_connection(acceptor.address) as queued,
    ):
        queued.sendall(b"me, too")
        begun.wait()
        with running(acceptor.stop) as stopping:
            stopping.settle()
            client.sendall(b"wait")
            answer = described(lambda: receive_all(client))
            same("The client's answer:", sent=b"wait", expected=b"you said: wait", got=answer)
        turned_away = described(lambda: receive_all(queued))
        holds("The client in the queue was served, too.", len(served) == 1, got=turned_away)


@promise(
    task=5,
    usually=beliefs.STOP_ONCE,
    signs={"leak": beliefs.OPENED_IS_MINE, Exception: beliefs.STOP_ONCE},
    hints=(
        "What is there to wake up, to join and to close the second time?",
        "A thread that never started cannot be joined; a closed socket cannot send.",
        "if self._listener.fileno() == -1: return, at the top; and join only if the thread was "
        "started.",
    ),
)
def test_stops_twice_and_unstarted(chapter: Attempt) -> None:
    """stop() may be called twice, and without start(); nothing is left open."""
    acceptor = chapter.Acceptor(echo_back)
    acceptor.start()
    acceptor.stop()
    same("The second stop() returned:", expected=None, got=described(acceptor.stop))
    unstarted = chapter.Acceptor(echo_back)
    same("stop() without start() returned:", expected=None, got=described(unstarted.stop))
