"""Wrong answers to chapter 15 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

TRY = "    try:\n        path = (root / name)"
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
        return 304 if tag_matches(tags, tag, strong=False) else 200
"""
MODIFIED = """    date = parse_date(headers.get("if-modified-since"))
    return 304 if date is not None and modified <= date else 200
"""
MATCH = """    match = RANGE.fullmatch(field)
    if match is None or size == 0:
        return None
    first, last = match.groups()
"""
BACKWARDS = """    if first and last and int(last) < int(first):
        return None
"""
START = """    start = int(first) if first else max(size - int(last), 0)
"""
STOP = """    stop = min(int(last) + 1, size) if first and last else size
"""
NOWHERE = """    if start >= stop:
        raise HttpError(416, f"there are {size} octets", "RFC 9110 §15.5.17")
"""
PART = """    return range(start, stop)
"""
SEEK = """    file.seek(part.start)
"""
LOOP = """    while left and (piece := file.read(min(CHUNK, left))):
        left -= len(piece)
        yield piece
"""
STATUS = """    status = evaluate(request.headers, found.tag, found.modified)
"""
NO_FILE = """    if status != 200 or request.method == "HEAD":
        return without_file(found, status)
"""
TRIES = """    try:
        part = parse_range(range_field(request, found), found.size)
    except HttpError:
        return without_file(found, 416)
"""
WHOLE = (
    "    if part is None:\n"
    "        return Response(FilePart(found.file, range(found.size)), 200, found.fields, found.size)\n"
)
PLACE = '    place = ("Content-Range", f"bytes {part.start}-{part.stop - 1}/{found.size}")\n'
SENT = "    return Response(FilePart(found.file, part), 206, [*found.fields, place], len(part))\n"

MISTAKES = (
    Mistake(
        "X884",
        "refuses every name with dots",
        "test_finds_what_is_inside",
        old=TRY,
        new='    if ".." in name:\n        return None\n' + TRY,
    ),
    Mistake(
        "",
        "finds no folder",
        "test_finds_what_is_inside",
        old=INSIDE,
        new="    return path if path.is_relative_to(root) and path.is_file() else None\n",
    ),
    Mistake(
        "",
        "does not find the root itself",
        "test_finds_what_is_inside",
        old=INSIDE,
        new="    return path if root in path.parents else None\n",
    ),
    Mistake(
        "X884",
        "refuses a segment of two dots",
        "test_finds_what_is_inside",
        old=TRY,
        new='    if ".." in name.split("/"):\n        return None\n' + TRY,
    ),
    Mistake(
        "",
        "resolves for the comparison only",
        "test_finds_what_is_inside",
        old=RESOLVE + CANNOT + INSIDE,
        new="""        path = root / name
        if path.resolve(strict=True).is_relative_to(root):
            return path
    except (OSError, ValueError, RuntimeError):
        pass
    return None
""",
    ),
    Mistake(
        "X884",
        "takes a backslash for a slash",
        "test_finds_what_is_inside",
        old="(root / name).resolve",
        new='(root / name.replace("\\\\", "/")).resolve',
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
        "",
        "returns the path as it was asked for",
        "test_finds_what_is_inside",
        old=INSIDE,
        new="    return root / name if path.is_relative_to(root) else None\n",
    ),
    Mistake(
        "",
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
        "",
        "does not look whether it is there",
        "test_what_cannot_be_looked_at_is_none",
        old="(root / name).resolve(strict=True)",
        new="(root / name).resolve()",
    ),
    Mistake(
        "",
        "raises an HttpError",
        "test_what_cannot_be_looked_at_is_none",
        old=CANNOT,
        new="    except (OSError, ValueError, RuntimeError):\n"
        '        raise HttpError(404, "nothing", "RFC 9110") from None\n',
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
        "",
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
        "X1420",
        "splits at each comma",
        "test_a_field_is_a_list",
        old=TAGS,
        new="    tags = list_members(field)\n",
    ),
    Mistake(
        "",
        "looks for a text in the field",
        "test_strong_and_weak",
        old=TAGS,
        new="    tags = [tag] if tag.strip('W/\"') in field else []\n",
    ),
    Mistake(
        "",
        "looks for the tag in the text of the field",
        "test_strong_and_weak",
        old=STRONG,
        new="        return tag in field and not tag.startswith('W/')\n",
    ),
    Mistake(
        "X1420",
        "splits at a comma and a space",
        "test_a_field_is_a_list",
        old=TAGS,
        new='    tags = field.split(", ")\n',
    ),
    Mistake(
        "X1420",
        "splits with split()",
        "test_a_field_is_a_list",
        old=TAGS,
        new='    tags = field.split(",")\n',
    ),
    Mistake(
        "X1420",
        "splits with split(), and takes the spaces away",
        "test_a_field_is_a_list",
        old=TAGS,
        new='    tags = [other.strip() for other in field.split(",")]\n',
    ),
    Mistake(
        "X885",
        "takes the last tag",
        "test_a_field_is_a_list",
        old=TAGS,
        new="    tags = tags_in(field)[-1:]\n",
    ),
    Mistake(
        "X885",
        "takes the first tag",
        "test_a_field_is_a_list",
        old=TAGS,
        new="    tags = tags_in(field)[:1]\n",
    ),
    Mistake("", "does not know *", "test_a_field_is_a_list", old=STAR, new=""),
    Mistake(
        "",
        "finds a star anywhere",
        "test_a_field_is_a_list",
        old='    if field == "*":',
        new='    if "*" in field:',
    ),
    Mistake(
        "",
        "matches * weakly only",
        "test_a_field_is_a_list",
        old='    if field == "*":',
        new='    if field == "*" and not strong:',
    ),
    Mistake(
        "",
        "matches * with strong tags only",
        "test_a_field_is_a_list",
        old='    if field == "*":',
        new='    if field == "*" and not tag.startswith("W/"):',
    ),
    Mistake(
        "",
        "accepts a tag without quotes",
        "test_a_field_is_a_list",
        old=TAGS,
        new="    tags = tags_in(field) or [f'\"{field}\"']\n",
    ),
    Mistake(
        "",
        "takes what it finds between quotes",
        "test_a_field_is_a_list",
        old=TAGS,
        new='    tags = re.findall(r\'(?:W/)?"[^"]*"\', field)\n',
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
        new='tags in ("*", tag, "W/" + tag)',
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
        "X492",
        "takes an empty If-Match for none",
        "test_if_match",
        old='    if (tags := headers.get("if-match")) is not None:',
        new='    if tags := headers.get("if-match"):',
    ),
    Mistake(
        "",
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
        "",
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
        "",
        "refuses the file's own date",
        "test_dates_are_compared_as_times",
        old="modified > date",
        new="modified >= date",
    ),
    Mistake(
        "",
        "wants the same date in If-Unmodified-Since",
        "test_dates_are_compared_as_times",
        old="modified > date",
        new="modified != date",
    ),
    Mistake(
        "",
        "does not look at If-Unmodified-Since",
        "test_dates_are_compared_as_times",
        old=UNMODIFIED,
        new="",
    ),
    Mistake(
        "",
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
        new="""    same = headers.get("if-modified-since") == date_field(modified)
    return 304 if same else 200
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
        "X906",
        "takes 0 for no date",
        "test_bad_dates_are_not_there",
        old=UNMODIFIED,
        new="""    elif (date := parse_date(headers.get("if-unmodified-since"))) and modified > date:
        return 412
""",
    ),
    Mistake(
        "X906",
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
        new="""    if "if-modified-since" in headers:
        return 304 if modified <= parse_date(headers.get("if-modified-since")) else 200
    return 200
""",
    ),
    Mistake(
        "X890",
        "raises an error for a bad date",
        "test_bad_dates_are_not_there",
        old=MODIFIED,
        new="""    date = parse_date(headers.get("if-modified-since"))
    if date is None and "if-modified-since" in headers:
        raise HttpError(400, "not a date", "RFC 9110 §5.6.7")
    return 304 if date is not None and modified <= date else 200
""",
    ),
    Mistake(
        "X887",
        "304 if the tag or the date matches",
        "test_a_tag_rules_out_the_date",
        old="        return 304 if tag_matches(tags, tag, strong=False) else 200\n",
        new="        if tag_matches(tags, tag, strong=False):\n            return 304\n",
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
        old=IF_NONE_MATCH,
        new="""    tags = headers.get("if-none-match")
    if tags is not None and tag_matches(tags, tag, strong=False):
        return 304
""",
    ),
    Mistake(
        "",
        "wants the tag and the date to match",
        "test_a_tag_rules_out_the_date",
        old="        return 304 if tag_matches(tags, tag, strong=False) else 200\n",
        new="""        date = parse_date(headers.get("if-modified-since"))
        holds = date is None or modified <= date
        return 304 if holds and tag_matches(tags, tag, strong=False) else 200
""",
    ),
    Mistake(
        "X492",
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
        new="""    if (tags := headers.get("if-none-match")) is not None:
        if tag_matches(tags, tag, strong=False):
            return 304
    elif (date := parse_date(headers.get("if-modified-since"))) is not None and modified <= date:
        return 304
"""
        + IF_MATCH
        + UNMODIFIED
        + "    return 200\n",
    ),
    Mistake(
        "",
        "is content with an If-Match that holds",
        "test_conditions_have_an_order",
        old=IF_MATCH,
        new="""    if (tags := headers.get("if-match")) is not None:
        return 200 if tag_matches(tags, tag, strong=True) else 412
""",
    ),
    Mistake(
        "",
        "asks one of the four",
        "test_conditions_have_an_order",
        old='    if (tags := headers.get("if-none-match")) is not None:',
        new='    elif (tags := headers.get("if-none-match")) is not None:',
    ),
    Mistake(
        "",
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
        old=MATCH,
        new="    if not field.startswith('bytes='):\n        return None\n" + MATCH,
    ),
    Mistake(
        "",
        "returns positions",
        "test_first_and_last",
        old=PART,
        new="    return start, stop\n",
    ),
    Mistake(
        "",
        "returns a slice",
        "test_first_and_last",
        old=PART,
        new="    return slice(start, stop)\n",
    ),
    Mistake(
        "",
        "takes 0 for nothing",
        "test_first_and_last",
        old="start = int(first) if first else",
        new="start = int(first) if first and int(first) else",
    ),
    Mistake(
        "",
        "takes the same position twice for nothing",
        "test_first_and_last",
        old="int(last) < int(first)",
        new="int(last) <= int(first)",
    ),
    Mistake(
        "",
        "compares positions as texts",
        "test_first_and_last",
        old="int(last) < int(first)",
        new="last < first",
    ),
    Mistake(
        "X893",
        "takes a suffix for an end",
        "test_the_end_of_the_file",
        old=START + STOP,
        new="    start = int(first) if first else 0\n"
        "    stop = min(int(last) + 1, size) if last else size\n",
    ),
    Mistake(
        "X1421",
        "begins before the file",
        "test_the_end_of_the_file",
        old="max(size - int(last), 0)",
        new="size - int(last)",
    ),
    Mistake(
        "",
        "is one too long at the end",
        "test_the_end_of_the_file",
        old="max(size - int(last), 0)",
        new="max(size - int(last) - 1, 0)",
    ),
    Mistake(
        "",
        "needs a last octet",
        "test_the_end_of_the_file",
        old="if first and last else size",
        new="if first and last else min(start + 1, size)",
    ),
    Mistake(
        "",
        "ends a suffix where it says",
        "test_the_end_of_the_file",
        old="if first and last else size",
        new="if last else size",
    ),
    Mistake(
        "",
        "ends after the file",
        "test_the_end_of_the_file",
        old="min(int(last) + 1, size)",
        new="int(last) + 1",
    ),
    Mistake(
        "",
        "refuses a suffix longer than the file",
        "test_the_end_of_the_file",
        old=START,
        new="    if not first and int(last) > size:\n        return None\n" + START,
    ),
    Mistake(
        "",
        "refuses to shorten",
        "test_the_end_of_the_file",
        old=BACKWARDS,
        new="    if first and last and (int(last) < int(first) or int(last) >= size):\n"
        "        return None\n",
    ),
    Mistake(
        "X894",
        "raises 416 for what is not valid",
        "test_what_is_not_valid_is_ignored",
        old="    if match is None or size == 0:\n        return None\n",
        new="    if match is None:\n"
        '        raise HttpError(416, "not valid", "RFC 9110 §14.2")\n'
        "    if size == 0:\n        return None\n",
    ),
    Mistake(
        "X894",
        "raises 400 for what is not valid",
        "test_what_is_not_valid_is_ignored",
        old="    if match is None or size == 0:\n        return None\n",
        new="    if match is None:\n"
        '        raise HttpError(400, "not valid", "RFC 9110 §14.1")\n'
        "    if size == 0:\n        return None\n",
    ),
    Mistake(
        "X894", "raises 416 for 5-3", "test_what_is_not_valid_is_ignored", old=BACKWARDS, new=""
    ),
    Mistake(
        "",
        "turns 5-3 around",
        "test_what_is_not_valid_is_ignored",
        old=BACKWARDS,
        new="    if first and last and int(last) < int(first):\n        first, last = last, first\n",
    ),
    Mistake(
        "",
        "does not look at the unit",
        "test_what_is_not_valid_is_ignored",
        old="RANGE.fullmatch(field)",
        new='RANGE.fullmatch("bytes=" + field.partition("=")[2])',
    ),
    Mistake(
        "X895",
        "lets int() decide",
        "test_what_is_not_valid_is_ignored",
        old=MATCH,
        new="""    unit, _, positions = field.partition("=")
    first, dash, last = positions.partition("-")
    if unit.lower() != "bytes" or not dash or not (first or last) or size == 0:
        return None
    try:
        [int(text) for text in (first, last) if text]
    except ValueError:
        return None
""",
    ),
    Mistake(
        "X895",
        "splits at the dash",
        "test_what_is_not_valid_is_ignored",
        old=MATCH,
        new="""    if not field.lower().startswith("bytes=") or "-" not in field or size == 0:
        return None
    first, last = field[6:].split("-")
    if not first and not last:
        return None
""",
    ),
    Mistake(
        "X895",
        "looks at the beginning of a range",
        "test_what_is_not_valid_is_ignored",
        old="RANGE.fullmatch",
        new="RANGE.match",
    ),
    Mistake(
        "X895",
        "asks isdigit()",
        "test_what_is_not_valid_is_ignored",
        old=MATCH,
        new="""    match = re.compile("bytes=([^-]*)-([^-]*)", re.IGNORECASE).fullmatch(field)
    if match is None or match[0].endswith("=-") or size == 0:
        return None
    first, last = match.groups()
    if not all(text.isdigit() or not text for text in match.groups()):
        return None
""",
    ),
    Mistake(
        "X1593",
        "raises 416 for an empty file",
        "test_what_is_not_valid_is_ignored",
        old=" or size == 0",
        new="",
    ),
    Mistake(
        "X1422",
        "returns nothing instead of 416",
        "test_nowhere_in_the_file_is_416",
        old=NOWHERE,
        new="    if start >= stop:\n        return None\n",
    ),
    Mistake(
        "",
        "returns an empty part",
        "test_nowhere_in_the_file_is_416",
        old=NOWHERE,
        new="",
    ),
    Mistake(
        "",
        "raises 400 instead of 416",
        "test_nowhere_in_the_file_is_416",
        old="HttpError(416, f",
        new="HttpError(400, f",
    ),
    Mistake(
        "",
        "gives HttpError only the status",
        "test_nowhere_in_the_file_is_416",
        old='HttpError(416, f"there are {size} octets", "RFC 9110 §15.5.17")',
        new="HttpError(416)",
    ),
    Mistake(
        "",
        "raises ValueError",
        "test_nowhere_in_the_file_is_416",
        old='HttpError(416, f"there are {size} octets", "RFC 9110 §15.5.17")',
        new='ValueError(f"there are {size} octets")',
    ),
    Mistake(
        "",
        "begins at the last octet if it begins after it",
        "test_nowhere_in_the_file_is_416",
        old=START,
        new="    start = min(int(first), size - 1) if first else max(size - int(last), 0)\n",
    ),
    Mistake(
        "",
        "takes -0 for everything",
        "test_nowhere_in_the_file_is_416",
        old="max(size - int(last), 0)",
        new="max(size - int(last), 0) if int(last) else 0",
    ),
    Mistake(
        "X896",
        "takes the first range",
        "test_several_ranges",
        old="RANGE.fullmatch(field)",
        new='RANGE.fullmatch(field.split(",")[0])',
    ),
    Mistake(
        "X896",
        "takes the last range",
        "test_several_ranges",
        old="RANGE.fullmatch(field)",
        new='RANGE.fullmatch("bytes=" + field[6:].split(",")[-1] if "," in field else field)',
    ),
    Mistake(
        "X894",
        "raises 416 for several ranges",
        "test_several_ranges",
        old=MATCH,
        new='    if "," in field and "-" in field.split(",")[1]:\n'
        '        raise HttpError(416, "one only", "RFC 9110 §14.2")\n' + MATCH,
    ),
    Mistake("", "begins at the beginning", "test_yields_the_part", old=SEEK, new=""),
    Mistake(
        "",
        "reads to the end of the file",
        "test_yields_the_part",
        old=LOOP,
        new="    while piece := file.read(CHUNK):\n        yield piece\n",
    ),
    Mistake(
        "",
        "reads a whole piece at the end",
        "test_yields_the_part",
        old=LOOP,
        new="""    while left > 0 and (piece := file.read(CHUNK)):
        left -= len(piece)
        yield piece
""",
    ),
    Mistake(
        "",
        "asks for as much as the whole part has, each time",
        "test_yields_the_part",
        old="file.read(min(CHUNK, left))",
        new="file.read(min(CHUNK, len(part)))",
    ),
    Mistake(
        "X897",
        "takes the end of the file for an error",
        "test_ends_when_the_file_does",
        old=LOOP,
        new="""    while left:
        piece = file.read(min(CHUNK, left))
        if not piece:
            raise EOFError
        left -= len(piece)
        yield piece
""",
    ),
    Mistake(
        "",
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
        "yields the part at once",
        "test_reads_piece_by_piece",
        old="    left = len(part)\n" + LOOP,
        new="    yield file.read(len(part))\n",
    ),
    Mistake(
        "",
        "yields a piece without octets for a part without octets",
        "test_ends_when_the_file_does",
        old="    left = len(part)\n",
        new='    left = len(part)\n    if not left:\n        yield b""\n',
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
        "",
        "yields octet by octet",
        "test_reads_piece_by_piece",
        old="file.read(min(CHUNK, left))",
        new="file.read(min(CHUNK if left < 9 else 1, left))",
    ),
    Mistake(
        "",
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
        "",
        "reads beyond the part, and cuts",
        "test_reads_piece_by_piece",
        old=LOOP,
        new="""    while left and (piece := file.read(CHUNK)[:left]):
        left -= len(piece)
        yield piece
""",
    ),
    Mistake(
        "",
        "takes a short read for the end",
        "test_ends_when_the_file_does",
        old=LOOP,
        new="""    while left:
        wanted = min(CHUNK, left)
        piece = file.read(wanted)
        if piece:
            yield piece
        if len(piece) < wanted:
            return
        left -= wanted
""",
    ),
    Mistake(
        "",
        "counts pieces instead of octets",
        "test_ends_when_the_file_does",
        old=LOOP,
        new="""    for at in range(0, left, CHUNK):
        if piece := file.read(min(CHUNK, left - at)):
            yield piece
""",
    ),
    Mistake(
        "X902",
        "has the fields for a cache only",
        "test_the_whole_file",
        old="range(found.size)), 200, found.fields, found.size)",
        new="range(found.size)), 200, found.for_cache, found.size)",
    ),
    Mistake(
        "X898",
        "reads the file into memory",
        "test_the_whole_file",
        old=WHOLE,
        new="""    if part is None:
        content = found.file.read()
        found.close()
        return Response(content, 200, found.fields, found.size)
""",
    ),
    Mistake(
        "",
        "answers 206 without a Range",
        "test_the_whole_file",
        old=WHOLE,
        new="    part = part or range(found.size)\n",
    ),
    Mistake(
        "",
        "states no length",
        "test_the_whole_file",
        old="range(found.size)), 200, found.fields, found.size)",
        new="range(found.size)), 200, found.fields)",
    ),
    Mistake(
        "",
        "closes the file first",
        "test_the_whole_file",
        old=STATUS,
        new=STATUS + "    found.close()\n",
    ),
    Mistake(
        "",
        "sends an iterator that cannot be closed",
        "test_the_whole_file",
        old="Response(FilePart(found.file, range(found.size)), 200",
        new="Response(read_part(found.file, range(found.size)), 200",
    ),
    Mistake(
        "X902",
        "says on a 200 which part it is",
        "test_the_whole_file",
        old="range(found.size)), 200, found.fields, found.size)",
        new="range(found.size)), 200, [*found.fields, "
        '("Content-Range", f"bytes */{found.size}")], found.size)',
    ),
    Mistake(
        "",
        "does not ask evaluate()",
        "test_conditions_decide",
        old=STATUS,
        new="    status = 200\n",
    ),
    Mistake(
        "X902",
        "sends all fields with a 304",
        "test_conditions_decide",
        old=NO_FILE,
        new="""    if status == 304:
        found.close()
        return Response(b"", 304, found.fields)
"""
        + NO_FILE,
    ),
    Mistake(
        "X902",
        "sends no fields with a 304",
        "test_conditions_decide",
        old=NO_FILE,
        new="""    if status == 304:
        found.close()
        return Response(b"", 304)
"""
        + NO_FILE,
    ),
    Mistake(
        "X901",
        "leaves the file of a 304 open",
        "test_conditions_decide",
        old=NO_FILE,
        new="""    if status == 304:
        return Response(b"", 304, found.for_cache)
"""
        + NO_FILE,
    ),
    Mistake(
        "X901",
        "leaves the file of a 412 open",
        "test_conditions_decide",
        old=NO_FILE,
        new="""    if status == 412:
        return plain(412, "No.")
"""
        + NO_FILE,
    ),
    Mistake(
        "X902",
        "has a text in a 304",
        "test_conditions_decide",
        old=NO_FILE,
        new="""    if status == 304:
        found.close()
        return Response(b"Not Modified", 304, found.for_cache)
"""
        + NO_FILE,
    ),
    Mistake(
        "",
        "answers 304 only to GET",
        "test_conditions_decide",
        old=NO_FILE,
        new="""    if request.method == "HEAD":
        return without_file(found, 200)
"""
        + NO_FILE,
    ),
    Mistake(
        "",
        "sends the file with a 412",
        "test_conditions_decide",
        old=NO_FILE,
        new="""    if status == 304 or request.method == "HEAD":
        return without_file(found, status)
    if status == 412:
        return Response(FilePart(found.file, range(found.size)), 412, found.fields, found.size)
""",
    ),
    Mistake(
        "X1590",
        "names the octet after the last",
        "test_a_part",
        old="{part.stop - 1}",
        new="{part.stop}",
    ),
    Mistake(
        "",
        "names the length of the part",
        "test_a_part",
        old="{part.stop - 1}/{found.size}",
        new="{part.stop - 1}/{len(part)}",
    ),
    Mistake(
        "",
        "has no Content-Range",
        "test_a_part",
        old="[*found.fields, place]",
        new="found.fields",
    ),
    Mistake(
        "",
        "appends to a list that is not kept",
        "test_a_part",
        old="    return Response(FilePart(found.file, part), 206, [*found.fields, place], len(part))\n",
        new="    found.fields.append(place)\n"
        "    return Response(FilePart(found.file, part), 206, found.fields, len(part))\n",
    ),
    Mistake(
        "",
        "has the fields for a cache only, in a 206",
        "test_a_part",
        old="[*found.fields, place]",
        new="[*found.for_cache, place]",
    ),
    Mistake(
        "",
        "has an = after the unit",
        "test_a_part",
        old='f"bytes {part.start}',
        new='f"bytes={part.start}',
    ),
    Mistake(
        "",
        "sends the whole file with a 206",
        "test_a_part",
        old="return Response(FilePart(found.file, part), 206",
        new="return Response(FilePart(found.file, range(found.size)), 206",
    ),
    Mistake(
        "", "has the length of the whole file", "test_a_part", old="len(part))", new="found.size)"
    ),
    Mistake(
        "",
        "states no length of a part",
        "test_a_part",
        old="place], len(part))",
        new="place])",
    ),
    Mistake(
        "",
        "answers 200 if the part is all of the file",
        "test_a_part",
        old="    if part is None:\n        return",
        new="    if part in (None, range(found.size)):\n        return",
    ),
    Mistake(
        "",
        "lets the 416 pass",
        "test_a_part_that_is_not_there",
        old=TRIES,
        new="    part = parse_range(range_field(request, found), found.size)\n",
    ),
    Mistake(
        "X902",
        "does not say how long the file is",
        "test_a_part_that_is_not_there",
        old="        return without_file(found, 416)\n",
        new='        found.close()\n        return plain(416, "No.")\n',
    ),
    Mistake(
        "X901",
        "leaves the file of a 416 open",
        "test_a_part_that_is_not_there",
        old="        return without_file(found, 416)\n",
        new='        return plain(416, "No.", ("Content-Range", f"bytes */{found.size}"))\n',
    ),
    Mistake(
        "",
        "sends the file instead of a 416",
        "test_a_part_that_is_not_there",
        old="        return without_file(found, 416)\n",
        new="        part = None\n",
    ),
    Mistake(
        "",
        "never sends a part if there is If-Range",
        "test_the_rest_of_another_version",
        old="range_field(request, found)",
        new='"" if "if-range" in request.headers else range_field(request, found)',
    ),
    Mistake(
        "X900",
        "does not look at If-Range",
        "test_the_rest_of_another_version",
        old="range_field(request, found)",
        new='request.headers.get("range") or ""',
    ),
    Mistake(
        "",
        "answers 412 if If-Range does not hold",
        "test_the_rest_of_another_version",
        old=TRIES,
        new="""    if "if-range" in request.headers and not range_field(request, found):
        return without_file(found, 412)
"""
        + TRIES,
    ),
    Mistake(
        "X900",
        "raises 416 for a part of another version",
        "test_the_rest_of_another_version",
        old=TRIES,
        new="""    try:
        parse_range(request.headers.get("range") or "", found.size)
    except HttpError:
        return without_file(found, 416)
"""
        + TRIES,
    ),
    Mistake(
        "",
        "sends the whole file instead of a 416, if there is If-Range",
        "test_the_rest_of_another_version",
        old="        return without_file(found, 416)\n",
        new="""        if "if-range" not in request.headers:
            return without_file(found, 416)
        part = None
""",
    ),
    Mistake(
        "",
        "has the length of one piece",
        "test_a_part",
        old="place], len(part))",
        new="place], min(len(part), CHUNK))",
    ),
    Mistake(
        "X899",
        "sends parts of a head",
        "test_head_is_about_the_whole_file",
        old=NO_FILE,
        new="""    if status != 200:
        return without_file(found, status)
    if request.method == "HEAD" and "range" not in request.headers:
        return without_file(found, 200)
""",
    ),
    Mistake(
        "X899",
        "looks at HEAD after Range",
        "test_head_is_about_the_whole_file",
        old=NO_FILE + TRIES,
        new="""    if status != 200:
        return without_file(found, status)
"""
        + TRIES
        + """    if request.method == "HEAD":
        return without_file(found, 200)
""",
    ),
    Mistake(
        "",
        "has no length for HEAD",
        "test_head_is_about_the_whole_file",
        old=NO_FILE,
        new=NO_FILE.replace("status)", "status)._replace(length=None)"),
    ),
    Mistake(
        "X902",
        "has fewer fields for HEAD",
        "test_head_is_about_the_whole_file",
        old=NO_FILE,
        new="""    if request.method == "HEAD" and status == 200:
        found.close()
        return Response((), 200, found.for_cache, found.size)
"""
        + NO_FILE,
    ),
    Mistake(
        "",
        "sends the file to HEAD",
        "test_head_is_about_the_whole_file",
        old=NO_FILE,
        new="""    if status != 200:
        return without_file(found, status)
    if request.method == "HEAD":
        return Response(FilePart(found.file, range(found.size)), 200, found.fields, found.size)
""",
    ),
    Mistake(
        "X901",
        "leaves the file open for HEAD",
        "test_head_is_about_the_whole_file",
        old=NO_FILE,
        new="""    if request.method == "HEAD" and status == 200:
        return Response((), 200, found.fields, found.size)
"""
        + NO_FILE,
    ),
    Mistake(
        "X891",
        "looks at Range first",
        "test_conditions_come_before_ranges",
        old=NO_FILE,
        new="""    if request.method == "HEAD" or (status != 200 and "range" not in request.headers):
        return without_file(found, status)
""",
    ),
    Mistake(
        "X891",
        "looks at Range if there is no 412",
        "test_conditions_come_before_ranges",
        old=NO_FILE,
        new="""    if request.method == "HEAD" or status == 412:
        return without_file(found, status)
    if status == 304 and "range" not in request.headers:
        return without_file(found, status)
""",
    ),
    Mistake(
        "",
        "refuses absolute names",
        "test_finds_what_is_inside",
        old="    # TASK 1. Resolve the path first. Then compare it with root.\n",
        new='    if name.startswith("/"):\n        return None\n',
    ),
    Mistake(
        "",
        "strips white space of the name",
        "test_finds_what_is_inside",
        old="        path = (root / name).resolve(strict=True)\n",
        new="        path = (root / name.strip()).resolve(strict=True)\n",
    ),
    Mistake(
        "",
        "finds a link that leads to nothing",
        "test_what_cannot_be_looked_at_is_none",
        old="        path = (root / name).resolve(strict=True)\n",
        new=(
            "        path = (root / name).resolve()\n"
            "        if not os.path.lexists(root / name):\n"
            "            return None\n"
        ),
    ),
    Mistake(
        "",
        "keeps paths in a cache",
        "test_what_cannot_be_looked_at_is_none",
        edits=(
            Edit(
                old="    # TASK 1. Resolve the path first. Then compare it with root.\n",
                new=(
                    "    cache = locate.__dict__.setdefault('cache', {})\n"
                    "    if name in cache:\n"
                    "        return cache[name]\n"
                ),
            ),
            Edit(
                old="    return path if path.is_relative_to(root) else None\n",
                new=(
                    "    cache[name] = path if path.is_relative_to(root) else None\n"
                    "    return cache[name]\n"
                ),
            ),
        ),
    ),
    Mistake(
        "",
        "takes any field that begins with * for *",
        "test_a_field_is_a_list",
        old='    if field == "*":\n',
        new='    if field.startswith("*"):\n',
    ),
    Mistake(
        "",
        "three tags",
        "test_a_field_is_a_list",
        old="    tags = tags_in(field)\n",
        new="    tags = tags_in(field)[:3]\n",
    ),
    Mistake(
        "",
        "a list with * in it",
        "test_a_field_is_a_list",
        old='    if field == "*":\n',
        new='    if "*" in [each.strip() for each in field.split(",")]:\n',
    ),
    Mistake(
        "",
        "first field line only",
        "test_if_none_match",
        old='    if (tags := headers.get("if-none-match")) is not None:\n',
        new='    if (lines := headers.get_all("if-none-match")) and (tags := lines[0]) is not None:\n',
    ),
    Mistake(
        "",
        "looks for If-None-Match as it is written",
        "test_if_none_match",
        old='    if (tags := headers.get("if-none-match")) is not None:\n',
        new='    if (tags := dict(headers).get("If-None-Match")) is not None:\n',
    ),
    Mistake(
        "",
        "first If-Match line only",
        "test_if_match",
        old='    if (tags := headers.get("if-match")) is not None:\n',
        new='    if (lines := headers.get_all("if-match")) and (tags := lines[0]) is not None:\n',
    ),
    Mistake(
        "",
        "takes the first of two dates",
        "test_bad_dates_are_not_there",
        old='parse_date(headers.get("if-modified-since"))\n',
        new='parse_date((headers.get_all("if-modified-since") or [None])[0])\n',
    ),
    Mistake(
        "",
        "strips the field",
        "test_what_is_not_valid_is_ignored",
        old="    match = RANGE.fullmatch(field)\n",
        new="    match = RANGE.fullmatch(field.strip())\n",
    ),
    Mistake(
        "",
        "drops a comma at the end",
        "test_several_ranges",
        old="    match = RANGE.fullmatch(field)\n",
        new="    match = RANGE.fullmatch(field.rstrip(','))\n",
    ),
    Mistake(
        "X894",
        "looks at the end of the file before it looks at the order",
        "test_what_is_not_valid_is_ignored",
        old="    if first and last and int(last) < int(first):\n        return None\n",
        new=(
            "    if first and int(first) >= size:\n"
            "        raise HttpError(416, 'no', 'RFC 9110 §15.5.17')\n"
            "    if first and last and int(last) < int(first):\n"
            "        return None\n"
        ),
    ),
    Mistake(
        "X894",
        "takes 4-3 for an empty part",
        "test_what_is_not_valid_is_ignored",
        old="int(last) < int(first)",
        new="int(last) < int(first) - 1",
    ),
    Mistake(
        "",
        "limits a part to 10 MB",
        "test_the_end_of_the_file",
        old="    return range(start, stop)\n",
        new="    return range(start, min(stop, start + 10_000_000))\n",
    ),
    Mistake(
        "",
        "ends after a full last chunk with an empty piece",
        "test_reads_piece_by_piece",
        old=(
            "    while left and (piece := file.read(min(CHUNK, left))):\n"
            "        left -= len(piece)\n"
            "        yield piece\n"
        ),
        new=(
            "    while piece := file.read(min(CHUNK, left)):\n"
            "        left -= len(piece)\n"
            "        yield piece\n"
            "    if len(part) and len(part) % CHUNK == 0:\n"
            "        yield b''\n"
        ),
    ),
    Mistake(
        "",
        "closes the file if it is abandoned",
        "test_reads_piece_by_piece",
        old=(
            "    while left and (piece := file.read(min(CHUNK, left))):\n"
            "        left -= len(piece)\n"
            "        yield piece\n"
        ),
        new=(
            "    try:\n"
            "        while left and (piece := file.read(min(CHUNK, left))):\n"
            "            left -= len(piece)\n"
            "            yield piece\n"
            "    except GeneratorExit:\n"
            "        file.close()\n"
            "        raise\n"
        ),
    ),
    Mistake(
        "",
        "closes when the file is too short",
        "test_ends_when_the_file_does",
        old=(
            "    while left and (piece := file.read(min(CHUNK, left))):\n"
            "        left -= len(piece)\n"
            "        yield piece\n"
        ),
        new=(
            "    while left and (piece := file.read(min(CHUNK, left))):\n"
            "        left -= len(piece)\n"
            "        yield piece\n"
            "    if left:\n"
            "        file.close()\n"
        ),
    ),
    Mistake(
        "",
        "yields bytearrays",
        "test_yields_the_part",
        old=(
            "    while left and (piece := file.read(min(CHUNK, left))):\n"
            "        left -= len(piece)\n"
            "        yield piece\n"
        ),
        new=(
            "    while left and (piece := file.read(min(CHUNK, left))):\n"
            "        left -= len(piece)\n"
            "        yield bytearray(piece)\n"
        ),
    ),
    Mistake(
        "",
        "has no Content-Encoding in a 206",
        "test_a_part",
        old="    return Response(FilePart(found.file, part), 206, [*found.fields, place], len(part))\n",
        new=(
            "    return Response(FilePart(found.file, part), 206, [*[f for f in found.fields if "
            "f[0] != 'Content-Encoding'], place], len(part))\n"
        ),
    ),
    Mistake(
        "",
        "has no Vary in a 206",
        "test_a_part",
        old="    return Response(FilePart(found.file, part), 206, [*found.fields, place], len(part))\n",
        new=(
            "    return Response(FilePart(found.file, part), 206, [*[f for f in found.fields if "
            "f[0] != 'Vary'], place], len(part))\n"
        ),
    ),
    Mistake(
        "",
        "takes an empty file for one octet",
        "test_a_part",
        old="range_field(request, found), found.size)",
        new="range_field(request, found), found.size or 1)",
    ),
    Mistake(
        "",
        "sends the file to HEAD with If-None-Match",
        "test_head_is_about_the_whole_file",
        old='request.method == "HEAD":',
        new='request.method == "HEAD" and "if-none-match" not in request.headers:',
    ),
    Mistake(
        "",
        "has no text in a 416",
        "test_a_part_that_is_not_there",
        old="        return without_file(found, 416)\n",
        new="        return without_file(found, 416)._replace(content=b'')\n",
    ),
    Mistake(
        "",
        "has Content-Range twice",
        "test_a_part",
        old="    return Response(FilePart(found.file, part), 206, [*found.fields, place], len(part))\n",
        new=(
            "    return Response(FilePart(found.file, part), 206, [place, *found.fields, place], "
            "len(part))\n"
        ),
    ),
    Mistake(
        "",
        "has the length of the file in a 304",
        "test_conditions_decide",
        old="    if status != 200 or",
        new=(
            "    if status == 304:\n"
            "        return without_file(found, 304)._replace(length=found.size)\n"
            "    if status != 200 or"
        ),
    ),
    Mistake(
        "",
        "refuses long names",
        "test_finds_what_is_inside",
        old="    # TASK 1. Resolve the path first. Then compare it with root.\n",
        new="    if len(name) > 255:\n        return None\n",
    ),
    Mistake(
        "",
        "finds no empty file",
        "test_finds_what_is_inside",
        old="    return path if path.is_relative_to(root) else None\n",
        new="    return path if path.is_relative_to(root) and path.stat().st_size else None\n",
    ),
    Mistake(
        "X886",
        "looks for W/ at the beginning of the field",
        "test_a_field_is_a_list",
        old='        return tag in tags and not tag.startswith("W/")\n',
        new='        return tag in tags and not field.startswith("W/")\n',
    ),
    Mistake(
        "",
        "takes what follows the last slash for the tag",
        "test_strong_and_weak",
        old='    return tag.removeprefix("W/") in [other.removeprefix("W/") for other in tags]\n',
        new='    return tag.split("/")[-1] in [other.split("/")[-1] for other in tags]\n',
    ),
    Mistake(
        "",
        "lets If-Match: * decide everything",
        "test_conditions_have_an_order",
        old='    if (tags := headers.get("if-match")) is not None:\n',
        new=(
            '    if headers.get("if-match") == "*":\n'
            "        return 200\n"
            '    if (tags := headers.get("if-match")) is not None:\n'
        ),
    ),
    Mistake(
        "",
        "lets the date decide if the tag is *",
        "test_a_tag_rules_out_the_date",
        old='    if (tags := headers.get("if-none-match")) is not None:\n',
        new=(
            '    if headers.get("if-none-match") == "*" and "if-modified-since" in headers:\n'
            "        return 200\n"
            '    if (tags := headers.get("if-none-match")) is not None:\n'
        ),
    ),
    Mistake(
        "",
        "has fewer fields in a 206 for If-Range",
        "test_the_rest_of_another_version",
        old="    return Response(FilePart(found.file, part), 206, [*found.fields, place], len(part))\n",
        new=(
            "    return Response(FilePart(found.file, part), 206, [*(found.for_cache if "
            "'if-range' in request.headers else found.fields), place], len(part))\n"
        ),
    ),
)
