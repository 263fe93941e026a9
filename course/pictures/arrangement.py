"""What a ladder draws: named lanes, events in order, and the arrows between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from .causality import causal_order
from .drawing import pad_port
from .recording import Call, Party
from .streams import Conversations


@dataclass(frozen=True)
class Event:
    """One call on one recorded socket.

    `lane` is the drawn name of the socket ("client 2"). `data` holds the bytes that the call
    handed to the kernel or took from it, None for a call that moves none; b"" from a recv is the
    end of the stream. `error` is the name of the exception's class. `note` says what else matters:
    the name of an error number, or that makefile() keeps the socket open.
    """

    lane: str
    call: str
    argument: str = ""
    data: bytes | None = None
    error: str | None = None
    note: str = ""

    @property
    def text(self) -> str:
        """The call as it is drawn beside its lane."""
        returned = f" → {len(self.data)}" if self.call == "send" and self.data is not None else ""
        return f"{self.call}({self.argument}){returned}"

    @property
    def outcome(self) -> str:
        """What came of the call, apart from bytes: an error, a note, or ""."""
        return " ".join(filter(None, ("✗ " + self.error if self.error else "", self.note)))

    @property
    def is_receive(self) -> bool:
        """Whether the call takes bytes from the kernel."""
        return self.call.startswith("recv")


@dataclass(frozen=True)
class Lane:
    """One socket: `role` is "client", "server" or "listener"; rows count events from 0.

    `peer` is the name of the lane at the other end of the connection, or "". `last` is the row
    of the call that closed the socket, or one past the last row.
    """

    name: str
    role: str
    local: str
    remote: str
    peer: str
    first: int
    last: int

    @property
    def ends(self) -> list[str]:
        """The addresses that are known, each as wide as with a port of five digits."""
        return [pad_port(address) for address in (self.local, self.remote) if address]


@dataclass(frozen=True)
class Arrow:
    """From the event in row `start` to the one in row `stop`; `kind` says what it means.

    "bytes" and "end" (of the stream) lead to the recv that took them. "connect" leads to the
    listener's lane, and "accept" from there to the new socket. Both stay in their row.
    """

    kind: str
    source: str
    target: str
    start: int
    stop: int


@dataclass(frozen=True)
class Arrangement:
    """All that there is to draw."""

    lanes: tuple[Lane, ...]
    events: tuple[Event, ...]
    arrows: tuple[Arrow, ...]

    @property
    def by_role(self) -> Arrangement:
        """The same with each lane named as its role."""
        roles = {lane.name: lane.role for lane in self.lanes}
        return Arrangement(
            tuple(replace(lane, name=lane.role) for lane in self.lanes),
            tuple(replace(event, lane=roles[event.lane]) for event in self.events),
            tuple(
                replace(arrow, source=roles[arrow.source], target=roles[arrow.target])
                for arrow in self.arrows
            ),
        )

    def arrows_from(self, row: int) -> list[Arrow]:
        """Return the arrows that leave the event in this row."""
        return [arrow for arrow in self.arrows if arrow.start == row]

    def arrows_to(self, row: int) -> list[Arrow]:
        """Return the arrows of the stream that arrive at the event in this row."""
        return [a for a in self.arrows if a.stop == row and a.kind in ("bytes", "end")]

    def is_whole(self, arrow: Arrow) -> bool:
        """Whether one recv took exactly what one send handed over."""
        alone = len(self.arrows_from(arrow.start)) == len(self.arrows_to(arrow.stop)) == 1
        same = self.events[arrow.start].data == self.events[arrow.stop].data
        return alone and (same or arrow.kind == "end")


_NAMES = {"client": "client", "server": "conn", "listener": "listener"}


def arrange(calls: Sequence[Call]) -> Arrangement:
    """Name the sockets and put their calls in causal order."""
    conversations = Conversations(calls)
    used = {call.party for call in calls if call.name != "close"}
    used |= {call.made for call in calls if call.made}
    order = [call for call in causal_order(conversations) if call.party in used]
    names = _names(order, conversations)
    events = tuple(
        Event(names[call.party], call.name, call.argument, call.data, call.error, call.note)
        for call in order
    )
    lanes = tuple(_lane(party, names, conversations, order) for party in names)
    return Arrangement(lanes, events, tuple(_arrows(order, names, conversations)))


def _names(order: list[Call], conversations: Conversations) -> dict[Party, str]:
    """Name the sockets as they appear; an accepted one without a variable has its client's number."""
    parties = dict.fromkeys(
        party for call in order for party in (call.party, call.made) if party is not None
    )
    taken = {party.name for party in parties}
    numbers: dict[Party, int] = {}
    names: dict[Party, str] = {}
    for party in parties:
        name = party.name
        if not name:
            word = _NAMES[_role(party, conversations)]
            numbered = ((n, word if n == 1 else f"{word} {n}") for n in count(1))
            own = numbers.get(conversations.peers.get(party, party), 0)
            numbers[party], name = next(
                (n, each) for n, each in numbered if n >= own and each not in taken
            )
            taken.add(name)
        names[party] = name
    return names


def _role(party: Party, conversations: Conversations) -> str:
    if party.accepted_from:
        return "server"
    return "listener" if conversations.of(party, "listen", "accept") else "client"


def _lane(
    party: Party,
    names: dict[Party, str],
    conversations: Conversations,
    order: list[Call],
) -> Lane:
    peer = conversations.peers.get(party)
    first = next(row for row, call in enumerate(order) if party in (call.party, call.made))
    closing = conversations.closing_of(party)
    role = _role(party, conversations)
    is_anywhere = party.local.startswith(("0.0.0.0:", "[::]:"))
    return Lane(
        names[party],
        role,
        "" if is_anywhere and role == "client" else party.local,
        party.remote,
        names.get(peer, "") if peer else "",
        first,
        order.index(closing) if closing else len(order),
    )


def _arrows(
    order: list[Call], names: dict[Party, str], conversations: Conversations
) -> list[Arrow]:
    rows = {call: row for row, call in enumerate(order)}
    arrows = []
    for call, row in rows.items():
        listener = conversations.listeners.get(call.party)
        if call.made:
            arrows.append(Arrow("accept", names[call.party], names[call.made], row, row))
        elif call.name.startswith("connect") and listener in names and not call.error:
            arrows.append(Arrow("connect", names[call.party], names[listener], row, row))
    for link in conversations.links():
        source, target = names[link.source.party], names[link.target.party]
        kind = "end" if link.is_end else "bytes"
        arrows.append(Arrow(kind, source, target, rows[link.source], rows[link.target]))
    return arrows
