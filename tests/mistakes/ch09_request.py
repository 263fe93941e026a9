"""Wrong answers to chapter 9 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

COMBINE = """            key = name.lower()
            before = self._combined.get(key)
            self._combined[key] = value if before is None else f"{before}, {value}"
"""
GET = "        return self._combined.get(name.lower())\n"
GET_ALL = """        key = name.lower()
        return [value for other, value in self._fields if other.lower() == key]
"""
SPLIT_HEAD = """    lines = head.split(b"\\r\\n")
    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):
        for line in lines:
            at = _first_not_in(FIELD_VALUE, line)
            if at < len(line):
                raise _refusal_of_control(line, at)
    return head.decode("latin-1").split("\\r\\n")
"""
CONTROLS = 'if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):\n        for'
THREE_PARTS = """    parts = line.split(" ")
    if len(parts) != 3:
        at = len(" ".join(parts[:3]))
        raise _refusal("a request line has three parts, one space between", "3", line, at)
    method, target, version = parts
"""
METHOD = """    if not method or method.lstrip(TOKEN):
        raise _refusal("a method is a token", "3.1", line, _first_not_in(TOKEN, method))
"""
IS_PATH = '    is_path = target.startswith("/") and method != "CONNECT"\n'
VERSION_MATCH = """    match = VERSION.fullmatch(version)
    if match is None:
        raise _refusal("a version is HTTP/, a digit, a dot, a digit", "2.3", line, start)
    if match[1] != "1":
"""
VERSION_NUMBERS = '    return method, target, (1, 0) if match[2] == "0" else (1, 1)\n'
FIELD_LINE = """    name, colon, value = line.partition(":")
    if not colon or not (key := FIELD_NAMES[name]):
        at = _first_not_in(TOKEN, name)
        raise _refusal("a field line is a token, a colon, a value", "5", line, at)
    return key, value.strip(" \\t")
"""
HEADERS = "    headers = Headers([parse_field_line(line) for line in field_lines])\n"
SKIP = """        if buffer.startswith(b"\\r\\n"):
            buffer = self._without_empty_line(buffer)
"""
SECOND = """        if buffer.startswith(b"\\r\\n"):
            self.begun = buffer
            raise HttpError(400, "a second empty line before a request", "RFC 9112 §2.2")
"""
LONG_LINE = """        if len(buffer) >= longest and b"\\n" not in buffer[:longest]:
            if b" " not in buffer[:longest]:
                raise HttpError(400, "this is no request line", "RFC 9112 §3")
            raise HttpError(414, "the request line is too long", "RFC 9112 §3")
"""
PARSE = """        request = parse_head(buffer[:end])
        self.rest = buffer[end + 4 :]
        self.begun, self._searched, self._may_skip = b"", 0, True
        return request
"""
LONE_ENDS = """        if match := LONE_END.search(buffer, self._searched, LONGEST_HEAD):
            parse_head(buffer[: match.end()])  # which holds a LF alone
"""
LONG_HEAD = """        if len(buffer) >= LONGEST_HEAD + 4:
            raise HttpError(431, "the head is too long", "RFC 6585 §5")
"""

MISTAKES = (
    Mistake(
        "M58",
        "a dict with the names as they came",
        "test_names_have_no_case",
        edits=(
            Edit(old=COMBINE, new=COMBINE.replace("name.lower()", "name")),
            Edit(old=GET, new=GET.replace("name.lower()", "name")),
        ),
    ),
    Mistake(
        "M58",
        "stores in lower case, and looks up what is asked for",
        "test_names_have_no_case",
        old=GET,
        new=GET.replace("name.lower()", "name"),
    ),
    Mistake(
        "X492",
        "takes an empty value for none",
        "test_names_have_no_case",
        old=GET,
        new="        return self._combined.get(name.lower()) or None\n",
    ),
    Mistake(
        "X492",
        "an empty value for a field that is missing",
        "test_names_have_no_case",
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
        "M62",
        "goes through the dict",
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
        old='    return head.decode("latin-1").split(',
        new="    return head.decode().split(",
    ),
    Mistake(
        "M64",
        "decodes UTF-8, and replaces what is none",
        "test_lines_end_with_cr_lf",
        old='    return head.decode("latin-1").split(',
        new='    return head.decode(errors="replace").split(',
    ),
    Mistake(
        "M64",
        "refuses what is not ASCII",
        "test_lines_end_with_cr_lf",
        old='    lines = head.split(b"\\r\\n")\n',
        new='    lines = head.split(b"\\r\\n")\n    if not head.isascii():\n'
        '        raise HttpError(400, "not ASCII", "RFC 9110 §5.5")\n',
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
        "LF alone ends a line, too",
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
        new='if any(b"\\n" in line for line in lines):\n        for',
    ),
    Mistake(
        "X62",
        "refuses CR, LF and NUL only",
        "test_nothing_else_controls",
        old=CONTROLS,
        new='if any(octet in line for octet in b"\\r\\n\\0" for line in lines):\n        for',
    ),
    Mistake(
        "X63",
        "does not say where",
        "test_error_points_at_the_octet",
        old="raise _refusal_of_control(line, at)",
        new='raise HttpError(400, "bad head", "RFC 9112")',
    ),
    Mistake(
        "X389",
        "counts from the beginning of the head",
        "test_error_points_at_the_octet",
        old="raise _refusal_of_control(line, at)",
        new='raise HttpError(400, "bad", "", line.decode("latin-1"), head.find(line) + at)',
    ),
    Mistake(
        "M65",
        "capital letters for every method",
        "test_request_line_has_three_parts",
        old="    method, target, version = parts\n",
        new="    method, target, version = parts\n    method = method.upper()\n",
    ),
    Mistake(
        "M65",
        "a list of methods",
        "test_request_line_has_three_parts",
        old=METHOD,
        new='    if method not in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):\n'
        '        raise HttpError(501, "no such method", "RFC 9110 §9.1")\n',
    ),
    Mistake(
        "X67",
        "a method is letters only",
        "test_request_line_has_three_parts",
        old="    if not method or method.lstrip(TOKEN):\n",
        new="    if not method.isalpha():\n",
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
        new='    method, target, version = line.split(" ")\n',
    ),
    Mistake(
        "M60",
        "a target with spaces in it",
        "test_one_space_between_the_parts",
        edits=(
            Edit(
                old=THREE_PARTS,
                new='    method, _, others = line.partition(" ")\n'
                '    target, _, version = others.rpartition(" ")\n',
            ),
            Edit(
                old="    if target.lstrip(TARGET):\n",
                new='    if target.replace(" ", "").lstrip(TARGET):\n',
            ),
        ),
    ),
    Mistake(
        "X67",
        "an empty method is a token",
        "test_one_space_between_the_parts",
        old="    if not method or method.lstrip(TOKEN):\n",
        new="    if method.lstrip(TOKEN):\n",
    ),
    Mistake(
        "X67",
        "takes any word for a method",
        "test_method_is_a_token",
        old=METHOD,
        new="    if not method:\n        raise HttpError(400, 'no method', '')\n",
    ),
    Mistake(
        "X64",
        "400 for a long method",
        "test_method_is_a_token",
        old="raise HttpError(501, ",
        new="raise HttpError(400, ",
    ),
    Mistake(
        "X33",
        "a method may be one octet longer",
        "test_method_is_a_token",
        old="if len(method) > LONGEST_METHOD:",
        new="if len(method) > LONGEST_METHOD + 1:",
    ),
    Mistake(
        "M67",
        "a target is a path",
        "test_target_has_one_of_four_forms",
        old="    if not is_path and not _has_other_form(method, target):\n",
        new="    if not is_path:\n",
    ),
    Mistake(
        "M67",
        "a target is anything",
        "test_target_has_one_of_four_forms",
        old="    if not is_path and not _has_other_form(method, target):\n",
        new="    if not is_path and not target:\n",
    ),
    Mistake(
        "M67",
        "* for every method",
        "test_target_has_one_of_four_forms",
        old='        return method == "OPTIONS"\n',
        new="        return True\n",
    ),
    Mistake(
        "M67",
        "CONNECT to a path",
        "test_target_has_one_of_four_forms",
        old=IS_PATH,
        new='    is_path = target.startswith("/")\n',
    ),
    Mistake(
        "M67",
        "CONNECT without a port",
        "test_target_has_one_of_four_forms",
        old="AUTHORITY.fullmatch(target)",
        new="HOST.fullmatch(target)",
    ),
    Mistake(
        "X68",
        "match() for host and port",
        "test_target_has_one_of_four_forms",
        old="AUTHORITY.fullmatch(target)",
        new="AUTHORITY.match(target)",
    ),
    Mistake(
        "X386",
        "fullmatch() for a URL",
        "test_target_has_one_of_four_forms",
        old="return ABSOLUTE.match(target)",
        new="return ABSOLUTE.fullmatch(target)",
    ),
    Mistake(
        "X387",
        "startswith('http://')",
        "test_target_has_one_of_four_forms",
        old="    return ABSOLUTE.match(target) is not None\n",
        new='    return target.startswith(("http://", "https://"))\n',
    ),
    Mistake(
        "X387",
        "startswith() in lower case, and any host",
        "test_target_has_one_of_four_forms",
        old="    return ABSOLUTE.match(target) is not None\n",
        new='    return target.lower().startswith(("http://", "https://"))\n',
    ),
    Mistake(
        "X65",
        "a target may hold any character",
        "test_target_is_visible_ascii",
        old="    if target.lstrip(TARGET):\n",
        new='    if target.strip(TARGET) == " ":\n',
    ),
    Mistake(
        "X65",
        "a target may have a fragment",
        "test_target_is_visible_ascii",
        old="set('\"#<>'))",
        new="set('\"<>'))",
    ),
    Mistake(
        "X389",
        "counts from the beginning of the target",
        "test_target_is_visible_ascii",
        old="        at = start + _first_not_in(TARGET, target)\n",
        new="        at = _first_not_in(TARGET, target)\n",
    ),
    Mistake(
        "M66",
        "int() of the version's two parts",
        "test_version_is_two_digits",
        edits=(
            Edit(
                old=VERSION_MATCH,
                new='    major, minor = version.removeprefix("HTTP/").split(".")\n'
                "    numbers = int(major), int(minor)\n"
                "    if numbers[0] != 1:\n",
            ),
            Edit(old=VERSION_NUMBERS, new="    return method, target, min(numbers, (1, 1))\n"),
        ),
    ),
    Mistake(
        "M66",
        "isdigit() and int()",
        "test_version_is_two_digits",
        edits=(
            Edit(
                old=VERSION_MATCH,
                new='    major, _, minor = version.removeprefix("HTTP/").partition(".")\n'
                "    if not (major.isdigit() and minor.isdigit()):\n"
                '        raise HttpError(400, "no version", "RFC 9112 §2.3")\n'
                "    if int(major) != 1:\n",
            ),
            Edit(
                old=VERSION_NUMBERS,
                new="    return method, target, (1, 0) if int(minor) == 0 else (1, 1)\n",
            ),
        ),
    ),
    Mistake(
        "X388",
        "the minor version as it came",
        "test_version_is_two_digits",
        old=VERSION_NUMBERS,
        new="    return method, target, (1, int(match[2]))\n",
    ),
    Mistake(
        "X68",
        "match() for the version",
        "test_version_is_two_digits",
        old="VERSION.fullmatch(version)",
        new="VERSION.match(version)",
    ),
    Mistake(
        "X64",
        "400 for another major version",
        "test_version_is_two_digits",
        old="raise HttpError(505, ",
        new="raise HttpError(400, ",
    ),
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
        "X67",
        "a name is letters, digits and hyphens",
        "test_first_colon_ends_the_name",
        old='        key = "" if name.lstrip(TOKEN) else name.lower()\n',
        new='        key = name.lower() if name.replace("-", "").isalnum() else ""\n',
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
        "M61",
        "strip() of the name",
        "test_blanks_beside_the_name",
        old="FIELD_NAMES[name])",
        new="FIELD_NAMES[name.strip()])",
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
        "any name without blanks",
        "test_field_name_is_a_token",
        old='        key = "" if name.lstrip(TOKEN) else name.lower()\n',
        new='        key = "" if " " in name or "\\t" in name else name.lower()\n',
    ),
    Mistake(
        "X67",
        "an empty name is a name",
        "test_field_name_is_a_token",
        old="    if not colon or not (key := FIELD_NAMES[name]):\n",
        new="    key = FIELD_NAMES[name]\n    if not colon or name and not key:\n",
    ),
    Mistake(
        "X383",
        "does not ask whether there was a colon",
        "test_field_name_is_a_token",
        old="    if not colon or not (key := FIELD_NAMES[name]):\n",
        new="    if not (key := FIELD_NAMES[name]):\n",
    ),
    Mistake(
        "X63",
        "points at the colon",
        "test_field_name_is_a_token",
        old="        at = _first_not_in(TOKEN, name)\n",
        new="        at = len(name)\n",
    ),
    Mistake(
        "M62",
        "a dict of fields",
        "test_head_becomes_a_request",
        old=HEADERS,
        new="    headers = Headers(dict(parse_field_line(line) for line in field_lines).items())\n",
    ),
    Mistake(
        "X60",
        "leaves out what is no field",
        "test_one_bad_line_is_enough",
        old=HEADERS,
        new="    fields = []\n    for line in field_lines:\n        try:\n"
        "            fields.append(parse_field_line(line))\n"
        "        except HttpError:\n            continue\n    headers = Headers(fields)\n",
    ),
    Mistake(
        "X60",
        "leaves out empty lines",
        "test_one_bad_line_is_enough",
        old="for line in field_lines])",
        new="for line in field_lines if line])",
    ),
    Mistake(
        "X66",
        "joins a line that begins with a blank to the one before",
        "test_one_bad_line_is_enough",
        old="    request_line, *field_lines = split_head(head)\n",
        new="    head = re.sub(rb'\\r\\n[ \\t]+', b' ', head)\n"
        "    request_line, *field_lines = split_head(head)\n",
    ),
    Mistake(
        "M63",
        "does not ask for Host",
        "test_there_is_one_host",
        old="        if version >= (1, 1):\n",
        new="        if version > (1, 1):\n",
    ),
    Mistake(
        "M63",
        "looks at the first of two hosts",
        "test_there_is_one_host",
        old='    host = headers.get("host")\n',
        new='    host = next(iter(headers.get_all("host")), None)\n',
    ),
    Mistake(
        "M63",
        "asks HTTP/1.0 for Host, too",
        "test_there_is_one_host",
        old="        if version >= (1, 1):\n",
        new="        if version:\n",
    ),
    Mistake(
        "X492",
        "takes an empty Host for none",
        "test_there_is_one_host",
        old="    if host is None:\n",
        new="    if not host:\n",
    ),
    Mistake(
        "X390",
        "leaves Host as it came, whatever the target says",
        "test_target_names_its_host",
        old='match[1] if name == "host" else it',
        new="it",
    ),
    Mistake(
        "X390",
        "looks for a host anywhere in the target",
        "test_target_names_its_host",
        old='not target.startswith("/") and (match := ABSOLUTE.match(target))',
        new="(match := ABSOLUTE.search(target))",
    ),
    Mistake(
        "X68",
        "match() instead of fullmatch()",
        "test_there_is_one_host",
        old="HOST.fullmatch(host)",
        new="HOST.match(host)",
    ),
    Mistake(
        "X33",
        "counts the request line as a field",
        "test_fields_are_counted",
        old="len(field_lines) > MOST_FIELDS",
        new="len(field_lines) + 1 > MOST_FIELDS",
    ),
    Mistake(
        "X33",
        "counts the names",
        "test_fields_are_counted",
        old="    if len(field_lines) > MOST_FIELDS:\n",
        new="    if len({line.partition(':')[0] for line in field_lines}) > MOST_FIELDS:\n",
    ),
    Mistake(
        "X64",
        "400 for too many fields",
        "test_fields_are_counted",
        old="raise HttpError(431, f",
        new="raise HttpError(400, f",
    ),
    Mistake(
        "M03",
        "each piece is a request",
        "test_same_request_at_every_cut",
        old="        buffer = self.begun + data\n",
        new="        buffer = data\n",
    ),
    Mistake(
        "M03",
        "what has come is a head",
        "test_same_request_at_every_cut",
        old="        if not 0 <= end <= LONGEST_HEAD:\n",
        new="        if end < 0:\n            end = len(buffer)\n        if end > LONGEST_HEAD:\n",
    ),
    Mistake(
        "M39",
        "searches in the last piece",
        "test_same_request_at_every_cut",
        old="self._searched = max(0, len(buffer) - 3)",
        new="self._searched = len(buffer)",
    ),
    Mistake(
        "X30",
        "one buffer for all parsers",
        "test_same_request_at_every_cut",
        edits=(
            Edit(
                old="        buffer = self.begun + data\n",
                new="        self.shared += data\n        buffer = bytes(self.shared)\n",
            ),
            Edit(
                old="        return request\n\n    # Not in",
                new="        self.shared.clear()\n        return request\n\n    # Not in",
            ),
            Edit(
                old="    def feed(self, data: bytes)",
                new="    shared = bytearray()\n\n    def feed(self, data: bytes)",
            ),
        ),
    ),
    Mistake(
        "X493",
        "drops what is behind the head",
        "test_rest_is_handed_on",
        old="        self.rest = buffer[end + 4 :]\n",
        new="",
    ),
    Mistake(
        "X493",
        "keeps the rest of the request before",
        "test_rest_is_handed_on",
        old='        self.rest = b""\n        buffer = ',
        new="        buffer = ",
    ),
    Mistake(
        "X493",
        "keeps the rest as well",
        "test_rest_is_handed_on",
        old='self.begun, self._searched, self._may_skip = b"", 0, True',
        new="self.begun, self._searched, self._may_skip = self.rest, 0, True",
    ),
    Mistake(
        "X493",
        "goes on searching where it stopped",
        "test_rest_is_handed_on",
        old='self.begun, self._searched, self._may_skip = b"", 0, True',
        new='self.begun, self._may_skip = b"", True',
    ),
    Mistake(
        "M71",
        "splits at every empty line",
        "test_rest_is_handed_on",
        old="        self.rest = buffer[end + 4 :]\n",
        new='        self.rest = buffer.split(b"\\r\\n\\r\\n")[1]\n',
    ),
    Mistake(
        "M71",
        "two names for as many parts as there are",
        "test_rest_is_handed_on",
        old="        self.rest = buffer[end + 4 :]\n",
        new='        _head, self.rest = buffer.split(b"\\r\\n\\r\\n")\n',
    ),
    Mistake(
        "M71",
        "the last empty line ends the head",
        "test_rest_is_handed_on",
        old='buffer.find(b"\\r\\n\\r\\n", self._searched)',
        new='buffer.rfind(b"\\r\\n\\r\\n")',
    ),
    Mistake(
        "X33",
        "counts content as part of the head",
        "test_rest_is_handed_on",
        old="        if not 0 <= end <= LONGEST_HEAD:\n",
        new="        if not 0 <= end or len(buffer) > LONGEST_HEAD + 4:\n",
    ),
    Mistake(
        "X69",
        "skips nothing",
        "test_one_empty_line_is_skipped",
        old=SKIP,
        new="",
    ),
    Mistake(
        "X380",
        "skips whatever looks empty",
        "test_one_empty_line_is_skipped",
        old=SKIP,
        new='        buffer = buffer.lstrip(b"\\r\\n")\n',
    ),
    Mistake(
        "X380",
        "skips an empty line at each feed()",
        "test_one_empty_line_is_skipped",
        old=SKIP,
        new="        if buffer.startswith(b'\\r\\n'):\n            buffer = buffer[2:]\n",
    ),
    Mistake(
        "X69",
        "keeps the empty line with the head",
        "test_one_empty_line_is_skipped",
        old="        self.begun = buffer\n        longest",
        new="        self.begun = self.begun + data\n        longest",
    ),
    Mistake(
        "X69",
        "skips an empty line before the first request only",
        "test_one_empty_line_is_skipped",
        old='self.begun, self._searched, self._may_skip = b"", 0, True',
        new='self.begun, self._searched, self._may_skip = b"", 0, False',
    ),
    Mistake(
        "X61",
        "waits for CR LF CR LF",
        "test_same_refusal_at_every_cut",
        old=LONE_ENDS,
        new="",
    ),
    Mistake(
        "X64",
        "400 for whatever is refused",
        "test_same_refusal_at_every_cut",
        old=PARSE,
        new=PARSE.replace(
            "        request = parse_head(buffer[:end])\n",
            "        try:\n            request = parse_head(buffer[:end])\n"
            "        except HttpError as error:\n"
            "            raise HttpError(400, error.reason, error.section) from None\n",
        ),
    ),
    Mistake(
        "X381",
        "compares with the limit before looking for LF alone",
        "test_same_refusal_at_every_cut",
        old="        if match := LONE_END.search(buffer, self._searched, LONGEST_HEAD):\n",
        new=LONG_HEAD
        + "        if match := LONE_END.search(buffer, self._searched, LONGEST_HEAD):\n",
    ),
    Mistake(
        "X381",
        "shows the line with all that has come behind it",
        "test_same_refusal_at_every_cut",
        old='    text = (shown + lone_lf).decode("latin-1")\n',
        new='    text = line.decode("latin-1")\n',
    ),
    Mistake(
        "X39",
        "measures the request line when the head is complete",
        "test_long_request_line_is_refused",
        edits=(
            Edit(old=LONG_LINE, new=""),
            Edit(
                old=PARSE,
                new='        if buffer.find(b"\\r\\n") > LONGEST_REQUEST_LINE:\n'
                '            raise HttpError(414, "too long", "RFC 9112 §3")\n' + PARSE,
            ),
            Edit(old=LONG_HEAD, new=""),
        ),
    ),
    Mistake(
        "X33",
        "counts CR LF as part of the request line",
        "test_long_request_line_is_refused",
        old="longest = LONGEST_REQUEST_LINE + 2\n",
        new="longest = LONGEST_REQUEST_LINE\n",
    ),
    Mistake(
        "X64",
        "400 for a long request line",
        "test_long_request_line_is_refused",
        old="raise HttpError(414, ",
        new="raise HttpError(400, ",
    ),
    Mistake(
        "X381",
        "parses what is whole, and looks at the request line's limit then",
        "test_long_request_line_is_refused",
        old="        longest = LONGEST_REQUEST_LINE + 2\n",
        new="        whole = buffer.find(b'\\r\\n\\r\\n')\n"
        "        if 0 <= whole <= LONGEST_HEAD:\n            parse_head(buffer[:whole])\n"
        "        longest = LONGEST_REQUEST_LINE + 2\n",
    ),
    Mistake(
        "X39",
        "measures the head when it is complete",
        "test_long_head_is_refused",
        edits=(
            Edit(
                old=LONG_HEAD,
                new="        if 0 <= self._end:\n"
                '            raise HttpError(431, "the head is too long", "RFC 6585 §5")\n',
            ),
            Edit(
                old="        if not 0 <= end <= LONGEST_HEAD:\n",
                new="        self._end = end\n        if not 0 <= end <= LONGEST_HEAD:\n",
            ),
        ),
    ),
    Mistake(
        "X33",
        "counts CR LF CR LF as part of the head",
        "test_long_head_is_refused",
        edits=(
            Edit(
                old="        if not 0 <= end <= LONGEST_HEAD:\n",
                new="        if not 0 <= end <= LONGEST_HEAD - 4:\n",
            ),
            Edit(old=LONG_HEAD, new=LONG_HEAD.replace("LONGEST_HEAD + 4", "LONGEST_HEAD")),
        ),
    ),
    Mistake(
        "X64",
        "400 for a long head",
        "test_long_head_is_refused",
        old='raise HttpError(431, "',
        new='raise HttpError(400, "',
    ),
    Mistake(
        "X33",
        "allows for one octet of CR LF CR LF alone",
        "test_long_head_is_refused",
        old="        if len(buffer) >= LONGEST_HEAD + 4:\n",
        new="        if len(buffer.removesuffix(b'\\r')) > LONGEST_HEAD:\n",
    ),
    Mistake(
        "X381",
        "parses what is whole, and looks at the head's limit then",
        "test_long_head_is_refused",
        old="        end = buffer.find(",
        new="        whole = buffer.find(b'\\r\\n\\r\\n')\n"
        "        if whole > LONGEST_HEAD:\n            parse_head(buffer[:whole])\n"
        "        end = buffer.find(",
    ),
    Mistake(
        "X382",
        "searches from the beginning each time",
        "test_nothing_is_searched_again",
        old="            self._searched = max(0, len(buffer) - 3)\n",
        new="",
    ),
    Mistake(
        "X382",
        "searches for LF alone from the beginning each time",
        "test_nothing_is_searched_again",
        old="LONE_END.search(buffer, self._searched, LONGEST_HEAD)",
        new="LONE_END.search(buffer, 0, LONGEST_HEAD)",
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
        "X442",
        "one blank between all words of a value",
        "test_blanks_around_the_value",
        old='value.strip(" \\t")',
        new='" ".join(value.split())',
    ),
    Mistake(
        "X440",
        "asks for Host only where the target is a path",
        "test_there_is_one_host",
        old="        if version >= (1, 1):\n",
        new='        if version >= (1, 1) and target.startswith("/"):\n',
    ),
    Mistake(
        "X440",
        "asks for Host only where the target is no URL",
        "test_there_is_one_host",
        old="        if version >= (1, 1):\n",
        new="        if version >= (1, 1) and not ABSOLUTE.match(target):\n",
    ),
    Mistake(
        "X440",
        "does not look at Host where the target is a URL",
        "test_there_is_one_host",
        old="    elif HOST.fullmatch(host) is None:",
        new="    elif not ABSOLUTE.match(target) and HOST.fullmatch(host) is None:",
    ),
    Mistake(
        "X390",
        "believes the target in HTTP/1.1 only",
        "test_target_names_its_host",
        old='not target.startswith("/") and (match := ABSOLUTE.match(target))',
        new="version == (1, 1) and (match := ABSOLUTE.match(target))",
    ),
    Mistake(
        "",
        "writes Host for host",
        "test_target_names_its_host",
        old='(name, match[1] if name == "host" else it) for',
        new='("Host", match[1]) if name == "host" else (name, it) for',
    ),
    Mistake(
        "",
        "cuts the host off the target",
        "test_target_names_its_host",
        old="    return Request(method, target, version, headers)\n",
        new='    if not target.startswith("/") and (match := ABSOLUTE.match(target)):\n'
        "        target = target[match.end(1) :]\n"
        "    return Request(method, target, version, headers)\n",
    ),
    Mistake(
        "",
        "adds a Host that was not sent",
        "test_target_names_its_host",
        old="        headers = Headers([(name, match[1]",
        new="        if host is None:\n"
        '            headers = Headers([*headers, ("host", match[1])])\n'
        "        headers = Headers([(name, match[1]",
    ),
    Mistake(
        "",
        "puts CONNECT's target in the place of Host, too",
        "test_target_names_its_host",
        old="    return Request(method, target, version, headers)\n",
        new='    if method == "CONNECT":\n'
        '        fields = [(n, target if n == "host" else it) for n, it in headers]\n'
        "        headers = Headers(fields)\n"
        "    return Request(method, target, version, headers)\n",
    ),
    Mistake(
        "X33",
        "counts lines that differ",
        "test_fields_are_counted",
        old="len(field_lines) > MOST_FIELDS",
        new="len(set(field_lines)) > MOST_FIELDS",
    ),
    Mistake(
        "X64",
        "413 for too many fields",
        "test_fields_are_counted",
        old="raise HttpError(431, f",
        new="raise HttpError(413, f",
    ),
    Mistake(
        "X493",
        "content without the empty lines at its beginning",
        "test_rest_is_handed_on",
        old="        self.rest = buffer[end + 4 :]\n",
        new='        self.rest = buffer[end + 4 :].lstrip(b"\\r\\n")\n',
    ),
    Mistake(
        "X443",
        "looks for LF alone in the content, too",
        "test_rest_is_handed_on",
        old="        end = buffer.find(",
        new="        if match := LONE_END.search(buffer):\n"
        "            parse_head(buffer[: match.end()])\n"
        "        end = buffer.find(",
    ),
    Mistake(
        "",
        "waits behind a second empty line",
        "test_one_empty_line_is_skipped",
        old=SECOND,
        new="",
    ),
    Mistake(
        "X381",
        "looks for LF alone before it refuses a second empty line",
        "test_one_empty_line_is_skipped",
        old='            raise HttpError(400, "a second',
        new="            if match := LONE_END.search(buffer):\n"
        "                parse_head(buffer[: match.end()])\n"
        '            raise HttpError(400, "a second',
    ),
    Mistake(
        "X63",
        "does not say which LF stands alone",
        "test_same_refusal_at_every_cut",
        old="            parse_head(buffer[: match.end()])  # which holds a LF alone\n",
        new='            raise HttpError(400, "LF alone", "RFC 9112 §2.2")\n',
    ),
    Mistake(
        "",
        "keeps what stands before the refused octet alone",
        "test_same_refusal_at_every_cut",
        old="            parse_head(buffer[: match.end()])  # which holds a LF alone\n",
        new="            self.begun = buffer[: match.end()]\n            parse_head(self.begun)\n",
    ),
    Mistake(
        "X381",
        "shows all that came of a long request line",
        "test_long_request_line_is_refused",
        old='raise HttpError(414, "the request line is too long", "RFC 9112 §3")',
        new='raise HttpError(414, "too long", "RFC 9112 §3", buffer.decode("latin-1"))',
    ),
    Mistake(
        "X441",
        "remembers that the request line before has come",
        "test_long_request_line_is_refused",
        edits=(
            Edit(
                old="        self._may_skip = True\n",
                new="        self._may_skip = True\n        self._has_line = False\n",
            ),
            Edit(
                old='        if len(buffer) >= longest and b"\\n" not in buffer[:longest]:\n',
                new='        self._has_line = self._has_line or b"\\n" in buffer[:longest]\n'
                "        if len(buffer) >= longest and not self._has_line:\n",
            ),
        ),
    ),
    Mistake(
        "X64",
        "413 for a long head",
        "test_long_head_is_refused",
        old='raise HttpError(431, "',
        new='raise HttpError(413, "',
    ),
    Mistake(
        "X381",
        "shows all that came of a long head",
        "test_long_head_is_refused",
        old='raise HttpError(431, "the head is too long", "RFC 6585 §5")',
        new='raise HttpError(431, "too long", "RFC 6585 §5", buffer.decode("latin-1"))',
    ),
    Mistake(
        "X441",
        "measures the first head only",
        "test_long_head_is_refused",
        edits=(
            Edit(
                old="        self._may_skip = True\n",
                new="        self._may_skip = True\n        self._is_first = True\n",
            ),
            Edit(
                old="        self.rest = buffer[end + 4 :]\n",
                new="        self.rest = buffer[end + 4 :]\n        self._is_first = False\n",
            ),
            Edit(
                old="        if len(buffer) >= LONGEST_HEAD + 4:\n",
                new="        if self._is_first and len(buffer) >= LONGEST_HEAD + 4:\n",
            ),
        ),
    ),
)
