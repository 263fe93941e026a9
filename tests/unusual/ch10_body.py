"""Right but unusual answers to chapter 10, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

DONE = """        return self._missing == 0
"""
TAKE = """        content = bytes(buffer[: self._missing])
        del buffer[: len(content)]
        self._missing -= len(content)
        return content
"""
DIGITS = """    if not (value.isascii() and value.isdigit()):
"""
NUMBER = """    if len(value) > MAX_DIGITS:
        raise HttpError(413, "this length has too many digits", "RFC 9110 §15.5.14", value)
    return int(value)
"""
SIZE = """        match = CHUNK_LINE.fullmatch(line)
        if match is None:
            raise HttpError(400, "this is not a chunk's size line", "RFC 9112 §7.1", line)
        size = int(match[1], 16)
        self.count_overhead(len(line) - len(match[1]))
        self.length += size
        if self.length > self.limit:
            raise too_large(self.limit)
"""
TRAILERS = """        content = self.chunks.decode(buffer)
        while self.chunks.done and not self.done:
            line = take_line(buffer, MAX_OVERHEAD - self.chunks.overhead)
            if line is None:
                break
            if line == "":
                self.trailers = Headers(self.fields)
                self.done = True
            else:
                self.chunks.count_overhead(len(line))
                self.fields.append(parse_field_line(line))
        return content
"""
CODINGS = """    codings = list_members(transfer_encoding.lower())
    if codings[-1:] != ["chunked"] or codings.count("chunked") > 1:
        raise HttpError(400, "chunked has to be last, and once", "RFC 9112 §6.3", transfer_encoding)
    if len(codings) > 1:
        raise HttpError(501, "only chunked is known here", "RFC 9112 §6.1", transfer_encoding)
    return "chunked"
"""
NO_CODING = """    if (transfer_encoding := request.headers.get("transfer-encoding")) is None:
        if (length := content_length(request.headers) or 0) > limit:
            raise too_large(limit)
        return length
    if "content-length" in request.headers:
        raise HttpError(400, "Content-Length beside Transfer-Encoding", "RFC 9112 §6.1")
    if request.version < (1, 1):
        raise HttpError(400, "Transfer-Encoding in HTTP/1.0", "RFC 9112 §6.1")
"""
EXPECTED = """    expectations = set(list_members(expect.lower()))
    if expectations - {"100-continue"}:
        raise HttpError(417, "this server knows only 100-continue", "RFC 9110 §10.1.1", expect)
    return bool(expectations)
"""

UNUSUAL = (
    Unusual(
        "LengthDecoder counts what has come, not what is missing",
        edits=(
            Edit(
                old="        self._missing = length\n",
                new="        self._length, self._taken = length, 0\n",
            ),
            Edit(old=DONE, new="        return self._taken >= self._length\n"),
            Edit(
                old=TAKE,
                new="        content = bytes(buffer[: self._length - self._taken])\n"
                "        buffer[: len(content)] = b''\n"
                "        self._taken += len(content)\n"
                "        return content\n",
            ),
        ),
    ),
    Unusual(
        "LengthDecoder keeps what `done` returns",
        edits=(
            Edit(
                old="        self._missing = length\n",
                new="        self._missing, self._done = length, length == 0\n",
            ),
            Edit(old=DONE, new="        return self._done\n"),
            Edit(
                old="        self._missing -= len(content)\n",
                new="        self._missing -= len(content)\n        self._done = not self._missing\n",
            ),
        ),
    ),
    Unusual(
        "LengthDecoder takes octets with min() and a memoryview",
        old=TAKE,
        new="        count = min(self._missing, len(buffer))\n"
        "        with memoryview(buffer) as view:\n"
        "            content = view[:count].tobytes()\n"
        "        del buffer[:count]\n"
        "        self._missing -= count\n"
        "        return content\n",
    ),
    Unusual(
        "LengthDecoder takes the whole buffer, if it may, and clears it",
        old=TAKE,
        new="        if len(buffer) <= self._missing:\n"
        "            content = bytes(buffer)\n"
        "            buffer.clear()\n"
        "        else:\n"
        "            content = bytes(buffer[: self._missing])\n"
        "            del buffer[: self._missing]\n"
        "        self._missing -= len(content)\n"
        "        return content\n",
    ),
    Unusual(
        "a regular expression for a length",
        old=DIGITS,
        new="    if __import__('re').fullmatch('[0-9]+', value) is None:\n",
    ),
    Unusual(
        "a set of characters for a length",
        old=DIGITS,
        new="    if not value or not set(value) <= set('0123456789'):\n",
    ),
    Unusual(
        "get_all() for a length that is repeated",
        old='    value = headers.get("content-length")\n    if value is None:\n        return None\n',
        new='    values = headers.get_all("Content-Length")\n'
        "    if not values:\n        return None\n"
        "    if len(values) > 1:\n        raise HttpError(400, 'twice', 'RFC 9112 §6.3')\n"
        "    value = values[0]\n",
    ),
    Unusual(
        "int() of the first MAX_DIGITS digits, and a look at those after them",
        old=NUMBER,
        new="    if value[MAX_DIGITS:]:\n"
        "        raise HttpError(413, 'too long', 'RFC 9110 §15.5.14', value)\n"
        "    return int(value[:MAX_DIGITS])\n",
    ),
    Unusual(
        "the limit first, then the overhead",
        old=SIZE,
        new="        match = CHUNK_LINE.fullmatch(line)\n"
        "        if not match:\n            raise HttpError(400, 'no', '')\n"
        "        size = int(match[1], 16)\n"
        "        self.length += size\n"
        "        if self.length > self.limit:\n            raise too_large(self.limit)\n"
        "        self.overhead += len(line[match.end(1) :])\n"
        "        if self.overhead > MAX_OVERHEAD:\n            raise HttpError(400, 'too much', '')\n",
    ),
    Unusual(
        "a size line by hand, whose extensions the grammar judges",
        old=SIZE,
        new=SIZE.replace(
            "        size = int(match[1], 16)\n",
            "        size = 0\n"
            "        for digit in match.group(1).lower():\n"
            "            size = 16 * size + '0123456789abcdef'.index(digit)\n",
        ),
    ),
    Unusual(
        "begin_chunk() raises before it counts",
        old=SIZE,
        new="        match = CHUNK_LINE.fullmatch(line)\n"
        "        if match is None:\n            raise HttpError(400, 'no', '')\n"
        "        size, extensions = int(match[1], 16), len(line) - match.end(1)\n"
        "        if extensions > MAX_OVERHEAD - self.overhead:\n"
        "            raise HttpError(400, 'too much', '')\n"
        "        if size > self.limit - self.length:\n            raise too_large(self.limit)\n"
        "        self.overhead, self.length = self.overhead + extensions, self.length + size\n",
    ),
    Unusual(
        "ChunkedDecoder returns early",
        old=TRAILERS,
        new="        content = self.chunks.decode(buffer)\n"
        "        if self.done or not self.chunks.done:\n"
        "            return content\n"
        "        while (line := take_line(buffer, MAX_OVERHEAD - self.chunks.overhead)) is not None:\n"
        "            if not line:\n"
        "                self.done, self.trailers = True, Headers(self.fields)\n"
        "                break\n"
        "            self.chunks.count_overhead(len(line))\n"
        "            self.fields.append(parse_field_line(line))\n"
        "        return content\n",
    ),
    Unusual(
        "a count of its own for trailers",
        old=TRAILERS,
        new=TRAILERS.replace(
            "        while self.chunks.done and not self.done:\n",
            "        room = MAX_OVERHEAD - self.chunks.overhead\n"
            "        room -= sum(getattr(self, 'lines', []))\n"
            "        while self.chunks.done and not self.done:\n",
        )
        .replace("MAX_OVERHEAD - self.chunks.overhead)", "room)")
        .replace(
            "                self.chunks.count_overhead(len(line))\n",
            "                self.lines = [*getattr(self, 'lines', []), len(line)]\n"
            "                room -= len(line)\n",
        ),
    ),
    Unusual(
        "codings compared as a whole",
        old=CODINGS,
        new="    codings = [coding.lower() for coding in list_members(transfer_encoding)]\n"
        "    match codings:\n"
        "        case ['chunked']:\n"
        "            return 'chunked'\n"
        "        case [*others, 'chunked'] if 'chunked' not in others:\n"
        "            raise HttpError(501, 'no', '')\n"
        "        case _:\n"
        "            raise HttpError(400, 'no', '')\n",
    ),
    Unusual(
        "the version before the two fields, and the length last",
        old=NO_CODING,
        new="    transfer_encoding = request.headers.get('Transfer-Encoding')\n"
        "    if transfer_encoding is not None and request.version == (1, 0):\n"
        "        raise HttpError(400, 'old', '')\n"
        "    if transfer_encoding is not None and request.headers.get_all('Content-Length'):\n"
        "        raise HttpError(400, 'both', '')\n"
        "    if transfer_encoding is None:\n"
        "        length = content_length(request.headers)\n"
        "        if length is None:\n            return 0\n"
        "        if length > limit:\n"
        "            raise HttpError(413, 'too long', 'RFC 9110 §15.5.14')\n"
        "        return length\n",
    ),
    Unusual(
        "expectations in a loop",
        old=EXPECTED,
        new="    waits = False\n"
        "    for expectation in list_members(expect):\n"
        "        if expectation.casefold() != '100-continue':\n"
        "            raise HttpError(417, 'no', '')\n"
        "        waits = True\n"
        "    return waits\n",
    ),
    Unusual(
        "errors of its own that name the limit in another form",
        edits=(
            Edit(
                old="            raise too_large(self.limit)\n",
                new="            raise HttpError(413, f'{self.length}, not {self.limit:,}', '')\n",
            ),
            Edit(
                old="            raise too_large(limit)\n",
                new="            raise HttpError(413, f'at most {limit:_} octets', '')\n",
            ),
        ),
    ),
    Unusual(
        "octets counted in latin-1",
        edits=(
            Edit(
                old="self.count_overhead(len(line) - len(match[1]))",
                new="self.count_overhead(len(line.encode('latin-1')[match.end(1) :]))",
            ),
            Edit(
                old="self.chunks.count_overhead(len(line))",
                new="self.chunks.count_overhead(len(line.encode('latin-1')))",
            ),
        ),
    ),
)
