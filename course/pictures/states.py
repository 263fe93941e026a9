"""The states of a connection's two ends, call by call, as the kernel names them."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from .drawing import CARD_WIDTH, Card, Picture, bytes_label, format_address
from .recording import Call, Log, is_being_recorded, note, recorder
from .table import kernel_table

GONE = "(no row)"
_SOURCE = "The states are from the kernel's table of TCP connections, read after each call."
_BOX, _ROW, _TOP = 124, 40, 58  # widths and heights in the card
_LANES = 20, CARD_WIDTH - 20 - _BOX
_STYLES = "client bold", "server bold"


@dataclass(frozen=True)
class StateStep:
    """A call, the end that made it (0 or 1; None at the start), and the states after it."""

    who: int | None
    call: str
    states: tuple[str, str]


class States(Picture):
    """The states that the two ends of a connection went through; make one with `states`."""

    def __init__(self, names: Sequence[str], steps: list[StateStep]) -> None:
        self.names = tuple(names)
        self.steps = steps

    def about(self) -> str:
        """Return the states of each end, in their order."""
        ways = [
            f"{name}: {', then '.join(state for state, _first, _last in self._runs(end))}"
            for end, name in enumerate(self.names)
        ]
        return f"The states of the two ends of a connection. {'; '.join(ways)}."

    def text(self) -> str:
        """Return a line for each call, between the states of both ends."""
        middle = max(len(step.call) for step in self.steps) + 6
        lines = [f"{self.names[0]:16}{'':{middle}}  {self.names[1]}".rstrip(), "─" * (32 + middle)]
        for number in range(len(self.steps)):
            left, right = self._shown(number)
            lines.append(f"{left:16}{self._arrow(number, middle)}  {right}".rstrip())
        return "\n".join([*lines, _SOURCE])

    def svg(self) -> str:
        """Return two lanes of states, with the calls between them."""
        height = _TOP + _ROW * len(self.steps)
        card = Card(height + 34, "The states of a connection", self.about())
        for end, (x, name) in enumerate(zip(_LANES, self.names, strict=True)):
            card.text(x + _BOX / 2, 28, name, _STYLES[end], "middle")
            for state, first, last in self._runs(end):
                y, tall = _TOP + _ROW * first - 16, _ROW * (last - first) + 32
                if state != GONE:
                    card.rect(x, y, _BOX, tall, "box")
                style = "soft" if state == GONE else "ink bold"
                card.text(x + _BOX / 2, _TOP + _ROW * first + 4, state, style, "middle")
        for number, step in enumerate(self.steps):
            self._draw_call(card, number, step)
        card.text(20, height + 14, _SOURCE, "soft prose small")
        return card.finish()

    def _draw_call(self, card: Card, number: int, step: StateStep) -> None:
        if step.who is None:
            return
        left, right = _LANES[0] + _BOX + 8, _LANES[1] - 8
        start, end = (left, right) if step.who == 0 else (right, left)
        y = _TOP + _ROW * number
        style = ("client", "server")[step.who]
        if self._moves_other(number):
            card.arrow(start, y + 4, end, y + 4, style)
        else:
            card.dot(start, y + 4, style)
        card.text(start, y - 4, step.call, "ink", ("start", "end")[step.who])

    def _runs(self, end: int) -> Iterator[tuple[str, int, int]]:
        """Yield each state of one end, with the first and the last step in which it has it."""
        first = 0
        found = [step.states[end] for step in self.steps]
        for number in range(1, len(found) + 1):
            if number == len(found) or found[number] != found[first]:
                yield found[first], first, number - 1
                first = number

    def _shown(self, number: int) -> list[str]:
        """Return both states, "│" for one that has not changed."""
        now = self.steps[number].states
        if not number:
            return list(now)
        before = self.steps[number - 1].states
        pairs = zip(before, now, strict=True)
        return [new if new != old else "" if new == GONE else "│" for old, new in pairs]

    def _moves_other(self, number: int) -> bool:
        """Whether a call has changed the state of the other end."""
        who = self.steps[number].who
        if not number or who is None:
            return False
        return self.steps[number].states[1 - who] != self.steps[number - 1].states[1 - who]

    def _arrow(self, number: int, width: int) -> str:
        step = self.steps[number]
        if step.who is None:
            return " " * width
        line = "─" if self._moves_other(number) else " "
        if step.who == 0:
            text = f"{step.call} ".ljust(width - 1, line)
            return text + ("▶" if line == "─" else " ")
        text = f" {step.call}".rjust(width - 1, line)
        return ("◀" if line == "─" else " ") + text


class _Watch(Log):
    """Notes the states of both ends after each call."""

    def __init__(self, ends: dict[str, socket.socket]) -> None:
        super().__init__()
        self._names = list(ends)
        self._pairs = [(sock.getsockname()[:2], sock.getpeername()[:2]) for sock in ends.values()]
        self._places = [format_address(*local) for local, _remote in self._pairs]
        self.steps = [StateStep(None, "", self._states())]

    @contextmanager
    def call(self, sock: socket.socket, name: str, argument: str = "") -> Iterator[Call]:
        """Note one call, and the states after it."""
        who = self._places.index(format_address(*sock.getsockname()[:2]))
        with super().call(sock, name, argument) as call:
            try:
                yield call
            except OSError as error:
                call.note = type(error).__name__
                raise
            finally:
                if self.is_open:
                    self.steps.append(StateStep(who, self._described(who, call), self._states()))

    def _described(self, who: int, call: Call) -> str:
        given = call.argument
        if call.name in ("send", "sendall"):
            given = bytes_label(call.data or b"", 24)
        came = bytes_label(call.data or b"", 24) if call.name == "recv" else ""
        result = call.note or came
        return f"{self._names[who]}.{call.name}({given})" + (f" → {result}" if result else "")

    def _states(self) -> tuple[str, str]:
        rows = {row.local: row.state for row in kernel_table(connection=self._pairs[0]).rows}
        one, other = (rows.get(place, GONE) for place in self._places)
        return one, other


@contextmanager
def states(**ends: socket.socket) -> Iterator[States]:
    """Note in which states the two ends of a connection are, after each call in this block.

        with states(client=client, conn=conn) as drawing:
            client.shutdown(socket.SHUT_WR)

    Give the two ends of one TCP connection, each under the name of its variable. Their calls have to
    come one after another, as in one thread. An arrow means that the call changed the state of the
    other end.

    Raises ValueError for anything but the two ends of one connection, and RuntimeError for sockets
    that are already being recorded.
    """
    if len(ends) != 2 or not _are_connected(*ends.values()):
        raise ValueError("states() needs two sockets that are connected to each other")
    if any(map(is_being_recorded, ends.values())):
        raise RuntimeError("these sockets are already being recorded; end that block first")
    watch = _Watch(ends)
    for sock in ends.values():
        note(sock, watch)
        sock.__class__ = recorder(type(sock))
    try:
        yield States(list(ends), watch.steps)
    finally:
        watch.is_open = False


def _are_connected(one: socket.socket, other: socket.socket) -> bool:
    try:
        return (one.getsockname(), one.getpeername()) == (other.getpeername(), other.getsockname())
    except OSError:
        return False
