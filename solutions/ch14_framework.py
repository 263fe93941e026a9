"""Chapter 14. What does a framework add?

A framework adds what every application needs and nobody wants to write again:

    paths that are written above functions
    layers around all functions
    the fields of forms
    cookies, and sessions that a client keeps but cannot change

What calls what:

    App.__call__   compose (the layers, the router, and failed)
    Context        parse_query, parse_cookies, multipart (given)
    sessions       Signer, set_cookie (given, except cookie_pair)

Run it by hand:  python3 -m solutions.ch14_framework --port 8000 [--loop]
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import time
import traceback
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from functools import cached_property
from html import escape
from ipaddress import ip_address
from secrets import token_bytes
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import unquote_plus, urlencode

from course.by_hand import by_hand

from .ch09_request import Headers, HttpError, Request
from .ch11_response import HTML, Response, check_sendable
from .ch12_connection import serve_site
from .ch13_routing import Router, page, plain
from .grammar import is_token
from .multipart import MultipartError, Part, boundary_of, read_parts

MAX_FIELDS = 1000  # of one query, or of one form
MAX_COOKIE = 4096  # of a cookie's name and value together: browsers ignore a longer cookie

# RFC 6265 §4.1.1:  cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
COOKIE_OCTETS = "".join(set(map(chr, range(0x21, 0x7F))) - set('",;\\'))

# The attributes of a cookie, in the order in which they are written.
ATTRIBUTES = {
    "domain": "Domain",
    "path": "Path",
    "max_age": "Max-Age",
    "secure": "Secure",
    "http_only": "HttpOnly",
    "same_site": "SameSite",
}

DEFAULTS = {"path": "/", "http_only": True, "same_site": "Lax"}

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Response])


class Decorator(Protocol):
    """The type of a function that takes a function, and returns it. Type checkers use this."""

    def __call__(self, function: AnyFunction, /) -> AnyFunction:
        """Return the function."""


# A function that answers a request. In an App, it gets a Context, which is made from the Request.
Inner = Callable[[Any], Response]

# What is put around an Inner. A layer gets the request, and a function that asks what is inside.
Layer = Callable[[Any, Inner], Response]

# What makes the page for an error. It gets the response that would be sent without a page.
ErrorPage = Callable[[Any, Response], Response]

# What makes the response to a request whose handler has raised an error.
OnError = Callable[[Any, Exception], Response]

LOCAL_HOST = re.compile(r"(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]*)?", re.IGNORECASE)


class App:
    """An application: routes, layers around them, and pages for errors. An app is a Handler.

    The arguments are the layers, the outermost first. `router` is a Router: it has the routes, and the
    methods url() and mount(). `pages` is a dict: a status → the function that makes its page.

    `debug` shows tracebacks to programmers. Set it only if the server listens on a loopback address, as
    serve() does, and never behind a proxy. A request that names another host gets no traceback (see
    is_local).
    """

    def __init__(self, *layers: Layer) -> None:
        self.debug = False
        self.pages: dict[int, ErrorPage] = {}
        self.layers = layers
        self.router = Routes(self.with_page)

    @cached_property
    def handler(self) -> Inner:
        """The router with the layers around it, composed for the first request."""
        return compose(self.router, *self.layers, on_error=self.failed)

    def __call__(self, request: Request) -> Response:
        """Return the response to a request."""
        return self.handler(Context(request))

    def route(self, method: str, pattern: str, name: str = "") -> Decorator:
        """Return a decorator that adds a function to the router.

            @app.route("GET", "/hello/{name}", "greet")
            def hello(context, name): …

        does the same as these two statements:

            def hello(context, name): …
            app.router.add("GET", "/hello/{name}", hello, "greet")

        The decorator returns the function that it was given, and does not call it. So a function can
        have several decorators, and is added by each of them. route() itself adds nothing. Errors
        from add() pass through.
        """

        # TASK 1. @app.route(…) calls route(…). What route() returns is called with the function.
        def add(endpoint: AnyFunction) -> AnyFunction:
            self.router.add(method, pattern, endpoint, name)
            return endpoint

        return add

    def get(self, pattern: str, name: str = "") -> Decorator:
        """Return what route() returns for GET."""
        # TASK 1. Call the method that can do this for any HTTP method.
        return self.route("GET", pattern, name)

    def post(self, pattern: str, name: str = "") -> Decorator:
        """Return what route() returns for POST."""
        # TASK 1. Call the method that can do this for any HTTP method.
        return self.route("POST", pattern, name)

    def error(self, status: int) -> Decorator:
        """Return a decorator that makes a function the page for a status: `pages[status]`.

            @app.error(404)
            def nothing_here(context, problem): …

        The decorator returns the function that it was given, and does not call it. A second page for
        the same status replaces the first.
        """

        # TASK 1. Keep the function in `self.pages`: with_page() calls it when there is an error.
        def keep(make: AnyFunction) -> AnyFunction:
            self.pages[status] = make
            return make

        return keep

    def with_page(self, context: Context, problem: Response) -> Response:
        """Return the page for a problem, if `pages` has one for its status; else the problem.

        The response has the problem's status, and the fields of both. If both have a field, the page's
        is kept.
        """
        if problem.status not in self.pages:
            return problem
        try:
            answer = self.pages[problem.status](context, problem)
        except Exception:
            logging.exception("the page for %s failed: %s", problem.status, context.target)
            return problem
        has = {name.lower() for name, _value in answer.fields}
        fields = [field for field in problem.fields if field[0].lower() not in has]
        return answer._replace(status=problem.status, fields=[*answer.fields, *fields])

    def failed(self, context: Context, error: Exception) -> Response:
        """Return the response to a request whose endpoint, or a layer, has raised an error."""
        problem = failed(context.request, error)
        if problem.status == 500 and self.debug and is_local(context.headers.get("host")):
            return debug_page(context, error)
        return self.with_page(context, problem)


def failed(request: Request, error: Exception) -> Response:
    """Return the response to a request whose handler raised an error. This is given.

    An HttpError has a status, and says why. Any other error is a bug: it is logged, and the client
    learns only that there was one.
    """
    if isinstance(error, HttpError):
        return plain(error.status, str(error))
    logging.error("a handler failed: %s %s", request.method, request.target, exc_info=error)
    return plain(500, "Internal Server Error")


def compose(handler: Inner, *layers: Layer, on_error: OnError = failed) -> Inner:
    """Return a handler that has the layers around it. The first layer is the outermost.

        compose(handler)(request)          calls handler(request)
        compose(handler, a)(request)       calls a(request, inside), where
                                                 inside(request) calls handler(request)
        compose(handler, a, b)(request)    calls a(request, inside), where
                                                 inside(request) calls b(request, further_inside), where
                                                 further_inside(request) calls handler(request)

    A layer may name its parameters as it likes, so pass the arguments by position: a(request, inside).
    A layer may pass on another request, and may return a different response from the one it got.
    A layer may call what is inside once, several times, or never.
    What compose() returns is called for many requests, several at a time: keep nothing between calls.

    If the handler or a layer raises an Exception, on_error(request, error) makes the response instead.
    `request` is what the failing function was given, even if that is not the first request. The layer
    around that function gets the response like any other, so no layer ever sees an Exception from
    inside. KeyboardInterrupt and SystemExit are not Exceptions: they pass through everything.
    """

    # TASK 2. Begin with the innermost. A nested function can keep the layer and what is inside.
    def guarded(answer: Callable[..., Response], *inside: Inner) -> Inner:
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


class Fields:
    """The fields of a form or of a query: names and values, in their order.

    A name may occur more than once. This is given. Fields([("a", "1"), ("b", "2")]) makes it from a
    list of pairs; each pair is a tuple.
    """

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        self.pairs = list(pairs)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the first value that a name has, or the default."""
        return next((value for other, value in self.pairs if other == name), default)

    def get_all(self, name: str) -> list[Any]:
        """Return all values of a name, in their order."""
        return [value for other, value in self.pairs if other == name]

    def __getitem__(self, name: str) -> Any:
        """Return the first value that a name has. Raises HttpError 400 if the field is missing."""
        for other, value in self.pairs:
            if other == name:
                return value
        raise HttpError(400, f"the field {name} is missing", "RFC 9110 §15.5.1")

    def __contains__(self, name: object) -> bool:
        return any(other == name for other, _value in self.pairs)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fields) and self.pairs == other.pairs

    def __repr__(self) -> str:
        return f"Fields({self.pairs!r})"


def parse_query(text: str) -> Fields:
    """Return the fields of a query. The content of a form without files has the same syntax.

        "a=1&b=2"          → Fields([("a", "1"), ("b", "2")])
        "b=2&a=1&b=3"      → Fields([("b", "2"), ("a", "1"), ("b", "3")])     all, in their order
        "A=1&a=1"          → Fields([("A", "1"), ("a", "1")])     names are case-sensitive
        "a=1=2"            → Fields([("a", "1=2")])
        "a&b=&=c"          → Fields([("a", ""), ("b", ""), ("", "c")])
        "&a=1&&"           → Fields([("a", "1")])         an empty piece is not a field
        "a+b=c+d"          → Fields([("a b", "c d")])     a plus is a space
        "a%3D=%2B%26"      → Fields([("a=", "+&")])       split first, then decode
        "city=%C3%85s"     → Fields([("city", "Ås")])     octets are UTF-8
        "a=%FF%zz"         → Fields([("a", "�%zz")])      what cannot be decoded is not an error

    Raises HttpError(400, "…", "RFC 9110 §15.5.1") if there are more than MAX_FIELDS fields: empty
    pieces do not count.

    Browsers follow the same rules (URL Standard, application/x-www-form-urlencoded).
    """
    # TASK 3. Split first, then decode. unquote_plus() is for forms.
    pieces = [piece for piece in text.split("&") if piece]
    if len(pieces) > MAX_FIELDS:
        raise HttpError(400, f"more than {MAX_FIELDS} fields", "RFC 9110 §15.5.1")
    fields = []
    for piece in pieces:
        name, _, value = piece.partition("=")
        fields.append((unquote_plus(name), unquote_plus(value)))
    return Fields(fields)


def parse_cookies(field: str) -> dict[str, str]:
    r"""Return the cookies in the value of a Cookie field: each name with its value (RFC 6265 §5.4).

        "a=1; b=2"             → {"a": "1", "b": "2"}
        "a=1;b = 2\t;"         → {"a": "1", "b": "2"}     drop spaces and tabs around names and values
        "a=x=="                → {"a": "x=="}             the first = ends the name
        "A=1; a=2"             → {"A": "1", "a": "2"}     names are case-sensitive
        "a=1; a=2"             → {"a": "1"}               the first cookie of a name counts,
        "a=; a=2"              → {"a": ""}                even if its value is empty
        "a=1; b; =c; d=2"      → {"a": "1", "d": "2"}     without = or without a name: not a cookie
        "my cookie=1; a,b=2"   → {"my cookie": "1", "a,b": "2"}      any other name is allowed
        'a="%41,+"'            → {"a": '"%41,+"'}         nothing is decoded or unquoted

    Nothing is an error: what is not a cookie is left out, and the others are returned.
    """
    # TASK 4. strip() without an argument removes more than spaces and tabs.
    cookies: dict[str, str] = {}
    for piece in field.split(";"):
        name, equals, value = piece.partition("=")
        name = name.strip(" \t")
        if equals and name:
            cookies.setdefault(name, value.strip(" \t"))
    return cookies


def cookie_pair(name: str, value: str) -> str:
    """Return the beginning of a Set-Cookie field: name, `=` and value (RFC 6265 §4.1.1).

        cookie_pair("theme", "dark")    → "theme=dark"
        cookie_pair("theme", "")        → "theme="

    Raises ValueError:

        the name is not a token (is_token() decides)
        the value has a character that is not in COOKIE_OCTETS
        name and value together have more than MAX_COOKIE characters: the `=` does not count
    """
    # TASK 5. Do not change the name or the value. Raise ValueError if they cannot be sent as they are.
    if not is_token(name):
        raise ValueError(f"this is not the name of a cookie: {name!r}")
    if not set(value) <= set(COOKIE_OCTETS) or len(name + value) > MAX_COOKIE:
        raise ValueError(f"this cannot be the value of a cookie: {value!r}")
    return f"{name}={value}"


def set_cookie(name: str, value: str, **attributes: str | int | bool) -> tuple[str, str]:
    """Return the field that asks a client to keep a cookie (RFC 6265 §4.1). This is given.

        set_cookie("a", "1")
            → ("Set-Cookie", "a=1; Path=/; HttpOnly; SameSite=Lax")
        set_cookie("a", "", max_age=0, path="/b", secure=True, http_only=False)
            → ("Set-Cookie", "a=; Path=/b; Max-Age=0; Secure; SameSite=Lax")

    An attribute that the caller leaves out is as in DEFAULTS. True is written as the attribute's name,
    False is not written, and any other value follows `=`: 0 is a number here, not False.

    Raises ValueError for what cookie_pair() refuses, for a `;` in an attribute, and for an attribute
    that ATTRIBUTES does not have.
    """
    given = DEFAULTS | attributes
    if unknown := given.keys() - ATTRIBUTES.keys():
        raise ValueError(f"a cookie has no such attributes: {sorted(unknown)}")
    pieces = [cookie_pair(name, value)]
    for key, written in ATTRIBUTES.items():
        setting = given.get(key, False)
        if ";" in str(setting):
            raise ValueError(f"an attribute ends at a semicolon: {setting}")
        if setting is not False:
            pieces.append(written if setting is True else f"{written}={setting}")
    return "Set-Cookie", "; ".join(pieces)


class BadSignature(ValueError):
    """A text that this server has not signed, or has signed too long ago."""


def to_text(octets: bytes) -> str:
    """Return octets as letters, digits, `-` and `_` (base64url, RFC 4648 §5). This is given."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def to_octets(text: str) -> bytes:
    """Return the octets that to_text() was given."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Signer:
    """Signs what a client keeps: the client can read it, but cannot change it.

    The first key signs. A text that any of the keys has signed is accepted. To change the key, put a
    new one first; take the old one out when every text that it has signed is too old.
    """

    def __init__(self, *keys: bytes) -> None:
        """Raises ValueError if there is no key, or if a key has fewer than 16 octets."""
        if not keys or min(map(len, keys)) < 16:
            raise ValueError("a signer needs a key of at least 16 octets")
        self.keys = keys

    def sign(self, value: bytes, now: int) -> str:
        """Return a text of three parts: a value, the time `now`, and a signature of both.

            Signer(key).sign(b"hello", 1000)
                → "aGVsbG8.1000." followed by signature(key, "aGVsbG8.1000")

        The value is written by to_text(), and the time in decimal. The first key signs.
        """
        # TASK 6. Sign the value and the time together.
        signed = f"{to_text(value)}.{now}"
        return f"{signed}.{signature(self.keys[0], signed)}"

    def unsign(self, text: str, now: int, max_age: int) -> bytes:
        """Return the value in a text that sign() has returned.

        The text may come from anybody, and may be any text. Compare its signature first, with
        same_text(). Before that, read neither its value nor its time.
        The text may be `max_age` seconds old, but not older. Its time may be later than `now`, because
        clocks differ.

        Raises BadSignature, and no other error:

            the text is not exactly what sign() returns with one of the keys
            it was signed more than `max_age` seconds before `now`
        """
        # TASK 6. The signature is what follows the last dot. Any of the keys may have made it.
        signed, _, claimed = text.rpartition(".")
        if not any(same_text(signature(key, signed), claimed) for key in self.keys):
            raise BadSignature("nobody here has signed this")
        value, _, then = signed.partition(".")
        if now - int(then) > max_age:
            raise BadSignature("this was signed too long ago")
        return to_octets(value)


def signature(key: bytes, text: str) -> str:
    """Return the signature of a text with a key: HMAC-SHA-256 (RFC 2104). This is given."""
    return to_text(hmac.digest(key, octets_of(text), "sha256"))


def same_text(one: str, other: str) -> bool:
    """Tell whether two texts are equal. The time does not show where they differ. This is given."""
    return hmac.compare_digest(octets_of(one), octets_of(other))


def octets_of(text: str) -> bytes:
    """Return the octets of a text, even of one that UTF-8 does not allow."""
    return text.encode(errors="surrogatepass")


class Context:
    """One request, and everything that can be found out about it. This is given.

    `request` is the request as it arrived. A context has its five attributes as well, so a router can
    use a context as a request. Everything else is a cached_property: it is worked out when it is first
    asked for, and then kept.
    """

    session: CookieSession  # set by the layer of sessions()

    def __init__(self, request: Request) -> None:
        self.request = request
        self.method, self.target, self.version, self.headers, self.content = request

    @cached_property
    def media_type(self) -> str:
        """The type of the content, in lower case, without parameters; "" if it has none."""
        return (self.headers.get("content-type") or "").partition(";")[0].strip(" \t").lower()

    @cached_property
    def query(self) -> Fields:
        """The fields of the query. Raises HttpError."""
        return parse_query(self.target.partition("?")[2])

    @cached_property
    def parts(self) -> list[Part]:
        """The parts of a form that is multipart/form-data. Raises HttpError."""
        try:
            return read_parts(self.content, boundary_of(self.headers.get("content-type") or ""))
        except MultipartError as error:
            raise HttpError(error.status, str(error), "RFC 7578") from None

    @cached_property
    def form(self) -> Fields:
        """The fields of a form that are text. Raises HttpError 415 if the content is not a form."""
        if self.media_type == "application/x-www-form-urlencoded":
            return parse_query(self.content.decode(errors="replace"))
        if not self.content:
            return Fields()
        return Fields(
            (part.name, part.content.decode(errors="replace"))
            for part in self.parts
            if part.filename is None
        )

    @cached_property
    def files(self) -> Fields:
        """The fields of a form that are files: Parts, whose filename is "" if nobody chose a file."""
        if self.media_type != "multipart/form-data":
            return Fields()
        return Fields((part.name, part) for part in self.parts if part.filename is not None)

    @cached_property
    def json(self) -> Any:
        """What the content says in JSON. Raises HttpError 400, and 415 if it has another type."""
        if self.media_type != "application/json":
            raise HttpError(415, "the content is not application/json", "RFC 9110 §15.5.16")
        return parse_json(self.content)

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies, each name with its value."""
        return parse_cookies("; ".join(self.headers.get_all("cookie")))


def parse_json(content: bytes) -> Any:
    """Return the value that JSON describes (RFC 8259). This is given.

    Raises HttpError 400 if Python cannot read it, or if two programs could read it differently: octets
    that are not UTF-8, NaN, a name that occurs twice, a number of more than 4,300 digits, lists that
    are nested too deeply.
    """

    def unlike(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        values = dict(pairs)
        if len(values) < len(pairs):
            raise ValueError("a name occurs twice")
        return values

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    try:
        text = content.decode()
        value = json.loads(text, object_pairs_hook=unlike, parse_constant=refuse)
        if "\\u" in text:
            json.dumps(
                value, ensure_ascii=False
            ).encode()  # half of a character cannot be sent again
    except (ValueError, RecursionError) as error:
        raise HttpError(400, f"the content is not JSON: {error}", "RFC 8259") from None
    return value


class CookieSession(MutableMapping[str, Any]):
    """What a client keeps for this server: names and values of JSON. This is given.

    `text` is the JSON that came with the request. `was_read` says whether anybody has looked at it. If
    so, the response depends on the cookie, whether a name was there or not.
    """

    def __init__(self, load: Callable[[], str]) -> None:
        self.load = load
        self.was_read = False

    @cached_property
    def text(self) -> str:
        """The values as they arrived."""
        self.was_read = True
        return self.load()

    @cached_property
    def data(self) -> dict[str, Any]:
        """The values as they are now."""
        return dict(json.loads(self.text))

    @property
    def changed(self) -> str | None:
        """The JSON that the client has to keep from now on; None if it keeps the same already."""
        text = json.dumps(self.data, separators=(",", ":")) if self.was_read else None
        return None if not self.was_read or text == self.text else text

    def __getitem__(self, name: str) -> Any:
        return self.data[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.data[name] = value

    def __delitem__(self, name: str) -> None:
        del self.data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


def sessions(
    signer: Signer,
    max_age: int = 14 * 24 * 3600,
    *,
    name: str = "session",
    secure: bool = False,
    clock: Callable[[], float] = time.time,
) -> Layer:
    """Return the layer that gives each context a session. This is given.

    The session is in a signed cookie: the client can read it, but cannot change it. If this server has
    not signed it, or signed it too long ago, the session is empty.
    """

    def layer(context: Context, inside: Inner) -> Response:
        now = int(clock())

        def load() -> str:
            try:
                return signer.unsign(context.cookies.get(name, ""), now, max_age).decode()
            except BadSignature:
                return "{}"

        session = context.session = CookieSession(load)
        response = inside(context)
        if not session.was_read:
            return response
        fields = [*response.fields, ("Vary", "Cookie")]
        text = session.changed
        if text == "{}":
            fields.append(set_cookie(name, "", max_age=0, secure=secure))
        elif text is not None:
            signed = signer.sign(text.encode(), now)
            fields.append(set_cookie(name, signed, max_age=max_age, secure=secure))
        return response._replace(fields=fields)

    return layer


class Routes(Router):
    """A router that shows the app's page where there is no route. This is given."""

    def __init__(self, with_page: Callable[[Any, Response], Response]) -> None:
        super().__init__()
        self.with_page = with_page

    def no_route(self, request: Request, segments: Sequence[str], query: str) -> Response:
        """Return what every router returns, or the app's page for this status."""
        return self.with_page(request, super().no_route(request, segments, query))


def is_loopback(address: str) -> bool:
    """Tell whether a server that listens on this address can be reached only from this machine.

    A name may mean any address, so the answer for every name is False.
    """
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def is_local(host: str | None) -> bool:
    """Tell whether a Host field names this machine.

    This does not prove where a request comes from: any client can write `Host: localhost`. It protects
    against DNS rebinding, where a page of evil.example makes a browser on this machine ask a server on
    this machine. Then the Host field is evil.example.
    """
    return LOCAL_HOST.fullmatch(host or "") is not None


def debug_page(context: Context, error: Exception) -> Response:
    """Return the page that shows a programmer what went wrong."""
    lines = "".join(traceback.format_exception(error))
    asked = f"{context.method} {context.target}"
    return page(
        f"{type(error).__name__}: {error}", f"<p>{escape(asked)}<pre>{escape(lines)}</pre>", 500
    )


def see_other(location: str) -> Response:
    """Return 303: the client fetches another page with GET, also after a POST (RFC 9110 §15.4.4)."""
    return plain(303, f"See {location}", ("Location", location))


class Templates:
    """Pages of HTML with places to fill in, by Jinja2. This is given.

    Every value is escaped where it is filled in. A name that has no value is an error.
    """

    def __init__(self, **sources: str) -> None:
        from jinja2 import DictLoader, Environment, StrictUndefined

        self.environment = Environment(
            loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined
        )

    def render(self, name: str, /, status: int = 200, **values: object) -> Response:
        """Return a page: the template with this name, and each value in its place."""
        html = self.environment.get_template(name).render(values)
        return Response(html.encode(), status, [HTML])


class Client:
    """Asks an app without any sockets, for tests. It keeps cookies, as browsers do. This is given."""

    def __init__(self, app: Callable[[Request], Response]) -> None:
        self.app = app
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, target: str, content: bytes = b"", fields: Iterable[tuple[str, str]] = ()
    ) -> Response:
        """Return the app's response, its content as bytes. Raises ValueError if it cannot be sent."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [("Host", "localhost"), *fields, *([("Cookie", cookies)] if cookies else [])]
        response = self.app(Request(method, target, (1, 1), Headers(lines), content))
        check_sendable(response)
        for name, value in response.fields:
            if name.lower() == "set-cookie":
                self._keep(value)
        if isinstance(response.content, bytes):
            return response
        return response._replace(content=b"".join(response.content))

    def get(self, target: str) -> Response:
        """Return the response to GET."""
        return self.ask("GET", target)

    def post(self, target: str, **fields: str) -> Response:
        """Return the response to a form with these fields."""
        content_type = ("Content-Type", "application/x-www-form-urlencoded")
        return self.ask("POST", target, urlencode(fields).encode(), [content_type])

    def _keep(self, set_cookie: str) -> None:
        cookie, *attributes = set_cookie.split("; ")
        name, _, value = cookie.partition("=")
        if "Max-Age=0" in attributes:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


# What the guest book needs. It is given.

BOOK = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Guest book</title>
<style>
  body { max-width: 40rem; margin: 0 auto; padding: 3rem 1.5rem; line-height: 1.5;
    font-family: system-ui, sans-serif; color: #1f2937; background: #f8fafc; }
  h1 { margin: 0 0 1rem; font-size: 2.2rem; letter-spacing: -.02em; }
  form, article { padding: 1rem 1.2rem; border-radius: .5rem; background: white;
    box-shadow: 0 1px 3px #0003; margin-bottom: 1rem; }
  label { display: block; margin-bottom: .6rem; }
  input, textarea, button { font: inherit; width: 100%; box-sizing: border-box; }
  button { width: auto; padding: .3rem 1rem; }
  small, code { color: #64748b; overflow-wrap: anywhere; }
  p { margin: 0; white-space: pre-wrap; }
</style>
<h1>Guest book</h1>
<form method="post" enctype="multipart/form-data">
  <label>Your name <input name="name" value="{{ name }}" required></label>
  <label>Your message <textarea name="text" rows="2" required></textarea></label>
  <label>A file, if you like <input name="file" type="file"></label>
  <button>Sign</button>
</form>
{% for entry in entries %}
<article>
  <b>{{ entry.name }}</b>
  <p>{{ entry.text }}</p>
  {% if entry.filename %}<code>{{ entry.filename }}</code>
  <small>{{ entry.content | length }} octets: {{ entry.content[:16].hex(" ") }}</small>{% endif %}
</article>
{% endfor %}
{% if signed %}
<form method="post" action="/forget">
  You have signed {{ signed }} {{ "time" if signed == 1 else "times" }}.
  <button>Forget me</button>
</form>
{% endif %}
"""
MAX_ENTRIES = 100  # that are kept


class Visit(NamedTuple):
    """An entry of the guest book."""

    name: str
    text: str
    filename: str
    content: bytes


def timed(context: Context, inside: Inner) -> Response:
    """Add a field that says how long the response took. The developer tools of browsers show it."""
    start = time.perf_counter()
    response = inside(context)
    milliseconds = (time.perf_counter() - start) * 1000
    field = ("Server-Timing", f"app;dur={milliseconds:.3f}")
    return response._replace(fields=[*response.fields, field])


def guest_book(signer: Signer) -> App:
    """Return an app with an empty guest book, which is kept in memory."""
    app = App(timed, sessions(signer))
    templates = Templates(book=BOOK)
    entries: deque[Visit] = deque(maxlen=MAX_ENTRIES)

    @app.get("/")
    def show(context: Context) -> Response:
        session = context.session
        name, signed = session.get("name", ""), session.get("signed", 0)
        return templates.render("book", entries=list(entries), name=name, signed=signed)

    @app.post("/")
    def sign(context: Context) -> Response:
        name, text = context.form["name"], context.form["text"]
        file = context.files.get("file") or Part("file", "")
        entries.appendleft(Visit(name, text, file.filename or "", file.content))
        context.session["name"] = name
        context.session["signed"] = context.session.get("signed", 0) + 1
        return see_other("/")

    @app.post("/forget")
    def forget(context: Context) -> Response:
        context.session.clear()
        return see_other("/")

    @app.get("/broken")
    def broken(_context: Context) -> Response:
        raise RuntimeError("this page has a bug")

    @app.error(404)
    def nothing_here(context: Context, _problem: Response) -> Response:
        return page(
            "There is nothing here", f"<p>Nobody has added a route for {escape(context.target)}."
        )

    return app


def serve(host: str, port: int, on_loop: bool) -> None:
    """Serve a guest book until Ctrl-C. The key of its sessions is lost when the server stops.

    Tracebacks are shown only if the server listens on a loopback address.
    """
    app = guest_book(Signer(token_bytes(32)))
    app.debug = is_loopback(host)
    serve_site(app, host, port, on_loop)


if __name__ == "__main__":
    raise SystemExit(by_hand(serve, "A guest book, from its sockets to its sessions.", loop=True))
