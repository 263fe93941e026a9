"""Wrong answers to chapter 11 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

LINE = '        lines.append(f"{name}: {value}")\n'
NAME_CHECK = """        if not FIELD_NAMES[name]:
            raise ValueError(f"a field's name is a token, not {name!r}")
"""
VALUE_CHECK = """    if head.translate(None, FIELD_VALUE) != b"\\r\\n" * (len(lines) - 1):
        raise ValueError("a field's value holds no control characters")
"""
HEAD_LIST = '    head = [("Date", http_date(int(time.time()))), *fields]\n'
CHECK = "    check_sendable(response)\n"
LENGTH = '        head.append(("Content-Length", str(len(content))))\n'
IS_RESET_CONTENT = "    if status == 205:\n"
NO_LENGTH = "    if status in NO_CONTENT:\n        pass\n    elif isinstance(content, bytes):\n"
WITHOUT_304 = NO_LENGTH.replace("in NO_CONTENT", "== 304")
IS_EMPTY = '    if request.method == "HEAD" or status in NO_CONTENT:\n        return [start]\n'
WHOLE = "    if isinstance(content, bytes):\n        return [start + content]\n"
CHAIN = "    return chain([start], content)\n"
CHUNKS = """    for piece in pieces:
        if piece:  # an empty chunk would be the last
            yield b"%x\\r\\n%b\\r\\n" % (len(piece), piece)
    yield b"0\\r\\n\\r\\n"
"""

MISTAKES = (
    Mistake(
        "X501",
        "ends lines with LF",
        "test_head_is_lines",
        old='return head + b"\\r\\n\\r\\n"',
        new='return (head + b"\\r\\n\\r\\n").replace(b"\\r\\n", b"\\n")',
    ),
    Mistake(
        "X501",
        "forgets the empty line",
        "test_head_is_lines",
        old='return head + b"\\r\\n\\r\\n"',
        new='return head + b"\\r\\n"',
    ),
    Mistake(
        "M85",
        "makes the fields a dict",
        "test_head_is_lines",
        old="    for name, value in fields:\n",
        new="    for name, value in dict(fields).items():\n",
    ),
    Mistake(
        "M84",
        "checks nothing",
        "test_field_injection_is_refused",
        edits=(
            Edit(old=NAME_CHECK, new=""),
            Edit(old=VALUE_CHECK, new=""),
        ),
    ),
    Mistake(
        "M84",
        "looks for CR LF only, not for either alone",
        "test_field_injection_is_refused",
        old=VALUE_CHECK,
        new='    if head.count(b"\\r\\n") != len(lines) - 1:\n        raise ValueError("CR LF")\n',
    ),
    Mistake(
        "M84",
        "checks values, but no names",
        "test_field_injection_is_refused",
        old=NAME_CHECK,
        new="",
    ),
    Mistake(
        "M84",
        "takes control characters out, and sends the rest",
        "test_field_injection_is_refused",
        old=LINE,
        new=LINE.replace(
            "{value}", "{''.join(c for c in value if c.isprintable() or c == chr(9))}"
        ),
    ),
    Mistake(
        "M70",
        "counts characters",
        "test_length_counts_octets",
        old=LENGTH,
        new=LENGTH.replace("len(content)", 'len(content.decode(errors="replace"))'),
    ),
    Mistake(
        "M86",
        "builds the response as text",
        "test_length_counts_octets",
        old="        return [start + content]\n",
        new='        return [(start.decode() + content.decode(errors="replace")).encode()]\n',
    ),
    Mistake(
        "M78",
        "leaves Content-Length out",
        "test_length_counts_octets",
        old=LENGTH,
        new="        pass\n",
    ),
    Mistake(
        "M78",
        "leaves Content-Length out if there is no content",
        "test_length_counts_octets",
        old=LENGTH,
        new=f"        if content:\n    {LENGTH}",
    ),
    Mistake(
        "M115",
        "head and content as two pieces",
        "test_length_counts_octets",
        old="        return [start + content]\n",
        new="        return [start, content]\n",
    ),
    Mistake(
        "M85",
        "the application's fields as a dict",
        "test_length_counts_octets",
        old=HEAD_LIST,
        new=HEAD_LIST.replace("*fields", "*dict(fields).items()"),
    ),
    Mistake(
        "M79",
        "closes without saying so",
        "test_server_adds_its_own_fields",
        old='        head.append(("Connection", "close"))\n',
        new="        pass\n",
    ),
    Mistake(
        "M82",
        "says keep-alive in HTTP/1.1, too",
        "test_server_adds_its_own_fields",
        old='    elif request.version < (1, 1):\n        head.append(("Conn',
        new='    else:\n        head.append(("Conn',
    ),
    Mistake(
        "X84",
        "sends no Date",
        "test_server_adds_its_own_fields",
        old=HEAD_LIST,
        new="    head = [*fields]\n",
    ),
    Mistake(
        "X84",
        "sends the local time, as Python prints it",
        "test_server_adds_its_own_fields",
        old=HEAD_LIST,
        new=HEAD_LIST.replace("http_date(int(time.time()))", "time.ctime()"),
    ),
    Mistake(
        "M80",
        "answers HEAD as GET",
        "test_head_has_fields_and_no_content",
        old='request.method == "HEAD" or status in NO_CONTENT',
        new="status in NO_CONTENT",
    ),
    Mistake(
        "M80",
        "says Content-Length 0 to HEAD",
        "test_head_has_fields_and_no_content",
        old=IS_RESET_CONTENT,
        new='    if status == 205 or request.method == "HEAD":\n',
    ),
    Mistake(
        "M81",
        "sends content with 204",
        "test_some_statuses_have_no_content",
        edits=(
            Edit(old=NO_LENGTH, new="    if isinstance(content, bytes):\n"),
            Edit(old=IS_EMPTY, new='    if request.method == "HEAD":\n        return [start]\n'),
        ),
    ),
    Mistake(
        "M81",
        "says Content-Length 0 with 204",
        "test_some_statuses_have_no_content",
        edits=(
            Edit(old=IS_RESET_CONTENT, new="    if status in {204, 205}:\n"),
            Edit(old=NO_LENGTH, new=WITHOUT_304),
        ),
    ),
    Mistake(
        "M81",
        "does not say how long a 205 is",
        "test_some_statuses_have_no_content",
        old="NO_CONTENT = {204, 304}",
        new="NO_CONTENT = {204, 205, 304}",
    ),
    Mistake(
        "M81",
        "takes a 205 for a response like any other",
        "test_some_statuses_have_no_content",
        old=IS_RESET_CONTENT,
        new="    if False:\n",
    ),
    Mistake(
        "M72",
        "chunk sizes in decimal",
        "test_pieces_are_sent_as_chunks",
        old=CHUNKS,
        new=CHUNKS.replace("%x", "%d"),
    ),
    Mistake(
        "M72",
        "no CR LF behind the data of a chunk",
        "test_pieces_are_sent_as_chunks",
        old=CHUNKS,
        new=CHUNKS.replace('%b\\r\\n"', '%b"'),
    ),
    Mistake(
        "M72",
        "no last chunk",
        "test_pieces_are_sent_as_chunks",
        old=CHUNKS,
        new=CHUNKS.replace('    yield b"0\\r\\n\\r\\n"\n', ""),
    ),
    Mistake(
        "X81",
        "sends an empty piece as a chunk",
        "test_pieces_are_sent_as_chunks",
        old=CHUNKS,
        new=CHUNKS.replace("if piece:", "if True:"),
    ),
    Mistake(
        "X82",
        "takes all pieces before the first is sent",
        "test_pieces_are_sent_as_chunks",
        old=CHUNKS,
        new=CHUNKS.replace("in pieces:", "in list(pieces):"),
    ),
    Mistake(
        "X82",
        "joins a list of pieces, and says how long it is",
        "test_pieces_are_sent_as_chunks",
        old=IS_RESET_CONTENT,
        new='    if isinstance(content, list) and content:\n        content = b"".join(content)\n'
        + IS_RESET_CONTENT,
    ),
    Mistake(
        "X82",
        "takes all pieces for an old client before the first is sent",
        "test_old_client_gets_no_chunks",
        old=CHAIN,
        new='    if request.version < (1, 1):\n        return [start, b"".join(content)]\n' + CHAIN,
    ),
    Mistake(
        "X82",
        "joins a list for an old client, and says how long it is",
        "test_old_client_gets_no_chunks",
        old=IS_RESET_CONTENT,
        new="    if isinstance(content, list) and request.version < (1, 1):\n"
        '        content = b"".join(content)\n' + IS_RESET_CONTENT,
    ),
    Mistake(
        "X83",
        "sends chunks to everybody",
        "test_old_client_gets_no_chunks",
        old='    elif request.version >= (1, 1):\n        head.append(("Transfer',
        new='    else:\n        head.append(("Transfer',
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
        new='    check_sendable(response._replace(content=b""))\n',
    ),
    Mistake(
        "X86",
        "is a generator, and refuses when it is too late",
        "test_what_cannot_be_sent_is_refused",
        old=IS_EMPTY + WHOLE + CHAIN,
        new=IS_EMPTY.replace("return [start]", "yield start\n        return")
        + "    if isinstance(content, bytes):\n"
        "        yield start + content\n        return\n"
        "    yield from chain([start], content)\n",
    ),
)
