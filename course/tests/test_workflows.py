"""What the workflows and the other files about Python versions have to agree on."""

import re

import pytest

from course.__main__ import OLDEST
from course.model.chapters import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CI = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
NAME = "{}.{}".format(*OLDEST)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_action_is_pinned_by_commit_and_says_its_version(file):
    used = re.findall(r"uses: (.*)", file.read_text(encoding="utf-8"))
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")
    assert used
    assert [line for line in used if not pinned.fullmatch(line)] == []


def test_ci_runs_every_python_from_the_oldest_on():
    matrices = [re.findall(r'"3\.(\d+)"', line) for line in re.findall(r"python: \[(.*)\]", CI)]
    minors = sorted({int(minor) for matrix in matrices for minor in matrix})
    assert minors == list(range(OLDEST[1], minors[-1] + 1))
    assert all(int(matrix[0]) == OLDEST[1] for matrix in matrices)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("README.md", f"Python {NAME} or newer"),
        ("CONTRIBUTING.md", f"Python {NAME} or newer"),
        ("pyproject.toml", f'target-version = "py{NAME.replace(".", "")}"'),
        ("pyproject.toml", f'python_version = "{NAME}"'),
    ],
)
def test_the_oldest_python_is_the_same_everywhere(file, says):
    assert says in (ROOT / file).read_text(encoding="utf-8")
