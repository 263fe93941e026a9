"""One stream and its readers: each form says where the first message ends."""

import pytest

from course.pictures import readings
from course.tests.test_pictures_overlap import faults

STREAM = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n0\r\n\r\nGET "


@pytest.fixture
def picture():
    return readings(STREAM, {"front (CL)": len(STREAM), "back (TE)": len(STREAM) - 4})


def test_text_has_a_line_for_each_line_of_the_stream_and_a_cut_at_each_end(picture):
    lines = picture.text().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split("  ")[-1].strip() == "back (TE)"
    assert [line.split()[0] for line in lines[1:]] == [
        "POST", "Content-Length:", r"\r\n", r"0\r\n", r"\r\n", "GET"
    ]  # fmt: skip
    assert lines[-2].split("  ")[-1].strip() == "this request"
    assert lines[-1].endswith("the next one")


def test_words_say_where_it_ends_for_each_reader(picture):
    assert picture.about() == (
        "The first message in these 47 octets: for front (CL) it ends after 47, "
        "for back (TE) it ends after 43."
    )


def test_no_label_touches_another(picture):
    assert faults(picture.svg()) == []


@pytest.mark.parametrize("ends", [{}, {"a": 1, "b": 2, "c": 3, "d": 4}, {"a": 999}, {"a": -1}])
def test_what_cannot_be_shown_is_refused(ends):
    with pytest.raises(ValueError, match=r"readings\(\) shows|octets"):
        readings(STREAM, ends)
