"""Wrong answers to chapter 9 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

SPLIT_HEAD = """    lines = head.decode("latin-1").split("\\r\\n")
    check_lines(lines)
    return lines
"""
CHECKS = "    check_lines(lines)\n    return lines"
PARTS = """    parts = line.split(" ")
    if len(parts) != 3:
        raise bad_request("a request line has three parts, one space between", "3", line)
    check_target(line, method, parts[1])
    return method, parts[1], read_version(line)
"""
LINE_END = "    line = without_line_end(line)\n"
TARGET = "    check_target(line, method, parts[1])\n"
TARGET_IS_WRONG = """        raise bad_request("not a target", "3.2", line, {at})
"""
FIELD_LINE = """    name, colon, value = line.partition(":")
    key = FIELD_NAMES[name]
    if not colon or not key:
        raise field_refused(line)
    return key, value.strip(" \\t")
"""
GET = """        values = self._values.get(name.lower())
        return None if values is None else ", ".join(values)
"""
GET_ALL = "        return list(self._values.get(name.lower(), ()))\n"
REQUEST_LINE = """    line, fields = cut_request_line(head)
    method, target, version = parse_request_line(line)
"""
LINES = "    lines = split_head(fields) if fields else []\n"
HEADERS = "    headers = Headers([parse_field_line(line) for line in lines])\n"
HOST = '    check_host(headers.get("host"), version)\n'
REQUEST = "    return Request(method, target, version, with_targets_host(target, headers))\n"
FIND = '        end = buffer.find(b"\\r\\n\\r\\n", self._searched, MAX_HEAD + 4)\n'
UNENDED = """        if end < 0:
            check_unfinished(buffer, self._searched)
"""
NOTED = "            self._searched = max(0, len(buffer) - 3)\n"
TAKEN = """        request = parse_head(bytes(buffer[: end + 4]))
        del buffer[: end + 4]
        self._searched = 0
"""
FIRST_OCTETS = """        read_method(buffer[: MAX_METHOD + 1].decode("latin-1"))
"""
PENDING_LINE = """        if len(buffer) >= MAX_REQUEST_LINE + 2:
            raise HttpError(414, "the request line is too long", "RFC 9112 §3")
"""
WHOLE_LINE = """    elif end > searched:
        parse_request_line(buffer[:end].decode("latin-1"))
"""
REST = "    check_fields_so_far(buffer, end, searched)\n"

MISTAKES = (
    # split_head
    Mistake(
        "M57",
        "splitlines()",
        "test_lines_end_with_cr_lf",
        old='head.decode("latin-1").split("\\r\\n")\n    check',
        new='head.decode("latin-1").splitlines()\n    check',
    ),
    Mistake(
        "M64",
        "decodes UTF-8",
        "test_lines_end_with_cr_lf",
        old='lines = head.decode("latin-1")',
        new="lines = head.decode()",
    ),
    Mistake(
        "M64",
        "decodes UTF-8, and replaces what is not",
        "test_lines_end_with_cr_lf",
        old='lines = head.decode("latin-1")',
        new='lines = head.decode(errors="replace")',
    ),
    Mistake(
        "M64",
        "refuses what is not ASCII",
        "test_lines_end_with_cr_lf",
        old=SPLIT_HEAD,
        new='    if not head.isascii():\n        raise HttpError(400, "not ASCII", "RFC 9110 §5.5")\n'
        + SPLIT_HEAD,
    ),
    Mistake(
        "X384",
        "asks isprintable()",
        "test_lines_end_with_cr_lf",
        old=CHECKS,
        new="    for line in lines:\n"
        '        if not line.replace("\\t", "").isprintable():\n'
        '            raise HttpError(400, "not printable", "RFC 9110 §5.5", line)\n'
        "    return lines",
    ),
    Mistake(
        "",
        "checks octets, and not text",
        "test_lines_end_with_cr_lf",
        old=SPLIT_HEAD,
        new='    for line in head.split(b"\\r\\n"):\n        check_lines([line])\n'
        '    return head.decode("latin-1").split("\\r\\n")\n',
    ),
    Mistake(
        "",
        "checks the head before it is split",
        "test_lines_end_with_cr_lf",
        old=SPLIT_HEAD,
        new='    text = head.decode("latin-1")\n    check_lines([text])\n'
        '    return text.split("\\r\\n")\n',
    ),
    Mistake(
        "M57",
        "leaves out empty lines",
        "test_lines_end_with_cr_lf",
        old=CHECKS,
        new="    check_lines(lines)\n    return [line for line in lines if line]",
    ),
    Mistake(
        "",
        "strips the lines",
        "test_lines_end_with_cr_lf",
        old=CHECKS,
        new="    check_lines(lines)\n    return [line.rstrip() for line in lines]",
    ),
    Mistake(
        "",
        "the same list each time",
        "test_lines_end_with_cr_lf",
        old=CHECKS,
        new="    check_lines(lines)\n    LINES[:] = lines\n    return LINES\n\n\n"
        "LINES: list[str] = []\n\n\ndef _unused() -> None:\n    return",
    ),
    Mistake(
        "X61",
        "a LF alone ends a line as well",
        "test_nothing_else_controls",
        old='head.decode("latin-1").split("\\r\\n")\n    check',
        new='re.split("\\r?\\n", head.decode("latin-1"))\n    check',
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
        new='    return [line.decode("latin-1") for line in head.splitlines()] or [""]\n',
    ),
    Mistake(
        "X61",
        "refuses LF alone, and keeps CR alone",
        "test_nothing_else_controls",
        old=CHECKS,
        new="    for line in lines:\n"
        '        if "\\n" in line:\n            check_lines([line])\n'
        "    return lines",
    ),
    Mistake(
        "X62",
        "refuses CR, LF and NUL only",
        "test_nothing_else_controls",
        old=CHECKS,
        new="    for line in lines:\n"
        '        if any(octet in line for octet in "\\r\\n\\0"):\n            check_lines([line])\n'
        "    return lines",
    ),
    Mistake(
        "X61",
        "checks the first line only",
        "test_nothing_else_controls",
        old=SPLIT_HEAD,
        new='    lines = head.decode("latin-1").split("\\r\\n")\n'
        "    check_lines(lines[:1])\n    return lines\n",
    ),
    Mistake(
        "",
        "forgets DEL",
        "test_nothing_else_controls",
        old=CHECKS,
        new="    for line in lines:\n"
        '        if any(octet < " " and octet != "\\t" for octet in line):\n'
        "            check_lines([line])\n    return lines",
    ),
    Mistake(
        "X61",
        "leaves out the lines that are refused",
        "test_nothing_else_controls",
        old=CHECKS,
        new="    for line in lines:\n"
        "        try:\n            check_lines([line])\n        except HttpError:\n"
        "            lines = [other for other in lines if other != line]\n    return lines",
    ),
    Mistake(
        "X63",
        "does not say where",
        "test_error_points_at_the_octet",
        old=CHECKS,
        new="    try:\n        check_lines(lines)\n    except HttpError:\n"
        '        raise HttpError(400, "bad head", "RFC 9112") from None\n    return lines',
    ),
    Mistake(
        "X389",
        "counts from the beginning of the head",
        "test_error_points_at_the_octet",
        old=CHECKS,
        new="    for line in lines:\n"
        "        try:\n            check_lines([line])\n        except HttpError as error:\n"
        '            at = head.decode("latin-1").find(line) + error.at\n'
        '            raise HttpError(400, "bad", "", line, at) from None\n    return lines',
    ),
    Mistake(
        "",
        "checks the lines from the last to the first",
        "test_error_points_at_the_octet",
        old="    check_lines(lines)\n",
        new="    for line in reversed(lines):\n        check_lines([line])\n",
    ),
    # parse_request_line
    Mistake(
        "M65",
        "capital letters for every method",
        "test_request_line_has_three_parts",
        old="    return method, parts[1], read_version(line)\n",
        new="    return method.upper(), parts[1], read_version(line)\n",
    ),
    Mistake(
        "M65",
        "a list of methods",
        "test_request_line_has_three_parts",
        old=LINE_END,
        new='    if method not in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):\n'
        '        raise HttpError(501, "no such method", "RFC 9110 §9.1")\n' + LINE_END,
    ),
    Mistake(
        "",
        "reads the version of the line with its CR LF",
        "test_request_line_has_three_parts",
        edits=(
            Edit(old=LINE_END, new="    whole, line = line, without_line_end(line)\n"),
            Edit(old="parts[1], read_version(line)", new="parts[1], read_version(whole)"),
        ),
    ),
    Mistake(
        "",
        "returns the version as text",
        "test_request_line_has_three_parts",
        old="    return method, parts[1], read_version(line)\n",
        new="    read_version(line)\n"
        "    return method, parts[1], parts[2]  # type: ignore[return-value]\n",
    ),
    Mistake(
        "",
        "reads the version itself",
        "test_request_line_has_three_parts",
        old="parts[1], read_version(line)",
        new="parts[1], (int(parts[2][-3]), int(parts[2][-1]))",
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
        "any number of parts from three on",
        "test_one_space_between_the_parts",
        old="if len(parts) != 3:",
        new="if len(parts) < 3:",
    ),
    Mistake(
        "M60",
        "three names for as many parts as come",
        "test_one_space_between_the_parts",
        old=PARTS,
        new='    _method, target, _version = line.split(" ")\n    check_target(line, method, target)\n'
        "    return method, target, read_version(line)\n",
    ),
    Mistake(
        "",
        "strips the line before it is split",
        "test_one_space_between_the_parts",
        old=LINE_END,
        new="    line = without_line_end(line).strip()\n",
    ),
    Mistake(
        "X703",
        "does not read the method with read_method()",
        "test_one_space_between_the_parts",
        old="    method = read_method(line)\n",
        new='    method = line.partition(" ")[0]\n',
    ),
    Mistake(
        "X63",
        "has no line where there are not three parts",
        "test_one_space_between_the_parts",
        old='one space between", "3", line)',
        new='one space between", "3")',
    ),
    Mistake(
        "",
        "has the line with its CR LF where there are not three parts",
        "test_one_space_between_the_parts",
        old='one space between", "3", line)',
        new='one space between", "3", line + "\\r\\n")',
    ),
    Mistake(
        "",
        "writes one space between the parts into the error's line",
        "test_one_space_between_the_parts",
        old='one space between", "3", line)',
        new='one space between", "3", " ".join(line.split()))',
    ),
    Mistake(
        "M67",
        "a target is a path",
        "test_target_has_one_of_four_forms",
        old=TARGET,
        new='    if not parts[1].startswith("/"):\n'
        + TARGET_IS_WRONG.format(at="len(method) + 1")
        + TARGET,
    ),
    Mistake(
        "M67",
        "does not look at the target",
        "test_target_has_one_of_four_forms",
        old=TARGET,
        new='    if not parts[1]:\n        raise bad_request("no target", "3.2", line)\n',
    ),
    Mistake(
        "M67",
        "takes every target for one of GET",
        "test_target_has_one_of_four_forms",
        old=TARGET,
        new='    check_target(line, "GET", parts[1])\n',
    ),
    Mistake(
        "",
        "looks for the target from the beginning of the line",
        "test_target_has_one_of_four_forms",
        old=TARGET,
        new="    if not is_request_target(method, parts[1]):\n"
        + TARGET_IS_WRONG.format(at="line.index(parts[1])"),
    ),
    Mistake(
        "",
        "checks the target in the line with its CR LF",
        "test_target_has_one_of_four_forms",
        old=TARGET,
        new='    check_target(line + "\\r\\n", method, parts[1])\n',
    ),
    Mistake(
        "",
        "points at the target's start, whatever is wrong with it",
        "test_target_is_visible_ascii",
        old=TARGET,
        new="    if not is_request_target(method, parts[1]):\n"
        + TARGET_IS_WRONG.format(at="len(method) + 1"),
    ),
    Mistake(
        "X65",
        "a target may have a fragment",
        "test_target_is_visible_ascii",
        old=TARGET,
        new='    check_target(line, method, parts[1].replace("#", ""))\n',
    ),
    Mistake(
        "X389",
        "counts from the beginning of the target",
        "test_target_is_visible_ascii",
        old=TARGET,
        new="    if not is_request_target(method, parts[1]):\n"
        "        at = first_not_in(TARGET, parts[1])\n"
        + TARGET_IS_WRONG.format(at="at if at < len(parts[1]) else len(method) + 1"),
    ),
    Mistake(
        "X64",
        "400 for whatever is refused",
        "test_each_refusal_has_its_status",
        old="    return method, parts[1], read_version(line)\n",
        new="    try:\n        return method, parts[1], read_version(line)\n"
        "    except HttpError as error:\n"
        '        raise bad_request(error.reason, "2.3", line) from None\n',
    ),
    Mistake(
        "X33",
        "does not measure the line",
        "test_each_refusal_has_its_status",
        old=LINE_END,
        new='    line = without_line_end(line) if len(line) < 99 else line.removesuffix("\\r\\n")\n',
    ),
    Mistake(
        "X33",
        "counts CR LF as part of the request line",
        "test_each_refusal_has_its_status",
        old=LINE_END,
        new="    if len(line) > MAX_REQUEST_LINE:\n"
        '        raise HttpError(414, "the request line is too long", "RFC 9112 §3")\n' + LINE_END,
    ),
    Mistake(
        "X61",
        "takes LF alone for the end of the line",
        "test_each_refusal_has_its_status",
        old=LINE_END,
        new='    line = without_line_end(line.removesuffix("\\n").removesuffix("\\r") + "\\r\\n")\n',
    ),
    Mistake(
        "",
        "reads the method when the line is without its end",
        "test_each_refusal_has_its_status",
        edits=(
            Edit(old="    method = read_method(line)\n" + LINE_END, new=LINE_END),
            Edit(
                old='    parts = line.split(" ")\n',
                new='    method = read_method(line)\n    parts = line.split(" ")\n',
            ),
        ),
    ),
    Mistake(
        "",
        "splits the line before it looks at its end",
        "test_each_refusal_has_its_status",
        edits=(
            Edit(old=LINE_END, new='    whole, line = line, line.rstrip("\\r\\n")\n'),
            Edit(old=TARGET, new="    without_line_end(whole)\n" + TARGET),
        ),
    ),
    Mistake(
        "",
        "looks at the version before the target",
        "test_each_refusal_has_its_status",
        old=TARGET,
        new="    read_version(line)\n" + TARGET,
    ),
    Mistake(
        "",
        "checks the target before it counts the parts",
        "test_each_refusal_has_its_status",
        old='    parts = line.split(" ")\n    if len(parts) != 3:\n',
        new='    parts = line.split(" ")\n    if len(parts) > 1:\n    '
        + TARGET
        + "    if len(parts) > 2:\n        read_version(line)\n    if len(parts) != 3:\n",
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
        old='name, colon, value = line.partition(":")',
        new='name, colon, value = line.rpartition(":")',
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
        "",
        "the value in lower case",
        "test_blanks_around_the_value",
        old='value.strip(" \\t")',
        new='value.strip(" \\t").lower()',
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
        old='name, colon, value = line.partition(":")',
        new='name, colon, value = line.strip(" \\t").partition(":")',
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
        "X383",
        "a line without a colon has no value",
        "test_field_name_is_a_token",
        old="    if not colon or not key:\n",
        new='    if line and not colon and key:\n        return key, ""\n'
        "    if not colon or not key:\n",
    ),
    Mistake(
        "",
        "points at the colon",
        "test_error_points_into_the_field_line",
        old="        raise field_refused(line)\n",
        new='        raise bad_request("not a field", "5", line, len(name))\n',
    ),
    Mistake(
        "",
        "points at the line's end where there is no colon",
        "test_error_points_into_the_field_line",
        old="        raise field_refused(line)\n",
        new="        if not colon:\n"
        '            raise bad_request("no colon", "5", line, len(line))\n'
        "        raise field_refused(line)\n",
    ),
    Mistake(
        "X63",
        "has no place",
        "test_error_points_into_the_field_line",
        old="        raise field_refused(line)\n",
        new='        raise bad_request("not a field", "5", line)\n',
    ),
    Mistake(
        "",
        "asks field_refused() about the name alone",
        "test_error_points_into_the_field_line",
        old="        raise field_refused(line)\n",
        new="        raise field_refused(name)\n",
    ),
    # Headers
    Mistake(
        "M58",
        "looks up the name that is asked for",
        "test_names_are_case_insensitive",
        old=GET,
        new=GET.replace("name.lower()", "name"),
    ),
    Mistake(
        "M58",
        "searches the fields as they came",
        "test_names_are_case_insensitive",
        old=GET,
        new="        return dict(self._fields).get(name)\n",
    ),
    Mistake(
        "X492",
        "takes an empty value for none",
        "test_names_are_case_insensitive",
        old=GET,
        new='        return ", ".join(self._values.get(name.lower(), ())) or None\n',
    ),
    Mistake(
        "X492",
        "an empty value for a field that is missing",
        "test_names_are_case_insensitive",
        old=GET,
        new='        return ", ".join(self._values.get(name.lower(), ()))\n',
    ),
    Mistake(
        "",
        "the list of values",
        "test_names_are_case_insensitive",
        old=GET,
        new="        return self._values.get(name.lower())  # type: ignore[return-value]\n",
    ),
    Mistake(
        "",
        "an error for a field that is missing",
        "test_names_are_case_insensitive",
        old=GET,
        new='        return ", ".join(self._values[name.lower()])\n',
    ),
    Mistake(
        "M62",
        "the last of repeated lines",
        "test_repeated_lines_all_count",
        old='", ".join(values)\n',
        new="values[-1]\n",
    ),
    Mistake(
        "M62",
        "the first of repeated lines",
        "test_repeated_lines_all_count",
        old='", ".join(values)\n',
        new="values[0]\n",
    ),
    Mistake(
        "M62",
        "joins with a comma alone",
        "test_repeated_lines_all_count",
        old='", ".join(values)\n',
        new='",".join(values)\n',
    ),
    Mistake(
        "M62",
        "leaves out what is empty",
        "test_repeated_lines_all_count",
        old='", ".join(values)\n',
        new='", ".join(filter(None, values))\n',
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
        "get_all() gives each value once",
        "test_repeated_lines_all_count",
        old=GET_ALL,
        new="        return list(dict.fromkeys(self._values.get(name.lower(), ())))\n",
    ),
    Mistake(
        "",
        "get_all() of a missing field is None",
        "test_repeated_lines_all_count",
        old=GET_ALL,
        new="        values = self._values.get(name.lower())\n"
        "        return list(values) if values else None  # type: ignore[return-value]\n",
    ),
    Mistake(
        "",
        "hands out the list that it keeps",
        "test_repeated_lines_all_count",
        old=GET_ALL,
        new="        return self._values.get(name.lower(), [])\n",
    ),
    Mistake(
        "",
        "get_all() makes an entry for a missing field",
        "test_repeated_lines_all_count",
        old=GET_ALL,
        new="        return list(self._values.setdefault(name.lower(), []))\n",
    ),
    Mistake(
        "",
        "get() takes the values out of the dictionary",
        "test_names_are_case_insensitive",
        old="        values = self._values.get(name.lower())\n",
        new="        values = self._values.pop(name.lower(), None)\n",
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
        "",
        "splits all of the head",
        "test_head_becomes_a_request",
        old=LINES,
        new="    lines = split_head(head)[1:]\n",
    ),
    Mistake(
        "M62",
        "leaves out a field that is there twice",
        "test_head_becomes_a_request",
        old=LINES,
        new="    lines = list(dict.fromkeys(split_head(fields))) if fields else []\n",
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
        old=LINES,
        new='    fields = re.sub(rb"\\r\\n[ \\t]+", b" ", fields)\n' + LINES,
    ),
    Mistake(
        "",
        "looks at the octets of the fields before the request line",
        "test_one_bad_line_is_enough",
        old=REQUEST_LINE,
        new="    line, fields = cut_request_line(head)\n"
        "    if fields:\n        split_head(fields)\n"
        "    method, target, version = parse_request_line(line)\n",
    ),
    Mistake(
        "",
        "ends the request line with the first CR LF",
        "test_one_bad_line_is_enough",
        old="    line, fields = cut_request_line(head)\n",
        new='    end = head.index(b"\\r\\n") + 2\n'
        '    line, fields = head[:end].decode("latin-1"), head[end:-4]\n',
    ),
    Mistake(
        "",
        "looks at Host before the other field lines",
        "test_one_bad_line_is_enough",
        old=HEADERS,
        new="    for line in lines:\n"
        '        if line.lower().startswith("host:"):\n'
        "            check_host(parse_field_line(line)[1], version)\n" + HEADERS,
    ),
    Mistake(
        "",
        "splits and parses line by line",
        "test_one_bad_line_is_enough",
        edits=(
            Edit(old=LINES, new='    lines = fields.split(b"\\r\\n") if fields else []\n'),
            Edit(
                old=HEADERS,
                new="    headers = Headers(\n"
                "        [parse_field_line(split_head(each)[0]) for each in lines]\n    )\n",
            ),
        ),
    ),
    Mistake(
        "",
        "counts the fields before it looks at their octets",
        "test_one_bad_line_is_enough",
        old=LINES,
        new='    if fields.count(b"\\r\\n") >= MAX_FIELDS:\n'
        '        raise HttpError(431, "too many", "RFC 6585 §5")\n' + LINES,
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
            Edit(
                old=REQUEST,
                new="    headers = with_targets_host(target, headers)\n"
                + HOST
                + "    return Request(method, target, version, headers)\n",
            ),
        ),
    ),
    Mistake(
        "X390",
        "leaves Host as it came, whatever the target says",
        "test_target_names_its_host",
        old=REQUEST,
        new="    return Request(method, target, version, headers)\n",
    ),
    Mistake(
        "X390",
        "drops what with_targets_host() returns",
        "test_target_names_its_host",
        old=REQUEST,
        new="    with_targets_host(target, headers)\n"
        "    return Request(method, target, version, headers)\n",
    ),
    Mistake(
        "X390",
        "believes the target in HTTP/1.1 only",
        "test_target_names_its_host",
        old=REQUEST,
        new="    if version == (1, 1):\n        headers = with_targets_host(target, headers)\n"
        "    return Request(method, target, version, headers)\n",
    ),
    Mistake(
        "",
        "cuts the host off the target",
        "test_target_names_its_host",
        old=REQUEST,
        new="    headers = with_targets_host(target, headers)\n"
        "    if host := host_in(target):\n"
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
    # RequestParser.take_head
    Mistake(
        "M03",
        "takes what has come for all of the head",
        "test_same_request_at_every_cut",
        old=UNENDED,
        new="        end = end if end >= 0 else len(buffer) - 4\n" + UNENDED,
    ),
    Mistake(
        "X386",
        "looks at the piece that has just come",
        "test_same_request_at_every_cut",
        old=NOTED,
        new="            self._searched = len(buffer)\n",
    ),
    Mistake(
        "X386",
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
            Edit(old=FIND, new=FIND.replace("self._", "RequestParser.")),
            Edit(old=NOTED, new=NOTED.replace("self._", "RequestParser.")),
            Edit(old=TAKEN, new=TAKEN.replace("self._", "RequestParser.")),
            Edit(
                old="    def take_head(self, buffer",
                new="    searched = 0\n\n    def take_head(self, buffer",
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
        "X386",
        "a negative place, which counts from the end",
        "test_same_request_at_every_cut",
        old=NOTED,
        new="            self._searched = len(buffer) - 3\n",
    ),
    Mistake(
        "",
        "gives parse_head() the head without its empty line",
        "test_same_request_at_every_cut",
        old="        request = parse_head(bytes(buffer[: end + 4]))\n",
        new="        request = parse_head(bytes(buffer[:end]))\n",
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
        "empties a buffer that holds an empty line",
        "test_what_follows_stays_in_the_buffer",
        old="        self._searched = 0\n        return request\n",
        new="        self._searched = 0\n"
        '        if buffer == b"\\r\\n":\n            buffer.clear()\n        return request\n',
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
        old="        self._searched = 0\n        return request\n",
        new="        return request\n",
    ),
    Mistake(
        "X441",
        "begins the next search after the head that is gone",
        "test_what_follows_stays_in_the_buffer",
        old="        self._searched = 0\n        return request\n",
        new="        self._searched = end + 4\n        return request\n",
    ),
    Mistake(
        "",
        "the last empty line ends the head",
        "test_what_follows_stays_in_the_buffer",
        old=FIND,
        new=FIND.replace("find", "rfind"),
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
        "X702",
        "removes the head that it refuses",
        "test_refused_head_stays",
        old=TAKEN,
        new="        head = bytes(buffer[: end + 4])\n        del buffer[: end + 4]\n"
        "        self._searched = 0\n        request = parse_head(head)\n",
    ),
    Mistake(
        "X702",
        "removes the head, whatever happens",
        "test_refused_head_stays",
        old="        request = parse_head(bytes(buffer[: end + 4]))\n        del buffer[: end + 4]\n",
        new="        try:\n            request = parse_head(bytes(buffer[: end + 4]))\n"
        "        finally:\n            del buffer[: end + 4]\n",
    ),
    Mistake(
        "",
        "None for a head that is refused",
        "test_refused_head_stays",
        old="        request = parse_head(bytes(buffer[: end + 4]))\n",
        new="        try:\n            request = parse_head(bytes(buffer[: end + 4]))\n"
        "        except HttpError:\n            return None\n",
    ),
    Mistake(
        "",
        "has no limit for a head that is complete",
        "test_unfinished_head_is_checked",
        old=FIND,
        new=FIND.replace(", MAX_HEAD + 4", ""),
    ),
    Mistake(
        "X33",
        "counts CR LF CR LF as part of the head",
        "test_unfinished_head_is_checked",
        old=FIND,
        new=FIND.replace(" + 4", ""),
    ),
    Mistake(
        "",
        "one octet more",
        "test_unfinished_head_is_checked",
        old=FIND,
        new=FIND.replace(" + 4", " + 5"),
    ),
    Mistake(
        "",
        "does not call check_unfinished()",
        "test_unfinished_head_is_checked",
        old=UNENDED,
        new="        if end < 0:\n",
    ),
    Mistake(
        "",
        "calls check_unfinished() for every piece",
        "test_unfinished_head_is_checked",
        old=FIND + UNENDED,
        new="        check_unfinished(buffer, self._searched)\n" + FIND + "        if end < 0:\n",
    ),
    Mistake(
        "",
        "calls check_unfinished() with what it has just searched",
        "test_unfinished_head_is_checked",
        old="            check_unfinished(buffer, self._searched)\n" + NOTED,
        new=NOTED + "            check_unfinished(buffer, self._searched)\n",
    ),
    Mistake(
        "",
        "calls check_unfinished() with 0 each time",
        "test_unfinished_head_is_checked",
        old="            check_unfinished(buffer, self._searched)\n",
        new="            check_unfinished(buffer, 0)\n",
    ),
    Mistake(
        "",
        "gives check_unfinished() the new octets alone",
        "test_unfinished_head_is_checked",
        old="            check_unfinished(buffer, self._searched)\n",
        new="            check_unfinished(buffer[self._searched :], self._searched)\n",
    ),
    Mistake(
        "",
        "None where check_unfinished() refuses",
        "test_unfinished_head_is_checked",
        old="            check_unfinished(buffer, self._searched)\n",
        new="            try:\n                check_unfinished(buffer, self._searched)\n"
        "            except HttpError:\n                return None\n",
    ),
    Mistake(
        "X382",
        "searches from the beginning each time",
        "test_nothing_is_searched_again",
        old=FIND,
        new=FIND.replace("self._searched", "0"),
    ),
    # check_unfinished
    Mistake(
        "X701",
        "waits for the end of the request line",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old=FIRST_OCTETS,
        new="",
    ),
    Mistake(
        "X701",
        "waits for the end of the head",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old=WHOLE_LINE,
        new="",
    ),
    Mistake(
        "X701",
        "waits for the space after the method",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old=FIRST_OCTETS,
        new='        if b" " in buffer:\n    ' + FIRST_OCTETS,
    ),
    Mistake(
        "",
        "judges a line that is not complete",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old=FIRST_OCTETS,
        new='        if b" " in buffer:\n'
        '            parse_request_line(buffer.decode("latin-1") + "\\r\\n")\n' + FIRST_OCTETS,
    ),
    Mistake(
        "",
        "gives parse_request_line() all that has come",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old=WHOLE_LINE,
        new=WHOLE_LINE.replace("buffer[:end]", "buffer"),
    ),
    Mistake(
        "",
        "gives parse_request_line() a line without its LF",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old=WHOLE_LINE,
        new=WHOLE_LINE.replace("buffer[:end]", "buffer[: end - 1]"),
    ),
    Mistake(
        "X61",
        "does not call check_fields_so_far()",
        "test_same_refusal_at_every_cut",
        old=REST,
        new="",
    ),
    Mistake(
        "X701",
        "calls check_fields_so_far() when the request line has just ended, and not later",
        "test_same_refusal_at_every_cut",
        old=REST,
        new="    " + REST,
    ),
    Mistake(
        "X381",
        "looks at the length before the method",
        "test_same_refusal_at_every_cut",
        old=FIRST_OCTETS + PENDING_LINE,
        new=PENDING_LINE + FIRST_OCTETS,
    ),
    Mistake(
        "X63",
        "has no line for a LF alone",
        "test_same_refusal_at_every_cut",
        old=REST,
        new="    if LONE_LF.search(buffer, searched, MAX_HEAD):\n"
        '        raise bad_request("a LF alone", "2.2", "LF", 0)\n' + REST,
    ),
    Mistake(
        "X381",
        "looks at the length of the head before a LF alone",
        "test_same_refusal_at_every_cut",
        old=REST,
        new="    if len(buffer) >= MAX_HEAD + 4:\n"
        '        raise HttpError(431, "the head is too long", "RFC 6585 §5")\n' + REST,
    ),
    Mistake(
        "",
        "removes what it refuses",
        "test_same_refusal_at_every_cut",
        old=WHOLE_LINE,
        new="    elif end > searched:\n"
        '        line = buffer[:end].decode("latin-1")\n'
        "        try:\n            parse_request_line(line)\n"
        "        except HttpError:\n            del buffer[:end]\n            raise\n",
    ),
    Mistake(
        "X39",
        "measures the request line when it is complete",
        "test_long_request_line_is_refused",
        old=PENDING_LINE,
        new="",
    ),
    Mistake(
        "",
        "counts CR LF as part of a request line that has not ended",
        "test_long_request_line_is_refused",
        old=PENDING_LINE,
        new=PENDING_LINE.replace(" + 2", ""),
    ),
    Mistake(
        "",
        "allows one octet more",
        "test_long_request_line_is_refused",
        old=PENDING_LINE,
        new=PENDING_LINE.replace(" + 2", " + 3"),
    ),
    Mistake(
        "X381",
        "431 for a long request line that has not ended",
        "test_long_request_line_is_refused",
        old=PENDING_LINE,
        new=PENDING_LINE.replace("414", "431"),
    ),
    Mistake(
        "X64",
        "400 for a long request line that has not ended",
        "test_long_request_line_is_refused",
        old=PENDING_LINE,
        new=PENDING_LINE.replace("414", "400"),
    ),
    Mistake(
        "X39",
        "calls check_fields_so_far() when a line has ended",
        "test_long_head_is_refused",
        old=REST,
        new='    if b"\\n" in buffer[searched:]:\n    ' + REST,
    ),
    Mistake(
        "X64",
        "413 for a long head",
        "test_long_head_is_refused",
        old=REST,
        new="    try:\n    "
        + REST
        + "    except HttpError as error:\n        if error.status == 431:\n"
        "            raise HttpError(413, error.reason, error.section) from None\n        raise\n",
    ),
    Mistake(
        "X382",
        "searches for LF alone from the beginning each time",
        "test_nothing_is_judged_again",
        old=REST,
        new=REST.replace("searched)", "0)"),
    ),
    Mistake(
        "",
        "judges the request line each time",
        "test_nothing_is_judged_again",
        old="    elif end > searched:\n",
        new="    else:\n",
    ),
    Mistake(
        "M65",
        "judges the target for a method in capital letters",
        "test_target_has_one_of_four_forms",
        old=TARGET,
        new=TARGET.replace("method", "method.upper()"),
    ),
    Mistake(
        "",
        "waits for four octets before it looks at any",
        "test_unfinished_head_is_checked",
        old='        end = buffer.find(b"\\r\\n\\r\\n", self._searched, MAX_HEAD + 4)\n',
        new="        if len(buffer) < 4:\n            return None\n"
        '        end = buffer.find(b"\\r\\n\\r\\n", self._searched, MAX_HEAD + 4)\n',
    ),
    Mistake(
        "",
        "decodes an unfinished method as UTF-8",
        "test_what_cannot_become_a_request_is_refused_at_once",
        old='buffer[: MAX_METHOD + 1].decode("latin-1")',
        new='buffer[: MAX_METHOD + 1].decode(errors="replace")',
    ),
    Mistake(
        "",
        "does not use what without_line_end() returns",
        "test_request_line_has_three_parts",
        old="    line = without_line_end(line)\n",
        new="    without_line_end(line)\n",
    ),
    Mistake(
        "",
        "returns the error",
        "test_blanks_beside_the_name",
        old="        raise field_refused(line)\n",
        new="        return field_refused(line)  # type: ignore[return-value]\n",
    ),
    Mistake(
        "",
        "the first LF that is new ends the request line",
        "test_same_refusal_at_every_cut",
        old='    end = buffer.find(b"\\n") + 1\n    if not end:',
        new='    end = buffer.find(b"\\n", searched) + 1\n    if not end:',
    ),
)
