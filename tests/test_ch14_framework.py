"""The promises of chapter 14: what a framework adds."""

import hmac
import secrets
import sys
from binascii import Error as BinasciiError
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import product
from typing import Any, Self
from unittest import mock
from urllib.parse import parse_qsl, unquote, unquote_plus

from course.checks.answers import Attempt, MissingName, Unreadable
from course.checks.expect import (
    Given,
    Literally,
    Raised,
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
OCTETS = set(map(chr, range(256)))  # as a request has them: one character for each octet
NOW, MAX_AGE = 1_800_000_000, 600


@promise(
    task=1,
    usually=beliefs.DECORATOR_IS_THE_CALL,
    signs={TypeError: beliefs.DECORATOR_IS_THE_CALL},
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
    same("DELETE /books/7. The content:", expected=b"DELETE 7", got=got, usually=None)
    got = asked(chapter, app, "GET", "/books/7").status
    same("GET /books/7, which was not added. The status:", expected=405, got=got, usually=None)


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
            wraps = callable(got) and not isinstance(got, chapter.App)
            usually = beliefs.DECORATOR_CALLS if wraps else None
            if got is None:
                usually = beliefs.DECORATOR_KEEPS_IT
            shown = Literally(repr(got))
            broken(f"{call} returned:", expected=expected, got=shown, usually=usually)


@promise(
    task=1,
    usually=beliefs.DECORATOR_CALLS,
    hints=(
        "When is a page needed: when its function is defined, or when a request comes?",
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
    same("Three decorators, and no function. Routes:", expected=[], got=routes(app), usually=None)
    app.get("/d")(calls.append)
    app.error(404)(calls.append)
    same("Functions were decorated, and no request has come. Calls:", expected=[], got=calls)


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

    for call, decorate, expected in (
        ('app.get("/a/{x}", "first")', partial(app.get, "/a/{x}", "first"), "GET /a/{x} first"),
        (
            'app.post("/b/{x}", name="second")',
            partial(app.post, "/b/{x}", name="second"),
            "POST /b/{x} second",
        ),
        (
            'app.route("PATCH", "/c/{x}", "third")',
            partial(app.route, "PATCH", "/c/{x}", "third"),
            "PATCH /c/{x} third",
        ),
        ('app.get("/d")', partial(app.get, "/d"), "GET /d "),
        ('app.route("get", "/e")', partial(app.route, "get", "/e"), "get /e "),
    ):
        before = len(app.router.routes)
        decorate()(a_page(chapter, "page"))
        added = routes(app)[before:]
        wanted = [tuple(expected.split(" "))]
        lost = added == [(*wanted[0][:2], "")]
        usually = beliefs.ARGUMENT_IS_LOST if lost else None
        what = f"{call} was called. Method, pattern and name of the new route:"
        same(what, expected=wanted, got=added, usually=usually)


@promise(
    task=1,
    usually=beliefs.DECORATOR_KEEPS_IT,
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
    same("Three decorators. Routes:", expected=expected, got=sorted(routes(app)), usually=None)
    for route in app.router.routes:
        what = f"Three decorators for `home`. The function of {route.method} {route.pattern}:"
        lost = beliefs.DECORATOR_KEEPS_IT if route.endpoint is None else None
        holds(what, route.endpoint is home, expected=home, got=route.endpoint, usually=lost)
    with refusal("GET / was added twice.", ValueError, usually=None):
        app.get("/")(home)
    decorator = app.get("/again")
    decorator(home)
    with refusal("One decorator was called with two functions.", ValueError, usually=None):
        decorator(a_page(chapter, "again"))


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
    same("app.pages:", expected={404: first}, got=app.pages, usually=None)
    app.error(304)(first)
    app.error(500)(first)
    expected = {404: first, 304: first, 500: first}
    same("app.pages:", expected=expected, got=app.pages, usually=None)
    app.error(404)(second)
    expected = {404: second, 304: first, 500: first}
    what = "A second page for 404 was added. app.pages:"
    same(what, expected=expected, got=app.pages, usually=None)
    same("The pages of another app:", expected={}, got=other.pages, usually=None)
    got = asked(chapter, app, "GET", "/nowhere")
    found = (got.status, got.content)
    same("GET /nowhere:", expected=(404, b"second"), got=found, usually=None)


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
        ways = [
            [*(f"{name} in" for name in order), "handler", *(f"{n} out" for n in order[::-1])]
            for order in (names, names[::-1])
        ]
        what = f"compose(handler{''.join(f', {name}' for name in names)}). What happened:"
        usually = beliefs.LAST_IS_OUTERMOST if trace == ways[1] else None
        same(what, expected=ways[0], got=trace, usually=usually)
        same("The content:", expected=b"hello", got=response.content, usually=None)


@promise(
    task=2,
    usually=beliefs.REQUEST_IS_SHARED,
    hints=(
        "A layer may pass on another request, or none. Who gets the other one?",
        "What you give a layer as `inside` is a function of one argument, the request. Only the layer "
        "calls it.",
        "def handle(request): return layer(request, inside)",
    ),
    hints_if={
        "by name": (
            "How do you call the layer: does the call name an argument?",
            "This layer calls its second argument `_rest`. The docstring says: by position.",
            "layer(request, inside), not layer(request, inside=inside), and no partial(…, inside=…).",
        )
    },
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
    what = "Layers a and b add their names to the target and to the content. The content:"
    readings = {b"/:ba": beliefs.REQUEST_IS_SHARED, b"/ba:ab": beliefs.LAST_IS_OUTERMOST}
    same(what, expected=b"/ab:ba", got=got, usually=readings.get(got))

    calls: list[Any] = []

    def page(request: Any) -> Any:
        calls.append(request)
        return chapter.Response(b"page")

    def closed(_request: Any, _rest: Any) -> Any:
        return chapter.Response(b"closed", 503)

    def twice(request: Any, inside: Any) -> Any:
        inside(request)
        return inside(request)

    composed = chapter.compose(page, closed, on_error=raises)
    got = described(lambda: composed(a_request(chapter)).status)
    by_name = isinstance(got, Raised) and "keyword argument" in got
    usually = beliefs.LAYER_HAS_NAMES if by_name else None
    what = "A layer, `def closed(_request, _rest)`, answers without the handler. The status:"
    same(what, expected=503, got=got, usually=usually, clue="by name" if by_name else "")
    same("How often the handler was called:", expected=0, got=len(calls), usually=None)
    chapter.compose(page, twice)(a_request(chapter))
    what = "A layer calls `inside` twice. How often the handler was called:"
    same(what, expected=2, got=len(calls), usually=None)
    context = chapter.Context(a_request(chapter))
    chapter.compose(page, twice, on_error=raises)(context)
    what = "The request is a Context. The handler gets:"
    holds(what, calls[-1] is context, expected=context, got=calls[-1], usually=None)


@promise(
    task=2,
    usually=beliefs.ERROR_PASSES_LAYERS,
    hints=(
        "The handler raises an error. What does the layer around it see?",
        "It has to see a response: so the call of the handler is in a `try`, inside every layer.",
        "try: return handler(request)   except Exception as error: return on_error(request, error), "
        "in a function that you give the innermost layer as `inside`.",
    ),
    hints_if={
        "failed": (
            "Which function made this response? Who has chosen it?",
            "The caller has: on_error is an argument of compose(). failed() is only its default.",
            "return on_error(request, error)",
        ),
    },
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
    around = isinstance(response, Raised) or response == chapter.Response(b"sorry", 500)
    usually = beliefs.ERROR_PASSES_LAYERS if around else None
    if response == chapter.Response(b"sorry", 500, [("X-Layer", "a")]):
        usually = beliefs.LAYERS_GUARD_HANDLERS
    if response == expected._replace(fields=expected.fields[::-1]):
        usually = beliefs.LAST_IS_OUTERMOST
    what = "The handler raised RuntimeError, and on_error() returns `sorry`. The response:"
    clue = "" if isinstance(response, Raised) or seen else "failed"
    same(what, expected=expected, got=response, usually=usually, clue=clue)
    same("Calls of on_error():", expected=1, got=len(seen), usually=None)
    what = "on_error() gets the request that the handler was given:"
    holds(what, seen[0][0] is request, got=seen[0][0], expected=request, usually=None)
    got = repr(seen[0][1])
    same("on_error() gets the error:", expected="RuntimeError('a bug')", got=got, usually=None)


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
    """If a layer fails, the layers around it see a response, and so does the caller."""

    def adds(name: str) -> Any:
        def layer(request: Any, inside: Any) -> Any:
            response = inside(request)
            return response._replace(fields=[*response.fields, ("X-Layer", name)])

        return layer

    def passes_on(request: Any, inside: Any) -> Any:
        return inside(request._replace(target="/changed"))

    def fails(request: Any, inside: Any) -> Any:
        inside(request)
        raise KeyError("a bug")

    def handler(_request: Any) -> Any:
        return chapter.Response(b"page")

    def on_error(request: Any, error: Exception) -> Any:
        return chapter.Response(f"{request.target} {error!r}".encode(), 500)

    def fails_at_once(_request: Any, _inside: Any) -> Any:
        raise KeyError("a bug")

    a, b, c = map(adds, "abc")
    for names, layers, fields, target, if_turned_round in (
        ("a, fails at once, b", (a, fails_at_once, b), "a", "/", "b"),
        ("a, fails", (a, fails), "a", "/", ""),
        ("fails, a", (fails, a), "", "/", "a"),
        ("a, b, c, fails", (a, b, c, fails), "cba", "/", ""),
        ("fails, fails", (fails, fails), "", "/", ""),
        ("a, passes another request on, fails", (a, passes_on, fails), "a", "/changed", ""),
        ("a, fails, passes another request on", (a, fails, passes_on), "a", "/", ""),
    ):
        composed = chapter.compose(handler, *layers, on_error=on_error)
        response = described(partial(composed, a_request(chapter)))
        content = f"{target} KeyError('a bug')".encode()
        added = [("X-Layer", name) for name in fields]
        expected = chapter.Response(content, 500, added or ())
        lost = isinstance(response, Raised) or response == chapter.Response(content, 500)
        usually = beliefs.ONLY_HANDLERS_FAIL if lost and "at once" in names else None
        others = [("X-Layer", name) for name in if_turned_round]
        if others and response == chapter.Response(content, 500, others):
            usually = beliefs.LAST_IS_OUTERMOST
        same(
            f"The layers: {names}. The response:", expected=expected, got=response, usually=usually
        )


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
        name = type(error).__name__
        what = (
            f"The handler raised {name}. on_error() returns the error's name. compose()'s function"
        )
        same(f"{what} returned:", expected=name, got=got, usually=None)
    for leaves in (KeyboardInterrupt, SystemExit):
        try:
            fails(leaves())(a_request(chapter))
        except leaves:
            continue
        expected = Literally(f"{leaves.__name__} leaves compose()'s function")
        caught = Literally("it was caught, and on_error() was called")
        broken(f"The handler raised {leaves.__name__}.", expected=expected, got=caught)
    got = described(lambda: chapter.compose(fails_with(refused))(a_request(chapter)).status)
    what = "Without on_error, failed() answers. The status for HttpError 404:"
    same(what, expected=404, got=got, usually=None)


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
        what = f"Request {number}. The layers are a, b, a. The content:"
        usually = beliefs.COMPOSED_ONCE if number == 2 else None
        same(what, expected=b"abapage", got=got, usually=usually)
    same("A request during another one:", expected=[b"abapage"] * 2, got=waiting, usually=None)
    got = other(a_request(chapter)).content
    same("Another handler, composed with c alone:", expected=b"cpage", got=got, usually=None)


@promise(
    task=3,
    usually=beliefs.NAMES_ARE_UNIQUE,
    hints=(
        "How often can a box of the same name be ticked?",
        "Fields has a list of pairs: keep every pair, in its order.",
        "fields.append((name, value)), and at the end Fields(fields). Not a dict.",
    ),
    hints_if={
        "lists": (
            "The texts are right. Of which type is each pair?",
            "split() returns a list. A pair has to be a tuple, in parentheses.",
            "fields.append((name, value))",
        )
    },
)
def test_a_name_may_come_again(chapter: Attempt) -> None:
    """Every field is kept, in its order, and a name may occur more than once."""
    for text, pairs in (
        ("a=1&b=2", [("a", "1"), ("b", "2")]),
        ("b=2&a=1&b=3", [("b", "2"), ("a", "1"), ("b", "3")]),
        ("tag=x&tag=x", [("tag", "x"), ("tag", "x")]),
        ("A=1&a=1", [("A", "1"), ("a", "1")]),
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
    hints_if={
        beliefs.NAME_IS_NEEDED: (
            "Which piece is not a field: one without a name, or one that is empty?",
            "`=c` has an empty name and the value c. Keep it, as the docstring does.",
            "`if piece:` before you split the piece, and no `if name:` after it.",
        )
    },
)
def test_a_value_may_be_empty(chapter: Attempt) -> None:
    """A name or a value may be empty, and = may be missing; an empty piece is not a field."""
    for text, pairs in (
        ("a=&b", [("a", ""), ("b", "")]),
        ("=c&b=", [("", "c"), ("b", "")]),
        ("=", [("", "")]),
        ("&a=1&&b=2&", [("a", "1"), ("b", "2")]),
        ("", []),
        ("&&", []),
        ("a=1=2&b==", [("a", "1=2"), ("b", "=")]),
        ("a= 1 &b;c=2", [("a", " 1 "), ("b;c", "2")]),
    ):
        reads(chapter, text, pairs)
    for text in every_text("ab=&", 5):
        reads(chapter, text, parse_qsl(text, keep_blank_values=True))
    for other in sorted(OCTETS - set("&=+%")):
        reads(
            chapter, f"{other}a{other}={other}b{other}", [(f"{other}a{other}", f"{other}b{other}")]
        )
    reads(chapter, "?a[]=1#b", [("?a[]", "1#b")])


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
    for text, pairs in (
        ("a=%2541", [("a", "%41")]),
        ("a+b=c+d", [("a b", "c d")]),
        ("n=1%2B1+%2b+", [("n", "1+1 + ")]),
        ("a%3D=%2B%26", [("a=", "+&")]),
        ("a%3Db=x%26y&c%26=%3D", [("a=b", "x&y"), ("c&", "=")]),
        ("na%20me=a%20b%0D%0Ac", [("na me", "a b\r\nc")]),
        ("%2541=%2541", [("%41", "%41")]),
    ):
        reads(chapter, text, pairs)


@promise(
    task=3,
    usually=beliefs.CLIENT_IS_CAREFUL,
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
        ("%FF=%C3%85", [("\ufffd", "Å")]),
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
    hints_if={
        "allowed": (
            "How many fields are allowed, and what do you count?",
            "MAX_FIELDS fields are allowed: the first field too many is the next one. An empty piece "
            "is not a field.",
            "if len(pieces) > MAX_FIELDS, where the pieces are those that are not empty.",
        ),
        TypeError: (
            "Which call has Python refused, and which argument is missing?",
            "HttpError needs three: the status, a text that says why, and the section of the standard.",
            "raise HttpError(400, 'too many fields', 'RFC 9110 §15.5.1')",
        ),
    },
)
def test_fields_are_counted(chapter: Attempt) -> None:
    """MAX_FIELDS fields are read, and one more is refused with 400."""
    most = chapter.MAX_FIELDS
    for count, text in ((most, "a&" * most), (1, "&" * (2 * most) + "a")):
        try:
            got = chapter.parse_query(text)
        except chapter.HttpError as error:
            got = Raised(f"HttpError: {error}")
        if amount(got) != amount(range(count)):
            field = "1 field is" if count == 1 else f"{count} fields are"
            what = f"{field} allowed. An empty piece is not a field. It returned:"
            shown = got if isinstance(got, Raised) else Literally(amount(got))
            given = Given(f"{text[:6]}…{text[-4:]} ({len(text)} characters)")
            expected = Literally(amount(range(count)))
            broken(what, sent=given, expected=expected, got=shown, usually=None, clue="allowed")
    many = most * 3
    for count, text in (
        (many, "&".join(f"a{number}" for number in range(many))),
        (most + 1, "a&" * most + "a"),
    ):
        try:
            got = chapter.parse_query(text)
        except chapter.HttpError as error:
            what = f"{count} fields were refused. The status of the HttpError:"
            same(what, expected=400, got=error.status, usually=None)
        else:
            all_of_them = count == many and amount(got) == f"{count} fields"
            unlimited = beliefs.FIELDS_WITHOUT_LIMIT if all_of_them else None
            expected, shown = Literally("HttpError 400"), Literally(amount(got))
            what = f"{count} fields are too many. It returned:"
            broken(what, expected=expected, got=shown, usually=unlimited)


@promise(
    task=4,
    usually=beliefs.ONE_EQUALS,
    hints=(
        "What is between two cookies, and what between a name and its value?",
        "Split at the semicolons, and each piece at its first =. Then drop spaces and tabs.",
        "name, equals, value = piece.partition('='); name.strip(' \\t'), value.strip(' \\t')",
    ),
)
def test_reads_cookies(chapter: Attempt) -> None:
    """Cookies are between semicolons, with spaces and tabs around them, and the first = ends a name."""
    for field, cookies in (
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b = 2\t;", {"a": "1", "b": "2"}),
        ("a=1;b=2 ;\tc = 3 ", {"a": "1", "b": "2", "c": "3"}),
        ("a=x==; b==", {"a": "x==", "b": "="}),
        ("a=; b= ", {"a": "", "b": ""}),
        ("A=1; a=2", {"A": "1", "a": "2"}),
        ("XaX=X1X", {"XaX": "X1X"}),
        ("", {}),
    ):
        finds(chapter, field, cookies)


@promise(
    task=4,
    usually=beliefs.ONE_BAD_COOKIE,
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
        ("a=1;  =x; \t=y; b=2", {"a": "1", "b": "2"}),
        ("=; ;;a=1; ", {"a": "1"}),
        ("my cookie=1; a,b=2", {"my cookie": "1", "a,b": "2"}),
        ("a[b]=1; a,b=2; Ã©=3; path=/", {"a[b]": "1", "a,b": "2", "Ã©": "3", "path": "/"}),
        ('a=1; b="; c=3', {"a": "1", "b": '"', "c": "3"}),
        ("bad", {}),
    ):
        finds(chapter, field, cookies)


@promise(
    task=4,
    usually=beliefs.LAST_COOKIE_WINS,
    hints=(
        "In which order does a client send two cookies of the same name?",
        "The longest path comes first. Keep the first one.",
        "cookies.setdefault(name, value)",
    ),
    hints_if={
        beliefs.EMPTY_COOKIE_IS_MISSING: (
            "Is a cookie with an empty value there?",
            "It is, so it is the first cookie of its name. `not cookies.get(name)` cannot tell it "
            "from a cookie that is missing.",
            "cookies.setdefault(name, value), or: if name not in cookies: cookies[name] = value",
        )
    },
)
def test_the_first_cookie_counts(chapter: Attempt) -> None:
    """If a name occurs twice, the first cookie counts, even if its value is empty."""
    for field, cookies in (
        ("a=1; a=2", {"a": "1"}),
        ("a=1; b=2; a=3; b=4", {"a": "1", "b": "2"}),
        ("a=; a=2", {"a": ""}),
        ("a; a=2", {"a": "2"}),
    ):
        finds(chapter, field, cookies)
    for field in every_text("ab=; ", 5):
        finds(chapter, field, cookies_in(field))


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
    for field, cookies in (
        ('a="%41,+"', {"a": '"%41,+"'}),
        ("a=%41+b; c=%zz", {"a": "%41+b", "c": "%zz"}),
        ("%41=1", {"%41": "1"}),
        ('a="1 2"; b="\\101"', {"a": '"1 2"', "b": '"\\101"'}),
        ("a=1,b=2", {"a": "1,b=2"}),
        ("city=Ã\xa0; b=\x85", {"city": "Ã\xa0", "b": "\x85"}),
        ("Ã\xa0=1", {"Ã\xa0": "1"}),
        ("$a=1; __Host-b=2; c[]=3", {"$a": "1", "__Host-b": "2", "c[]": "3"}),
    ):
        finds(chapter, field, cookies)
    for other in sorted(OCTETS - set(";= \t")):
        name, value = f"{other}a{other}", f"{other}b{other}"
        finds(chapter, f"{name}={value}", {name: value})
    many = {f"a{number}": str(number) for number in range(300)}
    finds(chapter, "; ".join(f"{name}={value}" for name, value in many.items()), many)


@promise(
    task=5,
    usually=beliefs.COOKIES_ARE_ENCODED,
    hints=(
        "What is between a name and its value?",
        "Only `=`. Nothing is added to a name or a value, and nothing in them is changed.",
        'return f"{name}={value}", after the tests.',
    ),
    hints_if={
        "refused": (
            "Your code refuses a pair that is allowed. Which of its tests fails?",
            "is_token() decides about the name. Each character of the value has to be in "
            "COOKIE_OCTETS, and a value may be empty. `value in COOKIE_OCTETS` is another question: "
            "are all these characters there in this order?",
            "all(each in COOKIE_OCTETS for each in value)",
        )
    },
)
def test_pairs_are_written_as_they_are(chapter: Attempt) -> None:
    """What is allowed is written unchanged: the name, `=`, and the value, which may be empty."""
    every = "".join(sorted(chapter.COOKIE_OCTETS))
    token = "__Host-a!#$%&'*+.^_`|~09AZ"
    pairs = [
        ("theme", "dark"),
        ("theme", ""),
        ("a", "x=="),
        ("$a", "1"),
        (token, "1"),
        ("a", every),
    ]
    for name, value in pairs:
        got = described(partial(chapter.cookie_pair, name, value))
        encoded = got in (f'{name}="{value}"', f"{name}={quoted(value)}")
        usually = beliefs.COOKIES_ARE_ENCODED if encoded else None
        what = f"cookie_pair({name!r}, {value!r}) returned:"
        clue = "refused" if isinstance(got, Raised) else ""
        same(what, expected=f"{name}={value}", got=got, usually=usually, clue=clue)


@promise(
    task=5,
    usually=beliefs.VALUE_IS_ONLY_A_VALUE,
    hints=(
        "Which test does a name need, and which one does a value need?",
        "is_token() tests a name. Each character of a value has to be one of COOKIE_OCTETS.",
        "if not is_token(name) or any(each not in COOKIE_OCTETS for each in value): raise "
        "ValueError(…)",
    ),
)
def test_names_and_values_are_tested(chapter: Attempt) -> None:
    """A name that is not a token is refused, and so is a value with any other character."""
    for value in ("a;b", ";", "Ada; Domain=evil.example"):
        refuses(chapter, "a", value, beliefs.VALUE_IS_ONLY_A_VALUE)
    for value in (*'",\\ ', "a\r\nb", "a\tb", "é", "✓", " a", "a ", "a b", "\x7f", "\0", "\n"):
        refuses(chapter, "a", value, None)
        refuses(chapter, "a", f"x{value}y", None)
    for name in ("", "a b", "a=b", "a;b", "é", "a\n", "[a]", "a,b", '"a"', "a/b", "\0"):
        refuses(chapter, name, "1", None)


@promise(
    task=5,
    usually=beliefs.COOKIES_OF_ANY_LENGTH,
    hints=(
        "What does a browser do with a cookie that is too long? Does the server learn of it?",
        "Count name and value together, and refuse more than MAX_COOKIE.",
        "len(name) + len(value) > MAX_COOKIE",
    ),
    hints_if={
        "allowed": (
            "How long may a cookie be, and which characters count?",
            "MAX_COOKIE characters are allowed, and the `=` is not one of them.",
            "if len(name) + len(value) > MAX_COOKIE: raise ValueError(…)",
        )
    },
)
def test_long_cookies_are_refused(chapter: Attempt) -> None:
    """Name and value may have MAX_COOKIE characters together, and not one more."""
    most = chapter.MAX_COOKIE
    for name, value in (("ab", "x" * (most - 2)), ("n" * (most - 1), "x"), ("n" * most, "")):
        got = described(partial(chapter.cookie_pair, name, value))
        if got != f"{name}={value}":
            what = (
                f"The name has {len(name)} characters and the value {len(value)}. This is allowed. "
                "cookie_pair(name, value) returned:"
            )
            expected = Literally(f"name=value, which has {most + 1} characters")
            shown = Literally(f"{len(str(got))} characters")
            if isinstance(got, Raised):
                shown = Raised(f"{got.partition(':')[0]}")
            broken(what, expected=expected, got=shown, usually=None, clue="allowed")
    refuses(chapter, "ab", "x" * (most * 2), beliefs.COOKIES_OF_ANY_LENGTH)
    for name, value in (("n" * (most * 2), "x"), ("ab", "x" * (most - 1)), ("n" * most, "x")):
        refuses(chapter, name, value, None)


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
            got = described(partial(chapter.Signer(*keys).sign, value, now))
            outside = [chapter.signature(keys[0], text) for text in (signed.partition(".")[0], "")]
            if got in [f"{signed}.{each}" for each in outside]:
                usually = beliefs.TIME_IS_OUTSIDE
            elif got in [f"{signed}.{chapter.signature(key, signed)}" for key in keys]:
                usually = beliefs.ONE_KEY
            else:
                usually = None
            keys_ = {KEY: "key", OLD_KEY: "old_key"}
            call = f"Signer({', '.join(keys_[key] for key in keys)}).sign({value[:9]!r}, {now})"
            same(f"{call} returned:", expected=expected, got=got, usually=usually)


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
        same("unsign() returned:", sent=Given(text), expected=value, got=got, usually=None)


@promise(
    task=6,
    usually=beliefs.CLIENT_BRINGS_IT_BACK,
    hints=(
        "A visitor changes one letter of the cookie. What is different now?",
        "Make the signature of what is before the last dot, and compare it with what is after it: text "
        "with text, all of it.",
        "if not any(same_text(signature(key, signed), claimed) for key in self.keys): raise "
        "BadSignature(…)",
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
    hints=(
        "What can a visitor write into a cookie? Try to think of the worst text for your code.",
        "Use nothing of the text before its signature is right. Compare with same_text(), which takes "
        "any text.",
        "text.rpartition('.') works for every text. Three variables and split('.') do not.",
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
        "a.b.\ud800",
        "\ud800.1000.c",
        "." * 4000,
        "9" * 5000 + "." + "9" * 5000 + "." + "9" * 5000,
    ):
        rejects(chapter, (KEY, OLD_KEY), text, beliefs.CLIENT_BRINGS_IT_BACK)
    text = signed_by(chapter, KEY, b'{"name":"Ada"}', NOW)
    for at, letter in enumerate(text):
        other = "A" if letter != "A" else "B"
        for instead in ("", other, letter * 2, f"{letter} ", f"\n{letter}"):
            changed = text[:at] + instead + text[at + 1 :]
            rejects(chapter, (KEY,), changed, beliefs.CLIENT_BRINGS_IT_BACK)


@promise(
    task=6,
    usually=beliefs.ONE_KEY,
    hints=(
        "You change the key tonight. What about the cookies of this morning?",
        "Try each key of self.keys. If one of them fits, the text is good.",
        "if not any(same_text(signature(key, signed), claimed) for key in self.keys): raise "
        "BadSignature(…)",
    ),
    hints_if={
        "search": (
            "One key does not fit. What does that say about the other keys?",
            "Nothing. Refuse the text only after you have tried every key; one that fits is enough.",
            "any(same_text(signature(key, signed), claimed) for key in self.keys), and one `raise` "
            "after it.",
        ),
    },
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
        signer = chapter.Signer(*keys)
        signer.keys = noted = NotedKeys(keys)
        got = described(partial(signer.unsign, text, NOW, MAX_AGE))
        what = (
            f"The signer has {len(keys)} keys. Number {keys.index(key) + 1} has signed. The value:"
        )
        usually = beliefs.ONE_KEY if isinstance(got, Raised) and not noted.searched else None
        same(what, sent=Given(text), expected=b"hello", got=got, usually=usually, clue="search")
    for others in ((KEY,), (KEY, OTHER_KEY)):
        rejects(chapter, others, signed_by(chapter, OLD_KEY, b"hello", NOW), None)
    signer = chapter.Signer(KEY, OLD_KEY)
    with bad_signature(chapter, "unsign('') was called.", None):
        signer.unsign("", NOW, MAX_AGE)
    text = signed_by(chapter, OLD_KEY, b"hello", NOW)
    got = described(partial(signer.unsign, text, NOW, MAX_AGE))
    same("After a text was refused, a good one:", expected=b"hello", got=got, usually=None)


@promise(
    task=6,
    usually=beliefs.SIGNED_FOREVER,
    hints=(
        "A cookie was stolen a year ago. What tells you that it is old?",
        "The time in the text. Compare its age with max_age, when the signature is right.",
        "if now - int(then) > max_age: raise BadSignature(…)",
    ),
    hints_if={
        "good": (
            "How old may a text be?",
            "A text may be max_age seconds old: the next second is too late. `now` is an argument.",
            "if now - int(then) > max_age: raise BadSignature(…)",
        )
    },
)
def test_old_texts_are_refused(chapter: Attempt) -> None:
    """A text may be max_age seconds old, and not older. Its time may be later than now."""
    signer = chapter.Signer(KEY)
    for then, age, max_age in (
        (NOW, 0, 600),
        (NOW, 599, 600),
        (NOW, 600, 600),
        (NOW, 0, 0),
        (7, 50, 60),
        (NOW, -5, 600),
        (NOW, -5, 0),
        (NOW, -(10**8), 600),
    ):
        text = signed_by(chapter, KEY, b"hello", then)
        got = described(partial(signer.unsign, text, then + age, max_age))
        what = f"A text that is {age} seconds old, with max_age={max_age}. The value:"
        if age < 0:
            what = f"The text's time is {-age} seconds later than now. The value:"
        same(what, expected=b"hello", got=got, usually=None, clue="good")
    for then, age, max_age in ((NOW, 10**8, 600), (NOW, 601, 600), (NOW, 1, 0), (7, 63, 60)):
        text = signed_by(chapter, KEY, b"hello", then)
        what = f"unsign() took a text that is {age} seconds old, with max_age={max_age}."
        forever = beliefs.SIGNED_FOREVER if age == 10**8 else None
        with bad_signature(chapter, what, forever):
            signer.unsign(text, then + age, max_age)


@promise(
    task=6,
    usually=beliefs.CLIENT_BRINGS_IT_BACK,
    hints=(
        "Anybody may have written the value and the time. From which line on can you believe them?",
        "After the comparison. Move everything that reads the value or the time below it.",
        "First rpartition('.') and the comparison. Only then int() and to_octets().",
    ),
    hints_if={
        "equals": (
            "At which letter does `==` know that two texts differ?",
            "At the first difference. An attacker can measure that. same_text() looks at every letter.",
            "any(same_text(signature(key, signed), claimed) for key in self.keys)",
        ),
    },
)
def test_the_signature_comes_first(chapter: Attempt) -> None:
    """unsign() compares with same_text(), and reads neither value nor time before a signature fits."""
    value = chapter.to_text(b"hello")
    for then in (NOW, NOW - MAX_AGE - 1):
        text = f"{value}.{then}.{chapter.signature(OTHER_KEY, f'{value}.{then}')}"
        signer = chapter.Signer(KEY, OLD_KEY)
        with noted_uses(chapter) as uses:
            what = f"unsign() was given a text with a forged signature: {text!r}"
            with bad_signature(chapter, what, beliefs.CLIENT_BRINGS_IT_BACK):
                signer.unsign(text, NotedTime(NOW, uses), MAX_AGE)
        read = next((use for use in uses if use != "same_text()"), "")
        if read:
            expected = Literally("BadSignature, and neither value nor time was read")
            broken(what, expected=expected, got=Literally(f"{read} was called before it"))
        if not uses:
            expected, got = Literally("same_text() compares"), Literally("it was not called")
            usually = beliefs.EQUALS_IS_ENOUGH
            broken(what, expected=expected, got=got, usually=usually, clue="equals")


class NotedKeys(tuple[bytes, ...]):
    """Keys that note whether anybody has gone through them."""

    searched = False

    def __iter__(self) -> Iterator[bytes]:
        self.searched = True
        return super().__iter__()


class NotedTime(int):
    """A time that notes when it is compared, or another one is subtracted."""

    def __new__(cls, value: int, uses: list[str]) -> Self:
        """Make one that notes in `uses`."""
        made = super().__new__(cls, value)
        made.uses = uses
        return made

    uses: list[str]

    def _noted(self, result: Any) -> Any:
        self.uses.append("the test of the age")
        return result

    def __sub__(self, other: int) -> Any:
        return self._noted(int(self) - other)

    def __rsub__(self, other: int) -> Any:
        return self._noted(other - int(self))

    def __lt__(self, other: int) -> Any:
        return self._noted(int(self) < other)

    def __le__(self, other: int) -> Any:
        return self._noted(int(self) <= other)

    def __gt__(self, other: int) -> Any:
        return self._noted(int(self) > other)

    def __ge__(self, other: int) -> Any:
        return self._noted(int(self) >= other)


@contextmanager
def noted_uses(chapter: Attempt) -> Iterator[list[str]]:
    """Note the calls that compare signatures, and those that read a value or a time."""
    module = sys.modules[chapter.Signer.__module__]
    uses: list[str] = []

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            uses.append(name)
            return function(*arguments, **more)

        return call

    compare = hmac.compare_digest
    with ExitStack() as stack:
        for owner in (module, hmac, secrets):  # same_text() calls the one of hmac
            for name, value in list(vars(owner).items()):
                if value is compare:
                    stack.enter_context(
                        mock.patch.object(owner, name, noted("same_text()", compare))
                    )
        decodes = noted("to_octets()", module.urlsafe_b64decode)
        stack.enter_context(mock.patch.object(module, "urlsafe_b64decode", decodes))
        stack.enter_context(mock.patch.object(module, "int", noted("int()", int), create=True))
        yield uses


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


def reads(chapter: Attempt, text: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Require that a query has these fields."""
    got = described(lambda: chapter.parse_query(text))
    wanted = list(pairs)
    is_right = has_pairs(got, wanted)
    found = getattr(got, "pairs", None)
    are_lists = isinstance(found, list) and [*map(tuple, found)] == wanted
    same(
        "The fields of a query:",
        sent=Given(text or "''"),
        expected=got if is_right else Literally(f"Fields({wanted})"),
        got=got,
        usually=None if is_right or are_lists else misread_query(text, got),
        clue="lists" if are_lists else "",
    )


def has_pairs(got: Any, pairs: list[tuple[str, str]]) -> bool:
    """Tell whether these are Fields that have exactly these pairs."""
    return type(got).__name__ == "Fields" and got.pairs == pairs


def misread_query(text: str, got: object) -> Misconception | None:
    """Return the belief whose reading of a query is exactly what was returned."""
    if isinstance(got, Raised):
        if "unpack" in got:
            return beliefs.ONE_EQUALS
        strict = got.startswith(("UnicodeDecodeError", "HttpError"))
        return beliefs.CLIENT_IS_CAREFUL if strict and "%" in text else None
    pieces = [piece for piece in text.split("&") if piece]
    split = [piece.partition("=")[::2] for piece in pieces]
    right = [(unquote_plus(name), unquote_plus(value)) for name, value in split]
    decoded = [piece.partition("=")[::2] for piece in unquote_plus(text).split("&") if piece]
    last = [(piece + "=" * ("=" not in piece)).rsplit("=", 1) for piece in pieces]
    first = [[*piece.split("="), ""][:2] for piece in pieces]
    with_equals = [field for field, piece in zip(right, pieces, strict=True) if "=" in piece]
    as_values = [(unquote(name), unquote(value)) for name, value in split]
    late = [[text.replace("+", " ") for text in field] for field in as_values]
    readings: list[tuple[Misconception, Iterable[Any]]] = [
        (beliefs.NAMES_ARE_UNIQUE, dict(right).items()),
        (beliefs.NAMES_ARE_UNIQUE, dict(reversed(right)).items()),
        (beliefs.EMPTY_IS_MISSING, [field for field in right if field[1]]),
        (beliefs.NAME_IS_NEEDED, [field for field in right if field[0]]),
        (beliefs.EMPTY_IS_MISSING, with_equals),
        (beliefs.PLUS_STAYS, as_values),
        (beliefs.PLUS_STAYS, late),
        (beliefs.DECODED_FIELDS_SPLIT, decoded),
        (beliefs.DECODED_FIELDS_SPLIT, [unquote_plus(p).partition("=")[::2] for p in pieces]),
        (beliefs.DECODES_AGAIN, [(name, unquote_plus(value)) for name, value in right]),
        (beliefs.DECODES_AGAIN, [(unquote_plus(n), unquote_plus(v)) for n, v in right]),
        (beliefs.ONE_EQUALS, [map(unquote_plus, field) for field in first]),
        (beliefs.ONE_EQUALS, [map(unquote_plus, field) for field in last]),
    ]
    for belief, fields in readings:
        if has_pairs(got, [(name, value) for name, value in fields]):
            return belief
    return beliefs.NAMES_ARE_UNIQUE if got == dict(right) and len(got) < len(right) else None


def finds(chapter: Attempt, field: str, cookies: dict[str, str]) -> None:
    """Require that a Cookie field has these cookies."""
    got = described(lambda: chapter.parse_cookies(field))
    usually = None if got == cookies else misread_cookies(field, cookies, got)
    same("The cookies:", sent=Given(field or "''"), expected=cookies, got=got, usually=usually)


def misread_cookies(field: str, cookies: dict[str, str], got: object) -> Misconception | None:
    """Return the belief whose reading of a Cookie field is exactly what was returned."""
    pairs = [piece.partition("=") for piece in field.split(";")]
    bad = any(piece.strip() and not (equals and piece.strip()) for piece, equals, _ in pairs)
    if isinstance(got, Raised):
        if bad:
            return beliefs.ONE_BAD_COOKIE
        return beliefs.ONE_EQUALS if "unpack" in got else None
    tight = [(name.strip(" \t"), value.strip(" \t")) for name, equals, value in pairs if equals]
    good = [pair for pair in reversed(tight) if pair[0]]
    whole = [
        piece for piece in field.split(";") if piece.partition("=")[0].strip() and "=" in piece
    ]
    wrong = [[*piece.split("="), ""][:2] for piece in whole]
    wrong_too = [piece.rsplit("=", 1) for piece in whole]
    readings: list[tuple[Misconception, Iterable[Any]]] = [
        (beliefs.EMPTY_COOKIE_IS_MISSING, [pair for pair in good if pair[1]]),
        (beliefs.EMPTY_COOKIE_IS_MISSING, sorted(good, key=lambda pair: pair[1] != "")),
        (beliefs.LAST_COOKIE_WINS, reversed(good)),
        (beliefs.STRIP_TAKES_SPACES, [(name.strip(), value.strip()) for name, value in good]),
        (beliefs.STRIP_TAKES_SPACES, [(name, value.strip()) for name, value in good]),
        (beliefs.STRIP_TAKES_SPACES, [(name.strip(), value) for name, value in good]),
        (beliefs.COOKIES_ARE_ENCODED, [(name, unquote(value)) for name, value in good]),
        (beliefs.COOKIES_ARE_ENCODED, [(name, unquote_plus(value)) for name, value in good]),
        (beliefs.COOKIES_ARE_ENCODED, [(name, value.strip('"')) for name, value in good]),
        (beliefs.ONE_EQUALS, [(name.strip(" \t"), value.strip(" \t")) for name, value in wrong]),
        (
            beliefs.ONE_EQUALS,
            [(name.strip(" \t"), value.strip(" \t")) for name, value in wrong_too],
        ),
    ]
    for belief, found in readings:
        if got == dict(found):
            return belief
    cut_short = got == {} or (isinstance(got, dict) and list(got) == list(cookies)[: len(got)])
    lost = bad and cut_short and isinstance(got, dict) and len(got) < len(cookies)
    return beliefs.ONE_BAD_COOKIE if lost else None


def cookies_in(field: str) -> dict[str, str]:
    """Return the cookies of a field that has no white space but spaces."""
    pieces = [piece.split("=", 1) for piece in field.split(";") if "=" in piece]
    pairs = [(name.strip(), value.strip()) for name, value in pieces]
    return {name: value for name, value in reversed(pairs) if name}


def every_text(letters: str, length: int) -> Iterator[str]:
    """Iterate over all texts of these letters up to this length."""
    for size in range(length + 1):
        yield from map("".join, product(letters, repeat=size))


def amount(fields: Any) -> str:
    """Return how many fields there are, for a report."""
    try:
        count = len(fields)
    except TypeError:
        return repr(fields)
    return f"{count} field{'s' * (count != 1)}"


def quoted(value: str) -> str:
    """Return a value as percent-encoding would write it."""
    return "".join(c if c.isalnum() else f"%{ord(c):02X}" for c in value)


def refuses(chapter: Attempt, name: str, value: str, usually: Misconception | None) -> None:
    """Require that cookie_pair() raises ValueError for these."""
    short = [
        repr(text) if len(text) < 40 else f"a text of {len(text)} characters"
        for text in (name, value)
    ]
    try:
        got = chapter.cookie_pair(name, value)
    except ValueError:
        return
    what = f"cookie_pair({', '.join(short)}) returned:"
    reason = usually if got == f"{name}={value}" else None
    shown = got if len(repr(got)) < 80 else Literally(f"a text of {len(got)} characters")
    broken(what, expected=Literally("ValueError"), got=shown, usually=reason)


def signed_by(chapter: Attempt, key: bytes, value: bytes, now: int) -> str:
    """Return the text that a signer with this key has to make."""
    signed = f"{chapter.to_text(value)}.{now}"
    return f"{signed}.{chapter.signature(key, signed)}"


def rejects(
    chapter: Attempt, keys: Iterable[bytes], text: str, usually: Misconception | None
) -> None:
    """Require that a signer with these keys refuses a text."""
    what = f"unsign() was given a text that was never signed: {text[:120]!r}"
    with bad_signature(chapter, what, usually):
        chapter.Signer(*keys).unsign(text, NOW, MAX_AGE)


@contextmanager
def bad_signature(chapter: Attempt, what: str, usually: Misconception | None) -> Iterator[None]:
    """Require that the block raises BadSignature."""
    try:
        yield
    except chapter.BadSignature:
        return
    except (NotImplementedError, MissingName, Unreadable):
        raise
    except Exception as error:
        trusting = isinstance(error, TypeError | LookupError | UnicodeError | BinasciiError)
        trusting = trusting or "unpack" in str(error) or "int" in str(error)
        expected, got = Literally("BadSignature"), Raised(f"{type(error).__name__}: {error}")
        reason = beliefs.CLIENT_BRINGS_IT_BACK if trusting else None
        broken(what, expected=expected, got=got, usually=reason)
    broken(what, expected=Literally("BadSignature"), got=Literally("no error"), usually=usually)


TASKS = {
    1: "App.route, App.get, App.post, App.error",
    2: "compose",
    3: "parse_query",
    4: "parse_cookies",
    5: "cookie_pair",
    6: "Signer.sign, Signer.unsign",
}
