"""`python3 -m course replay` on wrong answers of several kinds: what it shows, and in which order."""

import re

import pytest

from course.model.chapters import Chapter, chapters
from course.tests.a_copy import copy_of_the_course, course

LONGEST = 60  # lines
ECHO, TUPLE, ACCEPT = "ch01_echo", "ch02_four_tuple", "ch03_accept"
CLOSING, FRAMING = "ch04_closing", "ch05_framing"
LOUD = ("conn.sendall(piece)", "conn.sendall(piece.upper())")
ANSWERS_LATE = (
    "        conn.sendall(piece)\n        total += len(piece)\n    return total",
    "        total += len(piece)\n    conn.sendall(b'.' * total)\n    return total",
)
NEVER_ENDS = (
    "while piece := conn.recv(CHUNK):\n        conn",
    "while True:\n        piece = conn.recv(CHUNK)\n        conn",
)
LEAVES_OPEN = (
    "        listener.close()\n        raise\n    return listener\n\n\ndef echo",
    "        raise\n    return listener\n\n\ndef echo",
)
WRONG_NAME = (
    "local=segment.destination, remote=segment.source",
    "segment.source, segment.destination",
)
FORGETS = (
    "                payloads.append(payload)\n",
    "                payloads.append(payload)\n            self._buffer.clear()\n",
)
SELECTS = (
    "        while True:\n            ready = {key.fileobj for key, _events in selector.select()}\n",
    "        import select\n\n        while True:\n"
    "            ready, _, _ = select.select([listener, wake], [], [])\n",
)
BELIEVES_OPTIONS = ("with conn, suppress(OSError):", "with conn:")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    copy_of_the_course(folder)
    return folder


@pytest.fixture
def answer(root):
    """Write a solution with one change as the learner's file; the others are the solutions."""

    def write(stem, *change):
        for chapter in chapters(root):
            chapter.workbench.write_text(chapter.solution.read_text("utf-8"), encoding="utf-8")
        text = Chapter(stem, root).solution.read_text("utf-8")
        if change:
            assert text.count(change[0]) == 1
            text = text.replace(*change)
        Chapter(stem, root).workbench.write_text(text, encoding="utf-8")
        return text.splitlines()

    return write


@pytest.fixture
def replay(root):
    def run(*arguments, status=1, **variables):
        done = course(root, "replay", *arguments, **variables)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        lines = re.sub(r"\x1b\[[\d;]*m", "", done.stdout).splitlines()
        assert len(lines) <= LONGEST
        assert max(map(len, lines), default=0) <= 80
        return done.stdout if status != 2 else done.stderr

    return run


def steps(text):
    """Return the steps, each on one line: who made the call, the call, and what came of it."""
    found = []
    for line in text.partition("╭")[0].splitlines():
        if re.match(r" (check|line \d+|ch\d\d:\d+) ", line):
            found.append(" ".join(line.split()))
        elif line.startswith(" " * 11) and line.strip() and found:
            found[-1] += f" {line.strip()}"
    return found[1:]  # the first says which check this is


def number_of(lines, code):
    return next(n for n, line in enumerate(lines, 1) if line.strip() == code)


def in_order(found, *patterns):
    """Require that steps match these patterns, in this order."""
    rest = iter(found)
    for pattern in patterns:
        assert any(re.search(pattern, step) for step in rest), (pattern, found)


def test_a_wrong_value_is_shown_with_every_call_of_both_sides(answer, replay):
    lines = answer(ECHO, *LOUD)
    text = replay("echo", "2", "every_byte_comes_back")
    sends = number_of(lines, "conn.sendall(piece.upper())")
    receives = number_of(lines, "while piece := conn.recv(CHUNK):")
    in_order(
        steps(text),
        r"^check client\.sendall\(b'",
        r"^check client\.shutdown\(socket\.SHUT_WR\)$",
        r"^check echo\(server\)$",
        rf"^line {receives} conn\.recv\(65536\) → b'.*\(\d+ bytes\)$",
        rf"^line {sends} conn\.sendall\(b'.*\(\d+ bytes\)\)$",
        rf"^line {receives} conn\.recv\(65536\) → b''$",
        r"^check echo\(\) → \d+$",
        r"^check receive_all\(client\) → b'",
    )
    assert "expected" in text
    assert ": b'a' expected, b'A' came" in text
    assert " line …    of chapters/ch01_echo.py\n" in text


def test_a_task_may_be_named_by_its_function_or_left_out(answer, replay):
    answer(ECHO, *LOUD)
    ways = (("echo", "2"), ("1", "echo"), ("1",), ())
    found = {"\n".join(steps(replay(*arguments))) for arguments in ways}
    assert len(found) == 1
    assert "echo(server)" in found.pop()


def test_a_hang_ends_with_the_calls_that_have_not_returned(answer, replay):
    lines = answer(ECHO, *ANSWERS_LATE)
    found = steps(replay("echo", "2", "each_piece_comes_back_at_once"))
    receives = number_of(lines, "while piece := conn.recv(CHUNK):")
    in_order(found, r"^check echo\(server\)", r"^check client\.sendall\(b'one'\)$")
    check, mine = sorted(found[-2:])
    assert re.fullmatch(r"check (client.recv|receive_\w+)\(.*\) → has not returned", check)
    assert mine == f"line {receives} conn.recv(65536) → has not returned"


def test_a_leak_is_shown_by_the_call_that_is_missing(answer, replay):
    answer(ECHO, *LEAVES_OPEN)
    text = replay("echo", "1")
    in_order(
        steps(text),
        r"^line \d+ socket\.socket\(socket\.AF_INET, socket\.SOCK_STREAM\)$",
        r"^line \d+ listener\.bind\(.* → raised OSError: Address already in use$",
        r"^check open_listener\(\) → raised OSError",
    )
    assert not [step for step in steps(text) if re.match(r"line .*close", step)]
    assert "left open" in text


def test_an_error_of_the_answer_is_the_last_step(answer, replay):
    answer(ECHO, "    conn, _peer = listener.accept()\n", "    conn, _peer = listener.accept(1)\n")
    *_, inner, outer = steps(replay("echo", "3"))
    assert re.match(r"line \d+ listener\.accept\(1\) → raised TypeError: ", inner)
    assert outer.startswith("check serve_one() → raised TypeError: ")


def test_a_call_of_a_function_can_be_copied(answer, replay):
    answer(TUPLE, *WRONG_NAME)
    text = replay("four_tuple", "demux")
    call, _, result = steps(text)[0].removeprefix("check ").partition(" → ")
    names = {"demux": lambda table, segment: (table, segment)}
    names |= {name: (lambda *fields, name=name: (name, *fields)) for name in ("Entry", "Segment")}
    table, segment = eval(call, names | {"Endpoint": lambda *address: address})
    assert (table[0][0], segment[0]) == ("Entry", "Segment")
    assert result.split()[0] == "None"
    assert 'python3 -i -c "from chapters.ch02_four_tuple import *"' in text
    assert "line …" not in text


def test_a_literal_on_several_lines_can_be_copied(answer, replay):
    answer(ECHO)
    text = replay("request", "6", "same_request_at_every_cut", status=0)
    (argument, *_) = re.findall(
        r"^check parser\.parse\(bytearray\((.*?)\)\) → Request", "\n".join(steps(text)), re.M
    )
    assert "' b'" in argument
    assert eval(argument).endswith(b"\r\nAccept: */*\r\n\r\n")


def test_a_selector_names_its_sockets_as_the_check_does(answer, replay):
    answer("ch07_event_loop", "if self._watched.get(key.fileobj) is key:", "if key:")
    in_order(
        steps(replay("event_loop", "2", "second_watch_replaces_the_first")),
        r"^check loop\.watch\(second, 1, partial\(old, second, first\)\)$",
        r"^line \d+ selector\.register\(second, EVENT_READ\)$",
        r"^line \d+ self\._selector\.select\(None\) → first EVENT_READ, second EVENT_READ$",
    )


def test_a_socket_that_the_check_does_not_name_is_called_as_the_answer_calls_it(answer, replay):
    answer(ACCEPT)
    in_order(
        steps(replay("accept", "6", "stops_twice_and_unstarted", status=0)),
        r"^line \d+ selector\.register\(listener, EVENT_READ\) · acceptor$",
        r"^line \d+ selector\.register\(wake, EVENT_READ\) · acceptor$",
        r"^line \d+ selector\.select\(\) → listener EVENT_READ · acceptor$",
    )


def test_select_names_its_sockets(answer, replay):
    answer(ACCEPT, *SELECTS)
    in_order(
        steps(replay("accept", "4", "wait_ends_when_woken", status=0)),
        r"^line \d+ select\.select\(\[listener, wake\], \[\], \[\]\) → \(\[wake\], \[\], \[\]\)",
    )


def test_of_many_cuts_the_failing_one_is_shown(answer, replay):
    answer(FRAMING, *FORGETS)
    found = steps(replay("framing", "FrameDecoder.feed"))
    assert found[1] == r"check FrameDecoder().feed(b'\x00\x00\x00\x02hi') → [b'hi']"
    *_, head, _promised, rest, _end = found
    assert head == r"check decoder.feed(b'\x00') → []"
    assert rest == r"check decoder.feed(b'\x00\x00\x01a') → []"


@pytest.mark.parametrize(
    ("loop", "told"),
    [
        (NEVER_ENDS[1], r"^line \d+ conn\.sendall\(b''\) \(these 2 steps [\d,]+ times in a row\)$"),
        (
            "while True:\n        piece = conn.recv(CHUNK)\n        continue\n        conn",
            r"^line \d+ conn\.recv\(65536\) → b'' \([\d,]+ times in a row\)$",
        ),
    ],
)
def test_an_endless_loop_says_what_came_again_and_how_often(answer, replay, loop, told):
    answer(ECHO, NEVER_ENDS[0], loop)
    assert re.search(told, "\n".join(steps(replay("echo", "2"))), re.MULTILINE)


def test_another_system_that_the_check_plays_is_named(answer, replay):
    answer(CLOSING, *BELIEVES_OPTIONS)
    found = steps(replay("closing", "1", "peer_may_have_gone_first"))
    in_order(
        found,
        r"^check The check simulates macOS: when the peer .*, setsockopt\(\) raises EINVAL\.$",
        r"^line \d+ conn\.setsockopt\(socket\.SOL_SOCKET, socket\.SO_LINGER, .* → raised OSError",
    )


@pytest.mark.parametrize(
    ("chapter", "task", "promise", "words"),
    [
        (
            "echo",
            "2",
            "pieces_of_any_size_come_back",
            "The check simulates a slow and busy network",
        ),
        (
            "closing",
            "3",
            "stops_when_no_time_is_left",
            "The check replaces this socket's recv() and recv_into().",
        ),
        ("event_loop", "1", "idle_loop_sleeps", "The check replaces select() from here on."),
    ],
)
def test_what_is_not_of_this_machine_is_said(answer, replay, chapter, task, promise, words):
    answer(ECHO)
    assert words in " ".join(steps(replay(chapter, task, promise, status=0)))


def test_nothing_broken_is_a_line_and_a_command_that_shows_a_kept_promise(answer, replay, root):
    answer(ECHO)
    said, command = replay("echo", "2", status=0).splitlines()
    assert "task 2 is kept" in said
    text = course(root, *command.split()[3:]).stdout
    in_order(steps(text), r"^check connected\(\)", r"^line \d+ conn\.recv\(", r"^check receive_all")
    assert "\n ✓ " in text


def test_what_is_not_written_yet_is_status_8(answer, replay):
    answer(ECHO, "    total = 0\n", '    raise NotImplementedError("ch01 task 2: echo")\n')
    assert "to do" in replay("echo", "2", status=8)
    assert "to do" in replay("echo", "2", "every_byte_comes_back", status=8)


def test_a_file_that_cannot_be_read_is_shown_with_its_line(answer, replay):
    answer(ECHO, "def ask(", "def ask((")
    text = replay("echo", "2")
    assert "def ask((" in text
    assert "cannot be read" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("99",), "chapter '99' does not exist"),
        (("echo", "9"), "no task '9'"),
        (("echo", "2", "nonsense"), "There are: every_byte_comes_back, "),
        (("echo", "2", "every_byte_comes_back", "more"), "unrecognized arguments"),
    ],
)
def test_a_command_line_that_means_nothing_is_one_line(replay, arguments, words):
    (line,) = replay(*arguments, status=2).splitlines()
    assert words in line


@pytest.mark.parametrize(
    ("chapter", "task", "promise", "change"),
    [
        (
            "ch19_speed",
            "5",
            "number_of_calls_does_not_grow",
            (
                '    lines = head.decode("latin-1").split("\\r\\n")\n',
                '    lines = [returned(str(line, "latin-1")) for line in head.split(b"\\r\\n")]\n',
            ),
        ),
        (
            "ch13_routing",
            "4",
            "number_of_routes_costs_nothing",
            (
                "        route = search(self.root, method, segments)\n",
                "        for text in self.root.texts:\n            is_number(text)\n"
                "        route = search(self.root, method, segments)\n",
            ),
        ),
    ],
)
def test_what_a_check_counts_is_the_same_when_its_steps_are_recorded(
    answer, replay, root, chapter, task, promise, change
):
    answer(chapter, *change)
    counted = r"\d+ (?:calls|lines of code|lines|for one)\b"
    slug = chapter.partition("_")[2]
    checked = course(root, "check", slug, "--task", task).stdout
    numbers = re.findall(counted, checked.partition("Broken promise")[2])
    assert len(numbers) >= 2
    assert (
        re.findall(counted, replay(slug, task, promise).partition("Broken promise")[2]) == numbers
    )


def test_recording_decides_nothing(answer, replay, root):
    answer(ECHO)
    recorder = root / "course" / "checks" / "recorder.py"
    text = recorder.read_text("utf-8")
    begins = "    def _add(self, step: ReplayStep) -> ReplayStep:\n"
    assert text.count(begins) == 1
    slow = f"{begins}        threading.Event().wait(2.0)\n"
    recorder.write_text(text.replace(begins, slow), encoding="utf-8")
    try:
        said = replay("echo", "2", "every_byte_comes_back", status=0)
    finally:
        recorder.write_text(text, encoding="utf-8")
    assert "While its steps were recorded, the check ended otherwise: " in said
    assert "\n ✓ " in said


def test_colours_only_where_they_are_wanted(answer, replay):
    answer(ECHO, *LOUD)
    assert "\x1b" not in replay("echo", "2")
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    coloured = course_colours(replay, **forced)
    assert coloured
    assert course_colours(replay, **forced, NO_COLOR="1") == []


def course_colours(replay, **variables):
    return re.findall(r"\x1b\[(?:3\d|9\d|38;[\d;]+)m", replay("echo", "2", **variables))


@pytest.mark.parametrize(
    ("change", "task", "said"),
    [
        (("        if cut.partial:\n            raise\n", ""), "5", "encode_frame, read_frame"),
        (("payload = bytes(buffer[4:end])", "payload = buffer[4:end]"), "6", "given"),
        (FORGETS, "7", "FrameDecoder.__init__, feed, finish"),
    ],
)
def test_a_task_is_named_with_its_functions_and_what_nobody_sent_is_given(
    answer, replay, change, task, said
):
    answer(FRAMING, *change)
    text = replay("framing", task)
    assert said in text
    assert ("sent  " in text) == (task == "5")
