"""`check --json`, `--junit` and `--markdown`: what other programs and a workflow's page are given."""

import json
import os
import re
import xml.etree.ElementTree as ET

import pytest

from course.model.chapters import ROOT, find
from course.reports.files import cell, legal
from course.tests.a_copy import copy_of_the_course, course

SLUGS = ("echo", "four_tuple", "accept", "closing")
NUMBERS = [str(find(slug).number) for slug in SLUGS]
FILES = ("--json", "found.json", "--junit", "found.xml", "--markdown", "found.md")
KINDS = {"kept", "to do", "broken", "not checked"}

# The shape that readers of JUnit XML agree on (Jenkins' junit-10.xsd): what may contain what,
# which attributes there may be, and which of them must.
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped"},
    "failure": set(),
    "error": set(),
    "skipped": set(),
}
ATTRIBUTES = {
    "testsuites": ({"name"}, set()),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"skipped", "time"}),
    "testcase": ({"name"}, {"classname", "time"}),
    "failure": (set(), {"message", "type"}),
    "error": (set(), {"message", "type"}),
    "skipped": (set(), {"message"}),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Check four chapters: one whole, one broken, one to do, one that cannot be read."""
    root = tmp_path_factory.mktemp("a course")
    copy_of_the_course(root)
    echo, four_tuple, _accept, closing = (find(slug, root) for slug in SLUGS)
    four_tuple.workbench.write_bytes(four_tuple.solution.read_bytes())
    text = echo.solution.read_text(encoding="utf-8")
    wrong = text.replace("conn.sendall(piece)", "conn.send(piece)").replace("len(piece)", "1")
    echo.workbench.write_text(wrong, encoding="utf-8")
    closing.workbench.write_text("def (\n", encoding="utf-8")
    return root, course(root, "check", *SLUGS, *FILES)


def read(found, name):
    return (found[0] / name).read_text(encoding="utf-8")


def test_the_report_is_printed_as_ever(found):
    assert found[1].returncode == 1
    assert "Broken promise" in found[1].stdout
    assert found[1].stderr == ""


def test_json_has_every_verdict(found):
    chapters = json.loads(read(found, "found.json"))["chapters"]
    assert [each["slug"] for each in chapters] == [*SLUGS]
    echo, four_tuple, accept, closing = chapters
    assert 0 < echo["kept"] < echo["promises"]
    assert four_tuple["kept"] == four_tuple["promises"] == len(four_tuple["verdicts"])
    assert {each["kind"] for each in closing["verdicts"]} == {"not checked"}
    assert {each["kind"] for each in accept["verdicts"]} == {"to do"}
    broken = next(each for each in echo["verdicts"] if each["kind"] == "broken")
    assert set(broken) == {"test", "task", "promise", "kind", "line", "reason", "seconds"}
    assert broken["task"] == 2
    assert broken["reason"] == "M04"
    assert broken["seconds"] >= 0
    guide = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    assert [name for name in {*echo, *broken} if f'"{name}"' not in guide] == []


def test_junit_has_the_shape_that_its_readers_expect(found):
    def walk(element):
        required, optional = ATTRIBUTES[element.tag]
        assert required <= set(element.keys()) <= required | optional
        for child in element:
            assert child.tag in CHILDREN[element.tag]
            walk(child)

    root = ET.fromstring(read(found, "found.xml"))
    assert root.tag == "testsuites"
    walk(root)


def test_junit_counts_what_it_holds(found):
    suites = ET.fromstring(read(found, "found.xml")).findall("testsuite")
    names = [f"{number} {slug}" for number, slug in zip(NUMBERS, SLUGS, strict=True)]
    assert [suite.get("name") for suite in suites] == names
    for suite in suites:
        assert int(suite.get("tests")) == len(suite.findall("testcase")) > 0
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped",) * 2):
            assert int(suite.get(attribute)) == len(suite.findall(f"testcase/{tag}"))
        assert float(suite.get("time")) >= sum(float(c.get("time")) for c in suite) * 0.9
    counts = [[int(s.get(a)) for a in ("failures", "errors", "skipped")] for s in suites]
    assert counts[0][0] > 0
    assert counts[1] == [0, 0, 0]
    assert counts[2][2] == int(suites[2].get("tests"))
    assert counts[3][1] == int(suites[3].get("tests"))
    assert "Hint" in suites[0].find("testcase/failure").text


def test_junit_says_how_to_replay_each_broken_promise(found):
    suite, *_ = ET.fromstring(read(found, "found.xml")).findall("testsuite")
    failures = [failure.text.replace("│", " ") for failure in suite.iter("failure")]
    after = [text.partition("course replay echo")[2].partition("Hint")[0] for text in failures]
    commands = ["".join(text.split()) for text in after]  # a long name goes on below
    seen = set()
    for task, *name in commands:
        assert bool(name) is (task in seen)
        seen.add(task)
    assert len(seen) < len(commands)


def test_markdown_is_a_table_and_the_first_broken_promises(found):
    text = read(found, "found.md")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [re.split(r"(?<!\\)\|", row)[1].strip() for row in rows[1:]] == NUMBERS
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    assert "broken |" in rows[1]
    assert rows[2].endswith("✓ done |")
    assert rows[3].endswith("to do |")
    assert rows[4].endswith("cannot be read |")
    assert [line for line in text.splitlines() if line.startswith("###")] == [
        f"### Chapter {NUMBERS[0]}, task 2",
        f"### Chapter {NUMBERS[3]}, task 1",
    ]
    report = text.partition(f"### Chapter {NUMBERS[0]}, task 2")[2].partition("###")[0]
    assert all(line.startswith("    ") for line in report.splitlines() if line)


def test_what_a_file_may_hold():
    assert legal("a\0b\x1b\ud800\n\tc\U0001f600") == "a\ufffdb\ufffd\ufffd\n\tc\U0001f600"
    assert cell("a|b\n*c* `d` <e>") == "a\\|b \\*c\\* \\`d\\` \\<e\\>"


@pytest.mark.parametrize("option", ["--json", "--junit", "--markdown"])
@pytest.mark.parametrize("place", ["no/such/folder/file", "."])
def test_where_nothing_can_be_written_nothing_is_checked(found, option, place):
    run = course(found[0], "check", "echo", option, place)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("course: ")
    assert "cannot be written" in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_one_line_after_the_report(found):
    run = course(found[0], "check", "four_tuple", "--json", "/dev/full")
    assert run.returncode == 1
    assert re.search(r"(\d+) of \1 promises kept", run.stdout)
    assert run.stderr == "course: /dev/full could not be written: No space left on device.\n"


def test_a_file_can_be_a_pipe(found):
    if not os.path.exists("/dev/stderr"):
        pytest.skip("needs /dev/stderr")
    run = course(found[0], "check", "four_tuple", "--json", "/dev/stderr")
    assert json.loads(run.stderr)["chapters"][0]["slug"] == "four_tuple"
