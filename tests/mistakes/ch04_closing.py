"""Wrong answers to chapter 4 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

DRAIN = """    total = 0
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        conn.settimeout(left)
        try:
            piece = conn.recv(CHUNK)
        except TimeoutError:
            break
        except ConnectionError:
            return total, End.RESET
        if not piece:
            return total, End.FINISHED
        total += len(piece)
    return total, End.OPEN
"""
CLOSE = """    with conn:
        try:
            conn.shutdown(socket.SHUT_WR)
        except OSError:
            return End.RESET
        _count, end = drain(conn, seconds)
    return end
"""
DRAINED = "        _count, end = drain(conn, seconds)\n"
SHUTDOWN = """        try:
            conn.shutdown(socket.SHUT_WR)
        except OSError:
            return End.RESET
"""
ABORT = """    with conn, suppress(OSError):
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_for_zero_seconds)
"""
OPTION = """        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
"""
BIND = "        listener.bind((host, port))\n"

MISTAKES = (
    Mistake(
        "M03",
        "reads once",
        "test_counts_every_byte_to_the_end",
        old=DRAIN,
        new="    conn.settimeout(seconds)\n    try:\n        piece = conn.recv(CHUNK)\n"
        "    except TimeoutError:\n        return 0, End.OPEN\n"
        "    except ConnectionError:\n        return 0, End.RESET\n"
        "    return len(piece), End.FINISHED\n",
    ),
    Mistake(
        "",
        "counts the pieces",
        "test_counts_every_byte_to_the_end",
        old="        total += len(piece)\n",
        new="        total += 1\n",
    ),
    Mistake(
        "M05",
        "tries again on b''",
        "test_counts_every_byte_to_the_end",
        old="        if not piece:\n            return total, End.FINISHED\n",
        new="        if not piece:\n            continue\n",
    ),
    Mistake(
        "M34",
        "closes when the peer has finished sending",
        "test_only_reads",
        old="        if not piece:\n            return total, End.FINISHED\n",
        new="        if not piece:\n            conn.close()\n"
        "            return total, End.FINISHED\n",
    ),
    Mistake(
        "M34",
        "half-closes on its own account",
        "test_only_reads",
        old="    total = 0\n",
        new="    total = 0\n    conn.shutdown(socket.SHUT_WR)\n",
    ),
    Mistake(
        "M06",
        "takes silence for the end",
        "test_silent_peer_is_open",
        old="        except TimeoutError:\n            break\n",
        new="        except TimeoutError:\n            return total, End.FINISHED\n",
    ),
    Mistake(
        "M06",
        "lets TimeoutError out",
        "test_silent_peer_is_open",
        old="        except TimeoutError:\n            break\n",
        new="",
    ),
    Mistake(
        "X20",
        "takes every OSError for a reset",
        "test_silent_peer_is_open",
        old="        except TimeoutError:\n            break\n        except ConnectionError:\n",
        new="        except OSError:\n",
    ),
    Mistake(
        "X25",
        "does not wait at all",
        "test_silent_peer_is_open",
        edits=(
            Edit(old="        conn.settimeout(left)\n", new="        conn.setblocking(False)\n"),
            Edit(old="        except TimeoutError:\n", new="        except BlockingIOError:\n"),
        ),
    ),
    Mistake(
        "X28",
        "asks again and again",
        "test_silent_peer_is_open",
        edits=(
            Edit(old="        conn.settimeout(left)\n", new="        conn.setblocking(left < 0)\n"),
            Edit(
                old="        except TimeoutError:\n            break\n",
                new="        except BlockingIOError:\n            continue\n",
            ),
        ),
    ),
    Mistake(
        "M112",
        "waits without a timeout",
        "test_silent_peer_is_open",
        old="        conn.settimeout(left)\n",
        new="",
    ),
    Mistake(
        "M34",
        "closes the connection after a timeout",
        "test_silent_peer_is_open",
        old="    return total, End.OPEN\n",
        new="    conn.close()\n    return total, End.OPEN\n",
    ),
    Mistake(
        "X478",
        "lets ConnectionResetError out",
        "test_reset_is_returned",
        old="        except ConnectionError:\n            return total, End.RESET\n",
        new="",
    ),
    Mistake(
        "X478",
        "takes a reset for the end of the stream",
        "test_reset_is_returned",
        old="            return total, End.RESET\n",
        new="            return total, End.FINISHED\n",
    ),
    Mistake(
        "X26",
        "sets a timeout of less than nothing",
        "test_stops_when_no_time_is_left",
        old="    while (left := deadline - time.monotonic()) > 0:\n        conn.settimeout(left)\n",
        new="    while True:\n        conn.settimeout(deadline - time.monotonic())\n",
    ),
    Mistake(
        "X26",
        "sets a timeout of zero, and expects TimeoutError",
        "test_stops_when_no_time_is_left",
        old="    while (left := deadline - time.monotonic()) > 0:\n        conn.settimeout(left)\n",
        new="    while True:\n        conn.settimeout(max(0, deadline - time.monotonic()))\n",
    ),
    Mistake(
        "X26",
        "looks what is left only after the first recv()",
        "test_deadline_is_for_all_of_it",
        edits=(
            Edit(
                old="    while (left := deadline - time.monotonic()) > 0:\n"
                "        conn.settimeout(left)\n",
                new="    left = seconds\n"
                "    while left > 0 or not total:\n"
                "        conn.settimeout(left)\n",
            ),
            Edit(
                old="        total += len(piece)\n",
                new="        total += len(piece)\n        left = deadline - time.monotonic()\n",
            ),
        ),
    ),
    Mistake(
        "M114",
        "notes a deadline, and sets the timeout once",
        "test_deadline_is_for_all_of_it",
        old="    while (left := deadline - time.monotonic()) > 0:\n        conn.settimeout(left)\n",
        new="    conn.settimeout(seconds)\n    while time.monotonic() < deadline:\n",
    ),
    Mistake(
        "M114",
        "a timeout for each recv() instead of a deadline",
        "test_deadline_is_for_all_of_it",
        old="    deadline = time.monotonic() + seconds\n"
        "    while (left := deadline - time.monotonic()) > 0:\n"
        "        conn.settimeout(left)\n",
        new="    conn.settimeout(seconds)\n    while True:\n",
    ),
    Mistake(
        "X21",
        "drains without a half-close",
        "test_last_words_arrive",
        old=SHUTDOWN,
        new="",
    ),
    Mistake(
        "X21",
        "drains first, then half-closes",
        "test_last_words_arrive",
        old=SHUTDOWN + DRAINED,
        new=DRAINED + SHUTDOWN,
    ),
    Mistake(
        "M30",
        "aborts",
        "test_last_words_arrive",
        old=CLOSE,
        new="    conn.setsockopt(\n        socket.SOL_SOCKET, socket.SO_LINGER,"
        ' struct.pack("ii", 1, 0)\n    )\n    conn.close()\n    return End.FINISHED\n',
    ),
    Mistake(
        "",
        "returns what drain() has returned",
        "test_last_words_arrive",
        old="        _count, end = drain(conn, seconds)\n",
        new="        end = drain(conn, seconds)\n",
    ),
    Mistake(
        "M35",
        "leaves the connection open at the end",
        "test_last_words_arrive",
        old=CLOSE,
        new="    try:\n        conn.shutdown(socket.SHUT_WR)\n    except OSError:\n"
        "        return End.RESET\n    return drain(conn, seconds)[1]\n",
    ),
    Mistake(
        "M30",
        "closes at once",
        "test_peer_that_still_sends_gets_them_too",
        old=DRAINED,
        new="        end = End.FINISHED\n",
    ),
    Mistake(
        "M30",
        "gives up both directions",
        "test_peer_that_still_sends_gets_them_too",
        old="conn.shutdown(socket.SHUT_WR)",
        new="conn.shutdown(socket.SHUT_RDWR)",
    ),
    Mistake(
        "M30",
        "drains one piece",
        "test_peer_that_still_sends_gets_them_too",
        old=DRAINED,
        new="        conn.settimeout(seconds)\n        try:\n            conn.recv(CHUNK)\n"
        "        except TimeoutError:\n            return End.OPEN\n"
        "        except ConnectionError:\n            return End.RESET\n"
        "        end = End.FINISHED\n",
    ),
    Mistake(
        "X478",
        "does not expect shutdown() to raise",
        "test_reset_raises_nothing",
        old=SHUTDOWN,
        new="        conn.shutdown(socket.SHUT_WR)\n",
    ),
    Mistake(
        "X27",
        "drains all the same when shutdown() raises",
        "test_reset_raises_nothing",
        old=SHUTDOWN,
        new="        with suppress(OSError):\n            conn.shutdown(socket.SHUT_WR)\n",
    ),
    Mistake(
        "M35",
        "forgets to close after a reset",
        "test_reset_raises_nothing",
        old=CLOSE,
        new="    try:\n        conn.shutdown(socket.SHUT_WR)\n    except OSError:\n"
        "        return End.RESET\n    _count, end = drain(conn, seconds)\n"
        "    conn.close()\n    return end\n",
    ),
    Mistake(
        "M35",
        "closes only what has ended",
        "test_silent_peer_is_closed_too",
        old=CLOSE,
        new="    try:\n        conn.shutdown(socket.SHUT_WR)\n    except OSError:\n"
        "        conn.close()\n        return End.RESET\n"
        "    _count, end = drain(conn, seconds)\n"
        "    if end is not End.OPEN:\n        conn.close()\n    return end\n",
    ),
    Mistake(
        "X25",
        "gives the peer a tenth of its time",
        "test_silent_peer_is_closed_too",
        old="drain(conn, seconds)\n",
        new="drain(conn, seconds / 10)\n",
    ),
    Mistake(
        "M112",
        "reads for as long as the peer likes",
        "test_silent_peer_is_closed_too",
        old=DRAINED,
        new="        end = End.FINISHED\n        conn.settimeout(None)\n        try:\n"
        "            while conn.recv(CHUNK):\n                pass\n"
        "        except ConnectionError:\n            end = End.RESET\n",
    ),
    Mistake(
        "M114",
        "reads by itself, with a timeout for each recv()",
        "test_endless_peer_is_cut_off",
        old=DRAINED,
        new="        end = End.FINISHED\n        conn.settimeout(seconds)\n        try:\n"
        "            while conn.recv(CHUNK):\n                pass\n"
        "        except TimeoutError:\n            end = End.OPEN\n"
        "        except ConnectionError:\n            end = End.RESET\n",
    ),
    Mistake(
        "X22",
        "a plain close()",
        "test_peer_sees_a_reset",
        old=ABORT,
        new="    conn.close()\n",
    ),
    Mistake(
        "X22",
        "shutdown() in both directions",
        "test_peer_sees_a_reset",
        old=ABORT,
        new="    conn.shutdown(socket.SHUT_RDWR)\n    conn.close()\n",
    ),
    Mistake(
        "X22",
        "lingers for a second instead of none",
        "test_peer_sees_a_reset",
        old='"ii", 1, 0)',
        new='"ii", 1, 1)',
    ),
    Mistake(
        "X22",
        "on and off mixed up",
        "test_peer_sees_a_reset",
        old='"ii", 1, 0)',
        new='"ii", 0, 1)',
    ),
    Mistake(
        "",
        "packs two shorts, and does not see that they are refused",
        "test_peer_sees_a_reset",
        old='"hh" if sys.platform == "win32" else "ii"',
        new='"hh"',
    ),
    Mistake(
        "M35",
        "sets the option and does not close",
        "test_peer_sees_a_reset",
        old="    with conn, suppress(OSError):",
        new="    with suppress(OSError):",
    ),
    Mistake(
        "X23",
        "tells the peer why",
        "test_unsent_bytes_are_dropped",
        old=ABORT,
        new=ABORT.replace("        conn", '        conn.sendall(b"too slow")\n        conn'),
    ),
    Mistake(
        "X478",
        "asks whom it throws out",
        "test_peer_may_have_gone_first",
        old="    with conn, suppress(OSError):",
        new="    conn.getpeername()\n    with conn, suppress(OSError):",
    ),
    Mistake(
        "X478",
        "does not expect setsockopt() to raise",
        "test_peer_may_have_gone_first",
        old="    with conn, suppress(OSError):",
        new="    with conn:",
    ),
    Mistake(
        "M35",
        "closes only if nothing goes wrong",
        "test_peer_may_have_gone_first",
        old=ABORT,
        new="    with suppress(OSError):\n"
        "        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_for_zero_seconds)\n"
        "        conn.close()\n",
    ),
    Mistake(
        "X17",
        "ignores the host",
        "test_listens_where_it_should",
        old=BIND,
        new='        listener.bind(("127.0.0.1", port))\n',
    ),
    Mistake(
        "M27",
        "the next port if this one is taken",
        "test_listens_where_it_should",
        old=BIND,
        new="        while True:\n            try:\n"
        "                listener.bind((host, port))\n                break\n"
        "            except OSError:\n                port += 1\n",
    ),
    Mistake(
        "X17",
        "an empty host, which is every interface",
        "test_listens_where_it_should",
        old='host: str = "127.0.0.1"',
        new='host: str = ""',
    ),
    Mistake(
        "X11",
        "the socket stays open when bind() fails",
        "test_listens_where_it_should",
        old="        listener.close()\n        raise",
        new="        raise",
    ),
    Mistake(
        "X14",
        "ignores the backlog",
        "test_backlog_reaches_the_kernel",
        old="listener.listen(backlog)",
        new="listener.listen()",
    ),
    Mistake(
        "M27",
        "chapter 1's listener, without the option",
        "test_can_restart_at_once",
        old=OPTION,
        new="",
    ),
    Mistake(
        "M28",
        "the option after bind()",
        "test_can_restart_at_once",
        old=OPTION + BIND,
        new=BIND + OPTION,
    ),
    Mistake(
        "M27",
        "another port if this one is taken",
        "test_can_restart_at_once",
        old=OPTION + BIND,
        new="        try:\n            listener.bind((host, port))\n"
        "        except OSError:\n            if host != '127.0.0.1':\n                raise\n"
        "            listener.bind((host, 0))\n",
    ),
    Mistake(
        "X24",
        "SO_REUSEPORT instead",
        "test_port_of_a_listener_stays_taken",
        old="socket.SO_REUSEADDR, 1",
        new="socket.SO_REUSEPORT, 1",
    ),
)
