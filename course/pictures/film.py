"""What a film shows: moments, each with a call, what the buffers hold, and who is stuck.

What depends on the machine is not told in numbers. A buffer is empty, holds some bytes, or is full.
A number is given where the program alone decides it, which is as long as everything that was sent
has also arrived.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from socket import socket
from threading import Thread

from .queues import can_send, queues, was_reset
from .turns import Turn

_SHORT = 12  # bytes that are shown themselves
_MAX_SHOWN = 15  # characters for them
_ROOM = 20  # characters in a buffer
_PLAUSIBLY_FULL = 4096  # bytes: no receive buffer is smaller
_AT_REST = 0.05  # seconds without a change, where bytes wait for room
_PATIENCE = 0.4  # seconds for bytes to arrive and to be acknowledged (RFC 9293 section 3.8.6.3)
_POLL = 0.002
_SAMPLES = 3  # of the same call, in a flood
_REPEATS = 7  # of the same calls, to be told as one
_REPEATS_IN_A_FLOOD = 2  # where it depends on the machine how often they repeat
_RESETS = ("ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError")


class Level(Enum):
    """How much a buffer holds."""

    EMPTY = "empty"
    SOME = "some"
    FULL = "full"


@dataclass(frozen=True)
class Buffer:
    """One of the kernel's buffers.

    `count` is how many bytes it holds, None where that depends on the machine; `content` is what they
    are, if they are few. `ending` is what follows them: the "end" of the stream, a "reset", or "".
    """

    level: Level
    count: int | None = None
    content: bytes = b""
    ending: str = ""

    @property
    def words(self) -> str:
        """What it holds, in a few words that fit into it; "" for nothing."""
        ending = f", {self.ending}" if self.ending else ""
        if self.level is Level.EMPTY:
            return self.ending.replace("end", "end of stream")
        if self.level is Level.FULL or self.count is None:
            return f"{self.level.value}{ending}"
        itself = _itself(self.content)
        fits = itself and len(itself + ending) < _ROOM
        return f"{itself if fits else plural(self.count)}{ending}"

    @property
    def fill(self) -> float:
        """How full to draw it, from 0 to 1: not a measure, but more for more."""
        if self.level is Level.SOME and self.count is not None:
            return 0.12 + 0.1 * math.log10(self.count)
        return {Level.EMPTY: 0.0, Level.SOME: 0.5, Level.FULL: 1.0}[self.level]


@dataclass(frozen=True)
class EndState:
    """One socket at one moment: its two buffers (None after close()), and the call that it is in."""

    send: Buffer | None
    receive: Buffer | None
    waits_in: str = ""
    is_closed: bool = False


@dataclass(frozen=True)
class Flow:
    """Bytes that moved from side `way` towards the other: a send, or a receive."""

    way: int
    is_send: bool
    content: str = ""


@dataclass(frozen=True)
class Moment:
    """One picture of a film: which calls were made, and what came of them.

    `who` made them; None at the start, where all is stuck, and where both did.
    """

    who: str | None
    calls: tuple[str, ...]
    outcome: str
    sides: tuple[EndState, EndState]
    is_error: bool = False
    stuck: tuple[str, ...] = ()
    flows: tuple[Flow, ...] = ()


@dataclass
class _Stream:
    """What went from one program to the other, as their calls say."""

    in_kernel: int = 0
    content: bytes | None = b""  # of what is in the kernel, as long as that is little
    is_vague: bool = False  # its numbers depend on the machine
    is_ended: bool = False
    ending: str = ""  # until the other program has been told

    def add(self, data: bytes) -> None:
        self.in_kernel += len(data)
        whole = None if self.content is None else self.content + data[: _SHORT + 1]
        self.content = whole if whole is not None and self.in_kernel <= _SHORT else None

    def take(self, data: bytes) -> None:
        self.in_kernel = max(self.in_kernel - len(data), 0)
        if self.content is not None:
            self.content = self.content[len(data) :]
        if not self.in_kernel:
            self.content, self.is_vague = b"", False


@dataclass
class _Seen:
    """A turn as it was seen."""

    place: int
    call: str
    outcome: str
    sides: tuple[EndState, EndState] | None
    is_vague: bool = False
    is_error: bool = False
    is_partial: bool = False
    stuck: tuple[str, ...] = ()
    flows: tuple[Flow, ...] = ()
    moved: int = 0


class Shooting:
    """Looks at the two sockets after each turn."""

    def __init__(self, ends: Mapping[str, socket]) -> None:
        self.names = tuple(ends)
        self._sockets = tuple(ends.values())
        self._streams = (_Stream(), _Stream())
        self._unfinished: dict[object, tuple[int, str]] = {}
        self._vague_counts: dict[Thread, int] = {}
        self._stuck: dict[Thread, _Seen] = {}  # who is stuck, and when that was seen
        self._seen: list[_Seen] = []
        self._read()
        for place, stream in enumerate(self._streams):
            there = (self._queues[place].sent or 0) + (self._queues[1 - place].received or 0)
            if there:
                stream.in_kernel, stream.content = there, None
        self._see(_Seen(0, "", "", None))

    def settle(self) -> None:
        """Return when the kernel has moved what it can move between the two sockets."""
        self._read()
        since, last = time.monotonic(), self._queues
        until = since + 4 * _PATIENCE
        while any(self._on_its_way(place) for place in (0, 1)):
            now = time.monotonic()
            received = max(queue.received or 0 for queue in last)
            rest = _AT_REST if received >= _PLAUSIBLY_FULL else _PATIENCE
            if now - since > rest or now > until:
                return
            time.sleep(_POLL)
            self._read()
            if self._queues != last:
                since, last = now, self._queues

    def saw(self, turn: Turn, error: str) -> None:
        """Note what a turn did, and look at the buffers."""
        if not turn.is_done and not turn.moved:
            return
        place = self._place(turn)
        call, outcome, is_vague = self._describe(turn, place, error)
        is_first = self._unfinished.pop(turn.call, None) is None
        if not turn.is_done:
            self._unfinished[turn.call] = (place, call)
            outcome = "has not returned yet"
        self._account(turn, place, error, is_vague)
        is_send = turn.call.name.startswith("send")
        way = place if is_send else 1 - place
        seen = _Seen(place, call, outcome, None, is_vague, bool(error), not turn.is_done)
        if turn.moved:
            label = "" if is_vague else _itself(turn.moved)
            seen.flows = (Flow(way, is_send, label),)
            seen.moved = len(turn.moved)
        looks = sum(
            bool(each.sides) for each in self._seen if (each.place, each.call) == (place, call)
        )
        enough = _SAMPLES if self._seen[-1].is_vague else 2 * _SAMPLES
        if self._is_trickle(turn, seen) or (seen.is_partial and not is_first):
            return
        if is_vague and looks >= enough and (is_send or self._streams[way].in_kernel):
            self._seen.append(seen)  # a flood: look again when something else happens
        elif seen.sides:
            self._seen.append(seen)
        else:
            self._see(seen)

    def _is_trickle(self, turn: Turn, seen: _Seen) -> bool:
        """Whether this is only the kernel squeezing a few more bytes into full buffers.

        A sender's kernel tries again from time to time (RFC 9293 section 3.8.6.1), and a call that
        was stuck may get on a little. Nothing else happened, so nobody is less stuck than before.
        """
        thread = turn.call.thread
        if thread in self._stuck and not seen.is_error:
            if seen.is_vague or seen.is_partial:
                return True
            self._stuck.clear()
        elif seen.is_error:
            if (stuck := self._stuck.pop(thread, None)) and stuck.sides:
                first, second = stuck.sides
                if seen.place == 0:
                    first = replace(first, waits_in="")
                else:
                    second = replace(second, waits_in="")
                seen.sides = (first, second)
        else:
            self._stuck.clear()
        return False

    def saw_stuck(self, waiting: Sequence[Turn]) -> None:
        """Note that these calls wait, and that nothing else happens."""
        waits = {
            self._place(turn): self._describe(turn, self._place(turn), "")[0] for turn in waiting
        }
        if self._stuck and {turn.call.thread for turn in waiting} <= set(self._stuck):
            return
        names = tuple(self.names[place] for place in sorted(waits))
        seen = _Seen(-1, "", "", None, stuck=names)
        self._see(seen)
        assert seen.sides
        first, second = (
            replace(side, waits_in=waits.get(place, side.waits_in))
            for place, side in enumerate(seen.sides)
        )
        seen.sides = (first, second)
        self._stuck = {turn.call.thread: seen for turn in waiting}

    def moments(self) -> list[Moment]:
        """Return what there is to show, with what repeats itself told once."""
        following = self._look()
        for seen in reversed(self._seen):
            following = seen.sides = seen.sides or following
        shown = [seen for seen in self._seen if not (seen.is_partial and seen.is_vague)]
        return list(_told_once(shown, self.names))

    def _read(self) -> None:
        first, second = (queues(sock) for sock in self._sockets)
        self._queues = (first, second)

    def _place(self, turn: Turn) -> int:
        return 0 if turn.sock is self._sockets[0] else 1

    def _on_its_way(self, place: int) -> int:
        """Return how many bytes that this side sent have not arrived."""
        sent, received = self._queues[place].sent, self._queues[1 - place].received
        if received is None:
            return 0
        missing = max(self._streams[place].in_kernel - received, 0)
        return missing if sent is None else min(missing, sent)

    def _see(self, seen: _Seen) -> None:
        self.settle()
        seen.sides = self._look()
        self._seen.append(seen)

    def _look(self) -> tuple[EndState, EndState]:
        self._read()
        for place, stream in enumerate(self._streams):
            stream.is_vague |= bool(self._on_its_way(place))
        return self._side(0), self._side(1)

    def _side(self, place: int) -> EndState:
        sock, out, into = self._sockets[place], self._streams[place], self._streams[1 - place]
        waits_in = next((call for at, call in self._unfinished.values() if at == place), "")
        is_closed = sock.fileno() == -1
        level = Level.EMPTY
        if left := self._on_its_way(place):
            is_full = waits_in or (not is_closed and not can_send(sock))
            level = Level.FULL if is_full else Level.SOME
        send = Buffer(level, ending=out.ending if left else "")
        received = self._queues[place].received
        coming = self._on_its_way(1 - place)
        ending = "" if coming else into.ending
        receive = Buffer(Level.EMPTY, ending=ending)
        if received:
            level = Level.FULL if coming else Level.SOME
            count = None if into.is_vague else received
            content = into.content if into.content and len(into.content) == count else b""
            receive = Buffer(level, count, content, ending)
        if is_closed:
            return EndState(send if left else None, None, waits_in, is_closed=True)
        return EndState(send, receive, waits_in)

    def _describe(self, turn: Turn, place: int, error: str) -> tuple[str, str, bool]:
        """Return a call, what came of it, and whether its numbers depend on the machine."""
        call, moved = turn.call, turn.moved
        argument, outcome, is_vague = call.argument, "", False
        if call.name in ("send", "sendall"):
            whole = call.data if call.name == "sendall" and call.data is not None else b""
            size = len(whole) or turn.offered
            is_vague = size > _SHORT and self._vague_counts.get(call.thread) == size
            argument = "some bytes" if is_vague else plural(size)
            short = whole or (moved if moved and len(moved) == size else b"")
            argument = _itself(short) or argument
            if call.name == "send" and moved is not None:
                outcome = f"→ {len(moved):,}" if len(moved) == size else "→ not all of them"
                outcome = "→ all of them" if is_vague and len(moved) == size else outcome
        elif "PEEK" in argument and not error:
            outcome = "takes nothing"
        elif call.name.startswith("recv") and moved is not None:
            stream = self._streams[1 - place]
            is_vague = bool(moved) and stream.is_vague
            asked = int(argument.partition(",")[0])
            if not moved:
                outcome = "→ b''" if call.name == "recv" else "→ 0"
            elif is_vague and not len(moved) == asked <= 2 * _PLAUSIBLY_FULL:
                outcome = "→ some bytes"
            else:
                outcome = f"→ {_itself(moved) or plural(len(moved))}"
        return f"{call.name}({argument})", f"✗ {error}" if error else outcome, is_vague

    def _account(self, turn: Turn, place: int, error: str, is_vague: bool) -> None:
        name, moved = turn.call.name, turn.moved
        out, into = self._streams[place], self._streams[1 - place]
        if name.startswith("send") and moved:
            out.is_vague |= is_vague
            out.add(moved)
        elif name.startswith("recv") and moved is not None:
            if moved:
                into.take(moved)
                self._vague_counts[turn.call.thread] = len(moved) if is_vague else -1
            else:
                into.ending = ""
        elif error in _RESETS:
            into.ending = ""
        elif turn.sock.fileno() == -1 and name == "close":
            is_reset = not into.is_ended and was_reset(self._sockets[1 - place])
            out.ending = "reset" if is_reset else "" if into.in_kernel or out.is_ended else "end"
            out.is_ended = True
        elif not error and turn.call.argument in ("SHUT_WR", "SHUT_RDWR"):
            out.ending, out.is_ended = "" if out.is_ended else "end", True


def _told_once(shown: Sequence[_Seen], names: Sequence[str]) -> Iterator[Moment]:
    position = 0
    while position < len(shown):
        period, times = _repetition(shown[position:])
        stop = position + period * times
        for seen in shown[position : position + period]:
            yield _moment(seen, names)
        if times > 1:
            cycle = shown[position : position + period]
            if is_vague := any(seen.is_vague for seen in cycle):
                while stop < len(shown) and _key(shown[stop]) == _key(shown[stop - period]):
                    stop += 1
            places = {seen.place for seen in cycle}
            who = names[cycle[0].place] if len(places) == 1 else None
            calls = tuple(f"{names[seen.place]}.{seen.call}" for seen in cycle)
            outcome = "again and again" if is_vague else f"{times - 1} more times"
            last = shown[stop - 1].sides
            assert last
            flows = tuple(dict.fromkeys(flow for seen in cycle for flow in seen.flows))
            yield Moment(who, calls, outcome, last, flows=flows)
        position = stop


def _key(seen: _Seen) -> tuple[object, ...]:
    came_of_it = seen.moved if seen.moved and not seen.is_vague else seen.outcome
    return seen.place, seen.call, came_of_it, seen.stuck


def _repetition(shown: Sequence[_Seen]) -> tuple[int, int]:
    """Return the length of what is repeated from the start on, and how often it occurs."""
    keys = [_key(seen) for seen in shown]
    for period in (1, 2, 3, 4):
        times = 1
        while keys[times * period : (times + 1) * period] == keys[:period]:
            times += 1
        is_flood = period > 1 and any(seen.is_vague for seen in shown[:period])
        if times >= (_REPEATS_IN_A_FLOOD if is_flood else _REPEATS):
            return period, times
    return 1, 1


def _moment(seen: _Seen, names: Sequence[str]) -> Moment:
    assert seen.sides
    who = names[seen.place] if seen.call else None
    calls = (f"{who}.{seen.call}",) if who else ()
    return Moment(who, calls, seen.outcome, seen.sides, seen.is_error, seen.stuck, seen.flows)


def _itself(data: bytes) -> str:
    """Return short bytes as Python writes them, and "" for long ones and for none."""
    shown = repr(data) if 0 < len(data) <= _SHORT else ""
    return shown if len(shown) <= _MAX_SHOWN else ""


def plural(count: int) -> str:
    """Return a number of bytes in words."""
    return f"{count:,} byte{'s' * (count != 1)}"
