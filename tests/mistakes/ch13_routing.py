"""Wrong answers to chapter 13 that its promises must catch."""

from course.maintain.mistakes import Edit, Mistake

PATH = """    path, _, query = target.partition("?")
"""
SEGMENTS = """    segments = path.removeprefix("/").split("/")
    if "%" in path:
        segments = [_decode(segment) for segment in segments]
    return segments, query
"""
AUTHORITY = """    if not target.startswith("/") and (match := SCHEME_AND_AUTHORITY.match(target)):
        target = target[match.end() :]
"""
UNQUOTE = """        return unquote(segment, errors="strict")
"""
TAKEN = """        if method in node.routes:
            raise ValueError(f"{node.routes[method].pattern} takes the same paths as {pattern}")
"""
NAMED = """        if name and self.named.get(name, route).pieces != route.pieces:
            raise ValueError(f"{name!r} is the name of {self.named[name].pattern}")
"""
SEARCH = """        route = self._search(self.root, method, segments, 0)
        if route is None:
            return None
"""
TAKES = """            if takes(segment):
"""
LEAF = """            return node.routes.get("GET") if route is None and method == "HEAD" else route
"""
METHODS = 'self.methods | {"HEAD"}'
FOUND = f"        methods = {{method for method in {METHODS} if self.find(method, segments)}}\n"
ANY = """        return methods | {"OPTIONS"} if methods else methods
"""
CALL = """        if match := self.find(request.method, segments):
            route, values = match
            return route.endpoint(request, **values)
"""
UNKNOWN = """        if request.method not in METHODS | self.methods:
            return _explain(501, f"Nothing here knows the method {request.method}.")
"""
OPTIONS = """            if request.method == "OPTIONS":
                return Response(b"", 204, [allow])
"""
REDIRECTS_GET = """        if request.method in ("GET", "HEAD") and self.allowed(other):
"""
LOCATION = """            location = _path(other) + (f"?{query}" if query else "")
"""
GIVEN = """        if wanted != values.keys():
            raise ValueError(f"{name} needs {sorted(wanted)}, not {sorted(values)}")
"""
COMES_BACK = """        match = self.find(route.method, segments)
        if match is None or match[0] is not route or not {".", ".."}.isdisjoint(segments):
            raise ValueError(f"{route.pattern} does not take {values}")
"""
ENCODED = """    return "/" + "/".join(quote(segment, safe=SUB_DELIMS) for segment in segments)
"""
MOUNT = """        for route in [*router.routes]:
            self.add(route.method, prefix + route.pattern, route.endpoint, route.name)
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
    "def drawn",
    "def _names(route):\n    return [piece for piece in route.pieces if isinstance(piece, Parameter)]"
    "\n\n\ndef drawn",
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

MISTAKES = (
    Mistake(
        "M90",
        "decodes, then splits",
        "test_splits_before_it_decodes",
        old=PATH + SEGMENTS,
        new=PATH + '    return unquote(path)[1:].split("/"), query\n',
    ),
    Mistake(
        "M90",
        "decodes, then looks for the question mark",
        "test_splits_before_it_decodes",
        edits=(
            Edit(
                old=PATH,
                new='    path, _, query = unquote(target.replace("%2F", "%252F")).partition("?")\n',
            ),
            Edit(
                old="        segments = [_decode(segment) for segment in segments]\n",
                new="        segments = [unquote(segment) for segment in segments]\n",
            ),
        ),
    ),
    Mistake(
        "M96",
        "leaves the query in the path",
        "test_query_is_no_part_of_the_path",
        old=PATH,
        new='    path, query = target, ""\n',
    ),
    Mistake(
        "M96",
        "cuts at the last question mark",
        "test_query_is_no_part_of_the_path",
        old=PATH,
        new='    path, _, query = target.rpartition("?") if "?" in target else (target, "", "")\n',
    ),
    Mistake(
        "M96",
        "decodes the query as a whole",
        "test_query_is_no_part_of_the_path",
        old="    return segments, query\n",
        new="    return segments, unquote(query)\n",
    ),
    Mistake(
        "M93",
        "decodes twice",
        "test_decodes_once",
        old=UNQUOTE,
        new='        return unquote(unquote(segment, errors="strict"))\n',
    ),
    Mistake(
        "M91",
        "decodes a path like a form",
        "test_decodes_once",
        edits=(
            Edit(
                old=UNQUOTE,
                new='        return unquote(segment.replace("+", " "), errors="strict")\n',
            ),
            Edit(old='    if "%" in path:\n', new='    if "%" in path or "+" in path:\n'),
        ),
    ),
    Mistake(
        "X90",
        "strips slashes at both ends",
        "test_every_slash_begins_a_segment",
        old='path.removeprefix("/").split("/")',
        new='path.strip("/").split("/")',
    ),
    Mistake(
        "X90",
        "drops empty segments",
        "test_every_slash_begins_a_segment",
        old='path.removeprefix("/").split("/")',
        new='[segment for segment in path.split("/") if segment] or [""]',
    ),
    Mistake(
        "X90",
        "resolves dots with posixpath",
        "test_every_slash_begins_a_segment",
        old='path.removeprefix("/").split("/")',
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
        old='path.removeprefix("/").split("/")',
        new='path.lstrip("/").split("/")',
    ),
    Mistake(
        "X413",
        "finds no segments where there is no slash",
        "test_absolute_form",
        old='path.removeprefix("/").split("/")',
        new='path.split("/")[1:]',
    ),
    Mistake(
        "X91",
        "lets unquote() do as it likes",
        "test_bad_escapes_are_refused",
        old=UNQUOTE,
        new="        return unquote(segment)\n",
    ),
    Mistake(
        "X91",
        "does not look for bad escapes",
        "test_bad_escapes_are_refused",
        old="    if bad := BAD_ESCAPE.search(segment):\n",
        new="    if bad := None:\n",
    ),
    Mistake(
        "X91",
        "lets UnicodeDecodeError out",
        "test_bad_escapes_are_refused",
        old="    except UnicodeDecodeError:\n",
        new="    except KeyError:\n",
    ),
    Mistake(
        "M95",
        "escapes text as for a regular expression",
        "test_pattern_has_pieces",
        old="            pieces.append(segment)\n",
        new="            pieces.append(re.escape(segment))\n",
    ),
    Mistake(
        "M95",
        "drops the empty segment at the end",
        "test_pattern_has_pieces",
        old='    segments = pattern.removeprefix("/").split("/")\n',
        new='    segments = pattern.strip("/").split("/")\n',
    ),
    Mistake(
        "X93",
        "takes a pattern without a slash",
        "test_bad_patterns_are_refused",
        old='if not pattern.startswith("/") or "" in segments',
        new='if "" in segments',
    ),
    Mistake(
        "X93",
        "takes half a parameter for text",
        "test_bad_patterns_are_refused",
        old='if "{" in segment or "}" in segment:',
        new='if segment == "{}":',
    ),
    Mistake(
        "X93",
        "does not know its converters",
        "test_bad_patterns_are_refused",
        old="        if converter not in CONVERTERS:\n",
        new="        if not CONVERTERS[converter]:\n",
    ),
    Mistake(
        "X93",
        "takes a name twice",
        "test_bad_patterns_are_refused",
        old="        names.add(name)\n",
        new="",
    ),
    Mistake(
        "X93",
        "takes a path anywhere",
        "test_bad_patterns_are_refused",
        old='converter == "path" and len(pieces)',
        new='converter == "rest" and len(pieces)',
    ),
    Mistake(
        "X93",
        "the last of two routes wins",
        "test_two_routes_for_the_same_are_refused",
        old=TAKEN,
        new="",
    ),
    Mistake(
        "X93",
        "looks for the same pattern in the same words",
        "test_two_routes_for_the_same_are_refused",
        old=TAKEN,
        new="        if any((r.method, r.pattern) == (method, pattern) for r in self.routes):\n"
        '            raise ValueError("twice")\n',
    ),
    Mistake(
        "X464",
        "one pattern, one route",
        "test_routes_that_differ_stand_together",
        old=TAKEN,
        new="        if node.routes:\n            raise ValueError(pattern)\n",
    ),
    Mistake(
        "X93",
        "a name may stand for anything",
        "test_routes_that_differ_stand_together",
        old=NAMED,
        new="",
    ),
    Mistake(
        "X464",
        "no name is a name, too",
        "test_routes_that_differ_stand_together",
        edits=(
            Edit(old="        if name and self.named.get", new="        if self.named.get"),
            Edit(
                old="        if name:\n            self.named",
                new="        if True:\n            self.named",
            ),
        ),
    ),
    Mistake(
        "X414",
        "appends, and then looks whether there is another",
        "test_refused_route_leaves_no_trace",
        edits=(
            Edit(
                old="        self.routes.append(route)\n        self.methods.add(method)\n", new=""
            ),
            Edit(
                old=TAKEN,
                new="        self.routes.append(route)\n"
                + TAKEN
                + "        self.methods.add(method)\n",
            ),
        ),
    ),
    Mistake(
        "X414",
        "knows the method of a route that it refuses",
        "test_refused_route_leaves_no_trace",
        old=NAMED,
        new="        self.methods.add(method)\n" + NAMED,
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
            Edit(old=NAMED, new=""),
            Edit(old=TAKEN, new=NAMED + TAKEN),
        ),
    ),
    Mistake(
        "X466",
        "does not convert",
        "test_finds_the_route_and_its_values",
        old="= CONVERTERS[converter].convert(text)",
        new="= text",
    ),
    Mistake(
        "M95",
        "a path takes one segment",
        "test_finds_the_route_and_its_values",
        old='end = len(segments) if converter == "path" else at + 1',
        new="end = at + 1",
    ),
    Mistake(
        "M95",
        "the beginning of a path is enough",
        "test_finds_the_route_and_its_values",
        old="        return None\n\n\ndef drawn",
        new="        return node.routes.get(method)\n\n\ndef drawn",
    ),
    Mistake(
        "M95",
        "a parameter takes an empty segment",
        "test_parameter_takes_a_whole_segment",
        old=TAKES,
        new="            if converter == 'str' or takes(segment):\n",
    ),
    Mistake(
        "M66",
        "asks int()",
        "test_parameter_takes_a_whole_segment",
        edits=(
            Edit(
                old=TAKES,
                new="            if _is_int(segment) if converter == 'int' else takes(segment):\n",
            ),
            Edit(
                old="def drawn",
                new="def _is_int(text):\n    try:\n        int(text)\n    except ValueError:\n"
                "        return False\n    return True\n\n\ndef drawn",
            ),
        ),
    ),
    Mistake(
        "M66",
        "asks isdigit()",
        "test_parameter_takes_a_whole_segment",
        old=TAKES,
        new="            if segment.isdigit() if converter == 'int' else takes(segment):\n",
    ),
    Mistake(
        "M89",
        "the first that fits wins",
        "test_most_specific_wins_in_any_order",
        old=SEARCH,
        new=FIRST_MATCH,
    ),
    Mistake(
        "M89",
        "asks the converters in the order of add()",
        "test_most_specific_wins_in_any_order",
        old="for name in CONVERTERS if name in nodes",
        new="for name in nodes",
    ),
    Mistake(
        "M89",
        "parameters before text",
        "test_most_specific_wins_in_any_order",
        edits=(
            Edit(
                old="        if child and (route := self._search(child, method, segments, at + 1)):\n"
                "            return route\n",
                new="",
            ),
            Edit(
                old="        return None\n\n\ndef drawn",
                new="        child = node.texts.get(segment)\n"
                "        return self._search(child, method, segments, at + 1) if child else None\n"
                "\n\ndef drawn",
            ),
        ),
    ),
    Mistake(
        "X95",
        "goes down the text and does not come back",
        "test_comes_back_from_a_dead_end",
        old="        if child and (route := self._search(child, method, segments, at + 1)):\n"
        "            return route\n",
        new="        if child:\n            return self._search(child, method, segments, at + 1)\n",
    ),
    Mistake(
        "X95",
        "goes down the first converter that fits and does not come back",
        "test_most_specific_wins_in_any_order",
        old="                if route := self._search(child, method, segments, end):\n"
        "                    return route\n",
        new="                return self._search(child, method, segments, end)\n",
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
            Edit(*NAMES),
        ),
    ),
    Mistake(
        "X97",
        "HEAD wants a route of its own",
        "test_get_answers_head",
        old=LEAF,
        new="            return route\n",
    ),
    Mistake(
        "X415",
        "asks for GET when HEAD has been looked for everywhere",
        "test_get_answers_head",
        edits=(
            Edit(old=LEAF, new="            return route\n"),
            Edit(
                old=SEARCH,
                new=SEARCH.replace(
                    "            return None\n",
                    '            return self.find("GET", segments) if method == "HEAD" else None\n',
                ),
            ),
        ),
    ),
    Mistake(
        "X468",
        "takes HEAD for GET, always",
        "test_get_answers_head",
        old=SEARCH,
        new='        method = "GET" if method == "HEAD" else method\n' + SEARCH,
    ),
    Mistake(
        "X96",
        "sorts the routes, and tries them all",
        "test_number_of_routes_costs_nothing",
        old=SEARCH,
        new=SCAN,
    ),
    Mistake(
        "X96",
        "looks for the text among all texts",
        "test_number_of_routes_costs_nothing",
        old="        child = node.texts.get(segment)\n        if child and",
        new="        child = None\n        for text in node.texts:\n"
        "            if text == segment:\n                child = node.texts[text]\n"
        "        if child and",
    ),
    Mistake(
        "M87",
        "the methods of the most specific place only",
        "test_allowed_methods",
        old=FOUND,
        new="        places = [self.find(method, segments) for method in sorted(self.methods)]\n"
        "        best = next((m[0].pattern for m in places if m), None)\n"
        "        methods = {r.method for r in self.routes if r.pattern == best}\n"
        '        methods |= {"HEAD"} & {"HEAD" if "GET" in methods else ""}\n',
    ),
    Mistake(
        "X97",
        "OPTIONS is not allowed",
        "test_allowed_methods",
        old=ANY,
        new="        return methods\n",
    ),
    Mistake(
        "M87",
        "OPTIONS is allowed where nothing is",
        "test_allowed_methods",
        old=ANY,
        new=ANY.replace(" if methods else methods", ""),
    ),
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
        "X91",
        "404 for what cannot be decoded",
        "test_endpoint_answers",
        old="_explain(error.status, str(error))",
        new="_explain(404, str(error))",
    ),
    Mistake(
        "X411",
        "calls the function inside of the try",
        "test_endpoint_answers",
        edits=(
            Edit(old=CALL, new=""),
            Edit(
                old="        except HttpError as error:\n            return _explain(error.status",
                new=CALL.replace("\n    ", "\n        ").replace("        if", "            if", 1)
                + "        except ValueError as error:\n"
                + "            return _explain(getattr(error, 'status', 400)",
            ),
        ),
    ),
    Mistake(
        "X411",
        "calls the function inside of a try for HttpError",
        "test_endpoint_answers",
        edits=(
            Edit(old=CALL, new=""),
            Edit(
                old="        except HttpError as error:\n            return _explain(error.status",
                new=CALL.replace("\n    ", "\n        ").replace("        if", "            if", 1)
                + "        except HttpError as error:\n            return _explain(error.status",
            ),
        ),
    ),
    Mistake(
        "M87",
        "404 for a wrong method",
        "test_wrong_method_is_405",
        old="            return _explain(405, ",
        new="            return _explain(404, ",
    ),
    Mistake(
        "M87",
        "405 without Allow",
        "test_wrong_method_is_405",
        old='know {request.method}.", allow)',
        new='know {request.method}.")',
    ),
    Mistake(
        "M88",
        "405 for what is no method",
        "test_unknown_method_is_501",
        old=UNKNOWN,
        new="",
    ),
    Mistake(
        "M88",
        "404 comes before 501",
        "test_unknown_method_is_501",
        edits=(
            Edit(old=UNKNOWN, new=""),
            Edit(
                old="        if allowed := self.allowed(segments):\n",
                new="        if allowed := self.allowed(segments):\n"
                + UNKNOWN.replace("\n    ", "\n        ").replace(
                    "        if", "            if", 1
                ),
            ),
        ),
    ),
    Mistake(
        "X471",
        "knows only the methods of its list",
        "test_wrong_method_is_405",
        old="not in METHODS | self.methods:",
        new="not in METHODS:",
    ),
    Mistake(
        "X97",
        "OPTIONS is a wrong method",
        "test_head_and_options_need_no_code",
        old=OPTIONS,
        new="",
    ),
    Mistake(
        "X97",
        "OPTIONS without Allow",
        "test_head_and_options_need_no_code",
        old=OPTIONS,
        new=OPTIONS.replace("204, [allow]", "204"),
    ),
    Mistake(
        "X97",
        "takes * for a path",
        "test_head_and_options_need_no_code",
        old='        if request.target == "*":\n',
        new='        if request.target == "":\n',
    ),
    Mistake(
        "M94",
        "301",
        "test_slash_at_the_end_redirects",
        old="_explain(308, ",
        new="_explain(301, ",
    ),
    Mistake(
        "M94",
        "302",
        "test_slash_at_the_end_redirects",
        old="_explain(308, ",
        new="_explain(302, ",
    ),
    Mistake(
        "M96",
        "loses the query",
        "test_slash_at_the_end_redirects",
        old=LOCATION,
        new="            location = _path(other)\n",
    ),
    Mistake(
        "X416",
        "redirects GET and HEAD only",
        "test_slash_at_the_end_redirects",
        old="        if self.allowed(other):\n",
        new=REDIRECTS_GET,
    ),
    Mistake(
        "X416",
        "redirects to where the method is known",
        "test_slash_at_the_end_redirects",
        old="        if self.allowed(other):\n",
        new="        if self.find(request.method, other):\n",
    ),
    Mistake(
        "",
        "308 without Location",
        "test_slash_at_the_end_redirects",
        old=', ("Location", location))',
        new=")",
    ),
    Mistake(
        "X475",
        "glues what it has decoded",
        "test_slash_at_the_end_redirects",
        old=LOCATION,
        new=LOCATION.replace("_path(other)", '"/" + "/".join(other)'),
    ),
    Mistake(
        "X98",
        "encodes the segments, but not their slashes",
        "test_slash_at_the_end_redirects",
        old=LOCATION,
        new=LOCATION.replace("_path(other)", '"/" + "/".join(map(quote, other))'),
    ),
    Mistake(
        "X98",
        "encodes the path as a whole",
        "test_slash_at_the_end_redirects",
        old=LOCATION,
        new=LOCATION.replace("_path(other)", 'quote("/" + "/".join(other))'),
    ),
    Mistake(
        "X90",
        "knows slashes that are missing, not those too many",
        "test_slash_at_the_end_redirects",
        old='other = segments[:-1] if segments[-1] == "" else [*segments, ""]',
        new='other = [*segments, ""]',
    ),
    Mistake(
        "M97",
        "the raw path and a slash",
        "test_slash_at_the_end_redirects",
        old=LOCATION,
        new='            raw, _, query = request.target.partition("?")\n'
        '            location = raw[:-1] if raw.endswith("/") else raw + "/"\n'
        '            location += f"?{query}" if query else ""\n',
    ),
    Mistake(
        "M97",
        "the raw path without scheme and authority, and a slash",
        "test_redirect_stays_on_this_site",
        old=LOCATION,
        new='            raw = SCHEME_AND_AUTHORITY.sub("", request.target, count=1)\n'
        '            if request.target.startswith("/"):\n'
        "                raw = request.target\n"
        '            raw = raw.partition("?")[0]\n'
        '            location = raw[:-1] if raw.endswith("/") else raw + "/"\n'
        '            location += f"?{query}" if query else ""\n',
    ),
    Mistake(
        "M97",
        "spares slashes and backslashes when it encodes",
        "test_redirect_stays_on_this_site",
        old=LOCATION,
        new='            parts = [quote(s, safe="\\\\") for s in other]\n'
        '            location = "/" + "/".join(parts) + (f"?{query}" if query else "")\n',
    ),
    Mistake(
        "X85",
        "writes Content-Length itself",
        "test_from_socket_to_function",
        old="[content_type, *fields])",
        new='[content_type, ("Content-Length", str(len(text) + 1)), *fields])',
    ),
    Mistake(
        "X98",
        "quote() as it comes",
        "test_url_encodes_values",
        old="        return _path(segments)\n",
        new='        return "/" + "/".join(map(quote, segments))\n',
    ),
    Mistake(
        "X98",
        "quote_plus() for a path",
        "test_url_encodes_values",
        old="        return _path(segments)\n",
        new='        return _path(segments).replace("%20", "+")\n',
    ),
    Mistake(
        "X98",
        "glues the values in",
        "test_url_encodes_values",
        old="        return _path(segments)\n",
        new='        return "/" + "/".join(segments)\n',
    ),
    Mistake(
        "",
        "does not look for values that are missing",
        "test_url_refuses_what_would_not_come_back",
        old=GIVEN,
        new="",
    ),
    Mistake(
        "",
        "leaves values over",
        "test_url_refuses_what_would_not_come_back",
        old=GIVEN,
        new=GIVEN.replace("wanted != values.keys()", "wanted - values.keys()"),
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
        "builds URLs with dots",
        "test_url_refuses_what_would_not_come_back",
        old=' or not {".", ".."}.isdisjoint(segments):',
        new=":",
    ),
    Mistake(
        "X98",
        "mends the escapes of its own values",
        "test_url_and_find_undo_each_other",
        old="                text = str(values[piece.name])\n",
        new="                text = str(values[piece.name]).strip()\n",
    ),
    Mistake(
        "X92",
        "forgets the prefix",
        "test_mount_adds_all_routes",
        old="prefix + route.pattern",
        new="route.pattern",
    ),
    Mistake(
        "X92",
        "grafts the other tree",
        "test_mount_adds_all_routes",
        old=MOUNT,
        new="        node = self.root\n"
        "        *before, last = parse_pattern(prefix)\n"
        "        for piece in before:\n"
        "            node = node.texts.setdefault(piece, Node())\n"
        "        node.texts[last] = router.root\n"
        "        self.methods |= router.methods\n"
        "        self.routes += router.routes\n"
        "        self.named |= router.named\n",
    ),
    Mistake(
        "",
        "leaves the names behind",
        "test_mount_adds_all_routes",
        old="route.endpoint, route.name)",
        new="route.endpoint)",
    ),
    Mistake(
        "X90",
        "takes the slash off a prefix",
        "test_mount_adds_all_routes",
        old="prefix + route.pattern",
        new='prefix.rstrip("/") + route.pattern',
    ),
    Mistake(
        "X417",
        "adds to the list that it goes through",
        "test_router_mounts_itself",
        old="for route in [*router.routes]:",
        new="for route in router.routes:",
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
        new=AUTHORITY
        + AUTHORITY.replace('not target.startswith("/") and ', "").replace("match(", "search("),
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
        "test_pattern_has_pieces",
        old="            pieces.append(segment)\n",
        new="            pieces.append(unquote(segment))\n",
    ),
    Mistake(
        "X464",
        "does not let two routes share a name",
        "test_routes_that_differ_stand_together",
        old="if name and self.named.get(name, route).pieces != route.pieces:",
        new="if name in self.named:",
    ),
    Mistake(
        "X465",
        "puts the route into the tree, and that is all",
        "test_routes_that_differ_stand_together",
        old="        self.routes.append(route)\n",
        new="",
    ),
    Mistake(
        "X465",
        "forgets the method",
        "test_routes_that_differ_stand_together",
        old="        self.methods.add(method)\n",
        new="",
    ),
    Mistake(
        "X465",
        "forgets the name",
        "test_routes_that_differ_stand_together",
        old="            self.named.setdefault(name, route)\n",
        new="            pass\n",
    ),
    Mistake(
        "X467",
        "the value of a path is its first segment",
        "test_finds_the_route_and_its_values",
        old='text = "/".join(segments[at:]) if converter == "path" else segments[at]',
        new="text = segments[at]",
    ),
    Mistake(
        "X467",
        "encodes the slashes of a path value",
        "test_url_encodes_values",
        old='segments += text.split("/") if piece.converter == "path" else [text]',
        new="segments.append(text)",
    ),
    Mistake(
        "X468",
        "has no eye for a route for OPTIONS",
        "test_head_and_options_need_no_code",
        old=CALL,
        new=CALL.replace("if match :=", 'if request.method != "OPTIONS" and (match :=').replace(
            "segments):", "segments)):"
        ),
    ),
    Mistake(
        "X469",
        "takes the content out for HEAD",
        "test_head_and_options_need_no_code",
        old="            return route.endpoint(request, **values)\n",
        new="            answer = route.endpoint(request, **values)\n"
        '            empty = request.method == "HEAD"\n'
        '            return answer._replace(content=b"") if empty else answer\n',
    ),
    Mistake(
        "X470",
        "makes the method upper-case",
        "test_unknown_method_is_501",
        old=CALL,
        new=CALL.replace("request.method", "request.method.upper()"),
    ),
    Mistake(
        "X472",
        "knows only the methods that have a route",
        "test_wrong_method_is_405",
        old="not in METHODS | self.methods:",
        new="not in self.methods:",
    ),
    Mistake(
        "X410",
        "raises 404",
        "test_wrong_method_is_405",
        old='return _explain(404, "There is nothing here.")',
        new='raise HttpError(404, "nothing here", "RFC 9110 §15.5.5")',
    ),
    Mistake(
        "X410",
        "raises 405",
        "test_wrong_method_is_405",
        old='return _explain(405, f"This path does not know {request.method}.", allow)',
        new='raise HttpError(405, "not so", "RFC 9110 §15.5.6")',
    ),
    Mistake(
        "M86",
        "answers 404 with text",
        "test_wrong_method_is_405",
        old='return _explain(404, "There is nothing here.")',
        new='return Response("Not Found", 404)',
    ),
    Mistake(
        "M86",
        "answers 400 with text",
        "test_endpoint_answers",
        old="return _explain(error.status, str(error))",
        new="return Response(str(error), error.status)",
    ),
    Mistake(
        "M86",
        "answers 501 with text",
        "test_unknown_method_is_501",
        old='return _explain(501, f"Nothing here knows the method {request.method}.")',
        new='return Response("Not Implemented", 501)',
    ),
    Mistake(
        "M86",
        "redirects with text",
        "test_slash_at_the_end_redirects",
        old='return _explain(308, f"It is at {location}", ("Location", location))',
        new='return Response("Moved", 308, [("Location", location)])',
    ),
    Mistake(
        "X473",
        "redirects before it looks for other methods",
        "test_slash_at_the_end_redirects",
        old="        if allowed := self.allowed(segments):\n",
        new='        other = segments[:-1] if segments[-1] == "" else [*segments, ""]\n'
        "        if self.find(request.method, other):\n"
        '            location = _path(other) + (f"?{query}" if query else "")\n'
        '            return _explain(308, "", ("Location", location))\n'
        "        if allowed := self.allowed(segments):\n",
    ),
    Mistake(
        "X474",
        "307",
        "test_slash_at_the_end_redirects",
        old="_explain(308, ",
        new="_explain(307, ",
    ),
    Mistake(
        "X475",
        "encodes what was never decoded",
        "test_slash_at_the_end_redirects",
        old=LOCATION,
        new=LOCATION.replace("_path(other)", "_path(map(quote, other))"),
    ),
    Mistake(
        "X475",
        "writes the letters as they are",
        "test_slash_at_the_end_redirects",
        old=ENCODED,
        new='    spared = [re.sub("[^Å]", lambda c: quote(c[0], safe=""), s) for s in segments]\n'
        '    return "/" + "/".join(spared)\n',
    ),
)
