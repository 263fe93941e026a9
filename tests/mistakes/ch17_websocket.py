"""Wrong answers to chapter 17 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

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
    return "upgrade" in connection and "websocket" in protocols
"""
OWN = """\
    own = f"http://{headers.get('host')}"
"""
ALLOWED = """\
    return headers.get("origin") in (None, own, *origins)
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
LONG_FORMS = """\
    if length > 125:
        end, smallest"""
WAITS = """\
        if len(buffer) < end:
            return None
"""
SHORTEST = """\
        if length < smallest:
            raise WebSocketError(PROTOCOL_ERROR, "a length has its shortest form", "5.2")
"""
LIMIT = """\
    if length > limit:
        raise WebSocketError(TOO_BIG, f"a frame is longer than {limit} octets", "7.4.1")
"""
LENGTH_AND_END = """\
    return length, end
"""
PONG = """\
        return Frame(PONG, frame.payload)
"""
CLOSE_ANSWER = """\
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
        "",
        "looks for a part of Connection",
        "test_connection_and_upgrade_are_lists",
        old=CONNECTION,
        new='    connection = (headers.get("connection") or "").lower()  # type: ignore\n',
    ),
    Mistake(
        "",
        "looks for a part of Upgrade",
        "test_connection_and_upgrade_are_lists",
        old=PROTOCOLS,
        new='    protocols = (headers.get("upgrade") or "").lower()  # type: ignore\n',
    ),
    Mistake(
        "",
        "is case-sensitive for Connection",
        "test_connection_and_upgrade_are_lists",
        old=CONNECTION,
        new='    connection = list_members(headers.get("connection") or "")\n',
    ),
    Mistake(
        "X1483",
        "looks for Upgrade with a capital letter",
        "test_connection_and_upgrade_are_lists",
        old=ASKS,
        new='    return "Upgrade" in list_members(headers.get("connection") or "") and '
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
        "",
        "does not look at Connection",
        "test_connection_and_upgrade_are_lists",
        old='"upgrade" in connection and ',
        new="",
    ),
    Mistake(
        "",
        "does not look at the protocol",
        "test_connection_and_upgrade_are_lists",
        old=' and "websocket" in protocols',
        new="",
    ),
    Mistake(
        "",
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
        "X1491",
        "forgets FIN",
        "test_begins_with_fin_and_opcode",
        old="fin << 7 | opcode",
        new="opcode",
    ),
    Mistake(
        "",
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
        "",
        "decodes the key and encodes it again",
        "test_answers_the_key",
        old="    return b64encode(sha1((key + GUID)",
        new="    key = b64encode(from_base64(key)).decode()\n    return b64encode(sha1((key + GUID)",
    ),
    Mistake(
        "",
        "takes websocket/13 for websocket",
        "test_connection_and_upgrade_are_lists",
        old='"websocket" in protocols',
        new='"websocket" in [each.partition("/")[0] for each in protocols]',
    ),
    Mistake(
        "X1489",
        "has one octet for every length",
        "test_a_length_has_its_shortest_form",
        old="    if length < 126:\n        head",
        new="    if length < 256:\n        head",
    ),
    Mistake(
        "",
        "has 126 in the short form",
        "test_a_length_has_its_shortest_form",
        old="    if length < 126:\n        head",
        new="    if length <= 126:\n        head",
    ),
    Mistake(
        "",
        "has 125 in a long form",
        "test_a_length_has_its_shortest_form",
        old="    if length < 126:\n        head",
        new="    if length < 125:\n        head",
    ),
    Mistake(
        "",
        "has 65,536 in two octets",
        "test_a_length_has_its_shortest_form",
        old="length < 65536:",
        new="length <= 65536:",
    ),
    Mistake(
        "",
        "has 65,535 in eight octets",
        "test_a_length_has_its_shortest_form",
        old="length < 65536:",
        new="length < 65535:",
    ),
    Mistake(
        "",
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
        "",
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
        "X1489",
        "takes 126 for a length",
        "test_reads_three_forms_of_length",
        old=LONG_FORMS,
        new="    if length > 126:\n        end, smallest",
    ),
    Mistake(
        "X1489",
        "takes 126 and 127 for lengths",
        "test_reads_three_forms_of_length",
        old=LONG_FORMS,
        new="    if length > 127:\n        end, smallest",
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
        old=SHORTEST,
        new="",
    ),
    Mistake(
        "X1497",
        "compares with the last length of the form before",
        "test_long_forms_need_long_lengths",
        old="length < smallest",
        new="length < smallest - 1",
    ),
    Mistake(
        "",
        "refuses the shortest length of a form",
        "test_reads_three_forms_of_length",
        old="length < smallest",
        new="length <= smallest",
    ),
    Mistake(
        "X1497",
        "compares every form with 126",
        "test_long_forms_need_long_lengths",
        old="length < smallest",
        new="length < 126",
    ),
    Mistake(
        "X1499",
        "has no limit",
        "test_a_frame_over_the_limit_is_refused",
        old=LIMIT,
        new="",
    ),
    Mistake(
        "",
        "refuses the limit itself",
        "test_a_frame_over_the_limit_is_refused",
        old="length > limit:",
        new="length >= limit:",
    ),
    Mistake(
        "",
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
        "X1499",
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
        "",
        "counts the head as well",
        "test_a_frame_over_the_limit_is_refused",
        old="length > limit:",
        new="length + end > limit:",
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
        old="    return None\n\n\nMessage = ",
        new="    return frame\n\n\nMessage = ",
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
        "",
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
        new="        return None\n",
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
    Mistake(
        "X1485",
        "does not look at Origin",
        "test_other_pages_may_not_connect",
        old=ALLOWED,
        new="    return True\n",
    ),
    Mistake(
        "X1486",
        "refuses a request without Origin",
        "test_your_own_pages_may_connect",
        old="in (None, own, *origins)",
        new="in (own, *origins)",
    ),
    Mistake(
        "X1487",
        "compares the beginning of the origin",
        "test_other_pages_may_not_connect",
        old=ALLOWED,
        new='    origin = headers.get("origin")\n'
        "    return origin is None or origin.startswith(own) or origin in origins\n",
    ),
    Mistake(
        "X1487",
        "looks for the host in the origin",
        "test_other_pages_may_not_connect",
        old=ALLOWED,
        new='    origin = headers.get("origin")\n'
        "    return origin is None or (headers.get('host') or '') in origin or origin in origins\n",
    ),
    Mistake(
        "",
        "looks for the origin in the server's",
        "test_other_pages_may_not_connect",
        old=ALLOWED,
        new='    origin = headers.get("origin")\n'
        "    return origin is None or origin in own or origin in origins\n",
    ),
    Mistake(
        "",
        "ignores the port",
        "test_other_pages_may_not_connect",
        old=ALLOWED,
        new='    origin = headers.get("origin")\n'
        "    return origin in (None, own, own.rpartition(':')[0], *origins)\n",
    ),
    Mistake(
        "",
        "accepts https as well",
        "test_other_pages_may_not_connect",
        old="(None, own, *origins)",
        new="(None, own, own.replace('http', 'https'), *origins)",
    ),
    Mistake(
        "",
        "compares the origin with the host alone",
        "test_your_own_pages_may_connect",
        old=OWN,
        new="    own = headers.get('host')\n",
    ),
    Mistake(
        "",
        "has https in its own origin",
        "test_your_own_pages_may_connect",
        old='f"http://',
        new='f"https://',
    ),
    Mistake(
        "",
        "forgets `origins`",
        "test_your_own_pages_may_connect",
        old="own, *origins)",
        new="own)",
    ),
    Mistake(
        "",
        "accepts only `origins`, if there are any",
        "test_your_own_pages_may_connect",
        old="(None, own, *origins)",
        new="(None, *(origins or (own,)))",
    ),
    Mistake(
        "",
        "accepts only the first of `origins`",
        "test_your_own_pages_may_connect",
        old="*origins)",
        new="*origins[:1])",
    ),
    Mistake(
        "",
        "puts `origins` into the list as one member",
        "test_your_own_pages_may_connect",
        old="own, *origins)",
        new="own, origins)",
    ),
    Mistake(
        "",
        "compares the beginning with `origins`",
        "test_other_pages_may_not_connect",
        old=ALLOWED,
        new='    origin = headers.get("origin")\n'
        "    return origin in (None, own) or bool(origin) and origin.startswith(tuple(origins))\n",
    ),
    Mistake(
        "",
        "ignores the scheme of `origins`",
        "test_other_pages_may_not_connect",
        old=ALLOWED,
        new='    origin, names = headers.get("origin"), [each.partition("//")[2] for each in origins]\n'
        '    return origin in (None, own) or (origin or "//x").partition("//")[2] in names\n',
    ),
    Mistake(
        "X1485",
        "accepts the origin null",
        "test_other_pages_may_not_connect",
        old="(None, own, *origins)",
        new="(None, 'null', own, *origins)",
    ),
    Mistake(
        "",
        "takes an empty Origin for none",
        "test_other_pages_may_not_connect",
        old='headers.get("origin") in',
        new='(headers.get("origin") or None) in',
    ),
    Mistake(
        "X1486",
        "returns what is refused",
        "test_your_own_pages_may_connect",
        old='headers.get("origin") in',
        new='headers.get("origin") not in',
    ),
    Mistake(
        "",
        "accepts one list or the other",
        "test_connection_and_upgrade_are_lists",
        old='connection and "websocket"',
        new='connection or "websocket"',
    ),
    Mistake(
        "",
        "looks for both words in Connection",
        "test_connection_and_upgrade_are_lists",
        old='"websocket" in protocols',
        new='"websocket" in connection',
    ),
    Mistake(
        "",
        "looks for both words in both lists together",
        "test_connection_and_upgrade_are_lists",
        old=ASKS,
        new='    return {"upgrade", "websocket"} <= {*connection, *protocols}\n',
    ),
    Mistake(
        "",
        "returns a Response",
        "test_connection_and_upgrade_are_lists",
        old=ASKS,
        new='    return plain(426, "no") if "upgrade" not in connection else True  # type: ignore\n',
    ),
    Mistake(
        "",
        "compares with the limit first",
        "test_long_forms_need_long_lengths",
        edits=(
            Edit(old=SHORTEST, new=""),
            Edit(
                old=LIMIT,
                new=LIMIT + "    if end > 2 and length < smallest:\n"
                "        raise WebSocketError(PROTOCOL_ERROR, '', '5.2')\n",
            ),
        ),
    ),
    Mistake(
        "",
        "closes with 1009 for a wrong form",
        "test_long_forms_need_long_lengths",
        old=SHORTEST,
        new="        if length < smallest:\n            raise WebSocketError(TOO_BIG, '', '5.2')\n",
    ),
    Mistake(
        "",
        "waits for a frame over the limit",
        "test_a_frame_over_the_limit_is_refused",
        old=LIMIT,
        new="    if length > limit:\n        return None\n",
    ),
    Mistake(
        "",
        "cuts a length at the limit",
        "test_a_frame_over_the_limit_is_refused",
        old=LIMIT,
        new="    length = min(length, limit)\n",
    ),
    Mistake(
        "X1501",
        "takes a pong for a ping",
        "test_a_ping_is_answered_with_a_pong",
        old="    if frame.opcode == PING:",
        new="    if frame.opcode != CLOSE:",
    ),
    Mistake(
        "",
        "answers everything like a close",
        "test_a_ping_is_answered_with_a_pong",
        old="    if frame.opcode == CLOSE:\n",
        new="    if frame.opcode:\n",
    ),
    Mistake(
        "",
        "sends only two octets back with a pong",
        "test_a_ping_is_answered_with_a_pong",
        old="Frame(PONG, frame.payload)",
        new="Frame(PONG, frame.payload[:2])",
    ),
    Mistake(
        "",
        "answers a close without FIN",
        "test_a_close_is_answered_with_its_code",
        old="Frame(CLOSE, frame.payload[:2])",
        new="Frame(CLOSE, frame.payload[:2], False)",
    ),
    Mistake(
        "",
        "answers only a close that has a code",
        "test_a_close_is_answered_with_its_code",
        old="    if frame.opcode == CLOSE:\n",
        new="    if frame.opcode == CLOSE and frame.payload:\n",
    ),
    Mistake(
        "",
        "packs in the order of this machine, with gaps",
        "test_a_length_has_its_shortest_form",
        old='struct.pack("!BBH", first, top | 126, length)',
        new='bytes((first,)) + struct.pack("BH", top | 126, length)',
    ),
    Mistake(
        "",
        "looks for a part of `origins`",
        "test_other_pages_may_not_connect",
        old=ALLOWED,
        new='    origin = headers.get("origin")\n'
        '    return origin in (None, own) or origin != "" and origin in " ".join(origins)\n',
    ),
)
