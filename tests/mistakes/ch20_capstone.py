"""Wrong answers to chapter 20 that its promises must catch."""

from course.maintain.mistakes import Mistake

MISTAKES: tuple[Mistake, ...] = ()
