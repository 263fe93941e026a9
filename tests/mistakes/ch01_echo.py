"""Wrong answers to echo that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

ECHO = """    total = 0
    while piece := conn.recv(CHUNK):
        conn.sendall(piece)
        total += len(piece)
    return total
"""
ASK = """        pieces = []
        while piece := conn.recv(CHUNK):
            pieces.append(piece)
    return b"".join(pieces)
"""
SERVE = """    conn, _peer = listener.accept()
    with conn:
        return echo(conn)
"""

MISTAKES = (
    Mistake(
        "X17",
        "ignores the host",
        "test_listener_has_the_host_asked_for",
        old="listener.bind((host, port))",
        new='listener.bind(("127.0.0.1", port))',
    ),
    Mistake(
        "X17",
        "falls back to 127.0.0.1 when the host is another machine",
        "test_foreign_host_is_an_error",
        edits=(
            Edit(old="import socket\n\n", new="import errno\nimport socket\n\n"),
            Edit(
                old="        listener.bind((host, port))\n",
                new="        try:\n            listener.bind((host, port))\n"
                "        except OSError as error:\n"
                "            if error.errno != errno.EADDRNOTAVAIL:\n                raise\n"
                '            listener.bind(("127.0.0.1", port))\n',
            ),
        ),
    ),
    Mistake(
        "X14",
        "ignores the backlog",
        "test_backlog_reaches_the_kernel",
        old="listener.listen(backlog)",
        new="listener.listen()",
    ),
    Mistake(
        "X16",
        "serve_one() hides what went wrong",
        "test_vanished_client_leaves_nothing_open",
        old=SERVE,
        new="    conn, _peer = listener.accept()\n    with conn:\n        try:\n"
        "            return echo(conn)\n        except OSError:\n            return 0\n",
    ),
    Mistake(
        "M16",
        "an empty host, which is every interface",
        "test_listener_stays_on_this_machine",
        old='host: str = "127.0.0.1"',
        new='host: str = ""',
    ),
    Mistake(
        "M07",
        "a port of its own for everybody who does not ask for one",
        "test_two_listeners_get_two_ports",
        edits=(
            Edit(
                old="        listener.bind((host, port))",
                new="        listener.bind((host, port or _my_port()))",
            ),
            Edit(
                old="\n\ndef open_listener(",
                new="\n\ndef _my_port(port=[]):\n"
                "    if not port:\n"
                "        with socket.socket() as s:\n"
                '            s.bind(("127.0.0.1", 0))\n'
                "            port.append(s.getsockname()[1])\n"
                "    return port[0]\n\n\ndef open_listener(",
            ),
        ),
    ),
    Mistake(
        "X513",
        "ignores the port",
        "test_listener_has_the_port_asked_for",
        old="listener.bind((host, port))",
        new="listener.bind((host, 0))",
    ),
    Mistake(
        "X513",
        "takes any other port when the port is taken",
        "test_taken_port_is_an_error",
        edits=(
            Edit(old="import socket\n\n", new="import errno\nimport socket\n\n"),
            Edit(
                old="        listener.bind((host, port))\n",
                new="        try:\n            listener.bind((host, port))\n"
                "        except OSError as error:\n"
                "            if error.errno != errno.EADDRINUSE:\n                raise\n"
                "            listener.bind((host, 0))\n",
            ),
        ),
    ),
    Mistake(
        "X514",
        "sets SO_REUSEPORT, to be able to restart",
        "test_taken_port_is_an_error",
        old="        listener.bind((host, port))\n",
        new="        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n"
        "        listener.bind((host, port))\n",
    ),
    Mistake(
        "X511",
        "gives the listener a timeout",
        "test_listener_has_no_timeout",
        old="    return listener\n",
        new="    listener.settimeout(5)\n    return listener\n",
    ),
    Mistake(
        "X511",
        "echo() gives up on a client that pauses",
        "test_echo_waits_for_a_slow_client",
        old="    total = 0\n",
        new="    conn.settimeout(5)\n    total = 0\n",
    ),
    Mistake(
        "X511",
        "echo() takes a pause for the end",
        "test_echo_waits_for_a_slow_client",
        old=ECHO,
        new="    conn.settimeout(1)\n    total = 0\n    try:\n"
        "        while piece := conn.recv(CHUNK):\n            conn.sendall(piece)\n"
        "            total += len(piece)\n    except TimeoutError:\n        pass\n    return total\n",
    ),
    Mistake(
        "X511",
        "serve_one() gives up if nobody calls",
        "test_slow_client_is_served",
        old="    conn, _peer = listener.accept()\n",
        new="    listener.settimeout(5)\n    conn, _peer = listener.accept()\n",
    ),
    Mistake(
        "X511",
        "serve_one() gives up on a client that pauses",
        "test_slow_client_is_served",
        old="        return echo(conn)\n",
        new="        conn.settimeout(5)\n        return echo(conn)\n",
    ),
    Mistake(
        "X511",
        "ask() gives up on a server that pauses",
        "test_ask_waits_for_a_slow_server",
        old="socket.create_connection(address)",
        new="socket.create_connection(address, timeout=5)",
    ),
    Mistake(
        "X511",
        "ask() takes a pause for the end",
        "test_ask_waits_for_a_slow_server",
        old=ASK,
        new="        pieces = []\n        conn.settimeout(1)\n        try:\n"
        "            while piece := conn.recv(CHUNK):\n                pieces.append(piece)\n"
        '        except TimeoutError:\n            pass\n    return b"".join(pieces)\n',
    ),
    Mistake(
        "",
        "stops after a hundred pieces",
        "test_echo_counts",
        old=ECHO,
        new="    total = 0\n    for _ in range(100):\n"
        "        if not (piece := conn.recv(CHUNK)):\n            break\n"
        "        conn.sendall(piece)\n        total += len(piece)\n    return total\n",
    ),
    Mistake(
        "X17",
        "ask() ignores the host",
        "test_ask_connects_to_the_address",
        old="socket.create_connection(address)",
        new='socket.create_connection(("127.0.0.1", address[1]))',
    ),
    Mistake(
        "X516",
        "ask() closes the connection only if nothing goes wrong",
        "test_ask_half_an_answer_is_an_error",
        edits=(
            Edit(
                old="    with socket.create_connection(address) as conn:\n",
                new="    conn = socket.create_connection(address)\n    if conn:\n",
            ),
            Edit(
                old='    return b"".join(pieces)\n',
                new='    conn.close()\n    return b"".join(pieces)\n',
            ),
        ),
    ),
    Mistake(
        "X516",
        "ask() closes the connection only once its message has been sent",
        "test_ask_unsent_message_is_an_error",
        old="    with socket.create_connection(address) as conn:\n"
        "        conn.sendall(message)\n        conn.shutdown(socket.SHUT_WR)\n",
        new="    conn = socket.create_connection(address)\n    conn.sendall(message)\n"
        "    conn.shutdown(socket.SHUT_WR)\n    with conn:\n",
    ),
    Mistake(
        "X16",
        "takes a broken way back for the end of the stream",
        "test_broken_way_back_is_an_error",
        old="        conn.sendall(piece)\n",
        new="        try:\n            conn.sendall(piece)\n        except BrokenPipeError:\n"
        "            break\n",
    ),
    Mistake(
        "X512",
        "accepts the next client if one says nothing",
        "test_silent_client_is_a_client",
        old=SERVE,
        new="    while True:\n        conn, _peer = listener.accept()\n        with conn:\n"
        "            if total := echo(conn):\n                return total\n",
    ),
    Mistake(
        "M04",
        "ask() uses send() instead of sendall()",
        "test_ask_sends_the_whole_message",
        old="conn.sendall(message)",
        new="conn.send(message)",
    ),
    Mistake(
        "X16",
        "ask() hides that its message could not be sent",
        "test_ask_unsent_message_is_an_error",
        old="        conn.sendall(message)\n        conn.shutdown(socket.SHUT_WR)\n",
        new="        try:\n            conn.sendall(message)\n"
        "            conn.shutdown(socket.SHUT_WR)\n        except OSError:\n            pass\n",
    ),
    Mistake(
        "X11",
        "the socket stays open when bind() fails",
        "test_taken_port_is_an_error",
        old="        listener.close()\n        raise",
        new="        raise",
    ),
    Mistake(
        "X11",
        "closes the socket only when the port is taken",
        "test_foreign_host_is_an_error",
        edits=(
            Edit(old="import socket\n\n", new="import errno\nimport socket\n\n"),
            Edit(
                old="    except OSError:\n        listener.close()\n",
                new="    except OSError as error:\n        if error.errno == errno.EADDRINUSE:\n"
                "            listener.close()\n",
            ),
        ),
    ),
    Mistake(
        "X01",
        "bind() without listen()",
        "test_clients_can_connect_at_once",
        old="        listener.listen(backlog)\n",
        new="",
    ),
    Mistake(
        "M01",
        "decodes and encodes what it echoes",
        "test_every_byte_comes_back",
        old="conn.sendall(piece)",
        new="conn.sendall(piece.decode().encode())",
    ),
    Mistake(
        "M01",
        "decodes, and replaces what is not text",
        "test_every_byte_comes_back",
        old="conn.sendall(piece)",
        new='conn.sendall(piece.decode("utf-8", "replace").encode())',
    ),
    Mistake(
        "M05",
        "tries again on b''",
        "test_every_byte_comes_back",
        old=ECHO,
        new="    total = 0\n    while True:\n        piece = conn.recv(CHUNK)\n"
        "        conn.sendall(piece)\n        total += len(piece)\n",
    ),
    Mistake(
        "M03",
        "one recv()",
        "test_pieces_of_any_size_come_back",
        old=ECHO,
        new="    piece = conn.recv(1024)\n    conn.sendall(piece)\n    return len(piece)\n",
    ),
    Mistake(
        "M04",
        "send() instead of sendall()",
        "test_slow_connection_loses_nothing",
        old="conn.sendall(piece)",
        new="conn.send(piece)",
    ),
    Mistake(
        "X03",
        "receives everything, then sends it back",
        "test_each_piece_comes_back_at_once",
        old=ECHO,
        new="    data = b''\n    while piece := conn.recv(CHUNK):\n        data += piece\n"
        "    conn.sendall(data)\n    return len(data)\n",
    ),
    Mistake(
        "M03",
        "returns the length of the last piece",
        "test_echo_counts",
        old="total += len(piece)",
        new="total = len(piece)",
    ),
    Mistake(
        "X16",
        "takes a broken connection for the end of the stream",
        "test_broken_connection_is_an_error",
        old=ECHO,
        new="    total = 0\n    try:\n        while piece := conn.recv(CHUNK):\n"
        "            conn.sendall(piece)\n            total += len(piece)\n"
        "    except OSError:\n        pass\n    return total\n",
    ),
    Mistake(
        "M02",
        "talks through the listener",
        "test_one_client_is_served",
        old=SERVE,
        new="    conn, _peer = listener.accept()\n    with conn:\n        return echo(listener)\n",
    ),
    Mistake(
        "M35",
        "does not close the connection",
        "test_one_client_is_served",
        old=SERVE,
        new="    conn, _peer = listener.accept()\n    return echo(conn)\n",
    ),
    Mistake(
        "M22",
        "closes the listener after one client",
        "test_next_client_is_served_too",
        old="    with conn:\n        return echo(conn)",
        new="    with conn, listener:\n        return echo(conn)",
    ),
    Mistake(
        "X516",
        "closes the connection only if nothing goes wrong",
        "test_vanished_client_leaves_nothing_open",
        old=SERVE,
        new="    conn, _peer = listener.accept()\n    count = echo(conn)\n    conn.close()\n"
        "    return count\n",
    ),
    Mistake(
        "X02",
        "does not say that it has finished sending",
        "test_ask_says_that_it_has_finished",
        old="        conn.shutdown(socket.SHUT_WR)\n",
        new="",
    ),
    Mistake(
        "X12",
        "closes instead of half-closing",
        "test_ask_says_that_it_has_finished",
        old="conn.shutdown(socket.SHUT_WR)",
        new="conn.close()",
    ),
    Mistake(
        "X16",
        "takes half an answer for the whole",
        "test_ask_half_an_answer_is_an_error",
        old=ASK,
        new="        pieces = []\n        try:\n            while piece := conn.recv(CHUNK):\n"
        "                pieces.append(piece)\n        except OSError:\n            pass\n"
        '    return b"".join(pieces)\n',
    ),
    Mistake(
        "M03",
        "reads the answer with one recv()",
        "test_ask_returns_the_whole_answer",
        old=ASK,
        new="        return conn.recv(1024)\n",
    ),
    Mistake(
        "X11",
        "the socket stays open when nobody listens",
        "test_ask_nobody_is_an_error",
        old="    with socket.create_connection(address) as conn:\n",
        new="    conn = socket.socket()\n    conn.connect(address)\n    with conn:\n",
    ),
    Mistake(
        "X517",
        "closes the connection that it was given",
        "test_echo_leaves_the_connection_open",
        old="    return total\n",
        new="    conn.close()\n    return total\n",
    ),
    Mistake(
        "M22",
        "closes the listener after an error",
        "test_vanished_client_leaves_nothing_open",
        old="        return echo(conn)",
        new="        try:\n            return echo(conn)\n        except OSError:\n"
        "            listener.close()\n            raise",
    ),
    Mistake(
        "X16",
        "an empty answer when nobody listens",
        "test_ask_nobody_is_an_error",
        old="    with socket.create_connection(address) as conn:\n",
        new="    try:\n        conn = socket.create_connection(address)\n"
        '    except ConnectionRefusedError:\n        return b""\n    with conn:\n',
    ),
    Mistake(
        "X511",
        "a timeout for every socket of the program",
        "test_listener_has_no_timeout",
        old="Address = tuple",
        new="socket.setdefaulttimeout(10)\nAddress = tuple",
    ),
    Mistake(
        "X14",
        "a backlog of five at most",
        "test_backlog_reaches_the_kernel",
        old="listener.listen(backlog)",
        new="listener.listen(min(backlog, 5))",
    ),
    Mistake(
        "M01",
        "takes NUL at the end for padding",
        "test_every_byte_comes_back",
        old="        conn.sendall(piece)\n        total",
        new="        conn.sendall(piece.rstrip(b'\\0'))\n        total",
    ),
    Mistake(
        "",
        "finishes sending, on a connection that belongs to the caller",
        "test_echo_leaves_the_connection_open",
        old="        total += len(piece)\n    return total\n",
        new="        total += len(piece)\n    conn.shutdown(socket.SHUT_WR)\n    return total\n",
    ),
    Mistake(
        "",
        "calls itself for each piece",
        "test_echo_counts",
        old=ECHO,
        new="""    piece = conn.recv(CHUNK)
    if not piece:
        return 0
    conn.sendall(piece)
    return len(piece) + echo(conn)
""",
    ),
    Mistake(
        "",
        "counts characters",
        "test_echo_counts",
        old="        total += len(piece)\n",
        new="        total += len(piece.decode(errors='ignore'))\n",
    ),
    Mistake(
        "",
        "keeps the pieces in a list that is made once, as a default argument",
        "test_echo_counts",
        edits=(
            Edit("def echo(conn: socket.socket)", "def echo(conn: socket.socket, sizes=[])"),
            Edit("        total += len(piece)\n", "        sizes.append(len(piece))\n"),
            Edit("    return total\n", "    return sum(sizes)\n"),
        ),
    ),
    Mistake(
        "X515",
        "stops after 64 kB",
        "test_long_stream_comes_back",
        old="        total += len(piece)\n",
        new="        total += len(piece)\n        if total >= 65536:\n            break\n",
    ),
    Mistake(
        "",
        "polls, and leaves the connection non-blocking",
        "test_echo_waits_for_a_slow_client",
        edits=(
            Edit("import socket\n", "import socket\nimport time\n"),
            Edit(
                "    while piece := conn.recv(CHUNK):\n        conn.sendall(piece)\n",
                """    conn.setblocking(False)
    while True:
        try:
            piece = conn.recv(CHUNK)
        except BlockingIOError:
            time.sleep(0.01)
            continue
        if not piece:
            break
        conn.sendall(piece)
""",
            ),
        ),
    ),
    Mistake(
        "X511",
        "waits in select() for ten seconds",
        "test_echo_waits_for_a_slow_client",
        edits=(
            Edit("import socket\n", "import select\nimport socket\n"),
            Edit(
                "    while piece := conn.recv(CHUNK):\n        conn.sendall",
                "    while select.select([conn], [], [], 10)[0] and (piece := conn.recv(CHUNK)):\n"
                "        conn.sendall",
            ),
        ),
    ),
    Mistake(
        "",
        "leaves the listener non-blocking",
        "test_slow_client_is_served",
        old="    conn, _peer = listener.accept()\n",
        new="    conn, _peer = listener.accept()\n    listener.setblocking(False)\n",
    ),
    Mistake(
        "",
        "greets the client",
        "test_one_client_is_served",
        old="        return echo(conn)\n",
        new="        conn.sendall(b'hello\\n')\n        return echo(conn)\n",
    ),
    Mistake(
        "",
        "adds a line end to the message",
        "test_ask_says_that_it_has_finished",
        old="        conn.sendall(message)\n",
        new="        conn.sendall(message + b'\\n')\n",
    ),
    Mistake(
        "X17",
        "asks 127.0.0.1, whatever the host is",
        "test_ask_connects_to_the_address",
        old="create_connection(address)",
        new="create_connection(('127.0.0.1', address[1]))",
    ),
    Mistake(
        "",
        "remembers the answers",
        "test_ask_says_that_it_has_finished",
        edits=(
            Edit("import socket\n", "import functools\nimport socket\n"),
            Edit("def ask(", "@functools.cache\ndef ask("),
        ),
    ),
    Mistake(
        "",
        "does not ask if there is nothing to say",
        "test_ask_says_that_it_has_finished",
        old="    with socket.create_connection(address) as conn:\n",
        new="    if not message:\n        return b''\n"
        "    with socket.create_connection(address) as conn:\n",
    ),
    Mistake(
        "",
        "strips the answer",
        "test_ask_says_that_it_has_finished",
        old='b"".join(pieces)',
        new='b"".join(pieces).strip()',
    ),
    Mistake(
        "",
        "sends the first 64 kB of the message",
        "test_ask_sends_the_whole_message",
        old="        conn.sendall(message)\n",
        new="        conn.sendall(message[:65536])\n",
    ),
    Mistake(
        "M03",
        "takes a line end for the end of the answer",
        "test_ask_returns_the_whole_answer",
        old="            pieces.append(piece)\n",
        new="            pieces.append(piece)\n            if piece.endswith(b'\\n'):\n"
        "                break\n",
    ),
    Mistake(
        "X16",
        "takes a connection that breaks at the half-close for an empty answer",
        "test_ask_unsent_message_is_an_error",
        old="        conn.shutdown(socket.SHUT_WR)\n",
        new="        try:\n            conn.shutdown(socket.SHUT_WR)\n        except OSError:\n"
        "            return b''\n",
    ),
    Mistake(
        "X11",
        "closes the socket only when bind() fails",
        "test_failed_listen_is_an_error",
        old="        listener.listen(backlog)\n    except OSError:\n"
        "        listener.close()\n        raise\n",
        new="    except OSError:\n        listener.close()\n        raise\n"
        "    listener.listen(backlog)\n",
    ),
    Mistake(
        "X531",
        "returns a listener although listen() has failed",
        "test_failed_listen_is_an_error",
        old="        listener.listen(backlog)\n    except OSError:\n"
        "        listener.close()\n        raise\n",
        new="    except OSError:\n        listener.close()\n        raise\n"
        "    try:\n        listener.listen(backlog)\n    except OSError:\n        pass\n",
    ),
    Mistake(
        "X517",
        "puts its loop into `with conn:`",
        "test_echo_leaves_the_connection_open",
        old=ECHO,
        new="    total = 0\n    with conn:\n        while piece := conn.recv(CHUNK):\n"
        "            conn.sendall(piece)\n            total += len(piece)\n    return total\n",
    ),
    Mistake(
        "M03",
        "takes a short piece for the last one",
        "test_pieces_of_any_size_come_back",
        old="        total += len(piece)\n",
        new="        total += len(piece)\n        if len(piece) < CHUNK:\n            break\n",
    ),
    Mistake(
        "",
        "counts pieces instead of bytes",
        "test_echo_counts",
        old="        total += len(piece)\n",
        new="        total += 1\n",
    ),
    Mistake(
        "",
        "uses the pair that accept() returns in `with`",
        "test_one_client_is_served",
        old=SERVE,
        new="    with listener.accept() as conn:\n        return echo(conn)\n",
    ),
    Mistake(
        "X518",
        "gives echo() the pair that accept() returns",
        "test_one_client_is_served",
        old=SERVE,
        new="    conn = listener.accept()\n    return echo(conn)\n",
    ),
    Mistake(
        "",
        "ask() returns the pieces",
        "test_ask_says_that_it_has_finished",
        old='return b"".join(pieces)',
        new="return pieces",
    ),
    Mistake(
        "",
        "ask() reads as many bytes as it has sent",
        "test_ask_says_that_it_has_finished",
        old="        while piece := conn.recv(CHUNK):\n            pieces.append(piece)\n",
        new="        while sum(map(len, pieces)) < len(message):\n"
        "            pieces.append(conn.recv(CHUNK))\n",
    ),
    Mistake(
        "X531",
        "closes the socket when the port is taken, and returns it",
        "test_taken_port_is_an_error",
        old="        listener.close()\n        raise",
        new="        listener.close()",
    ),
    Mistake(
        "X517",
        "echo() closes the connection if it breaks",
        "test_broken_connection_is_an_error",
        old=ECHO,
        new="    total = 0\n    try:\n        while piece := conn.recv(CHUNK):\n"
        "            conn.sendall(piece)\n            total += len(piece)\n"
        "    except OSError:\n        conn.close()\n        raise\n    return total\n",
    ),
    Mistake(
        "",
        "echo() takes the timeout away while it runs",
        "test_echo_waits_for_a_slow_client",
        old=ECHO,
        new="    total, before = 0, conn.gettimeout()\n    conn.settimeout(None)\n    try:\n"
        "        while piece := conn.recv(CHUNK):\n            conn.sendall(piece)\n"
        "            total += len(piece)\n    finally:\n        conn.settimeout(before)\n"
        "    return total\n",
    ),
    Mistake(
        "X12",
        "ends both directions",
        "test_ask_says_that_it_has_finished",
        old="socket.SHUT_WR",
        new="socket.SHUT_RDWR",
    ),
    Mistake(
        "X516",
        "ask() calls close() instead of using `with`",
        "test_ask_half_an_answer_is_an_error",
        edits=(
            Edit(
                old="    with socket.create_connection(address) as conn:\n",
                new="    conn = socket.create_connection(address)\n    if True:\n",
            ),
            Edit(
                old='    return b"".join(pieces)\n',
                new='    conn.close()\n    return b"".join(pieces)\n',
            ),
        ),
    ),
    Mistake(
        "",
        "receives once, instead of calling echo()",
        "test_next_client_is_served_too",
        old="        return echo(conn)\n",
        new="        piece = conn.recv(CHUNK)\n        conn.sendall(piece)\n"
        "        return len(piece)\n",
    ),
    Mistake(
        "",
        "takes the listener's timeout away",
        "test_vanished_client_leaves_nothing_open",
        old="    conn, _peer = listener.accept()\n",
        new="    listener.settimeout(None)\n    conn, _peer = listener.accept()\n",
    ),
    Mistake(
        "M03",
        "stops after 100,000 bytes",
        "test_ask_returns_the_whole_answer",
        old="            pieces.append(piece)\n",
        new="            pieces.append(piece)\n            if sum(map(len, pieces)) > 100_000:\n"
        "                break\n",
    ),
)
