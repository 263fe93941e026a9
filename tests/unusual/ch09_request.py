"""Right but unusual answers to chapter 9, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

SPLIT_HEAD = """    lines = head.decode("latin-1").split("\\r\\n")
    check_lines(lines)
    return lines
"""
PARTS = """    parts = line.split(" ")
    if len(parts) != 3:
        raise bad_request("a request line has three parts, one space between", "3", line)
    check_target(line, method, parts[1])
    return method, parts[1], read_version(line)
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
FIELDS = """    line, fields = cut_request_line(head)
    method, target, version = parse_request_line(line)
    lines = split_head(fields) if fields else []
"""
HOST = """    check_host(headers.get("host"), version)
    return Request(method, target, version, with_targets_host(target, headers))
"""
TAKE = """        end = buffer.find(b"\\r\\n\\r\\n", self._searched, MAX_HEAD + 4)
        if end < 0:
            check_unfinished(buffer, self._searched)
            self._searched = max(0, len(buffer) - 3)
            return None
        request = parse_head(bytes(buffer[: end + 4]))
        del buffer[: end + 4]
        self._searched = 0
        return request
"""
FIND = '        end = buffer.find(b"\\r\\n\\r\\n", self._searched, MAX_HEAD + 4)\n'
UNFINISHED = """    end = buffer.find(b"\\n") + 1
    if not end:
        read_method(buffer[: MAX_METHOD + 1].decode("latin-1"))
        if len(buffer) >= MAX_REQUEST_LINE + 2:
            raise HttpError(414, "the request line is too long", "RFC 9112 §3")
    elif end > searched:
        parse_request_line(buffer[:end].decode("latin-1"))
    check_fields_so_far(buffer, end, searched)
"""

UNUSUAL = (
    Unusual(
        "looks at every octet of every line",
        old=SPLIT_HEAD,
        new="""    lines = []
    for line in head.split(b"\\r\\n"):
        for at, octet in enumerate(line):
            if octet not in FIELD_VALUE:
                check_lines([str(line[: at + 1], "latin-1")])
        lines.append(str(line, "iso-8859-1"))
    return lines
""",
    ),
    Unusual(
        "finds a control character with a pattern",
        old=SPLIT_HEAD,
        new="""    for line in head.decode("latin-1").split("\\r\\n"):
        if re.search(r"[\\x00-\\x08\\x0a-\\x1f\\x7f]", line):
            check_lines([line])
    return head.decode("latin-1").split("\\r\\n")
""",
    ),
    Unusual(
        "decodes line by line",
        old=SPLIT_HEAD,
        new="""    lines = [line.decode("latin-1") for line in head.split(b"\\r\\n")]
    check_lines(lines)
    return lines
""",
    ),
    Unusual(
        "matches the request line with a pattern",
        old=PARTS,
        new="""    match = re.fullmatch("[^ ]+ ([^ ]+) [^ ]+", line)
    if match is None:
        raise bad_request("three parts", "3", line, len(line))
    check_target(line, method, match[1])
    return (method, match[1], read_version(line))
""",
    ),
    Unusual(
        "partition() and rpartition() for the request line",
        old=PARTS,
        new="""    target, space, _version = line[len(method) + 1 :].rpartition(" ")
    if not space or " " in target:
        raise bad_request("three parts", "3", line)
    check_target(line, method, target)
    return method, target, read_version(line)
""",
    ),
    Unusual(
        "counts spaces",
        old=PARTS,
        new="""    if line.count(" ") != 2:
        raise bad_request("three parts", "3", line, 1)
    _method, target, _version = line.split(" ", 2)
    check_target(line, _method, target)
    return _method, target, read_version(line)
""",
    ),
    Unusual(
        "unpacks the parts, and catches what that raises",
        old=PARTS,
        new="""    try:
        first, target, _ = line.split(" ")
    except ValueError:
        raise bad_request("three parts", "3", line) from None
    check_target(line, first, target)
    version = read_version(line)
    return first, target, version
""",
    ),
    Unusual(
        "asks is_token(), and writes the name in lower case itself",
        old=FIELD_LINE,
        new="""    at = line.find(":")
    name = line[:at] if at >= 0 else line
    if at < 0 or not is_token(name):
        raise bad_request("not a field", "5", line, first_not_in(TOKEN, name))
    return name.lower(), line[at + 1 :].strip("\\t ")
""",
    ),
    Unusual(
        "splits once at the colon",
        old=FIELD_LINE,
        new="""    parts = line.split(":", 1)
    if len(parts) < 2 or not FIELD_NAMES[parts[0]]:
        raise field_refused(line)
    return FIELD_NAMES[parts[0]], parts[1].lstrip(" \\t").rstrip("\\t ")
""",
    ),
    Unusual(
        "asks first whether there is a colon",
        old=FIELD_LINE,
        new="""    if ":" not in line:
        raise field_refused(line)
    name = line[: line.index(":")]
    if FIELD_NAMES[name] == "":
        raise field_refused(line)
    return name.lower(), line[len(name) + 1 :].strip(" \\t")
""",
    ),
    Unusual(
        "searches the fields each time",
        edits=(
            Edit(
                old=GET,
                new="        found = self.get_all(name)\n"
                '        return ", ".join(found) if found else None\n',
            ),
            Edit(
                old=GET_ALL,
                new="        wanted = name.casefold()\n        found = []\n"
                "        for other, value in self._fields:\n"
                "            if other.casefold() == wanted:\n"
                "                found.append(value)\n        return found\n",
            ),
        ),
    ),
    Unusual(
        "catches the KeyError",
        edits=(
            Edit(
                old=GET,
                new="        try:\n"
                '            return ", ".join(self._values[name.lower()])\n'
                "        except KeyError:\n            return None\n",
            ),
            Edit(old=GET_ALL, new="        return [*self._values.get(name.lower(), [])]\n"),
        ),
    ),
    Unusual(
        "removes the line ends of the field lines itself",
        old=FIELDS,
        new="""    line, _ = cut_request_line(head)
    method, target, version = parse_request_line(line)
    fields = head[len(line) :].removesuffix(b"\\r\\n").removesuffix(b"\\r\\n")
    lines = split_head(fields) if len(fields) > 0 else []
""",
    ),
    Unusual(
        "puts the target's host in its place itself",
        old=HOST,
        new="""    check_host(headers.get("Host"), version)
    named = host_in(target)
    if named is not None:
        pairs = []
        for name, value in headers:
            pairs.append((name, named if name == "host" else value))
        headers = Headers(pairs)
    return Request(method=method, target=target, version=version, headers=headers, content=b"")
""",
    ),
    Unusual(
        "parses the fields in a loop",
        old="    headers = Headers([parse_field_line(line) for line in lines])\n",
        new="""    pairs = []
    for each in lines:
        name, value = parse_field_line(each)
        pairs.append((name, value))
    headers = Headers(pairs)
""",
    ),
    Unusual(
        "makes the parser as it was at first by calling __init__()",
        old="        self._searched = 0\n        return request\n",
        new="        self.__init__()  # type: ignore[misc]\n        return request\n",
    ),
    Unusual(
        "removes the head by assignment to a slice, with more octets searched again",
        old=TAKE,
        new="""        start = max(0, self._searched - 20)
        end = buffer.find(b"\\r\\n\\r\\n", start, MAX_HEAD + 4)
        if end == -1:
            check_unfinished(buffer, start)
            self._searched = len(buffer)
            return None
        head = bytes(memoryview(buffer)[: end + 4])
        request = parse_head(head)
        buffer[: len(head)] = b""
        self._searched = 0
        return request
""",
    ),
    Unusual(
        "finds the end wherever it is, and measures the head then",
        old=FIND + "        if end < 0:\n",
        new='        end = buffer.find(b"\\r\\n\\r\\n", self._searched)\n'
        "        if not 0 <= end <= MAX_HEAD:\n",
    ),
    Unusual(
        "looks for the end of the head with a pattern",
        old=FIND,
        new='        pattern = re.compile(rb"\\r\\n\\r\\n")\n'
        "        found = pattern.search(buffer, self._searched, MAX_HEAD + 4)\n"
        "        end = found.start() if found else -1\n",
    ),
    Unusual(
        "raises nothing in an early return",
        old=UNFINISHED,
        new="""    line, lf, _ = bytes(buffer).partition(b"\\n")
    if lf == b"":
        method_so_far = line[: MAX_METHOD + 1]
        read_method(method_so_far.decode("latin-1"))
        if len(buffer) > MAX_REQUEST_LINE + 1:
            raise HttpError(414, "too long", "RFC 9112 §3")
        return
    if len(line) >= searched:
        parse_request_line(str(line + lf, "latin-1"))
    check_fields_so_far(buffer, len(line) + 1, searched)
""",
    ),
    Unusual(
        "gives read_method() all of a line that has not ended",
        old='        read_method(buffer[: MAX_METHOD + 1].decode("latin-1"))\n',
        new='        read_method(buffer.decode("latin-1"))\n',
    ),
    Unusual(
        "lets check_fields_so_far() begin at the front",
        old="    check_fields_so_far(buffer, end, searched)\n",
        new="    check_fields_so_far(buffer, 0, searched)\n",
    ),
)
