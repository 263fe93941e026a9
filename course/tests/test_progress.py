"""What the last checks found, as it is remembered, lost and damaged."""

import json

import pytest

from course.model.chapters import find
from course.model.progress import Progress

CHAPTER = find("1")


def remembered(folder, text):
    (folder / ".course").mkdir()
    (folder / ".course" / "progress.json").write_text(text, encoding="utf-8")
    return Progress(folder).of(CHAPTER)


def test_a_record_comes_back(tmp_path):
    kinds, tasks = {"test_x": "kept"}, {"test_x": 2}
    fields = {"digests": {"2": "d"}, "kinds": kinds, "tasks": tasks, "hints": {}}
    record = remembered(tmp_path, json.dumps({"echo": fields}))
    assert record.is_complete()
    assert record.of(2) == ["test_x"]
    assert record.digests == {2: "d"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"echo": 3}',
        '{"echo": {"digests": {}, "kinds": 3, "tasks": {}, "hints": {}}}',
        '{"echo": {"digests": {}, "kinds": {"test_x": "kept"}, "tasks": {}, "hints": {}}}',
        '{"echo": {"digests": {}, "kinds": {}, "tasks": {}, "hints": []}}',
        '{"echo": {"digests": {"one": "d"}, "kinds": {}, "tasks": {}, "hints": {}}}',
        '{"echo": {"digests": [], "kinds": {}, "tasks": {}, "hints": {}}}',
        '{"echo": {"digests": {}, "kinds": {"test_x": "kept"}, "tasks": {"test_x": 2},'
        ' "hints": {"test_x": "3"}}}',
    ],
)
def test_a_damaged_memory_is_no_memory(tmp_path, text):
    assert remembered(tmp_path, text).kinds == {}


def test_two_that_save_at_once_do_not_write_into_one_file(tmp_path, monkeypatch):
    names = []
    for process in (1, 2):
        monkeypatch.setattr("os.getpid", lambda process=process: process)
        monkeypatch.setattr("pathlib.Path.replace", lambda spare, _to: names.append(spare.name))
        Progress(tmp_path).note_hint(CHAPTER, "test_x", 1)
    assert len(set(names)) == 2
