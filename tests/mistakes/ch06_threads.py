"""Wrong answers to chapter 6 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

CONSTANT = "RETRY_AFTER = 1.0  # seconds\n"
THREAD = "threading.Thread(target=serve_client, args=(conn, handle), daemon=True)"
START = "    thread.start()\n    return thread\n"
LOOP = "        while (job := self.jobs.get()) is not None:\n"
WORK = """            try:
                job()
            except Exception:
                logging.exception("a job failed")
            finally:
                self.free.release()
"""
PUT_NONES = """        for _thread in self.threads:
            self.jobs.put(None)
"""
JOIN_ALL = """        for thread in self.threads:
            thread.join()
"""
SUBMIT = """        self.free.acquire()
        self.jobs.put(job)
"""
LOCKED_JOIN = """        with self.lock:
            if name in self.members:
                return False
            self.members[name] = deliver
            return True
"""
BROADCAST = """        with self.lock:
            everybody = list(self.members.values())
        for deliver in everybody:
            deliver(line)
"""
MEMBERS = "        self.members: dict[str, Deliver] = {}  # by name\n"
TAKE = """                with self.changed:
                    self.changed.wait_for(lambda: self.waiting or self.closing)
                    taken, self.waiting = self.waiting, bytearray()
"""
SEND = """                if not taken:
                    return
                self.conn.sendall(taken)
"""
FAILED = """        except OSError:
            self.cut_off()

    def put"""
PUT = """        with self.changed:
            if len(self.waiting) < self.limit:
                self.waiting += f"{line}\\n".encode()
                self.changed.notify()
                return
        self.cut_off()
"""
CLOSING = """        with self.changed:
            self.closing = True
            self.changed.notify()
"""
JOIN_OR_CUT = """        self.thread.join(seconds)
        if self.thread.is_alive():
            self.cut_off()
            self.thread.join()
"""
TAKEN = """    if not room.join(name, outbox.put):
        outbox.put(f"* {name} is taken")
        return
"""
SPEAK = """    try:
        room.broadcast(f"* {name} joined")
        while (line := reader.read_line()) is not None:
            room.broadcast(f"{name}: {line}")
    finally:
        room.leave(name)
        room.broadcast(f"* {name} left")
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
        old=START,
        new="    thread.run()\n    return thread\n",
    ),
    Mistake(
        "M46",
        "makes the thread and never starts it",
        "test_returns_while_the_client_is_silent",
        old=START,
        new="    return thread\n",
    ),
    Mistake(
        "",
        "returns nothing",
        "test_returns_while_the_client_is_silent",
        old=START,
        new="    thread.start()\n    return None  # type: ignore[return-value]\n",
    ),
    Mistake(
        "",
        "waits for its thread for a moment",
        "test_returns_while_the_client_is_silent",
        old=START,
        new="    thread.start()\n    thread.join(0.1)\n    return thread\n",
    ),
    Mistake(
        "X40",
        "a thread that is not a daemon",
        "test_returns_while_the_client_is_silent",
        old=THREAD,
        new="threading.Thread(target=serve_client, args=(conn, handle))",
    ),
    Mistake(
        "X320",
        "closes the client after start()",
        "test_returns_while_the_client_is_silent",
        old=START,
        new="    thread.start()\n    conn.close()\n    return thread\n",
    ),
    Mistake(
        "X320",
        "starts the thread in the client's with",
        "test_returns_while_the_client_is_silent",
        old=START,
        new="    with conn:\n        thread.start()\n        return thread\n",
    ),
    Mistake(
        "M47",
        "a lock around each client, to be safe",
        "test_two_clients_at_the_same_time",
        edits=(
            Edit(
                old=CONSTANT,
                new=CONSTANT + "LOCK = threading.Lock()\n\n\n"
                "def _locked(conn: socket.socket, handle: Handler) -> None:\n"
                "    with LOCK:\n        serve_client(conn, handle)\n",
            ),
            Edit(old=THREAD, new=THREAD.replace("serve_client", "_locked")),
        ),
    ),
    Mistake(
        "",
        "one thread for all calls",
        "test_two_clients_at_the_same_time",
        edits=(
            Edit(
                old=CONSTANT,
                new=CONSTANT + "FIRST: list[threading.Thread] = []\n",
            ),
            Edit(
                old=START,
                new="    thread.start()\n    FIRST.append(thread)\n    return FIRST[-2:][0]\n",
            ),
        ),
    ),
    Mistake(
        "M35",
        "runs the handler itself: nobody closes",
        "test_client_is_served_as_in_accept",
        old=THREAD,
        new="threading.Thread(\n        target=handle,\n        args=(conn, FourTuple("
        "Endpoint(*conn.getsockname()), Endpoint(*conn.getpeername()))),\n"
        "        daemon=True,\n    )",
    ),
    Mistake(
        "M33",
        "closes, but lets the handler's errors out",
        "test_client_is_served_as_in_accept",
        edits=(
            Edit(THREAD, "threading.Thread(target=_serve, args=(conn, handle), daemon=True)"),
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
        "X613",
        "calls whatever comes out of the queue",
        "test_thread_works_until_none",
        old=LOOP,
        new="        while True:\n            job: Any = self.jobs.get()\n",
    ),
    Mistake(
        "X613",
        "goes on when it takes None",
        "test_thread_works_until_none",
        old=LOOP,
        new="        while True:\n            if (job := self.jobs.get()) is None:\n"
        "                continue\n",
    ),
    Mistake(
        "X525",
        "looks again and again whether there is a job",
        "test_thread_sleeps_while_there_is_no_job",
        old=LOOP,
        new="        while True:\n            if self.jobs.empty():\n                continue\n"
        "            if (job := self.jobs.get()) is None:\n                return\n",
    ),
    Mistake(
        "X608",
        "ends when there has been no job for a second",
        "test_thread_sleeps_while_there_is_no_job",
        old=LOOP,
        new="        while True:\n            try:\n"
        "                job = self.jobs.get(timeout=1.0)\n"
        "            except queue.Empty:\n                return\n"
        "            if job is None:\n                return\n",
    ),
    Mistake(
        "X42",
        "close() tells the threads to end and does not wait",
        "test_every_job_is_done",
        old=JOIN_ALL,
        new="",
    ),
    Mistake(
        "X600",
        "waits for threads that nobody tells to end",
        "test_every_job_is_done",
        old=PUT_NONES,
        new="",
    ),
    Mistake(
        "X600",
        "one None for all threads",
        "test_every_job_is_done",
        old=PUT_NONES,
        new="        self.jobs.put(None)\n",
    ),
    Mistake(
        "X600",
        "joins a thread before the next one has its None",
        "test_every_job_is_done",
        old=PUT_NONES + JOIN_ALL,
        new="        for thread in self.threads:\n            self.jobs.put(None)\n"
        "            thread.join()\n",
    ),
    Mistake(
        "X18",
        "waits for the jobs only; the threads go on waiting",
        "test_every_job_is_done",
        old=PUT_NONES + JOIN_ALL,
        new="        while not self.jobs.empty():\n            pass\n"
        "        threading.Event().wait(0.2)\n",
    ),
    Mistake(
        "X42",
        "takes out what nobody has begun",
        "test_every_job_is_done",
        old=PUT_NONES,
        new="        while not self.jobs.empty():\n            self.jobs.get()\n" + PUT_NONES,
    ),
    Mistake(
        "X42",
        "waits for the first thread only",
        "test_every_job_is_done",
        old=JOIN_ALL,
        new="        self.threads[0].join()\n",
    ),
    Mistake(
        "X42",
        "waits for the last thread only",
        "test_every_job_is_done",
        old=JOIN_ALL,
        new="        self.threads[-1].join()\n",
    ),
    Mistake(
        "",
        "a thread does one job",
        "test_thread_works_until_none",
        old=LOOP,
        new="        if (job := self.jobs.get()) is not None:\n",
    ),
    Mistake(
        "M47",
        "does the job while it holds a lock",
        "test_jobs_run_at_the_same_time",
        edits=(
            Edit(old=CONSTANT, new=CONSTANT + "LOCK = threading.Lock()\n"),
            Edit(
                old="            try:\n                job()\n",
                new="            try:\n                with LOCK:\n                    job()\n",
            ),
        ),
    ),
    Mistake(
        "",
        "stops when a job returns nothing",
        "test_thread_works_until_none",
        old=WORK,
        new="            try:\n                if job() is None:\n                    break\n"
        '            except Exception:\n                logging.exception("a job failed")\n'
        "            finally:\n                self.free.release()\n",
    ),
    Mistake(
        "X621",
        "a job's error ends the thread",
        "test_failed_job_harms_no_other",
        old=WORK,
        new="            job()\n            self.free.release()\n",
    ),
    Mistake(
        "X622",
        "the try is around the loop",
        "test_failed_job_harms_no_other",
        old=LOOP + WORK,
        new="        try:\n            while (job := self.jobs.get()) is not None:\n"
        "                job()\n                self.free.release()\n"
        '        except Exception:\n            logging.exception("a job failed")\n',
    ),
    Mistake(
        "X621",
        "survives the errors of sockets only",
        "test_failed_job_harms_no_other",
        old='            except Exception:\n                logging.exception("a job failed")\n',
        new='            except OSError:\n                logging.exception("a job failed")\n',
    ),
    Mistake(
        "X530",
        "hides errors",
        "test_failed_job_harms_no_other",
        old='            except Exception:\n                logging.exception("a job failed")\n',
        new="            except Exception:\n                pass\n",
    ),
    Mistake(
        "X530",
        "logs a message without the traceback",
        "test_failed_job_harms_no_other",
        old='logging.exception("a job failed")',
        new='logging.error("a job failed")',
    ),
    Mistake(
        "X601",
        "close() waits for each thread for a second at most",
        "test_close_waits_for_as_long_as_it_takes",
        old=JOIN_ALL,
        new="        for thread in self.threads:\n            thread.join(1.0)\n",
    ),
    Mistake(
        "X482",
        "does the job in submit()",
        "test_submit_returns_while_the_job_runs",
        old=SUBMIT,
        new="        self.free.acquire()\n        job()\n        self.free.release()\n",
    ),
    Mistake(
        "X482",
        "calls the job and puts its result",
        "test_submit_returns_while_the_job_runs",
        old="        self.jobs.put(job)\n",
        new="        self.jobs.put(job())  # type: ignore[arg-type]\n",
    ),
    Mistake(
        "M47",
        "submit() waits until the job is done",
        "test_submit_returns_while_the_job_runs",
        old="        self.jobs.put(job)\n",
        new="        done = threading.Event()\n"
        "        self.jobs.put(lambda: (job(), done.set()))\n        done.wait()\n",
    ),
    Mistake(
        "M55",
        "a new thread for each job",
        "test_submit_returns_while_the_job_runs",
        old="        self.jobs.put(job)\n",
        new="        def run() -> None:\n            job()\n            self.free.release()\n\n"
        "        thread = threading.Thread(target=run, daemon=True)\n"
        "        self.threads.append(thread)\n        thread.start()\n",
    ),
    Mistake(
        "X612",
        "never says that a thread is free again",
        "test_submit_returns_while_the_job_runs",
        old="            finally:\n                self.free.release()\n",
        new="",
    ),
    Mistake(
        "X41",
        "a queue that takes everything",
        "test_submit_waits_for_a_free_thread",
        old=SUBMIT,
        new="        self.jobs.put(job)\n",
    ),
    Mistake(
        "X623",
        "free again as soon as it has taken the job",
        "test_submit_waits_for_a_free_thread",
        edits=(
            Edit(old=LOOP, new=LOOP + "            self.free.release()\n"),
            Edit(old="            finally:\n                self.free.release()\n", new=""),
        ),
    ),
    Mistake(
        "X623",
        "gives up the semaphore itself",
        "test_submit_waits_for_a_free_thread",
        old=SUBMIT,
        new="        with self.free:\n            self.jobs.put(job)\n",
    ),
    Mistake(
        "X603",
        "grows when it has waited for a second",
        "test_submit_waits_for_a_free_thread",
        old="        self.free.acquire()\n",
        new="        if not self.free.acquire(timeout=1.0):\n"
        "            thread = threading.Thread(target=self.work, daemon=True)\n"
        "            self.threads.append(thread)\n            thread.start()\n",
    ),
    Mistake(
        "",
        "puts the job before it waits",
        "test_submit_waits_for_a_free_thread",
        old=SUBMIT,
        new="        self.jobs.put(job)\n        self.free.acquire()\n",
    ),
    Mistake(
        "X525",
        "asks again and again whether a thread is free",
        "test_submit_waits_for_a_free_thread",
        old="        self.free.acquire()\n",
        new="        while not self.free.acquire(blocking=False):\n            pass\n",
    ),
    Mistake(
        "X619",
        "counts a thread as free twice after an error",
        "test_thread_is_free_after_an_error",
        old='                logging.exception("a job failed")\n',
        new='                logging.exception("a job failed")\n'
        "                self.free.release()\n",
    ),
    Mistake(
        "X602",
        "the thread survives an error, but counts as busy forever",
        "test_thread_is_free_after_an_error",
        old=WORK,
        new="            try:\n                job()\n                self.free.release()\n"
        '            except Exception:\n                logging.exception("a job failed")\n',
    ),
    Mistake(
        "X486",
        "cannot remove somebody who is not here",
        "test_members_come_and_go",
        old="self.members.pop(name, None)",
        new="del self.members[name]",
    ),
    Mistake(
        "",
        "the second one takes the name over",
        "test_members_come_and_go",
        old="            if name in self.members:\n                return False\n"
        "            self.members[name] = deliver\n",
        new="            if name in self.members:\n                self.members[name] = deliver\n"
        "                return False\n            self.members[name] = deliver\n",
    ),
    Mistake(
        "",
        "the sender hears nothing, or whoever is first",
        "test_members_come_and_go",
        old="list(self.members.values())",
        new="list(self.members.values())[1:]",
    ),
    Mistake(
        "",
        "a thread for each delivery",
        "test_members_come_and_go",
        old=BROADCAST,
        new="        with self.lock:\n            everybody = list(self.members.values())\n"
        "        for deliver in everybody:\n"
        "            threading.Thread(target=deliver, args=(line,), daemon=True).start()\n"
        "        threading.Event().wait(0.02)\n",
    ),
    Mistake(
        "",
        "compares names without case",
        "test_members_come_and_go",
        old=LOCKED_JOIN,
        new=LOCKED_JOIN.replace(
            "name in self.members", "name.lower() in map(str.lower, self.members)"
        ),
    ),
    Mistake(
        "",
        "does not deliver an empty line",
        "test_members_come_and_go",
        old=BROADCAST,
        new=BROADCAST.replace(
            "        for", "        if not line:\n            return\n        for"
        ),
    ),
    Mistake(
        "X605",
        "setdefault() is deliver: no lock",
        "test_members_differ_by_name",
        old=LOCKED_JOIN,
        new="        return self.members.setdefault(name, deliver) is deliver\n",
    ),
    Mistake(
        "X605",
        "a set of the functions",
        "test_members_differ_by_name",
        old="list(self.members.values())",
        new="set(self.members.values())",
    ),
    Mistake(
        "X30",
        "the members are a class attribute",
        "test_members_differ_by_name",
        edits=(
            Edit(
                old="    def __init__(self) -> None:\n" + MEMBERS,
                new="    members: dict[str, Deliver] = {}\n\n    def __init__(self) -> None:\n"
                "        self.members.pop('nobody', None)\n",
            ),
        ),
    ),
    Mistake(
        "X46",
        "looks and adds without a lock",
        "test_one_of_two_gets_the_name",
        old=LOCKED_JOIN,
        new=LOCKED_JOIN.replace("with self.lock:", "if True:"),
    ),
    Mistake(
        "X46",
        "looks without the lock, adds under it",
        "test_one_of_two_gets_the_name",
        old=LOCKED_JOIN,
        new="        if name in self.members:\n            return False\n"
        "        with self.lock:\n            self.members[name] = deliver\n"
        "            return True\n",
    ),
    Mistake(
        "X46",
        "a new lock for each call",
        "test_one_of_two_gets_the_name",
        old=LOCKED_JOIN,
        new=LOCKED_JOIN.replace("with self.lock:", "with threading.Lock():"),
    ),
    Mistake(
        "X46",
        "looks and removes without a lock",
        "test_one_of_two_gets_the_name",
        old="        with self.lock:\n            self.members.pop(name, None)\n",
        new="        if name in self.members:\n            del self.members[name]\n",
    ),
    Mistake(
        "X48",
        "delivers under the lock",
        "test_nobody_waits_for_a_delivery",
        old=BROADCAST,
        new="        with self.lock:\n            for deliver in self.members.values():\n"
        "                deliver(line)\n",
    ),
    Mistake(
        "X48",
        "delivers under a lock that may be taken twice",
        "test_nobody_waits_for_a_delivery",
        edits=(
            Edit(
                old=BROADCAST,
                new="        with self.lock:\n"
                "            for deliver in list(self.members.values()):\n"
                "                deliver(line)\n",
            ),
            Edit(
                old="        self.lock = threading.Lock()  # for the members\n",
                new="        self.lock = threading.RLock()  # for the members\n",
            ),
        ),
    ),
    Mistake(
        "X49",
        "loops over the members themselves",
        "test_nobody_waits_for_a_delivery",
        old=BROADCAST,
        new="        for deliver in self.members.values():\n            deliver(line)\n",
    ),
    Mistake(
        "X49",
        "loops over a list that others change",
        "test_deliver_may_change_the_room",
        edits=(
            Edit(old=MEMBERS, new="        self.members: list[tuple[str, Deliver]] = []\n"),
            Edit(
                old=LOCKED_JOIN,
                new="        with self.lock:\n"
                "            if any(name == other for other, _ in self.members):\n"
                "                return False\n"
                "            self.members.append((name, deliver))\n            return True\n",
            ),
            Edit(
                old="            self.members.pop(name, None)\n",
                new="            for member in list(self.members):\n"
                "                if member[0] == name:\n"
                "                    self.members.remove(member)\n",
            ),
            Edit(
                old=BROADCAST,
                new="        for _, deliver in self.members:\n            deliver(line)\n",
            ),
        ),
    ),
    Mistake(
        "X46",
        "copies the names, and looks them up later",
        "test_deliver_may_change_the_room",
        old=BROADCAST,
        new="        with self.lock:\n            names = list(self.members)\n"
        "        for name in names:\n            self.members[name](line)\n",
    ),
    Mistake(
        "",
        "looks each name up when its turn comes",
        "test_deliver_may_change_the_room",
        old=BROADCAST,
        new="""        with self.lock:
            names = list(self.members)
        for name in names:
            with self.lock:
                deliver = self.members.get(name)
            if deliver is not None:
                deliver(line)
""",
    ),
    Mistake(
        "X321",
        "waits for a notify() that has been",
        "test_nobody_waits_while_it_sends",
        old="            self.changed.wait_for(lambda: self.waiting or self.closing)\n",
        new="            self.changed.wait()\n",
    ),
    Mistake(
        "X607",
        "gives wait_for() what it has to look at, and no function",
        "test_sends_what_waits",
        old="wait_for(lambda: self.waiting or self.closing)",
        new="wait_for(self.waiting or self.closing)  # type: ignore[arg-type]",
    ),
    Mistake(
        "X625",
        "waits before it has the lock",
        "test_sends_what_waits",
        old=TAKE,
        new="                self.changed.wait_for(lambda: self.waiting or self.closing)\n"
        "                with self.changed:\n"
        "                    taken, self.waiting = self.waiting, bytearray()\n",
    ),
    Mistake(
        "",
        "sends once",
        "test_sends_what_waits",
        old="            while True:\n",
        new="            for _ in range(1):\n",
    ),
    Mistake(
        "",
        "sends, and leaves it waiting",
        "test_sends_what_waits",
        old="                    taken, self.waiting = self.waiting, bytearray()\n",
        new="                    taken = bytes(self.waiting)\n",
    ),
    Mistake(
        "X616",
        "takes the bytearray itself, and empties it",
        "test_sends_what_waits",
        edits=(
            Edit(
                old="                    taken, self.waiting = self.waiting, bytearray()\n",
                new="                    taken = self.waiting\n"
                "                    self.waiting.clear()\n",
            ),
            Edit(old="                if not taken:\n", new="                if self.closing:\n"),
        ),
    ),
    Mistake(
        "",
        "takes the bytearray itself, empties it, and stops",
        "test_sends_what_waits",
        old="                    taken, self.waiting = self.waiting, bytearray()\n",
        new="                    taken = self.waiting\n                    self.waiting.clear()\n",
    ),
    Mistake(
        "X525",
        "looks again and again",
        "test_sleeps_while_nothing_waits",
        old=TAKE,
        new="                with self.changed:\n"
        "                    taken, self.waiting = self.waiting, bytearray()\n"
        "                    if not taken and not self.closing:\n                        continue\n",
    ),
    Mistake(
        "X608",
        "ends when nothing has waited for a second",
        "test_sleeps_while_nothing_waits",
        old="wait_for(lambda: self.waiting or self.closing)",
        new="wait_for(lambda: self.waiting or self.closing, 1.0)",
    ),
    Mistake(
        "X43",
        "sends while it holds the Condition",
        "test_nobody_waits_while_it_sends",
        old=TAKE + SEND,
        new=TAKE + "".join(f"    {line}\n" for line in SEND.splitlines()),
    ),
    Mistake(
        "X46",
        "clears when it has been sent",
        "test_nobody_waits_while_it_sends",
        edits=(
            Edit(
                old="                    taken, self.waiting = self.waiting, bytearray()\n",
                new="                    taken = bytes(self.waiting)\n",
            ),
            Edit(
                old="                self.conn.sendall(taken)\n",
                new="                self.conn.sendall(taken)\n"
                "                self.waiting = bytearray()\n",
            ),
        ),
    ),
    Mistake(
        "X46",
        "sends the very buffer to which others add",
        "test_nobody_waits_while_it_sends",
        edits=(
            Edit(
                old="                    taken, self.waiting = self.waiting, bytearray()\n",
                new="                    taken = self.waiting\n",
            ),
            Edit(
                old="                self.conn.sendall(taken)\n",
                new="                self.conn.sendall(taken)\n                taken.clear()\n",
            ),
        ),
    ),
    Mistake(
        "M04",
        "send() instead of sendall()",
        "test_nobody_waits_while_it_sends",
        old="                self.conn.sendall(taken)\n",
        new="                self.conn.send(taken)\n",
    ),
    Mistake(
        "X609",
        "stops as soon as it is closing",
        "test_closing_sends_the_rest",
        old="                if not taken:\n",
        new="                if self.closing:\n",
    ),
    Mistake(
        "X624",
        "does not notice that it is closing",
        "test_closing_sends_the_rest",
        old="lambda: self.waiting or self.closing",
        new="lambda: self.waiting",
    ),
    Mistake(
        "X624",
        "waits in a loop that does not look at closing",
        "test_closing_sends_the_rest",
        old="                    self.changed.wait_for(lambda: self.waiting or self.closing)\n",
        new="                    while not self.waiting:\n"
        "                        self.changed.wait()\n",
    ),
    Mistake(
        "",
        "shuts the connection down at the end",
        "test_closing_sends_the_rest",
        old="                if not taken:\n                    return\n",
        new="                if not taken:\n                    self.cut_off()\n"
        "                    return\n",
    ),
    Mistake(
        "M33",
        "the thread dies of a reset",
        "test_failed_sending_cuts_the_client_off",
        old=FAILED,
        new="        finally:\n            pass\n\n    def put",
    ),
    Mistake(
        "X483",
        "closes the connection when sending fails",
        "test_failed_sending_cuts_the_client_off",
        old=FAILED,
        new="        except OSError:\n            self.conn.close()\n\n    def put",
    ),
    Mistake(
        "X610",
        "ends the sending, and tells nobody",
        "test_failed_sending_cuts_the_client_off",
        old=FAILED,
        new="        except OSError:\n            return\n\n    def put",
    ),
    Mistake(
        "X610",
        "takes only a broken connection for an error",
        "test_failed_sending_cuts_the_client_off",
        old=FAILED,
        new="        except ConnectionError:\n            self.cut_off()\n"
        "        except TimeoutError:\n            return\n\n    def put",
    ),
    Mistake(
        "X484",
        "no LF at the end of a line",
        "test_every_line_is_sent",
        old='f"{line}\\n".encode()',
        new="line.encode()",
    ),
    Mistake(
        "M01",
        "another encoding",
        "test_every_line_is_sent",
        old='f"{line}\\n".encode()',
        new='f"{line}\\n".encode("ascii", "replace")',
    ),
    Mistake(
        "M01",
        "an encoding that lacks most characters",
        "test_every_line_is_sent",
        old='f"{line}\\n".encode()',
        new='f"{line}\\n".encode("latin-1")',
    ),
    Mistake(
        "X620",
        "close() only says that it closes",
        "test_every_line_is_sent",
        edits=(
            Edit(old=JOIN_OR_CUT, new=""),
            Edit(old=TAKE, new=TAKE + "                threading.Event().wait(0.1)\n"),
        ),
    ),
    Mistake(
        "X618",
        "close() joins while it holds the Condition",
        "test_every_line_is_sent",
        old=CLOSING + "        self.thread.join(seconds)\n",
        new=CLOSING + "            self.thread.join(seconds)\n",
    ),
    Mistake(
        "X321",
        "close() notifies nobody",
        "test_every_line_is_sent",
        old=CLOSING,
        new="        with self.changed:\n            self.closing = True\n",
    ),
    Mistake(
        "X625",
        "close() notifies below the with",
        "test_every_line_is_sent",
        old=CLOSING,
        new="        with self.changed:\n            self.closing = True\n"
        "        self.changed.notify()\n",
    ),
    Mistake(
        "X625",
        "put() notifies below the with",
        "test_every_line_is_sent",
        old=PUT,
        new="        with self.changed:\n"
        "            if has_room := len(self.waiting) < self.limit:\n"
        '                self.waiting += f"{line}\\n".encode()\n'
        "        if has_room:\n            self.changed.notify()\n            return\n"
        "        self.cut_off()\n",
    ),
    Mistake(
        "",
        "close() always cuts off",
        "test_every_line_is_sent",
        old=JOIN_OR_CUT,
        new="        self.thread.join(seconds)\n        self.cut_off()\n        self.thread.join()\n",
    ),
    Mistake(
        "",
        "strips each line",
        "test_every_line_is_sent",
        old='f"{line}\\n".encode()',
        new='f"{line.strip()}\\n".encode()',
    ),
    Mistake(
        "X321",
        "put() notifies nobody",
        "test_put_never_waits",
        old=".encode()\n                self.changed.notify()\n                return\n",
        new=".encode()\n                return\n",
    ),
    Mistake(
        "X46",
        "adds before it holds the Condition",
        "test_put_never_waits",
        old=PUT,
        new="        if len(self.waiting) < self.limit:\n"
        '            self.waiting += f"{line}\\n".encode()\n'
        "            with self.changed:\n                self.changed.notify()\n"
        "            return\n        self.cut_off()\n",
    ),
    Mistake(
        "X43",
        "put() sends by itself",
        "test_put_never_waits",
        old='                self.waiting += f"{line}\\n".encode()\n'
        "                self.changed.notify()\n",
        new='                self.conn.sendall(f"{line}\\n".encode())\n',
    ),
    Mistake(
        "X322",
        "never counts off what has been sent",
        "test_slow_client_is_cut_off",
        edits=(
            Edit(
                old="        self.closing = False\n",
                new="        self.closing = False\n        self.size = 0\n",
            ),
            Edit(old="len(self.waiting) < self.limit", new="self.size < self.limit"),
            Edit(
                old="                self.waiting += ",
                new="                self.size += len(line) + 1\n                self.waiting += ",
            ),
        ),
    ),
    Mistake(
        "X485",
        "counts characters",
        "test_slow_client_is_cut_off",
        old="len(self.waiting) < self.limit",
        new="len(self.waiting.decode()) < self.limit",
    ),
    Mistake(
        "",
        "counts the new line as well",
        "test_slow_client_is_cut_off",
        old="len(self.waiting) < self.limit",
        new="not self.waiting or len(self.waiting) + len(line) < self.limit",
    ),
    Mistake(
        "",
        "counts the new line as well, even the first",
        "test_slow_client_is_cut_off",
        old="len(self.waiting) < self.limit",
        new="len(self.waiting) + len(line) <= self.limit",
    ),
    Mistake(
        "X44",
        "one line too many",
        "test_slow_client_is_cut_off",
        old="len(self.waiting) < self.limit",
        new="len(self.waiting) <= self.limit",
    ),
    Mistake(
        "X44",
        "put() waits until there is room",
        "test_slow_client_is_cut_off",
        old=PUT,
        new="        with self.changed:\n"
        "            self.changed.wait_for(lambda: len(self.waiting) < self.limit)\n"
        '            self.waiting += f"{line}\\n".encode()\n'
        "            self.changed.notify()\n",
    ),
    Mistake(
        "X44",
        "keeps without a limit",
        "test_slow_client_is_cut_off",
        old="            if len(self.waiting) < self.limit:\n",
        new="            if self.limit:\n",
    ),
    Mistake(
        "X44",
        "MAX_WAITING, whatever the limit",
        "test_slow_client_is_cut_off",
        old="            if len(self.waiting) < self.limit:\n",
        new="            if len(self.waiting) < MAX_WAITING:\n",
    ),
    Mistake(
        "X44",
        "drops what is too much, and keeps the client",
        "test_slow_client_is_cut_off",
        old="                return\n        self.cut_off()\n",
        new="                return\n",
    ),
    Mistake(
        "X44",
        "cuts off, and adds the line all the same",
        "test_slow_client_is_cut_off",
        old=PUT,
        new="        with self.changed:\n            if len(self.waiting) >= self.limit:\n"
        "                self.cut_off()\n"
        '            self.waiting += f"{line}\\n".encode()\n            self.changed.notify()\n',
    ),
    Mistake(
        "X483",
        "closes the connection under its reader",
        "test_slow_client_is_cut_off",
        old="                return\n        self.cut_off()\n",
        new="                return\n        self.conn.close()\n",
    ),
    Mistake(
        "X483",
        "closes in close(), under its thread",
        "test_close_ends_though_nobody_reads",
        old=JOIN_OR_CUT,
        new=JOIN_OR_CUT.replace("self.cut_off()", "self.conn.close()"),
    ),
    Mistake(
        "X45",
        "sets a timeout on a sendall() that has begun",
        "test_close_ends_though_nobody_reads",
        old=JOIN_OR_CUT,
        new="        self.conn.settimeout(seconds)\n        self.thread.join()\n",
    ),
    Mistake(
        "X45",
        "waits for a thread that waits for the client",
        "test_close_ends_though_nobody_reads",
        old=JOIN_OR_CUT,
        new="        self.thread.join()\n",
    ),
    Mistake(
        "X45",
        "gives up after the time and leaves the thread",
        "test_close_ends_though_nobody_reads",
        old=JOIN_OR_CUT,
        new="        self.thread.join(seconds)\n",
    ),
    Mistake(
        "X615",
        "cuts off, and does not wait for the thread any more",
        "test_close_ends_though_nobody_reads",
        old=JOIN_OR_CUT,
        new=JOIN_OR_CUT.replace("            self.thread.join()\n", ""),
    ),
    Mistake(
        "",
        "CLOSE_TIMEOUT, whatever the caller says",
        "test_close_ends_though_nobody_reads",
        old="        self.thread.join(seconds)\n",
        new="        self.thread.join(CLOSE_TIMEOUT)\n",
    ),
    Mistake(
        "M33",
        "put() refuses when the outbox is closed",
        "test_put_and_close_raise_nothing",
        old=PUT,
        new="        if self.closing:\n"
        '            raise RuntimeError("the outbox is closed")\n' + PUT,
    ),
    Mistake(
        "M33",
        "cuts off with its own shutdown()",
        "test_put_and_close_raise_nothing",
        old="                return\n        self.cut_off()\n",
        new="                return\n        self.conn.shutdown(socket.SHUT_RDWR)\n",
    ),
    Mistake(
        "",
        "cuts the client off in a second close()",
        "test_put_and_close_raise_nothing",
        old=CLOSING,
        new="""        with self.changed:
            again, self.closing = self.closing, True
            self.changed.notify()
        if again:
            self.cut_off()
""",
    ),
    Mistake(
        "",
        "returns at once from a second close()",
        "test_put_and_close_raise_nothing",
        old=CLOSING,
        new="""        with self.changed:
            if self.closing:
                return
            self.closing = True
            self.changed.notify()
""",
    ),
    Mistake(
        "X34",
        "takes an empty line for the end",
        "test_everybody_hears_who_said_what",
        old="while (line := reader.read_line()) is not None:",
        new="while line := reader.read_line():",
    ),
    Mistake(
        "X614",
        "waits for a word, and the lines end",
        "test_everybody_hears_who_said_what",
        old="while (line := reader.read_line()) is not None:",
        new="while (line := reader.read_line()) != 'quit':",
    ),
    Mistake(
        "X606",
        "strips the name",
        "test_everybody_hears_who_said_what",
        old="    if not room.join(name, outbox.put):\n",
        new="    name = name.strip()\n    if not room.join(name, outbox.put):\n",
    ),
    Mistake(
        "",
        "says that somebody has joined before it is so",
        "test_everybody_hears_who_said_what",
        edits=(
            Edit(
                old="    if not room.join(name, outbox.put):\n",
                new='    room.broadcast(f"* {name} joined")\n'
                "    if not room.join(name, outbox.put):\n",
            ),
            Edit(old='    try:\n        room.broadcast(f"* {name} joined")\n', new="    try:\n"),
        ),
    ),
    Mistake(
        "M56",
        "keeps the name on the room",
        "test_everybody_hears_who_said_what",
        edits=(
            Edit(
                old='        room.broadcast(f"* {name} joined")\n',
                new='        room.broadcast(f"* {name} joined")\n'
                '        vars(room)["name"] = name\n',
            ),
            Edit(
                old='room.broadcast(f"{name}: {line}")',
                new="room.broadcast(f\"{vars(room)['name']}: {line}\")",
            ),
        ),
    ),
    Mistake(
        "",
        "tells everybody that a name is taken",
        "test_taken_name_is_the_end",
        old='        outbox.put(f"* {name} is taken")\n',
        new='        outbox.put(f"* {name} is taken")\n        room.broadcast(f"* {name} is taken")\n',
    ),
    Mistake(
        "X47",
        "leaves without having joined",
        "test_taken_name_is_the_end",
        old=TAKEN + SPEAK,
        new="""    try:
        if not room.join(name, outbox.put):
            outbox.put(f"* {name} is taken")
            return
        room.broadcast(f"* {name} joined")
        while (line := reader.read_line()) is not None:
            room.broadcast(f"{name}: {line}")
    finally:
        room.leave(name)
        room.broadcast(f"* {name} left")
""",
    ),
    Mistake(
        "X31",
        "says half a line to everybody",
        "test_what_is_not_a_line_reaches_nobody",
        old="    finally:\n        room.leave(name)\n",
        new="    except ValueError as cut:\n"
        '        half = getattr(cut, "partial", b"")\n'
        '        room.broadcast(f"{name}: {half.decode()}")\n        raise\n'
        "    finally:\n        room.leave(name)\n",
    ),
    Mistake(
        "M33",
        "leaves only after the last line",
        "test_what_is_not_a_line_reaches_nobody",
        old=SPEAK,
        new="""    room.broadcast(f"* {name} joined")
    while (line := reader.read_line()) is not None:
        room.broadcast(f"{name}: {line}")
    room.leave(name)
    room.broadcast(f"* {name} left")
""",
    ),
    Mistake(
        "X611",
        "hides what was not a line",
        "test_what_is_not_a_line_reaches_nobody",
        old="    finally:\n        room.leave(name)\n",
        new='    except ValueError:\n        logging.info("not a line")\n'
        "    finally:\n        room.leave(name)\n",
    ),
    Mistake(
        "M33",
        "leaves only when it was no line, or after a goodbye",
        "test_member_leaves_on_every_way_out",
        old=SPEAK,
        new="""    room.broadcast(f"* {name} joined")
    error = None
    try:
        while (line := reader.read_line()) is not None:
            room.broadcast(f"{name}: {line}")
    except ValueError as caught:
        error = caught
    room.leave(name)
    room.broadcast(f"* {name} left")
    if error:
        raise error
""",
    ),
    Mistake(
        "X617",
        "says that a member has left while its name is still taken",
        "test_member_leaves_on_every_way_out",
        old='        room.leave(name)\n        room.broadcast(f"* {name} left")\n',
        new='        room.broadcast(f"* {name} left")\n        room.leave(name)\n',
    ),
    Mistake(
        "X611",
        "takes a broken connection for a goodbye",
        "test_member_leaves_on_every_way_out",
        old="    finally:\n        room.leave(name)\n",
        new='    except OSError:\n        logging.info("gone")\n'
        "    finally:\n        room.leave(name)\n",
    ),
    Mistake(
        "X43",
        "sends to the others itself",
        "test_slow_member_harms_nobody",
        old="room.join(name, outbox.put)",
        new='room.join(name, lambda line: outbox.conn.sendall(f"{line}\\n".encode()))',
    ),
)
