"""Wrong answers to chapter 4 that learners really write, and the promise that must catch each."""

from course.maintain.mistakes import Edit, Mistake

ABORT = """    with conn, suppress(OSError):
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_for_zero_seconds)
"""
TIMEOUT = "    conn.settimeout(seconds)\n"
TRY = """    try:
        piece = conn.recv(CHUNK)
    except TimeoutError as error:
        return End.BROKEN if error.errno == errno.ETIMEDOUT else End.OPEN
    except OSError:
        return End.BROKEN
"""
SILENT = """    except TimeoutError as error:
        return End.BROKEN if error.errno == errno.ETIMEDOUT else End.OPEN
"""
BROKEN = """    except OSError:
        return End.BROKEN
    return piece or End.FINISHED
"""
RETURN = "    return piece or End.FINISHED\n"
DRAIN = """    total = 0
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        received = receive_within(conn, left)
        if isinstance(received, End):
            return total, received
        total += len(received)
    return total, End.OPEN
"""
LOOP = """    while (left := deadline - time.monotonic()) > 0:
        received = receive_within(conn, left)
"""
ENDED = """        if isinstance(received, End):
            return total, received
"""
CLOSE = """    with conn:
        try:
            conn.shutdown(socket.SHUT_WR)
        except OSError:
            return End.BROKEN
        _count, end = drain(conn, seconds)
    return end
"""
DRAINED = "        _count, end = drain(conn, seconds)\n"
SHUTDOWN = """        try:
            conn.shutdown(socket.SHUT_WR)
        except OSError:
            return End.BROKEN
"""
OPTION = """        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
"""
BIND = "        listener.bind((host, port))\n"

MISTAKES = (
    # abort
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
        "",
        "shuts down, and does not close",
        "test_peer_sees_a_reset",
        old=ABORT,
        new="    conn.shutdown(socket.SHUT_RDWR)\n",
    ),
    Mistake(
        "X545",
        "half-closes before it resets",
        "test_peer_sees_a_reset",
        old=ABORT,
        new="    conn.shutdown(socket.SHUT_WR)\n" + ABORT,
    ),
    Mistake(
        "",
        "lingers for a second instead of none",
        "test_peer_sees_a_reset",
        old='"ii", 1, 0)',
        new='"ii", 1, 1)',
    ),
    Mistake(
        "",
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
        "X548",
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
        "X544",
        "reads what is there, so that nothing is unread",
        "test_does_not_read",
        old=ABORT,
        new="    conn.setblocking(False)\n"
        "    with suppress(OSError):\n"
        "        while conn.recv(CHUNK):\n"
        "            pass\n" + ABORT,
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
        "X516",
        "closes only if nothing goes wrong",
        "test_peer_may_have_gone_first",
        old=ABORT,
        new="    with suppress(OSError):\n"
        "        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_for_zero_seconds)\n"
        "        conn.close()\n",
    ),
    Mistake(
        "X478",
        "expects only the error of macOS",
        "test_peer_may_have_gone_first",
        old=ABORT,
        new="""    with conn:
        try:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_for_zero_seconds)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
""",
    ),
    Mistake(
        "X550",
        "packs two integers everywhere",
        "test_windows_wants_short_integers",
        old='"hh" if sys.platform == "win32" else "ii"',
        new='"ii"',
    ),
    # receive_within
    Mistake(
        "X25",
        "does not wait at all",
        "test_silence_is_open",
        edits=(
            Edit(old=TIMEOUT, new="    conn.setblocking(False)\n"),
            Edit(
                old="    except TimeoutError as error:\n",
                new="    except BlockingIOError as error:\n",
            ),
        ),
    ),
    Mistake(
        "X25",
        "makes the connection non-blocking, and expects TimeoutError",
        "test_silence_is_open",
        edits=(
            Edit(old=TIMEOUT, new="    conn.setblocking(False)\n"),
            Edit(
                old="    except OSError:\n"
                "        return End.BROKEN\n"
                "    return piece or End.FINISHED\n",
                new="    except BlockingIOError:\n"
                "        return End.OPEN\n"
                "    return piece or End.FINISHED\n",
            ),
        ),
    ),
    Mistake(
        "",
        "asks for more than CHUNK",
        "test_returns_the_next_bytes",
        old="        piece = conn.recv(CHUNK)\n    except TimeoutError as error",
        new="        piece = conn.recv(10 * CHUNK)\n    except TimeoutError as error",
    ),
    Mistake(
        "",
        "reads on until nothing more comes",
        "test_returns_the_next_bytes",
        old="        piece = conn.recv(CHUNK)\n    except TimeoutError as error",
        new="        piece = conn.recv(CHUNK)\n"
        "        conn.settimeout(0.05)\n"
        "        with suppress(TimeoutError):\n"
        "            while more := conn.recv(CHUNK):\n"
        "                piece += more\n"
        "    except TimeoutError as error",
    ),
    Mistake(
        "X25",
        "returns nothing if the bytes are already there",
        "test_returns_the_next_bytes",
        old="    return piece or End.FINISHED\n",
        new="    return End.OPEN\n",
    ),
    Mistake(
        "",
        "strips the bytes",
        "test_returns_the_next_bytes",
        old=RETURN,
        new="    return piece.strip() or End.FINISHED\n",
    ),
    Mistake(
        "",
        "thanks for the bytes",
        "test_returns_the_next_bytes",
        old=RETURN,
        new='    if piece:\n        conn.sendall(b"ok")\n' + RETURN,
    ),
    Mistake(
        "",
        "looks at the bytes, and leaves them there",
        "test_returns_the_next_bytes",
        old="        piece = conn.recv(CHUNK)\n    except TimeoutError as error",
        new="        piece = conn.recv(CHUNK, socket.MSG_PEEK)\n    except TimeoutError as error",
    ),
    Mistake(
        "X25",
        "waits for a second at most",
        "test_returns_the_next_bytes",
        old=TIMEOUT,
        new="    conn.settimeout(min(seconds, 1.0))\n",
    ),
    Mistake(
        "",
        "waits for a second at least",
        "test_silence_is_open",
        old=TIMEOUT,
        new="    conn.settimeout(max(seconds, 1.0))\n",
    ),
    Mistake(
        "M34",
        "closes when the peer has finished sending",
        "test_end_is_finished",
        old=RETURN,
        new="    if not piece:\n        conn.close()\n    return piece or End.FINISHED\n",
    ),
    Mistake(
        "M34",
        "half-closes when the peer has finished sending",
        "test_end_is_finished",
        old=RETURN,
        new="    if not piece:\n"
        "        conn.shutdown(socket.SHUT_WR)\n"
        "    return piece or End.FINISHED\n",
    ),
    Mistake(
        "",
        "returns b'' at the end of the stream",
        "test_end_is_finished",
        old=RETURN,
        new="    return piece\n",
    ),
    Mistake(
        "M05",
        "tries again on b''",
        "test_end_is_finished",
        old="        piece = conn.recv(CHUNK)\n",
        new="        while not (piece := conn.recv(CHUNK)):\n            pass\n",
    ),
    Mistake(
        "M06",
        "takes silence for the end",
        "test_silence_is_open",
        old="errno.ETIMEDOUT else End.OPEN",
        new="errno.ETIMEDOUT else End.FINISHED",
    ),
    Mistake(
        "",
        "lets TimeoutError out",
        "test_silence_is_open",
        old=SILENT + BROKEN,
        new="    except ConnectionError:\n"
        "        return End.BROKEN\n"
        "    return piece or End.FINISHED\n",
    ),
    Mistake(
        "X20",
        "takes every OSError for a reset",
        "test_silence_is_open",
        old=SILENT,
        new="",
    ),
    Mistake(
        "X28",
        "asks again and again",
        "test_silence_is_open",
        old=TIMEOUT + TRY,
        new="    conn.setblocking(False)\n"
        "    end = time.monotonic() + seconds\n"
        "    while True:\n"
        "        try:\n"
        "            piece = conn.recv(CHUNK)\n"
        "            break\n"
        "        except BlockingIOError:\n"
        "            if time.monotonic() > end:\n"
        "                return End.OPEN\n"
        "        except OSError:\n"
        "            return End.BROKEN\n",
    ),
    Mistake(
        "M112",
        "waits without a timeout",
        "test_silence_is_open",
        old=TIMEOUT,
        new="",
    ),
    Mistake(
        "X25",
        "waits for a tenth of the time",
        "test_returns_the_next_bytes",
        old=TIMEOUT,
        new="    conn.settimeout(seconds / 10)\n",
    ),
    Mistake(
        "X25",
        "sets the timeout only if there is none yet",
        "test_silence_is_open",
        old=TIMEOUT,
        new="    if conn.gettimeout() is None:\n        conn.settimeout(seconds)\n",
    ),
    Mistake(
        "M34",
        "closes the connection after a timeout",
        "test_silence_is_open",
        old="    except TimeoutError as error:\n",
        new="    except TimeoutError as error:\n        conn.close()\n",
    ),
    Mistake(
        "",
        "asks a silent peer whether it is there",
        "test_silence_is_open",
        old=SILENT,
        new="""    except TimeoutError as error:
        if error.errno != errno.ETIMEDOUT:
            conn.send(b"?")
        return End.BROKEN if error.errno == errno.ETIMEDOUT else End.OPEN
""",
    ),
    Mistake(
        "X478",
        "lets ConnectionResetError out",
        "test_error_is_broken",
        old=BROKEN,
        new=RETURN,
    ),
    Mistake(
        "X546",
        "takes a reset for the end of the stream",
        "test_error_is_broken",
        old=BROKEN,
        new="    except OSError:\n        return End.FINISHED\n    return piece or End.FINISHED\n",
    ),
    Mistake(
        "X541",
        "expects ConnectionErrors only",
        "test_error_is_broken",
        old=BROKEN,
        new="    except ConnectionError:\n"
        "        return End.BROKEN\n"
        "    return piece or End.FINISHED\n",
    ),
    Mistake(
        "",
        "takes ECONNABORTED for the end of the stream",
        "test_error_is_broken",
        old=BROKEN,
        new="    except ConnectionAbortedError:\n        return End.FINISHED\n" + BROKEN,
    ),
    Mistake(
        "X540",
        "takes every TimeoutError for silence",
        "test_dead_peer_is_broken",
        old=SILENT,
        new="    except TimeoutError:\n        return End.OPEN\n",
    ),
    Mistake(
        "X540",
        "asks for the wrong number",
        "test_dead_peer_is_broken",
        old="error.errno == errno.ETIMEDOUT",
        new="error.errno == errno.ECONNRESET",
    ),
    # drain
    Mistake(
        "M03",
        "reads once",
        "test_counts_every_byte_to_the_end",
        old=DRAIN,
        new="    received = receive_within(conn, seconds)\n"
        "    if isinstance(received, End):\n"
        "        return 0, received\n"
        "    return len(received), End.FINISHED\n",
    ),
    Mistake(
        "",
        "counts the pieces",
        "test_counts_every_byte_to_the_end",
        old="        total += len(received)\n",
        new="        total += 1\n",
    ),
    Mistake(
        "M05",
        "tries again at the end of the stream",
        "test_counts_every_byte_to_the_end",
        old="        if isinstance(received, End):\n",
        new="        if received is End.FINISHED:\n"
        "            continue\n"
        "        if isinstance(received, End):\n",
    ),
    Mistake(
        "",
        "looks at the bytes with MSG_PEEK",
        "test_counts_every_byte_to_the_end",
        old="        received = receive_within(conn, left)\n",
        new="        conn.settimeout(left)\n"
        "        received = conn.recv(CHUNK, socket.MSG_PEEK) or End.FINISHED\n",
    ),
    Mistake(
        "M34",
        "closes at the end",
        "test_counts_every_byte_to_the_end",
        old=ENDED,
        new="        if isinstance(received, End):\n"
        "            conn.close()\n"
        "            return total, received\n",
    ),
    Mistake(
        "",
        "always says FINISHED",
        "test_says_how_it_ended",
        old=ENDED,
        new="        if isinstance(received, End):\n            return total, End.FINISHED\n",
    ),
    Mistake(
        "M06",
        "takes a long silence for the end",
        "test_says_how_it_ended",
        old=ENDED,
        new="        if received is End.BROKEN:\n"
        "            return total, received\n"
        "        if isinstance(received, End):\n"
        "            return total, End.FINISHED\n",
    ),
    Mistake(
        "",
        "forgets the bytes that came before",
        "test_says_how_it_ended",
        old=ENDED,
        new="        if received is End.FINISHED:\n"
        "            return total, received\n"
        "        if isinstance(received, End):\n"
        "            return 0, received\n",
    ),
    Mistake(
        "X478",
        "receives by itself, and expects no reset",
        "test_says_how_it_ended",
        old=LOOP,
        new=LOOP.replace("receive_within(conn, left)", "conn.recv(CHUNK) or End.FINISHED").replace(
            "        received", "        conn.settimeout(left)\n        received"
        ),
    ),
    Mistake(
        "M34",
        "closes when the time is up",
        "test_says_how_it_ended",
        old=ENDED,
        new="        if received is End.OPEN:\n"
        "            conn.close()\n"
        "        if isinstance(received, End):\n"
        "            return total, received\n",
    ),
    Mistake(
        "",
        "tells a silent peer that its time is over",
        "test_says_how_it_ended",
        old=ENDED,
        new=ENDED.replace(
            "            return",
            "            if received is End.OPEN:\n"
            '                conn.send(b"late")\n'
            "            return",
        ),
    ),
    Mistake(
        "M114",
        "gives all of the time to each piece",
        "test_deadline_is_for_all_of_it",
        old="receive_within(conn, left)",
        new="receive_within(conn, seconds)",
    ),
    Mistake(
        "M114",
        "has no deadline",
        "test_deadline_is_for_all_of_it",
        old=DRAIN,
        new="    total = 0\n"
        "    while not isinstance(received := receive_within(conn, seconds), End):\n"
        "        total += len(received)\n"
        "    return total, received\n",
    ),
    Mistake(
        "X25",
        "gives up after a short silence",
        "test_deadline_is_for_all_of_it",
        old="receive_within(conn, left)",
        new="receive_within(conn, min(left, 0.1))",
    ),
    Mistake(
        "X26",
        "sets a timeout of less than nothing",
        "test_stops_when_no_time_is_left",
        old=LOOP,
        new="    while True:\n"
        "        received = receive_within(conn, deadline - time.monotonic())\n",
    ),
    Mistake(
        "X26",
        "sets a timeout of zero, and expects TimeoutError",
        "test_stops_when_no_time_is_left",
        old=LOOP,
        new="    while True:\n"
        "        received = receive_within(conn, max(0, deadline - time.monotonic()))\n",
    ),
    Mistake(
        "",
        "reads before it looks at the time",
        "test_no_time_is_no_reading",
        old=DRAIN,
        new="    total = 0\n"
        "    deadline = time.monotonic() + seconds\n"
        "    while True:\n"
        "        received = receive_within(conn, max(deadline - time.monotonic(), 0.001))\n"
        "        if isinstance(received, End):\n"
        "            return total, received\n"
        "        total += len(received)\n"
        "        if time.monotonic() > deadline:\n"
        "            return total, End.OPEN\n",
    ),
    Mistake(
        "X543",
        "keeps everything, to count it at the end",
        "test_keeps_only_the_number",
        old=DRAIN,
        new="    data = bytearray()\n"
        "    deadline = time.monotonic() + seconds\n"
        "    while (left := deadline - time.monotonic()) > 0:\n"
        "        received = receive_within(conn, left)\n"
        "        if isinstance(received, End):\n"
        "            return len(data), received\n"
        "        data += received\n"
        "    return len(data), End.OPEN\n",
    ),
    Mistake(
        "X543",
        "keeps the pieces in a list",
        "test_keeps_only_the_number",
        old=DRAIN,
        new="    pieces = []\n"
        "    end = End.OPEN\n"
        "    deadline = time.monotonic() + seconds\n"
        "    while (left := deadline - time.monotonic()) > 0:\n"
        "        received = receive_within(conn, left)\n"
        "        if isinstance(received, End):\n"
        "            end = received\n"
        "            break\n"
        "        pieces.append(received)\n"
        "    return sum(map(len, pieces)), end\n",
    ),
    Mistake(
        "X542",
        "looks at the time of day",
        "test_clock_may_be_set",
        edits=(
            Edit(
                old="    deadline = time.monotonic() + seconds\n",
                new="    deadline = time.time() + seconds\n",
            ),
            Edit(old="deadline - time.monotonic()", new="deadline - time.time()"),
        ),
    ),
    # close_gracefully
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
        "",
        "aborts",
        "test_last_words_arrive",
        old=CLOSE,
        new="    abort(conn)\n    return End.FINISHED\n",
    ),
    Mistake(
        "",
        "returns what drain() has returned",
        "test_last_words_arrive",
        old="        _count, end = drain(conn, seconds)\n",
        new="        end = drain(conn, seconds)\n",
    ),
    Mistake(
        "",
        "aborts after the drain",
        "test_last_words_arrive",
        old=DRAINED,
        new=DRAINED + "        abort(conn)\n",
    ),
    Mistake(
        "M35",
        "leaves the connection open",
        "test_last_words_arrive",
        old=CLOSE,
        new="    try:\n"
        "        conn.shutdown(socket.SHUT_WR)\n"
        "    except OSError:\n"
        "        return End.BROKEN\n"
        "    return drain(conn, seconds)[1]\n",
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
        new="        received = receive_within(conn, seconds)\n"
        "        end = received if isinstance(received, End) else End.FINISHED\n",
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
        "X549",
        "forgets to close after a reset",
        "test_reset_raises_nothing",
        old=CLOSE,
        new="    try:\n"
        "        conn.shutdown(socket.SHUT_WR)\n"
        "    except OSError:\n"
        "        return End.BROKEN\n"
        "    _count, end = drain(conn, seconds)\n"
        "    conn.close()\n"
        "    return end\n",
    ),
    Mistake(
        "X478",
        "expects only ENOTCONN from shutdown()",
        "test_reset_raises_nothing",
        old=SHUTDOWN,
        new=SHUTDOWN.replace(
            "OSError:\n",
            "OSError as error:\n            if error.errno != errno.ENOTCONN:\n                raise\n",
        ),
    ),
    Mistake(
        "",
        "drains although shutdown() has failed",
        "test_reset_raises_nothing",
        old=SHUTDOWN,
        new=SHUTDOWN.replace(
            "            return", "            drain(conn, seconds)\n            return"
        ),
    ),
    Mistake(
        "",
        "closes only what has ended",
        "test_silent_peer_is_closed_too",
        old=CLOSE,
        new="    try:\n"
        "        conn.shutdown(socket.SHUT_WR)\n"
        "    except OSError:\n"
        "        conn.close()\n"
        "        return End.BROKEN\n"
        "    _count, end = drain(conn, seconds)\n"
        "    if end is not End.OPEN:\n"
        "        conn.close()\n"
        "    return end\n",
    ),
    Mistake(
        "X25",
        "gives the peer a tenth of its time",
        "test_silent_peer_is_closed_too",
        old="drain(conn, seconds)\n",
        new="drain(conn, seconds / 10)\n",
    ),
    Mistake(
        "X25",
        "gives the peer a second at most",
        "test_silent_peer_is_closed_too",
        old="drain(conn, seconds)\n",
        new="drain(conn, min(seconds, 1.0))\n",
    ),
    Mistake(
        "",
        "gives the peer a second at least",
        "test_silent_peer_is_closed_too",
        old="drain(conn, seconds)\n",
        new="drain(conn, max(seconds, 1.0))\n",
    ),
    Mistake(
        "M112",
        "reads for as long as the peer likes",
        "test_silent_peer_is_closed_too",
        old=DRAINED,
        new="        end = End.FINISHED\n"
        "        conn.settimeout(None)\n"
        "        try:\n"
        "            while conn.recv(CHUNK):\n"
        "                pass\n"
        "        except ConnectionError:\n"
        "            end = End.BROKEN\n",
    ),
    Mistake(
        "",
        "never waits for less than a third of a second",
        "test_silent_peer_is_closed_too",
        old=DRAINED,
        new=DRAINED.replace("seconds)", "max(seconds, 0.3))"),
    ),
    Mistake(
        "M114",
        "reads by itself, with a timeout for each recv()",
        "test_endless_peer_is_cut_off",
        old=DRAINED,
        new="        while not isinstance(end := receive_within(conn, seconds), End):\n"
        "            pass\n",
    ),
    Mistake(
        "",
        "gives a busy peer its time again",
        "test_endless_peer_is_cut_off",
        old=DRAINED,
        new="""        count, end = drain(conn, seconds)
        if end is End.OPEN and count:
            _count, end = drain(conn, seconds)
""",
    ),
    # open_listener
    Mistake(
        "X17",
        "ignores the host",
        "test_failed_bind_is_an_error",
        old=BIND,
        new='        listener.bind(("127.0.0.1", port))\n',
    ),
    Mistake(
        "M27",
        "the next port if this one is taken",
        "test_failed_bind_is_an_error",
        old=BIND,
        new="        while True:\n"
        "            try:\n"
        "                listener.bind((host, port))\n"
        "                break\n"
        "            except OSError:\n"
        "                port += 1\n",
    ),
    Mistake(
        "X17",
        "an empty host, which is every interface",
        "test_listens_where_it_should",
        old='host: str = "127.0.0.1"',
        new='host: str = ""',
    ),
    Mistake(
        "",
        "a non-blocking listener",
        "test_listens_where_it_should",
        old="        listener.listen(backlog)\n",
        new="        listener.listen(backlog)\n        listener.setblocking(False)\n",
    ),
    Mistake(
        "X11",
        "the socket stays open if bind() fails",
        "test_failed_bind_is_an_error",
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
        "",
        "lets at most four clients wait",
        "test_backlog_reaches_the_kernel",
        old="listener.listen(backlog)",
        new="listener.listen(min(backlog, 4))",
    ),
    Mistake(
        "",
        "takes a backlog of 0 for none",
        "test_backlog_reaches_the_kernel",
        old="        listener.listen(backlog)\n",
        new="        listener.listen(backlog or 128)\n",
    ),
    Mistake(
        "",
        "echo's listener, without the option",
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
        new="        try:\n"
        "            listener.bind((host, port))\n"
        "        except OSError:\n"
        "            if host != '127.0.0.1':\n"
        "                raise\n"
        "            listener.bind((host, 0))\n",
    ),
    Mistake(
        "X24",
        "SO_REUSEPORT instead",
        "test_port_of_a_listener_stays_taken",
        old="socket.SO_REUSEADDR, 1",
        new="socket.SO_REUSEPORT, 1",
    ),
    Mistake(
        "X11",
        "closes only if the address is not this machine's",
        "test_port_of_a_listener_stays_taken",
        old="    except OSError:\n        listener.close()\n        raise",
        new="    except OSError as error:\n"
        "        if error.errno == errno.EADDRNOTAVAIL:\n"
        "            listener.close()\n"
        "        raise",
    ),
    Mistake(
        "X547",
        "sets the option everywhere",
        "test_windows_does_without_the_option",
        old=OPTION,
        new="        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n",
    ),
    Mistake(
        "X11",
        "listens outside of the try",
        "test_failed_listen_is_an_error",
        old="        listener.listen(backlog)\n"
        "    except OSError:\n"
        "        listener.close()\n"
        "        raise\n",
        new="    except OSError:\n"
        "        listener.close()\n"
        "        raise\n"
        "    listener.listen(backlog)\n",
    ),
    Mistake(
        "",
        "a listen() that fails is ignored",
        "test_failed_listen_is_an_error",
        old="        listener.listen(backlog)\n",
        new="        with suppress(OSError):\n            listener.listen(backlog)\n",
    ),
)
