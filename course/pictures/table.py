"""The kernel's own table of TCP connections, restricted to the sockets of a demonstration."""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from . import connections
from .connections import Address, Owner, TableEntry, plain
from .drawing import (
    CARD_WIDTH,
    CHARACTER_WIDTH,
    TEXT_WIDTH,
    Card,
    Picture,
    format_address,
    pad_port,
)
from .queues import queues

NOT_ACCEPTED = "(none yet)"
CLOSED = "(closed)"
THIS_PROCESS = "(this process)"
OTHER_PROCESS = "other process"
SETTLING_TIME = 0.5  # seconds; a delayed ACK may take its time (RFC 9293 section 3.8.6.3)
_PASSING = {"SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "CLOSING", "LAST-ACK"}
# A connection that nobody owns in these states was not accepted: close() would have sent a FIN.
_BEFORE_ANY_FIN = {"SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT"}
_ANYWHERE = ("0.0.0.0", "::")

_ours: set[frozenset[Address]] = set()  # every connection of this process that a table showed


class KernelRow(NamedTuple):
    """One line of the kernel's table.

    `remote` is "*" for a listener; `state` is a name of RFC 9293 section 3.3.2. `queue` says what
    waits: bytes to read, bytes that are sent and not acknowledged, or connections to accept; "" where
    the system does not say.
    """

    socket: str
    local: str
    remote: str
    state: str
    queue: str = "0"


_HEADINGS = KernelRow("socket", "local address", "remote address", "state", "queue")
_GAP = 2 * CHARACTER_WIDTH
_STATE_STYLES = {"LISTEN": "listener bold", "ESTABLISHED": "server bold"}

Given = socket.socket | int | tuple[tuple[str, int], tuple[str, int]]


class KernelTable(Picture):
    """Rows of the kernel's table, the named sockets first; make one with `kernel_table`."""

    def __init__(self, rows: tuple[KernelRow, ...], caption: str) -> None:
        self.rows = rows
        self.caption = caption
        padded = [
            row._replace(local=pad_port(row.local), remote=pad_port(row.remote)) for row in rows
        ]
        self._widths = [max(map(len, column)) for column in zip(_HEADINGS, *padded, strict=True)]

    def about(self) -> str:
        """Return how many rows there are."""
        rows = f"{len(self.rows)} row{'s' * (len(self.rows) != 1)}"
        return f"The kernel's table of TCP connections: {rows}."

    def text(self) -> str:
        """Return the rows under the headings socket, local, remote, state and queue."""
        lines = [_line(row, self._widths) for row in (_HEADINGS, *self.rows)]
        rule = "─" * min(TEXT_WIDTH, sum(self._widths) + 2 * len(self._widths) - 2)
        return "\n".join([lines[0], rule, *(lines[1:] or ["(no rows)"]), self.caption])

    def svg(self) -> str:
        """Return the same as a card."""
        lines = max(len(self.rows), 1)
        card = Card(82 + 24 * lines, "The kernel's table of TCP connections", self.about())
        for x, heading in zip(self._columns(), _HEADINGS, strict=True):
            card.text(x, 28, heading, "soft prose bold")
        card.line(20, 38, CARD_WIDTH - 20, 38, "soft thin")
        for number, row in enumerate(self.rows):
            self._draw_row(card, 60 + 24 * number, row)
        if not self.rows:
            card.text(20, 60, "(no rows)", "soft")
        card.text(20, 66 + 24 * lines, self.caption, "soft prose small")
        return card.finish()

    def _columns(self) -> list[float]:
        """Return where each column begins; what is left of the card is shared among the gaps."""
        needed = [width * CHARACTER_WIDTH + _GAP for width in self._widths]
        more = max(CARD_WIDTH - 40 + _GAP - sum(needed), 0) / (len(needed) - 1)
        return [20 + sum(needed[:place]) + more * place for place in range(len(needed))]

    def _draw_row(self, card: Card, baseline: float, row: KernelRow) -> None:
        is_named = row.socket not in (NOT_ACCEPTED, CLOSED, THIS_PROCESS, OTHER_PROCESS)
        state = _STATE_STYLES.get(row.state, "soft")
        waits = "soft" if row.queue in ("", "0") else "newline bold"
        styles = "ink bold" if is_named else "soft", "ink", "ink", state, waits
        for x, cell, style in zip(self._columns(), row, styles, strict=True):
            card.text(x, baseline, cell, style)


def kernel_table(**sockets: Given) -> KernelTable:
    """Show what the kernel holds about these sockets, under the names that you give them.

    A value is a socket, a local port, or the two addresses of a connection, as getsockname() and
    getpeername() gave them before it was closed. A listener or a port brings every row that has it at
    either end; a connected socket and a pair of addresses bring both rows of the connection. A closed
    socket has no row left that is its own. The first column holds your name for the socket;
    "(none yet)" for a connection that waits in the accept queue; "(closed)" for one that outlives
    its socket, such as TIME-WAIT (RFC 9293 section 3.6.1); "(this process)" or "other process" for
    any other owner.

    Rows of other processes are left out, unless they are the other end of a connection of this one.
    A closed connection is found by its port only if an earlier table showed it open. States that
    pass on their own while a segment is acknowledged, such as FIN-WAIT-1, are given half a second
    to do so, and so are bytes that are not acknowledged yet.
    """
    given = [_Named(name, value) for name, value in sockets.items()]
    deadline = math.inf
    while True:
        entries, caption = connections.read()
        deadline = min(deadline, time.monotonic() + SETTLING_TIME)  # a full table takes its time
        relevant = [entry for entry in _of_this_process(entries, given) if _concerns(given, entry)]
        is_settled = not any(e.state in _PASSING or e.queues.sent for e in relevant)
        if is_settled or time.monotonic() > deadline:
            return KernelTable(tuple(_in_order(relevant, given)), caption)
        time.sleep(0.01)


class _Named:
    """A keyword of `kernel_table`: what it is called, and which rows it concerns."""

    def __init__(self, name: str, value: Given) -> None:
        self.name = name
        self.socket = value if isinstance(value, socket.socket) and value.fileno() != -1 else None
        self.port = value if isinstance(value, int) else 0
        self.local: Address | None = None
        self.remote: Address | None = None
        if self.socket:
            self.local = plain(*self.socket.getsockname()[:2])
            try:
                self.remote = plain(*self.socket.getpeername()[:2])
            except OSError:
                self.port = self.local[1]
        elif isinstance(value, tuple):
            self.local, self.remote = (plain(*address[:2]) for address in value)

    @property
    def pair(self) -> frozenset[Address]:
        return frozenset([self.local, self.remote] if self.local and self.remote else [])

    def concerns(self, entry: TableEntry) -> bool:
        if self.pair:
            return entry.pair == self.pair
        host = self.local[0] if self.local else _ANYWHERE[0]
        ends = [entry.local, *([entry.remote] if entry.remote else [])]
        return any(
            end[1] == self.port and (end[0] == host or host in _ANYWHERE or end[0] in _ANYWHERE)
            for end in ends
        )


def _concerns(given: Iterable[_Named], entry: TableEntry) -> bool:
    return any(one.concerns(entry) for one in given)


def _of_this_process(entries: Sequence[TableEntry], given: Sequence[_Named]) -> list[TableEntry]:
    """Return its own entries, and the entries that its connections left or have at their other end."""
    own = [entry for entry in entries if entry.owner is Owner.THIS_PROCESS]
    listening = {entry.local for entry in own if entry.state == "LISTEN"}
    for entry in entries:
        may_wait = entry.owner is Owner.NOBODY and entry.state in _BEFORE_ANY_FIN
        addresses = {entry.local, *((host, entry.local[1]) for host in _ANYWHERE)}
        if entry.owner is Owner.THIS_PROCESS or (may_wait and addresses & listening):
            _ours.add(entry.pair)
    pairs = (_ours | {one.pair for one in given}) - {frozenset()}
    return [entry for entry in entries if entry in own or entry.pair in pairs]


def _in_order(entries: Iterable[TableEntry], given: list[_Named]) -> list[KernelRow]:
    """Sort by keyword, then by what a reader sees except the ports, which vary between runs."""
    names = [one.name for one in given]
    ports = {one.port for one in given}

    def rank(entry: TableEntry) -> tuple[int, str, str, bool, str, str]:
        name = _owner(entry, given)
        place = names.index(name) if name in names else len(names)
        remote_host = entry.remote[0] if entry.remote else ""
        return place, name, entry.state, entry.local[1] not in ports, entry.local[0], remote_host

    rows = []
    for entry in sorted(entries, key=rank):
        remote = format_address(*entry.remote) if entry.remote else "*"
        local = format_address(*entry.local)
        name = _owner(entry, given)
        rows.append(KernelRow(name, local, remote, entry.state, _queue(entry, name, given)))
    return rows


def _owner(entry: TableEntry, given: Sequence[_Named]) -> str:
    if entry.owner is Owner.NOBODY:
        return NOT_ACCEPTED if entry.state in _BEFORE_ANY_FIN else CLOSED
    if entry.owner is Owner.OTHER_PROCESS:
        return OTHER_PROCESS
    open_ones = [one for one in given if one.socket]
    names = [one.name for one in open_ones if one.socket and one.socket.fileno() == entry.fd]
    names += [
        one.name for one in open_ones if (one.local, one.remote) == (entry.local, entry.remote)
    ]
    return [*names, THIS_PROCESS][0]


def _queue(entry: TableEntry, name: str, given: Sequence[_Named]) -> str:
    """Say what waits at this end."""
    received, sent = entry.queues
    named = [one.socket for one in given if one.name == name and one.socket]
    if received is None and named and entry.remote:
        received, sent = queues(named[0])
    if received is None:
        return ""
    if entry.state == "LISTEN":
        return f"{received:,} to accept" if received else "0"
    waiting = [f"{received:,} to read"] if received else []
    waiting += [f"{sent:,} unacked"] if sent else []
    return ", ".join(waiting) or "0"


def _line(row: KernelRow, widths: Sequence[int]) -> str:
    padded = row._replace(local=pad_port(row.local), remote=pad_port(row.remote))
    return "  ".join(map(str.ljust, padded, widths)).rstrip()
