"""`python3 -m course doctor`: can this computer run the course, and if not, what to do about it."""

from course.commands.doctor.command import add_arguments, run

__all__ = ["add_arguments", "run"]
