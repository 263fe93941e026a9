"""Right but unusual answers to chapter 11, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

NAME_CHECK = """    if not is_token(name):
        raise ValueError(f"the name of a field is a token; this is not: {name!r}")
"""
ENCODE = '    octets = value.encode("latin-1")\n'
VALUE_CHECK = """    if octets.strip(FIELD_VALUE):
        raise ValueError(f"the value of {name} has a control character: {value!r}")
"""
LINE = '    return b"%b: %b\\r\\n" % (name.encode(), octets)\n'
LINES = "    lines = [field_line(name, value) for name, value in fields]\n"
HEAD = (
    '    return b"HTTP/1.1 %d %b\\r\\n%b\\r\\n" % '
    '(status, REASONS.get(status, "").encode(), b"".join(lines))\n'
)
EXACTLY = """    left = length
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise ValueError(f"there is more content than the {length} octets that were announced")
        yield piece
    if left:
        raise ValueError(f"{left} of the {length} octets that were announced are missing")
"""
CHUNKS = """    for piece in pieces:
        if piece:
            yield b"%x\\r\\n%b\\r\\n" % (len(piece), piece)
    yield b"0\\r\\n\\r\\n"
"""
BYTES = """    elif isinstance(content, bytes):
        field, pieces = ("Content-Length", str(len(content))), iter((content,))
"""
FRAME = (
    """    content, field = response.content, None
    pieces: Iterator[bytes] = iter(())
    if response.status in (204, 304):
        pass
    elif response.status == 205:
        field = ("Content-Length", "0")
"""
    + BYTES
    + """    elif response.length is not None:
        field = ("Content-Length", str(response.length))
        pieces = exactly(content, response.length)
    elif request.version >= (1, 1):
        field, pieces = ("Transfer-Encoding", "chunked"), chunks(content)
    else:
        pieces = iter(content)
    return [field] if field else [], iter(()) if request.method == "HEAD" else pieces
"""
)
SERIALIZE = """    try:
        check_sendable(response)
        fields = [("Date", http_date(int(time.time()))), *response.fields]
        if not persists:
            fields.append(("Connection", "close"))
        elif request.version < (1, 1):
            fields.append(("Connection", "keep-alive"))
        framing, pieces = frame(response, request)
        head = response_head(response.status, fields + framing)
        first = head + next(pieces, b"")
    except BaseException:
        close_content(response.content)
        raise
    return Outgoing(first, pieces, response.content)
"""

UNUSUAL = (
    Unusual(
        "exactly() leaves out empty pieces, which have no octet",
        old="        yield piece\n    if left",
        new="        if piece:\n            yield piece\n    if left",
    ),
    Unusual(
        "field_line: looks at each octet",
        old=VALUE_CHECK,
        new="    for octet in octets:\n        if octet not in FIELD_VALUE:\n"
        '            raise ValueError(f"octet {octet} in {name}")\n',
    ),
    Unusual(
        "field_line: a regular expression with fullmatch()",
        old=VALUE_CHECK,
        new="    import re\n\n"
        '    if not re.fullmatch(rb"[\\t\\x20-\\x7e\\x80-\\xff]*", octets):\n'
        "        raise ValueError(value)\n",
    ),
    Unusual(
        "field_line: the value before the name",
        edits=(
            Edit(old=NAME_CHECK, new=""),
            Edit(old=VALUE_CHECK, new=VALUE_CHECK + NAME_CHECK),
        ),
    ),
    Unusual(
        "field_line: one error for both, from one condition",
        edits=(
            Edit(old=NAME_CHECK, new=""),
            Edit(
                old=VALUE_CHECK,
                new="    if not is_token(name) or octets.translate(None, FIELD_VALUE):\n"
                "        raise ValueError(name, value)\n",
            ),
        ),
    ),
    Unusual(
        "field_line: builds text, then encodes it",
        edits=(
            Edit(old=LINE, new='    return f"{name}: {value}\\r\\n".encode("latin-1")\n'),
            Edit(old=ENCODE, new='    octets = value.encode("iso-8859-1", "strict")\n'),
        ),
    ),
    Unusual(
        "response_head: adds line to line",
        old=LINES + HEAD,
        new="""    head = f"HTTP/1.1 {status} {REASONS.get(status, '')}\\r\\n".encode()
    for name, value in fields:
        head += field_line(name, value)
    return head + b"\\r\\n"
""",
    ),
    Unusual(
        "response_head: HTTPStatus, with an error that is caught",
        old=LINES + HEAD,
        new="""    try:
        reason = REASONS[status]
    except KeyError:
        reason = ""
    head = bytearray(f"HTTP/1.1 {status} {reason}\\r\\n", "ascii")
    for field in fields:
        head.extend(field_line(*field))
    head.extend(b"\\r\\n")
    return bytes(head)
""",
    ),
    Unusual(
        "exactly: counts up",
        old=EXACTLY,
        new="""    count = 0
    for piece in pieces:
        if count + len(piece) > length:
            raise ValueError("too much")
        count += len(piece)
        yield piece
    if count != length:
        raise ValueError("too little")
""",
    ),
    Unusual(
        "exactly: leaves empty pieces out, and uses an iterator by hand",
        old=EXACTLY,
        new="""    iterator, left = iter(pieces), length
    while (piece := next(iterator, None)) is not None:
        if len(piece) > left:
            raise ValueError("too much")
        left -= len(piece)
        if piece:
            yield piece
    if left > 0:
        raise ValueError("too little")
""",
    ),
    Unusual(
        "chunks: hex()",
        old=CHUNKS,
        new="""    for piece in pieces:
        if len(piece) > 0:
            yield hex(len(piece))[2:].encode() + b"\\r\\n" + piece + b"\\r\\n"
    yield b"0\\r\\n\\r\\n"
""",
    ),
    Unusual(
        "chunks: sizes in capitals, as an f-string makes them",
        old=CHUNKS,
        new="""    for piece in pieces:
        if not piece:
            continue
        yield f"{len(piece):X}\\r\\n".encode() + piece + b"\\r\\n"
    yield b"0\\r\\n\\r\\n"
""",
    ),
    Unusual(
        "chunks: two yields for a chunk",
        old=CHUNKS,
        new="""    for piece in filter(None, pieces):
        yield b"%x\\r\\n" % len(piece)
        yield piece + b"\\r\\n"
    yield b"0\\r\\n"
    yield b"\\r\\n"
""",
    ),
    Unusual(
        "chunks: not a generator, but a chain of them",
        old=CHUNKS,
        new="""    each = (b"%x\\r\\n%b\\r\\n" % (len(piece), piece) for piece in pieces if piece)
    from itertools import chain

    return chain(each, [b"0\\r\\n\\r\\n"])
""",
    ),
    Unusual(
        "frame: returns early",
        old=FRAME,
        new="""    content, is_head = response.content, request.method == "HEAD"
    if response.status in {204, 304}:
        return [], iter([])
    if response.status == 205:
        return [("Content-Length", "0")], iter([])
    if isinstance(content, bytes):
        return [("Content-Length", f"{len(content)}")], iter([] if is_head else [content])
    if response.length is not None:
        field = ("Content-Length", f"{response.length}")
        return [field], iter([]) if is_head else exactly(content, response.length)
    if request.version != (1, 0):
        return [("Transfer-Encoding", "chunked")], iter([]) if is_head else chunks(content)
    return [], iter([]) if is_head else iter(content)
""",
    ),
    Unusual(
        "frame: no piece at all for content that is empty",
        old=BYTES,
        new=BYTES.replace("iter((content,))", "iter([content] if content else [])"),
    ),
    Unusual(
        "frame: the pieces of HTTP/1.0 without the empty ones",
        old="        pieces = iter(content)\n",
        new="        pieces = (piece for piece in content if piece)\n",
    ),
    Unusual(
        "serialize: the check before everything, with an except of its own",
        old=SERIALIZE,
        new="""    def all_fields() -> list[tuple[str, str]]:
        option = "close" if not persists else "keep-alive" if request.version == (1, 0) else ""
        fields = [("Date", http_date(int(time.time())))]
        fields.extend(response.fields)
        fields += [("Connection", option)] if option else []
        return fields + frame(response, request)[0]

    is_done = False
    try:
        check_sendable(response)
        head = response_head(response.status, all_fields())
        pieces = frame(response, request)[1]
        try:
            first = next(pieces)
        except StopIteration:
            first = b""
        is_done = True
    finally:
        if not is_done:
            close_content(response.content)
    return Outgoing(head + first, pieces, response.content)
""",
    ),
    Unusual(
        "serialize: a list where there is no content, which is closed at once",
        old="    return Outgoing(first, pieces, response.content)\n",
        new="""    if request.method == "HEAD" or response.status in (204, 205, 304):
        close_content(response.content)
        return [first]
    return Outgoing(first, pieces, response.content)
""",
    ),
    Unusual(
        "serialize: bytes(), and no Outgoing for content that is bytes",
        old="    return Outgoing(first, pieces, response.content)\n",
        new="""    if isinstance(response.content, bytes):
        return iter([first])
    return Outgoing(bytes(first), pieces, response.content)
""",
    ),
)
