"""Chapter 2. How does the kernel know whose byte this is?

One server port, many clients: what tells their connections apart is the *4-tuple*: local address,
local port, remote address, remote port. The kernel keeps a table of them and looks up every
segment that arrives (RFC 9293 §3.4.1 calls the two halves "a pair of sockets").

Run it by hand:  python3 -m solutions.ch02_four_tuple --port 8000
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import NamedTuple

from course.by_hand import announce, by_hand

from .ch01_echo import open_listener

ANY = "0.0.0.0"

# The states of /proc/net/tcp (Linux, include/net/tcp_states.h), named as in RFC 9293 §3.3.2.
STATES = {
    "01": "ESTABLISHED",
    "02": "SYN-SENT",
    "03": "SYN-RECEIVED",
    "04": "FIN-WAIT-1",
    "05": "FIN-WAIT-2",
    "06": "TIME-WAIT",
    "07": "CLOSED",
    "08": "CLOSE-WAIT",
    "09": "LAST-ACK",
    "0A": "LISTEN",
    "0B": "CLOSING",
    "0C": "SYN-RECEIVED",
}


class Endpoint(NamedTuple):
    """One end of a connection: an IP address in text form, and a port."""

    host: str
    port: int


class FourTuple(NamedTuple):
    """The name of a connection, as one of its two ends sees it."""

    local: Endpoint
    remote: Endpoint

    def as_seen_by_peer(self) -> FourTuple:
        """Return the name that the other end has for the same connection."""
        # TASK 2. What is local here, is remote there.
        return FourTuple(local=self.remote, remote=self.local)


class Segment(NamedTuple):
    """What the kernel reads first in an arriving TCP segment: from where, to where, and SYN.

    `syn` is true for the first segment of a new connection (RFC 9293 §3.5).
    """

    source: Endpoint
    destination: Endpoint
    syn: bool = False


class Entry(NamedTuple):
    """One line of the kernel's table. A listener has no remote end: `remote` is None.

    `queue` counts what waits for the program: on a connection bytes that have arrived, on a
    listener connections that have not been accepted yet.
    """

    local: Endpoint
    remote: Endpoint | None
    state: str
    queue: int = 0


def four_tuple(sock: socket.socket) -> FourTuple:
    """Return the 4-tuple of a connected socket.

    The name of an IPv6 socket has more than two parts (ipv6(7)): the first two are what counts.

    Raises OSError if the socket is not connected, as a listener never is.
    """
    # TASK 1. Ask the socket for its own name and for its peer's.
    return FourTuple(Endpoint(*sock.getsockname()[:2]), Endpoint(*sock.getpeername()[:2]))


def connect_from(local: Endpoint, remote: Endpoint) -> socket.socket:
    """Connect to `remote` from an address and port of your own choice, and return the socket.

    Other connections may use the same local end already, as long as their remote end differs
    (Linux; socket(7), SO_REUSEADDR).

    Raises OSError, with no socket left open, if the very same connection exists or nobody listens.
    """
    # TASK 3. A client can bind, too. What has to be set before it does?
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(local)
        sock.connect(remote)
    except OSError:
        sock.close()
        raise
    return sock


def demux(table: Sequence[Entry], segment: Segment) -> Entry | None:
    """Return the table's entry that an arriving segment belongs to (RFC 9293 §3.10.7).

    A connection is found by both its ends. Only a SYN that belongs to no connection goes to a
    listener: to one on exactly the destination's address, or else to one on `ANY`. For anything
    else the answer is None, and a kernel would answer with RST.
    """
    # TASK 4. Connections first, by the whole 4-tuple; then listeners, and only for a SYN.
    name = FourTuple(local=segment.destination, remote=segment.source)
    for entry in table:
        if (entry.local, entry.remote) == name:
            return entry
    if segment.syn:
        for host in (segment.destination.host, ANY):
            wanted = Endpoint(host, segment.destination.port)
            for entry in table:
                if entry.remote is None and entry.local == wanted:
                    return entry
    return None


def parse_kernel_table(text: str) -> list[Entry]:
    """Read the text of `/proc/net/tcp`, the kernel's table of IPv4 connections (proc_net_tcp(5)).

    Below one line of headings, each line has in its second and third column the local and the
    remote end, in its fourth the state, in its fifth two queues, `tx:rx`: only the second, `rx`, is
    wanted. All numbers are hexadecimal. The four bytes of an address stand in the order of the
    machine's memory: on nearly every machine the last one first, so 0100007F is 127.0.0.1. A
    listener's remote end is all zeros there; in its Entry it is None. STATES has the states' names.
    """
    # TASK 5. One line, one entry.
    entries = []
    for line in text.splitlines()[1:]:
        _slot, local, remote, state, queues = line.split()[:5]
        name = STATES[state]
        entries.append(
            Entry(
                local=_endpoint(local),
                remote=None if name == "LISTEN" else _endpoint(remote),
                state=name,
                queue=int(queues.partition(":")[2], 16),
            )
        )
    return entries


# Not in the starter.
def _endpoint(column: str) -> Endpoint:
    address, _, port = column.partition(":")
    return Endpoint(socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16))


def serve(host: str, port: int) -> None:
    """Tell each client the name of its connection, as both ends see it, until Ctrl-C."""
    with open_listener(host, port) as listener:
        announce(listener.getsockname())
        while True:
            conn, _peer = listener.accept()
            with conn:
                here = four_tuple(conn)
                there = here.as_seen_by_peer()
                text = f"Seen from the server: {here}\nSeen from you: {there}\n"
                conn.sendall(text.encode())


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that tells each client its 4-tuple."))
