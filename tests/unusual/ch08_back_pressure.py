"""Right but unusual answers to chapter 8, which its promises must accept."""

from course.maintain.unusual import Unusual

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
CLOSING = """        if self.closing:
            return
"""
ON_READY = """        try:
            if ready & READ:
                data = self.sock.recv(CHUNK)
                if not data:
                    self.end()
                    self.update()
                elif not self.closing:
                    self.tell(self.session.received, data)
            if ready & WRITE and self.output:
                del self.output[: self.sock.send(self.output)]
                self.update()
        except BlockingIOError:
            return
        except OSError:
            self.abort()
"""
SEND_KEPT = "                del self.output[: self.sock.send(self.output)]\n"
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
LAST_STEP = """        if self.has_ended:
            self.abort()
            return
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        self.loop.call_later(LINGER_TIMEOUT, self.abort)
"""

UNUSUAL = (
    Unusual(
        "keeps everything first, then sends from the front",
        old=SEND,
        new="""        was_empty = not self.output
        self.output += data
        if was_empty:
            with suppress(OSError):
                del self.output[: self.sock.send(self.output)]
        if self.output:
            self.update()
""",
    ),
    Unusual(
        "updates even if nothing is kept",
        old="            if sent == len(data):\n                return\n",
        new="",
    ),
    Unusual(
        "counts what was sent from 0, in a loop over memory",
        old=SEND,
        new="""        view = memoryview(data)
        if not self.output:
            try:
                view = view[self.sock.send(view) :]
            except BlockingIOError:
                pass
            except OSError:
                pass
        if len(view):
            self.output.extend(view)
            self.update()
""",
    ),
    Unusual(
        "sends until the kernel takes no more",
        old=SEND,
        new="""        if not self.output:
            try:
                while data:
                    data = data[self.sock.send(data) :]
            except OSError:
                pass
        if data:
            self.output += data
            self.update()
""",
    ),
    Unusual(
        "replaces the output by a new bytearray",
        old=SEND_KEPT,
        new="                self.output = self.output[self.sock.send(self.output) :]\n",
    ),
    Unusual(
        "sends at most CHUNK bytes at a time",
        old=SEND_KEPT,
        new="                del self.output[: self.sock.send(self.output[:CHUNK])]\n",
    ),
    Unusual(
        "one method for each event",
        old=ON_READY,
        new="""        for event, action in ((WRITE, self._send_kept), (READ, self._receive)):
            if ready & event and self.is_open:
                try:
                    action()
                except BlockingIOError:
                    pass
                except OSError:
                    self.abort()

    def _send_kept(self) -> None:
        if self.output:
            sent = self.sock.send(self.output)
            self.output[:sent] = b""
            self.update()

    def _receive(self) -> None:
        data = self.sock.recv(CHUNK)
        if data and not self.closing:
            self.tell(self.session.received, data)
        if not data:
            self.end()
            self.update()
""",
    ),
    Unusual(
        "looks at the number of the error",
        old="        except BlockingIOError:\n            return\n        except OSError:\n"
        "            self.abort()\n",
        new="        except OSError as error:\n"
        "            if not isinstance(error, BlockingIOError):\n"
        "                self.abort()\n",
    ),
    Unusual(
        "events() adds bits",
        old=EVENTS,
        new="""        events = 0
        if self.waiting > 0:
            events += WRITE
        if not self.paused and not self.has_ended and not self.waiting > HIGH_WATER:
            events += READ
        return events
""",
    ),
    Unusual(
        "events() in one expression",
        old=EVENTS,
        new="""        may_read = not (self.has_ended or self.paused or self.waiting > HIGH_WATER)
        return (READ if may_read else 0) | (WRITE if self.output else 0)
""",
    ),
    Unusual(
        "abort() closes first, then forgets",
        old="            self.loop.forget(self.sock)\n            self.sock.close()\n",
        new="            self.sock.close()\n            self.loop.forget(self.sock)\n",
    ),
    Unusual(
        "abort() does everything again, which changes nothing",
        old="        if self.is_open:\n            self.closing = True\n",
        new="        if True:\n            self.closing = True\n",
    ),
    Unusual(
        "write() counts a failed send() as 0, error by error",
        old="            except OSError:  # no room, or a broken connection\n",
        new="            except BlockingIOError:\n"
        "                sent = 0\n"
        "            except OSError:\n",
    ),
    Unusual(
        "on_ready() sends in a loop until nothing is kept",
        old="                del self.output[: self.sock.send(self.output)]\n"
        "                self.update()\n",
        new="                while self.output:\n"
        "                    del self.output[: self.sock.send(self.output)]\n"
        "                    self.update()\n",
    ),
    Unusual(
        "on_ready() sends whenever something is kept",
        old="            if ready & WRITE and self.output:\n",
        new="            if self.output:\n",
    ),
    Unusual(
        "on_ready() always updates",
        old="        except BlockingIOError:\n            return\n        except OSError:\n"
        "            self.abort()\n",
        new="        except BlockingIOError:\n            pass\n        except OSError:\n"
        "            self.abort()\n        self.update()\n",
    ),
    Unusual(
        "abort() returns early, and makes a new output",
        old=ABORT,
        new="""        if not self.is_open:
            return
        self.loop.call_later(0.0, lambda: self.end())
        self.loop.forget(self.sock)
        self.sock.close()
        self.closing, self.output = True, bytearray()
""",
    ),
    Unusual(
        "abort() hands end() over as a thread would",
        old="            self.loop.call_later(0, self.end)\n",
        new="            self.loop.call_from_thread(self.end)\n",
    ),
    Unusual(
        "abort() with `del`",
        old="            self.output.clear()\n",
        new="            del self.output[:]\n",
    ),
    Unusual(
        "close() does everything again, which changes nothing",
        old=CLOSE,
        new="        self.closing = True\n        self.update()\n",
    ),
    Unusual(
        "close() returns early",
        old=CLOSE,
        new="""        if self.closing or not self.is_open:
            return
        self.closing = True
        self.update()
""",
    ),
    Unusual(
        "last_step() with if and else, and with try",
        old=LAST_STEP,
        new="""        if self.has_ended:
            self.abort()
        else:
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            finally:
                self.loop.call_later(LINGER_TIMEOUT, lambda: self.abort())
""",
    ),
    Unusual(
        "last_step() asks for the timer first",
        old=LAST_STEP,
        new="""        if self.has_ended:
            return self.abort()
        self.loop.call_later(LINGER_TIMEOUT, self.abort)
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
        return None
""",
    ),
    Unusual(
        "last_step() ends a broken connection at once",
        old="        with suppress(OSError):\n            self.sock.shutdown(socket.SHUT_WR)\n",
        new="        try:\n            self.sock.shutdown(socket.SHUT_WR)\n"
        "        except OSError:\n            self.abort()\n            return\n",
    ),
)
