"""`board()`: the course as a picture, and what is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.model.errors import CourseError

from .shown import Shown, refusal

if TYPE_CHECKING:
    from course.pictures.drawing import Picture


def board() -> Picture | Shown:
    """Return the board of `python3 -m course status`, as a picture."""
    from .board_picture import BoardPicture

    try:
        return BoardPicture()
    except CourseError as error:
        return refusal(error)
