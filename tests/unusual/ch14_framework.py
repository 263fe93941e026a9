"""Right but unusual answers to chapter 14, which its promises must accept."""

from course.maintain.mistakes import Edit
from course.maintain.unusual import Unusual

ROUTE = """        def add(endpoint: AnyFunction) -> AnyFunction:
            self.router.add(method, pattern, endpoint, name)
            return endpoint

        return add
"""
KEEP = """        def keep(make: AnyFunction) -> AnyFunction:
            self.pages[status] = make
            return make

        return keep
"""
COMPOSE = """    def guarded(answer: Callable[..., Response], *inside: Inner) -> Inner:
        def handle(request: Any) -> Response:
            try:
                return answer(request, *inside)
            except Exception as error:
                return on_error(request, error)

        return handle

    composed = guarded(handler)
    for layer in reversed(layers):
        composed = guarded(layer, composed)
    return composed
"""
QUERY = """    pieces = [piece for piece in text.split("&") if piece]
    if len(pieces) > MAX_FIELDS:
        raise HttpError(400, f"more than {MAX_FIELDS} fields", "RFC 9110 §15.5.1")
    fields = []
    for piece in pieces:
        name, _, value = piece.partition("=")
        fields.append((unquote_plus(name), unquote_plus(value)))
    return Fields(fields)
"""
COOKIES = """    for piece in field.split(";"):
        name, equals, value = piece.partition("=")
        name = name.strip(" \\t")
        if equals and name:
            cookies.setdefault(name, value.strip(" \\t"))
    return cookies
"""
PAIR = """    if not is_token(name):
        raise ValueError(f"this is not the name of a cookie: {name!r}")
    if not set(value) <= set(COOKIE_OCTETS) or len(name + value) > MAX_COOKIE:
        raise ValueError(f"this cannot be the value of a cookie: {value!r}")
    return f"{name}={value}"
"""
SIGN = """        signed = f"{to_text(value)}.{now}"
        return f"{signed}.{signature(self.keys[0], signed)}"
"""
UNSIGN = """        signed, _, claimed = text.rpartition(".")
        if not any(same_text(signature(key, signed), claimed) for key in self.keys):
            raise BadSignature("nobody here has signed this")
        value, _, then = signed.partition(".")
        if now - int(then) > max_age:
            raise BadSignature("this was signed too long ago")
        return to_octets(value)
"""

UNUSUAL = (
    Unusual(
        "route() returns a partial, and a method does the work",
        old=ROUTE,
        new="""        from functools import partial

        return partial(self.add_and_return, method, pattern, name)

    def add_and_return(self, method, pattern, name, endpoint):
        self.router.add(method, pattern, endpoint, name)
        return endpoint
""",
    ),
    Unusual(
        "route() returns a lambda",
        old=ROUTE,
        new="""        return lambda endpoint: (
            self.router.add(method, pattern, endpoint, name) or endpoint
        )
""",
    ),
    Unusual(
        "the decorator is a class of its own",
        old=ROUTE,
        new="""        router = self.router

        class Add:
            def __call__(self, endpoint):
                router.add(method, pattern, endpoint, name=name)
                return endpoint

        return Add()
""",
    ),
    Unusual(
        "error() updates the dict, and replaces it",
        old=KEEP,
        new="""        def keep(make):
            self.pages = {**self.pages, status: make}
            return make

        return keep
""",
    ),
    Unusual(
        "get() and post() call the router themselves",
        edits=(
            Edit(
                old='        return self.route("GET", pattern, name)\n',
                new="""        def add(endpoint):
            self.router.add("GET", pattern, endpoint, name)
            return endpoint

        return add
""",
            ),
            Edit(
                old='        return self.route("POST", pattern, name)\n',
                new='        return self.route(name=name, pattern=pattern, method="POST")\n',
            ),
        ),
    ),
    Unusual(
        "composes with a function that calls itself",
        old=COMPOSE,
        new="""    def handle(request):
        try:
            if not layers:
                return handler(request)
            return layers[0](request, compose(handler, *layers[1:], on_error=on_error))
        except Exception as error:
            return on_error(request, error)

    return handle
""",
    ),
    Unusual(
        "composes with reduce()",
        old=COMPOSE,
        new="""    from functools import reduce

    def safe(call):
        def handle(request):
            try:
                return call(request)
            except Exception as error:
                return on_error(request, error)

        return handle

    def around(inside, layer):
        return safe(lambda request: layer(request, inside))

    return reduce(around, layers[::-1], safe(handler))
""",
    ),
    Unusual(
        "binds the loop's variables as defaults",
        old=COMPOSE,
        new="""    def composed(request, handler=handler):
        try:
            return handler(request)
        except Exception as error:
            return on_error(request, error)

    for layer in layers[::-1]:

        def outer(request, layer=layer, inside=composed):
            try:
                return layer(request, inside)
            except Exception as error:
                return on_error(request, error)

        composed = outer
    return composed
""",
    ),
    Unusual(
        "walks through the layers by number",
        old=COMPOSE,
        new="""    def ask(request, at):
        try:
            if at == len(layers):
                return handler(request)
            return layers[at](request, lambda inner: ask(inner, at + 1))
        except Exception as error:
            return on_error(request, error)

    return lambda request: ask(request, 0)
""",
    ),
    Unusual(
        "onion of objects",
        old=COMPOSE,
        new="""    class Ring:
        def __init__(self, answer, *inside):
            self.answer = answer
            self.inside = inside

        def __call__(self, request):
            try:
                return self.answer(request, *self.inside)
            except Exception as error:
                return on_error(request, error)

    ring = Ring(handler)
    for layer in reversed(layers):
        ring = Ring(layer, ring)
    return ring
""",
    ),
    Unusual(
        "leaves everything to parse_qsl()",
        old=QUERY,
        new="""    from urllib.parse import parse_qsl

    fields = parse_qsl(text, keep_blank_values=True)
    if len(fields) > MAX_FIELDS:
        raise HttpError(400, "too many fields", "RFC 9110 §15.5.1")
    return Fields(fields)
""",
    ),
    Unusual(
        "replaces the plus, and then uses unquote()",
        old=QUERY,
        new="""    from urllib.parse import unquote

    pairs = []
    for piece in filter(None, text.replace("+", " ").split("&")):
        if len(pairs) == MAX_FIELDS:
            raise HttpError(400, "too many", "the docstring of parse_query")
        name, value = (piece.split("=", 1) + [""])[:2]
        pairs.append((unquote(name), unquote(value)))
    return Fields(tuple(pairs))
""",
    ),
    Unusual(
        "splits a query with a regular expression",
        old=QUERY,
        new="""    found = re.findall("([^&=]*)(=?)([^&]*)(?:&|$)", text)
    pairs = [(n, v) for n, eq, v in found if n or eq or v]
    if len(pairs) > MAX_FIELDS:
        raise HttpError(400, "too many fields", "")
    return Fields((unquote_plus(n), unquote_plus(v)) for n, v in pairs)
""",
    ),
    Unusual(
        "reads cookies from the last to the first",
        old=COOKIES,
        new="""    for piece in reversed(field.split(";")):
        if "=" in piece:
            name, value = (text.strip("\\t ") for text in piece.split("=", 1))
            cookies.pop(name, None)
            cookies[name] = value
    cookies.pop("", None)
    return cookies
""",
    ),
    Unusual(
        "reads cookies with a regular expression",
        old=COOKIES,
        new="""    for piece in re.split(";", field):
        if match := re.fullmatch(r"[ \\t]*([^=]*?)[ \\t]*=[ \\t]*(.*?)[ \\t]*", piece, re.DOTALL):
            if match[1] and match[1] not in cookies:
                cookies[match[1]] = match[2]
    return cookies
""",
    ),
    Unusual(
        "strips the value of a cookie, and raises a UnicodeError",
        old=PAIR,
        new="""    if value.strip(COOKIE_OCTETS):
        raise UnicodeError("a value")
    if not is_token(name):
        raise ValueError("a name")
    if len(name) + len(value) > MAX_COOKIE:
        raise ValueError("too long")
    return name + "=" + value
""",
    ),
    Unusual(
        "tests a cookie with a regular expression",
        old=PAIR,
        new="""    pair = "=".join([name, value])
    if is_token(name) and len(pair) <= MAX_COOKIE + 1:
        if re.fullmatch(f"[{re.escape(COOKIE_OCTETS)}]*", value):
            return pair
    raise ValueError(pair[:80])
""",
    ),
    Unusual(
        "signs with the hmac module, and compares octets of the whole text",
        edits=(
            Edit(
                old=SIGN,
                new="""        signed = ".".join([to_text(value), "%d" % now])
        mac = hmac.new(self.keys[0], signed.encode("ascii"), "sha256").digest()
        return ".".join([signed, to_text(mac)])
""",
            ),
            Edit(
                old=UNSIGN,
                new="""        signed = text.rpartition(".")[0]
        candidates = [f"{signed}.{signature(key, signed)}" for key in self.keys]
        good = [c for c in candidates if same_text(c, text)]
        if not good:
            raise BadSignature()
        value, then = good[0].split(".")[:2]
        if int(then) + max_age < now:
            raise BadSignature()
        return to_octets(value)
""",
            ),
        ),
    ),
    Unusual(
        "takes the text apart first, and catches every ValueError",
        old=UNSIGN,
        new="""        from secrets import compare_digest

        try:
            value, then, claimed = text.split(".")
            for key in self.keys:
                if compare_digest(signature(key, f"{value}.{then}"), claimed):
                    break
            else:
                raise BadSignature("no key fits")
            age = now - int(then)
            octets = to_octets(value)
        except (ValueError, TypeError) as error:
            raise BadSignature(str(error)) from None
        if age <= max_age:
            return octets
        raise BadSignature("old")
""",
    ),
    Unusual(
        "signs again, and compares all of the text with hmac.compare_digest()",
        old=UNSIGN,
        new="""        octets = text.encode(errors="surrogatepass")
        for key in self.keys:
            signed = text[: max(text.rfind("."), 0)]
            if hmac.compare_digest(f"{signed}.{signature(key, signed)}".encode(
                errors="surrogatepass"
            ), octets):
                value, then = signed.split(".")
                if int(then) >= now - max_age:
                    return to_octets(value)
        raise BadSignature("no")
""",
    ),
)
