"""Right but unusual answers to chapter 5, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

TAKE_MESSAGE = """    found = buffer.find(delimiter)
    if found < 0:
        return None
    end = found + len(delimiter)
    message = bytes(buffer[:end])
    del buffer[:end]
    return message
"""
INIT = """        self._conn = conn
        self._buffer = bytearray()
"""
UNTIL = """        while (message := take_message(self._buffer, delimiter)) is None:
            if len(self._buffer) >= limit:
                raise TooLong(limit)
            if not self._receive():
                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
        if len(message) > limit:
            raise TooLong(limit)
        return message
"""
LINE = """        line = self.read_until(b"\\n", limit)
        if not line:
            return None
        return line.removesuffix(b"\\n").removesuffix(b"\\r").decode()
"""
EXACTLY = """        while len(self._buffer) < count:
            if not self._receive():
                raise Truncated(self._take(len(self._buffer)))
        return self._take(count)
"""
RECEIVE = """        piece = self._conn.recv(CHUNK)
        self._buffer += piece
        return bool(piece)
"""
ENCODE = 'return struct.pack("!I", len(payload)) + payload'
READ_FRAME = """    try:
        (length,) = struct.unpack("!I", reader.read_exactly(4))
    except Truncated as cut:
        if cut.partial:
            raise
        return None
    if length > limit:
        raise TooLong(limit)
    return reader.read_exactly(length)
"""
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

UNUSUAL = (
    Unusual(
        "partition()",
        old=TAKE_MESSAGE,
        new="""    message, found, rest = buffer.partition(delimiter)
    if not found:
        return None
    buffer[:] = rest
    return bytes(message + found)
""",
    ),
    Unusual(
        "split() with a limit of one",
        old=TAKE_MESSAGE,
        new="""    if delimiter not in buffer:
        return None
    message, rest = buffer.split(delimiter, 1)
    buffer.clear()
    buffer.extend(rest)
    return bytes(message) + delimiter
""",
    ),
    Unusual(
        "index() and ValueError",
        old=TAKE_MESSAGE,
        new="""    try:
        end = buffer.index(delimiter) + len(delimiter)
    except ValueError:
        return None
    with memoryview(buffer) as view:
        message = view[:end].tobytes()
    buffer[:end] = b""
    return message
""",
    ),
    Unusual(
        "takes byte after byte out of the buffer",
        old=TAKE_MESSAGE,
        new="""    if buffer.find(delimiter) == -1:
        return None
    message = b""
    while not message.endswith(delimiter):
        message += bytes([buffer.pop(0)])
    return message
""",
    ),
    Unusual(
        "the buffer is kept as bytes between two calls",
        edits=(
            Edit(INIT, '        self._conn = conn\n        self._kept = b""\n'),
            Edit(
                UNTIL,
                """        buffer = bytearray(self._kept)
        while (message := take_message(buffer, delimiter)) is None:
            if len(buffer) >= limit:
                raise TooLong(limit)
            piece = self._conn.recv(CHUNK)
            if not piece and buffer:
                self._kept = b""
                raise Truncated(bytes(buffer))
            if not piece:
                return b""
            buffer += piece
            self._kept = bytes(buffer)
        self._kept = bytes(buffer)
        if len(message) > limit:
            raise TooLong(limit)
        return message
""",
            ),
            Edit(
                EXACTLY,
                """        while len(self._kept) < count:
            piece = self._conn.recv(CHUNK)
            if not piece:
                partial, self._kept = self._kept, b""
                raise Truncated(partial)
            self._kept += piece
        taken, self._kept = self._kept[:count], self._kept[count:]
        return taken
""",
            ),
        ),
    ),
    Unusual(
        "searches in the first `limit` bytes only, without take_message()",
        old=UNTIL,
        new="""        while (found := self._buffer.find(delimiter, 0, max(limit, 0))) < 0:
            if len(self._buffer) >= limit:
                raise TooLong(limit)
            if not self._receive():
                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
        return self._take(found + len(delimiter))
""",
    ),
    Unusual(
        "remembers where it has searched",
        old=UNTIL,
        new="""        searched = 0
        while (found := self._buffer.find(delimiter, searched)) < 0:
            if len(self._buffer) >= limit:
                raise TooLong(limit)
            searched = max(0, len(self._buffer) - len(delimiter) + 1)
            if not self._receive():
                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
        if found + len(delimiter) > limit:
            raise TooLong(limit)
        return self._take(found + len(delimiter))
""",
    ),
    Unusual(
        "leaves a message that is too long in the buffer",
        old=UNTIL,
        new="""        while delimiter not in self._buffer:
            if len(self._buffer) >= limit:
                raise TooLong(limit)
            if not self._receive():
                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
        if self._buffer.index(delimiter) + len(delimiter) > limit:
            raise TooLong(limit)
        message = take_message(self._buffer, delimiter)
        assert message is not None
        return message
""",
    ),
    Unusual(
        "receives one byte at a time",
        old="        piece = self._conn.recv(CHUNK)\n",
        new="        piece = self._conn.recv(1)\n",
    ),
    Unusual(
        "receives no more than the limit leaves room for",
        old=UNTIL,
        new="""        while (message := take_message(self._buffer, delimiter)) is None:
            if len(self._buffer) >= limit:
                raise TooLong(limit)
            piece = self._conn.recv(limit - len(self._buffer))
            self._buffer += piece
            if not piece:
                if self._buffer:
                    raise Truncated(self._take(len(self._buffer)))
                return b""
        if len(message) > limit:
            raise TooLong(limit)
        return message
""",
    ),
    Unusual(
        "recv_into()",
        old=RECEIVE,
        new="""        room = bytearray(4096)
        count = self._conn.recv_into(room)
        self._buffer += room[:count]
        return count > 0
""",
    ),
    Unusual(
        "a deque of single bytes",
        edits=(
            Edit("import struct\n", "import struct\nfrom collections import deque\n"),
            Edit(INIT, "        self._conn = conn\n        self._pieces = deque()\n"),
            Edit(
                UNTIL,
                """        seen = b"".join(self._pieces)
        while delimiter not in seen:
            if len(seen) >= limit:
                raise TooLong(limit)
            piece = self._conn.recv(CHUNK)
            self._pieces.append(piece)
            if not piece:
                self._pieces.clear()
                if seen:
                    raise Truncated(seen)
                return b""
            seen += piece
        end = seen.index(delimiter) + len(delimiter)
        if end > limit:
            raise TooLong(limit)
        self._pieces = deque([seen[end:]])
        return seen[:end]
""",
            ),
            Edit(
                EXACTLY,
                """        while sum(map(len, self._pieces)) < count:
            piece = self._conn.recv(CHUNK)
            if not piece:
                seen = b"".join(self._pieces)
                self._pieces.clear()
                raise Truncated(seen)
            self._pieces.append(piece)
        seen = b"".join(self._pieces)
        self._pieces = deque([seen[count:]])
        return seen[:count]
""",
            ),
        ),
    ),
    Unusual(
        "takes the end of the line off by slices",
        old=LINE,
        new="""        line = self.read_until(b"\\n", limit)
        if line == b"":
            return None
        text = line[:-2] if line[-2:] == b"\\r\\n" else line[:-1]
        return str(text, "utf-8", "strict")
""",
    ),
    Unusual(
        "decodes first, then takes the end off",
        old=LINE,
        new="""        if not (line := self.read_until(delimiter=b"\\n", limit=limit)):
            return None
        text = line.decode("utf-8")[:-1]
        return text[:-1] if text.endswith("\\r") else text
""",
    ),
    Unusual(
        "an exact count in a loop over what is missing",
        old=EXACTLY,
        new="""        while (missing := count - len(self._buffer)) > 0:
            piece = self._conn.recv(missing)
            self._buffer.extend(piece)
            if piece == b"":
                partial = bytes(self._buffer)
                del self._buffer[:]
                raise Truncated(partial)
        exactly, self._buffer = self._buffer[:count], self._buffer[count:]
        return bytes(exactly)
""",
    ),
    Unusual(
        "to_bytes()",
        old=ENCODE,
        new='return b"".join((len(payload).to_bytes(4, "big"), payload))',
    ),
    Unusual(
        "struct packs the payload as well",
        old=ENCODE,
        new='return struct.pack(f">I{len(payload)}s", len(payload), payload)',
    ),
    Unusual(
        "reads the first byte of a length by itself",
        old=READ_FRAME,
        new="""    try:
        first = reader.read_exactly(1)
    except Truncated:
        return None
    try:
        rest = reader.read_exactly(3)
    except Truncated as cut:
        raise Truncated(first + cut.partial) from None
    length = int.from_bytes(first + rest, "big")
    if length > limit:
        raise TooLong(limit)
    return reader.read_exactly(length) if length else b""
""",
    ),
    Unusual(
        "says in `partial` that the length had arrived",
        old="    return reader.read_exactly(length)\n",
        new="""    try:
        return reader.read_exactly(length)
    except Truncated as cut:
        raise Truncated(struct.pack("!I", length) + cut.partial) from cut
""",
    ),
    Unusual(
        "int.from_bytes(), and slices of the buffer",
        old=TAKE_FRAME,
        new="""    if len(buffer) >= 4:
        length = int.from_bytes(buffer[:4], "big")
        if length > limit:
            raise TooLong(limit)
        if len(buffer) - 4 >= length:
            payload = bytes(memoryview(buffer)[4 : 4 + length])
            buffer[: 4 + length] = b""
            return payload
    return None
""",
    ),
    Unusual(
        "a decoder with a generator",
        old=FEED,
        new="""        def complete():
            while (payload := take_frame(self._buffer, self._limit)) is not None:
                yield payload

        self._buffer.extend(data)
        payloads = []
        try:
            payloads.extend(complete())
        except TooLong:
            self._buffer = self._buffer[:4]
            if payloads:
                return payloads
            raise
        return payloads
""",
    ),
    Unusual(
        "keeps the error, and raises it from the next call on",
        edits=(
            Edit(INIT_DECODER, INIT_DECODER + "        self._error = None\n"),
            Edit(
                FEED,
                """        if self._error is not None:
            raise self._error
        self._buffer += data
        payloads = []
        while self._error is None:
            try:
                payload = take_frame(self._buffer, self._limit)
            except TooLong as error:
                self._error = error
                break
            if payload is None:
                break
            payloads.append(payload)
        if self._error is not None and not payloads:
            raise self._error
        return payloads
""",
            ),
        ),
    ),
    Unusual(
        "a decoder that does not use take_frame()",
        old=FEED,
        new="""        self._buffer += data
        payloads, at = [], 0
        while len(self._buffer) - at >= 4:
            (length,) = struct.unpack_from("!I", self._buffer, at)
            if length > self._limit:
                del self._buffer[at + 4 :]
                if payloads:
                    break
                raise TooLong(self._limit)
            if len(self._buffer) - at < 4 + length:
                break
            payloads.append(bytes(self._buffer[at + 4 : at + 4 + length]))
            at += 4 + length
        del self._buffer[:at]
        return payloads
""",
    ),
)
