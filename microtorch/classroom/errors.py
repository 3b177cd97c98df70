"""The errors that classroom raises for people: a paragraph with the cause and the way out."""

from __future__ import annotations


class ClassroomError(Exception):
    """Something about a notebook or an exercise that its owner can mend."""


class BadSubmission(ClassroomError):
    """A file that is no notebook that can be read: the fault of the file, not of the grader."""
