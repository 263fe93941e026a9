"""Wrong answers to chapter 18 that its promises must catch."""

from course.maintain.mistakes import Mistake

MISTAKES: tuple[Mistake, ...] = ()
