"""`python3 -m course book`: what becomes of a lesson, and the website that Sphinx makes of it."""

import re
from importlib.util import find_spec

import pytest

from course.maintain.book.figures import Figures
from course.maintain.book.pages import Lesson, Links, heading_anchor, lesson_page, term_anchor
from course.maintain.book.site import NEEDED, sources
from course.maintain.lessons.reading import cells_of, code_cells, headings, is_personal
from course.model.chapters import ROOT, chapters, find
from course.model.guesses import questions_of
from course.tests.a_copy import course

SLUGS = [chapter.slug for chapter in chapters()]
PICTURE = (
    '<figure><img alt="Two sockets." width="760" src="data:image/svg+xml;utf8,'
    "%3Csvg role=%22img%22%3E%3Cstyle%3E.a text{{fill:{light}}}"
    "@media (prefers-color-scheme:dark){{.a text{{fill:white}}}}"
    "@media (prefers-reduced-motion:reduce){{.a{{animation:none}}}}%3C/style%3E%3C/svg%3E"
    '"></figure>'
)


@pytest.fixture(scope="module")
def site():
    return dict(sources(chapters(), "https://example.org/course"))


def markdown(text):
    return {"cell_type": "markdown", "source": text, "metadata": {}}


def code(text, *outputs):
    return {"cell_type": "code", "source": text, "metadata": {}, "outputs": list(outputs)}


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def page_of(*cells, repository=""):
    cells = [markdown("# Chapter 1 · A title"), code("import sys"), *cells]
    links = Links({"notebooks/ch02_four_tuple.ipynb": "lessons/four_tuple"}, repository)
    return lesson_page(Lesson(find("echo"), cells, {}, "", (35, 30)), Figures(), links)


def test_a_page_for_every_lesson_and_one_to_begin_with(site):
    pages = {name for name in site if name.endswith(".md")}
    assert {f"lessons/{slug}.md" for slug in SLUGS} < pages
    for slug in SLUGS:
        assert f"(lessons/{slug}.md)" in site["index.md"]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_guess_is_a_question_with_its_answer_folded(site, slug):
    page = site[f"lessons/{slug}.md"]
    asked = re.findall(r'<div class="guess">.*?\n</div>', page, re.DOTALL)
    questions = questions_of(find(slug))
    assert len(asked) == len(questions)
    for question, text in zip(questions, sorted(asked, key=page.index), strict=True):
        before, _, folded = text.partition("<details")
        assert before.count("<li>") == len(question.choices)
        assert f"<strong>{question.answer}.</strong>" in folded
        assert "<strong>" not in before.replace("<strong>Your guess</strong>", "")


@pytest.mark.parametrize("slug", SLUGS)
def test_no_cell_of_a_page_is_dead(site, slug):
    page = site[f"lessons/{slug}.md"]
    blocks = re.findall(r"^```python\n(.*?)\n```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 10
    assert [text for text in blocks if is_personal(text) or text.startswith("guess(")] == []
    assert "sys.path.insert" not in page


@pytest.mark.parametrize("slug", SLUGS)
def test_everything_that_a_lesson_prints_is_there_once(site, slug):
    page = site[f"lessons/{slug}.md"]
    cells = code_cells(cells_of(find(slug).notebook))[1:]
    streams = ["".join(o["text"]).strip("\n") for c in cells for o in c["outputs"] if "text" in o]
    assert [text for text in streams if text not in page] == []
    pictures = [o for c in cells for o in c["outputs"] if "<img" in str(o.get("data"))]
    assert page.count("<svg") == len(pictures)
    assert "data:image" not in page


@pytest.mark.parametrize("slug", SLUGS)
def test_each_task_is_shown_once_as_it_is_in_the_starter(site, slug):
    shown = re.findall(
        r"raise NotImplementedError\(\"ch\d\d task (\d+): ([\w.]+)\"\)", site[f"lessons/{slug}.md"]
    )
    assert sorted(shown) == sorted((str(task.number), task.name) for task in find(slug).tasks)


def test_what_a_guess_in_prose_asks_is_answered_in_a_fold():
    asked = page_of(markdown("**Guess:** what?"), code("print(1)", stream("one\n")))
    assert re.search(r"<details class=\"output\">.*?one.*?</details>", asked, re.DOTALL)
    shown = page_of(markdown("**Guess:** what?\n\nIt is this."), code("print(1)", stream("one\n")))
    assert '<details class="output">' not in shown
    between = page_of(
        markdown("**Guess:** what?"), markdown("Look."), code("print(1)", stream("one\n"))
    )
    assert '<details class="output">' in between
    later = page_of(markdown("**Guess:** ?"), code("1", stream("one")), code("2", stream("two")))
    assert later.index("</details>", later.index("one")) < later.index("two")
    assert later.count('<details class="output">') == 1


def test_backticks_and_directives_in_code_stay_what_they_are():
    page = page_of(code('print("```{raw} html")', stream("```\n:a: b\n---\n% c\n")))
    assert '\n````python\nprint("```{raw} html")\n````\n' in page
    assert "\n````text\n```\n:a: b\n---\n% c\n````\n" in page


def test_links_lead_to_pages_of_the_book_else_to_the_repository_else_nowhere():
    text = "[a](ch02_four_tuple.ipynb#x) [b](../AGENTS.md) [c](https://rfc-editor.org) `[d](e)`"
    known = page_of(markdown(text), repository="https://example.org/course")
    assert "[a](../lessons/four_tuple.md#x)" in known
    assert "[b](https://example.org/course/blob/HEAD/AGENTS.md)" in known
    assert "[c](https://rfc-editor.org)" in known
    assert "`[d](e)`" in known
    assert "git clone https://example.org/course\ncd course\n" in known
    unknown = page_of(markdown(text))
    assert " b [c]" in unknown
    assert "git clone" not in unknown


def test_a_picture_follows_the_theme_of_the_page_and_changes_no_other():
    figures = Figures()
    one, two, three = (figures.inline(PICTURE.format(light=c)) for c in ("red", "blue", "red"))
    assert one == three != two
    assert 'role="img" aria-label="Two sockets."' in one
    assert "<style" not in one
    look = re.search(r"look-\w+", one)[0]
    css = figures.stylesheet()
    assert css.count(":where(.") == 4  # two looks, each with a rule and what stops the motion
    assert f":where(.{look}){{.a text{{fill:red}}}}" in css
    assert f"@media screen{{:where(body[data-theme=dark] .{look}){{.a text{{fill:white}}}}}}" in css
    assert f":where(body:not([data-theme=light]) .{look}){{.a text{{fill:white}}}}" in css


def test_the_anchors_of_headings_and_terms():
    assert heading_anchor("1 · What recv() returns") == "what-recv-returns"
    assert (
        heading_anchor("Write tasks 2 and 3 · `feed`, `close`") == "write-tasks-2-and-3-feed-close"
    )
    assert term_anchor("half-close") == "term-half-close"


@pytest.mark.skipif(not all(map(find_spec, NEEDED)), reason="needs requirements-book.txt")
def test_the_website_of_an_edition(tmp_path):
    root = tmp_path / "two chapters"
    assert course(ROOT, "edition", str(root), "--until", "four_tuple").returncode == 0
    folder = tmp_path / "a book"
    done = course(root, "book", "--output", str(folder))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    page = (folder / "lessons" / "echo.html").read_text("utf-8")
    for title in headings(cells_of(find("echo").notebook)):
        assert f'id="{heading_anchor(title)}"' in page
    assert '<meta content="One program waits.' in page
    assert 'rel="next"' in page
    assert 'href="four_tuple.html"' in page
    assert 'id="term-listener"' in page
    assert re.search(r'<pre tabindex="0"><span></span>.{,40}# AF_INET means IPv4', page)
    assert re.search(r"<pre><span></span>listening on", page)  # it is narrow
    assert 'role="heading" aria-level="2"' in page
    assert not re.search(r'(?:src|<link[^>]*href)="(?:https?:)?//', page)

    (folder / "mine.txt").write_text("something of my own")
    (folder / ".buildinfo").unlink()
    refused = course(root, "book", "--output", str(folder))
    assert refused.returncode != 0
    assert refused.stderr.count("\n") == 1
    assert "holds something else than a book" in refused.stderr
    assert (folder / "mine.txt").exists()
