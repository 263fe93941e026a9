"""The screen of `watch`: every key, every accident, played in copies of the course."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest

from course.model.chapters import ROOT
from course.tests.a_copy import copy_of_the_course, environment, make_impatient

STORIES = ROOT / "course" / "tests" / "watch_pilot.py"
NAMES = [
    line.removeprefix("async def ").partition("(")[0]
    for line in STORIES.read_text("utf-8").splitlines()
    if line.startswith("async def test_")
]
OPTIONS = ("-q", "-p", "no:cacheprovider", "--tb=short")
COPIES = 4  # in which stories happen at a time: most of their time is waiting


@pytest.fixture(scope="module")
def endings(tmp_path_factory):
    """Let all stories happen; return what went wrong in each, '' if nothing did."""
    roots = [tmp_path_factory.mktemp("watch") for _ in range(COPIES)]
    for root in roots:
        copy_of_the_course(root)  # here: Python 3.11 cannot parse in several threads at a time
        make_impatient(root)
    shares = [NAMES[first::COPIES] for first in range(COPIES)]
    with ThreadPoolExecutor(COPIES) as pool:
        return {name: end for ends in pool.map(_play, roots, shares) for name, end in ends.items()}


def _play(root, names):
    results = root / "results.xml"
    stories = [f"{STORIES.relative_to(ROOT)}::{name}" for name in names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, f"--junit-xml={results}", *stories],
        cwd=root,
        env=environment(A_COPY_OF_THE_COURSE="1", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
    )
    assert results.is_file(), done.stdout + done.stderr
    return {
        case.get("name"): "".join(child.text or "" for child in case if child.tag != "skipped")
        for case in ElementTree.parse(results).iter("testcase")
    }


@pytest.mark.parametrize("name", NAMES)
def test_story(endings, name):
    if endings[name]:
        pytest.fail(endings[name], pytrace=False)
