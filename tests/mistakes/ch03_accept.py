"""Wrong answers to chapter 3 that its promises must catch."""

import textwrap

from course.maintain.mistakes import Edit, Mistake

INIT = """        self._handle = handle
        self._listener = open_listener(host, port, backlog)
"""
START = """        self._waker, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="acceptor", daemon=True)
        self._thread.start()
"""
LOOP = """        while (conn := accept_next(self._listener, self._wake)) is not None:
            serve_client(conn, self._handle)
"""
STOP = """        if self._thread is not None:
            self._waker.send(b"!")
            self._thread.join()
            self._thread = None
            self._waker.close()
            self._wake.close()
        self._listener.close()
"""
ACCEPT = """    listener.setblocking(False)
    try:
        conn, _peer = listener.accept()
    except OSError as error:
        if error.errno in NO_CLIENT:
            return None
        raise
"""
TIMEOUT = "    conn.settimeout(CLIENT_TIMEOUT)\n"
HANDLED = """        try:
            handle(conn, four_tuple(conn))
        except OSError:
            return False
        except Exception:
            logging.exception("a handler failed")
            return False
    return True
"""
SELECT = """        while True:
            ready = {key.fileobj for key, _events in selector.select()}
            if wake in ready:
                return None
            if (conn := accept_now(listener)) is not None:
                return conn
"""
WAIT = (
    """    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
"""
    + SELECT
)
UNCLOSED = """    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(wake, selectors.EVENT_READ)
""" + textwrap.indent(textwrap.dedent(SELECT), "    ")

MISTAKES = (
    Mistake(
        "",
        "keeps only one socket of the pair",
        "test_serves_client_after_client",
        edits=(
            Edit(
                "self._waker, self._wake = socket.socketpair()",
                "waker, self._wake = socket.socketpair()",
            ),
        ),
    ),
    Mistake(
        "",
        "the address as a plain tuple",
        "test_address_is_where_it_listens",
        old="return Endpoint(*self._listener.getsockname())",
        new="return self._listener.getsockname()",
    ),
    Mistake(
        "X477",
        "the address that was asked for",
        "test_address_is_where_it_listens",
        edits=(
            Edit(INIT, INIT + "        self._asked = Endpoint(host, port)\n"),
            Edit("return Endpoint(*self._listener.getsockname())", "return self._asked"),
        ),
    ),
    Mistake(
        "X17",
        "listens at 127.0.0.1, whatever the host",
        "test_address_is_where_it_listens",
        old="open_listener(host, port, backlog)",
        new="open_listener(port=port, backlog=backlog)",
    ),
    Mistake(
        "M18",
        "listens only when start() is called",
        "test_clients_connect_before_start",
        edits=(
            Edit(
                "        self._listener = open_listener(host, port, backlog)\n",
                "        self._listener = socket.socket()\n        self._listener.bind((host, port))\n",
            ),
            Edit(START, "        self._listener.listen()\n" + START),
        ),
    ),
    Mistake(
        "X17",
        "takes any free port",
        "test_taken_address_is_an_error",
        old="open_listener(host, port, backlog)",
        new="open_listener(host, 0, backlog)",
    ),
    Mistake(
        "X18",
        "opens the pair before the listener",
        "test_taken_address_is_an_error",
        edits=(
            Edit(INIT, "        self._waker, self._wake = socket.socketpair()\n" + INIT),
            Edit(START, START.partition("\n")[2]),
        ),
    ),
    Mistake(
        "X14",
        "does not pass the backlog on",
        "test_backlog_reaches_the_kernel",
        old="open_listener(host, port, backlog)",
        new="open_listener(host, port)",
    ),
    Mistake(
        "M02",
        "returns the listener",
        "test_client_gets_its_own_socket",
        old=TIMEOUT + "    return conn\n",
        new="    conn.close()\n    return listener\n",
    ),
    Mistake(
        "M02",
        "returns both halves of what accept() returns",
        "test_client_gets_its_own_socket",
        old=TIMEOUT + "    return conn\n",
        new="    return conn, _peer\n",
    ),
    Mistake(
        "X520",
        "waits while the queue is empty",
        "test_empty_queue_is_none",
        old="    listener.setblocking(False)\n",
        new="",
    ),
    Mistake(
        "X521",
        "takes an empty queue for an error",
        "test_empty_queue_is_none",
        old="if error.errno in NO_CLIENT:",
        new="if isinstance(error, ConnectionError):",
    ),
    Mistake(
        "M25",
        "no timeout",
        "test_connection_has_a_timeout",
        old=TIMEOUT,
        new="",
    ),
    Mistake(
        "M25",
        "a timeout for the listener only",
        "test_connection_has_a_timeout",
        edits=(
            Edit(
                "    listener.setblocking(False)\n",
                "    listener.settimeout(CLIENT_TIMEOUT)\n    listener.setblocking(False)\n",
            ),
            Edit(TIMEOUT, "    listener.settimeout(CLIENT_TIMEOUT)\n"),
        ),
    ),
    Mistake(
        "",
        "30, instead of CLIENT_TIMEOUT",
        "test_connection_has_a_timeout",
        old="conn.settimeout(CLIENT_TIMEOUT)",
        new="conn.settimeout(30.0)",
    ),
    Mistake(
        "X521",
        "knows the empty queue only",
        "test_lost_client_is_none",
        old="    except OSError as error:\n        if error.errno in NO_CLIENT:\n"
        "            return None\n        raise\n",
        new="    except BlockingIOError:\n        return None\n",
    ),
    Mistake(
        "X523",
        "looks whether a client is there, and then accepts with a blocking listener",
        "test_lost_client_is_none",
        old="    listener.setblocking(False)\n",
        new="    with selectors.DefaultSelector() as selector:\n"
        "        selector.register(listener, selectors.EVENT_READ)\n"
        "        if not selector.select(0):\n            return None\n",
    ),
    Mistake(
        "X522",
        "takes every error for a client that has gone",
        "test_other_errors_reach_the_caller",
        old="        if error.errno in NO_CLIENT:\n            return None\n        raise\n",
        new="        return None\n",
    ),
    Mistake(
        "X522",
        "tries again until accept() works",
        "test_other_errors_reach_the_caller",
        old=ACCEPT,
        new="    listener.setblocking(False)\n    while True:\n        try:\n"
        "            conn, _peer = listener.accept()\n            break\n"
        "        except OSError as error:\n            if error.errno in NO_CLIENT:\n"
        "                return None\n            if listener.fileno() == -1:\n"
        "                raise\n",
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
        "the name of the server's end only",
        "test_handler_gets_connection_and_name",
        old="handle(conn, four_tuple(conn))",
        new="handle(conn, Endpoint(*conn.getsockname()))",
    ),
    Mistake(
        "",
        "returns what the handler returns",
        "test_handler_gets_connection_and_name",
        edits=(
            Edit("            handle(conn, four", "            done = handle(conn, four"),
            Edit("    return True\n", "    return bool(done)\n"),
        ),
    ),
    Mistake(
        "M26",
        "asks for the name outside the try",
        "test_client_may_be_gone_already",
        old="        try:\n            handle(conn, four_tuple(conn))\n",
        new="        name = four_tuple(conn)\n        try:\n            handle(conn, name)\n",
    ),
    Mistake(
        "M26",
        "serves a client that has no name",
        "test_client_may_be_gone_already",
        old="        try:\n            handle(conn, four_tuple(conn))\n",
        new="        try:\n            name = four_tuple(conn)\n        except OSError:\n"
        "            name = None\n        try:\n            handle(conn, name)\n",
    ),
    Mistake(
        "M33",
        "survives a client that leaves, but not a bug",
        "test_error_ends_one_client_only",
        old='        except Exception:\n            logging.exception("a handler failed")\n'
        "            return False\n",
        new="",
    ),
    Mistake(
        "X530",
        "hides bugs",
        "test_error_ends_one_client_only",
        old='            logging.exception("a handler failed")\n',
        new="",
    ),
    Mistake(
        "",
        "logs every client that leaves",
        "test_error_ends_one_client_only",
        old="        except OSError:\n            return False\n        except Exception:\n",
        new="        except Exception:\n",
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
        "M02",
        "returns the listener when it is ready",
        "test_next_client_is_accepted",
        old="is not None:\n                return conn\n",
        new="is not None:\n                conn.close()\n                return listener\n",
    ),
    Mistake(
        "M25",
        "accepts without accept_now()",
        "test_next_client_is_accepted",
        old="            if (conn := accept_now(listener)) is not None:\n                return conn\n",
        new="            return listener.accept()[0]\n",
    ),
    Mistake(
        "",
        "one selector for all calls",
        "test_next_client_is_accepted",
        edits=(
            Edit(
                "class Acceptor:\n", "SELECTOR = selectors.DefaultSelector()\n\n\nclass Acceptor:\n"
            ),
            Edit(
                "    with selectors.DefaultSelector() as selector:\n",
                "    selector = SELECTOR\n    if not selector.get_map():\n",
            ),
            Edit(SELECT, textwrap.indent(textwrap.dedent(SELECT), "    ")),
        ),
    ),
    Mistake(
        "X504",
        "never closes the selector",
        "test_next_client_is_accepted",
        old=WAIT,
        new=UNCLOSED,
    ),
    Mistake(
        "X504",
        "closes the selector only when a client has come",
        "test_wait_ends_when_woken",
        old=WAIT,
        new=UNCLOSED.replace(
            "            return conn\n", "            selector.close()\n            return conn\n"
        ),
    ),
    Mistake(
        "M24",
        "waits in accept()",
        "test_wait_ends_when_woken",
        old=WAIT,
        new="    listener.setblocking(True)\n    conn, _peer = listener.accept()\n"
        + TIMEOUT
        + "    return conn\n",
    ),
    Mistake(
        "X13",
        "looks at the client first when both are ready",
        "test_wait_ends_when_woken",
        old="            if wake in ready:\n",
        new="            if listener not in ready:\n",
    ),
    Mistake(
        "X524",
        "gives up after CLIENT_TIMEOUT",
        "test_waits_for_as_long_as_it_takes",
        edits=(
            Edit("selector.select()}", "selector.select(CLIENT_TIMEOUT)}"),
            Edit("            if wake in ready:\n", "            if wake in ready or not ready:\n"),
        ),
    ),
    Mistake(
        "X525",
        "looks again and again, without a pause",
        "test_waits_for_as_long_as_it_takes",
        old="selector.select()}",
        new="selector.select(0)}",
    ),
    Mistake(
        "X525",
        "looks at each socket in turn, every 50 ms",
        "test_waits_for_as_long_as_it_takes",
        old=SELECT,
        new="        selector.unregister(listener)\n        while not selector.select(0.05):\n"
        "            if (conn := accept_now(listener)) is not None:\n                return conn\n"
        "        return None\n",
    ),
    Mistake(
        "X523",
        "returns None when the client has left",
        "test_client_may_leave_meanwhile",
        old="            if (conn := accept_now(listener)) is not None:\n                return conn\n",
        new="            return accept_now(listener)\n",
    ),
    Mistake(
        "X522",
        "waits again after every error",
        "test_error_of_accept_now_reaches_the_caller",
        old="            if (conn := accept_now(listener)) is not None:\n                return conn\n",
        new="            try:\n                if (conn := accept_now(listener)) is not None:\n"
        "                    return conn\n            except OSError:\n                continue\n",
    ),
    Mistake(
        "M23",
        "accepts once",
        "test_serves_client_after_client",
        old="        while (conn := accept_next",
        new="        if (conn := accept_next",
    ),
    Mistake(
        "X15",
        "serves in the caller's thread",
        "test_serves_client_after_client",
        old="        self._thread.start()\n",
        new="        self._run()\n",
    ),
    Mistake(
        "X15",
        "sleeps in start(), to be sure that the thread runs",
        "test_serves_client_after_client",
        old="        self._thread.start()\n",
        new="        self._thread.start()\n        self._thread.join(1)\n",
    ),
    Mistake(
        "M22",
        "closes the listener after the first client",
        "test_serves_client_after_client",
        old=LOOP,
        new=LOOP + "            self._listener.close()\n",
    ),
    Mistake(
        "X527",
        "a thread for which the program waits",
        "test_thread_is_a_daemon",
        old=", daemon=True)\n        self._thread.start()",
        new=")\n        self._thread.start()",
    ),
    Mistake(
        "X526",
        "a thread for each client",
        "test_one_client_at_a_time",
        old="            serve_client(conn, self._handle)\n",
        new="            threading.Thread(\n"
        "                target=serve_client, args=(conn, self._handle), daemon=True\n"
        "            ).start()\n",
    ),
    Mistake(
        "M19",
        "serves as many clients as the backlog says",
        "test_backlog_does_not_limit_clients",
        edits=(
            Edit(INIT, INIT + "        self._backlog = backlog\n"),
            Edit(
                LOOP,
                "        for _ in range(self._backlog + 3):\n"
                "            if (conn := accept_next(self._listener, self._wake)) is not None:\n"
                "                serve_client(conn, self._handle)\n",
            ),
        ),
    ),
    Mistake(
        "M33",
        "stops when a client was not served to the end",
        "test_rude_client_harms_nobody",
        old="            serve_client(conn, self._handle)\n",
        new="            if not serve_client(conn, self._handle):\n                return\n",
    ),
    Mistake(
        "X522",
        "goes on after every error of accept_next()",
        "test_error_ends_the_thread",
        old=LOOP,
        new="        while True:\n            try:\n"
        "                conn = accept_next(self._listener, self._wake)\n"
        "            except OSError:\n                continue\n"
        "            if conn is None:\n                return\n"
        "            serve_client(conn, self._handle)\n",
    ),
    Mistake(
        "M24",
        "waits a moment, closes the listener, and waits for the thread",
        "test_stops_while_it_waits",
        old='            self._waker.send(b"!")\n            self._thread.join()\n',
        new="            self._thread.join(0.2)\n            self._listener.close()\n"
        "            self._thread.join()\n",
    ),
    Mistake(
        "X18",
        "leaves the pair open",
        "test_stops_while_it_waits",
        old="            self._waker.close()\n            self._wake.close()\n",
        new="",
    ),
    Mistake(
        "X18",
        "closes only one end of its pipe",
        "test_stops_while_it_waits",
        edits=(
            Edit("import logging\n", "import logging\nimport os\n"),
            Edit(
                "        self._waker, self._wake = socket.socketpair()\n",
                "        self._wake, self._waker = os.pipe()\n",
            ),
            Edit(
                '            self._waker.send(b"!")\n',
                '            os.write(self._waker, b"!")\n',
            ),
            Edit(
                "            self._waker.close()\n            self._wake.close()\n",
                "            os.close(self._waker)\n",
            ),
        ),
    ),
    Mistake(
        "X18",
        "does not wait for the thread",
        "test_served_client_is_served_to_the_end",
        old="            self._thread.join()\n",
        new="            self._listener.shutdown(socket.SHUT_RDWR)\n            threading.Thread(\n"
        "                target=lambda t, *pair: (t.join(), *(sock.close() for sock in pair)),\n"
        "                args=(self._thread, self._waker, self._wake, self._listener),\n"
        "            ).start()\n            self._thread = None\n"
        "            return\n",
    ),
    Mistake(
        "M21",
        "drops the client that is being served",
        "test_served_client_is_served_to_the_end",
        edits=(
            Edit(INIT, INIT + "        self._conns = []\n"),
            Edit(
                "            serve_client(conn, self._handle)\n",
                "            self._conns.append(conn)\n            serve_client(conn, self._handle)\n",
            ),
            Edit(
                '            self._waker.send(b"!")\n',
                '            self._waker.send(b"!")\n'
                "            for conn in self._conns:\n"
                "                if conn.fileno() != -1:\n"
                "                    conn.shutdown(socket.SHUT_RDWR)\n",
            ),
        ),
    ),
    Mistake(
        "X10",
        "cannot be stopped twice",
        "test_stops_twice_and_unstarted",
        old="            self._thread.join()\n            self._thread = None\n",
        new="            self._thread.join()\n",
    ),
    Mistake(
        "X10",
        "joins a thread that never started",
        "test_stops_twice_and_unstarted",
        edits=(
            Edit(
                "        self._thread: threading.Thread | None = None\n",
                "        self._waker, self._wake = socket.socketpair()\n"
                "        self._thread = threading.Thread(target=self._run, daemon=True)\n",
            ),
            Edit(START, "        self._thread.start()\n"),
        ),
    ),
    Mistake(
        "X14",
        "a backlog of five at most",
        "test_backlog_reaches_the_kernel",
        old="open_listener(host, port, backlog)",
        new="open_listener(host, port, min(backlog, 5))",
    ),
    Mistake(
        "X520",
        "waits for 50 ms whether a client comes",
        "test_empty_queue_is_none",
        edits=(
            Edit("    listener.setblocking(False)\n", "    listener.settimeout(0.05)\n"),
            Edit(
                "        if error.errno in NO_CLIENT:\n",
                "        if isinstance(error, TimeoutError) or error.errno in NO_CLIENT:\n",
            ),
        ),
    ),
    Mistake(
        "",
        "closes the listener when accept() fails",
        "test_other_errors_reach_the_caller",
        old="            return None\n        raise\n",
        new="            return None\n        listener.close()\n        raise\n",
    ),
    Mistake(
        "M02",
        "accepts every client, and keeps the last",
        "test_client_gets_its_own_socket",
        old="    conn.settimeout(CLIENT_TIMEOUT)\n",
        new="""    try:
        while True:
            another, _ = listener.accept()
            conn.close()
            conn = another
    except BlockingIOError:
        pass
    conn.settimeout(CLIENT_TIMEOUT)
""",
    ),
    Mistake(
        "M33",
        "knows some bugs",
        "test_error_ends_one_client_only",
        old="        except Exception:\n            logging",
        new="        except (KeyError, ValueError):\n            logging",
    ),
    Mistake(
        "M35",
        "gives the handler a duplicate, which stays open",
        "test_handler_gets_connection_and_name",
        old="handle(conn, four_tuple(conn))\n        except",
        new="handle(conn.dup(), four_tuple(conn))\n        except",
    ),
    Mistake(
        "X525",
        "looks at both sockets a hundred times a second",
        "test_waits_for_as_long_as_it_takes",
        edits=(
            Edit("selector.select()}", "selector.select(0.01)}"),
            Edit(
                "            if (conn := accept_now", "            if ready and (conn := accept_now"
            ),
        ),
    ),
    Mistake(
        "",
        "calls itself for each client",
        "test_backlog_does_not_limit_clients",
        old="""        while (conn := accept_next(self._listener, self._wake)) is not None:
            serve_client(conn, self._handle)
""",
        new="""        conn = accept_next(self._listener, self._wake)
        if conn is not None:
            serve_client(conn, self._handle)
            self._run()
""",
    ),
    Mistake(
        "X15",
        "sleeps for a moment in start()",
        "test_serves_client_after_client",
        edits=(
            Edit("import threading\n", "import threading\nimport time\n"),
            Edit(
                "        self._thread.start()\n",
                "        self._thread.start()\n        time.sleep(0.2)\n",
            ),
        ),
    ),
    Mistake(
        "X528",
        "waits for the thread for five seconds at most",
        "test_served_client_is_served_to_the_end",
        old="            self._thread.join()\n",
        new="            self._thread.join(5)\n",
    ),
    Mistake(
        "X530",
        "prints the error of every handler",
        "test_error_ends_one_client_only",
        old="        except OSError:\n            return False\n        except Exception:\n"
        '            logging.exception("a handler failed")\n',
        new="        except Exception as error:\n            print(error)\n",
    ),
    Mistake(
        "X525",
        "wakes up ten times a second",
        "test_waits_for_as_long_as_it_takes",
        edits=(
            Edit("selector.select()}", "selector.select(timeout=0.1)}"),
            Edit(
                "            if (conn := accept_now", "            if ready and (conn := accept_now"
            ),
        ),
    ),
    Mistake(
        "X525",
        "wakes up once a second",
        "test_waits_for_as_long_as_it_takes",
        edits=(
            Edit("selector.select()}", "selector.select(1)}"),
            Edit(
                "            if (conn := accept_now", "            if ready and (conn := accept_now"
            ),
        ),
    ),
    Mistake(
        "X528",
        "closes the listener, and then wakes the thread",
        "test_served_client_is_served_to_the_end",
        old='            self._waker.send(b"!")\n',
        new="            self._thread.join(0.2)\n            self._listener.close()\n"
        '            self._waker.send(b"!")\n',
    ),
    Mistake(
        "",
        "looks for the error, not for its number",
        "test_empty_queue_is_none",
        old="if error.errno in NO_CLIENT:",
        new="if error in NO_CLIENT:",
    ),
    Mistake(
        "",
        "looks for the name of an error, not for its number",
        "test_lost_client_is_none",
        old="    except OSError as error:\n        if error.errno in NO_CLIENT:\n",
        new="    except BlockingIOError:\n        return None\n    except OSError as error:\n"
        "        if error.strerror in NO_CLIENT:\n",
    ),
    Mistake(
        "X528",
        "closes the listener first",
        "test_served_client_is_served_to_the_end",
        old='            self._waker.send(b"!")\n',
        new='            self._listener.close()\n            self._waker.send(b"!")\n',
    ),
    Mistake(
        "X528",
        "closes one end of the pair too early",
        "test_stops_while_it_waits",
        old='            self._waker.send(b"!")\n',
        new='            self._wake.close()\n            self._waker.send(b"!")\n',
    ),
    Mistake(
        "X529",
        "does nothing without a thread",
        "test_stops_twice_and_unstarted",
        old=STOP,
        new="        if self._thread is None:\n            return\n" + STOP,
    ),
    Mistake(
        "",
        "takes an error of its own shutdown() for an error of the handler",
        "test_handler_gets_connection_and_name",
        old="            handle(conn, four_tuple(conn))\n",
        new="            handle(conn, four_tuple(conn))\n"
        "            conn.shutdown(socket.SHUT_RDWR)\n",
    ),
    Mistake(
        "",
        "calls the handler again after an error",
        "test_error_ends_one_client_only",
        old="        except OSError:\n            return False\n        except Exception:",
        new="        except OSError:\n            try:\n"
        "                handle(conn, four_tuple(conn))\n            except OSError:\n"
        "                return False\n        except Exception:",
    ),
)
