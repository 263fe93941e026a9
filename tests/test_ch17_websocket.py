"""The promises of chapter 17: how the server can speak first."""

import struct
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha1
from itertools import product
from typing import Any

from course.checks.answers import Attempt
from course.checks.expect import Given, Literally, Raised, broken, described, holds, same
from course.checks.promises import Misconception, promise
from tests import beliefs

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = b"\x11\x22\x44\x88"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
LIMIT = 1 << 20


@promise(
    task=1,
    usually=beliefs.KEY_IS_DECODED,
    hints=(
        "Which octets does the hash function get: those that were sent, or those that they stand for?",
        "The text of the key, then GUID, as octets. The digest as octets. Its base64, as text.",
        "b64encode(sha1((key + GUID).encode()).digest()).decode()",
    ),
    hints_if={
        "hex": (
            "How long is your answer, and how long is the one in the docstring?",
            "hexdigest() writes a digest as text. Here its 20 octets are needed.",
            "sha1(…).digest(), then b64encode(…).decode()",
        ),
    },
)
def test_answers_the_key(chapter: Attempt) -> None:
    """accept_key() returns base64 of the SHA-1 digest of the key's text and GUID, as a str."""
    for key in (
        KEY,
        "x3JJHMbDL1EzLkh9GBhXDw==",
        "AAAAAAAAAAAAAAAAAAAAAA==",
        "+/+/+/+/+/+/+/+/+/+/+w==",
    ):
        got = described(partial(chapter.accept_key, key))
        whole = sha1((key + GUID).encode())
        decoded = sha1(b64decode(key) + GUID.encode())
        expected = b64encode(whole.digest()).decode()
        digests = (whole.hexdigest(), decoded.hexdigest())
        is_hex = got in (*digests, *map(based, digests))
        is_decoded = got == b64encode(decoded.digest()).decode()
        usually = {(True, False): beliefs.DIGEST_IS_HEX, (False, True): beliefs.KEY_IS_DECODED}
        reason = usually.get((is_hex, is_decoded))
        what = f"accept_key({key!r}) returned:"
        same(what, expected=expected, got=got, usually=reason, clue="hex" if is_hex else "")


@promise(
    task=2,
    usually=beliefs.UPGRADE_IS_A_WORD,
    hints=(
        "Which status, which two fields, and what takes the connection over?",
        "The last row says what to return. The value of Sec-WebSocket-Accept is what accept_key() "
        "returns.",
        'Response(b"", 101, [("Upgrade", "websocket"), ("Sec-WebSocket-Accept", accept)], '
        "upgrade=take_over)",
    ),
)
def test_switches_the_protocol(chapter: Attempt) -> None:
    """The response to the right request is a 101 with two fields, and with what takes over."""
    for key in (KEY, "x3JJHMbDL1EzLkh9GBhXDw=="):
        response = answered(chapter, **{"Sec-WebSocket-Key": key})
        status_is(response, 101, "The request is right.", None)
        expected = [("sec-websocket-accept", accepted(key)), ("upgrade", "websocket")]
        got = sorted((name.lower(), value) for name, value in response.fields)
        same(
            "The fields of the 101, in lower case and sorted:",
            expected=expected,
            got=got,
            usually=None,
        )
        what = "upgrade is what takes the connection over: the function that handshake() was given."
        holds(
            what,
            response.upgrade is take_over,
            expected=take_over,
            got=response.upgrade,
            usually=None,
        )
        same("The content:", expected=b"", got=response.content, usually=None)


@promise(
    task=2,
    usually=beliefs.UPGRADE_IS_A_WORD,
    hints=(
        "What does Firefox send in Connection?",
        "Take both lists apart, in lower case, and look for a member of the list.",
        '"upgrade" in list_members((headers.get("connection") or "").lower()). The same for Upgrade.',
    ),
)
def test_connection_and_upgrade_are_lists(chapter: Attempt) -> None:
    """Connection and Upgrade are lists of tokens; upper and lower case are the same."""
    for connection, upgrade, status in (
        ("keep-alive, Upgrade", "websocket", 101),
        ("upgrade", "WebSocket", 101),
        ("UPGRADE,close", "WEBSOCKET", 101),
        ("Upgrade", "h2c, websocket", 101),
        (["keep-alive", "Upgrade"], ["h2c", "websocket"], 101),
        ("Upgrade ,", " websocket,h2c", 101),
        ("keep-alive", "websocket", 426),
        ("upgraded", "websocket", 426),
        ("no-upgrade, close", "websocket", 426),
        ("Upgrade", "h2c", 426),
        ("Upgrade", "websockets", 426),
        ("Upgrade", "my-websocket", 426),
        ("Upgrade", "web, socket", 426),
        (None, "websocket", 426),
        ("Upgrade", None, 426),
        ("websocket", "upgrade", 426),
        ("", "", 426),
    ):
        response = answered(chapter, Connection=connection, Upgrade=upgrade)
        what = f"Connection: {shown(connection)}. Upgrade: {shown(upgrade)}."
        status_is(response, status, what, beliefs.UPGRADE_IS_A_WORD)


@promise(
    task=2,
    usually=beliefs.EVERY_HTTP_UPGRADES,
    hints=(
        "Which two versions are there in the request?",
        "request.version is that of HTTP: a tuple. The other version is a field, and text.",
        'request.version >= (1, 1), and headers.get("sec-websocket-version") == "13"',
    ),
    hints_if={
        "fields": (
            "How does a client learn which version you speak?",
            "A 426 has the three fields of UPGRADE_NEEDED.",
            'plain(426, "…", *UPGRADE_NEEDED): the star makes an argument of each field.',
        ),
    },
)
def test_only_version_13_over_http_1_1(chapter: Attempt) -> None:
    """Other methods, HTTP/1.0 and other versions get a 426 that says which version is spoken."""
    for method in ("HEAD", "POST", "get"):
        status_is(answered(chapter, method=method), 426, f"The method is {method}.", None)
    for version in ((1, 0), (0, 9)):
        what = f"The request is HTTP/{version[0]}.{version[1]}."
        status_is(answered(chapter, version), 426, what, beliefs.EVERY_HTTP_UPGRADES)
    status_is(answered(chapter, (1, 2)), 101, "The request is HTTP/1.2.", None)
    for value in (None, "", "8", "12", "14", "013", "13, 8", "1", "3", "thirteen"):
        response = answered(chapter, **{"Sec-WebSocket-Version": value})
        what = f"Sec-WebSocket-Version: {shown(value)}."
        status_is(response, 426, what, beliefs.EVERY_HTTP_UPGRADES)
    for what, response in (
        ("HTTP/1.0.", answered(chapter, (1, 0))),
        ("No Upgrade.", answered(chapter, Upgrade=None)),
        ("Version 8.", answered(chapter, **{"Sec-WebSocket-Version": "8"})),
    ):
        got = {name.lower(): value for name, value in response.fields}
        got.pop("content-type", None)
        expected = {name.lower(): value for name, value in chapter.UPGRADE_NEEDED}
        what = f"{what} The fields of the 426, apart from Content-Type:"
        same(what, expected=expected, got=got, usually=None, clue="fields")


@promise(
    task=2,
    usually=beliefs.BROWSER_ASKS_FIRST,
    hints=(
        "A page of evil.example opens a WebSocket to your server. What tells you that?",
        "There are three ways to be allowed: no Origin; http:// and the value of Host; in `origins`.",
        'if headers.get("origin") not in (None, f"http://{headers.get(\'host\')}", *origins): → 403',
    ),
    hints_if={
        beliefs.EVERYBODY_HAS_AN_ORIGIN: (
            "Who sends no Origin?",
            "Browsers always send it. Other programs need not, and are allowed.",
            'headers.get("origin") is None is one of the three ways to be allowed.',
        ),
        beliefs.ORIGIN_BEGINS_LIKE_IT: (
            "Who has registered your.host.evil.example?",
            "Compare all of the origin, not its beginning, its end, or a part of it.",
            "origin == f\"http://{headers.get('host')}\"",
        ),
    },
)
def test_pages_of_other_origins_are_refused(chapter: Attempt) -> None:
    """Without Origin, with the server's own, or with one of `origins`: 101. With any other: 403."""
    ours, allowed = "http://a.test:8000", ("https://b.test", "http://c.test:9")
    for origin in (None, ours):
        usually = beliefs.EVERYBODY_HAS_AN_ORIGIN if origin is None else None
        what = f"Host: a.test:8000. Origin: {shown(origin)}."
        status_is(answered(chapter, Origin=origin), 101, what, usually)
    for origin in ("http://evil.example", "null", "https://evil.example", "http://b.test:8000"):
        what = f"Host: a.test:8000. Origin: {origin}."
        status_is(answered(chapter, Origin=origin), 403, what, beliefs.BROWSER_ASKS_FIRST)
    for origin in (
        *("http://a.test:8000.evil.example", "http://evil.example/http://a.test:8000"),
        *(
            "http://a.test",
            "http://a.test:80",
            "https://a.test:8000",
            "http://xa.test:8000",
            "a.test:8000",
        ),
        *("http://a.test:800", "http://a.test:8000/", "http://a.test:80001"),
    ):
        what = f"Host: a.test:8000. Origin: {origin}."
        status_is(answered(chapter, Origin=origin), 403, what, beliefs.ORIGIN_BEGINS_LIKE_IT)
    what = "Host: a.test:8000. Origin: (empty)."
    status_is(answered(chapter, Origin=""), 403, what, None)
    for origin, status in ((None, 101), (ours, 101), *((other, 101) for other in allowed)):
        what = f"origins={allowed!r}. Host: a.test:8000. Origin: {shown(origin)}."
        status_is(answered(chapter, Origin=origin, origins=allowed), status, what, None)
    for origin in ("http://b.test", "https://c.test:9", "null"):
        what = f"origins={allowed!r}. Host: a.test:8000. Origin: {origin}."
        status_is(answered(chapter, Origin=origin, origins=allowed), 403, what, None)
    response = answered(chapter, Host="d.test", Origin="http://d.test")
    status_is(response, 101, "Host: d.test. Origin: http://d.test.", None)


@promise(
    task=2,
    usually=beliefs.ANY_KEY,
    hints=(
        "What does from_base64() return for a key that is not base64, or too short?",
        "Count the octets that from_base64(key) returns, not the characters of the key.",
        'if len(from_base64(key)) != 16: return plain(400, "…"). A missing key is the text "".',
    ),
)
def test_a_key_has_16_octets(chapter: Attempt) -> None:
    """A key that is missing, or is not base64 of 16 octets, is refused with 400."""
    for key in (
        *("", "abc", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ== ", "0123456789abcdef"),
        *(based("15 octets 15 oc"), based("17 octets 17 octe"), based("18 octets 18 octet")),
        *("*" * 22 + "==", f"{KEY}, {KEY}", None),
    ):
        what = f"Sec-WebSocket-Key: {shown(key)}."
        status_is(answered(chapter, **{"Sec-WebSocket-Key": key}), 400, what, beliefs.ANY_KEY)


@promise(
    task=2,
    usually=beliefs.FIRST_ROW_DECIDES,
    hints=(
        "This request breaks several rules. Which row of the docstring comes first?",
        "First the method, the versions and the lists; then the origin; then the key.",
        "Three ifs in this order, and each returns. Only what passes them all gets the 101.",
    ),
)
def test_the_first_row_decides(chapter: Attempt) -> None:
    """If several rows fit, the first one decides: 426 before 403, and 403 before 400."""
    bad: dict[str, Any] = {"Origin": "http://evil.example", "Sec-WebSocket-Key": "abc"}
    for what, fields, status in (
        ("Version 8, another origin, a wrong key.", {**bad, "Sec-WebSocket-Version": "8"}, 426),
        ("No Upgrade, another origin, a wrong key.", {**bad, "Upgrade": None}, 426),
        ("Another origin, a wrong key.", bad, 403),
        ("Another origin, no key.", {**bad, "Sec-WebSocket-Key": None}, 403),
        ("No Upgrade, no key.", {"Upgrade": None, "Sec-WebSocket-Key": None}, 426),
        ("HEAD, another origin, a wrong key.", {**bad, "method": "HEAD"}, 426),
    ):
        status_is(answered(chapter, **fields), status, what, beliefs.FIRST_ROW_DECIDES)


@promise(
    task=3,
    usually=beliefs.FIN_IS_ALWAYS_THERE,
    hints=(
        "What is in the eight bits of the first octet?",
        "FIN is its top bit, and the opcode its lower half.",
        "fin << 7 | opcode: True is 1.",
    ),
)
def test_begins_with_fin_and_opcode(chapter: Attempt) -> None:
    """The first octet has FIN in its top bit, and the opcode in its lower half."""
    for opcode, fin in product(OPCODES, (True, False)):
        expected = bytes((0x80 * fin + opcode, 2)) + b"hi"
        got = described(partial(chapter.encode_frame, opcode, b"hi", fin=fin))
        other = described(partial(chapter.encode_frame, opcode, b"hi", fin=not fin))
        what = f'encode_frame({opcode}, b"hi", fin={fin}) returned:'
        usually = beliefs.FIN_IS_ALWAYS_THERE if got == other else None
        same(what, expected=expected, got=got, usually=usually)
    got = described(partial(chapter.encode_frame, TEXT, b"hi"))
    same('encode_frame(1, b"hi") returned:', expected=b"\x81\x02hi", got=got, usually=None)


@promise(
    task=3,
    usually=beliefs.LENGTH_IS_AN_OCTET,
    hints=(
        "Which lengths fit into seven bits, if 126 and 127 mean something else?",
        "Below 126: one octet. Below 65,536: 126 and two octets. All others: 127 and eight octets.",
        'struct.pack("!BB", first, length), "!BBH" with 126 and the length, "!BBQ" with 127.',
    ),
    hints_if={
        beliefs.LENGTHS_BEGIN_AT_THE_END: (
            "What is the last length of the short form?",
            "125 and 65,535 are the last ones. Look at your comparisons.",
            "if length < 126: …   elif length < 65536: …   else: …",
        ),
    },
)
def test_a_length_has_its_shortest_form(chapter: Attempt) -> None:
    """A length is written in the shortest of its three forms, and the payload follows."""
    for size in (0, 1, 125, 200, 1000, 65535, 70000, 126, 127, 65536, 255, 256):
        payload = bytes(size)
        expected = frame(BINARY, payload)
        got = described(partial(chapter.encode_frame, BINARY, payload))
        if got == expected:
            continue
        usually: Misconception | None
        other_form = isinstance(got, bytes) and got in long_forms(payload)
        edge = other_form or (isinstance(got, Raised) and size in (126, 127, 65536))
        usually = beliefs.LENGTHS_BEGIN_AT_THE_END if edge else beliefs.LENGTH_IS_AN_OCTET
        if not isinstance(got, bytes) and not isinstance(got, Raised):
            usually = None
        what = f"A payload of {size:,} octets. The frame begins with:"
        head = expected[: len(expected) - size]
        if isinstance(got, bytes) and got.startswith(head):
            what = f"A payload of {size:,} octets. The number of octets in the frame:"
            same(what, expected=len(expected), got=len(got), usually=None)
            broken("The payload is not the one that was given.", usually=None)
        found = Literally(got[: len(head) + 2].hex(" ")) if isinstance(got, bytes) else got
        broken(what, expected=Literally(head.hex(" ")), got=found, usually=usually)


@promise(
    task=3,
    usually=beliefs.MASK_IS_ONLY_XOR,
    hints=(
        "How does a receiver know that there is a mask, and which one?",
        "The second octet gets its top bit. The mask comes after the length, before the payload.",
        "top = 0x80 if there is a mask; head + mask + masked(payload, mask)",
    ),
)
def test_a_mask_is_announced_and_sent(chapter: Attempt) -> None:
    """With a mask: the second octet's top bit, the mask after the length, and a masked payload."""
    for size in (2, 0, 5, 125, 126, 300, 65536):
        payload = b"hi"[:size] if size <= 2 else bytes(range(256)) * 257
        payload = payload[:size]
        for mask in (MASK, b"\0\0\0\0"):
            expected = frame(TEXT, payload, mask=mask)
            got: Any = described(partial(chapter.encode_frame, TEXT, payload, mask=mask))
            if got == expected:
                continue
            head = expected[: len(expected) - size]
            start = got[: len(head)] if isinstance(got, bytes) else got
            what = f"encode_frame(1, {size:,} octets, mask={mask!r}) begins with:"
            if start == head:
                what = "After the head comes masked(payload, mask). The end of the frame:"
                same(what, expected=expected[-size:][:20], got=got[-size:][:20], usually=None)
            first = size == 2 and mask == MASK and not isinstance(got, Raised)
            usually = beliefs.MASK_IS_ONLY_XOR if first else None
            same(what, expected=head, got=start, usually=usually)
    got = described(partial(chapter.encode_frame, PING, b"abc", fin=False, mask=MASK))
    expected = frame(PING, b"abc", fin=False, mask=MASK)
    same("fin=False and a mask:", expected=expected, got=got, usually=None)
    got = described(partial(chapter.encode_frame, TEXT, b"hi"))
    same("No mask:", expected=b"\x81\x02hi", got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.RESERVED_IS_FREE,
    hints=(
        "Which bits of the first octet are neither FIN nor opcode?",
        "0x40, 0x20 and 0x10 together are 0x70. None of them may be set.",
        "if first & 0x70: raise WebSocketError(1002, …)",
    ),
)
def test_reserved_bits_are_0(chapter: Attempt) -> None:
    """A frame with RSV1, RSV2 or RSV3 is refused with 1002; without, it is accepted."""
    for first in (0x81, 0x01, 0x82, 0x02, 0x80, 0x00):
        accepts(chapter, first, 0x85, from_client=True)
    for bit in (0x40, 0x20, 0x10, 0x70, 0x30):
        for first in (0x81, 0x02, 0x89):
            refuses(chapter, first | bit, 0x85, True, beliefs.RESERVED_IS_FREE)


@promise(
    task=4,
    usually=beliefs.UNKNOWN_IS_IGNORED,
    hints=(
        "How many opcodes are there, and how many numbers have four bits?",
        "The opcode is first & 0x0F. OPCODES has all that exist.",
        "if first & 0x0F not in OPCODES: raise WebSocketError(1002, …)",
    ),
)
def test_unknown_opcodes_are_refused(chapter: Attempt) -> None:
    """An opcode that is not in OPCODES is refused with 1002; with FIN, the known ones are accepted."""
    for opcode in range(16):
        if opcode in OPCODES:
            accepts(chapter, 0x80 | opcode, 0x80, from_client=True)
            accepts(chapter, 0x80 | opcode, 0x7D, from_client=False)
        else:
            refuses(chapter, 0x80 | opcode, 0x80, True, beliefs.UNKNOWN_IS_IGNORED)
            if opcode < CLOSE:
                refuses(chapter, opcode, 0x7E, False, beliefs.UNKNOWN_IS_IGNORED)


@promise(
    task=4,
    usually=beliefs.MASK_IS_OPTIONAL,
    hints=(
        "Which bit says that there is a mask, and who has to set it?",
        "A client has to, and a server must not: both are errors.",
        "if second >> 7 != from_client: raise WebSocketError(1002, …). True is 1.",
    ),
)
def test_only_clients_mask(chapter: Attempt) -> None:
    """A client's frame without a mask, and a server's with one, are refused with 1002."""
    for first, length in product((0x81, 0x02, 0x8A), (0, 5, 125)):
        accepts(chapter, first, 0x80 | length, from_client=True)
        accepts(chapter, first, length, from_client=False)
        refuses(chapter, first, length, True, beliefs.MASK_IS_OPTIONAL)
        refuses(chapter, first, 0x80 | length, False, beliefs.MASK_IS_OPTIONAL)
    for length in (126, 127):
        accepts(chapter, 0x82, 0x80 | length, from_client=True)
        refuses(chapter, 0x82, length, True, beliefs.MASK_IS_OPTIONAL)


@promise(
    task=4,
    usually=beliefs.CONTROL_IS_LIKE_DATA,
    hints=(
        "Which opcodes are of control frames, and what is special about these frames?",
        "From CLOSE on: FIN has to be set, and the seven bits of the length say 125 at most.",
        "opcode >= CLOSE and (first < 0x80 or second & 0x7F > 125)",
    ),
)
def test_control_frames_are_short_and_complete(chapter: Attempt) -> None:
    """A control frame without FIN, or that announces more than 125 octets, is refused with 1002."""
    for opcode, length in product((CLOSE, PING, PONG), (0, 1, 124, 125)):
        accepts(chapter, 0x80 | opcode, 0x80 | length, from_client=True)
        accepts(chapter, 0x80 | opcode, length, from_client=False)
        refuses(chapter, opcode, 0x80 | length, True, beliefs.CONTROL_IS_LIKE_DATA)
    for opcode, length in product((CLOSE, PING, PONG), (126, 127)):
        refuses(chapter, 0x80 | opcode, 0x80 | length, True, beliefs.CONTROL_IS_LIKE_DATA)
        refuses(chapter, 0x80 | opcode, length, False, beliefs.CONTROL_IS_LIKE_DATA)
    for opcode, length in product((CONTINUATION, TEXT, BINARY), (0, 125, 126, 127)):
        accepts(chapter, opcode, length, from_client=False)


@promise(
    task=4,
    usually=beliefs.LENGTH_IS_AN_OCTET,
    hints=(
        "What do 126 and 127 in the second octet mean?",
        "The length is in the next two octets, or in the next eight. LENGTHS says where they end.",
        "end, shortest = LENGTHS[length]; length = int.from_bytes(buffer[2:end])",
    ),
    hints_if={
        "top bit": (
            "What is the top bit of the second octet?",
            "It says that there is a mask. It does not belong to the length.",
            "length = buffer[1] & 0x7F",
        ),
    },
)
def test_reads_three_forms_of_length(chapter: Attempt) -> None:
    """read_length() returns the length and the place after it, with a mask or without."""
    for length, top in product((5, 0, 1, 125, 126, 127, 256, 1000, 65535, 65536, 70000), (0, 0x80)):
        head = length_head(length, top)
        for rest in (b"", b"\x01\x02\x03\x04hello"):
            buffer = bytearray(b"\x82" + head + rest)
            before = bytes(buffer)
            got = described(partial(chapter.read_length, buffer, LIMIT))
            what = f"read_length({before[:12].hex(' ')}) returned:"
            clue = "top bit" if top and length < 126 else ""
            usually = (
                beliefs.LENGTH_IS_AN_OCTET
                if length > 125 and got == (before[1] & 0x7F, 2)
                else None
            )
            expected = (length, 1 + len(head))
            got = tuple(got) if isinstance(got, list) else got
            same(what, expected=expected, got=got, usually=usually, clue=clue)
            same("The buffer afterwards:", expected=before, got=bytes(buffer), usually=None)


@promise(
    task=4,
    usually=beliefs.LENGTH_IS_THERE,
    hints=(
        "The buffer ends inside the length. What does int.from_bytes() return for a part of it?",
        "LENGTHS says where the length ends. Is the buffer as long as that?",
        "if len(buffer) < end: return None",
    ),
)
def test_waits_for_the_length(chapter: Attempt) -> None:
    """As long as a length is not complete, read_length() returns None."""
    for length, top in product((256, 126, 65535, 65536, 1 << 40), (0x80, 0)):
        head = b"\x82" + length_head(length, top)
        for size in range(2, len(head)):
            got = described(partial(chapter.read_length, bytearray(head[:size]), 1 << 50))
            what = f"read_length({head[:size].hex(' ')}) returned:"
            usually = None if got is None else beliefs.LENGTH_IS_THERE
            same(what, expected=None, got=got, usually=usually)
        got = described(partial(chapter.read_length, bytearray(head), 1 << 50))
        what = f"read_length({head.hex(' ')}) returned:"
        same(what, expected=(length, len(head)), got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.LENGTH_FORMS_ARE_FREE,
    hints=(
        "Could this length have been written with fewer octets?",
        "LENGTHS has the shortest length that needs each form.",
        "if length < shortest or length >> 63: raise WebSocketError(1002, …)",
    ),
    hints_if={
        beliefs.EIGHT_OCTETS_ARE_A_NUMBER: (
            "What is the largest length that there can be?",
            "The top bit of eight octets is 0. This is 1002, whatever the limit is.",
            "length >> 63 is 1 if the top bit is set. Test it before the limit.",
        ),
    },
)
def test_long_forms_need_long_lengths(chapter: Attempt) -> None:
    """A length that fits a shorter form, or whose top bit is set, is refused with 1002."""
    for length, form in (
        (5, 126),
        (0, 126),
        (125, 126),
        (5, 127),
        (126, 127),
        (65535, 127),
        (0, 127),
    ):
        for top in (0x80, 0):
            buffer = b"\x82" + long_form(length, form, top)
            lengths(chapter, buffer, LIMIT, 1002, beliefs.LENGTH_FORMS_ARE_FREE)
    for length in (1 << 63, (1 << 64) - 1, (1 << 63) + 5):
        buffer = b"\x82" + long_form(length, 127, 0x80)
        lengths(chapter, buffer, LIMIT, 1002, beliefs.EIGHT_OCTETS_ARE_A_NUMBER)
    buffer = b"\x82" + long_form(1 << 63, 127, 0x80)
    lengths(chapter, buffer, 1 << 64, 1002, beliefs.EIGHT_OCTETS_ARE_A_NUMBER)
    for length, form in ((126, 126), (65535, 126), (65536, 127), ((1 << 63) - 1, 127)):
        buffer = b"\x82" + long_form(length, form, 0x80)
        got = described(partial(chapter.read_length, buffer, 1 << 64))
        what = f"read_length({buffer.hex(' ')}), a long form that is needed, returned:"
        same(what, expected=(length, len(buffer)), got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.TRUSTS_THE_LENGTH,
    hints=(
        "How much would you have to keep before this frame is complete?",
        "Compare the length with `limit`, whichever form it has. `limit` octets are allowed.",
        "if length > limit: raise WebSocketError(1009, …), after the if for the long forms.",
    ),
    hints_if={
        "short": (
            "Can a length of the short form be over the limit?",
            "It can, if the limit is small. The comparison is for every form.",
            "Move `if length > limit` out of `if length > 125`.",
        ),
    },
)
def test_a_frame_over_the_limit_is_refused(chapter: Attempt) -> None:
    """A length over `limit` is refused with 1009, as soon as it is complete; `limit` is allowed."""
    for limit in (1000, 70000, 125, 5, 0, 126, 65536):
        buffer = b"\x82" + length_head(limit, 0x80)
        got = described(partial(chapter.read_length, buffer, limit))
        what = f"The limit is {limit:,}, and so is the length. What was returned:"
        same(what, expected=(limit, len(buffer)), got=got, usually=beliefs.LIMIT_IS_ROUGH)
        for length in (limit + 1, 10 * limit + 500, 1 << 62):
            clue = "short" if length < 126 else ""
            buffer = b"\x82" + length_head(length, 0x80)
            lengths(chapter, buffer, limit, 1009, beliefs.TRUSTS_THE_LENGTH, clue)


@promise(
    task=5,
    usually=beliefs.HALF_A_CODE,
    hints=(
        "What are the first two octets, and what is the rest?",
        "The code is a number in two octets. The rest is the reason: text.",
        "code = int.from_bytes(payload[:2]); Closed(code, payload[2:].decode())",
    ),
)
def test_reads_code_and_reason(chapter: Attempt) -> None:
    """A Close frame has a code of two octets, and a reason in UTF-8, which may be empty."""
    for code, reason in (
        (1000, "bye"),
        (1001, ""),
        (3000, "é✓\U0001f4a9"),
        (4999, "x" * 123),
        (1000, " a\0"),
    ):
        payload = struct.pack("!H", code) + reason.encode()
        got = described(partial(chapter.read_close, payload))
        expected = chapter.Closed(code, reason)
        same(f"read_close({payload[:20]!r}) returned:", expected=expected, got=got, usually=None)


@promise(
    task=5,
    usually=beliefs.NO_CODE_IS_FINE,
    hints=(
        "Nobody has sent a code. What is that called?",
        "1005, NO_CODE, is what a program says if there was no code.",
        "if not payload: return Closed(NO_CODE)",
    ),
)
def test_no_code_is_1005(chapter: Attempt) -> None:
    """A Close frame without a payload has the code 1005, which is never sent."""
    got = described(partial(chapter.read_close, b""))
    usually = beliefs.NO_CODE_IS_FINE if getattr(got, "code", 0) == 1000 else None
    same('read_close(b"") returned:', expected=chapter.Closed(1005, ""), got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.ANY_CODE,
    hints=(
        "Which codes may be in a Close frame?",
        "CLOSE_CODES has all of them. Half a code is a number as well, and not in CLOSE_CODES.",
        'if code not in CLOSE_CODES: raise WebSocketError(1002, "…", "7.4")',
    ),
)
def test_bad_codes_are_refused(chapter: Attempt) -> None:
    """Half a code, and every code that is not in CLOSE_CODES, are refused with 1002."""
    for octet in (3, 0, 255):
        closes(chapter, bytes((octet,)), 1002, beliefs.HALF_A_CODE)
    for code in (1005, 1006, 1015, 999, 0, 1004, 1016, 2000, 2999, 5000, 65535):
        closes(chapter, struct.pack("!H", code), 1002, beliefs.ANY_CODE)
        closes(chapter, struct.pack("!H", code) + b"bye", 1002, beliefs.ANY_CODE)
    for code in range(990, 5010):
        if code in chapter.CLOSE_CODES:
            got = described(partial(chapter.read_close, struct.pack("!H", code)))
            what = f"read_close() of the code {code} returned:"
            same(what, expected=chapter.Closed(code, ""), got=got, usually=None)
        else:
            closes(chapter, struct.pack("!H", code), 1002, beliefs.ANY_CODE)


@promise(
    task=5,
    usually=beliefs.REASON_IS_FREE,
    signs={UnicodeDecodeError: beliefs.REASON_IS_FREE},
    hints=(
        "What does decode() do with octets that are not UTF-8?",
        "It raises UnicodeDecodeError. receive(), which is given, makes 1007 of it.",
        "payload[2:].decode(), without errors=… and without a try.",
    ),
)
def test_a_reason_is_utf_8(chapter: Attempt) -> None:
    """A reason that is not UTF-8 raises UnicodeDecodeError."""
    for reason in (b"\xff", b"bye \xc3", b"\xed\xa0\x80", b"\xc0\x80"):
        payload = b"\x03\xe8" + reason
        try:
            got = chapter.read_close(payload)
        except UnicodeDecodeError:
            continue
        except chapter.WebSocketError as error:
            got = Raised(f"WebSocketError: {error}")
        usually = None if isinstance(got, Raised) else beliefs.REASON_IS_FREE
        what = f"read_close({payload!r}) returned:"
        broken(what, expected=Literally("UnicodeDecodeError"), got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.PONG_IS_ONLY_A_SIGN,
    hints=(
        "How does the other side know which of its pings you have answered?",
        "A PONG has the payload of its PING. A PONG itself is not answered.",
        "Frame(PONG, frame.payload)",
    ),
    hints_if={
        beliefs.PONG_IS_ANSWERED: (
            "Two programs answer every pong. When do they stop?",
            "A pong is an answer already.",
            "if frame.opcode == PONG: return None",
        ),
    },
)
def test_a_ping_is_answered_with_a_pong(chapter: Attempt) -> None:
    """A PING is answered with a PONG with the same payload, and a PONG with nothing."""
    for payload in (b"abc", b"", b"\xff\x00", bytes(125), b"\x03\xe8"):
        got = described(partial(chapter.answer_to, chapter.Frame(PING, payload)))
        expected = chapter.Frame(PONG, payload)
        empty = got == chapter.Frame(PONG, b"")
        usually = beliefs.PONG_IS_ONLY_A_SIGN if empty else None
        what = f"answer_to(Frame(PING, {payload[:8]!r}{'…' * (len(payload) > 8)})) returned:"
        same(what, expected=expected, got=got, usually=usually)
    for payload in (b"abc", b"", b"\x00"):
        got = described(partial(chapter.answer_to, chapter.Frame(PONG, payload)))
        usually = beliefs.PONG_IS_ANSWERED if isinstance(got, chapter.Frame) else None
        what = f"answer_to(Frame(PONG, {payload!r})) returned:"
        same(what, expected=None, got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.CLOSE_COMES_BACK,
    hints=(
        "What comes back: everything, or the code?",
        "The first two octets of the payload. If there are none, the answer has none either.",
        "read_close(frame.payload), for its errors; then Frame(CLOSE, frame.payload[:2])",
    ),
    hints_if={
        beliefs.NO_CODE_IS_FINE: (
            "Which code do you send if you have received none?",
            "None. 1005 is never sent.",
            'payload[:2] of b"" is b"".',
        ),
        "checked": (
            "Is this a Close frame that may be answered?",
            "read_close() finds out. Call it first, and let its error pass.",
            "read_close(frame.payload), on a line of its own, before you make the answer.",
        ),
    },
)
def test_a_close_is_answered_with_its_code(chapter: Attempt) -> None:
    """A CLOSE is answered with its code, without the reason; a wrong one raises an error."""
    for payload, answer in (
        (b"\x03\xe8bye", b"\x03\xe8"),
        (b"\x03\xe9", b"\x03\xe9"),
        (b"\x0f\xa0" + b"x" * 123, b"\x0f\xa0"),
        (b"", b""),
    ):
        got = described(partial(chapter.answer_to, chapter.Frame(CLOSE, payload)))
        back = payload != answer and got == chapter.Frame(CLOSE, payload)
        invented = not payload and isinstance(got, chapter.Frame) and got.payload
        usually = (
            beliefs.CLOSE_COMES_BACK if back else beliefs.NO_CODE_IS_FINE if invented else None
        )
        what = f"answer_to(Frame(CLOSE, {payload[:8]!r}{'…' * (len(payload) > 8)})) returned:"
        same(what, expected=chapter.Frame(CLOSE, answer), got=got, usually=usually)
    for payload, kind in (
        (b"\x03", chapter.WebSocketError),
        (b"\x03\xed", chapter.WebSocketError),
        (b"\x03\xe8\xff", UnicodeDecodeError),
    ):
        try:
            got = chapter.answer_to(chapter.Frame(CLOSE, payload))
        except kind:
            continue
        what = f"answer_to(Frame(CLOSE, {payload!r})) returned:"
        expected = Literally(kind.__name__)
        broken(what, expected=expected, got=got, usually=None, clue="checked")


@promise(
    task=6,
    usually=beliefs.FRAME_IS_A_MESSAGE,
    hints=(
        "When is a message complete?",
        "With FIN: then return what finished() returns. Without FIN, return None, and keep the octets.",
        "self.parts += frame.payload; return self.finished() if frame.fin else None",
    ),
    hints_if={
        beliefs.LAST_OPCODE_COUNTS: (
            "Which frame says whether the message is text?",
            "The first one. All others have the opcode CONTINUATION, which is 0.",
            "self.kind = self.kind or frame.opcode",
        ),
        beliefs.EMPTY_MESSAGE: (
            "Is an empty text a message?",
            "It is, as soon as FIN has come. None means that there is no message yet.",
            "return self.finished() if frame.fin else None: do not ask whether the message is true.",
        ),
    },
)
def test_frames_become_messages(chapter: Attempt) -> None:
    """A message is complete with FIN: text as str, binary as bytes, in any number of frames."""
    for what, frames in (
        ("One frame of text", [(TEXT, b"hello", "hello")]),
        ("One frame of binary", [(BINARY, b"\xff\x00", b"\xff\x00")]),
        ("Text in two frames", [(TEXT, b"he", None), (CONTINUATION, b"llo", "hello")]),
        ("Binary in two frames", [(BINARY, b"\xff", None), (CONTINUATION, b"\xfe", b"\xff\xfe")]),
        (
            "Text in three",
            [(TEXT, b"a", None), (CONTINUATION, b"b", None), (CONTINUATION, b"c", "abc")],
        ),
        ("Empty frames", [(TEXT, b"", None), (CONTINUATION, b"", None), (CONTINUATION, b"a", "a")]),
        ("An empty last frame", [(BINARY, b"a", None), (CONTINUATION, b"", b"a")]),
        ("An empty text", [(TEXT, b"", "")]),
        ("Empty octets", [(BINARY, b"", b"")]),
        ("Empty text in two frames", [(TEXT, b"", None), (CONTINUATION, b"", "")]),
    ):
        socket = chapter.WebSocket()
        for number, (opcode, payload, expected) in enumerate(frames, 1):
            got = described(
                partial(socket.take_data, chapter.Frame(opcode, payload, expected is not None))
            )
            usually = misread(got, expected, number)
            label = f"{what}. What take_data() returned for frame {number}:"
            same(label, expected=expected, got=got, usually=usually)


@promise(
    task=6,
    usually=beliefs.FRAME_IS_A_MESSAGE,
    hints=(
        "The second message begins. What is left of the first?",
        "finished() resets `kind` and `parts`. Nothing else may be kept between two messages.",
        "Use self.kind, self.parts and self.utf8, and no variable of the class or of the module.",
    ),
)
def test_one_message_after_another(chapter: Attempt) -> None:
    """After a message, the next one begins as if it were the first; two clients share nothing."""
    socket, other = chapter.WebSocket(), chapter.WebSocket(is_client=True)
    other.take_data(chapter.Frame(TEXT, b"other ", False))
    for opcode, payload, fin, expected in (
        (TEXT, b"a", True, "a"),
        (BINARY, b"b", True, b"b"),
        (BINARY, b"c", False, None),
        (CONTINUATION, b"d", True, b"cd"),
        (TEXT, b"e", False, None),
        (CONTINUATION, "\xe9".encode(), True, "e\xe9"),
        (TEXT, b"", True, ""),
        (BINARY, b"\xff", True, b"\xff"),
        (TEXT, b"f", True, "f"),
    ):
        got = described(partial(socket.take_data, chapter.Frame(opcode, payload, fin)))
        what = f"Many messages. take_data(Frame({opcode}, {payload!r}, {fin})) returned:"
        same(what, expected=expected, got=got, usually=None)
    got = described(partial(other.take_data, chapter.Frame(CONTINUATION, b"text", True)))
    same("Another client's text ends:", expected="other text", got=got, usually=None)


@promise(
    task=6,
    usually=beliefs.CONTINUES_ANYTHING,
    hints=(
        "Which opcode must the next frame have: in the middle of a message, and between two?",
        "In the middle, it must be CONTINUATION. Between two, it must not.",
        "if (frame.opcode == CONTINUATION) != (self.kind != 0): raise WebSocketError(1002, …)",
    ),
)
def test_frames_come_in_order(chapter: Attempt) -> None:
    """A continuation of nothing, and a new message inside another, are refused with 1002."""
    for fin, after in product((True, False), (False, True)):
        socket = chapter.WebSocket()
        if after:
            socket.take_data(chapter.Frame(TEXT, b"a", True))
        what = f"A continuation {'after a message' if after else 'at the beginning'}, fin={fin}."
        call = partial(socket.take_data, chapter.Frame(CONTINUATION, b"b", fin))
        fails(chapter, what, call, 1002, beliefs.CONTINUES_ANYTHING, lambda got: got is not None)
    for first, second, fin in product((TEXT, BINARY), (TEXT, BINARY), (True, False)):
        for payload in (b"a", b""):
            socket = chapter.WebSocket()
            socket.take_data(chapter.Frame(first, payload, False))
            what = f"Frame({first}, {payload!r}) without fin, then Frame({second}, b'b', {fin})."
            call = partial(socket.take_data, chapter.Frame(second, b"b", fin))
            fails(chapter, what, call, 1002, beliefs.MESSAGES_MIX)


@promise(
    task=6,
    usually=beliefs.TEXT_PER_FRAME,
    signs={UnicodeDecodeError: beliefs.TEXT_PER_FRAME},
    hints=(
        "A character has several octets. Where may it be cut?",
        "Anywhere. `utf8` remembers the beginning of a character until its end comes.",
        "self.utf8.decode(frame.payload, frame.fin): every frame of a text, and only of a text.",
    ),
)
def test_a_character_may_be_cut(chapter: Attempt) -> None:
    """A character may be cut between two frames; binary is not checked."""
    text = "aé✓\U0001f4a9z"
    octets = text.encode()
    for cut in range(len(octets) + 1):
        for pieces in ([octets[:cut], octets[cut:]], [octets[:cut], b"", octets[cut:]]):
            socket = chapter.WebSocket()
            got = described(partial(taken, chapter, socket, TEXT, pieces))
            wrong = isinstance(got, Raised) and "UnicodeDecodeError" in got
            usually = beliefs.TEXT_PER_FRAME if wrong else None
            what = f"{text!r}, cut after {cut} octets. The message:"
            same(what, expected=text, got=got, usually=usually)
    socket = chapter.WebSocket()
    got = described(
        partial(taken, chapter, socket, BINARY, [b"\xc3", b"\xff\xed\xa0", b"\x80\xc3"])
    )
    expected = b"\xc3\xff\xed\xa0\x80\xc3"
    same("Binary that is not UTF-8. The message:", expected=expected, got=got, usually=None)
    got = described(partial(taken, chapter, socket, TEXT, [b"a"]))
    same("Text after it. The message:", expected="a", got=got, usually=None)
    other = chapter.WebSocket(is_client=True)
    other.take_data(chapter.Frame(TEXT, b"\xc3", False))
    got = described(partial(taken, chapter, socket, TEXT, [b"b"]))
    what = "Another client's character is incomplete. The message of this one:"
    same(what, expected="b", got=got, usually=None)
    got = described(partial(other.take_data, chapter.Frame(CONTINUATION, b"\xa9", True)))
    same("The other client's message:", expected="é", got=got, usually=None)


@promise(
    task=6,
    usually=beliefs.TEXT_AT_THE_END,
    hints=(
        "When do you know that this text cannot be UTF-8?",
        "With its frame, whether it has FIN or not. At the end, half a character is an error as well.",
        "self.utf8.decode(frame.payload, frame.fin), before you ask for FIN",
    ),
    hints_if={
        beliefs.HALF_A_CHARACTER: (
            "The last octet begins a character, and the message is over.",
            "decode() has to know that no more octets will come.",
            "The second argument of decode() is frame.fin.",
        ),
    },
)
def test_bad_text_is_refused_at_once(chapter: Attempt) -> None:
    """Text that is not UTF-8 raises UnicodeDecodeError with its frame; half a character at the end."""
    for pieces in (
        *([b"a\xff"], [b"a\xff", b"b"], [b"a", b"\xff", b"b"], [b"\xc3", b"(", b"b"]),
        *([b"\xe0\x80", b"\x80", b""], [b"\xf4\x90", b"\x80\x80", b""], [b"\xc0", b"\x80"]),
    ):
        when = 2 if pieces in ([b"a", b"\xff", b"b"], [b"\xc3", b"(", b"b"]) else 1
        undecodable(chapter, pieces, when, beliefs.TEXT_AT_THE_END)
    for pieces in (
        [b"a\xc3"],
        [b"a", b"\xe2\x9c"],
        [b"\xf0\x9f\x92"],
        [b"\xf0", b"\x9f", b"\x92"],
        [b"\xc3", b""],
    ):
        undecodable(chapter, pieces, len(pieces), beliefs.HALF_A_CHARACTER)


OPCODES = (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG)


def take_over(_conn: Any) -> None:
    """Stand for what takes a connection over."""


def based(text: str) -> str:
    """Return a text in base64."""
    return b64encode(text.encode()).decode()


def accepted(key: str) -> str:
    """Return the value of Sec-WebSocket-Accept."""
    return b64encode(sha1((key + GUID).encode()).digest()).decode()


def answered(
    chapter: Attempt,
    version: Any = (1, 1),
    origins: Any = None,
    method: Any = "GET",
    **changes: Any,
) -> Any:
    """Return the response to a request that is right, apart from these changes of its fields."""
    fields = {
        "Host": "a.test:8000",
        "Origin": "http://a.test:8000",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    } | changes
    lines = [
        (name, value)
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
        if value is not None
    ]
    request = chapter.Request(method, "/chat", version, chapter.Headers(lines))
    arguments = () if origins is None else (origins,)
    response = chapter.handshake(request, take_over, *arguments)
    if not isinstance(response, chapter.Response):
        expected = Literally("a Response")
        broken("handshake() returned:", expected=expected, got=response, usually=None)
    return response


def status_is(response: Any, expected: int, what: str, usually: Misconception | None) -> None:
    """Require a status. The belief fits if a 101 was taken for a refusal, or the other way round."""
    known = {101, 403, 426} if usually is not beliefs.ANY_KEY else {101}
    if usually is beliefs.FIRST_ROW_DECIDES:
        known = {400, 403}
    reason = usually if response.status in known else None
    same(f"{what} The status:", expected=expected, got=response.status, usually=reason)


def shown(value: Any) -> str:
    """Return a field's value, for a report."""
    if value is None:
        return "(missing)"
    return "two lines, " + " and ".join(value) if isinstance(value, list) else value or "(empty)"


def length_head(length: int, top: int) -> bytes:
    """Return a length in its shortest form, after the first octet of a frame."""
    if length < 126:
        return bytes((top | length,))
    return long_form(length, 126 if length < 65536 else 127, top)


def long_form(length: int, form: int, top: int) -> bytes:
    """Return a length in one of the long forms, needed or not."""
    return struct.pack("!BH" if form == 126 else "!BQ", top | form, length)


def long_forms(payload: bytes) -> list[bytes]:
    """Return the frames of a payload whose length has another form than the shortest."""
    size = len(payload)
    forms = [long_form(size, 127, 0)]
    if size < 65536:
        forms.append(long_form(size, 126, 0))
    if size < 128:
        forms.append(bytes((size,)))
    return [b"\x82" + form + payload for form in forms]


def frame(opcode: int, payload: bytes, *, fin: bool = True, mask: bytes | None = None) -> bytes:
    """Return a frame, made without the learner's code."""
    head = bytes((0x80 * fin + opcode,)) + length_head(len(payload), 0x80 if mask else 0)
    if mask is None:
        return head + payload
    return head + mask + bytes(octet ^ mask[i % 4] for i, octet in enumerate(payload))


def accepts(chapter: Attempt, first: int, second: int, *, from_client: bool) -> None:
    """Require that check_start() accepts two octets."""
    got = described(partial(chapter.check_start, first, second, from_client))
    if isinstance(got, Raised):
        what = f"check_start(0x{first:02x}, 0x{second:02x}, {from_client}): this frame is allowed."
        broken(what, expected=Literally("no error"), got=got, usually=None)


def refuses(
    chapter: Attempt, first: int, second: int, from_client: bool, usually: Misconception
) -> None:
    """Require that check_start() refuses two octets."""
    what = f"check_start(0x{first:02x}, 0x{second:02x}, {from_client})."
    call = partial(chapter.check_start, first, second, from_client)
    fails(chapter, what, call, 1002, usually, lambda got: got is None)


def fails(
    chapter: Attempt,
    what: str,
    call: Callable[[], object],
    code: int,
    usually: Misconception | None,
    fits: Callable[[object], bool] = lambda _got: True,
) -> None:
    """Require a WebSocketError with this code. The belief fits some values that were returned."""
    try:
        got = call()
    except chapter.WebSocketError as error:
        same(f"{what} The code of the WebSocketError:", expected=code, got=error.code, usually=None)
    else:
        expected = Literally(f"WebSocketError {code}")
        reason = usually if fits(got) else None
        broken(f"{what} What was returned:", expected=expected, got=got, usually=reason)


def lengths(
    chapter: Attempt,
    buffer: bytes,
    limit: int,
    code: int,
    usually: Misconception,
    clue: str = "",
) -> None:
    """Require that read_length() refuses a length."""
    what = f"read_length({buffer.hex(' ')}), limit {limit:,}."
    try:
        got = chapter.read_length(bytearray(buffer), limit)
    except chapter.WebSocketError as error:
        what = f"{what} The code of the WebSocketError:"
        late = usually if usually is beliefs.EIGHT_OCTETS_ARE_A_NUMBER else None
        same(what, expected=code, got=error.code, usually=late)
    else:
        what, expected = f"{what} What was returned:", Literally(f"WebSocketError {code}")
        broken(what, expected=expected, got=got, usually=usually, clue=clue)


def closes(chapter: Attempt, payload: bytes, code: int, usually: Misconception) -> None:
    """Require that read_close() refuses a payload."""
    fails(chapter, f"read_close({payload!r}).", partial(chapter.read_close, payload), code, usually)


def misread(got: object, expected: object, number: int) -> Misconception | None:
    """Return the belief that fits what take_data() returned."""
    if got is None and expected is not None and not expected:
        return beliefs.EMPTY_MESSAGE
    if isinstance(got, Raised):
        return None
    if expected is None and isinstance(got, str | bytes) and got:
        return beliefs.FRAME_IS_A_MESSAGE
    if number > 1 and isinstance(expected, str) and got == expected.encode():
        return beliefs.LAST_OPCODE_COUNTS
    return None


def taken(chapter: Attempt, socket: Any, opcode: int, pieces: Iterable[bytes]) -> Any:
    """Give take_data() a message in frames, and return what it returned for the last one."""
    *first, last = pieces
    for piece in first:
        got = socket.take_data(chapter.Frame(opcode, piece, False))
        same(
            "A frame without FIN. What take_data() returned:", expected=None, got=got, usually=None
        )
        opcode = CONTINUATION
    return socket.take_data(chapter.Frame(opcode, last, True))


def undecodable(
    chapter: Attempt, pieces: list[bytes], when: int, usually: Misconception | None
) -> None:
    """Require a UnicodeDecodeError for this frame of a text, and none before."""
    socket, got, number = chapter.WebSocket(), None, 0
    try:
        for number, piece in enumerate(pieces, 1):
            opcode = CONTINUATION if number > 1 else TEXT
            got = socket.take_data(chapter.Frame(opcode, piece, number == len(pieces)))
            if number == when:
                break
    except UnicodeDecodeError:
        if number == when:
            return
        got = Literally("UnicodeDecodeError, too early")
        usually = beliefs.TEXT_PER_FRAME
    if when in (2, len(pieces)) and usually is beliefs.TEXT_AT_THE_END:
        usually = None  # it is not the belief: it would have shown before
    what = f"A text in {len(pieces)} frame{'s' * (len(pieces) > 1)}. What frame {number} brought:"
    sent = Given(" | ".join(piece.hex(" ") for piece in pieces))
    broken(what, sent=sent, expected=Literally("UnicodeDecodeError"), got=got, usually=usually)


TASKS = {
    1: "accept_key",
    2: "handshake",
    3: "encode_frame",
    4: "check_start, read_length",
    5: "read_close, answer_to",
    6: "WebSocket.take_data",
}
