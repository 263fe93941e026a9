"""The promises of chapter 15: how to serve a folder safely and cheaply."""

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from course.checks.answers import Attempt
from course.checks.expect import NOT_GIVEN, Literally, Raised, Reason, holds, same
from course.checks.promises import Misconception, promise
from tests import beliefs
from tests.responses import request_of

TEXT = b"0123456789"
MODIFIED = 784111777
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"  # MODIFIED
EARLIER, LATER = "Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:38 GMT"
TAG = '"a"'


@promise(
    task=1,
    usually=beliefs.ODD_NAMES_ARE_ATTACKS,
    hints=(
        "Print root / name and (root / name).resolve() for `docs/../a.txt`. What differs?",
        "Return what resolve() returns: the path in which no `..` and no link is left.",
        "path = (root / name).resolve(strict=True). Return it if path.is_relative_to(root).",
    ),
    hints_if={
        "unresolved": (
            "You have returned a path. Which path did you compare with `root`: the same one?",
            "The result has to be free of `..` and links. Keep and return what resolve() returns.",
            "path = (root / name).resolve(strict=True), and at the end return path.",
        ),
    },
)
def test_finds_what_is_inside(chapter: Attempt) -> None:
    """locate() returns the path of a file or folder in `root`, and `root` itself for an empty name."""
    odd = ("50% +a", "a..b", "..c", "%41", "docs/.hid", "~", *(["b\\c"] if os.sep == "/" else []))
    with folder("a.txt", "docs/b.txt", "docs/Å.txt", "docs/deep/c.txt", " a", *odd) as root:
        for name, where in (
            ("a.txt", "a.txt"),
            ("docs/b.txt", "docs/b.txt"),
            ("docs/Å.txt", "docs/Å.txt"),
            ("docs/deep/c.txt", "docs/deep/c.txt"),
            ("docs", "docs"),
            ("docs/", "docs"),
            ("docs/deep", "docs/deep"),
            ("", "."),
            ("docs//b.txt", "docs/b.txt"),
        ):
            finds(chapter, root, name, where, None)
        for name, where in (
            *zip(odd, odd, strict=True),
            ("./a.txt", "a.txt"),
            ("docs/..", "."),
            ("docs/../a.txt", "a.txt"),
            (f"../{root.name}/a.txt", "a.txt"),
        ):
            finds(chapter, root, name, where, beliefs.ODD_NAMES_ARE_ATTACKS)
        (root / "empty").touch()
        finds(chapter, root, "empty", "empty", None)
        finds(chapter, root, " a", " a", None)
        finds(chapter, root, str(root / "a.txt"), "a.txt", None)
        finds(chapter, root, "docs/../" * 40 + "a.txt", "a.txt", None)


@promise(
    task=1,
    usually=beliefs.NAMES_SHOW_THE_WAY,
    hints=(
        "Where does `docs/../../secret` lead? And what is `root / '/etc/passwd'`?",
        "Resolve the joined path first. Then look whether the result is inside `root`.",
        "return path if path.is_relative_to(root) else None. str.startswith() would also accept the "
        "folder `root-2` beside `root`.",
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
        "A link looks like any other name. Who knows where it leads?",
        "resolve() follows links. A link that leads to a file inside is as good as that file.",
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
        for name in ("out", "door/c.txt", "door", "far", "twice", "door/../secret"):
            finds(chapter, root, name, None)
        finds(chapter, root, "inside", "a.txt", beliefs.ODD_NAMES_ARE_ATTACKS)
        finds(chapter, root, "again", "a.txt", beliefs.ODD_NAMES_ARE_ATTACKS)
        finds(chapter, root, "folder/b.txt", "docs/b.txt", beliefs.ODD_NAMES_ARE_ATTACKS)


@promise(
    task=1,
    usually=beliefs.ONLY_NOT_FOUND,
    hints=(
        "A client chooses the name. Which errors can such a name cause?",
        "Catch OSError (FileNotFoundError is one of its subclasses), and ValueError for a NUL.",
        "except (OSError, ValueError, RuntimeError): return None. Before Python 3.13, a loop of links "
        "is a RuntimeError.",
    ),
    hints_if={
        "missing": (
            "There is no file with this name. Did resolve() raise an error?",
            "Only with strict=True does it. Without, it returns the path all the same.",
            "(root / name).resolve(strict=True)",
        ),
    },
)
def test_what_cannot_be_looked_at_is_none(chapter: Attempt) -> None:
    """Nothing there, a NUL, a name that is too long, a file as a folder, a loop: None, and no error."""
    with folder("a.txt", "docs/b.txt") as root:
        names = ["b.txt", "docs/a.txt", "nowhere/a.txt", "a\0b", "\0", "docs/\0/b.txt", "a.txt\0"]
        names += ["x" * 300, "docs/" + "y" * 5000, "/".join(["z" * 200] * 40), "a.txt/b"]
        if link(root / "loop", "loop"):
            link(root / "to nothing", "nothing")
            names += ["loop", "loop/a.txt", "to nothing"]
        for name in names:
            finds(chapter, root, name, None)
        finds(chapter, root, "a.txt", "a.txt", None)
        (root / "a.txt").rename(root / "b.txt")
        finds(chapter, root, "b.txt", "b.txt", None)
        finds(chapter, root, "a.txt", None)


@promise(
    task=2,
    usually=beliefs.ONE_COMPARISON,
    hints=(
        'Can you rely on the octets of W/"a"? Which comparison needs them?',
        "In the strong comparison, both tags have to be equal, and neither may begin with W/. The weak "
        "one ignores W/ on both sides.",
        "Strong: tag in tags and not tag.startswith('W/'). Weak: the same with removeprefix('W/') on "
        "both sides, and without the second condition.",
    ),
    hints_if={
        "substring": (
            'The text `"a"` is in the field `W/"a"`. Is that tag equal to `"a"`?',
            "Compare complete tags: look for the tag in a list of tags, not in the text of the field.",
            "tag in tags_in(field)",
        ),
    },
)
def test_strong_and_weak(chapter: Attempt) -> None:
    """A weak tag never matches strongly, not even itself. The weak comparison ignores W/."""
    for given, tag, strong, weak in (
        ('"a"', '"a"', True, True),
        ('"b"', '"a"', False, False),
        ('W/"a"', '"a"', False, True),
        ('"a"', 'W/"a"', False, True),
        ('W/"a"', 'W/"a"', False, True),
        ('W/"b"', 'W/"a"', False, False),
        ('"A"', '"a"', False, False),
        ('""', '""', True, True),
        ('"W/"', '"W/"', True, True),
        ('"W/a"', '"a"', False, False),
        ('"x/a"', '"y/a"', False, False),
    ):
        is_weak = "W/" in given[:2] + tag[:2]
        usually = beliefs.ONE_COMPARISON if is_weak else None
        clue = ""
        if not strong and chapter.tag_matches(f"x{tag}", tag, strong=True):
            usually, clue = None, "substring"
        matches(chapter, given, tag, strong=strong, weak=weak, usually=usually, clue=clue)


@promise(
    task=2,
    usually=beliefs.ONE_TAG_COUNTS,
    hints=(
        "Which tags does tags_in() return for this field? Which of them do you compare?",
        "Compare with every tag of the list, quotes included. `*` alone is not a list: it matches "
        "every file.",
        "if field == '*': return True. Then tags = tags_in(field), and tag in tags.",
    ),
    hints_if={
        beliefs.COMMAS_END_TAGS: (
            'How many tags does `"b,c", "d"` have? How many pieces does split(",") return?',
            "Do not split the field yourself: tags_in() follows the grammar.",
            "tags = tags_in(field)",
        ),
        "star": (
            "Which client sends `*`? It knows no tag.",
            '`*` means: any version. Only the field `*` does: `"*"` is an ordinary tag.',
            "if field == '*': return True, before you look at the list and at `strong`.",
        ),
    },
)
def test_a_field_is_a_list(chapter: Attempt) -> None:
    """One whole tag of a list is enough. `*` alone matches every file, and `"*"` does not."""
    commas = beliefs.COMMAS_END_TAGS
    one = commas if takes_lists(chapter) else beliefs.ONE_TAG_COUNTS
    for given, tag, expected, usually in (
        ('"a","b"', '"a"', True, one),
        ('"b","a"', '"a"', True, one),
        ('"b","c"', '"a"', False, None),
        ('"b", "a"', '"a"', True, commas),
        ('"b" ,\t"c", "a"', '"a"', True, commas),
        ('"b,c"', '"b,c"', True, commas),
        ('"b", "a,c"', '"a,c"', True, commas),
        ('"a,c"', '"a"', False, commas),
        (', "a",,', '"a"', True, commas),
        ('"ab"', '"a"', False, None),
        ('"xa", "a x"', '"a"', False, None),
        ("", '"a"', False, None),
        ("a", '"a"', False, None),
        ("a", "a", False, None),
        ('w/"a"', '"a"', False, None),
        ("'a'", '"a"', False, None),
        ('"a', '"a"', False, None),
        ('b, "a"', '"a"', False, None),
        ('"b" "a"', '"a"', False, None),
    ):
        matches(chapter, given, tag, strong=expected, weak=expected, usually=usually)
    matches(chapter, '"b","c","d","e","a"', '"a"', strong=True, weak=True, usually=None)
    weakly = beliefs.ONE_COMPARISON
    matches(chapter, '"b", W/"a"', 'W/"a"', strong=False, weak=True, usually=weakly)
    matches(chapter, 'W/"b", "a"', '"a"', strong=True, weak=True, usually=weakly)
    matches(chapter, 'W/"b", W/"a"', '"a"', strong=False, weak=True, usually=None)
    for given, tag, expected in (
        ("*", '"a"', True),
        ("*", 'W/"a"', True),
        ('"*"', '"a"', False),
        ('"*"', '"*"', True),
        ('"b*"', '"a"', False),
        ('*, "b"', '"a"', False),
        ('"b", *', '"a"', False),
        ("*a", '"a"', False),
    ):
        matches(chapter, given, tag, strong=expected, weak=expected, usually=None, clue="star")


@promise(
    task=3,
    usually=beliefs.ONE_COMPARISON,
    hints=(
        "A client has a copy with this tag. Does it need the file?",
        "Compare with tag_matches(), weakly: the question is whether the copy is good enough to show.",
        "if tag_matches(headers.get('if-none-match'), tag, strong=False): return 304",
    ),
    hints_if={
        "lines": (
            "The client has sent two lines of this field. What do they mean together?",
            "One list. headers.get() joins the lines with a comma.",
            "headers.get('if-none-match')",
        ),
    },
)
def test_if_none_match(chapter: Attempt) -> None:
    """If-None-Match that matches, weakly, is 304; if no tag matches, the client gets the file."""
    for given, status in (
        (None, 200),
        ('"a"', 304),
        ('"b"', 200),
        ('W/"a"', 304),
        ('"b", "a"', 304),
        ("*", 304),
        ('W/"b"', 200),
        ("a", 200),
    ):
        usually = beliefs.ONE_COMPARISON if given == 'W/"a"' else None
        if given == '"b", "a"':
            usually = beliefs.ONE_TAG_COUNTS
        decides(chapter, status, usually, *([("If-None-Match", given)] if given else []))
    decides(chapter, 304, beliefs.ONE_COMPARISON, ("If-None-Match", '"a"'), tag='W/"a"')
    decides(chapter, 304, None, ("IF-none-match", '"a"'))
    lines = (("If-None-Match", '"b"'), ("If-None-Match", '"a"'))
    decides(chapter, 304, None, *lines, clue="lines")
    decides(chapter, 304, None, *lines[::-1], clue="lines")


@promise(
    task=3,
    usually=beliefs.ONE_COMPARISON,
    hints=(
        "A client that sends If-Match means one version of the file. What if the file is another one?",
        "If no tag matches, strongly, the result is 412, also for a GET.",
        "if (field := headers.get('if-match')) is not None: if not tag_matches(field, tag, "
        "strong=True): return 412",
    ),
    hints_if={
        beliefs.EMPTY_IS_NONE: (
            "Which value does a field have that is there, and empty? Which one that is not there?",
            "headers.get() returns '' for the first and None for the second. An empty If-Match "
            "lists no "
            "tag, so no tag matches.",
            "Compare with None: if (field := headers.get('if-match')) is not None",
        ),
        "lines": (
            "The client has sent two lines of this field. What do they mean together?",
            "One list. headers.get() joins the lines with a comma.",
            "headers.get('if-match')",
        ),
    },
)
def test_if_match(chapter: Attempt) -> None:
    """If-Match that does not match, strongly, is 412."""
    for given, status in (
        ('"a"', 200),
        ('"b"', 412),
        ('"b", "c"', 412),
        ('W/"a"', 412),
        ("a", 412),
        ("", 412),
        ('"b", "a"', 200),
        ("*", 200),
    ):
        usually: Misconception | None = beliefs.ONLY_WRITERS_MEAN_IT if status == 412 else None
        if "W/" in given:
            usually = beliefs.ONE_COMPARISON
        elif given == "":
            usually = beliefs.EMPTY_IS_NONE
        decides(chapter, status, usually, ("If-Match", given))
    decides(chapter, 412, beliefs.ONE_COMPARISON, ("If-Match", 'W/"a"'), tag='W/"a"')
    lines = (("If-Match", '"b"'), ("If-Match", '"a"'))
    decides(chapter, 200, None, *lines, clue="lines")
    decides(chapter, 200, None, *lines[::-1], clue="lines")


@promise(
    task=3,
    usually=beliefs.DATES_ARE_TAGS,
    hints=(
        "Since which dates has the file been modified? Since which has it not?",
        "Compare times with <= and >, not with ==. parse_date() knows all three forms of a date.",
        "If-Modified-Since: modified <= date is 304. If-Unmodified-Since: modified > date is 412.",
    ),
)
def test_dates_are_compared_as_times(chapter: Attempt) -> None:
    """Not changed after If-Modified-Since is 304; changed after If-Unmodified-Since is 412."""
    for name, date, status in (
        ("If-Modified-Since", DATE, 304),
        ("If-Modified-Since", LATER, 304),
        ("If-Modified-Since", "Fri, 31 Dec 9999 23:59:59 GMT", 304),
        ("If-Modified-Since", EARLIER, 200),
        ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT", 304),
        ("If-Modified-Since", "Sun Nov  6 08:49:37 1994", 304),
        ("If-Unmodified-Since", DATE, 200),
        ("If-Unmodified-Since", LATER, 200),
        ("If-Unmodified-Since", EARLIER, 412),
    ):
        usually = None
        if name == "If-Modified-Since" and status == 304 and date != DATE:
            usually = beliefs.DATES_ARE_TAGS
        decides(chapter, status, usually, (name, date))


@promise(
    task=3,
    usually=beliefs.BAD_DATES_COUNT,
    hints=(
        "What does parse_date() return for a date that is not valid? And for the first second of 1970?",
        "None means that there is no date. 0 is a date, although `if date` is false for it. "
        "Compare with "
        "None.",
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
            decides(chapter, 200, beliefs.BAD_DATES_COUNT, (name, date))
    decides(chapter, 200, None, ("If-Modified-Since", DATE), ("If-Modified-Since", DATE))
    two = (("If-Unmodified-Since", EARLIER), ("If-Unmodified-Since", EARLIER))
    decides(chapter, 200, None, *two)
    epoch = "Thu, 01 Jan 1970 00:00:00 GMT"
    for name, modified, status in (
        ("If-Unmodified-Since", MODIFIED, 412),
        ("If-Unmodified-Since", 0, 200),
        ("If-Modified-Since", 0, 304),
        ("If-Modified-Since", -5, 304),
        ("If-Modified-Since", 1, 200),
    ):
        decides(chapter, status, beliefs.ZERO_IS_NO_DATE, (name, epoch), modified=modified)


@promise(
    task=3,
    usually=beliefs.TAG_OR_DATE,
    hints=(
        "A file changes twice in a second. Which notices, the tag or the date?",
        "If If-Match is there, ignore If-Unmodified-Since. If If-None-Match is there, ignore "
        "If-Modified-Since.",
        "if If-Match is there: …, elif If-Unmodified-Since …; then if If-None-Match is there: …, elif "
        "If-Modified-Since …",
    ),
    hints_if={
        beliefs.EMPTY_IS_NONE: (
            "Which value does a field have that is there, and empty? Which one that is not there?",
            "headers.get() returns '' for the first and None for the second. An empty "
            "If-None-Match still "
            "rules out the date.",
            "Compare with None: if (field := headers.get('if-none-match')) is not None",
        ),
    },
)
def test_a_tag_rules_out_the_date(chapter: Attempt) -> None:
    """With If-None-Match, If-Modified-Since is ignored; with If-Match, If-Unmodified-Since."""
    for fields, status in (
        ({"If-None-Match": '"b"', "If-Modified-Since": DATE}, 200),
        ({"If-None-Match": '"b"', "If-Modified-Since": LATER}, 200),
        ({"If-None-Match": "a", "If-Modified-Since": DATE}, 200),
        ({"If-None-Match": '"a"', "If-Modified-Since": EARLIER}, 304),
        ({"If-None-Match": "*", "If-Modified-Since": EARLIER}, 304),
        ({"If-None-Match": "", "If-Modified-Since": DATE}, 200),
        ({"If-Match": '"a"', "If-Unmodified-Since": EARLIER}, 200),
        ({"If-Match": "*", "If-Unmodified-Since": EARLIER}, 200),
        ({"If-Match": '"b"', "If-Unmodified-Since": DATE}, 412),
    ):
        usually: Misconception | None = beliefs.TAG_OR_DATE
        if "" in fields.values():
            usually = beliefs.EMPTY_IS_NONE
        elif status == 304:
            usually = None
        decides(chapter, status, usually, *fields.items())


@promise(
    task=3,
    usually=beliefs.ANY_ORDER,
    hints=(
        "A request has If-Match and If-None-Match. Which decides?",
        "First ask about the version that the client means: If-Match, or else its date. If that "
        "does not "
        "end in 412, ask about the version that it has: If-None-Match, or else its date.",
        "Write two if-elif statements, one after the other, and return 200 at the end. The first one "
        "returns nothing but 412.",
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
        ({"If-Match": "*", "If-None-Match": '"a"'}, 304),
        ({"If-Match": '"a"', "If-Modified-Since": DATE}, 304),
        ({"If-Match": '"a"', "If-None-Match": '"b"'}, 200),
        ({"If-Unmodified-Since": DATE, "If-None-Match": "*"}, 304),
        ({"If-Unmodified-Since": LATER, "If-Modified-Since": LATER}, 304),
        ({"If-Unmodified-Since": "never", "If-Modified-Since": DATE}, 304),
    ):
        usually = beliefs.ANY_ORDER if status == 412 else None
        decides(chapter, status, usually, *fields.items())


@promise(
    task=4,
    usually=beliefs.RANGES_ARE_SLICES,
    hints=(
        "How many octets does bytes=0-0 ask for?",
        "One. A Range field names the last octet. A Python range names the one after it.",
        "range(int(first), int(last) + 1)",
    ),
)
def test_first_and_last(chapter: Attempt) -> None:
    """bytes=2-5 are the octets 2 to 5: range(2, 6). The unit is case-insensitive."""
    for given, size, part in (
        ("bytes=0-3", 10, range(4)),
        ("bytes=0-0", 10, range(1)),
        ("bytes=2-5", 10, range(2, 6)),
        ("bytes=9-10", 20, range(9, 11)),
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
        "Draw ten boxes, numbered 0 to 9. Which does the field ask for?",
        "Without a last position, the part is the rest of the file. Without a first one, the "
        "number counts back from the end. A part never goes beyond the file.",
        "range(int(first), size); range(max(size - int(last), 0), size); min(int(last) + 1, size)",
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
        ("bytes=-11", range(10)),
        ("bytes=-99", range(10)),
        ("bytes=5-99", range(5, 10)),
        ("bytes=0-10", range(10)),
        ("bytes=0-99999999999999999999", range(10)),
    ):
        usually = beliefs.SUFFIX_IS_A_START if given in ("bytes=-3", "bytes=-1") else None
        if given in ("bytes=-11", "bytes=-99"):
            usually = beliefs.SUFFIX_FITS
        asks_for(chapter, given, 10, part, usually)
    asks_for(chapter, "bytes=5-", 8, range(5, 8), None)
    asks_for(chapter, "bytes=5-", 5_000_000_000, range(5, 5_000_000_000), None)


@promise(
    task=4,
    usually=beliefs.ODD_RANGES_ARE_416,
    signs={ValueError: beliefs.INT_TAKES_DIGITS},
    hints=(
        "A client asks for lines=0-3, or for bytes=5-3. What may a server always do with a Range?",
        "It may ignore it. What is not valid, or in another unit, gives None: the client gets "
        "the file.",
        "Return None if RANGE.fullmatch(field) is None, if the last octet comes before the "
        "first, or if "
        "size is 0.",
    ),
    hints_if={
        beliefs.EMPTY_FILES_GET_416: (
            "The file has no octets. What does a client get that asks for all of it?",
            "A 200 without content. It gets the same with every Range: ignore the field.",
            "if match is None or size == 0: return None",
        ),
    },
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
        ("bytes=200-150", beliefs.ODD_RANGES_ARE_416),
        ("bytes=4-3", beliefs.ODD_RANGES_ARE_416),
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
        (" bytes=0-3", beliefs.ODD_RANGES_ARE_416),
        ("bytes=0-3 ", beliefs.ODD_RANGES_ARE_416),
    ):
        asks_for(chapter, given, 100, None, usually)
    for given in ("bytes=0-", "bytes=-5", "bytes=0-0", "bytes=5-9", "bytes=-0", "lines=1-2", "x"):
        asks_for(chapter, given, 0, None)


@promise(
    task=4,
    usually=beliefs.ODD_RANGES_ARE_IGNORED,
    hints=(
        "bytes=10- of ten octets, and bytes=-0: where does each part begin, and where does it end?",
        "It does not begin before it ends. The field is valid all the same: raise a 416.",
        "if start >= stop: raise HttpError(416, 'the reason', 'RFC 9110 §15.5.17'). It takes three "
        "arguments.",
    ),
)
def test_nowhere_in_the_file_is_416(chapter: Attempt) -> None:
    """A valid range of which the file has no octet raises an HttpError with the status 416."""
    for given in (
        "bytes=10-",
        "bytes=10-10",
        "bytes=50-60",
        "bytes=99999999999999999999-",
        "bytes=-0",
        "bytes=-00",
    ):
        asks_for(chapter, given, 10, Raised("HttpError, status 416"), None)


@promise(
    task=4,
    usually=beliefs.FIRST_RANGE_COUNTS,
    hints=(
        "A client asks for two parts, and you send one. What does it do about the other one?",
        "A server may ignore a Range. Ignore a field with several: the client gets the whole file.",
        "RANGE.fullmatch(field) matches only one range. Apply it to the whole field.",
    ),
)
def test_several_ranges(chapter: Attempt) -> None:
    """A field with several ranges is ignored: None."""
    for given in (
        "bytes=0-1,4-5",
        "bytes=0-1, 1-2",
        "bytes=0-,-1",
        "bytes=0-1,50-",
        "bytes=50-,0-1",
        "bytes=10-,20-30",
        "bytes=0-1,x",
        "bytes=0-1, bytes=4-5",
        "bytes=" + ",".join(["0-"] * 2600),
    ):
        asks_for(chapter, given, 10, None, beliefs.FIRST_RANGE_COUNTS)
    asks_for(chapter, "bytes=0-3,", 10, None, None)


@promise(
    task=5,
    usually=beliefs.FILES_STAY_THE_SAME,
    hints=(
        "What did read() return, and how many octets of the part were left then?",
        "Count how many octets are left, and never read more than that.",
        "file.seek(part.start); left = len(part); in the loop, file.read(min(CHUNK, left))",
    ),
    hints_if={
        "seek": (
            "An open file has a position. Where was it when you began to read?",
            "It is where the last read() ended. Go to the part's first octet before you read.",
            "file.seek(part.start)",
        ),
        "stop": (
            "The part ends before the file does. Where does your code ask for part.stop, or len(part)?",
            "Count how many octets of the part are left, and never read more than that.",
            "left = len(part); in the loop, file.read(min(CHUNK, left)), and left -= len(piece)",
        ),
    },
)
def test_yields_the_part(chapter: Attempt) -> None:
    """read_part() yields the octets of the part, and none after it. The file stays open."""
    for content in (TEXT, TEXT + b"and more, by now"):
        for part in (range(2, 6), range(10), range(1), range(9, 10), range(5, 10), range(3, 3)):
            with Noting(content) as file:
                file.seek(7)
                file.calls.clear()
                got = b"".join(chapter.read_part(file, part))
                expected = content[part.start : part.stop]
                calls = ", ".join(file.calls[:5]) or "nothing"
                what = (
                    f"The file has {content!r}, and is at octet 7. read_part(file, {part}) called "
                )
                what += f"{calls}, and yielded:"
                clue = "" if got.startswith(expected) else "seek"
                clue = "stop" if got != expected and not clue else clue
                same(what, expected=expected, got=got, usually=None, clue=clue)
                holds("It has closed the file.", not file.closed, usually=None)
    large = bytes(range(251)) * (5 * chapter.CHUNK // 251)
    for part in (range(7, 200_007), range(3 * chapter.CHUNK + 1)):
        with io.BytesIO(large) as file:
            got = b"".join(chapter.read_part(file, part))
        what = f"The file has {len(large)} octets. read_part(file, {part}) yielded so many octets:"
        same(what, expected=len(part), got=len(got), usually=None, clue="stop")
        holds(
            f"read_part(file, {part}) did not yield these octets of the file.",
            got == large[part.start : part.stop],
            usually=None,
        )
    with io.BytesIO(TEXT) as file:
        pieces = [*chapter.read_part(file, range(2, 6))]
        same("The pieces of four octets:", expected=[b"2345"], got=pieces, usually=None)
        same(
            "Their type:", expected=["bytes"], got=[type(p).__name__ for p in pieces], usually=None
        )


@promise(
    task=5,
    usually=beliefs.FILES_FIT_INTO_MEMORY,
    hints=(
        "How much memory does a film need if a thousand people watch it?",
        "Read at most CHUNK octets and yield them. In a generator, the next line runs when the "
        "next piece "
        "is asked for.",
        "while left and (piece := file.read(min(CHUNK, left))): left -= len(piece); yield piece",
    ),
    hints_if={
        "beyond": (
            "How many octets of the part were left when you asked read() for the last piece?",
            "Count how many octets of the part are left, and ask for no more than that.",
            "file.read(min(CHUNK, left))",
        ),
    },
)
def test_reads_piece_by_piece(chapter: Attempt) -> None:
    """Each piece has at most CHUNK octets. It reads one when asked, and nothing after the part."""
    chunk = chapter.CHUNK
    content = bytes(range(256)) * (chunk * 3 // 256) + b"the end"
    file = Noting(content)
    pieces = chapter.read_part(file, range(1, len(content)))
    same("Octets read before a piece was asked for:", expected=0, got=file.octets)
    first = next(pieces)
    usually = beliefs.FILES_FIT_INTO_MEMORY if len(first) > chunk else None
    same("Octets in the first piece:", expected=chunk, got=len(first), usually=usually)
    usually = beliefs.FILES_FIT_INTO_MEMORY if file.octets > 3 * chunk else None
    same("Octets read for the first piece:", expected=chunk, got=file.octets, usually=usually)
    rest = [*pieces]
    lengths = [len(piece) for piece in rest]
    same("Octets in the other pieces:", expected=[chunk, chunk, 6], got=lengths, usually=None)
    holds("These are not the octets of the file.", first + b"".join(rest) == content[1:])
    with io.BytesIO(content) as whole:
        lengths = [len(piece) for piece in chapter.read_part(whole, range(2 * chunk))]
    same(
        "Octets in the pieces of two times CHUNK:", expected=[chunk] * 2, got=lengths, usually=None
    )
    file = Noting(content)
    pieces = chapter.read_part(file, range(2 * chunk))
    next(pieces)
    getattr(pieces, "close", list)()
    what = "One piece was asked for, and then no more. It has closed the file."
    holds(what, not file.closed, usually=None)
    part = range(100, 2 * chunk + 110)
    file = Noting(content)
    lengths = [len(piece) for piece in chapter.read_part(file, part)]
    what = f"CHUNK is {chunk}. Octets in the pieces of {part}:"
    same(what, expected=[chunk, chunk, 10], got=lengths, usually=None, clue="beyond")
    what = f"Octets that read_part(file, {part}) has read:"
    same(what, expected=len(part), got=file.octets, usually=None, clue="beyond")
    file = Noting(content)
    came = b"".join(chapter.read_part(file, range(9)))
    what = f"The file has {len(content)} octets. read_part(file, range(9)) yielded so many of them:"
    same(what, expected=9, got=len(came), usually=None)
    what = "Octets that read_part(file, range(9)) has read:"
    same(what, expected=9, got=file.octets, usually=None, clue="beyond")


@promise(
    task=5,
    usually=beliefs.FILES_STAY_THE_SAME,
    signs={
        EOFError: beliefs.FILES_STAY_THE_SAME,
        OSError: beliefs.FILES_STAY_THE_SAME,
        ValueError: beliefs.FILES_STAY_THE_SAME,
        "spin": beliefs.FILES_STAY_THE_SAME,
    },
    hints=(
        "Another program has shortened the file. What does read() return at its end?",
        "End the loop, without an error: exactly(), in the chapter response, counts what has come.",
        "while left and (piece := file.read(…)): … ends when nothing is left, or nothing comes.",
    ),
    hints_if={
        "short": (
            "You asked read() for more octets than it returned. Is that the end of the file?",
            "Not yet. Subtract what has come, and read again. Only b'' is the end.",
            "left -= len(piece), and then the next turn of the loop reads the rest.",
        ),
        "empty": (
            "How many pieces does a part without octets have?",
            "None. A piece without octets means: nothing is left. Do not yield it.",
            "Ask for a piece only while left is not 0: while left and (piece := …)",
        ),
    },
)
def test_ends_when_the_file_does(chapter: Attempt) -> None:
    """If the file has become too short, it yields what there is. A short read is not an end."""
    for part, expected in ((range(20), TEXT), (range(8, 12), b"89"), (range(10, 12), b"")):
        with io.BytesIO(TEXT) as file:
            got = b"".join(chapter.read_part(file, part))
            holds("The part was too short. It has closed the file.", not file.closed, usually=None)
        what = f"The file has only {len(TEXT)} octets now. read_part(file, {part}):"
        same(what, expected=expected, got=got)
    file = Noting(TEXT, most=3)
    got = b"".join(chapter.read_part(file, range(1, 9)))
    what = "Each read() returned at most 3 octets. read_part(file, range(1, 9)):"
    same(what, expected=TEXT[1:9], got=got, usually=None, clue="short")
    with io.BytesIO(TEXT) as file:
        pieces = [*chapter.read_part(file, range(4, 4))]
    what = "The pieces of read_part(file, range(4, 4)), a part of no octets:"
    same(what, expected=[], got=pieces, usually=None, clue="empty")


@promise(
    task=6,
    usually=beliefs.ALL_FIELDS_EVERYWHERE,
    signs={"leak": beliefs.FILES_CLOSE_THEMSELVES},
    hints=(
        "There is no condition and no Range. What does the client get?",
        "All of the file: status 200, found.fields, and the part range(found.size).",
        "Response(FilePart(found.file, range(found.size)), 200, found.fields, found.size)",
    ),
    hints_if={
        "length": (
            "How does the client know where the content ends?",
            "A Response has a length: the number of octets that its content will have.",
            "Response(content, status, fields, len(part)): the length is the fourth argument.",
        ),
    },
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
        "evaluate() returns 304 or 412. What does the client still need? Who closes the file?",
        "A 304 has no content, and the fields found.for_cache. A 412 has a text. Neither needs "
        "the file.",
        "return without_file(found, status). It is given, and closes the file.",
    ),
    hints_if={
        beliefs.FILES_CLOSE_THEMSELVES: (
            "Nobody reads this file any more. Who closes it?",
            "The response has no FilePart, so nothing closes the file unless you do.",
            "without_file(found, status) returns such a response, and closes the file.",
        ),
    },
)
def test_conditions_decide(chapter: Attempt) -> None:
    """evaluate() decides: a 304 has the fields for a cache, a 412 has a text. The file is closed."""
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
            same(f"{sent}. The status:", expected=status, got=response.status, usually=None)
            if status == 304:
                got = lowered(response.fields)
                same("The fields of a 304:", sent=sent, expected=lowered(found.for_cache), got=got)
                same("Its content:", sent=sent, expected=b"", got=response.content)
                what = "The length of a response without content:"
                same(what, sent=sent, expected=None, got=response.length, usually=None)
            else:
                is_text = isinstance(response.content, bytes) and bool(response.content)
                what = "A 412 has a text of its own as content:"
                holds(what, is_text, got=response.content, usually=None)
            is_closed(found, sent)


@promise(
    task=6,
    usually=beliefs.RANGES_ARE_SLICES,
    hints=(
        "range(2, 6) of ten octets: how does Content-Range write it?",
        "bytes 2-5/10: the last octet, not the one after it. Content and length are those of the part.",
        "fields = [*found.fields, ('Content-Range', f'bytes {part.start}-{part.stop - "
        "1}/{found.size}')]",
    ),
    hints_if={
        "no field": (
            "Which field does a 206 have that a 200 does not have? Is it in the list that you return?",
            "Make a list of your own. `found.fields` is a property: it makes a new list each time, so "
            "what you append() to it is lost.",
            "fields = [*found.fields, ('Content-Range', f'bytes {part.start}-{part.stop - "
            "1}/{found.size}')]",
        ),
        "length": (
            "How does the client know where the content ends?",
            "A Response has a length: the number of octets that its content will have.",
            "Response(content, status, fields, len(part)): the length is the fourth argument.",
        ),
    },
)
def test_a_part(chapter: Attempt) -> None:
    """Range with a part is 206: the part, its length, the fields of a 200, and Content-Range."""
    for given, part, content_range in (
        ("bytes=2-5", range(2, 6), "bytes 2-5/10"),
        ("bytes=0-0", range(1), "bytes 0-0/10"),
        ("bytes=-3", range(7, 10), "bytes 7-9/10"),
        ("bytes=0-", range(10), "bytes 0-9/10"),
    ):
        with file_of(chapter, TEXT, varies=True, coding="gzip") as found:
            response = answers(chapter, found, "GET", ("Range", given))
            sent = f"GET with Range: {given}"
            same(f"{sent}. The status:", expected=206, got=response.status, usually=None)
            got = field(response, "Content-Range")
            is_stop = got == f"bytes {part.start}-{part.stop}/10"
            usually: Reason = beliefs.STOP_IS_LAST if is_stop else None
            clue = "no field" if got is None else ""
            what = f"{sent}. The Content-Range:"
            same(what, expected=content_range, got=got, usually=usually, clue=clue)
            others = lowered(response.fields)
            others.remove(("content-range", content_range))
            what = "Its other fields:"
            same(what, sent=sent, expected=lowered(found.fields), got=others, usually=None)
            content_is(response, TEXT[part.start : part.stop], sent)
    large = bytes(range(256)) * 1000
    with file_of(chapter, large) as found:
        response = answers(chapter, found, "GET", ("Range", "bytes=1000-"))
        content_is(response, large[1000:], "GET with Range: bytes=1000-")
    for given in ("lines=1-2", "bytes=0-1,4-5", "bytes=x", "bytes=+1-2"):
        with file_of(chapter, TEXT) as found:
            response = answers(chapter, found, "GET", ("Range", given))
            is_whole(response, found, TEXT, f"GET with Range: {given}")
    for given in ("bytes=0-", "bytes=5-9", "bytes=-1"):
        with file_of(chapter, b"") as found:
            response = answers(chapter, found, "GET", ("Range", given))
            is_whole(response, found, b"", f"The file is empty. GET with Range: {given}")


@promise(
    task=6,
    usually=beliefs.ALL_FIELDS_EVERYWHERE,
    hints=(
        "parse_range() raises an HttpError. To the server, an error in a handler is a bug.",
        "Catch the error, and return a 416. Its Content-Range says how long the file is.",
        "except HttpError: return without_file(found, 416)",
    ),
)
def test_a_part_that_is_not_there(chapter: Attempt) -> None:
    """A range that is nowhere is 416, with Content-Range: bytes */10. The file is closed."""
    for given, content in (("bytes=10-", TEXT), ("bytes=-0", TEXT), ("bytes=3-", b"abc")):
        with file_of(chapter, content) as found:
            sent = f"GET with Range: {given}"
            response = answers(chapter, found, "GET", ("Range", given))
            same(f"{sent}. The status:", expected=416, got=response.status, usually=None)
            got = field(response, "Content-Range")
            expected = f"bytes */{len(content)}"
            usually = beliefs.ALL_FIELDS_EVERYWHERE
            same("Its Content-Range:", sent=sent, expected=expected, got=got, usually=usually)
            is_text = isinstance(response.content, bytes) and bool(response.content)
            what = "A 416 has a text of its own as content:"
            holds(what, is_text, sent=sent, got=response.content, usually=None)
            is_closed(found, sent)


@promise(
    task=6,
    usually=beliefs.ANY_REST_FITS,
    hints=(
        "A client has the first half of a file and wants the rest. Meanwhile, the file has changed.",
        "The client needs all of the new file: ignore Range. range_field() knows If-Range.",
        "parse_range(range_field(request, found), found.size)",
    ),
)
def test_the_rest_of_another_version(chapter: Attempt) -> None:
    """If If-Range names another version, Range is ignored; if it names this one, Range counts."""
    for given in ('"b"', f"W/{TAG}", EARLIER, LATER, "x", "*", f'{TAG}, "b"'):
        for asked in ("bytes=2-5", "bytes=50-"):
            with file_of(chapter, TEXT) as found:
                fields = (("Range", asked), ("If-Range", given))
                response = answers(chapter, found, "GET", *fields)
                usually = None if response.status == 412 else beliefs.ANY_REST_FITS
                is_whole(response, found, TEXT, line_of("GET", fields), usually)
    for given in (TAG, DATE):
        for ignored in ((("Range", "lines=1-2"),), ()):
            with file_of(chapter, TEXT) as found:
                asked_for = (*ignored, ("If-Range", given))
                response = answers(chapter, found, "GET", *asked_for)
                is_whole(response, found, TEXT, line_of("GET", asked_for))
        for asked, status in (("bytes=50-", 416), ("bytes=2-5", 206)):
            with file_of(chapter, TEXT) as found:
                fields = (("Range", asked), ("If-Range", given))
                response = answers(chapter, found, "GET", *fields)
                what = f"{line_of('GET', fields)}. The status:"
                same(what, expected=status, got=response.status, usually=None)
                if status == 206:
                    expected = lowered([*found.fields, ("Content-Range", "bytes 2-5/10")])
                    what = f"{line_of('GET', fields)}. The fields:"
                    same(what, expected=expected, got=lowered(response.fields), usually=None)
                    content_is(response, b"2345", line_of("GET", fields))


@promise(
    task=6,
    usually=beliefs.HEAD_HAS_PARTS,
    hints=(
        "HEAD asks for the head that GET would get. What does Range mean for HEAD?",
        "Nothing: ignore it. Status, fields and length are those of a GET without Range. Close "
        "the file.",
        "Before you look at Range: if request.method == 'HEAD': return without_file(found, 200)",
    ),
)
def test_head_is_about_the_whole_file(chapter: Attempt) -> None:
    """HEAD has the status, fields and length of GET without Range. The file is closed."""
    for fields in (
        (),
        (("Range", "bytes=2-5"),),
        (("Range", "bytes=50-"),),
        (("Range", "bytes=2-5"), ("If-Range", TAG)),
        (("If-None-Match", '"b"'),),
        (("If-Match", TAG),),
    ):
        with file_of(chapter, TEXT) as found:
            sent = line_of("HEAD", fields)
            response = answers(chapter, found, "HEAD", *fields)
            usually: Any = beliefs.HEAD_HAS_PARTS if response.status in (206, 416) else None
            same(f"{sent}. The status:", expected=200, got=response.status, usually=usually)
            got, expected = lowered(response.fields), lowered(found.fields)
            is_part = any(name == "content-range" for name, _ in got)
            usually = beliefs.HEAD_HAS_PARTS if is_part else beliefs.ALL_FIELDS_EVERYWHERE
            same("Its fields:", sent=sent, expected=expected, got=got, usually=usually)
            usually = None
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
        "A request has a condition and a Range. Which comes first?",
        "The condition. Look at Range only if evaluate() returns 200.",
        "status = evaluate(…); if status != 200: return without_file(found, status)",
    ),
)
def test_conditions_come_before_ranges(chapter: Attempt) -> None:
    """Range counts only if evaluate() returns 200."""
    for condition, asked, status in (
        (("If-None-Match", TAG), "bytes=2-5", 304),
        (("If-None-Match", TAG), "bytes=50-", 304),
        (("If-Modified-Since", DATE), "bytes=2-5", 304),
        (("If-Match", '"b"'), "bytes=2-5", 412),
        (("If-Match", '"b"'), "bytes=50-", 412),
        (("If-Match", TAG), "bytes=2-5", 206),
        (("If-Match", TAG), "bytes=50-", 416),
        (("If-Unmodified-Since", EARLIER), "bytes=2-5", 412),
        (("If-Modified-Since", EARLIER), "bytes=2-5", 206),
        (("If-None-Match", '"b"'), "bytes=2-5", 206),
    ):
        with file_of(chapter, TEXT) as found:
            response = answers(chapter, found, "GET", condition, ("Range", asked))
            sent = f"GET with {condition[0]}: {condition[1]} and Range: {asked}"
            same(f"{sent}. The status:", expected=status, got=response.status)
            if status in (304, 412):
                got = field(response, "Content-Range")
                what = f"The Content-Range of a {status}:"
                same(what, sent=sent, expected=None, got=got, usually=None)
            close_content(response)


class Noting(io.BytesIO):
    """A file that notes how much each read() has returned; at most `most` octets."""

    def __init__(self, content: bytes, most: int = 1 << 30) -> None:
        super().__init__(content)
        self.most = most
        self.reads: list[int] = []
        self.calls: list[str] = []

    @property
    def octets(self) -> int:
        """How many octets have been read."""
        return sum(self.reads)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move, and note it."""
        self.calls.append(f"seek({offset})" if whence == 0 else f"seek({offset}, {whence})")
        return super().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read, and note it."""
        self.calls.append(f"read({size})")
        limit = self.most if size is None or size < 0 else min(size, self.most)
        piece = super().read(limit)
        self.reads.append(len(piece))
        return piece

    def readinto(self, buffer: Any, /) -> int:
        """Read into a buffer, and note it."""
        self.calls.append("readinto()")
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
    chapter: Attempt, root: Path, name: str, where: str | None, usually: Reason = NOT_GIVEN
) -> None:
    """Require what locate() returns for a name: a place in `root`, or None."""
    expected = None if where is None else (root / where).resolve()
    got: object
    try:
        got = chapter.locate(root, name)
    except NotImplementedError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        got = Raised(f"{type(error).__name__}: {error}")
    text = name if len(name) < 60 else f"{name[:20]}… ({len(name)} characters)"
    what = f"The folder is {root}. locate(root, {text!r}) returned:"
    if isinstance(got, Raised):
        is_unforeseen = expected is None and not got.startswith("HttpError")
        usually = beliefs.ONLY_NOT_FOUND if is_unforeseen else None
    elif expected is None:
        usually = usually or NOT_GIVEN
    elif got is not None:
        usually = None
    clue = ""
    if isinstance(got, Path) and got != expected:
        if expected is not None and os.path.realpath(got) == str(expected):
            clue = "unresolved"
        elif expected is None and not os.path.exists(got):
            usually, clue = None, "missing"
    same(what, expected=expected, got=got, usually=usually, clue=clue)


def takes_lists(chapter: Attempt) -> bool:
    """Tell whether tag_matches() finds every tag of a list, at least with one kind of comma."""
    return any(
        chapter.tag_matches(f'"a"{comma}"b"', '"a"', strong=True)
        and chapter.tag_matches(f'"b"{comma}"a"', '"a"', strong=True)
        for comma in (",", ", ")
    )


def matches(
    chapter: Attempt,
    given: str,
    tag: str,
    *,
    strong: bool,
    weak: bool,
    usually: Reason = NOT_GIVEN,
    clue: str = "",
) -> None:
    """Require what tag_matches() returns, strongly and weakly."""
    for kind, expected in ((True, strong), (False, weak)):
        got = chapter.tag_matches(given, tag, strong=kind)
        what = f"tag_matches({given!r}, {tag!r}, strong={kind}) returned:"
        why = NOT_GIVEN if got is None else usually
        same(what, expected=expected, got=got, usually=why, clue=clue)


def decides(
    chapter: Attempt,
    status: int,
    usually: Misconception | None,
    *fields: tuple[str, str],
    tag: str = TAG,
    modified: int = MODIFIED,
    clue: str = "",
) -> None:
    """Require what evaluate() returns for a GET with these fields."""
    headers = request_of(chapter, *fields).headers
    got: object
    try:
        got = chapter.evaluate(headers, tag, modified)
    except (TypeError, chapter.HttpError) as error:
        got = Raised(f"{type(error).__name__}: {error}")
    date = f"modified {DATE}" if modified == MODIFIED else f"modified={modified}"
    what = f"The file: tag {tag}, {date}. evaluate() for {line_of('GET', fields)} returned:"
    if got is None:
        same(what, expected=status, got=got)
    if isinstance(got, Raised) and usually is not beliefs.BAD_DATES_COUNT:
        usually = None
    same(what, expected=status, got=got, usually=usually, clue=clue)


def asks_for(
    chapter: Attempt, given: str, size: int, expected: object, usually: Reason = NOT_GIVEN
) -> None:
    """Require what parse_range() returns or raises for a field and a size."""

    def ask() -> object:
        try:
            return chapter.parse_range(given, size)
        except chapter.HttpError as error:
            return Raised(f"HttpError, status {error.status}")

    text = given if len(given) < 60 else f"{given[:30]}… ({len(given)} characters)"
    what = f"parse_range({text!r}, size={size}) returned:"
    try:
        got = ask()
    except ValueError as error:  # any other error shows where it was raised
        got = Raised(f"{type(error).__name__}: {error}")
    is_other = got is not None and not isinstance(got, range | Raised)
    if expected is None and isinstance(got, Raised):
        unserved = beliefs.ODD_RANGES_ARE_416 if size else beliefs.EMPTY_FILES_GET_416
        usually = unserved if got.startswith("HttpError") else usually
    elif is_other or (expected is None and usually is beliefs.ODD_RANGES_ARE_416):
        usually = None
    elif isinstance(expected, Raised):
        usually = beliefs.ODD_RANGES_ARE_IGNORED if got is None else None
    elif (
        usually is beliefs.SUFFIX_IS_A_START and not (isinstance(got, range) and got.start < 1)
    ) or (usually is beliefs.SUFFIX_FITS and not (isinstance(got, range) and got.start < 0)):
        usually = None
    if usually is NOT_GIVEN and isinstance(expected, range) and got is not None:
        is_short = got == range(expected.start, expected.stop - 1)
        usually = beliefs.RANGES_ARE_SLICES if is_short else None
    same(what, expected=expected, got=got, usually=usually)


@contextmanager
def file_of(chapter: Attempt, content: bytes, **more: Any) -> Iterator[Any]:
    """Give a Representation of a file with this content, and close it."""
    with io.BytesIO(content) as file:
        yield chapter.Representation(file, len(content), MODIFIED, TAG, "text/plain", **more)


def answers(chapter: Attempt, found: Any, method: str, *fields: tuple[str, str]) -> Any:
    """Return what file_response() returns: it has to be a Response."""
    asked = request_of(chapter, *fields, method=method)
    sent = line_of(method, fields)
    try:
        response = chapter.file_response(asked, found)
    except chapter.HttpError as error:
        came, expected = Literally(f"HttpError({error.status}), raised"), Literally("a Response")
        what = "file_response() has to return a Response."
        same(what, sent=sent, expected=expected, got=came, usually=None)
    is_response(chapter, response, sent)
    return response


def is_response(chapter: Attempt, response: Any, sent: str) -> None:
    """Require a Response."""
    right = isinstance(response, chapter.Response)
    details: dict[str, Any] = {} if response is None else {"usually": None}
    holds("This has to be a Response:", right, sent=sent, got=response, **details)


def line_of(method: str, fields: Iterable[tuple[str, str]]) -> str:
    """Return a request as a report names it."""
    lines = [f"{name}: {value}" if value else f"an empty {name}" for name, value in fields]
    return method + (f" with {' and '.join(lines)}" if lines else "")


def is_whole(
    response: Any, found: Any, content: bytes, sent: str = "GET", usually: Reason = None
) -> None:
    """Require a 200 with all of the file."""
    same(f"{sent}. The status:", expected=200, got=response.status, usually=usually)
    got = lowered(response.fields)
    usually = beliefs.ALL_FIELDS_EVERYWHERE
    same(f"{sent}. The fields:", expected=lowered(found.fields), got=got, usually=usually)
    content_is(response, content, sent)


def content_is(response: Any, content: bytes, sent: str) -> None:
    """Require this content, with its length, and that the response closes the file."""
    usually: Any = None
    what = f"{sent}. The length of the response:"
    same(what, expected=len(content), got=response.length, usually=usually, clue="length")
    is_file = hasattr(response.content, "send_to") and hasattr(response.content, "close")
    what = "The content has to be a FilePart:"
    got = type(response.content).__name__
    usually = beliefs.FILES_FIT_INTO_MEMORY if isinstance(response.content, bytes) else None
    holds(what, is_file, sent=sent, got=Literally(got), usually=usually)
    usually = None
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
}
