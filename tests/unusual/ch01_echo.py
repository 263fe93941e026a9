"""Right but unusual answers to chapter 1, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

LISTEN = """    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener
"""
ECHO = """    total = 0
    while piece := conn.recv(CHUNK):
        conn.sendall(piece)
        total += len(piece)
    return total
"""
SERVE = """    conn, _peer = listener.accept()
    with conn:
        return echo(conn)
"""
ASK = """    with socket.create_connection(address) as conn:
        conn.sendall(message)
        conn.shutdown(socket.SHUT_WR)
        pieces = []
        while piece := conn.recv(CHUNK):
            pieces.append(piece)
    return b"".join(pieces)
"""
READ = """        pieces = []
        while piece := conn.recv(CHUNK):
            pieces.append(piece)
    return b"".join(pieces)
"""
IMPORT = "import socket\n"

UNUSUAL = (
    Unusual(
        "socket.create_server()",
        old=LISTEN,
        new="    return socket.create_server((host, port), backlog=backlog)\n",
    ),
    Unusual(
        "create_server() with everything spelled out",
        old=LISTEN,
        new="""    return socket.create_server(
        (host, port), family=socket.AF_INET, backlog=backlog, reuse_port=False, dualstack_ipv6=False
    )
""",
    ),
    Unusual(
        "sets SO_REUSEADDR",
        old="    try:\n        listener.bind((host, port))\n",
        new="    try:\n        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "        listener.bind((host, port))\n",
    ),
    Unusual(
        "an ExitStack that lets go of the listener",
        edits=(
            Edit(IMPORT, "import contextlib\nimport socket\n"),
            Edit(
                LISTEN,
                """    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((host, port))
        listener.listen(backlog)
        stack.pop_all()
        return listener
""",
            ),
        ),
    ),
    Unusual(
        "asks getaddrinfo() for the address",
        old=LISTEN,
        new="""    found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
    family, kind, protocol, _name, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.bind(address)
        listener.listen(backlog)
        return listener
    except BaseException:
        listener.close()
        raise
""",
    ),
    Unusual(
        "a subclass of socket that opens itself",
        edits=(
            Edit(
                "def open_listener",
                """class Listener(socket.socket):
    def __init__(self, host, port, backlog):
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self.bind((host, port))
            self.listen(backlog)
        except OSError:
            self.close()
            raise


def open_listener""",
            ),
            Edit(LISTEN, "    return Listener(host, port, backlog)\n"),
        ),
    ),
    Unusual(
        "listens through another object for the same socket",
        old="    return listener\n",
        new="    return socket.socket(fileno=listener.detach())\n",
    ),
    Unusual(
        "recv_into() with a memoryview",
        old=ECHO,
        new="""    total = 0
    buffer = bytearray(CHUNK)
    with memoryview(buffer) as view:
        while count := conn.recv_into(view):
            conn.sendall(view[:count])
            total += count
    return total
""",
    ),
    Unusual(
        "recv_into() with a small array",
        edits=(
            Edit(IMPORT, "import array\nimport socket\n"),
            Edit(
                ECHO,
                """    total, buffer = 0, array.array("B", bytes(100))
    while True:
        count = conn.recv_into(buffer, 100)
        if count == 0:
            break
        conn.sendall(buffer[:count])
        total += count
    return total
""",
            ),
        ),
    ),
    Unusual(
        "send() in a loop of its own",
        old=ECHO,
        new="""    total = 0
    while True:
        piece = conn.recv(CHUNK)
        if not piece:
            return total
        while piece:
            sent = conn.send(piece)
            total += sent
            piece = piece[sent:]
""",
    ),
    Unusual(
        "iter() with b'' as its end, and partial()",
        edits=(
            Edit(IMPORT, "import functools\nimport socket\n"),
            Edit(
                ECHO,
                """    total = 0
    for piece in iter(functools.partial(conn.recv, CHUNK), b""):
        conn.sendall(piece)
        total += len(piece)
    return total
""",
            ),
        ),
    ),
    Unusual(
        "a generator of pieces, summed up",
        edits=(
            Edit(
                "def echo(",
                """def _echoed(conn):
    while piece := conn.recv(CHUNK):
        conn.sendall(piece)
        yield len(piece)


def echo(""",
            ),
            Edit(ECHO, "    return sum(_echoed(conn))\n"),
        ),
    ),
    Unusual("a few bytes at a time", old="CHUNK = 65536", new="CHUNK = 11"),
    Unusual("a large buffer", old="CHUNK = 65536", new="CHUNK = 1 << 20"),
    Unusual(
        "makefile() without a buffer",
        old=ECHO,
        new="""    total = 0
    with conn.makefile("rwb", buffering=0) as file:
        while piece := file.read(CHUNK):
            conn.sendall(piece)
            total += len(piece)
    return total
""",
    ),
    Unusual(
        "recvmsg() and sendall()",
        old=ECHO,
        new="""    total = 0
    while True:
        piece, _ancillary, _flags, _address = conn.recvmsg(CHUNK)
        if not piece:
            return total
        conn.sendall(piece)
        total += len(piece)
""",
    ),
    Unusual(
        "waits in a selector before it receives",
        edits=(
            Edit(IMPORT, "import selectors\nimport socket\n"),
            Edit(
                ECHO,
                """    total = 0
    with selectors.DefaultSelector() as selector:
        selector.register(conn, selectors.EVENT_READ)
        while selector.select():
            piece = conn.recv(CHUNK)
            if not piece:
                break
            conn.sendall(piece)
            total += len(piece)
    return total
""",
            ),
        ),
    ),
    Unusual(
        "catches the error, cleans up, and raises it again",
        old=ECHO,
        new="""    total = 0
    try:
        while piece := conn.recv(CHUNK):
            conn.sendall(piece)
            total += len(piece)
    except OSError as error:
        raise error from None
    return total
""",
    ),
    Unusual(
        "try and finally instead of with",
        old=SERVE,
        new="""    conn, _ = listener.accept()
    try:
        total = echo(conn)
    finally:
        conn.close()
    return total
""",
    ),
    Unusual(
        "contextlib.closing()",
        edits=(
            Edit(IMPORT, "import contextlib\nimport socket\n"),
            Edit(
                SERVE,
                "    with contextlib.closing(listener.accept()[0]) as conn:\n"
                "        return echo(conn)\n",
            ),
        ),
    ),
    Unusual(
        "finishes sending before it closes",
        edits=(
            Edit(IMPORT, "import contextlib\nimport socket\n"),
            Edit(
                SERVE,
                """    conn, _peer = listener.accept()
    with conn:
        total = echo(conn)
        with contextlib.suppress(OSError):
            conn.shutdown(socket.SHUT_RDWR)
        return total
""",
            ),
        ),
    ),
    Unusual(
        "serve_one() with a duplicate of the connection",
        old=SERVE,
        new="""    conn, _peer = listener.accept()
    with conn, conn.dup() as same:
        return echo(same)
""",
    ),
    Unusual(
        "socket() and connect() instead of create_connection()",
        old="    with socket.create_connection(address) as conn:\n        conn.sendall(message)\n",
        new="    with socket.socket() as conn:\n        conn.connect(address)\n"
        "        conn.sendall(message)\n",
    ),
    Unusual(
        "makefile() to read the answer",
        old=READ,
        new="""        with conn.makefile("rb") as file:
            return file.read()
""",
    ),
    Unusual(
        "makefile() for both directions",
        old=ASK,
        new="""    with socket.create_connection(address) as conn, conn.makefile("rwb") as file:
        file.write(message)
        file.flush()
        conn.shutdown(socket.SHUT_WR)
        return b"".join(file)
""",
    ),
    Unusual(
        "a bytearray that grows",
        old=READ,
        new="""        answer = bytearray()
        while True:
            piece = conn.recv(4096)
            if piece == b"":
                return bytes(answer)
            answer.extend(piece)
""",
    ),
    Unusual(
        "bytes that are added up",
        old=READ,
        new="""        answer = b""
        while (piece := conn.recv(CHUNK)) != b"":
            answer += piece
    return answer
""",
    ),
    Unusual(
        "recv_into() a buffer that doubles",
        old=READ,
        new="""        answer, length = bytearray(1000), 0
        while count := conn.recv_into(memoryview(answer)[length:]):
            length += count
            if length == len(answer):
                answer = answer + bytes(length)
    return bytes(answer[:length])
""",
    ),
    Unusual(
        "send() in a loop, and recv() in iter()",
        old=ASK,
        new="""    conn = socket.create_connection(address)
    try:
        rest = memoryview(message)
        while rest:
            rest = rest[conn.send(rest) :]
        conn.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: conn.recv(CHUNK), b""))
    finally:
        conn.close()
""",
    ),
    Unusual(
        "sends in pieces",
        old="        conn.sendall(message)\n",
        new="        for start in range(0, len(message), 1000):\n"
        "            conn.sendall(message[start : start + 1000])\n",
    ),
    Unusual(
        "waits with poll() for the answer",
        edits=(
            Edit(IMPORT, "import select\nimport socket\n"),
            Edit(
                READ,
                """        poll, pieces = select.poll(), []
        poll.register(conn, select.POLLIN)
        while True:
            poll.poll()
            pieces.append(conn.recv(CHUNK))
            if not pieces[-1]:
                return b"".join(pieces)
""",
            ),
        ),
    ),
)
