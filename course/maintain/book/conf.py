"""The settings of Sphinx for the book. `site.py` copies this file to the pages that it writes."""

from course import TITLE

project = html_title = TITLE
html_short_title = TITLE
extensions = ["myst_parser"]
myst_heading_anchors = 3
myst_heading_slug_func = "course.maintain.book.pages.heading_anchor"
smartquotes = False  # `--fresh` is no dash
suppress_warnings = ["misc.highlighting_failure"]  # a lesson writes … for what it leaves out
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pictures.css", "book.css", ("print.css", {"media": "print"})]
html_js_files = ["keyboard.js"]
html_copy_source = html_show_sourcelink = html_use_index = False
html_show_copyright = False
