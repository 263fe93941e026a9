"""What all pictures keep: width, escaping, a card that stands on its own, equal output."""

import ast
import re
import socket
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from course import pictures
from course.pictures import hexview, kernel_table, pipe, read_capture, record, states
from course.pictures.drawing import Card, bytes_label, format_address, pad_port

CAPTURE = Path(__file__).parents[2] / "notebooks" / "data" / "one_connection.pcap"


def ladder_of(connections):
    with record() as ladder, socket.create_server(("127.0.0.1", 0)) as listener:
        for number in range(connections):
            with socket.create_connection(listener.getsockname()) as client:
                server, _ = listener.accept()
                with server:
                    client.sendall(b"<&> %d \x00\r\n" % number + b"x" * 500)
                    server.recv(1000)
    return ladder


def ladder_of_a_server_alone():
    with (
        socket.socket() as unseen,
        record() as ladder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        unseen.connect(listener.getsockname())
        with listener.accept()[0] as server:
            unseen.sendall(b"x" * 500)
            server.recv(500)
            server.sendall(b"y" * 500)
    return ladder


def ladder_of_nothing():
    with record() as ladder:
        pass
    return ladder


def film_of_a_connection():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as conn,
    ):
        with pipe(client=client, conn=conn) as film:
            client.sendall(b"<&> \x00")
            conn.sendall(bytes(500))
            conn.recv(1000)
        return film


def states_of_a_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        conn, _ = listener.accept()
    with client, conn, states(client=client, conn=conn) as drawing:
        client.sendall(b"<&> \x00" + bytes(500))
        client.close()
        conn.recv(1000)
    return drawing


def table_of_a_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with socket.create_connection(address) as client, listener.accept()[0] as server:
            return kernel_table(client=client, server=server)


PICTURES = {
    "one connection": lambda: ladder_of(1),
    "two connections": lambda: ladder_of(2),
    "four connections": lambda: ladder_of(4),
    "a server alone": ladder_of_a_server_alone,
    "a listener alone": lambda: ladder_of(0),
    "nothing recorded": ladder_of_nothing,
    "table": table_of_a_connection,
    "empty table": kernel_table,
    "film": film_of_a_connection,
    "states": states_of_a_connection,
    "octets": lambda: hexview(bytes(range(256)) * 9, "<caption> & \x01"),
    "packets": lambda: read_capture(CAPTURE).annotate({0: ("client", "connect() <&>")}),
}


class Page(HTMLParser):
    """What HTML says: its tags with their attributes, its image, and the text of its <pre>."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.image, self.pre, self._inside = {}, {}, "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.setdefault(tag, set()).update(name for name, _ in attrs)
        self.image = dict(attrs) if tag == "img" else self.image
        self._inside = tag

    def handle_endtag(self, _tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "pre":
            self.pre += data


@pytest.fixture(params=PICTURES.values(), ids=PICTURES)
def picture(request):
    return request.param()


def test_the_text_is_at_most_80_columns_wide(picture):
    assert max(map(len, picture.text().splitlines())) <= 80


def test_the_svg_is_well_formed_self_contained_and_at_most_760_pixels_wide(picture):
    root = ElementTree.fromstring(picture.svg())
    names = [element.tag.rpartition("}")[2] for element in root]
    assert float(root.get("width")) <= 760
    assert names[:4] == ["title", "desc", "style", "rect"]
    assert "prefers-color-scheme:dark" in picture.svg()
    assert not re.search(r'\b(id|href|src)="|url\(|@import', picture.svg())


def is_moved(element):
    return "pill" in element.get("class", "")


def test_everything_is_drawn_inside_the_card(picture):
    root = ElementTree.fromstring(picture.svg())
    for element in (each for each in root.iter() if not is_moved(each)):
        for name in ("x", "x1", "x2"):
            assert 0 <= float(element.get(name, 1)) <= float(root.get("width"))
        for name in ("y", "y1", "y2"):
            assert 0 <= float(element.get(name, 1)) <= float(root.get("height"))


def test_every_text_ends_inside_the_card(picture):
    for element in ElementTree.fromstring(picture.svg()).iter("{http://www.w3.org/2000/svg}text"):
        if is_moved(element):
            continue
        styles = element.get("class").split()
        size = 8 if "tiny" in styles else 11 if "small" in styles else 12
        em = 0.55 if "prose" in styles else 7.25 / 12  # DejaVu Sans, the widest, needs 0.51
        length = len(element.text or "") * em * size
        offsets = {"start": (0, length), "middle": (-length / 2, length / 2), "end": (-length, 0)}
        left, right = offsets[element.get("text-anchor")]
        assert float(element.get("x")) + left >= 0, element.text
        assert float(element.get("x")) + right <= 760, element.text


@pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES)
def test_two_runs_differ_in_port_numbers_only(make):
    def normal(text):
        return re.sub(r"127\.0\.0\.\d+:\d{4,5}", "PORT", text)

    first, second = make(), make()
    assert normal(first.text()) == normal(second.text())
    assert normal(first.svg()) == normal(second.svg())


def test_a_notebook_gets_both_forms_and_a_prompt_the_text(picture):
    bundle = picture._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == repr(picture) == str(picture) == picture.text()
    page = Page(bundle["text/html"])
    assert page.image["src"] == "data:image/svg+xml;utf8," + page.image["src"].partition(",")[2]
    drawn = unquote(page.image["src"].partition(",")[2])
    assert drawn == picture.svg()
    assert page.pre == picture.text()


def test_a_screen_reader_hears_what_the_picture_shows(picture):
    alternative = Page(picture._repr_mimebundle_()["text/html"]).image["alt"]
    assert alternative.startswith(picture.about())
    assert re.fullmatch(r"[A-Z][^\n]{20,300}\. Its text is below\.", alternative)


def test_a_notebook_that_is_not_trusted_may_show_it(picture):
    # What JupyterLab 4 leaves in: https://github.com/jupyterlab/jupyterlab, sanitizer.ts
    assert Page(picture._repr_mimebundle_()["text/html"]).tags == {
        "figure": {"class", "style"},
        "img": {"alt", "width", "src"},
        "details": set(),
        "summary": set(),
        "small": set(),
        "pre": set(),
    }


def test_text_is_escaped_and_cleaned_of_what_xml_forbids():
    card = Card(100, "<title>", "a & b")
    card.text(1, 1, "<&>\x00\ud800", "ink")
    root = ElementTree.fromstring(card.finish())
    assert [element.text for element in root][:2] == ["<title>", "a & b"]
    assert root[-1].text == "<&>··"


def test_short_bytes_are_shown_whole():
    assert bytes_label(b"GET /\r\n", 20) == r"b'GET /\r\n'"


@pytest.mark.parametrize("data", [b"a" * 100_000, b"\x00" * 100_000, b"it's" * 25_000])
def test_long_bytes_are_shortened_to_the_width_and_tell_their_length(data):
    label = bytes_label(data, 30)
    assert 20 < len(label) <= 30
    assert label.endswith(" (100,000 bytes)")
    head = ast.literal_eval(label.rpartition(" (")[0].replace("…", ""))
    assert head
    assert data.startswith(head)


def test_addresses_are_written_as_in_a_url_and_padded_to_five_digits():
    assert format_address("::1", 80) == "[::1]:80"
    assert pad_port(format_address("127.0.0.1", 8000)) == "127.0.0.1:8000 "
    assert pad_port("[::1]:65535") == "[::1]:65535"


def test_the_package_exports_its_functions_and_their_classes():
    functions = {"record", "kernel_table", "hexview", "pipe", "read_capture", "states"}
    functions |= {"cuts", "readings", "state_diagram", "tree_walk", "onion"}
    classes = {"Ladder", "KernelTable", "HexView", "Film", "Capture"}
    classes |= {"Cuts", "Readings", "StateDiagram", "States", "TreeWalk", "Onion"}
    assert set(pictures.__all__) == functions | classes
    assert all(hasattr(sys.modules["course.pictures"], name) for name in pictures.__all__)
