"""The learner's tool: the board, the checks, and the pictures that the lessons draw with."""

TITLE = "From Socket to Framework"
