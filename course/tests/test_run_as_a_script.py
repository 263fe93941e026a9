"""A chapter's file that is run by itself, as an editor's ▶ does, says how to run it."""

import subprocess
import sys

import pytest

from course.model.chapters import ROOT, chapters

FILES = [file for chapter in chapters() for file in (chapter.workbench, chapter.solution)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_it_says_in_one_line_how_to_run_it(file):
    answer = subprocess.run(
        [sys.executable, file.name, "--port", "0"],
        cwd=file.parent,
        capture_output=True,
        text=True,
    )
    module = f"{file.parent.name}.{file.stem}"
    said = f"Run this in the course's folder: python3 -m {module}\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (1, "", said)


def test_the_command_it_names_works():
    answer = subprocess.run(
        [sys.executable, "-m", "chapters.ch05_framing", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_python_that_is_started_beside_the_chapters_is_answered_with_an_example():
    answer = subprocess.run(
        [sys.executable, "-c", "from course import notebook"],
        cwd=ROOT / "chapters",
        capture_output=True,
        text=True,
    )
    said = "Run this in the course's folder: python3 -m chapters.ch01_echo\n"
    assert (answer.returncode, answer.stderr) == (1, said)


def test_the_same_words_are_beside_the_solutions():
    texts = {(ROOT / folder / "course.py").read_text() for folder in ("chapters", "solutions")}
    assert len(texts) == 1
