"""Wrong answers to chapter 18 that its promises must catch."""

from course.maintain.mistakes import Mistake

LOOP = """    while piece := conn.recv(65536):
        total += len(piece)
"""

MISTAKES = (
    Mistake(
        "M03",
        "receives once",
        "test_counts_every_byte",
        old=LOOP,
        new="    total += len(conn.recv(65536))\n",
    ),
    Mistake(
        "M34",
        "closes the caller's connection",
        "test_leaves_the_connection_open",
        old="    return total",
        new="    conn.close()\n    return total",
    ),
    Mistake(
        "M01",
        "sends text",
        "test_sends_the_number_back",
        old=".encode()",
        new="",
    ),
    Mistake(
        "M02",
        "talks through the listener",
        "test_serves_one_client",
        old="with conn:\n        answer(conn)",
        new="with conn:\n        answer(listener)",
    ),
)
