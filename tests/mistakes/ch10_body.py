"""Wrong answers to chapter 10 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

NOT_DIGITS = """    if not (value.isascii() and value.isdigit()):
        raise HttpError(400, "Content-Length is a number in digits, once", "RFC 9110 §8.6", value)
"""
TOO_MANY_DIGITS = """    if len(value) > MOST_DIGITS:
        raise HttpError(400, "no content is that long", "RFC 9110 §8.6", value)
"""
VALUE = """    value = headers.get("content-length")
"""
NO_CODING = """    if transfer_encoding is None:
        length = content_length(request.headers) or 0
        if length > limit:
            raise _too_large(limit)
        return length
"""
BOTH = """    if "content-length" in request.headers:
        raise _ambiguous("it excludes Content-Length", transfer_encoding)
"""
OLD_VERSION = """    if request.version < (1, 1):
        raise _ambiguous("HTTP/1.0 knows no Transfer-Encoding", transfer_encoding)
"""
LAST = """    if codings[-1:] != ["chunked"] or codings.count("chunked") > 1:
        raise _ambiguous("chunked has to be the last coding, and once", transfer_encoding)
"""
OTHERS = """    if len(codings) > 1:
        raise HttpError(501, "no coding but chunked is known", "RFC 9112 §6.1", transfer_encoding)
"""
EXPECT = """    expect = request.headers.get("expect")
    if expect is None or request.version < (1, 1):
        return False
    expectations = set(_members(expect))
    if expectations - {"100-continue"}:
        raise HttpError(417, "no such expectation can be met", "RFC 9110 §10.1.1", expect)
    return bool(expectations)
"""
TAKE_CONTENT = """        content = data[: self._missing]
        self.rest = data[len(content) :]
        self._missing -= len(content)
        return content
"""
BUFFERED = """        self._buffer += data
        content: list[bytes] = []
"""
SIZE = """        match = CHUNK_LINE.fullmatch(line)
        if match is None:
            raise HttpError(400, "this is no chunk size", "RFC 9112 §7.1", line)
        self._count_overhead(len(line) - len(match[1]))
        self._missing = int(match[1], 16)
"""
OVER_LIMIT = """        if self._length > self._limit:
            raise _too_large(self._limit)
"""
LINE_END = """        if not b"\\r\\n".startswith(bytes(self._buffer[:2])):
            raise HttpError(400, "a chunk's data is longer than its size", "RFC 9112 §7.1")
        if len(self._buffer) < 2:
            return False
"""
LINE = """        end = self._buffer.find(b"\\n") + 1
        if not end:
            self._count_overhead(0, len(self._buffer) - LONGEST_SIZE)
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        return split_head(line.removesuffix(b"\\r\\n"))[0]
"""
TRAILER = """            self._trailers.append(parse_field_line(line))
"""
ANSWER = """    with conn:
        conn.settimeout(seconds)  # sendall() counts it from its beginning
        conn.sendall(head.encode() + content)
        close_gracefully(conn, seconds)
"""
TIMEOUT = "        conn.settimeout(seconds)  # sendall() counts it from its beginning\n"
CLOSE = "        close_gracefully(conn, seconds)\n"

MISTAKES = (
    Mistake(
        "X70",
        "0 if the field is not there",
        "test_length_is_a_number_or_none",
        old="    if value is None:\n        return None\n",
        new="    if value is None:\n        return 0\n",
    ),
    Mistake(
        "X71",
        "int() of any number of digits",
        "test_length_is_a_number_or_none",
        old=TOO_MANY_DIGITS,
        new="",
    ),
    Mistake(
        "X71",
        "makes the number first, then looks how long it is",
        "test_length_is_a_number_or_none",
        old=TOO_MANY_DIGITS,
        new=TOO_MANY_DIGITS.replace("len(value) > MOST_DIGITS", "int(value) > 1e18"),
    ),
    Mistake(
        "X351",
        "looks at the digits before the field is there",
        "test_length_is_a_number_or_none",
        old="    if value is None:\n        return None\n",
        new="",
    ),
    Mistake(
        "M66",
        "int() tells",
        "test_length_is_ascii_digits",
        old=NOT_DIGITS,
        new="    try:\n        int(value[:4000])\n    except ValueError:\n"
        "        raise HttpError(400, 'no number', 'RFC 9110 §8.6', value)\n",
    ),
    Mistake(
        "M66",
        "isdigit() alone, and a ValueError of int()",
        "test_length_is_ascii_digits",
        old="value.isascii() and value.isdigit()",
        new="value.isdigit()",
    ),
    Mistake(
        "X418",
        "a regular expression for the beginning",
        "test_length_is_ascii_digits",
        edits=(
            Edit(old="value.isascii() and value.isdigit()", new="re.match('[0-9]', value)"),
            Edit(
                old="    return int(value)\n", new="    return int(re.match('[0-9]+', value)[0])\n"
            ),
        ),
    ),
    Mistake(
        "X418",
        "match() and $, which leaves a line's end out",
        "test_length_is_ascii_digits",
        old="value.isascii() and value.isdigit()",
        new="re.match('[0-9]+$', value)",
    ),
    Mistake(
        "X492",
        "an empty field is none",
        "test_length_is_ascii_digits",
        old="    if value is None:\n        return None\n",
        new="    if not value:\n        return None\n",
    ),
    Mistake(
        "X494",
        "takes the last of them",
        "test_repeated_length_is_refused",
        old=VALUE,
        new='    value = (headers.get_all("content-length") or [None])[-1]\n',
    ),
    Mistake(
        "X494",
        "takes the first of a list",
        "test_repeated_length_is_refused",
        old=NOT_DIGITS,
        new='    value = value.split(",")[0]\n' + NOT_DIGITS,
    ),
    Mistake(
        "X494",
        "lets them repeat what they said",
        "test_repeated_length_is_refused",
        old=NOT_DIGITS,
        new="    if len(values := set(re.split(', ?', value))) == 1:\n"
        "        value = values.pop()\n" + NOT_DIGITS,
    ),
    Mistake(
        "M74",
        "GET has no body",
        "test_length_for_any_method",
        old=NO_CODING,
        new='    if request.method == "GET":\n        return 0\n' + NO_CODING,
    ),
    Mistake(
        "M74",
        "only POST and PUT have one",
        "test_length_for_any_method",
        old=NO_CODING,
        new='    if request.method not in ("POST", "PUT"):\n        return 0\n' + NO_CODING,
    ),
    Mistake(
        "X350",
        "None for no content",
        "test_length_for_any_method",
        edits=(
            Edit(old="content_length(request.headers) or 0", new="content_length(request.headers)"),
            Edit(old="        if length > limit:\n", new="        if (length or 0) > limit:\n"),
        ),
    ),
    Mistake(
        "M43",
        "no limit",
        "test_length_over_the_limit",
        old="        if length > limit:\n            raise _too_large(limit)\n",
        new="",
    ),
    Mistake(
        "X419",
        "a limit of its own, not the one given",
        "test_length_over_the_limit",
        old="        if length > limit:\n",
        new="        if length > LARGEST_CONTENT:\n",
    ),
    Mistake(
        "X419",
        "a limit of its own, if the one given is larger",
        "test_length_over_the_limit",
        old="        if length > limit:\n",
        new="        if length > min(limit, LARGEST_CONTENT):\n",
    ),
    Mistake(
        "",
        "400 for what is too long",
        "test_length_over_the_limit",
        old="    return HttpError(413, f",
        new="    return HttpError(400, f",
    ),
    Mistake(
        "X33",
        "refuses what reaches the limit",
        "test_length_over_the_limit",
        old="        if length > limit:\n",
        new="        if length >= limit:\n",
    ),
    Mistake(
        "X72",
        "the word as it is written",
        "test_chunked_in_any_case",
        old="for member in field.lower().split",
        new="for member in field.split",
    ),
    Mistake(
        "X72",
        "lower(), but no list",
        "test_chunked_in_any_case",
        old="    codings = _members(transfer_encoding)\n",
        new="    codings = [transfer_encoding.lower()]\n",
    ),
    Mistake(
        "X422",
        "counts empty members",
        "test_chunked_in_any_case",
        old="    codings = _members(transfer_encoding)\n",
        new="    codings = [c.strip(' \\t') for c in transfer_encoding.lower().split(',')]\n",
    ),
    Mistake(
        "M73",
        "Transfer-Encoding wins",
        "test_both_fields_are_refused",
        old=BOTH,
        new="",
    ),
    Mistake(
        "M73",
        "Content-Length wins",
        "test_both_fields_are_refused",
        old="    if transfer_encoding is None:\n",
        new="    if 'content-length' in request.headers or transfer_encoding is None:\n",
    ),
    Mistake(
        "X421",
        "the limit first, whatever the length stands beside",
        "test_both_fields_are_refused",
        old=NO_CODING,
        new="    length = content_length(request.headers) or 0\n"
        "    if length > limit:\n        raise _too_large(limit)\n" + NO_CODING,
    ),
    Mistake(
        "X420",
        "a length of 0 does not count",
        "test_both_fields_are_refused",
        old='    if "content-length" in request.headers:\n',
        new="    if content_length(request.headers):\n",
    ),
    Mistake(
        "X492",
        "an empty Transfer-Encoding does not count",
        "test_both_fields_are_refused",
        old="    if transfer_encoding is None:\n",
        new="    if not transfer_encoding:\n",
    ),
    Mistake(
        "X73",
        "chunked in HTTP/1.0",
        "test_http10_has_no_transfer_encoding",
        old=OLD_VERSION,
        new="",
    ),
    Mistake(
        "X73",
        "in HTTP/1.0 the field is ignored",
        "test_http10_has_no_transfer_encoding",
        old="    if transfer_encoding is None:\n",
        new="    if transfer_encoding is None or request.version < (1, 1):\n",
    ),
    Mistake(
        "X74",
        "`chunked` in the value",
        "test_chunked_is_last_and_once",
        old=LAST,
        new='    if "chunked" in transfer_encoding.lower():\n        return "chunked"\n' + LAST,
    ),
    Mistake(
        "X74",
        "chunked among the codings",
        "test_chunked_is_last_and_once",
        old=LAST,
        new=LAST.replace('codings[-1:] != ["chunked"] or', '"chunked" not in codings or'),
    ),
    Mistake(
        "X74",
        "chunked twice is chunked all the more",
        "test_chunked_is_last_and_once",
        edits=(
            Edit(old=' or codings.count("chunked") > 1', new=""),
            Edit(old="if len(codings) > 1", new="if len(set(codings)) > 1"),
        ),
    ),
    Mistake(
        "X74",
        "an unknown coding means no content",
        "test_chunked_is_last_and_once",
        old=LAST,
        new='    if codings[-1:] != ["chunked"]:\n        return 0\n' + LAST,
    ),
    Mistake(
        "",
        "501 for whatever is not chunked",
        "test_chunked_is_last_and_once",
        edits=(
            Edit(old=OTHERS, new=""),
            Edit(
                old=LAST,
                new=OTHERS.replace("len(codings) > 1", "set(codings) - {'chunked'}") + LAST,
            ),
        ),
    ),
    Mistake(
        "",
        "501 for chunked twice",
        "test_chunked_is_last_and_once",
        old=' or codings.count("chunked") > 1',
        new="",
    ),
    Mistake(
        "M61",
        "strip() of all that Python takes for blank",
        "test_chunked_is_last_and_once",
        old='member.strip(" \\t")',
        new="member.strip()",
    ),
    Mistake(
        "X492",
        "an empty Transfer-Encoding is none",
        "test_chunked_is_last_and_once",
        old=LAST,
        new="    if not codings:\n        return 0\n" + LAST,
    ),
    Mistake(
        "X75",
        "the last coding is all that matters",
        "test_other_coding_is_not_implemented",
        old=OTHERS,
        new="",
    ),
    Mistake(
        "X75",
        "400 for what it does not know",
        "test_other_coding_is_not_implemented",
        old=OTHERS,
        new=OTHERS.replace("501", "400"),
    ),
    Mistake(
        "M75",
        "nobody waits",
        "test_who_waits_for_continue",
        old=EXPECT,
        new="    return False\n",
    ),
    Mistake(
        "M75",
        "the value as curl writes it",
        "test_who_waits_for_continue",
        old=EXPECT,
        new=EXPECT.replace("set(_members(expect))", "{expect}"),
    ),
    Mistake(
        "X352",
        "one word, in any case",
        "test_who_waits_for_continue",
        old=EXPECT,
        new=EXPECT.replace("set(_members(expect))", "{expect.lower()}"),
    ),
    Mistake(
        "X353",
        "HTTP/1.0 waits, too",
        "test_who_waits_for_continue",
        old="    if expect is None or request.version < (1, 1):\n",
        new="    if expect is None:\n",
    ),
    Mistake(
        "X422",
        "an empty field waits, too",
        "test_who_waits_for_continue",
        old=EXPECT,
        new=EXPECT.replace("bool(expectations)", "True"),
    ),
    Mistake(
        "X422",
        "an empty member is an expectation",
        "test_who_waits_for_continue",
        old=EXPECT,
        new=EXPECT.replace(
            "set(_members(expect))",
            "{member.strip(' \\t') for member in expect.lower().split(',')}",
        ),
    ),
    Mistake(
        "X352",
        "the first line alone",
        "test_other_expectation_is_refused",
        old='    expect = request.headers.get("expect")\n',
        new='    expect = (request.headers.get_all("expect") or [None])[0]\n',
    ),
    Mistake(
        "X352",
        "the last line alone",
        "test_other_expectation_is_refused",
        old='    expect = request.headers.get("expect")\n',
        new='    expect = (request.headers.get_all("expect") or [None])[-1]\n',
    ),
    Mistake(
        "X76",
        "other expectations are none",
        "test_other_expectation_is_refused",
        old=EXPECT,
        new=EXPECT.replace("    if expectations - {", "    if False and expectations - {").replace(
            "bool(expectations)", '"100-continue" in expectations'
        ),
    ),
    Mistake(
        "X76",
        "whoever expects anything gets 100 Continue",
        "test_other_expectation_is_refused",
        old=EXPECT,
        new=EXPECT.replace("    if expectations - {", "    if False and expectations - {"),
    ),
    Mistake(
        "M68",
        "the first piece is the body",
        "test_length_in_any_pieces",
        old=TAKE_CONTENT,
        new=TAKE_CONTENT.replace("self._missing -= len(content)", "self._missing = 0"),
    ),
    Mistake(
        "M68",
        "expects the whole length in each piece",
        "test_length_in_any_pieces",
        old=TAKE_CONTENT,
        new="        if len(data) < self._missing:\n            return b''\n" + TAKE_CONTENT,
    ),
    Mistake(
        "X354",
        "rest is the last piece",
        "test_length_in_any_pieces",
        old="        self.rest = data[len(content) :]\n",
        new="        self.rest = data\n",
    ),
    Mistake(
        "M69",
        "done only when something has been fed",
        "test_length_leaves_the_rest",
        edits=(
            Edit(
                old="        self._missing = length\n", new="        self._missing = length or -1\n"
            ),
            Edit(
                old=TAKE_CONTENT,
                new="        self._missing = max(self._missing, 0)\n" + TAKE_CONTENT,
            ),
        ),
    ),
    Mistake(
        "X493",
        "drops what is behind it",
        "test_length_leaves_the_rest",
        old="        self.rest = data[len(content) :]\n",
        new="",
    ),
    Mistake(
        "X354",
        "everything is kept in rest, too, until it is done",
        "test_length_leaves_the_rest",
        old="        self.rest = data[len(content) :]\n",
        new="        self.rest = data[len(content) :] if len(content) == self._missing else data\n",
    ),
    Mistake(
        "X355",
        "takes the next request for content",
        "test_length_leaves_the_rest",
        old=TAKE_CONTENT,
        new="        self._missing = max(0, self._missing - len(data))\n        return data\n",
    ),
    Mistake(
        "M72",
        "a decimal size",
        "test_chunks_in_any_pieces",
        old="int(match[1], 16)",
        new="int(match[1])",
    ),
    Mistake(
        "M72",
        "the size counts the CR LF",
        "test_chunks_in_any_pieces",
        old="int(match[1], 16)",
        new="int(match[1], 16) and int(match[1], 16) - 2",
    ),
    Mistake(
        "M72",
        "leaves the CR LF behind the data",
        "test_chunks_in_any_pieces",
        old="self._next = self._read_data if self._missing else self._read_line_end",
        new="self._next = self._read_data if self._missing else self._read_size",
    ),
    Mistake(
        "M72",
        "splits the stream into lines",
        "test_chunks_in_any_pieces",
        edits=(
            Edit(
                old="        piece = bytes(self._buffer[: self._missing])\n",
                new="        if b'\\r\\n' not in self._buffer:\n            return False\n"
                "        piece = bytes(self._buffer.partition(b'\\r\\n')[0])\n",
            ),
            Edit(old="        self._missing -= len(piece)\n", new="        self._missing = 0\n"),
        ),
    ),
    Mistake(
        "M39",
        "forgets what came of a line",
        "test_chunks_in_any_pieces",
        old=BUFFERED,
        new=BUFFERED.replace("self._buffer += data", "self._buffer = bytearray(data)"),
    ),
    Mistake(
        "M39",
        "expects the CR LF behind the data in one piece",
        "test_chunks_in_any_pieces",
        old=LINE_END,
        new=LINE_END.replace(
            "startswith(bytes(self._buffer[:2]))",
            "__eq__(bytes(self._buffer[:2])) and self._buffer",
        ),
    ),
    Mistake(
        "X30",
        "one buffer for all decoders",
        "test_chunks_in_any_pieces",
        edits=(
            Edit(old="        self._buffer = bytearray()\n", new=""),
            Edit(
                old="    def __init__(self, limit: int = LARGEST_CONTENT) -> None:\n",
                new="    _buffer = bytearray()\n\n"
                "    def __init__(self, limit: int = LARGEST_CONTENT) -> None:\n",
            ),
        ),
    ),
    Mistake(
        "",
        "gives a bytearray",
        "test_chunks_in_any_pieces",
        old='        return b"".join(content)\n',
        new='        return bytearray(b"".join(content))\n',
    ),
    Mistake(
        "M59",
        "split() at colon and blank",
        "test_chunks_in_any_pieces",
        old=TRAILER,
        new="            name, value = line.split(': ')\n"
        "            self._trailers.append((name.lower(), value))\n",
    ),
    Mistake(
        "M66",
        "int(…, 16) tells",
        "test_size_is_hexadecimal_digits",
        old=SIZE,
        new="        size, semicolon, extension = line.partition(';')\n"
        "        self._count_overhead(len(extension))\n"
        "        try:\n            self._missing = int(size, 16)\n"
        "        except ValueError:\n"
        "            raise HttpError(400, 'no size', 'RFC 9112 §7.1', line)\n",
    ),
    Mistake(
        "X418",
        "a size, and then whatever comes",
        "test_size_is_hexadecimal_digits",
        old="        match = CHUNK_LINE.fullmatch(line)\n",
        new="        match = CHUNK_LINE.match(line)\n",
    ),
    Mistake(
        "X71",
        "any number of digits",
        "test_size_is_hexadecimal_digits",
        old="([0-9A-Fa-f]{{1,16}})",
        new="([0-9A-Fa-f]+)",
    ),
    Mistake(
        "M72",
        "knows no extensions with blanks or quotes",
        "test_extensions_are_ignored_if_well_formed",
        old="CHUNK_LINE.fullmatch(line)",
        new="re.fullmatch('([0-9A-Fa-f]{1,16})(;[a-z]+(=[a-z]+)?)*', line)",
    ),
    Mistake(
        "X77",
        "cuts the line at the semicolon",
        "test_extensions_are_ignored_if_well_formed",
        old="CHUNK_LINE.fullmatch(line)",
        new=r"re.fullmatch('([0-9A-Fa-f]{1,16})(?:[ \t]*;.*)?', line)",
    ),
    Mistake(
        "X497",
        "LF ends a line",
        "test_lines_and_data_end_with_crlf",
        old='line.removesuffix(b"\\r\\n")',
        new='line.rstrip(b"\\r\\n")',
    ),
    Mistake(
        "X497",
        "strips the CR LF behind the data off",
        "test_lines_and_data_end_with_crlf",
        old=LINE_END,
        new="        if len(self._buffer) < 2:\n            return False\n"
        '        if self._buffer[:1] == b"\\n":\n            self._buffer[:0] = b"\\r"\n',
    ),
    Mistake(
        "X361",
        "waits until CR LF comes",
        "test_lines_and_data_end_with_crlf",
        edits=(
            Edit(old='self._buffer.find(b"\\n") + 1', new='self._buffer.find(b"\\r\\n") + 2'),
            Edit(old="if not end:", new="if end < 2:"),
        ),
    ),
    Mistake(
        "X361",
        "waits for the CR LF of a trailer",
        "test_lines_and_data_end_with_crlf",
        old="        if not end:\n",
        new="        if not self._missing and self._next == self._read_trailers and (\n"
        "            not self._buffer[:end].endswith(b'\\r\\n')\n"
        "        ):\n            end = 0\n        if not end:\n",
    ),
    Mistake(
        "X361",
        "looks at the CR LF behind the data when both are there",
        "test_lines_and_data_end_with_crlf",
        old=LINE_END,
        new="        if len(self._buffer) < 2:\n            return False\n"
        "        if self._buffer[:2] != b'\\r\\n':\n"
        "            raise HttpError(400, 'no line end', 'RFC 9112 §7.1')\n",
    ),
    Mistake(
        "X360",
        "skips the two octets behind the data",
        "test_lines_and_data_end_with_crlf",
        old=LINE_END,
        new="        if self._buffer[:1] == b'\\n':\n"
        "            raise HttpError(400, 'no line end', 'RFC 9112 §7.1')\n"
        "        if len(self._buffer) < 2:\n            return False\n",
    ),
    Mistake(
        "X78",
        "done with the chunk of size 0 and an empty line, whatever stands between",
        "test_trailers_end_with_an_empty_line",
        old=TRAILER,
        new="",
    ),
    Mistake(
        "X496",
        "trailers by partition()",
        "test_trailers_end_with_an_empty_line",
        old=TRAILER,
        new="            name, _, value = line.partition(':')\n"
        "            self._trailers.append((name.lower(), value.strip()))\n",
    ),
    Mistake(
        "X30",
        "one list of trailers for all decoders",
        "test_trailers_end_with_an_empty_line",
        edits=(
            Edit(old="        self._trailers: list[tuple[str, str]] = []\n", new=""),
            Edit(
                old="    def __init__(self, limit: int = LARGEST_CONTENT) -> None:\n",
                new="    _trailers = []\n\n"
                "    def __init__(self, limit: int = LARGEST_CONTENT) -> None:\n",
            ),
        ),
    ),
    Mistake(
        "X423",
        "the last chunk is a 0, letter by letter",
        "test_trailers_end_with_an_empty_line",
        old="self._read_data if self._missing else self._read_trailers",
        new="self._read_trailers if match[1] == '0' else self._read_data",
    ),
    Mistake(
        "M62",
        "a dict of trailers",
        "test_trailers_end_with_an_empty_line",
        old="            self.trailers = Headers(self._trailers)\n",
        new="            self.trailers = Headers(dict(self._trailers).items())\n",
    ),
    Mistake(
        "X60",
        "leaves out a trailer that is none",
        "test_trailers_end_with_an_empty_line",
        old=TRAILER,
        new="            try:\n                self._trailers.append(parse_field_line(line))\n"
        "            except HttpError:\n                pass\n",
    ),
    Mistake(
        "X358",
        "a list of trailers",
        "test_trailers_end_with_an_empty_line",
        old="            self.trailers = Headers(self._trailers)\n",
        new="            self.trailers = self._trailers\n",
    ),
    Mistake(
        "X493",
        "drops what is behind it",
        "test_chunks_leave_the_rest",
        old="            self.rest = bytes(self._buffer)\n",
        new='            self.rest = b""\n',
    ),
    Mistake(
        "X493",
        "goes on with the next chunked body",
        "test_chunks_leave_the_rest",
        old="        while not self.done and self._next(content):\n            pass\n",
        new="        while self._next(content):\n"
        "            if self.done and self._buffer[:1] not in b'0123456789':\n"
        "                break\n"
        "            if self.done:\n                self._next = self._read_size\n",
    ),
    Mistake(
        "X354",
        "rest is whatever is in the buffer",
        "test_chunks_leave_the_rest",
        old="        if self.done:\n            self.rest =",
        new="        if True:\n            self.rest =",
    ),
    Mistake(
        "X495",
        "no limit",
        "test_chunks_over_the_limit",
        old=OVER_LIMIT,
        new="",
    ),
    Mistake(
        "X495",
        "a limit for each chunk",
        "test_chunks_over_the_limit",
        old=OVER_LIMIT,
        new=OVER_LIMIT.replace("self._length >", "self._missing >"),
    ),
    Mistake(
        "X495",
        "counts what has come",
        "test_chunks_over_the_limit",
        edits=(
            Edit(old="        self._length += self._missing\n" + OVER_LIMIT, new=""),
            Edit(
                old="        self._missing -= len(piece)\n",
                new="        self._missing -= len(piece)\n        self._length += len(piece)\n"
                + OVER_LIMIT,
            ),
        ),
    ),
    Mistake(
        "X33",
        "refuses what reaches the limit",
        "test_chunks_over_the_limit",
        old=OVER_LIMIT,
        new=OVER_LIMIT.replace(">", ">="),
    ),
    Mistake(
        "X419",
        "a limit of its own, not the one given",
        "test_chunks_over_the_limit",
        old="        self._limit = limit\n",
        new="        self._limit = LARGEST_CONTENT\n",
    ),
    Mistake(
        "X79",
        "a limit for the content alone",
        "test_overhead_is_limited",
        old="        if self._overhead + pending > LARGEST_OVERHEAD:\n",
        new="        if False:\n",
    ),
    Mistake(
        "X79",
        "a limit for each line",
        "test_overhead_is_limited",
        old="        self._overhead += octets\n",
        new="        self._overhead = octets\n",
    ),
    Mistake(
        "X79",
        "looks when the line is complete",
        "test_overhead_is_limited",
        old="            self._count_overhead(0, len(self._buffer) - LONGEST_SIZE)\n",
        new="",
    ),
    Mistake(
        "X79",
        "counts extensions, but no trailers",
        "test_overhead_is_limited",
        old="            self._count_overhead(len(line))\n",
        new="",
    ),
    Mistake(
        "X424",
        "the size's limit before the overhead's",
        "test_overhead_is_limited",
        edits=(
            Edit(old="        self._count_overhead(len(line) - len(match[1]))\n", new=""),
            Edit(
                old=OVER_LIMIT,
                new=OVER_LIMIT + "        self._count_overhead(len(line) - len(match[1]))\n",
            ),
        ),
    ),
    Mistake(
        "X359",
        "counts whole size lines",
        "test_overhead_is_limited",
        old="self._count_overhead(len(line) - len(match[1]))",
        new="self._count_overhead(len(line))",
    ),
    Mistake(
        "X33",
        "counts an unfinished line as it is",
        "test_overhead_to_the_octet",
        old="len(self._buffer) - LONGEST_SIZE",
        new="len(self._buffer)",
    ),
    Mistake(
        "X33",
        "knows of short sizes only",
        "test_overhead_to_the_octet",
        old="len(self._buffer) - LONGEST_SIZE",
        new="len(self._buffer) - 3",
    ),
    Mistake(
        "X33",
        "refuses the octet that reaches the limit",
        "test_overhead_to_the_octet",
        old="if self._overhead + pending > LARGEST",
        new="if self._overhead + pending >= LARGEST",
    ),
    Mistake(
        "X33",
        "does not count what a size line may have anyway",
        "test_overhead_to_the_octet",
        old="len(line) - len(match[1])",
        new="max(0, len(line) - 16)",
    ),
    Mistake(
        "X356",
        "keeps everything, and begins again",
        "test_work_grows_evenly",
        edits=(
            Edit(
                old=BUFFERED,
                new="        kept = getattr(self, '_kept', b'') + data\n"
                "        given = getattr(self, '_given', 0)\n"
                "        self.__init__(self._limit)\n"
                "        self._kept = kept\n"
                + BUFFERED.replace("self._buffer += data", "self._buffer += kept"),
            ),
            Edit(
                old='        return b"".join(content)\n',
                new="        self._given = len(b''.join(content))\n"
                "        return b''.join(content)[given:]\n",
            ),
        ),
    ),
    Mistake(
        "X356",
        "cuts the front off bytes",
        "test_work_grows_evenly",
        edits=(
            Edit(old="        self._buffer = bytearray()\n", new="        self._buffer = b''\n"),
            Edit(
                old="        del self._buffer[: len(piece)]\n",
                new="        self._buffer = self._buffer[len(piece) :]\n",
            ),
            Edit(
                old="        del self._buffer[:2]\n",
                new="        self._buffer = self._buffer[2:]\n",
            ),
            Edit(
                old="        del self._buffer[:end]\n",
                new="        self._buffer = self._buffer[end:]\n",
            ),
        ),
    ),
    Mistake(
        "X356",
        "waits for the whole chunk, in bytes",
        "test_work_grows_evenly",
        edits=(
            Edit(old=BUFFERED, new=BUFFERED.replace("self._buffer += data", "self._add(data)")),
            Edit(
                old="    def _read_size(",
                new="    def _add(self, data):\n"
                "        self._buffer = bytearray(bytes(self._buffer) + data)\n\n    def _read_size(",
            ),
            Edit(
                old="        piece = bytes(self._buffer[: self._missing])\n",
                new="        if len(self._buffer) < self._missing:\n            return False\n"
                "        piece = bytes(self._buffer[: self._missing])\n",
            ),
        ),
    ),
    Mistake(
        "X499",
        "the error, and nothing else",
        "test_answer_says_why",
        old="conn.sendall(head.encode() + content)",
        new="conn.sendall(content)",
    ),
    Mistake(
        "X499",
        "no empty line",
        "test_answer_says_why",
        old='        "Connection: close\\r\\n\\r\\n"\n    )',
        new='        "Connection: close\\r\\n"\n    )',
    ),
    Mistake(
        "M70",
        "the length of the text",
        "test_answer_says_why",
        old='f"Content-Length: {len(content)}\\r\\n"',
        new='f"Content-Length: {len(str(error)) + 1}\\r\\n"',
    ),
    Mistake(
        "M70",
        "ASCII, which has no §",
        "test_answer_says_why",
        old='    content = f"{error}\\n".encode()\n',
        new='    content = f"{error}\\n".encode("ascii")\n',
    ),
    Mistake(
        "M79",
        "closes without a word",
        "test_answer_says_why",
        old='        "Connection: close\\r\\n\\r\\n"\n    )',
        new='        "\\r\\n"\n    )',
    ),
    Mistake(
        "X498",
        "the reason alone",
        "test_answer_says_why",
        old='    content = f"{error}\\n".encode()\n',
        new='    content = f"{error.reason}\\n".encode()\n',
    ),
    Mistake(
        "",
        "400 for every error",
        "test_answer_says_why",
        old='f"HTTP/1.1 {error.status} {HTTP',
        new='f"HTTP/1.1 400 {HTTP',
    ),
    Mistake(
        "",
        "answers in HTTP/1.0",
        "test_answer_says_why",
        old='f"HTTP/1.1 {error.status} {HTTP',
        new='f"HTTP/1.0 {error.status} {HTTP',
    ),
    Mistake(
        "M76",
        "answers and closes",
        "test_client_in_the_middle_of_sending",
        old=ANSWER,
        new=ANSWER.replace(CLOSE, ""),
    ),
    Mistake(
        "M76",
        "half-closes, but does not drain",
        "test_client_in_the_middle_of_sending",
        old=ANSWER,
        new=ANSWER.replace(CLOSE, "        conn.shutdown(socket.SHUT_WR)\n"),
    ),
    Mistake(
        "X21",
        "drains, but does not half-close",
        "test_client_in_the_middle_of_sending",
        old=ANSWER,
        new=ANSWER.replace(
            CLOSE,
            "        conn.settimeout(seconds)\n        while conn.recv(CHUNK):\n            pass\n",
        ),
    ),
    Mistake(
        "M35",
        "leaves it open if the answer cannot be sent",
        "test_closed_in_any_case",
        old=ANSWER,
        new="    conn.sendall(head.encode() + content)\n    close_gracefully(conn, seconds)\n",
    ),
    Mistake(
        "X357",
        "says nothing if the answer cannot be sent",
        "test_closed_in_any_case",
        old=ANSWER,
        new=ANSWER.replace(
            "        conn.sendall(head.encode() + content)\n",
            "        try:\n            conn.sendall(head.encode() + content)\n"
            "        except OSError:\n            return\n",
        ),
    ),
    Mistake(
        "X500",
        "a timeout for each recv()",
        "test_closed_in_any_case",
        old=ANSWER,
        new="    with conn:\n        conn.sendall(head.encode() + content)\n"
        "        conn.shutdown(socket.SHUT_WR)\n        conn.settimeout(seconds)\n"
        "        try:\n            while conn.recv(CHUNK):\n                pass\n"
        "        except OSError:\n            pass\n",
    ),
    Mistake(
        "X500",
        "a patience of its own",
        "test_closed_in_any_case",
        old=ANSWER,
        new=ANSWER.replace("(conn, seconds)", "(conn, PATIENCE)"),
    ),
    Mistake(
        "X425",
        "sends without a timeout",
        "test_client_that_never_reads",
        old=TIMEOUT,
        new="",
    ),
    Mistake(
        "X425",
        "sends with a patience of its own",
        "test_client_that_never_reads",
        old=TIMEOUT,
        new=TIMEOUT.replace("(seconds)", "(PATIENCE)"),
    ),
    Mistake(
        "X357",
        "says nothing if there was no room for the answer",
        "test_client_that_never_reads",
        old=ANSWER,
        new=ANSWER.replace(
            "        conn.sendall(head.encode() + content)\n",
            "        try:\n            conn.sendall(head.encode() + content)\n"
            "        except TimeoutError:\n            return\n",
        ),
    ),
)
