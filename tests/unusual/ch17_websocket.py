"""Right but unusual answers to chapter 17, which its promises must accept."""

from course.maintain.unusual import Unusual

DIGEST = """\
    return b64encode(sha1((key + GUID).encode()).digest()).decode()
"""
LISTS = """\
    connection = list_members((headers.get("connection") or "").lower())
    protocols = list_members((headers.get("upgrade") or "").lower())
"""
ENCODE = """\
    first, top, length = fin << 7 | opcode, 0x80 if mask else 0, len(payload)
    if length < 126:
        head = struct.pack("!BB", first, top | length)
    elif length < 65536:
        head = struct.pack("!BBH", first, top | 126, length)
    else:
        head = struct.pack("!BBQ", first, top | 127, length)
    return head + mask + masked(payload, mask) if mask else head + payload
"""
WHOLE_FRAME = """\
    return head + mask + masked(payload, mask) if mask else head + payload
"""
LENGTH = """\
    length, end = buffer[1] & 0x7F, 2
    if length > 125:
        end, smallest = LENGTHS[length]
        if len(buffer) < end:
            return None
        length = int.from_bytes(buffer[2:end])
        if length < smallest:
            raise WebSocketError(PROTOCOL_ERROR, "a length has its shortest form", "5.2")
    if length > limit:
        raise WebSocketError(TOO_BIG, f"a frame is longer than {limit} octets", "7.4.1")
    return length, end
"""
ANSWER = """\
    if frame.opcode == PING:
        return Frame(PONG, frame.payload)
    if frame.opcode == CLOSE:
        return Frame(CLOSE, frame.payload[:2])
    return None
"""
TAKE_DATA = """\
        if (frame.opcode == CONTINUATION) != (self.kind != 0):
            raise WebSocketError(PROTOCOL_ERROR, "a frame is not the next of its message", "5.4")
        self.kind = self.kind or frame.opcode
        self.parts += frame.payload
        if self.kind == TEXT_FRAME:
            self.utf8.decode(frame.payload, frame.fin)
        return self.finished() if frame.fin else None
"""
FINISHED = """\
        return self.finished() if frame.fin else None
"""
TEXT_TEST = """\
        if self.kind == TEXT_FRAME:
            self.utf8.decode(frame.payload, frame.fin)
"""

ASKED = """\
    connection = list_members((headers.get("connection") or "").lower())
    protocols = list_members((headers.get("upgrade") or "").lower())
    return "upgrade" in connection and "websocket" in protocols
"""
ALLOWED = """\
    own = f"http://{headers.get('host')}"
    return headers.get("origin") in (None, own, *origins)
"""

UNUSUAL = (
    Unusual(
        "hashes in two steps",
        old=DIGEST,
        new="""    import binascii
    import hashlib

    digest = hashlib.sha1(key.encode("ascii"))
    digest.update(GUID.encode("ascii"))
    return binascii.b2a_base64(digest.digest(), newline=False).decode("ascii")
""",
    ),
    Unusual(
        "splits the lists at commas",
        old=LISTS,
        new="""    def members(name: str) -> list[str]:
        return [word.strip().lower() for word in (headers.get(name) or "").split(",")]

    connection, protocols = members("connection"), members("upgrade")
""",
    ),
    Unusual(
        "iterates over the fields",
        old=LISTS,
        new="""    found: dict[str, list[str]] = {"connection": [], "upgrade": []}
    for name, value in headers:
        if name.lower() in found:
            found[name.lower()] += list_members(value.lower())
    connection, protocols = found["connection"], found["upgrade"]
""",
    ),
    Unusual(
        "adds octets to a bytearray",
        old=ENCODE,
        new="""    frame = bytearray([opcode + (128 if fin else 0)])
    bit = 128 * (mask is not None)
    size = len(payload)
    if size <= 125:
        frame.append(bit + size)
    elif size <= 0xFFFF:
        frame.append(bit + 126)
        frame += size.to_bytes(2, "big")
    else:
        frame.append(bit + 127)
        frame += size.to_bytes(8, "big")
    if mask is not None:
        frame += mask
        payload = masked(payload, mask)
    return bytes(frame) + payload
""",
    ),
    Unusual(
        "has a table of the three forms",
        old=ENCODE,
        new="""    length, second = len(payload), 0x00 if mask is None else 0x80
    for most, form, code in ((125, "", length), (65535, "H", 126), (2**63, "Q", 127)):
        if length <= most:
            numbers = (length,) if form else ()
            head = struct.pack(f"!BB{form}", opcode | 0x80 * fin, second | code, *numbers)
            return b"".join((head, mask or b"", masked(payload, mask or b"")))
    raise ValueError("too long")
""",
    ),
    Unusual(
        "masks in a loop",
        old=WHOLE_FRAME,
        new="""    if mask is None:
        return head + payload
    return head + mask + bytes(octet ^ mask[i % 4] for i, octet in enumerate(payload))
""",
    ),
    Unusual(
        "unpacks each form with struct",
        old=LENGTH,
        new="""    seven = buffer[1] & 0b01111111
    length, end, least = seven, 2, 0
    try:
        if seven == 126:
            (length,), end, least = struct.unpack_from("!H", buffer, 2), 4, 126
        elif seven == 127:
            (length,), end, least = struct.unpack_from("!Q", buffer, 2), 10, 65536
    except struct.error:
        return None
    if length < least:
        raise WebSocketError(1002, "form", "5.2")
    if length > limit:
        raise WebSocketError(1009, "limit", "7.4.1")
    return length, end
""",
    ),
    Unusual(
        "returns early for the short form",
        old=LENGTH,
        new="""    length = buffer[1] % 128
    if length < 126:
        if length > limit:
            raise WebSocketError(1009, "too long", "7.4.1")
        return (length, 2)
    size = 2 if length == 126 else 8
    octets = bytes(buffer[2 : 2 + size])
    if len(octets) != size:
        return None
    number = 0
    for octet in octets:
        number = number * 256 + octet
    most = 125 if size == 2 else 0xFFFF
    if number <= most:
        raise WebSocketError(1002, "not the shortest", "5.2")
    if limit < number:
        raise WebSocketError(1009, "too long", "7.4.1")
    return (number, 2 + size)
""",
    ),
    Unusual(
        "matches the opcode, and packs the code again",
        old=ANSWER,
        new="""    match frame.opcode:
        case 9:
            return frame._replace(opcode=10)
        case 8:
            code, _reason = read_close(frame.payload)
            return Frame(8, b"" if code == 1005 else code.to_bytes(2, "big"))
    return None
""",
    ),
    Unusual(
        "has the four cases of the order",
        old=TAKE_DATA,
        new="""        if self.kind:
            if frame.opcode != CONTINUATION:
                raise WebSocketError(1002, "inside another", "5.4")
        else:
            if frame.opcode == CONTINUATION:
                raise WebSocketError(1002, "of nothing", "5.4")
            self.kind = frame.opcode
        is_text = self.kind == TEXT_FRAME
        self.parts.extend(frame.payload)
        if is_text:
            self.utf8.decode(frame.payload, final=frame.fin)
        if frame.fin:
            return self.finished()
        return None
""",
    ),
    Unusual(
        "checks the text first, and keeps it afterwards",
        old=TAKE_DATA,
        new="""        continues = frame.opcode == 0
        if continues is not bool(self.kind):
            raise WebSocketError(PROTOCOL_ERROR, "order", "5.4")
        if not continues:
            self.kind = frame.opcode
        if self.kind == 1:
            self.utf8.decode(bytes(frame.payload), frame.fin)
        self.parts = self.parts + frame.payload
        if not frame.fin:
            return None
        return self.finished()
""",
    ),
    Unusual(
        "finishes the message itself",
        old=FINISHED,
        new="""        if not frame.fin:
            return None
        is_text, octets = self.kind == TEXT_FRAME, bytes(self.parts)
        self.kind, self.parts = 0, bytearray()
        return octets.decode("utf-8") if is_text else octets
""",
    ),
    Unusual(
        "decodes with a decoder of the standard library",
        old=TEXT_TEST,
        new="""        if self.kind == TEXT_FRAME:
            if frame.opcode:
                import codecs

                self.utf8 = codecs.getincrementaldecoder("utf-8")()  # type: ignore[assignment]
            self.utf8.decode(frame.payload, frame.fin)
""",
    ),
    Unusual(
        "asks for tokens in a set",
        old=ASKED,
        new="""    def tokens(name: str) -> set[str]:
        return {member.casefold() for member in list_members(headers.get(name) or "")}

    return {"upgrade"} <= tokens("Connection") and {"websocket"} <= tokens("Upgrade")
""",
    ),
    Unusual(
        "returns early for each list",
        old=ASKED,
        new="""    for name, word in (("connection", "upgrade"), ("upgrade", "websocket")):
        value = headers.get(name)
        if value is None or word not in list_members(value.lower()):
            return False
    return True
""",
    ),
    Unusual(
        "has an if for each way to be allowed",
        old=ALLOWED,
        new="""    origin = headers.get("Origin")
    if origin is None:
        return True
    if origin == "http://" + (headers.get("Host") or ""):
        return True
    return origin in list(origins)
""",
    ),
    Unusual(
        "refuses in one expression",
        old=ALLOWED,
        new="""    found = headers.get("origin")
    return not (found is not None and found != "http://" + str(headers.get("host"))
                and not any(found == each for each in origins))
""",
    ),
    Unusual(
        "does not say which octets of a text are the last",
        old=TEXT_TEST,
        new="""        if self.kind == TEXT_FRAME:
            self.utf8.decode(frame.payload)
""",
    ),
    Unusual(
        "answers with a table",
        old=ANSWER,
        new="""    pong, close = Frame(PONG, frame.payload), Frame(CLOSE, frame.payload[0:2], True)
    return {PING: pong, CLOSE: close}.get(frame.opcode)
""",
    ),
)
