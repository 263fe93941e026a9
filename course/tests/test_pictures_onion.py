"""The onion: each layer and each note is in each form, and no label touches another."""

import pytest

from course.pictures import onion
from course.pictures.onion import MAX_DEPTH
from course.tests.test_pictures_overlap import faults

TRACE = [
    ("in", "timed"),
    ("in", "sessions"),
    ("in", "show"),
    ("out", "show", "200"),
    ("out", "sessions", "200 Vary"),
    ("out", "timed", "200 Vary, Server-Timing"),
]


@pytest.fixture
def picture():
    return onion("GET /", TRACE)


def test_text_goes_in_and_comes_out(picture):
    assert picture.text().splitlines() == [
        "GET /",
        "→ timed",
        "  → sessions",
        "    → show",
        "    ← show              200",
        "  ← sessions            200 Vary",
        "← timed                 200 Vary, Server-Timing",
    ]


def test_alternative_text_says_what_comes_out(picture):
    assert picture.about() == (
        "GET /. A request goes into timed, into sessions, into show, out of show with 200, "
        "out of sessions with 200 Vary, out of timed with 200 Vary, Server-Timing."
    )


def test_svg_has_a_ring_for_each_layer_and_no_label_touches_another(picture):
    svg = picture.svg()
    assert svg.count("<rect") == 1 + 3
    assert "200 Vary, Server-Timing" in svg
    assert faults(svg) == []


def test_the_deepest_onion_with_the_longest_notes_has_room():
    names = [f"layer_{number}" for number in range(MAX_DEPTH)]
    deep = [("in", name) for name in names]
    deep += [("out", name, "200 " + "X-Field, " * 9) for name in reversed(names)]
    assert faults(onion("GET /", deep).svg()) == []


@pytest.mark.parametrize(
    ("trace", "wrong"),
    [
        ([], "room for 1 to 5 layers, not for 0"),
        ([("in", "a")], "goes in, and then out"),
        ([("in", "a"), ("out", "a"), ("in", "b"), ("out", "b")], "goes in, and then out"),
        ([("in", "a"), ("in", "b"), ("out", "a"), ("out", "b")], "in another order"),
        ([("in", "a")] * 6 + [("out", "a")] * 6, "not for 6"),
    ],
)
def test_refuses_what_is_not_an_onion(trace, wrong):
    with pytest.raises(ValueError, match=wrong):
        onion("GET /", trace)
