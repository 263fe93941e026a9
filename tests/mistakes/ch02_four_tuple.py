"""Wrong answers to chapter 2 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

NAME = "return FourTuple(Endpoint(*sock.getsockname()[:2]), Endpoint(*sock.getpeername()[:2]))"
MIRROR = "return FourTuple(local=self.remote, remote=self.local)"
CONNECTIONS = """    for entry in table:
        if (entry.local, entry.remote) == name:
            return entry
"""
LISTENERS = """    if segment.syn:
        for host in (segment.destination.host, ANY):
            wanted = Endpoint(host, segment.destination.port)
            for entry in table:
                if entry.remote is None and entry.local == wanted:
                    return entry
"""
REUSE = "        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
BIND = "        sock.bind(local)\n"

MISTAKES = (
    Mistake(
        "",
        "takes the headings for a socket",
        "test_reads_both_ends",
        old="text.splitlines()[1:]",
        new="text.splitlines()",
    ),
    Mistake(
        "",
        "returns a pair",
        "test_peer_sees_it_the_other_way_round",
        old=MIRROR,
        new="return (self.remote, self.local)",
    ),
    Mistake(
        "",
        "leaves the endpoints as they come",
        "test_names_local_and_remote",
        old=NAME,
        new="return FourTuple(sock.getsockname()[:2], sock.getpeername()[:2])",
    ),
    Mistake(
        "M13",
        "sets SO_REUSEADDR after bind()",
        "test_one_local_port_two_servers",
        old=REUSE + BIND,
        new=BIND + REUSE,
    ),
    Mistake(
        "",
        "local and remote the wrong way round",
        "test_names_local_and_remote",
        old=NAME,
        new="return FourTuple(Endpoint(*sock.getpeername()), Endpoint(*sock.getsockname()))",
    ),
    Mistake(
        "M12",
        "the server's port on both sides",
        "test_names_local_and_remote",
        old=NAME,
        new="here, there = sock.getsockname(), sock.getpeername()\n"
        "    return FourTuple(Endpoint(*here), Endpoint(there[0], here[1]))",
    ),
    Mistake(
        "M15",
        "expects a name of two parts",
        "test_names_ipv6_sockets",
        old=NAME,
        new="host, port = sock.getsockname()\n"
        "    return FourTuple(Endpoint(host, port), Endpoint(*sock.getpeername()[:2]))",
    ),
    Mistake(
        "X476",
        "gives a listener a made-up peer",
        "test_listener_has_no_four_tuple",
        old=NAME,
        new="try:\n        peer = sock.getpeername()[:2]\n    except OSError:\n"
        '        peer = ("0.0.0.0", 0)\n'
        "    return FourTuple(Endpoint(*sock.getsockname()[:2]), Endpoint(*peer))",
    ),
    Mistake(
        "X04",
        "one name for both ends",
        "test_peer_sees_it_the_other_way_round",
        old=MIRROR,
        new="return self",
    ),
    Mistake(
        "X04",
        "swaps the ports only",
        "test_peer_sees_it_the_other_way_round",
        old=MIRROR,
        new="return FourTuple(Endpoint(self.local.host, self.remote.port), "
        "Endpoint(self.remote.host, self.local.port))",
    ),
    Mistake(
        "X05",
        "does not bind",
        "test_connects_from_the_port_you_chose",
        old=BIND,
        new="",
    ),
    Mistake(
        "X05",
        "binds the address, but not the port",
        "test_connects_from_the_port_you_chose",
        old=BIND,
        new="        sock.bind((local.host, 0))\n",
    ),
    Mistake(
        "M13",
        "no SO_REUSEADDR",
        "test_one_local_port_two_servers",
        old=REUSE,
        new="",
    ),
    Mistake(
        "M13",
        "SO_REUSEADDR after bind()",
        "test_one_local_port_two_servers",
        old=REUSE + BIND,
        new=BIND + REUSE,
    ),
    Mistake(
        "X11",
        "leaves the refused socket open",
        "test_same_four_tuple_is_refused",
        old="        sock.close()\n        raise",
        new="        raise",
    ),
    Mistake(
        "M11",
        "looks for the local end only",
        "test_segment_finds_its_connection",
        old="if (entry.local, entry.remote) == name:",
        new="if entry.local == name.local and entry.remote:",
    ),
    Mistake(
        "M11",
        "looks for the client's port only",
        "test_segment_finds_its_connection",
        old="if (entry.local, entry.remote) == name:",
        new="if entry.remote and entry.remote.port == name.remote.port:",
    ),
    Mistake(
        "",
        "takes the segment's source for the local end",
        "test_segment_finds_its_connection",
        old="FourTuple(local=segment.destination, remote=segment.source)",
        new="FourTuple(local=segment.source, remote=segment.destination)",
    ),
    Mistake(
        "",
        "listeners before connections",
        "test_connections_come_before_listeners",
        old=CONNECTIONS + LISTENERS,
        new=LISTENERS + CONNECTIONS,
    ),
    Mistake(
        "M14",
        "compares 0.0.0.0 with the destination",
        "test_newcomer_goes_to_the_listener",
        old="(segment.destination.host, ANY)",
        new="(segment.destination.host,)",
    ),
    Mistake(
        "",
        "0.0.0.0 before the very address",
        "test_newcomer_goes_to_the_listener",
        old="(segment.destination.host, ANY)",
        new="(ANY, segment.destination.host)",
    ),
    Mistake(
        "",
        "gives a newcomer to whatever has the destination's address",
        "test_newcomer_goes_to_the_listener",
        old="if entry.remote is None and entry.local == wanted:",
        new="if entry.local == wanted:",
    ),
    Mistake(
        "X06",
        "gives strays to the listener",
        "test_stray_segment_belongs_to_nobody",
        old="    if segment.syn:\n",
        new="    if True:\n",
    ),
    Mistake(
        "X07",
        "does not turn the bytes round",
        "test_reads_both_ends",
        old="bytes.fromhex(address)[::-1]",
        new="bytes.fromhex(address)",
    ),
    Mistake(
        "",
        "takes the port for a decimal number",
        "test_reads_both_ends",
        old="int(port, 16))",
        new="int(''.join(c for c in port if c.isdigit()) or '0'))",
    ),
    Mistake(
        "X09",
        "a listener with a remote end",
        "test_reads_states",
        old='remote=None if name == "LISTEN" else _endpoint(remote)',
        new="remote=_endpoint(remote)",
    ),
    Mistake(
        "X08",
        "the first queue instead of the second",
        "test_reads_what_waits",
        old='queues.partition(":")[2]',
        new='queues.partition(":")[0]',
    ),
    Mistake(
        "X07",
        "reads as many lines as the example has",
        "test_finds_a_real_connection",
        old="text.splitlines()[1:]",
        new="text.splitlines()[1:6]",
    ),
    Mistake(
        "X05",
        "binds the port on every address",
        "test_connects_from_the_address_you_chose",
        old=BIND,
        new='        sock.bind(("", local.port))\n',
    ),
    Mistake(
        "X05",
        "always starts at 127.0.0.1",
        "test_connects_from_the_address_you_chose",
        old=BIND,
        new='        sock.bind(("127.0.0.1", local.port))\n',
    ),
    Mistake(
        "M13",
        "SO_REUSEPORT instead of SO_REUSEADDR",
        "test_one_local_port_two_servers",
        old="socket.SO_REUSEADDR",
        new="socket.SO_REUSEPORT",
    ),
    Mistake(
        "X11",
        "binds outside the try",
        "test_failure_leaves_nothing_open",
        old="    try:\n" + REUSE + BIND,
        new="    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "    sock.bind(local)\n    try:\n",
    ),
    Mistake(
        "X11",
        "catches refused connections only",
        "test_same_four_tuple_is_refused",
        old="    except OSError:\n        sock.close()",
        new="    except ConnectionRefusedError:\n        sock.close()",
    ),
    Mistake(
        "",
        "cuts fixed columns",
        "test_reads_both_ends",
        old="_slot, local, remote, state, queues = line.split()[:5]",
        new="local, remote, state, queues = line[6:19], line[20:33], line[34:36], line[37:54]",
    ),
    Mistake(
        "M11",
        "compares the ports only",
        "test_segment_finds_its_connection",
        old="if (entry.local, entry.remote) == name:",
        new="if entry.remote and (entry.local.port, entry.remote.port) "
        "== (name.local.port, name.remote.port):",
    ),
    Mistake(
        "",
        "compares the remote endpoint only",
        "test_segment_finds_its_connection",
        old="if (entry.local, entry.remote) == name:",
        new="if entry.remote == name.remote:",
    ),
    Mistake(
        "",
        "any listener on the port will do",
        "test_newcomer_goes_to_the_listener",
        old="if entry.remote is None and entry.local == wanted:",
        new="if entry.remote is None and entry.local.port == wanted.port:",
    ),
    Mistake(
        "X06",
        "a stray segment gets the first listener",
        "test_stray_segment_belongs_to_nobody",
        old="    return None\n",
        new="    return next((entry for entry in table if entry.remote is None), None)\n",
    ),
    Mistake(
        "",
        "removes the entry that it found",
        "test_segment_finds_its_connection",
        old="        if (entry.local, entry.remote) == name:\n            return entry\n",
        new="        if (entry.local, entry.remote) == name:\n            table.remove(entry)\n"
        "            return entry\n",
    ),
    Mistake(
        "",
        "reads the queue as a decimal number",
        "test_reads_what_waits",
        old='int(queues.partition(":")[2], 16)',
        new='int("".join(c for c in queues.partition(":")[2] if c.isdigit()))',
    ),
    Mistake(
        "",
        "adds the two queues",
        "test_reads_what_waits",
        old='int(queues.partition(":")[2], 16)',
        new='sum(int(part, 16) for part in queues.split(":"))',
    ),
    Mistake(
        "X476",
        "names a listener as its own peer",
        "test_listener_has_no_four_tuple",
        old=NAME,
        new="try:\n        peer = sock.getpeername()[:2]\n    except OSError:\n"
        "        peer = sock.getsockname()[:2]\n"
        "    return FourTuple(Endpoint(*sock.getsockname()[:2]), Endpoint(*peer))",
    ),
    Mistake(
        "",
        "closes the socket, but hides the error",
        "test_same_four_tuple_is_refused",
        old="        sock.close()\n        raise",
        new="        sock.close()\n        return sock",
    ),
    Mistake(
        "",
        "a listener on 0.0.0.0 gets clients of every port",
        "test_stray_segment_belongs_to_nobody",
        old="entry.local == wanted:",
        new="(entry.local == wanted or host == entry.local.host == ANY):",
    ),
    Mistake(
        "",
        "remembers the names by their file numbers",
        "test_names_local_and_remote",
        edits=(
            Edit("def four_tuple(", "NAMES = {}\n\n\ndef four_tuple("),
            Edit(
                "    return FourTuple(Endpoint(*sock.getsockname()[:2]), "
                "Endpoint(*sock.getpeername()[:2]))\n",
                """    if sock.fileno() not in NAMES:
        here, there = sock.getsockname(), sock.getpeername()
        NAMES[sock.fileno()] = FourTuple(Endpoint(*here[:2]), Endpoint(*there[:2]))
    return NAMES[sock.fileno()]
""",
            ),
        ),
    ),
    Mistake(
        "",
        "closes the socket that it names",
        "test_names_local_and_remote",
        old="    return FourTuple(Endpoint(*sock.getsockname()[:2])",
        new="    with sock:\n        return FourTuple(Endpoint(*sock.getsockname()[:2])",
    ),
    Mistake(
        "M12",
        "takes the local host from the peer",
        "test_names_local_and_remote",
        old="Endpoint(*sock.getsockname()[:2])",
        new="Endpoint(sock.getpeername()[0], sock.getsockname()[1])",
    ),
    Mistake(
        "",
        "knows established connections only",
        "test_segment_finds_its_connection",
        old="        if (entry.local, entry.remote) == name:\n",
        new="        if (entry.local, entry.remote) == name and entry.state == 'ESTABLISHED':\n",
    ),
    Mistake(
        "M11",
        "compares the beginning of the host",
        "test_segment_finds_its_connection",
        old="        if (entry.local, entry.remote) == name:\n",
        new="""        if (
            entry.remote
            and (entry.local, entry.remote.port) == (name.local, name.remote.port)
            and name.remote.host.startswith(entry.remote.host)
        ):
""",
    ),
    Mistake(
        "",
        "finds a listener whose host is part of another",
        "test_stray_segment_belongs_to_nobody",
        old="                if entry.remote is None and entry.local == wanted:\n",
        new="""                is_there = entry.local.host in host and entry.local.port == wanted.port
                if entry.remote is None and is_there:
""",
    ),
    Mistake(
        "",
        "lets a listener on 127.0.0.1 take every newcomer",
        "test_stray_segment_belongs_to_nobody",
        old="        for host in (segment.destination.host, ANY):\n",
        new="        for host in (segment.destination.host, ANY, '127.0.0.1'):\n",
    ),
    Mistake(
        "",
        "remembers what it found in a table",
        "test_connections_come_before_listeners",
        edits=(
            Edit("def demux(", "FOUND = {}\n\n\ndef demux("),
            Edit(
                "    name = FourTuple(local=segment.destination, remote=segment.source)\n",
                """    key = id(table), segment
    if key not in FOUND:
        FOUND[key] = _demux(table, segment)
    return FOUND[key]


# Not in the starter.
def _demux(table, segment):
    name = FourTuple(local=segment.destination, remote=segment.source)
""",
            ),
        ),
    ),
    Mistake(
        "",
        "searches by recursion",
        "test_newcomer_goes_to_the_listener",
        old="""    for entry in table:
        if (entry.local, entry.remote) == name:
            return entry
""",
        new="""    def search(at):
        if at == len(table):
            return None
        entry = table[at]
        return entry if (entry.local, entry.remote) == name else search(at + 1)

    if found := search(0):
        return found
""",
    ),
    Mistake(
        "",
        "leaves a timeout on the socket",
        "test_connects_from_the_port_you_chose",
        old="        sock.connect(remote)\n",
        new="        sock.settimeout(5)\n        sock.connect(remote)\n",
    ),
    Mistake(
        "",
        "connects to 127.0.0.1, whatever the remote host is",
        "test_connects_from_the_address_you_chose",
        old="        sock.connect(remote)\n",
        new="        sock.connect(('127.0.0.1', remote.port))\n",
    ),
    Mistake(
        "",
        "takes any port when the port is taken",
        "test_failure_leaves_nothing_open",
        old="        sock.bind(local)\n",
        new="""        try:
            sock.bind(local)
        except OSError:
            sock.bind((local.host, 0))
""",
    ),
    Mistake(
        "",
        "uses connect_ex(), and does not look at what it returns",
        "test_same_four_tuple_is_refused",
        old="        sock.connect(remote)\n",
        new="        sock.connect_ex(remote)\n",
    ),
    Mistake(
        "",
        "keeps one entry for each local endpoint",
        "test_reads_both_ends",
        old="    return entries\n",
        new="    return list({entry.local: entry for entry in entries}.values())\n",
    ),
    Mistake(
        "",
        "a list of entries that is made once, as a default argument",
        "test_reads_both_ends",
        edits=(
            Edit("kernel_table(text: str)", "kernel_table(text: str, entries=[])"),
            Edit("    entries = []\n", ""),
        ),
    ),
    Mistake(
        "",
        "reads only the last four digits of the queue",
        "test_reads_what_waits",
        old='int(queues.partition(":")[2], 16)',
        new="int(queues[-4:], 16)",
    ),
    Mistake(
        "X04",
        "does not swap the ends if both hosts are the same",
        "test_peer_sees_it_the_other_way_round",
        old=MIRROR,
        new="if self.local.host == self.remote.host:\n            return self\n        " + MIRROR,
    ),
    Mistake(
        "",
        "closes a socket that is not connected",
        "test_listener_has_no_four_tuple",
        old=NAME,
        new="try:\n        peer = sock.getpeername()[:2]\n    except OSError:\n"
        "        sock.close()\n        raise\n"
        "    return FourTuple(Endpoint(*sock.getsockname()[:2]), Endpoint(*peer))",
    ),
    Mistake(
        "",
        "splits at single spaces",
        "test_reads_both_ends",
        old="line.split()[:5]",
        new='line.strip().split(" ")[:5]',
    ),
    Mistake(
        "",
        "loses the last line if it has no line end",
        "test_reads_both_ends",
        old="text.splitlines()[1:]",
        new='text.split("\\n")[1:-1]',
    ),
)
