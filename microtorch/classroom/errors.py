"""The one error that classroom raises for people: a paragraph with the cause and the way out."""

from __future__ import annotations


class ClassroomError(Exception):
    """Something about a notebook or an exercise that its owner can mend."""
