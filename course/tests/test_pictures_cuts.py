"""A cut that moves through a stream: what went through the connection, and what readers return."""

import html
import re
import socket

import pytest
from IPython.core.formatters import DisplayFormatter

from course.model.chapters import ROOT
from course.pictures import cuts
from course.tests.test_guesses import WIDGET_VIEW, Kernel, changes, models, shown
from course.tests.test_pictures_overlap import faults


def search_piece(_kept, piece):
    *messages, _rest = piece.split(b"\n")
    return messages, b""


def search_all(kept, piece):
    *messages, rest = (kept + piece).split(b"\n")
    return messages, rest


def test_each_cut_has_its_pieces_and_a_line_for_each_reader():
    assert cuts(b"a\nb\n", search_piece, search_all).text().splitlines() == [
        r"  1  b'a'  b'\nb\n'",
        "   ✗ search_piece  keeps b''                 returns b'', b'b'",
        "   ✓ search_all    keeps b'a'                returns b'a', b'b'",
        r"  2  b'a\n'  b'b\n'",
        "   ✓ search_piece  keeps b''                 returns b'a', b'b'",
        "   ✓ search_all    keeps b''                 returns b'a', b'b'",
        r"  3  b'a\nb'  b'\n'",
        "   ✗ search_piece  keeps b''                 returns b'a', b''",
        "   ✓ search_all    keeps b'b'                returns b'a', b'b'",
    ]


def test_one_cut_says_what_is_returned_and_kept_after_each_piece():
    _, cut, _ = cuts(b"a\nbc", search_all).places
    assert cut.text().splitlines() == [
        r"cut after byte 2:  b'a\n'  b'bc'",
        "✓ search_all",
        "    first  piece  returns b'a'                        keeps b''",
        "    second piece  returns nothing                     keeps b'bc'",
    ]
    assert cut.about() == "Cut after byte 2: search_all returns b'a'."


def test_the_pieces_go_through_a_connection(monkeypatch):
    sent, received = [], []
    real_send, real_recv = socket.socket.sendall, socket.socket.recv

    def sendall(sock, data):
        sent.append(data)
        return real_send(sock, data)

    def recv(sock, size, flags=0):
        data = real_recv(sock, size, flags)
        if not flags:
            received.append(data)
        return data

    monkeypatch.setattr(socket.socket, "sendall", sendall)
    monkeypatch.setattr(socket.socket, "recv", recv)
    cuts(b"abc", search_all)
    assert sent == received == [b"abc", b"a", b"bc", b"ab", b"c"]


def test_the_reader_gets_what_it_has_kept():
    calls = []

    def reader(kept, piece):
        calls.append((kept, piece))
        return [], kept + piece

    cuts(b"abc", reader)
    assert calls == [(b"", b"abc"), (b"", b"a"), (b"a", b"bc"), (b"", b"ab"), (b"ab", b"c")]


def test_alternative_text_counts_where_each_reader_is_right():
    picture = cuts(b"a\nb\n", search_piece, search_all)
    assert picture.about() == (
        "A stream, cut in two at each of its 3 places: "
        "search_piece is right at 1, search_all is right at 3 of them."
    )


def test_the_cut_that_is_asked_for_is_drawn_in_full():
    for at in (1, 3):
        assert f"The stream, cut after byte {at}<" in cuts(b"a\nb\n", search_all, at=at).svg()


def test_marks_are_not_by_colour_alone():
    picture = cuts(b"a\nb\n", search_piece, search_all)
    assert re.findall("[✓✗]", picture.places[0].svg()) == ["✗", "✓"]


@pytest.mark.parametrize(
    ("stream", "readers", "at", "words"),
    [
        (b"a", (search_all,), 1, "streams of 2 to 20 bytes, not of 1"),
        (bytes(21), (search_all,), 1, "streams of 2 to 20 bytes, not of 21"),
        (b"ab", (), 1, "one reader or two, not 0"),
        (b"ab", (search_all,) * 3, 1, "one reader or two, not 3"),
        (b"ab", (search_all,), 2, "cannot be cut after byte 2"),
        (b"ab", (search_all,), 0, "cannot be cut after byte 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(stream, readers, at, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        cuts(stream, *readers, at=at)


@pytest.mark.parametrize(
    "stream", [b"one\r\ntwo\r\n", bytes(range(20)), b"\xff\n" * 10, b"a\n" * 10, b"x" * 20]
)
def test_no_label_touches_another(stream):
    picture = cuts(stream, search_piece, search_all, at=len(stream) // 2)
    for drawn in (picture, *picture.places):
        assert faults(drawn.svg()) == []
        assert max(map(len, drawn.text().splitlines())) <= 80


def test_without_widgets_it_stands_still():
    forms, _ = DisplayFormatter().format(cuts(b"a\nb\n", search_all))
    assert set(forms) == {"text/plain", "text/html"}
    assert 'alt="A stream, cut in two' in forms["text/html"]


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel(ROOT)
    kernel.run(
        "from course.pictures import cuts\n"
        "def search_all(kept, piece):\n"
        "    *messages, rest = (kept + piece).split(b'\\n')\n"
        "    return messages, rest\n"
    )
    yield kernel
    kernel.stop()


def test_a_slider_moves_the_cut(kernel):
    messages = kernel.run("cuts(b'a\\nb\\n', search_all, at=2)")
    saved, view = shown(messages)
    (box,) = models(messages, "VBoxModel")
    assert view == {WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": box[0]}}
    assert "course-cuts-saved" in saved["text/html"]
    assert WIDGET_VIEW not in saved
    ((slider, state),) = models(messages, "IntSliderModel")
    assert (state["min"], state["max"], state["value"]) == (1, 3, 2)
    ((page, drawn),) = models(messages, "HTMLModel")
    assert "Cut after byte 2: search_all returns b'a', b'b'." in html.unescape(drawn["value"])
    moved = changes(kernel.set(slider, value=3))
    assert "Cut after byte 3: search_all" in html.unescape(moved[page]["value"])
