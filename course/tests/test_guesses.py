"""Guesses: asked, committed, kept and looked back at, as text, with buttons, and under nbval."""

import html
import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from course.maintain.lessons.questions import question_faults
from course.model.chapters import find
from course.model.errors import CourseError
from course.model.guesses import questions_of
from course.reports.guesses import sum_of
from course.tests.a_copy import PATIENCE, copy_of_the_course, environment

ECHO = """\
[waits]
question = "Nobody has called `accept()`. What does `connect()` do?"
choices = ["It waits.", "It returns at once.", "It raises `<OSError>` & stops."]
answer = 2
because = "The kernel answers."
see = "1 · Three sockets"

[sockets]
question = "How many sockets does the server hold?"
choices = ["One.", "Two."]
answer = 2
because = "One more for each client."
see = "1 · Three sockets"

[end]
question = "The client has closed. What does `recv()` return?"
choices = ["`b''`", "`None`"]
answer = 1
because = "No byte can follow."
see = "2 · The end"
"""
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
SETUP = "from course.notebook import guess, guesses, recall\n"


def many(slug, count):
    """Return the questions of another lesson: the answer to each is choice 2."""
    return "\n".join(
        f'[{slug}-{n}]\nquestion = "{slug} {n}?"\nchoices = ["{n} no", "{n} yes"]\nanswer = 2\n'
        f'because = "It is so."\nsee = "1 · Part"\n'
        for n in range(count)
    )


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Make a copy in which three lessons ask."""
    root = tmp_path_factory.mktemp("a course")
    copy_of_the_course(root)
    (root / "notebooks").mkdir()
    find("echo", root).questions.write_text(ECHO, encoding="utf-8")
    find("four_tuple", root).questions.write_text(many("four", 24), encoding="utf-8")
    find("closing", root).questions.write_text(many("closing", 2), encoding="utf-8")
    return root


@pytest.fixture(autouse=True)
def memory(course):
    """Return the file of guesses, which is missing at first."""
    file = course / ".course" / "guesses.json"
    yield file
    file.unlink(missing_ok=True)


def start(course, code, **variables):
    return subprocess.Popen(
        [sys.executable, "-c", SETUP + code],
        cwd=course / "notebooks",
        env=environment(PYTHONPATH=str(course), **variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def said(course, *calls, form="text/plain", **variables):
    """Evaluate calls in a Python of their own, one after the other; return a form of each."""
    show = f"import json\nprint(json.dumps([eval(c).forms()[{form!r}] for c in {calls!r}]))"
    process = start(course, show, **variables)
    out, errors = process.communicate(timeout=PATIENCE)
    assert errors == ""
    return json.loads(out)


# --- The questions ------------------------------------------------------------------------------


def test_the_questions_of_a_chapter_come_in_order(course):
    first, *others = questions_of(find("echo", course))
    assert (first.id, first.choices[1], first.answer) == ("waits", "It returns at once.", 2)
    assert (first.because, first.see) == ("The kernel answers.", "1 · Three sockets")
    assert [question.id for question in others] == ["sockets", "end"]
    assert questions_of(find("accept", course)) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('because = "The', 'because = The"', "line 5"),
        ('see = "2 · The end"\n', "", "[end] has to have these fields: question, choices"),
        ("answer = 1", "answer = 1\nhint = 2", "[end] has to have these fields"),
        ("answer = 1", 'answer = "1"', "[end] answer has to be of the type int"),
        ("answer = 1", "answer = true", "[end] answer has to be of the type int"),
        ("answer = 1", "answer = 3", "[end] answer has to be a number from 1 to 2"),
        ("answer = 1", "answer = 0", "[end] answer has to be a number from 1 to 2"),
        ('["One.", "Two."]', '["One.", 2]', "[sockets] choices have to be texts"),
        ("[waits]", "a = 1\n[waits]", "[a] has to have these fields"),
        ("[sockets]", "[waits]", "waits"),
        (ECHO, "\0", "cannot be read"),
    ],
)
def test_a_damaged_file_of_questions_is_one_line(course, old, new, said):
    file = find("echo", course).questions
    assert old in ECHO
    file.write_text(ECHO.replace(old, new), encoding="utf-8")
    try:
        with pytest.raises(CourseError) as error:
            questions_of(find("echo", course))
    finally:
        file.write_text(ECHO, encoding="utf-8")
    assert said in str(error.value)
    assert f"{file.name}" in str(error.value)
    assert "\n" not in str(error.value)


def test_in_a_lesson_a_damaged_file_is_one_line_and_other_lessons_go_on(course):
    file = find("echo", course).questions
    file.write_text("[", encoding="utf-8")
    try:
        texts = said(course, "guess('waits')", "guesses('echo')", "guess('four-1', 1)")
        (recalled,) = said(course, "recall('closing').parts[0]")
    finally:
        file.write_text(ECHO, encoding="utf-8")
    for text in texts[:2]:
        assert text.startswith("course: ")
        assert file.name in text
        assert "\n" not in text
    assert "▸ 1  1 no" in texts[2]
    assert recalled.startswith("Your answer · four 1?")


# --- As text ------------------------------------------------------------------------------------

OPEN = """\
Your guess · Nobody has called `accept()`. What does `connect()` do?
  1  It waits.
  2  It returns at once.
  3  It raises `<OSError>` & stops.
To commit your guess, put its number in this call: guess("waits", NUMBER)"""
MADE = """\
Your guess · Nobody has called `accept()`. What does `connect()` do?
▸ 1  It waits.
  2  It returns at once.
  3  It raises `<OSError>` & stops.
Noted. Run the next cell."""
STAYS = MADE.replace("Noted.", "Your first guess stays.")


def test_a_guess_is_asked_committed_and_stays(course, memory):
    calls = ("guess('waits')", "guess('waits', 1)", "guess('waits')", "guess('waits', 2)")
    assert said(course, *calls) == [OPEN, MADE, MADE, STAYS]
    assert said(course, "guess('waits')") == [MADE]
    assert json.loads(memory.read_text("utf-8")) == {"waits": ["It waits."]}


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("guess('waits', 4)", "course: 4 is not a choice. Choose 1, 2 or 3."),
        ("guess('waits', 0)", "course: 0 is not a choice. Choose 1, 2 or 3."),
        ("guess('waits', 'two')", "course: 'two' is not a choice. Choose 1, 2 or 3."),
        ("guess('waits', True)", "course: True is not a choice. Choose 1, 2 or 3."),
        ("guess('waits', 1.5)", "course: 1.5 is not a choice. Choose 1, 2 or 3."),
        ("guess('end', [])", "course: [] is not a choice. Choose 1 or 2."),
        ("guess('wait')", "course: no lesson has a question 'wait'. Similar: waits."),
        ("guess(None)", "course: no lesson has a question None."),
        ("guess([])", "course: no lesson has a question []."),
        ("recall('zz', 1)", "course: no lesson has a question 'zz'."),
        ("recall('waits', 9)", "course: 9 is not a choice. Choose 1, 2 or 3."),
        ("guesses('accept')", "The lesson accept asks for no guesses."),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(course, memory, call, line):
    assert said(course, call) == [line]
    assert not memory.exists()


@pytest.mark.parametrize("call", ["guesses('zz')", "guesses(None)", "recall('zz')", "recall(-1)"])
def test_an_unknown_chapter_is_one_line(course, call):
    (text,) = said(course, call)
    assert text.startswith("course: chapter ")
    assert "\n" not in text


def test_a_choice_may_be_given_as_digits(course):
    assert said(course, "guess('waits', '1')") == [MADE]


def test_nothing_tells_whether_a_guess_is_right(course):
    right, wrong = said(course, "guess('waits', 2)", "guess('end', 2)", form="text/html")
    for page in (right, wrong, *said(course, "guess('sockets')", form="text/html")):
        assert not re.search(
            "right|wrong|answers|One more|No byte|✓|✗", page.partition("</style>")[2]
        )


# --- Looking back -------------------------------------------------------------------------------

TABLE = """\
1 of your 2 guesses was right. Surprises are what you remember best. 1 question has no guess.

✗ Nobody has called `accept()`. What does `connect()` do?
  you guessed    It waits.
  what happened  It returns at once. The kernel answers.
  read again     1 · Three sockets

✓ How many sockets does the server hold?
  you guessed    Two.
  what happened  Two. One more for each client.

· The client has closed. What does `recv()` return?
  you guessed    no guess
  what happened  `b''`. No byte can follow."""


def test_the_table_says_what_was_guessed_what_happened_and_where_to_read(course):
    said(course, "guess('waits', 1)", "guess('sockets', 2)")
    assert said(course, "guesses('echo')") == [TABLE]


class Cells(HTMLParser):
    """The text of each cell of a table; and every tag must be closed."""

    def __init__(self):
        super().__init__()
        self.open, self.rows, self.scopes = [], [], []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.scopes.append(dict(attributes).get("scope"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & {*self.open}:
            self.rows[-1][-1] += data


def test_the_table_as_html_has_headers_for_its_rows_and_columns(course):
    said(course, "guess('waits', 3)")
    (page,) = said(course, "guesses('echo')", form="text/html")
    cells = Cells()
    cells.feed(page)
    assert cells.open == []
    assert cells.rows[0] == ["Question", "You guessed", "What happened", "Read again"]
    assert cells.rows[1][1:] == [
        "✗ It raises <OSError> & stops.",
        "It returns at once. The kernel answers.",
        "1 · Three sockets",
    ]
    assert cells.rows[2][1:] == ["no guess", "Two. One more for each client.", ""]
    assert cells.scopes == ["col"] * 4 + ["row", None, None, None] * 3
    assert 'role="img" aria-label="not so:">✗' in page
    assert "<code>&lt;OSError&gt;</code> &amp; stops." in page


@pytest.mark.parametrize(
    ("asked", "guessed", "right", "sentence"),
    [
        (5, 0, 0, "You made no guess in this lesson. One click before each demonstration is enough."),
        (5, 5, 5, "All your 5 guesses were right."),
        (1, 1, 1, "Your guess was right."),
        (5, 4, 4, "All your 4 guesses were right. 1 question has no guess."),
        (5, 5, 3, "3 of your 5 guesses were right. Surprises are what you remember best."),
        (6, 2, 0, "0 of your 2 guesses were right. Surprises are what you remember best."
                  " 4 questions have no guess."),
    ],
)  # fmt: skip
def test_the_sum_is_friendly(asked, guessed, right, sentence):
    assert sum_of(asked, guessed, right) == sentence


def recalled(course, slug):
    """Return what `recall` shows, and the ids that it asks."""
    out, _errors = start(course, f"print(recall('{slug}'))").communicate(timeout=PATIENCE)
    text = out.rstrip()
    return text, re.findall(r'recall\("(.*?)"', text)


def test_what_was_wrong_is_asked_again_the_latest_first(course):
    assert recalled(course, "closing")[0] == "Nothing to repeat from earlier lessons."
    wrong = ("waits", "four-3", "end", "four-1", "closing-1")
    said(course, *(f"guess('{each}', {1 + (each == 'end')})" for each in wrong))
    said(course, "guess('sockets', 2)")
    assert recalled(course, "echo")[1] == []
    assert recalled(course, "four_tuple")[1] == ["end", "waits"]
    assert recalled(course, "closing")[1] == ["four-1", "end", "four-3"]
    assert recalled(course, "framing")[1] == ["closing-1", "four-1", "end"]
    said(course, "recall('four-3', 1)")
    assert recalled(course, "closing")[1] == ["four-3", "four-1", "end"]


def test_the_last_answer_decides_and_the_first_stays_the_guess(course):
    said(course, "guess('waits', 1)", "guess('end', 2)")
    again, right = said(course, "recall('waits', 3)", "recall('end', 1)")
    assert " ".join(again.split()).endswith(
        "✗ Not this time. It returns at once. The kernel answers. "
        'Read again: echo, "1 · Three sockets".'
    )
    assert right.endswith("✓ Right this time. No byte can follow.")
    assert recalled(course, "four_tuple")[1] == ["waits"]
    (table,) = said(course, "guesses('echo')")
    assert "you guessed    It waits." in table
    assert "you guessed    `None`" in table


def test_a_guess_outlives_another_order_of_the_choices_and_not_their_rewriting(course):
    said(course, "guess('waits', 1)", "guess('sockets', 1)")
    file = find("echo", course).questions
    changed = ECHO.replace(
        '"It waits.", "It returns at once."', '"It returns at once.", "It waits."'
    )
    file.write_text(changed.replace('"One."', '"Only one."'), encoding="utf-8")
    try:
        waits, sockets = said(course, "guess('waits')", "guess('sockets')")
    finally:
        file.write_text(ECHO, encoding="utf-8")
    assert "▸ 2  It waits." in waits
    assert "NUMBER" in sockets


# --- The memory ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"", []),
        (b"{", []),
        (b"\xff\xfe", []),
        (b"[]", []),
        (b"null", []),
        (b"[" * 100_000, []),
        (b'{"sockets": 3}', []),
        (b'{"sockets": ["One."], "end": [1]}', ["sockets"]),
        (b'{"sockets": ["One."], "end": {}}', ["sockets"]),
    ],
)
def test_a_damaged_memory_is_kept_aside_and_reported_in_one_line(course, memory, content, kept):
    memory.parent.mkdir(exist_ok=True)
    memory.write_bytes(content)
    table, made, again = said(course, "guesses('echo')", "guess('waits', 1)", "guess('waits')")
    assert table.splitlines()[-1].startswith(".course/guesses.json was damaged.")
    assert "Noted." in made
    assert ".course/guesses.json was damaged." in " ".join(made.split())
    assert again == MADE
    assert [*json.loads(memory.read_text("utf-8"))] == [*kept, "waits"]
    copies = (course / ".course" / "copies").glob("guesses.*.json")
    assert content in [copy.read_bytes() for copy in copies]


def test_where_nothing_can_be_written_a_lesson_goes_on(course):
    folder = course / ".course"
    aside = course / "aside"
    if folder.exists():
        folder.rename(aside)
    folder.write_text("this is a file", encoding="utf-8")
    try:
        texts = said(
            course, "guess('waits', 1)", "guess('waits')", "guess('sockets')", "guesses('echo')"
        )
        texts = [" ".join(text.split()) for text in texts]
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)
    assert "▸ 1 It waits." in texts[0]
    assert "cannot be written" in texts[0]
    assert "forgotten when the kernel stops" in texts[0]
    assert "▸ 1 It waits." in texts[1]
    assert "NUMBER" in texts[2]
    assert "✗ Nobody has called" in texts[3]


def at_once(course, *programs):
    """Run programs that all begin at the same moment; return what they print."""
    ready = "import sys\nprint('ready', flush=True)\nsys.stdin.readline()\n"
    processes = [start(course, ready + program) for program in programs]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    finished = [process.communicate(timeout=PATIENCE) for process in processes]
    assert [errors for _out, errors in finished] == [""] * len(programs)
    return [out for out, _errors in finished]


def test_kernels_that_write_at_once_lose_nothing(course, memory):
    parts = [range(first, 24, 4) for first in range(4)]
    programs = [f"for n in {[*part]}: print(guess(f'four-{{n}}', 1))" for part in parts]
    outs = at_once(course, *programs)
    assert "".join(outs).count("Noted. Run the next cell.") == 24
    assert json.loads(memory.read_text("utf-8")).keys() == {f"four-{n}" for n in range(24)}


def test_of_kernels_that_answer_the_same_question_at_once_one_is_first(course, memory):
    outs = at_once(course, *(f"print(guess('waits', {n % 3 + 1}))" for n in range(4)))
    (first,) = json.loads(memory.read_text("utf-8"))["waits"]
    marked = [re.search(r"▸ \d  (.*)", out)[1] for out in outs]
    assert marked == [first] * 4


# --- With buttons -------------------------------------------------------------------------------


class Kernel:
    """A kernel of JupyterLab, and what it sends."""

    def __init__(self, course):
        self.manager, self.client = start_new_kernel(
            cwd=course / "notebooks",
            env=environment(PYTHONPATH=str(course), JPY_SESSION_NAME="ch01_echo.ipynb"),
        )
        self.run(SETUP)

    def run(self, code):
        """Run a cell and return the messages that it causes."""
        return self._until_idle(self.client.execute(code))

    def click(self, button):
        """Click a button, as JupyterLab does, and return the messages that this causes."""
        content = {"event": "click"}
        message = self.client.session.msg(
            "comm_msg", {"comm_id": button, "data": {"method": "custom", "content": content}}
        )
        self.client.shell_channel.send(message)
        return self._until_idle(message["header"]["msg_id"])

    def set(self, widget, **state):
        """Change what a widget shows, as JupyterLab does, and return the messages that this causes."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        message = self.client.session.msg("comm_msg", {"comm_id": widget, "data": data})
        self.client.shell_channel.send(message)
        return self._until_idle(message["header"]["msg_id"])

    def _until_idle(self, asked):
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == asked:
                assert message["msg_type"] != "error", message["content"]
                if message["content"].get("execution_state") == "idle":
                    return messages
                messages.append(message)

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(course):
    kernel = Kernel(course)
    yield kernel
    kernel.stop()


def models(messages, name):
    """Return the widgets of a kind that were made, as pairs of id and state."""
    made = [message["content"] for message in messages if message["msg_type"] == "comm_open"]
    states = [(content["comm_id"], content["data"]["state"]) for content in made]
    return [(comm, state) for comm, state in states if state["_model_name"] == name]


def buttons(messages):
    return {state["description"]: comm for comm, state in models(messages, "ButtonModel")}


def changes(messages):
    """Return what changed, by widget."""
    found = {}
    for message in messages:
        if message["msg_type"] == "comm_msg" and message["content"]["data"]["method"] == "update":
            content = message["content"]
            found.setdefault(content["comm_id"], {}).update(content["data"]["state"])
    return found


def shown(messages, kind="display_data"):
    return [message["content"]["data"] for message in messages if message["msg_type"] == kind]


def plain(data):
    return html.unescape(
        re.sub("<style>.*?</style>|<[^>]*>", "", data["text/html"], flags=re.DOTALL)
    )


def test_one_click_commits_and_the_others_are_disabled(kernel, memory):
    asked = kernel.run("guess('waits')")
    saved, view = shown(asked)
    (box,) = models(asked, "VBoxModel")
    assert view == {WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": box[0]}}
    assert "Run this cell to answer." in plain(saved)
    choices = buttons(asked)
    assert [*choices] == [
        "1. It waits.",
        "2. It returns at once.",
        "3. It raises <OSError> & stops.",
    ]
    first, second, third = choices.values()

    clicked = kernel.click(first)
    changed = changes(clicked)
    assert changed[first] == {"description": "1. It waits. (your guess)"}  # it keeps the focus
    assert changed[second]["disabled"]
    assert changed[third]["disabled"]
    assert any("Noted. Run the next cell." in state.get("value", "") for state in changed.values())
    (saved,) = shown(clicked, "update_display_data")
    assert re.search(r"◉It waits\.your guess\s*○It returns", plain(saved))
    assert json.loads(memory.read_text("utf-8")) == {"waits": ["It waits."]}

    kernel.click(second)
    kernel.click(first)
    assert json.loads(memory.read_text("utf-8")) == {"waits": ["It waits."]}
    again = kernel.run("guess('waits')")
    assert buttons(again) == {}
    assert shown(again, "execute_result")[0]["text/plain"] == MADE


def test_no_message_says_whether_the_guess_is_right(kernel):
    asked = kernel.run("guess('end')")
    everything = json.dumps([*asked, *kernel.click(buttons(asked)["2. None"])], default=str)
    assert "your guess" in everything
    assert "No byte can follow" not in everything
    assert '"answer"' not in everything


def test_a_guess_made_elsewhere_in_the_meantime_stays(kernel, course, memory):
    asked = kernel.run("guess('sockets')")
    said(course, "guess('sockets', 1)")
    one, two = buttons(asked).values()
    changed = changes(kernel.click(two))
    assert "your guess" in changed[one]["description"]
    assert changed[two]["disabled"]
    assert any("Your first guess stays." in state.get("value", "") for state in changed.values())
    assert json.loads(memory.read_text("utf-8")) == {"sockets": ["One."]}


def test_all_cells_can_run_before_anything_is_answered(kernel, memory):
    asked = kernel.run("guess('waits')")
    kernel.run("1 + 1")
    kernel.run("guess('end')")
    kernel.click(buttons(asked)["2. It returns at once."])
    assert json.loads(memory.read_text("utf-8")) == {"waits": ["It returns at once."]}


def test_recall_says_at_once_whether_it_is_right_this_time(kernel, memory):
    kernel.run("guess('waits', 1)")
    kernel.run("guess('end', 2)")
    asked = kernel.run("recall('four_tuple')")
    assert len(models(asked, "VBoxModel")) == 2
    choices = buttons(asked)
    right = kernel.click(choices["1. b''"])
    wrong = kernel.click(choices["1. It waits."])
    assert "✓ Right this time. No byte can follow." in plain(shown(right, "update_display_data")[0])
    assert 'Read again: echo, "1 · Three sockets".' in plain(shown(wrong, "update_display_data")[0])
    assert len(models(kernel.run("recall('four_tuple')"), "VBoxModel")) == 1
    kernel.click(choices["1. It waits."])
    assert json.loads(memory.read_text("utf-8"))["waits"] == ["It waits.", "It waits."]


def test_damage_is_reported_below_the_buttons(kernel, memory):
    asked = kernel.run("guess('waits')")
    memory.parent.mkdir(exist_ok=True)
    memory.write_text("{", encoding="utf-8")
    clicked = kernel.click(buttons(asked)["1. It waits."])
    assert "was damaged" in plain(shown(clicked, "update_display_data")[0])


# --- A lesson that is stored and compared ---------------------------------------------------------


@pytest.fixture(scope="module")
def lesson(course):
    """Store a lesson as `lessons` does, in the notebook of somebody who has guessed."""
    sources = (
        f"import sys\n\nsys.path.insert(0, '..')\n\n{SETUP}",
        "guess('waits')",
        "guess('end')",
        'guesses("echo")',
    )
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    file = find("echo", course).notebook
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    store = (
        "from course.maintain.lessons import edit\n"
        "from course.model.chapters import find\n"
        "print(guess('waits', 1))\n"
        "edit.run(find('echo'))"
    )
    _out, errors = start(course, store, JPY_SESSION_NAME="x").communicate(timeout=PATIENCE)
    assert errors == ""
    return file


def test_a_stored_lesson_has_the_question_and_neither_guesses_nor_buttons(lesson):
    *_, asked, _end, table = nbformat.read(lesson, 4).cells
    assert {kind for output in asked.outputs for kind in output.data} == {"text/plain", "text/html"}
    assert asked.outputs[-1].data["text/plain"] == OPEN
    assert "<style>" not in asked.outputs[-1].data["text/html"]
    assert table.outputs == []


@pytest.mark.parametrize(
    ("calls", "variables"),
    [((), {}), (("guess('waits', 2)", "guess('end', 2)"), {"JPY_SESSION_NAME": "x"})],
)
def test_nbval_compares_the_same_whatever_was_guessed(course, lesson, memory, calls, variables):
    said(course, *calls)
    before = memory.read_bytes() if calls else None
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-k", "Cell", "-q", str(lesson)],
        cwd=course,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "4 passed" in done.stdout, done.stdout
    assert (memory.read_bytes() if memory.exists() else None) == before


# --- The rules ----------------------------------------------------------------------------------

HEADINGS = "## 1 · Three sockets\n\n## 2 · The end"
ASKED = ("guess('waits')", 'guess("sockets")', "guess('end')")


def cells_that(*sources, prose=HEADINGS):
    code = [{"cell_type": "code", "source": source} for source in sources]
    return [{"cell_type": "markdown", "source": prose}, *code]


def faults_of(course, questions=ECHO, sources=ASKED, **prose):
    file = find("echo", course).questions
    file.write_text(questions, encoding="utf-8")
    try:
        return question_faults(find("echo", course), cells_that("import socket", *sources, **prose))
    finally:
        file.write_text(ECHO, encoding="utf-8")


def test_a_lesson_that_keeps_the_rules_of_questions(course):
    assert faults_of(course) == []
    assert question_faults(find("accept", course), cells_that("print(1)")) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("answer = 1", "answer = 5", "[end] answer has to be a number"),
        (
            '["One.", "Two."]',
            '["One.", "Two.", "one. ", "3"]',
            "[sockets] offers the same choice twice",
        ),
        ('["One.", "Two."]', '["1", "2", "3", "4", "5"]', "[sockets] has 5 choices"),
        ("`None`", "`None", "[end] has a backtick without its partner"),
        ('"No byte can follow."', '" "', "[end] has an empty text"),
        ("2 · The end", "2 · The End", "[end] sends the learner to '2 · The End'"),
        ("answer = 1", "answer = 2", "the answer to every question is choice 2"),
    ],
)
def test_a_question_that_breaks_a_rule_is_a_fault(course, old, new, fault):
    assert old in ECHO
    (found,) = faults_of(course, ECHO.replace(old, new))
    assert fault in found


def test_more_than_six_questions_are_a_fault(course):
    more = [f"guess('more-{n}')" for n in range(4)]
    (fault,) = faults_of(
        course, ECHO + many("more", 4), ASKED + tuple(more), prose=f"{HEADINGS}\n## 1 · Part"
    )
    assert "7 questions" in fault


def test_a_question_of_another_lesson_is_a_fault(course):
    again = many("four", 1)
    (fault,) = faults_of(
        course, ECHO + again, (*ASKED, "guess('four-0')"), prose=f"{HEADINGS}\n## 1 · Part"
    )
    assert fault == "[four-0] is a question of four_tuple as well"


@pytest.mark.parametrize(
    ("sources", "fault"),
    [
        (ASKED[:2], "[end] is asked by 0 cells"),
        ((*ASKED, ASKED[2]), "[end] is asked by 2 cells"),
        ((*ASKED, "guess('zz')"), "guess('zz') asks a question that "),
        ((*ASKED, "guess('end', 1)"), 'cell 5 has to be one line, guess("id")'),
        ((*ASKED, "x = guess('end')"), 'cell 5 has to be one line, guess("id")'),
        ((*ASKED, "guess('end')\nprint(1)"), 'cell 5 has to be one line, guess("id")'),
        ((*ASKED, "guess(name)"), 'cell 5 has to be one line, guess("id")'),
    ],
)
def test_a_question_is_asked_by_one_cell_that_does_nothing_else(course, sources, fault):
    (found,) = faults_of(course, sources=sources)
    assert fault in found


def test_a_guess_in_a_lesson_without_questions_is_a_fault(course):
    (fault,) = question_faults(find("accept", course), cells_that("guess('waits')"))
    assert "guess('waits') asks a question that " in fault
