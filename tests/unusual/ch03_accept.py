"""Right but unusual answers to chapter 3, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

INIT = """        self._handle = handle
        self._listener = open_listener(host, port, backlog)
        self._thread: threading.Thread | None = None
"""
ADDRESS = "        return Endpoint(*self._listener.getsockname())\n"
START = """        self._waker, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="acceptor", daemon=True)
        self._thread.start()
"""
RUN = """        while (conn := accept_next(self._listener, self._wake)) is not None:
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
NOW = """    listener.setblocking(False)
    try:
        conn, _peer = listener.accept()
    except OSError as error:
        if error.errno in NO_CLIENT:
            return None
        raise
    conn.settimeout(CLIENT_TIMEOUT)
    return conn
"""
SERVE = """    with conn:
        try:
            handle(conn, four_tuple(conn))
        except OSError:
            return False
        except Exception:
            logging.exception("a handler failed")
            return False
    return True
"""
WAIT = """    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _events in selector.select()}
            if wake in ready:
                return None
            if (conn := accept_now(listener)) is not None:
                return conn
"""
IMPORT = "import socket\n"

UNUSUAL = (
    Unusual(
        "the address is asked for once, in __init__",
        edits=(
            Edit(
                INIT,
                INIT + "        self._address = Endpoint._make(self._listener.getsockname())\n",
            ),
            Edit(ADDRESS, "        return self._address\n"),
        ),
    ),
    Unusual(
        "the address part by part",
        old=ADDRESS,
        new="        host, port = self._listener.getsockname()\n        return Endpoint(host, port)\n",
    ),
    Unusual(
        "makes the pair and the thread in __init__",
        edits=(
            Edit(
                INIT,
                """        self._handle = handle
        self._listener = open_listener(host, port, backlog)
        self._waker, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
""",
            ),
            Edit(START, "        self._thread.start()\n"),
            Edit(
                STOP,
                """        if self._thread.is_alive():
            self._waker.send(b"!")
            self._thread.join()
        for sock in (self._listener, self._waker, self._wake):
            sock.close()
""",
            ),
        ),
    ),
    Unusual(
        "keeps everything in an ExitStack",
        edits=(
            Edit(
                "from collections.abc import Callable\n",
                "from collections.abc import Callable\nfrom contextlib import ExitStack\n",
            ),
            Edit(
                INIT,
                """        self._handle = handle
        with ExitStack() as stack:
            self._listener = stack.enter_context(open_listener(host, port, backlog))
            self._open = stack.pop_all()
""",
            ),
            Edit(
                START,
                """        self._waker, self._wake = map(self._open.enter_context, socket.socketpair())
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        self._open.callback(thread.join)
        self._open.callback(self._waker.sendall, b"stop")
""",
            ),
            Edit(STOP, "        self._open.close()\n"),
        ),
    ),
    Unusual(
        "wakes by closing its end of the pair",
        old='            self._waker.send(b"!")\n            self._thread.join()\n',
        new="            self._waker.close()\n            self._thread.join()\n",
    ),
    Unusual(
        "wakes by shutting down its end of the pair",
        old='            self._waker.send(b"!")\n',
        new="            self._waker.shutdown(socket.SHUT_WR)\n",
    ),
    Unusual(
        "a connection to itself instead of socketpair()",
        old="        self._waker, self._wake = socket.socketpair()\n",
        new="""        with open_listener() as listener:
            self._waker = socket.create_connection(listener.getsockname())
            self._wake, _ = listener.accept()
""",
    ),
    Unusual(
        "a subclass of Thread",
        edits=(
            Edit(
                "class Acceptor:\n",
                """class Worker(threading.Thread):
    def __init__(self, listener, wake, handle):
        super().__init__(daemon=True)
        self.work = listener, wake, handle

    def run(self):
        listener, wake, handle = self.work
        for conn in iter(lambda: accept_next(listener, wake), None):
            serve_client(conn, handle)


class Acceptor:
""",
            ),
            Edit(
                'threading.Thread(target=self._run, name="acceptor", daemon=True)',
                "Worker(self._listener, self._wake, self._handle)",
            ),
        ),
    ),
    Unusual(
        "a function inside start()",
        old=START,
        new="""        listener, handle = self._listener, self._handle
        self._waker, self._wake = pair = socket.socketpair()

        def work() -> None:
            while True:
                conn = accept_next(listener, pair[1])
                if conn is None:
                    break
                serve_client(conn, handle)

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()
""",
    ),
    Unusual(
        "iter() of accept_next()",
        old=RUN,
        new="""        for conn in iter(lambda: accept_next(self._listener, self._wake), None):
            serve_client(conn, self._handle)
""",
    ),
    Unusual(
        "knows by the listener whether it has stopped",
        old=STOP,
        new="""        if self._listener.fileno() < 0:
            return
        if self._thread:
            self._waker.sendall(b"stop, please")
            self._thread.join()
            self._waker.close(), self._wake.close()
        self._listener.close()
""",
    ),
    Unusual(
        "closes the listener in the thread itself",
        edits=(
            Edit(
                RUN,
                "        with self._listener, self._wake:\n"
                "            " + RUN.strip().replace("\n", "\n    ") + "\n",
            ),
            Edit("            self._wake.close()\n", ""),
            Edit(
                '            self._waker.send(b"!")\n',
                "            with self._waker, suppress(OSError):\n"
                '                self._waker.send(b"!")\n',
            ),
            Edit("import threading\n", "import threading\nfrom contextlib import suppress\n"),
        ),
    ),
    Unusual(
        "settimeout(0) instead of setblocking(False)",
        old="    listener.setblocking(False)\n",
        new="    listener.settimeout(0)\n",
    ),
    Unusual(
        "looks at the queue with select() first",
        edits=(
            Edit(IMPORT, "import select\nimport socket\n"),
            Edit(
                NOW,
                """    listener.setblocking(False)
    readable, _, _ = select.select([listener], [], [], 0)
    if not readable:
        return None
"""
                + NOW.replace("    listener.setblocking(False)\n", ""),
            ),
        ),
    ),
    Unusual(
        "catches some errors by their classes, and the rest by their numbers",
        old=NOW,
        new="""    listener.setblocking(False)
    try:
        conn, _peer = listener.accept()
    except (BlockingIOError, ConnectionAbortedError, ConnectionResetError):
        return None
    except OSError as error:
        if error.errno not in NO_CLIENT:
            raise
    else:
        conn.settimeout(CLIENT_TIMEOUT)
        return conn
""",
    ),
    Unusual(
        "try, finally and a value that is returned at the end",
        old=SERVE,
        new="""    served = False
    try:
        name = four_tuple(conn)
        handle(conn, name)
        served = True
    except OSError:
        pass
    except Exception:
        logging.exception("the handler of %s failed", conn)
    finally:
        conn.close()
    return served
""",
    ),
    Unusual(
        "asks first what kind of error it is",
        old=SERVE,
        new="""    try:
        handle(conn, four_tuple(conn))
    except Exception as error:
        if not isinstance(error, OSError):
            logging.exception(error)
        return False
    else:
        return True
    finally:
        conn.close()
""",
    ),
    Unusual(
        "finishes sending before it closes",
        edits=(
            Edit(
                "from collections.abc import Callable\n",
                "from collections.abc import Callable\nfrom contextlib import suppress\n",
            ),
            Edit(
                "            handle(conn, four_tuple(conn))\n",
                """            handle(conn, four_tuple(conn))
            with suppress(OSError):
                conn.shutdown(socket.SHUT_WR)
""",
            ),
        ),
    ),
    Unusual(
        "select() instead of selectors",
        edits=(
            Edit(IMPORT, "import select\nimport socket\n"),
            Edit(
                WAIT,
                """    while True:
        ready, _, _ = select.select([listener, wake], [], [])
        if wake in ready:
            return None
        conn = accept_now(listener)
        if conn:
            return conn
""",
            ),
        ),
    ),
    Unusual(
        "poll() instead of selectors",
        edits=(
            Edit(IMPORT, "import select\nimport socket\n"),
            Edit(
                WAIT,
                """    poll = select.poll()
    for sock in (listener, wake):
        poll.register(sock, select.POLLIN)
    while True:
        ready = [number for number, _events in poll.poll()]
        if wake.fileno() in ready:
            return None
        if (conn := accept_now(listener)) is not None:
            return conn
""",
            ),
        ),
    ),
    Unusual(
        "a bare epoll, in with",
        edits=(
            Edit(IMPORT, "import select\nimport socket\n"),
            Edit(
                WAIT,
                """    with select.epoll() as epoll:
        epoll.register(listener, select.EPOLLIN)
        epoll.register(wake, select.EPOLLIN)
        while wake.fileno() not in dict(epoll.poll()):
            if (conn := accept_now(listener)) is not None:
                return conn
    return None
""",
            ),
        ),
    ),
    Unusual(
        "asks for the wake-up and for the client one after the other",
        old=WAIT,
        new="""    with selectors.SelectSelector() as selector:
        for sock, name in ((listener, "listener"), (wake, "wake")):
            selector.register(sock, selectors.EVENT_READ, name)
        while True:
            names = sorted(key.data for key, _events in selector.select())
            if names[-1] == "wake":
                return None
            if (conn := accept_now(listener)) is not None:
                return conn
""",
    ),
    Unusual(
        "a selector for each wait, closed in finally",
        old=WAIT,
        new="""    selector = selectors.PollSelector()
    try:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
        conn = None
        while conn is None:
            if wake in (key.fileobj for key, _events in selector.select(None)):
                return None
            conn = accept_now(listener)
        return conn
    finally:
        selector.close()
""",
    ),
    Unusual(
        "calls itself when the client has gone",
        old=WAIT,
        new="""    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
        ready = {key.fileobj for key, _events in selector.select()}
    if wake in ready:
        return None
    return accept_now(listener) or accept_next(listener, wake)
""",
    ),
    Unusual(
        "reads the byte of the wake-up",
        old="            if wake in ready:\n                return None\n",
        new="""            if wake in ready:
                wake.recv(1)
                return None
""",
    ),
    Unusual(
        "a pipe instead of a pair of sockets",
        edits=(
            Edit(IMPORT, "import os\nimport socket\n"),
            Edit(
                "        self._waker, self._wake = socket.socketpair()\n",
                "        self._wake, self._waker = os.pipe()\n",
            ),
            Edit(
                STOP,
                """        if self._thread is not None:
            os.write(self._waker, b"!")
            self._thread.join()
            self._thread = None
            os.close(self._waker)
            os.close(self._wake)
        self._listener.close()
""",
            ),
        ),
    ),
    Unusual(
        "peeks at the wake-up before it looks for a client",
        edits=(
            Edit(
                "from collections.abc import Callable\n",
                "from collections.abc import Callable\nfrom contextlib import suppress\n",
            ),
            Edit(
                "            if wake in ready:\n                return None\n",
                """            wake.setblocking(False)
            with suppress(BlockingIOError):
                wake.recv(1, socket.MSG_PEEK)
                return None
""",
            ),
        ),
    ),
)
