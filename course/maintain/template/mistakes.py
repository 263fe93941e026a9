"""Wrong answers to chapter 0 that its promises must catch."""

from course.maintain.mistakes import Mistake

LOOP = """    while piece := conn.recv(65536):
        total += len(piece)
"""

MISTAKES = (
    Mistake(
        "M03",
        "receives once",
        "test_counts_every_byte",
        ((LOOP, "    total += len(conn.recv(65536))\n"),),
    ),
    Mistake(
        "X00",
        "closes the caller's connection",
        "test_leaves_the_connection_open",
        (("    return total", "    conn.close()\n    return total"),),
    ),
)
