"""`hint`: one level at a time, before and after passing, for a task, again, and all."""

from dataclasses import dataclass, field

import pytest
from rich.console import Console

from course.model.chapters import Chapter
from course.model.errors import CourseError, UsageError
from course.model.progress import Kind, Progress
from course.reports import hints

SUITE = '''\
from course.checks.promises import Misconception, promise

TASKS = {1: "first", 2: "second"}

WRONG = Misconception(id="X1", belief="b", truth="t", authority="a", lesson="echo", see="1. Part")
OTHER = Misconception(id="X2", belief="c", truth="t", authority="a", lesson="echo", see="2. Part")


def hints(letter):
    return [f"{letter}-one", f"{letter}-two", f"{letter}-three"]


@promise(
    task=1,
    hints=hints("a"),
    usually=WRONG,
)
def test_a(chapter):
    """The first promise."""


@promise(
    task=2,
    hints=hints("b"),
    usually=WRONG,
    hints_if={"leak": hints("l"), OSError: hints("o"), OTHER: hints("m")},
)
def test_b(chapter):
    """The second promise."""


@promise(
    task=2,
    hints=hints("c"),
    usually=WRONG,
)
def test_c(chapter):
    """The third promise."""
'''
ALL = [f"{letter}-{level}" for letter in "ablomc" for level in ("one", "two", "three")]


@dataclass
class Learner:
    chapter: Chapter
    seen: list[list[str]] = field(default_factory=list)

    def hint(self, **options):
        """Ask for a hint; return which hints were shown, and all that was said."""
        console = Console(width=500)
        with console.capture() as capture:
            hints.hint(self.chapter, console, **options)
        return [hint for hint in ALL if hint in capture.get()], capture.get()

    def checked(self, *kinds, clues=()):
        """Write down what a check would have found, and the clues of the second promise."""
        promises = hints.promises_of(self.chapter)
        outcomes = {test: Kind(kind) for test, kind in zip(promises, kinds, strict=True)}
        tasks = {test: promise.task for test, (promise, _) in promises.items()}
        Progress(self.chapter.root).note(self.chapter, outcomes, tasks, clues={"test_b": clues})


@pytest.fixture
def learner(tmp_path):
    for folder in ("chapters", "solutions", "tests"):
        (tmp_path / folder).mkdir()
    chapter = Chapter("ch01_one", tmp_path)
    chapter.suite.write_text(SUITE, encoding="utf-8")
    return Learner(chapter)


def test_levels_come_one_by_one_and_the_last_stays(learner):
    shown = [learner.hint()[0] for _ in range(4)]
    assert shown == [["a-one"], ["a-one", "a-two"], ALL[:3], ALL[:3]]


def test_after_the_last_hint_there_is_a_way_on(learner):
    for _ in range(3):
        _, said = learner.hint()
    assert "lesson echo, “1. Part”" in said
    assert "solution one --task 1 --spoil" in said


def test_what_is_broken_comes_before_what_is_to_do(learner):
    learner.checked("to do", "kept", "broken")
    assert learner.hint()[0] == ["c-one"]


def test_what_is_to_do_comes_before_what_is_kept(learner):
    learner.checked("kept", "to do", "kept")
    assert learner.hint()[0] == ["b-one"]


def test_no_hint_where_every_promise_is_kept(learner):
    learner.chapter.workbench.write_text("# as it was checked")
    learner.checked("kept", "kept", "kept")
    for options, where in (({}, "chapter 1"), ({"task": "2"}, "task 2")):
        shown, said = learner.hint(**options)
        assert shown == []
        assert f"every promise of {where}, so no hint is due" in said
    assert learner.hint(again=True)[0] == []
    assert learner.hint(everything=True)[0] == ALL


def test_a_task_that_is_kept_needs_no_hint_while_another_does(learner):
    learner.chapter.workbench.write_text("# as it was checked")
    learner.checked("kept", "broken", "to do")
    assert learner.hint(task="1")[0] == []
    assert learner.hint()[0] == ["b-one"]


def test_a_file_that_has_changed_since_all_was_kept_is_to_be_checked_again(learner):
    learner.chapter.workbench.write_text("# as it was checked")
    learner.checked("kept", "kept", "kept")
    learner.chapter.workbench.write_text("# changed")
    shown, said = learner.hint(task="2")
    assert shown == []
    assert "since task 2 was checked, so check again: python3 -m course check one --task 2" in said


def test_tasks_that_were_checked_in_an_earlier_state_of_the_file_are_named(learner):
    promises = hints.promises_of(learner.chapter)
    kept = dict.fromkeys(promises, Kind.KEPT)
    tasks = {test: promise.task for test, (promise, _) in promises.items()}
    for task in (1, 2):
        learner.chapter.workbench.write_text(f"# task {task} is written")
        Progress(learner.chapter.root).note(learner.chapter, kept, tasks, task)
    shown, said = learner.hint()
    assert shown == []
    assert "The file has changed since task 1 was checked, so check again" in said


def test_a_task_of_its_own(learner):
    learner.checked("broken", "to do", "to do")
    assert learner.hint(task="2")[0] == ["b-one"]
    assert learner.hint(task="2")[0] == ["b-one", "b-two"]
    assert learner.hint()[0] == ["a-one"]


def test_what_was_checked_last_comes_before_what_an_earlier_state_of_the_file_broke(learner):
    learner.chapter.workbench.write_text("# as it was")
    learner.checked("broken", "kept", "kept")
    learner.chapter.workbench.write_text("# task 1 is repaired, task 2 is not")
    progress = Progress(learner.chapter.root)
    progress.note(learner.chapter, {"test_b": Kind.BROKEN}, {"test_b": 2}, 2)
    assert learner.hint()[0] == ["b-one"]


def test_again_shows_what_was_shown_and_counts_nothing(learner):
    _, said = learner.hint(again=True)
    assert "Leave out --again" in said
    learner.hint()
    learner.hint(task="2")
    learner.hint(task="2")
    assert learner.hint(again=True)[0] == ["a-one", "b-one", "b-two"]
    assert learner.hint(again=True, task="2")[0] == ["b-one", "b-two"]
    assert learner.hint()[0] == ["a-one", "a-two"]


def test_all_shows_everything_and_counts_nothing(learner):
    assert learner.hint(everything=True)[0] == ALL
    assert learner.hint(everything=True, task="1")[0] == ALL[:3]
    assert learner.hint()[0] == ["a-one"]


@pytest.mark.parametrize(
    ("clues", "letter"),
    [
        (("X1", "leak"), "l"),
        (("ConnectionResetError", "ConnectionError", "OSError", "Exception"), "o"),
        (("X2", "leak"), "m"),
        (("hang",), "b"),
        ((), "b"),
    ],
)
def test_the_hints_are_those_of_the_failure(learner, clues, letter):
    learner.checked("kept", "broken", "kept", clues=clues)
    assert learner.hint()[0] == [f"{letter}-one"]
    assert learner.hint()[0] == [f"{letter}-one", f"{letter}-two"]


def test_another_failure_begins_with_its_first_hint_and_the_old_one_goes_on(learner):
    learner.checked("kept", "broken", "kept", clues=["leak"])
    learner.hint()
    learner.checked("kept", "broken", "kept", clues=["ValueError"])
    assert learner.hint()[0] == ["b-one"]
    learner.checked("kept", "broken", "kept", clues=["leak"])
    assert learner.hint()[0] == ["l-one", "l-two"]
    assert learner.hint(again=True)[0] == ["b-one", "l-one", "l-two"]


def test_a_new_fault_of_the_same_promise_begins_with_its_first_hint(learner):
    learner.checked("kept", "broken", "kept", clues=["X1"])
    for _ in range(3):
        learner.hint()
    learner.checked("kept", "broken", "kept", clues=["ValueError", "Exception"])
    assert learner.hint()[0] == ["b-one"]
    assert learner.hint(again=True)[0] == ["b-one", "b-two", "b-three"]
    learner.checked("kept", "broken", "kept", clues=["X1"])
    assert "That was the last hint" in learner.hint()[1]


def test_hints_from_before_any_failure_are_not_asked_for_again(learner):
    learner.hint(task="2")
    learner.checked("kept", "broken", "kept", clues=["X1"])
    assert learner.hint()[0] == ["b-one", "b-two"]


@pytest.mark.parametrize(
    ("clues", "part"), [(["X2"], "“2. Part”"), (["X1"], "“1. Part”"), ([], "")]
)
def test_after_the_last_hint_the_lesson_is_named_only_if_it_is_about_the_failure(
    learner, clues, part
):
    learner.checked("kept", "broken", "kept", clues=clues)
    for _ in range(3):
        _, said = learner.hint()
    assert ("This is shown in" in said) is bool(part)
    assert part in said


def test_looking_at_all_hints_says_when_each_is_for(learner):
    _, said = learner.hint(everything=True, task="2")
    for when in ("something is left open", "your code raises OSError", "you may think “c”"):
        assert when in said


def test_a_check_in_between_forgets_no_hint(learner):
    learner.hint()
    learner.checked("broken", "to do", "to do")
    assert learner.hint()[0] == ["a-one", "a-two"]


def test_an_unknown_task_names_those_that_exist(learner):
    with pytest.raises(UsageError, match="1 first, 2 second"):
        learner.hint(task="3")


@pytest.mark.parametrize("damage", ["def (:", "raise SystemExit", "\udcff", "x = 1"])
def test_a_suite_that_cannot_be_used_is_one_line(learner, damage):
    text = damage if damage == "x = 1" else SUITE + damage
    learner.chapter.suite.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CourseError, match=r"test_ch01_one\.py cannot be run: "):
        learner.hint()
