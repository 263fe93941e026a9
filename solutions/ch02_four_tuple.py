"""Chapter 2. How does the kernel know whose byte this is?

One port of a server serves many clients. What tells their connections apart is the *4-tuple*: local
address, local port, remote address, remote port. The kernel keeps a table of all its sockets, and for
every segment that arrives, it looks there for the socket that gets it (RFC 9293 §3.4.1, §3.10.7).

Run it by hand:  python3 -m solutions.ch02_four_tuple --port 8000
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
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
    """One end of a connection: an IP address as text, and a port."""

    host: str
    port: int


class FourTuple(NamedTuple):
    """The name of a connection, as one of its two ends sees it."""

    local: Endpoint
    remote: Endpoint

    def as_seen_by_peer(self) -> FourTuple:
        """Return the name that the other end has for the same connection."""
        # TASK 1. What is local here is remote there.
        return FourTuple(local=self.remote, remote=self.local)


class Segment(NamedTuple):
    """The part of a TCP segment that says whom it is for.

    - `source` and `destination`: where it was sent from, and where to
    - `syn`: whether it is the first segment of a new connection (RFC 9293 §3.5)
    """

    source: Endpoint
    destination: Endpoint
    syn: bool = False


class Entry(NamedTuple):
    """One row of the kernel's table of sockets.

    - `local`: the local endpoint
    - `remote`: the remote endpoint; None for a listener, which is connected to nobody
    - `state`: the state's name, such as "LISTEN" or "ESTABLISHED" (RFC 9293 §3.3.2)
    - `queue`: what waits for the program (see task 5)
    """

    local: Endpoint
    remote: Endpoint | None
    state: str
    queue: int = 0


def four_tuple(sock: socket.socket) -> FourTuple:
    """Return the 4-tuple of a connected socket.

    The name of an IPv6 socket has more than two parts; only the first two count (ipv6(7)).

        IPv4  ("127.0.0.1", 80)   -> Endpoint("127.0.0.1", 80)
        IPv6  ("::1", 80, 0, 0)   -> Endpoint("::1", 80)

    Raises OSError if the socket is not connected. A listener never is.
    """
    # TASK 2. Ask the socket for its own name and for its peer's.
    return FourTuple(Endpoint(*sock.getsockname()[:2]), Endpoint(*sock.getpeername()[:2]))


def demux(table: Sequence[Entry], segment: Segment) -> Entry | None:
    """Return the entry of the table that a segment belongs to (RFC 9293 §3.10.7).

    Use the first rule that fits:

    1. a connection whose local endpoint is the segment's destination and whose remote endpoint is
       the segment's source
    2. if the segment is a SYN, a listener on exactly the segment's destination
    3. if the segment is a SYN, a listener on `ANY` and the same port; `ANY` is every IPv4 address

    All addresses are IPv4. A listener is an entry whose `remote` is None. At most one entry fits
    each rule.

    If no rule fits, return None. (A kernel would answer with RST.) The table stays as it is.
    """
    # TASK 3. Connections first, by all four numbers; then listeners, and only for a SYN.
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


def connect_from(local: Endpoint, remote: Endpoint) -> socket.socket:
    """Connect to `remote` from the endpoint `local`, and return the connected socket.

    - With port 0 in `local`, the kernel picks the port.
    - Two connections may use the same local endpoint, if they have different remote endpoints. On
      Linux this works if both sockets set SO_REUSEADDR before bind() (socket(7)).
    - The socket has no timeout.

    Raises OSError:
        if the same 4-tuple exists already;
        if `local` is not an address of this machine;
        if its port is taken, by a socket that does not share it;
        if nobody listens at `remote`.
        Close the socket before you raise the error.
    """
    # TASK 4. A client can call bind() as well. Which option has to be set first?
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(local)
        sock.connect(remote)
    except OSError:
        sock.close()
        raise
    return sock


def parse_kernel_table(text: str) -> list[Entry]:
    """Read the text of `/proc/net/tcp`, the kernel's table of IPv4 sockets (proc_pid_net(5)).

    The first line contains headings. Each of the following lines describes one socket, in columns
    that are separated by spaces:

        0: 0100007F:1F90 00000000:0000 0A 00000000:0000000B 00:00000000 00000000  1000  0 21404

    All numbers are hexadecimal. With `columns = line.split()`, you need:

        columns[1]  local endpoint     0100007F:1F90        127.0.0.1, port 8080
        columns[2]  remote endpoint    00000000:0000        nobody, if the state is LISTEN
        columns[3]  state              0A                   LISTEN; STATES has all the names
        columns[4]  queues, tx:rx      00000000:0000000B    rx is 11; tx is not needed

    An address is one number in the byte order of the machine's memory. Assume that the last byte
    comes first, as on nearly every machine. A listener's `remote` is None.
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
    """Tell each client the name of its connection, as both ends see it, until Ctrl-C.

    The connection stays open until the client has finished sending.
    """
    with open_listener(host, port) as listener:
        announce(listener.getsockname())
        while True:
            conn, _peer = listener.accept()
            with conn:
                here = four_tuple(conn)
                there = here.as_seen_by_peer()
                text = f"As the server sees it: {here}\nAs you see it: {there}\n"
                with suppress(ConnectionError):  # if a client disconnects, the next one is served
                    conn.sendall(text.encode())
                    while conn.recv(1024):
                        pass


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A server that tells each client its 4-tuple."))
