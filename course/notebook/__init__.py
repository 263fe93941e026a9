"""For the lessons: a chapter's report and the board, in the cell of a notebook.

`check(5)` shows what `python3 -m course check 5` prints, `board()` draws what `status` prints. Your
code runs in a process of its own: whatever happens there, the notebook goes on.
"""

from .board import board
from .checking import check

__all__ = ["board", "check"]
