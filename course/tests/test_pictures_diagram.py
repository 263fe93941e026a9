"""The diagram of states: every state and step is in each of its forms, and no label touches another."""

import pytest

from course.pictures import state_diagram
from course.tests.test_pictures_overlap import faults

STATES = {
    "OPEN": ((0, 0), "reads and writes"),
    "CLOSING": ((1, 0), "sends what is kept"),
    "LINGERING": ((2, 0), "waits for the peer"),
    "PEER HAS FINISHED": ((1, 1), "sends what is kept"),
    "CLOSED": ((2, 1), ""),
}
STEPS = [
    ("OPEN", "CLOSING", "close()"),
    ("CLOSING", "LINGERING", "nothing is kept"),
    ("LINGERING", "CLOSED", "the peer finishes,\nor LINGER_TIMEOUT"),
    ("OPEN", "PEER HAS FINISHED", "the peer finishes"),
    ("CLOSING", "PEER HAS FINISHED", "the peer finishes"),
    ("PEER HAS FINISHED", "CLOSED", "nothing is kept"),
]


@pytest.fixture
def diagram():
    return state_diagram("A connection", STATES, STEPS, note="Each state: abort() closes.")


def test_text_names_each_state_with_the_steps_that_lead_on(diagram):
    text = diagram.text()
    assert max(map(len, text.splitlines())) <= 80
    _title, opened, *_others = text.split("\n\n")
    assert opened.splitlines() == [
        "OPEN   reads and writes",
        "    close() ──▶ CLOSING",
        "    the peer finishes ──▶ PEER HAS FINISHED",
    ]
    assert "    the peer finishes, or LINGER_TIMEOUT ──▶ CLOSED" in text.splitlines()
    assert text.endswith("Each state: abort() closes.")


def test_alternative_text_says_every_step(diagram):
    html = diagram._repr_mimebundle_()["text/html"]
    assert "OPEN, close(), CLOSING" in html.partition('alt="')[2].partition('"')[0]


def test_svg_has_an_arrow_for_each_step_and_no_label_touches_another(diagram):
    svg = diagram.svg()
    assert svg.count("<polygon") == len(STEPS)
    assert faults(svg) == []


def test_step_between_states_that_are_not_there_is_refused():
    with pytest.raises(ValueError, match="'SHUT', which is not one of the states"):
        state_diagram("A door", {"OPEN": ((0, 0), "")}, [("OPEN", "SHUT", "push")])
