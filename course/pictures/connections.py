"""The kernel's table of TCP connections, and which of them belong to this process."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from .queues import Queues

SOURCE = "From the kernel's table of TCP connections."
OWN_ONLY = "This system shows only the sockets of this process; others may exist."

Address = tuple[str, int]

# RFC 9293 section 3.3.2 names the states; Linux numbers them, and psutil spells them its own way.
_STATES = [
    "ESTABLISHED",
    "SYN-SENT",
    "SYN-RECEIVED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "TIME-WAIT",
    "CLOSED",
    "CLOSE-WAIT",
    "LAST-ACK",
    "LISTEN",
    "CLOSING",
    "SYN-RECEIVED",
]
_PSUTIL_STATES = {
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
_FIN_RECEIVED = {"CLOSE-WAIT", "LAST-ACK", "CLOSING"}
_FIN_SENT = {"FIN-WAIT-1", "LAST-ACK", "CLOSING"}


class Owner(Enum):
    """Whose socket an entry is."""

    THIS_PROCESS = 1
    OTHER_PROCESS = 2
    NOBODY = 3  # not accepted yet, or closed


class TableEntry(NamedTuple):
    """An entry of the kernel's table; `remote` is None for a listener, `fd` -1 for a stranger's."""

    local: Address
    remote: Address | None
    state: str
    owner: Owner
    fd: int = -1
    queues: Queues = Queues(None, None)

    @property
    def pair(self) -> frozenset[Address]:
        """Both ends, the same for both entries of a connection."""
        return frozenset([self.local, self.remote] if self.remote else [])


def read() -> tuple[list[TableEntry], str]:
    """Read the table, and say where it is from."""
    if sys.platform == "linux":
        return list(_from_linux()), SOURCE
    try:
        return [_from_psutil(entry) for entry in psutil.net_connections(kind="tcp")], SOURCE
    except psutil.AccessDenied:  # macOS shows other processes' sockets to root alone
        own = psutil.Process().net_connections(kind="tcp")
        return [_from_psutil(entry) for entry in own], OWN_ONLY


def plain(host: str, port: int) -> Address:
    """Return an address; IPv4 that is written as IPv6 becomes IPv4 (RFC 4291 section 2.5.5.2)."""
    with suppress(ValueError):
        mapped = getattr(ipaddress.ip_address(host), "ipv4_mapped", None)
        return (str(mapped) if mapped else host), port
    return host, port


def _from_linux() -> Iterator[TableEntry]:
    """Yield what /proc/net/tcp and tcp6 list (proc_pid_net(5))."""
    own = dict(_own_inodes())
    for name in ("tcp", "tcp6"):
        with suppress(FileNotFoundError), Path("/proc/self/net", name).open() as table:
            for line in list(table)[1:]:
                yield _from_line(line.split(), own)


def _from_line(fields: list[str], own: dict[int, int]) -> TableEntry:
    state, inode = _STATES[int(fields[3], 16) - 1], int(fields[9])
    sent, received = (int(part, 16) for part in fields[4].split(":"))
    owner = Owner.THIS_PROCESS if inode in own else Owner.OTHER_PROCESS if inode else Owner.NOBODY
    return TableEntry(
        _address(fields[1]),
        _address(fields[2]) if state != "LISTEN" else None,
        state,
        owner,
        own.get(inode, -1),
        # A FIN counts as an octet there (RFC 9293 section 3.4), but is none that a program reads.
        Queues(max(received - (state in _FIN_RECEIVED), 0), max(sent - (state in _FIN_SENT), 0)),
    )


def _address(text: str) -> Address:
    digits, port = text.split(":")
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    return plain(str(ipaddress.ip_address(packed)), int(port, 16))


def _own_inodes() -> Iterator[tuple[int, int]]:
    """Yield the inode and the descriptor of each socket of this process (proc_pid_fd(5))."""
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # the descriptor of this very listing
            kind, _, number = os.readlink(f"/proc/self/fd/{descriptor}").partition(":")
            if kind == "socket":
                yield int(number.strip("[]")), int(descriptor)


def _from_psutil(entry: Any) -> TableEntry:
    # psutil leaves the pid out where it was asked for this process alone; Windows says 0 for none.
    pid = getattr(entry, "pid", os.getpid()) or None
    owner = Owner.NOBODY if pid is None else Owner.OTHER_PROCESS
    owner = Owner.THIS_PROCESS if pid == os.getpid() else owner
    return TableEntry(
        plain(*entry.laddr),
        plain(*entry.raddr) if entry.raddr else None,
        _PSUTIL_STATES.get(entry.status, str(entry.status)),
        owner,
        entry.fd if owner is Owner.THIS_PROCESS else -1,
    )
