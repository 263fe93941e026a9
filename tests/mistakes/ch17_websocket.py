"""Wrong answers to chapter 17 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

KEY_TEST = """\
    if len(from_base64(key)) != 16:
        return plain(400, "Sec-WebSocket-Key has 16 octets, in base64.")
"""
DIGEST = """\
    return b64encode(sha1((key + GUID).encode()).digest()).decode()
"""
CONNECTION = """\
    connection = list_members((headers.get("connection") or "").lower())
"""
PROTOCOLS = """\
    protocols = list_members((headers.get("upgrade") or "").lower())
"""
ASKS = """\
    asks = "upgrade" in connection and "websocket" in protocols
"""
VERSION = """\
    if not is_http or not asks or headers.get("sec-websocket-version") != "13":
"""
NEEDS_UPGRADE = """\
        return plain(426, "This address speaks WebSocket, version 13.", *UPGRADE_NEEDED)
"""
ORIGIN = """\
    if headers.get("origin") not in (None, f"http://{headers.get('host')}", *origins):
"""
FORBIDDEN = """\
        return plain(403, "Pages of another origin may not connect.")
"""
ACCEPT = """\
    key = headers.get("sec-websocket-key") or ""
"""
FIELDS = """\
    fields = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept_key(key))]
"""
SWITCHES = """\
    return Response(b"", 101, fields, upgrade=take_over)
"""
MIDDLE_HEAD = """\
        head = struct.pack("!BBH", first, top | 126, length)
"""
LONG_HEAD = """\
        head = struct.pack("!BBQ", first, top | 127, length)
"""
WHOLE_FRAME = """\
    return head + mask + masked(payload, mask) if mask else head + payload
"""
START_RULES = """\
    if first & 0x70 or opcode not in OPCODES or second >> 7 != from_client or is_bad_control:
        raise WebSocketError(PROTOCOL_ERROR, "a frame's first two octets break a rule", "5.2")
"""
LONG_FORMS = """\
    if length > 125:
        end, shortest"""
WAITS = """\
        if len(buffer) < end:
            return None
"""
SHORTEST = """\
        if length < shortest or length >> 63:
            raise WebSocketError(PROTOCOL_ERROR, "a length has its shortest form", "5.2")
"""
LIMIT = """\
    if length > limit:
        raise WebSocketError(TOO_BIG, f"a frame is longer than {limit} octets", "7.4.1")
"""
LENGTH_AND_END = """\
    return length, end
"""
NO_CODE = """\
    if not payload:
        return Closed(NO_CODE)
"""
CODE = """\
    code = int.from_bytes(payload[:2])
"""
CODE_TEST = """\
    if code not in CLOSE_CODES:
        raise WebSocketError(PROTOCOL_ERROR, f"a Close frame never has the code {code}", "7.4")
"""
CLOSED = """\
    return Closed(code, payload[2:].decode())
"""
PONG = """\
        return Frame(PONG, frame.payload)
"""
NO_ANSWER = """\
    if frame.opcode == PONG:
        return None
"""
CLOSE_ANSWER = """\
    read_close(frame.payload)
    return Frame(CLOSE, frame.payload[:2])
"""
ORDER = """\
        if (frame.opcode == CONTINUATION) != (self.kind != 0):
            raise WebSocketError(PROTOCOL_ERROR, "a frame is not the next of its message", "5.4")
"""
PARTS = """\
        self.parts += frame.payload
"""
TEXT_TEST = """\
        if self.kind == TEXT_FRAME:
            self.utf8.decode(frame.payload, frame.fin)
"""
FINISHED = """\
        return self.finished() if frame.fin else None
"""

MISTAKES = (
    Mistake(
        "X1480",
        "decodes the key before it is hashed",
        "test_answers_the_key",
        old="(key + GUID).encode()",
        new="b64decode(key) + GUID.encode()",
    ),
    Mistake(
        "X1481",
        "sends the digest in hexadecimal",
        "test_answers_the_key",
        old=DIGEST,
        new="    return sha1((key + GUID).encode()).hexdigest()\n",
    ),
    Mistake(
        "X1481",
        "encodes the hexadecimal digits in base64",
        "test_answers_the_key",
        old=DIGEST,
        new="    return b64encode(sha1((key + GUID).encode()).hexdigest().encode()).decode()\n",
    ),
    Mistake(
        "",
        "forgets the GUID",
        "test_answers_the_key",
        old="(key + GUID).encode()",
        new="key.encode()",
    ),
    Mistake(
        "",
        "puts the GUID first",
        "test_answers_the_key",
        old="(key + GUID).encode()",
        new="(GUID + key).encode()",
    ),
    Mistake(
        "",
        "returns octets",
        "test_answers_the_key",
        old=DIGEST,
        new="    return b64encode(sha1((key + GUID).encode()).digest())  # type: ignore\n",
    ),
    Mistake(
        "",
        "hashes an empty line between the two",
        "test_answers_the_key",
        old="(key + GUID).encode()",
        new="(key + '\\n' + GUID).encode()",
    ),
    Mistake(
        "",
        "writes the GUID in lower case",
        "test_answers_the_key",
        old="(key + GUID).encode()",
        new="(key + GUID.lower()).encode()",
    ),
    Mistake(
        "",
        "returns nothing",
        "test_answers_the_key",
        old=DIGEST,
        new="    b64encode(sha1((key + GUID).encode()).digest()).decode()\n",
    ),
    Mistake(
        "X1482",
        "accepts every key",
        "test_a_key_has_16_octets",
        old=KEY_TEST,
        new="",
    ),
    Mistake(
        "X1482",
        "counts the characters of the key",
        "test_a_key_has_16_octets",
        old="len(from_base64(key)) != 16",
        new="len(key) != 24",
    ),
    Mistake(
        "X1482",
        "refuses only what is not base64",
        "test_a_key_has_16_octets",
        old="len(from_base64(key)) != 16",
        new="not from_base64(key)",
    ),
    Mistake(
        "X1482",
        "accepts more than 16 octets",
        "test_a_key_has_16_octets",
        old="len(from_base64(key)) != 16",
        new="len(from_base64(key)) < 16",
    ),
    Mistake(
        "X1482",
        "accepts less than 16 octets",
        "test_a_key_has_16_octets",
        old="len(from_base64(key)) != 16",
        new="not 0 < len(from_base64(key)) <= 16",
    ),
    Mistake(
        "",
        "refuses with another status",
        "test_a_key_has_16_octets",
        old=KEY_TEST,
        new="    if len(from_base64(key)) != 16:\n"
        '        return plain(403, "Sec-WebSocket-Key has 16 octets, in base64.")\n',
    ),
    Mistake(
        "",
        "returns nothing for a wrong key",
        "test_a_key_has_16_octets",
        old=KEY_TEST,
        new="    if len(from_base64(key)) != 16:\n        return None  # type: ignore\n",
    ),
    Mistake(
        "",
        "fails without a key",
        "test_a_key_has_16_octets",
        old=ACCEPT,
        new='    key = headers.get("sec-websocket-key")  # type: ignore\n',
    ),
    Mistake(
        "X1482",
        "accepts a missing key",
        "test_a_key_has_16_octets",
        old="len(from_base64(key)) != 16",
        new="key and len(from_base64(key)) != 16",
    ),
    Mistake(
        "",
        "forgets what takes over",
        "test_switches_the_protocol",
        old=SWITCHES,
        new='    return Response(b"", 101, fields)\n',
    ),
    Mistake(
        "",
        "calls what takes over",
        "test_switches_the_protocol",
        old=SWITCHES,
        new='    return Response(b"", 101, fields, upgrade=take_over(None))  # type: ignore\n',
    ),
    Mistake(
        "",
        "forgets Upgrade in the 101",
        "test_switches_the_protocol",
        old=FIELDS,
        new='    fields = [("Sec-WebSocket-Accept", accept_key(key))]\n',
    ),
    Mistake(
        "",
        "writes Connection as well",
        "test_switches_the_protocol",
        old=FIELDS,
        new='    fields = [("Upgrade", "websocket"), ("Connection", "Upgrade"), '
        '("Sec-WebSocket-Accept", accept_key(key))]\n',
    ),
    Mistake(
        "",
        "sends the key back",
        "test_switches_the_protocol",
        old=FIELDS,
        new='    fields = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", key)]\n',
    ),
    Mistake(
        "",
        "answers with 200",
        "test_switches_the_protocol",
        old=SWITCHES,
        new='    return Response(b"", 200, fields, upgrade=take_over)\n',
    ),
    Mistake(
        "",
        "puts the fields where the status belongs",
        "test_switches_the_protocol",
        old=SWITCHES,
        new='    return Response(b"", fields, 101, upgrade=take_over)  # type: ignore\n',
    ),
    Mistake(
        "",
        "has content in the 101",
        "test_switches_the_protocol",
        old=SWITCHES,
        new='    return Response(b"welcome", 101, fields, upgrade=take_over)\n',
    ),
    Mistake(
        "",
        "answers with the accept key of the docstring",
        "test_switches_the_protocol",
        old=FIELDS,
        new='    fields = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", '
        '"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")]\n',
    ),
    Mistake(
        "X1483",
        "compares all of Connection",
        "test_connection_and_upgrade_are_lists",
        old=CONNECTION,
        new='    connection = [(headers.get("connection") or "").lower()]\n',
    ),
    Mistake(
        "X1483",
        "compares all of Upgrade",
        "test_connection_and_upgrade_are_lists",
        old=PROTOCOLS,
        new='    protocols = [(headers.get("upgrade") or "").lower()]\n',
    ),
    Mistake(
        "X1483",
        "looks for a part of Connection",
        "test_connection_and_upgrade_are_lists",
        old=CONNECTION,
        new='    connection = (headers.get("connection") or "").lower()  # type: ignore\n',
    ),
    Mistake(
        "X1483",
        "looks for a part of Upgrade",
        "test_connection_and_upgrade_are_lists",
        old=PROTOCOLS,
        new='    protocols = (headers.get("upgrade") or "").lower()  # type: ignore\n',
    ),
    Mistake(
        "",
        "is case-sensitive for Connection",
        "test_switches_the_protocol",
        old=CONNECTION,
        new='    connection = list_members(headers.get("connection") or "")\n',
    ),
    Mistake(
        "X1483",
        "looks for Upgrade with a capital letter",
        "test_connection_and_upgrade_are_lists",
        old=ASKS,
        new='    asks = "Upgrade" in list_members(headers.get("connection") or "") and '
        '"websocket" in protocols\n',
    ),
    Mistake(
        "X1483",
        "is case-sensitive for Upgrade",
        "test_connection_and_upgrade_are_lists",
        old=PROTOCOLS,
        new='    protocols = list_members(headers.get("upgrade") or "")\n',
    ),
    Mistake(
        "X1483",
        "does not look at Connection",
        "test_connection_and_upgrade_are_lists",
        old='"upgrade" in connection and ',
        new="",
    ),
    Mistake(
        "X1483",
        "does not look at the protocol",
        "test_connection_and_upgrade_are_lists",
        old=' and "websocket" in protocols',
        new="",
    ),
    Mistake(
        "X1483",
        "asks only whether there is an Upgrade",
        "test_connection_and_upgrade_are_lists",
        old='"websocket" in protocols',
        new="bool(protocols)",
    ),
    Mistake(
        "X1483",
        "looks only at the first member",
        "test_connection_and_upgrade_are_lists",
        old='"upgrade" in connection',
        new='"upgrade" in connection[:1]',
    ),
    Mistake(
        "X1483",
        "looks only at the first protocol",
        "test_connection_and_upgrade_are_lists",
        old='"websocket" in protocols',
        new='protocols[:1] == ["websocket"]',
    ),
    Mistake(
        "",
        "fails without Connection",
        "test_connection_and_upgrade_are_lists",
        old=CONNECTION,
        new='    connection = list_members(headers.get("connection").lower())\n',
    ),
    Mistake(
        "",
        "fails without Upgrade",
        "test_connection_and_upgrade_are_lists",
        old=PROTOCOLS,
        new='    protocols = list_members(headers.get("upgrade").lower())\n',
    ),
    Mistake(
        "X1484",
        "upgrades HTTP/1.0",
        "test_only_version_13_over_http_1_1",
        old=" and request.version >= (1, 1)",
        new="",
    ),
    Mistake(
        "",
        "does not look at the method",
        "test_only_version_13_over_http_1_1",
        old='request.method == "GET" and ',
        new="",
    ),
    Mistake(
        "",
        "looks at the method in any case",
        "test_only_version_13_over_http_1_1",
        old='request.method == "GET"',
        new='request.method.upper() == "GET"',
    ),
    Mistake(
        "",
        "accepts HEAD",
        "test_only_version_13_over_http_1_1",
        old='request.method == "GET"',
        new='request.method in ("GET", "HEAD")',
    ),
    Mistake(
        "",
        "upgrades HTTP/1.1 only",
        "test_only_version_13_over_http_1_1",
        old="request.version >= (1, 1)",
        new="request.version == (1, 1)",
    ),
    Mistake(
        "",
        "compares the version of HTTP with 13",
        "test_switches_the_protocol",
        old="request.version >= (1, 1)",
        new="request.version == 13",
    ),
    Mistake(
        "X1484",
        "does not look at the version",
        "test_only_version_13_over_http_1_1",
        old=' or headers.get("sec-websocket-version") != "13"',
        new="",
    ),
    Mistake(
        "X1484",
        "accepts every later version",
        "test_only_version_13_over_http_1_1",
        old='headers.get("sec-websocket-version") != "13"',
        new='int("0" + (headers.get("sec-websocket-version") or "x").strip("xthireno, ")[:3]) < 13',
    ),
    Mistake(
        "X1484",
        "accepts a number that is 13",
        "test_only_version_13_over_http_1_1",
        old='headers.get("sec-websocket-version") != "13"',
        new='(headers.get("sec-websocket-version") or "").lstrip("0") != "13"',
    ),
    Mistake(
        "X1484",
        "looks for 13 in a list",
        "test_only_version_13_over_http_1_1",
        old='headers.get("sec-websocket-version") != "13"',
        new='"13" not in list_members(headers.get("sec-websocket-version") or "")',
    ),
    Mistake(
        "",
        "compares the version with a number",
        "test_switches_the_protocol",
        old='!= "13"',
        new="!= 13",
    ),
    Mistake(
        "",
        "refuses with 400",
        "test_connection_and_upgrade_are_lists",
        old=NEEDS_UPGRADE,
        new='        return plain(400, "This address speaks WebSocket, version 13.", '
        "*UPGRADE_NEEDED)\n",
    ),
    Mistake(
        "",
        "forgets the fields of the 426",
        "test_only_version_13_over_http_1_1",
        old=NEEDS_UPGRADE,
        new='        return plain(426, "This address speaks WebSocket, version 13.")\n',
    ),
    Mistake(
        "",
        "sends only the version",
        "test_only_version_13_over_http_1_1",
        old=NEEDS_UPGRADE,
        new='        return plain(426, "This address speaks WebSocket, version 13.", '
        "UPGRADE_NEEDED[2])\n",
    ),
    Mistake(
        "",
        "sends only Upgrade",
        "test_only_version_13_over_http_1_1",
        old=NEEDS_UPGRADE,
        new='        return plain(426, "This address speaks WebSocket, version 13.", '
        "UPGRADE_NEEDED[0])\n",
    ),
    Mistake(
        "",
        "gives plain() one tuple of fields",
        "test_only_version_13_over_http_1_1",
        old=NEEDS_UPGRADE,
        new='        return plain(426, "This address speaks WebSocket, version 13.", '
        "UPGRADE_NEEDED)\n",
    ),
    Mistake(
        "X1485",
        "does not look at Origin",
        "test_pages_of_other_origins_are_refused",
        old='    if headers.get("origin") not in (None, '
        "f\"http://{headers.get('host')}\", *origins):\n"
        '        return plain(403, "Pages of another origin may not connect.")\n',
        new="",
    ),
    Mistake(
        "X1486",
        "refuses a request without Origin",
        "test_pages_of_other_origins_are_refused",
        old='not in (None, f"http',
        new='not in (f"http',
    ),
    Mistake(
        "X1487",
        "compares the beginning of the origin",
        "test_pages_of_other_origins_are_refused",
        old=ORIGIN,
        new='    origin = headers.get("origin")\n'
        "    if not (origin is None or "
        "origin.startswith(f\"http://{headers.get('host')}\") or origin in origins):\n",
    ),
    Mistake(
        "X1487",
        "looks for the host in the origin",
        "test_pages_of_other_origins_are_refused",
        old=ORIGIN,
        new='    origin = headers.get("origin")\n'
        "    if not (origin is None or (headers.get('host') or '') in origin or "
        "origin in origins):\n",
    ),
    Mistake(
        "X1487",
        "looks for the origin in the host's",
        "test_pages_of_other_origins_are_refused",
        old=ORIGIN,
        new='    origin = headers.get("origin")\n'
        "    if origin and not (origin in f\"http://{headers.get('host')}\" or "
        "origin in origins):\n",
    ),
    Mistake(
        "X1487",
        "ignores the port",
        "test_pages_of_other_origins_are_refused",
        old=ORIGIN,
        new="    origin, host = headers.get(\"origin\"), headers.get('host') or ''\n"
        "    if not (origin is None or origin in origins or "
        "origin.rpartition(':')[0] == 'http://' + host.partition(':')[0] or origin "
        "== 'http://' + host):\n",
    ),
    Mistake(
        "X1487",
        "accepts https as well",
        "test_pages_of_other_origins_are_refused",
        old="f\"http://{headers.get('host')}\", *origins",
        new="f\"http://{headers.get('host')}\", f\"https://{headers.get('host')}\", *origins",
    ),
    Mistake(
        "",
        "compares the origin with the host alone",
        "test_switches_the_protocol",
        old="f\"http://{headers.get('host')}\"",
        new="headers.get('host')",
    ),
    Mistake(
        "",
        "forgets `origins`",
        "test_pages_of_other_origins_are_refused",
        old=", *origins):",
        new="):",
    ),
    Mistake(
        "",
        "accepts only `origins`, if there are any",
        "test_pages_of_other_origins_are_refused",
        old=ORIGIN,
        new="    own = (f\"http://{headers.get('host')}\",)\n"
        '    if headers.get("origin") not in (None, *(origins or own)):\n',
    ),
    Mistake(
        "X1485",
        "accepts the origin null",
        "test_pages_of_other_origins_are_refused",
        old='(None, f"http',
        new='(None, "null", f"http',
    ),
    Mistake(
        "",
        "takes an empty Origin for none",
        "test_pages_of_other_origins_are_refused",
        old='headers.get("origin") not in',
        new='(headers.get("origin") or None) not in',
    ),
    Mistake(
        "",
        "refuses with 401",
        "test_pages_of_other_origins_are_refused",
        old=FORBIDDEN,
        new='        return plain(401, "Pages of another origin may not connect.")\n',
    ),
    Mistake(
        "",
        "puts `origins` into the list as one member",
        "test_pages_of_other_origins_are_refused",
        old=", *origins):",
        new=", origins):",
    ),
    Mistake(
        "X1488",
        "looks at the origin first",
        "test_the_first_row_decides",
        edits=(
            Edit(
                old='    if not is_http or not asks or headers.get("sec-websocket-version") != '
                '"13":\n'
                '        return plain(426, "This address speaks WebSocket, version 13.", '
                "*UPGRADE_NEEDED)\n",
                new="",
            ),
            Edit(
                old=FORBIDDEN,
                new='        return plain(403, "Pages of another origin may not connect.")\n'
                '    if not is_http or not asks or headers.get("sec-websocket-version") != '
                '"13":\n'
                '        return plain(426, "This address speaks WebSocket, version 13.", '
                "*UPGRADE_NEEDED)\n",
            ),
        ),
    ),
    Mistake(
        "X1488",
        "looks at the key before the origin",
        "test_the_first_row_decides",
        edits=(
            Edit(
                old='    key = headers.get("sec-websocket-key") or ""\n'
                "    if len(from_base64(key)) != 16:\n"
                '        return plain(400, "Sec-WebSocket-Key has 16 octets, in base64.")\n',
                new="",
            ),
            Edit(
                old=ORIGIN,
                new='    key = headers.get("sec-websocket-key") or ""\n'
                "    if len(from_base64(key)) != 16:\n"
                '        return plain(400, "Sec-WebSocket-Key has 16 octets, in base64.")\n'
                '    if headers.get("origin") not in (None, '
                "f\"http://{headers.get('host')}\", *origins):\n",
            ),
        ),
    ),
    Mistake(
        "X1488",
        "looks at the key first of all",
        "test_the_first_row_decides",
        edits=(
            Edit(
                old='    key = headers.get("sec-websocket-key") or ""\n'
                "    if len(from_base64(key)) != 16:\n"
                '        return plain(400, "Sec-WebSocket-Key has 16 octets, in base64.")\n',
                new="",
            ),
            Edit(
                old=VERSION,
                new='    key = headers.get("sec-websocket-key") or ""\n'
                "    if len(from_base64(key)) != 16:\n"
                '        return plain(400, "Sec-WebSocket-Key has 16 octets, in base64.")\n'
                '    if not is_http or not asks or headers.get("sec-websocket-version") != '
                '"13":\n',
            ),
        ),
    ),
    Mistake(
        "X1491",
        "forgets FIN",
        "test_begins_with_fin_and_opcode",
        old="fin << 7 | opcode",
        new="opcode",
    ),
    Mistake(
        "X1491",
        "sets FIN always",
        "test_begins_with_fin_and_opcode",
        old="fin << 7 | opcode",
        new="0x80 | opcode",
    ),
    Mistake(
        "",
        "has FIN in another bit",
        "test_begins_with_fin_and_opcode",
        old="fin << 7 | opcode",
        new="fin << 4 | opcode",
    ),
    Mistake(
        "",
        "has FIN upside down",
        "test_begins_with_fin_and_opcode",
        old="fin << 7 | opcode",
        new="(not fin) << 7 | opcode",
    ),
    Mistake(
        "",
        "has the opcode in the upper half",
        "test_begins_with_fin_and_opcode",
        old="fin << 7 | opcode",
        new="fin << 7 | opcode << 4",
    ),
    Mistake(
        "",
        "sends text whatever the opcode is",
        "test_begins_with_fin_and_opcode",
        old="fin << 7 | opcode",
        new="fin << 7 | 1",
    ),
    Mistake(
        "X1489",
        "has one octet for every length",
        "test_a_length_has_its_shortest_form",
        old="    if length < 126:\n        head",
        new="    if length < 256:\n        head",
    ),
    Mistake(
        "X1490",
        "has 126 in the short form",
        "test_a_length_has_its_shortest_form",
        old="    if length < 126:\n        head",
        new="    if length <= 126:\n        head",
    ),
    Mistake(
        "X1490",
        "has 125 in a long form",
        "test_a_length_has_its_shortest_form",
        old="    if length < 126:\n        head",
        new="    if length < 125:\n        head",
    ),
    Mistake(
        "X1490",
        "has 65,536 in two octets",
        "test_a_length_has_its_shortest_form",
        old="length < 65536:",
        new="length <= 65536:",
    ),
    Mistake(
        "X1490",
        "has 65,535 in eight octets",
        "test_a_length_has_its_shortest_form",
        old="length < 65536:",
        new="length < 65535:",
    ),
    Mistake(
        "X1490",
        "has never two octets",
        "test_a_length_has_its_shortest_form",
        old="length < 65536:",
        new="length < 126:",
    ),
    Mistake(
        "X1489",
        "writes the lowest octet first",
        "test_a_length_has_its_shortest_form",
        old='"!BBH"',
        new='"<BBH"',
    ),
    Mistake(
        "X1489",
        "writes the lowest of eight octets first",
        "test_a_length_has_its_shortest_form",
        old='"!BBQ"',
        new='"<BBQ"',
    ),
    Mistake(
        "X1489",
        "has four octets instead of eight",
        "test_a_length_has_its_shortest_form",
        old='"!BBQ"',
        new='"!BBI"',
    ),
    Mistake(
        "X1489",
        "swaps 126 and 127",
        "test_a_length_has_its_shortest_form",
        edits=(
            Edit(old="top | 126, length", new="top | 127, length"),
            Edit(old='"!BBQ", first, top | 127', new='"!BBQ", first, top | 126'),
        ),
    ),
    Mistake(
        "X1489",
        "lets Python align the eight octets",
        "test_a_length_has_its_shortest_form",
        old='"!BBQ"',
        new='"BBQ"',
    ),
    Mistake(
        "",
        "forgets the payload",
        "test_begins_with_fin_and_opcode",
        old="else head + payload",
        new="else head",
    ),
    Mistake(
        "X1492",
        "does not announce the mask",
        "test_a_mask_is_announced_and_sent",
        old="0x80 if mask else 0",
        new="0",
    ),
    Mistake(
        "X1492",
        "does not send the mask",
        "test_a_mask_is_announced_and_sent",
        old="head + mask + masked",
        new="head + masked",
    ),
    Mistake(
        "",
        "announces the mask only in a short frame",
        "test_a_mask_is_announced_and_sent",
        old=MIDDLE_HEAD,
        new='        head = struct.pack("!BBH", first, 126, length)\n',
    ),
    Mistake(
        "",
        "announces the mask only in frames below 64 KiB",
        "test_a_mask_is_announced_and_sent",
        old=LONG_HEAD,
        new='        head = struct.pack("!BBQ", first, 127, length)\n',
    ),
    Mistake(
        "",
        "sends the payload as it is",
        "test_a_mask_is_announced_and_sent",
        old="masked(payload, mask) if",
        new="payload if",
    ),
    Mistake(
        "X1492",
        "has the mask before the length",
        "test_a_mask_is_announced_and_sent",
        old=WHOLE_FRAME,
        new="    return head[:1] + mask + head[1:] + masked(payload, mask) if mask "
        "else head + payload\n",
    ),
    Mistake(
        "X1492",
        "has the mask after the payload",
        "test_a_mask_is_announced_and_sent",
        old="head + mask + masked(payload, mask) if",
        new="head + masked(payload, mask) + mask if",
    ),
    Mistake(
        "",
        "takes a mask of zeros for none",
        "test_a_mask_is_announced_and_sent",
        edits=(
            Edit(old="0x80 if mask else 0", new="0x80 if mask and any(mask) else 0"),
            Edit(
                old="if mask else head + payload", new="if mask and any(mask) else head + payload"
            ),
        ),
    ),
    Mistake(
        "X1493",
        "ignores the reserved bits",
        "test_reserved_bits_are_0",
        old="first & 0x70 or ",
        new="",
    ),
    Mistake(
        "X1493",
        "looks only at RSV1",
        "test_reserved_bits_are_0",
        old="first & 0x70",
        new="first & 0x40",
    ),
    Mistake(
        "X1493",
        "looks at two of the three bits",
        "test_reserved_bits_are_0",
        old="first & 0x70",
        new="first & 0x60",
    ),
    Mistake(
        "",
        "takes FIN for reserved",
        "test_reserved_bits_are_0",
        old="first & 0x70",
        new="first & 0xF0",
    ),
    Mistake(
        "",
        "closes with 1003",
        "test_reserved_bits_are_0",
        old=START_RULES,
        new="    if first & 0x70 or opcode not in OPCODES or second >> 7 != "
        "from_client or is_bad_control:\n"
        "        raise WebSocketError(1003, \"a frame's first two octets break a "
        'rule", "5.2")\n',
    ),
    Mistake(
        "",
        "raises ValueError",
        "test_reserved_bits_are_0",
        old=START_RULES,
        new="    if first & 0x70 or opcode not in OPCODES or second >> 7 != "
        "from_client or is_bad_control:\n"
        '        raise ValueError("a rule")\n',
    ),
    Mistake(
        "",
        "returns False",
        "test_reserved_bits_are_0",
        old=START_RULES,
        new="    if first & 0x70 or opcode not in OPCODES or second >> 7 != "
        "from_client or is_bad_control:\n"
        "        return False  # type: ignore\n",
    ),
    Mistake(
        "X1494",
        "accepts every opcode",
        "test_unknown_opcodes_are_refused",
        old="opcode not in OPCODES or ",
        new="",
    ),
    Mistake(
        "X1494",
        "accepts unknown control frames",
        "test_unknown_opcodes_are_refused",
        old="opcode not in OPCODES",
        new="opcode in range(3, 8)",
    ),
    Mistake(
        "X1494",
        "accepts unknown data frames",
        "test_unknown_opcodes_are_refused",
        old="opcode not in OPCODES",
        new="opcode > PONG",
    ),
    Mistake(
        "",
        "accepts only text and binary as data",
        "test_reserved_bits_are_0",
        old="opcode not in OPCODES",
        new="opcode not in OPCODES - {CONTINUATION}",
    ),
    Mistake(
        "",
        "refuses pongs",
        "test_unknown_opcodes_are_refused",
        old="opcode not in OPCODES",
        new="opcode not in OPCODES - {PONG}",
    ),
    Mistake(
        "",
        "takes FIN for a part of the opcode",
        "test_reserved_bits_are_0",
        old="first & 0x0F, second",
        new="first, second",
    ),
    Mistake(
        "X1495",
        "does not ask for a mask",
        "test_only_clients_mask",
        old="second >> 7 != from_client or ",
        new="",
    ),
    Mistake(
        "X1495",
        "accepts a mask of the server",
        "test_only_clients_mask",
        old="second >> 7 != from_client",
        new="(from_client and second < 0x80)",
    ),
    Mistake(
        "X1495",
        "accepts a client without a mask",
        "test_only_clients_mask",
        old="second >> 7 != from_client",
        new="(not from_client and second >= 0x80)",
    ),
    Mistake(
        "",
        "asks servers for a mask",
        "test_reserved_bits_are_0",
        old="second >> 7 != from_client",
        new="second >> 7 == from_client",
    ),
    Mistake(
        "",
        "asks everybody for a mask",
        "test_unknown_opcodes_are_refused",
        old="second >> 7 != from_client",
        new="not second >> 7",
    ),
    Mistake(
        "X1496",
        "accepts control frames of any length and in pieces",
        "test_control_frames_are_short_and_complete",
        old=" or is_bad_control:",
        new=":",
    ),
    Mistake(
        "X1496",
        "accepts long control frames",
        "test_control_frames_are_short_and_complete",
        old="(first < 0x80 or length > 125)",
        new="first < 0x80",
    ),
    Mistake(
        "X1496",
        "accepts control frames in pieces",
        "test_control_frames_are_short_and_complete",
        old="(first < 0x80 or length > 125)",
        new="length > 125",
    ),
    Mistake(
        "X1496",
        "accepts 126 octets",
        "test_control_frames_are_short_and_complete",
        old="length > 125)",
        new="length > 126)",
    ),
    Mistake(
        "",
        "refuses 125 octets",
        "test_unknown_opcodes_are_refused",
        old="length > 125)",
        new="length >= 125)",
    ),
    Mistake(
        "",
        "counts the mask's bit in the length",
        "test_unknown_opcodes_are_refused",
        old="second & 0x7F\n    is_bad",
        new="second\n    is_bad",
    ),
    Mistake(
        "X1496",
        "has a rule for pings only",
        "test_control_frames_are_short_and_complete",
        old="opcode >= CLOSE and",
        new="opcode == PING and",
    ),
    Mistake(
        "",
        "refuses long messages",
        "test_only_clients_mask",
        old="opcode >= CLOSE and (first < 0x80 or length > 125)",
        new="length > 125 or (opcode >= CLOSE and first < 0x80)",
    ),
    Mistake(
        "X1496",
        "has no rule for CLOSE",
        "test_control_frames_are_short_and_complete",
        old="opcode >= CLOSE and",
        new="opcode > CLOSE and",
    ),
    Mistake(
        "X1489",
        "takes 126 for a length",
        "test_reads_three_forms_of_length",
        old=LONG_FORMS,
        new="    if length > 126:\n        end, shortest",
    ),
    Mistake(
        "X1489",
        "takes 126 and 127 for lengths",
        "test_reads_three_forms_of_length",
        old=LONG_FORMS,
        new="    if length > 127:\n        end, shortest",
    ),
    Mistake(
        "",
        "keeps the mask's bit",
        "test_reads_three_forms_of_length",
        old="buffer[1] & 0x7F, 2",
        new="buffer[1], 2",
    ),
    Mistake(
        "",
        "counts from the end of the second octet",
        "test_reads_three_forms_of_length",
        old=LENGTH_AND_END,
        new="    return length, end - 2\n",
    ),
    Mistake(
        "",
        "adds the mask",
        "test_reads_three_forms_of_length",
        old=LENGTH_AND_END,
        new="    return length, end + 4 * (buffer[1] >> 7)\n",
    ),
    Mistake(
        "",
        "returns the place first",
        "test_reads_three_forms_of_length",
        old=LENGTH_AND_END,
        new="    return end, length\n",
    ),
    Mistake(
        "",
        "returns the length alone",
        "test_reads_three_forms_of_length",
        old=LENGTH_AND_END,
        new="    return length  # type: ignore\n",
    ),
    Mistake(
        "",
        "takes the length off the buffer",
        "test_reads_three_forms_of_length",
        old=LENGTH_AND_END,
        new="    del buffer[:end]  # type: ignore\n    return length, end\n",
    ),
    Mistake(
        "",
        "reads the lowest octet first",
        "test_reads_three_forms_of_length",
        old="int.from_bytes(buffer[2:end])",
        new='int.from_bytes(buffer[2:end], "little")',
    ),
    Mistake(
        "",
        "begins one octet too early",
        "test_reads_three_forms_of_length",
        old="buffer[2:end]",
        new="buffer[1:end]",
    ),
    Mistake(
        "X573",
        "does not wait for the length",
        "test_waits_for_the_length",
        old=WAITS,
        new="",
    ),
    Mistake(
        "",
        "waits for one octet too many",
        "test_reads_three_forms_of_length",
        old="len(buffer) < end:",
        new="len(buffer) <= end:",
    ),
    Mistake(
        "X573",
        "waits for two octets only",
        "test_waits_for_the_length",
        old="len(buffer) < end:",
        new="len(buffer) < 4:",
    ),
    Mistake(
        "X573",
        "raises an error if the length is incomplete",
        "test_waits_for_the_length",
        old="            return None\n        length = int",
        new="            raise WebSocketError(PROTOCOL_ERROR, '', '5.2')\n        length = int",
    ),
    Mistake(
        "",
        "waits for the payload",
        "test_reads_three_forms_of_length",
        old=LENGTH_AND_END,
        new="    return (length, end) if len(buffer) >= end + length else None\n",
    ),
    Mistake(
        "X1497",
        "accepts longer forms",
        "test_long_forms_need_long_lengths",
        old="length < shortest or ",
        new="",
    ),
    Mistake(
        "X1497",
        "compares with the last length of the form before",
        "test_long_forms_need_long_lengths",
        old="length < shortest or",
        new="length < shortest - 1 or",
    ),
    Mistake(
        "",
        "refuses the shortest length of a form",
        "test_reads_three_forms_of_length",
        old="length < shortest or",
        new="length <= shortest or",
    ),
    Mistake(
        "X1497",
        "compares every form with 126",
        "test_long_forms_need_long_lengths",
        old="length < shortest or",
        new="length < 126 or",
    ),
    Mistake(
        "X1498",
        "accepts the top bit",
        "test_long_forms_need_long_lengths",
        old=" or length >> 63:",
        new=":",
    ),
    Mistake(
        "X1498",
        "compares with the limit first",
        "test_long_forms_need_long_lengths",
        edits=(
            Edit(old=SHORTEST, new=""),
            Edit(
                old=LIMIT,
                new="    if length > limit:\n"
                '        raise WebSocketError(TOO_BIG, f"a frame is longer than {limit} '
                'octets", "7.4.1")\n'
                "    if end > 2 and (length < shortest or length >> 63):\n"
                "        raise WebSocketError(PROTOCOL_ERROR, '', '5.2')\n",
            ),
        ),
    ),
    Mistake(
        "",
        "takes another bit for the top bit",
        "test_long_forms_need_long_lengths",
        old="length >> 63",
        new="length >> 62",
    ),
    Mistake(
        "",
        "closes with 1009 for a wrong form",
        "test_long_forms_need_long_lengths",
        old=SHORTEST,
        new="        if length < shortest or length >> 63:\n"
        '            raise WebSocketError(TOO_BIG, "a length has its shortest '
        'form", "5.2")\n',
    ),
    Mistake(
        "M43",
        "has no limit",
        "test_a_frame_over_the_limit_is_refused",
        old=LIMIT,
        new="",
    ),
    Mistake(
        "X33",
        "refuses the limit itself",
        "test_a_frame_over_the_limit_is_refused",
        old="length > limit:",
        new="length >= limit:",
    ),
    Mistake(
        "M43",
        "compares only long forms with the limit",
        "test_a_frame_over_the_limit_is_refused",
        old=LIMIT,
        new="        if length > limit:\n"
        '            raise WebSocketError(TOO_BIG, f"a frame is longer than '
        '{limit} octets", "7.4.1")\n',
    ),
    Mistake(
        "",
        "closes with 1002 for a long frame",
        "test_a_frame_over_the_limit_is_refused",
        old=LIMIT,
        new="    if length > limit:\n"
        '        raise WebSocketError(PROTOCOL_ERROR, f"a frame is longer than '
        '{limit} octets", "7.4.1")\n',
    ),
    Mistake(
        "M43",
        "compares with the limit when the payload is there",
        "test_a_frame_over_the_limit_is_refused",
        old="length > limit:",
        new="limit < length <= len(buffer) - end:",
    ),
    Mistake(
        "",
        "has a limit of its own",
        "test_waits_for_the_length",
        old="length > limit:",
        new="length > MAX_MESSAGE:",
    ),
    Mistake(
        "X33",
        "counts the head as well",
        "test_a_frame_over_the_limit_is_refused",
        old="length > limit:",
        new="length + end > limit:",
    ),
    Mistake(
        "",
        "reads the lowest octet of the code first",
        "test_reads_code_and_reason",
        old=CODE,
        new='    code = int.from_bytes(payload[:2], "little")\n',
    ),
    Mistake(
        "",
        "takes the code into the reason",
        "test_reads_code_and_reason",
        old="payload[2:].decode()",
        new="payload.decode(errors='replace')",
    ),
    Mistake(
        "",
        "returns the reason as octets",
        "test_reads_code_and_reason",
        old="payload[2:].decode()",
        new="payload[2:]  # type: ignore\n    ",
    ),
    Mistake(
        "",
        "reads the reason as latin-1",
        "test_reads_code_and_reason",
        old="payload[2:].decode()",
        new="payload[2:].decode('latin-1')",
    ),
    Mistake(
        "",
        "drops the reason",
        "test_reads_code_and_reason",
        old=CLOSED,
        new="    return Closed(code)\n",
    ),
    Mistake(
        "",
        "strips the reason",
        "test_reads_code_and_reason",
        old="payload[2:].decode()",
        new="payload[2:].decode().strip()",
    ),
    Mistake(
        "",
        "returns a tuple of two in the wrong order",
        "test_reads_code_and_reason",
        old=CLOSED,
        new="    return Closed(payload[2:].decode(), code)  # type: ignore\n",
    ),
    Mistake(
        "X1502",
        "takes no code for 1000",
        "test_no_code_is_1005",
        old="Closed(NO_CODE)",
        new="Closed(1000)",
    ),
    Mistake(
        "",
        "refuses a Close frame without a code",
        "test_no_code_is_1005",
        old=NO_CODE,
        new="",
    ),
    Mistake(
        "",
        "takes no code for 1006",
        "test_no_code_is_1005",
        old="Closed(NO_CODE)",
        new="Closed(1006)",
    ),
    Mistake(
        "X1504",
        "takes half a code for none",
        "test_bad_codes_are_refused",
        old="    if not payload:\n        return Closed(NO",
        new="    if len(payload) < 2:\n        return Closed(NO",
    ),
    Mistake(
        "",
        "lets an error of struct out",
        "test_bad_codes_are_refused",
        old=CODE,
        new='    (code,) = struct.unpack("!H", payload[:2])\n',
    ),
    Mistake(
        "X1503",
        "accepts every code",
        "test_bad_codes_are_refused",
        old=CODE_TEST,
        new="    if len(payload) < 2:\n        raise WebSocketError(PROTOCOL_ERROR, '', '7.4')\n",
    ),
    Mistake(
        "X1503",
        "accepts 1000 to 4999",
        "test_bad_codes_are_refused",
        old=CODE_TEST,
        new="    if not 1000 <= code < 5000:\n"
        '        raise WebSocketError(PROTOCOL_ERROR, f"a Close frame never has '
        'the code {code}", "7.4")\n',
    ),
    Mistake(
        "X1503",
        "accepts the codes that are never sent",
        "test_bad_codes_are_refused",
        old=CODE_TEST,
        new="    if code not in CLOSE_CODES | {1005, 1006, 1015}:\n"
        '        raise WebSocketError(PROTOCOL_ERROR, f"a Close frame never has '
        'the code {code}", "7.4")\n',
    ),
    Mistake(
        "",
        "accepts only 1000 to 1015",
        "test_reads_code_and_reason",
        old=CODE_TEST,
        new="    if code not in CLOSE_CODES or code > 1015:\n"
        '        raise WebSocketError(PROTOCOL_ERROR, f"a Close frame never has '
        'the code {code}", "7.4")\n',
    ),
    Mistake(
        "X1503",
        "looks at the code only without a reason",
        "test_bad_codes_are_refused",
        old=CODE_TEST,
        new="    if len(payload) < 3 and code not in CLOSE_CODES:\n"
        '        raise WebSocketError(PROTOCOL_ERROR, f"a Close frame never has '
        'the code {code}", "7.4")\n',
    ),
    Mistake(
        "",
        "closes with 1007 for a wrong code",
        "test_bad_codes_are_refused",
        old=CODE_TEST,
        new="    if code not in CLOSE_CODES:\n"
        '        raise WebSocketError(BAD_DATA, f"a Close frame never has the code '
        '{code}", "7.4")\n',
    ),
    Mistake(
        "X1505",
        "replaces what is not UTF-8",
        "test_a_reason_is_utf_8",
        old="payload[2:].decode()",
        new="payload[2:].decode(errors='replace')",
    ),
    Mistake(
        "X1505",
        "ignores what is not UTF-8",
        "test_a_reason_is_utf_8",
        old="payload[2:].decode()",
        new="payload[2:].decode(errors='ignore')",
    ),
    Mistake(
        "",
        "raises another error for the reason",
        "test_a_reason_is_utf_8",
        old=CLOSED,
        new="    try:\n"
        "        return Closed(code, payload[2:].decode())\n"
        "    except UnicodeDecodeError:\n"
        "        raise WebSocketError(BAD_DATA, '', '8.1') from None\n",
    ),
    Mistake(
        "X1500",
        "sends an empty pong",
        "test_a_ping_is_answered_with_a_pong",
        old=PONG,
        new='        return Frame(PONG, b"")\n',
    ),
    Mistake(
        "",
        "answers a ping with a ping",
        "test_a_ping_is_answered_with_a_pong",
        old=PONG,
        new="        return frame\n",
    ),
    Mistake(
        "",
        "answers a ping without a payload with nothing",
        "test_a_ping_is_answered_with_a_pong",
        old="    if frame.opcode == PING:",
        new="    if frame.opcode == PING and frame.payload:",
    ),
    Mistake(
        "X1501",
        "answers a pong",
        "test_a_ping_is_answered_with_a_pong",
        old=NO_ANSWER,
        new="    if frame.opcode == PONG:\n        return frame\n",
    ),
    Mistake(
        "",
        "takes a pong for a close",
        "test_a_ping_is_answered_with_a_pong",
        old=NO_ANSWER,
        new="",
    ),
    Mistake(
        "",
        "reads a pong as a close, and answers with nothing",
        "test_a_ping_is_answered_with_a_pong",
        old=NO_ANSWER,
        new="    if frame.opcode == PONG and not frame.payload:\n        return None\n",
    ),
    Mistake(
        "",
        "sends the frame, and returns nothing",
        "test_a_ping_is_answered_with_a_pong",
        old=PONG,
        new="        Frame(PONG, frame.payload)\n        return None\n",
    ),
    Mistake(
        "",
        "returns the octets of a frame",
        "test_a_ping_is_answered_with_a_pong",
        old=PONG,
        new="        return encode_frame(PONG, frame.payload)  # type: ignore\n",
    ),
    Mistake(
        "X1506",
        "sends the reason back",
        "test_a_close_is_answered_with_its_code",
        old="Frame(CLOSE, frame.payload[:2])",
        new="Frame(CLOSE, frame.payload)",
    ),
    Mistake(
        "X1502",
        "answers no code with 1005",
        "test_a_close_is_answered_with_its_code",
        old="Frame(CLOSE, frame.payload[:2])",
        new="Frame(CLOSE, struct.pack('!H', read_close(frame.payload).code))",
    ),
    Mistake(
        "X1502",
        "answers no code with 1000",
        "test_a_close_is_answered_with_its_code",
        old="Frame(CLOSE, frame.payload[:2])",
        new="Frame(CLOSE, frame.payload[:2] or b'\\x03\\xe8')",
    ),
    Mistake(
        "",
        "answers always with 1000",
        "test_a_close_is_answered_with_its_code",
        old="Frame(CLOSE, frame.payload[:2])",
        new="Frame(CLOSE, b'\\x03\\xe8')",
    ),
    Mistake(
        "",
        "answers without a code",
        "test_a_close_is_answered_with_its_code",
        old="Frame(CLOSE, frame.payload[:2])",
        new="Frame(CLOSE, b'')",
    ),
    Mistake(
        "",
        "does not answer a close",
        "test_a_close_is_answered_with_its_code",
        old=CLOSE_ANSWER,
        new="    read_close(frame.payload)\n    return None\n",
    ),
    Mistake(
        "",
        "does not check a close",
        "test_a_close_is_answered_with_its_code",
        old=CLOSE_ANSWER,
        new="    return Frame(CLOSE, frame.payload[:2])\n",
    ),
    Mistake(
        "",
        "answers a wrong close with 1002",
        "test_a_close_is_answered_with_its_code",
        old=CLOSE_ANSWER,
        new="    try:\n"
        "        read_close(frame.payload)\n"
        "    except ValueError:\n"
        "        return Frame(CLOSE, b'\\x03\\xea')\n"
        "    return Frame(CLOSE, frame.payload[:2])\n",
    ),
    Mistake(
        "X1507",
        "takes every frame for a message",
        "test_frames_become_messages",
        old=FINISHED,
        new="        return self.finished()\n",
    ),
    Mistake(
        "X1508",
        "looks at the opcode of the last frame",
        "test_frames_become_messages",
        old=TEXT_TEST,
        new="        if self.kind == TEXT_FRAME:\n"
        "            self.utf8.decode(frame.payload, frame.fin)\n"
        "        self.kind = frame.opcode if frame.fin else self.kind\n",
    ),
    Mistake(
        "X1514",
        "returns nothing for an empty message",
        "test_frames_become_messages",
        old=FINISHED,
        new="        return (self.finished() or None) if frame.fin else None\n",
    ),
    Mistake(
        "",
        "ignores a frame without octets",
        "test_frames_become_messages",
        old=ORDER,
        new="        if not frame.payload:\n"
        "            return None\n"
        "        if (frame.opcode == CONTINUATION) != (self.kind != 0):\n"
        '            raise WebSocketError(PROTOCOL_ERROR, "a frame is not the next '
        'of its message", "5.4")\n',
    ),
    Mistake(
        "",
        "keeps only the last frame",
        "test_frames_become_messages",
        old=PARTS,
        new="        self.parts = bytearray(frame.payload)\n",
    ),
    Mistake(
        "",
        "returns the octets of a text",
        "test_frames_become_messages",
        old=FINISHED,
        new="        message = self.finished() if frame.fin else None\n"
        "        return message.encode() if isinstance(message, str) else message\n",
    ),
    Mistake(
        "",
        "returns what has arrived so far",
        "test_frames_become_messages",
        old=FINISHED,
        new="        return self.finished() if frame.fin else b''\n",
    ),
    Mistake(
        "",
        "reads FIN the other way round",
        "test_frames_become_messages",
        old=FINISHED,
        new="        return None if frame.fin else self.finished()\n",
    ),
    Mistake(
        "",
        "adds the payload at the front",
        "test_frames_become_messages",
        old=PARTS,
        new="        self.parts = bytearray(frame.payload) + self.parts\n",
    ),
    Mistake(
        "",
        "resets nothing",
        "test_one_message_after_another",
        old=FINISHED,
        new="        if not frame.fin:\n"
        "            return None\n"
        "        message = bytes(self.parts)\n"
        "        return message.decode() if self.kind == TEXT_FRAME else message\n",
    ),
    Mistake(
        "",
        "keeps the octets of the message before",
        "test_one_message_after_another",
        old=FINISHED,
        new="        if not frame.fin:\n"
        "            return None\n"
        "        message = bytes(self.parts)\n"
        "        kind, self.kind = self.kind, 0\n"
        "        return message.decode() if kind == TEXT_FRAME else message\n",
    ),
    Mistake(
        "",
        "keeps the opcode of the message before",
        "test_one_message_after_another",
        old=FINISHED,
        new="        if not frame.fin:\n"
        "            return None\n"
        "        kind, message = self.kind, self.finished()\n"
        "        self.kind = kind\n"
        "        return message\n",
    ),
    Mistake(
        "",
        "has one decoder for everybody",
        "test_a_character_may_be_cut",
        edits=(
            Edit(
                old=TEXT_TEST,
                new="        if self.kind == TEXT_FRAME:\n"
                "            SHARED.decode(frame.payload, frame.fin)\n",
            ),
            Edit(
                old='class WebSocket:\n    """One side',
                new='SHARED = IncrementalDecoder()\n\n\nclass WebSocket:\n    """One side',
            ),
        ),
    ),
    Mistake(
        "X1509",
        "lets a continuation begin a message",
        "test_frames_come_in_order",
        old="if (frame.opcode == CONTINUATION) != (self.kind != 0):",
        new="if frame.opcode != CONTINUATION and self.kind:",
    ),
    Mistake(
        "X1510",
        "lets a message begin inside another",
        "test_frames_come_in_order",
        old="if (frame.opcode == CONTINUATION) != (self.kind != 0):",
        new="if frame.opcode == CONTINUATION and not self.kind:",
    ),
    Mistake(
        "X1510",
        "lets a message of the same kind begin inside another",
        "test_frames_come_in_order",
        old="if (frame.opcode == CONTINUATION) != (self.kind != 0):",
        new="if (frame.opcode == CONTINUATION and not self.kind) or (frame.opcode and "
        "self.kind not in (0, frame.opcode)):",
    ),
    Mistake(
        "",
        "asks for octets to know that a message has begun",
        "test_frames_become_messages",
        old=ORDER,
        new="        if (frame.opcode == CONTINUATION) != bool(self.parts):\n"
        '            raise WebSocketError(PROTOCOL_ERROR, "a frame is not the next '
        'of its message", "5.4")\n',
    ),
    Mistake(
        "",
        "drops a continuation of nothing",
        "test_frames_come_in_order",
        old=ORDER,
        new="        if frame.opcode == CONTINUATION and not self.kind:\n"
        "            return None\n"
        "        if (frame.opcode == CONTINUATION) != (self.kind != 0):\n"
        '            raise WebSocketError(PROTOCOL_ERROR, "a frame is not the next '
        'of its message", "5.4")\n',
    ),
    Mistake(
        "X1509",
        "has no order",
        "test_frames_come_in_order",
        old=ORDER,
        new="",
    ),
    Mistake(
        "",
        "closes with 1003",
        "test_frames_come_in_order",
        old=ORDER,
        new="        if (frame.opcode == CONTINUATION) != (self.kind != 0):\n"
        '            raise WebSocketError(1003, "a frame is not the next of its '
        'message", "5.4")\n',
    ),
    Mistake(
        "",
        "returns nothing if the order is wrong",
        "test_frames_come_in_order",
        old=ORDER,
        new="        if (frame.opcode == CONTINUATION) != (self.kind != 0):\n"
        "            return None\n",
    ),
    Mistake(
        "X1511",
        "decodes each frame",
        "test_a_character_may_be_cut",
        old=TEXT_TEST,
        new="        if self.kind == TEXT_FRAME:\n            frame.payload.decode()\n",
    ),
    Mistake(
        "X1511",
        "says that each frame is the last",
        "test_a_character_may_be_cut",
        old="frame.payload, frame.fin)",
        new="frame.payload, True)",
    ),
    Mistake(
        "X1511",
        "checks the octets so far as a text",
        "test_a_character_may_be_cut",
        old=TEXT_TEST,
        new="        if self.kind == TEXT_FRAME:\n            self.parts.decode()\n",
    ),
    Mistake(
        "",
        "checks binary as well",
        "test_frames_become_messages",
        old=TEXT_TEST,
        new="        self.utf8.decode(frame.payload, frame.fin)\n",
    ),
    Mistake(
        "",
        "checks only the frames with the opcode of text",
        "test_bad_text_is_refused_at_once",
        old="        if self.kind == TEXT_FRAME:\n            self.utf8",
        new="        if frame.opcode == TEXT_FRAME:\n            self.utf8",
    ),
    Mistake(
        "",
        "ignores what is not UTF-8",
        "test_bad_text_is_refused_at_once",
        edits=(
            Edit(
                old=TEXT_TEST,
                new="        if self.kind == TEXT_FRAME:\n"
                "            self.parts[:] = self.parts if not frame.fin else "
                "bytes(self.parts).decode(errors='ignore').encode()\n",
            ),
        ),
    ),
    Mistake(
        "X1512",
        "checks the text at the end",
        "test_bad_text_is_refused_at_once",
        old=TEXT_TEST,
        new="        if self.kind == TEXT_FRAME and frame.fin:\n"
        "            self.utf8.decode(bytes(self.parts), True)\n",
    ),
    Mistake(
        "X1512",
        "does not check the text before it is finished",
        "test_bad_text_is_refused_at_once",
        old=TEXT_TEST,
        new="",
    ),
    Mistake(
        "X1513",
        "never says that a frame is the last",
        "test_bad_text_is_refused_at_once",
        edits=(
            Edit(
                old="self.utf8.decode(frame.payload, frame.fin)",
                new="self.utf8.decode(frame.payload)",
            ),
            Edit(
                old="return message.decode() if kind == TEXT_FRAME else message\n"
                "\n"
                "    def take_control",
                new="return message.decode(errors='ignore') if kind == TEXT_FRAME else message\n"
                "\n"
                "    def take_control",
            ),
        ),
    ),
)
