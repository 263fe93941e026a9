"""Wrong answers to chapter 10 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

NOT_DIGITS = """    if not (value.isascii() and value.isdigit()):
        raise HttpError(400, "Content-Length is a number in digits, once", "RFC 9110 §8.6", value)
"""
TOO_MANY_DIGITS = """    if len(value) > MAX_DIGITS:
        raise HttpError(413, "this length has too many digits", "RFC 9110 §15.5.14", value)
    return int(value)
"""
VALUE = """    value = headers.get("content-length")
"""
NO_CODING = """    if (transfer_encoding := request.headers.get("transfer-encoding")) is None:
        if (length := content_length(request.headers) or 0) > limit:
            raise too_large(limit)
        return length
"""
BOTH = """    if "content-length" in request.headers:
        raise HttpError(400, "Content-Length beside Transfer-Encoding", "RFC 9112 §6.1")
"""
OLD_VERSION = """    if request.version < (1, 1):
        raise HttpError(400, "Transfer-Encoding in HTTP/1.0", "RFC 9112 §6.1")
"""
LAST = """    if codings[-1:] != ["chunked"] or codings.count("chunked") > 1:
        raise HttpError(400, "chunked has to be last, and once", "RFC 9112 §6.3", transfer_encoding)
"""
OTHERS = """    if len(codings) > 1:
        raise HttpError(501, "only chunked is known here", "RFC 9112 §6.1", transfer_encoding)
"""
EXPECT = """    expect = request.headers.get("expect")
    if expect is None or request.version < (1, 1):
        return False
    expectations = set(list_members(expect.lower()))
    if expectations - {"100-continue"}:
        raise HttpError(417, "this server knows only 100-continue", "RFC 9110 §10.1.1", expect)
    return bool(expectations)
"""
TAKE_CONTENT = """        content = bytes(buffer[: self._missing])
        del buffer[: len(content)]
        self._missing -= len(content)
        return content
"""
SIZE = """        match = CHUNK_LINE.fullmatch(line)
        if match is None:
            raise HttpError(400, "this is not a chunk's size line", "RFC 9112 §7.1", line)
        size = int(match[1], 16)
"""
OVERHEAD = """        self.count_overhead(len(line) - len(match[1]))
"""
OVER_LIMIT = """        self.length += size
        if self.length > self.limit:
            raise too_large(self.limit)
"""
BEGUN = """        self.data = LengthDecoder(size)
        self.next = Next.DATA
        self.done = size == 0
"""
TRAILERS = """        while self.chunks.done and not self.done:
            line = take_line(buffer, MAX_OVERHEAD - self.chunks.overhead)
            if line is None:
                break
            if line == "":
                self.trailers = Headers(self.fields)
                self.done = True
            else:
                self.chunks.count_overhead(len(line))
                self.fields.append(parse_field_line(line))
"""
FIELD = """                self.fields.append(parse_field_line(line))
"""

MISTAKES = (
    Mistake(
        "M68",
        "the first piece is the body",
        "test_length_in_any_pieces",
        edits=(
            Edit(old="        self._missing -= len(content)\n", new="        self._missing = 0\n"),
        ),
    ),
    Mistake(
        "M68",
        "expects the whole length in each piece",
        "test_length_in_any_pieces",
        old="        self._missing -= len(content)\n",
        new="        pass\n",
    ),
    Mistake(
        "M68",
        "waits until all of it has come",
        "test_length_in_any_pieces",
        old="        content = bytes(buffer[: self._missing])\n",
        new=(
            "        if len(buffer) < self._missing:\n            return b''\n"
            "        content = bytes(buffer[: self._missing])\n"
        ),
    ),
    Mistake(
        "X700",
        "makes another buffer",
        "test_length_in_any_pieces",
        old="        del buffer[: len(content)]\n",
        new="        buffer = buffer[len(content) :]\n",
    ),
    Mistake(
        "X700",
        "leaves the content in the buffer",
        "test_length_in_any_pieces",
        old="        del buffer[: len(content)]\n",
        new="",
    ),
    Mistake(
        "",
        "returns a bytearray",
        "test_length_in_any_pieces",
        old="bytes(buffer[: self._missing])",
        new="buffer[: self._missing]",
    ),
    Mistake(
        "X355",
        "takes the next request for content",
        "test_length_leaves_the_rest",
        old=TAKE_CONTENT,
        new=(
            "        content = bytes(buffer)\n        buffer.clear()\n"
            "        self._missing = max(0, self._missing - len(content))\n"
            "        return content\n"
        ),
    ),
    Mistake(
        "X493",
        "throws away what follows",
        "test_length_leaves_the_rest",
        old="        del buffer[: len(content)]\n",
        new="        buffer.clear()\n",
    ),
    Mistake(
        "M69",
        "done only when something has been decoded",
        "test_length_leaves_the_rest",
        edits=(
            Edit(
                old="        self._missing = length\n",
                new="        self._missing = length\n        self._begun = False\n",
            ),
            Edit(
                old="        return self._missing == 0\n",
                new="        return self._begun and self._missing == 0\n",
            ),
            Edit(
                old="        content = bytes(buffer[: self._missing])\n",
                new="        self._begun = True\n        content = bytes(buffer[: self._missing])\n",
            ),
        ),
    ),
    Mistake(
        "X30",
        "one count for all decoders",
        "test_length_leaves_the_rest",
        edits=(
            Edit(
                old="        self._missing = length\n",
                new="        LengthDecoder._missing = length\n",
            ),
            Edit(
                old="        self._missing -= len(content)\n",
                new="        LengthDecoder._missing -= len(content)\n",
            ),
        ),
    ),
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
        new="    return int(value)\n",
    ),
    Mistake(
        "X71",
        "makes the number first, then looks how long it is",
        "test_length_is_a_number_or_none",
        old=TOO_MANY_DIGITS,
        new=TOO_MANY_DIGITS.replace("len(value) > MAX_DIGITS", "int(value) >= 10**18"),
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
            Edit(
                old="value.isascii() and value.isdigit()",
                new="(re := __import__('re')).match('[0-9]', value)",
            ),
            Edit(old="return int(value)", new='return int(re.match("[0-9]*", value)[0])'),
        ),
    ),
    Mistake(
        "X418",
        "match() and $, which leaves a line's end out",
        "test_length_is_ascii_digits",
        old="value.isascii() and value.isdigit()",
        new="__import__('re').match('[0-9]+$', value)",
    ),
    Mistake(
        "X960",
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
        new="    if len(values := set(__import__('re').split(', ?', value))) == 1:\n"
        "        value = values.pop()\n" + NOT_DIGITS,
    ),
    Mistake(
        "",
        "400 for too many digits",
        "test_length_is_a_number_or_none",
        old='        raise HttpError(413, "this length',
        new='        raise HttpError(400, "this length',
    ),
    Mistake(
        "X33",
        "MAX_DIGITS digits are too many already",
        "test_length_is_a_number_or_none",
        old="len(value) > MAX_DIGITS",
        new="len(value) >= MAX_DIGITS",
    ),
    Mistake(
        "",
        "one digit more than MAX_DIGITS",
        "test_length_is_a_number_or_none",
        old="len(value) > MAX_DIGITS",
        new="len(value) > MAX_DIGITS + 1",
    ),
    Mistake(
        "",
        "leaves zeros in front out of the count",
        "test_length_is_a_number_or_none",
        old="len(value) > MAX_DIGITS",
        new='len(value.lstrip("0")) > MAX_DIGITS',
    ),
    Mistake(
        "",
        "all() of no characters",
        "test_length_is_ascii_digits",
        old="value.isascii() and value.isdigit()",
        new="all(c in '0123456789' for c in value)",
    ),
    Mistake(
        "",
        "takes at most 65,536 octets in a call",
        "test_length_in_any_pieces",
        old="bytes(buffer[: self._missing])",
        new="bytes(buffer[: min(self._missing, 65536)])",
    ),
    Mistake(
        "M66",
        "accepts blanks around a length",
        "test_length_is_ascii_digits",
        old=VALUE,
        new=VALUE + "    value = value and value.strip()\n",
    ),
    Mistake(
        "",
        "counts the digits before it looks at them",
        "test_length_is_ascii_digits",
        old=NOT_DIGITS,
        new="    if len(value) > MAX_DIGITS:\n        raise HttpError(413, '', '')\n" + NOT_DIGITS,
    ),
    Mistake(
        "X33",
        "int() of a float, which rounds",
        "test_length_is_a_number_or_none",
        old="    return int(value)\n",
        new="    return int(float(value))\n",
    ),
    Mistake(
        "X495",
        "32 bits of a size",
        "test_chunks_over_the_limit",
        old="int(match[1], 16)",
        new="int(match[1], 16) & 0xFFFFFFFF",
    ),
    Mistake(
        "",
        "the last chunk's extension does not count",
        "test_extensions_to_the_octet",
        old=OVERHEAD,
        new="        if size:\n    " + OVERHEAD,
    ),
    Mistake(
        "",
        "sorts the trailer fields",
        "test_trailers_end_with_an_empty_line",
        old="Headers(self.fields)",
        new="Headers(sorted(self.fields))",
    ),
    Mistake(
        "X734",
        "an unfinished trailer field may have all of MAX_OVERHEAD",
        "test_overhead_to_the_octet",
        old="take_line(buffer, MAX_OVERHEAD - self.chunks.overhead)",
        new="take_line(buffer, MAX_OVERHEAD)",
    ),
    Mistake(
        "X496",
        "takes blanks off a trailer line",
        "test_trailers_end_with_an_empty_line",
        old="parse_field_line(line)",
        new="parse_field_line(line.strip())",
    ),
    Mistake(
        "X75",
        "identity is no coding",
        "test_other_coding_is_not_implemented",
        old=OTHERS,
        new="    codings = [coding for coding in codings if coding != 'identity']\n" + OTHERS,
    ),
    Mistake(
        "M74",
        "only POST and PUT wait",
        "test_who_waits_for_continue",
        old="    if expect is None or request.version < (1, 1):\n",
        new=(
            "    if expect is None or request.version < (1, 1) "
            "or request.method not in ('POST', 'PUT'):\n"
        ),
    ),
    Mistake(
        "X76",
        "reads the name before a semicolon",
        "test_other_expectation_is_refused",
        old="set(list_members(expect.lower()))",
        new="{m.split(';')[0] for m in list_members(expect.lower())}",
    ),
    Mistake(
        "X353",
        "refuses in HTTP/1.0",
        "test_who_waits_for_continue",
        old=EXPECT,
        new=EXPECT.replace(" or request.version < (1, 1)", "").replace(
            "bool(expectations)", "bool(expectations) and request.version >= (1, 1)"
        ),
    ),
    Mistake(
        "",
        "done one octet early",
        "test_length_in_any_pieces",
        old="        return self._missing == 0\n",
        new="        return self._missing <= 1\n",
    ),
    Mistake(
        "M72",
        "a decimal size",
        "test_size_line_begins_a_chunk",
        old="int(match[1], 16)",
        new="int(match[1], 10) if match[1].isdigit() else 0",
    ),
    Mistake(
        "",
        "the size counts the CR LF",
        "test_size_line_begins_a_chunk",
        old="        self.data = LengthDecoder(size)\n",
        new="        self.data = LengthDecoder(max(0, size - 2))\n",
    ),
    Mistake(
        "X423",
        "the last chunk is a 0, letter by letter",
        "test_size_line_begins_a_chunk",
        old="        self.done = size == 0\n",
        new='        self.done = match[1] == "0"\n',
    ),
    Mistake(
        "",
        "forgets what comes next",
        "test_size_line_begins_a_chunk",
        old="        self.next = Next.DATA\n",
        new="",
    ),
    Mistake(
        "X735",
        "int(…, 16) tells",
        "test_size_is_hexadecimal_digits",
        old=SIZE,
        new=(
            "        digits, semicolon, _ = line.partition(';')\n        try:\n"
            "            size = int(digits, 16)\n        except ValueError:\n"
            "            raise HttpError(400, 'no size', '') from None\n"
            "        match = [0, digits]\n"
        ),
    ),
    Mistake(
        "X418",
        "a size, and then whatever comes",
        "test_size_is_hexadecimal_digits",
        old="CHUNK_LINE.fullmatch(line)",
        new="CHUNK_LINE.match(line)",
    ),
    Mistake(
        "X71",
        "any number of digits",
        "test_size_is_hexadecimal_digits",
        old=SIZE,
        new=SIZE.replace(
            "fullmatch(line)", "fullmatch(line.lstrip('0') if len(line) > 16 else line)"
        ),
    ),
    Mistake(
        "",
        "does not accept extensions with blanks or quotes",
        "test_extensions_are_ignored_if_well_formed",
        old=SIZE,
        new=(
            "        if ' ' in line or '\"' in line or '\\t' in line:\n"
            "            raise HttpError(400, 'no', '')\n"
        )
        + SIZE,
    ),
    Mistake(
        "X77",
        "cuts the line at the semicolon",
        "test_extensions_are_ignored_if_well_formed",
        old=SIZE,
        new=SIZE.replace("fullmatch(line)", "fullmatch(line.split(';')[0])"),
    ),
    Mistake(
        "X495",
        "no limit",
        "test_chunks_over_the_limit",
        old="        if self.length > self.limit:\n            raise too_large(self.limit)\n",
        new="",
    ),
    Mistake(
        "X495",
        "a limit for each chunk",
        "test_chunks_over_the_limit",
        old="        self.length += size\n",
        new="        self.length = size\n",
    ),
    Mistake(
        "X33",
        "refuses what reaches the limit",
        "test_chunks_over_the_limit",
        old="self.length > self.limit",
        new="self.length >= self.limit",
    ),
    Mistake(
        "X419",
        "MAX_CONTENT, not the limit that is given",
        "test_chunks_over_the_limit",
        old=OVER_LIMIT,
        new=OVER_LIMIT.replace("self.limit", "MAX_CONTENT"),
    ),
    Mistake(
        "X419",
        "MAX_CONTENT, if the limit that is given is larger",
        "test_chunks_over_the_limit",
        old=OVER_LIMIT,
        new=OVER_LIMIT.replace("self.limit", "min(self.limit, MAX_CONTENT)"),
    ),
    Mistake(
        "",
        "400 for what is too long",
        "test_chunks_over_the_limit",
        old=OVER_LIMIT,
        new=OVER_LIMIT.replace("too_large(self.limit)", "HttpError(400, 'no', '')"),
    ),
    Mistake(
        "X33",
        "a limit of 0 is none",
        "test_chunks_over_the_limit",
        old="self.length > self.limit",
        new="self.limit and self.length > self.limit",
    ),
    Mistake(
        "X79",
        "no limit for extensions",
        "test_extensions_to_the_octet",
        old=OVERHEAD,
        new="",
    ),
    Mistake(
        "X734",
        "a limit for each line",
        "test_extensions_to_the_octet",
        old=OVERHEAD,
        new="        self.overhead = 0\n" + OVERHEAD,
    ),
    Mistake(
        "X33",
        "refuses the octet that reaches the limit",
        "test_extensions_to_the_octet",
        old=OVERHEAD,
        new=OVERHEAD + "        if self.overhead >= MAX_OVERHEAD:\n"
        "            raise HttpError(400, 'too much', '')\n",
    ),
    Mistake(
        "X33",
        "the semicolon does not count",
        "test_extensions_to_the_octet",
        old="len(line) - len(match[1])",
        new="max(0, len(line) - len(match[1]) - 1)",
    ),
    Mistake(
        "X359",
        "the digits of a size are overhead",
        "test_extensions_to_the_octet",
        old="len(line) - len(match[1])",
        new="len(line)",
    ),
    Mistake(
        "X359",
        "counts two octets for each CR LF",
        "test_extensions_to_the_octet",
        old="len(line) - len(match[1])",
        new="len(line) - len(match[1]) + (';' not in line)",
    ),
    Mistake(
        "X78",
        "done after the last chunk's size line",
        "test_trailers_end_with_an_empty_line",
        old=TRAILERS,
        new="        self.done = self.chunks.done\n",
    ),
    Mistake(
        "X78",
        "an empty line must follow the last chunk",
        "test_trailers_end_with_an_empty_line",
        old='            if line == "":\n',
        new="            if True:\n",
    ),
    Mistake(
        "",
        "forgets the fields of the calls before",
        "test_trailers_end_with_an_empty_line",
        old="        content = self.chunks.decode(buffer)\n",
        new="        content = self.chunks.decode(buffer)\n        self.fields = []\n",
    ),
    Mistake(
        "",
        "keeps only the last field",
        "test_trailers_end_with_an_empty_line",
        old="Headers(self.fields)",
        new="Headers(self.fields[-1:])",
    ),
    Mistake(
        "X496",
        "trailers by partition()",
        "test_trailers_end_with_an_empty_line",
        old=FIELD,
        new=(
            "                name, _, value = line.partition(':')\n"
            "                self.fields.append((name.strip().lower(), value.strip()))\n"
        ),
    ),
    Mistake(
        "M59",
        "split() at colon and blank",
        "test_trailers_end_with_an_empty_line",
        old=FIELD,
        new=(
            "                name, value = line.split(': ')\n"
            "                self.fields.append((name.lower(), value))\n"
        ),
    ),
    Mistake(
        "X30",
        "one list of trailers for all decoders",
        "test_trailers_end_with_an_empty_line",
        edits=(
            Edit(
                old=(
                    "        self.fields: list[tuple[str, str]] = []  # trailer fields that have come\n"
                ),
                new="",
            ),
            Edit(
                old=(
                    "    def __init__(self, limit: int = MAX_CONTENT) -> None:\n"
                    "        self.done = False\n"
                ),
                new=(
                    "    fields: list[tuple[str, str]] = []\n\n"
                    "    def __init__(self, limit: int = MAX_CONTENT) -> None:\n"
                    "        self.done = False\n"
                ),
            ),
        ),
    ),
    Mistake(
        "M62",
        "a dict of trailers",
        "test_trailers_end_with_an_empty_line",
        old="Headers(self.fields)",
        new="Headers(dict(self.fields).items())",
    ),
    Mistake(
        "X60",
        "leaves out a trailer that is not valid",
        "test_trailers_end_with_an_empty_line",
        old=FIELD,
        new=(
            "                try:\n"
            "                    self.fields.append(parse_field_line(line))\n"
            "                except HttpError:\n                    pass\n"
        ),
    ),
    Mistake(
        "X358",
        "a list of trailers",
        "test_trailers_end_with_an_empty_line",
        old="Headers(self.fields)",
        new="self.fields",
    ),
    Mistake(
        "X361",
        "waits for the CR LF of a trailer",
        "test_trailers_end_with_an_empty_line",
        old="            line = take_line(buffer, MAX_OVERHEAD - self.chunks.overhead)\n",
        new=(
            '            if b"\\r\\n" not in buffer and len(buffer) < 100:\n'
            "                break\n"
            "            line = take_line(buffer, MAX_OVERHEAD - self.chunks.overhead)\n"
        ),
    ),
    Mistake(
        "",
        "forgets the data when the chunks are not done",
        "test_trailers_end_with_an_empty_line",
        old="        content = self.chunks.decode(buffer)\n",
        new=(
            "        content = self.chunks.decode(buffer)\n        if not self.chunks.done:\n"
            '            return b""\n'
        ),
    ),
    Mistake(
        "X493",
        "throws away what follows",
        "test_body_leaves_the_rest",
        old="                self.done = True\n",
        new="                self.done = True\n                buffer.clear()\n",
    ),
    Mistake(
        "",
        "takes the lines of the next request",
        "test_body_leaves_the_rest",
        old="        while self.chunks.done and not self.done:\n",
        new="        while self.chunks.done:\n",
    ),
    Mistake(
        "",
        "reads lines again when it is called after the end",
        "test_body_leaves_the_rest",
        edits=(
            Edit(
                old="        while self.chunks.done and not self.done:\n",
                new="        while self.chunks.done:\n",
            ),
            Edit(
                old="                self.done = True\n",
                new="                self.done = True\n                break\n",
            ),
        ),
    ),
    Mistake(
        "",
        "never says that it is done",
        "test_trailers_end_with_an_empty_line",
        old="                self.done = True\n",
        new="",
    ),
    Mistake(
        "",
        "says that it is done only where there are no trailers",
        "test_trailers_end_with_an_empty_line",
        old="                self.done = True\n",
        new="                self.done = not self.fields\n",
    ),
    Mistake(
        "X79",
        "no limit for trailers",
        "test_overhead_to_the_octet",
        old="take_line(buffer, MAX_OVERHEAD - self.chunks.overhead)",
        new="take_line(buffer, 1 << 30)",
    ),
    Mistake(
        "X734",
        "a limit for each trailer field",
        "test_overhead_to_the_octet",
        old="                self.chunks.count_overhead(len(line))\n",
        new="",
    ),
    Mistake(
        "X734",
        "extensions and trailers apart",
        "test_overhead_to_the_octet",
        old=TRAILERS,
        new=TRAILERS.replace("self.chunks.overhead", "getattr(self, 'own', 0)").replace(
            "self.chunks.count_overhead(len(line))",
            "self.own = getattr(self, 'own', 0) + len(line)",
        ),
    ),
    Mistake(
        "",
        "takes lines before the chunks are done",
        "test_overhead_to_the_octet",
        old="        while self.chunks.done and not self.done:\n",
        new="        while not self.done:\n",
    ),
    Mistake(
        "",
        "counts the CR LF of a trailer field",
        "test_overhead_to_the_octet",
        old="self.chunks.count_overhead(len(line))",
        new="self.chunks.count_overhead(len(line) + 2)",
    ),
    Mistake(
        "",
        "refuses the octet that reaches the limit",
        "test_overhead_to_the_octet",
        old="MAX_OVERHEAD - self.chunks.overhead)",
        new="MAX_OVERHEAD - self.chunks.overhead - 1)",
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
            Edit(
                old="(length := content_length(request.headers) or 0) > limit",
                new="((length := content_length(request.headers)) or 0) > limit",
            ),
        ),
    ),
    Mistake(
        "X33",
        "a limit of 0 is none",
        "test_length_over_the_limit",
        old="        if (length := content_length(request.headers) or 0) > limit:\n",
        new="        if (length := content_length(request.headers) or 0) > limit > 0:\n",
    ),
    Mistake(
        "M43",
        "no limit",
        "test_length_over_the_limit",
        old="        if (length := content_length(request.headers) or 0) > limit:\n"
        "            raise too_large(limit)\n",
        new="        length = content_length(request.headers) or 0\n",
    ),
    Mistake(
        "X419",
        "a limit of its own, not the one given",
        "test_length_over_the_limit",
        old="or 0) > limit:\n",
        new="or 0) > MAX_CONTENT:\n",
    ),
    Mistake(
        "X419",
        "a limit of its own, if the one given is larger",
        "test_length_over_the_limit",
        old="or 0) > limit:\n",
        new="or 0) > min(limit, MAX_CONTENT):\n",
    ),
    Mistake(
        "",
        "400 for what is too long",
        "test_length_over_the_limit",
        old=NO_CODING,
        new=NO_CODING.replace("too_large(limit)", "HttpError(400, 'no', '')"),
    ),
    Mistake(
        "X33",
        "refuses what reaches the limit",
        "test_length_over_the_limit",
        old="or 0) > limit:\n",
        new="or 0) >= limit:\n",
    ),
    Mistake(
        "X72",
        "the word as it is written",
        "test_chunked_in_any_case",
        old="list_members(transfer_encoding.lower())",
        new="list_members(transfer_encoding)",
    ),
    Mistake(
        "X72",
        "lower(), but no list",
        "test_chunked_in_any_case",
        old="    codings = list_members(transfer_encoding.lower())\n",
        new="    codings = [transfer_encoding.lower()]\n",
    ),
    Mistake(
        "X422",
        "counts empty members",
        "test_chunked_in_any_case",
        old="    codings = list_members(transfer_encoding.lower())\n",
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
        old='request.headers.get("transfer-encoding")',
        new='request.headers.get("x" if "content-length" in request.headers else "transfer-encoding")',
    ),
    Mistake(
        "X421",
        "the limit first, whatever the length stands beside",
        "test_both_fields_are_refused",
        old=NO_CODING,
        new="    length = content_length(request.headers) or 0\n"
        "    if length > limit:\n        raise too_large(limit)\n" + NO_CODING,
    ),
    Mistake(
        "X420",
        "a length of 0 does not count",
        "test_both_fields_are_refused",
        old='    if "content-length" in request.headers:\n',
        new="    if content_length(request.headers):\n",
    ),
    Mistake(
        "X960",
        "an empty Transfer-Encoding does not count",
        "test_both_fields_are_refused",
        old='request.headers.get("transfer-encoding")',
        new='request.headers.get("transfer-encoding") or None',
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
        old='request.headers.get("transfer-encoding")) is None:\n',
        new='request.headers.get("transfer-encoding")) is None or request.version < (1, 1):\n',
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
        "",
        "the last member of a list that has none",
        "test_chunked_is_last_and_once",
        old='codings[-1:] != ["chunked"]',
        new='codings[-1] != "chunked"',
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
        old="list_members(transfer_encoding.lower())",
        new="[c for m in transfer_encoding.lower().split(',') if (c := m.strip())]",
    ),
    Mistake(
        "X960",
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
        new=EXPECT.replace("set(list_members(expect.lower()))", "{expect}"),
    ),
    Mistake(
        "X352",
        "one word, in any case",
        "test_who_waits_for_continue",
        old=EXPECT,
        new=EXPECT.replace("set(list_members(expect.lower()))", "{expect.lower()}"),
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
            "set(list_members(expect.lower()))",
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
        "X736",
        "100-continue among others is enough",
        "test_other_expectation_is_refused",
        old='    if expectations - {"100-continue"}:\n',
        new='    if expectations and "100-continue" not in expectations:\n',
    ),
    Mistake(
        "",
        "beside a Transfer-Encoding there is no length",
        "test_length_is_a_number_or_none",
        old="    if value is None:\n        return None\n",
        new="    if value is None or 'transfer-encoding' in headers:\n        return None\n",
    ),
    Mistake(
        "X33",
        "white space before an extension is free",
        "test_extensions_to_the_octet",
        old="self.count_overhead(len(line) - len(match[1]))",
        new="self.count_overhead(len(line[line.find(';') :]) if ';' in line else 0)",
    ),
    Mistake(
        "X33",
        "only the first extension counts",
        "test_extensions_to_the_octet",
        old="self.count_overhead(len(line) - len(match[1]))",
        new="self.count_overhead(len(';'.join(line[len(match[1]) :].split(';')[:2])))",
    ),
    Mistake(
        "",
        "an octet above 7F counts as two, in UTF-8",
        "test_extensions_to_the_octet",
        old="self.count_overhead(len(line) - len(match[1]))",
        new="self.count_overhead(len(line.encode()) - len(match[1]))",
    ),
    Mistake(
        "",
        "counts the limit down, and names what is left",
        "test_chunks_over_the_limit",
        old="        self.length += size\n        if self.length > self.limit:\n",
        new="        self.limit -= size\n        if self.limit < 0:\n",
    ),
    Mistake(
        "",
        "names the sum of the sizes, not the limit",
        "test_chunks_over_the_limit",
        old="raise too_large(self.limit)",
        new="raise too_large(self.length)",
    ),
    Mistake(
        "",
        "returns all data at the end",
        "test_trailers_end_with_an_empty_line",
        edits=(
            Edit(
                old="        content = self.chunks.decode(buffer)\n",
                new=(
                    "        self.kept = getattr(self, 'kept', b'') + self.chunks.decode(buffer)\n"
                    "        content = b''\n"
                ),
            ),
            Edit(
                old="                self.done = True\n",
                new=(
                    "                self.done = True\n"
                    "                content, self.kept = self.kept, b''\n"
                ),
            ),
        ),
    ),
    Mistake(
        "",
        "refuses a trailer field that means something in a head",
        "test_trailers_end_with_an_empty_line",
        old=FIELD,
        new=FIELD + '                if self.fields[-1][0] in ("content-length", "host"):\n'
        '                    raise HttpError(400, "not here", "RFC 9110 §6.5.1")\n',
    ),
    Mistake(
        "",
        "leaves out a trailer field without a value",
        "test_trailers_end_with_an_empty_line",
        old="Headers(self.fields)",
        new="Headers([field for field in self.fields if field[1]])",
    ),
    Mistake(
        "",
        "takes a line of blanks for the empty line",
        "test_trailers_end_with_an_empty_line",
        old='if line == "":',
        new="if not line.strip():",
    ),
    Mistake(
        "X33",
        "white space after a value is free",
        "test_overhead_to_the_octet",
        old="self.chunks.count_overhead(len(line))",
        new="self.chunks.count_overhead(len(line.rstrip()))",
    ),
    Mistake(
        "X33",
        "counts the field as it would write it",
        "test_overhead_to_the_octet",
        old="self.chunks.count_overhead(len(line))",
        new=(
            "name, value = parse_field_line(line)\n"
            "                self.chunks.count_overhead(len(f'{name}: {value}'))"
        ),
    ),
    Mistake(
        "",
        "an octet above 7F in a trailer field counts as two, in UTF-8",
        "test_overhead_to_the_octet",
        old="self.chunks.count_overhead(len(line))",
        new="self.chunks.count_overhead(len(line.encode()))",
    ),
    Mistake(
        "M74",
        "TRACE and CONNECT have no content",
        "test_length_for_any_method",
        old=NO_CODING,
        new='    if request.method in ("TRACE", "CONNECT"):\n        return 0\n' + NO_CODING,
    ),
    Mistake(
        "M74",
        "HEAD has no chunks",
        "test_chunked_in_any_case",
        old=NO_CODING,
        new=NO_CODING + '    if request.method == "HEAD":\n        return 0\n',
    ),
    Mistake(
        "X960",
        "an empty Content-Length beside chunked does not count",
        "test_both_fields_are_refused",
        old='if "content-length" in request.headers:',
        new='if request.headers.get("content-length"):',
    ),
    Mistake(
        "",
        "names the length, not the limit",
        "test_length_over_the_limit",
        old="            raise too_large(limit)\n        return length",
        new="            raise too_large(length)\n        return length",
    ),
    Mistake(
        "",
        "compares the limit with chunked content as well",
        "test_first_case_decides",
        old='    return "chunked"\n',
        new='    if limit == 0:\n        raise too_large(limit)\n    return "chunked"\n',
    ),
    Mistake(
        "",
        "501 comes before HTTP/1.0",
        "test_first_case_decides",
        edits=(
            Edit(old=OLD_VERSION, new=""),
            Edit(old=OTHERS, new=OTHERS + OLD_VERSION),
        ),
    ),
    Mistake(
        "",
        "looks for too many digits before content_length() does",
        "test_first_case_decides",
        old="        if (length := content_length",
        new=(
            "        if len(request.headers.get('content-length') or '') > MAX_DIGITS:\n"
            "            raise too_large(limit)\n"
            "        if (length := content_length"
        ),
    ),
    Mistake(
        "M74",
        "compares the limit for POST alone",
        "test_first_case_decides",
        old="or 0) > limit:\n",
        new="or 0) > limit and request.method == 'POST':\n",
    ),
    Mistake(
        "",
        "who sends no content does not wait",
        "test_only_expect_and_version_count",
        old="    if expect is None or request.version < (1, 1):\n",
        new=(
            "    if expect is None or request.version < (1, 1) or "
            "request.headers.get('content-length') == '0':\n"
        ),
    ),
    Mistake(
        "",
        "a body that cannot be framed is refused here",
        "test_only_expect_and_version_count",
        old="    if expect is None or request.version < (1, 1):\n",
        new="    body_framing(request)\n    if expect is None or request.version < (1, 1):\n",
    ),
    Mistake(
        "",
        "two lines at most",
        "test_only_expect_and_version_count",
        old="    if expect is None or request.version < (1, 1):\n",
        new=(
            "    if len(request.headers.get_all('expect')) > 2:\n"
            "        raise HttpError(417, 'twice', '')\n"
            "    if expect is None or request.version < (1, 1):\n"
        ),
    ),
    Mistake(
        "M74",
        "PATCH does not wait",
        "test_only_expect_and_version_count",
        old="    if expect is None or request.version < (1, 1):\n",
        new="    if expect is None or request.version < (1, 1) or request.method == 'PATCH':\n",
    ),
    Mistake(
        "M61",
        "strip() of all that Python takes for blank, around an expectation",
        "test_other_expectation_is_refused",
        old="set(list_members(expect.lower()))",
        new="{name for part in expect.lower().split(',') if (name := part.strip())}",
    ),
    Mistake(
        "",
        "counts chunked before it is in lower case",
        "test_chunked_is_last_and_once",
        edits=(
            Edit(old="transfer_encoding.lower())", new="transfer_encoding)"),
            Edit(
                old='codings[-1:] != ["chunked"]',
                new='codings[-1:] == [] or codings[-1].lower() != "chunked"',
            ),
        ),
    ),
    Mistake(
        "",
        "falls off the end where nothing is left of the list",
        "test_who_waits_for_continue",
        old="    return bool(expectations)\n",
        new="    if expectations:\n        return True\n",
    ),
)
