"""The promises of chapter 3: what accept() hands back, and who shook hands."""

import errno
import math
import os
import select
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Self
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import Literally, broken, described, holds, refusal, same
from course.checks.peers import (
    connected,
    listening,
    logged_errors,
    noting,
    queue_up,
    receive_all,
    reset,
    running,
    simulates,
)
from course.checks.promises import linux_only, promise
from tests import beliefs, hints

QUIET = 0.3  # seconds in which nothing happens
FEW = 2  # looks at the queue in that time; code that polls needs more
HURRY = 0.02  # seconds
LONG = 10.0  # seconds; code that wakes up more often than that does not sleep
AT_ONCE = 0.1  # seconds; a thread starts in a hundredth of that


@promise(
    task=1,
    usually=beliefs.ADDRESS_IS_ASKED_FOR,
    leaves_open=True,
    hints=(
        "You asked for port 0. Which port is it now, and who knows?",
        "Ask the listener: getsockname() returns its host and its port.",
        "return Endpoint(*listener.getsockname()), with the listener that __init__() has kept.",
    ),
    hints_if={
        "type": (
            "Which type does `address` promise? Which one do you return?",
            "An Endpoint has two parts, host and port. getsockname() returns both, as a plain tuple.",
            "Endpoint(*pair) makes an Endpoint of a pair.",
        ),
        beliefs.HOST_IS_DECORATION: (
            "The caller asks for a host. Which of your lines passes it on?",
            "open_listener() takes the host as its first argument.",
            "open_listener(host, port, backlog)",
        ),
    },
)
def test_address_is_where_it_listens(chapter: Attempt) -> None:
    """`address` is an Endpoint: the host, and the port that the kernel has chosen."""
    for host in ("127.0.0.1",) if sys.platform == "darwin" else ("127.0.0.1", "127.0.0.2"):
        # Both have to exist at once: the port of an acceptor that is gone is free again.
        acceptors = [chapter.Acceptor(echo_back, host) for _ in range(2)]
        addresses = [acceptor.address for acceptor in acceptors]
        sent = Literally(f"two acceptors with host={host!r}")
        for address in addresses:
            is_endpoint = isinstance(address, chapter.Endpoint)
            what = "The address is not an Endpoint."
            holds(what, is_endpoint, got=address, usually=None, clue="type")
            same(
                "The host of its address:",
                sent=sent,
                expected=host,
                got=address.host,
                usually=beliefs.HOST_IS_DECORATION,
            )
            holds("Its port is the 0 that was asked for.", address.port != 0, got=address.port)
        holds(
            "Two acceptors have the same address.",
            addresses[0] != addresses[1],
            sent=sent,
            got=addresses[0],
            usually=None,
        )


@promise(
    task=1,
    usually=beliefs.ACCEPT_SHAKES_HANDS,
    leaves_open=True,
    hints=(
        "When does a client need a listener: when start() is called, or before?",
        "Open the listener in __init__(), and keep it in an attribute for the other methods.",
        "In __init__: open_listener(host, port, backlog). Keep what it returns, and keep `handle`.",
    ),
)
def test_clients_connect_before_start(chapter: Attempt) -> None:
    """Clients connect, and send, before start() is called."""
    acceptor = chapter.Acceptor(echo_back)
    with socket.socket() as client:
        try:
            client.connect(acceptor.address)
        except ConnectionRefusedError:
            broken(
                "A client connects before start() is called.",
                expected=Literally("a connection"),
                got=Literally("ConnectionRefusedError"),
            )
        client.sendall(b"early")


@promise(
    task=1,
    usually=beliefs.HOST_IS_DECORATION,
    signs={"leak": beliefs.OPENED_IS_MINE},
    hints=(
        "The caller asks for a host and a port. Which of your lines passes them on?",
        "open_listener() raises OSError if it cannot have them. Your caller has to see this error.",
        "open_listener(host, port, backlog), and no try around it.",
    ),
    hints_if={
        "leak": (
            "open_listener() raises OSError. What have you opened before you called it?",
            "Your caller gets an error and no acceptor: nobody can close your other sockets.",
            "Call open_listener() first. Make other sockets after it, or in start().",
        ),
    },
)
def test_taken_address_is_an_error(chapter: Attempt) -> None:
    """A port that is taken, or a host of another machine, is an OSError. Nothing stays open."""
    with listening() as other, refusal("You asked for a port that is taken.", OSError):
        chapter.Acceptor(echo_back, port=other.getsockname()[1])
    with refusal("You asked to listen on 192.0.2.1, another machine's address.", OSError):
        chapter.Acceptor(echo_back, host="192.0.2.1")


@linux_only
@promise(
    task=1,
    usually=beliefs.BACKLOG_STAYS_HERE,
    leaves_open=True,
    hints=(
        "Who has to know the backlog: your class, or the kernel?",
        "The kernel learns it from listen(). Your open_listener() calls listen().",
        "open_listener(host, port, backlog)",
    ),
)
def test_backlog_reaches_the_kernel(chapter: Attempt) -> None:
    """The kernel queues as many clients as `backlog` says (on Linux one more), and no more."""
    for backlog in (2, 9):
        acceptor = chapter.Acceptor(echo_back, backlog=backlog)
        same(
            f"With backlog={backlog}, and while nobody accepts, so many clients could connect:",
            expected=backlog + 1,
            got=queue_up(acceptor.address, most=14),
        )


@promise(
    task=2,
    usually=beliefs.LISTENER_TALKS,
    hints=(
        "accept() returns two things. Which of them is the client's connection?",
        "Return the socket that accept() returns, not the listener.",
        "conn, _peer = listener.accept(); return conn",
    ),
)
def test_client_gets_its_own_socket(chapter: Attempt) -> None:
    """The first client in the queue comes out as a new socket, connected to that client."""
    with (
        listening() as listener,
        socket.create_connection(listener.getsockname()) as alice,
        socket.create_connection(listener.getsockname()) as bob,
    ):
        for who, client in (("first", alice), ("second", bob)):
            sent = Literally(f"two clients in the queue; the {who} call")
            conn = chapter.accept_now(listener)
            is_socket = isinstance(conn, socket.socket)
            holds("accept_now() returned no socket.", is_socket, sent=sent, got=conn)
            holds("It returned the listener itself.", conn is not listener, sent=sent)
            with conn:
                local, remote = listener.getsockname(), client.getsockname()
                same("Its local end:", sent=sent, expected=local, got=conn.getsockname())
                same("Its remote end:", sent=sent, expected=remote, got=conn.getpeername())
    if sys.platform == "linux":  # other systems may take such a client out of the queue
        with listening() as listener:
            reset(socket.create_connection(listener.getsockname()))
            conn = chapter.accept_now(listener)
            what = (
                "The client in the queue has reset its connection. accept_now() returned no socket."
            )
            holds(what, isinstance(conn, socket.socket), got=conn, usually=None)
            conn.close()


@promise(
    task=2,
    usually=beliefs.ERROR_IS_THE_END,
    signs={"hang": beliefs.ACCEPT_ALWAYS_WAITS},
    hints=(
        "The queue is empty, and accept() raises BlockingIOError. What is that for your caller?",
        "Return None: there is no client now. The error's number, EAGAIN, is in NO_CLIENT.",
        "except OSError as error: if error.errno in NO_CLIENT: return None; raise",
    ),
    hints_if={"hang": hints.DO_NOT_WAIT_IN_ACCEPT, "number": hints.LOOK_FOR_THE_NUMBER},
)
def test_empty_queue_is_none(chapter: Attempt) -> None:
    """If the queue is empty, it returns None at once."""
    sent = Literally("an empty queue")
    with listening() as plain, Timed.of(plain) as listener:
        requires_none(chapter, listener, sent)
        what = "accept_now() waited for a client, for at most so many seconds:"
        waited = [seconds for seconds in listener.timeouts if seconds]
        holds(what, not waited, sent=sent, got=waited, usually=beliefs.ACCEPT_ALWAYS_WAITS)


@promise(
    task=2,
    usually=beliefs.TIMEOUT_IS_INHERITED,
    hints=(
        "Ask the new socket: conn.gettimeout(). What does None mean there?",
        "Set the timeout on the connection, not on the listener.",
        "conn.settimeout(CLIENT_TIMEOUT)",
    ),
)
def test_connection_has_a_timeout(chapter: Attempt) -> None:
    """A call on the connection blocks for at most CLIENT_TIMEOUT seconds."""
    for seconds in (chapter.CLIENT_TIMEOUT, 7.5):
        with (
            listening() as listener,
            socket.create_connection(listener.getsockname()),
            patience(chapter, seconds),
            chapter.accept_now(listener) as conn,
        ):
            same(
                f"With CLIENT_TIMEOUT = {seconds}, the timeout of the connection is:",
                expected=seconds,
                got=conn.gettimeout(),
                usually=beliefs.TIMEOUT_IS_INHERITED if conn.gettimeout() is None else None,
            )


@promise(
    task=2,
    usually=beliefs.ERROR_IS_THE_END,
    signs={"hang": beliefs.READY_IS_A_PROMISE},
    hints=(
        "Not every system is like Linux. On some, a client that leaves also leaves the queue, and "
        "accept() raises an error. Which errors mean that?",
        "Catch the OSError of accept(), and look whether error.errno is in NO_CLIENT.",
        "except OSError as error: if error.errno in NO_CLIENT: return None; raise",
    ),
    hints_if={"hang": hints.DO_NOT_WAIT_IN_ACCEPT, "number": hints.LOOK_FOR_THE_NUMBER},
)
def test_lost_client_is_none(chapter: Attempt) -> None:
    """If accept() raises one of NO_CLIENT, it returns None. The next client is accepted."""
    for name in LOST:
        with (
            listening() as plain,
            Failing.of(plain) as listener,
            socket.create_connection(listener.getsockname()) as client,
        ):
            listener.errors.append(getattr(errno, name))
            sent = Literally(f"accept() raises {name}: the check plays that")
            requires_none(chapter, listener, sent)
            conn = accepted(chapter, listener)
            is_socket = isinstance(conn, socket.socket)
            holds("The next call returned no connection.", is_socket, sent=sent, got=conn)
            assert isinstance(conn, socket.socket)
            with conn:
                remote = client.getsockname()
                same("Its remote end:", sent=sent, expected=remote, got=conn.getpeername())
    with (
        listening() as plain,
        Leaving.of(plain) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        sent = Literally("a client that leaves before accept(): the check plays that")
        requires_none(chapter, listener, sent)


@promise(
    task=2,
    usually=beliefs.RETRY_ALWAYS_HELPS,
    signs={"hang": beliefs.RETRY_ALWAYS_HELPS, "spin": beliefs.RETRY_ALWAYS_HELPS},
    hints=(
        "Too many files are open. Does it help to wait for the next client, or to try again?",
        "Only an error in NO_CLIENT is None. Every other error goes on to the caller.",
        "`raise` alone, in an except block, raises the same error again.",
    ),
)
def test_other_errors_reach_the_caller(chapter: Attempt) -> None:
    """Every other error of accept() is raised: EMFILE, for instance, means too many open files."""
    for name in FATAL:
        with (
            listening() as plain,
            Failing.of(plain) as listener,
            socket.create_connection(listener.getsockname()),
            refusal(f"accept() raised {name}.", OSError),
        ):
            listener.errors += [getattr(errno, name)] * 1000
            try:
                chapter.accept_now(listener)
            finally:
                what = f"accept() raised {name}, and accept_now() closed the listener."
                holds(what, listener.fileno() != -1, usually=None)
    closed = socket.socket()
    closed.close()
    with refusal("The listener was closed.", OSError):
        chapter.accept_now(closed)


@promise(
    task=3,
    usually=beliefs.LISTENER_TALKS,
    signs={"leak": beliefs.CLOSES_ITSELF, "silence": beliefs.CLOSES_ITSELF},
    hints=(
        "The handler needs two things: the connection, and its name from the chapter four_tuple.",
        "four_tuple(conn) is the name. What the handler returns does not matter.",
        "handle(conn, four_tuple(conn)), and after it: return True",
    ),
    hints_if={beliefs.CLOSES_ITSELF: hints.CLOSE_WHAT_WAS_SERVED},
)
def test_handler_gets_connection_and_name(chapter: Attempt) -> None:
    """The handler gets the connection and its 4-tuple. When it returns, the connection is closed."""
    for answer in ("done", None):
        seen: list[object] = []
        timeouts: list[object] = []
        with connected() as (client, server):

            def handle(
                conn: socket.socket,
                name: object,
                seen: list[object] = seen,
                timeouts: list[object] = timeouts,
                answer: object = answer,
            ) -> object:
                seen.append(name)
                timeouts.append(conn.gettimeout())
                conn.sendall(b"welcome")
                return answer

            server.settimeout(8)
            served = described(lambda: chapter.serve_client(server, handle))
            same("The client received:", expected=b"welcome", got=receive_all(client))
            what = "The connection's timeout was 8 s. The handler got it with:"
            same(what, expected=[8.0], got=timeouts, usually=None)
            local = chapter.Endpoint(*client.getpeername())
            remote = chapter.Endpoint(*client.getsockname())
            expected = [chapter.FourTuple(local, remote)]
            same("The names that the handler got:", expected=expected, got=seen)
            sent = Literally(f"a handler that returns {answer!r}")
            same("serve_client() returned:", sent=sent, expected=True, got=served, usually=None)
    with connected() as (client, server):
        served = described(lambda: chapter.serve_client(server, lambda *_both: reset(client)))
        sent = Literally("a handler that returns; meanwhile the client has reset its connection")
        same("serve_client() returned:", sent=sent, expected=True, got=served, usually=None)


@promise(
    task=3,
    usually=beliefs.CLIENT_IS_THERE,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "This client had reset its connection before you looked. Which line can raise an error?",
        "Asking for the name raises an error: the client has left.",
        "Put four_tuple() into the try as well: try: handle(conn, four_tuple(conn)) "
        "except OSError: return False",
    ),
    hints_if={beliefs.CLOSES_ITSELF: hints.CLOSE_WHAT_WAS_SERVED},
)
def test_client_may_be_gone_already(chapter: Attempt) -> None:
    """If the client has already gone, the handler is not called, and the connection is closed."""
    called: list[object] = []
    with connected() as (client, server):
        reset(client)
        select.select([server], [], [], 1)  # the reset may take its time on a busy machine
        served = described(lambda: chapter.serve_client(server, lambda *both: called.append(both)))
        same("serve_client() returned:", expected=False, got=served)
        holds("The handler was called for a client that has no name.", not called, got=called)
        holds("The connection is still open.", server.fileno() == -1, usually=beliefs.CLOSES_ITSELF)


class Interrupted(BaseException):
    """Like KeyboardInterrupt, it is not an Exception."""


@promise(
    task=3,
    usually=beliefs.NOTHING_GOES_WRONG,
    signs={"leak": beliefs.CLOSES_ITSELF},
    hints=(
        "Two kinds of things go wrong in a handler: the client leaves, or the handler has a bug.",
        "Catch OSError: the client has gone. After that catch Exception: it is a bug, so log it.",
        "except OSError: return False; except Exception: logging.exception('a handler failed'); "
        "return False",
    ),
    hints_if={
        beliefs.CAUGHT_IS_DONE: (
            "You catch the bug. Who will see where in the handler it happened?",
            "A message alone is not enough: log the traceback.",
            "except Exception: logging.exception('a handler failed'); return False",
        ),
        "too much": (
            "Which of these errors are bugs? Which happen every day?",
            "An OSError means that the client has gone. Do not log that: it is not a bug.",
            "except OSError: return False, above except Exception.",
        ),
    },
)
def test_error_ends_one_client_only(chapter: Attempt) -> None:
    """An error in a handler ends this client, and nobody else. Only a bug is logged."""
    errors = (
        ConnectionResetError("gone"),
        TimeoutError("silent"),
        OSError(errno.EHOSTUNREACH, "no route to host"),
        KeyError("a bug"),
        ZeroDivisionError("another bug"),
    )
    with logged_errors() as logged:
        for error in errors:
            with connected() as (_client, server):
                calls: list[Exception] = []

                def fail(
                    *_arguments: object,
                    error: Exception = error,
                    calls: list[Exception] = calls,
                ) -> None:
                    calls.append(error)
                    raise error

                sent = Literally(f"a handler that raises {error!r}")
                served = described(lambda: chapter.serve_client(server, fail))
                what = "How often the handler was called:"
                same(what, sent=sent, expected=1, got=len(calls), usually=None)
                same("serve_client() returned:", sent=sent, expected=False, got=served)
                is_open = server.fileno() != -1
                usually = beliefs.CLOSES_ITSELF
                holds("The connection is still open.", not is_open, sent=sent, usually=usually)
    with connected() as (_client, server):

        def interrupt(*_arguments: object) -> None:
            raise Interrupted

        with suppress(Interrupted):
            chapter.serve_client(server, interrupt)
        sent = Literally("a handler that is interrupted, as if by Ctrl-C")
        is_open = server.fileno() != -1
        usually = beliefs.CLOSES_ITSELF
        holds("The connection is still open.", not is_open, sent=sent, usually=usually)
    bugs = ["KeyError", "ZeroDivisionError"]
    same(
        "Tracebacks in the log:",
        sent=Literally("handlers that raise, one after another"),
        expected=bugs,
        got=logged,
        usually=None if set(bugs) <= set(logged) else beliefs.CAUGHT_IS_DONE,
        clue="too much",
    )


@promise(
    task=4,
    usually=beliefs.LISTENER_TALKS,
    signs={"leak": beliefs.SELECTOR_IS_FREE},
    hints=(
        "Wait until one of the two sockets is ready. Which of your functions takes the client?",
        "Register both sockets with a selector, for EVENT_READ. If the listener is ready, call "
        "accept_now(listener).",
        "with selectors.DefaultSelector() as selector: selector.register(listener, "
        "selectors.EVENT_READ), the same for wake, then selector.select().",
    ),
    hints_if={
        "leak": hints.CLOSE_THE_SELECTOR,
        beliefs.TIMEOUT_IS_INHERITED: (
            "The client's connection has no timeout. Which of your functions sets one?",
            "accept_now() does. Does accept_next() call it?",
            "conn = accept_now(listener), in the place of listener.accept().",
        ),
    },
)
def test_next_client_is_accepted(chapter: Attempt) -> None:
    """When a client comes, its connection is returned, from accept_now()."""
    for _ in range(2):
        with listening() as listener, connected() as (_waker, wake), socket.socket() as client:
            with running(chapter.accept_next, listener, wake) as call:
                client.connect(listener.getsockname())
                conn = call.result()
            holds("accept_next() returned no socket.", isinstance(conn, socket.socket), got=conn)
            holds("It returned the listener itself.", conn is not listener)
            with conn:
                remote, timeout = client.getsockname(), chapter.CLIENT_TIMEOUT
                same("Its remote end:", expected=remote, got=conn.getpeername())
                usually = beliefs.TIMEOUT_IS_INHERITED
                same("Its timeout:", expected=timeout, got=conn.gettimeout(), usually=usually)


@promise(
    task=4,
    usually=beliefs.LISTENER_IS_ENOUGH,
    signs={"hang": beliefs.LISTENER_IS_ENOUGH, "leak": beliefs.SELECTOR_IS_FREE},
    hints=(
        "While accept() waits, can your code notice anything else?",
        "Wait for both sockets at once, with a selector. Then look first whether `wake` is ready.",
        "ready = {key.fileobj for key, _events in selector.select()}; if wake in ready: return None",
    ),
    hints_if={
        "leak": hints.CLOSE_THE_SELECTOR,
        beliefs.WAKE_COMES_FIRST: (
            "A client and a byte on `wake` are there at the same time. Which of them counts?",
            "select() reports both, in any order. Ask for `wake` before you look at the listener.",
            "if wake in ready: return None, above the line that calls accept_now().",
        ),
    },
)
def test_wait_ends_when_woken(chapter: Attempt) -> None:
    """A byte on `wake` ends the wait with None, whether a client is waiting or not."""
    for byte in (b"\n", b"!"):
        with (
            listening() as listener,
            connected() as (waker, wake),
            running(chapter.accept_next, listener, wake) as call,
        ):
            waker.sendall(byte)
            same("accept_next() returned:", sent=byte, expected=None, got=described(call.result))
            is_open = -1 not in (wake.fileno(), listener.fileno())
            holds("accept_next() closed a socket of its caller's.", is_open, usually=None)
    with (
        listening() as listener,
        connected() as (waker, wake),
        socket.create_connection(listener.getsockname()),
    ):
        waker.sendall(b"!")
        conn = chapter.accept_next(listener, wake)
        is_client = isinstance(conn, socket.socket)
        if isinstance(conn, socket.socket):
            conn.close()
        same(
            "accept_next() returned:",
            sent=Literally("a client and a byte on `wake`, at the same time"),
            expected=None,
            got=Literally("the client's connection") if is_client else conn,
            usually=beliefs.WAKE_COMES_FIRST,
        )


@promise(
    task=4,
    usually=beliefs.NOBODY_FOR_LONG,
    signs={"spin": beliefs.LOOKING_IS_WAITING},
    hints=(
        "No client comes for a long time. Why does your function return?",
        "selector.select() without an argument waits for as long as it takes.",
        "Give select() no timeout, and return only for a byte on `wake` or for a client.",
    ),
    hints_if={
        beliefs.LOOKING_IS_WAITING: (
            "No client comes for a long time. How often does your code do something meanwhile?",
            "selector.select() without an argument sleeps until a socket is ready.",
            "Call accept_now() only if the listener is in `ready`, and give select() no timeout.",
        ),
    },
)
def test_waits_for_as_long_as_it_takes(chapter: Attempt) -> None:
    """While nothing happens, it sleeps, however long that takes."""
    for limit in (math.inf, HURRY):
        spent: list[float] = []
        over = threading.Event()

        def accept_next(
            listener: socket.socket,
            wake: socket.socket,
            spent: list[float] = spent,
            over: threading.Event = over,
        ) -> object:
            began = time.thread_time()
            try:
                return chapter.accept_next(listener, wake)
            finally:
                spent.append(time.thread_time() - began)
                over.set()

        with (
            listening() as plain,
            Failing.of(plain) as listener,
            connected() as (waker, wake),
            patience(chapter, QUIET / 6),
            impatience(limit) as waits,
            running(accept_next, listener, wake) as call,
        ):
            is_early = over.wait(QUIET)
            looks = listener.calls + len(waits)
            limits = [wait for wait in waits if isinstance(wait, int | float)]
            waker.sendall(b"!")
            got = described(call.result)
        sent = Literally("nothing, for a long time; then a byte on `wake`")
        usually = beliefs.NOBODY_FOR_LONG
        what = "It returned although nothing had happened."
        holds(what, not is_early, sent=sent, got=got, usually=usually)
        asked = min(limits, default=math.inf)
        what = "Nothing happens, but the thread wakes up repeatedly. Its select() has a timeout of:"
        usually = beliefs.LOOKING_IS_WAITING
        holds(what, asked >= LONG, sent=sent, got=Literally(f"{asked} s"), usually=usually)
        holds(
            "It did not sleep.",
            (looks <= FEW and spent[0] < QUIET / 6) or limit == HURRY,
            sent=sent,
            got=Literally(
                f"{looks} calls of select() and accept(), {1000 * spent[0]:.0f} ms of computing"
            ),
            usually=beliefs.LOOKING_IS_WAITING,
        )


@promise(
    task=4,
    usually=beliefs.READY_IS_A_PROMISE,
    signs={"hang": beliefs.READY_IS_A_PROMISE},
    hints=(
        "In this check, a client leaves between select() and accept(). What does accept_now() return?",
        "None from accept_now() means: wait again. It is not yet the answer to your caller.",
        "Put select() into a loop. Return if `wake` is ready, or if accept_now() returned a socket.",
    ),
)
def test_client_may_leave_meanwhile(chapter: Attempt) -> None:
    """If the client leaves before it is accepted, the wait goes on, for both sockets."""
    case = "a client leaves after select(); then "
    for then in ("another client", "a byte on `wake`"):
        with (
            listening() as plain,
            Leaving.of(plain) as listener,
            connected() as (waker, wake),
            socket.create_connection(listener.getsockname()),
            running(chapter.accept_next, listener, wake) as call,
            socket.socket() as client,
        ):
            listener.left.wait()
            if then == "another client":
                client.connect(listener.getsockname())
            else:
                waker.sendall(b"!")
            conn = described(call.result)
            sent = Literally(case + then)
            if then == "another client":
                usually = beliefs.READY_IS_A_PROMISE
                what = "The check let the first client leave. accept_next() returned no socket."
                is_socket = isinstance(conn, socket.socket)
                holds(what, is_socket, sent=sent, got=conn, usually=usually)
                assert isinstance(conn, socket.socket)
                with conn:
                    remote = client.getsockname()
                    same("Its remote end:", sent=sent, expected=remote, got=conn.getpeername())
            else:
                same("accept_next() returned:", sent=sent, expected=None, got=conn)


@promise(
    task=4,
    usually=beliefs.RETRY_ALWAYS_HELPS,
    signs={"hang": beliefs.RETRY_ALWAYS_HELPS, "spin": beliefs.RETRY_ALWAYS_HELPS},
    hints=(
        "accept_now() raises an OSError. Who has to know about it?",
        "Do not catch it in accept_next().",
        "Call accept_now(listener) without a try.",
    ),
)
def test_error_of_accept_now_reaches_the_caller(chapter: Attempt) -> None:
    """An OSError of accept_now() reaches the caller."""
    with (
        listening() as plain,
        Failing.of(plain) as listener,
        connected() as (_waker, wake),
        socket.create_connection(listener.getsockname()),
        refusal("accept() raised EMFILE.", OSError),
    ):
        listener.errors += [errno.EMFILE] * 1000
        chapter.accept_next(listener, wake)


@promise(
    task=5,
    usually=beliefs.ONE_ACCEPT,
    signs={
        "silence": beliefs.ONE_ACCEPT,
        "hang": beliefs.START_SERVES,
        ValueError: beliefs.LISTENER_DONE,
        OSError: beliefs.LISTENER_DONE,
    },
    leaves_open=True,
    hints=(
        "How often does your thread accept a client?",
        "A loop: accept_next(), serve_client(), and again, until accept_next() returns None.",
        "while (conn := accept_next(…)) is not None: serve_client(conn, …)",
    ),
    hints_if={
        beliefs.START_SERVES: (
            "start() does not return while a client is served. Who runs your loop?",
            "The loop belongs into a thread of its own. start() makes this thread, and returns.",
            "threading.Thread(target=…, daemon=True).start(), with the method that has your loop.",
        ),
        beliefs.LISTENER_DONE: (
            "The first client was served. Which socket was closed after it?",
            "Close the connection only. The listener waits for the next client.",
            "Nothing in the loop closes the listener: that is for stop().",
        ),
        "ended": (
            "Your thread has ended. Has accept_next() returned None, or does your loop stop by itself?",
            "Python closes a socket when no name refers to it any more. Then the other socket of the "
            "pair is ready: its stream has ended.",
            "Keep both sockets: self._waker, self._wake = socket.socketpair().",
        ),
    },
)
def test_serves_client_after_client(chapter: Attempt) -> None:
    """start() returns at once. Then each client is served, on its own connection."""
    acceptor = chapter.Acceptor(echo_back)
    with noting(threading.Thread, "start") as calls:
        acceptor.start()
    if threads := [thread for (thread,) in calls]:
        threads[0].join(AT_ONCE)
        what = "Nobody has connected, and nobody has called stop(). But the thread has ended."
        alive = any(thread.is_alive() for thread in threads)
        holds(what, alive, usually=None, clue="ended")
    for word in (b"first", b"second", b"third"):
        got = ask(acceptor.address, word)
        usually = beliefs.LISTENER_DONE if isinstance(got, Literally) else beliefs.ONE_ACCEPT
        same("What came back:", sent=word, expected=word, got=got, usually=usually)
    other = chapter.Acceptor(shout_back)
    other.start()
    got = ask(other.address, b"hi")
    what = "A second acceptor, with another handler, sent back:"
    same(what, sent=b"hi", expected=b"HI", got=got, usually=None)
    got = ask(acceptor.address, b"again")
    what = "After that, the first acceptor sent back:"
    same(what, sent=b"again", expected=b"again", got=got, usually=None)
    times = []
    for _ in range(3):  # a busy machine delays one of them, but not all
        acceptor = chapter.Acceptor(echo_back)
        began = time.monotonic()
        acceptor.start()
        times.append(time.monotonic() - began)
    late, usually = Literally(f"after {min(times):.1f} s"), beliefs.START_SERVES
    holds("start() returned late.", min(times) < AT_ONCE, got=late, usually=usually)


@promise(
    task=5,
    usually=beliefs.PROGRAM_WAITS,
    leaves_open=True,
    hints=(
        "Somebody forgets stop(), and the program ends. Does your thread end as well?",
        "Ask for a daemon thread.",
        "threading.Thread(target=…, daemon=True)",
    ),
)
def test_thread_is_a_daemon(chapter: Attempt) -> None:
    """The thread is a daemon: a program that ends does not wait for it."""
    kind, acceptors = chapter.Acceptor, []

    def main() -> None:
        acceptors.append(kind(echo_back))
        acceptors[0].start()

    program = threading.Thread(target=main, daemon=False)  # threads inherit what this one is
    with noting(threading.Thread, "start") as calls:
        program.start()
        program.join()
    started = [thread for (thread,) in calls if thread is not program]
    holds("start() started no thread.", started, usually=None)
    holds("The thread is not a daemon.", all(thread.daemon for thread in started))


@promise(
    task=5,
    usually=beliefs.ONE_THREAD_EACH,
    leaves_open=True,
    hints=(
        "A second client comes while the first is being served. Who serves it, and when?",
        "There is one thread. It calls serve_client(), and waits until that returns.",
        "Call serve_client() in the loop itself, not in another thread.",
    ),
)
def test_one_client_at_a_time(chapter: Attempt) -> None:
    """The next client is served when the one before it has been served to the end."""
    begun = (threading.Event(), threading.Event())
    order = iter(begun)

    def handle(conn: socket.socket, _name: object) -> None:
        next(order).set()
        conn.recv(100)

    acceptor = chapter.Acceptor(handle)
    acceptor.start()
    with socket.create_connection(acceptor.address) as slow:
        begun[0].wait()
        with socket.create_connection(acceptor.address):
            too_soon = begun[1].wait(QUIET)
            holds("Two clients were served at the same time.", not too_soon)
            slow.close()
            begun[1].wait()


@promise(
    task=5,
    usually=beliefs.BACKLOG_IS_CLIENTS,
    signs={"silence": beliefs.BACKLOG_IS_CLIENTS},
    leaves_open=True,
    hints=(
        "This acceptor has a backlog of 1, and twelve clients come one by one. What ends your loop?",
        "The backlog is the kernel's business: do not count clients.",
        "Only one thing ends the loop: accept_next() returned None.",
    ),
)
def test_backlog_does_not_limit_clients(chapter: Attempt) -> None:
    """Far more clients than `backlog` are served in the end, and more than a thousand."""
    acceptor = chapter.Acceptor(echo_back, backlog=1)
    acceptor.start()
    for number in range(12):
        word = b"client %d" % number
        same("What came back:", sent=word, expected=word, got=ask(acceptor.address, word))
    clients, served, over = [socket.socket()] * 1500, [], threading.Event()
    clients[0].close()

    def accept_next(_listener: object, _wake: object) -> socket.socket | None:
        if clients:
            return clients.pop()
        over.set()
        return None

    def serve_client(conn: socket.socket, _handle: object) -> bool:
        served.append(conn)
        return True

    module = sys.modules[chapter.accept_now.__module__]
    with (
        mock.patch.object(module, "accept_next", accept_next),
        mock.patch.object(module, "serve_client", serve_client),
    ):
        chapter.Acceptor(echo_back).start()
        over.wait()
    same(
        "accept_next() returned 1500 clients, then None. Clients served:",
        expected=1500,
        got=len(served),
        usually=None,
    )


@promise(
    task=5,
    usually=beliefs.NOTHING_GOES_WRONG,
    signs={"silence": beliefs.NOTHING_GOES_WRONG},
    leaves_open=True,
    hints=(
        "One client resets its connection. Does your thread still run after that?",
        "serve_client() survives it, and returns False. Is that a reason to end the loop?",
        "In the loop: call serve_client(), and do not look at what it returns.",
    ),
)
def test_rude_client_harms_nobody(chapter: Attempt) -> None:
    """If a client disconnects without warning, the next one is served."""
    acceptor = chapter.Acceptor(echo_back)
    acceptor.start()
    rude = socket.create_connection(acceptor.address)
    rude.sendall(b"hello")
    reset(rude)
    got = ask(acceptor.address, b"hi")
    same("The next client received:", sent=b"hi", expected=b"hi", got=got)


@promise(
    task=5,
    usually=beliefs.RETRY_ALWAYS_HELPS,
    leaves_open=True,
    hints=(
        "accept_next() raises an OSError: too many files are open. What does your loop do then?",
        "Let the error end the loop, and so the thread.",
        "No try around accept_next().",
    ),
)
def test_error_ends_the_thread(chapter: Attempt) -> None:
    """If accept_next() raises OSError, the thread ends, and Python reports the error."""
    errors: list[BaseException | None] = []
    ended = threading.Event()
    tries = []
    acceptor = chapter.Acceptor(echo_back)
    address, real = acceptor.address, socket.socket.accept

    def accept(listener: socket.socket) -> object:
        if listener.getsockname() != address:
            return real(listener)
        tries.append(1)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    def note(args: threading.ExceptHookArgs) -> None:
        errors.append(args.exc_value)
        ended.set()

    with (
        mock.patch.object(threading, "excepthook", note),
        mock.patch.object(socket.socket, "accept", accept),
    ):
        acceptor.start()
        with socket.create_connection(address):
            ended.wait(QUIET * 3)
        names = [f"{type(error).__name__}: {error}" for error in errors]
        holds(
            "The thread did not end with the error.",
            names == [f"OSError: [Errno {errno.EMFILE}] {os.strerror(errno.EMFILE)}"],
            sent=Literally("accept() raises EMFILE, each time"),
            got=Literally(f"{len(tries):,} calls of accept(); reported: {names or 'nothing'}"),
            usually=beliefs.RETRY_ALWAYS_HELPS if len(tries) > 1 else None,
        )


@promise(
    task=6,
    usually=beliefs.LISTENER_IS_ENOUGH,
    signs={
        "hang": beliefs.LISTENER_IS_ENOUGH,
        "leak": beliefs.OPENED_IS_MINE,
        ValueError: beliefs.CLOSE_COMES_FIRST,
        OSError: beliefs.CLOSE_COMES_FIRST,
    },
    hints=(
        "The thread waits for a client or for a byte. Which of the two can you send it?",
        "Send a byte first, then join the thread, then close every socket.",
        "Send b'!' through your pair of sockets, join your thread, then close the listener and both "
        "ends of the pair.",
    ),
    hints_if={
        beliefs.CLOSE_COMES_FIRST: hints.CLOSE_AFTER_THE_THREAD,
        "leak": (
            "stop() has returned. Which of the sockets that you have opened is still open?",
            "There are three: the listener, and both ends of the pair that wakes the thread.",
            "When your thread has been joined, close all three.",
        ),
    },
)
def test_stops_while_it_waits(chapter: Attempt) -> None:
    """stop() works while the thread waits for a client. After that, nobody can connect."""
    acceptor, other = chapter.Acceptor(echo_back), chapter.Acceptor(echo_back)
    address = acceptor.address
    with waits_noted() as has_waited:
        acceptor.start()
        same("What came back:", sent=b"hi", expected=b"hi", got=ask(address, b"hi"))
        has_waited(2)  # before this client, and again after it
        other.start()
        has_waited(3)
    acceptor.stop()
    with refusal("A client connected after stop().", ConnectionError):
        socket.create_connection(address).close()
    what = "A second acceptor, which was not stopped, sent back:"
    with waits_noted() as has_waited:
        same(what, sent=b"hi", expected=b"hi", got=ask(other.address, b"hi"), usually=None)
        has_waited(1)
    other.stop()


@promise(
    task=6,
    usually=beliefs.CLOSES_CLIENTS,
    signs={
        ValueError: beliefs.CLOSE_COMES_FIRST,
        OSError: beliefs.CLOSES_CLIENTS,
        "leak": beliefs.OPENED_IS_MINE,
    },
    hints=(
        "stop() is called while a client is being served. What does this client see?",
        "Wait for the thread to end before you close anything.",
        "Call join() before close().",
    ),
    hints_if={beliefs.CLOSE_COMES_FIRST: hints.CLOSE_AFTER_THE_THREAD},
)
def test_served_client_is_served_to_the_end(chapter: Attempt) -> None:
    """stop() waits until the client being served has been served. Those in the queue are not."""
    begun, over, served = threading.Event(), threading.Event(), []

    def handle(conn: socket.socket, _name: object) -> None:
        served.append(threading.current_thread())
        begun.set()
        conn.sendall(b"you said: " + conn.recv(100))

    def stop() -> None:
        acceptor.stop()
        over.set()

    acceptor = chapter.Acceptor(handle)
    acceptor.start()
    with (
        socket.create_connection(acceptor.address) as client,
        socket.create_connection(acceptor.address) as queued,
        socket.create_connection(acceptor.address) as silent,
    ):
        queued.sendall(b"me, too")
        begun.wait()
        with impatience(HURRY), running(stop):
            too_soon = over.wait(QUIET)
            client.sendall(b"wait")
            answer = described(lambda: receive_all(client))
            same("The client received:", sent=b"wait", expected=b"you said: wait", got=answer)
        if too_soon:
            served[0].join(1)  # an error in this thread says more
        what = "stop() returned while a client was being served."
        holds(what, not too_soon, usually=beliefs.OPENED_IS_MINE)
        for client in (queued, silent):
            got = described(lambda client=client: receive_all(client))  # type: ignore[misc]
            holds("A client in the queue was served as well.", len(served) == 1, got=got)
            if sys.platform == "linux":
                what = "A client was in the queue when stop() closed the listener. The client received:"
                is_reset = str(got).startswith("ConnectionResetError")
                holds(what, is_reset, expected=Literally("a reset"), got=got, usually=None)


@promise(
    task=6,
    usually=beliefs.STOP_ONCE,
    signs={"leak": beliefs.OPENED_IS_MINE, Exception: beliefs.STOP_ONCE},
    hints=(
        "What is there to wake, to join and to close the second time?",
        "A thread that never started cannot be joined, and a closed socket cannot send.",
        "In __init__, set the attribute for your thread to None. In stop(): wake, join and close the "
        "pair only if it is not None, and then set it to None again.",
    ),
    hints_if={
        beliefs.NOTHING_TO_STOP: (
            "start() was never called. What has __init__() opened?",
            "The listener is open, so clients can still connect. Does stop() close it in this case?",
            "Close the listener at the end of stop(), outside every `if`, and without an early return.",
        ),
    },
)
def test_stops_twice_and_unstarted(chapter: Attempt) -> None:
    """stop() may be called twice, and without start(). Nothing is left open."""
    acceptor = chapter.Acceptor(echo_back)
    with waits_noted() as has_waited:
        acceptor.start()
        has_waited(1)
    acceptor.stop()
    same("The second stop() returned:", expected=None, got=described(acceptor.stop))
    failed = chapter.Acceptor(echo_back)
    with _accept_fails(failed.address) as ended:
        failed.start()
        with socket.create_connection(failed.address):
            ended.wait(QUIET * 3)
        with suppress(OSError):  # the thread has ended, so there may be nobody to wake
            failed.stop()
    unstarted = chapter.Acceptor(echo_back)
    address = unstarted.address
    same("stop() without start() returned:", expected=None, got=described(unstarted.stop))
    what = "start() was never called, stop() was. After that, a client connected."
    with refusal(what, ConnectionError, usually=beliefs.NOTHING_TO_STOP):
        socket.create_connection(address).close()


@contextmanager
def _accept_fails(address: tuple[str, int]) -> Iterator[threading.Event]:
    """Let this listener's accept() raise EMFILE. Gives an event: a thread has ended with an error."""
    simulates("too many open files: accept() fails with EMFILE")
    ended, real = threading.Event(), socket.socket.accept

    def end(_error: object) -> None:
        ended.set()

    def accept(listener: socket.socket) -> object:
        if listener.getsockname() != address:
            return real(listener)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with (
        mock.patch.object(threading, "excepthook", end),
        mock.patch.object(socket.socket, "accept", accept),
    ):
        yield ended


LOST = ("EAGAIN", "ECONNABORTED", "EPROTO", "EHOSTUNREACH", "ENETDOWN")
FATAL = ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS")


class Failing(socket.socket):
    """A listener whose accept() raises the errors with these numbers first."""

    errors: list[int]
    calls = 0

    @classmethod
    def of(cls, listener: socket.socket) -> Self:
        """Turn a listener into one of this kind. `listener` itself is detached."""
        made = cls(fileno=listener.detach())
        made.errors = []
        return made

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept, or raise the next error."""
        self.calls += 1
        if self.errors:
            number = self.errors.pop(0)
            raise OSError(number, os.strerror(number))
        return super().accept()


class Timed(socket.socket):
    """A listener that notes which timeout it has when accept() is called."""

    timeouts: list[float | None]

    @classmethod
    def of(cls, listener: socket.socket) -> Self:
        """Turn a listener into one of this kind. `listener` itself is detached."""
        made = cls(fileno=listener.detach())
        made.timeouts = []
        return made

    def accept(self) -> tuple[socket.socket, Any]:
        """Note the timeout, and accept."""
        self.timeouts.append(self.gettimeout())
        return super().accept()


class Leaving(Failing):
    """A listener whose first client leaves the queue at the moment when it is to be accepted."""

    left: threading.Event

    @classmethod
    def of(cls, listener: socket.socket) -> Self:
        """Turn a listener into one of this kind. `listener` itself is detached."""
        made = super().of(listener)
        made.left = threading.Event()
        return made

    def accept(self) -> tuple[socket.socket, Any]:
        """Let the first client leave; then accept."""
        if self.left.is_set():
            return super().accept()
        super().accept()[0].close()
        try:
            return super().accept()
        finally:
            self.left.set()


class Asked(frozenset[int]):
    """A set of numbers that notes what is looked for in it."""

    observes = True  # a replay does not mention it
    sought: list[object]

    def __contains__(self, value: object) -> bool:
        self.sought.append(value)
        return super().__contains__(value)


def requires_none(chapter: Attempt, listener: socket.socket, sent: object) -> None:
    """Require that accept_now() returns None."""
    module = sys.modules[chapter.accept_now.__module__]
    numbers = Asked(getattr(module, "NO_CLIENT", ()))
    numbers.sought = []
    with mock.patch.object(module, "NO_CLIENT", numbers, create=True):
        got = accepted(chapter, listener)
    clue = "" if all(isinstance(value, int) for value in numbers.sought) else "number"
    options: dict[str, Any] = {"usually": None, "clue": clue} if clue else {}
    same("accept_now() returned:", sent=sent, expected=None, got=got, **options)


def accepted(chapter: Attempt, listener: socket.socket) -> object:
    """Return what accept_now() returns, or the error as text."""
    return described(lambda: chapter.accept_now(listener))


@contextmanager
def impatience(limit: float) -> Iterator[list[object]]:
    """End every select(), join() and sleep() after `limit`, as if their time were up.

    Gives a list that gets longer with each call of select().
    """
    waits: list[object] = []

    def hurried(original: Callable[..., Any]) -> Callable[..., Any]:
        def wait(*arguments: Any, timeout: float | None = None) -> Any:
            if original.__name__ == "select":
                waits.append(timeout if timeout is not None else arguments[-1])
            *others, last = (*arguments, timeout) if timeout is not None else arguments
            return original(*others, min(last, limit) if isinstance(last, int | float) else last)

        return wait

    with ExitStack() as stack:
        kinds = {kind for kind in vars(selectors).values() if isinstance(kind, type)}
        for place in (select, *(kind for kind in kinds if "select" in vars(kind))):
            instead = hurried(vars(place)["select"])
            stack.enter_context(mock.patch.object(place, "select", instead))
        stack.enter_context(mock.patch.object(time, "sleep", hurried(time.sleep)))
        join = hurried(threading.Thread.join)
        stack.enter_context(mock.patch.object(threading.Thread, "join", join))
        yield waits


@contextmanager
def waits_noted() -> Iterator[Callable[[int], None]]:
    """Give a function that returns when select() has been called so often, or soon in any case."""
    kinds = {kind for kind in vars(selectors).values() if isinstance(kind, type)}
    with ExitStack() as stack:
        places: list[Any] = [select, *(kind for kind in kinds if "select" in vars(kind))]
        calls = [stack.enter_context(noting(place, "select")) for place in places]

        def have_been(count: int) -> None:
            end = time.monotonic() + AT_ONCE
            while sum(map(len, calls)) < count and time.monotonic() < end:
                time.sleep(0.001)

        yield have_been


@contextmanager
def patience(chapter: Attempt, seconds: float) -> Iterator[None]:
    """Let CLIENT_TIMEOUT be another number."""
    module = sys.modules[chapter.accept_now.__module__]
    with mock.patch.object(module, "CLIENT_TIMEOUT", seconds):
        yield


def echo_back(conn: socket.socket, _name: object) -> None:
    """Handle a client: send everything back."""
    while piece := conn.recv(65536):
        conn.sendall(piece)


def shout_back(conn: socket.socket, _name: object) -> None:
    """Handle a client: send everything back in capitals."""
    while piece := conn.recv(65536):
        conn.sendall(piece.upper())


def ask(address: tuple[str, int], message: bytes) -> object:
    """Return what a server answers, or the error as text."""

    def conversation() -> bytes:
        with socket.create_connection(address) as client:
            client.sendall(message)
            client.shutdown(socket.SHUT_WR)
            return receive_all(client)

    return described(conversation)


TASKS = {
    1: "Acceptor.__init__, Acceptor.address",
    2: "accept_now",
    3: "serve_client",
    4: "accept_next",
    5: "Acceptor.start",
    6: "Acceptor.stop",
}
