"""The learner's tool: the board, the checks, and the pictures that the lessons draw with."""

TITLE = "From Socket to Framework"
OLDEST = (3, 11)  # the oldest Python that the course runs on
