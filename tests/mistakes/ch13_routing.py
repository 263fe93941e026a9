"""Wrong answers to chapter 13 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

PATH = """    path, _, query = target.partition("?")
"""
SEGMENTS = """    return [decode(segment) for segment in path[1:].split("/")], query
"""
AUTHORITY = """    if match := SCHEME_AND_AUTHORITY.match(target):
        target = target[match.end() :]
"""
TAKEN = """        if method in node.routes:
            raise ValueError(f"{node.routes[method].pattern} takes the same paths as {pattern}")
"""
CHECKED = """        self.check_name(route)
"""
RECORDED = """        node.routes[method] = route
        self.record(route)
"""
SEARCH = """        route = search(self.root, method, segments)
"""
TAKES = """        if takes(segment):
"""
LEAF = """        return node.routes.get("GET") if method == "HEAD" else None
"""
CALL = """        if match := self.find(request.method, segments):
            route, values = match
            return route.endpoint(request, **values)
"""
UNKNOWN = """        if request.method not in METHODS | self.methods:
            return plain(501, f"Nothing here knows the method {request.method}.")
"""
OPTIONS = """            if request.method == "OPTIONS":
                return Response(b"", 204, [allow])
"""
COMES_BACK = """        match = self.find(route.method, segments)
        if match is None or match[0] is not route or not {".", ".."}.isdisjoint(segments):
            raise ValueError(f"{route.pattern} does not take {values}")
"""
ENCODED = """    path = "/" + "/".join(quote(segment, safe=SUB_DELIMS) for segment in segments)
"""
SCAN = """        import itertools

        for route in sorted(self.routes, key=lambda route: [
            -1 if isinstance(piece, str) else list(CONVERTERS).index(piece.converter)
            for piece in route.pieces
        ]):
            if route.method != method and (route.method, method) != ("GET", "HEAD"):
                continue
            if (route.method, method) == ("GET", "HEAD") and any(
                other.method == "HEAD" and [getattr(p, "converter", p) for p in other.pieces]
                == [getattr(p, "converter", p) for p in route.pieces] for other in self.routes
            ):
                continue
            values = {}
            for at, (piece, segment) in enumerate(itertools.zip_longest(route.pieces, segments)):
                if isinstance(piece, Parameter) and piece.converter == "path":
                    if segment is None or not CONVERTERS["path"].takes(segment):
                        break
                    values[piece.name] = "/".join(segments[at:])
                    return route, values
                if isinstance(piece, Parameter):
                    if segment is None or not CONVERTERS[piece.converter].takes(segment):
                        break
                    values[piece.name] = CONVERTERS[piece.converter].convert(segment)
                elif piece != segment:
                    break
            else:
                return route, values
        return None
"""
NAMES = (
    "def path_of",
    "def _names(route):\n    return [piece for piece in route.pieces if isinstance(piece, Parameter)]"
    "\n\n\ndef path_of",
)
FIRST_MATCH = """        for route in self.routes:
            groups = {
                "int": "(0|[1-9][0-9]{0,17})", "str": "([^/]+)", "path": "([^/\\0].*)",
            }
            parts = [
                re.escape(piece) if isinstance(piece, str) else groups[piece.converter]
                for piece in route.pieces
            ]
            pattern = re.compile("/".join(parts), re.DOTALL)
            path = "/".join(segment.replace("/", "\\0") for segment in segments)
            if route.method == method and (match := pattern.fullmatch(path)):
                names = [piece for piece in route.pieces if isinstance(piece, Parameter)]
                return route, {
                    piece.name: CONVERTERS[piece.converter].convert(text.replace("\\0", "/"))
                    for piece, text in zip(names, match.groups())
                }
        return None
"""
SPLIT = 'path[1:].split("/")'
VALUES = """        if route is None:
            return None
        return route, route.values_in(segments) if route.parameters else {}
"""
TEXT_FIRST = """    if child and (route := search(child, method, segments, at + 1)):
        return route
"""
ALLOWED = """        if allowed := self.allowed(segments):
"""
NOT_FOUND = """        return self.moved(segments, query) or plain(404, "There is nothing here.")
"""
DOT = """    return f"/.{path}" if path.startswith("//") else path
"""

MISTAKES = (
    Mistake(
        "M90",
        "decodes, then splits",
        "test_splits_before_it_decodes",
        old=PATH + SEGMENTS,
        new=PATH + '    return unquote(path)[1:].split("/"), query\n',
    ),
    Mistake(
        "M96",
        "leaves the query in the path",
        "test_query_is_not_part_of_the_path",
        old=PATH,
        new='    path, query = target, ""\n',
    ),
    Mistake(
        "M96",
        "cuts at the last question mark",
        "test_query_is_not_part_of_the_path",
        old=PATH,
        new='    path, _, query = target.rpartition("?") if "?" in target else (target, "", "")\n',
    ),
    Mistake(
        "M96",
        "decodes the query as a whole",
        "test_query_is_not_part_of_the_path",
        old=SEGMENTS,
        new=SEGMENTS.replace(", query", ", unquote(query)"),
    ),
    Mistake(
        "M91",
        "decodes a path like a form",
        "test_decodes_once",
        old=SEGMENTS,
        new=SEGMENTS.replace("decode(segment)", 'decode(segment.replace("+", " "))'),
    ),
    Mistake(
        "M93",
        "decodes the segments, and then decodes them again",
        "test_decodes_once",
        old=SEGMENTS,
        new=SEGMENTS.replace("decode(segment)", "decode(decode(segment))"),
    ),
    Mistake(
        "X820",
        "normalises the text",
        "test_splits_before_it_decodes",
        old=SEGMENTS,
        new="    from unicodedata import normalize\n\n"
        + SEGMENTS.replace("decode(segment)", 'normalize("NFC", decode(segment))'),
    ),
    Mistake(
        "X91",
        "calls unquote(), not decode()",
        "test_bad_escapes_are_refused",
        old=SEGMENTS,
        new=SEGMENTS.replace("decode(segment)", "unquote(segment)"),
    ),
    Mistake(
        "X91",
        "catches the error of decode(), and keeps the segment",
        "test_bad_escapes_are_refused",
        old=SEGMENTS,
        new="""    segments = []
    for segment in path[1:].split("/"):
        try:
            segments.append(decode(segment))
        except HttpError:
            segments.append(segment)
    return segments, query
""",
    ),
    Mistake(
        "",
        "raises an error of its own",
        "test_bad_escapes_are_refused",
        old=SEGMENTS,
        new="""    try:
        return [decode(segment) for segment in path[1:].split("/")], query
    except HttpError as error:
        raise ValueError(target) from error
""",
    ),
    Mistake(
        "X90",
        "strips slashes at both ends",
        "test_every_slash_begins_a_segment",
        old=SPLIT,
        new='path.strip("/").split("/")',
    ),
    Mistake(
        "X90",
        "drops empty segments",
        "test_every_slash_begins_a_segment",
        old=SPLIT,
        new='[segment for segment in path.split("/") if segment] or [""]',
    ),
    Mistake(
        "X90",
        "resolves dots with posixpath",
        "test_every_slash_begins_a_segment",
        old=SPLIT,
        new='__import__("posixpath").normpath(path).removeprefix("/").split("/")',
    ),
    Mistake(
        "M67",
        "takes every target for a path",
        "test_absolute_form",
        old=AUTHORITY,
        new="",
    ),
    Mistake(
        "X412",
        "urlsplit() takes a path with two slashes for a host",
        "test_absolute_form",
        old=AUTHORITY + PATH,
        new="    from urllib.parse import urlsplit\n"
        "    path, query = urlsplit(target)[2], urlsplit(target)[3]\n",
    ),
    Mistake(
        "X90",
        "takes off all slashes in front",
        "test_absolute_form",
        old=SPLIT,
        new='path.lstrip("/").split("/")',
    ),
    Mistake(
        "X413",
        "finds no segments where there is no slash",
        "test_absolute_form",
        old=SPLIT,
        new='path.split("/")[1:]',
    ),
    Mistake(
        "M95",
        "escapes text as for a regular expression",
        "test_piece_is_a_text_or_a_parameter",
        old="    return segment\n\n\ndef parse",
        new="    return re.escape(segment)\n\n\ndef parse",
    ),
    Mistake(
        "X93",
        "refuses nothing",
        "test_bad_pieces_are_refused",
        edits=(
            Edit(
                old='    if match and (match[2] or "str") in CONVERTERS:\n',
                new="    if match:\n",
            ),
            Edit(
                old='    if "{" in segment or "}" in segment:\n',
                new="    if not segment and match:\n",
            ),
        ),
    ),
    Mistake(
        "",
        "forgets the brace that closes",
        "test_bad_pieces_are_refused",
        old='if "{" in segment or "}" in segment:',
        new='if "{" in segment:',
    ),
    Mistake(
        "",
        "takes half a parameter for text",
        "test_bad_pieces_are_refused",
        old='if "{" in segment or "}" in segment:',
        new='if segment == "{}":',
    ),
    Mistake(
        "",
        "looks for braces at the ends of the segment only",
        "test_bad_pieces_are_refused",
        old='if "{" in segment or "}" in segment:',
        new='if segment.startswith("{") or segment.endswith("}"):',
    ),
    Mistake(
        "",
        "does not know its converters",
        "test_bad_pieces_are_refused",
        old='    if match and (match[2] or "str") in CONVERTERS:\n',
        new='    if match and CONVERTERS[match[2] or "str"]:\n',
    ),
    Mistake(
        "X93",
        "the last of two routes wins",
        "test_two_routes_for_the_same_are_refused",
        old=TAKEN,
        new="",
    ),
    Mistake(
        "",
        "looks for the same pattern in the same words",
        "test_two_routes_for_the_same_are_refused",
        old=TAKEN,
        new="        if any((r.method, r.pattern) == (method, pattern) for r in self.routes):\n"
        '            raise ValueError("twice")\n',
    ),
    Mistake(
        "X464",
        "one pattern, one route",
        "test_routes_that_differ_are_kept",
        old=TAKEN,
        new="        if node.routes:\n            raise ValueError(pattern)\n",
    ),
    Mistake(
        "X414",
        "records the route, and then looks whether there is another",
        "test_refused_route_leaves_no_trace",
        edits=(
            Edit(old=RECORDED, new="        node.routes[method] = route\n"),
            Edit(old=TAKEN, new="        self.record(route)\n" + TAKEN),
        ),
    ),
    Mistake(
        "",
        "does not look at the name",
        "test_routes_that_differ_are_kept",
        old=CHECKED,
        new="",
    ),
    Mistake(
        "X464",
        "refuses a name that has a route already",
        "test_routes_that_differ_are_kept",
        old=CHECKED,
        new="        if name in self.named:\n            raise ValueError(name)\n" + CHECKED,
    ),
    Mistake(
        "X414",
        "knows the method of a route that it refuses",
        "test_refused_route_leaves_no_trace",
        old=CHECKED,
        new="        self.methods.add(method)\n" + CHECKED,
    ),
    Mistake(
        "X414",
        "keeps the name of a route that it refuses",
        "test_refused_route_leaves_no_trace",
        old=TAKEN,
        new="        if name:\n            self.named.setdefault(name, route)\n" + TAKEN,
    ),
    Mistake(
        "X414",
        "makes the nodes, and then looks at the name",
        "test_refused_route_leaves_no_trace",
        edits=(
            Edit(old=CHECKED, new=""),
            Edit(old=TAKEN, new=CHECKED + TAKEN),
        ),
    ),
    Mistake(
        "X414",
        "looks at the name last",
        "test_refused_route_leaves_no_trace",
        edits=(
            Edit(old=CHECKED, new=""),
            Edit(old=RECORDED, new=CHECKED + RECORDED),
        ),
    ),
    Mistake(
        "X460",
        "cuts with rpartition()",
        "test_splits_before_it_decodes",
        old=PATH,
        new=PATH.replace("partition", "rpartition"),
    ),
    Mistake(
        "X461",
        "looks for scheme and host anywhere",
        "test_absolute_form",
        old=AUTHORITY,
        new='    target = SCHEME_AND_AUTHORITY.sub("", target, count=1)\n',
    ),
    Mistake(
        "X461",
        "takes off scheme and host twice",
        "test_absolute_form",
        old=AUTHORITY,
        new=AUTHORITY + AUTHORITY.replace("match(", "search("),
    ),
    Mistake(
        "X462",
        "knows http:// in small letters only",
        "test_absolute_form",
        old="[^:/?]+://[^/?]*",
        new="https?://[^/?]*",
    ),
    Mistake(
        "X463",
        "decodes the pattern",
        "test_piece_is_a_text_or_a_parameter",
        old="    return segment\n\n\ndef parse",
        new="    return unquote(segment)\n\n\ndef parse",
    ),
    Mistake(
        "X465",
        "puts the route into the tree, and that is all",
        "test_routes_that_differ_are_kept",
        old=RECORDED,
        new="        node.routes[method] = route\n",
    ),
    Mistake(
        "",
        "records the route, and leaves it out of the tree",
        "test_two_routes_for_the_same_are_refused",
        old=RECORDED,
        new="        self.record(route)\n",
    ),
    Mistake(
        "",
        "does not look whether the converter exists",
        "test_bad_pieces_are_refused",
        old='    if match and (match[2] or "str") in CONVERTERS:\n',
        new="    if match:\n",
    ),
    Mistake(
        "X821",
        "decodes into lower case",
        "test_splits_before_it_decodes",
        old=SEGMENTS,
        new=SEGMENTS.replace("decode(segment)", "decode(segment).lower()"),
    ),
    Mistake(
        "",
        "asks match(), not fullmatch()",
        "test_bad_pieces_are_refused",
        old="    match = PARAMETER.fullmatch(segment)\n",
        new="    match = PARAMETER.match(segment)\n",
    ),
    Mistake(
        "",
        "leaves the converter out where it is not named",
        "test_piece_is_a_text_or_a_parameter",
        old='        return Parameter(match[1], match[2] or "str")\n',
        new="        return Parameter(match[1], match[2])\n",
    ),
    Mistake(
        "",
        "returns a tuple",
        "test_piece_is_a_text_or_a_parameter",
        old='        return Parameter(match[1], match[2] or "str")\n',
        new='        return match[1], match[2] or "str"\n',
    ),
    Mistake(
        "",
        "strips a text",
        "test_piece_is_a_text_or_a_parameter",
        old="    return segment\n\n\ndef parse",
        new="    return segment.strip()\n\n\ndef parse",
    ),
    Mistake(
        "",
        "leaves the name out of the route",
        "test_routes_that_differ_are_kept",
        old="Route(method, pattern, endpoint, name)",
        new="Route(method, pattern, endpoint)",
    ),
    Mistake(
        "X467",
        "a path takes one segment",
        "test_finds_the_route_and_its_values",
        old='end = len(segments) if converter == "path" else at + 1',
        new="end = at + 1",
    ),
    Mistake(
        "M95",
        "the beginning of a path is enough",
        "test_finds_the_route_and_its_values",
        old="    return None\n\n\ndef path_of",
        new="    return node.routes.get(method)\n\n\ndef path_of",
    ),
    Mistake(
        "",
        "gives each node one set of names",
        "test_finds_the_route_and_its_values",
        old="        node.routes[method] = route\n",
        new="        for other in node.routes.values():\n"
        "            route.parameters = other.parameters\n"
        "        node.routes[method] = route\n",
    ),
    Mistake(
        "",
        "forgets the last return",
        "test_finds_the_route_and_its_values",
        old="                return route\n    return None\n\n\ndef path_of",
        new="                return None\n    return None\n\n\ndef path_of",
    ),
    Mistake(
        "",
        "a parameter takes an empty segment",
        "test_parameter_takes_a_whole_segment",
        old=TAKES,
        new="        if converter == 'str' or takes(segment):\n",
    ),
    Mistake(
        "",
        "does not ask whether a path takes the segment",
        "test_parameter_takes_a_whole_segment",
        old=TAKES,
        new="        if converter == 'path' or takes(segment):\n",
    ),
    Mistake(
        "M66",
        "asks int()",
        "test_parameter_takes_a_whole_segment",
        edits=(
            Edit(
                old=TAKES,
                new="        if _is_int(segment) if converter == 'int' else takes(segment):\n",
            ),
            Edit(
                old="def path_of",
                new="def _is_int(text):\n    try:\n        int(text)\n    except ValueError:\n"
                "        return False\n    return True\n\n\ndef path_of",
            ),
        ),
    ),
    Mistake(
        "M66",
        "asks isdigit()",
        "test_parameter_takes_a_whole_segment",
        old=TAKES,
        new="        if segment.isdigit() if converter == 'int' else takes(segment):\n",
    ),
    Mistake(
        "M89",
        "the first that fits wins",
        "test_most_specific_wins_in_any_order",
        edits=(Edit(old=SEARCH, new=FIRST_MATCH), Edit(old=VALUES, new="")),
    ),
    Mistake(
        "M89",
        "tries the branches from the last to the first",
        "test_most_specific_wins_in_any_order",
        old="in node.branches:\n        if takes",
        new="in node.branches[::-1]:\n        if takes",
    ),
    Mistake(
        "M89",
        "parameters before text",
        "test_most_specific_wins_in_any_order",
        edits=(
            Edit(old=TEXT_FIRST, new=""),
            Edit(
                old="    return None\n\n\ndef path_of",
                new="    child = node.texts.get(segment)\n"
                "    return search(child, method, segments, at + 1) if child else None\n"
                "\n\ndef path_of",
            ),
        ),
    ),
    Mistake(
        "X95",
        "goes down the text and does not come back",
        "test_comes_back_from_a_dead_end",
        old=TEXT_FIRST,
        new="    if child:\n        return search(child, method, segments, at + 1)\n",
    ),
    Mistake(
        "X95",
        "goes down the first branch that fits and does not come back",
        "test_most_specific_wins_in_any_order",
        old="            if route := search(child, method, segments, end):\n"
        "                return route\n",
        new="            return search(child, method, segments, end)\n",
    ),
    Mistake(
        "M89",
        "the fewest parameters win",
        "test_any_table_in_any_order",
        edits=(
            Edit(
                old=SEARCH,
                new=SCAN.replace(
                    "lambda route: [", "lambda route: [len(_names(route)), *["
                ).replace("in route.pieces\n        ]", "in route.pieces\n        ]]"),
            ),
            Edit(old=VALUES, new=""),
            Edit(*NAMES),
        ),
    ),
    Mistake(
        "X97",
        "HEAD wants a route of its own",
        "test_get_answers_head",
        old=LEAF,
        new="        return None\n",
    ),
    Mistake(
        "X415",
        "asks for GET when HEAD has been looked for everywhere",
        "test_get_answers_head",
        edits=(
            Edit(old=LEAF, new="        return None\n"),
            Edit(
                old=SEARCH,
                new=SEARCH + '        if route is None and method == "HEAD":\n'
                '            return self.find("GET", segments)\n',
            ),
        ),
    ),
    Mistake(
        "X1350",
        "takes HEAD for GET, always",
        "test_get_answers_head",
        old=SEARCH,
        new='        method = "GET" if method == "HEAD" else method\n' + SEARCH,
    ),
    Mistake(
        "X96",
        "sorts the routes, and tries them all",
        "test_number_of_routes_costs_nothing",
        edits=(Edit(old=SEARCH, new=SCAN), Edit(old=VALUES, new="")),
    ),
    Mistake(
        "X96",
        "looks for the text among all texts",
        "test_number_of_routes_costs_nothing",
        old="    child = node.texts.get(segment)\n    if child and",
        new="    child = None\n    for text in node.texts:\n"
        "        if text == segment:\n            child = node.texts[text]\n"
        "    if child and",
    ),
    # Task 5
    Mistake(
        "X98",
        "quote() as it comes",
        "test_path_has_these_segments",
        old=ENCODED,
        new='    path = "/" + "/".join(map(quote, segments))\n',
    ),
    Mistake(
        "M91",
        "quote_plus() for a path",
        "test_path_has_these_segments",
        old=ENCODED,
        new=ENCODED + '    path = path.replace("%20", "+")\n',
    ),
    Mistake(
        "",
        "glues the segments",
        "test_path_has_these_segments",
        old=ENCODED,
        new='    path = "/" + "/".join(segments)\n',
    ),
    Mistake(
        "X98",
        "encodes the path as a whole",
        "test_path_has_these_segments",
        old=ENCODED,
        new='    path = quote("/" + "/".join(segments))\n',
    ),
    Mistake(
        "X475",
        "encodes twice",
        "test_path_has_these_segments",
        old=ENCODED,
        new=ENCODED.replace("quote(segment, safe=SUB_DELIMS)", "quote(quote(segment, safe=''))"),
    ),
    Mistake(
        "",
        "spares backslashes",
        "test_path_has_these_segments",
        old=ENCODED,
        new=ENCODED.replace("safe=SUB_DELIMS", "safe=SUB_DELIMS + chr(92)"),
    ),
    Mistake(
        "",
        "writes the letters as they are",
        "test_path_has_these_segments",
        old=ENCODED,
        new='    spared = [re.sub("[^Å]", lambda c: quote(c[0], safe=""), s) for s in segments]\n'
        '    path = "/" + "/".join(spared)\n',
    ),
    Mistake(
        "M97",
        "begins a path with two slashes",
        "test_path_never_names_a_host",
        old=DOT,
        new="    return path\n",
    ),
    Mistake(
        "",
        "takes the second slash out",
        "test_path_never_names_a_host",
        old=DOT,
        new='    return "/" + path.lstrip("/")\n',
    ),
    Mistake(
        "",
        "encodes the second slash",
        "test_path_never_names_a_host",
        old=DOT,
        new='    return f"/%2F{path[2:]}" if path.startswith("//") else path\n',
    ),
    Mistake(
        "",
        "glues the path of the URL",
        "test_url_encodes_values",
        old="        return path_of(segments)\n",
        new='        return "/" + "/".join(segments)\n',
    ),
    Mistake(
        "",
        "looks for a route for GET only",
        "test_url_encodes_values",
        old="        match = self.find(route.method, segments)\n",
        new='        match = self.find("GET", segments)\n',
    ),
    Mistake(
        "X99",
        "asks the converters only",
        "test_url_refuses_what_would_not_come_back",
        old=COMES_BACK,
        new="        for piece in route.pieces:\n"
        "            if isinstance(piece, Parameter):\n"
        "                if not CONVERTERS[piece.converter].takes(str(values[piece.name])):\n"
        '                    raise ValueError("not taken")\n',
    ),
    Mistake(
        "X99",
        "asks only whether any route takes it",
        "test_url_refuses_what_would_not_come_back",
        old=" or match[0] is not route",
        new="",
    ),
    Mistake(
        "X99",
        "compares the endpoints of two routes",
        "test_url_refuses_what_would_not_come_back",
        old="match[0] is not route or",
        new="match[0].endpoint is not route.endpoint or",
    ),
    Mistake(
        "X862",
        "builds URLs with dots",
        "test_url_refuses_what_would_not_come_back",
        old=' or not {".", ".."}.isdisjoint(segments):',
        new=":",
    ),
    Mistake(
        "",
        "strips the values",
        "test_url_and_find_undo_each_other",
        old="        segments = route.filled(values)\n",
        new="        segments = [s.strip() for s in route.filled(values)]\n",
    ),
    # Task 6
    # Task 7
    Mistake(
        "M90",
        "decodes the target before it is split",
        "test_endpoint_answers",
        old="split_target(request.target)",
        new="split_target(unquote(request.target))",
    ),
    Mistake(
        "X410",
        "lets HttpError out",
        "test_endpoint_answers",
        old="        except HttpError as error:\n",
        new="        except KeyError as error:\n",
    ),
    Mistake(
        "",
        "404 for what cannot be decoded",
        "test_endpoint_answers",
        old="plain(error.status, str(error))",
        new="plain(404, str(error))",
    ),
    Mistake(
        "X411",
        "calls the function inside the try",
        "test_endpoint_answers",
        edits=(
            Edit(old=CALL, new=""),
            Edit(
                old="        except HttpError as error:\n            return plain(error.status",
                new=CALL.replace("\n    ", "\n        ").replace("        if", "            if", 1)
                + "        except ValueError as error:\n"
                + "            return plain(getattr(error, 'status', 400)",
            ),
        ),
    ),
    Mistake(
        "X411",
        "calls the function inside a try for HttpError",
        "test_endpoint_answers",
        edits=(
            Edit(old=CALL, new=""),
            Edit(
                old="        except HttpError as error:\n            return plain(error.status",
                new=CALL.replace("\n    ", "\n        ").replace("        if", "            if", 1)
                + "        except HttpError as error:\n            return plain(error.status",
            ),
        ),
    ),
    Mistake(
        "M86",
        "answers 400 with text",
        "test_endpoint_answers",
        old="return plain(error.status, str(error))",
        new="return Response(str(error), error.status)",
    ),
    Mistake(
        "M87",
        "404 for a wrong method",
        "test_wrong_method_is_405",
        old="            return plain(405, ",
        new="            return plain(404, ",
    ),
    Mistake(
        "",
        "405 without Allow",
        "test_wrong_method_is_405",
        old='allow {request.method}.", allow)',
        new='allow {request.method}.")',
    ),
    Mistake(
        "",
        "405 without HEAD and OPTIONS in Allow",
        "test_wrong_method_is_405",
        old='", ".join(sorted(allowed))',
        new='", ".join(sorted(allowed - {"HEAD", "OPTIONS"}))',
    ),
    Mistake(
        "X471",
        "knows only the methods of its list",
        "test_wrong_method_is_405",
        old="not in METHODS | self.methods:",
        new="not in METHODS:",
    ),
    Mistake(
        "X472",
        "knows only the methods that have a route",
        "test_wrong_method_is_405",
        old="not in METHODS | self.methods:",
        new="not in self.methods:",
    ),
    Mistake(
        "X824",
        "shows the path in its page, as it is",
        "test_wrong_method_is_405",
        old=NOT_FOUND,
        new='        html = ("Content-Type", "text/html; charset=utf-8")\n'
        '        text = f"<h1>{unquote(request.target)} is not here</h1>"\n'
        "        return self.moved(segments, query) or Response(text.encode(), 404, [html])\n",
    ),
    Mistake(
        "X410",
        "raises 404",
        "test_wrong_method_is_405",
        old=NOT_FOUND,
        new="        if response := self.moved(segments, query):\n            return response\n"
        '        raise HttpError(404, "nothing here", "RFC 9110 §15.5.5")\n',
    ),
    Mistake(
        "X410",
        "raises 405",
        "test_wrong_method_is_405",
        old='return plain(405, f"This path does not allow {request.method}.", allow)',
        new='raise HttpError(405, "not so", "RFC 9110 §15.5.6")',
    ),
    Mistake(
        "M86",
        "answers 404 with text",
        "test_wrong_method_is_405",
        old='plain(404, "There is nothing here.")',
        new='Response("Not Found", 404)',
    ),
    Mistake(
        "X473",
        "redirects before it looks for other methods",
        "test_slash_is_the_last_thing_tried",
        old=ALLOWED,
        new="        if response := self.moved(segments, query):\n            return response\n"
        + ALLOWED,
    ),
    Mistake(
        "",
        "never asks moved()",
        "test_slash_is_the_last_thing_tried",
        old=NOT_FOUND,
        new='        return plain(404, "There is nothing here.")\n',
    ),
    Mistake(
        "M88",
        "405 for an unknown method",
        "test_unknown_method_is_501",
        old=UNKNOWN,
        new="",
    ),
    Mistake(
        "",
        "404 comes before 501",
        "test_unknown_method_is_501",
        edits=(
            Edit(old=UNKNOWN, new=""),
            Edit(
                old=ALLOWED,
                new=ALLOWED
                + UNKNOWN.replace("\n    ", "\n        ").replace(
                    "        if", "            if", 1
                ),
            ),
        ),
    ),
    Mistake(
        "X470",
        "makes the method upper-case",
        "test_unknown_method_is_501",
        old=CALL,
        new=CALL.replace("request.method", "request.method.upper()"),
    ),
    Mistake(
        "M86",
        "answers 501 with text",
        "test_unknown_method_is_501",
        old='return plain(501, f"Nothing here knows the method {request.method}.")',
        new='return Response("Not Implemented", 501)',
    ),
    Mistake(
        "X861",
        "OPTIONS is a wrong method",
        "test_head_and_options_need_no_code",
        old=OPTIONS,
        new="",
    ),
    Mistake(
        "",
        "puts spaces between the methods",
        "test_wrong_method_is_405",
        old='", ".join(sorted(allowed))',
        new='" ".join(sorted(allowed))',
    ),
    Mistake(
        "",
        "answers OPTIONS with the methods as its content",
        "test_head_and_options_need_no_code",
        old=OPTIONS,
        new=OPTIONS.replace('b""', "allow[1].encode()"),
    ),
    Mistake(
        "X824",
        "shows the target in its page, as it came",
        "test_wrong_method_is_405",
        old=NOT_FOUND,
        new='        html = ("Content-Type", "text/html; charset=utf-8")\n'
        '        text = f"<h1>{request.target} is not here</h1>"\n'
        "        return self.moved(segments, query) or Response(text.encode(), 404, [html])\n",
    ),
    Mistake(
        "",
        "OPTIONS without Allow",
        "test_head_and_options_need_no_code",
        old=OPTIONS,
        new=OPTIONS.replace("204, [allow]", "204"),
    ),
    Mistake(
        "X468",
        "does not look for a route for OPTIONS",
        "test_head_and_options_need_no_code",
        old=CALL,
        new=CALL.replace("if match :=", 'if request.method != "OPTIONS" and (match :=').replace(
            "segments):", "segments)):"
        ),
    ),
    Mistake(
        "X469",
        "takes the content out for HEAD",
        "test_endpoint_answers",
        old="            return route.endpoint(request, **values)\n",
        new="            answer = route.endpoint(request, **values)\n"
        '            empty = request.method == "HEAD"\n'
        '            return answer._replace(content=b"") if empty else answer\n',
    ),
    Mistake(
        "X85",
        "writes Content-Length itself",
        "test_from_socket_to_endpoint",
        old='plain(404, "There is nothing here.")',
        new='plain(404, "There is nothing here.", ("Content-Length", "23"))',
    ),
    # What a sentence of a docstring says, and nobody had tried
    Mistake(
        "",
        "reads a backslash as a slash",
        "test_splits_before_it_decodes",
        old=PATH,
        new='    target = target.replace("\\\\", "/")\n' + PATH,
    ),
    Mistake(
        "X821",
        "makes a text of a pattern lower-case",
        "test_piece_is_a_text_or_a_parameter",
        old="    return segment\n\n\ndef parse",
        new="    return segment.lower()\n\n\ndef parse",
    ),
    Mistake(
        "",
        "knows three converters by heart",
        "test_piece_is_a_text_or_a_parameter",
        old='(match[2] or "str") in CONVERTERS:',
        new='(match[2] or "str") in ("int", "str", "path"):',
    ),
    Mistake(
        "",
        "makes the method of a route upper-case",
        "test_routes_that_differ_are_kept",
        old=CHECKED,
        new="        method = route.method = method.upper()\n" + CHECKED,
    ),
    Mistake(
        "X414",
        "puts the second route in the place of the first, and then raises",
        "test_refused_route_leaves_no_trace",
        old=TAKEN,
        new="        other, node.routes[method] = node.routes.get(method), route\n"
        "        if other:\n            raise ValueError(pattern)\n",
    ),
    Mistake(
        "X821",
        "looks for a text in lower case",
        "test_finds_the_route_and_its_values",
        old="    child = node.texts.get(segment)\n",
        new="    child = node.texts.get(segment.lower())\n",
    ),
    Mistake(
        "X862",
        "tests only values for dots",
        "test_url_refuses_what_would_not_come_back",
        old='{".", ".."}.isdisjoint(segments):',
        new='{".", ".."}.isdisjoint(segments if values else []):',
    ),
    Mistake(
        "",
        "asks the endpoint for GET when HEAD comes",
        "test_endpoint_answers",
        old="            return route.endpoint(request, **values)\n",
        new='            if request.method == "HEAD":\n'
        '                request = request._replace(method="GET")\n'
        "            return route.endpoint(request, **values)\n",
    ),
    Mistake(
        "",
        "takes an endpoint's 404 for its own",
        "test_endpoint_answers",
        old="            return route.endpoint(request, **values)\n",
        new="            response = route.endpoint(request, **values)\n"
        "            if response.status != 404:\n                return response\n",
    ),
    Mistake(
        "X411",
        "makes a 500 of a TypeError",
        "test_endpoint_answers",
        old="            return route.endpoint(request, **values)\n",
        new="            try:\n                return route.endpoint(request, **values)\n"
        '            except TypeError:\n                return plain(500, "a bug")\n',
    ),
    Mistake(
        "",
        "does not ask the no_route() of a subclass",
        "test_endpoint_answers",
        old="        return self.no_route(request, segments, query)\n\n    def no_route",
        new="        return Router.no_route(self, request, segments, query)\n\n    def no_route",
    ),
    Mistake(
        "",
        "gives the values to the endpoint as one dict",
        "test_endpoint_answers",
        old="route.endpoint(request, **values)",
        new="route.endpoint(request, values)",
    ),
    Mistake(
        "",
        "asks no_route() about a path that cannot be decoded",
        "test_endpoint_answers",
        old="            return plain(error.status, str(error))\n",
        new='            return self.no_route(request, [""], "")\n',
    ),
    Mistake(
        "X1351",
        "answers OPTIONS on every path",
        "test_wrong_method_is_405",
        edits=(
            Edit(old=OPTIONS, new=""),
            Edit(
                old=ALLOWED,
                new='        if request.method == "OPTIONS":\n'
                '            allow = ", ".join(sorted(self.allowed(segments)))\n'
                '            return Response(b"", 204, [("Allow", allow)])\n' + ALLOWED,
            ),
        ),
    ),
    Mistake(
        "",
        "lists all methods of the router in Allow",
        "test_wrong_method_is_405",
        old='", ".join(sorted(allowed))',
        new='", ".join(sorted(self.methods | {"HEAD", "OPTIONS"}))',
    ),
    Mistake(
        "",
        "forgets the query of a redirect",
        "test_slash_is_the_last_thing_tried",
        old=NOT_FOUND,
        new=NOT_FOUND.replace("query)", '"")'),
    ),
    Mistake(
        "X93",
        "keeps the first of two routes, and says nothing",
        "test_two_routes_for_the_same_are_refused",
        edits=(
            Edit(old=TAKEN, new=""),
            Edit(
                old=RECORDED,
                new=RECORDED.replace(
                    "node.routes[method] = route", "node.routes.setdefault(method, route)"
                ),
            ),
        ),
    ),
    Mistake(
        "",
        "spares the question mark",
        "test_path_has_these_segments",
        old=ENCODED,
        new=ENCODED.replace("safe=SUB_DELIMS", 'safe=SUB_DELIMS + "?"'),
    ),
    Mistake(
        "",
        "asks find() about GET, whatever the route's method",
        "test_url_encodes_values",
        old="        match = self.find(route.method, segments)\n",
        new='        match = self.find("GET", segments)\n',
    ),
)
