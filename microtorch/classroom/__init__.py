"""Exercises that check themselves, and their grading through nbval.

``exercise`` is for notebooks and light to import; ``microtorch.classroom.check`` grades.
"""

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.exercise import Exercise, exercise

__all__ = ["ClassroomError", "Exercise", "exercise"]
