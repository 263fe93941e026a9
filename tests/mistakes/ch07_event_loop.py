"""Wrong answers to chapter 7 that its promises must catch."""

from course.mistakes import Mistake

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
WRITE = """        if not self._output:
            try:
                sent = self._sock.send(data)
            except OSError:  # no room, or broken: the loop finds out which
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self._output += data
        self._update()
"""
EVENTS = """        events = WRITE if self._output else 0
        if len(self._output) <= HIGH_WATER and not self._ended:
            events |= READ
"""
HALF_CLOSE = """            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_WR)
            self._loop.call_later(LINGER, self.abort)
"""
TELL = """        try:
            call(*arguments)
        except Exception:
            logging.exception("a session failed")
            self.abort()
"""
LINES = """        *lines, self._begun = (self._begun + data).split(b"\\n")
        try:
            for line in lines:
                if len(line) >= LONGEST_LINE:
                    raise ValueError("a line is too long")
                self._take(line.removesuffix(b"\\r").decode())
            if len(self._begun) >= LONGEST_LINE:
                raise ValueError("a line is too long")
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
        "X51",
        "sets a flag only",
        "test_stop_wakes_the_loop_up",
        (('        self._waker.send(b"!")\n', ""),),
    ),
    Mistake(
        "X51",
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
        "X18",
        "leaves what is watched open",
        "test_close_closes_what_is_watched",
        (
            (
                "        for key in self._watched.values():\n"
                "            key.fileobj.close()  # type: ignore[union-attr]\n",
                "        self._wake.close()\n",
            ),
        ),
    ),
    Mistake(
        "X18",
        "leaves the selector open",
        "test_close_closes_what_is_watched",
        (("        self._selector.close()\n", ""),),
    ),
    Mistake(
        "X18",
        "leaves the other end of the pair open",
        "test_ready_socket_is_called_for",
        (("        self._waker.close()\n", ""),),
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
        "compares timers when two times are the same",
        "test_calls_are_made_in_order",
        (
            (
                "(time.monotonic() + seconds, next(self._count), timer)",
                "(time.monotonic() + seconds, timer)",
            ),
            ("self._timers[0][2].cancelled", "self._timers[0][1].cancelled"),
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
        "leaves the socket blocking",
        "test_what_comes_goes_to_the_session",
        (("        sock.setblocking(False)\n        self._loop", "        self._loop"),),
    ),
    Mistake(
        "M04",
        "sends what fits and forgets the rest",
        "test_write_never_waits",
        ((WRITE, "        with suppress(OSError):\n            self._sock.send(data)\n"),),
    ),
    Mistake(
        "M04",
        "sends new bytes before those that wait",
        "test_write_never_waits",
        (
            (
                "        if not self._output:\n            try:\n                sent",
                "        if True:\n            try:\n                sent",
            ),
        ),
    ),
    Mistake(
        "M06",
        "sendall() on a socket that does not block",
        "test_write_never_waits",
        ((WRITE, "        self._sock.sendall(data)\n"),),
    ),
    Mistake(
        "M50",
        "always watches for both",
        "test_idle_connection_lets_the_loop_sleep",
        (
            (
                "        loop.watch(sock, READ, self._ready)\n",
                "        loop.watch(sock, READ | WRITE, self._ready)\n",
            ),
            ("        events = WRITE if self._output else 0\n", "        events = WRITE\n"),
        ),
    ),
    Mistake(
        "M50",
        "goes on watching for WRITE when all is sent",
        "test_idle_connection_lets_the_loop_sleep",
        (("        events = WRITE if self._output else 0\n", "        events = WRITE\n"),),
    ),
    Mistake(
        "M08",
        "reads on, whatever is kept",
        "test_peer_that_does_not_read_is_not_read_from",
        (
            (
                "        if len(self._output) <= HIGH_WATER and not self._ended:\n",
                "        if not self._ended:\n",
            ),
        ),
    ),
    Mistake(
        "M08",
        "reads again when nothing is kept, but looks at it in write() only",
        "test_reading_goes_on_when_the_peer_reads",
        (
            (
                "                del self._output[: self._sock.send(self._output)]\n"
                "                self._update()\n",
                "                del self._output[: self._sock.send(self._output)]\n"
                "                if not self._output:\n"
                "                    self._loop.forget(self._sock)\n",
            ),
        ),
    ),
    Mistake(
        "M34",
        "closes when the peer has finished sending",
        "test_peer_that_has_finished_gets_its_answer",
        (
            (
                "            self._end()\n            self._update()\n        elif",
                "            self._end()\n            self.abort()\n        elif",
            ),
        ),
    ),
    Mistake(
        "M35",
        "does not close when the peer has finished",
        "test_peer_that_has_finished_gets_its_answer",
        (
            (
                "        if not self._output and self._ended:\n            self.abort()\n"
                "            return\n",
                "",
            ),
            (" and not self._ended:\n            events |= READ", ":\n            events |= READ"),
        ),
    ),
    Mistake(
        "X59",
        "tells the session each time that something ends",
        "test_peer_that_has_finished_gets_its_answer",
        (
            (
                "        if not self._ended:\n            self._ended = True\n            self._tell",
                "        if True:\n            self._ended = True\n            self._tell",
            ),
        ),
    ),
    Mistake(
        "M33",
        "catches no error of the socket when it is ready",
        "test_broken_connection_ends_once",
        (
            (
                "        except OSError:\n            self.abort()\n\n    def _receive",
                "\n    def _receive",
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
        (
            (
                "        if not self._finishing:\n            self._finishing = True\n"
                "            self._update()\n",
                "        self.abort()\n",
            ),
        ),
    ),
    Mistake(
        "M30",
        "closes when all is sent",
        "test_close_sends_what_is_kept",
        ((HALF_CLOSE, "            self.abort()\n            return\n"),),
    ),
    Mistake(
        "M30",
        "gives the session what comes after close()",
        "test_close_sends_what_is_kept",
        (("        elif not self._finishing:\n", "        else:\n"),),
    ),
    Mistake(
        "M112",
        "waits for the peer's end for ever",
        "test_close_waits_for_linger_seconds",
        (("            self._loop.call_later(LINGER, self.abort)\n", ""),),
    ),
    Mistake(
        "X59",
        "abort() tells the session by itself",
        "test_abort_closes_at_once",
        (("            self._loop.call_later(0, self._end)\n", "            self._end()\n"),),
    ),
    Mistake(
        "X50",
        "closes a socket that is still watched",
        "test_abort_closes_at_once",
        (
            (
                "            self._loop.forget(self._sock)\n            self._sock.close()\n",
                "            self._sock.close()\n",
            ),
        ),
    ),
    Mistake(
        "M33",
        "takes a session's OSError for the end of the connection",
        "test_session_error_ends_its_connection",
        ((TELL, TELL.replace("except Exception", "except (KeyError, TypeError)")),),
    ),
    Mistake(
        "M35",
        "leaves a session's errors to the loop",
        "test_session_error_ends_its_connection",
        ((TELL, "        call(*arguments)\n"),),
    ),
    Mistake(
        "M03",
        "takes each piece for lines",
        "test_lines_may_come_in_any_pieces",
        (
            (
                "        *lines, self._begun = (self._begun + data).split",
                "        *lines, _cut_off = data.split",
            ),
        ),
    ),
    Mistake(
        "M40",
        "decodes each piece",
        "test_lines_may_come_in_any_pieces",
        (
            ('        self._begun = b""\n', '        self._begun = ""\n'),
            (
                '(self._begun + data).split(b"\\n")',
                '(self._begun + data.decode()).split("\\n")',
            ),
            ('line.removesuffix(b"\\r").decode()', 'line.removesuffix("\\r")'),
        ),
    ),
    Mistake(
        "M41",
        "takes one line out of each piece",
        "test_lines_may_come_in_any_pieces",
        ((LINES, LINES.replace("for line in lines:", "for line in lines[:1]:")),),
    ),
    Mistake(
        "X58",
        "goes on with the next line after an error",
        "test_taken_name_is_the_end",
        (
            (
                '            raise ValueError("the name is taken")\n',
                "            self._conn.close()\n            return\n",
            ),
        ),
    ),
    Mistake(
        "X31",
        "says what has begun when the stream ends",
        "test_what_is_no_line_is_the_end",
        (
            (
                "            self._room.leave(name)\n",
                "            if self._begun:\n"
                '                self._room.broadcast(f"{name}: {self._begun.decode()}")\n'
                "            self._room.leave(name)\n",
            ),
        ),
    ),
    Mistake(
        "X39",
        "looks at the length of whole lines only",
        "test_what_is_no_line_is_the_end",
        (
            (
                "            if len(self._begun) >= LONGEST_LINE:\n"
                '                raise ValueError("a line is too long")\n        except',
                "        except",
            ),
        ),
    ),
    Mistake(
        "X33",
        "does not count the line's end",
        "test_what_is_no_line_is_the_end",
        (
            (
                "                if len(line) >= LONGEST_LINE:\n",
                "                if len(line) + 2 > LONGEST_LINE:\n",
            ),
        ),
    ),
    Mistake(
        "M52",
        "keeps everything for a member that does not read",
        "test_slow_member_is_cut_off",
        (("        if self._conn.waiting > SLOW:\n", "        if self._conn.waiting < 0:\n"),),
    ),
    Mistake(
        "M52",
        "closes a slow member gracefully, and waits for it",
        "test_slow_member_is_cut_off",
        (
            (
                "            self._conn.abort()\n        else:\n",
                "            self._conn.close()\n        else:\n",
            ),
        ),
    ),
    Mistake(
        "X59",
        "says that the member has left, but keeps its place in the room",
        "test_vanished_member_leaves",
        (("            self._room.leave(name)\n", ""),),
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
        "X32",
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
