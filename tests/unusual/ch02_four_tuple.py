"""Right but unusual answers to chapter 2, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

SEEN = "        return FourTuple(local=self.remote, remote=self.local)\n"
NAME = (
    "    return FourTuple(Endpoint(*sock.getsockname()[:2]), Endpoint(*sock.getpeername()[:2]))\n"
)
DEMUX = """    name = FourTuple(local=segment.destination, remote=segment.source)
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
"""
CONNECT = """    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(local)
        sock.connect(remote)
    except OSError:
        sock.close()
        raise
    return sock
"""
PARSE = """    entries = []
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
"""
ENDPOINT = """    address, _, port = column.partition(":")
    return Endpoint(socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16))
"""
IMPORT = "import socket\n"

UNUSUAL = (
    Unusual("a slice that goes backwards", old=SEEN, new="        return FourTuple(*self[::-1])\n"),
    Unusual("reversed()", old=SEEN, new="        return type(self)(*reversed(self))\n"),
    Unusual(
        "_replace()",
        old=SEEN,
        new="        local, remote = self\n"
        "        return self._replace(remote=local, local=remote)\n",
    ),
    Unusual(
        "_make() of a generator",
        old=SEEN,
        new="        return FourTuple._make(self[index] for index in (1, 0))\n",
    ),
    Unusual(
        "asks for the socket's family, and takes an IPv6 name apart",
        old=NAME,
        new="""    if sock.family == socket.AF_INET6:
        host, port, _flow, _scope = sock.getsockname()
        peer_host, peer_port, _flow, _scope = sock.getpeername()
        return FourTuple(Endpoint(host, port), Endpoint(peer_host, peer_port))
    return FourTuple(Endpoint(*sock.getsockname()), Endpoint(*sock.getpeername()))
""",
    ),
    Unusual(
        "asks for the peer first, and leaves the rest of a name in a list",
        old=NAME,
        new="""    host, port, *_ = sock.getpeername()
    remote = Endpoint(host, port)
    host, port, *_ = sock.getsockname()
    return FourTuple(Endpoint(host, port), remote)
""",
    ),
    Unusual(
        "map() and operator.itemgetter()",
        edits=(
            Edit(IMPORT, "import operator\nimport socket\n"),
            Edit(
                NAME,
                """    first_two = operator.itemgetter(0, 1)
    names = sock.getsockname(), sock.getpeername()
    return FourTuple(*map(Endpoint._make, map(first_two, names)))
""",
            ),
        ),
    ),
    Unusual(
        "through a duplicate of the socket",
        old=NAME,
        new="""    with sock.dup() as same:
        ends = [Endpoint(*name()[:2]) for name in (same.getsockname, same.getpeername)]
    return FourTuple._make(ends)
""",
    ),
    Unusual(
        "a dict of the table",
        old=DEMUX,
        new="""    index = {}
    for entry in table:
        index.setdefault((entry.local, entry.remote), entry)
    keys = [(segment.destination, segment.source)]
    if segment.syn:
        keys += [(segment.destination, None), (Endpoint(ANY, segment.destination.port), None)]
    return next((index[key] for key in keys if key in index), None)
""",
    ),
    Unusual(
        "a dict of the table, built backwards, so that the first of two equal entries counts",
        old=DEMUX,
        new="""    index = {(entry.local, entry.remote): entry for entry in reversed(table)}
    here, there = segment.destination, segment.source
    if (here, there) in index:
        return index[here, there]
    if not segment.syn:
        return None
    return index.get((here, None)) or index.get((here._replace(host=ANY), None))
""",
    ),
    Unusual(
        "one pass that remembers the best entry",
        old=DEMUX,
        new="""    exact = anywhere = None
    for entry in table:
        if entry.remote == segment.source and entry.local == segment.destination:
            return entry
        if entry.remote is not None or entry.local.port != segment.destination.port:
            continue
        if entry.local.host == segment.destination.host:
            exact = exact or entry
        elif entry.local.host == ANY:
            anywhere = anywhere or entry
    return (exact or anywhere) if segment.syn else None
""",
    ),
    Unusual(
        "match and case",
        old=DEMUX,
        new="""    here, there = segment.destination, segment.source
    candidates = [[], [], []]
    for entry in table:
        match entry:
            case Entry(local, remote) if (local, remote) == (here, there):
                candidates[0].append(entry)
            case Entry(local, None) if segment.syn and local == here:
                candidates[1].append(entry)
            case Entry(Endpoint("0.0.0.0", port), None) if segment.syn and port == here.port:
                candidates[2].append(entry)
    for found in candidates:
        if found:
            return found[0]
""",
    ),
    Unusual(
        "min() of a rank",
        old=DEMUX,
        new="""    def rank(entry):
        if (entry.local, entry.remote) == (segment.destination, segment.source):
            return 0
        if entry.remote or not segment.syn or entry.local.port != segment.destination.port:
            return 3
        return {segment.destination.host: 1, ANY: 2}.get(entry.local.host, 3)

    best = min(table, key=rank, default=None)
    return best if best is not None and rank(best) < 3 else None
""",
    ),
    Unusual(
        "an ExitStack that lets go of the socket",
        edits=(
            Edit(
                "from contextlib import suppress\n", "from contextlib import ExitStack, suppress\n"
            ),
            Edit(
                CONNECT,
                """    with ExitStack() as stack:
        sock = stack.enter_context(socket.socket())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
        sock.bind((local.host, local.port))
        sock.connect((remote.host, remote.port))
        stack.pop_all()
    return sock
""",
            ),
        ),
    ),
    Unusual(
        "connect_ex(), and an error of its own",
        edits=(
            Edit(IMPORT, "import os\nimport socket\n"),
            Edit(
                CONNECT,
                """    sock = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, b"\\1\\0\\0\\0")
        sock.bind(tuple(local))
        if number := sock.connect_ex(tuple(remote)):
            raise OSError(number, os.strerror(number))
    except:
        sock.close()
        raise
    return sock
""",
            ),
        ),
    ),
    Unusual(
        "connects without blocking, and waits in select()",
        edits=(
            Edit(IMPORT, "import os\nimport select\nimport socket\n"),
            Edit(
                CONNECT,
                """    sock = socket.socket()
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(local)
        sock.setblocking(False)
        with suppress(BlockingIOError):
            sock.connect(remote)
        select.select([], [sock], [])
        if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(number, os.strerror(number))
        sock.setblocking(True)
        return sock
    except OSError:
        sock.close()
        raise
""",
            ),
        ),
    ),
    Unusual(
        "try, except and else, and another object for the same socket",
        old=CONNECT,
        new="""    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(local)
        sock.connect(remote)
    except OSError as error:
        sock.close()
        raise error
    else:
        return socket.socket(fileno=sock.detach())
""",
    ),
    Unusual(
        "asks whether it is connected before it closes",
        old=CONNECT,
        new="""    sock, connected = socket.socket(), False
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(local)
        sock.connect(remote)
        connected = True
        return sock
    finally:
        if not connected:
            sock.close()
""",
    ),
    Unusual(
        "a regular expression with names",
        edits=(
            Edit(IMPORT, "import re\nimport socket\n"),
            Edit(
                PARSE,
                """    line = re.compile(
        r"^\\s*\\d+:\\s+(\\S+)\\s+(\\S+)\\s+(?P<state>\\S+)\\s+\\S+:(?P<queue>[0-9A-F]+)\\s",
        re.MULTILINE,
    )
    return [
        Entry(
            _endpoint(found[1]),
            _endpoint(found[2]) if STATES[found["state"]] != "LISTEN" else None,
            STATES[found["state"]],
            int(found["queue"], 16),
        )
        for found in line.finditer(text)
    ]
""",
            ),
        ),
    ),
    Unusual(
        "a file of the text, without its first line",
        edits=(
            Edit(IMPORT, "import io\nimport socket\n"),
            Edit(
                "    entries = []\n    for line in text.splitlines()[1:]:\n",
                "    entries, lines = [], io.StringIO(text)\n    next(lines)\n    for line in lines:\n",
            ),
        ),
    ),
    Unusual(
        "a generator, and a dict of arguments",
        old=PARSE,
        new="""    def read():
        _headings, *lines = text.strip().split("\\n")
        for columns in map(str.split, lines):
            is_listener = columns[3] == "0A"
            fields = {"local": _endpoint(columns[1]), "state": STATES[columns[3]]}
            fields["remote"] = None if is_listener else _endpoint(columns[2])
            yield Entry(**fields, queue=int("0x" + columns[4].split(":")[-1], 0))

    return list(read())
""",
    ),
    Unusual(
        "an address by struct",
        edits=(
            Edit(IMPORT, "import socket\nimport struct\n"),
            Edit(
                ENDPOINT,
                """    address, port = (int(part, 16) for part in column.split(":"))
    return Endpoint(socket.inet_ntop(socket.AF_INET, struct.pack("<I", address)), port)
""",
            ),
        ),
    ),
    Unusual(
        "an address by ipaddress",
        edits=(
            Edit(IMPORT, "import ipaddress\nimport socket\n"),
            Edit(
                ENDPOINT,
                """    address, _, port = column.rpartition(":")
    number = int.from_bytes(bytes.fromhex(address), "little")
    return Endpoint(str(ipaddress.IPv4Address(number)), int.from_bytes(bytes.fromhex(port), "big"))
""",
            ),
        ),
    ),
    Unusual(
        "an address by hand, two digits at a time",
        old=ENDPOINT,
        new="""    octets = [int(column[start : start + 2], 16) for start in (6, 4, 2, 0)]
    return Endpoint(".".join(map(str, octets)), int(column[9:], 16))
""",
    ),
    Unusual(
        "an address by shifting",
        old=ENDPOINT,
        new="""    address, port = column.split(":")
    number = int(address, 16)
    host = ".".join(f"{number >> shift & 0xFF}" for shift in range(0, 32, 8))
    return Endpoint(host=host, port=int(port, base=16))
""",
    ),
)
