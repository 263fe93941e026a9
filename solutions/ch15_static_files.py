"""Chapter 15. How do I serve a folder safely and cheaply?

A name in a URL becomes a file if it leads to one inside the folder. A client that already has
the file asks whether it has changed (a *conditional request*). A client that needs only a part asks for
that part (a *range request*). RFC 9110 §13 and §14 say how a server responds.

What calls what:

    Files.respond ─┬─► locate
      (given)      ├─► open_best (given: opens the file)
                   └─► file_response ─┬─► evaluate ─► tag_matches
                                      ├─► range_field (given), parse_range
                                      └─► FilePart (given) ─► read_part

Run it by hand:  python3 -m solutions.ch15_static_files --port 8000 [--loop]
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

from .ch09_request import Headers, HttpError, Request
from .ch11_response import Handler, Response, http_date
from .ch12_connection import IDLE_TIMEOUT, serve_site
from .ch13_routing import Router, access, path_of, plain, split_target
from .grammar import TOKEN, list_members

CHUNK = 65536  # octets that one read() may return
INDEX = "index.html"  # what a folder shows
MAX_RANGES = 16  # in one field; a field with more is ignored


def locate(root: Path, name: str) -> Path | None:
    """Return the path that `name` leads to, if that is `root` or inside it; else None.

    `root` is absolute, and free of `..` and links. The result must also be absolute and free of them.

        docs/a.txt, docs/../a.txt, "" for `root`       -> the path
        ../secret, /etc/passwd, ../root-2/a.txt        -> None
        a link                                         -> the path that it leads to; None if outside
        nothing there, a NUL, too long, a loop         -> None

    `Path.resolve(strict=True)` raises OSError, ValueError (a NUL) or RuntimeError (a loop of links,
    before Python 3.13).
    """
    # TASK 1. Resolve the path first. Then compare it with root.
    try:
        path = (root / name).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    return path if path.is_relative_to(root) else None


RESERVED = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:[.:].*)?|.*[\\:<>\"|?*\x00-\x1f].*"
    r"|.*[. ]",
    re.IGNORECASE | re.DOTALL,
)


def is_reserved(segment: str) -> bool:
    r"""Tell whether Windows takes a segment for something other than a file. It is given.

    On Windows, `NUL` and `com1.txt` are devices, `a:b` is a hidden stream of `a`, `a.` is `a`, and `\`
    separates segments or leads to another computer. Elsewhere these are ordinary names. Files asks
    this before locate(): on Windows, merely looking up such a name can do harm.
    """
    if os.name != "nt" or segment in ("", ".", ".."):
        return False
    return RESERVED.fullmatch(segment) is not None


# RFC 9110 §8.8.3:  entity-tag = [ weak ] opaque-tag ; weak = %s"W/"
#                   opaque-tag = DQUOTE *etagc DQUOTE ; etagc = %x21 / %x23-7E / obs-text
MEMBER = re.compile(r'[ \t]*(?:((?:W/)?"[\x21\x23-\x7E\x80-\xFF]*")[ \t]*)?(?:,|\Z)')


def tags_in(field: str) -> list[str]:
    """Return the tags in a list: `"a", W/"b,c"` has two. [] if it is not valid. It is given.

    A tag may contain commas, so list_members() cannot take this list apart.
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
    """Tell whether a field matches the tag of the file (RFC 9110 §8.8.3.2).

        field           tag       strong=True    strong=False
        "a"             "a"       True           True
        W/"a"           "a"       False          True
        "a"             W/"a"     False          True
        W/"a"           W/"a"     False          True
        "b", "a,c"      "a,c"     True           True
        "b"             "a"       False          False
        *               "a"       True           True
        "*"             "a"       False          False

    tags_in() takes a list apart.
    """
    # TASK 2. In a strong comparison, a weak tag never matches. In a weak one, ignore each W/.
    if field == "*":
        return True
    tags = tags_in(field)
    if strong:
        return tag in tags and not tag.startswith("W/")
    return tag.removeprefix("W/") in [other.removeprefix("W/") for other in tags]


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


def evaluate(headers: Headers, tag: str, modified: int) -> Literal[200, 304, 412]:
    """Return the status that the conditions of a GET or HEAD lead to (RFC 9110 §13.2.2).

    `tag` and `modified`, in seconds since 1970, are the file's. The first row that fits decides:

        If-Match is there, and no tag matches, strongly                       -> 412
        If-Match is not, and the file has changed after If-Unmodified-Since   -> 412
        If-None-Match is there, and a tag matches, weakly                     -> 304
        If-None-Match is not, and the file has not changed after
            If-Modified-Since                                                 -> 304
        else                                                                  -> 200

    parse_date() returns None for an invalid date: ignore it. An empty field counts as present.
    """
    # TASK 3. There are two pairs of fields. If-Match and If-Unmodified-Since come first.
    if (tags := headers.get("if-match")) is not None:
        if not tag_matches(tags, tag, strong=True):
            return 412
    elif (date := parse_date(headers.get("if-unmodified-since"))) is not None and modified > date:
        return 412
    if (tags := headers.get("if-none-match")) is not None:
        return 304 if tag_matches(tags, tag, strong=False) else 200
    date = parse_date(headers.get("if-modified-since"))
    return 304 if date is not None and modified <= date else 200


# RFC 9110 §14.1, §14.1.2:  "bytes" "=" ( first-pos "-" [ last-pos ] / "-" suffix-length )
# Use it with fullmatch(). Its two groups are the positions; one of them may be "". int() alone would
# accept much more, such as "+1" and "1_0", and would refuse 5,000 digits.
RANGE = re.compile(r"bytes=(?!-\Z)([0-9]{0,1000})-([0-9]{0,1000})", re.IGNORECASE)


def parse_range(field: str, size: int) -> range | None:
    """Return the part of a file of `size` octets that a Range asks for. None: ignore the Range.

    With a size of 10:

        bytes=2-5                 -> range(2, 6)
        bytes=5-, bytes=5-99      -> range(5, 10)
        bytes=-3                  -> range(7, 10)
        bytes=-99                 -> range(0, 10)
        bytes=5-3                 -> None: not valid
        RANGE does not match      -> None: bytes=+1-2, lines=0-3, bytes=0-1,4-5, ""
        bytes=10-, bytes=-0       -> raises HttpError(416, "a reason", "RFC 9110 §15.5.17")

    If the file is empty, return None for every field (§14.2).
    """
    # TASK 4. Is the field valid? Does the file have any of these octets?
    match = RANGE.fullmatch(field)
    if match is None or size == 0:
        return None
    first, last = match.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= stop:
        raise HttpError(416, f"there are {size} octets", "RFC 9110 §15.5.17")
    return range(start, stop)


def read_part(file: BinaryIO, part: range) -> Iterator[bytes]:
    """Yield a part of an open file, in pieces of at most CHUNK octets.

        b"0123456789", range(2, 6)        -> b"2345", in one piece
        a part of 200,000 octets          -> pieces of CHUNK, then a shorter one
        range(3, 3)                       -> nothing
        the file has become too short     -> what there is

    `file.seek(2)` goes to octet 2. A read() may return less than you asked for; b"" is the end. Read
    nothing before a piece is asked for. Never read beyond the part. Do not close the file.
    """
    # TASK 5. Content-Length has been sent. The file may have changed since.
    file.seek(part.start)
    left = len(part)
    while left and (piece := file.read(min(CHUNK, left))):
        left -= len(piece)
        yield piece


class FilePart:
    """A part of an open file, as the content of a response. It is given.

    It can be iterated, like any content. After the first piece, the server on threads calls send_to():
    then the kernel copies the rest from the file to the connection (sendfile(2)), and none of it passes
    through Python. The server on a loop takes the pieces, and so does one that encrypts.
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
        """Send the rest, after the pieces that have been taken. If none has, as for HEAD, send nothing.

        Raises ValueError if the file has become too short. Content-Length has been sent by then: only
        by ending the connection can the server still say that it was wrong.
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
    """An open file, and what a response says about it: `found` in task 6. It is given.

    A page and its compressed variant are two representations of one resource (RFC 9110 §3.2, §8.8.3.3).
    Each has a tag of its own. `varies` says that there is more than one.
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
        """Close the file. A FilePart does this when the response has been sent."""
        self.file.close()


def range_field(request: Request, found: Representation) -> str:
    """Return the Range of a request, or "" if it does not count. It is given.

    It does not count if If-Range names another version. If-Range holds a tag, which has to match
    strongly, or a date, which has to be the same (RFC 9110 §13.1.5). The date of the present second
    proves nothing: the file may change again within that second (§8.8.2.2).
    """
    field, version = request.headers.get("range") or "", request.headers.get("if-range")
    if version is None:
        return field
    if '"' in version[:3]:
        holds = len(tags_in(version)) == 1 and tag_matches(version, found.tag, strong=True)
    else:
        holds = parse_date(version) == found.modified < int(time.time())
    return field if holds else ""


def without_file(found: Representation, status: int) -> Response:
    """Close the file, and return the response to HEAD, or a 304, 412 or 416. It is given.

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
    return plain(412, "This is not the version you asked for.")


def file_response(request: Request, found: Representation) -> Response:
    """Return the response to a GET or HEAD for a file.

    The first row that fits decides:

        evaluate() returns 304 or 412     -> without_file(found, status)
        HEAD, whatever its Range          -> without_file(found, 200)
        parse_range() raises an error     -> without_file(found, 416)
        parse_range() returns a part      -> 206 with the part
        else                              -> 200 with the file

    range_field() returns the Range, or "". To send a part of the file, return
    `Response(FilePart(found.file, part), status, fields, length)`. For a 200, the part is
    range(found.size), and the fields are `found.fields`. A 206 has one field more: for range(2, 6) of
    ten octets, `Content-Range: bytes 2-5/10`.
    """
    # TASK 6. First the conditions, then HEAD, then the Range.
    status = evaluate(request.headers, found.tag, found.modified)
    if status != 200 or request.method == "HEAD":
        return without_file(found, status)
    try:
        part = parse_range(range_field(request, found), found.size)
    except HttpError:
        return without_file(found, 416)
    if part is None:
        return Response(FilePart(found.file, range(found.size)), 200, found.fields, found.size)
    place = ("Content-Range", f"bytes {part.start}-{part.stop - 1}/{found.size}")
    return Response(FilePart(found.file, part), 206, [*found.fields, place], len(part))


def without_known(request: Request, response: Response, found: Representation) -> Response:
    """Leave out fields of a 206, if the request has an If-Range. It is given.

    A client that sends If-Range has these fields already (RFC 9110 §15.3.7).
    """
    if response.status != 206 or "if-range" not in request.headers:
        return response
    place = [(name, value) for name, value in response.fields if name.lower() == "content-range"]
    return response._replace(fields=[*found.for_cache, *place])


class Files:
    """A folder of files, as an endpoint: `router.add("GET", "/static/{name:path}", Files(root))`.

    `mount()` also adds it for the folder itself. It is given.
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

        A folder shows its INDEX. Without a slash at the end of its name, it is redirected to the name
        with one: relative links on its page begin at the last slash of the page's path.
        """
        if request.method not in ("GET", "HEAD"):
            return plain(405, "Files can only be read.", ("Allow", "GET, HEAD"))
        path = locate(self.root, name)
        names_folder = name == "" or name.endswith("/")
        if path and path.is_dir():
            if not names_folder:  # a Path has no slash at its end, so the name has to tell
                return plain(308, "This is a folder.", ("Location", with_slash(request.target)))
            path = locate(self.root, name + INDEX)
        elif names_folder:
            path = None
        accepted = request.headers.get("accept-encoding")
        found = open_best(self.root, path, accepted) if path else None
        if found is None:
            return plain(404, "There is no such file.")
        response = file_response(with_one_range(request, found.size), found)
        return without_known(request, response, found)


def with_one_range(request: Request, size: int) -> Request:
    """Reduce a Range of several parts to one part, if the others do not exist.

    bytes=0-1,50-     of ten octets → bytes=0-1
    bytes=10-,20-30   of ten octets → bytes=10-, which is 416 (RFC 9110 §15.5.17)
    bytes=0-1,4-5     of ten octets → as it was: several parts are ignored (§14.2)
    """
    unit, _, members = (request.headers.get("range") or "").partition("=")
    fields = [f"{unit}={member}" for member in list_members(members)]
    if not 1 < len(fields) <= MAX_RANGES:
        return request
    existing = []
    for field in fields:
        with suppress(HttpError):
            if parse_range(field, size) is None:
                return request
            existing.append(field)
    if len(existing) > 1:
        return request
    one = (existing or fields)[0]
    lines = [(name, one if name.lower() == "range" else value) for name, value in request.headers]
    return request._replace(headers=Headers(lines))


def is_hidden(segment: str) -> bool:
    """Tell whether a name is never served: `.git`, but not `.well-known` (RFC 8615)."""
    return segment.startswith(".") and segment not in (".", "..", ".well-known")


def is_private(name: str) -> bool:
    """Tell whether a name is a 404 wherever it leads.

        ".git", "docs/.env"        -> True: nobody learns whether there is one
        "NUL", on Windows          -> True: see is_reserved()
        "../www/a.txt"             -> True: it leaves the folder on the way, even if it comes back
        "docs/../a.txt", "a..b"    -> False

    Otherwise a 200 for `../../home/ann/../../srv/www/a.txt` would reveal that there is a user ann.
    """
    depth = 0
    for segment in name.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(segment, 1)
        if depth < 0 or is_hidden(segment) or is_reserved(segment):
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


# What kind of file is this? Its name decides. mimetypes.guess_type() also asks the Windows registry,
# which other programs change: it has called JavaScript text/plain, and then browsers did not run it.
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
    ".gz": "application/gzip",  # also .tar.gz: it must not be unpacked on the way (RFC 9110 §8.4)
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
    """Return for how long a cache may use the file without asking (RFC 9111 §5.2.2).

    `no-cache` means: store it, and ask before each use. `no-store` would mean: do not store it.
    """
    return "max-age=31536000, immutable" if FINGERPRINT.search(name) else "no-cache"


def entity_tag(status: os.stat_result, coding: str = "") -> str:
    """Return a strong tag: it changes with the size, the time of the last change and the coding."""
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}{coding and "-"}{coding}"'


@lru_cache(maxsize=1024)
def date_field(seconds: int) -> str:
    """Return http_date(seconds), which by itself remembers only the last date."""
    return http_date(seconds)


# A variant is a file beside the file: page.html.gz. The first one of these is the best.
VARIANTS = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
# RFC 9110 §12.4.2, §12.5.3: Accept-Encoding = #( codings [ weight ] )
ACCEPTED = re.compile(
    rf"([{re.escape(TOKEN)}]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{{0,3}})?|1(?:\.0{{0,3}})?))?"
)


def preferred(accepted: str | None, codings: Sequence[str]) -> str:
    """Return the one of `codings` that a client likes best, or "" for the file as it is.

    `accepted` is the client's Accept-Encoding, or None. If two have the same weight, any coding beats
    none, and the earlier one in `codings` beats the later one.
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


# Errors that mean "no such file" to a client. Another one, such as EMFILE, is the server's fault: 500.
NOT_THERE = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM),
    *(errno.ELOOP, errno.ENXIO, errno.ENODEV),
}


STEP = sum(getattr(os, flag, 0) for flag in ("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_PATH"))
CAN_STEP = os.open in os.supports_dir_fd


def open_below(root: Path, path: Path, flags: int) -> int:
    """Open a file below `root` without following a link, and return its descriptor.

    locate() has followed all links. Since then, somebody may have put a link in the place of a folder.
    So each step begins in the folder that has been opened before (openat(2)), where the system can do
    this.
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
    """Open a file, and return it with its status; None if no file can be read there.

    The status is taken from the open file, because the path may lead to another file by now. Named
    pipes are refused: one could wait for its other end.
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
    """Return the codings for which a variant is beside the file and is not older than the file."""
    codings = []
    for coding, suffix in VARIANTS.items():
        with suppress(OSError):
            packed = os.lstat(f"{path}{suffix}")
            if stat.S_ISREG(packed.st_mode) and packed.st_mtime_ns >= status.st_mtime_ns:
                codings.append(coding)
    return codings


def open_best(root: Path, path: Path, accepted: str | None) -> Representation | None:
    """Return the representation of a file that fits an Accept-Encoding best; None if there is none.

    `path` is what locate() found. A link may have led it to a hidden file.
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
    """Return a handler that does the same and writes a line for each request to the access log."""

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
