"""Wrong answers to chapter 8 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

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
        "lets the socket block",
        "test_what_comes_goes_to_the_session",
        old="            if ready & READ:\n                data",
        new="            self.sock.setblocking(True)\n"
        "            if ready & READ:\n                data",
    ),
    Mistake(
        "X337",
        "leaves all sending to the loop",
        "test_write_never_waits",
        old=WRITE,
        new="        self.output += data\n        self.update()\n",
    ),
    Mistake(
        "X488",
        "takes 'not now' for the end of the connection",
        "test_write_never_waits",
        old="        except BlockingIOError:\n            return\n        except OSError:",
        new="        except OSError:",
    ),
    Mistake(
        "X487",
        "sends what fits and forgets the rest",
        "test_write_never_waits",
        old=WRITE,
        new="        with suppress(OSError):\n            self.sock.send(data)\n",
    ),
    Mistake(
        "X332",
        "sends new bytes before those that wait",
        "test_write_never_waits",
        old="        if not self.output:\n            try:\n                sent",
        new="        if True:\n            try:\n                sent",
    ),
    Mistake(
        "X488",
        "sendall() on a socket that does not block",
        "test_write_never_waits",
        old=WRITE,
        new="        self.sock.sendall(data)\n",
    ),
    Mistake(
        "M50",
        "always watches for both",
        "test_idle_connection_lets_the_loop_sleep",
        edits=(
            Edit(
                old="        loop.watch(sock, READ, ", new="        loop.watch(sock, READ | WRITE, "
            ),
            Edit(
                old="        events = WRITE if self.output else 0\n", new="        events = WRITE\n"
            ),
        ),
    ),
    Mistake(
        "M50",
        "goes on watching for WRITE when all is sent",
        "test_idle_connection_lets_the_loop_sleep",
        old="        events = WRITE if self.output else 0\n",
        new="        events = WRITE\n",
    ),
    Mistake(
        "",
        "reads only while nothing is kept",
        "test_peer_that_does_not_read_is_not_read_from",
        old="if len(self.output) <= HIGH_WATER and",
        new="if not self.output and",
    ),
    Mistake(
        "M08",
        "reads on, whatever is kept",
        "test_peer_that_does_not_read_is_not_read_from",
        old="        if len(self.output) <= HIGH_WATER and not self.has_ended:\n",
        new="        if not self.has_ended:\n",
    ),
    Mistake(
        "M08",
        "reads until nothing is left",
        "test_peer_that_does_not_read_is_not_read_from",
        old="                elif not self.closing:\n"
        "                    self.tell(self.session.received, data)\n",
        new="                while data and not self.closing:\n"
        "                    self.tell(self.session.received, data)\n"
        "                    data = self.sock.recv(CHUNK)\n",
    ),
    Mistake(
        "M08",
        "reads again when nothing is kept, but looks at it in write() only",
        "test_reading_goes_on_when_the_peer_reads",
        old="                del self.output[: self.sock.send(self.output)]\n"
        "                self.update()\n",
        new="                del self.output[: self.sock.send(self.output)]\n"
        "                if not self.output:\n"
        "                    self.loop.forget(self.sock)\n",
    ),
    Mistake(
        "X489",
        "asks for more after the end of the stream",
        "test_peer_that_has_finished_gets_its_answer",
        old=" and not self.has_ended:\n            events |=",
        new=":\n            events |=",
    ),
    Mistake(
        "M34",
        "closes in the middle of the session's last words",
        "test_peer_that_has_finished_gets_its_answer",
        edits=(
            Edit(
                old="            if sent == len(data):\n                return\n",
                new="            if sent == len(data) and self.has_ended:\n"
                "                self.abort()\n"
                "            if sent == len(data):\n                return\n",
            ),
            Edit(
                old="            self.tell(self.session.ended)\n            self.has_ended = True",
                new="            self.has_ended = True\n            self.tell(self.session.ended)",
            ),
        ),
    ),
    Mistake(
        "M34",
        "closes when the peer has finished sending",
        "test_peer_that_has_finished_gets_its_answer",
        old="                    self.end()\n                    self.update()\n",
        new="                    self.end()\n                    self.abort()\n",
    ),
    Mistake(
        "M35",
        "does not close when the peer has finished",
        "test_peer_that_has_finished_gets_its_answer",
        old="        if self.has_ended:\n            self.abort()\n            return\n",
        new="",
    ),
    Mistake(
        "X59",
        "tells the session of the end by itself",
        "test_peer_that_has_finished_gets_its_answer",
        old="                    self.end()\n",
        new="                    self.tell(self.session.ended)\n                    self.end()\n",
    ),
    Mistake(
        "M33",
        "catches no error of the socket when it is ready",
        "test_broken_connection_ends_once",
        old="        except OSError:\n            self.abort()\n\n    def events",
        new="\n    def events",
    ),
    Mistake(
        "M33",
        "write() raises when the connection is broken",
        "test_broken_connection_ends_once",
        old="            except OSError:  # no room",
        new="            except BlockingIOError:  # no room",
    ),
    Mistake(
        "M32",
        "closes at once",
        "test_close_sends_what_is_kept",
        old=CLOSE,
        new="        self.abort()\n",
    ),
    Mistake(
        "M30",
        "closes when all is sent",
        "test_close_sends_what_is_kept",
        old=HALF_CLOSE,
        new="        self.abort()\n",
    ),
    Mistake(
        "X478",
        "lets the half-close of a broken connection raise",
        "test_close_sends_what_is_kept",
        old=HALF_CLOSE,
        new="        self.sock.shutdown(socket.SHUT_WR)\n"
        "        self.loop.call_later(LINGER, self.abort)\n",
    ),
    Mistake(
        "",
        "writes after close()",
        "test_close_sends_what_is_kept",
        old="        if self.closing:\n            return\n",
        new="",
    ),
    Mistake(
        "X333",
        "gives the session what comes after close()",
        "test_close_sends_what_is_kept",
        old="                elif not self.closing:\n",
        new="                else:\n",
    ),
    Mistake(
        "X490",
        "waits for the peer's end for ever",
        "test_close_waits_for_linger_seconds",
        old="        self.loop.call_later(LINGER, self.abort)\n",
        new="",
    ),
    Mistake(
        "M32",
        "gives the peer LINGER seconds from close()",
        "test_close_waits_for_linger_seconds",
        edits=(
            Edit(old="        self.loop.call_later(LINGER, self.abort)\n", new=""),
            Edit(old=CLOSE, new=CLOSE + "            self.loop.call_later(LINGER, self.abort)\n"),
        ),
    ),
    Mistake(
        "X59",
        "abort() tells the session by itself",
        "test_abort_closes_at_once",
        old="            self.loop.call_later(0, self.end)\n",
        new="            self.end()\n",
    ),
    Mistake(
        "",
        "keeps what is written after abort()",
        "test_abort_closes_at_once",
        old="            self.closing = True\n            self.output.clear()\n",
        new="            self.output.clear()\n",
    ),
    Mistake(
        "",
        "resets, as chapter 4's abort does",
        "test_abort_closes_at_once",
        edits=(
            Edit(old="import open_listener\n", new="import abort as reset, open_listener\n"),
            Edit(
                old="            self.sock.close()\n            self.loop.call_later",
                new="            reset(self.sock)\n            self.loop.call_later",
            ),
        ),
    ),
    Mistake(
        "",
        "keeps what waits when it aborts",
        "test_abort_closes_at_once",
        old="            self.output.clear()\n",
        new="",
    ),
    Mistake(
        "X50",
        "closes a socket that is still watched",
        "test_abort_closes_at_once",
        old="            self.loop.forget(self.sock)\n            self.sock.close()\n",
        new="            self.sock.close()\n",
    ),
    Mistake(
        "X338",
        "leaves a session's errors to the loop",
        "test_session_error_ends_its_connection",
        old="self.tell(self.session.received, data)",
        new="self.session.received(data)",
    ),
    Mistake(
        "X338",
        "takes an OSError in ended() for the end of the connection",
        "test_session_error_ends_its_connection",
        old="                    self.end()\n",
        new="                    if not self.has_ended:\n"
        "                        self.session.ended()\n"
        "                        self.has_ended = True\n",
    ),
    Mistake(
        "X339",
        "sends a line without its end",
        "test_members_read_each_line",
        old='f"{line}\\n".encode()',
        new="line.encode()",
    ),
    Mistake(
        "X339",
        "hands text to the connection",
        "test_members_read_each_line",
        old='f"{line}\\n".encode()',
        new='f"{line}\\n"',
    ),
    Mistake(
        "",
        "cuts off a member for whom SLOW bytes wait",
        "test_slow_member_is_cut_off",
        old="if self.conn.waiting > SLOW:",
        new="if self.conn.waiting >= SLOW:",
    ),
    Mistake(
        "",
        "looks at what waits when the line is written",
        "test_slow_member_is_cut_off",
        old=DELIVER,
        new='        self.conn.write(f"{line}\\n".encode())\n'
        "        if self.conn.waiting > SLOW:\n"
        "            self.conn.abort()\n",
    ),
    Mistake(
        "",
        "says by itself that a slow member has left",
        "test_slow_member_is_cut_off",
        old=DELIVER,
        new=DELIVER.replace(
            "            self.conn.abort()\n",
            "            self.conn.abort()\n            self.ended()\n",
        ),
    ),
    Mistake(
        "",
        "end() for abort()",
        "test_slow_member_is_cut_off",
        old=DELIVER,
        new=DELIVER.replace("self.conn.abort()", "self.conn.end()"),
    ),
    Mistake(
        "M52",
        "keeps everything for a member that does not read",
        "test_slow_member_is_cut_off",
        old="        if self.conn.waiting > SLOW:\n",
        new="        if self.conn.waiting < 0:\n",
    ),
    Mistake(
        "X335",
        "closes a slow member gracefully, and waits for it",
        "test_slow_member_is_cut_off",
        old="            self.conn.abort()\n        else:\n",
        new="            self.conn.close()\n        else:\n",
    ),
    Mistake(
        "M51",
        "read(n) for readexactly(n)",
        "test_frames_come_back",
        edits=(
            Edit(old="await reader.readexactly(4)", new="await reader.read(4)"),
            Edit(old="await reader.readexactly(length)", new="await reader.read(length)"),
        ),
    ),
    Mistake(
        "X491",
        "takes the end of the stream for an error",
        "test_frames_come_back",
        old="except (asyncio.IncompleteReadError, OSError):",
        new="except OSError:",
    ),
    Mistake(
        "M43",
        "believes the length",
        "test_every_end_closes_the_connection",
        old="            if length > MAX_FRAME:\n                break\n",
        new="",
    ),
    Mistake(
        "X336",
        "counts a frame that is cut off",
        "test_every_end_closes_the_connection",
        edits=(
            Edit(
                old="            writer.write(header + await",
                new="            count += 1\n            writer.write(header + await",
            ),
            Edit(
                old="            await writer.drain()\n            count += 1\n",
                new="            await writer.drain()\n",
            ),
        ),
    ),
    Mistake(
        "X478",
        "lets a reset out",
        "test_every_end_closes_the_connection",
        old="except (asyncio.IncompleteReadError, OSError):",
        new="except asyncio.IncompleteReadError:",
    ),
    Mistake(
        "M35",
        "does not close the writer",
        "test_every_end_closes_the_connection",
        old="        writer.close()\n        with suppress(OSError):\n"
        "            await writer.wait_closed()\n",
        new="        pass\n",
    ),
    Mistake(
        "M52",
        "does not await drain()",
        "test_echoes_do_not_pile_up",
        old="            await writer.drain()\n",
        new="",
    ),
)
