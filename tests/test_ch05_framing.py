"""The promises of chapter 5: where one message ends."""

import socket
import struct
import sys
import traceback
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, broken, described, holds, same
from course.checks.peers import connected, narrow, reset, running, wait_for_bytes
from course.checks.promises import promise
from tests import beliefs

NTH = ("first", "second", "third", "fourth", "fifth")
PAYLOADS = (b"a", b"", b"hello", b"\x00\x00\x00\x01", b"\xff\xff\xff\xff", b"x" * 300)
UNTIL = "read_until(b'\\r\\n')"
SMALL = 16 << 20  # bytes of memory: far more than a reader needs
LARGE = 64 << 20  # bytes of memory: too many, but harmless


@promise(
    task=1,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.TRY_AGAIN, UnicodeDecodeError: beliefs.DECODES_PIECES},
    hints=(
        "The two bytes of this delimiter may arrive in two pieces. Where do you search?",
        "Put each piece behind what is there already, and search in the whole, until it is found.",
        "while delimiter not in self._buffer: self._buffer += self._conn.recv(65536). Then find() "
        "says where it begins; return bytes up to its end. (What if recv() returns b''?)",
    ),
)
def test_message_in_any_pieces(chapter: Attempt) -> None:
    """However the network cuts it, read_until() returns the message with its delimiter."""
    message = b"GET /\xff\r\n"
    for pieces in cut_everywhere(message):
        with arriving(*pieces) as conn:
            got = outcome(chapter, chapter.ByteReader(conn).read_until, b"\r\n")
        straddles = len(pieces) == 2 and pieces[1] == b"\n"
        usually: Any = beliefs.SEARCHES_THE_PIECE if straddles else beliefs.ONE_RECV
        usually = usually if len(pieces) > 1 else None
        bare = got == message.removesuffix(b"\r\n")
        what = "read_until(b'\\r\\n') returns the delimiter, too. It" if bare else UNTIL
        message_is(f"{what} gave:", message, got, list(pieces), usually)


@promise(
    task=1,
    usually=beliefs.REST_IS_DROPPED,
    signs={"hang": beliefs.REST_IS_DROPPED},
    hints=(
        "This peer sends two messages and a half in one piece, and then it waits for you.",
        "Look into the buffer before you call recv(). Take only one message out of it, and leave "
        "the rest there. Each reader has a buffer of its own.",
        "message = bytes(self._buffer[:end]); del self._buffer[:end]. The buffer is made in "
        "__init__: self._buffer = bytearray().",
    ),
)
def test_rest_begins_the_next_message(chapter: Attempt) -> None:
    """What is left over begins the next message of this connection, and of no other."""
    pieces = (b"one\ntwo\nthr", b"ee\n")
    with arriving(*pieces, ends=False) as conn, arriving(b"hi\n", ends=False) as other_conn:
        reader, other = chapter.ByteReader(conn), chapter.ByteReader(other_conn)
        for nth, message in zip(NTH, (b"one\n", b"two\n", b"three\n"), strict=False):
            got = outcome(chapter, reader.read_until, b"\n")
            more = isinstance(got, bytes) and got.startswith(message)
            usually = beliefs.ONE_RECV if more else beliefs.REST_IS_DROPPED
            what = f"The {nth} read_until(b'\\n') gave:"
            message_is(what, message, got, list(pieces), usually)
            if message == b"two\n":
                got = outcome(chapter, other.read_until, b"\n")
                what = "The reader of another connection gave:"
                sent = Literally(f"{pieces[0]!r} to the first one, b'hi\\n' to the other")
                message_is(what, b"hi\n", got, sent, beliefs.OWN_BUFFER)


@promise(
    task=1,
    usually=beliefs.HALF_IS_WHOLE,
    signs={"spin": beliefs.TRY_AGAIN, "hang": beliefs.TRY_AGAIN},
    hints=(
        "recv() returns b''. There are two cases: what may be in your buffer?",
        "Nothing in it: return b''. Something in it: raise Truncated, and hand over what came.",
        "if not piece: if self._buffer: partial = bytes(self._buffer), empty it, and raise "
        "Truncated(partial); else return b''.",
    ),
)
def test_end_between_and_inside_messages(chapter: Attempt) -> None:
    """Between two messages the end of the stream is b''; inside of one it is Truncated."""
    message = b"one\r\n"
    for messages in ((), (message,)):
        sent = Literally(f"{message!r}, and the end" if messages else "nothing, and the end")
        with arriving(*messages) as conn:
            reader = chapter.ByteReader(conn)
            for nth, expected in zip(NTH, (*messages, b"", b""), strict=False):
                got = outcome(chapter, reader.read_until, b"\r\n")
                usually = beliefs.END_IS_AN_ERROR if got == "Truncated" else None
                message_is(f"The {nth} {UNTIL} gave:", expected, got, sent, usually)
    for at in range(1, len(message)):
        partial = message[:at]
        with arriving(partial) as conn:
            reader = chapter.ByteReader(conn)
            what = "The stream ended inside the message."
            requires_truncated(chapter, reader, partial, what, UNTIL, reader.read_until, b"\r\n")


def requires_truncated(
    chapter: Attempt,
    reader: Any,
    partial: bytes,
    what: str,
    name: str,
    call: Callable[..., object],
    *arguments: object,
) -> None:
    """Require that a call on a stream that ends too early raises Truncated with what came."""
    sent = Literally(f"{partial!r}, and the end of the stream")
    try:
        got = call(*arguments)
    except chapter.Truncated as cut:
        what = f"{what} Truncated was raised, with this `partial`:"
        message_is(what, partial, cut.partial, sent, None)
    else:
        usually: Any = (
            beliefs.NOTHING_IS_ENOUGH if call == reader.read_exactly else beliefs.END_IS_NORMAL
        )
        usually = usually if got == b"" else NOT_GIVEN if got is None else beliefs.HALF_IS_WHOLE
        expected = Literally("Truncated")
        broken(f"{what} {name} gave:", sent=sent, expected=expected, got=got, usually=usually)
    got = outcome(chapter, reader.read_until, b"\r\n")
    what = f"What came was in `partial`, so the reader is empty. After that, {UNTIL} gave:"
    message_is(what, b"", got, sent, None)


@promise(
    task=1,
    usually=beliefs.LIMIT_IS_ROUGH,
    signs={"hang": beliefs.LIMIT_IS_ROUGH, "spin": beliefs.LIMIT_AFTERWARDS},
    hints=(
        "Does a peer that never sends the delimiter ever leave your loop?",
        "No delimiter yet, and `limit` bytes here: raise TooLong before you receive more. And a "
        "delimiter may be found, but too far away.",
        "In the loop: if len(self._buffer) >= limit: raise TooLong(limit). After it: end = found + "
        "len(delimiter); if end > limit: raise TooLong(limit).",
    ),
)
def test_too_long_is_refused_in_time(chapter: Attempt) -> None:
    """A message may have `limit` bytes; when so many hold no delimiter, it is TooLong at once."""
    message = b"12345678\r\n"
    for pieces in cut_everywhere(message):
        for limit in (10, 9):
            with arriving(*pieces) as conn:
                reader = chapter.ByteReader(conn)
                got = outcome(chapter, reader.read_until, b"\r\n", limit)
                with suppress(chapter.FramingError):
                    reader.read_until(b"\r\n", limit)  # it has to come to an end
            what = f"With a limit of {limit}, {UNTIL} gave:"
            if limit < len(message):
                refused(what, limit, got, list(pieces))
            else:
                message_is(what, message, got, list(pieces), beliefs.LIMIT_IS_ROUGH)
    refuses_a_flood(chapter)
    with arriving(b"123456789", ends=False) as conn:
        got = outcome(chapter, chapter.ByteReader(conn).read_until, b"\r\n", 9)
        what = f"With a limit of 9, {UNTIL} gave:"
        refused(what, 9, got, Literally("b'123456789', then nothing"))


def refuses_a_flood(chapter: Attempt) -> None:
    """Require that few of the bytes of a peer that does not stop are taken."""
    with connected() as (client, server), InPieces(fileno=server.detach()) as conn:
        conn.sizes, conn.taken, conn.silent = [], 0, False
        with running(send_four_megabytes, client):
            got = outcome(chapter, chapter.ByteReader(conn).read_until, b"\n", 1000)
            taken = conn.taken
            conn.close()
        what = "A peer sends 4 MiB without a delimiter; the limit is 1000. read_until() gave:"
        refused(what, 1000, got, NOT_GIVEN, beliefs.LIMIT_AFTERWARDS)
        what = "It received far more than it may return, before it refused. Bytes received:"
        holds(what, taken <= 1 << 20, got=taken, usually=beliefs.LIMIT_AFTERWARDS)


def send_four_megabytes(client: socket.socket) -> None:
    """Send until all is sent or the other side has had enough."""
    with suppress(OSError):
        client.sendall(b"x" * (4 << 20))
        client.shutdown(socket.SHUT_WR)


@promise(
    task=2,
    usually=beliefs.RECV_COUNTS,
    signs={"spin": beliefs.TRY_AGAIN, "hang": beliefs.REST_IS_DROPPED},
    hints=(
        "How many bytes does recv(4) return when two have arrived?",
        "Receive until the buffer holds enough. Then take `count` bytes, and leave the others.",
        "while len(self._buffer) < count: receive one more piece into it (and see whether it was "
        "b''). Then take bytes(self._buffer[:count]) out of it.",
    ),
)
def test_exact_count_in_any_pieces(chapter: Attempt) -> None:
    """read_exactly() returns `count` bytes, however they are cut: no more and no fewer."""
    for pieces in cut_everywhere(b"\x00\x00\x00\x05hello"):
        with arriving(*pieces) as conn:
            reader = chapter.ByteReader(conn)
            for calls, expected in (
                (["read_exactly(4)"], b"\x00\x00\x00\x05"),
                (["read_exactly(4)", "read_exactly(5)"], b"hello"),
            ):
                got = outcome(chapter, reader.read_exactly, len(expected))
                more = isinstance(got, bytes) and len(got) > len(expected)
                usually: Any = beliefs.ONE_RECV if more else beliefs.RECV_COUNTS
                if len(pieces) == 1 and not more:
                    usually = beliefs.REST_IS_DROPPED if len(calls) > 1 else None
                message_is(in_turn(calls), expected, got, list(pieces), usually)


@promise(
    task=2,
    usually=beliefs.REST_IS_DROPPED,
    signs={"hang": beliefs.REST_IS_DROPPED},
    hints=(
        "read_until() has taken one line out of a piece. Where is the rest of the piece?",
        "All methods share one buffer. Look how much is in it before you receive.",
        "Compare len(self._buffer) with count *before* each recv(), not after it.",
    ),
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
            message_is(in_turn(calls), expected, got, stream, beliefs.REST_IS_DROPPED)


@promise(
    task=2,
    usually=beliefs.HALF_IS_WHOLE,
    signs={"spin": beliefs.TRY_AGAIN, "hang": beliefs.TRY_AGAIN},
    hints=(
        "The caller asked for five bytes, and the stream ends after three. What are they worth?",
        "Raise Truncated with what came, even if that is nothing at all: `count` bytes were asked "
        "for.",
        "if not piece: partial = bytes(self._buffer), empty the buffer, and raise "
        "Truncated(partial).",
    ),
)
def test_fewer_bytes_are_truncated(chapter: Attempt) -> None:
    """When the stream ends before `count` bytes, read_exactly() raises Truncated with what came."""
    for at in (4, 1, 0):
        with arriving(b"hello"[:at]) as conn:
            reader = chapter.ByteReader(conn)
            what = "The stream ended before the 5 bytes that were asked for."
            name, call = "read_exactly(5)", reader.read_exactly
            requires_truncated(chapter, reader, b"hello"[:at], what, name, call, 5)


@promise(
    task=2,
    usually=beliefs.ERRORS_ARE_MINE_TO_HIDE,
    signs={"hang": beliefs.PEERS_GO_ON, "spin": beliefs.PEERS_GO_ON},
    hints=(
        "recv() has three answers: bytes, b'', and an error. What does your code make of an error?",
        "A reset is a ConnectionError, a peer that is silent for too long a TimeoutError. Neither is "
        "yours to judge: your caller knows what to do.",
        "Do not catch OSError in the reader, and leave the connection's timeout as it is.",
    ),
)
def test_broken_connection_is_no_end(chapter: Attempt) -> None:
    """A reset and a timeout are no end of the stream: the error of recv() comes through."""
    for sent in (b"", b"hal"):
        for name, wanted in (("read_until", b"\n"), ("read_exactly", 5)):
            call = f"{name}({wanted!r}) gave:"
            with connected() as (client, server):
                reader = chapter.ByteReader(server)
                client.sendall(sent)
                reset(client)
                got = error_of(chapter, ConnectionError, getattr(reader, name), wanted)
            what = Literally(f"{sent!r}, and a reset")
            expected = Literally("ConnectionError")
            same(
                call, sent=what, expected=expected, got=got, usually=beliefs.ERRORS_ARE_MINE_TO_HIDE
            )
            with arriving(sent, ends=False) as conn:
                conn.settimeout(0.02)
                reader = chapter.ByteReader(conn)
                got = error_of(chapter, TimeoutError, getattr(reader, name), wanted)
            what = Literally(f"{sent!r}, then nothing")
            expected = Literally("TimeoutError")
            usually = beliefs.PEERS_GO_ON if "waits" in str(got) else beliefs.NOTHING_YET_IS_THE_END
            call = f"The connection has a timeout of 0.02 s. {call}"
            same(call, sent=what, expected=expected, got=got, usually=usually)


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


@promise(
    task=3,
    usually=beliefs.DECODES_PIECES,
    signs={UnicodeDecodeError: beliefs.DECODES_PIECES, "spin": beliefs.TRY_AGAIN},
    hints=(
        "The two bytes of é may arrive in two pieces. When do you decode?",
        "Get a whole line as bytes first. You have a method for that.",
        "line = self.read_until(b'\\n', limit); take its end off, then .decode().",
    ),
)
def test_text_in_any_pieces(chapter: Attempt) -> None:
    """A line of text comes back whole, wherever its bytes are cut; its limit counts bytes."""
    text = "né✓ 🙂"
    line = f"{text}\n".encode()
    for pieces in cut_everywhere(line):
        with arriving(*pieces) as conn:
            got = line_or_error(chapter, chapter.ByteReader(conn))
        what, usually = "read_line() gave:", reason_for_line(got, line)
        if got == f"{text}\n":
            what = "read_line() returns the line without its end. It gave:"
        usually = usually if len(pieces) == 1 or got is None else beliefs.DECODES_PIECES
        same(what, sent=list(pieces), expected=text, got=got, usually=usually)
    for limit in (2, len(line) - 1, len(line)):
        with arriving(line) as conn:
            got = line_or_error(chapter, chapter.ByteReader(conn), limit)
        what = f"The line has {len(line)} bytes, its end included. read_line({limit}) gave:"
        if limit < len(line):
            refused(
                what,
                limit,
                got,
                line,
                None if limit == 2 and got == text else beliefs.LIMIT_IS_ROUGH,
            )
        else:
            same(what, sent=line, expected=text, got=got, usually=beliefs.LIMIT_IS_ROUGH)


def line_or_error(chapter: Attempt, reader: Any, *limit: int) -> object:
    """Return what read_line() gives, or what became of it instead, in words."""
    try:
        return outcome(chapter, reader.read_line, *limit)
    except UnicodeDecodeError as error:
        return Literally(f"UnicodeDecodeError: {error.reason}")


def reason_for_line(got: object, line: bytes) -> Any:
    """Tell what is behind a line that came in one piece and is not the promised one."""
    if got in ("Truncated", line[:-2].decode(errors="ignore")):
        return beliefs.ALWAYS_CR_LF
    if isinstance(got, str) and got.strip() == line.decode("latin-1").strip():
        return beliefs.BYTE_IS_CHARACTER
    return NOT_GIVEN if got is None else None


@promise(
    task=3,
    usually=beliefs.STRIPS_TOO_MUCH,
    hints=(
        "Which bytes end a line here, and which only look as if they did?",
        "Take off one LF, then one CR if there is one. Nothing else.",
        "line.removesuffix(b'\\n').removesuffix(b'\\r').decode()",
    ),
)
def test_line_ends(chapter: Attempt) -> None:
    """LF or CR LF ends a line; any other byte, blanks included, belongs to it."""
    for sent, expected in (
        (b"a\n", "a"),
        (b"a\r\n", "a"),
        (b"a\rb\n", "a\rb"),
        (b"a\r\r\n", "a\r"),
        (b" \t a \t \r\n", " \t a \t "),
        ("a\x0bb\x0cc\x1cd\x85e\u2028f\n".encode(), "a\x0bb\x0cc\x1cd\x85e\u2028f"),
    ):
        with arriving(sent) as conn:
            got = outcome(chapter, chapter.ByteReader(conn).read_line)
        usually: Any = beliefs.LF_IS_ALL if got == f"{expected}\r" else beliefs.STRIPS_TOO_MUCH
        usually = (
            NOT_GIVEN if got is None else beliefs.ALWAYS_CR_LF if got == "Truncated" else usually
        )
        same("read_line() gave:", sent=sent, expected=expected, got=got, usually=usually)


@promise(
    task=3,
    usually=beliefs.EMPTY_IS_THE_END,
    signs={"spin": beliefs.TRY_AGAIN},
    hints=(
        "read_until() gives b'\\n' for an empty line, and b'' at the end. Do you tell them apart?",
        "Ask for the end *before* you take LF and CR off. And let Truncated pass: half a line is "
        "none.",
        "line = self.read_until(b'\\n', limit); if not line: return None; then the rest.",
    ),
)
def test_empty_line_is_a_line(chapter: Attempt) -> None:
    """An empty line is ''; after the last line comes None; an unfinished one is Truncated."""
    with arriving(b"\n\r\nend\n") as conn:
        reader = chapter.ByteReader(conn)
        for nth, expected in zip(NTH, ("", "", "end", None, None), strict=True):
            got = outcome(chapter, reader.read_line)
            sent = Literally("b'\\n\\r\\nend\\n', and the end")
            usually = beliefs.END_IS_AN_ERROR if got == "Truncated" else beliefs.EMPTY_IS_THE_END
            what = f"The {nth} read_line() gave:"
            same(what, sent=sent, expected=expected, got=got, usually=usually)
    with arriving(b"one\npay 1") as conn:
        reader = chapter.ByteReader(conn)
        sent = Literally("b'one\\npay 1', and the end")
        for nth, text in zip(NTH, ("one", Literally("Truncated")), strict=False):
            got = outcome(chapter, reader.read_line)
            usually = beliefs.HALF_IS_WHOLE if got == "pay 1" else beliefs.END_IS_NORMAL
            what = f"The {nth} read_line() gave:"
            same(what, sent=sent, expected=text, got=got, usually=usually)


@promise(
    task=3,
    usually=beliefs.BAD_LINE_STAYS,
    hints=(
        "Two steps: find out where the line ends, and what it says. Which one can go wrong here?",
        "Take the line out of the buffer first. Then decode strictly, and let the error pass.",
        "read_until() has taken it out already. line.decode() without `errors` raises.",
    ),
)
def test_bad_line_is_taken_out(chapter: Attempt) -> None:
    """A line that is no UTF-8 raises UnicodeDecodeError, and the next one is still readable."""
    sent = b"caf\xe9\ngood\n"
    with arriving(sent) as conn:
        reader = chapter.ByteReader(conn)
        try:
            got = outcome(chapter, reader.read_line)
        except UnicodeDecodeError:
            pass
        else:
            expected = Literally("UnicodeDecodeError")
            what = "This line is no UTF-8. read_line() gave:"
            same(what, sent=sent, expected=expected, got=got, usually=beliefs.DECODES_PIECES)
        try:
            got = outcome(chapter, reader.read_line)
        except UnicodeDecodeError:
            got = Literally("UnicodeDecodeError, again")
        same("The next read_line() gave:", sent=sent, expected="good", got=got)


@promise(
    task=4,
    usually=beliefs.BYTE_ORDER,
    signs={TypeError: beliefs.BYTE_ORDER},
    hints=(
        "The payload's length, as four bytes. Which of them comes first?",
        "struct.pack('!I', number) gives four bytes, the highest first.",
        "return struct.pack('!I', len(payload)) + payload",
    ),
)
def test_frame_is_length_and_payload(chapter: Attempt) -> None:
    """A frame is the payload's length in four bytes, the highest first, and then the payload."""
    for payload in (b"hi", b"", b"\n\x00\xff", "é✓".encode(), bytes(300)):
        got = chapter.encode_frame(payload)
        what = f"encode_frame() of {len(payload)} bytes gave:"
        message_is(what, frame(payload), got, payload, beliefs.BYTE_ORDER)


@promise(
    task=4,
    usually=beliefs.RECV_COUNTS,
    signs={
        struct.error: beliefs.RECV_COUNTS,
        "hang": beliefs.RECV_COUNTS,
        "spin": beliefs.TRY_AGAIN,
    },
    hints=(
        "How many times may you have to receive for the four bytes of the length?",
        "The reader gives exact counts: first four bytes, then as many as they say. That can be 0.",
        "(length,) = struct.unpack('!I', reader.read_exactly(4)); then reader.read_exactly(length).",
    ),
)
def test_frames_in_any_pieces(chapter: Attempt) -> None:
    """Frames come out in order, however they are cut, whatever is in them; an empty one is b''."""
    payloads = (b"hi", b"", b"\r\n\x00\xff")
    stream = b"".join(frame(payload) for payload in payloads)
    for pieces in cut_everywhere(stream):
        with arriving(*pieces) as conn:
            reader = chapter.ByteReader(conn)
            for nth, expected in zip(NTH, payloads, strict=False):
                got = outcome(chapter, chapter.read_frame, reader)
                too_big = str(got).startswith("TooLong")
                usually: Any = (
                    beliefs.BYTE_ORDER
                    if too_big
                    else beliefs.RECV_COUNTS
                    if len(pieces) > 1
                    else None
                )
                usually = beliefs.EMPTY_IS_THE_END if got is None and not expected else usually
                same(
                    f"The {nth} read_frame() gave:",
                    sent=list(pieces),
                    expected=expected,
                    got=got,
                    usually=NOT_GIVEN if got is None and expected else usually,
                )
    with connected() as (client, server), narrow(server, 1) as slow:
        client.sendall(stream)
        got = chapter.read_frame(chapter.ByteReader(slow))
        message_is("recv() gave one byte a call. read_frame() gave:", b"hi", got, stream, NOT_GIVEN)


@promise(
    task=4,
    usually=beliefs.HALF_IS_WHOLE,
    signs={struct.error: beliefs.RECV_COUNTS, "spin": beliefs.TRY_AGAIN},
    hints=(
        "The stream ends: before the length, inside it, after it, inside the payload. Which of "
        "these four is no error?",
        "read_exactly(4) raises Truncated in the first two cases. Its `partial` tells them apart.",
        "except Truncated as cut: if cut.partial: raise; return None. Only around the length.",
    ),
)
def test_stream_ends_between_frames(chapter: Attempt) -> None:
    """Between two frames the end of the stream is None; inside of one it is Truncated."""
    whole = frame(b"hi")
    for rest in (whole[:at] for at in range(len(whole))):
        with arriving(whole, rest) as conn:
            reader = chapter.ByteReader(conn)
            same("read_frame() gave:", sent=whole, expected=b"hi", got=chapter.read_frame(reader))
            got = outcome(chapter, chapter.read_frame, reader)
        expected = Literally("Truncated") if rest else None
        sent = Literally(f"a whole frame, {rest!r}, and the end" if rest else "a frame, the end")
        usually = beliefs.EACH_CUT_IS_THE_END if got is None else beliefs.HALF_IS_WHOLE
        usually = usually if rest else beliefs.END_IS_AN_ERROR
        what = "The second read_frame() gave:"
        same(what, sent=sent, expected=expected, got=got, usually=usually)


@promise(
    task=4,
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
)
def test_announced_length_is_not_believed(chapter: Attempt) -> None:
    """A frame that announces more than `limit` bytes is TooLong at once; `limit` bytes are not."""
    most = chapter.LONGEST_FRAME
    huge = 2**32 - 1  # tried only when LARGE has been refused
    for length, *limits in ((LARGE,), (huge,), (most + 1,), (huge, 5), (6, 5)):
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
        usually: Any = (
            None if length == 6 else beliefs.TRUSTS_THE_LENGTH
        )  # its limit is not the caller's
        refused(f"{what} read_frame() gave:", [*limits, most][0], got, sent, usually)
        what = f"{what} Memory that was asked for, in bytes:"
        holds(what, reserved < SMALL, sent=sent, got=reserved)
    with arriving(frame(b"12345")) as conn:
        got = outcome(chapter, chapter.read_frame, chapter.ByteReader(conn), 5)
        what = "A length of 5, a limit of 5. read_frame() gave:"
        message_is(what, b"12345", got, frame(b"12345"), beliefs.LIMIT_IS_ROUGH)


@promise(
    task=5,
    usually=beliefs.ONE_RECV,
    signs={"spin": beliefs.ROUND_UNTIL_EMPTY},
    hints=(
        "A piece may hold half a frame, or two and a half. What does your feed() return then?",
        "Put the new bytes behind the old ones. Then, as long as there is a whole frame in front: "
        "take it out, and put its payload into the list.",
        "while len(buffer) >= 4: (length,) = struct.unpack_from('!I', buffer); stop if fewer than "
        "4 + length bytes are there; append bytes(buffer[4 : 4 + length]); del buffer[: 4 + length].",
    ),
)
def test_decoder_returns_what_is_complete(chapter: Attempt) -> None:
    """However a stream is cut, each payload is returned by the feed() that completes it."""
    begun, other = frame(b"hello")[:2], frame(b"hi")
    alone = described(lambda: chapter.FrameDecoder().feed(other))
    described(lambda: chapter.FrameDecoder().feed(begun))
    got = described(lambda: chapter.FrameDecoder().feed(other))
    if alone == [b"hi"]:
        what = "Another decoder, which has a stream of its own, gave:"
        sent = Literally(f"{begun!r} to one, {other!r} to the other")
        same(what, sent=sent, expected=[b"hi"], got=got, usually=beliefs.OWN_BUFFER)
    for_any_stream(lambda payloads, pieces: decodes(chapter, payloads, pieces))


def for_any_stream(check: Callable[[list[bytes], list[bytes]], None]) -> None:
    """Check many lists of payloads, each with its stream in pieces; of what fails, the smallest."""
    from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, settings
    from hypothesis import strategies as st

    failures: list[AssertionError] = []
    payloads = st.lists(st.sampled_from(PAYLOADS), max_size=4)
    sizes = st.lists(st.integers(1, 12), max_size=12)

    @settings(
        max_examples=60,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(payloads, sizes)
    def try_one(payloads: list[bytes], sizes: list[int]) -> None:
        try:
            check(payloads, in_sizes(b"".join(map(frame, payloads)), sizes))
        except AssertionError as failure:
            failures.append(failure)
            raise

    configuration.set_hypothesis_home_dir(Path(__file__).parents[1] / ".course" / "hypothesis")
    try:
        try_one()
    except Exception:
        if not failures:
            raise
        raise failures[-1] from None


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
    waiting, fed = list(payloads), 0
    ends = [sum(len(frame(each)) for each in payloads[: n + 1]) for n in range(len(payloads))]
    for number, piece in enumerate(pieces, start=1):
        fed += len(piece)
        complete = sum(end <= fed for end in ends) - (len(payloads) - len(waiting))
        expected, waiting = waiting[:complete], waiting[complete:]
        what = "These pieces were fed, one after the other. The last feed() gave:"
        try:
            got: object = decoder.feed(piece)
        except NotImplementedError:
            raise
        except Exception as error:
            got = Literally(f"{name_of(error)}: {error}")
            what = f"{what[:-1]} an error, on {line_of(chapter, error)}:"
        same(
            what,
            sent=pieces[:number],
            expected=expected,
            got=got,
            usually=reason_for(got, expected, decoder),
        )
        for payload in got if isinstance(got, list) else ():
            what = "A payload has to be bytes, which nobody can change afterwards:"
            holds(what, isinstance(payload, bytes), got=payload, usually=None)


def reason_for(got: object, expected: list[bytes], decoder: Any) -> Any:
    """Tell what is behind a list of payloads that is not the promised one."""
    if isinstance(got, Literally):
        return beliefs.RECV_COUNTS if got.startswith(("struct.error", "IndexError")) else NOT_GIVEN
    if not isinstance(got, list):
        return NOT_GIVEN if got is None else None
    if got == [payload for payload in expected if payload]:
        return beliefs.EMPTY_IS_THE_END
    late: list[bytes] = []
    with suppress(Exception):
        for _ in expected:
            late += decoder.feed(b"")
    return (
        beliefs.ONE_RECV
        if got + late == expected or len(got) > len(expected)
        else beliefs.REST_IS_DROPPED
    )


def name_of(error: Exception) -> str:
    """Return an error's name; that of struct's is only `error`."""
    return "struct.error" if isinstance(error, struct.error) else type(error).__name__


@promise(
    task=5,
    usually=beliefs.TRUSTS_THE_LENGTH,
    signs={"spin": beliefs.ROUND_UNTIL_EMPTY},
    hints=(
        "What do you know of a frame when its first four bytes are there?",
        "Compare its length with the limit then. But if you have payloads in your list, return "
        "those now: the four bytes are still in the buffer at the next call.",
        "if length > self._limit: if payloads: break; raise TooLong(self._limit).",
    ),
)
def test_decoder_refuses_too_long(chapter: Attempt) -> None:
    """A frame over the limit is TooLong once its length is known; whole ones before it are not lost."""
    most = chapter.LONGEST_FRAME
    for limits, head in (((), 2**32 - 1), ((), most + 1), ((5,), 2**32 - 1), ((5,), 6)):
        decoder = chapter.FrameDecoder(*limits)
        limit = [*limits, most][0]
        sent = head.to_bytes(4, "big")
        same("feed() gave:", sent=sent[:3], expected=[], got=decoder.feed(sent[:3]))
        got = outcome(chapter, decoder.feed, sent[3:])
        what = f"The limit is {limit:,}. After the fourth byte, feed() gave:"
        refused(what, limit, got, sent, None if head == 6 else beliefs.TRUSTS_THE_LENGTH)
    decoder = chapter.FrameDecoder(5)
    sent = frame(b"") + frame(b"12345") + frame(b"123456")
    got = outcome(chapter, decoder.feed, sent)
    usually: Any = (
        beliefs.ERROR_IS_ALL if str(got).startswith("TooLong") else beliefs.LIMIT_IS_ROUGH
    )
    what = "The limit is 5. feed() gave:"
    same(what, sent=sent, expected=[b"", b"12345"], got=got, usually=usually)
    got = outcome(chapter, decoder.feed, frame(b""))
    refused("The next feed() gave:", 5, got, frame(b""), beliefs.ERROR_IS_ALL)
    decoder = chapter.FrameDecoder(5)
    head, more = frame(b"123456")[:4], frame(b"ok")
    outcome(chapter, decoder.feed, head)
    got = outcome(chapter, decoder.feed, more)
    what = "The limit is 5, and feed() has raised TooLong. The next feed() gave:"
    refused(what, 5, got, Literally(f"{head!r}, then {more!r}"), beliefs.ERROR_IS_OVER)


@promise(
    task=5,
    usually=beliefs.HALF_IS_WHOLE,
    hints=(
        "The stream has ended. How do you see that something is missing?",
        "Bytes that are still in the buffer are the beginning of a frame.",
        "if self._buffer: raise Truncated(bytes(self._buffer))",
    ),
)
def test_decoder_says_what_is_missing(chapter: Attempt) -> None:
    """finish() raises Truncated inside a frame, its length included, and nothing between two."""
    stream = frame(b"hi") + frame(b"")
    for at in range(len(stream) + 1):
        decoder = chapter.FrameDecoder()
        decoder.feed(stream[:at])
        whole = at in (0, len(frame(b"hi")), len(stream))
        expected = None if whole else Literally("Truncated")
        got = outcome(chapter, decoder.finish)
        usually = beliefs.END_IS_AN_ERROR if whole else beliefs.END_IS_NORMAL
        what = "finish() gave:"
        same(what, sent=stream[:at], expected=expected, got=got, usually=usually)


class WaitsForEver(BaseException):
    """Raised by a recv() that would not come to an end: its peer has sent all, and is silent."""


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
            raise WaitsForEver
        if self.sizes:
            size = min(size, self.sizes[0])
            wait_for_bytes(self, size)
        return self._handed_over(super().recv(size, flags), flags)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Do the same for whoever has a buffer of its own, as makefile() does."""
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


def too_long(limit: int) -> Literally:
    """Return what `outcome` says of a TooLong with this limit."""
    return Literally(f"TooLong, with limit={limit}")


def outcome(chapter: Attempt, call: Callable[..., object], *arguments: object) -> object:
    """Return what a call returns, or what became of it instead, in words."""
    try:
        return call(*arguments)
    except chapter.TooLong as error:
        return too_long(error.limit)
    except chapter.FramingError as error:
        return Literally(type(error).__name__)
    except WaitsForEver as wait:
        return Literally(f"recv(), on {line_of(chapter, wait)}, waits for ever")


def line_of(chapter: Attempt, error: BaseException) -> str:
    """Say on which line of the answer an error was raised."""
    file = sys.modules[chapter.ByteReader.__module__].__file__
    lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == file]
    return f"line {lines[-1]}" if lines else "a line that is not yours"


def message_is(what: str, expected: bytes, got: object, sent: object, usually: Any) -> None:
    """Require a message; a `return` that is missing, or another type, has a reason of its own."""
    if got is None:
        usually = NOT_GIVEN
    elif not isinstance(got, bytes | Literally):
        what, usually = f"Bytes are promised, not {type(got).__name__}. {what}", None
    same(what, sent=sent, expected=expected, got=got, usually=usually)


def refused(what: str, limit: int, got: object, sent: object, usually: Any = NOT_GIVEN) -> None:
    """Require TooLong; that it carries another limit is no misconception."""
    usually = None if str(got).startswith("TooLong") else usually
    same(what, sent=sent, expected=too_long(limit), got=got, usually=usually)


def in_turn(calls: Sequence[str]) -> str:
    """Say which call gave something, and which came before it."""
    *before, last = calls
    return f"After {', '.join(before)}, {last} gave:" if before else f"{last} gave:"


TASKS = {
    1: "ByteReader.__init__, ByteReader.read_until",
    2: "ByteReader.read_exactly",
    3: "ByteReader.read_line",
    4: "encode_frame, read_frame",
    5: "FrameDecoder.__init__, FrameDecoder.feed, FrameDecoder.finish",
}
