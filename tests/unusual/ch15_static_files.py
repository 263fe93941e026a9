"""Right but unusual answers to chapter 15, which its promises must accept."""

from course.maintain.unusual import Unusual

LOCATE = """    try:
        path = (root / name).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return None
    return path if path.is_relative_to(root) else None
"""
RESOLVE = """        path = (root / name).resolve(strict=True)
"""
INSIDE = """    return path if path.is_relative_to(root) else None
"""
TAG_MATCHES = """    if field == "*":
        return True
    tags = tags_in(field)
    if strong:
        return tag in tags and not tag.startswith("W/")
    return tag.removeprefix("W/") in [other.removeprefix("W/") for other in tags]
"""
FIRST_TWO = (
    '    if (tags := headers.get("if-match")) is not None:\n'
    "        if not tag_matches(tags, tag, strong=True):\n"
    "            return 412\n"
    '    elif (date := parse_date(headers.get("if-unmodified-since"))) is not None '
    "and modified > date:\n"
    "        return 412\n"
)
LAST_TWO = """    if (tags := headers.get("if-none-match")) is not None:
        return 304 if tag_matches(tags, tag, strong=False) else 200
    date = parse_date(headers.get("if-modified-since"))
    return 304 if date is not None and modified <= date else 200
"""
RANGES = """    match = RANGE.fullmatch(field)
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
"""
READ = """    file.seek(part.start)
    left = len(part)
    while left and (piece := file.read(min(CHUNK, left))):
        left -= len(piece)
        yield piece
"""
ANSWER = """    status = evaluate(request.headers, found.tag, found.modified)
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
"""

UNUSUAL = (
    Unusual(
        "resolves with os.path.realpath, and compares with commonpath",
        old=RESOLVE
        + "    except (OSError, ValueError, RuntimeError):\n        return None\n"
        + INSIDE,
        new="""        path = os.path.realpath(root / name, strict=True)
        inside = os.path.commonpath([path, root]) == str(root)
    except (OSError, ValueError, RuntimeError):
        return None
    return Path(path) if inside else None
""",
    ),
    Unusual(
        "looks for the root among the parents",
        old=INSIDE,
        new="    return path if path == root or root in path.parents else None\n",
    ),
    Unusual(
        "asks relative_to() for an error",
        old=INSIDE,
        new="""    try:
        path.relative_to(root)
    except ValueError:
        return None
    return path
""",
    ),
    Unusual(
        "resolves the root again, and looks with exists()",
        old=LOCATE,
        new="""    root = root.resolve()
    try:
        path = root.joinpath(name).resolve()
        return path if path.exists() and path.is_relative_to(root) else None
    except (OSError, ValueError, RuntimeError):
        return None
""",
    ),
    Unusual(
        "compares texts with a separator at the end",
        old=INSIDE,
        new="    return path if f'{path}{os.sep}'.startswith(f'{root}{os.sep}') else None\n",
    ),
    Unusual(
        "catches every Exception",
        old="    except (OSError, ValueError, RuntimeError):\n        return None\n    return path",
        new="    except Exception:\n        return None\n    return path",
    ),
    Unusual(
        "compares tag by tag",
        old=TAG_MATCHES,
        new="""    for other in [tag] if field == "*" else tags_in(field):
        if field == "*" or other == tag and not (strong and other.startswith("W/")):
            return True
        if not strong and other.split('"', 1)[1] == tag.split('"', 1)[1]:
            return True
    return False
""",
    ),
    Unusual(
        "compares sets",
        old=TAG_MATCHES,
        new="""    if field.strip() == "*":
        return True
    tags = set(tags_in(field))
    if not strong:
        tags = {t[2:] if t[0] == "W" else t for t in tags}
        tag = tag[2:] if tag[0] == "W" else tag
    return not tag.startswith("W/") and tag in tags
""",
    ),
    Unusual(
        "has a function for each of the two questions",
        old=FIRST_TWO + LAST_TWO,
        new="""    def is_another() -> bool:
        if "if-match" in headers:
            return not tag_matches(headers.get("if-match"), tag, strong=True)
        date = parse_date(headers.get("if-unmodified-since"))
        return date is not None and date < modified

    def is_the_same() -> bool:
        if "if-none-match" in headers:
            return tag_matches(headers.get("if-none-match"), tag, strong=False)
        date = parse_date(headers.get("if-modified-since"))
        return date is not None and not date < modified

    if is_another():
        return 412
    if is_the_same():
        return 304
    return 200
""",
    ),
    Unusual(
        "asks for the dates first, and uses them later",
        old=FIRST_TWO + LAST_TWO,
        new="""    since = parse_date(headers.get("if-modified-since"))
    until = parse_date(headers.get("if-unmodified-since"))
    wanted, had = headers.get("if-match"), headers.get("if-none-match")
    if wanted is not None and not tag_matches(wanted, tag, strong=True):
        return 412
    if wanted is None and until is not None and not modified <= until:
        return 412
    if had is not None and tag_matches(had, tag, strong=False):
        return 304
    if had is None and since is not None and since >= modified:
        return 304
    return 200
""",
    ),
    Unusual(
        "has slices and their indices()",
        old=RANGES,
        new="""    match = RANGE.fullmatch(field)
    if not match or not size:
        return None
    first, last = match.groups()
    if first and last:
        if int(first) > int(last):
            return None
        part = slice(int(first), int(last) + 1)
    elif first:
        part = slice(int(first), None)
    else:
        part = slice(-int(last), None) if int(last) else slice(size, size)
    octets = range(*part.indices(size))
    if not octets:
        raise HttpError(416, "nowhere", "RFC 9110 §15.5.17")
    return octets
""",
    ),
    Unusual(
        "splits by itself, and slices a range",
        old=RANGES,
        new="""    unit, _, positions = field.partition("=")
    first, dash, last = positions.partition("-")
    digits = set("0123456789")
    if unit.casefold() != "bytes" or not dash or not set(first + last) <= digits:
        return None
    if size == 0 or not first + last or len(first + last) > 1000:
        return None
    if not first:
        octets = range(size)[max(size - int(last), 0) :]
    elif last and int(last) < int(first):
        return None
    else:
        octets = range(size)[int(first) : int(last) + 1 if last else None]
    if len(octets) == 0:
        raise HttpError(416, "nothing of it is there", "RFC 9110 §15.5.17", field)
    return octets
""",
    ),
    Unusual(
        "asks for the size last",
        old=RANGES,
        new="""    if (match := RANGE.fullmatch(field)) is None:
        return None
    first, last = (int(text) if text else None for text in match.groups())
    if first is None:
        first, last = max(0, size - last), size - 1
    elif last is None:
        last = max(first, size - 1)
    if last < first and match[1]:
        return None
    if size == 0:
        return None
    if first >= size:
        raise HttpError(416, "", "")
    return range(first, min(last, size - 1) + 1)
""",
    ),
    Unusual(
        "reads by position, with a for loop",
        old=READ,
        new="""    for at in range(part.start, part.stop, CHUNK):
        end = min(at + CHUNK, part.stop)
        while at < end:
            file.seek(at)
            piece = file.read(end - at)
            if not piece:
                return
            at += len(piece)
            yield piece
""",
    ),
    Unusual(
        "counts up to the end",
        old=READ,
        new="""    file.seek(part.start)
    at = part.start
    while at < part.stop:
        piece = file.read(min(part.stop - at, CHUNK))
        if piece == b"":
            break
        at += len(piece)
        yield piece
""",
    ),
    Unusual(
        "answers what needs no file first",
        old=ANSWER,
        new="""    status = evaluate(request.headers, found.tag, found.modified)
    asked = range_field(request, found)
    whole = range(found.size)
    if status == 412:
        found.close()
        return plain(412, "No.")
    if status == 304:
        found.close()
        return Response(status=304, fields=found.for_cache)
    if request.method == "HEAD":
        found.close()
        return Response(content=(), fields=found.fields, length=found.size)
    if not asked:
        return Response(FilePart(found.file, whole), 200, found.fields, found.size)
    try:
        part = parse_range(asked, found.size)
    except HttpError as error:
        found.close()
        return plain(error.status, str(error), ("content-range", f"bytes */{found.size}"))
    if part is None:
        return Response(FilePart(found.file, whole), 200, found.fields, found.size)
    fields = [("content-range", f"bytes {part[0]}-{part[-1]}/{found.size}"), *found.fields]
    return Response(FilePart(found.file, part), 206, tuple(fields), len(part))
""",
    ),
    Unusual(
        "has an iterator without anything for HEAD",
        old='    if status != 200 or request.method == "HEAD":',
        new="""    if request.method == "HEAD" and status == 200:
        found.close()
        return Response(iter(()), 200, [*found.fields], found.size)
    if status != 200:""",
    ),
    Unusual(
        "has one way out for the file",
        old=ANSWER,
        new="""    status = evaluate(request.headers, found.tag, found.modified)
    part, fields = range(found.size), found.fields
    if status == 200 and request.method == "GET":
        try:
            asked = parse_range(range_field(request, found), found.size)
        except HttpError:
            return without_file(found, 416)
        if asked:
            status, part = 206, asked
            fields += [("Content-Range", f"bytes {part[0]}-{part[-1]}/{found.size}")]
    if request.method == "HEAD" or status in (304, 412):
        return without_file(found, status)
    return Response(FilePart(found.file, part), status, fields, part.stop - part.start)
""",
    ),
)
