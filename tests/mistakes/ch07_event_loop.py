"""Wrong answers to chapter 7 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

SELECT = """            for key, ready in self._selector.select(self._until_next_timer()):
                if self._watched.get(key.fileobj) is key:
                    self._call(key.data, ready)
"""
TRY_CALL = """        try:
            callback(*arguments)
        except Exception:
            logging.exception("a callback failed")
"""
DUE = """            while self._timers and self._timers[0][0] <= now:
                _when, _count, timer = heapq.heappop(self._timers)
                if not timer.cancelled:
"""
MISTAKES = (
    Mistake(
        "M49",
        "goes round all sockets, ready or not",
        "test_ready_socket_is_called_for",
        old=SELECT,
        new="            for key in list(self._watched.values()):\n"
        "                if key.fileobj is not self._wake:\n"
        "                    self._call(key.data, READ)\n",
    ),
    Mistake(
        "X55",
        "registers a socket a second time",
        "test_second_watch_takes_the_place_of_the_first",
        old="self._selector.modify if sock in self._watched else self._selector.register",
        new="self._selector.register",
    ),
    Mistake(
        "X55",
        "ignores a second watch",
        "test_second_watch_takes_the_place_of_the_first",
        old="        change = self._selector.modify",
        new="        if sock in self._watched:\n            return\n"
        "        change = self._selector.modify",
    ),
    Mistake(
        "X50",
        "calls a callback that was replaced in this round",
        "test_forgotten_socket_is_not_called_for",
        old="if self._watched.get(key.fileobj) is key:",
        new="if key.fileobj in self._watched:",
    ),
    Mistake(
        "X55",
        "tells what was watched for, not what is ready",
        "test_second_watch_takes_the_place_of_the_first",
        old="self._call(key.data, ready)",
        new="self._call(key.data, key.events)",
    ),
    Mistake(
        "X50",
        "calls for whatever select() has named",
        "test_forgotten_socket_is_not_called_for",
        old="                if self._watched.get(key.fileobj) is key:\n",
        new="                if key:\n",
    ),
    Mistake(
        "X50",
        "looks for the number, which a new socket may have got",
        "test_forgotten_socket_is_not_called_for",
        edits=(
            Edit(
                old="        change = self._selector.modify if sock in self._watched else "
                "self._selector.register\n        self._watched[sock] =",
                new="        change = self._selector.modify if sock.fileno() in self._watched else "
                "self._selector.register\n        self._watched[sock.fileno()] =",
            ),
            Edit(old="self._watched.pop(sock, None)", new="self._watched.pop(sock.fileno(), None)"),
            Edit(
                old="                if self._watched.get(key.fileobj) is key:\n",
                new="                if key := self._watched.get(key.fd):\n",
            ),
        ),
    ),
    Mistake(
        "M33",
        "lets an error out of the loop",
        "test_error_in_a_callback_ends_nothing",
        old=TRY_CALL,
        new="        callback(*arguments)\n",
    ),
    Mistake(
        "M33",
        "hides errors",
        "test_error_in_a_callback_ends_nothing",
        old='            logging.exception("a callback failed")\n',
        new="            pass\n",
    ),
    Mistake(
        "X331",
        "catches what is meant for the loop itself",
        "test_error_in_a_callback_ends_nothing",
        old=TRY_CALL,
        new=TRY_CALL.replace("except Exception", "except BaseException"),
    ),
    Mistake(
        "",
        "ends in the middle of a round",
        "test_stop_wakes_the_loop_up",
        old="                if self._watched.get(key.fileobj) is key:\n",
        new="                if self._stopped:\n                    break\n"
        "                if self._watched.get(key.fileobj) is key:\n",
    ),
    Mistake(
        "X330",
        "run() sets the flag back",
        "test_stop_wakes_the_loop_up",
        old="        while not self._stopped:\n",
        new="        self._stopped = False\n        while not self._stopped:\n",
    ),
    Mistake(
        "X57",
        "keeps the calls in the order of asking",
        "test_calls_are_made_in_order",
        edits=(
            Edit(
                old="heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), "
                "timer))",
                new="self._timers.append((time.monotonic() + seconds, next(self._count), timer))",
            ),
            Edit(
                old="                _when, _count, timer = heapq.heappop(self._timers)\n",
                new="                _when, _count, timer = self._timers.pop(0)\n",
            ),
        ),
    ),
    Mistake(
        "X52",
        "makes the calls of one time in the wrong order",
        "test_calls_are_made_in_order",
        old="seconds, next(self._count), timer)",
        new="seconds, -next(self._count), timer)",
    ),
    Mistake(
        "X52",
        "compares timers when two times are the same",
        "test_calls_are_made_in_order",
        edits=(
            Edit(
                old="(time.monotonic() + seconds, next(self._count), timer)",
                new="(time.monotonic() + seconds, timer)",
            ),
            Edit(old="_when, _count, timer = heapq", new="_when, timer = heapq"),
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
        "looks for cancelled calls before the first of them is made",
        "test_cancelled_call_is_not_made",
        old=DUE,
        new="            due = []\n"
        "            while self._timers and self._timers[0][0] <= now:\n"
        "                due.append(heapq.heappop(self._timers)[2])\n"
        "            for timer in [timer for timer in due if not timer.cancelled]:\n"
        "                if timer:\n",
    ),
    Mistake(
        "X53",
        "makes calls until none is due",
        "test_calls_leave_the_sockets_their_turn",
        old="self._timers[0][0] <= now:",
        new="self._timers[0][0] <= time.monotonic():",
    ),
    Mistake(
        "M33",
        "guards the sockets' callbacks only",
        "test_calls_leave_the_sockets_their_turn",
        old="                    self._call(timer.callback)\n",
        new="                    timer.callback()\n",
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
)
