"""The promises of chapter 18: how a server is attacked, and what it does about it."""

import errno
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from time import monotonic
from typing import Any, NamedTuple
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import Given, Literally, broken, described, holds, same
from course.checks.peers import listening, observes, reset, running, simulates
from course.checks.promises import Misconception, promise
from tests import beliefs

SECONDS = 0.12  # that an attack lasts
LONGER = 0.18  # that another one lasts
PATIENCE = 2.0  # seconds for what takes hundredths of one
SOURCE = "127.0.0.1" if sys.platform == "darwin" else "127.0.0.2"  # macOS has only the first
TRIES = (False, False, True)  # whether it is the last: a busy machine may be late twice


@promise(
    task=1,
    usually=beliefs.TIME_GOES_ON,
    hints=(
        "What does the clock say now, and what will it say when the time is over?",
        "self.at minus the time now: that is negative after the deadline.",
        "return max(0.0, self.at - self.clock())",
    ),
    hints_if={
        "twice": (
            "The clock goes on between two lines of yours. How often do you read it?",
            "Once: if you look, and then read the clock again, the moment may come in between.",
            "return max(0.0, self.at - self.clock())",
        ),
    },
)
def test_seconds_left(chapter: Attempt) -> None:
    """Deadline.left counts down to 0.0, and stays there."""
    for seconds, passed, left in (
        (10.0, 0.0, 10.0),
        (10.0, 2.5, 7.5),
        (10.0, 10.0, 0.0),
        (10.0, 12.0, 0.0),
        (0.0, 0.0, 0.0),
        (1.0, 0.25, 0.75),
        (1.0, 1 - 2**-12, 2**-12),
    ):
        clock = Clock()
        deadline = chapter.Deadline(seconds, clock.read)
        clock.now += passed
        got = deadline.left
        what = f"Deadline({seconds}).left, {passed} seconds later:"
        usually = beliefs.TIME_GOES_ON if got == left - 2 else None
        same(what, expected=left, got=got, usually=usually)
    clock = Clock()
    first = chapter.Deadline(10.0, clock.read)
    clock.now += 4
    second = chapter.Deadline(10.0, clock.read)
    clock.now += 1
    got = (first.left, second.left, first.left)
    what = (
        "Two deadlines of 10 seconds, begun 5 seconds and 1 second ago. The first, second, first:"
    )
    same(what, expected=(5.0, 9.0, 5.0), got=got, usually=None)
    for reads in (1, 2):
        times = iter([0.0] + [0.75] * reads)
        deadline = chapter.Deadline(1.0, lambda times=times: next(times, 1.25))
        got = deadline.left
        says = ", ".join(["0.75"] * reads + ["1.25"])
        what = f"Deadline(1.0).left. The clock said 0.0; each time it is read now it says: {says}."
        expected = Literally("0.25 or 0.0: never less than 0.0")
        holds(what, got >= 0, expected=expected, got=got, usually=None, clue="twice")


@promise(
    task=1,
    usually=beliefs.ONE_BOUND,
    hints=(
        "What does the wait take from the account, and what do the octets put back?",
        "The wait takes `seconds`. At 500 octets per second, one octet is worth 1/500 second.",
        "self.left = self.left - seconds, and later self.left + octets / self.rate",
    ),
)
def test_wait_takes_and_octets_put_back(chapter: Attempt) -> None:
    """moved() takes the seconds of the wait from the account; each octet puts 1 / rate back."""
    for rate, grace, moves, left in (
        (500, 20, [(0, 5)], 15),
        (2, 20, [(1, 10)], 10.5),
        (500, 20, [(1000, 5)], 17),
        (500, 20, [(0, 5), (1000, 0)], 17),
        (1000, 20, [(1000, 5)], 16),
        (8, 4, [(1, 3)], 1.125),
        (500, 20, [(0, 2), (0, 3), (250, 4)], 11.5),
        (500, 20, [(0, 0)], 20),
    ):
        floor = chapter.RateFloor(rate, grace)
        for octets, seconds in moves:
            floor.moved(octets, seconds)
        holds(
            f"{named(rate, grace, moves)} The seconds that are left:",
            abs(floor.left - left) < 1e-6,
            expected=left,
            got=floor.left,
            usually=beliefs.ONE_BOUND if floor.left == grace and len(moves) == 1 else None,
        )


@promise(
    task=1,
    usually=beliefs.FAST_IS_CREDIT,
    hints=(
        "A client takes a megabyte at once. How long may it be silent afterwards?",
        "For `grace` seconds, as at the beginning. The account cannot hold more.",
        "self.left = min(self.grace, self.left + octets / self.rate)",
    ),
)
def test_account_is_never_more_than_full(chapter: Attempt) -> None:
    """The account never holds more than `grace`, however many octets have moved."""
    for rate, grace, moves, left in (
        (500, 20, [(1, 0)], 20),
        (500, 20, [(1_000_000, 5)], 20),
        (500, 20, [(1_000_000, 5), (0, 12)], 8),
        (500, 20, [(0, 5), (5000, 0), (0, 1)], 19),
        (10, 2, [(1000, 0.5), (1000, 0.5), (0, 1.5)], 0.5),
    ):
        floor = chapter.RateFloor(rate, grace)
        for octets, seconds in moves:
            floor.moved(octets, seconds)
        holds(
            f"{named(rate, grace, moves)} The seconds that are left:",
            abs(floor.left - left) < 1e-6,
            expected=left,
            got=floor.left,
            usually=beliefs.FAST_IS_CREDIT if floor.left > left else None,
        )


@promise(
    task=1,
    usually=beliefs.LATE_IS_IN_TIME,
    hints=(
        "When do you look whether anything is left: before the octets are counted, or after?",
        "Before. If nothing is left then, `left` becomes 0.0 and TooSlow is raised, whatever came.",
        "self.left = max(0.0, self.left - seconds); then if not self.left: raise TooSlow(…)",
    ),
    hints_if={
        "negative": (
            "What is `left` when the wait was longer than what was left?",
            "0.0: settimeout() is given this number, and refuses one below 0.",
            "self.left = max(0.0, self.left - seconds)",
        ),
        "again": (
            "A client was too slow. The next call comes: what is `left` by then?",
            "Still 0.0, and nothing puts anything back any more.",
            "Raise TooSlow before the octets are added, so that `left` stays 0.0.",
        ),
    },
)
def test_too_slow(chapter: Attempt) -> None:
    """If the wait leaves nothing, TooSlow is raised, from then on at every call; `left` is 0.0."""
    for rate, grace, moves in (
        (500, 20, [(0, 20)]),
        (500, 20, [(0, 25)]),
        (500, 20, [(1_000_000, 25)]),
        (500, 20, [(0, 12), (0, 8)]),
        (500, 20, [(0, 12), (1000, 12)]),
        (500, 20, [(499, 1.5)] * 60),
        (10, 2, [(0, 2.5)]),
    ):
        floor = chapter.RateFloor(rate, grace)
        for octets, seconds in moves[:-1]:
            with suppress(chapter.TooSlow):  # at the latest, the last one raises it
                floor.moved(octets, seconds)
        what = named(rate, grace, moves)
        late = moves[-1][0] > 1000
        usually = beliefs.LATE_IS_IN_TIME if late else None
        needs_too_slow(chapter, floor, moves[-1], what, usually)
        if floor.left < 0:
            what = f"{what} TooSlow was raised. `left` is:"
            broken(
                what,
                expected=0.0,
                got=floor.left,
                usually=None,
                clue="negative",
            )
        same(f"{what} TooSlow was raised. `left`:", expected=0.0, got=floor.left, usually=None)
        what = f"{what} TooSlow was raised. Then moved(5000, 0):"
        needs_too_slow(chapter, floor, (5000, 0), what, beliefs.LATE_IS_IN_TIME, "again")


@promise(
    task=1,
    usually=beliefs.ONE_BOUND,
    hints=(
        "A client is exactly as fast as it has to be. After an hour, how full is its account?",
        "As full as after the first second: each wait takes what the octets put back.",
        "One account for each RateFloor: self.left, which __init__() has made.",
    ),
)
def test_steady_peers(chapter: Attempt) -> None:
    """A peer above the floor is never too slow, one below it soon is; no peer counts for another."""
    steady, dripping = chapter.RateFloor(500, 20), chapter.RateFloor(500, 20)
    for second in range(4000):
        try:
            steady.moved(1000, 1.9)
        except chapter.TooSlow:
            what = (
                f"1000 octets every 1.9 seconds. TooSlow after {second} times, at 500 per second."
            )
            broken(what, expected=Literally("no error"), got=Literally("TooSlow"), usually=None)
    seconds = 0
    for _ in range(21):
        try:
            seconds += 1
            dripping.moved(1, 1)
        except chapter.TooSlow:
            break
    else:
        what = "An octet every second, for 21 seconds, where 500 are expected and the grace is 20."
        expected, got = Literally("TooSlow"), Literally("no error")
        broken(what, expected=expected, got=got, usually=beliefs.ONE_BOUND)
    holds(
        f"An octet every second. TooSlow after {seconds} seconds, but the grace is 20.",
        seconds >= 18,
        usually=None,
    )


@promise(
    task=2,
    usually=beliefs.SILENT_IS_SLOW,
    signs={
        "leak": beliefs.OPENED_IS_MINE,
        "hang": beliefs.NO_TIMEOUT,
        "spin": beliefs.ASKS_AGAIN,
    },
    hints=(
        "Many servers close if nothing comes for a while. How often does something come from you?",
        "The wait for an answer is the pause as well: receive_within(conn, seconds / 20).",
        "while deadline.left: send b'x', then return False if the look is not End.OPEN.",
    ),
    hints_if={
        "complete": (
            "What does the server see at the end of the head?",
            "A head ends with an empty line, and this one must not end.",
            "Send HEAD_BEGINS and then only b'x': no CR LF.",
        ),
        "often": (
            "How long is the pause between two octets, and who says so?",
            "The caller: a twentieth of `seconds`. Then one octet follows.",
            "conn.sendall(b'x') and receive_within(conn, seconds / 20), once in each round",
        ),
        "looks": (
            "You have sent octets. For how long did you send none?",
            "Look at the connection in each round, for seconds / 20. After the loop, do not wait.",
            "return True after the loop: every round has found the connection open.",
        ),
        "begins": (
            "What does a head begin with?",
            "With a request line. HEAD_BEGINS has it, and the beginning of a field.",
            "conn.sendall(HEAD_BEGINS), once, before the loop",
        ),
        "leak": (
            "Who closes the connection when your attack is over?",
            "You do, on every way out.",
            "with socket.create_connection(address) as conn:",
        ),
    },
)
def test_slow_head_finds_weak_servers(chapter: Attempt) -> None:
    """slow_head() is True for a server that waits, and for one that waits while octets come."""
    servers = {
        "waits without end": waits,
        "closes if nothing comes for half of the time": closes_if_silent(SECONDS / 2),
        "closes after four times the time of the attack": closes_after(4 * SECONDS),
    }
    for is_last_try in TRIES:
        with pauses_of(chapter.slow_head) as pauses:
            results, received = attacked(chapter.slow_head, servers)
        if is_last_try or all(results.values()):
            break
    for what, heads in received.items():
        for head in heads:
            sees(chapter, what, head)
    for head in received["waits without end"]:
        times = head.count(b"x")
        what = (
            f"{LONGER} seconds, and a pause of a twentieth of that each time. Octets sent: {times}"
        )
        holds(what, times <= 25, expected=Literally("about 20"), usually=None, clue="often")
    silent = results["waits without end"] is True
    for what, result in results.items():
        drips = any(head.count(b"x") >= 5 for head in received[what])
        usually = None if drips or not silent or "nothing" not in what else beliefs.SILENT_IS_SLOW
        clue = "looks" if drips and silent else ""
        call = f"A server that {what}. slow_head(…, {SECONDS}) returned:"
        same(call, expected=True, got=result, usually=usually, clue=clue)
    longest = max(pauses, default=0.0)
    holds(
        f"{LONGER} and {SECONDS} seconds. The longest wait between two octets:",
        longest <= LONGER / 20 * 1.01,
        expected=Literally(f"a twentieth: {LONGER / 20:.3f} seconds"),
        got=longest,
        usually=None,
        clue="often",
    )


@promise(
    task=2,
    usually=beliefs.AN_ANSWER_IS_A_HIT,
    signs={"leak": beliefs.OPENED_IS_MINE},
    hints=(
        "The server has defended itself. How do you notice, in each of its ways?",
        "receive_within() returns End.OPEN only while nothing happens. Everything else is the end.",
        "if receive_within(conn, seconds / 20) is not End.OPEN: return False",
    ),
    hints_if={
        "late": (
            "The server closed in the second half of the attack. Were you still there?",
            "Send and wait until the deadline, not for a number of rounds.",
            "while deadline.left:",
        ),
        "finished": (
            "The server has sent FIN, and goes on reading. Does it still wait for your head?",
            "receive_within() returns End.FINISHED. Only End.OPEN means that nothing has happened.",
            "if receive_within(conn, seconds / 20) is not End.OPEN: return False",
        ),
    },
)
def test_slow_head_spares_strong_servers(chapter: Attempt) -> None:
    """slow_head() is False for a server that answers, or ends the connection, in time."""
    servers = {
        "closes after half of the time": closes_after(SECONDS / 2),
        "answers 408 after half of the time": answers_after(SECONDS / 2),
        "resets after half of the time": resets_after(SECONDS / 2),
        "answers 503 at once, and closes": refuses,
        "resets at once": resets_after(0),
        "sends FIN after half of the time, and reads on": finishes_after(SECONDS / 2),
    }
    for is_last_try in TRIES:
        results, _received = attacked(chapter.slow_head, servers)
        if is_last_try or not any(results.values()):
            break
    for what, result in results.items():
        is_late = "half" in what and results["closes after half of the time"] is True
        is_fin = "FIN" in what and not is_late
        usually = None if is_late or is_fin else beliefs.AN_ANSWER_IS_A_HIT
        call = f"A server that {what}. slow_head(…, {SECONDS}) returned:"
        clue = "late" if is_late else "finished" if is_fin else ""
        same(call, expected=False, got=result, usually=usually, clue=clue)
    with nobody() as address:
        got = described(lambda: chapter.slow_head(address, SECONDS))
    usually = beliefs.AN_ANSWER_IS_A_HIT
    what = "Nobody listens at this port. slow_head() returned:"
    same(what, expected=False, got=got, usually=usually)


@promise(
    task=3,
    usually=beliefs.FLOOD_IS_A_NUMBER,
    signs={OSError: beliefs.ERRORS_ARE_MINE, "leak": beliefs.OPENED_IS_MINE},
    hints=(
        "This server serves three clients at a time. Who are the three when the honest one asks?",
        "Your connections, if all are open at that moment, and if each has begun a head.",
        "Open all inside `with ExitStack() as opened:`, and ask is_served() inside it, after the loop.",
    ),
    hints_if={
        beliefs.CONNECTED_IS_BUSY: (
            "What has the server received on each of your connections?",
            "If it is nothing, the connection is idle, and makes room for somebody else.",
            "conn.sendall(HEAD_BEGINS)",
        ),
        "value": (
            "What does is_served() say, and what does flood() have to say?",
            "The attack succeeds if nobody else is served.",
            "return not is_served(address, seconds)",
        ),
    },
)
def test_flood_finds_weak_servers(chapter: Attempt) -> None:
    """flood() is True if its connections take all the places, so that nobody else is served."""
    cases = (
        (Places(3), 3, True),
        (Places(3), 6, True),
        (Places(3, drops_silent=True), 3, True),
        (Places(3), 2, False),
        (Places(3), 0, False),
    )
    results = []
    for server, count, expected in cases:
        for is_last_try in TRIES:
            with server.open() as address:
                seconds = SECONDS if server.drops_silent else SECONDS / 2
                got = chapter.flood(address, seconds, count, SOURCE)
            if is_last_try or got is expected:
                break
        results.append(got)
    alone = results[-1]  # nobody else was there
    for (server, count, expected), got in zip(cases, results, strict=True):
        kind = "drops silent clients, and serves" if server.drops_silent else "serves"
        what = f"A server that {kind} 3 clients at a time. flood(…, count={count}) returned:"
        usually = None
        if alone is False and got is False:
            usually = (
                beliefs.CONNECTED_IS_BUSY if server.drops_silent else beliefs.FLOOD_IS_A_NUMBER
            )
        clue = "value" if alone is not False else ""
        same(what, expected=expected, got=got, usually=usually, clue=clue)


@promise(
    task=3,
    usually=beliefs.ERRORS_ARE_MINE,
    signs={OSError: beliefs.ERRORS_ARE_MINE, "leak": beliefs.OPENED_IS_MINE},
    hints=(
        "The server resets some of your connections. What happens to the others?",
        "Nothing: an OSError of one of them is its own matter. Go on with the next.",
        "with suppress(OSError): inside the loop, around one connection",
    ),
    hints_if={
        "limit": (
            "A queue is full, and connect() gets no answer. How long do you wait for one connection?",
            "All of them together have `seconds`, so each has its share.",
            "socket.create_connection(address, seconds / count, (source, 0))",
        ),
        "fewer": (
            "One of your connections failed. How many came after it?",
            "suppress() ends its block. If the loop is inside, that is the end of the loop.",
            "for … in range(count): and inside it, with suppress(OSError):",
        ),
    },
)
def test_flood_goes_on_after_errors(chapter: Attempt) -> None:
    """If the server resets a connection, flood() goes on with the next."""
    module = sys.modules[chapter.flood.__module__]
    made: list[Any] = []
    real = socket.create_connection

    @observes
    def connect(*arguments: Any, **options: Any) -> socket.socket:
        limit = options.get("timeout", arguments[1] if len(arguments) > 1 else None)
        made.append(limit)
        if len(made) == 1:
            raise ConnectionRefusedError("simulated")
        if len(made) == 3:
            raise TimeoutError("simulated")
        if len(made) == 4:
            raise OSError(errno.EMFILE, "simulated")
        return real(*arguments, **options)

    @observes
    def served(_address: object, _seconds: float) -> bool:
        return True

    simulates("a server that refuses connection 1, does not answer 3, and no descriptor for 4")
    with (
        mock.patch.object(module, "is_served", served),
        mock.patch.object(socket, "create_connection", connect),
        Places(9).open() as address,
    ):
        got = described(lambda: chapter.flood(address, SECONDS, 6, SOURCE))
    what = "Connections 1, 3 and 4 of 6 failed. Connections that were tried:"
    fewer = isinstance(got, bool) and len(made) < 6
    same(what, expected=6, got=len(made), clue="fewer" if fewer else "")
    same("Connections 1, 3 and 4 of 6 failed. flood() returned:", expected=False, got=got)
    most = SECONDS / 6
    short = all(isinstance(limit, int | float) and limit <= most * 1.01 for limit in made)
    usually = beliefs.NO_TIMEOUT if made[0] is None else None
    what = f"{SECONDS} seconds, and 6 connections. To connect, each may wait for:"
    shown = Literally(f"at most {most:.2f} seconds")
    holds(what, short, expected=shown, got=made[0], usually=usually, clue="limit")


@promise(
    task=3,
    usually=beliefs.OPENED_IS_MINE,
    signs={OSError: beliefs.ERRORS_ARE_MINE, "leak": beliefs.OPENED_IS_MINE},
    hints=(
        "connect() succeeded, and sendall() raised an error. Who closes this connection?",
        "The ExitStack, if it has the connection before you send.",
        "opened.enter_context(conn), and only then conn.sendall(HEAD_BEGINS)",
    ),
)
def test_flood_closes_what_has_failed(chapter: Attempt) -> None:
    """flood() also closes a connection on which it could not send."""
    module = sys.modules[chapter.flood.__module__]
    made: list[socket.socket] = []
    real = socket.create_connection

    @observes
    def connect(*arguments: Any, **options: Any) -> socket.socket:
        made.append(Mute(fileno=real(*arguments, **options).detach()))
        return made[-1]

    @observes
    def served(_address: object, _seconds: float) -> bool:
        return True

    simulates("a server that resets each connection before anything is sent")
    try:
        with (
            mock.patch.object(module, "is_served", served),
            mock.patch.object(socket, "create_connection", connect),
            Places(9).open() as address,
        ):
            got = described(lambda: chapter.flood(address, SECONDS, 2, SOURCE))
        still_open = [conn for conn in made if conn.fileno() != -1]
        what = "sendall() raised ConnectionResetError. flood() returned:"
        same(what, expected=False, got=got, usually=beliefs.ERRORS_ARE_MINE)
        what = "sendall() raised ConnectionResetError. The connection is still open."
        holds(what, not still_open, usually=beliefs.OPENED_IS_MINE)
    finally:
        for conn in made:
            conn.close()


@promise(
    task=3,
    usually=beliefs.FLOOD_IS_A_NUMBER,
    signs={OSError: beliefs.ERRORS_ARE_MINE, "leak": beliefs.OPENED_IS_MINE},
    hints=(
        "Who is connected at the moment when is_served() is called, and from where?",
        "`count` connections, each from `source`, each with HEAD_BEGINS, and all of them open.",
        "socket.create_connection(address, seconds / count, (source, 0)), then sendall(HEAD_BEGINS)",
    ),
    hints_if={
        "asked": (
            "What is is_served() for, and what does it need?",
            "The address of the server, and how long an honest client is ready to wait.",
            "is_served(address, seconds), once, after the loop",
        ),
    },
)
def test_flood_holds_all_until_somebody_has_asked(chapter: Attempt) -> None:
    """When is_served() is called, all connections are open, from `source`; then all are closed."""
    module = sys.modules[chapter.flood.__module__]
    seen: list[Any] = []
    server = Places(20)

    @observes
    def served(*arguments: Any) -> bool:
        server.settle(7)
        seen.append((arguments, server.open_now(), server.sources()))
        return True

    simulates("is_served(), which looks at the server's connections")
    with mock.patch.object(module, "is_served", served), server.open() as address:
        chapter.flood(address, SECONDS, 7, SOURCE)
        gone = server.all_gone()
    same("How often is_served() was called:", expected=1, got=len(seen), usually=None, clue="asked")
    arguments, heads, sources = seen[0]
    expected = (tuple(address), SECONDS)
    got = (tuple(arguments[0]), *arguments[1:])
    same("is_served() was given:", expected=expected, got=got, usually=None, clue="asked")
    usually = beliefs.FLOOD_IS_A_NUMBER if len(heads) < 7 else None
    what = "count=7. Open connections when is_served() was called:"
    same(what, expected=7, got=len(heads), usually=usually)
    usually = beliefs.CONNECTED_IS_BUSY if b"" in heads else None
    for head in heads:
        same("A connection had sent:", expected=chapter.HEAD_BEGINS, got=head, usually=usually)
    same("The connections came from:", expected={SOURCE}, got=sources, usually=None)
    holds("flood() has returned. A connection of it is still open.", gone, usually=None)


@promise(
    task=4,
    usually=beliefs.ONE_LIMIT_FOR_ALL,
    signs={"hang": beliefs.LOCK_AROUND_ALL, "leak": beliefs.STATE_IS_MINE},
    hints=(
        "How many are inside in all, and how many of them have this address?",
        "Refuse if `total` has reached `connections`, or the address has reached `per_address`.",
        "count = self.inside.get(address, 0); if self.total >= self.connections or count >= "
        "self.per_address: return False",
    ),
)
def test_gate_has_two_limits(chapter: Attempt) -> None:
    """enter() lets in as many as the gate has room for, and as many of one address as are allowed."""
    for connections, per_address, addresses, let_in in (
        (9, 2, "aaaaab", [True, True, False, False, False, True]),
        (3, 2, "aaabc", [True, True, False, True, False]),
        (2, 2, "aaa", [True, True, False]),
        (9, 1, "abab", [True, True, False, False]),
        (1, 5, "ab", [True, False]),
        (9, 3, "aaaab", [True, True, True, False, True]),
        (2, 9, "abc", [True, True, False]),
        (0, 5, "a", [False]),
    ):
        gate = chapter.Gate(connections, per_address)
        got = [gate.enter(address) for address in addresses]
        what = f"Gate({connections}, {per_address}), and the addresses {', '.join(addresses)}. enter():"
        has_counted = sum(gate.inside.values()) == got.count(True) <= connections
        over = any(number > per_address + 1 for number in gate.inside.values())
        usually = beliefs.ONE_LIMIT_FOR_ALL if has_counted and over else None
        same(what, expected=let_in, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.REFUSED_COUNTS,
    signs={"hang": beliefs.LOCK_AROUND_ALL},
    hints=(
        "Somebody was refused. What do `total` and `inside` say afterwards?",
        "The same as before: nobody calls leave() for a client that never came in.",
        "First look at both limits. Only below that, add 1 to both counts.",
    ),
    hints_if={
        beliefs.ZERO_COSTS_NOTHING: (
            "Somebody was refused. Is the address in the dictionary now?",
            "Looking must not add a key: get() has a second argument for an address that is not there.",
            "count = self.inside.get(address, 0)",
        ),
    },
)
def test_refused_are_not_counted(chapter: Attempt) -> None:
    """enter() counts those who come in, in `total` and in `inside`; a refusal changes nothing."""
    for connections, per_address, addresses, inside in (
        (9, 9, "aba", {"a": 2, "b": 1}),
        (3, 2, "aaab", {"a": 2, "b": 1}),
        (2, 2, "aabcb", {"a": 2}),
        (2, 1, "abcd", {"a": 1, "b": 1}),
        (9, 1, "aaaa", {"a": 1}),
        (9, 0, "ab", {}),
    ):
        gate = chapter.Gate(connections, per_address)
        for address in addresses:
            gate.enter(address)
        what = f"Gate({connections}, {per_address}), and {', '.join(addresses)} have come."
        counted = sum(gate.inside.values())
        usually = None
        if max(gate.total, counted) > sum(inside.values()):
            usually = beliefs.REFUSED_COUNTS
        elif counted == sum(inside.values()) and 0 in gate.inside.values():
            usually = beliefs.ZERO_COSTS_NOTHING
        same(f"{what} inside:", expected=inside, got=dict(gate.inside), usually=usually)
        same(f"{what} total:", expected=sum(inside.values()), got=gate.total, usually=usually)


@promise(
    task=4,
    usually=beliefs.ONE_LIMIT_FOR_ALL,
    signs={"hang": beliefs.LOCK_AROUND_ALL},
    hints=(
        "leave() counts down in `total` and in `inside`. Where does enter() look?",
        "At the same two, each time: it remembers nothing else.",
        "self.total, and self.inside.get(address, 0)",
    ),
)
def test_who_leaves_makes_room(chapter: Attempt) -> None:
    """Whoever leaves makes room for another, of the same address or of a new one."""
    for connections, per_address, moves, expected in (
        (3, 2, "+a +b -a +a +a +c", [True, True, True, True, False]),
        (1, 1, "+a +b -a +b +a", [True, False, True, False]),
        (9, 1, "+a +a -a +a", [True, False, True]),
        (2, 2, "+a +a +b -a -a +b +b", [True, True, False, True, True]),
    ):
        gate = chapter.Gate(connections, per_address)
        got = []
        for move in moves.split():
            sign, address = move[0], move[1:]
            if sign == "+":
                got.append(gate.enter(address))
            elif address in gate.inside:
                gate.leave(address)
        what = f"Gate({connections}, {per_address}), + comes, - leaves: {moves}. enter():"
        same(what, expected=expected, got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.NOBODY_COMES_BETWEEN,
    signs={"hang": beliefs.LOCK_AROUND_ALL},
    hints=(
        "Two threads look at the same moment, and there is one place. Who gets it?",
        "Both, if nobody holds a lock between the look and the count.",
        "with self.lock: around the whole of enter(), as in leave().",
    ),
    hints_if={
        "taken": (
            "Another thread has the lock for a moment. Is the server full?",
            "No. Wait until you get the lock: `with self.lock` does that. Then look.",
            "with self.lock: and nothing that asks whether the lock is free",
        ),
    },
)
def test_gate_holds_its_lock(chapter: Attempt) -> None:
    """enter() looks and counts under the gate's lock, held once and waited for, and gives it back."""

    class Watched(chapter.Gate):  # type: ignore[name-defined,misc]
        """A gate that notes a look at `total`, or a change of it, without the lock."""

        @property
        def total(self) -> int:
            note(self, "total")
            return self._total

        @total.setter
        def total(self, number: int) -> None:
            note(self, "total")
            self._total = number

    loose: list[str] = []

    def note(gate: Any, what: str) -> None:
        lock = vars(gate).get("lock")
        if lock is not None and not lock.locked():
            loose.append(what)

    def noting(name: str) -> Callable[..., Any]:
        def method(inside: Any, *arguments: Any) -> Any:
            note(gate, "inside")
            return getattr(dict, name)(inside, *arguments)

        return method

    names = (
        "__contains__",
        "__getitem__",
        "__setitem__",
        "__delitem__",
        "get",
        "pop",
        "setdefault",
    )
    gate = Watched(2, 1)
    gate.inside = type("Inside", (dict,), {name: noting(name) for name in names})()
    for call, address in (
        (gate.enter, "a"),
        (gate.enter, "a"),
        (gate.enter, "b"),
        (gate.enter, "c"),
        (gate.leave, "a"),
        (gate.leave, "b"),
    ):
        call(address)
        name = call.__name__
        what = f"{name}({address!r}) used `{loose[0]}` without the lock." if loose else ""
        holds(what, not loose, usually=beliefs.NOBODY_COMES_BETWEEN)
        what = f"{name}({address!r}) has returned, and the lock is still held."
        holds(what, not gate.lock.locked(), usually=None)

    simulates("another thread, which comes in whenever it gets the lock")
    for connections, per_address, other in ((1, 9, "b"), (9, 1, "a")):
        gate = chapter.Gate(connections, per_address)
        came: list[bool] = []
        gate.lock = Contended(came, partial(gate.enter, other))
        let_in = gate.enter("a")
        name = f"Gate({connections}, {per_address})"
        what = f"{name}. Another thread has its lock for a moment, and a comes. enter():"
        same(what, expected=True, got=let_in, usually=None, clue="taken")
        what = (
            f"{name}, and a comes. As soon as the lock is free, {other} comes as well. "
            "How many were let in:"
        )
        same(what, expected=1, got=[let_in, *came].count(True))
    gate = chapter.Gate(2, 1)
    gate.enter("a")
    came = []
    gate.lock = Contended(came, partial(gate.enter, "b"))
    got = [gate.enter("a"), *came]
    what = (
        "Gate(2, 1), a is inside, and a comes again. As soon as the lock is free, b comes. enter():"
    )
    same(what, expected=[False, True], got=got, usually=beliefs.REFUSED_COUNTS)


@promise(
    task=5,
    usually=beliefs.CLOSE_COMES_BEFORE_ALL,
    signs={"hang": beliefs.QUEUES_GET_EMPTY, OSError: beliefs.CLOSE_COMES_BEFORE_ALL},
    hints=(
        "Three clients have connected, and nobody has accepted them. When are they lost?",
        "When the listener is closed. Until then, accept_now() gives you one after the other.",
        "while deadline.left and (conn := accept_now(server.listener)): server.admit(conn)",
    ),
    hints_if={
        "closing": (
            "These clients get a response. What does it have to say, so that they leave?",
            "Connection: close. The server writes that while is_closing is True.",
            "server.is_closing = True, before pause(), and for good",
        ),
        "paused": (
            "Two accept at the same time: you, and the server's own thread. What becomes of the queue?",
            "pause() first. It leaves the listener open.",
            "server.pause(), after is_closing, before accept_now()",
        ),
    },
)
def test_queue_is_served(chapter: Attempt) -> None:
    """shut_down() sets is_closing, then calls pause(), and then serves every client in the queue."""
    for count in (3, 0, 20):
        with Fake(queued=count, lasting=True) as server:
            chapter.shut_down(server, PATIENCE)
        what = f"Clients in the queue: {count}."
        for name in ("pause", "admit"):
            holds(
                f"{what} When {name}() was called, is_closing was still False.",
                all(each.is_closing for each in server.at(name)),
                usually=None,
                clue="closing",
            )
        holds(
            f"{what} The first method that was called was not pause().",
            server.names[:1] == ["pause"],
            expected="pause()",
            got=Literally(f"{server.names[0]}()" if server.names else "no call"),
            usually=None,
            clue="paused",
        )
        same(f"{what} Calls of pause():", expected=1, got=server.names.count("pause"), usually=None)
        what_now = f"{what} shut_down() has returned. is_closing:"
        same(what_now, expected=True, got=server.is_closing, usually=None, clue="closing")
        same(
            f"{what} Calls of admit():",
            expected=count,
            got=len(server.at("admit")),
        )


@promise(
    task=5,
    usually=beliefs.THEY_LEAVE_BY_THEMSELVES,
    signs={"hang": beliefs.QUEUES_GET_EMPTY},
    hints=(
        "The queue is empty. Who can still connect, and who waits for a request?",
        "Close the listener, so that nobody is lost in its queue. Then let the idle ones go.",
        "server.listener.close(), then server.dismiss_idle()",
    ),
    hints_if={
        "open": (
            "Is the listener still open when you wait?",
            "A client that connects now enters a queue that nobody empties.",
            "server.listener.close(), after the queue, before dismiss_idle()",
        ),
    },
)
def test_listener_is_closed_and_idle_clients_go(chapter: Attempt) -> None:
    """After the queue, shut_down() closes the listener, and then dismisses those who are idle."""
    for queued, busy in ((2, 1), (0, 0), (0, 2)):
        with Fake(queued=queued, busy=busy, lasting=True) as server:
            chapter.shut_down(server, PATIENCE)
        what = f"{queued} in the queue, {busy} being served."
        same(
            f"{what} dismiss_idle() was called this often:",
            expected=1,
            got=len(server.at("dismiss_idle")),
        )
        (dismissed,) = server.at("dismiss_idle")
        holds(
            f"{what} The listener was still open at dismiss_idle().",
            dismissed.is_closed,
            usually=None,
            clue="open",
        )
        late = server.names.index("dismiss_idle")
        before = server.names[:late]
        holds(f"{what} It waited before dismiss_idle().", "wait" not in before, usually=None)
        holds(
            f"{what} admit() was called after dismiss_idle().",
            "admit" not in server.names[late:],
            usually=None,
        )


@promise(
    task=5,
    usually=beliefs.TOLD_IS_ENDED,
    signs={"hang": beliefs.TOLD_IS_ENDED, "spin": beliefs.ASKS_AGAIN},
    hints=(
        "Two connections are still served. How long does shut_down() have to stay?",
        "Until `connections` is empty: wait() returns when one of them has ended.",
        "while deadline.left and server.connections: server.wait(deadline.left)",
    ),
    hints_if={
        "empty": (
            "Nobody is connected. What is there to wait for?",
            "Nothing: look at `connections` before you wait.",
            "while deadline.left and server.connections: …",
        ),
    },
)
def test_waits_until_all_have_been_served(chapter: Attempt) -> None:
    """shut_down() waits until nobody is connected any more, and cuts nobody off."""
    for busy in (1, 3, 0):
        with Fake(busy=busy, lasting=True) as server:
            got = chapter.shut_down(server, PATIENCE)
        waits = len(server.at("wait"))
        what = f"Connections that end one after the other: {busy}."
        if not busy:
            same(
                f"{what} wait() was called this often:",
                expected=0,
                got=waits,
                usually=None,
                clue="empty",
            )
        holds(
            f"{what} shut_down() returned while one was being served.",
            not server.left_behind,
            usually=beliefs.TOLD_IS_ENDED,
        )
        same(f"{what} How many were cut off:", expected=0, got=len(server.at("cut")), usually=None)
        same(f"{what} shut_down() returned:", expected=0, got=got, usually=None)


@promise(
    task=5,
    usually=beliefs.LATE_ARE_LEFT,
    signs={
        RuntimeError: beliefs.LOOP_HAS_A_COPY,
        "hang": beliefs.NO_TIMEOUT,
        "spin": beliefs.NO_TIMEOUT,
    },
    hints=(
        "The time is over, and some are still connected. What happens to each of them?",
        "cut() for each, and their number is what shut_down() returns.",
        "late = list(server.connections); for conn in late: server.cut(conn); return len(late)",
    ),
    hints_if={
        RuntimeError: (
            "cut() removes a connection from `connections`. What does your loop iterate over?",
            "Over a set that changes meanwhile. Make a list of it first.",
            "late = list(server.connections), and then for conn in late: …",
        ),
        "count": (
            "You have cut them all off. When did you count them?",
            "cut() removes a connection from `connections`. Count before, or while you cut.",
            "late = list(server.connections), before the loop, and return len(late) after it",
        ),
    },
)
def test_late_connections_are_cut_off(chapter: Attempt) -> None:
    """When the time is over, shut_down() cuts off those who are left, and returns how many."""
    for busy, seconds in ((3, 0.03), (1, 0.03), (2, 0.0)):
        with Fake(busy=busy, never_ends=True) as server:
            got = chapter.shut_down(server, seconds)
        what = f"{busy} connections that do not end, and {seconds} seconds."
        cut = [each.conn for each in server.at("cut")]
        same(f"{what} How many were cut off:", expected=busy, got=len(cut))
        holds(f"{what} A connection was cut off twice.", len(set(cut)) == busy, usually=None)
        same(f"{what} shut_down() returned:", expected=busy, got=got, usually=None, clue="count")
    with Fake(queued=2, busy=1, never_ends=True) as server:
        chapter.shut_down(server, 0.03)
    cut = [each.conn for each in server.at("cut")]
    there = 1 + len(server.at("admit"))
    what = "One connection, and clients in the queue, that do not end. How many were cut off:"
    same(what, expected=there, got=len(cut))
    with Fake(busy=3, never_ends=True, lingering=True) as server:
        got = chapter.shut_down(server, 0.0)
    what = "3 connections, 0.0 seconds, and each ends a moment after it was cut off. Returned:"
    same(what, expected=3, got=got, usually=None, clue="count")


@promise(
    task=5,
    usually=beliefs.TIMEOUT_IS_A_DEADLINE,
    signs={"hang": beliefs.QUEUES_GET_EMPTY, "spin": beliefs.QUEUES_GET_EMPTY},
    hints=(
        "Which of the steps can last for as long as clients want?",
        "The queue, if new clients come faster than you accept them; and every wait.",
        "One Deadline at the beginning; `deadline.left and …` in both loops; wait(deadline.left).",
    ),
    hints_if={
        beliefs.QUEUES_GET_EMPTY: (
            "For each client that you accept, another one connects. When does your loop end?",
            "It has to end at the deadline as well.",
            "while deadline.left and (conn := accept_now(server.listener)): …",
        ),
        "begins": (
            "Which of your steps came before the deadline began? Each of them can take time.",
            "A deadline that begins later also ends later. There is one, and it begins first.",
            "deadline = Deadline(seconds), as the first line, above is_closing and pause()",
        ),
        "steps": (
            "The time was over before the waiting began. Which steps are still taken?",
            "All that do not wait: close, dismiss, and cut off who is left.",
            "Do not return early. Only the two loops look at the deadline.",
        ),
    },
)
def test_one_deadline_for_all(chapter: Attempt) -> None:
    """One deadline limits the queue and all the waits together; the other steps are always taken."""
    for is_last_try in TRIES:
        with Fake(busy=2, never_ends=True, lasting=True, seconds=0.12, lag=0.03) as server:
            chapter.shut_down(server, 0.12)
        waits = server.at("wait")
        late = [each for each in waits if each.seconds > max(0.0, each.left) + 0.01]
        if is_last_try or (waits and not late):
            break
    what = "0.12 seconds in all, and two connections that do not end. wait() was never called."
    holds(what, waits, usually=None)
    if late:
        given = waits[0].seconds
        is_less = given < 0.11
        broken(
            f"pause() and dismiss_idle() took 0.03 seconds each, of 0.12. "
            f"{max(0.0, late[0].left):.2f} were left, and wait() was given:",
            expected=Literally("no more than that"),
            got=round(late[0].seconds, 2),
            usually=None if is_less else beliefs.TIMEOUT_IS_A_DEADLINE,
            clue="begins" if is_less else "",
        )

    with Fake(queued=1, busy=1, refills=True, lasting=True, seconds=0.03) as server:
        chapter.shut_down(server, 0.03)
    what = "Each client that is admitted is followed by another. The queue was served for too long."
    holds(what, not server.overdue, usually=beliefs.QUEUES_GET_EMPTY)
    for step in ("pause", "dismiss_idle", "cut"):
        what = f"The time was over in step 2. This was not called: {step}()"
        holds(what, step in server.names, usually=None, clue="steps")
    holds(
        "The time was over in step 2. The listener is still open.",
        server.closed_listener,
        usually=None,
        clue="steps",
    )


@promise(
    task=5,
    usually=beliefs.STOPPING_STOPS_AT_AN_ERROR,
    hints=(
        "What does accept_now() do when there is no descriptor for the next client?",
        "It raises an OSError: EMFILE. Those who are being served need the other steps all the same.",
        "with suppress(OSError): around the loop that serves the queue",
    ),
    hints_if={
        "again": (
            "accept_now() has raised an error. What is different when you call it again at once?",
            "Nothing: the time passes, and those who are served have none left. Leave the loop.",
            "with suppress(OSError): around the whole loop, not inside it",
        ),
    },
)
def test_accept_now_may_fail(chapter: Attempt) -> None:
    """If accept_now() raises an OSError, shut_down() goes on with step 3."""
    simulates("a server that has no descriptor for the next client: EMFILE")
    with Fake(queued=1, busy=2, is_full=True) as server:
        got = described(lambda: chapter.shut_down(server, PATIENCE))
    what = "Two connections, and a client that cannot be accepted (EMFILE)."
    usually = None if isinstance(got, int) else beliefs.STOPPING_STOPS_AT_AN_ERROR
    same(f"{what} shut_down() returned:", expected=0, got=got, usually=usually, clue="again")
    for step in ("dismiss_idle", "wait"):
        holds(f"{what} This was not called: {step}()", step in server.names)
    holds(f"{what} The listener is still open.", server.closed_listener)


@promise(
    task=6,
    usually=beliefs.PARSER_PROTECTS,
    signs={UnicodeError: beliefs.TEXT},
    hints=(
        "Which of these characters are printable ASCII?",
        "None: each becomes an escape. encode('unicode_escape') does that, and gives bytes.",
        "path.encode('unicode_escape').decode()",
    ),
    hints_if={
        beliefs.ONLY_LINE_BREAKS: (
            "Which characters do you escape, and which others are not printable ASCII?",
            "ESC, NUL, DEL, letters beyond ASCII, line separators of Unicode: all of them.",
            "path.encode('unicode_escape').decode()",
        ),
        "plain": (
            "A harmless path. Which words are in the line, and what is between them?",
            "Address, space, quote, method, space, path, quote, space, status.",
            "return f'{address} \"{method} {path}\" {status}'",
        ),
    },
)
def test_no_client_writes_a_line(chapter: Attempt) -> None:
    """log_line() returns one line of printable ASCII, in this form, whatever a client asks for."""
    for address, method, path, status in (
        ("192.0.2.1", "GET", "/", 200),
        ("192.0.2.1", "GET", "/a b", 200),
        ("2001:db8::1", "POST", "/~a!#$%&'()*+,-.:;<=>?@[]^_`{|}", 404),
        ("::1", "DELETE", "", 500),
        ("::1", "get", "/", 405),
        ("::1", "GET", " /a  b ", 200),
    ):
        got = chapter.log_line(address, method, path, status)
        expected = f'{address} "{method} {path}" {status}'
        same_line(called(address, method, path, status), expected, got, None, "plain")
    for path, expected in (
        ("/a\nb", r"/a\nb"),
        ("/a\r\nb", r"/a\r\nb"),
        ("/\x1b[31m", r"/\x1b[31m"),
        ("/\x00\x7f\t", r"/\x00\x7f\t"),
        ("/é", r"/\xe9"),
        ("/\x85\x9b", r"/\x85\x9b"),
        ("/\u2028\u2029\u202e", r"/\u2028\u2029\u202e"),
        ("/\U0001f600", r"/\U0001f600"),
        ("/\udce9", r"/\udce9"),
    ):
        got = chapter.log_line("::1", "GET", path, 200)
        usually = None
        if path in got:
            usually = beliefs.PARSER_PROTECTS if "\n" in path else None
            if "\x1b" in path:
                usually = beliefs.ONLY_LINE_BREAKS
        elif "\\" not in got:
            usually = beliefs.REMOVED_IS_SAFE
        same_line(called("::1", "GET", path, 200), f'::1 "GET {expected}" 200', got, usually)


@promise(
    task=6,
    usually=beliefs.QUOTES_ARE_LETTERS,
    hints=(
        "Where does the path end, for somebody who reads this line?",
        "At the quote. So a quote in the path needs a backslash. In Python, '\\\"' has no backslash.",
        "… .encode('unicode_escape').decode().replace('\"', '\\\\\"')",
    ),
    hints_if={
        "twice": (
            "How many backslashes does your line have for one?",
            "unicode_escape has doubled them already. Escape the quotes after that, not before.",
            "Call replace() last, after decode().",
        ),
    },
)
def test_quotes_and_backslashes(chapter: Attempt) -> None:
    r"""A quote is written as \", a backslash as \\, so that the end of the path is certain."""
    for path, expected in (
        ('/a"b', r"/a\"b"),
        ("/a\\b", r"/a\\b"),
        ('/" 200', r"/\" 200"),
        ("/\\n", r"/\\n"),
        ('/\\"', r"/\\\""),
        ('""', r"\"\""),
        ("/'", "/'"),
        ("""/it's "x\"""", r"""/it's \"x\""""),
    ):
        got = chapter.log_line("::1", "GET", path, 200)
        is_bare = '"' in path and f'"GET {path}"' in got.replace("\\\\", "\\")
        usually = beliefs.QUOTES_ARE_LETTERS if is_bare else None
        clue = "twice" if got.count("\\") > expected.count("\\") else ""
        same_line(called("::1", "GET", path, 200), f'::1 "GET {expected}" 200', got, usually, clue)


@promise(
    task=6,
    usually=beliefs.LINES_ARE_SHORT,
    hints=(
        "How long can a path be, and how long can the line be?",
        "Keep MAX_LOGGED characters of the path, and write ... after them if there were more.",
        "path[:MAX_LOGGED], before it is escaped; the dots come after the escaping.",
    ),
    hints_if={
        "cut": (
            "What do you shorten: the path, or the path with its escapes?",
            "The path. An escape that is cut in the middle says something else.",
            "path[:MAX_LOGGED].encode('unicode_escape')",
        ),
        "fits": (
            "Nothing is missing here. Are the dots there?",
            "Only if there are more characters than MAX_LOGGED.",
            "more = '...' if len(path) > MAX_LOGGED else ''",
        ),
    },
)
def test_long_paths_are_shortened(chapter: Attempt) -> None:
    """Of a long path, the first MAX_LOGGED characters are kept, and then come three dots."""
    most = chapter.MAX_LOGGED
    for path, expected, clue in (
        ("/" * most, "/" * most, "fits"),
        ("/" + "a" * most, "/" + "a" * (most - 1) + "...", ""),
        ("/" * 9000, "/" * most + "...", ""),
        ("\n" * most, r"\n" * most, "cut"),
        ("\n" * (most + 1), r"\n" * most + "...", "cut"),
        ("/" * (most - 1) + '"b', "/" * (most - 1) + r"\"" + "...", "cut"),
    ):
        got = chapter.log_line("::1", "GET", path, 200)
        whole = got == f'::1 "GET {path}" 200' and len(path) > most
        shown = Given(f"a path of {len(path)} characters: {path[:3]!r} …")
        what = f"MAX_LOGGED is {most}. Characters between the quotes:"
        found = re.fullmatch(r'::1 "GET (.*)" 200', got, re.DOTALL)
        if found is None or found[1] != expected:
            inner = found[1] if found else got
            broken(
                what,
                sent=shown,
                expected=shortened(expected),
                got=shortened(inner),
                usually=beliefs.LINES_ARE_SHORT if whole else None,
                clue=clue,
            )


class Clock:
    """A clock that a check sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def read(self) -> float:
        """Return the time."""
        return self.now


def named(rate: float, grace: float, moves: Sequence[tuple[int, float]]) -> str:
    """Say what a floor was told."""
    calls = [f"moved({octets}, {seconds})" for octets, seconds in moves]
    if len(calls) > 4:
        calls = [calls[0], f"… {len(calls)} times"]
    return f"RateFloor({rate}, {grace}), then {', '.join(calls)}."


def needs_too_slow(
    chapter: Attempt,
    floor: Any,
    move: tuple[int, float],
    what: str,
    usually: Misconception | None,
    clue: str = "",
) -> None:
    """Require that a call of moved() raises TooSlow."""
    try:
        floor.moved(*move)
    except chapter.TooSlow:
        return
    expected, got = Literally("TooSlow"), Literally(f"no error, and left = {floor.left}")
    broken(what, expected=expected, got=got, usually=usually, clue=clue)


class Address(tuple[str, int]):
    """A host and a port, also by name."""

    __slots__ = ()

    @property
    def host(self) -> str:
        """The host."""
        return self[0]

    @property
    def port(self) -> int:
        """The port."""
        return self[1]


class Mute(socket.socket):
    """A connection that has been reset before anything was sent."""

    def sendall(self, *_: Any) -> None:
        """Raise the error of such a connection."""
        raise ConnectionResetError("simulated")

    def send(self, *_: Any) -> int:
        """Raise the error of such a connection."""
        raise ConnectionResetError("simulated")


class Contended:
    """A lock that another thread has when it is first wanted, and takes when it is first given back."""

    def __init__(self, came: list[bool], enter: Callable[[], bool]) -> None:
        self.came = came
        self.enter = enter
        self.real = threading.Lock()
        self.is_taken = True

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it. Whoever does not wait does not get it the first time."""
        was_taken, self.is_taken = self.is_taken, False
        if was_taken and (not blocking or 0 <= timeout < 1):
            return False
        return self.real.acquire(blocking, timeout)

    def release(self) -> None:
        """Give it back. At once, the other one comes."""
        self.real.release()
        if not self.came:
            self.came.append(False)
            self.came[0] = self.enter()

    def locked(self) -> bool:
        """Tell whether somebody has it."""
        was_taken, self.is_taken = self.is_taken, False
        return was_taken or self.real.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Timed(socket.socket):
    """A connection that notes for how long its calls may wait."""

    pauses: list[float]

    def settimeout(self, value: float | None) -> None:
        """Note the time."""
        if value is not None:
            self.pauses.append(value)
        super().settimeout(value)


@contextmanager
def pauses_of(attack: Callable[..., object]) -> Iterator[list[float]]:
    """Note for how long an attack waits: the timeouts of its connections, and its sleeps."""
    pauses: list[float] = []
    connect, sleep = socket.create_connection, time.sleep

    @observes
    def connects(*arguments: Any, **options: Any) -> socket.socket:
        conn = Timed(fileno=connect(*arguments, **options).detach())
        conn.pauses = pauses
        return conn

    @observes
    def sleeps(seconds: float) -> None:
        if threading.current_thread().name == getattr(attack, "__name__", "call"):
            pauses.append(seconds)
        sleep(seconds)

    with (
        mock.patch.object(socket, "create_connection", connects),
        mock.patch.object(time, "sleep", sleeps),
    ):
        yield pauses


class Full(socket.socket):
    """A listener in a process that has no descriptor left."""

    def accept(self) -> Any:
        """Raise the error of such a process."""
        raise OSError(errno.EMFILE, "simulated")


Serve = Callable[[socket.socket, bytearray], object]


@contextmanager
def planted(serve: Serve) -> Iterator[tuple[Address, list[bytearray]]]:
    """Start a server for one client after another; give its address, and what each has sent."""
    heads: list[bytearray] = []
    stopping = threading.Event()

    def run() -> None:
        while not stopping.is_set():
            with suppress(OSError):
                conn, _peer = listener.accept()
                heads.append(bytearray())
                with conn:
                    serve(conn, heads[-1])

    with listening() as listener:
        listener.settimeout(0.02)
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield Address(listener.getsockname()), heads
        finally:
            stopping.set()
            thread.join()


@contextmanager
def nobody() -> Iterator[Address]:
    """Give an address where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield Address(sock.getsockname())


def attacked(
    attack: Callable[..., object], servers: dict[str, Serve]
) -> tuple[dict[str, object], dict[str, list[bytearray]]]:
    """Attack all servers at the same time; give the results, and what each server has received."""
    received, calls = {}, {}
    with ExitStack() as stack:
        for what, serve in servers.items():
            address, received[what] = stack.enter_context(planted(serve))
            seconds = LONGER if serve is waits else SECONDS
            calls[what] = stack.enter_context(running(attack, address, seconds))
        return {what: call.result() for what, call in calls.items()}, received


def sees(chapter: Attempt, what: str, head: bytearray) -> None:
    """Require that a server has received a head that has begun, goes on, and does not end."""
    begins, got = chapter.HEAD_BEGINS, bytes(head)
    if b"\r\n\r\n" in got:
        broken(
            "The head has ended. It was:",
            got=got,
            expected=Literally("no empty line"),
            usually=None,
            clue="complete",
        )
    same(
        f"A server that {what}. It has received:",
        expected=begins,
        got=got[: len(begins)],
        usually=None,
        clue="begins",
    )
    rest = got[len(begins) :]
    holds(
        "What followed HEAD_BEGINS:",
        rest.strip(b"x") == b"",
        expected=b"xxx",
        got=rest,
        usually=None,
    )


def waits(conn: socket.socket, seen: bytearray) -> None:
    """Wait for the end of a head, without end; then answer."""
    conn.settimeout(PATIENCE)
    while data := conn.recv(4096):
        seen += data
        if b"\r\n\r\n" in seen:
            conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def closes_if_silent(seconds: float) -> Serve:
    """Return a server that closes if nothing comes for this long."""

    def serve(conn: socket.socket, seen: bytearray) -> None:
        conn.settimeout(seconds)
        with suppress(TimeoutError):
            while data := conn.recv(4096):
                seen += data

    return serve


def until(conn: socket.socket, seen: bytearray, seconds: float) -> bool:
    """Receive for this long; tell whether the client was there all the time."""
    end = monotonic() + seconds
    with suppress(TimeoutError):
        while (left := end - monotonic()) > 0:
            conn.settimeout(left)
            if not (data := conn.recv(4096)):
                return False
            seen += data
    return True


def closes_after(seconds: float) -> Serve:
    """Return a server that closes after this time, whatever comes."""
    return lambda conn, seen: until(conn, seen, seconds)


def answers_after(seconds: float) -> Serve:
    """Return a server that answers after this time, and stays for a while."""

    def serve(conn: socket.socket, seen: bytearray) -> None:
        if until(conn, seen, seconds):
            conn.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            until(conn, seen, PATIENCE)

    return serve


def resets_after(seconds: float) -> Serve:
    """Return a server that resets the connection after this time."""

    def serve(conn: socket.socket, seen: bytearray) -> None:
        if until(conn, seen, seconds):
            reset(conn)

    return serve


def finishes_after(seconds: float) -> Serve:
    """Return a server that finishes its side after this time, and goes on reading."""

    def serve(conn: socket.socket, seen: bytearray) -> None:
        if until(conn, seen, seconds):
            conn.shutdown(socket.SHUT_WR)
            until(conn, seen, PATIENCE)

    return serve


def refuses(conn: socket.socket, seen: bytearray) -> None:
    """Say that there is no room."""
    conn.sendall(
        b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    conn.shutdown(socket.SHUT_WR)
    until(conn, seen, SECONDS / 4)


class Places:
    """A server that serves as many clients at the same time as it has places. Others wait.

    It answers a complete head, and closes. It can drop those who have said nothing for a while.
    """

    def __init__(self, places: int, drops_silent: bool = False) -> None:
        self.places = places
        self.drops_silent = drops_silent

    @contextmanager
    def open(self) -> Iterator[Address]:
        """Start it."""
        self.conns: dict[socket.socket, bytearray] = {}
        self.hosts: set[str] = set()
        self.came: dict[socket.socket, float] = {}
        self.stopping = threading.Event()
        with listening(64) as listener:
            listener.setblocking(False)
            thread = threading.Thread(target=self.run, args=(listener,), daemon=True)
            thread.start()
            try:
                yield Address(listener.getsockname())
            finally:
                self.stopping.set()
                thread.join()
                for conn in self.conns:
                    conn.close()

    def run(self, listener: socket.socket) -> None:
        """Look at all connections, again and again."""
        while not self.stopping.wait(0.001):
            with suppress(BlockingIOError):
                conn, peer = listener.accept()
                conn.setblocking(False)
                self.came[conn] = monotonic()
                self.hosts.add(peer[0])
                self.conns[conn] = bytearray()
            for place, conn in enumerate(list(self.conns)):
                self.look(conn, place < self.places)

    def look(self, conn: socket.socket, has_place: bool) -> None:
        """Do for one connection what can be done."""
        seen = self.conns[conn]
        try:
            data = conn.recv(4096)
            seen += data
            is_over = not data
        except BlockingIOError:
            is_over = False
        except OSError:
            is_over = True
        if has_place and b"\r\n\r\n" in seen:
            with suppress(OSError):
                conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            is_over = True
        if has_place and self.drops_silent and not seen and monotonic() - self.came[conn] > 0.02:
            is_over = True
        if is_over:
            del self.conns[conn]
            conn.close()

    def settle(self, count: int) -> None:
        """Wait until this many connections have sent something, or for a while."""
        end = monotonic() + 0.3
        while monotonic() < end and sum(map(bool, list(self.conns.values()))) < count:
            self.stopping.wait(0.002)

    def open_now(self) -> list[bytes]:
        """Return what each connection that is open now has sent."""
        return [bytes(seen) for seen in list(self.conns.values())]

    def sources(self) -> set[str]:
        """Return the hosts that have connected."""
        return set(self.hosts)

    def all_gone(self) -> bool:
        """Wait until no connection is left. Tell whether that has happened."""
        end = monotonic() + 0.5
        while self.conns and monotonic() < end:
            self.stopping.wait(0.002)
        return not self.conns


class Step(NamedTuple):
    """A call of a method of a Fake, and how things stood."""

    name: str
    is_closing: bool
    is_closed: bool  # the listener
    left: float  # seconds until the deadline
    conn: Any = None
    seconds: float = 0.0


class Fake:
    """A server that notes what shut_down() does with it.

    `queued` clients are in the queue, and `busy` connections are served. With each wait() one of them
    ends, unless they never do. With `refills`, another client comes for each that is admitted. With
    `lasting`, `connections` is another set after each cut(), so that a loop over it raises no error.
    pause() and dismiss_idle() take `lag` seconds each. With `lingering`, a connection that is cut off
    is among the `connections` until another one is.
    With `is_full`, there is no descriptor for another client.
    """

    def __init__(
        self,
        queued: int = 0,
        busy: int = 0,
        *,
        never_ends: bool = False,
        refills: bool = False,
        lasting: bool = False,
        is_full: bool = False,
        seconds: float = PATIENCE,
        lag: float = 0.0,
        lingering: bool = False,
    ) -> None:
        self.queued = queued
        self.never_ends = never_ends or refills
        self.refills = refills
        self.lasting = lasting
        self.is_full = is_full
        self.seconds = seconds
        self.lag = lag
        self.lingering = lingering
        self.cut_off: list[object] = []
        self.is_closing = False
        self.overdue = False
        self.steps: list[Step] = []
        self.clients: list[socket.socket] = []
        self.connections: set[object] = {f"connection {number + 1}" for number in range(busy)}
        self.start = monotonic()

    def __enter__(self) -> "Fake":
        self.listener = Full() if self.is_full else socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(32)
        self.address = self.listener.getsockname()
        for _ in range(self.queued):
            self.connect()
        self.start = monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed_listener = self.listener.fileno() == -1
        self.left_behind = bool(self.connections)
        for sock in (self.listener, *self.clients):
            sock.close()

    def connect(self) -> None:
        """Let a client connect."""
        self.clients.append(socket.create_connection(self.address))

    def note(self, name: str, **details: Any) -> None:
        """Note a call."""
        left = self.start + self.seconds - monotonic()
        closed = self.listener.fileno() == -1
        self.steps.append(Step(name, self.is_closing, closed, left, **details))
        simulates(f"a server. {name}() has been called. is_closing: {self.is_closing}")

    @property
    def names(self) -> list[str]:
        """The names of the methods that were called."""
        return [step.name for step in self.steps]

    def at(self, *names: str) -> list[Step]:
        """Return the calls of these methods."""
        return [step for step in self.steps if step.name in names]

    def pause(self) -> None:
        """Note it, and take some time."""
        self.note("pause")
        time.sleep(self.lag)

    def admit(self, conn: socket.socket) -> None:
        """Serve a client."""
        self.note("admit", conn=conn)
        self.clients.append(conn)
        self.connections.add(conn)
        self.overdue = monotonic() > self.start + self.seconds + 0.2
        if self.refills and not self.overdue:
            self.connect()

    def dismiss_idle(self) -> None:
        """Note it, and take some time."""
        self.note("dismiss_idle")
        time.sleep(self.lag)

    def wait(self, seconds: float) -> None:
        """Let one connection end, or time pass."""
        self.note("wait", seconds=seconds)
        if self.never_ends:
            time.sleep(max(0.0, min(seconds, 0.015)))
        elif self.connections:
            self.connections.pop()

    def cut(self, conn: object) -> None:
        """Note it."""
        self.note("cut", conn=conn)
        if self.lingering:
            self.connections = self.connections - set(self.cut_off)
            self.cut_off.append(conn)
        elif self.lasting:
            self.connections = self.connections - {conn}
        else:
            self.connections.discard(conn)


def called(address: str, method: str, path: str, status: int) -> str:
    """Say how log_line() was called."""
    return f"log_line({address!r}, {method!r}, {path!a}, {status}) returned this line:"


def same_line(
    what: str,
    expected: str,
    got: object,
    usually: Misconception | None,
    clue: str = "",
) -> None:
    """Require a line. It is shown as it would stand in the log, unless it would spoil the report."""
    if got != expected:
        is_plain = isinstance(got, str) and got.isascii() and got.isprintable()
        shown = Literally(str(got)) if is_plain else got
        broken(what, expected=Literally(expected), got=shown, usually=usually, clue=clue)


def shortened(text: str) -> object:
    """Return what a report shows of a long text: how long it is, and how it ends."""
    end = text[-6:]
    return Literally(
        f"{len(text)}, ending in {end if end.isascii() and end.isprintable() else ascii(end)}"
    )


TASKS = {
    1: "Deadline.left, RateFloor.moved",
    2: "slow_head",
    3: "flood",
    4: "Gate.enter",
    5: "shut_down",
    6: "log_line",
}
