"""`python3 -m course update`: a newer version of the course, with your work in it."""

from course.commands.update.command import add_arguments, run

__all__ = ["add_arguments", "run"]
