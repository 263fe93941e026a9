"""The promises of chapter 2: how the kernel knows whose byte this is."""

from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

from course.checks.answers import Attempt
from course.checks.compare import brief
from course.checks.expect import described, holds, refusal, same
from course.checks.peers import connected, free_port, listening
from course.checks.promises import Misconception, linux_only, promise
from tests import beliefs

SERVER = ("192.0.2.1", 80)
TABLE_TEXT = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000  1000        0 21404 1
   1: 0100007F:1F90 0100007F:D43A 01 00000000:0000000B 00:00000000 00000000  1000        0 21406 1
   2: 0100007F:D43A 0100007F:1F90 01 0000001F:00000000 00:00000000 00000000  1000        0 21405 1
   3: 0101A8C0:A2C4 2202000A:01BB 06 00000000:00000000 03:00000F2A 00000000     0        0 0 3
   4: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 13311 1
"""


@promise(
    task=1,
    usually=beliefs.SERVER_PORT_ON_BOTH_SIDES,
    hints=(
        "A socket knows its own name and its peer's name. Which methods tell them?",
        "sock.getsockname() is the local end, sock.getpeername() the remote end.",
        "FourTuple(Endpoint(*sock.getsockname()[:2]), Endpoint(*sock.getpeername()[:2]))",
    ),
)
def test_names_local_and_remote(chapter: Attempt) -> None:
    """The 4-tuple has this socket's end as local and its peer's end as remote."""
    with connected() as (client, server):
        for sock in (client, server):
            local, remote = sock.getsockname(), sock.getpeername()
            name = chapter.four_tuple(sock)
            expected = chapter.FourTuple(chapter.Endpoint(*local), chapter.Endpoint(*remote))
            same("The 4-tuple:", expected=expected, got=name)
            for value, kind in ((name, "FourTuple"), (name.local, "Endpoint")):
                is_right = type(value).__name__ == kind
                holds(f"This has to be of type {kind}:", is_right, got=value, usually=None)


@promise(
    task=1,
    usually=beliefs.TWO_PARTS,
    hints=(
        "This socket's name is ('::1', 8000, 0, 0). How many parts does your code expect?",
        "Take the first two parts of each name: name[:2].",
        "Endpoint(*sock.getsockname()[:2]) works for both families.",
    ),
)
def test_names_ipv6_sockets(chapter: Attempt) -> None:
    """An IPv6 socket's name has more than two parts, and only the first two count."""
    sock = SimpleNamespace(
        getsockname=lambda: ("::1", 8000, 0, 0), getpeername=lambda: ("::1", 52000, 0, 0)
    )
    name = described(lambda: chapter.four_tuple(sock))
    expected = chapter.FourTuple(chapter.Endpoint("::1", 8000), chapter.Endpoint("::1", 52000))
    same("The 4-tuple of an IPv6 socket:", expected=expected, got=name)


@promise(
    task=1,
    usually=beliefs.LISTENER_HAS_PEER,
    hints=(
        "What does getpeername() do on a socket that has no peer?",
        "Let its OSError pass: there is no 4-tuple to return.",
        "Remove the try, or raise the error again.",
    ),
)
def test_listener_has_no_four_tuple(chapter: Attempt) -> None:
    """A listener has no 4-tuple: asking for it raises OSError."""
    with listening() as listener, refusal("You asked for a listener's 4-tuple.", OSError):
        chapter.four_tuple(listener)


@promise(
    task=2,
    usually=beliefs.ONE_NAME,
    hints=(
        "Stand at the other end of the connection. What is local there?",
        "The two ends change places; each end keeps its own host and port.",
        "return FourTuple(local=self.remote, remote=self.local)",
    ),
)
def test_peer_sees_it_the_other_way_round(chapter: Attempt) -> None:
    """The peer has the same connection under the mirrored name."""
    here = chapter.FourTuple(
        chapter.Endpoint("192.0.2.1", 80), chapter.Endpoint("198.51.100.7", 52000)
    )
    there = chapter.FourTuple(
        chapter.Endpoint("198.51.100.7", 52000), chapter.Endpoint("192.0.2.1", 80)
    )
    seen = here.as_seen_by_peer()
    same("As the peer sees it:", sent=here, expected=there, got=seen)
    same("And seen from there:", sent=there, expected=here, got=there.as_seen_by_peer())
    holds(
        "This has to be a FourTuple:", isinstance(seen, chapter.FourTuple), got=seen, usually=None
    )


@promise(
    task=3,
    usually=beliefs.CLIENT_CANNOT_BIND,
    hints=(
        "A client gets its port from the kernel, unless it asks for one. With which call?",
        "bind() before connect(): the client's own end first, then the server's.",
        "sock.bind(local), then sock.connect(remote).",
    ),
)
def test_connects_from_the_port_you_chose(chapter: Attempt) -> None:
    """The connection starts at the address and port that you asked for."""
    local = chapter.Endpoint("127.0.0.1", free_port())
    with listening() as listener:
        remote = chapter.Endpoint(*listener.getsockname())
        with chapter.connect_from(local, remote) as sock:
            same("Its own end:", expected=tuple(local), got=sock.getsockname())
            same("Its remote end:", expected=tuple(remote), got=sock.getpeername())


@linux_only
@promise(
    task=3,
    usually=beliefs.PORT_IS_TAKEN,
    signs={OSError: beliefs.PORT_IS_TAKEN},
    hints=(
        "The port is in use by your first connection. How do you tell the kernel that this is meant?",
        "A socket option, to be set before bind(): SO_REUSEADDR, at the level SOL_SOCKET.",
        "sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1), before sock.bind(local).",
    ),
)
def test_one_local_port_two_servers(chapter: Attempt) -> None:
    """Two connections can start at one local port, if they go to different servers."""
    local = chapter.Endpoint("127.0.0.1", free_port())
    with listening() as first, listening() as second, ExitStack() as open_sockets:
        for server in (first, second):
            remote = chapter.Endpoint(*server.getsockname())
            sock = open_sockets.enter_context(chapter.connect_from(local, remote))
            same("The connection's own end:", expected=tuple(local), got=sock.getsockname())


@linux_only
@promise(
    task=3,
    usually=beliefs.FAILED_IS_CLOSED,
    signs={"leak": beliefs.FAILED_IS_CLOSED},
    hints=(
        "The kernel refuses the second connection. What happens to the socket that you made for it?",
        "Close it before the error leaves your function.",
        "try: … except OSError: sock.close(); raise",
    ),
)
def test_same_four_tuple_is_refused(chapter: Attempt) -> None:
    """The same 4-tuple a second time is an OSError, and no socket is left open."""
    local = chapter.Endpoint("127.0.0.1", free_port())
    with listening() as listener:
        remote = chapter.Endpoint(*listener.getsockname())
        with (
            chapter.connect_from(local, remote),
            refusal("You asked for a connection that exists already.", OSError),
        ):
            chapter.connect_from(local, remote).close()


def connection(
    chapter: Attempt, client: tuple[str, int], server: tuple[str, int] = SERVER
) -> object:
    """Return a server's entry for one established connection."""
    return chapter.Entry(chapter.Endpoint(*server), chapter.Endpoint(*client), "ESTABLISHED")


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
    segment: object,
    *,
    expected: object,
    usually: Misconception,
) -> None:
    """Require that demux() finds an entry; the report shows the whole table."""
    lines = "".join(f"\n  {brief(entry)}" for entry in table)
    got = chapter.demux(table, segment)
    same(f"The table:{lines}", sent=segment, expected=expected, got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.PORT_NAMES_SOCKET,
    hints=(
        "All connections in this table have the same local end. What tells them apart?",
        "Compare both ends. The segment's destination is local here, its source is remote.",
        "An entry matches if (entry.local, entry.remote) == (segment.destination, segment.source).",
    ),
)
def test_segment_finds_its_connection(chapter: Attempt) -> None:
    """A segment goes to the connection with its source and its destination, and to no other."""
    clients = [("198.51.100.7", 52000), ("198.51.100.7", 52001), ("203.0.113.9", 52000)]
    table = [connection(chapter, client) for client in clients]
    for client, entry in zip(clients, table, strict=True):
        segment = arriving(chapter, client, SERVER)
        goes_to(chapter, table, segment, expected=entry, usually=beliefs.PORT_NAMES_SOCKET)


@promise(
    task=4,
    usually=beliefs.LISTENER_FIRST,
    hints=(
        "Which entry do you look for first? What if the listener stands above the connection?",
        "Go through the table twice: once for a connection, and only then for a listener.",
        "First loop: the whole 4-tuple, return if found. Second loop: entries without a remote end.",
    ),
)
def test_connections_come_before_listeners(chapter: Attempt) -> None:
    """A connection gets its segment even if a listener with that port stands above it."""
    entry = connection(chapter, ("198.51.100.7", 52000))
    table = [listener_entry(chapter, *SERVER), entry, listener_entry(chapter, "0.0.0.0", 80)]
    for syn in (False, True):
        segment = arriving(chapter, ("198.51.100.7", 52000), SERVER, syn=syn)
        goes_to(chapter, table, segment, expected=entry, usually=beliefs.LISTENER_FIRST)


@promise(
    task=4,
    usually=beliefs.WILDCARD_IS_AN_ADDRESS,
    hints=(
        "A listener on 0.0.0.0 takes clients on every address. Does any segment say 0.0.0.0?",
        "Look for a listener on the destination's address first, then for one on ANY.",
        "for host in (segment.destination.host, ANY): look for a listener on (host, port).",
    ),
)
def test_newcomer_goes_to_the_listener(chapter: Attempt) -> None:
    """A SYN from a newcomer goes to the listener on that address, or else to one on 0.0.0.0."""
    everywhere = listener_entry(chapter, "0.0.0.0", 80)
    here = listener_entry(chapter, *SERVER)
    other_port = listener_entry(chapter, "192.0.2.1", 443)
    newcomer = arriving(chapter, ("203.0.113.9", 40000), SERVER, syn=True)
    for table, expected in (
        ([other_port, here], here),
        ([other_port, everywhere], everywhere),
        ([everywhere, here], here),
        ([here, everywhere], here),
        ([connection(chapter, ("198.51.100.7", 52000)), here], here),
    ):
        goes_to(chapter, table, newcomer, expected=expected, usually=beliefs.WILDCARD_IS_AN_ADDRESS)


@promise(
    task=4,
    usually=beliefs.LISTENER_FIRST,
    hints=(
        "This segment belongs to no connection and asks for none. Who wants it?",
        "A listener takes a SYN only. For anything else there is nobody: None.",
        "Look for a listener only `if segment.syn`, and return None at the end.",
    ),
)
def test_stray_segment_belongs_to_nobody(chapter: Attempt) -> None:
    """A segment that fits no connection and is no SYN belongs to nobody."""
    table = [listener_entry(chapter, *SERVER), connection(chapter, ("198.51.100.7", 52000))]
    for segment in (
        arriving(chapter, ("203.0.113.9", 40000), SERVER),
        arriving(chapter, ("203.0.113.9", 40000), ("192.0.2.1", 81), syn=True),
    ):
        goes_to(chapter, table, segment, expected=None, usually=beliefs.LISTENER_FIRST)


@promise(
    task=5,
    usually=beliefs.BYTES_IN_READING_ORDER,
    hints=(
        "Split the line at white space: which column is which? Compare with the docstring.",
        "bytes.fromhex('0100007F')[::-1] are the four bytes of 127.0.0.1, and int('1F90', 16) is a "
        "port. socket.inet_ntoa() makes text of four bytes.",
        "host, port = column.split(':'), then Endpoint(socket.inet_ntoa(bytes.fromhex(host)[::-1]), "
        "int(port, 16)); for each line of text.splitlines()[1:].",
    ),
)
def test_reads_both_ends(chapter: Attempt) -> None:
    """Each line of the table gives the local and the remote end, as people write them."""
    entries = chapter.parse_kernel_table(TABLE_TEXT)
    same("How many entries it has:", expected=5, got=len(entries))
    ends = [tuple(entry.local) for entry in entries]
    expected = [
        ("127.0.0.1", 8080),
        ("127.0.0.1", 8080),
        ("127.0.0.1", 54330),
        ("192.168.1.1", 41668),
        ("0.0.0.0", 22),
    ]
    same("The local ends:", expected=expected, got=ends)
    same("The remote end of the fourth:", expected=("10.0.2.34", 443), got=tuple(entries[3].remote))


@promise(
    task=5,
    usually=beliefs.LISTENER_TO_NOBODY,
    hints=(
        "Which state does the first line have, by STATES? What does Entry say of its remote end?",
        "STATES[column] is the state's name. A listener's remote end is None.",
        "remote=None if state == 'LISTEN' else …",
    ),
)
def test_reads_states(chapter: Attempt) -> None:
    """Each entry has its state's name, and a listener has no remote end."""
    entries = chapter.parse_kernel_table(TABLE_TEXT)
    states = [entry.state for entry in entries]
    expected = ["LISTEN", "ESTABLISHED", "ESTABLISHED", "TIME-WAIT", "LISTEN"]
    same("The states:", expected=expected, got=states, usually=None)
    same("The first listener's remote end:", expected=None, got=entries[0].remote)
    same("The second listener's remote end:", expected=None, got=entries[4].remote)


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
    """`queue` is what waits for the program: 2 connections on the listener, 11 bytes on the next."""
    queues = [entry.queue for entry in chapter.parse_kernel_table(TABLE_TEXT)]
    same("The queues:", expected=[2, 11, 0, 0, 0], got=queues)


@linux_only
@promise(
    task=5,
    usually=beliefs.BYTES_IN_READING_ORDER,
    hints=(
        "This is the table of your own machine, at this moment. Does it have lines of another form?",
        "Split at white space and take the first five columns: the others vary.",
        "line.split()[:5]",
    ),
)
def test_finds_a_real_connection(chapter: Attempt) -> None:
    """In your own machine's table, a segment of a real connection finds its entry."""
    with ExitStack() as stack:
        for _ in range(4):
            client, server = stack.enter_context(connected())
            client.sendall(b"hello")
            table = chapter.parse_kernel_table(Path("/proc/net/tcp").read_text(encoding="ascii"))
            segment = arriving(chapter, client.getsockname(), server.getsockname())
            entry = chapter.demux(table, segment)
            holds("This connection is not found in the table.", entry is not None, sent=segment)
            same("Its state:", expected="ESTABLISHED", got=entry.state)
            same("Bytes that wait for the server:", sent=b"hello", expected=5, got=entry.queue)
