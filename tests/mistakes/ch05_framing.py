"""Wrong answers to chapter 5 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

UNTIL = """        searched = 0
        while (found := self._buffer.find(delimiter, searched)) < 0:
            if len(self._buffer) >= limit:
                raise TooLong(limit)
            searched = max(0, len(self._buffer) - len(delimiter) + 1)
            if not self._receive():
                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
        end = found + len(delimiter)
        if end > limit:
            raise TooLong(limit)
        return self._take(end)
"""
ENDED = """                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
"""
EXACTLY = """        while len(self._buffer) < count:
            if not self._receive():
                raise Truncated(self._take(len(self._buffer)))
        return self._take(count)
"""
SHORT = "                raise Truncated(self._take(len(self._buffer)))\n"
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
TAKE = """        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken
"""
READ_FRAME = """    try:
        (length,) = struct.unpack("!I", reader.read_exactly(4))
    except Truncated as cut:
        if cut.partial:
            raise
        return None
"""
FEED = """        while len(self._buffer) >= 4:
"""
FED = """            payloads.append(bytes(self._buffer[4:end]))
            del self._buffer[:end]
"""
TOO_LONG = """            if length > self._limit:
                if payloads:
                    break
                raise TooLong(self._limit)
"""
FINISH = """        if self._buffer:
            raise Truncated(bytes(self._buffer))
"""

MISTAKES = (
    Mistake(
        "M03",
        "one recv(), which is the message",
        "test_message_in_any_pieces",
        old=UNTIL,
        new="        return self._conn.recv(1024)\n",
    ),
    Mistake(
        "M03",
        "a bigger buffer (M44): one recv() of all",
        "test_message_in_any_pieces",
        old=UNTIL,
        new="        self._buffer += self._conn.recv(1 << 20)\n"
        "        end = self._buffer.find(delimiter) + len(delimiter)\n"
        "        return self._take(end)\n",
    ),
    Mistake(
        "M39",
        "searches in the last piece",
        "test_message_in_any_pieces",
        old="            searched = max(0, len(self._buffer) - len(delimiter) + 1)\n",
        new="            searched = len(self._buffer)\n",
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
        old="        return self._take(end)\n",
        new="        return self._take(end).removesuffix(delimiter)\n",
    ),
    Mistake(
        "",
        "returns a bytearray",
        "test_message_in_any_pieces",
        old="bytes(self._buffer[:count])",
        new="self._buffer[:count]",
    ),
    Mistake(
        "M05",
        "receives until the delimiter comes, if it ever does",
        "test_end_between_and_inside_messages",
        old="            if not self._receive():\n" + ENDED,
        new="            self._receive()\n",
    ),
    Mistake(
        "M41",
        "drops what is left over",
        "test_rest_begins_the_next_message",
        old=TAKE,
        new="        taken = bytes(self._buffer[:count])\n        self._buffer.clear()\n"
        "        return taken\n",
    ),
    Mistake(
        "M41",
        "receives before it looks",
        "test_rest_begins_the_next_message",
        old="        searched = 0\n",
        new="        searched = 0\n        self._receive()\n",
    ),
    Mistake(
        "M03",
        "returns all that has arrived, up to the last delimiter",
        "test_rest_begins_the_next_message",
        old="self._buffer.find(delimiter, searched)",
        new="self._buffer.rfind(delimiter, searched)",
    ),
    Mistake(
        "X30",
        "one buffer for all readers, as a default argument",
        "test_rest_begins_the_next_message",
        edits=(
            Edit(
                old="    def __init__(self, conn: socket.socket) -> None:",
                new="    def __init__(self, conn: socket.socket, buffer=bytearray()) -> None:",
            ),
            Edit(
                old="        self._conn = conn\n        self._buffer = bytearray()\n",
                new="        self._conn = conn\n        self._buffer = buffer\n",
            ),
        ),
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
        "says that it is truncated, but not what came",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new=ENDED.replace("self._take(len(self._buffer))", 'b""'),
    ),
    Mistake(
        "",
        "says what came, and keeps it",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new=ENDED.replace("self._take(len(self._buffer))", "bytes(self._buffer)"),
    ),
    Mistake(
        "X300",
        "b'' is the end, whatever has come",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new='                self._buffer.clear()\n                return b""\n',
    ),
    Mistake(
        "X32",
        "each end of the stream is an error",
        "test_end_between_and_inside_messages",
        old=ENDED,
        new="                raise Truncated(self._take(len(self._buffer)))\n",
    ),
    Mistake(
        "X33",
        "does not count the delimiter",
        "test_too_long_is_refused_in_time",
        old="        if end > limit:\n",
        new="        if found > limit:\n",
    ),
    Mistake(
        "X33",
        "a limit that holds only while it waits",
        "test_too_long_is_refused_in_time",
        old="        if end > limit:\n            raise TooLong(limit)\n",
        new="",
    ),
    Mistake(
        "X33",
        "one byte too strict",
        "test_too_long_is_refused_in_time",
        old="        if end > limit:\n",
        new="        if end >= limit:\n",
    ),
    Mistake(
        "X33",
        "refuses only when there is more than the limit",
        "test_too_long_is_refused_in_time",
        old="            if len(self._buffer) >= limit:\n",
        new="            if len(self._buffer) > limit:\n",
    ),
    Mistake(
        "",
        "TooLong says how much came, not what the limit is",
        "test_too_long_is_refused_in_time",
        old="        if end > limit:\n            raise TooLong(limit)\n",
        new="        if end > limit:\n            raise TooLong(end)\n",
    ),
    Mistake(
        "X39",
        "looks at the length when the message is complete",
        "test_too_long_is_refused_in_time",
        old="            if len(self._buffer) >= limit:\n                raise TooLong(limit)\n",
        new="",
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
        new="        taken = self._take(count)\n        self._buffer.clear()\n"
        "        return taken\n",
    ),
    Mistake(
        "M41",
        "receives before it looks whether there is enough",
        "test_exact_count_in_any_pieces",
        old=EXACTLY,
        new="        while True:\n            if not self._receive():\n"
        + SHORT
        + "            if len(self._buffer) >= count:\n"
        "                return self._take(count)\n",
    ),
    Mistake(
        "M41",
        "its own loop, which does not know of the buffer",
        "test_methods_share_what_has_arrived",
        old=EXACTLY,
        new='        whole = b""\n        while len(whole) < count:\n'
        "            piece = self._conn.recv(count - len(whole))\n"
        "            if not piece:\n                raise Truncated(whole)\n"
        "            whole += piece\n        return whole\n",
    ),
    Mistake(
        "M41",
        "receives at least once, even for nothing",
        "test_methods_share_what_has_arrived",
        old=EXACTLY,
        new="        while len(self._buffer) < count or not self._buffer:\n"
        + EXACTLY.partition("\n")[2],
    ),
    Mistake(
        "X31",
        "gives what came",
        "test_fewer_bytes_are_truncated",
        old=SHORT + "        return self._take(count)\n",
        new="                break\n        return self._take(count)\n",
    ),
    Mistake(
        "X303",
        "b'' at the end, though bytes were asked for",
        "test_fewer_bytes_are_truncated",
        old=SHORT + "        return self._take(count)\n",
        new='                if not self._buffer:\n                    return b""\n'
        + SHORT
        + "        return self._take(count)\n",
    ),
    Mistake(
        "X16",
        "a connection that breaks has ended",
        "test_broken_connection_is_no_end",
        old=RECEIVE,
        new=GUARDED.format("OSError"),
    ),
    Mistake(
        "X16",
        "a reset is the end",
        "test_broken_connection_is_no_end",
        old=RECEIVE,
        new=GUARDED.format("ConnectionError"),
    ),
    Mistake(
        "M06",
        "a timeout is the end",
        "test_broken_connection_is_no_end",
        old=RECEIVE,
        new=GUARDED.format("TimeoutError"),
    ),
    Mistake(
        "X479",
        "takes the timeout away",
        "test_broken_connection_is_no_end",
        old="        self._conn = conn\n",
        new="        self._conn = conn\n        conn.settimeout(None)\n",
    ),
    Mistake(
        "X479",
        "tries again after each timeout",
        "test_broken_connection_is_no_end",
        old=RECEIVE,
        new="        while True:\n            try:\n"
        "                piece = self._conn.recv(CHUNK)\n                break\n"
        "            except TimeoutError:\n                continue\n",
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
        "X33",
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
        "X480",
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
        "M40",
        "errors='replace'",
        "test_bad_line_is_taken_out",
        old='.removesuffix(b"\\r").decode()',
        new='.removesuffix(b"\\r").decode(errors="replace")',
    ),
    Mistake(
        "X36",
        "the machine's own byte order",
        "test_frame_is_length_and_payload",
        old='return struct.pack("!I", len(payload))',
        new='return struct.pack("<I", len(payload))',
    ),
    Mistake(
        "M42",
        "receives the length by itself",
        "test_frames_in_any_pieces",
        old='struct.unpack("!I", reader.read_exactly(4))',
        new='struct.unpack("!I", reader._take(4) if reader._buffer else reader._conn.recv(4))',
    ),
    Mistake(
        "X34",
        "an empty frame is none",
        "test_frames_in_any_pieces",
        old="        raise TooLong(limit)\n    return reader.read_exactly(length)\n",
        new="        raise TooLong(limit)\n    return reader.read_exactly(length) or None\n",
    ),
    Mistake(
        "X301",
        "every cut is a clean end",
        "test_stream_ends_between_frames",
        old="        if cut.partial:\n            raise\n        return None\n",
        new="        return None\n",
    ),
    Mistake(
        "X31",
        "the payload's cut, too",
        "test_stream_ends_between_frames",
        old="    return reader.read_exactly(length)\n",
        new="    try:\n        return reader.read_exactly(length)\n"
        "    except Truncated as cut:\n        return cut.partial\n",
    ),
    Mistake(
        "X32",
        "no cut is a clean end",
        "test_stream_ends_between_frames",
        old=READ_FRAME,
        new='    (length,) = struct.unpack("!I", reader.read_exactly(4))\n',
    ),
    Mistake(
        "M43",
        "believes the length",
        "test_announced_length_is_not_believed",
        old="    if length > limit:\n        raise TooLong(limit)\n    return reader",
        new="    return reader",
    ),
    Mistake(
        "M43",
        "reserves the memory first",
        "test_announced_length_is_not_believed",
        old="    if length > limit:\n        raise TooLong(limit)\n    return reader",
        new="    payload = bytearray(length)\n"
        "    if len(payload) > limit:\n        raise TooLong(limit)\n    return reader",
    ),
    Mistake(
        "",
        "a limit of its own, not the one given",
        "test_announced_length_is_not_believed",
        old="    if length > limit:\n        raise TooLong(limit)\n    return reader",
        new="    if length > LONGEST_FRAME:\n        raise TooLong(limit)\n    return reader",
    ),
    Mistake(
        "X33",
        "counts the four bytes, too",
        "test_announced_length_is_not_believed",
        old="    if length > limit:\n        raise TooLong(limit)\n    return reader",
        new="    if 4 + length > limit:\n        raise TooLong(limit)\n    return reader",
    ),
    Mistake(
        "M03",
        "one feed(), one frame",
        "test_decoder_returns_what_is_complete",
        edits=(
            Edit(old=FEED, new="        if len(self._buffer) >= 4:\n"),
            Edit(
                old="                break\n            payloads.append",
                new="                return payloads\n            payloads.append",
            ),
            Edit(
                old="                if payloads:\n                    break\n                raise",
                new="                raise",
            ),
        ),
    ),
    Mistake(
        "M41",
        "drops what is left over",
        "test_decoder_returns_what_is_complete",
        old=FED,
        new=FED.replace("del self._buffer[:end]", "self._buffer.clear()"),
    ),
    Mistake(
        "M41",
        "forgets what was fed before",
        "test_decoder_returns_what_is_complete",
        old="        self._buffer += data\n",
        new="        self._buffer = bytearray(data)\n",
    ),
    Mistake(
        "M42",
        "expects the whole length at once",
        "test_decoder_returns_what_is_complete",
        old=FEED,
        new="        while self._buffer:\n",
    ),
    Mistake(
        "X34",
        "leaves empty payloads out",
        "test_decoder_returns_what_is_complete",
        old="            payloads.append(",
        new="            if length:\n                payloads.append(",
    ),
    Mistake(
        "",
        "payloads that are bytearrays",
        "test_decoder_returns_what_is_complete",
        old="payloads.append(bytes(self._buffer[4:end]))",
        new="payloads.append(self._buffer[4:end])  # type: ignore[arg-type]",
    ),
    Mistake(
        "X37",
        "goes round until the buffer is empty",
        "test_decoder_returns_what_is_complete",
        old=FEED,
        new="        while self._buffer:\n            if len(self._buffer) < 4:\n"
        "                continue\n",
    ),
    Mistake(
        "X30",
        "one buffer for all decoders",
        "test_decoder_returns_what_is_complete",
        edits=(
            Edit(
                old="        self._limit = limit\n        self._buffer = bytearray()\n",
                new="        self._limit = limit\n",
            ),
            Edit(
                old="    def __init__(self, limit: int = LONGEST_FRAME) -> None:",
                new="    _buffer = bytearray()\n\n"
                "    def __init__(self, limit: int = LONGEST_FRAME) -> None:",
            ),
        ),
    ),
    Mistake(
        "M43",
        "waits for the payload before it looks at the limit",
        "test_decoder_refuses_too_long",
        edits=(
            Edit(old=TOO_LONG, new=""),
            Edit(
                old="                break\n            payloads.append",
                new="                break\n            if length > self._limit:\n"
                "                raise TooLong(self._limit)\n            payloads.append",
            ),
        ),
    ),
    Mistake(
        "M43",
        "no limit",
        "test_decoder_refuses_too_long",
        old=TOO_LONG,
        new="",
    ),
    Mistake(
        "",
        "a limit of its own, not the one given",
        "test_decoder_refuses_too_long",
        old="            if length > self._limit:\n",
        new="            if length > LONGEST_FRAME:\n",
    ),
    Mistake(
        "X305",
        "begins afresh after the error",
        "test_decoder_refuses_too_long",
        old="                raise TooLong(self._limit)\n",
        new="                self._buffer.clear()\n                raise TooLong(self._limit)\n",
    ),
    Mistake(
        "X38",
        "raises at once, and loses what was whole",
        "test_decoder_refuses_too_long",
        old="                if payloads:\n                    break\n",
        new="",
    ),
    Mistake(
        "X38",
        "returns what was whole, and forgets the rest",
        "test_decoder_refuses_too_long",
        old="                if payloads:\n                    break\n",
        new="                if payloads:\n                    self._buffer.clear()\n"
        "                    break\n",
    ),
    Mistake(
        "X300",
        "finish() is content with half a frame",
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
)
