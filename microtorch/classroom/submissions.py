"""Find the submissions in a folder: notebooks side by side, or a folder for each student."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.values import plain_text

MAX_NAME = 80
TIMESTAMP = "timestamp.txt"
MAX_TIMESTAMP = 200
NBGRADER_DEPTH = 3  # STUDENT/ASSIGNMENT/NAME.ipynb
SOME = 6
DEVICE = re.compile(r"(con|nul|prn|aux|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # no files on Windows


@dataclass(frozen=True)
class Submission:
    """One student's notebook. ``file_name`` is a name for files about it that is safe anywhere.

    ``assignment`` and ``timestamp`` are there only in nbgrader's layout.
    """

    student: str
    path: Path
    notes: tuple[str, ...] = ()
    assignment: str = ""
    timestamp: str = ""

    @property
    def file_name(self) -> str:
        return safe_name(self.student)


@dataclass(frozen=True)
class Found:
    """The submissions, files that are none, and students who handed in other things only."""

    submissions: list[Submission]
    ignored: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def find_submissions(folder: Path, exercise: str) -> Found:
    """The submissions in ``folder``, one for each student, in the order of their names.

    A notebook directly in the folder is the submission of the student that it is named after.
    Otherwise the first folder on the way is the student; of several notebooks the one named like the
    exercise counts, else the newest. In nbgrader's ``submitted/STUDENT/ASSIGNMENT/NAME.ipynb`` only
    notebooks of this exercise count, whatever else was handed in.

    Raises:
        ClassroomError: if there is no notebook, or none of this exercise in nbgrader's layout; or if
            it is a whole course folder of nbgrader.
    """
    if all((folder / name).is_dir() for name in ("source", "submitted")):
        raise ClassroomError(
            f"{folder} is a whole course folder of nbgrader, with its sources and releases. Name its "
            f"submissions: {folder / 'submitted'}"
        )
    alone: list[Path] = []
    by_student: dict[str, list[Path]] = {}
    ignored: list[Path] = []
    stamped: set[Path] = set()
    for place, folders, files in os.walk(folder):  # never through a link
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if Path(place) == folder:
            by_student = {name: [] for name in folders}
        for name in sorted(files):
            path = Path(place, name)
            if name.startswith("."):
                continue
            if name == TIMESTAMP and len(path.relative_to(folder).parts) == NBGRADER_DEPTH:
                stamped.add(path.parent)
            elif path.suffix.lower() != ".ipynb":
                ignored.append(path)
            elif Path(place) == folder:
                alone.append(path)
            else:
                by_student[path.relative_to(folder).parts[0]].append(path)
    handed_in = {student: paths for student, paths in by_student.items() if paths}
    if not alone and not handed_in:
        raise ClassroomError(
            f"There is no notebook in {folder}. Put the submissions there: notebooks (.ipynb), or a "
            "folder with a notebook for each student."
        )
    depths = {len(path.relative_to(folder).parts) for paths in handed_in.values() for path in paths}
    if not alone and (stamped or depths == {NBGRADER_DEPTH}):
        return _in_assignments(folder, exercise, by_student, ignored)
    found = [Submission(_told(path.stem), path) for path in alone]
    found += [_choose(student, paths, exercise) for student, paths in handed_in.items()]
    missing = sorted(_told(student) for student, paths in by_student.items() if not paths)
    return Found(_with_different_names(found), ignored, missing)


def safe_name(name: str) -> str:
    """``name`` with letters, digits, ``.``, ``-`` and ``_`` only; different names stay different.

    >>> safe_name("ada"), safe_name("../ada")
    ('ada', 'ada-60088279524e')
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[:MAX_NAME]
    if safe == name and not DEVICE.match(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
    return f"{safe or 'student'}-{digest[:12]}"


def _choose(student: str, paths: list[Path], exercise: str) -> Submission:
    named = [path for path in paths if path.stem == exercise]
    named = named or [path for path in paths if exercise in path.parts]
    chosen = max(named or paths, key=lambda path: (path.lstat().st_mtime, str(path)))
    notes: tuple[str, ...] = ()
    if len(named or paths) > 1:
        notes = (f"{len(named or paths)} notebooks were handed in; {chosen.name} was graded.",)
    return Submission(_told(student), chosen, notes)


def _in_assignments(
    folder: Path, exercise: str, by_student: dict[str, list[Path]], ignored: list[Path]
) -> Found:
    """The submissions in ``STUDENT/ASSIGNMENT/NAME.ipynb``."""
    found, missing = [], []
    for student, paths in by_student.items():
        mine = _named(paths, exercise)
        if not mine:
            missing.append(_told(student))
            continue
        chosen = _choose(student, mine, exercise)
        assignment = (*chosen.path.relative_to(folder).parts[1:-1], "")[0]
        timestamp, note = read_timestamp(folder / student / assignment / TIMESTAMP)
        notes = (*chosen.notes, note) if note else chosen.notes
        found.append(
            replace(chosen, notes=notes, assignment=_told(assignment), timestamp=timestamp)
        )
    if not found:
        there = sorted(
            {Path(*path.relative_to(folder).parts[1:]) for p in by_student.values() for path in p}
        )
        more = f", and {len(there) - SOME} more" if len(there) > SOME else ""
        raise ClassroomError(
            f"Nobody in {folder} handed in {exercise}.ipynb, the exercise of this bundle. There are: "
            f"{', '.join(map(str, there[:SOME]))}{more}. Take the bundle of one of these."
        )
    return Found(_with_different_names(found), ignored, sorted(missing))


def _named(paths: list[Path], exercise: str) -> list[Path]:
    """The notebooks of ``exercise``: so named, else nearly ("... (1)"), else in a folder so named."""
    return (
        [path for path in paths if path.stem == exercise]
        or [path for path in paths if exercise in path.stem]
        or [path for path in paths if path.parent.name == exercise]
    )


def read_timestamp(path: Path) -> tuple[str, str]:
    """When it was handed in, in UTC, as nbgrader exports it; and a note if that cannot be read.

    nbgrader writes ``2026-03-01 12:30:00.123456 Europe/Berlin`` into the file; without a zone it is
    UTC.
    """
    if not path.exists():
        return "", ""
    try:
        if path.is_symlink() or path.stat().st_size > MAX_TIMESTAMP:
            raise ValueError
        day, *more = path.read_text(encoding="utf-8").split(" ")
        if len(more) == 2 and more[1].strip()[0] not in "+-":
            when = datetime.fromisoformat(f"{day} {more[0]}")
            when = when.replace(tzinfo=ZoneInfo(more[1].strip()))
        else:
            when = datetime.fromisoformat(
                " ".join([day, *more[:1]]).strip() + "".join(more[1:]).strip()
            )
        return str(when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when), ""
    except (OSError, ValueError, LookupError, OverflowError):
        return (
            "",
            f"{TIMESTAMP} holds no time that can be read; the notebook was graded all the same.",
        )


def _told(name: str) -> str:
    """``name`` as it can be shown: an é is one letter, whatever file system it comes from."""
    shown = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    return plain_text(shown, 200)


def _with_different_names(found: list[Submission]) -> list[Submission]:
    """Sorted, and with a number behind a name that is there twice."""
    used: set[str] = set()
    different = []
    for one in sorted(found, key=lambda submission: (submission.student, str(submission.path))):
        student, count = one.student, 1
        while student.casefold() in used:
            count += 1
            student = f"{one.student} ({count})"
        used.add(student.casefold())
        different.append(replace(one, student=student))
    return different
