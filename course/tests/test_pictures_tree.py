"""The way of a search through a tree: each step is in each form, and no label touches another."""

import pytest

from course.pictures import tree_walk
from course.tests.test_pictures_overlap import faults

TREE = {
    "": "",
    "/users": "GET",
    "/users/me": "",
    "/users/me/posts": "GET",
    "/users/{id}": "GET",
    "/users/{id}/likes": "GET",
}
VISITS = ["", "/users", "/users/me", "/users/{id}", "/users/{id}/likes"]


@pytest.fixture
def walk():
    return tree_walk("The search for /users/me/likes", TREE, VISITS, is_found=True)


def test_text_has_a_row_for_each_node_and_a_column_for_each_step(walk):
    assert walk.text().splitlines() == [
        "The search for /users/me/likes",
        "                                   1   2   3   4   5",
        "(the root)                         ●",
        "  /users  GET                          ●",
        "    /me                                    ✗",
        "      /posts  GET",
        "    /{id}  GET                                 ●",
        "      /likes  GET                                  ✓",
        "✗ leads nowhere: back   ✓ the route",
    ]


def test_alternative_text_says_where_the_search_goes_back(walk):
    assert walk.about() == (
        "The search for /users/me/likes. Steps: 1. (the root); 2. /users; "
        "3. /users/me, leads nowhere; 4. /users/{id}; 5. /users/{id}/likes, the route."
    )


def test_a_search_that_finds_nothing_ends_in_a_dead_end():
    walk = tree_walk("The search for /users/me", TREE, VISITS[:3], is_found=False)
    assert walk.about().endswith("3. /users/me, leads nowhere.")


def test_svg_dashes_each_way_back_and_no_label_touches_another(walk):
    svg = walk.svg()
    assert svg.count("<line") == len(VISITS) - 1
    assert svg.count('<line class="error dashed"') == 1
    assert faults(svg) == []


@pytest.mark.parametrize(
    ("tree", "visits", "wrong"),
    [
        ({"": "", "/a/b": ""}, [], "'/a/b' comes before its parent, '/a'"),
        ({"": ""}, ["/a"], "'/a' is not in the tree"),
        ({"": ""}, [""] * 11, "room for 10 visits, not for 11"),
    ],
)
def test_what_cannot_be_drawn_is_refused(tree, visits, wrong):
    with pytest.raises(ValueError, match=wrong):
        tree_walk("A search", tree, visits, is_found=False)
