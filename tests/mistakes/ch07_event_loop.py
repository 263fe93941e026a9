"""Wrong answers to chapter 7 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

WATCH = """        change = self._selector.modify if sock in self._watched else self._selector.register
        self._watched[sock] = change(sock, events, callback)
"""
REGISTER = "self._selector.modify if sock in self._watched else self._selector.register"
FORGET = """        if self._watched.pop(sock, None):
            self._selector.unregister(sock)
"""
LATER = """        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer))
        return timer
"""
PUSH = "heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer))"
STILL = "                if self._watched.get(key.fileobj) is key:\n"
SELECT = f"""            for key, ready in self._selector.select(self._until_next_timer()):
{STILL}                    self._call(key.data, ready)
"""
DUE = """            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
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
BY_NUMBER = (
    Edit(
        old=WATCH,
        new=WATCH.replace("sock in", "sock.fileno() in").replace("[sock]", "[sock.fileno()]"),
    ),
    Edit(old="self._watched.pop(sock, None)", new="self._watched.pop(sock.fileno(), None)"),
)

MISTAKES = (
    Mistake(
        "X670",
        "looks between the sockets and the timers whether stop() was called",
        "test_all_timers_that_are_due_are_called",
        old="            now = time.monotonic()\n            while self._timers",
        new="            if self._stopped:\n                break\n"
        "            now = time.monotonic()\n            while self._timers",
    ),
    # Task 1
    Mistake(
        "M49",
        "asks all sockets in turn, ready or not",
        "test_ready_socket_is_called_for",
        old=SELECT,
        new="            for key in list(self._watched.values()):\n"
        "                if key.fileobj is not self._wake:\n"
        "                    self._call(key.data, READ)\n",
    ),
    Mistake(
        "",
        "never looks whether stop() was called",
        "test_ready_socket_is_called_for",
        old="        while not self._stopped:\n",
        new="        while True:\n",
    ),
    Mistake(
        "X640",
        "passes on what was watched for, not what is ready",
        "test_callback_learns_what_is_ready",
        old="self._call(key.data, ready)",
        new="self._call(key.data, key.events)",
    ),
    Mistake(
        "X640",
        "passes on READ, whatever is ready",
        "test_callback_learns_what_is_ready",
        old="self._call(key.data, ready)",
        new="self._call(key.data, READ)",
    ),
    Mistake(
        "X641",
        "always watches for both",
        "test_ready_socket_is_called_for",
        old="change(sock, events, callback)",
        new="change(sock, READ | WRITE, callback)",
    ),
    Mistake(
        "X642",
        "serves the first of the list only",
        "test_every_ready_socket_is_called_for_each_time",
        old="self._selector.select(self._until_next_timer()):",
        new="self._selector.select(self._until_next_timer())[:1]:",
    ),
    Mistake(
        "X642",
        "unregisters a socket after its call",
        "test_every_ready_socket_is_called_for_each_time",
        old="                    self._call(key.data, ready)\n",
        new="                    self._call(key.data, ready)\n"
        "                    if self._watched.get(key.fileobj) is key:\n"
        "                        self.forget(key.fileobj)\n",
    ),
    Mistake(
        "X642",
        "returns after one round",
        "test_every_ready_socket_is_called_for_each_time",
        old="        while not self._stopped:\n",
        new="        if not self._stopped:\n",
    ),
    Mistake(
        "M33",
        "lets an error out of the loop",
        "test_error_in_a_callback_is_logged",
        old=TRY_CALL,
        new="        callback(*arguments)\n",
    ),
    Mistake(
        "X622",
        "one try around all the calls of a round",
        "test_error_in_a_callback_is_logged",
        edits=(
            Edit(old=TRY_CALL, new="        callback(*arguments)\n"),
            Edit(
                old="        while not self._stopped:\n" + SELECT + DUE,
                new="        try:\n            while not self._stopped:\n"
                + "".join(f"    {line}\n" for line in (SELECT + DUE).splitlines())
                + "        except Exception:\n"
                '            logging.exception("a callback failed")\n',
            ),
        ),
    ),
    Mistake(
        "X673",
        "one try around the sockets' calls of a round",
        "test_error_in_a_callback_is_logged",
        old=SELECT,
        new="""            found = self._selector.select(self._until_next_timer())
            try:
                for key, ready in found:
                    if self._watched.get(key.fileobj) is key:
                        key.data(ready)
            except Exception:
                logging.exception("a callback failed")
""",
    ),
    Mistake(
        "X674",
        "forgets a socket whose callback has failed",
        "test_error_in_a_callback_is_logged",
        old=SELECT,
        new="""            for key, ready in self._selector.select(self._until_next_timer()):
                if self._watched.get(key.fileobj) is key:
                    try:
                        key.data(ready)
                    except Exception:
                        logging.exception("a callback failed")
                        self.forget(key.fileobj)
""",
    ),
    Mistake(
        "X675",
        "makes a call for READ and another for WRITE",
        "test_callback_learns_what_is_ready",
        old="                    self._call(key.data, ready)\n",
        new="                    for event in (READ, WRITE):\n"
        "                        if ready & event:\n"
        "                            self._call(key.data, event)\n",
    ),
    Mistake(
        "X530",
        "hides errors",
        "test_error_in_a_callback_is_logged",
        old='            logging.exception("a callback failed")\n',
        new="            pass\n",
    ),
    Mistake(
        "X530",
        "logs the error without its traceback",
        "test_error_in_a_callback_is_logged",
        old='        except Exception:\n            logging.exception("a callback failed")\n',
        new="        except Exception as error:\n"
        '            logging.error("a callback failed: %s", error)\n',
    ),
    Mistake(
        "X331",
        "catches what is meant for the program",
        "test_ctrl_c_ends_the_loop",
        old=TRY_CALL,
        new=TRY_CALL.replace("except Exception", "except BaseException"),
    ),
    Mistake(
        "X331",
        "a bare except",
        "test_ctrl_c_ends_the_loop",
        old=TRY_CALL,
        new=TRY_CALL.replace("except Exception", "except"),
    ),
    Mistake(
        "",
        "returns at Ctrl-C, without the error",
        "test_ctrl_c_ends_the_loop",
        edits=(
            Edit(
                old="        while not self._stopped:\n" + SELECT + DUE,
                new="        try:\n            while not self._stopped:\n"
                + "".join(f"    {line}\n" for line in (SELECT + DUE).splitlines())
                + "        except (KeyboardInterrupt, SystemExit):\n"
                "            return\n",
            ),
        ),
    ),
    Mistake(
        "X670",
        "stops in the middle of a round",
        "test_stop_ends_the_loop",
        old=STILL,
        new="                if self._stopped:\n                    break\n" + STILL,
    ),
    Mistake(
        "X670",
        "breaks after the callback that has called stop()",
        "test_stop_ends_the_loop",
        old="                    self._call(key.data, ready)\n",
        new="                    self._call(key.data, ready)\n"
        "                if self._stopped:\n                    break\n",
    ),
    Mistake(
        "X330",
        "run() sets the flag back",
        "test_stop_ends_the_loop",
        old="        while not self._stopped:\n",
        new="        self._stopped = False\n        while not self._stopped:\n",
    ),
    Mistake(
        "X54",
        "looks round every 20 milliseconds",
        "test_idle_loop_sleeps",
        old="self._selector.select(self._until_next_timer())",
        new="self._selector.select(0.02)",
    ),
    Mistake(
        "X54",
        "never sleeps",
        "test_idle_loop_sleeps",
        old="self._selector.select(self._until_next_timer())",
        new="self._selector.select(0)",
    ),
    Mistake(
        "X54",
        "looks round every second when there is no timer",
        "test_idle_loop_sleeps",
        old=UNTIL,
        new=UNTIL.replace("else None", "else 1.0"),
    ),
    # Task 2
    Mistake(
        "X55",
        "registers a socket a second time",
        "test_second_watch_replaces_the_first",
        old=REGISTER,
        new="self._selector.register",
    ),
    Mistake(
        "",
        "ignores a second watch",
        "test_second_watch_replaces_the_first",
        old="        change = self._selector.modify",
        new="        if sock in self._watched:\n            return\n"
        "        change = self._selector.modify",
    ),
    Mistake(
        "X672",
        "calls a callback that was replaced in this round",
        "test_second_watch_replaces_the_first",
        old=STILL,
        new="                if key.fileobj in self._watched:\n",
    ),
    Mistake(
        "X671",
        "keeps the old key when it modifies",
        "test_second_watch_replaces_the_first",
        old=WATCH,
        new="        if sock in self._watched:\n"
        "            self._selector.modify(sock, events, callback)\n"
        "        else:\n"
        "            self._watched[sock] = self._selector.register(sock, events, callback)\n",
    ),
    Mistake(
        "X55",
        "adds the new events to the old ones",
        "test_second_watch_replaces_the_first",
        old="        change = self._selector.modify",
        new="        if sock in self._watched:\n"
        "            events |= self._watched[sock].events\n"
        "        change = self._selector.modify",
    ),
    Mistake(
        "",
        "a second watch changes the callback only",
        "test_second_watch_replaces_the_first",
        old="        change = self._selector.modify",
        new="        if sock in self._watched:\n"
        "            events = self._watched[sock].events\n"
        "        change = self._selector.modify",
    ),
    Mistake(
        "",
        "a second watch changes the events only",
        "test_second_watch_replaces_the_first",
        old="        change = self._selector.modify",
        new="        if sock in self._watched:\n"
        "            callback = self._watched[sock].data\n"
        "        change = self._selector.modify",
    ),
    Mistake(
        "X672",
        "calls the present callback for an event of the old registration",
        "test_second_watch_replaces_the_first",
        edits=(
            Edit(old=STILL, new="                if present := self._watched.get(key.fileobj):\n"),
            Edit(old="self._call(key.data, ready)", new="self._call(present.data, ready)"),
        ),
    ),
    Mistake(
        "X50",
        "calls for whatever select() has named",
        "test_second_watch_replaces_the_first",
        old=STILL,
        new="                if key:\n",
    ),
    Mistake(
        "X672",
        "looks for the socket only, not for its registration",
        "test_second_watch_replaces_the_first",
        old=SELECT,
        new="""            for key, ready in self._selector.select(self._until_next_timer()):
                if key.fileobj in self._watched and key.fileobj.fileno() != -1:
                    self._call(key.data, ready)
""",
    ),
    Mistake(
        "X672",
        "calls the present callback of the socket with this number",
        "test_second_watch_replaces_the_first",
        edits=(
            *BY_NUMBER,
            Edit(old=STILL, new="                if key := self._watched.get(key.fd):\n"),
        ),
    ),
    Mistake(
        "X50",
        "compares the number and the events, which a new socket may share",
        "test_forgotten_socket_is_not_called_for",
        edits=(
            *BY_NUMBER,
            Edit(
                old=SELECT,
                new="""            for key, ready in self._selector.select(self._until_next_timer()):
                present = self._watched.get(key.fd)
                if present and present.events == key.events:
                    self._call(present.data, ready)
""",
            ),
        ),
    ),
    Mistake(
        "X643",
        "closes what it forgets",
        "test_forget_only_forgets",
        old=FORGET,
        new=FORGET + "            sock.close()\n",
    ),
    Mistake(
        "",
        "forgets it in the selector, and keeps the key",
        "test_forgotten_socket_is_not_called_for",
        old=FORGET,
        new="        if sock in self._watched:\n            self._selector.unregister(sock)\n",
    ),
    Mistake(
        "X644",
        "raises KeyError for a socket that is not watched",
        "test_forget_only_forgets",
        old=FORGET,
        new="        self._selector.unregister(sock)\n        del self._watched[sock]\n",
    ),
    Mistake(
        "",
        "leaves the key in the dictionary",
        "test_forget_only_forgets",
        old=FORGET,
        new="        if sock in self._watched:\n"
        "            self._watched[sock] = None\n"
        "            with suppress(KeyError):\n"
        "                self._selector.unregister(sock)\n",
    ),
    Mistake(
        "",
        "does not tell the selector",
        "test_forgotten_socket_is_not_called_for",
        old=FORGET,
        new="        self._watched.pop(sock, None)\n",
    ),
    # Task 3
    Mistake(
        "",
        "keeps the calls in the order of asking",
        "test_sleeps_until_the_next_timer",
        edits=(
            Edit(
                old=PUSH, new=PUSH.replace("heapq.heappush(self._timers, ", "self._timers.append(")
            ),
            Edit(old="heapq.heappop(self._timers)", new="self._timers.pop(0)"),
        ),
    ),
    Mistake(
        "X57",
        "sleeps until the earliest, and keeps the calls in the order of asking",
        "test_calls_are_made_in_order",
        edits=(
            Edit(
                old=PUSH, new=PUSH.replace("heapq.heappush(self._timers, ", "self._timers.append(")
            ),
            Edit(old=UNTIL, new=UNTIL.replace("self._timers[0][0]", "min(self._timers)[0]")),
            Edit(old="heapq.heappop(self._timers)", new="self._timers.pop(0)"),
        ),
    ),
    Mistake(
        "",
        "takes the calls out of the heap with pop(0)",
        "test_calls_are_made_in_order",
        old="heapq.heappop(self._timers)",
        new="self._timers.pop(0)",
    ),
    Mistake(
        "",
        "makes the calls that are due in the order of the heap's list",
        "test_calls_are_made_in_order",
        old=DUE,
        new="""            now = time.monotonic()
            for entry in [each for each in self._timers if each[0] <= now]:
                self._timers.remove(entry)
                heapq.heapify(self._timers)
                if not entry[2].cancelled:
                    self._call(entry[2].callback)
""",
    ),
    Mistake(
        "",
        "pops the last of the heap, due or not",
        "test_calls_are_made_in_order",
        old="heapq.heappop(self._timers)",
        new="self._timers.pop()",
    ),
    Mistake(
        "",
        "adds to time.time(), and takes away time.monotonic()",
        "test_sleeps_until_the_next_timer",
        old=PUSH,
        new=PUSH.replace("monotonic", "time"),
    ),
    Mistake(
        "",
        "adds to time.monotonic(), and takes away time.time()",
        "test_sleeps_until_the_next_timer",
        old=UNTIL,
        new=UNTIL.replace("monotonic", "time"),
    ),
    Mistake(
        "",
        "calls what is due by another clock: too early",
        "test_sleeps_until_the_next_timer",
        old="            now = time.monotonic()\n",
        new="            now = time.time()\n",
    ),
    Mistake(
        "",
        "calls what is due by another clock: never",
        "test_calls_are_made_in_order",
        edits=(
            Edit(old=PUSH, new=PUSH.replace("monotonic", "time")),
            Edit(old=UNTIL, new=UNTIL.replace("monotonic", "time")),
        ),
    ),
    Mistake(
        "X52",
        "makes the calls of one time in the wrong order",
        "test_calls_are_made_in_order",
        old="next(self._count), timer)",
        new="-next(self._count), timer)",
    ),
    Mistake(
        "X52",
        "compares timers when two times are the same",
        "test_calls_are_made_in_order",
        edits=(
            Edit(old="next(self._count), timer)", new="timer)"),
            Edit(old="_when, _number, timer = heapq", new="_when, timer = heapq"),
        ),
    ),
    Mistake(
        "",
        "makes all calls in the next round, due or not",
        "test_sleeps_until_the_next_timer",
        old="            while self._timers and self._timers[0][0] <= now:\n",
        new="            while self._timers and now:\n",
    ),
    Mistake(
        "",
        "leaves a call in the heap when it is made",
        "test_calls_are_made_in_order",
        old=DUE,
        new="""            now = time.monotonic()
            for when, _number, timer in sorted(self._timers, key=lambda entry: entry[:2]):
                if when <= now and not timer.cancelled:
                    self._call(timer.callback)
""",
    ),
    Mistake(
        "",
        "does not return the timer",
        "test_calls_are_made_in_order",
        old="        return timer\n",
        new="",
    ),
    Mistake(
        "X645",
        "sleeps without end",
        "test_sleeps_until_the_next_timer",
        old="self._selector.select(self._until_next_timer())",
        new="self._selector.select()",
    ),
    Mistake(
        "",
        "looks whether the last of the heap is due",
        "test_calls_are_made_in_order",
        old="while self._timers and self._timers[0][0] <= now",
        new="while self._timers and self._timers[-1][0] <= now",
    ),
    Mistake(
        "",
        "the timer that was asked for first decides how long it sleeps",
        "test_sleeps_until_the_next_timer",
        old=UNTIL,
        new="""        if not self._timers:
            return None
        first = min(self._timers, key=lambda entry: entry[1])
        return max(0.0, first[0] - time.monotonic())
""",
    ),
    Mistake(
        "",
        "the last timer in the heap decides how long it sleeps",
        "test_sleeps_until_the_next_timer",
        old=UNTIL,
        new=UNTIL.replace("self._timers[0][0] -", "self._timers[-1][0] -"),
    ),
    Mistake(
        "X54",
        "looks round every 20 milliseconds while a timer waits",
        "test_sleeps_until_the_next_timer",
        old=UNTIL,
        new=UNTIL.replace(
            "max(0.0, self._timers[0][0] - time.monotonic())",
            "min(0.02, max(0.0, self._timers[0][0] - time.monotonic()))",
        ),
    ),
    Mistake(
        "",
        "sleeps for full seconds, and not at all in the last one",
        "test_sleeps_until_the_next_timer",
        old=UNTIL,
        new=UNTIL.replace("max(0.0, ", "max(0, int(").replace("monotonic())", "monotonic()))"),
    ),
    Mistake(
        "",
        "works out once how long to sleep",
        "test_sleeps_until_the_next_timer",
        edits=(
            Edit(
                old="        while not self._stopped:\n",
                new="        timeout = self._until_next_timer()\n        while not self._stopped:\n",
            ),
            Edit(old="select(self._until_next_timer())", new="select(timeout)"),
        ),
    ),
    Mistake(
        "X56",
        "makes cancelled calls",
        "test_cancelled_call_is_not_made",
        old="                if not timer.cancelled:\n",
        new="                if timer:\n",
    ),
    Mistake(
        "X56",
        "sorts out cancelled calls before the first of them is made",
        "test_cancelled_call_is_not_made",
        old=DUE,
        new="""            now = time.monotonic()
            due = []
            while self._timers and self._timers[0][0] <= now:
                due.append(heapq.heappop(self._timers)[2])
            for timer in [timer for timer in due if not timer.cancelled]:
                self._call(timer.callback)
""",
    ),
    Mistake(
        "X53",
        "makes calls until none is due",
        "test_timers_and_sockets_take_turns",
        old="self._timers[0][0] <= now:",
        new="self._timers[0][0] <= time.monotonic():",
    ),
    Mistake(
        "X646",
        "makes calls only when no socket is ready",
        "test_timers_and_sockets_take_turns",
        old=SELECT + "            now = time.monotonic()\n",
        new="""            found = self._selector.select(self._until_next_timer())
            for key, ready in found:
                if self._watched.get(key.fileobj) is key:
                    self._call(key.data, ready)
            now = time.monotonic() if not found else 0.0
""",
    ),
    Mistake(
        "",
        "calls the timers before the sockets",
        "test_timers_and_sockets_take_turns",
        old=SELECT + DUE,
        new=f"            found = self._selector.select(self._until_next_timer())\n{DUE}"
        + SELECT.replace("self._selector.select(self._until_next_timer())", "found"),
    ),
    Mistake(
        "X642",
        "calls one timer a round",
        "test_all_timers_that_are_due_are_called",
        old="            while self._timers and self._timers[0][0] <= now:\n",
        new="            if self._timers and self._timers[0][0] <= now:\n",
    ),
    Mistake(
        "X670",
        "stops between two timers",
        "test_all_timers_that_are_due_are_called",
        old="            while self._timers and self._timers[0][0] <= now:\n",
        new="            while self._timers and self._timers[0][0] <= now and not self._stopped:\n",
    ),
    Mistake(
        "M33",
        "guards the sockets' callbacks only",
        "test_error_in_a_timer_is_logged",
        old="                    self._call(timer.callback)\n",
        new="                    timer.callback()\n",
    ),
    Mistake(
        "X673",
        "one try around all the timers of a round",
        "test_error_in_a_timer_is_logged",
        old=DUE,
        new="""            now = time.monotonic()
            try:
                while self._timers and self._timers[0][0] <= now:
                    _when, _number, timer = heapq.heappop(self._timers)
                    if not timer.cancelled:
                        timer.callback()
            except Exception:
                logging.exception("a callback failed")
""",
    ),
    Mistake(
        "X530",
        "logs a timer's error without its traceback",
        "test_error_in_a_timer_is_logged",
        old="                    self._call(timer.callback)\n",
        new="                    try:\n"
        "                        timer.callback()\n"
        "                    except Exception as error:\n"
        '                        logging.error("a timer failed: %s", error)\n',
    ),
    Mistake(
        "X647",
        "time.time()",
        "test_setting_the_clock_changes_nothing",
        edits=(
            Edit(old=PUSH, new=PUSH.replace("monotonic", "time")),
            Edit(old="            now = time.monotonic()\n", new="            now = time.time()\n"),
            Edit(old=UNTIL, new=UNTIL.replace("monotonic", "time")),
        ),
    ),
    # Task 4
    Mistake(
        "X648",
        "does not wake the loop",
        "test_call_from_a_thread_wakes_the_loop",
        old=HAND_OVER,
        new="        self._from_threads.append(callback)\n",
    ),
    Mistake(
        "X648",
        "asks for a timer, which the sleeping loop does not see",
        "test_call_from_a_thread_wakes_the_loop",
        old=HAND_OVER,
        new="        self.call_later(0, callback)\n",
    ),
    Mistake(
        "X649",
        "wakes the loop, then puts the call there",
        "test_call_from_a_thread_wakes_the_loop",
        old=HAND_OVER,
        new="        self._wake_up()\n        self._from_threads.append(callback)\n",
    ),
    Mistake(
        "X650",
        "puts a timer onto the loop's heap, and wakes the loop",
        "test_call_from_a_thread_wakes_the_loop",
        old=HAND_OVER,
        new="        self.call_later(0, callback)\n        self._wake_up()\n",
    ),
    Mistake(
        "X650",
        "makes the call itself",
        "test_call_from_a_thread_wakes_the_loop",
        old=HAND_OVER,
        new="        callback()\n",
    ),
    Mistake(
        "",
        "puts each call before the others",
        "test_calls_from_threads_keep_their_order",
        old="        self._from_threads.append(callback)\n",
        new="        self._from_threads.appendleft(callback)\n",
    ),
    Mistake(
        "",
        "keeps one call only",
        "test_calls_from_threads_keep_their_order",
        old="        self._from_threads.append(callback)\n",
        new="        self._from_threads.clear()\n        self._from_threads.append(callback)\n",
    ),
    Mistake(
        "",
        "serves sixteen sockets a round at most",
        "test_every_ready_socket_is_called_for_each_time",
        old="self._selector.select(self._until_next_timer()):",
        new="self._selector.select(self._until_next_timer())[:16]:",
    ),
    Mistake(
        "",
        "makes one call for each callback, not for each socket",
        "test_every_ready_socket_is_called_for_each_time",
        old=SELECT,
        new="            done: list[object] = []\n"
        + SELECT.replace(" is key:\n", " is key and key.data not in done:\n").replace(
            "                    self._call",
            "                    done.append(key.data)\n                    self._call",
        ),
    ),
    Mistake(
        "",
        "catches the errors that somebody has thought of",
        "test_error_in_a_callback_is_logged",
        old=TRY_CALL,
        new=TRY_CALL.replace("Exception:", "(KeyError, OSError, ValueError):"),
    ),
    Mistake(
        "X674",
        "forgets a socket whose callback has failed three times",
        "test_error_in_a_callback_is_logged",
        old=SELECT,
        new="""            for key, ready in self._selector.select(self._until_next_timer()):
                if self._watched.get(key.fileobj) is key:
                    try:
                        key.data(ready)
                    except Exception:
                        logging.exception("a callback failed")
                        self._failed = getattr(self, "_failed", {})
                        self._failed[key] = self._failed.get(key, 0) + 1
                        if self._failed[key] == 3:
                            self.forget(key.fileobj)
""",
    ),
    Mistake(
        "",
        "returns at a Ctrl-C that comes while it sleeps",
        "test_ctrl_c_ends_the_loop",
        old=SELECT,
        new="""            try:
                found = self._selector.select(self._until_next_timer())
            except KeyboardInterrupt:
                return
"""
        + SELECT.replace("self._selector.select(self._until_next_timer())", "found"),
    ),
    Mistake(
        "X330",
        "sets the flag back when it returns",
        "test_stop_ends_the_loop",
        old=DUE,
        new=f"{DUE}        self._stopped = False\n",
    ),
    Mistake(
        "",
        "compares callbacks, not registrations",
        "test_second_watch_replaces_the_first",
        old=STILL,
        new="                current = self._watched.get(key.fileobj)\n"
        "                if current and current.data == key.data:\n",
    ),
    Mistake(
        "",
        "ignores new events if the callback is the same",
        "test_second_watch_replaces_the_first",
        old=WATCH,
        new="        if sock in self._watched and self._watched[sock].data == callback:\n"
        f"            return\n{WATCH}",
    ),
    Mistake(
        "",
        "gives up the round when a callback has forgotten a socket",
        "test_forget_only_forgets",
        old=SELECT,
        new=f"            watched = len(self._watched)\n{SELECT}"
        "                if len(self._watched) < watched:\n                    break\n",
    ),
    Mistake(
        "",
        "sleeps for a twentieth of a second at least",
        "test_sleeps_until_the_next_timer",
        old=UNTIL,
        new=UNTIL.replace("max(0.0, ", "max(0.05, "),
    ),
    Mistake(
        "X54",
        "looks round every 30 seconds",
        "test_sleeps_until_the_next_timer",
        old=UNTIL,
        new=UNTIL.replace(
            "max(0.0, self._timers[0][0] - time.monotonic())",
            "min(30.0, max(0.0, self._timers[0][0] - time.monotonic()))",
        ),
    ),
    Mistake(
        "",
        "calls sixteen timers a round at most",
        "test_all_timers_that_are_due_are_called",
        old="            while self._timers and self._timers[0][0] <= now:\n",
        new="            for _ in range(16):\n"
        "                if not self._timers or self._timers[0][0] > now:\n"
        "                    break\n",
    ),
    Mistake(
        "",
        "ends the round at a cancelled timer",
        "test_all_timers_that_are_due_are_called",
        old="                if not timer.cancelled:\n                    self._call(timer.callback)\n",
        new="                if timer.cancelled:\n                    break\n"
        "                self._call(timer.callback)\n",
    ),
    Mistake(
        "X53",
        "calls as many timers as there were, and looks at the clock for each",
        "test_timers_and_sockets_take_turns",
        old=DUE,
        new="""            for _ in range(len(self._timers)):
                if self._timers[0][0] > time.monotonic():
                    break
                _when, _number, timer = heapq.heappop(self._timers)
                if not timer.cancelled:
                    self._call(timer.callback)
""",
    ),
    Mistake(
        "X331",
        "catches sys.exit() in a timer's call",
        "test_error_in_a_timer_is_logged",
        old="                    self._call(timer.callback)\n",
        new="                    try:\n"
        "                        timer.callback()\n"
        "                    except BaseException:\n"
        '                        logging.exception("a timer failed")\n',
    ),
    Mistake(
        "",
        "does not add a callback that waits already",
        "test_calls_from_threads_keep_their_order",
        old="        self._from_threads.append(callback)\n",
        new="        if callback not in self._from_threads:\n"
        "            self._from_threads.append(callback)\n",
    ),
    Mistake(
        "",
        "makes the call at once in the loop's own thread",
        "test_loops_own_thread_may_ask",
        edits=(
            Edit(
                old="        while not self._stopped:\n",
                new="        self._own = threading.get_ident()\n        while not self._stopped:\n",
            ),
            Edit(
                old=HAND_OVER,
                new="        if getattr(self, '_own', None) == threading.get_ident():\n"
                f"            return self._call(callback)\n{HAND_OVER}",
            ),
        ),
    ),
    Mistake(
        "X648",
        "wakes the loop only from another thread",
        "test_loops_own_thread_may_ask",
        edits=(
            Edit(
                old="        while not self._stopped:\n",
                new="        self._own = threading.get_ident()\n        while not self._stopped:\n",
            ),
            Edit(
                old=HAND_OVER,
                new=HAND_OVER.replace(
                    "        self._wake",
                    "        if getattr(self, '_own', None) != threading.get_ident():\n"
                    "            self._wake",
                ),
            ),
        ),
    ),
    Mistake(
        "X52",
        "numbers the timers by the length of the heap",
        "test_calls_are_made_in_order",
        old="next(self._count), timer)",
        new="len(self._timers), timer)",
    ),
    Mistake(
        "X650",
        "puts another deque in the place of the one that threads share",
        "test_calls_from_threads_keep_their_order",
        old="        self._from_threads.append(callback)\n",
        new="        self._from_threads = deque([*self._from_threads, callback])\n",
    ),
)
