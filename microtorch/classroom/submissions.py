"""Find the submissions in a folder: notebooks side by side, or a folder for each student."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.values import plain_text

MAX_NAME = 80


@dataclass(frozen=True)
class Submission:
    """One student's notebook. ``file_name`` is a name for files about it that is safe anywhere."""

    student: str
    path: Path
    notes: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        return safe_name(self.student)


@dataclass(frozen=True)
class Found:
    """The submissions, and files that are none."""

    submissions: list[Submission]
    ignored: list[Path] = field(default_factory=list)


def find_submissions(folder: Path, exercise: str) -> Found:
    """The submissions in ``folder``, one for each student, in the order of their names.

    A notebook directly in the folder is the submission of the student that it is named after.
    Otherwise the first folder on the way is the student, as in nbgrader's ``submitted/``; of several
    notebooks the one named like the exercise counts, else the newest.

    Raises:
        ClassroomError: if there is no notebook.
    """
    alone: list[Path] = []
    by_student: dict[str, list[Path]] = {}
    ignored: list[Path] = []
    for place, folders, files in os.walk(folder):  # never through a link
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if name.startswith("."):
                continue
            if path.suffix.lower() != ".ipynb":
                ignored.append(path)
            elif Path(place) == folder:
                alone.append(path)
            else:
                by_student.setdefault(path.relative_to(folder).parts[0], []).append(path)
    found = [Submission(_told(path.stem), path) for path in alone]
    found += [_choose(student, paths, exercise) for student, paths in by_student.items()]
    if not found:
        raise ClassroomError(
            f"There is no notebook in {folder}. Put the submissions there: notebooks (.ipynb), or a "
            "folder with a notebook for each student."
        )
    return Found(_with_different_names(found), ignored)


def safe_name(name: str) -> str:
    """``name`` with letters, digits, ``.``, ``-`` and ``_`` only; different names stay different.

    >>> safe_name("ada"), safe_name("../ada")
    ('ada', 'ada-600882')
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[:MAX_NAME]
    if safe == name:
        return name
    return f"{safe or 'student'}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:6]}"


def _choose(student: str, paths: list[Path], exercise: str) -> Submission:
    named = [path for path in paths if path.stem == exercise]
    named = named or [path for path in paths if exercise in path.parts]
    chosen = max(named or paths, key=lambda path: (path.lstat().st_mtime, str(path)))
    notes: tuple[str, ...] = ()
    if len(named or paths) > 1:
        notes = (f"{len(named or paths)} notebooks were handed in; {chosen.name} was graded.",)
    return Submission(_told(student), chosen, notes)


def _told(name: str) -> str:
    return plain_text(name.encode("utf-8", "replace").decode("utf-8"), 200)


def _with_different_names(found: list[Submission]) -> list[Submission]:
    """Sorted, and with a number behind a name that is there twice."""
    seen: dict[str, int] = {}
    different = []
    for one in sorted(found, key=lambda submission: (submission.student, str(submission.path))):
        name = one.student
        count = seen[name.casefold()] = seen.get(name.casefold(), 0) + 1
        student = name if count == 1 else f"{name} ({count})"
        different.append(Submission(student, one.path, one.notes))
    return different
