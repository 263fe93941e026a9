"""The f-strings in hints: a learner's Python 3.11 has to read them."""

import re

import pytest

from course.checks.suites import promises_of
from course.model.chapters import Chapter, chapters

# Before Python 3.12, the first quote of the same kind ends an f-string.
F_STRING = re.compile(r"""\bf(?:"[^"\n]*"|'[^'\n]*')""")


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.slug)
def test_f_strings_in_hints_compile(chapter: Chapter) -> None:
    broken = []
    for test, (promise, _) in promises_of(chapter).items():
        for hints in (promise.hints, *promise.hints_if.values()):
            for found in F_STRING.findall(" ".join(hints)):
                try:
                    compile(found, test, "eval")
                except SyntaxError:
                    broken.append((test, found))
    assert not broken
