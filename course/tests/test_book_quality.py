"""The checks of the book's website: each finds its fault on a small page, and none on a good one."""

from importlib.util import find_spec

import pytest

from course.maintain.book import in_browser
from course.maintain.book.in_browser import find_browser
from course.maintain.book.quality import CHECKERS, check
from course.model.chapters import ROOT, find, text_of
from course.model.starters import starter

if not (all(map(find_spec, CHECKERS)) and find_browser()):
    pytest.skip("needs requirements-book.txt, and a browser", allow_module_level=True)

ECHO = find("echo")
HERE_TO_THERE = '<a style="color:inherit" href="search.html#start">There</a>'
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<style>
  body {{ color: #222; background: #fff }}
  body[data-theme=dark] {{ color: #eee; background: #111 }}
  .night a {{ color: #9cf }}
  @media screen and (prefers-color-scheme: dark) {{
    body:not([data-theme=light]) {{ color: #eee; background: #111 }}
  }}
  @media print {{
    body[data-theme=dark] {{ color: #222; background: #fff }}
  }}
  nav {{ display: none }}
  #__navigation:checked ~ nav {{ display: block }}
  nav a {{ color: inherit }}
</style>{head}</head>
<body><input type="checkbox" id="__navigation" aria-label="Menu"><label for="__navigation">Menu</label>
<nav class="sidebar-tree" aria-label="Book"><a href="index.html">Start</a></nav>
<main><article><h1 id="start">A page</h1><p>Words.</p>
<details><summary>More</summary><p>Folded words.</p></details>
{body}
</article></main></body></html>
"""
GOOD = f"""<h2 id="second">A picture</h2><p>{HERE_TO_THERE}</p>
<svg role="img" aria-label="Dark words on light." width="90" height="20"><rect width="90" height="20"
fill="#fff"/><text y="15" fill="#000">words</text></svg>
<div class="highlight"><pre><span style="color:inherit">def</span> starter(): ...</pre></div>
<a style="color:inherit" class="next-page" href="index.html">Next</a>"""
NO_JAVASCRIPT = "<noscript><p>The search needs JavaScript.</p></noscript>"


def own_line():
    """Return a line of a solution that neither starter, lesson nor documents show."""
    shown = starter(ECHO) + text_of(ECHO.notebook)
    lines = [line.strip() for line in text_of(ECHO.solution).splitlines()]
    return max((line for line in lines if line not in shown), key=len)


# Faults that are found without a browser share a page: opening one takes a second or two.
STORED = (
    "file",
    "outside",
    "place",
    "twice",
    "image",
    "sheet",
    "import",
    "font",
    "answer",
    "folder",
)

# The fault, what it adds to the body and to the head, the check that is broken, and words of it.
FAULTS = {
    "file": ('<a href="nowhere.html">x</a>', "", "links", "nowhere.html leads to no file"),
    "outside": ('<a href="../a.html">x</a>', "", "links", "../a.html leads to no file"),
    "place": ('<a href="index.html#x">x</a>', "", "links", "leads to no place in index.html"),
    "twice": ('<p id="start">x</p>', "", "links", "#start is there 2 times"),
    "image": ('<img alt="x" src="https://a.example/x.png">', "", "hosts", "a.example/x.png is"),
    "sheet": ("", '<link rel="stylesheet" href="//a.example/x.css">', "hosts", "//a.example/x.css"),
    "import": ("", "<style>@import 'https://a.example/i.css'</style>", "hosts", "a.example/i.css"),
    "font": (
        "",
        "<style>p{background:url(https://a.example/f)}</style>",
        "hosts",
        "a.example/f is",
    ),
    "fetch": (
        '<script>fetch("https:" + "//b.example/x").catch(() => 1)</script>',
        *("", "hosts", "https://b.example/x is loaded"),
    ),
    "answer": (f"<pre>{own_line()}</pre>", "", "solutions", "is of the solution of echo"),
    "folder": (f"<!-- {ROOT}/x -->", "", "paths", "is a folder of the machine"),
    "large": (f"<!-- {'x' * 500_000} -->", "", "size", "kB with all that it loads"),
    "grey": (
        '<p style="color:#aaa;background:#fff">words</p>',
        "",
        "axe",
        "color-contrast (serious, light)",
    ),
    "night": (
        '<p class="x">words</p>',
        "<style>body .x{background:#fff} [data-theme=dark] .x{color:#bbb}"
        "@media(prefers-color-scheme:dark){body:not([data-theme=light]) .x{color:#bbb}}</style>",
        *("axe", "color-contrast (serious, dark)"),
    ),
    "button": ("<button></button>", "", "axe", "button-name (critical, light)"),
    "folded": (
        '<details><summary>x</summary><p style="color:#999;background:#fff">words</p></details>',
        *("", "axe", "color-contrast (serious, light)"),
    ),
    "nameless": ('<svg width="9" height="9"></svg>', "", "pictures", "no alternative text: <svg"),
    "faint": (
        '<svg role="img" aria-label="x"><rect width="90" height="20" fill="#888"/>'
        '<text y="15" fill="#000" opacity=".6">words</text></svg>',
        *("", "pictures", '<text> "words" has a contrast of'),
    ),
    "word": (
        '<div class="highlight"><pre style="background:#fff"><span style="color:#bbb">def</span></pre>',
        *("", "pictures", '<span> "def" has a contrast of'),
    ),
    "system": (
        "",
        "<style>@media screen and (prefers-color-scheme:dark){h1{color:#ffa}}</style>",
        *("theme", "light by choice differs from light by system: <h1>"),
    ),
    "ink": (
        "",
        "<style>@media print{p{color:#ccc}}</style>",
        "paper",
        '<p> "Words." has a contrast',
    ),
    "paper": (
        "",
        "<style>@media print{p{background:#222}}</style>",
        "paper",
        "is on a dark ground",
    ),
    "wide": ('<p style="width:600px">x</p>', "", "narrow", "at 390 pixels the page is 6"),
    "broken": ("<script>nothing.at_all</script>", "", "scripts", "nothing is not defined"),
    "written": (
        "<script>document.write('<p>y</p>')</script>",
        "",
        "no scripts",
        "the text is not the",
    ),
    "stuck": ("", "<style>summary{pointer-events:none}</style>", "no scripts", "does not open"),
    "hidden": ("", "<style>nav{visibility:hidden}</style>", "no scripts", "the menu does not"),
    "keys": ("", "<style>input{display:none}</style>", "keyboard", "the menu does not open"),
    "next": (
        '<a class="next-page" href="stored.html" onclick="0" style="pointer-events:none">x</a>',
        *("", "no scripts", "the link to the next page does not lead to it"),
    ),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    pages = {"index": (GOOD, ""), "search": (NO_JAVASCRIPT, "")}
    for name, (body, head, *_) in FAULTS.items():
        page = page_of(name)
        before = pages.get(page, ("", ""))
        pages[page] = (before[0] + body, before[1] + head)
    for name, (body, head) in pages.items():
        (folder / f"{name}.html").write_text(PAGE.format(body=body, head=head), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_browser, "PATIENCE", 4_000)  # ms: it passes wherever a click is in vain
        return check(folder, [ECHO])


def page_of(name):
    return "stored" if name in STORED else name


def of_page(found, name):
    return {(fault.check, fault.what) for fault in found.faults if fault.page == f"{name}.html"}


@pytest.mark.parametrize("name", ["index", "search"])
def test_a_good_page_is_fit_to_be_published(found, name):
    assert of_page(found, name) == set()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(found, name):
    *_, check_name, words = FAULTS[name]
    faults = of_page(found, page_of(name))
    assert any(check_name == fault and words in what for fault, what in faults), faults


def test_what_is_said_in_the_end_names_pages_counts_and_sizes(found):
    text = "\n".join(found.lines())
    assert f"{len(FAULTS) - len(STORED) + 3} pages checked" in text
    assert "links: " in text
    assert "large.html 50" in text
    assert "1 critical" not in text  # light and dark
    assert "2 critical" in text
    assert "hosts: //a.example/x.css is loaded from elsewhere (stored.html)" in text


def test_a_search_that_does_not_say_what_it_needs_is_found(tmp_path):
    (tmp_path / "search.html").write_text(PAGE.format(body="", head=""), "utf-8")
    (tmp_path / "index.html").write_text(PAGE.format(body=GOOD, head=""), "utf-8")
    (fault,) = check(tmp_path, []).faults
    assert fault.page == "search.html"
    assert fault.what == "the search does not say that it needs JavaScript"
