"""Where the lessons and exercises lie: inside the installed package, or in the checkout."""

from __future__ import annotations

from pathlib import Path

from microtorch.classroom.errors import ClassroomError

PACKAGE = Path(__file__).resolve().parent.parent


def content_dir(kind: str) -> Path:
    """The folder of ``"lessons"`` or ``"exercises"``.

    A wheel carries them as ``microtorch/_content/<kind>``; in a checkout they lie beside the package.

    Raises:
        ClassroomError: if neither folder exists.
    """
    for folder in (PACKAGE / "_content" / kind, PACKAGE.parent / kind):
        if folder.is_dir():
            return folder
    raise ClassroomError(
        f"The {kind} that belong to microtorch are missing from this installation. "
        "Install microtorch again, or run it from a complete checkout."
    )


def known_exercises() -> list[str]:
    """Names of all exercises that come with microtorch, in order."""
    keys = content_dir("exercises").glob("*.json")
    return sorted(key.stem for key in keys if key.with_suffix(".ipynb").is_file())
