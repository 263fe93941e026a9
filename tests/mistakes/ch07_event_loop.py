"""Wrong answers to chapter 7 that its promises must catch."""

from course.maintain.mistakes import Mistake

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
WRITE = """        if not self.output:
            try:
                sent = self.sock.send(data)
            except OSError:  # no room, or broken: the loop finds out which
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self.output += data
        self.update()
"""
HALF_CLOSE = """        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        self.loop.call_later(LINGER, self.abort)
"""
CLOSE = """        if not self.closing:
            self.closing = True
            self.update()
"""
DELIVER = """        if self.conn.waiting > SLOW:
            self.conn.abort()
        else:
            self.conn.write(f"{line}\\n".encode())
"""

MISTAKES = (
    Mistake(
        "M49",
        "goes round all sockets, ready or not",
        "test_ready_socket_is_called_for",
        (
            (
                SELECT,
                "            for key in list(self._watched.values()):\n"
                "                if key.fileobj is not self._wake:\n"
                "                    self._call(key.data, READ)\n",
            ),
        ),
    ),
    Mistake(
        "X55",
        "registers a socket a second time",
        "test_second_watch_takes_the_place_of_the_first",
        (
            (
                "self._selector.modify if sock in self._watched else self._selector.register",
                "self._selector.register",
            ),
        ),
    ),
    Mistake(
        "X55",
        "ignores a second watch",
        "test_second_watch_takes_the_place_of_the_first",
        (
            (
                "        change = self._selector.modify",
                "        if sock in self._watched:\n            return\n"
                "        change = self._selector.modify",
            ),
        ),
    ),
    Mistake(
        "X50",
        "calls a callback that was replaced in this round",
        "test_forgotten_socket_is_not_called_for",
        (("if self._watched.get(key.fileobj) is key:", "if key.fileobj in self._watched:"),),
    ),
    Mistake(
        "X55",
        "tells what was watched for, not what is ready",
        "test_second_watch_takes_the_place_of_the_first",
        (("self._call(key.data, ready)", "self._call(key.data, key.events)"),),
    ),
    Mistake(
        "X50",
        "calls for whatever select() has named",
        "test_forgotten_socket_is_not_called_for",
        (
            (
                "                if self._watched.get(key.fileobj) is key:\n",
                "                if key:\n",
            ),
        ),
    ),
    Mistake(
        "X50",
        "looks for the number, which a new socket may have got",
        "test_forgotten_socket_is_not_called_for",
        (
            (
                "        change = self._selector.modify if sock in self._watched else "
                "self._selector.register\n        self._watched[sock] =",
                "        change = self._selector.modify if sock.fileno() in self._watched else "
                "self._selector.register\n        self._watched[sock.fileno()] =",
            ),
            ("self._watched.pop(sock, None)", "self._watched.pop(sock.fileno(), None)"),
            (
                "                if self._watched.get(key.fileobj) is key:\n",
                "                if key := self._watched.get(key.fd):\n",
            ),
        ),
    ),
    Mistake(
        "M33",
        "lets an error out of the loop",
        "test_error_in_a_callback_ends_nothing",
        ((TRY_CALL, "        callback(*arguments)\n"),),
    ),
    Mistake(
        "M33",
        "hides errors",
        "test_error_in_a_callback_ends_nothing",
        (('            logging.exception("a callback failed")\n', "            pass\n"),),
    ),
    Mistake(
        "X331",
        "catches what is meant for the loop itself",
        "test_error_in_a_callback_ends_nothing",
        (
            (
                TRY_CALL,
                TRY_CALL.replace("except Exception", "except BaseException"),
            ),
        ),
    ),
    Mistake(
        "",
        "ends in the middle of a round",
        "test_stop_wakes_the_loop_up",
        (
            (
                "                if self._watched.get(key.fileobj) is key:\n",
                "                if self._stopped:\n                    break\n"
                "                if self._watched.get(key.fileobj) is key:\n",
            ),
        ),
    ),
    Mistake(
        "X330",
        "run() sets the flag back",
        "test_stop_wakes_the_loop_up",
        (
            (
                "        while not self._stopped:\n",
                "        self._stopped = False\n        while not self._stopped:\n",
            ),
        ),
    ),
    Mistake(
        "X57",
        "keeps the calls in the order of asking",
        "test_calls_are_made_in_order",
        (
            (
                "heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._count), timer))",
                "self._timers.append((time.monotonic() + seconds, next(self._count), timer))",
            ),
            (
                "                _when, _count, timer = heapq.heappop(self._timers)\n",
                "                _when, _count, timer = self._timers.pop(0)\n",
            ),
        ),
    ),
    Mistake(
        "X52",
        "makes the calls of one time in the wrong order",
        "test_calls_are_made_in_order",
        (("seconds, next(self._count), timer)", "seconds, -next(self._count), timer)"),),
    ),
    Mistake(
        "X52",
        "compares timers when two times are the same",
        "test_calls_are_made_in_order",
        (
            (
                "(time.monotonic() + seconds, next(self._count), timer)",
                "(time.monotonic() + seconds, timer)",
            ),
            ("_when, _count, timer = heapq", "_when, timer = heapq"),
        ),
    ),
    Mistake(
        "X56",
        "makes cancelled calls",
        "test_cancelled_call_is_not_made",
        (("                if not timer.cancelled:\n", "                if timer:\n"),),
    ),
    Mistake(
        "X56",
        "looks for cancelled calls before the first of them is made",
        "test_cancelled_call_is_not_made",
        (
            (
                DUE,
                "            due = []\n"
                "            while self._timers and self._timers[0][0] <= now:\n"
                "                due.append(heapq.heappop(self._timers)[2])\n"
                "            for timer in [timer for timer in due if not timer.cancelled]:\n"
                "                if timer:\n",
            ),
        ),
    ),
    Mistake(
        "X53",
        "makes calls until none is due",
        "test_calls_leave_the_sockets_their_turn",
        (("self._timers[0][0] <= now:", "self._timers[0][0] <= time.monotonic():"),),
    ),
    Mistake(
        "M33",
        "guards the sockets' callbacks only",
        "test_calls_leave_the_sockets_their_turn",
        (
            (
                "                    self._call(timer.callback)\n",
                "                    timer.callback()\n",
            ),
        ),
    ),
    Mistake(
        "X54",
        "looks round every 20 milliseconds",
        "test_idle_loop_sleeps",
        (("self._selector.select(self._until_next_timer())", "self._selector.select(0.02)"),),
    ),
    Mistake(
        "X54",
        "never sleeps",
        "test_idle_loop_sleeps",
        (("self._selector.select(self._until_next_timer())", "self._selector.select(0)"),),
    ),
    Mistake(
        "M49",
        "lets the socket block",
        "test_what_comes_goes_to_the_session",
        (
            (
                "            if ready & READ:\n                data",
                "            self.sock.setblocking(True)\n"
                "            if ready & READ:\n                data",
            ),
        ),
    ),
    Mistake(
        "X337",
        "leaves all sending to the loop",
        "test_write_never_waits",
        ((WRITE, "        self.output += data\n        self.update()\n"),),
    ),
    Mistake(
        "M06",
        "takes 'not now' for the end of the connection",
        "test_write_never_waits",
        (
            (
                "        except BlockingIOError:\n            return\n        except OSError:",
                "        except OSError:",
            ),
        ),
    ),
    Mistake(
        "M04",
        "sends what fits and forgets the rest",
        "test_write_never_waits",
        ((WRITE, "        with suppress(OSError):\n            self.sock.send(data)\n"),),
    ),
    Mistake(
        "X332",
        "sends new bytes before those that wait",
        "test_write_never_waits",
        (
            (
                "        if not self.output:\n            try:\n                sent",
                "        if True:\n            try:\n                sent",
            ),
        ),
    ),
    Mistake(
        "M06",
        "sendall() on a socket that does not block",
        "test_write_never_waits",
        ((WRITE, "        self.sock.sendall(data)\n"),),
    ),
    Mistake(
        "M50",
        "always watches for both",
        "test_idle_connection_lets_the_loop_sleep",
        (
            ("        loop.watch(sock, READ, ", "        loop.watch(sock, READ | WRITE, "),
            ("        events = WRITE if self.output else 0\n", "        events = WRITE\n"),
        ),
    ),
    Mistake(
        "M50",
        "goes on watching for WRITE when all is sent",
        "test_idle_connection_lets_the_loop_sleep",
        (("        events = WRITE if self.output else 0\n", "        events = WRITE\n"),),
    ),
    Mistake(
        "",
        "reads only while nothing is kept",
        "test_peer_that_does_not_read_is_not_read_from",
        (("if len(self.output) <= HIGH_WATER and", "if not self.output and"),),
    ),
    Mistake(
        "M08",
        "reads on, whatever is kept",
        "test_peer_that_does_not_read_is_not_read_from",
        (
            (
                "        if len(self.output) <= HIGH_WATER and not self.has_ended:\n",
                "        if not self.has_ended:\n",
            ),
        ),
    ),
    Mistake(
        "M08",
        "reads until nothing is left",
        "test_peer_that_does_not_read_is_not_read_from",
        (
            (
                "                elif not self.closing:\n"
                "                    self.tell(self.session.received, data)\n",
                "                while data and not self.closing:\n"
                "                    self.tell(self.session.received, data)\n"
                "                    data = self.sock.recv(CHUNK)\n",
            ),
        ),
    ),
    Mistake(
        "M08",
        "reads again when nothing is kept, but looks at it in write() only",
        "test_reading_goes_on_when_the_peer_reads",
        (
            (
                "                del self.output[: self.sock.send(self.output)]\n"
                "                self.update()\n",
                "                del self.output[: self.sock.send(self.output)]\n"
                "                if not self.output:\n"
                "                    self.loop.forget(self.sock)\n",
            ),
        ),
    ),
    Mistake(
        "M05",
        "asks for more after the end of the stream",
        "test_peer_that_has_finished_gets_its_answer",
        ((" and not self.has_ended:\n            events |=", ":\n            events |="),),
    ),
    Mistake(
        "M34",
        "closes in the middle of the session's last words",
        "test_peer_that_has_finished_gets_its_answer",
        (
            (
                "            if sent == len(data):\n                return\n",
                "            if sent == len(data) and self.has_ended:\n"
                "                self.abort()\n"
                "            if sent == len(data):\n                return\n",
            ),
            (
                "            self.tell(self.session.ended)\n            self.has_ended = True",
                "            self.has_ended = True\n            self.tell(self.session.ended)",
            ),
        ),
    ),
    Mistake(
        "M34",
        "closes when the peer has finished sending",
        "test_peer_that_has_finished_gets_its_answer",
        (
            (
                "                    self.end()\n                    self.update()\n",
                "                    self.end()\n                    self.abort()\n",
            ),
        ),
    ),
    Mistake(
        "M35",
        "does not close when the peer has finished",
        "test_peer_that_has_finished_gets_its_answer",
        (("        if self.has_ended:\n            self.abort()\n            return\n", ""),),
    ),
    Mistake(
        "X59",
        "tells the session of the end by itself",
        "test_peer_that_has_finished_gets_its_answer",
        (
            (
                "                    self.end()\n",
                "                    self.tell(self.session.ended)\n                    self.end()\n",
            ),
        ),
    ),
    Mistake(
        "M33",
        "catches no error of the socket when it is ready",
        "test_broken_connection_ends_once",
        (
            (
                "        except OSError:\n            self.abort()\n\n    def events",
                "\n    def events",
            ),
        ),
    ),
    Mistake(
        "M33",
        "write() raises when the connection is broken",
        "test_broken_connection_ends_once",
        (
            (
                "            except OSError:  # no room",
                "            except BlockingIOError:  # no room",
            ),
        ),
    ),
    Mistake(
        "M32",
        "closes at once",
        "test_close_sends_what_is_kept",
        ((CLOSE, "        self.abort()\n"),),
    ),
    Mistake(
        "M30",
        "closes when all is sent",
        "test_close_sends_what_is_kept",
        ((HALF_CLOSE, "        self.abort()\n"),),
    ),
    Mistake(
        "M33",
        "lets the half-close of a broken connection raise",
        "test_close_sends_what_is_kept",
        (
            (
                HALF_CLOSE,
                "        self.sock.shutdown(socket.SHUT_WR)\n"
                "        self.loop.call_later(LINGER, self.abort)\n",
            ),
        ),
    ),
    Mistake(
        "",
        "writes after close()",
        "test_close_sends_what_is_kept",
        (("        if self.closing:\n            return\n", ""),),
    ),
    Mistake(
        "X333",
        "gives the session what comes after close()",
        "test_close_sends_what_is_kept",
        (("                elif not self.closing:\n", "                else:\n"),),
    ),
    Mistake(
        "M112",
        "waits for the peer's end for ever",
        "test_close_waits_for_linger_seconds",
        (("        self.loop.call_later(LINGER, self.abort)\n", ""),),
    ),
    Mistake(
        "M32",
        "gives the peer LINGER seconds from close()",
        "test_close_waits_for_linger_seconds",
        (
            ("        self.loop.call_later(LINGER, self.abort)\n", ""),
            (CLOSE, CLOSE + "            self.loop.call_later(LINGER, self.abort)\n"),
        ),
    ),
    Mistake(
        "X59",
        "abort() tells the session by itself",
        "test_abort_closes_at_once",
        (("            self.loop.call_later(0, self.end)\n", "            self.end()\n"),),
    ),
    Mistake(
        "",
        "keeps what is written after abort()",
        "test_abort_closes_at_once",
        (
            (
                "            self.closing = True\n            self.output.clear()\n",
                "            self.output.clear()\n",
            ),
        ),
    ),
    Mistake(
        "",
        "resets, as chapter 4's abort does",
        "test_abort_closes_at_once",
        (
            ("import open_listener\n", "import abort as reset, open_listener\n"),
            (
                "            self.sock.close()\n            self.loop.call_later",
                "            reset(self.sock)\n            self.loop.call_later",
            ),
        ),
    ),
    Mistake(
        "",
        "keeps what waits when it aborts",
        "test_abort_closes_at_once",
        (("            self.output.clear()\n", ""),),
    ),
    Mistake(
        "X50",
        "closes a socket that is still watched",
        "test_abort_closes_at_once",
        (
            (
                "            self.loop.forget(self.sock)\n            self.sock.close()\n",
                "            self.sock.close()\n",
            ),
        ),
    ),
    Mistake(
        "X338",
        "leaves a session's errors to the loop",
        "test_session_error_ends_its_connection",
        (("self.tell(self.session.received, data)", "self.session.received(data)"),),
    ),
    Mistake(
        "X338",
        "takes an OSError in ended() for the end of the connection",
        "test_session_error_ends_its_connection",
        (
            (
                "                    self.end()\n",
                "                    if not self.has_ended:\n"
                "                        self.session.ended()\n"
                "                        self.has_ended = True\n",
            ),
        ),
    ),
    Mistake(
        "X339",
        "sends a line without its end",
        "test_members_read_each_line",
        (('f"{line}\\n".encode()', "line.encode()"),),
    ),
    Mistake(
        "X339",
        "hands text to the connection",
        "test_members_read_each_line",
        (('f"{line}\\n".encode()', 'f"{line}\\n"'),),
    ),
    Mistake(
        "",
        "cuts off a member for whom SLOW bytes wait",
        "test_slow_member_is_cut_off",
        (("if self.conn.waiting > SLOW:", "if self.conn.waiting >= SLOW:"),),
    ),
    Mistake(
        "",
        "looks at what waits when the line is written",
        "test_slow_member_is_cut_off",
        (
            (
                DELIVER,
                '        self.conn.write(f"{line}\\n".encode())\n'
                "        if self.conn.waiting > SLOW:\n"
                "            self.conn.abort()\n",
            ),
        ),
    ),
    Mistake(
        "",
        "says by itself that a slow member has left",
        "test_slow_member_is_cut_off",
        (
            (
                DELIVER,
                DELIVER.replace(
                    "            self.conn.abort()\n",
                    "            self.conn.abort()\n            self.ended()\n",
                ),
            ),
        ),
    ),
    Mistake(
        "",
        "end() for abort()",
        "test_slow_member_is_cut_off",
        ((DELIVER, DELIVER.replace("self.conn.abort()", "self.conn.end()")),),
    ),
    Mistake(
        "M52",
        "keeps everything for a member that does not read",
        "test_slow_member_is_cut_off",
        (("        if self.conn.waiting > SLOW:\n", "        if self.conn.waiting < 0:\n"),),
    ),
    Mistake(
        "X335",
        "closes a slow member gracefully, and waits for it",
        "test_slow_member_is_cut_off",
        (
            (
                "            self.conn.abort()\n        else:\n",
                "            self.conn.close()\n        else:\n",
            ),
        ),
    ),
    Mistake(
        "M51",
        "read(n) for readexactly(n)",
        "test_frames_come_back",
        (
            ("await reader.readexactly(4)", "await reader.read(4)"),
            ("await reader.readexactly(length)", "await reader.read(length)"),
        ),
    ),
    Mistake(
        "X32",
        "takes the end of the stream for an error",
        "test_frames_come_back",
        (("except (asyncio.IncompleteReadError, OSError):", "except OSError:"),),
    ),
    Mistake(
        "M43",
        "believes the length",
        "test_every_end_closes_the_connection",
        (("            if length > LONGEST_FRAME:\n                break\n", ""),),
    ),
    Mistake(
        "X336",
        "counts a frame that is cut off",
        "test_every_end_closes_the_connection",
        (
            (
                "            writer.write(header + await",
                "            count += 1\n            writer.write(header + await",
            ),
            (
                "            await writer.drain()\n            count += 1\n",
                "            await writer.drain()\n",
            ),
        ),
    ),
    Mistake(
        "M33",
        "lets a reset out",
        "test_every_end_closes_the_connection",
        (
            (
                "except (asyncio.IncompleteReadError, OSError):",
                "except asyncio.IncompleteReadError:",
            ),
        ),
    ),
    Mistake(
        "M35",
        "does not close the writer",
        "test_every_end_closes_the_connection",
        (
            (
                "        writer.close()\n        with suppress(OSError):\n"
                "            await writer.wait_closed()\n",
                "        pass\n",
            ),
        ),
    ),
    Mistake(
        "M52",
        "does not await drain()",
        "test_echoes_do_not_pile_up",
        (("            await writer.drain()\n", ""),),
    ),
)
