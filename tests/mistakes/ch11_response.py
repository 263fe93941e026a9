"""Wrong answers to chapter 11 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

LINE = '    return b"%b: %b\\r\\n" % (name.encode(), octets)\n'
NAME_CHECK = """    if not is_token(name):
        raise ValueError(f"the name of a field is a token; this is not: {name!r}")
"""
ENCODE = '    octets = value.encode("latin-1")\n'
VALUE_CHECK = """    if octets.strip(FIELD_VALUE):
        raise ValueError(f"the value of {name} has a control character: {value!r}")
"""
LINES = "    lines = [field_line(name, value) for name, value in fields]\n"
HEAD = (
    '    return b"HTTP/1.1 %d %b\\r\\n%b\\r\\n" % '
    '(status, REASONS.get(status, "").encode(), b"".join(lines))\n'
)
COUNT = """        left -= len(piece)
        if left < 0:
            raise ValueError(f"there is more content than the {length} octets that were announced")
        yield piece
"""
MISSING = """    if left:
        raise ValueError(f"{left} of the {length} octets that were announced are missing")
"""
CHUNKS = """    for piece in pieces:
        if piece:
            yield b"%x\\r\\n%b\\r\\n" % (len(piece), piece)
    yield b"0\\r\\n\\r\\n"
"""
BEGIN = """    content, field = response.content, None
    pieces: Iterator[bytes] = iter(())
"""
NONE = "    if response.status in (204, 304):\n        pass\n"
RESET = '    elif response.status == 205:\n        field = ("Content-Length", "0")\n'
BYTES = """    elif isinstance(content, bytes):
        field, pieces = ("Content-Length", str(len(content))), iter((content,))
"""
KNOWN = """    elif response.length is not None:
        field = ("Content-Length", str(response.length))
        pieces = exactly(content, response.length)
"""
CHUNKED = """    elif request.version >= (1, 1):
        field, pieces = ("Transfer-Encoding", "chunked"), chunks(content)
"""
OLD = "    else:\n        pieces = iter(content)\n"
FRAMED = '    return [field] if field else [], iter(()) if request.method == "HEAD" else pieces\n'
CHECK = "        check_sendable(response)\n"
SERIALIZE = "def serialize(response: Response, request: Request, persists: bool) -> Outgoing:\n"
NOW = " persists: bool, now: int = int(time.time())"
FIELDS = '        fields = [("Date", http_date(int(time.time()))), *response.fields]\n'
OPTIONS = """        if not persists:
            fields.append(("Connection", "close"))
        elif request.version < (1, 1):
            fields.append(("Connection", "keep-alive"))
"""
FIRST = '        first = head + next(pieces, b"")\n'
ON_ERROR = """    except BaseException:
        close_content(response.content)
        raise
    return Outgoing(first, pieces, response.content)
"""

MISTAKES = (
    # Task 1
    Mistake(
        "X501",
        "ends a line with LF",
        "test_a_field_line",
        old=LINE,
        new=LINE.replace("\\r\\n", "\\n"),
    ),
    Mistake(
        "X842",
        "encodes in UTF-8",
        "test_a_field_line",
        old=ENCODE,
        new="    octets = value.encode()\n",
    ),
    Mistake(
        "X384",
        "asks isprintable()",
        "test_a_field_line",
        old=VALUE_CHECK,
        new='    if not value.replace("\\t", " ").isprintable():\n        raise ValueError(value)\n',
    ),
    Mistake(
        "X384",
        "refuses a tab",
        "test_a_field_line",
        old=VALUE_CHECK,
        new="    if any(octet < 32 or octet == 127 for octet in octets):\n"
        "        raise ValueError(value)\n",
    ),
    Mistake(
        "M84",
        "checks no value",
        "test_a_value_cannot_end_its_line",
        old=VALUE_CHECK,
        new="",
    ),
    Mistake(
        "X852",
        "looks for CR LF, not for either alone",
        "test_a_value_cannot_end_its_line",
        old=VALUE_CHECK,
        new='    if "\\r\\n" in value:\n        raise ValueError(value)\n',
    ),
    Mistake(
        "X840",
        "looks for CR, LF and NUL only",
        "test_a_value_cannot_end_its_line",
        old=VALUE_CHECK,
        new='    if set(value) & set("\\r\\n\\0"):\n        raise ValueError(value)\n',
    ),
    Mistake(
        "X418",
        "matches with $, which a LF at the end passes",
        "test_a_value_cannot_end_its_line",
        old=VALUE_CHECK,
        new="    import re\n\n"
        '    if not re.match(r"[^\\x00-\\x08\\x0a-\\x1f\\x7f]*$", value):\n'
        "        raise ValueError(value)\n",
    ),
    Mistake(
        "X841",
        "takes control characters out, and sends the rest",
        "test_a_value_cannot_end_its_line",
        old=VALUE_CHECK,
        new="    octets = bytes(octet for octet in octets if octet in FIELD_VALUE)\n",
    ),
    Mistake(
        "",
        "strips the value before it is checked",
        "test_a_field_line",
        old=ENCODE,
        new='    octets = value.strip().encode("latin-1")\n',
    ),
    Mistake(
        "X841",
        "replaces what latin-1 does not have",
        "test_a_value_cannot_end_its_line",
        old=ENCODE,
        new='    octets = value.encode("latin-1", errors="replace")\n',
    ),
    Mistake(
        "X842",
        "falls back to UTF-8",
        "test_a_value_cannot_end_its_line",
        old=ENCODE,
        new="    try:\n    "
        + ENCODE
        + "    except UnicodeEncodeError:\n        octets = value.encode()\n",
    ),
    Mistake(
        "X67",
        "checks no name",
        "test_a_name_is_a_token",
        old=NAME_CHECK,
        new="",
    ),
    Mistake(
        "X67",
        "looks for a few characters in a name",
        "test_a_name_is_a_token",
        old=NAME_CHECK,
        new='    if not name or set(name) & set(" :\\r\\n\\t\\0"):\n        raise ValueError(name)\n',
    ),
    Mistake(
        "X841",
        "replaces CR and LF by spaces",
        "test_a_value_cannot_end_its_line",
        old=ENCODE,
        new='    octets = value.translate({13: 32, 10: 32}).encode("latin-1")\n',
    ),
    Mistake(
        "X1115",
        "asks whether the value is a part of FIELD_VALUE",
        "test_a_field_line",
        old=VALUE_CHECK,
        new="    if octets not in FIELD_VALUE:\n        raise ValueError(value)\n",
    ),
    Mistake(
        "",
        "takes FIELD_VALUE for what is forbidden",
        "test_a_field_line",
        old=VALUE_CHECK,
        new="    if any(octet in FIELD_VALUE for octet in octets):\n        raise ValueError(value)\n",
    ),
    Mistake(
        "",
        "ends no line",
        "test_a_field_line",
        old=LINE,
        new=LINE.replace("\\r\\n", ""),
    ),
    # Task 2
    Mistake(
        "X1110",
        "forgets the empty line",
        "test_a_head",
        old=HEAD,
        new=HEAD.replace('%b\\r\\n%b\\r\\n"', '%b\\r\\n%b"'),
    ),
    Mistake(
        "",
        "ends each field line twice",
        "test_a_head",
        old=HEAD,
        new=HEAD.replace('b"".join', 'b"\\r\\n".join'),
    ),
    Mistake(
        "X760",
        "leaves the space out where there is no reason",
        "test_a_head",
        old=HEAD,
        new=HEAD.replace("%d %b\\r\\n%b", "%b\\r\\n%b").replace(
            '(status, REASONS.get(status, "").encode(), ',
            '(f"{status} {REASONS.get(status, str())}".strip().encode(), ',
        ),
    ),
    Mistake(
        "",
        "asks HTTPStatus for every reason",
        "test_a_head",
        old=HEAD,
        new=HEAD.replace('REASONS.get(status, "")', "HTTPStatus(status).phrase"),
    ),
    Mistake(
        "",
        "makes up a reason",
        "test_a_head",
        old=HEAD,
        new=HEAD.replace('REASONS.get(status, "")', 'REASONS.get(status, "Unknown")'),
    ),
    Mistake(
        "M85",
        "makes the fields a dict",
        "test_a_head",
        old=LINES,
        new=LINES.replace("in fields", "in dict(fields).items()"),
    ),
    Mistake(
        "",
        "sorts the fields",
        "test_a_head",
        old=LINES,
        new=LINES.replace("in fields", "in sorted(fields)"),
    ),
    Mistake(
        "M84",
        "makes lines of its own, which nobody checks",
        "test_a_head",
        old=LINES,
        new='    lines = [f"{name}: {value}\\r\\n".encode("latin-1") for name, value in fields]\n',
    ),
    Mistake(
        "X843",
        "looks up a reason that may be missing",
        "test_a_head",
        old=HEAD,
        new=HEAD.replace('REASONS.get(status, "")', "REASONS[status]"),
    ),
    Mistake(
        "X850",
        "empties the list of fields",
        "test_a_head",
        old=LINES,
        new="    fields, lines = fields if isinstance(fields, list) else [*fields], []\n"
        "    while fields:\n        lines.append(field_line(*fields.pop(0)))\n",
    ),
    # Task 3
    Mistake(
        "",
        "leaves out a line that is exactly like an earlier one",
        "test_a_head",
        old=LINES,
        new=LINES.replace("in fields", "in dict.fromkeys(fields)"),
    ),
    Mistake(
        "X82",
        "takes all pieces before it yields the first",
        "test_pieces_of_known_length",
        old=COUNT,
        new="        left -= len(piece)\n"
        "    if left < 0:\n"
        "        raise ValueError(length)\n"
        "    if not left:\n"
        '        yield b"".join(pieces)\n',
    ),
    Mistake(
        "X82",
        "makes a list first",
        "test_pieces_of_known_length",
        old="    left = length\n",
        new="    left = length\n    pieces = list(pieces)\n",
    ),
    Mistake(
        "X761",
        "does not count",
        "test_a_wrong_length_is_an_error",
        edits=(Edit(old=COUNT, new="        yield piece\n"), Edit(old=MISSING, new="")),
    ),
    Mistake(
        "X761",
        "does not notice that octets are missing",
        "test_a_wrong_length_is_an_error",
        old=MISSING,
        new="",
    ),
    Mistake(
        "X1114",
        "counts, but looks only at the end",
        "test_a_wrong_length_is_an_error",
        old=COUNT,
        new="        left -= len(piece)\n        yield piece\n",
    ),
    Mistake(
        "X762",
        "sends what fits",
        "test_a_wrong_length_is_an_error",
        old=COUNT,
        new="        yield piece[:left]\n        left = max(0, left - len(piece))\n",
    ),
    Mistake(
        "X762",
        "stops when there is enough",
        "test_a_wrong_length_is_an_error",
        old=COUNT,
        new="        if len(piece) > left:\n            return\n"
        "        left -= len(piece)\n        yield piece\n",
    ),
    Mistake(
        "",
        "cuts long pieces",
        "test_pieces_of_known_length",
        old=COUNT,
        new=COUNT.replace(
            "        yield piece\n",
            "        for at in range(0, len(piece), 4096):\n"
            "            yield piece[at : at + 4096]\n",
        ),
    ),
    Mistake(
        "X851",
        "takes an error of the pieces for their end",
        "test_pieces_of_known_length",
        old="    left = length\n    for piece in pieces:\n",
        new="    left = length\n\n"
        "    def safe() -> Iterator[bytes]:\n"
        "        try:\n            yield from pieces\n"
        "        except OSError:\n            pass\n\n"
        "    for piece in safe():\n",
    ),
    Mistake(
        "X1114",
        "yields a piece, then looks whether it was too long",
        "test_a_wrong_length_is_an_error",
        old=COUNT,
        new="        yield piece\n" + COUNT.replace("        yield piece\n", ""),
    ),
    # Task 4
    Mistake(
        "M72",
        "writes sizes in decimal",
        "test_chunks",
        old=CHUNKS,
        new=CHUNKS.replace("%x", "%d"),
    ),
    Mistake(
        "",
        "writes sizes with hex()",
        "test_chunks",
        old=CHUNKS,
        new=CHUNKS.replace(
            'b"%x\\r\\n%b\\r\\n" % (len(piece), piece)',
            'hex(len(piece)).encode() + b"\\r\\n" + piece + b"\\r\\n"',
        ),
    ),
    Mistake(
        "M72",
        "no CR LF after the data of a chunk",
        "test_chunks",
        old=CHUNKS,
        new=CHUNKS.replace('%b\\r\\n"', '%b"'),
    ),
    Mistake(
        "",
        "no last chunk",
        "test_chunks",
        old=CHUNKS,
        new=CHUNKS.replace('    yield b"0\\r\\n\\r\\n"\n', ""),
    ),
    Mistake(
        "",
        "the last chunk in the loop, so after each piece",
        "test_chunks",
        old=CHUNKS,
        new=CHUNKS.replace('    yield b"0', '        yield b"0'),
    ),
    Mistake(
        "X844",
        "no empty line after the last chunk",
        "test_chunks",
        old=CHUNKS,
        new=CHUNKS.replace("0\\r\\n\\r\\n", "0\\r\\n"),
    ),
    Mistake(
        "X81",
        "sends an empty piece as a chunk",
        "test_chunks",
        old=CHUNKS,
        new=CHUNKS.replace("if piece:", "if piece is not None:"),
    ),
    Mistake(
        "X82",
        "takes all pieces before it yields the first",
        "test_chunks",
        old=CHUNKS,
        new=CHUNKS.replace("in pieces:", "in list(pieces):"),
    ),
    Mistake(
        "X82",
        "is always one piece behind",
        "test_chunks",
        old=CHUNKS,
        new="""    before = b""
    for piece in pieces:
        if piece and before:
            yield b"%x\\r\\n%b\\r\\n" % (len(before), before)
        before = piece or before
    if before:
        yield b"%x\\r\\n%b\\r\\n" % (len(before), before)
    yield b"0\\r\\n\\r\\n"
""",
    ),
    Mistake(
        "",
        "cuts long pieces",
        "test_chunks",
        old=CHUNKS,
        new="""    for piece in pieces:
        for at in range(0, len(piece), 4096):
            part = piece[at : at + 4096]
            yield b"%x\\r\\n%b\\r\\n" % (len(part), part)
    yield b"0\\r\\n\\r\\n"
""",
    ),
    Mistake(
        "X851",
        "sends the last chunk after an error as well",
        "test_chunks",
        old=CHUNKS,
        new="""    try:
        for piece in pieces:
            if piece:
                yield b"%x\\r\\n%b\\r\\n" % (len(piece), piece)
    finally:
        yield b"0\\r\\n\\r\\n"
""",
    ),
    Mistake(
        "",
        "leaves pieces of white space out",
        "test_chunks",
        old=CHUNKS,
        new=CHUNKS.replace("if piece:", "if piece.strip():"),
    ),
    # Task 5
    Mistake(
        "M70",
        "counts characters",
        "test_bytes_have_a_length",
        old=BYTES,
        new=BYTES.replace("len(content)", 'len(content.decode(errors="replace"))'),
    ),
    Mistake(
        "M78",
        "leaves Content-Length out if there is no content",
        "test_bytes_have_a_length",
        old=BYTES,
        new='    elif content == b"":\n        pass\n' + BYTES,
    ),
    Mistake(
        "X765",
        "sends all pieces in chunks",
        "test_a_known_length_is_announced",
        old=KNOWN,
        new="",
    ),
    Mistake(
        "",
        "announces a known length to HTTP/1.1 only",
        "test_a_known_length_is_announced",
        old=KNOWN,
        new=KNOWN.replace("is not None:", "is not None and request.version >= (1, 1):"),
    ),
    Mistake(
        "X766",
        "takes a length of 0 for one that is not known",
        "test_a_known_length_is_announced",
        old=KNOWN,
        new=KNOWN.replace("response.length is not None:", "response.length:"),
    ),
    Mistake(
        "X761",
        "announces a length, and sends whatever comes",
        "test_a_known_length_is_announced",
        old=KNOWN,
        new=KNOWN.replace("exactly(content, response.length)", "iter(content)"),
    ),
    Mistake(
        "X82",
        "joins a list of pieces, and says how long it is",
        "test_chunks_or_the_end",
        old=BEGIN,
        new=BEGIN + "    if isinstance(content, list) and response.length is None:\n"
        '        content = b"".join(content)\n',
    ),
    Mistake(
        "X82",
        "takes the first piece already here",
        "test_chunks_or_the_end",
        old=CHUNKED,
        new=CHUNKED.replace("chunks(content)", "iter([*chunks(content)])"),
    ),
    Mistake(
        "X83",
        "sends chunks to everybody",
        "test_chunks_or_the_end",
        edits=(
            Edit(old=CHUNKED, new=CHUNKED.replace("elif request.version >= (1, 1):", "else:")),
            Edit(old=OLD, new=""),
        ),
    ),
    Mistake(
        "X83",
        "says chunked to nobody, but sends chunks",
        "test_chunks_or_the_end",
        old=OLD,
        new=OLD.replace("iter(content)", "chunks(content)"),
    ),
    Mistake(
        "M81",
        "gives 204 and 304 content",
        "test_some_statuses_have_no_content",
        old=NONE + RESET + BYTES,
        new=RESET.replace("elif", "if", 1) + BYTES,
    ),
    Mistake(
        "M81",
        "says Content-Length 0 with 204",
        "test_some_statuses_have_no_content",
        edits=(
            Edit(old="in (204, 304):", new="== 304:"),
            Edit(old="response.status == 205:", new="response.status in (204, 205):"),
        ),
    ),
    Mistake(
        "X1116",
        "does not say how long a 205 is",
        "test_some_statuses_have_no_content",
        old="in (204, 304):",
        new="in (204, 205, 304):",
    ),
    Mistake(
        "M81",
        "takes a 205 for a response like any other",
        "test_some_statuses_have_no_content",
        old=RESET,
        new="",
    ),
    Mistake(
        "M81",
        "looks at a known length first",
        "test_some_statuses_have_no_content",
        old=NONE + RESET + BYTES + KNOWN,
        new=KNOWN.replace(
            "elif response.length is not None:",
            "if response.length and not isinstance(content, bytes):",
        )
        + NONE.replace("if", "elif", 1)
        + RESET
        + BYTES
        + KNOWN,
    ),
    Mistake(
        "M80",
        "answers HEAD as GET",
        "test_head_has_the_field_and_no_pieces",
        old=FRAMED,
        new="    return [field] if field else [], pieces\n",
    ),
    Mistake(
        "M80",
        "says Content-Length 0 to HEAD",
        "test_head_has_the_field_and_no_pieces",
        old="response.status == 205:",
        new='response.status == 205 or request.method == "HEAD":',
    ),
    Mistake(
        "X845",
        "says nothing about content to HEAD",
        "test_head_has_the_field_and_no_pieces",
        old="in (204, 304):",
        new='in (204, 304) or request.method == "HEAD":',
    ),
    Mistake(
        "X847",
        "a length that is a number, not text",
        "test_bytes_have_a_length",
        old=BYTES,
        new=BYTES.replace("str(len(content))", "len(content)"),
    ),
    Mistake(
        "X847",
        "a known length that is a number, not text",
        "test_a_known_length_is_announced",
        old=KNOWN,
        new=KNOWN.replace("str(response.length)", "response.length"),
    ),
    Mistake(
        "X846",
        "content in a list",
        "test_bytes_have_a_length",
        old=BYTES,
        new=BYTES.replace("iter((content,))", "[content]"),
    ),
    Mistake(
        "X846",
        "pieces of HTTP/1.0 as they are, so perhaps a list",
        "test_chunks_or_the_end",
        old=OLD,
        new=OLD.replace("iter(content)", "content"),
    ),
    Mistake(
        "X846",
        "an empty tuple where there is no content",
        "test_some_statuses_have_no_content",
        old=BEGIN,
        new=BEGIN.replace("iter(())", "()"),
    ),
    Mistake(
        "X846",
        "an empty list for HEAD",
        "test_head_has_the_field_and_no_pieces",
        old=FRAMED,
        new=FRAMED.replace("iter(()) if", "[] if"),
    ),
    Mistake(
        "",
        "asks whether the status is 204, or whether 304 is true",
        "test_bytes_have_a_length",
        old="response.status in (204, 304):",
        new="response.status == 204 or 304:",
    ),
    Mistake(
        "",
        "has nothing for HTTP/1.0",
        "test_chunks_or_the_end",
        old=OLD,
        new="",
    ),
    Mistake(
        "",
        "sends content to GET only",
        "test_head_has_the_field_and_no_pieces",
        old=FRAMED,
        new=FRAMED.replace('method == "HEAD"', 'method != "GET"'),
    ),
    Mistake(
        "X1111",
        "takes the content apart, octet by octet",
        "test_bytes_have_a_length",
        old=BYTES,
        new=BYTES.replace("iter((content,))", "iter(content)"),
    ),
    Mistake(
        "X1112",
        "compares the version with text",
        "test_chunks_or_the_end",
        old=CHUNKED,
        new=CHUNKED.replace(">= (1, 1)", '== "HTTP/1.1"'),
    ),
    Mistake(
        "",
        "the fields in a tuple",
        "test_bytes_have_a_length",
        old=FRAMED,
        new=FRAMED.replace("[field] if field else []", "(field,) if field else ()"),
    ),
    Mistake(
        "",
        "no chunks where there is no piece",
        "test_chunks_or_the_end",
        old=BYTES,
        new=BYTES + '    elif content in ([], ()):\n        field = ("Content-Length", "0")\n',
    ),
    Mistake(
        "M80",
        "announces the content of a 304 to HEAD",
        "test_head_has_the_field_and_no_pieces",
        old="in (204, 304):",
        new='in (204, 304) and request.method != "HEAD":',
    ),
    # Task 6
    Mistake(
        "X84",
        "sends no Date",
        "test_a_whole_response",
        old=FIELDS,
        new="        fields = [*response.fields]\n",
    ),
    Mistake(
        "X84",
        "sends the local time, as Python prints it",
        "test_a_whole_response",
        old=FIELDS,
        new=FIELDS.replace("http_date(int(time.time()))", "time.ctime()"),
    ),
    Mistake(
        "M79",
        "closes without saying so",
        "test_a_whole_response",
        old=OPTIONS,
        new=OPTIONS.replace('fields.append(("Connection", "close"))', "pass"),
    ),
    Mistake(
        "M85",
        "the application's fields as a dict",
        "test_a_whole_response",
        old=FIELDS,
        new=FIELDS.replace("*response.fields", "*dict(response.fields).items()"),
    ),
    Mistake(
        "M115",
        "head and content as two pieces",
        "test_a_whole_response",
        edits=(
            Edit(old=FIRST, new='        first = next(pieces, b"")\n'),
            Edit(
                old="    return Outgoing(first, pieces, response.content)\n",
                new="    from itertools import chain\n\n"
                "    return Outgoing(head, chain((first,), pieces), response.content)\n",
            ),
        ),
    ),
    Mistake(
        "",
        "asks for the time when the file is imported",
        "test_a_whole_response",
        edits=(
            Edit(old=SERIALIZE, new=SERIALIZE.replace(" persists: bool", NOW)),
            Edit(old=FIELDS, new=FIELDS.replace("int(time.time())", "now")),
        ),
    ),
    Mistake(
        "",
        "asks for a date with a fraction of a second",
        "test_a_whole_response",
        old=FIELDS,
        new=FIELDS.replace("int(time.time())", "time.time()"),
    ),
    Mistake(
        "",
        "sends some statuses as 200",
        "test_a_whole_response",
        old="response_head(response.status, fields + framing)",
        new="response_head(response.status if framing == [] else 200, fields + framing)",
    ),
    Mistake(
        "M79",
        "sends no Connection with a response to HEAD",
        "test_a_whole_response",
        old="        if not persists:",
        new='        if not persists and request.method != "HEAD":',
    ),
    Mistake(
        "",
        "says keep-alive only where there is content",
        "test_a_whole_response",
        old="        elif request.version < (1, 1):\n",
        new='        elif request.version < (1, 1) and request.method != "HEAD":\n',
    ),
    Mistake(
        "",
        "says close and keep-alive",
        "test_a_whole_response",
        old="        elif request.version < (1, 1):\n",
        new="        if request.version < (1, 1):\n",
    ),
    Mistake(
        "",
        "adds the application's fields to a list, though they may be a tuple",
        "test_a_whole_response",
        old=FIELDS,
        new='        made: Any = [("Date", http_date(int(time.time())))]\n'
        "        fields = made + response.fields\n",
    ),
    Mistake(
        "X1113",
        "says keep-alive to everybody",
        "test_a_whole_response",
        old="        elif request.version < (1, 1):\n",
        new="        else:\n",
    ),
    Mistake(
        "",
        "inserts Date into the application's fields, which may be a tuple",
        "test_a_whole_response",
        old=FIELDS,
        new="        fields: Any = response.fields\n"
        '        fields.insert(0, ("Date", http_date(int(time.time()))))\n',
    ),
    Mistake(
        "X850",
        "puts Date into the application's list",
        "test_a_whole_response",
        old=FIELDS,
        new="""        fields = response.fields or []
        fields = fields if isinstance(fields, list) else [*fields]
        fields.insert(0, ("Date", http_date(int(time.time()))))
""",
    ),
    Mistake(
        "X85",
        "does not look at what the application wants to send",
        "test_what_cannot_be_sent_is_refused",
        old=CHECK,
        new="",
    ),
    Mistake(
        "M86",
        "looks at status and fields, not at the content",
        "test_what_cannot_be_sent_is_refused",
        old=CHECK,
        new='        check_sendable(response._replace(content=b"", length=None))\n'
        "        if response.length is not None:\n            check_sendable(response)\n",
    ),
    Mistake(
        "X86",
        "is a generator, and refuses when it is too late",
        "test_what_cannot_be_sent_is_refused",
        old="    return Outgoing(first, pieces, response.content)\n",
        new="    yield from Outgoing(first, pieces, response.content)\n",
    ),
    Mistake(
        "X763",
        "sends the head before it asks for content",
        "test_the_first_piece_is_taken_in_the_call",
        edits=(
            Edit(
                old=FIRST,
                new="        is_here = isinstance(response.content, bytes | list)\n"
                '        first = head + next(pieces, b"") if is_here else head\n',
            ),
        ),
    ),
    Mistake(
        "X763",
        "takes the first piece for GET only",
        "test_the_first_piece_is_taken_in_the_call",
        old=FIRST,
        new='        first = head + (next(pieces, b"") if request.method == "GET" else b"")\n',
    ),
    Mistake(
        "X82",
        "takes all pieces in the call",
        "test_the_first_piece_is_taken_in_the_call",
        old=FIRST,
        new="        pieces = iter(list(pieces))\n" + FIRST,
    ),
    Mistake(
        "X849",
        "closes nothing after an error",
        "test_the_content_is_closed",
        old=ON_ERROR,
        new=ON_ERROR.replace("        close_content(response.content)\n", ""),
    ),
    Mistake(
        "X849",
        "begins to care after it has checked the response",
        "test_the_content_is_closed",
        edits=(Edit(old="    try:\n" + CHECK, new=CHECK[4:] + "    try:\n"),),
    ),
    Mistake(
        "X1117",
        "closes in `finally`, so before the content is sent",
        "test_the_content_is_closed",
        old=ON_ERROR,
        new="        return Outgoing(first, pieces, response.content)\n"
        "    finally:\n        close_content(response.content)\n",
    ),
    Mistake(
        "",
        "closes the content after an error twice",
        "test_the_content_is_closed",
        old=ON_ERROR,
        new=ON_ERROR.replace(
            "        raise\n",
            '        Outgoing(b"", (), response.content).close()\n        raise\n',
        ),
    ),
    Mistake(
        "X1117",
        "closes the content as soon as it has the first piece",
        "test_the_content_is_closed",
        old=FIRST,
        new=FIRST + "        close_content(response.content)\n",
    ),
    Mistake(
        "X764",
        "returns a chain, which closes nothing",
        "test_the_content_is_closed",
        old="    return Outgoing(first, pieces, response.content)\n",
        new="    from itertools import chain\n\n    return chain((first,), pieces)\n",
    ),
    Mistake(
        "X764",
        "leaves the closing to a generator that may never begin",
        "test_the_content_is_closed",
        old="    return Outgoing(first, pieces, response.content)\n",
        new="    def sending() -> Iterator[bytes]:\n"
        "        try:\n            yield first\n            yield from pieces\n"
        "        finally:\n            close_content(response.content)\n\n"
        "    return sending()\n",
    ),
    Mistake(
        "X764",
        "forgets the content of a response to HEAD",
        "test_the_content_is_closed",
        old=ON_ERROR,
        new=ON_ERROR.replace(
            "    return",
            '    if request.method == "HEAD":\n        return [first]\n    return',
        ),
    ),
    Mistake(
        "X848",
        "catches Exception, and so no Ctrl-C",
        "test_the_content_is_closed",
        old=ON_ERROR,
        new=ON_ERROR.replace("BaseException", "Exception"),
    ),
    Mistake(
        "",
        "catches errors and Ctrl-C, but no exit",
        "test_the_content_is_closed",
        old=ON_ERROR,
        new=ON_ERROR.replace("BaseException", "(Exception, KeyboardInterrupt)"),
    ),
    Mistake(
        "",
        "takes an error for the end",
        "test_the_content_is_closed",
        old=ON_ERROR,
        new=ON_ERROR.replace(
            "    return Outgoing(first, pieces, response.content)\n",
            "\n    def safe() -> Iterator[bytes]:\n"
            "        with suppress(OSError):\n            yield from pieces\n\n"
            "    from contextlib import suppress\n\n"
            "    return Outgoing(first, safe(), response.content)\n",
        ),
    ),
)
