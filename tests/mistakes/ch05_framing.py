"""Wrong answers to chapter 5 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

TAKE_MESSAGE = """    found = buffer.find(delimiter)
    if found < 0:
        return None
    end = found + len(delimiter)
    message = bytes(buffer[:end])
    del buffer[:end]
    return message
"""
MESSAGE_OUT = """    message = bytes(buffer[:end])
    del buffer[:end]
"""
INIT = """        self._conn = conn
        self._buffer = bytearray()
"""
LOOP = "        while (message := take_message(self._buffer, delimiter)) is None:\n"
TOO_MANY = """            if len(self._buffer) >= limit:
                raise TooLong(limit)
"""
ENDED = """                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
"""
TOO_FAR = """        if len(message) > limit:
            raise TooLong(limit)
"""
UNTIL = (
    LOOP
    + TOO_MANY
    + "            if not self._receive():\n"
    + ENDED
    + TOO_FAR
    + "        return message\n"
)
EXACTLY = """        while len(self._buffer) < count:
            if not self._receive():
                raise Truncated(self._take(len(self._buffer)))
        return self._take(count)
"""
SHORT = """                raise Truncated(self._take(len(self._buffer)))
        return self._take(count)
"""
LINE = """        line = self.read_until(b"\\n", limit)
        if not line:
            return None
        return line.removesuffix(b"\\n").removesuffix(b"\\r").decode()
"""
PIECEWISE = """        text = self._buffer.decode()
        while "\\n" not in text:
            piece = self._conn.recv(CHUNK)
            text += piece.decode()
            if not piece:
                return None
        line, _, rest = text.partition("\\n")
        self._buffer = bytearray(rest.encode())
        if len(line.encode()) >= limit:
            raise TooLong(limit)
        return line.removesuffix("\\r")
"""
RECEIVE = """        piece = self._conn.recv(CHUNK)
"""
GUARDED = """        try:
            piece = self._conn.recv(CHUNK)
        except {}:
            piece = b""
"""
READ_FRAME = """    try:
        (length,) = struct.unpack("!I", reader.read_exactly(4))
    except Truncated as cut:
        if cut.partial:
            raise
        return None
"""
BELIEVED = """    if length > limit:
        raise TooLong(limit)
    return reader"""
TAKE_FRAME = """    if len(buffer) < 4:
        return None
    (length,) = struct.unpack_from("!I", buffer)
    if length > limit:
        raise TooLong(limit)
    end = 4 + length
    if len(buffer) < end:
        return None
    payload = bytes(buffer[4:end])
    del buffer[:end]
    return payload
"""
FRAME_OUT = """    payload = bytes(buffer[4:end])
    del buffer[:end]
"""
FRAME_LIMIT = """    (length,) = struct.unpack_from("!I", buffer)
    if length > limit:
        raise TooLong(limit)
"""
INIT_DECODER = """        self._limit = limit
        self._buffer = bytearray()
"""
FEED = """        self._buffer += data
        payloads: list[bytes] = []
        try:
            while (payload := take_frame(self._buffer, self._limit)) is not None:
                payloads.append(payload)
        except TooLong:
            del self._buffer[4:]
            if not payloads:
                raise
        return payloads
"""
NEXT = "            while (payload := take_frame(self._buffer, self._limit)) is not None:\n"
LATE = """        except TooLong:
            del self._buffer[4:]
            if not payloads:
                raise
"""
FINISH = """        if self._buffer:
            raise Truncated(bytes(self._buffer))
"""

MISTAKES = (
    Mistake(
        "",
        "leaves the delimiter off",
        "test_first_message_is_taken_out",
        old=MESSAGE_OUT,
        new="""    message = bytes(buffer[:found])
    del buffer[:end]
""",
    ),
    Mistake(
        "",
        "returns a bytearray",
        "test_first_message_is_taken_out",
        old="message = bytes(buffer[:end])",
        new="message = buffer[:end]",
    ),
    Mistake(
        "M41",
        "empties the buffer",
        "test_first_message_is_taken_out",
        old=MESSAGE_OUT,
        new="""    message = bytes(buffer[:end])
    buffer.clear()
""",
    ),
    Mistake(
        "",
        "takes nothing out",
        "test_first_message_is_taken_out",
        old="""    del buffer[:end]
    return message
""",
        new="    return message\n",
    ),
    Mistake(
        "",
        "makes another buffer of the rest",
        "test_first_message_is_taken_out",
        old="""    del buffer[:end]
    return message
""",
        new="""    buffer = buffer[end:]
    return message
""",
    ),
    Mistake(
        "",
        "leaves the delimiter in the buffer",
        "test_first_message_is_taken_out",
        old="""    del buffer[:end]
    return message
""",
        new="""    del buffer[:found]
    return message
""",
    ),
    Mistake(
        "X570",
        "everything up to the last delimiter",
        "test_first_message_is_taken_out",
        old="buffer.find(delimiter)",
        new="buffer.rfind(delimiter)",
    ),
    Mistake(
        "X570",
        "does not look at the first byte",
        "test_first_message_is_taken_out",
        old="buffer.find(delimiter)",
        new="buffer.find(delimiter, 1)",
    ),
    Mistake(
        "",
        "a delimiter of two bytes, whatever is asked for",
        "test_first_message_is_taken_out",
        old="end = found + len(delimiter)",
        new="end = found + 2",
    ),
    Mistake(
        "",
        "an empty message is none",
        "test_first_message_is_taken_out",
        old="    if found < 0:\n",
        new="    if found <= 0:\n",
    ),
    Mistake(
        "",
        "searches a part of the buffer",
        "test_first_message_is_taken_out",
        old="buffer.find(delimiter)",
        new="buffer.find(delimiter, 0, 8192)",
    ),
    Mistake(
        "X31",
        "what has arrived is the message",
        "test_incomplete_message_stays",
        old="""    if found < 0:
        return None
    end = found + len(delimiter)
""",
        new="""    end = found + len(delimiter) if found >= 0 else len(buffer)
""",
    ),
    Mistake(
        "",
        "b'' instead of None",
        "test_incomplete_message_stays",
        old="""    if found < 0:
        return None
""",
        new="""    if found < 0:
        return b""
""",
    ),
    Mistake(
        "M41",
        "empties the buffer if nothing is complete",
        "test_incomplete_message_stays",
        old="""    if found < 0:
        return None
""",
        new="""    if found < 0:
        buffer.clear()
        return None
""",
    ),
    Mistake(
        "M39",
        "searches what is new, and forgets that a delimiter has two bytes",
        "test_incomplete_message_stays",
        edits=(
            Edit(
                old="""    found = buffer.find(delimiter)
    if found < 0:
        return None
""",
                new="""    found = buffer.find(delimiter, take_message.searched)
    take_message.searched = len(buffer) if found < 0 else 0
    if found < 0:
        return None
""",
            ),
            Edit(
                old="""    return message


class ByteReader""",
                new="""    return message


take_message.searched = 0


class ByteReader""",
            ),
        ),
    ),
    Mistake(
        "M03",
        "one recv(), which is the message",
        "test_message_in_any_pieces",
        old=UNTIL,
        new="        return self._conn.recv(1024)\n",
    ),
    Mistake(
        "M03",
        "a bigger buffer (M44): one recv() of everything",
        "test_message_in_any_pieces",
        old=UNTIL,
        new="""        self._buffer += self._conn.recv(1 << 20)
        return take_message(self._buffer, delimiter) or self._take(len(self._buffer))
""",
    ),
    Mistake(
        "M39",
        "searches in the last piece",
        "test_message_in_any_pieces",
        old=UNTIL,
        new="""        piece = b""
        while delimiter not in piece:
            if not (piece := self._conn.recv(CHUNK)):
                return b""
            self._buffer += piece
        return take_message(self._buffer, delimiter) or b""
""",
    ),
    Mistake(
        "M40",
        "keeps text instead of bytes",
        "test_message_in_any_pieces",
        old="        self._buffer += piece\n",
        new="        self._buffer += piece.decode().encode()\n",
    ),
    Mistake(
        "",
        "leaves the delimiter off",
        "test_message_in_any_pieces",
        old="        return message\n",
        new="        return message.removesuffix(delimiter)\n",
    ),
    Mistake(
        "M41",
        "drops what is left over",
        "test_rest_begins_the_next_message",
        old="        return message\n",
        new="""        self._buffer.clear()
        return message
""",
    ),
    Mistake(
        "X575",
        "receives before it looks",
        "test_rest_begins_the_next_message",
        old=LOOP,
        new="        self._receive()\n" + LOOP,
    ),
    Mistake(
        "M03",
        "returns all messages that have arrived",
        "test_rest_begins_the_next_message",
        old="        return message\n",
        new="""        while more := take_message(self._buffer, delimiter):
            message += more
        return message
""",
    ),
    Mistake(
        "",
        "remembers how far it has searched, from one message to the next",
        "test_rest_begins_the_next_message",
        edits=(
            Edit(old=INIT, new=INIT + "        self._searched = 0\n"),
            Edit(
                old=LOOP,
                new="""        again = len(delimiter) - 1
        while self._buffer.find(delimiter, max(0, self._searched - again)) < 0:
            self._searched = len(self._buffer)
""",
            ),
            Edit(
                old=TOO_FAR,
                new="        message = take_message(self._buffer, delimiter)\n" + TOO_FAR,
            ),
        ),
    ),
    Mistake(
        "X30",
        "one buffer for all readers, as a default argument",
        "test_rest_begins_the_next_message",
        edits=(
            Edit(
                old="    def __init__(self, conn: socket.socket) -> None:",
                new="""    def __init__(self, conn: socket.socket, buffer=bytearray()) -> None:""",
            ),
            Edit(
                old=INIT,
                new="""        self._conn = conn
        self._buffer = buffer
""",
            ),
        ),
    ),
    Mistake(
        "X30",
        "one connection for all readers",
        "test_rest_begins_the_next_message",
        old="        self._conn = conn\n",
        new="        ByteReader._conn = conn\n",
    ),
    Mistake(
        "X30",
        "one buffer for all readers, in the class body",
        "test_rest_begins_the_next_message",
        edits=(
            Edit(
                old="    def __init__(self, conn: socket.socket) -> None:",
                new="""    _buffer = bytearray()

    def __init__(self, conn: socket.socket) -> None:""",
            ),
            Edit(old=INIT, new="        self._conn = conn\n"),
        ),
    ),
    Mistake(
        "M05",
        "receives until the delimiter arrives, if it ever does",
        "test_end_between_and_inside_messages",
        old="            if not self._receive():\n" + ENDED,
        new="            self._receive()\n",
    ),
    Mistake(
        "X31",
        "returns half a message",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new="                return self._take(len(self._buffer))\n",
    ),
    Mistake(
        "",
        "raises Truncated without what has arrived",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new=ENDED.replace("self._take(len(self._buffer))", 'b""'),
    ),
    Mistake(
        "",
        "says what has arrived, and keeps it",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new=ENDED.replace("self._take(len(self._buffer))", "bytes(self._buffer)"),
    ),
    Mistake(
        "X517",
        "closes the connection after Truncated",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new=ENDED.replace("raise", "self._conn.close()\n                    raise"),
    ),
    Mistake(
        "X300",
        "b'' at every end, whatever has arrived",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new="""                self._buffer.clear()
                return b""
""",
    ),
    Mistake(
        "X32",
        "every end of the stream is an error",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new="""                raise Truncated(self._take(len(self._buffer)))
""",
    ),
    Mistake(
        "X300",
        "takes white space at the end for nothing",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new=ENDED.replace("if self._buffer:", "if self._buffer.strip():"),
    ),
    Mistake(
        "X33",
        "does not count the delimiter",
        "test_too_long_is_refused_in_time",
        old="        if len(message) > limit:\n",
        new="        if len(message) - len(delimiter) > limit:\n",
    ),
    Mistake(
        "X578",
        "a limit that holds only while it waits",
        "test_too_long_is_refused_in_time",
        old=TOO_FAR,
        new="",
    ),
    Mistake(
        "X33",
        "one byte too strict",
        "test_too_long_is_refused_in_time",
        old="        if len(message) > limit:\n",
        new="        if len(message) >= limit:\n",
    ),
    Mistake(
        "X580",
        "refuses only when there is more than the limit",
        "test_too_long_is_refused_in_time",
        old="            if len(self._buffer) >= limit:\n",
        new="            if len(self._buffer) > limit:\n",
    ),
    Mistake(
        "X579",
        "a limit for the buffer, not for the message",
        "test_too_long_is_refused_in_time",
        old=LOOP,
        new="        if len(self._buffer) > limit:\n            raise TooLong(limit)\n" + LOOP,
    ),
    Mistake(
        "",
        "TooLong says how much has arrived, not what the limit is",
        "test_too_long_is_refused_in_time",
        old=TOO_FAR,
        new="""        if len(message) > limit:
            raise TooLong(len(message))
""",
    ),
    Mistake(
        "X517",
        "closes the connection after TooLong",
        "test_too_long_is_refused_in_time",
        old=TOO_MANY,
        new=TOO_MANY.replace("raise", "self._conn.close()\n                raise"),
    ),
    Mistake(
        "",
        "another limit than MAX_LINE, if none is given",
        "test_too_long_is_refused_in_time",
        old="def read_until(self, delimiter: bytes, limit: int = MAX_LINE)",
        new="def read_until(self, delimiter: bytes, limit: int = 1024)",
    ),
    Mistake(
        "X39",
        "looks at the length when the message is complete",
        "test_too_long_is_refused_in_time",
        old=TOO_MANY,
        new="",
    ),
    Mistake(
        "X39",
        "a limit of its own while it waits",
        "test_too_long_is_refused_in_time",
        old="            if len(self._buffer) >= limit:\n",
        new="            if len(self._buffer) >= 1 << 22:\n",
    ),
    Mistake(
        "X16",
        "a connection that breaks has ended",
        "test_broken_connection_is_not_the_end",
        old=RECEIVE,
        new=GUARDED.format("OSError"),
    ),
    Mistake(
        "X16",
        "a reset is the end",
        "test_broken_connection_is_not_the_end",
        old=RECEIVE,
        new=GUARDED.format("ConnectionError"),
    ),
    Mistake(
        "M06",
        "a timeout is the end",
        "test_broken_connection_is_not_the_end",
        old=RECEIVE,
        new=GUARDED.format("TimeoutError"),
    ),
    Mistake(
        "",
        "gives the connection a timeout",
        "test_broken_connection_is_not_the_end",
        old=INIT,
        new=INIT + "        conn.settimeout(conn.gettimeout() or 2.0)\n",
    ),
    Mistake(
        "X479",
        "takes the timeout away",
        "test_broken_connection_is_not_the_end",
        old=INIT,
        new=INIT + "        conn.settimeout(None)\n",
    ),
    Mistake(
        "X479",
        "tries again after each timeout",
        "test_broken_connection_is_not_the_end",
        old=RECEIVE,
        new="""        while True:
            try:
                piece = self._conn.recv(CHUNK)
                break
            except TimeoutError:
                continue
""",
    ),
    Mistake(
        "X571",
        "collects in a variable of the call",
        "test_broken_connection_is_not_the_end",
        old=UNTIL,
        new="""        kept = bytearray(self._take(len(self._buffer)))
        while (message := take_message(kept, delimiter)) is None:
            if len(kept) >= limit:
                raise TooLong(limit)
            piece = self._conn.recv(CHUNK)
            if not piece:
                if kept:
                    raise Truncated(bytes(kept))
                return b""
            kept += piece
        self._buffer += kept
        if len(message) > limit:
            raise TooLong(limit)
        return message
""",
    ),
    Mistake(
        "X571",
        "reads from makefile(), which gives up after a timeout",
        "test_broken_connection_is_not_the_end",
        edits=(
            Edit(old=INIT, new=INIT + '        self._file = conn.makefile("rb")\n'),
            Edit(old=RECEIVE, new="        piece = self._file.read1(1)\n"),
        ),
    ),
    Mistake(
        "M40",
        "decodes each piece",
        "test_text_in_any_pieces",
        old=LINE,
        new=PIECEWISE,
    ),
    Mistake(
        "M40",
        "decodes each piece and hides that it breaks",
        "test_text_in_any_pieces",
        old=LINE,
        new=PIECEWISE.replace("decode()", "decode(errors='replace')"),
    ),
    Mistake(
        "X302",
        "a limit in characters",
        "test_text_in_any_pieces",
        old=LINE,
        new=LINE.replace('(b"\\n", limit)', '(b"\\n", 1 << 20)').replace(
            "        if not line:\n",
            "        if len(line.decode()) > limit:\n            raise TooLong(limit)\n"
            "        if not line:\n",
        ),
    ),
    Mistake(
        "",
        "leaves the end of the line on",
        "test_text_in_any_pieces",
        old='        return line.removesuffix(b"\\n").removesuffix(b"\\r").decode()\n',
        new="        return line.decode()\n",
    ),
    Mistake(
        "",
        "forgets its limit",
        "test_text_in_any_pieces",
        old='line = self.read_until(b"\\n", limit)',
        new='line = self.read_until(b"\\n")',
    ),
    Mistake(
        "",
        "a shorter limit than MAX_LINE, if none is given",
        "test_text_in_any_pieces",
        old="def read_line(self, limit: int = MAX_LINE)",
        new="def read_line(self, limit: int = 80)",
    ),
    Mistake(
        "X302",
        "latin-1",
        "test_text_in_any_pieces",
        old='.removesuffix(b"\\r").decode()',
        new='.removesuffix(b"\\r").decode("latin-1")',
    ),
    Mistake(
        "X304",
        "CR LF only",
        "test_text_in_any_pieces",
        edits=(
            Edit(old='self.read_until(b"\\n", limit)', new='self.read_until(b"\\r\\n", limit)'),
            Edit(
                old='line.removesuffix(b"\\n").removesuffix(b"\\r")',
                new='line.removesuffix(b"\\r\\n")',
            ),
        ),
    ),
    Mistake(
        "X304",
        "takes two bytes off each line",
        "test_text_in_any_pieces",
        old='line.removesuffix(b"\\n").removesuffix(b"\\r").decode()',
        new="line[:-2].decode(errors='ignore')",
    ),
    Mistake(
        "X481",
        "takes LF off, and no CR",
        "test_line_ends",
        old='line.removesuffix(b"\\n").removesuffix(b"\\r").decode()',
        new="line[:-1].decode()",
    ),
    Mistake(
        "X480",
        "strip()",
        "test_line_ends",
        old='line.removesuffix(b"\\n").removesuffix(b"\\r").decode()',
        new="line.decode().strip()",
    ),
    Mistake(
        "X480",
        "rstrip(b'\\r\\n')",
        "test_line_ends",
        old='line.removesuffix(b"\\n").removesuffix(b"\\r").decode()',
        new='line.rstrip(b"\\r\\n").decode()',
    ),
    Mistake(
        "X480",
        "splitlines()[0]",
        "test_line_ends",
        old='line.removesuffix(b"\\n").removesuffix(b"\\r").decode()',
        new="line.decode().splitlines()[0]",
    ),
    Mistake(
        "",
        "takes every CR out",
        "test_line_ends",
        old='line.removesuffix(b"\\n").removesuffix(b"\\r").decode()',
        new='line.removesuffix(b"\\n").replace(b"\\r", b"").decode()',
    ),
    Mistake(
        "X34",
        "None for an empty line",
        "test_empty_line_is_a_line",
        old=LINE,
        new='        line = self.read_until(b"\\n", limit)\n'
        '        line = line.removesuffix(b"\\n").removesuffix(b"\\r")\n'
        "        return line.decode() or None\n",
    ),
    Mistake(
        "X34",
        "'' at the end",
        "test_empty_line_is_a_line",
        old="        if not line:\n            return None\n",
        new="",
    ),
    Mistake(
        "X31",
        "the last line needs no end",
        "test_empty_line_is_a_line",
        old='        line = self.read_until(b"\\n", limit)\n',
        new='        try:\n            line = self.read_until(b"\\n", limit)\n'
        "        except Truncated as cut:\n            line = cut.partial\n",
    ),
    Mistake(
        "X300",
        "half a line is no line",
        "test_empty_line_is_a_line",
        old='        line = self.read_until(b"\\n", limit)\n',
        new='        try:\n            line = self.read_until(b"\\n", limit)\n'
        "        except Truncated:\n            return None\n",
    ),
    Mistake(
        "",
        "takes a last line of white space for none",
        "test_empty_line_is_a_line",
        old=LINE,
        new=LINE.replace(
            '        line = self.read_until(b"\\n", limit)\n',
            """        try:
            line = self.read_until(b"\\n", limit)
        except Truncated as cut:
            if cut.partial.strip():
                raise
            return None
""",
        ),
    ),
    Mistake(
        "X35",
        "decodes before it takes the line out",
        "test_bad_line_is_taken_out",
        old=LINE,
        new=LINE.replace(
            "        return line",
            "        self._buffer[:0] = line\n        line.decode()\n"
            "        self._take(len(line))\n        return line",
        ),
    ),
    Mistake(
        "X577",
        "errors='replace'",
        "test_bad_line_is_taken_out",
        old='.removesuffix(b"\\r").decode()',
        new='.removesuffix(b"\\r").decode(errors="replace")',
    ),
    Mistake(
        "",
        "takes a byte order mark off",
        "test_line_ends",
        old='.removesuffix(b"\\r").decode()',
        new='.removesuffix(b"\\r").decode("utf-8-sig")',
    ),
    Mistake(
        "M42",
        "recv(count)",
        "test_exact_count_in_any_pieces",
        old=EXACTLY,
        new="        return self._conn.recv(count)\n",
    ),
    Mistake(
        "M42",
        "receives once, if there is too little",
        "test_exact_count_in_any_pieces",
        old="        while len(self._buffer) < count:\n",
        new="        if len(self._buffer) < count:\n",
    ),
    Mistake(
        "",
        "the limit of a line holds for a count as well",
        "test_exact_count_in_any_pieces",
        old="        while len(self._buffer) < count:\n",
        new="""        while len(self._buffer) < count:
            if len(self._buffer) >= MAX_LINE:
                raise TooLong(MAX_LINE)
""",
    ),
    Mistake(
        "",
        "one byte too many",
        "test_exact_count_in_any_pieces",
        old="        return self._take(count)\n",
        new="        return self._take(count + 1)\n",
    ),
    Mistake(
        "",
        "takes nothing out",
        "test_exact_count_in_any_pieces",
        old="        return self._take(count)\n",
        new="        return bytes(self._buffer[:count])\n",
    ),
    Mistake(
        "M03",
        "no fewer, but more",
        "test_exact_count_in_any_pieces",
        old="        return self._take(count)\n",
        new="        return self._take(len(self._buffer))\n",
    ),
    Mistake(
        "M41",
        "takes count bytes, and drops the others",
        "test_exact_count_in_any_pieces",
        old="        return self._take(count)\n",
        new="""        taken = self._take(count)
        self._buffer.clear()
        return taken
""",
    ),
    Mistake(
        "X575",
        "receives before it looks whether there is enough",
        "test_exact_count_in_any_pieces",
        old=EXACTLY,
        new="""        while True:
            if not self._receive():
                raise Truncated(self._take(len(self._buffer)))
            if len(self._buffer) >= count:
                return self._take(count)
""",
    ),
    Mistake(
        "X575",
        "its own loop, which does not know of the buffer",
        "test_methods_share_what_has_arrived",
        old=EXACTLY,
        new="""        whole = b""
        while len(whole) < count:
            piece = self._conn.recv(count - len(whole))
            if not piece:
                raise Truncated(whole)
            whole += piece
        return whole
""",
    ),
    Mistake(
        "X575",
        "receives at least once, even for nothing",
        "test_methods_share_what_has_arrived",
        old="        while len(self._buffer) < count:\n",
        new="""        while len(self._buffer) < count or not self._buffer:
""",
    ),
    Mistake(
        "",
        "goes on searching where another delimiter was searched",
        "test_methods_share_what_has_arrived",
        old=LOOP,
        new="""        while True:
            at = self._buffer.find(delimiter, getattr(self, "_searched", 0))
            self._searched = max(0, len(self._buffer) - len(delimiter) + 1)
            if at >= 0:
                self._searched = 0
                message = self._take(at + len(delimiter))
                break
""",
    ),
    Mistake(
        "X31",
        "returns what has arrived",
        "test_fewer_bytes_are_truncated",
        old=SHORT,
        new="""                break
        return self._take(count)
""",
    ),
    Mistake(
        "X303",
        "b'' at the end, though bytes were asked for",
        "test_fewer_bytes_are_truncated",
        old=SHORT,
        new='                if not self._buffer:\n                    return b""\n' + SHORT,
    ),
    Mistake(
        "",
        "raises Truncated without what has arrived",
        "test_fewer_bytes_are_truncated",
        old=SHORT,
        new="""                self._buffer.clear()
                raise Truncated(b"")
        return self._take(count)
""",
    ),
    Mistake(
        "",
        "says what has arrived, and keeps it",
        "test_fewer_bytes_are_truncated",
        old=SHORT,
        new="""                raise Truncated(bytes(self._buffer))
        return self._take(count)
""",
    ),
    Mistake(
        "M05",
        "receives until there is enough, if it ever is",
        "test_fewer_bytes_are_truncated",
        old="""            if not self._receive():
                raise Truncated(self._take(len(self._buffer)))
        return self._take(count)
""",
        new="""            self._receive()
        return self._take(count)
""",
    ),
    Mistake(
        "",
        "limits the count",
        "test_fewer_bytes_are_truncated",
        old=EXACTLY,
        new="        if count > MAX_FRAME:\n            raise TooLong(MAX_FRAME)\n" + EXACTLY,
    ),
    Mistake(
        "X571",
        "collects in a variable of the call",
        "test_error_is_not_the_end_of_a_count",
        old=EXACTLY,
        new="""        whole = self._take(min(count, len(self._buffer)))
        while len(whole) < count:
            piece = self._conn.recv(count - len(whole))
            if not piece:
                raise Truncated(whole)
            whole += piece
        return whole
""",
    ),
    Mistake(
        "X16",
        "an error is Truncated",
        "test_error_is_not_the_end_of_a_count",
        old=EXACTLY,
        new="""        try:
            while len(self._buffer) < count:
                if not self._receive():
                    raise Truncated(self._take(len(self._buffer)))
        except OSError:
            raise Truncated(self._take(len(self._buffer))) from None
        return self._take(count)
""",
    ),
    Mistake(
        "M06",
        "a timeout is Truncated",
        "test_error_is_not_the_end_of_a_count",
        old=EXACTLY,
        new="""        try:
            while len(self._buffer) < count:
                if not self._receive():
                    raise Truncated(self._take(len(self._buffer)))
        except TimeoutError:
            raise Truncated(self._take(len(self._buffer))) from None
        return self._take(count)
""",
    ),
    Mistake(
        "X479",
        "tries again after each timeout",
        "test_error_is_not_the_end_of_a_count",
        old=EXACTLY,
        new="""        while len(self._buffer) < count:
            try:
                if not self._receive():
                    raise Truncated(self._take(len(self._buffer)))
            except TimeoutError:
                continue
        return self._take(count)
""",
    ),
    Mistake(
        "X479",
        "takes the timeout away",
        "test_error_is_not_the_end_of_a_count",
        old=EXACTLY,
        new="        self._conn.settimeout(None)\n" + EXACTLY,
    ),
    Mistake(
        "X36",
        "the machine's own byte order",
        "test_frame_is_length_and_payload",
        old='return struct.pack("!I", len(payload))',
        new='return struct.pack("<I", len(payload))',
    ),
    Mistake(
        "X36",
        "two bytes of length",
        "test_frame_is_length_and_payload",
        old='return struct.pack("!I", len(payload))',
        new='return struct.pack("!H", len(payload))',
    ),
    Mistake(
        "",
        "limits what it sends",
        "test_frame_is_length_and_payload",
        old='    return struct.pack("!I", len(payload)) + payload\n',
        new="""    if len(payload) > MAX_FRAME:
        raise TooLong(MAX_FRAME)
    return struct.pack("!I", len(payload)) + payload
""",
    ),
    Mistake(
        "M42",
        "receives the length by itself",
        "test_frames_in_any_pieces",
        old='struct.unpack("!I", reader.read_exactly(4))',
        new="""struct.unpack("!I", reader._take(4) if reader._buffer else reader._conn.recv(4))""",
    ),
    Mistake(
        "X34",
        "an empty frame is none",
        "test_frames_in_any_pieces",
        old="    return reader.read_exactly(length)\n",
        new="    return reader.read_exactly(length) or None\n",
    ),
    Mistake(
        "X36",
        "reads the lowest byte first",
        "test_frames_in_any_pieces",
        old='struct.unpack("!I", reader.read_exactly(4))',
        new='struct.unpack("<I", reader.read_exactly(4))',
    ),
    Mistake(
        "",
        "reads one chunk of a long payload",
        "test_announced_length_is_not_believed",
        old="    return reader.read_exactly(length)\n",
        new="    return reader.read_exactly(min(length, CHUNK))\n",
    ),
    Mistake(
        "X301",
        "every cut is a clean end",
        "test_stream_ends_between_frames",
        old="""        if cut.partial:
            raise
        return None
""",
        new="        return None\n",
    ),
    Mistake(
        "X31",
        "returns half a payload",
        "test_stream_ends_between_frames",
        old="    return reader.read_exactly(length)\n",
        new="""    try:
        return reader.read_exactly(length)
    except Truncated as cut:
        return cut.partial
""",
    ),
    Mistake(
        "X32",
        "no cut is a clean end",
        "test_stream_ends_between_frames",
        old=READ_FRAME,
        new='    (length,) = struct.unpack("!I", reader.read_exactly(4))\n',
    ),
    Mistake(
        "X16",
        "an error of recv() is the end as well",
        "test_stream_ends_between_frames",
        old="""    except Truncated as cut:
        if cut.partial:
            raise
        return None
""",
        new="""    except Exception as cut:
        if getattr(cut, "partial", b""):
            raise
        return None
""",
    ),
    Mistake(
        "X16",
        "takes a reset for the end between two frames",
        "test_stream_ends_between_frames",
        old="""    except Truncated as cut:
        if cut.partial:
            raise
        return None
""",
        new="""    except ConnectionError:
        return None
    except Truncated as cut:
        if cut.partial:
            raise
        return None
""",
    ),
    Mistake(
        "M43",
        "believes the length",
        "test_announced_length_is_not_believed",
        old=BELIEVED,
        new="    return reader",
    ),
    Mistake(
        "M43",
        "reserves the memory first",
        "test_announced_length_is_not_believed",
        old=BELIEVED,
        new="    payload = bytearray(length)\n" + BELIEVED,
    ),
    Mistake(
        "",
        "a limit of its own, not the caller's",
        "test_announced_length_is_not_believed",
        old=BELIEVED,
        new="""    if length > MAX_FRAME:
        raise TooLong(limit)
    return reader""",
    ),
    Mistake(
        "",
        "a limit of 0 is no limit",
        "test_announced_length_is_not_believed",
        old=BELIEVED,
        new="""    if length > (limit or MAX_FRAME):
        raise TooLong(limit)
    return reader""",
    ),
    Mistake(
        "",
        "TooLong says the length, not the limit",
        "test_announced_length_is_not_believed",
        old=BELIEVED,
        new="""    if length > limit:
        raise TooLong(length)
    return reader""",
    ),
    Mistake(
        "X33",
        "counts the four bytes as well",
        "test_announced_length_is_not_believed",
        old=BELIEVED,
        new="""    if 4 + length > limit:
        raise TooLong(limit)
    return reader""",
    ),
    Mistake(
        "",
        "allows MAX_FRAME at most, whatever the limit",
        "test_announced_length_is_not_believed",
        old="    if length > limit:\n        raise TooLong(limit)\n    return",
        new="    if length > min(limit, MAX_FRAME):\n        raise TooLong(limit)\n    return",
    ),
    Mistake(
        "",
        "returns a bytearray",
        "test_first_frame_is_taken_out",
        old="payload = bytes(buffer[4:end])",
        new="payload = buffer[4:end]",
    ),
    Mistake(
        "M41",
        "empties the buffer",
        "test_first_frame_is_taken_out",
        old=FRAME_OUT,
        new="""    payload = bytes(buffer[4:end])
    buffer.clear()
""",
    ),
    Mistake(
        "",
        "takes nothing out",
        "test_first_frame_is_taken_out",
        old=FRAME_OUT,
        new="    payload = bytes(buffer[4:end])\n",
    ),
    Mistake(
        "",
        "returns the length as well",
        "test_first_frame_is_taken_out",
        old="payload = bytes(buffer[4:end])",
        new="payload = bytes(buffer[:end])",
    ),
    Mistake(
        "X34",
        "an empty frame is none",
        "test_first_frame_is_taken_out",
        old="    return payload\n",
        new="    return payload or None\n",
    ),
    Mistake(
        "",
        "removes as many bytes as the length says",
        "test_first_frame_is_taken_out",
        old=FRAME_OUT,
        new="""    payload = bytes(buffer[4:end])
    del buffer[:length]
""",
    ),
    Mistake(
        "",
        "forgets that the length has four bytes",
        "test_first_frame_is_taken_out",
        old="    end = 4 + length\n",
        new="    end = length\n",
    ),
    Mistake(
        "",
        "is content with as many bytes as the length says",
        "test_incomplete_frame_stays",
        old="    if len(buffer) < end:\n",
        new="    if len(buffer) < length:\n",
    ),
    Mistake(
        "X573",
        "expects the whole length at once",
        "test_incomplete_frame_stays",
        old="""    if len(buffer) < 4:
        return None
""",
        new="""    if not buffer:
        return None
""",
    ),
    Mistake(
        "X31",
        "returns half a payload",
        "test_incomplete_frame_stays",
        old="""    if len(buffer) < end:
        return None
    payload""",
        new="    payload",
    ),
    Mistake(
        "X576",
        "takes the length out before the payload is there",
        "test_incomplete_frame_stays",
        old="""    if len(buffer) < end:
        return None
""",
        new="""    if len(buffer) < end:
        del buffer[:4]
        return None
""",
    ),
    Mistake(
        "X33",
        "counts the four bytes as well",
        "test_long_frame_is_refused_at_once",
        old="""    end = 4 + length
    if len(buffer) < end:
""",
        new="""    end = 4 + length
    if end > MAX_FRAME:
        raise TooLong(limit)
    if len(buffer) < end:
""",
    ),
    Mistake(
        "M43",
        "waits for the payload before it looks at the limit",
        "test_long_frame_is_refused_at_once",
        old=TAKE_FRAME,
        new="""    if len(buffer) < 4:
        return None
    (length,) = struct.unpack_from("!I", buffer)
    end = 4 + length
    if len(buffer) < end:
        return None
    if length > limit:
        raise TooLong(limit)
    payload = bytes(buffer[4:end])
    del buffer[:end]
    return payload
""",
    ),
    Mistake(
        "M43",
        "no limit",
        "test_long_frame_is_refused_at_once",
        old=FRAME_LIMIT,
        new='    (length,) = struct.unpack_from("!I", buffer)\n',
    ),
    Mistake(
        "",
        "a limit of its own, not the caller's",
        "test_long_frame_is_refused_at_once",
        old=FRAME_LIMIT,
        new="""    (length,) = struct.unpack_from("!I", buffer)
    if length > MAX_FRAME:
        raise TooLong(MAX_FRAME)
""",
    ),
    Mistake(
        "",
        "a limit of 0 is no limit",
        "test_long_frame_is_refused_at_once",
        old=FRAME_LIMIT,
        new="""    (length,) = struct.unpack_from("!I", buffer)
    if length > (limit or MAX_FRAME):
        raise TooLong(limit)
""",
    ),
    Mistake(
        "",
        "TooLong says the length, not the limit",
        "test_long_frame_is_refused_at_once",
        old=FRAME_LIMIT,
        new=FRAME_LIMIT.replace("TooLong(limit)", "TooLong(length)"),
    ),
    Mistake(
        "",
        "takes the long frame's length out",
        "test_long_frame_is_refused_at_once",
        old=FRAME_LIMIT,
        new="""    (length,) = struct.unpack_from("!I", buffer)
    if length > limit:
        del buffer[:4]
        raise TooLong(limit)
""",
    ),
    Mistake(
        "X33",
        "one byte too strict",
        "test_long_frame_is_refused_at_once",
        old=FRAME_LIMIT,
        new="""    (length,) = struct.unpack_from("!I", buffer)
    if length > limit or length == limit > 0:
        raise TooLong(limit)
""",
    ),
    Mistake(
        "",
        "allows MAX_FRAME at most, whatever the limit",
        "test_long_frame_is_refused_at_once",
        old="    if length > limit:\n        raise TooLong(limit)\n    end",
        new="    if length > min(limit, MAX_FRAME):\n        raise TooLong(limit)\n    end",
    ),
    Mistake(
        "X574",
        "one feed(), one frame",
        "test_decoder_returns_what_is_complete",
        old=NEXT,
        new="""            if (payload := take_frame(self._buffer, self._limit)) is not None:
""",
    ),
    Mistake(
        "M41",
        "forgets what was fed before",
        "test_decoder_returns_what_is_complete",
        old="        self._buffer += data\n",
        new="        self._buffer = bytearray(data)\n",
    ),
    Mistake(
        "M41",
        "drops what is left over",
        "test_decoder_returns_what_is_complete",
        old=LATE,
        new=LATE + "        self._buffer.clear()\n",
    ),
    Mistake(
        "X34",
        "an empty payload ends the loop",
        "test_decoder_returns_what_is_complete",
        old=NEXT,
        new="""            while payload := take_frame(self._buffer, self._limit):
""",
    ),
    Mistake(
        "X34",
        "leaves empty payloads out",
        "test_decoder_returns_what_is_complete",
        old="                payloads.append(payload)\n",
        new="""                if payload:
                    payloads.append(payload)
""",
    ),
    Mistake(
        "X37",
        "repeats until the buffer is empty",
        "test_decoder_returns_what_is_complete",
        old=NEXT,
        new="""            while self._buffer:
                payload = take_frame(self._buffer, self._limit)
                if payload is None:
                    continue
""",
    ),
    Mistake(
        "X30",
        "one buffer for all decoders",
        "test_decoder_returns_what_is_complete",
        edits=(
            Edit(old=INIT_DECODER, new="        self._limit = limit\n"),
            Edit(
                old="    def __init__(self, limit: int = MAX_FRAME) -> None:",
                new="""    _buffer = bytearray()

    def __init__(self, limit: int = MAX_FRAME) -> None:""",
            ),
        ),
    ),
    Mistake(
        "",
        "returns the same list again and again",
        "test_decoder_returns_what_is_complete",
        edits=(
            Edit(old=INIT_DECODER, new=INIT_DECODER + "        self._payloads = []\n"),
            Edit(
                old="        payloads: list[bytes] = []\n",
                new="        payloads = self._payloads\n        payloads.clear()\n",
            ),
        ),
    ),
    Mistake(
        "X576",
        "takes the length out before the payload is there",
        "test_decoder_returns_what_is_complete",
        old=FEED,
        new="""        self._buffer += data
        payloads: list[bytes] = []
        while len(self._buffer) >= 4:
            (length,) = struct.unpack_from("!I", self._buffer)
            if length > self._limit:
                if payloads:
                    break
                raise TooLong(self._limit)
            del self._buffer[:4]
            if len(self._buffer) < length:
                break
            payloads.append(bytes(self._buffer[:length]))
            del self._buffer[:length]
        return payloads
""",
    ),
    Mistake(
        "",
        "what has not arrived yet is too long",
        "test_decoder_returns_what_is_complete",
        old=NEXT,
        new=NEXT.replace("self._limit", "len(self._buffer)"),
    ),
    Mistake(
        "X572",
        "calls itself for the next frame",
        "test_decoder_returns_what_is_complete",
        old=FEED,
        new="""        self._buffer += data
        if (payload := take_frame(self._buffer, self._limit)) is None:
            return []
        try:
            return [payload, *self.feed(b"")]
        except TooLong:
            return [payload]
""",
    ),
    Mistake(
        "M43",
        "no limit",
        "test_decoder_refuses_too_long",
        old=NEXT,
        new=NEXT.replace("self._limit", "1 << 32"),
    ),
    Mistake(
        "X579",
        "a limit for the buffer, not for a payload",
        "test_decoder_refuses_too_long",
        old="        self._buffer += data\n        payloads: list",
        new="""        self._buffer += data
        if len(self._buffer) > self._limit:
            raise TooLong(self._limit)
        payloads: list""",
    ),
    Mistake(
        "",
        "the usual limit, not the caller's",
        "test_decoder_refuses_too_long",
        old=NEXT,
        new=NEXT.replace(", self._limit", ""),
    ),
    Mistake(
        "",
        "a limit of 0 is no limit",
        "test_decoder_refuses_too_long",
        old=INIT_DECODER,
        new="""        self._limit = limit or MAX_FRAME
        self._buffer = bytearray()
""",
    ),
    Mistake(
        "X30",
        "one limit for all decoders",
        "test_decoder_refuses_too_long",
        old=INIT_DECODER,
        new="        FrameDecoder._limit = limit\n        self._buffer = bytearray()\n",
    ),
    Mistake(
        "X305",
        "starts again after the error",
        "test_decoder_refuses_too_long",
        old=LATE,
        new="""        except TooLong:
            if not payloads:
                self._buffer.clear()
                raise
""",
    ),
    Mistake(
        "X38",
        "raises at once, and loses what was complete",
        "test_decoder_refuses_too_long",
        old=LATE,
        new="""        except TooLong:
            raise
""",
    ),
    Mistake(
        "X305",
        "returns what was complete, and forgets the rest",
        "test_decoder_refuses_too_long",
        old=LATE,
        new="""        except TooLong:
            if not payloads:
                raise
            self._buffer.clear()
""",
    ),
    Mistake(
        "X582",
        "an error is not passed on",
        "test_decoder_refuses_too_long",
        old=LATE,
        new="""        except TooLong:
            pass
""",
    ),
    Mistake(
        "",
        "looks at the buffer only if there is something new",
        "test_decoder_refuses_too_long",
        old="        self._buffer += data\n        payloads: list",
        new="""        if not data:
            return []
        self._buffer += data
        payloads: list""",
    ),
    Mistake(
        "X581",
        "keeps what is fed after the error",
        "test_decoder_refuses_too_long",
        old=LATE,
        new=LATE.replace("            del self._buffer[4:]\n", ""),
    ),
    Mistake(
        "",
        "forgets the frame that was too long",
        "test_decoder_says_what_is_missing",
        edits=(
            Edit(old=INIT_DECODER, new=INIT_DECODER + "        self._failed = False\n"),
            Edit(
                old="        self._buffer += data\n        payloads: list",
                new="""        if self._failed:
            raise TooLong(self._limit)
        self._buffer += data
        payloads: list""",
            ),
            Edit(
                old=LATE,
                new="""        except TooLong:
            self._failed = True
            self._buffer.clear()
            if not payloads:
                raise
""",
            ),
        ),
    ),
    Mistake(
        "X581",
        "keeps one byte of what is fed after the error",
        "test_decoder_says_what_is_missing",
        old=LATE,
        new=LATE.replace("[4:]", "[5:]"),
    ),
    Mistake(
        "",
        "finish() raises TooLong, whatever is missing",
        "test_decoder_says_what_is_missing",
        old=FINISH,
        new=FINISH.replace("Truncated(bytes(self._buffer))", "TooLong(self._limit)"),
    ),
    Mistake(
        "X300",
        "finish() accepts half a frame",
        "test_decoder_says_what_is_missing",
        old=FINISH,
        new="        self._buffer.clear()\n",
    ),
    Mistake(
        "X300",
        "half a length is nothing",
        "test_decoder_says_what_is_missing",
        old=FINISH,
        new=FINISH.replace("if self._buffer:", "if len(self._buffer) >= 4:"),
    ),
    Mistake(
        "",
        "says nothing of what has arrived",
        "test_decoder_says_what_is_missing",
        old=FINISH,
        new=FINISH.replace("bytes(self._buffer)", 'b""'),
    ),
)
