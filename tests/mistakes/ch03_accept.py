"""Wrong answers to chapter 3 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

ACCEPT_NEXT = """    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
        ready = {key.fileobj for key, _events in selector.select()}
    if wake in ready:
        return None
    conn, _peer = listener.accept()
"""
HANDLED = """        try:
            handle(conn, four_tuple(conn))
        except OSError:
            return False
        except Exception:
            logging.exception("a handler failed")
            return False
    return True
"""
LOOP = """        while (conn := accept_next(self._listener, self._wake)) is not None:
            serve_client(conn, self._handle)
"""
STOP = """        self._waker.send(b"!")
        if self._thread.ident is not None:
            self._thread.join()
        for sock in (self._listener, self._waker, self._wake):
            sock.close()
"""

MISTAKES = (
    Mistake(
        "M02",
        "returns the listener",
        "test_next_client_gets_its_own_socket",
        old="    conn, _peer = listener.accept()\n    conn.settimeout(CLIENT_TIMEOUT)\n"
        "    return conn\n",
        new="    listener.settimeout(CLIENT_TIMEOUT)\n    return listener\n",
    ),
    Mistake(
        "M24",
        "waits in accept()",
        "test_wait_ends_when_woken",
        old=ACCEPT_NEXT,
        new="    conn, _peer = listener.accept()\n",
    ),
    Mistake(
        "X13",
        "looks at the client first when both are ready",
        "test_wait_ends_when_woken",
        old="    if wake in ready:\n",
        new="    if listener not in ready:\n",
    ),
    Mistake(
        "M25",
        "a timeout for the listener only",
        "test_client_has_a_timeout",
        old="    conn, _peer = listener.accept()\n    conn.settimeout(CLIENT_TIMEOUT)\n",
        new="    listener.settimeout(CLIENT_TIMEOUT)\n    conn, _peer = listener.accept()\n",
    ),
    Mistake(
        "M35",
        "does not close the connection",
        "test_handler_gets_connection_and_name",
        old="    with conn:\n        try:\n            handle",
        new="    if True:\n        try:\n            handle",
    ),
    Mistake(
        "M02",
        "the name of the listener's end only",
        "test_handler_gets_connection_and_name",
        old="handle(conn, four_tuple(conn))",
        new="handle(conn, Endpoint(*conn.getsockname()))",
    ),
    Mistake(
        "M26",
        "asks for the name outside the try",
        "test_client_may_be_gone_already",
        old="        try:\n            handle(conn, four_tuple(conn))\n",
        new="        name = four_tuple(conn)\n        try:\n            handle(conn, name)\n",
    ),
    Mistake(
        "M33",
        "survives a reset only, not a bug",
        "test_error_ends_one_client_only",
        old="        except Exception:\n"
        '            logging.exception("a handler failed")\n            return False\n',
        new="",
    ),
    Mistake(
        "M33",
        "hides bugs",
        "test_error_ends_one_client_only",
        old='            logging.exception("a handler failed")\n',
        new="",
    ),
    Mistake(
        "M35",
        "closes only if nothing goes wrong",
        "test_client_may_be_gone_already",
        old="    with conn:\n" + HANDLED,
        new="    try:\n        handle(conn, four_tuple(conn))\n        conn.close()\n"
        "    except OSError:\n        return False\n    return True\n",
    ),
    Mistake(
        "M18",
        "listens only from start() on",
        "test_clients_connect_before_start",
        edits=(
            Edit(
                old="        self._listener = open_listener(host, port, backlog)\n",
                new="        self._listener = socket.socket()\n"
                "        self._listener.bind((host, port))\n",
            ),
            Edit(
                old="        self._thread.start()\n",
                new="        self._listener.listen()\n        self._thread.start()\n",
            ),
        ),
    ),
    Mistake(
        "X477",
        "the address that was asked for",
        "test_address_is_where_it_listens",
        edits=(
            Edit(
                old="        self._handle = handle\n",
                new="        self._handle = handle\n        self._port = port\n",
            ),
            Edit(
                old="return Endpoint(*self._listener.getsockname())",
                new='return Endpoint("127.0.0.1", self._port)',
            ),
        ),
    ),
    Mistake(
        "X17",
        "listens wherever there is room",
        "test_taken_address_is_an_error",
        old="open_listener(host, port, backlog)",
        new="open_listener(backlog=backlog)",
    ),
    Mistake(
        "X18",
        "opens the pair before the listener",
        "test_taken_address_is_an_error",
        old="        self._listener = open_listener(host, port, backlog)\n"
        "        self._waker, self._wake = socket.socketpair()\n",
        new="        self._waker, self._wake = socket.socketpair()\n"
        "        self._listener = open_listener(host, port, backlog)\n",
    ),
    Mistake(
        "X14",
        "does not hand the backlog on",
        "test_backlog_reaches_the_kernel",
        old="open_listener(host, port, backlog)",
        new="open_listener(host, port)",
    ),
    Mistake(
        "M23",
        "accepts once",
        "test_serves_one_after_the_other",
        old="        while (conn := accept_next",
        new="        if (conn := accept_next",
    ),
    Mistake(
        "X15",
        "serves in the caller's thread",
        "test_serves_one_after_the_other",
        old="        self._thread.start()\n",
        new="        self._run()\n",
    ),
    Mistake(
        "M22",
        "closes the listener after the first client",
        "test_serves_one_after_the_other",
        old=LOOP,
        new=LOOP + "            self._listener.close()\n",
    ),
    Mistake(
        "M19",
        "serves as many clients as the backlog says",
        "test_backlog_does_not_limit_clients",
        edits=(
            Edit(
                old="        self._handle = handle\n",
                new="        self._handle = handle\n        self._backlog = backlog\n",
            ),
            Edit(
                old=LOOP,
                new="        for _ in range(self._backlog + 3):\n"
                + LOOP.replace("        while", "            if", 1).replace(
                    "\n            serve", "\n                serve"
                ),
            ),
        ),
    ),
    Mistake(
        "M33",
        "stops when a client was not served to the end",
        "test_rude_client_harms_nobody",
        old=LOOP,
        new=LOOP.replace(
            "            serve_client(conn, self._handle)",
            "            if not serve_client(conn, self._handle):\n                return",
        ),
    ),
    Mistake(
        "M24",
        "closes the listener and waits for the thread",
        "test_stops_while_it_waits",
        old=STOP,
        new="        self._listener.close()\n        self._thread.join()\n"
        "        self._waker.close()\n        self._wake.close()\n",
    ),
    Mistake(
        "X18",
        "leaves the pair open",
        "test_stops_while_it_waits",
        old="        for sock in (self._listener, self._waker, self._wake):\n"
        "            sock.close()\n",
        new="        self._listener.close()\n",
    ),
    Mistake(
        "M21",
        "drops the client that is being served",
        "test_served_client_is_served_to_its_end",
        edits=(
            Edit(
                old="        self._thread = threading.Thread(",
                new="        self._conns = []\n        self._thread = threading.Thread(",
            ),
            Edit(
                old=LOOP,
                new=LOOP.replace(
                    "            serve", "            self._conns.append(conn)\n            serve"
                ),
            ),
            Edit(
                old='        self._waker.send(b"!")\n',
                new='        self._waker.send(b"!")\n'
                "        for conn in self._conns:\n"
                "            if conn.fileno() != -1:\n"
                "                conn.shutdown(socket.SHUT_RDWR)\n",
            ),
        ),
    ),
    Mistake(
        "X10",
        "cannot be stopped twice",
        "test_stops_twice_and_unstarted",
        old="        if self._listener.fileno() == -1:\n            return\n",
        new="",
    ),
    Mistake(
        "X10",
        "joins a thread that never started",
        "test_stops_twice_and_unstarted",
        old="        if self._thread.ident is not None:\n            self._thread.join()",
        new="        self._thread.join()",
    ),
)
