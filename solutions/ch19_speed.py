"""Chapter 19. Where does the time go?

Measure first. Then make the ordinary request cheap, and nothing less strict. A *fast path* takes what
it can prove to be ordinary. Everything else goes to the code of the earlier chapters, which stays as it
is.

What calls what, with your tasks in capitals:

    load (given)            PACED; then SUMMARISE, which calls PERCENTILE
    profile (given)         TALLY
    FastSession (given)     answer_ordinary ─┬─► fast_request ─► LINES_OF, values_of
                                             ├─► the handler
                                             └─► fast_reply ─► REMEMBERED
    FastWsgiSession (given) the same for a WSGI application, one request at a time
    FastParser (given)      fast_request

The functions show_stall(), show_costs() and show_gain() are for the lesson.

Run it by hand:  python3 -m solutions.ch19_speed --port 8000
"""

from __future__ import annotations

import logging
import math
import os
import re
import signal
import socket
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from operator import itemgetter
from string import Template
from typing import Any, NamedTuple, NoReturn, Protocol

from course.by_hand import announce, by_hand

from .ch04_closing import open_listener
from .ch07_event_loop import READ, EventLoop
from .ch08_back_pressure import HIGH_WATER, Connection, serve_on
from .ch09_request import FIELD_NAMES, MAX_FIELDS, Headers, Request, RequestParser
from .ch11_response import (
    OURS,
    REASONS,
    TEXT,
    Handler,
    Outgoing,
    Response,
    field_line,
    http_date,
    serialize,
)
from .ch12_connection import (
    KEEP_ALIVE_TIMEOUT,
    HttpConnection,
    HttpSession,
    State,
    Sweep,
    answer,
    in_chunks,
    in_pieces,
    outgoing,
    replies,
)
from .ch13_routing import CONVERTERS, METHODS, Route, Router
from .grammar import FIELD_VALUE, TARGET, is_host

MAX_ORDINARY = 4096  # octets of a head that the fast path looks at
MAX_REMEMBERED = 1000  # keys
MAX_LENGTH = 256  # octets of a value that is remembered
END = b"\r\n\r\n"


# Measure from the moment at which it was due


class Clock(Protocol):
    """Tells the time, and sleeps. The module `time` is a Clock; a check brings a clock of its own."""

    def monotonic(self) -> float:
        """Return the seconds since some fixed moment."""

    def sleep(self, seconds: float, /) -> None:
        """Return after so many seconds."""


class Sample(NamedTuple):
    """The three moments of one request, in seconds: due, sent and answered."""

    due: float
    sent: float
    answered: float
    failed: bool = False

    @property
    def latency(self) -> float:
        """How long the client waited, from the moment at which the request was due."""
        return self.answered - self.due

    @property
    def service_time(self) -> float:
        """How long the answer took, once the request had been sent."""
        return self.answered - self.sent


def paced(ask: Callable[[], object], rate: float, count: int, clock: Clock = time) -> list[Sample]:
    """Call `ask()` `count` times, `rate` times a second, and return a Sample for each call.

    Call number n, counted from 0, is due at start + n / rate, even if the calls before it were late.

        not due yet                -> clock.sleep() until it is
        due, or late               -> ask at once
        ask() raises OSError       -> its sample has failed=True; go on
        ask() raises another error -> it passes through

    `sent` and `answered` are clock.monotonic() directly before ask(), and directly after it has
    returned or failed.
    """
    # TASK 1. When is number n due? Is that moment still to come?
    start = clock.monotonic()
    samples = []
    for number in range(count):
        due = start + number / rate
        if (early := due - clock.monotonic()) > 0:
            clock.sleep(early)
        sent, failed = clock.monotonic(), False
        try:
            ask()
        except OSError:
            failed = True
        samples.append(Sample(due, sent, clock.monotonic(), failed))
    return samples


def percentile(values: Iterable[float], percent: int) -> float:
    """Return the smallest value such that at least `percent` % of all values are no larger.

    `percent` is a whole number from 1 to 100. There is at least one value, in any order.

        percentile([30, 10, 20, 40], 50)   -> 20    10 and 20 are half of the values
        percentile([30, 10, 20, 40], 51)   -> 30
        percentile(range(1, 101), 7)       -> 7     but in Python, 100 * (7 / 100) is more than 7
        percentile([7], 1)                 -> 7

    `values` is not changed.
    """
    # TASK 2. Sort, and count from the smallest. When do you have enough?
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


class Summary(NamedTuple):
    """What a measurement found: how many requests, how many failed, and latencies in seconds."""

    requests: int
    failures: int
    median: float
    p99: float
    longest: float

    def __str__(self) -> str:
        median, p99, longest = (f"{1000 * seconds:,.1f}" for seconds in self[2:])
        return (
            f"{self.requests} requests, {self.failures} failed: "
            f"median {median}, p99 {p99}, longest {longest} ms"
        )


def summarise(groups: Iterable[Iterable[Sample]]) -> Summary:
    """Return one Summary of all samples, from all groups together.

    A group is what one client has measured. Any group may be empty, or a generator; together, they have
    at least one sample. The three times are percentiles of `latency`: 50, 99 and 100 %. A failed
    request counts like any other, because somebody waited for it.

        99 samples of 1 s, and in another group one of 5 s   -> p99 is 1, longest is 5
    """
    # TASK 2. A percentile needs all samples in one list.
    samples = [sample for group in groups for sample in group]
    latencies = [sample.latency for sample in samples]
    failures = sum(sample.failed for sample in samples)
    return Summary(len(samples), failures, *(percentile(latencies, p) for p in (50, 99, 100)))


class Asker:
    """Asks a server for the same thing again and again, on one connection."""

    def __init__(self, address: tuple[str, int], request: bytes, timeout: float = 10.0) -> None:
        self.request = request
        self.conn = socket.create_connection(address, timeout)

    def ask(self) -> bytes:
        """Send the request, and return the response. Its head has to have a Content-Length.

        Raises OSError if the connection ends before the end of the response.
        """
        self.conn.sendall(self.request)
        came = b""
        while (end := came.find(END)) < 0:
            came += self.receive()
        length = int(came[:end].lower().partition(b"\r\ncontent-length:")[2].split(b"\r\n")[0])
        while len(came) < end + len(END) + length:
            came += self.receive()
        return came

    def receive(self) -> bytes:
        """Return the next bytes."""
        if piece := self.conn.recv(65536):
            return piece
        raise ConnectionError("the server has finished")

    def close(self) -> None:
        """Close the connection."""
        self.conn.close()


def load(
    address: tuple[str, int], request: bytes, rate: float, seconds: float, clients: int = 4
) -> list[list[Sample]]:
    """Ask a server at a fixed rate, and return what each client has measured.

    Each client has a thread and a connection, and its share of the rate.
    """
    found: list[list[Sample]] = [[] for _ in range(clients)]

    def measure(group: list[Sample]) -> None:
        with closing(Asker(address, request)) as client:
            group += paced(client.ask, rate / clients, round(rate * seconds / clients))

    threads = [threading.Thread(target=measure, args=(group,)) for group in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


# Find out where the time goes

Stack = tuple[str, ...]  # names of functions, each called by the one before it


def profile(
    call: Callable[[], object], waiting: bool = False, interval: float = 0.001
) -> list[Stack]:
    """Call `call()`, and look again and again at what it is doing. Return the stacks that were seen.

    The kernel interrupts the program after each `interval` of CPU time, or of real time if `waiting`
    is true (setitimer(2)). It works in the main thread of a program, on Linux and macOS.
    """
    stacks: list[Stack] = []

    def look(_signal: int, frame: Any) -> None:
        stack: list[str] = []
        while frame is not None and frame.f_code is not profile.__code__:
            stack.insert(0, frame.f_code.co_qualname)
            frame = frame.f_back
        if stack:
            stacks.append(tuple(stack))

    timer, sign = (
        (signal.ITIMER_REAL, signal.SIGALRM) if waiting else (signal.ITIMER_PROF, signal.SIGPROF)
    )
    before = signal.signal(sign, look)
    signal.setitimer(timer, interval, interval)
    try:
        call()
    finally:
        signal.setitimer(timer, 0)
        signal.signal(sign, before)
    return stacks


class Cost(NamedTuple):
    """In how many stacks a function was the last one, and in how many it was at all."""

    name: str
    own: int
    total: int


def tally(stacks: Iterable[Stack]) -> list[Cost]:
    """Return a Cost for each function, the largest `own` first. Equal ones are in order of name.

    A stack names the functions that were running, each called by the one before it.

        own    the number of stacks in which it is the last
        total  the number of stacks that it is in; a stack that has it several times counts once

        tally([("serve", "parse"), ("serve", "parse", "parse"), ("serve", "log")])
            -> [Cost("parse", 2, 2), Cost("log", 1, 1), Cost("serve", 0, 3)]

    An empty stack, (), counts for no function.
    """
    # TASK 3. Two counters: one for the last name of a stack, one for the different names in it.
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack in stacks:
        own.update(stack[-1:])
        total.update(set(stack))
    costs = [Cost(name, own[name], total[name]) for name in total]
    return sorted(costs, key=lambda cost: (-cost.own, cost.name))


class Ratio(NamedTuple):
    """How many times faster: the lowest, the middle and the highest of several rounds."""

    lowest: float
    median: float
    highest: float

    def __str__(self) -> str:
        return f"{self.median:.1f} times faster ({self.lowest:.1f} to {self.highest:.1f})"


def compare(before: Callable[[], object], after: Callable[[], object], rounds: int = 9) -> Ratio:
    """Measure two functions in turn, in CPU time, and return how many times faster `after` is.

    In turn: what else the machine does slows both down.
    """

    def cost(call: Callable[[], object]) -> float:
        start = time.thread_time()
        for _ in range(repeat):
            call()
        return time.thread_time() - start

    repeat = 1
    while cost(before) < 0.005:
        repeat *= 2
    ratios = sorted(cost(before) / max(cost(after), 1e-9) for _ in range(rounds))
    return Ratio(ratios[0], statistics.median(ratios), ratios[-1])


# Do it once


class Remembered(dict[Any, Any]):
    """A dictionary that makes its values, and remembers them: `values[key]` is `make(key)`.

    A client cannot make it grow without limit: it has at most `most` keys, and remembers no value whose
    len() is more than `longest`.
    """

    def __init__(
        self,
        make: Callable[[Any], Any],
        most: int = MAX_REMEMBERED,
        longest: int = MAX_LENGTH,
    ) -> None:
        super().__init__()
        self.make = make
        self.most = most
        self.longest = longest

    def __missing__(self, key: Any) -> Any:
        """Return `self.make(key)`. Python calls this for `values[key]` if the key is not there.

        len(value) <= `longest`   -> return and remember it; first clear(), if there are `most` keys
        len(value) > `longest`    -> return it, and change nothing
        make() raises an error    -> it passes through, and nothing changes
        """
        # TASK 4. Make the value. Is there room for it?
        value = self.make(key)
        if len(value) <= self.longest:
            if len(self) >= self.most:
                self.clear()
            self[key] = value
        return value


def checked_host(text: str) -> str:
    """Return a host, perhaps with a port, as it is. Raises ValueError if it is not one, or is empty."""
    if not is_host(text) or not text.partition(":")[0]:
        raise ValueError(f"this is not a host: {text!r}")
    return text


def field_lines(fields: tuple[tuple[str, str], ...]) -> bytes:
    """Return the lines of a response's fields. Raises ValueError if there may be no such field."""
    for name, _value in fields:
        if name.lower() in OURS:
            raise ValueError(f"only the server writes {name}")
    return b"".join([field_line(name, value) for name, value in fields])


HOSTS = Remembered(checked_host)
FIELD_LINES = Remembered(field_lines)


class DateLine:
    """The line of the field Date, made once a second."""

    def __init__(self) -> None:
        self.second = 0
        self.line = b""

    def now(self) -> bytes:
        """Return the line for now."""
        second = int(time.time())
        if second != self.second:
            self.line = b"Date: %b\r\n" % http_date(second).encode()
            self.second = second
        return self.line


DATE = DateLine()
STATUS_LINES = {
    status: b"HTTP/1.1 %d %b\r\n" % (status, reason.encode())
    for status, reason in REASONS.items()
    if status >= 200 and status not in (204, 205, 304)  # these have no content
}


def fast_reply(response: Response, method: str) -> bytes | None:
    """Return all bytes of an ordinary response to a request that persists; None for any other.

    Its content is bytes, not too many for one write, and its status and its fields are such that
    serialize() would send them.
    """
    if type(response) is not Response:
        return None
    content, status, fields, length, upgrade = response
    if type(content) is not bytes or type(fields) not in (list, tuple) or upgrade is not None:
        return None
    size = len(content)
    if size > HIGH_WATER or (length is not None and length != size):
        return None
    try:
        lines = FIELD_LINES[tuple(fields)]
        head = STATUS_LINES[status]
    except (KeyError, TypeError, ValueError):
        return None
    reply = b"%b%b%bContent-Length: %d\r\n\r\n" % (head, DATE.now(), lines, size)
    return reply if method == "HEAD" else reply + content


# The ordinary request

ORDINARY_METHODS = METHODS - {"CONNECT"}
PATH = re.compile(f"/[{re.escape(TARGET)}]*")  # perhaps with a query


def lines_of(head: bytes) -> list[str] | None:
    r"""Return the lines of a head as text; None for a control character, or a CR or LF that is alone.

        lines_of(b"GET / HTTP/1.1\r\nHost: a")   -> ["GET / HTTP/1.1", "Host: a"]
        lines_of(b"GET / HTTP/1.1\nHost: a")     -> None    a LF alone
        lines_of(b"X: \0")                       -> None    a tab would be good
        lines_of(b"A: caf\xe9")                  -> ["A: caf\xe9"]    latin-1
        lines_of(b"")                            -> [""]

    However many lines there are, make the same number of calls: if you call decode() on each line, that
    is too many. FIELD_VALUE is bytes: the good octets. `head.translate(None, FIELD_VALUE)` is what is
    left of the head without them.
    """
    # TASK 5. Split the head. What may be left of it?
    lines = head.decode("latin-1").split("\r\n")
    if head.translate(None, FIELD_VALUE) != b"\r\n" * (len(lines) - 1):
        return None
    return lines


class OneEach(Headers):
    """Fields of which no name comes twice: a dictionary has them all, and their order."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values  # by name, in lower case

    def get(self, name: str) -> str | None:
        """Return a field's value; None if the field is missing."""
        return self.values.get(name.lower())

    def get_all(self, name: str) -> list[str]:
        """Return the field's value in a list, which is empty if the field is missing."""
        value = self.values.get(name.lower())
        return [] if value is None else [value]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.values.items())

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.values

    def __len__(self) -> int:
        return len(self.values)


def has_one_host(values: dict[str, str]) -> bool:
    """Tell whether there is a field Host, and its value is one host, which is not empty."""
    try:
        return bool(HOSTS[values["host"]])
    except (KeyError, ValueError):
        return False


def values_of(lines: list[str]) -> dict[str, str] | None:
    r"""Return the values of field lines by name; None if a line is not a field, or a name comes twice.

        ["Host: a:80", "X-Empty:"]   -> {"host": "a:80", "x-empty": ""}
        ["Host:  a\t "]              -> {"host": "a"}    without spaces and tabs around it
        ["Host: a", "HOST: a"]       -> None
        ["Host"]                     -> None    no colon
        ["Ho st: a"], [" X: a"]      -> None    FIELD_NAMES["Ho st"] is ""

    FIELD_NAMES[name] is the name in lower case, or "" if it is not a token. A name that comes twice
    leaves fewer values than lines. The order of the lines is kept. Nothing is raised.
    """
    values: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            return None
        values[FIELD_NAMES[name]] = value.strip(" \t")
    return values if "" not in values and len(values) == len(lines) else None


def fast_request(head: bytes) -> Request | None:
    """Return the request of an ordinary head, given without the CR LF CR LF at its end.

    None means that something about it is not ordinary: then the chapter *request* decides.
    """
    lines = lines_of(head)
    if lines is None or len(lines) > MAX_FIELDS + 1:
        return None
    parts = lines[0].split(" ")
    if len(parts) != 3 or parts[0] not in ORDINARY_METHODS or parts[2] != "HTTP/1.1":
        return None
    values = values_of(lines[1:])
    if values is None or not PATH.fullmatch(parts[1]) or not has_one_host(values):
        return None
    return Request(parts[0], parts[1], (1, 1), OneEach(values))


class FastParser(RequestParser):
    """Takes ordinary heads itself, and leaves all others to the parser of the chapter *request*."""

    def parse(self, buffer: bytearray) -> Request | None:
        """Take a head from the front of the buffer and return its request; None if it is incomplete."""
        end = buffer.find(END, 0, MAX_ORDINARY)
        request = fast_request(bytes(buffer[:end])) if end > 0 else None
        if request is None:
            return super().parse(buffer)
        del buffer[: end + len(END)]
        self._searched, self._may_skip = 0, True  # the next head begins afresh
        return request


def is_alone(headers: Headers) -> bool:
    """Tell whether these are fields of the fast path, without content or a wish for the connection."""
    if type(headers) is not OneEach:
        return False
    values = headers.values
    if "content-length" in values or "transfer-encoding" in values or "expect" in values:
        return False
    return "connection" not in values or values["connection"].lower() == "keep-alive"


class Ready(Outgoing):
    """A response of which all bytes are there."""

    def __init__(self, reply: bytes) -> None:
        super().__init__(reply, (), b"")


class FastHttp(HttpConnection):
    """The machine of the chapter *connection*, with the fast parser and the fast reply."""

    __slots__ = ()

    def take_head(self) -> None:
        """Take the head of the next request off the front of `buffer`, if it is complete."""
        if self.buffer and self.parser is None:
            self.parser = FastParser()
        super().take_head()

    def respond(self, response: Response) -> Iterable[bytes]:
        """Return the bytes of a response. Those of an ordinary one are a Ready."""
        request = self.request
        if request and self.state is State.RESPONSE and is_alone(request.headers):
            reply = fast_reply(response, request.method)
            if reply is not None:
                self.request, self.state = None, State.HEAD
                return Ready(reply)
        return super().respond(response)


def once(outcome: Callable[[], Response], handler: Handler) -> Handler:
    """Return a handler that has this outcome for the first request, and asks `handler` afterwards."""
    outcomes = [outcome]

    def handle(request: Request) -> Response:
        return outcomes.pop()() if outcomes else handler(request)

    return handle


def answer_ordinary(data: bytes, handler: Handler) -> tuple[bytes, bytes, Handler]:
    """Answer the ordinary requests at the front of `data`, up to the first that is not ordinary.

    Return the responses, the bytes that are left, and the handler for these. If the response to a
    request is not ordinary, that request is left: its handler is not called again, but what it
    returned, or raised, comes again.
    """
    done: list[bytes] = []
    size, start = 0, 0
    while size <= HIGH_WATER:
        end = data.find(END, start, start + MAX_ORDINARY)
        request = fast_request(data[start:end]) if end > 0 else None
        if request is None or not is_alone(request.headers):
            break
        try:
            response = handler(request)
            reply = fast_reply(response, request.method)
        except Exception as error:
            handler = once(partial(raised, error), handler)
            break
        if reply is None:
            handler = once(partial(returned, response), handler)
            break
        done.append(reply)
        size += len(reply)
        start = end + len(END)
    return b"".join(done), data[start:], handler


def returned(response: Response) -> Response:
    """Return this response."""
    return response


def raised(error: Exception) -> Response:
    """Raise this error."""
    raise error


HELD: dict[EventLoop, list[tuple[FastSession, bytes]]] = {}  # replies of the round that is going on
MAX_HELD = 64  # replies


def hold(session: FastSession, reply: bytes) -> None:
    """Send a reply at the end of this round of the loop, or as soon as MAX_HELD are there.

    A client on this machine that is asleep has to be woken by send(), which costs as much as parsing.
    Of several that follow one another, the first wakes it, and the others find it awake.
    """
    loop = session.conn.loop
    held = HELD.get(loop)
    if held is None:
        held = HELD[loop] = []
        loop.call_later(0, partial(send_held, loop))
    held.append((session, reply))
    if len(held) == MAX_HELD:
        send_held(loop)


def send_held(loop: EventLoop) -> None:
    """Send what has been held."""
    for session, reply in HELD.pop(loop, ()):
        session.send(reply)


class FastSession(HttpSession):
    """Answers ordinary requests in one go, all that have arrived with one write."""

    __slots__ = ()

    def received(self, data: bytes) -> None:
        """Answer the ordinary requests. With the first other one, go on as HttpSession does.

        A handler for which answer() does more than call it is left to answer().
        """
        handler, done = self.handler, b""
        is_plain = not (hasattr(handler, "answer_on") or hasattr(handler, "is_closing"))
        if self.http is None and is_plain:
            done, data, handler = answer_ordinary(data, handler)
            if not data:
                self.deadline.renew(None)
                hold(self, done)
                return
        if self.http is None:
            self.http = FastHttp(secured=self.secured)
        pieces = outgoing(self.http, handler, data, is_bytes=True)
        self.pieces = in_chunks(after(done, pieces))
        self.go_on()

    def send(self, reply: bytes) -> None:
        """Send what makes the connection idle, once it has been taken."""
        self.conn.write(reply)
        self.waiting = self.conn.waiting
        if self.waiting:
            self.deadline.renew(None, is_sending=True)


class FastWsgiSession(FastSession):
    """Answers the ordinary requests to a WSGI application, each with a write of its own.

    One by one, because an application may send some of a response itself, with write().
    """

    __slots__ = ()

    def received(self, data: bytes) -> None:
        """Answer the ordinary requests. With the first other one, go on as FastSession does."""
        while self.http is None and self.conn.waiting <= HIGH_WATER:
            end = data.find(END, 0, MAX_ORDINARY)
            request = fast_request(data[:end]) if end > 0 else None
            if request is None or not is_alone(request.headers):
                break
            data = data[end + len(END) :]
            http = FastHttp(secured=self.secured)
            http.request, http.state = request, State.RESPONSE
            reply = answer(http, self.handler, request)
            if not isinstance(reply, Ready):
                self.go_on_with(reply, http, data)
                return
            self.deadline.renew(None)
            self.send(reply.first)
        if data:
            super().received(data)

    def go_on_with(self, reply: Iterable[bytes], http: FastHttp, data: bytes) -> None:
        """Send a response piece by piece, then what goes back for the bytes that follow."""
        http.buffer += data
        answers = chain([reply], replies(http, self.handler, b""))
        self.http = http
        self.pieces = in_chunks(in_pieces(answers, http, self.handler, is_bytes=True))
        self.go_on()


def after(done: bytes, pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Yield what is done already, then the pieces. If this is closed, the pieces are closed."""
    if done:
        yield done
    yield from pieces


def no_texts(_segments: Sequence[str]) -> str:
    """Return the texts of a shape that has none: the same for every path."""
    return ""


KINDS = ("text", *CONVERTERS)  # of a pattern's pieces, the most specific first


class Shape:
    """The routes that have texts, and parameters of the same kinds, at the same places.

    `order` says which shape comes first: at the first place where two differ, a text comes before
    `int`, then `str`, then `path`. search() of the chapter *routing* tries them in this order.
    """

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self.order = [KINDS.index(kind) for kind in kinds]
        texts = [at for at, kind in enumerate(kinds) if kind == "text"]
        self.texts: Callable[[Sequence[str]], Any] = itemgetter(*texts) if texts else no_texts
        self.takes = [
            (at, CONVERTERS[kind].takes) for at, kind in enumerate(kinds) if kind != "text"
        ]
        self.routes: dict[tuple[str, Any], Route] = {}  # by the method, and by the texts


class FastRouter(Router):
    """Finds a path without parameters in one step, and any other in one step for each shape."""

    def __init__(self) -> None:
        super().__init__()
        # Routes without parameters, by method and path.
        self.whole: dict[tuple[str, str], Route] = {}
        self.shapes: dict[tuple[str, ...], Shape] = {}
        self.longest = 0  # segments of a pattern
        # The shapes that take a path of so many segments.
        self.of_length: dict[int, list[Shape]] = {}

    def record(self, route: Route) -> None:
        """Note a route, also in the two dictionaries. add() calls this."""
        super().record(route)
        pieces = route.pieces
        kinds = tuple("text" if isinstance(piece, str) else piece.converter for piece in pieces)
        if set(kinds) == {"text"}:
            self.whole[route.method, route.pattern] = route
        if kinds not in self.shapes:
            self.shapes[kinds] = Shape(kinds)
            self.longest = max(self.longest, len(kinds))
            self.of_length.clear()
        shape = self.shapes[kinds]
        shape.routes[route.method, shape.texts(pieces)] = route  # type: ignore[arg-type]

    def find(self, method: str, segments: Sequence[str]) -> tuple[Route, dict[str, Any]] | None:
        """Return the most specific route for a method and a path, and its values by name, or None."""
        length = len(segments)
        if length > self.longest:
            length = self.longest + 1  # any longer path is taken by the same shapes
        if length not in self.of_length:
            self.of_length[length] = self.taking(length)
        for shape in self.of_length[length]:
            texts = shape.texts(segments)
            route = shape.routes.get((method, texts))
            if route is None and method == "HEAD":
                route = shape.routes.get(("GET", texts))
            if route is None:
                continue
            for at, takes in shape.takes:
                if not takes(segments[at]):
                    break
            else:
                return route, route.values_in(segments) if route.parameters else {}
        return None

    def taking(self, length: int) -> list[Shape]:
        """Return the shapes that take a path of so many segments, the most specific first."""
        shapes = [
            shape
            for kinds, shape in self.shapes.items()
            if len(kinds) == length or (kinds[-1] == "path" and len(kinds) < length)
        ]
        return sorted(shapes, key=lambda shape: shape.order)

    def __call__(self, request: Request) -> Response:
        """Answer a request. A target that needs decoding takes the usual way."""
        method, target = request.method, request.target
        if not target.startswith("/") or "%" in target:
            return super().__call__(request)
        path, _, query = target.partition("?")
        route = self.whole.get((method, path))
        if route is not None:
            return route.endpoint(request)
        segments = path[1:].split("/")
        if match := self.find(method, segments):
            return match[0].endpoint(request, **match[1])
        return self.no_route(request, segments, query)


def serve_fast(loop: EventLoop, listener: socket.socket, handler: Handler) -> None:
    """Serve HTTP on an event loop, by the fast path."""
    sweep = Sweep(loop)
    serve_on(loop, listener, lambda conn: FastSession(conn, handler, sweep=sweep))


def serve_fast_wsgi(loop: EventLoop, listener: socket.socket, application: Any) -> None:
    """Serve a WSGI application on an event loop, by the fast path."""
    from .ch16_gateway import wsgi_sessions  # only here: it takes a while to import

    serve_on(loop, listener, wsgi_sessions(application, Sweep(loop), FastWsgiSession))


# What the lesson runs by hand

REQUEST = b"GET /articles HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n"
BROWSER = REQUEST[:-2] + (
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    b"Accept-Language: en-GB,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nDNT: 1\r\n"
    b"Connection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\n"
    b"Sec-Fetch-Mode: navigate\r\n\r\n"
)


def hello(_request: Request) -> Response:
    """Answer every request alike."""
    return Response(b"Hello!\n", 200, [TEXT])


def show_stall() -> None:
    """Ask a server that stands still for a second, and print what two ways of measuring say."""
    start = time.monotonic()
    stalls = [1.0]

    def handler(request: Request) -> Response:
        if stalls and time.monotonic() > start + 1:
            time.sleep(stalls.pop())
        return hello(request)

    with EventLoop() as loop, open_listener() as listener:
        serve_fast(loop, listener, handler)
        thread = threading.Thread(target=loop.run)
        thread.start()
        groups = load(listener.getsockname(), REQUEST, rate=100, seconds=3, clients=1)
        loop.stop()
        thread.join()
    as_sent = [[sample._replace(due=sample.sent) for sample in group] for group in groups]
    print("since sent:", summarise(as_sent))
    print("since due: ", summarise(groups))


def show_costs() -> None:
    """Print where the readable server spends its time: once with all waiting, once CPU time only."""

    def serve_for(seconds: float) -> None:
        client, conn = socket.socketpair()
        with client, EventLoop() as loop:
            Connection(loop, conn, lambda conn: HttpSession(conn, hello))

            def ask() -> None:
                client.sendall(BROWSER * 150)
                loop.call_later(0.005, take)

            def take() -> None:
                client.recv(1 << 20)
                ask()

            loop.call_later(0, ask)
            loop.call_later(seconds, loop.stop)
            loop.run()

    for waiting in (True, False):
        stacks = profile(lambda: serve_for(3), waiting)
        costs = tally(stacks)
        total = {cost.name: cost.total for cost in costs}
        reading, making = total.get("HttpConnection.take_head", 0), total.get("serialize", 0)
        print("with waiting:" if waiting else "CPU time only:", f"{len(stacks)} stacks")
        for name, own, _total in costs[:5]:
            print(f"  {name:32} {own / len(stacks):4.0%}")
        print(f"  reading heads, in all {reading / len(stacks):15.0%}")
        print(f"  making responses, in all {making / len(stacks):12.0%}")


def show_gain() -> None:
    """Print how many times faster the fast path is, part by part."""
    request = RequestParser().parse(bytearray(BROWSER))
    assert request is not None
    response = hello(request)
    for what, before, after in (
        (
            "head to request",
            lambda: RequestParser().parse(bytearray(BROWSER)),
            lambda: fast_request(BROWSER[:-4]),
        ),
        (
            "response to bytes",
            lambda: list(serialize(response, request, True)),
            lambda: fast_reply(response, "GET"),
        ),
        (
            "all, without sockets",
            lambda: list(outgoing(HttpConnection(), hello, BROWSER)),
            lambda: answer_ordinary(BROWSER, hello),
        ),
    ):
        print(f"{what:20}  {compare(before, after)}")


# Several processes


def reuseport_listener(host: str, port: int, backlog: int = 1024) -> socket.socket:
    """Return a listener that shares its address with the listeners of other processes (socket(7)).

    Linux gives each new connection to one of them, by a hash of its 4-tuple. macOS gives most of them
    to one.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Prefork:
    """Runs `work(number, alive)` in several processes, and starts a process again that has ended.

    fork() copies a process with one thread: the one that calls it. So fork before you start a thread
    or take a lock; what another thread has locked stays locked in the copy. On macOS, even libraries
    may have started threads: there, Python itself warns. Windows has no fork().

    `alive` is a socket. When it is ready to be read, this process has ended, or wants the workers to
    end: a worker then has to return.
    """

    def __init__(self, work: Callable[[int, socket.socket], None], workers: int) -> None:
        self.work = work
        self.pids: dict[int, int] = {}  # the number of each worker, by its process
        self.missing = list(range(workers))
        self.started: dict[int, float] = {}  # when each worker was started last, by its number
        self.alive, self.ours = socket.socketpair()

    def start(self) -> None:
        """Start the workers that are missing. One that has ended at once has to wait for a second."""
        for number in self.missing:
            early = self.started.get(number, -1.0) + 1.0 - time.monotonic()
            if early > 0:
                time.sleep(early)
            self.started[number] = time.monotonic()
            # What a signal raises within fork() is dropped by Python. So signals wait until it is over.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
            try:
                if pid := os.fork():
                    self.pids[pid] = number
                else:
                    self.become(number)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.missing = []

    def become(self, number: int) -> NoReturn:
        """Be a worker, and never return to what the parent was doing."""
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
            self.ours.close()  # now only the parent has it: the end of the parent can be seen
            self.work(number, self.alive)
            status = 0
        except BaseException:
            logging.exception("worker %d failed", number)
        finally:
            sys.stdout.flush()
            os._exit(status)

    def run(self) -> None:
        """Start the workers, and start each again that ends, until Ctrl-C or SIGTERM."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            while True:
                self.start()
                pid, status = os.wait()
                number = self.pids.pop(pid)
                logging.warning("worker %d has ended (%s): another starts", number, said(status))
                self.missing.append(number)
        finally:
            self.stop()

    def stop(self) -> None:
        """Let the workers end, and wait for them."""
        self.ours.close()
        for pid in self.pids:
            os.waitpid(pid, 0)
        self.pids.clear()
        self.alive.close()


def said(status: int) -> str:
    """Return how a process has ended, from the status of wait(2)."""
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"status {code}"


def serve_until(alive: socket.socket, listener: socket.socket, handler: Handler) -> None:
    """Serve HTTP by the fast path, until `alive` is ready to be read."""
    with EventLoop() as loop, listener:
        loop.watch(alive, READ, lambda _ready: loop.stop())
        serve_fast(loop, listener, handler)
        loop.run()


def balancer(upstreams: Iterable[tuple[str, int]], port: int) -> str:
    """Return a configuration of nginx that listens on a port, and spreads requests over servers.

    Connections to the servers are kept (`keepalive` needs HTTP/1.1, and no `Connection: close`). They
    are given up before our servers do it, after KEEP_ALIVE_TIMEOUT. If a server breaks off, a request
    that may be repeated goes to the next one: GET may, POST may not (RFC 9110 §9.2.2).
    """
    servers = "\n".join(
        f"        server {host}:{number} max_fails=1 fail_timeout=1s;" for host, number in upstreams
    )
    return NGINX.substitute(servers=servers, port=port, idle=f"{KEEP_ALIVE_TIMEOUT - 1:g}s")


NGINX = Template("""daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    upstream workers {
$servers
        keepalive 32;
        keepalive_timeout $idle;
    }
    server {
        listen 127.0.0.1:$port;
        location / {
            proxy_pass http://workers;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $$host;
            proxy_next_upstream error timeout;
        }
    }
}
""")


def site(number: int) -> Handler:
    """Return a handler that says which worker answers."""

    def hello(_request: Request) -> Response:
        return Response(b"worker %d\n" % number, 200, [TEXT])

    router = FastRouter()
    router.add("GET", "/", hello)
    return router


def serve(host: str, port: int) -> None:
    """Serve with two processes, if this system can, until Ctrl-C. Each response names its worker.

    The listeners are opened before the workers start, and stay open here. So a client that comes while
    a worker is started, or started again, waits in its queue.
    """
    sites = site(0), site(1)
    if not hasattr(os, "fork"):
        with EventLoop() as loop, open_listener(host, port, 1024) as listener:
            serve_fast(loop, listener, sites[0])
            announce(listener.getsockname())
            loop.run()
    with (
        reuseport_listener(host, port) as first,
        reuseport_listener(*first.getsockname()) as second,
    ):
        listeners = first, second

        def work(number: int, alive: socket.socket) -> None:
            serve_until(alive, listeners[number], sites[number])

        announce(first.getsockname())
        Prefork(work, 2).run()


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "The fast server, in two processes."))
