"""docs/security.md names tests that exist, and bounds that exist."""

import re

import pytest

from course.model.chapters import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", PAGE)))
CODE = "".join(file.read_text() for file in sorted((ROOT / "solutions").glob("*.py")))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_that_is_named_exists(file, test):
    (found,) = [
        path for room in ("course/tests", "tests") for path in (ROOT / room).glob(f"**/{file}")
    ][:1] or [None]
    assert found, f"there is no {file}"
    assert f"def {test}" in found.read_text()


def test_a_bound_that_is_named_exists():
    bounds = set(re.findall(r"`([A-Z_]{5,})`", PAGE))
    fields = set(re.findall(r"`Bounds\.(\w+)`", PAGE))
    assert bounds
    assert not {name for name in bounds if f"\n{name} = " not in CODE}
    assert not {name for name in fields if f"\n    {name}: " not in CODE}
