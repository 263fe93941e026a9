"""Wrong answers to chapter 6 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

THREAD = "threading.Thread(target=serve_client, args=(conn, handle), daemon=True)"
LOCKED_JOIN = """        with self._lock:
            if name in self._members:
                return False
            self._members[name] = deliver
            return True
"""
BROADCAST = """        with self._lock:
            everybody = list(self._members.values())
        for deliver in everybody:
            deliver(line)
"""
WORK = """            try:
                job()
            except Exception:
                logging.exception("a job failed")
            finally:
                self._free.release()
"""
CLOSE_POOL = """        for _thread in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
"""
PUT = """        with self._changed:
            if len(self._waiting) < self._limit:
                self._waiting += f"{line}\\n".encode()
                self._changed.notify()
                return
        self._cut_off()
"""
CLOSE_OUTBOX = """        self._thread.join(seconds)
        if self._thread.is_alive():
            self._cut_off()
            self._thread.join()
"""
CUT_OFF = """        with suppress(OSError):
            self._conn.shutdown(socket.SHUT_RDWR)
"""
MEMBER = """            try:
                room.broadcast(f"* {name} joined")
                while (line := reader.read_line()) is not None:
                    room.broadcast(f"{name}: {line}")
            finally:
                room.leave(name)
                room.broadcast(f"* {name} left")
"""
CHAT = f"""        name = reader.read_line()
        if name and room.join(name, outbox.put):
{MEMBER}        elif name:
            outbox.put(f"* {{name}} is taken")
"""

MISTAKES = (
    Mistake(
        "M46",
        "makes the call itself and gives Thread the result",
        "test_returns_while_the_client_is_silent",
        old=THREAD,
        new="threading.Thread(target=serve_client(conn, handle), daemon=True)",
    ),
    Mistake(
        "M46",
        "calls run() instead of start()",
        "test_returns_while_the_client_is_silent",
        old="    thread.start()\n    return thread\n",
        new="    thread.run()\n    return thread\n",
    ),
    Mistake(
        "M46",
        "makes the thread and never starts it",
        "test_returns_while_the_client_is_silent",
        old="    thread.start()\n    return thread\n",
        new="    return thread\n",
    ),
    Mistake(
        "X40",
        "a thread that is no daemon",
        "test_returns_while_the_client_is_silent",
        old=THREAD,
        new="threading.Thread(target=serve_client, args=(conn, handle))",
    ),
    Mistake(
        "X320",
        "closes the client after start()",
        "test_returns_while_the_client_is_silent",
        old="    thread.start()\n    return thread\n",
        new="    thread.start()\n    conn.close()\n    return thread\n",
    ),
    Mistake(
        "X320",
        "starts the thread in the client's with",
        "test_returns_while_the_client_is_silent",
        old="    thread.start()\n    return thread\n",
        new="    with conn:\n        thread.start()\n        return thread\n",
    ),
    Mistake(
        "M47",
        "a lock around each client, to be safe",
        "test_two_clients_at_the_same_time",
        edits=(
            Edit(
                old="SILENCE = 600.0  # seconds for which a member may listen without a word\n",
                new="SILENCE = 600.0\nLOCK = threading.Lock()\n\n\n"
                "def _locked(conn: socket.socket, handle: Handler) -> None:\n"
                "    with LOCK:\n        serve_client(conn, handle)\n",
            ),
            Edit(old=THREAD, new=THREAD.replace("serve_client", "_locked")),
        ),
    ),
    Mistake(
        "M35",
        "runs the handler itself: nobody closes",
        "test_client_is_served_as_in_chapter_3",
        old=THREAD,
        new="threading.Thread(\n        target=handle,\n        args=(conn, FourTuple("
        "Endpoint(*conn.getsockname()), Endpoint(*conn.getpeername()))),\n"
        "        daemon=True,\n    )",
    ),
    Mistake(
        "M33",
        "closes, but lets the handler's errors out",
        "test_client_is_served_as_in_chapter_3",
        edits=(
            Edit(
                old=THREAD, new="threading.Thread(target=_serve, args=(conn, handle), daemon=True)"
            ),
            Edit(
                old="class Pool:\n",
                new="def _serve(conn: socket.socket, handle: Handler) -> None:\n"
                "    with conn:\n"
                "        here, there = conn.getsockname(), conn.getpeername()\n"
                "        handle(conn, FourTuple(Endpoint(*here), Endpoint(*there)))\n\n\n"
                "class Pool:\n",
            ),
        ),
    ),
    Mistake(
        "X42",
        "close() tells the threads to end and does not wait",
        "test_every_job_is_done",
        old="        for thread in self._threads:\n            thread.join()\n",
        new="",
    ),
    Mistake(
        "X42",
        "waits for threads that nobody tells to end",
        "test_every_job_is_done",
        old="        for _thread in self._threads:\n            self._jobs.put(None)\n",
        new="",
    ),
    Mistake(
        "X42",
        "one None for all threads",
        "test_every_job_is_done",
        old="        for _thread in self._threads:\n            self._jobs.put(None)\n",
        new="        self._jobs.put(None)\n",
    ),
    Mistake(
        "X18",
        "waits for the jobs only; the threads go on waiting",
        "test_every_job_is_done",
        edits=(
            Edit(
                old="        self._free = threading.Semaphore(size)\n",
                new="        self._size = size\n        self._free = threading.Semaphore(size)\n",
            ),
            Edit(
                old=CLOSE_POOL,
                new="        for _ in range(self._size):\n            self._free.acquire()\n",
            ),
        ),
    ),
    Mistake(
        "X482",
        "does the job in submit()",
        "test_every_job_is_done",
        old="        self._jobs.put(job)\n",
        new="        job()\n        self._free.release()\n",
    ),
    Mistake(
        "X482",
        "calls the job and puts its result",
        "test_every_job_is_done",
        old="        self._jobs.put(job)\n",
        new="        self._jobs.put(job())\n",
    ),
    Mistake(
        "M47",
        "does the job while it holds the lock",
        "test_size_jobs_at_a_time",
        edits=(
            Edit(
                old="        self._free = threading.Semaphore(size)\n",
                new="        self._lock = threading.Lock()\n"
                "        self._free = threading.Semaphore(size)\n",
            ),
            Edit(
                old="            try:\n                job()\n",
                new="            try:\n                with self._lock:\n                    job()\n",
            ),
        ),
    ),
    Mistake(
        "M47",
        "submit() waits until the job is done",
        "test_size_jobs_at_a_time",
        old="        self._jobs.put(job)\n",
        new="        done = threading.Event()\n"
        "        self._jobs.put(lambda: (job(), done.set()))\n        done.wait()\n",
    ),
    Mistake(
        "M55",
        "a thread for each job, though few at a time",
        "test_size_jobs_at_a_time",
        edits=(
            Edit(
                old="        self._threads = ["
                "threading.Thread(target=self._work, daemon=True) for _ in range(size)]\n"
                "        for thread in self._threads:\n            thread.start()\n",
                new="        self._threads: list[threading.Thread] = []\n",
            ),
            Edit(
                old="        self._jobs.put(job)\n",
                new="        thread = threading.Thread(target=self._do, args=(job,), daemon=True)\n"
                "        self._threads.append(thread)\n        thread.start()\n",
            ),
            Edit(
                old="        for _thread in self._threads:\n            self._jobs.put(None)\n",
                new="",
            ),
            Edit(
                old="    def _work(self) -> None:\n"
                "        while (job := self._jobs.get()) is not None:\n",
                new="    def _do(self, job: Job) -> None:\n        if True:\n",
            ),
        ),
    ),
    Mistake(
        "X40",
        "threads that are no daemons",
        "test_size_jobs_at_a_time",
        old="threading.Thread(target=self._work, daemon=True)",
        new="threading.Thread(target=self._work)",
    ),
    Mistake(
        "X41",
        "a queue that takes everything",
        "test_submit_waits_for_a_free_thread",
        edits=(
            Edit(old="        self._free.acquire()\n", new=""),
            Edit(old="            finally:\n                self._free.release()\n", new=""),
        ),
    ),
    Mistake(
        "X41",
        "a bounded queue, of jobs that nobody does yet",
        "test_submit_waits_for_a_free_thread",
        edits=(
            Edit(
                old="queue.SimpleQueue[Job | None] = queue.SimpleQueue()",
                new="queue.Queue[Job | None] = queue.Queue(size)",
            ),
            Edit(old="        self._free.acquire()\n", new=""),
            Edit(old="            finally:\n                self._free.release()\n", new=""),
        ),
    ),
    Mistake(
        "M33",
        "a job's error ends the thread",
        "test_failed_job_harms_no_other",
        old=WORK,
        new="            job()\n            self._free.release()\n",
    ),
    Mistake(
        "M33",
        "the thread survives, but counts as busy for ever",
        "test_failed_job_harms_no_other",
        old=WORK,
        new="            try:\n                job()\n                self._free.release()\n"
        '            except Exception:\n                logging.exception("a job failed")\n',
    ),
    Mistake(
        "M33",
        "hides errors",
        "test_failed_job_harms_no_other",
        old='            except Exception:\n                logging.exception("a job failed")\n',
        new="            except Exception:\n                pass\n",
    ),
    Mistake(
        "M47",
        "serves in the acceptor's thread",
        "test_silent_client_harms_no_other",
        old="            self.pool.submit(partial(self.serve, conn))\n",
        new="            self.serve(conn)\n",
    ),
    Mistake(
        "X45",
        "stops without waking the handlers",
        "test_server_stops_though_clients_are_silent",
        old="            for conn in self.connections:\n                with suppress(OSError):\n"
        "                    conn.shutdown(socket.SHUT_RD)\n",
        new="",
    ),
    Mistake(
        "X484",
        "no LF at the end of a line",
        "test_lines_are_sent_in_order",
        old='f"{line}\\n".encode()',
        new="line.encode()",
    ),
    Mistake(
        "M01",
        "another encoding",
        "test_lines_are_sent_in_order",
        old='f"{line}\\n".encode()',
        new='f"{line}\\n".encode("ascii", "replace")',
    ),
    Mistake(
        "M01",
        "an encoding that lacks most characters",
        "test_lines_are_sent_in_order",
        old='f"{line}\\n".encode()',
        new='f"{line}\\n".encode("latin-1")',
    ),
    Mistake(
        "X42",
        "close() drops what waits",
        "test_lines_are_sent_in_order",
        old="            taken = bytes(self._waiting)\n",
        new="            taken = self._waiting[: 6 if self._closing else None]\n",
    ),
    Mistake(
        "X18",
        "close() only says that it closes",
        "test_lines_are_sent_in_order",
        edits=(
            Edit(old=CLOSE_OUTBOX, new="        while self._waiting:\n            pass\n"),
            Edit(old="lambda: self._waiting or self._closing", new="lambda: self._waiting"),
        ),
    ),
    Mistake(
        "X40",
        "an outbox whose thread is no daemon",
        "test_lines_are_sent_in_order",
        old="threading.Thread(target=self._send_all, daemon=True)",
        new="threading.Thread(target=self._send_all)",
    ),
    Mistake(
        "",
        "close() joins while it holds the Condition",
        "test_lines_are_sent_in_order",
        old="            self._closing = True\n            self._changed.notify()\n"
        "        self._thread.join(seconds)\n",
        new="            self._closing = True\n            self._changed.notify()\n"
        "            self._thread.join(seconds)\n",
    ),
    Mistake(
        "X321",
        "waits for a notify() that has been",
        "test_lines_are_sent_in_order",
        old="            self._changed.wait_for(lambda: self._waiting or self._closing)\n",
        new="            self._changed.wait()\n",
    ),
    Mistake(
        "",
        "gives wait_for() what it has to look at, and no function",
        "test_lines_are_sent_in_order",
        old="wait_for(lambda: self._waiting or self._closing)",
        new="wait_for(self._waiting)",
    ),
    Mistake(
        "X321",
        "put() notifies nobody",
        "test_put_never_waits",
        old=".encode()\n                self._changed.notify()\n                return\n",
        new=".encode()\n                return\n",
    ),
    Mistake(
        "X322",
        "never counts off what has been sent",
        "test_slow_client_is_cut_off",
        edits=(
            Edit(
                old="        self._closing = False\n",
                new="        self._closing = False\n        self._size = 0\n",
            ),
            Edit(old="len(self._waiting) < self._limit", new="self._size < self._limit"),
            Edit(
                old="                self._waiting += ",
                new="                self._size += len(line) + 1\n                self._waiting += ",
            ),
        ),
    ),
    Mistake(
        "X485",
        "counts characters",
        "test_slow_client_is_cut_off",
        old="len(self._waiting) < self._limit",
        new="len(self._waiting.decode()) < self._limit",
    ),
    Mistake(
        "X483",
        "cuts off by closing",
        "test_failed_sending_cuts_the_client_off",
        old=CUT_OFF,
        new="        self._conn.close()\n",
    ),
    Mistake(
        "X483",
        "closes in close(), under its thread",
        "test_close_ends_though_nobody_reads",
        old=CLOSE_OUTBOX,
        new=CLOSE_OUTBOX.replace("self._cut_off()", "self._conn.close()"),
    ),
    Mistake(
        "X45",
        "sets a timeout on a sendall() that has begun",
        "test_close_ends_though_nobody_reads",
        old=CLOSE_OUTBOX,
        new="        self._conn.settimeout(seconds)\n        self._thread.join()\n",
    ),
    Mistake(
        "X43",
        "put() sends",
        "test_put_never_waits",
        old=PUT,
        new="        with suppress(OSError):\n"
        '            self._conn.sendall(f"{line}\\n".encode())\n',
    ),
    Mistake(
        "X43",
        "sends while it holds the lock",
        "test_put_never_waits",
        edits=(
            Edit(
                old="            self._waiting.clear()\n            return taken\n",
                new="            self._waiting.clear()\n"
                "            if taken:\n                self._conn.sendall(taken)\n"
                "            return taken\n",
            ),
            Edit(old="                self._conn.sendall(waiting)\n", new="                pass\n"),
        ),
    ),
    Mistake(
        "X44",
        "put() waits until there is room",
        "test_slow_client_is_cut_off",
        old=PUT,
        new="        with self._changed:\n"
        "            self._changed.wait_for(lambda: len(self._waiting) < self._limit)\n"
        '            self._waiting += f"{line}\\n".encode()\n'
        "            self._changed.notify()\n",
    ),
    Mistake(
        "X44",
        "keeps without a limit",
        "test_slow_client_is_cut_off",
        old="            if len(self._waiting) < self._limit:\n",
        new="            if self._limit:\n",
    ),
    Mistake(
        "X44",
        "drops what is too much, and keeps the client",
        "test_slow_client_is_cut_off",
        old="                return\n        self._cut_off()\n",
        new="                return\n",
    ),
    Mistake(
        "X483",
        "closes the connection under its reader",
        "test_slow_client_is_cut_off",
        old="                return\n        self._cut_off()\n",
        new="                return\n        self._conn.close()\n",
    ),
    Mistake(
        "X45",
        "waits for a thread that waits for the client",
        "test_close_ends_though_nobody_reads",
        old=CLOSE_OUTBOX,
        new="        self._thread.join()\n",
    ),
    Mistake(
        "X45",
        "gives up after the time and leaves the thread",
        "test_close_ends_though_nobody_reads",
        old=CLOSE_OUTBOX,
        new="        self._thread.join(seconds)\n",
    ),
    Mistake(
        "M33",
        "the sending thread dies of a reset",
        "test_failed_sending_cuts_the_client_off",
        old="        try:\n            while waiting := self._take():\n"
        "                self._conn.sendall(waiting)\n"
        "        except OSError:\n            self._cut_off()\n",
        new="        while waiting := self._take():\n            self._conn.sendall(waiting)\n",
    ),
    Mistake(
        "M33",
        "ends the sending, and tells nobody",
        "test_failed_sending_cuts_the_client_off",
        old="        except OSError:\n            self._cut_off()\n",
        new="        except OSError:\n            return\n",
    ),
    Mistake(
        "M33",
        "cuts off what is cut off already, and is surprised",
        "test_failed_sending_cuts_the_client_off",
        old=CUT_OFF,
        new="        self._conn.shutdown(socket.SHUT_RDWR)\n",
    ),
    Mistake(
        "X486",
        "cannot take out who is not here",
        "test_members_come_and_go",
        old="self._members.pop(name, None)",
        new="del self._members[name]",
    ),
    Mistake(
        "X46",
        "looks and adds without a lock",
        "test_one_of_two_gets_the_name",
        old=LOCKED_JOIN,
        new=LOCKED_JOIN.replace("with self._lock:", "if True:"),
    ),
    Mistake(
        "X46",
        "looks without the lock, adds under it",
        "test_one_of_two_gets_the_name",
        old=LOCKED_JOIN,
        new="        if name in self._members:\n            return False\n"
        "        with self._lock:\n            self._members[name] = deliver\n"
        "            return True\n",
    ),
    Mistake(
        "X48",
        "delivers under the lock",
        "test_room_changes_while_a_line_is_delivered",
        old=BROADCAST,
        new="        with self._lock:\n            for deliver in self._members.values():\n"
        "                deliver(line)\n",
    ),
    Mistake(
        "X48",
        "delivers under a lock that may be taken twice",
        "test_room_changes_while_a_line_is_delivered",
        edits=(
            Edit(
                old=BROADCAST,
                new="        with self._lock:\n"
                "            for deliver in list(self._members.values()):\n"
                "                deliver(line)\n",
            ),
            Edit(
                old="        self._lock = threading.Lock()\n",
                new="        self._lock = threading.RLock()\n",
            ),
        ),
    ),
    Mistake(
        "X49",
        "goes over the members themselves",
        "test_room_changes_while_a_line_is_delivered",
        old=BROADCAST,
        new="        for deliver in self._members.values():\n            deliver(line)\n",
    ),
    Mistake(
        "X49",
        "goes over a list that others change",
        "test_room_changes_while_a_line_is_delivered",
        edits=(
            Edit(
                old="self._members: dict[str, Deliver] = {}",
                new="self._members: list[tuple[str, Deliver]] = []",
            ),
            Edit(
                old=LOCKED_JOIN,
                new="        with self._lock:\n"
                "            if any(name == other for other, _ in self._members):\n"
                "                return False\n"
                "            self._members.append((name, deliver))\n            return True\n",
            ),
            Edit(
                old="            self._members.pop(name, None)\n",
                new="            for member in list(self._members):\n"
                "                if member[0] == name:\n"
                "                    self._members.remove(member)\n",
            ),
            Edit(
                old=BROADCAST,
                new="        for _, deliver in self._members:\n            deliver(line)\n",
            ),
        ),
    ),
    Mistake(
        "X46",
        "copies the names, and looks them up later",
        "test_room_changes_while_a_line_is_delivered",
        old=BROADCAST,
        new="        with self._lock:\n            names = list(self._members)\n"
        "        for name in names:\n            self._members[name](line)\n",
    ),
    Mistake(
        "X34",
        "takes an empty line for the end",
        "test_everybody_hears_who_said_what",
        old="while (line := reader.read_line()) is not None:",
        new="while line := reader.read_line():",
    ),
    Mistake(
        "",
        "says that somebody has joined before it is so",
        "test_everybody_hears_who_said_what",
        edits=(
            Edit(
                old="        if name and room.join(name, outbox.put):\n",
                new='        if name:\n            room.broadcast(f"* {name} joined")\n'
                "        if name and room.join(name, outbox.put):\n",
            ),
            Edit(
                old='            try:\n                room.broadcast(f"* {name} joined")\n',
                new="            try:\n",
            ),
        ),
    ),
    Mistake(
        "",
        "lets somebody join without a name",
        "test_taken_or_empty_name_is_the_end",
        old="        if name and room.join(name, outbox.put):\n",
        new="        if name is not None and room.join(name, outbox.put):\n",
    ),
    Mistake(
        "M30",
        "closes while bytes lie unread",
        "test_taken_or_empty_name_is_the_end",
        old="        close_gracefully(conn, LAST_WORDS)\n",
        new="        conn.close()\n",
    ),
    Mistake(
        "M30",
        "shuts both halves down",
        "test_taken_or_empty_name_is_the_end",
        old="        close_gracefully(conn, LAST_WORDS)\n",
        new="        with conn, suppress(OSError):\n            conn.shutdown(socket.SHUT_RDWR)\n",
    ),
    Mistake(
        "M33",
        "reads the name outside the try",
        "test_what_is_no_line_is_told_to_nobody",
        old="    try:\n        name = reader.read_line()\n",
        new="    name = reader.read_line()\n    try:\n",
    ),
    Mistake(
        "M33",
        "leaves only after the last line",
        "test_what_is_no_line_is_told_to_nobody",
        old=MEMBER,
        new="""            room.broadcast(f"* {name} joined")
            while (line := reader.read_line()) is not None:
                room.broadcast(f"{name}: {line}")
            room.leave(name)
            room.broadcast(f"* {name} left")
""",
    ),
    Mistake(
        "M56",
        "keeps the name on the room",
        "test_everybody_hears_who_said_what",
        edits=(
            Edit(
                old='                room.broadcast(f"* {name} joined")\n',
                new='                room.broadcast(f"* {name} joined")\n'
                '                vars(room)["name"] = name\n',
            ),
            Edit(
                old='room.broadcast(f"{name}: {line}")',
                new="room.broadcast(f\"{vars(room)['name']}: {line}\")",
            ),
        ),
    ),
    Mistake(
        "X47",
        "leaves without having joined",
        "test_taken_or_empty_name_is_the_end",
        old=CHAT,
        new="""        name = reader.read_line()
        try:
            if name and room.join(name, outbox.put):
                room.broadcast(f"* {name} joined")
                while (line := reader.read_line()) is not None:
                    room.broadcast(f"{name}: {line}")
            elif name:
                outbox.put(f"* {name} is taken")
        finally:
            if name:
                room.leave(name)
                room.broadcast(f"* {name} left")
""",
    ),
    Mistake(
        "X31",
        "says half a line to everybody",
        "test_what_is_no_line_is_told_to_nobody",
        old="            finally:\n                room.leave(name)\n",
        new="            except ValueError as cut:\n"
        '                half = getattr(cut, "partial", b"")\n'
        "                if half:\n"
        '                    room.broadcast(f"{name}: {half.decode()}")\n'
        "            finally:\n                room.leave(name)\n",
    ),
    Mistake(
        "M33",
        "no line is no case",
        "test_what_is_no_line_is_told_to_nobody",
        old='    except ValueError:\n        logging.info("a member sent what is no line")\n',
        new="",
    ),
    Mistake(
        "M33",
        "leaves only after a goodbye",
        "test_member_leaves_on_every_way_out",
        old=MEMBER,
        new="""            room.broadcast(f"* {name} joined")
            with suppress(ValueError):
                while (line := reader.read_line()) is not None:
                    room.broadcast(f"{name}: {line}")
            room.leave(name)
            room.broadcast(f"* {name} left")
""",
    ),
    Mistake(
        "X46",
        "says that a member has left while its name is still taken",
        "test_member_leaves_on_every_way_out",
        old='                room.leave(name)\n                room.broadcast(f"* {name} left")\n',
        new='                room.broadcast(f"* {name} left")\n                room.leave(name)\n',
    ),
    Mistake(
        "X16",
        "takes a broken connection for a goodbye",
        "test_member_leaves_on_every_way_out",
        old="    except ValueError:\n",
        new="    except (ValueError, OSError):\n",
    ),
    Mistake(
        "M35",
        "does not close the connection",
        "test_everybody_hears_who_said_what",
        old="        outbox.close()\n        close_gracefully(conn, LAST_WORDS)\n",
        new="        outbox.close()\n",
    ),
    Mistake(
        "X43",
        "sends to the others itself",
        "test_slow_member_harms_nobody",
        old="room.join(name, outbox.put)",
        new='room.join(name, lambda line: conn.sendall(f"{line}\\n".encode()))',
    ),
)
