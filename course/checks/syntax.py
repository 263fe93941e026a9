"""What is written at a line of the learner's code."""

from __future__ import annotations

import ast
import linecache
from types import FrameType

from course.model.chapters import parsed


def nodes_at(file: str, line: int) -> list[ast.stmt | ast.expr]:
    """Return the statements and expressions around a line, outermost first."""
    tree = parsed("".join(linecache.getlines(file)))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt | ast.expr) and node.lineno <= line <= (node.end_lineno or 0)
    ]


def nodes_of(frame: FrameType) -> list[ast.stmt | ast.expr]:
    """Return the statements and expressions around the line that a frame is at."""
    return nodes_at(frame.f_code.co_filename, frame.f_lineno)
