"""The book's glossary and indexes: what lessons explain, believe and cite can be looked up."""

import re
from dataclasses import replace

import pytest

from course.checks.promises import Misconception
from course.maintain.book import glossary, indexes, site
from course.maintain.book.pages import term_anchor
from course.maintain.book.sources import Authority, known_names, mentions, sources
from course.maintain.lessons.definitions import definitions
from course.maintain.lessons.terms import citations, terms
from course.model.chapters import ROOT, chapters
from course.model.errors import CourseError

BELIEF = Misconception(
    id="X999999",
    belief="A [port] is *part* of `a_b`.",
    truth="It is <not>.",
    authority="RFC 9293 §3.1; accept(2), EMFILE",
    lesson="echo",
    see="3 · When a client leaves",
)


@pytest.fixture(scope="module")
def lessons():
    return site.lessons_of(chapters())


@pytest.fixture(scope="module")
def pages():
    return dict(site.sources(chapters()))


@pytest.fixture(scope="module")
def index(lessons):
    return indexes.index(lessons, site.beliefs())


# --- The glossary -------------------------------------------------------------------------------


def test_each_term_leads_to_the_glossary_and_back(lessons, pages):
    for lesson in lessons:
        slug = lesson.chapter.slug
        for term in terms(lesson.chapter, [*lesson.cells]):
            anchor = term_anchor(term.name)
            assert pages[f"lessons/{slug}.md"].count(f'<dfn id="{anchor}">{{term}}`') == 1
            assert pages["glossary.md"].count(f'"lessons/{slug}.html#{anchor}"') == 1


def test_the_glossary_is_in_alphabetical_order(lessons):
    found = glossary.entries(lessons, definitions(ROOT))
    names = [entry.definition.name.lower().replace("-", " ") for entry in found]
    assert names == sorted(set(names))


def test_a_term_names_the_other_lessons_that_use_it(lessons):
    found = {entry.term.name: entry for entry in glossary.entries(lessons, definitions(ROOT))}
    assert [chapter.slug for chapter, _heading in found["ready"].uses] == [
        "event_loop",
        "back_pressure",
        "hardening",
    ]
    assert "echo" not in {chapter.slug for chapter, _heading in found["listener"].uses}
    assert found["node"].uses == []


def test_a_lesson_that_does_not_use_the_term_is_not_named(lessons):
    known = [replace(each, also=("echo", "accept")) for each in definitions(ROOT)]
    found = {entry.term.name: entry for entry in glossary.entries(lessons, known)}
    assert [chapter.slug for chapter, _heading in found["backlog"].uses] == ["echo"]


def test_a_term_without_a_definition_stops_the_book(lessons):
    with pytest.raises(CourseError, match="'node' of the lesson routing"):
        glossary.entries(lessons, [each for each in definitions(ROOT) if each.name != "node"])


def test_the_glossary_of_the_first_chapters_needs_no_others(lessons):
    found = glossary.entries(lessons[:3], definitions(ROOT))
    assert {entry.term.chapter.slug for entry in found} == {"echo", "four_tuple", "accept"}


def test_every_definition_belongs_to_a_lesson():
    slugs = {chapter.slug for chapter in chapters()}
    for each in definitions(ROOT):
        assert {each.slug, *(each.also or ())} <= slugs


# --- Misconceptions -----------------------------------------------------------------------------


def test_each_belief_has_an_address_of_its_own(pages):
    anchors = re.findall(r"^\((\w+)\)=$", pages["misconceptions.md"], re.MULTILINE)
    assert sorted(anchors) == sorted(belief.id.lower() for belief in site.beliefs())


def test_a_belief_is_under_the_heading_that_shows_the_truth(lessons):
    page = indexes.index_of_misconceptions(lessons, [BELIEF])
    assert (
        """
### [3 · When a client leaves](lessons/echo.md#when-a-client-leaves)

(x999999)=
**“A \\[port\\] is \\*part\\* of `a_b`.”** [X999999](#x999999)\\
In fact: It is \\<not\\>.\\
*[RFC 9293 §3.1](<https://www.rfc-editor.org/rfc/rfc9293#section-3.1>); \
[accept(2), EMFILE](<https://man7.org/linux/man-pages/man2/accept.2.html>)*
"""
        in page
    )


# --- Sources ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authority", "found"),
    [
        ("RFC 9293 §2.2, recv(2)", [("RFC 9293", "2.2"), ("recv(2)", "")]),
        ("RFC 9110 §5.5, §7.2", [("RFC 9110", "5.5"), ("RFC 9110", "7.2")]),
        ("RFC 9112 §6.3, rule 4; §6.1", [("RFC 9112", "6.3"), ("RFC 9112", "6.1")]),
        ("RFC 9112 §2.3; RFC 5234, Appendix B.1", [("RFC 9112", "2.3"), ("RFC 5234", "B.1")]),
        ("RFC 791 Appendix B; byteorder(3)", [("RFC 791", "B"), ("byteorder(3)", "")]),
        ("RFC 9293 §3.8.4 (keep-alives are off)", [("RFC 9293", "3.8.4")]),
        ("RFC 6455", [("RFC 6455", "")]),
        ("send(2), EPIPE; recv(2): EAGAIN", [("send(2)", "EPIPE"), ("recv(2)", "EAGAIN")]),
        ("accept(2), “Error handling”", [("accept(2)", "Error handling")]),
        ("compare tcp(7), the pending error", [("tcp(7)", "")]),
        (
            "PEP 3333, The start_response() Callable; CWE-117",
            [("PEP 3333", "The start_response() Callable")],
        ),
        (
            "PEP 342; PEP 3333, environ Variables",
            [("PEP 342", ""), ("PEP 3333", "environ Variables")],
        ),
        (
            "Python library reference, sorted, list.sort",
            [("Python library reference", "sorted, list.sort")],
        ),
        ("SQLite documentation, ROLLBACK", [("SQLite documentation", "ROLLBACK")]),
        ("the docstring of Pool.work; gunicorn issue 2529", []),
    ],
)
def test_the_sources_of_an_authority(authority, found):
    assert [(each.source.name, each.source.place) for each in mentions(authority)] == found


@pytest.mark.parametrize(
    ("prose", "found"),
    [
        ("It waits (recv(2),\n> RFC 9293 §2.2).", [("recv(2)", ""), ("RFC 9293", "2.2")]),
        ("`recv(4)` returns; `accept(2)` does not.\n```\nsend(2)\n```", []),
        ("RFC 9112 §3 allows it, §2 does not.", [("RFC 9112", "3")]),
        ("(PEP 3333, *Unicode Issues*). More.", [("PEP 3333", "Unicode Issues")]),
        ("It is PEP 333. By the end, you can.", [("PEP 333", "")]),
        (
            "(Python library reference, socket: `accept`) (recv(2))",
            [("Python library reference", "socket: accept"), ("recv(2)", "")],
        ),
        (
            "(SQLite documentation, *ROLLBACK*) SQLite, a library,",
            [("SQLite documentation", "ROLLBACK")],
        ),
    ],
)
def test_the_sources_of_a_text(prose, found):
    assert [(source.name, source.place) for source in sources(prose)] == found


@pytest.mark.parametrize(
    ("source", "address"),
    [
        (("RFC", "RFC 9112", "6.3"), "https://www.rfc-editor.org/rfc/rfc9112#section-6.3"),
        (("RFC", "RFC 5234", "B.1"), "https://www.rfc-editor.org/rfc/rfc5234#appendix-B.1"),
        (("RFC", "RFC 6455", ""), "https://www.rfc-editor.org/rfc/rfc6455"),
        (("PAGE", "ip(7)", "EPIPE"), "https://man7.org/linux/man-pages/man7/ip.7.html"),
        (("PAGE", "slowhttptest(1)", ""), "https://manpages.debian.org/slowhttptest.1"),
        (
            ("TITLED", "PEP 3333", "Unicode Issues"),
            "https://peps.python.org/pep-3333/#unicode-issues",
        ),
        (("TITLED", "SQLite documentation", "ROLLFORWARD"), ""),
    ],
)
def test_the_address_of_a_source(source, address):
    assert Authority(*source).address == address


def test_every_source_is_known_with_its_title(index):
    """What is missing has to be added to course/maintain/book/sources.toml."""
    unknown = [each for each in index if not each.address or (each.place and not each.title)]
    assert unknown == []


def test_no_source_is_known_that_nothing_names(index):
    used = {(each.name, place) for each in index for place in (each.place, "")}
    assert known_names() - used == set()


def test_every_citation_of_a_lesson_is_in_the_index(lessons, index):
    for lesson in lessons:
        for each in citations(lesson.chapter, [*lesson.cells]):
            kind = "RFC" if each.source.startswith("RFC") else "PAGE"
            source = Authority(kind, each.source, each.place.removeprefix("§"))
            assert (lesson.chapter, each.heading) in index[source].headings


def test_a_section_lists_the_lessons_and_beliefs_that_rely_on_it(lessons):
    page = indexes.index_of_standards(indexes.index(lessons, [BELIEF]))
    assert (
        """
[§3.1](<https://www.rfc-editor.org/rfc/rfc9293#section-3.1>) Header Format
: *accept*: [1 · Who shakes hands?](lessons/accept.md#who-shakes-hands), \
[Extra · Read a TCP header yourself](lessons/accept.md#extra-read-a-tcp-header-yourself)
: [X999999](misconceptions.md#x999999) “A \\[port\\] is \\*part\\* of `a_b`.”
"""
        in page
    )


def test_a_question_counts_as_its_heading(lessons):
    echo = lessons[0]
    name, question = next(iter(echo.questions.items()))
    asked = replace(question, because="RFC 9293 §3.99 says so.")
    found = indexes.index([replace(echo, questions={name: asked})], [])
    uses = found[Authority("RFC", "RFC 9293", "3.99")]
    assert [*uses.headings] == [(echo.chapter, question.see)]


def test_sections_are_in_the_order_of_the_standard(pages):
    part = pages["standards.md"].partition("## [RFC 9112]")[2].partition("## [")[0]
    numbers = re.findall(r"^\[(?:§|Appendix )([^\]]+)\]", part, re.MULTILINE)
    assert numbers[0] == "2.1"
    assert numbers.index("9.6") < numbers.index("11.1") < numbers.index("C.2.2")


def test_man_pages_and_documentation_are_listed(pages):
    page = pages["man-pages.md"]
    assert page.index("[accept(2)]") < page.index("[accept(2), EMFILE]") < page.index("[bind(2)]")
    assert page.index("[\\_exit(2)]") < page.index("[fork(2)]")
    assert "## [Python library reference](<https://docs.python.org/3/library/>)" in page
    assert "[socket: settimeout](<https://docs.python.org/3/library/socket.html" in page
