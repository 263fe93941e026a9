"""What a release says about itself, and what the accessibility statement says about pictures."""

import json
import re

import pytest

from course import TITLE
from course.model.chapters import ROOT, chapters
from course.pictures.drawing import Card

CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
HEADINGS = re.findall(
    r"^## (.*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
)
FIELDS = dict(re.findall(r"^([a-z-]+): (.*)$", CITATION, re.MULTILINE))


def test_changelog_begins_with_what_is_to_come_and_names_releases_by_date():
    first, *releases = HEADINGS
    assert first == "Unreleased"
    assert all(re.fullmatch(r"20\d\d\.\d\d?\.\d+ \(20\d\d-\d\d-\d\d\)", each) for each in releases)


def test_citation_names_the_newest_release():
    newest = HEADINGS[1].strip(")").split(" (") if len(HEADINGS) > 1 else [None, None]
    assert [FIELDS.get("version"), FIELDS.get("date-released")] == newest


def test_citation_has_what_its_format_requires_and_the_authors_of_the_licence():
    assert {"cff-version", "message", "title", "license"} <= FIELDS.keys()
    (author,) = re.findall(r"^  - name: (.*)$", CITATION, re.MULTILINE)
    assert author in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert TITLE in FIELDS["title"]


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_every_stored_picture_has_an_alternative_text_and_is_there_as_text(chapter):
    cells = json.loads(chapter.notebook.read_text("utf-8"))["cells"]
    found = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    bare = []
    for data in found:
        page, text = ("".join(data.get(form, "")) for form in ("text/html", "text/plain"))
        is_picture = "<img" in page or "<svg" in page
        if is_picture and (not re.search(r'alt="[^"]{20}|role="img"', page) or len(text) < 40):
            bare.append(page[:80])
    assert bare == []


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Return the contrast of two colours (WCAG 2.2, relative luminance)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_texts_in_pictures_have_the_contrast_that_the_statement_promises():
    svg = Card(100, "a title", "a description").finish()
    light, dark = svg.split("prefers-color-scheme:dark", 1)
    for palette, ground in ((light, "#ffffff"), (dark, "#0d1117")):
        colours = dict(re.findall(r"\.course-picture \.(\w+)\{fill:(#[0-9a-f]{6})\}", palette))
        assert "ink" in colours
        low = {name for name, colour in colours.items() if contrast(colour, ground) < 4.5}
        assert low <= {"zero", "card"}
