"""What an earlier chapter lacks is named, only where it is needed, and never as a broken promise."""

import ast
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from course.model.chapters import chapters, find, find_task, parse
from course.tests.a_copy import copy_of_the_course, course

SLUGS = [chapter.slug for chapter in chapters()]


def reformatted(root):
    """Write every import of the chapters as a formatter with short lines does."""
    for file in (root / "chapters").glob("ch*.py"):
        text = file.read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        for node in reversed(parse(text).body):
            if isinstance(node, ast.ImportFrom) and node.level:
                names = "".join(f"    {alias.name},\n" for alias in node.names)
                first, last = node.lineno - 1, node.end_lineno
                lines[first:last] = [f"from .{node.module} import (\n{names})\n"]
        file.write_text("".join(lines), encoding="utf-8")


def borrowed(root, *slugs):
    for slug in slugs:
        course(root, "borrow", slug)


def second_unwritten(root):
    borrowed(root, "echo", "accept", "closing", "framing", "threads")
    return course(root, "check", "threads", "--json", "found.json")


def method_unwritten(root):
    borrowed(root, *SLUGS[: SLUGS.index("connection") + 1])
    course(root, "reset", "body", "--task", "body_framing")
    return course(root, "check", "connection", "--json", "found.json")


def task_of_framing_unwritten(root):
    borrowed(root, *SLUGS[: SLUGS.index("threads") + 1])
    course(root, "reset", "framing", "--task", "ByteReader.read_line")
    return course(root, "check", "threads", "--json", "found.json")


def black_was_here(root):
    borrowed(root, "echo", "accept", "closing", "framing", "threads")
    reformatted(root)
    return course(root, "check", "threads", "--json", "found.json")


def untouched(root):
    return course(root, "check", "request", "--json", "found.json")


STORIES = {
    second_unwritten: ("four_tuple", {"four_tuple"}),
    method_unwritten: ("body", {"body_framing"}),
    task_of_framing_unwritten: ("framing", {"ByteReader.read_line"}),
    black_was_here: ("four_tuple", {"four_tuple"}),
}


@pytest.fixture(scope="module")
def stories(tmp_path_factory):
    def happen(story):
        root = tmp_path_factory.mktemp(story.__name__)
        copy_of_the_course(root)
        run = story(root)
        (chapter,) = json.loads((root / "found.json").read_text(encoding="utf-8"))["chapters"]
        return run, chapter["verdicts"]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {story: pool.submit(happen, story) for story in (*STORIES, untouched)}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_what_an_earlier_chapter_lacks_comes_first_and_is_never_broken(story, stories):
    run, verdicts = stories[story].result()
    slug, functions = STORIES[story]
    chapter = find(slug).number
    tasks = {find_task(function, find(slug)) for function in functions}
    assert run.returncode == 8, run.stdout
    assert {verdict["kind"] for verdict in verdicts} == {"kept", "to do"}
    waiting = {verdict["line"] for verdict in verdicts if verdict["kind"] == "to do"}
    assert {line.partition(" (")[0] for line in waiting} == {
        f"chapter {chapter}, task {task}" for task in tasks
    }
    assert f"python3 -m course borrow {slug}" in run.stdout
    assert "You may think" not in run.stdout


def test_only_promises_that_need_it_wait(stories):
    _, verdicts = stories[task_of_framing_unwritten].result()
    assert "kept" in {verdict["kind"] for verdict in verdicts}


def test_an_untouched_chapter_waits_for_its_own_tasks_alone(stories):
    run, verdicts = stories[untouched].result()
    assert run.returncode == 8
    assert {verdict["line"].partition(" task")[0] for verdict in verdicts} == {"to do:"}
