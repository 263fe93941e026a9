"""Wrong answers to chapter 15 that its promises must catch."""

from course.maintain.mistakes import Mistake

RESERVED = """    if any(is_reserved(segment) for segment in name.split("/")):
        return None
"""
RESOLVE = """        path = (root / name).resolve(strict=True)
"""
CANNOT = """    except (OSError, ValueError, RuntimeError):
        return None
"""
INSIDE = """    return path if path.is_relative_to(root) else None
"""
STAR = """    if field == "*":
        return True
"""
TAGS = """    tags = tags_in(field)
"""
STRONG = """        return tag in tags and not tag.startswith("W/")
"""
WEAK = """    return tag.removeprefix("W/") in [other.removeprefix("W/") for other in tags]
"""
READS = """    reads = request.method in ("GET", "HEAD")
"""
IF_MATCH = """    if (tags := headers.get("if-match")) is not None:
        if not tag_matches(tags, tag, strong=True):
            return 412
"""
UNMODIFIED = (
    '    elif (date := parse_date(headers.get("if-unmodified-since"))) is not None '
    "and modified > date:\n"
    "        return 412\n"
)
IF_NONE_MATCH = """    if (tags := headers.get("if-none-match")) is not None:
        if tag_matches(tags, tag, strong=False):
            return 304 if reads else 412
"""
MODIFIED = """    elif reads:
        date = parse_date(headers.get("if-modified-since"))
        return 304 if date is not None and modified <= date else 200
    return 200
"""
VALID = """    if unit.lower() != "bytes" or size == 0 or not list_members(members):
        return None
"""
EACH = """    for match in map(RANGE.fullmatch, list_members(members)):
        if match is None:
            return None
"""
BACKWARDS = """        if first and last and int(last) < int(first):
            return None
"""
START = """        start = int(first) if first else max(size - int(last), 0)
"""
STOP = """        stop = min(int(last) + 1, size) if first and last else size
"""
KEPT = """        parts += [range(start, stop)] if start < stop else []
"""
ONE = """    return parts[0] if len(parts) == 1 else None
"""
SEEK = """    file.seek(part.start)
"""
LOOP = """    while left and (piece := file.read(min(CHUNK, left))):
        left -= len(piece)
        yield piece
"""
STATUS = """    status: int = evaluate(request, found.tag, found.modified)
"""
LOOKS = (
    '    if status == 200 and request.method == "GET" and field'
    " and if_range_holds(request, found):\n"
)
ASKED = """        try:
            asked = parse_range(field, found.size)
        except HttpError:
            status = 416
"""
WITH_IF_RANGE = """        fields = found.for_cache if "if-range" in request.headers else fields
"""
APPENDED = (
    '        fields.append(("Content-Range", f"bytes {part.start}-{part.stop - 1}/{found.size}"))\n'
)
WITHOUT = """    if request.method == "HEAD" or status not in (200, 206):
        return without_file(found, status)
"""
SENT = """    return Response(FilePart(found.file, part), status, fields, len(part))
"""
METHODS = """        if request.method not in ("GET", "HEAD"):
            return plain(405, "Files can only be read.", ("Allow", "GET, HEAD"))
"""
NAMES = """        names_folder = name == "" or name.endswith("/")
"""
REDIRECT = """            if not names_folder:
                return plain(308, "This is a folder.", ("Location", with_slash(request.target)))
"""
PAGE = """            path = locate(self.root, name + INDEX)
"""
NO_FILE = """        elif names_folder:
            path = None
"""
FOUND = """        found = open_best(self.root, path, accepted) if path else None
"""
END = """        return file_response(request, found) if found else plain(404, "There is no such file.")
"""

MISTAKES = (
    Mistake(
        "X884",
        "refuses every name with dots",
        "test_finds_what_is_inside",
        old=RESERVED,
        new='    if ".." in name:\n        return None\n' + RESERVED,
    ),
    Mistake(
        "X884",
        "finds no folder",
        "test_finds_what_is_inside",
        old=INSIDE,
        new="    return path if path.is_relative_to(root) and path.is_file() else None\n",
    ),
    Mistake(
        "X884",
        "does not find the root itself",
        "test_finds_what_is_inside",
        old=INSIDE,
        new="    return path if root in path.parents else None\n",
    ),
    Mistake(
        "X884",
        "decodes again",
        "test_finds_what_is_inside",
        old=RESOLVE,
        new="        from urllib.parse import unquote\n\n"
        "        path = (root / unquote(name)).resolve(strict=True)\n",
    ),
    Mistake(
        "X884",
        "takes the dots away",
        "test_finds_what_is_inside",
        old=RESOLVE,
        new='        path = (root / name.replace("..", "")).resolve(strict=True)\n',
    ),
    Mistake(
        "X884",
        "looks for hidden files, and refuses them",
        "test_finds_what_is_inside",
        old=INSIDE,
        new='    hidden = any(s.startswith(".") for s in name.split("/") if s not in ("..", "."))\n'
        "    return path if path.is_relative_to(root) and not hidden else None\n",
    ),
    Mistake(
        "X880",
        "returns the path as it was asked for",
        "test_finds_what_is_inside",
        old=INSIDE,
        new="    return root / name if path.is_relative_to(root) else None\n",
    ),
    Mistake(
        "X884",
        "returns a text",
        "test_finds_what_is_inside",
        old=INSIDE,
        new="    return str(path) if path.is_relative_to(root) else None\n",
    ),
    Mistake(
        "X880",
        "compares nothing",
        "test_nothing_outside_is_found",
        old=INSIDE,
        new="    return path\n",
    ),
    Mistake(
        "X880",
        "joins, and compares before it resolves",
        "test_nothing_outside_is_found",
        old=INSIDE,
        new="    return path if (root / name).is_relative_to(root) else None\n",
    ),
    Mistake(
        "X884",
        "refuses names that begin with dots or a slash",
        "test_finds_what_is_inside",
        old=INSIDE,
        new='    return None if name.startswith(("../", "/")) or name == ".." else path\n',
    ),
    Mistake(
        "X881",
        "compares texts with startswith",
        "test_nothing_outside_is_found",
        old=INSIDE,
        new="    return path if str(path).startswith(str(root)) else None\n",
    ),
    Mistake(
        "X881",
        "compares with commonprefix",
        "test_nothing_outside_is_found",
        old=INSIDE,
        new="    return path if os.path.commonprefix([str(path), str(root)]) == str(root) else None\n",
    ),
    Mistake(
        "X880",
        "cleans the text instead of asking",
        "test_links_are_followed_first",
        old=RESOLVE + CANNOT + INSIDE,
        new="        path = Path(os.path.normpath(root / name))\n        path.stat()\n"
        + CANNOT
        + "    return path if path.is_relative_to(root) else None\n",
    ),
    Mistake(
        "X884",
        "refuses every link",
        "test_links_are_followed_first",
        old=RESOLVE,
        new=RESOLVE + "        if (root / name).is_symlink():\n            return None\n",
    ),
    Mistake(
        "X880",
        "looks at the last link only",
        "test_links_are_followed_first",
        old=RESOLVE + CANNOT + INSIDE,
        new="        path = Path(os.path.normpath(root / name))\n        path.stat()\n"
        + CANNOT
        + "    if path.is_symlink():\n"
        "        path = Path(os.path.normpath(path.parent / os.readlink(path)))\n" + INSIDE,
    ),
    Mistake(
        "X882",
        "catches FileNotFoundError",
        "test_what_cannot_be_looked_at_is_none",
        old="except (OSError, ValueError, RuntimeError):",
        new="except FileNotFoundError:",
    ),
    Mistake(
        "X882",
        "catches OSError, and no NUL",
        "test_what_cannot_be_looked_at_is_none",
        old="except (OSError, ValueError, RuntimeError):",
        new="except (OSError, RuntimeError):",
    ),
    Mistake(
        "X882",
        "catches no name that is too long",
        "test_what_cannot_be_looked_at_is_none",
        old="except (OSError, ValueError, RuntimeError):",
        new="except (FileNotFoundError, NotADirectoryError, ValueError, RuntimeError):",
    ),
    Mistake(
        "X882",
        "does not look whether it is there",
        "test_what_cannot_be_looked_at_is_none",
        old="(root / name).resolve(strict=True)",
        new="(root / name).resolve()",
    ),
    Mistake(
        "X882",
        "raises an HttpError",
        "test_what_cannot_be_looked_at_is_none",
        old=CANNOT,
        new="    except (OSError, ValueError, RuntimeError):\n"
        '        raise HttpError(404, "nothing", "RFC 9110") from None\n',
    ),
    Mistake(
        "X883",
        "does not ask about reserved names",
        "test_reserved_names_are_not_looked_for",
        old=RESERVED,
        new="",
    ),
    Mistake(
        "X883",
        "asks about the last segment only",
        "test_reserved_names_are_not_looked_for",
        old=RESERVED,
        new='    if is_reserved(name.split("/")[-1]):\n        return None\n',
    ),
    Mistake(
        "X883",
        "asks about the whole name",
        "test_reserved_names_are_not_looked_for",
        old=RESERVED,
        new="    if is_reserved(name):\n        return None\n",
    ),
    Mistake(
        "X883",
        "asks after it has looked",
        "test_reserved_names_are_not_looked_for",
        old=RESERVED + "    try:\n" + RESOLVE + CANNOT,
        new="    try:\n" + RESOLVE + CANNOT + RESERVED,
    ),
    Mistake(
        "X883",
        "wants all segments reserved",
        "test_reserved_names_are_not_looked_for",
        old="    if any(is_reserved",
        new="    if all(is_reserved",
    ),
    Mistake(
        "X886",
        "has one comparison, the strong one",
        "test_strong_and_weak",
        old=WEAK,
        new="    return tag in tags\n",
    ),
    Mistake(
        "X886",
        "has one comparison, the weak one",
        "test_strong_and_weak",
        old="    if strong:\n" + STRONG,
        new="",
    ),
    Mistake(
        "X886",
        "takes W/ off the field only",
        "test_strong_and_weak",
        old=WEAK,
        new='    return tag in [other.removeprefix("W/") for other in tags]\n',
    ),
    Mistake(
        "X886",
        "takes W/ off the file's tag only",
        "test_strong_and_weak",
        old=WEAK,
        new='    return tag.removeprefix("W/") in tags\n',
    ),
    Mistake(
        "X886",
        "matches a weak tag with itself, strongly",
        "test_strong_and_weak",
        old=STRONG,
        new="        return tag in tags\n",
    ),
    Mistake(
        "X886",
        "strips characters, not W/",
        "test_strong_and_weak",
        old=WEAK,
        new="""    bare = tag.replace("W/", "")
    return bare in [other.replace("W/", "") for other in tags]
""",
    ),
    Mistake(
        "X886",
        "has no quotes, and no case",
        "test_strong_and_weak",
        old=TAGS,
        new="    tags, tag = tags_in(field.lower()), tag.lower()\n",
    ),
    Mistake(
        "X886",
        "has it the other way round",
        "test_strong_and_weak",
        old="    if strong:",
        new="    if not strong:",
    ),
    Mistake(
        "X885",
        "compares the field with the tag",
        "test_a_field_is_a_list",
        old=TAGS,
        new="    tags = [field]\n",
    ),
    Mistake(
        "X885",
        "splits at each comma",
        "test_a_field_is_a_list",
        old=TAGS,
        new="    tags = list_members(field)\n",
    ),
    Mistake(
        "X886",
        "looks for a text in the field",
        "test_strong_and_weak",
        old=TAGS,
        new="    tags = [tag] if tag.strip('W/\"') in field else []\n",
    ),
    Mistake(
        "X885",
        "takes the first tag",
        "test_a_field_is_a_list",
        old=TAGS,
        new="    tags = tags_in(field)[:1]\n",
    ),
    Mistake("X885", "does not know *", "test_a_field_is_a_list", old=STAR, new=""),
    Mistake(
        "X885",
        "finds a star anywhere",
        "test_a_field_is_a_list",
        old='    if field == "*":',
        new='    if "*" in field:',
    ),
    Mistake(
        "X885",
        "matches * weakly only",
        "test_a_field_is_a_list",
        old='    if field == "*":',
        new='    if field == "*" and not strong:',
    ),
    Mistake(
        "X885",
        "matches * with strong tags only",
        "test_a_field_is_a_list",
        old='    if field == "*":',
        new='    if field == "*" and not tag.startswith("W/"):',
    ),
    Mistake(
        "X885",
        "accepts a tag without quotes",
        "test_a_field_is_a_list",
        old=TAGS,
        new="    tags = tags_in(field) or [f'\"{field}\"']\n",
    ),
    Mistake(
        "X885",
        "takes what it finds between quotes",
        "test_a_field_is_a_list",
        old=TAGS,
        new='    tags = re.findall(r\'(?:W/)?"[^"]*"\', field)\n',
    ),
    Mistake(
        "X888",
        "answers 304, whatever the method",
        "test_if_none_match",
        old="return 304 if reads else 412",
        new="return 304",
    ),
    Mistake(
        "X888",
        "asks only for GET and HEAD",
        "test_if_none_match",
        old='    if (tags := headers.get("if-none-match")) is not None:',
        new='    if reads and (tags := headers.get("if-none-match")) is not None:',
    ),
    Mistake(
        "X888",
        "forgets HEAD",
        "test_if_none_match",
        old=READS,
        new='    reads = request.method == "GET"\n',
    ),
    Mistake(
        "X886",
        "compares If-None-Match strongly",
        "test_if_none_match",
        old="tag_matches(tags, tag, strong=False)",
        new="tag_matches(tags, tag, strong=True)",
    ),
    Mistake(
        "X885",
        "compares If-None-Match as a text",
        "test_if_none_match",
        old="tag_matches(tags, tag, strong=False)",
        new='tag in (tags, tags.removeprefix("W/"))',
    ),
    Mistake(
        "X886",
        "compares If-Match weakly",
        "test_if_match",
        old="tag_matches(tags, tag, strong=True)",
        new="tag_matches(tags, tag, strong=False)",
    ),
    Mistake(
        "X905",
        "does not look at If-Match",
        "test_if_match",
        old=IF_MATCH + "    elif",
        new="    if",
    ),
    Mistake(
        "X905",
        "looks at If-Match for other methods only",
        "test_if_match",
        old="        if not tag_matches(tags, tag, strong=True):",
        new="        if not reads and not tag_matches(tags, tag, strong=True):",
    ),
    Mistake(
        "X905",
        "takes an empty If-Match for none",
        "test_if_match",
        old='    if (tags := headers.get("if-match")) is not None:',
        new='    if tags := headers.get("if-match"):',
    ),
    Mistake(
        "X905",
        "has If-Match the wrong way round",
        "test_if_match",
        old="        if not tag_matches(tags, tag, strong=True):",
        new="        if tag_matches(tags, tag, strong=True):",
    ),
    Mistake(
        "X889",
        "wants the same date",
        "test_dates_are_compared_as_times",
        old="modified <= date",
        new="modified == date",
    ),
    Mistake(
        "X889",
        "wants a later date",
        "test_dates_are_compared_as_times",
        old="modified <= date",
        new="modified < date",
    ),
    Mistake(
        "X889",
        "takes a date in the future for none",
        "test_dates_are_compared_as_times",
        old="date is not None and modified <= date",
        new="date is not None and modified <= date <= time.time()",
    ),
    Mistake(
        "X889",
        "refuses the file's own date",
        "test_dates_are_compared_as_times",
        old="modified > date",
        new="modified >= date",
    ),
    Mistake(
        "X889",
        "wants the same date in If-Unmodified-Since",
        "test_dates_are_compared_as_times",
        old="modified > date",
        new="modified != date",
    ),
    Mistake(
        "X889",
        "does not look at If-Unmodified-Since",
        "test_dates_are_compared_as_times",
        old=UNMODIFIED,
        new="",
    ),
    Mistake(
        "X889",
        "does not look at If-Modified-Since",
        "test_dates_are_compared_as_times",
        old=MODIFIED,
        new="    return 200\n",
    ),
    Mistake(
        "X889",
        "compares dates as texts",
        "test_dates_are_compared_as_times",
        old=MODIFIED,
        new='    elif reads and headers.get("if-modified-since") == date_field(modified):\n'
        "        return 304\n    return 200\n",
    ),
    Mistake(
        "X888",
        "looks at If-Modified-Since for any method",
        "test_dates_are_compared_as_times",
        old="    elif reads:\n",
        new="    else:\n",
    ),
    Mistake(
        "X888",
        "answers 412 to readers only for other methods",
        "test_dates_are_compared_as_times",
        old=MODIFIED,
        new="""    else:
        date = parse_date(headers.get("if-modified-since"))
        if date is not None and modified <= date:
            return 304 if reads else 412
    return 200
""",
    ),
    Mistake(
        "X890",
        "takes a bad date for the beginning of time",
        "test_bad_dates_are_not_there",
        old=UNMODIFIED,
        new="""    elif "if-unmodified-since" in headers:
        if modified > (parse_date(headers.get("if-unmodified-since")) or 0):
            return 412
""",
    ),
    Mistake(
        "X890",
        "takes 0 for no date",
        "test_bad_dates_are_not_there",
        old=UNMODIFIED,
        new="""    elif (date := parse_date(headers.get("if-unmodified-since"))) and modified > date:
        return 412
""",
    ),
    Mistake(
        "X890",
        "takes 0 for no date, in If-Modified-Since",
        "test_bad_dates_are_not_there",
        old="return 304 if date is not None and modified",
        new="return 304 if date and modified",
    ),
    Mistake(
        "X890",
        "compares with None",
        "test_bad_dates_are_not_there",
        old=MODIFIED,
        new="""    elif reads and "if-modified-since" in headers:
        return 304 if modified <= parse_date(headers.get("if-modified-since")) else 200
    return 200
""",
    ),
    Mistake(
        "X890",
        "raises an error for a bad date",
        "test_bad_dates_are_not_there",
        old=MODIFIED,
        new="""    elif reads and "if-modified-since" in headers:
        date = parse_date(headers.get("if-modified-since"))
        if date is None:
            raise HttpError(400, "not a date", "RFC 9110 §5.6.7")
        return 304 if modified <= date else 200
    return 200
""",
    ),
    Mistake(
        "X887",
        "304 if the tag or the date matches",
        "test_a_tag_rules_out_the_date",
        old="    elif reads:\n",
        new="    if reads:\n",
    ),
    Mistake(
        "X887",
        "412 if the tag or the date does not match",
        "test_a_tag_rules_out_the_date",
        old=UNMODIFIED,
        new=UNMODIFIED.replace("elif", "if", 1),
    ),
    Mistake(
        "X887",
        "looks at the date if no tag matches",
        "test_a_tag_rules_out_the_date",
        old='    if (tags := headers.get("if-none-match")) is not None:\n'
        "        if tag_matches(tags, tag, strong=False):\n            return 304 if reads else 412\n",
        new='    tags = headers.get("if-none-match")\n'
        "    if tags is not None and tag_matches(tags, tag, strong=False):\n"
        "        return 304 if reads else 412\n",
    ),
    Mistake(
        "X887",
        "wants the tag and the date to match",
        "test_a_tag_rules_out_the_date",
        old="            return 304 if reads else 412\n",
        new="""            date = parse_date(headers.get("if-modified-since"))
            if reads:
                return 304 if date is None or modified <= date else 200
            return 412
""",
    ),
    Mistake(
        "X887",
        "takes an empty If-None-Match for none",
        "test_a_tag_rules_out_the_date",
        old='    if (tags := headers.get("if-none-match")) is not None:',
        new='    if tags := headers.get("if-none-match"):',
    ),
    Mistake(
        "X891",
        "asks If-None-Match first",
        "test_conditions_have_an_order",
        old=IF_MATCH + UNMODIFIED + IF_NONE_MATCH + MODIFIED,
        new=IF_NONE_MATCH
        + """    elif reads:
        date = parse_date(headers.get("if-modified-since"))
        if date is not None and modified <= date:
            return 304
"""
        + IF_MATCH
        + UNMODIFIED
        + "    return 200\n",
    ),
    Mistake(
        "X891",
        "is content with an If-Match that holds",
        "test_conditions_have_an_order",
        old=IF_MATCH,
        new="""    if (tags := headers.get("if-match")) is not None:
        return 200 if tag_matches(tags, tag, strong=True) else 412
""",
    ),
    Mistake(
        "X891",
        "asks one of the four",
        "test_conditions_have_an_order",
        old='    if (tags := headers.get("if-none-match")) is not None:',
        new='    elif (tags := headers.get("if-none-match")) is not None:',
    ),
    Mistake(
        "X891",
        "is content with a date that holds",
        "test_conditions_have_an_order",
        old=UNMODIFIED,
        new="""    elif (date := parse_date(headers.get("if-unmodified-since"))) is not None:
        return 412 if modified > date else 200
""",
    ),
    Mistake(
        "X892",
        "leaves the last octet out",
        "test_first_and_last",
        old="min(int(last) + 1, size)",
        new="min(int(last), size)",
    ),
    Mistake(
        "X892",
        "takes the last position for a length",
        "test_first_and_last",
        old="min(int(last) + 1, size)",
        new="min(int(first) + int(last), size)",
    ),
    Mistake(
        "",
        "has a unit in lower case",
        "test_first_and_last",
        old='unit.lower() != "bytes"',
        new='unit != "bytes"',
    ),
    Mistake(
        "X892",
        "returns positions",
        "test_first_and_last",
        old=ONE,
        new="    return (parts[0].start, parts[0].stop) if len(parts) == 1 else None\n",
    ),
    Mistake(
        "X892",
        "takes 0 for nothing",
        "test_first_and_last",
        old="        start = int(first) if first else",
        new="        start = int(first) if first and int(first) else",
    ),
    Mistake(
        "X893",
        "takes a suffix for an end",
        "test_the_end_of_the_file",
        old=START + STOP,
        new="        start = int(first) if first else 0\n"
        "        stop = min(int(last) + 1, size) if last else size\n",
    ),
    Mistake(
        "X893",
        "begins before the file",
        "test_the_end_of_the_file",
        old="max(size - int(last), 0)",
        new="size - int(last)",
    ),
    Mistake(
        "X893",
        "is one too long at the end",
        "test_the_end_of_the_file",
        old="max(size - int(last), 0)",
        new="max(size - int(last) - 1, 0)",
    ),
    Mistake(
        "X893",
        "needs a last octet",
        "test_the_end_of_the_file",
        old="if first and last else size",
        new="if first and last else min(start + 1, size)",
    ),
    Mistake(
        "X893",
        "ends a suffix where it says",
        "test_the_end_of_the_file",
        old="if first and last else size",
        new="if last else size",
    ),
    Mistake(
        "X893",
        "ends after the file",
        "test_the_end_of_the_file",
        old="min(int(last) + 1, size)",
        new="int(last) + 1",
    ),
    Mistake(
        "X893",
        "refuses a suffix longer than the file",
        "test_the_end_of_the_file",
        old=START,
        new="        if not first and int(last) > size:\n            return None\n" + START,
    ),
    Mistake(
        "X893",
        "refuses to shorten",
        "test_the_end_of_the_file",
        old=BACKWARDS,
        new="        if first and last and (int(last) < int(first) or int(last) >= size):\n"
        "            return None\n",
    ),
    Mistake(
        "X894",
        "raises 416 for another unit",
        "test_what_is_not_valid_is_ignored",
        old=VALID,
        new='    if unit.lower() != "bytes":\n'
        '        raise HttpError(416, "bytes only", "RFC 9110 §14.2")\n' + VALID,
    ),
    Mistake(
        "X894",
        "raises 400 for what is not valid",
        "test_what_is_not_valid_is_ignored",
        old="        if match is None:\n            return None\n",
        new="        if match is None:\n"
        '            raise HttpError(400, "not valid", "RFC 9110 §14.1")\n',
    ),
    Mistake(
        "X894", "raises 416 for 5-3", "test_what_is_not_valid_is_ignored", old=BACKWARDS, new=""
    ),
    Mistake(
        "X894",
        "does not look at the unit",
        "test_what_is_not_valid_is_ignored",
        old='unit.lower() != "bytes" or ',
        new="",
    ),
    Mistake(
        "X894",
        "raises 416 if there is no range at all",
        "test_what_is_not_valid_is_ignored",
        old=" or not list_members(members):",
        new=":",
    ),
    Mistake(
        "X895",
        "lets int() decide",
        "test_what_is_not_valid_is_ignored",
        old=EACH,
        new="""    for match in map(re.compile("([^-]*)-([^-]*)").fullmatch, list_members(members)):
        if match is None:
            return None
        try:
            [int(text) for text in match.groups() if text]
        except ValueError:
            return None
""",
    ),
    Mistake(
        "X895",
        "splits at the dash",
        "test_what_is_not_valid_is_ignored",
        old=EACH + "        first, last = match.groups()\n",
        new="""    for member in list_members(members):
        first, last = member.split("-")
""",
    ),
    Mistake(
        "X895",
        "looks at the beginning of a range",
        "test_what_is_not_valid_is_ignored",
        old="map(RANGE.fullmatch,",
        new="map(RANGE.match,",
    ),
    Mistake(
        "X895",
        "asks isdigit()",
        "test_what_is_not_valid_is_ignored",
        old=EACH,
        new="""    for match in map(re.compile("([^-]*)-([^-]*)").fullmatch, list_members(members)):
        if match is None or match[0] == "-":
            return None
        if not all(text.isdigit() or not text for text in match.groups()):
            return None
""",
    ),
    Mistake(
        "X894",
        "raises 416 for an empty file",
        "test_what_is_not_valid_is_ignored",
        old=" or size == 0",
        new="",
    ),
    Mistake(
        "X894",
        "returns nothing instead of 416",
        "test_nowhere_in_the_file_is_416",
        old='        raise HttpError(416, f"there are {size} octets", "RFC 9110 §15.5.17")\n',
        new="        return None\n",
    ),
    Mistake(
        "X894",
        "returns an empty part",
        "test_nowhere_in_the_file_is_416",
        old=KEPT,
        new="        parts += [range(start, stop)]\n",
    ),
    Mistake(
        "X894",
        "raises 400 instead of 416",
        "test_nowhere_in_the_file_is_416",
        old="HttpError(416, f",
        new="HttpError(400, f",
    ),
    Mistake(
        "X894",
        "raises ValueError",
        "test_nowhere_in_the_file_is_416",
        old='HttpError(416, f"there are {size} octets", "RFC 9110 §15.5.17")',
        new='ValueError(f"there are {size} octets")',
    ),
    Mistake(
        "X893",
        "takes -0 for everything",
        "test_nowhere_in_the_file_is_416",
        old="max(size - int(last), 0)",
        new="max(size - int(last), 0) if int(last) else 0",
    ),
    Mistake(
        "X896", "takes the first range", "test_several_ranges", old=ONE, new="    return parts[0]\n"
    ),
    Mistake(
        "X896",
        "ignores every list",
        "test_several_ranges",
        old=ONE,
        new='    return parts[0] if "," not in members else None\n',
    ),
    Mistake(
        "X896",
        "looks at the first range only",
        "test_several_ranges",
        old="list_members(members)):\n        if match",
        new="list_members(members)[:1]):\n        if match",
    ),
    Mistake(
        "X896",
        "skips what is not valid",
        "test_several_ranges",
        old="        if match is None:\n            return None\n",
        new="        if match is None and len(list_members(members)) == 1:\n            return None\n"
        "        if match is None:\n            continue\n",
    ),
    Mistake(
        "X896",
        "takes all from the first to the last",
        "test_several_ranges",
        old=ONE,
        new="    return range(min(p.start for p in parts), max(p.stop for p in parts))\n",
    ),
    Mistake(
        "X896",
        "raises 416 if one of them is nowhere",
        "test_several_ranges",
        old="    if not parts:",
        new="    if len(parts) < len(list_members(members)):",
    ),
    Mistake(
        "X896",
        "stops at the first part",
        "test_several_ranges",
        old=KEPT,
        new=KEPT + "        if parts:\n            break\n",
    ),
    Mistake("X897", "begins at the beginning", "test_yields_the_part", old=SEEK, new=""),
    Mistake(
        "X897",
        "reads to the end of the file",
        "test_yields_the_part",
        old=LOOP,
        new="    while piece := file.read(CHUNK):\n        yield piece\n",
    ),
    Mistake(
        "X897",
        "reads a whole piece at the end",
        "test_yields_the_part",
        old=LOOP,
        new="""    while left > 0 and (piece := file.read(CHUNK)):
        left -= len(piece)
        yield piece
""",
    ),
    Mistake(
        "X897",
        "goes on from where the file is",
        "test_yields_the_part",
        old=SEEK,
        new="    file.seek(part.start, os.SEEK_CUR)\n",
    ),
    Mistake(
        "",
        "yields an empty piece at the end",
        "test_yields_the_part",
        old=LOOP,
        new=LOOP + '    yield b""\n',
    ),
    Mistake(
        "", "closes the file", "test_yields_the_part", old=LOOP, new=LOOP + "    file.close()\n"
    ),
    Mistake(
        "X898",
        "reads the part at once",
        "test_reads_piece_by_piece",
        old=LOOP,
        new="    if piece := file.read(left):\n        yield piece\n",
    ),
    Mistake(
        "X898",
        "reads all of the file, and cuts it",
        "test_reads_piece_by_piece",
        old=LOOP,
        new="""    content = file.read()[:left]
    for at in range(0, left, CHUNK):
        if piece := content[at : at + CHUNK]:
            yield piece
""",
    ),
    Mistake(
        "X898",
        "returns a list",
        "test_reads_piece_by_piece",
        old=SEEK + "    left = len(part)\n" + LOOP,
        new="""    file.seek(part.start)
    left = len(part)
    pieces = []
    while left and (piece := file.read(min(CHUNK, left))):
        left -= len(piece)
        pieces.append(piece)
    return iter(pieces)
""",
    ),
    Mistake(
        "X898",
        "yields octet by octet",
        "test_reads_piece_by_piece",
        old="file.read(min(CHUNK, left))",
        new="file.read(min(CHUNK if left < 9 else 1, left))",
    ),
    Mistake(
        "X898",
        "reads ahead",
        "test_reads_piece_by_piece",
        old=LOOP,
        new="""    piece = file.read(min(CHUNK, left)) if left else b""
    while piece:
        left -= len(piece)
        following = file.read(min(CHUNK, left)) if left else b""
        yield piece
        piece = following
""",
    ),
    Mistake(
        "X897",
        "waits for octets that are gone",
        "test_ends_when_the_file_does",
        old=LOOP,
        new="""    while left:
        piece = file.read(min(CHUNK, left))
        left -= len(piece)
        if piece:
            yield piece
""",
    ),
    Mistake(
        "X897",
        "fills the gap with zeros",
        "test_ends_when_the_file_does",
        old=LOOP,
        new=LOOP + "    if left:\n        yield bytes(left)\n",
    ),
    Mistake(
        "X897",
        "raises an error of its own",
        "test_ends_when_the_file_does",
        old=LOOP,
        new=LOOP + '    if left:\n        raise EOFError("too short")\n',
    ),
    Mistake(
        "X902",
        "has the fields for a cache only",
        "test_the_whole_file",
        old="range(found.size), found.fields, None",
        new="range(found.size), found.for_cache, None",
    ),
    Mistake(
        "X898",
        "reads the file into memory",
        "test_the_whole_file",
        old=SENT,
        new="""    content = b"".join(FilePart(found.file, part))
    found.close()
    return Response(content, status, fields, len(part))
""",
    ),
    Mistake(
        "X902",
        "answers 206 without a Range",
        "test_the_whole_file",
        old=SENT,
        new=SENT.replace("status, fields", "206, fields"),
    ),
    Mistake(
        "", "states no length", "test_the_whole_file", old=SENT, new=SENT.replace(", len(part)", "")
    ),
    Mistake(
        "",
        "closes the file first",
        "test_the_whole_file",
        old=STATUS,
        new=STATUS + "    found.close()\n",
    ),
    Mistake(
        "X902",
        "says on a 200 which part it is",
        "test_the_whole_file",
        old=WITHOUT,
        new=WITHOUT
        + """    if status == 200:
        fields.append(("Content-Range", f"bytes */{found.size}"))
""",
    ),
    Mistake(
        "X901",
        "answers 200 to everything without closing",
        "test_conditions_decide",
        old=WITHOUT,
        new="""    if request.method == "HEAD" or status not in (200, 206):
        return without_file(found, status)._replace(content=b"") if status != 304 else Response(
            b"", 304, found.for_cache)
""",
    ),
    Mistake(
        "",
        "does not ask evaluate()",
        "test_conditions_decide",
        old=STATUS,
        new="    status: int = 200\n",
    ),
    Mistake(
        "X902",
        "sends all fields with a 304",
        "test_conditions_decide",
        old=WITHOUT,
        new="""    if status == 304:
        found.close()
        return Response(b"", 304, fields)
"""
        + WITHOUT,
    ),
    Mistake(
        "X902",
        "sends no fields with a 304",
        "test_conditions_decide",
        old=WITHOUT,
        new="""    if status == 304:
        found.close()
        return Response(b"", 304)
"""
        + WITHOUT,
    ),
    Mistake(
        "X901",
        "leaves the file of a 304 open",
        "test_conditions_decide",
        old=WITHOUT,
        new="""    if status == 304:
        return Response(b"", 304, found.for_cache)
"""
        + WITHOUT,
    ),
    Mistake(
        "X901",
        "leaves the file of a 412 open",
        "test_conditions_decide",
        old=WITHOUT,
        new="""    if status == 412:
        return plain(412, "No.")
"""
        + WITHOUT,
    ),
    Mistake(
        "X902",
        "has a text in a 304",
        "test_conditions_decide",
        old=WITHOUT,
        new="""    if status == 304:
        found.close()
        return Response(b"Not Modified", 304, found.for_cache)
"""
        + WITHOUT,
    ),
    Mistake(
        "X902",
        "sends the file with a 412",
        "test_conditions_decide",
        old=WITHOUT,
        new="""    if request.method == "HEAD" or status not in (200, 206, 412):
        return without_file(found, status)
""",
    ),
    Mistake(
        "X892",
        "names the octet after the last",
        "test_a_part",
        old="{part.stop - 1}",
        new="{part.stop}",
    ),
    Mistake(
        "X892",
        "names the length of the part",
        "test_a_part",
        old="{part.stop - 1}/{found.size}",
        new="{part.stop - 1}/{len(part)}",
    ),
    Mistake("X892", "has no Content-Range", "test_a_part", old=APPENDED, new=""),
    Mistake(
        "X902",
        "has the fields for a cache only, in a 206",
        "test_a_part",
        old=WITH_IF_RANGE,
        new="        fields = found.for_cache\n",
    ),
    Mistake(
        "X892",
        "has an = after the unit",
        "test_a_part",
        old='f"bytes {part.start}',
        new='f"bytes={part.start}',
    ),
    Mistake(
        "",
        "sends the whole file with a 206",
        "test_a_part",
        old="Response(FilePart(found.file, part)",
        new="Response(FilePart(found.file, range(found.size))",
    ),
    Mistake(
        "", "has the length of the whole file", "test_a_part", old="len(part))", new="found.size)"
    ),
    Mistake(
        "X410",
        "lets the 416 pass",
        "test_a_part_that_is_not_there",
        old=ASKED,
        new="        asked = parse_range(field, found.size)\n",
    ),
    Mistake(
        "X902",
        "does not say how long the file is",
        "test_a_part_that_is_not_there",
        old=WITHOUT,
        new="""    if status == 416:
        found.close()
        return plain(416, "No.")
"""
        + WITHOUT,
    ),
    Mistake(
        "X901",
        "leaves the file of a 416 open",
        "test_a_part_that_is_not_there",
        old=WITHOUT,
        new="""    if status == 416:
        return plain(416, "No.", ("Content-Range", f"bytes */{found.size}"))
"""
        + WITHOUT,
    ),
    Mistake(
        "",
        "sends the file instead of a 416",
        "test_a_part_that_is_not_there",
        old="            status = 416\n",
        new="            pass\n",
    ),
    Mistake(
        "X900",
        "does not look at If-Range",
        "test_the_rest_of_another_version",
        old=" and if_range_holds(request, found):",
        new=":",
    ),
    Mistake(
        "X900",
        "answers 412 if If-Range does not hold",
        "test_the_rest_of_another_version",
        old=LOOKS,
        new="""    if status == 200 and request.method == "GET" and field:
        status = 200 if if_range_holds(request, found) else 412
"""
        + LOOKS,
    ),
    Mistake(
        "X902",
        "sends all fields again",
        "test_the_rest_of_another_version",
        old=WITH_IF_RANGE,
        new="",
    ),
    Mistake(
        "X900",
        "raises 416 for a part of another version",
        "test_the_rest_of_another_version",
        old=LOOKS,
        new="""    if request.method == "GET" and field and not if_range_holds(request, found):
        try:
            parse_range(field, found.size)
        except HttpError:
            status = 416
"""
        + LOOKS,
    ),
    Mistake(
        "X899",
        "sends parts of a head",
        "test_head_is_about_the_whole_file",
        old=' and request.method == "GET" and field',
        new=" and field",
    ),
    Mistake(
        "",
        "has no length for HEAD",
        "test_head_is_about_the_whole_file",
        old=WITHOUT,
        new=WITHOUT.replace("status)", "status)._replace(length=None)"),
    ),
    Mistake(
        "X899",
        "has fewer fields for HEAD",
        "test_head_is_about_the_whole_file",
        old=WITHOUT,
        new="""    if request.method == "HEAD" and status == 200:
        found.close()
        return Response((), 200, found.for_cache, found.size)
"""
        + WITHOUT,
    ),
    Mistake(
        "",
        "opens the file for HEAD, and sends it",
        "test_head_is_about_the_whole_file",
        old='request.method == "HEAD" or status',
        new="status",
    ),
    Mistake(
        "X901",
        "leaves the file open for HEAD",
        "test_head_is_about_the_whole_file",
        old=WITHOUT,
        new="""    if request.method == "HEAD" and status == 200:
        return Response((), 200, found.fields, found.size)
"""
        + WITHOUT,
    ),
    Mistake(
        "X891",
        "looks at Range first",
        "test_conditions_come_before_ranges",
        old="    if status == 200 and request",
        new="    if request",
    ),
    Mistake(
        "X891",
        "looks at Range if there is no 412",
        "test_conditions_come_before_ranges",
        old="    if status == 200 and request",
        new="    if status != 412 and request",
    ),
    Mistake("X904", "answers every method", "test_files_can_only_be_read", old=METHODS, new=""),
    Mistake(
        "X904",
        "answers only GET",
        "test_files_can_only_be_read",
        old='        if request.method not in ("GET", "HEAD"):',
        new='        if request.method != "GET":',
    ),
    Mistake(
        "",
        "does not look at Accept-Encoding",
        "test_files_can_only_be_read",
        old='request.headers.get("accept-encoding")',
        new="None",
    ),
    Mistake(
        "X904",
        "has no Allow",
        "test_files_can_only_be_read",
        old=', ("Allow", "GET, HEAD"))',
        new=")",
    ),
    Mistake(
        "X904",
        "says 501",
        "test_files_can_only_be_read",
        old="return plain(405,",
        new="return plain(501,",
    ),
    Mistake(
        "X904",
        "looks for the file first",
        "test_files_can_only_be_read",
        old=METHODS,
        new="        if locate(self.root, name) is None:\n"
        '            return plain(404, "There is no such file.")\n' + METHODS,
    ),
    Mistake(
        "X904",
        "takes methods in any case",
        "test_files_can_only_be_read",
        old="request.method not in",
        new="request.method.upper() not in",
    ),
    Mistake(
        "X903",
        "finds a file with a slash at its end",
        "test_what_is_not_there_is_404",
        old=NO_FILE,
        new="",
    ),
    Mistake(
        "X882",
        "raises an error if nothing is there",
        "test_what_is_not_there_is_404",
        old=END,
        new="        if not found:\n"
        '            raise HttpError(404, "nothing is there", "RFC 9110 §15.5.5")\n'
        "        return file_response(request, found)\n",
    ),
    Mistake(
        "X882",
        "forgets that open_best() may find nothing",
        "test_what_is_not_there_is_404",
        old=FOUND + END,
        new="""        if path is None:
            return plain(404, "There is no such file.")
        return file_response(request, open_best(self.root, path, accepted))
""",
    ),
    Mistake(
        "X882",
        "forgets that locate() may find nothing",
        "test_what_is_not_there_is_404",
        old=FOUND,
        new="        found = open_best(self.root, path, accepted)\n",
    ),
    Mistake(
        "",
        "says 403",
        "test_what_is_not_there_is_404",
        old='else plain(404, "There',
        new='else plain(403, "There',
    ),
    Mistake(
        "X903", "shows the page of a folder without its slash", "test_folders", old=REDIRECT, new=""
    ),
    Mistake(
        "X903", "redirects for now", "test_folders", old='plain(308, "This', new='plain(302, "This'
    ),
    Mistake(
        "X903",
        "redirects to the target with a slash",
        "test_folders",
        old='("Location", with_slash(request.target))',
        new='("Location", request.target + "/")',
    ),
    Mistake(
        "X903",
        "redirects below the root",
        "test_folders",
        old='("Location", with_slash(request.target))',
        new='("Location", f"/{name}/")',
    ),
    Mistake(
        "X903",
        "shows no page for a folder",
        "test_folders",
        old=PAGE,
        new="            path = None\n",
    ),
    Mistake(
        "X903",
        "redirects the root as well",
        "test_folders",
        old=NAMES,
        new='        names_folder = name.endswith("/")\n',
    ),
    Mistake(
        "",
        "shows the page of the root everywhere",
        "test_folders",
        old="locate(self.root, name + INDEX)",
        new="locate(self.root, INDEX)",
    ),
    Mistake(
        "",
        "finds files in the folder where it runs",
        "test_from_file_to_socket",
        old="        path = locate(self.root, name)\n",
        new="        path = locate(self.root, name)\n        if name == 'b.bin':\n"
        "            self.root = Path.cwd()\n",
    ),
)
