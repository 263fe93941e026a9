"""The promises of chapter 10: where the body ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Given, Literally, Raised, broken, described, holds, same
from course.checks.promises import Misconception, promise
from tests import beliefs, hints

NEXT = b"GET / HTTP/1.1\r\n"
METHODS = ("POST", "GET", "HEAD", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "BREW")
AMPLE = 1 << 20  # octets of content that no chunks here reach
WAITS = Literally("no error; it waits for more")
NOT_DONE = "The empty line has come. `done` was:"
HELD = (
    "Three of the five octets have come. What does decode() return for them?",
    "These three octets. The chunk need not be complete: self.data knows what is missing.",
    "content += self.data.decode(buffer), before you look whether self.data is done.",
)
NAMES_THE_LIMIT = (
    "The error says which limit the content exceeds. Where did you get the number that it names?",
    "From what you were given: `limit`. Do not change it; count the sizes in another name.",
    "raise too_large(limit); in Chunks, raise too_large(self.limit).",
)
ONE_CHARACTER_IS_ONE_OCTET = (
    "`\xe9` came as one octet. How many does your code count for it?",
    "take_line() makes one character of each octet. So the length of the text is the number of octets.",
    "Count with len(line), and do not encode the line.",
)


@promise(
    task=1,
    usually=beliefs.ALL_AT_ONCE,
    hints=(
        "Five octets are missing and three have come. How many are missing then?",
        "Keep that number in the object. Return no more octets than are missing, and subtract the "
        "number that you returned.",
        "content = bytes(buffer[: self._missing]); del buffer[: len(content)]; "
        "self._missing -= len(content); return content. `done` is self._missing == 0.",
    ),
    hints_if={
        "stays": hints.TAKE_IT_OFF,
        "type": hints.BYTES_ARE_PROMISED,
        "all": (
            "All of the content is in the buffer. How much of it does one call take?",
            "All of it. Your caller may get no more octets: then nobody calls decode() again.",
            "content = bytes(buffer[: self._missing])",
        ),
        "early": (
            "One octet is missing. Is the content complete?",
            "`done` is true when no octet is missing, and not before.",
            "return self._missing == 0",
        ),
    },
)
def test_length_in_any_pieces(chapter: Attempt) -> None:
    """However it is cut, decode() returns the content, and `done` is true with its last octet."""
    content = b"h\xc3\xa9\r\n\r\n\x00"
    for pieces in cut_everywhere(content):
        decoder, buffer, taken = chapter.LengthDecoder(len(content)), bytearray(), b""
        for number, piece in enumerate(pieces, start=1):
            what = f"{len(taken)} of {len(content)} octets have come. `done` was:"
            early = len(content) - len(taken) == 1
            usually = None if early else beliefs.ALL_AT_ONCE
            clue, sent = "early" if early else "", pieces[: number - 1]
            same(what, sent=sent, expected=False, got=decoder.done, usually=usually, clue=clue)
            buffer += piece
            got = described(partial(decoder.decode, buffer))
            returns("decode() returned:", pieces[:number], piece, got)
            leaves(pieces[:number], b"", buffer, piece)
            taken += piece
        same("All octets have come. `done` was:", sent=pieces, expected=True, got=decoder.done)
    large = chapter.LengthDecoder(200_000).decode(bytearray(200_000))
    what = "200,000 octets of content were in the buffer. The number that decode() returned was:"
    same(what, expected=200_000, got=len(large), usually=None, clue="all")


@promise(
    task=1,
    usually=beliefs.TAKES_ALL,
    hints=(
        "The last piece holds the end of this content, and the beginning of the next request.",
        "Take as many octets as are missing, and no more. Content of length 0 is done before anything "
        "has come.",
        "buffer[: self._missing], and `done` compares what is missing with 0 each time.",
    ),
)
def test_length_leaves_the_rest(chapter: Attempt) -> None:
    """Not one octet after the content is taken from the buffer, not even after a length of 0."""
    decoder = chapter.LengthDecoder(0)
    what = "Nothing has come. LengthDecoder(0).done was:"
    same(what, expected=True, got=decoder.done, usually=beliefs.UNTIL_NOTHING_COMES)
    taken, decoder, buffer = all_taken(decoder, [NEXT])
    returns("LengthDecoder(0).decode() returned:", [NEXT], b"", taken)
    leaves([NEXT], NEXT, buffer)
    stream = b"hello" + NEXT
    for at in range(5):
        pieces = without_empty(stream[:at], stream[at:])
        taken, decoder, buffer = all_taken(chapter.LengthDecoder(5), pieces)
        returns("decode() returned, in all:", pieces, b"hello", taken)
        leaves(pieces, NEXT, buffer)
        same("`done` was:", sent=pieces, expected=True, got=decoder.done)
        takes_nothing_more(pieces, NEXT, decoder, buffer)
    one, other = chapter.LengthDecoder(5), chapter.LengthDecoder(3)
    one.decode(bytearray(b"he"))
    got, _decoder, _buffer = all_taken(other, [b"abcdef"])
    what = "Another decoder, for 3 octets, returned:"
    same(what, sent=[b"abcdef"], expected=b"abc", got=got, usually=beliefs.OWN_BUFFER)


@promise(
    task=2,
    usually=beliefs.NO_LENGTH_IS_ZERO,
    signs={
        ValueError: beliefs.ANY_LENGTH,
        TypeError: beliefs.ALWAYS_THERE,
        AttributeError: beliefs.ALWAYS_THERE,
    },
    hints=(
        "There are three cases: no such field, a number, and a number with too many digits.",
        "headers.get() finds names in any case, and returns None for a field that is missing. Count "
        "the digits before you call int().",
        "if value is None: return None; …; if len(value) > MAX_DIGITS: raise HttpError(413, …); "
        "return int(value).",
    ),
    hints_if={
        "exact": (
            "How many digits does this value have, and how many are allowed?",
            "MAX_DIGITS digits are allowed. One more is too many.",
            "if len(value) > MAX_DIGITS: raise HttpError(413, …).",
        )
    },
)
def test_length_is_a_number_or_none(chapter: Attempt) -> None:
    """content_length() returns the number; None without the field; 413 for too many digits."""
    most = chapter.MAX_DIGITS
    for name, value in (
        ("Content-Length", "5"),
        ("content-length", "0"),
        ("CONTENT-LENGTH", "0010"),
        ("Content-Length", "9" * most),
        ("Content-Length", "0" * (most - 1) + "5"),
        ("Content-Length", "0" * most),
    ):
        headers = chapter.Headers([("Host", "a"), (name, value)])
        got = described(partial(outcome, chapter, chapter.content_length, headers))
        sent, what = Literally(f"{name}: {value}"), "content_length() returned:"
        full = len(value) == most
        if full:
            what = f"{most} digits, which are allowed. {what}"
        usually: Misconception | None = beliefs.LIMIT_IS_ROUGH if full else beliefs.INT_KNOWS_DIGITS
        if got is None or got == 0:
            usually = None
        clue = "exact" if full and got == refused(413) else ""
        same(what, sent=sent, expected=int(value), got=got, usually=usually, clue=clue)
    got = outcome(chapter, chapter.content_length, chapter.Headers([("Host", "a")]))
    sent = Literally("no such field")
    same("content_length() returned:", sent=sent, expected=None, got=got)
    for other in (
        ("Transfer-Encoding", "chunked"),
        ("X-Content-Length", "7"),
        ("Content-Length-X", "7"),
    ):
        for fields, length in (([other], None), ([other, ("Content-Length", "5")], 5)):
            headers = chapter.Headers(fields)
            got = described(partial(outcome, chapter, chapter.content_length, headers))
            what = "Only Content-Length counts here. content_length() returned:"
            same(what, sent=as_sent(*fields), expected=length, got=got, usually=None)
    for digits in (
        "9" * (most + 1),
        "0" * most + "5",
        "1" + "0" * 30,
        "9" * 5000,
        "0" * 5000 + "5",
    ):
        headers = chapter.Headers([("Content-Length", digits)])
        got = described(partial(outcome, chapter, chapter.content_length, headers))
        sent = Literally(f"Content-Length: {shortened(digits)}")
        what = f"{len(digits):,} digits, and {most} are allowed. content_length() returned:"
        usually, clue = beliefs.ANY_LENGTH, ""
        if got == refused(400):
            what, usually = f"400 is for what is malformed; this is too long. {what}", None
        elif len(digits) == most + 1 and refuses_long_lengths(chapter):
            usually, clue = None, "exact"
        same(what, sent=sent, expected=refused(413), got=got, usually=usually, clue=clue)


def refuses_long_lengths(chapter: Attempt) -> bool:
    """Tell whether a length of very many digits is refused with 413."""
    headers = chapter.Headers([("Content-Length", "9" * 5000)])
    call = partial(outcome, chapter, chapter.content_length, headers)
    return described(call) == refused(413)


@promise(
    task=2,
    usually=beliefs.INT_KNOWS_DIGITS,
    signs={ValueError: beliefs.INT_KNOWS_DIGITS},
    hints=(
        "Try int('+5'), int('5_0'), int('٣'). Then try '²'.isdigit().",
        "Test the characters before you call int(): each has to be one of 0 to 9, and there has to be "
        "at least one. Two methods of str test that together. So does a regular expression.",
        "if not (value.isascii() and value.isdigit()): raise HttpError(400, …). With re it is "
        "re.fullmatch('[0-9]+', value): not match(), and not \\d.",
    ),
    hints_if={
        beliefs.MATCH_IS_ENOUGH: hints.FULLMATCH,
        "empty": (
            "How many digits does an empty value have? And what does your test say about it?",
            "It has none, and a length has at least one. all() is true for an empty text, and so is a "
            "pattern that ends with *.",
            "if not (value.isascii() and value.isdigit()): raise HttpError(400, …).",
        ),
        beliefs.EMPTY_IS_THERE: hints.ASK_FOR_NONE,
        "order": (
            "Two things are wrong with this value. Which of them does the docstring name first?",
            "First each character has to be one of 0 to 9. Only then do you count the digits.",
            "if not (value.isascii() and value.isdigit()): raise HttpError(400, …), before you look "
            "at len(value).",
        ),
    },
)
def test_length_is_ascii_digits(chapter: Attempt) -> None:
    """A Content-Length that is anything but ASCII digits is refused with 400."""
    for value in (
        "+5", "-5", "5_0", "5.0", "0x5", "5 5", "five", "", "٣", "²", "\xa05", "5\x85", "5;a",
        "5\n", "+" + "9" * 30,
    ):  # fmt: skip
        headers = chapter.Headers([("Content-Length", value)])
        got = described(partial(outcome, chapter, chapter.content_length, headers))
        sent = Literally(f"Content-Length: {value!r}")
        what, clue = "content_length() returned:", ""
        usually: Misconception | None = beliefs.INT_KNOWS_DIGITS
        if got == 5 and re.match("5[^0-9\x85]", value):
            usually = beliefs.MATCH_IS_ENOUGH
        if not value and got != refused(400):
            what = f"The field is there, and has no digit. {what}"
            usually, clue = beliefs.EMPTY_IS_THERE, ""
            if got is not None:
                usually, clue = None, "empty"
        if got == refused(413):
            what, usually, clue = f"It has a sign, so it is malformed. {what}", None, "order"
        same(what, sent=sent, expected=refused(400), got=got, usually=usually, clue=clue)


@promise(
    task=2,
    usually=beliefs.ONE_OF_THEM,
    signs={ValueError: beliefs.ONE_OF_THEM},
    hints=(
        "The field comes twice. Which of the two would a proxy before your server take?",
        "headers.get() joins repeated lines with a comma, and a comma is not a digit.",
        "Test all of headers.get('content-length'). Do not split it at the comma, and do not use "
        "get_all(…)[0].",
    ),
)
def test_repeated_length_is_refused(chapter: Attempt) -> None:
    """A Content-Length that comes twice, even with the same value, is refused with 400."""
    for values in (("5", "6"), ("5", "5"), ("5", "5", "5"), ("5, 5",), ("5,6",)):
        fields = [("Content-Length", value) for value in values]
        got = outcome(chapter, chapter.content_length, chapter.Headers(fields))
        sent = Literally(" ⏎ ".join(f"{name}: {value}" for name, value in fields))
        same("content_length() returned:", sent=sent, expected=refused(400), got=got)


@promise(
    task=3,
    usually=beliefs.SIZE_LINE,
    signs={ValueError: beliefs.SIZE_LINE},
    hints=(
        "`10` is a size. How many octets of data follow?",
        "Sixteen: a size is hexadecimal. CHUNK_LINE.fullmatch(line) finds it; group 1 is the size.",
        "size = int(match[1], 16); self.data = LengthDecoder(size); self.next = Next.DATA; "
        "self.done = size == 0.",
    ),
    hints_if={
        "size": (
            "The size line is `5`. How many octets does the decoder in `data` have to take?",
            "Five. A size counts the data only: decode() takes the CR LF in a step of its own.",
            "self.data = LengthDecoder(size)",
        )
    },
)
def test_size_line_begins_a_chunk(chapter: Attempt) -> None:
    """After a size line `data` takes that many octets, and `next` is DATA. A size of 0 means `done`."""
    for line, size in (
        ("5", 5),
        ("C", 12),
        ("c;pad=xx", 12),
        ("10", 16),
        ("000", 0),
        ("0", 0),
        ("0;a", 0),
        ("0000000000000005", 5),
    ):
        chunks = chapter.Chunks(AMPLE)
        sent = Given(f"the line {line!r}")
        outcome_of_line(chapter, chunks, line, sent)
        buffer = bytearray(b"x" * 20)
        taken = described(partial(chunks.data.decode, buffer))
        what = "20 octets follow. The decoder in `data` took:"
        plain = line == "5"
        usually, clue = None if plain else beliefs.SIZE_LINE, "size" if plain else ""
        same(what, sent=sent, expected=b"x" * size, got=taken, usually=usually, clue=clue)
        usually = beliefs.LAST_IS_ONE_ZERO if line == "000" else None
        same("`done` was:", sent=sent, expected=not size, got=chunks.done, usually=usually)
        if size:
            what = "`next` was:"
            same(what, sent=sent, expected=chapter.Next.DATA, got=chunks.next, usually=None)


@promise(
    task=3,
    usually=beliefs.INT_TAKES_SIZES,
    signs={ValueError: beliefs.INT_TAKES_SIZES},
    hints=(
        "Try int('0x5', 16), int('+5', 16), int('5 ', 16).",
        "A size is 1 to 16 of the characters 0-9, a-f, A-F. Test them before you call int().",
        "match = CHUNK_LINE.fullmatch(line); if match is None: raise HttpError(400, …).",
    ),
    hints_if={beliefs.MATCH_IS_ENOUGH: hints.FULLMATCH},
)
def test_size_is_hexadecimal_digits(chapter: Attempt) -> None:
    """A size that is anything but 1 to 16 hexadecimal digits is refused with 400."""
    for line in (
        "5h", "5.", "0x5", "+5", "-5", "0_5", " 5", "5 ", "", "g", "\xb2", "\xa05", f"{5:017x}", "5\n",
    ):  # fmt: skip
        chunks = chapter.Chunks(AMPLE)
        got = outcome(chapter, chunks.begin_chunk, line)
        usually = beliefs.ANY_LENGTH if len(line) > 16 else beliefs.INT_TAKES_SIZES
        if got is None and line in {"5h", "5.", "5\n"}:
            usually = beliefs.MATCH_IS_ENOUGH
        what, sent = "begin_chunk() returned:", Given(f"the line {line!r}")
        same(what, sent=sent, expected=refused(400), got=got, usually=usually)


@promise(
    task=3,
    usually=beliefs.SKIPS_EXTENSIONS,
    signs={ValueError: beliefs.SIZE_LINE},
    hints=(
        "`5;pad=x` is a size of 5. What about `5;` and nothing after it?",
        "An extension is `;` and a name. `=` and a value may follow: a token, or a text in double "
        "quotes. CHUNK_LINE is the grammar for that (RFC 9112 §7.1.1).",
        "match = CHUNK_LINE.fullmatch(line), not line.split(';')[0].",
    ),
)
def test_extensions_are_ignored_if_well_formed(chapter: Attempt) -> None:
    """Chunk extensions are ignored. What is not well formed is refused with 400."""
    for extension in (
        ";", ";;a", ";a;", ";a=", ";=b", ";a b", " a", ';a="b', ";a=b c", ";a(", ";a=\xe9", ",a",
    ):  # fmt: skip
        for size in ("5", "0"):
            got = outcome(chapter, chapter.Chunks(AMPLE).begin_chunk, size + extension)
            what, sent = "begin_chunk() returned:", Given(f"the line {size + extension!r}")
            same(what, sent=sent, expected=refused(400), got=got, usually=beliefs.SKIPS_EXTENSIONS)
    for extension in (
        ";pad", ";a=b", ';a="b;c\\"d"', " ; a = b", "\t;\ta", ";a;b=c",
        ';a=""', ';a="\xe9\t"', ";!#$%&'*+-.^_`|~0=1",
    ):  # fmt: skip
        for size in ("5", "0"):
            chunks, sent = chapter.Chunks(AMPLE), Given(f"the line {size + extension!r}")
            outcome_of_line(chapter, chunks, size + extension, sent)


@promise(
    task=3,
    usually=beliefs.TRUSTS_THE_SIZE,
    hints=(
        "A size line says FFFFFFFFFFFFFFFF. When do you refuse it: now, or when the data has come?",
        "Add up the sizes as they are announced, and compare the sum with the limit each time.",
        "self.length += size; if self.length > self.limit: raise too_large(self.limit).",
    ),
    hints_if={
        "sum": (
            "Each of these sizes is within the limit. And all of them together?",
            "Keep the sum of the sizes in the object, and compare the sum with the limit.",
            "self.length += size; if self.length > self.limit: raise too_large(self.limit).",
        ),
        "exact": (
            "The sizes together are exactly the limit. Is that more than the limit?",
            "`limit` octets are allowed, and one more is not. A limit of 0 allows no octet.",
            "if self.length > self.limit: raise too_large(self.limit).",
        ),
        "limit": NAMES_THE_LIMIT,
    },
)
def test_chunks_over_the_limit(chapter: Attempt) -> None:
    """Sizes that together are more than `limit` are refused with 413. Exactly `limit` is allowed."""
    most = chapter.MAX_CONTENT
    refusals: list[tuple[int, tuple[str, ...], Given]] = []
    for limit, lines, expected in (
        (10, ("5", "5", "0"), None),
        (10, ("FFFFFFFFFFFFFFFF",), refused(413)),
        (10, ("1000000000000005",), refused(413)),
        (10, ("b",), refused(413)),
        (10, ("5", "6"), refused(413)),
        (10, ("1",) * 11, refused(413)),
        (0, ("0",), None),
        (0, ("1",), refused(413)),
        (most, (f"{most:x}",), None),
        (most + 5, (f"{most + 5:x}",), None),
        (most, (f"{most + 1:x}",), refused(413)),
    ):
        begin_chunk = chapter.Chunks(limit).begin_chunk
        got = next(filter(None, (outcome(chapter, begin_chunk, line) for line in lines)), None)
        of_which = (
            "" if len(lines) == 1 else "For one of these lines, " if got else "For each line, "
        )
        what = f"The limit is {limit:,}. {of_which}begin_chunk() returned:"
        usually: Misconception | None = beliefs.LIMIT_IS_ROUGH
        if lines == ("b",) or limit > most:
            usually = beliefs.OWN_LIMIT
        elif got is None and limit:
            usually = beliefs.TRUSTS_THE_SIZE
        if got == refused(400):
            what, usually = f"400 is for what is malformed; this is too long. {what}", None
        sent, clue = Given(f"the lines {shortened_list(lines)}"), ""
        if usually is beliefs.LIMIT_IS_ROUGH:
            clue = "exact"
        elif got is None and len(lines) > 1:
            clue = "sum"
        same(what, sent=sent, expected=expected, got=got, usually=usually, clue=clue)
        if got == refused(413):
            refusals.append((limit, lines, sent))
    for limit, refused_lines, sent in refusals:
        begin_chunk = chapter.Chunks(limit).begin_chunk
        names_the_limit(chapter, limit, sent, partial(begun, begin_chunk, refused_lines))


def begun(begin_chunk: Callable[[str], None], lines: Sequence[str]) -> None:
    """Call begin_chunk() for each of these lines; its errors pass."""
    for line in lines:
        begin_chunk(line)


def names_the_limit(
    chapter: Attempt, limit: int, sent: Literally, call: Callable[[], object]
) -> None:
    """Require that the error which a call raises names the limit, if it names a number at all."""
    try:
        call()
    except chapter.HttpError as error:
        numbers = re.findall(r"-?\d+", re.sub("[,_]", "", error.reason))
        if numbers and str(limit) not in numbers:
            broken(
                f"The limit is {limit:,}, and the error names another number. Its reason was:",
                sent=sent,
                expected=chapter.too_large(limit).reason,
                got=error.reason,
                usually=None,
                clue="limit",
            )


@promise(
    task=3,
    usually=beliefs.ONLY_CONTENT_IS_LONG,
    hints=(
        "An extension is not content, so the limit on the content does not bound it. What does?",
        "count_overhead() does. For each size line, give it the number of octets after the digits.",
        "self.count_overhead(len(line) - len(match[1]))",
    ),
    hints_if={
        "counted": (
            "The docstring's table has four lines. How many octets does your code count for each?",
            "0, 7, 0 and 4: everything after the digits, with the semicolon. The digits do not count.",
            "self.count_overhead(len(line) - len(match[1]))",
        ),
        "octet": ONE_CHARACTER_IS_ONE_OCTET,
        "zero": (
            "The line with the size 0 has an extension as well. Does your code count it?",
            "Count the extension before you look at the size, whatever the size is.",
            "self.count_overhead(len(line) - len(match[1])), before `if size == 0`",
        ),
    },
)
def test_extensions_to_the_octet(chapter: Attempt) -> None:
    """MAX_OVERHEAD octets of extensions in all are allowed, and one more is refused with 400."""
    most = chapter.MAX_OVERHEAD
    half, rest = most // 2, most - most // 2
    got = outcome(chapter, chapter.Chunks(AMPLE).begin_chunk, "5" + extension(2 * most))
    what, usually = (
        f"{2 * most:,} octets of extensions. begin_chunk() returned:",
        beliefs.ONLY_CONTENT_IS_LONG,
    )
    same(what, expected=refused(400), got=got, usually=usually)
    for name, lines in (
        ("one extension", ("5", extension(most))),
        ("after 16 digits", (f"{5:016x}", extension(most))),
        ("in two lines", ("5", extension(half), "5", extension(rest))),
        ("the last chunk's", ("5", extension(half), "0", extension(rest))),
        (
            "more in each of 100 lines than the digits",
            ("1", ";ab") * 100 + ("1", extension(most - 300)),
        ),
    ):
        for more, expected in ((0, None), (1, refused(400))):
            chunks, got = chapter.Chunks(AMPLE), None
            *before, (size, last) = zip(lines[::2], lines[1::2], strict=True)
            for line in (*map("".join, before), size + last + "x" * more):
                got = outcome(chapter, chunks.begin_chunk, line)
            what = f"{most + more:,} octets of extensions, {name}. begin_chunk() returned:"
            several = got is None and len(lines) > 2
            is_zero = (
                several and name == "the last chunk's"
            )  # two lines of other chunks were counted
            usually = beliefs.EACH_MAY_HAVE_ALL if several else beliefs.LIMIT_IS_ROUGH
            if expected is None and got == refused(400):
                digits = f"{5:016x}" + extension(most - 1)
                if outcome(chapter, chapter.Chunks(AMPLE).begin_chunk, digits) is not None:
                    usually = beliefs.SIZES_ARE_OVERHEAD
            clue = "" if several else "counted"
            reason, clue = (None, "zero") if is_zero else (usually, clue)
            same(what, expected=expected, got=got, usually=reason, clue=clue)
    chunks = chapter.Chunks(AMPLE)
    for _chunk in range(most + 1):
        got = outcome(chapter, chunks.begin_chunk, "1")
    what = f"{most + 1:,} lines without extensions. begin_chunk() returned:"
    same(what, expected=None, got=got, usually=beliefs.SIZES_ARE_OVERHEAD)
    for digits, after in (
        ("5", ";a"), ("5", ";abcdefgh"), ("00005", ";a"), ("5", "    ;a=b"), ("5", "\t;a"),
        ("5", ";    a=b"), ("5", ";a   =   b"), ("5", ';a="bcd"'), ("5", ';a=""'), ("5", ';a="b  c"'),
        ("5", ';a="b;c=d"'), ("5", ';a="\\""'), ("5", ";a;b;c;d=e"), ("5", ';a="\xe9"'),
    ):  # fmt: skip
        for more, expected in ((0, None), (1, refused(400))):
            chunks, line = chapter.Chunks(AMPLE), digits + after
            outcome_of_line(chapter, chunks, line, Given(f"the line {line!r}"))
            full = "1" + extension(most - len(after) + more)
            got = outcome(chapter, chunks.begin_chunk, full)
            what = (
                f"This line has {len(after)} octets of overhead, the next one {len(full) - 1:,}. "
            )
            what += f"That makes {most + more:,}. begin_chunk() returned:"
            sent = Given(f"the line {line!r}")
            wide = not more and not after.isascii()
            reason = None if wide else beliefs.LIMIT_IS_ROUGH
            clue = "octet" if wide else "counted"
            same(what, sent=sent, expected=expected, got=got, usually=reason, clue=clue)


@promise(
    task=4,
    usually=beliefs.ZERO_IS_THE_END,
    signs={ValueError: beliefs.ONE_COLON, TypeError: beliefs.ZERO_IS_THE_END},
    hints=(
        "The chunks are done. What may come before the empty line?",
        "Field lines, as in a head, up to an empty line. parse_field_line() reads each of them. The "
        "content is done after the empty line, and not before.",
        "For the line '': self.trailers = Headers(self.fields); self.done = True. For any other: "
        "self.fields.append(parse_field_line(line)).",
    ),
    hints_if={
        "lost data": (
            "In one piece you return all data. In these pieces some is missing. What does your "
            "code return where it has to wait for a line?",
            "Chunks has taken the data off the buffer: nobody can find it there again. Return it in "
            "any case, also while the chunks are not done, or a line has no end yet.",
            "content = self.chunks.decode(buffer) at the beginning, and return content at the end; "
            "no other return.",
        ),
        "lost": (
            "In one piece all fields are there. Where are those that came in an earlier call?",
            "A local name is gone when decode() returns. `self.fields` stays.",
            "self.fields.append(parse_field_line(line)), and at the end Headers(self.fields).",
        ),
        "done": hints.SAY_THAT_IT_IS_DONE,
        "any": (
            "This is a well-formed field line. What may the name of a trailer field be?",
            "Any name: the fields are kept apart from those of the head, so they can do no harm there.",
            "self.fields.append(parse_field_line(line)), and no other test.",
        ),
        "held": HELD,
        "blank": (
            "A line holds a blank, and no more. Is it the empty line?",
            "No. The empty line is CR LF alone. parse_field_line() refuses this one.",
            "if line == '': …, without strip().",
        ),
    },
)
def test_trailers_end_with_an_empty_line(chapter: Attempt) -> None:
    """The content is done at the empty line after its trailer fields, and `trailers` holds these."""
    for lines, fields in (
        *TRAILERS,
        (b"b: 2\r\na: 1\r\n", [("b", "2"), ("a", "1")]),
        (b"A: 1\r\na: 2\r\n", [("a", "1"), ("a", "2")]),
        (b"A:\r\nB: \r\n", [("a", ""), ("b", "")]),
    ):
        stream = b"5\r\nhello\r\n0\r\n" + lines + b"\r\n"
        for pieces in cut_everywhere(stream):
            decoder = finds(chapter.ChunkedDecoder(), pieces, b"hello", len(stream))
            found = list(decoder.trailers)
            usually: Misconception | None = None
            names = {name for name, _value in fields}
            if found and len(found) == len(names) < len(fields):
                usually = beliefs.ONE_OF_EACH
            elif len(found) > len(fields):
                usually = beliefs.OWN_BUFFER
            clue = "lost" if len(pieces) > 1 and len(found) < len(fields) else ""
            what = "`trailers` held:"
            same(what, sent=pieces, expected=fields, got=found, usually=usually, clue=clue)
            holds(
                "`trailers` has to be a Headers, which finds a field by its name.",
                isinstance(decoder.trailers, chapter.Headers),
                sent=pieces,
                got=decoder.trailers,
                usually=beliefs.TRAILERS_ARE_PAIRS,
            )
    for line in (b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Host: a", b"Trailer: x"):
        name, _, value = line.decode().partition(": ")
        got, decoder = chunked_outcome(chapter, [b"0\r\n" + line + b"\r\n\r\n"])
        same("decode() returned:", sent=line, expected=b"", got=got, usually=None, clue="any")
        got = list(decoder.trailers)
        expected = [(name.lower(), value)]
        same("`trailers` held:", sent=line, expected=expected, got=got, usually=None, clue="any")
    stream = b"5\r\nhello\r\n3\r\nyou\r\n0\r\nX: 1\r\n\r\n"
    for at in range(1, len(stream) + 1):
        got = chapter.ChunkedDecoder().decode(bytearray(stream[:at]))
        what = "The content has come as far as this. decode() returned:"
        data = b"helloyou"[: len(split_so_far(stream[:at])[0])]
        same(what, sent=stream[:at], expected=data, got=got, usually=None, clue="held")
    for line in (
        b" folded: 1",
        b"no colon",
        b"X : 1",
        b": 1",
        b"X: \x00",
        b"X: \x7f",
        b"A: 1\r\n folded: 1",
        b" ",
        b"\t",
    ):
        stream = b"5\r\nhello\r\n0\r\n" + line + b"\r\n\r\n"
        for pieces in whole_and_byte_by_byte(stream):
            got, decoder = chunked_outcome(chapter, pieces)
            kept = list(decoder.trailers or [])
            usually = beliefs.ANY_TRAILER if kept else beliefs.SKIP_WHAT_IS_BAD
            clue = "" if line.strip() else "blank"
            if clue:
                usually = None
            what = "decode() returned:"
            same(what, sent=stream, expected=refused(400), got=got, usually=usually, clue=clue)
    for stream in (
        b"0\r\n\n",
        b"0\r\nX: 1\n",
        b"5\r\nhello\r\n0\r\nX: 1\n\r\n\r\n",
        b"5\r\nhello\r\n0\r\n\n\r\n\r\n",
    ):
        for pieces in whole_and_byte_by_byte(stream):
            got, _decoder = chunked_outcome(chapter, pieces)
            usually = beliefs.WAITS_FOR_CRLF if got == WAITS else beliefs.LF_WILL_DO
            same("decode() returned:", sent=stream, expected=refused(400), got=got, usually=usually)


@promise(
    task=4,
    usually=beliefs.LEFTOVERS_ARE_DROPPED,
    signs={ValueError: beliefs.LEFTOVERS_ARE_DROPPED},
    hints=(
        "After the empty line, in the same piece, the next request begins. Where does it have to be?",
        "In the buffer. Stop at the empty line, and take nothing more.",
        "while self.chunks.done and not self.done: …",
    ),
    hints_if={"again": hints.NOTHING_AFTER_THE_END},
)
def test_body_leaves_the_rest(chapter: Attempt) -> None:
    """Not one octet after a chunked body is taken: the next request is still in the buffer."""
    following = chunked_body(ENCODED[1:2]).stream  # looks like more of the same
    for trailer in range(len(TRAILERS)):
        body = chunked_body(ENCODED[:1], trailer)
        for rest in (NEXT, following, b""):
            stream = body.stream + rest
            for at in range(len(body.stream)):
                pieces = without_empty(stream[:at], stream[at:])
                taken, decoder, buffer = all_taken(chapter.ChunkedDecoder(), pieces)
                returns("decode() returned, in all:", pieces, b"hello", taken)
                leaves(pieces, rest, buffer)
                same(
                    NOT_DONE,
                    sent=pieces,
                    expected=True,
                    got=decoder.done,
                    usually=None,
                    clue="done",
                )
                takes_nothing_more(pieces, rest, decoder, buffer)


@promise(
    task=4,
    usually=beliefs.LIMIT_IS_ROUGH,
    hints=(
        "The docstring's example has 13 octets of overhead. How many does your code count, line by "
        "line?",
        "begin_chunk() has counted the extensions. Count the line of each trailer field, without its "
        "CR LF. take_line() refuses a line that is longer than the overhead that is left.",
        "take_line(buffer, MAX_OVERHEAD - self.chunks.overhead), and for a field "
        "self.chunks.count_overhead(len(line)).",
    ),
    hints_if={
        "cut": (
            "In one piece these octets are accepted. What does your loop do at a cut, while the "
            "chunks are not done?",
            "It must not take a line then: what is in the buffer belongs to Chunks.",
            "while self.chunks.done and not self.done: …",
        ),
        "counted": (
            "These octets are exactly MAX_OVERHEAD. How many does your code count for `X-Sum: 15`?",
            "Nine: all of the line, without its CR LF. take_line() has removed the CR LF. It may have "
            "all of the overhead that is left.",
            "take_line(buffer, MAX_OVERHEAD - self.chunks.overhead), and for a field "
            "self.chunks.count_overhead(len(line)).",
        ),
        "line": (
            "Does white space around a value come over the network? And what do you count?",
            "The line as it came: its name, the colon, white space, and the value. Only CR LF does not "
            "count.",
            "self.chunks.count_overhead(len(line)), before you take the line apart.",
        ),
        "octet": ONE_CHARACTER_IS_ONE_OCTET,
    },
)
def test_overhead_to_the_octet(chapter: Attempt) -> None:
    """However it is cut, MAX_OVERHEAD octets of overhead are allowed, and one more is not."""
    most = chapter.MAX_OVERHEAD
    end = b"\r\nhello\r\n0\r\n"
    half = b"x" * (most // 2 - 3)
    for more, expected in ((0, b"hello"), (1, refused(400))):
        long, other = b"x" * (most - 3 + more), b"x" * (most - len(half) - 6 + more)
        for name, stream in (
            ("a trailer field", b"5" + end + b"X: " + long + b"\r\n\r\n"),
            ("two trailer fields", b"5" + end + b"X: " + half + b"\r\nY: " + other + b"\r\n\r\n"),
            ("an extension and a trailer", b"5;a=" + half + end + b"X: " + other + b"\r\n\r\n"),
            ("an extension", b"5;a=" + long + end + b"\r\n"),
        ):
            sent = Literally(f"{stream[:18]!r} … {stream[-13:]!r}")
            ways = [("in one piece", [stream])]
            ways += [("999 octets in a piece", in_sizes(stream, [999] * 20))]
            ways += [
                (f"cut {left} octets before its end", [stream[:-left], stream[-left:]])
                for left in range(1, 23)
            ]
            for way, pieces in ways:
                got, _decoder = chunked_outcome(chapter, pieces)
                if got == WAITS and not more and never_done(chapter):
                    broken(NOT_DONE, sent=sent, expected=True, got=False, usually=None, clue="done")
                allowed = "too many" if more else "which are allowed"
                what = f"{most + more:,} octets of overhead, {allowed}: {name}, {way}. "
                what += "CR LF does not count. decode() returned:"
                usually: Misconception | None = beliefs.ONLY_CONTENT_IS_LONG
                if more and name in {"two trailer fields", "an extension and a trailer"}:
                    usually = beliefs.EACH_MAY_HAVE_ALL
                elif not more:
                    usually = None
                clue = "" if more else "cut" if len(pieces) > 1 else "counted"
                same(what, sent=sent, expected=expected, got=got, usually=usually, clue=clue)
    for line in (
        b"X:1", b"X: 1", b"X:", b"X: ", b"X:    1", b"X: 1    ", b"X:\t1\t", b"X: a  b",
        b"Longer-Name:1", b"X: \xe9", b"X: \xff\xfe",
    ):  # fmt: skip
        for more, expected in ((0, b""), (1, refused(400))):
            last = b"Y: " + b"x" * (most - len(line) - 3 + more)
            for left in (0, 1, 5):
                stream = b"0\r\n" + line + b"\r\n" + last + b"\r\n\r\n"
                cut = len(stream) - left
                pieces = without_empty(stream[:cut], stream[cut:])
                got, _decoder = chunked_outcome(chapter, pieces)
                what = f"This trailer field has {len(line)} octets, the next one {len(last):,}. "
                what += f"That makes {most + more:,}. decode() returned:"
                wide = not more and not line.isascii()
                usually = None if wide else beliefs.LIMIT_IS_ROUGH
                clue = "octet" if wide else "line"
                same(what, sent=line, expected=expected, got=got, usually=usually, clue=clue)
    for name, trailers in (
        ("a trailer field that does not end", b"X: " + b"x" * (2 * most)),
        ("more and more trailer fields", (b"X: " + b"x" * 97 + b"\r\n") * (most // 50)),
        ("more and more trailer fields of three octets", b"a:b\r\n" * (most // 2)),
    ):
        stream = b"0\r\n" + trailers
        for pieces in ([stream], in_sizes(stream, [999] * 40)):
            got, _decoder = chunked_outcome(chapter, pieces)
            what = (
                f"{name[0].upper()}{name[1:]}. {len(stream):,} octets have come. decode() returned:"
            )
            same(what, expected=refused(400), got=got, usually=beliefs.ONLY_CONTENT_IS_LONG)
    left = most - most // 2
    stream = b"5;a=" + half + end + b"X: " + b"x" * (left - 1)
    got, _decoder = chunked_outcome(chapter, [stream])
    what = (
        f"An extension of {most // 2:,} octets, then {left + 2:,} octets of a trailer field that "
    )
    what += "has no CR LF yet. decode() returned:"
    same(what, expected=refused(400), got=got, usually=beliefs.EACH_MAY_HAVE_ALL)


def never_done(chapter: Attempt) -> bool:
    """Tell whether a decoder is not even done with the shortest chunked content."""
    _taken, decoder, _buffer = all_taken(chapter.ChunkedDecoder(), [b"0\r\n\r\n"])
    return decoder.done is False


def split_so_far(stream: bytes) -> tuple[bytes, bytes]:
    """Return the data that has come of well-formed chunks, and the line that has no end yet."""
    data = b""
    while b"\r\n" in stream:
        line, _, after = stream.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        data += after[:size]
        if not size or len(after) < size + 2:
            return data, after[size:]
        stream = after[size + 2 :]
    return data, stream


def in_sizes(stream: bytes, sizes: Sequence[int]) -> list[bytes]:
    """Cut a stream into pieces of these sizes; what is left is the last piece."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(stream[at : at + size])
        at += size
    return [piece for piece in (*pieces, stream[at:]) if piece]


@promise(
    task=5,
    usually=beliefs.GET_HAS_NO_BODY,
    signs={TypeError: beliefs.NONE_IS_ZERO},
    hints=(
        "What does the method have to do with where the body ends?",
        "Nothing. If there is no Transfer-Encoding, the length is what content_length() says, and 0 "
        "if it says None.",
        "If there is no Transfer-Encoding: return content_length(request.headers) or 0.",
    ),
)
def test_length_for_any_method(chapter: Attempt) -> None:
    """Without Transfer-Encoding you get what Content-Length says, or 0, whatever the method is."""
    for method in METHODS:
        for version in ((1, 1), (1, 0)):
            for value in ("5", "0", None):
                fields = [("Content-Length", value)] if value else []
                request = request_with(chapter, *fields, method=method, version=version)
                got = outcome(chapter, chapter.body_framing, request)
                first = f"{method} / HTTP/{version[0]}.{version[1]}"
                sent, expected = as_sent(*fields, first=first), int(value or 0)
                if got is None and not value:
                    broken(
                        "body_framing() returned None. content_length() says None if the field is "
                        "missing. Without Transfer-Encoding, that means no content: 0.",
                        sent=sent,
                        usually=beliefs.NONE_IS_ZERO,
                    )
                same("body_framing() returned:", sent=sent, expected=expected, got=got)
    for value, fields in (
        ("+5", [("Content-Length", "+5")]),
        ("5, 6", [("Content-Length", "5"), ("Content-Length", "6")]),
    ):
        got = outcome(chapter, chapter.body_framing, request_with(chapter, *fields))
        usually = beliefs.INT_KNOWS_DIGITS if value == "+5" else beliefs.ONE_OF_THEM
        what = "body_framing() returned:"
        same(what, sent=as_sent(*fields), expected=refused(400), got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.TRUSTS_THE_LENGTH,
    hints=(
        "A head says that a million million octets follow. When can you know that this is too much?",
        "At once: compare the length with `limit`. A length of exactly `limit` is allowed.",
        "if length > limit: raise too_large(limit), before you return the length.",
    ),
    hints_if={
        "exact": (
            "The length is exactly the limit, or the limit is 0. Is the length *more* than the limit?",
            "`limit` octets are allowed, and one more is not. A limit of 0 allows no octet.",
            "if length > limit: raise too_large(limit).",
        ),
        "limit": NAMES_THE_LIMIT,
    },
)
def test_length_over_the_limit(chapter: Attempt) -> None:
    """A length of more than `limit` octets is refused with 413 at once; `limit` octets are not."""
    most = chapter.MAX_CONTENT
    for length, *limits in (
        (most,),
        (most + 1,),
        (10**15,),
        (5, 5),
        (6, 5),
        (5, 0),
        (most + 1, most + 1),
    ):
        request = request_with(chapter, ("Content-Length", str(length)))
        got = outcome(chapter, chapter.body_framing, request, *limits)
        limit = limits[0] if limits else most
        what = f"The limit is {limit:,}. body_framing() returned:"
        sent = as_sent(("Content-Length", f"{length:,}"))
        if length <= limit:
            usually = beliefs.OWN_LIMIT if length > most else beliefs.LIMIT_IS_ROUGH
            clue = "exact" if usually is beliefs.LIMIT_IS_ROUGH else ""
            same(what, sent=sent, expected=length, got=got, usually=usually, clue=clue)
        elif got == refused(400):
            what = f"400 is for what is malformed; this is too long. {what}"
            broken(what, sent=sent, expected=refused(413), got=got, usually=None)
        else:
            usually = beliefs.OWN_LIMIT if length <= most else beliefs.TRUSTS_THE_LENGTH
            clue = ""
            if limit == 0:
                usually, clue = beliefs.LIMIT_IS_ROUGH, "exact"
            same(what, sent=sent, expected=refused(413), got=got, usually=usually, clue=clue)
            frame = partial(chapter.body_framing, request, *limits)
            names_the_limit(chapter, limit, sent, frame)


@promise(
    task=5,
    usually=beliefs.CODING_IS_A_STRING,
    hints=(
        "Does `Chunked` name the same coding as `chunked`?",
        "Yes. list_members() splits the list and leaves out empty members. Compare in lower case.",
        "codings = list_members(transfer_encoding.lower()); …; return 'chunked'.",
    ),
)
def test_chunked_in_any_case(chapter: Attempt) -> None:
    """A Transfer-Encoding of chunked, in any case, is the framing, whatever the method is."""
    other = request_with(chapter, ("Transfer-Encoding", "gzip, chunked"))
    splits = outcome(chapter, chapter.body_framing, other) == refused(501)
    for value in ("chunked", "Chunked", "CHUNKED", "chunked,", ", \tchunked"):
        for method in METHODS:
            fields = [("Transfer-Encoding", value)]
            got = outcome(
                chapter, chapter.body_framing, request_with(chapter, *fields, method=method)
            )
            usually = (
                beliefs.EMPTY_MEMBERS if splits and "," in value else beliefs.CODING_IS_A_STRING
            )
            same(
                "body_framing() returned:",
                sent=as_sent(*fields, first=f"{method} / HTTP/1.1"),
                expected="chunked",
                got=got,
                usually=beliefs.GET_HAS_NO_BODY if got == 0 and method != "POST" else usually,
            )


@promise(
    task=5,
    usually=beliefs.LENGTH_WINS,
    hints=(
        "Both fields are there. A proxy before your server has believed one of them. Which one?",
        "You cannot know, so you refuse: it is enough that both are *there*, whatever they say.",
        "if 'content-length' in request.headers: raise HttpError(400, …), as soon as you know that "
        "there is a Transfer-Encoding, and before you read the length.",
    ),
    hints_if={beliefs.EMPTY_IS_THERE: hints.ASK_FOR_NONE},
)
def test_both_fields_are_refused(chapter: Attempt) -> None:
    """Content-Length and Transfer-Encoding together are refused with 400, whatever they say."""
    length, coding = ("Content-Length", "5"), ("Transfer-Encoding", "chunked")
    for fields in (
        (length, coding),
        (coding, length),
        (("Content-Length", "0"), coding),
        (("Content-Length", "9" * 8), coding),
        (("Content-Length", "five"), coding),
        (("Content-Length", "9" * 30), coding),
        (length, length, coding),
        (length, ("Transfer-Encoding", "identity")),
        (length, ("Transfer-Encoding", "")),
        (("Content-Length", ""), coding),
    ):
        got = outcome(chapter, chapter.body_framing, request_with(chapter, *fields))
        empty = any(value == "" for _name, value in fields)
        usually = beliefs.EMPTY_IS_THERE if empty else beliefs.LENGTH_WINS
        if got == refused(413):
            usually = beliefs.LIMIT_FIRST
        elif fields[0][1] == "0" and got == "chunked":
            usually = beliefs.FALSE_IS_NOT_THERE
        what, sent = "body_framing() returned:", as_sent(*fields)
        same(what, sent=sent, expected=refused(400), got=got, usually=usually)


@promise(
    task=5,
    usually=beliefs.VERSION_IS_A_NUMBER,
    hints=(
        "HTTP/1.0 does not have Transfer-Encoding. What does a program of that time do with it?",
        "Ignore it, and find another end. So refuse the field if request.version is older than 1.1.",
        "if request.version < (1, 1): raise HttpError(400, …).",
    ),
)
def test_http10_has_no_transfer_encoding(chapter: Attempt) -> None:
    """Transfer-Encoding in an HTTP/1.0 request is refused with 400."""
    for fields in (
        (("Transfer-Encoding", "chunked"),),
        (("Transfer-Encoding", "identity"),),
        (("Content-Length", "5"), ("Transfer-Encoding", "chunked")),
    ):
        request = request_with(chapter, *fields, version=(1, 0))
        got = outcome(chapter, chapter.body_framing, request)
        sent = as_sent(*fields, first="POST / HTTP/1.0")
        same("body_framing() returned:", sent=sent, expected=refused(400), got=got)


@promise(
    task=5,
    usually=beliefs.CHUNKED_SOMEWHERE,
    hints=(
        "`chunked, gzip`: the content was chunked first, and then compressed. Can you see the chunks?",
        "No. You can find the end only if chunked is the last member of the list, and comes once.",
        "if codings[-1:] != ['chunked'] or codings.count('chunked') > 1: raise HttpError(400, …).",
    ),
    hints_if={
        beliefs.EMPTY_IS_THERE: hints.ASK_FOR_NONE,
        "twice": (
            "`chunked, chunked`: which case of the table is this? And how do you compare names?",
            "The content was cut into chunks twice: 400. Compare the names in lower case, and count.",
            "codings = list_members(transfer_encoding.lower()); if codings.count('chunked') > 1: "
            "raise HttpError(400, …), before the case of 501.",
        ),
        "empty": (
            "The field is there, and lists nothing. What is the last member of an empty list?",
            "There is none, and codings[-1] raises an IndexError. codings[-1:] is an empty list then.",
            "if codings[-1:] != ['chunked']: raise HttpError(400, …).",
        ),
    },
)
def test_chunked_is_last_and_once(chapter: Attempt) -> None:
    """A list of codings without chunked at its end, or with chunked twice, is refused with 400."""
    for value in (
        "identity", "gzip", "chunked, gzip", "chunked, identity", "chunked, chunked",
        "Chunked, chunked", "chunked, Chunked", "gzip, chunked, chunked", "xchunked", "chunked-not",
        "chunk", "chunked;q=1", "\xa0chunked",
        '"chunked"', "chunked chunked", "", ",",
    ):  # fmt: skip
        fields = [("Transfer-Encoding", value)]
        request = request_with(chapter, *fields)
        got = described(partial(outcome, chapter, chapter.body_framing, request))
        what, clue = "body_framing() returned:", ""
        usually: Misconception | None = beliefs.CHUNKED_SOMEWHERE
        if got == "chunked" and value.strip() == "chunked":
            usually = beliefs.STRIP_KNOWS_BLANKS
        elif got == 0 and not value:
            usually = beliefs.EMPTY_IS_THERE
        elif got == refused(501) and "chunked" not in value:
            what = f"501 is for another coding *before* chunked: then you can find the end. {what}"
            usually = None
        elif got == refused(501) and value.lower().count("chunked") > 1:
            clue = "twice"
            what = (
                f"501 is for a coding that you do not know. chunked twice is a fault: 400. {what}"
            )
            usually = None
        elif isinstance(got, Raised) and not got.startswith("HttpError"):
            usually, clue = None, "" if "chunk" in value else "empty"
        sent = as_sent(*fields)
        same(what, sent=sent, expected=refused(400), got=got, usually=usually, clue=clue)
    fields = [("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "identity")]
    got = outcome(chapter, chapter.body_framing, request_with(chapter, *fields))
    same("body_framing() returned:", sent=as_sent(*fields), expected=refused(400), got=got)


@promise(
    task=5,
    usually=beliefs.OTHER_CODINGS,
    hints=(
        "`gzip, chunked` says where the body ends. But what would you hand to an application?",
        "Compressed data, which you cannot unpack. Nothing is wrong with the request, so the answer is "
        "501, not 400.",
        "if len(codings) > 1: raise HttpError(501, …), after the test of the last member.",
    ),
)
def test_other_coding_is_not_implemented(chapter: Attempt) -> None:
    """Another coding before chunked is refused with 501."""
    for values in (
        ("gzip, chunked",), ("GZIP,Chunked",), ("gzip", "chunked"), ("x;y=1, chunked",),
        ("identity, chunked",), ("gzip, identity, chunked",),
        ("x-gzip, chunked",), ("deflate, chunked",), ("br, chunked",), ("no-such-coding, chunked",),
    ):  # fmt: skip
        fields = [("Transfer-Encoding", value) for value in values]
        got = outcome(chapter, chapter.body_framing, request_with(chapter, *fields))
        same("body_framing() returned:", sent=as_sent(*fields), expected=refused(501), got=got)


@promise(
    task=5,
    usually=beliefs.GET_HAS_NO_BODY,
    hints=(
        "Go through the docstring's table from the top, with this request. Which case fits first?",
        "That case decides, and nothing else in the request matters. Write the tests in the table's "
        "order.",
        "First the cases of Transfer-Encoding, in their order. Compare `limit` only with a "
        "Content-Length that stands alone.",
    ),
    hints_if={
        beliefs.GET_HAS_NO_BODY: (
            "With another method, this request is framed as it should be. What does the method say?",
            "Nothing about the body. Only the fields and the version count.",
            "Do not look at request.method.",
        )
    },
)
def test_first_case_decides(chapter: Attempt) -> None:
    """Of all cases in the table that fit a request, the first one decides, whatever its method is."""
    for lengths, codings, version, limit in product(
        ((), ("",), ("0",), ("5",), ("6",), ("five",), ("9" * 30,), ("+" + "9" * 30,), ("5", "5")),
        ((), ("",), (",",), ("chunked",), ("Chunked",), ("chunked", "chunked"), ("identity",),
         ("gzip", "chunked"), ("chunked, gzip",), ("gzip, chunked, chunked",)),
        ((1, 1), (1, 0)),
        (5, 0, chapter.MAX_CONTENT),
    ):  # fmt: skip
        fields = [("Content-Length", value) for value in lengths]
        fields += [("Transfer-Encoding", value) for value in codings]
        case, expected = first_case(lengths, codings, version, limit)
        for method in METHODS:
            request = request_with(chapter, *fields, method=method, version=version)
            got = described(partial(outcome, chapter, chapter.body_framing, request, limit))
            what = f"The limit is {limit:,}. The first case that fits is: {case}. "
            what += "body_framing() returned:"
            first = f"{method} / HTTP/{version[0]}.{version[1]}"
            usually = None if method == METHODS[0] else beliefs.GET_HAS_NO_BODY
            same(
                what,
                sent=as_sent(*fields, first=first),
                expected=expected,
                got=got,
                usually=usually,
            )


def first_case(
    lengths: Sequence[str], codings: Sequence[str], version: tuple[int, int], limit: int
) -> tuple[str, object]:
    """Return the first case of the table that fits, and what body_framing() makes of it."""
    names = ",".join(codings).lower().split(",")
    members = [name for name in map(str.strip, names) if name]
    length = ", ".join(lengths)
    digits = length.isdigit()
    cases: tuple[tuple[str, bool, object], ...] = (
        ("both fields", bool(lengths and codings), refused(400)),
        ("Transfer-Encoding in HTTP/1.0", bool(codings) and version == (1, 0), refused(400)),
        ("Transfer-Encoding that lists no coding", bool(codings and not members), refused(400)),
        ("the last coding is not chunked", members[-1:] not in ([], ["chunked"]), refused(400)),
        ("chunked is listed twice", members.count("chunked") > 1, refused(400)),
        ("another coding before chunked", len(members) > 1, refused(501)),
        ("chunked", bool(members), "chunked"),
        ("neither field", not lengths, 0),
        ("a Content-Length that is malformed", not digits, refused(400)),
        ("a Content-Length over the limit", digits and int(length) > limit, refused(413)),
    )
    return next(
        ((case, result) for case, fits, result in cases if fits),
        ("Content-Length", int(length) if digits else 0),
    )


@promise(
    task=6,
    usually=beliefs.NOBODY_WAITS,
    hints=(
        "A client writes `Expect: 100-Continue`, with a capital C. Does it wait?",
        "Yes: compare in lower case. In HTTP/1.0 no client waits, whatever the field says.",
        "if expect is None or request.version < (1, 1): return False. Then lower(), split at the "
        "commas, and compare each member.",
    ),
    hints_if={
        "list": (
            "Expect is a list. Which members does this one have?",
            "list_members() takes it apart, and leaves out empty members. What counts is whether "
            "100-continue is left.",
            "expectations = set(list_members(expect.lower())); …; return bool(expectations).",
        ),
        "old": (
            "Does HTTP/1.0 have 100 Continue?",
            "No. There the field is ignored, before you look at its members.",
            "if expect is None or request.version < (1, 1): return False.",
        ),
    },
)
def test_who_waits_for_continue(chapter: Attempt) -> None:
    """An HTTP/1.1 client that expects 100-continue, in upper or lower case, waits. No other does."""
    for value in ("100-continue", "100-Continue", "100-CONTINUE", None):
        fields = [("Expect", value)] if value else []
        got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
        same("expects_continue() returned:", sent=as_sent(*fields), expected=bool(value), got=got)
    for method in ("GET", "PUT", "BREW"):
        fields = [("Expect", "100-continue")]
        request = request_with(chapter, *fields, method=method)
        got = outcome(chapter, chapter.expects_continue, request)
        sent = as_sent(*fields, first=f"{method} / HTTP/1.1")
        usually = unless_missing(got, beliefs.GET_HAS_NO_BODY)
        same("expects_continue() returned:", sent=sent, expected=True, got=got, usually=usually)
    fields = [("Expect", "100-continue"), ("Expect", "100-continue")]
    got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
    what = "The same expectation twice is the same expectation. expects_continue() returned:"
    sent, usually = as_sent(*fields), unless_missing(got, beliefs.EXPECT_IS_A_WORD)
    same(what, sent=sent, expected=True, got=got, usually=usually, clue="list")
    for value, expected in (("", False), (",", False), ("100-continue,", True)):
        fields = [("Expect", value)]
        got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
        what = "Empty members do not count. expects_continue() returned:"
        sent, usually = as_sent(*fields), unless_missing(got, beliefs.EMPTY_MEMBERS)
        other = request_with(chapter, ("Expect", "100-continued"))
        if outcome(chapter, chapter.expects_continue, other) != refused(417):
            usually = None
        same(what, sent=sent, expected=expected, got=got, usually=usually, clue="list")
    for value in ("100-continue", "a-miracle"):
        fields = [("Expect", value)]
        request = request_with(chapter, *fields, version=(1, 0))
        got = outcome(chapter, chapter.expects_continue, request)
        sent = as_sent(*fields, first="POST / HTTP/1.0")
        what = "In HTTP/1.0 the field is ignored. expects_continue() returned:"
        usually = unless_missing(got, beliefs.OLD_CLIENTS_WAIT)
        same(what, sent=sent, expected=False, got=got, usually=usually, clue="old")


@promise(
    task=6,
    usually=beliefs.ONE_EXPECTATION,
    hints=(
        "A client expects something that you have never heard of. May you go on?",
        "Say that you cannot: HttpError with status 417.",
        "if expectations - {'100-continue'}: raise HttpError(417, …). This is a difference of sets.",
    ),
)
def test_other_expectation_is_refused(chapter: Attempt) -> None:
    """Any other expectation is refused with 417."""
    for value in (
        "a-miracle", "200-ok", "100-continued", "100", "100-continue;q=1", "100-continue, a-miracle",
        "\xa0100-continue", '"100-continue"', "a-miracle,",
    ):  # fmt: skip
        fields = [("Expect", value)]
        got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
        what, sent = "expects_continue() returned:", as_sent(*fields)
        usually = beliefs.ONE_EXPECTATION if "," not in value else beliefs.ONE_OF_THEM_IS_ENOUGH
        if got is True and value.strip() == "100-continue":
            usually = beliefs.STRIP_KNOWS_BLANKS
        same(what, sent=sent, expected=refused(417), got=got, usually=usually)
    for values in (("100-continue", "a-miracle"), ("a-miracle", "100-continue")):
        fields = [("Expect", value) for value in values]
        got = outcome(chapter, chapter.expects_continue, request_with(chapter, *fields))
        what, sent = "The field has two lines. expects_continue() returned:", as_sent(*fields)
        same(what, sent=sent, expected=refused(417), got=got, usually=beliefs.EXPECT_IS_A_WORD)


@promise(
    task=6,
    usually=beliefs.GET_HAS_NO_BODY,
    hints=(
        "Which parts of the request do the docstring's cases name?",
        "Expect and the version. How long the content is, and whether there is any, is a question for "
        "body_framing().",
        "Look at request.headers.get('expect') and request.version, and at nothing else.",
    ),
    hints_if={
        "lines": (
            "The field has several lines. What does headers.get() return for it?",
            "All of them, joined with commas: one list.",
            "expectations = set(list_members(expect.lower())).",
        )
    },
)
def test_only_expect_and_version_count(chapter: Attempt) -> None:
    """Only Expect, with all its lines, and the version decide, whatever else the head says."""
    length, coding = ("Content-Length", "5"), ("Transfer-Encoding", "chunked")
    for others, (values, expected), method in product(
        ((), (("Content-Length", "0"),), (length,), (("Content-Length", "five"),),
         (("Content-Length", "9" * 18),), (coding,), (length, coding)),
        (((), False), (("100-continue",), True), (("100-continue",) * 3, True), (("", ""), False),
         (("", "100-continue", ""), True), (("100-continue", "", "x"), refused(417))),
        METHODS,
    ):  # fmt: skip
        fields = [*others, *(("Expect", value) for value in values)]
        for version in ((1, 1), (1, 0)):
            request = request_with(chapter, *fields, method=method, version=version)
            got = described(partial(outcome, chapter, chapter.expects_continue, request))
            right = expected if version == (1, 1) else False
            usually = None if method == METHODS[0] else beliefs.GET_HAS_NO_BODY
            clue = "lines" if len(values) > 1 and usually is None else ""
            same(
                "expects_continue() returned:",
                sent=as_sent(*fields, first=f"{method} / HTTP/{version[0]}.{version[1]}"),
                expected=right,
                got=got,
                usually=usually,
                clue=clue,
            )


def unless_missing(got: object, belief: Misconception) -> Any:
    """Return a belief, unless None was got: then a `return` is missing, and the report says so."""
    return NOT_GIVEN if got is None else belief


class Chunked(NamedTuple):
    """A chunked body as a client sends it, and what has to be found in it."""

    stream: bytes
    content: bytes
    trailers: list[tuple[str, str]]


def chunked_body(parts: Sequence[tuple[bytes, bytes]], trailer: int = 0) -> Chunked:
    """Put chunks together, and end them with one of TRAILERS."""
    lines, fields = TRAILERS[trailer]
    stream = b"".join(encoded for encoded, _data in parts) + b"0\r\n" + lines + b"\r\n"
    return Chunked(stream, b"".join(data for _encoded, data in parts), fields)


def extension(octets: int) -> str:
    """Return a chunk extension of so many octets."""
    return ";a=" + "x" * (octets - 3)


def all_taken(decoder: Any, pieces: Sequence[bytes]) -> tuple[object, Any, bytearray]:
    """Give a decoder these pieces, one after the other; return what it took, itself, and the buffer."""
    buffer, taken = bytearray(), b""
    for piece in pieces:
        buffer += piece
        got = described(partial(decoder.decode, buffer))
        if isinstance(got, bytearray | memoryview):
            got = bytes(got)  # the first promise of each decoder is about the type
        if not isinstance(got, bytes):
            return got, decoder, buffer
        taken += got
    return taken, decoder, buffer


def takes_nothing_more(sent: list[bytes], rest: bytes, decoder: Any, buffer: bytearray) -> None:
    """Require that a decoder that is done returns b"" and leaves the buffer as it is."""
    got = described(partial(decoder.decode, buffer))
    if isinstance(got, bytearray | memoryview):
        got = bytes(got)
    what = "`done` was true, and decode() was called once more. It returned:"
    same(what, sent=sent, expected=b"", got=got, usually=None, clue="again")
    what = "`done` was true, and decode() was called once more. The buffer then held:"
    same(what, sent=sent, expected=rest, got=bytes(buffer), usually=None, clue="again")


def finds(decoder: Any, pieces: list[bytes], content: bytes, octets: int) -> Any:
    """Require that a decoder finds the content, and is done with the last octet, not before."""
    reason: Misconception | None
    buffer, taken = bytearray(), b""
    for number, piece in enumerate(pieces, start=1):
        sent = pieces[:number]
        buffer += piece
        before = bytes(buffer)
        got = described(partial(decoder.decode, buffer))
        if got is None:
            same("After these pieces, decode() returned:", sent=sent, expected=content, got=None)
        if not isinstance(got, bytes):
            expected = content[len(taken) :]
            reason = reason_for(type(decoder), b"".join(pieces))
            returns("After these pieces, decode() returned:", sent, expected, got, reason)
            raise AssertionError  # returns() has raised: bytes are promised
        taken += got
        come = sum(map(len, sent))
        if not content.startswith(taken) or (come == octets and taken != content):
            if got and bytes(buffer) == before:
                leaves(sent, before.partition(got)[2], buffer, before)
            reason = reason_for(type(decoder), b"".join(pieces))
            clue = "lost data" if reason is None and len(taken) < len(content) else ""
            what = "These pieces came, one after the other. In all, decode() returned:"
            same(what, sent=sent, expected=content, got=taken, usually=reason, clue=clue)
        what = f"{come} of {octets} octets have come. `done` was:"
        reason, clue = beliefs.ZERO_IS_THE_END, ""
        if decoder.done is False and come == octets:
            what, reason, clue = NOT_DONE, None, "done"
            if passes_over_the_line(type(decoder)):
                reason, clue = beliefs.EMPTY_IS_NO_LINE, ""
        same(what, sent=sent, expected=come == octets, got=decoder.done, usually=reason, clue=clue)
    leaves(pieces, b"", buffer, usually=beliefs.ZERO_IS_THE_END)
    return decoder


def reason_for(kind: Callable[..., Any], stream: bytes) -> Misconception | None:
    """Return why a decoder raises, whatever the pieces are; None if it does not, or nobody can tell."""
    taken, _decoder, _buffer = all_taken(kind(AMPLE), [stream])
    if isinstance(taken, Raised) and stream.partition(b"0\r\n")[2] not in {b"", b"\r\n"}:
        alone, _decoder, _buffer = all_taken(kind(AMPLE), [b"0\r\n\r\n"])
        is_short = "not enough values to unpack" in taken
        return beliefs.ONE_COLON if is_short and alone == b"" else None
    return None


def passes_over_the_line(kind: Callable[..., Any]) -> bool:
    """Tell whether a decoder takes the empty line off the buffer, and does nothing of what follows."""
    _taken, decoder, buffer = all_taken(kind(AMPLE), [b"0\r\nX: 1\r\n\r\n"])
    return not buffer and decoder.done is False and not list(decoder.trailers)


def without_empty(*pieces: bytes) -> list[bytes]:
    """Return these pieces without those that are empty: nobody receives them."""
    return [piece for piece in pieces if piece]


def returns(
    what: str,
    sent: Sequence[bytes],
    expected: bytes,
    got: object,
    usually: Misconception | None = None,
) -> None:
    """Require that decode() returned this. The promise's own reason holds, unless the type is wrong."""
    if isinstance(got, bytearray | memoryview) and bytes(got) == expected:
        kind = type(got).__name__
        what = f"The octets are right. Their type is {kind}, and the docstring says bytes. {what}"
        broken(what, sent=sent, expected=expected, got=got, usually=None, clue="type")
    if isinstance(got, Raised) and usually is None:
        what = what.replace(" returned, in all:", " returned:")
        broken(what, sent=sent, expected=expected, got=got, usually=None)
    if usually is None:
        same(what, sent=sent, expected=expected, got=got)
    else:
        same(what, sent=sent, expected=expected, got=got, usually=usually)


def leaves(
    sent: Sequence[bytes],
    rest: bytes,
    buffer: bytearray,
    taken: bytes = b"",
    usually: Misconception | None = None,
) -> None:
    """Require that this is left in the caller's buffer. Octets that were `taken` may still be there."""
    got = bytes(buffer)
    if got == rest:
        return
    clue = ""
    if len(got) < len(rest):
        usually = beliefs.LEFTOVERS_ARE_DROPPED
    elif got == b"".join(sent) or (taken and got == taken + rest):
        usually, clue = beliefs.ASSIGNED_IS_CUT, "stays"
    what = "After the call, the buffer, which belongs to the caller, held:"
    broken(what, sent=sent, expected=rest, got=got, usually=usually, clue=clue)


def outcome_of_line(chapter: Attempt, chunks: Any, line: str, sent: Given) -> None:
    """Require that a size line is accepted."""
    got = outcome(chapter, chunks.begin_chunk, line)
    if isinstance(got, Literally):
        expected = Literally("no error")
        same("begin_chunk() raised:", sent=sent, expected=expected, got=got, usually=None)


def chunked_outcome(chapter: Attempt, pieces: Sequence[bytes], *limits: int) -> tuple[object, Any]:
    """Return the content that a decoder finds, or how it refuses, or WAITS; and the decoder."""
    decoder = chapter.ChunkedDecoder(*limits)
    taken = outcome(chapter, lambda: raw_taken(decoder, pieces))
    return (WAITS if isinstance(taken, bytes) and not decoder.done else taken), decoder


def raw_taken(decoder: Any, pieces: Sequence[bytes]) -> bytes:
    """Return all that a decoder takes from these pieces; its errors pass."""
    buffer, taken = bytearray(), b""
    for piece in pieces:
        buffer += piece
        taken += decoder.decode(buffer)
    return taken


def shortened(value: str) -> str:
    """Return a value as a report shows it: of a long one its beginning, end and length."""
    return value if len(value) <= 40 else f"{value[:12]}…{value[-6:]} ({len(value):,} digits)"


def shortened_list(lines: Sequence[str]) -> str:
    """Return lines as a report shows them."""
    shown = ", ".join(map(repr, lines[:3]))
    return shown if len(lines) <= 3 else f"{shown}, … ({len(lines)} lines)"


def request_with(
    chapter: Attempt,
    *fields: tuple[str, str],
    method: str = "POST",
    version: tuple[int, int] = (1, 1),
) -> Any:
    """Return a request that has these fields, and Host."""
    headers = chapter.Headers([("Host", "example.test"), *fields])
    return chapter.Request(method, "/", version, headers)


def outcome(chapter: Attempt, call: Callable[..., object], *arguments: object) -> object:
    """Return what a call returns, or `HttpError 400` for one that it raises."""
    try:
        return call(*arguments)
    except chapter.HttpError as error:
        return Raised(f"HttpError {error.status}")


def refused(status: int) -> Raised:
    """Return the outcome of a call that refuses."""
    return Raised(f"HttpError {status}")


def as_sent(*fields: tuple[str, str], first: str = "") -> Literally:
    """Return what matters of a head, as a report shows it; values that cannot be seen in quotes."""
    lines = [first] if first else []
    for name, value in fields:
        plain = value and value.isascii() and value.isprintable()
        lines.append(f"{name}: {value if plain else repr(value)}")
    return Literally(" ⏎ ".join(lines) or "no such field")


def cut_everywhere(stream: bytes) -> Iterator[list[bytes]]:
    """Yield a stream in one piece, in two for every place to cut it, and byte by byte."""
    yield [stream]
    yield from ([stream[:at], stream[at:]] for at in range(1, len(stream)))
    yield [stream[at : at + 1] for at in range(len(stream))]


def whole_and_byte_by_byte(stream: bytes) -> Iterator[list[bytes]]:
    """Yield a stream in one piece, and byte by byte."""
    yield [stream]
    yield [stream[at : at + 1] for at in range(len(stream))]


ENCODED = (
    (b"5\r\nhello\r\n", b"hello"),
    (b"10\r\n0123456789abcdef\r\n", b"0123456789abcdef"),
    (b"000c\r\n\r\n0\r\n\r\n5\r\n\r\n\r\n", b"\r\n0\r\n\r\n5\r\n\r\n"),
    (b"1\r\n\r\r\n", b"\r"),
    (b"B;pad=x\r\n\xff\x00 and more\r\n", b"\xff\x00 and more"),
    (b"12C\r\n" + b"x" * 300 + b"\r\n", b"x" * 300),
)
TRAILERS: tuple[tuple[bytes, list[tuple[str, str]]], ...] = (
    (b"", []),
    (b"X-Sum: 15\r\n", [("x-sum", "15")]),
    (b"A: 1\r\nb:2\r\n", [("a", "1"), ("b", "2")]),
)


TASKS = {
    1: "LengthDecoder.__init__, LengthDecoder.done, LengthDecoder.decode",
    2: "content_length",
    3: "Chunks.begin_chunk",
    4: "ChunkedDecoder.decode",
    5: "body_framing",
    6: "expects_continue",
}
