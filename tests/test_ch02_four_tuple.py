"""The promises of chapter 2: how the kernel knows whose byte this is."""

import socket
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from course.checks.answers import Attempt
from course.checks.compare import brief
from course.checks.expect import NOT_GIVEN, Literally, broken, described, holds, refusal, same
from course.checks.peers import closed, connected, free_port, listening
from course.checks.promises import Misconception, linux_only, promise
from tests import beliefs, hints

SERVER = ("192.0.2.1", 80)


@promise(
    task=1,
    usually=beliefs.ONE_NAME,
    hints=(
        "Put yourself at the other end of the connection. What is local there?",
        "The two endpoints change places. Each endpoint keeps its own host and port.",
        "return FourTuple(local=self.remote, remote=self.local)",
    ),
    hints_if={"types": hints.NAME_THE_PARTS},
)
def test_peer_sees_it_the_other_way_round(chapter: Attempt) -> None:
    """The peer sees the same connection under the mirrored name."""
    for client in (
        ("198.51.100.7", 52000),
        ("192.0.2.1", 52000),
    ):  # of another machine, of this one
        ours, theirs = chapter.Endpoint("192.0.2.1", 80), chapter.Endpoint(*client)
        here, there = chapter.FourTuple(ours, theirs), chapter.FourTuple(theirs, ours)
        seen = here.as_seen_by_peer()
        same(f"{brief(here)}, as the peer sees it:", expected=there, got=seen)
        what = f"{brief(there)}, as its peer sees it:"
        same(what, expected=here, got=there.as_seen_by_peer())
        _is_named(seen)


@promise(
    task=2,
    usually=beliefs.SERVER_PORT_ON_BOTH_SIDES,
    hints=(
        "A socket knows its own name and its peer's name. Which two methods return them?",
        "sock.getsockname() returns the local endpoint, sock.getpeername() the remote one.",
        "FourTuple(Endpoint(*sock.getsockname()[:2]), Endpoint(*sock.getpeername()[:2]))",
    ),
    hints_if={
        "types": hints.NAME_THE_PARTS,
        "swapped": (
            "Both endpoints are right, but they have changed places. Which one is this socket's own?",
            "getsockname() returns this socket's own name: that is `local`.",
            "FourTuple(local=Endpoint(…), remote=Endpoint(…)): named parts cannot change places.",
        ),
    },
)
def test_names_local_and_remote(chapter: Attempt) -> None:
    """`local` is this socket's own endpoint, and `remote` is its peer's."""
    earlier: list[object] = []
    here = "127.0.0.1"
    for host in (here, here) if sys.platform == "darwin" else (here, here, "127.0.0.2"):
        with connected(host) as (client, server):
            for sock in (client, server):
                local, remote = sock.getsockname(), sock.getpeername()
                name = chapter.four_tuple(sock)
                expected = chapter.FourTuple(chapter.Endpoint(*local), chapter.Endpoint(*remote))
                swapped = name == expected[::-1]
                usually = None if name in earlier or swapped else NOT_GIVEN
                clue = "swapped" if swapped else ""
                same("The 4-tuple:", expected=expected, got=name, usually=usually, clue=clue)
                _is_named(name)
                earlier.append(name)
                holds("four_tuple() closed the socket.", sock.fileno() != -1, usually=None)


def _is_named(name: object) -> None:
    what = "A plain tuple has no `local` and no `remote`. This has to be a FourTuple:"
    is_right = type(name).__name__ == "FourTuple"
    holds(what, is_right, got=name, usually=None, clue="types")
    for part in ("local", "remote"):
        end = getattr(name, part)
        what = f"A plain tuple has no `host` and no `port`. `{part}` has to be an Endpoint:"
        is_right = type(end).__name__ == "Endpoint"
        holds(what, is_right, got=end, usually=None, clue="types")


class SocketOfIPv6(socket.socket):
    """A socket with the names that IPv6 gives: not every machine has IPv6."""

    family = property(lambda _: socket.AF_INET6)
    host = "::1"

    def getsockname(self) -> tuple[str, int, int, int]:
        """Return the name of a server's socket."""
        return self.host, 8000, 0, 0

    def getpeername(self) -> tuple[str, int, int, int]:
        """Return the name of its client."""
        return self.host, 52000, 0, 0


@promise(
    task=2,
    usually=beliefs.TWO_PARTS,
    hints=(
        "This socket's name is ('::1', 8000, 0, 0). How many parts does your code expect?",
        "Take the first two parts of each name: name[:2].",
        "Endpoint(*sock.getsockname()[:2]) works for IPv4 and for IPv6.",
    ),
)
def test_names_ipv6_sockets(chapter: Attempt) -> None:
    """An IPv6 socket's name has more than two parts, and only the first two count."""
    for host in ("::1", "::ffff:127.0.0.1"):
        SocketOfIPv6.host = host
        with SocketOfIPv6() as sock:
            name = described(lambda sock=sock: chapter.four_tuple(sock))  # type: ignore[misc]
        ends = chapter.Endpoint(host, 8000), chapter.Endpoint(host, 52000)
        usually = beliefs.TWO_PARTS if isinstance(name, str) else None
        what = "The 4-tuple of an IPv6 socket:"
        same(what, expected=chapter.FourTuple(*ends), got=name, usually=usually)


@promise(
    task=2,
    usually=beliefs.LISTENER_HAS_PEER,
    hints=(
        "What does getpeername() do on a socket that has no peer?",
        "It raises OSError. Let the error pass: there is no 4-tuple to return.",
        "Remove the try, or raise the error again.",
    ),
)
def test_listener_has_no_four_tuple(chapter: Attempt) -> None:
    """A socket that is not connected has no 4-tuple, so a listener has none: OSError."""
    with listening() as listener, socket.socket() as fresh:
        with suppress(OSError):
            broken(
                "You asked for a listener's 4-tuple.",
                expected=Literally("OSError"),
                got=(name := chapter.four_tuple(listener)),
                usually=None if name is None else beliefs.LISTENER_HAS_PEER,
            )
        with refusal("You asked for the 4-tuple of a new socket.", OSError, usually=None):
            chapter.four_tuple(fresh)
        is_open = -1 not in (listener.fileno(), fresh.fileno())
        holds("four_tuple() closed the socket, which belongs to its caller.", is_open, usually=None)


def connection(
    chapter: Attempt,
    client: tuple[str, int],
    server: tuple[str, int] = SERVER,
    state: str = "ESTABLISHED",
) -> object:
    """Return a server's entry for one connection."""
    return chapter.Entry(chapter.Endpoint(*server), chapter.Endpoint(*client), state)


def listener_entry(chapter: Attempt, host: str, port: int) -> object:
    """Return a listener's entry."""
    return chapter.Entry(chapter.Endpoint(host, port), None, "LISTEN")


def arriving(
    chapter: Attempt, source: tuple[str, int], destination: tuple[str, int], *, syn: bool = False
) -> object:
    """Return a segment."""
    return chapter.Segment(chapter.Endpoint(*source), chapter.Endpoint(*destination), syn)


def goes_to(
    chapter: Attempt,
    table: list[object],
    segment: Any,
    *,
    expected: object,
    usually: Misconception | None = None,
    clue: str = "",
    nothing: str = "",
) -> None:
    """Require that demux() finds an entry; the report shows the whole table.

    `nothing` is the clue if it finds none: no belief explains that.
    """
    lines = "".join(f"\n  {brief(entry)}" for entry in table)
    before = list(table)
    got = chapter.demux(table, segment)
    if nothing and got not in before:
        usually, clue = None, nothing
    elif usually is beliefs.PORT_NAMES_SOCKET and got.local != segment.destination:
        usually, clue = None, "destination"
    same(f"The table:{lines}", sent=segment, expected=expected, got=got, usually=usually, clue=clue)
    what = "The table, afterwards:"
    same(what, expected=before, got=table, usually=None, clue="changes the table")


@promise(
    task=3,
    usually=beliefs.PORT_NAMES_SOCKET,
    hints=(
        "Several connections in this table have the same local endpoint. What tells them apart?",
        "Compare both endpoints. The segment's destination is local here, its source is remote.",
        "An entry matches if (entry.local, entry.remote) == (segment.destination, segment.source).",
    ),
    hints_if={
        "destination": (
            "The entry that your code found has another local endpoint. What has to be equal to it?",
            "A segment is addressed to its destination, and that is local here.",
            "An entry matches if (entry.local, entry.remote) == (segment.destination, segment.source).",
        ),
        "finds nothing": (
            "The kernel at the server's end reads this segment. Which endpoint is local there?",
            "The segment comes to us: its destination is local, and its source is remote.",
            "An entry matches if (entry.local, entry.remote) == (segment.destination, segment.source).",
        ),
        "changes the table": (
            "Whose table is it, and who reads it after you?",
            "demux() looks into the table. It does not sort it, and takes nothing out of it.",
            "Iterate over it: for entry in table. sorted(table) makes a list of its own.",
        ),
    },
)
def test_segment_finds_its_connection(chapter: Attempt) -> None:
    """A segment belongs to the connection with its source and destination, and to no other."""
    clients = [("198.51.100.7", 52000), ("198.51.100.7", 52001), ("203.0.113.9", 52000)]
    table = [connection(chapter, client) for client in clients]
    table.append(connection(chapter, clients[0], ("192.0.2.1", 443)))
    table.append(connection(chapter, clients[0], ("192.0.2.2", 80)))
    alike = [
        connection(chapter, clients[0]),
        connection(chapter, ("198.51.100.77", 52000), SERVER, "CLOSE-WAIT"),
        connection(chapter, clients[0], ("192.0.2.11", 80), "TIME-WAIT"),
    ]
    for rows in (table, alike, alike[::-1]):
        for entry in rows:
            segment = arriving(chapter, entry.remote, entry.local)  # type: ignore[attr-defined]
            usually, nothing = beliefs.PORT_NAMES_SOCKET, "finds nothing"
            goes_to(chapter, rows, segment, expected=entry, usually=usually, nothing=nothing)


@promise(
    task=3,
    usually=beliefs.LISTENER_FIRST,
    hints=(
        "Which entry do you look for first? What if the listener's row comes before the connection's?",
        "Go through the table twice: once for a connection, and only then for a listener.",
        "A loop for connections comes first. After it, and only for a SYN, come the listeners: rule 2, "
        "and then rule 3.",
    ),
)
def test_connections_come_before_listeners(chapter: Attempt) -> None:
    """A segment of a connection belongs to it, even if a listener has an earlier row."""
    listener = listener_entry(chapter, *SERVER)
    entry = connection(chapter, ("198.51.100.7", 52000))
    table = [listener, entry, listener_entry(chapter, "0.0.0.0", 80)]
    for syn in (False, True):
        segment = arriving(chapter, ("198.51.100.7", 52000), SERVER, syn=syn)
        # A SYN could belong to either: who takes the listener has the wrong order, not this belief.
        usually = None if syn else beliefs.LISTENER_FIRST
        goes_to(chapter, table, segment, expected=entry, usually=usually)
    table = [listener, entry]
    goes_to(chapter, table, segment, expected=entry)
    table.remove(entry)  # the connection is over, and another one with this name begins
    goes_to(chapter, table, segment, expected=listener, usually=None)


@promise(
    task=3,
    usually=beliefs.WILDCARD_IS_AN_ADDRESS,
    hints=(
        "A listener on 0.0.0.0 takes clients on every address. Does any segment say 0.0.0.0?",
        "Look for a listener on the destination's address first, and then for one on ANY.",
        "for host in (segment.destination.host, ANY): look for a listener on (host, port).",
    ),
    hints_if={
        "wrong entry": (
            "This SYN is for a listener. By what do you recognise a listener in the table?",
            "A listener's `remote` is None, and its host *and* port have to be the destination's.",
            "An entry fits if entry.remote is None and entry.local == segment.destination.",
        ),
        "order": (
            "Two listeners could take this SYN. What decides: the order of the rows, or of the rules?",
            "A listener on exactly the destination comes first, wherever its row is.",
            "Look through the whole table with rule 2. Only then begin again, with rule 3.",
        ),
    },
)
def test_newcomer_goes_to_the_listener(chapter: Attempt) -> None:
    """A newcomer's SYN belongs to a listener on exactly that address, or else to one on 0.0.0.0."""
    everywhere = listener_entry(chapter, "0.0.0.0", 80)
    here = listener_entry(chapter, *SERVER)
    other_port = listener_entry(chapter, "192.0.2.1", 443)
    other_host = listener_entry(chapter, "192.0.2.2", 80)
    newcomer = arriving(chapter, ("203.0.113.9", 40000), SERVER, syn=True)
    for table, expected, usually, clue in (
        ([other_port, here], here, None, "wrong entry"),
        ([connection(chapter, ("198.51.100.7", 52000)), here], here, None, "wrong entry"),
        ([here, connection(chapter, ("198.51.100.7", 52000))], here, None, "wrong entry"),
        ([other_host, here], here, None, "wrong entry"),
        ([other_port, everywhere], everywhere, beliefs.WILDCARD_IS_AN_ADDRESS, ""),
        ([everywhere, here], here, None, "order"),
        ([here, everywhere], here, None, "order"),
    ):
        goes_to(chapter, table, newcomer, expected=expected, usually=usually, clue=clue)
    many = [connection(chapter, ("198.51.100.7", port)) for port in range(3000)]
    got = chapter.demux([*many, here], newcomer)
    what = "The table has 3000 connections and a listener. demux() returned:"
    same(what, sent=newcomer, expected=here, got=got, usually=None)


@promise(
    task=3,
    usually=beliefs.LISTENER_FIRST,
    hints=(
        "This segment belongs to no connection, and no listener may take it. Whose is it?",
        "A listener takes a SYN only, and only on its own port. Otherwise the answer is None.",
        "Look for a listener only `if segment.syn`, and return None at the end.",
    ),
    hints_if={
        "another address": (
            "This is a SYN, but no listener in the table has its destination. Whose is it?",
            "A listener on 0.0.0.0 takes every address, but one port. Others take one address.",
            "A listener fits only if its host and its port fit: entry.local == (host, port).",
        ),
    },
)
def test_stray_segment_belongs_to_nobody(chapter: Attempt) -> None:
    """If no connection and no listener fits, the answer is None."""
    table = [
        listener_entry(chapter, *SERVER),
        connection(chapter, ("198.51.100.7", 52000)),
        listener_entry(chapter, "0.0.0.0", 8000),
        listener_entry(chapter, "127.0.0.1", 80),
    ]
    stranger = ("203.0.113.9", 40000)
    for segment in (
        arriving(chapter, stranger, SERVER),
        arriving(chapter, stranger, ("192.0.2.1", 8000)),
        arriving(chapter, ("198.51.100.77", 52000), SERVER),
    ):
        goes_to(chapter, table, segment, expected=None, usually=beliefs.LISTENER_FIRST)
    for segment in (
        arriving(chapter, stranger, ("192.0.2.1", 81), syn=True),
        arriving(chapter, stranger, ("192.0.2.2", 80), syn=True),
        arriving(chapter, stranger, ("192.0.2.11", 80), syn=True),
    ):
        goes_to(chapter, table, segment, expected=None, clue="another address")
    segment = arriving(chapter, stranger, SERVER, syn=True)
    goes_to(chapter, [], segment, expected=None, clue="another address")


@promise(
    task=4,
    usually=beliefs.CLIENT_CANNOT_BIND,
    hints=(
        "A client gets its port from the kernel, unless it asks for one. With which call?",
        "bind() before connect(): your own endpoint first, then the server's.",
        "sock.bind(local), then sock.connect(remote).",
    ),
)
def test_connects_from_the_port_you_chose(chapter: Attempt) -> None:
    """The connection starts at the port that you asked for, or at a free one for port 0."""
    with listening() as listener:
        remote = chapter.Endpoint(*listener.getsockname())
        for port in (free_port(), 0):
            local = chapter.Endpoint("127.0.0.1", port)
            with chapter.connect_from(local, remote) as sock:
                host, chosen = sock.getsockname()
                same("Its own host:", sent=local, expected="127.0.0.1", got=host)
                same("Its own port:", sent=local, expected=port or chosen, got=chosen)
                same("Its remote endpoint:", expected=tuple(remote), got=sock.getpeername())
                same("Its timeout:", expected=None, got=sock.gettimeout(), usually=None)


@linux_only
@promise(
    task=4,
    usually=beliefs.CLIENT_CANNOT_BIND,
    hints=(
        "`local` has two parts. Does bind() get to see both?",
        "On Linux, 127.0.0.2 is an address of this machine as well. Hand it to bind().",
        "sock.bind(local): an Endpoint is a tuple of host and port.",
    ),
)
def test_connects_from_the_address_you_chose(chapter: Attempt) -> None:
    """The connection starts at the address that you asked for, and goes to the one asked for."""
    local = chapter.Endpoint("127.0.0.2", 0)
    with socket.create_server(("127.0.0.3", 0)) as listener:
        remote = chapter.Endpoint(*listener.getsockname())
        with chapter.connect_from(local, remote) as sock:
            host = sock.getsockname()[0]
            same("Its own host:", sent=local, expected="127.0.0.2", got=host)
            same("Its remote endpoint:", expected=tuple(remote), got=sock.getpeername())


@linux_only
@promise(
    task=4,
    usually=beliefs.PORT_IS_TAKEN,
    signs={OSError: beliefs.PORT_IS_TAKEN},
    hints=(
        "Another connection has the port. Does bind() know that you want to share it?",
        "With a socket option, set before bind(): SO_REUSEADDR, at the level SOL_SOCKET.",
        "sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1), before sock.bind(local).",
    ),
)
def test_one_local_port_two_servers(chapter: Attempt) -> None:
    """Connections can share a local port, if they go to different servers."""
    with listening() as first, listening() as second, ExitStack() as open_sockets:
        other = open_sockets.enter_context(socket.socket())
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", 0))
        other.connect(first.getsockname())
        local, remote = (
            chapter.Endpoint(*name) for name in (other.getsockname(), second.getsockname())
        )
        sock = open_sockets.enter_context(chapter.connect_from(local, remote))
        same("The connection's own endpoint:", expected=tuple(local), got=sock.getsockname())
    with listening() as first, listening() as second:
        one, two = (chapter.Endpoint(*server.getsockname()) for server in (first, second))
        with chapter.connect_from(chapter.Endpoint("127.0.0.1", 0), one) as sock:
            chosen = chapter.Endpoint(*sock.getsockname())  # the kernel picked this port
            with chapter.connect_from(chosen, two) as other:
                same("The port of both:", expected=chosen.port, got=other.getsockname()[1])


@linux_only
@promise(
    task=4,
    usually=beliefs.FAILED_IS_CLOSED,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "Two connections cannot have the same four numbers. Who has to hear that?",
        "The kernel refuses the second one with an OSError. It belongs to your caller.",
        "Do not catch the OSError, or `raise` it again.",
    ),
    hints_if={"leak": hints.CLOSE_THE_CLIENT},
)
def test_same_four_tuple_is_refused(chapter: Attempt) -> None:
    """The same 4-tuple a second time is an OSError, and no socket is left open."""
    local = chapter.Endpoint("127.0.0.1", free_port())
    with listening() as listener:
        remote = chapter.Endpoint(*listener.getsockname())
        with (
            chapter.connect_from(local, remote),
            refusal("You asked for a connection that exists already.", OSError, usually=None),
        ):
            closed(chapter.connect_from(local, remote))


@promise(
    task=4,
    usually=beliefs.FAILED_IS_CLOSED,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "Two calls can fail here: bind() and connect(). Does your caller see the error?",
        "bind() refuses an address of another machine, connect() a port where nobody listens.",
        "Let the OSError of sock.bind(local) and of sock.connect(remote) go on to your caller.",
    ),
    hints_if={"leak": hints.CLOSE_THE_CLIENT},
)
def test_failure_leaves_nothing_open(chapter: Attempt) -> None:
    """If the address cannot be had, or nobody listens, OSError; no socket stays open."""
    with listening() as listener, socket.socket() as other:
        remote = chapter.Endpoint(*listener.getsockname())
        foreign = chapter.Endpoint("192.0.2.1", 0)
        with refusal(
            "You asked to start at 192.0.2.1, another machine's address.", OSError, usually=None
        ):
            closed(chapter.connect_from(foreign, remote))
        other.bind(("127.0.0.1", 0))
        taken = chapter.Endpoint(*other.getsockname())
        what = "You asked for a port whose socket did not set SO_REUSEADDR."
        with refusal(what, OSError, usually=None):
            closed(chapter.connect_from(taken, remote))
    nobody = chapter.Endpoint("127.0.0.1", free_port())
    with refusal("You asked to connect to a port where nobody listens.", OSError, usually=None):
        closed(chapter.connect_from(chapter.Endpoint("127.0.0.1", 0), nobody))


TABLE_TEXT = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000012 00:00000000 00000000  1000        0 21404 1
   1: 0100007F:1F90 0100007F:D43A 01 00000000:0001010B 00:00000000 00000000  1000        0 21406 1
   2: 0100007F:D43A 0100007F:1F90 08 0000001F:00000000 00:00000000 00000000  1000        0 21405 1
   3: 0101A8C0:A2C4 2202000A:01BB 06 00000000:00000000 03:00000F2A 00000000     0        0 0 3
10000: 00000000:0016  00000000:0000  0A 00000000:00000000 00:00000000 00000000     0        0 13311 1
"""
NO_SOCKETS = TABLE_TEXT.splitlines(keepends=True)[0]
NOTHING_WAITS = TABLE_TEXT.replace("0001010B", "00000000").replace("0000001F", "00000000")


@promise(
    task=5,
    usually=beliefs.BYTES_IN_READING_ORDER,
    hints=(
        "Split the line at its spaces. Which column is which? Compare with the docstring.",
        "bytes.fromhex('0100007F')[::-1] are the four bytes of 127.0.0.1, and int('1F90', 16) is a "
        "port. socket.inet_ntoa() makes text of four bytes.",
        "host, port = column.split(':'), then Endpoint(socket.inet_ntoa(bytes.fromhex(host)[::-1]), "
        "int(port, 16)); for each line of text.splitlines()[1:].",
    ),
    hints_if={
        "reversed": (
            "127.0.0.1 is printed as 0100007F. In which order do its bytes stand there?",
            "The last byte comes first. [::-1] reverses bytes.",
            "socket.inet_ntoa(bytes.fromhex(host)[::-1])",
        ),
        Exception: (
            "Print the line at which your code fails. Is it the line of headings?",
            "text.splitlines()[1:] leaves the headings out. columns[0] is the number of the line.",
            "for line in text.splitlines()[1:]: columns = line.split(), and the first endpoint is "
            "columns[1].",
        ),
    },
)
def test_reads_both_ends(chapter: Attempt) -> None:
    """Each entry has the local and the remote endpoint, in the form in which people write them."""
    entries = chapter.parse_kernel_table(NOTHING_WAITS)
    same("How many entries it has:", expected=5, got=len(entries), usually=None)
    expected = [
        ("127.0.0.1", 8080),
        ("127.0.0.1", 8080),
        ("127.0.0.1", 54330),
        ("192.168.1.1", 41668),
        ("0.0.0.0", 22),
    ]
    got = [tuple(entry.local) for entry in entries]
    is_reversed = got[:1] == [("1.0.0.127", 8080)]
    clue = "reversed" if is_reversed else ""
    usually = beliefs.BYTES_IN_READING_ORDER if is_reversed else None
    same("The local endpoints:", expected=expected, got=got, usually=usually, clue=clue)
    same(
        "The remote endpoints of the second to the fourth:",
        expected=[("127.0.0.1", 54330), ("127.0.0.1", 8080), ("10.0.2.34", 443)],
        got=[entry.remote and tuple(entry.remote) for entry in entries[1:4]],
    )
    got = chapter.parse_kernel_table(NOTHING_WAITS.rstrip("\n"))
    same("Without a line end at the end:", expected=entries, got=got, usually=None)
    same(
        "Of headings alone:", expected=[], got=chapter.parse_kernel_table(NO_SOCKETS), usually=None
    )


@promise(
    task=5,
    usually=beliefs.LISTENER_TO_NOBODY,
    hints=(
        "Which state does the first line have, by STATES? What does Entry say about its `remote`?",
        "STATES[column] is the state's name. A listener's `remote` is None.",
        "remote=None if state == 'LISTEN' else …",
    ),
)
def test_reads_states(chapter: Attempt) -> None:
    """Each entry has its state's name, and a listener's `remote` is None."""
    entries = chapter.parse_kernel_table(NOTHING_WAITS)
    states = [entry.state for entry in entries]
    expected = ["LISTEN", "ESTABLISHED", "CLOSE-WAIT", "TIME-WAIT", "LISTEN"]
    same("The states:", expected=expected, got=states, usually=None)
    same("The first listener's `remote`:", expected=None, got=entries[0].remote)
    same("The second listener's `remote`:", expected=None, got=entries[4].remote)


@promise(
    task=5,
    usually=beliefs.QUEUE_IS_QUEUE,
    hints=(
        "The fifth column is two numbers. Which one counts what waits for the program?",
        "It is tx:rx, sent but not confirmed, and received but not read. You want the second one.",
        "int(column.split(':')[1], 16)",
    ),
)
def test_reads_what_waits(chapter: Attempt) -> None:
    """`queue` counts what waits for a program: connections on a listener, bytes on a connection."""
    queues = [entry.queue for entry in chapter.parse_kernel_table(TABLE_TEXT)]
    usually = beliefs.QUEUE_IS_QUEUE if queues == [0, 0, 31, 0, 0] else None
    same("The queues:", expected=[18, 65803, 0, 0, 0], got=queues, usually=usually)


@linux_only
@promise(
    task=5,
    usually=beliefs.BYTES_IN_READING_ORDER,
    hints=(
        "This is your own machine's table, at this moment. Does it have lines of another form?",
        "Split at the spaces and take the first five columns: the others vary.",
        "line.split()[:5]",
    ),
)
def test_finds_a_real_connection(chapter: Attempt) -> None:
    """In your own machine's table, demux() finds the entry of a real connection."""
    with ExitStack() as stack:
        pairs = [stack.enter_context(connected()) for _ in range(4)]
        for client, server in pairs:
            client.sendall(b"hello")
            server.recv(5, socket.MSG_PEEK)  # until they have arrived
        text = Path("/proc/net/tcp").read_text(encoding="ascii")
        table = chapter.parse_kernel_table(text)  # once: a busy machine has 10,000 sockets
        for client, server in pairs:
            segment = arriving(chapter, client.getsockname(), server.getsockname())
            entry = chapter.demux(table, segment)
            holds("This connection is not found in the table.", entry is not None, sent=segment)
            same("Its state:", expected="ESTABLISHED", got=entry.state)
            same("Bytes that wait for the server:", sent=b"hello", expected=5, got=entry.queue)
    line = TABLE_TEXT.splitlines(keepends=True)[1]
    count = len(chapter.parse_kernel_table(NO_SOCKETS + 3000 * line))
    same("How many entries a table of 3000 sockets has:", expected=3000, got=count, usually=None)


TASKS = {
    1: "FourTuple.as_seen_by_peer",
    2: "four_tuple",
    3: "demux",
    4: "connect_from",
    5: "parse_kernel_table",
}
