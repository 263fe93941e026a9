"""Wrong answers to chapter 9 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

SPLIT_HEAD = """    lines = head.decode("latin-1").split("\\r\\n")
    if head.translate(None, FIELD_VALUE) == b"\\r\\n" * (len(lines) - 1):
        return lines
    for line in head.split(b"\\r\\n"):
        at = first_not_in(FIELD_VALUE, line)
        if at < len(line):
            raise control_refused(line, at)
    return lines
"""
DECODED = 'lines = head.decode("latin-1").split('
CONTROLS = 'if head.translate(None, FIELD_VALUE) == b"\\r\\n" * (len(lines) - 1):'
THREE_PARTS = """    parts = line.split(" ")
    if len(parts) != 3:
        raise bad_request("a request line has three parts, one space between", "3", line)
    target = parts[1]
"""
LONG_LINE = """    if len(line) > MAX_REQUEST_LINE + 2:
        raise HttpError(414, "the request line is too long", "RFC 9112 §3")
"""
LF_LINE = """    if not line.endswith("\\r\\n"):
        raise bad_request("a line ends with CR LF, not with LF alone", "2.2", line, len(line) - 1)
    line = line[:-2]
"""
TARGET_PLACE = "        at = len(method) + 1 + (at if at < len(target) else 0)\n"
FIELD_LINE = """    name, colon, value = line.partition(":")
    key = FIELD_NAMES[name]
    if not colon or not key:
        at = first_not_in(TOKEN, name)
        raise bad_request("a field line is a name, a colon and a value", "5", line, at)
    return key, value.strip(" \\t")
"""
COMBINE = """            key = name.lower()
            combined[key] = f"{combined[key]}, {value}" if key in combined else value
"""
GET = "        return self._combined.get(name.lower())\n"
GET_ALL = """        key = name.lower()
        return [value for other, value in self._fields if other.lower() == key]
"""
REQUEST_LINE = """    end = head.index(b"\\n") + 1
    method, target, version = parse_request_line(head[:end].decode("latin-1"))
"""
LINES = "    lines = split_head(fields) if fields else []\n"
HEADERS = "    headers = Headers([parse_field_line(line) for line in lines])\n"
HOST = '    check_host(headers.get("host"), version)\n'
TARGETS_HOST = """    if not target.startswith("/") and (host := host_in(target)):
        headers = Headers([(name, host if name == "host" else value) for name, value in headers])
"""
SKIP = """        if self._may_skip and buffer.startswith(b"\\r"):
            if len(buffer) == 1:
                return None
            if buffer.startswith(b"\\r\\n"):
                del buffer[:2]
                self._may_skip = False
"""
FIND = '        end = buffer.find(b"\\r\\n\\r\\n", self._searched)\n'
UNENDED = """        if not 0 <= end <= MAX_HEAD:
            check_unfinished(buffer, self._searched)
"""
NOTED = "            self._searched = max(0, len(buffer) - 3)\n"
TAKEN = """        request = parse_head(bytes(buffer[: end + 4]))
        del buffer[: end + 4]
        self._searched, self._may_skip = 0, True
"""
FIRST_OCTETS = """    if not end:
        read_method(buffer[: MAX_METHOD + 1].decode("latin-1"))
"""
PENDING_LINE = """        if len(buffer) >= MAX_REQUEST_LINE + 2:
            raise HttpError(414, "the request line is too long", "RFC 9112 §3")
    elif"""
WHOLE_LINE = """    elif end > searched:
        parse_request_line(buffer[:end].decode("latin-1"))
"""
LONE = """    if lone := LONE_LF.search(buffer, searched, MAX_HEAD):
        split_head(bytes(buffer[end : lone.end()]))
"""
LONG_HEAD = """    if len(buffer) >= MAX_HEAD + 4:
        raise HttpError(431, "the head is too long", "RFC 6585 §5")
"""

MISTAKES = (
    # split_head
    Mistake(
        "M57",
        "splitlines()",
        "test_lines_end_with_cr_lf",
        old=SPLIT_HEAD,
        new='    return head.decode("latin-1").splitlines()\n',
    ),
    Mistake(
        "M64",
        "decodes UTF-8",
        "test_lines_end_with_cr_lf",
        old=DECODED,
        new="lines = head.decode().split(",
    ),
    Mistake(
        "M64",
        "decodes UTF-8, and replaces what is not",
        "test_lines_end_with_cr_lf",
        old=DECODED,
        new='lines = head.decode(errors="replace").split(',
    ),
    Mistake(
        "M64",
        "refuses what is not ASCII",
        "test_lines_end_with_cr_lf",
        old=f"    {DECODED}",
        new='    if not head.isascii():\n        raise HttpError(400, "not ASCII", "RFC 9110 §5.5")\n'
        f"    {DECODED}",
    ),
    Mistake(
        "X384",
        "asks isprintable()",
        "test_lines_end_with_cr_lf",
        old=SPLIT_HEAD,
        new='    lines = head.decode("latin-1").split("\\r\\n")\n'
        "    for line in lines:\n"
        '        if not line.replace("\\t", "").isprintable():\n'
        '            raise HttpError(400, "not printable", "RFC 9110 §5.5", line)\n'
        "    return lines\n",
    ),
    Mistake(
        "X61",
        "a LF alone ends a line as well",
        "test_nothing_else_controls",
        old=SPLIT_HEAD,
        new='    return re.split("\\r?\\n", head.decode("latin-1"))\n',
    ),
    Mistake(
        "X61",
        "looks at nothing but CR LF",
        "test_nothing_else_controls",
        old=SPLIT_HEAD,
        new='    return head.decode("latin-1").split("\\r\\n")\n',
    ),
    Mistake(
        "X61",
        "splitlines() of bytes",
        "test_nothing_else_controls",
        old=SPLIT_HEAD,
        new='    return [line.decode("latin-1") for line in head.splitlines()]\n',
    ),
    Mistake(
        "X61",
        "refuses LF alone, and keeps CR alone",
        "test_nothing_else_controls",
        old=CONTROLS,
        new='if head.count(b"\\n") == head.count(b"\\r\\n"):',
    ),
    Mistake(
        "X62",
        "refuses CR, LF and NUL only",
        "test_nothing_else_controls",
        old=CONTROLS,
        new='if not any(octet in line for octet in "\\r\\n\\0" for line in lines):',
    ),
    Mistake(
        "X63",
        "does not say where",
        "test_error_points_at_the_octet",
        old="            raise control_refused(line, at)",
        new='            raise HttpError(400, "bad head", "RFC 9112")',
    ),
    Mistake(
        "X389",
        "counts from the beginning of the head",
        "test_error_points_at_the_octet",
        old="            raise control_refused(line, at)",
        new='            raise HttpError(400, "bad", "", line.decode("latin-1"), head.find(line) + at)',
    ),
    # parse_request_line
    Mistake(
        "M65",
        "capital letters for every method",
        "test_request_line_has_three_parts",
        old="    return method, target, read_version(line)\n",
        new="    return method.upper(), target, read_version(line)\n",
    ),
    Mistake(
        "M65",
        "a list of methods",
        "test_request_line_has_three_parts",
        old=LONG_LINE,
        new='    if method not in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):\n'
        '        raise HttpError(501, "no such method", "RFC 9110 §9.1")\n' + LONG_LINE,
    ),
    Mistake(
        "M60",
        "split()",
        "test_one_space_between_the_parts",
        old='    parts = line.split(" ")\n',
        new="    parts = line.split()\n",
    ),
    Mistake(
        "M60",
        "three names for as many parts as come",
        "test_one_space_between_the_parts",
        old=THREE_PARTS,
        new='    _method, target, _version = line.split(" ")\n',
    ),
    Mistake(
        "X703",
        "does not read the method with read_method()",
        "test_one_space_between_the_parts",
        old="    method = read_method(line)\n",
        new='    method = line.partition(" ")[0]\n',
    ),
    Mistake(
        "M67",
        "a target is a path",
        "test_target_has_one_of_four_forms",
        old="if not is_request_target(method, target):",
        new='if not target.startswith("/") or target.strip(TARGET):',
    ),
    Mistake(
        "M67",
        "a target is anything that is visible",
        "test_target_has_one_of_four_forms",
        old="if not is_request_target(method, target):",
        new="if not target or target.strip(TARGET):",
    ),
    Mistake(
        "M67",
        "takes every target for one of GET",
        "test_target_has_one_of_four_forms",
        old="if not is_request_target(method, target):",
        new='if not is_request_target("GET", target):',
    ),
    Mistake(
        "",
        "points at the end of a target of the wrong form",
        "test_target_has_one_of_four_forms",
        old=TARGET_PLACE,
        new="        at = len(method) + 1 + at\n",
    ),
    Mistake(
        "",
        "looks for the target from the beginning of the line",
        "test_target_has_one_of_four_forms",
        old=TARGET_PLACE,
        new="        at = line.index(target) + (at if at < len(target) else 0)\n",
    ),
    Mistake(
        "",
        "points at the target's start, whatever is wrong with it",
        "test_target_is_visible_ascii",
        old=TARGET_PLACE,
        new="        at = len(method) + 1\n",
    ),
    Mistake(
        "X65",
        "a target may have a fragment",
        "test_target_is_visible_ascii",
        old="if not is_request_target(method, target):",
        new='if not is_request_target(method, target.replace("#", "")):',
    ),
    Mistake(
        "X389",
        "counts from the beginning of the target",
        "test_target_is_visible_ascii",
        old=TARGET_PLACE,
        new="        at = at if at < len(target) else len(method) + 1\n",
    ),
    Mistake(
        "X64",
        "400 for whatever is refused",
        "test_each_refusal_has_its_status",
        old="    return method, target, read_version(line)\n",
        new="    try:\n        return method, target, read_version(line)\n"
        "    except HttpError as error:\n"
        '        raise bad_request(error.reason, "2.3", line) from None\n',
    ),
    Mistake(
        "X64",
        "400 for a long request line",
        "test_each_refusal_has_its_status",
        old=LONG_LINE,
        new=LONG_LINE.replace("414", "400"),
    ),
    Mistake(
        "X33",
        "does not measure the line",
        "test_each_refusal_has_its_status",
        old=LONG_LINE,
        new="",
    ),
    Mistake(
        "X33",
        "counts CR LF as part of the request line",
        "test_each_refusal_has_its_status",
        old=LONG_LINE,
        new=LONG_LINE.replace(" + 2", ""),
    ),
    Mistake(
        "X61",
        "takes LF alone for the end of the line",
        "test_each_refusal_has_its_status",
        old=LF_LINE,
        new='    line = line.rstrip("\\r\\n")\n',
    ),
    Mistake(
        "X61",
        "looks for LF alone after it has split the line, and only in what has three parts",
        "test_each_refusal_has_its_status",
        edits=(
            Edit(
                old=LF_LINE,
                new='    ends_well = line.endswith("\\r\\n")\n    line = line.rstrip("\\r\\n")\n',
            ),
            Edit(
                old="    return method, target, read_version(line)\n",
                new="    version = read_version(line)\n"
                "    if not ends_well:\n"
                '        raise bad_request("a LF alone", "2.2", line, len(line))\n'
                "    return method, target, version\n",
            ),
        ),
    ),
    # parse_field_line
    Mistake(
        "M59",
        "split(':') into two names",
        "test_first_colon_ends_the_name",
        old=FIELD_LINE,
        new='    name, value = line.split(":")\n    return name.lower(), value.strip(" \\t")\n',
    ),
    Mistake(
        "M59",
        "split(': ')",
        "test_first_colon_ends_the_name",
        old=FIELD_LINE,
        new='    parts = line.split(": ")\n    return parts[0].lower(), parts[1].strip(" \\t")\n',
    ),
    Mistake(
        "M59",
        "the last colon ends the name",
        "test_first_colon_ends_the_name",
        old='line.partition(":")',
        new='line.rpartition(":")',
    ),
    Mistake(
        "M58",
        "the name as it came",
        "test_first_colon_ends_the_name",
        old='    return key, value.strip(" \\t")\n',
        new='    return name, value.strip(" \\t")\n',
    ),
    Mistake(
        "X704",
        "a name is letters, digits and hyphens",
        "test_first_colon_ends_the_name",
        old="    key = FIELD_NAMES[name]\n",
        new='    key = name.lower() if name.replace("-", "").isalnum() else ""\n',
    ),
    Mistake(
        "M61",
        "strip() of the value",
        "test_blanks_around_the_value",
        old='value.strip(" \\t")',
        new="value.strip()",
    ),
    Mistake(
        "X442",
        "one space after the colon, and no other",
        "test_blanks_around_the_value",
        old='value.strip(" \\t")',
        new='value.removeprefix(" ")',
    ),
    Mistake(
        "X442",
        "one space between all words of a value",
        "test_blanks_around_the_value",
        old='value.strip(" \\t")',
        new='" ".join(value.split())',
    ),
    Mistake(
        "M61",
        "strip() of the name",
        "test_blanks_beside_the_name",
        old="FIELD_NAMES[name]\n",
        new="FIELD_NAMES[name.strip()]\n",
    ),
    Mistake(
        "X66",
        "strip() of the line",
        "test_blanks_beside_the_name",
        old='line.partition(":")',
        new='line.strip(" \\t").partition(":")',
    ),
    Mistake(
        "X67",
        "any name without spaces and tabs",
        "test_field_name_is_a_token",
        old="    key = FIELD_NAMES[name]\n",
        new='    key = "" if " " in name or "\\t" in name else name.lower()\n',
    ),
    Mistake(
        "X67",
        "an empty name is a name",
        "test_field_name_is_a_token",
        old="    if not colon or not key:\n",
        new="    if not colon or (name and not key):\n",
    ),
    Mistake(
        "X383",
        "does not ask whether there was a colon",
        "test_field_name_is_a_token",
        old="    if not colon or not key:\n",
        new="    if not key:\n",
    ),
    Mistake(
        "",
        "points at the colon",
        "test_field_name_is_a_token",
        old='        at = first_not_in(TOKEN, name)\n        raise bad_request("a field',
        new='        at = len(name)\n        raise bad_request("a field',
    ),
    Mistake(
        "X63",
        "points at the beginning of the line",
        "test_field_name_is_a_token",
        old='"5", line, at)',
        new='"5", line)',
    ),
    # Headers
    Mistake(
        "M58",
        "a dict with the names as they came",
        "test_names_are_case_insensitive",
        edits=(
            Edit(old=COMBINE, new=COMBINE.replace("name.lower()", "name")),
            Edit(old=GET, new=GET.replace("name.lower()", "name")),
        ),
    ),
    Mistake(
        "M58",
        "stores in lower case, and looks up what is asked for",
        "test_names_are_case_insensitive",
        old=GET,
        new=GET.replace("name.lower()", "name"),
    ),
    Mistake(
        "X492",
        "takes an empty value for none",
        "test_names_are_case_insensitive",
        old=GET,
        new="        return self._combined.get(name.lower()) or None\n",
    ),
    Mistake(
        "X492",
        "an empty value for a field that is missing",
        "test_names_are_case_insensitive",
        old=GET,
        new='        return self._combined.get(name.lower(), "")\n',
    ),
    Mistake(
        "M62",
        "the last of repeated lines",
        "test_repeated_lines_all_count",
        old=COMBINE,
        new="            self._combined[name.lower()] = value\n",
    ),
    Mistake(
        "M62",
        "the first of repeated lines",
        "test_repeated_lines_all_count",
        old=COMBINE,
        new="            self._combined.setdefault(name.lower(), value)\n",
    ),
    Mistake(
        "M62",
        "get_all() splits what get() has joined",
        "test_repeated_lines_all_count",
        old=GET_ALL,
        new='        return (self.get(name) or "").split(", ")\n',
    ),
    Mistake(
        "M58",
        "get_all() compares the names as they are",
        "test_repeated_lines_all_count",
        old=GET_ALL,
        new="        return [value for other, value in self._fields if other == name]\n",
    ),
    Mistake(
        "",
        "hands out the list that it keeps",
        "test_repeated_lines_all_count",
        edits=(
            Edit(
                old="        self._combined: dict[str, str] = {}\n",
                new="        self._combined: dict[str, str] = {}\n"
                "        self._lists: dict[str, list[str]] = {}\n",
            ),
            Edit(
                old=GET_ALL,
                new="        key = name.lower()\n"
                "        found = [value for other, value in self._fields if other.lower() == key]\n"
                "        return self._lists.setdefault(key, found)\n",
            ),
        ),
    ),
    Mistake(
        "M62",
        "iterates over the dict",
        "test_fields_stay_as_they_came",
        old="        return iter(self._fields)\n",
        new="        return iter(self._combined.items())\n",
    ),
    Mistake(
        "X385",
        "keeps names in lower case only",
        "test_fields_stay_as_they_came",
        old="        self._fields = list(fields)\n",
        new="        self._fields = [(name.lower(), value) for name, value in fields]\n",
    ),
    # parse_head
    Mistake(
        "M62",
        "a dict of fields",
        "test_head_becomes_a_request",
        old=HEADERS,
        new="    headers = Headers(dict(parse_field_line(line) for line in lines).items())\n",
    ),
    Mistake(
        "",
        "a head without fields has one empty line",
        "test_head_becomes_a_request",
        old=LINES,
        new="    lines = split_head(fields)\n",
    ),
    Mistake(
        "X60",
        "leaves out what is not a field",
        "test_one_bad_line_is_enough",
        old=HEADERS,
        new="    pairs = []\n    for line in lines:\n        try:\n"
        "            pairs.append(parse_field_line(line))\n"
        "        except HttpError:\n            continue\n    headers = Headers(pairs)\n",
    ),
    Mistake(
        "X66",
        "joins a line that begins with a space to the one before",
        "test_one_bad_line_is_enough",
        old="    fields = head[end:-4]\n",
        new='    fields = re.sub(rb"\\r\\n[ \\t]+", b" ", head[end:-4])\n',
    ),
    Mistake(
        "",
        "looks at the octets of the fields before the request line",
        "test_one_bad_line_is_enough",
        old=REQUEST_LINE,
        new='    end = head.index(b"\\n") + 1\n    split_head(head[end:-4])\n'
        '    method, target, version = parse_request_line(head[:end].decode("latin-1"))\n',
    ),
    Mistake(
        "",
        "ends the request line with the first CR LF",
        "test_one_bad_line_is_enough",
        old='    end = head.index(b"\\n") + 1\n',
        new='    end = head.index(b"\\r\\n") + 2\n',
    ),
    Mistake(
        "M63",
        "does not ask for Host",
        "test_there_is_one_host",
        old=HOST,
        new='    if "host" in headers:\n        check_host(headers.get("host"), version)\n',
    ),
    Mistake(
        "M63",
        "looks at the first of two hosts",
        "test_there_is_one_host",
        old=HOST,
        new='    check_host(next(iter(headers.get_all("host")), None), version)\n',
    ),
    Mistake(
        "X492",
        "takes an empty Host for none",
        "test_there_is_one_host",
        old=HOST,
        new='    check_host(headers.get("host") or None, version)\n',
    ),
    Mistake(
        "X440",
        "asks for Host only where the target is a path",
        "test_there_is_one_host",
        old=HOST,
        new='    if target.startswith("/"):\n        check_host(headers.get("host"), version)\n',
    ),
    Mistake(
        "X440",
        "puts the target's host in its place first, and then looks at Host",
        "test_there_is_one_host",
        edits=(
            Edit(old=HOST, new=""),
            Edit(old=TARGETS_HOST, new=TARGETS_HOST + HOST),
        ),
    ),
    Mistake(
        "X390",
        "leaves Host as it came, whatever the target says",
        "test_target_names_its_host",
        old=TARGETS_HOST,
        new="",
    ),
    Mistake(
        "X390",
        "believes the target in HTTP/1.1 only",
        "test_target_names_its_host",
        old='not target.startswith("/") and (host',
        new="version == (1, 1) and (host",
    ),
    Mistake(
        "X390",
        "looks for a host anywhere in the target",
        "test_target_names_its_host",
        old='not target.startswith("/") and (host := host_in(target))',
        new='"http://" in target and (host := host_in(target[target.index("http://") :]))',
    ),
    Mistake(
        "",
        "writes Host for host",
        "test_target_names_its_host",
        old='(name, host if name == "host" else value) for',
        new='("Host", host) if name == "host" else (name, value) for',
    ),
    Mistake(
        "",
        "adds a Host that was not sent",
        "test_target_names_its_host",
        old=TARGETS_HOST,
        new='    if not target.startswith("/") and (host := host_in(target)):\n'
        '        others = [(name, value) for name, value in headers if name != "host"]\n'
        '        headers = Headers([("host", host), *others])\n',
    ),
    Mistake(
        "",
        "cuts the host off the target",
        "test_target_names_its_host",
        old="    return Request(method, target, version, headers)\n",
        new="    if host := host_in(target):\n"
        '        target = target.partition(host)[2] or "/"\n'
        "    return Request(method, target, version, headers)\n",
    ),
    Mistake(
        "",
        "counts lines that differ",
        "test_fields_are_counted",
        old="len(lines) > MAX_FIELDS",
        new="len(set(lines)) > MAX_FIELDS",
    ),
    Mistake(
        "",
        "one field more",
        "test_fields_are_counted",
        old="len(lines) > MAX_FIELDS",
        new="len(lines) > MAX_FIELDS + 1",
    ),
    Mistake(
        "",
        "one field less",
        "test_fields_are_counted",
        old="len(lines) > MAX_FIELDS",
        new="len(lines) >= MAX_FIELDS",
    ),
    Mistake(
        "",
        "counts the fields when they are parsed",
        "test_fields_are_counted",
        edits=(
            Edit(
                old="    if len(lines) > MAX_FIELDS:\n",
                new=HEADERS + "    if len(headers) > MAX_FIELDS:\n",
            ),
            Edit(old=HEADERS + HOST, new=HOST),
        ),
    ),
    Mistake(
        "X64",
        "400 for too many fields",
        "test_fields_are_counted",
        old="raise HttpError(431, f",
        new="raise HttpError(400, f",
    ),
    # RequestParser.parse
    Mistake(
        "M03",
        "takes what has come for the whole head",
        "test_same_request_at_every_cut",
        old=UNENDED,
        new="        end = end if end >= 0 else len(buffer) - 4\n" + UNENDED,
    ),
    Mistake(
        "M39",
        "looks at the piece that has just come",
        "test_same_request_at_every_cut",
        old=NOTED,
        new="            self._searched = len(buffer)\n",
    ),
    Mistake(
        "M39",
        "remembers two octets instead of three",
        "test_same_request_at_every_cut",
        old=NOTED,
        new="            self._searched = max(0, len(buffer) - 2)\n",
    ),
    Mistake(
        "X30",
        "what was searched belongs to the class",
        "test_same_request_at_every_cut",
        edits=(
            Edit(
                old=FIND,
                new='        end = buffer.find(b"\\r\\n\\r\\n", RequestParser.searched)\n',
            ),
            Edit(old=NOTED, new="            RequestParser.searched = max(0, len(buffer) - 3)\n"),
            Edit(
                old="        self._searched, self._may_skip = 0, True\n",
                new="        RequestParser.searched, self._may_skip = 0, True\n",
            ),
            Edit(
                old="    def parse(self, buffer",
                new="    searched = 0\n\n    def parse(self, buffer",
            ),
        ),
    ),
    Mistake(
        "",
        "takes an incomplete head out of the buffer",
        "test_same_request_at_every_cut",
        old=NOTED,
        new=NOTED + "            buffer.clear()\n",
    ),
    Mistake(
        "X700",
        "buffer = buffer[n:]",
        "test_what_follows_stays_in_the_buffer",
        old="        del buffer[: end + 4]\n",
        new="        buffer = buffer[end + 4 :]\n",
    ),
    Mistake(
        "X493",
        "empties the buffer",
        "test_what_follows_stays_in_the_buffer",
        old="        del buffer[: end + 4]\n",
        new="        buffer.clear()\n",
    ),
    Mistake(
        "",
        "leaves the empty line in the buffer",
        "test_what_follows_stays_in_the_buffer",
        old="        del buffer[: end + 4]\n",
        new="        del buffer[: end + 2]\n",
    ),
    Mistake(
        "X493",
        "removes the empty lines at the beginning of the content",
        "test_what_follows_stays_in_the_buffer",
        old="        del buffer[: end + 4]\n",
        new="        del buffer[: len(buffer) - len(buffer[end + 4 :].lstrip(b'\\r\\n'))]\n",
    ),
    Mistake(
        "X441",
        "goes on searching where it stopped",
        "test_what_follows_stays_in_the_buffer",
        old="        self._searched, self._may_skip = 0, True\n",
        new="        self._may_skip = True\n",
    ),
    Mistake(
        "M71",
        "the last empty line ends the head",
        "test_what_follows_stays_in_the_buffer",
        old=FIND,
        new='        end = buffer.rfind(b"\\r\\n\\r\\n")\n',
    ),
    Mistake(
        "M71",
        "two names for as many parts as there are",
        "test_what_follows_stays_in_the_buffer",
        old=TAKEN,
        new='        head, _rest = buffer.split(b"\\r\\n\\r\\n")\n' + TAKEN,
    ),
    Mistake(
        "X33",
        "counts content as part of the head",
        "test_what_follows_stays_in_the_buffer",
        old=UNENDED,
        new="        if len(buffer) > MAX_HEAD + 4:\n"
        '            raise HttpError(431, "the head is too long", "RFC 6585 §5")\n' + UNENDED,
    ),
    Mistake(
        "X69",
        "skips nothing",
        "test_one_empty_line_is_skipped",
        old=SKIP,
        new="",
    ),
    Mistake(
        "X69",
        "skips an empty line only if it comes in one piece",
        "test_one_empty_line_is_skipped",
        old=SKIP,
        new='        if self._may_skip and buffer.startswith(b"\\r\\n"):\n'
        "            del buffer[:2]\n        self._may_skip = False\n",
    ),
    Mistake(
        "X380",
        "skips whatever looks empty",
        "test_one_empty_line_is_skipped",
        old=SKIP,
        new="        del buffer[: len(buffer) - len(buffer.lstrip(b'\\r\\n'))]\n",
    ),
    Mistake(
        "X380",
        "skips an empty line in each call",
        "test_one_empty_line_is_skipped",
        old="                self._may_skip = False\n",
        new="",
    ),
    Mistake(
        "X441",
        "skips an empty line before the first request only",
        "test_one_empty_line_is_skipped",
        old="        self._searched, self._may_skip = 0, True\n",
        new="        self._searched = 0\n",
    ),
    Mistake(
        "",
        "does not wait after a CR alone",
        "test_one_empty_line_is_skipped",
        old="            if len(buffer) == 1:\n                return None\n",
        new="",
    ),
    Mistake(
        "X69",
        "leaves the empty line in the buffer until the head is complete",
        "test_one_empty_line_is_skipped",
        edits=(
            Edit(
                old=SKIP,
                new='        skipped = 2 if buffer.startswith(b"\\r\\n") else 0\n',
            ),
            Edit(
                old=FIND,
                new='        end = buffer.find(b"\\r\\n\\r\\n", max(skipped, self._searched))\n',
            ),
            Edit(
                old="        request = parse_head(bytes(buffer[: end + 4]))\n",
                new="        request = parse_head(bytes(buffer[skipped : end + 4]))\n",
            ),
        ),
    ),
    Mistake(
        "X382",
        "searches from the beginning each time",
        "test_nothing_is_searched_again",
        old=FIND,
        new='        end = buffer.find(b"\\r\\n\\r\\n")\n',
    ),
    # check_unfinished
    Mistake(
        "X701",
        "waits for the first line",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old=FIRST_OCTETS,
        new="    if not end:\n",
    ),
    Mistake(
        "X701",
        "waits for the end of the head",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old=WHOLE_LINE,
        new="",
    ),
    Mistake(
        "",
        "judges a line that is not complete",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old=FIRST_OCTETS,
        new='    if not end and b" " in buffer:\n'
        '        parse_request_line(buffer.decode("latin-1") + "\\r\\n")\n' + FIRST_OCTETS,
    ),
    Mistake(
        "X61",
        "waits for CR LF CR LF",
        "test_same_refusal_at_every_cut",
        old=LONE,
        new="",
    ),
    Mistake(
        "X701",
        "does not call check_unfinished() in parse()",
        "test_same_refusal_at_every_cut",
        old=UNENDED,
        new="        if not 0 <= end <= MAX_HEAD:\n",
    ),
    Mistake(
        "X443",
        "looks for LF alone in the content as well",
        "test_same_refusal_at_every_cut",
        old=FIND,
        new="        check_unfinished(buffer, self._searched)\n" + FIND,
    ),
    Mistake(
        "X381",
        "compares with the limit before looking for LF alone",
        "test_same_refusal_at_every_cut",
        old=LONE + LONG_HEAD,
        new=LONG_HEAD + LONE,
    ),
    Mistake(
        "X63",
        "does not say which LF is alone",
        "test_same_refusal_at_every_cut",
        old="        split_head(bytes(buffer[end : lone.end()]))\n",
        new='        raise bad_request("a LF alone", "2.2", "LF", 0)\n',
    ),
    Mistake(
        "X702",
        "removes the head that it refuses",
        "test_same_refusal_at_every_cut",
        old=TAKEN,
        new="        head = bytes(buffer[: end + 4])\n        del buffer[: end + 4]\n"
        "        self._searched, self._may_skip = 0, True\n        request = parse_head(head)\n",
    ),
    Mistake(
        "X39",
        "measures the request line when it is complete",
        "test_long_request_line_is_refused",
        old=PENDING_LINE,
        new="    elif",
    ),
    Mistake(
        "X33",
        "counts CR LF as part of a request line that has not ended",
        "test_long_request_line_is_refused",
        old=PENDING_LINE,
        new=PENDING_LINE.replace(" + 2", ""),
    ),
    Mistake(
        "X381",
        "431 for a long request line that has not ended",
        "test_long_request_line_is_refused",
        old=PENDING_LINE,
        new=PENDING_LINE.replace("414", "431"),
    ),
    Mistake(
        "X39",
        "measures the head when it is complete",
        "test_long_head_is_refused",
        old=LONG_HEAD,
        new=LONG_HEAD.replace(
            "if len(buffer) >= MAX_HEAD + 4", 'if 0 < MAX_HEAD < buffer.find(b"\\r\\n\\r\\n")'
        ),
    ),
    Mistake(
        "X33",
        "counts CR LF CR LF as part of the head",
        "test_long_head_is_refused",
        old=UNENDED,
        new=UNENDED.replace("<= MAX_HEAD", "<= MAX_HEAD - 4"),
    ),
    Mistake(
        "X33",
        "allows one octet more",
        "test_long_head_is_refused",
        old=LONG_HEAD,
        new=LONG_HEAD.replace(" + 4", " + 5"),
    ),
    Mistake(
        "X64",
        "413 for a long head",
        "test_long_head_is_refused",
        old=LONG_HEAD,
        new=LONG_HEAD.replace("431", "413"),
    ),
    Mistake(
        "X381",
        "parses what is complete, and looks at the limit then",
        "test_long_head_is_refused",
        old=UNENDED,
        new="        if end > MAX_HEAD:\n            parse_head(bytes(buffer[: end + 4]))\n"
        + UNENDED,
    ),
    Mistake(
        "X382",
        "searches for LF alone from the beginning each time",
        "test_nothing_is_judged_again",
        old="if lone := LONE_LF.search(buffer, searched, MAX_HEAD)",
        new="if lone := LONE_LF.search(buffer, 0, MAX_HEAD)",
    ),
    Mistake(
        "",
        "judges the request line each time",
        "test_nothing_is_judged_again",
        old="    elif end > searched:\n",
        new="    else:\n",
    ),
)
