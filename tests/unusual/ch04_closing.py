"""Right but unusual answers to chapter 4, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

ABORT = """    on_for_zero_seconds = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    with conn, suppress(OSError):
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_for_zero_seconds)
"""
RECEIVE = """    conn.settimeout(seconds)
    try:
        piece = conn.recv(CHUNK)
    except TimeoutError as error:
        return End.BROKEN if error.errno == errno.ETIMEDOUT else End.OPEN
    except OSError:
        return End.BROKEN
    return piece or End.FINISHED
"""
EXCEPT = """    except TimeoutError as error:
        return End.BROKEN if error.errno == errno.ETIMEDOUT else End.OPEN
    except OSError:
        return End.BROKEN
"""
DRAIN = """    total = 0
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        received = receive_within(conn, left)
        if isinstance(received, End):
            return total, received
        total += len(received)
    return total, End.OPEN
"""
CLOSE = """    with conn:
        try:
            conn.shutdown(socket.SHUT_WR)
        except OSError:
            return End.BROKEN
        _count, end = drain(conn, seconds)
    return end
"""
LISTEN = """    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError:
        listener.close()
        raise
    return listener
"""
SOCKET = "import socket\n"
SUPPRESS = "from contextlib import suppress\n"

UNUSUAL = (
    Unusual(
        "aborts with try and finally, and asks os.name",
        edits=(
            Edit(SOCKET, "import os\n" + SOCKET),
            Edit(
                ABORT,
                """    try:
        letters = {"nt": "hh"}.get(os.name, "ii")
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(letters, 1, 0))
    except OSError:
        pass
    finally:
        conn.close()
""",
            ),
        ),
    ),
    Unusual(
        "imports os.name inside the function",
        old=ABORT,
        new="    from os import name\n\n"
        + ABORT.replace('sys.platform == "win32"', 'name == "nt"'),
    ),
    Unusual(
        "packs the option with to_bytes()",
        old=ABORT,
        new="""    size = 2 if sys.platform == "win32" else 4
    one, zero = (number.to_bytes(size, sys.byteorder) for number in (1, 0))
    with suppress(OSError):
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, one + zero)
    conn.close()
""",
    ),
    Unusual(
        "reads the option back",
        old=ABORT,
        new="""    with conn, suppress(OSError):
        option = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
        assert conn.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == option
""",
    ),
    Unusual(
        "waits in select()",
        edits=(
            Edit(SOCKET, "import select\n" + SOCKET),
            Edit(
                RECEIVE,
                """    if not select.select([conn], [], [], seconds)[0]:
        return End.OPEN
    try:
        piece = conn.recv(CHUNK)
    except OSError:
        return End.BROKEN
    return piece or End.FINISHED
""",
            ),
        ),
    ),
    Unusual(
        "waits with a selector",
        edits=(
            Edit(SOCKET, "import selectors\n" + SOCKET),
            Edit(
                RECEIVE,
                """    with selectors.DefaultSelector() as selector:
        selector.register(conn, selectors.EVENT_READ)
        ready = selector.select(seconds)
    try:
        return (conn.recv(CHUNK) or End.FINISHED) if ready else End.OPEN
    except OSError:
        return End.BROKEN
""",
            ),
        ),
    ),
    Unusual(
        "receives into a buffer of its own",
        old="        piece = conn.recv(CHUNK)\n",
        new="        buffer = bytearray(CHUNK)\n"
        "        piece = bytes(buffer[: conn.recv_into(buffer)])\n",
    ),
    Unusual(
        "asks whether the error has a number",
        old=EXCEPT,
        new="""    except OSError as error:
        return End.OPEN if error.errno is None else End.BROKEN
""",
    ),
    Unusual(
        "asks for the class inside one except",
        old=EXCEPT,
        new="""    except OSError as error:
        is_silent = isinstance(error, TimeoutError) and error.errno != errno.ETIMEDOUT
        return End.OPEN if is_silent else End.BROKEN
""",
    ),
    Unusual(
        "puts the old timeout back",
        old=RECEIVE,
        new="    before = conn.gettimeout()\n"
        + RECEIVE.replace(
            "    return piece or",
            "    finally:\n        conn.settimeout(before)\n    return piece or",
        ),
    ),
    Unusual(
        "asks for a kilobyte at a time",
        old="        piece = conn.recv(CHUNK)\n",
        new="        piece = conn.recv(1024)\n",
    ),
    Unusual(
        "looks at the time in the middle of the loop",
        old=DRAIN,
        new="""    count, end_time = 0, time.monotonic() + seconds
    while True:
        left = end_time - time.monotonic()
        if left <= 0:
            return count, End.OPEN
        match receive_within(conn, left):
            case bytes(piece):
                count += len(piece)
            case end:
                return count, end
""",
    ),
    Unusual(
        "measures with perf_counter()",
        old=DRAIN,
        new=DRAIN.replace("time.monotonic", "time.perf_counter"),
    ),
    Unusual(
        "subtracts what each piece took",
        old=DRAIN,
        new="""    total = 0
    while seconds > 0:
        began = time.monotonic()
        received = receive_within(conn, seconds)
        if isinstance(received, End):
            return total, received
        total += len(received)
        seconds -= time.monotonic() - began
    return total, End.OPEN
""",
    ),
    Unusual(
        "drains with recv() itself",
        old=DRAIN,
        new="""    total, deadline = 0, time.monotonic() + seconds
    try:
        while (left := deadline - time.monotonic()) > 0:
            conn.settimeout(left)
            if not (piece := conn.recv(4096)):
                return total, End.FINISHED
            total += len(piece)
    except TimeoutError as error:
        return total, End.BROKEN if error.errno else End.OPEN
    except OSError:
        return total, End.BROKEN
    return total, End.OPEN
""",
    ),
    Unusual(
        "stops a millisecond early",
        old="    while (left := deadline - time.monotonic()) > 0:\n",
        new="    while (left := deadline - time.monotonic()) > 0.001:\n",
    ),
    Unusual(
        "closes in finally",
        old=CLOSE,
        new="""    try:
        conn.shutdown(socket.SHUT_WR)
        return drain(conn, seconds)[1]
    except OSError:
        return End.BROKEN
    finally:
        conn.close()
""",
    ),
    Unusual(
        "closes with closing()",
        edits=(
            Edit(SUPPRESS, "from contextlib import closing, suppress\n"),
            Edit(CLOSE, CLOSE.replace("with conn:", "with closing(conn):")),
        ),
    ),
    Unusual(
        "aborts what is broken anyway",
        old=CLOSE,
        new=CLOSE.replace(
            "    return end\n",
            "        if end is End.BROKEN:\n            abort(conn)\n    return end\n",
        ),
    ),
    Unusual(
        "lets create_server() set the option",
        old=LISTEN,
        new="    return socket.create_server((host, port), backlog=backlog)\n",
    ),
    Unusual(
        "keeps the listener with pop_all()",
        edits=(
            Edit(SUPPRESS, "from contextlib import ExitStack, suppress\n"),
            Edit(
                LISTEN,
                """    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        if not sys.platform.startswith("win"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
        listener.bind((host, port))
        listener.listen(backlog)
        stack.pop_all()
    return listener
""",
            ),
        ),
    ),
    Unusual(
        "closes on any exception at all",
        old="    except OSError:\n        listener.close()\n        raise\n",
        new="    except BaseException:\n        listener.close()\n        raise\n",
    ),
)
