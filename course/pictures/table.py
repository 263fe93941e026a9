"""The kernel's own table of TCP connections, restricted to the sockets of a demonstration."""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import psutil

from .drawing import CARD_WIDTH, Card, Picture, format_address, pad_port

NOT_ACCEPTED = "(none yet)"
CLOSED = "(closed)"
THIS_PROCESS = "(this process)"
OTHER_PROCESS = "other process"
_OWN_ONLY = "This system shows only the sockets of this process; others may exist."
_SOURCE = "From the kernel's table of TCP connections."

# RFC 9293 section 3.3.2 names the states; psutil spells them its own way.
_STATES = {
    psutil.CONN_LISTEN: "LISTEN",
    psutil.CONN_SYN_SENT: "SYN-SENT",
    psutil.CONN_SYN_RECV: "SYN-RECEIVED",
    psutil.CONN_ESTABLISHED: "ESTABLISHED",
    psutil.CONN_FIN_WAIT1: "FIN-WAIT-1",
    psutil.CONN_FIN_WAIT2: "FIN-WAIT-2",
    psutil.CONN_CLOSE_WAIT: "CLOSE-WAIT",
    psutil.CONN_CLOSING: "CLOSING",
    psutil.CONN_LAST_ACK: "LAST-ACK",
    psutil.CONN_TIME_WAIT: "TIME-WAIT",
    psutil.CONN_CLOSE: "CLOSED",
}
SETTLING_TIME = 0.5  # seconds; a delayed ACK may take its time (RFC 9293 section 3.8.6.3)
_PASSING = {
    psutil.CONN_SYN_SENT,
    psutil.CONN_SYN_RECV,
    psutil.CONN_FIN_WAIT1,
    psutil.CONN_CLOSING,
    psutil.CONN_LAST_ACK,
}
# A connection that nobody owns in these states was not accepted: close() would have sent a FIN.
_BEFORE_ANY_FIN = {"SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT"}


class KernelRow(NamedTuple):
    """One line of the kernel's table.

    `remote` is "*" for a listener; `state` is a name of RFC 9293 section 3.3.2.
    """

    socket: str
    local: str
    remote: str
    state: str


_HEADINGS = KernelRow("socket", "local address", "remote address", "state")
_COLUMNS = (20, 190, 385, 600)
_STATE_STYLES = {"LISTEN": "listener bold", "ESTABLISHED": "server bold"}


class KernelTable(Picture):
    """Rows of the kernel's table, the named sockets first; make one with `kernel_table`."""

    def __init__(self, rows: tuple[KernelRow, ...], caption: str) -> None:
        self.rows = rows
        self.caption = caption

    def about(self) -> str:
        """Return how many rows there are."""
        rows = f"{len(self.rows)} row{'s' * (len(self.rows) != 1)}"
        return f"The kernel's table of TCP connections: {rows}."

    def text(self) -> str:
        """Return the rows under the headings socket, local, remote and state."""
        padded = [r._replace(local=pad_port(r.local), remote=pad_port(r.remote)) for r in self.rows]
        lines = [_HEADINGS, *padded]
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        rule = "─" * min(80, sum(widths) + 6)
        body = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
        return "\n".join([body[0], rule, *(body[1:] or ["(no rows)"]), self.caption])

    def svg(self) -> str:
        """Return the same as a card."""
        lines = max(len(self.rows), 1)
        card = Card(82 + 24 * lines, "The kernel's table of TCP connections", self.about())
        for x, heading in zip(_COLUMNS, _HEADINGS, strict=True):
            card.text(x, 28, heading, "soft prose bold")
        card.line(20, 38, CARD_WIDTH - 20, 38, "soft thin")
        for number, row in enumerate(self.rows):
            _draw_row(card, 60 + 24 * number, row)
        if not self.rows:
            card.text(_COLUMNS[0], 60, "(no rows)", "soft")
        card.text(20, 66 + 24 * lines, self.caption, "soft prose small")
        return card.finish()


def kernel_table(**sockets: socket.socket | int) -> KernelTable:
    """Show what the kernel holds about these sockets, under the names that you give them.

    A value is a socket or a local port. A listener or a port brings every row that has its port
    at either end; a connected socket brings its own row and its peer's. A closed socket has no
    row left that is its own. The first column holds your name for the socket; "(none yet)"
    for a connection that waits in the accept queue; "(closed)" for one that outlives its
    socket, such as TIME-WAIT (RFC 9293 section 3.6.1); "(this process)" or "other process" for
    any other owner.

    What was in TIME-WAIT before this module was imported is left out: port 0 often gets a port
    that another program used a minute ago. States that pass on their own while a segment is
    acknowledged, such as FIN-WAIT-1, are given half a second to do so.
    """
    given = [_Given(name, value) for name, value in sockets.items()]
    deadline = math.inf
    while True:
        entries, caption = _read_table()
        deadline = min(deadline, time.monotonic() + SETTLING_TIME)  # a full table takes its time
        relevant = [
            entry
            for entry in entries
            if any(one.concerns(entry) for one in given) and not _is_left_over(entry)
        ]
        settled = not any(entry.status in _PASSING for entry in relevant)
        if settled or time.monotonic() > deadline:
            return KernelTable(tuple(_in_order(relevant, given)), caption)
        time.sleep(0.01)


def _read_table() -> tuple[Sequence[Any], str]:
    try:
        return psutil.net_connections(kind="tcp"), _SOURCE
    except psutil.AccessDenied:  # macOS shows other processes' sockets to root alone
        return psutil.Process().net_connections(kind="tcp"), _OWN_ONLY


def _owning_pid(entry: Any) -> int | None:
    # psutil leaves the pid out where it was asked for this process alone; Windows says 0 for none.
    return getattr(entry, "pid", os.getpid()) or None


def _is_left_over(entry: Any) -> bool:
    return _owning_pid(entry) is None and (entry.laddr, entry.raddr) in _LEFT_OVER


class _Given:
    """A keyword of `kernel_table`: what it is called, and which rows it concerns."""

    def __init__(self, name: str, value: socket.socket | int) -> None:
        self.name = name
        self.port = value if isinstance(value, int) else 0
        self.fileno = -1
        self.local: tuple[Any, ...] = ()
        self.remote: tuple[Any, ...] = ()
        if isinstance(value, socket.socket) and value.fileno() != -1:
            self.fileno = value.fileno()
            self.local = value.getsockname()[:2]
            try:
                self.remote = value.getpeername()[:2]
            except OSError:
                self.port = self.local[1]

    def concerns(self, entry: Any) -> bool:
        ends = (tuple(entry.laddr), tuple(entry.raddr))
        if self.remote:
            return ends in ((self.local, self.remote), (self.remote, self.local))
        return any(end and end[1] == self.port for end in ends)

    def has_addresses_of(self, entry: Any) -> bool:
        return bool(self.local) and (self.local, self.remote) == (entry.laddr, entry.raddr)


def _in_order(entries: Iterable[Any], given: list[_Given]) -> list[KernelRow]:
    """Sort by keyword, then by what a reader sees except the ports, which vary between runs."""
    names = [one.name for one in given]
    ports = {one.port for one in given}

    def rank(entry: Any) -> tuple[int, str, str, bool, str, str]:
        name, state = _owner(entry, given), _state(entry)
        place = names.index(name) if name in names else len(names)
        remote_host = entry.raddr[0] if entry.raddr else ""
        return place, name, state, entry.laddr[1] not in ports, entry.laddr[0], remote_host

    rows = []
    for entry in sorted(entries, key=rank):
        remote = format_address(*entry.raddr) if entry.raddr else "*"
        local = format_address(*entry.laddr)
        rows.append(KernelRow(_owner(entry, given), local, remote, _state(entry)))
    return rows


def _state(entry: Any) -> str:
    return _STATES.get(entry.status, str(entry.status))


def _owner(entry: Any, given: list[_Given]) -> str:
    pid = _owning_pid(entry)
    if pid is None:
        return NOT_ACCEPTED if _state(entry) in _BEFORE_ANY_FIN else CLOSED
    if pid != os.getpid():
        return OTHER_PROCESS
    by_descriptor = [one.name for one in given if one.fileno == entry.fd != -1]
    by_addresses = [one.name for one in given if one.has_addresses_of(entry)]
    return (by_descriptor + by_addresses + [THIS_PROCESS])[0]


def _draw_row(card: Card, baseline: float, row: KernelRow) -> None:
    owned = row.socket not in (NOT_ACCEPTED, CLOSED, THIS_PROCESS, OTHER_PROCESS)
    styles = "ink bold" if owned else "soft", "ink", "ink", _STATE_STYLES.get(row.state, "soft")
    for x, cell, style in zip(_COLUMNS, row, styles, strict=True):
        card.text(x, baseline, cell, style)


_LEFT_OVER = frozenset(
    (entry.laddr, entry.raddr) for entry in _read_table()[0] if _owning_pid(entry) is None
)
