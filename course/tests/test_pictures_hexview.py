"""The hex view shows every octet, where it is, and what it means."""

import xml.etree.ElementTree as ElementTree

from course.pictures import hexview


def test_a_line_has_its_offset_its_octets_and_its_characters():
    lines = hexview(b"GET / HTTP/1.1\r\nHost").text().splitlines()
    assert lines == [
        "     0  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  GET / HTTP/1.1␍␊",
        "    16  48 6f 73 74                                       Host",
    ]


def test_what_is_no_printing_ascii_is_a_middle_dot():
    assert hexview(b"\x00\x1f\x7f\xc3\xa9~ \t").text().endswith("  ·····~ ·")


def test_the_caption_stands_above():
    assert hexview(b"x", "One octet").text().splitlines()[0] == "One octet"


def test_no_octets_are_said_to_be_none():
    assert hexview(b"").text() == "(no octets)"
    assert "(no octets)" in hexview(b"").svg()


def test_long_data_is_cut_and_says_how_much_is_missing():
    lines = hexview(b"x" * (512 + 1234)).text().splitlines()
    assert len(lines) == 33
    assert lines[-1] == "… 1,234 more octets"
    assert hexview(b"x" * 513).text().endswith("… 1 more octet")
    assert "more" not in hexview(b"x" * 512).text()
    assert "… 1,234 more octets" in hexview(b"x" * (512 + 1234)).svg()


def test_the_card_colours_cr_and_lf_and_nothing_else():
    root = ElementTree.fromstring(hexview(b"a\r\nb").svg())
    coloured = [e.text for e in root if "newline" in e.get("class", "")]
    assert coloured == ["0d", "CR", "0a", "LF"]


FRAMES = b"\x00\x0awe are here\x00\x02\x00\x00\xc3\xa9"
LENGTHS = [range(2), range(12, 14), range(14, 16)]


def test_lengths_are_in_brackets_and_none_of_their_octets_ends_a_line():
    assert hexview(FRAMES, "three", [*LENGTHS, range(16, 18)]).text().splitlines() == [
        "three",
        "     0 [00 0a]77 65 20 61 72 65  20 68 65 72[65 00|02 00] ··we are here···",
        "    16 [00 c3]a9                                          ···",
    ]


def test_lengths_zeros_and_what_is_not_ascii_differ_and_not_by_colour_alone():
    svg = hexview(b"\0\0\x0a\0\x02\xc3A\r\n", "", [range(1, 3)]).svg()
    by_style = {}
    for element in texts(svg):
        by_style.setdefault(element.get("class"), []).append(element.text)
    assert by_style["length bold"] == ["00", "·", "0a", "·", "05"]
    assert by_style["zero"] == ["00", "·", "00", "·", "00"]
    assert by_style["other italic"] == ["02", "·", "c3", "·", "ff"]
    assert by_style["soft prose small"] == ["a length", "a zero", "not a character of ASCII"]
    lines = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}line")
    assert [line.get("class") for line in lines] == ["length bold"] * 2  # one is the legend's


def test_what_is_all_text_needs_no_legend():
    assert "prose" not in "".join(e.get("class", "") for e in texts(hexview(b"a\r\nb").svg()))


def texts(svg):
    return ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")


def test_the_data_is_copied():
    data = bytearray(b"before")
    view = hexview(data)
    data[:] = b"after!"
    assert view.data == b"before"
    assert "before" in view.text()
