"""The promises of chapter 14: what a framework adds."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from course.checks.answers import Attempt
from course.checks.expect import (
    NOT_GIVEN,
    Given,
    Literally,
    broken,
    described,
    holds,
    refusal,
    same,
)
from course.checks.promises import Misconception, promise
from tests import beliefs

KEY = b"a key of 32 octets, which is new"
OLD_KEY = b"an old key of 32 octets, as well"
OTHER_KEY = b"x" * 32
NOW, MAX_AGE = 1_800_000_000, 600


@promise(
    task=1,
    usually=beliefs.DECORATOR_IS_THE_CALL,
    signs={
        TypeError: beliefs.DECORATOR_IS_THE_CALL,
        ValueError: beliefs.ARGUMENT_IS_LOST,
    },
    hints=(
        "What does @app.route('GET', '/a') call, and what is then called with the function?",
        "route() returns a function of one argument. This one adds its argument to self.router.",
        "def add(endpoint): self.router.add(method, pattern, endpoint, name); return endpoint. Then "
        "return add.",
    ),
)
def test_route_adds_the_function(chapter: Attempt) -> None:
    """A function below @app.route(…) answers the requests of this method and pattern."""
    app = chapter.App()

    def remove(request: Any, number: int) -> Any:
        return chapter.Response(f"{request.method} {number}".encode())

    app.route("DELETE", "/books/{number:int}")(remove)
    got = asked(chapter, app, "DELETE", "/books/7").content
    same("DELETE /books/7. The content:", expected=b"DELETE 7", got=got)
    got = asked(chapter, app, "GET", "/books/7").status
    same("GET /books/7, which was not added. The status:", expected=405, got=got)


@promise(
    task=1,
    usually=beliefs.DECORATOR_KEEPS_IT,
    hints=(
        "def hello is followed by hello = decorator(hello). What does your decorator return?",
        "The decorator has to return the function that it was given, itself: not another one.",
        "return endpoint, as the last line of the inner function; and the same in error().",
    ),
)
def test_the_function_stays(chapter: Attempt) -> None:
    """What a decorator returns is the function itself."""
    app = chapter.App()

    for name, decorator, call in (
        ("a", app.route("PUT", "/a"), 'app.route("PUT", "/a")(a)'),
        ("b", app.get("/b"), 'app.get("/b")(b)'),
        ("c", app.post("/c"), 'app.post("/c")(c)'),
        ("d", app.error(404), "app.error(404)(d)"),
    ):
        page = a_page(chapter, name)
        got = decorator(page)
        if got is not page:
            expected = Literally(f"{name}, the same function")
            broken(f"{call} returned:", expected=expected, got=Literally(repr(got)))


@promise(
    task=1,
    usually=beliefs.DECORATOR_CALLS,
    hints=(
        "When does a page have to be made: when its function is defined, or when somebody asks?",
        "Add the function when the decorator is called with it: not before, and without calling it.",
        "In route(), only the inner function calls self.router.add().",
    ),
)
def test_nothing_is_called_early(chapter: Attempt) -> None:
    """Decorating a function does not call it, and a decorator that is not used adds nothing."""
    app = chapter.App()
    calls: list[Any] = []
    for decorate in (
        partial(app.route, "PUT", "/a"),
        partial(app.get, "/b"),
        partial(app.post, "/c"),
    ):
        decorate()
    same("Three decorators, and no function. Routes:", expected=[], got=routes(app))
    app.get("/d")(calls.append)
    app.error(404)(calls.append)
    same("Functions were decorated, and nobody has asked. Calls:", expected=[], got=calls)


@promise(
    task=1,
    usually=beliefs.ARGUMENT_IS_LOST,
    hints=(
        "What is the difference between get() and post()?",
        "Only the method. Both return what route() returns, and pass pattern and name on.",
        'return self.route("GET", pattern, name)',
    ),
)
def test_get_and_post(chapter: Attempt) -> None:
    """get() is for GET, post() for POST, and pattern and name reach the router."""
    app = chapter.App()

    app.get("/a/{x}", "first")(a_page(chapter, "a"))
    app.post("/b/{x}", name="second")(a_page(chapter, "b"))
    app.route("PATCH", "/c/{x}", "third")(a_page(chapter, "c"))
    app.get("/d")(a_page(chapter, "d"))
    expected = [
        ("GET", "/a/{x}", "first"),
        ("POST", "/b/{x}", "second"),
        ("PATCH", "/c/{x}", "third"),
        ("GET", "/d", ""),
    ]
    same("Method, pattern and name of each route:", expected=expected, got=routes(app))


@promise(
    task=1,
    usually=beliefs.DECORATOR_CALLS,
    hints=(
        "Where does router.add() say that a route is taken?",
        "It raises ValueError. Do not catch it: the programmer is there now, and visitors come later.",
        "No `try` in route(), and each decorator adds its own route to the router.",
    ),
)
def test_several_decorators(chapter: Attempt) -> None:
    """A function can have several decorators, and a route that is taken is refused at once."""
    app = chapter.App()

    def home(context: Any) -> Any:
        return chapter.Response(context.method.encode())

    app.get("/")(app.get("/home")(app.post("/")(home)))
    expected = [("GET", "/", ""), ("GET", "/home", ""), ("POST", "/", "")]
    same("Three decorators. Routes:", expected=expected, got=sorted(routes(app)))
    with refusal("GET / was added twice.", ValueError):
        app.get("/")(home)


@promise(
    task=1,
    usually=beliefs.ARGUMENT_IS_LOST,
    hints=(
        "Which attribute does with_page() look at?",
        "self.pages is a dict: status → function. Keep the function there.",
        "self.pages[status] = make, in the inner function.",
    ),
)
def test_error_keeps_the_page(chapter: Attempt) -> None:
    """error() keeps a page for a status, in this app only; a second page replaces the first."""
    app, other = chapter.App(), chapter.App()

    def first(_context: Any, _problem: Any) -> Any:
        return chapter.Response(b"first")

    def second(_context: Any, _problem: Any) -> Any:
        return chapter.Response(b"second")

    app.error(404)(first)
    app.error(500)(first)
    same("app.pages:", expected={404: first, 500: first}, got=app.pages)
    app.error(404)(second)
    same(
        "The page for 404 was replaced. app.pages:",
        expected={404: second, 500: first},
        got=app.pages,
    )
    same("pages of another app:", expected={}, got=other.pages)
    got = asked(chapter, app, "GET", "/nowhere")
    same("GET /nowhere:", expected=(404, b"second"), got=(got.status, got.content))


@promise(
    task=2,
    usually=beliefs.LAST_IS_OUTERMOST,
    signs={RecursionError: beliefs.CLOSURE_KEEPS_THE_VALUE},
    hints=(
        "Which layer has to be made last, so that it is around all others?",
        "Start with the handler. Put the last layer around it, then the one before, and so on.",
        "for layer in reversed(layers): composed = around(layer, composed), where around() is a "
        "function that returns a function.",
    ),
    hints_if={
        RecursionError: (
            "A function calls itself without end. Which variable does it call?",
            "A function that is made in a loop sees the loop's variables as they are when it is "
            "called.",
            "Make it in another function, which gets the layer and what is inside as arguments.",
        )
    },
)
def test_first_layer_is_outermost(chapter: Attempt) -> None:
    """The first layer is the outermost: first on the way in, and last on the way out."""
    trace: list[str] = []

    def layer(name: str) -> Any:
        def around(request: Any, inside: Any) -> Any:
            trace.append(f"{name} in")
            response = inside(request)
            trace.append(f"{name} out")
            return response

        return around

    def handler(_request: Any) -> Any:
        trace.append("handler")
        return chapter.Response(b"hello")

    for names in ("", "a", "ab", "abc"):
        composed = chapter.compose(handler, *map(layer, names), on_error=raises)
        trace.clear()
        response = composed(a_request(chapter))
        into, out = [f"{name} in" for name in names], [f"{name} out" for name in reversed(names)]
        what = f"compose(handler{''.join(f', {name}' for name in names)}). What happened:"
        same(what, expected=[*into, "handler", *out], got=trace)
        same("The content:", expected=b"hello", got=response.content)


@promise(
    task=2,
    usually=beliefs.REQUEST_IS_SHARED,
    hints=(
        "A layer may pass on another request, or none. Who gets the other one?",
        "What you give a layer as `inside` is a function of one argument, the request. Only the layer "
        "calls it.",
        "def handle(request): return layer(request, inside)",
    ),
)
def test_requests_go_in_and_responses_come_out(chapter: Attempt) -> None:
    """A layer gets what the one around it passes on, and calls what is inside when it wants."""

    def adds(text: str) -> Any:
        def layer(request: Any, inside: Any) -> Any:
            response = inside(request._replace(target=request.target + text))
            return response._replace(content=response.content + text.encode())

        return layer

    def handler(request: Any) -> Any:
        return chapter.Response(request.target.encode() + b":")

    got = chapter.compose(handler, adds("a"), adds("b"))(a_request(chapter)).content
    what = "Two layers, a and b, write their names on request and response. The content:"
    same(what, expected=b"/ab:ba", got=got)

    calls: list[Any] = []

    def page(request: Any) -> Any:
        calls.append(request)
        return chapter.Response(b"page")

    def closed(_request: Any, _inside: Any) -> Any:
        return chapter.Response(b"closed", 503)

    def twice(request: Any, inside: Any) -> Any:
        inside(request)
        return inside(request)

    composed = chapter.compose(page, closed)
    got = composed(a_request(chapter))
    same("A layer answers itself. The status:", expected=503, got=got.status)
    same("How often the handler was called:", expected=0, got=len(calls))
    chapter.compose(page, twice)(a_request(chapter))
    same("A layer asks twice. How often the handler was called:", expected=2, got=len(calls))


@promise(
    task=2,
    usually=beliefs.ERROR_PASSES_LAYERS,
    hints=(
        "The handler raises an error. What does the layer around it see?",
        "It has to see a response: so the call of the handler is in a `try`, inside every layer.",
        "try: return handler(request)   except Exception as error: return on_error(request, error), "
        "in a function that you give the innermost layer as `inside`.",
    ),
)
def test_layers_see_a_response_to_an_error(chapter: Attempt) -> None:
    """If the handler fails, each layer sees the response of on_error(), and can add its fields."""
    seen: list[Any] = []

    def layer(name: str) -> Any:
        def adds(request: Any, inside: Any) -> Any:
            response = inside(request)
            return response._replace(fields=[*response.fields, ("X-Layer", name)])

        return adds

    def handler(_request: Any) -> Any:
        raise RuntimeError("a bug")

    def on_error(request: Any, error: Exception) -> Any:
        seen.append((request, error))
        return chapter.Response(b"sorry", 500)

    request = a_request(chapter)
    composed = chapter.compose(handler, layer("a"), layer("b"), on_error=on_error)
    response = described(partial(composed, request))
    expected = chapter.Response(b"sorry", 500, [("X-Layer", "b"), ("X-Layer", "a")])
    same("The handler raised RuntimeError. The response:", expected=expected, got=response)
    holds("on_error() has to be called once.", len(seen) == 1, got=len(seen), expected=1)
    holds("on_error() gets the request.", seen[0][0] is request, got=seen[0][0], expected=request)
    same("on_error() gets the error:", expected="RuntimeError('a bug')", got=repr(seen[0][1]))


@promise(
    task=2,
    usually=beliefs.ONLY_HANDLERS_FAIL,
    hints=(
        "Which code can raise an error here? Only the handler?",
        "Each layer needs the same `try` as the handler.",
        "Put the `try` into one function, and use it for the handler and for each layer.",
    ),
)
def test_a_layer_may_fail(chapter: Attempt) -> None:
    """If a layer fails, the layers around it see a response; and so does who called."""

    def adds(request: Any, inside: Any) -> Any:
        response = inside(request)
        return response._replace(fields=[*response.fields, ("X-Layer", "a")])

    def passes_on(request: Any, inside: Any) -> Any:
        return inside(request._replace(target="/changed"))

    def fails(request: Any, inside: Any) -> Any:
        inside(request)
        raise KeyError("a bug")

    def handler(_request: Any) -> Any:
        return chapter.Response(b"page")

    def on_error(request: Any, error: Exception) -> Any:
        return chapter.Response(f"{request.target} {error!r}".encode(), 500)

    for layers, fields, target in (
        ((adds, fails), [("X-Layer", "a")], "/"),
        ((fails, adds), [], "/"),
        ((adds, passes_on, fails), [("X-Layer", "a")], "/changed"),
    ):
        composed = chapter.compose(handler, *layers, on_error=on_error)
        response = described(partial(composed, a_request(chapter)))
        names = ", ".join(layer.__name__ for layer in layers)
        expected = chapter.Response(f"{target} KeyError('a bug')".encode(), 500, fields or ())
        same(f"The layers are {names}. The response:", expected=expected, got=response)


@promise(
    task=2,
    usually=beliefs.EVERY_ERROR,
    hints=(
        "Which errors are yours, and which are for the program that runs you?",
        "KeyboardInterrupt and SystemExit are not Exceptions. Let them pass.",
        "except Exception as error: no `except:`, no BaseException, and no list of kinds.",
    ),
)
def test_only_exceptions_are_caught(chapter: Attempt) -> None:
    """Every Exception becomes a response; Ctrl-C and sys.exit() pass through."""

    def fails(error: BaseException) -> Any:
        def handler(_request: Any) -> Any:
            raise error

        return chapter.compose(handler, straight, on_error=on_error)

    def straight(request: Any, inside: Any) -> Any:
        return inside(request)

    def on_error(_request: Any, error: BaseException) -> Any:
        return type(error).__name__

    refused = chapter.HttpError(404, "no such book", "RFC 9110 §15.5.5")
    for error in (ValueError(), OSError(), MemoryError(), refused, StopIteration()):
        got = described(partial(fails(error), a_request(chapter)))
        same("on_error() was called for:", expected=type(error).__name__, got=got)
    for leaves in (KeyboardInterrupt, SystemExit):
        try:
            got = fails(leaves())(a_request(chapter))
        except leaves:
            continue
        broken("This has to pass through:", expected=Literally(leaves.__name__), got=got)
    got = described(lambda: chapter.compose(fails_with(refused))(a_request(chapter)).status)
    same("Without on_error, failed() answers. The status of HttpError 404:", expected=404, got=got)


@promise(
    task=2,
    usually=beliefs.COMPOSED_ONCE,
    hints=(
        "The second request comes. Does it meet the same layers?",
        "Nothing may be used up by the first request: an iterator, or a list from which you take.",
        "Make the functions when compose() is called, and change nothing when they are called.",
    ),
)
def test_serves_every_request_alike(chapter: Attempt) -> None:
    """The second request meets the same layers as the first, even while the first is on its way."""
    waiting: list[Any] = []

    def layer(name: str) -> Any:
        def adds(request: Any, inside: Any) -> Any:
            response = inside(request)
            return response._replace(content=name.encode() + response.content)

        return adds

    def handler(request: Any) -> Any:
        if request.target == "/outer":
            waiting.append(composed(a_request(chapter, "/inner")).content)
        return chapter.Response(b"page")

    a = layer("a")
    composed = chapter.compose(handler, a, layer("b"), a)
    other = chapter.compose(handler, layer("c"))
    for number in (1, 2):
        got = composed(a_request(chapter, "/outer")).content
        same(
            f"Request {number}. The layers are a, b, a. The content:", expected=b"abapage", got=got
        )
    same("A request during another one:", expected=[b"abapage"] * 2, got=waiting)
    got = other(a_request(chapter)).content
    same("Composed with c alone:", expected=b"cpage", got=got)


@promise(
    task=3,
    usually=beliefs.NAMES_ARE_UNIQUE,
    hints=(
        "How often can a box of the same name be ticked?",
        "Fields has a list of pairs: keep every pair, in its order.",
        "fields.append((name, value)), and at the end Fields(fields). Not a dict.",
    ),
)
def test_a_name_may_come_again(chapter: Attempt) -> None:
    """Every field is kept, in its order, and a name may come again."""
    for text, pairs in (
        ("a=1&b=2", [("a", "1"), ("b", "2")]),
        ("b=2&a=1&b=3", [("b", "2"), ("a", "1"), ("b", "3")]),
        ("tag=x&tag=x", [("tag", "x"), ("tag", "x")]),
        ("A=1&a=2", [("A", "1"), ("a", "2")]),
        ("", []),
    ):
        reads(chapter, text, pairs)


@promise(
    task=3,
    usually=beliefs.EMPTY_IS_MISSING,
    hints=(
        "Somebody has left a field of the form empty. What does the browser send?",
        "The name and =, or the name alone. Only an empty piece between two & is not a field.",
        "for piece in text.split('&'): if piece: name, _, value = piece.partition('=')",
    ),
)
def test_a_value_may_be_empty(chapter: Attempt) -> None:
    """A name or a value may be empty, = may be missing or come again; an empty piece is no field."""
    for text, pairs, usually in (
        ("a=&b", [("a", ""), ("b", "")], beliefs.EMPTY_IS_MISSING),
        ("=c&=", [("", "c"), ("", "")], beliefs.EMPTY_IS_MISSING),
        ("&a=1&&b=2&", [("a", "1"), ("b", "2")], beliefs.EMPTY_IS_MISSING),
        ("&&", [], beliefs.EMPTY_IS_MISSING),
        ("a=1=2&b==", [("a", "1=2"), ("b", "=")], beliefs.ONE_EQUALS),
        ("a= 1 &b;c=2", [("a", " 1 "), ("b;c", "2")], beliefs.EMPTY_IS_MISSING),
    ):
        reads(chapter, text, pairs, usually)


@promise(
    task=3,
    usually=beliefs.PLUS_STAYS,
    hints=(
        "How does a browser write a space, and how a plus? Which of Python's functions knows both?",
        "Split at & and =, while everything is encoded. Then decode the name and the value.",
        "unquote_plus(name), unquote_plus(value)",
    ),
)
def test_splits_first_and_then_decodes(chapter: Attempt) -> None:
    """Name and value are decoded once, after the fields were split; a plus is a space."""
    for text, pairs, usually in (
        ("a=%2541", [("a", "%41")], beliefs.DECODES_AGAIN),
        ("a+b=c+d", [("a b", "c d")], beliefs.PLUS_STAYS),
        ("n=1%2B1+%2b+", [("n", "1+1 + ")], beliefs.PLUS_STAYS),
        ("a%3Db=x%26y&c%26=%3D", [("a=b", "x&y"), ("c&", "=")], beliefs.DECODED_FIELDS_SPLIT),
        ("na%20me=a%20b%0D%0Ac", [("na me", "a b\r\nc")], beliefs.PLUS_STAYS),
    ):
        reads(chapter, text, pairs, usually)


@promise(
    task=3,
    usually=beliefs.CLIENT_IS_CAREFUL,
    signs={UnicodeDecodeError: beliefs.CLIENT_IS_CAREFUL, LookupError: beliefs.CLIENT_IS_CAREFUL},
    hints=(
        "A visitor types a % into the address. Is this an error of the form?",
        "Browsers are lenient here. unquote_plus() is as lenient, if you let it.",
        "unquote_plus(value): without errors='strict', and without decode() of the chapter routing.",
    ),
)
def test_what_cannot_be_decoded_stays(chapter: Attempt) -> None:
    """Octets are UTF-8; what is not becomes U+FFFD, and a % without two digits stays a %."""
    for text, pairs in (
        ("city=%C3%85s&%E2%9C%93=%F0%9F%92%A9", [("city", "Ås"), ("✓", "\U0001f4a9")]),
        ("a=%FF%zz&b=100%&c=%4", [("a", "\ufffd%zz"), ("b", "100%"), ("c", "%4")]),
        ("é=Ås", [("é", "Ås")]),
    ):
        reads(chapter, text, pairs)


@promise(
    task=3,
    usually=beliefs.FIELDS_WITHOUT_LIMIT,
    hints=(
        "How many fields fit into a megabyte?",
        "Count the pieces that are fields, before you decode them. MAX_FIELDS of them are allowed.",
        "if len(pieces) > MAX_FIELDS: raise HttpError(400, 'too many fields', 'RFC 9110 §15.5.1')",
    ),
)
def test_fields_are_counted(chapter: Attempt) -> None:
    """MAX_FIELDS fields are read, and one more is refused with 400."""
    most = chapter.MAX_FIELDS
    for text, count in (("a&" * most, most), ("&" * most + "a", 1)):
        expected = chapter.Fields([("a", "")] * count)
        got = described(partial(chapter.parse_query, text))
        holds(f"{count} fields were not read.", got == expected)
    for text in ("a&" * most + "a", "a=1&" * (most * 3)):
        try:
            got = chapter.parse_query(text)
        except chapter.HttpError as error:
            same("Too many fields. The status of the HttpError:", expected=400, got=error.status)
        else:
            expected = Literally("HttpError 400")
            broken("There were too many fields.", expected=expected, got=f"{len(got)} fields")


@promise(
    task=4,
    usually=beliefs.ONE_EQUALS,
    signs={ValueError: beliefs.ONE_EQUALS},
    hints=(
        "What is between two cookies, and what between a name and its value?",
        "Split at the semicolons, and each piece at its first =. Then drop spaces and tabs.",
        "name, equals, value = piece.partition('='); name.strip(' \\t'), value.strip(' \\t')",
    ),
)
def test_reads_cookies(chapter: Attempt) -> None:
    """Cookies are between semicolons, with spaces and tabs around them, and the first = ends a name."""
    for field, cookies, usually in (
        ("a=1; b=2", {"a": "1", "b": "2"}, None),
        ("a=1;b=2 ;\tc = 3 ", {"a": "1", "b": "2", "c": "3"}, None),
        ("a=x==; b==", {"a": "x==", "b": "="}, beliefs.ONE_EQUALS),
        ("a=; b= ", {"a": "", "b": ""}, beliefs.EMPTY_IS_MISSING),
        ("A=1; a=2", {"A": "1", "a": "2"}, None),
        ("XaX=X1X", {"XaX": "X1X"}, None),
        ("", {}, None),
    ):
        finds(chapter, field, cookies, usually or beliefs.ONE_EQUALS)


@promise(
    task=4,
    usually=beliefs.ONE_BAD_COOKIE,
    signs={ValueError: beliefs.ONE_BAD_COOKIE},
    hints=(
        "Another program on your host has set a cookie that is wrong. Should yours be lost?",
        "Without = or without a name, leave the piece out, and go on with the next one.",
        "if equals and name: cookies.setdefault(name, value)",
    ),
)
def test_a_bad_cookie_loses_only_itself(chapter: Attempt) -> None:
    """A piece without = or without a name is left out; the others are returned."""
    for field, cookies in (
        ("a=1; bad; b=2", {"a": "1", "b": "2"}),
        ("a=1; =x; b=2", {"a": "1", "b": "2"}),
        ("=; ;;a=1; ", {"a": "1"}),
        ("a[b]=1; a,b=2; Ã©=3; path=/", {"a[b]": "1", "a,b": "2", "Ã©": "3", "path": "/"}),
        ('a=1; b="; c=3', {"a": "1", "b": '"', "c": "3"}),
        ("bad", {}),
    ):
        finds(chapter, field, cookies, beliefs.ONE_BAD_COOKIE)


@promise(
    task=4,
    usually=beliefs.LAST_COOKIE_WINS,
    hints=(
        "In which order does a client send two cookies of the same name?",
        "The longest path comes first. Keep the first one.",
        "cookies.setdefault(name, value)",
    ),
)
def test_the_first_cookie_counts(chapter: Attempt) -> None:
    """If a name comes again, the first cookie counts, even if its value is empty."""
    for field, cookies in (
        ("a=1; a=2", {"a": "1"}),
        ("a=1; b=2; a=3; b=4", {"a": "1", "b": "2"}),
        ("a=; a=2", {"a": ""}),
        ("a; a=2", {"a": "2"}),
    ):
        finds(chapter, field, cookies, beliefs.LAST_COOKIE_WINS)


@promise(
    task=4,
    usually=beliefs.COOKIES_ARE_ENCODED,
    hints=(
        "Who has written the value, and does anybody but the writer know what it means?",
        "Take the value as it is: quotation marks, percent signs, and all that is not a space or a "
        "tab.",
        "value.strip(' \\t'), and nothing else. strip() alone takes U+00A0 as well.",
    ),
)
def test_values_are_taken_as_they_are(chapter: Attempt) -> None:
    """Nothing is decoded or unquoted, and only spaces and tabs are dropped."""
    for field, cookies, usually in (
        ("a=%41+b; c=%zz", {"a": "%41+b", "c": "%zz"}, beliefs.COOKIES_ARE_ENCODED),
        ('a="1 2"; b="\\101"', {"a": '"1 2"', "b": '"\\101"'}, beliefs.COOKIES_ARE_ENCODED),
        ("a=1,b=2", {"a": "1,b=2"}, beliefs.COOKIES_ARE_ENCODED),
        ("city=Ã\xa0; b=\x85", {"city": "Ã\xa0", "b": "\x85"}, beliefs.STRIP_TAKES_SPACES),
        ("Ã\xa0=1", {"Ã\xa0": "1"}, beliefs.STRIP_TAKES_SPACES),
    ):
        finds(chapter, field, cookies, usually)


@promise(
    task=5,
    usually=beliefs.ATTRIBUTES_AS_GIVEN,
    signs={TypeError: beliefs.ATTRIBUTES_AS_GIVEN},
    hints=(
        "Which attributes does a cookie get if the caller says nothing?",
        "Begin with DEFAULTS, and let the caller's attributes replace them: DEFAULTS | attributes.",
        "for key, written in ATTRIBUTES.items(): write what given.get(key, False) says, after a '; '.",
    ),
)
def test_attributes_are_written_in_their_order(chapter: Attempt) -> None:
    """Name and value come first; then the attributes, given or usual, in the order of ATTRIBUTES."""
    usual = "; Path=/; HttpOnly; SameSite=Lax"
    for attributes, expected in (
        ({}, usual),
        ({"same_site": "Strict", "path": "/b"}, "; Path=/b; HttpOnly; SameSite=Strict"),
        (
            {"same_site": "None", "secure": True, "max_age": 60, "domain": "a.test"},
            "; Domain=a.test; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=None",
        ),
        ({}, usual),
    ):
        writes(chapter, attributes, expected, beliefs.ATTRIBUTES_AS_GIVEN)
    got = described(lambda: chapter.set_cookie("b", ""))
    same("An empty value:", expected=("Set-Cookie", f"b={usual}"), got=got)


@promise(
    task=5,
    usually=beliefs.ZERO_IS_FALSE,
    hints=(
        "Max-Age=0 deletes a cookie. What is 0 == False in Python?",
        "True and False are for attributes without a value: ask `setting is True`, `setting is False`.",
        "if setting is not False: out.append(written if setting is True else f'{written}={setting}')",
    ),
)
def test_zero_is_not_false(chapter: Attempt) -> None:
    """True is the name alone, False is nothing at all, and 0 and 1 are numbers."""
    for attributes, expected in (
        ({"max_age": 0}, "; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"),
        ({"max_age": 1, "secure": True}, "; Path=/; Max-Age=1; Secure; HttpOnly; SameSite=Lax"),
        ({"secure": False, "http_only": False}, "; Path=/; SameSite=Lax"),
        ({"path": False, "same_site": False}, "; HttpOnly"),
    ):
        writes(chapter, attributes, expected, beliefs.ZERO_IS_FALSE)


@promise(
    task=5,
    usually=beliefs.VALUE_IS_ONLY_A_VALUE,
    hints=(
        "A visitor is called `Ada; Domain=evil.example`. What does the browser read?",
        "is_token() tests a name, and COOKIE_OCTETS has what a value may have. strip() shows the rest.",
        "if not is_token(name) or value.strip(COOKIE_OCTETS): raise ValueError(…)",
    ),
)
def test_names_and_values_are_tested(chapter: Attempt) -> None:
    """A name that is not a token is refused, and so is a value that does not consist of its octets."""
    for value in (
        "a;b",
        "a b",
        "a,b",
        'a"b',
        "a\\b",
        "a\r\nb",
        "a\tb",
        "é",
        "✓",
        ";",
        " a",
        "a\x7f",
    ):
        refuses(chapter, "a", value)
    for name in ("", "a b", "a=b", "a;b", "é", "a\n", "[a]"):
        refuses(chapter, name, "1")
    every = "".join(sorted(chapter.COOKIE_OCTETS))
    for name, value in (("a", every), ("__Host-a!#$%&'*+.^_`|~", "1")):
        got = described(partial(chapter.set_cookie, name, value))
        expected = ("Set-Cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax")
        same("What is allowed:", expected=expected, got=got)


@promise(
    task=5,
    usually=beliefs.VALUE_IS_ONLY_A_VALUE,
    hints=(
        "Where else could a semicolon come from? And what does a browser do with an attribute that it "
        "does not know?",
        "Test the value of each attribute, and test that ATTRIBUTES has each one that is given.",
        "given.keys() - ATTRIBUTES.keys() is what is unknown; ';' in str(setting) ends an attribute.",
    ),
)
def test_attributes_are_tested(chapter: Attempt) -> None:
    """A semicolon in an attribute's value is refused, and so is an attribute that nobody knows."""
    for key, setting in (("path", "/a;b"), ("domain", "a.test; Secure"), ("same_site", ";")):
        refuses(chapter, "a", "1", {key: setting})
    for key in ("maxage", "httponly", "Path", "expires"):
        refuses(chapter, "a", "1", {key: False}, beliefs.ATTRIBUTES_AS_GIVEN)


@promise(
    task=5,
    usually=beliefs.COOKIES_OF_ANY_LENGTH,
    hints=(
        "What does a browser do with a cookie that is too long? Who learns of it?",
        "Count name and value together, and refuse more than MAX_COOKIE.",
        "len(name) + len(value) > MAX_COOKIE",
    ),
)
def test_long_cookies_are_refused(chapter: Attempt) -> None:
    """MAX_COOKIE octets of name and value can be sent; one more is refused."""
    most = chapter.MAX_COOKIE
    for name, value in (("ab", "x" * (most - 2)), ("n" * (most - 1), "x")):
        got = described(partial(chapter.set_cookie, name, value))
        expected = ("Set-Cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax")
        same(f"{most} octets:", expected=expected, got=got)
    for name, value in (("ab", "x" * (most - 1)), ("n" * most, "x")):
        refuses(chapter, name, value)


@promise(
    task=6,
    usually=beliefs.TIME_IS_OUTSIDE,
    hints=(
        "Which three parts does the text have, and which of them does the third one depend on?",
        "to_text(value), a dot, the time; then a dot, and the signature of all this.",
        "signed = f'{to_text(value)}.{now}'; return f'{signed}.{signature(self.keys[0], signed)}'",
    ),
)
def test_signs_value_and_time(chapter: Attempt) -> None:
    """sign() returns the value, the time, and a signature of both with the first key."""
    for keys in ((KEY,), (KEY, OLD_KEY), (OLD_KEY, KEY)):
        for value, now in ((b"hello", 1000), (b"", 0), (bytes(range(256)), NOW)):
            signed = f"{chapter.to_text(value)}.{now}"
            expected = f"{signed}.{chapter.signature(keys[0], signed)}"
            usually = beliefs.TIME_IS_OUTSIDE if keys == (KEY,) else beliefs.ONE_KEY
            got = described(partial(chapter.Signer(*keys).sign, value, now))
            same(f"{len(keys)} keys. What was signed:", expected=expected, got=got, usually=usually)


@promise(
    task=6,
    usually=beliefs.CLIENT_BRINGS_IT_BACK,
    hints=(
        "Which part of the text is the value, and how was it written?",
        "Everything before the last dot was signed; the value is what is before the first dot.",
        "signed, _, claimed = text.rpartition('.'); value, _, then = signed.partition('.'); at the end "
        "return to_octets(value)",
    ),
)
def test_what_was_signed_comes_back(chapter: Attempt) -> None:
    """unsign() returns the value that sign() was given, as bytes."""
    signer = chapter.Signer(KEY)
    for value in (b"hello", b"", b"a.b", b"{}", bytes(range(256)), "Ås".encode()):
        text = signed_by(chapter, KEY, value, NOW)
        got = described(partial(signer.unsign, text, NOW + 1, MAX_AGE))
        same("The value:", sent=Given(text), expected=value, got=got)


@promise(
    task=6,
    usually=beliefs.CLIENT_BRINGS_IT_BACK,
    signs={ValueError: beliefs.CLIENT_BRINGS_IT_BACK},
    hints=(
        "A visitor changes one letter of the cookie. What is different now?",
        "Make the signature of what is before the last dot, and compare it with what is after it: text "
        "with text, all of it.",
        "hmac.compare_digest(signature(key, signed).encode(), claimed.encode()), or BadSignature.",
    ),
)
def test_forged_texts_are_refused(chapter: Attempt) -> None:
    """A text whose value, time or signature was changed is refused, whatever was changed."""
    text = signed_by(chapter, KEY, b'{"name":"Ada"}', NOW)
    value, then, claimed = text.split(".")
    admin = chapter.to_text(b'{"name":"admin"}')
    last = claimed[:-1] + chr(ord(claimed[-1]) + 1)  # the same octets, in another text
    for forged in (
        f"{admin}.{then}.{claimed}",
        f"{admin}.{then}.{chapter.signature(OTHER_KEY, f'{admin}.{then}')}",
        f"{value}.{then}.{claimed[:-1]}",
        f"{value}.{then}.{last}",
        f"{value}.{then}.{claimed}=",
        f"{value}.{then}.{claimed.swapcase()}",
        f"{value}.{then}.",
        f"{value}=.{then}.{claimed}",
        f" {text}",
    ):
        rejects(chapter, (KEY,), forged, beliefs.CLIENT_BRINGS_IT_BACK)
    for forged in (f"{value}.{NOW + 10**6}.{claimed}", f"{value}.0{then}.{claimed}"):
        rejects(chapter, (KEY,), forged, beliefs.TIME_IS_OUTSIDE)


@promise(
    task=6,
    usually=beliefs.CLIENT_BRINGS_IT_BACK,
    signs={
        TypeError: beliefs.CLIENT_BRINGS_IT_BACK,
        ValueError: beliefs.CLIENT_BRINGS_IT_BACK,
        LookupError: beliefs.CLIENT_BRINGS_IT_BACK,
    },
    hints=(
        "What can a visitor write into a cookie? Try to think of the worst text for your code.",
        "Use nothing of the text before its signature is right. compare_digest() refuses texts that "
        "are not ASCII: compare bytes.",
        "text.rpartition('.') works for every text; split('.') does not. claimed.encode() gives bytes.",
    ),
)
def test_any_text_is_refused(chapter: Attempt) -> None:
    """A text that sign() never made is refused with BadSignature, and no other error."""
    for text in (
        "",
        ".",
        "..",
        "...",
        "hello",
        "hello.1000",
        "hello.1000.signature",
        "a.b.c.d",
        "é.1000.✓",
        "aGVsbG8.1000.\xff",
        "!!!.x.y",
        "\x00.\x00.\x00",
        "." * 4000,
        "9" * 5000 + "." + "9" * 5000 + "." + "9" * 5000,
    ):
        rejects(chapter, (KEY, OLD_KEY), text, beliefs.CLIENT_BRINGS_IT_BACK)


@promise(
    task=6,
    usually=beliefs.ONE_KEY,
    hints=(
        "You change the key tonight. What about the cookies of this morning?",
        "Try each key of self.keys. If one of them fits, the text is good.",
        "if not any(compare_digest(…) for key in self.keys): raise BadSignature(…)",
    ),
)
def test_each_key_is_accepted(chapter: Attempt) -> None:
    """A text that any of the keys has signed is accepted, and a key that was taken out is not."""
    for keys, key in (
        ((KEY, OLD_KEY), OLD_KEY),
        ((KEY, OLD_KEY), KEY),
        ((OTHER_KEY, KEY, OLD_KEY), KEY),
        ((OTHER_KEY, KEY, OLD_KEY), OLD_KEY),
    ):
        text = signed_by(chapter, key, b"hello", NOW)
        got = described(partial(chapter.Signer(*keys).unsign, text, NOW, MAX_AGE))
        what = f"{len(keys)} keys, and number {keys.index(key) + 1} has signed. The value:"
        same(what, sent=Given(text), expected=b"hello", got=got)
    for others in ((KEY,), (KEY, OTHER_KEY)):
        rejects(chapter, others, signed_by(chapter, OLD_KEY, b"hello", NOW), beliefs.ONE_KEY)


@promise(
    task=6,
    usually=beliefs.SIGNED_FOREVER,
    signs={ValueError: beliefs.SIGNED_FOREVER},
    hints=(
        "A cookie was stolen a year ago. What tells you that it is old?",
        "The time in the text. Compare its age with max_age, when the signature is right.",
        "if now - int(then) > max_age: raise BadSignature(…)",
    ),
)
def test_old_texts_are_refused(chapter: Attempt) -> None:
    """A text is good for max_age seconds, the last one included, and not for longer."""
    signer = chapter.Signer(KEY)
    for then, age, max_age in (
        (NOW, 0, 600),
        (NOW, 599, 600),
        (NOW, 600, 600),
        (NOW, 0, 0),
        (7, 50, 60),
    ):
        text = signed_by(chapter, KEY, b"hello", then)
        got = described(partial(signer.unsign, text, then + age, max_age))
        same(f"{age} seconds old, max_age={max_age}:", expected=b"hello", got=got)
    for then, age, max_age in ((NOW, 601, 600), (NOW, 10**8, 600), (NOW, 1, 0), (7, 63, 60)):
        text = signed_by(chapter, KEY, b"hello", then)
        with bad_signature(
            chapter, f"{age} seconds old, max_age={max_age}.", beliefs.SIGNED_FOREVER
        ):
            signer.unsign(text, then + age, max_age)


def a_request(chapter: Attempt, target: str = "/", method: str = "GET") -> Any:
    """Return a request without fields."""
    return chapter.Request(method, target, (1, 1), chapter.Headers())


def asked(chapter: Attempt, app: Any, method: str, target: str) -> Any:
    """Return what the app's router answers."""
    return app.router(a_request(chapter, target, method))


def a_page(chapter: Attempt, name: str) -> Callable[[Any], Any]:
    """Return a function with this name, which answers."""

    def page(_context: Any) -> Any:
        return chapter.Response(b"page")

    page.__name__ = name
    return page


def raises(_request: Any, error: Exception) -> Any:
    """Raise the error again, instead of making a response of it."""
    raise error


def routes(app: Any) -> list[tuple[str, str, str]]:
    """Return method, pattern and name of each route of an app."""
    return [(route.method, route.pattern, route.name) for route in app.router.routes]


def fails_with(error: Exception) -> Callable[[Any], Any]:
    """Return a handler that raises this error."""

    def handler(_request: Any) -> Any:
        raise error

    return handler


def reads(
    chapter: Attempt,
    text: str,
    pairs: Iterable[tuple[str, str]],
    usually: Misconception | None = None,
) -> None:
    """Require that a query has these fields."""
    got = described(lambda: chapter.parse_query(text))
    expected = chapter.Fields(pairs)
    why = usually or NOT_GIVEN
    same("The fields of a query:", sent=Given(text), expected=expected, got=got, usually=why)


def finds(chapter: Attempt, field: str, cookies: dict[str, str], usually: Misconception) -> None:
    """Require that a Cookie field has these cookies."""
    got = described(lambda: chapter.parse_cookies(field))
    same("The cookies:", sent=Given(field), expected=cookies, got=got, usually=usually)


def writes(
    chapter: Attempt, attributes: dict[str, Any], expected: str, usually: Misconception
) -> None:
    """Require that a cookie a=1 with these attributes is written so."""
    call = ", ".join(['"a"', '"1"', *(f"{key}={value!r}" for key, value in attributes.items())])
    got = described(lambda: chapter.set_cookie("a", "1", **attributes))
    expected_field = ("Set-Cookie", f"a=1{expected}")
    same(f"set_cookie({call}):", expected=expected_field, got=got, usually=usually)


def refuses(
    chapter: Attempt,
    name: str,
    value: str,
    attributes: dict[str, Any] | None = None,
    usually: Misconception = beliefs.VALUE_IS_ONLY_A_VALUE,
) -> None:
    """Require that set_cookie() raises ValueError for these."""
    more = "".join(f", {key}={given!r}" for key, given in (attributes or {}).items())
    short = f"{value!r}" if len(value) < 40 else f"a value of {len(value)} octets"
    what = f"set_cookie({name[:40]!r}, {short}{more}) was not refused."
    if len(name + value) > chapter.MAX_COOKIE:
        usually = beliefs.COOKIES_OF_ANY_LENGTH
    with refusal(what, ValueError, usually=usually):
        chapter.set_cookie(name, value, **(attributes or {}))


def signed_by(chapter: Attempt, key: bytes, value: bytes, now: int) -> str:
    """Return the text that a signer with this key has to make."""
    signed = f"{chapter.to_text(value)}.{now}"
    return f"{signed}.{chapter.signature(key, signed)}"


def rejects(chapter: Attempt, keys: Iterable[bytes], text: str, usually: Misconception) -> None:
    """Require that a signer with these keys refuses a text."""
    what = f"unsign() took a text that was never signed: {text[:120]!r}"
    with bad_signature(chapter, what, usually):
        chapter.Signer(*keys).unsign(text, NOW, MAX_AGE)


def bad_signature(chapter: Attempt, what: str, usually: Misconception) -> Any:
    """Require that the block raises BadSignature."""
    return refusal(what, chapter.BadSignature, usually=usually)


TASKS = {
    1: "App.route, App.get, App.post, App.error",
    2: "compose",
    3: "parse_query",
    4: "parse_cookies",
    5: "set_cookie",
    6: "Signer.sign, Signer.unsign",
}
