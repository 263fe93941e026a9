"""Grades a folder of submissions, each in a copy and a process of its own. No sandbox: see docs/."""

from course.commands.grade.command import add_arguments, run

__all__ = ["add_arguments", "run"]
