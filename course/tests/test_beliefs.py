"""The catalogue of beliefs, and what a suite shows first."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from course.checks.promises import Misconception
from course.model.chapters import chapters
from tests import beliefs

FIRST_SCREEN = 45  # lines
CATALOGUE = {name: each for name, each in vars(beliefs).items() if isinstance(each, Misconception)}
NUMBERS = {chapter.slug: chapter.number for chapter in chapters()}


def test_each_belief_is_there_once():
    for part in ("id", "belief"):
        counts = Counter(getattr(each, part) for each in CATALOGUE.values())
        assert [text for text, count in counts.items() if count > 1] == []


def test_no_name_is_given_to_two_beliefs():
    names = re.findall(r"^(\w+) = Misconception\(", Path(beliefs.__file__).read_text("utf-8"), re.M)
    assert len(names) == len(set(names)) == len(CATALOGUE)


def test_beliefs_are_sorted_by_lesson_and_id():
    places = [(NUMBERS[each.lesson], each.id[0], int(each.id[1:])) for each in CATALOGUE.values()]
    assert [after for before, after in pairwise(places) if after < before] == []


def test_each_belief_is_named_by_a_suite():
    suites = "".join(chapter.suite.read_text("utf-8") for chapter in chapters())
    named = set(re.findall(r"\bbeliefs\.(\w+)", suites))
    assert CATALOGUE.keys() - named == set()


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_the_first_promise_is_on_the_first_screen(chapter):
    lines = chapter.suite.read_text("utf-8").splitlines()
    assert lines.index("@promise(") < FIRST_SCREEN


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_a_belief_that_a_suite_names_is_taught_by_then(chapter):
    named = set(re.findall(r"\bbeliefs\.(\w+)", chapter.suite.read_text("utf-8")))
    later = {name for name in named if NUMBERS[CATALOGUE[name].lesson] > chapter.number}
    assert later == set()
