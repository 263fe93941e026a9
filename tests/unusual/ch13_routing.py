"""Right but unusual answers to chapter 13, which its promises must accept."""

from course.maintain.unusual import Unusual

SPLIT = """    if match := SCHEME_AND_AUTHORITY.match(target):
        target = target[match.end() :]
    path, _, query = target.partition("?")
    return [decode(segment) for segment in path[1:].split("/")], query
"""
PIECE = """    match = PARAMETER.fullmatch(segment)
    if match and (match[2] or "str") in CONVERTERS:
        return Parameter(match[1], match[2] or "str")
    if "{" in segment or "}" in segment:
        raise ValueError(f"{segment!r} is neither a text nor one parameter with a known converter")
    return segment
"""
DOWN = """        node = self.root
        for piece in route.pieces:
            node = node.below(piece)
        if method in node.routes:
            raise ValueError(f"{node.routes[method].pattern} takes the same paths as {pattern}")
"""
SEARCH = """    if at == len(segments):
        if method in node.routes:
            return node.routes[method]
        return node.routes.get("GET") if method == "HEAD" else None
    segment = segments[at]
    child = node.texts.get(segment)
    if child and (route := search(child, method, segments, at + 1)):
        return route
    for converter, takes, child in node.branches:
        if takes(segment):
            end = len(segments) if converter == "path" else at + 1
            if route := search(child, method, segments, end):
                return route
    return None
"""
PATH_OF = """    path = "/" + "/".join(quote(segment, safe=SUB_DELIMS) for segment in segments)
    return f"/.{path}" if path.startswith("//") else path
"""
COMES_BACK = """        match = self.find(route.method, segments)
        if match is None or match[0] is not route or not {".", ".."}.isdisjoint(segments):
            raise ValueError(f"{route.pattern} does not take {values}")
"""
NO_ROUTE = """        if request.method not in METHODS | self.methods:
            return plain(501, f"Nothing here knows the method {request.method}.")
        if allowed := self.allowed(segments):
            allow = ("Allow", ", ".join(sorted(allowed)))
            if request.method == "OPTIONS":
                return Response(b"", 204, [allow])
            return plain(405, f"This path does not allow {request.method}.", allow)
        return self.moved(segments, query) or plain(404, "There is nothing here.")
"""
CALL = """        try:
            segments, query = split_target(request.target)
        except HttpError as error:
            return plain(error.status, str(error))
        if match := self.find(request.method, segments):
            route, values = match
            return route.endpoint(request, **values)
        return self.no_route(request, segments, query)
"""

UNUSUAL = (
    Unusual(
        "replaces scheme and authority with an expression that begins at the front",
        old=SPLIT,
        new="""    target = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*", "", target)
    path, _, query = target.partition("?")
    return [decode(segment) for segment in path.removeprefix("/").split("/")], query
""",
    ),
    Unusual(
        "finds the path by hand",
        old=SPLIT,
        new="""    path, query = target, ""
    if "?" in path:
        at = path.index("?")
        path, query = path[:at], path[at + 1 :]
    if path[:1] != "/" and "://" in path:
        _scheme, _, rest = path.partition("://")
        path = rest[rest.index("/") :] if "/" in rest else "/"
    segments = []
    for segment in path.split("/")[1:]:
        segments.append(decode(segment))
    return segments, query
""",
    ),
    Unusual(
        "decodes only where there is something to decode",
        old=SPLIT,
        new="""    head, _, query = target.partition("?")
    match = SCHEME_AND_AUTHORITY.fullmatch(head) or SCHEME_AND_AUTHORITY.match(head)
    path = head if head.startswith("/") or not match else head[match.end() :]
    segments = (path or "/").split("/")[1:]
    return ([decode(s) for s in segments] if "%" in path else segments), query
""",
    ),
    Unusual(
        "looks for braces first",
        old=PIECE,
        new="""    if not {"{", "}"} & set(segment):
        return segment
    match = PARAMETER.fullmatch(segment)
    if not match:
        raise ValueError(segment)
    name, converter = match.groups(default="str")
    if converter not in CONVERTERS:
        raise ValueError(converter)
    return Parameter(name=name, converter=converter)
""",
    ),
    Unusual(
        "splits the parameter by hand",
        old=PIECE,
        new="""    if segment[:1] != "{" or PARAMETER.fullmatch(segment) is None:
        if "{" in segment or "}" in segment:
            raise ValueError("a brace")
        return segment
    name, colon, converter = segment[1:-1].partition(":")
    if colon and CONVERTERS.get(converter) is None:
        raise ValueError("no converter")
    return Parameter(name, converter or "str")
""",
    ),
    Unusual(
        "goes down with reduce()",
        old=DOWN,
        new="""        from functools import reduce

        node = reduce(Node.below, route.pieces, self.root)
        if node.routes.get(method) is not None:
            raise ValueError(pattern)
""",
    ),
    Unusual(
        "looks for another route in the list",
        old=DOWN,
        new="""        def shape(other):
            pieces = other.pieces
            return [p if isinstance(p, str) else (p.converter,) for p in pieces]

        for other in self.routes:
            if (other.method, shape(other)) == (method, shape(route)):
                raise ValueError(pattern)
        node = self.root
        for piece in route.pieces:
            node = node.below(piece)
""",
    ),
    Unusual(
        "asks twice about the method, and records with its own hands",
        old=DOWN
        + """        node.routes[method] = route
        self.record(route)
""",
        new=DOWN
        + """        if name not in self.named and name:
            self.named[name] = route
        self.methods |= {method}
        self.routes += [route]
        node.routes = {**node.routes, method: route}
""",
    ),
    Unusual(
        "searches with a stack",
        old=SEARCH,
        new="""    stack = [(node, at)]
    while stack:
        node, at = stack.pop()
        if at == len(segments):
            route = node.routes.get(method)
            if route is None and method == "HEAD":
                route = node.routes.get("GET")
            if route is not None:
                return route
            continue
        segment = segments[at]
        for converter, takes, child in reversed(node.branches):
            if takes(segment):
                stack.append((child, len(segments) if converter == "path" else at + 1))
        if segment in node.texts:
            stack.append((node.texts[segment], at + 1))
    return None
""",
    ),
    Unusual(
        "yields every route that fits, and takes the first",
        old=SEARCH,
        new="""    def fitting(node, at):
        if at == len(segments):
            if method in node.routes:
                yield node.routes[method]
            elif method == "HEAD" and "GET" in node.routes:
                yield node.routes["GET"]
            return
        if child := node.texts.get(segments[at]):
            yield from fitting(child, at + 1)
        for branch in node.branches:
            if branch.converter == "path" and branch.takes(segments[at]):
                yield from fitting(branch.node, len(segments))
            elif branch.takes(segments[at]):
                yield from fitting(branch.node, at + 1)

    return next(fitting(node, at), None)
""",
    ),
    Unusual(
        "copies the rest of the segments",
        old=SEARCH,
        new="""    if at:
        segments = list(segments)[at:]
    if not segments:
        names = (method, "GET") if method == "HEAD" else (method,)
        return next((node.routes[name] for name in names if name in node.routes), None)
    first, *rest = segments
    ways = [(node.texts[first], rest)] if first in node.texts else []
    for name in CONVERTERS:
        for branch in node.branches:
            if branch.converter == name and CONVERTERS[name].takes(first):
                ways.append((branch.node, [] if name == "path" else rest))
    for child, left in ways:
        route = search(child, method, left)
        if route is not None:
            return route
    return None
""",
    ),
    Unusual(
        "encodes all but letters and digits",
        old=PATH_OF,
        new="""    path = "".join("/" + quote(segment, safe="") for segment in segments)
    if path[:2] == "//":
        path = "/." + path
    return path
""",
    ),
    Unusual(
        "looks at the first segment, not at the path",
        old=PATH_OF,
        new="""    joined = "/".join([quote(segment.encode(), safe="~") for segment in segments])
    if segments[0] == "" and len(segments) > 1:
        return f"/./{joined}"
    return f"/{joined}"
""",
    ),
    Unusual(
        "asks search(), and looks at the dots first",
        old=COMES_BACK,
        new="""        if "." in segments or ".." in segments:
            raise ValueError("dots")
        if search(self.root, route.method, segments) is not route:
            raise ValueError("another route")
""",
    ),
    Unusual(
        "takes the path apart again",
        old=COMES_BACK,
        new="""        again, _query = split_target(path_of(segments))
        match = self.find(route.method, again)
        if {".", ".."} & set(again) or not match or match[0] != route:
            raise ValueError(name)
""",
    ),
    Unusual(
        "has no content in its refusals, and asks about the path first",
        old=NO_ROUTE,
        new="""        allowed = self.allowed(segments)
        known = request.method in METHODS or request.method in self.methods
        if not known:
            return Response(status=501)
        if allowed and request.method == "OPTIONS":
            return Response(status=204, fields=[("allow", ",".join(allowed))])
        if allowed:
            return Response(b"no", 405, (("Allow", ", ".join(allowed)),))
        response = self.moved(segments, query)
        if response is not None:
            return response
        return Response(b"", 404)
""",
    ),
    Unusual(
        "has a page of its own for 404, and escapes the path",
        old=NO_ROUTE,
        new=NO_ROUTE.replace('plain(404, "There is nothing here.")', "not_found(request)"),
    ),
    Unusual(
        "uses else",
        old=CALL,
        new="""        try:
            segments, query = split_target(request.target)
        except HttpError as error:
            return Response(b"bad target", error.status)
        else:
            match = self.find(request.method, segments)
        if match is None:
            return self.no_route(request, segments, query)
        return match[0].endpoint(request, **match[1])
""",
    ),
    Unusual(
        "answers 501 before it looks for a route",
        old=CALL,
        new="""        known = request.method in self.methods or request.method in METHODS
        try:
            segments, query = split_target(request.target)
        except HttpError as error:
            return plain(error.status, error.reason)
        match = self.find(request.method, segments) if known else None
        if not match:
            return self.no_route(request, segments, query)
        return match[0].endpoint(request, **match[1])
""",
    ),
)
