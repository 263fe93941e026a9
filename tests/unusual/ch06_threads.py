"""Right but unusual answers to chapter 6, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

THREAD = """    thread = threading.Thread(target=serve_client, args=(conn, handle), daemon=True)
    thread.start()
    return thread
"""
WORK = """        while (job := self.jobs.get()) is not None:
            try:
                job()
            except Exception:
                logging.exception("a job failed")
            finally:
                self.free.release()
"""
CLOSE_POOL = """        for _thread in self.threads:
            self.jobs.put(None)
        for thread in self.threads:
            thread.join()
"""
SUBMIT = """        self.free.acquire()
        self.jobs.put(job)
"""
JOIN = """        with self.lock:
            if name in self.members:
                return False
            self.members[name] = deliver
            return True
"""
LEAVE = """        with self.lock:
            self.members.pop(name, None)
"""
BROADCAST = """        with self.lock:
            everybody = list(self.members.values())
        for deliver in everybody:
            deliver(line)
"""
SEND = """        try:
            while True:
                with self.changed:
                    self.changed.wait_for(lambda: self.waiting or self.closing)
                    taken, self.waiting = self.waiting, bytearray()
                if not taken:
                    return
                self.conn.sendall(taken)
        except OSError:
            self.cut_off()
"""
PUT = """        with self.changed:
            if len(self.waiting) < self.limit:
                self.waiting += f"{line}\\n".encode()
                self.changed.notify()
                return
        self.cut_off()
"""
CLOSE = """        with self.changed:
            self.closing = True
            self.changed.notify()
        self.thread.join(seconds)
        if self.thread.is_alive():
            self.cut_off()
            self.thread.join()
"""
TALK = """    if not room.join(name, outbox.put):
        outbox.put(f"* {name} is taken")
        return
    try:
        room.broadcast(f"* {name} joined")
        while (line := reader.read_line()) is not None:
            room.broadcast(f"{name}: {line}")
    finally:
        room.leave(name)
        room.broadcast(f"* {name} left")
"""

UNUSUAL = (
    Unusual(
        "tests a job for truth: a function is always true",
        old="        while (job := self.jobs.get()) is not None:\n",
        new="        while job := self.jobs.get():\n",
    ),
    Unusual(
        "a lambda as the target",
        old=THREAD,
        new="""    thread = threading.Thread(target=lambda: serve_client(conn, handle))
    thread.daemon = True
    thread.start()
    return thread
""",
    ),
    Unusual(
        "a subclass of Thread",
        edits=(
            Edit(
                "class Pool:\n",
                """class _ClientThread(threading.Thread):
    def __init__(self, conn: socket.socket, handle: Handler) -> None:
        super().__init__(name="client", daemon=True)
        self.conn, self.handle = conn, handle

    def run(self) -> None:
        serve_client(self.conn, self.handle)


class Pool:
""",
            ),
            Edit(
                THREAD,
                "    thread = _ClientThread(conn, handle)\n    thread.start()\n    return thread\n",
            ),
        ),
    ),
    Unusual(
        "an endless loop with a return; release() below the try",
        old=WORK,
        new="""        while True:
            job = self.jobs.get()
            if job is None:
                return
            try:
                job()
            except Exception as error:
                logging.error("a job failed", exc_info=error)
            self.free.release()
""",
    ),
    Unusual(
        "iter() with None",
        old=WORK,
        new="""        for job in iter(self.jobs.get, None):
            try:
                job()
            except BaseException:
                logging.exception("a job failed")
            finally:
                self.free.release()
""",
    ),
    Unusual(
        "each thread hands the None on to the next",
        edits=(
            Edit(
                WORK,
                WORK + "        self.jobs.put(None)\n",
            ),
            Edit(
                CLOSE_POOL,
                """        self.jobs.put(None)
        while self.threads:
            self.threads.pop().join()
""",
            ),
        ),
    ),
    Unusual(
        "close() asks a thread again and again whether it is alive",
        old=CLOSE_POOL,
        new="""        for _ in range(len(self.threads)):
            self.jobs.put(None)
        for thread in self.threads:
            while thread.is_alive():
                thread.join(0.5)
""",
    ),
    Unusual(
        "submit() waits in turns",
        old=SUBMIT,
        new="""        while not self.free.acquire(timeout=5.0):
            logging.info("all threads are busy")
        self.jobs.put(job)
""",
    ),
    Unusual(
        "the job that is put releases by itself",
        edits=(
            Edit("            finally:\n                self.free.release()\n", ""),
            Edit(
                SUBMIT,
                """        def run() -> None:
            try:
                job()
            finally:
                self.free.release()

        self.free.acquire()
        self.jobs.put(run)
""",
            ),
        ),
    ),
    Unusual(
        "a Condition and a count, no semaphore",
        edits=(
            Edit(
                "        self.free = threading.Semaphore(size)  # counts the free threads, from "
                "task 3 on\n",
                "        self.idle, self.count = threading.Condition(), size\n",
            ),
            Edit(
                "                self.free.release()\n",
                "                with self.idle:\n"
                "                    self.count += 1\n"
                "                    self.idle.notify()\n",
            ),
            Edit(
                SUBMIT,
                """        with self.idle:
            while not self.count:
                self.idle.wait()
            self.count -= 1
        self.jobs.put(job)
""",
            ),
        ),
    ),
    Unusual(
        "acquire() and release() by hand; setdefault() with an object of its own",
        old=JOIN,
        new="""        self.lock.acquire()
        try:
            is_free = name not in self.members
            self.members.setdefault(name, deliver)
        finally:
            self.lock.release()
        return is_free
""",
    ),
    Unusual(
        "leave() asks first; broadcast() sorts by name",
        edits=(
            Edit(
                LEAVE,
                """        with self.lock:
            if name in self.members:
                del self.members[name]
""",
            ),
            Edit(
                BROADCAST,
                """        with self.lock:
            everybody = dict(self.members)
        for name in sorted(everybody):
            everybody[name](line)
""",
            ),
        ),
    ),
    Unusual(
        "the members are never changed, but replaced",
        edits=(
            Edit(
                JOIN,
                """        with self.lock:
            if name in self.members:
                return False
            self.members = {**self.members, name: deliver}
        return True
""",
            ),
            Edit(
                LEAVE,
                """        with self.lock:
            self.members = {n: d for n, d in self.members.items() if n != name}
""",
            ),
            Edit(
                BROADCAST,
                """        for deliver in self.members.values():
            deliver(line)
""",
            ),
        ),
    ),
    Unusual(
        "broadcast() skips who has left meanwhile",
        old=BROADCAST,
        new="""        with self.lock:
            everybody = list(self.members.items())
        for name, deliver in everybody:
            with self.lock:
                is_here = self.members.get(name) == deliver
            if is_here:
                deliver(line)
""",
    ),
    Unusual(
        "a while loop around wait(), and a method that takes",
        old=SEND,
        new="""        with suppress(OSError):
            while taken := self.take():
                self.conn.sendall(taken)
            return
        self.cut_off()

    def take(self) -> bytes:
        with self.changed:
            while not (self.waiting or self.closing):
                self.changed.wait()
            taken = bytes(self.waiting)
            self.waiting.clear()
            return taken
""",
    ),
    Unusual(
        "sends piece by piece with send()",
        old="                self.conn.sendall(taken)\n",
        new="""                while taken:
                    count = self.conn.send(taken)
                    del taken[:count]
""",
    ),
    Unusual(
        "wakes up now and then while nothing waits",
        old=SEND,
        new="""        while True:
            with self.changed:
                while not self.waiting and not self.closing:
                    self.changed.wait(5.0)
                taken = self.waiting[:]
                del self.waiting[:]
            if len(taken) == 0:
                break
            try:
                self.conn.sendall(taken)
            except OSError:
                self.cut_off()
                break
""",
    ),
    Unusual(
        "put() encodes first, and ignores what comes after close()",
        old=PUT,
        new="""        data = line.encode("utf-8") + b"\\n"
        with self.changed:
            if self.closing:
                return
            is_slow = len(self.waiting) >= self.limit
            if not is_slow:
                self.waiting.extend(data)
                self.changed.notify_all()
        if is_slow:
            self.cut_off()
""",
    ),
    Unusual(
        "put() cuts off inside the with, and once",
        old=PUT,
        new="""        with self.changed:
            if self.closing:
                return
            if len(self.waiting) >= self.limit:
                self.cut_off()
                self.closing = True
                self.changed.notify()
                return
            self.waiting += bytes(line, "utf-8")
            self.waiting += b"\\n"
            self.changed.notify()
""",
    ),
    Unusual(
        "close() cuts off with a timer",
        old=CLOSE,
        new="""        with self.changed:
            self.closing = True
            self.changed.notify_all()
        timer = threading.Timer(seconds, self.cut_off)
        timer.daemon = True
        timer.start()
        self.thread.join()
        timer.cancel()
        timer.join()
""",
    ),
    Unusual(
        "one `with` that ends early",
        old=CLOSE,
        new="""        self.changed.acquire()
        self.closing = True
        self.changed.notify_all()
        self.changed.release()
        self.thread.join(timeout=seconds)
        if not self.thread.is_alive():
            return
        self.cut_off()
        self.thread.join()
""",
    ),
    Unusual(
        "ends with a break; leaves in an except and below",
        old=TALK,
        new="""    if room.join(name, outbox.put):
        try:
            room.broadcast("* " + name + " joined")
            while True:
                line = reader.read_line()
                if line is None:
                    break
                room.broadcast(name + ": " + line)
        except BaseException:
            room.leave(name)
            room.broadcast(f"* {name} left")
            raise
        room.leave(name)
        room.broadcast(f"* {name} left")
    else:
        outbox.put(f"* {name} is taken")
""",
    ),
    Unusual(
        "iter() with None; two branches",
        old=TALK,
        new="""    if not room.join(name, outbox.put):
        outbox.put(f"* {name} is taken")
    else:
        try:
            room.broadcast(f"* {name} joined")
            for line in iter(reader.read_line, None):
                room.broadcast(f"{name}: {line}")
        finally:
            room.leave(name)
            room.broadcast(f"* {name} left")
""",
    ),
)
