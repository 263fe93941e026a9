"""Wrong answers to chapter 8 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

SEND = """        if not self.output:
            try:
                sent = self.sock.send(data)
            except OSError:  # no room, or a broken connection
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self.output += data
        self.update()
"""
RECEIVED = """                elif not self.closing:
                    self.tell(self.session.received, data)
"""
AT_THE_END = """                    self.end()
                    self.update()
"""
SEND_KEPT = """                del self.output[: self.sock.send(self.output)]
                self.update()
"""
ERRORS = """        except BlockingIOError:
            return
        except OSError:
            self.abort()
"""
EVENTS = """        events = WRITE if self.output else 0
        if len(self.output) <= HIGH_WATER and not self.has_ended and not self.paused:
            events |= READ
        return events
"""
ABORT = """        if self.is_open:
            self.closing = True
            self.output.clear()
            self.loop.forget(self.sock)
            self.sock.close()
            self.loop.call_later(0, self.end)
"""
CLOSE = """        if not self.closing:
            self.closing = True
            self.update()
"""
HALF_CLOSE = """        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
"""
LINGER = "        self.loop.call_later(LINGER_TIMEOUT, self.abort)\n"

MISTAKES = (
    # Task 1
    Mistake(
        "M49",
        "lets the socket block",
        "test_what_arrives_goes_to_the_session",
        old="            if ready & READ:\n                data",
        new="            self.sock.setblocking(True)\n"
        "            if ready & READ:\n                data",
    ),
    Mistake(
        "X337",
        "leaves all sending to the loop",
        "test_what_the_kernel_does_not_take_is_kept",
        old=SEND,
        new="        self.output += data\n        self.update()\n",
    ),
    Mistake(
        "X487",
        "sends what fits and forgets the rest",
        "test_what_the_kernel_does_not_take_is_kept",
        old=SEND,
        new="        with suppress(OSError):\n            self.sock.send(data)\n",
    ),
    Mistake(
        "X487",
        "forgets the rest when send() has taken a part",
        "test_what_the_kernel_does_not_take_is_kept",
        old="            if sent == len(data):\n                return\n",
        new="            if sent:\n                return\n",
    ),
    Mistake(
        "",
        "loses a byte when the kernel takes nothing",
        "test_what_the_kernel_does_not_take_is_kept",
        old="                sent = 0\n",
        new="                sent = 1\n",
    ),
    Mistake(
        "X488",
        "lets BlockingIOError out of write()",
        "test_what_the_kernel_does_not_take_is_kept",
        old=SEND,
        new="""        if not self.output:
            data = data[self.sock.send(data) :]
        if data:
            self.output += data
            self.update()
""",
    ),
    Mistake(
        "X332",
        "sends new bytes before those that wait",
        "test_what_the_kernel_does_not_take_is_kept",
        old="        if not self.output:\n            try:\n                sent",
        new="        if True:\n            try:\n                sent",
    ),
    Mistake(
        "X487",
        "sendall() on a non-blocking socket",
        "test_what_the_kernel_does_not_take_is_kept",
        old=SEND,
        new="        with suppress(OSError):\n            self.sock.sendall(data)\n",
    ),
    Mistake(
        "X660",
        "keeps the rest and does not tell the loop",
        "test_what_the_kernel_does_not_take_is_kept",
        old="        self.output += data\n        self.update()\n",
        new="        self.output += data\n",
    ),
    Mistake(
        "X487",
        "keeps all of it, though a part has been sent",
        "test_what_the_kernel_does_not_take_is_kept",
        old="            data = data[sent:]\n",
        new="",
    ),
    Mistake(
        "X487",
        "does not remove what has been sent",
        "test_all_arrives_in_order",
        old=SEND_KEPT,
        new="                self.sock.send(self.output)\n"
        "                self.output.clear()\n"
        "                self.update()\n",
    ),
    Mistake(
        "X661",
        "READ, or else WRITE",
        "test_on_ready_does_both",
        old="            if ready & WRITE and self.output:\n",
        new="            elif ready & WRITE and self.output:\n",
    ),
    Mistake(
        "X661",
        "reads only if it is not ready for WRITE",
        "test_on_ready_does_both",
        old="            if ready & READ:\n",
        new="            if ready & READ and not ready & WRITE:\n",
    ),
    Mistake(
        "",
        "receives until nothing is left",
        "test_on_ready_does_both",
        old=RECEIVED,
        new="""                while data and not self.closing:
                    self.tell(self.session.received, data)
                    data = self.sock.recv(CHUNK)
""",
    ),
    Mistake(
        "X488",
        "takes 'not now' for the end of the connection",
        "test_not_ready_after_all_is_no_error",
        old="        except BlockingIOError:\n            return\n        except OSError:",
        new="        except OSError:",
    ),
    Mistake(
        "X488",
        "lets 'not now' out of on_ready()",
        "test_not_ready_after_all_is_no_error",
        old=ERRORS,
        new="        except ConnectionError:\n            self.abort()\n",
    ),
    Mistake(
        "X478",
        "expects no error but BlockingIOError",
        "test_write_to_a_broken_connection_keeps_the_data",
        old="            except OSError:  # no room",
        new="            except BlockingIOError:  # no room",
    ),
    Mistake(
        "X685",
        "ends a broken connection in write()",
        "test_write_to_a_broken_connection_keeps_the_data",
        old="            except OSError:  # no room, or a broken connection\n",
        new="            except BlockingIOError:\n"
        "                sent = 0\n"
        "            except OSError:\n"
        "                self.abort()\n",
    ),
    Mistake(
        "X488",
        "takes a full buffer for a broken connection",
        "test_what_the_kernel_does_not_take_is_kept",
        old="                sent = 0\n",
        new="                sent = 0\n                self.abort()\n",
    ),
    Mistake(
        "M34",
        "writes nothing to a peer that has finished",
        "test_nothing_is_written_while_closing",
        old="        if self.closing:\n            return\n",
        new="        if self.closing or self.has_ended:\n            return\n",
    ),
    Mistake(
        "",
        "takes bytes after close() for the end",
        "test_what_arrives_while_closing_is_dropped",
        old="""                if not data:
                    self.end()
                    self.update()
                elif not self.closing:
                    self.tell(self.session.received, data)
""",
        new="""                if data and not self.closing:
                    self.tell(self.session.received, data)
                else:
                    self.end()
                    self.update()
""",
    ),
    Mistake(
        "X662",
        "writes after close()",
        "test_nothing_is_written_while_closing",
        old="        if self.closing:\n            return\n",
        new="",
    ),
    Mistake(
        "X333",
        "gives the session what comes after close()",
        "test_what_arrives_while_closing_is_dropped",
        old="                elif not self.closing:\n",
        new="                else:\n",
    ),
    Mistake(
        "X333",
        "does not receive after close()",
        "test_what_arrives_while_closing_is_dropped",
        old="            if ready & READ:\n",
        new="            if ready & READ and not self.closing:\n",
    ),
    Mistake(
        "",
        "does not note that the session has been told",
        "test_session_and_loop_are_told_of_the_end",
        old="                    self.end()\n",
        new="                    self.tell(self.session.ended)\n",
    ),
    Mistake(
        "X660",
        "does not tell the loop of the end",
        "test_session_and_loop_are_told_of_the_end",
        old=AT_THE_END,
        new="                    self.end()\n",
    ),
    Mistake(
        "",
        "takes no notice of the end after close()",
        "test_session_and_loop_are_told_of_the_end",
        old="                if not data:\n",
        new="                if not data and self.closing:\n"
        "                    return\n"
        "                if not data:\n",
    ),
    Mistake(
        "X478",
        "ignores every error of the socket",
        "test_broken_socket_is_aborted",
        old=ERRORS,
        new="        except OSError:\n            return\n",
    ),
    Mistake(
        "",
        "sends nothing more after close()",
        "test_what_arrives_while_closing_is_dropped",
        old="            if ready & WRITE and self.output:\n",
        new="            if ready & WRITE and self.output and not self.closing:\n",
    ),
    Mistake(
        "X487",
        "keeps only what fits into one CHUNK",
        "test_what_the_kernel_does_not_take_is_kept",
        old="            data = data[sent:]\n",
        new="            data = data[sent:CHUNK]\n",
    ),
    Mistake(
        "X487",
        "keeps nothing more above HIGH_WATER",
        "test_what_the_kernel_does_not_take_is_kept",
        old="        self.output += data\n",
        new="        if len(self.output) <= HIGH_WATER:\n            self.output += data\n",
    ),
    # Task 3
    Mistake(
        "X333",
        "does not watch for READ after close()",
        "test_events_to_watch_for",
        old=" and not self.paused:\n            events |=",
        new=" and not self.paused and not self.closing:\n            events |=",
    ),
    Mistake(
        "M50",
        "always watches for WRITE",
        "test_events_to_watch_for",
        old="        events = WRITE if self.output else 0\n",
        new="        events = WRITE\n",
    ),
    Mistake(
        "M08",
        "reads on, whatever is kept",
        "test_events_to_watch_for",
        old="        if len(self.output) <= HIGH_WATER and not self",
        new="        if not self",
    ),
    Mistake(
        "",
        "reads only while nothing is kept",
        "test_events_to_watch_for",
        old="if len(self.output) <= HIGH_WATER and",
        new="if not self.output and",
    ),
    Mistake(
        "",
        "stops at HIGH_WATER, not above it",
        "test_events_to_watch_for",
        old="if len(self.output) <= HIGH_WATER and",
        new="if len(self.output) < HIGH_WATER and",
    ),
    Mistake(
        "X489",
        "asks for more after the end of the stream",
        "test_events_to_watch_for",
        old=" and not self.has_ended and not self.paused:\n",
        new=" and not self.paused:\n",
    ),
    Mistake(
        "",
        "reads though the session has paused",
        "test_events_to_watch_for",
        old=" and not self.has_ended and not self.paused:\n",
        new=" and not self.has_ended:\n",
    ),
    Mistake(
        "",
        "pauses sending as well",
        "test_events_to_watch_for",
        old="        events = WRITE if self.output else 0\n",
        new="        events = WRITE if self.output and not self.paused else 0\n",
    ),
    Mistake(
        "",
        "returns nothing",
        "test_events_to_watch_for",
        old="            events |= READ\n        return events\n",
        new="            events |= READ\n",
    ),
    Mistake(
        "X660",
        "watches for WRITE until somebody else asks",
        "test_loop_is_told_after_each_send",
        old=SEND_KEPT,
        new="                del self.output[: self.sock.send(self.output)]\n",
    ),
    Mistake(
        "M08",
        "holds the peer back only from the next connection on",
        "test_peer_that_does_not_read_is_held_back",
        old="        self.output += data\n        self.update()\n",
        new="        self.output += data\n"
        "        self.loop.watch(self.sock, READ | WRITE, self.on_ready)\n",
    ),
    Mistake(
        "X660",
        "tells the loop only when everything has been sent",
        "test_loop_is_told_after_each_send",
        old=SEND_KEPT,
        new="                del self.output[: self.sock.send(self.output)]\n"
        "                if not self.output:\n"
        "                    self.update()\n",
    ),
    Mistake(
        "X660",
        "tells the loop before it removes what was sent",
        "test_loop_is_told_after_each_send",
        old=SEND_KEPT,
        new="                sent = self.sock.send(self.output)\n"
        "                self.update()\n"
        "                del self.output[:sent]\n",
    ),
    # Task 4
    Mistake(
        "",
        "does nothing after close()",
        "test_abort_closes_at_once",
        old="        if self.is_open:\n            self.closing = True\n",
        new="        if not self.closing:\n            self.closing = True\n",
    ),
    Mistake(
        "X478",
        "shuts a broken connection down before closing it",
        "test_broken_connection_ends_once",
        old="            self.sock.close()\n            self.loop.call_later",
        new="            self.sock.shutdown(socket.SHUT_WR)\n"
        "            self.sock.close()\n            self.loop.call_later",
    ),
    Mistake(
        "X686",
        "waits until what is kept has been sent",
        "test_abort_closes_at_once",
        old=ABORT,
        new="        self.closing = True\n"
        "        if not self.output and self.is_open:\n"
        "            self.loop.forget(self.sock)\n"
        "            self.sock.close()\n"
        "            self.loop.call_later(0, self.end)\n",
    ),
    Mistake(
        "X686",
        "keeps what waits",
        "test_abort_closes_at_once",
        old="            self.output.clear()\n",
        new="",
    ),
    Mistake(
        "",
        "keeps what is written afterwards",
        "test_abort_closes_at_once",
        old="            self.closing = True\n            self.output.clear()\n",
        new="            self.output.clear()\n",
    ),
    Mistake(
        "X663",
        "closes a socket that is still watched",
        "test_abort_closes_at_once",
        old="            self.loop.forget(self.sock)\n            self.sock.close()\n",
        new="            self.sock.close()\n",
    ),
    Mistake(
        "",
        "cannot be called twice",
        "test_abort_closes_at_once",
        old=ABORT,
        new="""        self.closing = True
        self.output.clear()
        self.loop._selector.unregister(self.sock)
        self.loop._watched.pop(self.sock)
        self.sock.close()
        self.loop.call_later(0, self.end)
""",
    ),
    Mistake(
        "",
        "resets, as abort() of closing does",
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
        "X664",
        "abort() tells the session by itself",
        "test_session_is_told_later_and_once",
        old="            self.loop.call_later(0, self.end)\n",
        new="            self.end()\n",
    ),
    Mistake(
        "X59",
        "abort() does not tell the session",
        "test_session_is_told_later_and_once",
        old="            self.loop.call_later(0, self.end)\n",
        new="",
    ),
    Mistake(
        "X59",
        "tells the session by way of tell(), so twice",
        "test_session_is_told_later_and_once",
        edits=(
            Edit(
                old="        if self.is_open:\n            self.closing = True\n",
                new="        if True:\n            self.closing = True\n",
            ),
            Edit(
                old="            self.loop.call_later(0, self.end)\n",
                new="            self.loop.call_later(0, lambda: self.tell(self.session.ended))\n",
            ),
        ),
    ),
    Mistake(
        "X478",
        "catches no error of the socket",
        "test_broken_socket_is_aborted",
        old="        except OSError:\n            self.abort()\n\n    def events",
        new="\n    def events",
    ),
    Mistake(
        "",
        "knows ConnectionError only",
        "test_broken_socket_is_aborted",
        old="        except OSError:\n            self.abort()\n\n    def events",
        new="        except ConnectionError:\n            self.abort()\n\n    def events",
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
        old=AT_THE_END,
        new="""                    if not self.has_ended:
                        self.session.ended()
                        self.has_ended = True
                    self.update()
""",
    ),
    # Task 5
    Mistake(
        "M34",
        "closes when the peer has finished sending",
        "test_session_and_loop_are_told_of_the_end",
        old=AT_THE_END,
        new="                    self.end()\n                    self.abort()\n",
    ),
    Mistake(
        "",
        "does not close when the peer has finished",
        "test_peer_that_has_finished_gets_its_answer",
        old="        if self.has_ended:\n            self.abort()\n            return\n",
        new="",
    ),
    Mistake(
        "",
        "takes close() for the peer's end",
        "test_peer_that_has_finished_gets_its_answer",
        old="        if self.has_ended:\n            self.abort()\n            return\n",
        new="        if self.closing:\n            self.abort()\n            return\n",
    ),
    Mistake(
        "",
        "closes only if close() was not called",
        "test_close_sends_what_is_kept",
        old="        if self.has_ended:\n            self.abort()\n            return\n",
        new="        if not self.closing:\n            self.abort()\n            return\n",
    ),
    Mistake(
        "",
        "tells the session of the end by itself as well",
        "test_session_and_loop_are_told_of_the_end",
        old="                    self.end()\n",
        new="                    self.tell(self.session.ended)\n                    self.end()\n",
    ),
    Mistake(
        "M32",
        "close() closes at once",
        "test_close_sends_what_is_kept",
        old=CLOSE,
        new="        self.abort()\n",
    ),
    Mistake(
        "M30",
        "closes when everything is sent",
        "test_close_sends_what_is_kept",
        old=HALF_CLOSE + LINGER,
        new="        self.abort()\n",
    ),
    Mistake(
        "",
        "does not half-close",
        "test_close_sends_what_is_kept",
        old=HALF_CLOSE,
        new="",
    ),
    Mistake(
        "X478",
        "lets the half-close of a broken connection raise",
        "test_close_of_a_broken_connection",
        old=HALF_CLOSE,
        new="        self.sock.shutdown(socket.SHUT_WR)\n",
    ),
    Mistake(
        "X490",
        "waits forever for the peer's end",
        "test_close_waits_for_the_linger_timeout",
        old=LINGER,
        new="",
    ),
    Mistake(
        "M30",
        "gives the peer no time",
        "test_close_sends_what_is_kept",
        old=LINGER,
        new="        self.loop.call_later(0, self.abort)\n",
    ),
    Mistake(
        "M32",
        "gives the peer LINGER_TIMEOUT seconds from close() on",
        "test_close_waits_for_the_linger_timeout",
        edits=(
            Edit(old=LINGER, new=""),
            Edit(old=CLOSE, new=CLOSE + "    " + LINGER),
        ),
    ),
    Mistake(
        "",
        "keeps everything while the session has paused",
        "test_what_the_kernel_does_not_take_is_kept",
        old="        if not self.output:\n            try",
        new="        if not self.output and not self.paused:\n            try",
    ),
    Mistake(
        "",
        "keeps a million bytes at most",
        "test_what_the_kernel_does_not_take_is_kept",
        old="        self.output += data\n        self.update()\n",
        new="        self.output += data[: (1 << 20) - len(self.output)]\n        self.update()\n",
    ),
    Mistake(
        "X660",
        "tells the loop, then keeps the data",
        "test_what_the_kernel_does_not_take_is_kept",
        old="        self.output += data\n        self.update()\n",
        new="        self.update()\n        self.output += data\n",
    ),
    Mistake(
        "X660",
        "does not tell the loop when the connection is broken",
        "test_write_to_a_broken_connection_keeps_the_data",
        old="            except OSError:  # no room, or a broken connection\n",
        new="            except BlockingIOError:\n"
        "                sent = 0\n"
        "            except OSError:\n"
        "                self.output += data\n"
        "                return\n",
    ),
    Mistake(
        "",
        "does not send while the session has paused",
        "test_on_ready_does_both",
        old="            if ready & WRITE and self.output:\n",
        new="            if ready & WRITE and self.output and not self.paused:\n",
    ),
    Mistake(
        "",
        "ignores errors after close()",
        "test_what_arrives_while_closing_is_dropped",
        old=ERRORS,
        new=ERRORS.replace(
            "            self.abort()\n",
            "            if not self.closing:\n                self.abort()\n",
        ),
    ),
    Mistake(
        "X489",
        "asks for more after the end, once nothing is kept",
        "test_events_to_watch_for",
        old=EVENTS,
        new=EVENTS.replace("not self.has_ended", "not (self.has_ended and self.output)"),
    ),
    Mistake(
        "",
        "takes no notice of `paused` after close()",
        "test_events_to_watch_for",
        old=EVENTS,
        new=EVENTS.replace("not self.paused", "(self.closing or not self.paused)"),
    ),
    Mistake(
        "",
        "reads again only when nothing is kept",
        "test_events_to_watch_for",
        old=EVENTS,
        new="        was_full = getattr(self, '_full', False) and self.output\n"
        "        self._full = len(self.output) > HIGH_WATER or was_full\n"
        + EVENTS.replace("len(self.output) <= HIGH_WATER", "not self._full"),
    ),
    Mistake(
        "",
        "never reads again after `paused`",
        "test_events_to_watch_for",
        old=EVENTS,
        new="        self._quiet = getattr(self, '_quiet', False) or self.paused\n"
        + EVENTS.replace("not self.paused", "not self._quiet"),
    ),
    Mistake(
        "M32",
        "close() drops what is kept for a peer that has finished",
        "test_close_sends_what_is_kept",
        old=CLOSE,
        new=f"        if self.has_ended:\n            self.abort()\n{CLOSE}",
    ),
    Mistake(
        "M32",
        "close() drops what is kept if the session has paused",
        "test_close_sends_what_is_kept",
        old=CLOSE,
        new=f"        if self.paused:\n            self.output.clear()\n{CLOSE}",
    ),
    Mistake(
        "",
        "starts the timer only if the half-close raises nothing",
        "test_close_waits_for_the_linger_timeout",
        old=HALF_CLOSE + LINGER,
        new=f"{HALF_CLOSE}    {LINGER}",
    ),
    Mistake(
        "X478",
        "ignores only the error of a half-close that it has seen",
        "test_close_waits_for_the_linger_timeout",
        edits=(
            Edit(old="import logging\n", new="import errno\nimport logging\n"),
            Edit(
                old=HALF_CLOSE,
                new="        try:\n"
                "            self.sock.shutdown(socket.SHUT_WR)\n"
                "        except OSError as error:\n"
                "            if error.errno not in (errno.ENOTCONN, errno.EINVAL):\n"
                "                raise\n",
            ),
        ),
    ),
    Mistake(
        "",
        "abort() sends once what is kept",
        "test_abort_closes_at_once",
        old="            self.output.clear()\n",
        new="            with suppress(OSError):\n"
        "                self.sock.send(self.output)\n"
        "            self.output.clear()\n",
    ),
    Mistake(
        "",
        "abort() sets no `closing` after the end",
        "test_abort_closes_at_once",
        old="        if self.is_open:\n            self.closing = True\n",
        new="        if self.is_open:\n            self.closing = not self.has_ended\n",
    ),
    Mistake(
        "",
        "abort() forgets no socket after the end",
        "test_abort_closes_at_once",
        old="            self.loop.forget(self.sock)\n            self.sock.close()\n",
        new="            if not self.has_ended:\n"
        "                self.loop.forget(self.sock)\n"
        "            self.sock.close()\n",
    ),
    Mistake(
        "M08",
        "takes no notice of HIGH_WATER after close()",
        "test_events_to_watch_for",
        old=EVENTS,
        new=EVENTS.replace(
            "len(self.output) <= HIGH_WATER", "(self.closing or len(self.output) <= HIGH_WATER)"
        ),
    ),
)
