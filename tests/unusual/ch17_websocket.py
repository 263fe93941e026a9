"""Right but unusual answers to chapter 17, which its promises must accept."""

from course.maintain.unusual import Unusual

DIGEST = """\
    return b64encode(sha1((key + GUID).encode()).digest()).decode()
"""
KEY_TEST = """\
    if len(from_base64(key)) != 16:
        return plain(400, "Sec-WebSocket-Key has 16 octets, in base64.")
"""
HANDSHAKE = """\
    headers = request.headers
    connection = list_members((headers.get("connection") or "").lower())
    protocols = list_members((headers.get("upgrade") or "").lower())
    is_http = request.method == "GET" and request.version >= (1, 1)
    asks = "upgrade" in connection and "websocket" in protocols
    if not is_http or not asks or headers.get("sec-websocket-version") != "13":
        return plain(426, "This address speaks WebSocket, version 13.", *UPGRADE_NEEDED)
    if headers.get("origin") not in (None, f"http://{headers.get('host')}", *origins):
        return plain(403, "Pages of another origin may not connect.")
    key = headers.get("sec-websocket-key") or ""
    if len(from_base64(key)) != 16:
        return plain(400, "Sec-WebSocket-Key has 16 octets, in base64.")
    fields = [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept_key(key))]
    return Response(b"", 101, fields, upgrade=take_over)
"""
LISTS = """\
    connection = list_members((headers.get("connection") or "").lower())
    protocols = list_members((headers.get("upgrade") or "").lower())
"""
ASKS_AND_VERSION = """\
    asks = "upgrade" in connection and "websocket" in protocols
    if not is_http or not asks or headers.get("sec-websocket-version") != "13":
"""
ACCEPT = """\
    key = headers.get("sec-websocket-key") or ""
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
START = """\
    opcode, length = first & 0x0F, second & 0x7F
    is_bad_control = opcode >= CLOSE and (first < 0x80 or length > 125)
    if first & 0x70 or opcode not in OPCODES or second >> 7 != from_client or is_bad_control:
        raise WebSocketError(PROTOCOL_ERROR, "a frame's first two octets break a rule", "5.2")
"""
LENGTH = """\
    length, end = buffer[1] & 0x7F, 2
    if length > 125:
        end, shortest = LENGTHS[length]
        if len(buffer) < end:
            return None
        length = int.from_bytes(buffer[2:end])
        if length < shortest or length >> 63:
            raise WebSocketError(PROTOCOL_ERROR, "a length has its shortest form", "5.2")
    if length > limit:
        raise WebSocketError(TOO_BIG, f"a frame is longer than {limit} octets", "7.4.1")
    return length, end
"""
CLOSE_READER = """\
    if not payload:
        return Closed(NO_CODE)
    code = int.from_bytes(payload[:2])
    if code not in CLOSE_CODES:
        raise WebSocketError(PROTOCOL_ERROR, f"a Close frame never has the code {code}", "7.4")
    return Closed(code, payload[2:].decode())
"""
CODE_TEST = """\
    if code not in CLOSE_CODES:
        raise WebSocketError(PROTOCOL_ERROR, f"a Close frame never has the code {code}", "7.4")
"""
ANSWER = """\
    if frame.opcode == PING:
        return Frame(PONG, frame.payload)
    if frame.opcode == PONG:
        return None
    read_close(frame.payload)
    return Frame(CLOSE, frame.payload[:2])
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
        "tests the key with a pattern",
        old=KEY_TEST,
        new="""    import re

    if not re.fullmatch(r"[A-Za-z0-9+/]{21}[AQgw]==", key):
        return plain(400, "a key has 16 octets")
""",
    ),
    Unusual(
        "asks for tokens in a set, and for the versions in a tuple",
        old=HANDSHAKE,
        new="""    get = request.headers.get

    def tokens(name: str) -> set[str]:
        return {member.casefold() for member in list_members(get(name) or "")}

    if request.version < (1, 1) or request.method != "GET":
        return plain(426, "HTTP/1.1, please", *UPGRADE_NEEDED)
    if not ({"upgrade"} <= tokens("connection") and {"websocket"} <= tokens("upgrade")):
        return plain(426, "an upgrade, please", *UPGRADE_NEEDED)
    if get("Sec-WebSocket-Version") != "13":
        return plain(426, "13, please", *UPGRADE_NEEDED)
    origin = get("Origin")
    own = "http://" + (get("Host") or "")
    if origin is not None and origin != own and origin not in list(origins):
        return plain(403, "not you")
    key = get("Sec-WebSocket-Key")
    if key is None or len(from_base64(key)) != 16:
        return plain(400, "the key")
    fields = [("sec-websocket-accept", accept_key(key)), ("upgrade", "websocket")]
    return Response(status=101, fields=fields, upgrade=take_over)
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
        "compares the version with a number as text",
        old=ASKS_AND_VERSION,
        new="""    version = headers.get("sec-websocket-version")
    lists = {"upgrade"}.issubset(connection) and {"websocket"}.issubset(protocols)
    if not (is_http and lists and version is not None and version == str(13)):
""",
    ),
    Unusual(
        "looks for a missing key first",
        old=ACCEPT,
        new="""    key = headers.get("sec-websocket-key")
    if key is None:
        return plain(400, "the key is missing")
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
        "has an if for each rule",
        old=START,
        new="""    def wrong(reason: str) -> WebSocketError:
        return WebSocketError(1002, reason, "5.2")

    for bit in (0x40, 0x20, 0x10):
        if first & bit:
            raise wrong("RSV")
    if (first & 0x0F) not in (0, 1, 2, 8, 9, 10):
        raise wrong("opcode")
    if from_client and not second & 0x80:
        raise wrong("no mask")
    if not from_client and second & 0x80:
        raise wrong("a mask")
    if first & 0x08:
        if not first & 0x80:
            raise wrong("no FIN")
        if (second & 0x7F) in (126, 127):
            raise wrong("too long")
""",
    ),
    Unusual(
        "compares with all octets that are right",
        old=START,
        new="""    data = {fin | opcode for fin in (0, 0x80) for opcode in (0, 1, 2)}
    control = {0x88, 0x89, 0x8A}
    low, high = (0x80, 0xFF) if from_client else (0, 0x7F)
    most = high - 2 if first in control else high
    if first not in data | control or not low <= second <= most:
        raise WebSocketError(code=1002, reason="no", section="5.2")
""",
    ),
    Unusual(
        "takes the two octets apart with divmod",
        old=START,
        new="""    fin, rest = divmod(first, 128)
    reserved, opcode = divmod(rest, 16)
    has_mask, length = divmod(second, 128)
    if reserved or opcode not in OPCODES or bool(has_mask) is not bool(from_client):
        raise WebSocketError(1002, "a", "5.2")
    if opcode > 7 and not (fin and length <= 125):
        raise WebSocketError(1002, "b", "5.5")
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
    if length < least or length >= 1 << 63:
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
    if number <= most or (size == 8 and octets[0] & 0x80):
        raise WebSocketError(1002, "not the shortest", "5.2")
    if limit < number:
        raise WebSocketError(1009, "too long", "7.4.1")
    return (number, 2 + size)
""",
    ),
    Unusual(
        "unpacks the code with struct, after it has looked at the length",
        old=CLOSE_READER,
        new="""    if len(payload) == 0:
        return Closed(1005, "")
    if len(payload) == 1:
        raise WebSocketError(1002, "half a code", "5.5.1")
    (code,) = struct.unpack("!H", payload[:2])
    reason = str(payload[2:], "utf-8")
    if code in CLOSE_CODES:
        return Closed(code=code, reason=reason)
    raise WebSocketError(1002, "a bad code", "7.4")
""",
    ),
    Unusual(
        "has the ranges of the codes",
        old=CODE_TEST,
        new="""    if not (1000 <= code <= 1014 or 3000 <= code <= 4999) or code in (1004, 1005, 1006):
        raise WebSocketError(1002, "no such code", "7.4")
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
)
