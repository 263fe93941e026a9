"""`python3 -m course watch`: a screen that checks a chapter whenever you save.

Three parts. `screen` draws and takes keys; `saves` notices when a file of yours has changed; and
`children` carries orders out (`orders`), each in a process of its own, so that an endless loop or a
crash in your code never reaches the screen.
"""

from course.commands.watch.command import add_arguments, run

__all__ = ["add_arguments", "run"]
