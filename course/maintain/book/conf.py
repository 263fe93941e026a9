"""The settings of Sphinx for the book. `site.py` copies this file to the pages that it writes."""

import re
from typing import Any

from course import TITLE

project = html_title = TITLE
html_short_title = TITLE
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
myst_heading_slug_func = "course.maintain.book.pages.heading_anchor"
smartquotes = False  # the two hyphens of `--fresh` are not a dash
highlight_language = "text"  # of what a lesson shows without saying what it is
suppress_warnings = ["misc.highlighting_failure"]  # a lesson writes … for what it leaves out
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pictures.css", "book.css", ("print.css", {"media": "print"})]
html_copy_source = html_show_sourcelink = html_use_index = False
html_show_copyright = False

BOXES = re.compile(r'<pre>(?=(?:<span></span>)?(.*?)</pre>)|<div class="table-wrapper', re.DOTALL)
NARROW = 40  # characters that fit on a phone


def setup(app: Any) -> None:
    """Improve pages when the theme has had its turn."""
    app.connect("html-page-context", _accessible, priority=900)


def _accessible(_app: Any, _name: str, _template: str, page: dict[str, Any], _tree: Any) -> None:
    """Let the keyboard scroll boxes that may be wider than the page, and rank the captions."""
    page["body"] = BOXES.sub(_focusable, page.get("body", ""))
    navigation = page.get("furo_navigation_tree", "")
    page["furo_navigation_tree"] = navigation.replace(
        'role="heading"', 'role="heading" aria-level="2"'
    )


def _focusable(match: re.Match[str]) -> str:
    lines = re.sub(r"<[^>]+>|&(?=\w+;)", "", match[1] or "").splitlines()
    is_wide = match[1] is None or max(map(len, lines), default=0) > NARROW
    start, name, rest = match[0].partition("pre" if match[1] is not None else "div")
    return f'{start}{name} tabindex="0"{rest}' if is_wide else match[0]
