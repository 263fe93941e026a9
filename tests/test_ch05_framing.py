"""The promises of chapter 5: where one message ends."""

import socket
import struct
import sys
import traceback
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import accumulate, product
from typing import Any

from course.checks.answers import Attempt
from course.checks.expect import (
    NOT_GIVEN,
    Given,
    Literally,
    Raised,
    Waits,
    broken,
    described,
    holds,
    same,
)
from course.checks.peers import connected, narrow, reset, running, simulates, wait_for_bytes
from course.checks.promises import Misconception, promise
from tests import beliefs, hints

NTH = ("first", "second", "third", "fourth", "fifth")
PAYLOADS = (b"a", b"", b"hello", b"\x00\x00\x00\x01", b"\xff\xff\xff\xff", b"x" * 300)
UNTIL = "read_until(b'\\r\\n')"
SMALL = 16 << 20  # bytes of memory: far more than a reader needs
BIG = 100_000  # bytes of a message: more than one recv() returns
LARGE = 64 << 20  # bytes of memory: too many, but harmless
MANY = 3000  # frames in one piece: more than Python's stack has room for calls


@promise(
    task=1,
    usually=beliefs.REST_IS_DROPPED,
    hints=(
        "The buffer has a message and a half. What has to be in it after your call?",
        "find() says where the delimiter begins. The message ends len(delimiter) bytes after that.",
        "message = bytes(buffer[:end]); del buffer[:end]; return message",
    ),
    hints_if={
        "stays": (
            "Your caller looks into the buffer again. What does it find there?",
            "Remove the message from the buffer that you were given: `del` changes a bytearray in "
            "place. buffer = buffer[end:] only makes another one.",
            "del buffer[:end]",
        ),
        beliefs.MESSAGES_ARE_PIECES: (
            "How many messages does one call return?",
            "Only the first. Your caller calls again for the next one.",
            "find() searches from the left: the first delimiter ends the first message.",
        ),
        "type": (
            "Which type does the docstring promise?",
            "A slice of a bytearray is a bytearray. Somebody could change it later.",
            "bytes(buffer[:end])",
        ),
        "first": (
            "The message is the delimiter, and nothing before it. Is it complete?",
            "Yes. Then find() returns 0, and that is not -1.",
            "if found < 0: return None",
        ),
    },
)
def test_first_message_is_taken_out(chapter: Attempt) -> None:
    """take_message() returns the first message and its delimiter. Only the rest stays in the buffer."""
    for start, delimiter, message in (
        (b"one\r\ntwo\r\nth", b"\r\n", b"one\r\n"),
        (b"one\n", b"\n", b"one\n"),
        (b"\none\n", b"\n", b"\n"),
        (b"a\rb\r\n\n", b"\r\n", b"a\rb\r\n"),
        (b"\xff\x00--\r\n--", b"--", b"\xff\x00--"),
        (b"GET / HTTP/1.1\r\n\r\nnext", b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"),
        (b"x" * BIG + b"\r\nnext", b"\r\n", b"x" * BIG + b"\r\n"),
    ):
        buffer = bytearray(start)
        call = f"take_message(buffer, {delimiter!r})"
        sent = Given(f"{shortened(start)} in the buffer")
        got = described(partial(chapter.take_message, buffer, delimiter))
        more = isinstance(got, bytes) and got != message and got.endswith(delimiter)
        what, usually = f"{call} returned:", beliefs.MESSAGES_ARE_PIECES if more else None
        clue = "first" if got is None and message == delimiter else ""
        if got == message.removesuffix(delimiter):
            what = f"The delimiter belongs to the message. {what}"
        message_is(what, message, got, sent, None if clue else usually, clue)
        rest = start.removeprefix(message)
        usually = beliefs.REST_IS_DROPPED if len(buffer) < len(rest) else None
        clue = "stays" if bytes(buffer).startswith(message) else ""
        what = "After the call, the buffer held:"
        same(what, sent=sent, expected=rest, got=bytes(buffer), usually=usually, clue=clue)


@promise(
    task=1,
    usually=beliefs.HALF_IS_WHOLE,
    hints=(
        "No delimiter is in the buffer. Is a message complete?",
        "Not yet: return None, and leave the buffer as it is. The next piece goes after these bytes.",
        "if found < 0: return None. (find() returns -1 if it finds nothing, and 0 if the delimiter "
        "comes first.)",
    ),
    hints_if={
        "touched": (
            "No message is complete. What happens to the bytes that are there?",
            "They stay in the buffer: they are the beginning of a message.",
            "Return None before you delete anything.",
        ),
    },
)
def test_incomplete_message_stays(chapter: Attempt) -> None:
    """While no message is complete, take_message() returns None, and the buffer is unchanged."""
    message, delimiter = b"one\r\n\r\n", b"\r\n\r\n"
    for at in (*range(1, len(message)), 0):
        buffer, start = bytearray(message[:at]), message[:at]
        call, sent = f"take_message(buffer, {delimiter!r})", Given(f"{start!r} in the buffer")
        got = described(partial(chapter.take_message, buffer, delimiter))
        usually: Any = beliefs.HALF_IS_WHOLE if got == start else None
        same(f"{call} returned:", sent=sent, expected=None, got=got, usually=usually)
        what = "After the call, the buffer held:"
        after = bytes(buffer)
        same(
            what,
            sent=sent,
            expected=start,
            got=after,
            usually=beliefs.REST_IS_DROPPED,
            clue="touched",
        )
        buffer += message[at:]
        got = described(partial(chapter.take_message, buffer, delimiter))
        sent = Given(f"{start!r} in the buffer, a call, then {message[at:]!r} as well")
        message_is(f"The second {call} returned:", message, got, sent, beliefs.SEARCHES_THE_PIECE)


@promise(
    task=2,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.TRY_AGAIN, UnicodeDecodeError: beliefs.DECODES_PIECES},
    hints=(
        "The message arrives in several pieces. How often do you have to call recv()?",
        "Ask take_message(). As long as it returns None, receive one more piece, and add it to the "
        "buffer.",
        "while (message := take_message(self._buffer, delimiter)) is None: "
        "self._buffer += self._conn.recv(CHUNK). (What if recv() returns b''?)",
    ),
    hints_if={
        beliefs.DECODES_PIECES: (
            "The message has a byte that is not text. Who asked you for text?",
            "Nobody: read_until() returns bytes. Do not decode anything here.",
            "self._buffer += piece",
        ),
    },
)
def test_message_in_any_pieces(chapter: Attempt) -> None:
    """However the network cuts it, read_until() returns the message and its delimiter."""
    for text, delimiter in ((b"GET /\xff", b"\r\n"), (b"a\r\nb", b"\r\n\r\n")):
        message, call = text + delimiter, f"read_until({delimiter!r})"
        for pieces in cut_everywhere(message):
            with arriving(*pieces) as conn:
                got = outcome(chapter, chapter.ByteReader(conn).read_until, delimiter)
            straddles = len(pieces) == 2 and len(pieces[1]) < len(delimiter)
            usually: Any = beliefs.SEARCHES_THE_PIECE if straddles else beliefs.ONE_RECV
            usually = usually if len(pieces) > 1 else None
            what = f"The delimiter belongs to the message. {call}" if got == text else call
            message_is(f"{what} returned:", message, got, list(pieces), usually)


@promise(
    task=2,
    usually=beliefs.REST_IS_DROPPED,
    signs={"hang": beliefs.RECEIVES_FIRST},
    hints=(
        "This peer sends two messages and a half in one piece, and then it waits for you.",
        "Look into the buffer before you call recv(). Take only one message out of it.",
        "Call take_message(self._buffer, delimiter) first, and receive only if it returns None.",
    ),
    hints_if={
        beliefs.OWN_BUFFER: (
            "There are two readers. How many buffers are there?",
            "Each reader needs a buffer of its own: make it where each reader is made.",
            "In __init__: self._buffer = bytearray()",
        ),
        beliefs.RECEIVES_FIRST: hints.LOOK_FIRST,
        "short": (
            "The fourth message is in the buffer, at its very beginning. Where does your search begin?",
            "The place up to which you have searched is only valid for one message.",
            "Search from the beginning of the buffer, at least after you have taken a message out.",
        ),
    },
)
def test_rest_begins_the_next_message(chapter: Attempt) -> None:
    """What is left over begins the next message of this connection, and of no other."""
    pieces = (b"one\ntwo\nthr", b"ee\n4\n")
    with arriving(*pieces, ends=False) as conn, arriving(b"hi\n", ends=False) as other_conn:
        reader, other = chapter.ByteReader(conn), chapter.ByteReader(other_conn)
        for nth, message in zip(NTH, (b"one\n", b"two\n", b"three\n", b"4\n"), strict=False):
            got = outcome(chapter, reader.read_until, b"\n")
            more = isinstance(got, bytes) and got.startswith(message)
            usually: Any = beliefs.ONE_RECV if more else beliefs.REST_IS_DROPPED
            usually = beliefs.OWN_BUFFER if got == b"hi\n" else usually
            usually = beliefs.RECEIVES_FIRST if isinstance(got, Waits) else usually
            what = f"The {nth} read_until(b'\\n') returned:"
            short = message == b"4\n" and isinstance(got, Waits)
            usually, clue = (None, "short") if short else (usually, "")
            message_is(what, message, got, list(pieces), usually, clue)
            if message == b"two\n":
                got = outcome(chapter, other.read_until, b"\n")
                what = "The reader of another connection returned:"
                sent = Literally(f"{pieces[0]!r} to the first one, b'hi\\n' to the other")
                message_is(what, b"hi\n", got, sent, beliefs.OWN_BUFFER)


@promise(
    task=2,
    usually=beliefs.HALF_IS_WHOLE,
    signs={"spin": beliefs.TRY_AGAIN, "hang": beliefs.TRY_AGAIN},
    hints=(
        "recv() returns b''. There are two cases: what may be in your buffer?",
        "Nothing in it: return b''. Something in it: raise Truncated, and hand over what came.",
        "if not piece: if self._buffer: partial = bytes(self._buffer); self._buffer.clear(); "
        "raise Truncated(partial). Then: return b''.",
    ),
    hints_if={
        "left": hints.EMPTY_AFTER_TRUNCATED,
        "partial": (
            "Truncated takes an argument. What is it for?",
            "It is what had arrived of the message. Your caller finds it in `partial`.",
            "partial = bytes(self._buffer); self._buffer.clear(); raise Truncated(partial)",
        ),
        beliefs.END_IS_AN_ERROR: (
            "The stream ends, and your buffer is empty. Is anything missing?",
            "No. Every conversation ends at some time: return b''.",
            "Raise Truncated only `if self._buffer`.",
        ),
        "spin": hints.END_OF_A_READER,
    },
)
def test_end_between_and_inside_messages(chapter: Attempt) -> None:
    """Between two messages, the end of the stream is b''. Inside a message, it is Truncated."""
    message = b"one\r\n"
    for messages in ((), (message,)):
        sent = Literally(f"{message!r}, and the end" if messages else "nothing, and the end")
        with arriving(*messages) as conn:
            reader = chapter.ByteReader(conn)
            for nth, expected in zip(NTH, (*messages, b"", b""), strict=False):
                got = outcome(chapter, reader.read_until, b"\r\n")
                usually = beliefs.END_IS_AN_ERROR if got == "Truncated" else None
                message_is(f"The {nth} {UNTIL} returned:", expected, got, sent, usually)
    for came in (*(message[:at] for at in range(1, len(message))), b"\r", b" "):
        with arriving(came) as conn:
            reader = chapter.ByteReader(conn)
            what = "The stream ended inside the message."
            requires_truncated(
                chapter, reader, came, what, UNTIL, reader.read_until, b"\r\n", conn=conn
            )


@promise(
    task=2,
    usually=beliefs.LIMIT_IS_ROUGH,
    signs={"hang": beliefs.FULL_IS_NOT_OVER, "spin": beliefs.LIMIT_AFTERWARDS},
    hints=(
        "Does a peer that never sends the delimiter ever leave your loop?",
        "If `limit` bytes are there and no message is complete, raise TooLong before you receive more. "
        "And a message may be complete, but too long.",
        "In the loop: if len(self._buffer) >= limit: raise TooLong(limit). After the loop: if "
        "len(message) > limit: raise TooLong(limit).",
    ),
    hints_if={
        beliefs.COMPLETE_IS_SHORT: (
            "This message is complete as soon as you look for it. Which comparison sees it?",
            "Not the one in your loop: the loop has ended. Compare the length of the message as well.",
            "After the loop: if len(message) > limit: raise TooLong(limit)",
        ),
        beliefs.FULL_IS_NOT_OVER: (
            "`limit` bytes are there, and no message is complete. Can it still be short enough?",
            "No: at least one byte of the delimiter is missing. Refuse before you receive it.",
            "In the loop: if len(self._buffer) >= limit: raise TooLong(limit)",
        ),
        beliefs.LIMIT_OF_THE_BUFFER: (
            "Many short messages are in the buffer. Is any of them too long?",
            "The limit is for one message, not for the buffer. Look for a complete message first.",
            "Compare len(self._buffer) with the limit only if take_message() has returned None.",
        ),
        "default": hints.DEFAULT_LIMIT,
        "its limit": hints.NAME_THE_LIMIT,
    },
)
def test_too_long_is_refused_in_time(chapter: Attempt) -> None:
    """A message may have `limit` bytes. Longer ones are TooLong, even before their end is there."""
    message = b"12345678\r\n"
    for pieces in cut_everywhere(message):
        for limit in (10, 2, 9):
            with arriving(*pieces) as conn:
                reader = chapter.ByteReader(conn)
                got = outcome(chapter, reader.read_until, b"\r\n", limit)
                with suppress(chapter.FramingError):
                    reader.read_until(b"\r\n", limit)  # it has to end
            what = f"With a limit of {limit}, {UNTIL} returned:"
            if limit < len(message):
                slips = limit == 2 and got == message and len(pieces) == 1
                usually: Any = beliefs.COMPLETE_IS_SHORT if slips else NOT_GIVEN
                refused(what, limit, got, list(pieces), usually)
            else:
                message_is(what, message, got, list(pieces), beliefs.LIMIT_IS_ROUGH)
    line = b"x" * (chapter.MAX_LINE - 1) + b"\n"
    for more, expected in ((b"", line), (b"x", too_long(chapter.MAX_LINE))):
        with arriving(more + line) as conn:
            got = outcome(chapter, chapter.ByteReader(conn).read_until, b"\n")
        what = f"The limit is the default, {chapter.MAX_LINE}. read_until() returned:"
        sent = Literally(shortened(more + line))
        same(what, sent=sent, expected=expected, got=got, usually=None, clue="default")
    with arriving(b"hi\r\n" * 20, ends=False) as conn:
        reader = chapter.ByteReader(conn)
        for nth in NTH[:2]:
            got = outcome(chapter, reader.read_until, b"\r\n", 9)
            what = f"With a limit of 9, the {nth} {UNTIL} returned:"
            sent = Literally("b'hi\\r\\n', twenty times in one piece")
            same(
                what,
                sent=sent,
                expected=b"hi\r\n",
                got=got,
                usually=beliefs.LIMIT_OF_THE_BUFFER,
            )
    refuses_a_flood(chapter)
    with arriving(b"123456789", ends=False) as conn:
        got = outcome(chapter, chapter.ByteReader(conn).read_until, b"\r\n", 9)
        what = f"With a limit of 9, {UNTIL} returned:"
        usually = beliefs.FULL_IS_NOT_OVER if isinstance(got, Waits) else NOT_GIVEN
        refused(what, 9, got, Literally("b'123456789', then nothing"), usually)
        remains_open(conn, "TooLong")


@promise(
    task=2,
    usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
    signs={"hang": beliefs.PEERS_GO_ON, "spin": beliefs.PEERS_GO_ON},
    hints=(
        "recv() can return bytes, return b'', or raise an error. What does your code make of an error?",
        "A reset is a ConnectionError; a peer that is silent for too long is a TimeoutError. Your "
        "caller has to see both.",
        "Do not catch OSError in the reader, and leave the connection's timeout as it is.",
    ),
    hints_if={
        "lost": hints.KEEP_IT_IN_THE_BUFFER,
        "hang": hints.LEAVE_THE_TIMEOUT,
    },
)
def test_broken_connection_is_not_the_end(chapter: Attempt) -> None:
    """A reset and a timeout pass. After a timeout, read_until() continues where it was."""
    passes_errors(chapter, "read_until", b"\n", b"half\n")


@promise(
    task=3,
    usually=beliefs.DECODES_PIECES,
    signs={UnicodeDecodeError: beliefs.DECODES_PIECES, "spin": beliefs.TRY_AGAIN},
    hints=(
        "The two bytes of é may arrive in two pieces. When do you decode?",
        "Read a complete line as bytes first. You have a method for that.",
        "line = self.read_until(b'\\n', limit). Take its end off, then .decode().",
    ),
    hints_if={
        "default": hints.DEFAULT_LIMIT,
        "limit": (
            "What does the limit count: characters or bytes?",
            "Bytes, the end of the line included. read_until() counts them, if you tell it the limit.",
            "self.read_until(b'\\n', limit)",
        ),
    },
)
def test_text_in_any_pieces(chapter: Attempt) -> None:
    """A line is decoded correctly wherever its bytes are cut. Its limit counts bytes."""
    text = "né✓ 🙂"
    line = f"{text}\n".encode()
    for pieces in cut_everywhere(line):
        with arriving(*pieces) as conn:
            got = line_or_error(chapter, chapter.ByteReader(conn))
        what, usually = "read_line() returned:", reason_for_line(got, line)
        if got == f"{text}\n":
            what = "read_line() returns the line without its end. It returned:"
        usually = usually if len(pieces) == 1 or got is None else beliefs.DECODES_PIECES
        same(what, sent=list(pieces), expected=text, got=got, usually=usually)
    for limit in (2, len(text) + 1, len(line) - 1, len(line)):
        with arriving(line) as conn:
            got = line_or_error(chapter, chapter.ByteReader(conn), limit)
        what = f"The line has {len(line)} bytes, its end included. read_line({limit}) returned:"
        if limit < len(line):
            usually = {2: None, len(text) + 1: beliefs.BYTE_IS_CHARACTER}
            refused(
                what, limit, got, line, usually.get(limit, beliefs.LIMIT_IS_ROUGH), clue="limit"
            )
        else:
            same(
                what,
                sent=line,
                expected=text,
                got=got,
                usually=beliefs.LIMIT_IS_ROUGH,
                clue="limit",
            )
    longest = "x" * (chapter.MAX_LINE - 1)
    with arriving(f"{longest}\n".encode()) as conn:
        got = line_or_error(chapter, chapter.ByteReader(conn))
    what = f"The line has {chapter.MAX_LINE} bytes, and the limit is the default. read_line() returned:"
    same(what, expected=longest, got=got, usually=None, clue="default")


@promise(
    task=3,
    usually=beliefs.STRIPS_TOO_MUCH,
    hints=(
        "Which bytes end a line here? Which only look as if they did?",
        "Take off one LF, then one CR if there is one. Change nothing else.",
        "line.removesuffix(b'\\n').removesuffix(b'\\r').decode()",
    ),
)
def test_line_ends(chapter: Attempt) -> None:
    """LF or CR LF ends a line. Every other byte belongs to the line, spaces included."""
    for sent, expected in (
        (b"a\n", "a"),
        (b"a\r\n", "a"),
        (b"a\rb\n", "a\rb"),
        (b"a\r\r\n", "a\r"),
        (b" \t a \t \r\n", " \t a \t "),
        ("\ufeffhi\n".encode(), "\ufeffhi"),
        (b"a\x00\n", "a\x00"),
        ("a\x0bb\x0cc\x1cd\x85e\u2028f\n".encode(), "a\x0bb\x0cc\x1cd\x85e\u2028f"),
    ):
        with arriving(sent) as conn:
            got = outcome(chapter, chapter.ByteReader(conn).read_line)
        usually: Any = beliefs.LF_IS_ALL if got == f"{expected}\r" else beliefs.STRIPS_TOO_MUCH
        if got is None:
            usually = NOT_GIVEN
        elif got == "Truncated":
            usually = beliefs.ALWAYS_CR_LF
        elif got in ("ab", expected.removeprefix("\ufeff")):
            usually = None
        same("read_line() returned:", sent=sent, expected=expected, got=got, usually=usually)


@promise(
    task=3,
    usually=beliefs.EMPTY_IS_THE_END,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "read_until() returns b'\\n' for an empty line, and b'' at the end. Can you tell them apart?",
        "Look for the end *before* you take LF and CR off.",
        "line = self.read_until(b'\\n', limit); if not line: return None; then the rest.",
    ),
    hints_if={
        "half": (
            "The stream ends after half a line. Is that a line?",
            "No: read_until() raises Truncated. Let it pass.",
            "Do not catch Truncated in read_line().",
        ),
    },
)
def test_empty_line_is_a_line(chapter: Attempt) -> None:
    """An empty line is ''. After the last line comes None. A line without its end is Truncated."""
    with arriving(b"\n\r\nend\n") as conn:
        reader = chapter.ByteReader(conn)
        for nth, expected in zip(NTH, ("", "", "end", None, None), strict=True):
            got = outcome(chapter, reader.read_line)
            sent = Literally("b'\\n\\r\\nend\\n', and the end")
            usually = beliefs.END_IS_AN_ERROR if got == "Truncated" else beliefs.EMPTY_IS_THE_END
            what = f"The {nth} read_line() returned:"
            same(what, sent=sent, expected=expected, got=got, usually=usually)
    with arriving(b"one\npay 1") as conn:
        reader = chapter.ByteReader(conn)
        sent = Literally("b'one\\npay 1', and the end")
        for nth, text in zip(NTH, ("one", Raised("Truncated")), strict=False):
            got = outcome(chapter, reader.read_line)
            usually = beliefs.HALF_IS_WHOLE if got == "pay 1" else beliefs.END_IS_NORMAL
            what = f"The {nth} read_line() returned:"
            same(what, sent=sent, expected=text, got=got, usually=usually, clue="half")
    for rest in (b"\r", b" "):
        with arriving(rest) as conn:
            got = outcome(chapter, chapter.ByteReader(conn).read_line)
        what, sent = "read_line() returned:", Literally(f"{rest!r}, and the end")
        same(what, sent=sent, expected=Raised("Truncated"), got=got, usually=None, clue="half")


@promise(
    task=3,
    usually=beliefs.BAD_LINE_STAYS,
    hints=(
        "There are two steps: where does the line end, and what does it say? Which one fails here?",
        "Take the line out of the buffer first. Then decode it, and let the error pass.",
        "read_until() has taken it out already. line.decode() without `errors` raises.",
    ),
)
def test_bad_line_is_taken_out(chapter: Attempt) -> None:
    """A line that is not valid UTF-8 raises UnicodeDecodeError. The next line can still be read."""
    sent = b"caf\xe9\ngood\n"
    with arriving(sent) as conn:
        reader = chapter.ByteReader(conn)
        try:
            got = outcome(chapter, reader.read_line)
        except UnicodeDecodeError:
            pass
        else:
            expected = Literally("UnicodeDecodeError")
            what = "This line is not valid UTF-8. read_line() returned:"
            usually: Any = beliefs.BYTE_IS_CHARACTER if got == "café" else None
            usually = beliefs.REPLACE_IS_REPAIR if got in ("caf", "caf\ufffd") else usually
            same(what, sent=sent, expected=expected, got=got, usually=usually)
        try:
            got = outcome(chapter, reader.read_line)
        except UnicodeDecodeError:
            got = Literally("UnicodeDecodeError, again")
        same("The next read_line() returned:", sent=sent, expected="good", got=got)


@promise(
    task=4,
    usually=beliefs.RECV_COUNTS,
    signs={"spin": beliefs.TRY_AGAIN, "hang": beliefs.RECEIVES_FIRST},
    hints=(
        "How many bytes does recv(4) return when two have arrived?",
        "Receive until the buffer holds enough. Then take `count` bytes, and leave the others.",
        "while len(self._buffer) < count: receive one more piece (and see whether it was b''). Then "
        "taken = bytes(self._buffer[:count]); del self._buffer[:count].",
    ),
    hints_if={
        beliefs.RECEIVES_FIRST: hints.LOOK_FIRST,
        "count": (
            "How many bytes did your caller ask for, and how many did it get?",
            "A slice [:count] has exactly `count` bytes. So no + 1 or - 1 belongs there.",
            "taken = bytes(self._buffer[:count]); del self._buffer[:count]; return taken",
        ),
        beliefs.REST_IS_DROPPED: (
            "Where does the second call look for what the first call did not return?",
            "In the buffer. Remove `count` bytes from it, and no more.",
            "taken = bytes(self._buffer[:count]); del self._buffer[:count]; return taken",
        ),
        "stays": (
            "The second call returned bytes that the first call had returned already. Where were they?",
            "Still in the buffer. Remove from it what you return.",
            "taken = bytes(self._buffer[:count]); del self._buffer[:count]; return taken",
        ),
    },
)
def test_exact_count_in_any_pieces(chapter: Attempt) -> None:
    """read_exactly() returns `count` bytes, however they are cut: no more, and no fewer."""
    for pieces in cut_everywhere(b"\x00\x00\x00\x05hello"):
        with arriving(*pieces) as conn:
            reader = chapter.ByteReader(conn)
            for calls, expected in (
                (["read_exactly(4)"], b"\x00\x00\x00\x05"),
                (["read_exactly(4)", "read_exactly(5)"], b"hello"),
            ):
                cut: list[object] = []
                got = outcome(chapter, reader.read_exactly, len(expected), partials=cut)
                usually, clue = reason_for_count(got, expected, pieces)
                if cut == [expected]:
                    usually = beliefs.RECEIVES_FIRST
                message_is(in_turn(calls), expected, got, list(pieces), usually, clue)
    with sending(bytes(BIG + 1)) as conn:
        got = outcome(chapter, chapter.ByteReader(conn).read_exactly, BIG)
    size_is(f"read_exactly({BIG}) returned:", BIG, got, sent=Literally(f"{BIG + 1} bytes"))


@promise(
    task=4,
    usually=beliefs.RECEIVES_FIRST,
    signs={"hang": beliefs.RECEIVES_FIRST},
    hints=(
        "read_until() has taken one line out of a piece. Where is the rest of the piece?",
        "All methods share one buffer. See how much is in it before you receive.",
        "Compare len(self._buffer) with count *before* each recv(), not after it.",
    ),
    hints_if={
        "another": (
            "Two calls have two delimiters. What has the first call left behind?",
            "Only the buffer. What it has searched in vain may have the other delimiter in it.",
            "take_message(self._buffer, delimiter), in each call, on all of the buffer.",
        ),
    },
)
def test_methods_share_what_has_arrived(chapter: Attempt) -> None:
    """What has arrived already is returned without waiting, whichever method asks for it."""
    stream = b"5\nhellonext\n"
    with arriving(stream, ends=False) as conn:
        reader = chapter.ByteReader(conn)
        calls: list[str] = []
        for call, wanted, expected in (
            (reader.read_until, b"\n", b"5\n"),
            (reader.read_exactly, 5, b"hello"),
            (reader.read_exactly, 0, b""),
            (reader.read_until, b"\n", b"next\n"),
            (reader.read_exactly, 0, b""),
        ):
            got = outcome(chapter, call, wanted)
            calls = [*calls[-1:], f"{call.__name__}({wanted!r})"]
            usually: Any = beliefs.RECEIVES_FIRST if isinstance(got, Waits) else NOT_GIVEN
            message_is(in_turn(calls), expected, got, stream, usually)
    with arriving(b"one\ntwo", ends=False) as conn:
        conn.settimeout(0.02)
        reader = chapter.ByteReader(conn)
        error_of(chapter, TimeoutError, reader.read_until, b"\r\n")
        got = error_of(chapter, TimeoutError, reader.read_until, b"\n")
        what = f"{UNTIL} has raised TimeoutError. Then read_until(b'\\n') returned:"
        message_is(what, b"one\n", got, b"one\ntwo", None, clue="another")


@promise(
    task=4,
    usually=beliefs.HALF_IS_WHOLE,
    signs={"spin": beliefs.TRY_AGAIN, "hang": beliefs.TRY_AGAIN},
    hints=(
        "The caller asked for five bytes, and the stream ends after three. What can it do with them?",
        "Raise Truncated with what has arrived, even if that is nothing: the caller counts on "
        "`count` bytes.",
        "if not piece: partial = bytes(self._buffer); self._buffer.clear(); raise Truncated(partial)",
    ),
    hints_if={
        "no limit": hints.NO_LIMIT,
        "left": hints.EMPTY_AFTER_TRUNCATED,
        "partial": (
            "Truncated takes an argument. What is it for?",
            "It is what had arrived. Your caller finds it in `partial`.",
            "partial = bytes(self._buffer); self._buffer.clear(); raise Truncated(partial)",
        ),
    },
)
def test_fewer_bytes_are_truncated(chapter: Attempt) -> None:
    """If the stream ends too early, read_exactly() raises Truncated with what has arrived."""
    for at in (4, 1, 0):
        with arriving(b"hello"[:at]) as conn:
            reader = chapter.ByteReader(conn)
            what = "The stream ended before the 5 bytes that were asked for."
            name, call = "read_exactly(5)", reader.read_exactly
            requires_truncated(chapter, reader, b"hello"[:at], what, name, call, 5, conn=conn)
    count = chapter.MAX_FRAME + 1
    with arriving(b"hello") as conn:
        got = outcome(chapter, chapter.ByteReader(conn).read_exactly, count)
    what, told = f"read_exactly({count}):", Literally("b'hello', and the end of the stream")
    clue = "no limit" if str(got).startswith("TooLong") else ""
    same(what, sent=told, expected=Raised("Truncated"), got=got, usually=None, clue=clue)


@promise(
    task=4,
    usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
    signs={"hang": beliefs.PEERS_GO_ON, "spin": beliefs.PEERS_GO_ON},
    hints=(
        "recv() can return bytes, return b'', or raise an error. What does your code make of an error?",
        "A reset is a ConnectionError; a peer that is silent for too long is a TimeoutError. Your "
        "caller has to see both.",
        "Do not catch OSError in the reader, and leave the connection's timeout as it is.",
    ),
    hints_if={
        "lost": hints.KEEP_IT_IN_THE_BUFFER,
        "hang": hints.LEAVE_THE_TIMEOUT,
    },
)
def test_error_is_not_the_end_of_a_count(chapter: Attempt) -> None:
    """A reset and a timeout pass. After a timeout, read_exactly() continues where it was."""
    passes_errors(chapter, "read_exactly", 5, b"half\n")


@promise(
    task=5,
    usually=beliefs.BYTE_ORDER,
    signs={TypeError: beliefs.BYTE_ORDER},
    hints=(
        "The payload's length, as four bytes. Which of them comes first?",
        "struct.pack('!I', number) returns four bytes, the highest first.",
        "return struct.pack('!I', len(payload)) + payload",
    ),
    hints_if={"no limit": hints.NO_LIMIT},
)
def test_frame_is_length_and_payload(chapter: Attempt) -> None:
    """A frame is the payload's length in four bytes, the highest first, and then the payload."""
    for payload in (b"hi", b"", b"\n\x00\xff", "é✓".encode(), bytes(300), bytes(BIG)):
        got = chapter.encode_frame(payload)
        what = f"encode_frame() of {len(payload)} bytes returned:"
        usually = beliefs.BYTE_ORDER if len(payload) < BIG else None
        message_is(what, frame(payload), got, given(payload), usually)
    size = chapter.MAX_FRAME + 1
    got = outcome(chapter, chapter.encode_frame, bytes(size))
    size_is(f"encode_frame() of {size} bytes returned:", size + 4, got, clue="no limit")


@promise(
    task=5,
    usually=beliefs.RECV_COUNTS,
    signs={
        struct.error: beliefs.RECV_COUNTS,
        "hang": beliefs.RECV_COUNTS,
        "spin": beliefs.TRY_AGAIN,
    },
    hints=(
        "How many times may you have to receive for the four bytes of the length?",
        "The reader returns exact counts: first four bytes, then as many as they say. That can be 0.",
        "(length,) = struct.unpack('!I', reader.read_exactly(4)); then reader.read_exactly(length).",
    ),
)
def test_frames_in_any_pieces(chapter: Attempt) -> None:
    """However they are cut, frames come out in order. An empty payload is b''."""
    payloads = (b"hi", b"", b"\r\n\x00\xff")
    stream = b"".join(frame(payload) for payload in payloads)
    for pieces in cut_everywhere(stream):
        with arriving(*pieces) as conn:
            reader = chapter.ByteReader(conn)
            for nth, expected in zip(NTH, payloads, strict=False):
                got = outcome(chapter, chapter.read_frame, reader)
                usually: Any = beliefs.RECV_COUNTS if len(pieces) > 1 else None
                if got is None:
                    usually = NOT_GIVEN if expected else beliefs.EMPTY_IS_THE_END
                elif str(got).startswith("TooLong"):
                    usually = beliefs.BYTE_ORDER
                what = f"The {nth} read_frame() returned:"
                same(what, sent=list(pieces), expected=expected, got=got, usually=usually)
    with connected() as (client, server), narrow(server, 1) as slow:
        client.sendall(stream)
        got = chapter.read_frame(chapter.ByteReader(slow))
        what = "recv() returned one byte a call. read_frame() returned:"
        message_is(what, b"hi", got, stream, NOT_GIVEN)


@promise(
    task=5,
    usually=beliefs.HALF_IS_WHOLE,
    signs={struct.error: beliefs.RECV_COUNTS, "spin": beliefs.TRY_AGAIN},
    hints=(
        "The stream ends: before the length, inside it, after it, inside the payload. Which "
        "of these four is not an error?",
        "read_exactly(4) raises Truncated in the first two cases. Its `partial` tells them apart.",
        "except Truncated as cut: if cut.partial: raise. Then return None. Only around the length.",
    ),
    hints_if={
        beliefs.ERRORS_ARE_MINE_TO_HIDE: (
            "recv() raises a timeout or a reset. Has the stream ended?",
            "No: catch Truncated, and nothing else.",
            "except Truncated as cut:",
        ),
        beliefs.END_IS_AN_ERROR: (
            "The stream ends between two frames. What does read_exactly(4) raise, and is that an error "
            "for your caller?",
            "If not one byte of a frame has arrived, return None.",
            "except Truncated as cut: if cut.partial: raise. Then return None.",
        ),
    },
)
def test_stream_ends_between_frames(chapter: Attempt) -> None:
    """Between two frames, the end of the stream is None. Inside a frame, it is Truncated."""
    whole = frame(b"hi")
    for rest in (whole[:at] for at in range(len(whole))):
        with arriving(whole, rest) as conn:
            reader = chapter.ByteReader(conn)
            got = outcome(chapter, chapter.read_frame, reader)
            same("read_frame() returned:", sent=whole, expected=b"hi", got=got, usually=None)
            got = outcome(chapter, chapter.read_frame, reader)
        expected = Raised("Truncated") if rest else None
        half = f", then {rest!r}" if rest else ""
        sent = Literally(f"one frame{half}, then the end")
        usually = beliefs.EACH_CUT_IS_THE_END if got is None else beliefs.HALF_IS_WHOLE
        usually = usually if rest else beliefs.END_IS_AN_ERROR
        what = "The second read_frame() returned:"
        same(what, sent=sent, expected=expected, got=got, usually=usually)
    for begun in (b"", b"\x00\x00", whole[:4]):
        with arriving(begun, ends=False) as conn:
            conn.settimeout(0.02)
            got = error_of(chapter, TimeoutError, chapter.read_frame, chapter.ByteReader(conn))
        same(
            "The connection has a timeout of 0.02 s. read_frame():",
            sent=Literally(f"{begun!r}, then nothing"),
            expected=Literally("TimeoutError"),
            got=got,
            usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
        )
    for begun in (b"", whole[:4]):
        with connected() as (client, server):
            client.sendall(begun)
            reset(client)
            reader = chapter.ByteReader(server)
            got = error_of(chapter, ConnectionError, chapter.read_frame, reader)
        same(
            "read_frame():",
            sent=Literally(f"{begun!r}, and a reset"),
            expected=Literally("ConnectionError"),
            got=got,
            usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
        )


@promise(
    task=5,
    usually=beliefs.TRUSTS_THE_LENGTH,
    signs={
        "hang": beliefs.TRUSTS_THE_LENGTH,
        MemoryError: beliefs.TRUSTS_THE_LENGTH,
        OverflowError: beliefs.TRUSTS_THE_LENGTH,
    },
    hints=(
        "This peer sends four bytes, ff ff ff ff, and then nothing. What does your code do?",
        "Compare the length with the limit as soon as you have it, before you read the payload.",
        "if length > limit: raise TooLong(limit), between unpack and the second read_exactly().",
    ),
    hints_if={"its limit": hints.NAME_THE_LIMIT, "limit": hints.CALLERS_LIMIT},
)
def test_announced_length_is_not_believed(chapter: Attempt) -> None:
    """If a frame's length says more than `limit` bytes, it is TooLong at once."""
    most = chapter.MAX_FRAME
    huge = 2**32 - 1  # tried only when LARGE has been refused
    for length, *limits in ((LARGE,), (huge,), (most + 1,), (huge, 5), (6, 5), (1, 0)):
        head = length.to_bytes(4, "big")
        with arriving(head, ends=False) as conn:
            reader = chapter.ByteReader(conn)
            tracemalloc.start()
            try:
                got = outcome(chapter, chapter.read_frame, reader, *limits)
                reserved = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        sent = Literally(f"{head!r}, then nothing")
        what = f"A length of {length:,}, a limit of {limits[0] if limits else most:,}."
        is_ours = length < 9  # code that ignores the caller's limit does not believe the length
        usually: Any = None if is_ours else beliefs.TRUSTS_THE_LENGTH
        limit, clue = [*limits, most][0], "limit" if is_ours else ""
        refused(f"{what} read_frame() returned:", limit, got, sent, usually, clue)
        what = f"{what} Memory that was asked for, in bytes:"
        holds(what, reserved < SMALL, sent=sent, got=reserved)
    with arriving(frame(b"12345")) as conn:
        got = outcome(chapter, chapter.read_frame, chapter.ByteReader(conn), 5)
        what = "A length of 5, a limit of 5. read_frame() returned:"
        message_is(what, b"12345", got, frame(b"12345"), beliefs.LIMIT_IS_ROUGH)
    with sending(frame(bytes(BIG))) as conn:
        got = outcome(chapter, chapter.read_frame, chapter.ByteReader(conn))
    size_is(
        "read_frame() returned:", BIG, got, sent=Literally(f"a frame with {BIG} bytes of payload")
    )
    head = frame(bytes(most + 1))[:5]
    with arriving(head) as conn:
        got = outcome(chapter, chapter.read_frame, chapter.ByteReader(conn), 2 * most)
    what = f"A length of {most + 1:,}, a limit of {2 * most:,}, and the end. read_frame():"
    same(what, sent=head, expected=Raised("Truncated"), got=got, usually=None, clue="limit")


@promise(
    task=6,
    usually=beliefs.REST_IS_DROPPED,
    hints=(
        "The buffer has a frame and a half. What has to be in it after your call?",
        "Payload: bytes 4 up to 4 + length. Then remove the whole frame, its length included.",
        "end = 4 + length; payload = bytes(buffer[4:end]); del buffer[:end]; return payload",
    ),
    hints_if={
        "type": (
            "Which type does the docstring promise?",
            "A slice of a bytearray is a bytearray. Somebody could change it later.",
            "bytes(buffer[4:end])",
        ),
        "stays": (
            "Your caller looks into the buffer again. What does it find there?",
            "Remove the frame from the buffer that you were given: `del` changes a bytearray in place.",
            "del buffer[: 4 + length]",
        ),
        beliefs.EMPTY_IS_THE_END: (
            "The length says 0. Is this frame complete?",
            "Yes. Its payload is b'', and that is not None.",
            "Return bytes(buffer[4:4]), which is b''.",
        ),
        "four": hints.COUNT_THE_LENGTH,
    },
)
def test_first_frame_is_taken_out(chapter: Attempt) -> None:
    """take_frame() returns the first payload. Only what follows the frame stays in the buffer."""
    for payload in (b"hi", b"", b"\x00\x00\x00\x01", b"\n" * 300):
        for rest in (b"", b"\x00\x00", frame(b"next")):
            buffer = bytearray(frame(payload) + rest)
            sent = given(bytes(buffer))
            got = taken(chapter, buffer)
            usually: Any = None if payload or got is not None else beliefs.EMPTY_IS_THE_END
            head, length = frame(payload)[:4], len(payload)
            miscounted = ((head + payload)[:length], payload[: max(0, length - 4)], head + payload)
            clue = "four" if got in miscounted else ""
            message_is("take_frame() returned:", payload, got, sent, usually, clue)
            usually = beliefs.REST_IS_DROPPED if len(buffer) < len(rest) else None
            clue = "stays" if len(buffer) > len(rest) else ""
            clue = "four" if clue and bytes(buffer) == (head + payload + rest)[length:] else clue
            what, after = "After the call, the buffer held:", bytes(buffer)
            same(what, sent=sent, expected=rest, got=after, usually=usually, clue=clue)


@promise(
    task=6,
    usually=beliefs.HALF_IS_WHOLE,
    signs={struct.error: beliefs.LENGTH_IS_THERE, IndexError: beliefs.LENGTH_IS_THERE},
    hints=(
        "How much of a frame can be missing? Think of its length, and of its payload.",
        "Fewer than four bytes: return None. Fewer than four and the length: return None.",
        "if len(buffer) < 4: return None. Read the length. Then: if len(buffer) < 4 + length: return "
        "None.",
    ),
    hints_if={
        "touched": (
            "The frame is not complete. What happens to the bytes that are there?",
            "They stay in the buffer, the length included: the next call needs it again.",
            "struct.unpack_from('!I', buffer) reads the length and removes nothing.",
        ),
        beliefs.LENGTH_IS_THERE: (
            "Two bytes have arrived. Can you read a length of four bytes?",
            "Not yet. Look how many bytes there are before you unpack them.",
            "if len(buffer) < 4: return None",
        ),
        "four": hints.COUNT_THE_LENGTH,
    },
)
def test_incomplete_frame_stays(chapter: Attempt) -> None:
    """While no frame is complete, take_frame() returns None, and the buffer is unchanged."""
    whole = frame(b"\x00\x00\x00\x00five")
    for at in range(len(whole)):
        buffer, start = bytearray(whole[:at]), whole[:at]
        got = taken(chapter, buffer)
        usually: Any = beliefs.HALF_IS_WHOLE if isinstance(got, bytes) else None
        usually = beliefs.LENGTH_IS_THERE if str(got).startswith(("struct", "Index")) else usually
        counts_no_length = isinstance(got, bytes) and at == len(whole) - 4  # less was not enough
        usually, clue = (None, "four") if counts_no_length else (usually, "")
        sent = given(start)
        what = "take_frame() returned:"
        same(what, sent=sent, expected=None, got=got, usually=usually, clue=clue)
        what, after = "After the call, the buffer held:", bytes(buffer)
        used_up = after == start[4:] and len(start) >= 4
        usually = beliefs.LENGTH_IS_USED_UP if used_up else beliefs.REST_IS_DROPPED
        same(what, sent=sent, expected=start, got=after, usually=usually, clue="touched")


@promise(
    task=6,
    usually=beliefs.TRUSTS_THE_LENGTH,
    signs={MemoryError: beliefs.TRUSTS_THE_LENGTH, OverflowError: beliefs.TRUSTS_THE_LENGTH},
    hints=(
        "What do you know about a frame as soon as its first four bytes are there?",
        "Compare the length with the limit before you look for the payload.",
        "if length > limit: raise TooLong(limit), above the line that compares len(buffer).",
    ),
    hints_if={
        beliefs.LIMIT_IS_ROUGH: (
            "How many bytes of payload are allowed?",
            "`limit` bytes are allowed, one more is not. The four bytes of the length do not count.",
            "if length > limit: raise TooLong(limit)",
        ),
        "its limit": hints.NAME_THE_LIMIT,
        "limit": hints.CALLERS_LIMIT,
        "touched": (
            "Your caller asks again after TooLong. What must it get?",
            "TooLong again. The length has to stay in the buffer.",
            "Do not delete anything before you raise.",
        ),
    },
)
def test_long_frame_is_refused_at_once(chapter: Attempt) -> None:
    """A length above `limit` is TooLong as soon as it is there. The buffer is unchanged."""
    most = chapter.MAX_FRAME
    for limits, length in (
        ((), 2**32 - 1),
        ((), most + 1),
        ((5,), 2**32 - 1),
        ((5,), 6),
        ((0,), 1),
    ):
        limit = [*limits, most][0]
        head = length.to_bytes(4, "big")
        for start in (head, head + b"x"):
            buffer = bytearray(start)
            got = taken(chapter, buffer, *limits)
            what = f"A length of {length:,}, a limit of {limit:,}. take_frame() returned:"
            is_ours = length < 9  # code that ignores the caller's limit does not believe the length
            usually: Any = None if is_ours else beliefs.TRUSTS_THE_LENGTH
            sent, clue = given(start), "limit" if is_ours else ""
            refused(what, limit, got, sent, usually, clue)
            what, after = "TooLong was raised. After the call, the buffer held:", bytes(buffer)
            same(what, sent=sent, expected=start, got=after, usually=None, clue="touched")
    for limit, payload in ((5, b"12345"), (0, b"")):
        got = taken(chapter, bytearray(frame(payload)), limit)
        what = f"A length of {limit}, a limit of {limit}. take_frame() returned:"
        message_is(what, payload, got, given(frame(payload)), beliefs.LIMIT_IS_ROUGH)
    got = taken(chapter, bytearray(frame(bytes(most))))
    usually = beliefs.LIMIT_IS_ROUGH if isinstance(got, Raised) else None
    what = f"The payload has {most:,} bytes, which is MAX_FRAME. take_frame() returned:"
    size_is(what, most, got, usually=usually)
    got = taken(chapter, bytearray(frame(bytes(most + 1))), 2 * most)
    what = f"A length of {most + 1:,}, a limit of {2 * most:,}. take_frame() returned:"
    size_is(what, most + 1, got, clue="limit")


@promise(
    task=7,
    usually=beliefs.FEED_IS_A_FRAME,
    signs={"spin": beliefs.ROUND_UNTIL_EMPTY, RecursionError: beliefs.RECURSION_IS_A_LOOP},
    hints=(
        "A piece may hold half a frame, or two and a half. What does your feed() return then?",
        "Add the new bytes to the old ones. Then take out one frame after another, until take_frame() "
        "returns None.",
        "self._buffer += data; while (payload := take_frame(self._buffer, self._limit)) is not None: "
        "payloads.append(payload)",
    ),
    hints_if={
        beliefs.OWN_BUFFER: (
            "There are two decoders. How many buffers are there?",
            "Each decoder needs a buffer of its own: make it where each decoder is made.",
            "In __init__: self._buffer = bytearray()",
        ),
        beliefs.EMPTY_IS_THE_END: (
            "take_frame() returns b'' for an empty payload. Does your loop go on?",
            "b'' is a payload. Only None means that there is none.",
            "while (payload := take_frame(…)) is not None:",
        ),
        beliefs.RECURSION_IS_A_LOOP: (
            "Thousands of frames may be in one piece. How deep are your calls then?",
            "Use a loop. A call of feed() inside feed() costs stack for each frame.",
            "while (payload := take_frame(self._buffer, self._limit)) is not None:",
        ),
        "too long": (
            "No frame is too long here. Which length did your code read, and with which limit did it "
            "compare it?",
            "If bytes are taken out too early or too late, other bytes are read as a length. And the "
            "limit is what __init__() was given.",
            "Let take_frame(self._buffer, self._limit) read the length: it takes out a complete frame "
            "or nothing.",
        ),
        beliefs.LENGTH_IS_USED_UP: (
            "A length has arrived, and its payload has not. Where is the length at the next feed()?",
            "It has to be in the buffer still. take_frame() leaves it there.",
            "Do not read the length in feed(): while (payload := take_frame(self._buffer, "
            "self._limit)) is not None:",
        ),
    },
)
def test_decoder_returns_what_is_complete(chapter: Attempt) -> None:
    """However a stream is cut, each payload is returned by the feed() that completes it."""
    begun, other = frame(b"hello")[:2], frame(b"hi")
    alone = described(lambda: chapter.FrameDecoder().feed(other))
    described(lambda: chapter.FrameDecoder().feed(begun))
    got = described(lambda: chapter.FrameDecoder().feed(other))
    if alone == [b"hi"]:
        what = "Another decoder, which has a stream of its own, returned:"
        sent = Literally(f"{begun!r} to one, {other!r} to the other")
        same(what, sent=sent, expected=[b"hi"], got=got, usually=beliefs.OWN_BUFFER)
    stream = frame(b"x") * MANY
    got = described(lambda: len(chapter.FrameDecoder().feed(stream)))
    usually: Any = None if isinstance(got, Raised) else NOT_GIVEN
    usually = beliefs.RECURSION_IS_A_LOOP if str(got).startswith("RecursionError") else usually
    sent = Literally(f"{MANY} frames in one piece")
    for payloads, pieces in streams_in_pieces():
        decodes(chapter, payloads, pieces)
    same("The number of payloads returned:", sent=sent, expected=MANY, got=got, usually=usually)


@promise(
    task=7,
    usually=beliefs.TRUSTS_THE_LENGTH,
    signs={"spin": beliefs.ROUND_UNTIL_EMPTY},
    hints=(
        "Two frames are complete, and the third is too long. What do you do with the first two?",
        "The peer expects answers to them. Return the payloads that you have. The bad length is still "
        "in the buffer, so the next call raises.",
        "Put the loop into try. In `except TooLong:`: if not payloads: raise. Then return payloads.",
    ),
    hints_if={
        beliefs.ERROR_IS_OVER: (
            "After TooLong, the peer goes on sending. Where does its next frame begin?",
            "Nobody knows. Keep the length in the buffer, so that every later call raises again.",
            "Do not clear the buffer when TooLong is raised.",
        ),
        beliefs.LIMIT_OF_THE_BUFFER: (
            "Which number did you compare with the limit?",
            "The limit is for the payload of one frame, not for the buffer or a piece. Only the "
            "frame's four bytes of length say how long the payload is.",
            "Leave the comparison to take_frame(self._buffer, self._limit).",
        ),
        "limit": (
            "Who decides how long a frame may be?",
            "The caller that made the decoder. Keep the limit in __init__(), and pass it on.",
            "self._limit = limit; take_frame(self._buffer, self._limit)",
        ),
    },
)
def test_decoder_refuses_too_long(chapter: Attempt) -> None:
    """A frame over the limit is TooLong. Complete frames before it are returned first."""
    most = chapter.MAX_FRAME
    for limits, head in (((), 2**32 - 1), ((), most + 1), ((5,), 2**32 - 1), ((5,), 6), ((0,), 1)):
        decoder = chapter.FrameDecoder(*limits)
        limit = [*limits, most][0]
        sent = head.to_bytes(4, "big")
        got = outcome(chapter, decoder.feed, sent[:3])
        what = f"The limit is {limit:,}. feed() returned:"
        usually: Any = beliefs.LIMIT_OF_THE_BUFFER if isinstance(got, Raised) else NOT_GIVEN
        same(what, sent=given(sent[:3]), expected=[], got=got, usually=usually)
        got = outcome(chapter, decoder.feed, sent[3:])
        what = f"The limit is {limit:,}. After the fourth byte, feed() returned:"
        usually = None if head < 9 else beliefs.TRUSTS_THE_LENGTH
        if got == [] and swallows(chapter, *limits):
            usually = beliefs.SWALLOWS_TOO_LONG
        refused(what, limit, got, given(sent), usually, clue="limit")
    decoder, _other = chapter.FrameDecoder(5), chapter.FrameDecoder(9)
    got = outcome(chapter, decoder.feed, frame(b"123456"))
    what = "The limit is 5, and that of another decoder is 9. feed() returned:"
    refused(what, 5, got, given(frame(b"123456")), beliefs.OWN_BUFFER)
    decoder = chapter.FrameDecoder(5)
    sent = frame(b"") + frame(b"12345") + frame(b"123456")
    got = outcome(chapter, decoder.feed, sent)
    usually = beliefs.ERROR_IS_ALL if str(got).startswith("TooLong") else beliefs.LIMIT_IS_ROUGH
    what = "The limit is 5. feed() returned:"
    same(what, sent=given(sent), expected=[b"", b"12345"], got=got, usually=usually)
    got = outcome(chapter, decoder.feed, frame(b""))
    what = "The third frame was too long. The next feed() returned:"
    refused(what, 5, got, given(sent, frame(b"")), beliefs.ERROR_IS_OVER)
    decoder = chapter.FrameDecoder(5)
    head, more = frame(b"123456")[:4], frame(b"ok")
    outcome(chapter, decoder.feed, head)
    got = outcome(chapter, decoder.feed, more)
    what = "The limit is 5, and feed() has raised TooLong. The next feed() returned:"
    refused(what, 5, got, given(head, more), beliefs.ERROR_IS_OVER)
    got = outcome(chapter, decoder.feed, b"")
    refused("feed(b'') after that returned:", 5, got, given(head, more), None)
    decoder = chapter.FrameDecoder(5)
    tracemalloc.start()
    try:
        for _ in range(32):
            try:
                got = decoder.feed(head + bytes(BIG))
            except chapter.TooLong as error:
                error.__traceback__ = (
                    None  # it holds what was fed, if the same error is raised again
                )
                got = too_long(error.limit)
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    refused("After many pieces, feed() returned:", 5, got, given(head, more), beliefs.ERROR_IS_OVER)
    what = f"After TooLong, {32 * BIG:,} bytes more were fed. The decoder keeps, in bytes:"
    holds(what, kept < 8 * BIG, got=kept, usually=beliefs.REFUSED_BYTES_ARE_KEPT)


@promise(
    task=7,
    usually=beliefs.HALF_IS_WHOLE,
    hints=(
        "The stream has ended. How do you see that something is missing?",
        "Bytes that are still in the buffer are the beginning of a frame.",
        "if self._buffer: raise Truncated(bytes(self._buffer))",
    ),
    hints_if={
        "partial": (
            "Truncated takes an argument. What is it for?",
            "It is what the decoder has kept of the frame.",
            "raise Truncated(bytes(self._buffer))",
        ),
    },
)
def test_decoder_says_what_is_missing(chapter: Attempt) -> None:
    """finish() raises Truncated inside a frame, its length included. Between two it does nothing."""
    stream = frame(b"hi") + frame(b"")
    for at in range(len(stream) + 1):
        decoder = chapter.FrameDecoder()
        decoder.feed(stream[:at])
        whole = at in (0, len(frame(b"hi")), len(stream))
        expected = None if whole else Raised("Truncated")
        partials: list[object] = []
        got = outcome(chapter, decoder.finish, partials=partials)
        usually: Any = beliefs.END_IS_AN_ERROR if whole else beliefs.END_IS_NORMAL
        usually = usually if whole or got is None else None
        what = "finish() returned:"
        same(what, sent=given(stream[:at]), expected=expected, got=got, usually=usually)
        if partials:
            begun = stream[len(frame(b"hi")) * (at > len(frame(b"hi"))) : at]
            what = "finish() raised Truncated, with this `partial`:"
            message_is(what, begun, partials[0], given(stream[:at]), None, clue="partial")
    decoder, head = chapter.FrameDecoder(5), frame(b"123456")[:4]
    for piece in (head, b"1", b"2"):
        outcome(chapter, decoder.feed, piece)
    partials = []
    got = outcome(chapter, decoder.finish, partials=partials)
    what, sent = "The limit is 5, and feed() has raised TooLong. ", given(head, b"1", b"2")
    same(
        f"{what}finish() returned:", sent=sent, expected=Raised("Truncated"), got=got, usually=None
    )
    what += "Then it keeps nothing more. finish() raised Truncated, with this `partial`:"
    more = isinstance(partials[0], bytes) and len(partials[0]) > len(head)
    usually = beliefs.REFUSED_BYTES_ARE_KEPT if more else None
    message_is(what, head, partials[0], sent, usually, clue="" if more else "partial")


def passes_errors(chapter: Attempt, name: str, wanted: bytes | int, message: bytes) -> None:
    """Require that a method lets a reset and a timeout pass, and loses nothing after a timeout."""
    with arriving(message) as conn:
        outcome(chapter, getattr(chapter.ByteReader(conn), name), wanted)
        what = f"The connection had no timeout. After {name}({wanted!r}), its timeout is:"
        same(what, sent=message, expected=None, got=conn.gettimeout(), usually=None, clue="hang")
    for sent in (b"", b"hal"):
        call = f"{name}({wanted!r})"
        with connected() as (client, server):
            reader = chapter.ByteReader(server)
            client.sendall(sent)
            reset(client)
            got = error_of(chapter, ConnectionError, getattr(reader, name), wanted)
        same(
            f"{call}:",
            sent=Literally(f"{sent!r}, and a reset"),
            expected=Literally("ConnectionError"),
            got=got,
            usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
        )
        with connected() as (client, server), InPieces(fileno=server.detach()) as conn:
            client.sendall(sent)
            conn.sizes, conn.taken, conn.silent = [len(sent)] if sent else [], 0, True
            conn.settimeout(0.02)
            reader = chapter.ByteReader(conn)
            got = error_of(chapter, TimeoutError, getattr(reader, name), wanted)
            waits = "waits" in str(got)
            same(
                f"The connection has a timeout of 0.02 s. {call}:",
                sent=Literally(f"{sent!r}, then nothing"),
                expected=Literally("TimeoutError"),
                got=got,
                usually=beliefs.PEERS_GO_ON if waits else beliefs.NOTHING_YET_IS_THE_END,
            )
            rest = message.removeprefix(sent)
            client.sendall(rest)
            conn.sizes = [len(rest)]
            conn.settimeout(2.0)
            got = error_of(chapter, TimeoutError, getattr(reader, name), wanted)
            same(
                f"After that timeout, the next {call} returned:",
                sent=Literally(f"{sent!r}, nothing for 0.02 s, then {rest!r}"),
                expected=message,
                got=got,
                usually=beliefs.TIMEOUT_LOSES_NOTHING,
                clue="lost",
            )


def error_of(
    chapter: Attempt, kind: type[OSError], call: Callable[..., object], *arguments: object
) -> object:
    """Return the name of the error that a call has to raise, or what became of it instead."""
    try:
        return outcome(chapter, call, *arguments)
    except kind:
        return Literally(kind.__name__)
    except OSError as error:
        return Literally(type(error).__name__)


def requires_truncated(
    chapter: Attempt,
    reader: Any,
    came: bytes,
    what: str,
    name: str,
    call: Callable[..., object],
    *arguments: object,
    conn: socket.socket,
) -> None:
    """Require that a call on a stream that ends too early raises Truncated with what came."""
    sent = Literally(f"{came!r}, and the end of the stream")
    try:
        got = call(*arguments)
    except chapter.Truncated as cut:
        what = f"{what} Truncated was raised, with this `partial`:"
        message_is(what, came, cut.partial, sent, None, clue="partial")
    else:
        usually: Any = (
            beliefs.NOTHING_IS_ENOUGH if call == reader.read_exactly else beliefs.END_IS_NORMAL
        )
        usually = usually if got == b"" else NOT_GIVEN if got is None else beliefs.HALF_IS_WHOLE
        expected = Raised("Truncated")
        broken(f"{what} {name} returned:", sent=sent, expected=expected, got=got, usually=usually)
    remains_open(conn, "Truncated")
    got = outcome(chapter, reader.read_until, b"\r\n")
    what = f"{name} raised Truncated. Then the buffer has to be empty. The next {UNTIL} returned:"
    message_is(what, b"", got, sent, None, clue="left")


def remains_open(conn: socket.socket, error: str) -> None:
    """Require that a method which has raised an error has not closed the connection."""
    what = f"{error} was raised. The caller still needs the connection, and it is closed"
    holds(what, conn.fileno() >= 0, usually=beliefs.USER_CLOSES)


def refuses_a_flood(chapter: Attempt) -> None:
    """Require that few of the bytes of a peer that does not stop are taken."""
    with connected() as (client, server), InPieces(fileno=server.detach()) as conn:
        conn.sizes, conn.taken, conn.silent = [], 0, False
        with running(send, client, b"x" * (4 << 20)):
            got = outcome(chapter, chapter.ByteReader(conn).read_until, b"\n", 1000)
            taken = conn.taken
            conn.close()
        what = "A peer sends 4 MiB without a delimiter; the limit is 1000. read_until() returned:"
        refused(what, 1000, got, NOT_GIVEN, beliefs.LIMIT_AFTERWARDS)
        what = "It received far more than it may return, before it refused. Bytes received:"
        holds(what, taken <= 1 << 20, got=taken, usually=beliefs.LIMIT_AFTERWARDS)


@contextmanager
def sending(stream: bytes) -> Iterator[socket.socket]:
    """Give a connection on which more arrives than one recv() returns."""
    with connected() as (client, server), running(send, client, stream):
        try:
            yield server
        finally:
            server.close()


def send(client: socket.socket, stream: bytes) -> None:
    """Send until all is sent or the other side has had enough."""
    with suppress(OSError):
        client.sendall(stream)
        client.shutdown(socket.SHUT_WR)


def line_or_error(chapter: Attempt, reader: Any, *limit: int) -> object:
    """Return what read_line() gives, or what became of it instead, in words."""
    try:
        return outcome(chapter, reader.read_line, *limit)
    except UnicodeDecodeError as error:
        return Raised(f"UnicodeDecodeError: {error.reason}")


def reason_for_line(got: object, line: bytes) -> Any:
    """Return the belief from which a wrong line in one piece comes."""
    if got in ("Truncated", line[:-2].decode(errors="ignore")):
        return beliefs.ALWAYS_CR_LF
    if isinstance(got, str) and got.strip() == line.decode("latin-1").strip():
        return beliefs.BYTE_IS_CHARACTER
    return NOT_GIVEN if got is None else None


def reason_for_count(got: object, expected: bytes, pieces: Sequence[bytes]) -> tuple[Any, str]:
    """Return the belief from which a wrong count of bytes comes, or a clue to the mistake."""
    stream = b"".join(pieces)
    if isinstance(got, bytes) and got != expected:
        if got == stream:
            return beliefs.ONE_RECV, "count"
        if not stream.startswith(expected) and stream.startswith(got):
            return None, "stays"
        if len(pieces) == 1 or len(got) > len(expected):
            return None, "count"
    if len(pieces) > 1:
        return beliefs.RECV_COUNTS, ""
    return None if stream.startswith(expected) else beliefs.REST_IS_DROPPED, ""


def streams_in_pieces() -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Yield lists of payloads, each with its stream in pieces, from the smallest on.

    A stream comes whole, cut in two near each end of a length or a payload, and in equal pieces.
    """
    lists = [list(each) for count in range(3) for each in product(PAYLOADS, repeat=count)]
    for payloads in (*lists, list(PAYLOADS)):
        stream = b"".join(map(frame, payloads))
        ends = [0, *accumulate(len(frame(each)) for each in payloads)]
        near = {end + step for end in ends for step in range(-1, 6)}
        places = [place for place in sorted(near) if 0 < place < len(stream)]
        equal = [[size] * 30 for size in ((1, 3, 5) if len(stream) < 30 else (100,))]
        for sizes in ([], *([place] for place in places), *equal):
            yield payloads, in_sizes(stream, sizes)


def in_sizes(stream: bytes, sizes: Sequence[int]) -> list[bytes]:
    """Cut a stream into pieces of these sizes; what is left is the last piece."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(stream[at : at + size])
        at += size
    return [piece for piece in (*pieces, stream[at:]) if piece]


def decodes(chapter: Attempt, payloads: list[bytes], pieces: list[bytes]) -> None:
    """Require that a decoder returns each payload as soon as its last byte has been fed."""
    decoder = chapter.FrameDecoder()
    waiting, fed, lists = list(payloads), 0, []
    ends = [sum(len(frame(each)) for each in payloads[: n + 1]) for n in range(len(payloads))]
    for number, piece in enumerate(pieces, start=1):
        fed += len(piece)
        complete = sum(end <= fed for end in ends) - (len(payloads) - len(waiting))
        expected, waiting = waiting[:complete], waiting[complete:]
        what = "These pieces were fed, one after the other. The last feed() returned:"
        try:
            returned = decoder.feed(piece)
            got: object = list(returned) if isinstance(returned, list) else returned
        except NotImplementedError:
            raise
        except Exception as error:
            got = Literally(f"{name_of(error)}: {error}")
            where = line_of(chapter, error)
            what = what.replace("returned:", f"raised an error, on {where}:")
        alone = arrived_alone(pieces[:number], ends)
        same(
            what,
            sent=given(*pieces[:number]),
            expected=expected,
            got=got,
            usually=reason_for(got, expected, decoder, length_came_alone=alone),
            clue="too long" if str(got).startswith("TooLong") else "",
        )
        for payload in got if isinstance(got, list) else ():
            what = "A payload has to be bytes, which nobody can change afterwards:"
            holds(what, isinstance(payload, bytes), got=payload, usually=None)
        lists.append(returned)
    together = [payload for each in lists for payload in each]
    changed = "" if together == payloads else "A later feed() changed an earlier list. "
    what = f"{changed}All lists that feed() had returned, together:"
    same(what, sent=given(*pieces), expected=payloads, got=together, usually=None)


def given(*pieces: bytes) -> Given:
    """Name the pieces that a function was given: no network has sent them."""
    return Given(", then ".join(map(shortened, pieces)))


def shortened(piece: bytes) -> str:
    """Show bytes as a literal; of many, the first."""
    return repr(piece) if len(piece) <= 40 else f"{piece[:20]!r} … ({len(piece)} bytes)"


def swallows(chapter: Attempt, *limits: int) -> bool:
    """Return whether a decoder gives neither a payload nor an error for a frame that is too long."""
    too_long = frame(bytes([*limits, chapter.MAX_FRAME][0] + 1))
    return described(lambda: chapter.FrameDecoder(*limits).feed(too_long)) == []


def arrived_alone(pieces: Sequence[bytes], ends: Sequence[int]) -> bool:
    """Return whether the last piece goes on with a frame whose length was not cut."""
    cuts = [sum(map(len, pieces[: n + 1])) for n in range(len(pieces) - 1)]
    start = max((end for end in ends if end <= cuts[-1]), default=0) if cuts else 0
    inside = [cut - start for cut in cuts if cut > start]
    return bool(inside) and min(inside) >= 4


def reason_for(got: object, expected: list[bytes], decoder: Any, *, length_came_alone: bool) -> Any:
    """Return the belief from which a wrong list of payloads comes."""
    if isinstance(got, Literally):
        return beliefs.LENGTH_IS_THERE if got.startswith(("struct.error", "IndexError")) else None
    if not isinstance(got, list):
        return NOT_GIVEN if got is None else None
    if got == [payload for payload in expected if payload]:
        return beliefs.EMPTY_IS_THE_END
    late: list[bytes] = []
    with suppress(Exception):
        for _ in expected:
            late += decoder.feed(b"")
    if got + late == expected:
        return beliefs.FEED_IS_A_FRAME
    if length_came_alone and not got:
        return beliefs.LENGTH_IS_USED_UP
    return None if len(got) > len(expected) else beliefs.REST_IS_DROPPED


def name_of(error: Exception) -> str:
    """Return an error's name; that of struct's is only `error`."""
    return "struct.error" if isinstance(error, struct.error) else type(error).__name__


class WaitsForever(BaseException):
    """Raised by a recv() that would never return: its peer has sent everything, and is silent."""


class InPieces(socket.socket):
    """A connection that hands its octets over in the pieces that a check names, one a call.

    Afterwards it receives like any other socket. `taken` is how many octets it handed over;
    `silent` says that no more will come, nor an end.
    """

    sizes: list[int]
    taken: int
    silent: bool

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive what is left of the next piece, or as much of it as the caller allows."""
        if self.silent and not (self.sizes or flags) and self.gettimeout() is None:
            raise WaitsForever("the peer is silent")
        if self.sizes:
            size = min(size, self.sizes[0])
            wait_for_bytes(self, size)
        return self._handed_over(super().recv(size, flags), flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Do the same for callers that have a buffer of their own, such as makefile()."""
        size = nbytes or memoryview(buffer).nbytes
        piece = self.recv(size, flags)
        memoryview(buffer).cast("B")[: len(piece)] = piece
        return len(piece)

    def _handed_over(self, piece: bytes, flags: int) -> bytes:
        if not flags & socket.MSG_PEEK:
            self.taken += len(piece)
            if self.sizes:
                self.sizes[0] -= len(piece)
                self.sizes = [size for size in self.sizes if size]
        return piece


@contextmanager
def arriving(*pieces: bytes, ends: bool = True) -> Iterator[InPieces]:
    """Give a connection on which these pieces arrive; then the stream ends, or is silent."""
    with connected() as (client, server), InPieces(fileno=server.detach()) as conn:
        conn.sizes, conn.taken = [len(piece) for piece in pieces if piece], 0
        conn.silent = not ends
        if len(cut := [piece for piece in pieces if piece]) > 1:
            simulates(
                f"a network that cuts the stream: recv() returns one piece a call, of {cut!r}"
            )
        client.sendall(b"".join(pieces))
        if ends:
            client.shutdown(socket.SHUT_WR)
        yield conn


def cut_everywhere(stream: bytes) -> Iterator[tuple[bytes, ...]]:
    """Yield a stream in one piece, in two for every place to cut it, and byte by byte."""
    yield (stream,)
    yield from ((stream[:at], stream[at:]) for at in range(1, len(stream)))
    yield tuple(stream[at : at + 1] for at in range(len(stream)))


def frame(payload: bytes) -> bytes:
    """Return what a peer sends for a payload."""
    return len(payload).to_bytes(4, "big") + payload


def too_long(limit: int) -> Raised:
    """Return what `outcome` says of a TooLong with this limit."""
    return Raised(f"TooLong, with limit={limit}")


def outcome(
    chapter: Attempt,
    call: Callable[..., object],
    *arguments: object,
    partials: list[object] | None = None,
) -> object:
    """Return what a call returns, or what became of it instead, in words.

    To `partials` goes what Truncated says.
    """
    try:
        return call(*arguments)
    except chapter.TooLong as error:
        return too_long(error.limit)
    except chapter.Truncated as error:
        if partials is not None:
            partials.append(error.partial)
        return Raised("Truncated")
    except chapter.FramingError as error:
        return Raised(type(error).__name__)
    except WaitsForever as wait:
        return Waits(f"recv(), on {line_of(chapter, wait)}, waits forever")


def line_of(chapter: Attempt, error: BaseException) -> str:
    """Say on which line of the answer an error was raised."""
    file = sys.modules[chapter.ByteReader.__module__].__file__
    lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == file]
    return f"line {lines[-1]}" if lines else "a line that is not yours"


def message_is(
    what: str, expected: bytes, got: object, sent: object, usually: Any, clue: str = ""
) -> None:
    """Require a message. A `return` that is missing, or another type, has a reason of its own."""
    if got is None and not clue:
        usually = usually if isinstance(usually, Misconception) else NOT_GIVEN
    elif got is not None and not isinstance(got, bytes | Literally):
        what, usually = f"Bytes are promised, not {type(got).__name__}. {what}", None
        clue = "type"
    same(what, sent=sent, expected=expected, got=got, usually=usually, clue=clue)


def size_is(
    what: str,
    expected: int,
    got: object,
    sent: object = NOT_GIVEN,
    usually: Any = None,
    clue: str = "",
) -> None:
    """Require a payload or a message of this size, which is too large to be shown."""
    shown = Literally(f"{len(got)} bytes") if isinstance(got, bytes) else got
    same(
        what,
        sent=sent,
        expected=Literally(f"{expected} bytes"),
        got=shown,
        usually=usually,
        clue=clue,
    )


def refused(
    what: str, limit: int, got: object, sent: object, usually: Any = NOT_GIVEN, clue: str = ""
) -> None:
    """Require TooLong. Another limit in it is not a misconception."""
    if str(got).startswith("TooLong"):
        usually, clue = None, clue or "its limit"
    same(what, sent=sent, expected=too_long(limit), got=got, usually=usually, clue=clue)


def taken(chapter: Attempt, buffer: bytearray, *limits: int) -> object:
    """Return what take_frame() returns, or what became of it instead, in words."""
    try:
        return outcome(chapter, chapter.take_frame, buffer, *limits)
    except (struct.error, IndexError) as error:
        return Raised(f"{name_of(error)}: {error}")


def in_turn(calls: Sequence[str]) -> str:
    """Say which call gave something, and which came before it."""
    *before, last = calls
    return f"After {', '.join(before)}, {last} returned:" if before else f"{last} returned:"


TASKS = {
    1: "take_message",
    2: "ByteReader.__init__, ByteReader.read_until",
    3: "ByteReader.read_line",
    4: "ByteReader.read_exactly",
    5: "encode_frame, read_frame",
    6: "take_frame",
    7: "FrameDecoder.__init__, FrameDecoder.feed, FrameDecoder.finish",
}
