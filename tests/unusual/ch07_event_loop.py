"""Right but unusual answers to chapter 7, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

WATCH = """        change = self._selector.modify if sock in self._watched else self._selector.register
        self._watched[sock] = change(sock, events, callback)
"""
FORGET = """        if self._watched.pop(sock, None):
            self._selector.unregister(sock)
"""
LATER = """        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer))
        return timer
"""
PUSH = "heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer))"
WHILE = "        while not self._stopped:\n"
STILL = "                if self._watched.get(key.fileobj) is key:\n"
SELECT = f"""            for key, ready in self._selector.select(self._until_next_timer()):
{STILL}                    self._call(key.data, ready)
"""
NOW = "            now = time.monotonic()\n"
DUE = f"""{NOW}            while self._timers and self._timers[0][0] <= now:
                _when, _number, timer = heapq.heappop(self._timers)
                if not timer.cancelled:
                    self._call(timer.callback)
"""
UNTIL = "        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None\n"
TRY_CALL = """        try:
            callback(*arguments)
        except Exception:
            logging.exception("a callback failed")
"""
HAND_OVER = """        self._from_threads.append(callback)
        self._wake_up()
"""

UNUSUAL = (
    Unusual(
        "everything in run(), without helpers",
        old=WHILE + SELECT + DUE,
        new="""        while True:
            if self._stopped:
                return
            timeout = None
            if self._timers:
                timeout = self._timers[0][0] - time.monotonic()
                if timeout < 0:
                    timeout = 0
            for key, ready in self._selector.select(timeout):
                if self._watched.get(key.fileobj) is not key:
                    continue
                try:
                    key.data(ready)
                except Exception as error:
                    logging.error("a callback failed", exc_info=error)
            now = time.monotonic()
            while len(self._timers) > 0 and now >= self._timers[0][0]:
                timer = heapq.heappop(self._timers)[-1]
                try:
                    if not timer.cancelled:
                        timer.callback()
                except Exception:
                    logging.exception("a timer failed")
""",
    ),
    Unusual(
        "tries register(), and modifies if it is refused",
        old=WATCH,
        new="""        try:
            key = self._selector.register(sock, events, callback)
        except KeyError:
            key = self._selector.modify(sock, events, callback)
        self._watched[sock] = key
""",
    ),
    Unusual(
        "forgets a known socket and registers it again",
        old=WATCH,
        new="""        self.forget(sock)
        self._watched[sock] = self._selector.register(sock, events, callback)
""",
    ),
    Unusual(
        "asks the selector which registration is in force",
        edits=(
            Edit(
                WATCH,
                """        try:
            self._selector.modify(sock, events, callback)
        except KeyError:
            self._selector.register(sock, events, callback)
""",
            ),
            Edit(
                FORGET,
                """        with suppress(KeyError):
            self._selector.unregister(sock)
""",
            ),
            Edit(
                STILL,
                "                if self._selector.get_map().get(key.fd) is key:\n",
            ),
        ),
    ),
    Unusual(
        "compares keys with ==",
        old=STILL,
        new="                if self._watched.get(key.fileobj) == key:\n",
    ),
    Unusual(
        "keeps only callbacks, and makes a new object of each",
        edits=(
            Edit(
                WATCH,
                """        def fresh(ready: int) -> object:
            return callback(ready)

        change = self._selector.modify if sock in self._watched else self._selector.register
        change(sock, events, fresh)
        self._watched[sock] = fresh
""",
            ),
            Edit(STILL, "                if self._watched.get(key.fileobj) is key.data:\n"),
        ),
    ),
    Unusual(
        "forget() asks first",
        old=FORGET,
        new="""        if sock not in self._watched:
            return
        self._selector.unregister(sock)
        del self._watched[sock]
""",
    ),
    Unusual(
        "forget() catches KeyError",
        old=FORGET,
        new="""        try:
            del self._watched[sock]
        except KeyError:
            return
        self._selector.unregister(sock)
""",
    ),
    Unusual(
        "a copy of the list, and the calls in a second loop",
        old=SELECT,
        new="""            found = list(self._selector.select(timeout=self._until_next_timer()))
            while found:
                key, ready = found.pop()
                if self._watched.get(key.fileobj) is key:
                    self._call(key.data, ready)
""",
    ),
    Unusual(
        "a sorted list for a heap",
        edits=(
            Edit("import heapq\n", "import bisect\n"),
            Edit(PUSH, PUSH.replace("heapq.heappush(", "bisect.insort(")),
            Edit("heapq.heappop(self._timers)", "self._timers.pop(0)"),
        ),
    ),
    Unusual(
        "searches for the earliest each time",
        edits=(
            Edit(PUSH, PUSH.replace("heapq.heappush(self._timers, ", "self._timers.append(")),
            Edit(
                DUE,
                """            now = time.monotonic()
            while self._timers and (earliest := min(self._timers))[0] <= now:
                self._timers.remove(earliest)
                if not earliest[2].cancelled:
                    self._call(earliest[2].callback)
""",
            ),
            Edit(UNTIL, UNTIL.replace("self._timers[0][0]", "min(self._timers)[0]")),
        ),
    ),
    Unusual(
        "perf_counter()",
        edits=(
            Edit(PUSH, PUSH.replace("monotonic", "perf_counter")),
            Edit(NOW, NOW.replace("monotonic", "perf_counter")),
            Edit(UNTIL, UNTIL.replace("monotonic", "perf_counter")),
        ),
    ),
    Unusual(
        "counts in nanoseconds",
        edits=(
            Edit(
                PUSH,
                "heapq.heappush(\n            self._timers,\n"
                "            (time.monotonic_ns() + int(seconds * 1e9), next(self._count), timer),\n"
                "        )",
            ),
            Edit(NOW, NOW.replace("monotonic", "monotonic_ns")),
            Edit(
                UNTIL,
                """        if not self._timers:
            return None
        return max(0, self._timers[0][0] - time.monotonic_ns()) / 1e9
""",
            ),
        ),
    ),
    Unusual(
        "collects the due timers, and looks at each mark when its turn comes",
        old=DUE,
        new="""            now = time.monotonic()
            due = []
            while self._timers and self._timers[0][0] <= now:
                due.append(heapq.heappop(self._timers)[2])
            for timer in due:
                if not timer.cancelled:
                    self._call(timer.callback)
""",
    ),
    Unusual(
        "throws cancelled timers away before it sleeps",
        old=UNTIL,
        new="""        while self._timers and self._timers[0][2].cancelled:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None
""",
    ),
    Unusual(
        "looks at the clock before the sockets' calls",
        edits=(
            Edit(
                SELECT,
                """            found = self._selector.select(self._until_next_timer())
            now = time.monotonic()
            for key, ready in found:
                if self._watched.get(key.fileobj) is key:
                    self._call(key.data, ready)
""",
            ),
            Edit(DUE, DUE.removeprefix(NOW)),
        ),
    ),
    Unusual(
        "sleeps a little longer, so that the timer is surely due",
        old=UNTIL,
        new=UNTIL.replace("time.monotonic())", "time.monotonic() + 0.001)"),
    ),
    Unusual(
        "numbers the timers by itself",
        edits=(
            Edit("next(self._count), timer)", "self._asked, timer)"),
            Edit(
                "        timer = Timer(callback)\n",
                "        timer = Timer(callback)\n        self._asked = next(self._count)\n",
            ),
        ),
    ),
    Unusual(
        "wakes the loop only for the first call that waits",
        old=HAND_OVER,
        new="""        self._from_threads.append(callback)
        if len(self._from_threads) == 1:
            self._wake_up()
""",
    ),
    Unusual(
        "looks at the flag at the end of a round",
        edits=(
            Edit(WHILE, "        while True:\n"),
            Edit(DUE, f"{DUE}            if self._stopped:\n                return\n"),
        ),
    ),
    Unusual(
        "wakes the loop with its own send()",
        old=HAND_OVER,
        new="""        self._from_threads.extend([callback])
        try:
            self._waker.send(b"now")
        except BlockingIOError:
            pass
""",
    ),
)
