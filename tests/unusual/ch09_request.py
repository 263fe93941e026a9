"""Right but unusual answers to chapter 9, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

SPLIT_HEAD = """    lines = head.decode("latin-1").split("\\r\\n")
    if head.translate(None, FIELD_VALUE) == b"\\r\\n" * (len(lines) - 1):
        return lines
    for line in head.split(b"\\r\\n"):
        at = first_not_in(FIELD_VALUE, line)
        if at < len(line):
            raise control_refused(line, at)
    return lines
"""
REQUEST_LINE = """    line = line[:-2]
    parts = line.split(" ")
    if len(parts) != 3:
        raise bad_request("a request line has three parts, one space between", "3", line)
    target = parts[1]
"""
FIELD_LINE = """    name, colon, value = line.partition(":")
    key = FIELD_NAMES[name]
    if not colon or not key:
        at = first_not_in(TOKEN, name)
        raise bad_request("a field line is a name, a colon and a value", "5", line, at)
    return key, value.strip(" \\t")
"""
INIT = """        self._fields = list(fields)
        self._combined: dict[str, str] = {}
        combined = self._combined
        for name, value in self._fields:
            key = name.lower()
            combined[key] = f"{combined[key]}, {value}" if key in combined else value
"""
GET = "        return self._combined.get(name.lower())\n"
GET_ALL = """        key = name.lower()
        return [value for other, value in self._fields if other.lower() == key]
"""
FIELDS = """    fields = head[end:-4]
    lines = split_head(fields) if fields else []
"""
HOST = """    check_host(headers.get("host"), version)
    if not target.startswith("/") and (host := host_in(target)):
        headers = Headers([(name, host if name == "host" else value) for name, value in headers])
"""
SKIP = """        if self._may_skip and buffer.startswith(b"\\r"):
            if len(buffer) == 1:
                return None
            if buffer.startswith(b"\\r\\n"):
                del buffer[:2]
                self._may_skip = False
"""
END = """        end = buffer.find(b"\\r\\n\\r\\n", self._searched)
        if not 0 <= end <= MAX_HEAD:
            check_unfinished(buffer, self._searched)
            self._searched = max(0, len(buffer) - 3)
            return None
        request = parse_head(bytes(buffer[: end + 4]))
        del buffer[: end + 4]
        self._searched, self._may_skip = 0, True
        return request
"""
UNFINISHED = """    end = buffer.find(b"\\n") + 1
    if not end:
        read_method(buffer[: MAX_METHOD + 1].decode("latin-1"))
        if len(buffer) >= MAX_REQUEST_LINE + 2:
            raise HttpError(414, "the request line is too long", "RFC 9112 §3")
    elif end > searched:
        parse_request_line(buffer[:end].decode("latin-1"))
    if lone := LONE_LF.search(buffer, searched, MAX_HEAD):
        split_head(bytes(buffer[end : lone.end()]))
"""

UNUSUAL = (
    Unusual(
        "looks at every octet of every line",
        old=SPLIT_HEAD,
        new="""    lines = []
    for line in head.split(b"\\r\\n"):
        for at, octet in enumerate(line):
            if octet not in FIELD_VALUE:
                raise control_refused(line, at)
        lines.append(str(line, "iso-8859-1"))
    return lines
""",
    ),
    Unusual(
        "finds a control character with a pattern",
        old=SPLIT_HEAD,
        new="""    for line in head.split(b"\\r\\n"):
        if found := re.search(rb"[\\x00-\\x08\\x0a-\\x1f\\x7f]", line):
            raise control_refused(line, found.start())
    return head.decode("latin-1").split("\\r\\n")
""",
    ),
    Unusual(
        "matches the request line with a pattern",
        old=REQUEST_LINE,
        new="""    line = line.removesuffix("\\r\\n")
    match = re.fullmatch("[^ ]+ ([^ ]+) [^ ]+", line)
    if match is None:
        raise bad_request("three parts", "3", line, len(line))
    target = match[1]
""",
    ),
    Unusual(
        "partition() and rpartition() for the request line",
        old=REQUEST_LINE,
        new="""    line = line[:-2]
    target, space, _version = line[len(method) + 1 :].rpartition(" ")
    if not space or " " in target:
        raise bad_request("three parts", "3", line)
""",
    ),
    Unusual(
        "looks at the characters of the target before its form",
        old="    if not is_request_target(method, target):\n"
        "        at = first_not_in(TARGET, target)\n"
        "        at = len(method) + 1 + (at if at < len(target) else 0)\n"
        '        raise bad_request("this cannot be the target of this method", "3.2", line, at)\n',
        new="""    for at, character in enumerate(target, start=len(method) + 1):
        if character not in TARGET:
            raise bad_request("not in a target", "3.2", line, at)
    if not is_request_target(method, target):
        raise bad_request("not a target", "3.2", line, line.index(" ") + 1)
""",
    ),
    Unusual(
        "points at the whole line where it does not have three parts",
        old='one space between", "3", line)',
        new='one space between", "3", line, len(line))',
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
        raise bad_request("not a field", "5.1", line, first_not_in(TOKEN, parts[0]))
    return FIELD_NAMES[parts[0]], parts[1].lstrip(" \\t").rstrip("\\t ")
""",
    ),
    Unusual(
        "keeps the pairs alone, and searches them each time",
        edits=(
            Edit(old=INIT, new="        self._pairs = tuple(fields)\n"),
            Edit(
                old=GET,
                new="        found = self.get_all(name)\n"
                '        return ", ".join(found) if found else None\n',
            ),
            Edit(
                old=GET_ALL,
                new="        wanted = name.casefold()\n        found = []\n"
                "        for other, value in self._pairs:\n"
                "            if other.casefold() == wanted:\n"
                "                found.append(value)\n        return found\n",
            ),
            Edit(
                old="        return iter(self._fields)\n",
                new="        yield from self._pairs\n",
            ),
        ),
    ),
    Unusual(
        "keeps a list of values for each name",
        edits=(
            Edit(
                old=INIT,
                new="        self._fields = [*fields]\n"
                "        self._values: dict[str, list[str]] = {}\n"
                "        for name, value in self._fields:\n"
                "            self._values.setdefault(name.lower(), []).append(value)\n",
            ),
            Edit(
                old=GET,
                new="        values = self._values.get(name.lower())\n"
                '        return None if values is None else ", ".join(values)\n',
            ),
            Edit(
                old=GET_ALL,
                new="        return list(self._values.get(name.lower(), ()))\n",
            ),
        ),
    ),
    Unusual(
        "finds the request line with its CR LF, and falls back to LF",
        old=FIELDS,
        new="""    fields = head[end:].removesuffix(b"\\r\\n").removesuffix(b"\\r\\n")
    lines = split_head(fields) if len(fields) > 0 else []
""",
    ),
    Unusual(
        "counts the fields by their CR LF, before it splits them",
        old=HOST,
        new="""    check_host(headers.get("Host"), version)
    named = host_in(target)
    if named is not None:
        pairs = []
        for name, value in headers:
            pairs.append((name, named if name == "host" else value))
        headers = Headers(pairs)
""",
    ),
    Unusual(
        "looks for Host in the target only where it has a scheme",
        old='    if not target.startswith("/") and (host := host_in(target)):\n',
        new='    if "://" in target and (host := host_in(target)):\n',
    ),
    Unusual(
        "waits until it has seen two octets",
        old=SKIP,
        new="""        if self._may_skip and bytes(buffer[:2]) == b"\\r\\n":
            buffer[:2] = b""
            self._may_skip = False
        if self._may_skip and bytes(buffer) in (b"", b"\\r"):
            return None
""",
    ),
    Unusual(
        "makes the parser as it was at first by calling __init__()",
        old="        self._searched, self._may_skip = 0, True\n",
        new="        self.__init__()  # type: ignore[misc]\n",
    ),
    Unusual(
        "removes the head by assignment to a slice, with more octets searched again",
        old=END,
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
        self._may_skip = True
        return request
""",
    ),
    Unusual(
        "looks for the end of the head with a pattern",
        old='        end = buffer.find(b"\\r\\n\\r\\n", self._searched)\n',
        new='        found = re.compile(rb"\\r\\n\\r\\n").search(buffer, self._searched)\n'
        "        end = found.start() if found else -1\n",
    ),
    Unusual(
        "goes from LF to LF",
        old=UNFINISHED,
        new="""    end = buffer.find(b"\\n") + 1
    if end == 0:
        method_so_far = bytes(buffer[: MAX_METHOD + 1])
        read_method(method_so_far.decode("latin-1"))
        if len(buffer) > MAX_REQUEST_LINE + 1:
            raise HttpError(414, "too long", "RFC 9112 §3")
    if end > searched:
        parse_request_line(str(bytes(buffer[:end]), "latin-1"))
    at = buffer.find(b"\\n", max(searched, end), MAX_HEAD)
    while at >= 0:
        if buffer[at - 1] != 13:
            split_head(bytes(buffer[end : at + 1]))
        at = buffer.find(b"\\n", at + 1, MAX_HEAD)
""",
    ),
)
