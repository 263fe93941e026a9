"""The promises of chapter 14: what a framework adds."""

from typing import Any

from course.checks.answers import Attempt
from course.checks.expect import same
from course.checks.promises import promise
from tests import beliefs


@promise(task=1, usually=beliefs.DECODES_FIRST, hints=("", "", ""))
def test_decorator_adds(chapter: Attempt) -> None:
    """A decorator adds the function to the router."""
    app = chapter.App()
    app.route("GET", "/a")(print)
    app.get("/b")(print)
    app.post("/c")(print)
    app.error(404)(print)
    got = [(route.method, route.pattern) for route in app.router.routes]
    same("Routes:", expected=[("GET", "/a"), ("GET", "/b"), ("POST", "/c")], got=got)


@promise(task=2, usually=beliefs.DECODES_FIRST, hints=("", "", ""))
def test_first_layer_is_outermost(chapter: Attempt) -> None:
    """The first layer is the outermost."""

    def layer(name: str) -> Any:
        return lambda request, inside: name + inside(request)

    got = chapter.compose(lambda request: request, layer("a"), layer("b"))("c")
    same("The layers:", expected="abc", got=got)


@promise(task=3, usually=beliefs.DECODES_FIRST, hints=("", "", ""))
def test_query(chapter: Attempt) -> None:
    """A name may come again."""
    got = chapter.parse_query("a=1&a=2").pairs
    same("The fields:", expected=[("a", "1"), ("a", "2")], got=got)


@promise(task=4, usually=beliefs.DECODES_FIRST, hints=("", "", ""))
def test_cookies(chapter: Attempt) -> None:
    """A bad cookie loses only itself."""
    same("Cookies:", expected={"a": "1"}, got=chapter.parse_cookies("a=1; bad; =x"))


@promise(task=5, usually=beliefs.DECODES_FIRST, hints=("", "", ""))
def test_set_cookie(chapter: Attempt) -> None:
    """Attributes have their order."""
    expected = ("Set-Cookie", "a=1; Path=/; HttpOnly; SameSite=Lax")
    same("The field:", expected=expected, got=chapter.set_cookie("a", "1"))


@promise(task=6, usually=beliefs.DECODES_FIRST, hints=("", "", ""))
def test_signer(chapter: Attempt) -> None:
    """What was signed comes back."""
    signer = chapter.Signer(b"k" * 32)
    same("Back:", expected=b"a", got=signer.unsign(signer.sign(b"a", 5), 6, 1))


TASKS = {
    1: "App.route, App.get, App.post, App.error",
    2: "compose",
    3: "parse_query",
    4: "parse_cookies",
    5: "set_cookie",
    6: "Signer.sign, Signer.unsign",
}
