"""Chapter 15. How do I serve a folder safely and cheaply?

A name in a URL becomes a file, if it leads to one inside the folder. A client that has the file already
asks whether it has changed (a *conditional request*), and one that has lost a part asks for this part
(a *range request*). RFC 9110 says in §13 and §14 what a server answers.

What calls what:

    Files.respond ─┬─► locate
                   ├─► open_best (given: a file, or its compressed variant, as a Representation)
                   └─► file_response ─┬─► evaluate ─► tag_matches
                                      ├─► parse_range
                                      └─► FilePart (given) ─► read_part

Run it by hand:  python3 -m chapters.ch15_static_files --port 8000 [--loop]
"""

from __future__ import annotations

import errno
import gzip
import io
import logging
import os
import re
import socket
import stat
import sys
import tempfile
import time
import wave
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from math import sin, tau
from pathlib import Path
from string import Template
from typing import Any, BinaryIO, Literal

from course.by_hand import by_hand

from .ch09_request import HttpError, Request
from .ch11_response import Handler, Response, http_date
from .ch12_connection import IDLE_TIMEOUT, serve_site
from .ch13_routing import Router, access, path_of, plain, split_target
from .grammar import TOKEN, list_members

CHUNK = 65536  # octets that one read() may return
INDEX = "index.html"  # what a folder shows


def locate(root: Path, name: str) -> Path | None:
    r"""Return the path of the file or folder with this name, if it is in the folder `root`; else None.

    A name is a path below `root`, decoded: `docs/a b.txt`, or "" for `root` itself. `root` is absolute,
    and has no links in it. The result has none either: it is what the name resolves to.

    What counts is where the name leads, with `..` and links followed:

        inside `root`, or `root` itself                      -> its path
        anywhere else, also in a folder `root-2` beside it   -> None
        a link that leads out of `root`                      -> None; if it leads inside, the path there
        nothing is there, or it cannot be looked at          -> None
        a NUL, a name that is too long, a loop of links      -> None
        a segment that is_reserved()                         -> None; nobody looks for the file

    `Path.resolve(strict=True)` follows everything, and raises an error if nothing is there: OSError for
    most reasons, ValueError for a NUL, and before Python 3.13 RuntimeError for a loop of links.
    """
    # TASK 1. Resolve the name first. Then look where it has led.
    raise NotImplementedError("ch15 task 1: locate")


RESERVED = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:[.:].*)?|.*[\\:<>\"|?*\x00-\x1f].*"
    r"|.*[. ]",
    re.IGNORECASE | re.DOTALL,
)


def is_reserved(segment: str) -> bool:
    r"""Tell whether Windows gives a segment another meaning than "the file of this name". It is given.

    There, `NUL` and `com1.txt` are devices, `a:b` is a hidden stream of `a`, `a.` is `a`, and a name
    with `\` is several segments, or another computer. On other systems these are names like any other.
    """
    if os.name != "nt" or segment in ("", ".", ".."):
        return False
    return RESERVED.fullmatch(segment) is not None


# RFC 9110 §8.8.3:  entity-tag = [ weak ] opaque-tag ; weak = %s"W/"
#                   opaque-tag = DQUOTE *etagc DQUOTE ; etagc = %x21 / %x23-7E / obs-text
MEMBER = re.compile(r'[ \t]*(?:((?:W/)?"[\x21\x23-\x7E\x80-\xFF]*")[ \t]*)?(?:,|\Z)')


def tags_in(field: str) -> list[str]:
    """Return the tags of a list: `"a", W/"b,c"` has two. A list with anything else has none.

    A tag may contain commas, so that list_members() cannot take this list apart. This is given.
    """
    tags, at = [], 0
    while at < len(field):
        match = MEMBER.match(field, at)
        if match is None:
            return []
        if match[1]:
            tags.append(match[1])
        at = match.end()
    return tags


def tag_matches(field: str, tag: str, *, strong: bool) -> bool:
    """Tell whether one of the tags in a field is the tag of the file (RFC 9110 §8.8.3.2).

        field            tag       strong=True    strong=False
        "a"              "a"       True           True
        W/"a"            "a"       False          True
        "a"              W/"a"     False          True
        W/"a"            W/"a"     False          True
        "b", "a"         "a"       True           True
        "b"              "a"       False          False
        *                any       True           True
        "*"              "a"       False          False
        a                "a"       False          False

    The quotes are part of a tag, and so is `W/`, which makes it weak. A weak tag says: the meaning is
    the same, the octets may differ. tags_in() takes a list apart. `*` alone stands for any file.
    """
    # TASK 2. Which tags equal each other, if W/ counts? Which, if it does not?
    raise NotImplementedError("ch15 task 2: tag_matches")


DAYS = ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY, LONG_DAY = "|".join(day[:3] for day in DAYS), "|".join(f"{day}day" for day in DAYS)
MONTH, TIME = f"(?P<month>{'|'.join(MONTHS)})", r"(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})"
# RFC 9110 §5.6.7. Only the first is sent today. A recipient has to know all three.
DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:{DAY}), (?P<day>[0-9]{{2}}) {MONTH} (?P<year>[0-9]{{4}}) {TIME} GMT",
        rf"(?:{LONG_DAY}), (?P<day>[0-9]{{2}})-{MONTH}-(?P<year>[0-9]{{2}}) {TIME} GMT",
        rf"(?:{DAY}) {MONTH} (?P<day>[0-9]{{2}}| [0-9]) {TIME} (?P<year>[0-9]{{4}})",
    )
)


def parse_date(field: str | None) -> int | None:
    """Return a date in seconds since 1970; None for anything that is not a valid date. It is given.

    "Sun, 06 Nov 1994 08:49:37 GMT"     → 784111777    the form that is sent (RFC 9110 §5.6.7)
    "Sunday, 06-Nov-94 08:49:37 GMT"    → 784111777    two digits of a year: at most 50 years ahead
    "Sun Nov  6 08:49:37 1994"          → 784111777
    "Sun, 06 Nov 1994 08:49:37 +0000"   → None
    "tomorrow", or None                 → None
    """
    match = None if field is None else next(filter(None, (d.fullmatch(field) for d in DATES)), None)
    if match is None:
        return None
    hour, minute, second = map(int, match["time"].split(":"))
    year, this_year = int(match["year"]), datetime.now(UTC).year
    if len(match["year"]) == 2:
        year += this_year - this_year % 100
        year -= 100 if year > this_year + 50 else 0
    leap = second == 60  # §5.6.7 allows a leap second
    try:
        day = datetime(
            year,
            MONTHS.index(match["month"]) + 1,
            int(match["day"]),
            hour,
            minute,
            second - leap,
            tzinfo=UTC,
        )
    except ValueError:  # such as 30 Feb
        return None
    return int(day.timestamp()) + leap


def evaluate(request: Request, tag: str, modified: int) -> Literal[200, 304, 412]:
    """Return the status that the conditions of a request lead to (RFC 9110 §13.2.2).

    `tag` and `modified` are the file's: its tag, and when it was last changed, in seconds since 1970.
    Take the steps in this order. The first one that ends in a status decides:

        1  If-Match is there              no tag matches, strongly           -> 412
        2  If-Match is not there, but
           If-Unmodified-Since is         the file was changed after it      -> 412
        3  If-None-Match is there         a tag matches, weakly              -> 304 for GET and HEAD,
                                                                                412 for other methods
        4  If-None-Match is not there,
           but If-Modified-Since is,
           and the method is GET or HEAD  the file was not changed after it  -> 304
        5  nothing of all this                                               -> 200

    parse_date() returns None for a date that is not valid, and for None: then it is as if the field
    were not there (§13.1.3, §13.1.4). A date in the future is a date like any other.
    """
    # TASK 3. A field with tags rules out the date of the same kind, whether a tag matches or not.
    raise NotImplementedError("ch15 task 3: evaluate")


# RFC 9110 §14.1.2:  int-range = first-pos "-" [ last-pos ] ; suffix-range = "-" suffix-length
# Ask it with fullmatch(): both positions are groups, and one may be "", but not both. int() alone would
# accept much more, such as "+1" and "1_0"; and not 5,000 digits.
RANGE = re.compile(r"(?!-\Z)([0-9]{0,1000})-([0-9]{0,1000})")


def parse_range(field: str, size: int) -> range | None:
    """Return the part of a file of `size` octets that a Range field asks for; None if it is ignored.

    A part is a range: its first octet, and the one after its last. With a size of 10:

        bytes=0-3              -> range(0, 4)     first and last octet, counted from 0
        bytes=5-               -> range(5, 10)    from an octet to the end
        bytes=-3               -> range(7, 10)    the last three
        bytes=5-99, bytes=-99  -> range(5, 10), range(0, 10): there are not more
        BYTES=0-3              -> range(0, 4)     a unit is case-insensitive (RFC 9110 §14.1)
        bytes=0-1,50-          -> range(0, 2)     one part exists, the other does not
        bytes=0-1,4-5          -> None: two parts. A server may ignore them (§14.2), and this one does
        lines=0-3              -> None: another unit (§14.2)
        bytes=5-3, bytes=-, bytes=+1-2, bytes=a-b, bytes=, bytes=0-1,x
                               -> None: not valid, as a whole (§14.1.1)

    If all is valid, but no part exists, it raises HttpError(416) (§15.5.17):

        bytes=10-, bytes=-0, bytes=10-,20-30

    In an empty file, every Range is ignored (§14.2). list_members() takes the list apart.
    """
    # TASK 4. Every member has to be valid. The parts that are not empty exist.
    raise NotImplementedError("ch15 task 4: parse_range")


def read_part(file: BinaryIO, part: range) -> Iterator[bytes]:
    """Yield a part of an open file, at most CHUNK octets at a time. The file stays open.

        a file with b"0123456789", range(2, 6)   yields b"2345", in one piece
        part of 200,000 octets                   yields pieces of CHUNK octets, and a shorter last one
        the file has grown                       yields the part, and not an octet more
        the file has become too short            yields what there is, and ends; exactly() notices
        range(3, 3)                              yields nothing

    An octet is not read before the piece that it is in is asked for.
    """
    # TASK 5. Content-Length says how many octets follow. The file does not know what was said.
    raise NotImplementedError("ch15 task 5: read_part")


class FilePart:
    """A part of an open file, as the content of a response. It is given.

    It can be iterated, like any content. The server on threads calls send_to() for what is left after
    the first piece: then the kernel copies it from the file to the connection (sendfile(2)), and no
    octet of it comes to Python. The server on a loop, and one that encrypts, take the pieces.
    """

    def __init__(self, file: BinaryIO, part: range) -> None:
        self.file = file
        self.part = part
        self.taken = 0  # octets that have been yielded

    def __iter__(self) -> Iterator[bytes]:
        for piece in read_part(self.file, self.part):
            self.taken += len(piece)
            yield piece

    def send_to(self, conn: socket.socket) -> None:
        """Send what has not been taken yet; nothing if nothing has been taken, as for HEAD.

        Raises ValueError if the file has become too short: Content-Length has been sent by then, and
        only the end of the connection can still say that it was not true.
        """
        left = len(self.part) - self.taken
        if left and self.taken:
            conn.settimeout(IDLE_TIMEOUT)
            missing = left - conn.sendfile(self.file, self.part.start + self.taken, left)
            if missing:
                raise ValueError(
                    f"{missing} of the {len(self.part)} octets are missing in the file"
                )

    def close(self) -> None:
        """Close the file."""
        self.file.close()


@dataclass(eq=False)
class Representation:
    """What a GET would answer now: an open file, and what its fields say. It is given.

    A page and its compressed variant are two representations of one resource (RFC 9110 §3.2, §8.8.3.3):
    each has a tag of its own. `varies` says that there are several.
    """

    file: BinaryIO
    size: int
    modified: int
    tag: str
    media_type: str
    coding: str = ""
    varies: bool = False
    cache_control: str = "no-cache"

    @property
    def for_cache(self) -> list[tuple[str, str]]:
        """The fields that a 304 needs as well (RFC 9110 §15.4.5)."""
        fields = [("ETag", self.tag), ("Cache-Control", self.cache_control)]
        return [*fields, ("Vary", "Accept-Encoding")] if self.varies else fields

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The fields of a 200."""
        fields = [
            *self.for_cache,
            ("Last-Modified", date_field(self.modified)),
            ("Accept-Ranges", "bytes"),
            ("Content-Type", self.media_type),
            ("X-Content-Type-Options", "nosniff"),  # a browser must not guess another type
        ]
        return [*fields, ("Content-Encoding", self.coding)] if self.coding else fields

    def close(self) -> None:
        """Close the file. A response whose content is a part of it does this itself."""
        self.file.close()


def if_range_holds(request: Request, found: Representation) -> bool:
    """Tell whether If-Range lets Range apply: it is not there, or names just this file. It is given.

    It is a tag, compared strongly, or a date, which has to be the same (RFC 9110 §13.1.5). The rest of
    another version would not fit what the client has.
    """
    field = request.headers.get("if-range")
    if field is None:
        return True
    if '"' in field[:3]:
        return len(tags_in(field)) == 1 and tag_matches(field, found.tag, strong=True)
    return parse_date(field) == found.modified


def without_file(found: Representation, status: int) -> Response:
    """Close the file, and return a response without it: to HEAD, or 304, 412, 416. It is given.

    200  for HEAD: the fields and the length of the file, and no content       (RFC 9110 §9.3.2)
    304  the fields that a cache needs, and no content                         (§15.4.5)
    412  a text                                                                (§15.5.13)
    416  a text, and Content-Range: `bytes */10` for a file of 10 octets       (§15.5.17)
    """
    found.close()
    if status == 200:
        return Response((), 200, found.fields, found.size)
    if status == 304:
        return Response(b"", 304, found.for_cache)
    if status == 416:
        size = ("Content-Range", f"bytes */{found.size}")
        return plain(416, "The file does not have this part.", size)
    return plain(412, "The file is not the one that you mean.")


def file_response(request: Request, found: Representation) -> Response:
    """Return the response to a GET or HEAD for a file.

    The first row that fits decides. In each, `part` is what is sent:

        evaluate() says 304 or 412          -> without_file()
        HEAD                                -> without_file(): it ignores Range (RFC 9110 §14.2)
        GET with Range, if_range_holds(),
            parse_range() raises HttpError  -> without_file(), 416
            it returns a part               -> 206: this part (§15.3.7)
        everything else                     -> 200: all of the file

    The content of 200 and 206 is FilePart(found.file, part), with its `length`. It closes the file. The
    fields are `found.fields`. A 206 has one more:

        Content-Range: bytes 2-5/10         for range(2, 6) of ten octets (§14.4)

    A client that sends If-Range has the other fields already: then a 206 has only `found.for_cache` and
    Content-Range (§15.3.7).
    """
    # TASK 6. Conditions first, then Range. What is left is the whole file.
    raise NotImplementedError("ch15 task 6: file_response")


class Files:
    """A folder of files, as an endpoint: `router.add("GET", "/static/{name:path}", Files(root))`.

    `mount()` adds it for the folder itself as well.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).resolve(strict=True)

    def __call__(self, asked: Any, name: str = "") -> Response:
        """Answer a request, or a Context of the chapter *framework*, for the file with this name."""
        if is_private(name):
            return plain(404, "There is no such file.")
        return self.respond(getattr(asked, "request", asked), name)

    def respond(self, request: Request, name: str) -> Response:
        """Return the response to a request for a name below `root`.

        The first row that fits decides:

            neither GET nor HEAD                     -> plain(405, any text), Allow: GET, HEAD
            locate() finds nothing                   -> plain(404, any text)
            a folder, and the name is not "" and
            does not end with a slash                -> plain(308, any text),
                                                        Location: with_slash(request.target)
            a file, and the name ends with a slash   -> 404
            open_best() returns a Representation     -> file_response()
            it returns None                          -> 404

        For a folder with its slash, open the file that locate() finds for the name with INDEX after it.
        Give open_best() the request's Accept-Encoding.

        A relative link on a page begins at the last slash of the page's path: without the redirect, all
        links on the page of a folder would lead elsewhere.
        """
        # TASK 7. Look at the end of the name: a Path has no slash at its end.
        raise NotImplementedError("ch15 task 7: Files.respond")


def is_hidden(segment: str) -> bool:
    """Tell whether nothing of this name is served: `.git`, but not `.well-known` (RFC 8615)."""
    return segment.startswith(".") and segment not in (".", "..", ".well-known")


def is_private(name: str) -> bool:
    """Tell whether a name is 404 before anybody looks where it leads.

        ".git", "docs/.env"        -> True: nobody learns whether there is one
        "../www/a.txt"             -> True: it leaves the folder on its way, and may come back
        "docs/../a.txt", "a..b"    -> False

    Otherwise a 200 for `../../home/ann/../../srv/www/a.txt` would tell that there is a user ann.
    """
    depth = 0
    for segment in name.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(segment, 1)
        if depth < 0 or is_hidden(segment):
            return True
    return False


def mount(router: Router, prefix: str, files: Files) -> None:
    """Add a folder's files to a router: all paths that begin with `prefix`, such as `/static/`."""
    router.add("GET", prefix, files)
    router.add("GET", prefix + "{name:path}", files)


def with_slash(target: str) -> str:
    """Return the path of a target with a slash at its end, and its query. Never another host."""
    segments, query = split_target(target)
    return path_of([*segments, ""]) + (f"?{query}" if query else "")


# What kind of file is this? The names decide. Windows asks its registry, which programs change: there,
# mimetypes.guess_type() has called JavaScript text/plain, and browsers did not run it.
MEDIA_TYPES = {
    **dict.fromkeys((".htm", ".html"), "text/html"),
    **dict.fromkeys((".jpeg", ".jpg"), "image/jpeg"),
    **dict.fromkeys((".js", ".mjs"), "text/javascript"),
    **dict.fromkeys((".log", ".toml", ".txt"), "text/plain"),
    **dict.fromkeys((".json", ".map"), "application/json"),
    **dict.fromkeys((".m4v", ".mp4"), "video/mp4"),
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".bz2": "application/x-bzip2",
    ".css": "text/css",
    ".csv": "text/csv",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".gz": "application/gzip",  # also .tar.gz: nobody wants it unpacked on the way (RFC 9110 §8.4)
    ".ico": "image/vnd.microsoft.icon",
    ".m4a": "audio/mp4",
    ".md": "text/markdown",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".ogv": "video/ogg",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tar": "application/x-tar",
    ".tif": "image/tiff",
    ".ttf": "font/ttf",
    ".vtt": "text/vtt",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
    ".xml": "application/xml",
    ".zip": "application/zip",
    ".zst": "application/zstd",
}
SMALLER_PACKED = re.compile(r"text/|image/svg|application/(?:json|manifest|wasm|xhtml|xml|x-tar)")
FINGERPRINT = re.compile(
    r"[.-][0-9a-f]{8,64}\.[a-z0-9]+"
)  # app.3f2a9c1b.js: its name says its version


def media_type(name: str) -> str:
    """Return the media type of a file with this name (RFC 9110 §8.3)."""
    kind = MEDIA_TYPES.get(os.path.splitext(name)[1].lower(), "application/octet-stream")
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def cache_control(name: str) -> str:
    """Return how long a cache may use the file without a question (RFC 9111 §5.2.2).

    `no-cache` means: store it, and ask before each use. Not to store it would be `no-store`.
    """
    return "max-age=31536000, immutable" if FINGERPRINT.search(name) else "no-cache"


def entity_tag(status: os.stat_result, coding: str = "") -> str:
    """Return a strong tag: another size, another time of change or another coding give another one."""
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}{coding and "-"}{coding}"'


@lru_cache(maxsize=1024)
def date_field(seconds: int) -> str:
    """Return http_date(seconds): that remembers only the last one."""
    return http_date(seconds)


# A variant is a file beside the file: page.html.gz. The first one of these is the best.
VARIANTS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
# RFC 9110 §12.4.2, §12.5.3: Accept-Encoding = #( codings [ weight ] )
ACCEPTED = re.compile(
    rf"([{re.escape(TOKEN)}]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{{0,3}})?|1(?:\.0{{0,3}})?))?"
)


def preferred(accepted: str | None, codings: Sequence[str]) -> str:
    """Return the coding that a client likes best, of those that there are, or "" for the file as it is.

    `accepted` is its Accept-Encoding. Without this field, or for `identity`, it is the file itself.
    With the same weight, a coding is better than none, and one that is earlier in `codings` better.
    """
    weights: dict[str, float] = {}
    for member in list_members(accepted or ""):
        if match := ACCEPTED.fullmatch(member):
            coding = match[1].lower().removeprefix("x-")  # x-gzip is gzip (§8.4.1.3)
            weights[coding] = float(match[2] or 1)
    others = weights.get("*", 0.0)
    best, most = "", weights.get("identity", others)
    for coding in reversed(codings):
        weight = weights.get(coding, others)
        if weight > 0 and weight >= most:
            best, most = coding, weight
    return best


# Why a file cannot be opened. Another reason, such as EMFILE, is the server's: that is a 500.
NOT_THERE = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM),
    *(errno.ELOOP, errno.ENXIO, errno.ENODEV),
}


STEP = sum(getattr(os, flag, 0) for flag in ("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_PATH"))
CAN_STEP = os.open in os.supports_dir_fd


def open_below(root: Path, path: Path, flags: int) -> int:
    """Open a file below `root` without following a link, and return its descriptor.

    locate() has followed all links. By now, there may be a new one in the place of a folder. So each
    step begins in the folder that has just been opened (openat(2)), on systems that have this.
    """
    if not CAN_STEP:
        return os.open(path, flags)
    folder = os.open(root, STEP)
    try:
        for name in path.relative_to(root).parts[:-1]:
            above, folder = folder, os.open(name, STEP, dir_fd=folder)
            os.close(above)
        return os.open(path.name, flags, dir_fd=folder)
    finally:
        os.close(folder)


def open_file(root: Path, path: Path) -> tuple[BinaryIO, os.stat_result] | None:
    """Open a file, and return it with its status; None if there is none that can be read.

    The status is that of the file that has been opened: the path may lead to another one by now. Only a
    file is opened: a named pipe would wait for its other end.
    """
    flags = os.O_RDONLY
    for flag in ("O_BINARY", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK"):
        flags |= getattr(os, flag, 0)
    try:
        descriptor = open_below(root, path, flags)
    except OSError as error:
        if error.errno in NOT_THERE:
            return None
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        return None
    return io.FileIO(descriptor), status


def variants(path: Path, status: os.stat_result) -> list[str]:
    """Return the codings for which there is a file beside a file, and it is not older."""
    codings = []
    for coding, suffix in VARIANTS.items():
        with suppress(OSError):
            packed = os.lstat(f"{path}{suffix}")
            if stat.S_ISREG(packed.st_mode) and packed.st_mtime_ns >= status.st_mtime_ns:
                codings.append(coding)
    return codings


def open_best(root: Path, path: Path, accepted: str | None) -> Representation | None:
    """Return the representation of a file that suits this Accept-Encoding best; None if there is none.

    `path` is what locate() has found below `root`. A link may have led to a hidden one.
    """
    if any(map(is_hidden, path.relative_to(root).parts)):
        return None
    opened, coding, codings = open_file(root, path), "", []
    kind = media_type(path.name)
    if opened and SMALLER_PACKED.match(kind):
        codings = variants(path, opened[1])
        coding = preferred(accepted, codings)
        if coding and (packed := open_file(root, Path(f"{path}{VARIANTS[coding]}"))):
            opened[0].close()
            opened = packed
        else:
            coding = ""
    if opened is None:
        return None
    file, status = opened
    return Representation(
        file,
        status.st_size,
        int(min(status.st_mtime, time.time()) // 1),  # never in the future (RFC 9110 §8.8.2.1)
        entity_tag(status, coding),
        kind,
        coding,
        bool(codings),
        cache_control(path.name),
    )


# A folder to begin with. Put files of your own into it.

HOME = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>From a folder to this page</title>
<link rel="stylesheet" href="style.css">
<h1>From a folder to this page</h1>
<p>Your own code served this page, its style and this melody. Press play, and then click somewhere in
the middle of the line.
<p><audio controls preload="metadata" src="melody.wav"></audio>
<p>The folder is <code>$folder</code>. Put files of your own into it.
<p><a href="docs">A folder without its slash</a> · <a href="notes.txt">notes.txt</a> ·
<a href="/%2e%2e/%2e%2e/etc/passwd">a way out?</a>
""")
STYLE = """body { max-width: 46rem; margin: 0 auto; padding: 3rem 1.5rem; line-height: 1.5;
  font-family: system-ui, sans-serif; color: #1f2937; background: #f8fafc; }
h1 { margin: 0 0 .5rem; font-size: 2.2rem; letter-spacing: -.02em; }
a { color: #0f766e; }
audio { width: 100%; }
"""
NOTES = (392, 440, 494, 523, 587, 659, 740, 784)  # Hz: from g to g
RATE = 44100  # samples a second


def tone(frequency: int) -> bytes:
    """Return a second of a tone, 16 bits a sample: 88,200 octets."""
    samples = array("h")
    for at in range(RATE):
        fading = 1 - at / RATE
        samples.append(int(9000 * fading * sin(tau * frequency * at / RATE)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def write_melody(path: Path, seconds: int) -> None:
    """Write a melody as a WAV file: as many seconds, 88,200 octets each."""
    tones = [tone(frequency) for frequency in NOTES]
    with wave.open(str(path), "wb") as melody:
        melody.setparams((1, 2, RATE, 0, "NONE", ""))
        for second in range(seconds):
            melody.writeframesraw(tones[second * 5 % len(tones)])


def write_folder(root: Path) -> None:
    """Write the files of the first page."""
    (root / "docs").mkdir()
    (root / INDEX).write_text(HOME.substitute(folder=escape(str(root))), encoding="utf-8")
    (root / "style.css").write_text(STYLE, encoding="utf-8")
    (root / "notes.txt").write_text("A text, and a longer one.\n" * 400, encoding="utf-8")
    (root / "notes.txt.gz").write_bytes(gzip.compress((root / "notes.txt").read_bytes()))
    (root / "docs" / INDEX).write_text('<p><a href="..">Back</a>\n', encoding="utf-8")
    write_melody(root / "melody.wav", 120)


def logged(handler: Handler) -> Handler:
    """Return a handler that does the same, and writes a line about each request to the access log."""

    def handle(request: Request) -> Response:
        response = handler(request)
        asked = request.headers.get("range") or "-"
        answered = dict(response.fields).get("Content-Range", "")
        line = f"{response.status} {answered}".rstrip()
        access.info('"%s %s" %s %s', request.method, request.target, asked, line)
        return response

    return handle


def serve(host: str, port: int, on_loop: bool) -> None:
    """Serve a new folder with a page and a melody, until Ctrl-C."""
    access.addHandler(logging.StreamHandler(sys.stdout))
    access.setLevel(logging.INFO)
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder))
        router = Router()
        mount(router, "/", Files(folder))
        serve_site(logged(router), host, port, on_loop)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A folder of files, for browsers.", loop=True))
