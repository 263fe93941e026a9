"""The promises of chapter 15: how to serve a folder safely and cheaply."""

import io
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from course.checks.answers import Attempt
from course.checks.expect import Literally, described, holds, same
from course.checks.peers import connected, noting, running, simulates
from course.checks.promises import Misconception, promise
from tests import beliefs

TEXT = b"0123456789"
MODIFIED = 784111777
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"  # MODIFIED
EARLIER, LATER = "Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:38 GMT"
TAG = '"a"'


@promise(
    task=1,
    usually=beliefs.ODD_NAMES_ARE_ATTACKS,
    hints=(
        "Which path do the folder and the name make together? And which path has no links in it?",
        "root / name joins them. Path.resolve(strict=True) follows dots and links, and fails if "
        "nothing "
        "is there.",
        "path = (root / name).resolve(strict=True), and return it if path.is_relative_to(root).",
    ),
)
def test_finds_what_is_inside(chapter: Attempt) -> None:
    """locate() returns the path of a file or folder in `root`, and `root` itself for an empty name."""
    names = ("a.txt", "docs/b.txt", "50% +a", "a..b", "..c", "docs/Å.txt", "%41", "docs/.hid", "~")
    with folder(*names) as root:
        for name in names:
            finds(
                chapter,
                root,
                name,
                name,
                None if name == "a.txt" else beliefs.ODD_NAMES_ARE_ATTACKS,
            )
        for name, where in (
            ("docs", "docs"),
            ("docs/", "docs"),
            ("", "."),
            ("docs/../a.txt", "a.txt"),
            ("docs//b.txt", "docs/b.txt"),
            (f"../{root.name}/a.txt", "a.txt"),
        ):
            finds(chapter, root, name, where, beliefs.ODD_NAMES_ARE_ATTACKS)


@promise(
    task=1,
    usually=beliefs.NAMES_SHOW_THE_WAY,
    hints=(
        "Where does `docs/../../secret` lead? And what is `root / '/etc/passwd'`?",
        "Resolve the joined path, and look where it has led: in `root`, or not?",
        "return path if path.is_relative_to(root) else None. Comparing texts with startswith() also "
        "accepts a folder beside the root, whose name begins in the same way.",
    ),
)
def test_nothing_outside_is_found(chapter: Attempt) -> None:
    """A name that leads out of the folder is None, however it gets there."""
    with folder("a.txt", "docs/b.txt", "../secret", "../root-2/c.txt") as root:
        above = root.parent
        for name, usually in (
            ("../secret", None),
            ("docs/../../secret", None),
            ("docs/../../../" + above.name + "/secret", None),
            ("..", None),
            ("../", None),
            (str(above / "secret"), None),
            (str(above), None),
            ("/", None),
            ("../root-2/c.txt", beliefs.PREFIX_IS_INSIDE),
            ("../root-2", beliefs.PREFIX_IS_INSIDE),
            (str(above / "root-2/c.txt"), beliefs.PREFIX_IS_INSIDE),
        ):
            finds(chapter, root, name, None, usually or beliefs.NAMES_SHOW_THE_WAY)


@promise(
    task=1,
    usually=beliefs.NAMES_SHOW_THE_WAY,
    hints=(
        "A link has an innocent name. Who knows where it leads?",
        "Follow the links first: resolve(). A link that stays inside is as good as a file.",
        "path = (root / name).resolve(strict=True). Only then compare it with root.",
    ),
)
def test_links_are_followed_first(chapter: Attempt) -> None:
    """A link counts as what it leads to: None if that is outside, and its path if it is inside."""
    with folder("a.txt", "docs/b.txt", "../secret", "../other/c.txt") as root:
        for name, leads_to in (
            ("inside", "a.txt"),
            ("folder", "docs"),
            ("again", "inside"),
            ("out", "../secret"),
            ("door", "../other"),
            ("far", str(root.parent / "secret")),
            ("twice", "out"),
        ):
            if not link(root / name, leads_to):
                return
        finds(chapter, root, "inside", "a.txt", beliefs.ODD_NAMES_ARE_ATTACKS)
        finds(chapter, root, "again", "a.txt", beliefs.ODD_NAMES_ARE_ATTACKS)
        finds(chapter, root, "folder/b.txt", "docs/b.txt", beliefs.ODD_NAMES_ARE_ATTACKS)
        for name in ("out", "door/c.txt", "door", "far", "twice", "door/../secret"):
            finds(chapter, root, name, None)


@promise(
    task=1,
    usually=beliefs.ONLY_NOT_FOUND,
    signs={Exception: beliefs.ONLY_NOT_FOUND},
    hints=(
        "A client may send any octets as a name. Which errors can the file system have?",
        "Catch OSError, which FileNotFoundError is one of, and ValueError for a NUL.",
        "except (OSError, ValueError, RuntimeError): return None. A loop of links was a RuntimeError "
        "before Python 3.13.",
    ),
)
def test_what_cannot_be_looked_at_is_none(chapter: Attempt) -> None:
    """Nothing there, a NUL, a name that is too long, a file as a folder, a loop: None, and no error."""
    with folder("a.txt", "docs/b.txt") as root:
        names = ["b.txt", "docs/a.txt", "nowhere/a.txt", "a\0b", "\0", "docs/\0/b.txt", "a.txt\0"]
        names += ["x" * 300, "docs/" + "y" * 5000, "/".join(["z" * 200] * 40), "a.txt/b"]
        if link(root / "loop", "loop"):
            names += ["loop", "loop/a.txt"]
        for name in names:
            finds(chapter, root, name, None)


@promise(
    task=1,
    usually=beliefs.NAMES_ARE_PORTABLE,
    hints=(
        "On Windows, `docs/NUL` is a device, and looking for `\\\\host\\x` asks another computer.",
        "Ask is_reserved() about each segment of the name, before anything else.",
        "if any(is_reserved(segment) for segment in name.split('/')): return None",
    ),
)
def test_reserved_names_are_not_looked_for(chapter: Attempt) -> None:
    """A name with a segment that is_reserved() is None, and the file system is not asked about it."""
    simulates("Windows: the name of a device, `nul`, is reserved")
    with folder("docs/nul", "nul.d/a.txt", "docs/a.txt") as root:
        module = sys.modules[chapter.Files.__module__]
        with (
            mock.patch.object(module, "is_reserved", lambda segment: segment in ("nul", "nul.d")),
            noting(os, "lstat", "stat", "readlink") as calls,
        ):
            for name in ("docs/nul", "nul.d/a.txt", "nul.d", "docs/../docs/nul"):
                finds(chapter, root, name, None)
                asked = [str(call[0]) for call in calls if "nul" in str(call[0])]
                what = f"locate(root, {name!r}) asked the file system about:"
                same(what, expected=[], got=asked)
            finds(chapter, root, "docs/a.txt", "docs/a.txt")


@promise(
    task=2,
    usually=beliefs.ONE_COMPARISON,
    hints=(
        'W/"a" and "a": are they the same tag? There are two answers.',
        "Strongly, the texts have to be equal, and none may begin with W/. Weakly, W/ does not "
        "count, on "
        "either side.",
        "Strongly: tag in tags and not tag.startswith('W/'). Weakly: compare with removeprefix('W/') "
        "on "
        "both sides.",
    ),
)
def test_strong_and_weak(chapter: Attempt) -> None:
    """A weak tag never matches strongly, not even itself. The weak comparison ignores W/."""
    for given, tag, strong, weak in (
        ('"a"', '"a"', True, True),
        ('W/"a"', '"a"', False, True),
        ('"a"', 'W/"a"', False, True),
        ('W/"a"', 'W/"a"', False, True),
        ('"b"', '"a"', False, False),
        ('W/"b"', 'W/"a"', False, False),
        ('"A"', '"a"', False, False),
        ('""', '""', True, True),
        ('"W/"', '"W/"', True, True),
        ('"W/a"', '"a"', False, False),
    ):
        matches(chapter, given, tag, strong=strong, weak=weak)


@promise(
    task=2,
    usually=beliefs.FIELD_IS_A_TAG,
    hints=(
        "A client may have several versions of a file, and a tag may contain a comma. And what is `*`?",
        "`*` alone stands for any file. Otherwise tags_in() takes the list apart. Compare whole tags, "
        "with their quotes.",
        "if field == '*': return True. Then tags = tags_in(field), and tag in tags.",
    ),
)
def test_a_field_is_a_list(chapter: Attempt) -> None:
    """One tag of a list is enough, compared as a whole. `*` alone matches any tag; `"*"` is a tag."""
    for given, tag, expected in (
        ('"b", "a"', '"a"', True),
        ('"a","b"', '"a"', True),
        ('"b" ,\t"c", "a"', '"a"', True),
        ('"b", "c"', '"a"', False),
        ('"b,c"', '"b,c"', True),
        ('"b", "a,c"', '"a,c"', True),
        ('"a,c"', '"a"', False),
        (', "a",,', '"a"', True),
        ('"ab"', '"a"', False),
        ('"xa", "a x"', '"a"', False),
        ("", '"a"', False),
        ("*", '"a"', True),
        ("*", 'W/"a"', True),
        ('"*"', '"a"', False),
        ('"*"', '"*"', True),
        ("a", '"a"', False),
        ("a", "a", False),
        ('w/"a"', '"a"', False),
        ("'a'", '"a"', False),
        ('"a', '"a"', False),
        ('b, "a"', '"a"', False),
        ('"b" "a"', '"a"', False),
    ):
        matches(chapter, given, tag, strong=expected, weak=expected)
    matches(chapter, 'W/"b", W/"a"', '"a"', strong=False, weak=True)


@promise(
    task=3,
    usually=beliefs.CONDITIONS_ARE_FOR_CACHES,
    hints=(
        "A client has a copy, and asks whether it is still good. Another one wants to create a file.",
        "If a tag of If-None-Match matches, weakly, then GET and HEAD are 304, and other methods 412.",
        "if tag_matches(field, tag, strong=False): return 304 if request.method in ('GET', 'HEAD') "
        "else "
        "412",
    ),
)
def test_if_none_match(chapter: Attempt) -> None:
    """If-None-Match that matches, weakly, is 304 for GET and HEAD, and 412 for other methods."""
    for method, given, status in (
        ("GET", '"a"', 304),
        ("HEAD", '"a"', 304),
        ("GET", 'W/"a"', 304),
        ("GET", '"b", "a"', 304),
        ("GET", "*", 304),
        ("GET", '"b"', 200),
        ("HEAD", 'W/"b"', 200),
        ("GET", "a", 200),
        ("PUT", '"a"', 412),
        ("PUT", "*", 412),
        ("DELETE", 'W/"a"', 412),
        ("PUT", '"b"', 200),
    ):
        usually = None
        if method != "GET":
            usually = beliefs.CONDITIONS_ARE_FOR_CACHES
        elif "W/" in given:
            usually = beliefs.ONE_COMPARISON
        elif given != '"a"':
            usually = beliefs.FIELD_IS_A_TAG
        decides(chapter, status, usually, method, ("If-None-Match", given))
    decides(chapter, 304, beliefs.ONE_COMPARISON, "GET", ("If-None-Match", '"a"'), tag='W/"a"')
    decides(chapter, 200, None, "GET")


@promise(
    task=3,
    usually=beliefs.ONE_COMPARISON,
    hints=(
        "Who sends If-Match means one certain file. What if the file is another one?",
        "If no tag matches, strongly, the answer is 412, whatever the method.",
        "if (field := headers.get('if-match')) is not None: if not tag_matches(field, tag, "
        "strong=True): "
        "return 412. An empty field is there as well.",
    ),
)
def test_if_match(chapter: Attempt) -> None:
    """If-Match that does not match, strongly, is 412 for every method."""
    for method, given, status in (
        ("GET", '"b"', 412),
        ("HEAD", '"b", "c"', 412),
        ("PUT", '"b"', 412),
        ("GET", 'W/"a"', 412),
        ("GET", "a", 412),
        ("GET", "", 412),
        ("GET", '"a"', 200),
        ("PUT", '"b", "a"', 200),
        ("GET", "*", 200),
    ):
        usually = beliefs.ONE_COMPARISON if "W/" in given else beliefs.ONLY_WRITERS_MEAN_IT
        decides(chapter, status, usually, method, ("If-Match", given))
    decides(chapter, 412, beliefs.ONE_COMPARISON, "GET", ("If-Match", 'W/"a"'), tag='W/"a"')


@promise(
    task=3,
    usually=beliefs.DATES_ARE_TAGS,
    hints=(
        "“If modified since”: at which dates has the file been modified since?",
        "Compare the times with <= and >, not with ==. The client may send a date in one of three "
        "forms.",
        "modified <= date is 304 for GET and HEAD. modified > date with If-Unmodified-Since is 412.",
    ),
)
def test_dates_are_compared_as_times(chapter: Attempt) -> None:
    """Not changed after If-Modified-Since is 304; changed after If-Unmodified-Since is 412."""
    for method, name, date, status in (
        ("GET", "If-Modified-Since", DATE, 304),
        ("HEAD", "If-Modified-Since", DATE, 304),
        ("GET", "If-Modified-Since", LATER, 304),
        ("GET", "If-Modified-Since", "Fri, 31 Dec 9999 23:59:59 GMT", 304),
        ("GET", "If-Modified-Since", EARLIER, 200),
        ("GET", "If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("GET", "If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT", 304),
        ("GET", "If-Modified-Since", "Sun Nov  6 08:49:37 1994", 304),
        ("PUT", "If-Modified-Since", DATE, 200),
        ("GET", "If-Unmodified-Since", DATE, 200),
        ("GET", "If-Unmodified-Since", LATER, 200),
        ("GET", "If-Unmodified-Since", EARLIER, 412),
        ("HEAD", "If-Unmodified-Since", EARLIER, 412),
        ("PUT", "If-Unmodified-Since", EARLIER, 412),
    ):
        usually = beliefs.CONDITIONS_ARE_FOR_CACHES if method == "PUT" else beliefs.DATES_ARE_TAGS
        decides(chapter, status, usually, method, (name, date))


@promise(
    task=3,
    usually=beliefs.BAD_DATES_COUNT,
    signs={Exception: beliefs.BAD_DATES_COUNT},
    hints=(
        "What does parse_date() return for a date that is not valid? And for the first second of 1970?",
        "None means that there is no date. 0 is a date. So compare with None.",
        "(date := parse_date(headers.get('if-modified-since'))) is not None and …",
    ),
)
def test_bad_dates_are_not_there(chapter: Attempt) -> None:
    """A date that is not valid counts for nothing. The date 0, the beginning of 1970, is valid."""
    for date in (
        "tomorrow",
        "",
        "1994-11-06",
        f"{DATE}, {DATE}",
        DATE.replace("GMT", "+0000"),
        "0",
    ):
        for name in ("If-Modified-Since", "If-Unmodified-Since"):
            decides(chapter, 200, beliefs.BAD_DATES_COUNT, "GET", (name, date))
    epoch = "Thu, 01 Jan 1970 00:00:00 GMT"
    decides(chapter, 412, beliefs.BAD_DATES_COUNT, "GET", ("If-Unmodified-Since", epoch))
    given = ("If-Modified-Since", epoch)
    decides(chapter, 304, beliefs.BAD_DATES_COUNT, "GET", given, modified=0)
    given = ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")
    decides(chapter, 304, beliefs.BAD_DATES_COUNT, "GET", given, modified=-5)


@promise(
    task=3,
    usually=beliefs.TAG_OR_DATE,
    hints=(
        "A file is changed twice in a second. Which of tag and date notices?",
        "If there is a field with tags, do not look at the date of the same kind at all.",
        "if If-Match is there: …, elif If-Unmodified-Since …; and then if If-None-Match is there: …, "
        "elif If-Modified-Since …",
    ),
)
def test_a_tag_rules_out_the_date(chapter: Attempt) -> None:
    """With If-None-Match, If-Modified-Since is ignored; with If-Match, If-Unmodified-Since."""
    for fields, status in (
        ({"If-None-Match": '"b"', "If-Modified-Since": DATE}, 200),
        ({"If-None-Match": '"b"', "If-Modified-Since": LATER}, 200),
        ({"If-None-Match": "", "If-Modified-Since": DATE}, 200),
        ({"If-None-Match": "a", "If-Modified-Since": DATE}, 200),
        ({"If-None-Match": '"a"', "If-Modified-Since": EARLIER}, 304),
        ({"If-Match": '"a"', "If-Unmodified-Since": EARLIER}, 200),
        ({"If-Match": "*", "If-Unmodified-Since": EARLIER}, 200),
        ({"If-Match": '"b"', "If-Unmodified-Since": DATE}, 412),
    ):
        decides(chapter, status, beliefs.TAG_OR_DATE, "GET", *fields.items())


@promise(
    task=3,
    usually=beliefs.ANY_ORDER,
    hints=(
        "A request has If-Match and If-None-Match. Which of them decides?",
        "First what the client means: If-Match, or its date. Only if that is no 412, ask what the "
        "client "
        "has: If-None-Match, or its date.",
        "Two if-elif statements, one after the other, and return 200 at the end. The first one returns "
        "only 412.",
    ),
)
def test_conditions_have_an_order(chapter: Attempt) -> None:
    """If-Match and If-Unmodified-Since decide first. If they hold, the others are still asked."""
    for fields, status in (
        ({"If-Match": '"b"', "If-None-Match": '"a"'}, 412),
        ({"If-Match": '"b"', "If-Modified-Since": DATE}, 412),
        ({"If-Unmodified-Since": EARLIER, "If-None-Match": '"a"'}, 412),
        ({"If-Unmodified-Since": EARLIER, "If-Modified-Since": DATE}, 412),
        ({"If-Match": '"a"', "If-None-Match": '"a"'}, 304),
        ({"If-Match": '"a"', "If-Modified-Since": DATE}, 304),
        ({"If-Match": '"a"', "If-None-Match": '"b"'}, 200),
        ({"If-Unmodified-Since": DATE, "If-None-Match": "*"}, 304),
        ({"If-Unmodified-Since": LATER, "If-Modified-Since": LATER}, 304),
        ({"If-Unmodified-Since": "never", "If-Modified-Since": DATE}, 304),
    ):
        decides(chapter, status, beliefs.ANY_ORDER, "GET", *fields.items())


@promise(
    task=4,
    usually=beliefs.RANGES_ARE_SLICES,
    hints=(
        "How many octets are bytes=0-0?",
        "One. A Range field names the last octet, and range() the one after it.",
        "range(int(first), int(last) + 1)",
    ),
)
def test_first_and_last(chapter: Attempt) -> None:
    """bytes=2-5 are the octets 2 to 5: range(2, 6). The unit is case-insensitive."""
    for given, size, part in (
        ("bytes=0-3", 10, range(4)),
        ("bytes=0-0", 10, range(1)),
        ("bytes=2-5", 10, range(2, 6)),
        ("bytes=9-9", 10, range(9, 10)),
        ("bytes=0-9", 10, range(10)),
        ("bytes=00-03", 10, range(4)),
        ("bytes=0-0", 1, range(1)),
        ("bytes=4000000000-4000000001", 5_000_000_000, range(4_000_000_000, 4_000_000_002)),
        ("BYTES=0-3", 10, range(4)),
        ("Bytes=1-1", 10, range(1, 2)),
    ):
        asks_for(chapter, given, size, part)


@promise(
    task=4,
    usually=beliefs.SUFFIX_IS_A_START,
    hints=(
        "bytes=5- and bytes=-5: where does each of them begin, and where does it end?",
        "Without a last octet, it is the rest. Without a first one, the number counts from the end. "
        "There are never more octets than the file has.",
        "range(int(first), size); range(max(size - int(last), 0), size); and min(int(last) + 1, size).",
    ),
)
def test_the_end_of_the_file(chapter: Attempt) -> None:
    """bytes=5- is the rest, bytes=-3 are the last three octets, and nothing exceeds the file."""
    for given, part in (
        ("bytes=5-", range(5, 10)),
        ("bytes=0-", range(10)),
        ("bytes=9-", range(9, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-1", range(9, 10)),
        ("bytes=-10", range(10)),
        ("bytes=-99", range(10)),
        ("bytes=5-99", range(5, 10)),
        ("bytes=0-10", range(10)),
        ("bytes=0-99999999999999999999", range(10)),
    ):
        asks_for(chapter, given, 10, part, beliefs.SUFFIX_IS_A_START)


@promise(
    task=4,
    usually=beliefs.ODD_RANGES_ARE_416,
    signs={ValueError: beliefs.INT_TAKES_DIGITS},
    hints=(
        "A client asks for lines=0-3, or for bytes=5-3. What may a server always do with a Range?",
        "It may ignore it. What is not valid, or in another unit, is None: the client gets the file.",
        "RANGE.fullmatch(member) is None, or it has matched '-' alone, or the last octet comes before "
        "the first, or size is 0: return None.",
    ),
)
def test_what_is_not_valid_is_ignored(chapter: Attempt) -> None:
    """Another unit, anything that is not valid, and any Range for an empty file is None: no error."""
    for given, usually in (
        ("lines=0-3", beliefs.ODD_RANGES_ARE_416),
        ("bytes", beliefs.ODD_RANGES_ARE_416),
        ("bytes 0-3", beliefs.ODD_RANGES_ARE_416),
        ("0-3", beliefs.ODD_RANGES_ARE_416),
        ("=0-3", beliefs.ODD_RANGES_ARE_416),
        ("lines=50-60", beliefs.ODD_RANGES_ARE_416),
        ("bytes=", beliefs.ODD_RANGES_ARE_416),
        ("bytes=,", beliefs.ODD_RANGES_ARE_416),
        ("bytes=-", beliefs.INT_TAKES_DIGITS),
        ("bytes=5-3", beliefs.ODD_RANGES_ARE_416),
        ("bytes=50-3", beliefs.ODD_RANGES_ARE_416),
        ("bytes=3", beliefs.ODD_RANGES_ARE_416),
        ("bytes=a-b", beliefs.INT_TAKES_DIGITS),
        ("bytes=0x0-3", beliefs.INT_TAKES_DIGITS),
        ("bytes=+1-2", beliefs.INT_TAKES_DIGITS),
        ("bytes=1-+2", beliefs.INT_TAKES_DIGITS),
        ("bytes=--3", beliefs.INT_TAKES_DIGITS),
        ("bytes=1_0-20", beliefs.INT_TAKES_DIGITS),
        ("bytes=1 - 2", beliefs.INT_TAKES_DIGITS),
        ("bytes=1.0-2", beliefs.INT_TAKES_DIGITS),
        ("bytes=\u00b2-3", beliefs.INT_TAKES_DIGITS),
        (f"bytes={'9' * 5000}-", beliefs.INT_TAKES_DIGITS),
        ("bytes=0-3-5", beliefs.INT_TAKES_DIGITS),
        ("bytes=0=3", beliefs.INT_TAKES_DIGITS),
        ("bytes=0-3;q=1", beliefs.INT_TAKES_DIGITS),
    ):
        asks_for(chapter, given, 100, None, usually)
    for given in ("bytes=0-", "bytes=-5", "bytes=0-0", "bytes=5-9", "bytes=-0", "lines=1-2", "x"):
        asks_for(chapter, given, 0, None)


@promise(
    task=4,
    usually=beliefs.ODD_RANGES_ARE_416,
    hints=(
        "Which of the valid ranges is nowhere in a file of ten octets?",
        "One that begins at its end or after it, and the last zero octets. An empty range is False.",
        "parts = [part for part in parts if part]; if nothing is left: raise HttpError(416, 'why', "
        "'RFC 9110 §15.5.17')",
    ),
)
def test_nowhere_in_the_file_is_416(chapter: Attempt) -> None:
    """A valid range that is nowhere in the file raises HttpError(416)."""
    for given, usually in (
        ("bytes=10-", beliefs.ODD_RANGES_ARE_416),
        ("bytes=10-10", beliefs.ODD_RANGES_ARE_416),
        ("bytes=50-60", beliefs.ODD_RANGES_ARE_416),
        ("bytes=99999999999999999999-", beliefs.ODD_RANGES_ARE_416),
        ("bytes=-0", beliefs.SUFFIX_IS_A_START),
        ("bytes=-00", beliefs.SUFFIX_IS_A_START),
    ):
        asks_for(chapter, given, 10, Literally("HttpError(416)"), usually)


@promise(
    task=4,
    usually=beliefs.FIRST_RANGE_COUNTS,
    hints=(
        "A client asks for two parts, and you send one. How does it notice?",
        "Look at all of them. Not valid: ignore the field. None exists: 416. One exists: that is it. "
        "Several: ignore the field, which a server may do.",
        "existing = [part for part in parts if part], and at the end: return existing[0] if "
        "len(existing) == 1 else None",
    ),
)
def test_several_ranges(chapter: Attempt) -> None:
    """Several parts are ignored; one that exists beside some that do not is returned."""
    for given, expected in (
        ("bytes=0-1,4-5", None),
        ("bytes=0-1, 1-2", None),
        ("bytes=0-,-1", None),
        ("bytes=0-1,50-", range(2)),
        ("bytes=50-,0-1", range(2)),
        ("bytes=-0 , 5-", range(5, 10)),
        ("bytes=,0-1,,", range(2)),
        ("bytes=10-,20-30", Literally("HttpError(416)")),
        ("bytes=0-1,x", None),
        ("bytes=x,0-1", None),
        ("bytes=50-,5-3", None),
        ("bytes=0-1,5-3", None),
        ("bytes=0-1,-", None),
        ("bytes=0-1, bytes=4-5", None),
        ("bytes=" + ",".join(f"{at}-" for at in range(10)) * 500, None),
    ):
        asks_for(chapter, given, 10, expected, beliefs.FIRST_RANGE_COUNTS)


@promise(
    task=5,
    usually=beliefs.FILES_STAY_THE_SAME,
    hints=(
        "The part begins somewhere in the file, and ends before the file does.",
        "seek() to its start. Then count what is left, and never read more than that.",
        "file.seek(part.start); left = len(part); and in the loop file.read(min(CHUNK, left)).",
    ),
)
def test_yields_the_part(chapter: Attempt) -> None:
    """read_part() yields the octets of the part, and none after it. The file stays open."""
    for part in (range(10), range(2, 6), range(1), range(9, 10), range(5, 10), range(3, 3)):
        with io.BytesIO(TEXT + b"and more, by now") as file:
            file.seek(7)
            got = b"".join(chapter.read_part(file, part))
            what = f"The file has grown to {len(file.getvalue())} octets. read_part(file, {part}):"
            same(what, expected=TEXT[part.start : part.stop], got=got)
            holds("It has closed the file.", not file.closed, usually=None)
    with io.BytesIO(TEXT) as file:
        pieces = [*chapter.read_part(file, range(2, 6))]
        same("The pieces of four octets:", expected=[b"2345"], got=pieces, usually=None)
        pieces = [*chapter.read_part(file, range(4, 4))]
        same("The pieces of no octets:", expected=[], got=pieces, usually=None)


@promise(
    task=5,
    usually=beliefs.FILES_FIT_INTO_MEMORY,
    hints=(
        "How much memory does a film need, if a thousand people watch it?",
        "Read at most CHUNK octets, yield them, and read again when the next piece is asked for.",
        "while left and (piece := file.read(min(CHUNK, left))): left -= len(piece); yield piece",
    ),
)
def test_reads_piece_by_piece(chapter: Attempt) -> None:
    """A piece has at most CHUNK octets, and is read only when it is asked for."""
    chunk = chapter.CHUNK
    content = bytes(range(256)) * (chunk * 3 // 256) + b"the end"
    file = Noting(content)
    pieces = chapter.read_part(file, range(1, len(content)))
    same("It has read before a piece was asked for:", expected=[], got=file.reads)
    first = next(pieces)
    same("Octets of the first piece:", expected=chunk, got=len(first))
    same("Octets read for the first piece:", expected=chunk, got=file.octets)
    rest = [*pieces]
    lengths = [len(piece) for piece in rest]
    same("Octets of the other pieces:", expected=[chunk, chunk, 6], got=lengths, usually=None)
    holds("These are not the octets of the file.", first + b"".join(rest) == content[1:])
    file = Noting(content)
    same("Octets of a part:", expected=9, got=len(b"".join(chapter.read_part(file, range(9)))))
    same("Octets read for a part of 9:", expected=9, got=file.octets)


@promise(
    task=5,
    usually=beliefs.FILES_STAY_THE_SAME,
    signs={Exception: beliefs.FILES_STAY_THE_SAME, "spin": beliefs.FILES_STAY_THE_SAME},
    hints=(
        "Another program has shortened the file. What does read() return at its end?",
        "b'': end the loop. exactly() notices that octets are missing. And a read() that returns less "
        "than was asked for is not the end.",
        "while left and (piece := file.read(…)): it ends when nothing is left, or nothing comes.",
    ),
)
def test_ends_when_the_file_does(chapter: Attempt) -> None:
    """If the file has become too short, it yields what there is. A short read is not an end."""
    for part, expected in ((range(20), TEXT), (range(8, 12), b"89"), (range(10, 12), b"")):
        with io.BytesIO(TEXT) as file:
            got = b"".join(chapter.read_part(file, part))
        what = f"The file has become {len(TEXT)} octets short. read_part(file, {part}):"
        same(what, expected=expected, got=got)
    file = Noting(TEXT, most=3)
    got = b"".join(chapter.read_part(file, range(1, 9)))
    same("read() returned at most 3 octets a call:", expected=TEXT[1:9], got=got, usually=None)


@promise(
    task=6,
    usually=beliefs.ALL_FIELDS_EVERYWHERE,
    signs={"leak": beliefs.FILES_CLOSE_THEMSELVES},
    hints=(
        "There is no condition and no Range. What does the client get?",
        "Status 200, found.fields, FilePart(found.file, range(found.size)), and length=found.size.",
        "Response(FilePart(found.file, part), 200, found.fields, len(part)), where part is "
        "range(found.size)",
    ),
)
def test_the_whole_file(chapter: Attempt) -> None:
    """GET is 200: the fields of the file, and its content, with its length."""
    for content in (TEXT, b"", b"x" * 200_000):
        with file_of(chapter, content, varies=True, coding="gzip") as found:
            response = answers(chapter, found, "GET")
            is_whole(response, found, content)


@promise(
    task=6,
    usually=beliefs.ALL_FIELDS_EVERYWHERE,
    hints=(
        "evaluate() says 304 or 412. What does the client still need, and who closes the file?",
        "304 has no content, and the fields found.for_cache. 412 has a text. Neither needs the file.",
        "return without_file(found, status). It is given, and closes the file.",
    ),
    hints_if={
        beliefs.FILES_CLOSE_THEMSELVES: (
            "Nobody reads this file any more. Who has it open?",
            "The response has no FilePart, so nothing else closes the file.",
            "without_file(found, status) returns such a response, and closes the file.",
        ),
    },
)
def test_conditions_decide(chapter: Attempt) -> None:
    """What evaluate() says is done: 304 with the fields for a cache, or 412. The file is closed."""
    for method, name, value, status in (
        ("GET", "If-None-Match", TAG, 304),
        ("HEAD", "If-None-Match", "*", 304),
        ("GET", "If-Modified-Since", DATE, 304),
        ("GET", "If-Match", '"b"', 412),
        ("HEAD", "If-Unmodified-Since", EARLIER, 412),
    ):
        with file_of(chapter, TEXT, varies=True) as found:
            response = answers(chapter, found, method, (name, value))
            sent = f"{method} with {name}: {value}"
            same("The status:", sent=sent, expected=status, got=response.status, usually=None)
            if status == 304:
                got = lowered(response.fields)
                same("The fields of a 304:", sent=sent, expected=lowered(found.for_cache), got=got)
                same("Its content:", sent=sent, expected=b"", got=response.content)
            else:
                is_text = isinstance(response.content, bytes) and bool(response.content)
                holds("A 412 has a text of its own as content:", is_text, got=response.content)
            is_closed(found, sent)


@promise(
    task=6,
    usually=beliefs.RANGES_ARE_SLICES,
    hints=(
        "range(2, 6) of ten octets: how does Content-Range write it?",
        "bytes 2-5/10: the last octet, not the one after it. The content and the length are the "
        "part's.",
        "fields = [*found.fields, ('Content-Range', f'bytes {part.start}-{part.stop - "
        "1}/{found.size}')]",
    ),
)
def test_a_part(chapter: Attempt) -> None:
    """Range with a part is 206: the part, its length, the fields of a 200, and Content-Range."""
    for given, part, content_range in (
        ("bytes=2-5", range(2, 6), "bytes 2-5/10"),
        ("bytes=0-0", range(1), "bytes 0-0/10"),
        ("bytes=-3", range(7, 10), "bytes 7-9/10"),
        ("bytes=0-", range(10), "bytes 0-9/10"),
    ):
        with file_of(chapter, TEXT) as found:
            response = answers(chapter, found, "GET", ("Range", given))
            sent = f"GET with Range: {given}"
            same("The status:", sent=sent, expected=206, got=response.status, usually=None)
            got = field(response, "Content-Range")
            usually = beliefs.RANGES_ARE_SLICES
            same("Its Content-Range:", sent=sent, expected=content_range, got=got, usually=usually)
            others = [pair for pair in lowered(response.fields) if pair[0] != "content-range"]
            usually = beliefs.ALL_FIELDS_EVERYWHERE
            what = "Its other fields:"
            same(what, sent=sent, expected=lowered(found.fields), got=others, usually=usually)
            content_is(response, TEXT[part.start : part.stop], sent)
    for given in ("lines=1-2", "bytes=0-1,4-5", "bytes=x", "bytes=+1-2"):
        with file_of(chapter, TEXT) as found:
            response = answers(chapter, found, "GET", ("Range", given))
            is_whole(response, found, TEXT, f"GET with Range: {given}")


@promise(
    task=6,
    usually=beliefs.ALL_FIELDS_EVERYWHERE,
    signs={Exception: beliefs.SERVER_ANSWERS},
    hints=(
        "parse_range() raises an HttpError. To the server, an error of a handler is a bug.",
        "Catch it, and return a 416. Its Content-Range says how long the file is.",
        "except HttpError: return without_file(found, 416)",
    ),
)
def test_a_part_that_is_not_there(chapter: Attempt) -> None:
    """A range that is nowhere is 416, with Content-Range: bytes */10. The file is closed."""
    for given, content in (("bytes=10-", TEXT), ("bytes=-0", TEXT), ("bytes=7-9,8-", b"abc")):
        with file_of(chapter, content) as found:
            sent = f"GET with Range: {given}"
            response = answers(chapter, found, "GET", ("Range", given))
            same("The status:", sent=sent, expected=416, got=response.status, usually=None)
            got = field(response, "Content-Range")
            expected = f"bytes */{len(content)}"
            usually = beliefs.ALL_FIELDS_EVERYWHERE
            same("Its Content-Range:", sent=sent, expected=expected, got=got, usually=usually)
            is_closed(found, sent)


@promise(
    task=6,
    usually=beliefs.ANY_REST_FITS,
    hints=(
        "A client has the first half of a file, and wants the rest. In between, the file has changed.",
        "if_range_holds() tells. If it does not hold, Range is ignored: the client gets all of the new "
        "file. If it does, the client has most fields already.",
        "Look at Range only if if_range_holds(request, found). For a 206 with If-Range, take "
        "found.for_cache instead of found.fields.",
    ),
)
def test_the_rest_of_another_version(chapter: Attempt) -> None:
    """If-Range that does not hold: Range is ignored. If it holds, a 206 with the fields for a cache."""
    for given in ('"b"', f"W/{TAG}", EARLIER, LATER, "x", "*", f'{TAG}, "b"'):
        for asked in ("bytes=2-5", "bytes=50-"):
            with file_of(chapter, TEXT) as found:
                fields = (("Range", asked), ("If-Range", given))
                response = answers(chapter, found, "GET", *fields)
                is_whole(response, found, TEXT, f"GET with Range: {asked} and If-Range: {given}")
    for given in (TAG, DATE):
        with file_of(chapter, TEXT, varies=True) as found:
            fields = (("Range", "bytes=2-5"), ("If-Range", given))
            response = answers(chapter, found, "GET", *fields)
            sent = f"GET with Range: bytes=2-5 and If-Range: {given}"
            same("The status:", sent=sent, expected=206, got=response.status)
            expected = lowered([*found.for_cache, ("Content-Range", "bytes 2-5/10")])
            got, usually = lowered(response.fields), beliefs.ALL_FIELDS_EVERYWHERE
            same("Its fields:", sent=sent, expected=expected, got=got, usually=usually)
            content_is(response, b"2345", sent)


@promise(
    task=6,
    usually=beliefs.HEAD_HAS_PARTS,
    hints=(
        "HEAD asks for the head that GET would get. And what does Range mean for HEAD?",
        "Nothing: it is ignored. Take status, fields and length of a GET without Range. Close the "
        "file.",
        "if request.method == 'HEAD': return without_file(found, status), before you look at Range.",
    ),
)
def test_head_is_about_the_whole_file(chapter: Attempt) -> None:
    """HEAD has the status, fields and length of GET without Range. The file is closed."""
    for fields in (
        (),
        (("Range", "bytes=2-5"),),
        (("Range", "bytes=50-"),),
        (("Range", "bytes=2-5"), ("If-Range", TAG)),
    ):
        with file_of(chapter, TEXT) as found:
            sent = " and ".join(["HEAD", *(f"{name}: {value}" for name, value in fields)])
            response = answers(chapter, found, "HEAD", *fields)
            same("The status:", sent=sent, expected=200, got=response.status)
            got, expected = lowered(response.fields), lowered(found.fields)
            same("Its fields:", sent=sent, expected=expected, got=got)
            usually: Any = None
            same("Its length:", sent=sent, expected=10, got=response.length, usually=usually)
            is_part = isinstance(response.content, chapter.FilePart)
            is_nothing = not is_part and not [*response.content]
            what = "A response to HEAD has the content ():"
            holds(what, is_nothing, sent=sent, got=response.content, usually=usually)
            is_closed(found, sent)


@promise(
    task=6,
    usually=beliefs.ANY_ORDER,
    hints=(
        "A request has a condition and a Range. Which of them is asked first?",
        "The condition. Only if it ends in 200, look at Range.",
        "status = evaluate(…), and then: if status == 200 and request.method == 'GET' and …",
    ),
)
def test_conditions_come_before_ranges(chapter: Attempt) -> None:
    """Range counts only if evaluate() says 200."""
    for condition, asked, status in (
        (("If-None-Match", TAG), "bytes=2-5", 304),
        (("If-None-Match", TAG), "bytes=50-", 304),
        (("If-Modified-Since", DATE), "bytes=2-5", 304),
        (("If-Match", '"b"'), "bytes=2-5", 412),
        (("If-Match", '"b"'), "bytes=50-", 412),
        (("If-Match", TAG), "bytes=2-5", 206),
        (("If-Match", TAG), "bytes=50-", 416),
    ):
        with file_of(chapter, TEXT) as found:
            response = answers(chapter, found, "GET", condition, ("Range", asked))
            sent = f"GET with {condition[0]}: {condition[1]} and Range: {asked}"
            same("The status:", sent=sent, expected=status, got=response.status)
            if status in (304, 412):
                got = field(response, "Content-Range")
                what = f"The Content-Range of a {status}:"
                same(what, sent=sent, expected=None, got=got, usually=None)
            close_content(response)


@promise(
    task=7,
    usually=beliefs.FILES_ANSWER_EVERYTHING,
    signs={"leak": beliefs.FILES_CLOSE_THEMSELVES},
    hints=(
        "What can a client do with a file that it can only read?",
        "GET and HEAD. Everything else is 405, also for a file that is not there, with Allow.",
        "if request.method not in ('GET', 'HEAD'): return plain(405, 'why', ('Allow', 'GET, HEAD'))",
    ),
)
def test_files_can_only_be_read(chapter: Attempt) -> None:
    """GET and HEAD find the file, or its variant. Other methods are 405, and Allow says GET, HEAD."""
    with folder("a.txt", "docs/b.txt", "packed.txt", "packed.txt.gz") as root:
        files = chapter.Files(root)
        for accepted, expected in (("gzip", "packed.txt.gz"), ("br", "packed.txt")):
            response = asks(chapter, files, "packed.txt", "GET", ("Accept-Encoding", accepted))
            sent = f"GET packed.txt with Accept-Encoding: {accepted}"
            came = b"".join(response.content)
            what = "There is packed.txt.gz as well. The content is that of the file:"
            same(what, sent=sent, expected=expected.encode(), got=came, usually=None)
            close_content(response)
        for method in ("GET", "HEAD"):
            for name in ("a.txt", "docs/b.txt"):
                response = asks(chapter, files, name, method)
                sent = f"{method} {name}"
                usually = beliefs.FILES_ANSWER_EVERYTHING if response.status == 405 else None
                same("The status:", sent=sent, expected=200, got=response.status, usually=usually)
                got = field(response, "Content-Type")
                expected = "text/plain; charset=utf-8"
                same("Its Content-Type:", sent=sent, expected=expected, got=got, usually=None)
                content = b"".join(response.content)
                expected_content = name.encode() if method == "GET" else b""
                what = "Its content:"
                same(what, sent=sent, expected=expected_content, got=content, usually=None)
                close_content(response)
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "get"):
            for name in ("a.txt", "docs", "docs/", "nothing"):
                response = asks(chapter, files, name, method)
                sent = f"{method} {name}"
                same("The status:", sent=sent, expected=405, got=response.status)
                allow = sorted((field(response, "Allow") or "").replace(" ", "").split(","))
                same("Its Allow, sorted:", sent=sent, expected=["GET", "HEAD"], got=allow)


@promise(
    task=7,
    usually=beliefs.SLASHES_ARE_DECORATION,
    signs={Exception: beliefs.ONLY_NOT_FOUND},
    hints=(
        "When is there nothing to send?",
        "If locate() or open_best() returns None, and if the name of a file ends with a slash.",
        "Path drops the slash at the end, so look at the name. return plain(404, 'why').",
    ),
)
def test_what_is_not_there_is_404(chapter: Attempt) -> None:
    """What locate() or open_best() does not find is 404, and so is a file with a slash at its end."""
    with folder("a.txt", ".env", "docs/.git/config", "../secret.txt") as root:
        files = chapter.Files(root)
        names = ["b.txt", "../secret.txt", "a\0", "x" * 300, "a.txt/b", ".env", "docs/.git/config"]
        if link(root / "out.txt", "../secret.txt"):
            names.append("out.txt")
        for name in names:
            response = asks(chapter, files, name)
            same("The status:", sent=f"GET {name}", expected=404, got=response.status, usually=None)
        for name in ("a.txt/", "a.txt//"):
            response = asks(chapter, files, name)
            same("The status:", sent=f"GET {name}", expected=404, got=response.status)


@promise(
    task=7,
    usually=beliefs.SLASHES_ARE_DECORATION,
    signs={RecursionError: beliefs.SLASHES_ARE_DECORATION},
    hints=(
        "Where does a link to `b.html` lead from `/docs`, and where from `/docs/`?",
        "A folder whose name has no slash at its end is redirected: 308. With the slash, it shows its "
        "INDEX, as if that name had been asked for.",
        "plain(308, 'why', ('Location', with_slash(request.target))), or locate(self.root, name + "
        "INDEX).",
    ),
)
def test_folders(chapter: Attempt) -> None:
    """A folder is redirected to its name with a slash. There it shows index.html, or 404 without it."""
    with folder("index.html", "docs/index.html", "docs/deep/index.html", "empty/a.txt") as root:
        files = chapter.Files(root)
        for name, target, status, expected in (
            ("", "/", 200, "index.html"),
            ("docs/", "/docs/", 200, "docs/index.html"),
            ("docs/deep/", "/docs/deep/", 200, "docs/deep/index.html"),
            ("docs", "/docs", 308, "/docs/"),
            ("docs", "/static/docs?v=%2F", 308, "/static/docs/?v=%2F"),
            ("docs/deep", "http://h/docs/deep", 308, "/docs/deep/"),
            ("docs", "//evil.example", 308, "/.//evil.example/"),
            ("empty/", "/empty/", 404, None),
            ("empty", "/empty", 308, "/empty/"),
        ):
            response = asks(chapter, files, name, "GET", target=target)
            sent = f"GET {target}"
            same("The status:", sent=sent, expected=status, got=response.status)
            if status == 308:
                got: object = field(response, "Location")
                same("Its Location:", sent=sent, expected=expected, got=got)
            elif status == 200:
                got = b"".join(response.content).decode()
                same("Its content:", sent=sent, expected=expected, got=got, usually=None)
                got = field(response, "Content-Type")
                expected = "text/html; charset=utf-8"
                same("Its Content-Type:", sent=sent, expected=expected, got=got, usually=None)
                close_content(response)
        (root / "empty/index.html").mkdir()
        response = asks(chapter, files, "empty/", target="/empty/")
        what = "empty/index.html is a folder. The status:"
        same(what, sent="GET /empty/", expected=404, got=response.status, usually=None)


@promise(
    task=7,
    usually=beliefs.FILES_STAY_THE_SAME,
    hints=(
        "Here a request comes in at a socket, and octets of a file go out.",
        "If the promises above are kept and this one is not, run the file, and look with curl -i.",
        "python3 -m chapters.ch15_static_files --port 8000, and curl -i in another window.",
    ),
)
def test_from_file_to_socket(chapter: Attempt) -> None:
    """Over a real connection, clients get the file, a part of it, or the news that it is the same."""
    with folder("a.txt") as root:
        (root / "b.bin").write_bytes(b"b" * 300_000)
        files = chapter.Files(root)
        asks(chapter, files, "a.txt", "HEAD")  # the server would make a 500 of "to do"
        asks(chapter, files, "b.bin", "HEAD", ("Range", "bytes=0-0"))
        router = chapter.Router()
        chapter.mount(router, "/", files)
        serve_http = sys.modules[chapter.serve_site.__module__].serve_http
        with connected() as (client, server), running(serve_http, server, router) as serving:
            try:
                tag = ""
                for line, fields, status, content in (
                    ("GET /a.txt", "", 200, b"a.txt"),
                    ("GET /b.bin", "", 200, b"b" * 300_000),
                    ("GET /b.bin", "Range: bytes=100-", 206, b"b" * 299_900),
                    ("HEAD /b.bin", "Range: bytes=5-9", 200, b""),
                    ("GET /b.bin", "If-None-Match: TAG", 304, b""),
                    ("GET /a.txt", "Range: bytes=2-3", 206, b"tx"),
                    ("GET /a.txt", "Range: bytes=5-", 416, None),
                    ("GET /", "", 404, None),
                    ("POST /a.txt", "", 405, None),
                    ("GET /%2e%2e/a.txt", "", 404, None),
                ):
                    lines = f"{line} HTTP/1.1\r\nHost: h\r\n{fields.replace('TAG', tag)}"
                    client.sendall(lines.rstrip().encode() + b"\r\n\r\n")
                    response = HTTPResponse(client, method=line.split()[0])
                    response.begin()
                    got = response.read()
                    tag = response.getheader("ETag") or tag
                    sent = f"{line} {fields}".strip()
                    came = response.status
                    usually = beliefs.APPLICATION_FRAMES if came == 500 else None
                    what = "The status that came back:"
                    same(what, sent=sent, expected=status, got=came, usually=usually)
                    if content is not None:
                        what = "The content that came back is not that of the file."
                        holds(what, got == content, sent=sent, got=got[:50], usually=None)
            finally:
                with suppress(OSError):
                    client.shutdown(socket.SHUT_WR)
                serving.settle()


class Noting(io.BytesIO):
    """A file that notes how much each read() has returned; at most `most` octets."""

    def __init__(self, content: bytes, most: int = 1 << 30) -> None:
        super().__init__(content)
        self.most = most
        self.reads: list[int] = []

    @property
    def octets(self) -> int:
        """How many octets have been read."""
        return sum(self.reads)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, and note it."""
        limit = self.most if size is None or size < 0 else min(size, self.most)
        piece = super().read(limit)
        self.reads.append(len(piece))
        return piece

    def readinto(self, buffer: Any, /) -> int:
        """Read into a buffer, and note it."""
        count = super().readinto(memoryview(buffer)[: self.most])
        self.reads.append(count)
        return count


@contextmanager
def folder(*names: str) -> Iterator[Path]:
    """Make a folder `root` with these files; each holds its own name. `..` is a place beside `root`."""
    with TemporaryDirectory() as above:
        root = Path(above).resolve() / "root"
        root.mkdir()
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name, encoding="utf-8")
        yield root


def link(path: Path, leads_to: str) -> bool:
    """Make a link; return whether this system lets us."""
    try:
        path.symlink_to(leads_to, target_is_directory=(path.parent / leads_to).is_dir())
    except OSError:  # Windows, without the right to do so
        return False
    return True


def finds(
    chapter: Attempt, root: Path, name: str, where: str | None, usually: Misconception | None = None
) -> None:
    """Require what locate() returns for a name: a place in `root`, or None."""
    expected = None if where is None else (root / where).resolve()
    got = described(lambda: chapter.locate(root, name))
    text = name if len(name) < 60 else f"{name[:20]}… ({len(name)} characters)"
    what = f"The folder is {root}. locate(root, {text!r}) returned:"
    if isinstance(got, Path) and expected is not None:
        usually = beliefs.NAMES_SHOW_THE_WAY  # it has not been resolved
    if isinstance(got, Literally) or usually is None:
        same(what, expected=expected, got=got)
    same(what, expected=expected, got=got, usually=usually)


def matches(chapter: Attempt, given: str, tag: str, *, strong: bool, weak: bool) -> None:
    """Require what tag_matches() returns, strongly and weakly."""
    for kind, expected in ((True, strong), (False, weak)):
        got = chapter.tag_matches(given, tag, strong=kind)
        what = f"The file's tag is {tag}. tag_matches(field, tag, strong={kind}) returned:"
        same(what, sent=given, expected=expected, got=got)


def request(
    chapter: Attempt, method: str, fields: tuple[tuple[str, str], ...], target: str = "/a.txt"
) -> Any:
    """Return a request with these fields."""
    headers_class = sys.modules[chapter.Request.__module__].Headers
    return chapter.Request(method, target, (1, 1), headers_class([("Host", "h"), *fields]))


def decides(
    chapter: Attempt,
    status: int,
    usually: Misconception | None,
    method: str,
    *fields: tuple[str, str],
    tag: str = TAG,
    modified: int = MODIFIED,
) -> None:
    """Require what evaluate() returns for a request."""
    asked = request(chapter, method, fields)
    sent = " and ".join([method, *(f"{name}: {value}" for name, value in fields)])
    got = described(lambda: chapter.evaluate(asked, tag, modified))
    date = DATE if modified == MODIFIED else modified
    what = f"The file's tag is {tag}, and its date {date}. evaluate() returned:"
    same(what, sent=sent, expected=status, got=got, usually=usually)


def asks_for(
    chapter: Attempt, given: str, size: int, expected: object, usually: Misconception | None = None
) -> None:
    """Require what parse_range() returns or raises for a field and a size."""

    def ask() -> object:
        try:
            return chapter.parse_range(given, size)
        except chapter.HttpError as error:
            return Literally(f"HttpError({error.status})")

    got = described(ask)
    if expected is None and str(got).startswith("HttpError"):
        usually = usually and beliefs.ODD_RANGES_ARE_416
    text = given if len(given) < 60 else f"{given[:30]}… ({len(given)} characters)"
    what = f"The file has {size} octets. parse_range() returned:"
    if usually is None:
        same(what, sent=text, expected=expected, got=got)
    same(what, sent=text, expected=expected, got=got, usually=usually)


@contextmanager
def file_of(chapter: Attempt, content: bytes, **more: Any) -> Iterator[Any]:
    """Give a Representation of a file with this content, and close it."""
    with io.BytesIO(content) as file:
        yield chapter.Representation(file, len(content), MODIFIED, TAG, "text/plain", **more)


def answers(chapter: Attempt, found: Any, method: str, *fields: tuple[str, str]) -> Any:
    """Return what file_response() returns: it has to be a Response."""
    asked = request(chapter, method, fields)
    sent = " and ".join([method, *(f"{name}: {value}" for name, value in fields)])
    try:
        response = chapter.file_response(asked, found)
    except chapter.HttpError as error:
        came, expected = Literally(f"HttpError({error.status}), raised"), Literally("a Response")
        what, usually = "file_response() has to return a Response.", beliefs.SERVER_ANSWERS
        same(what, sent=sent, expected=expected, got=came, usually=usually)
    is_response(chapter, response, sent)
    return response


def is_response(chapter: Attempt, response: Any, sent: str) -> None:
    """Require a Response."""
    right = isinstance(response, chapter.Response)
    details: dict[str, Any] = {} if response is None else {"usually": None}
    holds("This has to be a Response:", right, sent=sent, got=response, **details)


def asks(
    chapter: Attempt,
    files: Any,
    name: str,
    method: str = "GET",
    *fields: tuple[str, str],
    target: str = "",
) -> Any:
    """Return what Files answers for a name."""
    response = files.respond(request(chapter, method, fields, target or "/a.txt"), name)
    is_response(chapter, response, f"{method} {name}")
    return response


def is_whole(response: Any, found: Any, content: bytes, sent: str = "GET") -> None:
    """Require a 200 with all of the file."""
    same("The status:", sent=sent, expected=200, got=response.status)
    got = lowered(response.fields)
    same("Its fields:", sent=sent, expected=lowered(found.fields), got=got)
    content_is(response, content, sent)


def content_is(response: Any, content: bytes, sent: str) -> None:
    """Require this content, with its length, and that the response closes the file."""
    usually: Any = None
    what = "The length of the response:"
    same(what, sent=sent, expected=len(content), got=response.length, usually=usually)
    is_file = hasattr(response.content, "send_to") and hasattr(response.content, "close")
    what = "The content has to be a FilePart:"
    got = type(response.content).__name__
    holds(what, is_file, sent=sent, got=Literally(got), usually=beliefs.FILES_FIT_INTO_MEMORY)
    what = "The file was closed before its content was sent."
    holds(what, not response.content.file.closed, sent=sent, usually=usually)
    octets = b"".join(response.content)
    what = "The content of the response:"
    if len(octets) < 100:
        same(what, sent=sent, expected=content, got=octets, usually=usually)
    holds(what, octets == content, sent=sent, usually=usually)
    response.content.close()


def is_closed(found: Any, sent: str) -> None:
    """Require that the file has been closed."""
    usually = beliefs.FILES_CLOSE_THEMSELVES
    holds(
        "The response has no content of the file. The file is still open.",
        found.file.closed,
        sent=sent,
        usually=usually,
    )


def lowered(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return fields sorted, their names in lower case: neither order nor case counts."""
    return sorted((name.lower(), value) for name, value in fields)


def close_content(response: Any) -> None:
    """Close what a response would have sent."""
    if hasattr(response.content, "close"):
        response.content.close()


def field(response: Any, name: str) -> str | None:
    """Return the value of a response's field."""
    values = [value for other, value in response.fields if other.lower() == name.lower()]
    return values[0] if values else None


TASKS = {
    1: "locate",
    2: "tag_matches",
    3: "evaluate",
    4: "parse_range",
    5: "read_part",
    6: "file_response",
    7: "Files.respond",
}
