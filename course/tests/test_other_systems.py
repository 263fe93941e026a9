"""What the suites and the lessons would meet on macOS and Windows, tried on whatever runs this."""

import json
import os
import re
import subprocess
import sys

import pytest

from course.model.chapters import ROOT, chapters

# What Windows lacks (the socket module there, errors of Winsock, no /proc); macOS also lacks some.
NOT_EVERYWHERE = re.compile(
    r"/proc/|\bSO_REUSEPORT\b|\bMSG_(?:DONTWAIT|NOSIGNAL)\b|\bTCP_INFO\b|\bIP_LOCAL_PORT_RANGE\b"
    r"|MSG_PEEK \| socket\.MSG_WAITALL|\bAF_UNIX\b|\bos\.(?:fork|killpg|sysconf)\b|\bselect\.e?poll\b"
    r"|\bSIG(?:ALRM|USR1)\b|\bimport (?:resource|fcntl)\b"
)


def test_the_suites_pass_where_other_systems_are_stricter():
    plugins = ["-p", "no:cacheprovider", "-p", "course.tests.other_systems"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "--solutions", "tests"],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert " passed in " in done.stdout


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.stem)
def test_a_cell_says_what_it_needs(chapter):
    cells = json.loads(chapter.notebook.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    silent = [source for source in sources if "# Needs Linux" not in source]
    assert [source for source in silent if NOT_EVERYWHERE.search(source)] == []
