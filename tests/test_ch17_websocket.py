"""The promises of chapter 17: how the server can speak first."""

import struct
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha1
from itertools import product
from typing import Any

from course.checks.answers import Attempt
from course.checks.expect import Given, Literally, Raised, broken, described, same
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
        "AAAAAAAAAAAAAAAAAAAAAB==",  # the same 16 octets as another key, but another text
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
        "What does Firefox send in Connection?",
        "Take both lists apart, in lower case, and look for a member of the list.",
        '"upgrade" in list_members((headers.get("connection") or "").lower()). The same for Upgrade.',
    ),
    hints_if={
        "missing": (
            "Which field does this request not have?",
            "get() returned None. None has no lower(), and is not a list.",
            '(headers.get("connection") or "") is always text.',
        ),
        "both": (
            "Which of the two fields is wrong in this request?",
            "Connection has to name upgrade, and Upgrade has to name websocket.",
            "Two tests, with `and` between them.",
        ),
        "part": (
            "Is the word that you look for a member of this list?",
            "`in` finds a part of a text, but a whole member of a list.",
            "Take the list apart with list_members() before you look.",
        ),
    },
)
def test_connection_and_upgrade_are_lists(chapter: Attempt) -> None:
    """Connection has to name upgrade, and Upgrade websocket: both are lists, in any case."""
    for connection, upgrade, expected, clue in (
        ("Upgrade", "websocket", True, ""),
        ("upgrade", "WebSocket", True, ""),
        ("keep-alive, Upgrade", "websocket", True, ""),
        ("UPGRADE,close", "WEBSOCKET", True, ""),
        ("Upgrade", "h2c, websocket", True, ""),
        (["keep-alive", "Upgrade"], ["h2c", "websocket"], True, ""),
        ("Upgrade ,", " websocket,h2c", True, ""),
        ("keep-alive", "websocket", False, "both"),
        ("Upgrade", "h2c", False, "both"),
        ("upgraded", "websocket", False, "part"),
        ("no-upgrade, close", "websocket", False, "part"),
        ("Upgrade", "websockets", False, "part"),
        ("Upgrade", "my-websocket", False, "part"),
        ("Upgrade", "web, socket", False, "part"),
        ("Upgrade", "websocket/13", False, "part"),
        (None, "websocket", False, "missing"),
        ("Upgrade", None, False, "missing"),
        (None, None, False, "missing"),
        ("websocket", "upgrade", False, "both"),
        ("", "", False, "both"),
    ):
        got = described(partial(chapter.asks_for_websocket, fields(chapter, connection, upgrade)))
        what = f"Connection: {shown(connection)}. Upgrade: {shown(upgrade)}. What was returned:"
        is_plain = (connection, upgrade) == ("Upgrade", "websocket")
        refused = expected and got is False and not is_plain
        usually = beliefs.UPGRADE_IS_A_WORD if refused else None
        same(what, expected=expected, got=got, usually=usually, clue=clue)


@promise(
    task=2,
    usually=beliefs.EVERYBODY_HAS_AN_ORIGIN,
    hints=(
        "Who may connect? There are three ways.",
        "No Origin; http:// and the value of Host; a member of `origins`.",
        'headers.get("origin") in (None, own, *origins)',
    ),
    hints_if={
        beliefs.EVERYBODY_HAS_AN_ORIGIN: (
            "Who sends no Origin?",
            "Browsers always send it. Other programs need not, and are allowed.",
            'headers.get("origin") is None is one of the three ways to be allowed.',
        ),
    },
)
def test_your_own_pages_may_connect(chapter: Attempt) -> None:
    """A request without Origin, with the server's own, or with a member of `origins`, may connect."""
    for origins in ((), ("https://b.test", "http://c.test:9"), ["http://d.test"]):
        for host in ("a.test:8000", "a.test", "[::1]:80"):
            for origin in (None, f"http://{host}", *origins):
                got = described(partial(chapter.may_connect, page(chapter, host, origin), origins))
                what = f"Host: {host}. Origin: {shown(origin)}. origins={origins!r}."
                missing = origin is None and got is False
                usually = beliefs.EVERYBODY_HAS_AN_ORIGIN if missing else None
                same(f"{what} What was returned:", expected=True, got=got, usually=usually)


@promise(
    task=2,
    usually=beliefs.BROWSER_ASKS_FIRST,
    hints=(
        "A page of evil.example opens a WebSocket to your server. What tells you that?",
        "Whatever Origin is not allowed is refused.",
        'headers.get("origin") in (None, own, *origins)',
    ),
    hints_if={
        beliefs.ORIGIN_BEGINS_LIKE_IT: (
            "Who has registered your.host.evil.example?",
            "Compare all of the origin, not its beginning, its end, or a part of it.",
            "== compares all of two texts. `in` does so for the members of a tuple.",
        ),
        "parts": (
            "Which three parts does an origin have?",
            "Another scheme or another port makes another origin.",
            'own = "http://" and the value of Host, as it is: it has the port.',
        ),
        "empty": (
            "This request has the field. What is its value?",
            'get() returns "" for an empty field, and None for a missing one.',
            "Compare with None. `not origin` is true for both.",
        ),
    },
)
def test_other_pages_may_not_connect(chapter: Attempt) -> None:
    """With any other Origin, a page may not connect. All of it is compared."""
    others = beliefs.BROWSER_ASKS_FIRST
    alike = beliefs.ORIGIN_BEGINS_LIKE_IT
    for origin, usually, clue in (
        *(
            (origin, others, "")
            for origin in ("http://evil.example", "https://evil.example", "null")
        ),
        ("http://a.test:8000.evil.example", alike, ""),
        ("http://a.test:80001", alike, ""),
        ("http://evil.example/http://a.test:8000", alike, ""),
        ("http://xa.test:8000", alike, ""),
        ("http://a.test", None, "parts"),
        ("http://a.test:80", None, "parts"),
        ("https://a.test:8000", None, "parts"),
        ("a.test:8000", None, "parts"),
        ("http://a.test:800", None, "parts"),
        ("http://a.test:8000/", None, "parts"),
        ("", None, "empty"),
    ):
        for origins in ((), ("https://b.test", "http://c.test:9")):
            headers = page(chapter, "a.test:8000", origin)
            got = described(partial(chapter.may_connect, headers, origins))
            what = f"Host: a.test:8000. Origin: {shown(origin)}. origins={origins!r}."
            reason = usually if got is True else None
            same(f"{what} What was returned:", expected=False, got=got, usually=reason, clue=clue)
    for origin in (
        *("http://b.test", "https://b.test:443", "https://c.test:9", "https://b.test.evil"),
        *("https://b.tes", "b.test", "https://b.test http://c.test:9"),
    ):
        headers = page(chapter, "a.test:8000", origin)
        got = described(
            partial(chapter.may_connect, headers, ("https://b.test", "http://c.test:9"))
        )
        what = (
            f"origins=('https://b.test', 'http://c.test:9'). Origin: {origin}. What was returned:"
        )
        same(what, expected=False, got=got, usually=None, clue="parts")


@promise(
    task=3,
    usually=beliefs.FIN_IS_ALWAYS_THERE,
    hints=(
        "What is in the eight bits of the first octet?",
        "FIN is its top bit, and the opcode its lower half.",
        "fin << 7 | opcode: True is 1.",
    ),
    hints_if={
        "always": (
            "What does fin=False say about this frame?",
            "It is not the last frame of its message, so the top bit is 0.",
            "0x80 only if `fin` is true; then the opcode",
        ),
    },
)
def test_begins_with_fin_and_opcode(chapter: Attempt) -> None:
    """The first octet has FIN in its top bit, and the opcode in its lower half."""
    for opcode, fin in product(OPCODES, (True, False)):
        expected = bytes((0x80 * fin + opcode, 2)) + b"hi"
        got = described(partial(chapter.encode_frame, opcode, b"hi", fin=fin))
        what = f'encode_frame({opcode}, b"hi", fin={fin}) returned:'
        other = described(partial(chapter.encode_frame, opcode, b"hi", fin=not fin))
        forgets = got == other == bytes((opcode, 2)) + b"hi"
        usually = beliefs.FIN_IS_ALWAYS_THERE if forgets else None
        clue = "always" if got == bytes((0x80 | opcode, 2)) + b"hi" else ""
        same(what, expected=expected, got=got, usually=usually, clue=clue)
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
        "edge": (
            "What is the last length of the short form?",
            "125 and 65,535 are the last ones. Look at your comparisons.",
            "if length < 126: …   elif length < 65536: …   else: …",
        ),
        "padding": (
            "How many octets does your struct.pack() return?",
            "Without `!`, Python may fill up with zeros, so that a number begins at an even place.",
            'struct.pack("!BBH", …) has four octets, and "!BBQ" ten.',
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
        usually = None if edge else beliefs.LENGTH_IS_AN_OCTET
        if not isinstance(got, bytes) and not isinstance(got, Raised):
            usually = None
        what = f"A payload of {size:,} octets. The frame begins with:"
        head = expected[: len(expected) - size]
        if isinstance(got, bytes) and got.startswith(head):
            what = f"A payload of {size:,} octets. The number of octets in the frame:"
            same(what, expected=len(expected), got=len(got), usually=None, clue="padding")
            broken("The payload is not the one that was given.", usually=None)
        found = Literally(got[: len(head) + 2].hex(" ")) if isinstance(got, bytes) else got
        clue = "edge" if edge else ""
        broken(what, expected=Literally(head.hex(" ")), got=found, usually=usually, clue=clue)


@promise(
    task=3,
    usually=beliefs.MASK_IS_ONLY_XOR,
    hints=(
        "How does a receiver know that there is a mask, and which one?",
        "The second octet gets its top bit. The mask comes after the length, before the payload.",
        "top = 0x80 if there is a mask; head + mask + masked(payload, mask)",
    ),
    hints_if={
        "place": (
            "Where does the receiver look for the mask?",
            "After the length, whichever form it has, and before the payload.",
            "head + mask + masked(payload, mask)",
        ),
    },
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
            is_said = isinstance(got, bytes) and got[1:2] >= b"\x80" and mask in got
            first = size == 2 and mask == MASK and isinstance(got, bytes)
            usually = beliefs.MASK_IS_ONLY_XOR if first and not is_said else None
            same(what, expected=head, got=start, usually=usually, clue="place" if is_said else "")
    got = described(partial(chapter.encode_frame, PING, b"abc", fin=False, mask=MASK))
    expected = frame(PING, b"abc", fin=False, mask=MASK)
    same("fin=False and a mask:", expected=expected, got=got, usually=None)
    got = described(partial(chapter.encode_frame, TEXT, b"hi"))
    same("No mask:", expected=b"\x81\x02hi", got=got, usually=None)


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
        "LENGTHS has the smallest length that needs each form.",
        "if length < smallest: raise WebSocketError(1002, …)",
    ),
    hints_if={
        "code": (
            "Which rule comes first in the docstring?",
            "A form that is not the shortest is 1002, even if the length is over the limit.",
            "Test the form inside the `if` for long forms, and the limit after it.",
        ),
    },
)
def test_long_forms_need_long_lengths(chapter: Attempt) -> None:
    """A length that fits a shorter form is refused with 1002, whatever the limit is."""
    for limit in (LIMIT, 0):
        for length, form in ((5, 126), (0, 126), (125, 126), (126, 127), (5, 127), (65535, 127)):
            for top in (0x80, 0):
                buffer = b"\x82" + long_form(length, form, top)
                usually = beliefs.LENGTH_FORMS_ARE_FREE
                too_long(chapter, buffer, limit, 1002, usually, clue="code")
    for length, form in ((126, 126), (65535, 126), (65536, 127), ((1 << 63) - 1, 127)):
        buffer = b"\x82" + long_form(length, form, 0x80)
        got = described(partial(chapter.read_length, buffer, 1 << 64))
        what = f"read_length({buffer.hex(' ')}), a long form that is needed, returned:"
        same(what, expected=(length, len(buffer)), got=got, usually=None)


@promise(
    task=4,
    usually=beliefs.LENGTH_IS_A_PROMISE,
    hints=(
        "How much would you have to keep before this frame is complete?",
        "Compare the length with `limit`, whichever form it has. `limit` octets are allowed.",
        "if length > limit: raise WebSocketError(1009, …), after the if for the long forms.",
    ),
    hints_if={
        "exact": (
            "The length is exactly the limit. Is that too much?",
            "A payload of `limit` octets is allowed. One more is not. The head does not count.",
            "if length > limit",
        ),
        "short": (
            "Can a length of the short form be over the limit?",
            "It can, if the limit is small. The comparison is for every form.",
            "Move `if length > limit` out of `if length > 125`.",
        ),
        "waits": (
            "Which octets of this frame have arrived?",
            "Its length is there, and that is enough to refuse it.",
            "Do not look at len(buffer) once the length is complete.",
        ),
    },
)
def test_a_frame_over_the_limit_is_refused(chapter: Attempt) -> None:
    """A length over `limit` is refused with 1009, as soon as it is complete; `limit` is allowed."""
    for limit in (1000, 70000, 125, 5, 0, 126, 65536):
        buffer = b"\x82" + length_head(limit, 0x80)
        got = described(partial(chapter.read_length, buffer, limit))
        what = f"The limit is {limit:,}, and so is the length. What was returned:"
        rough = isinstance(got, Raised) and "WebSocketError" in got
        clue = "exact" if rough else ""
        same(what, expected=(limit, len(buffer)), got=got, usually=None, clue=clue)
        for length in (limit + 1, 10 * limit + 500, 1 << 62):
            buffer = b"\x82" + length_head(length, 0x80)
            promised = beliefs.LENGTH_IS_A_PROMISE if length > 125 else None
            too_long(chapter, buffer, limit, 1009, promised, "short" if length < 126 else "")


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
        usually = (
            beliefs.PONG_IS_ANSWERED
            if isinstance(got, chapter.Frame) and got.opcode == PONG
            else None
        )
        what = f"answer_to(Frame(PONG, {payload!r})) returned:"
        same(what, expected=None, got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.CLOSE_COMES_BACK,
    hints=(
        "What comes back: everything, or the code?",
        "The first two octets of the payload. If there are none, the answer has none either.",
        "Frame(CLOSE, frame.payload[:2])",
    ),
    hints_if={
        "no code": (
            "Which code do you send if you have received none?",
            "None: the answer is empty as well.",
            'payload[:2] of b"" is b"".',
        ),
    },
)
def test_a_close_is_answered_with_its_code(chapter: Attempt) -> None:
    """A CLOSE is answered with its code, without the reason; without a code, there is none."""
    for payload, answer in (
        (b"\x03\xe8bye", b"\x03\xe8"),
        (b"\x03\xe9", b"\x03\xe9"),
        (b"\x0f\xa0" + b"x" * 123, b"\x0f\xa0"),
        (b"", b""),
    ):
        got = described(partial(chapter.answer_to, chapter.Frame(CLOSE, payload)))
        back = payload != answer and got == chapter.Frame(CLOSE, payload)
        invented = not payload and got == chapter.Frame(CLOSE, b"\x03\xe8")
        usually = (
            beliefs.CLOSE_COMES_BACK if back else beliefs.NO_CODE_IS_FINE if invented else None
        )
        what = f"answer_to(Frame(CLOSE, {payload[:8]!r}{'…' * (len(payload) > 8)})) returned:"
        clue = "" if payload else "no code"
        same(what, expected=chapter.Frame(CLOSE, answer), got=got, usually=usually, clue=clue)


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
            label = f"{what}. Frame {number} to take_data():"
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
        "later": (
            "The wrong octet came in a continuation. Is that text as well?",
            "Its opcode is 0, like that of every continuation. Ask which message it belongs to.",
            "self.kind is the opcode of the message, whichever frame this is.",
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


def based(text: str) -> str:
    """Return a text in base64."""
    return b64encode(text.encode()).decode()


def fields(chapter: Attempt, connection: Any, upgrade: Any) -> Any:
    """Return the fields of a request, with what these two have."""
    return chapter.Headers(
        (name, value)
        for name, values in (("Host", "a.test"), ("Connection", connection), ("Upgrade", upgrade))
        for value in (values if isinstance(values, list) else [values])
        if value is not None
    )


def page(chapter: Attempt, host: str, origin: str | None) -> Any:
    """Return the fields of a request that a page of this origin has caused."""
    lines = [("Host", host)] + ([] if origin is None else [("Origin", origin)])
    return chapter.Headers(lines)


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


def too_long(
    chapter: Attempt,
    buffer: bytes,
    limit: int,
    code: int,
    usually: Misconception | None,
    clue: str = "",
) -> None:
    """Require that read_length() refuses a length. The belief fits if it returned the length."""
    what = f"read_length({buffer.hex(' ')}), limit {limit:,}."
    try:
        got = chapter.read_length(bytearray(buffer), limit)
    except chapter.WebSocketError as error:
        what = f"{what} The code of the WebSocketError:"
        same(what, expected=code, got=error.code, usually=None, clue=clue)
    else:
        what, expected = f"{what} What was returned:", Literally(f"WebSocketError {code}")
        is_taken = isinstance(got, tuple) and (code == 1002 or got[0] > limit)
        reason = usually if is_taken else None
        clue = "waits" if got is None else "" if clue == "code" else clue
        broken(what, expected=expected, got=got, usually=reason, clue=clue)


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
    websocket, got, number = chapter.WebSocket(), None, 0
    try:
        for number, piece in enumerate(pieces, 1):
            opcode = CONTINUATION if number > 1 else TEXT
            got = websocket.take_data(chapter.Frame(opcode, piece, number == len(pieces)))
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
    expected, clue = Literally("UnicodeDecodeError"), "later" if when == 2 < len(pieces) else ""
    broken(what, sent=sent, expected=expected, got=got, usually=usually, clue=clue)


TASKS = {
    1: "accept_key",
    2: "asks_for_websocket, may_connect",
    3: "encode_frame",
    4: "read_length",
    5: "answer_to",
    6: "WebSocket.take_data",
}
